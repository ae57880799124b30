"""connect, disconnect and refresh_tokens on the command line: exit codes, one clear line, JSON for machines."""

import io
import json
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError, OutputWrapper

from accounts import services
from accounts.errors import Refused
from accounts.models import PlatformAccount
from integrations import jobs
from integrations.management.waiting import Follower
from integrations.models import SyncJob
from tests.factories import make_account
from tests.support_secrets import assert_no_secret

from .support_tokens import (
    DAY,
    LOGIN,
    LOGOUT,
    REFRESH,
    booked,
    called,
    connect,
    credential_of,
    fail,
    key_of,
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
def run(capsys):
    """Run a command and return its exit code, its output and its errors."""

    def run(*args: object) -> tuple[int, str, str]:
        capsys.readouterr()
        try:
            call_command(*map(str, args))
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture
def key_file(simulator, tmp_path):
    file = tmp_path / "key"
    file.write_text(key_of(simulator) + "\n")
    return file


class Stdin(io.TextIOWrapper):
    """What stands before the command: a pipe or a person."""

    def __init__(self, content: bytes = b"", *, terminal: bool = False) -> None:
        super().__init__(io.BytesIO(content))
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal


# --- connect


def test_connect_by_a_file_tells_what_is_connected(run, key_file, time):
    code, out, err = run("connect", "cj", "--name", "Main", "--key-file", key_file)
    account = PlatformAccount.objects.get()
    assert (code, err) == (0, "")
    assert out.startswith(f"Connected CJ Dropshipping · Main. Its number here is {account.pk}.")
    assert account.is_connected


def test_connect_answers_machines_with_one_object(run, key_file, time, simulator):
    code, out, _err = run("connect", "cj", "--name", "Main", "--key-file", key_file, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["platform"], told["name"], told["status"]) == ("cj", "Main", "connected")
    assert told["account"] == PlatformAccount.objects.get().pk
    credential = credential_of(PlatformAccount.objects.get())
    secrets = [key_of(simulator), credential.access_token.reveal(), credential.refresh_token.reveal()]
    assert_no_secret(secrets, out)


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_connect_reads_the_key_from_the_standard_input(run, simulator, time, monkeypatch, prefix):
    monkeypatch.setattr(sys, "stdin", Stdin(prefix + key_of(simulator).encode() + b"\r\n"))
    assert run("connect", "cj", "--key-stdin")[0] == 0


def test_connect_asks_a_person_for_the_key_without_showing_it(run, simulator, time, monkeypatch):
    asked = []
    monkeypatch.setattr(sys, "stdin", Stdin(terminal=True))
    monkeypatch.setattr(
        "integrations.management.commands.connect.getpass", lambda text: asked.append(text) or key_of(simulator)
    )
    assert run("connect", "cj")[0] == 0
    assert asked == ["API key (not shown): "]


def test_connect_takes_the_key_as_an_argument_too(run, simulator, time):
    assert run("connect", "cj", "--api-key", key_of(simulator))[0] == 0


def test_connect_again_heals_the_account_that_is_named(run, key_file, time, simulator):
    account = connect(simulator)
    services.ask_to_reconnect(account, "Check the key.")
    time.sleep(311)
    assert run("connect", "cj", "--account", "Main", "--key-file", key_file)[0] == 0
    account.refresh_from_db()
    assert account.is_connected


def test_an_account_is_found_by_name_and_where_there_is_none_the_way_to_one_is_told(db):
    with pytest.raises(Refused, match=r"no account Main\. None is connected yet: `manage.py connect` does it\."):
        services.find_account("Main")
    account = make_account(name="Main")
    assert services.find_account(" Main ") == account
    with pytest.raises(Refused, match=f"There is no account other. Known: {account.pk}"):
        services.find_account("other")


@pytest.mark.parametrize(
    ("args", "field", "said"),
    [
        (["connect", "ebay", "--api-key", "x"], "platform", "ebay can't be connected. Known: cj, shopee."),
        (["connect", "shopee", "--api-key", "x"], "api_key", "No API key is taken here"),
        (["connect", "shopee"], "app", "Say by which app. Known: none."),
        (["connect", "cj", "--api-key", ""], "api_key", "Enter the API key."),
        (["connect", "cj", "--api-key", "a b"], "api_key", "An API key holds no blanks"),
        (["connect", "cj", "--api-key", "x", "--name", "n" * 101], "name", "it may have at most 100"),
        (["connect", "cj", "--api-key", "x", "--account", "nobody"], "account", "There is no account nobody."),
        (["connect", "cj", "--key-file", "/nowhere/key"], "key_file", "No such file or directory"),
        (["connect", "cj", "--key-file", "/"], "key_file", "Is a directory"),
        (["disconnect", "nobody"], "account", "There is no account nobody."),
        (["refresh_tokens", "--account", "nobody"], "account", "There is no account nobody."),
    ],
)
def test_a_wrong_call_names_field_and_fix_and_changes_nothing(run, simulator, args, field, said):
    code, out, err = run(*args)
    assert (code, out) == (2, "")
    assert err.startswith(f"{field}: ")
    assert said in err
    assert err.count("\n") == 1
    code, out, err = run(*args, "--json")
    assert (code, err) == (2, "")
    error = json.loads(out)["error"]
    assert (error["kind"], error["field"]) == ("Refused", field)
    assert said in error["message"]
    assert simulator.look("calls")["calls"] == []
    assert not PlatformAccount.objects.exists()


def test_without_a_key_and_without_a_terminal_the_ways_to_give_one_are_told(run, simulator, monkeypatch):
    monkeypatch.setattr(sys, "stdin", Stdin())
    code, _out, err = run("connect", "cj")
    assert (code, err) == (2, "api_key: Give the API key by --key-stdin or --key-file.\n")


def test_a_file_that_is_no_text_is_refused(run, simulator, tmp_path):
    (tmp_path / "key").write_bytes(b"\xff\xfe\x00\x01")
    code, _out, err = run("connect", "cj", "--key-file", tmp_path / "key")
    assert code == 2
    assert "api_key: What was given is no text." in err


def test_two_ways_to_give_the_key_are_a_wrong_call(run, key_file):
    with pytest.raises(CommandError, match="not allowed with argument"):
        run("connect", "cj", "--key-file", key_file, "--key-stdin")


def test_a_wrong_key_is_told_in_words_and_never_shown(run, simulator, time):
    wrong = key_of(simulator)[:-4] + "0000"
    code, out, err = run("connect", "cj", "--api-key", wrong)
    assert (code, out) == (2, "")
    assert err.startswith("api_key: CJ says that the API key is wrong.")
    assert_no_secret([wrong], err)
    assert not PlatformAccount.objects.exists()


def test_a_platform_out_of_reach_is_a_failure_not_a_wrong_call(run, simulator, time, settings):
    settings.CJ_BASE_URL = "http://127.0.0.1:9"
    code, out, err = run("connect", "cj", "--api-key", key_of(simulator))
    assert (code, out) == (1, "")
    assert "cannot be reached" in err
    code, out, _err = run("connect", "cj", "--api-key", key_of(simulator), "--json")
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "Unavailable"


def test_keys_that_are_missing_in_the_settings_are_named(run, simulator, time, settings):
    settings.CREDENTIAL_KEYS = []
    code, _out, err = run("connect", "cj", "--api-key", key_of(simulator))
    assert code == 2
    assert "CREDENTIAL_KEYS is empty" in err
    assert "doctor --new-key" in err
    assert called(simulator, LOGIN) == 0  # or the login would be lost
    assert not PlatformAccount.objects.exists()


# --- disconnect


def test_disconnect_tells_what_it_did(run, simulator, time):
    account = connect(simulator)
    assert run("disconnect", "Main") == (0, "Disconnected CJ Dropshipping · Main.\n", "")
    account.refresh_from_db()
    assert account.status == Status.DISCONNECTED


def test_disconnect_fails_where_something_is_left_to_do(run, simulator, time):
    account = connect(simulator)
    fail(simulator, LOGOUT, status=500)
    code, out, _err = run("disconnect", account.pk, "--json")
    told = json.loads(out)
    assert code == 1
    assert told["status"] == "disconnected"
    assert "did not confirm the logout" in told["left"]


# --- refresh_tokens


def test_nothing_is_queued_while_tokens_are_fresh(run, simulator, time):
    connect(simulator)
    assert run("refresh_tokens") == (0, "No token is due.\n", "")
    assert not SyncJob.objects.exists()


def test_what_is_due_is_queued(run, simulator, time):
    connect(simulator)
    time.sleep(13 * DAY)
    code, out, _err = run("refresh_tokens", "--json")
    assert (code, json.loads(out)) == (0, {"queued": 1})
    assert called(simulator, REFRESH) == 0


def test_with_wait_it_is_done_here_and_now(run, simulator, time):
    account = connect(simulator)
    time.sleep(16 * DAY)
    code, out, _err = run("refresh_tokens", "--wait", "--json")
    assert (code, json.loads(out)) == (0, {"queued": 1, "renewed": 1, "failed": 0, "problems": []})
    assert booked(simulator) == {"logins": 1, "refreshes": 1}
    assert stored_token_works(simulator, account)


def test_with_wait_a_lost_answer_is_waited_out(run, simulator, time):
    account = connect(simulator)
    time.sleep(16 * DAY)
    fail(simulator, REFRESH, when="after", cut=True)
    assert run("refresh_tokens", "--wait")[:2] == (0, "1 of 1 renewed.\n")
    assert stored_token_works(simulator, account)


def test_with_wait_an_account_that_has_to_be_connected_again_is_a_failure(run, simulator, time):
    connect(simulator)
    time.sleep(16 * DAY)
    fail(simulator, REFRESH, code=1600003)
    fail(simulator, LOGIN, code=1600005, message="APIkey is wrong")
    code, out, _err = run("refresh_tokens", "--wait")
    assert code == 1
    assert out.startswith("0 of 1 renewed.\nCJ Dropshipping · Main: CJ says that the API key is wrong.")


def test_waiting_ends_where_a_job_goes_on_much_later(simulator, time):
    account = connect(simulator)
    job = jobs.enqueue("integrations.connections.refresh_settings", key="x", account=account, delay=7200)
    with pytest.raises(Refused, match=r"It goes on at .*, in a worker\."):
        Follower(OutputWrapper(io.StringIO())).follow([job])


def test_waiting_ends_where_the_account_is_paused(simulator, time):
    account = connect(simulator)
    job = jobs.enqueue("integrations.connections.refresh_settings", key="x", account=account, account_id=account.pk)
    services.ask_to_reconnect(account, "Check the key.")
    with pytest.raises(Refused, match=r"Main is paused: Check the key\. The job stays queued\."):
        Follower(OutputWrapper(io.StringIO())).follow([job])


def test_waiting_renews_the_token_that_a_job_needs(simulator, time):
    account = connect(simulator)
    time.sleep(16 * DAY)
    job = jobs.enqueue("integrations.connections.refresh_settings", key="x", account=account, account_id=account.pk)
    [ended] = Follower(OutputWrapper(io.StringIO())).follow([job])
    assert ended.state == SyncJob.State.DONE
    assert booked(simulator) == {"logins": 1, "refreshes": 1}


@pytest.mark.parametrize("command", ["connect", "disconnect", "refresh_tokens", "doctor", "rotate_credentials"])
def test_each_command_has_help_with_an_example(run, command):
    code, out, _err = run(command, "--help")
    assert code == 0
    assert f"manage.py {command}" in out
    assert "Exit code 0" in out
    assert "--json" in out
