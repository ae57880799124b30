"""The neutral words in which the orders app speaks with a marketplace's package: small, frozen, no platform's name.

Money is `Decimal` in the named currency, weights are grams, lengths millimetres, times aware UTC. Ids are theirs, as
text. What a platform did not say is None or empty, never zero.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from .contracts import Unreadable


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressData:
    """Where a parcel goes. `masked`: the platform hides parts of it; it can't be written on a label of ours."""

    name: str = ""
    phone: str = ""
    lines: tuple[str, ...] = ()
    town: str = ""
    district: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country_code: str = ""
    masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLineData:
    """One thing bought, so many times. `external_id` tells it from the other lines of its order."""

    external_id: str
    item_id: str
    model_id: str = ""  # of the variant; empty where the item has none
    sku: str = ""
    name: str = ""
    variant_name: str = ""
    image_url: str = ""
    quantity: int = 1  # as ordered
    cancelled: int = 0
    returned: int = 0
    price: Decimal | None = None  # of one, as the buyer pays it, in the order's currency
    list_price: Decimal | None = None
    weight_g: Decimal | None = None
    bundle_id: str = ""  # lines with the same one can't be sent apart
    place_id: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageLineData:
    line_id: str  # external id of the order's line
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageData:
    """A parcel as the marketplace sees it. `status` is ours (orders.machines), `platform_status` theirs."""

    external_id: str
    status: str
    platform_status: str = ""
    lines: tuple[PackageLineData, ...] = ()
    carrier_id: str = ""
    carrier_name: str = ""
    tracking_number: str = ""
    arranged: bool = False  # shipping was asked for already: not to be asked for again
    can_ship: bool = False
    can_split: bool = False
    can_unsplit: bool = False
    ship_by: datetime | None = None
    weight_g: Decimal | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderData:
    """An order as it is there now.

    `stage` says in one word what it means for us: unpaid | held | open | arranged | retry | shipped | delivered |
    completed | cancelling | cancelled | returning. `ships`: who sends it: seller | platform.
    """

    external_id: str
    shop_id: str
    stage: str
    platform_status: str
    currency: str
    lines: tuple[OrderLineData, ...] = ()
    packages: tuple[PackageData, ...] = ()
    address: AddressData = AddressData()
    buyer_id: str = ""
    buyer_name: str = ""
    message: str = ""
    note: str = ""
    total: Decimal | None = None
    shipping_fee: Decimal | None = None
    cash_on_delivery: bool = False
    ships: str = "seller"
    is_split: bool = False
    tax_id: str = ""
    cancelled_by: str = ""
    cancel_reason: str = ""
    ordered_at: datetime | None = None
    paid_at: datetime | None = None
    changed_at: datetime | None = None
    ship_by: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPage:
    """Ids of orders that changed; `cursor` is given back for the next page, None: this was the last."""

    ids: tuple[str, ...]
    cursor: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedOrders:
    """What was asked for by id: the orders that came, those that are not there, those that can't be read."""

    orders: tuple[OrderData, ...] = ()
    missing: tuple[str, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A time at which a parcel can be fetched."""

    external_id: str
    text: str = ""
    date: datetime | None = None
    recommended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPlace:
    """Where a parcel is fetched, or a branch to which it is brought."""

    external_id: str
    text: str = ""
    is_default: bool = False
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way in which this parcel can be handed over, and what has to be said for it.

    `kind`: pickup | dropoff | own (a tracking number of another carrier is told). `needs`: names in `Arrangement`.
    """

    kind: str
    needs: tuple[str, ...] = ()  # place_id | slot_id | branch_id | sender_name | tracking_number | carrier_code
    places: tuple[HandoverPlace, ...] = ()
    carriers: tuple[tuple[str, str], ...] = ()  # code, name


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrangement:
    """How a parcel is handed over."""

    kind: str
    place_id: str = ""
    slot_id: str = ""
    branch_id: str = ""
    sender_name: str = ""
    tracking_number: str = ""
    carrier_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRef:
    """One parcel of one order; `package_id` is empty where the order was never split and has one."""

    order_id: str
    package_id: str = ""
    tracking_number: str = ""
    document_type: str = ""
    is_split: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelOutcome:
    """What became of one of several parcels that were asked for in one call."""

    package_id: str
    order_id: str = ""
    done: bool = True
    text: str = ""  # a tracking number (empty: not there yet), a document's type or state
    reason: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFile:
    content: bytes
    content_type: str  # application/pdf | text/html | application/zip


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointData:
    """One event on a parcel's way. `status` is one of the 15 documented numbers (0 nothing known … 14 returned)."""

    at: datetime | None
    text: str
    status: int | None = None
    platform_status: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackData:
    tracking_number: str
    status: int | None = None
    platform_status: str = ""
    package_status: str = ""  # ours, where it follows; empty: it tells nothing new
    checkpoints: tuple[CheckpointData, ...] = ()
    carrier_name: str = ""
    last_mile_carrier: str = ""
    last_mile_number: str = ""
    days: str = ""
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMile:
    """A parcel's way from the seller to the marketplace's own warehouse."""

    number: str
    platform_status: str = ""
    method: str = ""
    declared_on: str = ""


class OrderChannel(Protocol):
    """What the orders app asks of a marketplace's package; raises `PlatformError` kinds.

    A write is sent once. What a lost answer may have done is found by reading: `parcels` says whether shipping was
    arranged, `orders` whether an order was cancelled or answered.
    """

    most_orders: int  # that can be read in one call
    most_parcels: int  # that can be handled in one call
    longest_window_s: int  # between the two ends of `changed_orders`

    def changed_orders(
        self, shop_id: str, *, since: datetime, until: datetime, cursor: dict[str, Any] | None = None
    ) -> OrderPage: ...
    def orders(self, shop_id: str, external_ids: Sequence[str]) -> FetchedOrders: ...
    def parcels(self, shop_id: str, package_ids: Sequence[str]) -> list[PackageData]: ...  # without those not there
    def split(
        self, shop_id: str, order_id: str, parts: Sequence[Sequence[PackageLineData]]
    ) -> None: ...  # `line_id`s as in OrderLineData; look at the order afterwards
    def unsplit(self, shop_id: str, order_id: str) -> None: ...
    # The whole order; `line_ids`: those that are the reason, where the platform asks for them.
    def cancel(self, shop_id: str, order_id: str, *, reason: str, line_ids: Sequence[str] = ()) -> None: ...
    def answer_cancellation(self, shop_id: str, order_id: str, *, accept: bool) -> None: ...
    def cancel_reasons(self, shop_id: str) -> list[tuple[str, str]]: ...
    def write_note(self, shop_id: str, order_id: str, note: str) -> None: ...

    # shipping
    def ways(self, shop_id: str, parcel: ParcelRef) -> list[Way]: ...
    def arrange(self, shop_id: str, parcel: ParcelRef, how: Arrangement) -> None: ...
    def rearrange(self, shop_id: str, parcel: ParcelRef, how: Arrangement) -> None: ...
    def tracking_numbers(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]: ...
    def document_types(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]: ...
    def request_documents(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]: ...
    def documents_ready(
        self, shop_id: str, parcels: Sequence[ParcelRef]
    ) -> list[ParcelOutcome]: ...  # ready|pending|failed
    def download_document(self, shop_id: str, parcel: ParcelRef) -> LabelFile: ...
    def track(self, shop_id: str, parcel: ParcelRef) -> TrackData: ...

    # first mile, where the marketplace collects from the seller
    def needs_first_mile(self, shop_id: str) -> bool: ...
    def first_mile_numbers(
        self, shop_id: str, *, declared_on: str, count: int, seller: dict[str, str]
    ) -> list[str]: ...
    # `carrier_id`, `place_id`: who brings the parcels and to which warehouse, where the seller has a choice.
    def bind_first_mile(
        self,
        shop_id: str,
        number: str,
        parcels: Sequence[ParcelRef],
        *,
        method: str,
        region: str,
        carrier_id: str = "",
        place_id: str = "",
    ) -> list[ParcelOutcome]: ...
    # Those that are under no number, or not under this one, are taken from nothing: that is done.
    def unbind_first_mile(self, shop_id: str, number: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]: ...
    def first_mile_of(self, shop_id: str, number: str) -> FirstMile: ...
