"""Shopee: global_product; a merchant's global items are added, changed, deleted, listed and shown."""

import base64
import binascii
from typing import Any

from integrations.simulator import shopee_amounts, shopee_attributes, shopee_checks
from integrations.simulator.shopee_catalog import SELLER_DELETED, Catalog, GlobalItem, Model
from integrations.simulator.shopee_facts import apply, changed_facts, new_facts
from integrations.simulator.shopee_ground import merchant_ground
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_publishing import delete_item, flow_down
from integrations.simulator.shopee_shapes import image_urls, largest, stock_info
from integrations.simulator.shopee_start import ready

MOST_ASKED, MOST_ON_PAGE = 20, 50
OLD_STOCK = "normal_stock is retired and was ignored, please use seller_stock."


@endpoint("POST", "/api/v2/global_product/add_global_item", Level.MERCHANT)
def add_global_item(call: Call) -> Answer:
    """Shopee: global_product.add_global_item; a similar item is refused, there is no idempotency key."""
    check_merchant(call)
    catalog, ground, merchant = ready(call.world), merchant_ground(call), call.the_merchant
    found = shopee_checks.category(ground, call.integer("category_id", required=True) or 0)
    facts, remark = new_facts(call, ground, found, name_field="global_item_name")
    sku = shopee_checks.sku(call.given("global_item_sku"), "global_item_sku")
    price = shopee_amounts.price(ground, found[1], call.body)
    stock = shopee_amounts.stock(ground, found[1], call.body)
    if catalog.similar(merchant.merchant_id, facts["name"], sku, facts["image_ids"]):
        raise Problem("error_repeated_mtsku", "A similar product has already been uploaded")
    item = GlobalItem(
        item_id=next(catalog.item_ids),
        owner_id=merchant.merchant_id,
        sku=sku,
        models=[Model(next(catalog.model_ids), sku, (), price, stock)],
        created_at=call.now,
        updated_at=call.now,
        **facts,
    )
    catalog.add_global(item)
    call.enter("global_items", global_item_id=item.item_id, sku=sku, name=item.name)
    remarks = [remark, OLD_STOCK if "normal_stock" in call.body else ""]
    return Answer({"global_item_id": item.item_id}, warning=" ".join(filter(None, remarks)))


@endpoint("POST", "/api/v2/global_product/update_global_item", Level.MERCHANT)
def update_global_item(call: Call) -> dict[str, Any]:
    """Shopee: global_product.update_global_item; only what is sent changes, lists are replaced."""
    check_merchant(call)
    catalog, ground = ready(call.world), merchant_ground(call)
    item = global_item_asked(call, catalog)
    category_id = call.integer("category_id", default=item.category_id) or 0
    found = shopee_checks.category(ground, category_id)
    regions = {one.region for one in item.living() if category_id in catalog.closed(one.region)}
    if category_id != item.category_id and regions:
        raise Problem("error_busi_mpsku_category_prohibited", f"The category is prohibited in {sorted(regions)[0]}.")
    changes = changed_facts(call, ground, found, item, name_field="global_item_name")
    if "global_item_sku" in call.body:
        changes["sku"] = shopee_checks.sku(call.body["global_item_sku"], "global_item_sku")
    if (name := changes.pop("name", item.name)) != item.name:
        catalog.rename_global(item, name)
    apply(item, {**changes, "category_id": category_id})
    if "sku" in changes and not item.has_model:
        item.models[0].sku = item.sku
    item.updated_at = call.now
    flow_down(call.world, item, ("name_and_description", "media_information", "days_to_ship"))
    return {"global_item_id": item.item_id}


@endpoint("POST", "/api/v2/global_product/delete_global_item", Level.MERCHANT)
def delete_global_item(call: Call) -> dict[str, Any]:
    """Shopee: global_product.delete_global_item; its shop items go with it, but not one in a promotion."""
    check_merchant(call)
    item = global_item_asked(call, ready(call.world))
    failed = []
    for made in item.living():
        if made.promotion:
            failed.append({"shop_id": made.shop_id, "item_id": made.item_id})
            continue
        delete_item(call.world, made, SELLER_DELETED)
        call.enter("shop_items_deleted", item_id=made.item_id, shop_id=made.shop_id)
    item.updated_at = call.now
    if not failed:
        item.status = SELLER_DELETED
        call.enter("global_items_deleted", global_item_id=item.item_id)
    return {"failure_delete_item": failed}


@endpoint("GET", "/api/v2/global_product/get_global_item_list", Level.MERCHANT)
def get_global_item_list(call: Call) -> Answer:
    """Shopee: global_product.get_global_item_list, by an opaque offset; oldest change first."""
    size = call.integer("page_size", required=True, low=1, high=MOST_ON_PAGE) or 1
    since, until = call.integer("update_time_from", low=0), call.integer("update_time_to", low=0)
    if (since is None) != (until is None):
        raise missing("update_time_to" if until is None else "update_time_from")
    if since is not None and until is not None and since > until:
        raise Problem("error_param", "update_time_from should be earlier than update_time_to.")
    start = _start(call.text("offset"))
    chosen = [
        item
        for item in ready(call.world).globals_of(call.the_merchant.merchant_id)
        if since is None or until is None or since <= item.updated_at <= until
    ]
    chosen.sort(key=lambda item: (item.updated_at, item.item_id))
    page, more = chosen[start : start + size], start + size < len(chosen)
    head = None
    if until is not None and until > call.now:
        head = {"error": "", "message": "update_time_to is later than now."}
    payload = {
        "global_item_list": [{"global_item_id": one.item_id, "update_time": int(one.updated_at)} for one in page],
        "total_count": len(chosen),
        "has_next_page": more,
        "offset": _offset(start + size) if more else "",
    }
    return Answer({**payload, "global_item_list": payload["global_item_list"] or None}, head=head)


@endpoint("GET", "/api/v2/global_product/get_global_item_info", Level.MERCHANT)
def get_global_item_info(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_global_item_info, up to twenty items in normal status."""
    catalog, found = ready(call.world), []
    for item_id in call.ids("global_item_id_list", most=MOST_ASKED):
        item = catalog.global_item(call.the_merchant.merchant_id, item_id)
        if item is None:
            raise Problem("error_invalid_global_item_id", f"Invalid global item ID: {item_id}.")
        found.append(_info(call, item))
    return {"global_item_list": found}


@endpoint("GET", "/api/v2/global_product/get_global_item_id", Level.MERCHANT)
def get_global_item_id(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_global_item_id; an item without a global item is left out."""
    shop = call.shopee.shops.get(call.integer("shop_id", required=True) or 0)
    item_ids = call.ids("item_id_list", most=MOST_ASKED)
    if shop is None or shop.merchant_id != call.the_merchant.merchant_id:
        raise Problem("error_auth", "partner does not have permission to operate shop")
    if not shop.is_upgraded_cbsc or shop.is_affiliate:
        raise Problem("error_busi_shop_not_upgraded_to_cnsc", "The shop is not upgraded to CNSC.")
    catalog = ready(call.world)
    items = [catalog.item(shop.shop_id, item_id) for item_id in item_ids]
    pairs = [
        {"item_id": item.item_id, "global_item_id": item.global_item.item_id}
        for item in items
        if item and item.global_item
    ]
    return {"item_id_map": pairs or None}


def check_merchant(call: Call) -> None:
    """Refuse a merchant who has set no currency, or has not upgraded to global products."""
    merchant = call.the_merchant
    if not merchant.currency:
        raise Problem("ERROR_MERCHANT_UNSET_CURRENCY_INFO", "The merchant has not set its currency.")
    if not merchant.is_upgraded_cbsc:
        raise Problem("error_permission", "Global product related shop is not upgraded.")


def check_shops(call: Call, item: GlobalItem) -> None:
    """Refuse a change of an item while one of its shops is not upgraded."""
    if not all(call.shopee.shops[one.shop_id].is_upgraded_cbsc for one in item.living()):
        raise Problem("error_auth", "not all shop is upgraded and confirmed, can not edit item")


def global_item_asked(call: Call, catalog: Catalog) -> GlobalItem:
    """Return the merchant's item that a call names; a change of it needs all its shops upgraded."""
    item = catalog.global_item(call.the_merchant.merchant_id, call.integer("global_item_id", required=True) or 0)
    if item is None:
        raise Problem("error_busi_global_item_not_found", "Global item not found.")
    if call.method == "POST":
        check_shops(call, item)
    return item


@endpoint("POST", "/api/v2/global_product/update_size_chart", Level.MERCHANT)
def update_size_chart(call: Call) -> None:
    """Shopee: global_product.update_size_chart, with a picture."""
    check_merchant(call)
    item = global_item_asked(call, ready(call.world))
    ground = merchant_ground(call)
    _, rules = shopee_checks.category(ground, item.category_id)
    given = {"size_chart": call.text("size_chart", required=True)}
    item.size_chart, item.size_chart_id, _ = shopee_checks.size_chart(ground, rules, given, required=True)
    item.updated_at = call.now


def _info(call: Call, item: GlobalItem) -> dict[str, Any]:
    info = {
        "global_item_id": item.item_id,
        "global_item_name": item.name,
        "description": item.description,
        "global_item_sku": item.sku,
        "global_item_status": item.status,
        "create_time": int(item.created_at),
        "update_time": int(item.updated_at),
        "image": {"image_id_list": item.image_ids, "image_url_list": image_urls(call, item.image_ids)},
        **largest(item),
        "size_chart": item.size_chart,
        "size_chart_id": item.size_chart_id,
        "condition": item.condition,
        "has_model": item.has_model,
        "video": None,
        "category_id": item.category_id,
        "brand": {"brand_id": item.brand_id, "original_brand_name": item.brand_name},
        "attribute_list": shopee_attributes.shown(item.attributes),
        "description_info": item.description_info,
        "description_type": item.description_type,
        "is_fulfillment_by_shopee": False,
    }
    if not item.has_model:
        model = item.models[0]
        info["price_info"] = [{"currency": call.the_merchant.currency, "original_price": model.price}]
        info["stock_info"] = stock_info(model)
    return info


def _offset(start: int) -> str:
    return base64.b64encode(start.to_bytes(4, "big")).decode()


def _start(offset: str) -> int:
    try:
        return int.from_bytes(base64.b64decode(offset, validate=True), "big")
    except binascii.Error:
        raise Problem("error_param", "Invalid offset.") from None
