"""Publications: what is asked for, how it goes on after each step, and what stands on our rows then."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from catalog.services.selling import drafts, publishing
from catalog.services.selling.publishing import NotPublishable
from integrations import clock, jobs
from integrations.clock import VirtualClock
from integrations.errors import AuthRequired, OutcomeUnknown, Rejected, Unavailable
from integrations.models import SyncJob
from tests.factories import make_account
from tests.factories_selling import make_rate, make_ready, make_seller, make_shop, make_single_shop, make_sourced

pytestmark = pytest.mark.django_db

PUBLISHING, LIVE, REFUSED, BLOCKED = "publishing", "live", "refused", "blocked"


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch):
    """Let all waiting pass in a moment; no other process looks for work meanwhile."""
    monkeypatch.setattr(jobs, "POLL_S", 600.0)
    with clock.use(VirtualClock(start=clock.now())):
        yield


def work() -> None:
    jobs.work(until_quiet=True, patience=7200)


def published(listing: GlobalListing) -> GlobalListing:
    """Ask for it, let the workers do it, and return the listing as it is then."""
    publishing.request_publication(listing, requested_by="ann")
    work()
    listing.refresh_from_db()
    return listing


def cells(listing: GlobalListing) -> dict[str, str]:
    return {cell.shop.region: cell.status for cell in listing.listings.select_related("shop")}


def test_a_listing_becomes_live_in_all_shops_with_its_ids_prices_and_stock(market):
    listing = make_ready()

    job = publishing.request_publication(listing, requested_by="ann")

    listing.refresh_from_db()
    assert (job.key, job.requested_by, listing.status) == (f"publish:{listing.pk}", "ann", PUBLISHING)
    assert cells(listing) == {"MY": PUBLISHING, "SG": PUBLISHING}
    assert market.calls.total() == 0  # nothing was sent while a person waits
    work()
    listing.refresh_from_db()
    job.refresh_from_db()
    assert (listing.status, listing.step, listing.problem, job.state) == (LIVE, "", "", SyncJob.State.DONE)
    assert cells(listing) == {"MY": LIVE, "SG": LIVE}
    assert listing.published_at is not None
    there = market.items[listing.external_id]
    assert {one.sku: one.external_id for one in there.variants} == dict(
        listing.variants.values_list("sku", "external_id")
    )
    assert set(listing.variants.values_list("sent_price", flat=True)) == {Decimal("51.43")}
    assert set(StockEntry.objects.values_list("place", "sent")) == {("CNZ", 100)}
    assert StockEntry.objects.count() == 2
    for cell in listing.listings.select_related("shop"):
        found = market.listings[cell.shop.external_id, cell.external_id]
        assert cell.url == found.url
        ids = {row.global_variant.sku: row.external_id for row in cell.variants.all()}
        assert ids == {one.sku: one.external_id for one in found.variants}
        assert set(cell.variants.values_list("price", "sent_price")) == {(None, None)}  # it follows the global price
    assert len(market.items) == 1
    assert len(market.listings) == 2


def test_each_step_is_kept_before_the_next_by_one_update_of_the_notebook(market):
    listing = make_ready()
    publishing.request_publication(listing)
    with CaptureQueriesContext(connection) as queries:
        work()

    steps = len(market.drafts)
    saves = [
        one["sql"]
        for one in queries.captured_queries
        if one["sql"].startswith('UPDATE "catalog_globallisting"') and '"progress"' in one["sql"]
    ]
    assert steps == 4  # the product, two shops, done
    assert len(saves) == steps


def test_waiting_frees_the_worker_and_goes_on_where_it_was(market):
    market.slow = 3
    listing = published(make_ready())

    assert cells(listing) == {"MY": LIVE, "SG": LIVE}
    job = SyncJob.objects.get(key=f"publish:{listing.pk}")
    assert job.attempts == 1 + 2 * 3
    assert market.calls["add_item"] == 1


def test_a_shop_that_refuses_stops_no_other_and_is_retried_alone(market):
    listing = make_ready()
    bad = listing.listings.get(shop__region="MY")
    market.refusals[bad.shop.external_id] = ("The name is banned.", "name")

    published(listing)

    bad.refresh_from_db()
    assert (listing.status, listing.problem) == ("attention", "")
    assert cells(listing) == {"MY": REFUSED, "SG": LIVE}
    assert (bad.problem, bad.problem_field, bad.external_id) == ("The name is banned.", "name", "")
    market.refusals.clear()
    publishing.retry(bad, requested_by="bob")
    assert cells(listing) == {"MY": PUBLISHING, "SG": LIVE}
    work()
    listing.refresh_from_db()
    bad.refresh_from_db()
    assert (listing.status, bad.problem, bad.problem_field) == (LIVE, "", "")
    assert cells(listing) == {"MY": LIVE, "SG": LIVE}
    assert (len(market.items), len(market.listings)) == (1, 2)


def test_a_shop_that_is_asked_for_again_while_others_are_under_way_gets_another_round(market):
    listing = make_ready()
    bad = listing.listings.get(shop__region="MY")
    market.refusals[bad.shop.external_id] = ("The name is banned.", "name")
    publishing.request_publication(listing)
    jobs.run(SyncJob.objects.get(key=f"publish:{listing.pk}").pk)
    GlobalListing.objects.filter(pk=listing.pk).update(status="publishing")
    listing.refresh_from_db()
    market.refusals.clear()
    progress = listing.progress | {"done": False, "step": "results"}
    GlobalListing.objects.filter(pk=listing.pk).update(progress=progress)  # as if it still waited for others

    bad.refresh_from_db()
    publishing.retry(bad)
    work()

    listing.refresh_from_db()
    assert (listing.status, cells(listing)) == (LIVE, {"MY": LIVE, "SG": LIVE})


def test_what_a_check_finds_stops_it_before_anything_is_sent(market):
    listing = make_ready(name="", days_to_ship=3)

    with pytest.raises(NotPublishable, match="name: It is empty") as refused:
        publishing.request_publication(listing)

    assert [finding.field for finding in refused.value.findings] == ["name", "days_to_ship"]
    assert refused.value.field == "name"
    listing.refresh_from_db()
    assert listing.status == "draft"
    assert [row["field"] for row in listing.findings] == ["name", "days_to_ship"]
    assert not SyncJob.objects.filter(key__startswith="publish").exists()
    assert market.calls.total() == 0


def test_a_shop_that_cannot_take_it_is_left_out_with_its_reason(market):
    listing = make_ready()
    paused = listing.listings.get(shop__region="SG")
    paused.shop.mark_reconnect("Connect it again.")

    published(listing)

    paused.refresh_from_db()
    assert cells(listing) == {"MY": LIVE, "SG": BLOCKED}
    assert paused.problem.endswith("is not connected (Connect again). Connect it again.")
    assert paused.problem_field == f"shops.{paused.shop.external_id}.status"
    assert listing.status == "attention"
    assert {draft.shops[0].region for draft in market.drafts} == {"MY"}


def test_where_no_shop_can_take_it_the_reasons_are_refused(market):
    listing = make_ready()
    Shop.objects.update(status=Shop.Status.DISCONNECTED)

    with pytest.raises(NotPublishable, match="is not connected"):
        publishing.request_publication(listing)

    assert cells(listing) == {"MY": BLOCKED, "SG": BLOCKED}


def test_a_refused_product_waits_for_a_person_with_the_platforms_words(market):
    listing = make_ready()
    market.fail("add_item", Rejected("Invalid brand.", code="error_invalid_brand"))

    published(listing)

    job = SyncJob.objects.get(key=f"publish:{listing.pk}")
    assert (listing.status, listing.problem, job.state) == ("attention", "Invalid brand.", SyncJob.State.FAILED)
    assert cells(listing) == {"MY": REFUSED, "SG": REFUSED}
    assert set(listing.listings.values_list("problem", flat=True)) == {"Invalid brand."}
    assert market.items == {}
    published(listing)
    assert (listing.status, listing.problem, len(market.items)) == (LIVE, "", 1)


@pytest.mark.parametrize("call", ["add_item", "publish_to_shop"])
@pytest.mark.parametrize("after", [False, True])
def test_a_lost_reply_makes_nothing_twice(market, call, after):
    listing = make_ready()
    market.fail(call, OutcomeUnknown("The connection was cut."), after=after)

    published(listing)

    assert (listing.status, cells(listing)) == (LIVE, {"MY": LIVE, "SG": LIVE})
    assert (len(market.items), len(market.listings)) == (1, 2)
    assert SyncJob.objects.get(key=f"publish:{listing.pk}").state == SyncJob.State.DONE


def test_a_platform_that_is_down_is_asked_again_and_given_up_at_last(market):
    listing = make_ready()
    for _time in range(5):
        market.fail("add_item", Unavailable("Busy."))

    published(listing)

    assert (listing.status, listing.problem) == ("attention", "Busy.")
    assert cells(listing) == {"MY": REFUSED, "SG": REFUSED}
    assert SyncJob.objects.get(key=f"publish:{listing.pk}").state == SyncJob.State.FAILED


def test_a_paused_account_holds_the_publication(market):
    listing = make_ready()
    market.fail("publish_to_shop", AuthRequired("The authorization was cancelled."))

    published(listing)

    listing.account.refresh_from_db()
    job = SyncJob.objects.get(key=f"publish:{listing.pk}")
    assert (job.state, listing.account.status, listing.status) == ("queued", "reconnect", PUBLISHING)
    with pytest.raises(Refused, match="not connected"):
        publishing.request_publication(listing)
    listing.account.mark_connected()
    work()
    listing.refresh_from_db()
    assert (listing.status, cells(listing), len(market.items)) == (LIVE, {"MY": LIVE, "SG": LIVE}, 1)


def test_publishing_again_sends_what_changed_and_adds_new_shops(market):
    listing = published(make_ready())
    old = dict(listing.listings.values_list("shop__region", "external_id"))
    drafts.edit(listing, {"name": "A better trailer"}, by="ann")
    shop = make_shop(listing.account, "TH")

    publishing.request_publication(listing, shops=[shop])
    assert cells(listing) == {"MY": LIVE, "SG": LIVE, "TH": PUBLISHING}
    work()

    listing.refresh_from_db()
    assert cells(listing) == {"MY": LIVE, "SG": LIVE, "TH": LIVE}
    assert market.items[listing.external_id].name == "A better trailer"
    kept = listing.listings.exclude(shop=shop).values_list("shop__region", "external_id")
    assert dict(kept) == old
    assert (market.calls["add_item"], market.calls["update_item"]) == (1, 1)


def test_prices_that_were_not_sent_again_are_not_noted_as_sent(market):
    listing = published(make_ready())
    variant = listing.variants.first()
    drafts.edit(listing, {"variants": {variant.sku: {"price": Decimal(70)}}}, by="ann")

    published(listing)

    variant.refresh_from_db()
    assert (variant.price, variant.sent_price) == (70, Decimal("51.43"))


def test_a_shop_alone_gets_its_own_price_and_stock(market):
    shop = make_single_shop("SG")
    make_rate("USD", "SGD", "1.4")
    listing = published(make_ready(shop.account))

    assert (listing.status, listing.external_id, cells(listing)) == (LIVE, "", {"SG": LIVE})
    assert not market.drafts[0].is_global
    assert set(ListingVariant.objects.values_list("sent_price", flat=True)) == {Decimal(10)}
    assert set(GlobalVariant.objects.values_list("sent_price", "external_id")) == {(None, "")}
    assert set(StockEntry.objects.values_list("place", "sent")) == {("", 100)}


def test_a_product_without_variants_has_no_ids_of_them(market):
    listing = published(make_ready(product=make_sourced(colors=())))

    assert (listing.status, listing.axes) == (LIVE, [])
    (variant,) = listing.variants.all()
    assert (variant.external_id, variant.sent_price) == ("", Decimal("51.43"))
    assert set(ListingVariant.objects.values_list("external_id", flat=True)) == {""}
    assert ListingVariant.objects.count() == 2


def test_many_are_asked_for_and_the_refused_are_named(market):
    account = make_seller()
    good = make_ready(account)
    bad = make_ready(account, name="")

    requested = publishing.request_many([good, bad], requested_by="ann")

    assert [job.key for job in requested.jobs] == [f"publish:{good.pk}"]
    ((listing, refused),) = requested.refused
    assert (listing, refused.field) == (bad, "name")


@pytest.mark.parametrize("name", ["A bag", ""])
def test_a_listing_takes_as_many_queries_for_eight_shops_as_for_two(market, name):
    few = make_ready(seller_in("MY", "SG"), name=name)
    many = make_ready(seller_in("MY", "SG", "PH", "TH", "VN", "TW", "BR", "MX"), name=name)
    assert asked(many) == asked(few)
    assert set(many.listings.values_list("status", flat=True)) == {PUBLISHING if name else "draft"}


def test_the_shops_that_are_left_out_are_marked_at_once_and_their_history_says_why(market):
    few, many = [make_ready(seller_in("MY", "SG", *more)) for more in ([], ["PH", "TH", "VN"])]
    for listing in (few, many):
        Shop.objects.filter(listings__global_listing=listing).exclude(region="MY").update(upgraded=False)
    assert asked(many) == asked(few)
    blocked = many.listings.filter(status="blocked")
    assert (blocked.count(), many.listings.get(shop__region="MY").status) == (4, PUBLISHING)
    for cell in blocked:
        last = cell.history.first()
        assert (last.status, last.history_change_reason) == ("blocked", cell.problem[:100])


def seller_in(*markets):
    """Make a merchant with a shop in each of these markets."""
    account = make_seller()
    for market in markets:
        make_shop(account, market)
    return account


def asked(listing) -> int:
    """Return how many queries it takes to ask for a publication."""
    with CaptureQueriesContext(connection) as queries:
        publishing.request_many([listing], requested_by="ann")
    return len(queries)


def test_only_shops_of_the_account_and_only_marketplaces(market):
    listing = make_ready()
    with pytest.raises(Refused, match="does not belong") as refused:
        publishing.request_publication(listing, shops=[make_shop()])
    assert refused.value.field == "shops"
    with pytest.raises(Refused, match="supplier") as refused:
        drafts.prepare(make_sourced(), make_account(), by="ann")
    assert refused.value.field == "account"


def test_history_tells_who_asked_and_why_it_ended(market):
    listing = published(make_ready())

    told = [(row.status, row.history_change_reason) for row in listing.history.order_by("pk")]
    assert told[-2:] == [("publishing", "Asked by ann"), ("live", "Published")]
    cell = listing.listings.first()
    assert [row.status for row in cell.history.order_by("pk")][-2:] == ["publishing", "live"]


def test_a_listing_that_is_published_already_is_not_retried(market):
    listing = make_ready()
    publishing.request_publication(listing)
    cell = listing.listings.first()

    with pytest.raises(Refused, match="being published"):
        publishing.retry(cell)
    assert Listing.objects.get(pk=cell.pk).status == PUBLISHING
