"""What callers may say of what is sold, checked for shape; whether it makes sense is for the services."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.apisite import Choice, Known, Strict, Text
from accounts.complaints import MAX_ID
from accounts.models import PlatformAccount, Shop
from catalog.models import Category, GlobalListing, Product
from catalog.services.selling.pushing import PRICES, STOCK

from .wishes import NO_SUCH_ACCOUNT, NO_SUCH_CATEGORY, NO_SUCH_PRODUCT, AccountWish, Count, Money, check_plain

MOST_AT_ONCE = 1000  # listings a call
MOST_PUBLISHED = 200  # each is checked and queued while the caller waits
MOST_SHOPS = 200
NO_SUCH_SHOP = _("There is no shop with the id “{pk_value}”.")
NO_SUCH_LISTING = _("There is no global listing with the id “{pk_value}”.")


class Records(serializers.ListField):
    """Ids of records that all have to exist, looked up at once; one that is said twice counts once."""

    def __init__(self, *, queryset: QuerySet[Any], no_such: Any, **options: Any) -> None:
        super().__init__(
            child=serializers.IntegerField(min_value=1, max_value=MAX_ID), **{"allow_empty": False} | options
        )
        self.queryset = queryset
        self.error_messages["does_not_exist"] = no_such

    def to_internal_value(self, data: Any) -> Any:
        ids = super().to_internal_value(data)
        self.run_validators(ids)  # too many are refused before they are looked up
        found = self.queryset.in_bulk(ids)
        missing = next((number for number in ids if number not in found), None)
        if missing is not None:
            self.fail("does_not_exist", pk_value=missing)
        return [found[number] for number in dict.fromkeys(ids)]

    def to_representation(self, data: Sequence[Model]) -> list[int]:
        return [record.pk for record in data]


def _account() -> Known:
    return Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)


def _category(**options: Any) -> Known:
    return Known(queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY, **options)


def _shops() -> Records:
    return Records(
        queryset=Shop.objects.select_related("account"),
        no_such=NO_SUCH_SHOP,
        max_length=MOST_SHOPS,
        required=False,
        default=None,
        allow_null=True,
        help_text="Left out: all in which it is prepared, or that are connected",
    )


# --- listings


class PrepareWish(Strict):
    product = Known(queryset=Product.objects.select_related("account"), no_such=NO_SUCH_PRODUCT)
    account = _account()
    shops = _shops()


class ValueWish(Strict):
    """One answer to an attribute: a choice by its id, or a text of one's own."""

    external_id = Text(max_length=64, required=False, allow_blank=True)
    text = Text(max_length=1000, required=False, allow_blank=True)
    unit = Text(max_length=40, required=False, allow_blank=True)


def _answers() -> serializers.DictField:
    return serializers.DictField(
        child=serializers.ListField(child=ValueWish(), max_length=100),
        required=False,
        validators=[check_plain],
        help_text="Attribute id → its values. What is given replaces all answers",
    )


class _Days(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=999, **options)


class VariantChange(Strict):
    price = Money(
        required=False, allow_null=True, help_text="In the account's currency; null gives it back to the price rules"
    )
    is_wanted = serializers.BooleanField(required=False, help_text="false: it is not sold")
    options = serializers.ListField(
        child=Text(max_length=200), required=False, max_length=10, help_text="One for each axis"
    )


class ShopChange(Strict):
    name = Text(max_length=500, required=False, allow_blank=True, help_text="Empty: the platform translates")
    description = Text(max_length=50_000, required=False, allow_blank=True)
    carriers = serializers.ListField(
        child=Text(max_length=64), required=False, max_length=100, help_text="Their ids; empty: all that it enabled"
    )
    prices = serializers.DictField(
        child=Money(allow_null=True),
        required=False,
        help_text="SKU → price in the shop's currency; null: by the rules",
    )


class GlobalListingChange(Strict):
    name = Text(max_length=500, required=False, allow_blank=True)
    description = Text(max_length=50_000, required=False, allow_blank=True, help_text="Plain text")
    category = _category(required=False, allow_null=True)
    brand_id = Text(max_length=64, required=False, allow_blank=True)
    brand_name = Text(max_length=200, required=False, allow_blank=True)
    attributes = _answers()
    image_urls = serializers.ListField(child=Text(max_length=1000), required=False, max_length=100)
    days_to_ship = _Days(required=False, allow_null=True)
    weight_g = Money(required=False, allow_null=True)
    length_mm = Money(required=False, allow_null=True)
    width_mm = Money(required=False, allow_null=True)
    height_mm = Money(required=False, allow_null=True)
    axes = serializers.ListField(child=Text(max_length=100), required=False, max_length=10)
    variants = serializers.DictField(child=VariantChange(), required=False, help_text="SKU → what changes")
    shops = serializers.DictField(
        child=ShopChange(), required=False, help_text="The platform's id of the shop → what changes"
    )


class ShopsWish(Strict):
    shops = _shops()


def _listings(most: int) -> Records:
    return Records(
        queryset=GlobalListing.objects.select_related("account", "product", "category"),
        no_such=NO_SUCH_LISTING,
        max_length=most,
        help_text="Ids of global listings",
    )


class ListingsWish(Strict):
    listings = _listings(MOST_AT_ONCE)


class PlanManyWish(ListingsWish):
    shops = _shops()


class PublicationWish(Strict):
    listings = _listings(MOST_PUBLISHED)
    shops = _shops()


# --- categories and prices


class MappingChange(Strict):
    target = _category(help_text="The account's own category, in which products may stand")
    brand_id = Text(max_length=64, required=False, allow_blank=True)
    brand_name = Text(max_length=200, required=False, allow_blank=True)
    attributes = _answers()
    days_to_ship = _Days(required=False, allow_null=True)


class MappingWish(MappingChange):
    account = _account()
    source = _category(help_text="The supplier's category")  # type: ignore[assignment]


class SuggestionsWish(AccountWish):
    product = Known(queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    ask = serializers.BooleanField(required=False, default=False, help_text="Ask the platform too, which is a call")


class CategoryOfAccountWish(AccountWish):
    category = _category()


class ValuesWish(AccountWish):
    field = Text(max_length=64, help_text="The attribute's id")
    search = Text(max_length=100, help_text="Part of the value")


class RateWish(Strict):
    base = Text(max_length=3, min_length=3, help_text="Three letters, such as USD")
    quote = Text(max_length=3, min_length=3, help_text="Three letters, such as CNY")
    rate = serializers.DecimalField(max_digits=20, decimal_places=8, help_text="So much of quote for one of base")


class _Percent(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=4, decimal_places=2, min_value=0, **options)


class PriceRuleChange(Strict):
    name = Text(max_length=100)
    margin_percent = _Percent(required=False, help_text="Of the selling price")
    fee_percent = _Percent(required=False, help_text="Of the selling price")
    freight = Money(required=False, allow_null=True, help_text="USD, for one piece")
    minimum = Money(required=False, allow_null=True, help_text="In the currency of the account or shop")
    ending = serializers.DecimalField(
        max_digits=4, decimal_places=2, min_value=0, required=False, allow_null=True, help_text="0.90: 12.34 → 12.90"
    )


class PriceRuleWish(PriceRuleChange):
    account = Known(
        queryset=PlatformAccount.objects.all(),
        no_such=NO_SUCH_ACCOUNT,
        required=False,
        allow_null=True,
        help_text="Left out: for all",
    )
    shop = Known(queryset=Shop.objects.select_related("account"), no_such=NO_SUCH_SHOP, required=False, allow_null=True)


# --- upkeep


class AdoptWish(Strict):
    product = Known(queryset=Product.objects.select_related("account"), no_such=NO_SUCH_PRODUCT)


class ComparisonWish(AccountWish):
    budget = Count(required=False, help_text="Global listings to compare at most; they come in turns")


class SwitchesWish(Strict):
    """All five, each time: the platform takes them together."""

    shop = Known(queryset=Shop.objects.select_related("account"), no_such=NO_SUCH_SHOP)
    texts = serializers.BooleanField(help_text="Name and description")
    media = serializers.BooleanField(help_text="Pictures")
    options = serializers.BooleanField(help_text="Variation names and options")
    price = serializers.BooleanField()
    days_to_ship = serializers.BooleanField()


class UnsentWish(AccountWish):
    what = Choice([(PRICES, PRICES), (STOCK, STOCK)], required=False, default="", help_text="Left out: both")


class PushWish(AccountWish):
    what = Choice([(PRICES, PRICES), (STOCK, STOCK)])
    dry_run = serializers.BooleanField(required=False, default=False, help_text="Only tell what differs")
