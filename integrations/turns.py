"""A job's turn at a worker, and what the task that it runs may ask: whose turn it is, whether to go on."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from . import clock, lanes, leases
from .models import SyncJob

SLICE_S = 60.0  # a job that goes on longer lets others have their turn
IMPATIENT_S = 2.0  # a more urgent job that has waited this long finds no free worker

Task = TypeVar("Task", bound=Callable[..., object])


@dataclass(slots=True)
class _Turn:
    job: SyncJob
    began: float
    looked: float


_turn: ContextVar[_Turn | None] = ContextVar("turn", default=None)


@contextmanager
def turn_of(job: SyncJob) -> Iterator[None]:
    """Let the code inside run for this job, and call out in its lane."""
    began = clock.monotonic()
    token = _turn.set(_Turn(job, began, began))
    try:
        with lanes.use(job.lane):
            yield
    finally:
        _turn.reset(token)


def current() -> SyncJob | None:
    """Return the job for which this code runs; None outside of any job."""
    turn = _turn.get()
    return turn.job if turn else None


def hold() -> None:
    """Lock this code's job until the transaction ends; raise LostLease where another worker has taken it over.

    To be called inside the transaction whose rows it guards. Outside of any job it does nothing.
    """
    job = current()
    if job is not None:
        leases.check(job)


def progressed() -> None:
    """Note, in the transaction that saves it, that something was achieved: what failed before no longer counts."""
    job = current()
    if job is not None and (job.failures or job.deaths or job.waiting_since):
        leases.settle(job, failures=0, deaths=0, waiting_since=None)


def should_yield() -> bool:
    """Say whether a long task should raise `Again(0, progressed=True)` now, to let others have their turn.

    That is so after a minute, or when a more urgent job has found no free worker.
    """
    turn = _turn.get()
    if turn is None:
        return False
    moment = clock.monotonic()
    if moment - turn.began >= SLICE_S:
        return True
    if moment - turn.looked < IMPATIENT_S:
        return False
    turn.looked = moment
    overdue = leases.now() - timedelta(seconds=IMPATIENT_S)
    return leases.waiting().filter(lane__lt=turn.job.lane, due_at__lte=overdue).exists()


def atomic(task: Task) -> Task:
    """Declare a task that only changes our own database and is quick: it commits in one transaction with its finish.

    So its effect happens exactly once, whenever its worker is killed. Such a task makes no calls to the outside.
    """
    task.is_atomic_job = True  # type: ignore[attr-defined]
    return task
