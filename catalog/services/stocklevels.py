"""Stock levels: what differs from what we have, and how it is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from catalog.models import StockLevel
from integrations.contracts import StockData

from . import bulk, columns
from .bulk import Row

_COLUMNS = ["country_code", "warehouse_id", "total", "cj", "factory", "is_verified"]


def compare(
    variant: Row,
    said: Sequence[StockData],
    old: Mapping[str, Row],
    warehouses: Mapping[str, int],
    when: datetime,
    oddities: list[str],
) -> tuple[list[Row], list[int]]:
    """Return the rows to write, and the keys of those to drop because the supplier names these places no longer.

    `old` are our rows by place, `warehouses` our warehouses by the supplier's ids. The first of two rows of one place
    counts; the other is named in `oddities`.
    """
    wanted: dict[str, Row] = {}
    for row in said:
        place = columns.place_of(row)
        if place in wanted:
            oddities.append("stock:place_twice")
            continue
        wanted[place] = columns.stock_columns(row, oddities) | {
            "variant_id": variant,
            "place": place,
            "warehouse_id": warehouses.get(row.warehouse_id),
            "observed_at": when,
        }
    return (
        [new for place, new in wanted.items() if place not in old or bulk.differ(old[place], new, _COLUMNS)],
        [level["id"] for place, level in old.items() if place not in wanted],
    )


def save(levels: Sequence[Row]) -> None:
    """Write the rows."""
    bulk.upsert(StockLevel, levels, unique=["variant_id", "place"], update=[*_COLUMNS, "observed_at"])
