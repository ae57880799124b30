"""The marketplace told that the supplier's parcel is on its way, once, with the supplier's tracking number.

Where it takes no number of another carrier, shipping is arranged in its own way, and the supplier's number becomes the
first mile of the parcel; where that is not possible either, a person has to see to it.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Shop
from integrations import jobs, leases
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Package, PurchaseOrder

from . import arranging, first_mile, handing, parcels, standing
from .announcing import announce, change, settled
from .rounds import Later, Round
from .tables import Table

TELL = "tell"
BY = "telling"
_SENT = (PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)


class NotTellable(Refused):
    """The marketplace can't be told of this parcel."""


# --- the wish


@transaction.atomic
def request_telling(packages: Iterable[Package], by: str = "") -> Table[Package]:
    """Ask for the marketplace to be told; raise Refused where there is nothing to tell of any of the packages."""
    table: Table[Package] = Table()
    wanted: dict[Shop, list[int]] = defaultdict(list)
    rows = Package.objects.filter(pk__in=[package.pk for package in packages])
    for package in rows.select_related("order__shop__account", "purchase").order_by("pk"):
        reason = why_not(package)
        if reason:
            table.refused.append((package, reason))
            continue
        table.taken.append(package)
        wanted[package.order.shop].append(package.pk)
    table.check()
    for shop, keys in wanted.items():
        Package.objects.filter(pk__in=keys).exclude(problem="").update(problem="")
        table.jobs.append(request_due(shop, by=by))
    return table


def request_due(shop: Shop, *, by: str = "") -> SyncJob:
    """Ask for the marketplace to be told of all parcels of a shop that suppliers have sent."""
    return jobs.enqueue(
        "orders.tasks.tell_marketplace",
        key=f"tell:{shop.pk}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        requested_by=by,
        shop_id=shop.pk,
    )


def why_not(package: Package) -> str:
    """Say why there is nothing to tell of a package; empty where there is."""
    purchase = package.purchase
    if package.is_gone or package.status == PackageStatus.CANCELLED:
        return _("%(package)s is not there any more.") % {"package": package}
    if purchase is None or purchase.label != PurchaseOrder.Label.SUPPLIER:
        return _("%(package)s is not sent by the supplier's carrier.") % {"package": package}
    if purchase.status not in _SENT or not purchase.tracking_number:
        return _("The supplier has not sent %(purchase)s yet.") % {"purchase": purchase}
    if package.told_at:
        return _("The marketplace was told of %(package)s already.") % {"package": package}
    return ""


def due(shop: Shop) -> QuerySet[Package]:
    """Return the packages of a shop of which the marketplace is still to be told."""
    rows = Package.objects.filter(
        order__shop=shop,
        is_gone=False,
        told_at=None,
        problem="",
        announced__in=("", TELL),
        purchase__label=PurchaseOrder.Label.SUPPLIER,
        purchase__status__in=_SENT,
    )
    rows = rows.exclude(status=PackageStatus.CANCELLED).exclude(purchase__tracking_number="")
    return rows.select_related("order__shop__account", "purchase__account").order_by("pk")


# --- the work


def tell_due(shop_id: int) -> int:
    """Tell a shop's marketplace of all that was sent, and return of how many; what waits comes back."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, turn, last = order_channel_for(shop.account), Round(), 0
    while chunk := list(due(shop).filter(pk__gt=last)[: channel.most_parcels]):
        last = chunk[-1].pk
        there = parcels.read(chunk, channel, shop)
        for package in chunk:
            with turn.one(package):
                _tell(package, channel, is_there=package.pk in there)
            turn.rest()
        parcels.read([package for package in chunk if package.told_at], channel, shop)
    turn.end()
    return turn.done


def tell(package_id: int) -> None:
    """Tell the marketplace of one package, unless it was told; a number that changed since is for a person."""
    package = Package.objects.select_related("order__shop__account", "purchase__account").get(pk=package_id)
    if package.told_at:
        check_number(package)
        return
    reason = why_not(package)
    if reason:
        raise NotTellable(reason)
    shop = package.order.shop
    channel = order_channel_for(shop.account)
    there = parcels.read([package], channel, shop)
    _tell(package, channel, is_there=bool(there))


def check_number(package: Package) -> str:
    """Say that the supplier's number is another than the marketplace was told, and write it; empty where it is not."""
    told, number = package.way.get("tracking_number", ""), package.purchase.tracking_number if package.purchase else ""
    if not told or not number or told == number:
        return ""
    problem = _("The supplier's tracking number is %(new)s now, but the marketplace was told %(old)s: change it there.")
    words = problem % {"new": number, "old": told}
    if package.problem != words:
        change(package, problem=words)
    return words


def _tell(package: Package, channel: OrderChannel, *, is_there: bool) -> None:
    if not is_there:
        raise NotTellable(_("The marketplace does not have %(package)s any more.") % {"package": package})
    purchase = package.purchase
    assert purchase is not None
    if package.arranged_at:
        _meet_arranged(package, purchase)
        return
    if package.announced == TELL:
        settled(package)
    shop_id, ref = package.order.shop.external_id, parcels.ref_of(package)
    how = handing.own(channel.ways(shop_id, ref), number=purchase.tracking_number, carrier=purchase.route)
    if how is None:
        _ask_for_their_way(package, channel)
        raise Later
    announce(package, TELL, way=asdict(how))
    channel.arrange(shop_id, ref, how)
    _is_told(package, purchase)


def _meet_arranged(package: Package, purchase: PurchaseOrder) -> None:
    """Meet a parcel that is arranged: by a call of ours whose answer was lost, in their way, or by somebody else."""
    if package.announced == TELL or package.tracking_number == purchase.tracking_number:
        _is_told(package, purchase)
        check_number(package)
    elif package.way.get("kind") in (handing.PICKUP, handing.DROPOFF):
        first_mile.want_own(package, purchase)
    else:
        words = _(
            "Shipping of %(package)s was arranged by somebody else: tell the marketplace number %(number)s there."
        )
        raise NotTellable(words % {"package": package, "number": purchase.tracking_number})


def _ask_for_their_way(package: Package, channel: OrderChannel) -> None:
    """Have shipping arranged in the marketplace's way; the supplier's number then brings it to its warehouse."""
    if not channel.needs_first_mile(package.order.shop.external_id):
        words = _("The marketplace takes no number of another carrier for %(package)s: ship it under its own label.")
        raise NotTellable(words % {"package": package})
    if package.arrange_asked_at is None:
        arranging.request_arrangement([package], by=BY)


def _is_told(package: Package, purchase: PurchaseOrder) -> None:
    now = leases.now()
    with transaction.atomic():
        jobs.hold()
        number = package.tracking_number or purchase.tracking_number
        done = {"told_at": now, "arranged_at": package.arranged_at or now, "tracking_number": number, "problem": ""}
        settled(package, **done)
        change(purchase, told_at=purchase.told_at or now)
        standing.settle(package.order, by=BY, why=_("The marketplace knows that it was sent."))
