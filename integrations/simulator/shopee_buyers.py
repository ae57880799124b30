"""Who buys at Shopee, where they live, and how they order what a shop has on sale."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any

from integrations.simulator.clock import CHINA
from integrations.simulator.shopee_catalog import MODEL_NORMAL, NORMAL, Catalog, Model, ShopItem
from integrations.simulator.shopee_order_life import enter
from integrations.simulator.shopee_parties import Channel, Shop
from integrations.simulator.shopee_publishing import rounded
from integrations.simulator.shopee_seeds import markets
from integrations.simulator.shopee_trade import NOT_START, Buyer, Line, Order, Part
from integrations.simulator.shopee_world import ShopeeWorld
from integrations.simulator.world import World

SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
SHIPPING_USD = Decimal("1.10")
# Names, phone prefix, and places as district, city, state, zipcode.
PEOPLE: dict[str, tuple[tuple[str, ...], str, tuple[tuple[str, str, str, str], ...]]] = {
    "MY": (
        ("Nurul Aisyah", "Lim Wei Jie", "Farid Hassan"),
        "601",
        (("", "Asajaya", "Sarawak", "94600"), ("", "Shah Alam", "Selangor", "40000")),
    ),
    "SG": (
        ("Tan Mei Ling", "Rajesh Kumar", "Ong Jun Hao"),
        "659",
        (("Bedok", "Singapore", "", "460201"), ("Jurong West", "Singapore", "", "640505")),
    ),
    "PH": (
        ("Maria Santos", "Jose Reyes", "Ana Cruz"),
        "639",
        (("Ermita", "Manila", "Metro Manila", "1000"), ("Lahug", "Cebu City", "Cebu", "6000")),
    ),
    "TH": (
        ("Somchai Jaidee", "Malee Srisuk", "Niran Boonmee"),
        "668",
        (
            ("Bang Rak", "Bangkok", "Bangkok", "10500"),
            ("Mueang", "Chiang Mai", "Chiang Mai", "50200"),
        ),
    ),
    "VN": (
        ("Nguyen Thi Hoa", "Tran Van Minh", "Le Thu Trang"),
        "849",
        (("Quan 1", "Ho Chi Minh", "Ho Chi Minh", "700000"), ("Ba Dinh", "Ha Noi", "Ha Noi", "100000")),
    ),
    "TW": (
        ("陳怡君", "林志明", "黃美玲"),
        "8869",
        (("大安區", "台北市", "", "106"), ("西屯區", "台中市", "", "407")),
    ),
    "BR": (
        ("Ana Souza", "Carlos Lima", "Beatriz Rocha"),
        "5511",
        (("Centro", "São Paulo", "SP", "01001000"), ("Copacabana", "Rio de Janeiro", "RJ", "22010000")),
    ),
    "MX": (
        ("Sofía Hernández", "Luis García", "Diego Torres"),
        "5255",
        (("Roma Norte", "Ciudad de México", "CDMX", "06700"), ("Centro", "Guadalajara", "Jalisco", "44100")),
    ),
}


class OutOfStock(Exception):
    """An item has fewer pieces than a buyer wants."""


def make_buyer(rng: random.Random, region: str) -> Buyer:
    """Return somebody of a market, with an address."""
    names, prefix, places = PEOPLE[region]
    name, (district, city, state, zipcode) = rng.choice(names), rng.choice(places)
    street = f"{rng.randint(1, 240)} {rng.choice(('Garden', 'Station', 'Harbour', 'Market'))} Road"
    address = {
        "town": "",
        "district": district,
        "city": city,
        "state": state,
        "region": region,
        "zipcode": zipcode,
        "full_address": ", ".join(part for part in (street, district, city, state, zipcode) if part),
    }
    user_id = rng.randint(100_000_000, 999_999_999)
    return Buyer(user_id, f"buyer{user_id % 100_000}", name, f"{prefix}{rng.randint(10_000_000, 99_999_999)}", address)


def on_sale(catalog: Catalog, shop: Shop) -> list[tuple[ShopItem, Model]]:
    """Return what buyers of a shop can choose from."""
    return [
        (item, model)
        for item in catalog.items_of(shop.shop_id)
        if item.status == NORMAL
        for model in item.models
        if model.status == MODEL_NORMAL and model.total > 0
    ]


def random_lines(shelf: list[tuple[ShopItem, Model]], rng: random.Random, shop: Shop) -> list[Line]:
    """Return one or two lines of what is on sale; none where there is nothing."""
    chosen = rng.sample(shelf, min(len(shelf), 1 if rng.random() < 0.7 else 2))
    return [line_of(shop, item, model, 1) for item, model in chosen]


def line_of(shop: Shop, item: ShopItem, model: Model, quantity: int) -> Line:
    """Return a line of an item on sale."""
    options = [tier.options[index].name for tier, index in zip(item.tiers, model.tier_index, strict=False)]
    return Line(
        item_id=item.item_id,
        item_name=item.name,
        item_sku=item.sku,
        model_id=model.model_id if item.has_model else 0,
        model_name=",".join(options),
        model_sku=model.sku if item.has_model else "",
        quantity=quantity,
        price=model.price,
        weight=item.weight if model.weight is None else model.weight,
        image_id=item.image_ids[0] if item.image_ids else "",
        location_id=next((place for place, pieces in model.stock.items() if pieces >= quantity), _home(shop)),
        order_item_id=item.item_id,
        model=model,
    )


def unknown_line(item_id: int, shop: Shop, wanted: dict[str, Any]) -> Line:
    """Return a line of an item that is in no list of the shop."""
    return Line(
        item_id=item_id,
        item_name=str(wanted.get("name") or "Something sold long ago"),
        item_sku=str(wanted.get("sku") or ""),
        model_id=0,
        model_name="",
        model_sku="",
        quantity=int(wanted.get("quantity") or 1),
        price=rounded(markets()[shop.region], Decimal(str(wanted.get("price") or 10))),
        weight=Decimal("0.2"),
        image_id="",
        location_id=_home(shop),
        order_item_id=item_id,
    )


def _home(shop: Shop) -> str:
    return f"{shop.region}Z"


def take_stock(lines: list[Line]) -> None:
    """Take the pieces of an order out of stock, all or none."""
    wanted: dict[tuple[int, str], int] = {}
    for line in lines:
        if line.model is not None:
            key = (id(line.model.stock), line.location_id)
            wanted[key] = wanted.get(key, 0) + line.quantity
            if line.model.stock.get(line.location_id, 0) < wanted[key]:
                left = line.model.stock.get(line.location_id, 0)
                raise OutOfStock(f"{line.item_name} has {left} pieces left at {line.location_id}")
    for line in lines:
        if line.model is not None:
            line.model.stock[line.location_id] -= line.quantity


def make_order(
    world: World,
    shop: Shop,
    lines: list[Line],
    channel: Channel,
    at: float,
    *,
    number: int,
    days_to_ship: int = 2,
    **columns: Any,
) -> Order:
    """Let a buyer order lines whose stock is taken."""
    rng = random.Random(f"shopee-order:{world.seed}:{number}")
    fee = rounded(markets()[shop.region], SHIPPING_USD * markets()[shop.region].per_usd)
    order = Order(
        sn=_order_sn(rng, at, number),
        shop=shop,
        buyer=make_buyer(rng, shop.region),
        lines=lines,
        channel=channel,
        created_at=at,
        updated_at=at,
        days_to_ship=days_to_ship,
        shipping_fee=fee,
        **columns,
    )
    trade = world.shopee.trade
    trade.add(order)
    trade.new_package(order, [Part(line, line.quantity) for line in lines], NOT_START, at)
    if order.advance:
        order.booking_sn = f"B{order.sn}"
    told = [
        {
            "item_id": line.item_id,
            "model_id": line.model_id,
            "sku": line.model_sku or line.item_sku,
            "quantity": line.quantity,
        }
        for line in lines
    ]
    facts = {"lines": told, "total": str(order.total), "currency": shop.currency, "cod": order.cod}
    enter(world, order, "orders", at, **facts)
    return order


def _told(line: Line) -> dict[str, Any]:
    """Return a line as the books keep it."""
    sku = line.model_sku or line.item_sku
    return {"item_id": line.item_id, "model_id": line.model_id, "sku": sku, "quantity": line.quantity}


def default_fulfillment(shopee: ShopeeWorld, shop: Shop) -> str:
    """Return who fulfills the orders of a shop unless it is said otherwise."""
    abroad = shop.is_cb and shopee.merchant_of(shop) is not None and not shop.is_3pf
    return "fulfilled_by_cb_seller" if abroad else "fulfilled_by_local_seller"


def _order_sn(rng: random.Random, at: float, number: int) -> str:
    """Return a number as Shopee's: the day, then eight signs, of which the last five count."""
    random_part = "".join(rng.choice(SIGNS) for _ in range(3))
    counted, left = "", number
    for _ in range(5):
        left, index = divmod(left, len(SIGNS))
        counted = SIGNS[index] + counted
    return f"{datetime.fromtimestamp(at, CHINA):%y%m%d}{random_part}{counted}"
