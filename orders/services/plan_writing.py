"""Plans as rows: planned purchases are kept, changed, added and taken back; what was approved is never touched.

A purchase's number counts up within its order and is never given a second time: rows stay when they are cancelled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations import leases
from orders.models import Order, PurchaseLine, PurchaseOrder

from . import margins, moves
from .margins import Margin, Money
from .plan_drafts import Draft, is_masked, is_replaceable

BY = "planning"
_COLUMNS = [
    *("label", "from_country", "warehouse_id", "route", "days_low", "days_high", "ioss_kind", "ioss_number", "tax_id"),
    *("declared_value", "planned_goods", "planned_freight", "reasons", "problem", "needs_person"),
]
_OF_ORDER = [
    *("plan_state", "plan_problem", "plan_tried_at", "problem", "planned_at", "revenue_usd", "cost_usd", "margin_usd")
]


@dataclass(slots=True)
class Writing:
    """What is to be written for many orders, in a handful of statements."""

    money: Money
    by: str = ""
    now: datetime = field(default_factory=leases.now)
    _orders: list[Order] = field(default_factory=list)
    _new: list[PurchaseOrder] = field(default_factory=list)
    _kept: list[PurchaseOrder] = field(default_factory=list)
    _lines: list[PurchaseLine] = field(default_factory=list)
    _stale: list[tuple[PurchaseOrder, str]] = field(default_factory=list)

    def plan(self, order: Order, drafts: Sequence[Draft]) -> list[PurchaseOrder]:
        """Note an order's plan; return the purchases that are planned for it."""
        spare = [purchase for purchase in order.purchases.all() if is_replaceable(purchase)]
        purchases = [self._purchase(order, draft, spare) for draft in drafts]
        self._stale += [(purchase, _("The plan has changed: it is not needed any more.")) for purchase in spare]
        others = [each for each in order.purchases.all() if each not in spare and each not in purchases]
        margin = margins.reckon(order, [*others, *purchases], self.money)
        for purchase in purchases:
            explain(purchase, margin)
        self._settle(order, Order.Plan.PLANNED, planned_at=self.now, margin=margin)
        return purchases

    def leave(self, order: Order, state: str, problem: str, *, is_stale: bool) -> None:
        """Note that an order can't be planned (yet), and why. `is_stale`: what was planned before holds no more."""
        if is_stale:
            spare = [purchase for purchase in order.purchases.all() if is_replaceable(purchase)]
            self._stale += [(purchase, _("It has to be planned anew.")) for purchase in spare]
        self._settle(order, state, problem=problem, planned_at=None if is_stale else order.planned_at)

    def pass_over(self, order: Order) -> None:
        """Note that an order was looked at and is none to be planned."""
        order.plan_tried_at = self.now
        self._orders.append(order)

    def write(self) -> None:
        """Write all that was noted, in the caller's transaction."""
        by, why = self.by or BY, {purchase.pk: why for purchase, why in self._stale}
        cancelled = PurchaseOrder.Status.CANCELLED
        moves.follow_all([row for row, _why in self._stale], cancelled, why=lambda row: why[row.pk], by=by)
        PurchaseLine.objects.filter(purchase__in=[purchase.pk for purchase in self._kept]).delete()
        PurchaseOrder.objects.bulk_update(self._kept, _COLUMNS)
        PurchaseOrder.objects.bulk_create(self._new)
        moves.note_all(self._new, why=_("Planned."), by=by)
        PurchaseLine.objects.bulk_create(self._lines)
        Order.objects.bulk_update(self._orders, _OF_ORDER)

    def _purchase(self, order: Order, draft: Draft, spare: list[PurchaseOrder]) -> PurchaseOrder:
        """Return the purchase for a draft: the planned one like it, which keeps its number, or a new one."""
        alike = [each for each in spare if each.account_id == draft.account.pk and each.label == draft.label]
        here = [each for each in alike if each.from_country == draft.group.country]
        purchase = next(iter([*here, *alike]), None)
        if purchase is not None:
            spare.remove(purchase)
            self._kept.append(purchase)
        else:
            purchase = PurchaseOrder(order=order, account=draft.account, reference=self._reference(order))
            self._new.append(purchase)
        fill(purchase, order, draft, self.money)
        self._lines += [
            PurchaseLine(
                purchase=purchase,
                line=need.line,
                variant=need.variant,
                quantity=need.pieces,
                unit_cost=self.money.cost_of(need.variant),
            )
            for need in draft.group.needs
        ]
        return purchase

    def _reference(self, order: Order) -> str:
        given = [each.reference for each in (*order.purchases.all(), *self._new) if each.order_id == order.pk]
        last = max((int(tail) for each in given if (tail := each.rpartition("-")[2]).isdecimal()), default=0)
        return f"BO-{order.pk}-{last + 1}"

    def _settle(
        self, order: Order, state: str, *, problem: str = "", planned_at: datetime | None, margin: Margin | None = None
    ) -> None:
        if order.problem in ("", order.plan_problem):  # what another has said stays
            order.problem = problem if state == Order.Plan.STUCK else ""
        order.plan_state, order.plan_problem, order.plan_tried_at = state, problem, self.now
        order.planned_at = planned_at
        if margin is not None:
            order.revenue_usd, order.cost_usd, order.margin_usd = margin.revenue, margin.cost, margin.margin
        self._orders.append(order)


def fill(purchase: PurchaseOrder, order: Order, draft: Draft, money: Money) -> None:
    """Bring a planned purchase in line with its draft; saves nothing."""
    pieces = [(need.line, need.pieces) for need in draft.group.needs]
    declared = margins.declare(
        order.country_code,
        pieces,
        draft.goods,
        order.currency,
        money,
        ioss_kind=draft.rule.ioss_kind,
        ioss_number=draft.rule.ioss_number,
    )
    values: dict[str, Any] = {
        "label": draft.label,
        "from_country": draft.group.country,
        "warehouse_id": draft.warehouse_id,
        "route": draft.route,
        "days_low": draft.days[0],
        "days_high": draft.days[1],
        "ioss_kind": declared.ioss_kind,
        "ioss_number": declared.ioss_number,
        "tax_id": order.tax_id,
        "declared_value": declared.value,
        "planned_goods": draft.goods,
        "planned_freight": draft.freight,
        "reasons": [*draft.reasons, *declared.reasons, *_papers(order, draft)],
        "problem": draft.problem,
        "needs_person": bool(draft.problem),
    }
    for name, value in values.items():
        setattr(purchase, name, value)


def explain(purchase: PurchaseOrder, margin: Margin) -> None:
    """Say on a purchase what its order leaves; one that makes a loss, or might, waits for a person."""
    purchase.reasons = [*purchase.reasons, *margin.reasons]
    if margin.is_loss:
        words = _("The order would lose %(loss)s USD.") % {"loss": abs(margin.margin or 0)}
        purchase.problem = f"{purchase.problem} {words}".strip()
        purchase.needs_person = True


def _papers(order: Order, draft: Draft) -> list[str]:
    """Return what the customs papers will lack."""
    if draft.group.country == order.country_code:
        return []
    products = {need.variant.product.pk: need.variant.product for need in draft.group.needs}
    words = _("The HS code of %(product)s is not known: the customs papers ask for it.")
    found = [words % {"product": product} for product in products.values() if not product.hs_code]
    if is_masked(order) and order.tax_id == "" and order.country_code == "BR":
        found.append(_("The recipient's tax id is not known: customs there ask for it."))
    return found


def stay(order: Order, purchases: Iterable[PurchaseOrder]) -> bool:
    """Tell whether what is planned still buys exactly what is wanted and not covered otherwise."""
    wanted = {line.pk: (line.wanted, line.variant_id) for line in order.lines.all() if line.wanted}
    bought: dict[int, int] = {}
    for purchase in purchases:
        if purchase.status == PurchaseOrder.Status.CANCELLED:
            continue
        for line in purchase.lines.all():
            if is_replaceable(purchase) and wanted.get(line.line_id, (0, None))[1] != line.variant_id:
                return False
            bought[line.line_id] = bought.get(line.line_id, 0) + line.quantity
    return (
        all(bought.get(line, 0) == pieces for line, (pieces, _variant) in wanted.items())
        and bought.keys() <= wanted.keys()
    )
