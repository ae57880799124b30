"""Filters of the catalogue, as in the console."""

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts.filters import NO_SUCH_ACCOUNT, Amount, Country, Exactly, KnownId, Moment, OneOf, Whole, YesNo
from accounts.models import Platform, PlatformAccount
from catalog.models import Category, Product, Selection, SelectionItem, SourcingRequest, StockLevel, Variant, Warehouse

NO_SUCH_PRODUCT = _("There is no product with the id “%(value)s”.")
NO_SUCH_VARIANT = _("There is no variant with the id “%(value)s”.")
NO_SUCH_CATEGORY = _("There is no category with the id “%(value)s”.")
NO_SUCH_SELECTION = _("There is no selection with the id “%(value)s”.")
NO_SUCH_WAREHOUSE = _("There is no warehouse with the id “%(value)s”.")


class ProductFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    status = OneOf(choices=Product.Status.choices)
    category = KnownId(
        queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY, method="in_category", help_text="With all below it"
    )
    selection = KnownId(queryset=Selection.objects.all(), no_such=NO_SUCH_SELECTION, method="in_selection")
    is_mine = YesNo()
    price_min = Amount(field_name="price_low", lookup_expr="gte")
    price_max = Amount(field_name="price_low", lookup_expr="lte")
    stock_min = Whole(field_name="stock_total", lookup_expr="gte")
    stock_max = Whole(field_name="stock_total", lookup_expr="lte")
    country = Country(method="stocked_in", help_text="Something of it is in stock there, such as US")
    updated_since = Moment(field_name="updated_at", lookup_expr="gte")
    search = Exactly(max_length=100, method="matching", help_text="Their id or SKU, exactly; else words of the name")

    def in_category(self, rows: QuerySet[Product], _name: str, category: Category) -> QuerySet[Product]:
        """Keep the products of a category and of all below it."""
        below = Category.objects.filter(Q(pk=category.pk) | Q(parent=category) | Q(parent__parent=category)).values(
            "pk"
        )
        return rows.filter(category__in=below)

    def in_selection(self, rows: QuerySet[Product], _name: str, selection: Selection) -> QuerySet[Product]:
        """Keep what a selection carries now."""
        items = SelectionItem.objects.filter(selection=selection, has_left=False, product=OuterRef("pk"))
        return rows.filter(Exists(items))

    def stocked_in(self, rows: QuerySet[Product], _name: str, country: str) -> QuerySet[Product]:
        """Keep what has stock in a country."""
        levels = StockLevel.objects.filter(variant__product=OuterRef("pk"), country_code=country.upper(), total__gt=0)
        return rows.filter(Exists(levels))

    def matching(self, rows: QuerySet[Product], _name: str, text: str) -> QuerySet[Product]:
        """Look for ids first, which is exact and fast; only a text that is none of them is looked for in names."""
        of_variants = Variant.objects.filter(Q(sku=text) | Q(external_id=text)).values("product")
        exact = rows.filter(Q(external_id=text) | Q(sku=text) | Q(pk__in=of_variants))
        return exact if exact.exists() else rows.filter(Q(name__icontains=text) | Q(name_local__icontains=text))


class VariantFilters(filters.FilterSet):
    account = KnownId(field_name="product__account", queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    product = KnownId(queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    sku = Exactly(max_length=100)
    external_id = Exactly(max_length=64)
    is_gone = YesNo()
    stock_min = Whole(field_name="stock_total", lookup_expr="gte")
    stock_max = Whole(field_name="stock_total", lookup_expr="lte")
    updated_since = Moment(field_name="updated_at", lookup_expr="gte")


class StockLevelFilters(filters.FilterSet):
    account = KnownId(
        field_name="variant__product__account", queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT
    )
    product = KnownId(field_name="variant__product", queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    variant = KnownId(queryset=Variant.objects.all(), no_such=NO_SUCH_VARIANT)
    warehouse = KnownId(queryset=Warehouse.objects.all(), no_such=NO_SUCH_WAREHOUSE)
    country = Country(field_name="country_code", lookup_expr="iexact")
    total_min = Whole(field_name="total", lookup_expr="gte")
    total_max = Whole(field_name="total", lookup_expr="lte")
    is_verified = YesNo()


class OfferFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    product = KnownId(field_name="variant__product", queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    variant = KnownId(queryset=Variant.objects.all(), no_such=NO_SUCH_VARIANT)
    is_available = YesNo()
    price_min = Amount(field_name="price", lookup_expr="gte")
    price_max = Amount(field_name="price", lookup_expr="lte")
    changed_since = Moment(field_name="changed_at", lookup_expr="gte")


class CategoryFilters(filters.FilterSet):
    platform = OneOf(choices=Platform.choices)
    level = OneOf(choices=[("1", "1"), ("2", "2"), ("3", "3")])
    parent = KnownId(queryset=Category.objects.all(), no_such=NO_SUCH_CATEGORY)
    market = Exactly(max_length=8, lookup_expr="iexact", help_text="Such as MX; most platforms have one tree for all")
    is_leaf = YesNo(help_text="Whether products may stand in it")
    external_id = Exactly(max_length=64)
    search = Exactly(max_length=100, field_name="path", lookup_expr="icontains")


class WarehouseFilters(filters.FilterSet):
    platform = OneOf(choices=Platform.choices)
    kind = OneOf(choices=Warehouse.Kind.choices)
    country = Country(field_name="country_code", lookup_expr="iexact")


class SelectionFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    kind = OneOf(choices=Selection.Kind.choices)
    is_active = YesNo()
    name = Exactly(max_length=100)


class SourcingRequestFilters(filters.FilterSet):
    account = KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT)
    product = KnownId(queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    status = OneOf(choices=SourcingRequest.Status.choices)


class ReviewFilters(filters.FilterSet):
    product = KnownId(queryset=Product.objects.all(), no_such=NO_SUCH_PRODUCT)
    score = Whole()
    country = Country(field_name="country_code", lookup_expr="iexact")
