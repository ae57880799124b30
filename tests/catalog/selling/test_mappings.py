"""Where products of a supplier's category go: as a person said, as before, as the platform says."""

import pytest

from accounts.errors import Refused
from catalog.models import CategoryMapping, GlobalListing
from catalog.services.selling import drafts, mappings
from integrations.channels import FieldSpec, Value
from tests.channel_fake import FakeMarket, make_rules
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


def test_a_changed_mapping_is_followed_where_nobody_has_edited():
    account, source = make_seller(), make_category()
    make_shop(account)
    target = make_target(account)
    fields = tuple(FieldSpec(external_id=each, label=each, kind="text") for each in ("100", "101", "102"))
    make_spec(account, target, make_rules(target.external_id, fields=fields, days_to_ship=((1, 9),)))
    one, two = [{"external_id": "", "text": "one", "unit": ""}], [{"external_id": "", "text": "two", "unit": ""}]
    said = {"brand_id": "7", "brand_name": "Nike", "attributes": {"100": one, "101": one}, "days_to_ship": 5}
    mappings.save(account, source, target, **said, by="ann")
    listing = drafts.prepare(make_sourced(category=source), account, by="bob")
    drafts.edit(listing, {"attributes": {"100": one, "101": two}, "days_to_ship": 6}, by="ann")

    said = {"brand_id": "8", "brand_name": "Puma", "attributes": {"100": two, "101": one, "102": one}}
    mappings.save(account, source, target, **said, days_to_ship=7, by="ann")
    again = drafts.prepare(listing.product, account, by="bob")

    assert (again.brand_id, again.brand_name, again.days_to_ship) == ("8", "Puma", 6)
    assert again.attributes == {"100": two, "101": two, "102": one}


def test_another_category_of_the_mapping_takes_away_what_was_filled_in_for_the_old_one():
    account, source = make_seller(), make_category()
    make_shop(account)
    old, new = make_target(account), make_target(account)
    said = {"brand_id": "7", "brand_name": "Nike", "attributes": {"100": CHINA, "101": CHINA}}
    mappings.save(account, source, old, **said, by="ann")
    products = [make_sourced(category=source) for _each in range(3)]
    followed, answered, moved = (drafts.prepare(product, account, by="bob") for product in products)
    own = [{"external_id": "2", "text": "", "unit": ""}]
    drafts.edit(answered, {"attributes": {"100": own, "101": CHINA}, "brand_name": "Mine", "brand_id": ""}, by="ann")
    chosen = make_target(account)
    drafts.edit(moved, {"category": chosen}, by="ann")

    mappings.save(account, source, new, attributes={"200": CHINA}, by="ann")
    followed, answered, moved = (drafts.prepare(product, account, by="bob") for product in products)

    assert (followed.category, followed.attributes, followed.brand_name) == (new, {"200": CHINA}, "")
    assert (answered.category, answered.attributes) == (new, {"100": own, "200": CHINA})
    assert answered.brand_name == "Mine"
    assert (moved.category, moved.attributes, moved.brand_name) == (chosen, {"100": CHINA, "101": CHINA}, "Nike")


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
