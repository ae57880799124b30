"""Where what stands at a platform is not what we sent: rows that are made, kept and removed as it is seen.

What the platform itself decides (in review, banned) is written to the listing at once. What a seller can do there is a
difference for a person: hidden, deleted, another name or price, a variant more or less, stock above what we sent. Stock
below it is none: that is what sales do.
"""

from dataclasses import dataclass, field
from decimal import Decimal

from django.utils import timezone

from catalog.models import Drift, GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from catalog.services.cleaning import clean_text
from integrations.channels import FoundListing, FoundVariant

from .matching import sku_of
from .taking import pieces

LONGEST = 500
VERDICTS = (Listing.Status.REVIEWING, Listing.Status.BANNED)  # the platform's, not a seller's


@dataclass(slots=True)
class Seen:
    """What a platform has of one global listing now. `in_shops` by the keys of our listings."""

    product: FoundListing | None = None
    is_gone: bool = False
    in_shops: dict[int, FoundListing] = field(default_factory=dict)
    paused: list[str] = field(default_factory=list)  # shops that have to be connected again
    calls: int = 0


Differing = dict[tuple[int | None, str], tuple[str, str]]  # listing's key, field → ours, theirs


def save(row: GlobalListing, seen: Seen) -> bool:
    """Write down what was seen and where it differs; return whether other things differ than did before.

    Inside a page's transaction. What was not looked at (a shop that is paused) keeps its differences.
    """
    now, found = timezone.now(), Differing()
    variants = list(row.variants.select_related("variant").prefetch_related("stock"))
    looked: set[int | None] = set(seen.in_shops)
    if row.external_id:
        looked.add(None)
        found |= _of_product(row, variants, seen)
    for listing in row.listings.filter(pk__in=seen.in_shops).select_related("shop").prefetch_related("variants"):
        found |= _of_shop(row, listing, variants, seen.in_shops[listing.pk], shares=bool(row.external_id))
        Listing.objects.filter(pk=listing.pk).update(seen_at=now)
    GlobalListing.objects.filter(pk=row.pk).update(seen_at=now)
    if seen.is_gone:  # with it all its shops' listings went: one difference says it
        looked |= set(row.listings.values_list("pk", flat=True))
    return _write(row, looked, found)


def _write(row: GlobalListing, looked: set[int | None], found: Differing) -> bool:
    known = {(drift.listing_id, drift.field): drift for drift in Drift.objects.filter(global_listing=row)}
    over = [drift.pk for key, drift in known.items() if key[0] in looked and key not in found]
    Drift.objects.filter(pk__in=over).delete()
    changed = bool(over)
    for (listing_id, name), (ours, theirs) in found.items():
        drift = known.get((listing_id, name))
        if drift is None:
            drift = Drift(global_listing=row, listing_id=listing_id, field=name[:60])
        elif (drift.ours, drift.theirs) == (ours[:LONGEST], theirs[:LONGEST]):
            continue
        drift.ours, drift.theirs = ours[:LONGEST], theirs[:LONGEST]
        drift.save()
        changed = True
    return changed


# --- the global product


def _of_product(row: GlobalListing, variants: list[GlobalVariant], seen: Seen) -> Differing:
    if seen.is_gone or seen.product is None:
        return {(None, "status"): (GlobalListing.Status.LIVE.value, GlobalListing.Status.DELETED.value)}
    found = Differing()
    if row.name and clean_text(seen.product.name) != row.name:
        found[None, "name"] = row.name, clean_text(seen.product.name)
    for mine, theirs in _paired(
        row, variants, seen.product, {mine.pk: mine.external_id for mine in variants}, found, None
    ):
        _see(mine, theirs)
        if mine.sent_price is not None and theirs.price is not None and theirs.price != mine.sent_price:
            found[None, f"price:{mine.sku}"] = _amount(mine.sent_price), _amount(theirs.price)
        _stock(mine, theirs, None, found)
    return found


def _see(mine: GlobalVariant, theirs: FoundVariant) -> None:
    GlobalVariant.objects.filter(pk=mine.pk).update(seen_price=theirs.price, seen_at=timezone.now())


def _stock(mine: GlobalVariant, theirs: FoundVariant, listing: Listing | None, found: Differing) -> None:
    """Note what each place has there; more than we sent is somebody else's doing."""
    entries = {entry.place: entry for entry in mine.stock.all()}
    for place, there in (theirs.stock or {}).items():
        entry = entries.get(place) or StockEntry(global_variant=mine, place=place)
        if entry.sent is not None and there > entry.sent:
            found[listing.pk if listing else None, f"stock:{mine.sku}"] = str(entry.sent), str(there)
        entry.seen, entry.seen_at = there, timezone.now()
        entry.save()


# --- a shop's listing


def _of_shop(
    row: GlobalListing, listing: Listing, variants: list[GlobalVariant], there: FoundListing, *, shares: bool
) -> Differing:
    found = Differing()
    if there.status == "deleted":
        return {(listing.pk, "status"): (listing.status, Listing.Status.DELETED.value)}
    _judge(listing, there, found)
    if listing.name and clean_text(there.name) != listing.name:
        found[listing.pk, "name"] = listing.name, clean_text(there.name)
    own = {row_.global_variant_id: row_ for row_ in listing.variants.all()}
    ids = {key: row_.external_id for key, row_ in own.items()}
    for mine, theirs in _paired(row, variants, there, ids, found, listing):
        known = own.get(mine.pk)
        mine_here, _made = ListingVariant.objects.update_or_create(
            listing=listing,
            global_variant=mine,
            defaults={
                "external_id": (known.external_id if known else "") or theirs.external_id,
                "seen_price": theirs.price,
                "seen_stock": pieces(theirs),
                "seen_at": timezone.now(),
            },
        )
        sent = mine_here.sent_price
        if sent is not None and theirs.price is not None and theirs.price != sent:
            found[listing.pk, f"price:{mine.sku}"] = _amount(sent), _amount(theirs.price)
        if not shares:
            _stock(mine, theirs, listing, found)
    return found


def _judge(listing: Listing, there: FoundListing, found: Differing) -> None:
    """Take over what the platform decides; what a seller did there is a difference."""
    status = next((status for status in Listing.THERE if status == there.status), None)
    if status is None or status == listing.status:
        return
    if status in VERDICTS or listing.status in VERDICTS:
        listing.status, listing.platform_status = status, there.platform_status[:40]
        listing.save(update_fields=["status", "platform_status", "updated_at"])
    else:
        found[listing.pk, "status"] = listing.status, status.value


# --- both


def _paired(
    row: GlobalListing,
    variants: list[GlobalVariant],
    there: FoundListing,
    ids: dict[int, str],
    found: Differing,
    listing: Listing | None,
) -> list[tuple[GlobalVariant, FoundVariant]]:
    """Pair ours with theirs by id, else by SKU; note what only one side has."""
    by_id = {theirs.external_id: theirs for theirs in there.variants if theirs.external_id}
    by_sku = {sku_of(there, theirs): theirs for theirs in there.variants if sku_of(there, theirs)}
    pairs: list[tuple[GlobalVariant, FoundVariant]] = []
    key = listing.pk if listing else None
    wanted = [mine for mine in variants if mine.is_wanted]
    for mine in wanted:
        theirs = by_id.get(ids.get(mine.pk, "")) or by_sku.get(mine.sku)
        if theirs is None and not row.axes and len(wanted) == len(there.variants) == 1:
            theirs = there.variants[0]
        if theirs is not None:
            pairs.append((mine, theirs))
        elif ids.get(mine.pk) or not row.axes:  # one that was never sent is missing nowhere
            found[key, f"variant:{mine.sku}"] = mine.sku, ""
    met = [theirs for _mine, theirs in pairs]
    for theirs in there.variants:
        if theirs not in met and listing is None:
            found[key, f"variant:{sku_of(there, theirs) or theirs.external_id}"] = "", _label(there, theirs)
    return pairs


def _label(there: FoundListing, theirs: FoundVariant) -> str:
    return sku_of(there, theirs) or " / ".join(theirs.options) or theirs.external_id


def _amount(amount: Decimal) -> str:
    return f"{amount.normalize():f}"
