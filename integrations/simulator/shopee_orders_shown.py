"""What control shows of Shopee's orders: the truth, not masked, in one piece."""

from typing import Any

from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_start import ready
from integrations.simulator.shopee_trade import Order, Package
from integrations.simulator.world import World


def show(world: World, fields: Fields) -> dict[str, Any]:
    """Show one order by its order_sn or a package number, or all, of a shop or in a status."""
    fields.only("platform", "id", "shop_id", "status")
    ready(world)
    trade, ident, status = world.shopee.trade, fields.text("id"), fields.text("status")
    shop_id = fields.integer("shop_id", default=None)
    chosen = list(trade.orders.values())
    if ident:
        package = trade.packages.get(ident)
        order = package.order if package else trade.orders.get(ident)
        if order is None:
            raise BadField("id", f"{ident!r} is unknown", "Give an order_sn or a package number.")
        chosen = [order]
    found = [order for order in chosen if status in ("", order.status) and shop_id in (None, order.shop.shop_id)]
    return {"orders": [describe(order) for order in found]}


def describe(order: Order) -> dict[str, Any]:
    """Return all that is known of an order."""
    return {
        "order_sn": order.sn,
        "shop_id": order.shop.shop_id,
        "status": order.status,
        "total": str(order.total),
        "currency": order.shop.currency,
        "cod": order.cod,
        "paid_at": order.paid_at,
        "ship_by": order.ship_by,
        "cancel_by": order.cancel_by,
        "cancel_reason": order.cancel_reason,
        "note": order.note,
        "buyer": {"name": order.buyer.name, "phone": order.buyer.phone, **order.buyer.address},
        "packages": [_package(package) for package in order.packages],
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "package_number": package.number,
        "status": package.status,
        "way": package.way,
        "arranged": package.arranged,
        "tracking_number": package.tracking_number,
        "first_mile": package.first_mile.number if package.first_mile else "",
        "documents": {kind: document.status for kind, document in package.documents.items()},
        "picked_up_at": package.picked_up_at,
        "delivered_at": package.delivered_at,
    }
