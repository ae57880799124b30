"""Read what a platform may send for a number, a date, a list …: pure functions that raise nothing.

Each takes the value as it came and, where something may be odd, a `Notes` and the field's name: what can't be read
becomes None or empty and leaves a slug such as "sellPrice:unreadable". Whatever is returned can be stored: no NUL, no
lone surrogate, no NaN, lengths and ranges as the database has them.
"""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

MOST_NOTES = 20
INT_MAX = 2**31 - 1
MONEY_PLACES, MONEY_LIMIT = Decimal("0.0001"), Decimal(10) ** 14
MEASURE_PLACES, MEASURE_LIMIT = Decimal("0.01"), Decimal(10) ** 18
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_LONGEST_NUMBER = 40
_LONGEST_EMBEDDED = 500_000
_NUMBER = r"\$?\s*(\d+(?:\.\d*)?|\.\d+)"
_RANGE = re.compile(rf"^{_NUMBER}\s*(?:-{{1,2}}|–|—|~)\s*{_NUMBER}$")
_THOUSANDS = re.compile(r"^\d{1,3}(?:,\d{3})+(?:\.\d*)?$", re.ASCII)
_DIGITS = re.compile(r"^-?\d{1,19}(?:\.\d+)?$", re.ASCII)
_URLS_JOINED = re.compile(r"\s*,\s*(?=(?:https?:)?//)")
_SURROGATES = re.compile("[\ud800-\udfff]")


class UnreadableRecord(Exception):
    """A record without a usable id: it has to be set aside. The only thing that mappers raise."""

    def __init__(self, what: str, record: object) -> None:
        super().__init__(f"{what} without a usable id")
        self.record = record


class Notes:
    """What looked odd in one record: each slug once, and a bounded number of them."""

    def __init__(self) -> None:
        self._slugs: dict[str, None] = {}

    def add(self, field: str, what: str) -> None:
        """Note that a field was odd; `what` is a word such as "cut" or "unreadable"."""
        if field and len(self._slugs) < MOST_NOTES:
            self._slugs[f"{field}:{what}"] = None

    def all(self) -> tuple[str, ...]:
        """Return the slugs in the order in which they were noted."""
        return tuple(self._slugs)


def clean(value: str) -> str:
    """Return a text without what PostgreSQL refuses (NUL, lone surrogates) and without blanks around it."""
    if not value.isascii():
        value = _SURROGATES.sub("", value)
    return value.replace("\x00", "").strip()


def text(value: object, limit: int, notes: Notes | None = None, field: str = "") -> str:
    """Return a text of at most `limit` characters; numbers are taken as text, null and other shapes as empty."""
    match value:
        case None:
            return ""
        case str():
            found = clean(value)
        case bool():
            found = ""
        case int() | float() | Decimal():
            found = _number_text(value)
        case _:
            found = ""
    if not found and not isinstance(value, str) and notes:
        notes.add(field, "unreadable")
    if len(found) > limit:
        if notes:
            notes.add(field, "cut")
        found = found[:limit].rstrip()
    return found


def ident(value: object, limit: int = 64) -> str:
    """Return an id as text without braces around it; empty where it can't be one (a cut id would be another's)."""
    if isinstance(value, str):
        found = clean(value)
        if found[:1] == "{" and found[-1:] == "}":
            found = found[1:-1].strip()
    elif isinstance(value, int) and not isinstance(value, bool):
        found = _number_text(value)
    elif isinstance(value, float | Decimal) and (whole := integral(value)) is not None:
        found = str(whole)
    else:
        found = ""
    return found if len(found) <= limit else ""


def integral(value: float | Decimal) -> int | None:
    """Return the whole number that a number of JSON is exactly, such as 12.0; None for any other."""
    if isinstance(value, float):
        return int(value) if abs(value) < 2**53 and value.is_integer() else None
    if not value.is_finite() or abs(value.adjusted()) >= _LONGEST_NUMBER:
        return None
    return int(value) if value == value.to_integral_value() else None


def number(value: object) -> Decimal | None:
    """Return a finite number written as number or text, else None."""
    if isinstance(value, bool) or value is None:
        return None
    written = value.strip().removeprefix("$").strip() if isinstance(value, str) else ""
    if isinstance(value, int | float | Decimal):
        written = _number_text(value)
    if not written or len(written) > _LONGEST_NUMBER or "_" in written:
        return None
    if _THOUSANDS.match(written):
        written = written.replace(",", "")
    try:
        found = Decimal(written)
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found.adjusted()) < _LONGEST_NUMBER else None


def measures(value: object, notes: Notes | None = None, field: str = "") -> tuple[Decimal | None, Decimal | None]:
    """Return a measure as (low, high), equal where it is no range ("280.00-1900.00" is one)."""
    return range_of(value, MEASURE_PLACES, MEASURE_LIMIT, notes, field)


def measure(value: object, notes: Notes | None = None, field: str = "") -> Decimal | None:
    """Return one measure; of a range the upper end, since freight is paid for it."""
    return range_of(value, MEASURE_PLACES, MEASURE_LIMIT, notes, field)[1]


def integer(value: object, notes: Notes | None = None, field: str = "") -> int | None:
    """Return a count of 0 to 2³¹-1, written as number or text ("285", "12.0"); anything else is None."""
    if value is None or value == "":
        return None
    found = number(value)
    if found is None or found != found.to_integral_value():
        if notes:
            notes.add(field, "unreadable")
        return None
    if not 0 <= found <= INT_MAX:
        if notes:
            notes.add(field, "out-of-range")
        return None
    return int(found)


def flag(value: object) -> bool | None:
    """Return a yes or no written as boolean, 0, 1, or either as text; anything else is None."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"1": True, "true": True, "0": False, "false": False}.get(value.strip().lower())
    if isinstance(value, int | float | Decimal) and value in (0, 1):
        return bool(value)
    return None


def when(value: object, notes: Notes | None = None, field: str = "") -> datetime | None:
    """Return a time from ISO text (without a zone: UTC), or epoch seconds or milliseconds as number or text."""
    if value is None or value == "":
        return None
    found: datetime | None = None
    written = value.strip() if isinstance(value, str) else ""
    if not isinstance(value, str) and (said := number(value)) is not None and abs(said) < 10**15:
        written = f"{said:f}"
    try:
        if _DIGITS.match(written):
            seconds = float(written)
            found = datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= 10**11 else seconds, tz=UTC)
        elif written:
            found = datetime.fromisoformat(written)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        found = None
    if found is None or not EARLIEST <= found <= LATEST:
        if notes:
            notes.add(field, "unreadable" if found is None else "out-of-range")
        return None
    return found


def embedded(value: object) -> Any:
    """Return JSON that came inside a text; anything else as it came."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{") and len(value) <= _LONGEST_EMBEDDED:
        try:
            return json.loads(value, parse_float=Decimal, parse_constant=lambda _: None)
        except (ValueError, RecursionError):
            return value
    return value


def mapping(value: object) -> dict[str, Any]:
    """Return an object, also from JSON text or from a list of one; empty where it is none."""
    value = embedded(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Any] | None:
    """Return a list, also from JSON text, or of one where an object came alone; None where nothing was said."""
    value = embedded(value)
    if isinstance(value, dict):
        return [value] if value else []
    return value if isinstance(value, list) else None


def texts(value: object, limit: int, most: int = 50, notes: Notes | None = None, field: str = "") -> tuple[str, ...]:
    """Return the texts of a list, a JSON array in a text, or a bare text; without the empty ones and doubles."""
    value = embedded(value)
    items = value if isinstance(value, list) else [] if value is None else [value]
    found = dict.fromkeys(text(item, limit, notes, field) for item in items[: most * 2])
    found.pop("", None)
    if notes and len(found) > most:
        notes.add(field, "cut")
    return tuple(found)[:most]


def urls(value: object, most: int = 100, notes: Notes | None = None, field: str = "") -> tuple[str, ...]:
    """Return the web addresses of a list, a JSON array in a text, a comma list, or a single one; each once."""
    value = embedded(value)
    items: Iterable[Any] = value if isinstance(value, list) else [value]
    found: dict[str, None] = {}
    for item in items:
        if not isinstance(item, str):
            if item is not None and notes:
                notes.add(field, "unreadable")
            continue
        for part in _URLS_JOINED.split(item):
            address = clean(part).strip(",")
            address = f"https:{address}" if address.startswith("//") else address
            if address.lower().startswith(("https://", "http://")) and len(address) <= 1000 and " " not in address:
                found[address] = None
            elif address and notes:
                notes.add(field, "unreadable")
    if notes and len(found) > most:
        notes.add(field, "cut")
    return tuple(found)[:most]


def storable(value: object, *, longest: int = 1000, most: int = 50, depth: int = 3) -> Any:
    """Return data as it came, bounded and fit for a JSON column: what is too deep or no JSON becomes None."""
    match value:
        case None | bool():
            return value
        case str():
            return clean(value)[:longest]
        case int():
            return value if abs(value) < 2**63 else None
        case float():
            return value if value == value and abs(value) < 10**300 else None
        case Decimal():
            return _number_text(value) if value.is_finite() else None
        case list() | tuple() if depth:
            return [storable(item, longest=longest, most=most, depth=depth - 1) for item in value[:most]]
        case dict() if depth:
            items = list(value.items())[:most]
            return {clean(str(k))[:100]: storable(v, longest=longest, most=most, depth=depth - 1) for k, v in items}
    return None


def first(row: dict[str, Any], *names: str) -> Any:
    """Return the first of several names that holds something; platforms have two or three names for many things."""
    for name in names:
        value = row.get(name)
        if value is not None and value != "":
            return value
    return None


def range_of(
    value: object, places: Decimal, limit: Decimal, notes: Notes | None, field: str
) -> tuple[Decimal | None, Decimal | None]:
    """Return a number or a range of numbers as (low, high), not negative, rounded to `places` and below `limit`."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None, None
    joined = _RANGE.match(value.strip()) if isinstance(value, str) and len(value) <= 2 * _LONGEST_NUMBER else None
    found = [number(part) for part in joined.groups()] if joined else [number(value)]
    known = sorted(each for each in found if each is not None)
    if len(known) < len(found):
        if notes:
            notes.add(field, "unreadable")
        return None, None
    if known[0] < 0 or known[-1] >= limit - 1:
        if notes:
            notes.add(field, "out-of-range")
        return None, None
    return known[0].quantize(places), known[-1].quantize(places)


def _number_text(value: float | Decimal) -> str:
    if isinstance(value, int) and abs(value) >= 10**_LONGEST_NUMBER:
        return ""  # no id and no amount has so many digits, and Python refuses to write some thousand of them
    return str(value)
