"""What `doctor` finds, each with its fix (integrations/diagnosis.py)."""

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from accounts import services
from accounts.models import PlatformApp, Shop
from accounts.secrets import Secret
from integrations import diagnosis, jobs, leases, schedules
from integrations.models import SyncJob
from tests.factories import make_account, make_credential

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tables_without_migrations(monkeypatch, settings, simulator):
    """An installation in order: schedules written, and what tests do without (migrations) counted as applied."""
    from django.db.migrations.executor import MigrationExecutor

    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [])
    schedules.write()


def found(check: str) -> list[tuple[str, str, str]]:
    return [(each.level, each.message, each.fix) for each in diagnosis.findings() if each.check == check]


def levels(check: str) -> list[str]:
    return [level for level, _message, _fix in found(check)]


def test_an_installation_in_order_has_no_errors(simulator):
    make_credential(make_account(), access_token="a", refresh_token="r")
    assert [each for each in diagnosis.findings() if each.level != diagnosis.OK] == []
    checks = {each.check for each in diagnosis.findings()}
    assert checks >= {
        "settings",
        "credential_keys",
        "database",
        "migrations",
        "cache",
        "sealed_values",
        "worker",
        "hosts",
    }


def test_looking_spends_no_call(simulator):
    make_account()
    diagnosis.findings()
    assert simulator.look("calls")["calls"] == []


def test_a_missing_secret_key_is_an_error(settings):
    settings.SECRET_KEY = "short"
    assert (diagnosis.ERROR, "SECRET_KEY is missing or short: sessions could be forged.") in [
        each[:2] for each in found("settings")
    ]


def test_a_queue_that_would_double_work_is_an_error(settings):
    settings.Q_CLUSTER = settings.Q_CLUSTER | {"retry": 10, "timeout": 600}
    assert any("must be greater than Q_CLUSTER['timeout']" in message for _level, message, _fix in found("settings"))


@pytest.mark.parametrize("keys", [[], ["nonsense"]])
def test_missing_or_broken_credential_keys_are_an_error_with_the_fix(settings, keys):
    settings.CREDENTIAL_KEYS = keys
    [(level, _message, fix)] = found("credential_keys")
    assert level == diagnosis.ERROR
    assert "doctor --new-key" in fix


def test_secrets_sealed_with_an_older_key_ask_for_a_rotation(settings):
    make_credential(api_key="k")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    assert found("sealed_values") == [
        (
            diagnosis.WARNING,
            "1 secret is sealed with an older key.",
            "Run `manage.py rotate_credentials`, then drop the older key.",
        )
    ]


def test_secrets_that_no_key_opens_are_an_error(settings):
    credential = make_credential(api_key="k")
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    [(level, message, _fix)] = found("sealed_values")
    assert level == diagnosis.ERROR
    assert f"accounts.Credential.api_key {credential.pk}" in message


def test_missing_schedules_are_an_error():
    from django_q.models import Schedule

    Schedule.objects.all().delete()
    [(level, _message, fix)] = found("schedules")
    assert (level, fix) == (diagnosis.ERROR, "Run `manage.py schedule_jobs`.")


def test_overdue_jobs_mean_that_no_worker_works():
    job = jobs.enqueue("x.y", key="late")
    SyncJob.objects.filter(pk=job.pk).update(due_at=leases.now() - timedelta(minutes=20))
    [(level, message, fix)] = found("worker")
    assert (level, message) == (diagnosis.ERROR, "No worker takes what is due: 1 in the queue, the oldest for 20 min.")
    assert "manage.py qcluster" in fix


def test_jobs_held_for_a_paused_account_are_not_overdue():
    account = make_account()
    job = jobs.enqueue("x.y", key="held", account=account)
    SyncJob.objects.filter(pk=job.pk).update(due_at=leases.now() - timedelta(days=2))
    services.ask_to_reconnect(account, "Check the key.")
    assert levels("worker") == [diagnosis.OK]


def test_jobs_left_by_dead_workers_are_found():
    job = jobs.enqueue("x.y", key="left")
    lost = leases.now() - timedelta(minutes=20)
    SyncJob.objects.filter(pk=job.pk).update(state=SyncJob.State.RUNNING, lease_until=lost)
    assert diagnosis.ERROR in levels("worker")


def test_failed_jobs_are_a_warning():
    job = jobs.enqueue("x.y", key="bad")
    SyncJob.objects.filter(pk=job.pk).update(state=SyncJob.State.FAILED)
    assert levels("failed_jobs") == [diagnosis.WARNING]


def test_an_account_to_be_connected_again_comes_with_its_reason_and_command():
    account = make_account(name="Main")
    services.ask_to_reconnect(account, "The key is wrong.")
    assert found("accounts")[0] == (
        diagnosis.ERROR,
        "CJ Dropshipping · Main: The key is wrong.",
        f"Run `manage.py connect cj --account {account.pk}`, or use the console.",
    )


def test_a_token_that_was_not_renewed_is_an_error():
    make_credential(make_account(name="Main"), access_token="a", access_expires_at="2020-01-01T00:00Z")
    [(level, message, fix)] = found("tokens")
    assert level == diagnosis.ERROR
    assert "The access token of CJ Dropshipping · Main expired at 2020-01-01T00:00+00:00" in message
    assert "refresh_tokens --wait" in fix


def test_a_refresh_token_that_ends_without_a_key_is_a_warning():
    soon = leases.now() + timedelta(days=3)
    make_credential(access_token="a", refresh_token="r", refresh_expires_at=soon)
    make_credential(access_token="a", refresh_token="r", refresh_expires_at=soon, api_key="k")
    assert levels("tokens") == [diagnosis.WARNING]


def test_an_authorization_that_ends_within_a_month_is_a_warning_with_the_next_step():
    ends = leases.now() + timedelta(days=20)
    account = make_account(name="Lanyue", platform="shopee", authorization_expires_at=ends)
    make_credential(account, access_token="a", refresh_token="b", refresh_expires_at=ends + timedelta(days=5))
    [(level, message, fix)] = found("authorizations")
    assert level == diagnosis.WARNING
    assert message.startswith("The authorization of Lanyue (Shopee · Lanyue) ends at ")
    assert "Let the seller authorize again" in fix


def test_a_paused_shop_comes_with_its_reason_and_command():
    account = make_account(name="Lanyue", platform="shopee")
    Shop.objects.create(account=account, external_id="1", name="lanyue.sg", status="reconnect", problem="Not ticked.")
    (level, message, fix), *_others = found("accounts")
    assert (level, message) == (diagnosis.WARNING, "Shopee · Lanyue · lanyue.sg: Not ticked.")
    assert f"manage.py connect shopee --account {account.pk}" in fix


def test_a_host_out_of_reach_is_an_error_that_names_the_setting(settings):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    settings.CJ_BASE_URL = f"http://127.0.0.1:{port}"
    make_account()
    [(level, message, fix)] = found("hosts")
    assert level == diagnosis.ERROR
    assert f"CJ Dropshipping (127.0.0.1:{port}) can't be reached" in message
    assert "CJ_BASE_URL" in fix


def connected_by(portal: str, number: int = 1) -> None:
    key = str(2001000 + number)
    app = PlatformApp.objects.create(platform="shopee", name=f"App {key}", app_key=key, app_secret="k", portal=portal)
    make_account(platform="shopee", external_id=key, app=app)


def test_the_hosts_that_are_asked_are_those_of_the_portals_in_use(monkeypatch, settings):
    asked = []
    monkeypatch.setattr(diagnosis, "_host", lambda *given: asked.append(given) or iter(()))
    settings.SHOPEE_BASE_URL = "https://partner.example/"
    connected_by("china", 1)
    connected_by("china", 2)
    assert found("hosts") == []
    connected_by("", 3)
    assert found("hosts") == []
    china = ("Shopee", "https://openplatform.shopee.cn", "the portal of Shopee · App 2001001")
    assert asked == [china, china, ("Shopee", "https://partner.example", "SHOPEE_BASE_URL")]


def test_an_app_that_can_not_work_is_an_error_and_hides_nothing_else():
    connected_by("mars")
    PlatformApp.objects.create(platform="shopee", name="Without", app_key="2001998", app_secret="")
    assert [level for level, _message, _fix in found("apps")] == [diagnosis.ERROR] * 2
    assert "“mars”, which is unknown" in found("apps")[0][1]
    assert "partner key of Shopee · Without is missing" in found("apps")[1][1]
    assert found("hosts") == []


def test_hosts_of_platforms_without_an_account_are_not_asked(settings):
    settings.CJ_BASE_URL = "http://127.0.0.1:9"
    assert found("hosts") == []


@pytest.fixture
def host_with_a_date():
    """A host that tells a time of its choice."""

    class Handler(BaseHTTPRequestHandler):
        date = ""

        def do_HEAD(self):
            self.send_response_only(302)
            self.send_header("Location", "http://192.0.2.1/")  # not to be followed
            self.send_header("Date", self.date)
            self.end_headers()

        def log_message(self, *_args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", Handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("seconds", "clock"), [(0, []), (45, []), (-3600, [diagnosis.ERROR]), (3600, [diagnosis.ERROR])]
)
def test_a_clock_that_differs_from_the_platforms_is_an_error(settings, host_with_a_date, seconds, clock):
    settings.CJ_BASE_URL, handler = host_with_a_date
    handler.date = format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)
    make_account()
    assert levels("hosts") == [diagnosis.OK]
    assert levels("clock") == clock


def test_a_host_that_tells_no_time_is_no_problem(settings, host_with_a_date):
    settings.CJ_BASE_URL, handler = host_with_a_date
    handler.date = "yesterday"
    make_account()
    assert levels("clock") == []


def test_migrations_that_are_not_applied_stop_what_needs_the_tables(monkeypatch):
    from django.db.migrations.executor import MigrationExecutor
    from django.db.migrations.migration import Migration

    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [(Migration("0009_more", "catalog"), False)])
    [(level, message, fix)] = found("migrations")
    assert (level, message, fix) == (
        diagnosis.ERROR,
        "1 migration is not applied: catalog.0009_more.",
        "Run `manage.py migrate`.",
    )
    assert found("worker") == []


# --- the command


def test_the_command_tells_each_finding_and_succeeds_where_all_is_well(capsys):
    call_command("doctor")
    told = capsys.readouterr().out
    assert "ok    database: " in told
    assert told.endswith("All is well.\n")


def test_the_command_fails_where_something_needs_a_person(capsys):
    services.ask_to_reconnect(make_account(name="Main"), "The key is wrong.")
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json")
    assert ended.value.code == 1
    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert [each["check"] for each in told["findings"] if each["level"] == "error"] == ["accounts"]


def test_a_new_key_is_one_that_seals(capsys, settings):
    call_command("doctor", "--new-key")
    key = capsys.readouterr().out.strip()
    settings.CREDENTIAL_KEYS = [key]
    assert Secret.from_sealed(Secret("x").sealed()).reveal() == "x"
