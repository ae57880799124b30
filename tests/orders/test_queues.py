"""Queues as orders, what an order needs next, and the variants that are offered for its lines."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refused
from orders.models import Order, Package, Payment
from orders.services import queues, together
from tests.factories import make_product, make_variant
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_seller, make_shop

pytestmark = pytest.mark.django_db


def bought(**columns) -> Order:
    order = make_order()
    make_line(order, make_sold_variant())
    make_purchase(order, **columns)
    return order


def step(order: Order) -> tuple[str, object]:
    found = queues.next_step(queues.with_all(Order.objects.filter(pk=order.pk)).get())
    return found.name, found.on


def test_an_order_is_in_a_queue_once_however_much_of_it_waits():
    order = bought()
    make_purchase(order)
    other = bought()
    assert list(queues.orders_in("to_approve").order_by("pk")) == [order, other]
    assert queues.counts([order.shop.account])["to_approve"] == 1
    assert queues.counts()["to_approve"] == 2
    payment = Payment.objects.create(account=order.purchases.all()[0].account, status="billed")
    order.purchases.update(payment=payment, status="awaiting_payment")
    assert list(queues.orders_in("to_pay")) == [order]
    assert list(queues.orders_in("to_approve")) == [other]


def test_the_next_step_is_the_first_that_a_person_has_to_take():
    order = bought(status="paid", label="marketplace")
    purchase, line = order.purchases.get(), order.lines.get()
    package = make_package(order, purchase=purchase)
    assert step(order) == ("arrange", package)
    Package.objects.filter(pk=package.pk).update(problem="The branch asks for a name.")
    assert step(order) == ("package", package)
    order.purchases.update(needs_person=True)
    assert step(order) == ("purchase", purchase)
    order.lines.update(variant=None)
    assert step(order) == ("match", order)
    order.lines.update(cancelled=line.quantity)
    assert step(order) == ("purchase", purchase)
    Order.objects.filter(pk=order.pk).update(status="on_hold")
    assert step(order) == ("release", order)
    Order.objects.filter(pk=order.pk).update(stage="cancelling")
    assert step(order) == ("answer", order)
    Order.objects.filter(pk=order.pk).update(ships="platform")
    assert step(order) == ("none", None)


def test_what_the_supplier_sends_under_its_own_label_is_not_arranged():
    order = bought(status="paid", label="supplier")
    make_package(order, purchase=order.purchases.get())
    assert step(order) == ("none", None)


def test_many_next_steps_cost_no_more_questions_than_one():
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            for order in queues.with_all(Order.objects.all()):
                queues.next_step(order)
        return len(queries)

    make_package(bought(status="paid", label="marketplace"))
    few = asked()
    for _ in range(9):
        make_package(bought(status="paid", label="marketplace"))
    assert asked() == few


def test_packages_that_are_gone_or_cancelled_are_not_an_orders_packages():
    order = make_order(make_shop(make_seller(), "MY"))
    living = make_package(order)
    make_package(order, is_gone=True)
    make_package(order, status="cancelled")
    make_package(make_order())
    assert queues.packages_of([order]) == [living]


def test_an_order_with_nothing_planned_is_not_approved():
    order = bought(status="paid")
    with pytest.raises(Refused, match=r"Nothing of .* waits for an approval"):
        together.approve_order(order, "anna")
    assert order.purchases.get().approved_by == ""


def test_a_whole_sku_or_id_is_found_before_words():
    product = make_product(name="Canvas tote bag")
    exact = make_variant(product, sku="CANVAS")
    other = make_variant(product, sku="B-2")
    gone = make_variant(product, sku="B-3", is_gone=True)
    assert together.find_variants("CANVAS") == [exact]
    assert together.find_variants(other.external_id) == [other]
    assert together.find_variants("tote canvas") == [other, exact]
    assert together.find_variants(gone.sku) == []
    assert together.find_variants("  ") == []
