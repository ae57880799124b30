"""Shopee: global_product; the variants of global items: axes, models, ids."""

from functools import partial
from typing import Any

from integrations.simulator import shopee_amounts, shopee_checks
from integrations.simulator.shopee_catalog import Catalog, GlobalItem, Model, Tier
from integrations.simulator.shopee_globals import check_merchant, global_item_asked
from integrations.simulator.shopee_ground import Ground, integer, merchant_ground
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_publishing import flow_down
from integrations.simulator.shopee_seeds import Rules, leaf
from integrations.simulator.shopee_shapes import image_url, stock_info
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_tiers import (
    MOST_MODELS,
    NEW,
    given_tiers,
    read_index,
    read_models,
    read_parcel,
    read_tiers,
    shown_new,
    shown_old,
)

TOO_EARLY = 5.0  # seconds after add_global_item in which variants are refused
ALL_FIELDS = ("models", "tier_variation_name_and_option")


@endpoint("POST", "/api/v2/global_product/init_tier_variation", Level.MERCHANT)
def init_tier_variation(call: Call) -> None:
    """Shopee: global_product.init_tier_variation; the old models die, the new ones get ids that nobody tells."""
    catalog, item, ground, rules = _asked(call)
    if call.now - item.created_at < TOO_EARLY:
        raise Problem("error_update_item_price", "mtsku not init")
    raw = given_tiers(call.body, catalog.switches.tiers)
    if raw is None:
        raise missing(NEW)
    tiers = read_tiers(ground, rules, raw)
    if len(tiers) == len(item.tiers):
        raise Problem("error_param", "The level of tier-variation not change.")
    rows = call.items("global_model", most=MOST_MODELS)
    if not tiers and len(rows) != 1:
        raise Problem("error_param", "Model tier_index error.")
    models = read_models(ground, rules, rows, tiers, partial(next, catalog.model_ids), "global_model_sku")
    shopee_amounts.spread(ground, [model.price for model in models])
    item.tiers, item.models = tiers, models
    _changed(call, item)
    call.enter("tiers", global_item_id=item.item_id, tiers=len(tiers), models=len(models))
    _enter_models(call, item, models)


@endpoint("POST", "/api/v2/global_product/update_tier_variation", Level.MERCHANT)
def update_tier_variation(call: Call) -> None:
    """Shopee: global_product.update_tier_variation; other words and options on the same axes."""
    catalog, item, ground, rules = _asked(call)
    raw = given_tiers(call.body, catalog.switches.tiers)
    if raw is None:
        raise missing(NEW)
    tiers = read_tiers(ground, rules, raw)
    if len(tiers) != len(item.tiers):
        raise Problem("error_param", "Canot change the level of tier-variation.")
    places = _places(call, item, tiers)
    item.models = [model for model in item.models if model.model_id in places]
    for model in item.models:
        model.tier_index = places[model.model_id]
    item.tiers = tiers
    _changed(call, item)


@endpoint("POST", "/api/v2/global_product/add_global_model", Level.MERCHANT)
def add_global_model(call: Call) -> None:
    """Shopee: global_product.add_global_model; tells no ids."""
    catalog, item, ground, rules = _asked(call)
    _needs_tiers(item)
    rows = call.items("global_model", most=MOST_MODELS)
    models = read_models(ground, rules, rows, item.tiers, partial(next, catalog.model_ids), "global_model_sku")
    if len(item.models) + len(models) > MOST_MODELS:
        raise Problem("error_param", f"At most {MOST_MODELS} models, please.")
    if {model.tier_index for model in item.models} & {model.tier_index for model in models}:
        raise Problem("error_param", "Model tier_index error.")
    shopee_amounts.spread(ground, [model.price for model in (*item.models, *models)])
    item.models = [*item.models, *models]
    _changed(call, item)
    _enter_models(call, item, models)


@endpoint("POST", "/api/v2/global_product/update_global_model", Level.MERCHANT)
def update_global_model(call: Call) -> None:
    """Shopee: global_product.update_global_model: SKU, weight, size, days to ship; all or nothing."""
    _catalog, item, _ground, rules = _asked(call)
    _needs_tiers(item)
    changes: list[tuple[Model, dict[str, Any]]] = []
    for row in call.items("global_model", most=MOST_MODELS):
        model = item.model(integer(row, "global_model_id", required=True))
        if model is None:
            raise Problem("error_item_model_not_match", "The model is not of this item.")
        if "global_model_sku" not in row:
            raise missing("global_model_sku")
        sent = {name: value for name, value in read_parcel(rules, row).items() if value is not None}
        changes.append((model, {**sent, "sku": shopee_checks.sku(row["global_model_sku"], "global_model_sku")}))
    for model, change in changes:
        for name, value in change.items():
            setattr(model, name, value)
    item.updated_at = call.now
    flow_down(call.world, item, ("days_to_ship",))


@endpoint("POST", "/api/v2/global_product/delete_global_model", Level.MERCHANT)
def delete_global_model(call: Call) -> dict[str, Any]:
    """Shopee: global_product.delete_global_model, one at a time; shops in a promotion keep theirs."""
    _catalog, item, _ground, _rules = _asked(call)
    _needs_tiers(item)
    model = item.model(call.integer("global_model_id", required=True) or 0)
    if model is None:
        raise Problem("error_item_model_not_match", "The model is not of this item.")
    if len(item.models) == 1:
        raise Problem("error_busi_delete_global_default_model_failed", "The last model cannot be deleted.")
    failures = [
        {"shop_id": made.shop_id, "item_id": made.item_id, "model_id": own.model_id}
        for made in item.living()
        for own in made.models
        if made.promotion and own.origin is model
    ]
    if not failures:
        item.models = [one for one in item.models if one is not model]
        _changed(call, item)
        call.enter("models_deleted", global_item_id=item.item_id, global_model_id=model.model_id)
    return {"global_model_id": model.model_id, "failures": failures}


@endpoint("GET", "/api/v2/global_product/get_global_model_list", Level.MERCHANT)
def get_global_model_list(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_global_model_list; nothing for an item without variants."""
    item, url = global_item_asked(call, ready(call.world)), partial(image_url, call)
    models = [
        {
            "global_model_id": model.model_id,
            "global_model_sku": model.sku,
            "price_info": {"original_price": model.price},
            "stock_info": stock_info(model),
            "tier_index": list(model.tier_index),
            "weight": f"{item.weight if model.weight is None else model.weight:f}",
            "dimension": model.dimension or item.dimension,
            "pre_order": {"days_to_ship": model.days_to_ship or item.days_to_ship},
            "is_fulfillment_by_shopee": False,
        }
        for model in item.models
        if item.has_model
    ]
    tiers = {"tier_variation": shown_old(item, url), "standardise_tier_variation": shown_new(item, url)}
    return {**tiers, "global_model": models or None}


def _asked(call: Call) -> tuple[Catalog, GlobalItem, Ground, Rules]:
    """Return the item of a write with what holds for it."""
    check_merchant(call)
    catalog = ready(call.world)
    item = global_item_asked(call, catalog)
    found = leaf(item.category_id)
    if found is None:
        raise Problem("error_invalid_category", "Invalid category ID.")
    return catalog, item, merchant_ground(call), found[1]


def _needs_tiers(item: GlobalItem) -> None:
    if not item.has_model:
        code = "error_busi_cannot_update_model_for_no_tier_item"
        raise Problem(code, "The item has no tier variation.")


def _places(call: Call, item: GlobalItem, tiers: list[Tier]) -> dict[int, tuple[int, ...]]:
    """Return where the models stand from now on; those that are not named are dropped."""
    rows = call.items("model_list", required=False)
    if not rows:
        kept = {model.model_id: model.tier_index for model in item.models}
        if not all(_fits(place, tiers) for place in kept.values()):
            raise Problem("error_tier_index", "A model has lost its option, please send model_list.")
        return kept
    places: dict[int, tuple[int, ...]] = {}
    for row in rows:
        model_id = integer(row, "model_id", required=True)
        if item.model(model_id) is None:
            raise Problem("error_wrong_modelid", "The model is not of this item.")
        if model_id in places:
            raise Problem("error_duplicate_modelid", "The model is named twice.")
        try:
            places[model_id] = read_index(row.get("tier_index"), tiers)
        except Problem:
            raise Problem("error_tier_index", "Wrong tier index.") from None
    if len(set(places.values())) < len(places):
        raise Problem("error_tier_index", "Two models have the same tier index.")
    return places


def _fits(place: tuple[int, ...], tiers: list[Tier]) -> bool:
    return all(index < len(tier.options) for index, tier in zip(place, tiers, strict=True))


def _changed(call: Call, item: GlobalItem) -> None:
    item.updated_at = call.now
    flow_down(call.world, item, ALL_FIELDS)


def _enter_models(call: Call, item: GlobalItem, models: list[Model]) -> None:
    for model in models:
        call.enter("models", global_item_id=item.item_id, global_model_id=model.model_id, sku=model.sku)
