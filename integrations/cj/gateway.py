"""CJ as a supplier: the order of steps behind each wish of the catalogue (`contracts.Supplier`)."""

from collections.abc import Iterator, Sequence
from math import ceil
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations import clock
from integrations.contracts import (
    AccountData,
    CategoryData,
    Fetched,
    FilterField,
    ProductFilter,
    ReviewData,
    SourcingState,
    SourcingWish,
    StockData,
    SummaryPage,
    Unreadable,
    VariantData,
    WarehouseData,
)
from integrations.errors import NotFound, OutcomeUnknown, PlatformError, Rejected, Unavailable, UnexpectedReply

from . import access, filters, mappers, other_mappers, paging, pasted, reading, stock_mappers, summaries
from .client import Client
from .paging import Page, Position
from .parsing import UnreadableRecord, ident, mapping
from .reading import each, list_of, object_of, one, product_found

PAGE_SIZE = 100  # /product/listV2: at most 100 a page
MOST_PAGES = 1000  # and 1000 pages
_SPU_LENGTH = 13  # of a product's own SKU; those of variants are longer


def gateway_for(account: PlatformAccount) -> "CJGateway":
    """Return the gateway that calls CJ on behalf of an account."""
    return CJGateway(access.client_for(account), external_id=account.external_id, level=account.level)


class CJGateway:
    """`contracts.Supplier` for one CJ account."""

    max_page_size = PAGE_SIZE

    def __init__(
        self,
        client: Client,
        *,
        external_id: str = "",
        level: str = "",
        concurrency: int | None = None,
        most_pages: int = MOST_PAGES,
    ) -> None:
        self.client = client
        self._external_id, self._level = external_id, level
        self._concurrency: int = concurrency or int(settings.CJ_CONCURRENCY)
        self._most_pages = most_pages
        self._tree: list[CategoryData] | None = None

    # The account and what it can choose from

    def account(self) -> AccountData:
        """Read the account's settings; the smallest of the limits that CJ names applies."""
        data = object_of(self.client.get_settings())
        return other_mappers.to_account(data, external_id=self._external_id, level=self._level)

    def categories(self) -> list[CategoryData]:
        """Read the tree of categories, parents before children."""
        found = other_mappers.to_categories(list_of(self.client.get_category()))
        if not found:
            raise UnexpectedReply(_("CJ's list of categories is empty or can't be understood."))
        self._tree = found
        return found

    def warehouses(self) -> list[WarehouseData]:
        """Read the warehouse areas; those without an id are left out."""
        return each(list_of(self.client.global_warehouse_list()), stock_mappers.to_area)[0]

    def warehouse(self, external_id: str) -> WarehouseData:
        """Read one storage; NotFound where CJ does not know it."""
        return one(self.client.warehouse_detail(ident(external_id)), stock_mappers.to_storage)

    # Searches

    def filter_fields(self) -> list[FilterField]:
        """Describe what only CJ asks in a search."""
        return filters.fields()

    def check_filter(self, wanted: ProductFilter) -> None:
        """Raise Invalid, naming the parameter and its limit, where CJ would refuse this search. Calls nothing."""
        filters.check(wanted)

    def search(self, wanted: ProductFilter, *, cursor: dict[str, Any] | None, size: int) -> SummaryPage:
        """Read one page of a search; `size` is 1 to 100.

        All of a search can be read, however long; see `paging` for what happens beyond 1000 pages. A reading that CJ
        ended early says so by `complete` and an `Unreadable` of kind "incomplete".
        """
        params = filters.params(wanted, self._categories)
        position = Position.of(cursor)
        if position.window:
            params |= {"timeStart": position.window[0], "timeEnd": position.window[1]}
        page = paging.nested_page(object_of(self.client.list_v2(**params, page=position.page, size=size)))
        if position.page == 1 and not position.window:
            position.total = page.total
        reach = self._most_pages * size
        if position.page == 1 and paging.can_split(position) and (page.total or 0) > reach:
            return SummaryPage(items=(), total=position.total, cursor=position.split().cursor())
        following: Position | None = position.after(page)
        incomplete: Unreadable | None = None
        if paging.ends(position, page, size=size, most_pages=self._most_pages):
            incomplete, following = paging.shortfall(position, page), position.next_window()
        elif position.page >= self._most_pages:
            incomplete, following = self._beyond(wanted, params, position, page)
        return reading.summaries(position, page, summaries.to_summary, following=following, incomplete=incomplete)

    def my_products(self, *, cursor: dict[str, Any] | None) -> SummaryPage:
        """Read one page of the account's own list."""
        position = Position.of(cursor)
        page = paging.content_page(object_of(self.client.my_product_query(page=position.page, size=PAGE_SIZE)))
        if position.page == 1:
            position.total = page.total
        following: Position | None = position.after(page)
        incomplete: Unreadable | None = None
        is_last = position.page >= self._most_pages
        if is_last or paging.ends(position, page, size=PAGE_SIZE, most_pages=self._most_pages):
            incomplete, following = paging.shortfall(position, page), None
        return reading.summaries(position, page, summaries.to_mine, following=following, incomplete=incomplete)

    # Products

    def products(self, external_ids: Sequence[str]) -> Iterator[Fetched]:
        """Read products in full with their stock, several at a time; yield one `Fetched` for each id, in order.

        A product that can't be understood or is refused is told in its `Fetched`. What concerns the whole account
        (tokens, limits, CJ being down) is raised.
        """
        asked = [pid for external_id in external_ids if (pid := ident(external_id))]
        return reading.in_order(external_ids, self.client.product_queries(asked, concurrency=self._concurrency))

    def product_by_sku(self, sku: str) -> Fetched:
        """Read the product that has this SKU itself, or has a variant with it."""
        ways = [{"product_sku": sku}, {"variant_sku": sku}]
        if len(sku) > _SPU_LENGTH:
            ways.reverse()
        refusals: list[PlatformError] = []
        for way in ways:
            try:
                return product_found(sku, self.client.product_query(**way))
            except (Rejected, UnexpectedReply) as error:
                refusals.append(error)
        telling = next((error for error in refusals if not isinstance(error, NotFound)), refusals[0])
        return product_found(sku, telling)

    def id_from_text(self, text: str) -> tuple[str, str]:
        """Tell a pasted product id, SKU or address of a product's page apart; Invalid where it is none of them."""
        return pasted.id_or_sku(text)

    def variants(self, product_id: str) -> tuple[VariantData, ...]:
        """Read the variants of a product."""
        return mappers.to_variants(list_of(self.client.variant_query(pid=product_id)))

    def variant(self, external_id: str) -> VariantData:
        """Read one variant with its stock."""
        return one(self.client.variant_query_by_vid(external_id), mappers.to_variant)

    # Stock

    def stock(self, product_id: str) -> dict[str, tuple[StockData, ...]]:
        """Read the stock of a product's variants: variant id → rows. Absent ones are not known, which is not zero."""
        return stock_mappers.to_stock_by_variant(object_of(self.client.get_inventory_by_pid(product_id)))

    def variant_stock(self, external_id: str) -> tuple[StockData, ...]:
        """Read the stock of one variant; empty: not known."""
        return stock_mappers.to_stock(self.client.stock_query_by_vid(external_id)) or ()

    def stock_by_sku(self, sku: str) -> tuple[StockData, ...]:
        """Read the stock of an SKU; empty: not known."""
        return stock_mappers.to_stock(self.client.stock_query_by_sku(sku)) or ()

    # Wishes

    def add_to_mine(self, product_id: str) -> None:
        """Put a product on the account's own list; that it is there already, or was put there by a lost call, is done.

        CJ answers 1600000 both for "already added" and for "system busy", and an answer may be lost: the list tells.
        """
        try:
            self.client.add_to_my_product(product_id)
        except OutcomeUnknown as error:
            if self._is_mine(product_id):
                return
            # Adding twice does no harm, so it may be tried again.
            raise Unavailable(error, code=error.code, request_id=error.request_id) from error

    def reviews(self, product_id: str, *, page: int, size: int) -> tuple[list[ReviewData], int | None]:
        """Read a page of reviews and how many there are; those without an id are left out."""
        found = paging.list_page(object_of(self.client.product_comments(product_id, page=page, size=size)))
        return each(found.rows, other_mappers.to_review)[0], found.total

    def find_source(self, wish: SourcingWish) -> SourcingState:
        """Ask CJ to find something. A lost answer is OutcomeUnknown: CJ can't be asked by our reference."""
        data = self.client.sourcing_create(
            product_name=wish.name,
            product_image=wish.image_url,
            third_product_id=wish.reference,
            product_url=wish.url,
            remark=wish.remark,
            price=wish.price,
        )
        try:
            return other_mappers.to_sourcing(data)
        except UnreadableRecord as error:
            raise OutcomeUnknown(_("CJ took the request, but its answer names no number for it.")) from error

    def sourcing_states(self, external_ids: Sequence[str]) -> list[SourcingState]:
        """Ask how far CJ is with each request. One call each: a list goes in, but one object comes out."""
        found: list[SourcingState] = []
        for external_id in external_ids:
            found += other_mappers.to_sourcings(self.client.sourcing_query([external_id]))
        return found

    def calls_needed(self, *, listed: int, details: int) -> int:
        """Return how many calls a plan takes that reads so many rows of lists and so many products in full."""
        return ceil(listed / PAGE_SIZE) + details

    # Steps

    def _categories(self) -> list[CategoryData]:
        return self._tree if self._tree is not None else self.categories()

    def _beyond(
        self, wanted: ProductFilter, params: dict[str, Any], position: Position, page: Page
    ) -> tuple[Unreadable | None, Position | None]:
        """Return what is missing and where to go on when the last page that CJ shows of a list is full."""
        if paging.can_split(position):
            return None, position.split()
        if position.window:
            return paging.shortfall(position, page), position.next_window()
        by_time = wanted.descending if wanted.sort == "newest" else None
        now_ms = int(clock.now() * 1000)
        bounds = paging.remaining_bounds(params, now_ms, newest_first=by_time, last_rows=page.rows)
        return None, position.in_window(*bounds)

    def _is_mine(self, product_id: str) -> bool:
        """Look for a product on the account's own list, which is searched by SKU."""
        product = self.client.product_query(pid=product_id, features=())
        sku = mappers.to_product(product).sku
        page = paging.content_page(object_of(self.client.my_product_query(keyword=sku)))
        return any(ident(mapping(row).get("productId")) == product_id for row in page.rows)
