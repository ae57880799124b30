"""Writes that change what is there already, their answers cut off: axes, a shop alone, words of a shop's own."""

from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.channels import ListingDraft, PublishProgress
from integrations.errors import OutcomeUnknown
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import make_draft, picture

from .selling import books, calls, publish, publish_until_death
from .test_lost_replies import (
    ANOTHER_PROCESS,
    BEFORE_AND_AFTER,
    EDITS,
    assert_made_once,
    in_two_shops,
    lose,
    with_variants,
)


def by_color_alone(draft: ListingDraft) -> ListingDraft:
    """Return the draft with one axis instead of two: all its variants are set up anew."""
    kept = [replace(one, options=one.options[:1]) for one in draft.variants if one.options[1] == "S"]
    return replace(draft, axes=draft.axes[:1], variants=tuple(kept))


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
def test_a_lost_answer_while_axes_are_changed_sets_them_up_once(simulator, merchant, when, dies):
    first = in_two_shops(merchant)
    progress = publish(merchant, first)
    changed = by_color_alone(first)
    lose(simulator, "global_product.init_tier_variation", when)
    if dies:
        progress = publish_until_death(simulator, merchant, changed, progress, at="global_product.init_tier_variation")
    done = publish(merchant, changed, progress)
    assert len([one for one in books(simulator, "global_items") if one["sku"] == changed.reference]) == 1
    assert len(books(simulator, "tiers")) == 2  # the first ones, and these
    there = gateway_for(merchant).global_listing(done.global_id)
    assert there.axes == ("Color",)
    assert {one.sku: one.external_id for one in there.variants} == done.variant_ids
    for shop, cell in done.cells.items():
        in_shop = gateway_for(merchant).shop_listing(shop, cell.listing_id)
        assert {one.sku: one.external_id for one in in_shop.variants} == cell.variant_ids
        assert len(cell.variant_ids) == 2


EDITS_OF_A_SHOP = {
    "product.update_item": EDITS["global_product.update_global_item"],
    "product.update_tier_variation": EDITS["global_product.update_tier_variation"],
    "product.add_model": EDITS["global_product.add_global_model"],
    "product.delete_model": EDITS["global_product.delete_global_model"],
    "product.update_model": EDITS["global_product.update_global_model"],
    "product.init_tier_variation": by_color_alone,
}


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
@pytest.mark.parametrize("endpoint", EDITS_OF_A_SHOP)
def test_a_lost_answer_while_a_shop_alone_is_changed_makes_nothing_twice(simulator, plain_shop, endpoint, when, dies):
    first = make_draft(plain_shop)
    progress = publish(plain_shop, first)
    changed = EDITS_OF_A_SHOP[endpoint](first)
    before = calls(simulator)[endpoint]
    lose(simulator, endpoint, when)
    if dies:
        progress = publish_until_death(simulator, plain_shop, changed, progress, at=endpoint)
    done = publish(plain_shop, changed, progress)
    assert calls(simulator)[endpoint] > before
    assert len([one for one in books(simulator, "shop_items") if one.get("sku") == "CJTOTE"]) == 1
    ((shop_id, cell),) = done.cells.items()
    there = gateway_for(plain_shop).shop_listing(shop_id, cell.listing_id)
    assert (cell.status, there.name) == ("live", changed.name)
    assert {one.sku: one.external_id for one in there.variants} == cell.variant_ids
    assert sorted(cell.variant_ids) == sorted(one.sku for one in changed.variants)


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
def test_a_lost_answer_to_a_shops_own_words_leaves_them_said(simulator, merchant, when, dies):
    first = in_two_shops(merchant)
    progress = publish(merchant, first)
    shop, other = first.shops
    changed = replace(first, shops=(replace(shop, name="Beg kanvas yang besar"), other))
    lose(simulator, "product.update_item", when)
    if dies:
        progress = publish_until_death(simulator, merchant, changed, progress, at="product.update_item")
    done = publish(merchant, changed, progress)
    assert_made_once(simulator, changed, done)
    channel = gateway_for(merchant)
    named = {one.shop_id: channel.shop_listing(one.shop_id, done.cells[one.shop_id].listing_id) for one in first.shops}
    assert named[shop.shop_id].name == "Beg kanvas yang besar"
    assert named[other.shop_id].name != "Beg kanvas yang besar"


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
def test_a_lost_answer_to_new_pictures_adds_no_product(simulator, merchant, when, dies):
    first = in_two_shops(merchant)
    progress = publish(merchant, first)
    changed = replace(first, image_urls=(*first.image_urls, picture("9")))
    lose(simulator, "media_space.upload_image", when)
    if dies:
        progress = publish_until_death(simulator, merchant, changed, progress, at="media_space.upload_image")
    done = publish(merchant, changed, progress)
    assert_made_once(simulator, changed, done)
    assert merchant.app.images.filter(url=picture("9")).count() == 1


@BEFORE_AND_AFTER
def test_a_lost_answer_of_a_shop_alone_taken_down_is_told_from_what_is_there(simulator, plain_shop, when):
    done = publish(plain_shop, make_draft(plain_shop))
    ((shop_id, cell),) = done.cells.items()
    channel = gateway_for(plain_shop)
    red = cell.variant_ids["CJTOTE-RS"]
    lose(simulator, "product.update_price", when)
    (price,) = channel.push_shop_prices(shop_id, cell.listing_id, {red: Decimal("45.50")})
    lose(simulator, "product.unlist_item", when)
    (shelf,) = channel.unlist(shop_id, [cell.listing_id], listed=False)
    assert price.done is shelf.done is (when == "after")
    lose(simulator, "product.delete_item", when)
    if when == "before":
        with pytest.raises(OutcomeUnknown):
            channel.delete(shop_id, cell.listing_id)
    channel.delete(shop_id, cell.listing_id)
    assert len(books(simulator, "shop_items_deleted")) == 1


def test_a_new_variant_is_made_with_its_price_and_stock_once_where_its_answer_is_lost(simulator, merchant):
    first = in_two_shops(merchant)
    progress = publish(merchant, first)
    changed = with_variants(first, ("Red", "S"), ("Red", "M"), ("Blue", "S"), ("Blue", "M"), ("Green", "S"))
    lose(simulator, "global_product.add_global_model", "after")
    done = publish(merchant, changed, progress)
    there = gateway_for(merchant).global_listing(done.global_id)
    (green,) = [one for one in there.variants if one.sku == "CJTOTE-GS"]
    assert (green.price, sum((green.stock or {}).values())) == (Decimal(60), 20)
    assert len(there.variants) == 5
    assert isinstance(done, PublishProgress)
