"""Read from platforms: what the catalogue's command reads, and besides it orders and where parcels are."""

from datetime import datetime
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.management import choosing
from catalog.management.commands import sync as catalogue
from integrations.management.base import Outcome
from integrations.models import SyncJob
from orders.management.choosing import shop_of
from orders.services import intake, tracking

REQUESTED_BY = catalogue.REQUESTED_BY


class Command(catalogue.Command):
    summary = "Read products, stock, warehouses, shops, categories, orders, and where parcels are."
    examples = (
        *catalogue.Command.examples,
        "sync orders --account Merchant --wait",
        "sync orders --account Merchant --since 2026-11-20",
        "sync orders --account Merchant --order 2611210ABCDEF --shop MY --wait",
        "sync tracking --wait",
    )
    sells = catalogue.Command.sells | {"orders": True, "tracking": None}

    def add_options(self, parser: CommandParser) -> None:
        super().add_options(parser)
        group = parser.add_argument_group(
            _("orders"), _("without any of these, what changed since they were read last")
        )
        group.add_argument("--since", metavar="TIME", help=_("such as 2026-11-20 or 2026-11-20T08:00:00Z"))
        group.add_argument("--order", metavar="SN", help=_("one order, by the marketplace's number"))
        group.add_argument("--shop", metavar="MY", help=_("the shop of that order, where it is not known here yet"))

    def act(self, **options: Any) -> Outcome:
        what = options["what"]
        if what != "orders":
            _refuse({name: options[name] for name in ("since", "order", "shop")})
        if what not in ("orders", "tracking"):
            return super().act(**options)
        self._refuse_others(options)
        if what == "tracking":
            return self._tracking(options["account"], wait=options["wait"])
        account = choosing.account_of(options["account"], sells=True)
        if options["order"] is not None:
            return self._order(account, options)
        if options["shop"] is not None:
            raise Refused(_("--shop is for --order: without it all shops of the account are read."), field="shop")
        since = None if options["since"] is None else _moment(options["since"])
        run = intake.request_sync(account, since=since, requested_by=REQUESTED_BY)
        return self._told_runs([run], [], wait=options["wait"])

    def _order(self, account: PlatformAccount, options: dict[str, Any]) -> Outcome:
        if options["since"] is not None:
            raise Refused(_("Give either --order or --since."), field="since")
        shop = shop_of(account, options["order"].strip(), options["shop"] or "")
        return self._told_job(
            intake.request_order(shop, options["order"], requested_by=REQUESTED_BY), wait=options["wait"]
        )

    def _tracking(self, account: str, *, wait: bool) -> Outcome:
        connected = PlatformAccount.objects.filter(status=PlatformAccount.Status.CONNECTED).order_by("pk")
        chosen = [choosing.account_of(account)] if account else list(connected)
        jobs = [job for each in chosen for job in tracking.request_tracking(each, requested_by=REQUESTED_BY)]
        if not jobs:
            return Outcome(_("No parcel is due for a look."), {"jobs": []})
        if wait:
            jobs = self.wait_for(jobs)
        words = _("Job %(job)d: %(state)s. %(problem)s") if wait else _("Queued: job %(job)d. --wait does it here.")
        lines = [
            (words % {"job": job.pk, "state": job.get_state_display(), "problem": job.problem}).strip() for job in jobs
        ]
        data = [{"job": job.pk, "key": job.key, "state": job.state, "problem": job.problem} for job in jobs]
        failed = wait and any(job.state != SyncJob.State.DONE for job in jobs)
        return Outcome("\n".join(lines), {"jobs": data}, failed=failed)


def _refuse(options: dict[str, Any]) -> None:
    given = next((name for name, value in options.items() if value is not None), None)
    if given is not None:
        words = _("--%(flag)s is for orders only. Leave it out, or run `manage.py sync orders`.")
        raise Refused(words % {"flag": given}, field=given)


def _moment(text: str) -> datetime:
    """Read a time; without a zone it is the server's."""
    try:
        day = parse_date(text)
        found = datetime(day.year, day.month, day.day) if day else parse_datetime(text)  # noqa: DTZ001 - made aware below
    except ValueError:
        found = None
    if found is None:
        words = _("“%(text)s” is no time. Write it as 2026-11-20 or 2026-11-20T08:00:00Z.")
        raise Refused(words % {"text": text[:40]}, field="since")
    return found if timezone.is_aware(found) else timezone.make_aware(found)
