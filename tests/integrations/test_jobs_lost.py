"""What is found again: jobs of dead workers, poison, bells that nobody heard (design.md §3, promise 2)."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_q.brokers import get_broker
from django_q.conf import Conf
from django_q.signals import post_spawn
from django_q.signing import SignedPackage
from redis import ConnectionError as RedisConnectionError

from integrations import bell, jobs, leases, outcomes, tasks, workers
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account

from . import job_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_tasks() -> None:
    job_tasks.reset()


def ask(name: str, **wish: Any) -> SyncJob:
    return jobs.enqueue("tests.integrations.job_tasks.note", **{"key": name, "name": name} | wish)


def claim_and_die(job: SyncJob) -> None:
    """Take the job as a worker that then dies: nobody renews its lease."""
    assert leases.claim("elsewhere:1:other:1", job.pk) is not None
    SyncJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


# --- dead workers


def test_the_sweep_puts_the_job_of_a_dead_worker_back():
    job = ask("k")
    claim_and_die(job)
    assert jobs.sweep() == 1
    job.refresh_from_db()
    assert (job.state, job.deaths, job.attempts, job.lease_until) == ("queued", 1, 1, None)
    assert jobs.work() == jobs.Worked(done=1)
    job.refresh_from_db()
    assert (job.attempts, job.deaths) == (2, 0)


def test_a_job_with_a_lease_is_left_alone():
    job = ask("k")
    leases.claim("elsewhere:1:other:1", job.pk)
    assert jobs.sweep() == 0
    assert leases.claim("me", job.pk) is None


def test_a_worker_that_is_surely_dead_is_not_waited_for():
    job = ask("k")
    host, pid, machine, _born = workers.me().rsplit(":", 3)
    leases.claim(f"{host}:{pid}:{machine}:1", job.pk)
    assert jobs.sweep() == 1
    assert jobs.work() == jobs.Worked(done=1)


def test_what_a_worker_that_revives_still_has_in_hand_is_dropped():
    job = ask("k")
    revived = leases.claim("elsewhere:1:other:1", job.pk)
    assert revived is not None
    SyncJob.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.take_back()
    with pytest.raises(jobs.LostLease):
        leases.finish(revived)
    assert leases.renew(revived) is False
    leases.claim("another", job.pk)
    for write in (leases.finish, leases.requeue):
        with pytest.raises(jobs.LostLease):
            write(revived)
    with pytest.raises(jobs.LostLease), transaction.atomic():
        leases.check(revived)
    job.refresh_from_db()
    assert (job.state, job.worker) == ("running", "another")


def test_a_lease_renewed_at_the_last_moment_is_not_taken_back():
    job = ask("k")
    claim_and_die(job)
    seen = SyncJob.objects.get(pk=job.pk)
    assert leases.renew(seen)
    with pytest.raises(jobs.LostLease):
        outcomes.after_death(seen)
    job.refresh_from_db()
    assert (job.state, job.deaths) == ("running", 0)


def test_a_job_that_kills_its_workers_is_set_aside_with_the_reason():
    run = SyncRun.objects.create(account=make_account(), kind="products", state="running")
    job = ask("poison")
    SyncRun.objects.update(job=job)
    for _death in range(5):
        claim_and_die(job)
        jobs.sweep()
    job.refresh_from_db()
    run.refresh_from_db()
    assert (job.state, job.error_kind, job.deaths, job.attempts) == ("failed", "WorkerDied", 5, 5)
    assert "worker died 5 times" in job.problem
    assert (run.state, run.problem) == ("failed", job.problem)
    assert jobs.work() == jobs.Worked()
    assert jobs.revive(job).deaths == 0


def test_a_long_run_may_lose_many_workers_as_long_as_it_gets_on():
    job = ask("k")
    for _death in range(20):
        claim_and_die(job)
        SyncJob.objects.update(deaths=0)  # as progressed() does with each page
        jobs.sweep()
    job.refresh_from_db()
    assert (job.state, job.attempts) == ("queued", 20)


def test_the_job_of_a_dead_worker_takes_over_the_equal_wish_that_came_meanwhile():
    job = ask("k")
    claim_and_die(job)
    twin = ask("k")
    assert jobs.sweep() == 1
    job.refresh_from_db()
    twin.refresh_from_db()
    assert (job.state, twin.state) == ("queued", "replaced")


# --- signs of life


@pytest.mark.django_db(transaction=True)
def test_a_worker_at_work_renews_its_lease(settings):
    settings.JOB_LEASE_S = 0.3
    job = ask("k")
    leases_seen: set[Any] = set()
    enough = threading.Event()

    def meanwhile() -> None:
        for _look in range(100):
            leases_seen.add(SyncJob.objects.values_list("lease_until").get(pk=job.pk))
            if len(leases_seen) >= 3:
                return
            enough.wait(0.05)

    job_tasks.during["k"] = meanwhile
    assert jobs.work() == jobs.Worked(done=1)
    assert len(leases_seen) >= 3
    assert not [thread for thread in threading.enumerate() if thread.name == "heartbeat"]


# --- bells, in whichever broker the queue is kept


@pytest.fixture(autouse=True)
def empty_queue(db: None) -> Iterator[None]:
    """Begin and end with no bell in the queue: Redis rolls nothing back."""
    get_broker().purge_queue()
    yield
    get_broker().purge_queue()


def rung() -> list[str]:
    """Take the bells out of the queue and return what they would have a worker call."""
    found = []
    while waiting := get_broker().dequeue():
        for ack_id, payload in waiting:
            found.append(SignedPackage.loads(payload)["func"])
            get_broker().acknowledge(ack_id)
    return found


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_when_the_wish_is_committed_and_once_for_many():
    get_broker().purge_queue()
    with transaction.atomic():
        for name in "abc":
            ask(name)
        assert get_broker().queue_size() == 0
    assert rung() == ["integrations.tasks.drain"]


@pytest.mark.django_db(transaction=True)
def test_a_wish_that_is_rolled_back_rings_no_bell():
    get_broker().purge_queue()
    with transaction.atomic():
        ask("a")
        transaction.set_rollback(True)
    assert (get_broker().queue_size(), SyncJob.objects.count()) == (0, 0)


def test_no_more_bells_are_rung_than_there_are_workers():
    get_broker().purge_queue()
    for _time in range(Conf.WORKERS + 3):
        bell.ring()
    assert get_broker().queue_size() == Conf.WORKERS
    get_broker().purge_queue()
    bell.ring(at_most=1)
    bell.ring(at_most=1)
    assert get_broker().queue_size() == 1


@pytest.mark.parametrize("fault", [RedisConnectionError("refused"), OperationalError("gone"), OSError("down")])
def test_a_bell_that_can_not_be_rung_costs_nothing_but_a_line_in_the_log(fault, monkeypatch, caplog):
    class Down:
        def queue_size(self) -> int:
            raise fault

    monkeypatch.setattr(bell, "_broker", Down)
    bell.ring()
    assert "the sweep will find the work" in caplog.text


def test_emptying_the_queue_loses_nothing():
    for name in "abc":
        ask(name)
    get_broker().purge_queue()
    jobs.sweep()
    assert rung() == ["integrations.tasks.drain"]
    assert tasks.drain() == 3
    assert SyncJob.objects.filter(state="done").count() == 3


def test_the_sweep_rings_for_nothing_that_is_held_or_far():
    get_broker().purge_queue()
    ask("held", account=make_account(status="reconnect"))
    ask("far", delay=600)
    jobs.sweep()
    assert get_broker().queue_size() == 0


def test_a_drain_wakes_others_while_more_is_due(monkeypatch):
    get_broker().purge_queue()
    for name in "abc":
        ask(name)
    monkeypatch.setattr(jobs, "run_due", lambda seconds: 0)
    jobs.drain()
    assert get_broker().queue_size() == 2  # one when it saw more than one due, one for what it left
    get_broker().purge_queue()
    SyncJob.objects.all().delete()
    ask("soon", delay=10)
    jobs.drain()
    assert get_broker().queue_size() == 1


def test_a_newborn_worker_rings_for_the_dead():
    get_broker().purge_queue()
    post_spawn.send(sender="django_q", proc_name="w")
    assert get_broker().queue_size() == 1


def test_what_the_drain_leaves_to_a_database_error_is_taken_up_later(monkeypatch):
    """A worker that can't even write the outcome keeps the lease until it ends; nothing says "done"."""
    job = ask("k")

    def broken(*_args: Any, **_more: Any) -> bool:
        raise OperationalError("gone")

    monkeypatch.setattr("integrations.statements.finish", broken)
    jobs.work()
    job.refresh_from_db()
    assert (job.state, job.failures, job.error_kind) == ("queued", 1, "OperationalError")
    assert connection.is_usable()
