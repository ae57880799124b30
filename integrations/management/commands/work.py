"""Run jobs in the foreground."""

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from integrations import jobs
from integrations.models import SyncJob


def seconds(text: str) -> float:
    """Read a positive number of seconds."""
    try:
        value = float(text)
    except ValueError:
        value = 0
    if not 0 < value < float("inf"):
        raise ArgumentTypeError(f"{text!r} is not a number of seconds greater than 0")
    return value


class Command(BaseCommand):
    help = (
        "Run jobs in this process until nothing is due any more. Exit code 0: all went well; 1: a job failed; "
        "2: wrong call.\n\n"
        "Examples:\n  manage.py work\n  manage.py work --for 300 --json"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on the last line, for machines")
        parser.add_argument("--for", type=seconds, dest="limit", metavar="SECONDS", help="stop after so many seconds")
        parser.add_argument(
            "--patience",
            type=seconds,
            default=30.0,
            metavar="SECONDS",
            help="wait for jobs that fall due within so many seconds (default 30)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        self.on_terminal = self.stderr.isatty()
        self.ended = 0
        limit = options["limit"]
        try:
            worked = jobs.work(
                patience=options["patience"], tell=self.tell, **({} if limit is None else {"seconds": limit})
            )
        except KeyboardInterrupt:
            self.stderr.write(_("Stopped. The job in hand is taken up again by the next worker."))
            sys.exit(1)
        left = SyncJob.objects.filter(state=SyncJob.State.QUEUED).count()
        if options["json"]:
            self.stdout.write(json.dumps(asdict(worked) | {"left": left}))
        else:
            told = asdict(worked) | {"left": left}
            self.stdout.write(
                _("%(done)d done, %(failed)d failed, %(waiting)d put back to wait; %(left)d in the queue.") % told
            )
        if worked.failed:
            sys.exit(1)

    def tell(self, job: SyncJob) -> None:
        """Show on a terminal what has just ended; say everywhere what failed."""
        self.ended += 1
        if job.state == SyncJob.State.FAILED:
            self.stderr.write(
                _("Job %(id)d (%(key)s) failed: %(kind)s") % {"id": job.pk, "key": job.key, "kind": job.error_kind}
            )
        elif self.on_terminal:
            self.stderr.write(f"\r\033[K{self.ended}: {job.key} · {job.get_state_display()}", ending="")
            self.stderr.flush()
