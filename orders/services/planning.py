"""What is bought for an order: which variants, from where, by which way, at which cost, and why so.

Planning asks no platform. Quotes that it lacks are asked for by a job of the supplier's account, which then plans the
orders that waited for them; whatever dies, an order that is not planned is found again by its `plan_state`.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Warehouse
from integrations import jobs, leases
from integrations.models import Lane, SyncJob
from orders.machines import OrderStatus
from orders.models import CarrierRule, Order, OrderLine, PurchaseOrder

from . import choosing, margins, plan_drafts, quoting, sourcing_places
from .plan_drafts import Draft, Market, NoWay, Stuck
from .plan_writing import Writing, explain, fill, stay
from .quoting import Question, Quotes
from .sourcing_places import Group, Need, Stock

CHUNK = 200  # orders planned in one transaction
ROUNDS = 4  # places tried, one after the other, where the supplier knows no way from the first

# A purchase that CJ cancels leaves an approved order with pieces to buy again.
PLANNABLE = (OrderStatus.PROCESSING, OrderStatus.APPROVED, OrderStatus.PICKING, OrderStatus.PACKING)
_OVER = ("shipped", "delivered", "completed", "cancelling", "cancelled", "returning")  # stages (integrations.sold)

Plan = Order.Plan
Label = PurchaseOrder.Label


@dataclass(frozen=True, slots=True)
class Planned:
    """What became of one order. `outcome`: planned | waiting (a quote is asked for) | stuck (a person) | skipped."""

    order: Order
    outcome: str
    purchases: list[PurchaseOrder] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Case:
    """An order on its way to a plan."""

    order: Order
    needs: list[Need]
    drafts: list[Draft] = field(default_factory=list)
    without: frozenset[tuple[int, str]] = frozenset()
    problem: str = ""
    missing: list[Question] = field(default_factory=list)
    why: list[str] = field(default_factory=list)


# --- doors


def plan_orders(orders: Iterable[Order], by: str = "") -> list[Planned]:
    """Plan these orders anew, as far as what is known goes; the number of queries does not grow with that of orders.

    Only what nobody has approved is replaced. Missing quotes are asked for by a job, which plans those orders then.
    """
    found, market = list[Planned](), Market()
    keys = list(dict.fromkeys(order.pk for order in orders))
    for start in range(0, len(keys), CHUNK):
        found += _plan_chunk(keys[start : start + CHUNK], market, by)
    return found


def plan(order: Order, by: str = "") -> Planned:
    """Plan one order anew; see `plan_orders`. Raise Refused where it is none to be planned."""
    (planned,) = plan_orders([order], by)
    if planned.outcome == "skipped":
        raise Refused(" ".join(planned.reasons), field="order")
    return planned


def request_plans(account: PlatformAccount, *, requested_by: str = "") -> SyncJob:
    """Queue the planning of what an account has sold and nobody has planned."""
    return jobs.enqueue(
        "orders.tasks.plan_due",
        key=f"plan:{account.pk}",
        lane=Lane.ORDERS,
        account=account,
        runs_while_paused=True,  # nobody is asked
        requested_by=requested_by,
        account_id=account.pk,
    )


def plan_due(account_id: int) -> int:
    """Plan what an account has sold and nobody has planned, each order once; return how many were looked at."""
    job = jobs.current()
    began = job.created_at if job else leases.now()
    due = _unplanned(Q(shop__account=account_id)).filter(Q(plan_tried_at=None) | Q(plan_tried_at__lt=began))
    return _plan_all(due)


def ask_quotes(account_id: int) -> int:
    """Ask a supplier for the quotes that orders wait for, then plan these orders; return how many were looked at."""
    account = PlatformAccount.objects.get(pk=account_id)
    quoting.ask_wanted(account)
    return _plan_all(_unplanned(Q(plan_state=Plan.WAITING, lines__variant__product__account=account)).distinct())


def _plan_all(due: QuerySet[Order]) -> int:
    count, last = 0, 0
    while chunk := list(due.filter(pk__gt=last).order_by("pk").only("pk")[:CHUNK]):
        plan_orders(chunk)
        count, last = count + len(chunk), chunk[-1].pk
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return count


def _unplanned(which: Q) -> QuerySet[Order]:
    return Order.objects.filter(which, status__in=PLANNABLE, planned_at=None, ships="seller")


# --- many at once


def _plan_chunk(keys: Sequence[int], market: Market, by: str) -> list[Planned]:
    with transaction.atomic():
        jobs.hold()
        orders = _load(keys)
        writing, found = Writing(market.money, by), dict[int, Planned]()
        cases = list(_cases(orders, writing, found))
        stock = Stock({need.variant.pk for case in cases for need in case.needs}, [case.order.pk for case in cases])
        _draw_up(cases, market, stock)
        for case in cases:
            found[case.order.pk] = _note(case, writing)
        writing.write()
        _ask_for([question for case in cases if not case.problem for question in case.missing], by)
    return [found[key] for key in keys if key in found]


def _load(keys: Collection[int]) -> list[Order]:
    """Lock these orders and read all that planning looks at."""
    lines = OrderLine.objects.select_related("variant__product__account").prefetch_related("variant__offers")
    purchases = PurchaseOrder.objects.select_for_update(of=("self",)).prefetch_related("lines").order_by("pk")
    return list(
        Order.objects.select_for_update(of=("self",))
        .filter(pk__in=keys)
        .select_related("shop__account")
        .prefetch_related(Prefetch("lines", lines), Prefetch("purchases", purchases), "packages")
        .order_by("pk")
    )


def _cases(orders: Iterable[Order], writing: Writing, found: dict[int, Planned]) -> Iterator[_Case]:
    """Return what can be planned; the others are noted with their reason."""
    for order in orders:
        if why := objection(order):
            writing.pass_over(order)
            found[order.pk] = Planned(order, "skipped", reasons=[why])
        else:
            yield _Case(order, plan_drafts.needs_of(order))


def objection(order: Order) -> str:
    """Return why an order is none to be planned; empty where it is one."""
    if order.ships != "seller":
        return _("The marketplace sends this order itself: nothing is bought for it.")
    if order.status not in PLANNABLE:
        return _("It is “%(status)s”: nothing is planned for it now.") % {"status": order.get_status_display()}
    if order.cancel_requested_at:
        return _("The buyer asks to cancel: answer that first.")
    if order.stage in _OVER:
        return _("At the marketplace it is “%(status)s”: nothing is planned for it.") % {
            "status": order.platform_status
        }
    waiting = [line for line in order.lines.all() if line.wanted and line.variant_id is None]
    if waiting:
        words = _("%(count)d of its lines wait for somebody to say which variant they are.")
        return words % {"count": len(waiting)}
    return ""


def _draw_up(cases: Iterable[_Case], market: Market, stock: Stock) -> None:
    """Draw the cases up; where the supplier knows no way from a place, the next place is tried."""
    left = list(cases)
    for _round in range(ROUNDS):
        for case in left:
            _draft(case, market, stock)
        asked = [draft.question for case in left for draft in case.drafts if draft.question]
        quotes = Quotes([*asked, *map(plan_drafts.tips_for, asked)])
        left = [case for case in left if not case.problem and not _send(case, quotes, stock)]
        if not left:
            return
    for case in left:
        case.problem = plan_drafts.no_way(case.order, case.without)


def _draft(case: _Case, market: Market, stock: Stock) -> None:
    try:
        case.drafts = plan_drafts.drafts_of(case.order, case.needs, market, stock, case.without)
    except Stuck as reason:
        case.drafts, case.problem = [], str(reason)


def _send(case: _Case, quotes: Quotes, stock: Stock) -> bool:
    """Choose the ways of one order; return whether it needs no further round."""
    try:
        case.missing, case.why = plan_drafts.send(case.order, case.drafts, quotes)
        return True
    except Stuck as reason:
        case.problem = str(reason)
    except NoWay as no:
        case.without |= no.places
    for draft in case.drafts:
        stock.take(draft.group, back=True)
    case.drafts = []
    return bool(case.problem)


def _note(case: _Case, writing: Writing) -> Planned:
    order = case.order
    if case.problem:
        writing.leave(order, Plan.STUCK, case.problem, is_stale=True)
        return Planned(order, "stuck", reasons=[case.problem])
    if case.missing:
        is_stale = not stay(order, order.purchases.all())
        writing.leave(order, Plan.WAITING, " ".join(dict.fromkeys(case.why)), is_stale=is_stale)
        return Planned(order, "waiting", reasons=case.why)
    purchases = writing.plan(order, case.drafts)
    reasons = [reason for purchase in purchases for reason in purchase.reasons]
    return Planned(order, "planned", purchases, list(dict.fromkeys(reasons)))


def _ask_for(questions: Sequence[Question], by: str) -> None:
    """Have the suppliers asked, each by its own job, in the transaction in which the orders begin to wait."""
    if not questions:
        return
    quoting.want(questions)
    accounts = PlatformAccount.objects.in_bulk({question.account_id for question in questions})
    for account in accounts.values():
        due = quoting.next_at(account)
        delay = max(0.0, (due - leases.now()).total_seconds()) if due else 0.0
        jobs.enqueue(
            "orders.tasks.ask_quotes",
            key=f"plan:quotes:{account.pk}",
            lane=Lane.ORDERS,
            account=account,
            delay=delay,
            requested_by=by,
            account_id=account.pk,
        )


# --- by a person


class _NotAsked(Exception):
    """The supplier has to be asked first."""

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question


def change(
    purchase: PurchaseOrder,
    *,
    route: str | None = None,
    warehouse_id: str | None = None,
    label: str | None = None,
    by: str,
) -> PurchaseOrder:
    """Send a planned purchase another way, from another warehouse, or under the other label.

    Raise Refused, naming the field, where that is not possible; what has to be asked of the supplier first is queued.
    Planning the order anew forgets the change.
    """
    try:
        return _change(purchase, route, warehouse_id, label, by)
    except _NotAsked as missing:
        with transaction.atomic():
            _ask_for([missing.question], by)
        words = _("route: the supplier is being asked what ways there are. Choose again in a minute.")
        raise Refused(words, field="route") from missing


@transaction.atomic
def _change(
    purchase: PurchaseOrder, route: str | None, warehouse_id: str | None, label: str | None, by: str
) -> PurchaseOrder:
    order, market = _load([purchase.order_id])[0], Market()
    known = next(each for each in order.purchases.all() if each.pk == purchase.pk)
    if not plan_drafts.is_replaceable(known):
        words = _("%(purchase)s is “%(status)s”: only what is planned can be changed.")
        raise Refused(words % {"purchase": known, "status": known.get_status_display()}, field="purchase")
    draft = _draft_again(order, known, label, warehouse_id)
    if draft.label == Label.MARKETPLACE:
        _relabel(order, draft, route)
    else:
        _reroute(order, draft, route or known.route, market)
    draft.reasons.append(_("Chosen by %(name)s.") % {"name": by})
    fill(known, order, draft, market.money)
    margin = margins.reckon(order, order.purchases.all(), market.money)
    explain(known, margin)
    known.save()
    Order.objects.filter(pk=order.pk).update(revenue_usd=margin.revenue, cost_usd=margin.cost, margin_usd=margin.margin)
    return known


def _draft_again(order: Order, purchase: PurchaseOrder, label: str | None, warehouse_id: str | None) -> Draft:
    """Return a planned purchase as a draft, with its label and its place as they are wished."""
    if label is not None and label not in Label.values:
        raise Refused(_("label must be one of: %(known)s.") % {"known": ", ".join(Label.values)}, field="label")
    label = label or purchase.label
    if label == Label.MARKETPLACE and not plan_drafts.can_label(order):
        raise Refused(_("label: the marketplace has no parcel of this order that could be labelled."), field="label")
    if label == Label.SUPPLIER and plan_drafts.is_masked(order):
        words = _("label: the marketplace hides the address, so the supplier can't write a label.")
        raise Refused(words, field="label")
    lines = {line.pk: line for line in order.lines.all()}
    bought = purchase.lines.select_related("variant__product__account").prefetch_related("variant__offers")
    needs = [Need(lines[each.line_id], each.variant, each.quantity) for each in bought.order_by("pk")]
    warehouse = _warehouse(purchase, label, warehouse_id)
    group = Group(warehouse.country_code if warehouse else purchase.from_country, needs, warehouse)
    rule = CarrierRule(label=label, ioss_kind=purchase.ioss_kind, ioss_number=purchase.ioss_number)
    return Draft(account=purchase.account, group=group, label=label, rule=rule, goods=purchase.planned_goods)


def _warehouse(purchase: PurchaseOrder, label: str, warehouse_id: str | None) -> Warehouse | None:
    if warehouse_id and label == Label.SUPPLIER:
        words = _("warehouse_id: under the supplier's own label the supplier chooses the warehouse. Leave it empty.")
        raise Refused(words, field="warehouse_id")
    wished = purchase.warehouse_id if warehouse_id is None else warehouse_id.strip()
    if not wished or label == Label.SUPPLIER:
        return None
    storages = Warehouse.objects.filter(platform=purchase.account.platform, kind=Warehouse.Kind.STORAGE)
    found = storages.filter(external_id=wished).exclude(country_code="").first()
    if found is None:
        words = _("warehouse_id: no warehouse of the supplier is known by “%(value)s”. Read the warehouses first.")
        raise Refused(words % {"value": wished[:64]}, field="warehouse_id")
    return found


def _relabel(order: Order, draft: Draft, route: str | None) -> None:
    stock = Stock({need.variant.pk for need in draft.group.needs}, [order.pk])
    plan_drafts.label_by_marketplace(order, draft, stock)
    serves = sourcing_places.carriers_of(draft.group.warehouse)
    if route is None:
        return
    if serves and route not in serves:
        words = _("route: the warehouse takes labels of these carriers only: %(known)s.")
        raise Refused(words % {"known": ", ".join(serves[:20])}, field="route")
    draft.route, draft.problem = route, ""


def _reroute(order: Order, draft: Draft, route: str, market: Market) -> None:
    draft.question = plan_drafts.question_for(order, draft, plan_drafts.own_sku_of(draft.group.needs, market))
    answer = Quotes([draft.question]).of(draft.question, however_old=True)
    if not answer.asked:
        raise _NotAsked(draft.question)
    found = next((each for each in answer.routes if each.name == route), None)
    if found is None:
        words = _("route: the supplier knows no “%(value)s” from %(start)s to %(end)s. Possible: %(known)s.")
        known = ", ".join(f"{each.name} ({each.price} USD)" for each in answer.routes[:20]) or _("none")
        told = {"value": route[:200], "start": draft.group.country, "end": order.country_code, "known": known}
        raise Refused(words % told, field="route")
    words = _("%(carrier)s: %(price)s USD, %(days)s days.")
    told = {"carrier": found.name, "price": str(found.price), "days": choosing.days_of(found)}
    plan_drafts.take(draft, found, [words % told])
