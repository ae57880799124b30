"""Consents that meet each other, a refresh, a look at the settings or a failing database (grants.py, consents.py)."""

import threading
import time as real
from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction

from accounts import leads, services
from accounts.errors import Refused
from accounts.models import Authorization, Credential, PlatformAccount, PlatformApp, Shop
from accounts.secrets import Secret
from integrations import connections, consents, custodian, grants, jobs, sellers
from integrations.channels import Grant
from integrations.contracts import TokenPair
from integrations.errors import PlatformError
from integrations.shopee.gateway import ShopeeChannel
from integrations.shopee.tokens import ShopeeTokens
from tests.support_shopee import (
    HOUR,
    REDIRECT,
    allow,
    authorize,
    booked,
    by_login,
    credential_of,
    fail,
    is_accepted,
    make_app,
    shared_time,
    theirs,
)

pytestmark = pytest.mark.django_db
Status = PlatformAccount.Status
two_at_once = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite lets one write at a time")


@pytest.fixture
def time(simulator, settings):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator) as ours:
        yield ours


@pytest.fixture
def app(simulator, time) -> PlatformApp:
    return make_app(simulator)


def cancel(simulator, **who) -> None:
    simulator.control("change", platform="shopee", authorization=who | {"cancel": True})


def grant(word: str = "a", *, by: str = "10208", accounts=(), shops=()) -> Grant:
    hour = timedelta(seconds=HOUR)
    pair = TokenPair(
        access_token=Secret(word * 32),
        refresh_token=Secret(word.upper() * 32),
        access_expires_at=custodian.now() + 4 * hour,
        refresh_expires_at=custodian.now() + 720 * hour,
    )
    return Grant(pair=pair, authorized_by=by, account_ids=tuple(accounts), shop_ids=tuple(shops))


def authorization_of(app, **columns) -> Authorization:
    return Authorization.objects.create(app=app, state=f"state-{Authorization.objects.count()}", **columns)


# --- what is read while somebody authorizes is old news


def test_who_authorizes_while_the_daily_look_is_under_way_is_not_paused_by_it(simulator, app, monkeypatch):
    account = by_login(simulator, app, "hansol").accounts[0]
    cancel(simulator, merchant_id=int(account.external_id))
    for shop in account.shops.all():
        cancel(simulator, shop_id=int(shop.external_id))
    read = ShopeeTokens.consents

    def and_then_the_seller_authorizes(self, which):
        found = read(self, which)
        assert account.external_id not in found.accounts
        by_login(simulator, app, "hansol")
        by_login(simulator, app)
        return found

    monkeypatch.setattr(ShopeeTokens, "consents", and_then_the_seller_authorizes)
    consents.check_authorizations(app.pk)
    assert PlatformAccount.objects.count() == 3
    assert set(PlatformAccount.objects.values_list("status", flat=True)) == {Status.CONNECTED}
    assert set(Shop.objects.values_list("status", flat=True)) == {"connected"}


def test_who_authorizes_while_the_settings_are_read_is_not_paused_by_it(simulator, app, monkeypatch):
    account = by_login(simulator, app, "hansol").accounts[0]
    shop = account.shops.order_by("pk").first()
    cancel(simulator, shop_id=int(shop.external_id))
    read = ShopeeChannel.seller

    def and_then_the_seller_authorizes(self):
        monkeypatch.undo()
        found = read(self)
        assert shop.external_id not in found.shop_ids
        by_login(simulator, app, "hansol")
        return found

    monkeypatch.setattr(ShopeeChannel, "seller", and_then_the_seller_authorizes)
    connections.refresh_settings(account.pk)
    shop.refresh_from_db()
    assert (shop.status, shop.problem) == ("connected", "")


def test_a_shop_that_never_was_connected_when_its_news_was_read_is_not_paused_by_it(app):
    account = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", app=app)
    before = Shop.objects.create(account=account, external_id="1", name="S", status="reconnect")
    Shop.objects.get(pk=before.pk).mark_connected()
    assert not services.ask_shop_to_reconnect(before, "It was not ticked.")
    assert Shop.objects.get(pk=before.pk).status == "connected"


def test_an_authorization_during_a_refresh_wins_and_nobody_is_paused(simulator, app, time, monkeypatch):
    account = by_login(simulator, app, "hansol").accounts[0]
    jobs.work()
    credential, refresh = credential_of(account), ShopeeTokens.refresh
    time.sleep(5 * HOUR)

    def while_the_seller_authorizes(self, pair):
        monkeypatch.undo()
        by_login(simulator, app, "hansol", account=account)
        return refresh(self, pair)  # with a token that this has ended

    monkeypatch.setattr(ShopeeTokens, "refresh", while_the_seller_authorizes)
    with pytest.raises(jobs.Again):
        custodian.refresh(credential.pk)
    jobs.work()
    account.refresh_from_db()
    assert (account.status, account.problem) == (Status.CONNECTED, "")
    assert is_accepted(account)
    assert credential_of(account).refresh_claim == ""


# --- the pair can't be had twice, so it is kept whatever the database does


@pytest.mark.parametrize("times", [1, 2])
def test_a_transaction_that_the_database_ends_is_tried_again(simulator, app, monkeypatch, times):
    store, left = custodian.store, [times]

    def deadlock(*args, **options):
        if left[0]:
            left[0] -= 1
            raise OperationalError("deadlock detected")
        return store(*args, **options)

    monkeypatch.setattr(custodian, "store", deadlock)
    finished = by_login(simulator, app, "hansol")
    assert [account.status for account in finished.accounts] == [Status.CONNECTED]
    assert Credential.objects.count() == 4
    assert booked(simulator, "codes") == 1


class Beside(threading.Thread):
    """Something that another process does at the same time."""

    def __init__(self, work) -> None:
        super().__init__(daemon=True)
        self.work, self.given = work, None
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            self.given = self.work()
        except Exception as error:  # noqa: BLE001 - told by `result`
            self.error = error
        finally:
            connection.close()

    def wait_until_it_waits(self) -> None:
        """Return when it waits for a lock of ours."""
        until = real.monotonic() + 30
        with connection.cursor() as cursor:
            while self.is_alive() and real.monotonic() < until:
                cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same for ever
                cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")
                if cursor.fetchone():
                    return
                real.sleep(0.02)
        raise self.error or AssertionError("It does not wait.")

    def result(self):
        self.join(60)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.given


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_two_consents_of_a_new_seller_at_once_make_each_party_once(app):
    first, second = authorization_of(app), authorization_of(app)
    with transaction.atomic():
        grants.keep(first, grant("a", accounts=["7", "8"], shops=["1", "2"]))
        other = Beside(lambda: grants.keep(second, grant("b", accounts=["8", "7"], shops=["2", "1"])))
        other.start()
        other.wait_until_it_waits()
    other.result()
    assert sorted(Shop.objects.values_list("external_id", flat=True)) == ["1", "2"]
    assert PlatformAccount.objects.filter(is_shop=False).count() == 2
    assert {one.access_token.reveal() for one in Credential.objects.all()} == {"b" * 32}
    assert Credential.objects.count() == 4


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_a_shop_that_moves_to_its_merchant_while_the_seller_authorizes_again_stays_one(app):
    merchant = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", app=app)
    grants.keep(authorization_of(app), grant("a", shops=["1"]))
    shop, second = Shop.objects.get(), authorization_of(app)
    with transaction.atomic():
        sellers.move(shop, merchant)
        other = Beside(lambda: grants.keep(second, grant("b", shops=["1"])))
        other.start()
        other.wait_until_it_waits()
    other.result()
    assert Shop.objects.get().account == merchant
    assert Credential.objects.get().access_token.reveal() == "b" * 32


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_a_shop_that_moves_while_its_refresh_is_refused_is_paused_where_it_is_now(app):
    merchant = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", app=app)
    grants.keep(authorization_of(app), grant("a", shops=["1"]))
    shop = Shop.objects.get()
    with transaction.atomic():
        sellers.move(shop, merchant)
        other = Beside(lambda: services.ask_shop_to_reconnect(shop, "Authorize again."))
        other.start()
        other.wait_until_it_waits()
    assert other.result() is True
    assert (Shop.objects.get().account, Shop.objects.get().status) == (merchant, "reconnect")
    merchant.refresh_from_db()
    assert merchant.is_connected


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_disconnecting_while_the_seller_authorizes_again_ends_neither(app):
    grants.keep(authorization_of(app), grant("a", accounts=["7"], shops=["1"]))
    sellers.move(Shop.objects.get(), PlatformAccount.objects.get(external_id="7"))
    account, second = PlatformAccount.objects.get(), authorization_of(app)
    with transaction.atomic():
        grants.keep(second, grant("b", accounts=["7"], shops=["1"]))
        other = Beside(lambda: services.disconnect(account))
        other.start()
        other.wait_until_it_waits()
    other.result()
    assert not any(one.access_token or one.refresh_token for one in Credential.objects.all())
    assert PlatformAccount.objects.get().status == Status.DISCONNECTED


@two_at_once
@pytest.mark.django_db(transaction=True)
def test_one_address_that_comes_back_twice_at_once_is_taken_once(simulator, app):
    authorization = consents.start(app, requested_by="ann", redirect=REDIRECT)[0]
    query = allow(simulator, login="hansol:main") | {"state": authorization.state}
    with transaction.atomic():  # the one that came first, where it decides
        Authorization.objects.filter(pk=authorization.pk, used_at=None).update(used_at=custodian.now())
        other = Beside(lambda: consents.finish("shopee", query, requested_by="ann"))
        other.start()
        other.wait_until_it_waits()
    with pytest.raises(Refused, match="was used already"):
        other.result()
    assert (booked(simulator, "codes"), booked(simulator, "codes_refused")) == (0, 0)
    assert not PlatformAccount.objects.exists()


def test_a_lead_that_another_consent_has_turned_into_an_account_meanwhile_is_not_turned_again(app):
    lead = leads.create("shopee", name="Hansol", by="ann")
    first, second = authorization_of(app, account=lead), authorization_of(app, account=lead)
    both = [Authorization.objects.select_related("app", "account").get(pk=one.pk) for one in (first, second)]
    grants.keep(both[0], grant("a", accounts=["7"]))
    refusal = grants.keep(both[1], grant("b", by="10999", accounts=["8"])).refusal
    assert "Another seller has authorized" in refusal
    lead.refresh_from_db()
    assert lead.external_id == "7"
    assert PlatformAccount.objects.count() == 1


# --- whose pair is kept


def test_another_seller_whom_somebody_has_disconnected_stays_disconnected(simulator, app):
    account = by_login(simulator, app).accounts[0]
    other = by_login(simulator, app, "hansol").accounts[0]
    connections.disconnect(other)
    with pytest.raises(Refused, match="Another seller has authorized"):
        authorize(simulator, app, account=account, login="hansol:main")
    other.refresh_from_db()
    assert other.status == Status.DISCONNECTED
    assert set(other.shops.values_list("status", flat=True)) == {"disconnected"}
    assert not any(one.access_token or one.refresh_token for one in Credential.objects.filter(account=other))


def test_a_refusal_that_asks_for_a_new_authorization_uses_the_address_up_and_says_so(simulator, app):
    authorization = consents.start(app, requested_by="ann", redirect=REDIRECT)[0]
    query = allow(simulator, login="hansol:main") | {"state": authorization.state}
    fail(simulator, "public.get_access_token", code="error_auth", message="Invalid partner_id or shopid.")
    with pytest.raises(Refused, match="ended the authorization, or it never was given") as refusal:
        consents.finish("shopee", query, requested_by="ann")
    assert refusal.value.field == "callback"
    authorization.refresh_from_db()
    assert authorization.problem


def test_the_merchant_that_was_to_be_authorized_again_and_was_not_ticked_is_named(simulator, app):
    china, hong_kong = by_login(simulator, app).accounts
    china.mark_reconnect("The seller has ended it.")
    shops = [int(shop.external_id) for shop in hong_kong.shops.all()]
    finished = by_login(simulator, app, account=china, merchants=[int(hong_kong.external_id)], shops=shops)
    china.refresh_from_db()
    assert china.status == Status.RECONNECT
    assert any(note.startswith(f"“Auth Merchant” was not ticked for {china.name}") for note in finished.notes)


def test_a_lead_whose_seller_is_known_already_stays_one_and_that_is_said(simulator, app):
    account = by_login(simulator, app, "hansol").accounts[0]
    lead = leads.create("shopee", name="Hansol of Busan", by="ann")
    finished = authorize(simulator, app, account=lead, login="hansol:main")
    lead.refresh_from_db()
    assert lead.lead_status == "new"
    assert [one.pk for one in finished.accounts] == [account.pk]
    assert any("Hansol of Busan" in note and "known here already" in note for note in finished.notes)


# --- two apps of ours


def test_a_shop_of_a_merchant_that_another_app_has_is_left_with_that_one_and_that_is_said(app):
    other = PlatformApp.objects.create(platform="shopee", name="Second", app_key="2001999", app_secret="k" * 40)
    grants.keep(authorization_of(app), grant("a", accounts=["7"], shops=["1"]))
    merchant = PlatformAccount.objects.get(external_id="7")
    sellers.move(Shop.objects.get(), merchant)
    kept = grants.keep(authorization_of(other), grant("b", shops=["1"]))
    assert kept.credentials == []
    [note] = kept.notes
    assert "Crossdock" in note
    merchant.refresh_from_db()
    assert merchant.app == app
    assert credential_of(Shop.objects.get()).access_token.reveal() == "a" * 32


def test_a_shop_that_was_not_ticked_for_the_app_its_merchant_goes_over_to_is_paused(app):
    other = PlatformApp.objects.create(platform="shopee", name="Second", app_key="2001999", app_secret="k" * 40)
    grants.keep(authorization_of(app), grant("a", accounts=["7"], shops=["1", "2"]))
    merchant = PlatformAccount.objects.get(external_id="7")
    for shop in Shop.objects.all():
        sellers.move(shop, merchant)
    grants.keep(authorization_of(other), grant("b", accounts=["7"], shops=["1"]))
    merchant.refresh_from_db()
    assert merchant.app == other
    ticked, unticked = Shop.objects.order_by("external_id")
    assert ticked.status == "connected"
    assert unticked.status == "reconnect"
    assert "Second" in unticked.problem


def test_a_plain_shop_is_told_from_its_neighbours(simulator, app):
    said = theirs(simulator)["shops"][0]
    [shop] = authorize(simulator, app, shop_id=said["shop_id"]).shops
    assert Shop.objects.get() == shop


# --- a process that dies on the way back


class Killed(BaseException):
    """The process ends here, and nothing after it runs."""


def die(*_given, **_named):
    raise Killed


@pytest.mark.parametrize("dies", ["before sending", "after sending", "after keeping"])
def test_a_process_that_dies_on_the_way_back_locks_nobody_out(simulator, app, time, monkeypatch, dies):
    account = by_login(simulator, app, "hansol").accounts[0]
    jobs.work()
    authorization = consents.start(app, account=account, requested_by="ann", redirect=REDIRECT)[0]
    query = allow(simulator, login="hansol:main") | {"state": authorization.state}
    where = {
        "before sending": (ShopeeTokens, "exchange"),
        "after sending": (grants, "keep"),
        "after keeping": (consents, "_settle"),
    }
    with monkeypatch.context() as patched:
        patched.setattr(*where[dies], die)
        with pytest.raises(Killed):
            consents.finish("shopee", query, requested_by="ann")
    jobs.work(patience=120)
    time.sleep(4 * HOUR)
    custodian.refresh_due()
    jobs.work()
    account.refresh_from_db()
    if dies == "after sending":  # the code is spent and its pair is gone: only the seller can help, and that is said
        assert account.status == Status.RECONNECT
        assert "Connect the account again" in account.problem
        by_login(simulator, app, "hansol", account=account)
        jobs.work()
        account.refresh_from_db()
    parties = [account, *account.shops.all()]
    assert account.is_connected
    assert [party.status for party in parties] == ["connected"] * 4
    assert all(map(is_accepted, parties))
    assert len({credential_of(party).refresh_token.reveal() for party in parties}) == 4


def test_more_than_a_hundred_shops_are_all_looked_at(simulator, app, monkeypatch):
    """Shopee tells a hundred a page; a shop on the second page is not taken for one that is gone."""
    from integrations.shopee.calls_public import Public

    account = PlatformAccount.objects.create(platform="shopee", name="M", external_id="7", app=app)
    shops = [Shop(account=account, external_id=str(number), name="S") for number in range(1, 252)]
    Shop.objects.bulk_create(shops)
    asked = []

    def page(self, *, page_no=1, page_size=100):
        asked.append((page_no, page_size))
        rows = [{"shop_id": number, "expire_time": 1798761600} for number in range(1, 251)]
        return {"authed_shop_list": rows[(page_no - 1) * 100 : page_no * 100], "more": page_no < 3}

    monkeypatch.setattr(Public, "get_shops_by_partner", page)
    consents.check_authorizations(app.pk)
    assert asked == [(1, 100), (2, 100), (3, 100)]
    assert list(Shop.objects.exclude(status="connected").values_list("external_id", flat=True)) == ["251"]
    assert Shop.objects.filter(authorization_expires_at__isnull=False).count() == 250


def test_a_list_that_breaks_off_pauses_nobody(simulator, app):
    by_login(simulator, app)
    fail(simulator, "public.get_shops_by_partner", status=500, times=None)
    with pytest.raises(PlatformError):
        consents.check_authorizations(app.pk)
    assert set(Shop.objects.values_list("status", flat=True)) == {"connected"}
    assert set(PlatformAccount.objects.values_list("status", flat=True)) == {Status.CONNECTED}
