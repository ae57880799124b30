"""CJ 5: cart, confirmation, parent order, payment; each step with its documented envelope and its books."""

from decimal import Decimal

import pytest

from tests.integrations.simulator.cj_buyer import DAY, Buyer

PAY_V2 = "/shopping/pay/payBalanceV2"
PAY = "/shopping/pay/payBalance"


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def test_cart_envelope_and_states(buyer):
    order_id = buyer.create("BO-1")
    assert buyer.cart(order_id) == {
        "success": True,
        "code": 200,
        "message": "Congratulation! Well done!",
        "data": {
            "successCount": 1,
            "addSuccessOrders": [order_id],
            "unInterceptAddressCount": 0,
            "interceptOrders": [],
        },
    }
    assert buyer.status(order_id) == "IN_CART"
    assert buyer.cart(order_id)["data"]["successCount"] == 1  # in the cart it stays
    assert buyer.count("carts") == 1
    assert buyer.confirm(order_id) == {
        "success": True,
        "code": 200,
        "message": "Congratulation! Well done!",
        "data": {
            "successCount": 1,
            "submitSuccess": True,
            "shipmentsId": "1958800000000000001",
            "result": 0,
            "interceptOrders": [],
        },
    }
    detail = buyer.detail("BO-1")
    assert (detail["orderStatus"], detail["cjOrderId"]) == ("UNPAID", "DP2603011200000643401")
    assert buyer.balance() == 87247.32


def test_cart_names_only_who_is_in_it(buyer):
    good, held, missing = (
        buyer.create("BO-1"),
        buyer.create("BO-2", shippingPhone=""),
        buyer.create("BO-3"),
    )
    buyer.change(order={"id": missing, "logistics_miss": True})
    code = buyer.detail(good)["cjOrderCode"]
    data = buyer.cart(code, held, missing, "999")["data"]
    assert (data["successCount"], data["addSuccessOrders"], data["interceptOrders"]) == (1, [code], [held])
    assert [buyer.status(one) for one in (good, held, missing)] == ["IN_CART", "CREATED", "CREATED"]


def test_cart_of_nobody_fails(simulator, buyer):
    order_id = buyer.create("BO-1")
    refused = buyer.cart("BO-1", "999")
    assert (refused["code"], refused["result"], refused["message"]) == (1603001, False, "order confirm fail")
    other = Buyer(simulator, simulator.login("Prime"), "Prime")
    assert other.cart(order_id)["code"] == 1603001
    assert buyer.cart()["code"] == 16900403
    assert buyer.cj.post("/shopping/order/addCart", cjOrderIdList=order_id)["code"] == 1600100
    assert buyer.status(order_id) == "CREATED"


def test_confirmation_skips_the_cart_for_nobody(buyer):
    order_id = buyer.create("BO-1")
    assert buyer.confirm(order_id)["code"] == 1603001
    assert buyer.status(order_id) == "CREATED"


def test_one_shipment_for_all_of_a_call(buyer):
    ids = [buyer.create(f"BO-{n}") for n in (1, 2, 3)]
    shipment_id = buyer.confirmed(*ids)
    assert [buyer.known(one)["shipment_id"] for one in ids] == [shipment_id] * 3
    [entry] = buyer.entries("confirmations")
    assert (entry["order_ids"], entry["order_numbers"]) == (ids, ["BO-1", "BO-2", "BO-3"])
    listed = buyer.cj.get("/shopping/order/list", shipmentOrderId=shipment_id)["data"]
    assert {row["orderId"] for row in listed["list"]} == set(ids)


def test_confirming_again_tells_the_same_shipment_or_is_refused(buyer):
    first, second = buyer.create("BO-1"), buyer.create("BO-2")
    shipment_id = buyer.confirmed(first)
    again = buyer.confirm(first)["data"]
    assert (again["shipmentsId"], again["successCount"], again["submitSuccess"]) == (shipment_id, 0, True)
    buyer.cart(second)
    mixed = buyer.confirm(first, second)["data"]
    assert (mixed["successCount"], mixed["shipmentsId"]) == (1, "1958800000000000002")
    assert buyer.confirm(first, second)["code"] == 1603001  # two shipments have no common name
    buyer.change(switches={"confirm_again": "refused"})
    assert buyer.confirm(first)["code"] == 1603001
    assert buyer.count("confirmations") == 2


def test_confirmation_of_held_orders_submits_nothing(buyer):
    order_id = buyer.create("BO-1")
    buyer.cart(order_id)
    buyer.change(order={"id": order_id, "intercept": [{"code": 1001, "message": "No"}]})
    data = buyer.confirm(order_id)["data"]
    assert (data["submitSuccess"], data["shipmentsId"], data["interceptOrders"]) == (False, "", [order_id])
    assert buyer.status(order_id) == "IN_CART"


def test_parent_order_fixes_the_price_and_moves_no_money(buyer):
    variant = buyer.variant(discount=True)
    order_id = buyer.create("BO-1", products=[{"vid": variant.vid, "quantity": 2}])
    shipment_id = buyer.confirmed(order_id)
    reply = buyer.parent(shipment_id)
    detail = buyer.detail(order_id)
    assert set(reply) == {"success", "message", "data"}
    data, told = reply["data"], reply["data"]["paymentInformation"]
    assert (data["payId"], data["payExpireTime"]) == ("PAY123456001", "2026-03-02 12:00:00")
    assert (data["submitSuccess"], data["successOrders"]) == (True, [detail["cjOrderCode"]])
    assert (data["unMatchOrderCodes"], data["unMatchProductCodes"], data["interceptOrders"]) == ([], [], [])
    assert told["actualPayment"] == told["payableAmount"] == detail["orderAmount"]
    assert data["orderMoney"] == told["orderOriginalAmount"] > told["payableAmount"]
    assert told["commodityDiscount"] == pytest.approx(data["orderMoney"] - told["actualPayment"])
    assert buyer.balance() == 87247.32
    [entry] = buyer.entries("parent_orders")
    assert entry["amount"] == str(Decimal(str(told["actualPayment"])).quantize(Decimal("0.01")))
    assert (entry["order_numbers"], entry["unmatched"]) == (["BO-1"], [])


def test_parent_order_is_the_same_until_the_price_moves(buyer):
    variant = buyer.variant()
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    first = buyer.parent(shipment_id)["data"]
    assert buyer.parent(shipment_id)["data"]["payId"] == first["payId"]
    assert buyer.count("parent_orders") == 1
    buyer.change(vids=[variant.vid], fields={"price": str(Decimal(variant.price) / 100 + 1)})
    second = buyer.parent(shipment_id)["data"]
    assert second["payId"] != first["payId"]
    assert second["orderMoney"] == pytest.approx(first["orderMoney"] + 2)
    assert buyer.pay(shipment_id, first["payId"])["code"] == 1603101
    assert buyer.pay(shipment_id, second["payId"])["code"] == 200
    assert Decimal(buyer.entries("payments")[0]["amount"]) == Decimal(str(second["orderMoney"]))


def test_a_price_that_moves_after_the_parent_order_is_not_charged(buyer):
    variant = buyer.variant()
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    parent = buyer.parent(shipment_id)["data"]
    buyer.change(vids=[variant.vid], fields={"price": "900"})
    assert buyer.pay(shipment_id, parent["payId"])["code"] == 200
    assert Decimal(buyer.entries("payments")[0]["amount"]) == Decimal(str(parent["orderMoney"]))


def test_unmatched_orders_stand_beside_success(buyer):
    good, gone, marked = (
        buyer.create("BO-1"),
        buyer.create("BO-2", products=[{"vid": buyer.variant(skip=1).vid, "quantity": 1}]),
        buyer.create("BO-3"),
    )
    shipment_id = buyer.confirmed(good, gone, marked)
    lost = buyer.variant(skip=1)
    buyer.change(remove=[lost.product.pid])
    buyer.change(order={"id": marked, "unmatched": True})
    data = buyer.parent(shipment_id)["data"]
    codes = {one: buyer.detail(one)["cjOrderCode"] for one in (good, gone, marked)}
    assert data["submitSuccess"] is True
    assert data["successOrders"] == [codes[good]]
    assert data["unMatchOrderCodes"] == [codes[gone], codes[marked]]
    assert data["unMatchProductCodes"] == [lost.sku, buyer.variant().sku]
    assert buyer.pay(shipment_id, data["payId"])["code"] == 200
    assert [buyer.status(one) for one in (good, gone, marked)] == ["UNSHIPPED", "UNPAID", "UNPAID"]
    nothing = buyer.parent(shipment_id)["data"]
    assert (nothing["submitSuccess"], nothing["payId"], nothing["payExpireTime"]) == (False, None, None)


def test_parent_order_of_an_unknown_or_paid_shipment_fails(buyer):
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    buyer.pay(shipment_id, buyer.parent(shipment_id)["data"]["payId"])
    for name in (shipment_id, "1958", "BO-1"):
        reply = buyer.parent(name)
        assert (reply["code"], reply["message"]) == (1603001, "order confirm fail")


def test_payment_takes_exactly_the_amount_and_the_stock(buyer):
    variant = buyer.variant()
    before = buyer.stock(variant)
    order_id = buyer.create("BO-1")
    shipment_id = buyer.confirmed(order_id)
    parent = buyer.parent(shipment_id)["data"]
    amount = Decimal(str(parent["paymentInformation"]["actualPayment"])).quantize(Decimal("0.01"))
    reply = buyer.pay(shipment_id, parent["payId"])
    assert (reply["code"], reply["result"], reply["data"]) == (200, True, None)
    [entry] = buyer.entries("payments")
    assert entry == {
        "at": 1_772_366_400,
        "by": "payBalanceV2",
        "shipment_id": shipment_id,
        "pay_id": parent["payId"],
        "order_ids": [order_id],
        "order_numbers": ["BO-1"],
        "amount": str(amount),
        "balance_before": "87247.32",
        "balance_after": str(Decimal("87247.32") - amount),
        "repeat": False,
    }
    assert Decimal(str(buyer.balance())) == Decimal("87247.32") - amount
    detail = buyer.detail(order_id)
    assert (detail["orderStatus"], detail["paymentDate"]) == ("UNSHIPPED", "2026-03-01 12:00:00")
    assert buyer.stock(variant) == before - 2


def test_a_payment_asked_for_again_is_refused_and_noted(buyer):
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    buyer.pay(shipment_id, pay_id)
    after = buyer.balance()
    assert buyer.pay(shipment_id, pay_id)["code"] == 1603101
    assert buyer.cj.post(PAY, orderId=buyer.known("BO-1")["order_id"])["code"] == 1603101
    assert buyer.balance() == after
    assert (buyer.count("payments"), buyer.count("payments_repeated")) == (1, 2)


def test_a_careless_cj_charges_twice(buyer):
    buyer.change(switches={"pay_twice": True})
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    assert [buyer.pay(shipment_id, pay_id)["code"] for _ in range(2)] == [200, 200]
    first, second = buyer.entries("payments")
    assert (first["repeat"], second["repeat"], first["amount"]) == (False, True, second["amount"])
    assert len(buyer.known("BO-1")["paid"]) == 2


def test_an_order_code_in_the_shipments_place_pays_nothing(buyer):
    order_id = buyer.create("BO-1")
    buyer.confirmed(order_id)
    code = buyer.detail(order_id)["cjOrderCode"]
    pay_id = buyer.parent(code)["data"]["payId"]
    assert buyer.pay(code, pay_id)["code"] == 200
    assert buyer.status(order_id) == "UNPAID"
    assert buyer.balance() == 87247.32
    assert buyer.count("payments") == 0


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        ({"balance": {"account": "Advanced", "amount": "3.99"}}, 1604000),
        ({"account": {"account": "Advanced", "balance_blocked": True}}, 1604001),
    ],
)
def test_a_payment_that_fails_takes_nothing(buyer, trouble, code):
    variant = buyer.variant()
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    parent = buyer.parent(shipment_id)["data"]
    buyer.change(**trouble)
    before, stock = buyer.balance(), buyer.stock(variant)
    assert buyer.pay(shipment_id, parent["payId"])["code"] == code
    assert (buyer.balance(), buyer.stock(variant), buyer.status("BO-1")) == (before, stock, "UNPAID")
    [refused] = buyer.entries("payments_refused")
    assert (refused["code"], refused["order_numbers"]) == (code, ["BO-1"])
    buyer.change(balance={"account": "Advanced", "add": "500"}, account={"account": "Advanced", "balance_blocked": 0})
    assert buyer.pay(shipment_id, parent["payId"])["code"] == 200


def test_short_stock_fails_all_of_a_shipment(buyer):
    variant = buyer.variant()
    ids = [buyer.create(f"BO-{n}") for n in (1, 2)]
    shipment_id = buyer.confirmed(*ids)
    parent = buyer.parent(shipment_id)["data"]
    buyer.change(vids=[variant.vid], fields={"stock": 3})
    assert buyer.pay(shipment_id, parent["payId"])["code"] == 1603102
    assert buyer.stock(variant) == 3
    assert buyer.balance() == 87247.32
    buyer.change(vids=[variant.vid], fields={"stock": 4})
    assert buyer.pay(shipment_id, parent["payId"])["code"] == 200
    assert buyer.stock(variant) == 0


def test_pay_ids_are_strict(simulator, buyer):
    shipment_id, other_shipment = buyer.confirmed(buyer.create("BO-1")), buyer.confirmed(buyer.create("BO-2"))
    pay_id, other = (buyer.parent(one)["data"]["payId"] for one in (shipment_id, other_shipment))
    assert buyer.pay(shipment_id, other)["code"] == 1603101
    assert buyer.pay("1958800000000000009", pay_id)["code"] == 1603100
    assert buyer.pay(shipment_id, "")["message"] == "payId can not be empty"
    stranger = Buyer(simulator, simulator.login("Prime"), "Prime")
    assert stranger.pay(shipment_id, pay_id)["code"] == 1603100
    assert buyer.count("payments") == 0


def test_a_pay_id_expires_and_another_is_given(buyer):
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    first = buyer.parent(shipment_id)["data"]
    buyer.pass_time(DAY)
    assert buyer.pay(shipment_id, first["payId"])["code"] == 1603101
    second = buyer.parent(shipment_id)["data"]
    assert (second["payId"], second["payExpireTime"]) == ("PAY123456002", "2026-03-03 12:00:00")
    assert buyer.pay(shipment_id, second["payId"])["code"] == 200


def test_the_old_payment_pays_one_order_alone(buyer):
    first, second = buyer.create("BO-1"), buyer.create("BO-2")
    assert buyer.cj.post(PAY, orderId=first)["code"] == 1603101  # not confirmed
    shipment_id = buyer.confirmed(first, second)
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    assert buyer.cj.post(PAY, orderId=first)["code"] == 200
    assert buyer.cj.post(PAY, orderId="1")["code"] == 1603100
    assert [buyer.status(one) for one in (first, second)] == ["UNSHIPPED", "UNPAID"]
    assert buyer.pay(shipment_id, pay_id)["code"] == 1603101  # it covered both
    rest = buyer.parent(shipment_id)["data"]
    assert len(rest["successOrders"]) == 1
    assert buyer.pay(shipment_id, rest["payId"])["code"] == 200
    assert [entry["by"] for entry in buyer.entries("payments")] == ["payBalance", "payBalanceV2"]


@pytest.mark.parametrize(("when", "paid"), [("before", 0), ("after", 1)])
@pytest.mark.parametrize("trouble", [{"cut": True}, {"status": 502}, {"code": 1600301}])
def test_faults_around_a_payment(simulator, buyer, when, paid, trouble):
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    match = {"shipmentOrderId": shipment_id}
    simulator.control("faults", platform="cj", path=PAY_V2, when=when, match=match, **trouble)
    try:
        reply = buyer.cj.send("POST", PAY_V2, json={"shipmentOrderId": shipment_id, "payId": pay_id})
    except OSError:
        assert "cut" in trouble
    else:
        assert reply.status_code == trouble.get("status", 200)
    assert buyer.count("payments") == paid
    assert buyer.status("BO-1") == ("UNSHIPPED" if paid else "UNPAID")


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ("/shopping/order/addCart", "IN_CART"),
        ("/shopping/order/addCartConfirm", "UNPAID"),
        ("/shopping/order/saveGenerateParentOrder", "UNPAID"),
    ],
)
def test_a_lost_answer_has_acted_and_asking_again_does_no_harm(simulator, buyer, path, state):
    order_id = buyer.create("BO-1")
    simulator.control("faults", platform="cj", path=path, when="after", cut=True)
    with pytest.raises(OSError):
        buyer.parent(buyer.confirmed(order_id))
    assert buyer.status(order_id) == state
    assert buyer.cart(order_id)["code"] == (200 if state == "IN_CART" else 1603001)
    shipment_id = buyer.confirm(order_id)["data"]["shipmentsId"]
    assert shipment_id == "1958800000000000001"
    assert buyer.parent(shipment_id)["data"]["payId"] == "PAY123456001"
    assert (buyer.count("carts"), buyer.count("confirmations"), buyer.count("parent_orders")) == (1, 1, 1)


def test_a_lost_creation_is_found_by_its_number(simulator, buyer):
    simulator.control("faults", platform="cj", path="/shopping/order/createOrderV2", when="after", cut=True)
    with pytest.raises(OSError):
        buyer.order("BO-1")
    assert buyer.detail("BO-1")["orderStatus"] == "CREATED"
    assert buyer.order("BO-1")["code"] == 1603003
    assert buyer.count("orders") == 1
