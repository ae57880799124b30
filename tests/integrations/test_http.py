"""The one way out, against a real server that misbehaves: what each fault becomes, and what is never done."""

import json
import re
import threading
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection, transaction

from accounts.models import PlatformAccount
from accounts.secrets import Secret
from integrations import clock, exchanges, http, lanes
from integrations.clock import VirtualClock
from integrations.errors import (
    AuthRequired,
    Invalid,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from integrations.http import Call, Limit, Reply, Transport
from integrations.models import ApiCall, Lane, RateBucket
from tests.integrations.stranger import Stranger

pytestmark = pytest.mark.django_db

KINDS = {1600300: Rejected, 1600001: TokenExpired, 1600002: AuthRequired, 1600200: RateLimited, 1600201: RateLimited}
TOKEN = "tok-0123456789abcdef"


def judge(reply: Reply):
    """Judge as a platform's package would."""
    data = reply.data
    reply.code, reply.request_id = str(data.get("code", "")), data.get("requestId", "")
    if data.get("code") == 200:
        return data.get("data")
    kind = KINDS.get(data.get("code"))
    if kind is None:
        raise UnexpectedReply("What is this?", code=reply.code, request_id=reply.request_id)
    error = kind(data["message"], code=reply.code, request_id=reply.request_id)
    if isinstance(error, RateLimited):
        error.quota = data["code"] == 1600201
    raise error


@pytest.fixture(autouse=True)
def virtual():
    with clock.use(VirtualClock()) as virtual:
        yield virtual


@pytest.fixture
def server():
    stranger = Stranger()
    yield stranger
    stranger.stop()


@pytest.fixture
def account():
    return PlatformAccount.objects.create(platform="cj", external_id="1", name="Ann")


@pytest.fixture
def transport(server, account):
    return Transport("cj", server.url, account, timeout=(0.5, 0.3))


def get(path, **more):
    return Call(endpoint=path.strip("/").split("/")[0], method="GET", path=path, **more)


def post(path, **more):
    return Call(endpoint=path.strip("/").split("/")[0], method="POST", path=path, **more)


def recorded():
    return list(ApiCall.objects.order_by("pk"))


# What is sent


def test_a_call_is_sent_as_it_was_given_and_its_data_come_back(transport, server):
    call = get(
        "/ok", params={"name": "Tée & co", "ids": ["1", "2"], "none": None, "flag": True, "price": Decimal("1.10")}
    )
    assert transport.call(call, judge) == {"path": "/ok?name=T%C3%A9e+%26+co&ids=1&ids=2&flag=true&price=1.10"}
    (seen,) = server.seen
    assert (seen.headers["User-Agent"], seen.headers["Accept-Encoding"]) == ("Crossdock", "gzip")
    assert "Content-Type" not in seen.headers


def test_a_body_keeps_numbers_exact_and_reveals_secrets_only_on_the_wire(transport, server):
    body = {
        "price": Decimal("0.10"),
        "big": 2**70,
        "token": Secret(TOKEN),
        "text": "\x00number:1}",
        "list": [Decimal("1E+3")],
    }
    transport.call(post("/ok", json=body), judge)
    sent = server.seen[0].body.decode()
    assert f'{{"price": 0.10, "big": {2**70}, "token": "{TOKEN}", "text": "\\u0000number:1}}", "list": [1E+3]}}' == sent
    assert json.loads(sent)["text"] == "\x00number:1}"
    assert server.seen[0].headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("value", [Decimal("NaN"), float("nan"), float("inf"), Decimal("Infinity"), object()])
def test_what_is_no_json_is_not_sent(transport, server, value):
    with pytest.raises((TypeError, ValueError)):
        transport.call(post("/ok", json={"value": value}), judge)
    assert server.seen == []


def test_secret_headers_are_revealed_on_the_wire(server, account):
    transport = Transport("cj", server.url, account, headers={"X-App": Secret("app-secret-1")})
    transport.call(get("/ok", headers={"CJ-Access-Token": Secret(TOKEN)}), judge)
    assert server.seen[0].headers["CJ-Access-Token"] == TOKEN
    assert server.seen[0].headers["X-App"] == "app-secret-1"


def test_a_virtual_clock_tells_the_server_its_time(transport, server):
    with clock.use(VirtualClock(1234.5, header="X-Simulator-Time")):
        transport.call(get("/ok"), judge)
    assert server.seen[0].headers["X-Simulator-Time"] == "1234.5"


def test_everything_but_get_is_a_write_unless_said_otherwise():
    assert [get("/x").is_write, post("/x").is_write, post("/x", is_write=False).is_write] == [False, True, False]


def test_a_call_shows_no_secret_when_printed():
    call = post("/x", headers={"CJ-Access-Token": TOKEN}, json={"apiKey": TOKEN}, params={"sign": TOKEN})
    assert TOKEN not in repr(call)


# What comes back


def test_fractions_come_as_decimal_and_whole_numbers_in_full():
    reply = Reply(200, {}, b'{"price": 0.10, "id": 1234567890123456789012, "n": 1}')
    assert reply.data == {"price": Decimal("0.10"), "id": 1234567890123456789012, "n": 1}
    assert str(reply.data["price"]) == "0.10"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b"\xff\xfe\xfa",
        b"[" * 100_000,
        b'{"n": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_not_json_is_an_unexpected_reply(body):
    with pytest.raises(UnexpectedReply, match="HTTP 200"):
        _ = Reply(200, {}, body).data


def test_a_packed_answer_is_unpacked(transport):
    assert transport.call(get("/gzip"), judge) == 7


def test_an_unreadable_answer_is_kept_and_quoted_without_its_secrets(transport):
    with pytest.raises(UnexpectedReply, match="Maintenance") as caught:
        transport.call(get("/html"), judge)
    assert "tok-12345678" not in str(caught.value)
    (call,) = recorded()
    assert (call.outcome, call.http_status) == ("unreadable", 200)
    assert "Maintenance" in call.response
    assert "tok-12345678" not in call.response + call.message


def test_an_answer_nested_too_deeply_is_an_unexpected_reply(transport):
    with pytest.raises(UnexpectedReply, match="nested too deeply"):
        transport.call(get("/deep"), judge)


@pytest.mark.parametrize("path", ["/flood", "/bomb"])
def test_an_answer_without_end_is_not_read_to_the_end(server, account, path):
    transport = Transport("cj", server.url, account, max_bytes=1_000_000)
    with pytest.raises(UnexpectedReply, match="too large: more than 1000000 bytes"):
        transport.call(get(path), judge)
    (call,) = recorded()
    assert (call.outcome, call.http_status, call.response) == ("unreadable", 200, "")


def test_an_answer_that_drips_is_given_up(transport, monkeypatch):
    monkeypatch.setattr(http, "WHOLE_ANSWER", 0.1)
    monkeypatch.setattr(http, "PAUSES", ())
    with pytest.raises(Unavailable, match=r"not complete within 0\.1 s"):
        transport.call(get("/drip"), judge)


def test_no_redirect_is_followed(transport, server):
    with pytest.raises(UnexpectedReply):
        transport.call(get("/away", headers={"CJ-Access-Token": Secret(TOKEN)}), judge)
    assert [seen.path for seen in server.seen] == ["/away"]
    assert recorded()[0].http_status == 302


def test_no_cookie_of_one_account_is_sent_for_another(transport, server):
    transport.call(get("/cookie"), judge)
    transport.call(get("/ok"), judge)
    assert "Cookie" not in server.seen[1].headers


def test_proxies_of_the_environment_are_not_asked(transport, server, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    transport.call(get("/ok"), judge)
    assert len(server.seen) == 1


# Faults of a read


def test_a_read_is_repeated_with_growing_pauses(transport, server, virtual):
    assert transport.call(get("/thrice"), judge) == "at last"
    assert len(server.seen) == 3
    assert virtual.slept == 2.5
    assert [call.outcome for call in recorded()] == ["unreachable", "unreachable", "ok"]


@pytest.mark.parametrize(
    ("path", "words"),
    [("/broken", "HTTP 502"), ("/hang", "in time"), ("/reset", "broke off"), ("/cut", "broke off")],
)
def test_a_read_that_keeps_failing_is_unavailable_after_three_times(transport, server, path, words):
    with pytest.raises(Unavailable, match=words) as caught:
        transport.call(get(path), judge)
    assert type(caught.value) is Unavailable
    assert len(server.seen) == 3
    assert [call.outcome for call in recorded()] == ["unreachable"] * 3


def test_each_repeat_takes_a_turn_of_its_own(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=10)])
    transport.call(get("/thrice"), judge)
    assert RateBucket.objects.get(key="a").granted == 3


@pytest.mark.parametrize(
    ("path", "kind"), [("/refused", Rejected), ("/expired", TokenExpired), ("/html", UnexpectedReply)]
)
def test_what_another_try_cannot_help_is_not_repeated(transport, server, path, kind):
    with pytest.raises(kind):
        transport.call(get(path), judge)
    assert len(server.seen) == 1


def test_a_platform_that_says_wait_a_moment_is_asked_again(transport, server, virtual):
    with pytest.raises(RateLimited) as caught:
        transport.call(get("/slower"), judge)
    assert (len(server.seen), virtual.slept, caught.value.retry_after) == (3, 4.0, 2.0)


def test_a_platform_that_says_wait_long_is_left_alone(transport, server, virtual):
    with pytest.raises(RateLimited) as caught:
        transport.call(get("/much-slower"), judge)
    assert (len(server.seen), virtual.slept, caught.value.retry_after) == (1, 0, 3600.0)


# Faults of a write


@pytest.mark.parametrize("path", ["/hang", "/reset", "/cut", "/broken", "/html", "/deep"])
def test_a_write_whose_answer_is_lost_is_unknown_and_not_sent_again(transport, server, virtual, path):
    with pytest.raises(OutcomeUnknown, match="look before sending it again") as caught:
        transport.call(post(path), judge)
    assert not caught.value.retryable
    assert len(server.seen) == 1
    assert virtual.slept == 0


@pytest.mark.parametrize("path", ["/flood", "/bomb"])
def test_a_write_with_an_answer_too_large_is_unknown(server, account, path):
    with pytest.raises(OutcomeUnknown):
        Transport("cj", server.url, account, max_bytes=1_000_000).call(post(path), judge)
    assert len(server.seen) == 1


@pytest.mark.parametrize("make", [get, post])
def test_what_certainly_was_not_sent_is_only_unavailable(account, make):
    transport = Transport("cj", "http://127.0.0.1:1", account)
    with pytest.raises(Unavailable, match="was not sent") as caught:
        transport.call(make("/ok"), judge)
    assert type(caught.value) is Unavailable
    assert {call.outcome for call in recorded()} == {"unreachable"}


def test_a_write_that_was_not_sent_is_not_repeated_here_either(account):
    with pytest.raises(Unavailable):
        Transport("cj", "http://127.0.0.1:1", account).call(post("/ok"), judge)
    assert len(recorded()) == 1


@pytest.mark.parametrize("path", ["/slower", "/too-many"])
def test_a_write_that_came_too_fast_was_not_done_and_is_not_repeated_here(transport, server, path):
    with pytest.raises(RateLimited):
        transport.call(post(path), judge)
    assert len(server.seen) == 1


def test_a_refused_write_is_refused(transport):
    with pytest.raises(Rejected) as caught:
        transport.call(post("/refused"), judge)
    assert (caught.value.code, caught.value.request_id) == ("1600300", "r-2")


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1", "127.0.0.1:80"])
def test_a_wrong_address_is_named_as_what_to_change(account, url):
    with pytest.raises(Invalid, match="Check the address"):
        Transport("cj", url, account).call(get("/ok"), judge)


def test_a_header_that_cannot_be_sent_does_not_show_its_value(transport):
    with pytest.raises(Invalid) as caught:
        transport.call(get("/ok", headers={"CJ-Access-Token": Secret(TOKEN + "\n")}), judge)
    assert TOKEN not in str(caught.value)
    assert TOKEN not in "".join(str(vars(call)) for call in recorded())


# What is kept


def test_an_exchange_is_found_by_the_record_it_concerned(transport, account):
    with lanes.use(Lane.ORDERS):
        transport.call(post("/ok", subject="product:123", json={"pid": "123"}, is_write=True), judge)
    transport.call(get("/ok", subject="product:124"), judge)
    (call,) = exchanges.for_subject(account, "product:123")
    assert (call.endpoint, call.method, call.is_write, call.lane) == ("ok", "POST", True, Lane.ORDERS)
    assert (call.outcome, call.http_status, call.code, call.request_id) == ("ok", 200, "200", "r-1")
    assert call.request == '{"pid": "123"}'
    assert json.loads(call.response)["data"] == {"path": "/ok"}


def test_no_secret_is_kept_even_where_the_answer_repeats_it(transport):
    odd = "plainlooking99"
    call = get(
        "/echo",
        headers={"CJ-Access-Token": Secret(TOKEN), "X-Odd": Secret(odd)},
        params={"access_token": TOKEN, "sign": Secret("f00dfeed11"), "q": "lamp"},
    )
    answer = transport.call(call, judge)
    assert odd in str(answer)  # the caller sees what came
    (kept,) = recorded()
    everything = "".join(str(value) for value in vars(kept).values())
    assert [secret for secret in (TOKEN, odd, "f00dfeed11") if secret in everything] == []
    assert "q=lamp" in kept.url


def test_a_bug_in_the_judge_is_not_hidden_and_the_exchange_is_kept(transport):
    def buggy(reply):
        return reply.data["nothing like that"]

    with pytest.raises(KeyError):
        transport.call(get("/ok"), buggy)
    (call,) = recorded()
    assert call.outcome == "unreadable"


def test_no_call_is_sent_inside_a_transaction(transport, server):
    assert all(block._from_testcase for block in connection.atomic_blocks)
    with transaction.atomic(), pytest.raises(http.InTransaction):
        transport.call(get("/ok"), judge)
    assert server.seen == []


# What the platform's refusals mean for everybody


def test_a_call_that_came_too_fast_slows_all_processes_down(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=4), Limit("cj:ip", rate=10)])
    with pytest.raises(RateLimited):
        transport.call(get("/too-many"), judge)
    own, ip = RateBucket.objects.order_by("key")
    assert (own.lowered_rate, own.refused, ip.lowered_rate) == (1.0, 3, None)


def test_a_used_up_quota_stops_this_endpoint_and_no_other(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=4)])
    with pytest.raises(RateLimited) as caught:
        transport.call(get("/quota"), judge)
    assert caught.value.retry_after == pytest.approx(86_400 - clock.now() % 86_400)
    with pytest.raises(RateLimited):
        transport.call(get("/quota"), judge)
    assert len(server.seen) == 1
    assert transport.call(get("/ok"), judge)
    assert RateBucket.objects.get(key="a:quota:quota").account == account


def test_without_room_nothing_is_sent(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=0.001)], patience=5)
    transport.call(get("/ok"), judge)
    with pytest.raises(RateLimited):
        transport.call(get("/ok"), judge)
    assert len(server.seen) == 1


# Many at once


def test_answers_come_in_the_order_asked_though_sent_together(server, account):
    transport = Transport("cj", server.url, account, timeout=(1, 5))
    calls = [get(f"/later/{number}/{pause}") for number, pause in enumerate([0.2, 0.05, 0.1, 0, 0.05, 0])]
    assert list(transport.call_many(calls, judge, concurrency=3)) == [0, 1, 2, 3, 4, 5]
    assert server.most_at_once == 3
    assert ApiCall.objects.filter(outcome="ok").count() == 6


def test_connections_are_kept_and_each_thread_has_its_own(server, account):
    transport = Transport("cj", server.url, account, timeout=(1, 5))
    list(transport.call_many([get(f"/later/{number}/0.01") for number in range(12)], judge, concurrency=3))
    assert len({seen.port for seen in server.seen}) <= http.MAX_CONCURRENCY
    for _ in range(5):
        transport.call(get("/ok"), judge)
    assert len({seen.port for seen in server.seen[-5:]}) == 1


def test_one_failing_call_does_not_end_the_others(transport):
    calls = [get("/ok"), get("/refused"), get("/html"), get("/broken"), get("/ok")]
    found = list(transport.call_many(calls, judge, concurrency=2))
    assert [type(each) for each in found] == [dict, Rejected, UnexpectedReply, Unavailable, dict]
    assert sum(call.outcome == "ok" for call in recorded()) == 2
    assert len(recorded()) == 7  # the broken one was asked three times


@pytest.mark.parametrize(("path", "kind"), [("/expired", TokenExpired), ("/quota", RateLimited)])
def test_what_concerns_all_calls_stops_the_rest(transport, server, path, kind):
    calls = [get("/ok"), get(path), *[get("/ok") for _ in range(20)]]
    found = list(transport.call_many(calls, judge, concurrency=2))
    assert len(found) == 22
    assert isinstance(found[1], kind)
    assert len(server.seen) <= 4
    sent_after = sum(isinstance(each, dict) for each in found[2:])
    assert all(each is found[1] for each in found[2 + sent_after :])
    assert len(recorded()) == len(server.seen)


def test_no_room_within_patience_stops_the_rest(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=0.01)], patience=5)
    found = list(transport.call_many([get("/ok")] * 4, judge, concurrency=2))
    assert [type(each) for each in found] == [dict, RateLimited, RateLimited, RateLimited]
    assert len(server.seen) == 1


def test_turns_are_kept_when_many_are_sent(server, account, virtual):
    transport = Transport("cj", server.url, account, [Limit("a", rate=4)], patience=60)
    began = clock.now()
    found = list(transport.call_many([get("/ok")] * 9, judge, concurrency=4))
    assert all(isinstance(each, dict) for each in found)
    assert clock.now() - began == pytest.approx(8 * 0.26)
    assert RateBucket.objects.get(key="a").granted == 9


def test_an_iterator_that_is_left_early_has_kept_what_was_sent(transport, server):
    found = transport.call_many([get("/ok")] * 30, judge, concurrency=3)
    next(found)
    found.close()
    assert 1 <= len(server.seen) <= 5
    assert len(recorded()) == len(server.seen)


def test_writes_among_many_are_not_repeated(transport, server):
    found = list(transport.call_many([post("/broken"), post("/hang")], judge))
    assert [type(each) for each in found] == [OutcomeUnknown, OutcomeUnknown]
    assert len(server.seen) == 2


def test_nothing_is_asked_where_nothing_is_wanted(transport):
    assert list(transport.call_many([], judge)) == []


def test_only_the_calling_thread_uses_the_database(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=None)], timeout=(1, 5))
    users = set()

    def watch(execute, *args):
        users.add(threading.current_thread().name)
        return execute(*args)

    with connection.execute_wrapper(watch):
        list(transport.call_many([get(f"/later/{number}/0.01") for number in range(8)], judge, concurrency=4))
    assert users == {threading.current_thread().name}


def test_requests_is_imported_by_one_file_only():
    packages = [Path(http.__file__).parent, Path(http.__file__).parents[1] / "catalog"]
    files = [path for package in packages for path in package.rglob("*.py") if "simulator" not in path.parts]
    users = [path.name for path in files if re.search(r"^\s*(import|from) requests\b", path.read_text(), re.MULTILINE)]
    assert users == ["http.py"]


def test_a_call_held_back_by_a_new_connection_puts_the_next_one_off(server, account):
    transport = Transport("cj", server.url, account, [Limit("a", rate=1000)], timeout=(1, 5), patience=5)
    with clock.use(clock.SystemClock()):
        http._forget_after_fork()  # as in a process that has no connection yet
        transport.call(get("/later/1/0.3"), judge)
        row = RateBucket.objects.get(key="a")
        assert row.free_at - clock.now() > -0.1  # 0.3 s after its turn, not 0.001
        transport.call(get("/later/1/0.3"), judge)
        row = RateBucket.objects.get(key="a")
        assert row.free_at - clock.now() < -0.2
