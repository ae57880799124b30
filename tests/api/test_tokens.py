"""Programs' tokens: made with a password, shown once, ended at once."""

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from knox.models import AuthToken
from rest_framework.test import APIClient

from .support import error

TOKENS = "/api/v1/tokens/"


def by_password(password: str = "a long pass phrase") -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Basic " + base64.b64encode(f"owner:{password}".encode()).decode())
    return client


def by_token(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token}")
    return client


def test_a_token_made_with_the_password_lets_a_program_in(owner):
    made = by_password().post(TOKENS, {"expires_in_days": 90})
    assert made.status_code == 201
    assert by_token(made.json()["token"]).get("/api/v1/jobs/").status_code == 200
    assert AuthToken.objects.get().expiry.date() == (timezone.now() + timedelta(days=90)).date()


def test_a_token_made_in_the_console_lives_a_month(api):
    api.post(TOKENS)
    assert AuthToken.objects.get().expiry.date() == (timezone.now() + timedelta(days=30)).date()


def test_a_token_is_shown_once(api):
    token = api.post(TOKENS).json()["token"]
    listed = api.get(TOKENS)
    assert listed.json() == [
        {"id": token[:15], "created_at": listed.json()[0]["created_at"], "expires_at": listed.json()[0]["expires_at"]}
    ]
    assert token not in listed.content.decode()


def test_a_token_begets_no_token(api):
    token = api.post(TOKENS).json()["token"]
    error(by_token(token).post(TOKENS), 401)
    assert AuthToken.objects.count() == 1


def test_an_ended_token_lets_nobody_in(api):
    made = api.post(TOKENS).json()
    assert api.delete(f"{TOKENS}{made['id']}/").status_code == 204
    error(by_token(made["token"]).get("/api/v1/jobs/"), 401)


def test_nobody_sees_or_ends_the_tokens_of_others(api):
    other, _plain = AuthToken.objects.create(User.objects.create_user("other"))
    assert api.get(TOKENS).json() == []
    body = error(api.delete(f"{TOKENS}{other.token_key}/"), 404)
    assert body["message"] == f"There is no token with the id “{other.token_key}”."
    assert AuthToken.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"expires_in_days": 0}, "expires_in_days", "Give a whole number of days from 1 on."),
        ({"expires_in_days": 366}, "expires_in_days", "Give at most 365 days."),
        ({"expires_in_days": "for ever"}, "expires_in_days", "A valid integer is required."),
        ({"days": 3}, "days", "There is no field of this name here. Known: expires_in_days."),
    ],
)
def test_a_wrong_wish_makes_no_token(api, body, field, message):
    found = error(api.post(TOKENS, body), 400)
    assert (found["field"], found["message"]) == (field, message)
    assert AuthToken.objects.count() == 0


def test_a_user_has_at_most_twenty(api, owner):
    for _number in range(20):
        AuthToken.objects.create(owner)
    assert (
        error(api.post(TOKENS), 409)["message"] == "You have 20 tokens. Delete one first: DELETE /api/v1/tokens/<id>/."
    )
    assert AuthToken.objects.count() == 20


def test_a_wrong_password_makes_no_token(owner):
    error(by_password("wrong").post(TOKENS), 401)
    assert AuthToken.objects.count() == 0
