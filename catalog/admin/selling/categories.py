"""What categories ask of an account, how old that is, and their brands."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, column, report_each, since_filter
from accounts.shown import when
from catalog.models import Brand, CategorySpec, GlobalListing
from catalog.services.selling import specs
from integrations.channels import Span

from .questions import questions_of


@admin.register(CategorySpec)
class CategorySpecAdmin(ReadOnlyAdmin):
    list_display = ["category_path", "account_name", "read", "age", "brands", "brands_read"]
    list_filter = [("account", RelatedDropdownFilter), since_filter("read_at", _("read"))]
    list_filter_submit = True
    list_select_related = ["account", "category"]
    ordering = ["-read_at"]
    sortable_by = ()
    search_fields = ["category__path", "=category__external_id"]
    actions = ["read_again", "read_brands"]
    buttons = ("read_again", "read_brands")
    change_form_template = "admin/catalog/spec/page.html"
    fields = ["category"]  # the page is drawn by its template

    def prepare(self, rows: list[CategorySpec]) -> list[CategorySpec]:
        wanted = Brand.objects.filter(
            account__in=[row.account_id for row in rows], category__in=[row.category_id for row in rows]
        )
        counted = wanted.order_by().values_list("account", "category").annotate(n=Count("pk"))
        found = {(account, category): n for account, category, n in counted}
        for row in rows:
            row.brand_count = found.get((row.account_id, row.category_id), 0)  # type: ignore[attr-defined]
        return rows

    @column(_("category"))
    def category_path(self, spec: CategorySpec) -> str:
        return str(spec.category)

    @column(_("read"))
    def read(self, spec: CategorySpec) -> Any:
        return when(spec.read_at)

    @column(_("age"), label={"old": "warning", "fresh": "success"})
    def age(self, spec: CategorySpec) -> tuple[str, Any]:
        return ("old", _("old")) if specs.is_old(spec) else ("fresh", _("fresh"))

    @column(_("brands"))
    def brands(self, spec: CategorySpec) -> int:
        return int(spec.brand_count)  # type: ignore[attr-defined]

    @column(_("brands read"))
    def brands_read(self, spec: CategorySpec) -> Any:
        return when(spec.brands_read_at)

    @admin.action(description=_("Read again"), permissions=["act"])
    def read_again(self, request: HttpRequest, queryset: QuerySet[CategorySpec]) -> None:
        person = request.user.get_username()
        report_each(
            request,
            queryset.select_related("account", "category"),
            lambda spec: specs.request_spec(spec.account, spec.category, requested_by=person),
            done=_("queued to be read"),
        )

    @admin.action(description=_("Read the brands"), permissions=["act"])
    def read_brands(self, request: HttpRequest, queryset: QuerySet[CategorySpec]) -> None:
        person = request.user.get_username()
        report_each(
            request,
            queryset.select_related("account", "category"),
            lambda spec: specs.request_brands(spec.account, spec.category, requested_by=person),
            done=_("queued for its brands"),
        )

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        rows = CategorySpec.objects.select_related("account", "category")
        spec = rows.filter(pk=object_id).first() if object_id.isdigit() else None
        context = _page_of(spec) if spec else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def _page_of(spec: CategorySpec) -> dict[str, Any]:
    rules = specs.rules_of(spec)
    spans: list[tuple[Any, Span]] = [
        (_("Name (characters)"), rules.name_length),
        (_("Description (characters)"), rules.description_length),
        (_("Pictures"), rules.image_count),
        (_("Price"), rules.price),
        (_("Stock"), rules.stock),
        (_("Name of an axis"), rules.axis_name_length),
        (_("Option"), rules.option_length),
    ]
    brands = Brand.objects.filter(account=spec.account_id, category=spec.category_id)
    return {
        "spec": spec,
        "rules": rules,
        "is_old": specs.is_old(spec),
        "limits": [(label, _span(span)) for label, span in spans],
        "questions": questions_of(rules.fields, {}),
        "brands": brands.order_by("name")[:100],
        "brand_count": brands.count(),
        "used": GlobalListing.objects.filter(account=spec.account_id, category=spec.category_id).count(),
    }


def _span(span: Span) -> str:
    low, high = (None if end is None else number_format(end.normalize()) for end in (span.low, span.high))
    if low is None and high is None:
        return "–"
    return f"{low if low is not None else '…'} – {high if high is not None else '…'}"


@admin.register(Brand)
class BrandAdmin(ReadOnlyAdmin):
    list_display = ["name", "external_id", "category_path", "account_name"]
    list_filter = [("account", RelatedDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["account", "category"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["name", "=external_id"]

    @column(_("category"))
    def category_path(self, brand: Brand) -> str:
        return str(brand.category)
