"""What became of the demo's orders: counted in our books and held against the simulator's, and shown."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from rich.table import Table

from accounts.models import Platform
from orders.machines import OrderStatus, PurchaseStatus
from orders.models import Label, Order, OrderLine, Package, Payment, PurchaseOrder
from orders.services import attention

from .demo_orders import AT_THE_DOOR, PAID, Trade
from .demo_simulator import look

Rows = Sequence[Mapping[str, Any]]
_NOT_BOUGHT = ("CANCELLED", "OTHER")  # cancelled, and split: its parts are counted


# --- counts


def summarize(trade: Trade) -> dict[str, int]:
    """Count what came of the orders; what differs from the simulator's books, or says nothing, is lost."""
    bought = [
        row for row in look(trade.simulator, "orders", platform="cj")["orders"] if row["account"] == trade.supplier_name
    ]
    orders = trade.orders.aggregate(
        orders=Count("pk"),
        shipped=Count("pk", filter=Q(shipped_at__isnull=False)),
        delivered=Count("pk", filter=Q(status__in=AT_THE_DOOR)),
    )
    return {
        "orders": orders["orders"],
        "purchases": trade.purchases.count(),
        "paid": trade.purchases.filter(status__in=PAID).count(),
        "shipped": orders["shipped"],
        "delivered": orders["delivered"],
        "double_orders": _double_orders(bought),
        "double_payments": sum(max(0, len(row["paid"]) - 1) for row in bought),
        "lost": _lost_orders(trade) + _lost_purchases(trade, bought) + _silent(trade),
    }


def _double_orders(bought: Rows) -> int:
    """Return of how many lines of buyers' orders more pieces were bought than ordered."""
    pieces: dict[int, int] = defaultdict(int)
    for line in (line for row in bought if row["status"] not in _NOT_BOUGHT for line in row["lines"]):
        pieces[int(line["store_line_item_id"])] += line["quantity"]
    ordered = dict(OrderLine.objects.filter(pk__in=pieces).values_list("pk", "quantity"))
    return sum(count > ordered.get(line, 0) for line, count in pieces.items())


def _lost_orders(trade: Trade) -> int:
    """Return how many orders of these sellers' shops are not here."""
    shops = {shop.external_id for account in trade.sellers for shop in account.shops.all()}
    sold = look(trade.simulator, "orders", platform=Platform.SHOPEE)["orders"]
    theirs = {(str(row["shop_id"]), row["order_sn"]) for row in sold if str(row["shop_id"]) in shops}
    ours = Order.objects.filter(shop__account__in=trade.sellers).values_list("shop__external_id", "external_id")
    return len(theirs - set(ours))


def _lost_purchases(trade: Trade, bought: Rows) -> int:
    """Return in how many purchases our books differ from the supplier's: paid or not, and under which label.

    What was paid although its buyer had cancelled before is money lost.
    """
    ours = {
        row.reference: (row.status in PAID, row.label_sha256)
        for row in PurchaseOrder.objects.filter(account=trade.supplier).exclude(external_id="")
    }
    theirs = {row["order_number"]: (bool(row["paid"]), row["label"]) for row in bought}
    differing = sum(ours.get(number) != theirs.get(number) for number in ours.keys() | theirs.keys())
    in_vain = trade.purchases.filter(order__external_id=trade.early, reference__in=[*_paid(theirs)])
    return differing + in_vain.count()


def _paid(theirs: Mapping[str, tuple[bool, str]]) -> list[str]:
    return [number for number, (is_paid, _label) in theirs.items() if is_paid]


def _silent(trade: Trade) -> int:
    """Return how many orders are under way still, and tell no person why."""
    over = (*AT_THE_DOOR, OrderStatus.CANCELLED)
    told = attention.QUEUES["problems"].of(trade.sellers).values("pk")
    return trade.orders.exclude(status__in=over).exclude(pk__in=told).count()


# --- tables


def table(trade: Trade) -> Table:
    """Return what came of the orders: where they stand, the money, the parcels, and what waits for a person."""
    shown = Table(title="What buyers ordered", title_justify="left", show_header=False)
    shown.add_column(no_wrap=True)
    shown.add_column(overflow="fold")
    for name, text in [*_states(trade), *_money(trade), *_parcels(trade), *_waiting(trade)]:
        shown.add_row(name, text)
    return shown


def _states(trade: Trade) -> list[tuple[str, str]]:
    counted = dict(trade.orders.order_by().values_list("status").annotate(count=Count("pk")))
    rows = [
        (f"Orders: {status.label}".lower().capitalize(), str(counted[status]))
        for status in OrderStatus
        if status in counted
    ]
    cancelled = trade.purchases.filter(status=PurchaseStatus.CANCELLED).count()
    paid = trade.purchases.filter(status__in=PAID).count()
    return [*rows, ("Purchases paid / taken back", f"{paid} / {cancelled}")]


def _money(trade: Trade) -> list[tuple[str, str]]:
    """Return what the orders that arrived earn by their plans, and each payment with the balance around it."""
    arrived = trade.orders.filter(status__in=AT_THE_DOOR)
    sums = arrived.aggregate(revenue=Sum("revenue_usd"), cost=Sum("cost_usd"), margin=Sum("margin_usd"))
    rows = [(f"{name.capitalize()} of what arrived (USD)", f"{sums[name] or 0:.2f}") for name in sums]
    return rows + [(str(payment), _paid_in_words(payment)) for payment in _payments(trade)]


def _payments(trade: Trade) -> QuerySet[Payment]:
    return trade.payments.filter(status=Payment.Status.PAID).order_by("paid_at", "pk")


def _paid_in_words(payment: Payment) -> str:
    before, after = payment.balance_before, payment.balance_after
    taken = "?" if before is None or after is None else before - after
    return f"{taken} of {payment.amount} USD approved; balance {before} → {after}"


def _parcels(trade: Trade) -> list[tuple[str, str]]:
    packages = Package.objects.filter(order__in=trade.orders, is_gone=False, status=Package.Status.DELIVERED)
    by_label = packages.values_list("purchase__label").annotate(count=Count("pk")).order_by()
    counted = dict(by_label)
    rows = [(f"Parcels delivered: {label.label}", str(counted.get(label, 0))) for label in PurchaseOrder.Label]
    labels = Label.objects.filter(package__order__in=trade.orders, status=Label.Status.READY)
    return [*rows, ("Labels printed / with the supplier", f"{labels.count()} / {_handed_in(trade)}")]


def _handed_in(trade: Trade) -> int:
    return trade.purchases.exclude(label_sha256="").count()


def _waiting(trade: Trade) -> list[tuple[str, str]]:
    """Return what a person has to see to, each with the next step."""
    rows = [(f"For a person: {row}", row.problem) for row in trade.purchases.filter(needs_person=True)]
    stuck = trade.orders.filter(plan_state=Order.Plan.STUCK).exclude(plan_problem="")
    packages = Package.objects.filter(order__in=trade.orders, is_gone=False).exclude(problem="")
    rows += [(f"For a person: {row}", row.plan_problem) for row in stuck]
    return rows + [(f"For a person: {row}", row.problem) for row in packages]
