"""The console's frame: its sidebar by the seller's day, and what every page says."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount, Shop
from integrations import expiries
from integrations.models import SyncJob

BADGE_AT_MOST = 99

# Group → (title, icon, model as app.model or the name of a page, permission); what nobody may see is not offered.
SIDEBAR: list[tuple[Any, list[tuple[Any, str, str, str]]]] = [
    ("", [(_("Today"), "today", "index", "")]),
    (
        _("Source"),
        [
            (_("Search CJ"), "travel_explore", "catalog_search", "catalog.view_selection"),
            (_("Selections"), "bookmarks", "catalog.selection", ""),
            (_("Products"), "inventory_2", "catalog.product", ""),
            (_("Variants and offers"), "sell", "catalog.variant", ""),
            (_("Stock"), "shelves", "catalog.stocklevel", ""),
            (_("Warehouses"), "warehouse", "catalog.warehouse", ""),
            (_("Categories"), "account_tree", "catalog.category", ""),
            (_("Reviews"), "reviews", "catalog.review", ""),
            (_("Sourcing requests"), "person_search", "catalog.sourcingrequest", ""),
        ],
    ),
    (
        _("Sell"),
        [
            (_("Listings"), "storefront", "catalog.globallisting", ""),
            (_("Category mappings"), "conversion_path", "catalog.categorymapping", ""),
            (_("Category rules"), "rule", "catalog.categoryspec", ""),
            (_("Price rules"), "price_change", "catalog.pricerule", ""),
            (_("Exchange rates"), "currency_exchange", "catalog.exchangerate", ""),
            (_("Found listings"), "move_to_inbox", "catalog.adoption", ""),
            (_("Differences"), "difference", "catalog.drift", ""),
            (_("Field switches"), "toggle_on", "catalog.fieldsync", ""),
        ],
    ),
    (
        _("Orders"),
        [
            (_("Orders"), "shopping_cart", "orders.order", ""),
            (_("Purchases"), "shopping_bag", "orders.purchaseorder", ""),
            (_("Payments"), "payments", "orders.payment", ""),
            (_("Packages"), "package_2", "orders.package", ""),
            (_("Matches"), "join", "orders.linematch", ""),
            (_("Carrier rules"), "local_shipping", "orders.carrierrule", ""),
            (_("Buying rules"), "gavel", "orders.buyrule", ""),
        ],
    ),
    (
        _("Connections"),
        [
            (_("Accounts"), "link", "accounts.platformaccount", ""),
            (_("Shops"), "storefront", "accounts.shop", ""),
            (
                _("Authorizations"),
                "event_upcoming",
                "accounts_platformaccount_authorizations",
                "accounts.view_platformaccount",
            ),
            (_("Apps"), "apps", "accounts.platformapp", ""),
        ],
    ),
    (
        _("Work"),
        [
            (_("Runs"), "sync", "integrations.syncrun", ""),
            (_("Set-aside records"), "report", "integrations.runproblem", ""),
            (_("Jobs"), "work_history", "integrations.syncjob", ""),
            (_("Exchanges"), "swap_horiz", "integrations.apicall", ""),
            (_("Limits"), "speed", "integrations.ratebucket", ""),
        ],
    ),
    (
        _("People"),
        [
            (_("Users"), "person", "auth.user", ""),
            (_("Groups"), "group", "auth.group", ""),
            (_("API keys"), "key", "knox.authtoken", ""),
        ],
    ),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Build the sidebar for this person, with counts where something waits for a person."""
    counts = on_every_page(request)["waiting"]
    links = {target: _address(target) for _title, entries in SIDEBAR for _text, _icon, target, _permission in entries}
    active = max((link for link in links.values() if request.path.startswith(link)), key=len, default="")
    groups = []
    for title, entries in SIDEBAR:
        items = []
        for text, icon, target, permission in entries:
            app, _dot, model = target.partition(".")
            if (model and not _may_see(request, app, model)) or (permission and not request.user.has_perm(permission)):  # type: ignore[union-attr]
                continue
            link = links[target]
            item: dict[str, Any] = {"title": text, "icon": icon, "link": link, "active": link == active}
            if counts.get(target):
                item |= {"badge": str(counts[target]), "badge_variant": "warning"}
            items.append(item)
        if items:
            groups.append({"title": title, "items": items, "separator": False})
    return groups


def _address(target: str) -> str:
    app, _dot, model = target.partition(".")
    return reverse(f"admin:{app}_{model}_changelist" if model else f"admin:{target}")


def _may_see(request: HttpRequest, app: str, model: str) -> bool:
    return any(request.user.has_perm(f"{app}.{verb}_{model}") for verb in ("view", "change"))  # type: ignore[union-attr]


def on_every_page(request: HttpRequest) -> dict[str, Any]:
    """Find what waits for a person: accounts to connect again and what ends soon (banners), counts for the sidebar."""
    if not request.user.is_active or not request.user.is_staff:  # type: ignore[union-attr]
        return {"waiting": {}, "paused_accounts": [], "ending": []}
    found: dict[str, Any] | None = getattr(request, "_console", None)
    if found is None:
        held = Count("jobs", filter=Q(jobs__state=SyncJob.State.QUEUED, jobs__runs_while_paused=False))
        paused = PlatformAccount.objects.filter(status=PlatformAccount.Status.RECONNECT).annotate(held=held)
        accounts: list[Any] = list(paused[:5])
        may_connect = request.user.has_perm("accounts.change_platformaccount")  # type: ignore[union-attr]
        for account in accounts:
            account.connect_url = (
                reverse("admin:accounts_platformaccount_connect", args=(account.pk,)) if may_connect else ""
            )
        failed = SyncJob.objects.filter(state=SyncJob.State.FAILED)[: BADGE_AT_MOST + 1].count()
        paused_shops = Shop.objects.filter(status=Shop.Status.RECONNECT)[: BADGE_AT_MOST + 1].count()
        ending = expiries.ending()
        waiting = {
            "accounts.shop": paused_shops,
            "accounts_platformaccount_authorizations": len(ending),
            "accounts.platformaccount": len(accounts),
            "integrations.syncjob": f"{BADGE_AT_MOST}+" if failed > BADGE_AT_MOST else failed,
        }
        sees = request.user.has_perm("accounts.view_platformaccount")  # type: ignore[union-attr]
        found = {"waiting": waiting, "paused_accounts": accounts, "ending": ending if sees else []}
        request._console = found  # type: ignore[attr-defined]
    return found
