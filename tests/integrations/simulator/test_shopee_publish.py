"""shopee.md §3.5.7: a global item goes to many shops, once to each market, and each shop tells its own story."""

import pytest

from integrations.simulator.shopee_seeds import attributes
from tests.integrations.simulator.shopee_callers import EARPHONES, HAND_TOOLS, seller


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


def test_task_is_under_way_then_makes_one_item_with_models(simulator, lanyue):
    item_id = lanyue.add_with_models()
    task = lanyue.post(
        "create_publish_task", global_item_id=item_id, shop_id=lanyue.shops["MY"], shop_region="MY", item={}
    )["response"]["publish_task_id"]
    assert task > 2**53
    assert lanyue.get("get_publish_task_result", publish_task_id=task)["response"] == {"publish_status": "processing"}
    assert lanyue.published(item_id) == {}
    simulator.control("clock", advance_s=21)
    done = lanyue.get("get_publish_task_result", publish_task_id=task)["response"]
    published = lanyue.published(item_id)["MY"]
    assert done["publish_status"] == "success"
    assert int(done["success"]["item_id"]) == published["item_id"]
    assert published["item_status"] == 1
    models = lanyue.shop_models(lanyue.shops["MY"], published["item_id"])
    assert [(one["model_sku"], one["tier_index"]) for one in models] == [
        ("TOTE-38-0", [0]),
        ("TOTE-38-1", [1]),
        ("TOTE-38-2", [2]),
    ]
    assert lanyue.counted("shop_items") == 1


def test_ids_of_a_result_come_as_texts_and_as_numbers(lanyue):
    item_id = lanyue.add()
    kinds = {type(lanyue.publish(item_id, region)["success"]["item_id"]) for region in ("MY", "SG")}
    assert kinds == {int, str}


def test_price_left_out_follows_the_market_formula_and_its_decimals(lanyue):
    item_id = lanyue.add(original_price=72)
    prices = {}
    for region in ("SG", "TH"):
        lanyue.publish(item_id, region)
        ident = lanyue.published(item_id)[region]["item_id"]
        info = lanyue.shop_get(lanyue.shops[region], "get_item_base_info", item_id_list=ident)["response"]
        prices[region] = info["item_list"][0]["price_info"][0]
    # 72 CNY are 10 USD; times market rate, times one plus fee.
    assert prices["SG"] == {"currency": "SGD", "original_price": 14.31, "current_price": 14.31}
    assert prices["TH"] == {"currency": "THB", "original_price": 369, "current_price": 369}


def test_wishes_for_a_shop_are_kept(lanyue):
    item_id = lanyue.add_with_models()
    lanyue.publish(
        item_id,
        item_name="Beg tote kapas",
        item_status="UNLIST",
        model=[{"tier_index": [1], "original_price": 31.9, "model_status": "UNAVAILABLE"}],
        standardise_tier_variation=[
            {
                "variation_name": "Warna",
                "variation_option_list": [{"variation_option_name": one} for one in ("Merah", "Biru", "Hijau")],
            }
        ],
    )
    shop_id, made = lanyue.shops["MY"], lanyue.published(item_id)["MY"]
    assert made["item_status"] == 8
    info = lanyue.shop_get(shop_id, "get_item_base_info", item_id_list=made["item_id"])["response"]["item_list"][0]
    assert (info["item_name"], info["item_status"]) == ("Beg tote kapas", "UNLIST")
    models = lanyue.shop_models(shop_id, made["item_id"])
    assert models[1]["price_info"][0]["original_price"] == 31.9
    assert [one["model_status"] for one in models] == ["MODEL_NORMAL", "MODEL_UNAVAILABLE", "MODEL_NORMAL"]
    tiers = lanyue.shop_get(shop_id, "get_model_list", item_id=made["item_id"])["response"]["tier_variation"]
    assert (tiers[0]["name"], tiers[0]["option_list"][0]["option"]) == ("Warna", "Merah")


def test_second_task_for_a_shop_never_makes_a_second_item(simulator, lanyue):
    item_id = lanyue.add()
    body = {"global_item_id": item_id, "shop_id": lanyue.shops["MY"], "shop_region": "MY", "item": {}}
    assert lanyue.post("create_publish_task", **body)["error"] == ""
    running = lanyue.code("create_publish_task", **body)
    simulator.control("clock", advance_s=30)
    published = lanyue.code("create_publish_task", **body)
    assert running[0] == published[0] == "error_busi_cannot_publish"
    assert "is running for this shop" in running[1]
    assert "has been published in this market" in published[1]
    assert (lanyue.counted("publish_tasks"), lanyue.counted("shop_items")) == (1, 1)


def test_market_can_be_published_again_after_its_item_was_deleted(lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id)
    shop_id, first = lanyue.shops["MY"], lanyue.published(item_id)["MY"]["item_id"]
    assert lanyue.shop_post(shop_id, "delete_item", item_id=first)["error"] == ""
    rows = lanyue.get("get_published_list", global_item_id=item_id)["response"]["published_item"]
    assert [(row["item_id"], row["item_status"]) for row in rows] == [(first, 0)]
    assert lanyue.publish(item_id)["publish_status"] == "success"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"shop": {"holiday": True}}, "The shop is on holiday"),
        ({"shop": {"penalty": True}}, "The shop is under penalty"),
    ],
)
def test_status_tells_why_a_shop_takes_nothing(simulator, lanyue, change, reason):
    item_id, shop_id = lanyue.add(), lanyue.shops["SG"]
    simulator.control("change", platform="shopee", shop={"shop_id": shop_id, **change["shop"]})
    rows = lanyue.get("get_shop_publishable_status", global_item_id=item_id, offset=0, page_size=100)["response"]
    reasons = {row["region"]: row["unpublishable_reason"] for row in rows["shop_publishable_status_list"]}
    assert reasons["SG"] == reason
    assert [region for region, text in reasons.items() if text] == ["SG"]
    code, message = lanyue.code(
        "create_publish_task", global_item_id=item_id, shop_id=shop_id, shop_region="SG", item={}
    )
    assert (code, message) == ("error_busi_cannot_publish", f"Publish failed, {reason}.")


def test_published_and_closed_markets_are_told_apart(simulator, lanyue):
    item_id = lanyue.add(
        category_id=lanyue.leaf(HAND_TOOLS),
        attribute_list=[
            {"attribute_id": 100502, "attribute_value_list": [{"value_id": 0, "original_value_name": "3"}]}
        ],
    )
    lanyue.publish(item_id, "SG")
    rows = lanyue.get("get_shop_publishable_status", global_item_id=item_id, offset=0, page_size=100)["response"]
    reasons = {row["region"]: row["unpublishable_reason"] for row in rows["shop_publishable_status_list"]}
    assert reasons["SG"] == "The product has been published in this market"
    assert reasons["BR"] == "The category is not supported in BR"
    shops = lanyue.get("get_publishable_shop", global_item_id=item_id)["response"]["publishable_shop"]
    assert "SG" not in {shop["shop_region"] for shop in shops}
    refused = lanyue.code(
        "create_publish_task", global_item_id=item_id, shop_id=lanyue.shops["BR"], shop_region="BR", item={}
    )
    assert refused[0] == "error_category_is_block"


def test_status_comes_in_pages(lanyue):
    item_id = lanyue.add()
    first = lanyue.get("get_shop_publishable_status", global_item_id=item_id, offset=0, page_size=5)["response"]
    rest = lanyue.get("get_shop_publishable_status", global_item_id=item_id, offset=5, page_size=5)["response"]
    assert (first["has_next_page"], first["next_offset"]) == (True, 5)
    assert (rest["has_next_page"], rest["next_offset"], len(rest["shop_publishable_status_list"])) == (False, 0, 3)


def test_task_fails_with_what_the_market_insists_on(lanyue):
    item_id = lanyue.add(image_ids=lanyue.upload(1))
    assert lanyue.publish(item_id, "BR") == {
        "publish_status": "failed",
        "failed": {"failed_reason": "item image quantity less than lower limit"},
    }
    assert lanyue.publish(item_id, "TW", item_name="袋" * 101)["failed"] == {
        "failed_reason": "item name length exceed upper limit"
    }
    assert lanyue.published(item_id) == {}


def test_attribute_that_one_market_insists_on_fails_there_alone(lanyue):
    wired = [{"attribute_id": 100487, "attribute_value_list": [{"value_id": value_of("connection", "Wired")}]}]
    none = [{"attribute_id": 100451, "attribute_value_list": [{"value_id": value_of("warranty", "No Warranty")}]}]
    item_id = lanyue.add(category_id=lanyue.leaf(EARPHONES), attribute_list=[*wired, *none])
    assert lanyue.publish(item_id, "TW")["failed"]["failed_reason"] == "attribute is mandatory in TW: NCC Certificate"
    assert lanyue.publish(item_id, "SG")["publish_status"] == "success"


def value_of(key, name):
    return next(value.id for value in attributes()[key].values if value.name == name)


def test_control_makes_the_next_task_of_a_shop_fail(simulator, lanyue):
    item_id = lanyue.add()
    simulator.control(
        "change", platform="shopee", publishing={"shop_id": lanyue.shops["MY"], "reason": "internal error"}
    )
    assert lanyue.publish(item_id)["failed"] == {"failed_reason": "internal error"}
    assert lanyue.publish(item_id)["publish_status"] == "success"
    assert lanyue.counted("shop_items") == 1


def test_category_closed_while_the_task_runs_fails_it(simulator, lanyue):
    item_id = lanyue.add()
    task = lanyue.post(
        "create_publish_task", global_item_id=item_id, shop_id=lanyue.shops["MY"], shop_region="MY", item={}
    )["response"]["publish_task_id"]
    category_id = lanyue.leaf("Tote Bags")
    simulator.control("change", platform="shopee", category={"category_id": category_id, "region": "MY"})
    simulator.control("clock", advance_s=30)
    result = lanyue.get("get_publish_task_result", publish_task_id=task)["response"]
    assert result["failed"] == {"failed_reason": "The category is not supported in MY"}


def test_result_can_be_unobtainable_for_a_while(simulator, lanyue):
    item_id = lanyue.add()
    lanyue.publish(item_id)
    simulator.control("change", platform="shopee", catalog={"lost_results_every": 1})
    reply = lanyue.get("get_publish_task_result", publish_task_id=202603010000012008 + 7)
    assert reply["error"] == "error_cannot_get_publish_result"


def test_affiliate_takes_no_task_but_gets_what_its_primary_gets(simulator):
    hansol = seller(simulator, 1)
    item_id = hansol.add(original_price=20_000)
    affiliate = next(shop for shop in hansol.merchant["shops"] if shop["sip_primary"])
    body = {"global_item_id": item_id, "shop_id": affiliate["shop_id"], "shop_region": affiliate["region"]}
    code, message = hansol.code("create_publish_task", **body, item={})
    assert code.removeprefix("product.") == "error_auth"
    assert message == "can not publish product to sip affiliated shop"
    assert hansol.counted("publish_tasks") == 0
    hansol.publish(item_id, "SG")
    assert set(hansol.published(item_id)) == {"SG", affiliate["region"]}


def test_wrong_region_and_foreign_shop_are_refused(simulator, lanyue):
    item_id, other = lanyue.add(), simulator.show("world")["shopee"]["shops"][0]["shop_id"]
    wrong = lanyue.code(
        "create_publish_task", global_item_id=item_id, shop_id=lanyue.shops["MY"], shop_region="SG", item={}
    )
    foreign = lanyue.code("create_publish_task", global_item_id=item_id, shop_id=other, shop_region="MY", item={})
    assert (wrong[0], foreign[0]) == ("error_busi_shop_region_not_match", "error_get_shop_fail")
    assert lanyue.counted("publish_tasks") == 0


def test_price_takes_the_decimals_of_the_market(lanyue):
    item_id = lanyue.add()
    refused = lanyue.code(
        "create_publish_task",
        global_item_id=item_id,
        shop_id=lanyue.shops["TH"],
        shop_region="TH",
        item={"original_price": 99.5},
    )
    assert refused == ("error_price_limit_no_pass", "The price takes 0 decimals in THB.")


def test_channel_that_the_shop_does_not_have_fails_the_task(lanyue):
    item_id = lanyue.add()
    result = lanyue.publish(item_id, logistic=[{"logistic_id": 1, "enabled": True}])
    assert result["failed"]["failed_reason"] == "no logistics channel is available for the item"
