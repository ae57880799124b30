"""CJ 5: deleting, confirming, another warehouse, the platform's label, pictures of custom goods."""

import hashlib
import json

import pytest

from tests.integrations.simulator.cj_buyer import CHINO, CRANBURY, DAY, DONGGUAN, JINHUA, PDF, Buyer

DELETE = "/shopping/order/deleteOrder"
WAREHOUSE = "/shopping/order/changeWarehouse"
POD = "/shopping/order/podProductCustomPicturesEdit"
FRANKFURT = "5f3c1b0a9d7e4c2b8a6f1e0d9c8b7a65"


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def delete(buyer: Buyer, name: str) -> dict:
    return buyer.cj.send("DELETE", DELETE, params={"orderId": name}).json()


# Deleting and confirming


def test_an_unpaid_order_is_deleted_once(buyer):
    order_id = buyer.create("BO-1")
    reply = delete(buyer, order_id)
    assert (reply["code"], reply["data"]) == (200, order_id)
    assert buyer.status("BO-1") == "CANCELLED"
    assert delete(buyer, order_id)["code"] == 1603002
    [entry] = buyer.entries("deletions")
    assert (entry["order_number"], entry["reason"]) == ("BO-1", "client")


def test_a_paid_order_and_an_unknown_one_are_not_deleted(buyer):
    order_id = buyer.bought("BO-1")
    assert delete(buyer, order_id)["code"] == 1603002
    assert delete(buyer, "BO-1")["code"] == 1603100  # CJ's ids only
    assert delete(buyer, "")["code"] == 1600300
    assert buyer.status(order_id) == "UNSHIPPED"
    assert buyer.count("deletions") == 0


def test_deleting_one_of_a_shipment_ends_its_price(buyer):
    first, second = buyer.create("BO-1"), buyer.create("BO-2")
    shipment_id = buyer.confirmed(first, second)
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    delete(buyer, first)
    assert buyer.pay(shipment_id, pay_id)["code"] == 1603101
    parent = buyer.parent(shipment_id)["data"]
    assert parent["successOrders"] == [buyer.detail(second)["cjOrderCode"]]
    assert buyer.pay(shipment_id, parent["payId"])["code"] == 200
    assert buyer.entries("payments")[0]["order_numbers"] == ["BO-2"]


def test_methods_are_strict(buyer):
    order_id = buyer.create("BO-1")
    assert buyer.cj.get(DELETE, orderId=order_id)["code"] == 16900202
    assert buyer.cj.post("/shopping/order/confirmOrder", orderId=order_id)["code"] == 16900202
    assert buyer.status(order_id) == "CREATED"


def test_confirm_order_goes_past_the_cart_without_money(buyer):
    order_id = buyer.create("BO-1")
    reply = buyer.cj.send("PATCH", "/shopping/order/confirmOrder", json={"orderId": order_id}).json()
    assert (reply["code"], reply["data"]) == (200, order_id)
    assert buyer.status(order_id) == "UNPAID"
    assert buyer.cj.send("PATCH", "/shopping/order/confirmOrder", json={"orderId": order_id}).json()["code"] == 1603001
    assert buyer.count("payments") == 0


# Another warehouse


def test_the_warehouse_changes_until_the_parcel_leaves(buyer):
    order_id = buyer.with_label("BO-1", JINHUA, "CN", 0)
    buyer.change(vids=[buyer.variant().vid], fields={"stock": 50})
    refused = buyer.cj.post(WAREHOUSE, orderCode=order_id, storageId=DONGGUAN)
    assert (refused["code"], buyer.detail(order_id)["storageId"]) == (1603102, JINHUA)  # nothing lies there
    unpaid = buyer.create("BO-2", shopLogisticsType=1, storageId=JINHUA)
    code = buyer.detail(unpaid)["cjOrderCode"]
    assert buyer.cj.post(WAREHOUSE, orderCode=code, storageId=DONGGUAN) == {
        "code": 200,
        "result": True,
        "message": "Congratulation! Well done!",
        "data": True,
        "requestId": buyer_request_id(buyer),
        "success": True,
    }
    assert buyer.detail(unpaid)["storageName"] == "Dongguan Warehouse"
    [entry] = buyer.entries("warehouse_changes")
    assert (entry["order_number"], entry["from"], entry["to"]) == ("BO-2", JINHUA, DONGGUAN)


def buyer_request_id(buyer: Buyer) -> str:
    """Return the id of the latest call: 32 letters and digits, counted up."""
    number = next(buyer.simulator.running.world.request_numbers) - 1
    return hashlib.md5(f"7:{number}".encode(), usedforsecurity=False).hexdigest()


def test_warehouses_are_refused_as_documented(buyer):
    own = buyer.create("BO-1", shopLogisticsType=1, storageId=JINHUA)
    cjs = buyer.create("BO-2")
    assert buyer.cj.post(WAREHOUSE, orderCode=own, storageId="x")["code"] == 1608001
    assert buyer.cj.post(WAREHOUSE, orderCode=own)["message"] == "storageId can not be empty"
    for name in (cjs, "BO-1", "x"):
        reply = buyer.cj.post(WAREHOUSE, orderCode=name, storageId=DONGGUAN)
        assert (reply["code"], reply["message"], reply["data"]) == (1603001, "order query fail", False)
    assert buyer.count("warehouse_changes") == 0


def test_a_label_that_the_new_warehouse_does_not_serve_is_dropped(buyer):
    order_id = buyer.with_label("BO-1", spread=True)
    assert buyer.upload(order_id, cjShippingCompanyName="FedEx")["data"] is True
    before = buyer.stock(buyer.variant(area=1, spread=True), "US")
    assert buyer.cj.post(WAREHOUSE, orderCode=order_id, storageId=CHINO)["code"] == 200
    assert buyer.detail(order_id)["trackNumber"] is None
    assert buyer.stock(buyer.variant(area=1, spread=True), "US") == before
    buyer.pass_time(5 * DAY)
    assert buyer.status(order_id) == "UNSHIPPED"
    assert buyer.upload(order_id, cjShippingCompanyName="UniUni")["data"] is True


# Labels


def test_a_label_is_uploaded_after_payment(buyer):
    order_id = buyer.with_label("BO-1")
    reply = buyer.upload(order_id)
    assert {**reply, "requestId": ""} == {
        "success": True,
        "message": "",
        "result": True,
        "data": True,
        "requestId": "",
    }
    assert buyer.detail(order_id)["trackNumber"] == "9400100000000000000000"
    [entry] = buyer.entries("labels")
    assert entry == {
        "at": 1_772_366_400,
        "order_id": order_id,
        "order_number": "BO-1",
        "carrier": "USPS",
        "track_number": "9400100000000000000000",
        "bytes": len(PDF),
        "sha256": hashlib.sha256(PDF).hexdigest(),
        "content_type": "application/pdf",
    }


def test_a_label_is_uploaded_once_and_then_updated_until_the_parcel_leaves(buyer):
    order_id = buyer.with_label("BO-1")
    assert buyer.upload(order_id, update=True)["code"] == 804
    assert buyer.upload(order_id)["data"] is True
    assert buyer.upload(order_id)["code"] == 804
    buyer.pass_time(DAY - 60)
    changed = buyer.upload(order_id, update=True, trackNumber="1Z999", cjShippingCompanyName="UPS")
    assert changed["data"] is True
    buyer.pass_time(DAY - 60)
    assert buyer.status(order_id) == "UNSHIPPED"  # a day from the update on
    buyer.pass_time(60)
    assert (buyer.status(order_id), buyer.detail(order_id)["trackNumber"]) == ("SHIPPED", "1Z999")
    assert buyer.upload(order_id, update=True)["code"] == 804
    assert (buyer.count("labels"), buyer.count("label_updates")) == (1, 1)
    [shipment] = buyer.entries("shipments")
    assert (shipment["carrier"], shipment["storage_id"]) == ("UPS", CRANBURY)


def test_labels_are_refused_as_documented(buyer):
    order_id = buyer.with_label("BO-1")
    wrong = buyer.upload(order_id, cjShippingCompanyName="CJPacket")
    message = "Warehouse “Cranbury Warehouse” does not support logistics carrier “CJPacket”."
    assert (wrong["code"], wrong["message"], wrong["result"], wrong["success"]) == (806, message, False, False)
    cjs = buyer.bought("BO-2")
    refused = buyer.upload(cjs)
    assert refused["message"] == "This order does not use store platform logistics. Label upload not supported."
    assert refused["code"] == 804
    products = [{"vid": buyer.variant(area=1).vid, "quantity": 1}]
    common = {"fromCountryCode": "US", "products": products, "storageId": CRANBURY, "shopLogisticsType": 1}
    unpaid = buyer.create("BO-3", **common)
    buyer.confirmed(unpaid)
    assert buyer.upload(unpaid)["code"] == 804
    assert buyer.upload(order_id, file=b"not a label")["code"] == 804
    assert buyer.upload(order_id, file=None)["message"] == "waybillFile can not be empty"
    assert buyer.upload(order_id, trackNumber="")["message"] == "trackNumber can not be empty"
    assert buyer.upload(order_id, cjOrderId="DP1")["code"] == 1603100
    assert buyer.cj.post("/shopping/order/uploadWaybillInfo", orderId=order_id)["code"] == 16900203
    assert buyer.count("labels") == 0


@pytest.mark.parametrize(("when", "labels"), [("before", 0), ("after", 1)])
def test_a_cut_upload(simulator, buyer, when, labels):
    order_id = buyer.with_label("BO-1")
    path, match = "/shopping/order/uploadWaybillInfo", {"orderId": order_id}
    simulator.control("faults", platform="cj", path=path, when=when, cut=True, match=match)
    with pytest.raises(OSError):
        buyer.upload(order_id)
    assert buyer.count("labels") == labels
    assert buyer.upload(order_id).get("code") == (804 if labels else None)
    assert buyer.count("labels") == 1


# Custom goods


def test_pictures_of_custom_goods_are_mended_line_by_line(buyer):
    pod = json.dumps([{"links": ["https://x.example/p.png"], "effectImgs": ["https://x.example/e.png"]}])
    products = [{"vid": buyer.variant().vid, "quantity": 1, "podProperties": pod}]
    order_id = buyer.bought("BO-1", products=products)
    line = buyer.detail(order_id)["productList"][0]
    assert line["productionOrderStatus"] == 2
    assert line["podPropertiesInfo"]["productionImgList"] == ["https://x.example/p.png"]
    buyer.change(order={"id": order_id, "production": 5, "abnormal": [6, 9]})
    broken = buyer.detail(order_id)["productList"][0]
    assert (broken["productionOrderStatus"], broken["abnormalType"]) == (5, [6, 9])
    code, item = buyer.detail(order_id)["cjOrderCode"], line["lineItemId"]
    pictures = {"effectImgList": ["https://x.example/e2.png"], "productionImgList": ["https://x.example/p2.png"]}
    reply = buyer.cj.post(
        POD,
        podPicturesEditParams=[
            {"orderCode": code, "lineItemId": item, **pictures},
            {"orderCode": "456", "lineItemId": "666", **pictures},
        ],
    )
    assert reply["data"]["list"] == [
        {"orderCode": code, "lineItemId": item, "result": 1, "failedMessage": None},
        {"orderCode": "456", "lineItemId": "666", "result": 0, "failedMessage": "No matching order number found"},
    ]
    mended = buyer.detail(order_id)["productList"][0]
    assert (mended["productionOrderStatus"], mended["abnormalType"]) == (2, None)
    assert mended["podPropertiesInfo"]["effectImgList"] == ["https://x.example/e2.png"]
    assert [entry["line_item_id"] for entry in buyer.entries("pod_edits")] == [item]


def test_pictures_of_plain_goods_and_empty_lists_are_refused(buyer):
    order_id = buyer.create("BO-1")
    item = buyer.detail(order_id)["productList"][0]["lineItemId"]
    one = {"orderCode": order_id, "lineItemId": item, "effectImgList": ["a"], "productionImgList": ["b"]}
    assert buyer.cj.post(POD, podPicturesEditParams=[one])["data"]["list"][0]["result"] == 0
    for wrong in ([], [{**one, "effectImgList": []}], "x"):
        reply = buyer.cj.post(POD, podPicturesEditParams=wrong)
        assert (reply["code"], reply["message"]) == (804, "Param error")
    assert buyer.count("pod_edits") == 0


def test_pod_properties_must_be_json(buyer):
    products = [{"vid": buyer.variant().vid, "quantity": 1, "podProperties": "{}"}]
    assert buyer.order("BO-1", products=products)["code"] == 1600100
    assert buyer.cj.post(WAREHOUSE, orderCode="x", storageId=FRANKFURT)["code"] == 1603001
