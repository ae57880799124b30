"""What buyers do at Shopee when control says so: they order, cancel, and send back."""

import random
from typing import Any

from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_buyers import (
    OutOfStock,
    default_fulfillment,
    line_of,
    make_order,
    on_sale,
    random_lines,
    take_stock,
    unknown_line,
)
from integrations.simulator.shopee_catalog import Catalog, Model, ShopItem
from integrations.simulator.shopee_order_life import (
    ask_cancel,
    cancel,
    enter,
    give_back,
    pay,
    placed,
    set_status,
)
from integrations.simulator.shopee_order_shapes import PENDING_WORDS, can_cancel_freely
from integrations.simulator.shopee_parties import Channel, Shop
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_trade import (
    PENDING,
    PROCESSED,
    READY_TO_SHIP,
    RETRY_SHIP,
    SHIPPED,
    TO_CONFIRM_RECEIVE,
    TO_RETURN,
    UNPAID,
    Line,
    Order,
)
from integrations.simulator.shopee_ways import KNOWN_NEEDS
from integrations.simulator.world import World

MOST = 10_000
FULFILLMENTS = ("fulfilled_by_cb_seller", "fulfilled_by_local_seller", "fulfilled_by_shopee")
NAMES = ("shop_id", "count", "lines", "paid", "pays_after_s", "cod", "pending", "channel_id", "message", "fulfillment")
MORE_NAMES = ("advance", "ways", "created_ago_s", "cancel", "reason", "outright", "ask", "return")


def orders(world: World, fields: Fields) -> dict[str, Any]:
    """Let buyers order, cancel orders of theirs, or send parcels back."""
    fields.only("platform", *NAMES, *MORE_NAMES)
    catalog = ready(world)
    if "cancel" in fields:
        return _cancel(world, fields)
    if "return" in fields:
        return _return(world, fields)
    shop = world.shopee.shops.get(fields.integer("shop_id", default=0) or 0)
    if shop is None:
        raise BadField("shop_id", "missing or unknown", "Give one of GET /_control/world.")
    count = fields.integer("count", default=1, low=1, high=MOST) or 1
    columns = _columns(world, fields, shop)
    channel, pays_after = _channel(fields, shop), fields.number("pays_after_s", default=None, low=0)
    at = world.clock.now() - (fields.number("created_ago_s", default=0, low=0) or 0)
    made = []
    for number, lines in _planned(world, catalog, fields, shop, count):
        days = max((catalog.items[one.item_id].days_to_ship for one in lines if one.model is not None), default=2)
        order = make_order(world, shop, lines, channel, at, number=number, days_to_ship=days, **columns)
        _begin(world, order, at, paid="paid" not in fields or fields.flag("paid"), pays_after=pays_after)
        made.append(order)
    world.shopee.trade.settle(world.clock.now())
    return {"orders": [_shown(order) for order in made]}


def _begin(world: World, order: Order, at: float, *, paid: bool, pays_after: float | None) -> None:
    """Let the buyer pay now, later, or never."""
    placed(world, order, at)
    if order.cod or (paid and pays_after is None):
        pay(world, order, at)
    elif pays_after is not None:
        world.shopee.trade.later(at, pays_after, lambda due: pay(world, order, due) if order.status == UNPAID else None)


def _columns(world: World, fields: Fields, shop: Shop) -> dict[str, Any]:
    """Return what all orders of a call have in common."""
    usual = default_fulfillment(world.shopee, shop)
    return {
        "cod": fields.flag("cod"),
        "pending": fields.choice("pending", tuple(PENDING_WORDS)),
        "message": fields.text("message"),
        "advance": fields.flag("advance"),
        "fulfillment": fields.choice("fulfillment", FULFILLMENTS, default=usual),
        "ways": _ways(fields),
    }


def _ways(fields: Fields) -> dict[str, list[str]] | None:
    """Return the ways to ship that the orders come with, None for the shop's own."""
    if "ways" not in fields:
        return None
    ways = fields.mapping("ways")
    fix = f"Give one or more of {KNOWN_NEEDS}."
    for way, needs in ways.items():
        known = KNOWN_NEEDS.get(way)
        if known is None or not isinstance(needs, list) or any(need not in known for need in needs):
            raise BadField("ways", f"{way}: {needs!r} is no way to ship", fix)
    if not ways:
        raise BadField("ways", "empty", fix)
    return {way: list(needs) for way, needs in ways.items()}


def _channel(fields: Fields, shop: Shop) -> Channel:
    wanted = fields.integer("channel_id", default=None)
    usable = [one for one in shop.channels if (one.enabled if wanted is None else one.channel_id == wanted)]
    if not usable:
        raise BadField("channel_id", "not a channel of the shop", "Give one of logistics.get_channel_list.")
    return usable[0]


def _planned(world: World, catalog: Catalog, fields: Fields, shop: Shop, count: int) -> list[tuple[int, list[Line]]]:
    """Return the number and lines of each order, their stock taken; of all orders or of none."""
    wanted, trade = fields.objects("lines"), world.shopee.trade
    shelf = [] if wanted else on_sale(catalog, shop)
    planned: list[tuple[int, list[Line]]] = []
    try:
        for _ in range(count):
            number = next(trade.order_numbers)
            planned.append((number, _take(world, catalog, wanted, shelf, shop, number)))
    except OutOfStock as problem:
        for line in (line for _number, lines in planned for line in lines):
            give_back(line, line.quantity)
        fix = "Ask for fewer, put more on sale, or raise the stock with POST /_control/change."
        raise BadField("lines", str(problem), fix) from None
    return planned


def _take(
    world: World,
    catalog: Catalog,
    wanted: list[dict[str, Any]],
    shelf: list[tuple[ShopItem, Model]],
    shop: Shop,
    number: int,
) -> list[Line]:
    """Return the lines of one order and take their stock."""
    if wanted:
        lines = [_line(world, catalog, shop, Fields(row)) for row in wanted]
        take_stock(lines)
        return lines
    seed = f"shopee-lines:{world.seed}:{number}"
    lines = random_lines(shelf, random.Random(seed), shop)
    if any(line.model is not None and not line.model.total for line in lines):  # sold out meanwhile
        shelf[:] = [(item, model) for item, model in shelf if model.total]
        lines = random_lines(shelf, random.Random(seed), shop)
    if not lines:
        raise OutOfStock("nothing is on sale in the shop")
    take_stock(lines)
    return lines


def _line(world: World, catalog: Catalog, shop: Shop, row: Fields) -> Line:
    row.only("item_id", "model_id", "sku", "quantity", "unknown", "name", "price")
    quantity = row.integer("quantity", default=1, low=1, high=10_000) or 1
    if row.flag("unknown"):
        price = row.number("price", default=10, low=0.01)
        wanted = {"name": row.text("name"), "sku": row.text("sku"), "price": price, "quantity": quantity}
        return unknown_line(next(world.shopee.trade.unknown_ids), shop, wanted)
    sku = row.text("sku")
    found = _by_sku(catalog, shop, sku) if sku else _by_id(catalog, shop, row)
    if found is None:
        fix = "Give an item_id with its model_id, or a sku, of the shop's items; or unknown: true."
        raise BadField("lines", "the item is not in the shop", fix)
    return line_of(shop, *found, quantity)


def _by_sku(catalog: Catalog, shop: Shop, sku: str) -> tuple[ShopItem, Model] | None:
    living = [item for item in catalog.items_of(shop.shop_id) if not item.gone]
    for item in living:
        for model in item.models:
            if item.has_model and model.sku == sku:
                return item, model
    return next(((item, item.models[0]) for item in living if item.sku == sku), None)


def _by_id(catalog: Catalog, shop: Shop, row: Fields) -> tuple[ShopItem, Model] | None:
    item = catalog.item(shop.shop_id, row.integer("item_id", default=0) or 0)
    if item is None or item.gone:
        return None
    model_id = row.integer("model_id", default=None)
    model = item.models[0] if model_id is None else item.model(model_id)
    return None if model is None else (item, model)


def _cancel(world: World, fields: Fields) -> dict[str, Any]:
    """Let buyers cancel: outright while they may, else they ask the seller."""
    now, reason = world.clock.now(), fields.text("reason") or "Changed my mind"
    found = [_order(world, "cancel", sn) for sn in fields.texts("cancel")]
    cancellable = (UNPAID, PENDING, READY_TO_SHIP, PROCESSED, RETRY_SHIP)
    for order in found:
        if order.status not in cancellable:
            fix = f"Cancel orders that are {', '.join(cancellable)}."
            raise BadField("cancel", f"{order.sn} is {order.status}", fix)
    for order in found:
        free = order.status in (UNPAID, PENDING) or (can_cancel_freely(order, now) and not fields.flag("ask"))
        if free or fields.flag("outright"):
            order.buyer_cancel_reason = reason
            cancel(world, order, now, by="buyer", reason=reason)
        else:
            ask_cancel(world, order, now, reason)
        enter(world, order, "buyer_cancellations", now, outcome=order.status)
    return {"orders": [{"order_sn": order.sn, "status": order.status} for order in found]}


def _return(world: World, fields: Fields) -> dict[str, Any]:
    """Let buyers send back what they got or wait for."""
    found = [_order(world, "return", sn) for sn in fields.texts("return")]
    for order in found:
        if order.status not in (SHIPPED, TO_CONFIRM_RECEIVE):
            raise BadField("return", f"{order.sn} is {order.status}", "Return orders that are SHIPPED or received.")
    for order in found:
        set_status(world, order, TO_RETURN, world.clock.now(), by="buyer")
    return {"orders": [{"order_sn": order.sn, "status": order.status} for order in found]}


def _order(world: World, field: str, sn: str) -> Order:
    order = world.shopee.trade.orders.get(sn)
    if order is None:
        raise BadField(field, f"{sn!r} is unknown", "Give the order_sn of an order.")
    return order


def _shown(order: Order) -> dict[str, Any]:
    lines = [
        {
            "item_id": line.item_id,
            "model_id": line.model_id,
            "model_sku": line.model_sku,
            "item_sku": line.item_sku,
            "quantity": line.quantity,
            "price": float(line.price),
        }
        for line in order.lines
    ]
    return {
        "order_sn": order.sn,
        "shop_id": order.shop.shop_id,
        "status": order.status,
        "package_numbers": [package.number for package in order.packages],
        "total_amount": float(order.total),
        "currency": order.shop.currency,
        "lines": lines,
    }
