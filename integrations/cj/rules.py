"""What a parameter of CJ's may be: each rule returns the value as it travels, or raises Invalid.

The error names the parameter, the limit and the value given; a `Secret` is never shown.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

from django.utils.translation import gettext as _

from accounts.secrets import Secret
from integrations.errors import Invalid
from integrations.wire import File

_SHOWN = 60  # characters of a wrong value that its error repeats


class Rule(Protocol):
    """What one parameter may be."""

    @property
    def required(self) -> bool:
        """Tell whether the parameter has to be given."""
        ...

    def wire(self, name: str, value: Any) -> Any:
        """Return the value as it travels, or raise Invalid."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text; `longest` in characters, None where the printed length is no limit."""

    longest: int | None = 200
    required: bool = False
    pattern: str = ""
    form: str = ""  # the pattern in words

    def wire(self, name: str, value: Any) -> str | Secret:
        """Return the text; a Secret stays one and is shown nowhere."""
        shown = value if isinstance(value, Secret) else _short(value)
        plain = value.reveal() if isinstance(value, Secret) else value
        if not isinstance(plain, str) or not _is_clean(plain):
            raise Invalid(_("%(name)s must be a text, but is %(value)s.") % {"name": name, "value": shown})
        if self.longest is not None and len(plain) > self.longest:
            raise Invalid(
                _("%(name)s may have at most %(limit)s characters, but %(value)s has %(length)s.")
                % {"name": name, "limit": self.longest, "value": shown, "length": len(plain)}
            )
        if self.pattern and not re.fullmatch(self.pattern, plain):
            raise Invalid(
                _("%(name)s must look like %(form)s, but is %(value)s.")
                % {"name": name, "form": self.form, "value": shown}
            )
        return value if isinstance(value, Secret) else plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number in a range; no `high`: no documented end."""

    low: int = 0
    high: int | None = None
    required: bool = False

    def wire(self, name: str, value: Any) -> int:
        """Return the number."""
        if isinstance(value, str) and re.fullmatch(r"-?\d{1,18}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Invalid(
                _("%(name)s must be a whole number, but is %(value)s.") % {"name": name, "value": _short(value)}
            )
        if self.high is not None and not self.low <= value <= self.high:
            raise Invalid(
                _("%(name)s must be between %(low)s and %(high)s, but is %(value)s.")
                % {"name": name, "low": self.low, "high": self.high, "value": _short(value)}
            )
        if value < self.low:
            raise Invalid(
                _("%(name)s must be at least %(low)s, but is %(value)s.")
                % {"name": name, "low": self.low, "value": _short(value)}
            )
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A decimal that is not negative, in USD; never sent as a float."""

    required: bool = False

    def wire(self, name: str, value: Any) -> str:
        """Return the amount in plain digits."""
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite() or value < 0:
            raise Invalid(
                _("%(name)s must be an amount of at least 0, but is %(value)s.")
                % {"name": name, "value": _short(value)}
            )
        return format(value, "f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a list of documented values."""

    values: tuple[int | str, ...]
    required: bool = False

    def wire(self, name: str, value: Any) -> int | str:
        """Return the value in the type that is documented; True and False stand for 1 and 0."""
        for allowed in self.values:
            if str(int(value) if isinstance(value, bool) else value) == str(allowed):
                return allowed
        raise Invalid(
            _("%(name)s must be one of %(values)s, but is %(value)s.")
            % {"name": name, "values": ", ".join(map(str, self.values)), "value": _short(value)}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """true or false, as words."""

    required: bool = False

    def wire(self, name: str, value: Any) -> str:
        """Return the word."""
        word = str(value).lower()
        if word not in ("true", "false"):
            raise Invalid(
                _("%(name)s must be true or false, but is %(value)s.") % {"name": name, "value": _short(value)}
            )
        return word


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """A list of texts. In a query it travels joined by commas (cj.md §13), in a body as a list."""

    values: tuple[str, ...] = ()  # empty: any
    most: int | None = None
    longest: int | None = None  # of the joined text
    required: bool = False
    joined: bool = True

    def wire(self, name: str, value: Any) -> str | list[str]:
        """Return the list as it travels."""
        if not isinstance(value, str | list | tuple):
            value = [value]
        items = [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)
        items = [item for item in items if item]
        for item in items:
            if not isinstance(item, str) or not _is_clean(item) or (self.joined and "," in item):
                raise Invalid(
                    _("%(name)s must be a list of texts, but holds %(value)s.") % {"name": name, "value": _short(item)}
                )
            if self.values and item not in self.values:
                raise Invalid(
                    _("%(name)s may hold only %(values)s, but holds %(value)s.")
                    % {"name": name, "values": ", ".join(self.values), "value": _short(item)}
                )
        if self.most is not None and len(items) > self.most:
            raise Invalid(
                _("%(name)s may hold at most %(limit)s items, but holds %(length)s.")
                % {"name": name, "limit": self.most, "length": len(items)}
            )
        if self.longest is not None and len(",".join(items)) > self.longest:
            raise Invalid(
                _("%(name)s may have at most %(limit)s characters, but %(value)s has %(length)s.")
                % {"name": name, "limit": self.longest, "value": _short(value), "length": len(",".join(items))}
            )
        return ",".join(items) if self.joined else items


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list of records in a body, each with rules of its own; errors name a place such as products[0].quantity."""

    rules: Mapping[str, Rule]
    most: int | None = None
    required: bool = False

    def wire(self, name: str, value: Any) -> list[dict[str, Any]]:
        """Return the records as they travel."""
        if not isinstance(value, list | tuple) or not all(isinstance(each, Mapping) for each in value):
            raise Invalid(
                _("%(name)s must be a list of records, but is %(value)s.") % {"name": name, "value": _short(value)}
            )
        if self.most is not None and len(value) > self.most:
            raise Invalid(
                _("%(name)s may hold at most %(limit)s items, but holds %(length)s.")
                % {"name": name, "limit": self.most, "length": len(value)}
            )
        return [wired(self.rules, each, within=f"{name}[{place}].") for place, each in enumerate(value)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file of a form; its size is documented nowhere, empty it can't be."""

    required: bool = False

    def wire(self, name: str, value: Any) -> File:
        """Return the file."""
        if not isinstance(value, File) or not value.content:
            raise Invalid(_("%(name)s must be a file that is not empty.") % {"name": name})
        return value


def wired(rules: Mapping[str, Rule], params: Mapping[str, Any], *, within: str = "", whole: str = "") -> dict[str, Any]:
    """Return parameters as they travel; None and empty ones are left out.

    Raise Invalid, its `field` set, for the first that breaks its rule, has none, or is missing. `within` is written
    before the names, `whole` is what has these parameters.
    """
    found: dict[str, Any] = {}
    for name, value in params.items():
        shown, rule = f"{within}{name}", rules.get(name)
        if rule is None:
            raise Invalid(
                _("%(name)s is no parameter of CJ's %(path)s.") % {"name": shown, "path": whole or within.rstrip(".")},
                field=shown,
            )
        if not is_empty(value):
            try:
                found[name] = rule.wire(shown, value)
            except Invalid as problem:
                problem.field = problem.field or shown
                raise
    for name, rule in rules.items():
        if rule.required and name not in found:
            shown = f"{within}{name}"
            raise Invalid(_("%(name)s is required and must not be empty.") % {"name": shown}, field=shown)
    return found


def is_empty(value: Any) -> bool:
    """Tell whether there is nothing to send."""
    if isinstance(value, Secret):
        return not value
    return value is None or (isinstance(value, str | list | tuple) and not value)


def _is_clean(value: str) -> bool:
    """Tell whether a text can be sent: half characters can't."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)


def _short(value: Any) -> str:
    if isinstance(value, Iterable) and not isinstance(value, str):
        value = ", ".join(map(str, value))
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "1e60"
    written = str(value).encode(errors="replace").decode()
    return f"“{written}”" if len(written) <= _SHOWN else f"“{written[:_SHOWN]}…”"
