"""Whether the answers to a category's fields are such as it takes: required, known, of the right kind and unit."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from integrations.channels import Choice, FieldSpec, Value

from .drafting import values_of
from .findings import Finding

_DATES = {"day": ("%d/%m/%Y", "DD/MM/YYYY"), "month": ("%m/%Y", "MM/YYYY")}


def check_values(
    fields: Sequence[FieldSpec], attributes: Mapping[str, Any], *, markets: Iterable[str] = ()
) -> list[Finding]:
    """Return what is wrong with the answers: `attributes` holds by field id `Value`s, or values as they are kept.

    A field that is required in one of the `markets` only is required. A value that opens more fields has them checked.
    """
    given = {name: _values(said) for name, said in attributes.items()}
    found, asked = list[Finding](), dict[str, FieldSpec]()
    _check(fields, given, frozenset(markets), asked, found)
    for name in sorted(given.keys() - asked.keys()):
        if given[name]:
            text = _("This category does not ask for the attribute %(id)s.") % {"id": name}
            found.append(_finding(name, "unknown", text, _("Remove the answer.")))
    return found


def _values(said: Any) -> tuple[Value, ...]:
    if all(isinstance(value, Value) for value in said):
        return tuple(said)
    return values_of(list(said))


def _finding(field_id: str, rule: str, text: str, fix: str) -> Finding:
    return Finding(field=f"attributes.{field_id}", rule=rule, text=text, fix=fix)


def _check(
    fields: Sequence[FieldSpec],
    given: Mapping[str, tuple[Value, ...]],
    markets: frozenset[str],
    asked: dict[str, FieldSpec],
    found: list[Finding],
) -> None:
    for field in fields:
        asked[field.external_id] = field
        values = given.get(field.external_id, ())
        if not values and (field.required or markets & set(field.required_in)):
            found.append(_missing(field, markets))
        if len(values) > field.most:
            text = _("“%(field)s” takes at most %(most)d values, but has %(number)d.")
            words = {"field": field.label, "most": field.most, "number": len(values)}
            found.append(_finding(field.external_id, "too_many", text % words, _("Choose fewer values.")))
        choices = {choice.external_id: choice for choice in field.choices}
        for value in values:
            problem = _problem(field, choices, value)
            if problem:
                found.append(_finding(field.external_id, *problem))
            if value.external_id in choices:
                _check(choices[value.external_id].opens, given, markets, asked, found)


def _missing(field: FieldSpec, markets: frozenset[str]) -> Finding:
    where = sorted(markets & set(field.required_in))
    if field.required or not where:
        text = _("“%(field)s” is required in this category.") % {"field": field.label}
    else:
        text = _("“%(field)s” is required in %(markets)s.") % {"field": field.label, "markets": ", ".join(where)}
    return _finding(field.external_id, "required", text, _("Choose or enter a value."))


def _problem(field: FieldSpec, choices: Mapping[str, Choice], value: Value) -> tuple[str, str, str] | None:
    """Return rule, text and fix where a value is none that the field takes."""
    label = {"field": field.label, "value": value.text or value.external_id}
    if value.external_id:
        if value.external_id not in choices and not field.searchable:
            return "choice", _("“%(field)s” does not know “%(value)s”.") % label, _("Choose one of its values.")
    else:
        problem = _own_problem(field, value, label)
        if problem:
            return problem
    chosen = choices.get(value.external_id)
    return _unit_problem(field, value.unit or (chosen.unit if chosen else ""), label)


def _own_problem(field: FieldSpec, value: Value, label: Mapping[str, str]) -> tuple[str, str, str] | None:
    text = value.text.strip()
    if field.kind == "choice" and not field.own_values:
        return "choice", _("“%(field)s” takes only values of its list.") % label, _("Choose one of them.")
    if field.kind == "integer" and not re.fullmatch(r"-?\d+", text, re.ASCII):
        return "number", _("“%(field)s” must be a whole number, not “%(value)s”.") % label, _("Enter a whole number.")
    if field.kind == "decimal" and not _is_number(text):
        return "number", _("“%(field)s” must be a number, not “%(value)s”.") % label, _("Enter a number, such as 2.5.")
    if field.kind == "date":
        form, shown = _DATES.get(field.date_format, _DATES["day"])
        if not _is_date(text, form):
            words = _("“%(field)s” must be a date, not “%(value)s”.") % label
            return "date", words, _("Enter it as %(form)s.") % {"form": shown}
    return None


def _unit_problem(field: FieldSpec, unit: str, label: Mapping[str, str]) -> tuple[str, str, str] | None:
    if unit in field.units or (not unit and not field.units):
        return None
    if not field.units:
        return "unit", _("“%(field)s” has no unit.") % label, _("Leave the unit empty.")
    fix = _("Choose one: %(units)s.") % {"units": ", ".join(field.units)}
    if not unit:
        return "unit", _("“%(field)s” needs a unit.") % label, fix
    return "unit", _("“%(field)s” is not measured in “%(unit)s”.") % {**label, "unit": unit}, fix


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - a calendar's day, without a time
    except ValueError:
        return False
    return True
