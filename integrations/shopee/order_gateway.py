"""Shopee as the orders app sees it (`sold.OrderChannel`): orders read and answered, parcels sent.

A write is sent once and a lost answer raised as OutcomeUnknown. What Shopee refuses because it was done before is no
error, once reading has shown that it was.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from integrations.contracts import Unreadable
from integrations.errors import Duplicate, NotFound, UnexpectedReply
from integrations.exchanges import sample
from integrations.sold import (
    Arrangement,
    FetchedOrders,
    FirstMile,
    LabelFile,
    OrderData,
    OrderPage,
    PackageData,
    PackageLineData,
    ParcelOutcome,
    ParcelRef,
    TrackData,
    Way,
)

from . import documents, handover
from .calls_logistics import MOST_PARCELS
from .calls_order import (
    ACCEPT,
    BUYER_WISH,
    LONGEST_WINDOW_S,
    MOST_READ,
    NO_CASH,
    OUT_OF_STOCK,
    REJECT,
    UNDELIVERABLE,
    window,
)
from .client import Client
from .codes_orders import SPLIT_UNREAD
from .first_mile import FirstMileDesk
from .order_mappers import from_line_id, to_lines, to_order, to_split
from .paging import MOST_PAGES
from .parcel_mappers import to_parcel
from .parsing import Notes, UnreadableRecord, flag, ident, records, text
from .shops import Shops

UNDELIVERABLE_MARKETS = ("TW", "MY")


def gateway_for(account: PlatformAccount) -> "ShopeeOrders":
    """Return the gateway that speaks of orders to Shopee on behalf of an account's shops."""
    return ShopeeOrders(account)


class ShopeeOrders:
    """`sold.OrderChannel` for the shops of one merchant, or for one shop alone."""

    most_orders = MOST_READ
    most_parcels = MOST_PARCELS
    longest_window_s = LONGEST_WINDOW_S

    def __init__(self, account: PlatformAccount) -> None:
        self.account = account
        self._shops = Shops(account)
        self._first_mile = FirstMileDesk(self._shops)

    # Reading

    def changed_orders(
        self, shop_id: str, *, since: datetime, until: datetime, cursor: dict[str, Any] | None = None
    ) -> OrderPage:
        """Read a page of the orders that changed in a window; a cursor leads on in the window that it began with."""
        position = cursor or {**window(since, until), "mark": "", "page": 1}
        page = self._client(shop_id).order.get_order_list(
            time_from=datetime.fromtimestamp(position["time_from"], UTC),
            time_to=datetime.fromtimestamp(position["time_to"], UTC),
            cursor=position["mark"],
        )
        rows = _answered(page, "order_list", may_be_null="more" in page)
        ids = dict.fromkeys(filter(None, (ident(row.get("order_sn")) for row in rows)))
        return OrderPage(ids=tuple(ids), cursor=_following(page, position))

    def orders(self, shop_id: str, external_ids: Sequence[str]) -> FetchedOrders:
        """Read up to 50 orders as they are now.

        Of their packages only `parcels` tells the tracking number, whether shipping was arranged while that is being
        made, and whether they can be split.
        """
        wanted = list(dict.fromkeys(external_ids))
        try:
            page = self._client(shop_id).order.get_order_detail(wanted)
        except NotFound:
            return FetchedOrders(missing=tuple(wanted))
        found: dict[str, OrderData] = {}
        strange: list[Unreadable] = []
        for row in _answered(page, "order_list"):
            try:
                order = to_order(row, shop_id)
            except UnreadableRecord as problem:
                strange.append(Unreadable(external_id="", kind="shape", reason=str(problem), sample=sample(row, 1000)))
            else:
                found[order.external_id] = order
        missing = [sn for sn in wanted if sn not in found]
        if strange:  # which of them came without its number is not known: none is missing for certain
            reason = _("Shopee answered with an order that has no number.")
            strange += [Unreadable(external_id=sn, kind="shape", reason=reason) for sn in missing]
            missing = []
        return FetchedOrders(orders=tuple(found.values()), missing=tuple(missing), unreadable=tuple(strange))

    def parcels(self, shop_id: str, package_ids: Sequence[str]) -> list[PackageData]:
        """Read up to 50 packages as they are now, whether shipping was arranged included."""
        try:
            page = self._client(shop_id).order.get_package_detail(list(dict.fromkeys(package_ids)))
        except NotFound:
            return []
        return [parcel for row in _answered(page, "package_list") if (parcel := to_parcel(row)) is not None]

    # Changing orders

    def split(self, shop_id: str, order_id: str, parts: Sequence[Sequence[PackageLineData]]) -> None:
        """Send an order in several packages, all of its lines in one of them; read it afterwards."""
        try:
            self._client(shop_id).order.split_order(order_id, to_split(parts))
        except Duplicate as refusal:
            if refusal.code != SPLIT_UNREAD:  # it is split, only the answer could not be made
                raise

    def unsplit(self, shop_id: str, order_id: str) -> None:
        """Put an order together again."""
        self._client(shop_id).order.unsplit_order(order_id)

    def cancel(self, shop_id: str, order_id: str, *, reason: str, line_ids: Sequence[str] = ()) -> None:
        """Cancel a whole order. Out of stock are the lines that are named, or else all of it."""
        items: list[dict[str, Any]] = []
        if reason == OUT_OF_STOCK:
            lines = [from_line_id(line_id) for line_id in line_ids or self._line_ids(shop_id, order_id)]
            items = [{"item_id": line["item_id"], "model_id": line["model_id"]} for line in lines]
        self._client(shop_id).order.cancel_order(order_id, reason, items=items)

    def _line_ids(self, shop_id: str, order_id: str) -> list[str]:
        rows = _answered(self._client(shop_id).order.get_order_detail([order_id]), "order_list")
        return [line.external_id for row in rows for line in to_lines(records(row.get("item_list")), Notes())]

    def answer_cancellation(self, shop_id: str, order_id: str, *, accept: bool) -> None:
        """Answer a buyer who wants to cancel."""
        self._client(shop_id).order.handle_buyer_cancellation(order_id, ACCEPT if accept else REJECT)

    def cancel_reasons(self, shop_id: str) -> list[tuple[str, str]]:
        """Return the reasons that Shopee takes of a seller, the usual one first; calls nothing."""
        reasons = [(OUT_OF_STOCK, _("Out of stock")), (BUYER_WISH, _("The buyer asked for it"))]
        if self._shops.row(shop_id).region in UNDELIVERABLE_MARKETS:
            reasons.append((UNDELIVERABLE, _("The area can't be delivered to")))
        return [*reasons, (NO_CASH, _("Cash on delivery is not possible"))]

    def write_note(self, shop_id: str, order_id: str, note: str) -> None:
        """Write the seller's note, in place of the one before."""
        self._client(shop_id).order.set_note(order_id, note)

    # Shipping

    def ways(self, shop_id: str, parcel: ParcelRef) -> list[Way]:
        """Read how a parcel can be handed over; Unavailable while Shopee is still allocating it."""
        return handover.ways(self._client(shop_id), parcel)

    def arrange(self, shop_id: str, parcel: ParcelRef, how: Arrangement) -> None:
        """Arrange shipping; done before is done. The tracking number comes minutes later."""
        handover.arrange(self._client(shop_id), parcel, how)

    def rearrange(self, shop_id: str, parcel: ParcelRef, how: Arrangement) -> None:
        """Let a parcel be fetched at another time, after a pick-up that failed."""
        handover.rearrange(self._client(shop_id), parcel, how)

    def tracking_numbers(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Read tracking numbers, in the order asked; empty and with Shopee's hint where there is none yet."""
        return handover.tracking_numbers(self._client(shop_id), parcels)

    def track(self, shop_id: str, parcel: ParcelRef) -> TrackData:
        """Read where a parcel is."""
        return handover.track(self._client(shop_id), parcel)

    # Documents

    def document_types(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Read which type of document Shopee suggests for each parcel."""
        return documents.types(self._client(shop_id), parcels)

    def request_documents(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Have documents made, for the tracking numbers that the parcels name."""
        return documents.request(self._client(shop_id), parcels)

    def documents_ready(self, shop_id: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Read whether documents are ready, pending or failed."""
        return documents.ready(self._client(shop_id), parcels)

    def download_document(self, shop_id: str, parcel: ParcelRef) -> LabelFile:
        """Load one parcel's document; Unavailable while it is made, NotFound where it was never requested."""
        return documents.download(self._client(shop_id), parcel)

    # First mile

    def needs_first_mile(self, shop_id: str) -> bool:
        """Tell whether the shop's parcels go to Shopee's warehouse under a first-mile number."""
        return self._first_mile.is_needed(shop_id)

    def first_mile_numbers(self, shop_id: str, *, declared_on: str, count: int, seller: dict[str, str]) -> list[str]:
        """Make first-mile numbers for a day; Shopee asks nothing about the seller."""
        return self._first_mile.numbers(shop_id, declared_on, count)

    def bind_first_mile(
        self,
        shop_id: str,
        number: str,
        parcels: Sequence[ParcelRef],
        *,
        method: str,
        region: str,
        carrier_id: str = "",
        place_id: str = "",
    ) -> list[ParcelOutcome]:
        """Put parcels under a number; who brings them by a carrier of his own says which, and to which warehouse."""
        return self._first_mile.bind(
            shop_id, number, parcels, method=method, region=region, carrier_id=carrier_id, place_id=place_id
        )

    def unbind_first_mile(self, shop_id: str, number: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Take parcels from a number; one that is under none is no failure."""
        return self._first_mile.unbind(shop_id, number, parcels)

    def first_mile_of(self, shop_id: str, number: str) -> FirstMile:
        """Read where a number is on its way."""
        return self._first_mile.look(shop_id, number)

    def _client(self, shop_id: str) -> Client:
        return self._shops.client(shop_id)


def _answered(page: dict[str, Any], name: str, *, may_be_null: bool = False) -> Iterator[dict[str, Any]]:
    """Return the rows of an answer; an answer without them says nothing, which must not be taken for "none"."""
    rows = page.get(name)
    if not isinstance(rows, list) and not (rows is None and may_be_null):
        raise UnexpectedReply(_("Shopee's answer lacks its list %(name)s.") % {"name": name})
    return iter(records(rows))


def _following(page: dict[str, Any], position: dict[str, Any]) -> dict[str, Any] | None:
    mark, more = text(page.get("next_cursor"), 2000), flag(page.get("more"))
    if more is False or (more is None and not mark):
        return None
    if not mark or mark == position["mark"] or position["page"] >= MOST_PAGES:
        raise UnexpectedReply(
            _("Shopee's list of orders does not end: page %(page)s leads to “%(mark)s”.")
            % {"page": position["page"], "mark": mark}
        )
    return {**position, "mark": mark, "page": position["page"] + 1}
