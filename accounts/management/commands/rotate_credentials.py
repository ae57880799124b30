"""Seal every stored secret anew with the first of CREDENTIAL_KEYS."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from accounts import rotation


class Command(BaseCommand):
    help = (
        "Seal every stored secret anew with the first of CREDENTIAL_KEYS.\n"
        "To change the key: put a new one (`doctor --new-key`) before the old one, restart all processes, run this, "
        "then drop the old key. Stopped half-way, nothing is lost: run it again.\n"
        "Exit code 0: all is sealed with the first key; 1: some values can't be opened; 2: wrong call.\n\n"
        "Examples:\n  manage.py rotate_credentials\n  manage.py rotate_credentials --dry-run --json"
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help=_("only count what is to be done"))
        parser.add_argument("--json", action="store_true", help=_("one JSON object on the last line, for machines"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            told = rotation.rotate(dry_run=options["dry_run"])
        except ImproperlyConfigured as error:
            self._tell(options["json"], str(error), {"error": {"field": "CREDENTIAL_KEYS", "message": str(error)}})
            sys.exit(2)
        counts = {"resealed": told.resealed, "current": told.current, "lost": len(told.lost)}
        text = (
            _("To seal anew: %(resealed)d. Sealed with the first key already: %(current)d.")
            if options["dry_run"]
            else _("Sealed anew: %(resealed)d. Sealed with the first key before: %(current)d.")
        ) % counts
        if told.lost:
            lost = _(
                "Not to be opened with any of CREDENTIAL_KEYS, and left as they are: %(count)d (%(rows)s). "
                "Add the key that sealed them behind the first one and run this again, or connect these accounts again."
            ) % {"count": len(told.lost), "rows": ", ".join(told.lost[:10])}
            text = f"{text}\n{lost}"
        self._tell(options["json"], text, asdict(told) | {"dry_run": options["dry_run"]}, failed=bool(told.lost))
        if told.lost:
            sys.exit(1)

    def _tell(self, as_json: bool, text: str, data: dict[str, Any], *, failed: bool = True) -> None:
        if as_json:
            self.stdout.write(json.dumps(data, ensure_ascii=False))
        else:
            (self.stderr if failed else self.stdout).write(text)
