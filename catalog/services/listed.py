"""Reading a saved search or "my products": pages of a list, the details behind them, and what has left.

The cursor: `next` (the supplier's own cursor), `todo` (products of the page that still have to be read in full),
`listed` (products met), `unreadable` (rows without a usable id).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Product, Selection, SelectionItem
from integrations import runs
from integrations.contracts import ProductSummary, SummaryPage, Unreadable
from integrations.runs import Page

from . import bulk, columns, reading
from .filters import wanted_by
from .reading import Mode, Reading
from .upserts import Listed

PASSES = 2  # how often a list is read whose rows are fewer than it promised


class ListedReading(Reading):
    """A saved search, or the supplier's "my products": pages of a list, and the details behind them."""

    @property
    def is_mine(self) -> bool:
        return self.selection.kind == Selection.Kind.MINE

    def step(self) -> bool:
        cursor = self.run.cursor
        if cursor.get("todo"):
            self._read_details(cursor["todo"][: reading.CHUNK])
        elif not cursor.get("listed_all"):
            self._read_page(cursor.get("next"))
        elif self.mode == Mode.SWEEP and not cursor.get("incomplete") and not cursor.get("missing_done"):
            self._look_for_missing(cursor.get("missing_after", 0))
        else:
            return False
        return True

    def shortcoming(self) -> str:
        if not self.run.cursor.get("incomplete"):
            return ""
        return _("The supplier ended its list early: %(seen)d of %(total)s products were read.") % {
            "seen": self.run.seen,
            "total": "?" if self.run.total is None else self.run.total,
        }

    # Pages

    def _read_page(self, position: dict[str, Any] | None) -> None:
        size = self.supplier.max_page_size
        if self.is_mine:
            found = self.supplier.my_products(cursor=position)
        else:
            found = self.supplier.search(wanted_by(self.selection), cursor=position, size=size)
        with runs.page(self.run) as page:
            page.calls += self.supplier.calls_needed(listed=size, details=0)
            self._take_page(page, found)

    def _take_page(self, page: Page, found: SummaryPage) -> None:
        cursor, cap = page.cursor, self.selection.max_products
        room = None if cap is None else cap - cursor.get("listed", 0)
        rows = {row.external_id: row for row in found.items if columns.is_id(row.external_id)}
        new = self._meet(rows, room)
        cursor["listed"] = cursor.get("listed", 0) + len(new)
        if found.total is not None:
            page.total = found.total if cap is None else min(found.total, cap)
        self._sort_out(page, [rows[external_id] for external_id in new])
        self._set_aside_rows(page, found)
        for row in found.items:
            page.oddities(row.oddities)
        cursor["next"] = found.cursor
        cursor["incomplete"] = cursor.get("incomplete", False) or not found.complete
        is_full = cap is not None and cursor["listed"] >= cap
        if found.cursor is None or is_full:
            self._end_of_list(page, is_full=is_full)

    def _meet(self, rows: Mapping[str, ProductSummary], room: int | None) -> list[str]:
        """Note that this run has met these rows; return those that it had not met before, at most `room`."""
        items = SelectionItem.objects.filter(selection=self.selection)
        before = dict(items.filter(external_id__in=rows).values_list("external_id", "seen_in"))
        new = [external_id for external_id in rows if before.get(external_id) != self.run.pk][:room]
        items.filter(external_id__in=before.keys() & set(new)).update(seen_in=self.run.pk, has_left=False)
        known = dict(Product.objects.filter(account=self.account, external_id__in=new).values_list("external_id", "pk"))
        bulk.upsert(
            SelectionItem,
            [
                {
                    "selection_id": self.selection.pk,
                    "external_id": external_id,
                    "product_id": known.get(external_id),
                    "seen_in": self.run.pk,
                    "has_left": False,
                }
                for external_id in new
                if external_id not in before
            ],
            unique=["selection_id", "external_id"],
            update=["seen_in", "has_left"],
        )
        return new

    def _sort_out(self, page: Page, rows: Sequence[ProductSummary]) -> None:
        """Note which rows need their products read in full; the others are unchanged."""
        name = "mine_fingerprint" if self.is_mine else "list_fingerprint"
        known: dict[str, str] = {}
        if self.mode == Mode.SCREEN:
            read = Product.objects.filter(
                account=self.account, status=Product.Status.ACTIVE, detail_read_at__isnull=False
            )
            read = read.filter(external_id__in=[row.external_id for row in rows])
            known = dict(read.values_list("external_id", name))
        same = [row.external_id for row in rows if row.fingerprint and known.get(row.external_id) == row.fingerprint]
        page.seen += len(same)
        page.unchanged += len(same)
        if self.is_mine and same:
            Product.objects.filter(account=self.account, external_id__in=same, is_mine=False).update(is_mine=True)
        page.cursor["todo"] = [
            [row.external_id, row.fingerprint, row.is_mine, row.stock_total]
            for row in rows
            if row.external_id not in set(same)
        ]

    def _set_aside_rows(self, page: Page, found: SummaryPage) -> None:
        """Count the rows that can't be understood, once however often the list is read."""
        nameless = [
            Unreadable(external_id=row.external_id[:200], kind="shape", reason=_("The row's id does not fit."))
            for row in found.items
            if not columns.is_id(row.external_id)
        ]
        for problem in (*found.unreadable, *nameless):
            if problem.kind == "incomplete":  # of the list, not of a product
                page.problems.append(problem)
            elif page.cursor.get("passes", 1) == 1:
                page.seen += 1
                page.set_aside(problem)
                page.cursor["unreadable"] = page.cursor.get("unreadable", 0) + 1

    def _end_of_list(self, page: Page, *, is_full: bool) -> None:
        cursor = page.cursor
        met = cursor["listed"] + cursor.get("unreadable", 0)
        is_short = page.total is not None and met < page.total and not is_full
        if is_short and self.mode != Mode.SCREEN and cursor.get("passes", 1) < PASSES:
            # Rows that moved to a page already read were missed: they are met the second time.
            cursor |= {"next": None, "passes": cursor.get("passes", 1) + 1, "incomplete": False}
            return
        cursor |= {"next": None, "listed_all": True}
        if page.total is not None and met != page.total and not is_full:
            page.oddities(["list_differs_from_its_total"])

    # Details

    def _read_details(self, rows: Sequence[Sequence[Any]]) -> None:
        fetched, error = self._fetch([row[0] for row in rows])
        if fetched:
            with runs.page(self.run) as page:
                listed = {row[0]: self._listed(*row[1:]) for row in rows}
                page.seen += len(fetched)
                self._save(page, fetched, listed, may_conclude=self.mode == Mode.SWEEP)
                page.cursor["todo"] = page.cursor["todo"][len(fetched) :]
        if error:
            raise error

    def _listed(self, fingerprint: str, is_mine: bool, stock_total: int | None) -> Listed:
        if self.is_mine:
            return Listed(mine_fingerprint=fingerprint, is_mine=True, stock_total=stock_total)
        return Listed(fingerprint=fingerprint, is_mine=is_mine or None, stock_total=stock_total)

    # What the list no longer holds

    def _look_for_missing(self, after: int) -> None:
        """Ask for the products that a complete reading did not meet: some have only left the list, others are gone."""
        items = self.selection.items.filter(has_left=False, pk__gt=after).exclude(seen_in=self.run.pk)
        missing = list(items.order_by("pk").values_list("pk", "external_id")[: reading.CHUNK])
        fetched, error = self._fetch([external_id for _pk, external_id in missing])
        if fetched or not missing:
            with runs.page(self.run) as page:
                mine = {external_id: Listed(is_mine=False) for _pk, external_id in missing} if self.is_mine else {}
                aside, gone = self._save(page, fetched, mine, may_conclude=True)
                unsaid = aside - {answer.external_id for answer in fetched if answer.gone}
                page.seen += len(fetched) - len(gone)
                left = [pk for pk, external_id in missing[: len(fetched)] if external_id not in unsaid]
                SelectionItem.objects.filter(pk__in=left).update(has_left=True)
                page.cursor["missing_after"] = max((pk for pk, _id in missing[: len(fetched)]), default=after)
                page.cursor["missing_done"] = not missing
        if error:
            raise error
