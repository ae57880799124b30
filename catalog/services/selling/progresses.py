"""How far publications are: the gateway's notebook on the listing, and what it means for our rows.

The notebook is saved with the rows that a step changed, in one transaction: what is there is known, what is known is
there.
"""

from collections.abc import Iterable
from dataclasses import replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from integrations import jobs
from integrations.channels import Cell, DraftVariant, ListingDraft, PublishProgress, ShopDraft

from . import codec

UNDER_WAY = ("waiting", "publishing")  # a cell that is neither there nor given up
OF_CELL = ("status", "external_id", "problem", "problem_field", "url", "published_at", "updated_at")


def progress_of(global_listing: GlobalListing) -> PublishProgress:
    """Return how far the publication of a listing is, as it was kept; it always names the product that is there."""
    progress = codec.record(PublishProgress, global_listing.progress)
    return replace(progress, global_id=progress.global_id or global_listing.external_id)


def keep(listing: GlobalListing, draft: ListingDraft, before: PublishProgress, after: PublishProgress) -> None:
    """Keep what a step has brought: the notebook in one UPDATE, and the rows of those shops and variants that changed.

    Raise jobs.LostLease where another worker has taken the job over; nothing is kept then.
    """
    with transaction.atomic():
        jobs.hold()
        GlobalListing.objects.filter(pk=listing.pk).update(
            progress=codec.plain(after),
            step=after.step[:40],
            external_id=after.global_id,
            updated_at=timezone.now(),
        )
        was, listing.external_id = listing.external_id, after.global_id
        listing.progress, listing.step = codec.plain(after), after.step[:40]
        if after.variant_ids != before.variant_ids or after.global_id != before.global_id:
            _keep_variants(listing, draft, after, is_new=not was)
        changed = [shop for shop in draft.shops if after.cells.get(shop.shop_id) != before.cells.get(shop.shop_id)]
        _keep_cells(listing, draft, changed, after)
        if has_moved(before, after):
            jobs.progressed()


def has_moved(before: PublishProgress, after: PublishProgress) -> bool:
    """Tell whether a step has achieved something: asking again and waiting is nothing."""
    return any(
        getattr(before, name) != getattr(after, name) for name in ("global_id", "variant_ids", "cells", "step", "done")
    )


def _keep_variants(listing: GlobalListing, draft: ListingDraft, after: PublishProgress, *, is_new: bool) -> None:
    """Note the ids of the global variants; of those that are new also what price and stock they were made with."""
    wanted, entries, changed = {one.sku: one for one in draft.variants}, list[StockEntry](), list[GlobalVariant]()
    for row in listing.variants.all():
        external_id = after.variant_ids.get(row.sku, "")
        is_made = external_id != row.external_id if draft.axes else is_new
        if row.sku in wanted and is_made and after.global_id:
            row.sent_price = wanted[row.sku].price
            entries += _stock_sent(row, wanted[row.sku])
        elif external_id != row.external_id:
            row.sent_price = None
        else:
            continue
        row.external_id = external_id
        changed.append(row)
    GlobalVariant.objects.bulk_update(changed, ["external_id", "sent_price"])
    _save_stock(entries)


def _stock_sent(row: GlobalVariant, variant: DraftVariant) -> list[StockEntry]:
    now = timezone.now()
    return [
        StockEntry(global_variant=row, place=place, sent=pieces, sent_at=now) for place, pieces in variant.stock.items()
    ]


def _save_stock(entries: list[StockEntry]) -> None:
    StockEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["global_variant", "place"],
        update_fields=["sent", "sent_at"],
    )


def _keep_cells(
    listing: GlobalListing, draft: ListingDraft, shops: Iterable[ShopDraft], after: PublishProgress
) -> None:
    rows = {cell.shop.external_id: cell for cell in listing.listings.select_related("shop")}
    for shop in shops:
        said, cell = after.cells.get(shop.shop_id), rows.get(shop.shop_id)
        if said is None or cell is None:
            continue
        was_there = cell.status in Listing.THERE
        set_cell(cell, said)
        if said.listing_id and said.status in Listing.THERE:
            _keep_shop_variants(listing, cell, draft, shop, said, was_there=was_there)


def set_cell(cell: Listing, said: Cell) -> None:
    """Note what a step brought for one shop. What is there stays there, even where a change of it was refused."""
    known = {status.value: status for status in Listing.Status}
    was_there = cell.status in Listing.THERE
    if said.status in UNDER_WAY:
        cell.status = cell.status if was_there else Listing.Status.PUBLISHING
    elif said.status in known and not (was_there and said.status in (Listing.Status.REFUSED, Listing.Status.BLOCKED)):
        cell.status = known[said.status]
    if said.listing_id:
        cell.external_id = said.listing_id
    if said.status == Listing.Status.DELETED:
        cell.external_id = ""
    cell.problem, cell.problem_field = said.reason, said.field[:60]
    cell.url = said.url[:500] or cell.url
    if cell.status in Listing.THERE and not was_there:
        cell.published_at = timezone.now()
    cell._change_reason = _("Published") if cell.status in Listing.THERE else said.reason[:100]  # type: ignore[attr-defined]
    cell.save(update_fields=OF_CELL)  # texts and carriers are a person's


def _keep_shop_variants(
    listing: GlobalListing, cell: Listing, draft: ListingDraft, shop: ShopDraft, said: Cell, *, was_there: bool
) -> None:
    """Note the ids of a shop's variants; what is new there was made with the shop's own price, where it has one.

    A shop alone was given price and stock of the draft itself.
    """
    rows = {row.global_variant_id: row for row in cell.variants.all()}
    wanted = {variant.sku: variant for variant in draft.variants}
    new, changed, entries = list[ListingVariant](), list[ListingVariant](), list[StockEntry]()
    for variant in listing.variants.all():
        external_id = said.variant_ids.get(variant.sku, "")
        row = rows.get(variant.pk) or ListingVariant(listing=cell, global_variant=variant)
        is_known = row.pk is not None and external_id == row.external_id and was_there
        if is_known or variant.sku not in wanted or (draft.axes and not external_id and not row.external_id):
            continue
        row.external_id, row.sent_price = external_id, shop.prices.get(variant.sku)
        if not draft.is_global:
            row.sent_price = row.sent_price or wanted[variant.sku].price
            entries += _stock_sent(variant, wanted[variant.sku])
        (changed if row.pk else new).append(row)
    ListingVariant.objects.bulk_create(new)
    ListingVariant.objects.bulk_update(changed, ["external_id", "sent_price"])
    _save_stock(entries)
