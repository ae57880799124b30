"""What Shopee remembers of trade: orders with lines and packages, first-mile numbers, and what is due when."""

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.simulator.shopee_catalog import Model
from integrations.simulator.shopee_parties import Channel, Shop

# Orders (Shopee: order status)
UNPAID, PENDING, READY_TO_SHIP, RETRY_SHIP = "UNPAID", "PENDING", "READY_TO_SHIP", "RETRY_SHIP"
PROCESSED, SHIPPED, TO_CONFIRM_RECEIVE, COMPLETED = "PROCESSED", "SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED"
IN_CANCEL, CANCELLED, TO_RETURN = "IN_CANCEL", "CANCELLED", "TO_RETURN"

# Packages (Shopee: package fulfillment status)
NOT_START, READY, REQUEST_CREATED = "LOGISTICS_NOT_START", "LOGISTICS_READY", "LOGISTICS_REQUEST_CREATED"
PICKUP_RETRY, PICKUP_DONE, DELIVERY_DONE = "LOGISTICS_PICKUP_RETRY", "LOGISTICS_PICKUP_DONE", "LOGISTICS_DELIVERY_DONE"
INVALID, REQUEST_CANCELED, PICKUP_FAILED = "LOGISTICS_INVALID", "LOGISTICS_REQUEST_CANCELED", "LOGISTICS_PICKUP_FAILED"
DELIVERY_FAILED, LOST = "LOGISTICS_DELIVERY_FAILED", "LOGISTICS_LOST"
FAILED = (INVALID, REQUEST_CANCELED, PICKUP_FAILED, DELIVERY_FAILED, LOST)

# First mile
NOT_AVAILABLE, FM_CREATED, FM_RECEIVED = "NOT_AVAILABLE", "ORDER_CREATED", "ORDER_RECEIVED"
FM_PICKED_UP, FM_DELIVERED, FM_CANCELED = "PICKED_UP", "DELIVERED", "CANCELED"

DOCUMENT_PROCESSING, DOCUMENT_READY, DOCUMENT_FAILED = "PROCESSING", "READY", "FAILED"


@dataclass(slots=True)
class Line:
    """What a buyer ordered of one model; ``model`` is None for an item that the shop's list does not know."""

    item_id: int
    item_name: str
    item_sku: str
    model_id: int
    model_name: str
    model_sku: str
    quantity: int
    price: Decimal
    weight: Decimal  # kilograms
    image_id: str
    location_id: str
    order_item_id: int
    promotion_group_id: int = 0
    model: Model | None = None
    cancelled: int = 0

    @property
    def active(self) -> int:
        """Return the pieces that are still wanted."""
        return self.quantity - self.cancelled


@dataclass(slots=True)
class Part:
    """The pieces of a line that travel in one package."""

    line: Line
    quantity: int


@dataclass(slots=True)
class Document:
    """A shipping document of one type, made for the tracking number that the package had then."""

    kind: str
    tracking_number: str
    status: str = DOCUMENT_PROCESSING
    serial: int = 0


@dataclass(slots=True)
class Event:
    """A checkpoint as the buyer sees it."""

    at: float
    status: str
    text: str


@dataclass(slots=True, eq=False)
class Package:
    """What is shipped as one; ``stamp`` changes whenever what was due for it no longer holds."""

    number: str
    order: "Order"
    parts: list[Part]
    channel: Channel
    status: str = NOT_START
    updated_at: float = 0.0
    way: str = ""  # pickup, dropoff, non_integrated, once arranged
    details: dict[str, Any] = field(default_factory=dict)
    arranged_at: float | None = None
    tracking_number: str = ""
    picked_up_at: float | None = None
    delivered_at: float | None = None
    events: list[Event] = field(default_factory=list)
    back: list[Event] = field(default_factory=list)  # of a failed delivery on its way back
    documents: dict[str, Document] = field(default_factory=dict)
    first_mile: "FirstMile | None" = None
    stamp: int = 0

    @property
    def arranged(self) -> bool:
        """Tell whether its shipment is arranged, its number there or not yet."""
        return self.arranged_at is not None

    @property
    def grams(self) -> int:
        """Return its weight."""
        return int(sum((part.line.weight * part.quantity * 1000 for part in self.parts), Decimal(0)))

    @property
    def location_id(self) -> str:
        """Return where its goods lie."""
        return self.parts[0].line.location_id if self.parts else ""


@dataclass(slots=True)
class Buyer:
    """Who ordered, and where it goes."""

    user_id: int
    username: str
    name: str
    phone: str
    address: dict[str, str]  # town, district, city, state, region, zipcode, full_address


@dataclass(slots=True, eq=False)
class Order:
    """A buyer's order in one shop."""

    sn: str
    shop: Shop
    buyer: Buyer
    lines: list[Line]
    channel: Channel
    created_at: float
    updated_at: float
    days_to_ship: int
    shipping_fee: Decimal
    fulfillment: str
    status: str = UNPAID
    packages: list[Package] = field(default_factory=list)
    cod: bool = False
    pending: str = ""  # the pending term of an order that Shopee holds
    paid_at: float | None = None
    ship_by: float | None = None
    message: str = ""
    note: str = ""
    noted_at: float | None = None
    advance: bool = False
    booking_sn: str = ""
    ways: dict[str, list[str]] | None = None  # the ways to ship, where the buyer's order comes with its own
    cancel_by: str = ""
    cancel_reason: str = ""
    buyer_cancel_reason: str = ""
    cancel_asked: int = 0  # how often the buyer asked
    return_due: float | None = None

    @property
    def split(self) -> bool:
        """Tell whether it goes in several packages."""
        return len(self.packages) > 1

    @property
    def total(self) -> Decimal:
        """Return what the buyer pays."""
        return sum((line.price * line.active for line in self.lines), Decimal(0)) + self.shipping_fee

    def package(self, number: str) -> Package | None:
        """Return a package by number."""
        return next((one for one in self.packages if one.number == number), None)


@dataclass(slots=True, eq=False)
class FirstMile:
    """A number under which parcels go to the transit warehouse; a courier delivery has a binding id, too."""

    merchant_id: int
    shop_id: int
    number: str
    declare_date: str
    method: str = ""
    channel_id: int | None = None
    warehouse_id: str = ""
    status: str = NOT_AVAILABLE
    binding_id: str = ""
    reason: str = ""
    packages: dict[str, Package] = field(default_factory=dict)
    stamp: int = 0


@dataclass(slots=True)
class Address:
    """An address of the seller."""

    address_id: int
    region: str
    state: str
    city: str
    district: str
    address: str
    zipcode: str
    kinds: list[str]


@dataclass(slots=True)
class Pace:
    """How many seconds each step takes by itself; None: it waits for control."""

    tracking_seconds: float | None = 60
    document_seconds: float | None = 20
    unpaid_seconds: float | None = 86_400
    pending_seconds: float | None = 3600
    late_seconds: float | None = 259_200
    cancel_answer_seconds: float | None = 172_800
    pickup_seconds: float | None = 21_600
    delivery_seconds: float | None = 432_000
    confirm_seconds: float | None = 259_200
    received_seconds: float | None = 0
    transit_seconds: float | None = 86_400
    courier_number_seconds: float | None = 30


@dataclass(slots=True)
class TradeSwitches:
    """How orders and documents behave; changed by control."""

    unmasked: bool = False
    mass_on_top: bool = False
    document_format: str = "pdf"
    failing_documents: int = 0


Deed = Callable[[float], None]


class Trade:
    """Everything about orders; the caller holds the world's lock."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.pace = Pace()
        self.switches = TradeSwitches()
        self.orders: dict[str, Order] = {}
        self.packages: dict[str, Package] = {}
        self.first_miles: dict[tuple[int, str], FirstMile] = {}  # merchant, number
        self.bindings: dict[str, FirstMile] = {}
        self.addresses: dict[int, list[Address]] = {}  # by shop, once somebody has looked
        self.show_pickup: dict[int, bool] = {}
        self.no_first_mile: set[int] = set()  # shops without the right
        self._by_shop: dict[int, dict[str, Order]] = {}
        self._due: list[tuple[float, int, Deed]] = []
        self._order = itertools.count()
        self.order_numbers = itertools.count(1)
        self.package_numbers = itertools.count(1)
        self.tracking_numbers = itertools.count(1)
        self.first_mile_numbers = itertools.count(1)
        self.unknown_ids = itertools.count(9_900_000_001 + seed % 1000, 11)

    def add(self, order: Order) -> None:
        """Keep a new order."""
        self.orders[order.sn] = order
        self._by_shop.setdefault(order.shop.shop_id, {})[order.sn] = order

    def orders_of(self, shop_id: int) -> Iterator[Order]:
        """Return the orders of a shop, oldest first."""
        return iter(self._by_shop.get(shop_id, {}).values())

    def order(self, shop_id: int, sn: str) -> Order | None:
        """Return an order of a shop."""
        return self._by_shop.get(shop_id, {}).get(sn)

    def new_package(self, order: Order, parts: list[Part], status: str, now: float) -> Package:
        """Make a package for some pieces of an order."""
        number = f"OFG{190_000_000_000_000 + self.seed % 1000 * 1_000_000 + next(self.package_numbers)}"
        package = Package(number, order, parts, order.channel, status=status, updated_at=now)
        order.packages.append(package)
        self.packages[number] = package
        return package

    def later(self, at: float, seconds: float | None, deed: Deed) -> None:
        """Let something happen after so many seconds; after None, never."""
        if seconds is not None:
            heapq.heappush(self._due, (at + seconds, next(self._order), deed))

    def settle(self, now: float) -> None:
        """Do what was due by now, each at its own moment; a deed may make further ones due."""
        while self._due and self._due[0][0] <= now:
            at, _number, deed = heapq.heappop(self._due)
            deed(at)
