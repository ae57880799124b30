"""What becomes of a job when its work is over: a verdict by kind of error, on its row (style-by-example.md §3)."""

import logging
import random
import traceback
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.secrets import mask_text
from accounts.services import ask_shop_to_reconnect, ask_to_reconnect

from . import leases
from .errors import AuthRequired, OutcomeUnknown, PlatformError, RateLimited, TokenExpired
from .models import SyncJob, SyncRun

logger = logging.getLogger(__name__)

BACK_OFF_S = (30.0, 120.0, 600.0, 3600.0)
JITTER = 0.2  # up to a fifth longer, so that jobs which failed together don't come back together
TOKEN_WAIT_S = 5.0
LONGEST_WAIT = timedelta(days=1)
MOST_DEATHS = 5
LONGEST_PROBLEM = 10_000  # characters; of a traceback its end is kept


class Again(Exception):
    """Not finished and not failed: run this job again in `seconds`.

    `progressed` says that something was achieved since it was started; a job that waits for more than a day without
    any progress fails.
    """

    def __init__(self, seconds: float = 0, *, progressed: bool = False) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds, self.progressed = seconds, progressed


class Withdrawn(Exception):
    """Nobody wants this any more (a run was cancelled): the job ends without having failed; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be written to the row of a job. `delay` in seconds; None: it does not run again by itself."""

    delay: float | None = None
    kind: str = ""
    problem: str = ""
    failures: int = 0
    waiting_since: datetime | None = None


def judge(job: SyncJob, error: Exception, now: datetime) -> Verdict:
    """Decide by the kind of error whether and when the job runs again.

    Deviations from the table in style-by-example.md §3: AuthRequired keeps the job in the queue, where it is held until
    the account is connected again, because a failed job would have to be revived by hand for each account that comes
    back. A database that went away (OperationalError) passes, as a platform that is down does.
    """
    kind = type(error).__name__
    match error:
        case Again(progressed=True):
            return Verdict(delay=error.seconds)
        case Again():
            return _wait(job, now, error.seconds, "", "")
        case AuthRequired() if _is_held_by(job, error):
            return Verdict(delay=0, kind=kind, problem=_say(error))
        case RateLimited(retry_after=float() | int() as seconds):
            return _wait(job, now, _jittered(seconds), kind, _say(error))
        case TokenExpired():
            return _wait(job, now, error.retry_after or TOKEN_WAIT_S, kind, _say(error))
        case OutcomeUnknown():
            return Verdict(kind=kind, problem=_unknown(error))
        case PlatformError(retryable=True):
            return _retry(job, error.retry_after, kind, _say(error))
        case OperationalError() | InterfaceError():
            return _retry(job, None, kind, _say(error))
        case PlatformError() | Refused():
            return Verdict(kind=kind, problem=_say(error))
        case _:
            trace = mask_text("".join(traceback.format_exception(error)))
            return Verdict(kind=kind, problem=trace[-LONGEST_PROBLEM:])


def _is_held_by(job: SyncJob, error: AuthRequired) -> bool:
    """Tell whether the job stays in the queue untouched until whoever must be connected again is connected."""
    if job.runs_while_paused or not job.account_id:
        return False
    return not error.shop_id or (job.shop is not None and job.shop.external_id == error.shop_id)


def _wait(job: SyncJob, now: datetime, delay: float, kind: str, problem: str) -> Verdict:
    since = job.waiting_since or now
    if now - since > LONGEST_WAIT:
        gave_up = _("It has waited for more than a day without any progress.")
        return Verdict(kind=kind or "Again", problem=f"{gave_up} {problem}".strip())
    return Verdict(delay=delay, kind=kind, problem=problem, failures=job.failures, waiting_since=since)


def _retry(job: SyncJob, retry_after: float | None, kind: str, problem: str) -> Verdict:
    if job.failures >= len(BACK_OFF_S):
        gave_up = _("Given up after %(times)d failures in a row.") % {"times": job.failures + 1}
        return Verdict(kind=kind, problem=f"{problem}\n{gave_up}", failures=job.failures + 1)
    delay = BACK_OFF_S[job.failures] if retry_after is None else retry_after
    return Verdict(delay=_jittered(delay), kind=kind, problem=problem, failures=job.failures + 1)


def _jittered(seconds: float) -> float:
    return seconds * random.uniform(1, 1 + JITTER)


def _say(error: Exception) -> str:
    """Return the error's own words, masked, with what the platform's support asks for."""
    found = [
        f"{name} {value}"
        for name, value in ((_("code"), getattr(error, "code", "")), (_("request"), getattr(error, "request_id", "")))
        if value
    ]
    words = str(error) or type(error).__name__
    return mask_text(f"{words} ({', '.join(found)})" if found else words)[:LONGEST_PROBLEM]


def _unknown(error: Exception) -> str:
    look = _("It may or may not have happened: look at the platform before you run this again.")
    return f"{_say(error)}\n{look}"


def after_error(job: SyncJob, error: Exception) -> None:
    """Write what an error makes of the job; raise LostLease where it belongs to another by now."""
    now = leases.now()
    verdict = judge(job, error, now)
    if isinstance(error, AuthRequired) and job.account:
        if not error.shop_id:
            ask_to_reconnect(job.account, _say(error))
        elif shop := job.account.shops.filter(external_id=error.shop_id).first():
            ask_shop_to_reconnect(shop, _say(error))
    if verdict.delay is None:
        told = ""
        if not isinstance(error, PlatformError | Refused | Again):
            logger.error("Job %s (%s) failed", job.pk, job.key, exc_info=error)
            told = _("A fault of Crossdock's own stopped it: job %(id)d has the details.") % {"id": job.pk}
        fail(job, verdict.kind, verdict.problem, told=told, failures=verdict.failures)
        return
    leases.requeue(
        job,
        due_at=now + timedelta(seconds=verdict.delay),
        error_kind=verdict.kind[:40],
        problem=verdict.problem,
        failures=verdict.failures,
        waiting_since=verdict.waiting_since,
        deaths=0,
    )


def after_death(job: SyncJob) -> None:
    """Put the job of a dead worker back into the queue, or set it aside where it has killed too many in a row."""
    deaths = job.deaths + 1
    if deaths >= MOST_DEATHS:
        text = _("Its worker died %(times)d times in a row without any progress: it may be what kills them.")
        fail(job, "WorkerDied", text % {"times": deaths}, seen=job.lease_until, deaths=deaths)
    else:
        leases.requeue(job, seen=job.lease_until, due_at=leases.now(), deaths=deaths)


def fail(
    job: SyncJob, kind: str, problem: str, *, told: str = "", seen: datetime | None = None, **changes: int
) -> None:
    """Set the job aside for a person, and the run that it was for; raise LostLease where it belongs to another.

    `told` is what the run says instead of `problem`, where that is not meant for a merchandiser.
    """
    finished_at = leases.now()
    with transaction.atomic():
        leases.settle(
            job,
            seen=seen,
            state=SyncJob.State.FAILED,
            error_kind=kind[:40],
            problem=problem,
            finished_at=finished_at,
            lease_until=None,
            **changes,
        )
        open_runs = SyncRun.objects.filter(job=job, state__in=SyncRun.OPEN)
        open_runs.update(state=SyncRun.State.FAILED, problem=told or problem, finished_at=finished_at)
    logger.warning("Job %s (%s) is set aside: %s", job.pk, job.key, kind)
