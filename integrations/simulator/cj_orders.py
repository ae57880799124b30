"""CJ's orders as the simulator keeps them: orders, lines, shipments, and every name by which they are found."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from integrations.simulator.cj_accounts import Account

CREATED, IN_CART, UNPAID, UNSHIPPED = "CREATED", "IN_CART", "UNPAID", "UNSHIPPED"
SHIPPED, DELIVERED, CANCELLED, OTHER = "SHIPPED", "DELIVERED", "CANCELLED", "OTHER"
STATUSES = (CREATED, IN_CART, UNPAID, UNSHIPPED, SHIPPED, DELIVERED, CANCELLED, OTHER)
BEFORE_PAYMENT = (CREATED, IN_CART, UNPAID)
PLATFORM_LOGISTICS = (1, 3)
ZERO = Decimal("0.00")


@dataclass(slots=True, kw_only=True)
class Line:
    """One line of an order."""

    line_item_id: str
    vid: str
    sku: str
    quantity: int
    known: bool = True  # False: the vid is none of CJ's
    price: Decimal = ZERO  # of one, as it was quoted last
    store_line_item_id: str = ""
    pod: Any = None  # podProperties as they came, decoded
    effect_images: list[str] = field(default_factory=list)
    production_images: list[str] = field(default_factory=list)
    production: int | None = None
    abnormal: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Quote:
    """What an order costs at a moment; ``payable`` is what is charged."""

    original: Decimal
    discount: Decimal
    postage: Decimal
    service: Decimal
    ioss_taxes: Decimal
    ioss_fee: Decimal

    @property
    def product(self) -> Decimal:
        """Return what the goods cost after discount."""
        return self.original - self.discount

    @property
    def total(self) -> Decimal:
        """Return the amount before discount."""
        return self.original + self.postage + self.service + self.ioss_taxes + self.ioss_fee

    @property
    def payable(self) -> Decimal:
        """Return the amount after discount."""
        return self.total - self.discount


@dataclass(slots=True)
class Waybill:
    """A label of the shop's platform, as it was uploaded."""

    carrier: str
    track_number: str
    sha256: str
    uploaded_at: float


@dataclass(slots=True)
class Event:
    """One checkpoint of a parcel."""

    status: int
    at: float
    text: str
    place: str


@dataclass(slots=True, kw_only=True, eq=False)
class Order:
    """One order."""

    account: Account
    number: str  # the buyer's own
    id: str
    code: str
    created_at: float
    address: dict[str, Any]
    lines: list[Line]
    logistic: str
    logistics_type: int
    from_country: str
    index: int
    storage_id: str = ""
    ioss_type: int = 1
    remark: str = ""
    weight_g: int = 0
    status: str = CREATED
    complete: bool = True
    cj_order_id: str = ""  # DP…, given on confirmation
    quote: Quote | None = None  # None: no price can be told yet
    reasons: list[dict[str, Any]] = field(default_factory=list)
    unmatched: bool = False
    logistics_miss: bool = False
    shipment: "Shipment | None" = None
    paid_at: float | None = None
    payments: list[dict[str, Any]] = field(default_factory=list)
    taken: list[tuple[Line, int, int]] = field(default_factory=list)  # line, area, units taken from the stock
    waybill: Waybill | None = None
    track_number: str = ""
    out_at: float | None = None
    delivered_at: float | None = None
    days: float = 0.0
    events: list[Event] = field(default_factory=list)
    plan: int = 0  # grows whenever what was planned for it no longer holds
    parent: "Order | None" = None
    children: list["Order"] = field(default_factory=list)
    temporary_id: str = ""

    @property
    def country(self) -> str:
        """Return where it goes."""
        return str(self.address["shippingCountryCode"])

    @property
    def own_label(self) -> bool:
        """Tell whether the shop's platform ships it: CJ waits for its label."""
        return self.logistics_type in PLATFORM_LOGISTICS

    @property
    def is_paid(self) -> bool:
        """Tell whether it was paid and still is an order."""
        return self.paid_at is not None and self.status != CANCELLED

    @property
    def worth(self) -> Decimal:
        """Return what its goods are worth by the prices told last."""
        return sum((line.price * line.quantity for line in self.lines), ZERO)

    @property
    def charged(self) -> Decimal:
        """Return all that was taken for it."""
        return sum((Decimal(one["amount"]) for one in self.payments), ZERO)


@dataclass(slots=True, eq=False)
class Parent:
    """A parent order: the price of a shipment, fixed for a while."""

    pay_id: str
    orders: list[Order]
    amounts: list[Decimal]
    expires_at: float
    dead: bool = False

    @property
    def amount(self) -> Decimal:
        """Return what paying it costs."""
        return sum(self.amounts, ZERO)


@dataclass(slots=True, eq=False)
class Shipment:
    """Orders confirmed together, to be paid together."""

    id: str
    account: Account
    orders: list[Order]
    parents: list[Parent] = field(default_factory=list)

    @property
    def due(self) -> list[Order]:
        """Return its orders which still wait for their payment."""
        return [order for order in self.orders if order.shipment is self and order.status == UNPAID]

    @property
    def parent(self) -> Parent | None:
        """Return the parent order that still holds, expired or not."""
        return self.parents[-1] if self.parents and not self.parents[-1].dead else None

    def drop_parent(self) -> None:
        """End the parent order: what it covers has changed."""
        for parent in self.parents:
            parent.dead = True


class Orders:
    """All orders of all accounts; the caller holds the world's lock."""

    def __init__(self) -> None:
        self.all: list[Order] = []
        self.of_account: dict[int, list[Order]] = {}
        self.shipments: dict[str, Shipment] = {}
        self.by_track_number: dict[str, Order] = {}
        self._by_name: dict[tuple[int, str], Order] = {}  # CJ's names
        self._by_number: dict[tuple[int, str], Order] = {}  # the buyer's own
        kinds = ("order", "temporary", "line", "dp", "ship", "pay", "track")
        self._numbers = {kind: itertools.count(1) for kind in kinds}

    def keep(self, order: Order) -> None:
        """Remember a new order under its names; a child does not take its parent's number."""
        self.all.append(order)
        self.of_account.setdefault(order.account.number, []).append(order)
        self.name(order, order.id)
        self.name(order, order.code)
        self._by_number.setdefault((order.account.number, order.number), order)

    def name(self, order: Order, name: str) -> None:
        """Let an order be found by one more of CJ's names."""
        self._by_name[order.account.number, name] = order

    def forget(self, order: Order, name: str) -> None:
        """Let a name mean nothing any more."""
        self._by_name.pop((order.account.number, name), None)

    def find(self, account: Account, name: str) -> Order | None:
        """Find an order by one of CJ's names for it."""
        return self._by_name.get((account.number, name))

    def by_number(self, account: Account, number: str) -> Order | None:
        """Find an order by the buyer's own number."""
        return self._by_number.get((account.number, number))

    def anyones(self, name: str) -> Order | None:
        """Find an order by any name, whoever's it is."""
        places = (self._by_name, self._by_number)
        return next((place[key, name] for place in places for key in self.of_account if (key, name) in place), None)

    def next_id(self, now: float) -> str:
        """Return the next order id: ``210823100016290555``."""
        return f"{_utc(now):%y%m%d}1000{16_290_555 + next(self._numbers['order']):08d}"

    def next_temporary_id(self) -> str:
        """Return an id for an order that is not yet connected with CJ's goods."""
        return f"1377085655{next(self._numbers['temporary']):09d}"

    def next_line_id(self, now: float) -> str:
        """Return the next line's id."""
        return f"{_utc(now):%y%m%d%H%M%S}{976_500 + next(self._numbers['line']):07d}"

    def next_dp(self, now: float) -> str:
        """Return the number which a confirmed order gets."""
        return f"DP{_utc(now):%y%m%d%H%M%S}{643_400 + next(self._numbers['dp']):07d}"

    def next_pay_id(self) -> str:
        """Return the next payId."""
        return f"PAY{123_456_000 + next(self._numbers['pay'])}"

    def next_track_number(self) -> str:
        """Return the next tracking number of CJ's own."""
        return f"CJPKL{7_160_102_000 + next(self._numbers['track'])}YQ"

    def ship(self, account: Account, orders: Iterable[Order]) -> Shipment:
        """Put orders into a new shipment."""
        number = f"1958{800_000_000_000_000 + next(self._numbers['ship'])}"
        shipment = self.shipments[number] = Shipment(number, account, list(orders))
        for order in shipment.orders:
            order.shipment = shipment
        return shipment


def code_of(order_id: str, now: float) -> str:
    """Return the order code that goes with an order id: ``SD25080109282603297001``."""
    return f"SD{_utc(now):%y%m%d%H%M%S}{int(order_id[-8:]):08d}"


def bare_time(epoch: float | None) -> str | None:
    """Return a time as CJ's orders print it, in UTC and without saying so: ``2021-08-23 11:31:45``."""
    return None if epoch is None else f"{_utc(epoch):%Y-%m-%d %H:%M:%S}"


def _utc(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
