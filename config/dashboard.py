"""Today: what needs a person, what runs, what there is, and how much room the limits leave."""

from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from accounts.shown import list_url
from catalog.models import Adoption, Drift, GlobalListing, Listing, Product, Selection, Variant
from integrations import governor
from integrations.admin import live_fields, shown_limits
from integrations.models import RunProblem, SyncJob, SyncRun
from integrations.progress import progress_of
from orders.admin.orders import tabs

RECENT = timedelta(days=1)
SHOWN, COUNTED = 5, 1_000
COUNTS_KEPT_S = 30  # a count of a million rows is not asked for with every look


def today(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Gather the first page, each part for those who may see it."""

    def sees(permission: str) -> bool:
        return bool(request.user.has_perm(permission))  # type: ignore[union-attr]

    page: dict[str, Any] = {"title": _("Today"), "may_connect": sees("accounts.add_platformaccount")}
    if sees("accounts.view_platformaccount"):
        accounts = list(PlatformAccount.objects.exclude(status=PlatformAccount.Status.DISCONNECTED))
        page |= {
            "has_accounts": bool(accounts) or PlatformAccount.objects.exists(),
            "rooms": [_room(one) for one in accounts[:SHOWN]],
        }
    if sees("integrations.view_syncrun"):
        page |= _runs(may_jobs=sees("integrations.view_syncjob"), may_records=sees("integrations.view_runproblem"))
    if sees("catalog.view_globallisting"):
        page["needs"] = [*_selling_needs(), *page.get("needs", [])]
    if sees("orders.view_order"):
        page["queues"] = [entry for entry in tabs(request) if entry["count"]]
    if sees("catalog.view_product"):
        page |= {"counts": _counts(), "has_selections": Selection.objects.exists()}
    return context | page


def _room(account: PlatformAccount) -> dict[str, Any]:
    return {"account": account, "limits": shown_limits(account), "forecast": governor.forecast(account, 500)}


def _runs(*, may_jobs: bool, may_records: bool) -> dict[str, Any]:
    now, since = timezone.now(), timezone.now() - RECENT
    open_runs = SyncRun.objects.filter(state__in=SyncRun.OPEN).select_related("account", "job").order_by("-pk")[:SHOWN]
    ended = SyncRun.objects.exclude(state__in=SyncRun.OPEN).select_related("account").order_by("-pk")
    needs = []
    failed = SyncRun.objects.filter(state=SyncRun.State.FAILED, created_at__gte=since)
    if failed.exists():
        first = failed.order_by("-pk").first()
        needs.append(
            _need(
                "sync_problem",
                failed,
                _("Runs that failed since yesterday"),
                first.problem if first else "",
                "state__exact",
                "failed",
            )
        )
    jobs = SyncJob.objects.filter(state=SyncJob.State.FAILED)
    if may_jobs and jobs.exists():
        first_job = jobs.order_by("-pk").first()
        needs.append(
            _need(
                "work_alert",
                jobs,
                _("Jobs that gave up"),
                first_job.problem if first_job else "",
                "state__exact",
                "failed",
            )
        )
    records = RunProblem.objects.filter(created_at__gte=since)
    if may_records and records.exists():
        reasons = records.values_list("kind").annotate(n=Count("pk")).order_by("-n")[:3]
        said = ", ".join(f"{kind} ({n})" for kind, n in reasons)
        needs.append(_need("report", records, _("Records set aside since yesterday"), said, "created_at_since", "day"))
    return {
        "sees_runs": True,
        "needs": needs,
        "open_runs": [{"run": run, "progress": progress_of(run, now), "live": live_fields(run)} for run in open_runs],
        "last_runs": ended[:8],
    }


def _need(icon: str, rows: QuerySet[Any], text: str, detail: str, filter_name: str, value: str) -> dict[str, Any]:
    count = rows[: COUNTED + 1].count()
    shown = f"{COUNTED}+" if count > COUNTED else str(count)
    detail = next(reversed(detail.strip().splitlines()), "")  # of a traceback the last line says what happened
    return {
        "icon": icon,
        "count": shown,
        "text": text,
        "detail": detail,
        "url": list_url(rows.model, **{filter_name: value}),
    }


def _selling_needs() -> list[dict[str, Any]]:
    """Say what of selling waits for a person, and what is under way."""
    stuck = Listing.objects.filter(status__in=[Listing.Status.REFUSED, Listing.Status.BLOCKED, Listing.Status.BANNED])
    attention = GlobalListing.objects.filter(status=GlobalListing.Status.ATTENTION)
    publishing = GlobalListing.objects.filter(status=GlobalListing.Status.PUBLISHING)
    conflicts = Adoption.objects.filter(status=Adoption.Status.CONFLICT)
    asked: list[tuple[str, QuerySet[Any], str, str, str, str]] = [
        ("error", stuck, _("Shops that refuse a product"), "problem", "refused", "state"),
        ("priority_high", attention, _("Listings that need attention"), "problem", "attention", "status__exact"),
        ("publish", publishing, _("Products that are being published"), "step", "publishing", "state"),
        ("difference", Drift.objects.all(), _("Differences from what stands at a platform"), "field", "", ""),
        ("move_to_inbox", conflicts, _("Found listings that may be ours"), "reason", "conflict", "status__exact"),
    ]
    needs = []
    for icon, rows, text, detail, value, filter_name in asked:
        first = rows.order_by("-pk").first()
        if first is None:
            continue
        need = _need(icon, rows, text, getattr(first, detail), filter_name, value)
        if rows.model is Listing:  # a cell is mended in the grid
            need["url"] = list_url(GlobalListing, state=value)
        elif not filter_name:
            need["url"] = list_url(rows.model)
        needs.append(need)
    return needs


def _counts() -> list[dict[str, Any]]:
    counts: dict[str, int] | None = cache.get("console:counts")
    if counts is None:
        by_status = dict(Product.objects.order_by().values_list("status").annotate(n=Count("pk")))
        counts = {
            "active": by_status.get(Product.Status.ACTIVE, 0),
            "off": by_status.get(Product.Status.OFF_SALE, 0) + by_status.get(Product.Status.GONE, 0),
            "variants": Variant.objects.filter(is_gone=False).count(),
            "selections": Selection.objects.filter(is_active=True).count(),
            "live": Listing.objects.filter(status=Listing.Status.LIVE).count(),
        }
        cache.set("console:counts", counts, COUNTS_KEPT_S)
    products = reverse("admin:catalog_product_changelist")
    shown = {name: number_format(count, force_grouping=True) for name, count in counts.items()}
    return [
        {"shown": shown["active"], "text": _("products on sale"), "url": f"{products}?status__exact=active"},
        {"shown": shown["off"], "text": _("off sale or gone"), "url": f"{products}?status__exact=off_sale"},
        {"shown": shown["variants"], "text": _("variants"), "url": list_url(Variant)},
        {"shown": shown["selections"], "text": _("selections kept up to date"), "url": list_url(Selection)},
        {"shown": shown["live"], "text": _("live shop listings"), "url": list_url(GlobalListing, state="live")},
    ]
