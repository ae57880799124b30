"""Read what CJ may send for a price, a name, a path …: pure functions that raise nothing (cj.md §5-§8, §13).

What is no habit of CJ's own is in `integrations/parsing.py`, and can be had from here.
"""

from html import unescape

from integrations.contracts import PriceRange
from integrations.parsing import (
    EARLIEST,
    INT_MAX,
    LATEST,
    MEASURE_LIMIT,
    MEASURE_PLACES,
    MONEY_LIMIT,
    MONEY_PLACES,
    MOST_NOTES,
    Notes,
    UnreadableRecord,
    clean,
    embedded,
    first,
    flag,
    ident,
    integer,
    integral,
    mapping,
    measure,
    measures,
    number,
    range_of,
    rows,
    storable,
    text,
    texts,
    urls,
    when,
)

__all__ = [
    "EARLIEST",
    "INT_MAX",
    "LATEST",
    "MEASURE_LIMIT",
    "MEASURE_PLACES",
    "MONEY_LIMIT",
    "MONEY_PLACES",
    "MOST_NOTES",
    "Notes",
    "UnreadableRecord",
    "clean",
    "embedded",
    "first",
    "flag",
    "ident",
    "integer",
    "integral",
    "mapping",
    "measure",
    "measures",
    "money",
    "number",
    "path_parts",
    "range_of",
    "rows",
    "split_options",
    "storable",
    "text",
    "texts",
    "title",
    "urls",
    "when",
]


def title(value: object, limit: int, notes: Notes | None = None, field: str = "") -> str:
    """Return a name as a text. CJ writes some as for a page, once or twice over: "Gift Idea &amp;amp; More"."""
    return text(unescape(unescape(value)) if isinstance(value, str) else value, limit, notes, field)


def money(value: object, notes: Notes | None = None, field: str = "") -> PriceRange | None:
    """Return a price or a range of prices ("3.63-14.58", "11.16 -- 12.28") in USD; empty and null are None."""
    low, high = range_of(value, MONEY_PLACES, MONEY_LIMIT, notes, field)
    return None if low is None or high is None else PriceRange(low=low, high=high)


def path_parts(value: object) -> tuple[str, ...]:
    """Return the names of a category path, joined by " > ", " / " or "/" (names themselves may hold a slash)."""
    whole = text(value, 2000)
    joint = next((joint for joint in (" > ", ">", " / ", "/") if joint in whole), "")
    return tuple(part.strip() for part in whole.split(joint) if part.strip()) if joint else ((whole,) if whole else ())


def split_options(value: object, expected: int) -> tuple[str, ...]:
    """Return a variant's options: a JSON array, or a text joined by hyphens where that gives the expected number.

    Values may hold hyphens themselves: where the count does not fit, the text is kept whole.
    """
    value = embedded(value)
    if isinstance(value, list):
        return texts(value, 100, 10)
    whole = text(value, 300)
    parts = tuple(part.strip() for part in whole.split("-"))
    if 1 < expected == len(parts) <= 10 and all(parts):
        return parts
    return (whole,) if whole else ()
