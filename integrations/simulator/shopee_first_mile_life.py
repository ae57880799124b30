"""First mile: channels and warehouses, and how a number with its parcels gets to the transit warehouse."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from integrations.simulator.shopee_order_life import PLATFORM, enter, pick_up, unbind
from integrations.simulator.shopee_parties import Merchant
from integrations.simulator.shopee_protocol import Problem
from integrations.simulator.shopee_trade import (
    FM_CANCELED,
    FM_CREATED,
    FM_DELIVERED,
    FM_PICKED_UP,
    FM_RECEIVED,
    IN_CANCEL,
    NOT_AVAILABLE,
    REQUEST_CREATED,
    FirstMile,
    Package,
)
from integrations.simulator.world import World

PICKUP, DROPOFF, SELF_DELIVER, COURIER = "pickup", "dropoff", "self_deliver", "courier_delivery"
METHODS = (PICKUP, DROPOFF, SELF_DELIVER)
SCANNED_BY_COURIER = (PICKUP, COURIER)
SHOPEE_CHANNEL, SELF_CHANNEL = 813, 0
PAY_OFFLINE, PREPAID = 1_010_003, 1_010_004
MOST_BOUND = 10_000
# id, name, method
CHANNELS = {
    "CN": (
        (SHOPEE_CHANNEL, "shopee", PICKUP),
        (SELF_CHANNEL, "Self Deliver", SELF_DELIVER),
        (1001, "SF Express", DROPOFF),
        (1002, "ZTO Express", DROPOFF),
    ),
    "KR": (
        (SHOPEE_CHANNEL, "shopee", PICKUP),
        (SELF_CHANNEL, "Self Deliver", SELF_DELIVER),
        (2001, "CJ Logistics", DROPOFF),
        (2002, "Hanjin Express", DROPOFF),
    ),
}
COURIERS = (("ZTO", "ZTO-STD", "ZTO Standard"), ("SF", "SF-STD", "SF Standard"))
PRODUCTS = ((PAY_OFFLINE, "Courier, paid offline"), (PREPAID, "Courier, prepaid account"))


@dataclass(frozen=True, slots=True)
class TransitWarehouse:
    """Where parcels for some markets are gathered; kind 0 is Shopee's own, 1 a vendor's, only for drop-off."""

    warehouse_id: str
    name: str
    name_cn: str
    kind: int
    markets: tuple[str, ...]


WAREHOUSES = (
    TransitWarehouse("SZX01", "Shenzhen", "深圳仓", 0, ("MY", "SG", "PH", "TH", "VN")),
    TransitWarehouse("QZN01", "Quanzhou", "泉州仓", 0, ("TW",)),
    TransitWarehouse("YIW01", "Yiwu", "义乌仓", 0, ("BR", "MX")),
    TransitWarehouse("DGV01", "Dongguan Vendor", "东莞代理仓", 1, ("MY", "SG", "PH", "TH", "VN")),
)


class Error(Problem):
    """A refusal of first mile that has no code of its own."""

    def __init__(self, message: str) -> None:
        super().__init__("firstmile.error", message)


def local_day(merchant: Merchant, now: float) -> str:
    """Return the day where the merchant is, as declare dates are written."""
    hours = 9 if merchant.region == "KR" else 8
    return datetime.fromtimestamp(now, timezone(timedelta(hours=hours))).date().isoformat()


def set_fm_status(world: World, mile: FirstMile, status: str, at: float) -> None:
    """Give a number its status; the books hear of it."""
    before, mile.status = mile.status, status
    mile.stamp += 1
    facts = {"number": mile.number, "binding_id": mile.binding_id, "from": before, "to": status}
    world.books.enter(PLATFORM, f"shop:{mile.shop_id}", "first_mile_status", at, **facts)


def bind(world: World, mile: FirstMile, package: Package, at: float) -> None:
    """Put a package under a number; the first one sets it in motion."""
    package.first_mile = mile
    mile.packages[package.number] = package
    facts = {"number": mile.number, "binding_id": mile.binding_id, "method": mile.method}
    enter(world, package.order, "first_mile_bindings", at, package_number=package.number, **facts)
    if mile.status == NOT_AVAILABLE:
        begin(world, mile, at)


def begin(world: World, mile: FirstMile, at: float) -> None:
    """Set a number in motion."""
    set_fm_status(world, mile, FM_CREATED, at)
    trade, stamp = world.shopee.trade, mile.stamp

    def received(due: float) -> None:
        if mile.stamp == stamp:
            receive(world, mile, due)

    if trade.pace.received_seconds == 0:
        receive(world, mile, at)
    else:
        trade.later(at, trade.pace.received_seconds, received)


def receive(world: World, mile: FirstMile, at: float) -> None:
    """Let the carrier have the order; a courier comes, or the seller's parcels travel by themselves."""
    set_fm_status(world, mile, FM_RECEIVED, at)
    pace, stamp = world.shopee.trade.pace, mile.stamp
    fetched = mile.method in SCANNED_BY_COURIER

    def go_on(due: float) -> None:
        if mile.stamp == stamp:
            (fetch if fetched else arrive)(world, mile, due)

    world.shopee.trade.later(at, pace.pickup_seconds if fetched else pace.transit_seconds, go_on)


def fetch(world: World, mile: FirstMile, at: float) -> None:
    """Let the courier scan the parcels: their orders are shipped."""
    set_fm_status(world, mile, FM_PICKED_UP, at)
    _scan(world, mile, at)
    trade, stamp = world.shopee.trade, mile.stamp
    trade.later(at, trade.pace.transit_seconds, lambda due: arrive(world, mile, due) if mile.stamp == stamp else None)


def arrive(world: World, mile: FirstMile, at: float) -> None:
    """Let the transit warehouse scan what has not been scanned."""
    set_fm_status(world, mile, FM_DELIVERED, at)
    _scan(world, mile, at)


def cancel(world: World, mile: FirstMile, at: float) -> None:
    """Give up a number; its parcels are free again."""
    for package in list(mile.packages.values()):
        if package.status == REQUEST_CREATED:
            release(world, mile, package, at)
    set_fm_status(world, mile, FM_CANCELED, at)


def release(world: World, mile: FirstMile, package: Package, at: float) -> None:
    """Take a package off a number; without any, the number waits again."""
    unbind(world, package, at)
    if not mile.packages and mile.status in (FM_CREATED, FM_RECEIVED):
        set_fm_status(world, mile, NOT_AVAILABLE, at)


def _scan(world: World, mile: FirstMile, at: float) -> None:
    for package in list(mile.packages.values()):
        if package.status == REQUEST_CREATED and package.order.status != IN_CANCEL:
            pick_up(world, package, at)
