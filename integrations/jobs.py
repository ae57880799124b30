"""Outward work as rows: wish, claim, outcome, revival (design.md §3, promises 1 and 2; style-by-example.md §3).

`enqueue` writes a wish, workers take wishes one by one (`leases`), `outcomes` decides what an error makes of them, the
`bell` wakes workers. Nothing is repeated by the queue itself: retry is decided here and nowhere else.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop

from . import bell, clock, leases, outcomes, statements, turns, workers
from .leases import LostLease
from .models import JobQuerySet, Lane, SyncJob, SyncRun
from .outcomes import Again, Withdrawn
from .turns import atomic, current, hold, progressed, should_yield

__all__ = [
    "Again",
    "LostLease",
    "Withdrawn",
    "atomic",
    "current",
    "drain",
    "enqueue",
    "hold",
    "progressed",
    "revive",
    "revive_many",
    "run",
    "run_due",
    "should_yield",
    "sweep",
    "take_back",
    "thin",
    "work",
]

logger = logging.getLogger(__name__)

LINGER_S = 20.0  # a worker stays for jobs that fall due within this time
POLL_S = 0.25
LOOK_FOR_DEAD_S = 5.0
KEPT = timedelta(days=7)  # how long done jobs are kept; failed ones stay until somebody has seen to them


# --- wishes


def enqueue(
    task: str,
    *,
    key: str,
    lane: Lane = Lane.CATALOGUE,
    account: PlatformAccount | None = None,
    shop: Shop | None = None,
    delay: float = 0,
    runs_while_paused: bool = False,
    requested_by: str = "",
    **kwargs: Any,
) -> SyncJob:
    """Ask for `task(**kwargs)` to be run by a worker, `delay` seconds from now; the arguments must be JSON.

    The job is held while `account` or `shop` is not connected.

    An equal wish that is queued already is returned instead: brought forward and into the more urgent lane where this
    one asks for it. It stays locked until the transaction ends, so no worker takes it before what goes with the wish
    is there to be seen. A wish that equals a running one waits for it.
    """
    now = leases.now()
    wish = SyncJob(
        task=task,
        key=key,
        lane=lane,
        account=account,
        shop=shop,
        due_at=now + timedelta(seconds=delay),
        runs_while_paused=runs_while_paused,
        requested_by=requested_by,
        kwargs=kwargs,
        created_at=now,
    )
    job = statements.enqueue(wish)
    if delay <= LINGER_S:
        bell.ring_on_commit()
    return job


# --- the work


@dataclass(frozen=True, slots=True)
class Worked:
    """What a worker has done: jobs finished, failed for good, and put back to wait."""

    done: int = 0
    failed: int = 0
    waiting: int = 0

    @property
    def total(self) -> int:
        return self.done + self.failed + self.waiting


def run(job_id: int) -> SyncJob | None:
    """Run one job here and now, if it is free and due, and return it with its outcome; None where it is not."""
    with workers.Heartbeat() as heartbeat:
        job = leases.claim(workers.me(), job_id)
        return job and _perform(job, heartbeat)


def run_due(seconds: float) -> int:
    """Run what is due, the most urgent first, for about so many seconds, and return how many jobs that were.

    Stays for jobs that fall due within that time, returns at once where there are none.
    """
    return _work_off(until=clock.monotonic() + seconds, patience=seconds).total


def work(
    *,
    until_quiet: bool = True,
    seconds: float = math.inf,
    patience: float = 0,
    tell: Callable[[SyncJob], object] | None = None,
) -> Worked:
    """Run jobs in this process for at most `seconds`: until it is quiet, or for ever.

    "Quiet" is when nothing falls due within `patience` seconds. `tell` is given each job with its outcome.
    """
    take_back()
    return _work_off(until=clock.monotonic() + seconds, patience=patience if until_quiet else math.inf, tell=tell)


def _work_off(*, until: float, patience: float, tell: Callable[[SyncJob], object] | None = None) -> Worked:
    worker, found = workers.me(), Counter[str]()
    looked = clock.monotonic()
    with workers.Heartbeat() as heartbeat:
        while clock.monotonic() < until:
            job = leases.claim(worker)
            if job is not None:
                _perform(job, heartbeat)
                found[job.state] += 1
                if tell:
                    tell(job)
                continue
            if clock.monotonic() - looked > LOOK_FOR_DEAD_S:
                looked = clock.monotonic()
                take_back()
            pause = leases.next_due_in()
            if (math.inf if pause is None else pause) > patience or (pause is None and patience < math.inf):
                break
            clock.sleep(min(POLL_S, POLL_S if pause is None else max(pause, 0.01), until - clock.monotonic()))
    state = SyncJob.State
    return Worked(done=found[state.DONE], failed=found[state.FAILED], waiting=found[state.QUEUED])


def _perform(job: SyncJob, heartbeat: workers.Heartbeat) -> SyncJob:
    """Run a claimed job; its outcome is on its row, and on the returned object as far as this worker knows it."""
    heartbeat.keep(job)
    try:
        with turns.turn_of(job):
            _call(job)
    except LostLease:
        logger.warning("Job %s was taken over: what this worker still had in hand is dropped", job.pk)
    except Withdrawn as reason:
        _settle(job, reason)
    except Exception as error:  # noqa: BLE001 - the one net: whatever a task raises becomes an outcome on its row
        _settle(job, error)
    finally:
        heartbeat.keep(None)
    return job


def _call(job: SyncJob) -> None:
    task = import_string(job.task)
    _account = job.account  # as it is before the work: an account connected again meanwhile is not paused for old news
    if getattr(task, "is_atomic_job", False):
        with transaction.atomic():
            task(**job.kwargs)
            leases.finish(job)
    else:
        task(**job.kwargs)
        leases.finish(job)


def _settle(job: SyncJob, error: Exception) -> None:
    """Write an outcome to the row, on a connection that works, unless the job is another's by now."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()
    try:
        if isinstance(error, Withdrawn):
            leases.finish(job, problem=str(error))
        else:
            outcomes.after_error(job, error)
    except LostLease:
        logger.warning("Job %s was taken over: the outcome that this worker saw is dropped", job.pk)


# --- what was lost


def drain(seconds: float = LINGER_S) -> int:
    """Answer the bell: run what is due for about so many seconds, and wake other workers while there is more."""
    take_back()
    if len(leases.waiting().filter(due_at__lte=leases.now())[:2]) > 1:
        bell.ring()
    ran = run_due(seconds)
    pause = leases.next_due_in()
    if pause is not None and pause <= 0:
        bell.ring()
    elif pause is not None and pause <= LINGER_S:
        bell.ring(at_most=1)
    return ran


def sweep() -> int:
    """Take back the jobs of dead workers and ring for due ones that were not rung for; return how many were taken."""
    taken = take_back()
    pause = leases.next_due_in()
    if pause is not None and pause <= LINGER_S:
        bell.ring()
    return taken


def take_back() -> int:
    """Free the jobs whose lease ran out or whose worker is surely dead; return how many."""
    taken = 0
    now = leases.now()
    for job in SyncJob.objects.filter(state=SyncJob.State.RUNNING).select_related("account"):
        if job.lease_until and job.lease_until >= now and not workers.is_surely_dead(job.worker):
            continue
        try:
            outcomes.after_death(job)
            taken += 1
        except LostLease:  # renewed, finished or taken back by another meanwhile
            continue
    return taken


# --- what a person may ask


def revive(job: SyncJob) -> SyncJob:
    """Put a failed job back into the queue with fresh attempts; raise Refused where it is not failed or not alone."""
    try:
        with transaction.atomic():
            failed = SyncJob.objects.filter(pk=job.pk, state=SyncJob.State.FAILED)
            if not failed.update(
                state=SyncJob.State.QUEUED,
                due_at=leases.now(),
                attempts=0,
                failures=0,
                deaths=0,
                waiting_since=None,
                finished_at=None,
                problem="",
                error_kind="",
            ):
                raise Refused(_("Only a failed job can be run again."), field="state")
            SyncRun.objects.filter(job=job.pk, state=SyncRun.State.FAILED).update(
                state=SyncRun.State.QUEUED, problem="", finished_at=None
            )
    except IntegrityError as error:
        twin = SyncJob.objects.filter(key=job.key, state=SyncJob.State.QUEUED).first()
        if twin is None:
            raise Refused(_("A newer run of the same kind is under way: wait for it."), field="state") from error
        raise Refused(_("An equal job is queued already: number %(id)d.") % {"id": twin.pk}, field="key") from error
    bell.ring_on_commit()
    job.refresh_from_db()
    return job


def revive_many(chosen: JobQuerySet) -> tuple[list[SyncJob], list[tuple[SyncJob, Refused]]]:
    """Revive each of them; return those that were revived, and those that were not with the reason."""
    revived, refused = [], []
    for job in chosen.order_by("pk"):
        try:
            revived.append(revive(job))
        except Refused as refusal:
            refused.append((job, refusal))
    return revived, refused


def thin() -> int:
    """Delete the rows of jobs that were done long ago; return how many."""
    old = Q(state__in=[SyncJob.State.DONE, SyncJob.State.REPLACED], finished_at__lt=leases.now() - KEPT)
    return SyncJob.objects.filter(old).delete()[0]
