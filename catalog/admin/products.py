"""Products: the list people work with all day, and a product's own page."""

from collections import defaultdict
from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    AutocompleteSelectFilter,
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
    RangeNumericFilter,
    RelatedDropdownFilter,
)

from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each, since_filter
from accounts.models import PlatformAccount
from accounts.shown import money, thumbnail, tick, when
from catalog.models import Category, Product, Selection, SelectionItem, StockLevel, Variant, Warehouse
from catalog.services import finding, mine, reviews, sourcing, stock

from .product_page import context_of
from .selling.product_actions import SellingActions

STATUS_LABELS = {Product.Status.ACTIVE: "success", Product.Status.OFF_SALE: "warning", Product.Status.GONE: "danger"}


class CategoryFilter(AutocompleteSelectFilter):
    """A category with all that lies below it."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        chosen = self.value()
        if not chosen or not str(chosen).isdigit():
            return queryset
        below = Q(pk=chosen) | Q(parent=chosen) | Q(parent__parent=chosen)
        return queryset.filter(category__in=Category.objects.filter(below))


class SelectionFilter(DropdownFilter):
    title = _("selection")
    parameter_name = "selection"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(pk), name) for pk, name in Selection.objects.values_list("pk", "name")[:200]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        if not (self.value() or "").isdigit():
            return queryset
        carried = SelectionItem.objects.filter(product=OuterRef("pk"), selection=self.value(), has_left=False)
        return queryset.filter(Exists(carried))


class StockFilter(DropdownFilter):
    title = _("stock")
    parameter_name = "in_stock"
    ranges = {
        "none": (_("None"), Q(stock_total__lte=0)),
        "few": (_("1 to 49"), Q(stock_total__range=(1, 49))),
        "some": (_("50 to 499"), Q(stock_total__range=(50, 499))),
        "many": (_("500 and more"), Q(stock_total__gte=500)),
        "unknown": (_("Not known"), Q(stock_total=None)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(name, text) for name, (text, _condition) in self.ranges.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        chosen = self.ranges.get(str(self.value()))
        return queryset.filter(chosen[1]) if chosen else queryset


class CountryFilter(DropdownFilter):
    title = _("stocked in")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = Warehouse.objects.exclude(country_code="").order_by("country_code")
        return [(code, code) for code in known.values_list("country_code", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        if not self.value():
            return queryset
        there = StockLevel.objects.filter(variant__product=OuterRef("pk"), country_code=self.value(), total__gt=0)
        return queryset.filter(Exists(there))


@admin.register(Product)
class ProductAdmin(SellingActions, ReadOnlyAdmin):
    list_display = ["thumbnail", "title", "sku", "price", "stock_total", "countries", "status_label", "mine", "changed"]
    list_display_links = ["thumbnail", "title"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("category", CategoryFilter),
        SelectionFilter,
        ("is_mine", BooleanRadioFilter),
        StockFilter,
        ("price_low", RangeNumericFilter),
        CountryFilter,
        since_filter("updated_at", _("changed")),
    ]
    list_filter_submit = True
    list_select_related = ["account"]
    ordering = ["-updated_at"]
    sortable_by = ["price", "stock_total", "changed"]
    search_fields = ["name"]
    search_help_text = _("Product id, SKU or words of the name")
    actions = [*SellingActions.names, "sync_now", "refresh_stock", "add_to_mine", "find_source", "read_reviews"]
    buttons = ("publish", "sync_now", "refresh_stock", "add_to_mine", "find_source", "read_reviews")
    change_form_template = "admin/catalog/product/page.html"
    fields = ["name"]  # the page is drawn by its template

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        rows: QuerySet[Product] = super().get_queryset(request)
        return rows.defer("description", "facts", "oddities")

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        """Look for the very id or SKU first, of products and variants: an indexed answer to the commonest question."""
        term = search_term.strip()
        if term and " " not in term:
            accounts = list(PlatformAccount.objects.values_list("pk", flat=True))  # ids are indexed by account
            asked: list[QuerySet[Any, Any]] = [
                Product.objects.filter(account__in=accounts, external_id=term).values_list("pk", flat=True),
                Product.objects.filter(sku=term).values_list("pk", flat=True),
                Variant.objects.filter(external_id=term).values_list("product", flat=True),
                Variant.objects.filter(sku=term).values_list("product", flat=True),
            ]
            keys = {key for rows in asked for key in rows[:100]}
            exact = queryset.filter(pk__in=keys)
            if keys and exact.exists():
                return exact, False
        found: tuple[QuerySet[Product], bool] = super().get_search_results(request, queryset, search_term)
        return found

    def prepare(self, rows: list[Product]) -> list[Product]:
        stocked = StockLevel.objects.filter(variant__product__in=[row.pk for row in rows], total__gt=0).exclude(
            country_code=""
        )
        found: dict[int, set[str]] = defaultdict(set)
        for product_id, code in stocked.order_by().values_list("variant__product", "country_code").distinct():
            found[product_id].add(code)
        for row in rows:
            row.stocked_in = sorted(found[row.pk])  # type: ignore[attr-defined]
        return rows

    @column(_("picture"))
    def thumbnail(self, product: Product) -> SafeString:
        return thumbnail(product.image_url, product.name)

    @column(_("name"))
    def title(self, product: Product) -> str:
        return product.name if len(product.name) <= 90 else f"{product.name[:88]}…"

    @column(_("price"), ordering="price_low")
    def price(self, product: Product) -> str:
        return money(product.price_low, product.price_high, product.currency)

    @column(_("stocked in"))
    def countries(self, product: Product) -> str:
        return " ".join(product.stocked_in) or "–"  # type: ignore[attr-defined]

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, product: Product) -> tuple[str, str]:
        return product.status, product.get_status_display()

    @column(_("mine"))
    def mine(self, product: Product) -> str:
        return tick(product.is_mine)

    @column(_("changed"), ordering="updated_at")
    def changed(self, product: Product) -> str:
        return when(product.updated_at)

    @admin.action(description=_("Sync now"), permissions=["act"])
    def sync_now(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        report_each(request, queryset, asked_by(request, sourcing.request_refresh), done=_("queued to be read in full"))

    @admin.action(description=_("Refresh stock"), permissions=["act"])
    def refresh_stock(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        report_each(request, queryset, asked_by(request, stock.request_stock), done=_("queued for its stock"))

    @admin.action(description=_("Add to CJ my products"), permissions=["act"])
    def add_to_mine(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        report_each(request, queryset, asked_by(request, mine.request_add_to_mine), done=_("queued for my products"))

    @admin.action(description=_("Find a source"), permissions=["act"])
    def find_source(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        def wish(product: Product) -> object:
            return finding.request_source(product.account, product=product, requested_by=request.user.get_username())

        report_each(request, queryset, wish, done=_("the supplier is asked to find"))

    @admin.action(description=_("Read reviews"), permissions=["act"])
    def read_reviews(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        report_each(request, queryset, asked_by(request, reviews.request_reviews), done=_("queued for its reviews"))

    def offers(self, name: str, row: Product) -> bool:
        return name != "add_to_mine" or not row.is_mine

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        product = Product.objects.select_related("account", "category").filter(pk=object_id).first()
        context = context_of(product, request) if product else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))
