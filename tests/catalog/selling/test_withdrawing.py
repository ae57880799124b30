"""Taking listings down: hidden, shown, deleted; a lost answer is no failure, and what a shop keeps is said."""

import pytest
from django.utils import timezone

from accounts.errors import Refused
from catalog.models import Drift, GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from catalog.services.selling import withdrawing
from integrations import jobs
from integrations.channels import Outcome
from integrations.errors import OutcomeUnknown, Rejected
from integrations.models import Lane, SyncJob
from tests.factories_upkeep import fresh_channel, make_seller, make_sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def row(channel) -> GlobalListing:
    sold = make_sold(make_seller())
    channel.holds(sold)
    return sold


@pytest.fixture
def listing(row) -> Listing:
    return row.listings.get(shop__region="MY")


def again():
    SyncJob.objects.filter(state="queued").update(due_at=timezone.now())
    jobs.work()


# --- hidden and shown


def test_one_shops_listing_is_hidden_and_the_others_stay(channel, listing):
    job = withdrawing.request_unlist(listing, requested_by="mia")
    assert (job.lane, job.account, job.shop, job.requested_by) == (
        Lane.PUBLISH,
        listing.shop.account,
        listing.shop,
        "mia",
    )
    jobs.work()
    assert channel.calls == [("unlist", listing.shop.external_id, [listing.external_id], False)]
    assert dict(Listing.objects.values_list("shop__region", "status")) == {"MY": "unlisted", "SG": "live"}


def test_a_hidden_one_is_shown_again(channel, listing):
    Listing.objects.update(status="unlisted")
    listing.refresh_from_db()
    Drift.objects.create(global_listing=listing.global_listing, listing=listing, field="status", ours="a", theirs="b")
    withdrawing.request_unlist(listing, listed=True)
    jobs.work()
    assert channel.calls == [("unlist", listing.shop.external_id, [listing.external_id], True)]
    assert (Listing.objects.get(pk=listing.pk).status, Drift.objects.count()) == ("live", 0)


def test_of_two_opposite_wishes_the_last_counts(channel, listing):
    first = withdrawing.request_unlist(listing, requested_by="mia")
    second = withdrawing.request_unlist(listing, listed=True, requested_by="bo")
    assert first.pk == second.pk
    jobs.work()
    assert [call[3] for call in channel.calls] == [True]
    assert SyncJob.objects.get().requested_by == "bo"


def test_a_promotion_is_named_and_the_listing_stays_live(channel, listing):
    channel.refused[listing.external_id] = Outcome(
        key=listing.external_id, done=False, reason="in promotion", code="error_unlist_in_promotion"
    )
    job = withdrawing.request_unlist(listing)
    jobs.work()
    listing.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, listing.status, listing.problem_field) == ("failed", "live", "status")
    assert listing.problem.startswith("A promotion locks it")


def test_a_lost_answer_is_asked_again(channel, listing):
    channel.errors["unlist"] = [OutcomeUnknown("lost")]
    withdrawing.request_unlist(listing)
    jobs.work(patience=0)
    assert Listing.objects.get(pk=listing.pk).status == "live"
    again()
    assert (len(channel.calls), Listing.objects.get(pk=listing.pk).status) == (2, "unlisted")


@pytest.mark.parametrize("status", ["draft", "banned", "reviewing", "deleted"])
def test_what_is_not_on_sale_can_be_neither_hidden_nor_shown(listing, status):
    Listing.objects.update(status=status)
    listing.refresh_from_db()
    with pytest.raises(Refused, match="not on sale") as refusal:
        withdrawing.request_unlist(listing)
    assert (refusal.value.field, SyncJob.objects.count()) == ("status", 0)


# --- deleted


def test_one_shops_listing_is_deleted_and_the_global_product_stays(channel, row, listing):
    GlobalListing.objects.update(
        progress={"global_id": row.external_id, "cells": {listing.shop.external_id: {"status": "live"}, "x": {}}}
    )
    external_id = listing.external_id
    withdrawing.request_delete_listing(listing)
    jobs.work()
    row.refresh_from_db()
    listing.refresh_from_db()
    assert channel.calls == [("delete", listing.shop.external_id, external_id)]
    assert (listing.status, listing.external_id, row.status) == ("deleted", "", "live")
    assert row.progress == {"global_id": row.external_id, "cells": {"x": {}}}
    assert set(listing.variants.values_list("external_id", flat=True)) == {""}
    assert row.listings.get(shop__region="SG").status == "live"


@pytest.mark.parametrize("acted", [True, False])
def test_a_delete_whose_answer_was_lost_ends_deleted(channel, listing, acted):
    channel.errors["delete"] = [OutcomeUnknown("lost")]
    withdrawing.request_delete_listing(listing)
    jobs.work(patience=0)
    assert Listing.objects.get(pk=listing.pk).status == "live"
    if acted:
        del channel.listings[listing.shop.external_id, listing.external_id]
        channel.errors["delete"] = [Rejected("no such item")]
    again()
    assert Listing.objects.get(pk=listing.pk).status == "deleted"


def test_a_listing_that_the_platform_keeps_stays_ours_with_the_reason(channel, listing):
    channel.errors["delete"] = [Rejected("in a promotion")]
    withdrawing.request_delete_listing(listing)
    jobs.work()
    listing.refresh_from_db()
    assert (listing.status, listing.problem, bool(listing.external_id)) == ("live", "in a promotion", True)


def test_a_global_listing_goes_with_all_its_shops_in_one_call(channel, row):
    external_id = row.external_id
    withdrawing.request_delete(row, requested_by="mia")
    jobs.work()
    row.refresh_from_db()
    assert channel.calls == [("delete", "", external_id)]
    assert (row.status, row.external_id, row.progress) == ("deleted", "", {})
    assert set(row.listings.values_list("status", "external_id")) == {("deleted", "")}
    assert set(GlobalVariant.objects.values_list("external_id", "sent_price")) == {("", None)}
    assert set(StockEntry.objects.values_list("sent", flat=True)) == {None}
    assert set(ListingVariant.objects.values_list("external_id", flat=True)) == {""}
    with pytest.raises(Refused, match="deleted already"):
        withdrawing.request_delete(row)


def test_shops_that_keep_theirs_are_named_and_the_others_are_marked(channel, row):
    kept = row.listings.get(shop__region="SG")
    del channel.listings[row.listings.get(shop__region="MY").shop.external_id, f"{kept.external_id[:-2]}MY"]
    channel.errors["delete"] = [Rejected("Shop SG kept it")]
    job = withdrawing.request_delete(row)
    jobs.work()
    row.refresh_from_db()
    job.refresh_from_db()
    assert (job.state, row.status, row.problem) == ("failed", "attention", "Shop SG kept it")
    assert dict(row.listings.values_list("shop__region", "status")) == {"MY": "deleted", "SG": "live"}


def test_what_was_never_sent_is_only_marked(channel):
    row = make_sold(make_seller())
    Listing.objects.update(external_id="", status="draft")
    GlobalListing.objects.update(external_id="", status="draft")
    row.refresh_from_db()
    withdrawing.request_delete(row)
    jobs.work()
    row.refresh_from_db()
    assert (channel.calls, row.status) == ([], "deleted")


def test_a_shop_alone_deletes_its_own_and_nothing_is_left(channel):
    row = make_sold(make_seller(shops=["MY"], is_shop=True, upgraded=False))
    channel.holds(row)
    listing = row.listings.get()
    withdrawing.request_delete_listing(listing)
    jobs.work()
    row.refresh_from_db()
    assert channel.calls == [("delete", listing.shop.external_id, listing.external_id)]
    assert (row.status, row.listings.get().status) == ("deleted", "deleted")


def test_nothing_is_deleted_while_it_is_published(row, listing):
    GlobalListing.objects.update(status="publishing")
    row.refresh_from_db()
    listing.refresh_from_db()
    for request, subject in ((withdrawing.request_delete, row), (withdrawing.request_delete_listing, listing)):
        with pytest.raises(Refused, match="being published"):
            request(subject)
    assert SyncJob.objects.count() == 0
