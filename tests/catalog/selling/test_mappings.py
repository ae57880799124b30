"""Where products of a supplier's category go: as a person said, as before, as the platform says."""

import pytest

from accounts.errors import Refused
from catalog.models import CategoryMapping, GlobalListing
from catalog.services.selling import drafts, mappings
from integrations.channels import FieldSpec, Value
from tests.channel_fake import FakeMarket
from tests.factories import make_category, make_product
from tests.factories_selling import make_ready, make_seller, make_shop, make_sourced, make_spec, make_target

pytestmark = pytest.mark.django_db

CHINA = [{"external_id": "1", "text": "China", "unit": ""}]


def test_a_mapping_fills_in_what_a_listing_does_not_say():
    account, source = make_seller(), make_category()
    make_shop(account)
    target = make_target(account)
    make_spec(account, target)
    said = {"brand_id": "7", "brand_name": "Nike", "attributes": {"100": CHINA}, "days_to_ship": 5}
    mapping = mappings.save(account, source, target, **said, by="ann")

    listing = drafts.prepare(make_sourced(category=source), account, by="bob")

    assert (listing.category, listing.brand_id, listing.brand_name) == (target, "7", "Nike")
    assert (listing.attributes, listing.days_to_ship) == ({"100": CHINA}, 5)
    assert mapping.history.first().history_change_reason == "Set by ann"


def test_a_listings_own_answers_win():
    account, source = make_seller(), make_category()
    target = make_target(account)
    listing = make_ready(account, product=make_sourced(category=source), category=target, brand_name="Mine")
    other = {"100": [{"external_id": "2"}]}
    mappings.save(account, source, target, brand_name="Nike", attributes=other, days_to_ship=7, by="ann")

    assert not mappings.apply(GlobalListing.objects.get(pk=listing.pk))

    listing.refresh_from_db()
    assert (listing.brand_name, listing.attributes, listing.days_to_ship) == ("Mine", {"100": CHINA}, 5)


def test_without_a_mapping_the_last_one_like_it_is_followed():
    account, source = make_seller(), make_category()
    before = make_ready(account, product=make_sourced(category=source), brand_name="Mine")
    GlobalListing.objects.filter(pk=before.pk).update(external_id="G1")

    listing = drafts.prepare(make_sourced(category=source), account, by="ann")

    assert (listing.category, listing.brand_name, listing.attributes) == (before.category, "Mine", {"100": CHINA})


def test_suggestions_come_from_mapping_history_and_platform_in_this_order(market: FakeMarket):
    account, source = make_seller(), make_category()
    mapped, often, recommended = make_target(account), make_target(account), make_target(account)
    make_shop(account)
    for _time in range(2):
        make_ready(account, product=make_sourced(category=source), category=often)
    other = make_seller()
    elsewhere = make_ready(other, product=make_sourced(category=source)).category
    mappings.save(account, source, mapped, by="ann")
    market.recommended = ["none of ours", often.external_id, recommended.external_id]
    product = make_sourced(category=source)

    quiet = mappings.suggest(account, product)
    assert [(one.category, one.reason, one.times) for one in quiet] == [
        (mapped, "mapped", 0),
        (often, "history", 2),
        (elsewhere, "history", 1),
    ]
    assert market.calls.total() == 0
    asked = mappings.suggest(account, product, ask=True)
    assert [(one.category, one.reason) for one in asked[3:]] == [(recommended, "recommended")]
    assert mappings.suggest(account, make_sourced()) == []


def test_what_cannot_be_mapped_is_refused_and_names_its_field():
    account, source = make_seller(), make_category()
    target = make_target(account)
    make_spec(account, target)
    for changes, field in (
        ({"target": make_category()}, "target"),
        ({"target": make_target(account, is_leaf=False)}, "target"),
        ({"source": make_target(account)}, "source"),
        ({"attributes": {"100": [{"external_id": "9"}]}}, "attributes.100"),
        ({"attributes": {"999": [{"text": "x"}]}}, "attributes.999"),
        ({"days_to_ship": 4}, "days_to_ship"),
    ):
        said = {"source": source, "target": target, "by": "ann"} | changes
        with pytest.raises(Refused) as refused:
            mappings.save(account, said.pop("source"), said.pop("target"), **said)
        assert refused.value.field == field
    assert not CategoryMapping.objects.exists()


def test_a_mapping_may_leave_required_answers_to_each_product():
    account, source = make_seller(), make_category()
    target = make_target(account)
    make_spec(account, target)

    assert mappings.save(account, source, target, by="ann").attributes == {}
    again = mappings.save(account, source, target, attributes={"100": CHINA}, by="bob")
    assert CategoryMapping.objects.get() == again


def test_coverage_counts_products_and_shows_what_is_mapped():
    account, full, mapped = make_seller(), make_category(), make_category()
    for _time in range(2):
        make_product(category=full)
    make_product(category=mapped)
    make_product(category=None)
    mapping = mappings.save(account, mapped, make_target(account), by="ann")

    rows = [(row.source, row.products, row.mapping) for row in mappings.coverage(account)]

    assert rows == [(full, 2, None), (mapped, 1, mapping)]


def test_values_are_checked_as_records_or_as_they_are_kept():
    field = FieldSpec(external_id="1", label="Pieces", kind="integer", own_values=True, required=True)

    assert mappings.check_values((field,), {"1": (Value(text="3"),)}) == []
    assert mappings.check_values((field,), {"1": [{"text": "3"}]}) == []
    assert [one.rule for one in mappings.check_values((field,), {})] == ["required"]
    assert [one.rule for one in mappings.check_values((field,), {"1": [{"text": "x"}]})] == ["number"]
