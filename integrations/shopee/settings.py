"""What Shopee says of merchants and shops: region, currency, upgrade, places, carriers (Shopee: merchant, shop)."""

from collections.abc import Callable
from functools import partial
from typing import Any

from integrations.channels import Carrier, PlaceData, SellerData, ShopData
from integrations.errors import Rejected

from . import parsing
from .client import Client
from .paging import numbered

CNSC, KRSC = "cnsc", "krsc"
SELLER_CENTERS = {"CN": CNSC, "HK": CNSC, "KR": KRSC}  # merchant_region → whose seller center; others have none
CURRENCIES = {
    "SG": "SGD", "MY": "MYR", "PH": "PHP", "TH": "THB", "VN": "VND", "ID": "IDR", "TW": "TWD", "BR": "BRL",
    "MX": "MXN", "CO": "COP", "CL": "CLP", "AR": "ARS", "PL": "PLN", "ES": "EUR", "FR": "EUR",
}  # fmt: skip
_SHOP_FACTS = (
    *("is_cb", "is_sip", "shop_fulfillment_flag", "is_main_shop", "is_direct_shop", "linked_main_shop_id"),
    *("is_one_awb", "mtsku_upgraded_status"),
)


def read_seller(client: Client) -> SellerData:
    """Read a merchant, its shops and its stock locations; three calls or more on behalf of the merchant."""
    assert client.subject is not None
    info = parsing.mapping(client.merchant.get_merchant_info())
    shops = parsing.records(
        list(numbered(lambda page: client.merchant.get_shop_list_by_merchant(page_no=page), "shop_list"))
    )
    places, problem = _or_none(client.merchant.get_merchant_warehouse_location_list)
    affiliates = {parsing.known_id(shop.get("shop_id")): _affiliates(shop) for shop in shops}
    region = parsing.text(info.get("merchant_region"), 8).upper()
    return SellerData(
        external_id=str(client.subject.id),
        name=parsing.text(info.get("merchant_name"), 100),
        region=region,
        currency=parsing.text(info.get("merchant_currency"), 3).upper(),
        seller_center=SELLER_CENTERS.get(region, ""),
        upgraded=bool(parsing.flag(info.get("is_upgraded_cbsc"))) and region in SELLER_CENTERS,
        shop_ids=tuple(filter(None, affiliates)),
        places=tuple(_place(row) for row in parsing.records(places)),
        authorized_at=parsing.moment(info.get("auth_time")),
        authorization_expires_at=parsing.moment(info.get("expire_time")),
        facts={
            "affiliates": {shop: found for shop, found in affiliates.items() if found},
            **({"places_problem": problem} if problem else {}),
        },
    )


def read_region(client: Client) -> str:
    """Read in which region a merchant is registered; one call on behalf of it."""
    return parsing.text(parsing.mapping(client.merchant.get_merchant_info()).get("merchant_region"), 8).upper()


def read_shop(client: Client, merchant_region: Callable[[], str] | None = None) -> ShopData:
    """Read a shop; two or three calls on behalf of it.

    Upgraded is a shop under a merchant of CN, HK or KR that Shopee calls so. `merchant_region` is asked only for a shop
    that Shopee calls so; without it the region is not looked at. `facts` hold what a listing and its stock depend on:
    holiday, affiliates, fulfillment, warehouses.
    """
    assert client.subject is not None
    info = parsing.mapping(client.shop.get_shop_info())
    merchant, region = parsing.known_id(info.get("merchant_id")), parsing.text(info.get("region"), 8).upper()
    affiliates = _affiliates(info)
    facts = {name: info[name] for name in _SHOP_FACTS if info.get(name) is not None}
    facts |= {"merchant_id": merchant, "affiliates": affiliates}
    facts["is_affiliate"] = bool(parsing.flag(info.get("is_sip"))) and not affiliates
    facts |= _holiday(client)
    if _has_own_places(facts):
        warehouses, _problem = _or_none(client.shop.get_warehouse_detail)
        places = map(_place, parsing.records(warehouses))
        facts["places"] = [{"id": place.external_id, "name": place.name} for place in places]
    return ShopData(
        external_id=str(client.subject.id),
        name=parsing.text(info.get("shop_name"), 200),
        region=region,
        currency=CURRENCIES.get(region, ""),
        account_id=merchant,
        upgraded=_is_upgraded(info, merchant, merchant_region),
        platform_status=parsing.text(info.get("status"), 40).upper(),
        authorized_at=parsing.moment(info.get("auth_time")),
        authorization_expires_at=parsing.moment(info.get("expire_time")),
        facts=facts,
    )


def read_carriers(shop_client: Client) -> list[Carrier]:
    """Read the shipping channels that products of the shop can be given; those behind another channel are left out."""
    answer = parsing.mapping(shop_client.logistics.get_channel_list())
    rows = parsing.records(answer.get("logistics_channel_list"))
    return [
        Carrier(
            external_id=parsing.known_id(row.get("logistics_channel_id")),
            name=parsing.text(row.get("logistics_channel_name"), 200),
            enabled=bool(parsing.flag(row.get("enabled"))),
        )
        for row in rows
        if parsing.known_id(row.get("logistics_channel_id")) and not parsing.known_id(row.get("mask_channel_id"))
    ]


def _is_upgraded(info: dict[str, Any], merchant: str, merchant_region: Callable[[], str] | None) -> bool:
    if not merchant or not _says_upgraded(info):
        return False
    return merchant_region is None or merchant_region() in SELLER_CENTERS


def _says_upgraded(info: dict[str, Any]) -> bool:
    """Tell whether all that a shop's info says of its upgrade agrees: the flag, and the status that KRSC's guide names.

    Each of them may be left out, not both.
    """
    flag, status = parsing.flag(info.get("is_upgraded_cbsc")), parsing.text(info.get("mtsku_upgraded_status"), 40)
    return flag is not False and status.upper() in ("", "UPGRADED") and bool(flag or status)


def _has_own_places(facts: dict[str, Any]) -> bool:
    """Tell whether the shop sells stock that lies in its own market."""
    flag = str(facts.get("shop_fulfillment_flag", ""))
    return "3PF" in flag or "LFF" in flag


def _holiday(client: Client) -> dict[str, Any]:
    said, _problem = _or_none(client.shop.get_shop_holiday_mode)
    mode = parsing.mapping(said)
    on = parsing.flag(mode.get("holiday_mode_on"))
    return {} if on is None else {"holiday": on}


def _affiliates(row: dict[str, Any]) -> list[str]:
    """Return the ids of the shops into which Shopee copies this one by itself (SIP)."""
    found = (parsing.known_id(each.get("affi_shop_id")) for each in parsing.records(row.get("sip_affi_shops")))
    return [ident for ident in found if ident]


def _place(row: dict[str, Any]) -> PlaceData:
    return PlaceData(
        external_id=parsing.text(row.get("location_id"), 64), name=parsing.text(row.get("warehouse_name"), 200)
    )


def _or_none(read: Callable[[], Any] | partial[Any]) -> tuple[Any, str]:
    """Return what a call says and "", or None and why Shopee refused it: not every seller has it."""
    try:
        return read(), ""
    except Rejected as refusal:
        return None, str(refusal)
