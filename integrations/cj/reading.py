"""From CJ's answers to what the catalogue takes: pages, products with their problems, or an error that says why not."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from integrations import exchanges
from integrations.contracts import Fetched, ProductSummary, SummaryPage, Unreadable
from integrations.errors import (
    AuthRequired,
    NotFound,
    PlatformError,
    RateLimited,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)

from . import mappers
from .codes import PRODUCT_OFF_SHELF
from .paging import Page, Position
from .parsing import UnreadableRecord, ident, mapping, rows

SAMPLE_CHARS = 1000
TROUBLED = 3  # products in a row that can't be reached: then it is not the products' fault

Read = TypeVar("Read")


def object_of(data: Any) -> dict[str, Any]:
    """Return data that has to be an object; another or an empty answer must not pass for an empty list."""
    found = mapping(data)
    if not found:
        raise UnexpectedReply(_("CJ's answer holds no data."))
    return found


def list_of(data: Any) -> list[Any]:
    """Return data that has to be a list; null must not pass for an empty one."""
    found = rows(data)
    if found is None:
        raise UnexpectedReply(_("CJ's answer holds no list."))
    return found


def one(data: Any, read: Callable[[Any], Read]) -> Read:
    """Read a record that was asked for by its id; UnexpectedReply where it can't be understood."""
    try:
        return read(data)
    except UnreadableRecord as error:
        raise UnexpectedReply(_("CJ's answer can't be understood: %(reason)s.") % {"reason": error}) from error


def each(records: Sequence[Any], read: Callable[[Any], Read]) -> tuple[list[Read], list[Unreadable]]:
    """Read many records; those that can't be understood are told apart."""
    found: list[Read] = []
    odd: list[Unreadable] = []
    for record in records:
        try:
            found.append(read(record))
        except UnreadableRecord as error:
            odd.append(_unreadable(error, ""))
    return found, odd


def summaries(
    position: Position,
    page: Page,
    read: Callable[[Any], ProductSummary],
    *,
    following: Position | None,
    incomplete: Unreadable | None,
) -> SummaryPage:
    """Return a page of a list; a page that came twice has no items."""
    items, odd = each(() if position.repeats(page) else page.rows, read)
    return SummaryPage(
        items=tuple(items),
        unreadable=(*odd, incomplete) if incomplete else tuple(odd),
        total=position.total,
        cursor=following.cursor() if following else None,
        complete=incomplete is None,
    )


def product_asked_for(external_id: str, outcome: Any) -> Fetched:
    """Return what the answer to one product id says; raise what concerns the whole account."""
    fetched = product_found(external_id, outcome)
    if fetched.product is None:
        return fetched
    other = fetched.product.external_id
    if other.lower() != external_id.lower():
        return _problem(external_id, "shape", _("CJ answered with another product (%(other)s).") % {"other": other})
    return Fetched(external_id=external_id, product=replace(fetched.product, external_id=external_id))


def product_found(asked: str, outcome: Any) -> Fetched:
    """Return what an answer says of a product that was not asked for by its id."""
    if isinstance(outcome, PlatformError):
        return _refused(asked, outcome)
    try:
        product = mappers.to_product(outcome)
    except UnreadableRecord as error:
        return Fetched(external_id=asked, problem=_unreadable(error, asked))
    return Fetched(external_id=product.external_id, product=product)


def in_order(external_ids: Sequence[str], outcomes: Generator[Any, None, None]) -> Iterator[Fetched]:
    """Turn outcomes into what is said of each product. `outcomes` has one for each id that can be asked for.

    A product that can't be reached while others can is set aside; several in a row, or all, are raised.
    """
    waiting: list[tuple[str, Unavailable]] = []
    was_reached = False
    with closing(outcomes):
        for external_id in external_ids:
            pid = ident(external_id)
            if not pid:
                yield _problem(external_id, "refused", _("This is no product id of CJ's."))
                continue
            outcome = next(outcomes)
            if isinstance(outcome, Unavailable) and not isinstance(outcome, RateLimited | TokenExpired):
                waiting.append((external_id, outcome))
                if len(waiting) >= TROUBLED:
                    raise outcome
                continue
            fetched = product_asked_for(pid, outcome)
            yield from _set_aside(waiting)
            waiting, was_reached = [], True
            yield fetched
        if waiting and not was_reached:
            raise waiting[0][1]
        yield from _set_aside(waiting)


def _refused(asked: str, error: PlatformError) -> Fetched:
    if isinstance(error, AuthRequired | Unavailable):
        raise error
    if error.code == str(PRODUCT_OFF_SHELF):
        return replace(_problem(asked, "off_sale", str(error)), off_sale=True)
    if isinstance(error, NotFound):
        return replace(_problem(asked, "not_found", str(error)), gone=True)
    return _problem(asked, "shape" if isinstance(error, UnexpectedReply) else "refused", str(error))


def _set_aside(waiting: list[tuple[str, Unavailable]]) -> Iterator[Fetched]:
    for external_id, error in waiting:
        yield _problem(external_id, "unavailable", str(error))


def _problem(external_id: str, kind: str, reason: str) -> Fetched:
    return Fetched(external_id=external_id, problem=Unreadable(external_id=external_id[:200], kind=kind, reason=reason))


def _unreadable(error: UnreadableRecord, external_id: str) -> Unreadable:
    sample = exchanges.sample(error.record, SAMPLE_CHARS)
    return Unreadable(external_id=external_id[:200], kind="shape", reason=str(error), sample=sample)
