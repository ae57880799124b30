"""Make a stranger's values fit our columns: nothing that a database refuses, nothing that a page would run.

What does not fit is cut, or left out where half of it would be wrong (numbers, addresses); each case is named in
`oddities`, so that it is counted and shown (design.md §3, promise 7).
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import nh3
from django.db import models

# PostgreSQL refuses NUL in text and lone surrogates can't be encoded, whatever the database.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_WEB = ("http://", "https://")

_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
    "ol": {"start"},
}

Cleaner = Callable[[Any, list[str]], Any]


def clean_html(html: str) -> str:
    """Return the harmless part of a description: text, tables, pictures and links to web addresses."""
    return nh3.clean(
        clean_text(html),
        tags=nh3.ALLOWED_TAGS,
        clean_content_tags={"script", "style"},
        attributes=_ATTRIBUTES,
        attribute_filter=_web_addresses_only,
        url_schemes={"http", "https"},
        link_rel="noopener noreferrer nofollow",
    )


def _web_addresses_only(tag: str, attribute: str, value: str) -> str | None:
    if attribute in ("src", "href"):
        value = f"https:{value}" if value.startswith("//") else value
        return value if value.lower().startswith(_WEB) else None
    return value


def clean_text(text: str) -> str:
    """Return the text without what no database stores."""
    return _UNSTORABLE.sub("", text) if _UNSTORABLE.search(text) else text


def web_address(url: str, longest: int = 1000) -> str:
    """Return the address if a page may link to it, or an empty text."""
    url = clean_text(url).strip()
    url = f"https:{url}" if url.startswith("//") else url
    return url if url.lower().startswith(_WEB) and len(url) <= longest else ""


def clean_json(value: Any) -> Any:
    """Return JSON-like data that any database stores."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        return {clean_text(str(name)): clean_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)


@cache
def cleaners(model: type[models.Model]) -> dict[str, Cleaner]:
    """Return by column name what makes a value fit; ids of others and keys of ours are not among them."""
    found: dict[str, Cleaner] = {}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.URLField):
            found[field.name] = _url(field.name, field.max_length or 1000)
        elif isinstance(field, models.CharField):
            found[field.name] = _text(field.name, field.max_length or 0)
        elif isinstance(field, models.TextField):
            found[field.name] = lambda value, oddities: clean_text(value)
        elif isinstance(field, models.JSONField):
            found[field.name] = lambda value, oddities: clean_json(value)
        elif isinstance(field, models.DecimalField):
            found[field.name] = _decimal(field.name, field.max_digits, field.decimal_places)
        elif isinstance(field, models.DateTimeField):
            found[field.name] = _time(field.name)
        elif isinstance(field, models.IntegerField) and not field.primary_key:
            found[field.name] = _integer(field.name)
    return found


def fit(model: type[models.Model], columns: dict[str, Any], oddities: list[str]) -> dict[str, Any]:
    """Return the columns with every value made to fit the model's own limits."""
    fitting = cleaners(model)
    return {
        name: fitting[name](value, oddities) if value and name in fitting else value for name, value in columns.items()
    }


def _text(name: str, longest: int) -> Cleaner:
    def clean(value: Any, oddities: list[str]) -> str:
        value = clean_text(value)
        if len(value) > longest:
            oddities.append(f"cut:{name}")
            return str(value[:longest])
        return str(value)

    return clean


def _url(name: str, longest: int) -> Cleaner:
    def clean(value: Any, oddities: list[str]) -> str:
        address = web_address(value, longest)
        if not address:
            oddities.append(f"not_an_address:{name}")
        return address

    return clean


def _decimal(name: str, digits: int, places: int) -> Cleaner:
    # SQLite keeps 15 digits: beyond them an amount would not come back as it was written.
    limit, step = Decimal(10) ** (min(digits, 15) - places), Decimal(1).scaleb(-places)

    def clean(value: Any, oddities: list[str]) -> Decimal | None:
        if not value.is_finite() or abs(value) >= limit:
            oddities.append(f"out_of_range:{name}")
            return None
        return Decimal(value.quantize(step))

    return clean


def _integer(name: str) -> Cleaner:
    def clean(value: Any, oddities: list[str]) -> int | None:
        if not -(2**31) <= value < 2**31:
            oddities.append(f"out_of_range:{name}")
            return None
        return int(value)

    return clean


def _time(name: str) -> Cleaner:
    def clean(value: Any, oddities: list[str]) -> datetime | None:
        if not isinstance(value, datetime) or not 1900 <= value.year <= 9000:
            oddities.append(f"out_of_range:{name}")
            return None
        return value

    return clean
