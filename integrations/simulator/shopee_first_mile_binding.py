"""Shopee: first_mile; numbers generated, bound to packages, and let go."""

import re
from typing import Any

from integrations.simulator.shopee_first_mile import day_of, warehouses
from integrations.simulator.shopee_first_mile_life import (
    CHANNELS,
    DROPOFF,
    METHODS,
    MOST_BOUND,
    PICKUP,
    SELF_DELIVER,
    Error,
    bind,
    local_day,
    release,
)
from integrations.simulator.shopee_first_mile_orders import Row, each_order, right_of, rows_asked
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_parties import Merchant
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_trade import (
    FM_CANCELED,
    FM_DELIVERED,
    FM_RECEIVED,
    NOT_AVAILABLE,
    REQUEST_CREATED,
    FirstMile,
    Package,
)

MOST_A_DAY = 20
WAREHOUSE_REQUIRED_FROM = 1_777_564_800  # 2026-05-01 in UTC+8
OWN_NUMBER = re.compile(r"^[A-Za-z0-9]{6,40}$")


@endpoint("POST", "/api/v2/first_mile/generate_first_mile_tracking_number", Level.SHOP)
def generate_first_mile_tracking_number(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.generate_first_mile_tracking_number; at most twenty for a day."""
    merchant, day = right_of(call), day_of(call, "declare_date")
    if day < local_day(merchant, call.now):
        raise Problem("error_param", "Wrong parameters, detail: declare_date should not be earlier than today.")
    count = call.integer("quantity", low=1, high=MOST_A_DAY, default=1) or 1
    trade, shop_id = trade_of(call), call.the_shop.shop_id
    taken = sum(
        one.shop_id == shop_id and one.declare_date == day and not one.binding_id and one.method != DROPOFF
        for one in trade.first_miles.values()
    )
    if taken + count > MOST_A_DAY:
        raise Problem("firstmile.max_number_limit", f"At most {MOST_A_DAY} numbers for a declare date.")
    numbers = []
    for _ in range(count):
        number = (
            f"{merchant.region}F{730_000_000_000_000_000 + call.world.seed * 10**9 + next(trade.first_mile_numbers)}"
        )
        trade.first_miles[merchant.merchant_id, number] = FirstMile(merchant.merchant_id, shop_id, number, day)
        call.enter("first_mile_numbers", number=number, declare_date=day)
        numbers.append(number)
    return {"first_mile_tracking_number_list": numbers}


@endpoint("POST", "/api/v2/first_mile/bind_first_mile_tracking_number", Level.SHOP)
def bind_first_mile_tracking_number(call: Call) -> Answer:
    """Shopee: first_mile.bind_first_mile_tracking_number; orders of one shop under a number, each with its outcome."""
    merchant = right_of(call)
    number, method = call.text("first_mile_tracking_number", required=True), call.text("shipment_method", required=True)
    region = call.text("region", required=True)
    if region not in ("cn", "kr") or region.upper() != merchant.region:
        raise Problem("firstmile.area_not_support", "The area is not supported.")
    channel_id = _channel(call, merchant, method)
    for name in ("volume", "weight", "width", "length", "height"):
        call.number(name)
    warehouse = _warehouse(call, merchant, method)
    rows = rows_asked(call)
    mile = _mile(call, merchant, number, method)
    _check_bindable(mile, method)

    def act(package: Package, _row: Row) -> None:
        own = warehouse or _usual(call)
        if mile.packages and mile.warehouse_id != own:
            raise Error("FM Code WHSID can only bind SLS TN with the same WHSID")
        if len(mile.packages) >= MOST_BOUND:
            raise Error(f"One FM code takes at most {MOST_BOUND} orders")
        check_unbound(package, mile)
        mile.method, mile.channel_id, mile.warehouse_id = method, channel_id, own
        trade_of(call).first_miles[merchant.merchant_id, number] = mile
        bind(call.world, mile, package, call.now)

    done = each_order(call, rows, act)
    return Answer({"first_mile_tracking_number": number, "order_list": done.rows}, warning=done.failed)


@endpoint("POST", "/api/v2/first_mile/unbind_first_mile_tracking_number", Level.SHOP)
def unbind_first_mile_tracking_number(call: Call) -> Answer:
    """Shopee: first_mile.unbind_first_mile_tracking_number; those of Shopee's own courier only before he comes."""
    merchant = right_of(call)
    number = call.text("first_mile_tracking_number", required=True)
    rows = rows_asked(call)

    def act(package: Package, _row: Row) -> None:
        mile = package.first_mile
        if mile is None or (mile.merchant_id, mile.number) != (merchant.merchant_id, number):
            raise Problem("firstmile.package_has_not_bind", "The package is not bound to the number.")
        unbind(call, mile, package)

    done = each_order(call, rows, act)
    return Answer({"first_mile_tracking_number": number, "order_list": done.rows}, warning=done.failed)


@endpoint("POST", "/api/v2/first_mile/unbind_first_mile_tracking_number_all", Level.SHOP)
def unbind_first_mile_tracking_number_all(call: Call) -> dict[str, Any]:
    """Shopee: first_mile.unbind_first_mile_tracking_number_all; whatever the number."""
    right_of(call)

    def act(package: Package, row: Row) -> None:
        mile = package.first_mile
        if mile is None:
            raise Problem("firstmile.package_has_not_bind", "The package is not bound.")
        row |= {"binding_id": mile.binding_id, "first_mile_tracking_number": mile.number}
        unbind(call, mile, package)

    done = each_order(call, rows_asked(call), act, names=("binding_id", "first_mile_tracking_number"))
    plain = [{name: row[name] for name in row if not name.startswith("fail_")} for row in done.good]
    return {"success_list": plain, "fail_list": done.failed}


def unbind(call: Call, mile: FirstMile, package: Package) -> None:
    """Take a package off its number, unless a courier has it."""
    late = mile.method == PICKUP and mile.status != FM_RECEIVED
    if late or package.status != REQUEST_CREATED:
        raise Problem("firstmile.invalid_order_status", "The package can not be unbound in its status.")
    release(call.world, mile, package, call.now)


def check_unbound(package: Package, mile: FirstMile) -> None:
    if package.first_mile is mile:
        raise Problem("firstmile.package_has_bind", "The package is bound already.")
    if package.first_mile is not None:
        raise Error("The SLS TN is tied to another FM code")


def _check_bindable(mile: FirstMile, method: str) -> None:
    if mile.method and mile.packages and mile.method != method:
        raise Error("One FM code cannot be predeclared with different shipping methods")
    if mile.status == FM_DELIVERED:
        raise Error("You used a Delivered FM code, please use a new FM code.")
    if mile.status == FM_CANCELED or (method == PICKUP and mile.status not in (NOT_AVAILABLE, FM_RECEIVED)):
        raise Error(f"The FM code is {mile.status} and takes no more orders")


def _mile(call: Call, merchant: Merchant, number: str, method: str) -> FirstMile:
    """Return the number's record: generated ones must be known, a courier's own number comes with its first order."""
    known = trade_of(call).first_miles.get((merchant.merchant_id, number))
    if known is not None:
        return known
    if method != DROPOFF:
        raise Error("The FM code does not exist")
    if not OWN_NUMBER.match(number):
        raise Problem(
            "error_param", "Wrong parameters, detail: first_mile_tracking_number is 6 to 40 letters or digits."
        )
    return FirstMile(merchant.merchant_id, call.the_shop.shop_id, number, local_day(merchant, call.now))


def _channel(call: Call, merchant: Merchant, method: str) -> int | None:
    """Return the channel, which has to be one of the method; whoever delivers himself needs none."""
    if method not in METHODS:
        raise Problem("firstmile.wrong_shipment_method", "The shipment method is wrong.")
    if "logistics_channel_id" not in call.body:
        raise missing("logistics_channel_id")
    channel_id = call.integer("logistics_channel_id")
    if channel_id is None and method == SELF_DELIVER:
        return None
    fitting = [ident for ident, _name, way in CHANNELS[merchant.region] if way == method]
    if channel_id not in fitting:
        raise Problem("firstmile.wrong_shipment_method", "The channel does not fit the shipment method.")
    return channel_id


def _warehouse(call: Call, merchant: Merchant, method: str) -> str:
    """Return the warehouse that is named; drop-off has to name one since May 2026."""
    ident, kind = call.text("warehouse_id"), call.integer("warehouse_type", low=0, high=1)
    if method == DROPOFF and merchant.region == "CN" and call.now >= WAREHOUSE_REQUIRED_FROM:
        if not ident:
            raise missing("warehouse_id")
        if kind is None:
            raise missing("warehouse_type")
    if ident and not any(one.warehouse_id == ident and kind in (None, one.kind) for one in warehouses(call, method)):
        raise Problem("error_param", "Wrong parameters, detail: the warehouse is not found.")
    return ident


def _usual(call: Call) -> str:
    found = warehouses(call, PICKUP)
    return found[0].warehouse_id if found else ""
