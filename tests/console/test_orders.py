"""The list of orders as a work queue: what waits, what is found, and what pressing a button does to each row."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.shown import admin_url, list_url
from integrations.models import SyncJob
from orders.models import Label, Order, Package, Payment, PurchaseOrder
from orders.services import attention
from tests.console.orders import bill, keep_label, sell_one
from tests.console.selling import press, text_of, told
from tests.factories_orders import make_package, make_purchase

pytestmark = pytest.mark.django_db


def act(client, name, orders, **data):
    """Run an action of the list."""
    chosen = {"action": name, "_selected_action": [order.pk for order in orders], "index": 0}
    return client.post(list_url(Order), chosen | data)


def shown(owner, **query) -> list[int]:
    page = owner.get(list_url(Order), query)
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


@pytest.fixture
def waiting(rows):
    """One order for each of some queues, besides the one that is on its way."""
    shop, now = rows.seller_shop, timezone.now()
    unknown = sell_one(shop, None)
    planned = sell_one(shop, rows.variant, ship_by=now + timedelta(hours=30))
    make_purchase(planned, planned_goods=Decimal("4.00"), planned_freight=Decimal("2.00"))
    billed = sell_one(shop, rows.variant)
    bill(make_purchase(billed))
    held = sell_one(shop, rows.variant, status="on_hold", hold_reason="The buyer asks for another color")
    late = sell_one(shop, rows.variant, ship_by=now - timedelta(hours=3))
    return {"to_match": unknown, "to_approve": planned, "to_pay": billed, "on_hold": held, "late": late}


def test_each_tab_shows_and_counts_the_orders_of_its_queue(owner, waiting):
    for name, order in waiting.items():
        assert shown(owner, queue=name) == [order.pk], name
    page = owner.get(list_url(Order))
    counts = {tab["name"]: tab["count"] for tab in page.context["queues"]}
    assert counts == {"": None, **dict.fromkeys(attention.QUEUES, 0), **dict.fromkeys(waiting, 1)}
    today = owner.get(reverse("admin:index"))
    assert {tab["name"]: tab["count"] for tab in today.context["queues"]} == dict.fromkeys(waiting, 1)


def test_what_leaves_first_stands_on_top_of_a_queue(owner, rows):
    now = timezone.now()
    later, sooner = (sell_one(rows.seller_shop, None, ship_by=now + timedelta(hours=hours)) for hours in (40, 5))
    never = sell_one(rows.seller_shop, None, ship_by=None)
    assert shown(owner, queue="to_match") == [sooner.pk, later.pk, never.pk]
    assert shown(owner) == [never.pk, sooner.pk, later.pk, rows.order.pk]


def test_each_row_says_what_to_do_next_and_leads_there(owner, waiting, rows):
    page = owner.get(list_url(Order))
    text, html = text_of(page), page.content.decode()
    planned, payment = PurchaseOrder.objects.get(order=waiting["to_approve"]), Payment.objects.get(status="billed")
    for words in ("Say what was sold (1)", f"Approve {planned}", f"Approve {payment}", "Decide: it is held"):
        assert words in text
    assert f'href="{admin_url(planned)}"' in html
    assert f'href="{admin_url(payment)}"' in html
    assert f'href="{admin_url(waiting["to_match"])}#lines"' in html
    assert "3 h 0 min late" in text
    assert "ship in 1 d 5 h" in text or "ship in 1 d 6 h" in text
    assert rows.variant.sku in text
    assert "leaves 1.20 USD" in text


def test_an_order_is_found_by_any_of_its_numbers_one_or_many(owner, rows, waiting):
    PurchaseOrder.objects.filter(pk=rows.purchase.pk).update(tracking_number="CJPKT9")
    other = waiting["to_match"]
    numbers = [
        rows.order.external_id, rows.package.external_id, rows.package.tracking_number, rows.purchase.reference,
        rows.purchase.external_id, "CJPKT9",
    ]  # fmt: skip
    for number in numbers:
        assert shown(owner, q=number) == [rows.order.pk], number
    assert shown(owner, q=other.lines.get().sku) == [other.pk]
    assert shown(owner, q=f"{other.external_id}\t{rows.package.tracking_number}") == [other.pk, rows.order.pk]
    assert shown(owner, q="no-such-number") == []
    assert shown(owner, q="AISYAH") == [*sorted((each.pk for each in waiting.values()), reverse=True), rows.order.pk]


def test_filters_narrow_the_orders(owner, rows, waiting):
    Order.objects.filter(pk=waiting["late"].pk).update(country_code="SG", cash_on_delivery=True)
    assert shown(owner, to="SG") == [waiting["late"].pk]
    assert shown(owner, status__exact="on_hold") == [waiting["on_hold"].pk]
    assert shown(owner, cash_on_delivery__exact="1") == [waiting["late"].pk]
    assert len(shown(owner, shop__id__exact=rows.seller_shop.pk)) == 6
    assert shown(owner, shop__id__exact=rows.shop.pk) == []


def fill(rows, count: int) -> None:
    for number in range(count):
        order = sell_one(rows.seller_shop, rows.variant)
        purchase = make_purchase(order, status="paid", label="marketplace", external_id=f"CJX{order.pk}")
        bill(purchase)
        keep_label(make_package(order, purchase=purchase, tracking_number=f"T{number}"))


@pytest.mark.parametrize("model", [Order, PurchaseOrder, Payment, Package], ids=lambda model: model.__name__)
def test_a_longer_list_asks_no_more_questions(owner, rows, model):
    fill(rows, 2)
    with CaptureQueriesContext(connection) as few:
        owner.get(list_url(model))
    fill(rows, 18)
    with CaptureQueriesContext(connection) as many:
        page = owner.get(list_url(model))
    assert len(page.context["cl"].result_list) == 21
    assert len(many) == len(few)


def test_no_list_loads_the_files_of_labels(owner, rows):
    for model in (Order, Package):
        with CaptureQueriesContext(connection) as asked:
            owner.get(list_url(model))
        assert not [query["sql"] for query in asked if '"orders_label"."content",' in query["sql"]]


# --- actions


def test_holding_asks_for_a_reason_and_tells_of_each_row(owner, rows, waiting):
    free, bought = waiting["late"], rows.order
    asked = act(owner, "hold", [free, bought])
    assert "Nothing is bought or sent for what is held." in text_of(asked)
    without = act(owner, "hold", [free, bought], confirmed="1", reason="  ")
    assert "This field is required." in text_of(without)
    assert set(Order.objects.filter(status="on_hold")) == {waiting["on_hold"]}
    done, refused = told(act(owner, "hold", [free, bought], confirmed="1", reason="Wrong address"))
    assert (free.external_id in done, bought.external_id in done) == (True, False)
    assert bought.external_id in refused
    assert "t become" in refused
    free.refresh_from_db()
    assert (free.status, free.hold_reason) == ("on_hold", "Wrong address")
    assert free.status_changes.get().by == "owner"


def test_a_held_order_is_released(owner, waiting):
    done, refused = told(act(owner, "release", [waiting["on_hold"], waiting["late"]]))
    assert (done.startswith("Released: "), waiting["on_hold"].external_id in done) == (True, True)
    assert f"{waiting['late']} is not held." in refused
    waiting["on_hold"].refresh_from_db()
    assert (waiting["on_hold"].status, waiting["on_hold"].hold_reason) == ("processing", "")


def test_approving_orders_approves_all_that_is_planned_of_them(owner, rows, waiting):
    done, refused = told(act(owner, "approve", [waiting["to_approve"], rows.order]))
    purchase = PurchaseOrder.objects.get(order=waiting["to_approve"])
    assert (purchase.status, purchase.approved_by) == ("approved", "owner")
    assert waiting["to_approve"].external_id in done
    assert f"Nothing of {rows.order} waits for an approval" in refused
    rows.purchase.refresh_from_db()
    assert (rows.purchase.status, rows.purchase.approved_by) == ("paid", "")
    assert SyncJob.objects.filter(key=f"buy:{purchase.account_id}", requested_by="owner").count() == 1


def test_planning_says_why_an_order_has_no_plan(owner, waiting):
    messages = told(act(owner, "plan", [waiting["to_match"]]))
    assert len(messages) == 1
    assert waiting["to_match"].external_id in messages[0]
    assert not PurchaseOrder.objects.filter(order=waiting["to_match"]).exists()


def test_shipping_is_arranged_and_labels_asked_for(owner, rows):
    order = sell_one(rows.seller_shop, rows.variant)
    package = make_package(order)
    first, second = told(act(owner, "arrange", [order, rows.order]))
    assert package.external_id in first
    assert f"Shipping of {rows.package} is arranged already" in second
    package.refresh_from_db()
    assert package.arrange_asked_at is not None
    assert SyncJob.objects.get(key=f"arrange:{rows.seller_shop.pk}").requested_by == "owner"
    early = told(act(owner, "get_labels", [order]))
    assert "Arrange the shipping" in early[-1]
    assert not Label.objects.filter(package=package).exists()
    Package.objects.filter(pk=package.pk).update(arranged_at=timezone.now())
    act(owner, "get_labels", [order])
    assert Label.objects.get(package=package).status == "wanted"


def test_labels_slips_and_the_pick_list_come_as_one_pdf(owner, rows):
    for name, file in (("download_labels", "labels"), ("packing_slips", "packing-slips"), ("pick_list", "pick-list")):
        answer = act(owner, name, [rows.order])
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'attachment; filename="{file}.pdf"'
        assert answer.content.startswith(b"%PDF-")
    rows.package.label.refresh_from_db()
    assert rows.package.label.printed_at is not None


def test_an_order_without_packages_has_no_papers(owner, waiting):
    answer = act(owner, "download_labels", [waiting["to_match"]])
    assert told(answer) == ["These orders have no package yet."]


def test_cancelling_offers_the_marketplaces_reasons(owner, rows, waiting):
    order = waiting["late"]
    page = act(owner, "cancel", [order])
    assert "OUT_OF_STOCK" in page.content.decode()
    act(owner, "cancel", [order], confirmed="1", reason="I like it")
    assert not SyncJob.objects.filter(key=f"cancel:{order.pk}").exists()
    assert (
        "queued to be cancelled"
        in told(act(owner, "cancel", [order], confirmed="1", reason="OUT_OF_STOCK"))[-1].lower()
    )
    assert SyncJob.objects.get(key=f"cancel:{order.pk}").kwargs["reason"] == "OUT_OF_STOCK"
    order.refresh_from_db()
    assert order.status == "on_hold"


def test_a_buyer_who_asks_to_cancel_is_answered_once(owner, rows):
    order = sell_one(
        rows.seller_shop, rows.variant, status="on_hold", stage="cancelling", cancel_requested_at=timezone.now()
    )
    assert press(owner, order, "accept_cancellation").status_code == 200
    assert not SyncJob.objects.filter(key=f"answer:{order.pk}").exists()
    press(owner, order, "accept_cancellation", confirmed="1")
    assert SyncJob.objects.get(key=f"answer:{order.pk}").kwargs["accept"] is True
    assert "The other answer is on its way already" in told(press(owner, order, "refuse_cancellation"))[-1]


def test_an_order_is_read_again(owner, rows):
    press(owner, rows.order, "read_again")
    assert SyncJob.objects.filter(key=f"order:{rows.seller_shop.pk}:{rows.order.external_id}").count() == 1
