"""Cancelling both ways against the simulator: asked, answered, refused, lost on the way; never sent twice unlooked."""

from collections.abc import Iterator

import pytest

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import Reservation
from integrations import clock, jobs
from integrations.models import Lane
from integrations.shopee.calls_order import OUT_OF_STOCK
from orders.models import Order
from orders.services import cancelling, holding, intake
from tests.factories_orders import make_order, make_purchase, make_sold_variant
from tests.factories_shopee import connect_merchant
from tests.support import Simulator
from tests.support_shopee import booked, shared_time
from tests.support_shopee_orders import advance, buy, buyer_asks_to_cancel, lose, unknown

pytestmark = pytest.mark.django_db
CANCEL, ANSWER = "order.cancel_order", "order.handle_buyer_cancellation"


@pytest.fixture
def shop(simulator: Simulator) -> Iterator[Shop]:
    with shared_time(simulator):
        account: PlatformAccount = connect_merchant(simulator)
        yield account.shops.order_by("pk")[0]


@pytest.fixture
def order(simulator: Simulator, shop: Shop) -> Order:
    """An order of two pieces, bought in part."""
    make_sold_variant(sku="TOTE-1")
    sold = buy(simulator, shop.external_id, lines=[unknown("TOTE-1", quantity=2)])
    return intake.pull_order(shop.pk, sold["order_sn"])


def run(job):
    done = jobs.run(job.pk)
    assert done is not None
    return done


def test_we_cancel_and_nothing_is_left_of_it(simulator, order):
    approved = make_purchase(order, status="approved")
    job = cancelling.request_cancel(order, OUT_OF_STOCK, "ann")
    order.refresh_from_db()
    approved.refresh_from_db()
    assert (job.lane, order.status, approved.needs_person) == (Lane.URGENT, "on_hold", True)
    assert order.hold_reason == "It is being cancelled at the marketplace: Out of stock."
    assert booked(simulator, "seller_cancellations") == 0
    assert run(job).state == "done"
    order.refresh_from_db()
    approved.refresh_from_db()
    assert (order.status, order.stage, order.cancelled_by) == ("cancelled", "cancelled", "seller")
    assert (approved.status, approved.needs_person) == ("cancelled", False)
    assert Reservation.objects.get().pieces == 0
    assert booked(simulator, "seller_cancellations") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_cancels_once(simulator, order, when):
    job = cancelling.request_cancel(order, OUT_OF_STOCK, "ann")
    lose(simulator, CANCEL, when)
    first = run(job)
    assert first.state == ("done" if when == "after" else "queued")
    if when == "before":
        clock.sleep(31)
        assert run(job).state == "done"
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert booked(simulator, "seller_cancellations") == 1


def test_what_is_cancelled_already_is_not_cancelled_again(simulator, order):
    job = cancelling.request_cancel(order, OUT_OF_STOCK, "ann")
    advance(simulator, order.external_id, "CANCELLED")
    assert run(job).state == "done"
    order.refresh_from_db()
    assert (order.status, order.cancelled_by) == ("cancelled", "system")
    assert booked(simulator, "seller_cancellations") == 0


def test_a_refusal_of_the_marketplace_is_told_and_lets_go(simulator, order):
    purchase = make_purchase(order, status="approved")
    job = cancelling.request_cancel(order, OUT_OF_STOCK, "ann")
    simulator.control("faults", platform="shopee", path=CANCEL, code="order.error_limit", when="before")
    assert run(job).state == "failed"
    order.refresh_from_db()
    purchase.refresh_from_db()
    assert order.status == "on_hold"
    assert order.problem.startswith("The marketplace does not cancel it: ")
    assert (purchase.needs_person, purchase.problem) == (False, "")
    holding.release(order, "ann")
    order.refresh_from_db()
    assert (order.status, order.problem) == ("processing", "")


def test_only_a_reason_that_the_marketplace_takes_is_one(simulator, order):
    with pytest.raises(Refused) as refusal:
        cancelling.request_cancel(order, "BORED", "ann")
    assert refusal.value.field == "reason"
    assert OUT_OF_STOCK in str(refusal.value)
    order.refresh_from_db()
    assert order.status == "processing"


@pytest.mark.parametrize(
    ("columns", "field"),
    [({"status": "shipped"}, "status"), ({"status": "cancelled"}, "status"), ({"ships": "platform"}, "ships")],
)
def test_it_may_be_too_late(shop, columns, field):
    with pytest.raises(Refused) as refusal:
        cancelling.request_cancel(make_order(shop, **columns), OUT_OF_STOCK, "ann")
    assert refusal.value.field == field


# --- the buyer asks


@pytest.fixture
def asked(simulator: Simulator, order: Order) -> Order:
    buyer_asks_to_cancel(simulator, order.external_id)
    return intake.pull_order(order.shop_id, order.external_id)


def test_a_buyer_who_asks_holds_the_order(asked):
    assert (asked.status, asked.hold_reason) == ("on_hold", "The buyer asks to cancel: Changed my mind")
    assert asked.cancel_requested_at is not None
    with pytest.raises(Refused):
        holding.release(asked, "ann")


@pytest.mark.parametrize(("accept", "status", "pieces"), [(True, "cancelled", 0), (False, "processing", 2)])
def test_the_buyer_is_answered_once(simulator, asked, accept, status, pieces):
    job = cancelling.answer(asked, accept, "ann")
    lose(simulator, ANSWER, "after")
    assert run(job).state == "done"
    asked.refresh_from_db()
    assert (asked.status, Reservation.objects.get().pieces) == (status, pieces)
    assert booked(simulator, "cancellation_answers") == 1
    with pytest.raises(Refused):
        cancelling.answer(asked, accept, "ann")


def test_two_answers_do_not_cross(asked):
    cancelling.answer(asked, False, "ann")
    with pytest.raises(Refused) as refusal:
        cancelling.answer(asked, True, "bob")
    assert refusal.value.field == "accept"


def test_an_answer_that_was_lost_on_the_way_is_given_again(simulator, asked):
    job = cancelling.answer(asked, True, "ann")
    lose(simulator, ANSWER, "before")
    assert run(job).state == "queued"
    clock.sleep(31)
    assert run(job).state == "done"
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert booked(simulator, "cancellation_answers") == 1


def test_an_answer_given_elsewhere_is_not_given_again(simulator, asked):
    job = cancelling.answer(asked, False, "ann")
    advance(simulator, asked.external_id, "CANCELLED")
    assert run(job).state == "done"
    asked.refresh_from_db()
    assert asked.status == "cancelled"
    assert booked(simulator, "cancellation_answers") == 0
