"""What is wanted at the platforms, what is known to stand there, and where the two differ; asks no platform.

Of a price, what was sent counts as standing there: one that somebody changed there is a difference for a person
(`comparing`). Of stock the newest knowledge counts: sales lower it, and the supplier's number is the truth.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Prefetch, QuerySet

from accounts.models import PlatformAccount
from catalog.models import (
    CategorySpec,
    GlobalListing,
    GlobalVariant,
    Listing,
    ListingVariant,
    Product,
    StockEntry,
    Variant,
)

from . import pricing, specs

PRICES, STOCK = "prices", "stock"
PUSHED = (GlobalListing.Status.LIVE, GlobalListing.Status.ATTENTION)
PUSHED_IN_SHOPS = (Listing.Status.LIVE, Listing.Status.UNLISTED, Listing.Status.REVIEWING)
AT_ONCE = 200  # global listings read together
MOST_PIECES = 999_999  # offered of a variant where its category says no limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One price or stock that is not there as it should be. Without a listing it is the global product's."""

    what: str  # prices | stock
    global_listing: GlobalListing
    variant: GlobalVariant
    listing: Listing | None = None
    row: ListingVariant | None = None
    place: str = ""
    ours: Decimal
    theirs: Decimal | None  # None: not known
    currency: str = ""

    @property
    def external_id(self) -> str:
        """Return the platform's id of the variant; empty where the product has no variants."""
        return self.row.external_id if self.row else self.variant.external_id


def published(account: PlatformAccount) -> QuerySet[GlobalListing]:
    """Return what of the account can be sent prices and stock."""
    return GlobalListing.objects.filter(account=account, status__in=PUSHED).order_by("pk")


def differences(
    account: PlatformAccount, what: str, listings: QuerySet[GlobalListing] | None = None
) -> list[Difference]:
    """Return what differs of the account's prices or stock, or of these listings alone."""
    rows = published(account) if listings is None else listings
    keys = list(rows.order_by("pk").values_list("pk", flat=True))
    rules, ceilings = pricing.Rules(), _Ceilings(account)
    found: list[Difference] = []
    for start in range(0, len(keys), AT_ONCE):
        for listing in _read(keys[start : start + AT_ONCE]):
            found += _prices(listing, rules) if what == PRICES else _stock(listing, ceilings)
    return found


def offered(variant: Variant, product: Product, highest: int | None) -> int | None:
    """Return how many pieces may be sold, at most `highest`; None where the supplier does not say.

    Without `highest` it is MOST_PIECES. What is gone, or off the supplier's shelves, is none. What is sold and not yet
    bought is still on these shelves, and is not offered again.
    """
    if product.status != Product.Status.ACTIVE or variant.is_gone:
        return 0
    if any(offer.account_id == product.account_id and not offer.is_available for offer in variant.offers.all()):
        return 0
    if variant.stock_total is None:
        return None
    reservation = getattr(variant, "reservation", None)
    left = variant.stock_total - (reservation.pieces if reservation else 0)
    return max(0, min(left, MOST_PIECES if highest is None else highest))


def place_of(account: PlatformAccount, entries: Iterable[StockEntry]) -> str:
    """Return from which of the seller's places we sell: where it stood first, else the account's first; "" for none."""
    known = sorted(entries, key=lambda entry: entry.pk)
    if known:
        return known[0].place
    places = account.facts.get("places") or [{}]
    return str(places[0].get("id", ""))


def _read(keys: list[int]) -> Iterable[GlobalListing]:
    variants = GlobalVariant.objects.filter(is_wanted=True).order_by("pk")
    variants = variants.select_related("variant__product", "variant__reservation")
    listings = Listing.objects.filter(status__in=PUSHED_IN_SHOPS).exclude(external_id="").order_by("pk")
    return (
        GlobalListing.objects.filter(pk__in=keys)
        .select_related("account", "category")
        .order_by("pk")
        .prefetch_related(
            Prefetch("variants", variants.prefetch_related("variant__offers", "stock")),
            Prefetch("listings", listings.select_related("shop__account", "shop__field_sync")),
            "listings__variants",
        )
    )


def _variants(listing: GlobalListing) -> Iterator[GlobalVariant]:
    for variant in listing.variants.all():
        variant.global_listing = listing
        yield variant


def _in_shop(global_listing: GlobalListing, listing: Listing) -> Iterator[tuple[GlobalVariant, ListingVariant]]:
    """Yield the variants that the shop has."""
    rows = {row.global_variant_id: row for row in listing.variants.all()}
    for variant in _variants(global_listing):
        row = rows.get(variant.pk) or ListingVariant(listing=listing, global_variant=variant)
        if row.external_id or not global_listing.axes:
            yield variant, row


# --- prices


def _prices(listing: GlobalListing, rules: pricing.Rules) -> Iterator[Difference]:
    currency = pricing.currency_of(listing.account)
    for variant in _variants(listing) if listing.external_id and currency else ():
        reckoned = None if variant.is_price_fixed else rules.price_for(variant)
        ours = reckoned.price if reckoned else variant.price
        theirs = variant.seen_price if variant.sent_price is None else variant.sent_price
        if ours is None or not (variant.external_id or not listing.axes):
            continue
        ours = pricing.round_up(ours, currency)
        if ours != theirs:
            yield Difference(
                what=PRICES, global_listing=listing, variant=variant, ours=ours, theirs=theirs, currency=currency
            )
    for shop_listing in listing.listings.all():
        if shop_listing.shop.is_connected:
            yield from _shop_prices(listing, shop_listing, rules)


def _shop_prices(listing: GlobalListing, shop_listing: Listing, rules: pricing.Rules) -> Iterator[Difference]:
    shop = shop_listing.shop
    for variant, row in _in_shop(listing, shop_listing):
        ours = _price_in(variant, row, shop_listing, rules)
        if ours is None or not shop.currency:
            continue
        ours, theirs = (
            pricing.round_up(ours, shop.currency),
            row.seen_price if row.sent_price is None else row.sent_price,
        )
        if ours != theirs:
            yield Difference(
                what=PRICES,
                global_listing=listing,
                variant=variant,
                listing=shop_listing,
                row=row,
                ours=ours,
                theirs=theirs,
                currency=shop.currency,
            )


def _price_in(variant: GlobalVariant, row: ListingVariant, listing: Listing, rules: pricing.Rules) -> Decimal | None:
    """Return a shop's own price; None where it has none, because it follows the global one."""
    known: Decimal | None = row.price
    if row.is_price_fixed:
        return known
    if pricing.follows(listing.shop):
        return None
    reckoned = rules.price_in(variant, listing.shop)
    return reckoned.price if reckoned else known


# --- stock


class _Ceilings:
    """How many pieces a category takes at most, each looked up once."""

    def __init__(self, account: PlatformAccount) -> None:
        self._account, self._known = account, dict[int | None, int | None]()

    def of(self, listing: GlobalListing) -> int | None:
        key = listing.category_id
        if key not in self._known:
            spec = CategorySpec.objects.filter(account=self._account, category=key).first() if key else None
            high = specs.rules_of(spec).stock.high if spec else None
            self._known[key] = None if high is None else int(high)
        return self._known[key]


def _stock(listing: GlobalListing, ceilings: _Ceilings) -> Iterator[Difference]:
    """Yield what differs: of the global product once, which all its shops share, and of shops that have their own."""
    own = [one for one in listing.listings.all() if one.shop.is_connected and not shares_stock(listing, one)]
    wanted: dict[int, tuple[str, Decimal, Decimal | None]] = {}
    for variant in _variants(listing):
        pieces = offered(variant.variant, variant.variant.product, ceilings.of(listing))
        if pieces is None:
            continue
        place = place_of(listing.account, variant.stock.all())
        entry = next((entry for entry in variant.stock.all() if entry.place == place), None)
        theirs = standing(entry)
        if pieces != theirs:
            wanted[variant.pk] = place, Decimal(pieces), None if theirs is None else Decimal(theirs)
    if listing.external_id:
        for variant in _variants(listing):
            if variant.pk in wanted and (variant.external_id or not listing.axes):
                place, ours, theirs_then = wanted[variant.pk]
                yield Difference(
                    what=STOCK, global_listing=listing, variant=variant, place=place, ours=ours, theirs=theirs_then
                )
    for shop_listing in own:
        for variant, row in _in_shop(listing, shop_listing):
            if variant.pk in wanted:
                place, ours, theirs_then = wanted[variant.pk]
                yield Difference(
                    what=STOCK,
                    global_listing=listing,
                    variant=variant,
                    listing=shop_listing,
                    row=row,
                    place=place,
                    ours=ours,
                    theirs=theirs_then,
                )


def shares_stock(global_listing: GlobalListing, listing: Listing) -> bool:
    """Tell whether a shop's stock is that of the global product."""
    return bool(global_listing.external_id) and listing.shop.upgraded


def standing(entry: StockEntry | None) -> int | None:
    """Return how many pieces stand there as far as we know, by whatever is newer: what we sent or what we saw."""
    if entry is None:
        return None
    if entry.seen is None or entry.seen_at is None:
        return entry.sent
    newer = entry.sent is None or entry.sent_at is None or entry.seen_at > entry.sent_at
    return entry.seen if newer else entry.sent
