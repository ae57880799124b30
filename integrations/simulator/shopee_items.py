"""Shopee: product; the items of a shop as buyers see them, listed and shown."""

import base64
import binascii
from functools import partial
from typing import Any

from integrations.simulator import shopee_attributes
from integrations.simulator.shopee_catalog import (
    BANNED,
    NORMAL,
    REVIEWING,
    SELLER_DELETED,
    SHOPEE_DELETED,
    UNLISTED,
    Catalog,
    Model,
    ShopItem,
)
from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_seeds import leaf
from integrations.simulator.shopee_shapes import image_url, image_urls, largest
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_tiers import shown_new, shown_old

STATUSES = (NORMAL, BANNED, UNLISTED, REVIEWING, SELLER_DELETED, SHOPEE_DELETED)
MOST_ON_PAGE, MOST_ASKED, LAST_OFFSET = 100, 50, 10_000


@endpoint("GET", "/api/v2/product/get_item_list", Level.SHOP)
def get_item_list(call: Call) -> dict[str, Any]:
    """Shopee: product.get_item_list; ``item_status`` is a key that may be repeated."""
    offset = call.integer("offset", required=True, low=0) or 0
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    statuses = call.repeated("item_status")
    if not statuses:
        raise missing("item_status")
    if any(status not in STATUSES for status in statuses):
        raise Problem("error_param", "Wrong parameters, detail: item_status is invalid.")
    if offset > LAST_OFFSET:
        raise Problem("error_param", "get items offset over limit, please use the next field")
    since, until = call.integer("update_time_from", low=0), call.integer("update_time_to", low=0)
    chosen = [
        item
        for item in ready(call.world).items_of(call.the_shop.shop_id)
        if item.status in statuses
        and (since is None or item.updated_at >= since)
        and (until is None or item.updated_at <= until)
    ]
    chosen.sort(key=lambda item: (-item.updated_at, item.item_id))
    page, more = chosen[offset : offset + size], offset + size < len(chosen)
    rows = [
        {
            "item_id": item.item_id,
            "item_status": item.status,
            "update_time": int(item.updated_at),
            "tag": {"kit": False},
        }
        for item in page
    ]
    return {
        "item": rows or None,
        "total_count": len(chosen),
        "has_next_page": more,
        "next_offset": offset + size if more else 0,
    }


@endpoint("GET", "/api/v2/product/search_item", Level.SHOP)
def search_item(call: Call) -> dict[str, Any]:
    """Shopee: product.search_item, by an opaque offset."""
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    name, sku = call.text("item_name"), call.text("item_sku")
    if not (name or sku or call.text("attribute_status")):
        raise Problem("error_param", "Please give item_name, attribute_status or item_sku.")
    try:
        start = int(base64.b64decode(call.text("offset"), validate=True) or 0)
    except (ValueError, binascii.Error):
        raise Problem("error_param", "Invalid offset.") from None
    chosen = [
        item.item_id
        for item in ready(call.world).items_of(call.the_shop.shop_id)
        if not item.gone
        and name.lower() in item.name.lower()
        and (not sku or sku == item.sku or any(sku == model.sku for model in item.models))
    ]
    more = start + size < len(chosen)
    return {
        "item_id_list": chosen[start : start + size] or None,
        "total_count": len(chosen),
        "next_offset": base64.b64encode(str(start + size).encode()).decode() if more else "",
    }


@endpoint("GET", "/api/v2/product/get_item_base_info", Level.SHOP)
def get_item_base_info(call: Call) -> dict[str, Any]:
    """Shopee: product.get_item_base_info, up to fifty; ids that are not the shop's are left out."""
    catalog, shop = ready(call.world), call.the_shop
    items = [catalog.item(shop.shop_id, item_id) for item_id in call.ids("item_id_list", most=MOST_ASKED)]
    found = [_info(call, shop, item) for item in items if item]
    if not found:
        raise Problem("error_item_not_found", "Product not found.")
    return {"item_list": found}


@endpoint("GET", "/api/v2/product/get_model_list", Level.SHOP)
def get_model_list(call: Call) -> dict[str, Any]:
    """Shopee: product.get_model_list; nothing for an item without variants."""
    item, url = item_asked(call, ready(call.world)), partial(image_url, call)
    models = [_model(call.the_shop, item, model) for model in item.models if item.has_model]
    tiers = {"tier_variation": shown_old(item, url), "standardise_tier_variation": shown_new(item, url)}
    return {**tiers, "model": models or None}


def item_asked(call: Call, catalog: Catalog) -> ShopItem:
    """Return the shop's living item that a call names."""
    item = catalog.item(call.the_shop.shop_id, call.integer("item_id", required=True) or 0)
    if item is None or item.gone:
        raise Problem("error_item_not_found", "Product not found.")
    return item


def _info(call: Call, shop: Shop, item: ShopItem) -> dict[str, Any]:
    urls = image_urls(call, item.image_ids)
    info: dict[str, Any] = {
        "item_id": item.item_id,
        "category_id": item.category_id,
        "item_name": item.name,
        "description": item.description,
        "item_sku": item.sku,
        "create_time": int(item.created_at),
        "update_time": int(item.updated_at),
        "attribute_list": _attributes(item),
        "image": {"image_id_list": item.image_ids, "image_url_list": urls, "image_ratio": "1:1"},
        **largest(item),
        "logistic_info": _logistics(shop, item),
        "wholesales": None,
        "condition": item.condition,
        "size_chart": item.size_chart,
        "size_chart_id": item.size_chart_id,
        "item_status": item.status,
        "deboost": "false",
        "has_model": item.has_model,
        "has_promotion": item.promotion,
        "video_info": None,
        "brand": {"brand_id": item.brand_id, "original_brand_name": item.brand_name},
        "item_dangerous": 0,
        "gtin_code": "",
        "is_fulfillment_by_shopee": False,
        "tag": {"kit": False},
        "description_info": item.description_info,
        "description_type": item.description_type,
    }
    info["pre_order"] = {"is_pre_order": item.is_pre_order, **info["pre_order"]}
    if not item.has_model:
        info["price_info"] = _prices(shop, item.models[0])
        info["stock_info_v2"] = _stock(item.models[0])
    return info


def _attributes(item: ShopItem) -> list[dict[str, Any]] | None:
    found = leaf(item.category_id)
    mandatory = {one.id for one, wanted in found[0].attributes if wanted} if found else set()
    shown = shopee_attributes.shown(item.attributes)
    return [{**one, "is_mandatory": one["attribute_id"] in mandatory} for one in shown] if shown else None


def _logistics(shop: Shop, item: ShopItem) -> list[dict[str, Any]]:
    return [
        {
            "logistic_id": channel.channel_id,
            "logistic_name": channel.name,
            "enabled": channel.channel_id in item.channels,
            "is_free": False,
            "estimated_shipping_fee": 4.9,
        }
        for channel in shop.channels
        if not channel.mask_channel_id
    ]


def _prices(shop: Shop, model: Model) -> list[dict[str, Any]]:
    return [{"currency": shop.currency, "original_price": model.price, "current_price": model.price}]


def _stock(model: Model) -> dict[str, Any]:
    rows = [{"location_id": place, "stock": pieces, "if_saleable": True} for place, pieces in model.stock.items()]
    summary = {"total_reserved_stock": 0, "total_available_stock": model.total}
    return {"summary_info": summary, "seller_stock": rows, "shopee_stock": None}


def _model(shop: Shop, item: ShopItem, model: Model) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "model_sku": model.sku,
        "tier_index": list(model.tier_index),
        "model_status": model.status,
        "promotion_id": 0,
        "has_promotion": item.promotion,
        "price_info": _prices(shop, model),
        "stock_info_v2": _stock(model),
        "pre_order": {"is_pre_order": item.is_pre_order, "days_to_ship": model.days_to_ship or item.days_to_ship},
        "gtin_code": "",
        "weight": f"{item.weight if model.weight is None else model.weight:f}",
        "dimension": model.dimension or item.dimension,
        "is_fulfillment_by_shopee": False,
    }
