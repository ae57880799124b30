"""What is due on the way out, found in the rows and asked for; the slow part is with the workers.

Run every few minutes it is also the net under everything else: whatever was forgotten by a process that died is found.
"""

from django.db import transaction

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from integrations import jobs
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Label, Order, Package, PurchaseOrder

from . import arranging, first_mile, labels, packing, parcels, telling, waybills
from .arranging_rules import why_not
from .parcel_rows import ON_ITS_WAY

BY = "shipping"
MOST = 500  # packages that are asked for in one turn
_BEFORE = (PackageStatus.CREATED, PackageStatus.PROCESSING)
_PACKED = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED)


def request_due(account: PlatformAccount) -> None:
    """Ask for all that is due in the shops of a selling account; calls nothing itself."""
    for shop in account.shops.filter(status=Shop.Status.CONNECTED).order_by("pk"):
        shop.account = account
        _put_together(shop)
        with transaction.atomic():
            _arrange(shop)
            if _labels_wait(shop):
                labels.request_fetch(shop, by=BY)
            if telling.due(shop).exists():
                telling.request_due(shop, by=BY)
            if first_mile.is_due(shop):
                first_mile.request_work(shop, by=BY)
        waybills.request_due(shop, by=BY)


def _put_together(shop: Shop) -> None:
    """Say which purchase brings each package; an order whose goods come from several places is split for it."""
    rows = Order.objects.filter(
        shop=shop, ships="seller", purchases__status__in=_PACKED, packages__purchase=None, packages__is_gone=False
    )
    rows = rows.filter(packages__status__in=_BEFORE, packages__problem="").select_related("shop__account")
    for order in rows.distinct().order_by("pk")[:MOST]:
        faults = packing.assign(order)
        apart = [package for package in packing.living(order) if package.purchase_id is None and not package.problem]
        if not faults or not apart:
            continue
        try:
            parcels.request_split(order, by=BY)
        except Refused as refusal:
            words = " ".join([*faults, str(refusal)])
            Package.objects.filter(pk__in=[package.pk for package in apart]).update(problem=words)


def _arrange(shop: Shop) -> None:
    """Arrange what was paid and travels under the marketplace's label; that is what its supplier waits for."""
    rows = Package.objects.filter(
        order__shop=shop,
        is_gone=False,
        arranged_at=None,
        arrange_asked_at=None,
        announced="",
        problem="",
        status__in=_BEFORE,
        purchase__label=PurchaseOrder.Label.MARKETPLACE,
        purchase__status=PurchaseStatus.PAID,
    )
    found = rows.select_related("order").order_by("ship_by", "pk")[:MOST]
    if ready := [package for package in found if not why_not(package)]:
        arranging.request_arrangement(ready, by=BY)


def _labels_wait(shop: Shop) -> bool:
    open_ = (Label.Status.WANTED, Label.Status.REQUESTED)
    return Label.objects.filter(package__order__shop=shop, package__is_gone=False, status__in=open_).exists()


# --- reading packages again


def request_refresh(shop: Shop, *, requested_by: str = "") -> SyncJob:
    """Ask for a shop's packages that have not left to be read."""
    return jobs.enqueue(
        "orders.tasks.refresh_packages",
        key=f"packages:{shop.pk}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        requested_by=requested_by,
        shop_id=shop.pk,
    )


def request_refreshes(account: PlatformAccount) -> int:
    """Ask for it in all shops of a selling account; return in how many."""
    shops = list(account.shops.filter(status=Shop.Status.CONNECTED).select_related("account"))
    return len([request_refresh(shop) for shop in shops])


def refresh(shop_id: int) -> int:
    """Read what a shop's packages are like now: numbers that changed, pick-ups that failed; return how many there are.

    A label that stands for another number than its package has now is made anew. First-mile numbers are read as well.
    """
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, seen, last = order_channel_for(shop.account), 0, 0
    over = (*ON_ITS_WAY, PackageStatus.FAILED, PackageStatus.CANCELLED, PackageStatus.DELIVERED)
    rows = Package.objects.filter(order__shop=shop, is_gone=False).exclude(status__in=over).exclude(external_id="")
    rows = rows.exclude(arranged_at=None).select_related("order__shop__account").order_by("pk")
    while chunk := list(rows.filter(pk__gt=last)[: channel.most_parcels]):
        seen += len(parcels.read(chunk, channel, shop))
        last = chunk[-1].pk
    if _labels_wait(shop):
        labels.request_fetch(shop, by=BY)
    first_mile.follow(shop_id)
    return seen
