"""What Shopee documents about its parameters: each function returns the value as it travels, or raises Invalid.

The error names the parameter, the limit and the value given.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import Invalid

Id = int | str  # ids are numbers on the wire and text with us
Body = Mapping[str, Any]

MOST_PARTY = 4_294_967_295  # partner, shop, merchant and main account: the gateway refuses more
MOST_ID = 2**63 - 1
_SHOWN = 60  # characters of a wrong value that its error repeats


def whole(name: str, value: object, *, low: int = 0, high: int = MOST_ID) -> int:
    """Return a whole number in a range, given as number or digits."""
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value, re.ASCII):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise Invalid(
            _("%(name)s must be a whole number, but is %(value)s.") % {"name": name, "value": _short(value)}, field=name
        )
    if not low <= value <= high:
        raise Invalid(
            _("%(name)s must be between %(low)s and %(high)s, but is %(value)s.")
            % {"name": name, "low": low, "high": high, "value": _short(value)},
            field=name,
        )
    return value


def party(name: str, value: object) -> int:
    """Return the id of a partner, shop, merchant or main account: 0 to 4294967295."""
    return whole(name, value, high=MOST_PARTY)


def ids(name: str, values: Sequence[Id], *, most: int) -> str:
    """Return 1 to `most` ids joined by commas, as Shopee takes them in a query."""
    return ",".join(str(whole(name, value)) for value in several(name, values, most=most))


def several(name: str, values: Sequence[Any], *, most: int, least: int = 1) -> list[Any]:
    """Return a list of `least` to `most` items."""
    if isinstance(values, str) or not least <= len(values) <= most:
        raise Invalid(
            _("%(name)s must hold %(low)s to %(high)s items, but holds %(length)s.")
            % {"name": name, "low": least, "high": most, "length": 1 if isinstance(values, str) else len(values)},
            field=name,
        )
    return list(values)


def rows(name: str, values: Sequence[Body], *required: str, most: int = 50) -> list[Body]:
    """Return 1 to `most` objects of which each holds what is required."""
    found = several(name, values, most=most)
    for position, row in enumerate(found):
        filled(row, *required, within=f"{name}[{position}].")
    return found


def filled(body: Body, *required: str, within: str = "") -> Body:
    """Return a body that holds something under each of these names; "a.b" is b inside a. 0 and False are something."""
    for path in required:
        value: Any = body
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is None or value == "" or (isinstance(value, Sequence) and path.endswith("_id_list") and not value):
            raise missing(within + path)
    return body


def missing(name: str) -> Invalid:
    """Return the error that something required was not given."""
    return Invalid(_("%(name)s is required and must not be empty.") % {"name": name}, field=name)


def exactly_one(**named: Id | None) -> dict[str, int]:
    """Return the one id that is given; more than one, or none, is refused."""
    given = {name: value for name, value in named.items() if value is not None and value != ""}
    if len(given) != 1:
        raise Invalid(
            _("Give exactly one of %(names)s, not %(given)s.")
            % {"names": ", ".join(named), "given": ", ".join(given) or _("none")},
            field=next(iter(given or named)),
        )
    return {name: party(name, value) for name, value in given.items()}


def choice(name: str, value: Any, allowed: Sequence[Any]) -> Any:
    """Return one of the documented values."""
    if value not in allowed:
        raise Invalid(
            _("%(name)s must be one of %(values)s, but is %(value)s.")
            % {"name": name, "values": ", ".join(map(str, allowed)), "value": _short(value)},
            field=name,
        )
    return value


def text(name: str, value: str) -> str:
    """Return a text that is not empty."""
    if not isinstance(value, str) or not value.strip():
        raise missing(name)
    return value


def updated_between(start: datetime | None, end: datetime | None) -> dict[str, int]:
    """Return a window of update times, aware, as Unix seconds; both ends or none."""
    if start is None and end is None:
        return {}
    for name, value in (("update_time_from", start), ("update_time_to", end)):
        if value is None:
            raise missing(name)
        if value.tzinfo is None:
            raise Invalid(_("%(name)s must have a time zone.") % {"name": name}, field=name)
    assert start is not None
    assert end is not None
    if start > end:
        raise Invalid(
            _("%(low)s (%(low_value)s) must not be greater than %(high)s (%(high_value)s).")
            % {"low": "update_time_from", "low_value": start, "high": "update_time_to", "high_value": end},
            field="update_time_from",
        )
    return {"update_time_from": int(start.timestamp()), "update_time_to": int(end.timestamp())}


def _short(value: object) -> str:
    written = str(value) if not isinstance(value, int) or abs(value) < 10**_SHOWN else "1e60"
    written = written.encode(errors="replace").decode()
    return f"“{written}”" if len(written) <= _SHOWN else f"“{written[:_SHOWN]}…”"
