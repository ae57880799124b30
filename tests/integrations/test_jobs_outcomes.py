"""What each kind of error makes of a job (style-by-example.md §3), and what a person then reads on its row."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations import errors, jobs, outcomes
from integrations.models import Lane, SyncJob, SyncRun
from tests.factories import make_account

from . import job_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    job_tasks.reset()
    monkeypatch.setattr("random.uniform", lambda low, high: low)  # no jitter, but where a test asks for it


def fail_with(*planned: Exception, **columns: Any) -> SyncJob:
    """Run a job that raises the planned errors, one a run, and return it."""
    job = jobs.enqueue("tests.integrations.job_tasks.note", key="k", name="k", account=columns.pop("account", None))
    SyncJob.objects.filter(pk=job.pk).update(**columns)
    job_tasks.raises["k"] = list(planned)
    for _error in planned:
        SyncJob.objects.filter(pk=job.pk).update(due_at=timezone.now())
        jobs.work()
    job.refresh_from_db()
    return job


def waits(job: SyncJob) -> float:
    """Return in how many seconds the job is due, rounded."""
    return round((job.due_at - timezone.now()).total_seconds())


@pytest.mark.parametrize(("failures", "seconds"), [(0, 30), (1, 120), (2, 600), (3, 3600)])
def test_what_passes_is_tried_again_after_longer_and_longer(failures, seconds):
    job = fail_with(errors.Unavailable("502 from CJ"), failures=failures)
    assert (job.state, job.failures, job.error_kind, job.problem) == (
        "queued",
        failures + 1,
        "Unavailable",
        "502 from CJ",
    )
    assert waits(job) == seconds
    assert (job.lease_until, job.finished_at) == (None, None)


def test_the_fifth_failure_in_a_row_is_final_and_says_so():
    job = fail_with(errors.Unavailable("502 from CJ"), failures=4)
    assert (job.state, job.failures) == ("failed", 5)
    assert job.problem == "502 from CJ\nGiven up after 5 failures in a row."


def test_a_platform_that_says_when_is_believed():
    assert waits(fail_with(errors.Unavailable("maintenance", retry_after=900))) == 900


def test_jobs_that_fail_together_do_not_come_back_together(monkeypatch):
    monkeypatch.setattr("random.uniform", lambda low, high: high)
    assert waits(fail_with(errors.Unavailable("502"))) == 36


def test_a_reached_limit_is_waited_for_and_is_no_failure():
    job = fail_with(errors.RateLimited("1 a second", retry_after=3), failures=2)
    assert (job.state, job.failures, job.error_kind) == ("queued", 2, "RateLimited")
    assert waits(job) == 3
    assert job.waiting_since is not None


def test_a_reached_limit_without_a_time_backs_off():
    job = fail_with(errors.RateLimited("too many"))
    assert (waits(job), job.failures) == (30, 1)


def test_a_dead_token_is_waited_for_and_is_no_failure():
    job = fail_with(errors.TokenExpired("a refresh is under way"))
    assert (job.state, job.failures, waits(job)) == ("queued", 0, 5)


def test_again_waits_without_a_word():
    job = fail_with(jobs.Again(45))
    assert (job.state, job.failures, job.error_kind, job.problem, waits(job)) == ("queued", 0, "", "", 45)


def test_again_with_progress_forgets_how_long_it_has_waited():
    long_ago = timezone.now() - timedelta(days=3)
    job = fail_with(jobs.Again(5, progressed=True), waiting_since=long_ago, failures=3, deaths=2)
    assert (job.state, job.waiting_since, job.failures, job.deaths) == ("queued", None, 0, 0)


@pytest.mark.parametrize("error", [jobs.Again(5), errors.RateLimited("full", retry_after=5)])
def test_a_job_that_waits_for_more_than_a_day_without_progress_fails(error):
    job = fail_with(error, waiting_since=timezone.now() - timedelta(hours=23))
    assert job.state == "queued"
    job.delete()
    job = fail_with(error, waiting_since=timezone.now() - timedelta(hours=25))
    assert job.state == "failed"
    assert "for more than a day" in job.problem


@pytest.mark.parametrize(
    "error",
    [
        Refused("Nothing is chosen."),
        errors.Rejected("Nothing is chosen."),
        errors.NotFound("Nothing is chosen."),
        errors.Invalid("Nothing is chosen."),
        errors.UnexpectedReply("Nothing is chosen."),
    ],
)
def test_what_a_person_has_to_change_fails_at_once(error, caplog):
    job = fail_with(error)
    assert (job.state, job.error_kind, job.problem) == ("failed", type(error).__name__, "Nothing is chosen.")
    assert job.finished_at is not None
    assert not [record for record in caplog.records if record.exc_info]


def test_the_platform_s_code_and_request_are_kept_for_its_support():
    job = fail_with(errors.Rejected("pid unknown", code="1602000", request_id="ab-12"))
    assert job.problem == "pid unknown (code 1602000, request ab-12)"


def test_a_lost_answer_to_a_write_is_not_repeated_and_asks_for_a_look():
    job = fail_with(errors.OutcomeUnknown("The answer did not arrive"))
    assert job.state == "failed"
    assert job.problem.startswith("The answer did not arrive\nIt may or may not have happened: look")
    jobs.work()
    assert job_tasks.done == ["k"]


def test_a_refused_login_pauses_the_account_and_the_job_waits_for_it():
    account = make_account()
    job = fail_with(errors.AuthRequired("Paste a new API key."), account=account)
    account.refresh_from_db()
    assert (account.status, account.problem) == ("reconnect", "Paste a new API key.")
    assert (job.state, job.error_kind) == ("queued", "AuthRequired")
    assert jobs.work() == jobs.Worked()
    account.mark_connected()
    assert jobs.work() == jobs.Worked(done=1)


def test_old_news_of_a_refused_login_does_not_pause_an_account_connected_meanwhile():
    account = make_account(connected_at=timezone.now() - timedelta(days=1))
    job_tasks.during["k"] = lambda: PlatformAccount.objects.get(pk=account.pk).mark_connected()
    job = fail_with(errors.AuthRequired("dead"), account=account)
    account.refresh_from_db()
    assert account.status == "connected"
    assert (job.state, job_tasks.done) == ("done", ["k", "k"])


def test_a_refused_login_of_a_job_that_runs_while_paused_fails_it():
    account = make_account()
    job = fail_with(errors.AuthRequired("dead"), account=account, runs_while_paused=True)
    account.refresh_from_db()
    assert (job.state, account.status) == ("failed", "reconnect")


def test_a_database_that_went_away_passes():
    job = fail_with(OperationalError("server closed the connection"))
    assert (job.state, job.failures, waits(job)) == ("queued", 1, 30)


def test_a_bug_is_kept_with_its_traceback_and_without_secrets(caplog):
    caplog.set_level(logging.ERROR)
    job = fail_with(ZeroDivisionError("access_token=abcdef0123456789"))
    assert (job.state, job.error_kind) == ("failed", "ZeroDivisionError")
    assert "Traceback (most recent call last)" in job.problem
    assert "job_tasks.py" in job.problem
    assert "abcdef0123456789" not in job.problem
    assert [record.message for record in caplog.records if record.exc_info] == [f"Job {job.pk} (k) failed"]


def test_an_unknown_task_is_a_failure_with_its_name():
    job = jobs.enqueue("tests.integrations.job_tasks.gone", key="k")
    assert jobs.work() == jobs.Worked(failed=1)
    job.refresh_from_db()
    assert "job_tasks.gone" in job.problem or '"gone"' in job.problem


def test_a_withdrawn_job_ends_without_failing():
    job = fail_with(jobs.Withdrawn("The run was cancelled."))
    assert (job.state, job.problem, job.error_kind) == ("done", "The run was cancelled.", "")


def test_a_retried_job_takes_over_the_equal_wish_that_came_meanwhile():
    job_tasks.during["k"] = lambda: jobs.enqueue("x.y", key="k", lane=Lane.ORDERS, name="k")
    job = fail_with(errors.RateLimited("full", retry_after=30))
    assert (job.state, job.lane, waits(job)) == ("queued", Lane.ORDERS, 30)
    twin = SyncJob.objects.exclude(pk=job.pk).get()
    assert (twin.state, twin.problem) == ("replaced", f"Job {job.pk} does the same.")
    assert twin.finished_at is not None


def test_a_failed_job_s_run_is_failed_and_revived_with_it():
    run = SyncRun.objects.create(account=make_account(), kind="products", state="running")
    job = jobs.enqueue("tests.integrations.job_tasks.note", key="k", name="k")
    SyncRun.objects.update(job=job)
    job_tasks.raises["k"] = [errors.Rejected("keyword too long")]
    jobs.work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", "keyword too long")
    assert run.finished_at is not None
    jobs.revive(job)
    run.refresh_from_db()
    assert (run.state, run.problem) == ("queued", "")
    assert not run.finished_at


def test_a_bug_is_told_to_the_run_s_reader_without_its_traceback():
    run = SyncRun.objects.create(account=make_account(), kind="products", state="running")
    job = jobs.enqueue("tests.integrations.job_tasks.note", key="k", name="k")
    SyncRun.objects.update(job=job)
    job_tasks.raises["k"] = [KeyError("x")]
    jobs.work()
    run.refresh_from_db()
    assert run.problem == f"A fault of Crossdock's own stopped it: job {job.pk} has the details."


def test_a_run_that_ended_well_is_not_touched_by_what_its_job_meets_later():
    run = SyncRun.objects.create(account=make_account(), kind="products", state="done")
    job = jobs.enqueue("tests.integrations.job_tasks.note", key="k", name="k")
    SyncRun.objects.update(job=job)
    job_tasks.raises["k"] = [Refused("late")]
    jobs.work()
    run.refresh_from_db()
    assert (run.state, run.problem) == ("done", "")


def test_every_error_kind_of_the_platforms_has_a_verdict():
    job = SyncJob(task="x", key="k")
    now = timezone.now()
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    final = {kind.__name__ for kind in kinds if outcomes.judge(job, kind("x"), now).delay is None}
    assert final >= {"Rejected", "NotFound", "Invalid", "UnexpectedReply", "OutcomeUnknown", "AuthRequired"}
    assert not final & {"Unavailable", "RateLimited", "TokenExpired"}
