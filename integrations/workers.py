"""Who works here: a process's name that can be checked, and its sign of life (design.md §3, promise 2)."""

import logging
import os
import socket
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from django.conf import settings
from django.db import DatabaseError, connections

from . import leases
from .models import SyncJob

logger = logging.getLogger(__name__)

_PROC = Path("/proc")
_GONE = "ZX"  # zombie, dead: the states of a process that will do nothing more


@lru_cache(maxsize=1)
def _machine() -> str:
    """Name the kernel's boot and the set of process ids that this process can see; empty where the system can't say."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text()[:8]
        return f"{boot}.{(_PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _born(pid: int) -> str | None:
    """Return when a process started, in the kernel's ticks; empty: it is dead; None: the system does not say."""
    try:
        state, *rest = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):
        return None
    return "" if state in _GONE else rest[18]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # another user's: it may be hidden in /proc, and lives all the same
        return True
    return True


@lru_cache(maxsize=1)
def _name_of(pid: int) -> str:
    return ":".join((socket.gethostname()[:40], str(pid), _machine(), _born(pid) or ""))


def me() -> str:
    """Return this process's name: host, process id, and what tells it from a later process with the same id."""
    return _name_of(os.getpid())


def is_surely_dead(worker: str) -> bool:
    """Say whether a worker is known to be gone: it ran on this very machine, and there is no such process any more.

    False means "not known": of another machine only the lease can tell.
    """
    with suppress(ValueError):
        _host, number, machine, born = worker.rsplit(":", 3)
        if machine and born and machine == _machine():
            pid = int(number)
            born_now = _born(pid)
            return not _exists(pid) if born_now is None else born_now != born
    return False


class Heartbeat:
    """A thread beside a worker that renews the lease of the job in hand, every third of the lease.

    It has a database connection of its own, closed when it ends. A worker that hangs is ended by django-q2's time-out,
    and its heartbeat with it.
    """

    def __init__(self) -> None:
        self._job: SyncJob | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def keep(self, job: SyncJob | None) -> None:
        """Renew this job's lease from now on; None: no job is in hand."""
        self._job = job

    def _beat(self) -> None:
        try:
            while not self._stop.wait(settings.JOB_LEASE_S / 3):
                job = self._job
                if job is None:
                    continue
                try:
                    if not leases.renew(job) and self._job is job:
                        logger.warning("Job %s was taken over while %s worked at it", job.pk, job.worker)
                        self._job = None
                except DatabaseError as error:  # tried again at the next beat; the lease outlasts two that fail
                    logger.warning("The lease of job %s could not be renewed: %s", job.pk, error)
                    connections.close_all()
        finally:
            connections.close_all()
