"""The tables of the state machines, and the one door by which states change."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orders.machines import CUSTOMS, MACHINES, ORDER, PACKAGE, PURCHASE, CustomsStatus, OrderStatus, PackageStatus
from orders.models import Order, StatusChange
from orders.services import moves
from orders.services.moves import NotPossible
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_every_state_is_known_and_can_be_reached(machine):
    named = {state for steps in machine.steps.values() for state in steps} | set(machine.steps)
    assert named == set(machine.states.values)
    assert all(machine.path(machine.first, state) for state in named - {machine.first})


def test_an_order_goes_as_the_flow_says():
    way = ["processing", "approved", "picking", "packing", "ready_to_ship", "shipped", "delivered", "completed"]
    assert ORDER.path("pending", "completed") == way
    before_shipping = {"pending", "processing", "on_hold", "approved", "picking", "packing", "ready_to_ship"}
    for state in OrderStatus.values:
        assert ORDER.may(state, "cancelled") is (state in before_shipping)
        assert ORDER.may(state, "rejected") is (state in before_shipping)
    holds = {state for state in OrderStatus.values if ORDER.may(state, "on_hold")}
    assert holds == {"pending", "processing"}
    assert ORDER.after("on_hold") == ["processing", "cancelled", "rejected"]


def test_a_package_may_be_delivered_without_a_stop():
    assert PACKAGE.may("picked_up", "delivered")
    assert not PACKAGE.may("in_transit", "delivered")
    assert [state for state in PackageStatus.values if PACKAGE.is_final(state)] == ["delivered", "failed", "cancelled"]


def test_what_must_be_looked_up_leads_anywhere_but_back_to_the_plan():
    assert set(PURCHASE.after("unknown")) == set(PURCHASE.states.values) - {"planned", "unknown"}
    assert PURCHASE.path("planned", "delivered") == [
        "approved", "sent", "carted", "confirmed", "awaiting_payment", "paid", "shipped", "delivered",
    ]  # fmt: skip


def test_customs_may_be_reviewed_and_declared_again():
    assert CUSTOMS.may("under_review", "declared")
    assert CUSTOMS.may("declared", "under_review")
    assert CUSTOMS.after(CustomsStatus.IMPORTED) == []


# --- the door


@pytest.mark.django_db
def test_a_step_is_taken_and_told():
    order = make_order()
    moves.move(order, "on_hold", why="The address is not complete.", by="ann", hold_reason="Address")
    order.refresh_from_db()
    assert (order.status, order.hold_reason) == ("on_hold", "Address")
    change = StatusChange.objects.get()
    assert (change.order, change.machine, change.record_id) == (order, "order", order.pk)
    assert (change.old, change.new, change.why, change.by) == (
        "processing", "on_hold", "The address is not complete.", "ann",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_step_that_the_table_lacks_changes_nothing():
    order = make_order()
    with pytest.raises(NotPossible, match=r"can.t become “Shipped”\. Possible: On hold, Approved, Cancelled, Rejected"):
        moves.move(order, "shipped")
    order.refresh_from_db()
    assert order.status == "processing"
    assert not StatusChange.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("why", ["", "  "])
def test_a_hold_needs_a_reason(why):
    order = make_order()
    with pytest.raises(NotPossible, match="needs a reason") as refused:
        moves.move(order, "on_hold", why=why)
    assert refused.value.field == "reason"
    assert not StatusChange.objects.exists()


@pytest.mark.django_db
def test_who_comes_second_is_told_to_look_again():
    order = make_order()
    stale = Order.objects.get(pk=order.pk)
    moves.move(order, "approved", by="ann")
    with pytest.raises(NotPossible, match="has changed meanwhile"):
        moves.move(stale, "on_hold", why="Wait.", by="bob")
    assert list(StatusChange.objects.values_list("new", "by")) == [("approved", "ann")]
    order.refresh_from_db()
    assert (order.status, order.hold_reason) == ("approved", "")


@pytest.mark.django_db
def test_what_a_platform_says_is_followed_step_by_step():
    order = make_order(status="approved")
    assert moves.follow(order, "shipped", by="platform")
    assert list(StatusChange.objects.values_list("old", "new")) == [
        ("approved", "picking"), ("picking", "packing"), ("packing", "ready_to_ship"), ("ready_to_ship", "shipped"),
    ]  # fmt: skip


@pytest.mark.django_db
def test_a_step_back_is_not_followed():
    order = make_order(status="delivered")
    assert not moves.follow(order, "shipped")
    order.refresh_from_db()
    assert order.status == "delivered"
    assert not StatusChange.objects.exists()


@pytest.mark.django_db
def test_a_held_order_is_not_shipped_past_its_hold():
    assert ORDER.path("pending", "shipped")[0] == "processing"  # never through a state that asks for a reason
    order = make_order(status="on_hold")
    assert moves.follow(order, "cancelled", by="platform")
    assert StatusChange.objects.get().why == "The platform says so."


@pytest.mark.django_db
def test_a_person_has_no_button_for_what_a_platform_does():
    assert moves.possible(make_order(status="ready_to_ship")) == ["cancelled", "rejected"]
    assert moves.possible(make_order(status="shipped")) == []


@pytest.mark.django_db
@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 30)), max_size=25))
def test_random_walks_stay_on_the_tables(walk):
    order = make_order(status="pending")
    make_line(order, make_sold_variant())
    records = [order, make_package(order), make_purchase(order)]
    taken = []
    for which, choice in walk:
        record = records[which % 3]
        machine = moves.machine_of(record)
        wanted = machine.states.values[choice % len(machine.states.values)]
        old = record.status
        if machine.may(old, wanted):
            moves.move(record, wanted, why="walk")
            taken.append((machine.name, record.pk, old, wanted))
        else:
            with pytest.raises(NotPossible):
                moves.move(record, wanted, why="walk")
            assert record.status == old
    told = StatusChange.objects.filter(order=order).order_by("pk")
    assert [(each.machine, each.record_id, each.old, each.new) for each in told] == taken
