"""What is sold already, in rows, and a marketplace in memory that has it: for tests of what keeps the two in line."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from accounts.models import Platform, PlatformAccount, Shop
from catalog.models import FieldSync, GlobalListing, GlobalVariant, Listing, ListingVariant, Product, StockEntry
from integrations.channels import FieldSwitches, FoundListing, FoundPage, FoundVariant, Outcome
from integrations.errors import NotFound
from tests.factories import make_product, make_variant

_numbers = itertools.count(1)


def make_seller(*, shops: Sequence[str] = ("MY", "SG"), **columns: Any) -> PlatformAccount:
    """Make a connected merchant that sells by global products in dollars, with a shop in each of these markets."""
    number = next(_numbers)
    defaults = {"platform": Platform.SHOPEE, "name": f"Merchant {number}", "external_id": str(100_000 + number)}
    account = PlatformAccount.objects.create(**defaults | {"currency": "USD", "upgraded": True} | columns)
    for region in shops:
        Shop.objects.create(
            account=account,
            external_id=f"{number}-{region}",
            name=f"Shop {region}",
            region=region,
            currency={"MY": "MYR", "SG": "SGD"}.get(region, "USD"),
            upgraded=account.upgraded,
        )
    return account


def make_sold(account: PlatformAccount, *, variants: int = 2, product: Product | None = None) -> GlobalListing:
    """Make a product that is live in all shops of the account: 10.00 dollars, 60 pieces a variant, all as sent."""
    number = next(_numbers)
    product = product or make_product(stock_total=60 * variants)
    row = GlobalListing.objects.create(
        account=account,
        product=product,
        sku=product.sku,
        name=product.name,
        external_id=f"G{number}" if account.upgraded else "",
        status=GlobalListing.Status.LIVE,
        axes=["Color"] if variants > 1 else [],
    )
    listings = [
        Listing.objects.create(global_listing=row, shop=shop, external_id=f"I{number}-{shop.region}", status="live")
        for shop in account.shops.order_by("pk")
    ]
    for place in range(1, variants + 1):
        variant = make_variant(product, sku=f"{product.sku}-{place}", stock_total=60)
        has_id = variants > 1
        mine = GlobalVariant.objects.create(
            global_listing=row,
            variant=variant,
            sku=variant.sku,
            external_id=f"M{number}-{place}" if has_id and account.upgraded else "",
            options=[f"Color {place}"] if has_id else [],
            price=Decimal("10.00"),
            is_price_fixed=True,
            sent_price=Decimal("10.00"),
        )
        StockEntry.objects.create(global_variant=mine, sent=60)
        for listing in listings:
            external_id = f"S{number}-{listing.shop.region}-{place}" if has_id else ""
            ListingVariant.objects.create(listing=listing, global_variant=mine, external_id=external_id)
    return row


def no_longer_follow(shop: Shop, **switches: bool) -> None:
    """Say that global edits don't flow down to a shop: of prices, unless other switches are named."""
    FieldSync.objects.update_or_create(shop=shop, defaults=switches or {"price": False})


class FakeChannel:
    """A marketplace in memory: `products` and `listings` are what it has, `calls` what it was asked to write."""

    def __init__(self) -> None:
        self.products: dict[str, FoundListing] = {}
        self.listings: dict[tuple[str, str], FoundListing] = {}
        self.calls: list[tuple[Any, ...]] = []
        self.errors: dict[str, list[Exception]] = {}  # method → what its next calls raise
        self.refused: dict[str, Outcome] = {}  # variant or listing id → what is said instead of "done"
        self.page_size = 50

    def holds(self, row: GlobalListing) -> None:
        """Have what our rows say: the global product, and a listing in each shop."""
        variants = [
            FoundVariant(
                external_id=mine.external_id,
                sku=mine.sku,
                options=tuple(mine.options),
                price=mine.sent_price,
                currency="USD",
                stock={entry.place: entry.sent or 0 for entry in mine.stock.all()},
            )
            for mine in row.variants.all()
        ]
        axes = tuple(row.axes)
        if row.external_id:
            self.products[row.external_id] = FoundListing(
                external_id=row.external_id, sku=row.sku, name=row.name, axes=axes, variants=tuple(variants)
            )
        for listing in row.listings.exclude(external_id=""):
            ids = dict(listing.variants.values_list("global_variant__sku", "external_id"))
            self.listings[listing.shop.external_id, listing.external_id] = FoundListing(
                external_id=listing.external_id,
                shop_id=listing.shop.external_id,
                global_id=row.external_id,
                sku=row.sku,
                name=row.name,
                axes=axes,
                variants=tuple(replace(one, external_id=ids[one.sku]) for one in variants),
            )

    # What the catalogue calls

    def push_prices(self, global_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        return self._written(("push_prices", global_id, prices), prices)

    def push_shop_prices(self, shop_id: str, listing_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        return self._written(("push_shop_prices", shop_id, listing_id, prices), prices)

    def push_stock(self, global_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        return self._written(("push_stock", global_id, stock), stock)

    def push_shop_stock(self, shop_id: str, listing_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        return self._written(("push_shop_stock", shop_id, listing_id, stock), stock)

    def unlist(self, shop_id: str, listing_ids: Sequence[str], *, listed: bool) -> list[Outcome]:
        outcomes = self._written(("unlist", shop_id, list(listing_ids), listed), listing_ids)
        for outcome in outcomes:
            if outcome.done and (key := (shop_id, outcome.key)) in self.listings:
                self.listings[key] = replace(self.listings[key], status="live" if listed else "unlisted")
        return outcomes

    def delete(self, shop_id: str, listing_id: str) -> None:
        self._written(("delete", shop_id, listing_id), ())
        gone = [key for key, each in self.listings.items() if shop_id == "" and each.global_id == listing_id]
        for key in [*gone, (shop_id, listing_id)]:
            self.listings.pop(key, None)
        self.products.pop(listing_id if not shop_id else "", None)

    def set_switches(self, switches: dict[str, FieldSwitches]) -> None:
        self._written(("set_switches", switches), ())

    def global_listings(self, *, cursor: dict[str, Any] | None, since: object = None) -> FoundPage:
        return self._page(list(self.products.values()), cursor)

    def shop_listings(self, shop_id: str, *, cursor: dict[str, Any] | None, since: object = None) -> FoundPage:
        self._fail("shop_listings")
        return self._page([each for (shop, _id), each in self.listings.items() if shop == shop_id], cursor)

    def published(self, global_id: str) -> list[FoundListing]:
        return [each for each in self.listings.values() if each.global_id == global_id]

    def global_listing(self, global_id: str) -> FoundListing:
        self._fail("global_listing")
        if global_id not in self.products:
            raise NotFound("gone")
        return self.products[global_id]

    def shop_listing(self, shop_id: str, listing_id: str) -> FoundListing:
        self._fail("shop_listing")
        if (shop_id, listing_id) not in self.listings:
            raise NotFound("gone")
        return self.listings[shop_id, listing_id]

    def _page(self, found: list[FoundListing], cursor: dict[str, Any] | None) -> FoundPage:
        start = (cursor or {}).get("start", 0)
        end = start + self.page_size
        return FoundPage(items=tuple(found[start:end]), cursor={"start": end} if end < len(found) else None)

    def _written(self, call: tuple[Any, ...], keys: Any) -> list[Outcome]:
        self.calls.append(call)
        self._fail(call[0])
        return [self.refused.get(key, Outcome(key=key, done=True)) for key in keys]

    def _fail(self, method: str) -> None:
        if errors := self.errors.get(method):
            raise errors.pop(0)


CHANNEL = FakeChannel()


def fake_for(_account: PlatformAccount) -> FakeChannel:
    """Stand in for the platform's gateway (integrations.gateways)."""
    return CHANNEL


def fresh_channel(monkeypatch: Any) -> FakeChannel:
    """Put an empty marketplace in the place of the platform's gateway, for one test."""
    fresh = FakeChannel()
    monkeypatch.setattr("tests.factories_upkeep.CHANNEL", fresh)
    monkeypatch.setattr("integrations.gateways._CHANNELS", {Platform.SHOPEE: "tests.factories_upkeep.fake_for"})
    return fresh
