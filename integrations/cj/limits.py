"""What CJ documents about its parameters, as a table, and the check that every call passes before it is sent.

One entry an endpoint (cj.json, `params`): the client sends nothing that breaks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.secrets import Secret
from integrations.errors import Invalid

from .rules import Amount, Choice, Flag, Rule, Several, Text, Whole


@dataclass(frozen=True, slots=True)
class Limits:
    """The parameters of one endpoint."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    exactly_one_of: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()  # pairs of which the first may not exceed the second


COUNTRY = Text(longest=2, pattern="[A-Z]{2}", form="US")
COUNTRIES = Text(pattern="[A-Z]{2}(,[A-Z]{2})*", form="CN,US")
YES_NO = Choice(values=(0, 1))
_FEATURES_V2 = ("enable_description", "enable_category", "enable_combine", "enable_video")
_FEATURES = ("enable_combine", "enable_video", "enable_inventory")
_DATE = Text(pattern=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", form="2026-02-26 13:00:00")
_ONE_OF_THREE: dict[str, Rule] = {"pid": Text(), "productSku": Text(), "variantSku": Text()}
_REVIEWS = Limits({"pid": Text(required=True), "score": Whole(), "pageNum": Whole(low=1), "pageSize": Whole(low=1)})

ENDPOINTS: dict[str, Limits] = {
    "/authentication/getAccessToken": Limits({"apiKey": Text(required=True)}),
    # The printed 80 is shorter than the tokens that CJ gives (cj.md §12.10, §13).
    "/authentication/refreshAccessToken": Limits({"refreshToken": Text(required=True, longest=None)}),
    "/authentication/logout": Limits(),
    "/setting/get": Limits(),
    "/product/getCategory": Limits(),
    "/product/globalWarehouseList": Limits(),
    "/product/listV2": Limits(
        {
            "keyWord": Text(),
            "page": Whole(low=1, high=1000),
            "size": Whole(low=1, high=100),
            "categoryId": Text(),
            "lv2categoryList": Several(),
            "lv3categoryList": Several(),
            "countryCode": COUNTRIES,
            "startSellPrice": Amount(),
            "endSellPrice": Amount(),
            "addMarkStatus": YES_NO,
            "productType": Choice(values=(4, 10, 11)),
            "productFlag": Choice(values=(0, 1, 2, 3)),
            "startWarehouseInventory": Whole(),
            "endWarehouseInventory": Whole(),
            "verifiedWarehouse": Choice(values=(0, 1, 2)),
            "timeStart": Whole(),
            "timeEnd": Whole(),
            "zonePlatform": Text(),
            "isWarehouse": Flag(),
            "sort": Choice(values=("desc", "asc")),
            "orderBy": Choice(values=(0, 1, 2, 3, 4)),
            "features": Several(values=_FEATURES_V2, longest=200),
            "supplierId": Text(),
            "hasCertification": YES_NO,
            "isSelfPickup": YES_NO,
            "customization": YES_NO,
        },
        ranges=(
            ("startSellPrice", "endSellPrice"),
            ("startWarehouseInventory", "endWarehouseInventory"),
            ("timeStart", "timeEnd"),
        ),
    ),
    "/product/list": Limits(
        {
            "pageNum": Whole(low=1),
            "pageSize": Whole(low=1, high=200),
            "categoryId": Text(),
            "pid": Text(),
            "productSku": Text(),
            "productName": Text(),
            "productNameEn": Text(),
            "productType": Choice(values=("ORDINARY_PRODUCT", "SUPPLIER_PRODUCT")),
            "countryCode": COUNTRIES,
            "deliveryTime": Choice(values=("24", "48", "72")),
            "verifiedWarehouse": Choice(values=(1, 2)),
            "startInventory": Whole(),
            "endInventory": Whole(),
            "createTimeFrom": _DATE,
            "createTimeTo": _DATE,
            "brandOpenId": Whole(),
            "minPrice": Amount(),
            "maxPrice": Amount(),
            "searchType": Choice(values=(0, 2, 21)),
            "minListedNum": Whole(),
            "maxListedNum": Whole(),
            "sort": Choice(values=("desc", "asc")),
            "orderBy": Choice(values=("createAt", "listedNum")),
            "isSelfPickup": YES_NO,
            "supplierId": Text(longest=40),
            "isFreeShipping": YES_NO,
            "customizationVersion": Choice(values=(1, 2, 3, 4, 5)),
        },
        ranges=(("startInventory", "endInventory"), ("minPrice", "maxPrice"), ("minListedNum", "maxListedNum")),
    ),
    "/product/query": Limits(
        {**_ONE_OF_THREE, "features": Several(values=_FEATURES, longest=200), "countryCode": COUNTRY},
        exactly_one_of=tuple(_ONE_OF_THREE),
    ),
    "/product/addToMyProduct": Limits({"productId": Text(longest=100, required=True)}),
    "/product/myProduct/query": Limits(
        {
            "keyword": Text(),
            "categoryId": Text(),
            "startAt": Text(),
            "endAt": Text(),
            "isListed": Whole(),
            "visiable": Whole(),
            "hasPacked": Whole(),
            "hasVirPacked": Whole(),
            # In no table, though the answer is paged; public clients send one or the other name of the page.
            "pageNum": Whole(low=1),
            "pageNumber": Whole(low=1),
            "pageSize": Whole(low=1, high=100),
        }
    ),
    "/product/variant/query": Limits({**_ONE_OF_THREE, "countryCode": COUNTRY}, exactly_one_of=tuple(_ONE_OF_THREE)),
    "/product/variant/queryByVid": Limits(
        {"vid": Text(required=True), "features": Several(values=("enable_inventory",), longest=200)}
    ),
    "/product/stock/queryByVid": Limits({"vid": Text(required=True)}),
    "/product/stock/queryBySku": Limits({"sku": Text(required=True)}),
    "/product/stock/getInventoryByPid": Limits({"pid": Text(longest=40, required=True)}),
    "/product/comments": _REVIEWS,
    "/product/productComments": _REVIEWS,
    "/product/sourcing/create": Limits(
        {
            "thirdProductId": Text(),
            "thirdVariantId": Text(),
            "thirdProductSku": Text(),
            "productName": Text(required=True),
            "productImage": Text(required=True),
            "productUrl": Text(),
            "remark": Text(),
            "price": Amount(),
        }
    ),
    "/product/sourcing/query": Limits({"sourceIds": Several(most=200, required=True, joined=False)}),
    "/warehouse/detail": Limits({"id": Text(required=True)}),
    "/shopping/pay/getBalance": Limits(),
}


def check(path: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an endpoint as they travel; None and empty ones are left out.

    Raise Invalid for the first that breaks a documented limit, is unknown, or is missing.
    """
    limits = ENDPOINTS[path]
    wire: dict[str, Any] = {}
    for name, value in params.items():
        rule = limits.rules.get(name)
        if rule is None:
            raise Invalid(_("%(name)s is no parameter of CJ's %(path)s.") % {"name": name, "path": path}, field=name)
        if not _is_empty(value):
            try:
                wire[name] = rule.wire(name, value)
            except Invalid as problem:
                problem.field = name
                raise
    for name, rule in limits.rules.items():
        if rule.required and name not in wire:
            raise Invalid(_("%(name)s is required and must not be empty.") % {"name": name}, field=name)
    _check_together(limits, wire)
    return wire


def _check_together(limits: Limits, wire: dict[str, Any]) -> None:
    given = [name for name in limits.exactly_one_of if name in wire]
    if limits.exactly_one_of and len(given) != 1:
        raise Invalid(
            _("Exactly one of %(names)s is needed, but given are: %(given)s.")
            % {"names": ", ".join(limits.exactly_one_of), "given": ", ".join(given) or _("none")}
        )
    for low, high in limits.ranges:
        if low in wire and high in wire and Decimal(wire[low]) > Decimal(wire[high]):
            raise Invalid(
                _("%(low)s (%(low_value)s) must not be greater than %(high)s (%(high_value)s).")
                % {"low": low, "low_value": wire[low], "high": high, "high_value": wire[high]},
                field=low,
            )


def _is_empty(value: Any) -> bool:
    if isinstance(value, Secret):
        return not value
    return value is None or (isinstance(value, str | list | tuple) and not value)
