"""Prices: never below what a piece costs with fee and margin, rounded as each currency and each rule wants it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import Refused
from catalog.models import FieldSync, ListingVariant, PriceRule
from catalog.services.selling import pricing, rates
from tests.factories_selling import (
    make_price_rule,
    make_rate,
    make_ready,
    make_seller,
    make_shop,
    make_single_shop,
)

money = st.decimals("0.01", "5000", places=2)
percent = st.decimals("0", "49", places=1)
currency = st.sampled_from(["CNY", "USD", "SGD", "MYR", "BRL", "KRW", "VND", "IDR", "TWD", "CLP"])
ending = st.one_of(st.none(), st.sampled_from(["0.00", "0.90", "0.99", "5", "9", "9.90", "88", "99", "99.90"]))


@given(cost=money, freight=money, fee=percent, margin=percent, currency=currency, ending=ending)
def test_what_is_left_after_fee_and_margin_covers_cost_and_freight(cost, freight, fee, margin, currency, ending):
    ending = None if ending is None else Decimal(ending)
    price = pricing.price(cost, freight, fee, margin, currency, ending=ending)

    assert price * (1 - (fee + margin) / 100) >= cost + freight
    assert price % pricing.unit(currency) == 0


@given(amount=money, more=money, currency=currency, ending=ending)
def test_rounding_goes_up_keeps_order_and_is_done_once(amount, more, currency, ending):
    ending = None if ending is None else Decimal(ending)
    rounded = pricing.round_up(amount, currency, ending)

    assert amount <= rounded <= pricing.round_up(amount + more, currency, ending)
    assert pricing.round_up(rounded, currency, ending) == rounded
    assert rounded > 0


@given(amount=money, minimum=money, currency=currency)
def test_no_price_is_below_the_lowest_one(amount, minimum, currency):
    assert pricing.price(amount, Decimal(0), Decimal(0), Decimal(0), currency, minimum=minimum) >= minimum


@pytest.mark.parametrize(
    ("amount", "currency", "ending", "expected"),
    [
        ("12.34", "MYR", "0.90", "12.90"),
        ("12.90", "MYR", "0.90", "12.90"),
        ("12.91", "MYR", "0.90", "13.90"),
        ("12.341", "SGD", None, "12.35"),
        ("12.01", "KRW", None, "13"),
        ("12.01", "KRW", "0.90", "13"),
        ("1234", "VND", "9", "1239"),
        ("1234", "TWD", "99", "1299"),
        ("1234", "TWD", "9.90", "1239"),
        ("12.34", "BRL", "9.90", "19.90"),
        ("12.34", "USD", "0.00", "13"),
    ],
)
def test_endings(amount, currency, ending, expected):
    assert pricing.round_up(Decimal(amount), currency, ending and Decimal(ending)) == Decimal(expected)


def test_fee_and_margin_that_leave_nothing_are_refused():
    with pytest.raises(Refused, match="less than 100") as refused:
        pricing.price(Decimal(1), Decimal(0), Decimal(40), Decimal(60), "USD")
    assert refused.value.field == "margin_percent"


def test_a_reckoning_shows_where_the_money_goes():
    rule = PriceRule(name="R", margin_percent=Decimal(30), fee_percent=Decimal(10), freight=Decimal(1))

    reckoned = pricing.reckon(Decimal(5), rule, Decimal("7.2"), "CNY")

    assert (reckoned.price, reckoned.fee, reckoned.margin) == (Decimal(72), Decimal("7.20"), Decimal("21.60"))
    assert (reckoned.cost, reckoned.freight, reckoned.cost_currency, reckoned.rule) == (5, 1, "USD", "R")


@pytest.mark.django_db
def test_rates_are_direct_turned_round_or_through_dollars():
    make_rate("USD", "CNY", "8")
    make_rate("MYR", "USD", "0.25")

    assert rates.rate("USD", "CNY") == 8
    assert rates.rate("CNY", "USD") == Decimal("0.125")
    assert rates.rate("MYR", "CNY") == 2
    assert rates.rate("CNY", "CNY") == 1
    assert rates.rate("CNY", "THB") is None


@pytest.mark.django_db
def test_a_rate_is_set_once_a_pair_and_tells_who_set_it():
    rates.set_rate("usd", "cny", Decimal("7.1"), "ann")
    row = rates.set_rate("USD", "CNY", Decimal("7.2"), "bob")

    assert rates.rate("USD", "CNY") == Decimal("7.2")
    assert [entry.history_change_reason for entry in row.history.all()] == ["Set by bob", "Set by ann"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("base", "quote", "rate", "field"),
    [
        ("US", "CNY", "1", "base"),
        ("USD", "C1Y", "1", "quote"),
        ("USD", "USD", "1", "quote"),
        ("USD", "CNY", "0", "rate"),
    ],
)
def test_what_is_no_rate_is_refused(base, quote, rate, field):
    with pytest.raises(Refused) as refused:
        rates.set_rate(base, quote, Decimal(rate), "ann")
    assert refused.value.field == field


@pytest.mark.django_db
def test_the_most_particular_rule_wins():
    account = make_seller()
    shop, other = make_shop(account), make_shop(account, "SG")
    for_all, for_account = make_price_rule(), make_price_rule(account=account)
    for_shop = make_price_rule(shop=shop)

    rules = pricing.Rules()

    assert rules.rule_for(account, shop) == for_shop
    assert rules.rule_for(account, other) == for_account
    assert rules.rule_for(account) == for_account
    assert rules.rule_for(make_seller()) == for_all


@pytest.mark.django_db
def test_prices_come_from_the_supplier_and_a_price_set_by_hand_stays():
    listing = make_ready()
    black, white = listing.variants.all()
    assert (black.price, black.is_price_fixed) == (Decimal("51.43"), False)  # 5.00 USD × 7.2 ÷ 0.7
    assert pricing.price_for(black).price == Decimal("51.43")
    white.price, white.is_price_fixed = Decimal(60), True
    white.save()
    make_price_rule(account=listing.account, margin_percent=Decimal(50))

    assert pricing.apply(listing) == 1

    black.refresh_from_db()
    white.refresh_from_db()
    assert (black.price, white.price) == (72, 60)
    assert not ListingVariant.objects.exists()  # the shops follow the global price


@pytest.mark.django_db
def test_a_shop_has_its_own_prices_only_where_its_switch_is_off():
    account = make_seller()
    follower, own = make_shop(account, "MY"), make_shop(account, "VN")
    FieldSync.objects.create(shop=own, price=False)
    make_rate("USD", "VND", "25000")

    listing = make_ready(account)

    prices = {row.listing.shop_id: row.price for row in ListingVariant.objects.select_related("listing")}
    assert prices == {own.pk: Decimal(178572)}  # 5 USD × 25,000 ÷ 0.7, in whole dong
    assert not listing.listings.get(shop=follower).variants.exists()


@pytest.mark.django_db
def test_a_shop_alone_is_priced_in_its_own_currency():
    shop = make_single_shop("SG")
    make_rate("USD", "SGD", "1.4")

    listing = make_ready(shop.account)

    assert pricing.currency_of(shop.account) == "SGD"
    assert {variant.price for variant in listing.variants.all()} == {Decimal(10)}
    assert {row.price for row in ListingVariant.objects.all()} == {Decimal(10)}


@pytest.mark.django_db
def test_without_a_rate_nothing_is_reckoned_and_what_was_stays():
    listing = make_ready(make_seller(currency="JPY"), shops=None)

    assert {variant.price for variant in listing.variants.all()} == {None}
    assert pricing.price_for(listing.variants.first()) is None
