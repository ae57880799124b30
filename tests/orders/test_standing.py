"""Where an order stands by what was bought for it and by its packages; holding it back; what waits for a person."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.errors import Refused
from catalog.models import Reservation
from integrations import leases
from integrations.models import SyncJob
from orders.models import Payment
from orders.services import attention, holding, standing
from orders.services.moves import NotPossible
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_shop

pytestmark = pytest.mark.django_db


def sold(**columns):
    order = make_order(**columns)
    make_line(order, make_sold_variant())
    return order


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ({"status": "planned"}, "processing"),
        ({"status": "approved"}, "approved"),
        ({"status": "unknown"}, "approved"),
        ({"status": "awaiting_payment"}, "approved"),
        ({"status": "paid"}, "picking"),
        ({"status": "paid", "tracking_number": "LX1"}, "packing"),
        ({"status": "paid", "label": "marketplace", "tracking_number": "LX1"}, "picking"),
        ({"status": "paid", "label": "marketplace", "label_sha256": "a" * 64}, "packing"),
        ({"status": "shipped"}, "shipped"),
        ({"status": "delivered"}, "delivered"),
        ({"status": "cancelled"}, "processing"),
    ],
)
def test_an_order_is_as_far_as_its_purchase(columns, expected):
    order = sold()
    make_purchase(order, **columns)
    assert standing.settle(order, by="ann") == expected
    order.refresh_from_db()
    assert order.status == expected
    assert (order.shipped_at is not None) is (expected in ("shipped", "delivered"))


def test_it_is_as_far_as_the_last_of_them():
    order = sold()
    make_purchase(order, status="shipped")
    make_purchase(order, status="approved")
    assert standing.settle(order) == "approved"


def test_what_is_not_bought_for_keeps_it_back():
    order = sold()
    make_purchase(order, status="paid")
    make_line(order, make_sold_variant())
    assert standing.settle(order) == "processing"


def test_packages_make_it_ready_and_take_it_away():
    order = sold()
    make_purchase(order, status="paid")
    make_package(order, status="cancelled")
    first, second = make_package(order, status="ready_for_pickup"), make_package(order, status="ready_for_pickup")
    assert standing.settle(order) == "ready_to_ship"
    first.status, second.status = "in_transit", "picked_up"
    first.save()
    assert standing.settle(order) == "ready_to_ship"
    second.save()
    assert standing.settle(order) == "shipped"


def test_it_never_goes_back():
    order = sold(status="packing")
    make_purchase(order, status="approved")
    assert standing.settle(order) == "packing"


@pytest.mark.parametrize("status", ["pending", "on_hold", "cancelled", "completed"])
def test_what_is_held_or_over_stays(status):
    order = sold(status=status)
    make_purchase(order, status="paid")
    assert standing.settle(order) == status


def test_what_is_paid_is_reserved_no_more():
    order = sold()
    purchase = make_purchase(order, status="approved")
    standing.settle(order)
    assert Reservation.objects.get().pieces == 1
    purchase.status = "paid"
    purchase.save()
    standing.settle(order)
    assert Reservation.objects.get().pieces == 0


# --- holding


def test_an_order_is_held_with_a_reason_and_goes_on():
    order = sold()
    with pytest.raises(NotPossible) as refusal:
        holding.hold(order, " ", "ann")
    assert refusal.value.field == "reason"
    holding.hold(order, "Odd address", "ann")
    order.refresh_from_db()
    assert (order.status, order.hold_reason) == ("on_hold", "Odd address")
    holding.release(order, "bob", "Asked the buyer")
    order.refresh_from_db()
    assert (order.status, order.hold_reason) == ("processing", "")
    told = [(change.new, change.why, change.by) for change in order.status_changes.order_by("pk")]
    assert told == [("on_hold", "Odd address", "ann"), ("processing", "Asked the buyer", "bob")]
    assert SyncJob.objects.filter(key=f"plan:{order.shop.account_id}").count() == 1


@pytest.mark.parametrize(
    ("status", "stage"), [("on_hold", "cancelling"), ("on_hold", "unpaid"), ("processing", "open")]
)
def test_what_may_not_go_on_is_not_released(status, stage):
    order = sold(status=status, stage=stage)
    with pytest.raises(Refused) as refusal:
        holding.release(order, "ann")
    assert refusal.value.field == "status"
    order.refresh_from_db()
    assert order.status == status


# --- what waits for a person


def test_each_thing_waits_in_its_queue():
    shop, past = make_shop(), leases.now() - timedelta(hours=1)
    unmatched = make_order(shop)
    make_line(unmatched)
    planned = make_purchase(sold(shop=shop))
    paying = sold(shop=shop, status="approved")
    bill = Payment.objects.create(account=planned.account, status="billed", amount=Decimal(5))
    make_purchase(paying, status="awaiting_payment", payment=bill)
    boxed = sold(shop=shop, status="picking")
    bought = make_purchase(boxed, status="paid", label="marketplace")
    to_ship = make_package(boxed, purchase=bought)
    to_label = make_package(boxed, purchase=bought, arranged_at=past, status="processing")
    late = sold(shop=shop, ship_by=past)
    held = sold(shop=shop, status="on_hold")
    asked = sold(shop=shop, status="picking", stage="cancelling")
    gone = sold(shop=shop, status="shipped", stage="shipped", ship_by=past)
    overdue = make_package(gone, status="in_transit", expected_at=past)
    stuck = sold(shop=shop, problem="Look at it")
    at_supplier = make_purchase(sold(shop=shop), status="sent", needs_person=True).order
    expected = {
        "to_match": [unmatched],
        "to_approve": [planned],
        "to_pay": [bill],
        "to_label": [to_label],
        "to_ship": [to_ship],
        "late": [late],
        "on_hold": [held, asked],
        "overdue": [overdue],
        "problems": [stuck, at_supplier],
    }
    found = {name: sorted(queue.of(), key=lambda row: row.pk) for name, queue in attention.QUEUES.items()}
    assert found == expected
    assert attention.counts() == {name: len(rows) for name, rows in expected.items()}
    assert attention.counts([shop.account]) == attention.counts()
    assert set(attention.counts([make_shop().account]).values()) == {0}


def test_what_is_sent_by_the_marketplace_waits_nowhere():
    order = make_order(ships="platform", ship_by=leases.now() - timedelta(hours=1))
    make_line(order)
    make_package(order)
    assert set(attention.counts().values()) == {0}
