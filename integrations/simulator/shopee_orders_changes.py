"""What control can change about Shopee's orders: paces, switches, tracking numbers, the right to first mile."""

from collections.abc import Callable
from typing import Any

from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_order_life import give_number
from integrations.simulator.shopee_trade import Pace
from integrations.simulator.world import World

PACES = tuple(Pace.__slots__)


def change_orders(world: World, wanted: Fields) -> dict[str, Any]:
    """Set how long things take (null: until control says so), and how orders and documents behave."""
    wanted.only(*PACES, "unmasked", "failing_documents", "mass_on_top", "document_format")
    trade = world.shopee.trade
    for name in PACES:
        if name in wanted:
            setattr(trade.pace, name, wanted.number(name, default=None, low=0))
    switches = trade.switches
    for name in ("unmasked", "mass_on_top"):
        if name in wanted:
            setattr(switches, name, wanted.flag(name))
    if "failing_documents" in wanted:
        switches.failing_documents = wanted.integer("failing_documents", default=0, low=0) or 0
    switches.document_format = wanted.choice(
        "document_format", ("pdf", "zip", "html"), default=switches.document_format
    )
    told = {name: getattr(trade.pace, name) for name in PACES}
    return {**told, **{name: getattr(switches, name) for name in type(switches).__slots__}}


def change_package(world: World, wanted: Fields) -> dict[str, Any]:
    """Give a package another tracking number, as carriers sometimes do."""
    wanted.only("package_number", "tracking_number")
    package = world.shopee.trade.packages.get(wanted.text("package_number", required=True))
    if package is None or not package.tracking_number:
        raise BadField("package_number", "unknown, or without a number yet", "Give a package that has its number.")
    give_number(world, package, wanted.text("tracking_number", required=True), world.clock.now())
    return {"package_number": package.number, "tracking_number": package.tracking_number}


def change_first_mile(world: World, wanted: Fields) -> dict[str, Any]:
    """Take the right to first mile from a shop, or give it back."""
    wanted.only("shop_id", "right")
    shop_id = wanted.integer("shop_id", default=0) or 0
    if shop_id not in world.shopee.shops:
        raise BadField("shop_id", "missing or unknown", "Give one of GET /_control/world.")
    denied = world.shopee.trade.no_first_mile
    if wanted.flag("right"):
        denied.discard(shop_id)
    else:
        denied.add(shop_id)
    return {"shop_id": shop_id, "right": shop_id not in denied}


CHANGES: dict[str, Callable[[World, Fields], dict[str, Any]]] = {
    "orders": change_orders,
    "package": change_package,
    "first_mile": change_first_mile,
}
