"""What Shopee does by itself: decide publish tasks, make shop items, carry changes down from the global item."""

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from integrations.simulator import shopee_attributes
from integrations.simulator.shopee_catalog import (
    FAILED,
    MODEL_NORMAL,
    MODEL_UNAVAILABLE,
    NORMAL,
    SUCCESS,
    UNLISTED,
    Catalog,
    GlobalItem,
    Model,
    PublishTask,
    ShopItem,
    Tier,
)
from integrations.simulator.shopee_categories import price_limits
from integrations.simulator.shopee_parties import Merchant, Shop
from integrations.simulator.shopee_seeds import Market, leaf, markets, per_usd
from integrations.simulator.shopee_world import ShopeeWorld
from integrations.simulator.world import World

PLATFORM = "shopee"
# Markets whose listings Shopee translates from English.
TRANSLATED = {"TH": "th", "VN": "vi", "ID": "id", "BR": "pt-br", "MX": "es-mx", "CL": "es-mx", "CO": "es-mx"}
HOLIDAY, PENALTY = "The shop is on holiday", "The shop is under penalty"


def settle(world: World) -> None:
    """Decide the publish tasks whose time has come."""
    catalog: Catalog = world.shopee.catalog
    for task in catalog.take_due(world.clock.now()):
        item = catalog.global_item(task.merchant_id, task.global_item_id)
        shop = world.shopee.shops[task.shop_id]
        reason = "global item not found" if item is None else _refusal(world, task, item, shop)
        if item is None or reason:
            task.status, task.reason = FAILED, reason
            continue
        made = _publish(world, task, item, shop)
        task.status, task.item_id = SUCCESS, made.item_id


def shop_price(merchant: Merchant, market: Market, amount: Decimal) -> Decimal:
    """Return what the seller centre's formula makes of a merchant's price: market rate, fees, rounding."""
    exact = amount / per_usd(merchant.currency or "USD") * market.per_usd * (1 + market.fee)
    return rounded(market, exact)


def rounded(market: Market, amount: Decimal) -> Decimal:
    """Return an amount in the decimals of a market's currency."""
    return amount.quantize(Decimal(1).scaleb(-market.decimals), ROUND_HALF_UP)


def synced(merchant: Merchant, shop_id: int, field: str) -> bool:
    """Tell whether a shop follows the global item in a field; it does until someone switches it off."""
    return merchant.sync_fields.get(shop_id, {}).get(field, True)


def unpublishable(world: World, item: GlobalItem, shop: Shop) -> str:
    """Return why an item cannot go to a shop now, empty where it can."""
    shopee, now = world.shopee, world.clock.now()
    catalog: Catalog = shopee.catalog
    merchant = shopee.merchants[item.owner_id]
    if not shopee.linked(shopee.app, "shop", shop.shop_id, now):
        return "The shop is not authorised"
    if shop.is_affiliate:
        return "The shop is a SIP affiliate shop"
    if not shop.is_upgraded_cbsc or not merchant.market_rates_set:
        return "shop is not upgraded or lack service fee rate"
    if item.in_market(shop.region):
        return "The product has been published in this market"
    if catalog.running(item.item_id, shop.shop_id):
        return "A publish task of the product is running for this shop"
    return _shop_trouble(shop) or _closed(catalog, item, shop)


def flow_down(world: World, item: GlobalItem, changed: Iterable[str]) -> None:
    """Carry a change of the global item to its shop items: what only it owns always, the rest where it is synced."""
    fields, now = set(changed), world.clock.now()
    merchant = world.shopee.merchants[item.owner_id]
    for made in item.living():
        market = markets()[made.region]

        def follows(switch: str, shop_id: int = made.shop_id) -> bool:
            return switch in fields and synced(merchant, shop_id, switch)

        made.category_id, made.sku, made.condition = item.category_id, item.sku, item.condition
        made.attributes, made.brand_id, made.brand_name = item.attributes, item.brand_id, item.brand_name
        made.weight, made.dimension = item.weight, item.dimension
        if follows("name_and_description"):
            made.name, made.description = translated(item.name, market), item.description
            made.description_type, made.description_info = item.description_type, item.description_info
        if follows("media_information"):
            made.image_ids, made.video_ids = list(item.image_ids), list(item.video_ids)
        if follows("days_to_ship"):
            made.days_to_ship = item.days_to_ship
        if "models" in fields:
            keep_names = not synced(merchant, made.shop_id, "tier_variation_name_and_option")
            made.tiers = _tiers(item.tiers, market, made.tiers if keep_names else [])
            made.models = _models(world.shopee.catalog, merchant, market, item, made)
        for model in made.models:
            if model.origin is None:
                continue
            origin = model.origin
            model.sku, model.weight, model.dimension = origin.sku, origin.weight, origin.dimension
            if follows("days_to_ship"):
                model.days_to_ship = origin.days_to_ship
            if follows("price") and not made.promotion:
                model.price = shop_price(merchant, market, origin.price)
        made.updated_at = now


def delete_item(world: World, item: ShopItem, status: str) -> None:
    """Delete a shop item; the global item stays."""
    item.status, item.updated_at = status, world.clock.now()


def owner_in_books(world: World, shop: Shop) -> str:
    """Return under which name the books keep what happens to a shop's items."""
    return f"shop:{shop.shop_id}" if shop.merchant_id is None else f"merchant:{shop.merchant_id}"


def translated(text: str, market: Market) -> str:
    """Return a text as the machine translates it for a market: English markets take it as it is."""
    language = TRANSLATED.get(market.region)
    return f"{text} [{language}]" if language else text


def _refusal(world: World, task: PublishTask, item: GlobalItem, shop: Shop) -> str:
    """Return why a task fails, empty where it succeeds."""
    catalog: Catalog = world.shopee.catalog
    if waiting := catalog.failures.get(shop.shop_id):
        return waiting.pop(0)
    if item.in_market(shop.region):
        return "the product has been published in this market"
    found = leaf(item.category_id)
    if found is None:
        return "category is invalid"
    if trouble := _shop_trouble(shop) or _closed(catalog, item, shop):
        return trouble
    market, (category, rules) = markets()[shop.region], found
    if lacking := shopee_attributes.lacking(category, item.attributes, shop.region):
        return f"attribute is mandatory in {shop.region}: {', '.join(lacking)}"
    name = task.wishes.get("item_name") or translated(item.name, market)
    if len(name) > min(rules.name[1], market.name_most):
        return "item name length exceed upper limit"
    if len(_images(task.wishes, item)) < max(rules.images[0], market.images_least):
        return "item image quantity less than lower limit"
    merchant = world.shopee.merchants[item.owner_id]
    prices = [_price(merchant, market, task.wishes, model) for model in item.models]
    low, high = price_limits(rules, market.per_usd)
    if not all(low <= price <= high for price in prices):
        return "item price is out of the price limit"
    if max(prices) > market.spread * min(prices):
        return "the price difference between variations exceed limit"
    if not _channels(task.wishes, item, shop):
        return "no logistics channel is available for the item"
    return ""


def _shop_trouble(shop: Shop) -> str:
    if shop.status != "NORMAL":
        return f"The shop is {shop.status.lower()}"
    return HOLIDAY if shop.holiday else PENALTY if shop.penalty else ""


def _closed(catalog: Catalog, item: GlobalItem, shop: Shop) -> str:
    closed = item.category_id in catalog.closed(shop.region)
    return f"The category is not supported in {shop.region}" if closed else ""


def _publish(world: World, task: PublishTask, item: GlobalItem, shop: Shop) -> ShopItem:
    affiliates = [world.shopee.shops[one] for one in shop.sip_affiliates]
    made = [make_shop_item(world.shopee, item, shop, task.wishes, now=task.due)]
    made += [
        make_shop_item(world.shopee, item, one, {}, now=task.due)
        for one in affiliates
        if not item.in_market(one.region)
    ]
    for one in made:
        facts = {"item_id": one.item_id, "shop_id": one.shop_id, "global_item_id": item.item_id}
        world.books.enter(PLATFORM, f"merchant:{item.owner_id}", "shop_items", task.due, **facts)
    return made[0]


def make_shop_item(
    shopee: ShopeeWorld, item: GlobalItem, shop: Shop, wishes: dict[str, Any], *, now: float
) -> ShopItem:
    """Put a global item into a shop: what is not wished for is translated, converted and copied."""
    catalog: Catalog = shopee.catalog
    market, merchant = markets()[shop.region], shopee.merchants[item.owner_id]
    pre_order = wishes.get("pre_order") or {}
    made = ShopItem(
        item_id=next(catalog.shop_item_ids),
        owner_id=shop.shop_id,
        region=shop.region,
        category_id=item.category_id,
        name=wishes.get("item_name") or translated(item.name, market),
        description=wishes.get("description") or item.description,
        sku=item.sku,
        image_ids=_images(wishes, item),
        weight=item.weight,
        dimension=item.dimension,
        days_to_ship=pre_order.get("days_to_ship") or item.days_to_ship,
        is_pre_order=bool(pre_order.get("is_pre_order")),
        condition=item.condition,
        brand_id=item.brand_id,
        brand_name=item.brand_name,
        attributes=item.attributes,
        models=[],
        created_at=now,
        updated_at=now,
        video_ids=list(item.video_ids),
        description_type=item.description_type,
        description_info=wishes.get("description_info") or item.description_info,
        size_chart=wishes.get("size_chart") or item.size_chart,
        size_chart_id=item.size_chart_id,
        tiers=_tiers(item.tiers, market, wishes.get("tiers") or []),
        status=UNLISTED if wishes.get("item_status") == "UNLIST" else NORMAL,
        global_item=item,
        channels=_channels(wishes, item, shop),
    )
    made.models = _models(catalog, merchant, market, item, made, wishes)
    catalog.add_item(made)
    return made


def _images(wishes: dict[str, Any], item: GlobalItem) -> list[str]:
    return list((wishes.get("image") or {}).get("image_id_list") or item.image_ids)


def _price(merchant: Merchant, market: Market, wishes: dict[str, Any], model: Model) -> Decimal:
    """Return the price of a model in the market's currency: wished for, or by the formula."""
    wish = _wish_for(wishes, model).get("original_price")
    if wish is None and not model.tier_index:
        wish = wishes.get("original_price")
    return shop_price(merchant, market, model.price) if wish is None else Decimal(str(wish))


def _wish_for(wishes: dict[str, Any], model: Model) -> dict[str, Any]:
    for wish in wishes.get("model") or ():
        if tuple(wish["tier_index"]) == model.tier_index:
            return dict(wish)
    return {}


def _models(
    catalog: Catalog,
    merchant: Merchant,
    market: Market,
    item: GlobalItem,
    made: ShopItem,
    wishes: dict[str, Any] | None = None,
) -> list[Model]:
    """Return the models of a shop item: those it has for the global models that live on, and new ones."""
    known = {model.origin.model_id: model for model in made.models if model.origin}
    models = []
    for origin in item.models:
        model = known.get(origin.model_id)
        if model is None:
            wish = _wish_for(wishes or {}, origin)
            model = Model(
                model_id=next(catalog.shop_model_ids),
                sku=origin.sku,
                tier_index=origin.tier_index,
                price=_price(merchant, market, wishes or {}, origin),
                stock=origin.stock,
                weight=origin.weight,
                dimension=origin.dimension,
                days_to_ship=origin.days_to_ship,
                status=MODEL_UNAVAILABLE if wish.get("model_status") == "UNAVAILABLE" else MODEL_NORMAL,
                origin=origin,
            )
        model.tier_index, model.stock = origin.tier_index, origin.stock
        models.append(model)
    return models


def _tiers(tiers: list[Tier], market: Market, own: list[Tier]) -> list[Tier]:
    """Return the axes of a shop item in its own words where it has them, else translated."""
    made = [tier.copy() for tier in tiers]
    for number, tier in enumerate(made):
        mine = own[number] if number < len(own) else None
        if mine is None:
            tier.name = translated(tier.name, market)
            continue
        tier.name = mine.name or tier.name
        for option, words in zip(tier.options, mine.options, strict=False):
            option.name, option.image_id = words.name or option.name, words.image_id or option.image_id
    return made


def _channels(wishes: dict[str, Any], item: GlobalItem, shop: Shop) -> list[int]:
    """Return the channels of a new item: the wished-for ones, else all that the shop has enabled."""
    usable = [one.channel_id for one in shop.channels if one.enabled and not one.mask_channel_id]
    wished = wishes.get("logistic")
    if not wished:
        heaviest = {one.channel_id: Decimal(str(one.most_kg)) for one in shop.channels}
        return [channel_id for channel_id in usable if item.weight <= heaviest[channel_id]]
    return [one["logistic_id"] for one in wished if one.get("enabled") and one["logistic_id"] in usable]
