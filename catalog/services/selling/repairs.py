"""What a person decides of a difference: ours is sent again, or theirs is taken over."""

from typing import NoReturn

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import Drift, GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from integrations.models import SyncJob

from . import common, publishing, pushing, withdrawing

Column = GlobalVariant | ListingVariant


def repair(drift: Drift, by: str) -> SyncJob:
    """Queue sending ours again; raise Refused, naming the way out, where that can't help.

    The difference goes when the platform has taken it, or at the next comparison.
    """
    row, kind, sku = drift.global_listing, *_parts(drift)
    common.check_selling(row.account)
    with transaction.atomic():
        match kind:
            case "price":
                _price_row(drift, sku, is_known=False)
                return pushing.request_push_prices(row, requested_by=by)
            case "stock":
                variant = row.variants.filter(sku=sku).first() or _refuse_gone(sku)
                StockEntry.objects.filter(global_variant=variant).update(sent=None, seen=None)
                return pushing.request_push_stock(row, requested_by=by)
            case "status" if drift.listing and drift.theirs != Listing.Status.DELETED:
                drift.listing.status = drift.theirs  # as it is there: what differs from it is what is sent
                drift.listing.save(update_fields=["status", "updated_at"])
                shown = drift.ours == Listing.Status.LIVE
                return withdrawing.request_unlist(drift.listing, listed=shown, requested_by=by)
            case "status" if drift.listing:
                common.forget_listing(drift.listing)
                drift.listing.status = Listing.Status.DRAFT
                drift.listing.save(update_fields=["status", "updated_at"])
                return publishing.request_publication(row, shops=[drift.listing.shop], requested_by=by)
            case "status":
                shops = [
                    listing.shop for listing in row.listings.exclude(external_id="").select_related("shop__account")
                ]
                common.forget(row)
                GlobalListing.objects.filter(pk=row.pk).update(status=GlobalListing.Status.DRAFT)
                row.listings.filter(shop__in=shops).update(status=Listing.Status.DRAFT)
                row.refresh_from_db()
                return publishing.request_publication(row, shops=shops, requested_by=by)
            case "variant" if drift.theirs:
                words = _("%(variant)s was added at the platform. Delete it there, or take it over.")
                raise Refused(words % {"variant": drift.theirs}, field="field")
            case _:
                common.forget_what_was_sent(row)
                drift.delete()
                return publishing.request_publication(row, requested_by=by)


def accept(drift: Drift, by: str) -> None:
    """Take over what stands at the platform; raise Refused where it can't be ours."""
    row, kind, sku = drift.global_listing, *_parts(drift)
    with transaction.atomic():
        match kind:
            case "price":
                column = _price_row(drift, sku, is_known=True)
                column.price, column.is_price_fixed = column.seen_price, True
                column.save()
            case "stock":
                words = _("Stock follows the supplier, so theirs can't be kept. Send ours again.")
                raise Refused(words, field="field")
            case "name":
                named = drift.listing or row
                named.name = drift.theirs
                _reason(named, by)
                named.save()
            case "status":
                _accept_status(drift, by)
            case _ if drift.theirs:
                _take_variant(row, sku)
            case _:
                lost = row.variants.filter(sku=sku)
                if drift.listing is None:
                    lost.update(is_wanted=False, external_id="", sent_price=None, seen_price=None)
                else:
                    ListingVariant.objects.filter(listing=drift.listing, global_variant__in=lost).delete()
        Drift.objects.filter(pk=drift.pk).delete()


def _parts(drift: Drift) -> tuple[str, str]:
    kind, _colon, sku = drift.field.partition(":")
    return kind, sku


def _price_row(drift: Drift, sku: str, *, is_known: bool) -> Column:
    """Return the row whose price differs, which says from now on that what is there was sent by us, or is not ours."""
    column: Column | None
    if drift.listing is None:
        column = GlobalVariant.objects.select_for_update().filter(global_listing=drift.global_listing, sku=sku).first()
    else:
        rows = ListingVariant.objects.select_for_update(of=("self",))
        column = rows.filter(listing=drift.listing, global_variant__sku=sku).first()
    column = column or _refuse_gone(sku)
    column.sent_price = column.seen_price if is_known else None
    column.save()
    return column


def _refuse_gone(sku: str) -> NoReturn:
    words = _("We no longer have the variant %(sku)s, so there is nothing to decide. Compare again to drop this.")
    raise Refused(words % {"sku": sku}, field="field")


def _accept_status(drift: Drift, by: str) -> None:
    if drift.listing is None:
        common.forget(drift.global_listing)
    elif drift.theirs == Listing.Status.DELETED:
        common.forget_listing(drift.listing)
    else:
        drift.listing.status = drift.theirs
        _reason(drift.listing, by)
        drift.listing.save()


def _take_variant(row: GlobalListing, sku: str) -> None:
    """Let a variant that was added there be ours, where our product has it; its id comes with the next comparison."""
    variant = row.product.variants.filter(sku=sku, is_gone=False).first()
    if variant is None:
        words = _("No variant of %(product)s has the SKU %(sku)s. Delete it at the platform, or give it our SKU there.")
        raise Refused(words % {"product": row.product, "sku": sku}, field="field")
    mine = GlobalVariant.objects.filter(global_listing=row, variant=variant).first()
    mine = mine or GlobalVariant(global_listing=row, variant=variant, sku=sku, options=variant.options)
    mine.is_wanted = True
    mine.save()


def _reason(row: GlobalListing | Listing, by: str) -> None:
    row._change_reason = (_("Taken over from the platform by %(by)s") % {"by": by})[:100]  # type: ignore[union-attr]
