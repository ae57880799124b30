"""CJ 6: freight by route and weight, no route, freight that is down; the Tip; suppliers' templates."""

import pytest

from integrations.simulator.cj_catalogue import Catalogue
from tests.integrations.simulator.cj_buyer import NO_WEIGHT, Buyer

PATH = "/logistic/freightCalculate"


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def freight(buyer: Buyer, end: str = "US", start: str = "CN", quantity: object = 1, vid: str = "") -> dict:
    products = [{"vid": vid or buyer.variant().vid, "quantity": quantity}]
    return buyer.cj.post(PATH, startCountryCode=start, endCountryCode=end, products=products)


def names(reply: dict) -> set[str]:
    return {row["logisticName"] for row in reply["data"]}


def test_carriers_differ_by_route_the_cheapest_first(buyer):
    abroad = freight(buyer)
    assert (abroad["code"], abroad["result"]) == (200, True)
    ordinary = {"CJPacket Ordinary", "CJPacket Sensitive", "CJPacket Postal", "YunExpress Ordinary", "DHL Official"}
    assert names(abroad) == ordinary
    prices = [row["logisticPrice"] for row in abroad["data"]]
    assert prices == sorted(prices)
    assert names(freight(buyer, start="US")) == {"USPS+", "UPS Ground"}
    assert names(freight(buyer, start="US", end="DE")) == set()
    assert names(freight(buyer, end="ZW")) == {"CJPacket Postal", "DHL Official"}


def test_no_route_is_an_empty_list_and_a_wrong_country_an_error(buyer):
    assert (freight(buyer, end="KP")["code"], freight(buyer, end="KP")["data"]) == (200, [])
    assert freight(buyer, end="ZZ")["code"] == 1605002
    assert freight(buyer, vid="x")["code"] == 1602000
    assert freight(buyer, quantity=0)["code"] == 1600100
    assert buyer.cj.post(PATH, startCountryCode="CN", endCountryCode="US")["message"] == "products can not be empty"


def test_heavy_parcels_lose_carriers_and_weight_costs(buyer):
    variant = buyer.variant()
    light, heavy = freight(buyer), freight(buyer, quantity=6000 // variant.weight_g + 1)
    assert names(heavy) == {"YunExpress Ordinary", "DHL Official"}
    price = {row["logisticName"]: row["logisticPrice"] for row in light["data"]}
    assert all(row["logisticPrice"] > price[row["logisticName"]] for row in heavy["data"])
    assert freight(buyer, quantity=40_000 // variant.weight_g + 1)["data"] == []


def test_totals_are_told_for_some_countries_and_are_no_sum(buyer):
    [row] = [one for one in freight(buyer)["data"] if one["logisticName"] == "CJPacket Ordinary"]
    assert set(row) == {"logisticAging", "logisticPrice", "logisticPriceCn", "logisticName"}
    assert row["logisticAging"] == "7-12"
    for row in freight(buyer, end="GB")["data"]:
        assert row["totalPostageFee"] == row["logisticPrice"]
    french = freight(buyer, end="FR")["data"]
    extra = {round(row["totalPostageFee"] - row["logisticPrice"], 2) for row in french}
    assert extra <= {0.0, 2.3, 2.8, 3.5}
    assert len(extra) > 1
    assert all(row["taxesFee"] == row["clearanceOperationFee"] == 0 for row in french)
    for row in freight(buyer, end="DE")["data"]:
        assert row["totalPostageFee"] > row["logisticPrice"] + row["clearanceOperationFee"]


def test_an_order_is_charged_what_freight_tells(buyer):
    [row] = [one for one in freight(buyer, end="FR", quantity=2)["data"] if one["logisticName"] == "CJPacket Sensitive"]
    data = buyer.order("BO-1", shippingCountryCode="FR", logisticName="CJPacket Sensitive")["data"]
    assert float(data["postageAmount"]) == row["totalPostageFee"] > row["logisticPrice"]


def test_goods_without_weight_have_no_price(simulator, buyer):
    products = simulator.running.world.cj.catalogue.products
    vid = next(Catalogue.variants(one)[0].vid for one in products if one.odd == NO_WEIGHT and one.on_sale)
    assert {row["logisticPrice"] for row in freight(buyer, vid=vid)["data"]} == {0.0}


def test_freight_may_be_down_empty_or_dearer(buyer):
    plain = freight(buyer)["data"][0]["logisticPrice"]
    buyer.change(switches={"freight": "down"})
    assert (freight(buyer)["code"], freight(buyer)["data"]) == (1607004, None)
    buyer.change(switches={"freight": "empty"})
    assert (freight(buyer)["code"], freight(buyer)["data"]) == (200, [])
    assert buyer.order("BO-1")["data"]["logisticsMiss"] is True
    buyer.change(switches={"freight": "ok", "freight_percent": 200})
    assert freight(buyer)["data"][0]["logisticPrice"] == pytest.approx(plain * 2, abs=0.01)


def test_the_tip_tells_what_an_address_must_have(buyer):
    asked = {
        "srcAreaCode": "CN",
        "destAreaCode": "BR",
        "skuList": [buyer.variant().sku],
        "freightTrialSkuList": [{"sku": buyer.variant().sku, "skuQuantity": 2}],
        "productProp": ["COMMON"],
        "uid": "u1",
    }
    reply = buyer.cj.post("/logistic/freightCalculateTip", reqDTOS=[asked])
    assert (reply["code"], reply["result"], reply["success"]) == (200, True, True)
    row = next(one for one in reply["data"] if one["option"]["enName"] == "CJPacket Ordinary")
    assert row["ruleTipTypes"] == ["phone", "zip", "taxId"]
    assert row["allRuleTips"][0]["msgCode"] == "1001"
    assert (row["uid"], row["destArea"]["shortCode"], row["srcArea"]["enName"]) == ("u1", "BR", "China")
    simple = {one["logisticName"]: one["logisticPrice"] for one in freight(buyer, end="BR", quantity=2)["data"]}
    assert row["wrapPostage"] == simple["CJPacket Ordinary"] == row["totalPostageFee"]
    assert row["postage"] < row["wrapPostage"]
    heavier = buyer.cj.post("/logistic/freightCalculateTip", reqDTOS=[{**asked, "weight": 4000}])["data"]
    assert "CJPacket Postal" not in {one["option"]["enName"] for one in heavier}
    assert buyer.cj.post("/logistic/freightCalculateTip", reqDTOS=[{}])["code"] == 16900403


def test_only_goods_that_suppliers_ship_have_a_template(simulator, buyer):
    products = simulator.running.world.cj.catalogue.products
    shipped = next(one for one in products if one.kind == "SUPPLIER_SHIPPED_PRODUCT")
    plain = next(one for one in products if one.kind == "ORDINARY_PRODUCT")
    path = "/logistic/getSupplierLogisticsTemplate"
    [row] = buyer.cj.post(path, skuList=[shipped.sku, plain.sku, "x"])["data"]
    assert row["skuList"] == [shipped.sku]
    [info] = row["logisticsInfoList"]
    assert (info["logisticsName"], info["destCountryCode"]) == ("Supplier Standard", "US")
    assert 3.5 <= float(info["postage"]) < 7.5
    assert buyer.cj.post(path, skuList="")["code"] == 16900403
