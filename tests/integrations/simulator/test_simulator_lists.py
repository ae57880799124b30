"""CJ 3.1: what the product lists find, in which order, page by page."""

from typing import Any

import pytest

from integrations.simulator.cj_generate import EPOCH


def price(row: dict[str, Any]) -> float:
    return float(row["sellPrice"].split(" -- ")[0])


def test_categories_have_three_levels_and_ids_at_the_third(cj):
    tree = cj.get("/product/getCategory")["data"]
    assert len(tree) == 14
    first = tree[0]
    assert first["categoryFirstName"] == "Women's Clothing"
    second = first["categoryFirstList"][0]
    assert second["categorySecondName"] == "Tops & Sets"
    third = second["categorySecondList"][0]
    assert third["categoryName"] == "Hoodies & Sweatshirts"
    assert len(third["categoryId"]) == 36


def test_pages_of_list_v2_hold_each_product_once(cj):
    rows = cj.every_product()
    assert len(rows) == 400
    assert len({row["id"] for row in rows}) == 400


def test_list_v2_defaults_to_ten(cj):
    data = cj.get("/product/listV2")["data"]
    assert (data["pageSize"], data["pageNumber"], data["totalRecords"], data["totalPages"]) == (10, 1, 400, 40)
    assert len(data["content"][0]["productList"]) == 10


def test_list_v2_without_a_find_has_an_empty_product_list(cj):
    data = cj.get("/product/listV2", keyWord="nothing like this")["data"]
    assert (data["totalRecords"], data["content"][0]["productList"]) == (0, [])


def test_list_defaults_to_twenty_and_answers_null_for_nothing(cj):
    data = cj.get("/product/list")["data"]
    assert (data["pageNum"], data["pageSize"], data["total"], len(data["list"])) == (1, 20, 400, 20)
    assert cj.get("/product/list", pid="nothing")["data"]["list"] is None
    assert cj.get("/product/list", pageNum=21)["data"]["list"] is None


def test_keyword_finds_words_and_skus(cj):
    rows = cj.products(keyWord="hoodie", size=100)
    assert rows
    assert all("hoodie" in row["nameEn"].lower() for row in rows)
    content = cj.get("/product/listV2", keyWord="hoodie")["data"]["content"][0]
    assert (content["keyWord"], content["keyWordOld"]) == ("hoodie", "hoodie")
    assert content["relatedCategoryList"][0].keys() == {"categoryId", "categoryName"}
    assert [row["id"] for row in cj.products(keyWord=rows[0]["sku"])] == [rows[0]["id"]]


def test_category_filters_work_at_the_second_and_third_level(cj):
    sample = cj.products(size=1)[0]
    everything = cj.every_product()
    for name, key in (
        ("categoryId", "categoryId"),
        ("lv3categoryList", "categoryId"),
        ("lv2categoryList", "twoCategoryId"),
    ):
        rows = cj.products(**{name: sample[key]}, size=100)
        assert {row["id"] for row in rows} == {row["id"] for row in everything if row[key] == sample[key]}


def test_several_categories_come_as_repeated_keys_or_commas(cj):
    ids = sorted({row["categoryId"] for row in cj.products(size=50)})[:2]
    repeated = cj.products(lv3categoryList=ids, size=100)
    joined = cj.products(lv3categoryList=",".join(ids), size=100)
    assert {row["categoryId"] for row in repeated} == set(ids)
    assert repeated == joined


def test_country_filter_keeps_what_has_stock_there(cj):
    rows = cj.products(countryCode="US", size=100)
    assert 20 < len(rows) <= 100
    for row in rows[:5]:
        stock = cj.get("/product/stock/queryBySku", sku=row["sku"])["data"]
        assert any(one["countryCode"] == "US" and one["totalInventoryNum"] > 0 for one in stock)


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"startSellPrice": "10", "endSellPrice": "12.5"}, lambda row: 10 <= price(row) <= 12.5),
        (
            {"startWarehouseInventory": 500, "endWarehouseInventory": 900},
            lambda row: 500 <= row["warehouseInventoryNum"] <= 900,
        ),
        ({"verifiedWarehouse": 1}, lambda row: row["verifiedWarehouse"] == 1),
        ({"verifiedWarehouse": 2}, lambda row: row["totalVerifiedInventory"] == 0),
        ({"addMarkStatus": 1}, lambda row: row["addMarkStatus"] == 1),
        ({"productType": 10}, lambda row: row["isVideo"] == 1),
        ({"productType": 11}, lambda row: row["isVideo"] == 0),
        ({"productType": 4}, lambda row: bool(row["supplierName"])),
        ({"productFlag": 1}, lambda row: row["createAt"] >= (EPOCH - 30 * 86_400) * 1000),
        ({"productFlag": 2}, lambda row: row["isVideo"] == 1),
        ({"zonePlatform": "tiktok"}, lambda row: "tiktok" in row["zoneRecommendJson"]),
        ({"hasCertification": 1}, lambda row: row["hasCECertification"] == 1),
        ({"customization": 1}, lambda row: row["customization"] == 1),
    ],
)
def test_filter_of_list_v2_finds_exactly_what_it_says(cj, params, test):
    everything = [
        row for row in cj.every_product() if test({**row, "zoneRecommendJson": row["zoneRecommendJson"] or []})
    ]
    data = cj.get("/product/listV2", **params)["data"]
    rows = [row for page in range(1, 5) for row in cj.products(page=page, size=100, **params)]
    assert 0 < len(rows) < 400
    assert data["totalRecords"] == len(rows)
    assert {row["id"] for row in rows} == {row["id"] for row in everything}


def test_time_filter_splits_the_catalogue_without_gap_or_overlap(cj):
    middle = sorted(row["createAt"] for row in cj.every_product())[200]
    older = cj.get("/product/listV2", timeEnd=middle - 1000)["data"]["totalRecords"]
    newer = cj.get("/product/listV2", timeStart=middle)["data"]["totalRecords"]
    assert (older, newer) == (200, 200)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        (1, lambda row: row["listedNum"]),
        (2, price),
        (3, lambda row: row["createAt"]),
        (4, lambda row: row["warehouseInventoryNum"]),
    ],
)
def test_list_v2_sorts_by_what_is_asked(cj, order, key):
    down = [key(row) for row in cj.products(orderBy=order, size=100)]
    up = [key(row) for row in cj.products(orderBy=order, sort="asc", size=100)]
    assert down == sorted(down, reverse=True)
    assert up == sorted(up)
    assert down[0] > up[0]


def test_features_add_names_videos_and_descriptions(cj):
    plain = cj.products(size=1)[0]
    assert (plain["threeCategoryName"], plain["description"], plain["videoList"]) == (None, None, [])
    rows = cj.products(size=20, features="enable_category,enable_description,enable_video")
    assert rows[0]["threeCategoryName"]
    assert rows[0]["description"].startswith("<p><b>")
    assert all(bool(row["videoList"]) == bool(row["isVideo"]) for row in rows)


@pytest.mark.parametrize(
    ("params", "test"),
    [
        ({"minPrice": 5, "maxPrice": 6}, lambda row: isinstance(row["sellPrice"], str) or 5 <= row["sellPrice"] <= 6),
        ({"isFreeShipping": 1}, lambda row: row["isFreeShipping"] is True),
        ({"deliveryTime": "24"}, lambda row: row["deliveryTime"] == 24),
        ({"minListedNum": 100, "maxListedNum": 300}, lambda row: 100 <= row["listedNum"] <= 300),
        ({"productType": "ORDINARY_PRODUCT"}, lambda row: row["productType"] in ("ORDINARY_PRODUCT", None)),
        ({"customizationVersion": 1}, lambda row: row["customizationVersion"] == 1),
    ],
)
def test_filter_of_list_finds_only_what_it_says(cj, params, test):
    data = cj.get("/product/list", pageSize=200, **params)["data"]
    assert 0 < data["total"] < 400
    assert all(test(row) for row in data["list"])


def test_list_finds_by_pid_sku_and_chinese_name(cj):
    row = cj.get("/product/list", pageSize=1)["data"]["list"][0]
    for name, key in (("pid", "pid"), ("productSku", "productSku")):
        found = cj.get("/product/list", **{name: row[key]})["data"]["list"]
        assert [one["pid"] for one in found] == [row["pid"]]
    found = cj.get("/product/list", productName="手机壳", pageSize=200)["data"]["list"]
    assert found
    assert all("手机壳" in one["productName"] for one in found)


def test_create_time_of_list_comes_in_three_forms(cj):
    rows = cj.get("/product/list", pageSize=200)["data"]["list"]
    forms = {type(row["createTime"]) for row in rows}
    assert forms == {int, str, type(None)}
    text = next(row["createTime"] for row in rows if isinstance(row["createTime"], str))
    assert text.endswith("+08:00")


def test_warehouse_list_names_countries_in_five_languages(cj):
    rows = cj.get("/product/globalWarehouseList")["data"]
    assert [row["countryCode"] for row in rows] == ["CN", "US", "DE", "GB", "FR", "TH", "AU"]
    assert (rows[1]["areaId"], rows[1]["id"], rows[1]["zh"], rows[1]["de"]) == (2, "2", "美国仓", "US-Lager")


def test_my_products_are_kept_per_account(simulator, cj):
    other = simulator.login("Prime")
    pid = cj.products(size=1)[0]["id"]
    assert cj.get("/product/myProduct/query")["data"]["content"] is None
    assert cj.post("/product/addToMyProduct", productId=pid)["data"] is True
    again = cj.post("/product/addToMyProduct", productId=pid)
    assert (again["code"], again["success"]) == (1600000, False)
    assert again["message"] == "The product has been added to My Products."
    row = cj.get("/product/myProduct/query")["data"]["content"][0]
    assert (row["productId"], row["productType"], row["createAt"]) == (pid, "0", 1_772_366_400_000)
    assert cj.products(size=1)[0]["myProduct"] is True
    assert other.products(size=1)[0]["myProduct"] is False
    assert other.get("/product/myProduct/query")["data"]["totalRecords"] == 0
    assert simulator.show("books")["totals"]["cj"]["add_to_my_products"] == 1


def test_unknown_product_can_not_be_added(cj):
    assert cj.post("/product/addToMyProduct", productId="1" * 19)["code"] == 1602001
