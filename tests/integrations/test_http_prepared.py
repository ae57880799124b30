"""Calls that are made ready at the moment of sending, forms with files, and statuses that count for nothing."""

import json
from dataclasses import replace

import pytest

from accounts.models import PlatformAccount
from accounts.secrets import Secret
from integrations import clock
from integrations.clock import VirtualClock
from integrations.errors import OutcomeUnknown, RateLimited, Rejected, TokenExpired, Unavailable
from integrations.http import Call, File, Limit, Reply, Transport
from integrations.models import ApiCall, RateBucket
from tests.integrations.stranger import Stranger

pytestmark = pytest.mark.django_db


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


def judge(reply: Reply):
    if reply.is_json and reply.data.get("code") == 200:
        return reply.data.get("data")
    raise Rejected("No", code=f"HTTP {reply.status}")


def read(path, **more):
    return Call(endpoint="read", method="GET", path=path, **more)


def stamped(call):
    """Return the call with the time and a signature in its query."""
    return replace(call, params=dict(call.params) | {"at": f"{clock.now():.0f}", "sign": f"signed{clock.now():.0f}"})


# At the moment of sending


def test_a_call_is_made_ready_after_it_waited_for_its_turn(server, account, virtual):
    transport = Transport("cj", server.url, account, [Limit("a", rate=0.1)], patience=60)
    began = clock.now()
    for _ in range(2):
        transport.call(read("/ok", prepare=stamped), judge)
    sent = [seen.path.partition("at=")[2].partition("&")[0] for seen in server.seen]
    assert sent == [f"{began:.0f}", f"{began + 10.4:.0f}"]


def test_each_repeat_is_made_ready_anew(transport, server, virtual):
    began = clock.now()
    transport.call(read("/thrice", prepare=stamped), lambda reply: reply.data.get("data"))
    assert [seen.path for seen in server.seen] == [
        f"/thrice?at={moment:.0f}&sign=signed{moment:.0f}" for moment in (began, began + 0.5, began + 2.5)
    ]


@pytest.mark.parametrize("many", [False, True])
def test_where_it_cannot_be_made_ready_nothing_is_sent_or_kept(transport, server, many):
    def refuse(call):
        raise TokenExpired("It is being renewed.")

    calls = [read("/ok", prepare=refuse), read("/ok")]
    if many:
        found = list(transport.call_many(calls, judge))
        assert [type(each) for each in found] == [TokenExpired, TokenExpired]
    else:
        with pytest.raises(TokenExpired, match="being renewed"):
            transport.call(calls[0], judge)
    assert server.seen == []
    assert not ApiCall.objects.exists()


def test_of_a_signed_call_neither_secret_nor_signature_is_kept(transport):
    token = "plain-looking-token-9"

    def sign(call):
        params = {"access_token": Secret(token), "sign": "f00dfeedcafe", "q": "lamp"}
        return replace(call, params=params, headers={"X-Copy": "f00dfeedcafe", "X-Token": token})

    answer = transport.call(read("/echo", prepare=sign), judge)
    assert "f00dfeedcafe" in str(answer)  # the caller sees what came
    (kept,) = ApiCall.objects.all()
    everything = "".join(str(value) for value in vars(kept).values())
    assert token not in everything
    assert "f00dfeedcafe" not in everything
    assert "q=lamp" in kept.url


def test_of_a_call_that_is_cut_off_no_signature_is_shown(transport, server):
    def sign(call):
        return replace(call, params={"sign": "f00dfeedcafe"})

    with pytest.raises(Unavailable) as caught:
        transport.call(read("/reset", prepare=sign), judge)
    assert "f00dfeedcafe" not in str(caught.value) + "".join(str(vars(row)) for row in ApiCall.objects.all())


def test_no_log_shows_token_or_signature_of_an_address(transport, caplog):
    token, signature = "09777174636962737266615546704c6d", "1a16a1f85cedc9c5de045657b6575e159b2620c47d8016407dde8b20"

    def sign(call):
        return replace(call, params={"access_token": Secret(token), "sign": signature, "q": "lamp"})

    with caplog.at_level("DEBUG", logger="urllib3"):
        transport.call(read("/ok", prepare=sign), judge)
    assert "q=lamp" in caplog.text  # the address is written down
    assert token not in caplog.text
    assert signature not in caplog.text


# Forms


def test_files_travel_as_a_form_and_only_their_names_are_kept(transport, server):
    files = (
        File(name="a.jpg", content=b"\xff\xd8one", content_type="image/jpeg", part="image"),
        File(name="b.png", content=b"two", content_type="image/png", part="image"),
    )
    call = Call(endpoint="up", method="POST", path="/ok", form={"scene": "normal"}, files=files)
    transport.call(call, judge)
    (seen,) = server.seen
    assert seen.headers["Content-Type"].startswith("multipart/form-data; boundary=")
    assert b'name="scene"\r\n\r\nnormal\r\n' in seen.body
    assert b'name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8one\r\n' in seen.body
    assert b'name="image"; filename="b.png"\r\nContent-Type: image/png\r\n\r\ntwo\r\n' in seen.body
    (kept,) = ApiCall.objects.all()
    assert json.loads(kept.request) == {
        "form": {"scene": "normal"},
        "files": ["image: a.jpg, image/jpeg, 5 bytes", "image: b.png, image/png, 3 bytes"],
    }
    assert (kept.is_write, kept.outcome) == (True, "ok")


def test_an_upload_whose_answer_is_lost_is_sent_once(transport, server):
    call = Call(endpoint="up", method="POST", path="/reset", files=(File(name="a", content=b"1"),))
    with pytest.raises(OutcomeUnknown):
        transport.call(call, judge)
    assert len(server.seen) == 1


# Statuses


def test_where_the_status_counts_for_nothing_the_judge_decides_alone(transport, server):
    with pytest.raises(Rejected) as caught:
        transport.call(read("/broken", status_counts=False), judge)
    assert (type(caught.value), caught.value.code, len(server.seen)) == (Rejected, "HTTP 502", 1)
    with pytest.raises(Unavailable):
        transport.call(read("/broken"), judge)
    found = transport.call(read("/broken", status_counts=False), lambda reply: reply.status)
    assert found == 502


def test_what_the_judge_finds_to_pass_is_repeated_all_the_same(transport, server):
    def passing(reply):
        raise Unavailable("Busy")

    with pytest.raises(Unavailable):
        transport.call(read("/ok", status_counts=False), passing)
    assert len(server.seen) == 3


# What is kept, and what holds for others


def test_an_answer_that_is_not_to_be_kept_is_not(transport):
    assert transport.call(read("/ok", keeps_answer=False), judge)
    (kept,) = ApiCall.objects.all()
    assert (kept.outcome, kept.http_status, kept.response) == ("ok", 200, "")


def test_a_quota_that_belongs_to_more_than_the_account_is_heeded_without_limits_of_its_own(server):
    def used_up(reply):
        raise RateLimited("Used up", quota=True, scope="app:daily", retry_after=100)

    transport, call = Transport("cj", server.url), read("/ok", limits=(Limit("app:daily"),))
    for _ in range(2):
        with pytest.raises(RateLimited) as caught:
            transport.call(call, used_up)
    assert len(server.seen) == 1
    assert caught.value.retry_after == pytest.approx(100)
    assert RateBucket.objects.get(key="app:daily").refused == 1
