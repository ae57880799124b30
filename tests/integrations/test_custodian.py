"""One refresh at a time, ahead of its time, and no crash locks anybody out (integrations/custodian.py)."""

from datetime import datetime, timedelta

import pytest
from django.db import connection

from accounts import services
from accounts.models import LoginAttempt, PlatformAccount
from accounts.secrets import Secret
from integrations import clock, custodian, jobs
from integrations.contracts import TokenPair
from integrations.errors import AuthRequired, RateLimited, TokenExpired
from integrations.models import ApiCall, Lane, SyncJob
from tests.factories import make_account, make_credential

from .support_tokens import (
    DAY,
    LOGIN,
    REFRESH,
    booked,
    called,
    connect,
    credential_of,
    fail,
    is_accepted,
    shared_time,
    stored_token_works,
)

pytestmark = pytest.mark.django_db
Status = PlatformAccount.Status


@pytest.fixture
def time(simulator):
    with shared_time(simulator) as ours:
        yield ours


@pytest.fixture
def account(simulator, time):
    """A CJ account that was connected a moment ago."""
    return connect(simulator)


def refresh_until_done(credential_id: int, *, within: float = 1200) -> None:
    """Do what workers do: run the refresh, and again after as long as it asks for."""
    until = clock.now() + within
    while True:
        assert clock.now() < until, "It never ends."
        try:
            return custodian.refresh(credential_id)
        except jobs.Again as again:
            clock.sleep(again.seconds)
        except RateLimited as limited:  # five refreshes a minute
            clock.sleep(limited.retry_after or 1)


# --- asking for a token


def test_a_fresh_token_is_returned_without_a_call(account, simulator):
    before = len(simulator.look("calls")["calls"])
    token = custodian.access_token(credential_of(account))
    assert is_accepted(simulator, token.reveal())
    assert len(simulator.look("calls")["calls"]) == before + 1  # the line above
    assert not SyncJob.objects.exists()


def test_an_expired_token_queues_one_refresh_however_many_ask(account, time, simulator):
    time.sleep(15 * DAY)
    for _ in range(5):
        with pytest.raises(TokenExpired) as refusal:
            custodian.access_token(credential_of(account))
    assert refusal.value.retry_after == 3
    job = SyncJob.objects.get()
    credential = credential_of(account)
    assert (job.key, job.lane, job.runs_while_paused) == (f"token:{credential.pk}", Lane.URGENT, True)
    assert job.kwargs == {"credential_id": credential.pk, "generation": 1}
    assert booked(simulator) == {"logins": 1}


def test_a_worker_renews_the_token_and_the_old_one_ends(account, time, simulator):
    old = credential_of(account)
    time.sleep(15 * DAY)
    with pytest.raises(TokenExpired):
        custodian.access_token(credential_of(account))
    jobs.work()
    fresh = credential_of(account)
    assert booked(simulator) == {"logins": 1, "refreshes": 1}
    assert fresh.generation == 2
    assert fresh.access_token != old.access_token
    assert fresh.refresh_token != old.refresh_token
    assert (fresh.refresh_claim, fresh.refresh_claimed_until) == ("", None)
    assert is_accepted(simulator, custodian.access_token(fresh).reveal())
    assert not is_accepted(simulator, old.access_token.reveal())
    assert (fresh.signing_key, fresh.api_key) == (old.signing_key, old.api_key)  # openId is absent from a refresh


def test_a_token_that_ends_within_the_minute_is_not_sent(account, time):
    credential = credential_of(account)
    left = credential.access_expires_at.timestamp() - clock.now()
    time.sleep(left - 61)
    assert custodian.access_token(credential)
    time.sleep(2)
    with pytest.raises(TokenExpired):
        custodian.access_token(credential)


def test_a_caller_with_an_old_record_gets_the_pair_that_another_has_stored(account, time):
    known_for_long = credential_of(account)
    time.sleep(15 * DAY)
    custodian.refresh(known_for_long.pk)
    assert custodian.access_token(known_for_long) == credential_of(account).access_token
    assert known_for_long.generation == 2
    assert not SyncJob.objects.exists()


def test_a_paused_account_says_why_instead_of_asking_for_a_refresh(account, time):
    services.ask_to_reconnect(account, "The key is wrong. Check it.")
    time.sleep(15 * DAY)
    with pytest.raises(AuthRequired, match=r"^The key is wrong\. Check it\.$"):
        custodian.access_token(credential_of(account))
    assert not SyncJob.objects.exists()


def test_an_account_without_any_secret_has_to_be_connected():
    credential = make_credential(make_account(name="Main"))
    with pytest.raises(AuthRequired, match=r"Main is not connected\. Connect it again\."):
        custodian.access_token(credential)


# --- when it is time


@pytest.mark.parametrize(("days", "queued"), [(0, 0), (11.9, 0), (12.1, 1), (15, 1), (400, 1)])
def test_a_refresh_is_queued_in_the_last_fifth_of_the_printed_life(account, time, days, queued):
    time.sleep(days * DAY)  # CJ prints 15 days
    assert len(custodian.refresh_due()) == queued
    assert SyncJob.objects.filter(key__startswith="token:").count() == queued


def test_a_refresh_ahead_of_time_leaves_nobody_without_a_token(account, time, simulator):
    time.sleep(13 * DAY)
    custodian.refresh_due()
    assert custodian.access_token(credential_of(account))  # the old one serves until the new one is there
    jobs.work()
    assert stored_token_works(simulator, account)
    assert custodian.refresh_due() == []


def test_only_connected_accounts_are_refreshed(account, time):
    time.sleep(15 * DAY)
    services.ask_to_reconnect(account, "Check the key.")
    assert custodian.refresh_due() == []


def test_only_the_account_that_is_asked_for_is_refreshed(account, time, simulator):
    other = connect(simulator, 1, name="Other")
    time.sleep(15 * DAY)
    [job] = custodian.refresh_due(other)
    assert job.account == other


def test_a_token_without_a_printed_expiry_is_used_until_the_platform_says_no(account, time, simulator):
    credential = credential_of(account)
    credential.access_expires_at = None
    credential.save()
    time.sleep(400 * DAY)
    assert custodian.access_token(credential) == credential.access_token
    assert custodian.refresh_due() == []
    custodian.note_dead(credential, credential.generation)
    with pytest.raises(TokenExpired):
        custodian.access_token(credential)


def test_an_expiry_that_was_past_when_printed_is_not_believed(account):
    credential = credential_of(account)
    past = custodian.now() - timedelta(days=1)
    pair = TokenPair(access_token=Secret("a" * 20), refresh_token=Secret("r" * 20), access_expires_at=past)
    assert custodian.store(credential, pair)
    assert credential.access_expires_at is None
    assert custodian.access_token(credential) == Secret("a" * 20)


def test_a_short_lived_token_is_not_due_at_once(account, time):
    credential = credential_of(account)
    ends = custodian.now() + timedelta(hours=4)
    pair = TokenPair(access_token=Secret("a" * 20), refresh_token=Secret("r" * 20), access_expires_at=ends)
    custodian.store(credential, pair)
    assert custodian.refresh_due() == []
    time.sleep(3.3 * 3600)
    assert len(custodian.refresh_due()) == 1


# --- a token that died early


def test_a_token_that_the_platform_refused_is_dead_for_everybody(account, time, simulator):
    credential = credential_of(account)
    custodian.note_dead(credential, credential.generation)
    with pytest.raises(TokenExpired):
        custodian.access_token(credential_of(account))
    jobs.work()
    assert booked(simulator) == {"logins": 1, "refreshes": 1}
    assert stored_token_works(simulator, account)


def test_news_of_an_old_token_changes_nothing(account, time):
    stale = credential_of(account)
    time.sleep(15 * DAY)
    custodian.refresh(stale.pk)
    custodian.note_dead(stale, 1)
    assert custodian.access_token(credential_of(account))
    assert stale.generation == 2  # read again: the caller goes on with the new token
    assert not SyncJob.objects.exists()


def test_a_person_may_have_a_pair_renewed_ahead_of_its_time_once(account, simulator):
    credential = credential_of(account)
    custodian.request_refresh(credential)
    custodian.request_refresh(credential)
    jobs.work()
    custodian.refresh(credential.pk, credential.generation)  # somebody asked about the old pair
    assert booked(simulator) == {"logins": 1, "refreshes": 1}
    assert credential_of(account).generation == 2


# --- one at a time


def test_while_one_refreshes_another_waits_and_sends_nothing(account, time, simulator):
    time.sleep(15 * DAY)
    credential = credential_of(account)
    claim = custodian._claim(credential.pk)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    assert called(simulator, REFRESH) == 0
    custodian._release(credential.pk, claim)
    custodian.refresh(credential.pk)
    assert booked(simulator) == {"logins": 1, "refreshes": 1}


def test_who_comes_late_finds_the_work_done(account, time, simulator):
    time.sleep(15 * DAY)
    for _ in range(5):
        custodian.refresh(credential_of(account).pk)
    assert booked(simulator) == {"logins": 1, "refreshes": 1}


def test_a_pair_that_comes_too_late_does_not_replace_a_newer_one(account, time):
    time.sleep(15 * DAY)
    slow = credential_of(account)
    claim = custodian._claim(slow.pk)
    time.sleep(custodian.CLAIM.total_seconds() + 1)
    custodian.refresh(slow.pk)  # the claim has run out
    newer = credential_of(account)
    late = TokenPair(access_token=Secret("late" * 5), refresh_token=Secret("late" * 5))
    assert custodian.store(slow, late, claim=claim) is False
    assert credential_of(account).access_token == newer.access_token


def test_a_pair_that_comes_after_a_disconnection_is_not_stored(account):
    credential = credential_of(account)
    claim = custodian._claim(credential.pk)
    services.disconnect(account)
    late = TokenPair(access_token=Secret("late" * 5), refresh_token=Secret("late" * 5))
    assert custodian.store(credential, late, claim=claim) is False
    assert not credential_of(account).access_token
    custodian.refresh(credential.pk)
    assert not credential_of(account).access_token


def test_a_claim_from_the_future_locks_nobody_out(account, time, simulator):
    time.sleep(15 * DAY)
    credential = credential_of(account)
    credential.refresh_claim, credential.refresh_claimed_until = "another", custodian.now() + timedelta(days=365)
    credential.save()
    custodian.refresh(credential.pk)
    assert stored_token_works(simulator, account)


def test_a_claim_made_while_we_waited_for_the_database_is_not_taken_over(account, time):
    time.sleep(15 * DAY)
    credential = credential_of(account)
    # We read the clock, waited for the lock, and meanwhile another claimed: its claim ends later than ours would.
    credential.refresh_claim = "another"
    credential.refresh_claimed_until = custodian.now() + custodian.CLAIM + timedelta(seconds=30)
    credential.save()
    assert custodian._claim(credential.pk) == ""
    assert credential_of(account).refresh_claim == "another"


# --- the refresh token is dead


def kill_refresh_token(account):
    """Let the stored refresh token be one that the platform knows nothing of."""
    credential = credential_of(account)
    credential.refresh_token, credential.access_expires_at = Secret("0123456789abcdef" * 2), custodian.now()
    credential.save()
    return credential


def test_with_a_dead_refresh_token_one_login_by_key_helps(account, time, simulator):
    kill_refresh_token(account)
    time.sleep(311)
    custodian.refresh(credential_of(account).pk)
    assert booked(simulator) == {"logins": 2}
    assert called(simulator, REFRESH) == 1
    assert stored_token_works(simulator, account)
    account.refresh_from_db()
    assert account.status == Status.CONNECTED


def test_a_login_waits_until_five_minutes_are_over_since_the_last(account, time, simulator):
    credential = kill_refresh_token(account)
    time.sleep(100)
    with pytest.raises(jobs.Again) as again:
        custodian.refresh(credential.pk)
    assert 205 < again.value.seconds <= 211
    assert called(simulator, LOGIN) == 1
    time.sleep(again.value.seconds - 5)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    assert called(simulator, LOGIN) == 1
    refresh_until_done(credential.pk)
    assert booked(simulator) == {"logins": 2}
    assert stored_token_works(simulator, account)


def test_when_the_key_is_refused_too_the_account_asks_to_be_connected_again(account, time, simulator):
    credential = kill_refresh_token(account)
    credential.api_key = Secret(credential.api_key.reveal()[:-4] + "0000")
    credential.save()
    time.sleep(311)
    custodian.request_refresh(credential)
    jobs.work()
    account.refresh_from_db()
    assert account.status == Status.RECONNECT
    assert "CJ says that the API key is wrong." in account.problem
    assert "My CJ > Authorization > API" in account.problem
    assert "1600" not in account.problem.split("(")[0]
    assert called(simulator, LOGIN) == 2
    assert SyncJob.objects.get(key=f"token:{credential.pk}").state == SyncJob.State.DONE
    custodian.refresh(credential.pk)  # no loop: nobody tries again before a person has acted
    assert custodian.refresh_due() == []
    assert called(simulator, LOGIN) == 2


def test_jobs_of_an_account_that_asks_to_be_connected_are_held(account, time, simulator):
    services.ask_to_reconnect(account, "Check the key.")
    jobs.enqueue("integrations.connections.refresh_settings", key="x", account=account, account_id=account.pk)
    assert jobs.work().total == 0
    assert SyncJob.objects.get(key="x").state == SyncJob.State.QUEUED


def test_without_a_key_a_dead_refresh_token_needs_a_person(account, time, simulator):
    credential = kill_refresh_token(account)
    credential.api_key = Secret("")
    credential.save()
    custodian.refresh(credential.pk)
    account.refresh_from_db()
    assert account.status == Status.RECONNECT
    assert called(simulator, LOGIN) == 1


# --- answers that are lost, and platforms that are down


def test_a_lost_answer_is_followed_by_the_old_token_and_then_by_one_login(account, time, simulator):
    time.sleep(15 * DAY)
    fail(simulator, REFRESH, when="after", cut=True)
    credential = credential_of(account)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    assert credential_of(account).refresh_token == credential.refresh_token  # kept until a new pair is stored
    refresh_until_done(credential.pk)
    assert booked(simulator) == {"logins": 2, "refreshes": 1, "refreshes_refused": 1}
    assert stored_token_works(simulator, account)


def test_a_refresh_that_never_arrived_is_repeated_with_the_old_token(account, time, simulator):
    time.sleep(15 * DAY)
    fail(simulator, REFRESH, when="before", cut=True)
    refresh_until_done(credential_of(account).pk)
    assert booked(simulator) == {"logins": 1, "refreshes": 1}
    assert stored_token_works(simulator, account)


@pytest.mark.parametrize("mutate", ["not_json", "html", "empty", "truncated", "null_data", "no_envelope"])
def test_an_answer_that_can_not_be_read_is_a_lost_answer(account, time, simulator, mutate):
    time.sleep(15 * DAY)
    fail(simulator, REFRESH, when="after", mutate=mutate)
    refresh_until_done(credential_of(account).pk)
    assert booked(simulator)["logins"] == 2
    assert stored_token_works(simulator, account)


@pytest.mark.parametrize(
    "fault", [{"status": 500}, {"status": 503}, {"code": 1600000}, {"code": 1600200}, {"code": 1600301}]
)
def test_a_platform_that_is_down_or_busy_pauses_nothing(account, time, simulator, fault):
    time.sleep(15 * DAY)
    fail(simulator, REFRESH, times=2, **fault)
    custodian.request_refresh(credential_of(account))
    jobs.work(patience=600)
    assert stored_token_works(simulator, account)
    account.refresh_from_db()
    assert account.status == Status.CONNECTED
    assert booked(simulator).get("logins") == 1


def test_a_platform_that_is_out_of_reach_pauses_nothing(account, time, simulator, settings):
    time.sleep(15 * DAY)
    settings.CJ_BASE_URL = "http://127.0.0.1:9"
    custodian.request_refresh(credential_of(account))
    jobs.work()
    job = SyncJob.objects.get(key__startswith="token:")
    assert (job.state, job.error_kind) == (SyncJob.State.QUEUED, "Unavailable")
    settings.CJ_BASE_URL = simulator.url
    time.sleep(120)
    jobs.work()
    assert booked(simulator) == {"logins": 1, "refreshes": 1}


# --- killed at any moment


class Killed(BaseException):
    """Nothing of this process reaches the database any more."""


def dies_after(statements: int):
    left = statements

    def run(execute, sql, params, many, context):
        nonlocal left
        if left <= 0:
            raise Killed
        left -= 1
        return execute(sql, params, many, context)

    return run


def survived(account, simulator) -> None:
    refresh_until_done(credential_of(account).pk)
    assert stored_token_works(simulator, account)
    account.refresh_from_db()
    assert account.status == Status.CONNECTED
    assert "refusals" not in booked(simulator)  # no limit was hit: five refreshes a minute, one login in five


@pytest.mark.django_db(transaction=True)
def test_killed_after_any_statement_of_a_refresh_nobody_is_locked_out(account, time, simulator):
    statements, deaths = 0, 0
    while True:
        time.sleep(15 * DAY)
        began = clock.now()
        try:
            with connection.execute_wrapper(dies_after(statements)):
                custodian.refresh(credential_of(account).pk)
            break  # it lives longer than the work lasts
        except Killed:
            deaths += 1
        time.sleep(custodian.CLAIM.total_seconds() + 1)
        survived(account, simulator)
        assert clock.now() - began < 1200
        statements += 1
    assert deaths >= 8
    assert booked(simulator)["refreshes"] + booked(simulator)["logins"] >= deaths


@pytest.mark.django_db(transaction=True)
def test_killed_after_any_statement_of_a_login_nobody_is_locked_out(account, time, simulator):
    statements, deaths = 0, 0
    while True:
        time.sleep(400)
        kill_refresh_token(account)
        try:
            with connection.execute_wrapper(dies_after(statements)):
                custodian.refresh(credential_of(account).pk)
            break
        except Killed:
            deaths += 1
        time.sleep(custodian.CLAIM.total_seconds() + 1)
        survived(account, simulator)
        statements += 1
    assert deaths >= 12
    assert LoginAttempt.objects.count() == 1


# --- what is written down


def test_the_exchanges_of_a_refresh_are_kept_without_their_tokens(account, time):
    time.sleep(15 * DAY)
    old = credential_of(account)
    custodian.refresh(old.pk)
    fresh = credential_of(account)
    call = ApiCall.objects.filter(endpoint=REFRESH).get()
    assert call.outcome == ApiCall.Outcome.OK
    for secret in (old.refresh_token, fresh.access_token, fresh.refresh_token):
        assert secret.reveal() not in call.request + call.response
    assert isinstance(fresh.obtained_at, datetime)
