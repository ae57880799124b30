"""Freight: CJ's carriers and their prices → `Route` (cj.json, /logistic/freight…). Pure.

A price of 0.00 means that CJ lacks data, such as the goods' weight (cj.md §13): no route is made of it.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import ceil
from typing import Any

from integrations.bought import Route, TrialItem, WantedItem
from integrations.sold import AddressData

from .buying_mappers import amount
from .parsing import first, mapping, rows, storable, text

_DAYS = re.compile(r"\s*(\d{1,3})(?:\s*[-~–—]\s*(\d{1,3}))?\s*(?:days?)?\s*", re.ASCII | re.IGNORECASE)
_TIP_AMOUNTS = ("discountFee", "wrapPostage", "postage")


def to_question(
    *, from_country: str, address: AddressData, items: Sequence[WantedItem], tax_id: str = ""
) -> dict[str, Any]:
    """Return what freightCalculate is asked."""
    return {
        "startCountryCode": from_country,
        "endCountryCode": address.country_code,
        "zip": address.zip_code,
        "taxId": tax_id,
        "products": [{"vid": item.variant_id, "quantity": item.quantity} for item in items],
    }


def to_trial(
    *, from_country: str, address: AddressData, items: Sequence[TrialItem], goods_amount: Decimal | None = None
) -> dict[str, Any]:
    """Return what freightCalculateTip is asked; grams and cm³ for all of it, where they are known of each piece."""
    return {
        "srcAreaCode": from_country,
        "destAreaCode": address.country_code,
        "zip": address.zip_code,
        "city": address.city,
        "province": address.state,
        "skuList": [item.sku for item in items],
        "weight": _whole(_sum([(item.weight_g, item.quantity) for item in items])),
        "wrapWeight": _whole(_sum([(item.weight_g, item.quantity) for item in items])),
        "volume": _sum([(item.volume_cm3, item.quantity) for item in items]),
        "totalGoodsAmount": goods_amount,
        "productProp": list(dict.fromkeys(name for item in items for name in item.properties)),
        "freightTrialSkuList": [
            {
                "sku": item.sku,
                "vid": item.variant_id,
                "skuQuantity": item.quantity,
                "skuWeight": item.weight_g,
                "skuVolume": item.volume_cm3,
            }
            for item in items
        ],
    }


def to_routes(listed: Sequence[Any]) -> list[Route]:
    """Read the rows of freightCalculate that name a carrier and a price; the total counts where there is one."""
    return [route for each in listed if (route := _route(mapping(each)))]


def to_routes_with_tips(listed: Sequence[Any]) -> list[Route]:
    """Read the rows of freightCalculateTip; of several amounts the largest counts. `facts["tips"]`: what it asks."""
    return [route for each in listed if (route := _route_with_tips(mapping(each)))]


def to_templates(listed: Sequence[Any]) -> dict[str, list[Route]]:
    """Read what suppliers who ship themselves ask: SPU → routes, with both countries in `facts`."""
    found: dict[str, list[Route]] = {}
    for each in listed:
        row = mapping(each)
        routes = [route for one in rows(row.get("logisticsInfoList")) or () if (route := _template(mapping(one)))]
        for sku in rows(row.get("skuList")) or ():
            if name := text(sku, 100):
                found.setdefault(name, []).extend(routes)
    return found


def days_of(value: object) -> tuple[int | None, int | None]:
    """Return the days of "2-5", "13" or "3-7 Days" as (low, high)."""
    match = _DAYS.fullmatch(text(value, 60))
    if not match:
        return None, None
    ends = sorted(int(each) for each in match.groups() if each)
    return ends[0], ends[-1]


def _route(row: Mapping[str, Any]) -> Route | None:
    return _made(
        row,
        name=row.get("logisticName"),
        price=amount(row.get("totalPostageFee")) or amount(row.get("logisticPrice")),
        days=row.get("logisticAging"),
        facts=("logisticPrice", "logisticPriceCn"),
    )


def _route_with_tips(row: Mapping[str, Any]) -> Route | None:
    option, channel = mapping(row.get("option")), mapping(row.get("channel"))
    if text(first(dict(row), "errorEn", "error"), 200):
        return None  # this carrier does not take the goods
    named = [found for name in _TIP_AMOUNTS if (found := amount(row.get(name)))]
    made = _made(
        row,
        name=first(option, "enName") or channel.get("enName"),
        price=amount(row.get("totalPostageFee")) or max(named, default=None),
        days=first(dict(row), "arrivalTime") or option.get("arrivalTime"),
        facts=("postage", "discountFee", "wrapPostage", "remoteFee", "message", "optionId", "channelId"),
    )
    if made:
        made.facts["tips"] = [_tip(mapping(each)) for each in (rows(row.get("allRuleTips")) or ())[:50]]
    return made


def _template(row: Mapping[str, Any]) -> Route | None:
    facts = ("id", "startCountryCode", "destCountryCode")
    return _made(row, name=row.get("logisticsName"), price=amount(row.get("postage")), days=None, facts=facts)


def _made(
    row: Mapping[str, Any], *, name: object, price: Decimal | None, days: object, facts: Sequence[str]
) -> Route | None:
    carrier = text(name, 200)
    if not carrier or not price:
        return None
    low, high = days_of(days)
    return Route(
        name=carrier,
        price=price,
        days_low=low,
        days_high=high,
        taxes=amount(row.get("taxesFee")),
        clearance=amount(row.get("clearanceOperationFee")),
        facts={name: storable(row[name]) for name in facts if row.get(name) not in (None, "")},
    )


def _tip(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return one thing that a carrier asks of an address; enum freight_intercept_type: 0 blocks, 1 warns."""
    return {
        "field": text(row.get("type"), 60),
        "pattern": text(row.get("expression"), 500),
        "least": storable(row.get("min")),
        "most": storable(row.get("max")),
        "code": text(row.get("msgCode"), 40),
        "message": text(row.get("msgEn"), 500),
        "blocks": text(row.get("interceptType"), 8) != "1",
    }


def _sum(each: Sequence[tuple[Decimal | None, int]]) -> Decimal | None:
    known = [measure * quantity for measure, quantity in each if measure is not None]
    return sum(known, Decimal(0)) if known and len(known) == len(each) else None


def _whole(measure: Decimal | None) -> int | None:
    return None if measure is None else ceil(measure)
