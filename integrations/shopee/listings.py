"""Reading what is there, page by page: global items, shops' items, and which shop's item is which global one's.

Cursors are plain JSON, for going on in another process.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from integrations import clock
from integrations.channels import FoundListing, FoundPage
from integrations.errors import NotFound, Rejected

from . import found
from .chunks import chunked
from .client import Client
from .found import PUBLISHED_STATUSES
from .parsing import flag, integer, known_id, listed, mapping, records, text
from .shops import Shops
from .ware import THERE, GlobalWare, ShopWare

GLOBAL_PAGE, SHOP_PAGE, IDS = 50, 50, 20
SKEW = timedelta(minutes=5)
MOST_OFFSET = 9_000  # items of a window: beyond, Shopee says "get items offset over limit"
LAUNCH = 1_400_000_000  # before there was any item


def global_page(client: Client, *, cursor: dict[str, Any] | None, since: datetime | None, currency: str) -> FoundPage:
    """Read a page of the merchant's global items in full, with their variants: a call for each that has some."""
    if cursor is None:
        # The end is fixed for all pages, and not in the future: Shopee answers that with a message only.
        cursor = {"window": [int((since - SKEW).timestamp()), int(clock.now())] if since else [], "offset": ""}
    calls = client.global_product
    page = mapping(
        calls.get_global_item_list(offset=cursor["offset"], page_size=GLOBAL_PAGE, **_between(cursor["window"]))
    )
    ids = [known_id(row.get("global_item_id")) for row in records(page.get("global_item_list"))]
    items = [
        item
        for chunk in chunked(filter(None, ids), IDS)
        for row in GlobalWare(client).describe(chunk)
        if (item := _global(client, row, currency))
    ]
    offset = text(page.get("offset"), 2000) if flag(page.get("has_next_page")) else ""
    is_last = not offset or offset == cursor["offset"]
    return FoundPage(
        items=tuple(items),
        total=integer(page.get("total_count")),
        cursor=None if is_last else {**cursor, "offset": offset},
    )


def global_item(client: Client, global_id: str, *, currency: str) -> FoundListing:
    """Read one global item with its variants; NotFound where it is gone."""
    for row in GlobalWare(client).describe([global_id]):
        if item := _global(client, row, currency):
            return item
    raise NotFound(_("Shopee has no global product %(id)s any more.") % {"id": global_id})


def _global(client: Client, row: dict[str, Any], currency: str) -> FoundListing | None:
    models = None
    if flag(row.get("has_model")):
        models = client.global_product.get_global_model_list(known_id(row.get("global_item_id")))
    return found.to_global(row, models, currency=currency)


def shop_page(shops: Shops, shop_id: str, *, cursor: dict[str, Any] | None, since: datetime | None) -> FoundPage:
    """Read a page of a shop's items that are not deleted, with their variants, and of which global items they are.

    Too many for Shopee's offsets are read in windows of their times of change: a window that holds too many is halved.
    """
    if cursor is None:
        cursor = {"windows": [[int((since - SKEW).timestamp()), int(clock.now()) + 1] if since else []], "offset": 0}
    windows, offset = cursor["windows"], int(cursor["offset"])
    client = shops.client(shop_id)
    page = mapping(
        client.product.get_item_list(offset=offset, page_size=SHOP_PAGE, item_status=THERE, **_between(windows[0]))
    )
    total = integer(page.get("total_count"))
    if offset == 0 and (total or 0) > MOST_OFFSET and (halves := _halves(windows[0])):
        return FoundPage(items=(), total=total, cursor={"windows": [*halves, *windows[1:]], "offset": 0})
    ids = [item_id for row in records(page.get("item")) if (item_id := known_id(row.get("item_id")))]
    described = ShopWare(client).describe(ids) if ids else []
    origins = _origins(shops, shop_id, [known_id(row.get("item_id")) for row in described])
    items = [item for row in described if (item := _shop_item(shops, shop_id, row, origins))]
    following = integer(page.get("next_offset")) if flag(page.get("has_next_page")) else None
    after: dict[str, Any] | None = None
    if following is not None and following > offset:
        after = {"windows": windows, "offset": following}
    elif windows[1:]:
        after = {"windows": windows[1:], "offset": 0}
    return FoundPage(items=tuple(items), total=total, cursor=after)


def _halves(window: list[int]) -> list[list[int]]:
    """Return the two halves of a window of seconds, the whole time at first; nothing where it can't be halved."""
    start, end = window or [LAUNCH, int(clock.now()) + 1]
    middle = (start + end) // 2
    return [[start, middle], [middle + 1, end]] if start < end else []


def shop_item(shops: Shops, shop_id: str, listing_id: str) -> FoundListing:
    """Read one item of a shop with its variants; NotFound where it is gone."""
    for row in ShopWare(shops.client(shop_id)).describe([listing_id]):
        item = _shop_item(shops, shop_id, row, _origins(shops, shop_id, [listing_id]))
        if item and item.status != "deleted":
            return item
    raise NotFound(_("The shop has no product %(id)s any more.") % {"id": listing_id})


def _shop_item(shops: Shops, shop_id: str, row: dict[str, Any], origins: dict[str, str]) -> FoundListing | None:
    shop, item_id = shops.row(shop_id), known_id(row.get("item_id"))
    is_there = text(row.get("item_status"), 40) in THERE
    models = shops.client(shop_id).product.get_model_list(item_id) if flag(row.get("has_model")) and is_there else None
    return found.to_shop(
        row, models, shop_id=shop_id, region=shop.region, currency=shop.currency, global_id=origins.get(item_id, "")
    )


def _origins(shops: Shops, shop_id: str, item_ids: Sequence[str]) -> dict[str, str]:
    """Return by item the global item it is of; nothing for shops that have none, or where Shopee does not say."""
    if shops.account.is_shop or not shops.row(shop_id).upgraded:
        return {}
    origins: dict[str, str] = {}
    for chunk in chunked(filter(None, item_ids), IDS):
        try:
            answer = mapping(shops.merchant.global_product.get_global_item_id(shop_id, chunk))
        except Rejected:  # one without a global item may fail the call for all: they are known by their SKU then
            continue
        for row in records(answer.get("item_id_map")):
            origins[known_id(row.get("item_id"))] = known_id(row.get("global_item_id"))
    return origins


def published(client: Client, global_id: str) -> list[FoundListing]:
    """Read what a global item became in its shops, deleted ones included; without variants."""
    answer = mapping(client.global_product.get_published_list(global_id))
    listings = []
    for row in records(listed(answer.get("published_item"))):
        shop_id, item_id = known_id(row.get("shop_id")), known_id(row.get("item_id"))
        number = integer(row.get("item_status"))
        listings.append(
            FoundListing(
                external_id=item_id,
                shop_id=shop_id,
                global_id=global_id,
                status=PUBLISHED_STATUSES.get(number if number is not None else 1, "live"),
                platform_status=text(row.get("item_status"), 40),
                url=found.listing_url(text(row.get("shop_region"), 8), shop_id, item_id),
            )
        )
    return listings


def _between(window: list[int]) -> dict[str, Any]:
    """Return the window as the client takes it; an empty one is all times."""
    if not window:
        return {}
    start, end = (datetime.fromtimestamp(each, UTC) for each in window)
    return {"update_time_from": start, "update_time_to": end}
