"""What changed in a product, when and why: rows of its history, written in bulk (design.md §3, promise 10)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog.models import Product

from . import bulk
from .bulk import Row

# Stock has its own rows with their own times, and counts of listings move all day: neither is a story to tell.
_HISTORY = Product.history.model  # each look at `Product.history` builds a manager's class anew
_TRACKED = [field.attname for field in _HISTORY.tracked_fields]
_TELLING = [name for name in _TRACKED if name not in ("updated_at", "stock_total", "listed_count")]


def keep(old: Mapping[str, Row], new: Sequence[Row], reason: str, when: datetime) -> None:
    """Note products that were updated, each as it is now; a product's first update notes how it was before, too.

    `old` holds the rows as they were, by their ids. Nothing is noted of what was only created, or changed in stock.
    """
    told = {row["id"]: row for row in new if bulk.differ(old[row["external_id"]], row, _TELLING)}
    if not told:
        return
    known = set(_HISTORY._default_manager.filter(id__in=told).values_list("id", flat=True).distinct())
    first = [old[row["external_id"]] for pk, row in told.items() if pk not in known]
    bulk.insert(
        _HISTORY,
        [
            *(_line(row) | {"history_type": "+", "history_date": row["created_at"]} for row in first),
            *(_line(row) | {"history_change_reason": reason[:100], "history_date": when} for row in told.values()),
        ],
    )


def _line(row: Row) -> Row:
    """Return a history's row that says how the product is; who asked for a run stands on the run."""
    return {name: row[name] for name in _TRACKED} | {
        "history_type": "~",
        "history_change_reason": None,
        "history_user_id": None,
    }
