"""Which global edits flow down to a shop: kept here, told to the platform, all five each time."""

import pytest

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import FieldSync
from catalog.services.selling import switches
from integrations import jobs
from integrations.channels import FieldSwitches
from integrations.errors import OutcomeUnknown, Rejected
from integrations.models import Lane, SyncJob
from tests.factories_upkeep import fresh_channel, make_seller

pytestmark = pytest.mark.django_db

OWN_PRICES = FieldSwitches(price=False)


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def shop() -> Shop:
    return make_seller(shops=["MY"]).shops.get()


def test_all_are_on_where_nobody_has_set_them(shop):
    assert switches.of(shop) == FieldSwitches()
    assert FieldSync.objects.count() == 0


def test_they_are_kept_at_once_and_told_by_a_worker(channel, shop):
    row = switches.save(shop, OWN_PRICES, "mia")
    job = SyncJob.objects.get()
    assert (switches.of(shop), row.sent_at, channel.calls) == (OWN_PRICES, None, [])
    assert (job.key, job.lane, job.account, job.requested_by) == (
        f"switches:{shop.pk}",
        Lane.PUBLISH,
        shop.account,
        "mia",
    )
    jobs.work()
    row.refresh_from_db()
    assert channel.calls == [("set_switches", {shop.external_id: OWN_PRICES})]
    assert (row.sent_at is None, row.problem, row.history.first().history_change_reason) == (False, "", "Set by mia")


def test_the_same_twice_is_told_once(channel, shop):
    switches.save(shop, OWN_PRICES, "mia")
    jobs.work()
    switches.save(shop, OWN_PRICES, "mia")
    jobs.work()
    assert len(channel.calls) == 1


def test_what_was_set_first_is_told_too(channel, shop):
    switches.save(shop, FieldSwitches(), "mia")  # the platform tells no state: ours is told even where it is the usual
    jobs.work()
    assert channel.calls == [("set_switches", {shop.external_id: FieldSwitches()})]


def test_a_lost_answer_is_told_again(channel, shop):
    channel.errors["set_switches"] = [OutcomeUnknown("lost")]
    row = switches.save(shop, OWN_PRICES, "mia")
    jobs.work(patience=0)
    row.refresh_from_db()
    assert (SyncJob.objects.get().state, row.sent_at) == ("queued", None)
    SyncJob.objects.update(due_at=SyncJob.objects.get().created_at)
    jobs.work()
    row.refresh_from_db()
    assert (len(channel.calls), row.sent_at is None) == (2, False)


def test_a_refusal_stands_on_the_shops_switches_and_can_be_tried_again(channel, shop):
    channel.errors["set_switches"] = [Rejected("the region does not match")]
    row = switches.save(shop, OWN_PRICES, "mia")
    jobs.work()
    row.refresh_from_db()
    assert (SyncJob.objects.get().state, row.sent_at, row.problem) == ("failed", None, "the region does not match")
    switches.save(shop, OWN_PRICES, "mia")
    jobs.work()
    row.refresh_from_db()
    assert (row.sent_at is None, row.problem) == (False, "")


def test_an_answer_to_older_switches_says_nothing_of_newer_ones(channel, shop, monkeypatch):
    row = switches.save(shop, OWN_PRICES, "mia")
    told = channel.set_switches

    def meanwhile(said):
        told(said)
        FieldSync.objects.update(texts=False)

    monkeypatch.setattr(channel, "set_switches", meanwhile)
    jobs.work()
    row.refresh_from_db()
    assert (row.sent_at, row.texts) == (None, False)


def test_a_shop_without_global_products_has_none(channel):
    alone = make_seller(shops=["MY"], is_shop=True, upgraded=False).shops.get()
    with pytest.raises(Refused, match="nothing to switch") as refusal:
        switches.save(alone, OWN_PRICES, "mia")
    assert refusal.value.field == "shop"
    assert FieldSync.objects.count() == SyncJob.objects.count() == 0
