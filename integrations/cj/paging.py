"""Reading a long list of CJ's to its end: what a page holds, where the next one is, and whether all of it was seen.

The cursor is plain JSON for the caller to keep. A list ends at an empty page, not only where `total` says so; a page
that repeats the one before it ends it too. 1000 pages are all that listV2 shows of one search: what comes after them is
read in windows of the time of listing, halved until each can be read, and the cursor carries those still to be read
(cj.md §3). Up to that point the order asked for is kept; a search sorted by "newest" goes on where it stood, any other
has to begin anew and meets its first rows a second time.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from integrations.contracts import Unreadable

from .parsing import integer, mapping, rows, when

EARLIEST_MS = 1_000_000_000_000  # September 2001: nothing was listed before
AHEAD_MS = 86_400_000  # CJ's clock may be ahead of ours
NARROWEST_MS = 4_000  # a shorter window is not split any more
SHARE_MISSING = 100  # up to a hundredth may come and go while a list is read


@dataclass(frozen=True, slots=True)
class Page:
    """The rows of one page as they came, and what CJ says of the whole."""

    rows: list[Any]
    total: int | None

    @property
    def digest(self) -> str:
        """Return a short name of exactly these rows."""
        return (
            hashlib.blake2b(repr(self.rows).encode("utf-8", "replace"), digest_size=8).hexdigest() if self.rows else ""
        )


def nested_page(data: Any) -> Page:
    """Read a page of /product/listV2: the products are one level deeper than in other lists."""
    found = mapping(data)
    items: list[Any] = []
    for block in rows(found.get("content")) or ():
        inner = mapping(block)
        if "productList" in inner:
            items += rows(inner["productList"]) or []
        elif inner.get("id"):
            items.append(inner)
    return Page(items, integer(found.get("totalRecords")))


def content_page(data: Any) -> Page:
    """Read a page of /product/myProduct/query."""
    found = mapping(data)
    return Page(rows(found.get("content")) or [], integer(found.get("totalRecords")))


def list_page(data: Any) -> Page:
    """Read a page of the lists with pageNum: /product/list, reviews (where all numbers are text)."""
    found = mapping(data)
    return Page(rows(found.get("list")) or [], integer(found.get("total")))


@dataclass(slots=True)
class Position:
    """Where a reading stands. `seen` and `last` are of the list, or of the window, that is being read."""

    page: int = 1
    seen: int = 0
    last: str = ""
    total: int | None = None  # of the whole search, as its first page said
    windows: tuple[tuple[int, int], ...] = ()  # still to be read, the last one first; epoch milliseconds

    @classmethod
    def of(cls, cursor: dict[str, Any] | None) -> "Position":
        """Return the position that a cursor names; None is the beginning."""
        if not cursor:
            return cls()
        windows = tuple((int(start), int(end)) for start, end in cursor.get("windows", ()))
        return cls(int(cursor["page"]), int(cursor["seen"]), str(cursor["last"]), cursor.get("total"), windows)

    def cursor(self) -> dict[str, Any]:
        """Return the cursor that names this position."""
        windows = [list(window) for window in self.windows]
        return {"page": self.page, "seen": self.seen, "last": self.last, "total": self.total, "windows": windows}

    @property
    def window(self) -> tuple[int, int] | None:
        """Return the window that is being read; None: the search is not split."""
        return self.windows[-1] if self.windows else None

    def split(self) -> "Position":
        """Return the position with the current window halved, the later half to be read first."""
        start, end = self.windows[-1]
        # Ends may or may not belong to a window: halves overlap by a millisecond, at one that no whole second is near.
        middle = (start + end) // 2 // 1000 * 1000 + 499
        return Position(total=self.total, windows=(*self.windows[:-1], (start, middle + 1), (middle, end)))

    def in_window(self, start: int, end: int) -> "Position":
        """Return the position at the beginning of what was listed in this time."""
        return Position(total=self.total, windows=((start, end),))

    def after(self, page: Page) -> "Position":
        """Return the position of the next page of the same list."""
        return Position(self.page + 1, self.seen + len(page.rows), page.digest, self.total, self.windows)

    def next_window(self) -> "Position | None":
        """Return the position at the next window; None: that was the last."""
        windows = self.windows[:-1]
        return Position(total=self.total, windows=windows) if windows else None

    def repeats(self, page: Page) -> bool:
        """Tell whether a page is the one before it once more."""
        return bool(self.last) and page.digest == self.last


def ends(position: Position, page: Page, *, size: int, most_pages: int) -> bool:
    """Tell whether a list ends with this page.

    A full page is followed by another look even where `total` says that it was the last, unless that can't be had.
    """
    if not page.rows or position.repeats(page):
        return True
    is_short = len(page.rows) < size or position.page >= most_pages
    return is_short and page.total is not None and position.seen + len(page.rows) >= page.total


def can_split(position: Position) -> bool:
    """Tell whether the window that is being read is long enough to be halved."""
    return position.window is not None and position.window[1] - position.window[0] >= NARROWEST_MS


def shortfall(position: Position, page: Page) -> Unreadable | None:
    """Say so where a list ended before all of it was seen: who concludes from what is missing has to know."""
    seen = position.seen + (0 if position.repeats(page) else len(page.rows))
    if page.total is None:
        missing, promised = not seen, "?"  # neither rows nor a number of them: nothing was said
    else:
        missing, promised = page.total - seen > page.total // SHARE_MISSING, str(page.total)
    if not missing:
        return None
    return Unreadable(
        external_id="",
        kind="incomplete",
        reason=_("CJ's list ended at page %(page)s after %(seen)s rows, though it promised %(promised)s.")
        % {"page": position.page, "seen": seen, "promised": promised},
    )


def remaining_bounds(
    params: dict[str, Any], now_ms: int, *, newest_first: bool | None, last_rows: Sequence[Any]
) -> tuple[int, int]:
    """Return between which times of listing, in epoch milliseconds, the rest of a search lies.

    `newest_first`: how the search is sorted by that time, so that what was read already is left out; None: it is not.
    """
    start, end = params.get("timeStart", EARLIEST_MS), params.get("timeEnd", now_ms + AHEAD_MS)
    listed = [moment for row in last_rows if (moment := when(mapping(row).get("createAt")))]
    if newest_first is not None and listed:
        met = [int(moment.timestamp() * 1000) for moment in listed]
        start, end = (start, min(end, min(met) + 1)) if newest_first else (max(start, max(met) - 1), end)
    return start, end
