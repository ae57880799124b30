"""Shopee: first_mile; courier delivery in China: Shopee orders the courier, whose number comes later."""

from datetime import date
from typing import Any

from integrations.simulator import shopee_cursors
from integrations.simulator.shopee_first_mile import MOST_ON_PAGE, bound, day_of, warehouses
from integrations.simulator.shopee_first_mile_binding import check_unbound
from integrations.simulator.shopee_first_mile_life import (
    COURIER,
    COURIERS,
    PREPAID,
    PRODUCTS,
    Error,
    bind,
    local_day,
)
from integrations.simulator.shopee_first_mile_orders import Row, each_order, right_of, rows_asked
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_parties import Merchant
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint
from integrations.simulator.shopee_trade import FM_CREATED, FM_RECEIVED, NOT_AVAILABLE, FirstMile, Package
from integrations.simulator.shopee_ways import FIRST_MILE, addresses_of

SIGNS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
OPEN = (NOT_AVAILABLE, FM_CREATED, FM_RECEIVED)


@endpoint("GET", "/api/v2/first_mile/get_courier_delivery_channel_list", Level.SHOP)
def get_courier_delivery_channel_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_courier_delivery_channel_list."""
    _china(call)
    couriers = [
        {"courier_name": name, "courier_service_id": ident, "courier_service_name": title}
        for name, ident, title in COURIERS
    ]
    rows = [
        {"logistics_product_id": ident, "logistics_product_name": name, "courier_list": couriers}
        for ident, name in PRODUCTS
    ]
    return {"logistics_channel_list": rows}


@endpoint("POST", "/api/v2/first_mile/generate_and_bind_first_mile_tracking_number", Level.SHOP)
def generate_and_bind_first_mile_tracking_number(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.generate_and_bind_first_mile_tracking_number; a binding id now, the courier's number later."""
    merchant = _china(call)
    _check_method(call)
    product_id, warehouse_id = _check_courier(call, merchant)
    rows, trade = rows_asked(call), trade_of(call)
    count = next(trade.first_mile_numbers)
    binding_id = (
        f"DCN{249_600_000_000 + call.world.seed % 1000 * 1_000_000 + count}{SIGNS[count % 24]}{SIGNS[-1 - count % 23]}"
    )
    day = local_day(merchant, call.now)
    mile = FirstMile(merchant.merchant_id, call.the_shop.shop_id, "", day, method=COURIER, channel_id=product_id)
    mile.binding_id, mile.warehouse_id = binding_id, warehouse_id

    def act(package: Package, _row: Row) -> None:
        check_unbound(package, mile)
        trade.bindings[binding_id] = mile
        bind(call.world, mile, package, call.now)

    done = each_order(call, rows, act)

    def numbered(_due: float) -> None:
        mile.number = f"CNF{730_000_000_000_000_000 + call.world.seed * 10**9 + count}"
        trade.first_miles[mile.merchant_id, mile.number] = mile

    trade.later(call.now, trade.pace.courier_number_seconds, numbered)
    return {"binding_id": binding_id, "success_list": done.good, "fail_list": done.failed}


@endpoint("POST", "/api/v2/first_mile/bind_courier_delivery_first_mile_tracking_number", Level.SHOP)
def bind_courier_delivery_first_mile_tracking_number(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.bind_courier_delivery_first_mile_tracking_number; more orders for a courier on his way."""
    _china(call)
    _check_method(call)
    mile = _binding(call)
    if mile.status not in OPEN:
        raise Error(f"The binding is {mile.status} and takes no more orders")

    def act(package: Package, _row: Row) -> None:
        check_unbound(package, mile)
        bind(call.world, mile, package, call.now)

    done = each_order(call, rows_asked(call), act)
    return {"binding_id": mile.binding_id, "success_list": done.good, "fail_list": done.failed}


@endpoint("GET", "/api/v2/first_mile/get_courier_delivery_detail", Level.SHOP)
def get_courier_delivery_detail(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_courier_delivery_detail."""
    _china(call)
    mile = _binding(call)
    size = call.integer("page_size", low=1, high=MOST_ON_PAGE, default=MOST_ON_PAGE) or 1
    packages, more, cursor = bound(call, mile, size)
    return {
        "binding_id": mile.binding_id,
        "first_mile_tracking_number": mile.number,
        "status": mile.status,
        "declare_date": mile.declare_date,
        "more": more,
        "next_cursor": cursor,
        "order_list": packages,
    }


@endpoint("POST", "/api/v2/first_mile/get_courier_delivery_tracking_number_list", Level.SHOP)
def get_courier_delivery_tracking_number_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_courier_delivery_tracking_number_list; by declare date."""
    merchant = _china(call)
    first, last = day_of(call, "from_date"), day_of(call, "to_date")
    size = call.integer("page_size", low=1, high=MOST_ON_PAGE, default=MOST_ON_PAGE) or 1
    miles = [
        one
        for one in trade_of(call).bindings.values()
        if one.merchant_id == merchant.merchant_id and first <= one.declare_date <= last
    ]
    found, more, cursor = shopee_cursors.page(
        miles, call.text("cursor"), size, lambda one: (date.fromisoformat(one.declare_date).toordinal(), one.binding_id)
    )
    rows = [
        {
            "binding_id": one.binding_id,
            "first_mile_tracking_number": one.number,
            "status": one.status,
            "reason": one.reason,
            "declare_date": one.declare_date,
        }
        for one in found
    ]
    return {"tracking_number_list": rows, "more": more, "next_cursor": cursor}


@endpoint("POST", "/api/v2/first_mile/get_courier_delivery_waybill", Level.SHOP)
def get_courier_delivery_waybill(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_courier_delivery_waybill; where each label can be fetched, once there is a number."""
    _china(call)
    rows = []
    for binding_id in call.texts("binding_id_list", most=MOST_ON_PAGE):
        mile = trade_of(call).bindings.get(binding_id)
        if mile is None or mile.merchant_id != call.the_shop.merchant_id:
            raise Error(f"The binding {binding_id} does not exist")
        url = f"{call.base_url}/img/{binding_id}-0.jpg" if mile.number else ""
        rows.append({"binding_id": binding_id, "shipping_label_url": url})
    return {"waybill_list": rows}


def _china(call: Call) -> Merchant:
    merchant = right_of(call)
    if merchant.region != "CN" or call.text("region", default="CN") != "CN":
        raise Problem("firstmile.area_not_support", "The area is not supported.")
    return merchant


def _check_method(call: Call) -> None:
    if call.text("shipment_method", required=True) != COURIER:
        raise Problem("firstmile.wrong_shipment_method", "The shipment method is wrong.")


def _check_courier(call: Call, merchant: Merchant) -> tuple[int, str]:
    """Return product and warehouse of a courier delivery, all of whose ids have to be known."""
    info = call.mapping("courier_delivery_info", required=True)
    places = [one.address_id for one in addresses_of(call.shopee, call.the_shop) if FIRST_MILE in one.kinds]
    _known(info, "address_id", places)
    _known(info, "warehouse_id", [one.warehouse_id for one in warehouses(call, COURIER)])
    _known(info, "courier_service_id", [ident for _name, ident, _title in COURIERS])
    _known(info, "logistics_product_id", [ident for ident, _name in PRODUCTS])
    if info["logistics_product_id"] == PREPAID:
        _known(info, "prepaid_account_id", [merchant.merchant_id * 10 + 1])
    return info["logistics_product_id"], info["warehouse_id"]


def _known(info: dict[str, Any], name: str, known: list[Any]) -> None:
    if info.get(name) in (None, ""):
        raise Problem("error_param", f"Wrong parameters, detail: {name} is required.")
    if info[name] not in known:
        raise Problem("error_param", f"Wrong parameters, detail: {name} is invalid.")


def _binding(call: Call) -> FirstMile:
    mile = trade_of(call).bindings.get(call.text("binding_id", required=True))
    if mile is None or mile.merchant_id != call.the_shop.merchant_id:
        raise Error("The binding does not exist")
    return mile
