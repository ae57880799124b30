"""Shopee: logistics; tracking numbers, which take their time, and the checkpoints of a parcel."""

from typing import Any

from integrations.simulator.shopee_protocol import Call, Level, endpoint
from integrations.simulator.shopee_shipping import package_asked
from integrations.simulator.shopee_trade import DELIVERY_FAILED, Package

NOT_ARRANGED = "The shipment of the package is not arranged yet."
BEING_MADE = "The tracking number is being generated, please try again later."


@endpoint("GET", "/api/v2/logistics/get_tracking_number", Level.SHOP)
def get_tracking_number(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_tracking_number; empty, with a hint, until the carrier has made one."""
    package = package_asked(call)
    return numbers(package, set(call.text("response_optional_fields").split(",")))


@endpoint("GET", "/api/v2/logistics/get_tracking_info", Level.SHOP)
def get_tracking_info(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_tracking_info; newest first, null before there is anything to tell."""
    package = package_asked(call)
    rows = [
        {"update_time": int(event.at), "description": event.text, "logistics_status": event.status, "return_code": ""}
        for event in reversed(package.events)
    ]
    back = [{"update_time": int(event.at), "description": event.text} for event in reversed(package.back)]
    failed = package.status == DELIVERY_FAILED
    return {
        "order_sn": package.order.sn,
        "package_number": package.number,
        "logistics_status": package.status,
        "tracking_info": rows or None,
        "collection_pin_code": "",
        "reversed_tracking_number": f"R{package.tracking_number}" if failed else "",
        "reversed_courier_name": package.channel.name if failed else "",
        "reversed_tracking_info": back or None,
    }


def numbers(package: Package, asked: set[str]) -> dict[str, Any]:
    """Return the numbers of a package; some come only if they are asked for."""
    hint = ""
    if not package.tracking_number:
        hint = BEING_MADE if package.arranged else NOT_ARRANGED
    first_mile = package.first_mile.number if package.first_mile else ""
    optional = {
        "plp_number": "",
        "first_mile_tracking_number": first_mile,
        "last_mile_tracking_number": f"LM{package.tracking_number}" if package.picked_up_at else "",
    }
    told = {"tracking_number": package.tracking_number, "hint": hint, "pickup_code": ""}
    return told | {name: value for name, value in optional.items() if name in asked}
