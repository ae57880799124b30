"""How a package may be shipped: sellers' addresses, pick-up slots, branches, and what ship_order has to name."""

import zlib
from typing import Any

from integrations.simulator.shopee_order_life import uses_first_mile
from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_protocol import Problem, wrong
from integrations.simulator.shopee_trade import Address, Package
from integrations.simulator.shopee_world import ShopeeWorld

PICKUP, DROPOFF, NON_INTEGRATED = "pickup", "dropoff", "non_integrated"
WAYS = (PICKUP, DROPOFF, NON_INTEGRATED)
# What the list of a way may hold.
KNOWN_NEEDS = {
    PICKUP: ("address_id", "pickup_time_id", "tracking_number"),
    DROPOFF: ("branch_id", "sender_real_name", "tracking_no", "slug"),
    NON_INTEGRATED: ("tracking_no",),
}
DEFAULT, PICK_UP, RETURN, FIRST_MILE = (
    "DEFAULT_ADDRESS",
    "PICK_UP_ADDRESS",
    "RETURN_ADDRESS",
    "FIRST_MILE_PICKUP_ADDRESS",
)
SLOTS, DAY = 3, 86_400
SLUGS = (("seven-eleven", "7-ELEVEN"), ("hilife", "Hi-Life"))
Needs = dict[str, list[str]]


def ways_of(shopee: ShopeeWorld, package: Package) -> Needs:
    """Return the ways to ship a package, each with what it asks for."""
    order = package.order
    if order.ways is not None:
        return order.ways
    both = {DROPOFF: [], PICKUP: ["address_id", "pickup_time_id"]}
    if uses_first_mile(shopee, order.shop):
        special: dict[str, Needs] = {"TW": {DROPOFF: ["slug"]}, "VN": {PICKUP: ["address_id"]}}
        return special.get(order.shop.region, both if order.shop.region in ("MY", "SG") else {DROPOFF: []})
    if order.shop.region == "TH":
        return {DROPOFF: ["branch_id", "sender_real_name"]}
    return {**both, DROPOFF: ["branch_id"]}


def addresses_of(shopee: ShopeeWorld, shop: Shop) -> list[Address]:
    """Return the addresses of a shop: its merchant's warehouses, or, of a plain shop, the seller's home."""
    trade = shopee.trade
    if shop.shop_id not in trade.addresses:
        trade.addresses[shop.shop_id] = _made(shopee, shop)
    return trade.addresses[shop.shop_id]


def pickup_addresses(shopee: ShopeeWorld, shop: Shop) -> list[Address]:
    """Return where a carrier may fetch parcels."""
    return [one for one in addresses_of(shopee, shop) if PICK_UP in one.kinds]


def slots(now: float) -> list[dict[str, Any]]:
    """Return the next days on which a carrier comes, the first of them recommended."""
    first = int(now // DAY + 1) * DAY
    return [
        {
            "date": first + number * DAY,
            "time_text": "",
            "pickup_time_id": str(first + number * DAY),
            "flags": [] if number else ["recommended"],
        }
        for number in range(SLOTS)
    ]


def branches(shop: Shop) -> list[dict[str, Any]]:
    """Return where parcels may be dropped off."""
    first = zlib.crc32(shop.region.encode()) % 90_000 + 10_000
    return [
        {
            "branch_id": first + number,
            "region": shop.region,
            "state": "",
            "city": "Centre",
            "address": f"Service point {number + 1}",
            "zipcode": "",
            "district": "",
            "town": "",
        }
        for number in range(2)
    ]


def parameters(shopee: ShopeeWorld, package: Package, now: float) -> dict[str, Any]:
    """Return what get_shipping_parameter tells of a package."""
    needs, shop = ways_of(shopee, package), package.order.shop
    told: dict[str, Any] = {"info_needed": needs}
    if DROPOFF in needs:
        told[DROPOFF] = {"branch_list": branches(shop) if "branch_id" in needs[DROPOFF] else None}
        if "slug" in needs[DROPOFF]:
            told[DROPOFF]["slug_list"] = [{"slug": slug, "slug_name": name} for slug, name in SLUGS]
    if PICKUP in needs:
        times = slots(now) if "pickup_time_id" in needs[PICKUP] else []
        rows = [_pickup_row(address, times) for address in pickup_addresses(shopee, shop)]
        told[PICKUP] = {"address_list": rows or None}
    return told


def chosen(shopee: ShopeeWorld, package: Package, body: dict[str, Any], now: float) -> tuple[str, dict[str, Any]]:
    """Return the one way that a call chooses with its details, or refuse it as documented."""
    given = [way for way in WAYS if body.get(way) is not None]
    if len(given) != 1:
        text = "Please choose exactly one of pickup, dropoff and non_integrated."
        raise Problem("logistics.ship_order_only_support_one_type", text)
    way, needs = given[0], ways_of(shopee, package)
    details = body[way]
    if not isinstance(details, dict):
        raise wrong(way, "object")
    if way not in needs:
        raise Problem(f"logistics.ship_order_unsupport_{way}", f"The package does not support {way}.")
    if way == PICKUP:
        check_pickup(shopee, package, details, needs[PICKUP], now)
    elif way == DROPOFF:
        _check_dropoff(package, details, needs[DROPOFF])
    if "tracking_no" in needs[way] or "tracking_number" in needs[way]:
        number = details.get("tracking_number")
        if not isinstance(number, str) or not number:
            raise Problem("logistics.ship_order_need_tracking_number", "The tracking_number is required.")
    return way, details


def check_pickup(shopee: ShopeeWorld, package: Package, details: dict[str, Any], needs: list[str], now: float) -> None:
    """Refuse a pick-up without its address and slot, or with a slot that is gone."""
    lacking = Problem(
        "logistics.ship_order_need_address_pickup_time", "The address_id and pickup_time_id are required."
    )
    if "address_id" in needs:
        ident = details.get("address_id")
        if not ident:
            raise lacking
        if not any(one.address_id == ident for one in pickup_addresses(shopee, package.order.shop)):
            raise Problem("logistics.no_supported_pickup_address", "The pickup address is not supported.")
    if "pickup_time_id" in needs:
        slot = details.get("pickup_time_id")
        if not slot:
            raise lacking
        if not isinstance(slot, str):
            raise wrong("pickup_time_id", "string")
        if slot not in [one["pickup_time_id"] for one in slots(now)]:
            raise Problem(
                "logistics.ship_order_pickup_time_invalid", "The pickup time is invalid, please choose again."
            )


def _check_dropoff(package: Package, details: dict[str, Any], needs: list[str]) -> None:
    if "branch_id" in needs:
        branch_id = details.get("branch_id")
        if not branch_id:
            raise Problem("logistics.ship_order_need_branch_id", "The branch_id is required.")
        if not any(one["branch_id"] == branch_id for one in branches(package.order.shop)):
            raise Problem("logistics.no_supported_dropoff_branch", "The branch is not supported.")
    if "sender_real_name" in needs and not details.get("sender_real_name"):
        raise Problem("logistics.ship_order_need_sender_real_name", "The sender_real_name is required.")
    if "slug" in needs and details.get("slug") not in [slug for slug, _name in SLUGS]:
        raise Problem("logistics.error_param", "The slug is required, choose one of slug_list.")


def _pickup_row(address: Address, times: list[dict[str, Any]]) -> dict[str, Any]:
    flags = [kind.lower().replace("pick_up", "pickup") for kind in address.kinds]
    return {
        "address_id": address.address_id,
        "region": address.region,
        "state": address.state,
        "city": address.city,
        "district": address.district,
        "town": "",
        "address": address.address,
        "zipcode": address.zipcode,
        "address_flag": flags,
        "time_slot_list": times,
    }


def _made(shopee: ShopeeWorld, shop: Shop) -> list[Address]:
    merchant = shopee.merchant_of(shop)
    if merchant is None:
        kinds = [DEFAULT, PICK_UP, RETURN]
        return [Address(shop.shop_id % 100_000 + 1, shop.region, "", "Centre", "", "1 Seller Street", "50000", kinds)]
    rows = []
    for number, one in enumerate(shop.warehouses or merchant.warehouses):
        kinds = [PICK_UP] if number else [DEFAULT, PICK_UP, RETURN]
        if merchant.region == "CN":
            kinds.append(FIRST_MILE)
        rows.append(
            Address(one.warehouse_id % 1_000_000, one.region, "", one.city, "", one.address, one.zipcode, kinds)
        )
    return rows


def set_kinds(rows: list[Address], chosen_one: Address, kinds: list[str]) -> None:
    """Give an address its types; there is one default and one return address."""
    for kind in kinds:
        if kind in (DEFAULT, RETURN):
            for row in rows:
                row.kinds = [one for one in row.kinds if one != kind]
    chosen_one.kinds = list(dict.fromkeys([*chosen_one.kinds, *kinds]))
