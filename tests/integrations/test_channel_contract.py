"""What every marketplace's gateway keeps, whichever it is: one suite, run against each on the simulator."""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal

import pytest

from accounts.models import Platform, PlatformAccount
from integrations import clock, gateways
from integrations.channels import (
    Cell,
    FieldSwitches,
    ListingDraft,
    PublishProgress,
    SalesChannel,
)
from integrations.clock import VirtualClock
from integrations.contracts import CategoryData
from integrations.errors import NotFound
from tests import factories_shopee
from tests.support import Simulator

MOST_STEPS = 100


@dataclass(frozen=True)
class Seller:
    """A connected account, and a product that all its shops take."""

    account: PlatformAccount
    draft: ListingDraft


def shopee_merchant(simulator: Simulator) -> Seller:
    account = factories_shopee.connect_merchant(simulator)
    draft = factories_shopee.make_draft(account)
    return Seller(account, replace(draft, shops=draft.shops[:2]))


def shopee_shop(simulator: Simulator) -> Seller:
    account = factories_shopee.connect_shop(simulator)
    return Seller(account, factories_shopee.make_draft(account))


SELLERS: dict[str, Callable[[Simulator], Seller]] = {"shopee merchant": shopee_merchant, "shopee shop": shopee_shop}


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture(params=SELLERS)
def seller(request, simulator, virtual_time, db) -> Seller:
    return SELLERS[request.param](simulator)


@pytest.fixture
def channel(seller: Seller) -> SalesChannel:
    return gateways.channel_for(seller.account)


def published(seller: Seller, progress: PublishProgress | None = None, draft: ListingDraft | None = None):
    """Publish as the catalogue's worker does: save each progress as JSON, go on elsewhere after a pause."""
    progress, channel = progress or PublishProgress(), gateways.channel_for(seller.account)
    for _step in range(MOST_STEPS):
        data = json.loads(json.dumps(asdict(channel.publish(draft or seller.draft, progress))))
        cells = {shop: Cell(**cell) for shop, cell in data.pop("cells").items()}
        progress = PublishProgress(**data, cells=cells)
        if progress.done:
            return progress
        if progress.wait:
            clock.sleep(progress.wait)
            channel = gateways.channel_for(seller.account)
    raise AssertionError("not done")


def test_every_method_of_the_protocol_is_there_with_the_same_parameters(channel):
    for name, wanted in inspect.getmembers(SalesChannel, inspect.isfunction):
        if name.startswith("_"):
            continue
        found = inspect.signature(getattr(channel, name)).parameters
        asked = [parameter for parameter in inspect.signature(wanted).parameters if parameter != "self"]
        assert list(found)[: len(asked)] == asked, name


def test_every_platform_that_sells_is_in_this_suite():
    assert {name.split()[0] for name in SELLERS} == set(gateways.sells_on())
    assert set(gateways.sells_on()) <= set(Platform.values)


def test_products_stand_in_leaves_of_the_tree(channel, seller):
    tree = {category.external_id: category for category in channel.categories()}
    assert all(isinstance(category, CategoryData) for category in tree.values())
    parents = {category.parent_id for category in tree.values()}
    assert all(category.is_leaf == (category.external_id not in parents) for category in tree.values())
    assert tree[seller.draft.category_id].is_leaf


def test_rules_are_those_of_the_category(channel, seller):
    rules = channel.rules(seller.draft.category_id)
    assert rules.category_id == seller.draft.category_id
    assert rules.currency
    assert rules.name_length.high
    assert all(field.external_id and field.label for field in rules.fields)


def test_brands_end(channel, seller):
    page, pages = channel.brands(seller.draft.category_id), 1
    while page.cursor:
        page, pages = channel.brands(seller.draft.category_id, cursor=page.cursor), pages + 1
        assert pages < 50


def test_a_product_goes_live_in_every_shop_of_the_draft_and_is_found_there(channel, seller):
    done = published(seller)
    assert set(done.cells) == {shop.shop_id for shop in seller.draft.shops}
    for shop_id, cell in done.cells.items():
        assert cell.status == "live"
        assert set(cell.variant_ids) == {variant.sku for variant in seller.draft.variants}
        there = channel.shop_listing(shop_id, cell.listing_id)
        assert {variant.sku: variant.external_id for variant in there.variants} == cell.variant_ids
        assert there.sku == seller.draft.reference
    assert bool(done.global_id) is seller.draft.is_global


def test_to_publish_twice_makes_nothing_twice(channel, seller):
    first = published(seller)
    again = published(seller, first)
    assert again.cells == first.cells
    for shop in seller.draft.shops:
        found = channel.shop_listings(shop.shop_id, cursor=None)
        assert [item.sku for item in found.items].count(seller.draft.reference) == 1


def test_a_forecast_calls_nothing_and_shrinks(channel, seller, simulator):
    before = len(simulator.look("calls", limit=5000)["calls"])
    needed = channel.calls_needed(seller.draft, PublishProgress())
    assert len(simulator.look("calls", limit=5000)["calls"]) == before
    done = published(seller)
    assert 0 <= channel.calls_needed(seller.draft, done).total < needed.total
    assert all(key.startswith(seller.account.platform) for key in needed.by_limit)


def test_listings_leave_the_shelves_come_back_and_go(channel, seller):
    done = published(seller)
    shop_id, cell = next(iter(done.cells.items()))
    (away,) = channel.unlist(shop_id, [cell.listing_id], listed=False)
    assert (away.key, away.done) == (cell.listing_id, True)
    assert channel.shop_listing(shop_id, cell.listing_id).status == "unlisted"
    assert channel.unlist(shop_id, [cell.listing_id], listed=True)[0].done
    channel.delete(shop_id, cell.listing_id)
    with pytest.raises(NotFound):
        channel.shop_listing(shop_id, cell.listing_id)


def test_prices_and_stock_are_told_one_by_one(channel, seller):
    done = published(seller)
    shop_id, cell = next(iter(done.cells.items()))
    sku, variant = next(iter(cell.variant_ids.items()))
    (price,) = channel.push_shop_prices(shop_id, cell.listing_id, {variant: Decimal(45)})
    assert (price.key, price.done) == (variant, True)
    if seller.draft.is_global:
        (stock,) = channel.push_stock(done.global_id, {done.variant_ids[sku]: {"": 3}})
        channel.set_switches({shop_id: FieldSwitches()})
    else:
        (stock,) = channel.push_shop_stock(shop_id, cell.listing_id, {variant: {"": 3}})
    assert stock.done
    there = {each.sku: each for each in channel.shop_listing(shop_id, cell.listing_id).variants}
    assert there[sku].price == Decimal(45)
    assert sum(there[sku].stock.values()) == 3


def test_what_is_not_there_is_not_found(channel, seller):
    with pytest.raises(NotFound):
        channel.shop_listing(seller.draft.shops[0].shop_id, "1")
