"""A found listing becomes ours: rows that say what stands there, without changing anything at the platform.

Prices are kept as they are there and count as set by hand; texts that a person has prepared here stay.
"""

from dataclasses import replace

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import Category, GlobalListing, GlobalVariant, Listing, ListingVariant, Product, StockEntry, Variant
from catalog.services.cleaning import clean_text
from integrations.channels import Cell, FoundListing, FoundVariant, PublishProgress

from . import codec
from .common import THERE
from .matching import Match, sku_of

LONGEST = {"name": 500, "sku": 100, "platform_status": 40, "url": 500}


class NotAdoptable(Refused):
    """The product, or its place in a shop, is taken by another listing."""


def take(account: PlatformAccount, found: FoundListing, matched: Match) -> GlobalListing:
    """Adopt a global product; raise NotAdoptable where our product stands there already as another one."""
    assert matched.product is not None
    row = _global_row(account, found, matched.product)
    if row.external_id and row.external_id != found.external_id:
        words = _("%(product)s is sold already as %(id)s: two listings there bear its SKU.")
        raise NotAdoptable(words % {"product": matched.product, "id": row.external_id}, field="product")
    row.external_id = found.external_id
    _save_global(row, found)
    _take_variants(row, found, matched.variants)
    return row


def take_alone(shop: Shop, found: FoundListing, matched: Match) -> GlobalListing:
    """Adopt a listing that comes from no global product; raise NotAdoptable where the shop sells ours already."""
    assert matched.product is not None
    row = _global_row(shop.account, found, matched.product)
    if row.external_id and shop.upgraded:
        words = _("%(product)s is sold in %(shop)s by the global product %(id)s, from which this one does not come.")
        raise NotAdoptable(words % {"product": matched.product, "shop": shop, "id": row.external_id}, field="product")
    _refuse_if_taken(row, shop, found)
    _save_global(row, found)
    _take_variants(row, found, matched.variants, with_ids=False)
    take_in_shop(row, shop, found)
    return row


def take_in_shop(row: GlobalListing, shop: Shop, found: FoundListing) -> Listing:
    """Adopt a shop's listing of a global listing that is ours; raise NotAdoptable where the shop has another one."""
    _refuse_if_taken(row, shop, found)
    listing = Listing.objects.filter(global_listing=row, shop=shop).first() or Listing(global_listing=row, shop=shop)
    listing.external_id, listing.url = found.external_id, found.url[: LONGEST["url"]]
    listing.status = THERE.get(found.status, Listing.Status.LIVE)
    listing.platform_status = found.platform_status[: LONGEST["platform_status"]]
    listing.problem = listing.problem_field = ""
    listing.published_at = listing.published_at or timezone.now()
    listing.save()
    variants = {variant.sku: variant for variant in row.variants.all()}
    if len(found.variants) == len(variants) == 1:
        variants |= {sku_of(found, found.variants[0]): variant for variant in list(variants.values())}
    for theirs in found.variants:
        mine = variants.get(sku_of(found, theirs))
        if mine is not None:
            ListingVariant.objects.update_or_create(
                listing=listing,
                global_variant=mine,
                defaults={
                    "external_id": theirs.external_id,
                    "seen_price": theirs.price,
                    "seen_stock": pieces(theirs),
                    "seen_at": timezone.now(),
                },
            )
    ids = {mine.sku: theirs.external_id for theirs in found.variants if (mine := variants.get(sku_of(found, theirs)))}
    cell = Cell(status=listing.status, listing_id=found.external_id, variant_ids=ids, url=listing.url)
    progress = _progress(row)
    _note(row, replace(progress, cells=progress.cells | {shop.external_id: cell}))
    return listing


def pieces(variant: FoundVariant) -> int | None:
    """Return how many pieces of a found variant are offered in all; None where the platform does not say."""
    return None if variant.stock is None else sum(variant.stock.values())


def _refuse_if_taken(row: GlobalListing, shop: Shop, found: FoundListing) -> None:
    other = row.listings.filter(shop=shop).exclude(external_id__in=["", found.external_id]).first() if row.pk else None
    if other is not None:
        words = _("%(shop)s has %(product)s already as %(id)s.")
        raise NotAdoptable(words % {"shop": shop, "product": row.product, "id": other.external_id}, field="product")


def _global_row(account: PlatformAccount, found: FoundListing, product: Product) -> GlobalListing:
    row = GlobalListing.objects.select_for_update(of=("self",)).filter(account=account, product=product).first()
    if row is None:
        row = GlobalListing(account=account, product=product, is_adopted=True)
    others = GlobalListing.objects.filter(account=account).exclude(pk=row.pk)
    sku = found.sku[: LONGEST["sku"]] or row.sku or product.sku or product.external_id
    other = others.filter(sku=sku).first()
    if other is not None:
        words = _("%(other)s has the SKU %(sku)s in this account already.")
        raise NotAdoptable(words % {"other": other, "sku": sku}, field="product")
    row.sku = sku
    return row


def _save_global(row: GlobalListing, found: FoundListing) -> None:
    row.name = row.name or clean_text(found.name)[: LONGEST["name"]]
    row.axes = row.axes or list(found.axes)
    row.category = row.category or _category(row.account, found.category_id)
    row.status, row.problem, row.step = GlobalListing.Status.LIVE, "", ""
    row.published_at, row.seen_at = row.published_at or timezone.now(), timezone.now()
    row._change_reason = _("Adopted by its SKU")  # type: ignore[attr-defined]  # of its history
    row.save()


def _take_variants(
    row: GlobalListing, found: FoundListing, paired: dict[str, Variant], *, with_ids: bool = True
) -> None:
    now, ids = timezone.now(), dict[str, str]()
    for theirs in found.variants:
        variant = paired.get(theirs.external_id)
        if variant is None:
            continue
        mine = GlobalVariant.objects.filter(global_listing=row, variant=variant).first()
        mine = mine or GlobalVariant(global_listing=row, variant=variant)
        mine.sku = sku_of(found, theirs)[: LONGEST["sku"]] or mine.sku or variant.sku or variant.external_id
        mine.options = mine.options or list(theirs.options)
        mine.is_wanted = True
        if theirs.price is not None and mine.price is None:
            mine.price, mine.is_price_fixed = theirs.price, True
        mine.sent_price, mine.seen_price, mine.seen_at = None, theirs.price, now
        mine.external_id = theirs.external_id if with_ids else ""
        mine.save()
        ids[mine.sku] = mine.external_id
        for place, there in (theirs.stock or {}).items():
            seen = {"seen": there, "seen_at": now}
            StockEntry.objects.update_or_create(global_variant=mine, place=place, defaults=seen)
    if with_ids:
        _note(row, replace(_progress(row), global_id=row.external_id, variant_ids=ids))


def _category(account: PlatformAccount, external_id: str) -> Category | None:
    known = Category.objects.filter(platform=account.platform, external_id=external_id)
    return known.filter(Q(market="") | Q(market=account.region)).order_by("-market").first() if external_id else None


def _progress(row: GlobalListing) -> PublishProgress:
    return codec.record(PublishProgress, row.progress)


def _note(row: GlobalListing, progress: PublishProgress) -> None:
    """Tell the next publication what is there already: it has nothing to make."""
    row.progress = codec.plain(replace(progress, done=True))
    GlobalListing.objects.filter(pk=row.pk).update(progress=row.progress)
