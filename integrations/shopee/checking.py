"""The last steps of a publication: what is there is read, shops get words of their own, and their variants' numbers.

What goes wrong in one shop is said in its cell and stops no other.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.channels import Cell, ListingDraft, ShopDraft
from integrations.errors import AuthRequired, OutcomeUnknown, PlatformError, Rejected, Unavailable

from . import mappers, variants
from .found import PUBLISHED_STATUSES, STATUSES, listing_url
from .notebook import Notebook
from .parsing import integer, known_id, mapping, records, text
from .refusals import field_of_error
from .shops import Shops
from .words import SHOP

CHECK = "check"
PAUSES = (2.0, 5.0, 15.0, 60.0)  # seconds before a shop's variants are read again


class Checking:
    """Compares the shops of a global item with what is published there."""

    def __init__(self, shops: Shops) -> None:
        self._shops = shops

    def step(self, draft: ListingDraft, book: Notebook) -> None:
        """Compare with the list where this round has not, then read the numbers of the shops' own variants."""
        if not book.round.get("checked"):
            there = published(self._shops, book.item_id)
            for shop in draft.shops:
                cell = book.cells[shop.shop_id]
                if shop.shop_id in there:
                    settle(shop, there[shop.shop_id], book)
                elif cell.listing_id:
                    book.cells[shop.shop_id] = Cell(
                        status="deleted", reason=_("It was deleted at Shopee."), listing_id=cell.listing_id
                    )
            book.round["checked"] = True
        if any(self._send_texts(shop, book) for shop in draft.shops):
            return  # one write a step
        skus = [variant.sku for variant in draft.variants]
        for shop in draft.shops:
            cell = book.cells[shop.shop_id]
            if not cell.listing_id or cell.status == "deleted":
                continue
            if not draft.axes:
                book.set_cell(shop.shop_id, variant_ids=dict.fromkeys(skus, ""))
            elif set(cell.variant_ids) != set(skus) or book.round.get("writes"):
                self._read_variants(shop, draft, book)
        book.done = not book.wait

    def _send_texts(self, shop: ShopDraft, book: Notebook) -> bool:
        """Send a listing its own name and description where they changed; tell whether something was sent.

        They belong to the shop's item: a global edit leaves them alone where the shop does not follow it. To say them
        twice does no harm.
        """
        cell, wanted = book.cells[shop.shop_id], own_texts(shop)
        sent: dict[str, str] = book.state.setdefault("texts", {})
        written = mappers.digest(wanted)
        if not wanted or not cell.listing_id or cell.status == "deleted" or sent.get(shop.shop_id) == written:
            return False
        tried: list[str] = book.round.setdefault("texts", [])
        if shop.shop_id in tried:
            return False
        try:
            self._shops.client(shop.shop_id).product.update_item({**wanted, "item_id": cell.listing_id})
        except (Rejected, AuthRequired) as error:
            tried.append(shop.shop_id)
            field = field_of_error(error) if isinstance(error, Rejected) else "shop"
            book.set_cell(shop.shop_id, reason=str(error), code=error.code, field=field)
            return True
        except OutcomeUnknown:
            raise
        except Unavailable as error:  # certainly not done
            book.wait = max(book.wait, error.retry_after or PAUSES[0])
            return True
        book.count_answer()
        sent[shop.shop_id] = written
        return True

    def _read_variants(self, shop: ShopDraft, draft: ListingDraft, book: Notebook) -> None:
        """Read the numbers of a shop's variants; what goes wrong there is said in its cell and stops no other shop."""
        read: dict[str, int] = book.round.setdefault("read", {})
        if read.get(shop.shop_id, 0) >= len(PAUSES):
            return
        listing_id = book.cells[shop.shop_id].listing_id
        try:
            seen = variants.to_seen(self._shops.client(shop.shop_id).product.get_model_list(listing_id), SHOP)
        except AuthRequired as error:
            book.set_cell(shop.shop_id, reason=str(error), code=error.code, field="shop")
            read[shop.shop_id] = len(PAUSES)
            return
        except PlatformError as error:
            read[shop.shop_id] = read.get(shop.shop_id, 0) + 1
            book.set_cell(shop.shop_id, reason=str(error), code=error.code)
            if isinstance(error, Unavailable) and read[shop.shop_id] < len(PAUSES):
                book.wait = max(book.wait, error.retry_after or PAUSES[read[shop.shop_id] - 1])
            else:
                read[shop.shop_id] = len(PAUSES)
            return
        read[shop.shop_id] = len(PAUSES)
        refused_texts = shop.shop_id in book.round.get("texts", ())
        book.set_cell(
            shop.shop_id,
            variant_ids=variants_of_shop(draft, seen, book.state.get("indexes", {})),
            **({} if refused_texts else {"reason": "", "code": "", "field": ""}),
        )


def published(shops: Shops, item_id: str) -> dict[str, tuple[str, str]]:
    """Return by shop the status and number of what is published of a global item; without what was deleted."""
    answer = mapping(shops.merchant.global_product.get_published_list(item_id))
    found: dict[str, tuple[str, str]] = {}
    for row in records(answer.get("published_item")):
        number = integer(row.get("item_status"))
        status = PUBLISHED_STATUSES.get(1 if number is None else number, "live")
        if status != "deleted":
            found[known_id(row.get("shop_id"))] = (status, known_id(row.get("item_id")))
    return found


def settle(shop: ShopDraft, there: tuple[str, str], book: Notebook) -> None:
    """Note what is published in a shop; its variants' numbers stay where it is the same listing."""
    status, item_id = there
    before = book.cells.get(shop.shop_id, Cell())
    book.shops.pop(shop.shop_id, None)
    book.cells[shop.shop_id] = Cell(
        status=status,
        listing_id=item_id,
        variant_ids=before.variant_ids if before.listing_id == item_id else {},
        url=listing_url(shop.region, shop.shop_id, item_id),
    )


class ShopChecking:
    """An item of one shop alone is where it shall be: what is left is to read its state."""

    def __init__(self, shops: Shops) -> None:
        self._shops = shops

    def step(self, draft: ListingDraft, book: Notebook) -> None:
        """Read the item's state and finish."""
        book.step = CHECK
        for shop in draft.shops[:1]:
            rows = records(
                mapping(self._shops.client(shop.shop_id).product.get_item_base_info([book.item_id])).get("item_list")
            )
            status = text(mapping(rows[0] if rows else {}).get("item_status"), 40)
            book.cells[shop.shop_id] = Cell(
                status=STATUSES.get(status, "live"),
                listing_id=book.item_id,
                variant_ids=dict(book.variant_ids),
                url=listing_url(shop.region, shop.shop_id, book.item_id),
            )
        book.done = True


def own_texts(shop: ShopDraft) -> dict[str, str]:
    """Return the words that a shop has of its own."""
    texts = {"item_name": shop.name, "description": shop.description}
    return {name: said for name, said in texts.items() if said}


def variants_of_shop(draft: ListingDraft, seen: variants.Seen, indexes: Mapping[str, Any]) -> dict[str, str]:
    """Return by SKU the number of a shop's variant: by the SKU it carries, else by its place on the axes."""
    by_sku = {model.sku: model.model_id for model in seen.models if model.sku}
    by_place = {model.index: model.model_id for model in seen.models}
    found: dict[str, str] = {}
    for variant in draft.variants:
        place = tuple(indexes.get(variant.sku, ()))
        number = by_sku.get(variant.sku) or by_place.get(place)
        if number:
            found[variant.sku] = number
    return found
