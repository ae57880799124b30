"""From an approved purchase to an order at CJ: made once, whatever is lost; what does not fit waits for a person."""

import pytest

from integrations.errors import OutcomeUnknown
from integrations.gateways import buyer_for
from orders.machines import PurchaseStatus
from orders.models import Payment
from orders.services import approving, buying, looking, removing

from .buying_world import CREATE, again, buyer_cancels

pytestmark = pytest.mark.django_db


def test_forty_orders_take_few_calls(world):
    world.rule()
    made = world.purchases(40)
    before = world.calls()
    world.work()
    world.assert_each_once(made)
    assert Payment.objects.count() == 2
    assert {payment.status for payment in Payment.objects.all()} == {Payment.Status.PAID}
    assert (world.calls() - before) / 40 <= 2.2
    assert world.failed_jobs() == []


def test_an_order_found_under_our_number_is_adopted_only_if_it_is_what_we_wanted(world):
    same, other = world.purchases(2)
    world.lose(CREATE, "after", times=2)
    for purchase in (same, other):
        with pytest.raises(OutcomeUnknown):
            buying.place(again([purchase])[0], buyer_for(world.account))
    assert [row.status for row in again([same, other])] == [PurchaseStatus.UNKNOWN] * 2
    other.lines.update(quantity=3)  # since then our plan has become another
    world.work()
    same, other = again([same, other])
    assert (same.status, same.needs_person) == (PurchaseStatus.AWAITING_PAYMENT, False)
    assert (other.status, other.needs_person, other.external_id) == (PurchaseStatus.UNKNOWN, True, "")
    assert "goods 1 × " in other.problem
    assert world.calls(CREATE) == 2
    looking.accept(other, "ann")
    world.work()
    assert again([other])[0].status == PurchaseStatus.AWAITING_PAYMENT
    assert len(world.booked("orders")) == 2


def test_what_cj_holds_back_waits_for_a_person_with_its_reason(world):
    made = world.purchases(3)
    held, without = (purchase.reference for purchase in made[:2])
    world.change(next_orders={"order_number": held, "intercept": [{"code": 1001, "message": "phone is wrong"}]})
    world.change(next_orders={"order_number": without, "logistics_miss": True})
    world.work()
    held, without, good = again(made)
    assert (held.status, held.needs_person, held.payment) == (PurchaseStatus.SENT, True, None)
    assert "phone is wrong (1001)" in held.problem
    assert (without.status, without.needs_person) == (PurchaseStatus.SENT, True)
    assert "without a carrier" in without.problem
    assert (good.status, good.needs_person) == (PurchaseStatus.AWAITING_PAYMENT, False)
    world.advance(held, "released")
    buying.retry(held, "ann")
    world.work()
    assert again([held])[0].status == PurchaseStatus.AWAITING_PAYMENT


def test_what_cj_refuses_waits_for_a_person(world):
    (bad,) = world.purchases(1, label="supplier")  # Shopee hides the address: CJ can't write it on a label
    world.work()
    (bad,) = again([bad])
    assert (bad.status, bad.needs_person, bad.announced) == (PurchaseStatus.APPROVED, True, "")
    assert "hides parts of the address" in bad.problem
    assert world.calls(CREATE) == 0


def test_nothing_is_bought_before_the_buyers_time_to_cancel_is_over(world):
    world.rule(wait_minutes=60)
    (purchase,) = world.purchases(1, approved=False)
    approving.approve(purchase, "ann")
    world.work(patience=60)
    assert world.calls(CREATE) == 0
    world.work(patience=3_700)
    assert world.calls(CREATE) == 1


def test_an_order_cancelled_meanwhile_is_not_bought(world):
    gone, stays = world.purchases(2)
    buyer_cancels(world, gone)
    world.work()
    gone, stays = again([gone, stays])
    assert gone.status == PurchaseStatus.CANCELLED
    assert stays.status == PurchaseStatus.AWAITING_PAYMENT
    assert [entry["order_number"] for entry in world.booked("orders")] == [stays.reference]


def test_what_stands_there_under_our_number_and_is_not_wanted_is_deleted(world):
    (purchase,) = world.purchases(1)
    world.lose(CREATE, "after")
    with pytest.raises(OutcomeUnknown):
        buying.place(again([purchase])[0], buyer_for(world.account))
    purchase.lines.update(quantity=3)
    world.work()
    assert world.at_cj(purchase)["status"] == "CREATED"
    removing.request_removal(again([purchase])[0], "ann", "Not what I wanted")
    world.work()
    assert world.at_cj(purchase)["status"] == "CANCELLED"
    (purchase,) = again([purchase])
    assert (purchase.status, purchase.announced) == (PurchaseStatus.CANCELLED, "")
    assert purchase.gone_at is not None
