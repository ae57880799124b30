"""What every command shares: help with an example, --json, exit codes, errors in one line, --wait (design.md §6)."""

import json
import sys
from argparse import RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import BaseCommand, CommandParser
from django.core.serializers.json import DjangoJSONEncoder
from django.db import OperationalError
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.secrets import mask_text
from integrations.errors import Invalid, PlatformError
from integrations.management.waiting import Follower
from integrations.models import SyncJob

DONE, FAILED, WRONG_CALL = 0, 1, 2
INTERRUPTED = 130


@dataclass(slots=True)
class Outcome:
    """What a command did: for people as text, for machines as data. `failed`: something of it went wrong."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)
    failed: bool = False


class ServiceCommand(BaseCommand):
    """A door of its own: `act` reads the options, makes one service call and returns its outcome.

    Exit code 0: done; 1: something failed; 2: wrong call (a value that is refused, an unknown option). With --json the
    last line of the output is one object, `{"error": {"field", "message", …}}` where it did not work.
    """

    summary = ""  # one sentence
    examples: tuple[str, ...] = ()
    can_wait = False  # offers --wait: run what was queued here, in the foreground

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        shown = "".join(f"\n  manage.py {example}" for example in self.examples)
        codes = _("Exit code 0: done; 1: something failed; 2: wrong call.")
        self.help = f"{self.summary}\n{codes}\n\n{_('Examples')}:{shown}"
        return super().create_parser(prog_name, subcommand, formatter_class=RawDescriptionHelpFormatter, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        self.add_options(parser)
        parser.add_argument("--json", action="store_true", help=_("one JSON object on the last line, for machines"))
        if self.can_wait:
            parser.add_argument("--wait", action="store_true", help=_("do it here and now instead of queueing it"))

    def add_options(self, parser: CommandParser) -> None:
        """Add the command's own options."""

    def act(self, **options: Any) -> Outcome:
        """Do it."""
        raise NotImplementedError

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = bool(options["json"])
        try:
            outcome = self.act(**options)
        except (Refused, Invalid, PlatformError, ImproperlyConfigured, OperationalError) as error:
            self._tell_error(error)
            sys.exit(WRONG_CALL if isinstance(error, Refused | Invalid | ImproperlyConfigured) else FAILED)
        except KeyboardInterrupt:
            self.stderr.write(_("Stopped. What is queued stays queued."))
            sys.exit(INTERRUPTED)
        if self.as_json:
            self.stdout.write(json.dumps(outcome.data, cls=DjangoJSONEncoder, ensure_ascii=False))
        else:
            self.stdout.write(outcome.text)
        if outcome.failed:
            sys.exit(FAILED)

    def wait_for(self, wanted: Sequence[SyncJob]) -> list[SyncJob]:
        """Run these jobs here until each has ended, with progress on a terminal, and return them as they ended.

        One that another worker has is waited for. Raises `Refused` where one can't go on (its account is paused), or
        not for a long while.
        """
        return Follower(self.stderr).follow(wanted)

    def _tell_error(self, error: Exception) -> None:
        facts = _facts(error)
        if self.as_json:
            self.stdout.write(json.dumps({"error": facts}, ensure_ascii=False))
            return
        name = facts.get("field", "")
        named = f"{name}: " if name and not facts["message"].startswith((f"{name} ", f"{name}:")) else ""
        words = {"code": _("code"), "request_id": _("request")}
        asked = [f"{word} {facts[key]}" for key, word in words.items() if facts.get(key)]
        self.stderr.write(named + facts["message"] + (f" ({', '.join(asked)})" if asked else ""))


def _facts(error: Exception) -> dict[str, Any]:
    facts: dict[str, Any] = {"kind": type(error).__name__, "message": mask_text(str(error)).strip()}
    if isinstance(error, OperationalError):
        facts["message"] = _("The database can't be reached: %(reason)s") % {"reason": facts["message"]}
    if getattr(error, "field", ""):
        facts["field"] = error.field  # type: ignore[attr-defined]
    if isinstance(error, PlatformError):
        facts |= {name: value for name in ("code", "request_id", "retry_after") if (value := getattr(error, name))}
    return facts
