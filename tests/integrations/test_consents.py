"""Sellers allow our app: state, code, tokens for everybody who was ticked, and what is missing (consents.py)."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from accounts import leads
from accounts.errors import Refused
from accounts.models import Authorization, Credential, PlatformAccount, PlatformApp, Shop
from integrations import connections, consents, jobs, sellers
from integrations.errors import Unavailable
from integrations.models import ApiCall, SyncJob
from tests.support_secrets import assert_no_secret, dump_of_database
from tests.support_shopee import (
    EXCHANGE,
    HOUR,
    REDIRECT,
    allow,
    authorize,
    booked,
    by_login,
    called,
    credential_of,
    fail,
    is_accepted,
    main_account,
    make_app,
    shared_time,
    theirs,
)

pytestmark = pytest.mark.django_db
Status = PlatformAccount.Status


@pytest.fixture
def time(simulator, settings):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator) as ours:
        yield ours


@pytest.fixture
def app(simulator, time) -> PlatformApp:
    return make_app(simulator)


def ids(rows, name="external_id"):
    return sorted(getattr(row, name) for row in rows)


def started(app, **options) -> Authorization:
    return consents.start(app, requested_by="ann", redirect=REDIRECT, **options)[0]


# --- the link


def test_the_link_of_the_usual_portal_carries_the_way_back_and_an_unguessable_state(simulator, app):
    authorization, url = consents.start(app, requested_by="ann", redirect=REDIRECT)
    parts, query = urlsplit(url), parse_qs(urlsplit(url).query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{simulator.url}/auth"
    assert query["partner_id"] == [app.app_key]
    assert query["redirect_uri"] == [REDIRECT]
    assert (query["auth_type"], query["response_type"]) == (["seller"], ["code"])
    assert query["state"] == [authorization.state]
    assert len(authorization.state) >= 40
    assert "sign" not in query


@pytest.mark.parametrize(
    ("status", "words"),
    [("offline", "Go live"), ("deleted", "deleted or restricted"), ("key_expired", "partner key has expired")],
)
def test_an_app_that_shopee_does_not_serve_is_told_before_the_seller_is_sent_there(simulator, app, status, words):
    simulator.control("change", platform="shopee", app={"status": status})
    with pytest.raises(Refused, match=words) as refusal:
        started(app)
    assert refusal.value.field == "app"
    assert not Authorization.objects.exists()


def test_a_wrong_partner_key_is_told_before_the_seller_is_sent_there(simulator, app):
    app.app_secret = "shpk" + "0" * 60
    app.save()
    with pytest.raises(Refused, match="signature is wrong"):
        started(app)


# --- a seller with merchants


def test_one_consent_connects_both_merchants_and_puts_each_shop_under_its_own(simulator, app):
    finished = by_login(simulator, app)
    seller = main_account(simulator)
    china, hong_kong = seller["merchants"]
    accounts = {account.external_id: account for account in PlatformAccount.objects.all()}
    assert set(accounts) == {str(china["merchant_id"]), str(hong_kong["merchant_id"])}
    assert ids(finished.accounts) == sorted(accounts)
    for merchant in seller["merchants"]:
        account = accounts[str(merchant["merchant_id"])]
        assert ids(account.shops.all()) == sorted(str(shop["shop_id"]) for shop in merchant["shops"])
        assert set(account.credentials.exclude(shop=None).values_list("shop__account", flat=True)) == {account.pk}
        assert (account.region, account.currency) == (merchant["region"], merchant["currency"])
        assert (account.seller_center, account.upgraded, account.is_shop) == ("cnsc", True, False)
        assert account.authorized_by == str(seller["main_account_id"])
        assert account.app == app
    assert Credential.objects.count() == 2 + 10
    assert finished.notes == ()
    told = set(PlatformAccount.history.values_list("history_change_reason", flat=True))
    assert f"authorized: app Crossdock, login {seller['main_account_id']}" in told


def test_after_the_first_refresh_each_party_has_a_chain_of_its_own(simulator, app):
    by_login(simulator, app)
    first = {one.refresh_token.reveal() for one in Credential.objects.all()}
    assert len(first) == 1
    jobs.work()
    assert booked(simulator, "refreshes") == 12
    kept = list(Credential.objects.select_related("account__app", "shop__account"))
    assert len({one.refresh_token.reveal() for one in kept}) == len({one.access_token.reveal() for one in kept}) == 12
    assert first.isdisjoint(one.refresh_token.reveal() for one in kept)
    assert all(is_accepted(one.shop or one.account) for one in kept)
    lives = {(one.access_expires_at - one.obtained_at).total_seconds() / HOUR for one in kept}
    assert all(3.9 < life <= 4 for life in lives)
    assert {round((one.refresh_expires_at - one.obtained_at).total_seconds() / HOUR) for one in kept} == {30 * 24}
    assert {shop.authorization_expires_at is not None for shop in Shop.objects.all()} == {True}


def test_a_korean_seller_is_krsc_and_sells_by_global_products(simulator, app):
    by_login(simulator, app, "hansol")
    account = PlatformAccount.objects.get()
    assert (account.region, account.currency, account.seller_center) == ("KR", "KRW", "krsc")
    routes = {shop.name: sellers.selling_route(shop)[0] for shop in account.shops.all()}
    assert routes == {"hansol.sg": "global", "hansol.my": "global", "hansol.tw": "global"}


def test_a_plain_shop_is_an_account_of_its_own_and_sells_its_own_products(simulator, app):
    said = theirs(simulator)["shops"][0]
    finished = authorize(simulator, app, shop_id=said["shop_id"])
    account = PlatformAccount.objects.get()
    assert (account.is_shop, account.external_id) == (True, f"shop-{said['shop_id']}")
    assert (account.name, account.region, account.authorized_by) == (said["name"], said["region"], "")
    [shop] = finished.shops
    assert sellers.selling_route(shop) == (
        "shop",
        "Through the shop's own products, because it stands under no merchant.",
    )
    assert not account.credentials.filter(shop=None).exists()


def test_a_merchant_that_is_not_upgraded_is_said_with_the_next_step(simulator, app):
    finished = by_login(simulator, app, "qihang")
    [account] = finished.accounts
    assert (account.upgraded, account.currency, account.seller_center) == (False, "", "cnsc")
    assert any("no currency yet" in note for note in finished.notes)
    assert any("not upgraded to Global SKU" in note for note in finished.notes)
    route, reason = sellers.selling_route(account.shops.first())
    assert route == "shop"
    assert "Start to upgrade to Global SKU" in reason


def test_of_very_many_shops_only_the_merchants_are_read_before_the_person_is_answered(simulator, app, monkeypatch):
    monkeypatch.setattr(consents, "AT_ONCE", 11)
    finished = by_login(simulator, app)
    assert {account.is_shop for account in finished.accounts} == {False}
    assert len(finished.shops) == 10
    assert called(simulator, "/api/v2/shop/get_shop_info") == 0
    assert [note for note in finished.notes if note.startswith("There are 12 shops and merchants")]
    assert {sellers.selling_route(shop)[0] for shop in Shop.objects.all()} == {""}
    jobs.work()
    assert called(simulator, "/api/v2/shop/get_shop_info") == 10
    assert {sellers.selling_route(shop)[0] for shop in Shop.objects.all()} == {"global"}
    assert not PlatformAccount.objects.filter(is_shop=True).exists()


# --- what was not ticked


def test_without_auth_merchant_the_shops_are_kept_and_the_missing_tick_is_said(simulator, app):
    finished = by_login(simulator, app, merchants=[])
    assert {account.is_shop for account in finished.accounts} == {True}
    assert len(finished.shops) == 10
    [note] = [note for note in finished.notes if "Auth Merchant" in note]
    assert note.startswith("“Auth Merchant” was not ticked")
    route, reason = sellers.selling_route(finished.shops[0])
    assert route == ""
    assert "tick “Auth Merchant”" in reason


def test_ticking_auth_merchant_later_moves_the_shops_with_their_tokens_and_jobs(simulator, app):
    shop = by_login(simulator, app, merchants=[]).shops[0]
    waiting = jobs.enqueue("tests.integrations.job_tasks.nothing", key="w", account=shop.account, shop=shop, delay=9999)
    provisional = shop.account_id
    finished = by_login(simulator, app)
    assert not any("Auth Merchant" in note for note in finished.notes)
    assert not PlatformAccount.objects.filter(is_shop=True).exists()
    shop.refresh_from_db()
    waiting.refresh_from_db()
    assert shop.account_id != provisional
    assert waiting.account_id == shop.account_id
    assert Credential.objects.get(shop=shop).account_id == shop.account_id
    assert not SyncJob.objects.filter(key=f"settings:{provisional}").exists()


def test_a_shop_with_its_own_login_that_belongs_to_a_merchant_is_told_to_use_the_main_account(simulator, app):
    said = main_account(simulator)["merchants"][0]["shops"][0]
    finished = authorize(simulator, app, shop_id=said["shop_id"])
    [note] = finished.notes
    assert "authorized with its own login" in note
    assert "main account" in note


def test_a_known_shop_that_is_ticked_no_more_is_paused_with_the_reason_and_the_others_go_on(simulator, app):
    account = by_login(simulator, app).accounts[0]
    left_out, *others = [int(shop.external_id) for shop in account.shops.order_by("pk")]
    simulator.control("change", platform="shopee", authorization={"shop_id": left_out, "cancel": True})
    finished = by_login(simulator, app, account=account, shops=others)
    shop = Shop.objects.get(external_id=str(left_out))
    assert shop.status == Shop.Status.RECONNECT
    assert "tick every shop" in shop.problem
    assert any(note.startswith(f"{shop.name} was not ticked and is paused") for note in finished.notes)
    account.refresh_from_db()
    assert account.is_connected
    assert set(account.shops.exclude(pk=shop.pk).values_list("status", flat=True)) == {"connected"}


def test_a_shop_that_was_not_ticked_this_time_but_is_still_allowed_goes_on(simulator, app):
    account = by_login(simulator, app).accounts[0]
    left_out, *others = [int(shop.external_id) for shop in account.shops.order_by("pk")]
    finished = by_login(simulator, app, account=account, shops=others)
    shop = Shop.objects.get(external_id=str(left_out))
    assert shop.status == Shop.Status.CONNECTED
    assert any("the earlier authorization still holds" in note for note in finished.notes)


def test_a_paused_merchant_that_is_not_ticked_again_stays_paused_and_that_is_said(simulator, app):
    account = by_login(simulator, app, "hansol").accounts[0]
    account.mark_reconnect("The seller has ended it.")
    finished = by_login(simulator, app, "hansol", account=account, merchants=[])
    account.refresh_from_db()
    assert account.status == Status.RECONNECT
    assert any(note.startswith("“Auth Merchant” was not ticked for Hansol") for note in finished.notes)
    assert by_login(simulator, app, "hansol", account=account).notes == ()
    account.refresh_from_db()
    assert account.is_connected


def test_a_redirect_of_another_domain_is_refused_on_shopees_page_and_nothing_comes_back(simulator, app):
    simulator.control("change", platform="shopee", app={"redirect_domains": ["erp.example.com"]})
    _authorization, url = consents.start(app, requested_by="ann", redirect=REDIRECT)
    page = requests.get(url, allow_redirects=False, timeout=10)
    assert page.status_code == 400
    assert "The domain of redirect_uri is not consistent" in page.text
    assert not PlatformAccount.objects.exists()


def test_a_sub_account_is_refused_on_shopees_page_with_the_step_of_the_guide(simulator, app):
    _authorization, url = consents.start(app, requested_by="ann", redirect=REDIRECT)
    page = requests.get(f"{url}&account=sub:lanyue:warehouse2", allow_redirects=False, timeout=10)
    assert page.status_code == 400
    assert "Sub-accounts cannot finish the authorization" in page.text


# --- the way back is ours, once, within an hour


def test_a_state_that_is_not_ours_is_refused_and_the_code_is_not_spent(simulator, app):
    query = allow(simulator, login="lanyue:main") | {"state": "not-ours"}
    with pytest.raises(Refused, match="not the way back from a link") as refusal:
        consents.finish("shopee", query, requested_by="ann")
    assert refusal.value.field == "callback"
    assert booked(simulator, "codes") == 0
    assert not PlatformAccount.objects.exists()


def test_a_state_is_good_for_one_use(simulator, app):
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    consents.finish("shopee", query, requested_by="ann")
    again = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    with pytest.raises(Refused, match="was used already"):
        consents.finish("shopee", again, requested_by="ann")
    assert booked(simulator, "codes") == 1


def test_a_state_of_another_person_is_refused_and_stays_good_for_its_own(simulator, app):
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    with pytest.raises(Refused, match="was started by ann"):
        consents.finish("shopee", query, requested_by="bob")
    assert consents.finish("shopee", query, requested_by="ann").accounts


def test_a_link_older_than_an_hour_is_refused(simulator, app, time):
    authorization = started(app)
    time.sleep(HOUR + 1)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    with pytest.raises(Refused, match="older than an hour"):
        consents.finish("shopee", query, requested_by="ann")


def test_a_code_older_than_ten_minutes_is_refused_in_words_and_nothing_is_stored(simulator, app, time):
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    time.sleep(601)
    with pytest.raises(Refused, match="older than ten minutes"):
        consents.finish("shopee", query, requested_by="ann")
    assert not PlatformAccount.objects.exists()
    authorization.refresh_from_db()
    assert "older than ten minutes" in authorization.problem


def test_coming_back_without_a_code_names_the_main_account(simulator, app):
    authorization = started(app)
    with pytest.raises(Refused, match="A sub-account can't: log in with the main account"):
        consents.finish("shopee", {"state": authorization.state, "error": "denied"}, requested_by="ann")
    assert not PlatformAccount.objects.exists()


def test_a_lost_answer_says_start_again_and_leaves_nothing_half_stored(simulator, app):
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    fail(simulator, EXCHANGE, when="after", cut=True)
    with pytest.raises(Refused, match="answer to the authorization code was lost"):
        consents.finish("shopee", query, requested_by="ann")
    rows = (PlatformAccount, Shop, Credential)
    assert not any(model.objects.exists() for model in rows)
    assert by_login(simulator, app).accounts


def test_where_the_code_was_not_taken_for_certain_the_same_address_works_again(simulator, app):
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    fail(simulator, EXCHANGE, code="error_rate_limit", message="Too many requests.", times=5)
    with pytest.raises(Unavailable):
        consents.finish("shopee", query, requested_by="ann")
    simulator.control("faults", clear=True)
    assert consents.finish("shopee", query, requested_by="ann").accounts


def test_tokens_are_kept_although_the_settings_could_not_be_read(simulator, app):
    fail(simulator, "merchant.get_merchant_info", status=500, times=None)
    finished = by_login(simulator, app)
    assert any("could not be read yet" in note for note in finished.notes)
    assert Credential.objects.count() == 12
    simulator.control("faults", clear=True)
    jobs.work(patience=120)
    assert not PlatformAccount.objects.filter(is_shop=True).exists()
    assert set(PlatformAccount.objects.values_list("currency", flat=True)) == {"CNY", "USD"}


# --- again


def test_authorizing_again_must_be_the_same_seller_and_locks_nobody_out(simulator, app):
    account = by_login(simulator, app).accounts[0]
    other = by_login(simulator, app, "hansol").accounts[0]
    jobs.work()
    with pytest.raises(Refused, match="Another seller has authorized"):
        authorize(simulator, app, account=account, login="hansol:main")
    jobs.work()
    assert is_accepted(other)  # its old tokens were ended by the new consent: the new ones were kept
    assert is_accepted(account)
    assert PlatformAccount.objects.count() == 3


def test_a_stranger_who_authorizes_in_a_known_sellers_place_is_not_stored(simulator, app):
    account = by_login(simulator, app).accounts[0]
    with pytest.raises(Refused, match="Another seller has authorized"):
        authorize(simulator, app, account=account, login="hansol:main")
    assert not PlatformAccount.objects.filter(region="KR").exists()
    assert PlatformAccount.objects.count() == 2


def test_what_waited_for_the_account_goes_on(simulator, app):
    account = by_login(simulator, app).accounts[0]
    jobs.work()
    account.mark_reconnect("The seller has ended it.")
    waiting = jobs.enqueue("tests.integrations.job_tasks.nothing", key="w", account=account, delay=HOUR)
    SyncJob.objects.filter(pk=waiting.pk).update(error_kind="AuthRequired")
    by_login(simulator, app, account=account)
    waiting.refresh_from_db()
    account.refresh_from_db()
    assert account.is_connected
    assert waiting.due_at.timestamp() <= consents.custodian.now().timestamp()


def test_a_lead_becomes_the_account_of_who_authorizes(simulator, app):
    lead = leads.create("shopee", name="Hansol", seller_center="krsc", by="ann")
    finished = authorize(simulator, app, account=lead, login="hansol:main")
    lead.refresh_from_db()
    assert [account.pk for account in finished.accounts] == [lead.pk]
    assert (lead.name, lead.lead_status, lead.status) == ("Hansol", "", Status.CONNECTED)
    assert lead.external_id == str(main_account(simulator, "hansol")["merchants"][0]["merchant_id"])
    assert PlatformAccount.objects.count() == 1


# --- the daily look


def test_a_cancelled_authorization_pauses_that_shop_alone(simulator, app):
    account = by_login(simulator, app).accounts[0]
    jobs.work()
    shop = account.shops.order_by("pk").first()
    simulator.control("change", platform="shopee", authorization={"shop_id": int(shop.external_id), "cancel": True})
    consents.request_checks()
    jobs.work()
    shop.refresh_from_db()
    account.refresh_from_db()
    assert shop.status == Shop.Status.RECONNECT
    assert "authorize again" in shop.problem
    assert account.is_connected
    assert Shop.objects.filter(status=Shop.Status.RECONNECT).count() == 1


def test_a_cancelled_merchant_pauses_its_account_alone(simulator, app):
    first, second = by_login(simulator, app).accounts
    wanted = {"merchant_id": int(first.external_id), "cancel": True}
    simulator.control("change", platform="shopee", authorization=wanted)
    consents.check_authorizations(app.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == (Status.RECONNECT, Status.CONNECTED)


def test_the_daily_look_keeps_the_dates(simulator, app):
    account = by_login(simulator, app).accounts[0]
    simulator.control("change", platform="shopee", authorization={"merchant_id": int(account.external_id), "days": 12})
    consents.check_authorizations(app.pk)
    account.refresh_from_db()
    left = account.authorization_expires_at - consents.custodian.now()
    assert 11.9 < left.total_seconds() / 86_400 <= 12


def test_the_copied_shops_are_authorized_with_their_primary(simulator, app):
    by_login(simulator, app, "hansol")
    consents.check_authorizations(app.pk)
    assert set(Shop.objects.values_list("status", flat=True)) == {"connected"}


# --- disconnecting, secrets


def test_disconnecting_erases_every_token_and_says_how_to_detach_the_app(simulator, app):
    account = by_login(simulator, app).accounts[0]
    left = connections.disconnect(account)
    assert f"{simulator.url}/cancel_auth?" in left
    for credential in Credential.objects.filter(account=account):
        assert not credential.access_token
        assert not credential.refresh_token
    assert set(account.shops.values_list("status", flat=True)) == {"disconnected"}
    assert PlatformAccount.objects.exclude(pk=account.pk).get().is_connected


@pytest.mark.parametrize("columns", [{"portal": "mars"}, {"app_secret": ""}, {"app_key": "none"}])
def test_disconnecting_erases_every_token_though_the_app_is_broken(simulator, app, columns):
    account = by_login(simulator, app, "hansol").accounts[0]
    PlatformApp.objects.filter(pk=app.pk).update(**columns)
    left = connections.disconnect(PlatformAccount.objects.select_related("app").get(pk=account.pk))
    assert "detaches it in the seller center" in left
    assert not any(one.access_token or one.refresh_token for one in Credential.objects.all())
    assert PlatformAccount.objects.get().status == Status.DISCONNECTED


def test_no_key_token_or_code_is_written_down_in_plain(simulator, app, caplog):
    caplog.set_level("DEBUG")
    authorization = started(app)
    query = allow(simulator, login="lanyue:main") | {"state": authorization.state}
    consents.finish("shopee", query, requested_by="ann")
    first = Credential.objects.first()
    secrets = [app.app_secret.reveal(), query["code"], first.access_token.reveal(), first.refresh_token.reveal()]
    jobs.work()
    fail(simulator, EXCHANGE, code="invalid_code", message="Invalid code, please have a check.")
    with pytest.raises(Refused):
        authorize(simulator, app, login="hansol:main")
    for credential in Credential.objects.all():
        secrets += [credential.access_token.reveal(), credential.refresh_token.reveal()]
    exchanges = "".join(call.url + call.request + call.response for call in ApiCall.objects.all())
    assert "public.get_access_token" in set(ApiCall.objects.values_list("endpoint", flat=True))
    assert_no_secret(secrets, exchanges, caplog.text, dump_of_database())


def test_the_seller_of_a_party_is_found_by_its_credential(simulator, app):
    shop = by_login(simulator, app).shops[0]
    assert credential_of(shop).account_id == shop.account_id
    assert credential_of(shop.account).shop is None
