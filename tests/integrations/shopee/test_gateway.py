"""The gateway as the account and the catalogue see it; publishing, pushing and reading have files of their own."""

from dataclasses import replace

import pytest

from accounts.errors import Refused
from accounts.models import Platform
from integrations import gateways
from integrations.channels import PublishProgress
from integrations.shopee import access
from integrations.shopee.gateway import ShopeeChannel, gateway_for
from tests.factories_shopee import make_draft

from .selling import calls, publish


def test_an_account_is_served_by_its_platforms_gateway(merchant):
    assert isinstance(gateways.channel_for(merchant), ShopeeChannel)
    assert Platform.SHOPEE in gateways.sells_on()


def test_the_merchant_and_its_shops_say_who_they_are(merchant):
    channel = gateway_for(merchant)
    seller = channel.seller()
    assert (seller.external_id, seller.region, seller.currency) == (merchant.external_id, "CN", "CNY")
    assert (seller.seller_center, seller.upgraded) == ("cnsc", True)
    assert set(seller.shop_ids) == {shop.external_id for shop in merchant.shops.all()}
    first = merchant.shops.order_by("pk").first()
    shop = channel.shop(first.external_id)
    assert (shop.external_id, shop.account_id, shop.upgraded) == (first.external_id, merchant.external_id, True)
    assert any(carrier.enabled for carrier in channel.carriers(first.external_id))


def test_a_shop_alone_has_no_merchant(plain_shop):
    channel = gateway_for(plain_shop)
    with pytest.raises(Refused, match="shop alone"):
        channel.seller()
    assert channel.shop(plain_shop.shops.get().external_id).upgraded is False


def test_a_shop_is_read_without_its_merchant_where_that_is_known(simulator, merchant):
    first = merchant.shops.order_by("pk").first()
    before = calls(simulator)
    gateway_for(merchant).shop(first.external_id)
    assert (calls(simulator) - before)["merchant.get_merchant_info"] == 0
    merchant.region = ""
    assert gateway_for(merchant).shop(first.external_id).upgraded is True
    assert (calls(simulator) - before)["merchant.get_merchant_info"] == 1


def test_a_shop_under_a_merchant_of_another_region_has_no_global_products(merchant):
    merchant.region = "TH"
    assert gateway_for(merchant).shop(merchant.shops.order_by("pk").first().external_id).upgraded is False


def test_a_shop_of_somebody_else_is_refused_by_name(merchant):
    with pytest.raises(Refused, match="has no shop 42"):
        gateway_for(merchant).carriers("42")


def test_the_forecast_counts_the_calls_by_the_limits_that_they_meet(simulator, merchant):
    draft, channel = make_draft(merchant), gateway_for(merchant)
    needed = channel.calls_needed(draft, PublishProgress())
    before = calls(simulator)
    assert calls(simulator) == before  # a forecast calls nothing
    assert needed.by_limit[access.bucket_for(merchant)] == 1 + 2 + 1 + 8 + 4
    for shop in merchant.shops.all():
        assert needed.by_limit[access.bucket_for(merchant, shop)] == 1
    assert needed.by_limit[access.public_bucket_for(merchant.app)] == 1
    assert needed.total == 25
    publish(merchant, draft)
    assert abs(sum((calls(simulator) - before).values()) - needed.total) <= 5


def test_the_forecast_shrinks_with_what_is_done(simulator, merchant):
    draft, channel = make_draft(merchant), gateway_for(merchant)
    draft = replace(draft, shops=draft.shops[:2])
    whole = channel.calls_needed(draft, PublishProgress()).total
    done = publish(merchant, draft)
    assert channel.calls_needed(draft, done).total == 1 < whole


def test_the_forecast_of_a_shop_alone_meets_its_own_limit(simulator, plain_shop):
    draft = make_draft(plain_shop)
    needed = gateway_for(plain_shop).calls_needed(draft, PublishProgress())
    assert needed.by_limit[access.bucket_for(plain_shop)] == 5
    assert needed.total == 6


def test_a_category_is_recommended_by_a_picture_only_where_the_platform_holds_it(simulator, merchant):
    draft, channel = make_draft(merchant), gateway_for(merchant)
    assert channel.recommend_categories(draft.name, draft.image_urls[0])
    publish(merchant, replace(draft, shops=draft.shops[:1]))
    channel.recommend_categories(draft.name, draft.image_urls[0])
    first, second = merchant.calls.filter(endpoint="global_product.category_recommend").order_by("pk")
    assert "global_product_cover_image" not in first.url
    assert "global_product_cover_image" in second.url
