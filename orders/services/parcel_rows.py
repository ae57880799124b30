"""Packages as the marketplace has them, read and kept. What brings them is with `packing`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Shop
from integrations import jobs, leases
from integrations.sold import OrderChannel, OrderData, PackageData, ParcelRef
from orders.machines import PACKAGE, PackageStatus
from orders.models import Label, Order, OrderLine, Package, PackageLine

from . import moves, packing, standing

BY = "marketplace"
ON_ITS_WAY = (PackageStatus.PICKED_UP, PackageStatus.IN_TRANSIT, PackageStatus.OUT_FOR_DELIVERY)
Pair = tuple[Order, OrderData]
Told = tuple[Order, PackageData]

_TOLD = (
    *("platform_status", "carrier_id", "carrier_name", "tracking_number", "weight_g", "ship_by", "facts"),
    *("arranged_at", "is_gone"),
)


# --- what the marketplace says


def sync(order: Order, data: OrderData, *, by: str = BY) -> None:
    """Write an order's packages as the marketplace tells them with the order."""
    sync_all([(order, data)], by=by)


@transaction.atomic
def sync_all(pairs: Iterable[Pair], *, by: str = BY) -> None:
    """Do it for many orders, in a number of queries that grows only with what changes.

    A package that is told no more is gone: another split took its place. An order that is told without packages
    keeps what it has.
    """
    told = [(order, data) for order, data in pairs if data.packages]
    rows = _rows_of([order for order, _data in told])
    named = [(order, parcel) for order, data in told for parcel in data.packages]
    keys = {(order.pk, parcel.external_id) for order, parcel in named}
    gone = [row for key, row in rows.items() if key not in keys and not row.is_gone]
    for row in gone:
        row.is_gone = True
    Package.objects.bulk_update(gone, ["is_gone"])
    moved = _write(named, rows, by) | {row.order_id for row in gone}
    packing.link([order for order, _data in told if order.pk in moved])


def read(packages: Sequence[Package], channel: OrderChannel, shop: Shop, *, by: str = BY) -> set[int]:
    """Read packages of a shop as they are now, and keep it; return the primary keys of those that are there.

    The rows that were given are brought up to date.
    """
    numbers = [package.external_id for package in packages if package.external_id]
    told: dict[str, PackageData] = {}
    for start in range(0, len(numbers), channel.most_parcels):
        parcels = channel.parcels(shop.external_id, numbers[start : start + channel.most_parcels])
        told |= {parcel.external_id: parcel for parcel in parcels}
    there = [package for package in packages if package.external_id in told]
    if not there:
        return set()
    with transaction.atomic():
        jobs.hold()
        rows = _rows_of([package.order for package in there], only=[package.pk for package in there])
        _write([(row.order, told[row.external_id]) for row in rows.values()], rows, by, in_full=True)
    for package in there:
        row = rows[package.order_id, package.external_id]
        package.__dict__.update({field.attname: getattr(row, field.attname) for field in Package._meta.fields})
    for order in {row.order_id: row.order for row in there}.values():
        standing.settle(order, by=by)
    return {row.pk for row in there}


def _rows_of(orders: Sequence[Order], *, only: Sequence[int] | None = None) -> dict[tuple[int, str], Package]:
    rows = Package.objects.select_for_update(of=("self",)).filter(order__in=orders).exclude(external_id="")
    rows = rows if only is None else rows.filter(pk__in=only)
    known = {order.pk: order for order in orders}
    found = {(row.order_id, row.external_id): row for row in rows.order_by("pk")}
    for row in found.values():
        row.order = known[row.order_id]
    return found


def _write(told: Sequence[Told], rows: dict[tuple[int, str], Package], by: str, *, in_full: bool = False) -> set[int]:
    """Write packages; return the primary keys of the orders whose packages hold other things than before.

    `in_full`: they were read by themselves. With its order a package doesn't tell what may be done with it.
    """
    new: list[tuple[Package, PackageData]] = []
    known: list[tuple[Package, PackageData]] = []
    changed: list[Package] = []
    for order, parcel in told:
        row = rows.get((order.pk, parcel.external_id))
        if row is None:
            status = parcel.status if parcel.status in PackageStatus.values else PackageStatus.CREATED.value
            row = Package(order=order, external_id=parcel.external_id, status=status)
            rows[order.pk, parcel.external_id] = row
            _take_over(row, parcel, in_full)
            new.append((row, parcel))
        else:
            if _take_over(row, parcel, in_full):
                changed.append(row)
            known.append((row, parcel))
    Package.objects.bulk_create([row for row, _parcel in new])
    moves.note_all([row for row, _parcel in new], why=_("First seen."), by=by)
    Package.objects.bulk_update(changed, _TOLD)
    for row, parcel in known:
        _follow(row, parcel, by)
    _age_labels(changed)
    return _pack([*new, *known])


def _take_over(row: Package, parcel: PackageData, in_full: bool) -> bool:
    """Put what is told of a package into its row; return whether that changes it. What is not told stays."""
    before = [getattr(row, name) for name in _TOLD]
    for name in ("platform_status", "carrier_id", "carrier_name", "tracking_number", "weight_g", "ship_by"):
        value = getattr(parcel, name)
        if value not in (None, ""):
            longest = getattr(Package._meta.get_field(name), "max_length", None)
            setattr(row, name, value[:longest] if isinstance(value, str) else value)
    row.facts = row.facts | parcel.facts
    if in_full:
        row.facts |= {name: getattr(parcel, name) for name in ("can_ship", "can_split", "can_unsplit")}
    else:
        row.is_gone = False
    if parcel.arranged and row.arranged_at is None:
        row.arranged_at = leases.now()
    return before != [getattr(row, name) for name in _TOLD]


def _follow(row: Package, parcel: PackageData, by: str) -> None:
    """Let a package's status follow; what a person holds stays held until the marketplace has it."""
    new = parcel.status
    if row.status == PackageStatus.ON_HOLD and new in (PackageStatus.CREATED, PackageStatus.PROCESSING):
        return
    if not new or not PACKAGE.path(row.status, new):
        return
    now = leases.now()
    times: dict[str, Any] = {}
    if new in (*ON_ITS_WAY, PackageStatus.DELIVERED) and row.shipped_at is None:
        times["shipped_at"] = now
    if new == PackageStatus.DELIVERED:
        times["delivered_at"] = now
    if new == PackageStatus.FAILED:
        times["problem"] = _("The marketplace says that it can't be delivered (%(status)s). Look there.") % {
            "status": parcel.platform_status
        }
    moves.follow(row, new, by=by, **times)


def _age_labels(changed: Sequence[Package]) -> None:
    """Have labels made anew that stand for another tracking number than their package has now."""
    keys = [row.pk for row in changed if row.tracking_number]
    old = Label.objects.filter(package__in=keys).exclude(tracking_number="")
    old = old.exclude(tracking_number=F("package__tracking_number"))
    old.update(status=Label.Status.WANTED, tracking_number="", attempts=0, problem="", requested_at=leases.now())


def _pack(told: Sequence[tuple[Package, PackageData]]) -> set[int]:
    """Write what is in packages; return the primary keys of the orders in which that has changed."""
    orders = {row.order_id for row, _parcel in told}
    by_order: dict[int, dict[str, OrderLine]] = defaultdict(dict)
    for line in OrderLine.objects.filter(order__in=orders):
        by_order[line.order_id][line.external_id] = line
    before: dict[int, dict[int, int]] = defaultdict(dict)
    for packed in PackageLine.objects.filter(package__in=[row.pk for row, _parcel in told]):
        before[packed.package_id][packed.line_id] = packed.quantity
    alone = Counter(row.order_id for row, _parcel in told)
    moved: list[Package] = []
    made: list[PackageLine] = []
    for row, parcel in told:
        lines = by_order[row.order_id]
        holds = Counter[int]()
        for piece in parcel.lines:
            if piece.line_id in lines and piece.quantity > 0:
                holds[lines[piece.line_id].pk] += piece.quantity
        if not parcel.lines:
            if before[row.pk] or alone[row.order_id] > 1:
                continue  # not told: what is known stays
            holds.update({line.pk: line.wanted for line in lines.values() if line.wanted})
        if dict(holds) != before[row.pk]:
            moved.append(row)
            made += [PackageLine(package=row, line_id=line, quantity=count) for line, count in holds.items()]
    PackageLine.objects.filter(package__in=moved).delete()
    PackageLine.objects.bulk_create(made)
    return {row.order_id for row in moved}


def ref_of(package: Package) -> ParcelRef:
    """Return how the marketplace knows a package."""
    return ParcelRef(
        order_id=package.order.external_id,
        package_id=package.external_id,
        tracking_number=package.tracking_number,
        is_split=package.order.is_split,
    )
