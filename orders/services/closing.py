"""When a payment is over: what its purchases say is what counts."""

from django.db import transaction
from django.utils.translation import gettext as _

from integrations import jobs, leases
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseOrder

from .announcing import for_a_person, settled

PAID = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)


def members(payment: Payment) -> list[PurchaseOrder]:
    """Return the purchases that a payment pays, without those that were cancelled."""
    rows = payment.purchases.exclude(status=PurchaseStatus.CANCELLED).select_related("order__shop__account", "account")
    return list(rows.order_by("pk"))


def close_if_paid(payment: Payment) -> bool:
    """End a payment whose purchases are all paid, by us or by somebody on the supplier's page; return whether it is.

    With only some of them paid it waits for a person.
    """
    with transaction.atomic():
        jobs.hold()
        found = members(payment)
        paid = [purchase for purchase in found if purchase.status in PAID]
        if found and len(paid) == len(found):
            settled(payment, status=Payment.Status.PAID, paid_at=leases.now(), needs_person=False, problem="")
            return True
        if paid:
            rest = ", ".join(str(purchase) for purchase in found if purchase not in paid)
            words = _("The supplier says that a part of this payment is paid, and these are not: %(rest)s. Look there.")
            for_a_person(payment, words % {"rest": rest})
    return False
