"""shopee.md §3.8: buyers order, the seller lists, reads, cancels and notes."""

import pytest
import requests

from tests.integrations.simulator.shopee_traders import DAY, HOUR, NOON, plain_trader, trader


@pytest.fixture
def shop(simulator):
    """Return the Chinese merchant's shop in Malaysia."""
    return trader(simulator)


@pytest.fixture
def plain(simulator):
    return plain_trader(simulator)


def listed(shop, **params):
    window = {"time_range_field": "update_time", "time_from": NOON - DAY, "time_to": NOON + 10 * DAY, "page_size": 100}
    return shop.get("order.get_order_list", **(window | params))


def numbers(reply):
    return [row["order_sn"] for row in reply["response"]["order_list"]]


# Buyers order


def test_buyer_orders_what_is_on_sale_and_the_stock_is_his(plain):
    before = plain.stock("HOME-MUG-1")
    (order,) = plain.orders(lines=[{"sku": "HOME-MUG-1", "quantity": 3}])
    assert (order["status"], order["currency"]) == ("READY_TO_SHIP", "MYR")
    assert [(one["item_sku"], one["model_id"], one["quantity"]) for one in order["lines"]] == [("HOME-MUG-1", 0, 3)]
    assert plain.stock("HOME-MUG-1") == before - 3
    assert plain.entries("buyer_payments") == [
        {"order_sn": order["order_sn"], "amount": str(order["total_amount"]), "currency": "MYR"}
    ]


def test_same_seed_makes_the_same_orders(simulator, shop):
    first = shop.orders(count=5)
    simulator.control("reset", seed=7, world="demo", size=400, clock="manual", now=NOON)
    assert trader(simulator).orders(count=5) == first


def test_order_numbers_and_packages_never_repeat(shop):
    made = shop.orders(count=60)
    assert len({one["order_sn"] for one in made}) == 60
    assert len({one["package_numbers"][0] for one in made}) == 60
    assert all(one["order_sn"].startswith("260301") and len(one["order_sn"]) == 14 for one in made)


def test_published_variant_is_ordered_by_its_sku(shop):
    item_id = shop.seller.add_with_models()
    shop.seller.publish(item_id)
    (order,) = shop.orders(lines=[{"sku": "TOTE-38-1", "quantity": 2}])
    live = shop.seller.published(item_id)["MY"]["item_id"]
    (line,) = shop.detail(order["order_sn"])["item_list"]
    assert (line["item_id"], line["model_sku"], line["model_name"]) == (live, "TOTE-38-1", "Blue")
    assert (line["model_quantity_purchased"], line["active_qty"], line["product_location_id"]) == (2, 2, "CNZ")
    stocks = [one["stock_info"][0]["current_stock"] for one in shop.seller.models(item_id)]
    assert stocks == [10, 9, 12]


def test_item_that_is_in_no_list_can_be_ordered(plain):
    (order,) = plain.orders(lines=[{"unknown": True, "sku": "OLD-1", "name": "Old thing", "price": 7.5, "quantity": 2}])
    (line,) = plain.detail(order["order_sn"])["item_list"]
    assert (line["item_name"], line["item_sku"], line["model_original_price"]) == ("Old thing", "OLD-1", 7.5)
    found = plain.seller.shop_get(plain.shop_id, "get_item_base_info", item_id_list=line["item_id"])
    assert found["error"] == "error_item_not_found"


def test_more_than_there_is_cannot_be_ordered_and_nothing_is_taken(plain):
    before = plain.stock("HOME-MUG-1")
    body = {"platform": "shopee", "shop_id": plain.shop_id, "count": 2}
    reply = plain.simulator.control_reply("orders", **body, lines=[{"sku": "HOME-MUG-1", "quantity": before // 2 + 1}])
    assert (reply.status_code, reply.json()["field"]) == (400, "lines")
    assert plain.stock("HOME-MUG-1") == before
    assert listed(plain)["response"]["order_list"] == []
    assert plain.entries("orders") == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"shop_id": 1}, "shop_id"),
        ({"count": 0}, "count"),
        ({"lines": [{"sku": "NOTHING"}]}, "lines"),
        ({"lines": ["NOTHING"]}, "lines"),
        ({"lines": [{"item": 1}]}, "item"),
        ({"pending": "SLEEPING"}, "pending"),
        ({"channel_id": 5}, "channel_id"),
        ({"ways": {"balloon": []}}, "ways"),
        ({"ways": {"pickup": ["wings"]}}, "ways"),
        ({"ways": {}}, "ways"),
        ({"fulfillment": "nobody"}, "fulfillment"),
        ({"color": "red"}, "color"),
        ({"cancel": ["X"]}, "cancel"),
        ({"return": ["X"]}, "return"),
    ],
)
def test_wrong_orders_call_names_the_field_and_the_fix(plain, body, field):
    reply = plain.simulator.control_reply("orders", **{"platform": "shopee", "shop_id": plain.shop_id} | body)
    assert (reply.status_code, reply.json()["field"]) == (400, field)
    assert reply.json()["fix"]
    assert plain.entries("orders") == []


def test_control_shows_orders_unmasked_and_in_full(shop):
    sn, number = shop.processed()
    unpaid = shop.order(paid=False)
    (told,) = shop.simulator.show("orders", platform="shopee", id=sn)["orders"]
    assert (told["status"], told["packages"][0]["tracking_number"]) == ("PROCESSED", number)
    assert "*" not in told["buyer"]["name"]
    by_package = shop.simulator.show("orders", platform="shopee", id=shop.packages(sn)[0])["orders"]
    assert by_package == [told]
    of_shop = shop.simulator.show("orders", platform="shopee", shop_id=shop.shop_id, status="UNPAID")["orders"]
    assert [one["order_sn"] for one in of_shop] == [unpaid]


# Lists


def test_list_by_update_has_the_changed_and_only_asked_fields(shop):
    first, second = (one["order_sn"] for one in shop.orders(count=2))
    shop.wait(100)
    shop.done("order.set_note", order_sn=first, note="fragile")
    reply = listed(shop)
    assert numbers(reply) == [second, first]
    assert reply["response"]["order_list"][0] == {"order_sn": second}
    assert numbers(listed(shop, time_from=NOON + 1)) == [first]
    assert sorted(numbers(listed(shop, time_range_field="create_time", time_to=NOON))) == sorted([first, second])
    with_status = listed(shop, response_optional_fields="order_status")["response"]["order_list"][0]
    assert with_status == {"order_sn": second, "order_status": "READY_TO_SHIP"}


def test_list_pages_by_cursor_without_losing_or_doubling(shop):
    made = sorted(one["order_sn"] for one in shop.orders(count=7))
    seen, cursor, more, pages = [], "", True, []
    while more:
        page = listed(shop, page_size=3, cursor=cursor)["response"]
        seen += [row["order_sn"] for row in page["order_list"]]
        cursor, more = page["next_cursor"], page["more"]
        pages.append(len(page["order_list"]))
    assert (pages, sorted(seen), cursor) == ([3, 3, 1], made, "")


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"time_to": NOON - DAY}, "order.order_list_invalid_time"),
        ({"time_to": NOON - DAY + 15 * DAY + 1}, "order.order_list_invalid_time"),
        ({"time_range_field": "pay_time"}, "error_param"),
        ({"page_size": 101}, "error_param"),
        ({"page_size": ""}, "error_param"),
        ({"order_status": "RETRY_SHIP"}, "error_param"),
        ({"cursor": "three"}, "error_param"),
    ],
)
def test_list_refuses_what_is_out_of_bounds(shop, params, error):
    assert listed(shop, **params)["error"].removeprefix("order.") == error.removeprefix("order.")


def test_fifteen_days_to_the_second_are_allowed(shop):
    assert listed(shop, time_to=NOON - DAY + 15 * DAY)["error"] == ""


def test_list_filters_by_status(shop):
    shop.order(paid=False)
    ready = shop.order()
    assert numbers(listed(shop, order_status="READY_TO_SHIP")) == [ready]
    assert numbers(listed(shop, order_status="INVOICE_PENDING")) == []


def test_shop_sees_only_its_own_orders(shop):
    sn, other = shop.order(), shop.sibling("SG")
    assert numbers(listed(other)) == []
    reply = other.get("order.get_order_detail", order_sn_list=sn)
    assert reply["error"].endswith("error_not_found")
    assert other.ship(sn) == "logistics.order_not_exist"
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_READY"])


def test_shipment_list_has_packages_to_ship(shop):
    made = shop.orders(count=2)
    shop.order(paid=False)
    reply = shop.get("order.get_shipment_list", page_size=1)["response"]
    rest = shop.get("order.get_shipment_list", page_size=1, cursor=reply["next_cursor"])["response"]
    rows = [{"order_sn": one["order_sn"], "package_number": one["package_numbers"][0]} for one in made]
    assert (reply["order_list"] + rest["order_list"], reply["more"], rest["more"]) == (rows, True, False)


# Detail


def test_detail_shows_what_was_asked_for_and_no_more(shop):
    sn = shop.order(message="Please hurry")
    bare = shop.get("order.get_order_detail", order_sn_list=sn)["response"]["order_list"][0]
    assert "item_list" not in bare
    assert "recipient_address" not in bare
    assert "total_amount" not in bare
    assert (bare["message_to_seller"], bare["region"], bare["currency"], bare["cod"]) == (
        "Please hurry",
        "MY",
        "MYR",
        False,
    )
    assert (bare["days_to_ship"], bare["ship_by_date"]) == (2, NOON + 2 * DAY)
    rich = shop.detail(sn, "item_list,total_amount,pay_time,fulfillment_flag,unheard_of")
    assert set(rich) - set(bare) == {"item_list", "total_amount", "pay_time", "fulfillment_flag"}
    assert (rich["pay_time"], rich["fulfillment_flag"]) == (NOON, "fulfilled_by_cb_seller")


def test_detail_names_the_orders_it_does_not_know(shop):
    sn = shop.order()
    reply = shop.get("order.get_order_detail", order_sn_list=f"{sn},NOBODY")
    assert ([one["order_sn"] for one in reply["response"]["order_list"]], reply["warning"]) == ([sn], ["NOBODY"])
    nobody = shop.get("order.get_order_detail", order_sn_list="NOBODY")
    assert nobody["message"] == "Wrong parameters, detail: the order is not found."
    many = shop.get("order.get_order_detail", order_sn_list=",".join(["X"] * 51))
    assert many["error"].endswith("error_param")


def test_buyer_is_masked_until_the_app_is_approved_and_only_while_it_ships(shop):
    sn = shop.order()
    hidden = shop.detail(sn)["recipient_address"]
    assert (hidden["name"][1:4], hidden["phone"][:6], hidden["full_address"]) == ("***", "******", "******")
    assert hidden["zipcode"]
    shop.change(orders={"unmasked": True})
    shown = shop.detail(sn)["recipient_address"]
    assert "*" not in "".join(shown.values())
    shop.done("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    assert shop.detail(sn)["recipient_address"] == hidden


def test_buyer_in_taiwan_is_always_masked(simulator):
    shop = trader(simulator, "TW")
    shop.change(orders={"unmasked": True})
    assert set(shop.detail(shop.order())["recipient_address"].values()) == {"****", "TW"}


def test_pending_order_shows_itself_only_to_who_asks(shop):
    sn = shop.order(pending="KYC_PENDING")
    asking = shop.detail(sn, "package_list", request_order_status_pending="true")
    assert (asking["order_status"], asking["pending_terms"]) == ("PENDING", ["KYC_PENDING"])
    assert "pending_terms" not in shop.detail(sn)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_NOT_START"])
    assert shop.ship(sn) == "logistics.ship_order_not_ready_to_ship"
    assert numbers(listed(shop, order_status="PENDING", request_order_status_pending="true")) == [sn]
    shop.wait(HOUR)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_READY"])
    assert shop.detail(sn, request_order_status_pending="true")["order_status"] == "READY_TO_SHIP"


def test_note_is_overwritten(shop):
    sn = shop.order()
    assert "response" not in shop.post("order.set_note", order_sn=sn, note="first")
    shop.done("order.set_note", order_sn=sn, note="second")
    assert shop.detail(sn, "note,note_update_time")["note"] == "second"
    assert [one["note"] for one in shop.entries("notes")] == ["first", "second"]
    assert shop.post("order.set_note", order_sn=sn)["error"].endswith("error_param")


# The seller cancels


def test_seller_cancels_and_the_stock_comes_back(plain):
    before = plain.stock("HOME-MUG-1")
    sn = plain.order(lines=[{"sku": "HOME-MUG-1", "quantity": 2}])
    plain.wait(5)
    (line,) = plain.detail(sn)["item_list"]
    items = [{"item_id": line["item_id"], "model_id": 0}]
    reply = plain.done("order.cancel_order", order_sn=sn, cancel_reason="OUT_OF_STOCK", item_list=items)
    assert reply == {"update_time": NOON + 5}
    shown = plain.detail(sn)
    assert (shown["order_status"], shown["cancel_by"], shown["cancel_reason"]) == (
        "CANCELLED",
        "seller",
        "OUT_OF_STOCK",
    )
    assert plain.stock("HOME-MUG-1") == before
    again = plain.post("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    assert (again["error"], again["message"]) == ("order.error_limit", "Can not cancel this order")
    assert len(plain.entries("seller_cancellations")) == 1
    assert [float(one["amount"]) for one in plain.entries("buyer_refunds")] == [shown["total_amount"]]
    assert plain.stock("HOME-MUG-1") == before


@pytest.mark.parametrize(
    "body",
    [
        {"cancel_reason": "OUT_OF_STOCK"},
        {"cancel_reason": "OUT_OF_STOCK", "item_list": [{"item_id": 1, "model_id": 0}]},
        {"cancel_reason": "BORED"},
        {"cancel_reason": "COD_NOT_SUPPORTED"},
        {},
        {"cancel_reason": "CUSTOMER_REQUEST", "partial_cancel_item_list": [{"item_id": 1, "model_id": 0}]},
    ],
)
def test_cancel_refuses_a_wrong_reason_or_item(shop, body):
    sn = shop.order()
    assert shop.post("order.cancel_order", order_sn=sn, **body)["error"].endswith("error_param")
    assert shop.status(sn)[0] == "READY_TO_SHIP"
    assert shop.entries("seller_cancellations") == []


def test_area_is_a_reason_in_malaysia_only(shop):
    assert shop.post("order.cancel_order", order_sn=shop.order(), cancel_reason="UNDELIVERABLE_AREA")["error"] == ""
    other = shop.sibling("SG")
    reply = other.post("order.cancel_order", order_sn=other.order(), cancel_reason="UNDELIVERABLE_AREA")
    assert reply["error"].endswith("error_param")


def test_part_of_an_order_is_cancelled(plain):
    before = plain.stock("HOME-MUG-1")
    sn = plain.order(lines=[{"sku": "HOME-MUG-1", "quantity": 3}])
    total = plain.detail(sn)["total_amount"]
    (line,) = plain.detail(sn)["item_list"]
    part = [{"item_id": line["item_id"], "model_id": 0, "model_quantity": 1}]
    body = {"order_sn": sn, "cancel_reason": "CUSTOMER_REQUEST"}
    plain.done("order.cancel_order", **body, partial_cancel_item_list=part)
    shown = plain.detail(sn)
    (line,) = shown["item_list"]
    assert (shown["order_status"], line["active_qty"], line["cancelled_qty"]) == ("READY_TO_SHIP", 2, 1)
    assert shown["package_list"][0]["item_list"][0]["model_quantity"] == 2
    assert round(total - shown["total_amount"], 2) == line["model_original_price"]
    assert plain.stock("HOME-MUG-1") == before - 2
    assert [(one["order_sn"], float(one["amount"])) for one in plain.entries("buyer_refunds")] == [
        (sn, line["model_original_price"])
    ]
    reply = plain.post("order.cancel_order", **body, partial_cancel_item_list=[{**part[0], "model_quantity": 3}])
    assert reply["error"].endswith("error_param")


def test_all_pieces_named_cancel_the_whole_order_and_refund_it_once(plain):
    before = plain.stock("HOME-MUG-1")
    sn = plain.order(lines=[{"sku": "HOME-MUG-1", "quantity": 2}])
    total = plain.detail(sn)["total_amount"]
    (line,) = plain.detail(sn)["item_list"]
    part = [{"item_id": line["item_id"], "model_id": 0, "model_quantity": 2}]
    plain.done("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST", partial_cancel_item_list=part)
    assert plain.status(sn)[0] == "CANCELLED"
    assert plain.stock("HOME-MUG-1") == before
    assert [float(one["amount"]) for one in plain.entries("buyer_refunds")] == [total]


def test_orders_of_shopees_warehouse_are_not_the_sellers(shop):
    sn = shop.order(fulfillment="fulfilled_by_shopee")
    reply = shop.post("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    assert (reply["error"], reply["message"]) == ("order. error_param", "You can not cancel warehouse order.")
    assert shop.ship(sn) == "logistics.ship_order_pff_init"


# The buyer cancels


def test_buyer_cancels_outright_within_the_hour(shop):
    sn = shop.order()
    shop.wait(HOUR - 1)
    assert shop.buyers(cancel=[sn], reason="Too slow") == [{"order_sn": sn, "status": "CANCELLED"}]
    shown = shop.detail(sn)
    assert (shown["cancel_by"], shown["buyer_cancel_reason"]) == ("buyer", "Too slow")
    assert shop.entries("buyer_cancellations") == [{"order_sn": sn, "outcome": "CANCELLED"}]


def test_buyer_asks_after_the_hour_and_the_seller_accepts(shop):
    sn = shop.order()
    shop.wait(HOUR)
    assert shop.buyers(cancel=[sn]) == [{"order_sn": sn, "status": "IN_CANCEL"}]
    assert shop.ship(sn) == "logistics.ship_order_not_ready_to_ship"
    assert (
        shop.post("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")["error"] == "order.error_limit"
    )
    reply = shop.done("order.handle_buyer_cancellation", order_sn=sn, operation="ACCEPT")
    assert reply == {"update_time": NOON + HOUR}
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_INVALID"])
    again = shop.post("order.handle_buyer_cancellation", order_sn=sn, operation="ACCEPT")
    assert again["error"] == "order.cancel_order_invalid_status"
    assert shop.entries("cancellation_answers") == [{"order_sn": sn, "operation": "ACCEPT"}]


def test_seller_rejects_and_the_order_goes_on_where_its_parcel_is(shop):
    sn = shop.order()
    assert shop.ship(sn) == ""
    shop.buyers(cancel=[sn])
    shop.wait(60)
    assert shop.status(sn) == ("IN_CANCEL", ["LOGISTICS_REQUEST_CREATED"])
    assert shop.number(sn)
    shop.done("order.handle_buyer_cancellation", order_sn=sn, operation="REJECT")
    assert shop.status(sn) == ("PROCESSED", ["LOGISTICS_REQUEST_CREATED"])
    assert len(shop.entries("arranged")) == 1


def test_cancellation_that_nobody_answers_is_accepted_after_two_days(shop):
    sn = shop.order()
    shop.buyers(cancel=[sn], ask=True)
    shop.wait(2 * DAY - 1)
    assert shop.status(sn)[0] == "IN_CANCEL"
    shop.wait(1)
    assert shop.status(sn)[0] == "CANCELLED"
    assert shop.detail(sn)["cancel_by"] == "buyer"


def test_buyer_can_be_made_to_cancel_an_arranged_order_outright(shop):
    sn, _number = shop.processed()
    assert shop.buyers(cancel=[sn], outright=True) == [{"order_sn": sn, "status": "CANCELLED"}]
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_REQUEST_CANCELED"])


def test_delivered_order_cannot_be_cancelled_but_returned(shop):
    sn, _number = shop.processed()
    shop.advance(sn, "SHIPPED")
    reply = shop.simulator.control_reply("orders", platform="shopee", cancel=[sn])
    assert (reply.status_code, reply.json()["field"]) == (400, "cancel")
    assert shop.buyers(**{"return": [sn]}) == [{"order_sn": sn, "status": "TO_RETURN"}]


# Faults


@pytest.mark.parametrize(("when", "status"), [("before", "READY_TO_SHIP"), ("after", "CANCELLED")])
def test_cut_connection_before_or_after_a_cancellation(shop, when, status):
    sn = shop.order()
    shop.simulator.control("faults", platform="shopee", path="order.cancel_order", when=when, cut=True)
    with pytest.raises(requests.ConnectionError):
        shop.post("order.cancel_order", order_sn=sn, cancel_reason="CUSTOMER_REQUEST")
    assert shop.status(sn)[0] == status
    assert len(shop.entries("seller_cancellations")) == (1 if when == "after" else 0)


def test_escrow_is_what_is_left_after_the_fees(shop):
    sn = shop.order()
    income = shop.get("payment.get_escrow_detail", order_sn=sn)["response"]["order_income"]
    fees = income["commission_fee"] + income["service_fee"] + income["seller_transaction_fee"]
    assert income["buyer_total_amount"] == shop.detail(sn)["total_amount"]
    assert round(income["escrow_amount"] + fees, 2) == round(
        income["buyer_total_amount"] - income["buyer_paid_shipping_fee"], 2
    )
    assert shop.get("payment.get_escrow_detail", order_sn="X")["error"] == "order_not_found"
