"""Shopee as a marketplace: the order of steps behind each wish of the catalogue (`channels.SalesChannel`).

An account that is upgraded sells global products through all its shops; a shop alone, or one whose merchant is not
upgraded, sells products of its own.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations.channels import (
    BrandPage,
    CallsNeeded,
    Carrier,
    CategoryRules,
    FieldSwitches,
    FoundListing,
    FoundPage,
    ListingDraft,
    Outcome,
    PublishProgress,
    SellerData,
    ShopData,
    Value,
    ValuePage,
)
from integrations.contracts import CategoryData

from . import access, listings, pushing, settings, shop_by_shop
from .calls_media import MOST_IMAGES
from .checking import ShopChecking
from .forecast import calls_needed
from .images import ImageHost, urls_of
from .notebook import Unsent
from .publishing import Publisher
from .shops import Shops
from .spreading import GlobalSpreading
from .taxonomy import Taxonomy
from .ware import GlobalWare, ShopWare


def gateway_for(account: PlatformAccount) -> "ShopeeChannel":
    """Return the gateway that calls Shopee on behalf of an account and its shops."""
    return ShopeeChannel(account)


class ShopeeChannel:
    """`channels.SalesChannel` for one merchant with its shops, or for one shop alone."""

    def __init__(self, account: PlatformAccount) -> None:
        self.account = account
        self._shops, self._unsent = Shops(account), Unsent()
        self._taxonomy = Taxonomy(self._shops)

    # Who sells

    def seller(self) -> SellerData:
        """Read the merchant; Refused for a shop alone."""
        return settings.read_seller(self._shops.merchant)

    def shop(self, shop_id: str) -> ShopData:
        """Read one shop; its merchant too, where nothing is known of that yet."""
        region = None if self.account.is_shop else self._region
        return settings.read_shop(self._shops.client(shop_id), region)

    def _region(self) -> str:
        return self.account.region or settings.read_region(self._shops.merchant)

    def carriers(self, shop_id: str) -> list[Carrier]:
        """Read the shipping channels that a shop's products can be given."""
        return settings.read_carriers(self._shops.client(shop_id))

    # What a category asks

    def categories(self) -> list[CategoryData]:
        """Read the tree of categories, parents before children."""
        return self._taxonomy.categories()

    def rules(self, category_id: str) -> CategoryRules:
        """Read what a category allows and asks."""
        return self._taxonomy.rules(category_id)

    def brands(self, category_id: str, *, cursor: str = "") -> BrandPage:
        """Read a page of a category's brands."""
        return self._taxonomy.brands(category_id, cursor=cursor)

    def find_values(self, field_id: str, text: str, *, cursor: str = "") -> ValuePage:
        """Search the values of an attribute."""
        return self._taxonomy.find_values(field_id, text, cursor=cursor)

    def recommend_categories(self, name: str, image_url: str = "") -> list[str]:
        """Ask for fitting categories, best first; a picture helps where Shopee holds it already."""
        image_id = self._images().known([image_url]).get(image_url, "") if image_url else ""
        return self._taxonomy.recommend_categories(name, image_id)

    def recommend_values(self, name: str, category_id: str) -> dict[str, tuple[Value, ...]]:
        """Ask for fitting answers to a category's attributes."""
        return self._taxonomy.recommend_values(name, category_id)

    # Selling

    def calls_needed(self, draft: ListingDraft, progress: PublishProgress) -> CallsNeeded:
        """Return how many calls are still to be made where all goes well; calls nothing."""
        urls = urls_of(draft)
        missing = len(urls) - len(self._images().known(urls))
        return calls_needed(self._shops, draft, progress, uploads=ceil(missing / MOST_IMAGES))

    def publish(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress:
        """Take a publication one step nearer; at most one write. Save the progress before the next step.

        Give the progress of a publication that is done to bring it up to a changed draft, or to try its refused and
        blocked shops again: a new round begins, and what agrees is not sent. Lost answers are no error here: the
        progress says how many seconds to wait, and the next step looks.
        """
        if draft.is_global != self.account.upgraded or (draft.is_global and self.account.is_shop):
            raise Refused(
                _("%(account)s sells global products.") % {"account": self.account}
                if self.account.upgraded
                else _("%(account)s sells products of its shop alone: it is not upgraded.") % {"account": self.account},
                field="account",
            )
        if not draft.is_global:
            return shop_by_shop.step(draft, progress, self._publish_in_shop)
        ware, spreading = GlobalWare(self._shops.merchant), GlobalSpreading(self._shops, self._unsent)
        return Publisher(ware, self._images(), spreading, self._unsent).step(draft, progress)

    def _publish_in_shop(self, draft: ListingDraft, progress: PublishProgress) -> PublishProgress:
        ware = ShopWare(self._shops.client(draft.shops[0].shop_id))
        return Publisher(ware, self._images(), ShopChecking(self._shops), self._unsent).step(draft, progress)

    def _images(self) -> ImageHost:
        return ImageHost(lambda: self._shops.app, access.app_of(self.account), self.account)

    def unlist(self, shop_id: str, listing_ids: Sequence[str], *, listed: bool) -> list[Outcome]:
        """Take a shop's listings off the shelves, or put them back."""
        return pushing.unlist(self._shops, shop_id, listing_ids, listed=listed)

    def delete(self, shop_id: str, listing_id: str) -> None:
        """Delete a listing; with an empty shop the global product and all its listings."""
        pushing.delete(self._shops, shop_id, listing_id)

    def set_switches(self, switches: dict[str, FieldSwitches]) -> None:
        """Say for each shop which global edits it follows."""
        pushing.set_switches(self._shops, switches)

    # Price and stock

    def push_prices(self, global_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        """Set prices of global variants in the account's currency."""
        return pushing.push_prices(self._shops, global_id, prices)

    def push_shop_prices(self, shop_id: str, listing_id: str, prices: dict[str, Decimal]) -> list[Outcome]:
        """Set prices of a shop's variants in its currency."""
        return pushing.push_shop_prices(self._shops, shop_id, listing_id, prices)

    def push_stock(self, global_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        """Set pieces of global variants by place, for all shops."""
        return pushing.push_stock(self._shops, global_id, stock)

    def push_shop_stock(self, shop_id: str, listing_id: str, stock: dict[str, dict[str, int]]) -> list[Outcome]:
        """Set pieces of a shop's variants by place; only where it has no global products."""
        return pushing.push_shop_stock(self._shops, shop_id, listing_id, stock)

    # What is there

    def global_listings(self, *, cursor: dict[str, Any] | None, since: datetime | None = None) -> FoundPage:
        """Read a page of the global products, of all or of those changed since a time."""
        return listings.global_page(self._shops.merchant, cursor=cursor, since=since, currency=self.account.currency)

    def shop_listings(self, shop_id: str, *, cursor: dict[str, Any] | None, since: datetime | None = None) -> FoundPage:
        """Read a page of a shop's listings, of all or of those changed since a time."""
        return listings.shop_page(self._shops, shop_id, cursor=cursor, since=since)

    def published(self, global_id: str) -> list[FoundListing]:
        """Read which listings a global product has, deleted ones included; without variants."""
        return listings.published(self._shops.merchant, global_id)

    def global_listing(self, global_id: str) -> FoundListing:
        """Read one global product with its variants; NotFound where it is gone."""
        return listings.global_item(self._shops.merchant, global_id, currency=self.account.currency)

    def shop_listing(self, shop_id: str, listing_id: str) -> FoundListing:
        """Read one listing with its variants; NotFound where it is gone."""
        return listings.shop_item(self._shops, shop_id, listing_id)
