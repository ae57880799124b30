"""Shopee: first_mile; channels, warehouses, numbers and what is bound to them, for reading."""

from datetime import date
from typing import Any

from integrations.simulator import shopee_cursors
from integrations.simulator.shopee_first_mile_life import CHANNELS, DROPOFF, WAREHOUSES, Error, TransitWarehouse
from integrations.simulator.shopee_first_mile_orders import right_of
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_parties import Merchant
from integrations.simulator.shopee_pdf import pdf
from integrations.simulator.shopee_protocol import Binary, Call, Level, Problem, endpoint, wrong
from integrations.simulator.shopee_trade import FM_DELIVERED, NOT_AVAILABLE, REQUEST_CREATED, FirstMile

MOST_ON_PAGE, MOST_UNBOUND, MOST_WAYBILLS = 50, 100, 50
SIX_MONTHS = 183 * 86_400


@endpoint("GET", "/api/v2/first_mile/get_channel_list", Level.SHOP)
def get_channel_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_channel_list."""
    region = _region(call, right_of(call))
    rows = [
        {"logistics_channel_id": ident, "logistics_channel_name": name, "shipment_method": method}
        for ident, name, method in CHANNELS[region]
    ]
    return {"logistics_channel_list": rows}


@endpoint("GET", "/api/v2/first_mile/get_transit_warehouse_list", Level.SHOP)
def get_transit_warehouse_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_transit_warehouse_list; China only, vendors' warehouses only for drop-off."""
    region, method = _region(call, right_of(call)), call.text("shipment_method")
    found = warehouses(call, method) if region == "CN" else []
    rows = [
        {
            "warehouse_id": one.warehouse_id,
            "warehouse_name_en": one.name,
            "warehouse_name_cn": one.name_cn,
            "warehouse_type": one.kind,
        }
        for one in found
    ]
    return {"transit_warehouse_list": rows or None}


@endpoint("GET", "/api/v2/first_mile/get_unbind_order_list", Level.SHOP)
def get_unbind_order_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_unbind_order_list; what is arranged and under no number, of the last six months."""
    right_of(call)
    size = call.integer("page_size", low=1, high=MOST_UNBOUND, default=MOST_UNBOUND) or 1
    packages = (
        package
        for order in trade_of(call).orders_of(call.the_shop.shop_id)
        if order.created_at >= call.now - SIX_MONTHS
        for package in order.packages
        if package.status == REQUEST_CREATED and package.first_mile is None
    )
    found, more, cursor = shopee_cursors.page(
        packages, call.text("cursor"), size, lambda package: (package.order.created_at, package.number)
    )
    asked = call.text("response_optional_fields").split(",")
    rows = []
    for package in found:
        optional = {"package_number": package.number, "logistics_status": package.status}
        rows.append({"order_sn": package.order.sn, **{name: optional[name] for name in optional if name in asked}})
    return {"more": more, "order_list": rows, "next_cursor": cursor}


@endpoint("GET", "/api/v2/first_mile/get_tracking_number_list", Level.SHOP)
def get_tracking_number_list(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_tracking_number_list; by declare date."""
    merchant = right_of(call)
    first, last = day_of(call, "from_date"), day_of(call, "to_date")
    size = call.integer("page_size", low=1, high=MOST_ON_PAGE, default=MOST_ON_PAGE) or 1
    miles = [
        one
        for one in trade_of(call).first_miles.values()
        if one.merchant_id == merchant.merchant_id
        and not one.binding_id
        and first <= one.declare_date <= last
        and _concerns(call, one)
    ]
    found, more, cursor = shopee_cursors.page(
        miles, call.text("cursor"), size, lambda one: (date.fromisoformat(one.declare_date).toordinal(), one.number)
    )
    rows = [
        {"first_mile_tracking_number": one.number, "status": one.status, "declare_date": one.declare_date}
        for one in found
    ]
    return {"more": more, "first_mile_tracking_number_list": rows, "next_cursor": cursor}


@endpoint("GET", "/api/v2/first_mile/get_detail", Level.SHOP)
def get_detail(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.get_detail; a number that nobody knows is NOT_AVAILABLE."""
    merchant = right_of(call)
    number = call.text("first_mile_tracking_number", required=True)
    mile = trade_of(call).first_miles.get((merchant.merchant_id, number))
    packages, more, cursor = bound(call, mile, MOST_ON_PAGE)
    return {
        "logistics_channel_id": mile.channel_id if mile else None,
        "first_mile_tracking_number": number,
        "shipment_method": mile.method if mile else "",
        "status": mile.status if mile else NOT_AVAILABLE,
        "declare_date": mile.declare_date if mile else "",
        "more": more,
        "order_list": packages,
        "next_cursor": cursor,
    }


@endpoint("POST", "/api/v2/first_mile/get_waybill", Level.SHOP)
def get_waybill(call: Call) -> Binary:
    """Shopee: first_mile.get_waybill; a page for each number."""
    merchant = right_of(call)
    numbers = call.texts("first_mile_tracking_number_list", most=MOST_WAYBILLS)
    pages = []
    for number in numbers:
        mile = trade_of(call).first_miles.get((merchant.merchant_id, number))
        if mile is None or mile.method == DROPOFF or mile.status == NOT_AVAILABLE:
            raise Error(f"There is no waybill of {number}")
        pages.append(["First mile", number, f"Method: {mile.method}", f"Parcels: {len(mile.packages)}"])
    call.enter("first_mile_waybills", numbers=numbers)
    return Binary(pdf(pages), "application/pdf")


def bound(call: Call, mile: FirstMile | None, size: int) -> tuple[list[dict[str, Any]], bool, str]:
    """Return a page of the orders under a number."""
    packages = mile.packages.values() if mile else ()
    found, more, cursor = shopee_cursors.page(
        packages, call.text("cursor"), size, lambda package: (package.order.created_at, package.number)
    )
    rows = [
        {
            "order_sn": package.order.sn,
            "package_number": package.number,
            "sls_tracking_number": package.tracking_number,
            "pick_up_done": package.picked_up_at is not None,
            "arrived_transit_warehouse": mile is not None and mile.status == FM_DELIVERED,
        }
        for package in found
    ]
    return rows, more, cursor


def warehouses(call: Call, method: str) -> list[TransitWarehouse]:
    """Return the transit warehouses for a shop's market."""
    return [one for one in WAREHOUSES if call.the_shop.region in one.markets and (not one.kind or method == DROPOFF)]


def day_of(call: Call, name: str) -> str:
    text = call.text(name, required=True)
    try:
        return date.fromisoformat(text).isoformat() if len(text) == 10 else _no_day(name)
    except ValueError:
        return _no_day(name)


def _no_day(name: str) -> str:
    raise wrong(name, "YYYY-MM-DD")


def _region(call: Call, merchant: Merchant) -> str:
    region = call.text("region", default=merchant.region)
    if region not in CHANNELS:
        raise Problem("firstmile.area_not_support", "The area is not supported.")
    return region


def _concerns(call: Call, mile: FirstMile) -> bool:
    """Tell whether a number was made or is used by the calling shop."""
    shop = call.the_shop
    return mile.shop_id == shop.shop_id or any(one.order.shop is shop for one in mile.packages.values())
