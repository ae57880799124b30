"""Shopee's orders and packages as dataclasses: the printed answers, and what else may come."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.errors import Invalid
from integrations.shopee.order_mappers import STAGES, from_line_id, to_address, to_order, to_split
from integrations.shopee.parcel_mappers import EVENTS, STATUSES, to_parcel, to_shipment, to_track, to_ways
from integrations.shopee.parsing import UnreadableRecord
from integrations.sold import AddressData, Arrangement, PackageLineData, ParcelRef, Slot
from orders.machines import PackageStatus

from . import payloads

LINE = "1099283001:10004405040:1099283001:0"
# The statuses and events as they are documented.
ORDER_STATUSES = (
    "UNPAID PENDING INVOICE_PENDING READY_TO_SHIP PROCESSED RETRY_SHIP SHIPPED TO_CONFIRM_RECEIVE IN_CANCEL CANCELLED "
    "TO_RETURN COMPLETED"
)
PACKAGE_STATUSES = (
    "NOT_START READY REQUEST_CREATED PICKUP_RETRY PICKUP_DONE DELIVERY_DONE INVALID REQUEST_CANCELED PICKUP_FAILED "
    "DELIVERY_FAILED LOST PENDING_ARRANGE COD_REJECTED"
)
SILENT = "UPDATE UPDATE_SUBMITTED UPDATE_CREATED FAILED_UPDATE_SUBMITTED FAILED_UPDATE_CREATED FAILED_CANCEL_CREATED"


def printed():
    return deepcopy(payloads.body("order.get_order_detail")["response"]["order_list"][0])


def order(**changes):
    return to_order(printed() | changes, "601306001")


def item(**changes):
    return printed()["item_list"][0] | changes


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def test_the_printed_order():
    found = order()
    assert (found.external_id, found.shop_id, found.stage) == ("2501105ABCDEF1", "601306001", "open")
    assert (found.platform_status, found.currency, found.total) == ("READY_TO_SHIP", "MYR", Decimal("34.8"))
    assert (found.ordered_at, found.paid_at, found.changed_at) == (at(1767226000), at(1767226050), at(1767226100))
    assert found.ship_by == at(1767398900)
    assert (found.ships, found.is_split, found.cash_on_delivery, found.oddities) == ("seller", False, False, ())
    (line,) = found.lines
    assert (line.external_id, line.item_id, line.model_id) == (LINE, "1099283001", "10004405040")
    assert (line.sku, line.name, line.variant_name) == ("TOTE-38-RED", "Beg tote kapas 38cm", "Merah")
    assert (line.quantity, line.cancelled, line.returned) == (1, 0, 0)
    assert (line.price, line.list_price, line.weight_g) == (Decimal("29.9"), Decimal("29.9"), Decimal(350))
    assert (line.bundle_id, line.place_id) == ("", "CNZ")
    (package,) = found.packages
    assert (package.external_id, package.status) == ("OFG190000000000001", "processing")
    assert (package.platform_status, package.carrier_id) == ("LOGISTICS_READY", "28016")
    assert package.lines == (PackageLineData(line_id=LINE, quantity=1),)
    assert (package.can_ship, package.arranged, package.ship_by) == (True, False, found.ship_by)
    assert found.address == AddressData(
        name="M***x", phone="******20", lines=("******",), city="Asajaya", state="Sarawak", zip_code="40009",
        country_code="MY", masked=True,
    )  # fmt: skip


def test_every_documented_status_means_something():
    assert set(STAGES) == set(ORDER_STATUSES.split())
    assert set(STATUSES) == {f"LOGISTICS_{word}" for word in PACKAGE_STATUSES.split()}
    assert set(STATUSES.values()) <= set(PackageStatus.values)
    assert set(EVENTS.values()) == {0, 1, 10, 12, 13, 14}
    assert not set(EVENTS) & set(SILENT.split())


def test_an_unknown_status_is_kept_as_it_came_and_means_nothing():
    row = printed() | {"order_status": "AWAITING_DRONE"}
    row["package_list"][0]["logistics_status"] = "LOGISTICS_IN_ORBIT"
    found = to_order(row, "1")
    assert (found.stage, found.platform_status) == ("", "AWAITING_DRONE")
    assert (found.packages[0].status, found.packages[0].platform_status) == ("", "LOGISTICS_IN_ORBIT")
    assert not found.packages[0].can_ship
    assert found.oddities == ("order_status:unknown", "logistics_status:unknown")


def test_an_order_without_a_number_is_set_aside():
    with pytest.raises(UnreadableRecord):
        order(order_sn="")


@pytest.mark.parametrize(
    ("changes", "ships", "odd"),
    [
        ({"fulfillment_flag": "fulfilled_by_local_seller"}, "seller", ()),
        ({"fulfillment_flag": ""}, "seller", ()),
        ({"fulfillment_flag": "fulfilled_by_shopee"}, "platform", ()),
        ({"fulfillment_flag": "fulfilled_by_robots"}, "platform", ("fulfillment_flag:unknown",)),
        ({"advance_package": True}, "platform", ()),
        ({"booking_sn": "B2501105ABCDEF1"}, "platform", ()),
    ],
)
def test_what_shopee_sends_is_not_ours_to_ship(changes, ships, odd):
    found = order(**changes)
    assert (found.ships, found.oddities) == (ships, odd)
    assert found.packages[0].can_ship is (ships == "seller")


def test_an_order_whose_buyer_wants_to_cancel_can_not_be_shipped():
    found = order(order_status="IN_CANCEL", buyer_cancel_reason="Too late")
    assert (found.stage, found.cancel_reason) == ("cancelling", "Too late")
    assert not found.packages[0].can_ship


def test_what_was_cancelled_and_returned_of_a_line():
    (line,) = order(item_list=[item(model_quantity_purchased=5, cancelled_qty=2, returned_qty=1)]).lines
    assert (line.quantity, line.cancelled, line.returned) == (5, 2, 1)


def test_model_0_is_no_variant_and_the_items_sku_counts():
    (line,) = order(item_list=[item(model_id=0, model_sku="", model_name="")]).lines
    assert (line.model_id, line.sku, line.external_id) == ("", "TOTE-38", "1099283001:0:1099283001:0")


@pytest.mark.parametrize(
    ("place", "first", "kept"), [("CNZ", "CNZ", None), (["CNZ", "MYZ"], "CNZ", ["CNZ", "MYZ"]), (["CNZ"], "CNZ", None)]
)
def test_the_place_comes_as_a_text_or_a_list(place, first, kept):
    (line,) = order(item_list=[item(product_location_id=place)]).lines
    assert (line.place_id, line.facts.get("places")) == (first, kept)


def test_what_is_null_or_missing_is_none():
    found = to_order({"order_sn": "X", "order_status": "UNPAID", "item_list": None, "pay_time": None}, "1")
    assert (found.lines, found.packages, found.paid_at, found.total) == ((), (), None, None)
    assert found.oddities == ("item_list:empty",)
    assert not found.address.masked


def test_a_bundles_lines_share_its_id_and_have_no_price_of_their_own():
    bundle = {
        "order_item_id": 77,
        "promotion_group_id": 3,
        "promotion_type": "bundle_deal",
        "model_discounted_price": 0,
    }
    found = order(item_list=[item(**bundle), item(item_id=5, model_id=0, **bundle), item()]).lines
    assert [line.bundle_id for line in found] == ["bundle:77:3", "bundle:77:3", ""]
    assert [line.price for line in found] == [None, None, Decimal("29.9")]
    assert len({line.external_id for line in found}) == 3


def test_an_add_on_deal_stays_together_and_a_gift_costs_nothing():
    deal = {"add_on_deal": True, "add_on_deal_id": 9}
    gift = item(item_id=5, model_id=0, order_item_id=5, model_discounted_price=0, **deal)
    found = order(item_list=[item(**deal), gift]).lines
    assert [line.bundle_id for line in found] == ["deal:9:0", "deal:9:0"]
    assert found[1].price == 0


def test_two_variants_of_one_item_may_travel_alone():
    found = order(item_list=[item(), item(model_id=10004405041)]).lines
    assert [line.bundle_id for line in found] == ["", ""]


def test_lines_that_shopee_does_not_tell_apart_have_ids_of_their_own_and_share_what_is_packed():
    row = printed()
    row["item_list"] = [item(model_quantity_purchased=2), item(model_quantity_purchased=3)]
    row["package_list"][0]["item_list"][0]["model_quantity"] = 5
    found = to_order(row, "1")
    assert [line.external_id for line in found.lines] == [LINE, f"{LINE}:2"]
    assert [(line.line_id, line.quantity) for line in found.packages[0].lines] == [(LINE, 2), (f"{LINE}:2", 3)]
    assert from_line_id(f"{LINE}:2") == from_line_id(LINE)


def test_a_split_orders_pieces_go_to_the_lines_they_are_of():
    row = printed()
    row["item_list"].append(item(item_id=843019657, model_id=0, order_item_id=843019657, model_quantity_purchased=2))
    row["package_list"].append(
        row["package_list"][0]
        | {
            "package_number": "OFG190000000000002",
            "item_list": [{"item_id": 843019657, "model_id": 0, "model_quantity": 2}],  # as short as some come
        }
    )
    found = to_order(row, "1")
    assert found.is_split
    assert [package.lines for package in found.packages] == [
        (PackageLineData(line_id=LINE, quantity=1),),
        (PackageLineData(line_id="843019657:0:843019657:0", quantity=2),),
    ]


def test_a_packed_piece_that_is_of_no_line_is_kept_and_noted():
    row = printed()
    row["package_list"][0]["item_list"][0]["item_id"] = 4
    found = to_order(row, "1")
    assert found.packages[0].lines == (PackageLineData(line_id="4:10004405040:1099283001:0", quantity=1),)
    assert found.oddities == ("package_list:strange-item",)


@pytest.mark.parametrize(
    ("hidden", "masked"),
    [
        ({"name": "Lim", "phone": "60123", "full_address": "1 Road", "city": "Asajaya"}, False),
        ({"name": "L*m", "phone": "60123", "full_address": "1 Road"}, False),
        ({"name": "Lim", "phone": "****", "full_address": "1 Road"}, True),
        ({"name": "Lim", "full_address": "1 Road", "city": "****"}, True),
    ],
)
def test_an_address_is_masked_where_a_part_of_it_is(hidden, masked):
    assert to_address(hidden).masked is masked


def test_customs_declaration_counts_once_a_package_has_its_number():
    assert "goods_to_declare" not in order(goods_to_declare=False).facts
    row = printed() | {"goods_to_declare": True, "order_status": "PROCESSED"}
    row["package_list"][0]["logistics_status"] = "LOGISTICS_REQUEST_CREATED"
    assert to_order(row, "1").facts["goods_to_declare"] is True


ODD = [
    None,
    "",
    "0",
    [],
    {},
    [None],
    [[]],
    {"a": 1},
    True,
    -1,
    0,
    2**80,
    1.5,
    float("nan"),
    "a\x00b",
    "x" * 9000,
    "12 kg",
]


def places_in(data, path=()):
    """Return where something stands in nested JSON."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [place for key, value in items for place in [(*path, key), *places_in(value, (*path, key))]]


@pytest.mark.parametrize("place", [place for place in places_in(printed()) if place != ("order_sn",)], ids=str)
def test_whatever_stands_in_a_field_the_rest_of_the_order_is_read(place):
    for odd in ODD:
        row = printed()
        inner = row
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = odd
        found = to_order(row, "1")
        assert found.external_id == "2501105ABCDEF1"
        assert len({line.external_id for line in found.lines}) == len(found.lines)
        json.dumps([found.facts, *(one.facts for one in (*found.lines, *found.packages))], allow_nan=False)
        assert "\x00" not in repr(found)


# Packages


@pytest.mark.parametrize(
    ("status", "flag", "arranged", "can_ship"),
    [
        ("LOGISTICS_NOT_START", False, False, False),
        ("LOGISTICS_READY", False, False, True),
        ("LOGISTICS_READY", True, True, False),  # the number is being made: not to be arranged again
        ("LOGISTICS_REQUEST_CREATED", None, True, False),
        ("LOGISTICS_PICKUP_RETRY", False, False, True),
        ("LOGISTICS_PICKUP_DONE", None, True, False),
        ("LOGISTICS_REQUEST_CANCELED", True, False, False),
    ],
)
def test_a_package_that_was_arranged_is_not_to_be_arranged_again(status, flag, arranged, can_ship):
    row = {"package_number": "OFG1", "fulfillment_status": status, "is_shipment_arranged": flag}
    found = to_parcel(row)
    assert (found.arranged, found.can_ship) == (arranged, can_ship)


def test_a_held_package_can_not_be_shipped():
    row = {"package_number": "OFG1", "fulfillment_status": "LOGISTICS_READY", "pending_terms": ["KYC_PENDING"]}
    assert not to_parcel(row).can_ship
    assert to_parcel({"package_number": "", "fulfillment_status": "LOGISTICS_READY"}) is None


def test_a_package_names_the_orders_lines():
    piece = {"item_id": 1099283001, "model_id": 10004405040, "order_item_id": 1099283001, "promotion_group_id": 0}
    found = to_parcel({"package_number": "OFG1", "item_list": [piece | {"model_quantity": 2}], "can_split_order": True})
    assert found.lines == (PackageLineData(line_id=LINE, quantity=2),)
    assert found.can_split


# Splitting


def test_a_split_names_lines_and_quantities_only_where_a_line_is_divided():
    parts = [[PackageLineData(line_id=LINE, quantity=1)], [PackageLineData(line_id="5:0:5:0", quantity=2)]]
    whole = {"item_id": 1099283001, "model_id": 10004405040, "order_item_id": 1099283001, "promotion_group_id": 0}
    other = {"item_id": 5, "model_id": 0, "order_item_id": 5, "promotion_group_id": 0}
    assert to_split(parts) == [{"item_list": [whole]}, {"item_list": [other]}]
    divided = to_split([*parts, [PackageLineData(line_id=LINE, quantity=3)]])
    assert [one["item_list"][0].get("model_quantity") for one in divided] == [1, None, 3]


def test_a_line_id_that_is_none_is_named():
    with pytest.raises(Invalid) as caught:
        from_line_id("soup")
    assert caught.value.field == "line_id"


# Ways to ship


def test_the_printed_ways():
    dropoff, pickup = to_ways(payloads.body("logistics.get_shipping_parameter")["response"])
    assert (dropoff.kind, dropoff.needs, dropoff.places) == ("dropoff", (), ())
    assert (pickup.kind, pickup.needs) == ("pickup", ("place_id", "slot_id"))
    (place,) = pickup.places
    assert (place.external_id, place.is_default) == ("2826", True)
    assert place.slots == (Slot(external_id="1767312000", text="2026-01-02", date=at(1767312000), recommended=True),)


def test_without_times_none_is_asked_for():
    address = {"address_id": 1, "time_slot_list": None}
    (way,) = to_ways(
        {"info_needed": {"pickup": ["address_id", "pickup_time_id"]}, "pickup": {"address_list": [address]}}
    )
    assert way.needs == ("place_id",)
    (way,) = to_ways({"info_needed": {"pickup": ["address_id"]}, "pickup": {"address_list": None}})
    assert (way.needs, way.places) == (("place_id",), ())


def test_a_carriers_code_is_asked_for_where_there_is_a_choice():
    told = {"info_needed": {"dropoff": []}, "dropoff": {"slug_list": [{"slug": "hilife", "slug_name": "Hi-Life"}]}}
    (way,) = to_ways(told)
    assert (way.needs, way.carriers) == (("carrier_code",), (("hilife", "Hi-Life"),))


def test_the_other_names_of_what_is_asked_for():
    needs = {"dropoff": ["branch_id", "sender_real_name"], "non_integrated": ["tracking_no"], "pickup": None}
    found = {way.kind: way.needs for way in to_ways({"info_needed": needs})}
    assert found == {"dropoff": ("branch_id", "sender_name"), "own": ("tracking_number",), "pickup": ()}


@pytest.mark.parametrize(
    ("how", "sent"),
    [
        (Arrangement(kind="dropoff"), ("dropoff", {})),
        (Arrangement(kind="dropoff", carrier_code="hilife"), ("dropoff", {"slug": "hilife"})),
        (
            Arrangement(kind="dropoff", branch_id="7", sender_name="Li Na"),
            ("dropoff", {"branch_id": 7, "sender_real_name": "Li Na"}),
        ),
        (Arrangement(kind="pickup", place_id="2826"), ("pickup", {"address_id": 2826})),
        (
            Arrangement(kind="pickup", place_id="2826", slot_id="1767312000"),
            ("pickup", {"address_id": 2826, "pickup_time_id": "1767312000"}),
        ),
        (Arrangement(kind="own", tracking_number="SF1"), ("non_integrated", {"tracking_number": "SF1"})),
    ],
)
def test_an_arrangement_is_one_way_and_nothing_empty(how, sent):
    assert to_shipment(how) == sent


@pytest.mark.parametrize(
    ("how", "field"),
    [
        (Arrangement(kind="own"), "tracking_number"),
        (Arrangement(kind="balloon"), "kind"),
        (Arrangement(kind="pickup", place_id="here"), "place_id"),
    ],
)
def test_an_arrangement_that_can_not_be_is_named(how, field):
    with pytest.raises(Invalid) as caught:
        to_shipment(how)
    assert caught.value.field == field


# On the way

REF = ParcelRef(order_id="2501105ABCDEF1", tracking_number="MY200448706479IT")


def event(seconds, word, text="…"):
    return {"update_time": 1767300000 + seconds, "description": text, "logistics_status": word}


def tracked(status, *events, **more):
    return to_track({"logistics_status": status, "tracking_info": list(events), **more}, REF)


def test_nothing_is_known_before_there_is_an_event():
    found = to_track({"logistics_status": "LOGISTICS_REQUEST_CREATED", "tracking_info": None}, REF)
    assert (found.status, found.package_status, found.checkpoints) == (0, "ready_for_pickup", ())
    assert found.tracking_number == "MY200448706479IT"


@pytest.mark.parametrize(
    ("status", "words", "number", "package_status"),
    [
        ("LOGISTICS_PICKUP_DONE", ["PICKED_UP"], 1, "picked_up"),
        ("LOGISTICS_PICKUP_DONE", ["PICKED_UP", "PICKED_UP"], 1, "in_transit"),
        ("LOGISTICS_PICKUP_DONE", ["PICKED_UP", "DELIVERY_PENDING"], 10, "out_for_delivery"),
        ("LOGISTICS_PICKUP_DONE", ["PICKED_UP", "DELIVERY_PENDING", "FAILED_DELIVERED"], 13, "out_for_delivery"),
        ("LOGISTICS_PICKUP_DONE", ["PICKED_UP", "UPDATE", "SOMETHING_NEW"], 1, "picked_up"),
        ("LOGISTICS_DELIVERY_DONE", ["PICKED_UP", "DELIVERED"], 12, "delivered"),
        ("LOGISTICS_DELIVERY_DONE", ["PICKED_UP"], 12, "delivered"),
        ("LOGISTICS_LOST", ["PICKED_UP"], 13, "failed"),
        ("LOGISTICS_REQUEST_CANCELED", ["ORDER_CREATED", "CANCELED"], 13, "cancelled"),
        ("LOGISTICS_IN_ORBIT", ["PICKED_UP"], 1, ""),
    ],
)
def test_where_a_parcel_is(status, words, number, package_status):
    events = [event(seconds, word) for seconds, word in enumerate(words)]
    for found in (tracked(status, *events), tracked(status, *reversed(events))):
        assert (found.status, found.package_status) == (number, package_status)
        assert [one.platform_status for one in found.checkpoints] == words


def test_a_parcel_that_comes_back():
    back = [{"update_time": 1767300900, "description": "On its way back"}]
    found = tracked("LOGISTICS_DELIVERY_FAILED", event(1, "FAILED_DELIVERED"), reversed_tracking_info=back)
    assert (found.status, found.package_status) == (14, "failed")
    assert [one.status for one in found.checkpoints] == [13, 14]
    assert found.delivered_at is None


def test_when_it_was_delivered():
    assert tracked("LOGISTICS_DELIVERY_DONE", event(5, "DELIVERED")).delivered_at == at(1767300005)
