"""Who may work at a job: one UPDATE takes it, a lease keeps it, a fence proves it (design.md §3, promises 1 and 2).

Every claim writes a new fence. Whatever ends or prolongs the work names that fence, so that a worker which was thought
dead, and whose job another has taken over, changes nothing any more.
"""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, Min, OuterRef
from django.utils.translation import gettext as _

from . import clock, statements
from .models import JobQuerySet, SyncJob


class LostLease(Exception):
    """This worker's job belongs to another by now: stop, and save nothing."""


def now() -> datetime:
    """Return the clock's time as Django keeps it."""
    return datetime.fromtimestamp(clock.now(), UTC)


def lease_end() -> datetime:
    """Return until when a lease lasts that is taken or renewed now."""
    return now() + timedelta(seconds=settings.JOB_LEASE_S)


def claim(worker: str, job_id: int | None = None) -> SyncJob | None:
    """Take the most urgent job that is due (or this one, if it is free and due); None where there is none.

    Not free: a job of an account that is not connected, unless it `runs_while_paused`, and a job whose key is running.
    """
    moment = now()
    try:
        return statements.claim(fence=str(uuid4()), lease_until=lease_end(), worker=worker, now=moment, job_id=job_id)
    except IntegrityError:  # an equal job was started at this very moment: this one waits for it
        return None


def renew(job: SyncJob) -> bool:
    """Prolong the lease; False where the job is no longer this worker's."""
    mine = SyncJob.objects.filter(pk=job.pk, fence=job.fence, state=SyncJob.State.RUNNING)
    return bool(mine.update(lease_until=lease_end()))


def check(job: SyncJob) -> None:
    """Lock the job's row until the transaction ends; raise LostLease where it is no longer this worker's.

    SQLite's transactions are IMMEDIATE (settings): there the whole database is locked, and the look is enough.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("hold() belongs into the transaction whose rows it guards.")
    mine = SyncJob.objects.select_for_update(no_key=True).filter(
        pk=job.pk, fence=job.fence, state=SyncJob.State.RUNNING
    )
    if mine.values_list("pk").first() is None:
        raise LostLease(f"Job {job.pk} was taken over")


def finish(job: SyncJob, problem: str = "") -> None:
    """Say that the job is done (`problem`: why so soon); raise LostLease where it is no longer this worker's."""
    finished_at = now()
    if not statements.finish(job, finished_at=finished_at, problem=problem):
        raise LostLease(f"Job {job.pk} was taken over")
    job.state, job.problem, job.finished_at = SyncJob.State.DONE, problem, finished_at


def settle(job: SyncJob, *, seen: datetime | None = None, **changes: Any) -> None:
    """Change the row of a running job; raise LostLease where its fence, or the lease `seen`, is another by now."""
    mine = SyncJob.objects.filter(pk=job.pk, fence=job.fence, state=SyncJob.State.RUNNING)
    if not (mine if seen is None else mine.filter(lease_until=seen)).update(**changes):
        raise LostLease(f"Job {job.pk} was taken over")
    for name, value in changes.items():
        setattr(job, name, value)


def requeue(job: SyncJob, *, seen: datetime | None = None, **changes: Any) -> None:
    """Put a running job back into the queue; raise LostLease as `settle` does.

    Where an equal wish has been queued meanwhile, the older job goes on for both: it knows what it has tried.
    """
    queued = SyncJob.State.QUEUED
    twins = SyncJob.objects.filter(key=job.key, state=queued)
    crowded = False
    while True:
        try:
            with transaction.atomic():
                if crowded:
                    lane = twins.aggregate(lane=Min("lane"))["lane"]
                    twins.update(
                        state=SyncJob.State.REPLACED,
                        finished_at=now(),
                        problem=_("Job %(id)d does the same.") % {"id": job.pk},
                    )
                    changes["lane"] = job.lane if lane is None else min(job.lane, lane)
                settle(job, seen=seen, **changes | {"state": queued, "lease_until": None})
            return
        except IntegrityError:
            crowded = True


def waiting() -> JobQuerySet:
    """Return the queued jobs that `claim` would take when they are due."""
    twin = SyncJob.objects.filter(key=OuterRef("key"), state=SyncJob.State.RUNNING)
    return SyncJob.objects.filter(~Exists(twin), state=SyncJob.State.QUEUED).claimable()


def next_due_in() -> float | None:
    """Return in how many seconds the next job falls due (0 or less: one is due); None where none is queued."""
    due_at = waiting().aggregate(due_at=Min("due_at"))["due_at"]
    return None if due_at is None else (due_at - now()).total_seconds()
