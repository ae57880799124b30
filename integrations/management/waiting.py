"""Run queued jobs in the foreground and show how far they are."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from django.core.management.base import OutputWrapper
from django.db import connection
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations import clock, jobs, leases
from integrations.models import SyncJob, SyncRun
from integrations.progress import progress_of

LONGEST_WAIT = timedelta(minutes=15)  # a job that goes on later than this is left to the workers
POLL_S = 0.25
SHOW_S = 0.5
ENDED = (SyncJob.State.DONE, SyncJob.State.FAILED)


class Follower:
    """Waits for jobs by doing their work, and the refreshes of tokens that they wait for."""

    def __init__(self, screen: OutputWrapper) -> None:
        self._screen = screen

    def follow(self, wanted: Sequence[SyncJob]) -> list[SyncJob]:
        """Return each job as it ended; raise Refused where one does not go on."""
        return [self._one(job) for job in wanted]

    def _one(self, job: SyncJob) -> SyncJob:
        with self._shown(job):
            while True:
                job = _now_standing_for(job)
                if job.state in ENDED:
                    return job
                if job.state == SyncJob.State.QUEUED:
                    _refuse_if_stuck(job)
                    if jobs.run(job.pk) or any(jobs.run(pk) for pk in _refreshes(job)):
                        continue
                jobs.take_back()
                clock.sleep(POLL_S)

    @contextmanager
    def _shown(self, job: SyncJob) -> Iterator[None]:
        """Show on a terminal how far the job's run is; it runs in this thread, so another one looks."""
        if not self._screen.isatty():
            yield
            return
        ended = threading.Event()
        thread = threading.Thread(target=self._show, args=(job.pk, job.key, ended), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _show(self, job_id: int, key: str, ended: threading.Event) -> None:
        try:
            while not ended.wait(SHOW_S):
                run = SyncRun.objects.filter(job_id=job_id).first()
                self._draw(f"\r\033[K{_line(run) if run else key}")
        finally:
            self._draw("\r\033[K")
            connection.close()

    def _draw(self, text: str) -> None:
        self._screen.write(text, style_func=str, ending="")
        self._screen.flush()


def _line(run: SyncRun) -> str:
    progress = progress_of(run, leases.now())
    parts = [str(run)]
    if progress.percent is not None:
        filled = progress.percent // 5
        parts.append(f"[{'█' * filled}{'·' * (20 - filled)}] {progress.percent} %")
    parts.append(_("%(seen)d seen") % {"seen": run.seen})
    if progress.per_second:
        parts.append(_("%(rate).1f a second") % {"rate": progress.per_second})
    if progress.seconds_left is not None:
        parts.append(_("%(seconds)d s left") % {"seconds": progress.seconds_left})
    return "  ".join(parts)


def _now_standing_for(job: SyncJob) -> SyncJob:
    """Return the job as it is, or the equal one that has taken its place."""
    job.refresh_from_db()
    if job.state == SyncJob.State.REPLACED:
        return SyncJob.objects.filter(key=job.key).exclude(state=SyncJob.State.REPLACED).order_by("-pk").first() or job
    return job


def _refreshes(job: SyncJob) -> list[int]:
    """Return the queued refreshes of the tokens that the job needs."""
    same_account = SyncJob.objects.filter(account=job.account_id, state=SyncJob.State.QUEUED)
    return list(same_account.filter(key__startswith="token:").exclude(pk=job.pk).values_list("pk", flat=True))


def _refuse_if_stuck(job: SyncJob) -> None:
    account = job.account
    if account and not account.is_connected and not job.runs_while_paused:
        why = account.problem or account.get_status_display()
        raise Refused(
            _("%(account)s is paused: %(why)s The job stays queued.") % {"account": account, "why": why},
            field="account",
        )
    if job.due_at > leases.now() + LONGEST_WAIT:
        when = date_format(localtime(job.due_at), "DATETIME_FORMAT")
        raise Refused(_("It goes on at %(when)s, in a worker. %(why)s") % {"when": when, "why": job.problem})
