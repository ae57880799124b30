"""Which variant was sold: found by itself, or said by a person once and for all."""

import pytest

from accounts.errors import Refused
from catalog.models import Reservation
from integrations.models import SyncJob
from orders.models import LineMatch
from orders.services import matching, reserving
from tests.factories import make_product, make_variant
from tests.factories_orders import make_line, make_order, make_purchase, make_sold_variant
from tests.factories_selling import make_ready, make_seller, make_shop, make_single_shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def account():
    return make_seller()


@pytest.fixture
def shop(account):
    return make_shop(account, "MY")


def published(account, shop, item="77", models=("1", "2")):
    """Return the variants of a product that stands in a shop under these numbers."""
    listing = make_ready(account, shops=[shop])
    cell = listing.listings.get(shop=shop)
    cell.external_id = item
    cell.save()
    rows = []
    for row, model in zip(listing.variants.order_by("pk"), models, strict=True):
        rows.append(cell.variants.update_or_create(global_variant=row, defaults={"external_id": model})[0])
    return rows


def test_what_was_published_is_known_by_shop_item_and_model(account, shop):
    _first, second = published(account, shop)
    other_shop = make_order(make_shop(account, "SG"))
    lines = [
        make_line(make_order(shop), item_id="77", model_id="2", sku="ANY"),
        make_line(make_order(shop), item_id="77", model_id="3", sku="ANY"),
        make_line(other_shop, item_id="77", model_id="2", sku="ANY"),
    ]
    found = matching.match_lines(account, lines)
    assert [(line.pk, line.variant, line.listing_variant) for line in found] == [
        (lines[0].pk, second.global_variant.variant, second)
    ]


def test_our_sku_in_the_account_goes_before_the_suppliers(account, shop):
    first, _second = published(account, shop)
    make_sold_variant(sku=first.global_variant.sku)
    line = make_line(make_order(shop), sku=first.global_variant.sku)
    matching.match_lines(account, [line])
    assert line.variant == first.global_variant.variant


def test_a_sku_that_two_variants_have_waits(account, shop):
    product = make_product()
    only = make_variant(product, sku="ONE")
    make_variant(product, sku="TWO")
    make_sold_variant(sku="TWO")
    lines = [make_line(make_order(shop), sku=sku) for sku in ("ONE", "TWO", "", "NONE")]
    assert [line.variant for line in matching.match_lines(account, lines)] == [only]
    assert [line.variant_id for line in lines] == [only.pk, None, None, None]


def test_what_a_person_says_holds_for_all_that_wait_and_for_all_to_come(account, shop):
    variant = make_sold_variant()
    line, twin = (make_line(make_order(shop), item_id="5", model_id="6", quantity=2) for _ in range(2))
    other_model = make_line(make_order(shop), item_id="5", model_id="7")
    sent = make_line(make_order(shop, status="shipped"), item_id="5", model_id="6")
    elsewhere = make_line(make_order(make_single_shop()), item_id="5", model_id="6")
    assert {row.pk for row in matching.match_line(line, variant, "ann")} == {line.pk, twin.pk}
    for row, expected in ((line, variant), (twin, variant), (other_model, None), (sent, None), (elsewhere, None)):
        row.refresh_from_db()
        assert row.variant == expected
    assert LineMatch.objects.get().by == "ann"
    assert Reservation.objects.get(variant=variant).pieces == 4
    assert SyncJob.objects.filter(key=f"plan:{account.pk}").count() == 1
    later = make_line(make_order(shop), item_id="5", model_id="6")
    assert matching.match_lines(account, [later])[0].variant_id == variant.pk


def test_a_new_word_takes_the_place_of_the_old_one_until_it_is_bought(account, shop):
    wrong, right = make_sold_variant(), make_sold_variant()
    line = make_line(make_order(shop), item_id="5")
    matching.match_line(line, wrong, "ann")
    matching.match_line(line, right, "bob")
    line.refresh_from_db()
    assert (line.variant, LineMatch.objects.get().variant) == (right, right)
    assert dict(Reservation.objects.values_list("variant", "pieces")) == {wrong.pk: 0, right.pk: 1}
    make_purchase(line.order, status="sent")
    with pytest.raises(Refused) as refusal:
        matching.match_line(line, wrong, "ann")
    assert refusal.value.field == "line"
    assert LineMatch.objects.get().variant == right


def test_a_variant_that_is_gone_is_no_answer(account, shop):
    line = make_line(make_order(shop))
    with pytest.raises(Refused) as refusal:
        matching.match_line(line, make_sold_variant(is_gone=True), "ann")
    assert refusal.value.field == "variant"
    assert not LineMatch.objects.exists()


def test_lines_that_wait_are_looked_at_again_when_asked(account, shop):
    line = make_line(make_order(shop), sku="LATE-1")
    assert matching.rematch([line.order]) == []
    variant = make_sold_variant(sku="LATE-1")
    assert [row.pk for row in matching.rematch([line.order])] == [line.pk]
    assert Reservation.objects.get(variant=variant).pieces == 1


def test_queries_do_not_grow_with_lines(account, shop, django_assert_num_queries):
    make_sold_variant(sku="ONE")
    order = make_order(shop)
    lines = [make_line(order, sku="ONE") for _ in range(60)]
    with django_assert_num_queries(5):  # four looks, one write
        assert len(matching.match_lines(account, lines)) == 60


# --- reserving


def test_reserved_is_what_is_wanted_and_neither_sent_nor_paid(shop):
    variant = make_sold_variant()
    make_line(make_order(shop), variant, quantity=5, cancelled=1)
    make_line(make_order(shop, status="pending"), variant, quantity=2)
    for status in ("shipped", "completed", "cancelled", "rejected"):
        make_line(make_order(shop, status=status), variant, quantity=100)
    make_line(make_order(shop, ships="platform"), variant, quantity=100)
    paid = make_line(make_order(shop), variant, quantity=3)
    make_purchase(paid.order, status="paid")
    unpaid = make_line(make_order(shop), variant, quantity=7)
    make_purchase(unpaid.order, status="awaiting_payment")
    assert reserving.recount([variant.pk]) == {variant.pk: 13}
    assert Reservation.objects.get().pieces == 13
    assert reserving.recount([]) == {}
