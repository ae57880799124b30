"""Control moves on what is under way at Shopee: an order, a package, a first-mile number."""

from collections.abc import Callable
from typing import Any

from integrations.simulator import shopee_first_mile_life as first_mile
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_order_life import (
    SYSTEM,
    ask_cancel,
    cancel,
    confirm,
    deliver,
    fail,
    follow_packages,
    give_number,
    new_number,
    number_made,
    pay,
    pick_up,
    release,
    set_package,
    set_status,
    unbind,
)
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_trade import (
    CANCELLED,
    COMPLETED,
    DELIVERY_DONE,
    DELIVERY_FAILED,
    DOCUMENT_FAILED,
    DOCUMENT_PROCESSING,
    DOCUMENT_READY,
    FM_CANCELED,
    FM_CREATED,
    FM_DELIVERED,
    FM_PICKED_UP,
    FM_RECEIVED,
    IN_CANCEL,
    LOST,
    PENDING,
    PICKUP_DONE,
    PICKUP_FAILED,
    PICKUP_RETRY,
    PROCESSED,
    READY,
    READY_TO_SHIP,
    REQUEST_CREATED,
    RETRY_SHIP,
    SHIPPED,
    TO_CONFIRM_RECEIVE,
    TO_RETURN,
    UNPAID,
    Event,
    FirstMile,
    Order,
    Package,
)
from integrations.simulator.world import World

ATTEMPT_FAILED, NEW_NUMBER = "ATTEMPT_FAILED", "NEW_TRACKING_NUMBER"
# From where control may move an order by itself; everything else is moved by its packages.
ORDERS = {
    READY_TO_SHIP: (UNPAID, PENDING),
    CANCELLED: (UNPAID, PENDING, READY_TO_SHIP, RETRY_SHIP, PROCESSED, IN_CANCEL, TO_RETURN),
    IN_CANCEL: (READY_TO_SHIP, RETRY_SHIP, PROCESSED),
    TO_RETURN: (SHIPPED, TO_CONFIRM_RECEIVE),
    TO_CONFIRM_RECEIVE: (TO_RETURN,),
    COMPLETED: (TO_CONFIRM_RECEIVE, TO_RETURN),
}
# What a word for orders means for its packages.
BY_ORDER = {
    PROCESSED: REQUEST_CREATED,
    RETRY_SHIP: PICKUP_RETRY,
    SHIPPED: PICKUP_DONE,
    TO_CONFIRM_RECEIVE: DELIVERY_DONE,
}
PACKAGES: dict[str, tuple[str, ...]] = {
    REQUEST_CREATED: (READY, PICKUP_RETRY),
    PICKUP_DONE: (REQUEST_CREATED, PICKUP_RETRY),
    PICKUP_RETRY: (REQUEST_CREATED,),
    PICKUP_FAILED: (REQUEST_CREATED, PICKUP_RETRY, PICKUP_DONE),
    DELIVERY_DONE: (PICKUP_DONE,),
    DELIVERY_FAILED: (PICKUP_DONE,),
    LOST: (PICKUP_DONE,),
    ATTEMPT_FAILED: (PICKUP_DONE,),
    NEW_NUMBER: (REQUEST_CREATED, PICKUP_RETRY, PICKUP_DONE),
    "DOCUMENT_READY": (READY, REQUEST_CREATED, PICKUP_RETRY),
    "DOCUMENT_FAILED": (READY, REQUEST_CREATED, PICKUP_RETRY),
}
MILES = {
    FM_RECEIVED: (FM_CREATED,),
    FM_PICKED_UP: (FM_RECEIVED,),
    FM_DELIVERED: (FM_RECEIVED, FM_PICKED_UP),
    FM_CANCELED: (FM_CREATED, FM_RECEIVED),
}


def advance(world: World, fields: Fields) -> dict[str, Any]:
    """Move on an order (order_sn), a package (its number) or a first-mile number (or binding id)."""
    fields.only("platform", "id", "to")
    ident, to = fields.text("id", required=True), fields.text("to", required=True)
    ready(world)
    trade, now = world.shopee.trade, world.clock.now()
    if order := trade.orders.get(ident):
        _advance_order(world, order, to, now)
        packages = [{"package_number": one.number, "status": one.status} for one in order.packages]
        return {"id": ident, "status": order.status, "packages": packages}
    if package := trade.packages.get(ident):
        _check(to, PACKAGES, package.status, ident)
        _check_package(package, to)
        _advance_package(world, package, to, now)
        facts = {"tracking_number": package.tracking_number, "order_status": package.order.status}
        return {"id": ident, "status": package.status, **facts}
    mile = trade.bindings.get(ident) or next((one for one in trade.first_miles.values() if one.number == ident), None)
    if mile is None:
        fix = "Give an order_sn, a package number, a first-mile number or a binding id."
        raise BadField("id", f"{ident!r} is unknown", fix)
    _advance_mile(world, mile, to, now)
    return {"id": ident, "status": mile.status}


def _advance_order(world: World, order: Order, to: str, now: float) -> None:
    if order.status not in ORDERS.get(to, ()) and (to in BY_ORDER or to in PACKAGES):
        word = BY_ORDER.get(to, to)
        able = [one for one in order.packages if one.status in PACKAGES[word] and _obstacle(one, word) == ""]
        if not able:
            problem = f"no package of {order.sn} ({order.status}) can become {word}"
            raise BadField("to", problem, "Take the steps in their order.")
        for package in able:
            _advance_package(world, package, word, now)
        return
    _check(to, ORDERS, order.status, order.sn)
    if to == READY_TO_SHIP:
        order.pending = ""
        (pay if order.status == UNPAID else release)(world, order, now)
    elif to == CANCELLED:
        cancel(world, order, now, by=SYSTEM, reason="Cancelled by the system.")
    elif to == IN_CANCEL:
        ask_cancel(world, order, now, "Changed my mind")
    elif to == COMPLETED and order.status == TO_CONFIRM_RECEIVE:
        confirm(world, order, now)
    else:
        set_status(world, order, to, now, by=SYSTEM)


def _check(to: str, known: dict[str, tuple[str, ...]], status: str, ident: str) -> None:
    if to not in known:
        raise BadField("to", f"{to!r} is unknown", f"Use one of: {', '.join(known)}.")
    if status not in known[to]:
        raise BadField("to", f"{ident} is {status}", f"To {to} it goes from {' or '.join(known[to])}.")


def _check_package(package: Package, to: str) -> None:
    if obstacle := _obstacle(package, to):
        raise BadField("to", f"{package.number} {obstacle}", "Let the seller do his part first.")


def _obstacle(package: Package, to: str) -> str:
    """Return what keeps a package from moving on, empty for nothing."""
    if to == REQUEST_CREATED and not package.arranged:
        return "is not arranged"
    if to == PICKUP_DONE and package.order.status == IN_CANCEL:
        return "waits for the seller's answer to a cancellation"
    making = any(one.status == DOCUMENT_PROCESSING for one in package.documents.values())
    if to in ("DOCUMENT_READY", "DOCUMENT_FAILED") and not making:
        return "has no document in the making"
    return ""


def _advance_package(world: World, package: Package, to: str, now: float) -> None:
    if to == REQUEST_CREATED:
        number_made(world, package, now, number=package.details.get("tracking_number", ""))
    elif to == PICKUP_DONE:
        pick_up(world, package, now)
    elif to == DELIVERY_DONE:
        deliver(world, package, now)
    elif to == PICKUP_RETRY:
        _retry(world, package, now)
    elif to == ATTEMPT_FAILED:
        package.events.append(Event(now, "DELIVERY_PENDING", "The delivery attempt failed: nobody was there."))
    elif to == NEW_NUMBER:
        give_number(world, package, new_number(world, package), now)
    elif to in ("DOCUMENT_READY", "DOCUMENT_FAILED"):
        for document in package.documents.values():
            if document.status == DOCUMENT_PROCESSING:
                document.status = DOCUMENT_READY if to == "DOCUMENT_READY" else DOCUMENT_FAILED
    else:
        fail(world, package, to, now)


def _retry(world: World, package: Package, now: float) -> None:
    """Let the pick-up fail: the seller has to arrange it again."""
    package.arranged_at = None
    unbind(world, package, now)
    package.events.append(Event(now, "PICKUP_RETRY", "The pick-up failed and has to be arranged again."))
    set_package(world, package, PICKUP_RETRY, now)
    follow_packages(world, package.order, now)


def _advance_mile(world: World, mile: FirstMile, to: str, now: float) -> None:
    ident = mile.number or mile.binding_id
    _check(to, MILES, mile.status, ident)
    fetched = mile.method in first_mile.SCANNED_BY_COURIER
    if (to == FM_PICKED_UP and not fetched) or (to == FM_DELIVERED and fetched and mile.status == FM_RECEIVED):
        raise BadField(
            "to", f"{ident} goes by {mile.method}", "Only what a courier fetches is PICKED_UP, before DELIVERED."
        )
    acts: dict[str, Callable[[World, FirstMile, float], None]] = {
        FM_RECEIVED: first_mile.receive,
        FM_PICKED_UP: first_mile.fetch,
        FM_DELIVERED: first_mile.arrive,
        FM_CANCELED: first_mile.cancel,
    }
    acts[to](world, mile, now)
