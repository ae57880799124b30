"""What waits for a person: queues by name, as rows to show and as counts."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount
from integrations import leases
from orders.machines import OrderStatus, PackageStatus, PurchaseStatus
from orders.models import Label, Order, OrderLine, Package, Payment, PurchaseOrder

from . import tracking
from .following import TO_SEND

BEFORE_SHIPPING = (
    OrderStatus.PENDING,
    OrderStatus.PROCESSING,
    OrderStatus.ON_HOLD,
    OrderStatus.APPROVED,
    OrderStatus.PICKING,
    OrderStatus.PACKING,
    OrderStatus.READY_TO_SHIP,
)
_WAITING = (PackageStatus.CREATED, PackageStatus.PROCESSING)
_BOUGHT = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)

Rows = QuerySet[Any]


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one kind of decision. `account`: by which column its rows belong to an account that sells."""

    label: str | Promise
    rows: Callable[[], Rows]
    account: str

    def of(self, accounts: Iterable[PlatformAccount] | None = None) -> Rows:
        """Return the rows that wait, of these selling accounts alone where they are given."""
        rows = self.rows()
        if accounts is None:
            return rows
        keys = [account.pk for account in accounts]
        if rows.model is not Payment:
            return rows.filter(**{f"{self.account}__in": keys})
        theirs = PurchaseOrder.objects.filter(payment=OuterRef("pk"), **{f"{self.account}__in": keys})
        return rows.filter(Exists(theirs))


def counts(accounts: Iterable[PlatformAccount] | None = None) -> dict[str, int]:
    """Return how much waits in each queue, of these selling accounts alone where they are given."""
    chosen = None if accounts is None else list(accounts)
    return {name: queue.of(chosen).count() for name, queue in QUEUES.items()}


def _open_orders() -> Rows:
    return Order.objects.filter(status__in=BEFORE_SHIPPING, ships="seller")


def _to_match() -> Rows:
    waiting = OrderLine.objects.filter(order=OuterRef("pk"), variant=None, quantity__gt=F("cancelled"))
    return _open_orders().filter(Exists(waiting))


def _to_approve() -> Rows:
    living = Q(order__status__in=BEFORE_SHIPPING, order__cancel_requested_at=None) & ~Q(
        order__status=OrderStatus.ON_HOLD
    )
    return PurchaseOrder.objects.filter(living, status=PurchaseStatus.PLANNED)


def _to_pay() -> Rows:
    return Payment.objects.filter(status=Payment.Status.BILLED)


def _packages() -> Rows:
    """Return the parcels that we bring to the marketplace's carrier and that have not left."""
    return Package.objects.filter(
        is_gone=False,
        order__ships="seller",
        order__stage__in=TO_SEND,
        order__status__in=BEFORE_SHIPPING,
        order__cancel_requested_at=None,
    )


def _to_label() -> Rows:
    has_label = Label.objects.filter(package=OuterRef("pk"), status=Label.Status.READY)
    arranged = _packages().filter(status__in=_WAITING).exclude(arranged_at=None)
    under_supplier = Q(purchase__label=PurchaseOrder.Label.SUPPLIER)
    return arranged.filter(~Exists(has_label)).exclude(under_supplier)


def _to_ship() -> Rows:
    bought = Q(purchase=None) | Q(purchase__status__in=_BOUGHT)
    under_marketplace = ~Q(purchase__label=PurchaseOrder.Label.SUPPLIER) | Q(purchase=None)
    return _packages().filter(bought, under_marketplace, status__in=_WAITING, arranged_at=None)


def _late() -> Rows:
    return _open_orders().filter(stage__in=TO_SEND, ship_by__lt=leases.now())


def _on_hold() -> Rows:
    """Return what is held, and what a buyer wants to cancel although it can't be held any more."""
    asked = Q(stage="cancelling", status__in=BEFORE_SHIPPING)
    return Order.objects.filter(Q(status=OrderStatus.ON_HOLD) | asked)


def _problems() -> Rows:
    stuck = PurchaseOrder.objects.filter(order=OuterRef("pk"), needs_person=True)
    unpaid = PurchaseOrder.objects.filter(order=OuterRef("pk"), payment__needs_person=True)
    parcels = Package.objects.filter(order=OuterRef("pk"), is_gone=False).exclude(problem="")
    unplanned = Q(plan_state=Order.Plan.STUCK, status__in=BEFORE_SHIPPING)
    return Order.objects.filter(~Q(problem="") | unplanned | Exists(stuck) | Exists(unpaid) | Exists(parcels))


_OF_ORDER, _OF_ROW = "shop__account", "order__shop__account"
QUEUES: Mapping[str, Queue] = {
    "to_match": Queue(_("To match"), _to_match, _OF_ORDER),
    "to_approve": Queue(_("To approve"), _to_approve, _OF_ROW),
    "to_pay": Queue(_("To pay"), _to_pay, _OF_ROW),
    "to_label": Queue(_("To label"), _to_label, _OF_ROW),
    "to_ship": Queue(_("To ship"), _to_ship, _OF_ROW),
    "late": Queue(_("Late"), _late, _OF_ORDER),
    "on_hold": Queue(_("On hold"), _on_hold, _OF_ORDER),
    "overdue": Queue(_("Overdue parcels"), tracking.overdue, _OF_ROW),
    "problems": Queue(_("Problems"), _problems, _OF_ORDER),
}
