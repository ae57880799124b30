"""What happens at CJ is followed: cancelled, paid on its page, split, sent from elsewhere, given another number."""

import pytest

from catalog.models import Variant
from integrations import clock
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseOrder, StatusChange
from orders.services import approving, buying, looking, removing, splitting

from .buying_world import DETAIL, LIST, again

pytestmark = pytest.mark.django_db


def test_a_refresh_follows_what_happened_at_cj(world):
    cancelled, paid_there, lost = world.bought(3)
    world.advance(cancelled, "cancelled")
    world.advance(paid_there, "paid")
    looking.request_refresh(world.account)
    world.work()
    cancelled, paid_there, lost = again([cancelled, paid_there, lost])
    assert (cancelled.status, cancelled.needs_person) == (PurchaseStatus.CANCELLED, True)
    assert "supplier has cancelled" in cancelled.problem
    assert (paid_there.status, lost.status) == (PurchaseStatus.PAID, PurchaseStatus.AWAITING_PAYMENT)
    assert Payment.objects.get().needs_person
    assert "BO-" in Payment.objects.get().problem


def test_a_refresh_asks_for_many_at_once_and_writes_nothing_where_nothing_changed(world):
    world.bought(6)
    before = world.calls(LIST)
    history = StatusChange.objects.count()
    assert looking.refresh(world.account.pk) == 0
    assert world.calls(LIST) - before == 1
    assert world.calls(DETAIL) == 0
    assert StatusChange.objects.count() == history


def test_a_split_purchase_goes_on_in_its_parts(world):
    order = world.orders(1, quantity=3)[0]
    purchase = world.purchase(order)
    approving.approve(purchase, "ann", at_once=True)
    world.work()
    world.approve_bills()
    world.change(split={"id": purchase.reference, "parts": 2})
    children = [child["order_id"] for child in world.booked("splits")[0]["children"]]
    rows = splitting.split(again([purchase])[0], children)
    assert [row.external_id for row in again(rows)] == children
    assert [row.status for row in again(rows)] == [PurchaseStatus.PAID] * 2
    assert sum(line.quantity for row in rows for line in row.lines.all()) == 3
    assert len(splitting.split(again([purchase])[0], children)) == 2
    assert PurchaseOrder.objects.count() == 2


def test_another_warehouse_is_asked_for_once(world):
    (purchase,) = world.bought(1)
    storage = next(one for one in world.storages() if one != world.at_cj(purchase)["storage_id"])
    world.lose("/shopping/order/changeWarehouse", "after")
    removing.request_warehouse(purchase, storage, by="ann")
    world.work()
    assert world.failed_jobs() == []
    assert [entry["to"] for entry in world.booked("warehouse_changes")] == [storage]
    (purchase,) = again([purchase])
    assert (purchase.warehouse_id, purchase.announced) == (storage, "")


def test_a_temporary_number_is_given_up_when_the_real_one_is_there(world):
    world.change(account={"account": world.account_at_cj(), "foreign_skus": True})
    (purchase,) = world.purchases(1, approved=False)
    Variant.objects.filter(pk=purchase.lines.get().variant_id).update(external_id="MY-OWN-NUMBER")
    approving.approve(purchase, "ann", at_once=True)
    world.work()
    (purchase,) = again([purchase])
    assert (purchase.status, purchase.is_temporary, purchase.payment) == (PurchaseStatus.SENT, True, None)
    world.advance(purchase, "connected")
    clock.sleep(60)
    looking.refresh(world.account.pk)
    buying.request_purchases(world.account)
    world.work()
    temporary, (purchase,) = purchase.external_id, again([purchase])
    assert purchase.external_id == world.at_cj(purchase)["order_id"] != temporary
    assert purchase.status == PurchaseStatus.AWAITING_PAYMENT
