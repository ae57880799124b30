"""Real workers, each a process: shared work, kill -9 between and within pages, a worker that revives."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
RUN = "import django; django.setup(); from tests.integrations import processes; processes.main()"


class Machine:
    """A database of its own, and processes on it."""

    def __init__(self, url: str) -> None:
        self.env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.integrations.process_settings"}
        self.workers: list[subprocess.Popen[str]] = []

    def do(self, *words: str) -> Any:
        """Let a process do one thing and return its answer."""
        command = [sys.executable, "-c", RUN, *words]
        answer = subprocess.run(command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=False)
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout)

    def work(self, patience: float = 0.5) -> subprocess.Popen[str]:
        """Start a worker."""
        command = [sys.executable, "manage.py", "work", "--json", "--patience", str(patience), "--for", "60"]
        worker = subprocess.Popen(
            command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.workers.append(worker)
        return worker

    def cluster(self) -> subprocess.Popen[str]:
        """Start a real cluster of two workers, in a process group of its own."""
        cluster = subprocess.Popen(
            [sys.executable, "manage.py", "qcluster"],
            env=self.env | {"WORKERS": "2"},
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        self.workers.append(cluster)
        return cluster

    def end(self) -> None:
        """End what still runs."""
        for worker in self.workers:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(worker.pid, signal.SIGKILL)
            worker.kill()
            worker.communicate()


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    database = settings.DATABASES["default"]
    if database["ENGINE"].endswith("sqlite3"):
        name, url, server = "", f"sqlite:///{tmp_path}/own.sqlite3", ""
    else:
        name = f"crossdock_{uuid.uuid4().hex[:12]}"
        place = f"{database['USER']}:{database['PASSWORD']}@{database['HOST']}:{database['PORT'] or 5432}"
        url, server = f"postgres://{place}/{name}", f"postgresql://{place}/postgres"
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
    found = Machine(url)
    try:
        found.do("prepare")
        yield found
    finally:
        found.end()
        if name:
            with psycopg.connect(server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def wait_until(happened: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lines(path: Path) -> list[str]:
    return path.read_text().split() if path.exists() else []


def test_two_processes_share_a_queue_without_doubles(machine):
    machine.do("ask_many", "400", "8")  # due when both are there
    workers = [machine.work(patience=20), machine.work(patience=20)]
    told = [json.loads(worker.communicate()[0]) for worker in workers]
    touched = machine.do("touched")
    assert touched["numbers"] == list(range(400))
    assert touched["states"] == ["done"]
    assert sum(one["done"] for one in told) == 400
    assert all(one["done"] for one in told)
    assert touched["workers"] == 2


@pytest.mark.slow
def test_kill_9_costs_at_most_the_page_in_hand_and_the_counts_stay_true(machine, tmp_path):
    log = tmp_path / "pages"
    machine.do("ask_run", json.dumps({"last": 300, "slow": 0.03, "log": str(log)}))
    kills = 4
    for kill in range(kills):
        wanted = len(lines(log)) + 2
        worker = machine.work()
        wait_until(lambda: len(lines(log)) >= wanted, "the worker reads on")  # noqa: B023 - called at once
        time.sleep(0.007 * kill)  # now between two pages, now within one
        worker.send_signal(signal.SIGKILL)
        worker.communicate()
    last = machine.work()
    told, _errors = last.communicate()
    assert (last.returncode, json.loads(told)["done"]) == (0, 1)
    run = machine.do("look")
    assert (run["state"], run["job"], run["attempts"]) == ("done", "done", kills + 1)
    assert (run["seen"], run["created"], run["rows"], run["distinct"], run["calls"]) == (300, 300, 300, 300, 30)
    assert run["oddities"] == {}
    assert 30 <= len(lines(log)) <= 30 + kills


@pytest.mark.slow
def test_a_worker_that_was_thought_dead_saves_nothing_when_it_revives(machine, tmp_path):
    log, gate = tmp_path / "pages", tmp_path / "gate"
    machine.do("ask_run", json.dumps({"last": 50, "log": str(log), "gate": str(gate)}))
    sleeper = machine.work()
    wait_until(lambda: lines(log) == ["0", "10"], "the first worker stands at the gate of its second page")
    machine.do("expire")
    other = machine.work()
    assert json.loads(other.communicate()[0])["done"] == 1
    after = machine.do("look")
    gate.touch()
    told, errors = sleeper.communicate()
    assert json.loads(told)["done"] == 0
    assert "was taken over" in errors
    assert machine.do("look") == after
    assert (after["state"], after["seen"], after["rows"], after["attempts"]) == ("done", 50, 50, 2)


@pytest.mark.slow
def test_a_cluster_whose_idle_workers_were_killed_still_hears_the_bell(machine):
    cluster = machine.cluster()
    machine.do("ask_many", "1")
    wait_until(lambda: machine.do("touched")["numbers"] == [0], "the cluster works")
    [sentinel] = children_of(cluster.pid)
    for worker in children_of(sentinel)[:2]:  # they are born before the monitor and the pusher
        os.kill(worker, signal.SIGKILL)
        wait_until(lambda: worker not in children_of(sentinel), "its end is noticed")  # noqa: B023 - called at once
    machine.do("ask_many", "3")
    wait_until(lambda: machine.do("touched")["numbers"] == [0, 0, 1, 2], "the new workers hear the bell")


def test_work_says_by_its_exit_code_whether_a_job_failed(machine):
    assert machine.work().wait() == 0
    machine.do("ask_many", "1")
    with contextlib.suppress(AssertionError):
        machine.do("ask_run", "{}")  # a run without `last`: its task meets a KeyError
    worker = machine.work()
    told, errors = worker.communicate()
    assert worker.returncode == 1
    assert json.loads(told.splitlines()[-1]) == {"done": 1, "failed": 1, "waiting": 0, "left": 0}
    assert "failed: KeyError" in errors
