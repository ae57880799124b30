"""What is true at the supplier: purchases are looked up by our number or theirs, and our rows follow what is there.

Before anything is sent again that may have been sent already, it is looked for here (design.md §3, promise 1).
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations import jobs, leases
from integrations.bought import Buyer, PurchaseData
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from orders.machines import PURCHASE, PurchaseStatus
from orders.models import Payment, PurchaseAlias, PurchaseOrder

from . import closing, moves, standing
from .announcing import change, for_a_person, settled

BY = "supplier"
BATCH = "batch"  # kind of alias: what the purchase is paid under
SPLIT_OF = "split_of"

STATUSES = {
    "created": PurchaseStatus.SENT,
    "carted": PurchaseStatus.CARTED,
    "unpaid": PurchaseStatus.CONFIRMED,
    "paid": PurchaseStatus.PAID,
    "shipped": PurchaseStatus.SHIPPED,
    "delivered": PurchaseStatus.DELIVERED,
    "cancelled": PurchaseStatus.CANCELLED,
}
PAID = frozenset({"paid", "shipped", "delivered"})  # stages
_PAID = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)
_FOLLOWED = (
    PurchaseStatus.SENT,
    PurchaseStatus.CARTED,
    PurchaseStatus.CONFIRMED,
    PurchaseStatus.AWAITING_PAYMENT,
    PurchaseStatus.UNKNOWN,
    PurchaseStatus.PAID,
    PurchaseStatus.SHIPPED,
)


# --- one purchase


def request_look(purchase: PurchaseOrder, *, by: str = "") -> SyncJob:
    """Ask for a purchase to be looked up at its supplier."""
    return jobs.enqueue(
        "orders.tasks.look_up",
        key=f"look:{purchase.pk}",
        lane=Lane.ORDERS,
        account=purchase.account,
        requested_by=by,
        purchase_id=purchase.pk,
    )


def look(purchase: PurchaseOrder, buyer: Buyer | None = None) -> PurchaseData | None:
    """Look a purchase up and let our row follow; None: the supplier does not have it.

    One that was never heard of comes back to be placed. One found for the first time is adopted if it is what we
    wanted, else it waits for a person.
    """
    buyer = buyer or buyer_for(purchase.account)
    known = "" if purchase.is_temporary else purchase.external_id
    data = buyer.find(known or purchase.reference)
    with transaction.atomic():
        jobs.hold()
        if data is None:
            _is_missing(purchase)
        elif purchase.external_id:
            keep(purchase, data)
            if purchase.announced == "place":
                settled(purchase)
        else:
            adopt(purchase, data)
    return data


def adopt(purchase: PurchaseOrder, data: PurchaseData) -> None:
    """Take what stands at the supplier under our number as this purchase; what differs is for a person to judge."""
    differing = differences(purchase, data)
    if not differing or purchase.status == PurchaseStatus.CANCELLED:
        settled(purchase)
        keep(purchase, data, why=_("Found at the supplier under our number."))
        return
    problem = _(
        "Under number %(reference)s the supplier has something else: %(differing)s. "
        "Take it as it is, or delete it there and plan anew."
    ) % {"reference": purchase.reference, "differing": "; ".join(differing)}
    settled(purchase, external_id="", needs_person=True, problem=problem, seen_at=leases.now())
    moves.follow(purchase, PurchaseStatus.UNKNOWN, why=problem, by=BY)


def accept(purchase: PurchaseOrder, by: str) -> SyncJob:
    """Take what the supplier has under our number although it differs; raise Refused where that is not the question."""
    from . import buying

    if purchase.status != PurchaseStatus.UNKNOWN or purchase.external_id or not purchase.needs_person:
        words = _("%(purchase)s does not wait for this decision.") % {"purchase": purchase}
        raise Refused(words, field="status")
    facts = purchase.facts | {"taken_as_it_is": by}
    with transaction.atomic():
        change(purchase, facts=facts, needs_person=False, problem="", announced="place")  # the next buying looks it up
        return buying.request_purchases(purchase.account, requested_by=by)


def differences(purchase: PurchaseOrder, data: PurchaseData) -> list[str]:
    """Return in words how what the supplier has differs from what we wanted."""
    if purchase.facts.get("taken_as_it_is"):
        return []
    found, ours = [], wanted_pieces(purchase)
    if data.items is None:
        found.append(_("its goods can't be read"))
    elif (theirs := pieces_of((item.variant_id, item.quantity) for item in data.items)) != ours:
        found.append(_("goods %(theirs)s, not %(ours)s") % {"theirs": say(theirs), "ours": say(ours)})
    for name, theirs_, ours_ in (
        (_("country"), data.country_code, purchase.order.country_code),
        (_("carrier"), data.route, purchase.route),
    ):
        if theirs_ and ours_ and theirs_.casefold() != ours_.casefold():
            found.append(_("%(name)s %(theirs)s, not %(ours)s") % {"name": name, "theirs": theirs_, "ours": ours_})
    return found


def wanted_pieces(purchase: PurchaseOrder) -> dict[str, int]:
    """Return how many pieces of which variant of the supplier's a purchase buys."""
    lines = purchase.lines.select_related("variant")
    return pieces_of((line.variant.external_id, line.quantity) for line in lines)


def pieces_of(items: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Add up pieces by variant."""
    found: dict[str, int] = {}
    for variant, quantity in items:
        found[variant] = found.get(variant, 0) + quantity
    return found


def say(pieces: dict[str, int]) -> str:
    """Return pieces in words."""
    return ", ".join(f"{quantity} × {variant}" for variant, quantity in sorted(pieces.items()))


def _is_missing(purchase: PurchaseOrder) -> None:
    """Say that the supplier has no such purchase."""
    if purchase.status == PurchaseStatus.CANCELLED:
        settled(purchase, gone_at=leases.now())
    elif purchase.external_id:
        words = _("The supplier does not know %(number)s any more. Ask there what became of it.")
        for_a_person(purchase, words % {"number": purchase.external_id})
    else:
        settled(purchase)
        if purchase.status == PurchaseStatus.UNKNOWN:
            why = _("Looked for: the supplier does not have it.")
            moves.move(purchase, PurchaseStatus.APPROVED, why=why, by=BY, needs_person=False, problem="")


# --- keeping what was told


def keep(purchase: PurchaseOrder, data: PurchaseData, *, why: str = "", by: str = BY) -> None:
    """Write what the supplier says of a purchase, and let its status follow, in the caller's transaction."""
    before = purchase.status
    change(purchase, **_columns(purchase, data))
    _keep_names(purchase, data)
    status = STATUSES.get(data.stage)
    if status is None:
        _is_odd(purchase, data)
    elif status == PurchaseStatus.CANCELLED:
        _is_cancelled(purchase, why, by)
    elif purchase.status == PurchaseStatus.CANCELLED:
        _is_alive(purchase, data)
    elif status != purchase.status:
        moves.follow(purchase, status, why=why, by=by, **_times(status, data))
    if purchase.status != before:
        standing.settle(purchase.order, by=by, why=why)


def _columns(purchase: PurchaseOrder, data: PurchaseData) -> dict[str, Any]:
    told: dict[str, Any] = {
        "platform_status": data.platform_status[:64],
        "amount": data.amount,
        "tracking_number": data.tracking_number[:100],
        "tracking_url": data.tracking_url[:1000],
        "warehouse_id": data.warehouse_id[:64],
    }
    kept = {name: value for name, value in told.items() if value not in (None, "")}
    fixed = {"external_id": data.external_id, "is_temporary": data.is_temporary, "seen_at": leases.now()}
    return {**kept, **fixed, "facts": purchase.facts | data.facts}


def _times(status: PurchaseStatus, data: PurchaseData) -> dict[str, Any]:
    if status == PurchaseStatus.PAID:
        return {"paid_at": data.paid_at or leases.now(), "needs_person": False, "problem": ""}
    if status == PurchaseStatus.SHIPPED:
        return {"shipped_at": data.sent_at or leases.now()}
    return {"delivered_at": leases.now()} if status == PurchaseStatus.DELIVERED else {}


def _keep_names(purchase: PurchaseOrder, data: PurchaseData) -> None:
    names = {kind: value for kind, value in data.aliases.items() if value}
    known = set(purchase.aliases.values_list("kind", "value"))
    rows = [
        PurchaseAlias(purchase=purchase, kind=kind[:40], value=value[:100])
        for kind, value in names.items()
        if (kind[:40], value[:100]) not in known
    ]
    PurchaseAlias.objects.bulk_create(rows, ignore_conflicts=True)


def _is_cancelled(purchase: PurchaseOrder, why: str, by: str) -> None:
    """Follow a cancellation at the supplier; what we still want waits for a person."""
    if purchase.status == PurchaseStatus.CANCELLED:
        settled(purchase, gone_at=purchase.gone_at or leases.now())
        return
    was_paid = purchase.status in _PAID
    problem = _("The supplier has cancelled this purchase. Plan the order anew, or cancel it.")
    if was_paid:
        problem = _("The supplier has cancelled this purchase after it was paid: check the refund, then plan anew.")
    followed = PURCHASE.may(purchase.status, PurchaseStatus.CANCELLED)
    if followed:
        moves.move(purchase, PurchaseStatus.CANCELLED, why=why or problem, by=by, gone_at=leases.now())
    settled(purchase, needs_person=True, problem=problem)


def _is_alive(purchase: PurchaseOrder, data: PurchaseData) -> None:
    """Meet a purchase that was cancelled here and stands there: unpaid it is deleted, paid a person has to act."""
    if data.stage in PAID:
        problem = _("Cancelled here, but paid at the supplier: stop it there and ask for the money, or let it be sent.")
        settled(purchase, needs_person=True, problem=problem)


def _is_odd(purchase: PurchaseOrder, data: PurchaseData) -> None:
    if not purchase.aliases.filter(kind=SPLIT_OF, value=data.external_id).exists():
        words = _("The supplier says “%(status)s” of %(number)s: it may have been split. Look there.")
        for_a_person(purchase, words % {"status": data.platform_status, "number": data.external_id})


# --- many


def request_refresh(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Ask for all open purchases of a supplier's account to be read."""
    return jobs.enqueue(
        "orders.tasks.refresh_purchases",
        key=f"purchases:{account.pk}",
        lane=Lane.ORDERS,
        account=account,
        requested_by=requested_by,
        account_id=account.pk,
    )


def refresh(account_id: int) -> int:
    """Read open purchases in batches, those seen longest ago first; return how many have another status now."""
    account = PlatformAccount.objects.get(pk=account_id)
    buyer, moved, began = buyer_for(account), 0, leases.now()
    rows = PurchaseOrder.objects.filter(account=account, status__in=_FOLLOWED).exclude(external_id="")
    while chunk := list(
        rows.exclude(seen_at__gte=began).order_by("seen_at", "pk").select_related("order")[: buyer.most_listed]
    ):
        moved += refresh_some(chunk, buyer)
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return moved


def refresh_some(purchases: Sequence[PurchaseOrder], buyer: Buyer) -> int:
    """Read these purchases, and let rows and payments follow; return how many have another status now."""
    before = {purchase.pk: purchase.status for purchase in purchases}
    read(purchases, buyer)
    for purchase in purchases:
        if purchase.is_temporary:
            look(purchase, buyer)  # the number that it was given first is dead once the real one is there
    moved = [purchase for purchase in purchases if purchase.status != before[purchase.pk]]
    for payment in Payment.objects.filter(purchases__in=moved, status__in=Payment.OPEN).distinct():
        closing.close_if_paid(payment)
    return len(moved)


def read(purchases: Sequence[PurchaseOrder], buyer: Buyer) -> dict[int, PurchaseData]:
    """Read purchases in short and keep what is told; return it by primary key. Absent: the supplier has it not."""
    named = [purchase for purchase in purchases if purchase.external_id and not purchase.is_temporary]
    told: dict[str, PurchaseData] = {}
    for start in range(0, len(named), buyer.most_listed):
        ids = [purchase.external_id for purchase in named[start : start + buyer.most_listed]]
        told |= {data.external_id: data for data in buyer.purchases(ids)}
    found: dict[int, PurchaseData] = {}
    with transaction.atomic():
        jobs.hold()
        quiet = []
        for purchase in named:
            data = told.get(purchase.external_id)
            if data is None:
                _is_missing(purchase)
                continue
            found[purchase.pk] = data
            if is_news(purchase, data):
                keep(purchase, data)
            else:
                quiet.append(purchase.pk)
        PurchaseOrder.objects.filter(pk__in=[row.pk for row in purchases]).update(seen_at=leases.now())
    return found


def is_news(purchase: PurchaseOrder, data: PurchaseData) -> bool:
    """Tell whether what was read says anything that our row does not."""
    columns = _columns(purchase, data)
    columns.pop("seen_at")
    status = STATUSES.get(data.stage)
    return (
        status is None
        or (status != purchase.status and bool(PURCHASE.path(purchase.status, status)))
        or purchase.status == PurchaseStatus.CANCELLED
        or any(getattr(purchase, name) != value for name, value in columns.items())
    )
