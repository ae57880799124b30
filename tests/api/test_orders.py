"""Orders in the API: what waits, what an order holds, and what can be done to it; each action is one service call."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from integrations.models import ApiCall, SyncJob, SyncRun
from orders.models import LineMatch, Order, Payment, PurchaseOrder, StatusChange, TrackingEvent
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_seller, make_shop

from .support import error

pytestmark = pytest.mark.django_db

ORDERS = "/api/v1/orders/"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def order():
    made = make_order(revenue_usd=Decimal("20"), cost_usd=Decimal("12.50"), margin_usd=Decimal("6.30"))
    make_line(made, make_sold_variant(), quantity=2)
    return made


def test_orders_are_listed_and_filtered(api):
    now = timezone.now()
    shop = make_shop(make_seller(), "SG")
    late = make_order(ship_by=now - timedelta(hours=1), ordered_at=now - timedelta(days=3))
    late_line = make_line(late, make_sold_variant())
    other = make_order(shop, country_code="SG", status="on_hold", ordered_at=now)
    parcel = make_package(other, tracking_number="SPX1")
    bought = make_purchase(late, external_id="CJ7")
    assert ids(api.get(ORDERS)) == [other.pk, late.pk]
    for query in (
        {"shop": shop.pk},
        {"account": shop.account_id},
        {"status": "on_hold"},
        {"queue": "on_hold"},
        {"number": other.external_id},
        {"country": "sg"},
        {"ordered_after": now.isoformat()},
        {"late": "false"},
        {"search": "SPX1"},
        {"search": parcel.external_id},
    ):
        assert ids(api.get(ORDERS, query)) == [other.pk], query
    for query in (
        {"late": "true"},
        {"queue": "late"},
        {"queue": "to_approve"},
        {"ordered_before": now.isoformat()},
        {"search": late_line.sku},
        {"search": bought.reference},
        {"search": "CJ7"},
    ):
        assert ids(api.get(ORDERS, query)) == [late.pk], query
    assert ids(api.get(ORDERS, {"search": "nothing"})) == []


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"queue": "to_do"}, "queue"),
        ({"late": "1"}, "late"),
        ({"shop": "77"}, "shop"),
        ({"ordered_after": "yesterday"}, "ordered_after"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_filter_is_named(api, query, field):
    assert error(api.get(ORDERS, query), 400)["field"] == field


def test_a_list_costs_the_same_for_two_and_for_twenty(api):
    shop = make_shop(make_seller(), "MY")
    asked = []
    for number in (2, 18):
        for _each in range(number):
            make_order(shop)
        with CaptureQueriesContext(connection) as queries:
            api.get(ORDERS)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_queues_are_counted_by_orders(api, order):
    make_purchase(order)
    make_purchase(order)
    told = {row["name"]: row["orders"] for row in api.get(f"{ORDERS}queues/").json()}
    assert (told["to_approve"], told["to_pay"], told["on_hold"]) == (1, 0, 0)
    assert set(told) == {
        "to_match", "to_approve", "to_pay", "to_label", "to_ship", "late", "on_hold", "overdue", "problems",
    }  # fmt: skip


def test_an_order_shows_all_that_belongs_to_it(api, order):
    purchase, package = make_purchase(order), make_package(order)
    TrackingEvent.objects.create(package=package, source="marketplace", text="Picked up", key="1", at=timezone.now())
    StatusChange.objects.create(order=order, machine="order", record_id=order.pk, new="processing", at=timezone.now())
    told = api.get(f"{ORDERS}{order.pk}/").json()
    assert told["money"] == {
        "currency": "MYR",
        "total": "34.80",
        "shipping_fee": None,
        "revenue_usd": "20.00",
        "fee_usd": "1.20",
        "cost_usd": "12.50",
        "margin_usd": "6.30",
    }
    (line,) = told["lines"]
    assert (line["quantity"], line["wanted"], line["price"]) == (2, 2, "17.40")
    assert [(row["id"], row["lines"][0]["quantity"]) for row in told["purchases"]] == [(purchase.pk, 2)]
    assert [(row["id"], row["lines"][0]["line"]) for row in told["packages"]] == [(package.pk, line["id"])]
    assert [event["text"] for event in told["packages"][0]["events"]] == ["Picked up"]
    assert (told["packages"][0]["label"], told["packages"][0]["customs"]) == (None, None)
    assert [(row["machine"], row["old"], row["new"]) for row in told["history"]] == [("order", "", "processing")]
    assert told["possible"] == ["on_hold", "approved", "cancelled", "rejected"]
    assert told["address_findings"] == []
    assert told["address"]["city"] == "Asajaya"
    assert ids(api.get(f"{ORDERS}{order.pk}/history/")) == [told["history"][0]["id"]]


def test_what_is_not_known_of_money_is_null(api):
    told = api.get(f"{ORDERS}{make_order().pk}/").json()["money"]
    assert (told["revenue_usd"], told["fee_usd"], told["margin_usd"]) == (None, None, None)


def test_the_next_step_is_told(api, order):
    purchase = make_purchase(order)
    assert api.get(f"{ORDERS}{order.pk}/next/").json() == {
        "name": "approve",
        "text": f"Approve {purchase.reference}",
        "record": "purchase",
        "record_id": purchase.pk,
    }


def test_exchanges_of_an_order_are_those_of_its_account(api, order):
    account = order.shop.account
    said = {"platform": "shopee", "method": "GET", "url": "u", "endpoint": "e", "outcome": "ok"}
    mine = ApiCall.objects.create(account=account, subject=f"order:{order.external_id}", **said)
    ApiCall.objects.create(account=make_seller(), subject=f"order:{order.external_id}", **said)
    ApiCall.objects.create(account=account, subject="order:other", **said)
    assert ids(api.get(f"{ORDERS}{order.pk}/exchanges/")) == [mine.pk]


# --- actions


def test_orders_are_read_by_a_run(api):
    account = make_seller()
    answer = api.post(f"{ORDERS}sync/", {"account": account.pk, "since": "2026-11-01T00:00:00Z"})
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"job": run.job_id, "run": run.pk})
    assert (run.kind, run.params["since"], run.requested_by) == ("orders", "2026-11-01T00:00:00+00:00", "owner")


@pytest.mark.parametrize(("since", "status"), [("2126-01-01T00:00:00Z", 409), ("yesterday", 400)])
def test_a_time_that_can_not_be_read_from_is_named(api, since, status):
    body = {"account": make_seller().pk, "since": since}
    assert error(api.post(f"{ORDERS}sync/", body), status)["field"] == "since"
    assert not SyncRun.objects.exists()


def test_an_order_is_read_anew_by_a_job(api, order):
    answer = api.post(f"{ORDERS}{order.pk}/refresh/")
    job = SyncJob.objects.get()
    assert (answer.status_code, answer.json()) == (202, {"job": job.pk})
    assert (job.key, job.requested_by) == (f"order:{order.shop_id}:{order.external_id}", "owner")


def test_a_plan_says_what_became_of_it(api):
    order = make_order()
    make_line(order)
    answer = api.post(f"{ORDERS}{order.pk}/plan/")
    assert answer.status_code in (200, 409), answer.content
    many = api.post(f"{ORDERS}plan/", {"orders": [order.pk]})
    assert many.status_code == 200, many.content
    (row,) = many.json()
    assert (row["order"], row["purchases"]) == (order.pk, [])
    assert row["outcome"] in ("stuck", "skipped")
    assert row["reasons"]
    assert not PurchaseOrder.objects.exists()
    assert error(api.post(f"{ORDERS}plan/", {"orders": [order.pk, 999_999]}), 400)["field"] == "orders"


def test_an_order_is_held_with_a_reason_and_released(api, order):
    assert error(api.post(f"{ORDERS}{order.pk}/hold/", {"reason": " "}), 400)["field"] == "reason"
    held = api.post(f"{ORDERS}{order.pk}/hold/", {"reason": "The buyer asked to wait."})
    assert (held.status_code, held.json()["status"], held.json()["hold_reason"]) == (
        200,
        "on_hold",
        "The buyer asked to wait.",
    )
    released = api.post(f"{ORDERS}{order.pk}/release/", {"reason": "He does not any more."})
    assert (released.status_code, released.json()["status"]) == (200, "processing")
    assert [(row["new"], row["by"], row["why"]) for row in released.json()["history"]] == [
        ("processing", "owner", "He does not any more."),
        ("on_hold", "owner", "The buyer asked to wait."),
    ]


def test_an_order_is_cancelled_for_a_reason_of_the_marketplace(api, order):
    known = [row["code"] for row in api.get(f"{ORDERS}{order.pk}/cancel-reasons/").json()]
    assert "OUT_OF_STOCK" in known
    refused = error(api.post(f"{ORDERS}{order.pk}/cancel/", {"reason": "BORED"}), 409)
    assert refused["field"] == "reason"
    assert "OUT_OF_STOCK" in refused["message"]
    assert not SyncJob.objects.exists()
    answer = api.post(f"{ORDERS}{order.pk}/cancel/", {"reason": "OUT_OF_STOCK"})
    job = SyncJob.objects.get(key=f"cancel:{order.pk}")
    assert (answer.status_code, answer.json(), job.kwargs["by"]) == (202, {"job": job.pk}, "owner")


def test_a_buyer_who_asks_to_cancel_is_answered(api, order):
    address = f"{ORDERS}{order.pk}/answer-cancellation/"
    assert error(api.post(address, {"accept": True}), 409)["field"] == "status"
    assert error(api.post(address, {}), 400)["field"] == "accept"
    Order.objects.update(stage="cancelling")
    answer = api.post(address, {"accept": False})
    job = SyncJob.objects.get()
    assert (answer.status_code, job.key, job.kwargs["accept"]) == (202, f"answer:{order.pk}", False)


def test_a_line_is_matched_once_and_for_all(api):
    shop = make_shop(make_seller(), "MY")
    first, second = make_order(shop), make_order(shop)
    line, same = make_line(first, item_id="7"), make_line(second, item_id="7")
    strange, variant = make_line(make_order(), item_id="7"), make_sold_variant()
    answer = api.post(f"{ORDERS}{first.pk}/match/", {"line": line.pk, "variant": variant.pk})
    assert answer.status_code == 200, answer.content
    assert [(row["id"], row["variant"]) for row in answer.json()["lines"]] == [
        (line.pk, variant.pk),
        (same.pk, variant.pk),
    ]
    strange.refresh_from_db()
    assert (strange.variant, LineMatch.objects.get().by) == (None, "owner")


def test_a_line_of_another_order_is_refused(api, order):
    line, variant = make_line(make_order()), make_sold_variant()
    body = error(api.post(f"{ORDERS}{order.pk}/match/", {"line": line.pk, "variant": variant.pk}), 400)
    assert body["field"] == "line"
    assert body["message"].startswith(f"Line {line.pk} is of another order.")
    assert not LineMatch.objects.exists()


def test_who_may_only_view_acts_on_nothing(reader, order):
    assert ids(reader.get(ORDERS)) == [order.pk]
    for action in ("refresh", "plan", "hold", "release", "cancel", "answer-cancellation", "match"):
        assert error(reader.post(f"{ORDERS}{order.pk}/{action}/", {}), 403)["code"] == "permission_denied", action
    for action in ("sync", "plan"):
        assert error(reader.post(f"{ORDERS}{action}/", {}), 403)["code"] == "permission_denied", action
    assert not SyncJob.objects.exists()


def test_nobody_sees_orders(nobody, order):
    for name in ("orders", "purchases", "payments", "packages", "carrier-rules", "buy-rules", "balances"):
        assert error(nobody.get(f"/api/v1/{name}/"), 401)["code"] == "not_authenticated", name


def test_an_order_that_is_not_there_is_named(api):
    assert error(api.get(f"{ORDERS}999/"), 404)["message"] == "There is no order with the id “999”."
    assert error(api.post(f"{ORDERS}x/hold/", {"reason": "x"}), 404)


def test_money_is_never_moved_by_reading(api, order):
    payment = Payment.objects.create(account=make_account(), status="billed", amount=Decimal("5"))
    make_purchase(order, payment=payment)
    for address in ("", f"{order.pk}/", "queues/", f"{order.pk}/next/"):
        assert api.get(f"{ORDERS}{address}").status_code == 200
    payment.refresh_from_db()
    assert (payment.status, SyncJob.objects.count()) == ("billed", 0)
