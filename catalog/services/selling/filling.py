"""What was filled in by itself, told apart from what a person has said since: of each field a digest of what it was."""

import hashlib
import json
from decimal import Decimal
from typing import Any

from catalog.models import GlobalListing


def is_free(listing: GlobalListing, field: str, now: object) -> bool:
    """Tell whether a field may be filled in: it is empty, or nobody has edited what was filled in there."""
    return not now or listing.filled.get(field) == _digest(now)


def note(listing: GlobalListing, field: str, value: object) -> None:
    """Remember what was filled in; the caller saves it."""
    listing.filled = {**listing.filled, field: _digest(value)}


def _digest(value: object) -> str:
    written = json.dumps(value, sort_keys=True, default=_plain, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _plain(value: Any) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)  # 500 and 500.00 are one
