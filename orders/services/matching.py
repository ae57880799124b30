"""Which variant of ours was sold: known by what was published, by SKU, or because a person said it once and for all."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import GlobalListing, GlobalVariant, ListingVariant, Variant
from orders.machines import PurchaseStatus
from orders.models import LineMatch, Order, OrderLine

from . import planning, reserving, stopping
from .reserving import OVER

Item = tuple[str, str]  # item, model


# --- by itself


def match_lines(account: PlatformAccount, lines: Iterable[OrderLine]) -> list[OrderLine]:
    """Find the variants of an account's lines that have none, and save them; return those that were found.

    What a person said goes first, then what was published in the shop, then our SKU in the account, then a SKU that
    only one variant has. What fits several is left to a person. The lines come with their orders.
    """
    waiting = [line for line in lines if line.variant_id is None]
    if not waiting:
        return []
    finders = (_by_word(account, waiting), _by_listing(waiting), _by_our_sku(account, waiting), _by_sku(waiting))
    found = []
    for line in waiting:
        variant, listing_variant = next(filter(None, (finder.get(line.pk) for finder in finders)), (None, None))
        if variant is not None:
            line.variant_id, line.listing_variant_id = variant, listing_variant
            found.append(line)
    _write(found)
    return found


def rematch(orders: Iterable[Order]) -> list[OrderLine]:
    """Look once more for the variants of these orders' lines, and have the orders planned; return what was found."""
    chosen = [order.pk for order in orders]
    waiting = _waiting().filter(order__in=chosen).select_related("order__shop__account")
    by_account = defaultdict[PlatformAccount, list[OrderLine]](list)
    for line in waiting.order_by("pk"):
        by_account[line.order.shop.account].append(line)
    found = []
    for account, lines in by_account.items():
        with transaction.atomic():
            matched = match_lines(account, lines)
            Order.objects.filter(lines__in=matched).update(plan_tried_at=None)
            _go_on(account, matched)
        found += matched
    return found


Found = dict[int, tuple[int, int | None]]  # line → variant, row of a listing


def _by_word(account: PlatformAccount, lines: Sequence[OrderLine]) -> Found:
    said = LineMatch.objects.filter(account=account, item_id__in={line.item_id for line in lines} - {""})
    known = {(row.item_id, row.model_id): row.variant_id for row in said}
    return {line.pk: (known[_item(line)], None) for line in lines if _item(line) in known}


def _by_listing(lines: Sequence[OrderLine]) -> Found:
    rows = ListingVariant.objects.filter(
        listing__shop__in={line.order.shop_id for line in lines},
        listing__external_id__in={line.item_id for line in lines} - {""},
    )
    known = defaultdict[tuple[int, str, str], list[tuple[int, int]]](list)
    columns = ("listing__shop_id", "listing__external_id", "external_id", "global_variant__variant_id", "pk")
    for shop, item, model, variant, row in rows.values_list(*columns):
        known[shop, item, model].append((variant, row))
    found: Found = {}
    for line in lines:
        candidates = known.get((line.order.shop_id, *_item(line)), [])
        if len(candidates) == 1:
            found[line.pk] = candidates[0]
    return found


def _by_our_sku(account: PlatformAccount, lines: Sequence[OrderLine]) -> Found:
    rows = GlobalVariant.objects.filter(global_listing__account=account)
    return _only_one(lines, rows.exclude(global_listing__status=GlobalListing.Status.DELETED), "variant_id")


def _by_sku(lines: Sequence[OrderLine]) -> Found:
    return _only_one(lines, Variant.objects.filter(is_gone=False), "pk")


def _only_one(lines: Sequence[OrderLine], rows: "QuerySet[Any]", column: str) -> Found:
    """Return the variants of those lines whose SKU only one variant has."""
    known = defaultdict[str, set[int]](set)
    for sku, variant in rows.filter(sku__in={line.sku for line in lines} - {""}).values_list("sku", column):
        known[sku].add(variant)
    return {line.pk: (next(iter(known[line.sku])), None) for line in lines if len(known.get(line.sku, ())) == 1}


def _item(line: OrderLine) -> Item:
    return line.item_id, line.model_id


# --- by a person


@transaction.atomic
def match_line(line: OrderLine, variant: Variant, by: str) -> list[OrderLine]:
    """Say which variant was sold, for this line and for all that are or will be of the same item in the account.

    Return the lines that have it now. Raise Refused where the line is bought already, or was sold and sent.
    """
    line = OrderLine.objects.select_related("order__shop__account").get(pk=line.pk)
    account = line.order.shop.account
    _check(line, variant)
    same = Q(pk=line.pk)
    if line.item_id:
        LineMatch.objects.update_or_create(
            account=account,
            item_id=line.item_id,
            model_id=line.model_id,
            defaults={"sku": line.sku, "variant": variant, "by": by[:150]},
        )
        same |= Q(variant=None, item_id=line.item_id, model_id=line.model_id)
    rows = OrderLine.objects.filter(same, order__shop__account=account).exclude(order__status__in=OVER)
    lines = list(rows.select_related("order").select_for_update(of=("self",)).order_by("pk"))
    before = {row.variant_id for row in lines if row.variant_id}
    for row in lines:
        row.variant, row.listing_variant_id = variant, None
    _write(lines)
    stopping.plan_again({row.order for row in lines}, by=by)
    _go_on(account, lines, also=before)
    return lines


def _check(line: OrderLine, variant: Variant) -> None:
    if line.order.status in OVER:
        words = _("Order %(order)s is “%(status)s”: its lines need no variant any more.")
        raise Refused(words % {"order": line.order, "status": line.order.get_status_display()}, field="line")
    unsent = (PurchaseStatus.PLANNED, PurchaseStatus.APPROVED, PurchaseStatus.CANCELLED)
    bought = line.purchase_lines.exclude(purchase__status__in=unsent).select_related("purchase").first()
    if bought is not None and line.variant_id != variant.pk:
        words = _("%(line)s is being bought by %(purchase)s already. Cancel that first.")
        raise Refused(words % {"line": line, "purchase": bought.purchase}, field="line")
    if variant.is_gone:
        words = _("%(variant)s is not made any more: choose another variant.")
        raise Refused(words % {"variant": variant}, field="variant")


def _waiting() -> "QuerySet[OrderLine]":
    return OrderLine.objects.filter(variant=None).exclude(order__status__in=OVER)


def _write(lines: Sequence[OrderLine]) -> None:
    OrderLine.objects.bulk_update(lines, ["variant", "listing_variant"], batch_size=200)


def _go_on(account: PlatformAccount, lines: Sequence[OrderLine], also: Collection[int] = ()) -> None:
    if lines:
        reserving.recount({line.variant_id for line in lines if line.variant_id} | set(also))
        planning.request_plans(account)
