"""Shopee: logistics; many packages of one channel and one place in a call, each with its own outcome."""

from collections.abc import Callable
from typing import Any

from integrations.simulator.shopee_packages import package_of
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, missing, wrong
from integrations.simulator.shopee_shipping import not_shippable, ship
from integrations.simulator.shopee_tracking import numbers
from integrations.simulator.shopee_trade import Package
from integrations.simulator.shopee_ways import NON_INTEGRATED, parameters

MOST = 50
OTHER_CHANNEL = "Package is not under the specified fulfilment channel"
OTHER_PLACE = "Package is not under the specified warehouse"
Outcome = tuple[list[dict[str, Any]], list[dict[str, str]]]


@endpoint("POST", "/api/v2/logistics/get_mass_shipping_parameter", Level.SHOP)
def get_mass_shipping_parameter(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_mass_shipping_parameter; the ways that the packages have in common."""
    found: list[Package] = []

    def take(package: Package) -> dict[str, Any]:
        if problem := not_shippable(package):
            raise problem
        found.append(package)
        return {}

    done, failed = _each(call, take)
    told: dict[str, Any] = {"info_needed": {}}
    if found:
        told = parameters(call.shopee, found[0], call.now)
        told.get("dropoff", {}).pop("slug_list", None)
    return {**told, "success_list": done, "fail_list": failed}


@endpoint("POST", "/api/v2/logistics/mass_ship_order", Level.SHOP)
def mass_ship_order(call: Call) -> Answer:
    """Shopee: logistics.mass_ship_order; the reference has its lists at the top, its sample in ``response``."""
    own_numbers = _own_numbers(call)

    def send(package: Package) -> dict[str, Any]:
        body = call.body
        if NON_INTEGRATED in body:
            body = {**body, NON_INTEGRATED: {"tracking_number": own_numbers.get(package.number, "")}}
        try:
            ship(call, package, body)
        except Problem as problem:
            facts = {"package_number": package.number, "code": problem.code}
            call.enter("arrange_refusals", order_sn=package.order.sn, **facts)
            raise
        return {}

    done, failed = _each(call, send)
    lists = {"success_list": done, "fail_list": failed}
    return Answer(None, beside=lists) if call.shopee.trade.switches.mass_on_top else Answer(lists)


@endpoint("POST", "/api/v2/logistics/get_mass_tracking_number", Level.SHOP)
def get_mass_tracking_number(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_mass_tracking_number; an absent number is empty, with a hint."""
    asked = set(call.text("response_optional_fields").split(","))
    done, failed = _each(call, lambda package: numbers(package, asked))
    return {"success_list": done, "fail_list": failed}


def _each(call: Call, act: Callable[[Package], dict[str, Any]]) -> Outcome:
    """Do something with each package that is of the same channel and place; what is refused goes to the failures."""
    rows = call.items("package_list", most=MOST)
    given = [row.get("package_number") for row in rows]
    if not all(isinstance(number, str) and number for number in given):
        raise missing("package_number")
    packages = [(str(number), package_of(call, str(number))) for number in given]
    first = next((package for _number, package in packages if package), None)
    channel_id = call.integer("logistics_channel_id") or (first.channel.channel_id if first else 0)
    place = call.text("product_location_id") or (first.location_id if first else "")
    done: list[dict[str, Any]] = []
    failed: list[dict[str, str]] = []
    for number, package in packages:
        reason = _stranger(package, channel_id, place)
        if package is not None and not reason:
            try:
                done.append({"package_number": number, **act(package)})
                continue
            except Problem as problem:
                reason = problem.message
        failed.append({"package_number": number, "fail_reason": reason})
    return done, failed


def _stranger(package: Package | None, channel_id: int, place: str) -> str:
    if package is None:
        return "The package_number is not exist."
    if package.channel.channel_id != channel_id:
        return OTHER_CHANNEL
    return "" if package.location_id == place else OTHER_PLACE


def _own_numbers(call: Call) -> dict[str, str]:
    """Return the tracking numbers that the seller gives, by package."""
    rows = call.mapping(NON_INTEGRATED).get("tracking_number") or []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise wrong("tracking_number", "list of objects")
    return {str(row.get("package_number")): str(row.get("tracking_number") or "") for row in rows}
