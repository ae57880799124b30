"""Order ↔ package ↔ purchase ↔ tracking number: which purchase brings what a package holds.

Two things hold of every order, and `findings` says in words where they don't: each wanted piece is in exactly one
living package, and each piece that is bought travels in the package of exactly one purchase.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Order, Package, PurchaseLine, PurchaseOrder

from . import pieces


def living(order: Order) -> list[Package]:
    """Return the packages that an order has now."""
    rows = order.packages.filter(is_gone=False).exclude(status=PackageStatus.CANCELLED)
    return list(rows.prefetch_related("lines").order_by("pk"))


def bought(order: Order) -> list[PurchaseOrder]:
    """Return the purchases of an order that are not cancelled."""
    rows = order.purchases.exclude(status=PurchaseStatus.CANCELLED)
    return list(rows.select_related("account").prefetch_related("lines").order_by("pk"))


def assign(order: Order) -> list[str]:
    """Write for each package of an order which purchase brings its goods; return what doesn't fit, in words.

    A package that was announced to anybody keeps its purchase.
    """
    packages, purchases = living(order), bought(order)
    fixed = {
        package.pk: package.purchase_id
        for package in packages
        if package.purchase_id and (package.announced or package.told_at or package.arranged_at)
    }
    holds = _held(order, packages)
    buys = {purchase.pk: _pieces_of(purchase.lines.all()) for purchase in purchases}
    found = pieces.match(holds, buys, fixed)
    for package in packages:
        purchase = found.get(package.pk)
        if package.purchase_id != purchase:
            Package.objects.filter(pk=package.pk).update(purchase=purchase)
            package.purchase_id = purchase
    order.packages.filter(is_gone=True).exclude(purchase=None).update(purchase=None)
    return _faults(order, packages, purchases)


def findings(order: Order) -> list[str]:
    """Say in words where an order's packages, purchases and pieces don't fit together; empty where they do."""
    return _faults(order, living(order), bought(order))


def link(orders: Sequence[Order]) -> None:
    """Assign the packages of those orders for which anything is bought."""
    rows = PurchaseOrder.objects.filter(order__in=orders).exclude(status=PurchaseStatus.CANCELLED)
    with_purchases = set(rows.values_list("order", flat=True))
    for order in orders:
        if order.pk in with_purchases:
            assign(order)


def _held(order: Order, packages: Sequence[Package]) -> dict[int, dict[int, int]]:
    """Return what each package holds of what is still wanted."""
    left = {line.pk: line.wanted for line in order.lines.all()}
    found: dict[int, dict[int, int]] = {}
    for package in packages:
        holds = found[package.pk] = dict[int, int]()
        for packed in package.lines.all():
            count = min(packed.quantity, left.get(packed.line_id, 0))
            if count:
                left[packed.line_id] -= count
                holds[packed.line_id] = count
    return found


def _pieces_of(lines: Iterable[PurchaseLine]) -> dict[int, int]:
    return {line.line_id: line.quantity for line in lines}


def _faults(order: Order, packages: Sequence[Package], purchases: Sequence[PurchaseOrder]) -> list[str]:
    found = _packing_faults(order, packages) if packages else []
    if not purchases:
        return found
    for package in packages:
        if package.purchase_id is None and _pieces_of_package(package):
            words = _("No single purchase brings all that package %(package)s holds: split it, or change the plan.")
            found.append(words % {"package": package})
    carried = Counter(package.purchase_id for package in packages)
    for purchase in purchases:
        if packages and not carried[purchase.pk]:
            found.append(_("Purchase %(purchase)s travels in no package.") % {"purchase": purchase})
        elif carried[purchase.pk] > 1 and purchase.label == PurchaseOrder.Label.MARKETPLACE:
            words = _(
                "Purchase %(purchase)s travels in %(count)d packages, but the supplier takes one label for it: "
                "join them, or plan a purchase for each."
            )
            found.append(words % {"purchase": purchase, "count": carried[purchase.pk]})
    return found


def _packing_faults(order: Order, packages: Sequence[Package]) -> list[str]:
    packed = Counter[int]()
    for package in packages:
        for piece in package.lines.all():
            packed[piece.line_id] += piece.quantity
    found = []
    for line in order.lines.all():
        if packed[line.pk] < line.wanted:
            words = _("%(missing)d of %(wanted)d pieces of %(line)s are in no package.")
            told = {"missing": line.wanted - packed[line.pk], "wanted": line.wanted, "line": line.sku or line.name}
            found.append(words % told)
        elif packed[line.pk] > line.quantity:
            words = _("The packages hold %(packed)d pieces of %(line)s, but only %(ordered)d were ordered.")
            told = {"packed": packed[line.pk], "ordered": line.quantity, "line": line.sku or line.name}
            found.append(words % told)
    return found


def _pieces_of_package(package: Package) -> int:
    return sum(line.quantity for line in package.lines.all())
