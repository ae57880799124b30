"""What may be sent now, and why not."""

from django.utils.translation import gettext as _

from orders.machines import OrderStatus, PackageStatus
from orders.models import Order, Package

from .handing import PICKUP

_STOPPED = (OrderStatus.ON_HOLD, OrderStatus.CANCELLED, OrderStatus.REJECTED)
_STAGES = ("open", "retry", "arranged")
_BEFORE = (PackageStatus.CREATED, PackageStatus.PROCESSING, PackageStatus.READY_FOR_PICKUP, PackageStatus.ON_HOLD)


def why_not(package: Package) -> str:
    """Say why shipping can't be arranged for a package now; empty where it can."""
    order = package.order
    if package.is_gone or package.status == PackageStatus.CANCELLED:
        return _("%(package)s is not there any more: the order was split anew.") % {"package": package}
    if order.ships != "seller":
        return _("The marketplace sends %(order)s itself.") % {"order": order}
    stopped = why_stopped(order)
    if stopped:
        return stopped
    if package.status == PackageStatus.ON_HOLD:
        return _("%(package)s is held: %(why)s") % {"package": package, "why": package.hold_reason}
    if package.status not in _BEFORE:
        return _("%(package)s has left already.") % {"package": package}
    if package.arranged_at and not can_be_fetched_again(package):
        return _("Shipping of %(package)s is arranged already.") % {"package": package}
    return ""


def why_stopped(order: Order) -> str:
    """Say why nothing of an order may be sent now; empty where it may."""
    if order.status in _STOPPED:
        return _("%(order)s is held or cancelled.") % {"order": order}
    if order.cancel_requested_at:
        return _("The buyer of %(order)s asks to cancel: answer first.") % {"order": order}
    if order.stage not in _STAGES:
        return _("%(order)s can't be sent: the marketplace says “%(status)s”.") % {
            "order": order,
            "status": order.platform_status,
        }
    return ""


def can_be_fetched_again(package: Package) -> bool:
    """Tell whether a pick-up failed and may be arranged anew."""
    return (
        package.status == PackageStatus.READY_FOR_PICKUP
        and bool(package.facts.get("can_ship"))
        and package.way.get("kind") == PICKUP
    )
