"""Shopee, authorization: the pages on which a seller allows or cancels, and where they lead."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.integrations.simulator.support_shopee import NOON, Developer, sign

TARGET = "http://localhost:8000/connect/shopee/callback/?n=7"
BOX = re.compile(r'<input type="checkbox" name="(\w+)" value="(\d+)" checked>')


@pytest.fixture
def developer(simulator):
    return Developer.of(simulator)


def portal(developer, path="/auth", **given):
    """Return the address and the parameters of the unsigned link."""
    params = {"auth_type": "seller", "redirect_uri": TARGET, "response_type": "code", "state": "8f1c"}
    return developer.simulator.base_url + path, {**developer.app, **params, **given}


def signed(developer, path="/api/v2/shop/auth_partner", at=NOON):
    """Return the address and the parameters of the signed link."""
    partner_id = developer.world["partner_id"]
    params = {
        "partner_id": partner_id,
        "timestamp": at,
        "redirect": TARGET,
        "sign": sign(developer.world["partner_key"], partner_id, path, at),
    }
    return developer.simulator.base_url + path, params


def show(link):
    return requests.get(link[0], params=link[1], timeout=10)


def press(link, button="allow", **changed):
    """Send the form of the page as a browser does, everything ticked as it came, or with other fields."""
    page = show(link)
    assert page.status_code == 200, page.text
    account = re.search(r'name="account" value="([^"]+)"', page.text).group(1)
    fields = {"account": [account], "days": ["365"], button: ["1"]}
    for name, value in BOX.findall(page.text):
        fields.setdefault(name, []).append(value)
    reply = requests.post(link[0], params=link[1], data={**fields, **changed}, timeout=10, allow_redirects=False)
    return reply, {
        name: values[0] for name, values in parse_qs(urlsplit(reply.headers.get("Location", "")).query).items()
    }


def test_one_button_allows_everything_and_leads_back_with_a_code(developer):
    reply, query = press(portal(developer))
    ident = developer.account()["main_account_id"]
    assert reply.status_code == 302
    assert reply.headers["Location"].startswith("http://localhost:8000/connect/shopee/callback/?n=7&code=")
    assert query == {"n": "7", "code": query["code"], "main_account_id": str(ident), "state": "8f1c"}
    pair = developer.exchange(code=query["code"], main_account_id=ident)
    assert (len(pair["shop_id_list"]), len(pair["merchant_id_list"])) == (10, 2)


def test_page_offers_every_login_and_ticks_everything(developer):
    page = show(portal(developer)).text
    for login in ("lanyue:main", "hansol:main", "qihang:main", "kedai.rumah", "homebits", "lanyue:warehouse2"):
        assert f">{login}</a>" in page
    ticked = [(name, int(value)) for name, value in BOX.findall(page)]
    merchants = [("merchant", developer.merchant_id(index=index)) for index in (0, 1)]
    shops = [("shop", ident) for index in (0, 1) for ident in developer.shop_ids(index=index)]
    assert ticked == [*merchants, *shops]
    assert "Auth Merchant: Shenzhen Lanyue" in page
    assert page.count('name="allow"') == 1
    assert not re.search(r'(src|href)="https?://', page)
    assert "prefers-color-scheme: dark" in page


def test_what_is_unticked_is_not_allowed(developer):
    shop = developer.shop_ids()[0]
    _, query = press(portal(developer), merchant=[], shop=[str(shop)])
    pair = developer.exchange(code=query["code"], main_account_id=int(query["main_account_id"]))
    assert (pair["shop_id_list"], pair["merchant_id_list"]) == ([shop], None)


def test_foreign_shop_cannot_be_ticked(developer):
    stranger = developer.world["shops"][0]["shop_id"]
    reply, _ = press(portal(developer), merchant=[], shop=[str(stranger)])
    assert (reply.status_code, "choose at least one" in reply.text) == (400, True)


def test_days_are_the_sellers_choice(developer):
    _, query = press(portal(developer), days=["30"])
    developer.exchange(code=query["code"], main_account_id=int(query["main_account_id"]))
    row = developer.public("GET", "public.get_shops_by_partner")["authed_shop_list"][0]
    assert row["expire_time"] == NOON + 30 * 86_400


def test_shops_own_login_leads_back_with_its_shop(developer):
    shop = developer.world["shops"][0]["shop_id"]
    _, query = press(portal(developer, account=f"shop:{shop}"))
    assert query["shop_id"] == str(shop)
    assert "main_account_id" not in query
    assert developer.exchange(code=query["code"], shop_id=shop)["error"] == ""


def test_sub_account_is_refused_in_shopees_words(developer):
    page = show(portal(developer, account="sub:lanyue:warehouse2"))
    assert page.status_code == 400
    assert "Please use your main account for authorization. Sub-accounts cannot finish the authorization." in page.text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"redirect_uri": "https://evil.example/"}, "The domain of redirect_uri is not consistent"),
        ({"redirect_uri": "javascript:alert(1)"}, "The domain of redirect_uri is not consistent"),
        ({"partner_id": "1"}, "partner_id is invalid"),
        ({"auth_type": "user"}, "auth_type should be seller"),
        ({"response_type": "token"}, "response_type should be code"),
    ],
)
def test_wrong_link_shows_why(developer, given, words):
    page = show(portal(developer, **given))
    assert page.status_code == 400
    assert words in page.text
    assert 'name="allow"' not in page.text


def test_app_that_is_not_online_is_refused(developer):
    developer.change(app={"status": "offline"})
    page = show(portal(developer))
    assert (page.status_code, "The App is not online" in page.text) == (400, True)


def test_signed_link_works_for_five_minutes(developer):
    link = signed(developer)
    assert press(link)[1]["n"] == "7"
    developer.simulator.control("clock", advance_s=301)
    page = show(link)
    assert (page.status_code, "Timestamp is expired." in page.text) == (400, True)


def test_page_opened_in_time_can_be_filled_in_slowly(developer):
    url, params = signed(developer)
    developer.simulator.control("clock", advance_s=301)
    shop = developer.world["shops"][0]["shop_id"]
    reply = requests.post(
        url, params=params, data={"account": f"shop:{shop}", "allow": "1"}, timeout=10, allow_redirects=False
    )
    assert reply.status_code == 302
    assert show((url, {**params, "account": f"shop:{shop}"})).status_code == 200


@pytest.mark.parametrize("account", ["", "shop:1"])
def test_signed_link_needs_its_own_sign(developer, account):
    url, params = signed(developer)
    page = show((url, {**params, "sign": "0" * 64, **({"account": account} if account else {})}))
    assert (page.status_code, "Wrong sign." in page.text) == (400, True)


@pytest.mark.parametrize("form", ["portal", "signed"])
def test_cancelling_unlinks_what_is_ticked(developer, form):
    developer.connect()
    shop, other = developer.shop_ids()[:2]
    link = (
        portal(developer, "/cancel_auth") if form == "portal" else signed(developer, "/api/v2/shop/cancel_auth_partner")
    )
    reply, query = press(link, "cancel", merchant=[], shop=[str(shop)])
    assert (reply.status_code, "code" in query) == (302, False)
    assert developer.as_subject("GET", "shop.get_shop_info", f"shop:{shop}")["error"] == "shop_no_linked"
    assert developer.as_subject("GET", "shop.get_shop_info", f"shop:{other}")["error"] == ""


def test_names_in_the_link_are_shown_as_text(developer):
    page = show(portal(developer, redirect_uri="http://localhost/<script>alert(1)</script>"))
    assert "<script>" not in page.text
