"""What an order's page shows: money, buyer, lines, the graph of what is bought and sent, and what happened."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.shown import admin_url, money
from orders.machines import MACHINES
from orders.models import Order, OrderLine, Package, PurchaseOrder, StatusChange, TrackingEvent
from orders.services import addresses, checkpoints, margins, messages, moves, packing, queues, together
from orders.services.letters import address_of

from .words import calls_of, countdown, css, open_until, picture_of, usd

EVENTS_SHOWN = 200


def contents(request: HttpRequest, order: Order) -> dict[str, Any]:
    """Gather the page of an order in a number of queries that does not hang on how much there is."""
    order = queues.with_all(Order.objects.filter(pk=order.pk)).get()
    purchases = list(order.purchases.prefetch_related("lines__line", "aliases").select_related("account", "payment"))
    packages = list(order.packages.all())
    step = queues.next_step(order)
    return {
        "order": order,
        "css": css(order.status),
        "queue": request.GET.get("queue", ""),
        "countdown": countdown(open_until(order)),
        "step": step,
        "step_url": admin_url(step.on) if step.on is not None and step.on != order else "",
        "money": _money(order, purchases),
        "address": address_of(order.address),
        "address_findings": addresses.check(order.address) if order.address else [],
        "lines": [_line(request, order, line) for line in order.lines.all()],
        "graph": _graph(purchases, packages),
        "graph_findings": packing.findings(order) if purchases and packages else [],
        "timeline": timeline(order),
        "calls": calls_of(order, purchases, packages),
        "letters": [
            letter
            for letter in (
                _letter(_("Sent"), messages.shipped, order),
                _letter(_("Late"), messages.delayed, order),
            )
            if letter
        ],
    }


def _money(order: Order, purchases: list[PurchaseOrder]) -> dict[str, Any]:
    """Say what the order brings and costs; how the plan came to it stands beside each purchase."""
    bought = [purchase for purchase in purchases if purchase.status != purchase.Status.CANCELLED]
    reckoned = margins.reckon(order, bought, margins.Money()) if bought else margins.Margin()
    fee = None
    if None not in (reckoned.revenue, reckoned.cost, reckoned.margin):
        fee = reckoned.revenue - reckoned.cost - reckoned.margin  # type: ignore[operator]
    return {
        "total": money(order.total, None, order.currency),
        "shipping": money(order.shipping_fee, None, order.currency) if order.shipping_fee else "",
        "revenue": usd(reckoned.revenue),
        "cost": usd(reckoned.cost),
        "fee": usd(fee),
        "margin": usd(reckoned.margin),
        "is_loss": reckoned.is_loss,
        "how": reckoned.reasons,
        "has_purchases": bool(bought),
    }


def _line(request: HttpRequest, order: Order, line: OrderLine) -> dict[str, Any]:
    """Draw a line; one without a variant, or that a person wants to change, with variants to choose from."""
    asked = request.GET.get("line", "") == str(line.pk)
    words = request.GET.get("find", "").strip() if asked else ""
    may_choose = line.variant_id is None and line.wanted > 0
    found = together.find_variants(words) if words else together.suggest_variants(line) if may_choose or asked else []
    return {
        "line": line,
        "picture": picture_of(line),
        "price": money(line.price, None, order.currency),
        "choose": may_choose or asked,
        "words": words,
        "variants": found,
        "sure": found[0].pk if found and (found[0].sku == line.sku or (words and len(found) == 1)) else None,
        "match_url": reverse("admin:orders_order_match", args=(order.pk, line.pk)),
    }


def _graph(purchases: list[PurchaseOrder], packages: list[Package]) -> list[dict[str, Any]]:
    """Return rows of boxes: a purchase, the packages that bring it, their tracking; then what nobody brings."""
    rows = []
    for purchase in purchases:
        sent = [package for package in packages if package.purchase_id == purchase.pk]
        rows.append({"purchase": _purchase(purchase), "packages": [_package(package) for package in sent]})
    alone = [package for package in packages if package.purchase_id is None]
    return rows + ([{"purchase": None, "packages": [_package(package) for package in alone]}] if alone else [])


def _purchase(purchase: PurchaseOrder) -> dict[str, Any]:
    cost = purchase.amount
    if cost is None and purchase.planned_goods is not None and purchase.planned_freight is not None:
        cost = purchase.planned_goods + purchase.planned_freight
    return {
        "row": purchase,
        "url": admin_url(purchase),
        "css": css(purchase.status),
        "cost": usd(cost),
        "lines": purchase.lines.all(),
        "payment_url": admin_url(purchase.payment) if purchase.payment else "",
        "is_over": purchase.status == purchase.Status.CANCELLED,
    }


def _package(package: Package) -> dict[str, Any]:
    return {
        "row": package,
        "url": admin_url(package),
        "css": css(package.status),
        "lines": package.lines.all(),
        "label": getattr(package, "label", None),
        "where": checkpoints.words(package.tracking_status),
    }


def timeline(order: Order, only: Package | None = None) -> list[dict[str, Any]]:
    """Return what happened to an order and where its parcels were, the newest first."""
    names = _names(order)
    entries: list[dict[str, Any]] = []
    if only is None:
        entries += [_change(change, names) for change in moves.history_of(order)[:EVENTS_SHOWN]]  # type: ignore[index]
    events = TrackingEvent.objects.filter(package__order=order).select_related("package")
    for event in (events if only is None else events.filter(package=only)).order_by("-at", "-pk")[:EVENTS_SHOWN]:
        entries.append(
            {
                "at": event.at,
                "about": event.package,
                "url": "" if event.package.is_gone else admin_url(event.package),
                "text": event.text or checkpoints.words(event.status),
                "label": checkpoints.words(event.status) or event.platform_status,
                "css": "cd-is-info",
                "by": _("supplier") if event.source == checkpoints.SUPPLIER else _("marketplace"),
                "place": event.place,
            }
        )
    return sorted(entries, key=_moment, reverse=True)[:EVENTS_SHOWN]


def _moment(entry: dict[str, Any]) -> float:
    at: datetime | None = entry["at"]
    return at.timestamp() if at else 0.0


def _names(order: Order) -> dict[tuple[str, int], tuple[str, str]]:
    """Return by machine and key what a step of the history is about, and where its page is."""
    names = {("order", order.pk): (str(order), "")}
    for purchase in order.purchases.all():
        names["purchase", purchase.pk] = str(purchase), admin_url(purchase)
    for package in Package.objects.filter(order=order).select_related("customs", "order"):
        url = "" if package.is_gone else admin_url(package)
        names["package", package.pk] = str(package), url
        if hasattr(package, "customs"):
            names["customs", package.customs.pk] = str(package.customs), url
    return names


def _change(change: StatusChange, names: dict[tuple[str, int], tuple[str, str]]) -> dict[str, Any]:
    about, url = names.get((change.machine, change.record_id), (change.machine, ""))
    machine = MACHINES.get(change.machine)
    return {
        "at": change.at,
        "about": about,
        "url": url,
        "label": moves.label_of(machine, change.new) if machine else change.new,
        "css": css(change.new),
        "text": change.why,
        "by": change.by,
        "place": "",
    }


def _letter(title: str, write: Callable[[Order], messages.Message], order: Order) -> dict[str, str] | None:
    """Return a prepared text for the buyer; None where there is nothing to tell."""
    try:
        letter = write(order)
    except Refused:
        return None
    return {"title": title, "language": letter.language, "text": letter.text}
