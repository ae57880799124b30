"""design.md §7: what control promises, and that it tells what is wrong with a call."""

import time
from typing import Any

import pytest
import requests

from tests.integrations.simulator.conftest import Simulator

PATH = "/product/addToMyProduct"


def fault(simulator: Simulator, **options: Any) -> Any:
    return simulator.control("faults", platform="cj", path=PATH, **options)


@pytest.fixture
def pid(cj):
    return cj.products(size=1)[0]["id"]


def added(simulator: Simulator) -> Any:
    return simulator.show("books")["totals"]["cj"].get("add_to_my_products", 0)


def test_world_shows_what_a_seller_knows(simulator):
    world = simulator.show("world")
    assert (world["seed"], world["world"], world["size"], world["platforms"]) == (7, "demo", 400, ["cj", "shopee"])
    assert world["clock"] == {"mode": "manual", "now": 1_772_366_400.0}
    assert world["cj"]["base_url"] == simulator.base_url
    accounts = world["cj"]["accounts"]
    assert [(one["plan"], one["level"], one["rps"], one["demo"]) for one in accounts] == [
        ("Free", 1, 1, False),
        ("Plus", 2, 2, False),
        ("Prime", 3, 4, False),
        ("Advanced", 4, 6, True),
    ]


def test_fault_before_acting_changes_nothing(simulator, cj, pid):
    fault(simulator, status=502)
    assert cj.send("POST", PATH, json={"productId": pid}).status_code == 502
    assert added(simulator) == 0
    assert cj.post(PATH, productId=pid)["code"] == 200


def test_fault_after_acting_has_acted(simulator, cj, pid):
    fault(simulator, status=502, when="after")
    assert cj.send("POST", PATH, json={"productId": pid}).status_code == 502
    assert added(simulator) == 1
    assert cj.post(PATH, productId=pid)["code"] == 1600000


@pytest.mark.parametrize(("when", "acted"), [("before", 0), ("after", 1)])
def test_cut_closes_the_connection_without_an_answer(simulator, cj, pid, when, acted):
    fault(simulator, cut=True, when=when)
    with pytest.raises(requests.ConnectionError):
        cj.send("POST", PATH, json={"productId": pid})
    assert added(simulator) == acted
    assert cj.get("/setting/get")["code"] == 200


def test_fault_with_a_code_wears_the_envelope_of_the_endpoint(simulator, cj, pid):
    fault(simulator, code=1600301, message="Read timed out")
    reply = cj.post(PATH, productId=pid)
    assert {**reply, "requestId": ""} == {
        "code": 1600301,
        "result": False,
        "message": "Read timed out",
        "data": None,
        "requestId": "",
        "success": False,
    }


def test_fault_happens_as_often_as_it_says_and_in_turn(simulator, cj, pid):
    fault(simulator, status=500, times=2)
    fault(simulator, status=503)
    statuses = [cj.send("POST", PATH, json={"productId": pid}).status_code for _ in range(4)]
    assert statuses == [500, 500, 503, 200]


def test_fault_without_end_stays_until_it_is_cleared(simulator, cj):
    simulator.control("faults", platform="cj", path="/product/*", status=503, times=None)
    assert [cj.send("GET", "/product/listV2").status_code for _ in range(3)] == [503] * 3
    assert cj.get("/setting/get")["code"] == 200
    assert simulator.control("faults", clear=True) == {"cleared": 1}
    assert cj.send("GET", "/product/listV2").status_code == 200


def test_delay_lets_the_call_go_on(simulator, cj, pid):
    fault(simulator, delay_s=0.2)
    started = time.monotonic()
    assert cj.post(PATH, productId=pid)["code"] == 200
    assert time.monotonic() - started >= 0.2


def test_fault_can_be_of_one_account_alone(simulator, cj):
    simulator.control("faults", platform="cj", path="/setting/get", status=503, account="Prime")
    assert cj.send("GET", "/setting/get").status_code == 200
    assert simulator.login("Prime").send("GET", "/setting/get").status_code == 503


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("not_json", lambda reply: reply.text.startswith("upstream")),
        ("html", lambda reply: reply.headers["Content-Type"] == "text/html"),
        ("empty", lambda reply: reply.content == b""),
        ("truncated", lambda reply: reply.text.startswith('{"code":') and not reply.text.endswith("}")),
        ("huge", lambda reply: len(reply.content) > 3_000_000),
        ("null_data", lambda reply: reply.json()["data"] is None),
        ("list_data", lambda reply: isinstance(reply.json()["data"], list)),
        ("text_data", lambda reply: reply.json()["data"] == "true"),
        ("no_envelope", lambda reply: "pid" in reply.json()),
    ],
)
def test_answer_about_one_product_can_be_damaged(simulator, cj, pid, kind, sign):
    simulator.control("faults", platform="cj", path="/product/query", pid=pid, mutate=kind)
    other = cj.products(size=2)[1]["id"]
    assert cj.get("/product/query", pid=other)["data"]["pid"] == other
    reply = cj.send("GET", "/product/query", params={"pid": pid})
    assert reply.status_code == 200
    assert sign(reply)
    assert cj.get("/product/query", pid=pid)["data"]["pid"] == pid


def test_clock_moves_forward_and_a_header_moves_it_too(simulator, cj):
    assert simulator.control("clock", advance_s=60)["now"] == 1_772_366_460.0
    cj.send("GET", "/setting/get", headers={"X-Simulator-Time": "1772366470.5"})
    cj.send("GET", "/setting/get", headers={"X-Simulator-Time": "1"})
    assert simulator.show("clock")["now"] == 1_772_366_470.5
    assert simulator.control("clock", set=1_772_366_400)["utc"] == "2026-03-01T12:00:00+00:00"


def test_real_clock_runs_and_can_be_pushed_but_not_set(simulator):
    world = simulator.control("reset", clock="real")
    assert world["clock"]["mode"] == "real"
    before = simulator.show("clock")["now"]
    assert abs(before - time.time()) < 5
    assert 3600 <= simulator.control("clock", advance_s=3600)["now"] - before < 3610
    assert simulator.control_reply("clock", set=1).status_code == 400


def test_reset_forgets_tokens_books_limits_faults_and_time(simulator, cj):
    simulator.control("clock", advance_s=500)
    simulator.control("faults", platform="cj", path="/setting/get", status=503)
    simulator.control("reset")
    assert cj.get("/setting/get")["code"] == 1600001
    assert simulator.show("books")["totals"]["cj"] == {"calls": 1}
    assert simulator.show("faults") == {"faults": []}
    assert simulator.show("world")["cj"]["ip_rps"] == 10
    assert simulator.show("clock")["now"] == 1_772_366_400.0


def test_change_of_a_share_is_seen_in_the_lists(simulator, cj):
    before = {row["id"]: row for row in cj.every_product()}
    answer = simulator.control("change", platform="cj", share=0.03, seed=1, kinds=["price", "stock"])
    assert len(answer["pids"]) == 12
    after = {row["id"]: row for row in cj.every_product()}
    keys = {"price": "sellPrice", "stock": "warehouseInventoryNum"}
    for one in answer["changed"]:
        assert before[one["pid"]][keys[one["kind"]]] != after[one["pid"]][keys[one["kind"]]]
    assert {pid for pid in after if before[pid] != after[pid]} == set(answer["pids"])


def test_same_change_in_the_same_world_hits_the_same_products(simulator):
    first = simulator.control("change", platform="cj", share=0.1, seed=5)
    simulator.control("reset")
    assert simulator.control("change", platform="cj", share=0.1, seed=5) == first
    assert simulator.control("change", platform="cj", share=0.1, seed=6)["pids"] != first["pids"]


def test_fields_of_products_can_be_set(simulator, cj, pid):
    fields = {"price": "12.34", "stock": 77, "name": "Blue lamp", "discount": 0}
    simulator.control("change", platform="cj", pids=[pid], fields=fields)
    row = cj.products(keyWord="Blue lamp")[0]
    assert row["id"] == pid
    assert row["sellPrice"].startswith("12.34")
    assert row["nowPrice"] == row["sellPrice"]
    assert row["warehouseInventoryNum"] == row["totalVerifiedInventory"] + row["totalUnVerifiedInventory"] == 77


def test_one_variant_can_be_changed_or_taken_off(simulator, cj):
    pid = next(
        one["id"] for one in cj.products(size=50) if len(cj.get("/product/variant/query", pid=one["id"])["data"]) > 2
    )
    first, second, *rest = (one["vid"] for one in cj.get("/product/variant/query", pid=pid)["data"])
    simulator.control("change", platform="cj", vids=[first], fields={"price": "0.99", "stock": 5})
    simulator.control("change", platform="cj", vids=[second], fields={"gone": True})
    variants = cj.get("/product/variant/query", pid=pid)["data"]
    assert [one["vid"] for one in variants] == [first, *rest]
    assert float(variants[0]["variantSellPrice"]) == 0.99
    assert sum(one["totalInventoryNum"] for one in cj.get("/product/stock/queryByVid", vid=first)["data"]) == 5
    assert cj.get("/product/variant/queryByVid", vid=second)["code"] == 1602000
    assert cj.products(keyWord=cj.get("/product/query", pid=pid)["data"]["productSku"])[0]["sellPrice"].startswith(
        "0.99"
    )


def test_product_taken_off_the_shelves_is_told_apart_from_a_removed_one(simulator, cj):
    off, removed = (row["id"] for row in cj.products(size=2))
    simulator.control("change", platform="cj", pids=[off], fields={"on_sale": False})
    simulator.control("change", platform="cj", remove=[removed])
    assert cj.get("/product/listV2")["data"]["totalRecords"] == 398
    assert cj.get("/product/query", pid=off)["code"] == 1602002
    assert cj.get("/product/query", pid=removed)["code"] == 1602001
    simulator.control("change", platform="cj", pids=[off], fields={"on_sale": True})
    assert cj.get("/product/listV2")["data"]["totalRecords"] == 399


def test_added_products_are_new_today(simulator, cj):
    answer = simulator.control("change", platform="cj", add=3)
    rows = cj.products(timeStart=1_772_366_400_000)
    assert {row["id"] for row in rows} == set(answer["pids"])
    assert len(rows) == 3


def test_calls_are_listed_with_their_verdicts(simulator, cj, pid):
    cj.get("/product/query", pid=pid)
    cj.get("/product/query", pid="nothing")
    calls = simulator.show("calls", path="/product/query", limit=2)["calls"]
    assert [(call["method"], call["code"], call["verdict"]) for call in calls] == [
        ("GET", 200, "accepted"),
        ("GET", 1602001, "accepted"),
    ]
    assert calls[0]["account"] == simulator.account()["id"]
    assert calls[0]["at"] == 1_772_366_400.0


def test_faults_are_named_in_the_calls(simulator, cj, pid):
    fault(simulator, cut=True, when="after")
    with pytest.raises(requests.ConnectionError):
        cj.send("POST", PATH, json={"productId": pid})
    assert simulator.show("calls", path=PATH)["calls"][0]["fault"] == "cut after"


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("faults", {"path": "/x", "status": 500}, "platform"),
        ("faults", {"platform": "cj", "path": "x", "status": 500}, "path"),
        ("faults", {"platform": "cj", "path": "/x"}, "status"),
        ("faults", {"platform": "cj", "path": "/x", "status": "bad"}, "status"),
        ("faults", {"platform": "cj", "path": "/x", "statuss": 500}, "statuss"),
        ("faults", {"platform": "cj", "path": "/x", "mutate": "nicely"}, "mutate"),
        ("clock", {}, "advance_s"),
        ("clock", {"advance_s": -1}, "advance_s"),
        ("limits", {"platform": "cj"}, "rps"),
        ("limits", {"platform": "cj", "account": "nobody", "rps": 1}, "account"),
        ("limits", {"platform": "cj", "daily": 1, "path": "/nothing"}, "path"),
        ("reset", {"world": "moon"}, "world"),
        ("reset", {"size": 10**9}, "size"),
        ("change", {"platform": "cj"}, "share"),
        ("change", {"platform": "cj", "share": 2}, "share"),
        ("change", {"platform": "cj", "share": 0.1, "kinds": ["color"]}, "kinds"),
        ("change", {"platform": "cj", "pids": ["nothing"], "fields": {"stock": 1}}, "pids"),
        ("advance", {"platform": "cj", "id": "1", "to": "completed"}, "id"),
        ("authorize", {"platform": "cj"}, "platform"),
    ],
)
def test_wrong_control_call_names_the_field_and_the_fix(simulator, call, body, field):
    reply = simulator.control_reply(call, **body)
    assert reply.status_code == 400
    assert reply.json()["field"] == field
    assert reply.json()["fix"]


def test_control_refuses_what_is_no_json(simulator):
    reply = requests.post(f"{simulator.base_url}/_control/reset", data="{", timeout=10)
    assert (reply.status_code, reply.json()["field"]) == (400, "body")


def test_what_comes_later_says_so(simulator):
    reply = simulator.control_reply("webhooks")
    assert reply.status_code == 501
    assert reply.json()["fix"] == "Supported platforms: cj, shopee."


def test_unknown_control_call_and_wrong_method_are_told(simulator):
    assert simulator.control_reply("nothing").status_code == 404
    assert simulator.control_reply("world").status_code == 405


def test_page_of_nobody_is_404_in_plain_json(simulator):
    reply = requests.get(f"{simulator.base_url}/nowhere", timeout=10)
    assert (reply.status_code, list(reply.json())) == (404, ["error"])
