"""Real processes at one pair of Shopee's: together they refresh once, and killed in the middle it is found again."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests.support import Simulator
from tests.support_shopee import REFRESH, allow, booked, called, fail, theirs

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[3]
RUN = "import django; django.setup(); from tests.integrations.shopee import token_processes as them; them.main()"
PATH = "/api/v2/auth/access_token/get"


class Machine:
    """A database of its own, a simulator on the real clock, and a seller who is connected."""

    def __init__(self, simulator: Simulator, database: str) -> None:
        self.simulator = simulator
        self.env = os.environ | {
            "DATABASE_URL": database,
            "DJANGO_SETTINGS_MODULE": "tests.integrations.process_settings",
            "SHOPEE_BASE_URL": simulator.url,
            "SHOPEE_AUTH_URL": simulator.url,
        }
        shopee = theirs(simulator)
        state = self.do("prepare", shopee["partner_id"], shopee["partner_key"])
        query = allow(simulator, login="hansol:main") | {"state": state}
        self.credential = self.do("finish", json.dumps(query))

    def start(self, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", RUN, *map(str, words)]
        return subprocess.Popen(command, env=self.env, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    def do(self, *words: object) -> Any:
        process = self.start(*words)
        told, _none = process.communicate(timeout=120)
        assert process.returncode == 0
        return json.loads(told)

    def refreshes(self) -> tuple[int, int, int]:
        """Return how often a new pair was made, an old answer repeated, and a token refused."""
        counted = ("refreshes", "refreshes_repeated", "refreshes_refused")
        made, repeated, refused = (booked(self.simulator, name) for name in counted)
        return made, repeated, refused


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database, of the kind that the tests run on."""
    usual = settings.DATABASES["default"]
    if usual["ENGINE"].endswith("sqlite3"):
        yield f"sqlite:///{tmp_path}/own.sqlite3"
        return
    name = f"crossdock_{uuid.uuid4().hex[:12]}"
    place = f"{usual['USER']}:{usual['PASSWORD']}@{usual['HOST']}:{usual['PORT'] or 5432}"
    with psycopg.connect(f"postgresql://{place}/postgres", autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}".encode())
        yield f"postgres://{place}/{name}"
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@pytest.fixture
def machine(database: str) -> Iterator[Machine]:
    simulator = Simulator.start(clock="real", size=10)
    try:
        yield Machine(simulator, database)
    finally:
        simulator.stop()


def test_processes_that_all_want_one_expired_pair_refresh_it_once(machine):
    made, repeated, refused = machine.refreshes()
    machine.do("expire", machine.credential)
    together = [machine.start("refresh", machine.credential) for _ in range(3)]
    assert [json.loads(each.communicate(timeout=120)[0]) for each in together] == ["ok"] * 3
    assert machine.refreshes() == (made + 1, repeated, refused)
    assert machine.do("look") == {"status": "connected", "works": True, "error": ""}


def test_a_process_killed_after_shopee_has_acted_locks_nobody_out(machine):
    made, repeated, refused = machine.refreshes()
    machine.do("expire", machine.credential)
    fail(machine.simulator, REFRESH, when="after", delay_s=20)
    before = called(machine.simulator, PATH)
    process = machine.start("refresh", machine.credential)
    until = time.monotonic() + 60
    while machine.refreshes()[0] == made and time.monotonic() < until:
        time.sleep(0.05)
    process.kill()
    process.communicate()
    assert machine.refreshes() == (made + 1, repeated, refused)
    machine.do("expire", machine.credential)
    assert machine.do("refresh", machine.credential) == "ok"
    assert machine.refreshes() == (made + 1, repeated + 1, refused)
    assert machine.do("look") == {"status": "connected", "works": True, "error": ""}
    assert called(machine.simulator, PATH) >= before + 1
