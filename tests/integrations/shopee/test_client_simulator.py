"""The client against the simulator, which signs and judges by code of its own."""

import io

import pytest
from PIL import Image

from accounts.secrets import Secret
from integrations import clock
from integrations.clock import VirtualClock
from integrations.errors import Invalid, NotFound, RefreshRefused, Rejected, Unavailable
from integrations.http import File, Transport
from integrations.shopee import paging
from integrations.shopee.client import Client, Subject
from integrations.shopee.parsing import moment

pytestmark = pytest.mark.django_db

RED_AND_BLUE = [
    {
        "variation_id": 0,
        "variation_group_id": 0,
        "variation_name": "Colour",
        "variation_option_list": [
            {"variation_option_id": 0, "variation_option_name": name} for name in ("Red", "Blue")
        ],
    }
]
MODELS = [{"tier_index": [index], "original_price": 40, "seller_stock": [{"stock": 5}]} for index in (0, 1)]


class Seller:
    """A main account that has authorized the app, and clients on behalf of what belongs to it."""

    def __init__(self, simulator) -> None:
        self.world = simulator.look("world")["shopee"]
        self.transport = Transport("shopee", simulator.url)
        self.main = self.world["main_accounts"][0]
        number = self.main["main_account_id"]
        allowed = simulator.control("authorize", platform="shopee", main_account_id=number)
        self.public = self.client().public
        self.code = Secret(allowed["code"])
        self.first = self.public.get_access_token(self.code, main_account_id=number)

    def client(self, **more) -> Client:
        key = Secret(self.world["partner_key"])
        return Client(self.transport, partner_id=self.world["partner_id"], partner_key=key, **more)

    def on_behalf_of(self, kind, number) -> Client:
        pair = self.public.refresh_access_token(Secret(self.first["refresh_token"]), **{f"{kind}_id": number})
        return self.client(subject=Subject(kind, number), token=lambda: Secret(pair["access_token"]))

    @property
    def merchant(self) -> Client:
        return self.on_behalf_of("merchant", self.main["merchants"][0]["merchant_id"])


@pytest.fixture
def seller(simulator):
    with clock.use(VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")):
        yield Seller(simulator)


def picture() -> File:
    out = io.BytesIO()
    Image.new("RGB", (600, 600), "red").save(out, "JPEG")
    return File(name="bag.jpg", content=out.getvalue(), content_type="image/jpeg")


def make_item(client: Client, sku: str) -> int:
    """Make a global item in the first category that asks for no attribute."""
    products = client.global_product
    leaves = [row["category_id"] for row in products.get_category()["category_list"] if not row["has_children"]]
    trees = [
        tree for at in range(0, len(leaves), 20) for tree in products.get_attribute_tree(leaves[at : at + 20])["list"]
    ]
    category = next(
        tree["category_id"] for tree in trees if not any(each["mandatory"] for each in tree["attribute_tree"] or [])
    )
    days = products.get_global_item_limit(category)["dts_limit"]["days_to_ship_range_list"][0]["min_limit"]
    image = client.media_space.upload_image([picture()])["image_info"]["image_id"]
    item = {
        "category_id": category,
        "global_item_name": f"Cotton tote bag number {sku}",
        "description": "A canvas tote bag with reinforced handles and a flat bottom. " * 3,
        "global_item_sku": sku,
        "image": {"image_id_list": [image]},
        "original_price": 40,
        "weight": 1,
        "dimension": {"package_length": 30, "package_width": 25, "package_height": 4},
        "pre_order": {"days_to_ship": days},
        "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "seller_stock": [{"stock": 10}],
    }
    return products.add_global_item(item)["global_item_id"]


def test_one_first_pair_serves_each_subject_once_and_each_then_goes_its_own_way(seller):
    shops = list(paging.numbered(lambda page: seller.public.get_shops_by_partner(page_no=page), "authed_shop_list"))
    assert {row["shop_id"] for row in shops} >= set(seller.first["shop_id_list"])
    assert all(moment(row["expire_time"]) > moment(row["auth_time"]) for row in shops)
    merchant, shop_id = seller.main["merchants"][0], seller.first["shop_id_list"][0]
    assert seller.merchant.merchant.get_merchant_info()["merchant_region"] == merchant["region"]
    shop = seller.on_behalf_of("shop", shop_id)
    assert shop.shop.get_shop_info()["merchant_id"] == merchant["merchant_id"]
    assert shop.shop.get_warehouse_detail() == []
    assert shop.logistics.get_channel_list()["logistics_channel_list"]


def test_what_the_token_calls_refuse_says_what_to_do(seller):
    with pytest.raises(Rejected, match="Start the authorization again") as used:
        seller.public.get_access_token(seller.code, main_account_id=seller.main["main_account_id"])
    with pytest.raises(RefreshRefused, match="Connect the account again"):
        seller.public.refresh_access_token(Secret("0" * 32), shop_id=seller.first["shop_id_list"][0])
    assert used.value.code == "invalid_code"


def test_every_list_is_read_to_its_end(seller):
    client = seller.merchant
    products = client.global_product
    all_at_once = products.get_global_item_list()["global_item_list"]
    by_two = paging.by_mark(lambda mark: products.get_global_item_list(offset=mark, page_size=2), "global_item_list")
    assert list(by_two) == all_at_once
    item = all_at_once[0]["global_item_id"]
    one_by_one = paging.by_offset(
        lambda offset: products.get_shop_publishable_status(item, offset=offset, page_size=1),
        "shop_publishable_status_list",
    )
    assert len(list(one_by_one)) == len(client.merchant.get_shop_list_by_merchant()["shop_list"])
    warehouses = paging.two_sided(
        lambda cursor: client.merchant.get_merchant_warehouse_list(cursor=cursor, page_size=1), "warehouse_list"
    )
    locations = client.merchant.get_merchant_warehouse_location_list()
    assert [row["location_id"] for row in warehouses] == [row["location_id"] for row in locations]


def test_a_product_is_made_published_changed_and_deleted(seller):
    client = seller.merchant
    products = client.global_product
    item = make_item(client, "TT-1")
    tiers = {"global_item_id": item, "standardise_tier_variation": RED_AND_BLUE, "global_model": MODELS}
    with pytest.raises(Unavailable, match="still making"):
        products.init_tier_variation(tiers)
    clock.sleep(6)
    products.init_tier_variation(tiers)
    model = products.get_global_model_list(item)["global_model"][0]["global_model_id"]
    products.update_price(item, [{"global_model_id": model, "original_price": 41}])
    products.update_stock(item, [{"global_model_id": model, "seller_stock": [{"stock": 7}]}])

    target = products.get_publishable_shop(item)["publishable_shop"][0]
    task = products.create_publish_task({"global_item_id": item, **target, "item": {}})["publish_task_id"]
    assert products.get_publish_task_result(task)["publish_status"] not in ("success", "failed")
    clock.sleep(60)
    assert products.get_publish_task_result(task)["publish_status"] == "success"
    (published,) = products.get_published_list(item)["published_item"]

    shop = seller.on_behalf_of("shop", target["shop_id"])
    shop_item = published["item_id"]
    assert shop.product.search_item(item_sku="TT-1")["item_id_list"] == [shop_item]
    models = shop.product.get_model_list(shop_item)["model"]
    prices = [{"model_id": models[0]["model_id"], "original_price": 30}]
    assert len(shop.product.update_price(shop_item, prices)["success_list"]) == 1
    with pytest.raises(Rejected, match="global product"):
        shop.product.update_stock(shop_item, [{"model_id": models[0]["model_id"], "seller_stock": [{"stock": 1}]}])
    shop.product.unlist_item([{"item_id": shop_item, "unlist": True}])
    assert shop.product.get_item_list(item_status=("UNLIST",))["item"][0]["item_id"] == shop_item

    assert products.delete_global_item(item)["failure_delete_item"] == []
    with pytest.raises(NotFound):
        products.get_global_item_info([item])


def test_what_is_there_already_is_told_apart(seller):
    client = seller.merchant
    make_item(client, "TT-2")
    with pytest.raises(Rejected, match="Adopt the one that is there") as caught:
        make_item(client, "TT-2")
    assert caught.value.code == "error_repeated_mtsku"


def test_a_wrong_key_is_refused_and_told_as_one(seller):
    wrong = Client(seller.transport, partner_id=seller.world["partner_id"], partner_key=Secret("shpk" + "0" * 60))
    with pytest.raises(Rejected, match="Check partner key and host") as caught:
        wrong.public.get_shopee_ip_ranges()
    assert (type(caught.value) is Invalid, caught.value.code) == (False, "error_sign")
