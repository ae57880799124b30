"""What is under way, in rows: written before a call is sent, emptied when its answer is kept (design.md §3, promise 1).

A row that is announced is looked at before anything is sent for it again, whoever died meanwhile.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from integrations import jobs, leases
from orders.models import Package, Payment, PurchaseOrder

from .moves import NotPossible

Row = Payment | PurchaseOrder | Package


def announce(row: Row, what: str, **changes: Any) -> None:
    """Write down that a call is about to be sent for this row; it has to be committed before the call is.

    Raise NotPossible where one is under way already, or where the row is no longer in the state that the caller saw.
    """
    found = type(row)._default_manager.filter(pk=row.pk, status=row.status, announced="")
    _write(row, found, announced=what, announced_at=leases.now(), **changes)


def settled(row: Row, **changes: Any) -> None:
    """Write that nothing is under way any more, with what came of it."""
    _write(row, type(row)._default_manager.filter(pk=row.pk), announced="", announced_at=None, **changes)


def change(row: Row, **changes: Any) -> None:
    """Write columns of a row; what others have written meanwhile stays."""
    _write(row, type(row)._default_manager.filter(pk=row.pk), **changes)


def _write(row: Row, found: Any, **changes: Any) -> None:
    """Write, unless another worker has taken this job over: what that one has found out stays."""
    with transaction.atomic():
        jobs.hold()
        if not found.update(**changes):
            words = _("%(record)s has changed meanwhile: load it again.") % {"record": row}
            raise NotPossible(words, field="status")
    for name, value in changes.items():
        setattr(row, name, value)


def for_a_person(row: Row, problem: str, **changes: Any) -> None:
    """Set a row aside until a person has seen to it: nothing is bought or paid for it by itself."""
    change(row, needs_person=True, problem=problem, **changes)
