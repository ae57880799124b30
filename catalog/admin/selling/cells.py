"""One product in one shop: the cell of the grid as a page of its own, with its buttons."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each
from accounts.past import entries_of
from accounts.shown import link_to, money
from catalog.models import Listing, ListingVariant
from catalog.services.selling import publishing, withdrawing

from .words import CELL_CLASSES, LABELS, MAY_RETRY


@admin.register(Listing)
class ListingAdmin(ReadOnlyAdmin):
    """One product in one shop: the cell of the grid as a page of its own."""

    list_display = ["product_name", "shop_name", "status_label", "short_problem", "external_id", "published_at"]
    list_filter = [("status", ChoicesDropdownFilter), ("shop", RelatedDropdownFilter)]
    list_filter_submit = True
    list_select_related = ["global_listing", "shop"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["global_listing__name", "=external_id", "=global_listing__sku"]
    actions = ["retry", "unlist", "relist", "remove"]
    buttons = ("retry", "unlist", "relist", "remove")
    change_form_template = "admin/catalog/listing/page.html"
    fields = ["external_id"]  # the page is drawn by its template

    @column(_("product"))
    def product_name(self, listing: Listing) -> str:
        return str(listing.global_listing)

    @column(_("shop"))
    def shop_name(self, listing: Listing) -> str:
        return f"{listing.shop.region} {listing.shop.name}".strip()

    @column(
        _("status"),
        label={status.value: LABELS[css] for status, css in CELL_CLASSES.items() if css in LABELS},
    )
    def status_label(self, listing: Listing) -> tuple[str, str]:
        return listing.status, listing.get_status_display()

    @column(_("problem"))
    def short_problem(self, listing: Listing) -> str:
        return listing.problem[:120]

    @admin.action(description=_("Try again"), permissions=["act"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        report_each(request, self._whole(queryset), asked_by(request, publishing.retry), done=_("queued again"))

    @admin.action(description=_("Unlist"), permissions=["act"])
    def unlist(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        report_each(
            request,
            self._whole(queryset),
            asked_by(request, withdrawing.request_unlist),
            done=_("queued to be unlisted"),
        )

    @admin.action(description=_("List again"), permissions=["act"])
    def relist(self, request: HttpRequest, queryset: QuerySet[Listing]) -> None:
        person = request.user.get_username()
        report_each(
            request,
            self._whole(queryset),
            lambda listing: withdrawing.request_unlist(listing, listed=True, requested_by=person),
            done=_("queued to be listed again"),
        )

    @admin.action(description=_("Delete from the shop…"), permissions=["act"])
    def remove(self, request: HttpRequest, queryset: QuerySet[Listing]) -> HttpResponse | None:
        asked: HttpResponse | None = self.confirmed(
            request,
            queryset,
            action="remove",
            title=_("Delete from the shop"),
            text=_("It is deleted at the platform, with its reviews and sales. This can't be undone."),
        )
        if asked is None:
            act = asked_by(request, withdrawing.request_delete_listing)
            report_each(request, self._whole(queryset), act, done=_("queued to be deleted"))
        return asked

    def _whole(self, queryset: QuerySet[Listing]) -> QuerySet[Listing]:
        return queryset.select_related("shop__account", "global_listing__account", "global_listing__product")

    def offers(self, name: str, row: Listing) -> bool:
        may: dict[str, tuple[str, ...]] = {
            "retry": MAY_RETRY,
            "unlist": (Listing.Status.LIVE,),
            "relist": (Listing.Status.UNLISTED,),
            "remove": Listing.THERE,
        }
        return row.status in may[name]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        rows = self._whole(Listing.objects.all())
        listing = rows.filter(pk=object_id).first() if object_id.isdigit() else None
        context = _cell_page(listing) if listing else {}
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def _cell_page(listing: Listing) -> dict[str, Any]:
    """Gather what a cell's page shows."""
    currency = listing.shop.currency
    variants = ListingVariant.objects.filter(listing=listing).select_related("global_variant").order_by("pk")[:200]
    rows = [
        {
            "variant": row,
            "options": " · ".join(map(str, row.global_variant.options)),
            "price": money(row.price, None, currency),
            "sent": money(row.sent_price, None, currency),
            "seen": money(row.seen_price, None, currency),
        }
        for row in variants
    ]
    return {
        "listing": listing,
        "css": CELL_CLASSES.get(Listing.Status(listing.status), ""),
        "product_link": link_to(listing.global_listing),
        "rows": rows,
        "drifts": listing.drifts.all()[:50],
        "entries": entries_of(listing, 20),
    }
