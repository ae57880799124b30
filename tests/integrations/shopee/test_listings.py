"""Reading what is there: global products, shops' listings, and which belongs to which."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from integrations import clock
from integrations.errors import NotFound
from integrations.shopee import listings
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import make_draft

from .selling import calls, publish


def read_all(read, **asked):
    pages = [read(cursor=None, **asked)]
    while pages[-1].cursor is not None:
        assert len(pages) < 100
        pages.append(read(cursor=pages[-1].cursor, **asked))
    return pages


def test_all_global_products_are_read_with_their_variants(simulator, merchant):
    channel = gateway_for(merchant)
    items = [item for page in read_all(channel.global_listings) for item in page.items]
    assert len(items) >= 5
    assert len({item.external_id for item in items}) == len(items)
    assert all(item.variants and item.global_id == item.external_id and not item.shop_id for item in items)
    assert {variant.currency for item in items for variant in item.variants} == {"CNY"}
    assert all(variant.price and variant.stock for item in items for variant in item.variants)


def test_pages_are_followed_by_their_marks_to_the_end(simulator, merchant, monkeypatch):
    monkeypatch.setattr(listings, "GLOBAL_PAGE", 2)
    monkeypatch.setattr(listings, "SHOP_PAGE", 2)
    channel = gateway_for(merchant)
    pages = read_all(channel.global_listings)
    ids = [item.external_id for page in pages for item in page.items]
    assert len(pages) > 2
    assert len(ids) == len(set(ids)) == pages[0].total
    shop = merchant.shops.order_by("pk").first().external_id
    pages = read_all(lambda **asked: channel.shop_listings(shop, **asked))
    ids = [item.external_id for page in pages for item in page.items]
    assert len(ids) == len(set(ids)) == pages[0].total


def test_a_list_too_long_for_offsets_is_read_in_windows_of_time(simulator, merchant, monkeypatch):
    channel, shop = gateway_for(merchant), merchant.shops.order_by("pk").first().external_id
    for _number in range(3):
        clock.sleep(900)
        draft = make_draft(merchant, reference=f"CJ-{_number}", name=f"Canvas bag number {_number}")
        publish(merchant, replace(draft, shops=draft.shops[:1]))
    (whole,) = read_all(lambda **asked: channel.shop_listings(shop, **asked))
    monkeypatch.setattr(listings, "MOST_OFFSET", 2)
    pages = read_all(lambda **asked: channel.shop_listings(shop, **asked))
    ids = [item.external_id for page in pages for item in page.items]
    assert sorted(ids) == sorted(item.external_id for item in whole.items)
    assert len(pages) > 3


def test_what_changed_since_a_time_is_read_alone(simulator, merchant):
    clock.sleep(3600)
    since = datetime.fromtimestamp(clock.now(), UTC)
    draft = make_draft(merchant)
    done = publish(merchant, replace(draft, shops=draft.shops[:1]))
    channel = gateway_for(merchant)
    assert [item.external_id for item in channel.global_listings(cursor=None, since=since).items] == [done.global_id]
    (listing,) = channel.shop_listings(draft.shops[0].shop_id, cursor=None, since=since).items
    assert (listing.sku, listing.global_id) == ("CJTOTE", done.global_id)


def test_a_shops_listing_says_its_global_product_and_its_variants(simulator, merchant):
    draft = make_draft(merchant)
    done = publish(merchant, replace(draft, shops=draft.shops[:1]))
    ((shop_id, cell),) = done.cells.items()
    there = gateway_for(merchant).shop_listing(shop_id, cell.listing_id)
    assert (there.global_id, there.sku, there.status, there.platform_status) == (
        done.global_id,
        "CJTOTE",
        "live",
        "NORMAL",
    )
    assert there.category_id == draft.category_id
    assert {variant.sku: variant.options for variant in there.variants} == {
        variant.sku: variant.options for variant in draft.variants
    }
    assert {variant.currency for variant in there.variants} == {"MYR"}
    assert all(sum(variant.stock.values()) == 20 for variant in there.variants)
    assert there.updated_at is not None
    assert there.updated_at.tzinfo is not None


def test_a_changed_text_changes_its_hash_and_nothing_else_does(simulator, merchant):
    draft = make_draft(merchant)
    done = publish(merchant, replace(draft, shops=draft.shops[:1]))
    ((shop_id, cell),) = done.cells.items()
    channel = gateway_for(merchant)
    before = channel.shop_listing(shop_id, cell.listing_id).text_hash
    simulator.control("change", platform="shopee", item={"item_id": int(cell.listing_id), "stock": 3})
    assert channel.shop_listing(shop_id, cell.listing_id).text_hash == before
    simulator.control("change", platform="shopee", item={"item_id": int(cell.listing_id), "name": "Another name"})
    assert channel.shop_listing(shop_id, cell.listing_id).text_hash != before


def test_what_is_published_is_read_in_one_call(simulator, merchant):
    draft = make_draft(merchant)
    done = publish(merchant, replace(draft, shops=draft.shops[:3]))
    channel, before = gateway_for(merchant), calls(simulator)
    found = channel.published(done.global_id)
    assert {each.shop_id: each.external_id for each in found} == {
        shop: cell.listing_id for shop, cell in done.cells.items()
    }
    assert {each.status for each in found} == {"live"}
    assert sum((calls(simulator) - before).values()) == 1


def test_a_shop_alone_has_listings_without_a_global_product(simulator, plain_shop):
    shop = plain_shop.shops.get()
    channel = gateway_for(plain_shop)
    items = [
        item
        for page in read_all(lambda **asked: channel.shop_listings(shop.external_id, **asked))
        for item in page.items
    ]
    assert items
    assert {item.global_id for item in items} == {""}
    assert {item.shop_id for item in items} == {shop.external_id}


def test_what_is_gone_is_not_found(simulator, merchant):
    channel = gateway_for(merchant)
    with pytest.raises(NotFound):
        channel.global_listing("1")
    with pytest.raises(NotFound):
        channel.shop_listing(merchant.shops.order_by("pk").first().external_id, "1")
