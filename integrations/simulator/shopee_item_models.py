"""Shopee: product; the variants of a plain shop's items; these calls tell the ids of what they make."""

from functools import partial
from typing import Any

from integrations.simulator import shopee_amounts, shopee_checks
from integrations.simulator.shopee_catalog import Model, ShopItem
from integrations.simulator.shopee_ground import integer
from integrations.simulator.shopee_item_edits import enter_item, item_for_write, plain_only
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_shapes import image_url
from integrations.simulator.shopee_tiers import (
    MOST_MODELS,
    NEW,
    given_tiers,
    read_index,
    read_models,
    read_tiers,
    shown_new,
    shown_old,
)


@endpoint("POST", "/api/v2/product/init_tier_variation", Level.SHOP)
def init_tier_variation(call: Call) -> dict[str, Any]:
    """Shopee: product.init_tier_variation; the old models die."""
    plain_only(call, "init_tier_variation")
    item, ground, rules = item_for_write(call)
    raw = given_tiers(call.body, call.shopee.catalog.switches.tiers)
    if raw is None:
        raise missing(NEW)
    tiers = read_tiers(ground, rules, raw, local=True)
    if len(tiers) == len(item.tiers):
        raise Problem("error_param", "The level of tier-variation not change.")
    rows = call.items("model", most=MOST_MODELS)
    if not tiers and len(rows) != 1:
        raise Problem("error_param", "Model tier_index error.")
    new_id = partial(next, call.shopee.catalog.shop_model_ids)
    models = read_models(ground, rules, rows, tiers, new_id, "model_sku")
    shopee_amounts.spread(ground, [model.price for model in models])
    item.tiers, item.models, item.updated_at = tiers, models, call.now
    enter_item(call, "tiers", item, tiers=len(tiers), models=len(models))
    return {"item_id": item.item_id, **_tiers(call, item), "model": [_model(one) for one in models]}


@endpoint("POST", "/api/v2/product/update_tier_variation", Level.SHOP)
def update_tier_variation(call: Call) -> None:
    """Shopee: product.update_tier_variation; other words and options on the same axes."""
    plain_only(call, "update_tier_variation")
    item, ground, rules = item_for_write(call)
    raw = given_tiers(call.body, call.shopee.catalog.switches.tiers)
    if raw is None:
        raise missing(NEW)
    tiers = read_tiers(ground, rules, raw, local=True)
    if len(tiers) != len(item.tiers):
        raise Problem("error_param", "Canot change the level of tier-variation.")
    places = {model.model_id: model.tier_index for model in item.models}
    for row in call.items("model_list", required=False):
        model_id = integer(row, "model_id", required=True)
        if item.model(model_id) is None:
            raise Problem("error_wrong_modelid", "The model is not of this item.")
        places[model_id] = read_index(row.get("tier_index"), tiers)
    for place in places.values():
        read_index(list(place), tiers)
    for model in item.models:
        model.tier_index = places[model.model_id]
    item.tiers, item.updated_at = tiers, call.now


@endpoint("POST", "/api/v2/product/add_model", Level.SHOP)
def add_model(call: Call) -> dict[str, Any]:
    """Shopee: product.add_model."""
    plain_only(call, "add_model")
    item, ground, rules = item_for_write(call)
    _needs_tiers(item)
    new_id = partial(next, call.shopee.catalog.shop_model_ids)
    models = read_models(ground, rules, call.items("model_list", most=MOST_MODELS), item.tiers, new_id, "model_sku")
    taken = {model.tier_index for model in item.models}
    if len(item.models) + len(models) > MOST_MODELS or taken & {model.tier_index for model in models}:
        raise Problem("error_param", "Model tier_index error.")
    shopee_amounts.spread(ground, [model.price for model in (*item.models, *models)])
    item.models, item.updated_at = [*item.models, *models], call.now
    for model in models:
        enter_item(call, "models", item, model_id=model.model_id, sku=model.sku)
    return {"model": [_model(one) for one in models]}


@endpoint("POST", "/api/v2/product/update_model", Level.SHOP)
def update_model(call: Call) -> None:
    """Shopee: product.update_model: the SKU of a variant."""
    plain_only(call, "update_model")
    item, _ground, _rules = item_for_write(call)
    _needs_tiers(item)
    changes = []
    for row in call.items("model", most=MOST_MODELS):
        model = item.model(integer(row, "model_id", required=True))
        if model is None:
            raise Problem("error_wrong_modelid", "The model is not of this item.")
        changes.append((model, shopee_checks.sku(row.get("model_sku", model.sku), "model_sku")))
    for model, sku in changes:
        model.sku = sku
    item.updated_at = call.now


@endpoint("POST", "/api/v2/product/delete_model", Level.SHOP)
def delete_model(call: Call) -> None:
    """Shopee: product.delete_model, one at a time."""
    plain_only(call, "delete_model")
    item, _ground, _rules = item_for_write(call)
    _needs_tiers(item)
    model = item.model(call.integer("model_id", required=True) or 0)
    if model is None:
        raise Problem("error_wrong_modelid", "The model is not of this item.")
    if len(item.models) == 1:
        raise Problem("error_param", "The last model cannot be deleted.")
    item.models = [one for one in item.models if one is not model]
    item.updated_at = call.now
    enter_item(call, "models_deleted", item, model_id=model.model_id)


def _needs_tiers(item: ShopItem) -> None:
    if not item.has_model:
        raise Problem("error_param", "The item has no tier variation.")


def _tiers(call: Call, item: ShopItem) -> dict[str, Any]:
    url = partial(image_url, call)
    return {"tier_variation": shown_old(item, url), "standardise_tier_variation": shown_new(item, url)}


def _model(model: Model) -> dict[str, Any]:
    return {
        "model_id": model.model_id,
        "model_sku": model.sku,
        "tier_index": list(model.tier_index),
        "price_info": [{"original_price": model.price}],
        "seller_stock": [{"location_id": place, "stock": pieces} for place, pieces in model.stock.items()],
    }
