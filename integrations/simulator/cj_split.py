"""How CJ splits an order that does not travel in one parcel: children go on in its place (ORDERSPLIT)."""

from dataclasses import replace
from decimal import Decimal

from integrations.simulator import cj_messages, cj_order_moves
from integrations.simulator.cj_freight import cents
from integrations.simulator.cj_orders import UNSHIPPED, ZERO, Line, Order, Quote
from integrations.simulator.fields import BadField
from integrations.simulator.world import World


def split(world: World, order: Order, parts: int, at: float) -> None:
    """Split a paid order that has not left; it becomes OTHER, and each child gets a parcel of its own."""
    if order.status != UNSHIPPED:
        raise BadField(
            "id", f"the order is {order.status}", "Only paid orders that have not left are split: UNSHIPPED."
        )
    shares = _shares(order.lines, parts)
    if len(shares) < parts:
        raise BadField("parts", f"the order has too few units for {parts} parcels", f"Give at most {len(shares)}.")
    areas = {id(line): area for line, area, _ in order.taken}
    order.taken, label = [], order.waybill
    cj_order_moves.retire(order)
    for number, lines in enumerate(shares, start=1):
        child = _child(world, order, number, [line for line, _ in lines], at)
        child.taken = [(line, areas[id(source)], line.quantity) for line, source in lines if id(source) in areas]
        child.waybill = label if number == 1 else None
        cj_order_moves.plan_dispatch(world, child, at)
        order.children.append(child)
    _share_payments(order)
    facts = [{"order_id": child.id, "code": child.code} for child in order.children]
    cj_order_moves.enter(world, order, "splits", at, children=facts)
    cj_messages.order_split(world, order, at)


def _shares(lines: list[Line], parts: int) -> list[list[tuple[Line, Line]]]:
    """Spread lines over parcels, single units where there are too few lines; each with the line it comes from."""
    units: list[tuple[Line, Line]]
    if len(lines) >= parts:
        units = [(line, line) for line in lines]
    else:
        units = [(replace(line, quantity=1), line) for line in lines for _ in range(min(line.quantity, parts))]
        for line in lines:
            first = next(one for one, source in units if source is line)
            first.quantity += line.quantity - sum(one.quantity for one, source in units if source is line)
    return [share for number in range(parts) if (share := units[number::parts])]


def _share_payments(order: Order) -> None:
    """Spread what was paid over the children, by the worth of their goods."""
    for payment in order.payments:
        left, worth = Decimal(payment["amount"]), sum((child.worth for child in order.children), ZERO)
        for child in order.children[1:]:
            part = cents(Decimal(payment["amount"]) * child.worth / worth) if worth else ZERO
            child.payments.append({**payment, "amount": str(part)})
            left -= part
        order.children[0].payments.append({**payment, "amount": str(left)})
    order.payments = []


def _child(world: World, order: Order, number: int, lines: list[Line], at: float) -> Order:
    orders = world.cj.orders
    child = Order(
        account=order.account,
        number=order.number,
        id=orders.next_id(at),
        code=f"{order.code}-{number}",
        created_at=at,
        address=order.address,
        lines=lines,
        logistic=order.logistic,
        logistics_type=order.logistics_type,
        from_country=order.from_country,
        index=len(orders.all),
        storage_id=order.storage_id,
        ioss_type=order.ioss_type,
        remark=order.remark,
        status=UNSHIPPED,
        cj_order_id=orders.next_dp(at),
        shipment=order.shipment,
        paid_at=order.paid_at,
        parent=order,
        quote=Quote(
            original=sum((line.price * line.quantity for line in lines), ZERO),
            **dict.fromkeys(("discount", "postage", "service", "ioss_taxes", "ioss_fee"), ZERO),
        ),
    )
    orders.keep(child)
    orders.name(child, child.cj_order_id)
    return child
