"""Prices, stock, shelves, deletions and switches, against the simulator."""

from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.channels import FieldSwitches, Outcome, PublishProgress
from integrations.errors import NotFound, Rejected
from integrations.shopee.calls_product import Products
from integrations.shopee.gateway import ShopeeChannel, gateway_for
from tests.factories_shopee import connect_merchant, make_draft

from .selling import books, calls, publish


@pytest.fixture
def published(simulator, merchant) -> PublishProgress:
    draft = make_draft(merchant)
    return publish(merchant, replace(draft, shops=draft.shops[:2]))


@pytest.fixture
def channel(merchant) -> ShopeeChannel:
    return gateway_for(merchant)


def change(simulator, **what):
    return simulator.control("change", platform="shopee", **what)


def prices_of(channel, progress, shop_id=""):
    if shop_id:
        there = channel.shop_listing(shop_id, progress.cells[shop_id].listing_id)
    else:
        there = channel.global_listing(progress.global_id)
    return {variant.sku: variant.price for variant in there.variants}


def test_global_prices_are_set_and_told_one_by_one(channel, published):
    ids = published.variant_ids
    done = channel.push_prices(published.global_id, {ids["CJTOTE-RS"]: Decimal("61.50"), ids["CJTOTE-BS"]: Decimal(62)})
    assert done == [Outcome(key=ids["CJTOTE-RS"], done=True), Outcome(key=ids["CJTOTE-BS"], done=True)]
    there = prices_of(channel, published)
    assert (there["CJTOTE-RS"], there["CJTOTE-BS"], there["CJTOTE-RM"]) == (Decimal("61.50"), Decimal(62), Decimal(60))


def test_global_prices_are_taken_all_or_none(channel, published):
    ids = published.variant_ids
    wanted = {ids["CJTOTE-RS"]: Decimal(10), ids["CJTOTE-BS"]: Decimal(500)}
    done = channel.push_prices(published.global_id, wanted)
    assert [(outcome.done, outcome.code) for outcome in done] == [(False, "error_price_agp_too_large")] * 2
    assert set(prices_of(channel, published).values()) == {Decimal(60)}


def test_stock_flows_to_all_shops(channel, published):
    ids = published.variant_ids
    (done,) = channel.push_stock(published.global_id, {ids["CJTOTE-RS"]: {"": 7}})
    assert done.done
    for shop_id, cell in published.cells.items():
        there = {one.sku: one.stock for one in channel.shop_listing(shop_id, cell.listing_id).variants}
        assert sum(there["CJTOTE-RS"].values()) == 7
        assert sum(there["CJTOTE-BS"].values()) == 20


def test_stock_names_its_place_where_the_merchant_has_several(simulator, virtual_time, db):
    merchant = connect_merchant(simulator, which=1)
    draft = make_draft(merchant)
    variants = tuple(replace(variant, stock={"HKZ": 5}) for variant in draft.variants)
    progress = publish(merchant, replace(draft, variants=variants, shops=draft.shops[:1]))
    channel, red = gateway_for(merchant), progress.variant_ids["CJTOTE-RS"]
    (refused,) = channel.push_stock(progress.global_id, {red: {"": 7}})
    assert not refused.done
    (done,) = channel.push_stock(progress.global_id, {red: {"HKZ": 7}})
    assert done.done
    there = next(one for one in channel.global_listing(progress.global_id).variants if one.external_id == red)
    assert there.stock is not None
    assert there.stock["HKZ"] == 7


def test_a_shops_prices_are_set_in_its_currency_with_its_decimals(channel, merchant, published):
    shop_id = next(iter(published.cells))
    ids = published.cells[shop_id].variant_ids
    (done,) = channel.push_shop_prices(
        shop_id, published.cells[shop_id].listing_id, {ids["CJTOTE-RS"]: Decimal("45.504")}
    )
    assert done.done
    assert prices_of(channel, published, shop_id)["CJTOTE-RS"] == Decimal("45.50")
    assert set(prices_of(channel, published).values()) == {Decimal(60)}


def test_a_promotion_locks_a_shops_prices_and_shelf(simulator, channel, published):
    shop_id, cell = next(iter(published.cells.items()))
    change(simulator, item={"item_id": int(cell.listing_id), "promotion": True})
    (price,) = channel.push_shop_prices(shop_id, cell.listing_id, {cell.variant_ids["CJTOTE-RS"]: Decimal(45)})
    (shelf,) = channel.unlist(shop_id, [cell.listing_id], listed=False)
    assert (price.done, price.code) == (False, "error_cannot_update_price_in_promotion")
    assert (shelf.done, shelf.code) == (False, "error_unlist_in_promotion")
    assert channel.shop_listing(shop_id, cell.listing_id).status == "live"


def test_some_prices_may_be_taken_and_others_not(channel, published):
    shop_id, cell = next(iter(published.cells.items()))
    red = cell.variant_ids["CJTOTE-RS"]
    done = channel.push_shop_prices(shop_id, cell.listing_id, {red: Decimal(45), "999": Decimal(45)})
    assert done == [
        Outcome(key=red, done=True),
        Outcome(key="999", done=False, reason="model not found"),
    ]  # refused, so that nobody asks for it again at once


def test_what_an_answer_does_not_mention_may_be_asked_for_again(channel, published, monkeypatch):
    shop_id, cell = next(iter(published.cells.items()))
    red, blue = cell.variant_ids["CJTOTE-RS"], cell.variant_ids["CJTOTE-BS"]
    half = {"success_list": [{"model_id": int(red), "original_price": 45}], "failure_list": []}
    monkeypatch.setattr(Products, "update_price", lambda *_said: half)
    done, open_ = channel.push_shop_prices(shop_id, cell.listing_id, {red: Decimal(45), blue: Decimal(46)})
    assert done == Outcome(key=red, done=True)
    assert (open_.key, open_.done, open_.code) == (blue, False, "not_done")


def test_stock_of_an_upgraded_shop_is_refused_without_a_call(simulator, channel, published):
    shop_id, cell = next(iter(published.cells.items()))
    before = calls(simulator)
    with pytest.raises(Rejected, match="global products"):
        channel.push_shop_stock(shop_id, cell.listing_id, {cell.variant_ids["CJTOTE-RS"]: {"": 1}})
    assert calls(simulator) == before


def test_a_shop_alone_sets_its_own_stock(simulator, plain_shop):
    progress = publish(plain_shop, make_draft(plain_shop))
    ((shop_id, cell),) = progress.cells.items()
    channel, red = gateway_for(plain_shop), cell.variant_ids["CJTOTE-RS"]
    (done,) = channel.push_shop_stock(shop_id, cell.listing_id, {red: {"": 3}})
    assert done.done
    there = {one.external_id: one.stock for one in channel.shop_listing(shop_id, cell.listing_id).variants}
    assert sum(there[red].values()) == 3


def test_listings_leave_the_shelves_and_come_back(channel, published):
    shop_id, cell = next(iter(published.cells.items()))
    assert channel.unlist(shop_id, [cell.listing_id, "1"], listed=False)[0].done
    assert channel.shop_listing(shop_id, cell.listing_id).status == "unlisted"
    back, unknown = channel.unlist(shop_id, [cell.listing_id, "1"], listed=True)
    assert (back.done, unknown.done, unknown.reason) == (True, False, "Product not found.")
    assert channel.shop_listing(shop_id, cell.listing_id).status == "live"


def test_a_deleted_listing_leaves_the_global_product_and_the_other_shops(channel, published):
    (first, cell), (second, other) = published.cells.items()
    channel.delete(first, cell.listing_id)
    with pytest.raises(NotFound):
        channel.shop_listing(first, cell.listing_id)
    assert channel.shop_listing(second, other.listing_id).status == "live"
    assert channel.global_listing(published.global_id).sku == "CJTOTE"


def test_a_global_product_goes_with_all_its_listings(simulator, channel, published):
    channel.delete("", published.global_id)
    with pytest.raises(NotFound):
        channel.global_listing(published.global_id)
    assert len(books(simulator, "shop_items_deleted")) == 2


def test_what_a_promotion_holds_is_named_and_the_rest_is_deleted(simulator, merchant, channel, published):
    shop_id, cell = next(iter(published.cells.items()))
    change(simulator, item={"item_id": int(cell.listing_id), "promotion": True})
    with pytest.raises(Rejected, match=merchant.shops.get(external_id=shop_id).name) as caught:
        channel.delete("", published.global_id)
    assert caught.value.code == "failure_delete_item"
    assert [listing.shop_id for listing in channel.published(published.global_id) if listing.status == "live"] == [
        shop_id
    ]


def test_switches_say_what_a_shop_follows(channel, published):
    first, second = published.cells
    channel.set_switches({first: FieldSwitches(price=False), second: FieldSwitches()})
    before = {shop: prices_of(channel, published, shop)["CJTOTE-RS"] for shop in (first, second)}
    channel.push_prices(published.global_id, {published.variant_ids["CJTOTE-RS"]: Decimal(90)})
    assert prices_of(channel, published, first)["CJTOTE-RS"] == before[first]
    assert prices_of(channel, published, second)["CJTOTE-RS"] > before[second]
