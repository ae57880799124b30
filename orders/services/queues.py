"""The queues of `attention` as orders: which orders hold something that waits, and what they need next."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Label, Order, Package, Payment, PurchaseOrder

from . import attention

_UNSENT = (PackageStatus.CREATED, PackageStatus.PROCESSING)
_FINAL_PACKAGES = (PackageStatus.DELIVERED, PackageStatus.CANCELLED)


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be done next for an order, and on which record; `on` None: nothing, somebody else works at it."""

    name: str
    text: str
    on: Order | PurchaseOrder | Payment | Package | None = None


def orders_in(name: str, accounts: Iterable[PlatformAccount] | None = None) -> QuerySet[Order]:
    """Return the orders that hold something of a queue, of these selling accounts alone where they are given."""
    rows = attention.QUEUES[name].of(accounts)
    if rows.model is Order:
        return rows
    if rows.model is Payment:
        rows = PurchaseOrder.objects.filter(payment__in=rows.values("pk"))
    return Order.objects.filter(Exists(rows.filter(order=OuterRef("pk"))))


def counts(accounts: Iterable[PlatformAccount] | None = None) -> dict[str, int]:
    """Return how many orders each queue holds."""
    chosen = None if accounts is None else list(accounts)
    return {name: orders_in(name, chosen).count() for name in attention.QUEUES}


def with_all(rows: QuerySet[Order]) -> QuerySet[Order]:
    """Load orders with what `next_step` looks at, in a fixed number of queries."""
    labels = Prefetch("label", Label.objects.defer("content"))
    packages = Package.objects.filter(is_gone=False).select_related("purchase").prefetch_related(labels, "lines__line")
    purchases = PurchaseOrder.objects.select_related("account", "payment").prefetch_related("lines__line")
    return rows.select_related("shop__account").prefetch_related(
        "lines__variant__product", Prefetch("purchases", purchases), Prefetch("packages", packages)
    )


def next_step(order: Order) -> Step:
    """Say what a person has to do next for an order; an order of `with_all` costs no query."""
    if order.status in attention.BEFORE_SHIPPING and order.ships != "seller":
        return Step("none", _("The marketplace sends it itself"))
    found = _before_shipping(order) if order.status in attention.BEFORE_SHIPPING else None
    return found or _on_the_way(order) or Step("none", _waits(order))


def _before_shipping(order: Order) -> Step | None:
    if order.stage == "cancelling":
        return Step("answer", _("Answer the buyer, who asks to cancel"), order)
    if order.status == Order.Status.ON_HOLD:
        return Step("release", _("Decide: it is held"), order)
    unknown = sum(1 for line in order.lines.all() if line.variant_id is None and line.wanted)
    if unknown:
        return Step("match", _("Say what was sold (%(n)d)") % {"n": unknown}, order)
    if order.problem:
        return Step("problem", _("See to its problem"), order)
    return _of_purchases(order) or _of_packages(order)


def _of_purchases(order: Order) -> Step | None:
    for purchase in order.purchases.all():
        if purchase.needs_person:
            return Step("purchase", _("See to purchase %(purchase)s") % {"purchase": purchase}, purchase)
        if purchase.payment and purchase.payment.needs_person:
            return Step("payment", _("See to %(payment)s") % {"payment": purchase.payment}, purchase.payment)
    if order.plan_state == Order.Plan.STUCK:
        return Step("plan", _("It can't be planned: see why"), order)
    for purchase in order.purchases.all():
        if purchase.status == PurchaseStatus.PLANNED:
            return Step("approve", _("Approve %(purchase)s") % {"purchase": purchase}, purchase)
        if purchase.payment and purchase.payment.status == Payment.Status.BILLED:
            return Step("pay", _("Approve %(payment)s") % {"payment": purchase.payment}, purchase.payment)
    return None


def _of_packages(order: Order) -> Step | None:
    for package in order.packages.all():
        if package.problem:
            return Step("package", _("See to package %(package)s") % {"package": package}, package)
        label: Label | None = getattr(package, "label", None)
        if label is not None and label.status == Label.Status.FAILED:
            return Step("label", _("See to the label"), package)
        if not is_ours_to_arrange(package):
            continue
        if package.arranged_at is None:
            return Step("arrange", _("Arrange shipping"), package)
        if label is None:
            return Step("label", _("Get the label"), package)
        if label.status == Label.Status.READY and label.printed_at is None and package.purchase is None:
            return Step("print", _("Print the label"), package)
    return None


def is_ours_to_arrange(package: Package) -> bool:
    """Tell whether a package waits for us to hand it to the marketplace's carrier."""
    if package.status not in _UNSENT:
        return False
    purchase = package.purchase
    if purchase is None:
        return True
    bought = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)
    return purchase.label == PurchaseOrder.Label.MARKETPLACE and purchase.status in bought


def _on_the_way(order: Order) -> Step | None:
    for package in order.packages.all():
        if package.problem and package.status not in _FINAL_PACKAGES:
            return Step("package", _("See to package %(package)s") % {"package": package}, package)
    return Step("problem", _("See to its problem"), order) if order.problem else None


def _waits(order: Order) -> str:
    if order.status == Order.Status.PENDING:
        return _("The buyer has to pay first")
    if order.status not in attention.BEFORE_SHIPPING:
        return ""
    if order.plan_state == Order.Plan.WAITING:
        return _("Waits for a quote")
    if not any(purchase.status != PurchaseStatus.CANCELLED for purchase in order.purchases.all()):
        return _("Waits for its plan")
    return _("The supplier is at work")


def packages_of(orders: Iterable[Order]) -> list[Package]:
    """Return the packages that these orders have now."""
    keys = [order.pk for order in orders]
    rows = Package.objects.filter(order__in=keys, is_gone=False).exclude(status=PackageStatus.CANCELLED)
    return list(rows.select_related("order__shop__account", "purchase").order_by("order", "pk"))
