"""How orders live: paid, arranged, picked up, delivered, confirmed; cancelled by whom (Shopee: order status)."""

from decimal import Decimal

from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_trade import (
    CANCELLED,
    COMPLETED,
    DELIVERY_DONE,
    FAILED,
    FM_DELIVERED,
    FM_PICKED_UP,
    IN_CANCEL,
    INVALID,
    LOST,
    NOT_START,
    PENDING,
    PICKUP_DONE,
    PICKUP_FAILED,
    PICKUP_RETRY,
    PROCESSED,
    READY,
    READY_TO_SHIP,
    REQUEST_CANCELED,
    REQUEST_CREATED,
    RETRY_SHIP,
    SHIPPED,
    TO_CONFIRM_RECEIVE,
    UNPAID,
    Event,
    Line,
    Order,
    Package,
)
from integrations.simulator.shopee_world import ShopeeWorld
from integrations.simulator.world import World

PLATFORM, HOUR, DAY = "shopee", 3600, 86_400
FREE_CANCEL_SECONDS = HOUR
BUYER, SELLER, SYSTEM = "buyer", "seller", "system"
# What the earliest of an order's packages makes of the order.
BY_PACKAGE = (
    (READY, READY_TO_SHIP),
    (PICKUP_RETRY, RETRY_SHIP),
    (REQUEST_CREATED, PROCESSED),
    (PICKUP_DONE, SHIPPED),
    (DELIVERY_DONE, TO_CONFIRM_RECEIVE),
)
MOVED_BY_PACKAGES = (READY_TO_SHIP, RETRY_SHIP, PROCESSED, SHIPPED)
ON_THE_WAY = (
    (0.2, "PICKED_UP", "The parcel has arrived at the sorting centre."),
    (0.5, "PICKED_UP", "The parcel has arrived in the destination country."),
    (0.9, "DELIVERY_PENDING", "The parcel is out for delivery."),
)
LOST_WORDS = {
    LOST: ("LOST", "The parcel is lost."),
    PICKUP_FAILED: ("FAILED_PICKED_UP", "The parcel could not be picked up."),
    "LOGISTICS_DELIVERY_FAILED": ("FAILED_DELIVERED", "The delivery failed; the parcel goes back."),
}


def uses_first_mile(shopee: ShopeeWorld, shop: Shop) -> bool:
    """Tell whether parcels of a shop go through Shopee's transit warehouse."""
    merchant = shopee.merchant_of(shop)
    return merchant is not None and merchant.region in ("CN", "KR") and shop.is_cb and not shop.is_3pf


def enter(world: World, order: Order, kind: str, at: float, **facts: object) -> None:
    """Write what happened to an order into the books."""
    world.books.enter(PLATFORM, f"shop:{order.shop.shop_id}", kind, at, order_sn=order.sn, **facts)


def set_status(world: World, order: Order, status: str, at: float, *, by: str = "") -> None:
    """Give an order its status; the books hear of it."""
    before, order.status = order.status, status
    order.updated_at = at
    enter(world, order, "order_status", at, **{"from": before, "to": status, "by": by})


def set_package(world: World, package: Package, status: str, at: float) -> None:
    """Give a package its status; what was due for the old one is void."""
    before, package.status = package.status, status
    package.stamp += 1
    package.updated_at = package.order.updated_at = at
    facts = {"package_number": package.number, "from": before, "to": status}
    enter(world, package.order, "package_status", at, **facts)


def placed(world: World, order: Order, at: float) -> None:
    """Begin the life of an order that its buyer has not paid."""

    def forget(due: float) -> None:
        if order.status == UNPAID:
            cancel(world, order, due, by=SYSTEM, reason="The buyer did not pay in time.")

    trade = world.shopee.trade
    trade.later(at, trade.pace.unpaid_seconds, forget)


def pay(world: World, order: Order, at: float) -> None:
    """Let the buyer pay, or, with cash on delivery, pass the screening: the seller may ship, or Shopee holds it."""
    if not order.cod:
        order.paid_at = at
        enter(world, order, "buyer_payments", at, amount=str(order.total), currency=order.shop.currency)
    if not order.pending:
        release(world, order, at)
        return
    set_status(world, order, PENDING, at, by=SYSTEM)

    def let_go(due: float) -> None:
        if order.status == PENDING:
            release(world, order, due)

    trade = world.shopee.trade
    trade.later(at, trade.pace.pending_seconds, let_go)


def release(world: World, order: Order, at: float) -> None:
    """Make an order ready to ship; a seller who is late loses it."""
    order.pending = ""
    order.ship_by = at + order.days_to_ship * DAY
    for package in order.packages:
        set_package(world, package, READY, at)
    set_status(world, order, READY_TO_SHIP, at, by=SYSTEM)
    pace = world.shopee.trade.pace
    if pace.late_seconds is not None:
        world.shopee.trade.later(order.ship_by, pace.late_seconds, lambda due: _too_late(world, order, due))


def _too_late(world: World, order: Order, at: float) -> None:
    waiting = any(one.status in (READY, PICKUP_RETRY) and not one.arranged for one in order.packages)
    if order.status in (READY_TO_SHIP, RETRY_SHIP) and waiting:
        cancel(world, order, at, by=SYSTEM, reason="The seller did not ship in time.")


def number_made(world: World, package: Package, at: float, *, number: str = "") -> None:
    """Give an arranged package its tracking number; where no first mile follows, somebody fetches it."""
    give_number(world, package, number or new_number(world, package), at)
    package.events.append(Event(at, "ORDER_CREATED", "The shipment is arranged."))
    set_package(world, package, REQUEST_CREATED, at)
    follow_packages(world, package.order, at)
    if not uses_first_mile(world.shopee, package.order.shop):
        stamp, trade = package.stamp, world.shopee.trade

        def fetch(due: float) -> None:
            if package.stamp != stamp:
                return
            if package.order.status == IN_CANCEL:  # not while the seller has to answer
                trade.later(due, HOUR, fetch)
                return
            pick_up(world, package, due)

        trade.later(at, trade.pace.pickup_seconds, fetch)


def new_number(world: World, package: Package) -> str:
    """Return a tracking number that no other package has."""
    count = next(world.shopee.trade.tracking_numbers)
    digits = 200_000_000_000 + world.seed % 1000 * 100_000_000 + count
    return f"{package.order.shop.region}{digits}{'ABCDEFGHIJKLMNOPRSTU'[count % 20]}T"


def give_number(world: World, package: Package, number: str, at: float) -> None:
    """Set the tracking number of a package; labels made for another one are good no more."""
    before, package.tracking_number = package.tracking_number, number
    package.updated_at = package.order.updated_at = at
    facts = {"package_number": package.number, "tracking_number": number, "before": before}
    enter(world, package.order, "tracking_numbers", at, **facts)


def pick_up(world: World, package: Package, at: float) -> None:
    """Hand a package to the carrier, who takes it through the checkpoints to the buyer."""
    package.picked_up_at = at
    package.events.append(Event(at, "PICKED_UP", "The parcel was picked up."))
    set_package(world, package, PICKUP_DONE, at)
    follow_packages(world, package.order, at)
    trade, stamp = world.shopee.trade, package.stamp
    seconds = trade.pace.delivery_seconds
    if seconds is None:
        return
    for share, status, text in ON_THE_WAY:

        def seen(due: float, status: str = status, text: str = text) -> None:
            if package.stamp == stamp:
                package.events.append(Event(due, status, text))

        trade.later(at, seconds * share, seen)
    trade.later(at, seconds, lambda due: deliver(world, package, due) if package.stamp == stamp else None)


def deliver(world: World, package: Package, at: float) -> None:
    """Bring a package to its buyer."""
    package.delivered_at = at
    package.events.append(Event(at, "DELIVERED", "The parcel was delivered."))
    set_package(world, package, DELIVERY_DONE, at)
    follow_packages(world, package.order, at)


def fail(world: World, package: Package, status: str, at: float) -> None:
    """End a package badly: pick-up or delivery failed, or lost."""
    word, text = LOST_WORDS[status]
    package.events.append(Event(at, word, text))
    if status == "LOGISTICS_DELIVERY_FAILED":
        package.back.append(Event(at, "RETURN_STARTED", "The parcel is on its way back to the seller."))
    unbind(world, package, at)
    set_package(world, package, status, at)
    follow_packages(world, package.order, at)


def follow_packages(world: World, order: Order, at: float) -> None:
    """Let an order follow the package that is earliest on its way; without a living one it is cancelled."""
    if order.status not in MOVED_BY_PACKAGES:
        return
    wanted = by_packages(order)
    if wanted == CANCELLED:
        cancel(world, order, at, by=SYSTEM, reason="The parcel could not be delivered.")
    elif wanted != order.status:
        set_status(world, order, wanted, at, by=SYSTEM)
        if wanted == TO_CONFIRM_RECEIVE:
            _delivered(world, order, at)


def by_packages(order: Order) -> str:
    """Return the status that the packages of an order give it."""
    living = {package.status for package in order.packages} - set(FAILED)
    return next((status for package, status in BY_PACKAGE if package in living), CANCELLED)


def _delivered(world: World, order: Order, at: float) -> None:
    if order.cod and order.paid_at is None:
        order.paid_at = at
        enter(world, order, "buyer_payments", at, amount=str(order.total), currency=order.shop.currency)
    trade = world.shopee.trade
    order.return_due = None if trade.pace.confirm_seconds is None else at + trade.pace.confirm_seconds
    trade.later(at, trade.pace.confirm_seconds, lambda due: confirm(world, order, due))


def confirm(world: World, order: Order, at: float) -> None:
    """Complete an order that its buyer has received."""
    if order.status == TO_CONFIRM_RECEIVE:
        set_status(world, order, COMPLETED, at, by=BUYER)


def cancel(world: World, order: Order, at: float, *, by: str, reason: str) -> None:
    """Cancel an order: its packages end, and what was not shipped goes back into stock."""
    order.cancel_by, order.cancel_reason = by, reason
    if order.paid_at is not None:
        refund(world, order, order.total, at)
    if all(package.picked_up_at is None for package in order.packages):
        for line in order.lines:
            give_back(line, line.active)
    for package in order.packages:
        if package.status in (NOT_START, READY):
            set_package(world, package, INVALID, at)
        elif package.status in (REQUEST_CREATED, PICKUP_RETRY):
            set_package(world, package, REQUEST_CANCELED, at)
            package.events.append(Event(at, "CANCELED", "The shipment was cancelled."))
        if package.picked_up_at is None:
            unbind(world, package, at)
    set_status(world, order, CANCELLED, at, by=by)


def refund(world: World, order: Order, amount: Decimal, at: float) -> None:
    """Give a buyer money back."""
    enter(world, order, "buyer_refunds", at, amount=str(amount), currency=order.shop.currency)


def give_back(line: Line, pieces: int) -> None:
    """Put pieces of a line back into stock."""
    if line.model is not None:
        line.model.stock[line.location_id] = line.model.stock.get(line.location_id, 0) + pieces


def ask_cancel(world: World, order: Order, at: float, reason: str) -> None:
    """Let the buyer ask for a cancellation; a seller who doesn't answer has accepted."""
    order.buyer_cancel_reason = reason
    order.cancel_asked += 1
    set_status(world, order, IN_CANCEL, at, by=BUYER)
    asked, trade = order.cancel_asked, world.shopee.trade

    def accepted(due: float) -> None:
        if order.status == IN_CANCEL and order.cancel_asked == asked:
            cancel(world, order, due, by=BUYER, reason=reason)

    trade.later(at, trade.pace.cancel_answer_seconds, accepted)


def reject_cancel(world: World, order: Order, at: float) -> None:
    """Go on with an order whose buyer wanted to cancel: to where its packages are by now."""
    set_status(world, order, by_packages(order), at, by=SELLER)
    for package in order.packages:
        scanned = package.first_mile is not None and package.first_mile.status in (FM_PICKED_UP, FM_DELIVERED)
        if scanned and package.status == REQUEST_CREATED:
            pick_up(world, package, at)
    late = world.shopee.trade.pace.late_seconds
    if order.ship_by is not None and late is not None and at >= order.ship_by + late:
        _too_late(world, order, at)


def unbind(world: World, package: Package, at: float) -> None:
    """Take a package off its first-mile number, where it has one."""
    mile, package.first_mile = package.first_mile, None
    if mile is not None:
        mile.packages.pop(package.number, None)
        facts = {"number": mile.number, "binding_id": mile.binding_id, "package_number": package.number}
        enter(world, package.order, "first_mile_unbindings", at, **facts)
