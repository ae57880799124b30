"""shopee.md §3.9: shipments arranged once, in one of the ways that are offered; numbers and checkpoints."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.integrations.simulator.shopee_callers import seller
from tests.integrations.simulator.shopee_traders import DAY, HOUR, NOON, Trader, plain_trader, trader

MIDNIGHT = NOON + 12 * HOUR


@pytest.fixture
def shop(simulator):
    """Return the Chinese merchant's shop in Malaysia."""
    return trader(simulator)


@pytest.fixture
def plain(simulator):
    return plain_trader(simulator)


def parameter(shop, sn, **params):
    return shop.get("logistics.get_shipping_parameter", order_sn=sn, **params)


def pickup(shop, sn):
    """Return a pick-up at the first address and the recommended time."""
    (address,) = parameter(shop, sn)["response"]["pickup"]["address_list"]
    (slot,) = (one for one in address["time_slot_list"] if "recommended" in one["flags"])
    return {"address_id": address["address_id"], "pickup_time_id": slot["pickup_time_id"]}


# Parameters


def test_parameter_has_a_key_for_each_way(shop):
    told = parameter(shop, shop.order())["response"]
    assert told["info_needed"] == {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]}
    assert told["dropoff"] == {"branch_list": None}
    (address,) = told["pickup"]["address_list"]
    assert (address["region"], address["address_flag"][:2]) == ("CN", ["default_address", "pickup_address"])
    slots = [(one["date"], one["pickup_time_id"], one["flags"]) for one in address["time_slot_list"]]
    assert slots == [
        (MIDNIGHT, str(MIDNIGHT), ["recommended"]),
        (MIDNIGHT + DAY, str(MIDNIGHT + DAY), []),
        (MIDNIGHT + 2 * DAY, str(MIDNIGHT + 2 * DAY), []),
    ]


@pytest.mark.parametrize(
    ("region", "needed"),
    [
        ("TW", {"dropoff": ["slug"]}),
        ("VN", {"pickup": ["address_id"]}),
        ("BR", {"dropoff": []}),
        ("SG", {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]}),
    ],
)
def test_markets_ship_in_their_own_ways(shop, region, needed):
    other = shop.sibling(region)
    sn = other.order(lines=[{"unknown": True}])
    assert parameter(other, sn)["response"]["info_needed"] == needed


def test_stock_abroad_ships_from_there_without_first_mile(simulator):
    owner = seller(simulator, merchant=1)
    for region, needed in (("TH", {"dropoff": ["branch_id", "sender_real_name"]}), ("PH", {"dropoff": ["branch_id"]})):
        other = Trader(owner, owner.shops[region])
        sn = other.order(lines=[{"unknown": True}])
        told = parameter(other, sn)["response"]
        assert told["info_needed"]["dropoff"] == needed["dropoff"]
        body = {"branch_id": told["dropoff"]["branch_list"][0]["branch_id"], "sender_real_name": "Li Lei"}
        assert other.ship(sn, dropoff=body) == ""
        other.wait(60)
        other.wait(6 * HOUR)
        assert other.status(sn)[0] == "SHIPPED"


def test_parameter_waits_for_payment_and_ends_with_the_arrangement(shop):
    unpaid, sn = shop.order(paid=False), shop.order()
    early = parameter(shop, unpaid)
    assert early["message"] == "The order is being allocated, please wait until the allocate is completed."
    assert shop.ship(sn) == ""
    assert parameter(shop, sn)["error"].endswith("error_status")
    assert parameter(shop, "X")["error"] == "logistics.order_not_exist"
    assert parameter(shop, sn, package_number="OFG1")["error"] == "logistics.package_number_not_exist"


def test_addresses_are_listed_and_configured(shop):
    (before,) = shop.get("logistics.get_address_list")["response"]["address_list"]
    assert before["address_type"] == [
        "DEFAULT_ADDRESS",
        "PICK_UP_ADDRESS",
        "RETURN_ADDRESS",
        "FIRST_MILE_PICKUP_ADDRESS",
    ]
    config = {"address_id": before["address_id"], "address_type": ["PICKUP_ADDRESS"]}
    assert (
        shop.post("logistics.set_address_config", show_pickup_address=False, address_type_config=config)["error"] == ""
    )
    assert shop.get("logistics.get_address_list")["response"]["show_pickup_address"] is False
    wrong = {**config, "address_type": ["PICK_UP_ADDRESS"]}
    assert shop.post("logistics.set_address_config", address_type_config=wrong)["error"].endswith("error_param")


# Arranging


def test_number_takes_its_time_and_nobody_may_ship_twice(shop):
    sn = shop.order()
    assert shop.number(sn) == ""
    reply = shop.post("logistics.ship_order", order_sn=sn, pickup=pickup(shop, sn))
    assert (reply["error"], "response" in reply) == ("", False)
    shop.wait(59)
    (found,) = shop.done("order.search_package_list", pagination={"page_size": 10})["packages_list"]
    assert (found["order_sn"], found["is_shipment_arranged"]) == (sn, True)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_READY"])
    told = shop.get("logistics.get_tracking_number", order_sn=sn)["response"]
    assert told["tracking_number"] == ""
    assert "generated" in told["hint"]
    assert shop.ship(sn) == "logistics.package_already_shipped"
    shop.wait(1)
    assert shop.status(sn) == ("PROCESSED", ["LOGISTICS_REQUEST_CREATED"])
    number = shop.number(sn)
    assert (number[:2], len(number)) == ("MY", 16)
    assert shop.ship(sn) == "logistics.package_already_shipped"
    package = shop.packages(sn)[0]
    assert [(one["order_sn"], one["way"], one["again"]) for one in shop.entries("arranged")] == [(sn, "pickup", False)]
    assert shop.entries("tracking_numbers") == [
        {"order_sn": sn, "package_number": package, "tracking_number": number, "before": ""}
    ]
    assert [one["code"] for one in shop.entries("arrange_refusals")] == ["logistics.package_already_shipped"] * 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "logistics.ship_order_only_support_one_type"),
        ({"dropoff": {}, "pickup": {}}, "logistics.ship_order_only_support_one_type"),
        ({"non_integrated": {"tracking_number": "X1"}}, "logistics.ship_order_unsupport_non_integrated"),
        ({"pickup": {}}, "logistics.ship_order_need_address_pickup_time"),
        ({"pickup": {"address_id": 1, "pickup_time_id": str(MIDNIGHT)}}, "logistics.no_supported_pickup_address"),
        ({"dropoff": []}, "error_param"),
        ({"dropoff": {}, "package_number": ""}, "error_param"),
        ({"dropoff": {}, "package_number": "OFG1"}, "logistics.ship_order_not_need_pacakge_number"),
    ],
)
def test_wrong_way_is_refused_and_arranges_nothing(shop, body, error):
    sn = shop.order()
    reply = shop.post("logistics.ship_order", order_sn=sn, **body)
    assert reply["error"].removeprefix("logistics.") == error.removeprefix("logistics.")
    shop.wait(60)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_READY"])
    assert shop.entries("arranged") == []


def test_slot_that_is_gone_is_refused(shop):
    sn = shop.order()
    chosen = pickup(shop, sn)
    shop.wait(12 * HOUR)
    assert shop.ship(sn, pickup=chosen) == "logistics.ship_order_pickup_time_invalid"
    assert shop.ship(sn, pickup={**chosen, "pickup_time_id": MIDNIGHT}).endswith("error_param")
    assert shop.ship(sn, pickup=pickup(shop, sn)) == ""


@pytest.mark.parametrize(
    ("ways", "body", "error"),
    [
        ({"dropoff": ["branch_id"]}, {"dropoff": {}}, "logistics.ship_order_need_branch_id"),
        ({"dropoff": ["branch_id"]}, {"dropoff": {"branch_id": 1}}, "logistics.no_supported_dropoff_branch"),
        ({"dropoff": ["sender_real_name"]}, {"dropoff": {}}, "logistics.ship_order_need_sender_real_name"),
        ({"dropoff": ["tracking_no"]}, {"dropoff": {}}, "logistics.ship_order_need_tracking_number"),
        ({"dropoff": ["slug"]}, {"dropoff": {"slug": "pigeon"}}, "logistics.error_param"),
        ({"pickup": ["tracking_number"]}, {"pickup": {}}, "logistics.ship_order_need_tracking_number"),
        ({"pickup": ["address_id"]}, {"dropoff": {}}, "logistics.ship_order_unsupport_dropoff"),
        ({"dropoff": []}, {"pickup": {}}, "logistics.ship_order_unsupport_pickup"),
        ({"non_integrated": ["tracking_no"]}, {"non_integrated": {}}, "logistics.ship_order_need_tracking_number"),
    ],
)
def test_what_a_way_asks_for_has_to_be_given(shop, ways, body, error):
    assert shop.ship(shop.order(ways=ways), **body) == error


def test_branch_and_slug_of_the_lists_are_taken(simulator, shop):
    taiwan = shop.sibling("TW")
    sn = taiwan.order()
    slug = parameter(taiwan, sn)["response"]["dropoff"]["slug_list"][0]["slug"]
    assert taiwan.ship(sn, dropoff={"slug": slug}) == ""
    home = plain_trader(simulator)
    sn = home.order()
    branch = parameter(home, sn)["response"]["dropoff"]["branch_list"][0]["branch_id"]
    assert home.ship(sn, dropoff={"branch_id": branch}) == ""


def test_own_number_ships_at_once(shop):
    sn = shop.order(ways={"non_integrated": ["tracking_no"]})
    assert shop.ship(sn, non_integrated={"tracking_number": "SELF-1"}) == ""
    assert shop.status(sn) == ("SHIPPED", ["LOGISTICS_PICKUP_DONE"])
    assert shop.number(sn) == "SELF-1"


def test_orders_of_a_booking_are_not_to_be_shipped(shop):
    sn = shop.order(advance=True)
    shown = shop.detail(sn)
    assert (shown["advance_package"], shown["booking_sn"]) == (True, f"B{sn}")
    assert shop.ship(sn) == "logistics.error_booking_order"


@pytest.mark.parametrize(("when", "arranged"), [("before", 0), ("after", 1)])
def test_cut_connection_tells_nothing_but_the_books_do(shop, when, arranged):
    sn = shop.order()
    shop.simulator.control("faults", platform="shopee", path="logistics.ship_order", when=when, cut=True)
    with pytest.raises(requests.ConnectionError):
        shop.ship(sn)
    assert len(shop.entries("arranged")) == arranged
    package = shop.get("order.get_package_detail", package_number_list=shop.packages(sn)[0])
    assert package["response"]["package_list"][0]["is_shipment_arranged"] is bool(arranged)
    assert shop.ship(sn) == ("logistics.package_already_shipped" if arranged else "")
    assert len(shop.entries("arranged")) == 1


def test_of_many_at_once_one_arranges(shop):
    sn = shop.order()
    with ThreadPoolExecutor(8) as pool:
        errors = list(pool.map(lambda _: shop.ship(sn), range(16)))
    assert sorted(errors) == ["", *["logistics.package_already_shipped"] * 15]
    assert len(shop.entries("arranged")) == 1


def test_cancelled_while_the_number_is_made_never_gets_one(shop):
    sn = shop.order()
    assert shop.ship(sn) == ""
    shop.done("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    shop.wait(HOUR)
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_INVALID"])
    assert shop.number(sn) == ""
    assert shop.entries("tracking_numbers") == []


def test_batch_is_only_for_a_channel_that_nobody_has(shop):
    reply = shop.post("logistics.batch_ship_order", order_list=[{"order_sn": shop.order()}])
    assert reply["error"] == "logistics.error_param"
    assert "90003" in reply["message"]


# A pick-up that fails


def test_pickup_fails_and_is_arranged_for_another_time(plain):
    sn = plain.order(ways={"pickup": ["address_id", "pickup_time_id"]})
    chosen = pickup(plain, sn)
    assert plain.ship(sn, pickup=chosen) == ""
    plain.wait(60)
    number = plain.number(sn)
    body = {"order_sn": sn, "pickup": chosen}
    assert plain.post("logistics.update_shipping_order", **body)["error"] == "logistics.order_not_ready_to_update"
    plain.advance(sn, "RETRY_SHIP")
    assert plain.status(sn) == ("RETRY_SHIP", ["LOGISTICS_PICKUP_RETRY"])
    same = plain.post("logistics.update_shipping_order", **body)
    assert same["error"] == "logistics.update_shipping_order_no_param_change"
    plain.done(
        "logistics.update_shipping_order",
        order_sn=sn,
        pickup={**chosen, "pickup_time_id": str(int(chosen["pickup_time_id"]) + DAY)},
    )
    assert plain.status(sn) == ("PROCESSED", ["LOGISTICS_REQUEST_CREATED"])
    assert plain.number(sn) == number
    assert len(plain.entries("rearranged")) == 1


def test_shipping_again_after_a_failed_pickup_makes_another_number(plain):
    sn = plain.order(ways={"dropoff": []})
    assert plain.ship(sn) == ""
    plain.wait(60)
    first = plain.number(sn)
    plain.advance(sn, "LOGISTICS_PICKUP_RETRY")
    assert plain.ship(sn) == ""
    assert plain.ship(sn) == "logistics.package_already_shipped"
    plain.wait(60)
    assert plain.status(sn)[0] == "PROCESSED"
    assert plain.number(sn) not in ("", first)
    assert [one["again"] for one in plain.entries("arranged")] == [False, True]


# Mass


def test_mass_ships_what_fits_and_names_the_rest(shop):
    made = shop.orders(count=3)
    first, second, third = (one["package_numbers"][0] for one in made)
    slow = shop.get("logistics.get_channel_list")["response"]["logistics_channel_list"][1]["logistics_channel_id"]
    other = shop.orders(channel_id=slow)[0]["package_numbers"][0]
    assert shop.ship(made[2]["order_sn"]) == ""
    rows = [{"package_number": number} for number in (first, second, third, other, "OFG1")]
    told = shop.done("logistics.get_mass_shipping_parameter", package_list=rows)
    assert [row["package_number"] for row in told["success_list"]] == [first, second]
    assert told["info_needed"] == {"dropoff": [], "pickup": ["address_id", "pickup_time_id"]}
    reply = shop.done("logistics.mass_ship_order", package_list=rows, dropoff={})
    assert reply["success_list"] == [{"package_number": first}, {"package_number": second}]
    assert [(row["package_number"], row["fail_reason"]) for row in reply["fail_list"]] == [
        (third, "The package has been shipped."),
        (other, "Package is not under the specified fulfilment channel"),
        ("OFG1", "The package_number is not exist."),
    ]
    assert len(shop.entries("arranged")) == 3
    waiting = shop.done("logistics.get_mass_tracking_number", package_list=rows[:1])["success_list"][0]
    assert (waiting["tracking_number"], bool(waiting["hint"])) == ("", True)
    shop.wait(60)
    numbers = shop.done("logistics.get_mass_tracking_number", package_list=rows[:2])["success_list"]
    assert [row["tracking_number"] for row in numbers] == [shop.number(one["order_sn"]) for one in made[:2]]


def test_lists_of_mass_shipping_lie_at_the_top_where_it_is_switched_so(shop):
    shop.change(orders={"mass_on_top": True})
    (order,) = shop.orders()
    rows = [{"package_number": order["package_numbers"][0]}]
    reply = shop.post("logistics.mass_ship_order", package_list=rows, dropoff={})
    assert (reply["success_list"], reply["fail_list"], "response" in reply) == (rows, [], False)


def test_mass_takes_fifty_and_own_numbers_for_each(shop):
    many = [{"package_number": "OFG1"}] * 51
    assert shop.post("logistics.mass_ship_order", package_list=many, dropoff={})["error"].endswith("error_param")
    made = shop.orders(count=2, ways={"non_integrated": ["tracking_no"]})
    first, second = (one["package_numbers"][0] for one in made)
    own = {"tracking_number": [{"package_number": first, "tracking_number": "OWN-1"}]}
    rows = [{"package_number": first}, {"package_number": second}]
    reply = shop.done("logistics.mass_ship_order", package_list=rows, non_integrated=own)
    assert [row["package_number"] for row in reply["fail_list"]] == [second]
    assert shop.number(made[0]["order_sn"]) == "OWN-1"
    assert shop.status(made[1]["order_sn"])[0] == "READY_TO_SHIP"


# Checkpoints


def test_optional_numbers_come_only_if_they_are_named(shop):
    sn, number = shop.processed()
    bare = shop.get("logistics.get_tracking_number", order_sn=sn)["response"]
    assert bare == {"tracking_number": number, "hint": "", "pickup_code": ""}
    named = shop.get(
        "logistics.get_tracking_number", order_sn=sn, response_optional_fields="first_mile_tracking_number,plp_number"
    )["response"]
    assert (named["first_mile_tracking_number"], named["plp_number"]) == ("", "")
    assert "last_mile_tracking_number" not in named


def test_checkpoints_follow_the_clock_to_the_door(plain):
    sn = plain.order(ways={"dropoff": []})
    before = plain.get("logistics.get_tracking_info", order_sn=sn)["response"]
    assert (before["logistics_status"], before["tracking_info"]) == ("LOGISTICS_READY", None)
    assert plain.ship(sn) == ""
    plain.wait(60 + 6 * HOUR)
    assert plain.status(sn) == ("SHIPPED", ["LOGISTICS_PICKUP_DONE"])
    plain.wait(5 * DAY)
    assert plain.status(sn) == ("TO_CONFIRM_RECEIVE", ["LOGISTICS_DELIVERY_DONE"])
    told = plain.get("logistics.get_tracking_info", order_sn=sn)["response"]
    start = NOON + 60 + 6 * HOUR
    assert [(one["logistics_status"], one["update_time"]) for one in told["tracking_info"]] == [
        ("DELIVERED", start + 5 * DAY),
        ("DELIVERY_PENDING", start + 4 * DAY + DAY // 2),
        ("PICKED_UP", start + 2 * DAY + DAY // 2),
        ("PICKED_UP", start + DAY),
        ("PICKED_UP", start),
        ("ORDER_CREATED", NOON + 60),
    ]
    plain.wait(3 * DAY)
    assert plain.status(sn)[0] == "COMPLETED"
    assert [(one["from"], one["to"]) for one in plain.entries("order_status")] == [
        ("UNPAID", "READY_TO_SHIP"),
        ("READY_TO_SHIP", "PROCESSED"),
        ("PROCESSED", "SHIPPED"),
        ("SHIPPED", "TO_CONFIRM_RECEIVE"),
        ("TO_CONFIRM_RECEIVE", "COMPLETED"),
    ]


def test_failed_attempt_and_failed_delivery_are_told(shop):
    sn, number = shop.processed()
    shop.advance(sn, "SHIPPED")
    assert shop.advance(sn, "ATTEMPT_FAILED")["status"] == "SHIPPED"
    shop.advance(sn, "LOGISTICS_DELIVERY_FAILED")
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_DELIVERY_FAILED"])
    told = shop.get("logistics.get_tracking_info", order_sn=sn)["response"]
    assert [one["logistics_status"] for one in told["tracking_info"]][:2] == ["FAILED_DELIVERED", "DELIVERY_PENDING"]
    assert (told["reversed_tracking_number"], len(told["reversed_tracking_info"])) == (f"R{number}", 1)


def test_lost_parcel_cancels_and_gives_nothing_back(plain):
    before = plain.stock("HOME-MUG-1")
    sn, _number = plain.processed(lines=[{"sku": "HOME-MUG-1"}], ways={"dropoff": []})
    plain.advance(sn, "SHIPPED")
    plain.advance(sn, "LOGISTICS_LOST")
    assert plain.status(sn) == ("CANCELLED", ["LOGISTICS_LOST"])
    assert plain.stock("HOME-MUG-1") == before - 1
    plain.wait(30 * DAY)
    told = plain.get("logistics.get_tracking_info", order_sn=sn)["response"]
    assert [one["logistics_status"] for one in told["tracking_info"]] == ["LOST", "PICKED_UP", "ORDER_CREATED"]
    assert plain.status(sn) == ("CANCELLED", ["LOGISTICS_LOST"])
