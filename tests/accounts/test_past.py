"""A record's past in words."""

import pytest
from django.contrib.auth.models import User

from accounts.past import entries_of
from catalog.models import GlobalListing
from tests.factories import make_product
from tests.factories_selling import make_seller, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def listing():
    seller = make_seller(name="Bright")
    return GlobalListing.objects.create(account=seller, product=make_product(), sku="A-1", name="Lamp")


def told(row, **options) -> list[list[tuple[str, str, str]]]:
    most = options.pop("most", 20)
    return [
        [(change["label"], change["old"], change["new"]) for change in entry["changes"]]
        for entry in entries_of(row, most, **options)
    ]


def test_what_is_new_has_one_entry_without_changes(listing):
    assert told(listing) == [[]]


def test_a_save_that_changes_nothing_is_not_told(listing):
    listing.save()
    assert told(listing) == [[]]


def test_choices_records_and_lists_are_told_by_their_names(listing):
    target = make_target(listing.account)
    listing.status, listing.category, listing.axes = GlobalListing.Status.LIVE, target, ["Colour", "Size"]
    listing.save()
    changes, beginning = told(listing)
    assert sorted(changes) == [
        ("category", "–", str(target)),
        ("status", "Draft", "Live"),
        ("variation axes", "–", "Colour, Size"),
    ]
    assert beginning == []


def test_a_field_may_be_told_in_words_of_its_own(listing):
    listing.attributes = {"100": [{"text": "Cotton"}]}
    listing.save()
    words = {"attributes": lambda said: f"{len(said)} answer"}
    assert told(listing, words=words) == [[("attributes", "–", "1 answer")], []]
    assert told(listing) == [[("attributes", "–", "100: text: Cotton")], []]


def test_the_beginning_is_told_only_where_it_is_among_the_last(listing):
    for name in ("B", "C", "D"):
        listing.name = name
        listing.save()
    assert told(listing, most=2) == [[("name", "C", "D")], [("name", "B", "C")]]


def test_who_changed_it_is_known(listing):
    user = User.objects.create_user("ann")
    listing.name, listing._history_user = "Lantern", user
    listing.save()
    assert entries_of(listing, 5)[0]["record"].history_user == user
