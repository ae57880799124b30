"""The way from the seller to the marketplace's own warehouse, under numbers that parcels are put under.

A package that is to be put under a number, or taken from it, says so in `announced`. Both can be asked for again.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Shop
from integrations import jobs, leases
from integrations.errors import OutcomeUnknown, Rejected
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel
from orders.machines import PackageStatus
from orders.models import FirstMileBatch, Package, PurchaseOrder

from . import parcels
from .announcing import change, settled
from .tables import Table

BIND, UNBIND = "bind", "unbind"
PICKUP, DROPOFF, SELF_DELIVER = "pickup", "dropoff", "self_deliver"
METHODS = (PICKUP, DROPOFF, SELF_DELIVER)
PAUSE_S, LOST_S = 300.0, 60.0
OVER = ("DELIVERED", "CANCELED")
EASTERNMOST = timedelta(hours=9)  # a number can't be made for a day that is over where the seller is
_NUMBER = re.compile(r"[A-Za-z0-9]{6,40}", re.ASCII)


# --- the wish


@transaction.atomic
def request_binding(
    packages: Iterable[Package],
    *,
    method: str,
    number: str = "",
    carrier_id: str = "",
    place_id: str = "",
    by: str = "",
) -> Table[Package]:
    """Ask for packages to be put under a number; without one the marketplace makes one.

    Who brings them by a carrier of his own (dropoff) gives that carrier's number, and where there is a choice says
    which carrier, and which warehouse of the marketplace.
    """
    if method not in METHODS:
        words = _("Parcels are brought by %(methods)s, not by “%(method)s”.")
        raise Refused(words % {"methods": ", ".join(METHODS), "method": method[:60]}, field="method")
    if method == DROPOFF and not _NUMBER.fullmatch(number):
        raise Refused(_("Give the carrier's number: 6 to 40 letters and digits."), field="number")
    table: Table[Package] = Table()
    by_shop: dict[Shop, list[Package]] = defaultdict(list)
    rows = Package.objects.select_for_update(of=("self",)).filter(pk__in=[package.pk for package in packages])
    for package in rows.select_related("order__shop__account", "first_mile").order_by("pk"):
        reason = _why_not(package)
        if reason:
            table.refused.append((package, reason))
            continue
        table.taken.append(package)
        by_shop[package.order.shop].append(package)
    table.check()
    for shop, chosen in by_shop.items():
        batch = _batch(shop, number, method, carrier_id, place_id)
        _want(chosen, batch)
        table.jobs.append(request_work(shop, by))
    return table


def want_own(package: Package, purchase: PurchaseOrder) -> None:
    """Ask for a package to be put under the number by which its supplier sends it."""
    number = re.sub(r"[^A-Za-z0-9]", "", purchase.tracking_number)
    if not _NUMBER.fullmatch(number):
        words = _("The supplier's number %(number)s can't be a first-mile number: that has 6 to 40 letters and digits.")
        raise Refused(words % {"number": purchase.tracking_number})
    with transaction.atomic():
        jobs.hold()
        if package.first_mile_id is None:
            settled(package)
            _want([package], _batch(package.order.shop, number, DROPOFF, "", ""))
        request_work(package.order.shop)


@transaction.atomic
def request_unbinding(packages: Iterable[Package], by: str = "") -> Table[Package]:
    """Ask for packages to be taken from their numbers."""
    table: Table[Package] = Table()
    rows = Package.objects.select_for_update(of=("self",)).filter(pk__in=[package.pk for package in packages])
    for package in rows.select_related("order__shop__account", "first_mile").order_by("pk"):
        if package.first_mile_id is None or package.announced:
            words = _("%(package)s is under no first-mile number, or something is under way for it.")
            table.refused.append((package, words % {"package": package}))
        else:
            table.taken.append(package)
    table.check()
    keys = [package.pk for package in table.taken]
    Package.objects.filter(pk__in=keys).update(announced=UNBIND, announced_at=leases.now(), problem="")
    for shop in {package.order.shop for package in table.taken}:
        table.jobs.append(request_work(shop, by))
    return table


def is_due(shop: Shop) -> bool:
    """Tell whether packages of a shop wait to be put under numbers, or taken from them."""
    rows = Package.objects.filter(order__shop=shop, announced__in=(BIND, UNBIND), is_gone=False)
    return rows.exclude(first_mile=None).exclude(announced=BIND, tracking_number="").exists()


def request_work(shop: Shop, by: str = "") -> SyncJob:
    """Ask for what waits in a shop to be put under its numbers, or taken from them."""
    return jobs.enqueue(
        "orders.tasks.bind_first_mile",
        key=f"first_mile:{shop.pk}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        requested_by=by,
        shop_id=shop.pk,
    )


def _why_not(package: Package) -> str:
    if package.is_gone or package.status in (PackageStatus.CANCELLED, PackageStatus.DELIVERED):
        return _("%(package)s is not there any more.") % {"package": package}
    if package.arranged_at is None:
        return _("Arrange the shipping of %(package)s first.") % {"package": package}
    if package.announced:
        return _("Something is under way for %(package)s: wait for it.") % {"package": package}
    if package.first_mile is not None:
        return _("%(package)s is under number %(number)s already.") % {"package": package, "number": package.first_mile}
    return ""


def _batch(shop: Shop, number: str, method: str, carrier_id: str, place_id: str) -> FirstMileBatch:
    """Return the number's row; one without a number waits for the marketplace to make it."""
    given = {"method": method, "carrier_id": carrier_id, "place_id": place_id}
    batch, _made = FirstMileBatch.objects.get_or_create(shop=shop, number=number, defaults=given)
    if batch.method != method:
        words = _("%(number)s is brought by %(method)s: give another number.")
        told = {"number": number or _("The number that is being made"), "method": batch.method}
        raise Refused(words % told, field="number")
    FirstMileBatch.objects.filter(pk=batch.pk).update(**given)
    return batch


def _want(packages: Sequence[Package], batch: FirstMileBatch) -> None:
    keys = [package.pk for package in packages]
    wish = {"first_mile": batch, "announced": BIND, "announced_at": leases.now(), "problem": ""}
    Package.objects.filter(pk__in=keys, announced="").update(**wish)


# --- the work


def bind(shop_id: int) -> int:
    """Put a shop's packages under their numbers and take others from theirs; return how many that were.

    What has no tracking number of the marketplace yet waits for it.
    """
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, done = order_channel_for(shop.account), 0
    rows = Package.objects.filter(order__shop=shop, announced__in=(BIND, UNBIND)).exclude(first_mile=None)
    groups: dict[tuple[int, str], list[Package]] = defaultdict(list)
    waiting = 0
    for package in rows.select_related("order", "purchase", "first_mile").order_by("pk"):
        if package.announced == BIND and not package.tracking_number:
            waiting += 1
            continue
        groups[package.first_mile_id or 0, package.announced].append(package)
    try:
        for (batch_id, what), packages in groups.items():
            batch = FirstMileBatch.objects.get(pk=batch_id)
            for start in range(0, len(packages), channel.most_parcels):
                chunk = packages[start : start + channel.most_parcels]
                done += _unbind(chunk, batch, shop, channel) if what == UNBIND else _bind(chunk, batch, shop, channel)
    except OutcomeUnknown as lost:  # asked for again, what was done is no failure
        raise jobs.Again(LOST_S, progressed=bool(done)) from lost
    if waiting:
        raise jobs.Again(PAUSE_S, progressed=bool(done))
    return done


def _numbered(batch: FirstMileBatch, shop: Shop, channel: OrderChannel) -> FirstMileBatch:
    """Have a number made where there is none yet. One whose answer was lost has no parcels and means nothing."""
    if batch.number:
        return batch
    today = (leases.now() + EASTERNMOST).date()
    (number,) = channel.first_mile_numbers(shop.external_id, declared_on=today.isoformat(), count=1, seller={})[:1]
    with transaction.atomic():
        jobs.hold()
        batch.number, batch.declared_on = number, today
        batch.save(update_fields=["number", "declared_on"])
    return batch


def _bind(packages: Sequence[Package], batch: FirstMileBatch, shop: Shop, channel: OrderChannel) -> int:
    refs = [parcels.ref_of(package) for package in packages]
    place = {"carrier_id": batch.carrier_id, "place_id": batch.place_id}
    try:
        batch = _numbered(batch, shop, channel)
        told = channel.bind_first_mile(shop.external_id, batch.number, refs, method=batch.method, region="", **place)
    except Rejected as refusal:
        for package in packages:
            settled(package, first_mile=None, problem=str(refusal))
        return 0
    now, done = leases.now(), 0
    for package, outcome in zip(packages, told, strict=True):
        if not outcome.done:
            settled(package, first_mile=None, problem=outcome.reason)
            continue
        done += 1
        with transaction.atomic():
            settled(package, problem="")
            if package.purchase is not None and _brings_itself(package.purchase, batch):
                change(package, told_at=package.told_at or now)
                change(package.purchase, told_at=now)
    return done


def _unbind(packages: Sequence[Package], batch: FirstMileBatch, shop: Shop, channel: OrderChannel) -> int:
    told = channel.unbind_first_mile(shop.external_id, batch.number, [parcels.ref_of(package) for package in packages])
    done = 0
    for package, outcome in zip(packages, told, strict=True):
        if outcome.done:
            settled(package, first_mile=None, problem="")
            done += 1
        else:
            settled(package, problem=outcome.reason)
    return done


def _brings_itself(purchase: PurchaseOrder, batch: FirstMileBatch) -> bool:
    """Tell whether the number is the supplier's own, by which it sends the parcel."""
    if purchase.label != PurchaseOrder.Label.SUPPLIER or batch.method != DROPOFF:
        return False
    return re.sub(r"[^A-Za-z0-9]", "", purchase.tracking_number) == batch.number


# --- where they are


def follow(shop_id: int) -> int:
    """Read where a shop's numbers are; return how many have another status now."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, moved = order_channel_for(shop.account), 0
    rows = FirstMileBatch.objects.filter(shop=shop).exclude(number="").exclude(platform_status__in=OVER)
    for batch in rows.order_by("pk"):
        told = channel.first_mile_of(shop.external_id, batch.number)
        moved += told.platform_status != batch.platform_status
        with transaction.atomic():
            jobs.hold()
            now = leases.now()
            FirstMileBatch.objects.filter(pk=batch.pk).update(platform_status=told.platform_status, seen_at=now)
    return moved
