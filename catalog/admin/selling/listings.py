"""Listings: the grid of products × shops, and the buttons that go with it."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import (
    BooleanRadioFilter,
    ChoicesDropdownFilter,
    DropdownFilter,
)

from accounts.adminsite import ReadOnlyAdmin, asked_by, report_each
from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Drift, GlobalListing, Listing
from catalog.services.selling import findings, preflight, pushing, withdrawing

from .grid import rows_of
from .listing_page import ListingPage
from .publish_page import PublishPage
from .words import field_name, market_names, selling_accounts, selling_shops


class AccountFilter(DropdownFilter):
    title = _("account")
    parameter_name = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(account.pk), account.name) for account in selling_accounts()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(account=self.value()) if (self.value() or "").isdigit() else queryset


class StateFilter(DropdownFilter):
    """What a merchandiser looks for in the morning: what is refused, what goes on, what needs a hand."""

    title = _("state")
    parameter_name = "state"
    words = {
        "attention": _("Needs attention"),
        "refused": _("Refused in a shop"),
        "publishing": _("Publishing"),
        "live": _("Live somewhere"),
        "unpublished": _("Not published anywhere"),
        "incomplete": _("Something is missing"),
        "differs": _("Differs at the platform"),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.words.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> QuerySet[GlobalListing]:
        cells = Listing.objects.filter(global_listing=OuterRef("pk"))
        refused = Exists(
            cells.filter(status__in=[Listing.Status.REFUSED, Listing.Status.BLOCKED, Listing.Status.BANNED])
        )
        publishing = Exists(cells.filter(status=Listing.Status.PUBLISHING))
        conditions: dict[str, Any] = {
            "attention": Q(status=GlobalListing.Status.ATTENTION) | refused,
            "refused": refused,
            "publishing": Q(status=GlobalListing.Status.PUBLISHING) | publishing,
            "live": Exists(cells.filter(status=Listing.Status.LIVE)),
            "unpublished": ~Exists(cells.filter(status__in=Listing.THERE)),
            "incomplete": ~Q(findings=[]),
            "differs": Exists(Drift.objects.filter(global_listing=OuterRef("pk"))),
        }
        chosen = conditions.get(str(self.value()))
        return queryset if chosen is None else queryset.filter(chosen)


@admin.register(GlobalListing)
class GlobalListingAdmin(PublishPage, ListingPage, ReadOnlyAdmin):
    list_display = ["name", "sku", "status"]  # what is searched and filtered; the grid is drawn by its template
    list_filter = [AccountFilter, StateFilter, ("status", ChoicesDropdownFilter), ("is_adopted", BooleanRadioFilter)]
    list_filter_submit = True
    list_select_related = ["account", "product"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["name", "=sku", "=external_id", "=product__sku", "=variants__sku"]
    search_help_text = _("Words of the name, or a whole SKU or id")
    actions = ["check_now", "publish", "push_price", "push_stock", "unlist", "delete_everywhere"]
    buttons = ("check_now", "publish", "push_price", "push_stock", "unlist", "delete_everywhere")
    change_list_template = "admin/catalog/globallisting/list.html"
    change_form_template = "admin/catalog/globallisting/page.html"
    fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[GlobalListing]:
        rows: QuerySet[GlobalListing] = super().get_queryset(request)
        return rows.defer("description", "progress")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Draw the grid: a column a shop where one account is looked at, chips where there are several."""
        answer: Any = super().changelist_view(request, extra_context)
        changelist = getattr(answer, "context_data", {}).get("cl")
        if changelist is None:
            return answer  # type: ignore[no-any-return]
        account = self._one_account(request)
        columns = selling_shops(account) if account else None
        markets = market_names(columns or [])
        answer.context_data |= {
            "account": account,
            "columns": [{"shop": shop, "market": markets[shop.pk]} for shop in columns or []],
            "has_columns": columns is not None,
            "grid": rows_of(changelist.result_list, columns),
            "may_act": self.has_act_permission(request),
            "back": request.get_full_path(),
        }
        return answer  # type: ignore[no-any-return]

    def _one_account(self, request: HttpRequest) -> PlatformAccount | None:
        named = request.GET.get("account", "")
        accounts = list(selling_accounts().filter(pk=named) if named.isdigit() else selling_accounts()[:2])
        return accounts[0] if len(accounts) == 1 else None

    # --- actions

    @admin.action(description=_("Check"), permissions=["act"])
    def check_now(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> None:
        def checked(listing: GlobalListing) -> object:
            found = [finding for finding in preflight.check_listing(listing) if finding.level == "error"]
            if found:
                texts = " ".join(dict.fromkeys(_spelled(finding) for finding in found[:3]))
                more = len(found) - 3
                said = ngettext("And %(n)d more.", "And %(n)d more.", more) % {"n": more} if more > 0 else ""
                raise Refused(f"{texts} {said}".strip())
            return listing

        report_each(request, self._whole(queryset), checked, done=_("nothing is missing"))

    @admin.action(description=_("Publish to shops…"), permissions=["act"])
    def publish(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> HttpResponse | None:
        return self.plan_of(request, list(self._whole(queryset)[: self.most_at_once + 1]))

    @admin.action(description=_("Push price"), permissions=["act"])
    def push_price(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> None:
        report_each(
            request, self._whole(queryset), asked_by(request, pushing.request_push_prices), done=_("prices are queued")
        )

    @admin.action(description=_("Push stock"), permissions=["act"])
    def push_stock(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> None:
        report_each(
            request, self._whole(queryset), asked_by(request, pushing.request_push_stock), done=_("stock is queued")
        )

    @admin.action(description=_("Unlist in all shops"), permissions=["act"])
    def unlist(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> HttpResponse | None:
        there = Listing.objects.filter(global_listing__in=queryset, status=Listing.Status.LIVE)
        asked: HttpResponse | None = self.confirmed(
            request,
            queryset,
            action="unlist",
            title=_("Unlist in all shops"),
            text=_("%(n)d live listings are hidden from buyers. They can be listed again.") % {"n": there.count()},
        )
        if asked is None:
            live = there.select_related("shop", "global_listing__account", "shop__account")
            report_each(request, live, asked_by(request, withdrawing.request_unlist), done=_("queued to be unlisted"))
            if not live:
                messages.info(request, gettext("Nothing is live there."))
        return asked

    @admin.action(description=_("Delete…"), permissions=["act"])
    def delete_everywhere(self, request: HttpRequest, queryset: QuerySet[GlobalListing]) -> HttpResponse | None:
        there = Listing.objects.filter(global_listing__in=queryset, status__in=Listing.THERE).count()
        words = ngettext(
            "%(n)d shop listing goes too, at the platform as well, with its reviews and sales. This can't be undone.",
            "%(n)d shop listings go too, at the platform as well, with their reviews and sales. This can't be undone.",
            there,
        )
        asked: HttpResponse | None = self.confirmed(
            request, queryset, action="delete_everywhere", title=_("Delete"), text=words % {"n": there}
        )
        if asked is None:
            act = asked_by(request, withdrawing.request_delete)
            report_each(request, self._whole(queryset), act, done=_("queued to be deleted"))
        return asked

    def _whole(self, queryset: QuerySet[GlobalListing]) -> QuerySet[GlobalListing]:
        return queryset.defer(None).select_related("account", "product", "category")

    def offers(self, name: str, row: GlobalListing) -> bool:
        if name in ("push_price", "push_stock", "unlist"):
            return row.listings.filter(status__in=Listing.THERE).exists()
        return True


def _spelled(finding: findings.Finding) -> str:
    name = field_name(finding.field)
    return f"{name}: {finding.text} {finding.fix}".strip() if name else f"{finding.text} {finding.fix}".strip()
