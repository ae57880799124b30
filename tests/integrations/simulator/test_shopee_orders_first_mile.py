"""shopee.md §3.10: from the seller's door to the transit warehouse, by pick-up, drop-off, own van or courier."""

import pytest
import requests

from tests.integrations.simulator.shopee_traders import DAY, HOUR, plain_trader, trader

TODAY = "2026-03-01"


@pytest.fixture
def shop(simulator):
    """Return the Chinese merchant's shop in Malaysia."""
    return trader(simulator)


def generate(shop, quantity=1, day=TODAY):
    body = {"declare_date": day, "quantity": quantity}
    return shop.post("first_mile.generate_first_mile_tracking_number", **body)


def new_number(shop):
    return generate(shop)["response"]["first_mile_tracking_number_list"][0]


def bind(shop, number, *orders, **changes):
    body = {"shipment_method": "pickup", "region": "cn", "logistics_channel_id": 813} | changes
    rows = [{"order_sn": sn} for sn in orders]
    name = "first_mile.bind_first_mile_tracking_number"
    return shop.post(name, first_mile_tracking_number=number, order_list=rows, **body)


def failures(reply):
    return [(row["fail_error"], row["fail_message"]) for row in reply["response"]["order_list"] if row["fail_error"]]


def mile(shop, number):
    return shop.get("first_mile.get_detail", first_mile_tracking_number=number)["response"]


def unbound(shop):
    reply = shop.get("first_mile.get_unbind_order_list", page_size=100)["response"]
    return [row["order_sn"] for row in reply["order_list"]]


def test_pickup_takes_bound_orders_from_processed_to_shipped(shop):
    sn, tracking = shop.processed()
    number = new_number(shop)
    assert (number[:3], len(number)) == ("CNF", 21)
    assert mile(shop, number)["status"] == "NOT_AVAILABLE"
    assert unbound(shop) == [sn]
    reply = bind(shop, number, sn)
    assert reply["response"]["order_list"] == [
        {"order_sn": sn, "package_number": "", "fail_error": "", "fail_message": ""}
    ]
    assert (reply["warning"], unbound(shop)) == ([], [])
    shown = mile(shop, number)
    assert (shown["status"], shown["shipment_method"], shown["logistics_channel_id"]) == (
        "ORDER_RECEIVED",
        "pickup",
        813,
    )
    (row,) = shown["order_list"]
    assert (row["sls_tracking_number"], row["pick_up_done"], row["arrived_transit_warehouse"]) == (
        tracking,
        False,
        False,
    )
    shop.wait(6 * HOUR)
    assert shop.status(sn) == ("SHIPPED", ["LOGISTICS_PICKUP_DONE"])
    shop.wait(DAY)
    shown = mile(shop, number)
    assert (shown["status"], shown["order_list"][0]["arrived_transit_warehouse"]) == ("DELIVERED", True)
    assert [(one["from"], one["to"]) for one in shop.entries("first_mile_status")] == [
        ("NOT_AVAILABLE", "ORDER_CREATED"),
        ("ORDER_CREATED", "ORDER_RECEIVED"),
        ("ORDER_RECEIVED", "PICKED_UP"),
        ("PICKED_UP", "DELIVERED"),
    ]


def test_without_first_mile_nothing_is_shipped(shop):
    sn, _number = shop.processed()
    shop.wait(2 * DAY)
    assert shop.status(sn) == ("PROCESSED", ["LOGISTICS_REQUEST_CREATED"])


def test_number_takes_orders_of_several_shops_for_one_warehouse(shop):
    first, _ = shop.processed()
    other, far = shop.sibling("SG"), shop.sibling("TW")
    second, _ = other.processed()
    third = far.order()
    assert far.ship(third, dropoff={"slug": "hilife"}) == ""
    shop.wait(60)
    number = new_number(shop)
    assert bind(shop, number, first)["error"] == ""
    assert bind(other, number, second)["error"] == ""
    reply = bind(far, number, third)
    assert reply["error"] == "firstmile.batch_api_all_failed"
    assert failures(reply) == [
        ("firstmile.error", "FM Code WHSID can only bind SLS TN with the same WHSID"),
    ]
    assert len(shop.entries("first_mile_bindings")) == 2


def test_each_order_gets_its_own_outcome(shop):
    good, _ = shop.processed()
    ready = shop.order()
    number = new_number(shop)
    reply = bind(shop, number, good, ready, "NOBODY")
    assert [code for code, _text in failures(reply)] == ["firstmile.invalid_order_status", "firstmile.order_not_exist"]
    assert [row["order_sn"] for row in reply["warning"]] == [ready, "NOBODY"]
    again = bind(shop, number, good)
    assert (again["error"], failures(again)[0][0]) == ("firstmile.batch_api_all_failed", "firstmile.package_has_bind")
    elsewhere = bind(shop, new_number(shop), good)
    assert failures(elsewhere) == [("firstmile.error", "The SLS TN is tied to another FM code")]
    assert bind(shop, number, good, good)["error"] == "firstmile.param_duplication"
    assert len(shop.entries("first_mile_bindings")) == 1


def test_number_that_arrived_takes_no_more(shop):
    sn, _ = shop.processed()
    late, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, sn)
    shop.advance(number, "PICKED_UP")
    reply = bind(shop, number, late)
    assert (reply["error"], reply["message"]) == (
        "firstmile.error",
        "The FM code is PICKED_UP and takes no more orders",
    )
    shop.advance(number, "DELIVERED")
    assert bind(shop, number, late)["message"] == "You used a Delivered FM code, please use a new FM code."
    assert shop.status(late)[0] == "PROCESSED"


def test_dropoff_has_the_couriers_own_number_and_ships_at_the_warehouse(shop):
    sn, _ = shop.processed()
    late, _ = shop.processed()
    dropped = {"shipment_method": "dropoff", "logistics_channel_id": 1001}
    assert bind(shop, "SF 12", sn, **dropped)["error"] == "error_param"
    assert bind(shop, "SF1234567", sn, **dropped, warehouse_id="SZX01", warehouse_type=0)["error"] == ""
    other = bind(shop, "SF1234567", late, shipment_method="self_deliver", logistics_channel_id=None)
    assert other["message"] == "One FM code cannot be predeclared with different shipping methods"
    shop.wait(DAY)
    assert shop.status(sn)[0] == "SHIPPED"
    assert mile(shop, "SF1234567")["status"] == "DELIVERED"
    assert [one["to"] for one in shop.entries("first_mile_status")] == ["ORDER_CREATED", "ORDER_RECEIVED", "DELIVERED"]


def test_dropoff_has_to_name_its_warehouse_since_may(shop):
    shop.wait(61 * DAY)
    sn, _ = shop.processed()
    dropped = {"shipment_method": "dropoff", "logistics_channel_id": 1001}
    reply = bind(shop, "SF1234567", sn, **dropped)
    assert reply["message"] == "Wrong parameters, detail: warehouse_id is required."
    unknown = bind(shop, "SF1234567", sn, **dropped, warehouse_id="MARS", warehouse_type=0)
    assert unknown["message"] == "Wrong parameters, detail: the warehouse is not found."
    assert bind(shop, "SF1234567", sn, **dropped, warehouse_id="DGV01", warehouse_type=1)["error"] == ""


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"region": "CN"}, "firstmile.area_not_support"),
        ({"region": "kr"}, "firstmile.area_not_support"),
        ({"shipment_method": "balloon"}, "firstmile.wrong_shipment_method"),
        ({"logistics_channel_id": 1001}, "firstmile.wrong_shipment_method"),
        ({"weight": "heavy"}, "error_param"),
    ],
)
def test_bind_refuses_what_does_not_fit(shop, changes, error):
    sn, _ = shop.processed()
    assert bind(shop, new_number(shop), sn, **changes)["error"] == error
    assert shop.entries("first_mile_bindings") == []


def test_number_that_nobody_generated_is_refused(shop):
    sn, _ = shop.processed()
    assert bind(shop, "CNF000000000000000000", sn)["message"] == "The FM code does not exist"


def test_twenty_numbers_a_day_from_today_on(shop):
    assert len(generate(shop, 20)["response"]["first_mile_tracking_number_list"]) == 20
    assert generate(shop)["error"] == "firstmile.max_number_limit"
    assert generate(shop, day="2026-03-02")["error"] == ""
    assert generate(shop, day="2026-02-28")["error"] == "error_param"
    assert generate(shop, day="1 March")["error"] == "error_param"
    assert generate(shop, 21, day="2026-03-03")["error"] == "error_param"
    dates = {"from_date": TODAY, "to_date": TODAY}
    first = shop.get("first_mile.get_tracking_number_list", **dates, page_size=15)["response"]
    rest = shop.get("first_mile.get_tracking_number_list", **dates, page_size=15, cursor=first["next_cursor"])[
        "response"
    ]
    rows = first["first_mile_tracking_number_list"] + rest["first_mile_tracking_number_list"]
    assert (len({row["first_mile_tracking_number"] for row in rows}), rest["more"]) == (20, False)
    assert {(row["status"], row["declare_date"]) for row in rows} == {("NOT_AVAILABLE", TODAY)}


def test_unbound_order_stays_behind(shop):
    sn, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, sn)
    name, rows = "first_mile.unbind_first_mile_tracking_number", [{"order_sn": sn}]
    assert shop.post(name, first_mile_tracking_number=number, order_list=rows)["error"] == ""
    again = shop.post(name, first_mile_tracking_number=number, order_list=rows)
    assert failures(again)[0][0] == "firstmile.package_has_not_bind"
    assert (unbound(shop), mile(shop, number)["status"]) == ([sn], "NOT_AVAILABLE")
    shop.wait(DAY)
    assert shop.status(sn)[0] == "PROCESSED"


def test_unbinding_needs_no_number_but_comes_too_late_after_the_pickup(shop):
    first, _ = shop.processed()
    second, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, first, second)
    name = "first_mile.unbind_first_mile_tracking_number_all"
    told = shop.done(name, order_list=[{"order_sn": first}, {"order_sn": "NOBODY"}])
    assert told["success_list"] == [
        {"order_sn": first, "package_number": "", "binding_id": "", "first_mile_tracking_number": number}
    ]
    assert [row["fail_error"] for row in told["fail_list"]] == ["firstmile.order_not_exist"]
    shop.advance(number, "PICKED_UP")
    late = shop.post(name, order_list=[{"order_sn": second}])
    assert failures(late)[0][0] == "firstmile.invalid_order_status"
    assert (shop.status(first)[0], shop.status(second)[0]) == ("PROCESSED", "SHIPPED")


def test_until_the_courier_has_the_order_nothing_is_bound_or_unbound(shop):
    shop.change(orders={"received_seconds": 60})
    first, _ = shop.processed()
    second, _ = shop.processed()
    number = new_number(shop)
    assert bind(shop, number, first)["error"] == ""
    assert mile(shop, number)["status"] == "ORDER_CREATED"
    assert bind(shop, number, second)["message"] == "The FM code is ORDER_CREATED and takes no more orders"
    name = "first_mile.unbind_first_mile_tracking_number_all"
    early = shop.post(name, order_list=[{"order_sn": first}])
    assert failures(early)[0][0] == "firstmile.invalid_order_status"
    shop.wait(60)
    assert mile(shop, number)["status"] == "ORDER_RECEIVED"
    assert bind(shop, number, second)["error"] == ""
    assert shop.post(name, order_list=[{"order_sn": first}])["error"] == ""
    assert [row["order_sn"] for row in mile(shop, number)["order_list"]] == [second]


def test_number_that_is_cancelled_frees_its_parcels(shop):
    sn, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, sn)
    assert shop.advance(number, "CANCELED")["status"] == "CANCELED"
    assert unbound(shop) == [sn]
    assert bind(shop, number, sn)["message"] == "The FM code is CANCELED and takes no more orders"
    reply = shop.simulator.control_reply("advance", platform="shopee", id=number, to="PICKED_UP")
    assert (reply.status_code, reply.json()["field"]) == (400, "to")


def test_parcel_of_an_order_in_cancellation_is_not_taken_along(shop):
    sn, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, sn)
    shop.buyers(cancel=[sn])
    shop.wait(6 * HOUR)
    assert shop.status(sn) == ("IN_CANCEL", ["LOGISTICS_REQUEST_CREATED"])
    shop.done("order.handle_buyer_cancellation", order_sn=sn, operation="REJECT")
    assert shop.status(sn) == ("SHIPPED", ["LOGISTICS_PICKUP_DONE"])


def test_cancelled_order_leaves_its_number(shop):
    sn, _ = shop.processed()
    number = new_number(shop)
    bind(shop, number, sn)
    shop.done("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    assert mile(shop, number)["order_list"] == []
    assert [(one["order_sn"], one["number"]) for one in shop.entries("first_mile_unbindings")] == [(sn, number)]
    shop.wait(DAY)
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_REQUEST_CANCELED"])


def test_waybill_is_a_file_with_a_page_for_each_number(shop):
    sn, _ = shop.processed()
    number = new_number(shop)
    name = "first_mile.get_waybill"
    assert shop.post(name, first_mile_tracking_number_list=[number])["error"] == "firstmile.error"
    bind(shop, number, sn)
    reply = shop.raw("POST", name, first_mile_tracking_number_list=[number])
    assert (reply.headers["Content-Type"], number.encode() in reply.content) == ("application/pdf", True)
    assert shop.entries("first_mile_waybills") == [{"numbers": [number]}]


def test_channels_and_warehouses_of_a_market(shop):
    rows = shop.get("first_mile.get_channel_list", region="CN")["response"]["logistics_channel_list"]
    assert (rows[0]["logistics_channel_id"], rows[0]["shipment_method"]) == (813, "pickup")
    for method, known in (("pickup", ["SZX01"]), ("dropoff", ["SZX01", "DGV01"])):
        reply = shop.get("first_mile.get_transit_warehouse_list", region="CN", shipment_method=method)
        assert [row["warehouse_id"] for row in reply["response"]["transit_warehouse_list"]] == known
    assert shop.get("first_mile.get_channel_list", region="JP")["error"] == "firstmile.area_not_support"


def test_korean_seller_binds_in_korea(simulator):
    korean = trader(simulator, "TW", number=1)
    sn = korean.order(lines=[{"unknown": True}], ways={"dropoff": []})
    assert korean.ship(sn) == ""
    korean.wait(60)
    number = new_number(korean)
    assert number.startswith("KRF")
    assert bind(korean, number, sn, region="kr")["error"] == ""
    reply = korean.get("first_mile.get_courier_delivery_channel_list")
    assert reply["error"] == "firstmile.area_not_support"


def test_shops_without_the_right_are_told(simulator, shop):
    plain = plain_trader(simulator)
    assert plain.get("first_mile.get_channel_list")["error"] == "firstmile.shipment_auth"


def test_right_can_be_taken_away(shop):
    shop.change(first_mile={"shop_id": shop.shop_id, "right": False})
    assert generate(shop)["error"] == "firstmile.shipment_auth"
    shop.change(first_mile={"shop_id": shop.shop_id, "right": True})
    assert generate(shop)["error"] == ""


@pytest.mark.parametrize(("when", "bound"), [("before", 0), ("after", 1)])
def test_cut_connection_before_or_after_binding(shop, when, bound):
    sn, _ = shop.processed()
    number = new_number(shop)
    path = "first_mile.bind_first_mile_tracking_number"
    shop.simulator.control("faults", platform="shopee", path=path, when=when, cut=True)
    with pytest.raises(requests.ConnectionError):
        bind(shop, number, sn)
    assert len(shop.entries("first_mile_bindings")) == bound
    assert len(mile(shop, number)["order_list"]) == bound


# Couriers


def courier(shop, *orders, **changes):
    (address,) = shop.get("logistics.get_address_list")["response"]["address_list"]
    info = {
        "address_id": address["address_id"],
        "warehouse_id": "SZX01",
        "logistics_product_id": 1010003,
        "courier_service_id": "ZTO-STD",
    } | changes
    return shop.post(
        "first_mile.generate_and_bind_first_mile_tracking_number",
        shipment_method="courier_delivery",
        order_list=[{"order_sn": sn} for sn in orders],
        courier_delivery_info={name: value for name, value in info.items() if value is not None},
    )


def test_courier_gets_a_binding_now_and_a_number_later(shop):
    first, _ = shop.processed()
    second, _ = shop.processed()
    reply = courier(shop, first, "NOBODY")["response"]
    binding = reply["binding_id"]
    assert (binding[:3], len(binding)) == ("DCN", 17)
    assert reply["success_list"] == [{"order_sn": first, "package_number": ""}]
    assert [row["fail_error"] for row in reply["fail_list"]] == ["firstmile.order_not_exist"]
    more = shop.done(
        "first_mile.bind_courier_delivery_first_mile_tracking_number",
        shipment_method="courier_delivery",
        binding_id=binding,
        order_list=[{"order_sn": second}],
    )
    assert len(more["success_list"]) == 1
    shown = shop.get("first_mile.get_courier_delivery_detail", binding_id=binding)["response"]
    assert (shown["first_mile_tracking_number"], len(shown["order_list"])) == ("", 2)
    label = shop.done("first_mile.get_courier_delivery_waybill", binding_id_list=[binding])["waybill_list"][0]
    assert label == {"binding_id": binding, "shipping_label_url": ""}
    shop.wait(30)
    listed = shop.done("first_mile.get_courier_delivery_tracking_number_list", from_date=TODAY, to_date=TODAY)
    (row,) = listed["tracking_number_list"]
    assert (row["binding_id"], row["first_mile_tracking_number"][:3]) == (binding, "CNF")
    label = shop.done("first_mile.get_courier_delivery_waybill", binding_id_list=[binding])["waybill_list"][0]
    assert requests.get(label["shipping_label_url"], timeout=10).status_code == 200
    shop.wait(6 * HOUR)
    assert (shop.status(first)[0], shop.status(second)[0]) == ("SHIPPED", "SHIPPED")


@pytest.mark.parametrize(
    "changes",
    [
        {"address_id": 1},
        {"warehouse_id": "DGV01"},
        {"warehouse_id": None},
        {"courier_service_id": "PIGEON"},
        {"logistics_product_id": 1},
        {"logistics_product_id": 1010004},
        {"logistics_product_id": 1010004, "prepaid_account_id": 1},
    ],
)
def test_courier_refuses_what_it_does_not_know(shop, changes):
    sn, _ = shop.processed()
    assert courier(shop, sn, **changes)["error"] == "error_param"
    assert shop.entries("first_mile_bindings") == []


def test_courier_is_paid_from_the_merchants_account(shop):
    sn, _ = shop.processed()
    account = shop.seller.merchant["merchant_id"] * 10 + 1
    assert courier(shop, sn, logistics_product_id=1010004, prepaid_account_id=account)["error"] == ""
