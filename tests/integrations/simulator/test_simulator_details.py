"""CJ 3.1 to 3.3: product, variants and stock, with the oddities that are theirs."""

import json
import re

import pytest

from integrations.simulator.cj_shapes import ODD

VID = re.compile(r"[0-9A-F]{8}-[0-9A-F]{4}-4[0-9A-F]{3}-8[0-9A-F]{3}-[0-9A-F]{12}|\d{19}")


@pytest.fixture
def odd(simulator, cj):
    """Return a product's detail by the kind of oddity it shows."""

    def detail(kind, features="", also=lambda product: True):
        products = simulator.running.world.cj.catalogue.products
        product = next(one for one in products if one.odd == kind and also(one))
        return cj.get("/product/query", pid=product.pid, features=features)

    return detail


def test_product_is_found_by_pid_spu_and_variant_sku(cj):
    row = cj.products(size=1)[0]
    by_pid = cj.get("/product/query", pid=row["id"])["data"]
    by_sku = cj.get("/product/query", productSku=row["sku"])["data"]
    by_variant = cj.get("/product/query", variantSku=by_pid["variants"][-1]["variantSku"])["data"]
    assert by_pid == by_sku == by_variant


def test_each_variant_is_found_by_vid_and_sku(cj):
    for row in cj.products(size=30):
        for variant in cj.get("/product/query", pid=row["id"])["data"]["variants"]:
            assert VID.fullmatch(variant["vid"])
            by_vid = cj.get("/product/variant/queryByVid", vid=variant["vid"])["data"]
            assert by_vid["variantSku"] == variant["variantSku"]
            assert "inventories" not in by_vid


def test_ids_come_as_upper_case_uuid_and_as_19_digits(cj):
    pids = {row["id"] for row in cj.every_product()}
    assert all(VID.fullmatch(pid) for pid in pids)
    assert 100 < sum(pid.isdigit() for pid in pids) < 300


def test_products_have_one_to_eight_variants(cj):
    counts = {len(cj.get("/product/variant/query", pid=row["id"])["data"]) for row in cj.products(size=100)}
    assert min(counts) == 1
    assert max(counts) <= 8
    assert len(counts) > 4


def test_prices_of_variants_span_what_the_list_says(cj):
    for row in cj.products(size=40):
        data = cj.get("/product/query", pid=row["id"])["data"]
        prices = sorted({float(variant["variantSellPrice"]) for variant in data["variants"]})
        ends = [float(end) for end in row["sellPrice"].split(" -- ")]
        assert (prices[0], prices[-1]) == (ends[0], ends[-1])


def test_detail_price_is_a_number_or_a_range(cj):
    prices = [cj.get("/product/query", pid=row["id"])["data"]["sellPrice"] for row in cj.products(size=60)]
    assert any(isinstance(price, float) for price in prices)
    assert any(isinstance(price, str) and re.fullmatch(r"\d+\.\d\d-\d+\.\d\d", price) for price in prices)


def test_stock_of_variants_sums_up_to_the_list(cj):
    for row in cj.products(size=40):
        data = cj.get("/product/stock/getInventoryByPid", pid=row["id"])["data"]
        totals = [one["totalInventory"] for two in data["variantInventories"] for one in two["inventory"] or []]
        if any(two["inventory"] is None for two in data["variantInventories"]):
            continue
        assert sum(totals) == row["warehouseInventoryNum"]


def test_stock_by_vid_prints_area_as_text_and_the_old_number_too(cj):
    sku = next(row["sku"] for row in cj.products(size=20) if row["warehouseInventoryNum"])
    vid = cj.get("/product/query", productSku=sku)["data"]["variants"][0]["vid"]
    row = cj.get("/product/stock/queryByVid", vid=vid)["data"][0]
    assert row["vid"] == vid
    assert isinstance(row["areaId"], str)
    assert row["storageNum"] == row["totalInventoryNum"] == row["cjInventoryNum"] + row["factoryInventoryNum"]


def test_stock_of_something_unknown_is_an_empty_list(cj):
    assert cj.get("/product/stock/queryByVid", vid="1" * 19)["data"] == []
    assert cj.get("/product/stock/queryBySku", sku="CJNOTHING")["data"] == []


def test_storage_of_a_stock_answer_is_found_with_braces_and_without(cj):
    rows = cj.get("/product/query", pid=cj.products(countryCode="CN", size=1)[0]["id"], features="enable_inventory")
    stock_id = rows["data"]["variants"][0]["inventories"][0]["stock"][0]["stockId"]
    assert cj.get("/warehouse/detail", id=stock_id)["data"]["areaCountryCode"] == "CN"
    bare = "6709ccd74dc743b1b31017ab499e9b0a"
    assert cj.get("/warehouse/detail", id=bare)["code"] == 1608001
    guid = "6709CCD7-0DC7-43B1-B310-17AB499E9B0A"
    assert cj.get("/warehouse/detail", id=guid)["data"] == cj.get("/warehouse/detail", id=f"{{{guid}}}")["data"]


def test_country_keeps_the_variants_with_stock_there(cj):
    row = cj.products(countryCode="US", size=1)[0]
    variants = cj.get("/product/variant/query", pid=row["id"], countryCode="US")["data"]
    assert variants
    for variant in variants:
        stock = cj.get("/product/stock/queryByVid", vid=variant["vid"])["data"]
        assert any(one["countryCode"] == "US" and one["totalInventoryNum"] > 0 for one in stock)
    assert cj.get("/product/variant/query", pid=row["id"], countryCode="AU")["data"] == []


def test_features_of_detail_are_given_only_when_asked(cj):
    pid = cj.products(productType=10, size=1)[0]["id"]
    plain = cj.get("/product/query", pid=pid)["data"]
    assert "productVideo" not in plain
    assert not {"inventories", "combineVariants"} & plain["variants"][0].keys()
    full = cj.get("/product/query", pid=pid, features=["enable_combine", "enable_video", "enable_inventory"])["data"]
    assert len(full["productVideo"]) == 1
    assert {"inventories", "combineVariants", "combineNum"} <= full["variants"][0].keys()


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/product/query", {"pid": "nothing"}, 1602001),
        ("/product/query", {"variantSku": "CJNSSYWY01847-Pink"}, 1602000),
        ("/product/variant/queryByVid", {"vid": "1" * 19}, 1602000),
        ("/product/variant/query", {"productSku": "CJ"}, 1602001),
    ],
)
def test_what_is_not_there_is_not_found(cj, path, params, code):
    assert cj.get(path, **params)["code"] == code


def test_every_kind_of_oddity_is_in_a_world_of_forty(simulator):
    simulator.control("reset", size=40)
    assert {product.odd for product in simulator.running.world.cj.catalogue.products} >= ODD.keys()


def test_json_hides_in_strings(odd):
    data = odd(39)["data"]
    for name in (
        "productName",
        "materialName",
        "materialKey",
        "packingName",
        "productKey",
        "productPro",
        "productImage",
    ):
        assert isinstance(json.loads(data[name]), list), name
    assert data["productProSet"] == json.loads(data["productPro"])


@pytest.mark.parametrize("kind", range(6))
def test_some_descriptions_need_cleaning(odd, kind):
    signs = ("<script>", "onerror=", "javascript:", "<iframe", "<style>", "position:fixed")
    assert signs[kind] in odd(kind)["data"]["description"]


def test_code_may_be_text(odd):
    assert odd(6)["code"] == "200"


def test_torn_and_bare_names_are_sent(odd):
    torn, bare = odd(33)["data"]["productName"], odd(32)["data"]["productName"]
    assert torn.startswith('["')
    assert not torn.endswith("]")
    assert not bare.startswith("[")


def test_weights_prices_and_sides_come_in_odd_forms(odd):
    assert re.fullmatch(r"\d+\.00-\d+\.00", odd(12)["data"]["productWeight"])
    assert odd(38)["data"]["productWeight"] == "0"
    assert isinstance(odd(30)["data"]["variants"][0]["variantSellPrice"], str)
    assert odd(11)["data"]["suggestSellPrice"] == ""
    assert odd(19)["data"]["variants"][0]["variantVolume"] == 27
    assert isinstance(odd(18, also=lambda one: one.low < one.high)["data"]["sellPrice"], float)


def test_keys_of_variants_come_as_text_array_and_with_hyphens(odd):
    assert isinstance(json.loads(odd(13)["data"]["variants"][0]["variantKey"]), list)
    assert "-White" in odd(34, also=lambda one: one.category.options == "color")["data"]["variants"][0]["variantKey"]
    assert odd(37)["data"]["productKeyEn"] is None


def test_lists_are_null_where_one_expects_them(odd):
    features = "enable_inventory,enable_video,enable_combine"
    assert odd(25, features)["data"]["variants"][0]["inventories"] is None
    stocked = odd(8, features, also=lambda one: one.stock)
    assert stocked["data"]["variants"][0]["inventories"][0]["stock"] is None
    assert odd(36, features)["data"]["variants"][0]["combineNum"] == 1


def test_verified_is_text_and_totals_disagree_now_and_then(odd):
    data = odd(26, "enable_inventory", also=lambda one: one.stock)["data"]
    assert data["variants"][0]["inventories"][0]["verifiedWarehouse"] in ("1", "2")
    row = odd(9, "enable_inventory", also=lambda one: one.stock)["data"]["variants"][0]["inventories"][0]
    assert row["totalInventory"] < sum(one["inventory"] + one["factoryInventory"] for one in row["stock"])


def test_unknown_words_fields_and_states_appear(odd):
    assert odd(7)["data"]["productType"] == "BRAND_PRODUCT"
    assert odd(28)["data"]["status"] == "7"
    assert "reserved9" in odd(24)["data"]
    assert odd(20)["data"]["supplierName"] is None


def test_category_names_are_joined_in_three_ways(odd):
    assert " / " in odd(39)["data"]["categoryName"]
    assert "/" in odd(22)["data"]["categoryName"]
    assert " / " not in odd(22)["data"]["categoryName"]
    assert " > " in odd(23)["data"]["categoryName"]
