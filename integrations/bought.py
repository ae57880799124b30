"""The neutral words in which the orders app buys from a supplier: small, frozen, no platform's name.

Money is `Decimal` in the named currency (USD unless named), times aware UTC. `reference` is our own number of a
purchase: by it a purchase is looked for before it is ever made again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol

from .sold import AddressData, TrackData


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedItem:
    variant_id: str
    quantity: int
    line_reference: str = ""  # ours, of the order's line


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way by which a supplier can send goods, and its price."""

    name: str
    price: Decimal  # USD, all in
    days_low: int | None = None
    days_high: int | None = None
    taxes: Decimal | None = None
    clearance: Decimal | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseDraft:
    """What is to be bought for one order, to be sent from one place.

    `label`: supplier (the supplier's own carrier brings it) | marketplace (it travels under a label that we upload).
    """

    reference: str
    address: AddressData
    items: tuple[WantedItem, ...]
    route: str  # name of the carrier's product
    from_country: str
    label: str = "supplier"
    warehouse_id: str = ""  # where `label` is marketplace
    country_name: str = ""
    tax_id: str = ""
    consignee_id: str = ""  # the recipient's personal number for customs, where his country asks for one
    ioss_kind: int | None = None  # 1 none, 2 our own number, 3 the supplier's
    ioss_number: str = ""
    remark: str = ""
    declared_value: Decimal | None = None
    platform: str = ""  # their word for the marketplace on which it was sold


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseData:
    """A purchase as the supplier has it now.

    `stage`: created | carted | unpaid | paid | shipped | delivered | cancelled | other.
    `aliases`: the many names of one purchase, kind → value.
    """

    external_id: str
    reference: str
    stage: str
    platform_status: str = ""
    aliases: dict[str, str] = field(default_factory=dict)
    country_code: str = ""
    amount: Decimal | None = None  # USD
    product_amount: Decimal | None = None
    freight: Decimal | None = None
    route: str = ""
    tracking_number: str = ""
    tracking_url: str = ""
    warehouse_id: str = ""
    items: tuple[WantedItem, ...] | None = None  # None: this answer does not tell
    is_temporary: bool = False  # their real id comes later
    intercepted: tuple[tuple[str, str], ...] = ()  # code, reason
    route_missing: bool = False
    paid_at: datetime | None = None
    created_at: datetime | None = None
    sent_at: datetime | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    oddities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchOutcome:
    """What became of purchases that were put into the cart, or confirmed, together."""

    done: tuple[str, ...] = ()  # external ids
    intercepted: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()  # named nowhere in the answer
    batch_id: str = ""  # under which they are paid, once confirmed


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What paying a batch costs, fixed until it expires."""

    batch_id: str
    payment_id: str
    amount: Decimal  # the largest of the amounts named
    currency: str = "USD"
    expires_at: datetime | None = None
    covered: tuple[str, ...] = ()  # any of their names
    unmatched: tuple[str, ...] = ()  # purchases that the bill leaves out
    unmatched_items: tuple[str, ...] = ()
    amounts: dict[str, Decimal] = field(default_factory=dict)  # all that were named


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    amount: Decimal  # USD, can be spent
    frozen: Decimal | None = None
    bonus: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaybillFile:
    content: bytes
    name: str
    content_type: str = "application/pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialItem:
    """Goods for which freight is calculated with tips; weight and volume are of one piece."""

    sku: str
    quantity: int
    variant_id: str = ""
    weight_g: Decimal | None = None
    volume_cm3: Decimal | None = None
    properties: tuple[str, ...] = ("COMMON",)


class Buyer(Protocol):
    """What the orders app asks of a supplier's package; raises `PlatformError` kinds.

    A write is sent once. `Duplicate` (integrations.errors) says that our reference is taken: look, compare, adopt.
    Only `pay` moves money.
    """

    most_together: int  # purchases in one cart, one confirmation, one bill
    most_listed: int  # purchases that can be read in one call
    most_tracked: int

    def routes(
        self, *, from_country: str, address: AddressData, items: Sequence[WantedItem], tax_id: str = ""
    ) -> list[Route]: ...  # empty: the supplier knows no route
    # What each carrier asks of an address: `facts["tips"]`, of which `field`, `pattern`, `message` and `blocks` count.
    def routes_with_tips(
        self, *, from_country: str, address: AddressData, items: Sequence[TrialItem]
    ) -> list[Route]: ...
    # What suppliers ask who ship themselves: product's SKU → routes, whose `facts` name both countries.
    def supplier_templates(self, skus: Sequence[str]) -> dict[str, list[Route]]: ...
    def peculiarity(self, product_type: str, facts: Mapping[str, Any]) -> str: ...  # "" | pictures | self_shipped
    def place(self, draft: PurchaseDraft) -> PurchaseData: ...  # creates, never pays
    def find(self, reference: str) -> PurchaseData | None: ...  # by our number or theirs, in full; None: not there
    def purchases(self, external_ids: Sequence[str]) -> list[PurchaseData]: ...  # in short, many at once
    def add_to_cart(self, external_ids: Sequence[str]) -> BatchOutcome: ...
    def confirm(self, external_ids: Sequence[str]) -> BatchOutcome: ...
    def bill(self, batch_id: str) -> Bill: ...
    def balance(self) -> Balance: ...
    def pay(self, batch_id: str, payment_id: str) -> None: ...  # spends
    def delete(self, external_id: str) -> None: ...  # what is not paid
    def change_warehouse(self, external_id: str, warehouse_id: str) -> None: ...
    def upload_waybill(
        self, purchase: PurchaseData, *, carrier: str, tracking_number: str, file: WaybillFile, again: bool = False
    ) -> None: ...
    def carriers_of(self, warehouse_id: str) -> list[tuple[str, str]]: ...  # id, name: whose labels it serves
    def track(self, tracking_numbers: Sequence[str]) -> list[TrackData]: ...
