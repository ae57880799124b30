"""A simulator of its own and an account connected to it, for benchmarks of the catalogue."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks import workbench

UNLIMITED = 10_000.0  # calls a second


class Simulator:
    """The simulator in a process of its own, spoken to over HTTP."""

    def __init__(self, process: "subprocess.Popen[bytes]", url: str) -> None:
        self.process, self.url = process, url

    def control(self, name: str, **body: Any) -> Any:
        """POST to a control call."""
        return self._call(urllib.request.Request(f"{self.url}/_control/{name}", json.dumps(body).encode()))

    def look(self, name: str) -> Any:
        """GET a control call."""
        return self._call(urllib.request.Request(f"{self.url}/_control/{name}"))

    @staticmethod
    def _call(request: urllib.request.Request) -> Any:
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.load(reply)

    def demo_account(self) -> dict[str, Any]:
        """Return the account that the world's description offers."""
        accounts = self.look("world")["cj"]["accounts"]
        return next(account for account in accounts if account.get("demo"))

    def limit(self, rps: float | None) -> None:
        """Set what the demo account may do a second; quotas are lifted, and the limit of the IP with them."""
        self.control("limits", platform="cj", account=self.demo_account()["id"], rps=rps, daily=None, ip_rps=None)

    def books(self) -> tuple[int, int]:
        """Return how many calls came, and how many were refused."""
        totals = self.look("books")["totals"].get("cj", {})
        return totals.get("calls", 0), totals.get("refusals", 0)


@contextmanager
def simulator(size: int, *, clock: str = "real", seed: int = 7) -> Iterator[Simulator]:
    """Start a simulator of so many products, and end it."""
    port = _free_port()
    command = [sys.executable, "manage.py", "simulator", "--port", str(port), "--seed", str(seed)]
    command += ["--size", str(size), "--clock", clock]
    process = subprocess.Popen(
        command,
        cwd=workbench.ROOT,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.simulator"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    running = Simulator(process, f"http://127.0.0.1:{port}")
    try:
        until = time.monotonic() + 120
        while True:
            try:
                running.look("world")
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > until:
                    raise
                time.sleep(0.2)
        os.environ |= {"CJ_BASE_URL": running.url, "CJ_IP_RPS": str(UNLIMITED)}
        yield running
    finally:
        process.terminate()
        process.wait(20)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connected(running: Simulator, *, rate: float | None = None) -> Any:
    """Connect the demo account; `rate`: what our governor is to believe instead of the account's level."""
    from django.conf import settings

    from integrations import connections, governor

    settings.CJ_BASE_URL, settings.CJ_IP_RPS = running.url, UNLIMITED
    account = connections.connect("cj", api_key=running.demo_account()["api_key"], name="Bench")
    if rate:
        governor.configure(governor.account_key(account), rate=rate)
    return account
