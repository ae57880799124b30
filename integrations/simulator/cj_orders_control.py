"""What control can do to CJ's orders: let them go on, and show what they are now."""

from typing import Any

from integrations.simulator import cj_messages, cj_order_moves, cj_order_prices, cj_split, cj_time
from integrations.simulator.cj_orders import BEFORE_PAYMENT, CREATED, IN_CART, SHIPPED, STATUSES, UNSHIPPED, Order
from integrations.simulator.cj_tracking import last_status
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.world import World

JUMPS = ("paid", "dispatched", "delivered", "exception", "returned", "cancelled")
MENDED = ("released", "logistics_set", "connected", "split")
STATES = {"delivered": 12, "exception": 13, "returned": 14}
HIGHEST = 14


def advance(world: World, fields: Fields) -> dict[str, Any]:
    """Let an order go on to a state, through all that lies before it; answer what it is then."""
    cj_time.settle(world)
    order = find(world, fields.text("id", required=True))
    numbers = tuple(str(number) for number in range(1, HIGHEST + 1))
    to = fields.choice("to", (*JUMPS, *MENDED, *numbers), required=True)
    now = world.clock.now()
    if to == "cancelled":
        _require(order, (*BEFORE_PAYMENT, UNSHIPPED), "an order which has not left")
        cj_order_moves.cancel(world, order, now, kind="cancellations", reason="control")
    elif to == "released":
        order.reasons = []
    elif to == "logistics_set":
        _set_logistics(world, order)
    elif to == "connected":
        _connect(world, order, now)
    elif to == "split":
        cj_split.split(world, order, 2, now)
    else:
        _go_on(world, order, to, now)
    return describe(order)


def show(world: World, fields: Fields) -> dict[str, Any]:
    """Show orders in full: one by any of its names, those of a state, or all."""
    fields.only("platform", "id", "status")
    cj_time.settle(world)
    name, status = fields.text("id"), fields.choice("status", STATUSES)
    chosen = [find(world, name)] if name else world.cj.orders.all
    return {
        "orders": [describe(order) for order in chosen if status in ("", order.status)],
        "balances": {one.name_in_books: str(one.balance) for one in world.cj.accounts},
    }


def describe(order: Order) -> dict[str, Any]:
    """Return all that is known of an order."""
    return {
        "account": order.account.name_in_books,
        "order_id": order.id,
        "order_number": order.number,
        "code": order.code,
        "cj_order_id": order.cj_order_id,
        "shipment_id": order.shipment.id if order.shipment else "",
        "status": order.status,
        "amount": str(order.quote.payable) if order.quote else None,
        "paid": order.payments,
        "logistics_type": order.logistics_type,
        "storage_id": order.storage_id,
        "track_number": order.track_number,
        "tracking_status": last_status(order),
        "carrier": order.waybill.carrier if order.waybill else order.logistic,
        "label": order.waybill.sha256 if order.waybill else "",
        "intercepted": order.reasons,
        "unmatched": order.unmatched,
        "logistics_miss": order.logistics_miss,
        "complete": order.complete,
        "lines": [
            {
                "line_item_id": line.line_item_id,
                "vid": line.vid,
                "sku": line.sku,
                "quantity": line.quantity,
                "price": str(line.price),
                "store_line_item_id": line.store_line_item_id,
            }
            for line in order.lines
        ],
        "children": [child.code for child in order.children],
    }


def is_order(world: World, name: str) -> bool:
    """Tell whether a name is an order's."""
    return world.cj.orders.anyones(name) is not None


def find(world: World, name: str) -> Order:
    """Return the order meant by any of its names."""
    order = world.cj.orders.anyones(name)
    if order is None:
        raise BadField(
            "id", f"{name!r} is no order of CJ", "Give any name of an order: GET /_control/orders?platform=cj."
        )
    return order


# How orders go on


def _go_on(world: World, order: Order, to: str, now: float) -> None:
    """Take an order through every state up to one of those of its journey."""
    if order.status in BEFORE_PAYMENT:
        _pay_on_the_page(world, order, now)
    if to == "paid":
        return
    if order.status == UNSHIPPED:
        if order.own_label and not order.waybill:
            raise BadField("to", "the order waits for its label", "Upload a waybill first.")
        cj_time.dispatch(world, order, now)
        cj_time.checkpoint(world, order, 1, now)
        cj_time.replan(world, order, 1, now)
    if to == "dispatched":
        return
    _require(order, (SHIPPED,), "an order on its way")
    status = STATES.get(to) or int(to)
    for one in (*cj_time.planned_before(world, order, status), status):
        if one == last_status(order):
            continue
        cj_time.checkpoint(world, order, one, now)
        if order.status == SHIPPED and one != STATES["returned"]:
            cj_time.replan(world, order, one, now)


def _pay_on_the_page(world: World, order: Order, now: float) -> None:
    """Let the buyer pay by card on CJ's page: the balance stays as it is."""
    if order.reasons or order.logistics_miss or not order.complete or order.unmatched:
        raise BadField("to", "the order is held back", "Use released, logistics_set or connected first.")
    if order.status == CREATED:
        cj_order_moves.put_into_cart(world, order, now)
    if order.status == IN_CART:
        cj_order_moves.confirm(world, [order], now)
    order.quote = cj_order_prices.quote(world, order)
    amount = str(order.quote.payable if order.quote else 0)
    order.payments.append({"pay_id": "", "amount": amount, "at": now, "by": "page"})
    balance = str(order.account.balance)
    facts = {"by": "page", "shipment_id": order.shipment.id if order.shipment else "", "pay_id": "", "repeat": False}
    world.books.enter(
        "cj",
        order.account.name_in_books,
        "payments",
        now,
        order_ids=[order.id],
        order_numbers=[order.number],
        amount=amount,
        balance_before=balance,
        balance_after=balance,
        **facts,
    )
    cj_order_moves.set_paid(world, order, now)
    if order.shipment:
        order.shipment.drop_parent()


def _set_logistics(world: World, order: Order) -> None:
    order.quote = cj_order_prices.quote(world, order)
    if order.quote is None:
        raise BadField("to", "no carrier takes this order", "Give its goods a weight, or set freight to ok.")
    order.logistics_miss = False


def _connect(world: World, order: Order, now: float) -> None:
    """Connect what CJ did not know with goods of its own; the order gets its real id."""
    if order.complete:
        raise BadField("id", "the order is connected", "Give an order with a temporary id.")
    catalogue = world.cj.catalogue
    product = next(one for one in catalogue.products if one.on_sale and not one.removed and one.total)
    for line in order.lines:
        if not line.known:
            variant = max(catalogue.variants(product), key=lambda one: sum(row.total for row in one.stock()))
            line.vid, line.sku, line.known = variant.vid, variant.sku, True
    orders = world.cj.orders
    orders.forget(order, order.id)
    order.id, order.complete = orders.next_id(now), True
    orders.name(order, order.id)
    order.weight_g = cj_order_prices.weight_of(world, order)
    order.quote = cj_order_prices.quote(world, order)
    order.logistics_miss = order.quote is None
    cj_messages.order_changed(world, order, now, "ORDER_CONNNECTED")


def _require(order: Order, states: tuple[str, ...], what: str) -> None:
    if order.status not in states:
        raise BadField("to", f"the order is {order.status}", f"Give {what}: {', '.join(states)}.")
