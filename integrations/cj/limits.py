"""What CJ documents about its parameters, as a table, and the check that every call passes before it is sent.

One entry an endpoint (cj.json, `params`): the client sends nothing that breaks it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import Invalid

from .rules import Amount, Choice, Flag, Rows, Rule, Several, Text, Upload, Whole, wired


@dataclass(frozen=True, slots=True)
class Limits:
    """The parameters of one endpoint."""

    rules: Mapping[str, Rule] = field(default_factory=dict)
    exactly_one_of: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()  # pairs of which the first may not exceed the second


COUNTRY = Text(longest=2, pattern="[A-Z]{2}", form="US")
_TO = Text(longest=2, pattern="[A-Z]{2}", form="US", required=True)
_FROM = Text(longest=2, pattern="[A-Z]{2}", form="CN", required=True)
COUNTRIES = Text(pattern="[A-Z]{2}(,[A-Z]{2})*", form="CN,US")
YES_NO = Choice(values=(0, 1))
_FEATURES_V2 = ("enable_description", "enable_category", "enable_combine", "enable_video")
_FEATURES = ("enable_combine", "enable_video", "enable_inventory")
_DATE = Text(pattern=r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", form="2026-02-26 13:00:00")
_ONE_OF_THREE: dict[str, Rule] = {"pid": Text(), "productSku": Text(), "variantSku": Text()}
_NAME = Text(required=True)
_PRODUCT_TYPES = ("0", "1", "3", "4", "5", "6", "7")  # enum freight_product_type
_NAMES = Several(longest=None, required=True, joined=False)
ORDER_STATUSES = ("CREATED", "IN_CART", "UNPAID", "UNSHIPPED", "SHIPPED", "DELIVERED", "CANCELLED", "OTHER")
MOST_ORDER_IDS = 100  # /shopping/order/list (cj.md §13)
_ORDERS = Limits({"cjOrderIdList": Several(most=200, required=True, joined=False)})
_WAYBILL = Limits(
    {
        "orderId": _NAME,
        "cjOrderId": _NAME,
        "cjShippingCompanyName": _NAME,
        "trackNumber": _NAME,
        "waybillFile": Upload(required=True),
    }
)
_TRACK = Limits({"trackNumber": Several(required=True, joined=False)})
_REVIEWS = Limits({"pid": Text(required=True), "score": Whole(), "pageNum": Whole(low=1), "pageSize": Whole(low=1)})

# /logistic/freightCalculateTip. Its sample leaves out what its table calls required (cj.md §12.32): not asked for here.
_TRIAL: dict[str, Rule] = {
    "srcAreaCode": _NAME,
    "destAreaCode": _NAME,
    "customerCode": Text(),
    "zip": Text(),
    "houseNumber": Text(longest=100),
    "iossNumber": Text(),
    "storageIdList": Several(longest=None, joined=False),
    "recipientAddress": Text(),
    "city": Text(longest=50),
    "recipientName": Text(),
    "skuList": _NAMES,
    "town": Text(longest=100),
    "phone": Text(longest=50),
    "wrapWeight": Whole(),
    "volume": Amount(),
    "length": Amount(),
    "width": Amount(),
    "height": Amount(),
    "station": Text(),
    "platforms": Several(longest=None, joined=False),
    "dutyNo": Text(),
    "email": Text(longest=100),
    "province": Text(longest=100),
    "recipientAddress1": Text(),
    "uid": Text(),
    "recipientId": Text(),
    "recipientAddress2": Text(),
    "amount": Amount(),
    "productTypes": Several(values=_PRODUCT_TYPES, joined=False),
    "weight": Whole(),
    "productProp": Several(longest=None, required=True, joined=False),
    "optionName": Text(),
    "volumeWeight": Amount(),
    "orderType": Text(longest=100),
    "totalGoodsAmount": Amount(),
    "freightTrialSkuList": Rows(
        rules={
            "productCode": Text(longest=100),
            "sku": Text(longest=100),
            "productPropList": Several(longest=None, joined=False),
            "productTypeList": Several(values=_PRODUCT_TYPES, joined=False),
            "vid": Text(longest=100),
            "skuQuantity": Whole(low=1),
            "skuWeight": Amount(),
            "skuVolume": Amount(),
            "combinationType": Whole(),
            "parentVid": Text(longest=50),
            "unsalable": Whole(),
            "tailCostQuantity": Whole(),
            "privateDeductionQuantity": Whole(),
        },
        required=True,
    ),
}

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
    "/shopping/order/createOrderV3": Limits(
        {
            "orderNumber": Text(longest=50, required=True),
            "shippingZip": Text(longest=20),
            "shippingCountryCode": _TO,
            "shippingCountry": Text(longest=50, required=True),
            "shippingProvince": Text(longest=50, required=True),
            "shippingCity": Text(longest=50, required=True),
            "shippingCounty": Text(longest=50),
            "shippingPhone": Text(longest=20),
            "shippingCustomerName": Text(longest=50, required=True),
            "shippingAddress": Text(longest=200, required=True),
            "shippingAddress2": Text(longest=200),
            "houseNumber": Text(longest=20),
            "email": Text(longest=50),
            "taxId": Text(longest=20),
            "remark": Text(longest=500),
            "consigneeID": Text(longest=20),
            "shopAmount": Amount(),
            "logisticName": Text(longest=50, required=True),
            "fromCountryCode": _FROM,
            "platform": Text(longest=20),
            "iossType": Choice(values=(1, 2, 3)),
            # The printed 10 is shorter than a number of the EU, which has 12 (cj.md §12.31).
            "iossNumber": Text(longest=20),
            "shopLogisticsType": Choice(values=(1, 2, 3)),
            "storageId": Text(longest=40),
            "products": Rows(
                rules={
                    "vid": Text(longest=50),
                    "sku": Text(longest=50),
                    "quantity": Whole(low=1, required=True),
                    "unitPrice": Amount(),
                    "storeLineItemId": Text(longest=125),
                    "podProperties": Text(longest=500),
                },
                required=True,
            ),
        }
    ),
    "/shopping/order/addCart": _ORDERS,
    "/shopping/order/addCartConfirm": _ORDERS,
    "/shopping/order/saveGenerateParentOrder": Limits({"shipmentOrderId": _NAME}),
    "/shopping/order/list": Limits(
        {
            "pageNum": Whole(low=1),
            "pageSize": Whole(low=1, high=50),
            "orderIds": Several(most=MOST_ORDER_IDS, joined=False),
            "shipmentOrderId": Text(longest=100),
            "status": Choice(values=ORDER_STATUSES),
        }
    ),
    "/shopping/order/getOrderDetail": Limits(
        {"orderId": _NAME, "features": Several(values=("LOGISTICS_TIMELINESS",), most=20)}
    ),
    "/shopping/order/deleteOrder": Limits({"orderId": _NAME}),
    "/shopping/order/changeWarehouse": Limits({"orderCode": _NAME, "storageId": _NAME}),
    "/shopping/order/uploadWaybillInfo": _WAYBILL,
    "/shopping/order/updateWaybillInfo": _WAYBILL,
    "/shopping/order/podProductCustomPicturesEdit": Limits(
        {
            "podPicturesEditParams": Rows(
                rules={
                    "orderCode": _NAME,
                    "lineItemId": _NAME,
                    "effectImgList": _NAMES,
                    "productionImgList": _NAMES,
                },
                required=True,
            )
        }
    ),
    "/shopping/pay/getBalance": Limits(),
    "/shopping/pay/payBalanceV2": Limits({"shipmentOrderId": _NAME, "payId": _NAME}),
    "/logistic/freightCalculate": Limits(
        {
            "startCountryCode": _FROM,
            "endCountryCode": _TO,
            "zip": Text(),
            "taxId": Text(),
            "houseNumber": Text(),
            "iossNumber": Text(),
            "products": Rows(rules={"quantity": Whole(low=1, required=True), "vid": _NAME}, required=True),
        }
    ),
    "/logistic/freightCalculateTip": Limits({"reqDTOS": Rows(rules=_TRIAL, required=True)}),
    "/logistic/getSupplierLogisticsTemplate": Limits({"skuList": Several(most=200, required=True, joined=False)}),
    "/logistic/getTrackInfo": _TRACK,
    "/logistic/trackInfo": _TRACK,
}


def check(path: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of an endpoint as they travel; None and empty ones are left out.

    Raise Invalid for the first that breaks a documented limit, is unknown, or is missing.
    """
    limits = ENDPOINTS[path]
    wire = wired(limits.rules, params, whole=path)
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
