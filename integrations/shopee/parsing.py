"""Read what Shopee may send: pure functions that raise nothing.

Ids come as numbers or texts, 0 often means "none"; weights as text in kg, sizes in cm, times as Unix seconds, lists as
null. What is no habit of Shopee's own is in `integrations/parsing.py`, and can be had from here.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.parsing import (
    MEASURE_LIMIT,
    MONEY_LIMIT,
    MONEY_PLACES,
    Notes,
    UnreadableRecord,
    flag,
    ident,
    integer,
    mapping,
    number,
    storable,
    text,
    texts,
    when,
)

__all__ = [
    "Notes",
    "UnreadableRecord",
    "amount",
    "expiry",
    "flag",
    "grams",
    "ident",
    "integer",
    "known_id",
    "listed",
    "mapping",
    "millimeters",
    "moment",
    "number",
    "records",
    "storable",
    "text",
    "texts",
]

EPOCH_FROM = 1_000_000_000  # an `expire_in` above this is a point in time, not a number of seconds


def known_id(value: object) -> str:
    """Return an id as text; 0 is empty, as in `linked_main_shop_id`. For ids of which 0 is one, such as a brand's, use
    `ident`."""
    found = ident(value)
    return "" if found == "0" else found


def moment(value: object, notes: Notes | None = None, field: str = "") -> datetime | None:
    """Return a time from Unix seconds, aware, in UTC; 0 means that there is none."""
    return None if number(value) == 0 else when(value, notes, field)


def expiry(value: object, *, now: datetime) -> datetime | None:
    """Return when a token expires from its `expire_in`: seconds from now, in some answers a point in time."""
    seconds = number(value)
    if seconds is None or seconds <= 0:
        return None
    return when(value) if seconds > EPOCH_FROM else now + timedelta(seconds=float(seconds))


def amount(value: object, notes: Notes | None = None, field: str = "") -> Decimal | None:
    """Return an amount of money, not negative, in the currency that stands elsewhere."""
    found = _measured(value, MONEY_LIMIT, notes, field)
    return None if found is None else found.quantize(MONEY_PLACES)


def grams(value: object, notes: Notes | None = None, field: str = "") -> Decimal | None:
    """Return a weight in grams; Shopee writes kilograms, as text in answers."""
    found = _measured(value, MEASURE_LIMIT / 1000, notes, field)
    return None if found is None else found * 1000


def millimeters(value: object, notes: Notes | None = None, field: str = "") -> Decimal | None:
    """Return a length in millimeters; Shopee writes centimeters."""
    found = _measured(value, MEASURE_LIMIT / 10, notes, field)
    return None if found is None else found * 10


def listed(value: object) -> list[Any]:
    """Return a list; null and whatever is none are empty."""
    return value if isinstance(value, list) else []


def records(value: object) -> list[dict[str, Any]]:
    """Return the objects of a list."""
    return [row for row in listed(value) if isinstance(row, dict)]


def _measured(value: object, limit: Decimal, notes: Notes | None, field: str) -> Decimal | None:
    if value is None or value == "":
        return None
    found = number(value)
    if found is None or not 0 <= found < limit - 1:
        if notes:
            notes.add(field, "unreadable" if found is None else "out-of-range")
        return None
    return found
