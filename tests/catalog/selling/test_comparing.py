"""Ours and theirs: what differs is kept for a person, who sends ours again or takes theirs over."""

from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.errors import Refused
from catalog.models import Drift, GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from catalog.services.selling import comparing, publishing, pushing
from integrations import jobs
from integrations.channels import FoundVariant
from integrations.errors import AuthRequired, Rejected
from integrations.models import Lane, RunProblem, SyncRun
from tests.factories import make_account, make_variant
from tests.factories_upkeep import fresh_channel, make_seller, make_sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def seller():
    return make_seller()


@pytest.fixture
def row(channel, seller) -> GlobalListing:
    sold = make_sold(seller)
    channel.holds(sold)
    return sold


def compared(seller, **options) -> SyncRun:
    run = comparing.request_comparison(seller, **options)
    jobs.work(patience=0)
    run.refresh_from_db()
    return run


def drifts():
    return sorted(
        ((drift.listing and drift.listing.shop.region) or "", drift.field, drift.ours, drift.theirs)
        for drift in Drift.objects.all()
    )


def change(channel, row, number=0, **said):
    """Change a global variant at the platform."""
    product = channel.products[row.external_id]
    variants = list(product.variants)
    variants[number] = replace(variants[number], **said)
    channel.products[row.external_id] = replace(product, variants=tuple(variants))


def change_in_shop(channel, row, region, **said):
    listing = row.listings.get(shop__region=region)
    key = listing.shop.external_id, listing.external_id
    channel.listings[key] = replace(channel.listings[key], **said)
    return listing


# --- what differs


def test_what_agrees_leaves_only_when_it_was_looked_at(channel, seller, row):
    run = compared(seller)
    assert (run.state, run.seen, run.unchanged, run.updated, run.calls, run.oddities) == ("done", 1, 1, 0, 3, {})
    assert run.job.lane == Lane.CATALOGUE
    row.refresh_from_db()
    assert row.seen_at is not None
    assert set(GlobalVariant.objects.values_list("seen_price", flat=True)) == {Decimal("10")}
    assert set(StockEntry.objects.values_list("seen", flat=True)) == {60}
    assert set(ListingVariant.objects.values_list("seen_stock", flat=True)) == {60}
    assert drifts() == []
    assert channel.calls == []


def test_name_price_and_too_much_stock_are_told_and_sales_are_not(channel, seller, row):
    first, second = row.variants.all()
    change(channel, row, 0, price=Decimal("9.5"), stock={"": 41})
    change(channel, row, 1, stock={"": 99})
    channel.products[row.external_id] = replace(channel.products[row.external_id], name="Another name")
    assert compared(seller).updated == 1
    assert drifts() == [
        ("", "name", row.name, "Another name"),
        ("", f"price:{first.sku}", "10", "9.5"),
        ("", f"stock:{second.sku}", "60", "99"),
    ]


def test_differences_are_kept_while_they_last_and_go_with_their_cause(channel, seller, row):
    change(channel, row, price=Decimal("9.5"))
    compared(seller)
    known = Drift.objects.get()
    assert compared(seller).unchanged == 1
    assert Drift.objects.get() == known
    assert Drift.objects.get().found_at == known.found_at
    change(channel, row, price=Decimal("10"))
    assert compared(seller).updated == 1
    assert drifts() == []


def test_a_variant_more_or_less_is_told(channel, seller, row):
    first, second = row.variants.all()
    product = channel.products[row.external_id]
    extra = FoundVariant(external_id="M99", sku="EXTRA", price=Decimal(3))
    channel.products[row.external_id] = replace(product, variants=(product.variants[0], extra))
    compared(seller)
    assert drifts() == sorted([("", "variant:EXTRA", "", "EXTRA"), ("", f"variant:{second.sku}", second.sku, "")])
    assert GlobalVariant.objects.get(pk=first.pk).seen_price == Decimal("10")


def test_what_was_deleted_behind_our_back_is_told_once(channel, seller, row):
    channel.products.clear()
    change_in_shop(channel, row, "MY", name="x")
    compared(seller)
    assert drifts() == [("", "status", "live", "deleted")]


def test_a_shops_listing_may_be_hidden_deleted_or_have_other_words(channel, seller, row):
    my = change_in_shop(channel, row, "MY", status="unlisted", name="Nama baru")
    sg = row.listings.get(shop__region="SG")
    del channel.listings[sg.shop.external_id, sg.external_id]
    Listing.objects.filter(pk=my.pk).update(name="Nama")
    compared(seller)
    assert drifts() == [
        ("MY", "name", "Nama", "Nama baru"),
        ("MY", "status", "live", "unlisted"),
        ("SG", "status", "live", "deleted"),
    ]
    assert set(Listing.objects.values_list("status", flat=True)) == {"live"}


def test_a_translated_name_and_a_reckoned_price_are_the_platforms_own(channel, seller, row):
    listing = change_in_shop(channel, row, "MY", name="Terjemahan")
    variants = tuple(
        replace(one, price=Decimal("45"))
        for one in channel.listings[listing.shop.external_id, listing.external_id].variants
    )
    change_in_shop(channel, row, "MY", variants=variants)
    compared(seller)
    assert drifts() == []
    assert set(listing.variants.values_list("seen_price", flat=True)) == {Decimal("45")}
    listing.variants.update(sent_price=Decimal("44"))
    compared(seller)
    assert {drift[:1] + drift[2:] for drift in drifts()} == {("MY", "44", "45")}


@pytest.mark.parametrize(("before", "there"), [("live", "banned"), ("reviewing", "live"), ("live", "reviewing")])
def test_what_the_platform_decides_is_taken_over_at_once(channel, seller, row, before, there):
    listing = change_in_shop(channel, row, "MY", status=there)
    Listing.objects.filter(pk=listing.pk).update(status=before)
    compared(seller)
    assert (Listing.objects.get(pk=listing.pk).status, drifts()) == (there, [])


def test_one_that_cant_be_read_and_a_paused_shop_stop_nothing(channel, seller, row):
    other = make_sold(seller)
    channel.holds(other)
    cut_off = AuthRequired("connect again")
    cut_off.shop_id = seller.shops.get(region="MY").external_id
    channel.errors["global_listing"] = [Rejected("strange")]
    channel.errors["shop_listing"] = [cut_off]
    Drift.objects.create(global_listing=other, listing=other.listings.get(shop__region="MY"), field="name")
    run = compared(seller)
    assert (run.state, run.seen, run.failed, run.unchanged, run.oddities) == ("done", 2, 1, 1, {"shop_paused": 1})
    assert list(RunProblem.objects.values_list("external_id", "reason")) == [(row.external_id, "strange")]
    assert Drift.objects.count() == 1  # of the shop that was not looked at


def test_runs_take_turns_within_their_budget(channel, seller):
    rows = [make_sold(seller) for _number in range(3)]
    for each in rows:
        channel.holds(each)
    assert (compared(seller, budget=2).seen, compared(seller, budget=2).seen) == (2, 2)
    looked = GlobalListing.objects.order_by("seen_at").values_list("pk", flat=True)
    assert list(looked)[-2:] == [rows[2].pk, rows[0].pk]
    with pytest.raises(Refused, match="budget"):
        comparing.request_comparison(seller, budget=0)
    with pytest.raises(Refused, match="supplier's account"):
        comparing.request_comparison(make_account())


# --- ours again


def test_our_price_is_sent_again(channel, seller, row):
    change(channel, row, price=Decimal("9.5"))
    compared(seller)
    assert pushing.differences(seller, "prices") == []  # a person decides first
    job = comparing.repair(Drift.objects.get(), "mia")
    assert job.requested_by == "mia"
    jobs.work()
    first = row.variants.first()
    assert channel.calls == [("push_prices", row.external_id, {first.external_id: Decimal("10.00")})]
    assert drifts() == []


def test_our_stock_is_sent_again(channel, seller, row):
    change(channel, row, stock={"": 99})
    compared(seller)
    comparing.repair(Drift.objects.get(), "mia")
    jobs.work()
    assert channel.calls == [("push_stock", row.external_id, {row.variants.first().external_id: {"": 60}})]
    assert drifts() == []


def test_a_hidden_listing_is_shown_again(channel, seller, row):
    listing = change_in_shop(channel, row, "MY", status="unlisted")
    compared(seller)
    comparing.repair(Drift.objects.get(), "mia")
    jobs.work()
    assert channel.calls == [("unlist", listing.shop.external_id, [listing.external_id], True)]
    assert (Listing.objects.get(pk=listing.pk).status, drifts()) == ("live", [])


@pytest.fixture
def published(monkeypatch):
    asked = []

    def request(global_listing, *, shops=None, requested_by=""):
        asked.append((global_listing.pk, shops and [shop.region for shop in shops], requested_by))

    monkeypatch.setattr(publishing, "request_publication", request)
    return asked


def test_a_deleted_listing_is_published_again_to_its_shop_alone(channel, seller, row, published):
    listing = row.listings.get(shop__region="MY")
    GlobalListing.objects.update(progress={"global_id": row.external_id, "cells": {listing.shop.external_id: {}}})
    del channel.listings[listing.shop.external_id, listing.external_id]
    compared(seller)
    comparing.repair(Drift.objects.get(), "mia")
    assert published == [(row.pk, ["MY"], "mia")]
    listing.refresh_from_db()
    row.refresh_from_db()
    assert (listing.status, listing.external_id) == ("draft", "")
    assert (row.status, row.progress) == ("live", {"global_id": row.external_id, "cells": {}})


def test_a_deleted_global_product_is_published_again_to_all_its_shops(channel, seller, row, published):
    channel.products.clear()
    compared(seller)
    comparing.repair(Drift.objects.get(), "mia")
    assert published == [(row.pk, ["MY", "SG"], "mia")]
    row.refresh_from_db()
    assert (row.status, row.external_id, row.progress) == ("draft", "", {})
    assert set(row.listings.values_list("status", "external_id")) == {("draft", "")}


def test_our_name_is_published_again_in_full(channel, seller, row, published):
    GlobalListing.objects.update(progress={"state": {"sent": {"texts": "x"}}, "global_id": row.external_id})
    channel.products[row.external_id] = replace(channel.products[row.external_id], name="Another name")
    compared(seller)
    comparing.repair(Drift.objects.get(), "mia")
    assert published == [(row.pk, None, "mia")]
    row.refresh_from_db()
    assert (row.progress, drifts()) == ({"global_id": row.external_id}, [])


def test_a_variant_that_was_added_there_is_none_of_ours_to_send(channel, seller, row):
    drift = Drift.objects.create(global_listing=row, field="variant:EXTRA", theirs="EXTRA")
    with pytest.raises(Refused, match="added at the platform") as refusal:
        comparing.repair(drift, "mia")
    assert (refusal.value.field, Drift.objects.count()) == ("field", 1)


@pytest.mark.parametrize("decide", [comparing.repair, comparing.accept])
@pytest.mark.parametrize("in_shop", [False, True])
def test_a_difference_of_a_variant_that_is_gone_is_refused(channel, seller, row, decide, in_shop):
    listing = row.listings.first() if in_shop else None
    drift = Drift.objects.create(global_listing=row, listing=listing, field="price:GONE", ours="1", theirs="2")
    with pytest.raises(Refused, match="no longer have the variant GONE") as refusal:
        decide(drift, "mia")
    assert (refusal.value.field, Drift.objects.count(), channel.calls) == ("field", 1, [])


def test_our_stock_of_a_variant_that_is_gone_is_not_sent(channel, seller, row):
    drift = Drift.objects.create(global_listing=row, field="stock:GONE", ours="1", theirs="2")
    with pytest.raises(Refused, match="no longer have the variant GONE") as refusal:
        comparing.repair(drift, "mia")
    assert (refusal.value.field, jobs.work().done, channel.calls) == ("field", 0, [])


# --- theirs


def test_their_price_is_taken_over_and_nothing_is_sent(channel, seller, row):
    change(channel, row, price=Decimal("9.5"))
    compared(seller)
    comparing.accept(Drift.objects.get(), "mia")
    first = row.variants.first()
    assert (first.price, first.is_price_fixed, first.sent_price) == (Decimal("9.5"), True, Decimal("9.5"))
    assert (drifts(), pushing.differences(seller, "prices"), channel.calls) == ([], [], [])


def test_their_name_and_status_are_taken_over(channel, seller, row):
    listing = change_in_shop(channel, row, "MY", status="unlisted")
    channel.products[row.external_id] = replace(channel.products[row.external_id], name="Another name")
    compared(seller)
    for drift in Drift.objects.all():
        comparing.accept(drift, "mia")
    row.refresh_from_db()
    listing.refresh_from_db()
    assert (row.name, listing.status, drifts()) == ("Another name", "unlisted", [])
    assert row.history.first().history_change_reason == "Taken over from the platform by mia"


def test_what_was_deleted_there_is_let_go(channel, seller, row):
    channel.products.clear()
    compared(seller)
    comparing.accept(Drift.objects.get(), "mia")
    row.refresh_from_db()
    assert (row.status, set(row.listings.values_list("status", flat=True)), drifts()) == ("deleted", {"deleted"}, [])


def test_a_variant_less_is_no_longer_sold_and_one_more_is_ours_where_our_product_has_it(channel, seller, row):
    second = row.variants.last()
    extra = make_variant(row.product, sku="EXTRA", options=["Green"])
    lost = Drift.objects.create(global_listing=row, field=f"variant:{second.sku}", ours=second.sku)
    more = Drift.objects.create(global_listing=row, field="variant:EXTRA", theirs="EXTRA")
    strange = Drift.objects.create(global_listing=row, field="variant:NONE", theirs="NONE")
    comparing.accept(lost, "mia")
    comparing.accept(more, "mia")
    with pytest.raises(Refused, match="has the SKU NONE"):
        comparing.accept(strange, "mia")
    assert list(row.variants.values_list("variant", "is_wanted"))[1:] == [(second.variant_id, False), (extra.pk, True)]
    assert Drift.objects.get() == strange


def test_their_stock_is_never_taken_over(channel, seller, row):
    change(channel, row, stock={"": 99})
    compared(seller)
    with pytest.raises(Refused, match="follows the supplier"):
        comparing.accept(Drift.objects.get(), "mia")
    assert Drift.objects.count() == 1
