"""design.md §7 for Shopee: what control shows and does, and that it tells what is wrong with a call."""

import pytest
import requests

from tests.integrations.simulator.support_shopee import NOON, Developer, verdict


@pytest.fixture
def developer(simulator):
    developer = Developer.of(simulator)
    developer.connect()
    return developer


@pytest.fixture
def merchant(developer):
    return f"merchant:{developer.merchant_id()}"


def fault(developer, path, **options):
    return developer.simulator.control("faults", platform="shopee", path=path, **options)


def test_world_shows_the_app_and_its_sellers(developer):
    world = developer.simulator.show("world")
    assert "shopee" in world["platforms"]
    shopee = world["shopee"]
    assert shopee["hosts"] == {
        "api": developer.simulator.base_url,
        "authorize": developer.simulator.base_url + "/auth",
        "cancel": developer.simulator.base_url + "/cancel_auth",
    }
    told = [
        (one["login"], [(m["region"], m["currency"], m["upgraded"], len(m["shops"])) for m in one["merchants"]])
        for one in shopee["main_accounts"]
    ]
    assert told == [
        ("lanyue:main", [("CN", "CNY", True, 8), ("HK", "USD", True, 2)]),
        ("hansol:main", [("KR", "KRW", True, 4)]),
        ("qihang:main", [("CN", "", False, 2)]),
    ]
    markets = [shop["region"] for shop in shopee["main_accounts"][0]["merchants"][0]["shops"]]
    assert markets == ["MY", "SG", "PH", "TH", "VN", "TW", "BR", "MX"]
    assert [(shop["region"], shop["upgraded"]) for shop in shopee["shops"]] == [("MY", False), ("SG", False)]


def test_fault_before_acting_changes_nothing(developer, merchant):
    first = developer.tokens[merchant]["refresh_token"]
    fault(developer, "public.refresh_access_token", cut=True)
    with pytest.raises(requests.ConnectionError):
        developer.refresh(first, merchant_id=developer.merchant_id())
    assert "refreshes" not in developer.simulator.show("books")["totals"]["shopee"]
    assert developer.refresh(first, merchant_id=developer.merchant_id())["error"] == ""


def test_fault_after_acting_has_acted(developer, merchant):
    first = developer.tokens[merchant]["refresh_token"]
    fault(developer, "/api/v2/auth/access_token/get", cut=True, when="after")
    with pytest.raises(requests.ConnectionError):
        developer.refresh(first, merchant_id=developer.merchant_id())
    assert developer.simulator.show("books")["counters"]["shopee"][merchant]["refreshes"] == 1
    assert developer.simulator.show("calls", path="public.refresh_access_token")["calls"][-1]["fault"] == "cut after"


def test_fault_with_a_code_wears_shopees_envelope(developer, merchant):
    fault(developer, "merchant.get_merchant_info", code="error_server", message="Something broke.")
    reply = developer.as_subject("GET", "merchant.get_merchant_info", merchant)
    assert verdict(reply) == ("error_server", "Something broke.")
    assert set(reply) == {"error", "message", "request_id"}
    assert developer.as_subject("GET", "merchant.get_merchant_info", merchant)["error"] == ""


def test_fault_of_one_account_and_of_a_whole_module(developer, merchant):
    first, second = (f"shop:{ident}" for ident in developer.shop_ids()[:2])
    fault(developer, "shop.*", code="error_network", account=first, times=None)
    assert developer.as_subject("GET", "shop.get_profile", first)["error"] == "error_network"
    assert developer.as_subject("GET", "shop.get_shop_info", first)["error"] == "error_network"
    assert developer.as_subject("GET", "shop.get_profile", second)["error"] == ""
    assert developer.as_subject("GET", "merchant.get_merchant_info", merchant)["error"] == ""


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        ("not_json", lambda reply: reply.text.startswith("upstream")),
        ("html", lambda reply: reply.headers["Content-Type"] == "text/html"),
        ("truncated", lambda reply: not reply.text.endswith("}")),
        ("null_data", lambda reply: reply.json()["response"] is None),
        ("list_data", lambda reply: reply.json()["response"][0]["shop_name"] == "lanyue.my"),
        ("text_data", lambda reply: reply.json()["response"] == "true"),
        ("no_envelope", lambda reply: reply.json()["shop_name"] == "lanyue.my"),
    ],
)
def test_answer_can_be_damaged(developer, kind, sign):
    shop = developer.shop_ids()[0]
    path = "/api/v2/shop/get_profile"
    fault(developer, path, mutate=kind, match={"shop_id": str(shop)})
    token = developer.tokens[f"shop:{shop}"]["access_token"]
    reply = developer.send("GET", path, developer.common(path, token=token, shop_id=shop))
    assert reply.status_code == 200
    assert sign(reply)


def test_faults_of_the_platforms_do_not_mix(developer, merchant):
    developer.simulator.control("faults", platform="cj", path="/product/*", status=503, times=None)
    fault(developer, "merchant.*", status=502, times=None)
    assert developer.simulator.control("faults", platform="shopee", clear=True) == {"cleared": 1}
    assert developer.as_subject("GET", "merchant.get_merchant_info", merchant)["error"] == ""


def test_seller_upgrades_and_sets_currency_and_rates(developer):
    ident = developer.merchant_id("qihang")
    answer = developer.change(merchant={"merchant_id": ident, "upgraded": True, "currency": "usd", "rates_set": True})
    assert answer["merchant"] == {"merchant_id": ident, "upgraded": True, "currency": "USD", "rates_set": True}
    developer.connect("qihang")
    told = developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{ident}")
    assert (told["merchant_currency"], told["is_upgraded_cbsc"]) == ("USD", True)
    shop = developer.shop_ids("qihang")[0]
    assert developer.as_subject("GET", "shop.get_shop_info", f"shop:{shop}")["is_upgraded_cbsc"] is True


def test_several_changes_in_one_call(developer):
    shop = developer.shop_ids()[0]
    answer = developer.change(shop={"shop_id": shop, "holiday": True, "penalty": True}, app={"status": "offline"})
    assert (answer["shop"]["holiday"], answer["shop"]["penalty"], answer["app"]["status"]) == (True, True, "offline")


def test_authorization_can_be_shortened(developer, merchant):
    developer.change(authorization={"merchant_id": developer.merchant_id(), "days": 3})
    told = developer.as_subject("GET", "merchant.get_merchant_info", merchant)
    assert told["expire_time"] == NOON + 3 * 86_400


def test_whole_account_is_cancelled_and_the_books_say_so(developer):
    ident = developer.account()["main_account_id"]
    answer = developer.change(authorization={"main_account_id": ident, "cancel": True})
    assert len(answer["authorization"]["cancelled"]) == 12
    assert developer.simulator.show("books")["totals"]["shopee"]["cancellations"] == 12


def test_books_keep_calls_by_subject(developer, merchant):
    developer.as_subject("GET", "merchant.get_merchant_info", merchant)
    books = developer.simulator.show("books")
    assert books["calls_by_path"]["shopee"] == {
        "app": {"/api/v2/auth/token/get": 1},
        merchant: {"/api/v2/merchant/get_merchant_info": 1},
    }


def test_redirect_is_answered_as_the_browser_would_get_it(developer):
    ident = developer.account()["main_account_id"]
    answer = developer.simulator.control(
        "authorize",
        platform="shopee",
        main_account_id=ident,
        redirect="http://localhost:8000/connect/shopee/callback/?n=1",
        state="a b",
    )
    assert answer["location"] == (
        f"http://localhost:8000/connect/shopee/callback/?n=1&code={answer['code']}&main_account_id={ident}&state=a+b"
    )


@pytest.mark.parametrize(
    ("call", "body", "field"),
    [
        ("authorize", {}, "shop_id"),
        ("authorize", {"main_account_id": 1}, "main_account_id"),
        ("authorize", {"login": "lanyue:warehouse2"}, "login"),
        ("authorize", {"login": "lanyue:main", "shops": [1]}, "shops"),
        ("authorize", {"login": "lanyue:main", "shops": ["x"]}, "shops"),
        ("authorize", {"login": "lanyue:main", "days": 366}, "days"),
        ("faults", {"path": "shop.get_nothing", "code": "error_server"}, "path"),
        ("faults", {"path": "shop.get_profile"}, "status"),
        ("faults", {"path": "shop.get_profile", "code": "x", "account": "merchant:1"}, "account"),
        ("limits", {}, "rps"),
        ("limits", {"account": "nobody", "rps": 1}, "account"),
        ("limits", {"account": "shop:1", "rps": 1}, "account"),
        ("change", {}, "shop"),
        ("change", {"shops": {}}, "shops"),
        ("change", {"shop": {"shop_id": 1}}, "shop_id"),
        ("change", {"merchant": {"merchant_id": 1}}, "merchant_id"),
        ("change", {"app": {"status": "asleep"}}, "status"),
        ("change", {"authorization": {"login": "x"}}, "login"),
        ("change", {"tokens": {"expire": "never"}}, "expire"),
        ("change", {"switches": {"replays": False}}, "replays"),
        ("advance", {"id": "1", "to": "done"}, "id"),
    ],
)
def test_wrong_control_call_names_the_field_and_the_fix(simulator, call, body, field):
    reply = simulator.control_reply(call, platform="shopee", **body)
    assert reply.status_code == 400
    assert reply.json()["field"] == field
    assert reply.json()["fix"]


def test_front_page_names_shopee(simulator):
    assert "Shopee: /api/v2" in requests.get(simulator.base_url, timeout=10).text
