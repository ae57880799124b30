"""From single purchases to a bill: cart, confirmation, bill, many at once; no money moves here.

The purchases of a payment are fixed while it is collected. So a confirmation whose answer is lost is asked for again
with the same purchases, which names the batch that they are in.
"""

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations import jobs, leases
from integrations.bought import BatchOutcome, Bill, Buyer
from integrations.errors import OutcomeUnknown, Rejected
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseAlias, PurchaseOrder

from . import approving, closing, looking, moves
from .announcing import announce, change, for_a_person, settled
from .closing import members
from .looking import BATCH, BY

TOGETHER = 20  # purchases in one payment, where no rule says otherwise
_LOOSE = (PurchaseStatus.SENT, PurchaseStatus.CARTED, PurchaseStatus.CONFIRMED)


# --- which purchases go together


def collect(account: PlatformAccount, buyer: Buyer) -> list[Payment]:
    """Put what is placed and in no payment yet into new ones; return them."""
    rule = approving.rule_of(account)
    size = max(1, min(rule.together if rule else TOGETHER, buyer.most_together))
    loose = PurchaseOrder.objects.filter(
        account=account, payment=None, needs_person=False, announced="", is_temporary=False, status__in=_LOOSE
    ).exclude(external_id="")
    made = []
    with transaction.atomic():
        jobs.hold()
        for group in _groups(list(loose.order_by("pk").values_list("pk", "status")), size):
            payment = Payment.objects.create(account=account)
            PurchaseOrder.objects.filter(pk__in=group, payment=None).update(payment=payment)
            made.append(payment)
    return made


def _groups(loose: Sequence[tuple[int, str]], size: int) -> list[list[int]]:
    """Share purchases out. One confirmed in a batch of which we do not know stands alone: asked for it tells."""
    confirmed = [pk for pk, status in loose if status == PurchaseStatus.CONFIRMED]
    others = [pk for pk, status in loose if status != PurchaseStatus.CONFIRMED]
    return [[pk] for pk in confirmed] + [others[at : at + size] for at in range(0, len(others), size)]


# --- one payment, step by step


def go_on(payment: Payment, buyer: Buyer) -> None:
    """Take a payment as far as it goes without spending; what stops it for good is written on it."""
    status = Payment.Status
    if payment.needs_person or payment.announced in ("pay", "verify"):
        return
    if payment.announced:  # somebody died, or an answer was lost: what is there now says how it goes on
        _catch_up(payment, buyer)
    if payment.status == status.COLLECTING:
        _fill_cart(payment, buyer)
        _confirm(payment, buyer)
    if payment.status == status.CONFIRMED or (payment.status in (status.BILLED, status.APPROVED) and _is_over(payment)):
        bill(payment, buyer)


def _is_over(payment: Payment) -> bool:
    return payment.expires_at is not None and payment.expires_at <= leases.now()


def _catch_up(payment: Payment, buyer: Buyer) -> None:
    found = members(payment)
    looking.read(found, buyer)
    with transaction.atomic():
        jobs.hold()
        settled(payment)
    closing.close_if_paid(payment)


def _fill_cart(payment: Payment, buyer: Buyer) -> None:
    found = [purchase for purchase in members(payment) if purchase.status == PurchaseStatus.SENT]
    if not found:
        return
    announce(payment, "cart")
    try:
        outcome = buyer.add_to_cart([purchase.external_id for purchase in found])
    except OutcomeUnknown:
        raise
    except Rejected as refusal:
        _refused(payment, found, buyer, refusal)
        return
    for purchase in found:
        if purchase.external_id in outcome.left_out:
            looking.look(purchase, buyer)  # its number may be one that is good for a while only
    with transaction.atomic():
        jobs.hold()
        _keep_outcome(found, outcome, PurchaseStatus.CARTED)
        settled(payment)


def _confirm(payment: Payment, buyer: Buyer) -> None:
    """Confirm what is in the cart. Those confirmed before, by an answer that was lost, tell their batch."""
    found = members(payment)
    confirmed = [purchase for purchase in found if purchase.status == PurchaseStatus.CONFIRMED]
    carted = [purchase for purchase in found if purchase.status == PurchaseStatus.CARTED]
    going, rest = (confirmed, carted) if confirmed else (carted, [])
    _let_go(rest)  # another batch, by and by
    if not going:
        _dissolve(payment)
        return
    announce(payment, "confirm")
    try:
        outcome = buyer.confirm([purchase.external_id for purchase in going])
    except OutcomeUnknown:
        raise
    except Rejected as refusal:
        _refused(payment, going, buyer, refusal)
        return
    with transaction.atomic():
        jobs.hold()
        _keep_outcome(going, outcome, PurchaseStatus.CONFIRMED)
        done = [purchase for purchase in going if purchase.external_id in outcome.done]
        settled(payment)
        if done and outcome.batch_id:
            _name_batch(payment, done, outcome.batch_id)
    if not outcome.batch_id or outcome.left_out:
        looking.read([purchase for purchase in going if purchase.external_id in outcome.left_out], buyer)


def _keep_outcome(found: Sequence[PurchaseOrder], outcome: BatchOutcome, status: PurchaseStatus) -> None:
    moves.follow_all([each for each in found if each.external_id in outcome.done], status, by=BY)
    for purchase in found:
        if purchase.external_id in outcome.done:
            continue
        if purchase.external_id in outcome.intercepted:
            _set_aside(purchase, _("The supplier holds it back: look at its address and at the supplier's page."))
        elif status == PurchaseStatus.CARTED and not purchase.is_temporary:
            _set_aside(purchase, _("The supplier did not take it into the cart: its carrier or its goods are missing."))
        else:
            change(purchase, payment=None)  # it comes again: with its real number, or alone to name its own batch


def _name_batch(payment: Payment, done: Sequence[PurchaseOrder], batch_id: str) -> None:
    """Write down the batch; where a payment stands for it already the purchases go there."""
    aliases = [PurchaseAlias(purchase=purchase, kind=BATCH, value=batch_id) for purchase in done]
    PurchaseAlias.objects.bulk_create(aliases, ignore_conflicts=True)
    other = Payment.objects.filter(account=payment.account, batch_id=batch_id).exclude(pk=payment.pk).first()
    if other is None:
        try:
            with transaction.atomic():
                change(payment, batch_id=batch_id, status=Payment.Status.CONFIRMED)
            return
        except IntegrityError:
            other = Payment.objects.get(account=payment.account, batch_id=batch_id)
    for purchase in done:
        change(purchase, payment=other)
    if other.status in (Payment.Status.BILLED, Payment.Status.APPROVED, Payment.Status.CANCELLED):
        change(other, status=Payment.Status.CONFIRMED)
    _dissolve(payment)


def _refused(payment: Payment, going: Sequence[PurchaseOrder], buyer: Buyer, refusal: Rejected) -> None:
    """Meet a refused cart or confirmation: what went on all the same goes on, the rest waits for a person."""
    before = {purchase.pk: purchase.status for purchase in going}
    looking.read(going, buyer)
    moved = [purchase for purchase in going if purchase.status != before[purchase.pk]]
    if not moved:
        for purchase in going:
            looking.look(purchase, buyer)  # in full: its number may be one that is good for a while only
    with transaction.atomic():
        jobs.hold()
        settled(payment)
        if moved:
            _let_go([purchase for purchase in going if purchase not in moved])
            return
        for purchase in going:
            if purchase.is_temporary:
                change(purchase, payment=None)
            else:
                _set_aside(purchase, _("The supplier refused to take the order further: %(why)s") % {"why": refusal})
        _dissolve(payment)


def _set_aside(purchase: PurchaseOrder, problem: str) -> None:
    for_a_person(purchase, problem, payment=None)


def _let_go(purchases: Sequence[PurchaseOrder]) -> None:
    for purchase in purchases:
        change(purchase, payment=None)


def _dissolve(payment: Payment) -> None:
    """End a payment that has nothing left to pay."""
    if not members(payment):
        settled(payment, status=Payment.Status.CANCELLED)


# --- the bill


def bill(payment: Payment, buyer: Buyer) -> None:
    """Have the price of a batch fixed, and hold it against what was approved before."""
    found = members(payment)
    if not found:
        _dissolve(payment)
        return
    announce(payment, "bill")
    try:
        made = buyer.bill(payment.batch_id)
    except OutcomeUnknown:
        raise
    except Rejected as refusal:
        _unbilled(payment, found, buyer, refusal)
        return
    told = _covered(payment, made, found, buyer)
    with transaction.atomic():
        jobs.hold()
        _keep_bill(payment, made, told)


def _covered(payment: Payment, made: Bill, found: Sequence[PurchaseOrder], buyer: Buyer) -> set[int]:
    """Return the primary keys of the purchases that a bill covers.

    It names them by codes of which we may know none: where their number is not ours, each is looked up.
    """
    if len(made.covered) == len(found) and not made.unmatched and _in_batch(payment).count() == len(found):
        return {purchase.pk for purchase in found}
    codes = set(made.covered)
    covered: set[int] = set()
    for purchase in _in_batch(payment):
        names = set(purchase.aliases.values_list("value", flat=True)) | {purchase.external_id}
        if not names & (codes | set(made.unmatched)) and (data := looking.look(purchase, buyer)):
            names |= set(data.aliases.values())
        if names & codes:
            covered.add(purchase.pk)
    return covered


def _in_batch(payment: Payment) -> Any:
    """Return all that the supplier has in the batch, what we have taken out of the payment included."""
    rows = PurchaseOrder.objects.filter(account=payment.account, aliases__kind=BATCH, gone_at=None)
    return rows.filter(aliases__value=payment.batch_id).select_related("order").distinct().order_by("pk")


def _keep_bill(payment: Payment, made: Bill, covered: set[int]) -> None:
    """Keep a bill. Whoever it covers is in the payment, whoever it leaves out waits for a person."""
    inside, stopped = [], []
    for purchase in _in_batch(payment):
        if purchase.pk not in covered:
            if purchase.payment_id == payment.pk and purchase.status != PurchaseStatus.CANCELLED:
                words = _("The supplier leaves it out of the bill: it can't match %(goods)s. Change or delete it.")
                _set_aside(purchase, words % {"goods": ", ".join(made.unmatched_items) or _("its goods")})
        elif purchase.status == PurchaseStatus.CANCELLED:
            stopped.append(purchase)
        else:
            inside.append(purchase)
    keys = [purchase.pk for purchase in inside]
    PurchaseOrder.objects.filter(pk__in=keys).update(payment=payment, needs_person=False, problem="")
    moves.follow_all(inside, PurchaseStatus.AWAITING_PAYMENT, by=BY)
    amounts = {name: str(value) for name, value in made.amounts.items()}
    told = {"payment_id": made.payment_id, "amount": made.amount, "amounts": amounts, "expires_at": made.expires_at}
    settled(payment, **told, expected=_planned(inside))
    if not inside:
        settled(payment, status=Payment.Status.CANCELLED)
    elif stopped or len(covered) != len(made.covered):
        _is_foreign(payment, made, stopped)
    else:
        covered_now = approving.is_covered(payment)
        change(payment, status=Payment.Status.APPROVED if covered_now else Payment.Status.BILLED, problem="")


def _is_foreign(payment: Payment, made: Bill, stopped: Sequence[PurchaseOrder]) -> None:
    """Meet a bill that asks for more than we want: what was cancelled is deleted first, a stranger stops it."""
    change(payment, status=Payment.Status.CONFIRMED)
    if not stopped:
        words = _("The supplier's bill covers %(count)d orders, and not all of them are known here. Look there.")
        for_a_person(payment, words % {"count": len(made.covered)})


def _planned(purchases: Sequence[PurchaseOrder]) -> Any:
    """Return what these were to cost; None where one of them is not known."""
    costs = [(purchase.planned_goods, purchase.planned_freight) for purchase in purchases]
    if any(goods is None or freight is None for goods, freight in costs):
        return None
    return sum(goods + freight for goods, freight in costs)


def _unbilled(payment: Payment, found: Sequence[PurchaseOrder], buyer: Buyer, refusal: Rejected) -> None:
    """Meet a refused bill: paid or cancelled meanwhile, or for a person."""
    looking.read(found, buyer)
    with transaction.atomic():
        jobs.hold()
        settled(payment)
    if closing.close_if_paid(payment):
        return
    left = members(payment)
    if not left:
        _dissolve(payment)
    elif len(left) == len(found):
        for_a_person(payment, _("The supplier makes no bill: %(why)s") % {"why": refusal})
