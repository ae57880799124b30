"""Where parcels are: whoever brings them is asked, in batches, less and less often while nothing happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from integrations import gateways, jobs, leases
from integrations.bought import Buyer
from integrations.errors import Rejected, UnexpectedReply
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel, TrackData
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Package, PurchaseOrder, TrackingEvent

from .checkpoints import ENDED, MARKETPLACE, SUPPLIER, keep
from .parcels import ref_of

QUIET = timedelta(days=10)  # without news a parcel on its way is overdue
PARCELS_TOGETHER = 20  # that are saved at once, where each takes a call
_MOVING = (PackageStatus.PICKED_UP, PackageStatus.IN_TRANSIT, PackageStatus.OUT_FOR_DELIVERY)


# --- wishes


def request_tracking(account: PlatformAccount, *, requested_by: str = "") -> list[SyncJob]:
    """Ask where the parcels are that are due for a look: one job for a supplier, one for each shop of a marketplace."""
    due = _due(leases.now())
    if account.platform in gateways.buys_from():
        return [_request_of_supplier(account, requested_by)] if _of_supplier(due, account).exists() else []
    shops = account.shops.filter(Exists(_of_shops(due).filter(order__shop=OuterRef("pk")))).order_by("pk")
    return [_request_of_shop(shop, requested_by) for shop in shops]


def request_look(package: Package, *, by: str = "") -> SyncJob:
    """Ask now where one parcel is; raise Refused where nobody can be asked."""
    if package.status in ENDED or package.is_gone:
        words = _("%(package)s is “%(status)s”: nothing more is heard of it.")
        raise Refused(words % {"package": package, "status": package.get_status_display()}, field="status")
    Package.objects.filter(pk=package.pk).update(track_after=None)
    ours = Package.objects.filter(pk=package.pk)
    if package.purchase and _of_supplier(ours, package.purchase.account).exists():
        return _request_of_supplier(package.purchase.account, by)
    if _of_shops(ours).exists():
        return _request_of_shop(package.order.shop, by)
    words = _("%(package)s has no tracking number yet, or was not handed over.")
    raise Refused(words % {"package": package}, field="tracking_number")


def _request_of_supplier(account: PlatformAccount, by: str) -> SyncJob:
    return jobs.enqueue(
        "orders.tasks.track_supplier",
        key=f"track:{account.pk}",
        lane=Lane.STOCK,
        account=account,
        requested_by=by,
        account_id=account.pk,
    )


def _request_of_shop(shop: Shop, by: str) -> SyncJob:
    return jobs.enqueue(
        "orders.tasks.track_marketplace",
        key=f"track-shop:{shop.pk}",
        lane=Lane.STOCK,
        account=shop.account,
        shop=shop,
        requested_by=by,
        shop_id=shop.pk,
    )


# --- which parcels


def _due(at: datetime) -> QuerySet[Package]:
    return Package.objects.filter(Q(track_after=None) | Q(track_after__lte=at), is_gone=False).exclude(status__in=ENDED)


def _of_supplier(packages: QuerySet[Package], account: PlatformAccount) -> QuerySet[Package]:
    """Return those that a supplier's carrier brings under a number of its own."""
    return packages.filter(purchase__account=account, purchase__label=PurchaseOrder.Label.SUPPLIER).exclude(
        Q(purchase__tracking_number="") | Q(purchase__status=PurchaseStatus.CANCELLED)
    )


def _of_shops(packages: QuerySet[Package]) -> QuerySet[Package]:
    """Return those that travel under the marketplace's label and were handed over, or wait for it."""
    ours = Q(purchase=None) | Q(purchase__label=PurchaseOrder.Label.MARKETPLACE)
    return packages.filter(ours, status__in=(PackageStatus.READY_FOR_PICKUP, *_MOVING)).exclude(external_id="")


def overdue(at: datetime | None = None) -> QuerySet[Package]:
    """Return parcels on their way that should have arrived, or of which nothing was heard for ten days."""
    now = at or leases.now()
    heard = TrackingEvent.objects.filter(package=OuterRef("pk"), at__gte=now - QUIET)
    silent = Q(shipped_at__lt=now - QUIET) & ~Exists(heard)
    return Package.objects.filter(Q(expected_at__lt=now) | silent, status__in=_MOVING, is_gone=False)


# --- asking


def track_supplier(account_id: int) -> int:
    """Ask a supplier where its due parcels are, many in a call; return how many have moved."""
    account = PlatformAccount.objects.get(pk=account_id)
    buyer, began, moved = gateways.buyer_for(account), leases.now(), 0
    while numbers := _numbers_due(account, began, buyer.most_tracked):
        found = _ask(buyer, numbers)
        rows = _of_supplier(_due(began), account).filter(purchase__tracking_number__in=numbers)
        moved += keep(
            {pk: found.get(number) for pk, number in rows.values_list("pk", "purchase__tracking_number")},
            source=SUPPLIER,
        )
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return moved


def _numbers_due(account: PlatformAccount, at: datetime, most: int) -> list[str]:
    numbers = _of_supplier(_due(at), account).order_by("purchase__tracking_number")
    return list(numbers.values_list("purchase__tracking_number", flat=True).distinct()[:most])


def _ask(buyer: Buyer, numbers: Sequence[str]) -> dict[str, TrackData | str | None]:
    """Ask for many numbers; one that the supplier refuses is found by halves and does not stop the others."""
    try:
        return {data.tracking_number: data for data in buyer.track(numbers)}
    except Rejected as refusal:
        if len(numbers) == 1:
            return {numbers[0]: str(refusal)}
    middle = len(numbers) // 2
    return _ask(buyer, numbers[:middle]) | _ask(buyer, numbers[middle:])


def track_marketplace(shop_id: int) -> int:
    """Ask a marketplace where a shop's due parcels are, one in a call; return how many have moved."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, began, moved = gateways.order_channel_for(shop.account), leases.now(), 0
    rows = _of_shops(_due(began)).filter(order__shop=shop).select_related("order").order_by("pk")
    while packages := list(rows[:PARCELS_TOGETHER]):
        moved += keep({package.pk: _look(channel, shop, package) for package in packages}, source=MARKETPLACE)
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    return moved


def _look(channel: OrderChannel, shop: Shop, package: Package) -> TrackData | str:
    try:
        return channel.track(shop.external_id, ref_of(package))
    except (Rejected, UnexpectedReply) as refusal:  # of this parcel: the others are looked for all the same
        return str(refusal)
