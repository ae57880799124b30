"""CJ 5: the label of the shop's platform, uploaded once after payment and mended until the parcel leaves."""

import hashlib

from integrations.simulator import cj_order_moves
from integrations.simulator.cj_order_fields import text
from integrations.simulator.cj_orders import UNSHIPPED, Order, Waybill
from integrations.simulator.cj_protocol import (
    CARRIER_REFUSED,
    LABEL_REFUSED,
    ORDER_NOT_FOUND,
    Call,
    Problem,
    Style,
    endpoint,
)
from integrations.simulator.cj_seeds import find_storage

KINDS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
LARGEST = 10 * 1024 * 1024
NOT_THEIRS = "This order does not use store platform logistics. Label upload not supported."
NOT_PAID = "This order has not been paid. Label upload not supported."


@endpoint("POST", "/shopping/order/uploadWaybillInfo", Style.WAYBILL, form=True)
def upload_waybill(call: Call) -> bool:
    """CJ 5, Upload Shipping and Shipping Label: the warehouse begins to work."""
    order = _order(call)
    if order.waybill:
        raise Problem(LABEL_REFUSED, "The waybill has been uploaded. Please update it instead.")
    _keep(call, order, "labels")
    return True


@endpoint("POST", "/shopping/order/updateWaybillInfo", Style.WAYBILL, form=True)
def update_waybill(call: Call) -> bool:
    """CJ 5, Update Shipping and Shipping Label: another one in its place."""
    order = _order(call)
    if order.waybill is None:
        raise Problem(LABEL_REFUSED, "The waybill has not been uploaded.")
    _keep(call, order, "label_updates")
    return True


def _order(call: Call) -> Order:
    """Return the order meant by both of its ids, as far as it takes a label now."""
    name, cj_name = (text(call.body, one, 200, required=True) for one in ("orderId", "cjOrderId"))
    for required in ("cjShippingCompanyName", "trackNumber"):
        text(call.body, required, 200, required=True)
    if "waybillFile" not in call.files:
        raise Problem(16900403, "waybillFile can not be empty")
    order = call.cj.orders.find(call.user, name)
    if order is None:
        raise _not_found()
    if not order.own_label:
        raise Problem(LABEL_REFUSED, NOT_THEIRS)
    if not order.is_paid:
        raise Problem(LABEL_REFUSED, NOT_PAID)
    if cj_name != order.cj_order_id:
        raise _not_found()
    if order.status != UNSHIPPED:
        raise Problem(LABEL_REFUSED, "This order has left the warehouse. Label upload not supported.")
    return order


def _keep(call: Call, order: Order, kind: str) -> None:
    carrier, track_number = (call.body[name] for name in ("cjShippingCompanyName", "trackNumber"))
    storage = find_storage(order.storage_id) if order.storage_id else None
    if storage is None or carrier not in storage["brands"]:
        name = storage["name"] if storage else "null"
        raise Problem(CARRIER_REFUSED, f"Warehouse “{name}” does not support logistics carrier “{carrier}”.")
    content = call.files["waybillFile"].content
    content_type = next((kind for start, kind in KINDS.items() if content.startswith(start)), "")
    if not content_type or len(content) > LARGEST:
        raise Problem(LABEL_REFUSED, "Param error")
    digest = hashlib.sha256(content).hexdigest()
    order.waybill = Waybill(carrier, track_number, digest, call.now)
    cj_order_moves.plan_dispatch(call.world, order, call.now)
    facts = {"bytes": len(content), "sha256": digest, "content_type": content_type}
    cj_order_moves.enter(call.world, order, kind, call.now, carrier=carrier, track_number=track_number, **facts)


def _not_found() -> Problem:
    return Problem(ORDER_NOT_FOUND, "Order not found, please check the CJ order id")
