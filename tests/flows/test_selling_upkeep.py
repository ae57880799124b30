"""What was published stays in line, against the simulator: adopted, pushed, compared, hidden, deleted."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from accounts.models import PlatformAccount
from catalog.models import Adoption, Drift, GlobalListing, GlobalVariant, Listing, ListingVariant, Variant
from catalog.services.selling import adopting, comparing, pushing, switches, withdrawing
from integrations import clock, jobs
from integrations.channels import FieldSwitches, FoundListing
from integrations.clock import VirtualClock
from integrations.errors import NotFound
from integrations.gateways import channel_for
from integrations.models import SyncJob
from tests.factories import make_product, make_variant
from tests.factories_shopee import connect_merchant, connect_shop, make_draft
from tests.integrations.shopee import selling
from tests.support import Simulator

PATIENCE_S = 7200.0  # of virtual time
SHOPS = 2


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    with clock.use(VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")) as virtual:
        assert isinstance(virtual, VirtualClock)
        yield virtual


@pytest.fixture
def merchant(simulator, virtual_time, db) -> PlatformAccount:
    return connect_merchant(simulator)


def published(account: PlatformAccount) -> GlobalListing:
    """Publish four variants to two shops (or the one there is) as somebody else did, and adopt them by their SKU."""
    draft = make_draft(account)
    draft = replace(draft, shops=draft.shops[:SHOPS])
    product = make_product(sku=draft.reference, name=draft.name)
    for variant in draft.variants:
        make_variant(product, sku=variant.sku, options=list(variant.options), stock_total=20)
    assert selling.publish(account, draft).done
    run = adopting.request_adoption(account)
    work()
    run.refresh_from_db()
    assert (run.state, run.created, run.failed, run.oddities) == ("done", len(draft.shops) + account.upgraded, 0, {})
    return GlobalListing.objects.get(account=account)


def work() -> None:
    jobs.work(patience=PATIENCE_S)


def there(row: GlobalListing) -> FoundListing:
    return channel_for(row.account).global_listing(row.external_id)


def in_shop(listing: Listing) -> FoundListing:
    return channel_for(listing.shop.account).shop_listing(listing.shop.external_id, listing.external_id)


def calls_since(simulator: Simulator, before: Counter[str]) -> dict[str, int]:
    writes = ("update_price", "update_stock", "unlist_item", "delete_item", "delete_global_item", "set_sync_field")
    return {name: n for name, n in (selling.calls(simulator) - before).items() if name.split(".")[1] in writes}


def test_what_stands_there_is_adopted_and_other_peoples_products_are_kept_apart(simulator, merchant):
    row = published(merchant)
    assert (row.sku, row.is_adopted, row.listings.count(), row.variants.count()) == ("CJTOTE", True, SHOPS, 4)
    assert {variant.external_id for variant in there(row).variants} == set(
        row.variants.values_list("external_id", flat=True)
    )
    for listing in row.listings.all():
        ids = set(listing.variants.values_list("external_id", flat=True))
        assert {variant.external_id for variant in in_shop(listing).variants} == ids
    kept = Adoption.objects.all()
    assert {each.status for each in kept} <= {"unknown", "conflict"}
    assert kept.count() >= 5
    assert all(each.reason for each in kept)
    assert pushing.differences(merchant) == []


def test_prices_and_stock_that_differ_are_sent_once_and_reach_the_shops(simulator, merchant):
    row = published(merchant)
    first = row.variants.first()
    GlobalVariant.objects.filter(pk=first.pk).update(price=Decimal("66.60"))
    Variant.objects.filter(pk=first.variant_id).update(stock_total=3)
    before = selling.calls(simulator)
    assert pushing.request_pushes(merchant) == 2
    work()
    assert calls_since(simulator, before) == {"global_product.update_price": 1, "global_product.update_stock": 1}
    told = {variant.sku: variant for variant in there(row).variants}
    assert (told[first.sku].price, sum(told[first.sku].stock.values())) == (Decimal("66.60"), 3)
    assert {sum(each.stock.values()) for each in told.values()} == {3, 20}
    for listing in row.listings.all():
        shown = {variant.sku: variant for variant in in_shop(listing).variants}
        assert sum(shown[first.sku].stock.values()) == 3
    assert pushing.request_pushes(merchant) == 0
    assert not SyncJob.objects.filter(state="failed").exists()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("what", ["price", "stock"])
def test_a_lost_answer_ends_with_what_was_wanted(simulator, merchant, what, when):
    row = published(merchant)
    GlobalVariant.objects.update(price=Decimal("66.60"))
    Variant.objects.update(stock_total=3)
    path = f"/api/v2/global_product/update_{what}"
    simulator.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)
    pushing.request_push(merchant, "prices" if what == "price" else "stock")
    work()
    variants = there(row).variants
    if what == "price":
        assert {variant.price for variant in variants} == {Decimal("66.60")}
    else:
        assert {sum(variant.stock.values()) for variant in variants} == {3}
    assert pushing.differences(merchant, "prices" if what == "price" else "stock") == []
    assert not SyncJob.objects.filter(state="failed").exists()


def test_a_shop_that_does_not_follow_gets_its_own_price(simulator, merchant):
    row = published(merchant)
    own, other = row.listings.order_by("pk")
    switches.save(own.shop, FieldSwitches(price=False), "mia")
    work()
    own.shop.field_sync.refresh_from_db()
    assert own.shop.field_sync.sent_at is not None
    ListingVariant.objects.filter(listing=own).update(price=Decimal("77"), is_price_fixed=True)
    before, untouched = selling.calls(simulator), in_shop(other)
    pushing.request_push(merchant, "prices")
    work()
    assert calls_since(simulator, before) == {"product.update_price": 1}
    assert {variant.price for variant in in_shop(own).variants} == {Decimal("77")}
    assert [each.price for each in in_shop(other).variants] == [each.price for each in untouched.variants]


def test_what_somebody_changed_there_is_found_and_put_right(simulator, merchant):
    row = published(merchant)
    GlobalVariant.objects.update(price=Decimal("60"), sent_price=Decimal("60"))
    first = row.variants.first()
    channel_for(merchant).push_prices(row.external_id, {first.external_id: Decimal("61")})
    hidden = row.listings.first()
    channel_for(merchant).unlist(hidden.shop.external_id, [hidden.external_id], listed=False)
    comparing.request_comparison(merchant)
    work()
    assert sorted(Drift.objects.values_list("field", "ours", "theirs")) == [
        (f"price:{first.sku}", "60", "61"),
        ("status", "live", "unlisted"),
    ]
    for drift in Drift.objects.all():
        comparing.repair(drift, "mia")
    work()
    assert {variant.price for variant in there(row).variants} == {Decimal("60")}
    assert in_shop(hidden).status == "live"
    comparing.request_comparison(merchant)
    work()
    assert Drift.objects.count() == 0


@pytest.mark.parametrize("when", [None, "before", "after"])
def test_a_listing_is_hidden_and_shown_and_deleted_and_the_others_stay(simulator, merchant, when):
    row = published(merchant)
    one, other = row.listings.order_by("pk")

    def fault(name: str) -> None:
        if when:
            path = f"/api/v2/product/{name}"
            simulator.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)

    fault("unlist_item")
    withdrawing.request_unlist(one)
    work()
    assert (in_shop(one).status, in_shop(other).status) == ("unlisted", "live")
    one.refresh_from_db()
    withdrawing.request_unlist(one, listed=True)
    work()
    one.refresh_from_db()
    assert (in_shop(one).status, one.status) == ("live", "live")
    fault("delete_item")
    withdrawing.request_delete_listing(one)
    work()
    with pytest.raises(NotFound):
        in_shop(one)
    one.refresh_from_db()
    assert (one.status, in_shop(other).status, there(row).status) == ("deleted", "live", "live")


@pytest.mark.parametrize("when", [None, "before", "after"])
def test_a_global_product_is_deleted_with_all_its_listings(simulator, merchant, when):
    row = published(merchant)
    listings = list(row.listings.all())
    if when:
        path = "/api/v2/global_product/delete_global_item"
        simulator.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)
    withdrawing.request_delete(row)
    work()
    with pytest.raises(NotFound):
        there(row)
    for listing in listings:
        with pytest.raises(NotFound):
            in_shop(listing)
    row.refresh_from_db()
    assert (row.status, set(row.listings.values_list("status", flat=True))) == ("deleted", {"deleted"})


def test_a_shop_alone_is_adopted_pushed_and_compared(simulator, virtual_time, db):
    account = connect_shop(simulator)
    row = published(account)
    listing = row.listings.get()
    assert (row.external_id, pushing.differences(account)) == ("", [])
    GlobalVariant.objects.update(price=None)
    ListingVariant.objects.update(price=Decimal("33"), is_price_fixed=True)
    Variant.objects.update(stock_total=4)
    before = selling.calls(simulator)
    assert pushing.request_pushes(account) == 2
    work()
    assert calls_since(simulator, before) == {"product.update_price": 1, "product.update_stock": 1}
    shown = in_shop(listing).variants
    assert {(each.price, sum(each.stock.values())) for each in shown} == {(Decimal("33"), 4)}
    run = comparing.request_comparison(account)
    work()
    run.refresh_from_db()
    assert (run.state, run.unchanged, Drift.objects.count()) == ("done", 1, 0)
    assert pushing.differences(account) == []
