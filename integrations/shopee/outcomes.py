"""Answers about several parcels at once: which row is about which parcel, and what became of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import PlatformError
from integrations.sold import ParcelOutcome, ParcelRef

from .calls_order import named
from .codes import bare_code, explain, full_code
from .judging import in_words
from .parsing import ident, text

Row = dict[str, Any]
UNANSWERED = "unanswered"


def as_named(parcel: ParcelRef) -> Row:
    """Return a parcel as Shopee's calls name it."""
    return named(parcel.order_id, parcel.package_id if parcel.is_split else "")


def of_each(
    parcels: Sequence[ParcelRef], rows: Sequence[Row], make: Callable[[ParcelRef, Row], ParcelOutcome]
) -> list[ParcelOutcome]:
    """Return what became of each parcel that was asked for, in the order asked; what Shopee left out has failed."""
    by_order = Counter(parcel.order_id for parcel in parcels)
    return [_of_one(parcel, rows, make, is_alone=by_order[parcel.order_id] == 1) for parcel in parcels]


def _of_one(
    parcel: ParcelRef, rows: Sequence[Row], make: Callable[[ParcelRef, Row], ParcelOutcome], *, is_alone: bool
) -> ParcelOutcome:
    mine = [row for row in rows if ident(row.get("order_sn")) == parcel.order_id]
    exact = [row for row in mine if parcel.package_id and ident(row.get("package_number")) == parcel.package_id]
    row = next(iter(exact or (mine if is_alone else [])), None)
    if row is None:
        return outcome(parcel, code=UNANSWERED, reason=_("Shopee did not say what became of it. Try again."))
    if code := full_code(text(row.get("fail_error"), 200)):
        return refused(parcel, code, text(row.get("fail_message"), 500))
    return make(parcel, row)


def refused(parcel: ParcelRef, code: str, message: str) -> ParcelOutcome:
    """Return what became of a parcel that Shopee refuses, in our words and in its own."""
    reason = in_words(str(explain(code, message)), code, message)
    return outcome(parcel, code=bare_code(code), reason=reason)


def failed(parcel: ParcelRef, error: PlatformError) -> ParcelOutcome:
    """Return what became of a parcel that had a call of its own, which was refused."""
    return outcome(parcel, code=error.code, reason=str(error))


def outcome(parcel: ParcelRef, *, text: str = "", code: str = "", reason: str = "") -> ParcelOutcome:
    """Return what became of a parcel; with a code it has failed."""
    return ParcelOutcome(
        package_id=parcel.package_id, order_id=parcel.order_id, done=not code, text=text, code=code, reason=reason
    )
