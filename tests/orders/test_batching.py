"""Cart, confirmation, bill: what can't go on with the others is taken out, and the others go on."""

import pytest

from accounts.errors import Refused
from orders.machines import PurchaseStatus
from orders.models import Payment
from orders.services import removing

from .buying_world import CONFIRM, again

pytestmark = pytest.mark.django_db


def test_a_confirmation_that_cj_will_not_repeat_waits_for_a_person(world):
    (purchase,) = world.purchases(1)
    world.change(switches={"confirm_again": "refused"})
    world.lose(CONFIRM, "after")
    world.work()
    (purchase,) = again([purchase])
    assert (purchase.status, purchase.needs_person, purchase.payment) == (PurchaseStatus.CONFIRMED, True, None)
    assert world.at_cj(purchase)["status"] == "UNPAID"
    assert world.booked("payments") == []


def test_what_cj_can_not_match_is_left_out_of_the_payment(world):
    made = world.purchases(3)
    world.change(next_orders={"order_number": made[1].reference, "unmatched": True})
    world.work()
    first, unmatched, third = again(made)
    assert (unmatched.status, unmatched.needs_person, unmatched.payment) == (PurchaseStatus.CONFIRMED, True, None)
    assert "can't match" in unmatched.problem
    payment = Payment.objects.exclude(status=Payment.Status.CANCELLED).get()
    assert {first.payment, third.payment} == {payment}
    world.approve_bills()
    assert [row.status for row in again(made)] == [PurchaseStatus.PAID, PurchaseStatus.CONFIRMED, PurchaseStatus.PAID]
    (entry,) = world.booked("payments")
    assert sorted(entry["order_numbers"]) == sorted([first.reference, third.reference])


def test_a_purchase_taken_back_is_deleted_and_the_rest_billed_anew(world):
    out, stays = world.bought(2)
    before = out.payment.amount
    removing.request_removal(out, "ann", "Found it cheaper")
    world.work()
    assert [entry["order_number"] for entry in world.booked("deletions")] == [out.reference]
    payment = Payment.objects.get(status=Payment.Status.BILLED)
    assert payment.amount < before
    world.approve_bills()
    out, stays = again([out, stays])
    assert (out.status, stays.status) == (PurchaseStatus.CANCELLED, PurchaseStatus.PAID)
    with pytest.raises(Refused, match="is paid"):
        removing.request_removal(stays, "ann", "Too late")
