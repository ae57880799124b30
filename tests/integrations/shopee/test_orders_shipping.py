"""Parcels of the simulator's Shopee arranged, labelled, followed and brought to its warehouse."""

from datetime import UTC, datetime

import pytest

from integrations import clock
from integrations.errors import Duplicate, Invalid, NotFound, Rejected, Unavailable
from integrations.shopee.gateway import gateway_for as marketplace_for
from integrations.shopee.order_gateway import ShopeeOrders, gateway_for
from integrations.sold import Arrangement, HandoverPlace, PackageLineData, ParcelRef, Way
from tests.factories_shopee import connect_merchant
from tests.support_shopee_orders import (
    DROPOFF,
    advance,
    arranged,
    buy,
    buy_many,
    pace,
    parcel,
    parcel_of,
    refuse,
    unknown,
)

from .selling import books, calls

ONE, TWO = [unknown("A-1")], [unknown("A-1"), unknown("B-1")]


@pytest.fixture
def shop(merchant) -> str:
    return merchant.shops.get(region="MY").external_id


@pytest.fixture
def channel(merchant) -> ShopeeOrders:
    return gateway_for(merchant)


def split(channel, shop, bought) -> list[ParcelRef]:
    (order,) = channel.orders(shop, [bought["order_sn"]]).orders
    parts = [[PackageLineData(line_id=line.external_id, quantity=line.quantity)] for line in order.lines]
    channel.split(shop, order.external_id, parts)
    (order,) = channel.orders(shop, [bought["order_sn"]]).orders
    return [ParcelRef(order_id=order.external_id, package_id=one.external_id, is_split=True) for one in order.packages]


def codes(simulator):
    return [entry["code"] for entry in books(simulator, "arrange_refusals")]


# Ways


def test_a_parcel_is_fetched_at_a_chosen_time(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    pickup = next(way for way in channel.ways(shop, ref) if way.kind == "pickup")
    assert pickup.needs == ("place_id", "slot_id")
    slot = next(slot for slot in pickup.places[0].slots if slot.recommended)
    channel.arrange(
        shop, ref, Arrangement(kind="pickup", place_id=pickup.places[0].external_id, slot_id=slot.external_id)
    )
    (booked,) = books(simulator, "arranged")
    assert (booked["way"], booked["package_number"]) == ("pickup", ref.package_id)
    assert booked["details"] == {"address_id": int(pickup.places[0].external_id), "pickup_time_id": slot.external_id}


@pytest.mark.parametrize(
    ("ways", "kind", "needs", "how"),
    [
        ({"dropoff": []}, "dropoff", (), {}),
        (
            {"dropoff": ["branch_id", "sender_real_name"]},
            "dropoff",
            ("branch_id", "sender_name"),
            {"sender_name": "Li"},
        ),
        ({"dropoff": ["slug"]}, "dropoff", ("carrier_code",), {}),
        ({"pickup": ["address_id"]}, "pickup", ("place_id",), {}),
        ({"non_integrated": ["tracking_no"]}, "own", ("tracking_number",), {"tracking_number": "SF123456"}),
    ],
)
def test_whatever_a_way_asks_for_is_told_and_enough(simulator, channel, shop, ways, kind, needs, how):
    ref = parcel_of(buy(simulator, shop, lines=ONE, ways=ways))
    (way,) = channel.ways(shop, ref)
    assert (way.kind, way.needs) == (kind, needs)
    place = way.places[0].external_id if way.places else ""
    said = {"branch_id": place} if "branch_id" in needs else {"place_id": place}
    code = way.carriers[0][0] if way.carriers else ""
    channel.arrange(shop, ref, Arrangement(**{"kind": kind, "carrier_code": code} | said | how))
    assert len(books(simulator, "arranged")) == 1
    assert codes(simulator) == []
    status = parcel(channel, shop, ref).status
    assert status == ("picked_up" if kind == "own" else "processing")


def test_ways_of_an_order_that_is_being_allocated_come_later(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE, pending="SYSTEM_PENDING"))
    with pytest.raises(Unavailable, match="still allocating") as caught:
        channel.ways(shop, ref)
    assert caught.value.retry_after == 120


def test_a_time_that_is_gone_asks_for_another(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    pickup = next(way for way in channel.ways(shop, ref) if way.kind == "pickup")
    how = Arrangement(kind="pickup", place_id=pickup.places[0].external_id, slot_id="1")
    with pytest.raises(Rejected, match="Read the ways to ship again"):
        channel.arrange(shop, ref, how)
    assert books(simulator, "arranged") == []
    assert not parcel(channel, shop, ref).arranged


def answer(way: Way) -> Arrangement:
    """Return what a way asks for, the first of what it offers."""
    place = way.places[0] if way.places else HandoverPlace(external_id="")
    said = {
        "place_id": place.external_id,
        "branch_id": place.external_id,
        "slot_id": next((slot.external_id for slot in place.slots), ""),
        "sender_name": "Li Na",
        "tracking_number": "SF123456",
        "carrier_code": next((code for code, _name in way.carriers), ""),
    }
    return Arrangement(kind=way.kind, **{name: said[name] for name in way.needs})


@pytest.mark.parametrize("login", ["lanyue", "hansol"])
def test_in_every_market_a_parcel_goes_out_in_each_of_its_ways(simulator, virtual_time, db, login):
    mains = simulator.look("world")["shopee"]["main_accounts"]
    owners = [main["login"].partition(":")[0] for main in mains for _merchant in main["merchants"]]
    account = connect_merchant(simulator, which=owners.index(login))
    channel, sent = gateway_for(account), 0
    for shop in account.shops.order_by("pk"):
        first = parcel_of(buy(simulator, shop.external_id, lines=ONE))
        for number, way in enumerate(channel.ways(shop.external_id, first)):
            ref = parcel_of(buy(simulator, shop.external_id, lines=ONE)) if number else first
            channel.arrange(shop.external_id, ref, answer(way))
            assert parcel(channel, shop.external_id, ref).arranged
            sent += 1
    assert sent >= account.shops.count() > 1
    assert len(books(simulator, "arranged")) == sent
    assert codes(simulator) == []


# Arranged once


def test_what_is_arranged_already_is_looked_at_and_then_no_error(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    channel.arrange(shop, ref, DROPOFF)
    assert parcel(channel, shop, ref).arranged
    assert parcel(channel, shop, ref).platform_status == "LOGISTICS_READY"
    before = calls(simulator)
    channel.arrange(shop, ref, DROPOFF)
    channel.arrange(shop, ParcelRef(order_id=ref.order_id), DROPOFF)  # without the package's number, too
    made = calls(simulator) - before
    assert (made["logistics.ship_order"], made["order.get_package_detail"], made["order.get_order_detail"]) == (2, 2, 1)
    assert len(books(simulator, "arranged")) == 1
    assert codes(simulator) == ["logistics.package_already_shipped"] * 2


def test_already_arranged_is_an_error_where_it_is_not_so(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    refuse(simulator, "logistics.ship_order", "logistics.package_already_shipped")
    with pytest.raises(Duplicate):
        channel.arrange(shop, ref, DROPOFF)
    assert books(simulator, "arranged") == []


def test_packages_of_a_split_order_are_named_and_only_they(simulator, channel, shop):
    bought = buy(simulator, shop, lines=TWO)
    first, second = split(channel, shop, bought)
    with pytest.raises(Invalid) as caught:
        channel.arrange(shop, ParcelRef(order_id=bought["order_sn"], is_split=True), DROPOFF)
    assert caught.value.field == "package_id"
    channel.arrange(shop, second, DROPOFF)
    assert [one.arranged for one in channel.parcels(shop, [first.package_id, second.package_id])] == [False, True]
    assert [entry["package_number"] for entry in books(simulator, "arranged")] == [second.package_id]


def test_what_shopee_sends_itself_is_refused(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE, advance=True))
    with pytest.raises(Rejected, match="advance stock"):
        channel.arrange(shop, ref, DROPOFF)
    assert books(simulator, "arranged") == []


def test_a_failed_pick_up_is_arranged_again_at_another_time(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    pickup = next(way for way in channel.ways(shop, ref) if way.kind == "pickup")
    place, slots = pickup.places[0].external_id, pickup.places[0].slots
    how = [Arrangement(kind="pickup", place_id=place, slot_id=slot.external_id) for slot in slots[:2]]
    channel.arrange(shop, ref, how[0])
    clock.sleep(61)
    with pytest.raises(Rejected, match="whose pick-up failed"):
        channel.rearrange(shop, ref, how[1])
    advance(simulator, ref.package_id, "LOGISTICS_PICKUP_RETRY")
    assert channel.orders(shop, [ref.order_id]).orders[0].stage == "retry"
    assert parcel(channel, shop, ref).can_ship
    with pytest.raises(Rejected, match="those of before"):
        channel.rearrange(shop, ref, how[0])
    channel.rearrange(shop, ref, how[1])
    assert parcel(channel, shop, ref).arranged
    assert [entry["pickup_time_id"] for entry in books(simulator, "rearranged")] == [slots[1].external_id]
    with pytest.raises(Invalid):
        channel.rearrange(shop, ref, DROPOFF)


# Tracking numbers


def test_a_number_takes_its_time_and_shopee_says_so(simulator, channel, shop):
    ref = parcel_of(buy(simulator, shop, lines=ONE))
    channel.arrange(shop, ref, DROPOFF)
    (told,) = channel.tracking_numbers(shop, [ref])
    assert (told.done, told.text) == (True, "")
    assert "being generated" in told.reason
    clock.sleep(61)
    (told,) = channel.tracking_numbers(shop, [ref])
    assert told.text == books(simulator, "tracking_numbers")[0]["tracking_number"]
    assert parcel(channel, shop, ref).tracking_number == told.text


def test_many_numbers_come_in_few_calls_whatever_their_channels(simulator, channel, shop, merchant):
    usual, other, *_more = (carrier.external_id for carrier in marketplace_for(merchant).carriers(shop))
    bought = [
        *buy_many(simulator, shop, 3, lines=ONE, channel_id=int(usual)),
        *buy_many(simulator, shop, 2, lines=ONE, channel_id=int(other)),
    ]
    refs = [parcel_of(order) for order in bought]
    for ref in refs:
        channel.arrange(shop, ref, DROPOFF)
    clock.sleep(61)
    before = calls(simulator)
    told = channel.tracking_numbers(shop, [*refs, ParcelRef(order_id="NOSUCH", package_id="OFG0")])
    numbers = {entry["package_number"]: entry["tracking_number"] for entry in books(simulator, "tracking_numbers")}
    assert [one.text for one in told] == [numbers[ref.package_id] for ref in refs] + [""]
    assert (told[-1].done, told[-1].code) == (False, "order_not_exist")
    made = calls(simulator) - before
    assert (made["logistics.get_mass_tracking_number"], made["logistics.get_tracking_number"]) == (2, 1)


def test_numbers_that_are_not_there_yet_are_asked_for_once(simulator, channel, shop):
    refs = [parcel_of(order) for order in buy_many(simulator, shop, 3, lines=ONE)]
    for ref in refs:
        channel.arrange(shop, ref, DROPOFF)
    told = channel.tracking_numbers(shop, refs)
    assert [(one.done, one.text) for one in told] == [(True, "")] * 3
    assert all("being generated" in one.reason for one in told)
    made = calls(simulator)
    assert (made["logistics.get_mass_tracking_number"], made["logistics.get_tracking_number"]) == (1, 0)


def test_parcels_known_by_their_order_alone_are_asked_for_one_by_one(simulator, channel, shop):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    (told,) = channel.tracking_numbers(shop, [ParcelRef(order_id=ref.order_id)])
    assert (told.text, told.order_id) == (ref.tracking_number, ref.order_id)


# Documents


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [("pdf", "application/pdf", b"%PDF"), ("zip", "application/zip", b"PK"), ("html", "text/html", b"<html>")],
)
def test_a_document_is_requested_waited_for_and_loaded(simulator, channel, shop, form, kind, start):
    pace(simulator, document_format=form)
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    (suggested,) = channel.document_types(shop, [ref])
    ref = ParcelRef(**{name: getattr(ref, name) for name in ref.__slots__} | {"document_type": suggested.text})
    with pytest.raises(NotFound, match="Request it first"):
        channel.download_document(shop, ref)
    assert [(one.done, one.text) for one in channel.documents_ready(shop, [ref])] == [(False, "failed")]
    assert [one.done for one in channel.request_documents(shop, [ref])] == [True]
    assert [(one.done, one.text) for one in channel.documents_ready(shop, [ref])] == [(True, "pending")]
    with pytest.raises(Unavailable):
        channel.download_document(shop, ref)
    clock.sleep(21)
    assert [one.text for one in channel.documents_ready(shop, [ref])] == ["ready"]
    label = channel.download_document(shop, ref)
    assert (label.content_type, label.content[: len(start)]) == (kind, start)
    assert [entry["bytes"] for entry in books(simulator, "document_downloads")] == [len(label.content)]


def test_each_parcel_has_its_own_outcome(simulator, channel, shop):
    ready = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    early = parcel_of(buy(simulator, shop, lines=ONE))
    told = channel.request_documents(shop, [early, ready])
    assert [(one.order_id, one.done, one.code) for one in told] == [
        (early.order_id, False, "order_status_error"),
        (ready.order_id, True, ""),
    ]
    assert "after shipping is arranged" in told[0].reason
    assert "Shopee says: logistics.order_status_error" in told[0].reason
    (alone,) = channel.request_documents(shop, [early])  # all of a call failed: told in the same way
    assert (alone.done, alone.code) == (False, "order_status_error")
    assert len(books(simulator, "documents")) == 1


def test_documents_of_a_split_order_are_told_apart(simulator, channel, shop):
    refs = split(channel, shop, buy(simulator, shop, lines=TWO))
    channel.arrange(shop, refs[1], DROPOFF)
    clock.sleep(61)
    (number,) = channel.tracking_numbers(shop, refs[1:])
    second = ParcelRef(
        order_id=refs[1].order_id, package_id=refs[1].package_id, is_split=True, tracking_number=number.text
    )
    told = channel.request_documents(shop, [refs[0], second])
    assert [(one.package_id, one.done) for one in told] == [(refs[0].package_id, False), (second.package_id, True)]


def test_a_document_that_failed_and_one_for_another_number_are_requested_again(simulator, channel, shop):
    pace(simulator, failing_documents=1)
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    channel.request_documents(shop, [ref])
    clock.sleep(21)
    (told,) = channel.documents_ready(shop, [ref])
    assert (told.done, told.text, told.code) == (False, "failed", "package_print_failed")
    channel.request_documents(shop, [ref])
    clock.sleep(21)
    assert channel.documents_ready(shop, [ref])[0].text == "ready"
    advance(simulator, ref.package_id, "NEW_TRACKING_NUMBER")
    (told,) = channel.documents_ready(shop, [ref])
    assert (told.text, told.code) == ("failed", "shipping_document_should_print_first")
    (told,) = channel.request_documents(shop, [ref])
    assert (told.done, told.code) == (False, "tracking_number_invalid")


# On the way


def test_a_parcel_is_followed_to_the_door(simulator, channel, shop):
    pace(simulator, delivery_seconds=1000)
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    seen = []
    advance(simulator, ref.package_id, "LOGISTICS_PICKUP_DONE")
    for seconds in (0, 201, 300, 400, 100):
        clock.sleep(seconds)
        found = channel.track(shop, ref)
        seen.append((found.status, found.package_status))
    assert seen == [(1, "picked_up"), (1, "in_transit"), (1, "in_transit"), (10, "out_for_delivery"), (12, "delivered")]
    assert found.delivered_at == found.checkpoints[-1].at
    assert found.tracking_number == ref.tracking_number
    assert [one.at for one in found.checkpoints] == sorted(one.at for one in found.checkpoints)


def test_a_parcel_that_is_not_arranged_has_no_events(simulator, channel, shop):
    found = channel.track(shop, parcel_of(buy(simulator, shop, lines=ONE)))
    assert (found.status, found.package_status, found.checkpoints) == (0, "processing", ())


# First mile


def today():
    return datetime.fromtimestamp(clock.now(), UTC).date().isoformat()


def number_of(channel, shop):
    (number,) = channel.first_mile_numbers(shop, declared_on="2027-01-05", count=1, seller={})
    return number


def bound(simulator):
    return [(entry["number"], entry["package_number"]) for entry in books(simulator, "first_mile_bindings")]


def test_first_mile_is_for_shops_of_china_and_korea_that_may_use_it(simulator, channel, shop, plain_shop):
    assert channel.needs_first_mile(shop)
    lonely = plain_shop.shops.get().external_id
    assert not gateway_for(plain_shop).needs_first_mile(lonely)
    simulator.control("change", platform="shopee", first_mile={"shop_id": int(shop), "right": False})
    assert not channel.needs_first_mile(shop)
    with pytest.raises(Rejected, match="may not use first mile"):
        number_of(channel, shop)


def test_parcels_go_under_a_number_and_are_fetched_with_it(simulator, channel, shop):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    early = parcel_of(buy(simulator, shop, lines=ONE))
    number = number_of(channel, shop)
    assert channel.first_mile_of(shop, number).platform_status == "NOT_AVAILABLE"
    told = channel.bind_first_mile(shop, number, [ref, early], method="pickup", region="CN")
    assert [(one.done, one.code) for one in told] == [(True, ""), (False, "invalid_order_status")]
    found = channel.first_mile_of(shop, number)
    assert (found.number, found.method, found.declared_on) == (number, "pickup", "2027-01-05")
    advance(simulator, number, "PICKED_UP")
    assert channel.first_mile_of(shop, number).platform_status == "PICKED_UP"
    assert channel.orders(shop, [ref.order_id]).orders[0].stage == "shipped"
    assert bound(simulator) == [(number, ref.package_id)]


def test_bound_to_this_number_already_is_done_and_to_another_is_not(simulator, channel, shop):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    number, other = number_of(channel, shop), number_of(channel, shop)
    channel.bind_first_mile(shop, number, [ref], method="pickup", region="CN")
    (again,) = channel.bind_first_mile(shop, number, [ref], method="pickup", region="CN")
    assert (again.done, again.code, again.reason) == (True, "", "")
    (told,) = channel.bind_first_mile(shop, other, [ref], method="pickup", region="CN")
    assert not told.done
    assert "under another first-mile number" in told.reason
    assert bound(simulator) == [(number, ref.package_id)]


def test_a_korean_sellers_number_is_korean(simulator, virtual_time, db):
    mains = simulator.look("world")["shopee"]["main_accounts"]
    merchants = [merchant["region"] for main in mains for merchant in main["merchants"]]
    account = connect_merchant(simulator, which=merchants.index("KR"))
    channel, shop = gateway_for(account), account.shops.order_by("pk")[0].external_id
    assert channel.needs_first_mile(shop)
    ref, number = parcel_of(buy(simulator, shop, lines=ONE)), number_of(channel, shop)
    channel.arrange(shop, ref, answer(channel.ways(shop, ref)[0]))
    clock.sleep(61)
    assert number.startswith("KRF")
    assert [one.done for one in channel.bind_first_mile(shop, number, [ref], method="pickup", region="")] == [True]
    assert bound(simulator) == [(number, ref.package_id)]


def test_who_brings_parcels_himself_names_no_carrier(simulator, channel, shop):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    (told,) = channel.bind_first_mile(shop, number_of(channel, shop), [ref], method="self_deliver", region="cn")
    assert told.done
    assert [entry["method"] for entry in books(simulator, "first_mile_bindings")] == ["self_deliver"]


def test_who_sends_parcels_by_a_carrier_names_it_and_the_warehouse(simulator, channel, shop):
    ref = arranged(channel, shop, buy(simulator, shop, lines=ONE))
    with pytest.raises(Invalid, match=r"carrier_id must be one of 1001 \(SF Express\), 1002 \(ZTO Express\)") as caught:
        channel.bind_first_mile(shop, "SF1234567890", [ref], method="dropoff", region="CN")
    assert caught.value.field == "carrier_id"
    with pytest.raises(Invalid, match=r"SZX01 \(Shenzhen\), DGV01") as caught:
        channel.bind_first_mile(shop, "SF1234567890", [ref], method="dropoff", region="CN", carrier_id="1001")
    assert caught.value.field == "place_id"
    assert bound(simulator) == []
    (told,) = channel.bind_first_mile(
        shop, "SF1234567890", [ref], method="dropoff", region="CN", carrier_id="1001", place_id="DGV01"
    )
    assert told.done
    assert bound(simulator) == [("SF1234567890", ref.package_id)]


def test_there_are_twenty_numbers_a_day(simulator, channel, shop):
    assert len(channel.first_mile_numbers(shop, declared_on="2027-01-05", count=20, seller={})) == 20
    with pytest.raises(Rejected, match="20 first-mile numbers for one day"):
        number_of(channel, shop)
    assert len(books(simulator, "first_mile_numbers")) == 20
