"""Same seed, same story; and the simulator as a process of its own."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from integrations.management.commands.simulator import Command
from integrations.simulator import server
from integrations.simulator.cj_catalogue import Catalogue
from integrations.simulator.cj_generate import product, scramble, unscramble

ROOT = Path(__file__).resolve().parents[3]


def test_same_seed_tells_the_same_story(simulator, cj):
    first = cj.every_product()
    detail = cj.get("/product/query", pid=first[0]["id"], features="enable_inventory")["data"]
    keys = [one["api_key"] for one in simulator.show("world")["cj"]["accounts"]]
    simulator.control("reset", seed=7)
    simulator.no_limits()
    again = simulator.login()
    assert again.every_product() == first
    assert again.get("/product/query", pid=first[0]["id"], features="enable_inventory")["data"] == detail
    assert [one["api_key"] for one in simulator.show("world")["cj"]["accounts"]] == keys


def test_another_seed_tells_another_story(simulator):
    keys = {one["api_key"] for one in simulator.show("world")["cj"]["accounts"]}
    names = [one.name for one in simulator.running.world.cj.catalogue.products[:20]]
    simulator.control("reset", seed=8)
    assert not keys & {one["api_key"] for one in simulator.show("world")["cj"]["accounts"]}
    assert [one.name for one in simulator.running.world.cj.catalogue.products[:20]] != names


def test_small_world_is_the_beginning_of_a_large_one():
    small, large = Catalogue(seed=3, size=20), Catalogue(seed=3, size=60)
    assert small.products == large.products[:20]


def test_ids_lead_back_to_product_and_variant():
    for index in (0, 1, 399, 99_999):
        for position in (0, 8):
            for digits in (True, False):
                assert unscramble(scramble(index, position, digits=digits)) == (index, position)
    assert unscramble("nonsense") is None


def test_skus_are_unique_and_of_one_form():
    skus = {product(7, index).sku for index in range(3000)}
    assert len(skus) == 3000
    assert all(len(sku) == 13 and sku.startswith("CJ") and sku[8:].isdigit() for sku in skus)


def test_world_looks_like_a_shop():
    products = Catalogue(seed=7, size=400).products
    assert len({one.category.id for one in products}) == 56
    assert len({one.name for one in products}) > 390
    assert all(35 <= one.low <= one.high < 20_000 for one in products)
    out_of_stock = sum(one.total == 0 for one in products)
    assert 5 <= out_of_stock <= 40


def test_two_simulators_run_side_by_side_and_stop():
    first, second = server.start(size=5), server.start(size=6)
    sizes = [requests.get(f"{one.url}/_control/world", timeout=5).json()["size"] for one in (first, second)]
    assert sizes == [5, 6]
    for one in (first, second):
        one.stop()
        assert not one.thread.is_alive()
    with pytest.raises(requests.ConnectionError):
        requests.get(first.url, timeout=2)


def test_many_clients_at_once_are_never_given_more_than_the_limit(simulator):
    caller = simulator.login("Advanced")
    codes = []

    def ask():
        reply = requests.get(
            f"{simulator.base_url}/api2.0/v1/setting/get", headers={"CJ-Access-Token": caller.token}, timeout=10
        )
        codes.append(reply.json()["code"])

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200] * 6 + [1600200] * 14


@pytest.fixture
def process():
    """Return a way to start the command; what it started is ended with the test."""
    started = []

    def run(*arguments, **environment):
        command = [sys.executable, "manage.py", "simulator", *arguments]
        variables = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.simulator", **environment}
        one = subprocess.Popen(
            command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(one)
        return one

    yield run
    for one in started:
        one.kill()
        one.communicate()


def test_command_says_when_it_is_ready_and_ends_at_sigterm(process):
    one = process("--port", "0", "--size", "3")
    line = one.stdout.readline()
    assert line.startswith("Simulator ready at http://127.0.0.1:")
    assert requests.get(f"{line.split()[-1]}/_control/world", timeout=5).json()["size"] == 3
    one.send_signal(signal.SIGTERM)
    assert one.wait(timeout=5) == 0


def test_command_goes_on_under_its_own_settings_in_the_same_process(monkeypatch):
    started: dict[str, Any] = {}

    def execve(program, command, environment):
        started.update(program=program, command=command, settings=environment["DJANGO_SETTINGS_MODULE"])
        raise SystemExit(0)

    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    arguments = ["manage.py", "simulator", "--settings", "config.settings.dev", "--port", "8101"]
    with pytest.raises(SystemExit):
        Command().run_from_argv(arguments)
    assert started == {
        "program": sys.executable,
        "command": [sys.executable, "-m", "integrations.simulator", "--port", "8101"],
        "settings": "config.settings.simulator",
    }


def test_port_in_use_is_told_in_plain_words(simulator, process):
    port = simulator.base_url.rsplit(":", 1)[1]
    one = process("--port", port, "--size", "3")
    _, complaint = one.communicate(timeout=10)
    assert one.returncode == 2
    assert complaint.strip() == (
        f"CommandError: Port {port} of 127.0.0.1 is in use. Stop the other program, or choose another with --port."
    )


def test_wrong_size_is_refused(process):
    one = process("--size", "-1")
    _, complaint = one.communicate(timeout=10)
    assert one.returncode == 2
    assert complaint.strip() == "CommandError: --size must be between 0 and 100,000."
