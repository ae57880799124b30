"""A record's past in words: who or what, when, what changed (design.md §3, promise 10)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

from django.contrib.admin.utils import display_for_field
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.html import strip_tags

Words = Mapping[str, Callable[[Any], str]]  # how the values of a field are said, by its name

NOTHING = "–"


def entries_of(row: models.Model, most: int, words: Words | None = None) -> list[dict[str, Any]]:
    """Return the last entries of a record's history, the newest first, without those that changed nothing to be seen.

    The first of all has no changes: it says since when the record is there.
    """
    history: Any = row.history  # type: ignore[attr-defined]  # by simple_history
    records = list(history.select_related("history_user").order_by("-history_date", "-history_id")[: most + 1])
    told = ((new, _changes(row, new.diff_against(old).changes, words or {})) for new, old in pairwise(records))
    entries = [_entry(record, changes) for record, changes in told if changes]
    if records and len(records) <= most:
        entries.append(_entry(records[-1], []))
    return entries


def _entry(record: Any, changes: list[dict[str, str]]) -> dict[str, Any]:
    return {"record": record, "changes": changes}


def _changes(row: models.Model, changes: Iterable[Any], words: Words) -> list[dict[str, str]]:
    told = []
    for change in changes:
        try:
            column: Any = row._meta.get_field(change.field)
        except FieldDoesNotExist:  # of a version that had it
            continue
        say = words.get(change.field) or partial(_said, column)
        old, new = (say(value) if value not in (None, "", [], {}) else NOTHING for value in (change.old, change.new))
        if old != new:
            told.append({"label": str(column.verbose_name), "old": old, "new": new})
    return told


def _said(column: Any, value: Any) -> str:
    """Return a field's value as the console's lists show it: choices by their names, times in the reader's zone."""
    if isinstance(column, models.ForeignKey):
        related = column.related_model._default_manager.filter(pk=value).first()
        return str(related or value)
    if isinstance(column, models.JSONField):
        return ", ".join(_leaves(value))
    if isinstance(value, datetime) or column.choices or isinstance(column, models.BooleanField):
        # A yes or no is an icon there: its text says the same.
        return strip_tags(str(display_for_field(value, column, NOTHING))) or str(value)
    return str(value)


def _leaves(value: Any) -> Iterable[str]:
    """Return what stands in a JSON value, without its brackets."""
    if isinstance(value, dict):
        return [f"{name}: {', '.join(_leaves(item))}" for name, item in value.items() if item not in (None, "")]
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [str(value)]
