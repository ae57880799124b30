"""Shopee: global_product; where a global item can be published, publish tasks, and what became of them."""

import random
from typing import Any

from integrations.simulator import shopee_amounts, shopee_checks
from integrations.simulator.shopee_catalog import (
    BANNED,
    FAILED,
    NORMAL,
    REVIEWING,
    SELLER_DELETED,
    SHOPEE_DELETED,
    SUCCESS,
    UNLISTED,
    Catalog,
    GlobalItem,
    PublishTask,
)
from integrations.simulator.shopee_globals import check_merchant, global_item_asked
from integrations.simulator.shopee_ground import Raw, integer, merchant_ground, number
from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing, wrong
from integrations.simulator.shopee_publishing import HOLIDAY, PENALTY, unpublishable
from integrations.simulator.shopee_seeds import Rules, leaf, markets
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_tiers import given_tiers, read_index, read_tiers

SHORTEST, LONGEST = 2.0, 20.0  # seconds that a task takes
SHOPS_AT_ONCE, MOST_ON_PAGE = 300, 100
MOST_MONEY = 10**12
CHINESE_MARKETS = ("TW", "SG", "MY")  # whose listings may hold Chinese
STATUS_NUMBERS = {SELLER_DELETED: 0, NORMAL: 1, BANNED: 2, REVIEWING: 3, SHOPEE_DELETED: 4, UNLISTED: 8}


@endpoint("GET", "/api/v2/global_product/get_publishable_shop", Level.MERCHANT)
def get_publishable_shop(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_publishable_shop; leaves out without a word what cannot be published to."""
    check_merchant(call)
    item = global_item_asked(call, ready(call.world))
    asked = call.ids("shop_id_list", most=SHOPS_AT_ONCE, required=False)
    shops = [shop for shop in _shops(call) if not asked or shop.shop_id in asked][:SHOPS_AT_ONCE]
    found = [
        {"shop_id": shop.shop_id, "shop_region": shop.region}
        for shop in shops
        if _linked(call, shop) and not shop.is_affiliate and not item.in_market(shop.region)
    ]
    return {"publishable_shop": found or None}


@endpoint("GET", "/api/v2/global_product/get_shop_publishable_status", Level.MERCHANT)
def get_shop_publishable_status(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_shop_publishable_status; every shop of the merchant with the reason why not."""
    check_merchant(call)
    item = global_item_asked(call, ready(call.world))
    offset = call.integer("offset", required=True, low=0) or 0
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    shops = _shops(call)
    more = offset + size < len(shops)
    rows = []
    for shop in shops[offset : offset + size]:
        reason = unpublishable(call.world, item, shop)
        rows.append(
            {
                "shop_id": shop.shop_id,
                "region": shop.region,
                "shop_publishable_status": not reason,
                "unpublishable_reason": reason,
            }
        )
    return {
        "shop_publishable_status_list": rows or None,
        "has_next_page": more,
        "next_offset": offset + size if more else 0,
    }


@endpoint("POST", "/api/v2/global_product/create_publish_task", Level.MERCHANT)
def create_publish_task(call: Call) -> dict[str, Any]:
    """Shopee: global_product.create_publish_task, for one shop; decided some seconds later."""
    check_merchant(call)
    catalog = ready(call.world)
    item = global_item_asked(call, catalog)
    shop = _shop_to_publish_to(call)
    _check_now(call, catalog, item, shop)
    found = leaf(item.category_id)
    if found is None:
        raise Problem("error_invalid_category", "Invalid category ID.")
    wishes = _wishes(call, item, shop, found[1])
    task_id = next(catalog.task_ids)
    seconds = catalog.switches.publish_seconds
    if seconds is None:
        seconds = random.Random(f"{catalog.seed}:{task_id}").uniform(SHORTEST, LONGEST)
    task = PublishTask(
        task_id=task_id,
        global_item_id=item.item_id,
        merchant_id=call.the_merchant.merchant_id,
        shop_id=shop.shop_id,
        region=shop.region,
        wishes=wishes,
        due=call.now + seconds,
    )
    catalog.add_task(task)
    call.enter("publish_tasks", publish_task_id=task_id, global_item_id=item.item_id, shop_id=shop.shop_id)
    return {"publish_task_id": task_id}


@endpoint("GET", "/api/v2/global_product/get_publish_task_result", Level.MERCHANT)
def get_publish_task_result(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_publish_task_result; its ids are texts as often as numbers."""
    catalog = ready(call.world)
    task = catalog.tasks.get(call.integer("publish_task_id", required=True) or 0)
    if task is None or task.merchant_id != call.the_merchant.merchant_id:
        raise Problem("error_busi_item_not_found", "The publish task is not found.")
    switches = catalog.switches
    switches.results_asked += 1
    if switches.lost_results_every and switches.results_asked % switches.lost_results_every == 0:
        raise Problem("error_cannot_get_publish_result", "Cannot get the publish result, please try again later.")
    result: dict[str, Any] = {"publish_status": task.status}
    if task.status == SUCCESS:
        kind = str if task.task_id % 2 else int
        result["success"] = {"region": task.region, "shop_id": kind(task.shop_id), "item_id": kind(task.item_id)}
    elif task.status == FAILED:
        result["failed"] = {"failed_reason": task.reason}
    return result


@endpoint("GET", "/api/v2/global_product/get_published_list", Level.MERCHANT)
def get_published_list(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_published_list; the status is a number here, and 0 means deleted."""
    item = global_item_asked(call, ready(call.world))
    asked = call.ids("shop_id_list", most=SHOPS_AT_ONCE, required=False)
    found = [
        {
            "shop_id": made.shop_id,
            "shop_region": made.region,
            "item_id": made.item_id,
            "item_status": STATUS_NUMBERS[made.status],
        }
        for made in item.shop_items
        if (not asked or made.shop_id in asked) and _linked(call, call.shopee.shops[made.shop_id])
    ]
    return {"published_item": found or None}


def _shops(call: Call) -> list[Shop]:
    return [call.shopee.shops[shop_id] for shop_id in call.the_merchant.shop_ids]


def _linked(call: Call, shop: Shop) -> bool:
    """Tell whether the app may act for a shop; affiliates come along with their primary."""
    asked = shop.sip_primary if shop.sip_primary is not None else shop.shop_id
    return call.shopee.linked(call.app, "shop", asked, call.now)


def _shop_to_publish_to(call: Call) -> Shop:
    shop_id = call.integer("shop_id", required=True) or 0
    region = call.text("shop_region", required=True)
    shop = call.shopee.shops.get(shop_id)
    if shop is None or shop.merchant_id != call.the_merchant.merchant_id:
        raise Problem("error_get_shop_fail", "Get shop failed.")
    if shop.region != region:
        raise Problem("error_busi_shop_region_not_match", "The region of the shop does not match.")
    return shop


def _check_now(call: Call, catalog: Catalog, item: GlobalItem, shop: Shop) -> None:
    """Refuse at once what cannot become a listing; a second task for the same market is such a thing."""
    if shop.is_affiliate:
        raise Problem("error_auth", "can not publish product to sip affiliated shop")
    if not _linked(call, shop):
        raise Problem("error_auth", "partner does not have permission to operate shop")
    if not shop.is_upgraded_cbsc or not call.the_merchant.market_rates_set:
        raise Problem("error_auth", "shop is not upgraded or lack service fee rate")
    if item.category_id in catalog.closed(shop.region):
        raise Problem("error_category_is_block", f"The category is not supported in {shop.region}.")
    reason = ""
    if shop.holiday or shop.penalty:
        reason = HOLIDAY if shop.holiday else PENALTY
    elif item.in_market(shop.region):
        reason = "the product has been published in this market"
    elif catalog.running(item.item_id, shop.shop_id):
        reason = "another publish task of the product is running for this shop"
    if reason:
        raise Problem("error_busi_cannot_publish", f"Publish failed, {reason}.")


def _wishes(call: Call, item: GlobalItem, shop: Shop, rules: Rules) -> dict[str, Any]:
    """Return what the listing shall be like; what is left out Shopee fills in."""
    raw = call.mapping("item")
    ground = merchant_ground(call)
    for name in ("item_name", "description"):
        text = raw.get(name)
        if text is not None and not isinstance(text, str):
            raise wrong(name, "string")
        if text and shop.region not in CHINESE_MARKETS and any("㐀" <= letter <= "鿿" for letter in text):
            raise Problem("error_check_language_fail", "Please use the language of the market.")
    if raw.get("item_status") not in (None, "", "NORMAL", "UNLIST"):
        raise wrong("item_status", "NORMAL or UNLIST")
    if raw.get("image"):
        shopee_checks.images(ground, rules, raw["image"])
    wishes: dict[str, Any] = dict(raw)
    _check_price(raw, shop)
    for row in _rows(raw, "model"):
        row["tier_index"] = read_index(row.get("tier_index"), item.tiers)
        _check_price(row, shop)
        if row.get("model_status") not in (None, "", "NORMAL", "UNAVAILABLE"):
            raise wrong("model_status", "NORMAL or UNAVAILABLE")
    for row in _rows(raw, "logistic"):
        integer(row, "logistic_id", required=True)
        if not isinstance(row.get("enabled"), bool):
            raise missing("enabled")
    pre_order = raw.get("pre_order") or {}
    if pre_order.get("is_pre_order") and not pre_order.get("days_to_ship"):
        raise missing("days_to_ship")
    if pre_order.get("days_to_ship"):
        shopee_amounts.days_to_ship(rules, raw)
    tiers = given_tiers(raw, call.shopee.catalog.switches.tiers)
    if tiers:
        wishes["tiers"] = read_tiers(ground, rules, tiers, local=True)
        if [len(one.options) for one in wishes["tiers"]] != [len(one.options) for one in item.tiers]:
            raise Problem("error_param", "The tiers differ from those of the global item.")
    return wishes


def _check_price(raw: Raw, shop: Shop) -> None:
    """Refuse a price with more decimals than the market's currency has."""
    if raw.get("original_price") is None:
        return
    price, market = number(raw, "original_price", required=True), markets()[shop.region]
    if not 0 < price < MOST_MONEY or price != round(price, market.decimals):
        raise Problem("error_price_limit_no_pass", f"The price takes {market.decimals} decimals in {market.currency}.")


def _rows(raw: Raw, name: str) -> list[Raw]:
    rows = raw.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise wrong(name, "list of objects")
    return rows
