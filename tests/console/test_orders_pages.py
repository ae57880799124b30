"""The pages of an order, a purchase, a payment and a package: what they say, and what can be done there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.shown import admin_url
from integrations.models import ApiCall, SyncJob
from orders.models import BuyRule, CarrierRule, LineMatch, Order, Package, PaymentApproval, PurchaseOrder
from tests.console.orders import bill, sell_one
from tests.console.selling import press, text_of, told
from tests.factories import make_product, make_variant
from tests.factories_orders import make_line, make_package, make_purchase
from tests.factories_selling import make_rate

pytestmark = pytest.mark.django_db


def buttons(page) -> set[str]:
    return {button["url"].rstrip("/").rsplit("/", 1)[1] for button in page.context["buttons"]}


# --- the order


def test_an_orders_page_shows_money_graph_timeline_and_exchanges(owner, rows):
    make_rate(base="MYR", quote="USD", rate=Decimal("0.25"))
    ApiCall.objects.create(
        account=rows.seller, platform="shopee", endpoint="order/get_order_detail", method="GET", url="u", outcome="ok",
        subject=f"order:{rows.order.external_id}",
    )  # fmt: skip
    ApiCall.objects.create(
        account=rows.account, platform="cj", endpoint="shopping/order/getOrderDetail", method="GET", url="u",
        outcome="ok", subject="order:CJ555",
    )  # fmt: skip
    page = owner.get(admin_url(rows.order))
    text = text_of(page)
    assert page.context["money"]["revenue"] == "8.70 USD"
    assert page.context["money"]["cost"] == "6.50 USD"
    for words in ("12 Jalan Merdeka", "BO-", "MY123456789", "Received by the forwarder", "Shenzhen", "First seen."):
        assert words in text
    assert {call.endpoint for call in page.context["calls"]} == {
        "order/get_order_detail",
        "shopping/order/getOrderDetail",
    }
    (row,) = page.context["graph"]
    assert (row["purchase"]["row"], row["packages"][0]["row"]) == (rows.purchase, rows.package)
    assert [entry["by"] for entry in page.context["timeline"]].count("marketplace") == 1


def test_an_order_offers_only_what_is_possible(owner, viewer, rows):
    assert buttons(owner.get(admin_url(rows.order))) == {
        "plan",
        "download_labels",
        "packing_slips",
        "read_again",
        "cancel",
    }
    planned = sell_one(rows.seller_shop, rows.variant)
    make_purchase(planned)
    page = owner.get(admin_url(planned))
    assert buttons(page) == {"approve", "plan", "hold", "read_again", "cancel"}
    assert (page.context["buttons"][0]["url"].endswith("/approve/"), page.context["no_main"]) == (True, False)
    assert owner.get(admin_url(sell_one(rows.seller_shop, None))).context["no_main"] is True
    held = sell_one(rows.seller_shop, rows.variant, status="on_hold")
    make_purchase(held)
    page = owner.get(admin_url(held))
    assert buttons(page) == {"release", "read_again", "cancel"}
    assert page.context["buttons"][0]["url"].endswith("/release/")
    sent = sell_one(rows.seller_shop, rows.variant, status="shipped", stage="shipped")
    assert buttons(owner.get(admin_url(sent))) == {"read_again"}
    assert viewer.get(admin_url(planned)).context["buttons"] == []


def test_a_line_is_matched_once_and_for_all(owner, viewer, rows):
    order, twin = (sell_one(rows.seller_shop, None) for _ in range(2))
    line = order.lines.get()
    twin.lines.update(item_id=line.item_id, model_id=line.model_id)
    found = owner.get(admin_url(order), {"line": line.pk, "find": rows.variant.sku})
    assert found.context["lines"][0]["variants"] == [rows.variant]
    url = reverse("admin:orders_order_match", args=(order.pk, line.pk))
    assert viewer.post(url, {"variant": rows.variant.pk}).status_code == 403
    assert owner.get(url).status_code == 405
    assert told(owner.post(url, {})) == ["Choose a variant."]
    assert not LineMatch.objects.filter(item_id=line.item_id).exists()
    answer = owner.post(f"{url}?queue=to_match", {"variant": rows.variant.pk})
    assert answer["Location"] == f"{admin_url(order)}?queue=to_match#lines"
    assert "2 lines have it" in told(answer)[-1]
    match = LineMatch.objects.get(item_id=line.item_id)
    assert (match.variant, match.by) == (rows.variant, "owner")
    assert {each.lines.get().variant for each in (order, twin)} == {rows.variant}


def test_nothing_is_chosen_beforehand_where_it_is_only_a_guess(owner, rows):
    product = make_product(rows.account, name="Canvas tote bag of cotton")
    variant = make_variant(product, sku="OTHER-1")
    order = sell_one(rows.seller_shop, None)
    (entry,) = owner.get(admin_url(order)).context["lines"]
    assert (entry["variants"], entry["sure"]) == ([variant], None)
    order.lines.update(sku="OTHER-1")
    assert owner.get(admin_url(order)).context["lines"][0]["sure"] == variant.pk


def test_the_next_order_of_the_queue_is_one_click_away(owner, rows):
    now = timezone.now()
    first, second = (sell_one(rows.seller_shop, None, ship_by=now + timedelta(hours=hours)) for hours in (2, 9))
    queue = {"queue": "to_match"}
    assert owner.get(admin_url(first), queue).context["next_order"]["url"] == f"{admin_url(second)}?queue=to_match"
    assert owner.get(admin_url(second), queue).context["next_order"]["url"] == f"{admin_url(first)}?queue=to_match"
    first.lines.update(variant=rows.variant)
    assert owner.get(admin_url(second), queue).context["next_order"]["is_over"] is True
    assert owner.get(admin_url(second)).context["next_order"] is None
    assert owner.get(admin_url(second), {"queue": "nonsense"}).context["next_order"] is None


def test_a_button_leads_back_to_the_queue(owner, rows):
    order = sell_one(rows.seller_shop, rows.variant)
    back = f"{admin_url(order)}?queue=late"
    assert press(owner, order, "read_again", next=back)["Location"] == back
    assert press(owner, order, "read_again", next="https://elsewhere.test/")["Location"] == admin_url(order)


# --- the purchase


def test_a_purchase_says_its_next_step_and_is_approved_in_the_persons_name(owner, rows):
    BuyRule.objects.all().delete()
    purchase = make_purchase(sell_one(rows.seller_shop, rows.variant), reasons=["It is the cheapest of 3 ways."])
    page = owner.get(admin_url(purchase))
    assert "It is the cheapest of 3 ways." in text_of(page)
    assert buttons(page) == {"approve", "remove"}
    press(owner, purchase, "approve")
    purchase.refresh_from_db()
    assert (purchase.status, purchase.approved_by) == ("approved", "owner")
    assert "t become" in told(press(owner, purchase, "approve"))[-1]


def test_buying_at_once_asks_first(owner, rows):
    order = sell_one(rows.seller_shop, rows.variant, paid_at=timezone.now())
    purchase = make_purchase(order, rows.account)
    assert "approve_at_once" in buttons(owner.get(admin_url(purchase)))
    assert press(owner, purchase, "approve_at_once").status_code == 200
    purchase.refresh_from_db()
    assert purchase.status == "planned"
    press(owner, purchase, "approve_at_once", confirmed="1")
    purchase.refresh_from_db()
    assert (purchase.status, purchase.buy_after) == ("approved", None)


def test_a_purchase_is_cancelled_with_a_reason(owner, rows):
    purchase = make_purchase(sell_one(rows.seller_shop, rows.variant))
    press(owner, purchase, "remove", confirmed="1", reason="")
    purchase.refresh_from_db()
    assert purchase.status == "planned"
    press(owner, purchase, "remove", confirmed="1", reason="Too dear")
    purchase.refresh_from_db()
    assert purchase.status == "cancelled"
    assert "is paid" in told(press(owner, rows.purchase, "remove", confirmed="1", reason="No"))[-1]


def test_a_planned_purchase_is_not_sent_by_a_warehouse_that_nobody_knows(owner, viewer, rows):
    purchase = make_purchase(sell_one(rows.seller_shop, rows.variant))
    url = reverse("admin:orders_purchaseorder_way", args=(purchase.pk,))
    assert viewer.post(url, {"label": "supplier"}).status_code == 403
    assert told(owner.post(url, {"label": "supplier", "warehouse_id": "nowhere"}))[-1] == "Choose from what is offered."
    refused = told(owner.post(url, {"label": "marketplace", "warehouse_id": "", "route": ""}))
    assert "no parcel of this order" in refused[-1]
    purchase.refresh_from_db()
    assert purchase.label == "supplier"


# --- the payment


def test_paying_says_what_is_spent_before_anything_is_approved(owner, rows):
    payment = bill(make_purchase(sell_one(rows.seller_shop, rows.variant), rows.account))
    page = press(owner, payment, "approve")
    text = text_of(page)
    assert "12.50 USD are paid from the balance" in text
    assert "It held 100.00 USD when it was last read; 87.50 USD are left then." in text
    assert not PaymentApproval.objects.filter(payment=payment).exists()
    press(owner, payment, "approve", confirmed="1")
    payment.refresh_from_db()
    assert payment.status == "approved"
    assert PaymentApproval.objects.get(payment=payment).by == "owner"
    assert SyncJob.objects.filter(key=f"pay:{payment.pk}").count() == 1


def test_over_the_threshold_one_approval_is_not_enough(owner, rows):
    BuyRule.objects.filter(account=rows.account).update(two_people_over=Decimal("10"))
    payment = bill(make_purchase(sell_one(rows.seller_shop, rows.variant), rows.account))
    assert "Two people have to approve" in text_of(owner.get(admin_url(payment)))
    assert "A second person has to approve" in told(press(owner, payment, "approve", confirmed="1"))[-1]
    payment.refresh_from_db()
    assert payment.status == "billed"
    assert not SyncJob.objects.filter(key=f"pay:{payment.pk}").exists()


def test_a_payment_in_doubt_is_declared_unpaid_with_a_reason_only(owner, rows):
    payment = bill(make_purchase(sell_one(rows.seller_shop, rows.variant), rows.account))
    payment.status, payment.needs_person = "unknown", True
    payment.save()
    assert buttons(owner.get(admin_url(payment))) == {"retry", "was_not_paid"}
    press(owner, payment, "was_not_paid", confirmed="1", reason="")
    payment.refresh_from_db()
    assert payment.status == "unknown"
    press(owner, payment, "was_not_paid", confirmed="1", reason="The wallet shows no such payment")
    payment.refresh_from_db()
    assert (payment.status, payment.needs_person) == ("billed", False)


def test_a_balance_that_does_not_suffice_is_said(owner, rows):
    payment = bill(make_purchase(sell_one(rows.seller_shop, rows.variant), rows.account), amount="140.00")
    assert "The balance does not suffice." in text_of(owner.get(admin_url(payment)))
    account = owner.get(admin_url(rows.account))
    assert account.context["funds"]["short"] == "40.00 USD"
    assert "40.00 USD are missing" in text_of(account)
    assert owner.get(admin_url(rows.seller)).context["funds"] is None


# --- the package


def test_a_label_is_shown_to_those_who_may_and_not_printed_by_looking(owner, viewer, stranger, rows):
    url = reverse("admin:orders_package_label", args=(rows.package.pk,))
    answer = viewer.get(url)
    assert (answer["Content-Type"], answer["X-Frame-Options"]) == ("application/pdf", "SAMEORIGIN")
    assert answer["Content-Disposition"].startswith("inline")
    assert stranger.get(url).status_code == 403
    rows.package.label.refresh_from_db()
    assert rows.package.label.printed_at is None
    assert url in owner.get(admin_url(rows.package)).content.decode()


def test_what_is_no_pdf_is_saved_and_not_opened(owner, rows):
    label = rows.package.label
    label.content, label.content_type = b"<script>alert(1)</script>", "text/html"
    label.save()
    answer = owner.get(reverse("admin:orders_package_label", args=(rows.package.pk,)))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert answer["Content-Disposition"].startswith("attachment")


def test_sizes_are_kept_as_they_were_measured(owner, viewer, rows):
    url = reverse("admin:orders_package_sizes", args=(rows.package.pk,))
    assert viewer.post(url, {"weight_g": "350"}).status_code == 403
    assert "Weight (g)" in told(owner.post(url, {"weight_g": "0"}))[-1]
    owner.post(url, {"weight_g": "350", "length_mm": "200"})
    rows.package.refresh_from_db()
    assert (rows.package.weight_g, rows.package.length_mm, rows.package.width_mm) == (Decimal(350), Decimal(200), None)


def test_an_order_is_split_as_a_person_says(owner, rows):
    order = sell_one(rows.seller_shop, rows.variant)
    first, second = order.lines.get(), make_line(order)
    package = make_package(order)
    url = reverse("admin:orders_package_split", args=(package.pk,))
    assert "2 ×" not in text_of(owner.get(url))
    too_many = {f"pieces_{first.pk}_1": "2", f"pieces_{first.pk}_2": "1", f"pieces_{second.pk}_2": "1"}
    assert "hold 3 pieces" in text_of(owner.post(url, too_many))
    assert "is no number of pieces" in text_of(owner.post(url, {f"pieces_{first.pk}_1": "two"}))
    assert not SyncJob.objects.filter(key=f"parcels:{order.pk}").exists()
    owner.post(url, {f"pieces_{first.pk}_1": "2", f"pieces_{second.pk}_2": "1"})
    job = SyncJob.objects.get(key=f"parcels:{order.pk}")
    assert job.kwargs["parts"] == [{first.external_id: 2}, {second.external_id: 1}]


def test_clearance_goes_one_step_at_a_time(owner, rows):
    url = reverse("admin:orders_package_clearance", args=(rows.package.pk,))
    assert "t become" in told(owner.post(url, {"to": "imported"}))[-1]
    owner.post(url, {"to": "declared"})
    rows.declaration.refresh_from_db()
    assert rows.declaration.status == "declared"
    assert owner.get(url).status_code == 405


def test_a_package_that_another_split_replaced_has_no_page_and_no_link(owner, rows):
    gone = make_package(rows.order)
    Package.objects.filter(pk=gone.pk).update(is_gone=True)
    assert owner.get(admin_url(gone)).status_code == 302
    assert admin_url(gone) not in owner.get(admin_url(rows.order)).content.decode()


# --- rules


def test_a_carrier_rule_is_judged_by_its_service(owner, viewer):
    url = reverse("admin:orders_carrierrule_add")
    answers = {"name": "Malaysia", "position": "10", "is_active": "on", "label": "supplier", "prefer": "cheapest"}
    assert viewer.post(url, answers).status_code == 403
    wrong = owner.post(url, answers | {"countries": "Malaysia"})
    assert "is no country" in text_of(wrong)
    assert not CarrierRule.objects.filter(name="Malaysia").exists()
    owner.post(url, answers | {"countries": "my, sg", "names": "CJPacket Ordinary, YunExpress", "most_days": "12"})
    rule = CarrierRule.objects.get(name="Malaysia")
    assert (rule.countries, rule.names, rule.most_days) == (["MY", "SG"], ["CJPacket Ordinary", "YunExpress"], 12)
    assert 'value="MY, SG"' in owner.get(admin_url(rule)).content.decode()
    owner.post(admin_url(rule), answers | {"countries": "MY", "names": ""})
    rule.refresh_from_db()
    assert (rule.countries, rule.names, rule.most_days) == (["MY"], [], None)


def test_a_buying_rule_is_one_for_each_supplier(owner, viewer, rows):
    answers = {
        "wait_minutes": "30",
        "together": "10",
        "dearer_percent": "5",
        "most_per_order": "25.00",
        "is_active": "on",
    }
    second = owner.post(reverse("admin:orders_buyrule_add"), answers | {"account": rows.account.pk})
    assert "There is a rule for" in text_of(second)
    owner.post(admin_url(rows.buy_rule), answers)
    rows.buy_rule.refresh_from_db()
    assert (rows.buy_rule.is_active, rows.buy_rule.most_per_order) == (True, Decimal("25.00"))
    assert viewer.get(admin_url(rows.buy_rule)).status_code == 200
    assert viewer.post(admin_url(rows.buy_rule), answers).status_code == 403
    assert Order.objects.count() == 1
    assert PurchaseOrder.objects.count() == 1
