"""How CJ prints orders: in the answer to their creation, in the list, in the detail."""

from decimal import Decimal
from typing import Any

from integrations.simulator.cj_freight import BY_NAME
from integrations.simulator.cj_orders import Line, Order, bare_time
from integrations.simulator.cj_seeds import find_storage

TIMELINESS = "LOGISTICS_TIMELINESS"


def created(order: Order, *, page: str, as_text: bool) -> dict[str, Any]:
    """Return what the creation of an order answers: amounts as text (V2) or as numbers (V3)."""

    def money(amount: Decimal | None) -> Any:
        if as_text:
            return "" if amount is None else str(amount)
        return None if amount is None else float(amount)

    def part(name: str) -> Any:
        return money(getattr(quote, name) if quote else None)

    quote = order.quote
    taxed = quote is not None and bool(quote.ioss_fee)
    return {
        "orderNumber": order.number,
        "orderId": order.id,
        "shipmentOrderId": order.shipment.id if order.shipment else "",
        "iossAmount": money(quote.ioss_taxes + quote.ioss_fee if quote and taxed else None),
        "iossTaxHandlingFee": money(quote.ioss_fee if quote and taxed else None),
        "postageAmount": part("postage"),
        "productAmount": part("product"),
        "productOriginalAmount": part("original"),
        "productDiscountAmount": part("discount"),
        "postageDiscountAmount": money(Decimal("0.00") if quote else None),
        "postageOriginalAmount": part("postage"),
        "totalDiscountAmount": part("payable"),
        "actualPayment": money(order.charged if order.paid_at is not None else None),
        "orderOriginalAmount": part("total"),
        "cjPayUrl": page,
        "orderAmount": part("payable"),
        "logisticsMiss": order.logistics_miss,
        "productInfoList": [_created_line(line) for line in order.lines],
        "orderStatus": order.status,
        "interceptOrderReasons": order.reasons or None,
    }


def row(order: Order) -> dict[str, Any]:
    """Return an order as the list shows it: without its goods."""
    return {**_both(order), "productList": None}


def detail(order: Order, features: set[str]) -> dict[str, Any]:
    """Return an order as its detail shows it."""
    data = {
        **_both(order),
        "platformOrderId": None,
        "cjOrderCode": order.code,
        "fromCountryCode": order.from_country,
        "outWarehouseTime": bare_time(order.out_at),
        "isComplete": int(order.complete),
        "disputeId": None,
        "productList": [_line(line) for line in order.lines],
    }
    if TIMELINESS in features:
        carrier = BY_NAME.get(order.logistic)
        rate = carrier.rate(order.country) if carrier else None
        days = f"{rate.days[0]}-{rate.days[1]} Days" if rate else None
        modes = [{"logisticsName": order.logistic, "arrivalTime": days}] if days else []
        data["logisticsTimeliness"] = {"logisticsModes": modes}
    return data


def _both(order: Order) -> dict[str, Any]:
    """Return what list and detail share."""
    quote, address = order.quote, order.address
    track_number = order.track_number or (order.waybill.track_number if order.waybill else "")
    storage = find_storage(order.storage_id) if order.storage_id else None
    return {
        "orderId": order.id,
        "orderNum": order.number,
        "cjOrderId": order.cj_order_id or None,
        "shippingCountryCode": address["shippingCountryCode"],
        "shippingProvince": address["shippingProvince"],
        "shippingCity": address["shippingCity"],
        "shippingPhone": address["shippingPhone"],
        "shippingAddress": address["shippingAddress"],
        "shippingCustomerName": address["shippingCustomerName"],
        "remark": order.remark or None,
        "orderWeight": order.weight_g,
        "orderStatus": order.status,
        "orderAmount": float(quote.payable) if quote else None,
        "productAmount": float(quote.product) if quote else None,
        "postageAmount": float(quote.postage) if quote else None,
        "logisticName": order.logistic,
        "trackNumber": track_number or None,
        "trackingUrl": f"https://cjpacket.com/?trackingNumber={track_number}" if track_number else None,
        "createDate": bare_time(order.created_at),
        "paymentDate": bare_time(order.paid_at),
        "storeCreateDate": None,
        "storageId": order.storage_id or None,
        "storageName": storage["name"] if storage else None,
    }


def _created_line(line: Line) -> dict[str, Any]:
    return {
        "storeLineItemId": line.store_line_item_id,
        "lineItemId": line.line_item_id,
        "variantId": line.vid,
        "isGroup": False,
        "quantity": line.quantity,
        "subOrderProducts": None,
    }


def _line(line: Line) -> dict[str, Any]:
    return {
        "vid": line.vid,
        "quantity": line.quantity,
        "sellPrice": float(line.price),
        "podPropertiesInfo": _pod(line),
        "lineItemId": line.line_item_id,
        "storeLineItemId": line.store_line_item_id or None,
        "productionOrderStatus": line.production,
        "abnormalType": line.abnormal or None,
    }


def _pod(line: Line) -> dict[str, Any] | None:
    if line.pod is None:
        return None
    return {
        "image": next(iter(line.effect_images), None),
        "isFixedCustom": False,
        "podVersion": 3,
        "failedList": [],
        "effectImgList": line.effect_images,
        "finish": 1,
        "customResources": [],
        "type": 5,
        "productionImgList": line.production_images,
        "customDesign": [],
    }
