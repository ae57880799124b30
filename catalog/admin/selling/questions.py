"""The form of a category, drawn from what the platform says it asks; the answers that a person gave in it.

A question's inputs are named after its id: `a_<id>` the choice (repeated where several may be given), `a_<id>_own`
what is written freely, `a_<id>_unit` its unit, `a_<id>_text` what is looked for. A value that a search has found and
that the category does not list carries its words with it: `<id>=<words>`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from integrations.channels import Choice, FieldSpec

from .words import anchor

MOST_BOXES = 12  # choices that are shown as boxes where several may be given; more stand in a list
_DAY, _MONTH = re.compile(r"(\d{4})-(\d\d)-(\d\d)"), re.compile(r"(\d{4})-(\d\d)")

Kept = Mapping[str, Sequence[Mapping[str, str]]]  # field id → values, as a listing keeps them


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    value: str
    label: str
    chosen: bool


@dataclass(slots=True, kw_only=True)
class Question:
    """One attribute as it is drawn."""

    spec: FieldSpec
    name: str
    anchor: str
    look: str  # select | boxes | list | none
    own: str  # text | number | date | month | lines | none
    required: bool
    markets: str = ""  # where it is required although it is optional elsewhere
    options: list[Option] = field(default_factory=list)
    own_text: str = ""
    unit: str = ""
    asks_more: bool = False  # some of its choices open further questions
    below: list["Question"] = field(default_factory=list)
    notes: list[Any] = field(default_factory=list)


def questions_of(
    fields: Sequence[FieldSpec],
    kept: Kept,
    *,
    markets: Iterable[str] = (),
    found: Mapping[str, Sequence[Choice]] | None = None,
    notes: Mapping[str, list[Any]] | None = None,
) -> list[Question]:
    """Draw a category's questions with the answers that are kept; required ones first.

    `markets` are those of the shops that it is sold in, `found` values that a search brought by field id, `notes` what
    is to be said at a field, by its anchor.
    """
    here, found, notes = frozenset(markets), found or {}, notes or {}
    drawn = [_question(spec, kept, here, found, notes) for spec in fields]
    return sorted(drawn, key=lambda question: not (question.required or question.markets))


def _question(
    spec: FieldSpec,
    kept: Kept,
    markets: frozenset[str],
    found: Mapping[str, Sequence[Choice]],
    notes: Mapping[str, list[Any]],
) -> Question:
    values = list(kept.get(spec.external_id, ()))
    chosen = {value.get("external_id", "") for value in values} - {""}
    own = [value for value in values if not value.get("external_id")]
    place = anchor(f"attributes.{spec.external_id}")
    question = Question(
        spec=spec,
        name=f"a_{spec.external_id}",
        anchor=place,
        look=_look(spec),
        own=_own_input(spec),
        required=spec.required,
        markets="" if spec.required else ", ".join(sorted(markets & set(spec.required_in))),
        options=_options(spec, values, chosen, found.get(spec.external_id, ())),
        own_text=_for_input(spec, own),
        unit=next((value.get("unit", "") for value in own), ""),
        asks_more=any(choice.opens for choice in spec.choices),
        notes=notes.get(place, []),
    )
    opened = [child for choice in spec.choices if choice.external_id in chosen for child in choice.opens]
    question.below = questions_of(opened, kept, markets=markets, found=found, notes=notes)
    return question


def _look(spec: FieldSpec) -> str:
    if not spec.choices and not spec.searchable:
        return "none"
    if spec.most == 1:
        return "select"
    return "boxes" if len(spec.choices) <= MOST_BOXES else "list"


def _own_input(spec: FieldSpec) -> str:
    if spec.kind == "choice" and not spec.own_values:
        return "none"
    if (spec.choices or spec.searchable) and not spec.own_values:
        return "none"
    if spec.most > 1:
        return "lines"
    if spec.kind == "date":
        return "month" if spec.date_format == "month" else "date"
    return "number" if spec.kind in ("integer", "decimal") else "text"


def _options(
    spec: FieldSpec, values: Sequence[Mapping[str, str]], chosen: set[str], found: Sequence[Choice]
) -> list[Option]:
    listed = {choice.external_id for choice in spec.choices}
    options = [
        Option(
            value=choice.external_id,
            label=f"{choice.label} {choice.unit}".strip(),
            chosen=choice.external_id in chosen,
        )
        for choice in spec.choices
    ]
    for value in values:  # found by an earlier search
        external_id, text = value.get("external_id", ""), value.get("text", "")
        if external_id and external_id not in listed:
            listed.add(external_id)
            options.append(Option(value=f"{external_id}={text}", label=text or external_id, chosen=True))
    for choice in found:
        if choice.external_id not in listed:
            listed.add(choice.external_id)
            options.append(Option(value=f"{choice.external_id}={choice.label}", label=choice.label, chosen=False))
    return options


def _for_input(spec: FieldSpec, own: Sequence[Mapping[str, str]]) -> str:
    """Return what was written freely as its input takes it: dates as browsers write them."""
    texts = [value.get("text", "") for value in own]
    if spec.kind != "date" or spec.most > 1:
        return "\n".join(texts)
    parts = (texts[0] if texts else "").split("/")
    return "-".join(reversed(parts))


def answers_in(fields: Sequence[FieldSpec], posted: QueryDict) -> dict[str, list[dict[str, str]]]:
    """Read the answers of a form, those of opened questions too; what is empty is left out."""
    read: dict[str, list[dict[str, str]]] = {}
    for spec in fields:
        values = _values(spec, posted)
        if values:
            read[spec.external_id] = values
        chosen = {value["external_id"] for value in values}
        for choice in spec.choices:
            if choice.external_id in chosen:
                read |= answers_in(choice.opens, posted)
    return read


def _values(spec: FieldSpec, posted: QueryDict) -> list[dict[str, str]]:
    name, known = f"a_{spec.external_id}", {choice.external_id: choice for choice in spec.choices}
    values: list[dict[str, str]] = []
    for given in posted.getlist(name):
        external_id, _equals, text = given.partition("=")
        choice = known.get(given)
        if choice:
            values.append({"external_id": given, "text": choice.label, "unit": choice.unit})
        elif external_id:
            values.append({"external_id": external_id, "text": text, "unit": ""})
    own = posted.get(f"{name}_own", "").strip()
    lines = own.splitlines() if spec.most > 1 else [own]
    texts = [_from_input(spec, line.strip()) for line in lines if line.strip()]
    if texts and spec.most == 1:
        values = []  # what is written counts more than what is chosen
    unit = posted.get(f"{name}_unit", "") if spec.units else ""
    return [*values, *({"external_id": "", "text": text, "unit": unit} for text in texts)]


def _from_input(spec: FieldSpec, text: str) -> str:
    if spec.kind != "date":
        return text
    day, month = _DAY.fullmatch(text), _MONTH.fullmatch(text)
    if spec.date_format == "month":
        given = month or day
        return f"{given[2]}/{given[1]}" if given else text
    return f"{day[3]}/{day[2]}/{day[1]}" if day else text


def searched(fields: Sequence[FieldSpec], posted: QueryDict) -> tuple[str, str]:
    """Return the id of the field that a value is looked for, and the words; empty where none is."""
    asked = posted.get("do", "")
    field_id = asked.removeprefix("find:") if asked.startswith("find:") else ""
    known = {spec.external_id for spec in _all(fields)}
    return (field_id, posted.get(f"a_{field_id}_text", "").strip()) if field_id in known else ("", "")


def _all(fields: Sequence[FieldSpec]) -> Iterable[FieldSpec]:
    for spec in fields:
        yield spec
        for choice in spec.choices:
            yield from _all(choice.opens)
