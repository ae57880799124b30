"""What is not wanted any more is not bought: purchases that aren't paid end, those that are wait for a person.

A purchase that ends here while the supplier has it is deleted there by the next buying (`gone_at` is empty till then).
"""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from integrations import jobs
from integrations.models import Lane
from orders.machines import PurchaseStatus
from orders.models import Order, Payment, PurchaseOrder

from . import moves

PAID = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)
UNSENT = (PurchaseStatus.PLANNED, PurchaseStatus.APPROVED)
BEING_PAID = (Payment.Status.PAYING, Payment.Status.UNKNOWN)


def stop(order: Order, why: str, by: str) -> list[PurchaseOrder]:
    """End the unpaid purchases of an order and set the others aside for a person; return those.

    Others: what is paid, and what is just being paid, of which nobody knows yet what it will be.
    """
    return stop_all([order], why, by=by)


@transaction.atomic
def stop_all(orders: Iterable[Order], why: str, *, by: str, only_unsent: bool = False) -> list[PurchaseOrder]:
    """Do it for several orders; `only_unsent`: end what the supplier has not been sent, and leave the rest alone."""
    rows = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("order", "account", "payment")
    found = list(rows.filter(order__in=list(orders)).exclude(status=PurchaseStatus.CANCELLED).order_by("pk"))
    if only_unsent:
        found = [row for row in found if row.status in UNSENT and not row.announced]
    kept = [row for row in found if row.status in PAID or (row.payment and row.payment.status in BEING_PAID)]
    unwanted = [row for row in found if row not in kept]
    moves.follow_all(unwanted, PurchaseStatus.CANCELLED, why=why, by=by, needs_person=False, problem="")
    for account in {row.account for row in unwanted if row.external_id or row.announced}:
        jobs.enqueue(
            "orders.tasks.buy",
            key=f"buy:{account.pk}",
            lane=Lane.ORDERS,
            account=account,
            requested_by=by,
            account_id=account.pk,
        )
    _set_aside(kept, why)
    return kept


def _set_aside(kept: Iterable[PurchaseOrder], why: str) -> None:
    next_steps = {
        PurchaseStatus.PAID: _("It is paid at the supplier: stop it there and ask for the money."),
        PurchaseStatus.SHIPPED: _("The supplier has sent it: ask for it back, or write it off."),
        PurchaseStatus.DELIVERED: _("It was delivered: ask the buyer to return it, or write it off."),
    }
    being_paid = _("It is just being paid: see what comes of it, then stop it there and ask for the money.")
    by_step: dict[str, list[int]] = {}
    for row in kept:
        by_step.setdefault(next_steps.get(PurchaseStatus(row.status), being_paid), []).append(row.pk)
    for step, keys in by_step.items():
        PurchaseOrder.objects.filter(pk__in=keys).update(needs_person=True, problem=f"{why} {step}")


@transaction.atomic
def plan_again(orders: Iterable[Order], *, by: str) -> list[Order]:
    """Let orders be planned anew of which other pieces are wanted now; return those for which that helps.

    What was approved is only planned again, what the supplier has been sent already waits for a person.
    """
    chosen = list(orders)
    if not chosen:
        return []
    rows = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("order")
    living = list(rows.filter(order__in=chosen).exclude(status=PurchaseStatus.CANCELLED).order_by("pk"))
    why = _("The buyer's order has changed.")
    approved = [row for row in living if row.status == PurchaseStatus.APPROVED and not row.announced]
    moves.follow_all(approved, PurchaseStatus.PLANNED, why=why, by=by, approved_by="")
    sent = [row for row in living if row.status != PurchaseStatus.PLANNED]
    problem = _("The buyer's order has changed since this was sent to the supplier. Compare them.")
    PurchaseOrder.objects.filter(pk__in=[row.pk for row in sent]).update(needs_person=True, problem=problem)
    stuck = {row.order_id for row in sent}
    free = [order for order in chosen if order.pk not in stuck]
    Order.objects.filter(pk__in=[order.pk for order in free]).update(planned_at=None, plan_tried_at=None)
    return free
