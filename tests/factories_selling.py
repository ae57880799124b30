"""Plain functions that make what is sold where, for tests; every value can be given, none has to be."""

import itertools
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Platform, PlatformAccount, Shop
from catalog.models import (
    Category,
    CategorySpec,
    ExchangeRate,
    GlobalListing,
    GlobalVariant,
    Image,
    Listing,
    ListingVariant,
    PriceRule,
    Product,
    Variant,
)
from catalog.services.selling import codec, drafts
from integrations.channels import CategoryRules
from tests.channel_fake import make_rules
from tests.factories import make_category, make_offer, make_product, make_variant

_numbers = itertools.count(1)
CURRENCIES = {"MY": "MYR", "SG": "SGD", "VN": "VND", "TH": "THB", "PH": "PHP", "TW": "TWD", "BR": "BRL", "ID": "IDR"}


def make_seller(**columns: Any) -> PlatformAccount:
    """Make a connected merchant that sells by global products, in yuan, from one place."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "platform": Platform.SHOPEE,
        "name": f"Merchant {number}",
        "external_id": str(3_000_000 + number),
        "region": "CN",
        "currency": "CNY",
        "seller_center": "cnsc",
        "upgraded": True,
        "facts": {"places": [{"id": "CNZ", "name": "Warehouse"}]},
    }
    return PlatformAccount.objects.create(**defaults | columns)


def make_shop(account: PlatformAccount | None = None, region: str = "MY", **columns: Any) -> Shop:
    """Make a connected shop of a merchant."""
    number, account = next(_numbers), account or make_seller()
    defaults: dict[str, Any] = {
        "external_id": str(600_000_000 + number),
        "name": f"Shop {region} {number}",
        "region": region,
        "currency": CURRENCIES.get(region, "USD"),
        "upgraded": account.upgraded,
        "facts": {"merchant_id": "" if account.is_shop else account.external_id},
    }
    return Shop.objects.create(**{"account": account} | defaults | columns)


def make_single_shop(region: str = "SG", **columns: Any) -> Shop:
    """Make a shop that stands under no merchant: its account is itself."""
    number = next(_numbers)
    defaults = {"currency": CURRENCIES.get(region, "USD"), "seller_center": "", "upgraded": False, "facts": {}}
    account = make_seller(external_id=f"shop-{number}", is_shop=True, region=region, **defaults | columns)
    return make_shop(account, region, upgraded=False)


def make_target(account: PlatformAccount | None = None, **columns: Any) -> Category:
    """Make a category in which an account can sell."""
    number = next(_numbers)
    platform = account.platform if account else Platform.SHOPEE
    market = account.region if account and not account.upgraded else ""
    return make_category(**{"platform": platform, "external_id": str(100_000 + number), "market": market} | columns)


def make_spec(account: PlatformAccount, category: Category, rules: CategoryRules | None = None) -> CategorySpec:
    """Make a category's rules as they were read just now."""
    rules = rules or make_rules(category.external_id)
    return CategorySpec.objects.create(account=account, category=category, rules=codec.plain(rules))


def make_rate(base: str = "USD", quote: str = "CNY", rate: str = "7.2") -> ExchangeRate:
    """Make an exchange rate."""
    return ExchangeRate.objects.create(base=base, quote=quote, rate=Decimal(rate))


def make_price_rule(**columns: Any) -> PriceRule:
    """Make a price rule for all accounts: 30 % margin."""
    return PriceRule.objects.create(**{"name": f"Rule {next(_numbers)}"} | columns)


def make_sourced(colors: Sequence[str] = ("Black", "White"), **columns: Any) -> Product:
    """Make a product as it is read from a supplier: a variant with price and stock of each color, two pictures."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "name": f"Small trailer {number}",
        "description": f"<p>A trailer of model {number}.</p>",
        "image_url": f"https://pictures.test/{number}/a.jpg",
        "option_names": ["Color"] if colors else [],
        "stock_total": 100 * max(len(colors), 1),
    }
    product = make_product(**defaults | columns)
    Image.objects.create(product=product, url=f"https://pictures.test/{number}/a.jpg", position=0)
    Image.objects.create(product=product, url=f"https://pictures.test/{number}/b.jpg", position=1)
    for color in colors or [""]:
        make_sourced_variant(product, color)
    return product


def make_sourced_variant(product: Product, color: str, **columns: Any) -> Variant:
    """Make a variant with price and stock."""
    defaults: dict[str, Any] = {
        "sku": f"{product.sku}-{color or 'one'}",
        "key": color,
        "options": [color] if color else [],
        "weight_g": Decimal(500),
        "length_mm": Decimal(300),
        "width_mm": Decimal(200),
        "height_mm": Decimal(100),
        "stock_total": 100,
    }
    variant = make_variant(product, **defaults | columns)
    make_offer(variant, price=Decimal("5.00"))
    return variant


def make_ready(
    account: PlatformAccount | None = None,
    *,
    shops: Sequence[Shop] | None = None,
    product: Product | None = None,
    category: Category | None = None,
    **columns: Any,
) -> GlobalListing:
    """Make a listing in which a check finds nothing wrong: prepared, its category's rules read and answered.

    The account has a shop in Malaysia and one in Singapore, unless it has some already; one dollar is 7.20 yuan.
    """
    account = account or make_seller()
    if shops is None and not account.shops.exists():
        make_shop(account, "MY")
        make_shop(account, "SG")
    ExchangeRate.objects.get_or_create(base="USD", quote="CNY", defaults={"rate": Decimal("7.2")})
    category = category or make_target(account)
    if not CategorySpec.objects.filter(account=account, category=category).exists():
        make_spec(account, category)
    listing = drafts.prepare(product or make_sourced(), account, shops=shops, by="ann")
    answers = {"100": [{"external_id": "1", "text": "China", "unit": ""}]}
    defaults = {"category": category, "days_to_ship": 5, "attributes": answers}
    return drafts.edit(listing, defaults | columns, by="ann")


def make_live(
    account: PlatformAccount | None = None, *, shops: Sequence[Shop] | None = None, **columns: Any
) -> GlobalListing:
    """Make a listing that is live in all its shops, with what was sent, without any platform."""
    listing = make_ready(account, shops=shops, **columns)
    number = next(_numbers)
    GlobalListing.objects.filter(pk=listing.pk).update(status=GlobalListing.Status.LIVE, external_id=f"G-{number}")
    for variant in listing.variants.all():
        variant.external_id, variant.sent_price = f"GV-{variant.pk}", variant.price
        variant.save()
        variant.stock.create(place="CNZ", sent=variant.variant.stock_total)
    for cell in listing.listings.all():
        cell.status, cell.external_id = Listing.Status.LIVE, f"L-{cell.pk}"
        cell.save()
        for variant in listing.variants.all():
            _live_variant(cell, variant)
    listing.refresh_from_db()
    return listing


def _live_variant(cell: Listing, variant: GlobalVariant) -> ListingVariant:
    row = ListingVariant.objects.filter(listing=cell, global_variant=variant).first()
    row = row or ListingVariant(listing=cell, global_variant=variant)
    row.external_id, row.sent_price = f"LV-{cell.pk}-{variant.pk}", row.price
    row.save()
    return row
