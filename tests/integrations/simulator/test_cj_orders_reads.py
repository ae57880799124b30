"""CJ 5: the list's default of CANCELLED, its filters and pages, and the detail by every name."""

import pytest

from tests.integrations.simulator.cj_buyer import Buyer

LIST = "/shopping/order/list"
DETAIL = "/shopping/order/getOrderDetail"


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def numbers(buyer: Buyer, **params: object) -> list[str]:
    return [row["orderNum"] for row in buyer.cj.get(LIST, **params)["data"]["list"] or []]


def test_without_a_filter_only_the_cancelled_are_listed(buyer):
    buyer.create("BO-1")
    assert buyer.cj.get(LIST)["data"] == {"pageNum": 1, "pageSize": 20, "total": 0, "list": None}
    buyer.cj.send("DELETE", "/shopping/order/deleteOrder", params={"orderId": buyer.create("BO-2")})
    assert numbers(buyer) == ["BO-2"]
    assert numbers(buyer, status="CREATED") == ["BO-1"]
    assert numbers(buyer, status="OTHER") == []
    assert buyer.cj.get(LIST, status="TRASH")["code"] == 1600100


def test_ids_lift_the_default_unless_cj_is_set_otherwise(buyer):
    first, second = buyer.create("BO-1"), buyer.create("BO-2")
    assert set(numbers(buyer, orderIds=[first, second])) == {"BO-1", "BO-2"}
    assert numbers(buyer, orderIds=f"{first},999") == ["BO-1"]
    assert numbers(buyer, orderIds="BO-1") == []
    buyer.change(switches={"list_default": "always"})
    assert numbers(buyer, orderIds=[first, second]) == []
    assert numbers(buyer, orderIds=[first, second], status="CREATED") == ["BO-2", "BO-1"]


def test_pages_hold_at_most_fifty_and_the_newest_come_first(buyer):
    for number in range(60):
        buyer.create(f"BO-{number}")
    page = buyer.cj.get(LIST, status="CREATED", pageSize=200)
    assert set(page) == {"code", "result", "message", "data"}
    assert (page["data"]["pageSize"], page["data"]["total"], len(page["data"]["list"])) == (50, 60, 50)
    assert page["data"]["list"][0]["orderNum"] == "BO-59"
    assert numbers(buyer, status="CREATED", pageSize=50, pageNum=2) == [f"BO-{n}" for n in range(9, -1, -1)]
    assert numbers(buyer, status="CREATED", pageNum=9) == []
    assert buyer.cj.get(LIST, orderIds=[str(n) for n in range(101)])["code"] == 1600100


def test_rows_show_no_goods_and_little_before_payment(buyer):
    buyer.create("BO-1")
    [row] = buyer.cj.get(LIST, status="CREATED")["data"]["list"]
    assert row["productList"] is None
    assert (row["cjOrderId"], row["trackNumber"], row["paymentDate"]) == (None, None, None)
    assert (row["createDate"], row["logisticName"]) == ("2026-03-01 12:00:00", "CJPacket Ordinary")
    assert "shipmentOrderId" not in row


def test_the_detail_is_found_by_every_name_and_by_nobody_else(simulator, buyer):
    order_id = buyer.create("BO-1")
    buyer.confirmed(order_id)
    detail = buyer.detail("BO-1")
    for name in (order_id, detail["cjOrderCode"], detail["cjOrderId"]):
        assert buyer.detail(name) == detail
    assert detail["productList"] == [
        {
            "vid": buyer.variant().vid,
            "quantity": 2,
            "sellPrice": buyer.variant().price / 100,
            "podPropertiesInfo": None,
            "lineItemId": "2603011200000976501",
            "storeLineItemId": "L1",
            "productionOrderStatus": None,
            "abnormalType": None,
        }
    ]
    assert (detail["isComplete"], detail["storageId"], detail["fromCountryCode"]) == (1, None, "CN")
    assert "logisticsTimeliness" not in detail
    assert simulator.login("Prime").code(DETAIL, orderId="BO-1") == (1600300, "order not found")


def test_the_detail_refuses_nothing_and_too_many_features(buyer):
    order_id = buyer.create("BO-1")
    assert buyer.cj.code(DETAIL) == (1600300, "orderId must be not empty")
    assert buyer.cj.code(DETAIL, orderId="x") == (1600300, "order not found")
    many = ["f"] * 21
    assert buyer.cj.code(DETAIL, orderId=order_id, features=many) == (1600300, "The maximum number of features is 20")
    data = buyer.cj.get(DETAIL, orderId=order_id, features="LOGISTICS_TIMELINESS")["data"]
    modes = [{"logisticsName": "CJPacket Ordinary", "arrivalTime": "7-12 Days"}]
    assert data["logisticsTimeliness"] == {"logisticsModes": modes}
