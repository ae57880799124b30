"""Accounts through the API, against the simulator: keys go in, never out."""

import time
from typing import Any

import pytest

from accounts.models import Credential, PlatformAccount
from integrations import clock
from integrations.models import ApiCall, RateBucket, SyncJob
from tests.factories import make_account

from .support import error

ACCOUNTS = "/api/v1/accounts/"


def key_of(simulator: Any, number: int = 0) -> Any:
    return simulator.look("world")["cj"]["accounts"][number]["api_key"]


def paths(simulator: Any) -> list[str]:
    return [call["path"] for call in simulator.look("calls")["calls"]]


@pytest.fixture
def connected(api, simulator) -> PlatformAccount:
    made = api.post(f"{ACCOUNTS}connect/", {"platform": "cj", "name": "Main", "api_key": key_of(simulator)})
    assert made.status_code == 201, made.content
    return PlatformAccount.objects.get(pk=made.json()["id"])


def nothing_changed(simulator: Any) -> bool:
    rows = (PlatformAccount, Credential, SyncJob, ApiCall, RateBucket)
    return not any(model.objects.exists() for model in rows) and paths(simulator) == []


def test_an_account_is_connected_by_its_key(api, simulator):
    answer = api.post(f"{ACCOUNTS}connect/", {"platform": "cj", "name": "Main", "api_key": key_of(simulator)})
    assert answer.status_code == 201
    account = PlatformAccount.objects.get()
    assert (answer.json()["id"], account.name, account.status) == (account.pk, "Main", "connected")
    assert paths(simulator) == ["/authentication/getAccessToken", "/setting/get"]


def test_no_answer_holds_a_secret(api, simulator, connected):
    credential = connected.credentials.get()
    secrets = [key_of(simulator), credential.access_token.reveal(), credential.refresh_token.reveal()]
    addresses = [
        ACCOUNTS,
        f"{ACCOUNTS}{connected.pk}/",
        f"{ACCOUNTS}{connected.pk}/limits/",
        "/api/v1/jobs/",
        "/api/v1/exchanges/",
    ]
    addresses += [f"/api/v1/exchanges/{call.pk}/" for call in ApiCall.objects.all()]
    text = "".join(api.get(address).content.decode() for address in addresses)
    assert "Main" in text
    assert [secret for secret in secrets if secret in text] == []


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"api_key": None}, "api_key", "This field may not be null."),
        ({"api_key": ""}, "api_key", "This field may not be blank."),
        ({"api_key": 12345}, "api_key", "Not a valid string."),
        ({"api_key": "CJ1@api@" + "f" * 600}, "api_key", "Ensure this field has no more than 500 characters."),
        ({"api_key": "CJ1@api@\0"}, "api_key", "Null characters are not allowed."),
        ({"platform": "ebay"}, "platform", "Not one of the choices. Use one of: cj, shopee, tiktok."),
        ({"name": "n" * 101}, "name", "Ensure this field has no more than 100 characters."),
        ({"key": "x"}, "key", "There is no field of this name here. Known: api_key, name, platform."),
    ],
)
def test_a_wrong_answer_connects_nothing(api, simulator, change, field, message):
    body = {"platform": "cj", "name": "Main", "api_key": key_of(simulator)} | change
    answer = api.post(f"{ACCOUNTS}connect/", body)
    found = error(answer, 400)
    assert (found["field"], found["message"]) == (field, message)
    assert "@api@" not in answer.content.decode()
    assert nothing_changed(simulator)


def test_a_missing_key_is_asked_for(api, simulator):
    assert error(api.post(f"{ACCOUNTS}connect/", {"platform": "cj"}), 400)["field"] == "api_key"
    assert nothing_changed(simulator)


def test_a_token_in_the_place_of_a_key_is_refused_without_a_call(api, simulator):
    answer = api.post(f"{ACCOUNTS}connect/", {"platform": "cj", "api_key": "API@CJ1908617@CJ:eyJhbGciOi.J9.x"})
    found = error(answer, 409)
    assert (
        found["message"] == "This is an access token, not the API key. In CJ it is under My CJ > Authorization > API."
    )
    assert "eyJhbGciOi" not in answer.content.decode()
    assert nothing_changed(simulator)


def test_a_platform_that_cannot_be_connected_yet_is_refused(api, simulator):
    assert error(api.post(f"{ACCOUNTS}connect/", {"platform": "shopee", "api_key": "k"}), 409)["field"] == "platform"
    assert nothing_changed(simulator)


def test_a_wrong_key_is_told_in_words_with_the_next_step(api, simulator):
    wrong = "CJ1908617@api@" + "0" * 32
    answer = api.post(f"{ACCOUNTS}connect/", {"platform": "cj", "api_key": wrong})
    found = error(answer, 409)
    assert (found["code"], found["field"]) == ("refused", "api_key")
    assert wrong not in answer.content.decode()
    assert not PlatformAccount.objects.exists()
    assert paths(simulator) == ["/authentication/getAccessToken"]


def test_who_may_only_view_connects_nothing(reader, simulator):
    found = error(reader.post(f"{ACCOUNTS}connect/", {"platform": "cj", "api_key": key_of(simulator)}), 403)
    assert "accounts.add_platformaccount" in found["message"]
    assert nothing_changed(simulator)


def test_a_disconnected_account_holds_nothing_and_is_connected_again(api, simulator, connected):
    answer = api.post(f"{ACCOUNTS}{connected.pk}/disconnect/")
    assert (answer.status_code, answer.json()["left_to_do"]) == (200, "")
    assert answer.json()["account"]["status"] == "disconnected"
    assert not connected.credentials.get().access_token
    simulator.control("clock", advance_s=400)
    with clock.use(clock.VirtualClock(start=time.time() + 400)):  # CJ lets nobody log in twice in five minutes
        again = api.post(f"{ACCOUNTS}{connected.pk}/reconnect/", {"api_key": key_of(simulator)})
    assert again.status_code == 200, again.content
    assert again.json()["status"] == "connected"
    assert PlatformAccount.objects.count() == 1


def test_the_key_of_another_account_reconnects_nothing(api, simulator, connected):
    calls = paths(simulator)
    found = error(api.post(f"{ACCOUNTS}{connected.pk}/reconnect/", {"api_key": key_of(simulator, 1)}), 409)
    assert found["field"] == "api_key"
    assert paths(simulator) == calls


def test_a_refresh_is_queued_once(api, connected):
    first = api.post(f"{ACCOUNTS}{connected.pk}/refresh-token/")
    assert first.status_code == 202
    assert api.post(f"{ACCOUNTS}{connected.pk}/refresh-token/").json() == first.json()
    job = SyncJob.objects.get(task="integrations.custodian.refresh")
    assert (first.json(), first["Location"]) == ({"job": job.pk}, f"http://testserver/api/v1/jobs/{job.pk}/")


def test_an_account_without_a_token_refreshes_nothing(api, simulator):
    account = make_account(status="disconnected")
    found = error(api.post(f"{ACCOUNTS}{account.pk}/refresh-token/"), 409)
    assert found["message"] == "This account holds no token. Connect it first."
    assert not SyncJob.objects.exists()
    assert paths(simulator) == []


def test_limits_and_forecast_are_told(api, connected):
    limits = {limit["key"]: limit for limit in api.get(f"{ACCOUNTS}{connected.pk}/limits/").json()}
    assert limits["cj:ip"]["rate"] == 10.0
    plan = api.get(f"{ACCOUNTS}{connected.pk}/forecast/", {"calls": 5000}).json()
    assert (plan["calls"], plan["limited_by"]) == (5000, "cj:ip")
    assert 400 < plan["seconds"] < 600


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({}, "calls", "This field is required."),
        ({"calls": "0"}, "calls", "Ensure this value is greater than or equal to 1."),
        ({"calls": "many"}, "calls", "A valid integer is required."),
        ({"call": "5"}, "call", "There is no parameter of this name here. Known: calls."),
    ],
)
def test_a_wrong_plan_is_refused(api, query, field, message):
    found = error(api.get(f"{ACCOUNTS}{make_account().pk}/forecast/", query), 400)
    assert (found["field"], found["message"]) == (field, message)


@pytest.mark.parametrize("action", ["disconnect", "reconnect", "refresh-token"])
def test_an_unknown_account_is_named(api, action):
    assert error(api.post(f"{ACCOUNTS}99/{action}/", {}), 404)["message"] == "There is no account with the id “99”."


def test_a_list_of_accounts_costs_the_same_however_long(api, django_assert_num_queries):
    for _number in range(3):
        make_account()
    with django_assert_num_queries(4):  # session, user, accounts, their credentials
        api.get(ACCOUNTS)
    for _number in range(10):
        make_account()
    with django_assert_num_queries(4):
        api.get(ACCOUNTS)
