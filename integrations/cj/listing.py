"""Reading many orders by /shopping/order/list, without losing any of them on the way.

CJ's list shows cancelled orders where no state is asked for; the document does not say that ids change this, though
they do (cj.md §12.24). What a list leaves out is therefore asked for once more: a few one by one, many by each state.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from integrations.bought import PurchaseData
from integrations.errors import UnexpectedReply

from . import paging
from .buying_mappers import to_purchase
from .calls_orders import Orders
from .limits import ORDER_STATUSES
from .reading import each, object_of

PAGE_SIZE = 50  # of one page, and so many ids a call
TWICE = "list:twice"
MOST_PAGES = 200  # of one list; a shipment holds fewer orders than that
UNREADABLE = "detail:unreadable"


def purchases(
    orders: Orders, external_ids: Sequence[str], find: Callable[[str], PurchaseData | None]
) -> list[PurchaseData]:
    """Return the orders of these ids, in their order, each once; `find` reads one in full."""
    asked = [name for name in dict.fromkeys(external_ids) if name]
    found: dict[str, PurchaseData] = {}
    for start in range(0, len(asked), PAGE_SIZE):
        found |= _some(orders, asked[start : start + PAGE_SIZE], find)
    return [found[name] for name in asked if name in found]


def in_shipment(orders: Orders, shipment_id: str, status: str) -> set[str]:
    """Return the ids of a shipment's orders that are in a state."""
    return {order.external_id for order in _rows(orders, shipment_order_id=shipment_id, status=status)}


def _some(orders: Orders, asked: list[str], find: Callable[[str], PurchaseData | None]) -> dict[str, PurchaseData]:
    found = _listed(orders, asked)
    missing = [name for name in asked if name not in found]
    if len(missing) <= len(ORDER_STATUSES):
        return found | {name: known for name in missing if (known := _alone(name, find))}
    for status in ORDER_STATUSES:
        found |= _listed(orders, missing, status)
        missing = [name for name in missing if name not in found]
    return found  # what is missing now is in none of the states


def _listed(orders: Orders, asked: list[str], status: str = "") -> dict[str, PurchaseData]:
    """Return what the list says of these ids; rows that nobody asked for are passed over."""
    found: dict[str, PurchaseData] = {}
    for row in _rows(orders, order_ids=asked, status=status) if asked else ():
        known = found.get(row.external_id)
        if row.external_id in asked:
            is_other = known is not None and known.platform_status != row.platform_status
            found[row.external_id] = replace(row, oddities=(*row.oddities, TWICE)) if is_other else row
    return found


def _rows(orders: Orders, *, status: str = "", order_ids: Sequence[str] = (), **more: Any) -> Iterator[PurchaseData]:
    """Yield the orders on all pages of a list, until one says nothing new; rows without an id are passed over."""
    position = paging.Position()
    while position.page <= MOST_PAGES:
        data = orders.list(order_ids=order_ids, status=status, page=position.page, size=PAGE_SIZE, **more)
        page = paging.list_page(object_of(data))
        if not page.rows or position.repeats(page):
            return
        yield from each(page.rows, to_purchase)[0]
        position = position.after(page)
        if page.total is not None and position.seen >= page.total:
            return


def _alone(external_id: str, find: Callable[[str], PurchaseData | None]) -> PurchaseData | None:
    try:
        return find(external_id)
    except UnexpectedReply:  # it is there, and one odd order must not keep the others from being read
        return PurchaseData(external_id=external_id, reference="", stage="other", oddities=(UNREADABLE,))
