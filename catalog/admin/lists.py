"""The other lists of the catalogue: variants with their offers, stock, warehouses, categories, reviews."""

import json
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, column, since_filter
from accounts.shown import link_to, money, pretty, thumbnail
from catalog.models import Category, Review, StockLevel, Variant, Warehouse

from .products import CountryFilter, StockFilter


class ExactFirst:
    """Search ids and SKUs by equality (they are indexed), and words only where nothing equals."""

    exact_fields: tuple[str, ...] = ()

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[QuerySet[Any], bool]:
        term, same = search_term.strip(), Q()
        for field in self.exact_fields:
            same |= Q(**{field: term})
        exact = queryset.filter(same)
        if term and exact.exists():
            return exact, False
        return super().get_search_results(request, queryset, search_term)  # type: ignore[misc,no-any-return]


class VariantCountryFilter(CountryFilter):
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        there = StockLevel.objects.filter(country_code=self.value(), total__gt=0)
        return queryset.filter(pk__in=there.values("variant")) if self.value() else queryset


@admin.register(Variant)
class VariantAdmin(ExactFirst, ReadOnlyAdmin):
    list_display = ["thumbnail", "sku", "key", "of_product", "price", "suggested", "stock_total", "weight_g", "is_gone"]
    list_display_links = ["thumbnail", "sku"]
    list_filter = [
        StockFilter,
        VariantCountryFilter,
        ("is_gone", BooleanRadioFilter),
        since_filter("updated_at", _("changed")),
    ]
    list_filter_submit = True
    list_select_related = ["product"]
    ordering = ["-pk"]
    sortable_by = ()
    exact_fields = ("sku", "external_id")
    search_fields = ["=sku"]
    search_help_text = _("A variant's whole SKU or id")
    fields = [
        *("of_product", "external_id", "sku", "name", "key", "price", "suggested", "stock_total", "stock"),
        *("weight_g", "length_mm", "width_mm", "height_mm", "volume_mm3", "is_gone"),
        *("external_created_at", "created_at", "updated_at", "said"),
    ]
    readonly_fields = ["of_product", "price", "suggested", "stock", "said"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        rows: QuerySet[Variant] = super().get_queryset(request)
        return rows.prefetch_related("offers")

    @column(_("picture"))
    def thumbnail(self, variant: Variant) -> SafeString:
        return thumbnail(variant.image_url or variant.product.image_url, variant.sku)

    @column(_("product"))
    def of_product(self, variant: Variant) -> str:
        return link_to(variant.product, variant.product.name[:80])

    @column(_("price"))
    def price(self, variant: Variant) -> str:
        offer = next(iter(variant.offers.all()), None)
        return money(offer.price, offer.price_high, offer.currency) if offer else "–"

    @column(_("suggested price"))
    def suggested(self, variant: Variant) -> str:
        offer = next(iter(variant.offers.all()), None)
        return money(offer.suggested_price, None, offer.currency) if offer else "–"

    @column(_("stock by place"))
    def stock(self, variant: Variant) -> str:
        levels = variant.stock_levels.select_related("warehouse")
        return ", ".join(f"{level.country_code} {level.warehouse or ''}: {level.total}" for level in levels) or "–"

    @column(_("facts"))
    def said(self, variant: Variant) -> SafeString:
        return pretty(_json(variant.facts))


@admin.register(StockLevel)
class StockLevelAdmin(ReadOnlyAdmin):
    list_display = [
        "of_variant",
        "of_product",
        "country_code",
        "warehouse",
        "total",
        "cj",
        "factory",
        "is_verified",
        "observed_at",
    ]
    list_filter = [
        ("warehouse", RelatedDropdownFilter),
        ("is_verified", BooleanRadioFilter),
        since_filter("observed_at", _("changed")),
    ]
    list_filter_submit = True
    list_select_related = ["variant__product", "warehouse"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["=variant__sku", "=variant__external_id"]
    search_help_text = _("A variant's whole SKU or id")

    @column(_("variant"))
    def of_variant(self, level: StockLevel) -> str:
        return level.variant.sku or level.variant.external_id

    @column(_("product"))
    def of_product(self, level: StockLevel) -> str:
        return link_to(level.variant.product, level.variant.product.name[:80])


@admin.register(Warehouse)
class WarehouseAdmin(ReadOnlyAdmin):
    list_display = ["name", "kind", "country_code", "platform", "external_id", "read_at"]
    list_filter = [("kind", ChoicesDropdownFilter), ("platform", ChoicesDropdownFilter)]
    list_filter_submit = True
    search_fields = ["name", "=country_code"]
    fields = ["name", "kind", "country_code", "address", "phone", "platform", "external_id", "read_at", "said"]
    readonly_fields = ["said"]

    @column(_("facts"))
    def said(self, warehouse: Warehouse) -> SafeString:
        return pretty(_json(warehouse.facts))


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["path_or_name", "level", "platform", "external_id", "read_at"]
    list_filter = [("platform", ChoicesDropdownFilter), "level"]
    list_filter_submit = True
    ordering = ["path", "pk"]
    search_fields = ["path", "name"]

    @column(_("category"))
    def path_or_name(self, category: Category) -> str:
        return str(category)


@admin.register(Review)
class ReviewAdmin(ReadOnlyAdmin):
    list_display = ["short", "score", "of_product", "country_code", "author", "commented_at"]
    list_filter = ["score", since_filter("commented_at", _("at"))]
    list_filter_submit = True
    list_select_related = ["product"]
    ordering = ["-pk"]
    sortable_by = ()

    @column(_("review"))
    def short(self, review: Review) -> str:
        return review.text[:120] or "–"

    @column(_("product"))
    def of_product(self, review: Review) -> str:
        return link_to(review.product, review.product.name[:60])


REQUEST_LABELS = {
    "planned": "info",
    "sent": "info",
    "unknown": "warning",
    "found": "success",
    "failed": "danger",
    "refused": "danger",
}


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False) if data else ""
