"""Shopee, authorization and access token: codes, first pair, one chain for each subject, the ends of them all."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integrations.simulator.support_shopee import NOON, Developer, verdict

DAY = 86_400


@pytest.fixture
def developer(simulator):
    return Developer.of(simulator)


@pytest.fixture
def merchant(developer):
    return developer.merchant_id()


@pytest.fixture
def first(developer):
    """Return the first pair of a main account that ticked everything."""
    return developer.connect()


def totals(developer):
    return developer.simulator.show("books")["totals"]["shopee"]


def test_main_account_gets_one_pair_for_all_it_ticked(developer, first):
    assert first["merchant_id_list"] == [developer.merchant_id(index=index) for index in (0, 1)]
    assert first["shop_id_list"] == [*developer.shop_ids(), *developer.shop_ids(index=1)]
    assert (first["error"], first["expire_in"]) == ("", 14_400)
    for subject in developer.tokens:
        name = "shop.get_shop_info" if subject.startswith("shop") else "merchant.get_merchant_info"
        assert developer.as_subject("GET", name, subject)["error"] == ""


def test_first_token_is_as_old_as_its_code(developer):
    redirected = developer.simulator.control(
        "authorize", platform="shopee", main_account_id=developer.account()["main_account_id"]
    )
    developer.simulator.control("clock", advance_s=56)
    assert developer.exchange(**redirected)["expire_in"] == 14_344


def test_expiry_comes_as_a_time_where_the_switch_says_so(developer):
    developer.change(switches={"expiry_as_epoch": True})
    assert developer.connect()["expire_in"] == NOON + 14_400


def test_shops_own_login_gets_a_pair_without_lists(developer):
    subject = developer.connect_shop()
    assert set(developer.tokens[subject]) == {
        "error",
        "message",
        "request_id",
        "access_token",
        "refresh_token",
        "expire_in",
    }
    assert developer.as_subject("GET", "shop.get_shop_info", subject)["merchant_id"] is None


def test_unticked_merchant_is_not_linked(developer, merchant):
    reply = developer.connect(merchants=[], shops=developer.shop_ids()[:2])
    assert reply["merchant_id_list"] is None
    assert reply["shop_id_list"] == developer.shop_ids()[:2]
    token = reply["access_token"]
    assert developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{merchant}", token)["error"] == (
        "merchant_no_linked"
    )
    third = developer.shop_ids()[2]
    assert developer.as_subject("GET", "shop.get_shop_info", f"shop:{third}", token)["error"] == "shop_no_linked"


@pytest.mark.parametrize("wait", [0, 600])
def test_code_is_used_once_within_ten_minutes(developer, wait):
    ident = developer.account()["main_account_id"]
    redirected = developer.simulator.control("authorize", platform="shopee", main_account_id=ident)
    if wait:
        developer.simulator.control("clock", advance_s=wait)
    else:
        assert developer.exchange(**redirected)["error"] == ""
    assert developer.exchange(**redirected)["error"] == "invalid_code"


def test_code_is_paired_with_whom_the_redirect_named(developer):
    main = developer.account()["main_account_id"]
    shop = developer.world["shops"][0]["shop_id"]
    code = developer.simulator.control("authorize", platform="shopee", main_account_id=main)["code"]
    assert developer.exchange(code=code, shop_id=shop)["error"] == "invalid_shop_id"
    assert developer.exchange(code=code, main_account_id=main + 1)["error"] == "invalid_main_acount_id"
    assert developer.exchange(code=code, main_account_id=main)["error"] == ""
    assert developer.exchange(code="nonsense", main_account_id=main)["error"] == "invalid_code"


def test_first_refresh_token_serves_each_subject_once_and_parts_them(developer, first, merchant):
    shop = developer.shop_ids()[0]
    of_merchant = developer.refresh(first["refresh_token"], merchant_id=merchant)
    of_shop = developer.refresh(first["refresh_token"], shop_id=shop)
    assert (of_merchant["merchant_id"], of_merchant["partner_id"]) == (merchant, developer.world["partner_id"])
    assert (of_shop["shop_id"], of_shop["expire_in"]) == (shop, 14_400)
    assert len({pair["access_token"] for pair in (first, of_merchant, of_shop)}) == 3
    wrong = developer.refresh(of_shop["refresh_token"], merchant_id=merchant)
    assert wrong["error"] == "error_merchant_refresh_token"
    assert developer.refresh(of_merchant["refresh_token"], shop_id=shop)["error"] == "error_shop_refresh_token"
    assert totals(developer)["refreshes"] == 2


def test_lost_answer_of_a_refresh_is_repeated_for_four_hours(developer, first, merchant):
    second = developer.refresh(first["refresh_token"], merchant_id=merchant)
    developer.simulator.control("clock", advance_s=4 * 3600 - 1)
    again = developer.refresh(first["refresh_token"], merchant_id=merchant)
    assert [again[name] for name in ("access_token", "refresh_token", "expire_in")] == [
        second["access_token"],
        second["refresh_token"],
        1,
    ]
    assert totals(developer)["refreshes"] == 1
    developer.simulator.control("clock", advance_s=1)
    late = developer.refresh(first["refresh_token"], merchant_id=merchant)
    assert verdict(late) == ("error_auth", "Invalid refresh_token.")
    assert developer.refresh(second["refresh_token"], merchant_id=merchant)["error"] == ""


def test_two_at_once_get_one_pair(developer, first, merchant):
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: developer.refresh(first["refresh_token"], merchant_id=merchant), range(8)))
    assert len({reply["access_token"] for reply in replies}) == 1
    assert (totals(developer)["refreshes"], totals(developer)["refreshes_repeated"]) == (1, 7)


def test_repeated_answer_ends_when_the_chain_has_gone_on(developer, first, merchant):
    second = developer.refresh(first["refresh_token"], merchant_id=merchant)
    developer.refresh(second["refresh_token"], merchant_id=merchant)
    assert developer.refresh(first["refresh_token"], merchant_id=merchant)["error"] == "error_auth"


def test_strict_switch_refuses_every_used_refresh_token(developer, first, merchant):
    developer.change(switches={"replay": False})
    assert developer.refresh(first["refresh_token"], merchant_id=merchant)["error"] == ""
    assert developer.refresh(first["refresh_token"], merchant_id=merchant)["error"] == "error_auth"
    assert (totals(developer)["refreshes"], totals(developer)["refreshes_refused"]) == (1, 1)


def test_previous_access_token_lives_five_more_minutes_for_its_subject_alone(developer, first, merchant):
    developer.refresh(first["refresh_token"], merchant_id=merchant)
    subject, name = f"merchant:{merchant}", "merchant.get_merchant_info"
    developer.simulator.control("clock", advance_s=299)
    assert developer.as_subject("GET", name, subject, first["access_token"])["error"] == ""
    developer.simulator.control("clock", advance_s=1)
    assert developer.as_subject("GET", name, subject, first["access_token"])["error"] == "error_auth"
    shop = f"shop:{developer.shop_ids()[0]}"
    assert developer.as_subject("GET", "shop.get_shop_info", shop, first["access_token"])["error"] == ""


def test_refresh_token_ends_after_thirty_days(developer, first, merchant):
    developer.simulator.control("clock", advance_s=30 * DAY - 1)
    shop = developer.shop_ids()[0]
    assert developer.refresh(first["refresh_token"], shop_id=shop)["error"] == ""
    developer.simulator.control("clock", advance_s=1)
    assert developer.refresh(first["refresh_token"], merchant_id=merchant)["error"] == "refresh_token_expired"


def test_authorization_ends_when_its_days_are_over(developer, merchant):
    first = developer.connect(days=1)
    developer.simulator.control("clock", advance_s=DAY - 60)
    pair = developer.refresh(first["refresh_token"], merchant_id=merchant)
    developer.simulator.control("clock", advance_s=60)
    assert developer.refresh(pair["refresh_token"], merchant_id=merchant)["error"] == "merchant_access_expired"
    assert developer.refresh(first["refresh_token"], shop_id=developer.shop_ids()[0])["error"] == (
        "shop_access_expired"
    )
    reply = developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{merchant}", pair["access_token"])
    assert verdict(reply) == ("error_auth", "Invalid partner_id or shopid.")
    assert developer.public("GET", "public.get_merchants_by_partner")["authed_merchant_list"] == []


def test_cancelled_authorization_unlinks(developer, first, merchant):
    shop = developer.shop_ids()[0]
    developer.change(authorization={"shop_id": shop, "cancel": True})
    assert developer.as_subject("GET", "shop.get_shop_info", f"shop:{shop}")["error"] == "shop_no_linked"
    assert developer.refresh(first["refresh_token"], shop_id=shop)["error"] == "shop_no_linked"
    assert developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{merchant}")["error"] == ""


def test_new_authorization_ends_the_old_tokens(developer, first, merchant):
    old = developer.refresh(first["refresh_token"], merchant_id=merchant)
    new = developer.connect()
    for token in (first, old):
        assert developer.refresh(token["refresh_token"], merchant_id=merchant)["error"] == "error_auth"
        reply = developer.as_subject("GET", "merchant.get_merchant_info", f"merchant:{merchant}", token["access_token"])
        assert verdict(reply) == ("error_auth", "Invalid access_token.")
    assert developer.refresh(new["refresh_token"], merchant_id=merchant)["error"] == ""


def test_tokens_can_be_ended_by_control(developer, first, merchant):
    developer.change(tokens={"merchant_id": merchant, "expire": "access"})
    subject = f"merchant:{merchant}"
    assert developer.as_subject("GET", "merchant.get_merchant_info", subject)["error"] == "error_auth"
    pair = developer.refresh(first["refresh_token"], merchant_id=merchant)
    assert developer.as_subject("GET", "merchant.get_merchant_info", subject, pair["access_token"])["error"] == ""
    developer.change(tokens={"merchant_id": merchant, "expire": "refresh"})
    assert developer.refresh(pair["refresh_token"], merchant_id=merchant)["error"] == "refresh_token_expired"


@pytest.mark.parametrize(
    ("ids", "error"),
    [
        ({}, "error_param"),
        ({"shop_id": 1, "merchant_id": 1}, "error_param"),
        ({"shop_id": "1"}, "error_param"),
        ({"shop_id": 1}, "error_shop_refresh_token"),
        ({"supplier_id": 1}, "supplier_no_linked"),
    ],
)
def test_refresh_names_exactly_one_subject(developer, first, ids, error):
    assert developer.refresh(first["refresh_token"], **ids)["error"] == error


def test_banned_shop_cannot_refresh(developer, first):
    shop = developer.shop_ids()[0]
    developer.change(shop={"shop_id": shop, "status": "BANNED"})
    assert developer.refresh(first["refresh_token"], shop_id=shop)["error"] == "shop_banned"


def test_resend_code_gives_a_new_pair_once(developer, first, merchant):
    ident = developer.account()["main_account_id"]
    sent = developer.simulator.control("authorize", platform="shopee", main_account_id=ident, resend=True)
    pair = developer.public("POST", "public.get_token_by_resend_code", **sent)
    assert pair["merchant_id_list"] == first["merchant_id_list"]
    assert developer.refresh(first["refresh_token"], merchant_id=merchant)["error"] == "error_auth"
    assert developer.refresh(pair["refresh_token"], merchant_id=merchant)["error"] == ""
    assert developer.public("POST", "public.get_token_by_resend_code", **sent)["error"] == "invalid_code"
    assert developer.exchange(code=sent["resend_code"], main_account_id=ident)["error"] == "invalid_code"


def test_partner_sees_who_is_linked_and_until_when(developer, first):
    reply = developer.public("GET", "public.get_shops_by_partner", page_no=1, page_size=8)
    assert (len(reply["authed_shop_list"]), reply["more"]) == (8, True)
    assert reply["authed_shop_list"][0] == {
        "region": "MY",
        "shop_id": developer.shop_ids()[0],
        "auth_time": NOON,
        "expire_time": NOON + 365 * DAY,
    }
    rest = developer.public("GET", "public.get_shops_by_partner", page_no=2, page_size=8)
    assert (len(rest["authed_shop_list"]), rest["more"]) == (2, False)
    merchants = developer.public("GET", "public.get_merchants_by_partner")["authed_merchant_list"]
    assert {one["region"] for one in merchants} == {"CN", "HK"}


def test_primary_shop_brings_its_affiliate(developer):
    reply = developer.connect("hansol")
    primary, affiliate = developer.shop_ids("hansol")[0], developer.shop_ids("hansol")[-1]
    assert affiliate not in reply["shop_id_list"]
    rows = developer.public("GET", "public.get_shops_by_partner")["authed_shop_list"]
    assert [row.get("sip_affi_shop_list") for row in rows if row["shop_id"] == primary] == [
        [{"region": "PH", "affi_shop_id": affiliate}]
    ]
    subject = f"shop:{affiliate}"
    token = reply["access_token"]
    assert developer.as_subject("GET", "shop.get_shop_info", subject, token)["is_sip"] is True
    assert developer.as_subject("GET", "logistics.get_channel_list", subject, token)["error"] == (
        "error_ashop_api_permission"
    )


def test_addresses_of_the_messages_are_told(developer):
    assert developer.public("GET", "public.get_shopee_ip_ranges")["ip_list"] == ["103.115.78.0/24", "103.115.79.0/24"]


def test_same_seed_gives_the_same_sellers_and_tokens(developer):
    before = (developer.world, developer.connect()["access_token"])
    developer.simulator.control("reset")
    fresh = Developer.of(developer.simulator)
    assert (fresh.world, fresh.connect()["access_token"]) == before
    developer.simulator.control("reset", seed=8)
    assert Developer.of(developer.simulator).world["partner_key"] != before[0]["partner_key"]
