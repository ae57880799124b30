"""Neutral records as JSON and back, without loss: what a category asks, how far a publication is.

Amounts are written as text, empty values are left out, and names that a record does not know (any more) are ignored,
so that rows written by another version can be read.
"""

from dataclasses import MISSING, Field, fields, is_dataclass
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

Record = TypeVar("Record")


def plain(value: Any) -> Any:
    """Return a record, or what stands in one, as JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: plain(said)
            for field in fields(value)
            if (said := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


def record(kind: type[Record], data: dict[str, Any]) -> Record:
    """Return the record that was written as `data`."""
    hints = _hints(kind)  # type: ignore[arg-type]  # a class is hashable
    return kind(**{name: _read(hints[name], item) for name, item in data.items() if name in hints})


def _default(field: "Field[Any]") -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any) -> Any:
    origin, args = get_origin(hint), get_args(hint)
    if value is None or hint is Any:
        return value
    if origin is UnionType:  # X | None
        return _read(next(arg for arg in args if arg is not NoneType), value)
    if origin is tuple:
        if len(args) == 2 and args[1] is ...:
            return tuple(_read(args[0], item) for item in value)
        return tuple(_read(arg, item) for arg, item in zip(args, value, strict=False))
    if origin is dict:
        return {name: _read(args[1], item) for name, item in value.items()}
    if hint is Decimal:
        return Decimal(value)
    return record(hint, value) if isinstance(hint, type) and is_dataclass(hint) else value
