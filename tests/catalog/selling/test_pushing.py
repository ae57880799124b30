"""Prices and stock: only what differs, once for all shops that share it, and again where it may not have arrived."""

from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import (
    CategorySpec,
    Drift,
    GlobalListing,
    GlobalVariant,
    Listing,
    ListingVariant,
    Product,
    StockEntry,
    Variant,
)
from catalog.services.selling import pushing
from integrations import jobs
from integrations.channels import Outcome
from integrations.errors import AuthRequired, OutcomeUnknown, Rejected
from integrations.models import Lane, SyncJob
from tests.factories import make_account, make_category, make_offer
from tests.factories_upkeep import fresh_channel, make_seller, make_sold, no_longer_follow

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def seller():
    return make_seller()


def told(account, what=""):
    return [
        (one.what, one.variant.sku, one.listing and one.listing.shop.region, one.ours)
        for one in pushing.differences(account, what)
    ]


def run(job):
    jobs.run(job.pk)
    job.refresh_from_db()
    return job


# --- what differs


def test_what_is_there_as_it_should_be_is_not_sent(channel, seller):
    row = make_sold(seller)
    assert told(seller) == []
    assert pushing.request_push(seller, "prices") == pushing.request_push(seller, "stock") == []
    assert run(pushing.request_push_prices(row)).state == "done"
    assert channel.calls == []


def test_a_price_that_shops_follow_is_sent_once_and_only_the_variant_that_differs(channel, seller):
    row = make_sold(seller)
    first = row.variants.first()
    GlobalVariant.objects.filter(pk=first.pk).update(price=Decimal("11.50"))
    (job,) = pushing.request_push(seller, "prices", requested_by="mia")
    assert (job.lane, job.requested_by, job.kwargs) == (
        Lane.STOCK,
        "mia",
        {"global_listing_id": row.pk, "what": "prices"},
    )
    assert run(job).state == "done"
    assert channel.calls == [("push_prices", row.external_id, {first.external_id: Decimal("11.50")})]
    assert list(row.variants.values_list("sent_price", flat=True)) == [Decimal("11.50"), Decimal("10.00")]
    assert told(seller) == []


def test_a_price_follows_the_rules_unless_a_person_has_set_it(channel, seller):
    row = make_sold(seller)
    free, fixed = row.variants.all()
    GlobalVariant.objects.filter(pk=free.pk).update(is_price_fixed=False)
    for variant in (free, fixed):
        make_offer(variant.variant, price=Decimal("14.00"))
    assert told(seller) == [("prices", free.sku, None, Decimal("20.00"))]
    assert GlobalVariant.objects.get(pk=free.pk).price == Decimal("10.00")
    run(pushing.request_push_prices(row))
    assert channel.calls == [("push_prices", row.external_id, {free.external_id: Decimal("20.00")})]
    assert GlobalVariant.objects.get(pk=free.pk).price == Decimal("20.00")


def test_a_shop_with_its_own_prices_gets_its_own_and_those_that_follow_get_none(channel, seller):
    row = make_sold(seller, variants=1)
    own = row.listings.get(shop__region="SG")
    no_longer_follow(own.shop)
    ListingVariant.objects.filter(global_variant__global_listing=row).update(price=Decimal("21.999"))
    run(pushing.request_push_prices(row))
    assert channel.calls == [("push_shop_prices", own.shop.external_id, own.external_id, {"": Decimal("22.00")})]
    assert dict(ListingVariant.objects.values_list("listing__shop__region", "sent_price")) == {
        "MY": None,
        "SG": Decimal("22.00"),
    }


def test_a_price_set_by_hand_in_a_shop_that_follows_is_sent_again_after_the_global_one(channel, seller):
    row = make_sold(seller, variants=1)
    listing = row.listings.get(shop__region="MY")
    listing.variants.update(price=Decimal("45"), is_price_fixed=True, sent_price=Decimal("45"))
    row.variants.update(price=Decimal("12"))
    run(pushing.request_push_prices(row))
    assert channel.calls == [
        ("push_prices", row.external_id, {"": Decimal("12.00")}),
        ("push_shop_prices", listing.shop.external_id, listing.external_id, {"": Decimal("45.00")}),
    ]
    assert told(seller) == []


def test_prices_are_whole_where_the_currency_has_no_cents(channel, seller):
    seller.currency = "KRW"
    seller.save()
    row = make_sold(seller, variants=1)
    row.variants.update(price=Decimal("12000.20"), sent_price=Decimal("12001"))
    assert told(seller, "prices") == []


def test_shared_stock_is_sent_once_and_never_to_a_shop(channel, seller):
    row = make_sold(seller)
    Variant.objects.filter(product=row.product).update(stock_total=41)
    run(pushing.request_push_stock(row))
    ids = list(row.variants.values_list("external_id", flat=True))
    assert channel.calls == [("push_stock", row.external_id, {each: {"": 41} for each in ids})]
    assert set(StockEntry.objects.values_list("sent", flat=True)) == {41}


def test_a_shop_alone_gets_its_own_stock_and_prices(channel):
    account = make_seller(shops=["MY"], is_shop=True, upgraded=False, currency="MYR")
    row = make_sold(account)
    listing = row.listings.get()
    Variant.objects.filter(product=row.product).update(stock_total=7)
    listing.variants.update(price=Decimal("33"), is_price_fixed=True)
    assert [run(pushing.request_push(account, what)[0]).state for what in ("stock", "prices")] == ["done", "done"]
    ids = list(listing.variants.values_list("external_id", flat=True))
    assert channel.calls == [
        ("push_shop_stock", listing.shop.external_id, listing.external_id, {each: {"": 7} for each in ids}),
        ("push_shop_prices", listing.shop.external_id, listing.external_id, dict.fromkeys(ids, Decimal("33.00"))),
    ]
    assert told(account) == []


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({"stock_total": None}, []),
        ({"stock_total": 60}, []),
        ({"stock_total": -3}, [0]),
        ({"is_gone": True}, [0]),
        ({"stock_total": 1_000_000}, [999]),
    ],
)
def test_stock_that_is_not_known_is_not_sent_as_none_left(channel, seller, said, wanted):
    row = make_sold(seller, variants=1)
    row.category = make_category(platform=seller.platform)
    row.save()
    rules = {"category_id": row.category.external_id, "stock": {"high": "999"}}
    CategorySpec.objects.create(account=seller, category=row.category, rules=rules)
    Variant.objects.filter(product=row.product).update(**said)
    assert [one.ours for one in pushing.differences(seller, "stock")] == wanted


@pytest.mark.parametrize("status", [Product.Status.OFF_SALE, Product.Status.GONE])
def test_what_the_supplier_sells_no_more_has_no_stock(channel, seller, status):
    row = make_sold(seller, variants=1)
    Product.objects.filter(pk=row.product_id).update(status=status)
    assert [one.ours for one in pushing.differences(seller, "stock")] == [0]


def test_stock_goes_to_the_place_where_it_stood_else_to_the_accounts_first(channel):
    seller = make_seller(facts={"places": [{"id": "CNZ", "name": "Shenzhen"}, {"id": "CNY", "name": "Yiwu"}]})
    known, new = make_sold(seller, variants=1), make_sold(seller, variants=1)
    StockEntry.objects.filter(global_variant__global_listing=known).update(place="CNY", sent=1)
    StockEntry.objects.filter(global_variant__global_listing=new).delete()
    assert [(one.global_listing, one.place, one.theirs) for one in pushing.differences(seller, "stock")] == [
        (known, "CNY", 1),
        (new, "CNZ", None),
    ]


def test_sold_stock_is_filled_up_after_it_was_seen(channel, seller):
    row = make_sold(seller, variants=1)
    entry = StockEntry.objects.get()
    entry.seen, entry.seen_at = 12, timezone.now()
    entry.save()
    assert [(one.ours, one.theirs) for one in pushing.differences(seller, "stock")] == [(60, 12)]
    run(pushing.request_push_stock(row))
    assert told(seller) == []


# --- what may go wrong


@pytest.mark.parametrize("what", ["prices", "stock"])
def test_a_lost_answer_is_sent_again_even_where_the_wish_went_back(channel, seller, what):
    row = make_sold(seller, variants=1)
    row.variants.update(price=Decimal("12"))
    Variant.objects.update(stock_total=9)
    channel.errors[f"push_{what}"] = [OutcomeUnknown("lost")]
    (job,) = pushing.request_push(seller, what)
    assert (run(job).state, job.error_kind) == ("queued", "Unavailable")
    row.variants.update(price=Decimal("10"))
    Variant.objects.update(stock_total=60)
    assert len(told(seller, what)) == 1
    SyncJob.objects.update(due_at=timezone.now())
    assert run(job).state == "done"
    assert [call[2] for call in channel.calls][-1] == {"": Decimal("10.00") if what == "prices" else {"": 60}}


def test_what_a_gateway_found_not_done_is_sent_once_more_in_the_same_job(channel, seller):
    row = make_sold(seller)
    first, second = row.variants.all()
    row.variants.update(price=Decimal("12"))
    channel.refused[first.external_id] = Outcome(key=first.external_id, done=False, reason="lost", code="not_done")
    job = run(pushing.request_push_prices(row))
    assert [list(call[2]) for call in channel.calls] == [[first.external_id, second.external_id], [first.external_id]]
    assert job.state == "failed"
    assert list(row.variants.values_list("sent_price", flat=True)) == [None, Decimal("12")]


def test_a_promotion_that_locks_a_price_is_told_in_words_and_the_others_are_sent(channel, seller):
    row = make_sold(seller)
    listing = row.listings.get(shop__region="MY")
    no_longer_follow(listing.shop)
    first, _second = listing.variants.all()
    listing.variants.update(price=Decimal("20"), is_price_fixed=True)
    reason = "price is locked by promotion"
    channel.refused[first.external_id] = Outcome(key=first.external_id, done=False, reason=reason, code="x")
    job = run(pushing.request_push_prices(row))
    row.refresh_from_db()
    words = (
        "A promotion locks it: end the promotion at the platform, or wait until it ends. (price is locked by promotion)"
    )
    assert (job.state, job.error_kind, job.problem) == (
        "failed",
        "Rejected",
        f"Shop MY, {first.global_variant.sku}: {words}",
    )
    assert (row.status, row.problem, row.step) == ("attention", job.problem, "prices")
    assert list(listing.variants.values_list("sent_price", "problem")) == [(None, words), (Decimal("20"), "")]
    channel.refused.clear()
    assert run(pushing.request_push_prices(row)).state == "done"
    row.refresh_from_db()
    assert (row.status, row.problem) == ("live", "")
    assert list(channel.calls[-1][3]) == [first.external_id]
    assert set(listing.variants.values_list("problem", flat=True)) == {""}


def test_a_shop_that_refuses_or_is_cut_off_holds_up_no_other(channel):
    seller = make_seller(shops=["MY", "SG", "TH"])
    row = make_sold(seller, variants=1)
    for shop in seller.shops.all():
        no_longer_follow(shop)
    ListingVariant.objects.update(price=Decimal("20"), is_price_fixed=True)
    cut_off = AuthRequired("connect it again")
    cut_off.shop_id = seller.shops.get(region="SG").external_id
    channel.errors["push_shop_prices"] = [Rejected("no", code="error_busi"), cut_off]
    job = run(pushing.request_push_prices(row))
    assert job.state == "failed"
    assert dict(ListingVariant.objects.values_list("listing__shop__region", "sent_price")) == {
        "MY": None,
        "SG": None,
        "TH": Decimal("20"),
    }
    assert dict(Shop.objects.values_list("region", "status")) == {
        "MY": "connected",
        "SG": "reconnect",
        "TH": "connected",
    }
    assert told(seller) == [("prices", row.variants.get().sku, "MY", Decimal("20"))]


def test_a_push_waits_until_a_publication_has_ended(channel, seller):
    row = make_sold(seller)
    job = pushing.request_push_prices(row)
    GlobalListing.objects.update(status="publishing")
    GlobalVariant.objects.update(price=Decimal("12"))
    assert (run(job).state, channel.calls) == ("queued", [])


def test_success_takes_the_difference_off_the_list(channel, seller):
    row = make_sold(seller, variants=1)
    row.variants.update(price=Decimal("12"))
    Drift.objects.create(global_listing=row, field=f"price:{row.variants.get().sku}", ours="10", theirs="9")
    Drift.objects.create(global_listing=row, field="name", ours="a", theirs="b")
    run(pushing.request_push_prices(row))
    assert list(Drift.objects.values_list("field", flat=True)) == ["name"]


# --- who may ask


def test_nothing_is_pushed_of_what_is_not_published_or_not_sold(channel, seller):
    row = make_sold(seller)
    GlobalListing.objects.update(status="draft")
    row.refresh_from_db()
    with pytest.raises(Refused, match="not published") as refusal:
        pushing.request_push_stock(row)
    assert refusal.value.field == "status"
    with pytest.raises(Refused, match="supplier's account"):
        pushing.request_push(make_account(), "prices")
    with pytest.raises(Refused, match="prices, stock"):
        pushing.request_push(seller, "everything")
    assert SyncJob.objects.count() == 0


def test_listings_that_are_gone_and_shops_that_are_paused_are_left_out(channel, seller):
    row = make_sold(seller, variants=1)
    for shop in seller.shops.all():
        no_longer_follow(shop)
    ListingVariant.objects.update(price=Decimal("20"), is_price_fixed=True)
    Listing.objects.filter(shop__region="MY").update(status="banned")
    Shop.objects.filter(region="SG").update(status="reconnect")
    assert told(seller) == []
    assert row.listings.count() == 2


def test_the_schedule_asks_for_what_differs_but_not_at_once_for_what_was_refused(channel, seller):
    prices, stock = make_sold(seller, variants=1), make_sold(seller, variants=1)
    prices.variants.update(price=Decimal("12"))
    Variant.objects.filter(product=stock.product).update(stock_total=5)
    make_sold(seller)
    assert pushing.request_pushes(seller) == pushing.request_pushes(seller) == 2
    assert SyncJob.objects.count() == 2
    channel.errors["push_prices"] = [Rejected("too dear")]
    jobs.work()
    assert sorted(SyncJob.objects.values_list("key", "state")) == [
        (f"push:prices:{prices.pk}", "failed"),
        (f"push:stock:{stock.pk}", "done"),
    ]
    assert pushing.request_pushes(seller) == 0
    SyncJob.objects.filter(state="failed").update(finished_at=timezone.now() - pushing.REFUSED_AGAIN)
    assert pushing.request_pushes(seller) == 1


def test_many_listings_are_held_to_theirs_in_few_queries(channel, seller, django_assert_max_num_queries):
    for _number in range(8):
        make_sold(seller)
    with django_assert_max_num_queries(14):
        assert pushing.differences(seller, "stock") == []
