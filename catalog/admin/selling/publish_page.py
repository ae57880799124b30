"""“Publish to shops…”: choose where, see what is missing and when it would be ready; then queue it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.adminsite import ACT_ON_AT_MOST, ConsoleAdmin
from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from accounts.shown import admin_url, list_url
from catalog.models import GlobalListing, Listing, Product
from catalog.services.selling import drafts, plans, publishing
from integrations.errors import PlatformError

from .words import field_name, finding_url, market_names, selling_accounts, selling_shops

NAMED_AT_MOST = 5  # refusals that are said one by one
SHOWN_AT_MOST = 100  # ready products that are named one by one; those that lack something are all named


class PublishPage:
    """A page of the listings' admin; products and listings are brought there by their own buttons."""

    most_at_once = ACT_ON_AT_MOST

    def get_urls(self) -> list[URLPattern]:
        admin: Any = self
        view = admin.admin_site.admin_view(self.publish_view)
        return [path("publish/", view, name="catalog_publish"), *super().get_urls()]  # type: ignore[misc]

    def publish_view(self, request: HttpRequest) -> HttpResponse:
        """Take the step that was asked for; by GET, with products or listings in the address, the first one."""
        admin: Any = self
        if not admin.has_act_permission(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        listings = list(_listings(_numbers(asked, "listing")))
        if request.method != "POST":
            products = _products(_numbers(asked, "product"))
            return self.plan_of(request, listings) or _back(request) if listings else choose(admin, request, products)
        account = selling_accounts().filter(pk=_first(asked.get("account", ""))).first()
        shops = [shop for shop in selling_shops(account) if str(shop.pk) in asked.getlist("shop")] if account else []
        if account is None or not shops:
            messages.warning(request, _("Choose at least one shop."))
            if listings:
                return planned(admin, request, listings, [])
            return choose(admin, request, _products(_numbers(asked, "product")))
        if asked.get("do") == "prepare":
            listings = _prepared(request, _products(_numbers(asked, "product")), account, shops)
        elif new := _unprepared(listings, shops):
            _prepared(request, new, account, shops)
        listings = [listing for listing in listings if listing.account_id == account.pk]
        if not listings:
            return _back(request)
        if asked.get("do") == "publish":
            return _queued(request, listings, shops)
        return planned(admin, request, listings, shops)

    def plan_of(self, request: HttpRequest, listings: Sequence[GlobalListing]) -> HttpResponse | None:
        """Open the page for listings that are there; say why not, and return None, where they don't go together."""
        accounts = {listing.account_id for listing in listings}
        if len(listings) > self.most_at_once:
            words = _("These are more than %(most)d rows: filter the list first.")
            messages.error(request, words % {"most": self.most_at_once})
            return None
        if len(accounts) != 1:
            messages.warning(request, _("Choose listings of one account: filter the list by account first."))
            return None
        chosen = Listing.objects.filter(global_listing__in=listings).exclude(status=Listing.Status.DELETED)
        known = set(chosen.values_list("shop", flat=True))
        shops = selling_shops(listings[0].account)
        wanted = [shop for shop in shops if shop.pk in known] or [shop for shop in shops if shop.is_connected]
        return planned(self, request, listings, wanted)


def choose(page: Any, request: HttpRequest, products: Sequence[Product]) -> HttpResponse:
    """Ask through which account and in which of its shops the products shall be sold."""
    title = _("Publish to shops")
    if not products:
        messages.warning(request, _("Choose at least one product."))
        return HttpResponseRedirect(reverse("admin:catalog_product_changelist"))
    if len(products) > ACT_ON_AT_MOST:
        messages.error(
            request, _("These are more than %(most)d rows: filter the list first.") % {"most": ACT_ON_AT_MOST}
        )
        return HttpResponseRedirect(reverse("admin:catalog_product_changelist"))
    offers = []
    for account in selling_accounts():
        shops = selling_shops(account)
        markets = market_names(shops)
        offers.append({"account": account, "shops": [{"shop": shop, "market": markets[shop.pk]} for shop in shops]})
    context = {
        "products": products,
        "shown": products[:12],
        "product_ids": ",".join(str(product.pk) for product in products),
        "offers": offers,
    }
    return _page(page, request, "admin/catalog/selling/choose.html", title, **context)


def planned(page: Any, request: HttpRequest, listings: Sequence[GlobalListing], shops: Sequence[Shop]) -> HttpResponse:
    """Show what is missing, what it takes, and the button that queues it."""
    account = listings[0].account
    every = selling_shops(account)
    markets = market_names(every)
    names = {shop.external_id: markets[shop.pk] for shop in every}
    plan = None
    try:
        plan = plans.plan(listings, shops) if shops else None
    except (Refused, PlatformError) as error:
        messages.warning(request, str(error))
    blocked = [_shown(listing, findings, names) for listing, findings in plan.blocked] if plan else []
    left_out: dict[int, dict[str, Any]] = {}
    for listing, _shop, findings in plan.left_out if plan else []:
        entry = left_out.setdefault(listing.pk, _shown(listing, [], names))
        entry["findings"] += _shown(listing, findings, names)["findings"]
    ready = list(plan.ready) if plan else []
    context = {
        "account": account,
        "listing_ids": ",".join(str(listing.pk) for listing in listings),
        "shops": [{"shop": shop, "market": markets[shop.pk], "chosen": shop in shops} for shop in every],
        "plan": plan,
        "blocked": blocked,
        "left_out": list(left_out.values()),
        "ready": [_shown(listing, [], names) for listing in ready[:SHOWN_AT_MOST]],
        "ready_count": len(ready),
        "count": len(listings),
        "to_publish": reverse("admin:catalog_publish"),
    }
    return _page(page, request, "admin/catalog/selling/plan.html", _("Publish to shops"), **context)


def _shown(listing: GlobalListing, findings: Iterable[Any], names: dict[str, str]) -> dict[str, Any]:
    return {
        "listing": listing,
        "url": admin_url(listing),
        "picture": next(iter(listing.image_urls), "") or listing.product.image_url,
        "findings": [
            {
                "finding": finding,
                "name": field_name(finding.field),
                "url": finding_url(listing, finding.field),
                "market": names.get(finding.shop_id, ""),
                "is_error": finding.level == "error",
            }
            for finding in sorted(findings, key=lambda finding: finding.level != "error")
        ],
    }


def _unprepared(listings: Sequence[GlobalListing], shops: Sequence[Shop]) -> list[Product]:
    """Return the products whose listings have no row yet for one of the shops."""
    known = set(Listing.objects.filter(global_listing__in=listings).values_list("global_listing", "shop"))
    return [row.product for row in listings if any((row.pk, shop.pk) not in known for shop in shops)]


def _prepared(
    request: HttpRequest, products: Iterable[Product], account: PlatformAccount, shops: Sequence[Shop]
) -> list[GlobalListing]:
    """Make the listings of products; those that can't be are said, and the others go on."""
    person = request.user.get_username()
    made: list[GlobalListing] = []
    for product in products:
        try:
            made.append(drafts.prepare(product, account, shops=shops, by=person))
        except Refused as refusal:
            messages.warning(request, f"{product}: {refusal}")
    return made


def _queued(request: HttpRequest, listings: Sequence[GlobalListing], shops: Sequence[Shop]) -> HttpResponse:
    """Queue what can be published; say of the rest what keeps it."""
    made = publishing.request_many(listings, shops, requested_by=request.user.get_username())
    account, count = listings[0].account, len(made.jobs)
    if count:
        words = ngettext(
            "%(n)d product is queued for %(account)s.", "%(n)d products are queued for %(account)s.", count
        )
        messages.success(request, words % {"n": count, "account": account.name})
    for listing, refusal in made.refused[:NAMED_AT_MOST]:
        messages.warning(request, format_html('<a href="{}">{}</a>: {}', admin_url(listing), listing, refusal))
    if len(made.refused) > NAMED_AT_MOST:
        messages.warning(request, _("And %(n)d more that lack something.") % {"n": len(made.refused) - NAMED_AT_MOST})
    return HttpResponseRedirect(list_url(GlobalListing, account=account.pk))


def _page(page: ConsoleAdmin, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return page.page(request, template, title, **context)


def _back(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(list_url(GlobalListing))


def _numbers(asked: Any, name: str) -> list[int]:
    """Return the ids that an address repeats or a form lists with commas, each once, in their order."""
    texts = [part for given in asked.getlist(name) for part in given.split(",")]
    return list(dict.fromkeys(int(text) for text in texts if text.isdigit() and len(text) < 19))


def _first(text: str) -> int:
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _products(ids: Sequence[int]) -> list[Product]:
    rows = Product.objects.filter(pk__in=ids[: ACT_ON_AT_MOST + 1]).select_related("account", "category")
    return sorted(rows, key=lambda product: ids.index(product.pk))


def _listings(ids: Sequence[int]) -> Iterable[GlobalListing]:
    rows = GlobalListing.objects.filter(pk__in=ids[: ACT_ON_AT_MOST + 1])
    return sorted(rows.select_related("account", "product", "category"), key=lambda listing: ids.index(listing.pk))
