"""Do buyers still want it? Their orders are read at the marketplaces right before something is bought or paid."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import Shop
from integrations.errors import PlatformError
from integrations.gateways import order_channel_for
from integrations.sold import OrderData
from orders.machines import OrderStatus
from orders.models import Order

from . import intake

OPEN = frozenset({"open", "arranged", "retry"})  # stages in which a parcel is waited for (integrations.sold)
WAITING = frozenset({"unpaid", "held"})
BY = "buying"
_OFF = (OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.ON_HOLD)


@dataclass(slots=True)
class Wanted:
    """What a look at the marketplaces told, by the order's primary key."""

    yes: set[int] = field(default_factory=set)
    no: dict[int, str] = field(default_factory=dict)  # why not, in words
    unsure: dict[int, str] = field(default_factory=dict)  # it could not be read, or has to wait: ask again


def look(orders: Iterable[Order]) -> Wanted:
    """Read these orders anew, save them as the intake does, and say of each whether it is to be sent.

    Where a marketplace can't be asked its orders are unsure; the others go on.
    """
    wanted, by_shop = Wanted(), defaultdict[Shop, dict[int, Order]](dict)
    for order in orders:
        by_shop[order.shop][order.pk] = order
    for shop, found in by_shop.items():
        _look_at(shop, list(found.values()), wanted)
    return wanted


def _look_at(shop: Shop, orders: Sequence[Order], wanted: Wanted) -> None:
    try:
        channel = order_channel_for(shop.account)
        for start in range(0, len(orders), channel.most_orders):
            asked = orders[start : start + channel.most_orders]
            fetched = channel.orders(shop.external_id, [order.external_id for order in asked])
            intake.save_orders(shop, list(fetched.orders), BY)
            _judge(asked, {one.external_id: one for one in fetched.orders}, set(fetched.missing), wanted)
    except (PlatformError, Refused) as problem:  # of another account than the one for which we buy: nothing to raise
        why = _("%(shop)s could not be asked whether the order still stands: %(reason)s")
        for order in orders:
            if order.pk not in wanted.yes and order.pk not in wanted.no:
                wanted.unsure[order.pk] = why % {"shop": shop, "reason": problem}


def _judge(orders: Sequence[Order], fetched: dict[str, OrderData], missing: set[str], wanted: Wanted) -> None:
    now = {order.pk: order for order in Order.objects.filter(pk__in=[order.pk for order in orders])}
    for order in orders:
        data = fetched.get(order.external_id)
        if data is None and order.external_id not in missing:
            wanted.unsure[order.pk] = _("The marketplace's answer about the order can't be read.")
        elif data is not None and data.stage in WAITING:
            wanted.unsure[order.pk] = _("The marketplace holds the order back (%(status)s).") % {
                "status": data.platform_status
            }
        elif why := objection(now[order.pk], data):
            wanted.no[order.pk] = why
        else:
            wanted.yes.add(order.pk)


def objection(order: Order, data: OrderData | None) -> str:
    """Return why an order must not be bought for; empty where it may be."""
    if data is None:
        return _("The marketplace does not know the order any more.")
    if data.stage not in OPEN:
        return _("At the marketplace the order is “%(status)s”.") % {"status": data.platform_status}
    if order.status in _OFF:
        return _("The order is “%(status)s”.") % {"status": order.get_status_display()}
    if order.cancel_requested_at:
        return _("The buyer asks to cancel.")
    if data.ships == "platform":
        return _("The marketplace sends this order itself.")
    return ""
