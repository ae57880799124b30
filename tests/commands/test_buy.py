"""`manage.py buy`: what it costs is shown, what somebody allows is bought and paid, each once; exit codes, JSON."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from integrations import clock
from integrations.clock import VirtualClock
from integrations.models import SyncJob
from orders.models import Order, Payment, PaymentApproval, PurchaseOrder
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_purchase, make_sold_variant
from tests.factories_selling import make_seller
from tests.orders.buying_world import World, again

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def buy(capsys):
    return lambda *words: support.run("orders", "buy", *words, capsys=capsys)


@pytest.fixture
def ann():
    return User.objects.create_user("ann")


@pytest.fixture
def purchase():
    order = make_order()
    make_line(order, make_sold_variant(make_account(name="Supplier")))
    return make_purchase(order, planned_goods=Decimal("8"), planned_freight=Decimal("3.20"))


def test_a_dry_run_shows_the_plan_and_its_cost_and_buys_nothing(buy, purchase):
    ran = buy("--dry-run", "--json")
    assert (ran.code, ran.err) == (0, "")
    (told,) = ran.data["purchases"]
    assert (told["reference"], told["order"], told["planned_goods"], told["planned_freight"]) == (
        purchase.reference,
        purchase.order.external_id,
        "8.00",
        "3.20",
    )
    (balance,) = ran.data["balances"]
    assert (balance["account"], balance["balance"], balance["planned"]) == (purchase.account_id, None, "11.20")
    shown = buy("--dry-run", "--order", purchase.order.external_id).out
    assert purchase.reference in shown
    assert "11.20" not in shown.splitlines()[0]
    purchase.refresh_from_db()
    assert (purchase.status, SyncJob.objects.count()) == ("planned", 0)


def test_a_dry_run_says_of_which_order_nothing_is_planned(buy, purchase):
    order = make_order(plan_problem="It waits for a quote.")
    ran = buy("--dry-run", "--order", order.external_id, "--json")
    assert (ran.code, ran.data["purchases"]) == (0, [])
    assert ran.data["unplanned"] == [{"record": str(order), "id": order.pk, "message": "It waits for a quote."}]


def test_the_purchases_of_an_order_are_approved_and_queued(buy, ann, purchase):
    ran = buy("--order", purchase.order.external_id, "--by", "ann", "--json")
    job = SyncJob.objects.get(key=f"buy:{purchase.account_id}")
    assert (ran.code, ran.err) == (0, "")
    assert [(told["reference"], told["status"]) for told in ran.data["purchases"]] == [(purchase.reference, "approved")]
    assert [told["job"] for told in ran.data["jobs"]] == [job.pk]
    purchase.refresh_from_db()
    assert (purchase.approved_by, purchase.external_id) == ("ann", "")


def test_an_order_that_can_not_be_planned_is_told_with_the_reason(buy, ann):
    order = make_order()
    make_line(order)
    ran = buy("--order", order.external_id, "--by", "ann", "--json")
    assert (ran.code, ran.data["purchases"]) == (1, [])
    assert [told["id"] for told in ran.data["refused"]] == [order.pk]
    assert ran.data["refused"][0]["message"]
    assert not PurchaseOrder.objects.exists()


def test_what_is_held_is_not_approved(buy, ann, purchase):
    Order.objects.update(status="on_hold")
    ran = buy("--order", purchase.order.external_id, "--by", "ann")
    assert (ran.code, SyncJob.objects.filter(key__startswith="buy:").count()) == (1, 0)
    assert f"{purchase.reference}: The order is “On hold”." in ran.out
    purchase.refresh_from_db()
    assert purchase.status == "planned"


def test_approved_approves_nothing_itself(buy, purchase):
    ran = buy("--approved", "--json")
    job = SyncJob.objects.get()
    assert (ran.code, ran.data["purchases"]) == (0, [])
    assert [told["key"] for told in ran.data["jobs"]] == [job.key] == [f"buy:{purchase.account_id}"]
    purchase.refresh_from_db()
    assert purchase.status == "planned"


def test_a_bill_is_approved_by_a_person_and_queued_to_be_paid(buy, ann, purchase):
    bill = Payment.objects.create(account=purchase.account, status="billed", amount=Decimal("11.20"))
    ran = buy("--pay", "--by", "ann", "--json")
    job = SyncJob.objects.get()
    assert (ran.code, job.key, ran.data["payments"][0]["status"]) == (0, f"pay:{bill.pk}", "approved")
    assert [(each.by, each.amount) for each in PaymentApproval.objects.all()] == [("ann", Decimal("11.20"))]


@pytest.fixture
def world(simulator):
    with clock.use(VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")):
        yield World(simulator)


def test_from_one_order_to_its_payment_in_one_call(buy, ann, world):
    wanted, other = world.purchases(2, approved=False)
    number = wanted.order.external_id
    ran = buy("--order", number, "--by", "ann", "--at-once", "--pay", "--wait", "--json")
    assert ran.code == 0, ran
    assert [(told["reference"], told["status"]) for told in ran.data["purchases"]] == [(wanted.reference, "paid")]
    assert [told["status"] for told in ran.data["payments"]] == ["paid"]
    assert buy("--order", number, "--by", "ann", "--pay", "--wait").code == 0
    world.assert_each_once([wanted])
    assert [row.status for row in again([other])] == ["planned"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "order: Say what to buy by --order or --approved, or --pay"),
        (["--order", "1", "--approved"], "approved: Give either --order or --approved."),
        (["--order", "Nope", "--by", "ann"], "order: There is no order “Nope” here."),
        (["--pay"], "by: Say who allows it by --by"),
        (["--pay", "--by", "eve"], "by: There is no active user “eve”."),
        (["--approved", "--at-once"], "at_once: --at-once is for --order."),
        (["--approved", "--account", "Merchant"], "is a selling account: name a supplier's."),
        (["--everything"], "unrecognized arguments: --everything"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_buys_nothing(buy, ann, purchase, words, told):
    make_seller(name="Merchant")
    ran = buy(*words)
    assert (ran.code, SyncJob.objects.count()) == (2, 0)
    assert told in ran.err
    purchase.refresh_from_db()
    assert purchase.status == "planned"


def test_help_shows_an_example(buy):
    ran = buy("--help")
    assert (ran.code, "manage.py buy --order 2611210ABCDEF --by ann --wait" in ran.out) == (0, True)
