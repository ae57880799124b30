"""Send prices or stock that differ to a marketplace."""

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from catalog.management import choosing
from catalog.management.showing import difference_data, differences_table
from catalog.models import GlobalListing
from catalog.services.selling import pushing
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob

REQUESTED_BY = "command"


class Command(ServiceCommand):
    summary = "Send those prices or that stock of a selling account that differ from what stands at the platform."
    examples = (
        "push stock --account Merchant --wait",
        "push prices --account Merchant --dry-run",
        "push prices --account Merchant --json",
    )
    can_wait = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=[pushing.STOCK, pushing.PRICES])
        parser.add_argument("--account", default="", help=_("its number, id or name; not needed where there is one"))
        parser.add_argument("--dry-run", action="store_true", help=_("show what would be sent, and send nothing"))

    def act(self, **options: Any) -> Outcome:
        account = choosing.account_of(options["account"], sells=True)
        if options["dry_run"]:
            found = pushing.differences(account, options["what"])
            text = differences_table(found) if found else _("Nothing differs.")
            return Outcome(text, {"differences": [difference_data(one) for one in found]})
        jobs = pushing.request_push(account, options["what"], requested_by=REQUESTED_BY)
        if options["wait"]:
            jobs = self.wait_for(jobs)
            words = _("%(listing)s: %(state)s. %(problem)s")
        else:
            words = _("Queued: %(listing)s, job %(job)d. A worker does it; --wait does it here.")
        listings = GlobalListing.objects.in_bulk([job.kwargs["global_listing_id"] for job in jobs])
        lines = [(words % _words_of(job, listings)).strip() for job in jobs]
        data = [{"job": job.pk, "key": job.key, "state": job.state, "problem": job.problem} for job in jobs]
        failed = options["wait"] and any(job.state != SyncJob.State.DONE for job in jobs)
        return Outcome("\n".join(lines) or _("Nothing differs."), {"jobs": data}, failed=failed)


def _words_of(job: SyncJob, listings: Mapping[int, GlobalListing]) -> dict[str, Any]:
    listing = listings[job.kwargs["global_listing_id"]]
    named = f"{listing.sku} ({listing})"
    return {"listing": named, "state": job.get_state_display(), "problem": job.problem, "job": job.pk}
