"""Products that a supplier sells no longer: taken off its shelves, or unknown to it."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import PlatformAccount
from catalog.models import Product, SupplierOffer

from . import bulk, histories
from .bulk import Row


def mark_gone(account: PlatformAccount, external_ids: Sequence[str], reason: str, when: datetime) -> list[str]:
    """Say that the supplier does not know these products any more; return the ids of those that we have.

    Only for ids whose own detail was answered with "not found", in a sweep (design.md §3, promise 8).
    """
    return _end(account, external_ids, Product.Status.GONE, reason, when)[0]


def mark_off_sale(
    account: PlatformAccount, external_ids: Sequence[str], reason: str, when: datetime
) -> tuple[list[str], list[str]]:
    """Say that the supplier took these off its shelves; return the ids that we have, and those of which it is news."""
    return _end(account, external_ids, Product.Status.OFF_SALE, reason, when)


def _end(
    account: PlatformAccount, external_ids: Sequence[str], status: Product.Status, reason: str, when: datetime
) -> tuple[list[str], list[str]]:
    if not external_ids:
        return [], []
    products = Product.objects.select_for_update().filter(account=account, external_id__in=external_ids)
    known: list[str] = []
    old: dict[str, Row] = {}
    for row in bulk.rows_of(products.order_by("external_id")):
        known.append(row["external_id"])
        if row["status"] != status:
            old[row["external_id"]] = row
    # Without the hash, whatever is answered next is compared with our rows once more.
    changes = {"status": status, "content_hash": "", "updated_at": when}
    keys = [row["id"] for row in old.values()]
    Product.objects.filter(pk__in=keys).update(**changes)
    SupplierOffer.objects.filter(variant__product__in=keys, account=account, is_available=True).update(
        is_available=False
    )
    histories.keep(old, [row | changes for row in old.values()], reason, when)
    return known, list(old)
