"""Money moves once, on purpose: approvals, last looks, lost answers, and what waits for a person."""

from decimal import Decimal

import pytest

from accounts.errors import Refused
from integrations import clock, leases
from orders.machines import PurchaseStatus
from orders.models import Payment, PaymentApproval
from orders.services import approving, balances, paying
from tests.support_shopee_orders import buyer_asks_to_cancel

from .buying_world import PAY, PRICE, again, buyer_cancels

pytestmark = pytest.mark.django_db
DAY_S = 86_400


def the_payment() -> Payment:
    return Payment.objects.exclude(status=Payment.Status.CANCELLED).get()


# --- who approves


def test_nothing_is_paid_without_an_approval(world):
    (purchase,) = world.bought(1)
    payment = the_payment()
    assert (payment.status, purchase.status) == (Payment.Status.BILLED, PurchaseStatus.AWAITING_PAYMENT)
    with pytest.raises(Refused, match="approve its bill first"):
        paying.request_payment(payment, "ann")
    paying.pay(payment.pk)
    assert world.calls(PAY) == 0
    with pytest.raises(Refused, match="who approves"):
        approving.approve_payment(payment, " ")
    world.approve_bills()
    world.assert_each_once([purchase])
    payment = the_payment()
    assert (payment.status, payment.announced) == (Payment.Status.PAID, "")
    (entry,) = world.booked("payments")
    assert payment.balance_before - payment.balance_after == Decimal(entry["amount"]) <= payment.amount


def test_over_the_threshold_two_people_approve(world):
    world.rule(two_people_over=Decimal("0.50"))
    made = world.bought(1)
    payment = the_payment()
    assert (payment.status, payment.approvals.count()) == (Payment.Status.BILLED, 0)
    assert "two people" in payment.problem
    world.approve_bills("ann")
    world.approve_bills("ann")
    assert world.calls(PAY) == 0
    world.approve_bills("bob")
    world.assert_each_once(made)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"most_per_payment": Decimal("0.10")}, "for one payment"),
        ({"most_per_day": Decimal("0.10")}, "a day"),
        ({"keep_balance": Decimal("99999.99")}, "the rule keeps"),
    ],
)
def test_a_rule_pays_within_its_caps_only(world, columns, words):
    world.rule(**columns)
    made = world.bought(1)
    payment = the_payment()
    assert words in payment.problem
    assert world.calls(PAY) == 0
    approving.approve_payment(payment, "ann")
    world.work()
    world.assert_each_once(made)


def test_a_rule_does_not_pay_what_became_dearer_than_planned(world):
    world.rule(dearer_percent=Decimal(10))
    world.bought(1, planned_goods=Decimal("0.50"))
    assert "planned were 0.50" in the_payment().problem
    assert the_payment().status == Payment.Status.BILLED


def test_a_rule_leaves_purchases_to_a_person_that_it_does_not_fit(world):
    rule = world.rule(least_margin_percent=Decimal(60), most_per_order=PRICE)
    poor, dear = world.purchases(2, approved=False)
    dear.order.margin_usd, dear.planned_freight = Decimal(900), Decimal("0.01")
    dear.order.save()
    dear.save()
    assert approving.approve_by_rules(world.account) == 0
    poor, dear = again([poor, dear])
    assert poor.facts["rule"] == "The order earns 50.00 %, the rule asks for 60.00 %."
    assert dear.facts["rule"] == "The order costs 900.01, the rule allows 900.00."
    rule.least_margin_percent = rule.most_per_order = None
    rule.save()
    assert approving.approve_by_rules(world.account) == 2
    assert [row.approved_by for row in again([poor, dear])] == ["rule", "rule"]


# --- last looks


def test_an_order_cancelled_before_the_payment_is_taken_out_and_the_rest_is_paid(world):
    gone, stays = world.bought(2)
    buyer_cancels(world, gone)
    before = the_payment().amount
    world.approve_bills()
    gone, stays = again([gone, stays])
    assert (gone.status, stays.status) == (PurchaseStatus.CANCELLED, PurchaseStatus.PAID)
    assert [entry["order_number"] for entry in world.booked("deletions")] == [gone.reference]
    (entry,) = world.booked("payments")
    assert entry["order_numbers"] == [stays.reference]
    assert the_payment().amount < before


def test_a_buyer_who_asks_to_cancel_stops_the_payment_of_his_order(world):
    asked, stays = world.bought(2)
    buyer_asks_to_cancel(world.simulator, asked.order.external_id)
    world.approve_bills()
    asked, stays = again([asked, stays])
    assert (asked.status, stays.status) == (PurchaseStatus.CANCELLED, PurchaseStatus.PAID)
    assert world.at_cj(asked)["status"] == "CANCELLED"


def test_a_bill_about_to_expire_is_asked_for_again_and_a_dearer_one_approved_again(world):
    made = world.bought(1)
    payment = the_payment()
    vid = made[0].lines.get().variant.external_id
    world.change(vids=[vid], fields={"price": "55.00"})
    clock.sleep(DAY_S)
    approving.approve_payment(payment, "ann")
    world.work()
    again_ = the_payment()
    assert again_.amount > payment.amount
    assert (again_.status, world.calls(PAY)) == (Payment.Status.BILLED, 0)
    world.approve_bills()
    world.assert_each_once(made)
    assert PaymentApproval.objects.count() == 2


def test_a_bill_that_nobody_approves_is_watched(world):
    world.bought(1)
    payment = the_payment()
    clock.sleep(DAY_S - 3 * 3_600)
    assert paying.watch(world.account.pk) == 1
    assert "Pay until" in the_payment().problem
    clock.sleep(4 * 3_600)
    assert paying.watch(world.account.pk) == 1
    world.work()
    assert the_payment().expires_at > leases.now()
    assert the_payment().payment_id != payment.payment_id
    assert world.calls(PAY) == 0


# --- what the payment becomes


def test_too_small_a_balance_pays_nothing_and_tells_what_is_missing(world):
    made = world.bought(1)
    world.balance("0.01")
    world.approve_bills()
    payment = the_payment()
    assert (payment.status, payment.needs_person, world.calls(PAY)) == (Payment.Status.APPROVED, True, 0)
    assert "holds 0.01 USD" in payment.problem
    seen = balances.forecast(world.account)
    assert (seen.balance, seen.billed) == (Decimal("0.01"), payment.amount)
    assert seen.short == again(made)[0].amount - Decimal("0.01")
    world.balance("1000")
    paying.retry(payment, "ann")
    world.work()
    world.assert_each_once(made)


def test_a_lost_answer_is_waited_for_before_it_is_paid_again(world):
    made = world.bought(1)
    world.lose(PAY, "before")
    approving.approve_payment(the_payment(), "ann")
    world.work(patience=0)
    assert the_payment().status == Payment.Status.UNKNOWN
    clock.sleep(paying.SETTLE_S - 60)
    world.work(patience=0)
    assert world.calls(PAY) == 1
    world.work()
    assert world.calls(PAY) == 2
    world.assert_each_once(made)


def test_a_payment_that_arrived_although_its_answer_was_lost_is_not_sent_again(world):
    made = world.bought(2)
    world.lose(PAY, "after")
    world.approve_bills()
    assert world.calls(PAY) == 1
    world.assert_each_once(made)


def test_a_success_that_pays_nothing_is_found(world, monkeypatch):
    (purchase,) = world.bought(1)
    payment = the_payment()
    monkeypatch.setattr("integrations.cj.buying._check_shipment", lambda batch_id: None)
    Payment.objects.update(batch_id=world.at_cj(purchase)["code"])  # CJ takes it and pays nothing
    world.approve_bills()
    payment.refresh_from_db()
    assert (payment.status, payment.needs_person) == (Payment.Status.APPROVED, True)
    assert "paid nothing" in payment.problem
    assert world.booked("payments") == []
    assert again([purchase])[0].status == PurchaseStatus.AWAITING_PAYMENT


def test_a_refusal_goes_to_a_person_with_the_reason(world):
    made = world.bought(1)
    world.change(account={"account": world.account_at_cj(), "balance_blocked": True})
    world.approve_bills()
    payment = the_payment()
    assert payment.needs_person
    assert "restricted payments" in payment.problem
    assert again(made)[0].status == PurchaseStatus.AWAITING_PAYMENT
    assert world.booked("payments") == []


def test_what_was_paid_on_the_page_is_not_paid_again(world):
    made = world.bought(2)
    for purchase in made:
        world.advance(purchase, "paid")
    world.approve_bills()
    assert world.calls(PAY) == 0
    assert the_payment().status == Payment.Status.PAID
    assert [row.status for row in again(made)] == [PurchaseStatus.PAID] * 2


def test_a_doubt_is_ended_by_a_person_with_a_reason_only(world):
    world.bought(1)
    payment = the_payment()
    with pytest.raises(Refused, match="how you know"):
        paying.declare_unpaid(payment, "ann", "")
    with pytest.raises(Refused, match="not in doubt"):
        paying.declare_unpaid(payment, "ann", "CJ's agent said so")
    Payment.objects.update(status=Payment.Status.UNKNOWN, needs_person=True, announced="pay")
    paying.declare_unpaid(payment, "ann", "CJ's agent said so")
    payment.refresh_from_db()
    assert (payment.status, payment.announced, payment.approvals.count()) == (Payment.Status.BILLED, "", 0)
