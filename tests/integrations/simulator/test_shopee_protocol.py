"""Shopee, API call flow and common errors: who may call, with which sign, when and how often."""

import pytest
import requests

from integrations.simulator import shopee_gate
from integrations.simulator.shopee_protocol import ENDPOINTS
from tests.integrations.simulator.support_shopee import NOON, Developer, sign, verdict

INFO = "/api/v2/merchant/get_merchant_info"
SHOPS = "/api/v2/public/get_shops_by_partner"


@pytest.fixture
def developer(simulator):
    return Developer.of(simulator)


@pytest.fixture
def connected(developer):
    developer.connect()
    return developer


@pytest.mark.parametrize(
    ("key", "parts", "wanted"),
    [
        (
            "test-partner-key",
            (2001887, "/api/v2/public/get_shops_by_partner", 1655714431),
            "eb64c45d9acbec13d6055f604ec1e5b055977f894f80b78659ca0ac06de0d376",
        ),
        (
            "a0ac92a2563a321b949e1628add0058a1afd18345cf839d3d8117366a89aaede",
            (1006832, "/api/v2/auth/token/get", 1731000000),
            "fc8e305c528993b3e65172c3e7eb925c37a91fe3536a4b4b423405e3729b31f9",
        ),
        (
            "test-partner-key",
            (2001887, "/api/v2/shop/get_shop_info", 1655714431, "59777174636562737266615546704c6d", 14701711),
            "faf4a60d51e5807794fd37d18f605d4e8d1370ba96d66245e23d22c77cb6f090",
        ),
        (
            "shpk1c5273bb78235a8915c1271e91058dc47600fbe1f8d89708d3f100cc0743",
            (1122334, "/api/v2/order/get_order_list", 1767225599, "d15e966c0f250f74ee1d946441522822", 847213905),
            "945beab44f1c0ffb27502923b26c04b5e3f96d6d338a44b5d3e9e241d7e3287a",
        ),
        (
            "test-partner-key",
            (2001887, "/api/v2/global_product/get_category", 1655714431, "09777174636962737266615546704c6d", 1000000),
            "1a16a1f85cedc9c5de045657b6575e159b2620c47d8016407dde8b205e2f3f84",
        ),
        (
            "71bf73b406c51dcd9c2245a7f6bb1e4f53fcfc632d6c36967cc8849a966a6b41",
            (
                2013579,
                "/api/v2/global_product/create_publish_task",
                1770000123,
                "dc5fb8cdeeb9699c7698a0bdc7770257",
                3000417,
            ),
            "29c250d839e81c1615549b2d189c087f3f82aca34c73aaf9a406c9b1ba3e7443",
        ),
    ],
)
def test_sign_agrees_with_the_libraries_of_others(key, parts, wanted):
    assert shopee_gate.sign(key, *parts) == wanted


def test_public_call_is_answered_at_the_top(developer):
    reply = developer.public("GET", SHOPS)
    assert {**reply, "request_id": ""} == {
        "error": "",
        "message": "",
        "request_id": "",
        "authed_shop_list": [],
        "more": False,
    }
    assert len(reply["request_id"]) == 32


@pytest.mark.parametrize(
    ("changed", "error", "message"),
    [
        ({"partner_id": None}, "error_param", "There is no partner_id in query."),
        (
            {"partner_id": "4294967296"},
            "error_param",
            "partner_id is invalid, should be an integer between 0 and 4294967295.",
        ),
        ({"partner_id": "12"}, "error_auth", "partner_id is invalid"),
        ({"timestamp": None}, "error_param", "no timestamp"),
        ({"timestamp": "noon"}, "error_param", "Invalid timestamp"),
        ({"timestamp": str(NOON - 301)}, "error_param", "Timestamp is expired."),
        ({"timestamp": str(NOON + 301)}, "error_param", "Timestamp is expired."),
        ({"timestamp": str(NOON - 300)}, "error_sign", "Wrong sign."),
        ({"sign": None}, "error_param", "There is no sign in query."),
        ({"sign": "0" * 64}, "error_sign", "Wrong sign."),
        ({"access_token": None}, "error_param", "There is no access_token in query."),
        ({"access_token": "x"}, "error_sign", "Wrong sign."),
        ({"merchant_id": None}, "error_param", "There is no merchant_id in query."),
        (
            {"merchant_id": "-1"},
            "error_param",
            "merchant_id is invalid, should be an integer between 0 and 4294967295.",
        ),
    ],
)
def test_each_common_parameter_is_judged(connected, changed, error, message):
    merchant = connected.merchant_id()
    token = connected.tokens[f"merchant:{merchant}"]["access_token"]
    params = {**connected.common(INFO, token=token, merchant_id=merchant), **changed}
    reply = connected.send("GET", INFO, {name: value for name, value in params.items() if value is not None})
    assert reply.status_code == 200
    assert verdict(reply.json()) == (error, message)
    assert list(reply.json()) == ["error", "message", "request_id"]


def test_upper_case_sign_is_wrong(developer):
    params = developer.common(SHOPS)
    reply = developer.send("GET", SHOPS, {**params, "sign": params["sign"].upper()}).json()
    assert verdict(reply) == ("error_sign", "Wrong sign.")


def test_shop_and_merchant_are_never_both_named_in_a_shops_call(connected):
    shop, merchant = connected.shop_ids()[0], connected.merchant_id()
    token = connected.tokens[f"shop:{shop}"]["access_token"]
    params = connected.common("/api/v2/shop/get_shop_info", token=token, shop_id=shop)
    reply = connected.send("GET", "shop.get_shop_info", {**params, "merchant_id": merchant}).json()
    assert reply["error"] == "error_param"


def test_business_parameters_are_not_signed_and_may_name_a_shop(connected):
    shop, merchant = connected.shop_ids()[0], connected.merchant_id()
    reply = connected.as_subject(
        "GET", "global_product.get_local_adjustment_rate", f"merchant:{merchant}", shop_id=shop
    )
    assert reply["error"] == ""


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/v2/shop/nothing"), ("POST", SHOPS), ("GET", "/api/v2/auth/token/get"), ("GET", "/api/v2/shop")],
)
def test_unknown_path_and_wrong_method_are_refused_alike(developer, method, path):
    reply = developer.send(method, path, developer.common(path))
    assert reply.status_code == 200
    assert verdict(reply.json()) == (
        "error_param",
        "Permission denied. This API is currently offline or the request path is incorrect.",
    )


def test_common_parameters_in_the_body_do_not_count(developer):
    path = "/api/v2/auth/token/get"
    reply = requests.post(developer.simulator.base_url + path, json=developer.common(path), timeout=10).json()
    assert verdict(reply) == ("error_param", "There is no partner_id in query.")


@pytest.mark.parametrize("content", [b"{", b"[1]", b"code=1"])
def test_body_that_is_no_json_object_is_refused(developer, content):
    path = "/api/v2/auth/token/get"
    reply = developer.send("POST", path, developer.common(path), data=content).json()
    assert verdict(reply) == ("error_data", "parse data failed")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "partner_id"),
        ({"partner_id": "text"}, "partner_id"),
        ({"partner_id": 1}, "partner_id"),
        ({"code": 5}, "code"),
        ({"code": "x"}, "shop_id and main_account_id"),
        ({"code": "x", "shop_id": 1, "main_account_id": 1}, "shop_id and main_account_id"),
        ({"code": "x", "shop_id": "1"}, "shop_id"),
    ],
)
def test_missing_or_mistyped_field_of_a_body_is_named(developer, body, field):
    path = "/api/v2/auth/token/get"
    sent = body if "partner_id" in body or not body else {**developer.app, **body}
    reply = developer.send("POST", path, developer.common(path), json=sent).json()
    assert reply["error"] == "error_param"
    assert field in reply["message"]


@pytest.mark.parametrize("page_size", ["0", "101", "x", "1.5"])
def test_number_out_of_its_range_is_refused(developer, page_size):
    assert developer.public("GET", SHOPS, page_size=page_size)["error"] == "error_param"


def test_token_of_another_subject_and_nonsense_are_told_apart(connected):
    merchant, hong_kong = (f"merchant:{connected.merchant_id(index=index)}" for index in (0, 1))
    first = connected.tokens[merchant]["refresh_token"]
    alone = connected.refresh(first, merchant_id=connected.merchant_id())["access_token"]
    assert verdict(connected.as_subject("GET", "merchant.get_merchant_info", hong_kong, alone)) == (
        "error_auth",
        "Invalid access_token.",
    )
    assert verdict(connected.as_subject("GET", "merchant.get_merchant_info", merchant, "nonsense")) == (
        "invalid_acceess_token",
        "Invalid access_token, please have a check.",
    )
    assert connected.as_subject("GET", "merchant.get_merchant_info", merchant, alone)["error"] == ""


@pytest.mark.parametrize("status", [200, 403])
def test_dead_token_is_refused_with_the_chosen_status(connected, status):
    connected.change(switches={"dead_token_status": status})
    connected.simulator.control("clock", advance_s=14_400)
    merchant = connected.merchant_id()
    token = connected.tokens[f"merchant:{merchant}"]["access_token"]
    reply = connected.send("GET", INFO, connected.common(INFO, token=token, merchant_id=merchant))
    assert (reply.status_code, verdict(reply.json())) == (status, ("error_auth", "Invalid access_token."))


def test_rate_is_kept_for_each_subject_alone(connected):
    first, second = (f"shop:{ident}" for ident in connected.shop_ids()[:2])
    replies = [connected.as_subject("GET", "shop.get_profile", first)["error"] for _ in range(11)]
    assert replies == [""] * 10 + ["error_rate_limit"]
    assert connected.as_subject("GET", "shop.get_profile", second)["error"] == ""
    connected.simulator.control("clock", advance_s=1)
    assert connected.as_subject("GET", "shop.get_profile", first)["error"] == ""
    calls = connected.simulator.show("calls", account=first, verdict="refused")["calls"]
    assert [(call["path"], call["code"]) for call in calls] == [("/api/v2/shop/get_profile", "error_rate_limit")]


def test_rate_can_be_lowered_lifted_and_set_for_the_whole_app(connected):
    first, second = (f"shop:{ident}" for ident in connected.shop_ids()[:2])
    connected.simulator.control("limits", platform="shopee", account=first, rps=1)
    assert [connected.as_subject("GET", "shop.get_profile", first)["error"] for _ in range(2)] == [
        "",
        "error_rate_limit",
    ]
    connected.simulator.control("limits", platform="shopee", account=first, rps=None)
    assert {connected.as_subject("GET", "shop.get_profile", first)["error"] for _ in range(12)} == {""}
    connected.simulator.control("clock", advance_s=1)
    connected.simulator.control("limits", platform="shopee", account="app", rps=3)
    replies = [connected.as_subject("GET", "shop.get_profile", one)["error"] for one in (first, second) * 2]
    assert replies == ["", "", "", "error_rate_limit"]


def test_refused_call_can_come_as_429(connected):
    connected.simulator.control("limits", platform="shopee", rps=0, http_429_every=2)
    shop = connected.shop_ids()[0]
    token = connected.tokens[f"shop:{shop}"]["access_token"]
    params = connected.common("/api/v2/shop/get_profile", token=token, shop_id=shop)
    assert [connected.send("GET", "shop.get_profile", params).status_code for _ in range(2)] == [200, 429]


def test_daily_quota_is_the_apps_and_is_fresh_at_midnight_in_china(developer):
    developer.simulator.control("clock", set=NOON + 4 * 3600 - 10)  # 23:59:50 in UTC+8
    developer.simulator.control("limits", platform="shopee", daily=2)
    assert [developer.public("GET", SHOPS)["error"] for _ in range(3)] == ["", "", "error_limit"]
    developer.simulator.control("clock", advance_s=10)
    assert developer.public("GET", SHOPS)["error"] == ""


@pytest.mark.parametrize(
    ("status", "error"),
    [
        ("offline", "error_api_call_restricted"),
        ("deleted", "error_auth"),
        ("restricted", "error_auth"),
        ("suspended", "api_suspended"),
        ("frozen", "partner_frozen"),
        ("key_expired", "error_partner_key_expired"),
    ],
)
def test_app_in_a_bad_state_calls_nothing(developer, status, error):
    developer.change(app={"status": status})
    assert developer.public("GET", SHOPS)["error"] == error
    developer.change(app={"status": "online"})
    assert developer.public("GET", SHOPS)["error"] == ""


def test_undeclared_address_and_denied_module_are_refused(connected):
    shop = f"shop:{connected.shop_ids()[0]}"
    connected.change(app={"ip_whitelist": ["10.0.0.1"]})
    assert connected.as_subject("GET", "shop.get_profile", shop)["error"] == "source_ip_undeclared"
    connected.change(app={"ip_whitelist": ["127.0.0.1"], "denied": ["logistics"]})
    assert connected.as_subject("GET", "shop.get_profile", shop)["error"] == ""
    assert connected.as_subject("GET", "logistics.get_channel_list", shop)["error"] == "error_api_permission"


def test_multipart_carries_common_parameters_in_the_query(developer):
    path = "/api/v2/media_space/upload_image"
    picture = requests.get(f"{developer.simulator.base_url}/img/CJ-0.jpg", timeout=10).content
    files = {"image": ("a.jpg", picture, "image/jpeg")}
    reply = developer.send("POST", path, developer.common(path), files=files, data={"scene": "normal"}).json()
    assert reply["error"] == ""
    assert developer.send("POST", path, {}, files=files).json()["error"] == "error_param"


def test_header_moves_the_manual_clock(developer):
    later = NOON + 1000
    reply = requests.get(
        developer.simulator.base_url + SHOPS,
        params=developer.common(SHOPS, at=later),
        headers={"X-Simulator-Time": str(later)},
        timeout=10,
    ).json()
    assert reply["error"] == ""
    assert developer.simulator.show("clock")["now"] == later


def test_every_endpoint_is_registered_under_its_own_module():
    assert {endpoint.path for endpoint in ENDPOINTS.values()} == set(ENDPOINTS)
    modules = {endpoint.module for endpoint in ENDPOINTS.values()}
    assert {"auth", "public", "shop", "merchant", "logistics"} <= modules


def test_own_signer_of_the_tests_is_the_documented_one():
    path = "/api/v2/public/get_shops_by_partner"
    assert sign("test-partner-key", 2001887, path, 1655714431).startswith("eb64c45d")
