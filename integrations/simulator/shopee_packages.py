"""Shopee: order; packages searched and shown, orders split into several and put together again."""

from typing import Any

from integrations.simulator import shopee_cursors
from integrations.simulator.shopee_order_shapes import (
    PENDING_WORDS,
    can_cancel,
    can_cancel_partly,
    part_shape,
    recipient,
    whole,
)
from integrations.simulator.shopee_orders import MOST_ASKED, MOST_ON_PAGE, order_asked, trade_of
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, wrong
from integrations.simulator.shopee_trade import (
    NOT_START,
    PICKUP_RETRY,
    READY,
    READY_TO_SHIP,
    REQUEST_CREATED,
    Line,
    Order,
    Package,
    Part,
)

# What package_status of search_package_list stands for.
SEARCHED = {
    0: (NOT_START, READY, PICKUP_RETRY, REQUEST_CREATED),
    1: (NOT_START,),
    2: (READY, PICKUP_RETRY),
    3: (REQUEST_CREATED,),
}
UNREAD_FILTERS = ("sorting_group", "order_type", "is_pre_order", "shipping_priority")
MOST_PACKAGES, MOST_PACKAGES_TW = 5, 30
DAY = 86_400


@endpoint("POST", "/api/v2/order/search_package_list", Level.SHOP)
def search_package_list(call: Call) -> dict[str, Any]:
    """Shopee: order.search_package_list; what is to process, unless another status is asked for."""
    wanted, paging, sort = call.mapping("filter"), call.mapping("pagination", required=True), call.mapping("sort")
    size = _whole(paging, "page_size", None, 1, MOST_ON_PAGE)
    statuses = SEARCHED[_whole(wanted, "package_status", 2, 0, 3)]
    fulfillment = _whole(wanted, "fulfillment_type", 2, 0, 2)
    for name in UNREAD_FILTERS:
        _whole(wanted, name, 0, 0, 1000)
    places, channels = wanted.get("product_location_ids") or [], wanted.get("logistics_channel_ids") or []
    kind, ascending = _whole(sort, "sort_type", 1, 1, 3), sort.get("ascending", True)
    if not isinstance(ascending, bool):
        raise wrong("ascending", "boolean")
    if wanted.get("invoice_pending"):
        statuses = ()  # no market of this world asks for invoices
    chosen = [
        package
        for order in trade_of(call).orders_of(call.the_shop.shop_id)
        if not fulfillment or (fulfillment == 1) == (order.fulfillment == "fulfilled_by_shopee")
        for package in order.packages
        if package.status in statuses
        and (not places or package.location_id in places)
        and (not channels or package.channel.channel_id in channels)
    ]

    def key(package: Package) -> tuple[float, str]:
        order = package.order
        at = {1: order.ship_by, 2: order.created_at, 3: order.paid_at}[kind]
        return at or 0.0, package.number

    cursor = shopee_cursors.text(paging.get("cursor"))
    found, more, cursor = shopee_cursors.page(chosen, cursor, size, key, ascending=ascending)
    return {
        "packages_list": [_row(package) for package in found],
        "pagination": {"total_count": len(chosen), "next_cursor": cursor, "more": more},
        "sort": {"sort_type": kind, "is_asc": ascending},
    }


@endpoint("GET", "/api/v2/order/get_package_detail", Level.SHOP)
def get_package_detail(call: Call) -> Answer:
    """Shopee: order.get_package_detail, up to fifty."""
    given = [part.strip() for part in call.text("package_number_list", required=True).split(",") if part.strip()]
    if not 1 <= len(given) <= MOST_ASKED:
        raise Problem("error_param", f"Wrong parameters, detail: package_number_list takes 1 to {MOST_ASKED}.")
    packages = [(number, package_of(call, number)) for number in dict.fromkeys(given)]
    if not any(package for _number, package in packages):
        raise Problem("error_not_found", "Wrong parameters, detail: the package is not found.")
    shown = [_detail(call, package) for _number, package in packages if package]
    return Answer({"package_list": shown}, warning=[number for number, package in packages if package is None])


@endpoint("POST", "/api/v2/order/split_order", Level.SHOP)
def split_order(call: Call) -> dict[str, Any]:
    """Shopee: order.split_order; all of an order into two packages or more, no model in two of them."""
    order = order_asked(call)
    rows = call.items("package_list")
    most = MOST_PACKAGES_TW if order.shop.region == "TW" else MOST_PACKAGES
    if order.split:
        raise Problem("order.order_has_been_split", "The order has been split.")
    if order.fulfillment == "fulfilled_by_shopee":
        raise Problem("order.order_cannot_split_pff", "The order is fulfilled by Shopee and can not be split.")
    if not can_split(order):
        raise Problem("order.order_cannot_split", "The order can not be split.")
    if not 2 <= len(rows) <= most:
        raise Problem("error_param", f"Wrong parameters, detail: package_list takes 2 to {most} packages.")
    divided = _divided(order, rows)
    first = order.packages[0]
    first.parts, first.updated_at = divided[0], call.now
    first.stamp += 1
    for parts in divided[1:]:
        call.shopee.trade.new_package(order, parts, READY, call.now)
    order.updated_at = call.now
    call.enter("splits", order_sn=order.sn, package_numbers=[package.number for package in order.packages])
    shown = [_split_row(package) for package in order.packages]
    return {"order_sn": order.sn, "package_list": shown}


@endpoint("POST", "/api/v2/order/unsplit_order", Level.SHOP)
def unsplit_order(call: Call) -> None:
    """Shopee: order.unsplit_order; one package again, while nothing of it was shipped."""
    order = order_asked(call)
    if not order.split:
        raise Problem("order.order_unsplit_failed", "The order is not split.")
    if not can_unsplit(order):
        raise Problem("order.order_cannot_undo_split", "A package of the order is shipped already.")
    first, *others = order.packages
    for package in others:
        first.parts.extend(package.parts)
        del call.shopee.trade.packages[package.number]
    order.packages = [first]
    order.updated_at = first.updated_at = call.now
    call.enter("unsplits", order_sn=order.sn, package_number=first.number)


def package_of(call: Call, number: str) -> Package | None:
    """Return a package of the shop."""
    package = trade_of(call).packages.get(number)
    return package if package is not None and package.order.shop is call.the_shop else None


def can_split(order: Order) -> bool:
    """Tell whether an order can be split: ready to ship, nothing arranged, more than one line."""
    untouched = not any(package.arranged for package in order.packages)
    return order.status == READY_TO_SHIP and untouched and len([one for one in order.lines if one.active]) > 1


def can_unsplit(order: Order) -> bool:
    """Tell whether a split can be undone."""
    untouched = all(package.status == READY and not package.arranged for package in order.packages)
    return order.split and order.status == READY_TO_SHIP and untouched


def _divided(order: Order, rows: list[dict[str, Any]]) -> list[list[Part]]:
    """Return the parts of each package, refused unless each line is in exactly one of them, whole."""
    placed: dict[int, Part] = {}
    divided = []
    for row in rows:
        items = row.get("item_list")
        if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
            raise wrong("item_list", "list of objects")
        parts = []
        for item in items:
            line = _line(order, item)
            if id(line) in placed:
                raise Problem("order.order_split_duplicate_item", "An item is in more than one package.")
            if item.get("model_quantity") not in (None, line.active):
                raise Problem("order.order_split_wrong_item_quantity", "The same model can not be divided.")
            part = Part(line, line.active)
            placed[id(line)] = part
            parts.append(part)
        divided.append(parts)
    if any(id(line) not in placed for line in order.lines if line.active):
        raise Problem("order.order_split_package_missing_item", "The packages must name all items of the order.")
    return divided


def _line(order: Order, item: dict[str, Any]) -> Line:
    for line in order.lines:
        if line.active and (line.item_id, line.model_id) == (item.get("item_id"), item.get("model_id")):
            return line
    raise Problem("order.order_split_item_not_exist", "The item is not in the order.")


def _whole(given: dict[str, Any], name: str, default: int | None, low: int, high: int) -> int:
    """Return a whole number of an object in the body."""
    value = given.get(name, default)
    if value is None:
        raise Problem("error_param", f"Wrong parameters, detail: {name} is required.")
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(name, "integer")
    if not low <= value <= high:
        raise Problem("error_param", f"Wrong parameters, detail: {name} should be between {low} and {high}.")
    return value


def _row(package: Package) -> dict[str, Any]:
    return {
        "order_sn": package.order.sn,
        "package_number": package.number,
        "logistics_channel_id": package.channel.channel_id,
        "product_location_id": package.location_id,
        "sorting_group": "",
        "is_shipment_arranged": package.arranged,
    }


def _split_row(package: Package) -> dict[str, Any]:
    items = [
        {name: value for name, value in part_shape(part).items() if name != "product_location_id"}
        for part in package.parts
    ]
    return {"package_number": package.number, "item_list": items}


def _detail(call: Call, package: Package) -> dict[str, Any]:
    order = package.order
    skus = [{"item_sku": part.line.item_sku, "model_sku": part.line.model_sku} for part in package.parts]
    return {
        "order_sn": order.sn,
        "package_number": package.number,
        "fulfillment_status": package.status,
        "update_time": int(package.updated_at),
        "logistics_channel_id": package.channel.channel_id,
        "shipping_carrier": package.channel.name,
        "allow_self_design_awb": False,
        "days_to_ship": order.days_to_ship,
        "ship_by_date": whole(order.ship_by),
        "pending_terms": [order.pending] if order.pending else None,
        "pending_description": [PENDING_WORDS[order.pending]] if order.pending else None,
        "tracking_number": package.tracking_number,
        "tracking_number_expiration_date": 0,
        "pickup_done_time": whole(package.picked_up_at),
        "is_split_up": order.split,
        "item_list": [part_shape(part) | sku for part, sku in zip(package.parts, skus, strict=True)],
        "recipient_address": recipient(call, order),
        "parcel_chargeable_weight_gram": package.grams,
        "group_shipment_id": 0,
        "virtual_contact_number": "",
        "package_query_number": "",
        "sorting_group": "",
        "is_shipment_arranged": package.arranged,
        "status_info_tag": _tag(call, package),
        "can_split_order": can_split(order),
        "can_unsplit_order": can_unsplit(order),
        "is_pre_order": False,
        "is_buyer_shop_collection": False,
        "buyer_proof_of_collection": None,
        "preparation_end_time": 0,
        "can_full_cancel_order": can_cancel(order),
        "can_partial_cancel_order": can_cancel_partly(order),
        "buyer_preference_for_partial_cancellation": 0,
        "invoice_pending": None,
    }


def _tag(call: Call, package: Package) -> dict[str, int]:
    """Tell what the seller centre says of the time that is left: nothing, ship before, late, about to be cancelled."""
    order, late = package.order, call.shopee.trade.pace.late_seconds
    if package.status not in (READY, PICKUP_RETRY) or package.arranged or order.ship_by is None:
        return {"tag_id": 0, "timestamp": 0}
    end = None if late is None else order.ship_by + late
    if end is not None and end - DAY <= call.now:
        return {"tag_id": 1, "timestamp": int(end)}
    if call.now >= order.ship_by:
        return {"tag_id": 3, "timestamp": int(order.ship_by)}
    return {"tag_id": 2, "timestamp": int(order.ship_by)}
