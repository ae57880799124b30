"""Shopee: product; a shop's items are added and changed: all of it by plain shops, some by upgraded ones."""

from typing import Any

from integrations.simulator import shopee_amounts, shopee_checks
from integrations.simulator.shopee_catalog import NORMAL, SELLER_DELETED, UNLISTED, Model, ShopItem
from integrations.simulator.shopee_facts import apply, changed_facts, new_facts
from integrations.simulator.shopee_ground import Ground, Raw, integer, shop_ground
from integrations.simulator.shopee_items import item_asked
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, missing, wrong
from integrations.simulator.shopee_publishing import delete_item as mark_deleted
from integrations.simulator.shopee_publishing import owner_in_books, rounded
from integrations.simulator.shopee_seeds import Rules, leaf, markets
from integrations.simulator.shopee_start import ready

MOST = 50
PRICE_LOCKED = "price is locked by promotion"
OWNED_BY_GLOBAL = ("category_id", "attribute_list", "brand", "weight", "dimension", "condition", "item_sku")


@endpoint("POST", "/api/v2/product/add_item", Level.SHOP)
def add_item(call: Call) -> Answer:
    """Shopee: product.add_item, for shops without global products; variants follow by init_tier_variation."""
    plain_only(call, "add_item")
    catalog, shop, ground = ready(call.world), call.the_shop, shop_ground(call)
    found = shopee_checks.category(ground, call.integer("category_id", required=True) or 0)
    facts, remark = new_facts(call, ground, found, name_field="item_name")
    sku = shopee_checks.sku(call.given("item_sku"), "item_sku")
    price = shopee_amounts.price(ground, found[1], call.body)
    stock = shopee_amounts.stock(ground, found[1], call.body)
    item = ShopItem(
        item_id=next(catalog.shop_item_ids),
        owner_id=shop.shop_id,
        region=shop.region,
        sku=sku,
        models=[Model(next(catalog.shop_model_ids), sku, (), price, stock)],
        created_at=call.now,
        updated_at=call.now,
        channels=_channels(call),
        is_pre_order=bool((call.given("pre_order") or {}).get("is_pre_order")),
        status=_status(call) or NORMAL,
        **facts,
    )
    catalog.add_item(item)
    enter_item(call, "shop_items", item, sku=sku)
    return Answer({"item_id": item.item_id, "item_name": item.name, "item_status": item.status}, warning=remark)


@endpoint("POST", "/api/v2/product/update_item", Level.SHOP)
def update_item(call: Call) -> Answer:
    """Shopee: product.update_item; what the global item owns is left as it is, with a warning."""
    editable(call)
    item, ground, _rules = item_for_write(call)
    owned = [name for name in OWNED_BY_GLOBAL if name in call.body] if item.global_item else []
    for name in owned:
        del call.body[name]
    found = shopee_checks.category(ground, call.integer("category_id", default=item.category_id) or 0)
    status = _status(call)
    if status and status != item.status and item.promotion:
        raise Problem("error_unlist_in_promotion", "The item is in a promotion and cannot be unlisted.")
    changes = changed_facts(call, ground, found, item, name_field="item_name")
    if "item_sku" in call.body:
        changes["sku"] = shopee_checks.sku(call.body["item_sku"], "item_sku")
    apply(item, {**changes, "category_id": found[0].id})
    item.status = status or item.status
    if isinstance(pre_order := call.given("pre_order"), dict):
        item.is_pre_order = bool(pre_order.get("is_pre_order"))
    item.updated_at = call.now
    enter_item(call, "item_updates", item, fields=sorted(changes))
    remark = f"Owned by the global product and ignored: {', '.join(owned)}." if owned else ""
    return Answer({"item_id": item.item_id, "item_name": item.name, "item_status": item.status}, warning=remark)


@endpoint("POST", "/api/v2/product/delete_item", Level.SHOP)
def delete_item(call: Call) -> None:
    """Shopee: product.delete_item; its global item stays."""
    editable(call)
    item, _ground, _rules = item_for_write(call)
    if item.promotion:
        raise Problem("error_item_in_promotion", "The item is in a promotion and cannot be deleted.")
    mark_deleted(call.world, item, SELLER_DELETED)
    enter_item(call, "shop_items_deleted", item)


@endpoint("POST", "/api/v2/product/unlist_item", Level.SHOP)
def unlist_item(call: Call) -> dict[str, Any]:
    """Shopee: product.unlist_item, with successes and failures side by side."""
    editable(call)
    catalog = ready(call.world)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for row in call.items("item_list", most=MOST):
        item_id, unlist = integer(row, "item_id", required=True), row.get("unlist")
        if not isinstance(unlist, bool):
            raise missing("unlist")
        item = catalog.item(call.the_shop.shop_id, item_id)
        reason = _why_not_unlist(item, unlist)
        if item is None or reason:
            failed.append({"item_id": item_id, "failed_reason": reason})
            continue
        item.status, item.updated_at = UNLISTED if unlist else NORMAL, call.now
        enter_item(call, "unlists" if unlist else "relists", item)
        done.append({"item_id": item_id, "unlist": unlist})
    if failed and not done:
        reason = failed[0]["failed_reason"]
        code = "error_unlist_in_promotion" if "promotion" in reason else "error_item_not_found"
        raise Problem(code, reason, response={"failure_list": failed, "success_list": None})
    return {"failure_list": failed or None, "success_list": done}


@endpoint("POST", "/api/v2/product/update_price", Level.SHOP)
def update_price(call: Call) -> dict[str, Any]:
    """Shopee: product.update_price, in local currency; a promotion locks the price."""
    editable(call)
    item, ground, rules = item_for_write(call)
    rows = call.items("price_list", most=MOST)
    if item.promotion:
        code = "error_cannot_update_price_in_promotion"
        failures = [{"model_id": row.get("model_id", 0), "failed_reason": PRICE_LOCKED} for row in rows]
        raise Problem(code, PRICE_LOCKED, response={"failure_list": failures, "success_list": None})
    market = markets()[item.region]
    prices = {model.model_id: model.price for model in item.models}
    wanted: list[tuple[Raw, Model]] = []
    failed: list[dict[str, Any]] = []
    for row in rows:
        model = item.model(integer(row, "model_id", required=False))
        if model is None:
            failed.append({"model_id": row.get("model_id", 0), "failed_reason": "model not found"})
            continue
        price = shopee_amounts.price(ground, rules, row)
        if price != rounded(market, price):
            reason = f"price takes {market.decimals} decimals in {market.currency}"
            failed.append({"model_id": row.get("model_id", 0), "failed_reason": reason})
            continue
        prices[model.model_id] = price
        wanted.append((row, model))
    shopee_amounts.spread(ground, list(prices.values()))
    for _row, model in wanted:
        model.price = prices[model.model_id]
    if wanted:
        item.updated_at = call.now
        enter_item(call, "shop_prices", item, models=len(wanted))
    done = [{"model_id": row.get("model_id", 0), "original_price": model.price} for row, model in wanted]
    return {"failure_list": failed or None, "success_list": done or None}


@endpoint("POST", "/api/v2/product/update_stock", Level.SHOP)
def update_stock(call: Call) -> dict[str, Any]:
    """Shopee: product.update_stock, for shops without global products; absolute pieces."""
    plain_only(call, "update_stock")
    item, ground, rules = item_for_write(call)
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for row in call.items("stock_list", most=MOST):
        model_id = integer(row, "model_id", required=False)
        model = item.model(model_id)
        if model is None:
            failed.append({"model_id": model_id, "failed_reason": "model not found"})
            continue
        if not row.get("seller_stock"):
            raise missing("seller_stock")
        stock = shopee_amounts.stock(ground, rules, row)
        model.stock.update(stock)
        done += [{"model_id": model_id, "location_id": place, "stock": count} for place, count in stock.items()]
    if done:
        item.updated_at = call.now
        enter_item(call, "stocks", item, models=len(done))
    return {"failure_list": failed or None, "success_list": done or None}


def item_for_write(call: Call) -> tuple[ShopItem, Ground, Rules]:
    """Return the item that a write names with what holds for it."""
    item = item_asked(call, ready(call.world))
    found = leaf(item.category_id)
    if found is None:
        raise Problem("error_invalid_category", "Invalid category ID.")
    return item, shop_ground(call), found[1]


def editable(call: Call) -> None:
    """Refuse an edit in a shop whose merchant has not finished the upgrade."""
    shop, catalog = call.the_shop, call.shopee.catalog
    if shop.merchant_id is not None and not shop.is_upgraded_cbsc and not catalog.switches.edits_before_upgrade:
        raise Problem("product.error_auth", "cnsc shop not upgraded, can not edit item.")


def plain_only(call: Call, action: str) -> None:
    """Refuse what only global_product may do for an upgraded shop."""
    editable(call)
    if call.the_shop.merchant_id is None or not call.the_shop.is_upgraded_cbsc:
        return
    if "tier" in action or "model" in action:
        code = "product.error_cnsc_shop_block_update_tier_variation"
        raise Problem(code, "CNSC shop can not update tier variation, please use global product.")
    raise Problem("error_permission", f"Sorry you don't have the permission to {action}, please use global product.")


def _status(call: Call) -> str:
    status = call.text("item_status")
    if status not in ("", NORMAL, UNLISTED):
        raise wrong("item_status", "NORMAL or UNLIST")
    return status


def _why_not_unlist(item: ShopItem | None, unlist: bool) -> str:
    if item is None or item.gone:
        return "Product not found."
    if unlist and item.promotion:
        return "The item is in a promotion and cannot be unlisted."
    return "" if item.status in (NORMAL, UNLISTED) else f"The item is {item.status}."


def _channels(call: Call) -> list[int]:
    """Return the channels of a new item; at least one must be usable in the shop."""
    usable = {one.channel_id for one in call.the_shop.channels if one.enabled and not one.mask_channel_id}
    chosen = []
    for row in call.items("logistic_info", required=False):
        channel_id = integer(row, "logistic_id", required=True)
        if row.get("enabled") and channel_id not in usable:
            raise Problem("error_invalid_logistic_info", "The logistics channel is not enabled in the shop.")
        if row.get("enabled"):
            chosen.append(channel_id)
    if "logistic_info" in call.body and not chosen:
        raise Problem("error_invalid_logistic_info", "At least one logistics channel has to be enabled.")
    return chosen or sorted(usable)


def enter_item(call: Call, kind: str, item: ShopItem, **facts: Any) -> None:
    """Write what happened to an item into the books of the merchant, or of a shop without one."""
    owner = owner_in_books(call.world, call.the_shop)
    facts = {"item_id": item.item_id, "shop_id": item.shop_id, **facts}
    call.world.books.enter("shopee", owner, kind, call.now, **facts)
