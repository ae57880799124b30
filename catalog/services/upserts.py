"""Write what a supplier says of its products: in bulk, and nothing where nothing changed (dependencies.md, upserts).

The content hash goes first: a product whose answer equals the one before costs one row of one query. For the others
the rows are compared table by table (`chunks`), and only those that differ are written, each table by one statement.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import DataError, IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations.contracts import ProductData, Unreadable

from . import columns
from .chunks import Chunk, Listed, Outcome
from .cleaning import clean_text

__all__ = ["Listed", "Outcome", "upsert_products"]

# What a database (or its driver) says to a value that it can't hold. Anything else is a fault, not a bad record.
REFUSALS = (DataError, IntegrityError, ValueError, OverflowError, ArithmeticError)


def upsert_products(
    account: PlatformAccount,
    products: Iterable[ProductData],
    *,
    listed: Mapping[str, Listed] | None = None,
    reason: str = "",
    when: datetime | None = None,
) -> Outcome:
    """Write a chunk of full answers (20 to 100); a product that the database refuses is set aside, the others go on.

    `reason` is kept with the history of what changed. The caller may hold a transaction; then all is part of it.
    """
    outcome, fitting = Outcome(), dict[str, ProductData]()
    for data in products:
        if not columns.is_id(data.external_id):
            reason = _("The id is empty, over 64 characters, or holds what no database stores.")
            shown = clean_text(data.external_id)[:200]
            outcome.set_aside.append(Unreadable(external_id=shown, kind="shape", reason=reason))
        else:
            fitting.setdefault(data.external_id, data)
    # One order for all writers: two that meet on PostgreSQL then wait for each other instead of blocking each other.
    chunk = [fitting[external_id] for external_id in sorted(fitting)]
    outcome.add(_write_or_split(account, chunk, listed or {}, reason[:100], when or timezone.now()))
    return outcome


def _write_or_split(
    account: PlatformAccount, chunk: Sequence[ProductData], listed: Mapping[str, Listed], reason: str, when: datetime
) -> Outcome:
    if not chunk:
        return Outcome()
    try:
        with transaction.atomic():
            return Chunk(account, chunk, listed, reason, when).write()
    except REFUSALS as refusal:
        if len(chunk) == 1:
            problem = Unreadable(external_id=chunk[0].external_id, kind="database", reason=str(refusal)[:500])
            return Outcome(set_aside=[problem])
    middle = len(chunk) // 2  # halves of halves: one bad record costs a few repeats, not the chunk
    outcome = _write_or_split(account, chunk[:middle], listed, reason, when)
    outcome.add(_write_or_split(account, chunk[middle:], listed, reason, when))
    return outcome
