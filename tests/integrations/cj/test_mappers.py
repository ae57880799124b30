"""CJ's samples, and what public clients met, as our dataclasses. No database: payload in, dataclass out."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from integrations.cj import mappers, other_mappers, paging, stock_mappers, summaries
from integrations.cj.parsing import UnreadableRecord
from integrations.contracts import (
    AccountData,
    CategoryData,
    PriceRange,
    ProductData,
    ProductSummary,
    QuotaData,
    ReviewData,
    SourcingState,
    StockData,
    VariantData,
    WarehouseData,
)

from .payloads import data

CHINA = "6709CCD7-0DC7-43B1-B310-17AB499E9B0A"
SEEN_DETAIL = "seen: ranges, a list of pictures, epoch milliseconds, code as text"


def usd(low: str, high: str = "") -> PriceRange:
    return PriceRange(low=Decimal(low), high=Decimal(high or low))


def in_china(total: int) -> tuple[StockData, StockData]:
    """All of it at the maker's, unverified, as the samples have it."""
    country = StockData(country_code="CN", total=total, cj=0, factory=total, verified=False)
    return country, replace(country, warehouse_id=CHINA)


def test_detail_as_documented():
    product = mappers.to_product(data("/product/query"))
    assert product == ProductData(
        external_id="000B9312-456A-4D31-94BD-B083E2A198E8",
        sku="CJJJJTJT05843",
        name="Small trailer model",
        name_local="攀爬车 拖斗车",
        description_html="....",
        image_urls=("https://cc-west-usa.oss-us-west-1.aliyuncs.com/2054/1672872416690.jpg",),
        category_id="87CF251F-8D11-4DE0-A154-9694D9858EB3",
        category_path="Home & Garden, Furniture > Home Storage > Home Office Storage",
        status="active",
        platform_status="3",
        product_type="ORDINARY_PRODUCT",
        weight_low_g=Decimal("1500.00"),
        weight_high_g=Decimal("1500.00"),
        packed_weight_low_g=Decimal("1580.00"),
        packed_weight_high_g=Decimal("1580.00"),
        unit="unit(s)",
        hs_code="8712008900",
        hs_name="model",
        materials=("metal",),
        properties=("COMMON",),
        option_names=("Color",),
        price=usd("58.09"),
        suggested_price=usd("0.97", "4.08"),
        listed_count=392,
        created_at=datetime(2019, 12, 23, 17, 6, 37, tzinfo=UTC),
        variants=(
            VariantData(
                external_id="D4057F56-3F09-4541-8461-9D76D014846D",
                sku="CJJJJTJT05843-Black",
                name="Small trailer model Black",
                key="Black",
                options=("Black",),
                weight_g=Decimal("1580.00"),
                length_mm=Decimal(300),
                width_mm=Decimal(200),
                height_mm=Decimal(100),
                volume_mm3=Decimal(6000000),
                price=usd("58.09"),
                suggested_price=usd("0.97"),
                created_at=datetime(2019, 12, 31, 11, 14, 12, tzinfo=UTC),
                stock=in_china(12912),
                facts={"variantStandard": "long=110,width=110,height=30"},
            ),
        ),
        facts={
            "customizationVersion": 1,
            "packingNameEn": '["","plastic_bag"]',
            "packingKey": '["PLASTIC_BAG"]',
            "materialKey": '["METAL"]',
            "productProSet": ["普货"],
        },
        oddities=(),
    )


def test_detail_as_seen_by_public_clients():
    product = mappers.to_product(data("/product/query", SEEN_DETAIL))
    first, second = product.variants
    assert product.price == usd("3.63", "14.58")
    assert product.suggested_price == usd("13.91", "55.85")
    assert (product.weight_low_g, product.weight_high_g) == (Decimal(280), Decimal(1900))
    assert product.image_urls == ("https://cf.cjdropshipping.com/a/1.jpg", "https://cf.cjdropshipping.com/a/2.jpg")
    assert product.category_path == "Women's Clothing > Tops & Sets > Hoodies/Sweatshirts"
    assert product.option_names == ("Color", "Size")
    assert product.materials == ("cotton", "polyester")
    assert product.properties == ("COMMON",)
    assert product.listed_count == 12
    assert product.created_at == datetime(2025, 9, 1, 2, 40, tzinfo=UTC)
    assert product.facts["addMarkStatus"] == 0
    assert product.oddities == ()
    assert (first.name, first.key, first.options) == ("黑色 XL", "Black-XL", ("Black", "XL"))
    assert first.stock == (
        StockData(country_code="CN", total=2103, cj=0, factory=2103, verified=False),
        StockData(country_code="US", total=36, cj=36, factory=0, verified=True),
        StockData(
            country_code="US",
            warehouse_id="201e67f6ba4644c0a36d63bf4989dd70",
            total=36,
            cj=36,
            factory=0,
            verified=True,
        ),
        StockData(country_code="US", warehouse_id="14461", total=None, cj=7, factory=None, verified=True),
    )
    assert (second.external_id, second.options) == ("1444929719182168066", ("T-Blue-S",))
    assert (second.price, second.suggested_price) == (usd("3.63"), None)
    assert second.stock is None  # null is "not said", never "nothing in stock"
    assert second.created_at is None


def test_a_product_off_sale_says_so_and_unknown_states_are_kept_as_they_came():
    detail = data("/product/query")
    assert mappers.to_product({**detail, "status": 2}).status == "off_sale"
    unknown = mappers.to_product({**detail, "status": "HIDDEN", "productType": "NEW_KIND"})
    assert (unknown.status, unknown.platform_status, unknown.product_type) == ("active", "HIDDEN", "NEW_KIND")


def test_a_product_without_a_price_of_its_own_has_the_span_of_its_variants():
    detail = data("/product/query", SEEN_DETAIL)
    product = mappers.to_product({**detail, "sellPrice": "on request"})
    assert product.price == usd("3.63", "14.58")
    assert product.oddities == ("sellPrice:unreadable",)


def test_a_variant_without_an_id_or_sent_twice_is_noted_and_the_others_are_kept():
    detail = data("/product/query")
    (variant,) = detail["variants"]
    product = mappers.to_product({**detail, "variants": [variant, variant, {**variant, "vid": None}, None, 5]})
    assert [each.external_id for each in product.variants] == [variant["vid"]]
    assert product.oddities == ("variants:twice", "variants:without-id")


def test_a_list_of_one_stands_for_the_object_in_it():
    detail = data("/product/query")
    assert mappers.to_product([detail]) == mappers.to_product(detail)


@pytest.mark.parametrize("record", [None, "", "true", 5, [], {}, [[]], {"pid": None}, {"pid": []}, {"pid": "x" * 65}])
def test_a_record_without_a_usable_id_is_refused_by_an_exception_of_its_own(record):
    for read in (
        mappers.to_product,
        summaries.to_summary,
        summaries.to_listed_summary,
        summaries.to_mine,
        mappers.to_variant,
        other_mappers.to_review,
        other_mappers.to_sourcing,
        stock_mappers.to_area,
        stock_mappers.to_storage,
    ):
        with pytest.raises(UnreadableRecord):
            read(record)


def test_row_of_list_v2_as_documented():
    page = paging.nested_page(data("/product/listV2"))
    (row,) = page.rows
    summary = summaries.to_summary(row)
    assert page.total == 1000
    assert replace(summary, fingerprint="") == ProductSummary(
        external_id="04A22450-67F0-4617-A132-E7AE7F8963B0",
        sku="CJNSSYWY01847",
        name="Personalized Belly-baring Cat Ear Hoody Coat",
        image_url="https://cc-west-usa.oss-us-west-1.aliyuncs.com/20210129/2167381084610.png",
        price=usd("11.85"),
        category_id="5E656DFB-9BAE-44DD-A755-40AFA2E0E686",
        category_name="Hoodies & Sweatshirts",
        stock_total=500,
        listed_count=100,
        is_mine=False,
        created_at=datetime(2020, 12, 29, 8, tzinfo=UTC),
    )
    assert len(summary.fingerprint) == 24


def test_row_of_list_v2_as_seen_by_public_clients():
    (row,) = paging.nested_page(data("/product/listV2", "seen: price ranges, flags as text, several pictures")).rows
    summary = summaries.to_summary(row)
    assert summary.price == usd("11.16", "12.28")
    assert summary.image_url == "https://cf.cjdropshipping.com/a/1.jpg"
    assert (summary.stock_total, summary.listed_count, summary.is_mine) == (2103, 7, True)
    assert summary.created_at == datetime(2025, 9, 1, 2, 40, tzinfo=UTC)
    assert summary.oddities == ()


@pytest.mark.parametrize(
    "change",
    [
        {"sellPrice": "11.86"},
        {"nowPrice": "9.40"},
        {"nameEn": "Another name"},
        {"bigImage": "https://a.b/2.jpg"},
        {"warehouseInventoryNum": 499},
        {"totalVerifiedInventory": 0},
        {"saleStatus": "2"},
        {"categoryId": "X"},
    ],
)
def test_a_fingerprint_changes_with_what_matters(change):
    (row,) = paging.nested_page(data("/product/listV2")).rows
    assert summaries.to_summary({**row, **change}).fingerprint != summaries.to_summary(row).fingerprint


@pytest.mark.parametrize(
    "change",
    [
        {"sellPrice": Decimal("11.85")},  # the same value, written otherwise
        {"saleStatus": 3},
        {"listedNum": 101},  # moves by the hour, and the row itself brings it
        {"myProduct": True},
        {"description": "long"},  # only some features add it
        {"threeCategoryName": None},
        {"somethingNew": 1},
    ],
)
def test_a_fingerprint_stays_with_what_does_not(change):
    (row,) = paging.nested_page(data("/product/listV2")).rows
    assert summaries.to_summary({**row, **change}).fingerprint == summaries.to_summary(row).fingerprint


def test_a_fingerprint_does_not_depend_on_the_order_of_what_is_listed():
    (row,) = paging.nested_page(data("/product/listV2")).rows
    one = {**row, "inventoryInfo": '[{"c":"CN","n":1},{"c":"US","n":2}]'}
    other = {**row, "inventoryInfo": '[{"n":2,"c":"US"},{"n":1,"c":"CN"}]'}
    assert summaries.to_summary(one).fingerprint == summaries.to_summary(other).fingerprint


def test_row_of_the_older_list_as_documented():
    page = paging.list_page(data("/product/list"))
    (row,) = page.rows
    assert page.total == 1
    assert replace(summaries.to_listed_summary(row), fingerprint="") == ProductSummary(
        external_id="04A22450-67F0-4617-A132-E7AE7F8963B0",
        sku="CJNSSYWY01847",
        name="Personalized Belly-baring Cat Ear Hoody Coat",
        image_url="https://cc-west-usa.oss-us-west-1.aliyuncs.com/20210129/2167381084610.png",
        price=usd("11.85"),
        category_id="5E656DFB-9BAE-44DD-A755-40AFA2E0E686",
        category_name="Hoodies & Sweatshirts",
    )


def test_row_of_my_products_as_documented():
    page = paging.content_page(data("/product/myProduct/query"))
    (row,) = page.rows
    assert page.total == 536
    assert replace(summaries.to_mine(row), fingerprint="") == ProductSummary(
        external_id="01118E21-A8B9-45CE-A16C-75232FB8A14A",
        sku="CJWJWJJM00719",
        name="3D wooden three-dimensional puzzle",
        image_url="https://cf.cjdropshipping.com/15926688/9714688036284.jpg",
        price=usd("2.4"),
        listed_count=0,
        is_mine=True,
        created_at=datetime(2025, 3, 29, 3, 16, 54, tzinfo=UTC),
    )


@pytest.mark.parametrize("path", ["/product/listV2", "/product/list"])
def test_a_null_list_is_an_empty_page(path):
    read = paging.nested_page if path.endswith("V2") else paging.list_page
    assert read(data(path, "seen: nothing found")).rows == []


def test_variants_as_documented():
    (variant,) = mappers.to_variants(data("/product/variant/query"))
    assert variant == VariantData(
        external_id="1D72A20A-D113-4FAB-B4BA-6FE1A6A14A3A",
        sku="CJJSBGBG01517-XS",
        name="Wwerwieurieowursdklfjskldjfklsdjfksljfklsdjfkldsjfksdjfksljfksdlfsfdfgf XS",
        key="XS",
        options=("XS",),
        weight_g=Decimal(3),
        length_mm=Decimal(5),
        width_mm=Decimal(5),
        height_mm=Decimal(5),
        volume_mm3=Decimal(27),
        price=usd("3"),
        facts={"variantStandard": "long=5,width=5,height=5"},
    )


def test_variant_by_its_id_as_documented():
    variant = mappers.to_variant(data("/product/variant/queryByVid"))
    assert (variant.external_id, variant.sku, variant.key) == ("1371342252697325568", "CJJSBGDY00002-Grey", "Grey")
    assert variant.created_at == datetime(2021, 3, 15, 14, 7, 26, tzinfo=UTC)
    assert variant.stock == in_china(11092)


def test_stock_of_a_variant_keeps_the_countrys_total_beside_rows_that_contradict_it():
    assert stock_mappers.to_stock(data("/product/stock/queryByVid")) == (
        StockData(country_code="CN", warehouse_name="China Warehouse", total=10877, cj=700, factory=10177),
        StockData(country_code="CN", warehouse_id=CHINA, total=11092, cj=0, factory=11092),
    )


def test_stock_by_sku_as_documented():
    stock = stock_mappers.to_stock(data("/product/stock/queryBySku"))
    assert stock is not None
    assert [(row.country_code, row.warehouse_id, row.total, row.cj, row.factory) for row in stock] == [
        ("CN", "", 777566, 0, 777566),
        ("CN", CHINA, 11092, 0, 11092),
        ("US", "", 36, 36, 0),
        ("US", CHINA, 11092, 0, 11092),
    ]


def test_two_areas_of_one_country_add_up():
    stock = stock_mappers.to_stock(data("/product/stock/queryByVid", "seen: rows without warehouses"))
    assert stock == (StockData(country_code="CN", total=16400, cj=1, factory=16399),)


def test_stock_of_a_product_by_variant_as_documented():
    assert stock_mappers.to_stock_by_variant(data("/product/stock/getInventoryByPid")) == {
        "1796078021431009280": (
            StockData(country_code="CN", total=10044, cj=0, factory=10044, verified=False),
            StockData(country_code="CN", warehouse_id=CHINA, total=11092, cj=0, factory=11092, verified=False),
        )
    }


def test_nothing_known_of_stock_is_unknown_and_never_zero():
    assert stock_mappers.to_stock_by_variant(data("/product/stock/getInventoryByPid", "seen: nothing known")) == {}
    nothing: list[Any] = [None, [], "", "null"]
    for said in (*nothing, data("/product/stock/queryByVid", "seen: nothing known")):
        assert stock_mappers.to_stock(said) is None
    (row,) = stock_mappers.to_stock([{"countryCode": "US", "totalInventory": None}]) or ()
    assert (row.total, row.cj, row.factory) == (None, None, None)


def test_warehouse_areas_as_documented():
    china, us = map(stock_mappers.to_area, data("/product/globalWarehouseList"))
    assert china == WarehouseData(
        external_id="1",
        name="China Warehouse",
        country_code="CN",
        kind="area",
        facts={
            "disabled": False,
            "nameEn": "China",
            "areaCn": "中国仓",
            "zh": "中国仓",
            "de": "China-Lager",
            "fr": "Entrepôt Chine",
            "th": "คลังสินค้าจีน",
        },
    )
    assert (us.external_id, us.country_code) == ("2", "US")


def test_storage_as_documented():
    assert stock_mappers.to_storage(data("/warehouse/detail")) == WarehouseData(
        external_id="201e67f6ba4644c0a36d63bf4989dd70",
        name="Cranbury Warehouse",
        country_code="US",
        kind="storage",
        address="Cranbury, New Jersey, Cranbury, New Jersey",
        phone="+1-9095862127",
        facts={
            "areaId": "2",
            "isSelfPickup": None,
            "carriers": ["USPS", "FedEx", "UPS", "GOFO", "DHL", "UniUni", "CBT"],
        },
    )


def test_account_as_documented():
    assert other_mappers.to_account(data("/setting/get"), external_id="CJ1234567") == AccountData(
        external_id="CJ1234567",
        name="121 2322",
        sandbox=False,
        requests_per_second=100.0,
        quotas=(
            QuotaData(name="/api2.0/v1/setting/account/get", limit=74, window_s=0, endpoint="/setting/account/get"),
        ),
        facts={"root": "GENERAL", "qpsLimit": 100, "callbacks": {"product": "ENABLE", "order": "CANCEL"}},
    )


def test_an_accounts_secrets_and_addresses_stay_outside():
    written = repr(other_mappers.to_account({**data("/setting/get"), "openId": 987654321}, external_id="CJ1"))
    assert "987654321" not in written
    assert "linshiyouxiang" not in written
    assert "your-domain" not in written


@pytest.mark.parametrize(
    ("level", "qps", "expected"),
    [
        ("", 4, 4.0),
        ("", None, 1.0),
        ("", "nonsense", 1.0),
        ("3", 100, 4.0),
        ("Prime", 100, 4.0),
        ("5", 2, 2.0),
        ("0", 100, 1.0),
        ("unheard of", 100, 100.0),
    ],
)
def test_of_level_and_limit_the_smaller_applies(level: str, qps: Any, expected: float):
    said = other_mappers.to_account({"setting": [{"qpsLimit": qps}]}, external_id="CJ1", level=level)
    assert said.requests_per_second == expected


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (0, 0),
        (1, 31_536_000),
        (2, 7_776_000),
        (3, 2_592_000),
        (4, 86_400),
        (5, 3600),
        ("4", 86_400),
        (9, 86_400),
        (None, 86_400),
    ],
)
def test_windows_of_quotas_are_those_of_the_endpoints_own_page(kind: Any, seconds: int):
    quota = {"quotaUrl": "/api2.0/v1/product/list", "quotaLimit": "1000", "quotaType": kind}
    (found,) = other_mappers.to_account({"setting": {"quotaLimits": [quota]}}, external_id="CJ1").quotas
    assert found == QuotaData(name="/api2.0/v1/product/list", limit=1000, window_s=seconds, endpoint="/product/list")


def test_categories_as_documented():
    top, second, third = other_mappers.to_categories(data("/product/getCategory"))
    assert (top.name, top.level, top.parent_id) == ("Computer & Office", 1, "")
    assert (second.name, second.level, second.parent_id) == ("Office Electronics", 2, top.external_id)
    assert third == CategoryData(
        external_id="2252588B-72E3-4397-8C92-7D9967161084",
        name="Office & School Supplies",
        level=3,
        parent_id=second.external_id,
    )
    assert other_mappers.is_made_id(top.external_id)
    assert other_mappers.is_made_id(second.external_id)
    assert not other_mappers.is_made_id(third.external_id)


def test_ids_of_upper_categories_are_cjs_own_where_it_sends_them():
    (first,) = data("/product/getCategory")
    first["categoryFirstId"] = "F-1"
    first["categoryFirstList"][0]["categorySecondId"] = "S-1"
    assert [(each.external_id, each.parent_id) for each in other_mappers.to_categories([first])][:2] == [
        ("F-1", ""),
        ("S-1", "F-1"),
    ]


@pytest.mark.parametrize("path", ["/product/productComments", "/product/comments"])
def test_review_as_documented(path):
    page = paging.list_page(data(path))
    (row,) = page.rows
    review = other_mappers.to_review(row)
    assert page.total == 285
    assert review == ReviewData(
        external_id="1536993287524069376",
        score=5,
        text="excelente estado, llegó en una semana, cumple con lo descrito.\nBuena calidad de audio.",
        country_code="MX",
        author="F***o",
        image_urls=tuple(row["commentUrls"]),
        commented_at=datetime(2022, 6, 12, 16, tzinfo=UTC),
    )
    assert len(review.image_urls) == 2


def test_sourcing_as_created():
    assert other_mappers.to_sourcing(data("/product/sourcing/create")) == SourcingState(
        external_id="285", status="success"
    )


def test_sourcing_that_failed_has_found_nothing_whatever_ids_stand_beside_it():
    assert other_mappers.to_sourcings(data("/product/sourcing/query")) == [
        SourcingState(external_id="285", status="5", status_text="搜品失败", is_final=True)
    ]


def test_sourcing_that_found_something_and_one_that_goes_on():
    assert other_mappers.to_sourcings(data("/product/sourcing/query", "seen: found")) == [
        SourcingState(
            external_id="286",
            status="3",
            status_text="搜品成功",
            product_id="1444929719182168064",
            variant_sku="CJWY144492971-Black-XL",
            is_final=True,
        )
    ]
    assert other_mappers.to_sourcings(data("/product/sourcing/query", "seen: a list")) == [
        SourcingState(external_id="287", status="1", status_text="搜品中")
    ]
    assert other_mappers.to_sourcings(None) == []
