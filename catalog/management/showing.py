"""Runs on a terminal: a live bar while they work, a table when they have ended; listings and differences as tables."""

import io
import threading
from collections.abc import Sequence
from decimal import Decimal
from shutil import get_terminal_size
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from catalog.models import Listing
from catalog.services.selling.pushing import PRICES, Difference
from integrations.management.waiting import SHOW_S, Follower
from integrations.models import SyncRun
from integrations.progress import progress_of

CENT = Decimal("0.01")
COUNTS = ("seen", "created", "updated", "unchanged", "failed", "gone", "calls")


class BarFollower(Follower):
    """Follows jobs with a bar that shows count, rate, what is left and what was found."""

    def _show(self, job_id: int, key: str, ended: threading.Event) -> None:
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=16),
            TextColumn("{task.fields[count]}"),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[found]}"),
        )
        try:
            with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                shown = bar.add_task(key, total=None, count="", rate="", left="", found="")
                while not ended.wait(SHOW_S):
                    run = SyncRun.objects.filter(job_id=job_id).first()
                    if run is not None:
                        bar.update(shown, **_facts(run))
        finally:
            connection.close()


def _facts(run: SyncRun) -> dict[str, Any]:
    progress = progress_of(run, timezone.now())
    counts = {"created": run.created, "updated": run.updated, "failed": run.failed}
    return {
        "description": str(run)[:30],
        "completed": run.seen,
        "total": run.total,
        "count": f"{run.seen}/{run.total}" if run.total else str(run.seen),
        "rate": _("%(rate).1f a second") % {"rate": progress.per_second} if progress.per_second else "",
        "left": "" if progress.seconds_left is None else _("%(seconds)d s left") % {"seconds": progress.seconds_left},
        "found": _("+%(created)d ~%(updated)d ✗%(failed)d") % counts,
    }


def table_of(runs: Sequence[SyncRun]) -> str:
    """Draw what became of runs."""
    table = Table(box=SIMPLE_HEAD)
    for heading in (_("what"), _("mode"), _("state")):
        table.add_column(heading, overflow="fold")
    headings = (_("seen"), _("created"), _("updated"), _("unchanged"), _("failed"), _("gone"), _("calls"), _("seconds"))
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True, min_width=len(heading))
    for run in runs:
        took = (run.finished_at - run.started_at).total_seconds() if run.finished_at and run.started_at else 0
        counts = (str(getattr(run, name)) for name in COUNTS)
        table.add_row(str(run), run.mode, str(run.get_state_display()), *counts, f"{took:.1f}")
    screen = io.StringIO()
    Console(file=screen, width=max(100, get_terminal_size().columns)).print(table)
    return screen.getvalue().rstrip()


def data_of(run: SyncRun) -> dict[str, Any]:
    """Return a run as data."""
    counts = {name: getattr(run, name) for name in COUNTS}
    return {"run": run.pk, "job": run.job_id, "what": run.label, "mode": run.mode, "state": run.state} | counts


def cells_table(cells: Sequence[Listing]) -> str:
    """Draw what became of listings, shop by shop."""
    rows = [
        (cell.global_listing.sku, str(cell.shop), cell.get_status_display(), cell.external_id, cell.problem or cell.url)
        for cell in cells
    ]
    return drawn((_("SKU"), _("shop"), _("state"), _("their id"), _("problem or address")), rows)


def cell_data(cell: Listing) -> dict[str, Any]:
    """Return a listing of a shop as data."""
    names = ("status", "external_id", "url", "problem", "problem_field")
    return {"listing": cell.pk, "shop": cell.shop.external_id, "region": cell.shop.region} | {
        name: getattr(cell, name) for name in names
    }


def differences_table(found: Sequence[Difference]) -> str:
    """Draw what would be sent."""
    rows = [
        (
            one.variant.sku,
            str(one.listing.shop) if one.listing else _("all shops that follow"),
            "?" if one.theirs is None else _shown(one, one.theirs),
            _shown(one, one.ours),
            one.currency or one.place,
        )
        for one in found
    ]
    return drawn((_("SKU"), _("where"), _("there"), _("wanted"), ""), rows)


def _shown(difference: Difference, value: Decimal) -> str:
    """Write prices with two decimals where these say all."""
    return f"{value:.2f}" if difference.what == PRICES and value == value.quantize(CENT) else f"{value:f}"


def difference_data(one: Difference) -> dict[str, Any]:
    """Return what would be sent as data; amounts are text."""
    return {
        "what": one.what,
        "global_listing": one.global_listing.pk,
        "sku": one.variant.sku,
        "shop": one.listing.shop.external_id if one.listing else None,
        "place": one.place,
        "ours": one.ours,
        "theirs": one.theirs,
        "currency": one.currency,
    }


def drawn(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Draw a table."""
    table = Table(box=SIMPLE_HEAD)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, map(str, row)))
    screen = io.StringIO()
    Console(file=screen, width=max(100, get_terminal_size().columns)).print(table)
    return screen.getvalue().rstrip()
