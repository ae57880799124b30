"""Cancelling, both ways: we ask the marketplace to cancel, or we answer a buyer who asks us.

What became of it is read at the marketplace, before a call is sent again and after it was sent (`intake`): only its
word cancels an order here, ends the purchases and gives the stock back.
"""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations import jobs
from integrations.errors import OutcomeUnknown, Rejected
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel
from orders.machines import ORDER, OrderStatus, PurchaseStatus
from orders.models import Order, PurchaseOrder

from . import intake, moves
from .stopping import PAID, stop

__all__ = ["answer", "cancel", "reasons", "request_cancel", "send_answer", "stop"]

LOOK_AFTER_S = 30.0


def reasons(order: Order) -> list[tuple[str, str]]:
    """Return the reasons that the order's marketplace takes, code and words; asks no platform."""
    return order_channel_for(order.shop.account).cancel_reasons(order.shop.external_id)


# --- we cancel


@transaction.atomic
def request_cancel(order: Order, reason: str, by: str) -> SyncJob:
    """Ask the marketplace to cancel an order; nothing is bought for it from now on.

    `reason` is one of the codes in `reasons`. Raise Refused where it is none, where the order was sent, or where the
    marketplace sends it itself.
    """
    row = _locked(order)
    _check_open(row)
    known = dict(reasons(row))
    if reason not in known:
        words = _("“%(reason)s” is no reason that the marketplace takes. Use one of: %(known)s.")
        raise Refused(words % {"reason": reason, "known": ", ".join(known)}, field="reason")
    if row.stage == "cancelling":
        raise Refused(_("The buyer of %(order)s asks to cancel: answer that.") % {"order": row}, field="status")
    why = _being_cancelled(known[reason])
    if ORDER.may(row.status, OrderStatus.ON_HOLD):
        moves.move(row, OrderStatus.ON_HOLD, why=why, by=by, hold_reason=why)
    unpaid = row.purchases.exclude(status__in=[*PAID, PurchaseStatus.CANCELLED])
    unpaid.filter(needs_person=False).update(needs_person=True, problem=why)
    return _enqueue(row, "orders.tasks.cancel_order", by, reason=reason)


def cancel(order_id: int, reason: str, by: str) -> None:
    """Have an order cancelled at the marketplace; whatever was lost before, look first, and believe only a look."""
    order = Order.objects.select_related("shop__account").get(pk=order_id)
    channel = order_channel_for(order.shop.account)
    if _is_cancelled(order, by):
        return
    _check_open(order)
    refusal: Rejected | None = None
    try:
        channel.cancel(order.shop.external_id, order.external_id, reason=reason)
    except OutcomeUnknown:
        pass
    except Rejected as refused:
        refusal = refused
    if _is_cancelled(order, by):
        return
    if refusal is not None:
        _tell_refusal(order, channel, reason, refusal)
        raise refusal
    raise jobs.Again(LOOK_AFTER_S)


def _being_cancelled(reason: str) -> str:
    return (_("It is being cancelled at the marketplace: %(reason)s.") % {"reason": reason})[:500]


def _is_cancelled(order: Order, by: str) -> bool:
    intake.pull_order(order.shop_id, order.external_id, by=by)
    order.refresh_from_db()
    return order.stage == "cancelled"


@transaction.atomic
def _tell_refusal(order: Order, channel: OrderChannel, reason: str, refusal: Rejected) -> None:
    """Say why an order still stands, and let its purchases go on when a person releases it."""
    jobs.hold()
    problem = _("The marketplace does not cancel it: %(why)s") % {"why": refusal}
    Order.objects.filter(pk=order.pk).update(problem=problem)
    told = dict(channel.cancel_reasons(order.shop.external_id)).get(reason, reason)
    waiting = PurchaseOrder.objects.filter(order=order, needs_person=True, problem=_being_cancelled(told))
    waiting.update(needs_person=False, problem="")


# --- the buyer asks


@transaction.atomic
def answer(order: Order, accept: bool, by: str) -> SyncJob:
    """Answer a buyer who asks to cancel; raise Refused where nobody asks, or where it was answered otherwise."""
    row = _locked(order)
    if row.stage != "cancelling":
        raise Refused(_("The buyer of %(order)s does not ask to cancel.") % {"order": row}, field="status")
    job = _enqueue(row, "orders.tasks.answer_cancellation", by, accept=accept)
    if job.kwargs.get("accept") is not accept:
        raise Refused(_("The other answer is on its way already (job %(job)d).") % {"job": job.pk}, field="accept")
    return job


def send_answer(order_id: int, accept: bool, by: str) -> None:
    """Send an answer to the marketplace unless it was given already; then read what became of the order."""
    order = Order.objects.select_related("shop__account").get(pk=order_id)
    channel = order_channel_for(order.shop.account)
    if _is_answered(order, by):
        return
    try:
        channel.answer_cancellation(order.shop.external_id, order.external_id, accept=accept)
    except OutcomeUnknown:
        pass
    except Rejected:
        if not _is_answered(order, by):
            raise
        return
    if not _is_answered(order, by):
        raise jobs.Again(LOOK_AFTER_S)


def _is_answered(order: Order, by: str) -> bool:
    intake.pull_order(order.shop_id, order.external_id, by=by)
    order.refresh_from_db()
    return order.stage != "cancelling"


# --- both


def _locked(order: Order) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("shop__account").get(pk=order.pk)


def _check_open(order: Order) -> None:
    if order.ships == "platform":
        words = _("%(order)s is sent by the marketplace itself: it can't be cancelled from here.")
        raise Refused(words % {"order": order}, field="ships")
    if not ORDER.may(order.status, OrderStatus.CANCELLED):
        words = _("%(order)s is “%(status)s”: it is too late to cancel.")
        raise Refused(words % {"order": order, "status": order.get_status_display()}, field="status")


def _enqueue(order: Order, task: str, by: str, **kwargs: Any) -> SyncJob:
    return jobs.enqueue(
        task,
        key=f"cancel:{order.pk}" if "reason" in kwargs else f"answer:{order.pk}",
        lane=Lane.URGENT,
        account=order.shop.account,
        shop=order.shop,
        requested_by=by,
        order_id=order.pk,
        by=by,
        **kwargs,
    )
