"""Customs: what a parcel holds, at which value and under which HS codes, and how far its clearance is."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import Warehouse
from orders.machines import CUSTOMS, CustomsStatus, PackageStatus
from orders.models import CustomsDeclaration, OrderLine, Package, PackageLine, PurchaseLine

from . import moves

BY = "tracking"
CENT = Decimal("0.01")
HS_CODE = re.compile(r"\d{6,10}")
USUAL_ORIGIN = "CN"
# Documented numbers of a parcel's way → what they say of its clearance.
REACHED = {
    4: CustomsStatus.DECLARED,  # left the forwarder
    5: CustomsStatus.CLEARED,  # first leg: it is out of the country
    6: CustomsStatus.IN_DESTINATION,
    7: CustomsStatus.IN_DESTINATION,
    **dict.fromkeys((8, 9, 10, 11, 12), CustomsStatus.IMPORTED),
}


class NotDeclarable(Refused):
    """Something that customs ask for is missing; the text names it."""


# --- papers


def findings(package: Package) -> list[str]:
    """Return what is missing for a customs declaration, each naming the thing and the fix; empty: nothing."""
    packed = _packed(package)
    if not packed:
        return [_("The package holds nothing.")]
    found = [problem for row in packed for problem in _missing(row.line)]
    found += _misfits(package, packed) if _declared(package) else _worthless(packed)
    return list(dict.fromkeys(found))


def _worthless(packed: Sequence[PackageLine]) -> list[str]:
    words = _("%(line)s has no value. Enter a declared value in the purchase.")
    return [words % {"line": row.line} for row in packed if not row.line.price]


def _misfits(package: Package, packed: Sequence[PackageLine]) -> list[str]:
    """Return why a purchase's declared value can't be shared by what is packed."""
    bought = {row.line_id: row.quantity for row in _bought(package)}
    if _declared(package) < CENT * sum(bought.values()):
        return [_("The declared value is less than a cent for each piece. Enter a higher one in the purchase.")]
    before = _packed_before(package)
    words = _("The package holds more of %(line)s than its purchase buys. Put the packages right first.")
    return [
        words % {"line": row.line}
        for row in packed
        if before.get(row.line_id, 0) + row.quantity > bought.get(row.line_id, 0)
    ]


def _missing(line: OrderLine) -> list[str]:
    if line.variant is None:
        return [_("%(line)s has no variant. Match it first.") % {"line": line}]
    product = line.variant.product
    code = _digits(product.hs_code)
    if not code:
        return [_("“%(product)s” has no HS code. Enter it on the product's page.") % {"product": product}]
    if not HS_CODE.fullmatch(code):
        words = _("The HS code “%(code)s” of “%(product)s” is not 6 to 10 digits. Mend it on the product's page.")
        return [words % {"code": product.hs_code, "product": product}]
    return []


@transaction.atomic
def prepare(package: Package, by: str) -> CustomsDeclaration:
    """Write a package's customs papers, or write them anew as long as they are not declared.

    Raise NotDeclarable, naming what is missing, and where the parcel crosses no border.
    """
    package = Package.objects.select_for_update(of=("self",)).select_related("order", "purchase").get(pk=package.pk)
    if origin_of(package) == package.order.country_code:
        words = _("%(package)s stays in %(country)s: it crosses no border.")
        raise NotDeclarable(words % {"package": package, "country": package.order.country_code}, field="package")
    known = CustomsDeclaration.objects.filter(package=package).first()
    if known and known.status != CustomsStatus.PREPARED:
        return known
    if missing := findings(package):
        raise NotDeclarable(" ".join(missing), field="hs_code")
    lines = goods(package)
    columns = {
        "lines": lines,
        "value": total(lines),
        "currency": "USD" if _declared(package) else package.order.currency,
        "sender": _sender(package),
    }
    declaration, made = CustomsDeclaration.objects.update_or_create(
        package=package, defaults=columns, create_defaults=columns | {"number": f"CD-{package.pk:08}"}
    )
    if made:
        moves.note(declaration, "", declaration.status, why=_("Papers prepared."), by=by)
    return declaration


def total(lines: Sequence[dict[str, Any]]) -> Decimal:
    """Return what the goods of a declaration are worth: each value times its pieces, to the cent."""
    return sum((Decimal(line["unit_value"]) * line["quantity"] for line in lines), Decimal("0.00"))


def goods(package: Package) -> list[dict[str, Any]]:
    """Return the goods as they are declared; pieces of one line stand apart where a cent is left over."""
    packed = _packed(package)
    values = _values(package, packed)
    rows = []
    for each in packed:
        line, cents = each.line, values[each.line_id]
        for unit in sorted(set(cents), reverse=True):
            rows.append(_row(package, line, cents.count(unit), unit))
    return rows


def _row(package: Package, line: OrderLine, quantity: int, unit: Decimal) -> dict[str, Any]:
    assert line.variant is not None  # else there would be a finding
    product, weight = line.variant.product, line.weight_g or line.variant.weight_g
    return {
        "name": product.hs_name or product.name,
        "sku": line.variant.sku or line.sku,
        "hs_code": _digits(product.hs_code),
        "origin": origin_of(package),
        "quantity": quantity,
        "unit_value": str(unit),
        "weight_g": None if weight is None else str((weight * quantity).quantize(CENT)),
    }


def origin_of(package: Package) -> str:
    """Return the country from which the goods come."""
    return (package.purchase.from_country if package.purchase else "") or USUAL_ORIGIN


def _sender(package: Package) -> dict[str, str]:
    shop, purchase = package.order.shop, package.purchase
    place = None
    if purchase and purchase.warehouse_id:
        known = Warehouse.objects.filter(platform=purchase.account.platform, kind=Warehouse.Kind.STORAGE)
        place = known.filter(external_id=purchase.warehouse_id).first()
    return {
        "name": shop.account.name,
        "shop": shop.name,
        "country_code": origin_of(package),
        "warehouse": str(place) if place else "",
        "address": place.address if place else "",
        "phone": place.phone if place else "",
    }


# --- values


def _values(package: Package, packed: Sequence[PackageLine]) -> dict[int, list[Decimal]]:
    """Return the value of each piece in the package, by line.

    What the purchase declares is shared by all its pieces, by price and to the cent, over all its packages; without
    that, a piece is worth what the buyer pays for it.
    """
    declared = _declared(package)
    if not declared:
        return {row.line_id: [row.line.price or Decimal()] * row.quantity for row in packed}
    bought = _bought(package)
    shares = shared(declared, [(row.quantity, max(row.line.price or CENT, CENT)) for row in bought])
    units = {row.line_id: cents for row, cents in zip(bought, shares, strict=True)}
    before = _packed_before(package)
    return {row.line_id: units[row.line_id][before.get(row.line_id, 0) :][: row.quantity] for row in packed}


def shared(amount: Decimal, pieces: Sequence[tuple[int, Decimal]]) -> list[list[Decimal]]:
    """Share an amount over pieces (how many, worth of one), to the cent: the parts add up to it, none is nothing."""
    worths = [worth for quantity, worth in pieces for _piece in range(quantity)]
    cents = int(amount / CENT)
    units = _spread(cents, worths)
    if 0 in units:  # each gets a cent, the rest goes by worth
        units = [1 + unit for unit in _spread(cents - len(worths), worths)]
    rest = iter(CENT * unit for unit in units)
    return [list(islice(rest, quantity)) for quantity, _worth in pieces]


def _spread(cents: int, worths: Sequence[Decimal]) -> list[int]:
    whole, reached, given, found = sum(worths, Decimal()), Decimal(), 0, []
    for worth in worths:
        reached += worth
        upto = int((cents * reached / whole).quantize(Decimal(1), ROUND_HALF_UP))
        found.append(upto - given)
        given = upto
    return found


def _packed(package: Package) -> list[PackageLine]:
    return list(package.lines.select_related("line__variant__product").order_by("pk"))


def _bought(package: Package) -> list[PurchaseLine]:
    return [] if package.purchase is None else list(package.purchase.lines.select_related("line").order_by("pk"))


def _packed_before(package: Package) -> dict[int, int]:
    """Return how many pieces of each line travel in the purchase's packages before this one."""
    others = PackageLine.objects.filter(package__purchase=package.purchase, package__is_gone=False)
    others = others.filter(package_id__lt=package.pk).exclude(package__status=PackageStatus.CANCELLED)
    found: dict[int, int] = {}
    for line, quantity in others.values_list("line_id", "quantity"):
        found[line] = found.get(line, 0) + quantity
    return found


def _declared(package: Package) -> Decimal:
    return (package.purchase.declared_value if package.purchase else None) or Decimal()


def _digits(code: str) -> str:
    """Return an HS code without the dots and blanks with which it is printed."""
    return re.sub(r"[.\s-]", "", code)


# --- clearance


def move(declaration: CustomsDeclaration, new: str, *, by: str, why: str = "") -> None:
    """Take one step of the clearance; raise NotPossible where the table has none."""
    moves.move(declaration, new, by=by, why=why)


def follow(declaration: CustomsDeclaration, status: int | None) -> None:
    """Bring the clearance to where the parcel's way says that it is; never back."""
    reached = REACHED.get(status) if status is not None else None
    if reached and reached != declaration.status and CUSTOMS.path(declaration.status, reached):
        moves.follow(declaration, reached, by=BY, why=_("The parcel's way says so."))
