"""shopee.md §3.7: upgraded shops read and change a little, plain shops do all by themselves."""

import pytest

from tests.integrations.simulator.shopee_callers import model, plain_shop, seller


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


@pytest.fixture
def plain(simulator):
    return plain_shop(simulator)


def plain_item(caller, **changes):
    """Return the body of a good item of a plain shop."""
    body = caller.item(**changes)
    renamed = {"global_item_name": "item_name", "global_item_sku": "item_sku"}
    made = {renamed.get(name, name): value for name, value in body.items()}
    return {**made, "seller_stock": [{"stock": 100}]}


def listed(caller, shop_id, *statuses):
    wanted = statuses or ("NORMAL", "UNLIST")
    reply = caller.shop_get(shop_id, "get_item_list", offset=0, page_size=100, item_status=list(wanted))
    return [row["item_id"] for row in reply["response"]["item"] or []]


def base(caller, shop_id, item_id):
    return caller.shop_get(shop_id, "get_item_base_info", item_id_list=item_id)["response"]["item_list"][0]


@pytest.fixture
def live(lanyue):
    """Shop and item of a published global item with variants."""
    item_id = lanyue.add_with_models()
    lanyue.publish(item_id)
    return lanyue.shops["MY"], lanyue.published(item_id)["MY"]["item_id"]


def test_plain_shop_starts_with_items_and_pages_through_them(plain):
    caller, shop_id = plain
    first = caller.shop_get(shop_id, "get_item_list", offset=0, page_size=3, item_status="NORMAL")["response"]
    rest = caller.shop_get(shop_id, "get_item_list", offset=3, page_size=3, item_status="NORMAL")["response"]
    assert (first["total_count"], first["has_next_page"], first["next_offset"]) == (4, True, 3)
    assert (len(rest["item"]), rest["has_next_page"], rest["next_offset"]) == (1, False, 0)
    assert first["item"][0]["tag"] == {"kit": False}


def test_list_needs_a_status_and_an_offset_within_reach(plain):
    caller, shop_id = plain
    assert caller.shop_get(shop_id, "get_item_list", offset=0, page_size=3)["error"].endswith("error_param")
    far = caller.shop_get(shop_id, "get_item_list", offset=20_000, page_size=3, item_status="NORMAL")
    assert far["message"] == "get items offset over limit, please use the next field"


def test_base_info_has_the_documented_oddities(plain):
    caller, shop_id = plain
    item_id = caller.shop_post(shop_id, "add_item", **plain_item(caller))["response"]["item_id"]
    shown = base(caller, shop_id, item_id)
    assert (shown["weight"], shown["deboost"], shown["has_model"]) == ("0.35", "false", False)
    assert shown["price_info"] == [{"currency": "MYR", "original_price": 39.9, "current_price": 39.9}]
    assert shown["stock_info_v2"]["summary_info"] == {"total_reserved_stock": 0, "total_available_stock": 100}
    assert shown["wholesales"] is None
    assert [one["enabled"] for one in shown["logistic_info"]] == [True, False]


def test_plain_shop_adds_items_and_variants_and_is_told_the_ids(plain):
    caller, shop_id = plain
    made = caller.shop_post(shop_id, "add_item", **plain_item(caller))["response"]
    rows = [{**model(n), "model_sku": f"S-{n}"} for n in range(2)]
    body = {"item_id": made["item_id"], "tier_variation": caller.tiers(0, ("Red", "Blue"), old=True)["tier_variation"]}
    reply = caller.shop_post(shop_id, "init_tier_variation", **body, model=rows)["response"]
    ids = [one["model_id"] for one in reply["model"]]
    assert [one["model_id"] for one in caller.shop_models(shop_id, made["item_id"])] == ids
    added = caller.shop_post(shop_id, "add_model", item_id=made["item_id"], model_list=rows[:1])
    assert added["message"] == "Model tier_index error."
    assert caller.shop_post(shop_id, "delete_model", item_id=made["item_id"], model_id=ids[0])["error"] == ""
    assert caller.shop_post(shop_id, "delete_model", item_id=made["item_id"], model_id=ids[1])["error"] != ""
    assert caller.counted("shop_items") == 1


def test_plain_shop_sets_stock_with_success_and_failure_side_by_side(plain):
    caller, shop_id = plain
    item_id = caller.shop_post(shop_id, "add_item", **plain_item(caller))["response"]["item_id"]
    stock = [{"model_id": one, "seller_stock": [{"stock": 7}]} for one in (0, 99)]
    reply = caller.shop_post(shop_id, "update_stock", item_id=item_id, stock_list=stock)["response"]
    assert reply["success_list"] == [{"model_id": 0, "location_id": "MYZ", "stock": 7}]
    assert reply["failure_list"] == [{"model_id": 99, "failed_reason": "model not found"}]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("add_item", "error_permission"),
        ("update_stock", "error_permission"),
        ("init_tier_variation", "error_cnsc_shop_block_update_tier_variation"),
        ("update_tier_variation", "error_cnsc_shop_block_update_tier_variation"),
        ("add_model", "error_cnsc_shop_block_update_tier_variation"),
        ("delete_model", "error_cnsc_shop_block_update_tier_variation"),
    ],
)
def test_upgraded_shop_leaves_structure_and_stock_to_its_global_item(lanyue, live, name, code):
    shop_id, item_id = live
    reply = lanyue.shop_post(shop_id, name, item_id=item_id)
    assert reply["error"].removeprefix("product.") == code
    assert lanyue.counted("shop_items") == 1


def test_shop_that_has_not_upgraded_edits_nothing_unless_control_lets_it(simulator):
    beginner = seller(simulator, 2)
    shop_id = beginner.shops["MY"]
    refused = beginner.shop_post(shop_id, "add_item", **plain_item(beginner))
    assert (refused["error"], refused["message"]) == (
        "product.error_auth",
        "cnsc shop not upgraded, can not edit item.",
    )
    simulator.control("change", platform="shopee", catalog={"edits_before_upgrade": True})
    assert beginner.shop_post(shop_id, "add_item", **plain_item(beginner))["error"] == ""


def test_shop_changes_its_own_words_and_not_what_the_global_item_owns(lanyue, live):
    shop_id, item_id = live
    reply = lanyue.shop_post(shop_id, "update_item", item_id=item_id, item_name="Beg tote", weight=5)
    assert reply["warning"] == "Owned by the global product and ignored: weight."
    shown = base(lanyue, shop_id, item_id)
    assert (shown["item_name"], shown["weight"]) == ("Beg tote", "0.35")


def test_price_is_local_and_takes_the_market_decimals(lanyue, live):
    shop_id, item_id = live
    ids = [one["model_id"] for one in lanyue.shop_models(shop_id, item_id)]
    rows = [
        {"model_id": ids[0], "original_price": 28.9},
        {"model_id": ids[1], "original_price": 28.999},
        {"model_id": 5, "original_price": 28},
    ]
    reply = lanyue.shop_post(shop_id, "update_price", item_id=item_id, price_list=rows)["response"]
    assert reply["success_list"] == [{"model_id": ids[0], "original_price": 28.9}]
    assert [row["failed_reason"] for row in reply["failure_list"]] == [
        "price takes 2 decimals in MYR",
        "model not found",
    ]
    prices = [one["price_info"][0]["original_price"] for one in lanyue.shop_models(shop_id, item_id)]
    assert prices[0] == 28.9
    assert lanyue.counted("shop_prices") == 1


def test_promotion_locks_price_and_status(simulator, lanyue, live):
    shop_id, item_id = live
    simulator.control("change", platform="shopee", item={"item_id": item_id, "promotion": True})
    model_id = lanyue.shop_models(shop_id, item_id)[0]["model_id"]
    price = [{"model_id": model_id, "original_price": 30}]
    assert lanyue.shop_post(shop_id, "update_price", item_id=item_id, price_list=price)["error"] == (
        "error_cannot_update_price_in_promotion"
    )
    unlist = lanyue.shop_post(shop_id, "unlist_item", item_list=[{"item_id": item_id, "unlist": True}])
    assert unlist["error"] == "error_unlist_in_promotion"
    assert base(lanyue, shop_id, item_id)["item_status"] == "NORMAL"


def test_unlisting_and_deleting_leave_the_global_item(lanyue, live):
    shop_id, item_id = live
    rows = [{"item_id": item_id, "unlist": True}, {"item_id": 5, "unlist": True}]
    reply = lanyue.shop_post(shop_id, "unlist_item", item_list=rows)["response"]
    assert reply["success_list"] == [{"item_id": item_id, "unlist": True}]
    assert reply["failure_list"] == [{"item_id": 5, "failed_reason": "Product not found."}]
    assert item_id in listed(lanyue, shop_id, "UNLIST")
    assert lanyue.shop_post(shop_id, "delete_item", item_id=item_id)["error"] == ""
    assert lanyue.shop_post(shop_id, "delete_item", item_id=item_id)["error"] == "error_item_not_found"
    assert item_id not in listed(lanyue, shop_id)
    assert lanyue.get("get_global_item_list", page_size=50)["response"]["total_count"] == 7


def test_search_finds_by_sku_of_item_or_variant_and_by_name(lanyue, live):
    shop_id, item_id = live
    for wanted in ({"item_sku": "TOTE-38"}, {"item_sku": "TOTE-38-2"}, {"item_name": "cotton tote"}):
        reply = lanyue.shop_get(shop_id, "search_item", page_size=10, **wanted)["response"]
        assert (reply["item_id_list"], reply["next_offset"]) == ([item_id], "")
    assert lanyue.shop_get(shop_id, "search_item", page_size=10)["error"].endswith("error_param")


def test_someone_edits_and_deletes_in_the_seller_centre(simulator, lanyue, live):
    shop_id, item_id = live
    simulator.control(
        "change", platform="shopee", item={"item_id": item_id, "name": "Sale!", "price": 12.5, "stock": 3}
    )
    assert base(lanyue, shop_id, item_id)["item_name"] == "Sale!"
    models = lanyue.shop_models(shop_id, item_id)
    assert {one["price_info"][0]["original_price"] for one in models} == {12.5}
    assert {one["stock_info_v2"]["summary_info"]["total_available_stock"] for one in models} == {3}
    simulator.control("change", platform="shopee", item={"item_id": item_id, "deleted": "shopee"})
    assert listed(lanyue, shop_id, "SHOPEE_DELETE") == [item_id]


def test_control_names_what_it_does_not_know(simulator, lanyue):
    reply = simulator.control_reply("change", platform="shopee", item={"item_id": 1, "name": "x"})
    assert (reply.status_code, reply.json()["field"]) == (400, "item_id")
    reply = simulator.control_reply("change", platform="shopee", catalog={"tiers": "new"})
    assert (reply.status_code, reply.json()["field"]) == (400, "tiers")
