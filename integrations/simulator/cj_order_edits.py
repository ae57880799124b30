"""CJ 5: delete and confirm an order, change its warehouse, mend the pictures of custom goods."""

from typing import Any

from integrations.simulator import cj_order_moves, cj_stock
from integrations.simulator.cj_order_fields import text
from integrations.simulator.cj_orders import BEFORE_PAYMENT, CREATED, IN_CART, UNSHIPPED, Line, Order
from integrations.simulator.cj_protocol import (
    CONFIRM_FAIL,
    DELETE_FAIL,
    LABEL_REFUSED,
    ORDER_NOT_FOUND,
    STOCK_FAIL,
    WAREHOUSE_NOT_FOUND,
    Call,
    Problem,
    Style,
    endpoint,
)
from integrations.simulator.cj_seeds import find_storage

FAILED, PROCESSING, DONE = 0, 1, 2
MOST_PICTURES = 200


@endpoint("DELETE", "/shopping/order/deleteOrder")
def delete_order(call: Call) -> str:
    """CJ 5, Delete Order: it is cancelled and keeps its number; a paid one is not deleted."""
    order = call.cj.orders.find(call.user, call.text("orderId", required=True))
    if order is None:
        raise Problem(ORDER_NOT_FOUND, "Order not found, please check the CJ order id")
    if order.status not in BEFORE_PAYMENT:
        raise Problem(DELETE_FAIL, "Order delete fail")
    cj_order_moves.cancel(call.world, order, call.now, kind="deletions", reason="client")
    return order.id


@endpoint("PATCH", "/shopping/order/confirmOrder")
def confirm_order(call: Call) -> str:
    """CJ 5, Confirm Order: to UNPAID past the cart, in a shipment that is not told; it moves no money."""
    order = call.cj.orders.find(call.user, text(call.body, "orderId", 200, required=True))
    held = order is None or order.reasons or order.logistics_miss or not order.complete
    if order is None or held or order.status not in (CREATED, IN_CART):
        raise Problem(CONFIRM_FAIL, "order confirm fail")
    cj_order_moves.confirm(call.world, [order], call.now)
    return order.id


@endpoint("POST", "/shopping/order/changeWarehouse", Style.BOTH)
def change_warehouse(call: Call) -> bool:
    """CJ 5, Change Order Warehouse: for orders with the platform's label which have not left."""
    order = call.cj.orders.find(call.user, text(call.body, "orderCode", 200, required=True))
    storage_id = text(call.body, "storageId", 200, required=True)
    call.message = "Congratulation! Well done!"
    if order is None or not order.own_label or order.status not in (*BEFORE_PAYMENT, UNSHIPPED):
        raise Problem(CONFIRM_FAIL, "order query fail", data=False)
    storage = find_storage(storage_id)
    if storage is None:
        raise Problem(WAREHOUSE_NOT_FOUND, "Warehouse info not found")
    before = order.storage_id
    _move(call, order, storage)
    if order.waybill and order.waybill.carrier not in storage["brands"]:
        order.waybill = None
        order.plan += 1  # it waits for another label
    facts = {"from": before, "to": order.storage_id}
    cj_order_moves.enter(call.world, order, "warehouse_changes", call.now, **facts)
    return True


@endpoint("POST", "/shopping/order/podProductCustomPicturesEdit", Style.BOTH)
def edit_pod_pictures(call: Call) -> dict[str, Any]:
    """CJ 5, POD pictures: each line with a result of its own."""
    call.message = "Congratulation! Well done!"
    given = call.body.get("podPicturesEditParams")
    if not isinstance(given, list) or not 0 < len(given) <= MOST_PICTURES or not all(_is_edit(one) for one in given):
        raise Problem(LABEL_REFUSED, "Param error")
    return {"list": [_edit(call, one) for one in given]}


def _move(call: Call, order: Order, storage: dict[str, Any]) -> None:
    """Put an order into another warehouse, together with the goods it has taken, or leave it where it was."""
    catalogue, before = call.cj.catalogue, (order.storage_id, order.from_country)
    paid = bool(order.taken)
    cj_stock.give_back(catalogue, order)
    order.storage_id, order.from_country = storage["id"], storage["areaCountryCode"]
    short = paid and cj_stock.is_short(catalogue, [order])
    if short:
        order.storage_id, order.from_country = before
    if paid:
        cj_stock.take(catalogue, order)
    if short:
        raise Problem(STOCK_FAIL, "Inventory deduction fail, please contact CJ order center")


def _is_edit(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    named = all(isinstance(given.get(name), str) and given[name] for name in ("orderCode", "lineItemId"))
    lists = [given.get(name) for name in ("effectImgList", "productionImgList")]
    return named and all(isinstance(one, list) and one and all(isinstance(url, str) for url in one) for one in lists)


def _edit(call: Call, given: dict[str, Any]) -> dict[str, Any]:
    order = call.cj.orders.find(call.user, given["orderCode"])
    line = _line(order, given["lineItemId"]) if order else None
    answer = {"orderCode": given["orderCode"], "lineItemId": given["lineItemId"]}
    if order is None or line is None:
        what = "order number" if order is None else "line item"
        return {**answer, "result": FAILED, "failedMessage": f"No matching {what} found"}
    if line.pod is None or order.status not in (*BEFORE_PAYMENT, UNSHIPPED):
        return {**answer, "result": FAILED, "failedMessage": "The pictures of this product can not be edited"}
    line.effect_images, line.production_images = given["effectImgList"], given["productionImgList"]
    line.abnormal = []
    line.production = 2 if order.is_paid else 1
    cj_order_moves.enter(call.world, order, "pod_edits", call.now, line_item_id=line.line_item_id)
    return {**answer, "result": PROCESSING if order.is_paid else DONE, "failedMessage": None}


def _line(order: Order, line_item_id: str) -> Line | None:
    return next((one for one in order.lines if one.line_item_id == line_item_id), None)
