"""What the products' page offers for selling: check, publish, push; each acts on the listings that are there."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.adminsite import ACT_ON_AT_MOST, asked_by, report_each
from accounts.errors import Refused
from catalog.models import GlobalListing, Product
from catalog.services.selling import preflight, pushing

from .grid import rows_of
from .publish_page import choose


class SellingActions:
    """Actions of the products' admin; they need the right to change listings, not products."""

    names = ("publish", "check_now", "push_price", "push_stock")

    def has_sell_permission(self, request: HttpRequest) -> bool:
        """Tell whether this person may act on listings."""
        return request.user.has_perm("catalog.change_globallisting")  # type: ignore[union-attr]

    @admin.action(description=_("Publish to shops…"), permissions=["sell"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse:
        products = queryset.defer(None).select_related("account")[: ACT_ON_AT_MOST + 1]
        return choose(self, request, list(products))

    @admin.action(description=_("Check what is missing to sell it"), permissions=["sell"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        def checked(product: Product) -> object:
            found = [finding for row in _listings(product) for finding in preflight.check_listing(row)]
            missing = sum(finding.is_error for finding in found)
            if missing:
                raise Refused(gettext("%(n)d things are missing: open its listing.") % {"n": missing})
            return product

        report_each(request, queryset, checked, done=_("nothing is missing"))

    @admin.action(description=_("Push price"), permissions=["sell"])
    def push_price(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._push(request, queryset, pushing.request_push_prices, _("prices are queued"))

    @admin.action(description=_("Push stock"), permissions=["sell"])
    def push_stock(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._push(request, queryset, pushing.request_push_stock, _("stock is queued"))

    def _push(self, request: HttpRequest, queryset: QuerySet[Product], act: Any, done: Any) -> None:
        request_push = asked_by(request, act)

        def pushed(product: Product) -> object:
            jobs = [request_push(listing) for listing in _listings(product)]
            return jobs[0]

        report_each(request, queryset, pushed, done=done)


def _listings(product: Product) -> list[GlobalListing]:
    """Return the listings of a product that stand; raise Refused where there is none."""
    rows = GlobalListing.objects.filter(product=product).exclude(status=GlobalListing.Status.DELETED)
    found = list(rows.select_related("account", "product", "category"))
    if not found:
        raise Refused(gettext("It is not sold anywhere yet: press “Publish to shops…” first."))
    return found


def sold_at(product: Product) -> list[Any]:
    """Draw where a product is sold: a row an account, with its cells."""
    rows = GlobalListing.objects.filter(product=product).select_related("account", "product")
    return rows_of(list(rows.defer("description", "progress").order_by("account__name")), None)
