"""How CJ's orders go from state to state, each step with its entry in the books and its message."""

from decimal import Decimal
from typing import Any

from integrations.simulator import cj_messages, cj_stock
from integrations.simulator.cj_orders import CANCELLED, IN_CART, OTHER, UNPAID, UNSHIPPED, Order, Shipment
from integrations.simulator.world import World

SLOWEST_KNOWN = 48  # hours until a product leaves, where its page does not tell


def enter(world: World, order: Order, kind: str, at: float, **facts: Any) -> None:
    """Write one event of an order into the books."""
    names = {"order_id": order.id, "order_number": order.number}
    world.books.enter("cj", order.account.name_in_books, kind, at, **names, **facts)


def put_into_cart(world: World, order: Order, at: float) -> None:
    """Let a created order into the cart."""
    order.status = IN_CART
    enter(world, order, "carts", at)
    cj_messages.order_changed(world, order, at)


def confirm(world: World, orders: list[Order], at: float) -> Shipment:
    """Confirm orders together: they get their CJ number, and one shipment to be paid."""
    shipment = world.cj.orders.ship(orders[0].account, orders)
    for order in orders:
        order.status = UNPAID
        order.cj_order_id = world.cj.orders.next_dp(at)
        world.cj.orders.name(order, order.cj_order_id)
        cj_messages.order_changed(world, order, at)
    world.books.enter(
        "cj",
        orders[0].account.name_in_books,
        "confirmations",
        at,
        shipment_id=shipment.id,
        order_ids=[order.id for order in orders],
        order_numbers=[order.number for order in orders],
    )
    return shipment


def set_paid(world: World, order: Order, at: float) -> None:
    """Let a paid order go to the warehouse, its goods taken from the stock."""
    cj_stock.take(world.cj.catalogue, order)
    order.status, order.paid_at = UNSHIPPED, at
    for line in order.lines:
        if line.production is not None and line.production != 5:
            line.production = 2
    plan_dispatch(world, order, at)
    cj_messages.order_changed(world, order, at)


def plan_dispatch(world: World, order: Order, at: float) -> None:
    """Decide when a paid order leaves: after the product's time, or a day after its label came."""
    order.plan += 1
    switches = world.cj.switches
    if order.own_label:
        if order.waybill:
            world.cj.agenda.add(at + switches.label_dispatch_s, "dispatch", order)
        return
    seconds = switches.dispatch_s
    if seconds is None:
        variants = [world.cj.catalogue.find_variant(vid=line.vid) for line in order.lines]
        seconds = 3600 * max((one.product.delivery or SLOWEST_KNOWN) if one else SLOWEST_KNOWN for one in variants)
    world.cj.agenda.add(at + seconds, "dispatch", order)


def cancel(world: World, order: Order, at: float, *, kind: str, reason: str) -> None:
    """End an order; what was paid for it comes back to the balance, what it took to the stock."""
    order.plan += 1
    order.status = CANCELLED
    if order.shipment:
        order.shipment.drop_parent()
    cj_stock.give_back(world.cj.catalogue, order)
    enter(world, order, kind, at, reason=reason)
    refund(world, order, at)
    cj_messages.order_changed(world, order, at)


def refund(world: World, order: Order, at: float) -> None:
    """Give back to the balance what was taken from it for an order."""
    amount = sum((Decimal(one["amount"]) for one in order.payments if one["by"] != "page"), Decimal("0.00"))
    order.payments = []
    if amount:
        before = order.account.balance
        order.account.balance = before + amount
        facts = {"balance_before": str(before), "balance_after": str(order.account.balance)}
        enter(world, order, "refunds", at, amount=str(amount), **facts)


def retire(order: Order) -> None:
    """Put an order aside whose children go on in its place."""
    order.plan += 1
    order.status = OTHER
