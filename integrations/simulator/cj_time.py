"""What the clock makes of CJ's orders: unpaid ones end, paid ones leave, parcels travel and arrive."""

from integrations.simulator import cj_messages, cj_order_moves
from integrations.simulator.cj_agenda import Entry
from integrations.simulator.cj_freight import BY_NAME
from integrations.simulator.cj_orders import BEFORE_PAYMENT, DELIVERED, SHIPPED, UNSHIPPED, Event, Order
from integrations.simulator.cj_seeds import countries, find_storage, storages
from integrations.simulator.world import World

DAY = 86_400
OWN_LABEL_DAYS = 4
RETURNED, FAILED, SIGNED, AT_DOOR = 14, 13, 12, 10
ABROAD = ((1, 0.0), (2, 0.08), (4, 0.15), (5, 0.25), (6, 0.55), (7, 0.6), (8, 0.7), (9, 0.8), (10, 0.95), (12, 1.0))
AT_HOME = ((1, 0.0), (2, 0.2), (9, 0.5), (10, 0.9), (12, 1.0))
FAILED_ONCE = ((FAILED, 0.97), (AT_DOOR, 0.99))
TEXTS = {
    1: "Warehouse outbound",
    2: "Freight forwarder inbound",
    3: "Freight forwarder return",
    4: "Freight forwarder outbound",
    5: "First leg transportation",
    6: "Arrival at destination country",
    7: "Starting customs clearance",
    8: "Customs clearance completed",
    9: "Terminal retrieval",
    10: "Out for delivery",
    11: "Arrival waiting for retrieval",
    12: "Delivered",
    13: "Delivery attempt failed",
    14: "Return to sender",
}
FIRST_ABROAD = 6  # from this status on a parcel is where it goes


def settle(world: World) -> None:
    """Let everything happen that was due by now, each at its own time."""
    for entry in world.cj.agenda.due(world.clock.now()):
        _happen(world, entry)


def _happen(world: World, entry: Entry) -> None:
    order = entry.order
    if entry.kind == "unpaid":
        if order.status in BEFORE_PAYMENT:
            cj_order_moves.cancel(world, order, entry.at, kind="cancellations", reason="unpaid")
    elif entry.kind == "dispatch":
        dispatch(world, order, entry.at)
    else:
        checkpoint(world, order, entry.status, entry.at)


def dispatch(world: World, order: Order, at: float) -> None:
    """Send a paid order: it gets its tracking number, and all its checkpoints are planned."""
    if order.status != UNSHIPPED or (order.own_label and not order.waybill):
        return
    order.plan += 1
    order.track_number = order.waybill.track_number if order.waybill else world.cj.orders.next_track_number()
    world.cj.orders.by_track_number.setdefault(order.track_number, order)
    order.status, order.out_at, order.days = SHIPPED, at, _days(order)
    for status, share in _checkpoints(world, order):
        world.cj.agenda.add(at + share * order.days * DAY, "checkpoint", order, status)
    carrier = order.waybill.carrier if order.waybill else order.logistic
    facts = {"track_number": order.track_number, "carrier": carrier, "storage_id": order.storage_id}
    cj_order_moves.enter(world, order, "shipments", at, **facts)
    cj_messages.order_changed(world, order, at)


def checkpoint(world: World, order: Order, status: int, at: float) -> None:
    """Let a parcel reach a checkpoint."""
    event = Event(status, at, TEXTS[status], _place(order, status))
    order.events.append(event)
    cj_messages.parcel_moved(world, order, event)
    if status == RETURNED:
        order.plan += 1  # it goes no further
    if status == SIGNED and order.status == SHIPPED:
        order.plan += 1
        order.status, order.delivered_at = DELIVERED, at
        cj_order_moves.enter(world, order, "deliveries", at, track_number=order.track_number)
        cj_messages.order_changed(world, order, at)


def replan(world: World, order: Order, reached: int, at: float) -> None:
    """Move what is left of a journey to where it is now, each checkpoint as far from the next as before."""
    steps = _checkpoints(world, order)
    done = next((share for status, share in steps if status == reached), None)
    if done is None:  # a status outside the plan, such as a failure: the rest comes as it was planned
        return
    order.plan += 1
    for status, share in steps[[status for status, _ in steps].index(reached) + 1 :]:
        world.cj.agenda.add(at + (share - done) * order.days * DAY, "checkpoint", order, status)


def planned_before(world: World, order: Order, status: int) -> list[int]:
    """Return the checkpoints which a parcel has not seen and would see before a status."""
    steps = [one for one, _ in _checkpoints(world, order)]
    seen = len([event for event in order.events if event.status in steps])
    ahead = steps[seen:]
    if status in ahead:
        return ahead[: ahead.index(status)]
    return [one for one in ahead if one < status and one < AT_DOOR] if status < FAILED else []


def _checkpoints(world: World, order: Order) -> tuple[tuple[int, float], ...]:
    steps = AT_HOME if order.from_country == order.country else ABROAD
    every = world.cj.switches.exceptions_every
    return (*steps[:-1], *FAILED_ONCE, steps[-1]) if every and order.index % every == 0 else steps


def _days(order: Order) -> float:
    """Return how long a parcel travels: within its carrier's days, the same for the same order."""
    carrier = None if order.own_label else BY_NAME.get(order.logistic)
    rate = carrier.rate(order.country) if carrier else None
    if rate is None:
        return OWN_LABEL_DAYS
    low, high = rate.days
    return low + order.index % (high - low + 1)


def _place(order: Order, status: int) -> str:
    if status < FIRST_ABROAD:
        storage = find_storage(order.storage_id) if order.storage_id else None
        found = storage or next((one for one in storages() if one["areaCountryCode"] == order.from_country), None)
        return f"{found['city']},{found['province']}" if found else order.from_country
    return f"{order.address['shippingCity']},{countries()[order.country][2]}"
