"""Long readings, page by page: the cursor moves in the same transaction as the page's rows (design.md §3, promise 8).

A worker that is killed costs the page in hand, never a record and never a true count. A worker that was thought dead
saves nothing: `page` holds the job, and a job taken over can't be held.

The counts: `seen` are the records that the platform showed. At the end each of them is exactly one of created, updated,
unchanged, failed or gone; what is gone may also never have been shown (`_is_true` says so in one line).
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from accounts.secrets import mask_text

from . import jobs, leases
from .contracts import Unreadable
from .models import Lane, RunProblem, SyncJob, SyncRun

COUNTS = ("seen", "created", "updated", "unchanged", "failed", "gone", "calls")
MISCOUNTED = "counts_do_not_add_up"
LONGEST_SAMPLE = 4_000  # characters


@dataclass(slots=True)
class Page:
    """What one page adds to its run. Change the counts, set the cursor; leaving `page` saves them with the rows."""

    cursor: dict[str, Any]
    total: int | None
    seen: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    gone: int = 0
    calls: int = 0
    problems: list[Unreadable] = field(default_factory=list)
    strange: Counter[str] = field(default_factory=Counter)

    def oddities(self, slugs: list[str] | tuple[str, ...]) -> None:
        """Count what looked strange, by its short names."""
        self.strange.update(slugs)

    def set_aside(self, record: Unreadable) -> None:
        """Keep a record that could not be used, with its reason, and count it as failed; the run goes on."""
        self.problems.append(record)
        self.failed += 1


def open_run(
    account: PlatformAccount,
    *,
    kind: str,
    task: str,
    key: str,
    mode: str = "",
    label: str = "",
    params: dict[str, Any] | None = None,
    lane: Lane = Lane.CATALOGUE,
    requested_by: str = "",
) -> SyncRun:
    """Ask for a long reading; the worker calls `task(run_id=…)`.

    Of the runs that share a key only one is open at a time: where there is one, that is returned.
    """
    while True:
        run = SyncRun.objects.filter(key=key, state__in=SyncRun.OPEN).select_related("job").first()
        if run is not None and run.job is not None and run.job.state in (SyncJob.State.QUEUED, SyncJob.State.RUNNING):
            return run
        try:
            with transaction.atomic():
                if run is not None:
                    fail(run, _("Its job ended and left it unfinished."))
                run = SyncRun.objects.create(
                    account=account,
                    key=key,
                    kind=kind,
                    mode=mode,
                    label=label,
                    params=params or {},
                    requested_by=requested_by,
                    created_at=leases.now(),
                )
                # A job key of its own: two runs that share a key never share a job, not even while the first one ends.
                run.job = jobs.enqueue(
                    task, key=f"{key}#{run.pk}", lane=lane, account=account, requested_by=requested_by, run_id=run.pk
                )
                run.save(update_fields=["job"])
                return run
        except IntegrityError:  # somebody opened one at this very moment: that one is it
            continue


def begin(run_id: int) -> SyncRun:
    """Return the run that this task is for, marked as running; raise jobs.Withdrawn where it is not open any more."""
    with transaction.atomic():
        run = _hold(run_id)
        run.state, run.problem, run.started_at = SyncRun.State.RUNNING, "", run.started_at or leases.now()
        run.save(update_fields=["state", "problem", "started_at"])
    return run


@contextmanager
def page(run: SyncRun) -> Iterator[Page]:
    """Open a transaction for one page: rows, counts, cursor and what was set aside are saved together, or not at all.

    Raises jobs.LostLease where the job was taken over and jobs.Withdrawn where the run was cancelled; nothing of the
    page is saved then. Make no calls to the outside in it. `run` shows the saved counts afterwards.
    """
    with transaction.atomic():
        row = _hold(run.pk)
        found = Page(cursor=row.cursor, total=row.total)
        yield found
        _save(row, found)
        jobs.progressed()
    run.refresh_from_db()


def finish(run: SyncRun) -> None:
    """Say that all of it was read. Counts that don't add up are noted as an oddity of the run."""
    with transaction.atomic():
        row = _hold(run.pk)
        if not _is_true(row):
            row.oddities = dict(Counter(row.oddities) + Counter({MISCOUNTED: 1}))
        row.state, row.problem, row.finished_at = SyncRun.State.DONE, "", leases.now()
        row.save(update_fields=["state", "problem", "finished_at", "oddities"])
    run.refresh_from_db()


def fail(run: SyncRun, problem: str) -> None:
    """Say that the run ended before all of it was read, and why; raise jobs.LostLease where the job is another's."""
    with transaction.atomic():
        jobs.hold()
        _close(run, SyncRun.State.FAILED, mask_text(problem))


def cancel(run: SyncRun) -> None:
    """Withdraw an open run: its job ends at the next page, or is not started any more. What was saved stays."""
    if not _close(run, SyncRun.State.CANCELLED, ""):
        return
    waiting = SyncJob.objects.filter(runs=run, state=SyncJob.State.QUEUED)
    waiting.update(state=SyncJob.State.DONE, finished_at=leases.now(), problem=_("The run was cancelled."))


def _hold(run_id: int) -> SyncRun:
    """Lock the job (is it still ours?) and the run (is it still wanted?) until the transaction ends."""
    jobs.hold()
    run = SyncRun.objects.select_for_update(of=("self",)).select_related("account").get(pk=run_id)
    if run.state not in SyncRun.OPEN:
        raise jobs.Withdrawn(_("The run is closed: %(state)s.") % {"state": run.get_state_display()})
    return run


def _save(run: SyncRun, found: Page) -> None:
    changes: dict[str, Any] = {name: F(name) + getattr(found, name) for name in COUNTS if getattr(found, name)}
    if found.strange:
        changes["oddities"] = dict(Counter(run.oddities) + found.strange)
    SyncRun.objects.filter(pk=run.pk).update(
        cursor=found.cursor, total=found.total, progressed_at=leases.now(), **changes
    )
    RunProblem.objects.bulk_create(
        RunProblem(
            run=run,
            external_id=record.external_id[:200],
            kind=record.kind[:40],
            reason=mask_text(record.reason),
            sample=mask_text(record.sample)[:LONGEST_SAMPLE],
            created_at=leases.now(),
        )
        for record in found.problems
    )


def _close(run: SyncRun, state: SyncRun.State, problem: str) -> bool:
    open_run = SyncRun.objects.filter(pk=run.pk, state__in=SyncRun.OPEN)
    closed = open_run.update(state=state, problem=problem, finished_at=leases.now())
    run.refresh_from_db()
    return bool(closed)


def _is_true(run: SyncRun) -> bool:
    told = run.created + run.updated + run.unchanged + run.failed
    return told <= run.seen <= told + run.gone
