"""From where goods are sent, whatever is wanted and wherever it lies."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Variant, Warehouse
from orders.models import OrderLine
from orders.services import sourcing_places
from orders.services.sourcing_places import Group, Need, Stock, divide
from tests.factories import make_variant
from tests.factories_orders import make_line, make_order, make_purchase, make_stock, make_warehouse

COUNTRIES = ("CN", "MY", "TH", "US")


class Pile(Stock):
    """Stock that is told, not read."""

    def __init__(self, free: dict[tuple[int, str], int]) -> None:
        self._free = {(variant, country, ""): pieces for (variant, country), pieces in free.items()}
        self._warehouses = {}


def need(line: int, variant: int, pieces: int) -> Need:
    return Need(OrderLine(pk=line), Variant(pk=variant, sku=f"V{variant}"), pieces)


def places(division):
    return {group.country: sorted((each.line.pk, each.pieces) for each in group.needs) for group in division.groups}


@pytest.mark.parametrize(
    ("wished", "expected"),
    [
        ((), {"MY": [(1, 2), (2, 1)]}),  # the buyer's own country
        (("US", "CN"), {"CN": [(1, 2), (2, 1)]}),  # the first of the rule's that has all of it
    ],
)
def test_one_place_that_has_all_of_it_sends_all_of_it(wished, expected):
    free = {(7, "CN"): 9, (8, "CN"): 9, (7, "MY"): 2, (8, "MY"): 1, (7, "US"): 9}
    division = divide([need(1, 7, 2), need(2, 8, 1)], Pile(free), destination="MY", wished=wished)
    assert places(division) == expected
    assert division.reasons


def test_lines_stay_whole_where_a_place_has_them_whole():
    free = {(7, "CN"): 2, (8, "CN"): 0, (8, "US"): 1, (7, "US"): 1}
    division = divide([need(1, 7, 2), need(2, 8, 1)], Pile(free), destination="MY")
    assert places(division) == {"CN": [(1, 2)], "US": [(2, 1)]}


def test_a_line_that_no_place_has_whole_is_divided():
    division = divide([need(1, 7, 5)], Pile({(7, "CN"): 3, (7, "MY"): 2}), destination="MY")
    assert places(division) == {"MY": [(1, 2)], "CN": [(1, 3)]}


def test_two_lines_of_one_variant_do_not_share_a_piece():
    division = divide([need(1, 7, 2), need(2, 7, 2)], Pile({(7, "CN"): 3}), destination="MY")
    assert division.groups == []
    assert "4 are wanted and 3 are free" in division.problem


def test_a_country_outside_the_rule_does_not_count():
    division = divide([need(1, 7, 1)], Pile({(7, "CN"): 0, (7, "MY"): 9}), destination="MY", wished=("CN",))
    assert "0 are free in CN" in division.problem


@given(
    wanted=st.lists(st.tuples(st.integers(1, 3), st.integers(1, 6)), min_size=1, max_size=5),
    free=st.dictionaries(st.tuples(st.integers(1, 3), st.sampled_from(COUNTRIES)), st.integers(0, 8)),
    wished=st.lists(st.sampled_from(COUNTRIES), unique=True),
)
def test_every_piece_is_sent_once_and_from_where_it_is(wanted, free, wished):
    needs = [need(number, variant, pieces) for number, (variant, pieces) in enumerate(wanted, start=1)]
    division = divide(needs, Pile(free), destination="MY", wished=wished)
    sent, lines = Counter(), Counter()
    for group in division.groups:
        assert not wished or group.country in wished
        for each in group.needs:
            sent[each.variant.pk, group.country] += each.pieces
            lines[each.line.pk] += each.pieces
    assert all(pieces <= free[place] for place, pieces in sent.items())
    enough = all(
        sum(free.get((variant, country), 0) for country in (wished or COUNTRIES))
        >= sum(pieces for other, pieces in wanted if other == variant)
        for variant, _pieces in wanted
    )
    assert bool(division.problem) != enough
    assert lines == (Counter({each.line.pk: each.pieces for each in needs}) if enough else Counter())


@pytest.mark.django_db
class TestStock:
    def test_what_is_bought_and_not_paid_is_not_free(self):
        variant, house = make_variant(), make_warehouse("CN")
        make_stock(variant, "CN", 10)
        make_stock(variant, "CN", 6, warehouse=house)
        make_stock(variant, "US", None)
        for status, pieces in (("approved", 2), ("paid", 4), ("cancelled", 1)):
            order = make_order()
            make_line(order, variant, quantity=pieces)
            make_purchase(order, status=status, warehouse_id=house.external_id)
        stock = Stock({variant.pk})
        assert (stock.free(variant.pk, "CN"), stock.free(variant.pk, "CN", house.external_id)) == (8, 4)
        assert stock.free(variant.pk, "US") == 0
        assert stock.countries_of(variant.pk) == ["CN"]  # of the US nothing is known

    def test_a_plan_that_is_about_to_be_replaced_takes_nothing(self):
        variant = make_variant()
        make_stock(variant, "CN", 10)
        order = make_order()
        make_line(order, variant, quantity=3)
        make_purchase(order)
        assert Stock({variant.pk}).free(variant.pk, "CN") == 7
        assert Stock({variant.pk}, [order.pk]).free(variant.pk, "CN") == 10

    def test_the_warehouse_that_serves_the_carrier_comes_first(self):
        variant = make_variant()
        many, serving, few = make_warehouse("CN"), make_warehouse("CN", "SPX"), make_warehouse("CN", "SPX")
        for house, pieces in ((many, 50), (serving, 5), (few, 1)):
            make_stock(variant, "CN", pieces, warehouse=house)
        make_stock(variant, "CN", 56)
        group = Group("CN", [Need(OrderLine(pk=1), variant, 2)])
        stock = Stock({variant.pk})
        assert sourcing_places.warehouse_for(group, stock, "cj", ["SPX"]) == serving
        assert sourcing_places.warehouse_for(group, stock, "cj") == many
        assert sourcing_places.warehouse_for(Group("TH", group.needs), stock, "cj") is None
        assert Warehouse.objects.count() == 3
