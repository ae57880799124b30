"""Work in the console: runs, jobs, exchanges and limits. Services decide all of it; people read and press buttons."""

import re
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_q import admin as _their_pages  # noqa: F401 - registered by its import, so that they can be taken away
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.contrib.filters.admin import BooleanRadioFilter, ChoicesDropdownFilter, RelatedDropdownFilter

from accounts.adminsite import ReadOnlyAdmin, asked_by, column, report_each, since_filter
from accounts.models import PlatformAccount, Shop
from accounts.shown import pretty, spell_seconds, tick, when

from . import governor, jobs, runs
from .models import ApiCall, RateBucket, RunProblem, SyncJob, SyncRun
from .progress import progress_of
from .reruns import run_again

# Whoever may add a Schedule there calls any function; our own jobs are the ones below.
# OrmQ is there with the database's broker alone.
admin.site.unregister([model for model in (Failure, OrmQ, Schedule, Success) if admin.site.is_registered(model)])

MOST_CALLS = 1_000_000  # that a forecast is asked for
_OF_SHOP = re.compile(r":shop:(\d+)")  # in the key of a limit

STATE_LABELS = {
    "queued": "info",
    "running": "primary",
    "done": "success",
    "failed": "danger",
    "cancelled": "warning",
    "replaced": "warning",
}
BAR_CLASSES = {"queued": "info", "running": "info", "done": "good", "failed": "bad", "cancelled": "warn"}
OUTCOME_LABELS = {
    "ok": "success",
    "refused": "danger",
    "limited": "warning",
    "unreachable": "warning",
    "unreadable": "danger",
}


@admin.register(SyncRun)
class SyncRunAdmin(ReadOnlyAdmin):
    list_display = [
        "what",
        "account_name",
        "state_label",
        "seen",
        "created",
        "updated",
        "unchanged",
        "failed",
        "asked",
        "took",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        since_filter("created_at", _("asked for")),
    ]
    list_filter_submit = True
    list_select_related = ["account"]
    sortable_by = ()
    actions = ["cancel", "again"]
    buttons = ("cancel", "again")
    change_form_template = "admin/integrations/syncrun/page.html"
    fields = ["kind"]  # the page is drawn by its template

    @admin.action(description=_("Cancel"), permissions=["act"])
    def cancel(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        report_each(request, queryset.filter(state__in=SyncRun.OPEN), runs.cancel, done=_("cancelled"))

    @admin.action(description=_("Run again"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[SyncRun]) -> None:
        report_each(request, queryset, asked_by(request, run_again), done=_("queued"))

    def offers(self, name: str, row: SyncRun) -> bool:
        return (row.state in SyncRun.OPEN) == (name == "cancel")

    @column(_("run"))
    def what(self, run: SyncRun) -> str:
        return str(run)

    @column(_("state"), label=STATE_LABELS)
    def state_label(self, run: SyncRun) -> tuple[str, str]:
        return run.state, run.get_state_display()

    @column(_("asked for"))
    def asked(self, run: SyncRun) -> Any:
        return when(run.created_at)

    @column(_("took"))
    def took(self, run: SyncRun) -> str:
        end = run.finished_at or timezone.now()
        return spell_seconds((end - run.started_at).total_seconds()) if run.started_at else "–"

    def get_urls(self) -> list[URLPattern]:
        live = path("<int:run_id>/live/", self.admin_site.admin_view(self.live), name="integrations_syncrun_live")
        return [live, *super().get_urls()]

    def live(self, request: HttpRequest, run_id: int) -> HttpResponse:
        """Answer what changes on a run's page while it works."""
        run = get_object_or_404(SyncRun.objects.select_related("job"), pk=run_id)
        if not self.has_view_permission(request, run):
            return JsonResponse({}, status=403)
        return JsonResponse({"fields": live_fields(run), "final": not progress_of(run, timezone.now()).is_open})

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        run = SyncRun.objects.select_related("account", "job").filter(pk=object_id).first()
        context = {}
        if run is not None:
            context = {
                "run": run,
                "progress": progress_of(run, timezone.now()),
                "live": live_fields(run),
                "problems": run.problems.all()[:50],
                "problem_count": run.problems.count(),
                "label_class": BAR_CLASSES[run.state],
            }
        return super().change_view(request, object_id, form_url, context | (extra_context or {}))


def live_fields(run: SyncRun) -> dict[str, Any]:
    """Say in words what a run's page fills in every two seconds."""
    progress = progress_of(run, timezone.now())
    counts = {
        name: number_format(getattr(run, name), force_grouping=True)
        for name in ("seen", "created", "updated", "unchanged", "failed", "gone", "calls")
    }
    return counts | {
        "state": str(run.get_state_display()),
        "total": number_format(run.total, force_grouping=True) if run.total is not None else "?",
        "percent": progress.percent,
        "rate": gettext("%(rate).1f a second") % {"rate": progress.per_second} if progress.per_second else "–",
        "left": spell_seconds(progress.seconds_left),
        "waits": waits_for(run),
    }


def waits_for(run: SyncRun) -> str:
    """Say what a run that is not finished waits for, or nothing."""
    job = run.job
    if job is None or job.state != SyncJob.State.QUEUED:
        return ""
    if not run.account.is_connected and not job.runs_while_paused:
        return gettext("Waits until the account is connected again.")
    seconds = (job.due_at - timezone.now()).total_seconds()
    if seconds > 2:
        return gettext("Continues in %(span)s. %(why)s") % {"span": spell_seconds(seconds), "why": job.problem}
    return gettext("Waits for a free worker.")


@admin.register(RunProblem)
class RunProblemAdmin(ReadOnlyAdmin):
    list_display = ["external_id", "kind", "short_reason", "run", "noticed"]
    list_filter = [since_filter("created_at", _("at"))]
    list_filter_submit = True
    list_select_related = ["run"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["=external_id", "=kind"]
    search_help_text = _("Their id, or a kind of error")
    fields = ["run", "external_id", "kind", "reason", "came", "created_at"]
    readonly_fields = ["came"]

    @column(_("reason"))
    def short_reason(self, problem: RunProblem) -> str:
        return problem.reason[:160]

    @column(_("at"))
    def noticed(self, problem: RunProblem) -> str:
        return when(problem.created_at)

    @column(_("what came"))
    def came(self, problem: RunProblem) -> str:
        return pretty(problem.sample)


@admin.register(SyncJob)
class SyncJobAdmin(ReadOnlyAdmin):
    list_display = [
        "key",
        "state_label",
        "lane",
        "account_name",
        "attempts",
        "due",
        "short_problem",
        "requested_by",
        "asked",
    ]
    list_filter = [
        ("state", ChoicesDropdownFilter),
        ("lane", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        since_filter("created_at", _("created")),
    ]
    list_filter_submit = True
    list_select_related = ["account"]
    ordering = ["-pk"]
    sortable_by = ()
    search_fields = ["=key"]
    search_help_text = _("A job's whole key, such as product:123")
    actions = ["again"]
    buttons = ("again",)
    fields = [
        *("state", "key", "task", "arguments", "account", "lane", "requested_by", "attempts", "failures", "due_at"),
        *("whole_problem", "error_kind", "worker", "lease_until", "runs_while_paused"),
        *("created_at", "started_at", "finished_at"),
    ]
    readonly_fields = ["arguments", "whole_problem"]

    @column(_("state"), label=STATE_LABELS)
    def state_label(self, job: SyncJob) -> tuple[str, str]:
        return job.state, job.get_state_display()

    @admin.action(description=_("Run again"), permissions=["act"])
    def again(self, request: HttpRequest, queryset: QuerySet[SyncJob]) -> None:
        report_each(request, queryset, jobs.revive, done=_("queued again"))

    def offers(self, name: str, row: SyncJob) -> bool:
        return row.state == SyncJob.State.FAILED

    @column(_("problem"))
    def short_problem(self, job: SyncJob) -> str:
        said = job.problem.strip().splitlines()[-1:]  # of a traceback the last line says what happened
        return said[0][:120] if said else ""

    @column(_("problem"))
    def whole_problem(self, job: SyncJob) -> str:
        return pretty(job.problem) if "\n" in job.problem else job.problem or "–"

    @column(_("due"))
    def due(self, job: SyncJob) -> str:
        return when(job.due_at) if job.state == SyncJob.State.QUEUED else "–"

    @column(_("created"))
    def asked(self, job: SyncJob) -> str:
        return when(job.created_at)

    @column(_("arguments"))
    def arguments(self, job: SyncJob) -> str:
        return ", ".join(f"{name}={value}" for name, value in job.kwargs.items()) or "–"


@admin.register(ApiCall)
class ApiCallAdmin(ReadOnlyAdmin):
    list_display = [
        *("called", "endpoint", "subject", "outcome_label", "code", "short_message"),
        *("duration_ms", "lane", "wrote", "account_name"),
    ]
    list_filter = [
        ("outcome", ChoicesDropdownFilter),
        ("account", RelatedDropdownFilter),
        ("is_write", BooleanRadioFilter),
        since_filter("created_at", _("at")),
    ]
    list_filter_submit = True
    list_select_related = ["account"]
    sortable_by = ()
    search_fields = ["=subject", "=endpoint", "=request_id"]
    search_help_text = _("A record (product:123), an endpoint or a request id")
    fields = [
        *("created_at", "account", "endpoint", "method", "url", "subject", "lane", "outcome", "http_status", "code"),
        *("message", "request_id", "duration_ms", "asked", "answered"),
    ]
    readonly_fields = ["asked", "answered"]

    @column(_("at"))
    def called(self, call: ApiCall) -> str:
        return when(call.created_at)

    @column(_("outcome"), label=OUTCOME_LABELS)
    def outcome_label(self, call: ApiCall) -> tuple[str, str]:
        return call.outcome, call.get_outcome_display()

    @column(_("write"))
    def wrote(self, call: ApiCall) -> str:
        return tick(call.is_write)

    @column(_("message"))
    def short_message(self, call: ApiCall) -> str:
        return call.message[:80]

    @column(_("request"))
    def asked(self, call: ApiCall) -> str:
        return pretty(call.request)

    @column(_("answer"))
    def answered(self, call: ApiCall) -> str:
        return pretty(call.response)


@admin.register(RateBucket)
class LimitAdmin(ReadOnlyAdmin):
    """Not rows but what they mean: how much room each account has, and when a plan of so many calls would be ready."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        typed = request.GET.get("calls", "500")
        calls = int(typed) if typed.isdigit() and 0 < int(typed) <= MOST_CALLS else None
        accounts = [
            {
                "account": account,
                "limits": shown_limits(account),
                "forecast": governor.forecast(account, calls) if calls else None,
            }
            for account in PlatformAccount.objects.exclude(status=PlatformAccount.Status.DISCONNECTED)
        ]
        context = {"accounts": accounts, "calls": calls, "typed": typed[:12], "most": MOST_CALLS}
        return self.page(request, "admin/integrations/ratebucket/page.html", _("Limits"), **context)


def shown_limits(account: PlatformAccount) -> list[dict[str, Any]]:
    """Say what each limit of an account allows and how much of it is used; that of a shop bears the shop's name."""
    limits = governor.state(account)
    numbers = {int(found[1]) for limit in limits if (found := _OF_SHOP.search(limit.key))}
    shops = dict(Shop.objects.filter(pk__in=numbers).values_list("pk", "name")) if numbers else {}
    return [_shown_limit(limit, shops) for limit in limits]


def _shown_limit(limit: governor.LimitState, shops: Mapping[int, str]) -> dict[str, Any]:
    _platform, _colon, rest = limit.key.partition(":")
    scope, _colon, endpoint = rest.partition(":quota:")
    of_shop = _OF_SHOP.search(scope)
    if scope == "ip":
        name = gettext("This machine's address")
    elif of_shop:
        name = " · ".join(filter(None, [shops.get(int(of_shop[1])) or gettext("A shop"), endpoint]))
    else:
        name = endpoint or gettext("All calls")
    used = min(limit.used * 100 // limit.quota, 100) if limit.quota else None
    return {"limit": limit, "name": name, "used_percent": used, "per": spell_window(limit.quota_seconds)}


def spell_window(seconds: int) -> str:
    """Name a quota's window."""
    named = {0: gettext("in total"), 60: gettext("a minute"), 3600: gettext("an hour"), 86_400: gettext("a day")}
    return named.get(seconds) or gettext("in %(span)s") % {"span": spell_seconds(seconds)}
