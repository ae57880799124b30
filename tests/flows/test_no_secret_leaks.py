"""A whole run, and then a search of everything that was written or shown for the plain secrets (promise 9)."""

import contextlib
import io
import logging
import pickle
import sys

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.debug import technical_500_response

from accounts import services
from accounts.models import Credential, PlatformAccount
from accounts.secrets import MASK
from catalog.models import Selection
from catalog.services import categories, selections, sourcing
from integrations import connections, custodian, jobs
from integrations.models import ApiCall, RunProblem, SyncJob, SyncRun
from tests.integrations.support_tokens import DAY, LOGIN, REFRESH, fail, key_of, shared_time
from tests.support_secrets import assert_no_secret, dump_of_database

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything_logged(caplog):
    """Every logger, at its most talkative, as any handler would write it."""
    caplog.set_level(logging.DEBUG)
    for name in ("urllib3", "django.db.backends", "django-q", "integrations", "accounts"):
        caplog.set_level(logging.DEBUG, logger=name)
    return caplog


@pytest.fixture
def owner(db) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("owner", password="a long pass phrase"))
    return client


class Secrets:
    """Every secret that was in use at any time, in plain."""

    def __init__(self) -> None:
        self.values: set[str] = set()

    def gather(self) -> None:
        for credential in Credential.objects.all():
            for name in ("api_key", "access_token", "refresh_token", "signing_key"):
                self.values.add(getattr(credential, name).reveal())

    def worth_looking_for(self) -> list[str]:
        return sorted(value for value in self.values if len(value) >= 8)


def pages_of_console(client: Client) -> str:
    """Return every list of the console, and the page of a few rows of each."""
    shown = []
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        shown.append(client.get(reverse(f"{name}_changelist")))
        rows = model._default_manager.order_by("-pk")[: 40 if model is ApiCall else 3]
        shown += [client.get(reverse(f"{name}_change", args=[row.pk])) for row in rows]
        shown += [client.get(reverse(f"{name}_history", args=[row.pk])) for row in rows[:1]]
    shown.append(client.get(reverse("admin:index")))
    assert sum(answer.status_code == 200 for answer in shown) > len(shown) * 0.9
    return "\n".join(answer.content.decode() for answer in shown)


def answers_of_api(client: Client) -> str:
    """Return every list of the API, a few rows of each, and its schema."""
    root = client.get("/api/v1/").json()
    shown = []
    for address in root.values():
        answer = client.get(address)
        shown.append(answer.content.decode())
        found = answer.json() if answer.status_code == 200 else {}
        for row in (found.get("results", []) if isinstance(found, dict) else [])[:3]:
            shown.append(client.get(f"{address}{row['id']}/").content.decode())
    assert len(shown) > 5
    return "\n".join([*shown, client.get("/api/schema/").content.decode()])


def test_a_full_run_leaves_no_secret_in_database_logs_pages_answers_and_job_arguments(
    simulator, everything_logged, owner, capsys, monkeypatch
):
    secrets = Secrets()
    with shared_time(simulator) as time:
        right, wrong = key_of(simulator), key_of(simulator)[:-4] + "0000"
        secrets.values |= {right, wrong}

        # A wrong key at each door, whose refusal echoes it.
        fail(simulator, LOGIN, code=1600005, message=f"APIkey {wrong} is wrong", times=3)
        refused = [owner.post("/api/v1/accounts/connect/", {"platform": "cj", "api_key": wrong}, "application/json")]
        refused.append(owner.post(reverse("admin:accounts_platformaccount_add"), {"platform": "cj", "api_key": wrong}))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(wrong.encode())))
        with pytest.raises(SystemExit):
            call_command("connect", "cj", "--key-stdin", "--json")
        answers = [answer.content.decode() for answer in refused]
        assert_no_secret([wrong], *answers)

        # Connected by the command; a sync; an error that echoes the token; a job that fails with a traceback.
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(right.encode())))
        call_command("connect", "cj", "--name", "Main", "--key-stdin")
        account = PlatformAccount.objects.get()
        secrets.gather()
        categories.request_categories(account)
        selection = selections.create_selection(account, name="All", kind=Selection.Kind.SEARCH)
        run = sourcing.request_sync(selection)
        fail(simulator, "/product/query", code=1600300, message=f"Bad token {right} and {secrets_of(account)}", times=2)
        jobs.work(patience=120)
        run.refresh_from_db()
        assert run.state == SyncRun.State.DONE
        assert RunProblem.objects.exists()
        jobs.enqueue(
            "tests.flows.test_no_secret_leaks.explode", key="explode", credential_id=Credential.objects.get().pk
        )
        jobs.work()
        assert SyncJob.objects.get(key="explode").state == SyncJob.State.FAILED

        # A refresh whose answer is lost, a login, and a refresh token that the platform names in its refusal.
        time.sleep(16 * DAY)
        fail(simulator, REFRESH, when="after", cut=True)
        fail(simulator, REFRESH, code=1600003, message=f"Refresh token {secrets_of(account)} is failure")
        custodian.refresh_due()
        jobs.work(patience=600)
        secrets.gather()
        time.sleep(13 * DAY)
        call_command("refresh_tokens", "--wait")
        secrets.gather()

        # Asked to connect again with a reason that holds a secret; healed; looked at; disconnected.
        services.ask_to_reconnect(PlatformAccount.objects.get(), f"Refused: {right}")
        time.sleep(400)
        connections.connect("cj", api_key=right, account=PlatformAccount.objects.get())
        secrets.gather()
        connected_pages, connected_answers = pages_of_console(owner), answers_of_api(owner)
        connected_dump = dump_of_database()
        with contextlib.suppress(SystemExit):
            call_command("doctor", "--json")
        call_command("disconnect", "Main")

    plain = secrets.worth_looking_for()
    assert len(plain) >= 10  # two keys and four pairs
    written = everything_logged.text
    told = capsys.readouterr()
    assert MASK in connected_dump  # something was there to be masked
    assert len(ApiCall.objects.all()) > 40
    assert_no_secret(plain, connected_dump)
    assert_no_secret(plain, dump_of_database())
    assert_no_secret(plain, connected_pages)
    assert_no_secret(plain, connected_answers, *answers)
    assert_no_secret(plain, written)
    assert_no_secret(plain, told.out, told.err)
    arguments = [(job.key, job.kwargs, job.problem) for job in SyncJob.objects.all()]
    assert_no_secret(plain, repr(arguments), repr(pickle.dumps(arguments)))
    assert not any(Credential.objects.values_list("api_key", flat=True))


def secrets_of(account: PlatformAccount) -> str:
    credential = Credential.objects.get(account=account)
    return f"{credential.access_token.reveal()} {credential.refresh_token.reveal()}"


def explode(credential_id: int) -> None:
    """A task with a bug that puts secrets into its exception."""
    credential = Credential.objects.get(pk=credential_id)
    plain = credential.access_token.reveal()
    raise RuntimeError(f"unexpected {plain!r} with {{'apiKey': '{credential.api_key.reveal()}'}}")


def test_the_search_finds_what_it_looks_for(simulator):
    """The search itself is proved: it finds a secret that was put into a table, a log or a page on purpose."""
    with shared_time(simulator):
        account = connections.connect("cj", api_key=key_of(simulator), name="Main")
    token = Credential.objects.get(account=account).access_token.reveal()
    assert_no_secret([token], dump_of_database())
    PlatformAccount.objects.filter(pk=account.pk).update(problem=f"leaked {token}")
    with pytest.raises(AssertionError, match="is shown"):
        assert_no_secret([token], dump_of_database())
    with pytest.raises(AssertionError, match="is shown"):
        assert_no_secret([token], f"only its signature: {token.rpartition('.')[2]}")


def test_a_page_of_an_error_shows_no_secret(simulator, owner, settings):
    """Also where somebody left DEBUG on: Django then shows the local variables of every frame."""
    settings.DEBUG = True
    with shared_time(simulator):
        account = connections.connect("cj", api_key=key_of(simulator), name="Main")
    credential = Credential.objects.get(account=account)
    plain = [getattr(credential, name).reveal() for name in ("api_key", "access_token", "refresh_token")]
    try:
        explode(credential.pk)
    except RuntimeError:
        page = technical_500_response(RequestFactory().get("/"), *sys.exc_info()).content.decode()
    assert "RuntimeError" in page
    assert_no_secret(plain, page)
