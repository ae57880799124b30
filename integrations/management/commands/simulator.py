"""``manage.py simulator``: the platforms offline, as a stranger over HTTP."""

import os
import sys
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.simulator.clock import MODES, Clock
from integrations.simulator.server import PortInUse, Server, serve
from integrations.simulator.world import MAX_SIZE, WORLDS, World

SETTINGS = "config.settings.simulator"
EXAMPLES = """examples:
  manage.py simulator                                the demo world on http://127.0.0.1:8100
  manage.py simulator --size 50000 --clock manual    a large catalogue, on virtual time
"""


class Command(BaseCommand):
    """Serve a world until SIGTERM or Ctrl-C."""

    help = "Simulate the platforms over HTTP, for training, tests and demonstrations."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.formatter_class = RawDescriptionHelpFormatter
        parser.epilog = EXAMPLES
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=8100, help="port to listen on (default: 8100; 0: a free one)")
        parser.add_argument("--seed", type=int, default=7, help="same seed, same story (default: 7)")
        parser.add_argument("--world", choices=sorted(WORLDS), default="demo", help="which story (default: demo)")
        parser.add_argument("--size", type=int, help="number of products (default: by the world)")
        parser.add_argument("--clock", choices=MODES, default="real", help="manual: time stands until it is moved")
        parser.add_argument("--public-url", default="", help="address to print in pictures' URLs")
        parser.add_argument("--outlive-parent", action="store_true", help="go on when the parent shell has died")

    def run_from_argv(self, argv: list[str]) -> None:
        """Start again under the simulator's own settings, in this very process, if others are in force."""
        if os.environ.get("DJANGO_SETTINGS_MODULE") != SETTINGS:
            root = str(Path(__file__).resolve().parents[3])
            paths = [root, *filter(None, [os.environ.get("PYTHONPATH")])]
            environment = {**os.environ, "DJANGO_SETTINGS_MODULE": SETTINGS, "PYTHONPATH": os.pathsep.join(paths)}
            command = [sys.executable, "-m", "integrations.simulator", *_without_settings(argv[2:])]
            sys.stdout.flush()
            os.execve(sys.executable, command, environment)  # noqa: S606 (no shell is wanted)
        super().run_from_argv(argv)

    def handle(self, *args: Any, **options: Any) -> None:
        """Build the world, listen, say so, serve."""
        size = options["size"]
        if size is not None and not 0 <= size <= MAX_SIZE:
            raise CommandError(f"--size must be between 0 and {MAX_SIZE:,}.", returncode=2)
        world = World(
            seed=options["seed"],
            name=options["world"],
            size=size,
            clock=Clock(options["clock"]),
            public_url=options["public_url"],
        )
        try:
            server = Server(world, host=options["host"], port=options["port"])
        except PortInUse as error:
            advice = "Stop the other program, or choose another with --port."
            raise CommandError(f"{error} {advice}", returncode=2) from error
        except OSError as error:
            message = f"Can't listen on {options['host']}:{options['port']}: {error}"
            raise CommandError(message, returncode=2) from error
        serve(server, outlive_parent=options["outlive_parent"])


def _without_settings(arguments: list[str]) -> list[str]:
    kept: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--settings":
            next(words, None)
        elif not word.startswith("--settings="):
            kept.append(word)
    return kept
