"""Paying a bill: once, on purpose, and only after a last look at both ends (design.md §3, promise 3).

Written down before the call that spends: that it is about to be sent, and the balance. Afterwards only the supplier's
purchases say whether it was paid. Where an answer is lost nothing is sent again until a call that is still on its way
can't arrive any more, and the purchases are surely unpaid.
"""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations import jobs, leases
from integrations.bought import Buyer
from integrations.errors import OutcomeUnknown, PlatformError, Rejected, TooPoor
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from orders.machines import PurchaseStatus
from orders.models import Payment, PurchaseOrder

from . import approving, balances, batching, buying, closing, looking, moves, removing, wanted
from .announcing import announce, change, for_a_person, settled
from .closing import members

SETTLE_S = 300.0  # longer than a call waits for its turn and its answer: after this it does not arrive any more
LOOK_AGAIN_S = 30.0
NEXT_S = 10.0  # until another payment of the account may be over
NEARLY = timedelta(hours=1)  # a bill that expires sooner is asked for anew
WARN = timedelta(hours=6)
_THERE = "unpaid"


def request_payment(payment: Payment, by: str) -> SyncJob:
    """Ask for an approved bill to be paid; raise Refused where it is not approved."""
    if payment.status not in (Payment.Status.APPROVED, Payment.Status.PAYING, Payment.Status.UNKNOWN):
        words = _("%(payment)s is “%(status)s”: approve its bill first.")
        raise Refused(words % {"payment": payment, "status": payment.get_status_display()}, field="status")
    return jobs.enqueue(
        "orders.tasks.pay",
        key=f"pay:{payment.pk}",
        lane=Lane.URGENT,
        account=payment.account,
        requested_by=by,
        payment_id=payment.pk,
    )


def pay(payment_id: int) -> None:
    """Pay an approved bill, or find out what became of it; raise jobs.Again where that is not known yet."""
    payment = Payment.objects.select_related("account").get(pk=payment_id)
    try:
        _go_on(payment, buyer_for(payment.account))
    except moves.NotPossible as meanwhile:  # the buying, or a person, has just changed it: see what is true then
        raise jobs.Again(NEXT_S) from meanwhile


def _go_on(payment: Payment, buyer: Buyer) -> None:
    if payment.announced in ("pay", "verify"):
        _find_out(payment, buyer)
    elif payment.announced:  # the bill is being made, by the buying or by a payment that died: the buying sees to it
        buying.request_purchases(payment.account, requested_by="pay")
        raise jobs.Again(NEXT_S)
    if payment.status == Payment.Status.APPROVED and not payment.needs_person and _prepare(payment, buyer):
        _spend(payment, buyer)


# --- before


def _prepare(payment: Payment, buyer: Buyer) -> bool:
    """Take the last looks; return whether the bill may be paid now."""
    if _expires_soon(payment, NEARLY) and not _bill_again(payment, buyer):
        return False
    return _buyers_still_want(payment, buyer) and _supplier_agrees(payment, buyer)


def _expires_soon(payment: Payment, margin: timedelta) -> bool:
    return payment.expires_at is not None and payment.expires_at <= leases.now() + margin


def _bill_again(payment: Payment, buyer: Buyer) -> bool:
    """Ask for the bill anew; return whether what was approved covers it still."""
    try:
        batching.bill(payment, buyer)
    except OutcomeUnknown as lost:
        with transaction.atomic():
            jobs.hold()
            settled(payment)  # a bill spends nothing: it is simply asked for again
        raise jobs.Again(LOOK_AGAIN_S) from lost
    if payment.status == Payment.Status.BILLED:
        approving.approve_by_rules(payment.account)
        payment.refresh_from_db()
    return payment.status == Payment.Status.APPROVED and not payment.needs_person


def _buyers_still_want(payment: Payment, buyer: Buyer) -> bool:
    """Read the buyers' orders; take out what they do not want any more, and have the rest billed anew."""
    look = wanted.look([purchase.order for purchase in members(payment)])
    billed = _billed(payment)
    if any(each.order_id in look.no or each.status == PurchaseStatus.CANCELLED for each in billed):
        return _take_out(payment, billed, look.no, buyer)
    if look.unsure:
        change(payment, problem=next(iter(look.unsure.values())))
        raise jobs.Again(600)
    return True


def _billed(payment: Payment) -> list[PurchaseOrder]:
    """Return the purchases that the bill covers: also what was cancelled here and stands at the supplier still."""
    rows = payment.purchases.filter(gone_at=None).select_related("order", "account", "payment")
    return list(rows.order_by("pk"))


def _take_out(payment: Payment, billed: Sequence[PurchaseOrder], unwanted: dict[int, str], buyer: Buyer) -> bool:
    for purchase in billed:
        why = unwanted.get(purchase.order_id, "")
        if not why and purchase.status != PurchaseStatus.CANCELLED:
            continue
        try:
            gone = removing.take_back(purchase, buyer, why)
        except OutcomeUnknown as lost:
            raise jobs.Again(LOOK_AGAIN_S) from lost
        if not gone:
            for_a_person(payment, _("%(purchase)s could not be taken out.") % {"purchase": purchase})
            return False
    payment.refresh_from_db()
    return _bill_again(payment, buyer)


def _supplier_agrees(payment: Payment, buyer: Buyer) -> bool:
    """Read the purchases at the supplier: all are there, unpaid, and the bill asks for no other."""
    found = members(payment)
    told = looking.read(found, buyer)
    if closing.close_if_paid(payment) or payment.needs_person:
        return False
    stages = {told[each.pk].stage if each.pk in told else "" for each in found}
    if any(each.status == PurchaseStatus.CANCELLED for each in found):
        change(payment, status=Payment.Status.CONFIRMED)
        return _bill_again(payment, buyer)
    if stages != {_THERE}:
        words = _("Not all of it waits for being paid at the supplier (%(stages)s). Look there.")
        for_a_person(payment, words % {"stages": ", ".join(sorted(stages)) or "-"})
        return False
    return True


# --- the call that spends


def _spend(payment: Payment, buyer: Buyer) -> None:
    balance = balances.read(payment.account, buyer).amount
    if why := _too_little(payment, balance):
        for_a_person(payment, why)
        return
    if not _announce(payment, balance):
        return
    try:
        buyer.pay(payment.batch_id, payment.payment_id)
    except OutcomeUnknown as lost:
        change(payment, status=Payment.Status.UNKNOWN, problem=str(lost))
    except TooPoor as poor:
        _is_unpaid(payment, _poor(payment, str(poor)))
        return
    except Rejected as refusal:
        _is_refused(payment, buyer, refusal)
        return
    except PlatformError:  # it was not sent: a limit, a token, no way to the supplier
        with transaction.atomic():
            jobs.hold()
            settled(payment, status=Payment.Status.APPROVED)
        raise
    else:
        change(payment, announced="verify")
    _find_out(payment, buyer)


def _too_little(payment: Payment, balance: Decimal) -> str:
    amount = payment.amount or Decimal(0)
    if balance < amount:
        return _poor(payment, _("The balance at the supplier is too small."))
    rule = approving.rule_of(payment.account)
    by_person = payment.approvals.filter(rule=None, amount__gte=amount).exclude(by=approving.BY_RULE).exists()
    if rule and rule.keep_balance is not None and not by_person and balance - amount < rule.keep_balance:
        words = _("Paying it would leave %(left)s in the balance; the rule keeps %(keep)s. Approve it, or top up.")
        return words % {"left": balance - amount, "keep": rule.keep_balance}
    return ""


def _poor(payment: Payment, reason: str) -> str:
    seen = balances.forecast(payment.account)
    words = _("%(reason)s It holds %(balance)s USD, this payment needs %(amount)s; all that is open lacks %(short)s.")
    balance = "?" if seen.balance is None else seen.balance
    return words % {"reason": reason, "balance": balance, "amount": payment.amount, "short": seen.short}


def _announce(payment: Payment, balance: Decimal) -> bool:
    """Write down, as the last thing, that money is about to move; return whether it still may.

    One payment of an account at a time, so that the balance tells what became of it and no cap is passed by two.
    """
    with transaction.atomic():
        jobs.hold()
        account = PlatformAccount.objects.select_for_update(no_key=True).get(pk=payment.account_id)
        row = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
        others = Payment.objects.filter(account=account, announced__in=["pay", "verify"], needs_person=False)
        if others.exclude(pk=row.pk).exists():
            raise jobs.Again(NEXT_S)
        if row.status != Payment.Status.APPROVED or (row.amount, row.payment_id) != (
            payment.amount,
            payment.payment_id,
        ):
            return False
        why = _passes_a_cap(row) if approving.is_covered(row) else _("The bill has changed: approve it again.")
        if why:
            change(row, status=Payment.Status.BILLED, problem=why)
            return False
        if row.purchases.filter(status=PurchaseStatus.CANCELLED, gone_at=None).exists():
            change(row, status=Payment.Status.CONFIRMED)
            return False
        announce(payment, "pay", status=Payment.Status.PAYING, balance_before=balance, problem="")
    return True


def _passes_a_cap(payment: Payment) -> str:
    """Say why the rule that approved a payment would not do so any more; a person's word stands."""
    rule = approving.rule_of(payment.account)
    if payment.approvals.filter(rule=None, amount__gte=payment.amount).exclude(by=approving.BY_RULE).exists():
        return ""
    return approving.payment_objection(rule, payment) if rule and rule.is_active else _("The rule is switched off.")


# --- afterwards


def _find_out(payment: Payment, buyer: Buyer) -> None:
    """Look whether it was paid. Surely not: it is approved still, and may be paid again. Not known: jobs.Again."""
    found = _billed(payment)
    told = looking.read(found, buyer)
    stages = [told[each.pk].stage if each.pk in told else "" for each in found]
    paid = sum(stage in looking.PAID for stage in stages)
    if paid and paid == len(found):
        _is_paid(payment, buyer)
    elif paid:
        closing.close_if_paid(payment)
    else:
        _is_not_seen_paid(payment, buyer, stages)


def _is_paid(payment: Payment, buyer: Buyer) -> None:
    with transaction.atomic():
        jobs.hold()
        settled(payment, status=Payment.Status.PAID, paid_at=leases.now(), needs_person=False, problem="")
        jobs.progressed()
    change(payment, balance_after=balances.read(payment.account, buyer).amount)


def _is_not_seen_paid(payment: Payment, buyer: Buyer, stages: Sequence[str]) -> None:
    since = (leases.now() - payment.announced_at).total_seconds() if payment.announced_at else SETTLE_S
    if since < SETTLE_S:
        change(payment, status=Payment.Status.UNKNOWN)
        raise jobs.Again(min(LOOK_AGAIN_S, SETTLE_S - since + 1))
    balance = balances.read(payment.account, buyer).amount
    before = balance if payment.balance_before is None else payment.balance_before
    if set(stages) != {_THERE}:
        problem = _("After the payment the supplier says of its purchases: %(stages)s. Look there.")
        problem %= {"stages": ", ".join(sorted(set(stages))) or "-"}
    elif balance < before:
        problem = _(
            "The balance fell from %(before)s to %(now)s, but the supplier shows the purchases unpaid. Ask there."
        )
        problem %= {"before": before, "now": balance}
    elif payment.announced == "verify":
        problem = _(
            "The supplier took the payment without an objection and paid nothing. Look there, then approve it again."
        )
        _is_unpaid(payment, problem)
        return
    else:
        _is_unpaid(payment, "")
        return
    change(payment, status=Payment.Status.UNKNOWN, needs_person=True, problem=problem)


def _is_unpaid(payment: Payment, problem: str) -> None:
    """Say that nothing was paid; with a problem it waits for a person."""
    with transaction.atomic():
        jobs.hold()
        settled(payment, status=Payment.Status.APPROVED, needs_person=bool(problem), problem=problem)


def _is_refused(payment: Payment, buyer: Buyer, refusal: Rejected) -> None:
    """Meet a refusal: it may be paid already, by an earlier call; else a new bill may help, or a person."""
    refused = payment.payment_id
    told = looking.read(members(payment), buyer)
    if any(data.stage in looking.PAID for data in told.values()):
        _find_out(payment, buyer)
        return
    with transaction.atomic():
        jobs.hold()
        settled(payment, status=Payment.Status.CONFIRMED)
    _bill_again(payment, buyer)
    if payment.payment_id == refused and not payment.needs_person:
        for_a_person(payment, _("The supplier does not take the payment: %(why)s") % {"why": refusal})
    elif payment.status == Payment.Status.APPROVED:
        raise jobs.Again(0, progressed=True)


def retry(payment: Payment, by: str) -> SyncJob:
    """Go on with a payment that a person has seen to: what it became is looked up, then it is paid if approved."""
    with transaction.atomic():
        Payment.objects.filter(pk=payment.pk, needs_person=True).update(needs_person=False, problem="")
        payment.refresh_from_db()
        return request_payment(payment, by)


def declare_unpaid(payment: Payment, by: str, why: str) -> None:
    """Believe a person who says that a payment in doubt was not made; it is to be approved anew."""
    if not why.strip():
        raise Refused(_("Say how you know that it was not paid."), field="reason")
    with transaction.atomic():
        rows = Payment.objects.filter(pk=payment.pk, status=Payment.Status.UNKNOWN, needs_person=True)
        if not rows.select_for_update().exists():
            raise Refused(_("%(payment)s is not in doubt.") % {"payment": payment}, field="status")
        payment.approvals.all().delete()
        problem = _("%(by)s says that it was not paid: %(why)s") % {"by": by, "why": why}
        settled(payment, status=Payment.Status.BILLED, needs_person=False, problem=problem)


# --- pay-by times


def watch(account_id: int) -> int:
    """Say of bills that nobody has approved that they expire soon; return how many. Expired ones are asked for anew."""
    account = PlatformAccount.objects.get(pk=account_id)
    rows = Payment.objects.filter(account=account, status=Payment.Status.BILLED)
    expiring = [row for row in rows if _expires_soon(row, WARN)]
    for row in expiring:
        words = _("Pay until %(time)s UTC: after that the price is asked for anew.")
        change(row, problem=words % {"time": f"{row.expires_at:%Y-%m-%d %H:%M}"})
    if any(_expires_soon(row, timedelta()) for row in expiring):
        buying.request_purchases(account)
    for payment in Payment.objects.filter(account=account, status__in=removing.UNDER_WAY, needs_person=False):
        request_payment(payment, "watch")
    return len(expiring)
