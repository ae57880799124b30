"""Shopee: order; a shop's orders listed, shown, cancelled, noted."""

from decimal import Decimal
from typing import Any

from integrations.simulator import shopee_cursors
from integrations.simulator.shopee_order_life import SELLER, cancel, give_back, refund, reject_cancel
from integrations.simulator.shopee_order_shapes import can_cancel, can_cancel_partly, order_shape, shown_status
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, wrong
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_trade import (
    CANCELLED,
    COMPLETED,
    IN_CANCEL,
    PENDING,
    PROCESSED,
    READY_TO_SHIP,
    RETRY_SHIP,
    SHIPPED,
    UNPAID,
    Line,
    Order,
    Trade,
)

FILTERS = (UNPAID, READY_TO_SHIP, PROCESSED, SHIPPED, COMPLETED, IN_CANCEL, CANCELLED, "INVOICE_PENDING")
MOST_ON_PAGE, MOST_ASKED, LONGEST_WINDOW, LONGEST_NOTE = 100, 50, 15 * 86_400, 500
ARCHIVED_AFTER = 90 * 86_400
REASONS = ("OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED")
NOT_FOUND = "Wrong parameters, detail: the order is not found."


def trade_of(call: Call) -> Trade:
    """Return trade with all that was due until now done."""
    ready(call.world)
    return call.shopee.trade


def order_asked(call: Call) -> Order:
    """Return the shop's order that a call names."""
    sn = call.text("order_sn", required=True)
    order = trade_of(call).order(call.the_shop.shop_id, sn)
    if order is None:
        raise Problem("error_not_found", NOT_FOUND)
    return order


@endpoint("GET", "/api/v2/order/get_order_list", Level.SHOP)
def get_order_list(call: Call) -> dict[str, Any]:
    """Shopee: order.get_order_list; by creation or update, at most fifteen days at once."""
    field = call.text("time_range_field", required=True)
    if field not in ("create_time", "update_time"):
        raise Problem("error_param", "Wrong parameters, detail: time_range_field is invalid.")
    since, until = call.integer("time_from", required=True) or 0, call.integer("time_to", required=True) or 0
    if not 0 < until - since <= LONGEST_WINDOW:
        raise Problem("order.order_list_invalid_time", "Start time must be earlier than end time and diff in 15days.")
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    status, pending = call.text("order_status"), call.boolean("request_order_status_pending")
    if status and status not in FILTERS and not (pending and status == PENDING):
        raise Problem("error_param", "Wrong parameters, detail: order_status is invalid.")
    channel_id = call.integer("logistics_channel_id")

    def moment(order: Order) -> float:
        return order.created_at if field == "create_time" else order.updated_at

    chosen = (
        order
        for order in trade_of(call).orders_of(call.the_shop.shop_id)
        if since <= int(moment(order)) <= until
        and (not status or shown_status(order, pending=pending) == status)
        and (not channel_id or order.channel.channel_id == channel_id)
    )
    found, more, cursor = shopee_cursors.page(
        chosen, call.text("cursor"), size, lambda order: (moment(order), order.sn)
    )
    with_status = "order_status" in call.text("response_optional_fields").split(",")
    rows = [
        {
            "order_sn": order.sn,
            **({"order_status": shown_status(order, pending=pending)} if with_status else {}),
            **({"booking_sn": order.booking_sn} if order.booking_sn else {}),
        }
        for order in found
    ]
    return {"more": more, "next_cursor": cursor, "order_list": rows}


@endpoint("GET", "/api/v2/order/get_order_detail", Level.SHOP)
def get_order_detail(call: Call) -> Answer:
    """Shopee: order.get_order_detail, up to fifty; the warning names those that were not found."""
    given = [part.strip() for part in call.text("order_sn_list", required=True).split(",") if part.strip()]
    if not 1 <= len(given) <= MOST_ASKED:
        raise Problem("error_param", f"Wrong parameters, detail: order_sn_list takes 1 to {MOST_ASKED}.")
    trade, shop_id = trade_of(call), call.the_shop.shop_id
    orders = [(sn, trade.order(shop_id, sn)) for sn in dict.fromkeys(given)]
    if not any(order for _sn, order in orders):
        raise Problem("error_not_found", NOT_FOUND)
    asked = {part.strip() for part in call.text("response_optional_fields").split(",")}
    pending = call.boolean("request_order_status_pending")
    shown = [order_shape(call, order, asked, pending=pending) for _sn, order in orders if order]
    return Answer({"order_list": shown}, warning=[sn for sn, order in orders if order is None])


@endpoint("GET", "/api/v2/order/get_shipment_list", Level.SHOP)
def get_shipment_list(call: Call) -> dict[str, Any]:
    """Shopee: order.get_shipment_list; the packages of orders that are to be shipped, arranged ones included."""
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    packages = (
        package
        for order in trade_of(call).orders_of(call.the_shop.shop_id)
        if order.status in (READY_TO_SHIP, RETRY_SHIP)
        for package in order.packages
    )
    found, more, cursor = shopee_cursors.page(
        packages, call.text("cursor"), size, lambda package: (package.order.created_at, package.number)
    )
    rows = [{"order_sn": package.order.sn, "package_number": package.number} for package in found]
    return {"order_list": rows, "more": more, "next_cursor": cursor}


@endpoint("POST", "/api/v2/order/cancel_order", Level.SHOP)
def cancel_order(call: Call) -> dict[str, Any]:
    """Shopee: order.cancel_order; the seller gives up an order, or a part of it, before it is shipped."""
    order = order_asked(call)
    reason = call.text("cancel_reason", required=True)
    if reason not in REASONS:
        raise Problem("error_param", "Wrong parameters, detail: cancel_reason is invalid.")
    if order.fulfillment == "fulfilled_by_shopee":
        raise Problem("order. error_param", "You can not cancel warehouse order.")  # the space is theirs
    if (reason == "UNDELIVERABLE_AREA" and order.shop.region not in ("TW", "MY")) or (
        reason == "COD_NOT_SUPPORTED" and not order.cod
    ):
        raise Problem("error_param", f"Wrong parameters, detail: {reason} is not supported for the order.")
    named = [_line(order, row) for row in call.items("item_list", required=reason == "OUT_OF_STOCK")]
    parts = [(_line(order, row), _pieces(row)) for row in call.items("partial_cancel_item_list", required=False)]
    if not can_cancel(order):
        raise Problem("order.error_limit", "Can not cancel this order")
    partial = _is_partial(order, parts)
    if partial:
        _cancel_partly(call, order, parts)
    facts = {"reason": reason, "items": [line.item_id for line in named], "partial": partial}
    call.enter("seller_cancellations", order_sn=order.sn, **facts)
    if not partial:
        cancel(call.world, order, call.now, by=SELLER, reason=reason)
    return {"update_time": int(order.updated_at)}


@endpoint("POST", "/api/v2/order/handle_buyer_cancellation", Level.SHOP)
def handle_buyer_cancellation(call: Call) -> dict[str, Any]:
    """Shopee: order.handle_buyer_cancellation; the seller answers a buyer who wants to cancel."""
    order = order_asked(call)
    operation = call.text("operation", required=True)
    if operation not in ("ACCEPT", "REJECT"):
        raise Problem("error_param", "Wrong parameters, detail: operation should be ACCEPT or REJECT.")
    if order.status != IN_CANCEL:
        raise Problem("order.cancel_order_invalid_status", "The order is not waiting for a cancellation.")
    call.enter("cancellation_answers", order_sn=order.sn, operation=operation)
    if operation == "ACCEPT":
        cancel(call.world, order, call.now, by="buyer", reason=order.buyer_cancel_reason)
    else:
        reject_cancel(call.world, order, call.now)
    return {"update_time": int(order.updated_at)}


@endpoint("POST", "/api/v2/order/set_note", Level.SHOP)
def set_note(call: Call) -> None:
    """Shopee: order.set_note; overwrites, and answers nothing but the envelope."""
    order = order_asked(call)
    note = call.given("note")
    if not isinstance(note, str):
        raise wrong("note", "string")
    if len(note) > LONGEST_NOTE:
        raise Problem("error_param", f"Wrong parameters, detail: note is longer than {LONGEST_NOTE}.")
    if order.status in (COMPLETED, CANCELLED) and call.now - order.updated_at > ARCHIVED_AFTER:
        raise Problem("error_archived_order_update", "The order is archived and can not be updated.")
    order.note, order.noted_at, order.updated_at = note, call.now, call.now
    call.enter("notes", order_sn=order.sn, note=note)


def _line(order: Order, row: dict[str, Any]) -> Line:
    """Return the line that a row names."""
    for line in order.lines:
        same = (line.item_id, line.model_id) == (row.get("item_id"), row.get("model_id"))
        if same and row.get("order_item_id") in (None, 0, line.order_item_id):
            return line
    raise Problem("error_param", "Wrong parameters, detail: the item is not in the order.")


def _pieces(row: dict[str, Any]) -> int:
    pieces = row.get("model_quantity")
    if isinstance(pieces, bool) or not isinstance(pieces, int) or pieces <= 0:
        raise wrong("model_quantity", "a positive integer")
    return pieces


def _is_partial(order: Order, parts: list[tuple[Line, int]]) -> bool:
    """Tell whether the named pieces are a part of the order, and not all of it or more."""
    wanted: dict[int, int] = {}
    for line, pieces in parts:
        wanted[id(line)] = wanted.get(id(line), 0) + pieces
        if wanted[id(line)] > line.active:
            raise Problem("error_param", "Wrong parameters, detail: model_quantity is more than was ordered.")
    return bool(parts) and sum(wanted.values()) < sum(line.active for line in order.lines)


def _cancel_partly(call: Call, order: Order, parts: list[tuple[Line, int]]) -> None:
    """Take pieces out of an order and its package, and give the buyer their price back."""
    if not can_cancel_partly(order):
        raise Problem("order.error_limit", "Can not cancel this order")
    package = order.packages[0]
    for line, pieces in parts:
        give_back(line, pieces)
        line.cancelled += pieces
        for part in package.parts:
            if part.line is line:
                part.quantity -= pieces
    package.parts = [part for part in package.parts if part.quantity]
    order.updated_at = call.now
    if order.paid_at is not None:
        refund(call.world, order, sum((line.price * pieces for line, pieces in parts), Decimal(0)), call.now)
