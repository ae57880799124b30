"""CJ 6, Freight: what carriers ask for goods to a country; an empty list means that there is no route."""

from decimal import Decimal
from typing import Any

from integrations.simulator import cj_order_rules
from integrations.simulator.cj_catalogue import Variant
from integrations.simulator.cj_freight import CNY, Offer, cents, offers, weight_of
from integrations.simulator.cj_generate import TYPES
from integrations.simulator.cj_order_fields import listed, number, text, whole
from integrations.simulator.cj_protocol import (
    COUNTRY_NOT_FOUND,
    FREIGHT_FAILED,
    VARIANT_NOT_FOUND,
    Call,
    Problem,
    Style,
    endpoint,
    param_error,
)
from integrations.simulator.cj_seeds import areas, countries
from integrations.simulator.cj_shapes import dollars

MOST = 100
UNTRACED = (
    "Hi, CJ will not accept any disputes when you choose the shipping method, which is not trackable when orders "
    "arrived at some countries, states, or cities."
)


@endpoint("POST", "/logistic/freightCalculate", points=10)
def freight_calculate(call: Call) -> list[dict[str, Any]]:
    """CJ 6, Freight Calculation: taxes and total are told for some countries only."""
    start, end = (_country(call.body, name) for name in ("startCountryCode", "endCountryCode"))
    for name in ("zip", "taxId", "houseNumber", "iossNumber"):
        text(call.body, name, 200)
    weights: list[int] = []
    for one in listed(call.body, "products", most=MOST):
        if not isinstance(one, dict):
            raise param_error()
        quantity = whole(one, "quantity", low=1, high=100_000)
        if quantity is None:
            raise Problem(16900403, "quantity can not be empty")
        weights.append(weight_of(_variant(call, vid=text(one, "vid", 200, required=True))) * quantity)
    return [_simple(offer) for offer in _offers(call, start, end, weights)]


@endpoint("POST", "/logistic/freightCalculateTip", Style.BOTH, points=10)
def freight_calculate_tip(call: Call) -> list[dict[str, Any]]:
    """CJ 6, Freight Calculation Tip: the same with what an address must have; required is what the sample sends."""
    found: list[dict[str, Any]] = []
    for asked in listed(call.body, "reqDTOS", most=MOST):
        if not isinstance(asked, dict):
            raise param_error()
        start, end = (_country(asked, name) for name in ("srcAreaCode", "destAreaCode"))
        listed(asked, "skuList", most=200)
        weights = [_trial_weight(call, one) for one in listed(asked, "freightTrialSkuList", most=200)]
        given = number(asked, "weight")
        offers = _offers(call, start, end, weights if given is None else [int(given)])
        found += [_tip(offer, start, end, text(asked, "uid", 200)) for offer in offers]
    return found


@endpoint("POST", "/logistic/getSupplierLogisticsTemplate", points=10)
def supplier_template(call: Call) -> list[dict[str, Any]]:
    """CJ 6, Supplier Logistics Template: for goods that suppliers ship themselves; there is none for others."""
    found: list[dict[str, Any]] = []
    for sku in listed(call.body, "skuList", most=200):
        product = call.cj.catalogue.find(sku=sku) if isinstance(sku, str) else None
        if product is None or product.kind != TYPES[2]:
            continue
        info = {
            "id": str(880_000 + product.index),
            "logisticsName": "Supplier Standard",
            "postage": dollars(350 + product.salt % 400),
            "startCountryCode": areas()[product.stock[0].area]["countryCode"] if product.stock else "CN",
            "destCountryCode": "US",
        }
        found.append({"skuList": [sku], "logisticsInfoList": [info]})
    return found


def _offers(call: Call, start: str, end: str, weights: list[int]) -> list[Offer]:
    switches = call.cj.switches
    if switches.freight == "down":
        raise Problem(FREIGHT_FAILED, "Freight calculation request failed")
    if switches.freight == "empty":
        return []
    return offers(start, end, sum(weights) if all(weights) else 0, percent=switches.freight_percent)


def _simple(offer: Offer) -> dict[str, Any]:
    row = {
        "logisticAging": offer.aging,
        "logisticPrice": float(offer.price),
        "logisticPriceCn": float(cents(offer.price * CNY)),
        "logisticName": offer.carrier.name,
    }
    if offer.total is None:
        return row
    return {
        **row,
        "taxesFee": 0.0,
        "clearanceOperationFee": float(offer.clearance),
        "totalPostageFee": float(offer.total),
    }


def _tip(offer: Offer, start: str, end: str, uid: str) -> dict[str, Any]:
    carrier, price = offer.carrier, offer.price
    tips = [rule.as_tip() for rule in cj_order_rules.rules_for(end)]
    channel_id = str(1_564_543_005_939_785_000 + sum(carrier.name.encode()))
    option_id = str(1_564_849_338_719_199_000 + sum(carrier.name.encode()))
    yuan = float(cents(price * CNY))
    raw = cents(price * Decimal("0.87"))
    return {
        "arrivalTime": offer.aging,
        "discountFee": float(price),
        "discountFeeCNY": yuan,
        "volumeWeight": None,
        "option": {"arrivalTime": offer.aging, "cnName": carrier.zh, "enName": carrier.name, "id": option_id},
        "ruleTips": tips,
        "ruleTipTypes": [tip["type"] for tip in tips],
        "channelId": channel_id,
        "error": "",
        "errorEn": "",
        "optionId": option_id,
        "postage": float(raw),
        "postageCNY": float(cents(raw * CNY)),
        "priceIncreases": "115",
        "reSort": "62",
        "remoteFee": 0,
        "remoteFeeCNY": 0,
        "tip": "",
        "uid": uid,
        "orderId": None,
        "unWeightChargeTarget": None,
        "floatMaxPrice": None,
        "floatMinPrice": None,
        "logisticsParamRespDTO": None,
        "message": UNTRACED if "Postal" in carrier.name else None,
        "wrapPostage": float(price),
        "wrapPostageCNY": yuan,
        "wrapWeight": 0,
        "stopWords": [],
        "channel": {"cnName": carrier.zh, "enName": carrier.zh, "id": channel_id},
        "cjRespDTO": {"postage": str(raw), "postageCNY": str(cents(raw * CNY)), "remoteFee": "0.00"},
        "destArea": _area(end),
        "srcArea": _area(start),
        "dump": False,
        "zonePrice": [],
        "allRuleTips": tips,
        "taxesFee": None if offer.total is None else 0.0,
        "clearanceOperationFee": None if offer.total is None else float(offer.clearance),
        "totalPostageFee": None if offer.total is None else float(offer.total),
    }


def _area(country: str) -> dict[str, Any]:
    serial, zh, en = countries()[country]
    number = str(serial)
    names = {"cnName": zh, "enName": en, "shortCode": country}
    return {**names, "countryId": number, "id": number, "parentId": None, "postCode": ""}


def _country(body: dict[str, Any], name: str) -> str:
    code = text(body, name, 200, required=True)
    if code not in countries():
        raise Problem(COUNTRY_NOT_FOUND, "country code not found")
    return code


def _variant(call: Call, *, vid: str = "", sku: str = "") -> Variant:
    variant = call.cj.catalogue.find_variant(vid=vid, sku="" if vid else sku)
    if variant is None:
        raise Problem(VARIANT_NOT_FOUND, "Variant not found")
    return variant


def _trial_weight(call: Call, one: Any) -> int:
    if not isinstance(one, dict):
        raise param_error()
    quantity = whole(one, "skuQuantity", low=1, high=100_000) or 1
    given = number(one, "skuWeight")
    if given is not None:
        return int(given) * quantity
    vid, sku = text(one, "vid", 100), text(one, "sku", 100)
    if not vid and not sku:
        raise param_error()
    return weight_of(_variant(call, vid=vid, sku=sku)) * quantity
