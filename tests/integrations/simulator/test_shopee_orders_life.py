"""design.md §7: what the clock does to Shopee's orders, what control moves on, and that the books keep it."""

import pytest

from tests.integrations.simulator.shopee_traders import DAY, HOUR, NOON, plain_trader, trader


@pytest.fixture
def shop(simulator):
    """Return a shop without a merchant, whose parcels a carrier fetches."""
    return plain_trader(simulator)


def test_unpaid_order_dies_after_a_day_and_gives_its_stock_back(shop):
    before = shop.stock("HOME-MUG-1")
    sn = shop.order(lines=[{"sku": "HOME-MUG-1", "quantity": 4}], paid=False)
    assert shop.status(sn) == ("UNPAID", ["LOGISTICS_NOT_START"])
    assert shop.detail(sn)["pay_time"] is None
    assert shop.stock("HOME-MUG-1") == before - 4
    shop.wait(DAY)
    shown = shop.detail(sn)
    assert (shown["order_status"], shown["cancel_by"], shown["update_time"]) == ("CANCELLED", "system", NOON + DAY)
    assert shop.stock("HOME-MUG-1") == before
    assert shop.entries("buyer_payments") == []


def test_buyer_pays_later(shop):
    sn = shop.order(pays_after_s=600)
    shop.wait(599)
    assert shop.status(sn)[0] == "UNPAID"
    shop.wait(1)
    shown = shop.detail(sn, "pay_time")
    assert (shown["order_status"], shown["pay_time"], shown["ship_by_date"]) == (
        "READY_TO_SHIP",
        NOON + 600,
        NOON + 600 + 2 * DAY,
    )
    shop.wait(DAY)
    assert shop.status(sn)[0] == "READY_TO_SHIP"


def test_cash_on_delivery_is_paid_at_the_door(shop):
    sn = shop.order(cod=True, ways={"dropoff": []})
    assert shop.status(sn)[0] == "READY_TO_SHIP"
    assert shop.entries("buyer_payments") == []
    assert shop.ship(sn) == ""
    shop.wait(60)
    shop.advance(sn, "SHIPPED")
    shop.advance(sn, "TO_CONFIRM_RECEIVE")
    assert [one["order_sn"] for one in shop.entries("buyer_payments")] == [sn]
    assert shop.detail(sn)["pay_time"] == NOON + 60


def test_late_seller_loses_the_order_and_who_arranged_in_time_does_not(shop):
    late = shop.order()
    kept = shop.order(ways={"dropoff": []})
    shop.change(orders={"tracking_seconds": None})
    assert shop.ship(kept) == ""
    shop.wait(5 * DAY - 1)
    assert shop.status(late)[0] == "READY_TO_SHIP"
    shop.wait(1)
    assert shop.status(late) == ("CANCELLED", ["LOGISTICS_INVALID"])
    assert shop.detail(late)["cancel_by"] == "system"
    assert shop.status(kept)[0] == "READY_TO_SHIP"


def test_everything_due_happens_at_its_own_moment_in_one_leap(shop):
    sn = shop.order(ways={"dropoff": []})
    assert shop.ship(sn) == ""
    shop.wait(30 * DAY)
    times = [(one["kind"], one["at"], one["to"]) for one in status_entries(shop)]
    pickup = NOON + 60 + 6 * HOUR
    assert times == [
        ("order_status", NOON, "READY_TO_SHIP"),
        ("order_status", NOON + 60, "PROCESSED"),
        ("order_status", pickup, "SHIPPED"),
        ("order_status", pickup + 5 * DAY, "TO_CONFIRM_RECEIVE"),
        ("order_status", pickup + 8 * DAY, "COMPLETED"),
    ]
    assert shop.detail(sn)["update_time"] == pickup + 8 * DAY


def status_entries(shop):
    return shop.simulator.show("books", platform="shopee", kind="order_status")["entries"]


def test_old_orders_have_lived_since(shop):
    sn = shop.order(created_ago_s=10 * DAY)
    shown = shop.detail(sn)
    assert (shown["create_time"], shown["order_status"]) == (NOON - 10 * DAY, "CANCELLED")
    assert shown["update_time"] == NOON - 5 * DAY


def test_pace_of_none_waits_for_control(shop):
    told = shop.change(orders={"tracking_seconds": None, "pickup_seconds": 5})["orders"]
    assert (told["tracking_seconds"], told["pickup_seconds"], told["unmasked"]) == (None, 5, False)
    sn = shop.order(ways={"dropoff": []})
    assert shop.ship(sn) == ""
    shop.wait(HOUR)
    assert shop.number(sn) == ""
    shop.advance(sn, "PROCESSED")
    assert shop.status(sn)[0] == "PROCESSED"
    shop.wait(5)
    assert shop.status(sn)[0] == "SHIPPED"


def test_control_pays_holds_returns_and_completes(shop):
    unpaid = shop.order(paid=False)
    assert shop.advance(unpaid, "READY_TO_SHIP")["status"] == "READY_TO_SHIP"
    held = shop.order(pending="SYSTEM_PENDING")
    assert shop.advance(held, "READY_TO_SHIP")["status"] == "READY_TO_SHIP"
    assert shop.advance(unpaid, "IN_CANCEL")["status"] == "IN_CANCEL"
    assert shop.advance(unpaid, "CANCELLED")["status"] == "CANCELLED"
    assert shop.ship(held, **branch(shop, held)) == ""
    for to in ("PROCESSED", "SHIPPED", "TO_CONFIRM_RECEIVE", "TO_RETURN", "COMPLETED"):
        assert shop.advance(held, to)["status"] == to
    assert len(shop.entries("buyer_payments")) == 2


def branch(shop, sn):
    told = shop.get("logistics.get_shipping_parameter", order_sn=sn)["response"]
    return {"dropoff": {"branch_id": told["dropoff"]["branch_list"][0]["branch_id"]}}


@pytest.mark.parametrize(
    ("to", "field"),
    [("COMPLETED", "to"), ("LOGISTICS_PICKUP_DONE", "to"), ("PROCESSED", "to"), ("HEAVEN", "to"), ("UNPAID", "to")],
)
def test_leap_that_the_states_do_not_know_is_refused(shop, to, field):
    sn = shop.order()
    reply = shop.simulator.control_reply("advance", platform="shopee", id=sn, to=to)
    assert (reply.status_code, reply.json()["field"], bool(reply.json()["fix"])) == (400, field, True)
    package = shop.packages(sn)[0]
    reply = shop.simulator.control_reply("advance", platform="shopee", id=package, to=to)
    assert (reply.status_code, reply.json()["field"]) == (400, field)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_READY"])


def test_carrier_does_not_come_while_the_seller_has_to_answer(shop):
    sn, _number = shop.processed(ways={"dropoff": []})
    shop.buyers(cancel=[sn])
    reply = shop.simulator.control_reply("advance", platform="shopee", id=sn, to="LOGISTICS_PICKUP_DONE")
    assert (reply.status_code, reply.json()["field"]) == (400, "to")
    shop.wait(6 * HOUR)
    assert shop.status(sn) == ("IN_CANCEL", ["LOGISTICS_REQUEST_CREATED"])
    shop.done("order.handle_buyer_cancellation", order_sn=sn, operation="REJECT")
    shop.wait(HOUR)
    assert shop.status(sn) == ("SHIPPED", ["LOGISTICS_PICKUP_DONE"])


def test_failed_pickup_cancels_and_gives_back(shop):
    before = shop.stock("HOME-MUG-1")
    sn, _number = shop.processed(lines=[{"sku": "HOME-MUG-1"}], ways={"dropoff": []})
    shop.advance(sn, "LOGISTICS_PICKUP_FAILED")
    assert shop.status(sn) == ("CANCELLED", ["LOGISTICS_PICKUP_FAILED"])
    assert shop.stock("HOME-MUG-1") == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"orders": {"tracking_seconds": -1}}, "tracking_seconds"),
        ({"orders": {"speed": 1}}, "speed"),
        ({"orders": {"document_format": "doc"}}, "document_format"),
        ({"package": {"package_number": "OFG1", "tracking_number": "X"}}, "package_number"),
        ({"first_mile": {"shop_id": 1}}, "shop_id"),
    ],
)
def test_wrong_change_names_the_field(shop, change, field):
    reply = shop.simulator.control_reply("change", platform="shopee", **change)
    assert (reply.status_code, reply.json()["field"]) == (400, field)


def test_shopee_gives_a_package_another_number(shop):
    sn, number = shop.processed(ways={"dropoff": []})
    (package,) = shop.packages(sn)
    shop.change(package={"package_number": package, "tracking_number": "NEW-1"})
    assert shop.number(sn) == "NEW-1"
    assert [(one["before"], one["tracking_number"]) for one in shop.entries("tracking_numbers")] == [
        ("", number),
        (number, "NEW-1"),
    ]


def test_limits_count_orders_calls_too(simulator):
    shop = trader(simulator)
    sn = shop.order()
    simulator.control("limits", platform="shopee", account=f"shop:{shop.shop_id}", rps=1)
    assert shop.ship(sn) == ""
    assert shop.ship(sn) == "error_rate_limit"
    assert shop.entries("arrange_refusals") == []


def test_thousands_of_orders_fit_into_one_world(simulator):
    shop = plain_trader(simulator)
    shop.orders(count=3000, lines=[{"unknown": True}], ways={"dropoff": []})
    window = {"time_range_field": "create_time", "time_from": NOON - 1, "time_to": NOON + 1, "page_size": 100}
    seen, cursor, more = set(), "", True
    while more:
        page = shop.get("order.get_order_list", **window, cursor=cursor)["response"]
        seen |= {row["order_sn"] for row in page["order_list"]}
        cursor, more = page["next_cursor"], page["more"]
    assert len(seen) == 3000
