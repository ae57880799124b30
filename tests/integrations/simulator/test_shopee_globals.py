"""shopee.md §3.5.4, §3.5.6: global items are judged by the documented rules, and flow down to their shops."""

import pytest

from integrations.simulator.shopee_seeds import attributes
from tests.integrations.simulator.shopee_callers import (
    CANVAS,
    CHINA,
    CLEANSERS,
    HAND_TOOLS,
    HOODIES,
    MUGS,
    TOTE_BAGS,
    seller,
)


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


STARTING = 6
FIVE = ("name_and_description", "media_information", "tier_variation_name_and_option", "price", "days_to_ship")


def listed(caller):
    reply = caller.get("get_global_item_list", page_size=50)["response"]
    return {row["global_item_id"] for row in reply["global_item_list"]}


def info(caller, item_id):
    return caller.get("get_global_item_info", global_item_id_list=item_id)["response"]["global_item_list"][0]


def test_item_is_made_once_and_shown_with_its_oddities(lanyue):
    item_id = lanyue.add()
    shown = info(lanyue, item_id)
    assert (shown["global_item_name"], shown["global_item_sku"]) == ("Cotton tote bag 38cm", "TOTE-38")
    assert (shown["weight"], shown["has_model"], shown["global_item_status"]) == ("0.35", False, "NORMAL")
    assert shown["price_info"] == [{"currency": "CNY", "original_price": 39.9}]
    assert shown["stock_info"][0]["normal_stock"] == 100
    assert shown["brand"] == {"brand_id": 0, "original_brand_name": "NoBrand"}
    assert shown["attribute_list"][1]["attribute_value_list"] == [
        {"value_id": 0, "original_value_name": "Waxed canvas", "value_unit": ""}
    ]
    assert lanyue.counted("global_items") == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"category_id": 1}, "error_invalid_category"),
        ({"category_id": 100001}, "error_invalid_category"),
        ({"global_item_name": "x" * 300}, "error_title_len_no_pass"),
        ({"global_item_name": "袋" * 120}, "error_title_len_no_pass"),
        ({"global_item_name": "Canvas 帆布袋"}, "error_check_language_fail"),
        ({"global_item_name": "Сумка"}, "error_check_language_fail"),
        ({"global_item_name": "Replica tote bag"}, "error_check_luc_fail"),
        ({"description": "帆布袋 for you"}, "error_check_language_fail"),
        ({"description": "x" * 5001}, "error_desc_len_no_pass"),
        ({"image": {"image_id_list": []}}, "error_image_num_min"),
        ({"image": {"image_id_list": ["nobody"]}}, "error_param"),
        ({"original_price": 0.01}, "error_price_limit_no_pass"),
        ({"seller_stock": [{"location_id": "CNZ", "stock": 1_000_000}]}, "error_stock_bigger_then_limit"),
        ({"seller_stock": [{"location_id": "CNZ", "stock": -1}]}, "error_stock_less_then_min_limit"),
        ({"seller_stock": [{"location_id": "USZ", "stock": 1}]}, "error_inner"),
        ({"pre_order": {"days_to_ship": 11}}, "error_dts_range_not_allowed"),
        ({"pre_order": {"days_to_ship": 0}}, "error_invalid_days_to_ship"),
        ({"pre_order": {"days_to_ship": 61}}, "error_busi_item_days_to_ship_invalid"),
        ({"pre_order": None}, "error_param"),
        ({"weight": 101}, "error_busi_global_item_weight_over_limit"),
        ({"weight": None}, "error_param"),
        (
            {"dimension": {"package_length": 301, "package_width": 1, "package_height": 1}},
            "error_busi_global_item_dimension_over_limit",
        ),
        ({"global_item_sku": "x" * 101}, "error_busi_global_item_sku_over_limit"),
        ({"brand": {"brand_id": 5}}, "error_invalid_brand"),
        ({"attribute_list": [CANVAS]}, "error_less_required_attribute"),
        ({"attribute_list": [CHINA, CANVAS, {"attribute_id": 1}]}, "error_invalid_attribute"),
        ({"attribute_list": [CHINA, CANVAS, {"attribute_id": 100441}]}, "error_invalid_category_attribute"),
        (
            {"attribute_list": [{"attribute_id": 100004, "attribute_value_list": [{"value_id": 1}]}, CANVAS]},
            "error_invalid_attribute",
        ),
        ({"description_type": "extended"}, "error_param"),
        ({"condition": "OLD"}, "error_param"),
    ],
)
def test_bad_item_is_refused_with_the_documented_code(lanyue, change, code):
    assert lanyue.code("add_global_item", **lanyue.item(**change))[0].removeprefix("product.") == code
    assert lanyue.counted("global_items") == 0
    assert len(listed(lanyue)) == STARTING


def test_chinese_alone_and_english_alone_pass(lanyue):
    assert lanyue.add(global_item_name="帆布手提袋38", description="结实耐用的帆布手提袋。") in listed(lanyue)


def test_blocked_and_foreign_categories_are_refused(simulator, lanyue):
    blocked = lanyue.code("add_global_item", **lanyue.item(category_id=lanyue.leaf("Pet Vitamins")))
    hansol = seller(simulator, 1)
    foreign = hansol.code("add_global_item", **hansol.item(category_id=hansol.leaf("Riding Gloves")))
    assert (blocked[0], foreign[0]) == ("error_category_is_block", "error_category_not_allowed")


def test_brand_is_mandatory_in_some_categories_and_must_not_be_doubled(lanyue):
    body = lanyue.item(category_id=lanyue.leaf(HOODIES), brand=None, attribute_list=good_hoodie())
    assert lanyue.code("add_global_item", **body)[0] == "error_less_required_brand"
    brands = lanyue.get("get_brand_list", offset=0, page_size=5, category_id=lanyue.leaf(HOODIES), status=1)
    known = brands["response"]["brand_list"][1]
    doubled = {**body, "brand": {"brand_id": 0, "original_brand_name": known["original_brand_name"]}}
    assert lanyue.code("add_global_item", **doubled)[0] == "error_duplicated_brand"
    assert lanyue.code("add_global_item", **body, brand={"brand_id": known["brand_id"]})[0] == ""
    elsewhere = lanyue.code("add_global_item", **lanyue.item(category_id=lanyue.leaf(MUGS), brand=known))
    assert elsewhere[0] in ("error_incalid_brand", "error_less_required_attribute")


def good_hoodie():
    women = attributes()["gender"].values[0].id
    return [CHINA, CANVAS, {"attribute_id": 100398, "attribute_value_list": [{"value_id": women}]}]


def test_units_dates_and_registration_numbers_are_checked(lanyue):
    def answers(**values):
        ids = {"ingredients": 100464, "shelf": 100461, "expiry": 100462, "fda": 100466}
        good = {"ingredients": ("Water", ""), "shelf": ("24", "Months"), "expiry": ("1798761600", "")} | values
        return [
            CHINA,
            *(
                {
                    "attribute_id": ids[key],
                    "attribute_value_list": [{"value_id": 0, "original_value_name": text, "value_unit": unit}],
                }
                for key, (text, unit) in good.items()
            ),
        ]

    def code(**values):
        body = lanyue.item(category_id=lanyue.leaf(CLEANSERS), attribute_list=answers(**values))
        return lanyue.code("add_global_item", **body)[0]

    assert code(shelf=("24", "")) == "error_invalid_attribute"
    assert code(shelf=("two", "Months")) == "error_invalid_attribute"
    assert code(expiry=("01/01/2027", "")) == "error_invalid_attribute"
    assert code(fda=("1", "")) == "error_attribute_fda_error"
    assert code(fda=("NN-12345678", "")) == ""


def test_similar_product_is_refused(lanyue):
    images = lanyue.upload(2)
    lanyue.add(image_ids=images)
    again = lanyue.item(image_ids=lanyue.upload(2))
    assert lanyue.code("add_global_item", **again) == (
        "error_repeated_mtsku",
        "A similar product has already been uploaded",
    )
    assert lanyue.code("add_global_item", **lanyue.item(image_ids=images, global_item_sku=None))[0] == (
        "error_repeated_mtsku"
    )
    lanyue.add(global_item_sku="TOTE-39")
    assert lanyue.counted("global_items") == 2


def test_merchant_with_stock_in_markets_has_to_name_the_location(simulator):
    hong_kong = seller(simulator, 0, merchant=1)
    body = hong_kong.item(original_price=20, seller_stock=[{"stock": 5}])
    code, message = hong_kong.code("add_global_item", **body)
    assert code.removeprefix("product.") == "error_param"
    assert message == "You have 3PF shops, please upload stock with location id"
    assert hong_kong.code("add_global_item", **body | {"seller_stock": [{"location_id": "HKZ", "stock": 5}]})[0] == ""


def test_merchant_without_currency_or_upgrade_adds_nothing(simulator):
    beginner = seller(simulator, 2)
    assert beginner.code("add_global_item", **beginner.item())[0] == "ERROR_MERCHANT_UNSET_CURRENCY_INFO"
    merchant_id = beginner.merchant["merchant_id"]
    simulator.control("change", platform="shopee", merchant={"merchant_id": merchant_id, "currency": "CNY"})
    code, message = beginner.code("add_global_item", **beginner.item())
    assert code.removeprefix("product.") == "error_permission"
    assert message == "Global product related shop is not upgraded."


def test_retired_stock_field_gives_a_warning_and_no_stock(lanyue):
    reply = lanyue.post("add_global_item", **lanyue.item(seller_stock=None, normal_stock=5))
    assert reply["warning"] == "normal_stock is retired and was ignored, please use seller_stock."
    shown = info(lanyue, reply["response"]["global_item_id"])
    assert shown["stock_info"][0]["normal_stock"] == 0


def test_list_goes_on_by_an_opaque_offset(lanyue):
    first = lanyue.get("get_global_item_list", page_size=4)["response"]
    rest = lanyue.get("get_global_item_list", page_size=4, offset=first["offset"])["response"]
    ids = [row["global_item_id"] for row in first["global_item_list"] + rest["global_item_list"]]
    assert (first["has_next_page"], rest["has_next_page"], rest["offset"]) == (True, False, "")
    assert first["offset"].endswith("=")
    assert len(set(ids)) == len(ids) == first["total_count"] == STARTING


def test_list_is_narrowed_by_update_time_and_needs_both_ends(simulator, lanyue):
    now = int(simulator.show("clock")["now"])
    item_id = lanyue.add()
    found = lanyue.get("get_global_item_list", page_size=50, update_time_from=now, update_time_to=now + 10)
    assert [row["global_item_id"] for row in found["response"]["global_item_list"]] == [item_id]
    assert found["message"] == "update_time_to is later than now."
    assert lanyue.get("get_global_item_list", page_size=50, update_time_from=now)["error"].endswith("error_param")


def test_update_changes_what_is_sent_and_flows_down_where_synced(lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id, "MY")
    lanyue.publish(item_id, "SG")
    switches = [
        {"shop_id": lanyue.shops[region], "shop_region": region, **dict.fromkeys(FIVE, region == "MY")}
        for region in ("MY", "SG")
    ]
    assert lanyue.post("set_sync_field", shop_sync_list=switches)["error"] == ""
    assert (
        lanyue.post("update_global_item", global_item_id=item_id, global_item_name="Linen bag", weight=0.5)["error"]
        == ""
    )
    assert (
        lanyue.post("update_price", global_item_id=item_id, price_list=[{"global_model_id": 0, "original_price": 72}])[
            "error"
        ]
        == ""
    )
    names, weights, prices = {}, {}, {}
    for region, row in lanyue.published(item_id).items():
        reply = lanyue.shop_get(lanyue.shops[region], "get_item_base_info", item_id_list=row["item_id"])
        shown = reply["response"]["item_list"][0]
        names[region], weights[region] = shown["item_name"], shown["weight"]
        prices[region] = shown["price_info"][0]["original_price"]
    assert names == {"MY": "Linen bag", "SG": "Cotton tote bag 38cm"}
    assert weights == {"MY": "0.5", "SG": "0.5"}
    assert prices == {"MY": 48.06, "SG": 7.93}
    assert info(lanyue, item_id)["description"] == "Canvas tote bag, 38 x 42 cm, reinforced handles."


def test_sync_needs_all_five_switches_and_the_right_region(lanyue):
    row = {"shop_id": lanyue.shops["MY"], "shop_region": "MY", **dict.fromkeys(FIVE, True)}
    assert lanyue.code("set_sync_field", shop_sync_list=[{**row, "price": None}])[0].endswith("error_param")
    assert lanyue.code("set_sync_field", shop_sync_list=[{**row, "shop_region": "SG"}])[0] == (
        "error_busi_shop_region_not_match"
    )
    assert lanyue.counted("syncs") == 0


def test_stock_is_shared_by_all_shops(lanyue):
    item_id = lanyue.add_with_models()
    for region in ("MY", "SG"):
        lanyue.publish(item_id, region)
    model_id = lanyue.models(item_id)[1]["global_model_id"]
    stock = [{"global_model_id": model_id, "seller_stock": [{"location_id": "CNZ", "stock": 55}]}]
    assert lanyue.post("update_stock", global_item_id=item_id, stock_list=stock)["error"] == ""
    for region, row in lanyue.published(item_id).items():
        models = lanyue.shop_models(lanyue.shops[region], row["item_id"])
        assert [one["stock_info_v2"]["summary_info"]["total_available_stock"] for one in models] == [10, 55, 12]


def test_prices_change_all_or_none(lanyue):
    item_id = lanyue.add_with_models()
    models = lanyue.models(item_id)
    prices = [{"global_model_id": one["global_model_id"], "original_price": 50} for one in models]
    prices[2]["original_price"] = 500
    assert lanyue.code("update_price", global_item_id=item_id, price_list=prices)[0] == "error_price_agp_too_large"
    assert [one["price_info"]["original_price"] for one in lanyue.models(item_id)] == [39.9, 40.9, 41.9]
    wrong = [{"global_model_id": 5, "original_price": 50}]
    assert lanyue.code("update_price", global_item_id=item_id, price_list=wrong)[0] == "error_item_model_not_match"
    assert lanyue.counted("prices") == 0


def test_deleting_takes_the_shop_items_along(lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id)
    made = lanyue.published(item_id)["MY"]["item_id"]
    assert lanyue.post("delete_global_item", global_item_id=item_id)["response"] == {"failure_delete_item": []}
    gone = lanyue.get("get_global_item_info", global_item_id_list=item_id)
    assert gone["error"] == "error_invalid_global_item_id"
    rows = lanyue.shop_get(lanyue.shops["MY"], "get_item_list", offset=0, page_size=50, item_status=["SELLER_DELETE"])[
        "response"
    ]["item"]
    assert [row["item_id"] for row in rows] == [made]


def test_promotion_keeps_a_shop_item_from_being_deleted(simulator, lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id)
    made = lanyue.published(item_id)["MY"]["item_id"]
    simulator.control("change", platform="shopee", item={"item_id": made, "promotion": True})
    failed = lanyue.post("delete_global_item", global_item_id=item_id)["response"]["failure_delete_item"]
    assert failed == [{"shop_id": lanyue.shops["MY"], "item_id": made}]
    assert item_id in listed(lanyue)


def test_merchant_starts_with_items_to_adopt(lanyue):
    shown = [info(lanyue, item_id) for item_id in sorted(listed(lanyue))]
    skus = [one["global_item_sku"] for one in shown]
    assert len(shown) == STARTING
    assert skus.count("LY-TOTE-01") == 2
    assert skus.count("") == 1
    assert sum(sku.startswith("CJ") for sku in skus) == 3
    published = [lanyue.published(one["global_item_id"]) for one in shown]
    assert [sorted(rows) for rows in published] == [
        ["MY", "SG"],
        ["MY", "PH", "TH"],
        ["SG"],
        ["MY", "TW"],
        ["SG"],
        ["VN"],
    ]
    mapped = lanyue.get("get_global_item_id", shop_id=lanyue.shops["VN"], item_id_list=published[5]["VN"]["item_id"])[
        "response"
    ]["item_id_map"]
    assert mapped == [{"item_id": published[5]["VN"]["item_id"], "global_item_id": shown[5]["global_item_id"]}]


def test_category_closed_where_the_item_is_sold_is_prohibited(lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id, "BR")
    pieces = {"attribute_id": 100502, "attribute_value_list": [{"value_id": 0, "original_value_name": "3"}]}
    change = {"category_id": lanyue.leaf(HAND_TOOLS), "attribute_list": [pieces]}
    assert lanyue.code("update_global_item", global_item_id=item_id, **change) == (
        "error_busi_mpsku_category_prohibited",
        "The category is prohibited in BR.",
    )
    assert info(lanyue, item_id)["category_id"] == lanyue.leaf(TOTE_BAGS)


def test_category_without_ranges_ships_in_two_days_only(lanyue):
    body = {"category_id": lanyue.leaf("Notebooks & Pens"), "attribute_list": [CANVAS]}
    late = lanyue.item(**body, pre_order={"days_to_ship": 5})
    assert lanyue.code("add_global_item", **late)[0] == "error_no_dts_range_not_allowed"
    assert lanyue.code("add_global_item", **lanyue.item(**body))[0] == ""


def test_size_chart_is_mandatory_in_some_categories_and_a_template_wins_over_a_picture(lanyue):
    category_id = lanyue.leaf("Dresses")
    charts = lanyue.get("get_size_chart_list", category_id=category_id, page_size=10, cursor="")["response"]
    chart_id = charts["size_chart_list"][0]["size_chart_id"]
    body = lanyue.item(category_id=category_id, attribute_list=good_hoodie())
    assert lanyue.code("add_global_item", **body)[1] == "Size chart is mandatory in this category."
    both = {"size_chart": body["image"]["image_id_list"][0], "size_chart_id": chart_id}
    reply = lanyue.post("add_global_item", **body, size_chart_info=both)
    assert (reply["error"], reply["warning"]) == ("", "Only the size chart template is kept.")
    shown = info(lanyue, reply["response"]["global_item_id"])
    assert (shown["size_chart"], shown["size_chart_id"]) == ("", chart_id)


def test_foreign_items_stay_unknown(simulator, lanyue):
    item_id, hansol = lanyue.add(), seller(simulator, 1)
    assert hansol.code("delete_global_item", global_item_id=item_id)[0] == "error_busi_global_item_not_found"
    assert hansol.get("get_global_item_info", global_item_id_list=item_id)["error"] == "error_invalid_global_item_id"
    assert item_id in listed(lanyue)


def test_seller_edits_a_global_item_behind_our_back(simulator, lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id)
    change = {"global_item_id": item_id, "name": "Sale bag", "price": 72, "stock": 4}
    simulator.control("change", platform="shopee", global_item=change)
    shown = info(lanyue, item_id)
    assert (shown["global_item_name"], shown["price_info"][0]["original_price"]) == ("Sale bag", 72)
    made = lanyue.published(item_id)["MY"]["item_id"]
    reply = lanyue.shop_get(lanyue.shops["MY"], "get_item_base_info", item_id_list=made)["response"]["item_list"][0]
    assert (reply["item_name"], reply["stock_info_v2"]["summary_info"]["total_available_stock"]) == ("Sale bag", 4)
    simulator.control("change", platform="shopee", global_item={"global_item_id": item_id, "deleted": True})
    assert item_id not in listed(lanyue)
