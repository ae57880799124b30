"""Taking a purchase back that is not paid, and having another warehouse send it."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations import jobs, leases
from integrations.bought import Buyer
from integrations.errors import NotFound, OutcomeUnknown, Rejected
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from orders.machines import PURCHASE, PurchaseStatus
from orders.models import Payment, PurchaseOrder

from . import buying, closing, looking, moves, standing
from .announcing import announce, change, for_a_person, settled

UNDER_WAY = (Payment.Status.PAYING, Payment.Status.UNKNOWN)


def request_removal(purchase: PurchaseOrder, by: str, why: str) -> SyncJob:
    """Cancel a purchase that is not paid; the worker deletes it at the supplier. Raise Refused where it is too late."""
    with transaction.atomic():
        rows = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("order", "account")
        row = rows.get(pk=purchase.pk)
        payment = row.payment
        if payment and payment.status in UNDER_WAY:
            raise Refused(_("%(purchase)s is just being paid. Wait until that is known.") % {"purchase": row})
        if row.status in closing.PAID:
            raise Refused(_("%(purchase)s is paid: ask the supplier to stop it.") % {"purchase": row}, field="status")
        told: dict[str, Any] = {"needs_person": False, "problem": ""}
        if row.status == PurchaseStatus.UNKNOWN and not row.external_id:
            told["announced"] = "place"  # what stands there under our number is looked up, and deleted
        moves.move(row, PurchaseStatus.CANCELLED, why=why, by=by, **told)
        standing.settle(row.order, by=by, why=why)
        job = buying.request_purchases(row.account, requested_by=by)
    purchase.refresh_from_db()
    return job


def take_back(purchase: PurchaseOrder, buyer: Buyer, why: str = "", by: str = "buying") -> bool:
    """Delete a purchase at the supplier, and cancel it here; return whether it is gone.

    Deleted twice does no harm, so nothing is looked for before; what is paid meanwhile is for a person.
    """
    if not purchase.external_id or purchase.announced == "place":
        looking.look(purchase, buyer)  # lost on its way: now it is known whether there is something to delete
    if purchase.status in closing.PAID or purchase.needs_person:
        return False
    if not purchase.external_id or purchase.gone_at:
        _is_gone(purchase, why, by)
        return True
    if purchase.announced != "delete":
        announce(purchase, "delete")
    try:
        buyer.delete(purchase.external_id)
    except OutcomeUnknown:
        raise
    except NotFound:
        pass
    except Rejected as refusal:
        return _refused(purchase, buyer, refusal, why, by)
    _is_gone(purchase, why, by)
    return True


def _is_gone(purchase: PurchaseOrder, why: str, by: str) -> None:
    with transaction.atomic():
        jobs.hold()
        settled(purchase, gone_at=purchase.gone_at or leases.now())
        if PURCHASE.may(purchase.status, PurchaseStatus.CANCELLED):
            moves.move(purchase, PurchaseStatus.CANCELLED, why=why or _("Deleted at the supplier."), by=by)
            standing.settle(purchase.order, by=by, why=why)
        payment = purchase.payment
        if payment and payment.status in (Payment.Status.BILLED, Payment.Status.APPROVED):
            change(payment, status=Payment.Status.CONFIRMED)  # its bill asked for this one, too


def _refused(purchase: PurchaseOrder, buyer: Buyer, refusal: Rejected, why: str, by: str) -> bool:
    data = looking.look(purchase, buyer)
    if data is None or data.stage == "cancelled":
        _is_gone(purchase, why, by)
        return True
    with transaction.atomic():
        jobs.hold()
        settled(purchase)
        if not purchase.needs_person:
            for_a_person(purchase, _("The supplier does not delete it: %(why)s") % {"why": refusal})
    return False


# --- another warehouse


def request_warehouse(purchase: PurchaseOrder, warehouse_id: str, *, by: str) -> SyncJob:
    """Ask the supplier to send a purchase from another warehouse; raise Refused where that is not possible any more."""
    if not purchase.external_id or purchase.label != PurchaseOrder.Label.MARKETPLACE:
        words = _("%(purchase)s: only what the supplier has, under the marketplace's label, changes its warehouse.")
        raise Refused(words % {"purchase": purchase}, field="warehouse_id")
    if purchase.status in (PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED, PurchaseStatus.CANCELLED):
        raise Refused(_("%(purchase)s has left already.") % {"purchase": purchase}, field="status")
    if not warehouse_id.strip():
        raise Refused(_("Name the warehouse."), field="warehouse_id")
    return jobs.enqueue(
        "orders.tasks.change_warehouse",
        key=f"warehouse:{purchase.pk}",
        lane=Lane.ORDERS,
        account=purchase.account,
        requested_by=by,
        purchase_id=purchase.pk,
        warehouse_id=warehouse_id.strip(),
    )


def change_warehouse(purchase_id: int, warehouse_id: str) -> None:
    """Have another warehouse send it; a label that was uploaded for the old one is asked for again."""
    purchase = PurchaseOrder.objects.select_related("order", "account").get(pk=purchase_id)
    buyer = buyer_for(purchase.account)
    if purchase.announced == "warehouse":
        looking.look(purchase, buyer)
    elif purchase.announced:
        raise jobs.Again(30)
    if purchase.warehouse_id == warehouse_id:
        _has_moved(purchase, warehouse_id)
        return
    if not purchase.announced:
        announce(purchase, "warehouse")
    try:
        buyer.change_warehouse(purchase.external_id, warehouse_id)
    except OutcomeUnknown as lost:
        raise jobs.Again(30) from lost
    except Rejected as refusal:
        with transaction.atomic():
            jobs.hold()
            settled(purchase, problem=_("The supplier keeps the warehouse: %(why)s") % {"why": refusal})
        raise
    _has_moved(purchase, warehouse_id)


def _has_moved(purchase: PurchaseOrder, warehouse_id: str) -> None:
    with transaction.atomic():
        jobs.hold()
        settled(purchase, warehouse_id=warehouse_id, label_sha256="", label_number="", problem="")
