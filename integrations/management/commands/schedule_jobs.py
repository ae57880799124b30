"""Write the schedules of config/schedules.py into the queue's table."""

import json
from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from integrations import schedules


class Command(BaseCommand):
    help = (
        "Bring the queue's schedules in line with config/schedules.py. `migrate` does the same.\n\n"
        "Example:\n  manage.py schedule_jobs --json"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object, for machines")

    def handle(self, *args: Any, **options: Any) -> None:
        added, changed, removed = schedules.write()
        if options["json"]:
            self.stdout.write(json.dumps({"added": added, "changed": changed, "removed": removed}))
            return
        told = {"added": added, "changed": changed, "removed": removed}
        self.stdout.write(_("Schedules: %(added)d added, %(changed)d changed, %(removed)d removed.") % told)
