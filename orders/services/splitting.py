"""When a supplier splits a purchase: each part goes on as a purchase of its own, and no piece is lost or doubled."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations import jobs
from integrations.bought import PurchaseData
from integrations.gateways import buyer_for
from orders.models import PurchaseAlias, PurchaseOrder

from . import moves
from .announcing import change
from .looking import BY, SPLIT_OF, keep, pieces_of, say, wanted_pieces


def split(purchase: PurchaseOrder, children: Sequence[str], *, by: str = BY) -> list[PurchaseOrder]:
    """Follow a split by the supplier: read the parts, named by their numbers, and give each a purchase of its own.

    The first part goes on in the row that was there; the others take their pieces from it. Done once: again it only
    reads them. Raise Refused where the parts are not all there yet or hold other goods than the whole.
    """
    buyer = buyer_for(purchase.account)
    parts = [data for number in children if (data := buyer.find(number)) is not None]
    if len(parts) < len(children) or len(parts) < 2:
        raise Refused(_("The parts of %(purchase)s can't be read yet.") % {"purchase": purchase}, field="children")
    known = {row.external_id: row for row in PurchaseOrder.objects.filter(account=purchase.account)
             .filter(external_id__in=[part.external_id for part in parts]).select_related("order")}  # fmt: skip
    with transaction.atomic():
        jobs.hold()
        if not known:
            return _divide(purchase, parts, by)
        for part in parts:
            if part.external_id in known:
                keep(known[part.external_id], part)
    return list(known.values())


def _divide(purchase: PurchaseOrder, parts: Sequence[PurchaseData], by: str) -> list[PurchaseOrder]:
    lines = {line.variant.external_id: line for line in purchase.lines.select_related("variant")}
    goods = [pieces_of((item.variant_id, item.quantity) for item in part.items or ()) for part in parts]
    whole = pieces_of((variant, quantity) for part in goods for variant, quantity in part.items())
    if whole != wanted_pieces(purchase) or len(lines) != purchase.lines.count():
        raise Refused(
            _("The parts of %(purchase)s hold other goods than the whole: %(parts)s.")
            % {"purchase": purchase, "parts": say(whole)},
            field="children",
        )
    PurchaseAlias.objects.get_or_create(purchase=purchase, kind=SPLIT_OF, value=purchase.external_id)
    rows = [purchase, *(_part_of(purchase, number, by) for number in range(2, len(parts) + 1))]
    for row, part, pieces in zip(rows, parts, goods, strict=True):
        _give(row, lines, pieces, is_first=row is purchase)
        keep(row, part, why=_("The supplier has split the purchase."), by=by)
        if row is purchase:
            change(row, needs_person=False, problem="")
    return rows


def _part_of(purchase: PurchaseOrder, number: int, by: str) -> PurchaseOrder:
    """Make the row of another part: it was paid with the whole."""
    row = PurchaseOrder.objects.get(pk=purchase.pk)
    row.pk, row._state.adding = None, True
    row.reference, row.external_id = f"{purchase.reference[:44]}/{number}", ""
    row.tracking_number = row.tracking_url = row.label_number = row.label_sha256 = row.problem = ""
    row.amount, row.told_at, row.needs_person = None, None, False
    row.save()
    moves.note(row, "", row.status, why=_("Split from %(whole)s.") % {"whole": purchase}, by=by)
    return row


def _give(row: PurchaseOrder, lines: dict[str, Any], pieces: dict[str, int], *, is_first: bool) -> None:
    if is_first:
        for variant, line in lines.items():
            if variant in pieces:
                line.quantity = pieces[variant]
                line.save(update_fields=["quantity"])
            else:
                line.delete()
        return
    for variant, quantity in pieces.items():
        line = lines[variant]
        row.lines.create(line_id=line.line_id, variant_id=line.variant_id, quantity=quantity, unit_cost=line.unit_cost)
