"""What an order travels in: packages split and put together at the marketplace, measured, kept as they are there.

A split is refused by the marketplace where it was made before, so what a lost answer has done is found by reading.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations import jobs
from integrations.errors import OutcomeUnknown, Rejected
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel, OrderData, PackageLineData
from orders.models import Order, Package

from . import arranging_rules, packing, standing
from .packing import assign, findings, living
from .parcel_rows import read, ref_of, sync, sync_all

__all__ = [
    "assign",
    "findings",
    "living",
    "measure",
    "merge",
    "parts_by_purchase",
    "read",
    "ref_of",
    "request_merge",
    "request_split",
    "split",
    "sync",
    "sync_all",
]

BY = "parcels"
LOST_S = 60.0
Part = Mapping[str, int]  # external id of the order's line → pieces
_SIZES = ("weight_g", "length_mm", "width_mm", "height_mm")


# --- split


def request_split(order: Order, parts: Sequence[Part] | None = None, *, by: str = "") -> SyncJob:
    """Ask for an order to be sent in these packages; without parts, in one for each purchase.

    Raise Refused where that can't be. A part says of each line, by its external id, how many pieces of it travel in it.
    """
    wanted = [dict(part) for part in parts] if parts is not None else parts_by_purchase(order)
    check_parts(order, wanted)
    return _queue(order, "split", by, parts=wanted)


def split(order: Order, parts: Sequence[Part], by: str) -> list[Package]:
    """Split an order at the marketplace, unless it is split so already, and return its packages."""
    channel = order_channel_for(order.shop.account)
    wanted = [dict(part) for part in parts]
    there = _read(order, channel)
    if not _is_so(there, wanted):
        check_parts(order, wanted)
        pieces = [[PackageLineData(line_id=line, quantity=count) for line, count in part.items()] for part in wanted]
        with _sent(order):
            channel.split(order.shop.external_id, order.external_id, pieces)
        there = _read(order, channel)
    return _keep(order, there, by)


def parts_by_purchase(order: Order) -> list[dict[str, int]]:
    """Return what each purchase of an order brings: how it has to be split so that each travels by itself."""
    numbers = dict(order.lines.values_list("pk", "external_id"))
    return [
        {numbers[line.line_id]: line.quantity for line in purchase.lines.all()} for purchase in packing.bought(order)
    ]


def check_parts(order: Order, parts: Sequence[Part]) -> None:
    """Raise Refused where these parts are not two or more that hold each wanted piece once, or a line is bound."""
    _check_open(order)
    if len(parts) < 2 or not all(parts):
        raise Refused(_("Give at least two packages, and put something into each."), field="parts")
    lines = {line.external_id: line for line in order.lines.all()}
    unknown = next((line for part in parts for line in part if line not in lines), None)
    if unknown is not None:
        raise Refused(_("%(order)s has no line “%(line)s”.") % {"order": order, "line": unknown[:60]}, field="parts")
    packed = Counter[str]()
    for part in parts:
        packed.update(part)
    for line in lines.values():
        if packed[line.external_id] != line.wanted:
            words = _("The packages hold %(packed)d pieces of %(line)s, but %(wanted)d are wanted.")
            told = {"packed": packed[line.external_id], "wanted": line.wanted, "line": line.sku or line.name}
            raise Refused(words % told, field="parts")
    places: dict[str, set[int]] = {}
    for place, part in enumerate(parts):
        for number in part:
            if lines[number].bundle_id:
                places.setdefault(lines[number].bundle_id, set()).add(place)
    if any(len(found) > 1 for found in places.values()):
        raise Refused(_("What was bought as one bundle can't be sent apart: put it into one package."), field="parts")


# --- put together


def request_merge(order: Order, *, by: str = "") -> SyncJob:
    """Ask for a split order to be put together again; raise Refused where it is not split, or a part is arranged."""
    _check_open(order)
    if len(living(order)) < 2:
        raise Refused(_("%(order)s travels in one package.") % {"order": order}, field="order")
    return _queue(order, "merge", by)


def merge(order: Order, by: str) -> list[Package]:
    """Put an order together again at the marketplace, unless it is, and return its package."""
    channel = order_channel_for(order.shop.account)
    there = _read(order, channel)
    if len(there.packages) > 1:
        _check_open(order)
        with _sent(order):
            channel.unsplit(order.shop.external_id, order.external_id)
        there = _read(order, channel)
    return _keep(order, there, by)


def _queue(order: Order, what: str, by: str, **kwargs: Any) -> SyncJob:
    return jobs.enqueue(
        f"orders.tasks.{what}_order",
        key=f"parcels:{order.pk}",
        lane=Lane.ORDERS,
        account=order.shop.account,
        shop=order.shop,
        requested_by=by,
        order_id=order.pk,
        by=by,
        **kwargs,
    )


@contextmanager
def _sent(order: Order) -> Iterator[None]:
    """Send a change: what is refused is written at the packages, what may have been done is looked at again."""
    try:
        yield
    except OutcomeUnknown as lost:
        raise jobs.Again(LOST_S) from lost
    except Rejected as refusal:
        order.packages.filter(is_gone=False).update(problem=str(refusal))
        raise


def _check_open(order: Order) -> None:
    stopped = arranging_rules.why_stopped(order)
    if stopped:
        raise Refused(stopped, field="order")
    for package in living(order):
        if package.arranged_at or package.announced:
            words = _("Shipping of %(package)s is arranged already: its goods stay where they are.")
            raise Refused(words % {"package": package}, field="order")


def _read(order: Order, channel: OrderChannel) -> OrderData:
    found = channel.orders(order.shop.external_id, [order.external_id])
    if not found.orders:
        raise Rejected(_("The marketplace does not tell %(order)s.") % {"order": order})
    return found.orders[0]


def _is_so(there: OrderData, parts: Sequence[Part]) -> bool:
    """Tell whether the marketplace has the order in these parts."""

    def plain(part: Part) -> tuple[tuple[str, int], ...]:
        return tuple(sorted(part.items()))

    theirs = [plain({piece.line_id: piece.quantity for piece in package.lines}) for package in there.packages]
    return sorted(theirs) == sorted(plain(part) for part in parts)


def _keep(order: Order, there: OrderData, by: str) -> list[Package]:
    """Write the packages as they are there now, and which purchase brings which."""
    with transaction.atomic():
        jobs.hold()
        row = Order.objects.select_for_update(of=("self",)).get(pk=order.pk)
        Order.objects.filter(pk=row.pk).update(is_split=there.is_split)
        order.is_split = there.is_split
        sync(order, there, by=by)
        assign(order)
        standing.settle(order, by=by)
    return living(order)


# --- sizes


def measure(package: Package, **sizes: Decimal | None) -> None:
    """Write what a person measured: `weight_g`, `length_mm`, `width_mm`, `height_mm`; Refused for other values."""
    for name, value in sizes.items():
        if name not in _SIZES:
            words = _("A package has no “%(name)s”. Use one of: %(known)s.")
            raise Refused(words % {"name": name, "known": ", ".join(_SIZES)}, field=name)
        if value is not None and not 0 < value < 1_000_000:
            raise Refused(_("Give a number above 0 and below 1,000,000."), field=name)
    Package.objects.filter(pk=package.pk).update(**sizes)
    for name, value in sizes.items():
        setattr(package, name, value)
