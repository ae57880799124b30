"""Reading a list of Shopee's to its end: one generator for each of its ways of paging, yielding the rows.

`fetch` makes one call and returns its payload: `paging.numbered(lambda page: client.public.get_shops_by_partner(
page_no=page), "authed_shop_list")`. A list that leads back to a page that was read, or never ends, raises
UnexpectedReply after the rows that it gave: who looks for something in it must not take it for complete.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import UnexpectedReply

from .parsing import flag, listed, mapping, number, text

MOST_PAGES = 1000
Payload = Mapping[str, Any]


def numbered(fetch: Callable[[int], Payload], rows: str) -> Iterator[Any]:
    """Read a list by page numbers from 1, until `more` is false (get_shops_by_partner, get_shop_list_by_merchant)."""
    return _walk(fetch, 1, rows, lambda page, position: position + 1 if flag(page.get("more")) else None)


def by_offset(fetch: Callable[[int], Payload], rows: str) -> Iterator[Any]:
    """Read a list by numbers of rows from 0: `next_offset` while `has_next_page` (get_brand_list, get_item_list)."""
    return _walk(
        fetch, 0, rows, lambda page, _: _whole(page, "next_offset") if flag(page.get("has_next_page")) else None
    )


def by_mark(fetch: Callable[[str], Payload], rows: str, *, name: str = "offset") -> Iterator[Any]:
    """Read a list by an opaque text, empty at first (get_global_item_list; search_item: "next_offset")."""
    return _walk(
        fetch,
        "",
        rows,
        lambda page, _: text(page.get(name), 2000) or None if flag(page.get("has_next_page")) else None,
    )


def by_cursor(fetch: Callable[[str], Payload], rows: str) -> Iterator[Any]:
    """Read a list by a text, empty at first, until `next_cursor` is empty (get_size_chart_list)."""
    return _walk(fetch, "", rows, lambda page, _: text(page.get("next_cursor"), 2000) or None)


def by_page_info(fetch: Callable[[int], Payload], rows: str) -> Iterator[Any]:
    """Read a list by `page_info`: a number from 0 while `has_next` (search_global_attribute_value_list)."""

    def following(page: Payload, _: int) -> int | None:
        info = mapping(page.get("page_info"))
        return _whole(info, "cursor") if flag(info.get("has_next")) else None

    return _walk(fetch, 0, rows, following)


def two_sided(fetch: Callable[[dict[str, Any] | None], Payload], rows: str) -> Iterator[Any]:
    """Read a list by a cursor object, None at first, until its `next_id` is null (get_merchant_warehouse_list)."""

    def following(page: Payload, _: Any) -> int | None:
        return _whole(mapping(page.get("cursor")), "next_id") or None

    return _walk(lambda position: fetch({"next_id": position} if position else None), 0, rows, following)


def _walk(
    fetch: Callable[[Any], Payload], first: Any, rows: str, following: Callable[[Payload, Any], Any]
) -> Iterator[Any]:
    position, seen = first, {first}
    for _page in range(MOST_PAGES):
        page = fetch(position)
        yield from listed(page.get(rows))
        position = following(page, position)
        if position is None:
            return
        if position in seen:
            break
        seen.add(position)
    raise UnexpectedReply(
        _("Shopee's list %(rows)s does not end: page %(pages)s leads to “%(position)s”.")
        % {"rows": rows, "pages": len(seen), "position": position}
    )


def _whole(page: Payload, name: str) -> int | None:
    found = number(page.get(name))
    return None if found is None else int(found)
