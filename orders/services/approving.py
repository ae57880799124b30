"""Who allows a purchase to be made and a payment to be taken: a person, or a written rule with caps."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations import jobs, leases
from orders.machines import OrderStatus, PurchaseStatus
from orders.models import BuyRule, Order, Payment, PaymentApproval, PurchaseOrder

from . import buying, moves, paying, standing
from .announcing import change

BY_RULE = "rule"
ZERO = Decimal(0)
_NOT_BOUGHT = (OrderStatus.ON_HOLD, OrderStatus.CANCELLED, OrderStatus.REJECTED)


class NotApprovable(Refused):
    """The purchase or the payment is not in a state to be approved."""


def rule_of(account: PlatformAccount) -> BuyRule | None:
    """Return the account's rule, whether it is on or not."""
    return BuyRule.objects.filter(account=account).first()


# --- purchases


def approve(purchase: PurchaseOrder, by: str, *, at_once: bool = False) -> None:
    """Allow a planned purchase to be made; what its plan had put before a person counts as seen.

    It is made when the time is over in which buyers cancel freely; `at_once`: without waiting for that.
    """
    _check_name(by)
    with transaction.atomic():
        rows = PurchaseOrder.objects.select_for_update(of=("self",)).select_related("order", "account")
        row = rows.get(pk=purchase.pk)
        if why := _unapprovable(row.order):
            raise NotApprovable(f"{row}: {why}", field="status")
        _approve(row, by, None if at_once else buy_after(row.order, rule_of(row.account)))
    purchase.refresh_from_db()
    _request(purchase.account, by)


def approve_by_rules(account: PlatformAccount) -> int:
    """Approve what the account's written rule allows, purchases and payments; return how many that were.

    Of the others each says why the rule leaves it to a person (`facts["rule"]`, a payment's `problem`).
    """
    rule = rule_of(account)
    if rule is None or not rule.is_active:
        return 0
    return _approve_purchases(rule) + _approve_payments(rule)


def buy_after(order: Order, rule: BuyRule | None) -> datetime | None:
    """Return until when the buyer may cancel freely."""
    since = order.paid_at or order.ordered_at
    return since + timedelta(minutes=rule.wait_minutes) if since and rule else None


def _approve(row: PurchaseOrder, by: str, after: datetime | None, why: str = "") -> None:
    changes: dict[str, Any] = {"approved_by": by[:150], "buy_after": after, "needs_person": False, "problem": ""}
    moves.move(row, PurchaseStatus.APPROVED, by=by, why=why, **changes)
    standing.settle(row.order, by=by, why=why)


def _unapprovable(order: Order) -> str:
    if order.status in _NOT_BOUGHT:
        return _("The order is “%(status)s”.") % {"status": order.get_status_display()}
    return _("The buyer asks to cancel. Answer that first.") if order.cancel_requested_at else ""


def _approve_purchases(rule: BuyRule) -> int:
    planned = PurchaseOrder.objects.filter(
        account=rule.account, status=PurchaseStatus.PLANNED, needs_person=False, problem=""
    )
    rows = list(planned.select_related("order", "account").order_by("order__ship_by", "pk"))
    costs = _costs_of_orders({row.order_id for row in rows})
    approved, told = 0, []
    for row in rows:
        why = _unapprovable(row.order) or _objection(rule, row, costs.get(row.order_id))
        if not why:
            with transaction.atomic():
                jobs.hold()
                _approve(row, BY_RULE, buy_after(row.order, rule), why=str(rule))
            approved += 1
        elif row.facts.get("rule") != why:
            row.facts["rule"] = why
            told.append(row)
    PurchaseOrder.objects.bulk_update(told, ["facts"], batch_size=500)
    return approved


def _costs_of_orders(orders: Iterable[int]) -> dict[int, Decimal | None]:
    """Return what all living purchases of each order cost by their plans; None where one of them is not known."""
    living = PurchaseOrder.objects.filter(order__in=list(orders)).exclude(status=PurchaseStatus.CANCELLED)
    costs: dict[int, Decimal | None] = {}
    for order, goods, freight in living.values_list("order_id", "planned_goods", "planned_freight"):
        so_far = costs.get(order, ZERO)
        unknown = so_far is None or goods is None or freight is None
        costs[order] = None if unknown else so_far + goods + freight
    return costs


def _objection(rule: BuyRule, purchase: PurchaseOrder, cost: Decimal | None) -> str:
    """Return why the rule leaves a purchase to a person; empty where it allows it."""
    if cost is None:
        return _("What it costs is not known.")
    if rule.most_per_order is not None and cost > rule.most_per_order:
        return _("The order costs %(cost)s, the rule allows %(most)s.") % {"cost": cost, "most": rule.most_per_order}
    margin, revenue = purchase.order.margin_usd, purchase.order.revenue_usd
    if margin is not None and margin < 0:
        return _("The order makes a loss of %(loss)s.") % {"loss": -margin}
    if rule.least_margin_percent is None:
        return ""
    if margin is None or not revenue:
        return _("What the order earns is not known.")
    percent = (margin / revenue * 100).quantize(Decimal("0.01"))
    if percent < rule.least_margin_percent:
        least = {"percent": percent, "least": rule.least_margin_percent}
        return _("The order earns %(percent)s %%, the rule asks for %(least)s %%.") % least
    return ""


# --- payments


def approve_payment(payment: Payment, by: str) -> None:
    """Allow the amount of a payment's bill to be paid; over the rule's threshold it needs a second person.

    Where that is enough the payment is queued. What had been put before a person counts as seen.
    """
    _check_name(by)
    with transaction.atomic():
        row = Payment.objects.select_for_update(of=("self",)).select_related("account").get(pk=payment.pk)
        if row.status not in (Payment.Status.BILLED, Payment.Status.APPROVED) or row.amount is None:
            words = _("%(payment)s is “%(status)s”: only a bill can be approved.")
            raise NotApprovable(words % {"payment": row, "status": row.get_status_display()}, field="status")
        PaymentApproval.objects.get_or_create(payment=row, by=by[:150], amount=row.amount)
        if is_covered(row):
            change(row, status=Payment.Status.APPROVED, needs_person=False, problem="")
            paying.request_payment(row, by)
    payment.refresh_from_db()


def is_covered(payment: Payment) -> bool:
    """Tell whether what was approved is enough for what the bill asks now."""
    if payment.amount is None:
        return False
    people, by_rule, needed = set(), False, people_needed(payment)
    for approval in payment.approvals.filter(amount__gte=payment.amount):
        by_rule |= approval.rule_id is not None
        people |= {approval.by} if approval.rule_id is None and approval.by != BY_RULE else set()
    return len(people) >= needed or (by_rule and needed == 1)


def people_needed(payment: Payment) -> int:
    """Return how many people have to approve a payment where no rule does."""
    rule = rule_of(payment.account)
    over = rule is not None and rule.two_people_over is not None and (payment.amount or ZERO) > rule.two_people_over
    return 2 if over else 1


def spent_today(account: PlatformAccount, *, but: Payment | None = None) -> Decimal:
    """Return what was paid from an account today (UTC), and what may just be on its way."""
    begin = leases.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = Payment.objects.filter(account=account).exclude(pk__in=[but.pk] if but else [])
    paid = rows.filter(status=Payment.Status.PAID, paid_at__gte=begin).aggregate(sum=Sum("amount"))["sum"]
    under_way = rows.filter(status__in=[Payment.Status.PAYING, Payment.Status.UNKNOWN]).aggregate(sum=Sum("amount"))
    return (paid or ZERO) + (under_way["sum"] or ZERO)


def _approve_payments(rule: BuyRule) -> int:
    approved = 0
    rows = Payment.objects.filter(account=rule.account, status=Payment.Status.BILLED, needs_person=False, announced="")
    for row in rows.select_related("account").order_by("pk"):
        why = payment_objection(rule, row)
        with transaction.atomic():
            jobs.hold()
            if why:
                change(row, problem=_("For a person to approve: %(why)s") % {"why": why})
                continue
            said = {"rule": rule}
            PaymentApproval.objects.get_or_create(payment=row, by=BY_RULE, amount=row.amount, defaults=said)
            change(row, status=Payment.Status.APPROVED, problem="")
        approved += 1
    return approved


def payment_objection(rule: BuyRule, payment: Payment) -> str:
    """Return why the rule leaves a payment to a person; empty where it allows it."""
    amount = payment.amount
    if amount is None or payment.expected is None:
        return _("What it was to cost is not known.")
    if people_needed(payment) > 1:
        return _("Over %(limit)s two people have to approve.") % {"limit": rule.two_people_over}
    if rule.most_per_payment is not None and amount > rule.most_per_payment:
        return _("It is more than %(most)s, which the rule allows for one payment.") % {"most": rule.most_per_payment}
    most = payment.expected * (100 + rule.dearer_percent) / 100
    if amount > most:
        planned = {"amount": amount, "planned": payment.expected, "percent": rule.dearer_percent}
        return _("It costs %(amount)s; planned were %(planned)s, and %(percent)s %% more is allowed.") % planned
    spent = spent_today(payment.account, but=payment)
    if rule.most_per_day is not None and spent + amount > rule.most_per_day:
        today = {"spent": spent, "most": rule.most_per_day}
        return _("Today %(spent)s were spent already, the rule allows %(most)s a day.") % today
    return ""


def _check_name(by: str) -> None:
    if not by.strip() or by == BY_RULE:
        raise Refused(_("Say who approves."), field="by")


def _request(account: PlatformAccount, by: str) -> None:
    buying.request_purchases(account, requested_by=by)
