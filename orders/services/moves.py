"""The one door by which a state changes: the machine's table says whether, a row says who, when, why (design.md §5)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from orders.machines import CUSTOMS, ORDER, PACKAGE, PURCHASE, Machine
from orders.models import CustomsDeclaration, Order, Package, PurchaseOrder, StatusChange

Record = Order | Package | PurchaseOrder | CustomsDeclaration

_MACHINES: dict[type, Machine] = {
    Order: ORDER,
    Package: PACKAGE,
    PurchaseOrder: PURCHASE,
    CustomsDeclaration: CUSTOMS,
}


class NotPossible(Refused):
    """The machine's table has no such step, or somebody else was quicker."""


def machine_of(record: Record) -> Machine:
    """Return the table that holds for a record."""
    return _MACHINES[type(record)]


def order_of(record: Record) -> Order:
    """Return the order to which a record belongs."""
    if isinstance(record, Order):
        return record
    return record.package.order if isinstance(record, CustomsDeclaration) else record.order


@transaction.atomic
def move(record: Record, new: str, *, why: str = "", by: str = "", at: datetime | None = None, **changes: Any) -> None:
    """Take one step, with the `changes` of other columns that belong to it, and note it.

    Raise NotPossible where the table has no such step, where it asks for a reason and has none, or where the record is
    no longer in the state that the caller saw.
    """
    machine, old = machine_of(record), str(record.status)
    if not machine.may(old, new):
        raise NotPossible(
            _("%(record)s is “%(old)s” and can't become “%(new)s”. Possible: %(possible)s.")
            % {
                "record": record,
                "old": label_of(machine, old),
                "new": label_of(machine, new),
                "possible": ", ".join(label_of(machine, state) for state in machine.after(old)) or _("nothing"),
            },
            field="status",
        )
    if new in machine.reasoned and not why.strip():
        words = _("“%(new)s” needs a reason. Write why.") % {"new": label_of(machine, new)}
        raise NotPossible(words, field="reason")
    rows = type(record)._default_manager.filter(pk=record.pk, status=old)
    if not rows.update(status=new, **changes):
        raise NotPossible(_("%(record)s has changed meanwhile: load it again.") % {"record": record}, field="status")
    for name, value in (changes | {"status": new}).items():
        setattr(record, name, value)
    note(record, old, new, why=why, by=by, at=at)


def follow(
    record: Record, new: str, *, why: str = "", by: str = "", at: datetime | None = None, **changes: Any
) -> bool:
    """Bring a record to where a platform says that it is, step by step; return whether the table has a way there.

    A step back, or one that the table doesn't know, changes nothing: what they say is kept in `platform_status`.
    The `changes` go with the last step.
    """
    machine, old = machine_of(record), str(record.status)
    if old == new:
        return True
    why = why or _("The platform says so.")
    way = machine.path(old, new)
    with transaction.atomic():
        for state in way:
            move(record, state, why=why, by=by, at=at, **(changes if state == new else {}))
    return bool(way)


@transaction.atomic
def follow_all(
    records: Iterable[Record], new: str, *, why: str | Callable[[Any], str] = "", by: str = "", **changes: Any
) -> list[Record]:
    """Do for many records what `follow` does for one, in a fixed number of queries; return those that came to `new`.

    Raise NotPossible where one is no longer in the state that the caller saw: lock them first.
    """
    groups: dict[tuple[type[Record], str], list[Record]] = {}
    for record in records:
        groups.setdefault((type(record), str(record.status)), []).append(record)
    came: list[Record] = []
    for (model, old), group in groups.items():
        way = [old, *_MACHINES[model].path(old, new)]
        if old == new or len(way) == 1:
            continue
        keys = [record.pk for record in group]
        if model._default_manager.filter(pk__in=keys, status=old).update(status=new, **changes) != len(keys):
            raise NotPossible(_("Some of them have changed meanwhile: load them again."), field="status")
        for record in group:
            for name, value in (changes | {"status": new}).items():
                setattr(record, name, value)
        words = why if callable(why) else (lambda _record: str(why))
        told = {record.pk: words(record) or _("The platform says so.") for record in group}
        steps = list(pairwise(way))
        StatusChange.objects.bulk_create(
            _change(record, before, after, why=told[record.pk], by=by) for record in group for before, after in steps
        )
        came += group
    return came


def note(record: Record, old: str, new: str, *, why: str = "", by: str = "", at: datetime | None = None) -> None:
    """Write a step into the history; without `old` it is the state in which the record came to be."""
    _change(record, old, new, why=why, by=by, at=at).save(force_insert=True)


def note_all(records: Iterable[Record], *, why: str = "", by: str = "") -> None:
    """Write into the history in which state each of these new records came to be."""
    StatusChange.objects.bulk_create(_change(record, "", str(record.status), why=why, by=by) for record in records)


def _change(
    record: Record, old: str, new: str, *, why: str = "", by: str = "", at: datetime | None = None
) -> StatusChange:
    return StatusChange(
        order=order_of(record),
        machine=machine_of(record).name,
        record_id=record.pk,
        old=old,
        new=new,
        why=why[:500],
        by=by[:150],
        at=at or timezone.now(),
    )


def possible(record: Record, *, by_person: bool = True) -> list[str]:
    """Return the states to which a record may go from here; those that only a platform brings about are left out."""
    machine = machine_of(record)
    told = machine.by_platform if by_person else frozenset()
    return [state for state in machine.after(str(record.status)) if state not in told]


def history_of(order: Order) -> QuerySet[StatusChange]:
    """Return every step of an order and of what belongs to it, the newest first."""
    return order.status_changes.order_by("-at", "-pk")


def label_of(machine: Machine, state: str) -> str:
    """Return a state's name in the reader's language."""
    return str(machine.states(state).label) if state in machine.states.values else state
