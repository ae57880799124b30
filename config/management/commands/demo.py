"""The main job, offline, in one command (design.md §6)."""

import sys
import time
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings
from django.core.management.base import BaseCommand

from config.demo_orders import ORDERS
from config.demo_publishing import PRODUCTS
from config.processes import Processes, ProcessProblem, check_port


class Command(BaseCommand):
    help = (
        "Start simulator, worker and console, connect a CJ account, sync its catalogue, publish a part of it to the "
        "shops of two Shopee merchants, buy and send what buyers order there, and show the result.\n"
        "Example: manage.py demo --once"
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="end after the summary; its JSON is the last line")
        parser.add_argument("--port", type=int, default=8000, help="of the console (default 8000)")
        parser.add_argument("--simulator-port", type=int, default=8100, help="of the simulator (default 8100)")
        parser.add_argument("--seed", type=int, default=7, help="of the simulated world: same seed, same story")
        parser.add_argument("--size", type=int, default=400, help="products in the simulated world")
        parser.add_argument(
            "--publish", type=_count, default=PRODUCTS, help=f"products that each merchant sells (default {PRODUCTS})"
        )
        parser.add_argument(
            "--orders", type=_count, default=ORDERS, help=f"orders that buyers place (default {ORDERS})"
        )
        parser.add_argument("--folder", type=Path, default=settings.VAR_DIR / "demo", help="for its database and logs")

    def handle(self, **options: Any) -> None:
        try:
            code = self._run(**options)
        except ProcessProblem as problem:
            self.stderr.write(str(problem))
            code = 2
        except KeyboardInterrupt:
            self.stdout.write("\nStopped. Nothing is left running.")
            code = 130 if options["once"] else 0
        sys.exit(code)

    def _run(
        self,
        *,
        once: bool,
        port: int,
        simulator_port: int,
        seed: int,
        size: int,
        publish: int,
        orders: int,
        folder: Path,
        **_: Any,
    ) -> int:
        check_port(port, what="the console", option="PORT")
        check_port(simulator_port, what="the simulator", option="SIMULATOR_PORT")
        folder = folder.resolve()
        simulator, console = f"http://127.0.0.1:{simulator_port}", f"http://127.0.0.1:{port}"
        with Processes(folder, self._environment(folder, simulator, console)) as processes:
            self.stdout.write("Preparing the database …")
            processes.run("migrate", "migrate", "--verbosity", "0")
            self.stdout.write("Starting simulator, worker and console …")
            processes.start(
                "simulator", "simulator", "--port", str(simulator_port), "--seed", str(seed), "--size", str(size)
            )
            processes.start("worker", "qcluster")
            processes.start(
                "console", "-m", "gunicorn", "config.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "8",
                "--no-control-socket",
            )  # fmt: skip
            processes.wait_until(lambda: _answers(f"{simulator}/_control/world"), name="simulator")
            processes.wait_until(lambda: _answers(f"{console}/healthz"), name="console")
            # What is told next runs in a process of its own, in the demo's environment, on this terminal.
            code = processes.run_here(
                "demo_story", "--simulator", simulator, "--console", console, "--publish", str(publish),
                "--orders", str(orders), *["--once"] * once,
            )  # fmt: skip
            if once:
                return code
            while True:
                processes.check()
                time.sleep(0.5)

    @staticmethod
    def _environment(folder: Path, simulator: str, console: str) -> dict[str, str]:
        """Return what differs from an installation: the hosts and, unless one is named, a database of its own."""
        env = {
            "DJANGO_SETTINGS_MODULE": "config.settings.dev",
            "PUBLIC_URL": console,
            "CJ_BASE_URL": simulator,
            "SHOPEE_BASE_URL": simulator,
            "SHOPEE_AUTH_URL": simulator,
            "TIKTOK_BASE_URL": simulator,
            "TIKTOK_AUTH_URL": simulator,
        }
        if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("demo.sqlite3*"):
                old.unlink()
            env["DATABASE_URL"] = f"sqlite:///{folder / 'demo.sqlite3'}"
        return env


def _count(said: str) -> int:
    """Read a number of things, none included."""
    if not said.isascii() or not said.isdigit():
        raise ArgumentTypeError(f"{said} is no number of things: give 0 or more")
    return int(said)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as reply:  # noqa: S310 - our own addresses
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False
