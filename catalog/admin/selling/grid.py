"""The grid of products × shops: one row a global listing, one cell a shop, each with its state and the reason."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Max, Min
from django.utils.translation import gettext as _

from accounts.models import Shop
from accounts.shown import admin_url, money
from catalog.models import GlobalListing, GlobalVariant, Listing

from .words import CELL_CLASSES, LISTING_CLASSES, MAY_RETRY, SHORT, anchor, error_count, market_names


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCell:
    """One product in one shop."""

    market: str
    shop: Shop
    listing: Listing | None = None
    text: str = ""
    css: str = ""
    reason: str = ""
    mend_url: str = ""  # where the field is that the platform complains of
    may_retry: bool = False

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to say but that it is not sold there."""
        return self.listing is None or (self.listing.status == Listing.Status.DRAFT and not self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRow:
    """One product with its cells, in the order of the columns."""

    listing: GlobalListing
    url: str
    picture: str
    css: str
    price: str
    amount: str  # the price without its currency
    errors: int
    cells: list[ShownCell] = field(default_factory=list)


def rows_of(listings: Sequence[GlobalListing], columns: Sequence[Shop] | None) -> list[ShownRow]:
    """Draw rows in three questions; without columns a row has cells for the shops alone that it was prepared for.

    `listings` have their account and product at hand.
    """
    cells: dict[int, dict[int, Listing]] = defaultdict(dict)
    known = Listing.objects.filter(global_listing__in=listings).select_related("shop").order_by("shop__region", "pk")
    for cell in known.defer("description"):
        cells[cell.global_listing_id][cell.shop_id] = cell
    prices = _prices(listings)
    rows = []
    for listing in listings:
        shops = columns if columns is not None else [cell.shop for cell in cells[listing.pk].values()]
        markets = market_names(shops)
        low, high = prices.get(listing.pk, (None, None))
        rows.append(
            ShownRow(
                listing=listing,
                url=admin_url(listing),
                picture=next(iter(listing.image_urls), "") or listing.product.image_url,
                css=LISTING_CLASSES.get(GlobalListing.Status(listing.status), ""),
                price=money(low, high, listing.account.currency),
                amount=money(low, high, "").strip(),
                errors=error_count(listing),
                cells=[cell_of(listing, shop, cells[listing.pk].get(shop.pk), markets[shop.pk]) for shop in shops],
            )
        )
    return rows


def cell_of(owner: GlobalListing, shop: Shop, listing: Listing | None, market: str) -> ShownCell:
    """Say how a product stands in a shop, and why."""
    if listing is None:
        return ShownCell(market=market, shop=shop, text=_("Not chosen"))
    reason = listing.problem
    if not reason and listing.platform_status and listing.status in (Listing.Status.BANNED, Listing.Status.REVIEWING):
        reason = _("The platform says: %(status)s") % {"status": listing.platform_status}
    return ShownCell(
        market=market,
        shop=shop,
        listing=listing,
        text=str(SHORT.get(Listing.Status(listing.status), listing.get_status_display())),
        css=CELL_CLASSES.get(Listing.Status(listing.status), ""),
        reason=reason,
        mend_url=f"{admin_url(owner)}#{anchor(listing.problem_field)}" if listing.problem_field else "",
        may_retry=listing.status in MAY_RETRY,
    )


def _prices(listings: Iterable[GlobalListing]) -> dict[int, tuple[Decimal | None, Decimal | None]]:
    wanted = GlobalVariant.objects.filter(global_listing__in=listings, is_wanted=True).order_by()
    spans: Any = wanted.values_list("global_listing").annotate(low=Min("price"), high=Max("price"))
    return {pk: (low, high) for pk, low, high in spans}
