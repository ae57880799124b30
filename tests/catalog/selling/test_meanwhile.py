"""What happens while a publication or a push is under way: edits, wishes of others, workers that die or give up."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.errors import Refused
from catalog.models import GlobalListing, Listing, ListingVariant
from catalog.services.selling import drafts, editing, publishing, pushing, withdrawing
from integrations import clock, jobs, outcomes
from integrations.channels import Outcome
from integrations.clock import VirtualClock
from integrations.models import SyncJob
from tests import factories_upkeep
from tests.factories_selling import make_ready
from tests.factories_upkeep import make_sold, no_longer_follow

pytestmark = pytest.mark.django_db

PUBLISHING, LIVE, REFUSED = "publishing", "live", "refused"


@pytest.fixture(autouse=True)
def virtual_time():
    """Let all waiting pass in a moment."""
    with clock.use(VirtualClock(start=clock.now())):
        yield


def work(patience: float = 7200) -> None:
    jobs.work(until_quiet=True, patience=patience)


def job_of(listing: GlobalListing) -> SyncJob:
    return SyncJob.objects.filter(key=f"publish:{listing.pk}").latest("pk")


def cells(listing: GlobalListing) -> dict[str, str]:
    return {cell.shop.region: cell.status for cell in listing.listings.select_related("shop")}


def during(monkeypatch: pytest.MonkeyPatch, channel: type, call: str, act: Callable[[], Any]) -> None:
    """Do something while a call of a channel is on its way, once."""
    plain, left = getattr(channel, call), [act]

    def meanwhile(self: Any, *args: Any, **said: Any) -> Any:
        answer = plain(self, *args, **said)
        if left:
            left.pop()()
        return answer

    monkeypatch.setattr(channel, call, meanwhile)


# --- publications that nobody works on any more


def test_a_platform_that_never_ends_is_given_up_and_said_so(market, monkeypatch):
    monkeypatch.setattr(outcomes, "LONGEST_WAIT", timedelta(minutes=2))
    market.slow = 10**9
    listing = make_ready()
    publishing.request_publication(listing)

    work()

    listing.refresh_from_db()
    assert job_of(listing).state == SyncJob.State.FAILED
    assert (listing.status, "more than a day" in listing.problem) == ("attention", True)
    assert cells(listing) == {"MY": REFUSED, "SG": REFUSED}
    market.slow = 0
    publishing.request_publication(listing)
    work()
    listing.refresh_from_db()
    assert (listing.status, cells(listing), len(market.items)) == (LIVE, {"MY": LIVE, "SG": LIVE}, 1)


def test_a_fault_of_ours_is_told_on_the_listing_without_its_inner_words(market):
    listing = make_ready()
    market.fail("publish_to_shop", KeyError("inner words"))
    publishing.request_publication(listing)

    work()

    listing.refresh_from_db()
    job = job_of(listing)
    assert (job.state, "inner words" in job.problem) == (SyncJob.State.FAILED, True)
    assert (listing.status, str(job.pk) in listing.problem) == ("attention", True)
    assert "inner words" not in listing.problem
    assert cells(listing) == {"MY": REFUSED, "SG": REFUSED}


def test_a_publication_that_kills_its_workers_is_put_aside_with_the_next_round_of_pushes(market):
    listing = make_ready()
    publishing.request_publication(listing)
    for _death in range(outcomes.MOST_DEATHS):
        SyncJob.objects.filter(key=f"publish:{listing.pk}").update(state="running", lease_until=None)
        outcomes.after_death(job_of(listing))
    assert job_of(listing).state == SyncJob.State.FAILED

    assert pushing.request_pushes(listing.account) == 0

    listing.refresh_from_db()
    assert (listing.status, "worker died" in listing.problem) == ("attention", True)
    assert cells(listing) == {"MY": REFUSED, "SG": REFUSED}


def test_a_publication_that_waits_for_its_worker_is_left_alone_by_the_round_of_pushes(market):
    listing = make_ready()
    publishing.request_publication(listing)

    pushing.request_pushes(listing.account)

    listing.refresh_from_db()
    assert (listing.status, cells(listing)) == (PUBLISHING, {"MY": PUBLISHING, "SG": PUBLISHING})


# --- wishes that cross


def test_what_was_deleted_since_it_was_asked_for_is_not_made_again(market):
    listing = make_ready()
    publication = publishing.request_publication(listing)
    GlobalListing.objects.filter(pk=listing.pk).update(status="deleted")
    listing.listings.update(status="deleted")

    jobs.run(publication.pk)

    publication.refresh_from_db()
    listing.refresh_from_db()
    assert (publication.state, market.calls.total(), market.items) == (SyncJob.State.DONE, 0, {})
    assert (listing.status, listing.external_id, cells(listing)) == ("deleted", "", {"MY": "deleted", "SG": "deleted"})


def test_a_deletion_waits_for_a_publication_that_began_meanwhile(market):
    market.slow = 1
    listing = make_ready()
    publishing.request_publication(listing)
    work()
    deletion = withdrawing.request_delete(GlobalListing.objects.get(pk=listing.pk))
    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))

    jobs.run(deletion.pk)

    deletion.refresh_from_db()
    assert (deletion.state, len(market.items)) == (SyncJob.State.QUEUED, 1)
    work()
    listing.refresh_from_db()
    assert (market.items, market.listings, listing.status) == ({}, {}, "deleted")


# --- people who edit meanwhile


def test_a_price_set_by_hand_while_prices_are_pushed_is_kept_and_sent_next(monkeypatch):
    channel = factories_upkeep.fresh_channel(monkeypatch)
    seller = factories_upkeep.make_seller()
    row = make_sold(seller, variants=1)
    own = row.listings.get(shop__region="SG")
    no_longer_follow(own.shop)
    own.variants.update(price=Decimal("21.00"))
    sku = row.variants.get().sku

    def set_by_hand() -> None:
        drafts.edit(row, {"shops": {own.shop.external_id: {"prices": {sku: Decimal("33.00")}}}}, by="ann")

    during(monkeypatch, factories_upkeep.FakeChannel, "push_shop_prices", set_by_hand)
    jobs.run(pushing.request_push_prices(row).pk)

    there = own.variants.get()
    assert (there.price, there.is_price_fixed, there.sent_price) == (Decimal("33.00"), True, Decimal("21.00"))
    jobs.run(pushing.request_push_prices(row).pk)
    assert [call[3] for call in channel.calls] == [{"": Decimal("21.00")}, {"": Decimal("33.00")}]
    assert own.variants.get().sent_price == Decimal("33.00")


def test_an_edit_of_a_shop_leaves_what_a_worker_writes_at_the_same_moment(market, monkeypatch):
    listing = make_ready()
    cell = listing.listings.get(shop__region="MY")
    plain = editing._texts

    def published_just_now(path: str, said: Any) -> list[str]:
        Listing.objects.filter(pk=cell.pk).update(status=LIVE, external_id="L-1")
        return plain(path, said)

    monkeypatch.setattr(editing, "_texts", published_just_now)

    drafts.edit(listing, {"shops": {cell.shop.external_id: {"name": "Treler", "carriers": ["1"]}}}, by="ann")

    cell.refresh_from_db()
    assert (cell.status, cell.external_id, cell.name, cell.carriers) == (LIVE, "L-1", "Treler", ["1"])


def test_an_edit_while_it_is_published_stays_and_goes_out_with_the_next_wish(market, monkeypatch):
    listing = make_ready()
    cell = listing.listings.get(shop__region="MY")

    def edit() -> None:
        said = {"name": "A better trailer", "shops": {cell.shop.external_id: {"name": "Treler"}}}
        drafts.edit(listing, said, by="ann")
        publishing.request_publication(GlobalListing.objects.get(pk=listing.pk), requested_by="ann")

    during(monkeypatch, type(publishing.channel_for(listing.account)), "publish", edit)
    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    cell.refresh_from_db()
    assert (listing.status, listing.name, cells(listing)) == (LIVE, "A better trailer", {"MY": LIVE, "SG": LIVE})
    assert (cell.name, market.items[listing.external_id].name) == ("Treler", "A better trailer")
    assert len(market.items) == 1
    assert len(market.listings) == 2


def test_hiding_a_listing_while_others_are_published_stays_hidden(market, monkeypatch):
    listing = make_ready()
    publishing.request_publication(listing, shops=[listing.listings.get(shop__region="MY").shop])
    work()
    shown = listing.listings.get(shop__region="MY")

    def hide() -> None:
        jobs.run(withdrawing.request_unlist(Listing.objects.get(pk=shown.pk)).pk)

    during(monkeypatch, type(publishing.channel_for(listing.account)), "publish", hide)
    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    work()

    assert cells(listing) == {"MY": "unlisted", "SG": LIVE}
    assert market.listings[shown.shop.external_id, shown.external_id].status == "unlisted"


def test_two_workers_take_one_publication_only_once(market, monkeypatch):
    listing = make_ready()
    job = publishing.request_publication(listing)
    taken = []

    during(
        monkeypatch,
        type(publishing.channel_for(listing.account)),
        "publish",
        lambda: taken.append(jobs.run(job.pk)),
    )
    again = publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    assert again.pk == job.pk
    work()

    assert taken == [None]
    assert (len(market.items), len(market.listings), market.calls["add_item"]) == (1, 2, 1)


def test_only_a_shop_with_a_listing_is_deleted_there(market):
    listing = make_ready()
    with pytest.raises(Refused, match="nothing to delete"):
        withdrawing.request_delete_listing(listing.listings.first())
    assert not ListingVariant.objects.filter(listing__global_listing=listing).exclude(external_id="").exists()


# --- one trouble does not hide another


@pytest.mark.parametrize(
    ("problem", "step", "cell"),
    [("The name is banned.", "product", "live"), ("", "", "refused")],
    ids=["of the product", "of one shop"],
)
def test_a_push_that_works_again_does_not_hide_why_a_publication_was_refused(monkeypatch, problem, step, cell):
    channel = factories_upkeep.fresh_channel(monkeypatch)
    row = make_sold(factories_upkeep.make_seller(), variants=1)
    GlobalListing.objects.filter(pk=row.pk).update(status="attention", problem=problem, step=step)
    Listing.objects.filter(global_listing=row, shop__region="SG").update(status=cell)
    row.variants.update(price=Decimal("12.00"))
    channel.refused[""] = Outcome(key="", done=False, reason="Too dear.", code="error_price_limit_no_pass")
    row.refresh_from_db()
    jobs.run(pushing.request_push_prices(row).pk)
    row.refresh_from_db()
    assert (row.status, row.problem) == ("attention", problem or row.problem)
    channel.refused.clear()

    jobs.run(pushing.request_push_prices(row).pk)

    row.refresh_from_db()
    assert (row.status, row.problem) == ("attention", problem)
    assert pushing.differences(row.account) == []
