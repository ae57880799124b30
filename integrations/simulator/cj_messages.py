"""What CJ would tell a receiver of messages: kept in the books as ``messages`` (CJ, Webhook)."""

import hashlib
import json
from typing import Any

from integrations.simulator.cj_orders import Event, Line, Order, bare_time
from integrations.simulator.world import World

SPLIT_STATUS = 300  # what ORDERSPLIT calls an order that is paid and not sent


def order_changed(world: World, order: Order, at: float, message_type: str = "UPDATE") -> None:
    """Tell of an order's new state; its id is a number here, beyond what JavaScript can hold."""
    params = {
        "orderNumber": order.number,
        "cjOrderId": int(order.id),
        "orderStatus": order.status,
        "logisticName": order.logistic,
        "trackNumber": order.track_number or None,
        "createDate": bare_time(order.created_at),
        "updateDate": bare_time(at),
        "payDate": bare_time(order.paid_at),
        "deliveryDate": bare_time(order.out_at),
        "completeDate": bare_time(order.delivered_at),
        "orderItems": [_item(line) for line in order.lines],
    }
    _send(world, order, at, "order", {"type": "ORDER", "messageType": message_type, "params": params})


def order_split(world: World, order: Order, at: float) -> None:
    """Tell into what an order was split; the time is two Chinese words."""
    children = [
        {
            "createAt": int(child.created_at * 1000),
            "orderCode": child.code,
            "orderStatus": SPLIT_STATUS,
            "productList": [
                {"sku": line.sku, "vid": line.vid, "quantity": line.quantity, "productCode": line.line_item_id}
                for line in child.lines
            ],
        }
        for child in order.children
    ]
    params = {"originalOrderId": order.id, "splitOrderList": children, "orderSplitTime": "拆单时间"}
    _send(world, order, at, "order", {"type": "ORDERSPLIT", "messageType": "UPDATE", "params": params})


def parcel_moved(world: World, order: Order, event: Event) -> None:
    """Tell of one checkpoint; what ORDER calls cjOrderId is orderId here, the events are JSON in text."""
    told = {
        "status": event.status,
        "activity": event.text,
        "location": event.place,
        "eventTime": bare_time(event.at),
        "statusDesc": event.text,
        "thirdActivity": event.text,
        "thirdLocation": event.place,
        "thirdEventTime": bare_time(event.at),
    }
    params = {
        "orderId": int(order.id),
        "logisticName": order.logistic,
        "trackingNumber": order.track_number,
        "trackingStatus": event.status,
        "logisticsTrackEvents": json.dumps([told], ensure_ascii=False, separators=(",", ":")),
    }
    body = {"type": "LOGISTIC", "messageType": "UPDATE", "openId": order.account.open_id, "params": params}
    _send(world, order, event.at, "logistics", body)


def _item(line: Line) -> dict[str, Any]:
    return {
        "vid": line.vid,
        "quantity": line.quantity,
        "sellPrice": float(line.price),
        "lineItemId": line.line_item_id,
        "storeLineItemId": line.store_line_item_id or None,
        "productionOrderStatus": line.production,
        "abnormalType": line.abnormal or None,
    }


def _send(world: World, order: Order, at: float, topic: str, body: dict[str, Any]) -> None:
    name = order.account.name_in_books
    number = world.books.counted("cj", "messages")
    digest = hashlib.md5(f"message:{world.seed}:{number}".encode(), usedforsecurity=False).hexdigest()
    world.books.enter("cj", name, "messages", at, topic=topic, message={"messageId": digest, **body})
