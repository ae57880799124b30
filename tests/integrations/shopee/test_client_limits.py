"""What breaks a documented limit is not sent, and the error names the parameter."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
import responses

from accounts.secrets import Secret
from integrations.errors import Invalid
from integrations.http import File

from . import payloads
from .support import make_client

pytestmark = pytest.mark.django_db

ITEM = payloads.read("global_product.add_global_item")["request"]
TASK = payloads.read("global_product.create_publish_task")["request"]
SYNC = payloads.read("global_product.set_sync_field")["request"]["shop_sync_list"][0]
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = {"original_price": Decimal(1)}
PICTURE = File(name="a.jpg", content=b"1", content_type="image/jpeg")


def without(body, name):
    return {key: value for key, value in body.items() if key != name}


WRONG = [
    ("public", lambda it: it.get_access_token(Secret("c")), "shop_id"),
    ("public", lambda it: it.get_access_token(Secret("c"), shop_id=1, main_account_id=2), "shop_id"),
    ("public", lambda it: it.get_access_token(Secret("c"), shop_id=2**32), "shop_id"),
    ("public", lambda it: it.refresh_access_token(Secret("r"), shop_id=1, merchant_id=2), "shop_id"),
    ("public", lambda it: it.refresh_access_token(Secret("r"), merchant_id="abc"), "merchant_id"),
    ("public", lambda it: it.get_shops_by_partner(page_no=0), "page_no"),
    ("public", lambda it: it.get_merchants_by_partner(page_size=101), "page_size"),
    ("merchant", lambda it: it.get_shop_list_by_merchant(page_size=501), "page_size"),
    ("merchant", lambda it: it.get_merchant_warehouse_list(page_size=31), "page_size"),
    ("merchant", lambda it: it.get_merchant_warehouse_list(warehouse_type=3), "warehouse_type"),
    ("merchant", lambda it: it.get_merchant_prepaid_account_list(page_size=11), "page_size"),
    ("shop", lambda it: it.get_warehouse_detail(warehouse_type=0), "warehouse_type"),
    ("global_product", lambda it: it.get_category(language="de"), "language"),
    ("global_product", lambda it: it.get_attribute_tree([]), "category_id_list"),
    ("global_product", lambda it: it.get_attribute_tree(range(21)), "category_id_list"),
    ("global_product", lambda it: it.search_global_attribute_value_list(1, limit=101), "limit"),
    ("global_product", lambda it: it.get_brand_list(1, page_size=101), "page_size"),
    ("global_product", lambda it: it.get_brand_list(1, status=3), "status"),
    ("global_product", lambda it: it.category_recommend(" "), "global_item_name"),
    ("global_product", lambda it: it.get_global_item_list(page_size=51), "page_size"),
    ("global_product", lambda it: it.get_global_item_list(update_time_from=NOW), "update_time_to"),
    (
        "global_product",
        lambda it: it.get_global_item_list(update_time_from=NOW, update_time_to=NOW.replace(year=2025)),
        "update_time_from",
    ),
    (
        "global_product",
        lambda it: it.get_global_item_list(update_time_from=NOW.replace(tzinfo=None), update_time_to=NOW),
        "update_time_from",
    ),
    ("global_product", lambda it: it.get_global_item_info(range(21)), "global_item_id_list"),
    ("global_product", lambda it: it.get_global_item_info(["1,2"]), "global_item_id_list"),
    ("global_product", lambda it: it.get_global_item_info("12"), "global_item_id_list"),
    ("global_product", lambda it: it.get_global_item_id(-1, [1]), "shop_id"),
    ("global_product", lambda it: it.get_global_item_id(1, range(21)), "item_id_list"),
    *(
        ("global_product", lambda it, name=name: it.add_global_item(without(ITEM, name)), name)
        for name in ("category_id", "global_item_name", "description", "original_price", "weight")
    ),
    ("global_product", lambda it: it.add_global_item(ITEM | {"image": {"image_id_list": []}}), "image.image_id_list"),
    ("global_product", lambda it: it.add_global_item(without(ITEM, "pre_order")), "pre_order.days_to_ship"),
    ("global_product", lambda it: it.update_global_item({"weight": 1}), "global_item_id"),
    ("global_product", lambda it: it.init_tier_variation({"global_item_id": 1}), "global_model"),
    ("global_product", lambda it: it.add_global_model(1, [PRICE]), "global_model[0].tier_index"),
    (
        "global_product",
        lambda it: it.update_global_model(1, [{"global_model_id": 1}]),
        "global_model[0].global_model_sku",
    ),
    ("global_product", lambda it: it.update_price(1, []), "price_list"),
    ("global_product", lambda it: it.update_price(1, [PRICE] * 51), "price_list"),
    ("global_product", lambda it: it.update_price(2**63, [PRICE]), "global_item_id"),
    ("global_product", lambda it: it.update_stock(1, [{}]), "stock_list[0].seller_stock"),
    ("global_product", lambda it: it.set_sync_field([without(SYNC, "price")]), "shop_sync_list[0].price"),
    ("global_product", lambda it: it.set_sync_field([SYNC] * 51), "shop_sync_list"),
    ("global_product", lambda it: it.get_shop_publishable_status(1, page_size=101), "page_size"),
    ("global_product", lambda it: it.create_publish_task(without(TASK, "shop_region")), "shop_region"),
    ("global_product", lambda it: it.create_publish_task(TASK | {"item": {"model": [{}] * 51}}), "item.model"),
    ("global_product", lambda it: it.get_publish_task_result(""), "publish_task_id"),
    ("product", lambda it: it.get_item_list(item_status=()), "item_status"),
    ("product", lambda it: it.get_item_list(item_status=("GONE",)), "item_status"),
    ("product", lambda it: it.get_item_list(page_size=101), "page_size"),
    ("product", lambda it: it.search_item(), "item_name"),
    ("product", lambda it: it.get_item_base_info(range(51)), "item_id_list"),
    ("product", lambda it: it.update_price(1, [{"model_id": 1}]), "price_list[0].original_price"),
    ("product", lambda it: it.unlist_item([{"item_id": 1}]), "item_list[0].unlist"),
    ("product", lambda it: it.unlist_item([{"item_id": 1, "unlist": True}] * 51), "item_list"),
    ("product", lambda it: it.update_item({"item_name": "A"}), "item_id"),
    ("product", lambda it: it.add_item({"item_name": "A"}), "category_id"),
    ("media_space", lambda it: it.upload_image([]), "image"),
    ("media_space", lambda it: it.upload_image([PICTURE] * 9), "image"),
    ("media_space", lambda it: it.upload_image([File(name="a", content=b"1", content_type="image/gif")]), "image"),
    ("media_space", lambda it: it.upload_image([File(name="a", content=b"", content_type="image/png")]), "image"),
    ("media_space", lambda it: it.upload_image([PICTURE], scene="wide"), "scene"),
]
LEVELS = {"public": "", "media_space": "", "shop": "shop", "product": "shop"}


@pytest.mark.parametrize(("module", "call", "field"), WRONG)
def test_what_breaks_a_limit_is_not_sent(module, call, field):
    client = make_client(LEVELS.get(module, "merchant"))
    with responses.RequestsMock() as mock, pytest.raises(Invalid) as caught:
        call(getattr(client, module))
    assert caught.value.field == field
    assert len(mock.calls) == 0


def test_a_picture_that_is_too_large_is_named(monkeypatch):
    monkeypatch.setattr("integrations.shopee.calls_media.MOST_BYTES", 3)
    large = File(name="large.png", content=b"1234", content_type="image/png")
    with pytest.raises(Invalid, match=r"large\.png must have 1 to 3 bytes, but has 4"):
        make_client().media_space.upload_image([large])


@pytest.mark.parametrize("sent", [False, 0, "0"])
def test_zero_and_false_are_values(sent):
    body = {"item_id": 1, "unlist": sent}
    with responses.RequestsMock() as mock:
        mock.add("POST", "https://shopee.test/api/v2/product/unlist_item", json={"error": "", "response": {}})
        assert make_client("shop").product.unlist_item([body]) == {}
