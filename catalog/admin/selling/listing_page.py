"""A listing's own page: what is missing, its form, its prices, what was said to the platform and what happened."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused
from accounts.shown import admin_url, list_url, spell_seconds
from catalog.models import Drift, GlobalListing
from catalog.services.selling import drafts, findings, specs
from integrations.channels import CategoryRules
from integrations.models import SyncJob

from .grid import rows_of
from .listing_form import (
    ListingForm,
    changes_in,
    initial_of,
)
from .listing_tabs import CONTENTS, TABS
from .words import field_name, finding_url, market_names, selling_shops

STEPS = {
    "images": _("pictures"),
    "product": _("the global product"),
    "variants": _("its variants"),
    "shops": _("the shops"),
    "results": _("the shops' answers"),
    "check": _("a last look"),
}
LOOKS = ("show", "ask", "category", "brand")  # buttons of the form that save nothing


class ListingPage:
    """A listing's page and what it asks while it is open; a part of the listings' admin."""

    change_form_template: str

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        view = admin.admin_site.admin_view(self.live)
        live = path("<int:listing_id>/live/", view, name="catalog_globallisting_live")
        return [live, *super().get_urls()]  # type: ignore[misc]

    def live(self, request: HttpRequest, listing_id: int) -> HttpResponse:
        """Answer what changes on a listing's page while it is published."""
        admin: Any = self
        listing = GlobalListing.objects.select_related("account").filter(pk=listing_id).first()
        if listing is None:
            raise Http404
        if not admin.has_view_permission(request, listing):
            return JsonResponse({}, status=403)
        final = listing.status != GlobalListing.Status.PUBLISHING
        return JsonResponse({"fields": progress_of(listing), "final": final})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        admin: Any = self
        rows = GlobalListing.objects.select_related("account", "product__category", "category")
        listing = rows.filter(pk=object_id).first() if object_id.isdigit() else None
        if listing is None:
            raise Http404
        if not admin.has_view_permission(request, listing):
            raise PermissionDenied
        posted: QueryDict | None = None
        refused: dict[str, str] = {}
        if request.method == "POST":
            if not admin.has_act_permission(request):
                raise PermissionDenied
            posted, do = request.POST, request.POST.get("do", "save")
            if do not in LOOKS and not do.startswith("find:"):
                refused = self._saved(request, listing)
                if not refused:
                    return HttpResponseRedirect(f"{admin_url(listing)}{'#findings' if listing.findings else ''}")
                listing = rows.get(pk=listing.pk)
        tab = request.GET.get("tab", "")
        tab = tab if tab in TABS else "edit"
        offered = admin.get_actions(request)
        context = {
            "original": listing,
            "listing": listing,
            "tabs": TABS,
            "tab": tab,
            "tab_template": f"admin/catalog/globallisting/{tab}.html",
            "may_act": admin.has_act_permission(request),
            "back": admin_url(listing),
            "no_main": True,
            "buttons": [
                {
                    "url": reverse("admin:catalog_globallisting_press", args=(listing.pk, name)),
                    "label": offered[name][2],
                }
                for name in admin.buttons
                if name in offered and admin.offers(name, listing)
            ],
            **_head(listing),
            **CONTENTS[tab](listing, posted, refused),
        }
        return admin.page(request, self.change_form_template, str(listing), **context)

    def _saved(self, request: HttpRequest, listing: GlobalListing) -> dict[str, str]:
        """Keep what was written and say so; return what is wrong with it by field, empty where it is kept."""
        form = ListingForm(request.POST, initial=initial_of(listing))
        rules = rules_of(listing)
        read = changes_in(listing, request.POST, rules.fields if rules else ())
        if not form.is_valid():
            return read.wrong | {name: " ".join(map(str, texts)) for name, texts in form.errors.items()}
        if read.wrong:
            return read.wrong
        changes = form.changes() | read.changes
        if not changes:
            messages.info(request, gettext("Nothing was changed."))
            return {}
        try:
            drafts.edit(listing, changes, by=request.user.get_username())
        except Refused as refusal:
            return {refusal.field: str(refusal)}
        messages.success(request, gettext("“%(name)s” is saved.") % {"name": listing})
        return {}


def rules_of(listing: GlobalListing) -> CategoryRules | None:
    """Return what the listing's category asks, as it was read last."""
    spec = specs.spec_of(listing.account, listing.category) if listing.category else None
    return specs.rules_of(spec) if spec else None


def progress_of(listing: GlobalListing) -> dict[str, Any]:
    """Say how far a publication is and what it waits for."""
    job = SyncJob.objects.filter(key=f"publish:{listing.pk}").order_by("-pk").first()
    waits = ""
    if job is not None and job.state == SyncJob.State.QUEUED:
        seconds = (job.due_at - timezone.now()).total_seconds()
        if not listing.account.is_connected:
            waits = gettext("Waits until the account is connected again.")
        elif seconds > 2:
            waits = gettext("Continues in %(span)s. %(why)s") % {"span": spell_seconds(seconds), "why": job.problem}
        else:
            waits = gettext("Waits for a free worker.")
    return {"step": str(STEPS.get(listing.step, listing.step)), "waits": waits.strip()}


def _head(listing: GlobalListing) -> dict[str, Any]:
    """Gather what stands above every tab: the cells, what is missing, how far it is."""
    shops = selling_shops(listing.account)
    found = [
        {
            "finding": finding,
            "name": field_name(finding.field),
            "url": finding_url(listing, finding.field),
            "is_error": finding.is_error,
        }
        for finding in sorted(findings.from_json(listing.findings), key=lambda finding: not finding.is_error)
    ]
    names = {shop.external_id: name for shop, name in zip(shops, market_names(shops).values(), strict=True)}
    for line in found:
        line["market"] = names.get(line["finding"].shop_id, "")  # type: ignore[attr-defined]
    return {
        "row": rows_of([listing], shops)[0],
        "found": found,
        "error_count": sum(bool(line["is_error"]) for line in found),
        "publishing": listing.status == GlobalListing.Status.PUBLISHING,
        "progress": progress_of(listing),
        "live_url": reverse("admin:catalog_globallisting_live", args=(listing.pk,)),
        "drift_count": Drift.objects.filter(global_listing=listing).count(),
        "drift_url": list_url(Drift, q=listing.sku),
        "is_global": listing.account.upgraded and not listing.account.is_shop,
    }
