"""Shopee: merchant, shop and logistics, as their pages show the answers."""

import pytest

from tests.integrations.simulator.support_shopee import NOON, Developer, verdict

YEAR = 365 * 86_400


@pytest.fixture
def developer(simulator):
    developer = Developer.of(simulator)
    developer.no_limits()
    for name in ("lanyue", "hansol", "qihang"):
        developer.connect(name)
    return developer


@pytest.fixture
def merchant(developer):
    return f"merchant:{developer.merchant_id()}"


@pytest.fixture
def hong_kong(developer):
    return f"merchant:{developer.merchant_id(index=1)}"


def test_merchant_info_is_at_the_top(developer, merchant):
    reply = developer.as_subject("GET", "merchant.get_merchant_info", merchant)
    assert {**reply, "request_id": ""} == {
        "error": "",
        "message": "",
        "request_id": "",
        "merchant_name": "Shenzhen Lanyue Trading Co., Ltd.",
        "auth_time": NOON,
        "expire_time": NOON + YEAR,
        "merchant_currency": "CNY",
        "merchant_region": "CN",
        "is_upgraded_cbsc": True,
    }


@pytest.mark.parametrize(
    ("name", "region", "currency", "upgraded"), [("hansol", "KR", "KRW", True), ("qihang", "CN", "", False)]
)
def test_merchants_differ_in_region_currency_and_upgrade(developer, name, region, currency, upgraded):
    reply = developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{developer.merchant_id(name)}")
    told = (reply["merchant_region"], reply["merchant_currency"], reply["is_upgraded_cbsc"])
    assert told == (region, currency, upgraded)


def test_shops_of_a_merchant_come_in_pages_without_error_and_message(developer, merchant):
    reply = developer.as_subject("GET", "merchant.get_shop_list_by_merchant", merchant, page_no=1, page_size=5)
    assert set(reply) == {"request_id", "shop_list", "more"}
    assert [row["shop_id"] for row in reply["shop_list"]] == developer.shop_ids()[:5]
    assert reply["more"] is True
    rest = developer.as_subject("GET", "merchant.get_shop_list_by_merchant", merchant, page_no=2, page_size=5)
    assert (len(rest["shop_list"]), rest["more"]) == (3, False)


def test_shops_that_are_not_linked_are_left_out(developer, merchant):
    gone = developer.shop_ids()[0]
    developer.change(authorization={"shop_id": gone, "cancel": True})
    reply = developer.as_subject("GET", "merchant.get_shop_list_by_merchant", merchant, page_no=1, page_size=500)
    assert [row["shop_id"] for row in reply["shop_list"]] == developer.shop_ids()[1:]


def test_only_a_primary_shop_lists_affiliates(developer):
    subject = f"merchant:{developer.merchant_id('hansol')}"
    reply = developer.as_subject("GET", "merchant.get_shop_list_by_merchant", subject, page_no=1, page_size=10)
    primary, *others, affiliate = developer.shop_ids("hansol")
    assert reply["shop_list"] == [
        {"shop_id": primary, "sip_affi_shops": [{"affi_shop_id": affiliate}]},
        *({"shop_id": one} for one in others),
    ]


@pytest.mark.parametrize(
    "given", [{}, {"page_no": 1}, {"page_no": 0, "page_size": 5}, {"page_no": 1, "page_size": 501}]
)
def test_page_of_shops_is_asked_for_within_its_limits(developer, merchant, given):
    assert developer.as_subject("GET", "merchant.get_shop_list_by_merchant", merchant, **given)["error"] == (
        "error_param"
    )


def test_locations_come_as_a_list(developer, hong_kong):
    reply = developer.as_subject("GET", "merchant.get_merchant_warehouse_location_list", hong_kong)
    assert reply["response"] == [
        {"location_id": "HKZ", "warehouse_name": "Hong Kong warehouse"},
        {"location_id": "PH1004MQZ", "warehouse_name": "Manila warehouse"},
    ]


def test_warehouses_are_turned_over_by_a_cursor_with_two_sides(developer, hong_kong):
    def ask(**cursor):
        return developer.as_subject(
            "POST", "merchant.get_merchant_warehouse_list", hong_kong, warehouse_type=1, cursor=cursor
        )

    first = ask(next_id=0, page_size=1)
    assert (first["error"], first["message"], first["response"]["total_count"]) == (None, None, 2)
    cursor = first["response"]["cursor"]
    assert cursor["prev_id"] is None
    second = ask(next_id=cursor["next_id"], prev_id=None, page_size=1)["response"]
    assert second["warehouse_list"] != first["response"]["warehouse_list"]
    assert second["cursor"]["next_id"] is None
    back = ask(next_id=None, prev_id=second["cursor"]["prev_id"], page_size=1)
    assert back["response"] == first["response"]
    assert ask(next_id=1, prev_id=1, page_size=1)["error"] == "error_param"
    assert ask(next_id=0, page_size=31)["error"] == "error_param"
    assert ask(next_id=0)["error"] == "error_param"


def test_shops_of_a_warehouse_are_named(developer, hong_kong):
    cursor = {"next_id": None, "prev_id": None, "page_size": 30}
    warehouses = developer.as_subject(
        "POST", "merchant.get_merchant_warehouse_list", hong_kong, warehouse_type=1, cursor=cursor
    )["response"]["warehouse_list"]
    reply = developer.as_subject(
        "POST",
        "merchant.get_warehouse_eligible_shop_list",
        hong_kong,
        warehouse_id=warehouses[0]["warehouse_id"],
        warehouse_type=1,
        cursor=cursor,
    )
    assert reply["error"] is None
    assert [row["shop_id"] for row in reply["response"]["shop_list"]] == developer.shop_ids(index=1)
    assert reply["response"]["cursor"] == {"next_id": None, "prev_id": None, "page_size": 30}


def test_courier_account_is_a_mainland_matter(developer, merchant, hong_kong):
    name = "merchant.get_merchant_prepaid_account_list"
    mainland = developer.as_subject("GET", name, merchant, page_no=1, page_size=10)["response"]
    assert (mainland["total"], mainland["list"][0]["prepaid_account_courier_key"]) == (1, "ZTO")
    assert developer.as_subject("GET", name, hong_kong, page_no=1, page_size=10)["response"]["list"] is None
    assert developer.as_subject("GET", name, merchant, page_no=1, page_size=11)["error"] == "error_param"


def test_shop_info_tells_region_merchant_and_upgrade(developer):
    shop = developer.shop_ids()[0]
    reply = developer.as_subject("GET", "shop.get_shop_info", f"shop:{shop}")
    told = {name: reply[name] for name in ("shop_name", "region", "status", "is_cb", "is_sip", "is_upgraded_cbsc")}
    assert told == {
        "shop_name": "lanyue.my",
        "region": "MY",
        "status": "NORMAL",
        "is_cb": True,
        "is_sip": False,
        "is_upgraded_cbsc": True,
    }
    assert (reply["merchant_id"], reply["expire_time"]) == (developer.merchant_id(), NOON + YEAR)
    assert "sip_affi_shops" not in reply
    assert "response" not in reply


def test_banned_and_frozen_shops_can_still_be_read_about(developer):
    shop = developer.shop_ids()[0]
    subject = f"shop:{shop}"
    developer.change(shop={"shop_id": shop, "status": "BANNED"})
    assert developer.as_subject("GET", "shop.get_shop_info", subject)["status"] == "BANNED"
    assert developer.as_subject("GET", "shop.get_profile", subject)["error"] == "shop_banned"
    developer.change(shop={"shop_id": shop, "status": "FROZEN"})
    assert developer.as_subject("GET", "shop.get_profile", subject)["error"] == ""
    assert developer.as_subject("POST", "shop.set_shop_holiday_mode", subject, holiday_mode_on=True)["error"] == (
        "error_permission"
    )


def test_profile_and_holiday_lie_in_the_response(developer):
    subject = f"shop:{developer.shop_ids()[1]}"
    profile = developer.as_subject("GET", "shop.get_profile", subject)
    assert (profile["warning"], profile["response"]["shop_name"]) == ("", "lanyue.sg")
    assert developer.as_subject("GET", "shop.get_shop_holiday_mode", subject)["response"]["holiday_mode_on"] is False
    developer.as_subject("POST", "shop.set_shop_holiday_mode", subject, holiday_mode_on=True)
    assert developer.as_subject("GET", "shop.get_shop_holiday_mode", subject)["response"] == {
        "holiday_mode_on": True,
        "holiday_mode_mtime": NOON,
    }
    assert developer.as_subject("POST", "shop.set_shop_holiday_mode", subject)["error"] == "error_param"


def test_warehouses_of_a_shop_are_for_few(developer):
    usual, abroad = f"shop:{developer.shop_ids()[0]}", f"shop:{developer.shop_ids(index=1)[1]}"
    assert verdict(developer.as_subject("GET", "shop.get_warehouse_detail", usual))[0] == (
        "warehouse.error_not_in_whitelist"
    )
    rows = developer.as_subject("GET", "shop.get_warehouse_detail", abroad)["response"]
    assert [(row["location_id"], row["warehouse_type"]) for row in rows] == [("PH1004MQZ", 1)]
    assert developer.as_subject("GET", "shop.get_warehouse_detail", abroad, warehouse_type=2)["response"] == []


def test_channels_show_which_a_product_may_enable(developer):
    reply = developer.as_subject("GET", "logistics.get_channel_list", f"shop:{developer.shop_ids()[0]}")
    rows = reply["response"]["logistics_channel_list"]
    told = [(row["logistics_channel_id"], row["enabled"], row["mask_channel_id"]) for row in rows]
    assert told == [(28016, True, 0), (28017, False, 0), (28916, True, 28016)]


def test_taiwan_has_a_channel_by_size(developer):
    taiwan = next(shop["shop_id"] for shop in developer.account()["merchants"][0]["shops"] if shop["region"] == "TW")
    reply = developer.as_subject("GET", "logistics.get_channel_list", f"shop:{taiwan}")
    sized = [row for row in reply["response"]["logistics_channel_list"] if row["fee_type"] == "SIZE_SELECTION"]
    assert [size["size_id"] for size in sized[0]["size_list"]] == ["1", "2"]
