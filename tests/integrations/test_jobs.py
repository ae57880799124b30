"""Wishes and their order: what is claimed, when, by whom, and what becomes of equal wishes."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.secrets import Secret
from integrations import clock, jobs, leases, statements, workers
from integrations.models import Lane, SyncJob
from tests.factories import make_account

from . import job_tasks

NOTE = "tests.integrations.job_tasks.note"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_tasks():
    job_tasks.reset()


def ask(name: str, **wish: Any) -> SyncJob:
    return jobs.enqueue(NOTE, **{"key": name, "name": name} | wish)


def state_of(job: SyncJob) -> str:
    job.refresh_from_db()
    return job.state


# --- wishes


def test_a_wish_is_a_row_with_its_arguments():
    account = make_account()
    job = jobs.enqueue(NOTE, key="k", lane=Lane.ORDERS, account=account, requested_by="mei", name="a", more={"x": [1]})
    job = SyncJob.objects.get(pk=job.pk)
    assert (job.task, job.key, job.lane, job.account, job.state) == (NOTE, "k", Lane.ORDERS, account, "queued")
    assert job.kwargs == {"name": "a", "more": {"x": [1]}}
    assert (job.requested_by, job.attempts, job.failures, job.runs_while_paused) == ("mei", 0, 0, False)


def test_an_equal_queued_wish_is_returned_not_doubled():
    first = ask("same")
    assert ask("same").pk == first.pk
    assert SyncJob.objects.count() == 1


def test_an_equal_wish_brings_the_queued_one_forward_and_never_back():
    job = ask("same", delay=3600)
    sooner = ask("same", delay=60)
    assert sooner.pk == job.pk
    assert sooner.due_at < job.due_at - timedelta(minutes=50)
    assert ask("same", delay=7200).due_at == sooner.due_at


def test_an_equal_wish_raises_the_lane_and_never_lowers_it():
    ask("same", lane=Lane.STOCK)
    assert ask("same", lane=Lane.CATALOGUE).lane == Lane.STOCK
    assert ask("same", lane=Lane.URGENT).lane == Lane.URGENT


def test_a_wish_that_equals_a_running_one_is_a_row_of_its_own():
    first = ask("same")
    leases.claim("somebody")
    second = ask("same")
    assert second.pk != first.pk
    assert (state_of(first), state_of(second)) == ("running", "queued")


def test_a_secret_can_not_become_an_argument():
    with pytest.raises(TypeError):
        ask("k", token=Secret("hush"))
    assert SyncJob.objects.count() == 0


# --- claims


def test_a_claim_counts_the_attempt_and_takes_fence_and_lease_before_the_work():
    job = ask("k")
    claimed = leases.claim("somebody")
    assert claimed is not None
    job.refresh_from_db()
    assert (job.state, job.attempts, job.worker) == ("running", 1, "somebody")
    assert len(job.fence) == 36
    assert claimed.fence == job.fence
    assert job.lease_until is not None
    assert timedelta(seconds=50) < job.lease_until - timezone.now() <= timedelta(seconds=60)
    assert (claimed.kwargs, claimed.due_at, claimed.lease_until) == (job.kwargs, job.due_at, job.lease_until)


def test_the_more_urgent_lane_goes_first_then_the_longer_due():
    ask("catalogue")
    ask("orders, later", lane=Lane.ORDERS)
    ask("urgent", lane=Lane.URGENT)
    ask("orders, first", lane=Lane.ORDERS)
    SyncJob.objects.filter(key="orders, first").update(due_at=timezone.now() - timedelta(minutes=1))
    jobs.work()
    assert job_tasks.done == ["urgent", "orders, first", "orders, later", "catalogue"]


def test_what_is_not_due_is_not_claimed():
    ask("later", delay=60)
    assert leases.claim("somebody") is None
    assert jobs.work() == jobs.Worked()


def test_a_job_whose_key_is_running_is_not_claimed_but_others_are():
    ask("same")
    leases.claim("somebody")
    ask("same")
    ask("other")
    claimed = leases.claim("another")
    assert claimed is not None
    assert claimed.key == "other"
    assert leases.claim("another") is None


def test_jobs_of_a_paused_account_wait_and_do_not_block_others():
    paused = make_account(status=PlatformAccount.Status.RECONNECT)
    ask("paused", account=paused, lane=Lane.URGENT)
    ask("works on", account=make_account())
    assert jobs.work() == jobs.Worked(done=1)
    assert job_tasks.done == ["works on"]
    paused.mark_connected()
    jobs.work()
    assert job_tasks.done == ["works on", "paused"]


def test_a_job_that_runs_while_paused_runs():
    ask("refresh", account=make_account(status=PlatformAccount.Status.RECONNECT), runs_while_paused=True)
    jobs.work()
    assert job_tasks.done == ["refresh"]


def test_run_takes_this_job_only():
    ask("urgent", lane=Lane.URGENT)
    job = ask("this")
    ran = jobs.run(job.pk)
    assert ran is not None
    assert ran.state == "done"
    assert job_tasks.done == ["this"]
    assert jobs.run(job.pk) is None


def test_however_many_wait_a_claim_walks_along_the_index_and_sorts_nothing():
    moment = statements._time(timezone.now())
    sql = statements._sql(statements._CLAIM, connection.vendor)
    explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else statements._ALONG_THE_INDEX + "EXPLAIN "
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(explain + sql, ["fence", moment, "worker", moment, moment])
        while connection.vendor == "postgresql" and cursor.nextset():
            pass
        plan = " ".join(str(row) for row in cursor.fetchall())
    assert "job_due" in plan
    assert "B-TREE" not in plan
    assert "Sort" not in plan


# --- finishing


def test_a_finished_job_is_clean_and_its_key_free():
    job = ask("k")
    jobs.work()
    job.refresh_from_db()
    assert (job.state, job.problem, job.lease_until) == ("done", "", None)
    assert job.started_at
    assert job.finished_at
    assert job.started_at <= job.finished_at
    assert ask("k").pk != job.pk


def test_a_task_knows_its_job_and_calls_in_its_lane():
    jobs.enqueue("tests.integrations.job_tasks.note_surroundings", key="k", lane=Lane.ORDERS, name="x")
    jobs.work()
    assert job_tasks.done == [("k", Lane.ORDERS, False)]
    assert jobs.current() is None


def test_a_worker_whose_job_was_taken_over_does_not_finish_it():
    job = ask("k")
    job_tasks.during["k"] = lambda: job_tasks.take_over(job)
    jobs.work()
    job.refresh_from_db()
    assert (job.state, job.fence, job.finished_at) == ("running", "another's", None)


def test_a_worker_whose_job_was_taken_over_does_not_put_it_back_either():
    job = ask("k")
    job_tasks.during["k"] = lambda: job_tasks.take_over(job)
    job_tasks.raises["k"] = [jobs.Again(5)]
    jobs.work()
    assert state_of(job) == "running"


def test_an_atomic_task_commits_with_its_finish():
    account = make_account(name="before")
    job = jobs.enqueue("tests.integrations.job_tasks.rename_account", key="k", account_id=account.pk, name="after")
    jobs.work()
    account.refresh_from_db()
    assert (state_of(job), account.name) == ("done", "after")


def test_an_atomic_task_that_was_taken_over_leaves_no_effect():
    account = make_account(name="before")
    job = jobs.enqueue("tests.integrations.job_tasks.rename_account", key="k", account_id=account.pk, name="after")
    job_tasks.during["after"] = lambda: job_tasks.take_over(job)
    jobs.work()
    account.refresh_from_db()
    assert (account.name, state_of(job)) == ("before", "running")


def test_hold_refuses_a_job_taken_over_and_does_nothing_outside_of_jobs():
    jobs.hold()
    job = ask("k")
    seen = []

    def meanwhile():
        with transaction.atomic():
            jobs.hold()
            seen.append("held")
        job_tasks.take_over(job)
        with pytest.raises(jobs.LostLease), transaction.atomic():
            jobs.hold()
        seen.append("refused")

    job_tasks.during["k"] = meanwhile
    jobs.work()
    assert seen == ["held", "refused"]


def test_progress_forgets_earlier_failures():
    job = ask("k")
    SyncJob.objects.update(failures=3, deaths=2, waiting_since=timezone.now())

    def meanwhile():
        with transaction.atomic():
            jobs.hold()
            jobs.progressed()
        job.refresh_from_db()

    job_tasks.during["k"] = meanwhile
    jobs.work()
    assert (job.failures, job.deaths, job.waiting_since) == (0, 0, None)


def test_a_long_job_yields_after_its_slice_and_to_a_more_urgent_job():
    with clock.use(clock.VirtualClock(timezone.now().timestamp())) as virtual:
        asked = []

        def meanwhile():
            asked.append(jobs.should_yield())
            ask("urgent", lane=Lane.URGENT)
            virtual.sleep(1)
            asked.append(jobs.should_yield())
            virtual.sleep(3)
            asked.append(jobs.should_yield())
            SyncJob.objects.filter(key="urgent").delete()
            virtual.sleep(3)
            asked.append(jobs.should_yield())
            virtual.sleep(60)
            asked.append(jobs.should_yield())

        ask("k")
        job_tasks.during["k"] = meanwhile
        jobs.work()
    assert asked == [False, False, True, False, True]
    assert jobs.should_yield() is False


def test_a_worker_stays_for_a_job_that_falls_due_soon():
    with clock.use(clock.VirtualClock(timezone.now().timestamp())):
        ask("soon", delay=7)
        ask("much later", delay=500)
        assert jobs.run_due(5) == 0
        assert jobs.run_due(20) == 1
        assert job_tasks.done == ["soon"]


def test_work_waits_for_nothing_unless_told():
    job = ask("k")
    job_tasks.raises["k"] = [jobs.Again(5)]
    assert jobs.work() == jobs.Worked(waiting=1)
    assert state_of(job) == "queued"


# --- revival


def test_a_failed_job_is_revived_with_fresh_attempts():
    job = ask("k")
    job_tasks.raises["k"] = [Refused("no")]
    jobs.work()
    assert state_of(job) == "failed"
    revived = jobs.revive(job)
    assert (revived.state, revived.attempts, revived.failures, revived.deaths) == ("queued", 0, 0, 0)
    assert (revived.problem, revived.error_kind, revived.finished_at) == ("", "", None)
    jobs.work()
    assert state_of(job) == "done"


def test_only_a_failed_job_is_revived():
    job = ask("k")
    with pytest.raises(Refused, match="Only a failed job"):
        jobs.revive(job)
    jobs.work()
    with pytest.raises(Refused, match="Only a failed job"):
        jobs.revive(job)
    assert state_of(job) == "done"


def test_a_job_whose_equal_is_queued_is_not_revived():
    job = ask("k")
    job_tasks.raises["k"] = [Refused("no")]
    jobs.work()
    twin = ask("k")
    with pytest.raises(Refused, match=f"queued already: number {twin.pk}"):
        jobs.revive(job)
    assert (state_of(job), state_of(twin)) == ("failed", "queued")


def test_many_are_revived_and_the_refused_are_named():
    failing = [ask(name) for name in "abc"]
    for name in "abc":
        job_tasks.raises[name] = [Refused("no")]
    jobs.work()
    ask("b")
    revived, refused = jobs.revive_many(SyncJob.objects.filter(state="failed"))
    assert [job.key for job in revived] == ["a", "c"]
    assert [(job.key, "queued already" in str(reason)) for job, reason in refused] == [("b", True)]
    assert state_of(failing[1]) == "failed"


# --- the old and done


def test_done_jobs_are_deleted_after_a_week_failed_ones_stay():
    for name, state, days in (("old", "done", 8), ("new", "done", 6), ("bad", "failed", 30), ("twin", "replaced", 8)):
        SyncJob.objects.create(
            task=NOTE, key=name, state=state, finished_at=timezone.now() - timedelta(days=days), kwargs={}
        )
    assert jobs.thin() == 2
    assert set(SyncJob.objects.values_list("key", flat=True)) == {"new", "bad"}


def test_a_worker_s_name_tells_whether_it_lives():
    name = workers.me()
    host, pid, machine, born = name.rsplit(":", 3)
    assert not workers.is_surely_dead(name)
    assert workers.is_surely_dead(f"{host}:{pid}:{machine}:1")  # its number was given to another process
    assert workers.is_surely_dead(f"{host}:4194305:{machine}:{born}")  # no such process
    assert not workers.is_surely_dead(f"{host}:4194305:another-machine:{born}")  # not ours to say
    assert not workers.is_surely_dead("somebody")
