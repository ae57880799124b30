"""Each write of Shopee's, its answer cut off before it acts and after: what is made in the end is made once."""

from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.channels import FieldSwitches, ListingDraft, PublishProgress
from integrations.errors import OutcomeUnknown
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import make_draft

from .selling import books, calls, publish, publish_until_death

BEFORE_AND_AFTER = pytest.mark.parametrize("when", ["before", "after"])
ANOTHER_PROCESS = pytest.mark.parametrize("dies", [False, True], ids=["answer lost", "process died"])


def lose(simulator, endpoint, when, times=1):
    simulator.control("faults", platform="shopee", path=endpoint, when=when, cut=True, times=times)


def in_two_shops(account, **said) -> ListingDraft:
    draft = make_draft(account, **said)
    return replace(draft, shops=draft.shops[:2])


def with_variants(draft, *wanted: tuple[str, str]) -> ListingDraft:
    known = {variant.options: variant for variant in draft.variants}
    made = [
        known.get(options)
        or replace(draft.variants[0], sku=f"CJTOTE-{options[0][0]}{options[1]}".upper(), options=options)
        for options in wanted
    ]
    return replace(draft, variants=tuple(made))


def assert_made_once(simulator, draft: ListingDraft, done: PublishProgress) -> None:
    """Hold the simulator's books to what was wanted."""
    assert done.done
    assert {shop: cell.status for shop, cell in done.cells.items()} == {shop.shop_id: "live" for shop in draft.shops}
    assert len([one for one in books(simulator, "global_items") if one["sku"] == draft.reference]) == 1
    assert Counter(one["shop_id"] for one in books(simulator, "publish_tasks")) == {
        int(shop.shop_id): 1 for shop in draft.shops
    }
    assert Counter(one["shop_id"] for one in books(simulator, "shop_items")) == {
        int(shop.shop_id): 1 for shop in draft.shops
    }
    skus = Counter(one["sku"] for one in books(simulator, "models"))
    assert set(skus.values()) == {1}
    for cell in done.cells.values():
        assert set(cell.variant_ids) == {variant.sku for variant in draft.variants}


# A first publication


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
@pytest.mark.parametrize(
    "endpoint",
    [
        "media_space.upload_image",
        "global_product.add_global_item",
        "global_product.init_tier_variation",
        "global_product.create_publish_task",
    ],
)
def test_a_lost_answer_while_publishing_makes_nothing_twice(simulator, merchant, endpoint, when, dies):
    draft = in_two_shops(merchant)
    lose(simulator, endpoint, when)
    progress = PublishProgress()
    if dies:
        progress = publish_until_death(simulator, merchant, draft, progress, at=endpoint)
    done = publish(merchant, draft, progress)
    assert calls(simulator)[endpoint] >= 1
    assert_made_once(simulator, draft, done)
    assert len(books(simulator, "tiers")) == 1


@pytest.mark.parametrize(
    "endpoint",
    ["global_product.add_global_item", "global_product.init_tier_variation", "global_product.create_publish_task"],
)
def test_a_process_that_dies_before_it_has_saved_the_answer_makes_nothing_twice(simulator, merchant, endpoint):
    draft = in_two_shops(merchant)
    progress = publish_until_death(simulator, merchant, draft, PublishProgress(), at=endpoint)
    assert_made_once(simulator, draft, publish(merchant, draft, progress))
    assert len(books(simulator, "tiers")) == 1


@BEFORE_AND_AFTER
def test_an_upload_of_which_the_answer_was_lost_leaves_each_picture_known_once(simulator, merchant, when):
    draft = in_two_shops(merchant)
    lose(simulator, "media_space.upload_image", when)
    publish(merchant, draft)
    account_images = merchant.app.images.all()
    assert sorted(image.url for image in account_images) == sorted(
        {*draft.image_urls, *(variant.image_url for variant in draft.variants)}
    )


def test_many_lost_answers_in_a_row_are_told_to_a_person(simulator, merchant):
    lose(simulator, "global_product.add_global_item", "before", times=50)
    with pytest.raises(OutcomeUnknown):
        publish(merchant, in_two_shops(merchant))
    assert [one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"] == []


def test_a_task_whose_answers_are_always_lost_is_given_up_and_the_others_go_on(simulator, merchant):
    draft = in_two_shops(merchant)
    first, second = (shop.shop_id for shop in draft.shops)
    simulator.control(
        "faults",
        platform="shopee",
        path="global_product.create_publish_task",
        when="before",
        cut=True,
        times=20,
        match={"shop_id": second},
    )
    done = publish(merchant, draft)
    assert (done.cells[first].status, done.cells[second].status) == ("live", "refused")
    assert done.cells[second].code == "answers_lost"
    assert [one["shop_id"] for one in books(simulator, "shop_items")] == [int(first)]


# A publication that is brought up to a changed draft

EDITS = {
    "global_product.update_global_item": lambda draft: replace(draft, name="Canvas tote bag 40cm"),
    "global_product.update_tier_variation": lambda draft: with_variants(
        draft, ("Red", "S"), ("Red", "M"), ("Blue", "S"), ("Blue", "M"), ("Green", "S")
    ),
    "global_product.add_global_model": lambda draft: with_variants(
        draft, ("Red", "S"), ("Red", "M"), ("Blue", "S"), ("Blue", "M"), ("Green", "S")
    ),
    "global_product.delete_global_model": lambda draft: with_variants(draft, ("Red", "S"), ("Red", "M"), ("Blue", "S")),
    "global_product.update_global_model": lambda draft: replace(
        draft, variants=(replace(draft.variants[0], weight_g=Decimal(900)), *draft.variants[1:])
    ),
}


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
@pytest.mark.parametrize("endpoint", EDITS)
def test_a_lost_answer_while_a_draft_is_changed_makes_nothing_twice(simulator, merchant, endpoint, when, dies):
    first = in_two_shops(merchant)
    progress = publish(merchant, first)
    changed = EDITS[endpoint](first)
    lose(simulator, endpoint, when)
    if dies:
        progress = publish_until_death(simulator, merchant, changed, progress, at=endpoint)
    done = publish(merchant, changed, progress)
    assert_made_once(simulator, changed, done)
    there = gateway_for(merchant).global_listing(done.global_id)
    assert there.name == changed.name
    assert sorted(variant.sku for variant in there.variants) == sorted(variant.sku for variant in changed.variants)
    assert {variant.sku: variant.external_id for variant in there.variants} == done.variant_ids


# A shop alone


@BEFORE_AND_AFTER
@ANOTHER_PROCESS
@pytest.mark.parametrize("endpoint", ["product.add_item", "product.init_tier_variation"])
def test_a_lost_answer_of_a_shop_alone_makes_nothing_twice(simulator, plain_shop, endpoint, when, dies):
    draft = make_draft(plain_shop)
    lose(simulator, endpoint, when)
    progress = PublishProgress()
    if dies:
        progress = publish_until_death(simulator, plain_shop, draft, progress, at=endpoint)
    done = publish(plain_shop, draft, progress)
    assert [cell.status for cell in done.cells.values()] == ["live"]
    assert len([one for one in books(simulator, "shop_items") if one.get("sku") == "CJTOTE"]) == 1
    assert len(books(simulator, "tiers")) == 1
    (cell,) = done.cells.values()
    assert set(cell.variant_ids) == {variant.sku for variant in draft.variants}


# What sets a state


@pytest.fixture
def published(simulator, merchant) -> PublishProgress:
    return publish(merchant, in_two_shops(merchant))


@BEFORE_AND_AFTER
def test_lost_answers_of_global_prices_and_stock_are_told_from_what_is_there(simulator, merchant, published, when):
    channel = gateway_for(merchant)
    red = published.variant_ids["CJTOTE-RS"]
    lose(simulator, "global_product.update_price", when)
    (price,) = channel.push_prices(published.global_id, {red: Decimal("61.5")})
    lose(simulator, "global_product.update_stock", when)
    (stock,) = channel.push_stock(published.global_id, {red: {"": 7}})
    there = next(one for one in channel.global_listing(published.global_id).variants if one.external_id == red)
    was_done = when == "after"
    assert (price.done, stock.done) == (was_done, was_done)
    assert (there.price == Decimal("61.5")) is was_done
    assert (sum(there.stock.values()) == 7) is was_done
    assert len(books(simulator, "prices")) == len(books(simulator, "stocks")) == int(was_done)


@BEFORE_AND_AFTER
def test_lost_answers_of_a_shops_prices_and_shelves_are_told_from_what_is_there(simulator, merchant, published, when):
    channel = gateway_for(merchant)
    shop_id, cell = next(iter(published.cells.items()))
    red = cell.variant_ids["CJTOTE-RS"]
    lose(simulator, "product.update_price", when)
    (price,) = channel.push_shop_prices(shop_id, cell.listing_id, {red: Decimal("45.50")})
    lose(simulator, "product.unlist_item", when)
    (shelf,) = channel.unlist(shop_id, [cell.listing_id], listed=False)
    was_done = when == "after"
    assert (price.done, shelf.done) == (was_done, was_done)
    there = channel.shop_listing(shop_id, cell.listing_id)
    assert there.status == ("unlisted" if was_done else "live")
    assert len(books(simulator, "shop_prices")) == len(books(simulator, "unlists")) == int(was_done)


@BEFORE_AND_AFTER
def test_a_lost_answer_of_a_shops_own_stock_is_told_from_what_is_there(simulator, plain_shop, when):
    done = publish(plain_shop, make_draft(plain_shop))
    ((shop_id, cell),) = done.cells.items()
    lose(simulator, "product.update_stock", when)
    channel = gateway_for(plain_shop)
    (stock,) = channel.push_shop_stock(shop_id, cell.listing_id, {cell.variant_ids["CJTOTE-RS"]: {"": 7}})
    assert stock.done is (when == "after")
    assert len(books(simulator, "stocks")) == int(when == "after")


@BEFORE_AND_AFTER
def test_a_lost_answer_of_the_switches_is_said_again(simulator, merchant, when):
    draft = in_two_shops(merchant)
    lose(simulator, "global_product.set_sync_field", when)
    gateway_for(merchant).set_switches({shop.shop_id: FieldSwitches(price=False) for shop in draft.shops})
    assert {(one["shop_id"], one["price"]) for one in books(simulator, "syncs")} == {
        (int(shop.shop_id), False) for shop in draft.shops
    }


@BEFORE_AND_AFTER
@pytest.mark.parametrize("of_the_shop", [True, False])
def test_a_lost_answer_of_a_deletion_deletes_once(simulator, merchant, published, when, of_the_shop):
    channel = gateway_for(merchant)
    shop_id, cell = next(iter(published.cells.items()))
    what = (shop_id, cell.listing_id) if of_the_shop else ("", published.global_id)
    lose(simulator, "product.delete_item" if of_the_shop else "global_product.delete_global_item", when)
    if when == "before":
        with pytest.raises(OutcomeUnknown):
            channel.delete(*what)
    channel.delete(*what)  # what was not done may be asked for again
    kind = "shop_items_deleted" if of_the_shop else "global_items_deleted"
    assert len(books(simulator, kind)) == 1
    channel.delete(*what)  # what is gone is gone
    assert len(books(simulator, kind)) == 1
