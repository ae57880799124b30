"""Pages that go on after the last row seen, by an opaque cursor (Shopee: cursor, more, next_cursor)."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from integrations.simulator.shopee_protocol import Problem

Row = TypeVar("Row")
Key = Callable[[Row], tuple[float, str]]


def page(
    rows: Iterable[Row], cursor: str, size: int, key: Key[Row], *, ascending: bool = True
) -> tuple[list[Row], bool, str]:
    """Return one page, whether there is more, and the cursor that leads there, empty at the end."""
    ordered = sorted(rows, key=key, reverse=not ascending)
    if cursor:
        seen = _read(cursor)
        ordered = [row for row in ordered if (key(row) > seen if ascending else key(row) < seen)]
    found, more = ordered[:size], len(ordered) > size
    return found, more, _written(key(found[-1])) if more else ""


def _written(key: tuple[float, str]) -> str:
    return base64.urlsafe_b64encode(f"{key[0]!r}|{key[1]}".encode()).decode()


def _read(cursor: str) -> tuple[float, str]:
    try:
        number, _, text = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
        return float(number), text
    except (ValueError, binascii.Error):
        raise Problem("error_param", "Wrong parameters, detail: cursor is invalid.") from None


def text(value: Any) -> str:
    """Return a cursor from a body, refused where it is no text."""
    if value is not None and not isinstance(value, str):
        raise Problem("error_param", "Wrong parameters, detail: cursor should be string.")
    return value or ""
