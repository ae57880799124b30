"""What is sold but not yet bought is not offered again (catalog.services.selling.differing)."""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, IntegerField, OuterRef, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone

from catalog.models import Reservation
from catalog.services import bulk
from orders.machines import OrderStatus, PurchaseStatus
from orders.models import OrderLine, PurchaseLine

OVER = (
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
    OrderStatus.COMPLETED,
    OrderStatus.CANCELLED,
    OrderStatus.REJECTED,
)
PAID = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)


@transaction.atomic
def recount(variant_ids: Iterable[int]) -> dict[int, int]:
    """Count anew how many pieces of each of these variants are sold and not yet paid for; return them.

    Nothing is reserved for orders that the marketplace sends from its own store.
    """
    wanted = sorted(set(variant_ids))
    if not wanted:
        return {}
    counted = dict.fromkeys(wanted, 0) | _sold(wanted)
    known = dict(Reservation.objects.filter(variant__in=wanted).values_list("variant", "pieces"))
    differing = [key for key in wanted if known.get(key) != counted[key]]
    # Locked and counted once more: of two that count at once the second one sees what the first one has changed. What
    # does not differ needs no lock: whoever else changes it counts, too.
    return counted | _write(differing) if differing else counted


def _write(wanted: list[int]) -> dict[int, int]:
    Reservation.objects.bulk_create([Reservation(variant_id=key) for key in wanted], ignore_conflicts=True)
    rows = list(Reservation.objects.select_for_update().filter(variant__in=wanted).order_by("variant"))
    counted, now = dict.fromkeys(wanted, 0) | _sold(wanted), timezone.now()
    changed = [
        {"variant_id": row.variant_id, "pieces": counted[row.variant_id], "updated_at": now}
        for row in rows
        if row.pieces != counted[row.variant_id]
    ]
    bulk.upsert(Reservation, changed, unique=("variant_id",), update=("pieces", "updated_at"))
    return counted


def _sold(wanted: list[int]) -> dict[int, int]:
    bought = PurchaseLine.objects.filter(line=OuterRef("pk"), purchase__status__in=PAID).order_by()
    pieces = Subquery(bought.values("line").annotate(pieces=Sum("quantity")).values("pieces"))
    left = F("quantity") - F("cancelled") - Coalesce(pieces, 0, output_field=IntegerField())
    lines = OrderLine.objects.filter(variant__in=wanted, order__ships="seller").exclude(order__status__in=OVER)
    sums = lines.order_by().values("variant_id").annotate(pieces=Sum(Greatest(left, Value(0))))
    return dict(sums.values_list("variant_id", "pieces"))
