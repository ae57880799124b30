"""Where an order stands, told by what was bought for it and by its packages."""

from typing import Any

from django.db import transaction
from django.db.models import Sum

from integrations import leases
from orders.machines import OrderStatus, PackageStatus, PurchaseStatus
from orders.models import Order, Package, PurchaseLine, PurchaseOrder

from . import moves, reserving

FLOW = (
    OrderStatus.PROCESSING,
    OrderStatus.APPROVED,
    OrderStatus.PICKING,
    OrderStatus.PACKING,
    OrderStatus.READY_TO_SHIP,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)
_PICKED_UP = (PackageStatus.PICKED_UP, PackageStatus.IN_TRANSIT, PackageStatus.OUT_FOR_DELIVERY)
_SENT = (OrderStatus.SHIPPED, OrderStatus.DELIVERED)


@transaction.atomic
def settle(order: Order, by: str = "", why: str = "") -> str:
    """Bring an order as far as all its purchases and packages are, never back, and return its status.

    Approved when everything wanted is; picked when all is paid; packed when the supplier has a label for each parcel;
    ready when each package is; shipped and delivered when the last one was. What is held stays held until it is sent.
    """
    row = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
    reserving.recount(row.lines.exclude(variant=None).values_list("variant_id", flat=True))
    new = _reached(row)
    if _may_go(row, new):
        now, times = leases.now(), dict[str, Any]()
        if new in _SENT:
            times |= {"shipped_at": row.shipped_at or now, "hold_reason": ""}
        if new == OrderStatus.DELIVERED:
            times["delivered_at"] = row.delivered_at or now
        moves.follow(row, new, why=why, by=by, **times)
    for name in ("status", "shipped_at", "delivered_at", "hold_reason"):
        setattr(order, name, getattr(row, name))
    return str(row.status)


def _may_go(order: Order, new: str) -> bool:
    if order.status in FLOW:
        return FLOW.index(OrderStatus(new)) > FLOW.index(OrderStatus(order.status))
    return order.status == OrderStatus.ON_HOLD and new in _SENT


def _reached(order: Order) -> OrderStatus:
    purchases = [row for row in order.purchases.all() if row.status != PurchaseStatus.CANCELLED]
    packages = [row for row in order.packages.all() if not row.is_gone and row.status != PackageStatus.CANCELLED]
    by_packages = min((_of_package(row) for row in packages), key=FLOW.index, default=OrderStatus.PROCESSING)
    if by_packages in _SENT:
        return by_packages
    if not purchases or not _is_covered(order):
        return OrderStatus.PROCESSING
    by_purchases = min((_of_purchase(row) for row in purchases), key=FLOW.index)
    is_ready = by_packages == OrderStatus.READY_TO_SHIP
    paid = FLOW.index(by_purchases) >= FLOW.index(OrderStatus.PICKING)
    return max(by_purchases, by_packages, key=FLOW.index) if is_ready and paid else by_purchases


def _of_purchase(row: PurchaseOrder) -> OrderStatus:
    if row.status == PurchaseStatus.PAID:
        by_marketplace = row.label == PurchaseOrder.Label.MARKETPLACE
        is_labelled = row.label_sha256 if by_marketplace else row.tracking_number
        return OrderStatus.PACKING if is_labelled else OrderStatus.PICKING
    return {
        PurchaseStatus.PLANNED.value: OrderStatus.PROCESSING,
        PurchaseStatus.SHIPPED.value: OrderStatus.SHIPPED,
        PurchaseStatus.DELIVERED.value: OrderStatus.DELIVERED,
    }.get(row.status, OrderStatus.APPROVED)


def _of_package(row: Package) -> OrderStatus:
    if row.status == PackageStatus.DELIVERED:
        return OrderStatus.DELIVERED
    if row.status in _PICKED_UP:
        return OrderStatus.SHIPPED
    return OrderStatus.READY_TO_SHIP if row.status == PackageStatus.READY_FOR_PICKUP else OrderStatus.PROCESSING


def _is_covered(order: Order) -> bool:
    """Tell whether every wanted piece is in a purchase."""
    bought = PurchaseLine.objects.filter(line__order=order).exclude(purchase__status=PurchaseStatus.CANCELLED)
    pieces = dict(bought.order_by().values_list("line").annotate(pieces=Sum("quantity")))
    return all(pieces.get(line.pk, 0) >= line.wanted for line in order.lines.all())
