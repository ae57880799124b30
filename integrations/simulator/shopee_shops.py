"""Shopee: shop; what a shop is and in which state."""

from typing import Any

from integrations.simulator.shopee_auth import times
from integrations.simulator.shopee_parties import Shop, Warehouse
from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint

NO_WAREHOUSES = "warehouse.error_not_in_whitelist"


@endpoint("GET", "/api/v2/shop/get_shop_info", Level.SHOP, wrap=False)
def get_shop_info(call: Call) -> dict[str, Any]:
    """Shopee: shop.get_shop_info; everything at the top, no merchant as null."""
    shop = call.the_shop
    grant = call.shopee.tokens.grant(call.app.partner_id, "shop", shop.shop_id)
    info: dict[str, Any] = {
        "shop_name": shop.name,
        "region": shop.region,
        "status": shop.status,
        "is_cb": shop.is_cb,
        **(times(grant) if grant else {}),
        "is_sip": shop.is_sip,
        "is_upgraded_cbsc": shop.is_upgraded_cbsc,
        "merchant_id": shop.merchant_id,
        "shop_fulfillment_flag": shop.fulfillment_flag,
        "is_main_shop": False,
        "is_direct_shop": False,
        "linked_main_shop_id": 0,
        "linked_direct_shop_list": [],
        "is_one_awb": False,
        "is_mart_shop": False,
        "is_outlet_shop": False,
    }
    return {**info, "sip_affi_shops": affiliates(call, shop)} if shop.sip_affiliates else info


@endpoint("GET", "/api/v2/shop/get_profile", Level.SHOP)
def get_profile(call: Call) -> dict[str, Any]:
    """Shopee: shop.get_profile."""
    shop = call.the_shop
    return {
        "shop_logo": f"{call.base_url}/img/{shop.name}-0.jpg",
        "description": shop.description,
        "shop_name": shop.name,
        "invoice_issuer": "",
    }


@endpoint("GET", "/api/v2/shop/get_shop_holiday_mode", Level.SHOP)
def get_shop_holiday_mode(call: Call) -> dict[str, Any]:
    """Shopee: shop.get_shop_holiday_mode."""
    return _holiday(call.the_shop)


@endpoint("POST", "/api/v2/shop/set_shop_holiday_mode", Level.SHOP)
def set_shop_holiday_mode(call: Call) -> dict[str, Any]:
    """Shopee: shop.set_shop_holiday_mode; a shop on holiday takes no publication."""
    shop = call.the_shop
    shop.holiday, shop.holiday_since = call.boolean("holiday_mode_on", required=True), call.now
    return _holiday(shop)


@endpoint("GET", "/api/v2/shop/get_warehouse_detail", Level.SHOP)
def get_warehouse_detail(call: Call) -> list[dict[str, Any]]:
    """Shopee: shop.get_warehouse_detail; a list, and only for shops with several warehouses."""
    shop = call.the_shop
    kind = call.integer("warehouse_type", default=1, low=1, high=2)
    if not shop.warehouses:
        raise Problem(NO_WAREHOUSES, "The shop is not in the whitelist of multi-warehouse.")
    return [_warehouse(one, shop) for one in shop.warehouses if one.kind == kind]


def affiliates(call: Call, shop: Shop) -> list[dict[str, Any]]:
    """Return the affiliates of a primary shop."""
    return [{"affi_shop_id": ident, "region": call.shopee.shops[ident].region} for ident in shop.sip_affiliates]


def _holiday(shop: Shop) -> dict[str, Any]:
    return {"holiday_mode_on": shop.holiday, "holiday_mode_mtime": int(shop.holiday_since)}


def _warehouse(warehouse: Warehouse, shop: Shop) -> dict[str, Any]:
    return {
        "warehouse_id": warehouse.warehouse_id,
        "warehouse_name": warehouse.name,
        "warehouse_type": warehouse.kind,
        "location_id": warehouse.location_id,
        "address_id": warehouse.warehouse_id * 10 + 1,
        "region": warehouse.region,
        "state": warehouse.city,
        "city": warehouse.city,
        "address": warehouse.address,
        "zipcode": warehouse.zipcode,
        "district": "",
        "town": "",
        "state_code": "",
        "holiday_mode_state": int(shop.holiday),
    }
