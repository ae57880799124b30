"""The neutral words in which the catalogue speaks with a marketplace's package: small, frozen, no platform's name.

Money is `Decimal` in the named currency, weights are grams, lengths millimetres, times aware UTC. Ids are theirs, as
text. Our own reference of a variant is its `sku`, of a product the draft's `reference`: by these a thing is looked for
before it is made a second time.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from .contracts import CategoryData, TokenPair
from .errors import Rejected


class DraftRefused(Rejected):
    """The platform refuses a product as it is drafted; `field` is what is to be mended, empty where nothing tells."""

    def __init__(self, message: object, *, field: str = "", code: str = "", request_id: str = "") -> None:
        super().__init__(message, code=code, request_id=request_id)
        self.field = field


# --- who sells


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a seller's consent gave: one token pair, which is good for each of these until each is refreshed once."""

    pair: TokenPair
    authorized_by: str = ""  # their number of the login that consented; empty: a shop's own
    account_ids: tuple[str, ...] = ()
    shop_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceData:
    """A place of the seller's from which stock is sold."""

    external_id: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SellerData:
    """What a marketplace says of an account that sells through several shops."""

    external_id: str
    name: str = ""
    region: str = ""
    currency: str = ""  # empty: the seller has not set it
    seller_center: str = ""  # cnsc | krsc | ""
    upgraded: bool = False  # sells by global products
    shop_ids: tuple[str, ...] = ()  # those that this app may call for
    places: tuple[PlaceData, ...] = ()
    authorized_at: datetime | None = None
    authorization_expires_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopData:
    external_id: str
    name: str = ""
    region: str = ""
    currency: str = ""
    account_id: str = ""  # the account it belongs to; empty: none, it stands alone
    upgraded: bool = False  # its listings come from global products
    platform_status: str = ""
    authorized_at: datetime | None = None
    authorization_expires_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)


# --- what a category asks


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A value to choose; one that is chosen may ask more (`opens`)."""

    external_id: str
    label: str
    unit: str = ""
    opens: "tuple[FieldSpec, ...]" = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One attribute that a category asks. Its answer is a list of `Value`."""

    external_id: str
    label: str
    kind: str = "choice"  # choice | text | integer | decimal | date
    required: bool = False
    required_in: tuple[str, ...] = ()  # markets in which it is required although it is optional elsewhere
    choices: tuple[Choice, ...] = ()
    own_values: bool = False  # values beside the choices are taken
    searchable: bool = False  # more choices are found by `SalesChannel.find_values`
    most: int = 1  # values
    units: tuple[str, ...] = ()
    date_format: str = ""  # "day" DD/MM/YYYY | "month" MM/YYYY
    help_text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """An answer: a choice by its id, or a text of one's own (`external_id` empty)."""

    external_id: str = ""
    text: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A limit in both directions, ends included; None: open."""

    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRules:
    """What a category allows and asks, as the platform says it of this account. None or empty: not limited."""

    category_id: str
    fields: tuple[FieldSpec, ...] = ()
    price: Span = Span()  # in `currency`
    currency: str = ""
    stock: Span = Span()
    name_length: Span = Span()
    description_length: Span = Span()
    image_count: Span = Span()
    axis_name_length: Span = Span()
    option_length: Span = Span()
    wide_character: Decimal = Decimal(1)  # how many characters of a limit a Chinese, Japanese or Korean one takes
    days_to_ship: tuple[tuple[int, int], ...] = ()  # ranges of days, ends included
    weight_required: bool = False
    dimensions_required: bool = False
    size_chart_required: bool = False  # and none can be chosen; those that can be are choices of a field
    brand_required: bool = False
    own_brand: bool = True  # a brand's name may be written freely
    most_variants: int = 50
    most_axes: int = 2
    longest_sku: int = 100
    price_ratio: dict[str, Decimal] = field(default_factory=dict)  # dearest ÷ cheapest variant; "" global, else market
    image_formats: tuple[str, ...] = ("JPEG", "PNG")
    image_bytes: int = 10 * 1024 * 1024
    pure_language: bool = False  # texts in Chinese only, or in English and digits only
    minimum_images: dict[str, int] = field(default_factory=dict)  # market → pictures that it wants at least
    closed_in: tuple[str, ...] = ()  # markets where this category is closed
    name_length_in: dict[str, Span] = field(
        default_factory=dict
    )  # market → limits of a name there, in plain characters
    not_chinese_in: tuple[str, ...] = ()  # markets whose own texts are in another language


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandData:
    external_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BrandPage:
    brands: tuple[BrandData, ...]
    cursor: str = ""  # give it back for the next page; empty: this was the last


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePage:
    choices: tuple[Choice, ...]
    cursor: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A way of shipping that a shop has."""

    external_id: str
    name: str
    enabled: bool = True


# --- what we want to sell


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftVariant:
    sku: str
    options: tuple[str, ...] = ()  # one per axis, in their order; empty: the product has no variants
    price: Decimal  # in the draft's currency
    stock: dict[str, int] = field(default_factory=dict)  # place id ("" where the account has none) → pieces
    image_url: str = ""
    weight_g: Decimal | None = None
    length_mm: Decimal | None = None
    width_mm: Decimal | None = None
    height_mm: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopDraft:
    """What is wanted of one shop. Empty: the platform fills it in from the global product."""

    shop_id: str
    region: str
    currency: str = ""
    name: str = ""
    description: str = ""
    prices: dict[str, Decimal] = field(default_factory=dict)  # sku → price in the shop's currency
    carriers: tuple[str, ...] = ()
    listed: bool = True  # False: make it, but don't show it


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDraft:
    """A product as it is to be sold: global (through `upgraded` accounts) or in one shop alone."""

    reference: str  # our SKU of the product
    is_global: bool
    name: str
    description: str  # plain text
    category_id: str
    brand: BrandData | None = None
    attributes: dict[str, tuple[Value, ...]] = field(default_factory=dict)
    image_urls: tuple[str, ...] = ()
    condition: str = "new"  # new | used
    days_to_ship: int | None = None
    weight_g: Decimal | None = None
    length_mm: Decimal | None = None
    width_mm: Decimal | None = None
    height_mm: Decimal | None = None
    currency: str = ""
    axes: tuple[str, ...] = ()
    variants: tuple[DraftVariant, ...] = ()
    shops: tuple[ShopDraft, ...] = ()


# --- how far it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """How far a product is in one shop."""

    status: str = "waiting"  # waiting | publishing | live | unlisted | reviewing | banned | deleted | refused | blocked
    listing_id: str = ""
    variant_ids: dict[str, str] = field(default_factory=dict)  # sku → id
    reason: str = ""  # why not, in their words or ours
    code: str = ""
    field: str = ""  # the draft's field that is to be mended: name, image_urls, attributes.100004 …
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishProgress:
    """How far a publication is. `state` is the package's own notebook, kept unread; give it back for the next step.

    It is saved before the next step is taken, as JSON: a write is announced in it before it is sent. To go on in the
    same process take the next step with the same channel: another one first looks for what may have been sent.
    """

    state: dict[str, Any] = field(default_factory=dict)
    global_id: str = ""
    variant_ids: dict[str, str] = field(default_factory=dict)  # sku → id of the global product's variant
    cells: dict[str, Cell] = field(default_factory=dict)  # shop id → how far
    step: str = ""  # what comes next, a short word: images | product | variants | shops | results | check
    done: bool = False
    wait: float = 0.0  # seconds before the next step may be taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one of several things that were asked for in one call.

    `code`: "not_done" where the answer was lost, or does not mention it, and what is there is not as wanted: it may be
    asked for again. Else the platform's own word for the refusal, empty where it has none.
    """

    key: str  # sku, or listing id
    done: bool
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundVariant:
    external_id: str
    sku: str = ""
    options: tuple[str, ...] = ()
    price: Decimal | None = None
    currency: str = ""
    stock: dict[str, int] | None = None  # place id → pieces
    is_listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundListing:
    """A product as the platform has it now: a global one (`shop_id` empty) or a shop's."""

    external_id: str
    shop_id: str = ""
    global_id: str = ""  # of a shop's listing that came from a global product
    sku: str = ""
    name: str = ""
    status: str = "live"  # as in `Cell`
    platform_status: str = ""
    category_id: str = ""
    image_url: str = ""
    axes: tuple[str, ...] = ()
    variants: tuple[FoundVariant, ...] = ()  # without variants: one, whose external_id is ""
    url: str = ""
    updated_at: datetime | None = None
    text_hash: str = ""  # of name and description: whether somebody changed them
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPage:
    items: tuple[FoundListing, ...]
    total: int | None = None
    cursor: dict[str, Any] | None = None  # give it back for the next page; None: this was the last


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSwitches:
    """Which global edits flow down to a shop's listings."""

    texts: bool = True
    media: bool = True
    options: bool = True
    price: bool = True
    days_to_ship: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsNeeded:
    """How many calls a publication takes, by the governor's limit that they meet."""

    by_limit: dict[str, int] = field(default_factory=dict)  # bucket key → calls

    @property
    def total(self) -> int:
        return sum(self.by_limit.values())


class SalesChannel(Protocol):
    """What accounts and catalogue ask of a marketplace's package; raises `PlatformError` kinds.

    A write is sent once; each method that writes looks first where an earlier answer was lost, as its notebook or its
    own reading says.

    `publish` takes one step. A lost answer is not raised: `wait` says when the next step looks for it. What concerns
    one shop is said in its cell; `DraftRefused` names the field where the product itself is refused, and NotFound says
    that it is gone. A progress that is `done`, or whose draft changed, begins a new round: what agrees is not sent, and
    of the draft's shops those refused, blocked or deleted are tried again. Shops that the draft leaves out stay as they
    are.
    """

    # who sells
    def seller(self) -> SellerData: ...  # of an account with shops; raises Refused for one that is a shop alone
    def shop(self, shop_id: str) -> ShopData: ...
    def carriers(self, shop_id: str) -> list[Carrier]: ...

    # what a category asks; `shop_id` where the account has no global products
    def categories(self) -> list[CategoryData]: ...  # CategoryData.is_leaf tells where products may stand
    def rules(self, category_id: str) -> CategoryRules: ...
    def brands(self, category_id: str, *, cursor: str = "") -> BrandPage: ...
    def find_values(self, field_id: str, text: str, *, cursor: str = "") -> ValuePage: ...
    def recommend_categories(self, name: str, image_url: str = "") -> list[str]: ...  # best first
    def recommend_values(self, name: str, category_id: str) -> dict[str, tuple[Value, ...]]: ...

    # selling
    def calls_needed(self, draft: ListingDraft, progress: PublishProgress) -> CallsNeeded: ...
    def publish(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress: ...  # one step nearer
    def unlist(self, shop_id: str, listing_ids: Sequence[str], *, listed: bool) -> list[Outcome]: ...
    def delete(self, shop_id: str, listing_id: str) -> None: ...  # shop_id empty: the global product and all its shops'
    def set_switches(self, switches: dict[str, FieldSwitches]) -> None: ...  # shop id → all five, each time

    # price and stock
    def push_prices(self, global_id: str, prices: dict[str, Decimal]) -> list[Outcome]: ...  # variant id → price
    def push_shop_prices(self, shop_id: str, listing_id: str, prices: dict[str, Decimal]) -> list[Outcome]: ...
    def push_stock(self, global_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]: ...  # variant → place → n
    def push_shop_stock(self, shop_id: str, listing_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]: ...

    # what is there
    def global_listings(self, *, cursor: dict[str, Any] | None, since: datetime | None = None) -> FoundPage: ...
    def shop_listings(
        self, shop_id: str, *, cursor: dict[str, Any] | None, since: datetime | None = None
    ) -> FoundPage: ...
    def published(self, global_id: str) -> list[FoundListing]: ...  # its shops' listings, without variants
    def global_listing(self, global_id: str) -> FoundListing: ...  # NotFound where it is gone
    def shop_listing(self, shop_id: str, listing_id: str) -> FoundListing: ...
