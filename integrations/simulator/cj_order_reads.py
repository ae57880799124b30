"""CJ 5: the list of orders, whose default state is CANCELLED, and one order's detail."""

from typing import Any

from integrations.simulator import cj_order_shapes as shapes
from integrations.simulator.cj_orders import CANCELLED, STATUSES, Order
from integrations.simulator.cj_protocol import PARAM_ERROR, Call, Problem, Style, endpoint, param_error

MOST_PER_PAGE = 50
MOST_IDS = 100
MOST_FEATURES = 20


@endpoint("GET", "/shopping/order/list", Style.PLAIN)
def order_list(call: Call) -> dict[str, Any]:
    """CJ 5, List Order: the newest first; without any filter only cancelled ones."""
    page = call.integer("pageNum", default=1, low=1) or 1
    size = min(call.integer("pageSize", default=20, low=1, high=1000) or 20, MOST_PER_PAGE)
    names, shipment_id = call.several("orderIds"), call.text("shipmentOrderId")
    status = call.choice("status", STATUSES)
    if len(names) > MOST_IDS:
        raise param_error()
    if not status and (call.cj.switches.list_default == "always" or not (names or shipment_id)):
        status = CANCELLED
    found = [
        order
        for order in reversed(_meant(call, names))
        if status in ("", order.status)
        and (not shipment_id or (order.shipment is not None and order.shipment.id == shipment_id))
    ]
    rows = [shapes.row(order) for order in found[(page - 1) * size : page * size]]
    return {"pageNum": page, "pageSize": size, "total": len(found), "list": rows or None}


@endpoint("GET", "/shopping/order/getOrderDetail")
def order_detail(call: Call) -> dict[str, Any]:
    """CJ 5, Query Order: by any of CJ's names, or by the buyer's own number."""
    name = call.text("orderId", required=True)
    features = call.several("features")
    if len(features) > MOST_FEATURES:
        raise Problem(PARAM_ERROR, "The maximum number of features is 20")
    orders = call.cj.orders
    order = orders.find(call.user, name) or orders.by_number(call.user, name)
    if order is None:
        raise Problem(PARAM_ERROR, "order not found")
    return shapes.detail(order, set(features))


def _meant(call: Call, names: list[str]) -> list[Order]:
    """Return the orders of some ids, or all of the account, the oldest first."""
    if not names:
        return call.cj.orders.of_account.get(call.user.number, [])
    found = {order for name in names if (order := call.cj.orders.find(call.user, name))}
    return sorted(found, key=lambda order: order.index)
