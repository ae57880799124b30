"""CJ 3.4 Reviews, 3.5 Sourcing, the balance; and the pictures that the world prints."""

import io

import requests
from PIL import Image


def test_reviews_send_numbers_as_text_and_ids_beyond_javascript(cj):
    for row in cj.products(size=20):
        data = cj.get("/product/productComments", pid=row["id"], pageSize=5)["data"]
        if data["list"]:
            break
    assert (data["pageNum"], data["pageSize"]) == ("1", "5")
    assert int(data["total"]) >= len(data["list"]) > 0
    review = data["list"][0]
    assert review["commentId"] > 2**53
    assert review["score"] in {"1", "2", "3", "4", "5"}
    assert review["commentDate"].endswith("T00:00:00+08:00")


def test_reviews_filter_by_score_and_some_products_have_none(cj):
    answers = [
        cj.get("/product/comments", pid=row["id"], score=5, pageSize=200)["data"] for row in cj.products(size=40)
    ]
    assert any(data["list"] is None and data["total"] == "0" for data in answers)
    assert all(review["score"] == "5" for data in answers for review in data["list"] or [])


def test_sourcing_takes_a_list_and_answers_one_object(simulator, cj):
    wish = {"productName": "Bamboo toothbrush", "productImage": "https://shop.example/1.jpg", "price": "1.20"}
    created = cj.post("/product/sourcing/create", **wish)
    assert (created["code"], created["success"], created["message"]) == (0, True, None)
    assert created["data"] == {"cjSourcingId": "285", "result": "success"}
    query = cj.post("/product/sourcing/query", sourceIds=["285"])
    assert (query["code"], query["data"]["sourceStatus"], query["data"]["cjProductId"]) == (0, "1", None)
    simulator.control("clock", advance_s=86_400)
    done = cj.post("/product/sourcing/query", sourceIds=["285"])["data"]
    assert done["sourceStatus"] == "3"
    assert cj.get("/product/query", pid=done["cjProductId"])["code"] in (200, "200")
    assert simulator.show("books")["totals"]["cj"]["sourcing_requests"] == 1


def test_sourcing_can_be_decided_by_hand(simulator, cj):
    number = cj.post("/product/sourcing/create", productName="A", productImage="B")["data"]["cjSourcingId"]
    simulator.control("advance", platform="cj", id=number, to="failed")
    data = cj.post("/product/sourcing/query", sourceIds=[number])["data"]
    assert (data["sourceStatus"], data["sourceStatusStr"]) == ("5", "搜品失败")


def test_sourcing_refuses_what_is_missing_or_no_list(cj):
    assert cj.post("/product/sourcing/create", productName="A")["message"] == "productImage can not be empty"
    assert cj.post("/product/sourcing/query", sourceIds="285")["code"] == 1600100
    assert cj.post("/product/sourcing/query", sourceIds=["999"])["data"] is None


def test_sourcing_of_another_account_is_not_shown(simulator, cj):
    number = cj.post("/product/sourcing/create", productName="A", productImage="B")["data"]["cjSourcingId"]
    assert simulator.login("Prime").post("/product/sourcing/query", sourceIds=[number])["data"] is None


def test_balance_is_one_number_and_two_nulls(cj):
    data = cj.get("/shopping/pay/getBalance")["data"]
    assert data == {"amount": 87247.32, "noWithdrawalAmount": None, "freezeAmount": None}


def test_unknown_storage_is_1608001(cj):
    assert cj.code("/warehouse/detail", id="1") == (1608001, "Warehouse info not found")


def test_pictures_are_small_jpegs_and_the_same_each_time(cj):
    url = cj.products(size=1)[0]["bigImage"]
    first, second = (requests.get(url, timeout=10) for _ in range(2))
    assert first.headers["Content-Type"] == "image/jpeg"
    assert first.content == second.content
    assert len(first.content) < 30_000
    assert Image.open(io.BytesIO(first.content)).size == (400, 400)


def test_addresses_of_pictures_follow_the_public_url(simulator, cj):
    simulator.running.world.public_url = "https://pictures.example"
    try:
        assert cj.products(size=1)[0]["bigImage"].startswith("https://pictures.example/img/CJ")
    finally:
        simulator.running.world.public_url = ""
