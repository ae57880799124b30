"""Renew tokens that expire soon."""

from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import services
from accounts.models import PlatformAccount
from integrations import custodian
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob


class Command(ServiceCommand):
    summary = "Renew the tokens that are in the last fifth of their life. A schedule does the same."
    examples = ("refresh_tokens", "refresh_tokens --account 3 --wait --json")
    can_wait = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--account", default="", help=_("only those of this one: its number, id or name"))

    def act(self, **options: Any) -> Outcome:
        account = services.find_account(options["account"]) if options["account"] else None
        queued = custodian.refresh_due(account)
        if not options["wait"]:
            count = len(queued)
            text = ngettext("A worker renews %(n)d token.", "A worker renews %(n)d tokens.", count) % {"n": count}
            return Outcome(text if queued else _("No token is due."), {"queued": count})
        ended = self.wait_for(queued)
        failed = [job for job in ended if job.state == SyncJob.State.FAILED]
        paused = PlatformAccount.objects.filter(
            pk__in=[job.account_id for job in ended], status=PlatformAccount.Status.RECONNECT
        )
        done = len(ended) - len(failed) - len(paused)
        problems = [*(job.problem for job in failed), *(f"{account}: {account.problem}" for account in paused)]
        counts = {"queued": len(queued), "renewed": done, "failed": len(failed) + len(paused)}
        text = _("%(done)d of %(count)d renewed.") % {"done": done, "count": len(ended)}
        lines = [text if ended else _("No token is due."), *problems]
        return Outcome("\n".join(lines), counts | {"problems": problems}, failed=bool(problems))
