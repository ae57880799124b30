"""CJ 5, Create Order V2 and V3: an order of the buyer's number, priced, checked, and with payType 2 paid at once."""

import json
from typing import Any

from integrations.simulator import cj_freight, cj_messages, cj_order_moves, cj_order_prices, cj_order_rules, cj_stock
from integrations.simulator.cj_order_fields import listed, number, text, whole
from integrations.simulator.cj_order_shapes import created
from integrations.simulator.cj_order_switches import take_next
from integrations.simulator.cj_orders import Line, Order, code_of
from integrations.simulator.cj_pay import pay
from integrations.simulator.cj_protocol import (
    COUNTRY_NOT_FOUND,
    LOGISTIC_INVALID,
    LOGISTIC_NOT_FOUND,
    ORDER_EXISTS,
    VARIANT_NOT_FOUND,
    VARIANT_OFF,
    WAREHOUSE_NOT_FOUND,
    Call,
    Problem,
    endpoint,
    param_error,
)
from integrations.simulator.cj_seeds import countries, find_storage

PAGE, BALANCE, CREATE_ONLY = 1, 2, 3
CHOSEN, CJ_SHIPS, CJ_CHOOSES = 1, 2, 3
MOST_LINES = 100
REQUIRED = {
    "shippingCountryCode": 20,
    "shippingCountry": 50,
    "shippingProvince": 50,
    "shippingCity": 50,
    "shippingCustomerName": 50,
    "shippingAddress": 200,
}
OPTIONAL = {
    "shippingZip": 20,
    "shippingCounty": 50,
    "shippingPhone": 20,
    "shippingAddress2": 200,
    "houseNumber": 20,
    "email": 50,
    "taxId": 20,
    "consigneeID": 20,
    "iossNumber": 20,
}


@endpoint("POST", "/shopping/order/createOrderV2")
def create_v2(call: Call) -> dict[str, Any]:
    """CJ 5, Create Order V2: payType 2 spends at once; where that fails the order exists all the same."""
    pay_type = whole(call.body, "payType", low=1, high=3) or CREATE_ONLY
    order = _create(call, pay_type)
    held = order.reasons or order.logistics_miss or order.unmatched or not order.complete
    if pay_type != CREATE_ONLY and not held:
        cj_order_moves.put_into_cart(call.world, order, call.now)
        shipment = cj_order_moves.confirm(call.world, [order], call.now)
        if pay_type == BALANCE:
            pay(call, shipment.due, by="payType2", shipment=shipment)
    page = f"{call.base_url}/mine/pay/{order.shipment.id}" if pay_type == PAGE and order.shipment else ""
    return created(order, page=page, as_text=True)


@endpoint("POST", "/shopping/order/createOrderV3")
def create_v3(call: Call) -> dict[str, Any]:
    """CJ 5, Create Order V3: without payType, the amounts as numbers."""
    return created(_create(call, CREATE_ONLY), page="", as_text=False)


def _create(call: Call, pay_type: int) -> Order:
    world, body = call.world, call.body
    if call.platform_token and call.cj.tokens.by_access(call.platform_token, call.now) is None:
        raise Problem(1600031, "Invalid platform token")
    number_given = text(body, "orderNumber", 50, required=True)
    address = {name: text(body, name, longest, required=True) for name, longest in REQUIRED.items()}
    address |= {name: text(body, name, longest) for name, longest in OPTIONAL.items()}
    logistic = text(body, "logisticName", 50, required=True)
    start = text(body, "fromCountryCode", 20, required=True)
    _optional_fields(body)
    rows = listed(body, "products", most=MOST_LINES)
    known = call.cj.orders.by_number(call.user, number_given)
    if known:
        name = call.user.name_in_books
        world.books.enter("cj", name, "orders_duplicate", call.now, order_number=number_given, order_id=known.id)
        raise Problem(ORDER_EXISTS, "Order exist, please do not duplicate create")
    if start not in countries() or address["shippingCountryCode"] not in countries():
        raise Problem(COUNTRY_NOT_FOUND, "country code not found")
    kind = whole(body, "shopLogisticsType", low=1, high=3) or CJ_SHIPS
    lines = [_line(call, row) for row in rows]
    complete = all(line.known for line in lines)
    order_id = call.cj.orders.next_id(call.now) if complete else call.cj.orders.next_temporary_id()
    order = Order(
        account=call.user,
        number=number_given,
        id=order_id,
        code=code_of(order_id, call.now),
        created_at=call.now,
        address=address,
        lines=lines,
        logistic=logistic,
        logistics_type=kind,
        from_country=start,
        index=len(call.cj.orders.all),
        storage_id=_storage(body, start) if kind == CHOSEN else "",
        ioss_type=whole(body, "iossType", low=1, high=3) or 1,
        remark=text(body, "remark", 500),
        complete=complete,
        temporary_id="" if complete else order_id,
    )
    if kind == CJ_CHOOSES:
        order.storage_id = cj_stock.best_storage(call.cj.catalogue, order)
    order.weight_g = cj_order_prices.weight_of(call.world, order)
    _logistics(call, order)
    _judge(call, order)
    call.cj.orders.keep(order)
    call.cj.agenda.add(call.now + call.cj.switches.unpaid_s, "unpaid", order)
    _book(call, order, pay_type)
    return order


def _optional_fields(body: dict[str, Any]) -> None:
    """Look at what has no effect but must have its form."""
    text(body, "platform", 20)
    number(body, "shopAmount")


def _line(call: Call, row: Any) -> Line:
    if not isinstance(row, dict):
        raise param_error()
    vid, sku = text(row, "vid", 50), text(row, "sku", 50)
    if not vid and not sku:
        raise Problem(16900403, "vid can not be empty")
    quantity = whole(row, "quantity", low=1, high=100_000)
    if quantity is None:
        raise Problem(16900403, "quantity can not be empty")
    number(row, "unitPrice")
    variant = call.cj.catalogue.find_variant(vid=vid, sku="" if vid else sku)
    foreign = variant is None and bool(vid) and call.user.foreign_skus
    if variant is None and not foreign:
        raise Problem(VARIANT_NOT_FOUND, "Variant not found")
    if variant and not variant.product.on_sale:
        raise Problem(VARIANT_OFF, "Variant has been removed from shelves")
    if variant and sku and sku != variant.sku:
        raise param_error()
    pod = _pod(row)
    return Line(
        line_item_id=call.cj.orders.next_line_id(call.now),
        vid=variant.vid if variant else vid,
        sku=variant.sku if variant else sku,
        quantity=quantity,
        known=variant is not None,
        store_line_item_id=text(row, "storeLineItemId", 125),
        pod=pod,
        effect_images=[url for area in pod or [] for url in area.get("effectImgs", [])],
        production_images=[url for area in pod or [] for url in area.get("links", [])],
        production=1 if pod else None,
    )


def _pod(row: dict[str, Any]) -> list[dict[str, Any]] | None:
    """Return podProperties: a list of objects with links, as JSON in text."""
    given = text(row, "podProperties", 500)
    if not given:
        return None
    try:
        areas = json.loads(given)
    except ValueError:
        raise param_error() from None
    if not isinstance(areas, list) or not all(isinstance(one, dict) and _links(one) for one in areas):
        raise param_error()
    return areas


def _links(area: dict[str, Any]) -> bool:
    return all(isinstance(area.get(name, []), list) for name in ("links", "effectImgs"))


def _storage(body: dict[str, Any], start: str) -> str:
    storage = find_storage(text(body, "storageId", 40, required=True))
    if storage is None:
        raise Problem(WAREHOUSE_NOT_FOUND, "Warehouse info not found")
    if storage["areaCountryCode"] != start:
        raise param_error()
    return str(storage["id"])


def _logistics(call: Call, order: Order) -> None:
    """Refuse a carrier that CJ does not know, or that does not take this parcel there; not while freight is down."""
    if order.own_label:
        return
    if order.logistic not in cj_freight.BY_NAME:
        raise Problem(LOGISTIC_NOT_FOUND, "Logistic not found")
    if cj_freight.offer(order.from_country, order.country, order.weight_g, order.logistic) is None:
        raise Problem(LOGISTIC_INVALID, "Logistic invalid, please reference freight calculate.")


def _judge(call: Call, order: Order) -> None:
    """Price the order and see what holds it back."""
    order.quote = cj_order_prices.quote(call.world, order)
    order.logistics_miss = order.quote is None and order.complete
    order.reasons = [] if order.own_label else cj_order_rules.reasons(order.address)
    befalls = take_next(call.cj.next_orders, order.number)
    if befalls:
        order.reasons += befalls.intercept
        order.unmatched = befalls.unmatched
        if befalls.logistics_miss:
            order.logistics_miss, order.quote = True, None


def _book(call: Call, order: Order, pay_type: int) -> None:
    cj_order_moves.enter(
        call.world,
        order,
        "orders",
        call.now,
        code=order.code,
        pay_type=pay_type,
        logistics_type=order.logistics_type,
        lines=[{"vid": line.vid, "quantity": line.quantity} for line in order.lines],
        amount=None if order.quote is None else str(order.quote.payable),
    )
    cj_messages.order_changed(call.world, order, call.now, "INSERT")
