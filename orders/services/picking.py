"""Paper for the warehouse: parcels in the order in which they are picked, slips to put in, a list to pick by."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from reportlab.platypus import Flowable, PageBreak

from accounts.errors import Refused
from orders.models import Order, Package, PackageLine

from .letters import HEAD, address_of, barcode, facts, paragraph, rows, sheets, space

_LAST = datetime.max.replace(tzinfo=UTC)
TOGETHER = 500  # primary keys in one query


def in_pick_order(packages: Iterable[Package]) -> list[Package]:
    """Return packages as they are picked: by warehouse, then SKU, then the time until which they are shipped.

    Each comes once, with its order, purchase and lines loaded. Raise Refused where there is none.
    """
    keys = list(dict.fromkeys(package.pk for package in packages))
    if not keys:
        raise Refused(_("Choose at least one package."), field="packages")
    found: list[Package] = []
    for start in range(0, len(keys), TOGETHER):
        some = Package.objects.filter(pk__in=keys[start : start + TOGETHER])
        found += some.select_related("order__shop", "purchase").prefetch_related("lines__line__variant")
    return sorted(found, key=_place)


def _place(package: Package) -> tuple[str, str, datetime, int]:
    skus = sorted(sku_of(row) for row in package.lines.all())
    ship_by = package.ship_by or package.order.ship_by or _LAST
    return warehouse_of(package), skus[0] if skus else "", ship_by, package.pk


def warehouse_of(package: Package) -> str:
    """Return where a package is packed: a warehouse, or the country from which it comes."""
    purchase = package.purchase
    return (purchase.warehouse_id or purchase.from_country) if purchase else ""


def sku_of(row: PackageLine) -> str:
    """Return the SKU under which a packed line lies in the warehouse."""
    return (row.line.variant.sku if row.line.variant else "") or row.line.sku


def name_of(row: PackageLine) -> str:
    """Return what a packed line is called."""
    return " · ".join(filter(None, (row.line.name, row.line.variant_name)))


# --- slips


def packing_slips(packages: Iterable[Package]) -> bytes:
    """Return one slip for each package, in pick order: what is in it, to whom it goes, its number to scan."""
    story: list[Flowable] = []
    for package in in_pick_order(packages):
        story += [*([PageBreak()] if story else []), *_slip(package)]
    return sheets(_("Packing slips"), story)


def _slip(package: Package) -> list[Flowable]:
    order = package.order
    lines = [[sku_of(row), name_of(row), row.quantity] for row in package.lines.all()]
    return [
        paragraph(_("Packing slip"), HEAD),
        barcode(package.external_id or f"P{package.pk}"),
        space(),
        facts(_slip_facts(package, order)),
        space(),
        rows([_("SKU"), _("Goods"), _("Pieces")], lines, [3, 7, 1.5]),
        space(),
        paragraph(_("%(count)d pieces") % {"count": sum(row.quantity for row in package.lines.all())}),
    ]


def _slip_facts(package: Package, order: Order) -> list[tuple[object, object]]:
    return [
        (_("Order"), order.external_id),
        (_("Sold by"), order.shop.name),
        (_("Package"), package.external_id),
        (_("Warehouse"), warehouse_of(package)),
        (_("Carrier"), package.carrier_name),
        (_("Tracking number"), package.tracking_number),
        (_("To"), address_of(order.address)),
        (_("Message of the buyer"), order.message),
    ]


# --- list


@dataclass(slots=True)
class _Pick:
    name: str
    pieces: int = 0
    packages: list[str] = field(default_factory=list)


def pick_list(packages: Iterable[Package]) -> bytes:
    """Return what is to be taken from the shelves, by warehouse and SKU, each SKU to scan."""
    picks: dict[str, dict[str, _Pick]] = {}
    for package in in_pick_order(packages):
        for row in package.lines.all():
            pick = picks.setdefault(warehouse_of(package), {}).setdefault(sku_of(row), _Pick(name_of(row)))
            pick.pieces += row.quantity
            pick.packages.append(f"{package} × {row.quantity}")
    story: list[Flowable] = []
    for warehouse, found in picks.items():
        story += [*([PageBreak()] if story else []), *_picks_of(warehouse, found)]
    return sheets(_("Pick list"), story or [paragraph(_("The packages hold nothing."))])


def _picks_of(warehouse: str, picks: dict[str, _Pick]) -> list[Flowable]:
    lines = [
        [barcode(sku), f"{sku}\n{pick.name}", pick.pieces, "\n".join(pick.packages)]
        for sku, pick in sorted(picks.items())
    ]
    return [
        paragraph(_("Pick list: %(warehouse)s") % {"warehouse": warehouse or _("no warehouse")}, HEAD),
        paragraph(_("%(count)d pieces") % {"count": sum(pick.pieces for pick in picks.values())}),
        space(),
        rows([_("To scan"), _("Goods"), _("Pieces"), _("Packages")], lines, [5, 4, 1.3, 3.7]),
    ]
