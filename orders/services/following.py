"""What a marketplace says of an order, turned into what we do about it: states, wishes to cancel, purchases."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from integrations.sold import OrderData
from orders.machines import ORDER, OrderStatus
from orders.models import Order, StatusChange

from . import moves, stopping

BY = "marketplace"
TO_SEND = frozenset({"open", "arranged", "retry"})
FOLLOWED = {
    "shipped": OrderStatus.SHIPPED,
    "returning": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
}
Pair = tuple[Order, OrderData]


@dataclass(frozen=True, slots=True)
class Before:
    """How an order was known before it was read."""

    is_new: bool
    stage: str
    cancel_requested_at: datetime | None

    @classmethod
    def of(cls, order: Order) -> "Before":
        return cls(order.seen_at is None, order.stage, order.cancel_requested_at)


def wish_of(data: OrderData) -> str:
    """Return in words that the buyer asks to cancel, with his reason."""
    words = _("The buyer asks to cancel: %(reason)s") if data.cancel_reason else _("The buyer asks to cancel.")
    return (words % {"reason": data.cancel_reason} if data.cancel_reason else words)[:500]


def follow_stages(pairs: Iterable[Pair], before: Mapping[int, Before], altered: set[int], *, by: str = BY) -> bool:
    """Bring orders, whose rows are locked and written, to where the marketplace has them; return whether to plan.

    `altered`: the orders of which other pieces are wanted than before. A number of queries that does not grow.
    """
    rows = list(pairs)
    known = [(order, data) for order, data in rows if not before[order.pk].is_new]
    new = [order for order, _data in rows if before[order.pk].is_new]
    moves.note_all(new, why=_("First seen."), by=by)
    opened = _open(known, by)
    _hold(known, before)
    released = _release(known, before)
    _follow(known, before, by)
    replanned = stopping.plan_again([order for order, _data in known if order.pk in altered], by=by)
    return bool(opened or released or replanned) or any(order.status == OrderStatus.PROCESSING for order in new)


def _open(pairs: Iterable[Pair], by: str) -> list[moves.Record]:
    paid = [order for order, data in pairs if data.stage in TO_SEND and order.status == OrderStatus.PENDING]
    return moves.follow_all(paid, OrderStatus.PROCESSING, why=_("The marketplace released it."), by=by)


def _hold(pairs: Iterable[Pair], before: Mapping[int, Before]) -> None:
    """Let a person decide about a buyer who wants to cancel; nothing is bought meanwhile."""
    for order, data in pairs:
        if data.stage != "cancelling" or before[order.pk].stage == "cancelling":
            continue
        if ORDER.may(order.status, OrderStatus.ON_HOLD):
            wish = wish_of(data)
            moves.move(order, OrderStatus.ON_HOLD, why=wish, by=BY, hold_reason=wish)


def _release(pairs: Iterable[Pair], before: Mapping[int, Before]) -> list[moves.Record]:
    """Go on with orders whose buyers don't want to cancel any more, unless a person holds them."""
    candidates = {
        order.pk: order
        for order, data in pairs
        if data.stage in TO_SEND and before[order.pk].cancel_requested_at and order.status == OrderStatus.ON_HOLD
    }
    held_by: dict[int, str] = {}
    changes = StatusChange.objects.filter(machine=ORDER.name, record_id__in=candidates, new=OrderStatus.ON_HOLD)
    for change in changes.order_by("pk") if candidates else ():
        held_by[change.record_id] = change.by if change.old else BY  # without an old state it was first seen so
    ours = [order for pk, order in candidates.items() if held_by.get(pk) == BY]
    why = _("The buyer's wish to cancel was refused or withdrawn.")
    return moves.follow_all(ours, OrderStatus.PROCESSING, why=why, by=BY, hold_reason="")


def _follow(pairs: Iterable[Pair], before: Mapping[int, Before], by: str) -> None:
    """Follow what was shipped, delivered, completed or cancelled there, and stop what is not needed any more."""
    moved: dict[str, list[Order]] = {}
    for order, data in pairs:
        if data.stage in FOLLOWED and data.stage != before[order.pk].stage:
            moved.setdefault(data.stage, []).append(order)
    for stage, orders in moved.items():
        new = FOLLOWED[stage]
        there = {record.pk for record in moves.follow_all(orders, new, why=_why(stage), by=by)}
        if stage == "cancelled":
            _contradict([order for order in orders if order.pk not in there and order.status != new])
            over = [order for order in orders if order.status == new]
            stopping.stop_all(over, _("The order was cancelled."), by=by)
        else:
            why = _("The order has been sent without it.")
            stopping.stop_all([order for order in orders if order.pk in there], why, by=by, only_unsent=True)


def _why(stage: str) -> str | Callable[[Order], str]:
    if stage != "cancelled":
        return ""
    words = _("Cancelled at the marketplace by %(who)s: %(reason)s")
    return lambda order: words % {"who": order.cancelled_by or "?", "reason": order.cancel_reason or "?"}


def _contradict(orders: Iterable[Order]) -> None:
    """Tell a person of orders that the marketplace cancelled after they were sent."""
    problem = _("The marketplace cancelled it after it was sent: see where the parcel is, and ask for it back.")
    Order.objects.filter(pk__in=[order.pk for order in orders]).update(problem=problem)
