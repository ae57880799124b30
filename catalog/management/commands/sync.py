"""Read from platforms: products, stock and warehouses of a supplier, shops of a seller, categories of both."""

import sys
from argparse import ArgumentTypeError
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.management import choosing
from catalog.management.showing import BarFollower, data_of, table_of
from catalog.models import Selection
from catalog.services import categories, selections, sourcing, stock
from catalog.services.checking import check_connected
from catalog.services.selling import sellers
from integrations.management.base import Outcome, ServiceCommand
from integrations.models import SyncJob, SyncRun
from integrations.sellers import selling_route

FILTERS = (
    *("keyword", "category", "country_code", "price_min", "price_max"),
    *("stock_min", "stock_max", "verified", "sort", "max_products"),
)
FLAGS = {"country_code": "--country", "max_products": "--max", "list_file": "--list"}
OF_PRODUCTS = (*FILTERS, "selection", "mode", "mine", "list_file")
# What is read → of whom: a selling account, a supplier's, or (None) either.
SELLS = {"products": False, "stock": False, "categories": None, "warehouses": False, "shops": True}
REQUESTED_BY = "command"
REQUESTS = {
    "categories": categories.request_categories,
    "warehouses": categories.request_warehouses,
    "shops": sellers.request_sync,
}
MAX_FILE = 2_000_000  # bytes


def amount(text: str) -> Decimal:
    """Read an amount of money."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or value < 0:
        raise ArgumentTypeError(_("“%(text)s” is no amount. Write it as 12.50.") % {"text": text})
    return value


def whole(text: str) -> int:
    """Read a whole number from 0 on."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise ArgumentTypeError(_("“%(text)s” is no whole number from 0 to 999999999.") % {"text": text})
    return int(text)


class Command(ServiceCommand):
    summary = "Read products, stock, warehouses from a supplier, shops from a marketplace, categories from both."
    examples: tuple[str, ...] = (
        'sync products --account Main --selection "Hoodies in the US" --mode sweep --wait',
        "sync products --account Main --keyword hoodie --country US --price-max 12.50 --wait",
        "sync products --account Main --mine",
        "sync products --account Main --list pids.txt --json",
        "sync stock --account Main --wait",
        "sync categories --account Main",
        "sync warehouses --account Main",
        "sync shops --account Merchant --wait",
    )
    can_wait = True
    sells = SELLS

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=list(self.sells))
        parser.add_argument("--account", default="", help=_("its number, id or name; not needed where there is one"))
        which = parser.add_argument_group(_("products: which"), _("without any of these, all active selections"))
        which.add_argument(
            "--selection", metavar="NAME", help=_("a selection's name or number; with filters, of a new one")
        )
        which.add_argument("--mine", action="store_true", default=None, help=_("the account's own products there"))
        which.add_argument(
            "--list",
            dest="list_file",
            metavar="FILE",
            help=_("ids, SKUs or addresses from a file; - is the standard input"),
        )
        search = parser.add_argument_group(_("products: a search"), _("kept as a selection, made or found again"))
        search.add_argument("--keyword")
        search.add_argument("--category", help=_("its path, name, id or number"))
        search.add_argument(
            "--country", dest="country_code", metavar="CC", help=_("stocked there; two letters, such as US")
        )
        search.add_argument("--price-min", type=amount, metavar="USD")
        search.add_argument("--price-max", type=amount, metavar="USD")
        search.add_argument("--stock-min", type=whole, metavar="N")
        search.add_argument("--stock-max", type=whole, metavar="N")
        search.add_argument(
            "--verified", action="store_true", default=None, help=_("stock that the supplier has counted")
        )
        search.add_argument("--sort", choices=[value for value in Selection.Sort.values if value])
        search.add_argument("--max", dest="max_products", type=whole, metavar="N", help=_("at most so many products"))
        parser.add_argument(
            "--mode",
            choices=sourcing.Mode.values,
            help=_("full: each in full; screen: lists, in full what changed; sweep: complete, finds what is gone"),
        )

    def act(self, **options: Any) -> Outcome:
        what, account = options["what"], None
        if options["account"] or not options["selection"]:
            account = choosing.account_of(options["account"], sells=SELLS[what])
        if what == "products":
            runs, wrong = self._products(account, options)
            return self._told_runs(runs, wrong, wait=options["wait"])
        self._refuse_others(options)
        account = account or choosing.account_of("", sells=SELLS[what])
        if what == "stock":
            return self._told_runs(
                [stock.request_stock_sync(account, requested_by=REQUESTED_BY)], [], wait=options["wait"]
            )
        told = self._told_job(REQUESTS[what](account, requested_by=REQUESTED_BY), wait=options["wait"])
        if options["wait"] and what == "shops":
            told = replace(told, text="\n".join([told.text, *map(_shop_line, account.shops.order_by("region", "pk"))]))
        return told

    def wait_for(self, wanted: Sequence[SyncJob]) -> list[SyncJob]:
        """Run these jobs here, with a bar on a terminal."""
        return BarFollower(self.stderr).follow(wanted)

    def _refuse_others(self, options: dict[str, Any]) -> None:
        given = [name for name in OF_PRODUCTS if options[name] is not None]
        if given:
            words = _("%(flag)s is for products only. Leave it out, or run `manage.py sync products`.")
            raise Refused(words % {"flag": _flag(given[0])}, field=given[0])

    def _products(
        self, account: PlatformAccount | None, options: dict[str, Any]
    ) -> tuple[list[SyncRun], list[tuple[str, str]]]:
        filters = {name: options[name] for name in FILTERS if options[name] is not None}
        name, mode = (options["selection"] or "").strip(), options["mode"] or ""
        ways = [
            flag for flag, given in (("--mine", options["mine"]), ("--list", options["list_file"] is not None)) if given
        ]
        if len(ways) + bool(filters) > 1:
            said = [*ways, *(_flag(each) for each in filters)][:2]
            raise Refused(
                _("Give either %(one)s or %(other)s.") % {"one": said[0], "other": said[1]}, field="selection"
            )
        if options["selection"] is not None and not name:
            raise Refused(_("Give --selection a name or a number."), field="selection")
        if not ways and not filters:
            return self._known(account, name, mode), []
        account = account or choosing.account_of("", sells=False)
        check_connected(account)  # before anything is made for it
        if options["list_file"] is not None:
            if mode:
                words = _("Leave --mode out with --list: what is new on a list is read in full.")
                raise Refused(words, field="mode")
            return self._listed(account, options["list_file"], name)
        if options["mine"]:
            selection = choosing.mine_of(account, name)
        else:
            if "category" in filters:
                filters["category"] = choosing.find_category(filters["category"].strip(), account)
            selection = choosing.search_for(account, filters, name)
        return [sourcing.request_sync(selection, mode, requested_by=REQUESTED_BY)], []

    def _known(self, account: PlatformAccount | None, name: str, mode: str) -> list[SyncRun]:
        if name:
            chosen = [choosing.find_selection(name, account)]
        else:
            chosen = list(Selection.objects.filter(account=account, is_active=True).select_related("account"))
        if not chosen:
            words = _(
                "%(account)s has no active selection. Say what to carry: --keyword, --category, --mine or --list."
            )
            raise Refused(words % {"account": account}, field="selection")
        with transaction.atomic():  # all of them, or none
            return [sourcing.request_sync(each, mode, requested_by=REQUESTED_BY) for each in chosen]

    def _listed(self, account: PlatformAccount, file: str, name: str) -> tuple[list[SyncRun], list[tuple[str, str]]]:
        text = _read(file)
        with transaction.atomic():  # a text that is refused leaves no empty list behind
            selection = choosing.list_of(account, name or (_("Pasted") if file == "-" else Path(file).stem[:100]))
            try:
                added = selections.add_to_list(selection, text, requested_by=REQUESTED_BY)
            except Refused as refusal:
                raise Refused(refusal, field="list" if refusal.field == "text" else refusal.field) from refusal
            if not selection.items.exists():
                line, problem = added.wrong[0]
                raise Refused(f"{line}: {problem}", field="list")
            run = added.run or sourcing.request_sync(selection, requested_by=REQUESTED_BY)
        return [run], added.wrong

    def _told_runs(self, runs: list[SyncRun], wrong: list[tuple[str, str]], *, wait: bool) -> Outcome:
        if wait:
            self.wait_for([run.job for run in runs if run.job])
            for run in runs:
                run.refresh_from_db()
            lines = [table_of(runs)] if runs else []
            lines += [f"{run}: {run.problem}" for run in runs if run.problem]
        else:
            words = _("Queued: %(run)s, job %(job)s. A worker does it; --wait does it here.")
            lines = [words % {"run": run, "job": run.job_id} for run in runs]
        lines += [f"{line}: {problem}" for line, problem in wrong]
        data = {
            "runs": [data_of(run) for run in runs],
            "wrong": [{"line": line, "message": problem} for line, problem in wrong],
        }
        failed = any(run.state != SyncRun.State.DONE or run.failed for run in runs) if wait else False
        return Outcome("\n".join(lines), data, failed=failed or bool(wrong))

    def _told_job(self, job: SyncJob, *, wait: bool) -> Outcome:
        if not wait:
            words = _("Queued: job %(job)d. A worker does it; --wait does it here.")
            return Outcome(words % {"job": job.pk}, {"job": job.pk, "state": job.state})
        (job,) = self.wait_for([job])
        data = {"job": job.pk, "state": job.state, "problem": job.problem}
        text = _("Job %(job)d: %(state)s. %(problem)s") % {
            "job": job.pk,
            "state": job.get_state_display(),
            "problem": job.problem,
        }
        return Outcome(text.strip(), data, failed=job.state != SyncJob.State.DONE)


def _shop_line(shop: Shop) -> str:
    """Say how a shop stands and how products get into it."""
    said = shop.problem if shop.status != Shop.Status.CONNECTED else selling_route(shop)[1]
    return f"{shop.region} {shop.name} ({shop.external_id}): {shop.get_status_display()}. {said}".strip()


def _flag(name: str) -> str:
    return FLAGS.get(name, f"--{name.replace('_', '-')}")


def _read(file: str) -> str:
    try:
        if file == "-":
            content = sys.stdin.buffer.read(MAX_FILE + 1)
        else:
            with Path(file).open("rb") as source:
                content = source.read(MAX_FILE + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        words = _("%(file)s can't be read: %(reason)s. Give a text file, or - for the standard input.")
        raise Refused(words % {"file": file, "reason": error.strerror}, field="list") from error
    except UnicodeDecodeError as error:
        words = _("%(file)s is no text in UTF-8. Save it as such.")
        raise Refused(words % {"file": file}, field="list") from error
    if len(content) > MAX_FILE:
        words = _("%(file)s is longer than %(most)d bytes. Give it in parts.")
        raise Refused(words % {"file": file, "most": MAX_FILE}, field="list")
    if not text.strip():
        raise Refused(_("%(file)s is empty. Write one id, SKU or address a line.") % {"file": file}, field="list")
    return text
