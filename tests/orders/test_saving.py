"""Writing what a marketplace says of its orders: once, the newest word, in any order."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection

from catalog.models import Reservation
from integrations.models import SyncJob
from integrations.sold import AddressData, OrderData, OrderLineData
from orders.models import Order, OrderLine, StatusChange
from orders.services import intake, saving
from tests.factories_orders import make_purchase, make_sold_variant
from tests.factories_selling import make_seller, make_shop

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def told(number="2603011ABC", *, sku="TOTE-1", pieces=2, minutes=0, **columns):
    line = OrderLineData(
        external_id="1:2:0:0", item_id="1", model_id="2", sku=sku, name="Tote", quantity=pieces, price=Decimal("9.90")
    )
    address = AddressData(name="Aisyah", phone="+60 12 345", lines=("12 Jalan Merdeka",), country_code="MY")
    defaults = {
        "external_id": number,
        "shop_id": "1",
        "stage": "open",
        "platform_status": "READY_TO_SHIP",
        "currency": "MYR",
        "lines": (line,),
        "address": address,
        "buyer_name": "aisyah88",
        "total": Decimal("19.80"),
        "ordered_at": NOON,
        "changed_at": NOON + timedelta(minutes=minutes),
    }
    return OrderData(**defaults | columns)


def history(order):
    return [(change.old, change.new) for change in order.status_changes.filter(machine="order").order_by("pk")]


@pytest.fixture
def shop():
    return make_shop(make_seller(), "MY")


def test_an_order_is_kept_as_it_came(shop):
    variant = make_sold_variant(sku="TOTE-1")
    order = intake.save_orders(shop, [told()], "ann")["2603011ABC"]
    order.refresh_from_db()
    assert (order.status, order.stage, order.platform_status) == ("processing", "open", "READY_TO_SHIP")
    assert (order.buyer_name, order.total, order.currency) == ("aisyah88", Decimal("19.80"), "MYR")
    assert (order.country_code, order.address["lines"]) == ("MY", ["12 Jalan Merdeka"])
    line = order.lines.get()
    assert (line.variant, line.quantity, line.price) == (variant, 2, Decimal("9.90"))
    assert history(order) == [("", "processing")]
    assert Reservation.objects.get(variant=variant).pieces == 2
    assert SyncJob.objects.filter(key=f"plan:{shop.account_id}").count() == 1


def test_what_is_told_twice_is_written_once(shop):
    first = saving.save(shop, [told()], "ann")
    written = Order.objects.values_list("changed_at", "content_hash").get()
    again = saving.save(shop, [told(), told()], "ann")
    assert (first.created, again.unchanged, again.created, again.updated) == (
        {"2603011ABC"},
        {"2603011ABC"},
        set(),
        set(),
    )
    assert Order.objects.values_list("changed_at", "content_hash").get() == written
    assert (OrderLine.objects.count(), StatusChange.objects.count()) == (1, 1)


def test_an_older_word_never_stands_over_a_newer_one(shop):
    later = told(minutes=5, stage="shipped", platform_status="SHIPPED")
    for words in ([told(), later], [later, told()], [later], [told()]):
        intake.save_orders(shop, words, "ann")
        order = Order.objects.get()
        assert (order.status, order.platform_status) == ("shipped", "SHIPPED")


def test_shuffled_and_doubled_comes_to_the_same(shop):
    stages = ["unpaid", "open", "arranged", "shipped", "delivered"]
    words = [told(f"26030{n}", minutes=at, stage=stage) for n in range(6) for at, stage in enumerate(stages)] * 2
    random.Random(7).shuffle(words)
    for start in range(0, len(words), 7):
        intake.save_orders(shop, words[start : start + 7], "ann")
    assert Order.objects.count() == OrderLine.objects.count() == 6
    assert set(Order.objects.values_list("status", "stage")) == {("delivered", "delivered")}


def test_an_address_that_is_hidden_later_is_not_forgotten(shop):
    intake.save_orders(shop, [told()], "ann")
    hidden = AddressData(name="A****h", phone="****45", lines=("1****",), country_code="MY", masked=True)
    intake.save_orders(shop, [told(minutes=1, stage="shipped", address=hidden)], "ann")
    assert Order.objects.get().address["name"] == "Aisyah"


def test_a_line_that_is_named_no_more_is_not_wanted(shop):
    variant = make_sold_variant(sku="TOTE-1")
    intake.save_orders(shop, [told()], "ann")
    other = replace(told().lines[0], external_id="9:9:0:0", item_id="9", model_id="9", sku="ELSE")
    intake.save_orders(shop, [told(minutes=1, lines=(other,))], "ann")
    assert {line.external_id: line.wanted for line in OrderLine.objects.all()} == {"1:2:0:0": 0, "9:9:0:0": 2}
    assert Reservation.objects.get(variant=variant).pieces == 0
    intake.save_orders(shop, [told(minutes=2, lines=())], "ann")  # an answer without lines says nothing of them
    assert OrderLine.objects.get(external_id="9:9:0:0").wanted == 2


def test_an_order_that_the_database_refuses_holds_up_no_other(shop, monkeypatch):
    write = saving._Chunk.write

    def refusing(chunk):
        if "BAD" in chunk.told:
            raise ValueError("bad value")
        return write(chunk)

    monkeypatch.setattr(saving._Chunk, "write", refusing)
    saved = saving.save(shop, [told("A1"), told("BAD"), told("C3"), told("x" * 65)], "ann")
    assert set(saved.orders) == {"A1", "C3"} == set(Order.objects.values_list("external_id", flat=True))
    assert [(row.external_id, row.kind) for row in saved.set_aside] == [("", "shape"), ("BAD", "database")]


def test_queries_do_not_grow_with_orders(shop, django_assert_max_num_queries):
    make_sold_variant(sku="TOTE-1")
    many = [told(f"2603{n:03}", stage=stage) for n, stage in enumerate(["open", "unpaid", "completed"] * 20)]
    with django_assert_max_num_queries(40):
        intake.save_orders(shop, many, "ann")
    later = [replace(data, changed_at=NOON + timedelta(hours=1), stage="cancelled") for data in many]
    with django_assert_max_num_queries(40):
        intake.save_orders(shop, later, "ann")
    assert Order.objects.filter(status="cancelled").count() == 40
    assert Order.objects.filter(status="completed").exclude(problem="").count() == 20


# --- what it means


def test_a_paid_order_is_opened_when_the_marketplace_releases_it(shop):
    intake.save_orders(shop, [told(stage="unpaid")], "ann")
    assert not SyncJob.objects.filter(key__startswith="plan:").exists()
    intake.save_orders(shop, [told(minutes=1)], "ann")
    assert history(Order.objects.get()) == [("", "pending"), ("pending", "processing")]
    assert SyncJob.objects.filter(key=f"plan:{shop.account_id}").count() == 1


def test_what_the_marketplace_sends_itself_reserves_nothing(shop):
    make_sold_variant(sku="TOTE-1")
    order = intake.save_orders(shop, [told(ships="platform")], "ann")["2603011ABC"]
    assert order.ships == "platform"
    assert Reservation.objects.get().pieces == 0


def test_a_wish_to_cancel_holds_the_order_until_it_is_gone(shop):
    intake.save_orders(shop, [told()], "ann")
    intake.save_orders(shop, [told(minutes=1, stage="cancelling", cancel_reason="Changed my mind")], "ann")
    order = Order.objects.get()
    assert (order.status, order.hold_reason) == ("on_hold", "The buyer asks to cancel: Changed my mind")
    assert order.cancel_requested_at == NOON + timedelta(minutes=1)
    intake.save_orders(shop, [told(minutes=2)], "ann")
    order.refresh_from_db()
    assert (order.status, order.hold_reason, order.cancel_requested_at) == ("processing", "", None)


def test_an_order_that_is_first_seen_with_a_wish_goes_on_when_that_is_gone(shop):
    order = intake.save_orders(shop, [told(stage="cancelling")], "ann")["2603011ABC"]
    assert (order.status, order.hold_reason) == ("on_hold", "The buyer asks to cancel.")
    intake.save_orders(shop, [told(minutes=1)], "ann")
    assert history(Order.objects.get()) == [("", "on_hold"), ("on_hold", "processing")]


def test_a_hold_of_a_person_outlasts_the_buyers_wish(shop):
    from orders.services import holding

    order = intake.save_orders(shop, [told()], "ann")["2603011ABC"]
    holding.hold(order, "Odd address", "ann")
    intake.save_orders(shop, [told(minutes=1, stage="cancelling")], "ann")
    intake.save_orders(shop, [told(minutes=2)], "ann")
    order.refresh_from_db()
    assert (order.status, order.hold_reason) == ("on_hold", "Odd address")


def test_a_cancelled_order_is_not_bought_and_gives_its_stock_back(shop):
    variant = make_sold_variant(sku="TOTE-1")
    order = intake.save_orders(shop, [told()], "ann")["2603011ABC"]
    planned = make_purchase(order)
    unpaid = make_purchase(order, status="confirmed", external_id="CJ1", needs_person=True)
    paid = make_purchase(order, status="paid", external_id="CJ2")
    cancelled = told(minutes=1, stage="cancelled", cancelled_by="buyer", cancel_reason="Changed my mind")
    intake.save_orders(shop, [cancelled], "ann")
    order.refresh_from_db()
    assert order.status == "cancelled"
    assert order.status_changes.filter(new="cancelled", machine="order").get().why == (
        "Cancelled at the marketplace by buyer: Changed my mind"
    )
    for purchase, status, asks in ((planned, "cancelled", False), (unpaid, "cancelled", False), (paid, "paid", True)):
        purchase.refresh_from_db()
        assert (purchase.status, purchase.needs_person) == (status, asks)
    assert "ask for the money" in paid.problem
    assert SyncJob.objects.filter(key=f"buy:{unpaid.account_id}").count() == 1
    assert Reservation.objects.get(variant=variant).pieces == 0


def test_what_is_being_paid_is_not_called_off_here(shop):
    from orders.models import Payment

    make_sold_variant(sku="TOTE-1")
    order = intake.save_orders(shop, [told()], "ann")["2603011ABC"]
    purchase = make_purchase(order, status="awaiting_payment", external_id="CJ1")
    purchase.payment = Payment.objects.create(account=purchase.account, status="paying")
    purchase.save()
    intake.save_orders(shop, [told(minutes=1, stage="cancelled")], "ann")
    purchase.refresh_from_db()
    assert (purchase.status, purchase.needs_person) == ("awaiting_payment", True)
    assert "being paid" in purchase.problem


def test_a_changed_order_is_planned_anew_as_far_as_nothing_was_sent(shop):
    make_sold_variant(sku="TOTE-1")
    first, second = intake.save_orders(shop, [told("A1"), told("B2")], "ann").values()
    Order.objects.update(planned_at=NOON)
    approved = make_purchase(first, status="approved")
    sent = make_purchase(second, status="sent", external_id="CJ1")
    fewer = [told(number, minutes=1, pieces=1) for number in ("A1", "B2")]
    intake.save_orders(shop, fewer, "ann")
    for row in (first, second, approved, sent):
        row.refresh_from_db()
    assert (approved.status, first.planned_at) == ("planned", None)
    assert (sent.status, sent.needs_person, second.planned_at) == ("sent", True, NOON)


def test_what_was_sent_by_somebody_else_is_not_bought(shop):
    make_sold_variant(sku="TOTE-1")
    order = intake.save_orders(shop, [told()], "ann")["2603011ABC"]
    planned, paid = make_purchase(order), make_purchase(order, status="paid", external_id="CJ1")
    intake.save_orders(shop, [told(minutes=1, stage="shipped")], "ann")
    planned.refresh_from_db()
    paid.refresh_from_db()
    assert (planned.status, paid.status, paid.needs_person) == ("cancelled", "paid", False)


def test_cancelled_after_it_was_sent_is_told_to_a_person(shop):
    intake.save_orders(shop, [told(stage="shipped")], "ann")
    intake.save_orders(shop, [told(minutes=1, stage="cancelled")], "ann")
    order = Order.objects.get()
    assert order.status == "shipped"
    assert "after it was sent" in order.problem


# --- several at once


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")
def test_several_writers_at_once_come_to_the_same():
    shop, variant = make_shop(make_seller(), "MY"), make_sold_variant(sku="TOTE-1")
    words = [told(f"26030{n}", minutes=at, pieces=1 + at) for n in range(8) for at in range(3)] * 2

    def write(seed):
        mine = random.Random(seed).sample(words, len(words))
        try:
            for start in range(0, len(mine), 5):
                intake.save_orders(shop, mine[start : start + 5], f"worker {seed}")
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(write, range(3)))
    assert sorted(Order.objects.values_list("external_id", flat=True)) == [f"26030{n}" for n in range(8)]
    assert set(OrderLine.objects.values_list("quantity", flat=True)) == {3}
    assert StatusChange.objects.filter(old="").count() == 8
    assert Reservation.objects.get(variant=variant).pieces == 24
