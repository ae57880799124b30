"""The orders that calls of first mile name: found, checked, and each told its outcome."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from integrations.simulator.shopee_order_life import uses_first_mile
from integrations.simulator.shopee_orders import trade_of
from integrations.simulator.shopee_parties import Merchant
from integrations.simulator.shopee_protocol import Call, Problem
from integrations.simulator.shopee_trade import IN_CANCEL, REQUEST_CREATED, Package

Row = dict[str, Any]
MOST = 50


@dataclass(slots=True)
class Done:
    """The outcome of each order."""

    good: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)


def right_of(call: Call) -> Merchant:
    """Return the merchant of a shop that has the right to first mile."""
    merchant = call.shopee.merchant_of(call.the_shop)
    denied = call.the_shop.shop_id in trade_of(call).no_first_mile
    if merchant is None or denied or not uses_first_mile(call.shopee, call.the_shop):
        raise Problem("firstmile.shipment_auth", "The shop has no permission of first mile.")
    return merchant


def rows_asked(call: Call) -> list[Row]:
    """Return the orders that a call names; none of them twice."""
    rows = call.items("order_list", most=MOST)
    named = [(row.get("order_sn"), row.get("package_number") or "") for row in rows]
    if len(set(named)) < len(named):
        raise Problem("firstmile.param_duplication", "An order is in the call more than once.")
    return rows


def each_order(
    call: Call, rows: list[Row], act: Callable[[Package, Row], None], *, names: tuple[str, ...] = ()
) -> Done:
    """Do something with the package of each order; if all fail, the call fails."""
    done = Done()
    for given in rows:
        row: Row = {"order_sn": given.get("order_sn"), "package_number": given.get("package_number") or ""}
        own: Row = {}
        try:
            act(_package(call, given), own)
        except Problem as problem:
            failure = {"fail_error": problem.code, "fail_message": problem.message}
            done.failed.append(row | failure)
            done.rows.append(row | failure)
        else:
            extra = {name: own.get(name, "") for name in names}
            done.good.append(row | extra)
            done.rows.append(row | extra | {"fail_error": "", "fail_message": ""})
    if not done.good:
        text = "All orders of the call failed."
        raise Problem("firstmile.batch_api_all_failed", text, response={"order_list": done.rows})
    return done


def _package(call: Call, row: Row) -> Package:
    order = trade_of(call).order(call.the_shop.shop_id, str(row.get("order_sn") or ""))
    if order is None:
        raise Problem("firstmile.order_not_exist", "The order is not exist.")
    number = row.get("package_number")
    if not number and order.split:
        raise Problem("firstmile.order_has_been_split", "The order has been split, please give the package_number.")
    package = order.package(str(number)) if number else order.packages[0]
    if package is None:
        raise Problem("firstmile.invalid_package", "The package is invalid.")
    if package.status != REQUEST_CREATED or order.status == IN_CANCEL:
        raise Problem("firstmile.invalid_order_status", "The order status is invalid.")
    return package
