"""CJ 5: orders are created once per number, priced, checked; payType 2 spends at once."""

from decimal import Decimal

import pytest

from integrations.simulator.cj_catalogue import Catalogue
from tests.integrations.simulator.cj_buyer import ADDRESS, CHINO, CRANBURY, JINHUA, NO_WEIGHT, Buyer

POSTAGE = Decimal("3.10")  # CJPacket Ordinary to the USA begins with it


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def goods(buyer: Buyer) -> Decimal:
    return Decimal(buyer.variant().price) / 100 * 2


def test_an_order_is_created_and_costs_nothing_yet(buyer):
    reply = buyer.order("BO-1", payType="3")
    data = reply["data"]
    assert (reply["code"], reply["result"], reply["message"]) == (200, True, "Success")
    assert data["orderId"] == "260301100016290556"
    assert (data["orderNumber"], data["orderStatus"], data["shipmentOrderId"]) == ("BO-1", "CREATED", "")
    assert (data["logisticsMiss"], data["interceptOrderReasons"], data["cjPayUrl"]) == (False, None, "")
    assert Decimal(data["productAmount"]) == goods(buyer)
    assert Decimal(data["orderAmount"]) == goods(buyer) + Decimal(data["postageAmount"])
    assert Decimal(data["postageAmount"]) > POSTAGE
    assert (data["actualPayment"], data["iossAmount"]) == ("", "")
    assert data["productInfoList"] == [
        {
            "storeLineItemId": "L1",
            "lineItemId": "2603011200000976501",
            "variantId": buyer.variant().vid,
            "isGroup": False,
            "quantity": 2,
            "subOrderProducts": None,
        }
    ]
    assert buyer.balance() == 87247.32
    [entry] = buyer.entries("orders")
    assert entry == {
        "at": 1_772_366_400,
        "order_id": "260301100016290556",
        "order_number": "BO-1",
        "code": "SD26030112000016290556",
        "pay_type": 3,
        "logistics_type": 2,
        "lines": [{"vid": buyer.variant().vid, "quantity": 2}],
        "amount": data["orderAmount"],
    }
    assert buyer.count("payments") == 0


def test_version_3_answers_numbers_and_knows_no_pay_type(buyer):
    data = buyer.order("BO-1", version="V3", payType=2)["data"]
    assert (data["orderStatus"], data["iossAmount"], data["actualPayment"]) == ("CREATED", None, None)
    assert data["productAmount"] == float(goods(buyer))
    assert buyer.count("payments") == 0


@pytest.mark.parametrize("version", ["V2", "V3"])
def test_a_number_is_taken_once_and_for_ever(buyer, version):
    order_id = buyer.create("BO-1")
    again = buyer.order("BO-1", version=version)
    assert (again["code"], again["result"], again["data"]) == (1603003, False, None)
    assert buyer.cj.send("DELETE", "/shopping/order/deleteOrder", params={"orderId": order_id}).json()["code"] == 200
    assert buyer.order("BO-1", version=version)["code"] == 1603003
    assert buyer.count("orders") == 1
    assert [entry["order_id"] for entry in buyer.entries("orders_duplicate")] == [order_id, order_id]


def test_another_account_may_use_the_same_number(simulator, buyer):
    buyer.create("BO-1")
    other = Buyer(simulator, simulator.login("Prime"), "Prime")
    assert other.order("BO-1")["code"] == 200
    assert buyer.count("orders") == 2


def test_pay_type_2_spends_at_once(buyer):
    data = buyer.order("BO-1", payType=2)["data"]
    assert data["orderStatus"] == "UNSHIPPED"
    assert data["actualPayment"] == data["orderAmount"]
    assert data["shipmentOrderId"] == "1958800000000000001"
    [payment] = buyer.entries("payments")
    assert (payment["by"], payment["amount"], payment["repeat"]) == ("payType2", data["orderAmount"], False)
    assert Decimal(payment["balance_after"]) == Decimal("87247.32") - Decimal(data["orderAmount"])
    assert (buyer.count("carts"), buyer.count("confirmations"), buyer.count("parent_orders")) == (1, 1, 0)


def test_pay_type_2_without_money_leaves_the_order_unpaid(buyer):
    buyer.change(balance={"account": "Advanced", "amount": "1.00"})
    assert buyer.order("BO-1", payType=2)["code"] == 1604000
    assert buyer.status("BO-1") == "UNPAID"
    assert buyer.balance() == 1.0
    assert buyer.order("BO-1", payType=2)["code"] == 1603003


def test_pay_type_1_gives_a_page_and_charges_nothing(simulator, buyer):
    data = buyer.order("BO-1", payType=1)["data"]
    assert data["cjPayUrl"] == f"{simulator.base_url}/mine/pay/1958800000000000001"
    assert (data["orderStatus"], data["actualPayment"]) == ("UNPAID", "")
    assert buyer.count("payments") == 0


def test_a_held_order_is_not_paid_by_pay_type_2(buyer):
    data = buyer.order("BO-1", payType=2, shippingPhone="abc")["data"]
    assert data["orderStatus"] == "CREATED"
    assert [reason["code"] for reason in data["interceptOrderReasons"]] == [1001]
    assert buyer.count("payments") == 0


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        ({"shippingPhone": None}, [1001]),
        ({"shippingPhone": "12345"}, [1001]),
        ({"shippingPhone": "(212) 555-01"}, []),
        ({"shippingZip": ""}, [1002]),
        ({"shippingCountryCode": "SG", "shippingZip": ""}, []),
        ({"shippingCountryCode": "BR"}, [1003]),
        ({"shippingCountryCode": "BR", "taxId": "123.456.789-09", "shippingPhone": "x"}, [1001]),
    ],
)
def test_an_address_is_held_back_for_its_reasons(buyer, fields, codes):
    reasons = buyer.order("BO-1", **fields)["data"]["interceptOrderReasons"]
    assert [reason["code"] for reason in reasons or []] == codes


@pytest.mark.parametrize(
    "name", ["orderNumber", "logisticName", "fromCountryCode", "products", "shippingCustomerName", "shippingAddress"]
)
def test_required_fields_are_named(buyer, name):
    reply = buyer.order("BO-1" if name != "orderNumber" else "", **({name: ""} if name != "orderNumber" else {}))
    assert (reply["code"], reply["message"]) == (16900403, f"{name} can not be empty")
    assert buyer.count("orders") == 0


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"orderNumber": 12}, 1600100),
        ({"orderNumber": "x" * 51}, 1600100),
        ({"payType": 4}, 1600100),
        ({"shopLogisticsType": "9"}, 1600100),
        ({"shopAmount": "much"}, 1600100),
        ({"shippingPhone": 2125550100}, 1600100),
        ({"products": {"vid": "x"}}, 1600100),
        ({"products": [{"quantity": 1}]}, 16900403),
        ({"products": [{"vid": "x", "quantity": 0}]}, 1600100),
        ({"products": [{"vid": "x"}]}, 16900403),
        ({"products": [{"vid": "FFFFFFFF-0000-0000-0000-000000000000", "quantity": 1}]}, 1602000),
        ({"products": [{"sku": "CJNVHHJD01847", "quantity": 1}]}, 1602000),
        ({"shippingCountryCode": "ZZ"}, 1605002),
        ({"fromCountryCode": "QQ"}, 1605002),
        ({"logisticName": "Pony Express"}, 1605000),
        ({"logisticName": "USPS+"}, 1605001),
        ({"shippingCountryCode": "KP"}, 1605001),
        ({"shopLogisticsType": 1}, 16900403),
        ({"shopLogisticsType": 1, "storageId": "nowhere"}, 1608001),
        ({"shopLogisticsType": 1, "storageId": CRANBURY}, 1600100),
    ],
)
def test_what_is_wrong_is_refused_and_takes_no_number(buyer, fields, code):
    assert buyer.order("BO-1", **fields)["code"] == code
    assert buyer.count("orders") == 0
    assert buyer.order("BO-1")["code"] == 200


def test_a_line_may_be_meant_by_its_sku_and_both_must_agree(buyer):
    first, second = buyer.variant(), buyer.variant(skip=1)
    data = buyer.order("BO-1", products=[{"sku": first.sku, "quantity": "1"}])["data"]
    assert data["productInfoList"][0]["variantId"] == first.vid
    wrong = [{"vid": first.vid, "sku": second.sku, "quantity": 1}]
    assert buyer.order("BO-2", products=wrong)["code"] == 1600100


def test_goods_off_the_shelves_are_refused(buyer):
    variant = buyer.variant()
    buyer.change(pids=[variant.product.pid], fields={"on_sale": False})
    products = [{"vid": variant.vid, "quantity": 1}]
    assert buyer.order("BO-1", products=products)["code"] == 1602003
    buyer.change(remove=[variant.product.pid])
    assert buyer.order("BO-1", products=products)["code"] == 1602000


def test_discounts_lower_the_amount_and_are_told_apart(buyer):
    variant = buyer.variant(discount=True)
    data = buyer.order("BO-1", products=[{"vid": variant.vid, "quantity": 3}])["data"]
    each = (Decimal(variant.price) * variant.product.discount / 10_000).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert Decimal(data["productDiscountAmount"]) == each * 3
    assert Decimal(data["productOriginalAmount"]) == Decimal(variant.price) / 100 * 3
    assert Decimal(data["orderOriginalAmount"]) - Decimal(data["orderAmount"]) == each * 3


def test_goods_without_a_weight_lack_their_logistics(simulator, buyer):
    product = next(one for one in simulator.running.world.cj.catalogue.products if one.odd == NO_WEIGHT and one.on_sale)
    vid = Catalogue.variants(product)[0].vid
    data = buyer.order("BO-1", products=[{"vid": vid, "quantity": 1}])["data"]
    assert (data["logisticsMiss"], data["postageAmount"], data["orderAmount"]) == (True, "", "")
    assert buyer.cart(data["orderId"])["code"] == 1603001


def test_own_ioss_of_cj_adds_taxes_for_the_eu_alone(buyer):
    data = buyer.order("BO-1", shippingCountryCode="NL", iossType="3", iossNumber="CJ-IOSS")["data"]
    assert data["iossTaxHandlingFee"] == "0.50"
    taxes = (goods(buyer) * Decimal("0.20")).quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert Decimal(data["iossAmount"]) == taxes + Decimal("0.50")
    assert buyer.order("BO-2", iossType="3")["data"]["iossAmount"] == ""


def test_platform_logistics_keep_the_warehouse_and_ask_no_carrier(buyer):
    products = [{"vid": buyer.variant(area=1).vid, "quantity": 1}]
    common = {"fromCountryCode": "US", "logisticName": "Any", "products": products, "shippingPhone": ""}
    chosen = buyer.order("BO-1", shopLogisticsType=1, storageId=CHINO, **common)["data"]
    assert (chosen["postageAmount"], chosen["interceptOrderReasons"]) == ("0.00", None)
    assert buyer.detail("BO-1")["storageName"] == "Chino Warehouse"
    buyer.order("BO-2", shopLogisticsType=3, **common)
    assert buyer.detail("BO-2")["storageId"] == CRANBURY
    buyer.order("BO-3", storageId=JINHUA)
    assert buyer.detail("BO-3")["storageId"] is None


def test_a_vid_of_nobody_gives_a_temporary_id_to_accounts_which_may(buyer):
    products = [{"vid": "my-own-vid", "sku": "MY-1", "quantity": 1}]
    assert buyer.order("BO-1", products=products)["code"] == 1602000
    buyer.change(account={"account": "Advanced", "foreign_skus": True})
    data = buyer.order("BO-1", products=products)["data"]
    assert data["orderId"] == "1377085655000000001"
    assert buyer.detail("BO-1")["isComplete"] == 0
    assert buyer.cart(data["orderId"])["code"] == 1603001
    real = buyer.advance(data["orderId"], "connected")["order_id"]
    assert len(real) == 18
    [told] = [one for one in buyer.messages("ORDER") if one["messageType"] == "ORDER_CONNNECTED"]
    assert (told["params"]["cjOrderId"], told["params"]["orderNumber"]) == (int(real), "BO-1")
    assert buyer.cj.code("/shopping/order/getOrderDetail", orderId=data["orderId"]) == (1600300, "order not found")
    assert buyer.cart(real)["data"]["addSuccessOrders"] == [real]


def test_a_platform_token_must_live(buyer):
    products = [{"vid": buyer.variant().vid, "quantity": 1}]
    order = {"orderNumber": "BO-1", "logisticName": "CJPacket Ordinary", "fromCountryCode": "CN"}
    body = {**ADDRESS, **order, "products": products}

    def code(token: str) -> int:
        path = "/shopping/order/createOrderV2"
        return int(buyer.cj.send("POST", path, json=body, headers={"platformToken": token}).json()["code"])

    assert code("nonsense") == 1600031
    assert code(buyer.cj.token) == 200


def test_control_decides_what_befalls_the_next_order(buyer):
    buyer.change(next_orders={"order_number": "BO-2", "intercept": [{"code": 1001, "message": "Look at it"}]})
    assert buyer.order("BO-1")["data"]["interceptOrderReasons"] is None
    assert buyer.order("BO-2")["data"]["interceptOrderReasons"] == [{"code": 1001, "message": "Look at it"}]
    buyer.change(next_orders={"times": 2, "logistics_miss": True})
    assert [buyer.order(f"BO-{n}")["data"]["logisticsMiss"] for n in (3, 4, 5)] == [True, True, False]
