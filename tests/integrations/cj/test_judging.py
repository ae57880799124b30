"""When an answer is a success, and which kind of failure it is otherwise (cj.md §2, §13)."""

from typing import Any

import pytest

from integrations.cj.codes import MEANINGS
from integrations.cj.judging import judge
from integrations.errors import (
    AuthRequired,
    Duplicate,
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    RefreshRefused,
    Rejected,
    TokenExpired,
    TooPoor,
    Unavailable,
    UnexpectedReply,
)

from . import payloads
from .payloads import reply

# The next step that each category of the document asks for, and the codes for which it is another one.
KINDS = {
    "auth": AuthRequired,
    "permission": Rejected,
    "rate_limit": RateLimited,
    "quota": RateLimited,
    "validation": Rejected,
    "not_found": NotFound,
    "duplicate": Rejected,
    "business": Rejected,
    "transient": Unavailable,
}
OTHERS = {
    1600001: TokenExpired,
    1600002: TokenExpired,
    1600003: RefreshRefused,
    1600030: TokenExpired,
    1600031: Rejected,  # of a store's own token, which is no reason to connect the account again
    1600013: Rejected,
    1600100: Rejected,  # unless a read's token may be dead
    1600101: Rejected,  # an interface that was withdrawn must not make products disappear
    1606011: Rejected,
    1603003: Duplicate,
    1604000: TooPoor,
}


def failure(code: Any, **more: Any) -> dict[str, Any]:
    return {"code": code, "result": False, "message": "No", "data": None, "requestId": "r-1", **more}


@pytest.mark.parametrize(("path", "case"), list(payloads.cases(successes=True)))
def test_every_documented_success_is_one(path, case):
    assert judge(reply(payloads.body(path, case))) == payloads.body(path, case)["data"]


@pytest.mark.parametrize(("path", "case"), list(payloads.cases(successes=False)))
def test_every_documented_refusal_is_its_kind_of_error(path, case):
    body = payloads.body(path, case)
    with pytest.raises(PlatformError) as caught:
        judge(reply(body))
    assert type(caught.value) is MEANINGS[body["code"]].kind
    assert caught.value.code == str(body["code"])
    assert caught.value.request_id == body["requestId"]


@pytest.mark.parametrize(
    "row", [row for row in payloads.error_codes() if row["code"] != 200], ids=lambda row: str(row["code"])
)
def test_every_code_has_the_kind_of_its_category_and_words(row):
    meaning = MEANINGS[row["code"]]
    assert meaning.kind is OTHERS.get(row["code"], KINDS[row["category"]])
    assert len(str(meaning)) > 20
    assert meaning.quota == {1600201: "endpoint", 16900500: "account"}.get(row["code"], "")


def test_every_code_of_the_table_is_documented_or_observed():
    assert set(MEANINGS) == {row["code"] for row in payloads.error_codes()} - {200}


@pytest.mark.parametrize("code", [200, 0, "200", "0", None])
def test_these_codes_succeed_where_no_flag_denies_it(code):
    assert judge(reply({"code": code, "result": True, "data": [1]})) == [1]


def test_an_answer_without_code_succeeds_by_its_flag():
    assert judge(reply({"success": True, "data": {"a": 1}})) == {"a": 1}


def test_whole_numbers_of_any_size_and_fractions_stay_exact():
    data = judge(reply('{"code": 200, "data": {"commentId": 1536993287524069376, "price": 0.1}}'))
    assert str(data["commentId"]) == "1536993287524069376"
    assert str(data["price"]) == "0.1"


@pytest.mark.parametrize(
    "flags", [{"result": False}, {"success": False}, {"result": True, "success": False}, {"result": "false"}]
)
def test_a_false_flag_is_a_refusal_whatever_the_code_says(flags):
    with pytest.raises(Rejected) as caught:
        judge(reply({"code": 200, "message": "no", "data": {}, **flags}))
    assert type(caught.value) is Rejected


@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "",
        "[]",
        '"true"',
        "null",
        "{}",
        '{"data": {}}',
        '{"code": [200]}',
        '{"code": true}',
        '{"code": "ok"}',
        '{"code": 200, "result": "maybe"}',
        '{"code": NaN}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_decided_is_an_unexpected_reply(body):
    with pytest.raises(UnexpectedReply):
        judge(reply(body))


def test_an_unknown_code_is_a_refusal_with_the_platforms_message():
    with pytest.raises(Rejected, match="strange") as caught:
        judge(reply(failure(1799999, message="strange")))
    assert caught.value.code == "1799999"
    assert caught.value.request_id == "r-1"


def test_a_message_of_the_platform_is_masked():
    with pytest.raises(Rejected) as caught:
        judge(reply(failure(1600300, message="bad CJ123@api@0123456789abcdef0123456789abcdef")))
    assert "0123456789abcdef" not in str(caught.value)


def test_too_many_requests_come_with_http_200_or_429():
    with pytest.raises(RateLimited) as with_200:
        judge(reply(failure(1600200)))
    with pytest.raises(RateLimited) as with_429:
        judge(reply(failure(1600200), status=429, Retry_After="7"))
    with pytest.raises(RateLimited) as bare:
        judge(reply("<html>", status=429))
    assert [error.value.retry_after for error in (with_200, with_429, bare)] == [1.0, 7.0, 1.0]
    assert [error.value.quota for error in (with_200, with_429, bare)] == [False, False, False]


def test_a_used_up_quota_waits_for_its_window_and_points_belong_to_the_account():
    with pytest.raises(RateLimited) as quota:
        judge(reply(failure(1600201)), account_limit="cj:account:1")
    with pytest.raises(RateLimited) as points:
        judge(reply(failure(16900500)), account_limit="cj:account:1")
    assert (quota.value.quota, quota.value.retry_after, quota.value.scope) == (True, None, "")
    assert (points.value.quota, points.value.retry_after, points.value.scope) == (True, 600.0, "cj:account:1")


def test_the_ambiguous_code_is_a_dead_token_only_for_a_read_with_an_old_token():
    body = reply(failure(1600100))
    with pytest.raises(TokenExpired):
        judge(body, token_may_be_dead=True)
    for is_write in (True, False):
        with pytest.raises(Rejected):
            judge(body, is_write=is_write, token_may_be_dead=is_write)


def test_http_401_is_a_dead_token_and_a_known_code_says_more():
    with pytest.raises(TokenExpired):
        judge(reply("", status=401))
    with pytest.raises(TokenExpired):
        judge(reply(failure(1600100), status=401))
    with pytest.raises(AuthRequired):
        judge(reply(failure(1600005), status=401))


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, Unavailable), (502, Unavailable), (408, Unavailable), (404, UnexpectedReply), (302, UnexpectedReply)],
)
def test_other_http_statuses(status, kind):
    with pytest.raises(kind) as caught:
        judge(reply("<html>", status=status))
    assert type(caught.value) is kind
    assert caught.value.code == f"HTTP {status}"


def test_http_400_with_an_envelope_is_a_refusal():
    with pytest.raises(Rejected, match="HTTP 400"):
        judge(reply(failure(1799999), status=400))


@pytest.mark.parametrize(
    "answer", [reply("<html>", status=502), reply(failure(1600000)), reply("not json"), reply({"data": 1})]
)
def test_a_write_whose_fate_is_open_is_unknown_never_failed(answer):
    with pytest.raises(OutcomeUnknown) as caught:
        judge(answer, is_write=True)
    assert caught.value.retryable is False


@pytest.mark.parametrize(
    ("code", "kind"), [(1600001, TokenExpired), (1600200, RateLimited), (1600300, Rejected), (1600005, AuthRequired)]
)
def test_a_write_that_was_refused_was_refused(code, kind):
    with pytest.raises(kind) as caught:
        judge(reply(failure(code)), is_write=True)
    assert not isinstance(caught.value, OutcomeUnknown)
