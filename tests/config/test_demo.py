"""`manage.py demo` as a newcomer meets it: in a process of its own, with ports of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from config.processes import MANAGE


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_demo(folder: Path, *words: str, port: int = 0) -> subprocess.Popen[str]:
    """Start the demo on its own SQLite file, whatever database the tests run on."""
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
    command = [
        sys.executable,
        str(MANAGE),
        "demo",
        "--folder",
        str(folder),
        "--size",
        "6",
        "--publish",
        "1",
        "--orders",
        "4",
    ]
    command += ["--port", str(port or free_port()), "--simulator-port", str(free_port()), *words]
    return subprocess.Popen(
        command,
        env=env | {"DJANGO_SETTINGS_MODULE": "config.settings.dev"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Where the tests themselves run in the background, Ctrl-C would be ignored by all that they start.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        start_new_session=True,  # a terminal's Ctrl-C reaches all of a group; the tests are not to be in it
    )


def processes_that_name(folder: Path) -> set[str]:
    """The command lines and environments of living processes in which the demo's folder stands."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            said = entry.joinpath("cmdline").read_bytes() + entry.joinpath("environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in said and int(entry.name) != os.getpid():
            found.add(entry.name)
    return found


def test_once_reads_the_whole_world_and_ends_with_its_json(tmp_path):
    demo = start_demo(tmp_path, "--once")
    out, err = demo.communicate(timeout=240)
    assert demo.returncode == 0, out + err
    summary = json.loads(out.strip().splitlines()[-1])
    assert summary["products"] == 6
    assert summary["variants"] >= 6
    assert summary["listings_live"] == 8 + 3  # one product in all shops of both merchants
    assert (summary["orders"], summary["purchases"]) == (4, 4)
    assert summary["paid"] == 3  # one buyer cancels before that, one after
    assert (summary["shipped"], summary["delivered"]) == (2, 2)
    broken = {name: summary[name] for name in ("lost", "refusals", "double_orders", "double_payments")}
    assert broken == {"lost": 0, "refusals": 0, "double_orders": 0, "double_payments": 0}
    assert re.search(r"The supplier's carrier +│ 1 ", out)
    assert re.search(r"The marketplace's label +│ 1 ", out)
    assert "It is paid at the supplier: stop it there and ask for the money." in out
    assert "Connected CNSC merchant" in out
    assert "Connected KRSC merchant" in out
    assert processes_that_name(tmp_path) == set()


@pytest.mark.skipif(not Path("/proc").exists(), reason="reads /proc")
@pytest.mark.parametrize("moment", ["Reading categories", "password"])
def test_ctrl_c_leaves_no_process_behind_and_no_traceback(tmp_path, moment):
    demo = start_demo(tmp_path, "--orders", "0")
    assert demo.stdout
    for line in demo.stdout:
        if moment in line:
            break
    os.killpg(demo.pid, signal.SIGINT)
    out, err = demo.communicate(timeout=30)
    assert demo.returncode == 0, out + err
    assert "Nothing is left running." in out
    assert "Traceback" not in out + err
    deadline = time.monotonic() + 5
    while processes_that_name(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_that_name(tmp_path) == set()


def test_a_port_in_use_is_said_in_plain_words(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        demo = start_demo(tmp_path, "--once", port=port)
        _out, err = demo.communicate(timeout=30)
    assert demo.returncode == 2
    assert f"Port {port} is in use" in err
    assert "PORT=" in err
    assert "Traceback" not in err


def test_a_number_of_orders_below_zero_is_said_in_plain_words(tmp_path):
    demo = start_demo(tmp_path, "--once", "--orders", "-1")
    _out, err = demo.communicate(timeout=30)
    assert demo.returncode == 2
    assert "--orders: -1 is no number of things: give 0 or more" in err


def test_make_hands_on_the_ports_that_the_message_asks_for():
    command = ["make", "--dry-run", "demo", "ONCE=1", "PORT=8010", "SIMULATOR_PORT=8110"]
    told = subprocess.run(command, cwd=MANAGE.parent, capture_output=True, text=True, check=True).stdout
    assert "manage.py demo --port 8010 --simulator-port 8110 --once" in told
