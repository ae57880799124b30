"""Shopee: global_product; prices, stock, what shops follow, and local rates."""

from decimal import Decimal
from typing import Any

from integrations.simulator import shopee_amounts
from integrations.simulator.shopee_catalog import SYNC_FIELDS, Catalog, GlobalItem, Model
from integrations.simulator.shopee_globals import check_merchant, global_item_asked
from integrations.simulator.shopee_ground import Ground, integer, merchant_ground
from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint, missing
from integrations.simulator.shopee_publishing import flow_down
from integrations.simulator.shopee_seeds import Rules, leaf
from integrations.simulator.shopee_start import ready

MOST = 50


@endpoint("POST", "/api/v2/global_product/update_price", Level.MERCHANT)
def update_price(call: Call) -> None:
    """Shopee: global_product.update_price; all or nothing, and shops follow where they are synced."""
    item, ground, rules = _asked(call)
    rows = call.items("price_list", most=MOST)
    prices = {model.model_id: model.price for model in item.models}
    for row in rows:
        prices[_model(item, row).model_id] = shopee_amounts.price(ground, rules, row)
    shopee_amounts.spread(ground, list(prices.values()))
    for model in item.models:
        model.price = prices[model.model_id]
    item.updated_at = call.now
    flow_down(call.world, item, ("price",))
    call.enter("prices", global_item_id=item.item_id, models=len(rows))


@endpoint("POST", "/api/v2/global_product/update_stock", Level.MERCHANT)
def update_stock(call: Call) -> None:
    """Shopee: global_product.update_stock; absolute pieces, the same for all shops."""
    item, ground, rules = _asked(call)
    rows = call.items("stock_list", most=MOST)
    found: list[tuple[Model, dict[str, int]]] = []
    for row in rows:
        if not row.get("seller_stock"):
            raise missing("seller_stock")
        found.append((_model(item, row), shopee_amounts.stock(ground, rules, row)))
    for model, stock in found:
        model.stock.update(stock)
    item.updated_at = call.now
    flow_down(call.world, item, ())
    call.enter("stocks", global_item_id=item.item_id, models=len(rows))


@endpoint("POST", "/api/v2/global_product/set_sync_field", Level.MERCHANT)
def set_sync_field(call: Call) -> None:
    """Shopee: global_product.set_sync_field; all five switches each time, and no way to read them back."""
    check_merchant(call)
    ready(call.world)
    chosen = []
    for row in call.items("shop_sync_list", most=MOST):
        shop = _shop(call, integer(row, "shop_id", required=True))
        if row.get("shop_region") != shop.region:
            raise Problem("error_busi_shop_region_not_match", "The region of the shop does not match.")
        for name in SYNC_FIELDS:
            if not isinstance(row.get(name), bool):
                raise missing(name)
        chosen.append((shop, {name: row[name] for name in SYNC_FIELDS}))
    for shop, switches in chosen:
        call.the_merchant.sync_fields[shop.shop_id] = switches
        call.enter("syncs", shop_id=shop.shop_id, **switches)


@endpoint("GET", "/api/v2/global_product/get_local_adjustment_rate", Level.MERCHANT)
def get_local_adjustment_rate(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_local_adjustment_rate; 1 until it is set."""
    shop = _shop(call, call.integer("shop_id", required=True) or 0)
    return {"local_adjustment_rate": call.the_merchant.adjustment_rates.get(shop.shop_id, Decimal(1))}


@endpoint("POST", "/api/v2/global_product/update_local_adjustment_rate", Level.MERCHANT)
def update_local_adjustment_rate(call: Call) -> None:
    """Shopee: global_product.update_local_adjustment_rate."""
    check_merchant(call)
    shop = _shop(call, call.integer("shop_id", required=True) or 0)
    rate = call.number("adjustment_rate", required=True) or Decimal(0)
    if rate <= 0:
        raise Problem("error_param", "Wrong parameters, detail: adjustment_rate should be above 0.")
    call.the_merchant.adjustment_rates[shop.shop_id] = rate


def _asked(call: Call) -> tuple[GlobalItem, Ground, Rules]:
    check_merchant(call)
    catalog: Catalog = ready(call.world)
    item = global_item_asked(call, catalog)
    found = leaf(item.category_id)
    if found is None:
        raise Problem("error_invalid_category", "Invalid category ID.")
    return item, merchant_ground(call), found[1]


def _model(item: GlobalItem, row: dict[str, Any]) -> Model:
    model = item.model(integer(row, "global_model_id", required=False))
    if model is None:
        raise Problem("error_item_model_not_match", "The model is not of this item.")
    return model


def _shop(call: Call, shop_id: int) -> Shop:
    if shop_id not in call.the_merchant.shop_ids:
        raise Problem("error_auth_shop_not_found", "The shop is not of this merchant.")
    return call.shopee.shops[shop_id]
