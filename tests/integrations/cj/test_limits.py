"""The table of parameters agrees with the document, and what breaks it is refused before anything is sent."""

from decimal import Decimal
from typing import Any

import pytest

from accounts.secrets import Secret
from integrations.cj import filters, limits
from integrations.cj.rules import Rows, Text
from integrations.contracts import ProductFilter
from integrations.errors import Invalid
from integrations.wire import File

from . import payloads

# Lengths that are not taken from the document, and why.
OTHER_LENGTHS = {
    ("/authentication/refreshAccessToken", "refreshToken"): None,  # 80 in the document; real ones have about a thousand
    ("/product/listV2", "countryCode"): 200,
    ("/shopping/order/createOrderV3", "iossNumber"): 20,  # 10 in the document; a number of the EU has 12
}
IN_THE_SAMPLE_ONLY = {"length", "width", "height"}  # of /logistic/freightCalculateTip
NOT_IN_THE_SAMPLE = {"weight", "wrapWeight", "volume"}  # called required, and left out by its own sample
NOT_DOCUMENTED = {("/product/myProduct/query", name) for name in ("pageNum", "pageNumber", "pageSize")}


@pytest.mark.parametrize("path", sorted(payloads.PATHS))
def test_the_table_holds_exactly_the_documented_parameters_with_their_lengths(path):
    documented = payloads.endpoint(path)
    rules = limits.ENDPOINTS[path].rules
    assert set(rules) - {name for where, name in NOT_DOCUMENTED if where == path} == {
        param["name"] for param in documented["params"]
    }
    assert list(limits.ENDPOINTS[path].exactly_one_of) == documented["exactly_one_of"]
    for param in documented["params"]:
        rule = rules[param["name"]]
        assert rule.required is (param["required"] is True and param["name"] not in documented["exactly_one_of"])
        if isinstance(rule, Text) and not rule.pattern:
            expected = OTHER_LENGTHS.get((path, param["name"]), param["max_length"])
            assert rule.longest == expected, param["name"]


@pytest.mark.parametrize("path", [path for path in sorted(payloads.PATHS) if "rows" in payloads.endpoint(path)])
def test_the_records_in_a_body_have_their_documented_fields_and_lengths_too(path):
    for place, documented in payloads.endpoint(path)["rows"].items():
        rules = limits.ENDPOINTS[path].rules
        for name in place.split("[]."):
            rule = rules[name]
            assert isinstance(rule, Rows), name
            rules = rule.rules
        assert set(rules) - IN_THE_SAMPLE_ONLY == {field["name"] for field in documented}
        for field in documented:
            mine = rules[field["name"]]
            if field["name"] not in NOT_IN_THE_SAMPLE:
                assert mine.required is field["required"], field["name"]
            if isinstance(mine, Text):
                assert mine.longest == field["max_length"], field["name"]


def test_the_table_holds_no_other_endpoint():
    assert set(limits.ENDPOINTS) == set(payloads.PATHS)


V2, DETAIL, SOURCING = "/product/listV2", "/product/query", "/product/sourcing/create"
CREATE, UPLOAD = "/shopping/order/createOrderV3", "/shopping/order/uploadWaybillInfo"
GOODS = {"vid": "V1", "quantity": 1}
ORDER = {
    "orderNumber": "PO-1-1",
    "shippingCountryCode": "SG",
    "shippingCountry": "Singapore",
    "shippingProvince": "Singapore",
    "shippingCity": "Singapore",
    "shippingCustomerName": "Ann Lee",
    "shippingAddress": "79 Anson Road",
    "logisticName": "CJPacket Ordinary",
    "fromCountryCode": "CN",
    "products": [GOODS],
}
WAYBILL = {"orderId": "2511", "cjOrderId": "DP2511", "cjShippingCompanyName": "USPS", "trackNumber": "1"}
WISH = {"productName": "Cup", "productImage": "https://a.b/c.jpg"}


@pytest.mark.parametrize(
    ("path", "params", "words"),
    [
        (V2, {"page": 0}, ["page", "1", "1000", "“0”"]),
        (V2, {"page": 1001}, ["page", "1000", "“1001”"]),
        (V2, {"size": 101}, ["size", "1", "100", "“101”"]),
        (V2, {"size": "ten"}, ["size", "“ten”"]),
        (V2, {"size": True}, ["size"]),
        (V2, {"keyWord": "x" * 201}, ["keyWord", "200", "201"]),
        (V2, {"keyWord": 5}, ["keyWord", "“5”"]),
        (V2, {"countryCode": "usa"}, ["countryCode", "CN,US", "“usa”"]),
        (V2, {"productType": 5}, ["productType", "4, 10, 11", "“5”"]),
        (V2, {"productFlag": 4}, ["productFlag", "0, 1, 2, 3"]),
        (V2, {"verifiedWarehouse": 3}, ["verifiedWarehouse"]),
        (V2, {"isWarehouse": "maybe"}, ["isWarehouse", "true or false"]),
        (V2, {"orderBy": 5}, ["orderBy"]),
        (V2, {"sort": "down"}, ["sort", "desc, asc"]),
        (V2, {"features": ["enable_everything"]}, ["features", "enable_everything"]),
        (V2, {"features": 5}, ["features", "“5”"]),
        (V2, {"keyWord": "a\ud800"}, ["keyWord"]),
        (V2, {"startSellPrice": Decimal("-1")}, ["startSellPrice", "“-1”"]),
        (V2, {"startSellPrice": Decimal("NaN")}, ["startSellPrice"]),
        (V2, {"startSellPrice": 1.5}, ["startSellPrice"]),
        (V2, {"startSellPrice": Decimal(2), "endSellPrice": Decimal(1)}, ["startSellPrice", "endSellPrice"]),
        (V2, {"startWarehouseInventory": 2, "endWarehouseInventory": 1}, ["startWarehouseInventory"]),
        (V2, {"timeStart": 2, "timeEnd": 1}, ["timeStart", "timeEnd"]),
        (V2, {"lv3categoryList": ["a,b"]}, ["lv3categoryList"]),
        (V2, {"keyword": "hoodie"}, ["keyword", V2]),
        (DETAIL, {}, ["pid, productSku, variantSku"]),
        (DETAIL, {"pid": "1", "productSku": "2"}, ["pid, productSku"]),
        (DETAIL, {"pid": "1", "countryCode": "USA"}, ["countryCode"]),
        ("/product/list", {"pageSize": 201}, ["pageSize", "200"]),
        ("/product/list", {"pageNum": 0}, ["pageNum", "1"]),
        ("/product/list", {"supplierId": "x" * 41}, ["supplierId", "40"]),
        ("/product/list", {"createTimeFrom": "yesterday"}, ["createTimeFrom"]),
        ("/product/addToMyProduct", {"productId": "x" * 101}, ["productId", "100"]),
        ("/product/addToMyProduct", {"productId": ""}, ["productId", "required"]),
        ("/product/stock/getInventoryByPid", {"pid": "x" * 41}, ["pid", "40"]),
        ("/product/stock/queryByVid", {}, ["vid", "required"]),
        ("/product/productComments", {"pid": "1", "pageNum": 0}, ["pageNum"]),
        (SOURCING, {"productName": "Cup"}, ["productImage", "required"]),
        (SOURCING, {**WISH, "productImage": "https://a.b/" + "c" * 200}, ["productImage", "200"]),
        (SOURCING, {**WISH, "remark": "x" * 201}, ["remark", "200"]),
        ("/product/sourcing/query", {"sourceIds": []}, ["sourceIds", "required"]),
        ("/product/sourcing/query", {"sourceIds": ["1"] * 201}, ["sourceIds", "200", "201"]),
        ("/warehouse/detail", {"id": None}, ["id", "required"]),
        (CREATE, {**ORDER, "orderNumber": "x" * 51}, ["orderNumber", "50", "51"]),
        (CREATE, {**ORDER, "shippingPhone": "1" * 21}, ["shippingPhone", "20", "21"]),
        (CREATE, {**ORDER, "fromCountryCode": "cn"}, ["fromCountryCode", "CN", "“cn”"]),
        (CREATE, {**ORDER, "shippingCity": ""}, ["shippingCity", "required"]),
        (CREATE, {**ORDER, "products": []}, ["products", "required"]),
        (CREATE, {**ORDER, "products": "V1"}, ["products", "list of records"]),
        (CREATE, {**ORDER, "products": [{"vid": "V1"}]}, ["products[0].quantity", "required"]),
        (CREATE, {**ORDER, "products": [GOODS, {"vid": "V1", "quantity": 0}]}, ["products[1].quantity", "at least 1"]),
        (CREATE, {**ORDER, "products": [{**GOODS, "color": "red"}]}, ["products[0].color", "products[0]"]),
        (CREATE, {**ORDER, "shopLogisticsType": 4}, ["shopLogisticsType", "1, 2, 3"]),
        (CREATE, {**ORDER, "iossType": 0}, ["iossType", "1, 2, 3"]),
        ("/shopping/order/addCart", {"cjOrderIdList": ["1"] * 201}, ["cjOrderIdList", "200", "201"]),
        ("/shopping/order/list", {"orderIds": ["1"] * 101}, ["orderIds", "100", "101"]),
        ("/shopping/order/list", {"status": "TRASH"}, ["status", "CANCELLED"]),
        ("/shopping/pay/payBalanceV2", {"shipmentOrderId": "1"}, ["payId", "required"]),
        (UPLOAD, {**WAYBILL, "waybillFile": None}, ["waybillFile", "required"]),
        (UPLOAD, {**WAYBILL, "waybillFile": File(name="a.pdf", content=b"")}, ["waybillFile", "not empty"]),
        ("/logistic/trackInfo", {"trackNumber": []}, ["trackNumber", "required"]),
    ],
)
def test_a_breach_names_the_parameter_the_limit_and_the_value(path: str, params: dict[str, Any], words: list[str]):
    with pytest.raises(Invalid) as caught:
        limits.check(path, params)
    for word in words:
        assert word in str(caught.value)
    assert caught.value.field == "" or caught.value.field in str(caught.value)


def test_what_is_right_travels_as_cj_takes_it():
    params = {
        "keyWord": "hoodie",
        "page": 1000,
        "size": 100,
        "countryCode": "CN,US",
        "startSellPrice": Decimal("1E+1"),
        "endSellPrice": 12,
        "isWarehouse": True,
        "hasCertification": True,
        "addMarkStatus": "0",
        "productType": "10",
        "features": ["enable_category", "enable_video"],
        "lv3categoryList": ["a", "b"],
        "supplierId": "",
        "zonePlatform": None,
    }
    assert limits.check(V2, params) == {
        "keyWord": "hoodie",
        "page": 1000,
        "size": 100,
        "countryCode": "CN,US",
        "startSellPrice": "10",
        "endSellPrice": "12",
        "isWarehouse": "true",
        "hasCertification": 1,
        "addMarkStatus": 0,
        "productType": 10,
        "features": "enable_category,enable_video",
        "lv3categoryList": "a,b",
    }
    assert limits.check("/product/sourcing/query", {"sourceIds": ["285"]}) == {"sourceIds": ["285"]}


def test_a_secret_stays_one_and_is_not_shown_where_it_is_wrong():
    key = Secret("k" * 201)
    with pytest.raises(Invalid) as caught:
        limits.check("/authentication/getAccessToken", {"apiKey": key})
    assert "kkk" not in str(caught.value)
    token = Secret("t" * 1100)
    assert limits.check("/authentication/refreshAccessToken", {"refreshToken": token}) == {"refreshToken": token}
    with pytest.raises(Invalid, match="required"):
        limits.check("/authentication/getAccessToken", {"apiKey": Secret("")})


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (ProductFilter(keyword="x" * 201), "keyword"),
        (ProductFilter(country_code="USA"), "country_code"),
        (ProductFilter(price_min=Decimal(5), price_max=Decimal(2)), "price_min"),
        (ProductFilter(sort="color"), "sort"),
        (ProductFilter(extra={"color": "red"}), "extra"),
        (ProductFilter(extra={"productType": 99}), "productType"),
    ],
)
def test_a_refused_search_names_the_field_in_the_words_of_whoever_asked(wanted, field):
    with pytest.raises(Invalid) as refused:
        filters.check(wanted)
    assert refused.value.field == field
