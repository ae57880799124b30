"""A small marketplace in memory that speaks `channels.SalesChannel`: keeps books, refuses, and loses replies.

Put it in the place of a real one with the fixture `channel` (tests/catalog/selling/conftest.py), or by hand:
`monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")`.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.models import PlatformAccount
from integrations.channels import (
    BrandData,
    BrandPage,
    CallsNeeded,
    Carrier,
    CategoryRules,
    Cell,
    Choice,
    FieldSpec,
    FieldSwitches,
    FoundListing,
    FoundPage,
    FoundVariant,
    ListingDraft,
    Outcome,
    PublishProgress,
    SellerData,
    ShopData,
    ShopDraft,
    Span,
    Value,
    ValuePage,
)
from integrations.contracts import CategoryData
from integrations.errors import NotFound, Rejected

PAGE = 2


@dataclass
class Fault:
    """What the next call of a kind meets: before it acts, or after (its reply is lost)."""

    call: str
    error: Exception
    after: bool = False


@dataclass
class FakeMarket:
    """All that the marketplace knows; tests look into it and set it up."""

    rules: dict[str, CategoryRules] = field(default_factory=dict)
    categories: list[CategoryData] = field(default_factory=list)
    brands: dict[str, list[BrandData]] = field(default_factory=dict)
    values: dict[str, list[Choice]] = field(default_factory=dict)
    recommended: list[str] = field(default_factory=list)
    recommended_values: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    sellers: dict[str, SellerData] = field(default_factory=dict)
    shops: dict[str, ShopData] = field(default_factory=dict)
    shop_carriers: dict[str, list[Carrier]] = field(default_factory=dict)
    refusals: dict[str, tuple[str, str]] = field(default_factory=dict)  # shop id → reason, field
    slow: int = 0  # how often a publication to a shop answers "wait" before it is done
    items: dict[str, FoundListing] = field(default_factory=dict)  # global id → as it is there
    listings: dict[tuple[str, str], FoundListing] = field(default_factory=dict)  # shop id, listing id
    switches: dict[str, FieldSwitches] = field(default_factory=dict)
    calls: Counter[str] = field(default_factory=Counter)
    drafts: list[ListingDraft] = field(default_factory=list)  # of each step of a publication
    faults: list[Fault] = field(default_factory=list)
    price_refusals: dict[str, str] = field(default_factory=dict)  # variant id → reason
    numbers: int = 0

    def fail(self, call: str, error: Exception, *, after: bool = False) -> None:
        """Let the next call of this name fail; `after`: it has acted, and its reply is lost."""
        self.faults.append(Fault(call, error, after))

    @contextmanager
    def called(self, name: str) -> Iterator[None]:
        """Count a call, and let it meet its fault."""
        self.calls[name] += 1
        fault = next((fault for fault in self.faults if fault.call == name), None)
        if fault:
            self.faults.remove(fault)
            if not fault.after:
                raise fault.error
        yield
        if fault:
            raise fault.error

    def number(self, kind: str) -> str:
        """Return a new id."""
        self.numbers += 1
        return f"{kind}{self.numbers}"


market = FakeMarket()


def fresh_market() -> FakeMarket:
    """Begin with an empty marketplace."""
    global market
    market = FakeMarket()
    return market


def gateway_for(account: PlatformAccount) -> "FakeChannel":
    """Return what speaks for an account, as a package's gateway does."""
    return FakeChannel(account, market)


def make_rules(category_id: str, **said: Any) -> CategoryRules:
    """Return the rules of a plain category: one choice that is required, limits that fit our factories' products."""
    defaults: dict[str, Any] = {
        "fields": (
            FieldSpec(
                external_id="100",
                label="Origin",
                required=True,
                choices=(Choice(external_id="1", label="China"), Choice(external_id="2", label="Korea")),
            ),
        ),
        "price": Span(low=Decimal("0.1"), high=Decimal("99999")),
        "stock": Span(low=Decimal(0), high=Decimal("5000")),
        "name_length": Span(low=Decimal(1), high=Decimal("120")),
        "description_length": Span(low=Decimal(1), high=Decimal("500")),
        "image_count": Span(low=Decimal(1), high=Decimal(9)),
        "axis_name_length": Span(low=Decimal(1), high=Decimal(20)),
        "option_length": Span(low=Decimal(1), high=Decimal(30)),
        "wide_character": Decimal("2.44"),
        "days_to_ship": ((2, 2), (5, 10)),
        "weight_required": True,
        "price_ratio": {"": Decimal(7), "MY": Decimal(5)},
        "pure_language": True,
    }
    return CategoryRules(**{"category_id": category_id} | defaults | said)


class FakeChannel:
    """The marketplace as one account sees it."""

    def __init__(self, account: PlatformAccount, market: FakeMarket) -> None:
        self.account, self.market = account, market

    # who sells

    def seller(self) -> SellerData:
        with self.market.called("seller"):
            return self.market.sellers[self.account.external_id]

    def shop(self, shop_id: str) -> ShopData:
        with self.market.called("shop"):
            return self.market.shops[shop_id]

    def carriers(self, shop_id: str) -> list[Carrier]:
        with self.market.called("carriers"):
            return self.market.shop_carriers.get(shop_id, [Carrier(external_id="1", name="Standard")])

    # what a category asks

    def categories(self) -> list[CategoryData]:
        with self.market.called("categories"):
            return self.market.categories

    def rules(self, category_id: str) -> CategoryRules:
        with self.market.called("rules"):
            if category_id not in self.market.rules:
                raise Rejected("Invalid category ID.", code="error_invalid_category")
            return self.market.rules[category_id]

    def brands(self, category_id: str, *, cursor: str = "") -> BrandPage:
        with self.market.called("brands"):
            known, start = self.market.brands.get(category_id, []), int(cursor or 0)
            end = start + PAGE
            return BrandPage(brands=tuple(known[start:end]), cursor=str(end) if end < len(known) else "")

    def find_values(self, field_id: str, text: str, *, cursor: str = "") -> ValuePage:
        with self.market.called("find_values"):
            known = self.market.values.get(field_id, [])
            return ValuePage(choices=tuple(choice for choice in known if text.lower() in choice.label.lower()))

    def recommend_categories(self, name: str, image_url: str = "") -> list[str]:
        with self.market.called("recommend_categories"):
            return self.market.recommended

    def recommend_values(self, name: str, category_id: str) -> dict[str, tuple[Value, ...]]:
        with self.market.called("recommend_values"):
            return self.market.recommended_values

    # selling

    def calls_needed(self, draft: ListingDraft, progress: PublishProgress) -> CallsNeeded:
        left = [shop for shop in draft.shops if not progress.cells.get(shop.shop_id, Cell()).listing_id]
        key = f"{self.account.platform}:account:{self.account.pk}"
        return CallsNeeded(by_limit={key: 4 + 2 * len(left)})

    def publish(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress:
        """Take one step: the product, then shop by shop, then what became of it. A done progress begins anew."""
        self.market.drafts.append(draft)
        if progress.done:
            again = {shop: cell for shop, cell in progress.cells.items() if cell.status not in ("refused", "blocked")}
            progress = replace(progress, done=False, cells=again, state={**progress.state, "asked": {}})
        if "item" not in progress.state:
            return self._add_item(draft, progress)
        if progress.state.get("draft") != _texts(draft):
            with self.market.called("update_item"):
                item_id = progress.state["item"]
                self.market.items[item_id] = replace(self._found(draft, item_id), variants=self._variants(draft))
                return replace(progress, state={**progress.state, "draft": _texts(draft)}, step="shops")
        for shop in draft.shops:
            cell = progress.cells.get(shop.shop_id, Cell())
            if cell.status in ("waiting", "publishing"):
                return self._to_shop(draft, shop, progress)
        return replace(progress, done=True, step="", wait=0.0)

    def _add_item(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress:
        known = next((key for key, item in self.market.items.items() if item.sku == draft.reference), None)
        if known is None:
            known = self.market.number("G")
            with self.market.called("add_item"):
                self.market.items[known] = replace(self._found(draft, known), variants=self._variants(draft))
        ids = {variant.sku: variant.external_id for variant in self.market.items[known].variants}
        return replace(
            progress,
            state={"item": known, "draft": _texts(draft), "asked": {}},
            global_id=known if draft.is_global else "",
            variant_ids=ids if draft.is_global and draft.axes else {},
            step="shops",
        )

    def _to_shop(self, draft: ListingDraft, shop: ShopDraft, progress: PublishProgress) -> PublishProgress:
        asked = progress.state["asked"].get(shop.shop_id, 0) + 1
        state = {**progress.state, "asked": {**progress.state["asked"], shop.shop_id: asked}}
        if asked <= self.market.slow:
            cells = {**progress.cells, shop.shop_id: Cell(status="publishing")}
            return replace(progress, state=state, cells=cells, step="results", wait=5.0)
        if shop.shop_id in self.market.refusals:
            reason, of = self.market.refusals[shop.shop_id]
            cell = Cell(status="refused", reason=reason, field=of, code="error_refused")
        else:
            with self.market.called("publish_to_shop"):
                cell = self._list(draft, shop, state["item"])
        return replace(progress, state=state, cells={**progress.cells, shop.shop_id: cell}, step="results", wait=0.0)

    def _list(self, draft: ListingDraft, shop: ShopDraft, item_id: str) -> Cell:
        known = [found for (shop_id, _id), found in self.market.listings.items() if shop_id == shop.shop_id]
        found = next((found for found in known if found.global_id == item_id), None)
        if found is None:
            listing_id = self.market.number("L")
            found = replace(
                self._found(draft, listing_id),
                shop_id=shop.shop_id,
                global_id=item_id,
                variants=self._variants(draft, shop),
                url=f"https://shop.test/{shop.shop_id}/{listing_id}",
            )
            self.market.listings[shop.shop_id, listing_id] = found
        ids = {variant.sku: variant.external_id for variant in found.variants} if draft.axes else {}
        return Cell(status="live", listing_id=found.external_id, variant_ids=ids, url=found.url)

    def _found(self, draft: ListingDraft, external_id: str) -> FoundListing:
        return FoundListing(
            external_id=external_id,
            sku=draft.reference,
            name=draft.name,
            category_id=draft.category_id,
            image_url=next(iter(draft.image_urls), ""),
            axes=draft.axes,
        )

    def _variants(self, draft: ListingDraft, shop: ShopDraft | None = None) -> tuple[FoundVariant, ...]:
        own = shop.prices if shop else {}
        return tuple(
            FoundVariant(
                external_id=self.market.number("V") if draft.axes else "",
                sku=variant.sku,
                options=variant.options,
                price=own.get(variant.sku, variant.price),
                currency=shop.currency if shop and own else draft.currency,
                stock=dict(variant.stock),
            )
            for variant in draft.variants
        )

    def unlist(self, shop_id: str, listing_ids: Sequence[str], *, listed: bool) -> list[Outcome]:
        with self.market.called("unlist"):
            outcomes = []
            for listing_id in listing_ids:
                found = self.market.listings.get((shop_id, listing_id))
                if found:
                    status = "live" if listed else "unlisted"
                    self.market.listings[shop_id, listing_id] = replace(found, status=status)
                outcomes.append(Outcome(key=listing_id, done=bool(found), reason="" if found else "Item not found."))
            return outcomes

    def delete(self, shop_id: str, listing_id: str) -> None:
        with self.market.called("delete"):
            if shop_id:
                if self.market.listings.pop((shop_id, listing_id), None) is None:
                    raise NotFound("Item not found.", code="error_item_not_found")
                return
            if self.market.items.pop(listing_id, None) is None:
                raise NotFound("Item not found.", code="error_busi_global_item_not_found")
            for key in [key for key, found in self.market.listings.items() if found.global_id == listing_id]:
                del self.market.listings[key]

    def set_switches(self, switches: dict[str, FieldSwitches]) -> None:
        with self.market.called("set_switches"):
            self.market.switches |= switches

    # price and stock

    def push_prices(self, global_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        with self.market.called("push_prices"):
            self.market.items[global_id] = self._priced(self._item(global_id), prices)
            return [Outcome(key=key, done=True) for key in prices]

    def push_shop_prices(self, shop_id: str, listing_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        with self.market.called("push_shop_prices"):
            taken = {key: price for key, price in prices.items() if key not in self.market.price_refusals}
            found = self.shop_listing_there(shop_id, listing_id)
            self.market.listings[shop_id, listing_id] = self._priced(found, taken)
            return [
                Outcome(key=key, done=key in taken, reason=self.market.price_refusals.get(key, "")) for key in prices
            ]

    def push_stock(self, global_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        with self.market.called("push_stock"):
            self.market.items[global_id] = self._stocked(self._item(global_id), stock)
            return [Outcome(key=key, done=True) for key in stock]

    def push_shop_stock(self, shop_id: str, listing_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        with self.market.called("push_shop_stock"):
            found = self.shop_listing_there(shop_id, listing_id)
            self.market.listings[shop_id, listing_id] = self._stocked(found, stock)
            return [Outcome(key=key, done=True) for key in stock]

    def _priced(self, found: FoundListing, prices: dict[str, Decimal]) -> FoundListing:
        variants = [replace(one, price=prices.get(one.external_id, one.price)) for one in found.variants]
        return replace(found, variants=tuple(variants))

    def _stocked(self, found: FoundListing, stock: dict[str, dict[str, int]]) -> FoundListing:
        variants = [replace(one, stock=stock.get(one.external_id, one.stock)) for one in found.variants]
        return replace(found, variants=tuple(variants))

    # what is there

    def global_listings(self, *, cursor: dict[str, Any] | None, since: datetime | None = None) -> FoundPage:
        with self.market.called("global_listings"):
            return _page(list(self.market.items.values()), cursor)

    def shop_listings(self, shop_id: str, *, cursor: dict[str, Any] | None, since: datetime | None = None) -> FoundPage:
        with self.market.called("shop_listings"):
            return _page([found for key, found in self.market.listings.items() if key[0] == shop_id], cursor)

    def published(self, global_id: str) -> list[FoundListing]:
        with self.market.called("published"):
            own = [found for found in self.market.listings.values() if found.global_id == global_id]
            return [replace(found, variants=()) for found in own]

    def global_listing(self, global_id: str) -> FoundListing:
        with self.market.called("global_listing"):
            return self._item(global_id)

    def shop_listing(self, shop_id: str, listing_id: str) -> FoundListing:
        with self.market.called("shop_listing"):
            return self.shop_listing_there(shop_id, listing_id)

    def shop_listing_there(self, shop_id: str, listing_id: str) -> FoundListing:
        """Return a shop's listing as it is there, without a call."""
        if (shop_id, listing_id) not in self.market.listings:
            raise NotFound("Item not found.", code="error_item_not_found")
        return self.market.listings[shop_id, listing_id]

    def _item(self, global_id: str) -> FoundListing:
        if global_id not in self.market.items:
            raise NotFound("Item not found.", code="error_busi_global_item_not_found")
        return self.market.items[global_id]


def _texts(draft: ListingDraft) -> list[Any]:
    return [draft.name, draft.description, draft.category_id, list(draft.image_urls), len(draft.variants)]


def _page(found: list[FoundListing], cursor: dict[str, Any] | None) -> FoundPage:
    start = (cursor or {}).get("start", 0)
    end = start + PAGE
    return FoundPage(
        items=tuple(found[start:end]), total=len(found), cursor={"start": end} if end < len(found) else None
    )
