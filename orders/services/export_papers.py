"""What a parcel carries over a border: the commercial invoice and the customs declaration. Customs read English."""

from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.errors import Refused
from orders.models import CustomsDeclaration, Package

from .customs import total
from .letters import HEAD, SMALL, address_of, facts, paragraph, rows, sheets, space


def commercial_invoice(package: Package) -> bytes:
    """Return the commercial invoice of a package; raise Refused where its customs papers are not prepared."""
    declaration = _declaration_of(package)
    currency = declaration.currency
    lines = [
        [line["name"], line["hs_code"], line["origin"], line["quantity"], line["unit_value"], _worth(line)]
        for line in declaration.lines
    ]
    head = ["Description", "HS code", "Origin", "Quantity", f"Unit value ({currency})", f"Amount ({currency})"]
    story = [
        paragraph("Commercial invoice", HEAD),
        facts(_parties(declaration, number="Invoice number")),
        space(),
        rows(head, lines, [6, 2.2, 1.3, 1.5, 2, 2]),
        space(),
        paragraph(f"Total: {total(declaration.lines)} {currency}"),
        space(),
        paragraph("Reason for export: sale. I declare that this invoice is true and correct.", SMALL),
        space(12),
        paragraph("Date and signature: ______________________________"),
    ]
    with translation.override("en"):
        return sheets(f"Commercial invoice {declaration.number}", story)


def customs_declaration(package: Package) -> bytes:
    """Return the customs declaration of a package; raise Refused where its customs papers are not prepared."""
    declaration = _declaration_of(package)
    lines = [
        [line["hs_code"], line["name"], line["origin"], line["quantity"], _weight(line), _worth(line)]
        for line in declaration.lines
    ]
    head = ["HS code", "Goods", "Origin", "Quantity", "Net weight (g)", f"Value ({declaration.currency})"]
    story = [
        paragraph("Customs declaration", HEAD),
        facts(_parties(declaration, number="Declaration number")),
        space(),
        rows(head, lines, [2.2, 6, 1.3, 1.5, 2, 2]),
        space(),
        facts(
            [
                ("Total value", f"{total(declaration.lines)} {declaration.currency}"),
                ("Net weight", _net_weight(declaration.lines)),
                ("Gross weight", f"{package.weight_g} g" if package.weight_g else ""),
                ("Category", "Sale of goods"),
            ]
        ),
        space(12),
        paragraph("Date and signature of the sender: ______________________________"),
    ]
    with translation.override("en"):
        return sheets(f"Customs declaration {declaration.number}", story)


def _declaration_of(package: Package) -> CustomsDeclaration:
    known = CustomsDeclaration.objects.select_related("package__order__shop", "package__purchase")
    declaration = known.filter(package=package).first()
    if declaration is None:
        words = _("Prepare the customs papers of %(package)s first.")
        raise Refused(words % {"package": package}, field="customs")
    return declaration


def _parties(declaration: CustomsDeclaration, *, number: str) -> list[tuple[object, object]]:
    package, sender = declaration.package, declaration.sender
    order, purchase = package.order, package.purchase
    seller = [sender.get(name) for name in ("name", "warehouse", "address", "country_code", "phone")]
    return [
        (number, declaration.number),
        ("Date", f"{declaration.prepared_at:%Y-%m-%d}"),
        ("Sender", "\n".join(str(part) for part in seller if part)),
        ("Consignee", address_of(order.address)),
        ("Order", order.external_id),
        ("Package", package.external_id),
        ("Carrier", package.carrier_name or (purchase.route if purchase else "")),
        ("Tracking number", package.tracking_number or (purchase.tracking_number if purchase else "")),
        ("Tax id of the consignee", (purchase.tax_id if purchase else "") or order.tax_id),
        ("IOSS number", purchase.ioss_number if purchase else ""),
    ]


def _worth(line: dict[str, Any]) -> str:
    return str(Decimal(line["unit_value"]) * line["quantity"])


def _weight(line: dict[str, Any]) -> str:
    return line["weight_g"] or "not known"


def _net_weight(lines: list[dict[str, Any]]) -> str:
    """Return what the goods weigh together; nothing where that is not known of all."""
    weights = [line["weight_g"] for line in lines]
    return "" if None in weights else f"{sum((Decimal(weight) for weight in weights), Decimal())} g"
