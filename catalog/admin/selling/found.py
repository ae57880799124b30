"""Found listings: what stands at a platform and is not known as ours; a person says what it is, or leaves it alone."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, column, report_each
from accounts.errors import Refused
from accounts.shown import admin_url, link_to, money, when
from catalog.models import Adoption, Product
from catalog.services.selling import adopting

from .differences import ReadNow

CHOICES_AT_MOST = 20
STATUS_LABELS = {"conflict": "danger", "unknown": "warning", "adopted": "success", "ignored": ""}


@admin.register(Adoption)
class AdoptionAdmin(ReadNow, ReadOnlyAdmin):
    list_display = ["title", "sku", "status_label", "short_reason", "account_name", "shop_name", "adopted_as", "found"]
    list_filter = [
        ("status", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("shop", RelatedDropdownFilter),
    ]
    list_filter_submit = True
    list_select_related = ["account", "shop", "global_listing"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["name", "=sku", "=external_id"]
    search_help_text = _("Words of the name, or a whole SKU or id")
    actions = ["leave_alone"]
    buttons = ("leave_alone",)
    list_before_template = "admin/catalog/selling/adopt.html"
    change_form_template = "admin/catalog/selling/found.html"
    begin_name = "catalog_adopt"
    fields = ["name"]  # the page is drawn by its template

    def begin(self, account: Any, *, requested_by: str) -> object:
        return adopting.request_adoption(account, requested_by=requested_by)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.adopt_view)
        return [path("<int:adoption_id>/adopt/", view, name="catalog_adoption_adopt"), *super().get_urls()]

    @column(_("name"))
    def title(self, adoption: Adoption) -> str:
        return adoption.name or adoption.external_id

    @column(_("status"), label=STATUS_LABELS)
    def status_label(self, adoption: Adoption) -> tuple[str, str]:
        return adoption.status, adoption.get_status_display()

    @column(_("reason"))
    def short_reason(self, adoption: Adoption) -> str:
        return adoption.reason[:140]

    @column(_("shop"))
    def shop_name(self, adoption: Adoption) -> str:
        return f"{adoption.shop.region} {adoption.shop.name}".strip() if adoption.shop else "–"

    @column(_("adopted as"))
    def adopted_as(self, adoption: Adoption) -> Any:
        return link_to(adoption.global_listing)

    @column(_("found"))
    def found(self, adoption: Adoption) -> Any:
        return when(adoption.found_at)

    @admin.action(description=_("Leave alone"), permissions=["act"])
    def leave_alone(self, request: HttpRequest, queryset: QuerySet[Adoption]) -> None:
        person = request.user.get_username()
        report_each(request, queryset, lambda row: adopting.ignore(row, by=person), done=_("left alone"))

    def offers(self, name: str, row: Adoption) -> bool:
        return row.status in adopting.OPEN

    def adopt_view(self, request: HttpRequest, adoption_id: int) -> HttpResponse:
        """Adopt a found listing as the product that was chosen."""
        if request.method != "POST":
            return HttpResponse(status=405, headers={"Allow": "POST"})
        if not self.has_act_permission(request):
            raise PermissionDenied
        adoption = Adoption.objects.select_related("account", "shop").filter(pk=adoption_id).first()
        if adoption is None:
            raise Http404
        chosen = request.POST.get("product", "")
        product = Product.objects.filter(pk=chosen).first() if chosen.isdigit() else None
        try:
            if product is None:
                raise Refused(_("Choose the product that it is."))
            adopting.adopt(adoption, product, by=request.user.get_username())
        except Refused as refusal:
            messages.warning(request, str(refusal))
        else:
            words = _("“%(name)s” is queued to be adopted as “%(product)s”.")
            messages.success(request, words % {"name": adoption, "product": product})
        return HttpResponseRedirect(admin_url(adoption))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        rows = Adoption.objects.select_related("account", "shop", "global_listing")
        adoption = rows.filter(pk=object_id).first() if object_id.isdigit() else None
        context = {}
        if adoption is not None:
            text = request.GET.get("text", "").strip()
            context = {
                "adoption": adoption,
                "text": text,
                "is_open": adoption.status in adopting.OPEN,
                "may_act": self.has_act_permission(request),
                "choices": _choices(adoption, text),
                "label_class": {"conflict": "bad", "unknown": "warn", "adopted": "good"}.get(adoption.status, "dim"),
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def _choices(adoption: Adoption, text: str) -> list[dict[str, Any]]:
    """Offer the products that it may be: the candidates, and what a search finds."""
    ids = [pk for pk in map(_id_of, adoption.candidates) if pk]
    wanted = Q(pk__in=ids)
    if text:
        wanted |= Q(sku=text) | Q(variants__sku=text) | Q(name__icontains=text)
    found = Product.objects.filter(wanted).defer("description", "facts").distinct().order_by("pk")[:CHOICES_AT_MOST]
    return [
        {
            "product": product,
            "price": money(product.price_low, product.price_high, product.currency),
            "is_candidate": product.pk in ids,
        }
        for product in found
    ]


def _id_of(candidate: Any) -> int:
    return int(candidate) if str(candidate).isdigit() else 0
