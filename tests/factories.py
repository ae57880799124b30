"""Plain functions that make records and neutral data for tests; every value can be given, none has to be."""

import itertools
from decimal import Decimal
from typing import Any

from accounts.models import Credential, Platform, PlatformAccount
from catalog.models import Category, Product, Selection, SelectionItem, SupplierOffer, Variant
from integrations.contracts import PriceRange, ProductData, ProductSummary, StockData, VariantData

_numbers = itertools.count(1)


def make_account(**columns: Any) -> PlatformAccount:
    """Make a connected CJ account."""
    number = next(_numbers)
    return PlatformAccount.objects.create(
        **{"platform": Platform.CJ, "name": f"Account {number}", "external_id": str(900_000 + number)} | columns
    )


def make_credential(account: PlatformAccount | None = None, **columns: Any) -> Credential:
    """Make the token pair of an account."""
    return Credential.objects.create(**{"account": account or make_account()} | columns)


def make_category(**columns: Any) -> Category:
    """Make a category of the third level."""
    number = next(_numbers)
    defaults = {"platform": Platform.CJ, "external_id": f"CAT-{number}", "name": f"Category {number}", "level": 3}
    return Category.objects.create(**defaults | {"path": f"Home > Things > Category {number}"} | columns)


def make_product(account: PlatformAccount | None = None, **columns: Any) -> Product:
    """Make a product row without variants."""
    number = next(_numbers)
    defaults = {"external_id": f"PID-{number}", "sku": f"CJTEST{number:05}", "name": f"Product {number}"}
    return Product.objects.create(**{"account": account or make_account()} | defaults | columns)


def make_variant(product: Product | None = None, **columns: Any) -> Variant:
    """Make a variant row."""
    number = next(_numbers)
    product = product or make_product()
    defaults = {"external_id": f"VID-{number}", "sku": f"{product.sku}-{number}", "name": f"Variant {number}"}
    return Variant.objects.create(**{"product": product} | defaults | columns)


def make_offer(variant: Variant | None = None, **columns: Any) -> SupplierOffer:
    """Make what the product's supplier asks for a variant."""
    variant = variant or make_variant()
    defaults = {"variant": variant, "account": variant.product.account, "price": Decimal("9.90")}
    return SupplierOffer.objects.create(**defaults | columns)


def make_selection(account: PlatformAccount | None = None, **columns: Any) -> Selection:
    """Make a saved search without any filter."""
    number = next(_numbers)
    return Selection.objects.create(**{"account": account or make_account(), "name": f"Selection {number}"} | columns)


def make_item(selection: Selection | None = None, **columns: Any) -> SelectionItem:
    """Make one line of a selection."""
    number = next(_numbers)
    defaults = {"selection": selection or make_selection(kind=Selection.Kind.LIST), "external_id": f"PID-{number}"}
    return SelectionItem.objects.create(**defaults | columns)


def price(low: str, high: str | None = None) -> PriceRange:
    """Return a price, or a range."""
    return PriceRange(low=Decimal(low), high=Decimal(high or low))


def make_stock_data(**said: Any) -> StockData:
    """Return a country's total."""
    defaults: dict[str, Any] = {"country_code": "CN", "total": 100, "cj": 0, "factory": 100, "verified": False}
    return StockData(**defaults | said)


def make_variant_data(number: int = 1, **said: Any) -> VariantData:
    """Return one variant as a supplier describes it."""
    defaults: dict[str, Any] = {
        "external_id": f"V{number}",
        "sku": f"CJTEST-{number}-Black",
        "name": f"Small trailer {number} black",
        "key": "Black",
        "options": ("Black",),
        "weight_g": Decimal("1580"),
        "price": price("58.09"),
        "stock": (make_stock_data(),),
    }
    return VariantData(**defaults | said)


def make_product_data(number: int = 1, **said: Any) -> ProductData:
    """Return one product as a supplier describes it, with two variants and two pictures."""
    defaults: dict[str, Any] = {
        "external_id": f"P{number}",
        "sku": f"CJTEST{number}",
        "name": f"Small trailer {number}",
        "description_html": f"<p>A trailer of model {number}.</p>",
        "image_urls": (f"https://pictures.test/{number}/a.jpg", f"https://pictures.test/{number}/b.jpg"),
        "category_id": "CAT-3",
        "category_path": "Toys > Models > Trailers",
        "platform_status": "3",
        "properties": ("COMMON",),
        "option_names": ("Color",),
        "price": price("58.09"),
        "variants": (make_variant_data(number * 10 + 1), make_variant_data(number * 10 + 2)),
        "facts": {"customizationVersion": 1, "video": None},
    }
    return ProductData(**defaults | said)


def make_summary(number: int = 1, **said: Any) -> ProductSummary:
    """Return one row of a supplier's list."""
    defaults: dict[str, Any] = {
        "external_id": f"P{number}",
        "sku": f"CJTEST{number}",
        "name": f"Small trailer {number}",
        "price": price("58.09"),
        "fingerprint": f"f{number}",
    }
    return ProductSummary(**defaults | said)
