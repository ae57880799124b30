"""What every marketplace's gateway of orders keeps, whichever it is: one suite, run against each on the simulator."""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Platform, PlatformAccount
from integrations import clock, gateways
from integrations.clock import VirtualClock
from integrations.errors import OutcomeUnknown, Rejected
from integrations.sold import Arrangement, OrderChannel, OrderData, PackageLineData, ParcelRef, Way
from orders.machines import PackageStatus
from tests import factories_shopee, support_shopee_orders
from tests.integrations.shopee import selling
from tests.support import Simulator

STAGES = {
    *("unpaid", "held", "open", "arranged", "retry", "shipped", "delivered", "completed", "cancelling", "cancelled"),
    "returning",
}
NEEDS = {field.name for field in fields(Arrangement)} - {"kind"}
NUMBER_S, DOCUMENT_S = 120, 60  # seconds after which a number is there, and a document


@dataclass(frozen=True)
class Market:
    """A connected account with a shop of it, and its buyers."""

    account: PlatformAccount
    shop_id: str
    buy: Callable[..., str]  # lines (SKU → pieces) and facts → the order's number
    ask_to_cancel: Callable[[str], None]
    lose: Callable[[str, str], None]  # method of the channel, before | after
    booked: Callable[[str], int]  # method of the channel → how often it was done

    @property
    def channel(self) -> OrderChannel:
        return gateways.order_channel_for(self.account)

    def order(self, order_id: str) -> OrderData:
        (found,) = self.channel.orders(self.shop_id, [order_id]).orders
        return found

    def parcels(self, order_id: str) -> list[ParcelRef]:
        order = self.order(order_id)
        return [
            ParcelRef(order_id=order_id, package_id=package.external_id, is_split=order.is_split)
            for package in order.packages
        ]


SHOPEE_ENDPOINTS = {"arrange": "logistics.ship_order", "cancel": "order.cancel_order"}
SHOPEE_BOOKS = {"arrange": "arranged", "cancel": "seller_cancellations"}


def shopee(simulator: Simulator, account: PlatformAccount, shop_id: str) -> Market:
    def buy(lines: dict[str, int], **facts: Any) -> str:
        wanted = [support_shopee_orders.unknown(sku, quantity=pieces) for sku, pieces in lines.items()]
        return str(support_shopee_orders.buy(simulator, shop_id, lines=wanted, **facts)["order_sn"])

    return Market(
        account=account,
        shop_id=shop_id,
        buy=buy,
        ask_to_cancel=lambda order_id: support_shopee_orders.buyer_asks_to_cancel(simulator, order_id),
        lose=lambda name, when: support_shopee_orders.lose(simulator, SHOPEE_ENDPOINTS[name], when),
        booked=lambda name: len(selling.books(simulator, SHOPEE_BOOKS[name])),
    )


def shopee_merchant(simulator: Simulator) -> Market:
    account = factories_shopee.connect_merchant(simulator)
    return shopee(simulator, account, account.shops.order_by("pk")[0].external_id)


def shopee_shop(simulator: Simulator) -> Market:
    account = factories_shopee.connect_shop(simulator)
    return shopee(simulator, account, account.shops.get().external_id)


MARKETS: dict[str, Callable[[Simulator], Market]] = {"shopee merchant": shopee_merchant, "shopee shop": shopee_shop}


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture(params=MARKETS)
def market(request, simulator, virtual_time, db) -> Market:
    return MARKETS[request.param](simulator)


def now() -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)


def answer(way: Way) -> Arrangement:
    """Return what a way asks for, of what it offers."""
    place = way.places[0] if way.places else None
    slot = next((slot for slot in place.slots if slot.recommended), place.slots[0]) if place and place.slots else None
    said = {
        "place_id": place.external_id if place else "",
        "branch_id": place.external_id if place else "",
        "slot_id": slot.external_id if slot else "",
        "sender_name": "Li Na",
        "tracking_number": "SF1234567890",
        "carrier_code": way.carriers[0][0] if way.carriers else "",
    }
    return Arrangement(kind=way.kind, **{name: said[name] for name in way.needs})


def arrange(market: Market, ref: ParcelRef) -> None:
    market.channel.arrange(market.shop_id, ref, answer(market.channel.ways(market.shop_id, ref)[0]))


def arranged(market: Market) -> ParcelRef:
    """Arrange an order's only parcel and return it with its tracking number."""
    (ref,) = market.parcels(market.buy({"A-1": 1}))
    arrange(market, ref)
    clock.sleep(NUMBER_S)
    (told,) = market.channel.tracking_numbers(market.shop_id, [ref])
    assert told.text
    return replace(ref, tracking_number=told.text)


def test_every_method_of_the_protocol_is_there_with_the_same_parameters(market):
    for name, wanted in inspect.getmembers(OrderChannel, inspect.isfunction):
        if name.startswith("_"):
            continue
        found = inspect.signature(getattr(market.channel, name)).parameters
        assert list(found) == [parameter for parameter in inspect.signature(wanted).parameters if parameter != "self"]
    assert min(market.channel.most_orders, market.channel.most_parcels, market.channel.longest_window_s) > 0


def test_every_platform_with_orders_is_in_this_suite():
    tried = {name.split()[0] for name in MARKETS}
    assert tried == {platform.value for platform in gateways._ORDER_CHANNELS}
    assert tried <= set(Platform.values)


def test_an_order_is_found_and_read_in_neutral_words(market):
    order_id = market.buy({"A-1": 1, "B-1": 2})
    end = now() + timedelta(seconds=1)
    page = market.channel.changed_orders(market.shop_id, since=end - timedelta(hours=1), until=end)
    assert (page.ids, page.cursor) == ((order_id,), None)
    order = market.order(order_id)
    assert (order.external_id, order.shop_id, order.stage, order.ships) == (order_id, market.shop_id, "open", "seller")
    assert order.stage in STAGES
    assert len(order.currency) == 3
    assert {line.sku: line.quantity for line in order.lines} == {"A-1": 1, "B-1": 2}
    ids = [line.external_id for line in order.lines]
    assert len(set(ids)) == len(ids)
    for when in (order.ordered_at, order.paid_at, order.changed_at, order.ship_by):
        assert when is not None
        assert when.utcoffset() == timedelta(0)
    assert all(package.status in PackageStatus.values for package in order.packages)
    packed = {line.line_id: line.quantity for package in order.packages for line in package.lines}
    assert packed == {line.external_id: line.quantity for line in order.lines}
    json.dumps([order.facts, *(line.facts for line in order.lines), *(package.facts for package in order.packages)])
    assert order.oddities == ()


def test_to_read_twice_is_to_read_the_same(market):
    order_id = market.buy({"A-1": 1, "B-1": 2})
    assert market.order(order_id) == market.order(order_id)


def test_a_long_list_is_read_to_its_end_and_cursors_are_plain(market):
    bought = {market.buy({"A-1": 1}) for _order in range(5)}
    end, found, cursor = now() + timedelta(seconds=1), set(), None
    for _page in range(10):
        page = market.channel.changed_orders(market.shop_id, since=end - timedelta(hours=1), until=end, cursor=cursor)
        found |= set(page.ids)
        if page.cursor is None:
            break
        cursor = json.loads(json.dumps(page.cursor))
    assert (found, page.cursor) == (bought, None)


def test_the_longest_window_may_be_asked_for(market):
    end = now()
    since = end - timedelta(seconds=market.channel.longest_window_s)
    assert market.channel.changed_orders(market.shop_id, since=since, until=end).ids == ()


def test_what_is_not_there_is_told_and_no_error(market):
    order_id = market.buy({"A-1": 1})
    found = market.channel.orders(market.shop_id, [order_id, "NOSUCH"])
    assert ([order.external_id for order in found.orders], found.missing) == ([order_id], ("NOSUCH",))
    assert market.channel.orders(market.shop_id, ["NOSUCH"]).missing == ("NOSUCH",)
    assert market.channel.parcels(market.shop_id, ["NOSUCH"]) == []


def test_an_order_that_is_not_paid_is_not_to_be_sent(market):
    order = market.order(market.buy({"A-1": 1}, paid=False))
    assert order.stage == "unpaid"
    assert order.paid_at is None
    assert not any(package.can_ship for package in order.packages)


def test_each_way_asks_in_words_of_an_arrangement_and_what_it_asks_is_enough(market):
    (ref,) = market.parcels(market.buy({"A-1": 1}))
    kinds = [way.kind for way in market.channel.ways(market.shop_id, ref)]
    assert kinds
    for kind in kinds:
        (ref,) = market.parcels(market.buy({"A-1": 1}))
        way = next(way for way in market.channel.ways(market.shop_id, ref) if way.kind == kind)
        assert set(way.needs) <= NEEDS
        market.channel.arrange(market.shop_id, ref, answer(way))
        (package,) = market.channel.parcels(market.shop_id, [ref.package_id])
        assert (package.arranged, package.can_ship) == (True, False)
    assert market.booked("arrange") == len(kinds)


def test_to_arrange_twice_arranges_once(market):
    (ref,) = market.parcels(market.buy({"A-1": 1}))
    how = answer(market.channel.ways(market.shop_id, ref)[0])
    market.channel.arrange(market.shop_id, ref, how)
    market.channel.arrange(market.shop_id, ref, how)
    assert market.booked("arrange") == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_lost_answer_is_no_failure_and_found_by_reading(market, when):
    (ref,) = market.parcels(market.buy({"A-1": 1}))
    how = answer(market.channel.ways(market.shop_id, ref)[0])
    market.lose("arrange", when)
    with pytest.raises(OutcomeUnknown):
        market.channel.arrange(market.shop_id, ref, how)
    (package,) = market.channel.parcels(market.shop_id, [ref.package_id])
    assert package.arranged is (when == "after")
    assert market.booked("arrange") == int(package.arranged)
    market.lose("cancel", when)
    reason, _words = market.channel.cancel_reasons(market.shop_id)[0]
    with pytest.raises(OutcomeUnknown):
        market.channel.cancel(market.shop_id, ref.order_id, reason=reason)
    assert (market.order(ref.order_id).stage == "cancelled") is (when == "after")
    assert market.booked("cancel") == int(when == "after")


def test_a_number_comes_and_then_the_label(market):
    ref = arranged(market)
    (kind,) = market.channel.document_types(market.shop_id, [ref])
    ref = replace(ref, document_type=kind.text)
    (told,) = market.channel.request_documents(market.shop_id, [ref])
    assert told.done
    clock.sleep(DOCUMENT_S)
    (told,) = market.channel.documents_ready(market.shop_id, [ref])
    assert (told.done, told.text) == (True, "ready")
    label = market.channel.download_document(market.shop_id, ref)
    assert label.content_type in ("application/pdf", "text/html", "application/zip")
    assert label.content


def test_outcomes_come_for_each_parcel_in_the_order_asked(market):
    early, ready = market.parcels(market.buy({"A-1": 1}))[0], arranged(market)
    for ask in (market.channel.document_types, market.channel.request_documents, market.channel.documents_ready):
        told = ask(market.shop_id, [early, ready])
        assert [(one.order_id, one.package_id) for one in told] == [
            (ref.order_id, ref.package_id) for ref in (early, ready)
        ]
        assert [one.done for one in told] == [False, True]
        assert told[0].code
        assert told[0].reason
    assert market.channel.documents_ready(market.shop_id, [early])[0].text == "failed"


def test_where_a_parcel_is_is_one_of_the_numbers(market):
    ref = arranged(market)
    found = market.channel.track(market.shop_id, ref)
    assert found.tracking_number == ref.tracking_number
    assert found.status in range(15)
    assert found.package_status in ("", *PackageStatus.values)
    assert all(point.status is None or point.status in range(15) for point in found.checkpoints)
    assert [point.at for point in found.checkpoints] == sorted(point.at for point in found.checkpoints)


def test_a_split_names_the_lines_and_is_undone(market):
    order_id = market.buy({"A-1": 1, "B-1": 2})
    lines = market.order(order_id).lines
    parts = [[PackageLineData(line_id=line.external_id, quantity=line.quantity)] for line in lines]
    market.channel.split(market.shop_id, order_id, parts)
    order = market.order(order_id)
    assert order.is_split
    assert sorted(package.lines[0].line_id for package in order.packages) == sorted(line.external_id for line in lines)
    market.channel.unsplit(market.shop_id, order_id)
    assert (market.order(order_id).is_split, len(market.order(order_id).packages)) == (False, 1)


@pytest.mark.parametrize("accept", [True, False])
def test_a_buyer_who_wants_to_cancel_gets_an_answer(market, accept):
    order_id = market.buy({"A-1": 1})
    market.ask_to_cancel(order_id)
    assert market.order(order_id).stage == "cancelling"
    assert not any(package.can_ship for package in market.order(order_id).packages)
    market.channel.answer_cancellation(market.shop_id, order_id, accept=accept)
    assert market.order(order_id).stage == ("cancelled" if accept else "open")


def test_an_order_is_cancelled_for_a_reason_of_the_list(market):
    order_id = market.buy({"A-1": 1})
    reasons = market.channel.cancel_reasons(market.shop_id)
    assert all(code and words for code, words in reasons)
    market.channel.cancel(market.shop_id, order_id, reason=reasons[0][0])
    order = market.order(order_id)
    assert order.stage == "cancelled"
    assert order.cancelled_by
    with pytest.raises(Rejected):
        market.channel.cancel(market.shop_id, order_id, reason=reasons[0][0])
    assert market.booked("cancel") == 1


def test_a_note_is_kept(market):
    order_id = market.buy({"A-1": 1})
    market.channel.write_note(market.shop_id, order_id, "Fragile, 易碎")
    assert market.order(order_id).note == "Fragile, 易碎"


def test_first_mile_is_gone_where_it_is_asked_for(market):
    if not market.channel.needs_first_mile(market.shop_id):
        with pytest.raises(Rejected):
            market.channel.first_mile_numbers(market.shop_id, declared_on="2027-01-05", count=1, seller={})
        return
    ref = arranged(market)
    (number,) = market.channel.first_mile_numbers(market.shop_id, declared_on="2027-01-05", count=1, seller={})
    region = market.account.region
    (told,) = market.channel.bind_first_mile(market.shop_id, number, [ref], method="pickup", region=region)
    assert (told.done, told.package_id) == (True, ref.package_id)
    found = market.channel.first_mile_of(market.shop_id, number)
    assert (found.number, found.method) == (number, "pickup")
    assert found.platform_status
