"""Columns that recur: money, weights, lengths."""

from typing import Any

from django.db import models


def money(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """Return a column for an amount; its currency stands beside it."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, **({"null": True, "blank": True} | options))


def measure(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """Return a column for a weight in grams or a length in millimetres."""
    return models.DecimalField(label, max_digits=12, decimal_places=2, **({"null": True, "blank": True} | options))
