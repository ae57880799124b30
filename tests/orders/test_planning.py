"""Planning without any platform: places, labels, quotes that are there or not, money, and what replanning leaves."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refused
from catalog.models import Product
from integrations.models import SyncJob
from orders.models import CarrierRule, FreightQuote, Order, PurchaseLine, PurchaseOrder
from orders.services import moves, planning
from tests.factories import make_account, make_offer, make_product, make_variant
from tests.factories_orders import (
    ADDRESS,
    answer_quotes,
    make_line,
    make_order,
    make_package,
    make_purchase,
    make_route,
    make_stock,
    make_warehouse,
)
from tests.factories_selling import make_price_rule, make_rate, make_seller, make_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def supplier():
    return make_account()


@pytest.fixture
def shop():
    make_rate("USD", "MYR", "4.00")
    return make_shop(make_seller(), "MY")


def goods(supplier, cost="2.50", stock=100, country="CN", **product):
    """Make a variant that is offered and in stock."""
    variant = make_variant(make_product(supplier, hs_code="420222", **product), weight_g=Decimal(200))
    make_offer(variant, price=Decimal(cost))
    if stock is not None:
        make_stock(variant, country, stock)
    return variant


def sold(shop, *wanted, **columns):
    """Make an order of these variants, (variant, pieces)."""
    order = make_order(shop, **columns)
    for variant, pieces in wanted:
        make_line(order, variant, quantity=pieces)
    return order


def planned(order, *routes, **quote):
    """Plan an order, answer what it asks, and plan it again."""
    first = planning.plan(order, "ann")
    if first.outcome == "waiting":
        answer_quotes(*routes, **quote)
        first = planning.plan(order, "ann")
    return first


def again(row):
    return type(row).objects.get(pk=row.pk)


def bought(purchase):
    return sorted(purchase.lines.values_list("variant", "quantity", "unit_cost"))


# --- one purchase


def test_an_order_waits_for_its_quote_and_is_planned_when_it_is_there(supplier, shop):
    variant = goods(supplier)
    order = sold(shop, (variant, 2))
    assert planning.plan(order).outcome == "waiting"
    waiting = again(order)
    assert (waiting.plan_state, waiting.planned_at, waiting.problem) == ("waiting", None, "")
    assert "asked" in waiting.plan_problem
    assert not PurchaseOrder.objects.exists()
    job = SyncJob.objects.get(key=f"plan:quotes:{supplier.pk}")
    assert (job.task, job.kwargs) == ("orders.tasks.ask_quotes", {"account_id": supplier.pk})

    answer_quotes(make_route("CJPacket Ordinary", "3.20"), make_route("DHL Official", "19.10", 3, 7))
    result = planning.plan(order, "ann")
    (purchase,) = result.purchases
    assert result.outcome == "planned"
    assert purchase.reference == f"BO-{order.pk}-1"
    assert (purchase.account, purchase.label, purchase.from_country) == (supplier, "supplier", "CN")
    assert (purchase.route, purchase.days_low, purchase.days_high) == ("CJPacket Ordinary", 5, 9)
    assert (purchase.planned_goods, purchase.planned_freight) == (Decimal("5.00"), Decimal("3.20"))
    assert bought(purchase) == [(variant.pk, 2, Decimal("2.50"))]
    assert (purchase.needs_person, purchase.problem) == (False, "")
    assert any("cheapest" in reason for reason in purchase.reasons)
    done = again(order)
    assert (done.plan_state, done.plan_problem) == ("planned", "")
    assert done.planned_at is not None
    assert done.status == Order.Status.PROCESSING  # planning moves no order


def test_margin_is_price_less_fee_goods_and_freight(supplier, shop):
    make_price_rule(fee_percent=Decimal(10))
    order = sold(shop, (goods(supplier), 2))  # 2 × 17.40 MYR = 8.70 USD
    planned(order)
    done = again(order)
    assert (done.revenue_usd, done.cost_usd, done.margin_usd) == (Decimal("8.70"), Decimal("8.20"), Decimal("-0.37"))
    purchase = PurchaseOrder.objects.get()
    assert purchase.needs_person  # it would lose money
    assert "lose 0.37 USD" in purchase.problem
    assert purchase.declared_value == Decimal("8.70")


def test_an_unknown_rate_is_a_reason_and_no_crash(supplier):
    order = sold(make_shop(make_seller(), "TH"), (goods(supplier), 1), currency="THB")
    result = planned(order)
    assert result.outcome == "planned"
    done = again(order)
    assert (done.revenue_usd, done.cost_usd, done.margin_usd) == (None, Decimal("5.70"), None)
    assert any("THB" in reason for reason in result.reasons)
    assert PurchaseOrder.objects.get().declared_value == Decimal("2.50")  # of the goods


def test_nothing_is_planned_twice(supplier, shop):
    order = sold(shop, (goods(supplier), 2))
    planned(order)
    before = list(PurchaseOrder.objects.values_list("pk", "reference"))
    planning.plan(order)
    planning.plan_orders([order, order])
    assert list(PurchaseOrder.objects.values_list("pk", "reference")) == before
    assert PurchaseLine.objects.count() == 1


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"ships": "platform"}, "sends this order itself"),
        ({"status": Order.Status.ON_HOLD}, "On hold"),
        ({"status": Order.Status.CANCELLED}, "Cancelled"),
        ({"stage": "cancelling", "platform_status": "IN_CANCEL"}, "IN_CANCEL"),
    ],
)
def test_what_is_not_to_be_planned_is_refused_by_itself_and_passed_over_among_others(supplier, shop, columns, says):
    order, other = sold(shop, (goods(supplier), 1), **columns), sold(shop, (goods(supplier), 1))
    with pytest.raises(Refused, match=says):
        planning.plan(order)
    assert [each.outcome for each in planning.plan_orders([order, other])] == ["skipped", "waiting"]
    assert again(order).plan_state == ""
    assert not PurchaseOrder.objects.exists()


def test_a_line_without_a_variant_waits_for_a_person_and_the_order_with_it(supplier, shop):
    order = sold(shop, (goods(supplier), 1))
    make_line(order)
    (result,) = planning.plan_orders([order])
    assert result.outcome == "skipped"
    assert "1 of its lines" in result.reasons[0]
    assert not FreightQuote.objects.exists()


# --- what a person must mend


def test_no_way_is_a_problem_and_an_unknown_price_is_none(supplier, shop):
    order = sold(shop, (goods(supplier), 1))
    result = planned(order, state="none")
    assert (result.outcome, result.purchases) == ("stuck", [])
    assert "knows no way from CN to MY" in again(order).problem
    FreightQuote.objects.update(ask_again_at="2020-01-01T00:00Z")  # too old to count
    assert planning.plan(order).outcome == "waiting"
    assert again(order).problem == ""


def test_what_somebody_else_says_of_an_order_stays(supplier, shop):
    order = sold(shop, (goods(supplier, stock=0), 1), problem="The buyer wants it red.")
    assert planning.plan(order).outcome == "stuck"
    assert again(order).problem == "The buyer wants it red."
    assert "0 are free" in again(order).plan_problem


@pytest.mark.parametrize("stock", [None, 1])
def test_missing_stock_is_told_and_nothing_is_asked(supplier, shop, stock):
    order = sold(shop, (goods(supplier, stock=stock), 2))
    assert planning.plan(order).outcome == "stuck"
    told = "how many" if stock is None else "2 are wanted and 1 are free"
    assert told in again(order).problem
    assert not FreightQuote.objects.exists()


@pytest.mark.parametrize("how", ["off", "gone", "unavailable"])
def test_what_the_supplier_does_not_sell_any_more_is_told(supplier, shop, how):
    variant = goods(supplier, status=Product.Status.OFF_SALE if how == "off" else Product.Status.ACTIVE)
    if how == "gone":
        type(variant).objects.filter(pk=variant.pk).update(is_gone=True)
    if how == "unavailable":
        variant.offers.update(is_available=False)
    order = sold(shop, (variant, 1))
    assert planning.plan(order).outcome == "stuck"
    assert "not sold by the supplier any more" in again(order).problem


def test_goods_with_pictures_are_planned_for_a_person(supplier, shop):
    variant = goods(supplier, facts={"customizationVersion": 2})
    planned(sold(shop, (variant, 1)))
    purchase = PurchaseOrder.objects.get()
    assert purchase.needs_person
    assert "pictures" in purchase.problem


# --- places


def test_pieces_that_are_planned_for_others_are_not_there_twice(supplier, shop):
    variant = goods(supplier, stock=3)
    first, second = sold(shop, (variant, 2)), sold(shop, (variant, 2))
    assert [each.outcome for each in planning.plan_orders([first, second])] == ["waiting", "stuck"]
    answer_quotes()
    assert [each.outcome for each in planning.plan_orders([second, first])] == ["stuck", "planned"]
    assert PurchaseOrder.objects.get().order == first


def test_an_order_is_split_over_places_when_none_has_all(supplier, shop):
    here, there = goods(supplier, country="US", stock=5), goods(supplier, country="CN", stock=5)
    order = sold(shop, (here, 1), (there, 2))
    result = planned(order)
    assert sorted(each.reference for each in result.purchases) == [f"BO-{order.pk}-1", f"BO-{order.pk}-2"]
    assert {each.from_country: bought(each) for each in result.purchases} == {
        "US": [(here.pk, 1, Decimal("2.50"))],
        "CN": [(there.pk, 2, Decimal("2.50"))],
    }
    assert again(order).cost_usd == Decimal("13.90")  # 3 × 2.50 + 2 × 3.20
    assert any("No single place" in reason for reason in result.reasons)


def test_an_order_of_two_suppliers_is_two_purchases(supplier, shop):
    other = make_account()
    order = sold(shop, (goods(supplier), 1), (goods(other), 1))
    assert {each.account for each in planned(order).purchases} == {supplier, other}
    assert {job.account_id for job in SyncJob.objects.filter(task="orders.tasks.ask_quotes")} == {
        supplier.pk,
        other.pk,
    }


def test_where_there_is_no_way_from_one_place_the_next_is_tried(supplier, shop):
    variant = goods(supplier, stock=50)
    make_stock(variant, "US", 10)
    order = sold(shop, (variant, 1))
    planning.plan(order)
    assert [row.from_country for row in answer_quotes(state="none")] == ["CN"]
    assert planning.plan(order).outcome == "waiting"
    assert [row.from_country for row in answer_quotes()] == ["US"]
    (purchase,) = planning.plan(order).purchases
    assert purchase.from_country == "US"


def test_a_product_whose_maker_ships_it_goes_by_itself(supplier, shop):
    own = goods(supplier, product_type="SUPPLIER_SHIPPED_PRODUCT")
    order = sold(shop, (goods(supplier), 1), (own, 1))
    purchases = planned(order).purchases
    assert sorted(len(bought(each)) for each in purchases) == [1, 1]
    asked = {tuple(row.question["own_skus"]) for row in FreightQuote.objects.exclude(key="tips")}
    assert asked == {(), (own.product.sku,)}


# --- labels, carriers


def test_a_hidden_address_is_sent_under_the_marketplaces_label(supplier, shop):
    variant = goods(supplier)
    house = make_warehouse("CN", "SPX Express", "J&T")
    make_warehouse("CN", "Else")
    make_stock(variant, "CN", 50, warehouse=house)
    order = sold(shop, (variant, 1), address=ADDRESS | {"masked": True})
    make_package(order, carrier_name="SPX")
    (purchase,) = planning.plan(order).purchases
    assert (purchase.label, purchase.warehouse_id, purchase.route) == ("marketplace", house.external_id, "SPX Express")
    assert (purchase.planned_freight, purchase.needs_person) == (Decimal(0), False)
    assert not FreightQuote.objects.exists()  # nobody is asked


def test_a_hidden_address_without_a_parcel_to_label_is_a_problem(supplier, shop):
    order = sold(shop, (goods(supplier), 1), address=ADDRESS | {"masked": True})
    assert planning.plan(order).outcome == "stuck"
    assert "hides the address" in again(order).problem


def test_a_carrier_that_the_warehouse_does_not_serve_is_for_a_person(supplier, shop):
    CarrierRule.objects.create(name="Theirs", label="marketplace")
    variant = goods(supplier)
    make_stock(variant, "CN", 50, warehouse=make_warehouse("CN", "J&T"))
    order = sold(shop, (variant, 1))
    make_package(order, carrier_name="Ninja Van")
    (purchase,) = planning.plan(order).purchases
    assert purchase.needs_person
    assert "Ninja Van" in purchase.problem
    assert "J&T" in purchase.problem


def test_a_carrier_that_does_not_take_the_address_is_passed_over(supplier, shop):
    tip = {"field": "zip", "pattern": r"^\d{8}$", "message": "Eight digits.", "blocks": True}
    asking = make_route("CJPacket Ordinary")
    asking.facts["tips"] = [tip]
    dear = make_route("DHL Official", "19.10", 3, 7)
    result = planned(sold(shop, (goods(supplier), 1)), make_route("CJPacket Ordinary"), dear, tips=[asking])
    assert [each.route for each in result.purchases] == ["DHL Official"]
    assert any("Eight digits." in reason for reason in result.reasons)


def test_ioss_is_declared_in_europe_up_to_its_limit(supplier):
    make_rate("USD", "EUR", "0.90")
    CarrierRule.objects.create(name="Europe", countries=["FR"], ioss_kind=2, ioss_number="IM2500000001")
    shop = make_shop(make_seller(), "FR", currency="USD")
    cheap, dear = (
        sold(shop, (goods(supplier), 1), country_code="FR", currency="USD", tax_id="FR-1") for _each in range(2)
    )
    dear.lines.update(price=Decimal("170.00"))
    assert (planned(cheap).outcome, planned(dear).outcome) == ("planned", "planned")
    by_order = {row.order_id: row for row in PurchaseOrder.objects.all()}
    assert (by_order[cheap.pk].ioss_kind, by_order[cheap.pk].ioss_number) == (2, "IM2500000001")
    assert (by_order[dear.pk].ioss_kind, by_order[dear.pk].ioss_number) == (1, "")
    assert any("153.00 EUR" in reason for reason in by_order[dear.pk].reasons)
    assert {row.tax_id for row in by_order.values()} == {"FR-1"}


# --- again


def test_replanning_leaves_what_was_approved_and_covers_the_rest(supplier, shop):
    variant = goods(supplier)
    order = sold(shop, (variant, 3))
    line = order.lines.get()
    approved = make_purchase(order, supplier, status="approved", reference=f"BO-{order.pk}-1")
    approved.lines.update(quantity=1)
    (purchase,) = planned(order).purchases
    assert purchase.reference == f"BO-{order.pk}-2"
    assert bought(purchase) == [(variant.pk, 2, Decimal("2.50"))]
    assert bought(again(approved)) == [(variant.pk, 1, None)]
    assert purchase.lines.get().line == line


def test_a_number_is_never_given_twice(supplier, shop):
    order = sold(shop, (goods(supplier), 1))
    (first,) = planned(order).purchases
    moves.move(first, PurchaseOrder.Status.CANCELLED, why="Not this one.", by="ann")
    (second,) = planning.plan(order).purchases
    assert (first.reference, second.reference) == (f"BO-{order.pk}-1", f"BO-{order.pk}-2")


def test_what_the_buyer_wants_no_more_is_not_planned_any_more(supplier, shop):
    order = sold(shop, (goods(supplier), 1), (goods(supplier, country="US"), 1))
    assert len(planned(order).purchases) == 2
    order.lines.filter(variant__stock_levels__country_code="US").update(cancelled=1)
    (left,) = planned(order).purchases
    gone = PurchaseOrder.objects.exclude(pk=left.pk).get()
    assert (left.from_country, left.status) == ("CN", "planned")
    assert (gone.from_country, gone.status) == ("US", "cancelled")
    (step,) = order.status_changes.filter(record_id=gone.pk, new="cancelled")
    assert "plan has changed" in step.why


def test_a_plan_that_holds_no_more_is_taken_back_while_the_new_price_is_asked(supplier, shop):
    order = sold(shop, (goods(supplier), 1))
    planned(order)
    order.lines.update(quantity=2)
    assert planning.plan(order).outcome == "waiting"
    assert [row.status for row in PurchaseOrder.objects.all()] == ["cancelled"]
    assert again(order).planned_at is None


def test_what_may_be_at_the_supplier_is_never_replaced(supplier, shop):
    order = sold(shop, (goods(supplier), 1))
    sent = make_purchase(order, supplier, external_id="26030110001")
    assert planning.plan(order).purchases == []
    assert again(sent).status == "planned"


# --- many


def test_queries_do_not_grow_with_the_orders(supplier, shop):
    variants = [goods(supplier) for _each in range(3)]
    few = [sold(shop, (variants[0], 1), (variants[1], 1)) for _each in range(2)]
    many = [sold(shop, (variants[each % 3], 1), (variants[(each + 1) % 3], 1)) for each in range(12)]

    def queries(orders):
        with CaptureQueriesContext(connection) as seen:
            planning.plan_orders(orders)
        return len(seen)

    assert queries(few) == queries(many)  # all wait
    answer_quotes()
    assert queries(few) == queries(many)  # all are planned
    assert PurchaseOrder.objects.filter(status="planned").count() == 14


def test_plan_due_looks_at_what_is_not_planned_once(supplier, shop):
    due, held = sold(shop, (goods(supplier), 1)), sold(shop, (goods(supplier), 1), status=Order.Status.ON_HOLD)
    foreign = sold(make_shop(make_seller(), "MY"), (goods(supplier), 1))
    assert planning.plan_due(shop.account_id) == 1
    assert (again(due).plan_state, again(held).plan_state, again(foreign).plan_state) == ("waiting", "", "")
    answer_quotes()
    assert planning.plan_due(shop.account_id) == 1
    assert again(due).plan_state == "planned"
    assert planning.plan_due(shop.account_id) == 0


# --- by a person


def test_a_person_chooses_another_way(supplier, shop):
    order = sold(shop, (goods(supplier), 2))
    (purchase,) = planned(order, make_route(), make_route("DHL Official", "19.10", 3, 7)).purchases
    changed = planning.change(purchase, route="DHL Official", by="ann")
    assert (changed.route, changed.planned_freight, changed.days_high) == ("DHL Official", Decimal("19.10"), 7)
    assert any("Chosen by ann" in reason for reason in changed.reasons)
    assert again(order).cost_usd == Decimal("24.10")
    with pytest.raises(Refused, match="CJPacket Ordinary") as refusal:
        planning.change(purchase, route="Pigeon", by="ann")
    assert refusal.value.field == "route"
    assert again(purchase).route == "DHL Official"


def test_a_person_chooses_label_and_warehouse(supplier, shop):
    house = make_warehouse("TH", "J&T")
    order = sold(shop, (goods(supplier), 1))
    (purchase,) = planned(order).purchases
    with pytest.raises(Refused) as refusal:
        planning.change(purchase, label="marketplace", by="ann")
    assert refusal.value.field == "label"  # no parcel yet
    make_package(order, carrier_name="J&T Express")
    with pytest.raises(Refused) as refusal:
        planning.change(purchase, label="marketplace", warehouse_id="nowhere", by="ann")
    assert refusal.value.field == "warehouse_id"
    changed = planning.change(purchase, label="marketplace", warehouse_id=house.external_id, by="ann")
    assert (changed.label, changed.warehouse_id, changed.from_country) == ("marketplace", house.external_id, "TH")
    assert (changed.route, changed.planned_freight) == ("J&T", Decimal(0))


def test_a_way_that_was_never_asked_for_is_asked(supplier, shop):
    CarrierRule.objects.create(name="Theirs", label="marketplace")
    order = sold(shop, (goods(supplier), 1))
    make_package(order, carrier_name="SPX")
    (purchase,) = planning.plan(order).purchases
    with pytest.raises(Refused, match="being asked"):
        planning.change(purchase, label="supplier", route="CJPacket Ordinary", by="ann")
    assert len(answer_quotes()) == 1
    assert SyncJob.objects.filter(key=f"plan:quotes:{supplier.pk}").count() == 1
    changed = planning.change(purchase, label="supplier", route="CJPacket Ordinary", by="ann")
    assert (changed.label, changed.planned_freight) == ("supplier", Decimal("3.20"))
    assert changed.problem == "The order would lose 1.35 USD."  # 17.40 MYR for 2.50 and 3.20 USD


def test_what_is_approved_is_not_changed(supplier, shop):
    purchase = make_purchase(sold(shop, (goods(supplier), 1)), supplier, status="approved")
    with pytest.raises(Refused, match="only what is planned") as refusal:
        planning.change(purchase, route="DHL Official", by="ann")
    assert refusal.value.field == "purchase"
    assert again(purchase).route == "CJPacket Ordinary"
