"""`manage.py work`: jobs in the foreground until quiet."""

import json
from typing import Any

import pytest
from django.core.management import call_command, execute_from_command_line

from accounts.errors import Refused
from integrations import clock, jobs
from integrations.models import SyncJob

from . import job_tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_tasks() -> None:
    job_tasks.reset()


def ask(name: str, **wish: Any) -> SyncJob:
    return jobs.enqueue("tests.integrations.job_tasks.note", **{"key": name, "name": name} | wish)


def test_it_runs_what_is_due_and_says_so(capsys):
    ask("a")
    ask("b")
    ask("later", delay=3600)
    call_command("work")
    assert job_tasks.done == ["a", "b"]
    assert capsys.readouterr().out == "2 done, 0 failed, 0 put back to wait; 1 in the queue.\n"


def test_it_tells_machines_in_json(capsys):
    ask("a")
    call_command("work", "--json")
    assert json.loads(capsys.readouterr().out) == {"done": 1, "failed": 0, "waiting": 0, "left": 0}


def test_it_waits_for_what_falls_due_soon():
    ask("soon", delay=25)
    with clock.use(clock.VirtualClock(clock.now())):
        call_command("work")
        assert job_tasks.done == ["soon"]
        ask("not so soon", delay=35)
        call_command("work")
        assert job_tasks.done == ["soon"]


def test_it_stops_after_the_time_it_is_given():
    ask("soon", delay=25)
    virtual = clock.VirtualClock(clock.now())
    with clock.use(virtual):
        call_command("work", "--for", "10")
        assert 10 <= virtual.slept < 11
    assert job_tasks.done == []


def test_a_failed_job_is_named_and_makes_the_exit_code_1(capsys):
    job = ask("bad")
    job_tasks.raises["bad"] = [Refused("no")]
    with pytest.raises(SystemExit) as stopped:
        call_command("work")
    assert stopped.value.code == 1
    assert f"Job {job.pk} (bad) failed: Refused" in capsys.readouterr().err


@pytest.mark.parametrize("wrong", [["--for", "0"], ["--for", "-5"], ["--for", "soon"], ["--patience", "x"], ["--fore"]])
def test_a_wrong_call_names_the_option_exits_with_2_and_runs_nothing(wrong, capsys):
    ask("a")
    with pytest.raises(SystemExit) as stopped:
        execute_from_command_line(["manage.py", "work", *wrong])
    assert stopped.value.code == 2
    assert wrong[0] in capsys.readouterr().err
    assert job_tasks.done == []


def test_its_help_has_an_example(capsys):
    with pytest.raises(SystemExit) as stopped:
        execute_from_command_line(["manage.py", "work", "--help"])
    assert stopped.value.code == 0
    assert "manage.py work --for 300 --json" in capsys.readouterr().out
