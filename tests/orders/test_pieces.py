"""Which purchase brings what a package holds: every piece travels once, whatever is split and put together."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.sold import OrderData, PackageData, PackageLineData
from orders.models import Order, Package, PurchaseLine, PurchaseOrder
from orders.services import packing, parcels, pieces
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_sold_variant

LINES = (1, 2, 3)
holds = st.dictionaries(st.sampled_from(LINES), st.integers(1, 3), min_size=1)


def total(parts):
    found = {}
    for part in parts:
        for line, count in part.items():
            found[line] = found.get(line, 0) + count
    return found


@given(packages=st.lists(holds, max_size=6), purchases=st.lists(holds, max_size=4))
def test_no_purchase_is_asked_for_more_than_it_buys(packages, purchases):
    packed, bought = dict(enumerate(packages)), dict(enumerate(purchases))
    found = pieces.match(packed, bought)
    for purchase, buys in bought.items():
        asked = total(packed[package] for package, by in found.items() if by == purchase)
        assert pieces.is_within(asked, buys)
    for package in set(packed) - set(found):  # nothing that was left over would have held it
        rest = {
            key: {line: count - total(packed[at] for at, by in found.items() if by == key).get(line, 0)
                  for line, count in buys.items()}
            for key, buys in bought.items()
        }  # fmt: skip
        assert not any(pieces.is_within(packed[package], left) for left in rest.values())


@given(
    cut=st.lists(st.lists(holds, min_size=1, max_size=3), min_size=1, max_size=3),
    dice=st.randoms(use_true_random=False),
)
def test_packages_that_were_cut_out_of_purchases_all_find_one(cut, dice):
    purchases = {key: total(parts) for key, parts in enumerate(cut)}
    packages = [part for parts in cut for part in parts]
    dice.shuffle(packages)
    packed = dict(enumerate(packages))
    found = pieces.match(packed, purchases)
    assert set(found) == set(packed)
    for key, buys in purchases.items():
        assert total(packed[at] for at, by in found.items() if by == key) == buys


def test_a_link_that_holds_stays_and_one_that_does_not_is_dropped():
    packages, purchases = {"a": {1: 1}, "b": {1: 1}}, {"x": {1: 1}, "y": {1: 1}}
    assert pieces.match(packages, purchases, {"a": "y"}) == {"a": "y", "b": "x"}
    assert pieces.match({"a": {1: 2}}, purchases, {"a": "y"}) == {}
    assert pieces.match({"a": {}}, purchases) == {}


def told(order: Order, parts: list[dict[str, int]], number: int) -> OrderData:
    packages = tuple(
        PackageData(
            external_id=f"P{number}-{place}",
            status="processing",
            lines=tuple(PackageLineData(line_id=line, quantity=count) for line, count in part.items()),
        )
        for place, part in enumerate(parts)
    )
    return OrderData(
        external_id=order.external_id, shop_id="1", stage="open", platform_status="", currency="MYR", packages=packages
    )


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_split_and_put_together_each_piece_travels_once(data):
    order, supplier = make_order(), make_account()
    lines = [make_line(order, make_sold_variant(supplier), quantity=data.draw(st.integers(1, 3))) for _each in range(2)]
    wanted = {line.external_id: line.quantity for line in lines}
    places = data.draw(st.integers(1, 2))
    bought: list[dict[int, int]] = [{} for _place in range(places)]
    for line in lines:
        for _piece in range(line.quantity):
            place = bought[data.draw(st.integers(0, places - 1))]
            place[line.pk] = place.get(line.pk, 0) + 1
    for place, buys in enumerate(filter(None, bought)):
        purchase = PurchaseOrder.objects.create(order=order, account=supplier, reference=f"BO-{order.pk}-{place}")
        for line in lines:
            if line.pk in buys:
                PurchaseLine.objects.create(purchase=purchase, line=line, variant=line.variant, quantity=buys[line.pk])
    for step in range(data.draw(st.integers(1, 3))):
        parcels.sync(order, told(order, [wanted], step * 2))  # in one
        by_purchase = parcels.parts_by_purchase(order)
        if len(by_purchase) > 1:
            parcels.sync(order, told(order, by_purchase, step * 2 + 1))  # split for its purchases
        living = parcels.living(order)
        assert total({piece.line_id: piece.quantity for piece in package.lines.all()} for package in living) == {
            line.pk: line.quantity for line in lines
        }
        assert packing.findings(order) == []
        for purchase in packing.bought(order):
            mine = [package for package in living if package.purchase_id == purchase.pk]
            assert total({piece.line_id: piece.quantity for piece in package.lines.all()} for package in mine) == {
                line.line_id: line.quantity for line in purchase.lines.all()
            }
        assert not Package.objects.filter(order=order, is_gone=True).exclude(purchase=None).exists()


@pytest.mark.django_db
def test_what_does_not_fit_together_is_said_in_words():
    order, supplier = make_order(), make_account()
    one, two = (make_line(order, make_sold_variant(supplier), sku=sku) for sku in ("A", "B"))
    for place, line in enumerate((one, two), 1):
        purchase = PurchaseOrder.objects.create(order=order, account=supplier, reference=f"BO-{place}")
        PurchaseLine.objects.create(purchase=purchase, line=line, variant=line.variant, quantity=1)
    parcels.sync(order, told(order, [{one.external_id: 1, two.external_id: 1}], 0))
    assert parcels.findings(order) == [
        "No single purchase brings all that package P0-0 holds: split it, or change the plan.",
        "Purchase BO-1 travels in no package.",
        "Purchase BO-2 travels in no package.",
    ]
    parcels.sync(order, told(order, [{one.external_id: 1}], 0))
    assert parcels.findings(order) == [
        "1 of 1 pieces of B are in no package.",
        "Purchase BO-2 travels in no package.",
    ]


@pytest.mark.django_db
def test_one_purchase_in_two_packages_has_one_label_too_few():
    order, supplier = make_order(), make_account()
    one, two = (make_line(order, make_sold_variant(supplier), sku=sku) for sku in ("A", "B"))
    purchase = PurchaseOrder.objects.create(order=order, account=supplier, reference="BO-1", label="marketplace")
    for line in (one, two):
        PurchaseLine.objects.create(purchase=purchase, line=line, variant=line.variant, quantity=1)
    parcels.sync(order, told(order, [{one.external_id: 1}, {two.external_id: 1}], 0))
    assert parcels.findings(order) == [
        "Purchase BO-1 travels in 2 packages, but the supplier takes one label for it: "
        "join them, or plan a purchase for each."
    ]
    PurchaseOrder.objects.update(label="supplier")
    assert parcels.findings(order) == []


@pytest.mark.django_db
def test_many_orders_are_kept_in_a_fixed_number_of_queries():

    def counted(count: int) -> int:
        pairs = []
        for _each in range(count):
            order = make_order()
            line = make_line(order)
            pairs.append((order, told(order, [{line.external_id: 1}], 0)))
        with CaptureQueriesContext(connection) as queries:
            parcels.sync_all(pairs)
        with CaptureQueriesContext(connection) as once_more:
            parcels.sync_all(pairs)
        return len(queries) + len(once_more)

    assert counted(2) == counted(12)
    assert Package.objects.count() == 14
