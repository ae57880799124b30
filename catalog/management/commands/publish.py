"""Publish products to the shops of a marketplace."""

from collections.abc import Sequence
from typing import Any

from django.core.management.base import CommandParser
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.management import choosing
from catalog.management.showing import cell_data, cells_table
from catalog.models import GlobalListing, Listing, Product
from catalog.services.selling import codec, launching
from catalog.services.selling.findings import Finding, NotPublishable
from catalog.services.selling.launching import Launched
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob

REQUESTED_BY = "command"
NOT_TAKEN = (Listing.Status.REFUSED, Listing.Status.BLOCKED)


class Command(ServiceCommand):
    summary = "Check products and publish them to the shops of a selling account, or bring published ones up to date."
    examples = (
        "publish --account Merchant --product CJTEST00001 --product CJTEST00002 --shops MY,SG --wait",
        'publish --account Merchant --selection "Hoodies in the US" --check-only',
        "publish --account Merchant --json",
    )
    can_wait = True

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--account", default="", help=_("its number, id or name; not needed where there is one"))
        which = parser.add_argument_group(_("which"), _("without any of these, what is prepared or needs attention"))
        which.add_argument(
            "--product", action="append", metavar="SKU", help=_("SKU, id or number; may be given several times")
        )
        which.add_argument("--selection", metavar="NAME", help=_("all products of a selection, by its name or number"))
        parser.add_argument(
            "--shops", default="", metavar="MY,SG", help=_("markets, ids or names; without it, all connected ones")
        )
        parser.add_argument("--check-only", action="store_true", help=_("say what is missing, and publish nothing"))

    def act(self, **options: Any) -> Outcome:
        account = choosing.account_of(options["account"], sells=True)
        shops = choosing.shops_of(account, options["shops"])
        launched = launching.launch(
            account,
            _products(options["product"], options["selection"]),
            shops=shops,
            by=REQUESTED_BY,
            check_only=options["check_only"],
        )
        if options["check_only"]:
            return _told_findings(launched)
        jobs = list(launched.jobs.values())
        if not options["wait"]:
            words = _("Queued: %(listing)s, job %(job)d. A worker does it; --wait does it here.")
            queued = [listing for listing in launched.listings if listing.pk in launched.jobs]
            lines = [words % {"listing": listing, "job": launched.jobs[listing.pk].pk} for listing in queued]
            data = {"jobs": [_job_data(job) for job in jobs]}
            return _with_refusals(launched, lines, data, failed=False)
        jobs = self.wait_for(jobs)
        chosen = Listing.objects.filter(global_listing__in=launched.jobs).order_by("global_listing", "shop")
        if shops is not None:
            chosen = chosen.filter(shop__in=shops)
        cells = list(chosen.select_related("global_listing", "shop"))
        lines = [cells_table(cells)] if cells else []
        lines += [f"{job.key}: {job.problem}" for job in jobs if job.state != SyncJob.State.DONE]
        data = {"jobs": [_job_data(job) for job in jobs], "listings": _listings_data(launched.listings, cells)}
        failed = any(job.state != SyncJob.State.DONE for job in jobs) or any(cell.status in NOT_TAKEN for cell in cells)
        return _with_refusals(launched, lines, data, failed=failed)


def _products(texts: list[str] | None, selection: str | None) -> list[Product] | None:
    """Return the products that are meant; None: what waits in the account."""
    if texts and selection is not None:
        raise Refused(_("Give either --product or --selection."), field="selection")
    if texts:
        return [choosing.find_product(text.strip()) for text in texts]
    if selection is None:
        return None
    chosen = choosing.find_selection(selection.strip(), None)
    products = Product.objects.filter(selection_items__selection=chosen, selection_items__has_left=False)
    found = list(products.order_by("pk"))
    if not found:
        words = _("“%(name)s” holds no product yet: `manage.py sync products --selection` reads it.")
        raise Refused(words % {"name": chosen.name}, field="selection")
    return found


def _told_findings(launched: Launched) -> Outcome:
    lines, rows, failed = [], [], False
    for listing in launched.listings:
        found = launched.findings.get(listing.pk, [])
        failed = failed or any(finding.is_error for finding in found)
        lines += [f"{listing.sku}: {finding}" for finding in found] or [f"{listing.sku}: {_('ready')}"]
        rows.append({"listing": listing.pk, "sku": listing.sku, "findings": _findings_data(found)})
    return _with_refusals(launched, lines, {"listings": rows}, failed=failed)


def _with_refusals(launched: Launched, lines: list[str], data: dict[str, Any], *, failed: bool) -> Outcome:
    refused = []
    for row, refusal in launched.refused:
        found = refusal.findings if isinstance(refusal, NotPublishable) else []
        lines += [f"{row.sku}: {finding}" for finding in found] or [f"{row.sku}: {refusal}"]
        refused.append(
            {"sku": row.sku, "field": refusal.field, "message": str(refusal), "findings": _findings_data(found)}
        )
    text = "\n".join(lines) or _("There is nothing to publish. Name products by --product or --selection.")
    return Outcome(text, data | {"refused": refused}, failed=failed or bool(refused))


def _findings_data(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [codec.plain(finding) for finding in found]


def _job_data(job: SyncJob) -> dict[str, Any]:
    return {
        "job": job.pk,
        "listing": job.kwargs["global_listing_id"],
        "state": job.state,
        "problem": job.problem,
    }


def _listings_data(listings: Sequence[GlobalListing], cells: Sequence[Listing]) -> list[dict[str, Any]]:
    told = {cell.global_listing_id: cell.global_listing for cell in cells}
    return [
        {
            "listing": row.pk,
            "sku": row.sku,
            "status": row.status,
            "problem": row.problem,
            "shops": [cell_data(cell) for cell in cells if cell.global_listing_id == row.pk],
        }
        for listing in listings
        if (row := told.get(listing.pk))
    ]
