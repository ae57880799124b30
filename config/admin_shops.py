"""The shop's pages: where it stands, how it is sold through, until when it lets us act."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from accounts import services
from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each
from accounts.models import PlatformAccount, Shop
from accounts.past import entries_of
from integrations import connections, sellers
from integrations.models import SyncJob

STATUS_LABELS = {"connected": "success", "reconnect": "danger", "disconnected": "warning"}
ROUTES = {"global": _("Global products"), "shop": _("Own products"), "": _("Not from here")}


def shown_shop(shop: Shop) -> dict[str, Any]:
    """Return a shop as its page and its account's page show it."""
    route, reason = sellers.selling_route(shop)
    warnings: list[object] = []
    if shop.platform_status not in ("", "NORMAL"):
        warnings.append(_("The marketplace says: %(status)s.") % {"status": shop.platform_status})
    if shop.facts.get("holiday"):
        warnings.append(_("The shop is on holiday: nothing can be published to it."))
    return {"shop": shop, "route": ROUTES[route], "is_open": bool(route), "reason": reason, "warnings": warnings}


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    list_display = ["name", "account_name", "region", "currency", "status_label", "route", "authorization_expires_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("account", RelatedDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["account"]
    search_fields = ["name", "external_id"]
    actions = ["read_settings"]
    buttons = ("read_settings",)
    change_form_template = "admin/accounts/shop/page.html"
    fields = ["name"]  # the page is drawn by its template

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, shop: Shop) -> tuple[str, str]:
        return shop.status, shop.get_status_display()

    @column(_("sold through"))
    def route(self, shop: Shop) -> str:
        return str(ROUTES[sellers.selling_route(shop)[0]])

    @admin.action(description=_("Read settings"), permissions=["act"])
    def read_settings(self, request: HttpRequest, queryset: QuerySet[Shop]) -> None:
        accounts = PlatformAccount.objects.filter(shops__in=queryset).distinct()
        report_each(request, accounts, asked_by(request, connections.request_settings), done=_("queued"))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        shops = Shop.objects.select_related("account")
        shop = shops.filter(pk=object_id).first() if object_id.isdigit() else None
        context = _page_of(shop) if shop else {}
        may_connect = request.user.has_perm("accounts.change_platformaccount")  # type: ignore[union-attr]
        context |= {"may_act": self.has_act_permission(request), "may_connect": may_connect}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def _page_of(shop: Shop) -> dict[str, Any]:
    """Gather what a shop's page shows: of its secrets only the times."""
    return {
        **shown_shop(shop),
        "credential": services.credential_of_shop(shop),
        "held": SyncJob.objects.filter(shop=shop, state=SyncJob.State.QUEUED)[:1000].count(),
        "entries": entries_of(shop, 20),
    }
