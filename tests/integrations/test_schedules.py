"""What runs how often: one dictionary, its rows in the queue's table, its jobs."""

import inspect
import json
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.utils import timezone
from django.utils.module_loading import import_string
from django_q.models import Schedule

from integrations import jobs, schedules, tasks
from integrations.models import Lane, SyncJob
from tests.factories import make_account

pytestmark = pytest.mark.django_db

PLANS = {
    "tidy": {"task": "integrations.tasks.thin_jobs", "every": 30, "lane": Lane.URGENT},
    "look": {"task": "tests.integrations.job_tasks.note", "every": 60, "platforms": ("cj",)},
}


@pytest.fixture
def plans(settings):
    settings.SCHEDULES = "tests.integrations.test_schedules.PLANS"
    Schedule.objects.all().delete()


def rows():
    return {row.name: (row.func, row.args, row.minutes) for row in Schedule.objects.all()}


def test_the_rows_call_the_sweep_and_run_schedule_and_nothing_else(plans):
    assert schedules.write() == (3, 0, 0)
    assert rows() == {
        "crossdock:sweep": ("integrations.tasks.sweep", None, 1),
        "crossdock:tidy": ("integrations.tasks.run_schedule", "('tidy',)", 30),
        "crossdock:look": ("integrations.tasks.run_schedule", "('look',)", 60),
    }
    assert set(Schedule.objects.values_list("schedule_type", "repeats")) == {("I", -1)}


def test_writing_again_changes_nothing_and_keeps_when_each_runs_next(plans):
    schedules.write()
    before = list(Schedule.objects.order_by("pk").values())
    assert schedules.write() == (0, 0, 0)
    assert list(Schedule.objects.order_by("pk").values()) == before


def test_what_is_stale_doubled_or_changed_is_put_right(plans):
    schedules.write()
    Schedule.objects.create(name="crossdock:old", func="integrations.tasks.run_schedule", args="('old',)")
    Schedule.objects.create(name="crossdock:sweep", func="os.system", args="('x',)")
    Schedule.objects.create(name="somebody else's", func="math.sqrt", args="4")
    Schedule.objects.filter(name="crossdock:tidy").update(minutes=5)
    assert schedules.write() == (0, 1, 2)
    assert rows()["crossdock:tidy"][2] == 30
    assert rows()["crossdock:sweep"][0] == "integrations.tasks.sweep"
    assert "somebody else's" in rows()


def test_a_schedule_queues_one_job(plans):
    assert tasks.run_schedule("tidy") == 1
    job = SyncJob.objects.get()
    assert (job.task, job.key, job.lane, job.account, job.kwargs) == (
        "integrations.tasks.thin_jobs",
        "schedule:tidy",
        Lane.URGENT,
        None,
        {},
    )


def test_a_schedule_of_platforms_queues_a_job_per_connected_account(plans):
    ours = make_account()
    make_account(status="reconnect")
    make_account(status="disconnected")
    make_account(platform="shopee")
    assert tasks.run_schedule("look") == 1
    job = SyncJob.objects.get()
    assert (job.account, job.key, job.kwargs) == (ours, f"schedule:look:{ours.pk}", {"account_id": ours.pk})


def test_two_clusters_that_fire_at_once_queue_nothing_twice_even_if_the_first_is_done(plans):
    tasks.run_schedule("tidy")
    tasks.run_schedule("tidy")
    assert SyncJob.objects.count() == 1
    jobs.work()
    assert tasks.run_schedule("tidy") == 0
    with time_machine.travel(timezone.now() + timedelta(minutes=30)):
        assert tasks.run_schedule("tidy") == 1


def test_a_schedule_that_is_not_planned_any_more_does_nothing(plans, caplog):
    assert tasks.run_schedule("gone") == 0
    assert "not planned any more" in caplog.text
    assert SyncJob.objects.count() == 0


def test_every_planned_task_exists_and_takes_what_it_is_given():
    for name, plan in schedules.plans().items():
        task = import_string(plan["task"])
        asked = [
            parameter.name
            for parameter in inspect.signature(task).parameters.values()
            if parameter.default is parameter.empty
        ]
        assert asked == (["account_id"] if "platforms" in plan else []), name


def test_the_command_tells_what_it_did(plans, capsys):
    call_command("schedule_jobs")
    assert capsys.readouterr().out == "Schedules: 3 added, 0 changed, 0 removed.\n"
    call_command("schedule_jobs", "--json")
    assert json.loads(capsys.readouterr().out) == {"added": 0, "changed": 0, "removed": 0}


@pytest.mark.django_db(transaction=True)
def test_migrate_writes_the_schedules():
    Schedule.objects.all().delete()
    call_command("migrate", verbosity=0, run_syncdb=True)
    assert "crossdock:sweep" in rows()
