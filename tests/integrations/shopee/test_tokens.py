"""Shopee's tokens: one refresh at a time, no lock-out wherever a process dies, and words for each refusal."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from accounts.errors import Refused
from accounts.models import Credential, PlatformAccount, PlatformApp, Shop
from integrations import custodian, jobs
from integrations.errors import AuthRequired, OutcomeUnknown, TokenExpired
from integrations.models import SyncJob
from integrations.shopee import access
from integrations.shopee.portals import portal_of
from integrations.shopee.signing import sign
from integrations.shopee.tokens import ShopeeTokens
from tests.support_shopee import (
    DAY,
    HOUR,
    REDIRECT,
    REFRESH,
    booked,
    by_login,
    credential_of,
    fail,
    is_accepted,
    make_app,
    shared_time,
)

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """The process ends here, and nothing after it runs."""


@pytest.fixture
def time(simulator, settings):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator) as ours:
        yield ours


@pytest.fixture
def app(simulator, time) -> PlatformApp:
    return make_app(simulator)


@pytest.fixture
def account(simulator, app) -> PlatformAccount:
    """A merchant whose shops and itself have a chain of their own."""
    connected = by_login(simulator, app, "hansol").accounts[0]
    jobs.work()
    return connected


def refreshes(simulator) -> int:
    return booked(simulator, "refreshes") + booked(simulator, "refreshes_repeated")


# --- ahead of time, once


def test_a_pair_is_renewed_in_the_last_fifth_of_its_four_hours_and_not_before(simulator, account, time):
    before = refreshes(simulator)
    time.sleep(3 * HOUR)
    assert custodian.refresh_due() == []
    time.sleep(0.3 * HOUR)
    custodian.refresh_due()
    jobs.work()
    assert refreshes(simulator) == before + 4  # the merchant and each of its three shops
    assert is_accepted(account)


def test_two_that_want_one_expired_pair_refresh_once(simulator, account, time, monkeypatch):
    credential, before = credential_of(account), refreshes(simulator)
    time.sleep(5 * HOUR)
    theirs = ShopeeTokens.refresh

    def while_another_tries(self, pair):
        with pytest.raises(jobs.Again):
            custodian.refresh(pair.pk)
        return theirs(self, pair)

    monkeypatch.setattr(ShopeeTokens, "refresh", while_another_tries)
    custodian.refresh(credential.pk)
    monkeypatch.undo()
    custodian.refresh(credential.pk)
    assert refreshes(simulator) == before + 1
    assert is_accepted(account)


def test_a_call_with_a_dead_token_waits_for_the_refresh_and_then_works(simulator, account, time):
    wanted = {"merchant_id": int(account.external_id), "expire": "access"}
    simulator.control("change", platform="shopee", tokens=wanted)
    with pytest.raises(TokenExpired):
        access.client_for(account).merchant.get_merchant_info()
    assert SyncJob.objects.filter(key=f"token:{credential_of(account).pk}", state="queued").count() == 1
    jobs.work()
    assert access.client_for(account).merchant.get_merchant_info()["merchant_region"] == "KR"


# --- a process that dies


@pytest.mark.parametrize("dies", ["before sending", "after sending", "after storing"])
def test_a_process_that_dies_during_a_refresh_locks_nobody_out(simulator, account, time, monkeypatch, dies):
    credential, refresh, store = credential_of(account), ShopeeTokens.refresh, custodian.store
    time.sleep(5 * HOUR)

    def killed_around_sending(self, pair):
        if dies == "after sending":
            refresh(self, pair)
        raise Killed

    def killed_after_storing(*args, **options):
        store(*args, **options)
        raise Killed

    if dies == "after storing":
        monkeypatch.setattr(custodian, "store", killed_after_storing)
    else:
        monkeypatch.setattr(ShopeeTokens, "refresh", killed_around_sending)
    monkeypatch.setattr(custodian, "_release", lambda *_: None)  # the dead release nothing
    with pytest.raises(Killed):
        custodian.refresh(credential.pk)
    monkeypatch.undo()
    time.sleep(custodian.CLAIM.total_seconds() + 1)
    custodian.refresh(credential.pk)
    account.refresh_from_db()
    assert (account.status, account.problem) == ("connected", "")
    assert is_accepted(account)
    assert booked(simulator, "refreshes_refused") == 0


def test_a_lost_answer_is_asked_for_again_with_the_same_token(simulator, account, time):
    credential, before = credential_of(account), booked(simulator, "refreshes")
    time.sleep(5 * HOUR)
    fail(simulator, REFRESH, when="after", cut=True)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    assert credential_of(account).generation == credential.generation
    custodian.refresh(credential.pk)
    assert booked(simulator, "refreshes") == before + 1
    assert booked(simulator, "refreshes_repeated") == 1
    assert is_accepted(account)


def test_a_slow_process_whose_token_another_has_used_pauses_nobody(simulator, account, time, monkeypatch):
    simulator.control("change", platform="shopee", switches={"replay": False})
    credential, refresh = credential_of(account), ShopeeTokens.refresh
    time.sleep(5 * HOUR)

    def after_another(self, pair):
        monkeypatch.undo()
        Credential.objects.filter(pk=pair.pk).update(refresh_claim="", refresh_claimed_until=None)  # it ran out
        custodian.refresh(pair.pk)
        return refresh(self, pair)

    monkeypatch.setattr(ShopeeTokens, "refresh", after_another)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    account.refresh_from_db()
    assert account.is_connected
    assert is_accepted(account)


# --- what Shopee refuses


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("error_auth", "Invalid refresh_token.", "no longer accepts the refresh token"),
        ("refresh_token_expired", "", "older than 30 days"),
        ("error_shop_refresh_token", "", "belongs to another shop"),
        ("shop_access_expired", "", "Ask the seller to authorize again"),
        ("shop_no_linked", "", "has detached the app"),
        ("shop_banned", "", "has banned the shop"),
    ],
)
def test_a_refused_refresh_pauses_that_shop_alone_with_the_next_step(simulator, account, time, code, message, words):
    shop = account.shops.order_by("pk").first()
    fail(simulator, REFRESH, code=code, message=message)
    custodian.request_refresh(credential_of(shop))
    jobs.work()
    shop.refresh_from_db()
    account.refresh_from_db()
    assert shop.status == Shop.Status.RECONNECT
    assert words in shop.problem
    assert account.is_connected
    assert account.shops.filter(status=Shop.Status.RECONNECT).count() == 1
    time.sleep(5 * HOUR)
    with pytest.raises(AuthRequired, match=words) as error:
        access.client_for(account, shop=shop).shop.get_profile()
    assert error.value.shop_id == shop.external_id


def test_after_thirty_days_without_a_worker_the_seller_has_to_authorize_again(simulator, account, time):
    time.sleep(31 * DAY)
    custodian.refresh_due()
    jobs.work()
    account.refresh_from_db()
    assert account.status == "reconnect"
    assert "30 days" in account.problem


def test_an_answer_without_tokens_is_as_good_as_lost(simulator, account, monkeypatch):
    from integrations.shopee import tokens

    with pytest.raises(OutcomeUnknown):
        tokens._pair({"access_token": "x", "refresh_token": None})


def test_a_pair_of_another_party_is_not_kept(simulator, account, time, monkeypatch):
    from integrations.shopee.calls_public import Public

    credential, shop = credential_of(account), account.shops.first()
    before = credential.refresh_token.reveal()
    answer = {"access_token": "a" * 32, "refresh_token": "b" * 32, "expire_in": 14400, "merchant_id": 4711}
    monkeypatch.setattr(Public, "refresh_access_token", lambda *_given, **_named: answer)
    with pytest.raises(OutcomeUnknown, match=r"another merchant_id \(4711\)"):
        ShopeeTokens().refresh(credential)
    assert credential_of(account).refresh_token.reveal() == before
    assert ShopeeTokens().refresh(credential_of(shop)).access_token.reveal() == "a" * 32  # its shop_id is not said


@pytest.mark.parametrize(("printed", "seconds"), [(14_344, 14_344), ("13859", 13_859)])
def test_an_expiry_counts_from_now(time, simulator, printed, seconds):
    from integrations.shopee import tokens

    pair = tokens._pair({"access_token": "a" * 32, "refresh_token": "b" * 32, "expire_in": printed})
    assert abs((pair.access_expires_at - custodian.now()).total_seconds() - seconds) < 1
    assert abs(pair.refresh_expires_at - custodian.now() - timedelta(days=30)) < timedelta(seconds=1)


# --- links and hosts


@pytest.mark.parametrize(
    ("portal", "api", "auth"),
    [
        ("", "https://partner.example", "https://open.example"),
        ("china", "https://openplatform.shopee.cn", "https://open.shopee.cn"),
        ("brazil", "https://openplatform.shopee.com.br", "https://open.shopee.com.br"),
        (
            "sandbox",
            "https://openplatform.sandbox.test-stable.shopee.sg",
            "https://open.sandbox.test-stable.shopee.com",
        ),
        (
            "sandbox-china",
            "https://openplatform.sandbox.test-stable.shopee.cn",
            "https://open.sandbox.test-stable.shopee.cn",
        ),
    ],
)
def test_each_portal_has_its_hosts(settings, portal, api, auth):
    settings.SHOPEE_BASE_URL, settings.SHOPEE_AUTH_URL = "https://partner.example/", "https://open.example"
    app = PlatformApp(platform="shopee", name="A", app_key="2001001", app_secret="k" * 20, portal=portal)
    assert (portal_of(app).api, portal_of(app).auth) == (api, auth)
    link = urlsplit(ShopeeTokens().consent_url(app, REDIRECT, "8f1c"))
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{auth}/auth"
    assert ShopeeTokens().cancel_url(app, REDIRECT).startswith(f"{auth}/cancel_auth?")


def test_an_unknown_portal_is_refused_with_the_known_ones():
    app = PlatformApp(platform="shopee", name="A", app_key="2001001", app_secret="k" * 20, portal="mars")
    with pytest.raises(Refused, match="sandbox-china") as refusal:
        ShopeeTokens().check_fields(app)
    assert refusal.value.field == "portal"


def test_the_signed_link_carries_the_state_in_its_redirect(simulator, app, settings):
    settings.SHOPEE_SIGNED_LINK = True
    link = urlsplit(ShopeeTokens().consent_url(app, REDIRECT, "8f1c"))
    query = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert link.path == "/api/v2/shop/auth_partner"
    expected = sign(app.app_secret.reveal(), app.app_key, link.path, int(query["timestamp"]))
    assert query["sign"] == expected
    assert query["redirect"] == f"{REDIRECT}?state=8f1c"
    assert "state" not in query


@pytest.mark.parametrize("query", [{}, {"code": "abc"}, {"code": "abc", "shop_id": "1", "main_account_id": "2"}])
def test_a_way_back_without_code_and_one_id_is_refused(simulator, app, query):
    with pytest.raises(Refused, match="did not authorize anything"):
        ShopeeTokens().exchange(app, query)
