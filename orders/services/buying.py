"""From an approved purchase to a bill at the supplier, each made once, whatever dies (design.md §3, promises 1 and 3).

One job for a supplier's account at a time: doubts first, then what was cancelled, then what is due, then carts,
confirmations and bills. Money moves in `paying` alone.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations import jobs, leases
from integrations.bought import Buyer, PurchaseData, PurchaseDraft, WantedItem
from integrations.errors import Duplicate, OutcomeUnknown, Rejected
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from integrations.sold import AddressData
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseOrder

from . import approving, batching, looking, moves, paying, removing, wanted
from .announcing import announce, for_a_person, settled
from .looking import BY

LOOK_AFTER_S = 30.0  # after a lost answer that a look did not clear up
UNSURE_AFTER_S = 600.0  # after a marketplace could not say whether an order stands
AT_ONCE = 50  # purchases between two looks at the buyers' orders
_ADDRESS = {field.name for field in dataclasses.fields(AddressData)}


def request_purchases(account: PlatformAccount, *, requested_by: str = "", delay: float = 0) -> SyncJob:
    """Ask for what is approved to be bought from a supplier's account."""
    return jobs.enqueue(
        "orders.tasks.buy",
        key=f"buy:{account.pk}",
        lane=Lane.ORDERS,
        account=account,
        delay=delay,
        requested_by=requested_by,
        account_id=account.pk,
    )


@dataclass(slots=True)
class _Round:
    """What one run leaves to be asked again."""

    lost: int = 0
    unsure: int = 0

    def wait(self) -> float | None:
        return LOOK_AFTER_S if self.lost else UNSURE_AFTER_S if self.unsure else None


def buy(account_id: int) -> None:
    """Bring a supplier's open purchases as far as they go without spending; raise jobs.Again where doubts remain."""
    account = PlatformAccount.objects.get(pk=account_id)
    buyer, this = buyer_for(account), _Round()
    approving.approve_by_rules(account)
    for purchase in _open(account, announced="place"):
        _attempt(this, looking.look, purchase, buyer)
    for purchase in _stopped(account):
        _attempt(this, removing.take_back, purchase, buyer)
    _place_due(account, buyer, this)
    batching.collect(account, buyer)
    _bill_all(account, buyer, this)
    approving.approve_by_rules(account)
    for payment in Payment.objects.filter(account=account, status=Payment.Status.APPROVED, needs_person=False):
        paying.request_payment(payment, BY)
    _come_again(account, this)


def _attempt(this: _Round, step: Callable[[Any, Buyer], Any], row: PurchaseOrder | Payment, buyer: Buyer) -> None:
    """Take a step; where its answer is lost, take it once more, which begins with a look."""
    for is_last in (False, True):
        try:
            step(row, buyer)
            return
        except OutcomeUnknown:
            if is_last:
                this.lost += 1
        except moves.NotPossible:  # somebody else was quicker, a person for example: the next run sees what is true
            return


def _open(account: PlatformAccount, **which: Any) -> Sequence[PurchaseOrder]:
    rows = PurchaseOrder.objects.filter(
        account=account, status__in=[PurchaseStatus.APPROVED, PurchaseStatus.UNKNOWN], **which
    )
    return list(rows.select_related("order__shop__account", "account").order_by("order__ship_by", "pk"))


def _stopped(account: PlatformAccount) -> Sequence[PurchaseOrder]:
    """Return what is cancelled here and may still stand at the supplier; what is just being paid is let be."""
    rows = PurchaseOrder.objects.filter(account=account, status=PurchaseStatus.CANCELLED, gone_at=None)
    rows = rows.exclude(Q(external_id="") & Q(announced="")).exclude(payment__status__in=removing.UNDER_WAY)
    return list(rows.filter(needs_person=False).select_related("order", "account", "payment").order_by("pk"))


def _come_again(account: PlatformAccount, this: _Round) -> None:
    wait = this.wait()
    if wait is not None:
        raise jobs.Again(wait)
    later = PurchaseOrder.objects.filter(
        account=account, status=PurchaseStatus.APPROVED, needs_person=False, buy_after__gt=leases.now()
    )
    first = later.order_by("buy_after").values_list("buy_after", flat=True).first()
    if first is not None:
        request_purchases(account, delay=(first - leases.now()).total_seconds())


# --- placing


def _place_due(account: PlatformAccount, buyer: Buyer, this: _Round) -> None:
    due = [purchase for purchase in _open(account, announced="", needs_person=False) if _is_due(purchase)]
    for start in range(0, len(due), AT_ONCE):
        chunk = due[start : start + AT_ONCE]
        found = wanted.look({purchase.order_id: purchase.order for purchase in chunk}.values())
        this.unsure += len(found.unsure)
        ready = PurchaseOrder.objects.filter(pk__in=[purchase.pk for purchase in chunk])
        for purchase in ready.select_related("order__shop__account", "account").order_by("order__ship_by", "pk"):
            if why := found.no.get(purchase.order_id):
                _is_unwanted(purchase, why)
            elif purchase.order_id in found.yes and _is_due(purchase):
                _attempt(this, place, purchase, buyer)
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)


def _is_due(purchase: PurchaseOrder) -> bool:
    return purchase.status == PurchaseStatus.APPROVED and (
        purchase.buy_after is None or purchase.buy_after <= leases.now()
    )


def _is_unwanted(purchase: PurchaseOrder, why: str) -> None:
    """Stop a purchase whose order does not stand any more; the intake may have done so already."""
    if purchase.status == PurchaseStatus.APPROVED:
        with transaction.atomic():
            jobs.hold()
            moves.move(purchase, PurchaseStatus.PLANNED, why=why, by="buying", approved_by="")
            for_a_person(purchase, _("Not bought: %(why)s") % {"why": why})


def place(purchase: PurchaseOrder, buyer: Buyer) -> None:
    """Create a purchase at the supplier, or adopt it where it stands there already.

    What is announced is looked for first. What the supplier refuses, or holds back, waits for a person with its reason.
    """
    if purchase.announced and looking.look(purchase, buyer) is not None:
        return
    if purchase.status != PurchaseStatus.APPROVED or purchase.needs_person:
        return
    if why := _has_changed(purchase):
        _is_unwanted(purchase, why)
        return
    announce(purchase, "place")
    try:
        data = buyer.place(draft_of(purchase))
    except Duplicate:
        looking.look(purchase, buyer)
        _is_taken(purchase)
        return
    except OutcomeUnknown as lost:
        _is_unknown(purchase, str(lost))
        raise
    except Rejected as refusal:
        _is_refused(purchase, str(refusal))
        return
    _is_placed(purchase, data)


def _has_changed(purchase: PurchaseOrder) -> str:
    """Say where an order's lines ask for other pieces than the plan; empty: they do not."""
    for line in purchase.lines.select_related("line"):
        if line.quantity > line.line.wanted or line.line.variant_id != line.variant_id:
            return _("The order's line “%(line)s” has changed: plan it anew.") % {"line": line.line}
    return ""


def draft_of(purchase: PurchaseOrder) -> PurchaseDraft:
    """Return what the supplier is asked for."""
    order = purchase.order
    lines = purchase.lines.select_related("variant").order_by("pk")
    items = [
        WantedItem(variant_id=line.variant.external_id, quantity=line.quantity, line_reference=str(line.line_id))
        for line in lines
    ]
    return PurchaseDraft(
        reference=purchase.reference,
        address=address_of(order.address),
        items=tuple(items),
        route=purchase.route,
        from_country=purchase.from_country,
        label=purchase.label,
        warehouse_id=purchase.warehouse_id,
        country_name=order.address.get("country_name", ""),
        tax_id=purchase.tax_id or order.tax_id,
        consignee_id=order.address.get("consignee_id", ""),
        ioss_kind=purchase.ioss_kind,
        ioss_number=purchase.ioss_number,
        declared_value=purchase.declared_value,
        platform=order.shop.account.platform,
    )


def address_of(kept: dict[str, Any]) -> AddressData:
    """Return an address as it was kept; what it holds besides is left out."""
    known = {name: value for name, value in kept.items() if name in _ADDRESS}
    return AddressData(**known | {"lines": tuple(kept.get("lines", ()))})


def _is_placed(purchase: PurchaseOrder, data: PurchaseData) -> None:
    with transaction.atomic():
        jobs.hold()
        settled(purchase)
        looking.keep(purchase, data, by="buying")
        if data.intercepted:
            reasons = "; ".join(f"{reason} ({code})" if code else reason for code, reason in data.intercepted)
            for_a_person(purchase, _("The supplier holds the order back: %(reasons)s") % {"reasons": reasons})
        elif data.route_missing:
            for_a_person(purchase, _("The supplier has the order without a carrier: choose another one."))


def _is_unknown(purchase: PurchaseOrder, reason: str) -> None:
    with transaction.atomic():
        jobs.hold()
        moves.follow(purchase, PurchaseStatus.UNKNOWN, why=reason, by="buying")


def _is_refused(purchase: PurchaseOrder, reason: str) -> None:
    with transaction.atomic():
        jobs.hold()
        settled(purchase)
        for_a_person(purchase, _("The supplier does not take it: %(why)s") % {"why": reason})


def _is_taken(purchase: PurchaseOrder) -> None:
    """Meet a number that is taken although nothing can be found under it."""
    if purchase.status == PurchaseStatus.APPROVED and not purchase.external_id:
        _is_refused(purchase, _("the number %(number)s is taken there") % {"number": purchase.reference})


def retry(purchase: PurchaseOrder, by: str) -> SyncJob:
    """Go on with a purchase that a person has seen to: it was mended here or at the supplier."""
    with transaction.atomic():
        rows = PurchaseOrder.objects.filter(pk=purchase.pk, needs_person=True)
        rows.update(needs_person=False, problem="")
        job = request_purchases(purchase.account, requested_by=by)
    purchase.refresh_from_db()
    return job


# --- bills


def _bill_all(account: PlatformAccount, buyer: Buyer, this: _Round) -> None:
    status = Payment.Status
    going = (status.COLLECTING, status.CONFIRMED, status.BILLED, status.APPROVED)
    rows = Payment.objects.filter(account=account, status__in=going, needs_person=False)
    for payment in rows.select_related("account").order_by("pk"):
        _attempt(this, batching.go_on, payment, buyer)
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
