"""Fields of an order call's body: text within its length, numbers that may come as text, lists."""

from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.simulator.cj_protocol import Problem, param_error


def text(body: dict[str, Any], name: str, longest: int, *, required: bool = False) -> str:
    """Return a text; numbers are none."""
    value = body.get(name)
    if value is None or value == "":
        if required:
            raise Problem(16900403, f"{name} can not be empty")
        return ""
    if not isinstance(value, str) or len(value) > longest:
        raise param_error()
    if required and not value.strip():
        raise Problem(16900403, f"{name} can not be empty")
    return value


def number(body: dict[str, Any], name: str) -> Decimal | None:
    """Return an amount, given as number or as text; empty text is none."""
    value = body.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise param_error()
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        raise param_error() from None
    if not amount.is_finite() or amount < 0:
        raise param_error()
    return amount


def whole(body: dict[str, Any], name: str, *, low: int, high: int) -> int | None:
    """Return a whole number within its range, given as number or as text."""
    amount = number(body, name)
    if amount is None:
        return None
    if amount != int(amount) or not low <= amount <= high:
        raise param_error()
    return int(amount)


def listed(body: dict[str, Any], name: str, *, most: int) -> list[Any]:
    """Return a list that may not be empty."""
    value = body.get(name)
    if value is None or value in ("", []):
        raise Problem(16900403, f"{name} can not be empty")
    if not isinstance(value, list) or len(value) > most:
        raise param_error()
    return value


def ids(body: dict[str, Any], name: str, *, most: int) -> list[str]:
    """Return a list of ids, each once, in the order given."""
    value = listed(body, name, most=most)
    if not all(isinstance(one, str) and one for one in value):
        raise param_error()
    return list(dict.fromkeys(value))
