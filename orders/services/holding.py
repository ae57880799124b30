"""Holding an order back, with a reason, and letting it go on. Nothing is bought for what is held."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from orders.machines import OrderStatus
from orders.models import Order

from . import moves, planning
from .following import TO_SEND


def hold(order: Order, reason: str, by: str) -> None:
    """Hold an order back; raise Refused without a reason, or where it is bought already."""
    moves.move(order, OrderStatus.ON_HOLD, why=reason, by=by, hold_reason=reason.strip()[:500])


@transaction.atomic
def release(order: Order, by: str, why: str = "") -> None:
    """Let a held order go on; raise Refused where the buyer waits for an answer, or where it is not paid yet."""
    row = Order.objects.select_for_update(of=("self",)).select_related("shop__account").get(pk=order.pk)
    if row.stage == "cancelling":
        raise Refused(_("The buyer of %(order)s asks to cancel: answer first.") % {"order": row}, field="status")
    if row.status == OrderStatus.ON_HOLD and row.stage not in TO_SEND:
        words = _("%(order)s is “%(stage)s” at the marketplace: it can go on when that releases it.")
        raise Refused(words % {"order": row, "stage": row.platform_status}, field="status")
    if row.status != OrderStatus.ON_HOLD:
        raise Refused(_("%(order)s is not held.") % {"order": row}, field="status")
    moves.move(row, OrderStatus.PROCESSING, why=why, by=by, hold_reason="", problem="", plan_tried_at=None)
    planning.request_plans(row.shop.account)
    order.status, order.hold_reason, order.problem = row.status, "", ""
