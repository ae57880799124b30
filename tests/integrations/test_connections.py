"""Connecting and disconnecting a CJ account (integrations/connections.py, integrations/cj/tokens.py)."""

import pytest

from accounts import logins, services
from accounts.errors import Refused
from accounts.models import Credential, LoginAttempt, PlatformAccount
from accounts.secrets import Secret
from integrations import clock, connections, governor, jobs
from integrations.cj.tokens import CJTokens
from integrations.contracts import TokenPair
from integrations.errors import Unavailable
from integrations.models import ApiCall, SyncJob
from tests.factories import make_account, make_credential

from .support_tokens import (
    DAY,
    LOGIN,
    LOGOUT,
    SETTINGS,
    booked,
    called,
    connect,
    credential_of,
    fail,
    is_accepted,
    key_of,
    shared_time,
    stored_token_works,
)

pytestmark = pytest.mark.django_db
Status = PlatformAccount.Status
KEY = "CJ1234567@api@0123456789abcdef0123456789abcdef"


@pytest.fixture
def time(simulator):
    with shared_time(simulator) as ours:
        yield ours


def account_at_cj(simulator, number=0) -> dict:
    return simulator.look("world")["cj"]["accounts"][number]


# --- a new account


def test_a_connected_account_has_its_tokens_its_facts_and_its_limits(simulator, time):
    account = connect(simulator)
    theirs = account_at_cj(simulator)
    assert account.status == Status.CONNECTED
    assert (account.name, account.external_id) == ("Main", theirs["api_key"].partition("@")[0])
    assert account.connected_at is not None
    credential = credential_of(account)
    assert credential.api_key == Secret(theirs["api_key"])
    assert is_accepted(simulator, credential.access_token.reveal())
    assert 14.9 * DAY < credential.access_expires_at.timestamp() - clock.now() <= 15 * DAY
    assert 179.9 * DAY < credential.refresh_expires_at.timestamp() - clock.now() <= 180 * DAY
    assert credential.signing_key
    assert booked(simulator) == {"logins": 1}
    assert any(state.key == governor.account_key(account) for state in governor.state(account))


def test_the_open_id_is_kept_sealed_and_shown_nowhere(simulator, time):
    account = connect(simulator)
    open_id = credential_of(account).signing_key.reveal()
    assert open_id.isdigit()
    shown = repr([account.external_id, account.name, account.facts, account.level])
    shown += "".join(call.request + call.response + call.url for call in ApiCall.objects.all())
    assert open_id not in shown


def test_without_a_name_the_platforms_own_name_is_taken(simulator, time):
    account = connect(simulator, name="")
    assert account.name
    assert account.name != account.external_id


def test_the_level_is_read_and_the_rate_follows_it(simulator):
    simulator.reset(limits=True)
    with shared_time(simulator):
        rates = set()
        for number, theirs in enumerate(simulator.look("world")["cj"]["accounts"][:3]):
            account = connect(simulator, number, name=f"Account {number}")
            [rate] = [state.rate for state in governor.state(account) if state.key == governor.account_key(account)]
            assert rate == theirs["rps"]
            rates.add(rate)
    assert len(rates) > 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("", "Enter the API key. In CJ it is under My CJ > Authorization > API."),
        ("   \n", "Enter the API key."),
        ("CJ1@api@" + "f" * 200, "The API key may have at most 200 characters, this has 208."),
        ("CJ1@api@ab cd", "An API key holds no blanks and no special letters."),
        ("CJ1@api@é", "An API key holds no blanks and no special letters."),
        ("CJ1@api@\x00", "An API key holds no blanks and no special letters."),
        ("API@CJ123@CJ:eyJhbGciOiJIUzI1NiJ9.abc.def", "This is an access token, not the API key."),
    ],
)
def test_what_can_not_be_a_key_is_refused_before_any_call(simulator, key, said):
    with pytest.raises(Refused) as refusal:
        connections.connect("cj", api_key=key)
    assert said in str(refusal.value)
    assert refusal.value.field == "api_key"
    assert simulator.look("calls")["calls"] == []
    assert not PlatformAccount.objects.exists()
    assert not LoginAttempt.objects.exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda key: key[:-4] + "0000", "CJ says that the API key is wrong."),
        (lambda key: KEY, "CJ knows no user for this API key."),
        (lambda key: "somebody@example.test", "CJ knows no user for this API key."),
    ],
)
def test_a_wrong_key_is_refused_in_words_with_the_next_step(simulator, time, change, said):
    with pytest.raises(Refused) as refusal:
        connections.connect("cj", api_key=change(key_of(simulator)), name="Main")
    assert str(refusal.value).startswith(said)
    assert "My CJ > Authorization > API" in str(refusal.value)
    assert "connect again" in str(refusal.value)
    assert refusal.value.field == "api_key"
    assert not PlatformAccount.objects.exists()
    assert not Credential.objects.exists()


def test_after_a_wrong_key_the_right_one_can_be_given_at_once(simulator, time):
    with pytest.raises(Refused):
        connections.connect("cj", api_key=key_of(simulator)[:-4] + "0000")
    assert connect(simulator).is_connected


@pytest.mark.parametrize("code", [1600001, 1600004, 1600006, 1600007, 1600008, 1600012, 1600100])
def test_every_documented_refusal_of_a_login_is_a_refusal_of_the_key(simulator, time, code):
    fail(simulator, LOGIN, code=code, message="No.")
    with pytest.raises(Refused) as refusal:
        connect(simulator)
    assert refusal.value.field == "api_key"
    assert not PlatformAccount.objects.exists()


def test_an_unknown_platform_is_refused_with_the_known_ones(simulator):
    with pytest.raises(Refused, match=r"ebay can't be connected\. Known: cj, shopee\.") as refusal:
        connections.connect("ebay", api_key=KEY)
    assert refusal.value.field == "platform"


def test_a_name_that_is_too_long_is_refused_before_any_call(simulator):
    with pytest.raises(Refused, match="The name has 101 characters; it may have at most 100") as refusal:
        connect(simulator, name="n" * 101)
    assert refusal.value.field == "name"
    assert simulator.look("calls")["calls"] == []


# --- the same account again


def test_the_same_key_again_needs_no_login_and_makes_no_second_account(simulator, time):
    first = connect(simulator, name="Main")
    again = connect(simulator, name="New name")
    assert again == first
    assert PlatformAccount.objects.get().name == "New name"
    assert booked(simulator) == {"logins": 1}
    assert called(simulator, LOGIN) == 1


def test_a_new_key_of_a_known_account_takes_the_old_ones_place(simulator, time):
    account = connect(simulator)
    credential = credential_of(account)
    credential.api_key = Secret("CJ1@api@thekeybefore")
    credential.save()
    time.sleep(400)
    again = connect(simulator, name="")
    assert again == account
    assert credential_of(account).api_key == Secret(key_of(simulator))
    assert booked(simulator) == {"logins": 2}


def test_an_account_known_by_its_open_id_is_the_same_account(simulator, time):
    account = connect(simulator)
    PlatformAccount.objects.update(external_id="cj-0123456789abcdef")  # a key of another form told no number
    Credential.objects.update(api_key=Secret("another"))
    time.sleep(400)
    assert connect(simulator) == account
    assert PlatformAccount.objects.count() == 1


def test_connecting_again_heals_a_paused_account_and_wakes_its_jobs(simulator, time):
    account = connect(simulator)
    services.ask_to_reconnect(account, "Check the key.")
    waiting = jobs.enqueue("integrations.connections.refresh_settings", key="x", account=account, account_id=account.pk)
    SyncJob.objects.filter(pk=waiting.pk).update(error_kind="AuthRequired", due_at="2100-01-01T00:00Z")
    time.sleep(400)
    assert connect(simulator, account=account) == account
    account.refresh_from_db()
    assert (account.status, account.problem) == (Status.CONNECTED, "")
    assert jobs.work().done == 1


def test_jobs_that_wait_for_something_else_are_not_woken(simulator, time):
    account = connect(simulator)
    services.ask_to_reconnect(account, "Check the key.")
    later = jobs.enqueue(
        "integrations.connections.refresh_settings", key="x", account=account, delay=3600, account_id=account.pk
    )
    time.sleep(400)
    connect(simulator, account=account)
    assert jobs.work().total == 0
    later.refresh_from_db()
    assert later.state == SyncJob.State.QUEUED


def test_another_accounts_key_is_refused_by_name_before_any_call(simulator, time):
    account = connect(simulator)
    services.ask_to_reconnect(account, "Check the key.")
    before = called(simulator, LOGIN)
    other = key_of(simulator, 1)
    with pytest.raises(Refused) as refusal:
        connections.connect("cj", api_key=other, account=account)
    number = other.partition("@")[0]
    assert f"This key belongs to another account ({number}), not to Main." in str(refusal.value)
    assert other not in str(refusal.value)
    assert called(simulator, LOGIN) == before
    account.refresh_from_db()
    assert account.status == Status.RECONNECT


def test_the_stored_key_of_another_account_is_refused_by_its_name(simulator, time):
    account = connect(simulator)
    connect(simulator, 1, name="Other")
    PlatformAccount.objects.filter(pk=account.pk).update(external_id="cj-0123")  # shows no number
    account.refresh_from_db()
    with pytest.raises(Refused, match=r"another account \(Other\), not to Main"):
        connections.connect("cj", api_key=key_of(simulator, 1), account=account)


def test_an_account_whose_sealing_key_is_lost_can_be_connected_again(simulator, time, settings):
    account = connect(simulator)
    settings.CREDENTIAL_KEYS = ["YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="]
    time.sleep(400)
    assert connect(simulator) == account
    assert stored_token_works(simulator, account)


# --- logins are scarce


def test_after_a_login_whose_answer_was_lost_the_wait_is_told_and_then_it_works(simulator, time):
    fail(simulator, LOGIN, when="after", cut=True)
    with pytest.raises(Refused, match=r"The answer to the login was lost.*try again in 310 s") as refusal:
        connect(simulator)
    assert refusal.value.field == "api_key"
    with pytest.raises(Refused, match=r"Somebody logged in to this account a moment ago.*try again in \d+ s"):
        connect(simulator)
    assert called(simulator, LOGIN) == 1
    time.sleep(311)
    assert connect(simulator).is_connected
    assert called(simulator, LOGIN) == 2


def test_when_the_platform_counts_a_login_that_we_know_nothing_of_the_wait_is_told(simulator, time):
    fail(simulator, LOGIN, code=1600200, message="Too Many Requests")
    with pytest.raises(Refused, match=r"try again in 310 s"):
        connect(simulator)
    assert not PlatformAccount.objects.exists()
    time.sleep(311)
    assert connect(simulator).is_connected


def test_a_platform_out_of_reach_changes_nothing_and_costs_no_wait(simulator, time, settings):
    settings.CJ_BASE_URL = "http://127.0.0.1:9"
    with pytest.raises(Unavailable, match="cannot be reached"):
        connect(simulator)
    assert not PlatformAccount.objects.exists()
    settings.CJ_BASE_URL = simulator.url
    assert connect(simulator).is_connected


def test_who_comes_a_moment_late_takes_over_what_another_connects_however_slow_the_database_is(
    simulator, time, monkeypatch
):
    attempt = logins.attempt

    def slow_attempt(*args, **kwargs):
        monkeypatch.setattr(logins, "attempt", attempt)
        connect(simulator)  # another process was quicker, and is done
        wait = attempt(*args, **kwargs)
        clock.sleep(5)  # the answer waited for a lock
        return wait

    monkeypatch.setattr(logins, "attempt", slow_attempt)
    began = clock.now()
    account = connect(simulator)
    assert account.status == Status.CONNECTED
    assert clock.now() - began < 6
    assert booked(simulator) == {"logins": 1}


def test_settings_that_can_not_be_read_do_not_cost_the_login(simulator, time):
    fail(simulator, SETTINGS, status=503, times=10)
    account = connect(simulator)
    assert account.is_connected
    job = SyncJob.objects.get(key=f"settings:{account.pk}")
    simulator.control("faults", clear=True)
    jobs.run(job.pk)
    assert stored_token_works(simulator, account)
    job.refresh_from_db()
    account.refresh_from_db()
    assert job.state == SyncJob.State.DONE
    assert account.facts
    assert booked(simulator) == {"logins": 1}


# --- disconnecting


def test_disconnecting_logs_out_and_erases_everything(simulator, time):
    account = connect(simulator)
    token = credential_of(account).access_token.reveal()
    assert connections.disconnect(account) == ""
    account.refresh_from_db()
    credential = credential_of(account)
    assert (account.status, account.problem) == (Status.DISCONNECTED, "")
    assert not any((credential.api_key, credential.access_token, credential.refresh_token, credential.signing_key))
    assert not is_accepted(simulator, token)
    assert booked(simulator) == {"logins": 1, "logouts": 1}


@pytest.mark.parametrize("fault", [{"status": 500}, {"cut": True}, {"code": 1600000}])
def test_a_logout_that_fails_erases_ours_and_says_what_is_left(simulator, time, fault):
    account = connect(simulator)
    fail(simulator, LOGOUT, **fault)
    left = connections.disconnect(account)
    assert left.startswith("The tokens are erased here, but CJ Dropshipping did not confirm the logout")
    assert "generate a new API key there" in left
    account.refresh_from_db()
    assert (account.status, account.problem) == (Status.DISCONNECTED, left)
    assert not credential_of(account).refresh_token


def test_disconnecting_with_a_dead_token_leaves_nothing_to_do(simulator, time):
    account = connect(simulator)
    time.sleep(16 * DAY)
    assert connections.disconnect(account) == ""


def test_disconnecting_twice_is_harmless(simulator, time):
    account = connect(simulator)
    connections.disconnect(account)
    assert connections.disconnect(account) == ""
    assert booked(simulator) == {"logins": 1, "logouts": 1}


def test_a_disconnected_account_can_be_connected_again(simulator, time):
    account = connect(simulator)
    connections.disconnect(account)
    time.sleep(311)
    assert connect(simulator) == account
    assert stored_token_works(simulator, account)


def test_an_account_without_tokens_can_be_disconnected():
    account = make_account()
    assert connections.disconnect(account) == ""
    assert account.status == Status.DISCONNECTED


def test_a_lost_sealing_key_does_not_prevent_disconnecting(simulator, time, settings):
    account = connect(simulator)
    settings.CREDENTIAL_KEYS = ["YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXowMTIzNDU="]
    left = connections.disconnect(account)
    assert "did not confirm the logout" in left
    assert not credential_of(account).access_token


# --- who an account is


def pair(**said) -> TokenPair:
    return TokenPair(**{"access_token": Secret("f59ac98193d64d62"), "refresh_token": Secret("f7edabe65c3b4a19")} | said)


@pytest.mark.parametrize(
    ("key", "said", "identity"),
    [
        ("CJ1234567@api@0123", {}, "CJ1234567"),
        ("cj1234567@API@0123", {}, "CJ1234567"),
        ("0123456789abcdef", {"access_token": Secret("API@CJ7654321@CJ:eyJ.x.y")}, "CJ7654321"),
    ],
)
def test_an_account_is_known_by_its_number(key, said, identity):
    assert CJTokens().identify(key, pair(**said)) == identity


def test_without_a_number_an_account_is_known_by_a_digest_of_its_open_id():
    issuer = CJTokens()
    first = issuer.identify("0123456789abcdef", pair(signing_key=Secret("123456789")))
    assert first == issuer.identify("a new key", pair(signing_key=Secret("123456789")))
    assert first != issuer.identify("0123456789abcdef", pair(signing_key=Secret("123456780")))
    assert "123456789" not in first
    assert len(first) <= 64


def test_accounts_of_other_platforms_are_never_taken_for_this_one(simulator, time):
    theirs = make_account(platform="shopee", external_id=key_of(simulator).partition("@")[0])
    make_credential(theirs, api_key=key_of(simulator))
    account = connect(simulator)
    assert account != theirs
    assert account.platform == "cj"
