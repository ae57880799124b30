"""The neutral words in which catalog and orders speak with a platform package: small, frozen, no platform's name.

Money is `Decimal` in the named currency, weights are grams, lengths millimetres, times aware UTC. Whatever a platform
did not say is None or empty, never zero. `oddities` names what looked strange while reading (a short slug each).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from accounts.secrets import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRange:
    """A price or, where low < high, the range in which the platform answers it."""

    low: Decimal
    high: Decimal
    currency: str = "USD"


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryData:
    external_id: str
    name: str
    level: int  # 1 is the top
    parent_id: str = ""
    name_local: str = ""  # in the platform's other language, where it says both
    is_leaf: bool = True  # False: products stand only in a category below it
    market: str = ""  # empty: one tree for all markets


@dataclass(frozen=True, slots=True, kw_only=True)
class WarehouseData:
    """A place that holds stock: a global warehouse area, or one storage in it."""

    external_id: str
    name: str
    country_code: str = ""
    kind: str = "area"  # area | storage
    address: str = ""
    phone: str = ""
    facts: dict[str, Any] = field(default_factory=dict)  # carriers it serves, flags, as they came


@dataclass(frozen=True, slots=True, kw_only=True)
class StockData:
    """What one place holds of one variant. `warehouse_id` is empty where the row is a country's total."""

    country_code: str
    warehouse_id: str = ""
    warehouse_name: str = ""
    total: int | None = None
    cj: int | None = None  # in the supplier's own warehouse, ready to ship
    factory: int | None = None  # at the maker's, to be fetched first
    verified: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantData:
    external_id: str
    sku: str
    name: str = ""
    key: str = ""  # the options as one text: "Black-XL"
    options: tuple[str, ...] = ()
    image_url: str = ""
    weight_g: Decimal | None = None
    length_mm: Decimal | None = None
    width_mm: Decimal | None = None
    height_mm: Decimal | None = None
    volume_mm3: Decimal | None = None
    price: PriceRange | None = None
    suggested_price: PriceRange | None = None
    created_at: datetime | None = None
    stock: tuple[StockData, ...] | None = None  # None: not said, which is not "nothing in stock"
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductSummary:
    """One row of a supplier's list: enough to show a hit and to see whether the rest must be read again."""

    external_id: str
    sku: str
    name: str
    image_url: str = ""
    price: PriceRange | None = None
    category_id: str = ""
    category_name: str = ""
    stock_total: int | None = None
    listed_count: int | None = None
    supplier_name: str = ""
    is_mine: bool = False  # in the account's own "my products"
    created_at: datetime | None = None
    fingerprint: str = ""  # equal fingerprints: nothing that the list can show has changed
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductData:
    external_id: str
    sku: str
    name: str
    name_local: str = ""
    description_html: str = ""  # as it came: the catalogue sanitises it
    image_urls: tuple[str, ...] = ()
    category_id: str = ""
    category_path: str = ""
    status: str = "active"  # active | off_sale
    platform_status: str = ""  # their own word, unchanged
    product_type: str = ""
    supplier_name: str = ""
    supplier_id: str = ""
    weight_low_g: Decimal | None = None
    weight_high_g: Decimal | None = None
    packed_weight_low_g: Decimal | None = None
    packed_weight_high_g: Decimal | None = None
    unit: str = ""
    hs_code: str = ""
    hs_name: str = ""
    materials: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()  # how it may travel: COMMON, BATTERY …
    option_names: tuple[str, ...] = ()
    price: PriceRange | None = None
    suggested_price: PriceRange | None = None
    listed_count: int | None = None
    created_at: datetime | None = None
    variants: tuple[VariantData, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)  # enums and flags that we only keep
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFilter:
    """A saved search. None means "any". `extra` holds what only this supplier asks (see `Supplier.filter_fields`)."""

    keyword: str = ""
    category_id: str = ""
    category_level: int = 3
    country_code: str = ""
    price_min: Decimal | None = None  # USD
    price_max: Decimal | None = None  # USD
    stock_min: int | None = None
    stock_max: int | None = None
    verified: bool | None = None
    listed_after: datetime | None = None
    listed_before: datetime | None = None
    sort: str = ""  # "" best match | listed | price | newest | stock
    descending: bool = True
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A record that could not be understood: set aside, the run goes on."""

    external_id: str
    kind: str  # error class in words: not_found | shape | refused
    reason: str
    sample: str = ""  # masked, cut


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPage:
    items: tuple[ProductSummary, ...]
    unreadable: tuple[Unreadable, ...] = ()
    total: int | None = None  # of the whole search, as the platform says
    cursor: dict[str, Any] | None = None  # give it back for the next page; None: this was the last
    complete: bool = True  # False: the platform ended the list early, nothing may be concluded from what is missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """The answer to one of several ids: the product, or why there is none.

    `gone`: the platform does not know it. `off_sale`: it knows it, but has taken it off its shelves.
    """

    external_id: str
    product: ProductData | None = None
    problem: Unreadable | None = None
    gone: bool = False
    off_sale: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewData:
    external_id: str
    score: int | None
    text: str
    country_code: str = ""
    author: str = ""
    image_urls: tuple[str, ...] = ()
    commented_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingWish:
    """Something a seller wants the supplier to find."""

    name: str
    image_url: str
    reference: str  # ours
    url: str = ""
    price: Decimal | None = None  # USD
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcingState:
    external_id: str
    status: str = ""  # their own word
    status_text: str = ""
    product_id: str = ""
    variant_sku: str = ""
    is_final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaData:
    name: str
    limit: int
    window_s: int
    endpoint: str = ""  # empty: all calls


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountData:
    external_id: str
    name: str = ""
    level: str = ""
    sandbox: bool = False
    requests_per_second: float | None = None
    quotas: tuple[QuotaData, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """What a platform gives for a login or a refresh. Expiries are those it printed; None: it printed none."""

    access_token: Secret
    refresh_token: Secret
    access_expires_at: datetime | None = None
    refresh_expires_at: datetime | None = None
    signing_key: Secret = field(default_factory=lambda: Secret(""))  # empty: not told, keep what is stored


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterField:
    """A question that only this supplier asks in a search; drawn in the console, answered in `ProductFilter.extra`."""

    name: str
    label: str
    kind: str = "text"  # text | integer | boolean | choice
    choices: tuple[tuple[str, str], ...] = ()
    max_length: int | None = None


class Supplier(Protocol):
    """What the catalogue asks of a supplier's package; raises `PlatformError` kinds."""

    max_page_size: int

    def account(self) -> AccountData: ...
    def categories(self) -> list[CategoryData]: ...
    def warehouses(self) -> list[WarehouseData]: ...
    def warehouse(self, external_id: str) -> WarehouseData: ...
    def filter_fields(self) -> list[FilterField]: ...
    def check_filter(self, wanted: ProductFilter) -> None: ...  # raises Invalid naming the parameter and its limit
    def search(self, wanted: ProductFilter, *, cursor: dict[str, Any] | None, size: int) -> SummaryPage: ...
    def my_products(self, *, cursor: dict[str, Any] | None) -> SummaryPage: ...
    def products(self, external_ids: Sequence[str]) -> Iterator[Fetched]: ...  # in the order asked
    def product_by_sku(self, sku: str) -> Fetched: ...
    def id_from_text(self, text: str) -> tuple[str, str]: ...  # a pasted id, SKU or URL → ("id" | "sku", value)
    def variants(self, product_id: str) -> tuple[VariantData, ...]: ...
    def variant(self, external_id: str) -> VariantData: ...
    def stock(self, product_id: str) -> dict[str, tuple[StockData, ...]]: ...  # variant id → rows
    def variant_stock(self, external_id: str) -> tuple[StockData, ...]: ...
    def stock_by_sku(self, sku: str) -> tuple[StockData, ...]: ...
    def add_to_mine(self, product_id: str) -> None: ...  # done twice is done
    def reviews(self, product_id: str, *, page: int, size: int) -> tuple[list[ReviewData], int | None]: ...
    def find_source(self, wish: SourcingWish) -> SourcingState: ...
    def sourcing_states(self, external_ids: Sequence[str]) -> list[SourcingState]: ...
    def calls_needed(self, *, listed: int, details: int) -> int: ...  # for a plan's forecast
