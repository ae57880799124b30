"""How values look in the console: links, pictures, money, times, JSON."""

import json
from contextlib import suppress
from datetime import datetime
from decimal import Decimal

from django.contrib.admin.utils import quote
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format, time_format
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _


def admin_url(row: Model) -> str:
    """Return the address of a record's own page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(quote(row.pk),))


def list_url(model: type[Model], **filters: str | int) -> str:
    """Return the address of a model's list, filtered."""
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{url}?{urlencode(filters)}" if filters else url


def link_to(row: Model | None, text: object = "") -> SafeString | str:
    """Return a link to a record's page, or a dash where there is no record."""
    return format_html('<a class="cd-link" href="{}">{}</a>', admin_url(row), text or str(row)) if row else "–"


def pretty(text: str) -> SafeString:
    """Show a text that may be JSON in a block of its own, indented where it is."""
    if not text:
        return format_html('<span class="cd-dim">{}</span>', _("Nothing"))
    with suppress(ValueError):  # cut or not JSON: shown as it came
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return format_html('<pre class="cd-json" tabindex="0">{}</pre>', text)


def thumbnail(url: str, alt: object) -> SafeString:
    """Draw a small picture that is fetched when it comes into view; without one, its empty square."""
    if not url:
        return format_html('<span class="cd-thumb" role="img" aria-label="{}"></span>', _("No picture"))
    return format_html(
        '<img class="cd-thumb" src="{}" alt="{}" width="36" height="36" loading="lazy" decoding="async"'
        ' referrerpolicy="no-referrer" data-quiet>',
        url,
        alt,
    )


def money(low: Decimal | None, high: Decimal | None, currency: str) -> str:
    """Say a price or a range of prices with its currency, in at least two decimals."""
    if low is None:
        return "–"
    text = _amount(low) if high is None or high == low else f"{_amount(low)} – {_amount(high)}"
    return f"{text} {currency}"


def _amount(value: Decimal) -> str:
    short = value.normalize()
    places = -int(short.as_tuple().exponent)
    return number_format(short, decimal_pos=max(places, 2), force_grouping=True)


def when(moment: datetime | None) -> SafeString | str:
    """Say a time in short (today: the hour, before: the day), with all of it where one points."""
    if moment is None:
        return "–"
    local = timezone.localtime(moment)
    short = time_format(local) if local.date() == timezone.localdate() else date_format(local, "SHORT_DATE_FORMAT")
    full = date_format(local, "DATETIME_FORMAT")
    return format_html('<time datetime="{}" title="{}">{}</time>', moment.isoformat(), full, short)


def tick(yes: bool | None) -> SafeString | str:
    """Mark what is so, and leave the rest blank: a column of crosses says nothing."""
    return format_html('<span class="cd-good" role="img" aria-label="{}">✓</span>', _("Yes")) if yes else ""


def spell_seconds(seconds: float | None) -> str:
    """Say a span of time in words a person can use: 40 s, 12 min, 2 h 5 min."""
    if seconds is None:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    if not minutes:
        return _("%(s)d s") % {"s": rest}
    hours, minutes = divmod(minutes, 60)
    return _("%(h)d h %(m)d min") % {"h": hours, "m": minutes} if hours else _("%(m)d min") % {"m": minutes}
