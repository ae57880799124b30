"""What control can do to CJ's orders, and how it tells what is wrong with a call."""

import threading

import pytest

from tests.integrations.simulator.cj_buyer import Buyer


@pytest.fixture
def buyer(simulator, cj):
    return Buyer(simulator, cj)


def test_orders_are_shown_in_full_by_any_name(simulator, buyer):
    order_id = buyer.bought("BO-1")
    buyer.create("BO-2")
    shown = simulator.show("orders", platform="cj")
    assert [one["order_number"] for one in shown["orders"]] == ["BO-1", "BO-2"]
    [one] = simulator.show("orders", platform="cj", status="UNSHIPPED")["orders"]
    account = simulator.account()["id"]
    assert one["account"] == account
    assert shown["balances"][account] == buyer.entries("payments")[0]["balance_after"]
    assert (one["order_id"], one["shipment_id"], one["status"]) == (order_id, "1958800000000000001", "UNSHIPPED")
    assert one["paid"] == [
        {"pay_id": "PAY123456001", "amount": one["amount"], "at": 1_772_366_400, "by": "payBalanceV2"}
    ]
    for name in ("BO-1", order_id, one["code"], one["cj_order_id"]):
        assert buyer.known(name) == one


def test_books_narrow_down_to_a_platform_and_a_kind(simulator, buyer):
    buyer.bought("BO-1")
    books = simulator.show("books", platform="cj", kind="payments")
    assert [(one["kind"], one["order_numbers"]) for one in books["entries"]] == [("payments", ["BO-1"])]
    assert books["totals"]["cj"]["carts"] == 1  # counters stay whole
    assert simulator.show("books", platform="shopee", kind="payments")["entries"] == []
    assert simulator.show("books", kinds="payments")["field"] == "kinds"


def test_the_world_tells_balances(simulator, buyer):
    assert simulator.account()["balance"] == "87247.32"
    buyer.bought("BO-1")
    assert simulator.account()["balance"] == buyer.entries("payments")[0]["balance_after"]
    changed = buyer.change(balance={"account": "Advanced", "amount": "10"})
    assert changed["balance"]["balance"] == "10.00"
    assert buyer.change(balance={"account": "Advanced", "add": "2.50"})["balance"]["balance"] == "12.50"
    assert buyer.balance() == 12.5


def test_switches_tell_what_they_are(buyer):
    assert buyer.change(switches={"pay_window_s": 60}) == {
        "switches": {
            "confirm_again": "same",
            "list_default": "bare",
            "pay_twice": False,
            "freight": "ok",
            "freight_percent": 100,
            "pay_window_s": 60,
            "unpaid_s": 1_296_000,
            "dispatch_s": None,
            "label_dispatch_s": 86_400,
            "exceptions_every": 0,
        }
    }


def test_orders_change_beside_the_catalogue(buyer):
    variant = buyer.variant()
    done = buyer.change(vids=[variant.vid], fields={"price": "9.90"}, switches={"pay_twice": True})
    assert done["pids"] == [variant.product.pid]
    assert done["switches"]["pay_twice"] is True


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("change", {"balance": {"account": "nobody", "amount": "1"}}, "account"),
        ("change", {"balance": {"account": "Advanced"}}, "amount"),
        ("change", {"balance": {"account": "Advanced", "amount": "-1"}}, "amount"),
        ("change", {"balance": "1"}, "balance"),
        ("change", {"account": {"account": "Advanced", "colour": 1}}, "colour"),
        ("change", {"order": {"id": "nowhere"}}, "id"),
        ("change", {"next_orders": {}}, "intercept"),
        ("change", {"next_orders": {"intercept": [{"code": "1001"}]}}, "intercept"),
        ("change", {"next_orders": {"intercept": "1001"}}, "intercept"),
        ("change", {"split": {"id": "BO-1", "parts": 1}}, "parts"),
        ("change", {"switches": {}}, "switches"),
        ("change", {"switches": {"freight": "slow"}}, "freight"),
        ("change", {"switches": {"pay_window_s": 0}}, "pay_window_s"),
        ("change", {}, "share"),
        ("advance", {"id": "BO-1", "to": "moon"}, "to"),
        ("advance", {"id": "BO-9", "to": "paid"}, "id"),
        ("advance", {"id": "BO-1", "to": "connected"}, "id"),
        ("orders", {"shop_id": 1}, "platform"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(buyer, call, body, field):
    buyer.create("BO-1")
    reply = buyer.simulator.control_reply(call, platform="cj", **body)
    assert reply.status_code == 400, reply.text
    assert reply.json()["field"] == field
    assert reply.json()["fix"]


def test_an_order_with_the_platforms_label_is_not_sent_by_hand_without_it(buyer):
    order_id = buyer.with_label("BO-1")
    reply = buyer.simulator.control_reply("advance", platform="cj", id=order_id, to="delivered")
    assert (reply.status_code, reply.json()["field"]) == (400, "to")
    assert buyer.status(order_id) == "UNSHIPPED"


def test_a_fresh_world_has_no_orders(simulator, buyer):
    buyer.bought("BO-1")
    simulator.control("reset")
    assert simulator.show("orders", platform="cj")["orders"] == []
    assert simulator.account()["balance"] == "87247.32"


def test_the_same_seed_tells_the_same_story(simulator):
    def story() -> object:
        simulator.control("reset")
        simulator.no_limits()
        buyer = Buyer(simulator, simulator.login())
        buyer.bought("BO-1")
        buyer.create("BO-2")
        simulator.control("clock", advance_s=30 * 86_400)
        return simulator.show("books")["entries"], simulator.show("orders", platform="cj")

    assert story() == story()


def test_of_many_who_create_one_number_one_succeeds(simulator, buyer):
    codes: list[int] = []

    def create() -> None:
        codes.append(Buyer(simulator, type(buyer.cj)(buyer.cj.base_url, buyer.cj.token)).order("BO-1")["code"])

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, *[1603003] * 7]
    assert buyer.count("orders") == 1


def test_of_many_who_pay_one_shipment_one_succeeds(simulator, buyer):
    shipment_id = buyer.confirmed(buyer.create("BO-1"))
    pay_id = buyer.parent(shipment_id)["data"]["payId"]
    codes: list[int] = []

    def pay() -> None:
        other = Buyer(simulator, type(buyer.cj)(buyer.cj.base_url, buyer.cj.token))
        codes.append(other.pay(shipment_id, pay_id)["code"])

    threads = [threading.Thread(target=pay) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, *[1603101] * 7]
    assert (buyer.count("payments"), buyer.count("payments_repeated")) == (1, 7)
