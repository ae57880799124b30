"""Disconnect an account."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts import services
from integrations import connections, issuers
from integrations.management.base import Outcome, ServiceCommand


class Command(ServiceCommand):
    summary = "Log out at the platform, erase the account's tokens and key here, and pause its jobs and schedules."
    examples = ("disconnect 3", 'disconnect "Main CJ account" --json')

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("account", help=_("its number, the platform's id of it, or its name"))

    def act(self, **options: Any) -> Outcome:
        account = services.find_account(options["account"])
        left = connections.disconnect(account)
        text = _("Disconnected %(account)s.") % {"account": account}
        data = {"account": account.pk, "status": account.status, "left": left}
        # What a seller may still do on the platform's site is no failure; a logout that was not confirmed is one.
        failed = bool(left) and account.platform not in issuers.by_consent()
        return Outcome(f"{text} {left}".strip(), data, failed=failed)
