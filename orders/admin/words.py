"""How orders, purchases and parcels are said and colored in the console."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.shown import money, spell_seconds, thumbnail
from integrations.models import ApiCall
from orders.models import Order, OrderLine, Package, PurchaseOrder

LABELS = {  # status → the list's color; what is not named is plain
    "pending": "default",
    "on_hold": "warning",
    "cancelled": "default",
    "rejected": "default",
    "unknown": "danger",
    "failed": "danger",
    "shipped": "success",
    "in_transit": "success",
    "picked_up": "success",
    "out_for_delivery": "success",
    "delivered": "success",
    "completed": "success",
    "paid": "success",
    "ready": "success",
    "cleared": "success",
    "imported": "success",
    "billed": "warning",
    "planned": "warning",
    "awaiting_payment": "warning",
}
_CSS = {
    "success": "cd-is-good",
    "warning": "cd-is-warn",
    "danger": "cd-is-bad",
    "info": "cd-is-info",
    "default": "cd-is-dim",
}
URGENT_S = 24 * 3600
LINES_SHOWN = 3


def color(status: str) -> str:
    """Return how a status is colored in a list."""
    return LABELS.get(status, "info")


def css(status: str) -> str:
    """Return the class of a status on a page."""
    return _CSS[color(status)]


def countdown(until: datetime | None) -> SafeString | str:
    """Say how long is left, or since when it is over; red once it is over, orange on the last day."""
    if until is None:
        return ""
    left = (until - timezone.now()).total_seconds()
    span = _days(abs(left))
    name = "cd-bad" if left < 0 else "cd-warn" if left < URGENT_S else "cd-dim"
    words = _("%(span)s late") if left < 0 else _("ship in %(span)s")
    full = date_format(timezone.localtime(until), "DATETIME_FORMAT")
    return format_html(
        '<time class="{} cd-num" datetime="{}" title="{}">{}</time>',
        name,
        until.isoformat(),
        full,
        words % {"span": span},
    )


def _days(seconds: float) -> str:
    days, rest = divmod(round(seconds), 86_400)
    return _("%(d)d d %(h)d h") % {"d": days, "h": rest // 3600} if days else spell_seconds(rest)


def open_until(order: Order) -> datetime | None:
    """Return by when an order has to be sent, as long as it was not."""
    return order.ship_by if order.status in BEFORE and order.ships == "seller" else None


BEFORE = ("pending", "processing", "on_hold", "approved", "picking", "packing", "ready_to_ship")


def picture_of(line: OrderLine) -> str:
    """Return a line's picture: the marketplace's, else ours."""
    variant = line.variant
    return line.image_url or (variant.image_url or variant.product.image_url if variant else "")


def lines_of(lines: Iterable[OrderLine]) -> SafeString:
    """Draw the first lines of an order, each with picture, pieces and SKU, and count the others."""
    found = list(lines)
    drawn = format_html_join(
        "",
        '<div class="cd-piece">{}<span><b class="cd-num">{} ×</b> <span class="{}">{}</span></span></div>',
        (
            (
                thumbnail(picture_of(line), ""),
                line.wanted,
                "cd-sku" if line.variant_id else "cd-sku cd-warn",
                line.sku or line.name[:40],
            )
            for line in found[:LINES_SHOWN]
        ),
    )
    more = len(found) - LINES_SHOWN
    rest = format_html('<span class="cd-note">{}</span>', _("and %(n)d more") % {"n": more}) if more > 0 else ""
    return format_html('<div class="cd-pieces">{}{}</div>', drawn, rest)


def usd(amount: Decimal | None) -> str:
    """Say an amount in dollars."""
    return money(amount, None, "USD")


def calls_of(order: Order, purchases: Iterable[PurchaseOrder], packages: Iterable[Package]) -> Any:
    """Return what was said to platforms of an order and of what was bought for it, the newest first."""
    sold = {f"order:{order.external_id}", *(f"package:{row.external_id}" for row in packages if row.external_id)}
    asked = Q(account=order.shop.account_id, subject__in=sold)
    for purchase in purchases:
        asked |= bought_calls(purchase)
    return ApiCall.objects.filter(asked).defer("request", "response").order_by("-pk")[:30]


def bought_calls(purchase: PurchaseOrder) -> Q:
    """Return the condition for what was said to a supplier of a purchase, by each name under which it is known."""
    names = {purchase.reference, purchase.external_id, *(alias.value for alias in purchase.aliases.all())} - {""}
    subjects = [f"{kind}:{name}" for name in names for kind in ("order", "shipment", "parcel")]
    return Q(account=purchase.account_id, subject__in=subjects)
