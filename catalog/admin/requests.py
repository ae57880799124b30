"""Sourcing requests: what the supplier is asked to find."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.forms.models import fields_for_model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each
from accounts.errors import Refused
from accounts.shown import admin_url, link_to, thumbnail
from catalog.models import Product, SourcingRequest
from catalog.services import finding

from .search_page import SearchPage

STATUS_LABELS = {
    "planned": "info",
    "sent": "info",
    "unknown": "warning",
    "found": "success",
    "failed": "danger",
    "refused": "danger",
}
ASKED = ["name", "image_url", "url", "price", "remark"]


class WishForm(forms.Form):
    """What the supplier shall find."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields |= fields_for_model(SourcingRequest, fields=ASKED, formfield_callback=_https)


def _https(column: Any, **kwargs: Any) -> Any:
    return column.formfield(**({"assume_scheme": "https"} if "URL" in type(column).__name__ else {}), **kwargs)


@admin.register(SourcingRequest)
class SourcingRequestAdmin(SearchPage, ReadOnlyAdmin):
    list_display = [
        "thumbnail",
        "name",
        "status_label",
        "platform_status",
        "price",
        "found",
        "created_at",
        "checked_at",
    ]
    list_display_links = ["thumbnail", "name"]
    list_filter = [("status", ChoicesDropdownFilter), ("account", RelatedDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["account", "product"]
    search_fields = ["name", "=external_id"]
    actions = ["ask_state", "send_again"]
    buttons = ("ask_state", "send_again")
    fields = [
        *("status", "problem", "name", "image_url", "url", "price", "remark", "account", "of_product"),
        *("platform_status", "external_id", "found_product_id", "found_sku", "created_at", "checked_at"),
    ]
    readonly_fields = ["of_product"]

    @column(_("picture"))
    def thumbnail(self, wish: SourcingRequest) -> SafeString:
        return thumbnail(wish.image_url, wish.name)

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, wish: SourcingRequest) -> tuple[str, str]:
        return wish.status, wish.get_status_display()

    @column(_("found"))
    def found(self, wish: SourcingRequest) -> str:
        return wish.found_sku or wish.found_product_id or "–"

    @column(_("for the product"))
    def of_product(self, wish: SourcingRequest) -> str:
        return link_to(wish.product)

    @admin.action(description=_("Ask how far it is"), permissions=["act"])
    def ask_state(self, request: HttpRequest, queryset: QuerySet[SourcingRequest]) -> None:
        accounts = {wish.account_id: wish.account for wish in queryset.select_related("account")}
        report_each(
            request, accounts.values(), asked_by(request, finding.request_check), done=_("the supplier is asked")
        )

    @admin.action(description=_("Send again (only if the supplier does not have it)"), permissions=["act"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[SourcingRequest]) -> None:
        report_each(request, queryset, asked_by(request, finding.send_again), done=_("queued to be sent again"))

    def offers(self, name: str, row: SourcingRequest) -> bool:
        lost = row.status in (SourcingRequest.Status.UNKNOWN, SourcingRequest.Status.REFUSED)
        return lost if name == "send_again" else row.status == SourcingRequest.Status.SENT

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("catalog.add_sourcingrequest")  # type: ignore[union-attr]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Ask for something that the catalogue does not have, or for another source of a product."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        account, title = self.account_of(request), gettext("Find a source")
        if account is None:
            return self.page(request, "admin/catalog/no_account.html", title)
        asked = request.GET.get("product", "")
        product = Product.objects.filter(pk=asked).first() if asked.isdigit() else None
        initial = {"name": product.name[:200], "image_url": product.image_url} if product else {}
        form = WishForm(request.POST or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            try:
                person = request.user.get_username()
                wish = finding.request_source(account, product=product, requested_by=person, **form.cleaned_data)
            except Refused as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
            else:
                messages.success(request, _("The supplier is asked to find “%(name)s”.") % {"name": wish.name})
                return HttpResponseRedirect(admin_url(wish))
        context = {"form": form, "account": account, "accounts": self.accounts(), "product": product}
        return self.page(request, "admin/catalog/wish.html", title, **context)
