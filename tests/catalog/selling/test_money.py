"""Prices from cost to shelf, held to amounts that were reckoned by hand; what is published is what is pushed."""

from decimal import Decimal

import pytest

from catalog.models import GlobalListing, GlobalVariant
from catalog.services.selling import drafting, drafts, pricing, publishing, pushing
from integrations import clock, jobs
from integrations.clock import VirtualClock
from tests.factories_selling import make_price_rule, make_rate, make_ready, make_seller, make_shop
from tests.factories_upkeep import no_longer_follow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def virtual_time():
    """Let all waiting pass in a moment."""
    with clock.use(VirtualClock(start=clock.now())):
        yield


# Cost 5.00 USD and 1.20 USD of freight, 6 % fee, 24 % margin: 6.20 × rate ÷ 0.70, rounded up to what can be set.
BY_HAND = [
    ("CNY", "7.2", "63.78"),  # 44.64 ÷ 0.70 = 63.771…
    ("MYR", "4.435", "39.29"),  # 27.497 ÷ 0.70 = 39.281…
    ("SGD", "1.3", "11.52"),  # 8.06 ÷ 0.70 = 11.514…
    ("BRL", "5.4321", "48.12"),  # 33.67902 ÷ 0.70 = 48.112…
    ("MXN", "18.07", "160.05"),  # 112.034 ÷ 0.70 = 160.048…
    ("KRW", "1385.5", "12272"),  # 8590.1 ÷ 0.70 = 12271.57…
    ("TWD", "31.9", "283"),  # 197.78 ÷ 0.70 = 282.54…
    ("THB", "35", "310"),  # 217 ÷ 0.70 = 310 exactly: nothing is added
    ("VND", "25430", "225238"),  # 157666 ÷ 0.70 = 225237.14…
    ("IDR", "16250.25", "143931"),  # 100751.55 ÷ 0.70 = 143930.78…
    ("PHP", "58.61", "520"),  # 363.382 ÷ 0.70 = 519.117…
]


@pytest.mark.parametrize(("currency", "rate", "expected"), BY_HAND)
def test_a_price_is_as_reckoned_by_hand(currency, rate, expected):
    rule = make_price_rule(freight=Decimal("1.20"), fee_percent=Decimal(6), margin_percent=Decimal(24))
    made = pricing.reckon(Decimal("5.00"), rule, Decimal(rate), currency)
    assert made.price == Decimal(expected)
    assert made.margin >= (made.price * Decimal("0.24")).quantize(Decimal("0.01")) - Decimal("0.01")


@pytest.mark.parametrize(
    ("currency", "region", "said", "set_there"),
    [
        ("TWD", "TW", "29.40", "30"),
        ("TWD", "TW", "29.60", "30"),
        ("MYR", "MY", "29.401", "29.41"),
        ("IDR", "ID", "143930.1", "143931"),
    ],
)
def test_a_shops_price_that_cannot_be_set_as_it_is_goes_out_once_and_not_again(
    market, currency, region, said, set_there
):
    account = make_seller()
    shop = make_shop(account, region, currency=currency)
    listing = make_ready(account, shops=[shop])
    no_longer_follow(shop)
    sku = listing.variants.first().sku
    others = {row.sku: {"is_wanted": False} for row in listing.variants.exclude(sku=sku)}
    drafts.edit(
        listing,
        {"variants": others, "shops": {shop.external_id: {"prices": {sku: Decimal(said)}}}},
        by="ann",
    )

    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    jobs.work(until_quiet=True, patience=7200)

    (found,) = market.listings.values()
    assert {one.price for one in found.variants} == {Decimal(set_there)}
    assert pushing.differences(account) == []


@pytest.mark.parametrize(
    ("currency", "said", "set_there"), [("CNY", "51.431", "51.44"), ("KRW", "12000.5", "12001"), ("CNY", "60", "60")]
)
def test_a_global_price_that_cannot_be_set_as_it_is_goes_out_once_and_not_again(market, currency, said, set_there):
    account = make_seller(currency=currency)
    make_rate("USD", "KRW", "1385.5")
    listing = make_ready(account)
    GlobalVariant.objects.filter(global_listing=listing).update(price=Decimal(said), is_price_fixed=True)

    draft = drafting.draft_of(GlobalListing.objects.get(pk=listing.pk))

    assert {variant.price for variant in draft.variants} == {Decimal(set_there)}
    publishing.request_publication(GlobalListing.objects.get(pk=listing.pk))
    jobs.work(until_quiet=True, patience=7200)
    (item,) = market.items.values()
    assert {one.price for one in item.variants} == {Decimal(set_there)}
    assert pushing.differences(account) == []
