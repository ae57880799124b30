"""connect shopee and disconnect on the command line: the link, the pasted address, exit codes, JSON."""

import io
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from accounts.models import PlatformAccount, PlatformApp
from tests.support_secrets import assert_no_secret
from tests.support_shopee import REDIRECT, allow, make_app, shared_time, theirs

from .support import run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def time(simulator, settings):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    with shared_time(simulator) as ours:
        yield ours


def state_in(text: str) -> str:
    link = next(word for word in text.split() if "/auth?" in word)
    return parse_qs(urlsplit(link).query)["state"][0]


def pasted(simulator, state: str, **who) -> str:
    return f"{REDIRECT}?{urlencode(allow(simulator, **who) | {'state': state})}"


def test_the_link_is_printed_and_the_pasted_address_connects(simulator, monkeypatch):
    app = make_app(simulator)
    link = run("integrations", "connect", "shopee", "--app", app.app_key, "--link-only", "--json")
    assert link.code == 0
    address = pasted(simulator, link.data["state"], login="hansol:main")
    done = run("integrations", "connect", "shopee", "--callback", address, "--json")
    assert done.code == 0
    [account] = PlatformAccount.objects.all()
    assert done.data["accounts"] == [
        {"account": account.pk, "external_id": account.external_id, "name": account.name, "status": "connected"}
    ]
    assert len(done.data["shops"]) == 3
    assert done.data["notes"] == []


def test_without_an_address_it_is_read_from_the_input(simulator, monkeypatch):
    make_app(simulator)

    class Seller(io.StringIO):
        """Somebody who opens the link that was printed and pastes what came back."""

        def readline(self, *_size):
            from accounts.models import Authorization

            return pasted(simulator, Authorization.objects.get().state, login="hansol:main") + "\n"

    monkeypatch.setattr("sys.stdin", Seller())
    done = run("integrations", "connect", "shopee")
    assert done.code == 0, done.err
    assert state_in(done.err)
    assert "Connected Shopee · Hansol Global Inc." in done.out
    assert "Shops: hansol.sg, hansol.my, hansol.tw." in done.out


def test_a_new_app_is_kept_with_its_key_from_the_input(simulator, monkeypatch):
    shopee = theirs(simulator)
    monkeypatch.setattr("sys.stdin", io.StringIO(shopee["partner_key"] + "\n"))
    words = ["--partner-id", str(shopee["partner_id"]), "--partner-key-stdin", "--link-only"]
    done = run("integrations", "connect", "shopee", *words)
    assert done.code == 0, done.err
    app = PlatformApp.objects.get()
    assert (app.app_key, app.app_secret.reveal(), app.portal) == (str(shopee["partner_id"]), shopee["partner_key"], "")
    assert_no_secret([shopee["partner_key"]], done.out + done.err)


@pytest.mark.parametrize(
    ("words", "field", "reason"),
    [
        (["--app", "99"], "app", "There is no app 99."),
        (["--partner-id", "abc"], "app_key", "must be a number"),
        (["--callback", "nonsense"], "callback", "Paste the whole address"),
        (["--callback", f"{REDIRECT}?code=x&shop_id=1&state=y"], "callback", "not the way back"),
        (["--account", "77"], "account", "There is no account 77."),
    ],
)
def test_a_wrong_call_names_the_field_and_the_fix(simulator, monkeypatch, words, field, reason):
    monkeypatch.setattr("sys.stdin", io.StringIO("key-of-some-length\n"))
    done = run("integrations", "connect", "shopee", *words, "--partner-key-stdin", "--json")
    assert done.code == 2
    assert done.data["error"]["field"] == field
    assert reason in done.data["error"]["message"]
    assert not PlatformAccount.objects.exists()


def test_disconnecting_says_how_to_detach_the_app_and_is_no_failure(simulator):
    app = make_app(simulator)
    link = run("integrations", "connect", "shopee", "--app", str(app.pk), "--link-only", "--json")
    run("integrations", "connect", "shopee", "--callback", pasted(simulator, link.data["state"], login="hansol:main"))
    account = PlatformAccount.objects.get()
    done = run("integrations", "disconnect", str(account.pk), "--json")
    assert done.code == 0
    assert "/cancel_auth?" in done.data["left"]
    account.refresh_from_db()
    assert account.status == "disconnected"
    assert json.dumps(done.data)


def test_a_new_key_of_a_known_app_leaves_its_portal_and_name(simulator, monkeypatch):
    app = make_app(simulator, portal="china", name="Ours")
    monkeypatch.setattr("sys.stdin", io.StringIO("shpk-new-key-of-the-app\n"))
    monkeypatch.setattr("integrations.shopee.tokens.ShopeeTokens.check_app", lambda *_: None)
    done = run("integrations", "connect", "shopee", "--partner-id", app.app_key, "--partner-key-stdin", "--link-only")
    assert done.code == 0, done.err
    app.refresh_from_db()
    assert (app.portal, app.name, app.app_secret.reveal()) == ("china", "Ours", "shpk-new-key-of-the-app")
    assert "https://open.shopee.cn/auth?" in done.out


def test_a_known_account_is_authorized_again_by_its_own_app(simulator):
    app = make_app(simulator)
    PlatformApp.objects.create(platform="shopee", name="Second", app_key="2001999", app_secret="k" * 40)
    account = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", app=app)
    done = run("integrations", "connect", "shopee", "--account", str(account.pk), "--link-only", "--json")
    assert done.code == 0, done.out
    assert done.data["app"] == app.pk


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (["--portal", "china"], "portal"),
        (["--key-stdin"], "api_key"),
        (["--api-key", "CJ1@api@x"], "api_key"),
    ],
)
def test_an_option_that_would_be_ignored_is_refused(simulator, words, field):
    make_app(simulator)
    done = run("integrations", "connect", "shopee", *words, "--link-only", "--json")
    assert (done.code, done.data["error"]["field"]) == (2, field)
