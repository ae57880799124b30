"""Field switches: which global edits flow down to which shop, all shops on one page."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from accounts.adminsite import ReadOnlyAdmin
from accounts.errors import Refused
from accounts.models import Shop
from accounts.shown import list_url
from catalog.models import FieldSync
from catalog.services.selling import switches
from integrations.channels import FieldSwitches

from .words import selling_accounts


@admin.register(FieldSync)
class FieldSyncAdmin(ReadOnlyAdmin):
    """Not rows but shops: one that has no row yet has all five on, as the platform begins."""

    list_display = ["shop"]
    fields = ["shop", *switches.NAMES, "sent_at", "problem"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.save_view)
        return [path("<int:shop_id>/save/", view, name="catalog_fieldsync_save"), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        shops = list(
            Shop.objects.filter(account__in=selling_accounts(), upgraded=True, account__is_shop=False)
            .exclude(status=Shop.Status.DISCONNECTED)
            .select_related("account", "field_sync")
            .order_by("account__name", "region", "name")
        )
        rows = []
        for shop in shops:
            known = getattr(shop, "field_sync", None)
            boxes = [
                {"name": name, "label": FieldSync._meta.get_field(name).verbose_name, "on": getattr(known, name, True)}  # type: ignore[union-attr]
                for name in switches.NAMES
            ]
            rows.append({"shop": shop, "boxes": boxes, "known": known})
        labels = [FieldSync._meta.get_field(name).verbose_name for name in switches.NAMES]  # type: ignore[union-attr]
        context = {"rows": rows, "labels": labels, "may_act": self.has_act_permission(request)}
        return self.page(request, "admin/catalog/selling/switches.html", _("Field switches"), **context)

    def save_view(self, request: HttpRequest, shop_id: int) -> HttpResponse:
        """Keep a shop's five switches and queue telling the platform."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_act_permission(request):
            raise PermissionDenied
        shop = Shop.objects.select_related("account").filter(pk=shop_id, account__in=selling_accounts()).first()
        if shop is None:
            raise Http404
        chosen = FieldSwitches(**{name: bool(request.POST.get(name)) for name in switches.NAMES})
        try:
            switches.save(shop, chosen, by=request.user.get_username())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            messages.success(request, _("The switches of %(shop)s are kept; the platform is told.") % {"shop": shop})
        return HttpResponseRedirect(list_url(FieldSync))
