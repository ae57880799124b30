"""How many pieces are offered: what the supplier has, less what is sold and not yet bought."""

import pytest

from catalog.models import Reservation
from catalog.services.selling import differing, drafting
from tests.factories_selling import make_ready, make_sourced

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("reserved", "highest", "left"), [(0, None, 100), (30, None, 70), (130, None, 0), (30, 50, 50)]
)
def test_what_is_sold_is_not_offered_again(reserved, highest, left):
    product = make_sourced(["Black"])
    variant = product.variants.get()
    assert differing.offered(variant, product, highest) == (100 if highest is None else highest)
    Reservation.objects.create(variant=variant, pieces=reserved)
    assert differing.offered(product.variants.get(), product, highest) == left


def test_what_is_not_known_stays_so():
    product = make_sourced(["Black"])
    variant = product.variants.get()
    variant.stock_total = None
    Reservation.objects.create(variant=variant, pieces=3)
    assert differing.offered(variant, product, None) is None


def test_sold_pieces_are_taken_off_what_is_pushed_and_published(django_assert_num_queries):
    listing = make_ready(product=make_sourced(["Black", "White"]))
    listing.external_id, listing.status, listing.axes = "4711", "live", []
    listing.save()
    sold = listing.variants.order_by("pk").first()
    Reservation.objects.create(variant=sold.variant, pieces=40)
    found = {row.variant.pk: int(row.ours) for row in differing.differences(listing.account, differing.STOCK)}
    other = listing.variants.exclude(pk=sold.pk).get()
    assert found == {sold.pk: 60, other.pk: 100}
    loaded = drafting.with_all(type(listing).objects.filter(pk=listing.pk)).get()
    rows = [row.variant for row in loaded.variants.all()]
    with django_assert_num_queries(0):
        offered = {row.pk: differing.offered(row, row.product, None) for row in rows}
    assert offered == {sold.variant_id: 60, other.variant_id: 100}
