"""Filters of what is sold where, as in the console."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts.filters import NO_SUCH_ACCOUNT, Exactly, KnownId, Moment, OneOf, YesNo
from accounts.models import PlatformAccount, Shop
from catalog.models import (
    Adoption,
    Category,
    GlobalListing,
    GlobalVariant,
    Listing,
    Product,
)

from .sourcing import NO_SUCH_CATEGORY, NO_SUCH_PRODUCT

NO_SUCH_SHOP = _("There is no shop with the id “%(value)s”.")
NO_SUCH_GLOBAL_LISTING = _("There is no global listing with the id “%(value)s”.")
NO_SUCH_LISTING = _("There is no listing with the id “%(value)s”.")


def _account(**options: str) -> KnownId:
    return KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT, **options)


def _shop() -> KnownId:
    return KnownId(queryset=Shop.objects.all(), no_such=NO_SUCH_SHOP)


def _category() -> KnownId:
    return KnownId(queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY)


def _global_listing() -> KnownId:
    return KnownId(queryset=GlobalListing.objects.all(), no_such=NO_SUCH_GLOBAL_LISTING)


class GlobalListingFilters(filters.FilterSet):
    account = _account()
    product = KnownId(queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    status = OneOf(choices=GlobalListing.Status.choices)
    has_findings = YesNo(method="with_findings", help_text="Whether the last check found something")
    updated_since = Moment(field_name="updated_at", lookup_expr="gte")
    search = Exactly(
        max_length=100, method="matching", help_text="Our SKU or their id, exactly; else words of the name"
    )

    def with_findings(self, rows: QuerySet[GlobalListing], _name: str, wanted: bool) -> QuerySet[GlobalListing]:
        """Keep those in which the last check found something, or those in which it found nothing."""
        return rows.exclude(findings=[]) if wanted else rows.filter(findings=[])

    def matching(self, rows: QuerySet[GlobalListing], _name: str, text: str) -> QuerySet[GlobalListing]:
        """Look for SKUs and ids first, which is exact; only a text that is none of them is looked for in names."""
        of_variants = GlobalVariant.objects.filter(global_listing=OuterRef("pk"), sku=text)
        exact = rows.filter(Q(sku=text) | Q(external_id=text) | Exists(of_variants))
        return exact if exact.exists() else rows.filter(name__icontains=text)


class ListingFilters(filters.FilterSet):
    account = _account(field_name="global_listing__account")
    shop = _shop()
    status = OneOf(choices=Listing.Status.choices)
    global_listing = _global_listing()
    external_id = Exactly(max_length=64)


class CategoryMappingFilters(filters.FilterSet):
    account = _account()
    source = _category()
    target = _category()


class CategoryRulesFilters(filters.FilterSet):
    account = _account()
    category = _category()


class BrandFilters(filters.FilterSet):
    account = _account()
    category = _category()
    search = Exactly(max_length=100, field_name="name", lookup_expr="icontains", help_text="Part of its name")


class ExchangeRateFilters(filters.FilterSet):
    base = Exactly(max_length=3, lookup_expr="iexact")
    quote = Exactly(max_length=3, lookup_expr="iexact")


class PriceRuleFilters(filters.FilterSet):
    account = _account()
    shop = _shop()


class FoundListingFilters(filters.FilterSet):
    account = _account()
    shop = _shop()
    status = OneOf(choices=Adoption.Status.choices)
    search = Exactly(max_length=100, method="matching", help_text="Its id or SKU, exactly; else words of its name")

    def matching(self, rows: QuerySet[Adoption], _name: str, text: str) -> QuerySet[Adoption]:
        """Look for ids and SKUs first, which is exact."""
        exact = rows.filter(Q(external_id=text) | Q(sku=text))
        return exact if exact.exists() else rows.filter(name__icontains=text)


class DifferenceFilters(filters.FilterSet):
    account = _account(field_name="global_listing__account")
    shop = KnownId(field_name="listing__shop", queryset=Shop.objects.all(), no_such=NO_SUCH_SHOP)
    global_listing = _global_listing()
    listing = KnownId(queryset=Listing.objects.all(), no_such=NO_SUCH_LISTING)
    field = Exactly(max_length=60, help_text="status, name, price:SKU, stock:SKU …")


class FieldSwitchesFilters(filters.FilterSet):
    account = _account(field_name="shop__account")
    shop = _shop()
