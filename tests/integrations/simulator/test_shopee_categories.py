"""shopee.md §3.5.3: categories, attributes, brands and limits, with their odd shapes."""

import pytest

from tests.integrations.simulator.shopee_callers import EARPHONES, HAND_TOOLS, HOODIES, TOTE_BAGS, plain_shop, seller


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


def test_tree_has_three_levels_in_two_languages(lanyue):
    english = lanyue.get("get_category")["response"]["category_list"]
    chinese = lanyue.get("get_category", language="zh-hans")["response"]["category_list"]
    by_id = {node["category_id"]: node for node in english}
    leaves = [node for node in english if not node["has_children"]]
    assert 60 <= len(english) <= 120
    assert len(by_id) == len(english)
    assert all(by_id[by_id[leaf["parent_category_id"]]["parent_category_id"]]["has_children"] for leaf in leaves)
    assert english[0]["display_category_name"] == "Women Clothes"
    assert chinese[0] == {**english[0], "display_category_name": "女装"}


def test_unknown_language_is_refused(lanyue):
    assert lanyue.get("get_category", language="fr")["error"] == "product.error_invalid_language"


def test_category_closed_in_one_market_is_missing_there_alone(lanyue):
    names = {}
    for region in ("BR", "SG"):
        rows = lanyue.shop_get(lanyue.shops[region], "get_category")["response"]["category_list"]
        names[region] = {row["original_category_name"] for row in rows}
    assert names["SG"] - names["BR"] == {HAND_TOOLS, "Massage Tools", "Beauty Tools"}


def test_recommendation_goes_by_the_words_of_the_name(lanyue):
    found = lanyue.get("category_recommend", global_item_name="Canvas tote shopping bag")["response"]["category_id"]
    assert found[0] == lanyue.leaf(TOTE_BAGS)
    assert lanyue.get("category_recommend", global_item_name="qwertz")["response"]["category_id"] == []


def test_attribute_tree_holds_every_kind_of_attribute(lanyue):
    rows = [row for row in lanyue.get("get_category")["response"]["category_list"] if not row["has_children"]]
    ids = [row["category_id"] for row in rows]
    trees = []
    for start in range(0, len(ids), 20):
        asked = ",".join(map(str, ids[start : start + 20]))
        trees += lanyue.get("get_attribute_tree", category_id_list=asked)["response"]["list"]
    infos = [attribute["attribute_info"] for tree in trees for attribute in tree["attribute_tree"]]
    assert [tree["category_id"] for tree in trees] == ids
    assert {info["input_type"] for info in infos} == {1, 2, 3, 4, 5}
    assert {info["input_validation_type"] for info in infos} == {1, 2, 3, 4}
    assert {info["format_type"] for info in infos} == {1, 2}
    assert {info["date_format_type"] for info in infos} == {0, 1}
    assert any(info["support_search_value"] for info in infos)
    assert any(info["mandatory_region"] == ["TW"] for info in infos)


def test_value_may_open_mandatory_children_and_empty_lists_are_null(lanyue):
    tree = lanyue.get("get_attribute_tree", category_id_list=lanyue.leaf(EARPHONES))["response"]["list"][0]
    by_name = {attribute["name"]: attribute for attribute in tree["attribute_tree"]}
    none, supplier, _ = by_name["Warranty Type"]["attribute_value_list"]
    assert none["child_attribute_list"] == []
    assert [(one["name"], one["mandatory"]) for one in supplier["child_attribute_list"]] == [
        ("Warranty Duration", True)
    ]
    assert by_name["NCC Certificate"]["attribute_value_list"] is None
    assert by_name["NCC Certificate"]["mandatory"] is False


def test_shop_tree_makes_mandatory_what_its_market_insists_on(lanyue):
    category_id, mandatory = lanyue.leaf(EARPHONES), {}
    for region in ("TW", "SG"):
        reply = lanyue.shop_get(lanyue.shops[region], "get_attribute_tree", category_id_list=category_id)
        tree = reply["response"]["list"][0]["attribute_tree"]
        mandatory[region] = {one["name"] for one in tree if one["mandatory"]}
    assert mandatory["TW"] - mandatory["SG"] == {"NCC Certificate"}


def test_old_name_of_the_attribute_parameter_is_taken_and_a_parent_is_not(lanyue):
    assert lanyue.get("get_attribute_tree", category_ids=lanyue.leaf(TOTE_BAGS))["error"] == ""
    assert lanyue.get("get_attribute_tree", category_id_list=100001)["error"] == "error_invalid_category"


def test_long_list_of_values_is_searched_page_by_page_and_says_msg(lanyue):
    first = lanyue.post("search_global_attribute_value_list", attribute_id=100491, cursor=0, limit=100)
    assert (first["msg"], "message" in first) == ("", False)
    seen, cursor, more = set(), 0, True
    while more:
        reply = lanyue.post("search_global_attribute_value_list", attribute_id=100491, cursor=cursor, limit=100)
        seen |= {value["value_id"] for value in reply["response"]["value_list"]}
        cursor, more = reply["response"]["page_info"]["cursor"], reply["response"]["page_info"]["has_next"]
    assert len(seen) > 100
    found = lanyue.post(
        "search_global_attribute_value_list", attribute_id=100491, value_name="iphone 15 pro", cursor=0, limit=10
    )
    names = [value["value_name"] for value in found["response"]["value_list"]]
    assert names == ["iPhone 15 Pro", "iPhone 15 Pro Max"]


def test_brands_come_in_pages_with_no_brand_first(lanyue):
    seen, offset, more = [], 0, True
    while more:
        page = lanyue.get("get_brand_list", offset=offset, page_size=100, category_id=lanyue.leaf(TOTE_BAGS), status=1)[
            "response"
        ]
        seen += page["brand_list"]
        offset, more = page["next_offset"], page["has_next_page"]
    assert seen[0] == {"brand_id": 0, "original_brand_name": "NoBrand", "display_brand_name": "NoBrand"}
    assert len({brand["brand_id"] for brand in seen}) == len(seen) > 250
    assert (page["is_mandatory"], page["input_type"], offset) == (False, "TEXT_FILED", 0)


def test_limits_differ_by_category_and_size_charts_stand_beside_the_response(lanyue):
    bags = lanyue.get("get_global_item_limit", category_id=lanyue.leaf(TOTE_BAGS))
    hoodies = lanyue.get("get_global_item_limit", category_id=lanyue.leaf(HOODIES))
    assert "size_chart_limit" not in bags["response"]
    assert bags["size_chart_limit"]["support_image_size_chart"] is False
    assert hoodies["size_chart_limit"]["support_image_size_chart"] is True
    assert bags["response"]["text_length_multiplier"] == 2.44
    assert bags["response"]["dts_limit"]["days_to_ship_range_list"] == [
        {"min_limit": 2, "max_limit": 2},
        {"min_limit": 5, "max_limit": 10},
        {"min_limit": 13, "max_limit": 15},
    ]
    assert bags["response"]["price_limit"] == {"min_limit": 0.72, "max_limit": 720000}


def test_shop_limit_is_that_of_the_market(lanyue):
    limits = {}
    for region in ("TW", "MY", "BR"):
        reply = lanyue.shop_get(lanyue.shops[region], "get_item_limit", category_id=lanyue.leaf(TOTE_BAGS))
        limits[region] = reply["response"]
    assert {region: one["item_name_length_limit"]["max_limit"] for region, one in limits.items()} == {
        "TW": 100,
        "MY": 255,
        "BR": 120,
    }
    assert limits["BR"]["item_image_count_limit"]["min_limit"] == 2
    assert limits["MY"]["dts_limit"]["non_pre_order_days_to_ship"] == 2


def test_variations_lie_in_data(lanyue):
    reply = lanyue.get("get_variations", category_id=lanyue.leaf(HOODIES))
    assert "response" not in reply
    names = [one["variation_name"] for one in reply["data"]["standardise_variation_list"]]
    assert names == ["Colour", "Size"]


def test_size_chart_templates_belong_to_categories_that_take_them(lanyue):
    hoodies = lanyue.get("get_size_chart_list", category_id=lanyue.leaf(HOODIES), page_size=10, cursor="")["response"]
    bags = lanyue.get("get_size_chart_list", category_id=lanyue.leaf(TOTE_BAGS), page_size=10, cursor="")["response"]
    chart_id = hoodies["size_chart_list"][0]["size_chart_id"]
    assert bags == {"size_chart_list": None, "total_count": 0, "next_cursor": ""}
    detail = lanyue.get("get_size_chart_detail", size_chart_id=chart_id)["response"]
    columns = [one["measurement"]["display_name"] for one in detail["size_chart_table"]["column_list"]]
    assert columns == ["Size", "Bust", "Length"]
    assert lanyue.get("support_size_chart", category_id=lanyue.leaf(TOTE_BAGS))["response"] == {
        "support_size_chart": False
    }


@pytest.mark.parametrize("name", ["get_brand_list", "get_category", "get_item_limit"])
def test_plain_shop_reads_the_same_rules(simulator, name):
    caller, shop_id = plain_shop(simulator)
    extra = {"offset": 0, "page_size": 10, "category_id": caller.leaf(TOTE_BAGS), "status": 1}
    assert caller.shop_get(shop_id, name, **(extra if name == "get_brand_list" else {}))["error"] == ""


def test_recommended_attributes_name_china_and_the_material(lanyue):
    found = lanyue.get(
        "get_recommend_attribute", global_item_name="Cotton tote bag", category_id=lanyue.leaf(TOTE_BAGS)
    )["response"]["attribute_list"]
    assert {"attribute_id": 100004, "attribute_value_list": [{"value_id": 617}]} in found
    assert 100134 in {one["attribute_id"] for one in found}


def test_shop_reads_its_axes_by_the_path_that_differs_from_the_name(lanyue):
    reply = lanyue.shop_get(lanyue.shops["MY"], "get_variation_tree", category_id=lanyue.leaf(HOODIES))
    names = [one["variation_name"] for one in reply["data"]["standardise_variation_list"]]
    assert names == ["Colour", "Size"]
