"""Whatever a supplier says fits our columns afterwards, and nothing in it runs in a page."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from catalog.models import Product
from catalog.services.cleaning import clean_html, clean_json, clean_text, fit, web_address
from catalog.services.columns import content_hash, place_of, stock_total
from catalog.services.upserts import Listed, upsert_products
from integrations.contracts import PriceRange, ProductData, StockData, VariantData
from tests.factories import make_account, make_product_data, make_stock_data, make_variant_data, price

ANY_TEXT = some.text(alphabet=some.characters(exclude_categories=()), max_size=700)
ANY_NUMBER = some.one_of(some.none(), some.decimals(), some.just(Decimal("1e400")))
ANY_COUNT = some.one_of(some.none(), some.integers())
ANY_TIME = some.one_of(some.none(), some.datetimes(timezones=some.timezones()))
ANY_JSON = some.dictionaries(
    ANY_TEXT,
    some.recursive(
        some.one_of(some.none(), some.booleans(), some.integers(), some.floats(), ANY_TEXT),
        lambda inner: some.one_of(some.lists(inner, max_size=3), some.dictionaries(ANY_TEXT, inner, max_size=3)),
        max_leaves=8,
    ),
    max_size=3,
)
ANY_PRICE = some.one_of(
    some.none(), some.builds(PriceRange, low=some.decimals(), high=some.decimals(), currency=some.just("USD"))
)
ANY_STOCK = some.builds(
    StockData,
    country_code=ANY_TEXT,
    warehouse_id=ANY_TEXT,
    warehouse_name=ANY_TEXT,
    total=ANY_COUNT,
    cj=ANY_COUNT,
    factory=ANY_COUNT,
    verified=some.one_of(some.none(), some.booleans()),
)
ANY_VARIANT = some.builds(
    VariantData,
    external_id=ANY_TEXT,
    sku=ANY_TEXT,
    name=ANY_TEXT,
    key=ANY_TEXT,
    options=some.tuples(ANY_TEXT),
    image_url=ANY_TEXT,
    weight_g=ANY_NUMBER,
    volume_mm3=ANY_NUMBER,
    price=ANY_PRICE,
    suggested_price=ANY_PRICE,
    created_at=ANY_TIME,
    stock=some.one_of(some.none(), some.lists(ANY_STOCK, max_size=3).map(tuple)),
    facts=ANY_JSON,
)
ANY_PRODUCT = some.builds(
    ProductData,
    external_id=some.sampled_from(["P1", "P2", "000B9312-456A-4D31-94BD-B083E2A198E8"]),
    sku=ANY_TEXT,
    name=ANY_TEXT,
    description_html=ANY_TEXT,
    image_urls=some.lists(some.one_of(ANY_TEXT, ANY_TEXT.map(lambda text: f"https://{text}")), max_size=3).map(tuple),
    category_id=ANY_TEXT,
    category_path=ANY_TEXT,
    status=ANY_TEXT,
    platform_status=ANY_TEXT,
    weight_low_g=ANY_NUMBER,
    hs_code=ANY_TEXT,
    materials=some.tuples(ANY_TEXT),
    price=ANY_PRICE,
    listed_count=ANY_COUNT,
    created_at=ANY_TIME,
    variants=some.lists(ANY_VARIANT, max_size=3).map(tuple),
    facts=ANY_JSON,
)


@pytest.mark.django_db
@given(data=ANY_PRODUCT, total=ANY_COUNT)
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_answer_is_written_or_told_and_the_same_again_changes_nothing(data: ProductData, total: int | None):
    with transaction.atomic():
        account = make_account()
        listed = {data.external_id: Listed(fingerprint="f", stock_total=total)}
        first = upsert_products(account, [data, make_product_data(99)], listed=listed)
        again = upsert_products(account, [data, make_product_data(99)], listed=listed)

        assert sorted(first.created) == sorted([data.external_id, "P99"])
        assert first.set_aside == []
        assert sorted(again.unchanged) == sorted(first.created)
        list(Product.objects.filter(account=account).values())  # it can be read back
        transaction.set_rollback(True)


def test_same_words_hash_alike_whatever_their_order_and_other_words_do_not():
    one = make_product_data(facts={"a": {"x": 1, "y": 2}, "b": 3})
    other_order = make_product_data(facts={"b": 3, "a": {"y": 2, "x": 1}}, variants=one.variants[::-1])

    assert content_hash(one) == content_hash(other_order)
    assert len(content_hash(one)) == 32
    for said in (
        {"name": "x"},
        {"facts": {"a": 1}},
        {"price": price("1")},
        {"image_urls": one.image_urls[::-1]},
        {"variants": one.variants[:1]},
        {"variants": (make_variant_data(11, stock=None), one.variants[1])},
        {"variants": (make_variant_data(11, stock=()), one.variants[1])},
        {"created_at": datetime(2026, 1, 1, tzinfo=UTC)},
    ):
        assert content_hash(make_product_data(**({"facts": one.facts} | said))) != content_hash(one), said


def test_what_only_looks_odd_is_not_hashed():
    assert content_hash(make_product_data(oddities=("price:text",))) == content_hash(make_product_data())


@pytest.mark.parametrize(
    ("rows", "total"),
    [
        ((), None),
        ((make_stock_data(total=None),), None),
        ((make_stock_data(total=5), make_stock_data(country_code="US", total=7)), 12),
        ((make_stock_data(total=5), make_stock_data(warehouse_id="W", total=9_000)), 5),
        ((make_stock_data(warehouse_id="W", total=3), make_stock_data(warehouse_id="V", total=4)), 7),
        ((make_stock_data(total=None), make_stock_data(warehouse_id="W", total=3)), 3),
        ((make_stock_data(total=2**31), make_stock_data(country_code="US", total=2**31)), 2**31 - 1),
    ],
)
def test_country_total_counts_where_it_is_said_else_its_warehouses(rows, total):
    assert stock_total(rows) == total


def test_places_name_country_and_warehouse():
    assert place_of(make_stock_data(country_code="US")) == "US"
    assert place_of(make_stock_data(country_code="US", warehouse_id="W1")) == "US/W1"


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("<script>x</script>a", "a"),
        ("<SCRIPT SRC=//evil.test></SCRIPT>a", "a"),
        ("<img src=x onerror=alert(1)>", "<img>"),
        ('<img src="javascript:alert(1)">', "<img>"),
        ('<img src="https://ok.test/a.jpg" width="9">', '<img src="https://ok.test/a.jpg" width="9">'),
        ("<iframe src='https://a.test'>in</iframe>", "in"),
        ("<svg onload=alert(1)>", ""),
        ("<style>@import 'x'</style>b", "b"),
        ('<p style="background:url(x)" class="y" id="z">t</p>', "<p>t</p>"),
        (
            '<a href="HTTPS://a.test" target="_blank">t</a>',
            '<a href="HTTPS://a.test" rel="noopener noreferrer nofollow">t</a>',
        ),
        ('<a href="jav&#x09;ascript:alert(1)">t</a>', '<a rel="noopener noreferrer nofollow">t</a>'),
        ('<a href="/relative">t</a>', '<a rel="noopener noreferrer nofollow">t</a>'),
        ("<table><tr><td colspan=2>1", '<table><tbody><tr><td colspan="2">1</td></tr></tbody></table>'),
        ("<!-- note -->c", "c"),
        ("<form action=x><input value=y><button>z</button></form>", "z"),
        ("<object data=x></object><embed src=x><base href=//evil.test><meta http-equiv=refresh>", ""),
        ("1 < 2 & 3", "1 &lt; 2 &amp; 3"),
    ],
)
def test_descriptions_keep_text_and_lose_what_runs(html, kept):
    assert clean_html(html) == kept


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("https://a.test/b", "https://a.test/b"),
        (" //a.test/b ", "https://a.test/b"),
        ("HTTP://a.test", "HTTP://a.test"),
        ("javascript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("a.jpg", ""),
        ("", ""),
        ("https://" + "x" * 1_000, ""),
    ],
)
def test_only_web_addresses_are_kept(said, address):
    assert web_address(said) == address


def test_unstorable_characters_are_dropped():
    assert clean_text("a\x00b\ud83dc\U0001f600") == "abc\U0001f600"
    assert clean_json({"\x00k": ["\udc00", float("inf"), {"x": Decimal("1.5")}]}) == {"k": ["", "inf", {"x": "1.5"}]}


def test_each_cut_is_named_once_per_column():
    oddities: list[str] = []
    columns: dict[str, Any] = {"name": "x" * 501, "sku": "y", "listed_count": 2**40, "weight_low_g": Decimal("NaN")}

    fitting = fit(Product, columns, oddities)

    assert (len(fitting["name"]), fitting["sku"], fitting["listed_count"], fitting["weight_low_g"]) == (
        500,
        "y",
        None,
        None,
    )
    assert oddities == ["cut:name", "out_of_range:listed_count", "out_of_range:weight_low_g"]


def test_amounts_are_rounded_to_what_the_column_holds():
    assert fit(Product, {"price_low": Decimal("1.00005")}, [])["price_low"] == Decimal("1.0000")
    assert fit(Product, {"price_low": Decimal("0")}, [])["price_low"] == Decimal("0")
