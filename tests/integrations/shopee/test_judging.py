"""When an answer is a success, and which kind of failure it is otherwise."""

import pytest

from integrations import clock
from integrations.clock import VirtualClock
from integrations.errors import (
    AuthRequired,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    RefreshRefused,
    Rejected,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from integrations.shopee.codes import MEANINGS, REFRESH, UNKNOWN, bare_code, explain
from integrations.shopee.judging import Payload, judge

from .payloads import reply
from .support import failure

INVALID_TOKEN = "Invalid access_token."


def refused(code, message="No", *, status=200, headers=None, **more):
    """Return the error that a refusal becomes."""
    with pytest.raises(PlatformError) as caught:
        judge(reply(failure(code, message), status=status, **(headers or {})), **more)
    return caught.value


# Successes


@pytest.mark.parametrize("said", ["", None, " ", "-", " - ", "\t"])
@pytest.mark.parametrize("message", ["", None, " ", "success", "-"])
def test_these_envelopes_succeed(said, message):
    body = {"error": said, "message": message, "response": {"a": 1}}
    assert judge(reply(body)) == {"a": 1}


def test_an_absent_error_succeeds_where_there_is_a_payload():
    assert judge(reply({"response": {"a": 1}})) == {"a": 1}
    assert judge(reply({"shop_list": [], "more": False}), payload=Payload.TOP) == {"shop_list": [], "more": False}


@pytest.mark.parametrize("status", [200, 201, 403, 500, 502])
def test_the_body_decides_whatever_the_status(status):
    assert judge(reply({"error": "", "response": {"a": 1}}, status=status), is_write=True) == {"a": 1}


def test_the_payload_is_taken_from_where_it_stands():
    envelope = {"error": "", "message": "", "msg": "", "request_id": "r", "warning": "", "x": 1, "response": {"a": 2}}
    assert judge(reply(envelope)) == {"a": 2}
    assert judge(reply(envelope), payload=Payload.TOP) == {"x": 1}
    assert judge(reply(envelope), payload=Payload.SPREAD) == {"x": 1, "a": 2}
    assert judge(reply({"error": "", "response": [1]}), payload=Payload.ROWS) == [1]


@pytest.mark.parametrize(("payload", "empty"), [(Payload.OBJECT, {}), (Payload.ROWS, []), (Payload.TOP, {})])
@pytest.mark.parametrize("body", [{"error": ""}, {"error": "", "response": None}])
def test_no_payload_is_an_empty_one(payload, empty, body):
    assert judge(reply(body), payload=payload) == empty


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("some models were skipped", ["some models were skipped"]),
        (["a", "", "b"], ["a", "b"]),
        ([{"shop_id": 1}], ['{"shop_id": 1}']),
    ],
)
def test_a_warning_is_kept_with_the_payload(said, kept):
    assert judge(reply({"error": "", "warning": said, "response": {"a": 1}})) == {"a": 1, "_warning": kept}


@pytest.mark.parametrize("said", ["", None, [], " ", "-"])
def test_an_empty_warning_is_none(said):
    assert judge(reply({"error": "", "warning": said, "response": {}})) == {}


def test_whole_numbers_of_any_size_and_fractions_stay_exact():
    data = judge(reply('{"error": "", "response": {"publish_task_id": 202011300000012008, "price": 39.90}}'))
    assert (str(data["publish_task_id"]), str(data["price"])) == ("202011300000012008", "39.90")


def test_where_all_of_a_list_failed_the_list_says_why():
    failed = {"failure_list": [{"model_id": 1, "failed_reason": "locked"}], "success_list": []}
    body = failure("common.batch_api_all_failed", response=failed)
    assert judge(reply(body), is_write=True) == failed
    assert refused("common.batch_api_all_failed").code == "batch_api_all_failed"


def test_code_and_request_are_noted_for_the_record():
    answer = reply(failure("order. error_param", "x"))
    with pytest.raises(Rejected):
        judge(answer)
    assert (answer.code, answer.request_id) == ("order.error_param", "r-9")


# Refusals: what to do next

KINDS = [
    ("error_auth", INVALID_TOKEN, TokenExpired),
    ("common.error_auth", "invalid access token", TokenExpired),
    ("invalid_acceess_token", "Invalid access_token, please have a check.", TokenExpired),
    ("invalid_access_token", "", TokenExpired),
    ("error_auth", "partner_id is invalid", Rejected),
    ("error_auth", "The App is deleted.", Rejected),
    ("error_auth", "App developer's permissions for authorizations have been restricted.", Rejected),
    ("error_auth", "No permission to current api.", Rejected),
    ("error_auth", "Invalid partner_id or shopid.", AuthRequired),
    ("error_auth", "System error, please try again later.", Unavailable),
    ("error_auth", "something else", Rejected),
    ("product.error_auth", "cnsc shop not upgraded, can not edit item.", Rejected),
    ("error_auth", "not all shop is upgraded and confirmed, can not edit item", Rejected),
    ("error_auth", "shop is upgrading", Rejected),
    ("error_auth", "shop is not upgraded or lack service fee rate", Rejected),
    ("error_auth", "can not publish product to sip affiliated shop", Rejected),
    ("error_auth", "partner does not have permission to operate shop", Rejected),
    ("partner_shop_no_link", "", AuthRequired),
    ("shop_no_linked", "", AuthRequired),
    ("merchant_no_linked", "", AuthRequired),
    ("error_shop", "shopid is invalid", AuthRequired),
    ("error_shop", "No", Rejected),
    ("error_param", "There is no access_token in query.", Rejected),
    ("error_param", "Timestamp is expired.", Unavailable),
    ("error_param", "Invalid timestamp", Unavailable),
    ("error_param", "Permission denied. This API is currently offline or the request path is incorrect.", Rejected),
    ("error_param", "shop_id is invalid, should be an integer between 0 and 4294967295.", Rejected),
    ("error_param", "request not from gateway", Rejected),
    ("error_param", "The information you queried is not found.", Rejected),
    ("product. error_param", "Wrong parameters, detail: x", Rejected),
    ("error_sign", "Wrong sign.", Rejected),
    ("invalid_partner_id", "", Rejected),
    ("error_api_permission", "", Rejected),
    ("error_api_call_restricted", "", Rejected),
    ("api_suspended", "", Rejected),
    ("partner_frozen", "", Rejected),
    ("error_partner_key_expired", "", Rejected),
    ("source_ip_undeclared", "", Rejected),
    ("error_limit", "", RateLimited),
    ("common.error_limit", "", RateLimited),
    ("logistics.error_limit", "", Rejected),
    ("order.error_limit", "Can not cancel this order", Rejected),
    ("error_rate_limit", "Too many requests", RateLimited),
    ("product.error_rate_limit", "", RateLimited),
    ("shop_banned", "", Rejected),
    ("error_ashop_api_permission", "", Rejected),
    ("error_kyc_auth", "", Rejected),
    ("error_server", "", Unavailable),
    ("error_network", "", Unavailable),
    ("error_network", "This API is only available for TH, VN, PH region", Rejected),
    ("error_system_busy", "", Unavailable),
    ("error_inner", "", Unavailable),
    ("error_inner", "Invalid stock location ID", Rejected),
    ("firstmile.system_error", "", Unavailable),
    ("logistics.error_timeout", "", Unavailable),
    ("error_get_shop_fail", "", Unavailable),
    ("error_cannot_get_publish_result", "", Unavailable),
    ("never_heard_of", "Please try again later", Unavailable),
    ("error_data", "parse data failed", Unavailable),
    ("error_data", "data not exist", NotFound),
    ("error_not_found", "", NotFound),
    ("error_item_not_found", "", NotFound),
    ("error_busi_global_item_not_found", "", NotFound),
    ("error_not_exists", "", NotFound),
    ("error_invalid_global_item_id", "", NotFound),
    ("error_merchant_not_found", "", Rejected),
    ("error_auth_shop_not_found", "", Rejected),
    ("error_permission", "Sorry you don't have the permission", Rejected),
    ("error_permission", "Global product related shop is not upgraded.", Rejected),
    ("ERROR_MERCHANT_UNSET_CURRENCY_INFO", "", Rejected),
    ("error_update_item_price", "mtsku not init", Unavailable),
    ("error_update_item_price", "reach item price edit limit for each day", Rejected),
    ("error_busi_cannot_publish", "Publish failed, the shop is on holiday", Rejected),
    ("never_heard_of", "strange", Rejected),
]


@pytest.mark.parametrize(("code", "message", "kind"), KINDS)
def test_a_refusal_is_the_kind_of_its_next_step(code, message, kind):
    error = refused(code, message)
    assert type(error) is kind
    assert error.code == bare_code(code)
    assert error.request_id == "r-9"


@pytest.mark.parametrize("status", [200, 403, 429, 500])
def test_the_kind_of_a_refusal_does_not_depend_on_the_status(status):
    assert type(refused("error_auth", INVALID_TOKEN, status=status)) is TokenExpired
    assert type(refused("error_category_is_block", status=status, is_write=True)) is Rejected


WORDS = [
    ("error_repeated_mtsku", "A similar product has already been uploaded", "Adopt the one that is there"),
    ("ERROR_MERCHANT_UNSET_CURRENCY_INFO", "", "set it in the seller center"),
    ("error_auth", "shop is not upgraded or lack service fee rate", "market rate and service fee"),
    ("error_auth", "cnsc shop not upgraded, can not edit item.", "finish the upgrade"),
    ("error_merchant_not_found", "", "tick “Auth Merchant”"),
    ("error_auth", "partner does not have permission to operate shop", "tick this shop"),
    ("product.error_cnsc_shop_block_update_tier_variation", "", "global product only"),
    ("error_param", "You have 3PF shops, please upload stock with location id", "Choose a stock location"),
    ("error_busi", "This is a multi warehouse, please input location id", "Choose a stock location"),
    ("error_param", "Canot change the level of tier-variation.", "set up anew"),
    ("error_param", "The level of tier-variation not change.", "stays the same"),
    ("error_cannot_update_price_in_promotion", "", "promotion locks the price"),
    ("error_incalid_category", "", "Choose another category"),
    ("error_invalid_category", "", "Choose another category"),
    ("error_kyc_auth", "", "Complete it in the seller center"),
    ("source_ip_undeclared", "", "IP whitelist"),
]


@pytest.mark.parametrize(("code", "message", "words"), WORDS)
def test_a_refusal_names_the_next_step_and_repeats_the_platforms_own_words(code, message, words):
    error = refused(code, message, is_write=True)
    assert words in str(error)
    assert code in str(error)
    assert message in str(error)


def test_every_code_of_the_table_has_words_and_none_of_an_unknown_one_disconnects():
    assert all(len(str(meaning)) > 20 for meaning in MEANINGS.values())
    assert explain("some_new_code", "whatever") is UNKNOWN
    disconnecting = {code for code, meaning in MEANINGS.items() if issubclass(meaning.kind, AuthRequired)}
    assert disconnecting == {"partner_shop_no_link", "shop_no_linked", "merchant_no_linked"}


def test_a_message_under_msg_is_read():
    with pytest.raises(TokenExpired):
        judge(reply({"error": "error_auth", "msg": INVALID_TOKEN}))


def test_a_message_of_the_platform_is_masked():
    assert "0123456789abcdef" not in str(refused("error_param", "bad access_token=0123456789abcdef0123"))


# Limits


def test_the_daily_quota_is_the_apps_and_ends_at_midnight_utc_plus_8():
    with clock.use(VirtualClock(1_767_268_800.0)):  # noon UTC
        error = refused("error_limit", app_quota="shopee:app:1:daily", is_write=True)
    assert (error.quota, error.scope, error.retry_after) == (True, "shopee:app:1:daily", 4 * 3600)
    with clock.use(VirtualClock(1_767_268_800.0 + 4 * 3600)):
        assert refused("error_limit").retry_after == 24 * 3600


def test_too_many_calls_wait_a_moment_or_as_long_as_the_answer_says():
    error = refused("error_rate_limit", app_quota="shopee:app:1:daily")
    assert (error.quota, error.scope, error.retry_after) == (False, "", 1.0)
    assert refused("error_rate_limit", status=429, headers={"Retry_After": "7"}).retry_after == 7.0


# Answers without an envelope


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, Unavailable),
        (502, Unavailable),
        (408, Unavailable),
        (429, RateLimited),
        (404, UnexpectedReply),
        (302, UnexpectedReply),
        (200, UnexpectedReply),
    ],
)
@pytest.mark.parametrize("body", ["<html>", "", "[]", "null", '{"message": "no"}'])
def test_without_an_envelope_the_status_is_all_there_is(status, kind, body):
    with pytest.raises(PlatformError) as caught:
        judge(reply(body, status=status))
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "body", ['{"error": {"a": 1}}', '{"error": "", "response": 7}', '{"error": "", "response": []}', "{}"]
)
def test_another_shape_than_documented_is_an_unexpected_reply(body):
    with pytest.raises(UnexpectedReply):
        judge(reply(body))
    with pytest.raises(OutcomeUnknown):
        judge(reply(body), is_write=True)


# Writes


@pytest.mark.parametrize(
    "answer",
    [
        reply("<html>", status=502),
        reply("<html>", status=403),
        reply("not json"),
        reply(failure("error_server")),
        reply(failure("error_inner", "timeout")),
        reply(failure("error_system_busy")),
        reply(failure("never_heard_of", "try again later")),
    ],
)
def test_a_write_whose_fate_is_open_is_unknown_never_failed(answer):
    with pytest.raises(OutcomeUnknown) as caught:
        judge(answer, is_write=True)
    assert caught.value.retryable is False


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("error_auth", INVALID_TOKEN, TokenExpired),
        ("error_rate_limit", "", RateLimited),
        ("error_limit", "", RateLimited),
        ("error_param", "Timestamp is expired.", Unavailable),
        ("error_auth", "System error, please try again later.", Unavailable),
        ("error_update_item_price", "mtsku not init", Unavailable),
        ("error_inner", "Invalid stock location ID", Rejected),
        ("shop_no_linked", "", AuthRequired),
    ],
)
def test_a_write_that_was_turned_away_was_not_done(code, message, kind):
    assert type(refused(code, message, is_write=True)) is kind


def test_what_comes_too_early_says_when_to_come_again():
    assert refused("error_update_item_price", "mtsku not init", is_write=True).retry_after == 5.0


# Refreshing


@pytest.mark.parametrize("code", sorted(REFRESH))
def test_a_dead_refresh_token_says_why(code):
    message = "Invalid refresh_token." if code == "error_auth" else ""
    error = refused(code, message, refreshing=True, is_write=True)
    assert type(error) is RefreshRefused
    assert len(str(error)) > 40


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        ("error_auth", "partner_id is invalid", Rejected),
        ("error_auth", "System error, please try again later.", Unavailable),
        ("error_auth", INVALID_TOKEN, RefreshRefused),
        ("error_sign", "Wrong sign.", Rejected),
        ("error_server", "", OutcomeUnknown),
        ("error_param", "Wrong parameters", Rejected),
    ],
)
def test_other_refusals_of_a_refresh_leave_the_token_alive(code, message, kind):
    assert type(refused(code, message, refreshing=True, is_write=True)) is kind
