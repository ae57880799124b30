"""shopee.md §3.8: packages are searched and shown, orders split and put together again."""

import pytest

from tests.integrations.simulator.shopee_traders import DAY, NOON, plain_trader

TWO = [{"sku": "HOME-MUG-1", "quantity": 2}, {"unknown": True, "sku": "BOX-1"}]


@pytest.fixture
def shop(simulator):
    """Return a shop without a merchant, whose parcels a carrier fetches."""
    return plain_trader(simulator)


def searched(shop, size=10, cursor="", **options):
    body = {"pagination": {"page_size": size, "cursor": cursor}, **options}
    return shop.done("order.search_package_list", **body)


def numbers(reply):
    return [row["package_number"] for row in reply["packages_list"]]


def split_in_two(shop, sn):
    items = shop.detail(sn)["item_list"]
    rows = [{"item_list": [{name: one[name] for name in ("item_id", "model_id", "order_item_id")}]} for one in items]
    return shop.post("order.split_order", order_sn=sn, package_list=rows)


def test_search_finds_what_is_to_process_unless_told_otherwise(shop):
    unpaid, ready = shop.order(paid=False), shop.order()
    done, _number = shop.processed(ways={"dropoff": []})
    found = {status: numbers(searched(shop, filter={"package_status": status})) for status in (0, 1, 2, 3)}
    assert found[1] == shop.packages(unpaid)
    assert found[2] == shop.packages(ready) == numbers(searched(shop))
    assert found[3] == shop.packages(done)
    assert sorted(found[0]) == sorted(found[1] + found[2] + found[3])


def test_search_pages_both_ways(shop):
    made = [one["package_numbers"][0] for one in shop.orders(count=5)]
    first = searched(shop, 3)
    rest = searched(shop, 3, first["pagination"]["next_cursor"])
    assert (numbers(first) + numbers(rest), first["pagination"]["total_count"]) == (made, 5)
    assert (first["pagination"]["more"], rest["pagination"]["more"]) == (True, False)
    down = {"sort_type": 2, "ascending": False}
    first = searched(shop, 3, sort=down)
    rest = searched(shop, 3, first["pagination"]["next_cursor"], sort=down)
    assert numbers(first) + numbers(rest) == made[::-1]
    assert first["sort"] == {"sort_type": 2, "is_asc": False}


def test_search_filters_by_place_channel_and_fulfillment(shop):
    (mine,) = shop.orders()[0]["package_numbers"]
    (theirs,) = shop.orders(fulfillment="fulfilled_by_shopee")[0]["package_numbers"]
    row = searched(shop)["packages_list"][0]
    assert row["package_number"] == mine
    assert numbers(searched(shop, filter={"fulfillment_type": 1})) == [theirs]
    assert sorted(numbers(searched(shop, filter={"fulfillment_type": 0}))) == sorted([mine, theirs])
    assert numbers(searched(shop, filter={"logistics_channel_ids": [row["logistics_channel_id"]]})) == [mine]
    assert numbers(searched(shop, filter={"product_location_ids": ["NOWHERE"]})) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"pagination": {}},
        {"pagination": {"page_size": 101}},
        {"pagination": {"page_size": 1, "cursor": "#"}},
        {"pagination": {"page_size": 1}, "filter": {"package_status": 4}},
        {"pagination": {"page_size": 1}, "sort": {"sort_type": 4}},
    ],
)
def test_search_refuses_what_is_out_of_bounds(shop, body):
    assert shop.post("order.search_package_list", **body)["error"].endswith("error_param")


def test_detail_tells_the_time_that_is_left(shop):
    sn = shop.order()
    (number,) = shop.packages(sn)

    def told():
        reply = shop.get("order.get_package_detail", package_number_list=f"{number},OFG1")
        assert reply["warning"] == ["OFG1"]
        return reply["response"]["package_list"][0]

    shown = told()
    assert (shown["order_sn"], shown["fulfillment_status"], shown["tracking_number"]) == (sn, "LOGISTICS_READY", "")
    assert (shown["is_split_up"], shown["can_split_order"], shown["can_unsplit_order"]) == (False, False, False)
    assert shown["status_info_tag"] == {"tag_id": 2, "timestamp": NOON + 2 * DAY}
    shop.wait(2 * DAY)
    assert told()["status_info_tag"] == {"tag_id": 3, "timestamp": NOON + 2 * DAY}
    shop.wait(2 * DAY)
    assert told()["status_info_tag"] == {"tag_id": 1, "timestamp": NOON + 5 * DAY}


def test_split_puts_each_item_into_its_own_package(shop):
    sn = shop.order(lines=TWO)
    reply = split_in_two(shop, sn)
    assert reply["error"] == ""
    shown = shop.detail(sn)
    parts = [[item["item_id"] for item in one["item_list"]] for one in reply["response"]["package_list"]]
    assert parts == [[one["item_id"]] for one in shown["item_list"]]
    assert [one["package_number"] for one in shown["package_list"]] == [
        one["package_number"] for one in reply["response"]["package_list"]
    ]
    assert shop.detail(sn, "split_up")["split_up"] is True
    assert shop.entries("splits") == [{"order_sn": sn, "package_numbers": shop.packages(sn)}]
    assert split_in_two(shop, sn)["error"] == "order.order_has_been_split"


def test_split_order_goes_with_the_earliest_of_its_packages(shop):
    sn = shop.order(lines=TWO, ways={"dropoff": []})
    split_in_two(shop, sn)
    first, second = shop.packages(sn)
    assert shop.ship(sn) == "logistics.ship_order_need_pacakge_number"
    assert shop.ship(sn, package_number=first) == ""
    shop.wait(60)
    assert shop.status(sn) == ("READY_TO_SHIP", ["LOGISTICS_REQUEST_CREATED", "LOGISTICS_READY"])
    assert shop.post("order.unsplit_order", order_sn=sn)["error"] == "order.order_cannot_undo_split"
    assert shop.ship(sn, package_number=second) == ""
    shop.wait(60)
    assert shop.status(sn)[0] == "PROCESSED"
    assert shop.number(sn, package_number=first) != shop.number(sn, package_number=second)
    nameless = shop.get("logistics.get_tracking_number", order_sn=sn)
    assert nameless["error"] == "logistics.package_number_not_exist"
    shop.advance(first, "LOGISTICS_PICKUP_DONE")
    assert shop.status(sn)[0] == "PROCESSED"
    shop.advance(second, "LOGISTICS_PICKUP_DONE")
    shop.advance(first, "LOGISTICS_DELIVERY_DONE")
    assert shop.status(sn)[0] == "SHIPPED"
    shop.advance(second, "LOGISTICS_LOST")
    assert shop.status(sn) == ("TO_CONFIRM_RECEIVE", ["LOGISTICS_DELIVERY_DONE", "LOGISTICS_LOST"])


def test_unsplit_leaves_one_package_with_everything(shop):
    sn = shop.order(lines=TWO)
    before = shop.packages(sn)
    split_in_two(shop, sn)
    assert "response" not in shop.post("order.unsplit_order", order_sn=sn)
    assert shop.packages(sn) == before
    assert len(shop.detail(sn)["package_list"][0]["item_list"]) == 2
    assert shop.post("order.unsplit_order", order_sn=sn)["error"] == "order.order_unsplit_failed"


def test_split_refuses_what_does_not_add_up(shop):
    sn = shop.order(lines=TWO)
    one, two = ({"item_id": row["item_id"], "model_id": row["model_id"]} for row in shop.detail(sn)["item_list"])

    def error(*packages):
        rows = [{"item_list": items} for items in packages]
        return shop.post("order.split_order", order_sn=sn, package_list=rows)["error"].removeprefix("order.")

    assert error([one, two]) == "error_param"
    assert error([one], [one]) == "order_split_duplicate_item"
    assert error([one], [{"item_id": 5, "model_id": 0}]) == "order_split_item_not_exist"
    assert error([{**one, "model_quantity": 1}], [two]) == "order_split_wrong_item_quantity"
    assert error([one], []) == "error_param"
    assert shop.packages(sn) == [shop.detail(sn)["package_list"][0]["package_number"]]
    single = shop.order(lines=TWO[:1])
    assert split_in_two(shop, single)["error"] == "order.order_cannot_split"
    assert shop.ship(sn, dropoff={"branch_id": 1}) == "logistics.no_supported_dropoff_branch"
    assert shop.entries("splits") == []


def test_split_that_leaves_an_item_out_is_refused(shop):
    sn = shop.order(lines=[*TWO, {"unknown": True}])
    one, two, _three = ({"item_id": row["item_id"], "model_id": 0} for row in shop.detail(sn)["item_list"])
    rows = [{"item_list": [one]}, {"item_list": [two]}]
    reply = shop.post("order.split_order", order_sn=sn, package_list=rows)
    assert reply["error"] == "order.order_split_package_missing_item"
