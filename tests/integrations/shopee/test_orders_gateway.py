"""Orders of the simulator's Shopee read, split, cancelled and answered."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.errors import Refused
from integrations import clock, gateways
from integrations.errors import Duplicate, Invalid, NotFound, Rejected, UnexpectedReply
from integrations.shopee.order_gateway import ShopeeOrders, gateway_for
from integrations.sold import PackageLineData
from tests.support_shopee_orders import (
    DROPOFF,
    advance,
    buy,
    buy_many,
    buyer_asks_to_cancel,
    parcel_of,
    refuse,
    unknown,
)

from .selling import books, calls

TWO_LINES = [unknown("A-1"), unknown("B-1", quantity=2)]


@pytest.fixture
def shop(merchant) -> str:
    return merchant.shops.get(region="MY").external_id


@pytest.fixture
def channel(merchant) -> ShopeeOrders:
    return gateway_for(merchant)


def now():
    return datetime.fromtimestamp(clock.now(), UTC)


def the(channel, shop, order):
    (found,) = channel.orders(shop, [order["order_sn"]]).orders
    return found


def changed(channel, shop, *, since=timedelta(days=1), cursor=None):
    end = now() + timedelta(seconds=1)
    return channel.changed_orders(shop, since=end - since, until=end, cursor=cursor)


def test_an_account_is_served_by_its_platforms_gateway(merchant, plain_shop):
    assert isinstance(gateways.order_channel_for(merchant), ShopeeOrders)
    assert isinstance(gateways.order_channel_for(plain_shop), ShopeeOrders)


def test_a_shop_of_somebody_else_is_refused_by_name(channel):
    with pytest.raises(Refused, match="has no shop 42"):
        channel.orders("42", ["X"])


# Reading


def test_what_was_ordered_is_found_and_read_as_it_is(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO_LINES, message="Quick please", cod=True)
    page = changed(channel, shop)
    assert (page.ids, page.cursor) == ((bought["order_sn"],), None)
    found = the(channel, shop, bought)
    assert (found.stage, found.shop_id, found.currency) == ("open", shop, "MYR")
    assert (found.message, found.cash_on_delivery, found.ships) == ("Quick please", True, "seller")
    assert [(line.sku, line.quantity, line.price) for line in found.lines] == [
        ("A-1", 1, Decimal("9.9")),
        ("B-1", 2, Decimal("9.9")),
    ]
    assert found.total == Decimal(str(bought["total_amount"]))
    assert (found.address.masked, found.address.country_code) == (True, "MY")
    assert found.buyer_name
    (package,) = found.packages
    assert (package.external_id, package.status) == (bought["package_numbers"][0], "processing")
    assert found.oddities == ()
    assert channel.parcels(shop, bought["package_numbers"])[0].lines == package.lines


@pytest.mark.parametrize(
    ("options", "stage"),
    [({"paid": False}, "unpaid"), ({"pending": "KYC_PENDING"}, "held"), ({}, "open"), ({"advance": True}, "open")],
)
def test_an_order_stands_where_it_stands(simulator, channel, shop, options, stage):
    found = the(channel, shop, buy(simulator, shop, lines=[unknown("A-1")], **options))
    assert found.stage == stage
    assert found.ships == ("platform" if options.get("advance") else "seller")
    assert found.packages[0].can_ship is (options == {})


def test_the_way_of_an_order_is_told_stage_by_stage(simulator, channel, shop):
    bought = buy(simulator, shop, lines=[unknown("A-1")])
    channel.arrange(shop, parcel_of(bought), DROPOFF)
    seen = []
    for to in ("PROCESSED", "SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED"):
        advance(simulator, bought["order_sn"], to)
        found = the(channel, shop, bought)
        seen.append((found.stage, found.packages[0].status))
    assert seen == [
        ("arranged", "ready_for_pickup"),
        ("shipped", "picked_up"),
        ("delivered", "delivered"),
        ("completed", "delivered"),
    ]


def test_the_address_is_told_to_an_app_that_is_approved(simulator, channel, shop):
    simulator.control("change", platform="shopee", orders={"unmasked": True})
    address = the(channel, shop, buy(simulator, shop, lines=[unknown("A-1")])).address
    assert not address.masked
    assert address.lines
    assert "*" not in address.lines[0] + address.name + address.phone


def test_changes_are_read_page_by_page_in_the_window_they_began_with(simulator, channel, shop):
    bought = buy_many(simulator, shop, 205, lines=[unknown("A-1")])
    first = changed(channel, shop)
    clock.sleep(3600)
    second = changed(channel, shop, cursor=first.cursor)
    third = changed(channel, shop, cursor=second.cursor)
    assert [len(page.ids) for page in (first, second, third)] == [100, 100, 5]
    assert {*first.ids, *second.ids, *third.ids} == {order["order_sn"] for order in bought}
    assert third.cursor is None
    assert calls(simulator)["order.get_order_list"] == 3


def test_a_window_longer_than_fifteen_days_is_not_asked_for(simulator, channel, shop):
    with pytest.raises(Invalid, match="at most 15 days"):
        changed(channel, shop, since=timedelta(days=15, seconds=2))
    assert calls(simulator)["order.get_order_list"] == 0
    changed(channel, shop, since=timedelta(seconds=channel.longest_window_s))


def test_orders_that_are_not_there_are_named(simulator, channel, shop):
    bought = buy(simulator, shop, lines=[unknown("A-1")])
    found = channel.orders(shop, [bought["order_sn"], "NOSUCH"])
    assert ([one.external_id for one in found.orders], found.missing) == ([bought["order_sn"]], ("NOSUCH",))
    assert channel.orders(shop, ["NOSUCH"]).missing == ("NOSUCH",)
    assert channel.parcels(shop, ["OFG0"]) == []


@pytest.mark.parametrize("read", ["changed", "orders", "parcels"])
def test_an_answer_that_says_nothing_is_not_taken_for_none(simulator, channel, shop, read):
    bought = buy(simulator, shop, lines=[unknown("A-1")])
    asks = {
        "changed": ("order.get_order_list", lambda: changed(channel, shop)),
        "orders": ("order.get_order_detail", lambda: channel.orders(shop, [bought["order_sn"]])),
        "parcels": ("order.get_package_detail", lambda: channel.parcels(shop, bought["package_numbers"])),
    }
    endpoint, ask = asks[read]
    refuse(simulator, endpoint, "-")  # Shopee's other word for "no error", here without an answer
    with pytest.raises(UnexpectedReply):
        ask()


# Splitting


def parts_of(order):
    return [[PackageLineData(line_id=line.external_id, quantity=line.quantity)] for line in order.lines]


def test_an_order_is_split_and_put_together_again(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO_LINES)
    order = the(channel, shop, bought)
    channel.split(shop, order.external_id, parts_of(order))
    apart = the(channel, shop, bought)
    assert apart.is_split
    assert [package.lines for package in apart.packages] == [tuple(part) for part in parts_of(order)]
    assert channel.parcels(shop, [apart.packages[1].external_id])[0].can_unsplit
    with pytest.raises(Duplicate):
        channel.split(shop, order.external_id, parts_of(order))
    channel.unsplit(shop, order.external_id)
    assert len(the(channel, shop, bought).packages) == 1
    assert len(books(simulator, "splits")) == len(books(simulator, "unsplits")) == 1


def test_a_split_whose_answer_shopee_could_not_make_is_done(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO_LINES)
    refuse(simulator, "order.split_order", "order.order_split_get_package_info_failed", when="after")
    channel.split(shop, bought["order_sn"], parts_of(the(channel, shop, bought)))
    assert the(channel, shop, bought).is_split


def test_an_order_with_a_line_left_out_is_not_split(simulator, channel, shop):
    bought = buy(simulator, shop, lines=[*TWO_LINES, unknown("C-1")])
    with pytest.raises(Rejected, match="must hold all of the order"):
        channel.split(shop, bought["order_sn"], parts_of(the(channel, shop, bought))[:2])
    assert books(simulator, "splits") == []


# Cancelling and notes


def test_an_order_out_of_stock_is_cancelled_naming_its_items(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO_LINES)
    channel.cancel(shop, bought["order_sn"], reason="OUT_OF_STOCK")
    found = the(channel, shop, bought)
    assert (found.stage, found.cancelled_by, found.cancel_reason) == ("cancelled", "seller", "OUT_OF_STOCK")
    assert found.packages[0].status == "cancelled"
    (booked,) = books(simulator, "seller_cancellations")
    assert booked["items"] == [line["item_id"] for line in bought["lines"]]
    with pytest.raises(Rejected, match="does not let this order be cancelled any more"):
        channel.cancel(shop, bought["order_sn"], reason="CUSTOMER_REQUEST")
    assert len(books(simulator, "seller_cancellations")) == 1


def test_only_the_named_lines_are_out_of_stock(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO_LINES)
    first = the(channel, shop, bought).lines[0]
    channel.cancel(shop, bought["order_sn"], reason="OUT_OF_STOCK", line_ids=[first.external_id])
    (booked,) = books(simulator, "seller_cancellations")
    assert (booked["items"], booked["partial"]) == ([int(first.item_id)], False)


def test_reasons_are_those_of_the_market(merchant, channel):
    by_region = {
        shop.region: [code for code, _words in channel.cancel_reasons(shop.external_id)]
        for shop in merchant.shops.all()
    }
    assert by_region["MY"] == by_region["TW"] == [
        "OUT_OF_STOCK", "CUSTOMER_REQUEST", "UNDELIVERABLE_AREA", "COD_NOT_SUPPORTED",
    ]  # fmt: skip
    assert by_region["TH"] == ["OUT_OF_STOCK", "CUSTOMER_REQUEST", "COD_NOT_SUPPORTED"]


@pytest.mark.parametrize(("accept", "stage"), [(True, "cancelled"), (False, "open")])
def test_a_buyer_who_wants_to_cancel_is_answered_once(simulator, channel, shop, accept, stage):
    bought = buy(simulator, shop, lines=[unknown("A-1")])
    buyer_asks_to_cancel(simulator, bought["order_sn"])
    assert (the(channel, shop, bought).stage, the(channel, shop, bought).cancel_reason) == (
        "cancelling",
        "Changed my mind",
    )
    channel.answer_cancellation(shop, bought["order_sn"], accept=accept)
    assert the(channel, shop, bought).stage == stage
    with pytest.raises(Rejected, match="No wish of the buyer to cancel waits"):
        channel.answer_cancellation(shop, bought["order_sn"], accept=accept)
    assert len(books(simulator, "cancellation_answers")) == 1


def test_a_note_takes_the_place_of_the_one_before(simulator, channel, shop):
    bought = buy(simulator, shop, lines=[unknown("A-1")])
    channel.write_note(shop, bought["order_sn"], "Fragile")
    assert the(channel, shop, bought).note == "Fragile"
    channel.write_note(shop, bought["order_sn"], "")
    assert the(channel, shop, bought).note == ""
    with pytest.raises(NotFound):
        channel.write_note(shop, "NOSUCH", "x")
