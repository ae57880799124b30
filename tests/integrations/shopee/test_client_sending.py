"""How a call leaves: signed at that moment, on behalf of one subject, and without a trace of its secrets."""

import json
from typing import Any

import pytest
import responses

from accounts.secrets import Secret
from integrations import clock
from integrations.clock import VirtualClock
from integrations.errors import (
    AuthRequired,
    Invalid,
    OutcomeUnknown,
    RateLimited,
    RefreshRefused,
    TokenExpired,
    Unavailable,
)
from integrations.http import File, Transport
from integrations.models import ApiCall, RateBucket
from integrations.shopee.client import Client, Subject, app_quota_key
from integrations.shopee.signing import sign

from . import payloads
from .support import HOST, KEY, MERCHANT, PARTNER, SHOP, TOKEN, answer, failure, make_client, query

pytestmark = pytest.mark.django_db

NOON = 1_767_268_800.0  # 2026-01-01 12:00 UTC
CATEGORY = "/api/v2/global_product/get_category"


@pytest.fixture(autouse=True)
def virtual():
    with clock.use(VirtualClock(NOON)) as virtual:
        yield virtual


@pytest.fixture
def shopee():
    with responses.RequestsMock() as mock:
        yield mock


def test_each_level_has_its_common_parameters_and_its_signature(shopee):
    answer(shopee, "public.get_shopee_ip_ranges")
    answer(shopee, "shop.get_shop_info")
    answer(shopee, "global_product.update_price")
    make_client().public.get_shopee_ip_ranges()
    make_client("shop").shop.get_shop_info()
    make_client("merchant").global_product.update_price(1, [{"original_price": 2}])
    public, shop, merchant = (dict(query(call.request)) for call in shopee.calls)
    now = int(NOON)
    assert public == {
        "partner_id": str(PARTNER),
        "timestamp": str(now),
        "sign": sign(KEY, PARTNER, "/api/v2/public/get_shopee_ip_ranges", now),
    }
    assert shop == {
        "partner_id": str(PARTNER),
        "timestamp": str(now),
        "access_token": TOKEN,
        "shop_id": str(SHOP),
        "sign": sign(KEY, PARTNER, "/api/v2/shop/get_shop_info", now, TOKEN, SHOP),
    }
    assert merchant == {
        "partner_id": str(PARTNER),
        "timestamp": str(now),
        "access_token": TOKEN,
        "merchant_id": str(MERCHANT),
        "sign": sign(KEY, PARTNER, "/api/v2/global_product/update_price", now, TOKEN, MERCHANT),
    }


def test_a_shop_that_a_merchant_asks_about_is_sent_and_not_signed(shopee):
    answer(shopee, "global_product.get_local_adjustment_rate")
    make_client("merchant").global_product.get_local_adjustment_rate(SHOP)
    sent = dict(query(shopee.calls[0].request))
    path = "/api/v2/global_product/get_local_adjustment_rate"
    assert (sent["shop_id"], sent["merchant_id"]) == (str(SHOP), str(MERCHANT))
    assert sent["sign"] == sign(KEY, PARTNER, path, int(NOON), TOKEN, MERCHANT)


def test_a_repeated_read_is_signed_anew_with_the_token_of_that_moment(shopee, virtual):
    tokens = iter(["first-token-of-32-letters-000000", "other-token-of-32-letters-000000"])
    answer(shopee, "global_product.get_category", "<html>", status=502)
    answer(shopee, "global_product.get_category")
    make_client("merchant", token=lambda: Secret(next(tokens))).global_product.get_category()
    first, second = (dict(query(call.request)) for call in shopee.calls)
    assert (first["access_token"], second["access_token"]) == (
        "first-token-of-32-letters-000000",
        "other-token-of-32-letters-000000",
    )
    assert int(second["timestamp"]) == int(NOON + virtual.slept)
    expected = sign(KEY, PARTNER, CATEGORY, int(second["timestamp"]), "other-token-of-32-letters-000000", MERCHANT)
    assert second["sign"] == expected


def test_a_wrong_time_is_tried_again_with_a_fresh_one(shopee):
    answer(shopee, "global_product.get_category", failure("error_param", "Timestamp is expired."))
    answer(shopee, "global_product.get_category")
    assert make_client("merchant").global_product.get_category()["category_list"]
    assert len(shopee.calls) == 2


def test_without_a_token_nothing_is_sent_and_nobody_is_told_that_it_died():
    told: list[str] = []

    def no_token() -> Secret:
        raise TokenExpired("It is being renewed.", retry_after=2)

    client = make_client("merchant", token=no_token, on_dead_token=lambda: told.append("dead"))
    with responses.RequestsMock() as mock, pytest.raises(TokenExpired, match="being renewed"):
        client.global_product.get_category()
    assert len(mock.calls) == 0
    assert told == []
    assert not ApiCall.objects.exists()


@pytest.mark.parametrize(
    ("kind", "call"),
    [
        ("", lambda it: it.shop.get_shop_info()),
        ("shop", lambda it: it.global_product.get_category()),
        ("merchant", lambda it: it.product.get_model_list(1)),
    ],
)
def test_a_call_of_another_level_is_a_mistake_of_the_caller(kind, call):
    with responses.RequestsMock() as mock, pytest.raises(ValueError, match="on behalf of a"):
        call(make_client(kind))
    assert len(mock.calls) == 0


@pytest.mark.parametrize("number", [-1, 2**32, "x"])
def test_ids_that_the_gateway_refuses_are_not_accepted(number):
    with pytest.raises(Invalid) as partner:
        Client(Transport("shopee", HOST), partner_id=number, partner_key=Secret(KEY))
    with pytest.raises(Invalid) as shop:
        Subject("shop", number)
    assert (partner.value.field, shop.value.field) == ("partner_id", "shop_id")


# Secrets


def test_no_exchange_that_is_kept_shows_a_secret(shopee):
    answer(shopee, "public.get_access_token")
    answer(shopee, "public.refresh_access_token")
    # A server that repeats the address in what it says.
    shopee.add_callback(
        "GET", HOST + CATEGORY, lambda request: (200, {}, json.dumps(failure("error_param", f"bad url {request.url}")))
    )
    client = make_client("merchant")
    client.public.get_access_token(Secret("644d4e48787873706c5a444c776d4b59"), main_account_id=10208)
    client.public.refresh_access_token(Secret("684d42685667777868597a4477587455"), merchant_id=MERCHANT)
    with pytest.raises(Exception, match="bad url") as caught:
        client.global_product.get_category()
    signs = [dict(query(call.request))["sign"] for call in shopee.calls]
    answers = [payloads.body(f"public.{name}_access_token") for name in ("get", "refresh")]
    tokens = [said[name] for said in answers for name in ("access_token", "refresh_token")]
    secrets = [KEY, TOKEN, "644d4e48787873706c5a444c776d4b59", "684d42685667777868597a4477587455", *signs, *tokens]
    kept = " ".join(str(vars(row)) for row in ApiCall.objects.all()) + str(caught.value) + repr(client)
    assert len(ApiCall.objects.all()) == 3
    assert [secret for secret in secrets if secret in kept] == []
    assert f"merchant_id={MERCHANT}" in kept


def test_a_bare_echo_of_token_and_signature_is_masked(shopee):
    def echo(request: Any) -> tuple[int, dict[str, str], str]:
        sent = dict(query(request))
        said = {"error": "", "response": {"seen": [sent["sign"], sent["access_token"]]}}
        return 200, {}, json.dumps(said)

    shopee.add_callback("GET", HOST + CATEGORY, echo)
    sign_sent, token_sent = make_client("merchant").global_product.get_category()["seen"]
    (kept,) = ApiCall.objects.all()
    assert sign_sent not in kept.response
    assert token_sent not in kept.response


def test_an_answer_made_of_secrets_is_not_kept(shopee):
    account = {"prepaid_account_partner_key": "courier-key-0001", "prepaid_account_partner_secret": "courier-secret-1"}
    answer(shopee, "merchant.get_merchant_prepaid_account_list", {"error": "", "response": {"list": [account]}})
    found = make_client("merchant").merchant.get_merchant_prepaid_account_list()
    assert found["list"] == [account]
    (kept,) = ApiCall.objects.all()
    assert (kept.outcome, kept.response) == ("ok", "")


def test_of_a_picture_it_is_kept_what_it_was_and_not_its_bytes(shopee):
    answer(shopee, "media_space.upload_image")
    picture = File(name="cup.jpg", content=b"\xff\xd8\xffbytes", content_type="image/jpeg")
    make_client().media_space.upload_image([picture])
    (kept,) = ApiCall.objects.all()
    assert "image: cup.jpg, image/jpeg, 8 bytes" in kept.request
    assert "bytes\\x" not in kept.request
    assert (kept.is_write, kept.endpoint) == (True, "media_space.upload_image")


# What comes of refusals


def test_a_dead_token_is_told_to_its_keeper(shopee):
    told: list[str] = []
    answer(shopee, "global_product.get_category", failure("error_auth", "Invalid access_token."), status=403)
    with pytest.raises(TokenExpired) as caught:
        make_client("merchant", on_dead_token=lambda: told.append("dead")).global_product.get_category()
    assert (told, caught.value.code, len(shopee.calls)) == (["dead"], "error_auth", 1)


def test_a_seller_who_left_is_named_by_his_shop(shopee):
    answer(shopee, "shop.get_shop_info", failure("shop_no_linked"))
    answer(shopee, "global_product.get_category", failure("merchant_no_linked"))
    with pytest.raises(AuthRequired) as of_shop:
        make_client("shop").shop.get_shop_info()
    with pytest.raises(AuthRequired) as of_merchant:
        make_client("merchant").global_product.get_category()
    assert (of_shop.value.shop_id, of_merchant.value.shop_id) == (str(SHOP), "")


def test_a_refused_refresh_says_so_and_a_lost_one_is_unknown(shopee):
    answer(shopee, "public.refresh_access_token", failure("error_auth", "Invalid refresh_token."))
    with pytest.raises(RefreshRefused):
        make_client().public.refresh_access_token(Secret("r" * 32), shop_id=SHOP)
    answer(shopee, "public.refresh_access_token", "<html>", status=504)
    with pytest.raises(OutcomeUnknown):
        make_client().public.refresh_access_token(Secret("r" * 32), shop_id=SHOP)
    assert len(shopee.calls) == 2


def test_a_used_up_quota_stops_all_calls_of_the_app_until_midnight_in_singapore(shopee):
    answer(shopee, "global_product.get_category", failure("error_limit", "Reached the limit."))
    with pytest.raises(RateLimited) as caught:
        make_client("merchant").global_product.get_category()
    assert caught.value.retry_after == pytest.approx(4 * 3600)  # 16:00 UTC
    with pytest.raises(RateLimited):
        make_client("shop").shop.get_shop_info()
    assert len(shopee.calls) == 1
    assert RateBucket.objects.get(key=app_quota_key(PARTNER)).blocked_until == NOON + 4 * 3600
    with clock.use(VirtualClock(NOON + 4 * 3600 + 1)):
        answer(shopee, "shop.get_shop_info")
        assert make_client("shop").shop.get_shop_info()["region"] == "MY"


def test_a_success_with_a_bad_status_is_a_success_and_a_refusal_with_one_a_refusal(shopee):
    answer(shopee, "global_product.get_category", status=500)
    assert make_client("merchant").global_product.get_category()["category_list"]
    answer(shopee, "global_product.update_price", failure("error_price_limit_no_pass"), status=429)
    with pytest.raises(Exception, match="outside the category's limits") as caught:
        make_client("merchant").global_product.update_price(1, [{"original_price": 2}])
    assert type(caught.value).__name__ == "Rejected"


WRITES = {
    "add_global_item": lambda it: it.add_global_item(payloads.read("global_product.add_global_item")["request"]),
    "init_tier_variation": lambda it: it.init_tier_variation(
        payloads.read("global_product.init_tier_variation")["request"]
    ),
    "create_publish_task": lambda it: it.create_publish_task(
        payloads.read("global_product.create_publish_task")["request"]
    ),
    "update_stock": lambda it: it.update_stock(1, [{"seller_stock": [{"stock": 1}]}]),
    "update_price": lambda it: it.update_price(1, [{"original_price": 1}]),
    "delete_global_item": lambda it: it.delete_global_item(1),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    ("body", "status"), [("<html>", 502), (failure("error_server"), 200), (failure("error_inner"), 200), ("", 200)]
)
def test_a_write_whose_fate_is_open_is_sent_once_and_unknown(shopee, write, body, status):
    answer(shopee, f"global_product.{write}", body, status=status)
    with pytest.raises(OutcomeUnknown):
        WRITES[write](make_client("merchant").global_product)
    assert len(shopee.calls) == 1


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (failure("error_rate_limit", "Too many requests"), RateLimited),
        (failure("error_auth", "Invalid access_token."), TokenExpired),
        (failure("error_param", "Timestamp is expired."), Unavailable),
        (failure("error_update_item_price", "mtsku not init"), Unavailable),
    ],
)
def test_a_write_that_was_turned_away_was_not_done_and_is_not_repeated_here(shopee, body, kind):
    answer(shopee, "global_product.update_price", body)
    with pytest.raises(kind) as caught:
        make_client("merchant").global_product.update_price(1, [{"original_price": 1}])
    assert type(caught.value) is kind
    assert len(shopee.calls) == 1


def test_an_exchange_can_be_looked_up_from_its_record(shopee):
    answer(shopee, "global_product.get_global_model_list")
    answer(shopee, "global_product.update_price", failure("product.error_price_limit_no_pass"))
    client = make_client("merchant")
    client.global_product.get_global_model_list(2700143060)
    with pytest.raises(Exception, match="limits"):
        client.global_product.update_price("2700143060", [{"original_price": 1}])
    read, write = ApiCall.objects.order_by("pk")
    assert (read.subject, read.is_write) == ("global_item:2700143060", False)
    assert (write.subject, write.is_write, write.code) == (
        "global_item:2700143060",
        True,
        "error_price_limit_no_pass",
    )
    assert (write.request_id, write.outcome) == ("r-9", "refused")
    assert "product.error_price_limit_no_pass" in write.message
