"""Logins, pausing and finding accounts (accounts/services.py, accounts/logins.py)."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import logins, services
from accounts.errors import Refused
from accounts.masking import MASK
from accounts.models import LoginAttempt, PlatformAccount
from tests.factories import make_account, make_credential

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
EVERY = timedelta(minutes=5)

pytestmark = pytest.mark.django_db
Status = PlatformAccount.Status


# --- logins


def test_one_login_in_five_minutes_is_granted():
    assert logins.attempt("cj", "CJ1", now=NOW, every=EVERY) == timedelta()
    assert logins.attempt("cj", "CJ1", now=NOW + timedelta(seconds=1), every=EVERY) == timedelta(seconds=299)
    assert logins.attempt("cj", "CJ1", now=NOW + timedelta(seconds=299), every=EVERY) == timedelta(seconds=1)
    assert logins.attempt("cj", "CJ1", now=NOW + EVERY, every=EVERY) == timedelta()
    assert LoginAttempt.objects.get().tried_at == NOW + EVERY


def test_logins_of_others_do_not_count():
    assert logins.attempt("cj", "CJ1", now=NOW, every=EVERY) == timedelta()
    assert logins.attempt("cj", "CJ2", now=NOW, every=EVERY) == timedelta()
    assert logins.attempt("shopee", "CJ1", now=NOW, every=EVERY) == timedelta()


def test_a_login_that_was_given_back_can_be_tried_at_once():
    logins.attempt("cj", "CJ1", now=NOW, every=EVERY)
    logins.forget("cj", "CJ1")
    assert logins.attempt("cj", "CJ1", now=NOW, every=EVERY) == timedelta()


def test_a_stamp_from_the_future_locks_nobody_out():
    LoginAttempt.objects.create(platform="cj", subject="CJ1", tried_at=NOW + timedelta(days=400))
    assert logins.attempt("cj", "CJ1", now=NOW, every=EVERY) == timedelta()


# --- pausing


def test_an_account_is_paused_with_its_reason_once():
    account = make_account()
    assert services.ask_to_reconnect(account, "The key is wrong. Check it.") is True
    assert (account.status, account.problem) == (Status.RECONNECT, "The key is wrong. Check it.")
    assert services.ask_to_reconnect(account, "Another reason.") is False
    account.refresh_from_db()
    assert (account.status, account.problem) == (Status.RECONNECT, "The key is wrong. Check it.")


def test_the_change_stands_in_the_history_of_the_account():
    account = make_account()
    services.ask_to_reconnect(account, "The key is wrong.")
    account.refresh_from_db()
    account.mark_connected()
    assert [(row.status, row.problem) for row in account.history.all()] == [
        (Status.CONNECTED, ""),
        (Status.RECONNECT, "The key is wrong."),
        (Status.CONNECTED, ""),
    ]


def test_a_disconnected_account_stays_disconnected():
    account = make_account(status=Status.DISCONNECTED)
    assert services.ask_to_reconnect(account, "The key is wrong.") is False
    account.refresh_from_db()
    assert account.status == Status.DISCONNECTED


def test_old_tokens_do_not_pause_an_account_that_was_connected_meanwhile():
    account = make_account()
    account.mark_connected()
    known_to_a_worker = PlatformAccount.objects.get(pk=account.pk)
    account.mark_connected()
    assert services.ask_to_reconnect(known_to_a_worker, "The key is wrong.") is False
    account.refresh_from_db()
    assert account.status == Status.CONNECTED


def test_the_reason_shows_no_secret():
    account = make_account()
    services.ask_to_reconnect(account, "Refused: CJ1@api@0123456789abcdef0123456789abcdef")
    assert account.problem == f"Refused: {MASK}"


def test_disconnecting_erases_every_secret_of_the_account_and_of_no_other():
    account, other = make_account(), make_account()
    mine = make_credential(account, api_key="k", access_token="a", refresh_token="r", signing_key="s", generation=2)
    theirs = make_credential(other, api_key="k2", access_token="a2")
    services.disconnect(account, "Look there.")
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert not any((mine.api_key, mine.access_token, mine.refresh_token, mine.signing_key))
    assert mine.generation == 3
    assert theirs.access_token.reveal() == "a2"
    assert (account.status, account.problem) == (Status.DISCONNECTED, "Look there.")
    other.refresh_from_db()
    assert other.status == Status.CONNECTED


# --- finding


def test_an_account_is_found_by_number_id_and_name():
    make_account()
    account = make_account(name="Main", external_id="CJ42")
    for text in (str(account.pk), "CJ42", "Main", " Main "):
        assert services.find_account(text) == account


@pytest.mark.parametrize("text", ["", "nobody", "999999999", "9" * 40, "٣", "²", "'; --"])
def test_an_unknown_account_is_named_together_with_the_known_ones(text):
    account = make_account(name="Main")
    known = rf"Known: {account.pk} \(CJ Dropshipping · Main\)"
    with pytest.raises(Refused, match=f"There is no account.*{known}") as refusal:
        services.find_account(text)
    assert refusal.value.field == "account"


def test_with_no_account_at_all_the_next_step_is_told():
    with pytest.raises(Refused, match=r"None is connected yet: `manage.py connect` does it"):
        services.find_account("Main")


def test_a_name_of_two_accounts_is_refused():
    make_account(name="Main")
    make_account(name="Main")
    with pytest.raises(Refused, match="More than one account is called Main: give its number"):
        services.find_account("Main")


def test_only_accounts_of_the_platform_are_found():
    make_account(name="Main", platform="shopee")
    with pytest.raises(Refused, match="There is no account Main"):
        services.find_account("Main", platform="cj")
