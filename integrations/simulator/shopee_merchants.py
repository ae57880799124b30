"""Shopee: merchant; who the seller is, his shops and warehouses."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from integrations.simulator.shopee_auth import times
from integrations.simulator.shopee_parties import Warehouse
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint, missing, wrong

MOST_SHOPS, MOST_ACCOUNTS, MOST_IN_CURSOR = 500, 10, 30
NULLS = {"error": None, "message": None}  # how the calls with the two-sided cursor say that all is well
Row = TypeVar("Row")


@endpoint("GET", "/api/v2/merchant/get_merchant_info", Level.MERCHANT, wrap=False)
def get_merchant_info(call: Call) -> dict[str, Any]:
    """Shopee: merchant.get_merchant_info; the currency is empty until the seller has set it."""
    merchant = call.the_merchant
    grant = call.shopee.tokens.grant(call.app.partner_id, "merchant", merchant.merchant_id)
    return {
        "merchant_name": merchant.name,
        **(times(grant) if grant else {}),
        "merchant_currency": merchant.currency,
        "merchant_region": merchant.region,
        "is_upgraded_cbsc": merchant.is_upgraded_cbsc,
    }


@endpoint("GET", "/api/v2/merchant/get_shop_list_by_merchant", Level.MERCHANT, wrap=False)
def get_shop_list_by_merchant(call: Call) -> Answer:
    """Shopee: merchant.get_shop_list_by_merchant; only shops linked to the app, without error and message."""
    shops = [
        call.shopee.shops[ident]
        for ident in call.the_merchant.shop_ids
        if call.shopee.linked(call.app, "shop", ident, call.now) and not call.shopee.shops[ident].is_affiliate
    ]
    size = call.integer("page_size", required=True, low=1, high=MOST_SHOPS) or 1
    page, more = _page(call, shops, size)
    rows = []
    for shop in page:
        affiliates = [{"affi_shop_id": ident} for ident in shop.sip_affiliates]
        rows.append({"shop_id": shop.shop_id, **({"sip_affi_shops": affiliates} if affiliates else {})})
    return Answer({"shop_list": rows, "more": more}, head={})


@endpoint("GET", "/api/v2/merchant/get_merchant_warehouse_location_list", Level.MERCHANT)
def get_merchant_warehouse_location_list(call: Call) -> list[dict[str, Any]]:
    """Shopee: merchant.get_merchant_warehouse_location_list; a list of what stock may name."""
    return [{"location_id": one.location_id, "warehouse_name": one.name} for one in call.the_merchant.warehouses]


@endpoint("POST", "/api/v2/merchant/get_merchant_warehouse_list", Level.MERCHANT)
def get_merchant_warehouse_list(call: Call) -> Answer:
    """Shopee: merchant.get_merchant_warehouse_list, by the two-sided cursor."""
    kind = call.integer("warehouse_type", required=True, low=1, high=2)
    found = [warehouse for warehouse in call.the_merchant.warehouses if warehouse.kind == kind]
    page, cursor = _by_cursor(call, found, lambda warehouse: warehouse.warehouse_id)
    rows = [_warehouse(warehouse) for warehouse in page]
    return Answer({"total_count": len(found), "warehouse_list": rows, "cursor": cursor}, head=NULLS)


@endpoint("POST", "/api/v2/merchant/get_warehouse_eligible_shop_list", Level.MERCHANT)
def get_warehouse_eligible_shop_list(call: Call) -> Answer:
    """Shopee: merchant.get_warehouse_eligible_shop_list, by the two-sided cursor."""
    ident = call.integer("warehouse_id", required=True)
    kind = call.integer("warehouse_type", required=True, low=1, high=2)
    owned = call.the_merchant.warehouses
    warehouse = next((one for one in owned if one.warehouse_id == ident and one.kind == kind), None)
    if warehouse is None:
        raise Problem("error_param", "The information you queried is not found.")
    shops = [call.shopee.shops[one] for one in warehouse.shop_ids]
    page, cursor = _by_cursor(call, shops, lambda shop: shop.shop_id)
    rows = [{"shop_id": shop.shop_id, "shop_name": shop.name} for shop in page]
    return Answer({"shop_list": rows, "cursor": cursor}, head=NULLS)


@endpoint("GET", "/api/v2/merchant/get_merchant_prepaid_account_list", Level.MERCHANT)
def get_merchant_prepaid_account_list(call: Call) -> dict[str, Any]:
    """Shopee: merchant.get_merchant_prepaid_account_list; a mainland merchant's courier account, with its secrets."""
    merchant = call.the_merchant
    size = call.integer("page_size", required=True, low=1, high=MOST_ACCOUNTS) or 1
    ident = merchant.merchant_id
    account = {
        "prepaid_account_id": ident * 10 + 1,
        "prepaid_account_courier_key": "ZTO",
        "prepaid_account_courier_name": "中通快递",
        "prepaid_account_partner_id": f"ZTO{ident}",
        "prepaid_account_partner_key": f"key-{ident:x}",
        "prepaid_account_partner_secret": f"secret-{ident * 7919:x}",
        "prepaid_account_partner_name": merchant.name,
        "prepaid_account_partner_net": "",
        "prepaid_account_partner_code": "",
        "prepaid_account_check_man": "",
        "prepaid_account_is_default": True,
    }
    accounts = [account] if merchant.region == "CN" else []
    page, more = _page(call, accounts, size)
    return {"total": len(accounts), "list": page or None, "more": more}


def _page(call: Call, rows: list[Row], size: int) -> tuple[list[Row], bool]:
    number = call.integer("page_no", required=True, low=1) or 1
    return rows[(number - 1) * size : number * size], len(rows) > number * size


def _by_cursor(call: Call, rows: Sequence[Row], ident: Callable[[Row], int]) -> tuple[list[Row], dict[str, int | None]]:
    """Return a page and its cursor: ``next_id`` begins the page after it, ``prev_id`` is where it begins itself."""
    cursor = call.mapping("cursor", required=True)
    size = cursor.get("page_size")
    if size is None:
        raise missing("cursor.page_size")
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= MOST_IN_CURSOR:
        raise Problem("error_param", f"Wrong parameters, detail: page_size should be between 1 and {MOST_IN_CURSOR}.")
    after, before = cursor.get("next_id") or 0, cursor.get("prev_id") or 0
    if not all(isinstance(one, int) for one in (after, before)):
        raise wrong("cursor", "next_id and prev_id as integers or null")
    if after and before:
        raise Problem("error_param", "Wrong parameters, detail: one of next_id and prev_id should be null.")
    ordered = sorted(rows, key=ident)
    if before:
        page = [row for row in ordered if ident(row) < before][-size:]
    else:
        page = [row for row in ordered if ident(row) >= after][:size]
    later = [ident(row) for row in ordered if page and ident(row) > ident(page[-1])]
    earlier = bool(page) and ident(ordered[0]) < ident(page[0])
    return page, {
        "next_id": later[0] if later else None,
        "prev_id": ident(page[0]) if earlier else None,
        "page_size": size,
    }


def _warehouse(warehouse: Warehouse) -> dict[str, Any]:
    return {
        "warehouse_id": warehouse.warehouse_id,
        "warehouse_name": warehouse.name,
        "warehouse_type": warehouse.kind,
        "warehouse_region": warehouse.region,
        "location_id": warehouse.location_id,
        "address": {
            "address_name": warehouse.name,
            "region": warehouse.region,
            "address": warehouse.address,
            "city": warehouse.city,
            "district": "",
            "state": warehouse.city,
            "town": "",
            "zip_code": warehouse.zipcode,
        },
        "enterprise_info": None,
    }
