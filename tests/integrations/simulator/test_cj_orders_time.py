"""What the clock makes of CJ's orders: they expire, leave, travel, arrive; messages tell of it; splits."""

from decimal import Decimal

import pytest

from tests.integrations.simulator.cj_buyer import CRANBURY, DAY, Buyer, events

NOON = 1_772_366_400
ABROAD = [1, 2, 4, 5, 6, 7, 8, 9, 10, 12]


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


@pytest.mark.parametrize(("hours", "seconds"), [(24, DAY), (72, 3 * DAY), (None, 2 * DAY)])
def test_a_paid_order_leaves_after_its_products_time(buyer, hours, seconds):
    products = [{"vid": buyer.variant(hours=hours).vid, "quantity": 1}]
    order_id = buyer.bought("BO-1", products=products)
    buyer.pass_time(seconds - 1)
    assert (buyer.status(order_id), buyer.count("shipments")) == ("UNSHIPPED", 0)
    buyer.pass_time(1)
    detail = buyer.detail(order_id)
    assert (detail["orderStatus"], detail["trackNumber"]) == ("SHIPPED", "CJPKL7160102001YQ")
    assert detail["trackingUrl"].endswith("CJPKL7160102001YQ")
    [entry] = buyer.entries("shipments")
    assert (entry["at"], entry["order_number"], entry["carrier"]) == (NOON + seconds, "BO-1", "CJPacket Ordinary")


def test_a_parcel_travels_over_days_and_arrives(buyer):
    buyer.change(switches={"dispatch_s": 0})
    order_id = buyer.bought("BO-1")
    number = buyer.detail(order_id)["trackNumber"]
    [row] = buyer.track(number)
    assert row == {
        "trackingNumber": number,
        "logisticName": "CJPacket Ordinary",
        "trackingFrom": "CN",
        "trackingTo": "US",
        "deliveryDay": None,
        "deliveryTime": None,
        "trackingStatus": "In transit",
        "lastMileCarrier": None,
        "lastTrackNumber": None,
    }
    buyer.pass_time(7 * DAY * 0.9)
    [row] = buyer.track(number)
    assert (row["trackingStatus"], row["lastMileCarrier"]) == ("In transit", "CJPacket")
    assert row["lastTrackNumber"].startswith("9261")
    buyer.pass_time(7 * DAY * 0.06)
    assert buyer.track(number)[0]["trackingStatus"] == "Out for delivery"
    assert buyer.status(order_id) == "SHIPPED"
    buyer.pass_time(7 * DAY * 0.05)
    [row] = buyer.track(number)
    assert (row["trackingStatus"], row["deliveryDay"]) == ("Delivered", "7")
    assert row["deliveryTime"] == "2026-03-08 12:00:00"
    assert buyer.status(order_id) == "DELIVERED"
    assert [one["params"]["trackingStatus"] for one in buyer.messages("LOGISTIC")] == ABROAD
    [entry] = buyer.entries("deliveries")
    assert (entry["at"], entry["track_number"]) == (NOON + 7 * DAY, number)


def test_one_jump_of_the_clock_tells_everything_in_order_and_at_its_time(buyer):
    buyer.bought("BO-1")
    buyer.pass_time(60 * DAY)
    entries = buyer.entries("messages")
    assert [entry["at"] for entry in entries] == sorted(entry["at"] for entry in entries)
    states = [one["params"]["orderStatus"] for one in buyer.messages("ORDER")]
    assert states == ["CREATED", "IN_CART", "UNPAID", "UNSHIPPED", "SHIPPED", "DELIVERED"]
    assert [one["messageType"] for one in buyer.messages("ORDER")] == ["INSERT", *["UPDATE"] * 5]


def test_messages_look_as_documented(simulator, buyer):
    buyer.change(switches={"dispatch_s": 0})
    order_id = buyer.bought("BO-1")
    message = buyer.messages("ORDER")[-1]
    assert len(message["messageId"]) == 32
    params = message["params"]
    assert (params["orderNumber"], params["cjOrderId"], params["orderStatus"]) == ("BO-1", int(order_id), "SHIPPED")
    assert params["orderItems"][0]["lineItemId"] == buyer.detail(order_id)["productList"][0]["lineItemId"]
    parcel = buyer.messages("LOGISTIC")[0]
    assert (parcel["params"]["orderId"], parcel["params"]["trackingStatus"]) == (int(order_id), 1)
    assert parcel["openId"] == simulator.account()["open_id"]
    [event] = events(parcel)
    assert (event["status"], event["activity"]) == (1, "Warehouse outbound")
    assert event["eventTime"] == "2026-03-01 12:00:00"
    topics = [entry["topic"] for entry in buyer.entries("messages")]
    assert topics == ["order"] * 5 + ["logistics"]


def test_an_order_with_the_platforms_label_waits_for_it(buyer):
    order_id = buyer.with_label("BO-1")
    buyer.pass_time(10 * DAY)
    assert buyer.status(order_id) == "UNSHIPPED"
    buyer.upload(order_id)
    buyer.pass_time(DAY)
    assert buyer.status(order_id) == "SHIPPED"
    buyer.pass_time(4 * DAY)
    [row] = buyer.track("9400100000000000000000")
    assert (row["logisticName"], row["trackingStatus"], row["deliveryDay"]) == ("USPS", "Delivered", "4")
    assert [one["params"]["trackingStatus"] for one in buyer.messages("LOGISTIC")] == [1, 2, 9, 10, 12]


def test_unpaid_orders_end_after_fifteen_days(buyer):
    unpaid, paid = buyer.create("BO-1"), buyer.bought("BO-2")
    buyer.pass_time(15 * DAY - 1)
    assert buyer.status(unpaid) == "CREATED"
    buyer.pass_time(1)
    assert (buyer.status(unpaid), buyer.status(paid)) == ("CANCELLED", "DELIVERED")
    [entry] = buyer.entries("cancellations")
    assert (entry["order_number"], entry["reason"]) == ("BO-1", "unpaid")


def test_tracking_asks_for_many_and_answers_the_known(buyer):
    buyer.change(switches={"dispatch_s": 0})
    numbers = [buyer.detail(buyer.bought(f"BO-{n}"))["trackNumber"] for n in range(3)]
    assert [row["trackingNumber"] for row in buyer.track(*numbers, "x")] == numbers
    joined = buyer.cj.get("/logistic/getTrackInfo", trackNumber=",".join(numbers))["data"]
    assert [row["trackingNumber"] for row in joined] == numbers
    assert buyer.track("x") is None
    assert buyer.cj.get("/logistic/trackInfo")["code"] == 1600300
    assert buyer.cj.get("/logistic/trackInfo", trackNumber=[str(n) for n in range(101)])["code"] == 1600100


def test_some_parcels_fail_once_where_control_says_so(buyer):
    buyer.change(switches={"dispatch_s": 0, "exceptions_every": 2})
    first, second = buyer.bought("BO-1"), buyer.bought("BO-2")
    buyer.pass_time(15 * DAY)

    def seen(order_id: str) -> list[int]:
        told = buyer.messages("LOGISTIC")
        return [one["params"]["trackingStatus"] for one in told if one["params"]["orderId"] == int(order_id)]

    assert seen(first) == [*ABROAD[:-1], 13, 10, 12]
    assert seen(second) == ABROAD


# By hand


def test_advance_goes_through_all_that_lies_before(buyer):
    order_id = buyer.create("BO-1")
    shown = buyer.advance("BO-1", "delivered")
    assert (shown["status"], shown["tracking_status"]) == ("DELIVERED", 12)
    assert [one["params"]["trackingStatus"] for one in buyer.messages("LOGISTIC")] == ABROAD
    [payment] = buyer.entries("payments")
    assert (payment["by"], payment["order_ids"]) == ("page", [order_id])
    assert payment["balance_before"] == payment["balance_after"]
    assert buyer.balance() == 87247.32
    buyer.pass_time(30 * DAY)
    assert (buyer.count("deliveries"), len(buyer.messages("LOGISTIC"))) == (1, len(ABROAD))


def test_advance_to_a_checkpoint_keeps_the_rest_of_the_way(buyer):
    buyer.bought("BO-1")
    assert buyer.advance("BO-1", "dispatched")["tracking_status"] == 1
    buyer.advance("BO-1", "6")
    assert [one["params"]["trackingStatus"] for one in buyer.messages("LOGISTIC")] == [1, 2, 4, 5, 6]
    buyer.advance("BO-1", "exception")
    assert buyer.track(buyer.detail("BO-1")["trackNumber"])[0]["trackingStatus"] == "Exception"
    buyer.pass_time(0.46 * 7 * DAY)
    assert buyer.status("BO-1") == "DELIVERED"
    assert [one["params"]["trackingStatus"] for one in buyer.messages("LOGISTIC")] == [1, 2, 4, 5, 6, 13, *ABROAD[5:]]


def test_a_returned_parcel_goes_no_further(buyer):
    buyer.bought("BO-1")
    buyer.advance("BO-1", "returned")
    number = buyer.detail("BO-1")["trackNumber"]
    buyer.pass_time(60 * DAY)
    assert buyer.track(number)[0]["trackingStatus"] == "Returned"
    assert buyer.status("BO-1") == "SHIPPED"
    assert buyer.count("deliveries") == 0


def test_a_paid_order_cancelled_by_cj_gives_money_and_goods_back(buyer):
    variant = buyer.variant()
    before = buyer.stock(variant)
    buyer.bought("BO-1")
    assert buyer.stock(variant) == before - 2
    assert buyer.advance("BO-1", "cancelled")["status"] == "CANCELLED"
    assert (buyer.stock(variant), buyer.balance()) == (before, 87247.32)
    [refund] = buyer.entries("refunds")
    assert (refund["amount"], refund["balance_after"]) == (buyer.entries("payments")[0]["amount"], "87247.32")
    buyer.pass_time(30 * DAY)
    assert buyer.count("shipments") == 0


def test_a_person_mends_what_held_an_order(buyer):
    held = buyer.create("BO-1", shippingPhone="")
    refused = buyer.simulator.control_reply("advance", platform="cj", id=held, to="paid")
    assert (refused.status_code, refused.json()["field"]) == (400, "to")
    assert buyer.advance(held, "released")["intercepted"] == []
    assert buyer.cart(held)["data"]["addSuccessOrders"] == [held]
    buyer.change(next_orders={"logistics_miss": True})
    missing = buyer.create("BO-2")
    assert buyer.advance(missing, "logistics_set")["logistics_miss"] is False
    assert buyer.cart(missing)["data"]["addSuccessOrders"] == [missing]


# Splits


def test_a_split_order_goes_on_as_children(buyer):
    products = [{"vid": buyer.variant(skip=n).vid, "quantity": 2} for n in range(3)]
    order_id = buyer.bought("BO-1", products=products)
    code = buyer.detail(order_id)["cjOrderCode"]
    children = buyer.change(split={"id": "BO-1"})["split"]["children"]
    assert [child["code"] for child in children] == [f"{code}-1", f"{code}-2"]
    assert [len(child["lines"]) for child in children] == [2, 1]
    assert (buyer.status("BO-1"), buyer.detail("BO-1")["orderId"]) == ("OTHER", order_id)
    rows = buyer.cj.get("/shopping/order/list", status="UNSHIPPED")["data"]["list"]
    assert {row["orderId"] for row in rows} == {child["order_id"] for child in children}
    assert {row["orderNum"] for row in rows} == {"BO-1"}
    [message] = buyer.messages("ORDERSPLIT")
    params = message["params"]
    assert (params["originalOrderId"], params["orderSplitTime"]) == (order_id, "拆单时间")
    told = params["splitOrderList"]
    assert [(one["orderCode"], one["orderStatus"]) for one in told] == [(f"{code}-1", 300), (f"{code}-2", 300)]
    buyer.pass_time(3 * DAY)
    numbers = {buyer.detail(child["order_id"])["trackNumber"] for child in children}
    assert len(numbers) == 2
    assert buyer.detail(order_id)["trackNumber"] is None
    assert buyer.count("payments") == 1


def test_what_was_paid_is_spread_over_the_children(buyer):
    products = [{"vid": buyer.variant(skip=n).vid, "quantity": 2} for n in range(3)]
    paid = Decimal(buyer.known(buyer.bought("BO-1", products=products))["amount"])
    children = buyer.change(split={"id": "BO-1"})["split"]["children"]
    assert buyer.known(children[0]["order_id"])["paid"][0]["by"] == "payBalanceV2"
    assert sum(Decimal(child["paid"][0]["amount"]) for child in children) == paid
    before = buyer.balance()
    buyer.advance(children[1]["order_id"], "cancelled")
    assert Decimal(str(buyer.balance())) - Decimal(str(before)) == Decimal(children[1]["paid"][0]["amount"])
    [refund] = buyer.entries("refunds")
    assert refund["order_id"] == children[1]["order_id"]


def test_units_of_one_line_are_split_and_one_unit_is_not(buyer):
    order_id = buyer.bought("BO-1", products=[{"vid": buyer.variant().vid, "quantity": 5}])
    children = buyer.change(split={"id": order_id, "parts": 2})["split"]["children"]
    assert sorted(child["lines"][0]["quantity"] for child in children) == [1, 4]
    single = buyer.bought("BO-2", products=[{"vid": buyer.variant().vid, "quantity": 1}])
    refused = buyer.simulator.control_reply("change", platform="cj", split={"id": single})
    assert (refused.status_code, refused.json()["field"]) == (400, "parts")
    assert buyer.status(single) == "UNSHIPPED"
    unpaid = buyer.create("BO-3")
    assert buyer.simulator.control_reply("advance", platform="cj", id=unpaid, to="split").status_code == 400


def test_a_split_label_stays_with_the_first_child(buyer):
    order_id = buyer.with_label("BO-1")
    buyer.upload(order_id)
    first, second = buyer.change(split={"id": order_id})["split"]["children"]
    buyer.pass_time(2 * DAY)
    assert [buyer.status(one["order_id"]) for one in (first, second)] == ["SHIPPED", "UNSHIPPED"]
    assert buyer.upload(second["order_id"], trackNumber="94001-2")["data"] is True
    assert second["storage_id"] == CRANBURY
