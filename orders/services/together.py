"""What is done to an order as a whole, and the variants from which a person chooses for its lines."""

from itertools import islice

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import Variant
from orders.machines import PurchaseStatus
from orders.models import Order, OrderLine, PurchaseOrder

from . import approving

FOUND_AT_MOST = 20


def approve_order(order: Order, by: str) -> list[PurchaseOrder]:
    """Allow all planned purchases of an order to be made; raise Refused where nothing of it waits for that."""
    planned = list(order.purchases.filter(status=PurchaseStatus.PLANNED).order_by("pk"))
    if not planned:
        raise Refused(
            _("Nothing of %(order)s waits for an approval. Plan it first.") % {"order": order}, field="status"
        )
    for purchase in planned:
        approving.approve(purchase, by)
    return planned


def find_variants(text: str, most: int = FOUND_AT_MOST) -> list[Variant]:
    """Return variants whose SKU or id is this text, else those of which a product's name has all its words."""
    text = text.strip()
    if not text:
        return []
    rows = Variant.objects.filter(is_gone=False).select_related("product__account").order_by("-pk")
    exact = list(rows.filter(Q(sku=text) | Q(external_id=text) | Q(product__sku=text))[:most])
    if exact:
        return exact
    named = Q()
    for word in text.split()[:8]:
        named &= Q(product__name__icontains=word) | Q(key__icontains=word) | Q(sku__istartswith=word)
    return list(rows.filter(named)[:most])


def suggest_variants(line: OrderLine, most: int = 5) -> list[Variant]:
    """Return variants that a line may be: its SKU, or what begins like it, then what is named like it."""
    rows = Variant.objects.filter(is_gone=False).select_related("product__account").order_by("-pk")
    stem = line.sku.rsplit("-", 1)[0]
    asked = [rows.filter(sku=line.sku), rows.filter(sku__startswith=stem)] if line.sku else []
    words = [word for word in line.name.split() if len(word) > 3][:3]
    if words:
        named = Q()
        for word in words:
            named &= Q(product__name__icontains=word)
        asked.append(rows.filter(named))
    found = dict[int, Variant]()
    for query in asked:
        found |= {variant.pk: variant for variant in query[:most] if variant.pk not in found}
    return list(islice(found.values(), most))
