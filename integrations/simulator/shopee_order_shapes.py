"""How Shopee shows orders: what comes always, and what has to be asked for (Shopee: response_optional_fields)."""

from collections.abc import Callable
from typing import Any

from integrations.simulator.shopee_order_life import FREE_CANCEL_SECONDS
from integrations.simulator.shopee_protocol import Call
from integrations.simulator.shopee_shapes import image_url
from integrations.simulator.shopee_trade import (
    COMPLETED,
    PENDING,
    PROCESSED,
    READY_TO_SHIP,
    RETRY_SHIP,
    SHIPPED,
    Line,
    Order,
    Package,
    Part,
)

PENDING_WORDS = {
    "SYSTEM_PENDING": "The order is being processed by the system.",
    "KYC_PENDING": "The buyer has to submit personal data for the customs.",
    "ARRANGE_SHIPMENT_PENDING": "The shipment can't be arranged yet.",
}
TELLING = (READY_TO_SHIP, RETRY_SHIP, PROCESSED, SHIPPED)  # where an approved app sees whom it ships to
Shape = Callable[[Call, Order], dict[str, Any]]


def shown_status(order: Order, *, pending: bool) -> str:
    """Return the status; who does not ask for PENDING sees an order that is ready to ship."""
    return READY_TO_SHIP if order.status == PENDING and not pending else order.status


def order_shape(call: Call, order: Order, asked: set[str], *, pending: bool) -> dict[str, Any]:
    """Return an order with what comes by default and what was asked for."""
    shape: dict[str, Any] = {
        "order_sn": order.sn,
        "region": order.shop.region,
        "currency": order.shop.currency,
        "cod": order.cod,
        "order_status": shown_status(order, pending=pending),
        "message_to_seller": order.message,
        "create_time": int(order.created_at),
        "update_time": int(order.updated_at),
        "days_to_ship": order.days_to_ship,
        "ship_by_date": whole(order.ship_by),
        "booking_sn": order.booking_sn,
        "advance_package": order.advance,
        "is_buyer_shop_collection": False,
        "hot_listing_order": False,
        "can_full_cancel_order": can_cancel(order),
        "can_partial_cancel_order": can_cancel_partly(order),
    }
    if pending and order.status == PENDING:
        shape["pending_terms"] = [order.pending]
        shape["pending_description"] = [PENDING_WORDS[order.pending]]
    for name, make in OPTIONAL.items():
        if name in asked:
            shape |= make(call, order)
    return shape


def can_cancel(order: Order) -> bool:
    """Tell whether the seller may cancel the order."""
    return order.status in (READY_TO_SHIP, RETRY_SHIP, PROCESSED)


def can_cancel_partly(order: Order) -> bool:
    """Tell whether the seller may cancel a part of the order."""
    untouched = not order.split and not any(package.arranged for package in order.packages)
    return order.status == READY_TO_SHIP and untouched and sum(line.active for line in order.lines) > 1


def can_cancel_freely(order: Order, now: float) -> bool:
    """Tell whether the buyer may still cancel without asking."""
    arranged = any(package.arranged for package in order.packages)
    return order.status == READY_TO_SHIP and not arranged and now < order.created_at + FREE_CANCEL_SECONDS


def recipient(call: Call, order: Order) -> dict[str, str]:
    """Return where an order goes: masked, unless the app is approved and the order on its way; in Taiwan always."""
    buyer, told = order.buyer, order.buyer.address
    open_to_us = call.shopee.trade.switches.unmasked and order.status in TELLING and order.shop.region != "TW"
    if open_to_us:
        return {"name": buyer.name, "phone": buyer.phone, **told}
    if order.shop.region == "TW":
        return {**dict.fromkeys(("name", "phone", *told), "****"), "region": "TW"}
    hidden = {"name": f"{buyer.name[0]}***{buyer.name[-1]}", "phone": f"******{buyer.phone[-2:]}"}
    return {**hidden, **told, "town": "", "district": "", "full_address": "******"}


def part_shape(part: Part) -> dict[str, Any]:
    """Return what lies in a package."""
    return {
        "item_id": part.line.item_id,
        "model_id": part.line.model_id,
        "model_quantity": part.quantity,
        "order_item_id": part.line.order_item_id,
        "promotion_group_id": part.line.promotion_group_id,
        "product_location_id": part.line.location_id,
    }


def whole(at: float | None) -> int:
    """Return a time in whole seconds, 0 for none."""
    return 0 if at is None else int(at)


def _items(call: Call, order: Order) -> dict[str, Any]:
    return {"item_list": [_item(call, line) for line in order.lines]}


def _item(call: Call, line: Line) -> dict[str, Any]:
    return {
        "item_id": line.item_id,
        "item_name": line.item_name,
        "item_sku": line.item_sku,
        "model_id": line.model_id,
        "model_name": line.model_name,
        "model_sku": line.model_sku,
        "model_quantity_purchased": line.quantity,
        "model_original_price": line.price,
        "model_discounted_price": line.price,
        "wholesale": False,
        "weight": line.weight,
        "add_on_deal": False,
        "main_item": False,
        "add_on_deal_id": 0,
        "promotion_type": "",
        "promotion_id": 0,
        "order_item_id": line.order_item_id,
        "line_item_id": line.order_item_id * 10 + 1,
        "promotion_group_id": line.promotion_group_id,
        "image_info": {"image_url": image_url(call, line.image_id) if line.image_id else ""},
        "product_location_id": line.location_id,
        "is_b2c_owned_item": False,
        "promotion_list": None,
        "hot_listing_item": False,
        "active_qty": line.active,
        "cancel_requested_qty": 0,
        "cancelled_qty": line.cancelled,
        "return_requested_qty": 0,
        "returned_qty": 0,
    }


def _packages(_call: Call, order: Order) -> dict[str, Any]:
    return {"package_list": [_package(package) for package in order.packages]}


def _package(package: Package) -> dict[str, Any]:
    return {
        "package_number": package.number,
        "logistics_status": package.status,
        "logistics_channel_id": package.channel.channel_id,
        "shipping_carrier": package.channel.name,
        "allow_self_design_awb": False,
        "item_list": [part_shape(part) for part in package.parts],
        "parcel_chargeable_weight": package.grams,
        "group_shipment_id": 0,
        "virtual_contact_number": "",
        "package_query_number": "",
        "sorting_group": "",
    }


def _estimated_arrival(_call: Call, order: Order) -> dict[str, Any]:
    first = whole(order.paid_at or order.created_at) + 5 * 86_400
    return {"edt_from": first, "edt_to": first + 7 * 86_400}


def _payment(_call: Call, order: Order) -> dict[str, Any]:
    if order.shop.region != "BR":
        return {"payment_info": None}
    paid = {"payment_method": "Pix", "payment_processor_register": "", "card_brand": "", "transaction_id": order.sn}
    return {"payment_info": [{**paid, "payment_amount": order.total}]}


def _picked_up(order: Order) -> int:
    return max((whole(package.picked_up_at) for package in order.packages), default=0)


def _declared(order: Order) -> bool:
    """Tell whether customs want a declaration; known once there is a tracking number."""
    numbered = any(package.tracking_number for package in order.packages)
    return numbered and order.buyer.user_id % 10 == 0


def _grams(order: Order) -> int:
    return sum(package.grams for package in order.packages)


def _fee_paid(order: Order) -> Any:
    return order.shipping_fee if _picked_up(order) else 0


# What has to be asked for, by the name under which it is asked for.
OPTIONAL: dict[str, Shape] = {
    "buyer_user_id": lambda _, order: {"buyer_user_id": order.buyer.user_id},
    "buyer_username": lambda _, order: {"buyer_username": order.buyer.username},
    "estimated_shipping_fee": lambda _, order: {"estimated_shipping_fee": order.shipping_fee},
    "recipient_address": lambda call, order: {"recipient_address": recipient(call, order)},
    "actual_shipping_fee": lambda _, order: {"actual_shipping_fee": _fee_paid(order)},
    "goods_to_declare": lambda _, order: {"goods_to_declare": _declared(order)},
    "note": lambda _, order: {"note": order.note},
    "note_update_time": lambda _, order: {"note_update_time": whole(order.noted_at)},
    "item_list": _items,
    "pay_time": lambda _, order: {"pay_time": None if order.paid_at is None else int(order.paid_at)},
    "dropshipper": lambda _, __: {"dropshipper": ""},
    "dropshipper_phone": lambda _, __: {"dropshipper_phone": ""},
    "split_up": lambda _, order: {"split_up": order.split},
    "buyer_cancel_reason": lambda _, order: {"buyer_cancel_reason": order.buyer_cancel_reason},
    "cancel_by": lambda _, order: {"cancel_by": order.cancel_by},
    "cancel_reason": lambda _, order: {"cancel_reason": order.cancel_reason},
    "actual_shipping_fee_confirmed": lambda _, order: {"actual_shipping_fee_confirmed": order.status == COMPLETED},
    "buyer_cpf_id": lambda _, __: {"buyer_cpf_id": ""},
    "fulfillment_flag": lambda _, order: {"fulfillment_flag": order.fulfillment},
    "pickup_done_time": lambda _, order: {"pickup_done_time": _picked_up(order)},
    "package_list": _packages,
    "shipping_carrier": lambda _, order: {
        "shipping_carrier": order.channel.name,
        "checkout_shipping_carrier": order.channel.name,
    },
    "payment_method": lambda _, order: {"payment_method": "Cash on Delivery" if order.cod else "Online Payment"},
    "total_amount": lambda _, order: {"total_amount": order.total},
    "invoice_data": lambda _, __: {"invoice_data": None},
    "order_chargeable_weight_gram": lambda _, order: {"order_chargeable_weight_gram": _grams(order)},
    "return_request_due_date": lambda _, order: {"return_request_due_date": whole(order.return_due)},
    "edt": _estimated_arrival,
    "payment_info": _payment,
    "international_label": lambda _, order: {"is_international": order.shop.is_cb},
}
