"""What the client sends to Shopee for each of its methods, and what it makes of the answer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import responses

from accounts.secrets import Secret
from integrations.http import File
from integrations.shopee.client import Client
from integrations.shopee.judging import ENVELOPE

from . import order_calls, payloads
from .support import answer, failure, make_client, own_query

pytestmark = pytest.mark.django_db

ITEM, MODEL, SHOP_ITEM = 2700143060, 2000457157, 1099283001
FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
PICTURE = File(name="cup.jpg", content=b"\xff\xd8\xff", content_type="image/jpeg")
MODELS = [{"tier_index": [0], "original_price": Decimal("39.90")}]
STOCKS = [{"model_id": 0, "seller_stock": [{"stock": 5}]}]


def asked(name: str) -> Any:
    """Return the documented request of an endpoint."""
    return payloads.read(name)["request"]


# One call of each method that has no documented request: its endpoint, and the query or body that it sends.
Row = tuple[str, Callable[[Client], Any], Any]
PUBLIC: list[Row] = [
    (
        "public.get_token_by_resend_code",
        lambda it: it.public.get_token_by_resend_code(Secret("6a55")),
        {"resend_code": "6a55"},
    ),
    ("public.get_shops_by_partner", lambda it: it.public.get_shops_by_partner(), {"page_no": "1", "page_size": "100"}),
    (
        "public.get_merchants_by_partner",
        lambda it: it.public.get_merchants_by_partner(page_no=2, page_size=50),
        {"page_no": "2", "page_size": "50"},
    ),
    ("public.get_shopee_ip_ranges", lambda it: it.public.get_shopee_ip_ranges(), {}),
    (
        "public.get_access_token",
        lambda it: it.public.get_access_token(Secret("644d4e48787873706c5a444c776d4b59"), main_account_id="10208"),
        asked("public.get_access_token"),
    ),
    (
        "public.refresh_access_token",
        lambda it: it.public.refresh_access_token(Secret("684d42685667777868597a4477587455"), merchant_id=1007001),
        asked("public.refresh_access_token"),
    ),
]
SHOP: list[Row] = [
    ("shop.get_shop_info", lambda it: it.shop.get_shop_info(), {}),
    ("shop.get_profile", lambda it: it.shop.get_profile(), {}),
    ("shop.get_warehouse_detail", lambda it: it.shop.get_warehouse_detail(warehouse_type=2), {"warehouse_type": "2"}),
    ("logistics.get_channel_list", lambda it: it.logistics.get_channel_list(), {}),
    (
        "product.get_item_list",
        lambda it: it.product.get_item_list(item_status=("NORMAL", "BANNED"), update_time_from=FROM, update_time_to=TO),
        [
            ("offset", "0"),
            ("page_size", "100"),
            ("item_status", "NORMAL"),
            ("item_status", "BANNED"),
            ("update_time_from", "1767225600"),
            ("update_time_to", "1767312000"),
        ],
    ),
    (
        "product.get_item_base_info",
        lambda it: it.product.get_item_base_info([SHOP_ITEM, "2"]),
        {"item_id_list": "1099283001,2"},
    ),
    ("product.get_model_list", lambda it: it.product.get_model_list(str(SHOP_ITEM)), {"item_id": "1099283001"}),
    ("product.get_category", lambda it: it.product.get_category(language="ms-my"), {"language": "ms-my"}),
    ("product.get_attribute_tree", lambda it: it.product.get_attribute_tree([1]), {"category_id_list": "1"}),
    (
        "product.get_brand_list",
        lambda it: it.product.get_brand_list(1, offset=10, language="en"),
        {"offset": "10", "page_size": "100", "category_id": "1", "status": "1", "language": "en"},
    ),
    ("product.get_item_limit", lambda it: it.product.get_item_limit(), {}),
    ("product.category_recommend", lambda it: it.product.category_recommend("Bag"), {"item_name": "Bag"}),
    (
        "product.update_price",
        lambda it: it.product.update_price(SHOP_ITEM, [{"model_id": 0, "original_price": Decimal("28.90")}]),
        {"item_id": SHOP_ITEM, "price_list": [{"model_id": 0, "original_price": Decimal("28.90")}]},
    ),
    (
        "product.update_stock",
        lambda it: it.product.update_stock(str(SHOP_ITEM), STOCKS),
        {"item_id": SHOP_ITEM, "stock_list": STOCKS},
    ),
    (
        "product.unlist_item",
        lambda it: it.product.unlist_item([{"item_id": SHOP_ITEM, "unlist": False}]),
        {"item_list": [{"item_id": SHOP_ITEM, "unlist": False}]},
    ),
    ("product.delete_item", lambda it: it.product.delete_item(SHOP_ITEM), {"item_id": SHOP_ITEM}),
]
MERCHANT: list[Row] = [
    ("merchant.get_merchant_info", lambda it: it.merchant.get_merchant_info(), {}),
    (
        "merchant.get_shop_list_by_merchant",
        lambda it: it.merchant.get_shop_list_by_merchant(),
        {"page_no": "1", "page_size": "500"},
    ),
    (
        "merchant.get_merchant_warehouse_location_list",
        lambda it: it.merchant.get_merchant_warehouse_location_list(),
        {},
    ),
    (
        "merchant.get_merchant_warehouse_list",
        lambda it: it.merchant.get_merchant_warehouse_list(),
        {"cursor": {"next_id": 0, "page_size": 30}, "warehouse_type": 1},
    ),
    (
        "merchant.get_warehouse_eligible_shop_list",
        lambda it: it.merchant.get_warehouse_eligible_shop_list(
            7, warehouse_type=2, cursor={"next_id": 31, "prev_id": 1, "page_size": 30}
        ),
        {"warehouse_id": 7, "cursor": {"next_id": 31, "page_size": 30}, "warehouse_type": 2},
    ),
    (
        "merchant.get_merchant_prepaid_account_list",
        lambda it: it.merchant.get_merchant_prepaid_account_list(),
        {"page_no": "1", "page_size": "10"},
    ),
    (
        "global_product.get_category",
        lambda it: it.global_product.get_category(language="zh-hans"),
        {"language": "zh-hans"},
    ),
    (
        "global_product.get_attribute_tree",
        lambda it: it.global_product.get_attribute_tree(range(1, 21), language="en"),
        {"category_id_list": ",".join(map(str, range(1, 21))), "language": "en"},
    ),
    (
        "global_product.search_global_attribute_value_list",
        lambda it: it.global_product.search_global_attribute_value_list(100004, value_name="Chi", cursor=100),
        {"attribute_id": 100004, "value_name": "Chi", "cursor": 100, "limit": 100},
    ),
    (
        "global_product.get_brand_list",
        lambda it: it.global_product.get_brand_list(100182, status=2),
        {"offset": "0", "page_size": "100", "category_id": "100182", "status": "2"},
    ),
    (
        "global_product.get_global_item_limit",
        lambda it: it.global_product.get_global_item_limit(100182),
        {"category_id": "100182"},
    ),
    (
        "global_product.category_recommend",
        lambda it: it.global_product.category_recommend("Tote bag", global_product_cover_image="img-1"),
        {"global_item_name": "Tote bag", "global_product_cover_image": "img-1"},
    ),
    (
        "global_product.get_recommend_attribute",
        lambda it: it.global_product.get_recommend_attribute("Tote bag", 100182),
        {"global_item_name": "Tote bag", "category_id": "100182"},
    ),
    ("global_product.support_size_chart", lambda it: it.global_product.support_size_chart(1), {"category_id": "1"}),
    (
        "global_product.get_size_chart_list",
        lambda it: it.global_product.get_size_chart_list(1),
        {"category_id": "1", "page_size": "50", "cursor": ""},
    ),
    (
        "global_product.get_size_chart_detail",
        lambda it: it.global_product.get_size_chart_detail(5, language="en"),
        {"size_chart_id": "5", "language": "en"},
    ),
    (
        "global_product.update_size_chart",
        lambda it: it.global_product.update_size_chart(ITEM, "img-1"),
        {"global_item_id": ITEM, "size_chart": "img-1"},
    ),
    ("global_product.get_variations", lambda it: it.global_product.get_variations(1), {"category_id": "1"}),
    (
        "global_product.add_global_item",
        lambda it: it.global_product.add_global_item(asked("global_product.add_global_item")),
        asked("global_product.add_global_item"),
    ),
    (
        "global_product.update_global_item",
        lambda it: it.global_product.update_global_item({"global_item_id": str(ITEM), "weight": Decimal("0.4")}),
        {"global_item_id": ITEM, "weight": Decimal("0.4")},
    ),
    (
        "global_product.delete_global_item",
        lambda it: it.global_product.delete_global_item(ITEM),
        {"global_item_id": ITEM},
    ),
    (
        "global_product.get_global_item_list",
        lambda it: it.global_product.get_global_item_list(offset="AAAAFA==", update_time_from=FROM, update_time_to=TO),
        {
            "offset": "AAAAFA==",
            "page_size": "50",
            "update_time_from": "1767225600",
            "update_time_to": "1767312000",
        },
    ),
    (
        "global_product.get_global_item_info",
        lambda it: it.global_product.get_global_item_info([ITEM, 2]),
        {"global_item_id_list": "2700143060,2"},
    ),
    (
        "global_product.get_global_item_id",
        lambda it: it.global_product.get_global_item_id(601306001, [SHOP_ITEM]),
        {"shop_id": "601306001", "item_id_list": "1099283001"},
    ),
    (
        "global_product.init_tier_variation",
        lambda it: it.global_product.init_tier_variation(asked("global_product.init_tier_variation")),
        asked("global_product.init_tier_variation"),
    ),
    (
        "global_product.update_tier_variation",
        lambda it: it.global_product.update_tier_variation(asked("global_product.update_tier_variation")),
        asked("global_product.update_tier_variation"),
    ),
    (
        "global_product.add_global_model",
        lambda it: it.global_product.add_global_model(ITEM, MODELS),
        {"global_item_id": ITEM, "global_model": MODELS},
    ),
    (
        "global_product.update_global_model",
        lambda it: it.global_product.update_global_model(ITEM, [{"global_model_id": MODEL, "global_model_sku": "A"}]),
        {"global_item_id": ITEM, "global_model": [{"global_model_id": MODEL, "global_model_sku": "A"}]},
    ),
    (
        "global_product.delete_global_model",
        lambda it: it.global_product.delete_global_model(ITEM, str(MODEL)),
        {"global_item_id": ITEM, "global_model_id": MODEL},
    ),
    (
        "global_product.get_global_model_list",
        lambda it: it.global_product.get_global_model_list(ITEM),
        {"global_item_id": str(ITEM)},
    ),
    (
        "global_product.update_price",
        lambda it: it.global_product.update_price(ITEM, asked("global_product.update_price")["price_list"]),
        asked("global_product.update_price"),
    ),
    (
        "global_product.update_stock",
        lambda it: it.global_product.update_stock(ITEM, asked("global_product.update_stock")["stock_list"]),
        asked("global_product.update_stock"),
    ),
    (
        "global_product.set_sync_field",
        lambda it: it.global_product.set_sync_field(asked("global_product.set_sync_field")["shop_sync_list"]),
        asked("global_product.set_sync_field"),
    ),
    (
        "global_product.get_local_adjustment_rate",
        lambda it: it.global_product.get_local_adjustment_rate(601306001),
        {"shop_id": "601306001"},
    ),
    (
        "global_product.update_local_adjustment_rate",
        lambda it: it.global_product.update_local_adjustment_rate(601306001, Decimal("1.05")),
        {"shop_id": 601306001, "adjustment_rate": Decimal("1.05")},
    ),
    (
        "global_product.get_publishable_shop",
        lambda it: it.global_product.get_publishable_shop(ITEM, shop_ids=[601306001, 601306002]),
        {"global_item_id": str(ITEM), "shop_id_list": "601306001,601306002"},
    ),
    (
        "global_product.get_shop_publishable_status",
        lambda it: it.global_product.get_shop_publishable_status(ITEM, offset=100),
        {"global_item_id": str(ITEM), "offset": "100", "page_size": "100"},
    ),
    (
        "global_product.create_publish_task",
        lambda it: it.global_product.create_publish_task(asked("global_product.create_publish_task")),
        asked("global_product.create_publish_task"),
    ),
    (
        "global_product.get_publish_task_result",
        lambda it: it.global_product.get_publish_task_result("202011300000012008"),
        {"publish_task_id": "202011300000012008"},
    ),
    (
        "global_product.get_published_list",
        lambda it: it.global_product.get_published_list(ITEM),
        {"global_item_id": str(ITEM)},
    ),
]
KINDS = [("", PUBLIC), ("shop", SHOP), ("shop", order_calls.DOCUMENTED), ("merchant", MERCHANT)]
CALLS = [pytest.param(kind, *row, id=row[0]) for kind, rows in KINDS for row in rows]


@pytest.fixture
def shopee():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(("kind", "name", "call", "sent"), CALLS)
def test_a_method_sends_what_is_documented_and_returns_the_payload_as_it_came(shopee, kind, name, call, sent):
    answer(shopee, name)
    said = payloads.body(name)
    expected = said.get("response", {key: value for key, value in said.items() if key not in ENVELOPE})
    is_list = name in ("shop.get_warehouse_detail", "merchant.get_merchant_warehouse_location_list")
    assert call(make_client(kind)) == (expected or ([] if is_list else {}))
    (made,) = shopee.calls
    if made.request.method == "GET":
        assert own_query(made.request) == (sent if isinstance(sent, list) else list(sent.items()))
        assert made.request.body is None
    else:
        assert json.loads(made.request.body, parse_float=Decimal) == sent
        assert own_query(made.request) == []
        assert made.request.headers["Content-Type"] == "application/json"


def test_every_documented_endpoint_has_a_method():
    tried = {param.values[1] for param in CALLS}
    assert set(payloads.names()) - tried == {"media_space.upload_image"}


# Endpoints whose shapes are not printed: plain shops, and two that come besides


OTHERS: list[Row] = [
    ("shop/get_shop_holiday_mode", lambda it: it.shop.get_shop_holiday_mode(), []),
    ("product/search_item", lambda it: it.product.search_item(item_sku="A"), [("item_sku", "A"), ("page_size", "100")]),
    ("product/get_variation_tree", lambda it: it.product.get_variations(1), [("category_id", "1")]),
    (
        "product/update_item",
        lambda it: it.product.update_item({"item_id": "5", "item_name": "A"}),
        {"item_id": 5, "item_name": "A"},
    ),
    (
        "product/init_tier_variation",
        lambda it: it.product.init_tier_variation({"item_id": 5, "model": MODELS}),
        {"item_id": 5, "model": MODELS},
    ),
    (
        "product/update_tier_variation",
        lambda it: it.product.update_tier_variation({"item_id": 5, "tier_variation": []}),
        {"item_id": 5, "tier_variation": []},
    ),
    ("product/add_model", lambda it: it.product.add_model(5, MODELS), {"item_id": 5, "model_list": MODELS}),
    (
        "product/update_model",
        lambda it: it.product.update_model(5, [{"model_id": 6, "model_sku": "A"}]),
        {"item_id": 5, "model": [{"model_id": 6, "model_sku": "A"}]},
    ),
    ("product/delete_model", lambda it: it.product.delete_model(5, 6), {"item_id": 5, "model_id": 6}),
]


@pytest.mark.parametrize(("path", "call", "sent"), OTHERS)
def test_a_method_for_a_plain_shop_sends_what_it_was_given(shopee, path, call, sent):
    method = "GET" if isinstance(sent, list) else "POST"
    shopee.add(method, f"https://shopee.test/api/v2/{path}", json={"error": "", "response": {"ok": 1}})
    assert call(make_client("shop")).get("ok", 1) == 1
    request = shopee.calls[0].request
    if method == "GET":
        assert own_query(request) == sent
    else:
        assert json.loads(request.body, parse_float=Decimal) == sent


def test_an_item_of_a_plain_shop_is_sent_whole(shopee):
    item = {"category_id": 1, "item_name": "A", "description": "B", "original_price": 5, "weight": 1, "item_sku": "S"}
    item |= {"image": {"image_id_list": ["i"]}}
    shopee.add("POST", "https://shopee.test/api/v2/product/add_item", json={"error": "", "response": {"item_id": 7}})
    assert make_client("shop").product.add_item(item) == {"item_id": 7}
    assert json.loads(shopee.calls[0].request.body) == item


# Payloads in odd places


def test_standard_variations_are_found_in_data_and_beside_it(shopee):
    variations = [{"variation_id": 1}]
    for body in ({"data": {"standardise_variation_list": variations}}, {"standardise_variation_list": variations}):
        answer(shopee, "global_product.get_variations", {"error": "", **body})
        found = make_client("merchant").global_product.get_variations(1)
        assert found["standardise_variation_list"] == variations


def test_the_size_chart_limit_is_found_beside_the_response_and_in_it(shopee):
    limit = {"size_chart_mandatory": True}
    for body in ({"size_chart_limit": limit, "response": {"a": 1}}, {"response": {"a": 1, "size_chart_limit": limit}}):
        answer(shopee, "global_product.get_global_item_limit", {"error": "", **body})
        assert make_client("merchant").global_product.get_global_item_limit() == {"a": 1, "size_chart_limit": limit}


def test_a_shop_without_several_warehouses_has_none(shopee):
    answer(shopee, "shop.get_warehouse_detail", failure("warehouse.error_not_in_whitelist"))
    assert make_client("shop").shop.get_warehouse_detail() == []


@pytest.mark.parametrize("said", ["", None, "success"])
def test_an_envelope_of_nulls_is_a_success(shopee, said):
    body = {"error": None, "message": said, "response": {"warehouse_list": None, "cursor": {"next_id": None}}}
    answer(shopee, "merchant.get_merchant_warehouse_list", body)
    assert make_client("merchant").merchant.get_merchant_warehouse_list() == body["response"]


def test_a_task_id_beyond_what_a_float_holds_stays_exact(shopee):
    answer(shopee, "global_product.create_publish_task")
    made = make_client("merchant").global_product.create_publish_task(asked("global_product.create_publish_task"))
    assert made["publish_task_id"] == 202011300000012008


# Pictures


def test_pictures_travel_as_a_form_signed_for_the_app_alone(shopee):
    answer(shopee, "media_space.upload_image")
    found = make_client("merchant").media_space.upload_image(
        [PICTURE, File(name="b.png", content=b"png", content_type="image/png")]
    )
    assert found["image_info"]["image_id"] == "cn-11134207-7r98o-abc1"
    request = shopee.calls[0].request
    assert request.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert request.body.count(b'name="image"') == 2
    assert b'name="image"; filename="cup.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff\r\n' in request.body
    assert b'name="scene"\r\n\r\nnormal\r\n' in request.body
    assert "access_token" not in request.url
