"""Send packages: arrange their shipping, fetch their labels, print."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.management import choosing
from integrations.gateways import sells_on
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob
from orders.management.choosing import orders_of
from orders.management.showing import job_data, package_data, packages_table, refused_data, refused_lines
from orders.models import Order, Package
from orders.services import dispatching, papers, picking
from orders.services.tables import Table

REQUESTED_BY = "command"
PAPERS: dict[str, Callable[[Sequence[Package]], bytes]] = {
    "labels": papers.merged_labels,
    "slips": picking.packing_slips,
    "pick_list": picking.pick_list,
}


class Command(ServiceCommand):
    summary = "Arrange the shipping of what is bought, fetch the marketplace's labels, and write them into one PDF."
    examples = (
        "ship --account Merchant --wait",
        "ship --account Merchant --shops MY,SG --labels labels.pdf --slips slips.pdf --pick-list picks.pdf --wait",
        "ship --order 2611210ABCDEF --labels label.pdf --wait",
        "ship --dry-run --json",
    )
    can_wait = True

    def add_options(self, parser: CommandParser) -> None:
        which = parser.add_argument_group(_("which"), _("without --order, all that is ready for it"))
        which.add_argument(
            "--order", action="append", metavar="SN", help=_("the packages of this order; may be given several times")
        )
        which.add_argument("--account", default="", help=_("its number, id or name; without it, all that sell"))
        which.add_argument("--shops", default="", metavar="MY,SG", help=_("markets, ids or names, of that account"))
        paper = parser.add_argument_group(_("paper"), _("of these orders, else of all labels that are not printed yet"))
        paper.add_argument("--labels", metavar="FILE", help=_("the labels as one PDF, in the order of picking"))
        paper.add_argument("--slips", metavar="FILE", help=_("a packing slip for each package, as PDF"))
        paper.add_argument("--pick-list", metavar="FILE", help=_("what to take from the shelves, as PDF"))
        parser.add_argument("--dry-run", action="store_true", help=_("show what would be arranged; send nothing"))

    def act(self, **options: Any) -> Outcome:
        files = {name: Path(options[name]) for name in PAPERS if options[name] is not None}
        for name, file in files.items():
            _check_file(name, file)
        which = _which(options)
        packages = dispatching.to_send(*which)
        if options["dry_run"]:
            return _told(packages, Table(), [], {})
        table = dispatching.ship(packages, REQUESTED_BY)
        jobs = self.wait_for(table.jobs) if options["wait"] else table.jobs
        jobs = [*jobs, *(self._labels(table.taken) if options["wait"] else ())]
        printed = dispatching.to_print(*which) if files else []
        written = {name: str(file) for name, file in files.items() if _write(file, PAPERS[name], printed)}
        shown = dispatching.with_labels(Package.objects.filter(pk__in=[row.pk for row in [*packages, *printed]]))
        return _told(list(shown), table, jobs, written, waited=options["wait"])

    def _labels(self, packages: Sequence[Package]) -> list[SyncJob]:
        """Wait until the labels of packages are there that were arranged now."""
        return self.wait_for(dispatching.label_jobs(packages))


def _which(options: dict[str, Any]) -> tuple[list[PlatformAccount], list[Shop] | None, list[Order] | None]:
    if options["shops"] and not options["account"]:
        raise Refused(_("Say whose shops by --account."), field="account")
    if options["order"] and options["shops"]:
        raise Refused(_("Give either --order or --shops."), field="shops")
    if not options["account"]:
        accounts = list(PlatformAccount.objects.filter(platform__in=sells_on()).order_by("pk"))
        return accounts, None, orders_of(options["order"]) if options["order"] else None
    account = choosing.account_of(options["account"], sells=True)
    orders = orders_of(options["order"], account) if options["order"] else None
    return [account], choosing.shops_of(account, options["shops"]), orders


def _check_file(name: str, file: Path) -> None:
    """Refuse a file that could not be written, before anything is sent."""
    if file.is_dir() or not file.parent.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        words = _("%(file)s can't be written. Name a file in a folder that is there.")
        raise Refused(words % {"file": file}, field=name)


def _write(file: Path, paper: Callable[[Sequence[Package]], bytes], packages: Sequence[Package]) -> bool:
    if packages:
        file.write_bytes(paper(packages))
    return bool(packages)


def _told(
    packages: Sequence[Package],
    table: Table[Package],
    jobs: Sequence[SyncJob],
    written: dict[str, str],
    *,
    waited: bool = True,
) -> Outcome:
    lines = [packages_table(packages) if packages else _("No package is ready to be sent.")]
    lines += refused_lines(table.refused)
    if not waited:
        words = _("Queued: job %(job)d. A worker does it; --wait does it here.")
        lines += [words % {"job": job.pk} for job in jobs]
    lines += [f"{job.key}: {job.problem}" for job in jobs if job.state == SyncJob.State.FAILED]
    lines += [_("Written: %(file)s") % {"file": file} for file in written.values()]
    data = {
        "packages": [package_data(package) for package in packages],
        "refused": refused_data(table.refused),
        "jobs": [job_data(job) for job in jobs],
        "files": written,
    }
    failed = any(job.state == SyncJob.State.FAILED for job in jobs)
    return Outcome("\n".join(lines), data, failed=bool(table.refused) or failed)
