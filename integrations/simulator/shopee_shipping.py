"""Shopee: logistics; addresses, and shipments arranged, once for each package."""

from typing import Any

from integrations.simulator.shopee_order_life import PLATFORM, give_number, number_made, pick_up
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, wrong
from integrations.simulator.shopee_trade import (
    FAILED,
    NOT_START,
    PICKUP_RETRY,
    READY,
    READY_TO_SHIP,
    RETRY_SHIP,
    Address,
    Order,
    Package,
)
from integrations.simulator.shopee_ways import (
    DEFAULT,
    NON_INTEGRATED,
    PICK_UP,
    PICKUP,
    RETURN,
    addresses_of,
    check_pickup,
    chosen,
    parameters,
    set_kinds,
)
from integrations.simulator.world import World

# set_address_config spells one of them otherwise than get_address_list.
CONFIGURED = {"DEFAULT_ADDRESS": DEFAULT, "PICKUP_ADDRESS": PICK_UP, "RETURN_ADDRESS": RETURN}
BATCH_CHANNEL = 90_003


@endpoint("GET", "/api/v2/logistics/get_address_list", Level.SHOP)
def get_address_list(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_address_list."""
    rows = addresses_of(call.shopee, call.the_shop)
    shown = trade_of(call).show_pickup.get(call.the_shop.shop_id, True)
    return {"show_pickup_address": shown, "address_list": [_address(row) for row in rows]}


@endpoint("POST", "/api/v2/logistics/set_address_config", Level.SHOP)
def set_address_config(call: Call) -> None:
    """Shopee: logistics.set_address_config; its PICKUP_ADDRESS is PICK_UP_ADDRESS in the list."""
    config = call.mapping("address_type_config")
    if "show_pickup_address" not in call.body and not config:
        raise Problem("error_param", "Wrong parameters, detail: show_pickup_address is required.")
    rows = addresses_of(call.shopee, call.the_shop)
    if config:
        row = next((one for one in rows if one.address_id == config.get("address_id")), None)
        if row is None:
            raise Problem("error_not_found", "Wrong parameters, detail: the address is not found.")
        kinds = config.get("address_type")
        if not isinstance(kinds, list) or not kinds or any(kind not in CONFIGURED for kind in kinds):
            raise wrong("address_type", "a list of DEFAULT_ADDRESS, PICKUP_ADDRESS, RETURN_ADDRESS")
        set_kinds(rows, row, [CONFIGURED[kind] for kind in kinds])
    if "show_pickup_address" in call.body:
        trade_of(call).show_pickup[call.the_shop.shop_id] = call.boolean("show_pickup_address")
    call.enter("address_configs", address_id=config.get("address_id"), types=config.get("address_type"))


@endpoint("GET", "/api/v2/logistics/get_shipping_parameter", Level.SHOP)
def get_shipping_parameter(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_shipping_parameter; one key for each way to ship, of which one is to be chosen."""
    package = package_asked(call)
    if problem := not_shippable(package):
        raise problem
    return parameters(call.shopee, package, call.now)


@endpoint("POST", "/api/v2/logistics/ship_order", Level.SHOP)
def ship_order(call: Call) -> None:
    """Shopee: logistics.ship_order; arranges a shipment, and refuses to do so twice."""
    order = _order(call)
    number = call.given("package_number")
    try:
        package = _to_ship(order, number)
        ship(call, package, call.body)
    except Problem as problem:
        facts = {"package_number": number or "", "code": problem.code}
        call.enter("arrange_refusals", order_sn=order.sn, **facts)
        raise


@endpoint("POST", "/api/v2/logistics/update_shipping_order", Level.SHOP)
def update_shipping_order(call: Call) -> None:
    """Shopee: logistics.update_shipping_order; another address or time after a pick-up that failed."""
    package = package_asked(call)
    details = call.mapping("pickup", required=True)
    if package.status != PICKUP_RETRY or package.arranged or package.way != PICKUP:
        raise Problem("logistics.order_not_ready_to_update", "The order is not ready to be updated.")
    check_pickup(call.shopee, package, details, ["address_id", "pickup_time_id"], call.now)
    if all(package.details.get(name) == details[name] for name in ("address_id", "pickup_time_id")):
        raise Problem("logistics.update_shipping_order_no_param_change", "There is no change of the parameters.")
    package.details, package.arranged_at = dict(details), call.now
    facts = {"address_id": details["address_id"], "pickup_time_id": details["pickup_time_id"]}
    call.enter("rearranged", order_sn=package.order.sn, package_number=package.number, **facts)
    number_made(call.world, package, call.now, number=package.tracking_number)


@endpoint("POST", "/api/v2/logistics/batch_ship_order", Level.SHOP)
def batch_ship_order(call: Call) -> None:
    """Shopee: logistics.batch_ship_order; only for one channel of Brazil, which no shop of this world has."""
    call.items("order_list")
    raise Problem("logistics.error_param", f"The API is only available for the channel {BATCH_CHANNEL}.")


def ship(call: Call, package: Package, body: dict[str, Any]) -> None:
    """Arrange one package, or raise the documented refusal."""
    order = package.order
    if order.fulfillment == "fulfilled_by_shopee":
        raise Problem("logistics.ship_order_pff_init", "The order is fulfilled by Shopee.")
    if order.advance:
        raise Problem("logistics.error_booking_order", "The order is matched to a booking.")
    if package.arranged and package.status not in FAILED:
        raise Problem("logistics.package_already_shipped", "The package has been shipped.")
    if package.status not in (READY, PICKUP_RETRY) or order.status not in (READY_TO_SHIP, RETRY_SHIP):
        raise Problem("logistics.ship_order_not_ready_to_ship", "The order is not ready to ship.")
    way, details = chosen(call.shopee, package, body, call.now)
    arrange(call.world, package, way, details, call.now)


def arrange(world: World, package: Package, way: str, details: dict[str, Any], now: float) -> None:
    """Arrange a shipment: the carrier makes a number after a while; with the seller's own it is under way at once."""
    again = bool(package.way)
    package.way, package.details, package.arranged_at = way, dict(details), now
    package.updated_at = package.order.updated_at = now
    facts = {"package_number": package.number, "way": way, "details": dict(details), "again": again}
    account = f"shop:{package.order.shop.shop_id}"
    world.books.enter(PLATFORM, account, "arranged", now, order_sn=package.order.sn, **facts)
    if way == NON_INTEGRATED:
        give_number(world, package, details.get("tracking_number", ""), now)
        pick_up(world, package, now)
        return
    trade, stamp = world.shopee.trade, package.stamp

    def made(due: float) -> None:
        if package.stamp == stamp:
            number_made(world, package, due, number=details.get("tracking_number", ""))

    trade.later(now, trade.pace.tracking_seconds, made)


def package_asked(call: Call) -> Package:
    """Return the package that a call names: by number, or the only one of its order."""
    order, number = _order(call), call.text("package_number")
    if number:
        package = order.package(number)
        if package is None:
            raise Problem("logistics.package_number_not_exist", "The package_number is not exist.")
        return package
    if order.split:
        raise Problem("logistics.package_number_not_exist", "The order is split, the package_number is required.")
    return order.packages[0]


def not_shippable(package: Package) -> Problem | None:
    """Return why there are no shipping parameters for a package now."""
    order = package.order
    if package.status == NOT_START:
        text = "The order is being allocated, please wait until the allocate is completed."
        return Problem("logistics.error_param", text)
    ready = package.status in (READY, PICKUP_RETRY) and not package.arranged
    if not ready or order.status not in (READY_TO_SHIP, RETRY_SHIP):
        return Problem("error_status", "The order status is not ready to ship.")
    return None


def _order(call: Call) -> Order:
    sn = call.text("order_sn", required=True)
    order = trade_of(call).order(call.the_shop.shop_id, sn)
    if order is None:
        raise Problem("logistics.order_not_exist", "The order_sn is not exist.")
    return order


def _to_ship(order: Order, number: Any) -> Package:
    """Return the package of a ship_order: named if the order is split, and only then."""
    if number is not None and (not isinstance(number, str) or not number):
        raise Problem("error_param", "Wrong parameters, detail: package_number should not be empty.")
    if not order.split:
        if number is not None:
            text = "The order is not split, the package_number is not needed."
            raise Problem("logistics.ship_order_not_need_pacakge_number", text)  # spelt so
        return order.packages[0]
    if number is None:
        text = "The order is split, the package_number is required."
        raise Problem("logistics.ship_order_need_pacakge_number", text)
    package = order.package(number)
    if package is None:
        raise Problem("logistics.package_number_not_exist", "The package_number is not exist.")
    return package


def _address(row: Address) -> dict[str, Any]:
    return {
        "address_id": row.address_id,
        "region": row.region,
        "state": row.state,
        "city": row.city,
        "address": row.address,
        "zipcode": row.zipcode,
        "district": row.district,
        "town": "",
        "address_type": row.kinds,
    }
