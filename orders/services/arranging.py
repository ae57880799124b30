"""Shipping arranged at the marketplace, once: announced, looked at, chosen, sent (design.md §3, promise 1)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Shop
from integrations import jobs, leases
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import Arrangement, OrderChannel
from orders.models import Package

from . import handing, labels, parcels, standing
from .announcing import announce, settled
from .arranging_rules import can_be_fetched_again, why_not
from .rounds import Round
from .tables import Table

ARRANGE = "arrange"
BY = "shipping"


class NotArrangeable(Refused):
    """Shipping can't be arranged for this package now."""


# --- the wish


@transaction.atomic
def request_arrangement(packages: Iterable[Package], *, how: Arrangement | None = None, by: str = "") -> Table[Package]:
    """Ask for shipping to be arranged; `how`: as a person chose, else the default address or the only branch.

    A package whose pick-up failed is arranged anew. Return a row for each; raise Refused where none can be arranged.
    """
    table: Table[Package] = Table()
    wanted: dict[Shop, list[int]] = defaultdict(list)
    rows = Package.objects.select_for_update(of=("self",)).filter(pk__in=[package.pk for package in packages])
    for package in rows.select_related("order__shop__account").order_by("pk"):
        reason = why_not(package)
        if reason:
            table.refused.append((package, reason))
            continue
        wanted[package.order.shop].append(package.pk)
        table.taken.append(package)
    table.check()
    way = {} if how is None else asdict(how)
    now = leases.now()
    for shop, keys in wanted.items():
        Package.objects.filter(pk__in=keys).update(arrange_asked_at=now, way_asked=way, problem="")
        table.jobs.append(_queue(shop, by))
    return table


def _queue(shop: Shop, by: str) -> SyncJob:
    return jobs.enqueue(
        "orders.tasks.arrange",
        key=f"arrange:{shop.pk}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        requested_by=by,
        shop_id=shop.pk,
    )


# --- the work


def arrange(shop_id: int) -> int:
    """Arrange what is asked for in a shop; return for how many packages it was done. What was lost is looked for."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    channel, turn, last = order_channel_for(shop.account), Round(), 0
    rows = Package.objects.filter(order__shop=shop, announced__in=("", ARRANGE)).exclude(arrange_asked_at=None)
    rows = rows.select_related("order__shop__account", "purchase__account").order_by("pk")
    while chunk := list(rows.filter(pk__gt=last)[: channel.most_parcels]):
        last = chunk[-1].pk
        there = parcels.read(chunk, channel, shop)
        for package in chunk:
            with turn.one(package, arrange_asked_at=None):
                _take_on(package, channel, is_there=package.pk in there)
            turn.rest()
    if turn.done:
        labels.request_fetch(shop, by=BY, delay=labels.FIRST_LOOK_S)
    turn.end()
    return turn.done


def _take_on(package: Package, channel: OrderChannel, *, is_there: bool) -> None:
    """Bring one package that was read just now to where shipping is arranged."""
    if not is_there:
        raise NotArrangeable(_("The marketplace does not have %(package)s any more.") % {"package": package})
    was_announced, again = package.announced == ARRANGE, can_be_fetched_again(package)
    if package.arranged_at and not again:
        _is_arranged(package)
        return
    if was_announced:
        settled(package)
    reason = why_not(Package.objects.select_related("order").get(pk=package.pk))
    if reason:
        raise NotArrangeable(reason)
    if not package.facts.get("can_ship"):
        words = _("The marketplace does not let %(package)s be sent now (%(status)s).")
        raise NotArrangeable(words % {"package": package, "status": package.platform_status})
    send(package, channel, again=again and bool(package.arranged_at))


def send(package: Package, channel: OrderChannel, *, again: bool = False) -> None:
    """Choose how a package is handed over, and arrange it; `again`: in place of a pick-up that failed."""
    shop_id, ref = package.order.shop.external_id, parcels.ref_of(package)
    said = Arrangement(**package.way_asked) if package.way_asked else None
    number = package.purchase.tracking_number if package.purchase else ""
    before = Arrangement(**package.way) if again else None
    how = handing.choose(channel.ways(shop_id, ref), number=number, said=said, failed=before)
    announce(package, ARRANGE, way=asdict(how))
    if again:
        channel.rearrange(shop_id, ref, how)
    else:
        channel.arrange(shop_id, ref, how)
    _is_arranged(package)


def _is_arranged(package: Package) -> None:
    with transaction.atomic():
        jobs.hold()
        facts = package.facts | {"can_ship": False}
        done = {"arranged_at": package.arranged_at or leases.now(), "arrange_asked_at": None, "problem": ""}
        settled(package, facts=facts, **done)
        labels.want([package])
        standing.settle(package.order, by=BY, why=_("Shipping is arranged."))
