"""Purchases, payments, balances and buying rules in the API."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from integrations.models import SyncJob
from orders.models import BuyRule, Payment, PaymentApproval, PurchaseAlias, PurchaseOrder, SupplierBalance
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_purchase, make_sold_variant
from tests.factories_selling import make_seller

from .conftest import client_of
from .support import error

pytestmark = pytest.mark.django_db

PURCHASES, PAYMENTS = "/api/v1/purchases/", "/api/v1/payments/"
RULES, BALANCES = "/api/v1/buy-rules/", "/api/v1/balances/"


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


@pytest.fixture
def purchase():
    order = make_order()
    make_line(order, make_sold_variant())
    return make_purchase(order, planned_goods=Decimal("8"), planned_freight=Decimal("3.20"))


@pytest.fixture
def bill(purchase):
    payment = Payment.objects.create(account=purchase.account, status="billed", amount=Decimal("11.20"))
    PurchaseOrder.objects.filter(pk=purchase.pk).update(payment=payment, status="awaiting_payment")
    return payment


def job() -> SyncJob:
    return SyncJob.objects.get()


# --- purchases


def test_purchases_are_listed_and_filtered(api, purchase):
    other = make_purchase(make_order(), make_account(), status="unknown", needs_person=True, external_id="CJ9")
    assert ids(api.get(PURCHASES)) == [other.pk, purchase.pk]
    for query in ({"status": "unknown"}, {"needs_person": "true"}, {"external_id": "CJ9"}, {"order": other.order_id}):
        assert ids(api.get(PURCHASES, query)) == [other.pk], query
    for query in ({"queue": "to_approve"}, {"account": purchase.account_id}, {"reference": purchase.reference}):
        assert ids(api.get(PURCHASES, query)) == [purchase.pk], query
    assert error(api.get(PURCHASES, {"queue": "to_pay"}), 400)["field"] == "queue"


def test_a_purchase_shows_its_lines_and_names(api, purchase):
    PurchaseAlias.objects.create(purchase=purchase, kind="orderId", value="2611")
    told = api.get(f"{PURCHASES}{purchase.pk}/").json()
    line = purchase.lines.get()
    assert [(row["variant"], row["sku"], row["quantity"]) for row in told["lines"]] == [
        (line.variant_id, line.variant.sku, 1)
    ]
    assert [(row["kind"], row["value"]) for row in told["aliases"]] == [("orderId", "2611")]
    assert (told["planned_freight"], told["possible"]) == ("3.20", ["approved", "cancelled"])


def test_an_approved_purchase_is_queued_to_be_bought(api, purchase):
    answer = api.post(f"{PURCHASES}{purchase.pk}/approve/", {"at_once": True})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["approved_by"], answer.json()["buy_after"]) == (
        "approved",
        "owner",
        None,
    )
    assert job().key == f"buy:{purchase.account_id}"
    assert error(api.post(f"{PURCHASES}{purchase.pk}/approve/"), 409)["field"] == "status"


def test_of_many_each_is_approved_or_told_why_not(api, purchase):
    held = make_purchase(make_order(status="on_hold"))
    answer = api.post(f"{PURCHASES}approve/", {"purchases": [purchase.pk, held.pk]})
    assert answer.status_code == 202, answer.content
    assert answer.json() == {
        "taken": [purchase.pk],
        "refused": [{"id": held.pk, "message": f"{held.reference}: The order is “On hold”."}],
        "jobs": [job().pk],
    }
    assert set(PurchaseOrder.objects.values_list("reference", "status")) == {
        (purchase.reference, "approved"),
        (held.reference, "planned"),
    }


def test_an_unknown_id_approves_none(api, purchase):
    body = error(api.post(f"{PURCHASES}approve/", {"purchases": [purchase.pk, 999_999]}), 400)
    assert body["field"] == "purchases"
    purchase.refresh_from_db()
    assert purchase.status == "planned"


@pytest.mark.parametrize(("action", "key"), [("buy", "buy"), ("refresh", None)])
def test_a_supplier_is_asked_by_a_job(api, purchase, action, key):
    answer = api.post(f"{PURCHASES}{action}/", {"account": purchase.account_id})
    assert (answer.status_code, answer.json()) == (202, {"job": job().pk})
    assert job().account == purchase.account
    assert key is None or job().key == f"{key}:{purchase.account_id}"


def test_a_purchase_is_looked_up_by_a_job(api, purchase):
    answer = api.post(f"{PURCHASES}{purchase.pk}/look/")
    assert (answer.status_code, answer.json()) == (202, {"job": job().pk})
    assert (job().requested_by, job().kwargs) == ("owner", {"purchase_id": purchase.pk})


def test_a_purchase_is_cancelled_for_a_reason(api, purchase):
    address = f"{PURCHASES}{purchase.pk}/cancel/"
    assert error(api.post(address, {}), 400)["field"] == "reason"
    answer = api.post(address, {"reason": "Bought elsewhere."})
    purchase.refresh_from_db()
    assert (answer.status_code, purchase.status) == (202, "cancelled")
    assert purchase.order.status_changes.get(machine="purchase").why == "Bought elsewhere."


def test_what_is_paid_is_not_cancelled(api, purchase):
    PurchaseOrder.objects.update(status="paid")
    body = error(api.post(f"{PURCHASES}{purchase.pk}/cancel/", {"reason": "x"}), 409)
    assert body["field"] == "status"
    assert not SyncJob.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [({"label": "none"}, "label", 400), ({"colour": "red"}, "colour", 400), ({"label": "marketplace"}, "label", 409)],
)
def test_a_change_that_is_not_possible_is_named(api, purchase, body, field, status):
    assert error(api.post(f"{PURCHASES}{purchase.pk}/change/", body), status)["field"] == field
    purchase.refresh_from_db()
    assert (purchase.label, purchase.route) == ("supplier", "CJPacket Ordinary")


def test_the_warehouse_of_what_the_supplier_does_not_have_is_not_changed(api, purchase):
    body = error(api.post(f"{PURCHASES}{purchase.pk}/change-warehouse/", {"warehouse_id": "W1"}), 409)
    assert body["field"] == "warehouse_id"
    assert not SyncJob.objects.exists()


def test_a_purchase_that_waits_for_a_person_goes_on(api, purchase):
    PurchaseOrder.objects.update(needs_person=True, problem="x", status="approved")
    assert api.post(f"{PURCHASES}{purchase.pk}/retry/").status_code == 202
    purchase.refresh_from_db()
    assert (purchase.needs_person, purchase.problem) == (False, "")
    assert error(api.post(f"{PURCHASES}{purchase.pk}/accept/"), 409)["field"] == "status"


# --- payments


def test_payments_are_listed_with_what_they_pay(api, purchase, bill):
    other = Payment.objects.create(account=make_account(), status="paid")
    assert ids(api.get(PAYMENTS)) == [other.pk, bill.pk]
    for query in ({"queue": "to_pay"}, {"status": "billed"}, {"account": bill.account_id}):
        assert ids(api.get(PAYMENTS, query)) == [bill.pk], query
    told = api.get(f"{PAYMENTS}{bill.pk}/").json()
    assert (told["amount"], told["people_needed"], told["approvals"]) == ("11.20", 1, [])
    assert [row["id"] for row in told["purchases"]] == [purchase.pk]


def test_a_bill_is_approved_for_the_amount_that_was_seen(api, bill):
    address = f"{PAYMENTS}{bill.pk}/approve/"
    assert error(api.post(address, {}), 400)["field"] == "amount"
    refused = error(api.post(address, {"amount": "11.19"}), 409)
    assert refused["field"] == "amount"
    assert "asks for 11.20 USD, not for 11.19" in refused["message"]
    assert not PaymentApproval.objects.exists()
    answer = api.post(address, {"amount": "11.20"})
    assert answer.status_code == 200, answer.content
    assert (answer.json()["status"], answer.json()["approvals"][0]["by"]) == ("approved", "owner")
    assert job().key == f"pay:{bill.pk}"


def test_over_the_threshold_two_people_have_to_approve(api, bill):
    BuyRule.objects.create(account=bill.account, two_people_over=Decimal("10"))
    address = f"{PAYMENTS}{bill.pk}/approve/"
    assert api.post(address, {"amount": "11.20"}).json()["status"] == "billed"
    assert api.post(address, {"amount": "11.20"}).json()["status"] == "billed"
    assert (PaymentApproval.objects.count(), SyncJob.objects.count()) == (1, 0)
    second = client_of(User.objects.create_superuser("second"))
    assert second.post(address, {"amount": "11.20"}).json()["status"] == "approved"
    assert job().key == f"pay:{bill.pk}"


def test_what_is_not_approved_is_not_paid(api, bill):
    assert error(api.post(f"{PAYMENTS}{bill.pk}/pay/"), 409)["field"] == "status"
    assert not SyncJob.objects.exists()
    Payment.objects.update(status="approved")
    answer = api.post(f"{PAYMENTS}{bill.pk}/pay/")
    assert (answer.status_code, answer.json(), job().key) == (202, {"job": job().pk}, f"pay:{bill.pk}")


def test_a_payment_in_doubt_is_declared_unpaid_by_a_person(api, bill):
    address, body = f"{PAYMENTS}{bill.pk}/declare-unpaid/", {"reason": "Their wallet shows no debit."}
    assert error(api.post(address, body), 409)["field"] == "status"
    Payment.objects.update(status="unknown", needs_person=True)
    answer = api.post(address, body)
    assert (answer.status_code, answer.json()["status"]) == (200, "billed")
    assert "Their wallet shows no debit." in answer.json()["problem"]


def test_who_may_only_view_approves_and_pays_nothing(reader, purchase, bill):
    for address in (
        f"{PURCHASES}{purchase.pk}/approve/",
        f"{PURCHASES}approve/",
        f"{PURCHASES}buy/",
        f"{PAYMENTS}{bill.pk}/approve/",
        f"{PAYMENTS}{bill.pk}/pay/",
        RULES,
    ):
        assert error(reader.post(address, {"amount": "11.20"}), 403)["code"] == "permission_denied", address
    assert [each.objects.count() for each in (SyncJob, PaymentApproval, BuyRule)] == [0, 0, 0]


# --- rules and balances


def test_a_buying_rule_is_made_changed_and_deleted(api):
    account = make_account()
    made = api.post(RULES, {"account": account.pk, "is_active": True, "most_per_order": "40", "together": 10})
    assert made.status_code == 201, made.content
    assert (made.json()["most_per_order"], made.json()["most_per_day"]) == ("40.00", None)
    address = f"{RULES}{made.json()['id']}/"
    assert error(api.post(RULES, {"account": account.pk}), 409)["field"] == "account"
    changed = api.patch(address, {"most_per_order": None, "most_per_day": "800"})
    assert (changed.json()["most_per_order"], changed.json()["most_per_day"], changed.json()["together"]) == (
        None,
        "800.00",
        10,
    )
    assert ids(api.get(RULES, {"account": account.pk})) == [made.json()["id"]]
    assert api.delete(address).status_code == 204
    assert not BuyRule.objects.exists()


@pytest.mark.parametrize(
    ("body", "field", "status"),
    [
        ({"together": 0}, "together", 409),
        ({"together": 101}, "together", 409),
        ({"most_per_day": "-1"}, "most_per_day", 400),
        ({"most_per_day": "1.234"}, "most_per_day", 400),
        ({"is_on": True}, "is_on", 400),
    ],
)
def test_a_rule_that_is_none_is_named(api, body, field, status):
    assert error(api.post(RULES, {"account": make_account().pk} | body), status)["field"] == field
    assert not BuyRule.objects.exists()


def test_of_a_selling_account_nothing_is_bought(api):
    assert error(api.post(RULES, {"account": make_seller().pk}), 409)["field"] == "account"


def test_a_balance_is_held_against_what_is_open(api, purchase):
    balance = SupplierBalance.objects.create(account=purchase.account, amount=Decimal("10"), read_at=timezone.now())
    PurchaseOrder.objects.update(status="approved")
    told = api.get(f"{BALANCES}{balance.pk}/").json()
    assert told["amount"] == "10.00"
    assert {name: told["forecast"][name] for name in ("balance", "approved", "left", "short")} == {
        "balance": "10.00",
        "approved": "11.20",
        "left": "-1.20",
        "short": "1.20",
    }
    assert api.get(f"{BALANCES}forecast/", {"account": purchase.account_id}).json() == told["forecast"]
    assert ids(api.get(BALANCES)) == [balance.pk]


def test_a_balance_that_was_never_read_is_null(api):
    told = api.get(f"{BALANCES}forecast/", {"account": make_account().pk}).json()
    assert (told["balance"], told["left"], told["short"]) == (None, None, "0.00")


def test_a_balance_is_read_by_a_job(api):
    account = make_account()
    assert api.post(f"{BALANCES}sync/", {"account": account.pk}).json() == {"job": job().pk}
    assert job().key == f"balance:{account.pk}"
