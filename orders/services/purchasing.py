"""Wishes to buy and to pay many at once, each row told for itself: one that is refused stops no other."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations.models import SyncJob
from orders.machines import PurchaseStatus
from orders.models import Order, Payment, PurchaseOrder

from . import approving, buying, paying, planning
from .tables import Table

_BEFORE_PAYMENT = (
    PurchaseStatus.PLANNED,
    PurchaseStatus.APPROVED,
    PurchaseStatus.SENT,
    PurchaseStatus.CARTED,
    PurchaseStatus.CONFIRMED,
    PurchaseStatus.AWAITING_PAYMENT,
    PurchaseStatus.UNKNOWN,
)


@dataclass(slots=True)
class Bought:
    """What became of a wish to buy for orders: their purchases, the jobs that make them, and what is refused."""

    purchases: list[PurchaseOrder] = field(default_factory=list)
    refused: list[tuple[Order | PurchaseOrder, str]] = field(default_factory=list)
    jobs: list[SyncJob] = field(default_factory=list)


def buy_orders(orders: Sequence[Order], *, by: str, at_once: bool = False) -> Bought:
    """Plan those of these orders that nobody has planned, approve their purchases, and queue making them.

    `at_once`: without waiting until the buyer can't cancel freely any more.
    """
    bought = Bought()
    living = PurchaseOrder.objects.filter(order__in=orders).exclude(status=PurchaseStatus.CANCELLED)
    known = set(living.values_list("order", flat=True))
    for planned in planning.plan_orders([order for order in orders if order.pk not in known], by):
        if planned.outcome != "planned":
            bought.refused.append((planned.order, " ".join(planned.reasons)))
    rows = PurchaseOrder.objects.filter(order__in=orders, status__in=_BEFORE_PAYMENT)
    rows = rows.select_related("order", "account").order_by("order", "pk")
    waiting = [row for row in rows if row.status == PurchaseStatus.PLANNED]
    table = approve_many(waiting, by, at_once=at_once)
    bought.refused += table.refused
    refused = {row.pk for row, _reason in table.refused}
    bought.purchases = [row for row in rows if row.pk not in refused]
    bought.jobs = _queue({row.account for row in bought.purchases}, by)
    return bought


def buy_approved(accounts: Iterable[PlatformAccount], *, by: str) -> Bought:
    """Queue buying what is approved, or may be by the written rules, from these suppliers' accounts."""
    chosen = list(accounts)
    rows = PurchaseOrder.objects.filter(account__in=chosen, status__in=_BEFORE_PAYMENT)
    rows = rows.exclude(status=PurchaseStatus.PLANNED).select_related("order", "account").order_by("order", "pk")
    return Bought(list(rows), [], _queue(chosen, by))


def open_purchases(
    orders: Sequence[Order] | None = None, accounts: Iterable[PlatformAccount] = ()
) -> list[PurchaseOrder]:
    """Return what would be bought: what is planned or approved for these orders, else from these accounts."""
    rows = PurchaseOrder.objects.filter(status__in=[PurchaseStatus.PLANNED, PurchaseStatus.APPROVED])
    rows = rows.filter(account__in=accounts) if orders is None else rows.filter(order__in=orders)
    return list(rows.select_related("order", "account").order_by("order", "pk"))


def approve_many(purchases: Iterable[PurchaseOrder], by: str, *, at_once: bool = False) -> Table[PurchaseOrder]:
    """Allow planned purchases to be made, each for itself."""
    table: Table[PurchaseOrder] = Table()
    for purchase in purchases:
        try:
            approving.approve(purchase, by, at_once=at_once)
        except Refused as refusal:
            table.refused.append((purchase, str(refusal)))
        else:
            table.taken.append(purchase)
    table.jobs = _queue({purchase.account for purchase in table.taken}, by)
    return table


@transaction.atomic
def approve_seen(payment: Payment, amount: Decimal, by: str) -> None:
    """Allow a bill to be paid if it still asks for the amount that the caller has seen; else raise Refused."""
    row = Payment.objects.select_for_update(of=("self",)).get(pk=payment.pk)
    if row.amount != amount:
        words = _("%(payment)s asks for %(amount)s %(currency)s, not for %(seen)s. Look at it again.")
        told = {"payment": row, "amount": row.amount, "currency": row.currency, "seen": amount}
        raise Refused(words % told, field="amount")
    approving.approve_payment(payment, by)


def pay_bills(payments: Iterable[Payment], by: str) -> Table[Payment]:
    """Approve bills and queue paying those for which that is enough, each for itself; what is approved is queued."""
    table: Table[Payment] = Table()
    for payment in payments:
        try:
            if payment.status == Payment.Status.BILLED:
                approving.approve_payment(payment, by)
            if payment.status == Payment.Status.BILLED:
                raise Refused(_("%(payment)s: a second person has to approve it.") % {"payment": payment})
            table.jobs.append(paying.request_payment(payment, by))
        except Refused as refusal:
            table.refused.append((payment, str(refusal)))
        else:
            table.taken.append(payment)
    return table


def open_bills(orders: Sequence[Order] | None = None, accounts: Iterable[PlatformAccount] = ()) -> list[Payment]:
    """Return the bills that can be approved or paid: those in which these orders are, else of these accounts."""
    rows = Payment.objects.filter(status__in=[Payment.Status.BILLED, Payment.Status.APPROVED])
    rows = rows.filter(account__in=accounts) if orders is None else rows.filter(purchases__order__in=orders)
    return list(rows.distinct().select_related("account").order_by("pk"))


def _queue(accounts: Iterable[PlatformAccount], by: str) -> list[SyncJob]:
    chosen = {account.pk: account for account in accounts}
    return [buying.request_purchases(account, requested_by=by) for _pk, account in sorted(chosen.items())]
