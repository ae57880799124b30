"""Differences: where what stands at a platform is not what we sent; a person sends ours again or takes theirs."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each, since_filter
from accounts.shown import link_to, list_url, when
from catalog.models import Drift
from catalog.services.selling import comparing

from .words import selling_accounts


class OwnerFilter(DropdownFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(account.pk), account.name) for account in selling_accounts()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(global_listing__account=self.value()) if (self.value() or "").isdigit() else queryset


class FieldFilter(DropdownFilter):
    title = _("field")
    parameter_name = "kind"
    words = {"price": _("price"), "stock": _("stock"), "status": _("status"), "name": _("name")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(field__startswith=self.value()) if self.value() in self.words else queryset


class ReadNow:
    """A button above a list that begins a reading of each account; the admin says which by `begin`."""

    begin_name: str
    list_before_template: str

    def get_urls(self) -> list[URLPattern]:
        admin_: Any = self
        view = admin_.admin_site.admin_view(self.begin_view)
        return [path("begin/", view, name=self.begin_name), *super().get_urls()]  # type: ignore[misc]

    def begin(self, account: Any, *, requested_by: str) -> object:
        raise NotImplementedError

    def begin_view(self, request: HttpRequest) -> HttpResponse:
        """Queue a reading of the account that was chosen, or of all."""
        admin_: Any = self
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not admin_.has_act_permission(request):
            raise PermissionDenied
        chosen = request.POST.get("account", "")
        accounts = selling_accounts().filter(pk=chosen) if chosen.isdigit() else selling_accounts()
        if not accounts:
            messages.warning(request, _("No account to sell through is connected yet."))
        report_each(request, accounts, asked_by(request, self.begin), done=_("a run is queued"))
        return HttpResponseRedirect(list_url(admin_.model))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        admin_: Any = self
        context = {"begin_accounts": selling_accounts(), "may_act": admin_.has_act_permission(request)}
        return super().changelist_view(request, context | (extra_context or {}))  # type: ignore[misc,no-any-return]


@admin.register(Drift)
class DriftAdmin(ReadNow, ReadOnlyAdmin):
    list_display = ["product_name", "where", "field_name", "ours", "theirs", "found"]
    list_filter = [OwnerFilter, FieldFilter, since_filter("found_at", _("found"))]
    list_filter_submit = True
    list_select_related = ["global_listing", "listing__shop"]
    ordering = ["-found_at", "-pk"]
    sortable_by = ()
    search_fields = ["global_listing__name", "=global_listing__sku"]
    actions = ["send_ours", "take_theirs"]
    buttons = ("send_ours", "take_theirs")
    list_before_template = "admin/catalog/selling/compare.html"
    begin_name = "catalog_compare"
    fields = ["product_name", "where", "field_name", "ours", "theirs", "found_at"]
    readonly_fields = ["product_name", "where", "field_name"]

    def begin(self, account: Any, *, requested_by: str) -> object:
        return comparing.request_comparison(account, requested_by=requested_by)

    @column(_("product"))
    def product_name(self, drift: Drift) -> Any:
        return link_to(drift.global_listing, str(drift.global_listing)[:80])

    @column(_("where"))
    def where(self, drift: Drift) -> Any:
        if drift.listing is None:
            return _("the global product")
        shop = drift.listing.shop
        return link_to(drift.listing, f"{shop.region} {shop.name}".strip())

    @column(_("field"))
    def field_name(self, drift: Drift) -> str:
        kind, _colon, sku = drift.field.partition(":")
        word = FieldFilter.words.get(kind, kind)
        return f"{word} · {sku}" if sku else str(word)

    @column(_("found"))
    def found(self, drift: Drift) -> Any:
        return when(drift.found_at)

    @admin.action(description=_("Send ours again"), permissions=["act"])
    def send_ours(self, request: HttpRequest, queryset: QuerySet[Drift]) -> None:
        person = request.user.get_username()
        rows = queryset.select_related("global_listing__account", "listing__shop__account")
        report_each(request, rows, lambda drift: comparing.repair(drift, by=person), done=_("ours is sent again"))

    @admin.action(description=_("Take theirs"), permissions=["act"])
    def take_theirs(self, request: HttpRequest, queryset: QuerySet[Drift]) -> None:
        person = request.user.get_username()
        rows = queryset.select_related("global_listing__account", "listing__shop__account")
        report_each(request, rows, lambda drift: comparing.accept(drift, by=person), done=_("theirs is taken"))

    def _back(self, request: HttpRequest, row: Any) -> str:
        # A difference that was decided has no page any more.
        return super()._back(request, row) if request.POST.get("next") else list_url(Drift)
