"""Several real processes and one limit: together they never go faster than one would."""

import itertools
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection, connections

from accounts.models import PlatformAccount, PlatformApp
from integrations import governor
from integrations.models import Lane, RateBucket

ROOT = Path(__file__).resolve().parents[2]
RATE = 50


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shared(tmp_path):
    """Return the address of a database that other processes can open too: the tests' own, or for SQLite a file."""
    if connection.vendor == "postgresql":
        at = connection.settings_dict
        yield f"postgres://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT']}/{at['NAME']}"
        return
    file = connections.create_connection("default")
    file.settings_dict = file.settings_dict | {"NAME": str(tmp_path / "shared.sqlite3")}
    in_memory, connections["default"] = connections["default"], file
    with file.schema_editor() as editor:
        for model in (PlatformApp, PlatformAccount, RateBucket):
            editor.create_model(model)
    yield f"sqlite:///{tmp_path / 'shared.sqlite3'}"
    file.close()
    connections["default"] = in_memory


def hammer(url, *, lanes, seconds, buckets="account,ip"):
    """Let one process a lane take turns for a while; return for each its list of (turn, time of return)."""
    own = {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.integrations.hammer", buckets, str(seconds), str(int(lane))],
            cwd=ROOT,
            env=os.environ | own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for lane in lanes
    ]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        process.stdin.write(b"go\n")
        process.stdin.flush()
    return [json.loads(process.communicate(timeout=60)[0]) for process in processes]


def most_in_a_second(times):
    times = sorted(times)
    return max(sum(1 for each in times[index:] if each < at + 1.0) for index, at in enumerate(times))


def test_processes_together_never_exceed_the_limit(shared):
    governor.configure("account", rate=RATE)
    governor.configure("ip", rate=RATE + 10)
    found = hammer(shared, lanes=[Lane.CATALOGUE] * 4, seconds=1.5)
    turns = sorted(turn for each in found for turn, _returned in each)
    assert most_in_a_second(turns) <= RATE
    gaps = [later - earlier for earlier, later in itertools.pairwise(turns)]
    assert min(gaps) >= 1.04 / RATE - 1e-5
    assert len(turns) >= (turns[-1] - turns[0]) * RATE * 0.5  # the machine is shared; what matters is above
    assert RateBucket.objects.get(key="account").granted == len(turns)
    assert RateBucket.objects.get(key="ip").granted == len(turns)


def test_an_urgent_process_passes_the_catalogue(shared):
    governor.configure("account", rate=20)
    catalogue, urgent = hammer(shared, lanes=[Lane.CATALOGUE, Lane.URGENT], seconds=1.5, buckets="account")
    began, ended = urgent[0][0], urgent[-1][0]
    meanwhile = [turn for turn, _returned in catalogue if began < turn < ended]
    assert len(urgent) >= 5 * len(meanwhile)
