"""Connecting a seller in the browser: the app, the platform's page, the way back, and what the pages then show."""

from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from cryptography.fernet import Fernet
from django.contrib.auth.models import Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from accounts import leads
from accounts.models import Authorization, PlatformAccount, PlatformApp, Shop
from tests.support_secrets import assert_no_secret
from tests.support_shopee import allow, by_login, make_app, shared_time, theirs

START, CALLBACK = "/connect/shopee/start/", "/connect/shopee/callback/"
ADD = reverse("admin:accounts_platformaccount_add")


@pytest.fixture(autouse=True)
def time(simulator, settings, db):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator) as ours:
        yield ours


def left_for(client: Client, app: PlatformApp, **more) -> str:
    """Press the button, and return the state that the link carries."""
    answer = client.post(START, {"app": app.pk, **more})
    assert answer.status_code == 302, answer.content
    assert urlsplit(answer["Location"]).path == "/auth"
    return parse_qs(urlsplit(answer["Location"]).query)["state"][0]


def came_back(client: Client, simulator, state: str, login="hansol:main", **who):
    query = urlencode(allow(simulator, login=login, **who) | {"state": state})
    return client.get(f"{CALLBACK}?{query}", follow=True)


def text(answer) -> str:
    return answer.content.decode()


def test_the_choice_of_platforms_stands_on_the_connect_page(owner):
    page = text(owner.get(ADD))
    assert f"{ADD}?platform=shopee" in page
    assert 'name="api_key"' in page


def test_an_app_is_added_and_its_key_never_shown(owner, simulator):
    shopee = theirs(simulator)
    given = {"app_key": shopee["partner_id"], "app_secret": shopee["partner_key"], "portal": "", "name": "Ours"}
    page = owner.post(f"{ADD}?platform=shopee", given, follow=True)
    assert PlatformApp.objects.get().name == "Ours"
    assert "Now let the seller authorize it." in text(page)
    assert f'action="{START}"' in text(page)
    assert_no_secret([shopee["partner_key"]], text(page))


def test_a_wrong_partner_id_is_said_at_its_field(owner):
    given = {"app_key": "abc", "app_secret": "shpk0123456789", "portal": "", "name": ""}
    page = text(owner.post(f"{ADD}?platform=shopee", given))
    assert "must be a number" in page
    assert not PlatformApp.objects.exists()


def test_from_the_button_to_the_accounts_page(owner, simulator):
    app = make_app(simulator)
    page = came_back(owner, simulator, left_for(owner, app))
    account = PlatformAccount.objects.get()
    assert page.redirect_chain[-1][0] == reverse("admin:accounts_platformaccount_change", args=[account.pk])
    shown = text(page)
    for words in ("Hansol Global Inc. is connected.", "Korean Seller Center", "KRW", "hansol.sg", "Global products"):
        assert words in shown
    assert "code=" not in page.redirect_chain[-1][0]


def test_what_is_missing_is_said_on_the_page_one_comes_back_to(owner, simulator):
    page = came_back(owner, simulator, left_for(owner, make_app(simulator)), merchants=[])
    assert "“Auth Merchant” was not ticked" in text(page)


def test_whoever_is_logged_out_logs_in_and_loses_no_code(simulator, owner):
    state = left_for(owner, make_app(simulator))
    owner.logout()
    query = allow(simulator, login="hansol:main") | {"state": state}
    login = owner.get(f"{CALLBACK}?{urlencode(query)}", follow=True)
    assert login.request["PATH_INFO"] == reverse("admin:login")
    assert_no_secret([query["code"], query["state"]], text(login), login.redirect_chain[-1][0])
    form = {"username": "owner", "password": "owner", "next": CALLBACK}
    page = owner.post(login.redirect_chain[-1][0], form, follow=True)
    assert "Hansol Global Inc. is connected." in text(page)
    assert PlatformAccount.objects.count() == 1


def test_a_foreign_state_is_refused_in_words(owner, simulator):
    page = came_back(owner, simulator, "foreign")
    assert "not the way back from a link" in text(page)
    assert not PlatformAccount.objects.exists()


def test_where_shopee_is_out_of_reach_the_code_waits_for_a_second_try(owner, simulator):
    state = left_for(owner, make_app(simulator))
    fault = {"path": "public.get_access_token", "code": "error_rate_limit", "message": "Too many", "times": None}
    simulator.control("faults", platform="shopee", **fault)
    page = came_back(owner, simulator, state)
    assert "Try again" in text(page)
    assert not PlatformAccount.objects.exists()
    simulator.control("faults", clear=True)
    assert "is connected" in text(owner.get(CALLBACK, follow=True))


@pytest.mark.parametrize("who", ["viewer", "stranger"])
def test_without_the_permission_nobody_leaves_or_comes_back(request, who, simulator):
    client, app = request.getfixturevalue(who), make_app(simulator)
    assert client.post(START, {"app": app.pk}).status_code == 403
    assert client.get(f"{CALLBACK}?code=x").status_code == 403
    assert not Authorization.objects.exists()


def test_leaving_takes_a_post_and_an_app_that_works(owner, simulator):
    assert owner.get(START).status_code == 405
    app = make_app(simulator)
    simulator.control("change", platform="shopee", app={"status": "offline"})
    page = owner.post(START, {"app": app.pk}, follow=True)
    assert "An app must be online" in text(page)
    assert not Authorization.objects.exists()


def test_an_accounts_page_shows_shops_routes_warnings_and_progress(owner, simulator):
    account = by_login(simulator, make_app(simulator), "qihang").accounts[0]
    shown = text(owner.get(reverse("admin:accounts_platformaccount_change", args=[account.pk])))
    for words in (
        "China Seller Center",
        "not set",
        "the upgrade to Global SKU is not complete",
        "qihang.my",
        "steps done",
    ):
        assert words in shown
    shop = account.shops.first()
    shop.mark_reconnect("The seller has ended it.")
    shown = text(owner.get(reverse("admin:accounts_shop_change", args=[shop.pk])))
    for words in ("The seller has ended it.", "Own products", "Authorize again", "Authorized until"):
        assert words in shown
    assert "Own products" in text(owner.get(reverse("admin:accounts_shop_changelist")))


def test_the_onboarding_page_takes_ticks_and_a_leads_next_step(owner, viewer):
    lead = leads.create("shopee", name="Hansol", seller_center="krsc")
    address = reverse("admin:accounts_platformaccount_onboarding", args=[lead.pk])
    assert "Register as a developer" in text(owner.get(address))
    assert "Ticked by owner" in text(owner.post(address, {"step": "register", "done": "1"}, follow=True))
    owner.post(address, {"lead": "working"})
    lead.refresh_from_db()
    assert lead.lead_status == "working"
    assert "can&#x27;t become" in text(owner.post(address, {"lead": "new"}, follow=True))
    assert viewer.get(address).status_code == 200
    assert viewer.post(address, {"step": "profile", "done": "1"}).status_code == 403


def test_a_lead_is_added_on_its_own_page(owner):
    form = {"platform": "shopee", "name": "Lanyue", "seller_center": "cnsc"}
    owner.post(reverse("admin:accounts_platformaccount_lead"), form)
    assert PlatformAccount.objects.get().lead_status == "new"
    assert "Lead: New" in text(owner.get(reverse("admin:accounts_platformaccount_changelist")))


def test_the_calendar_lists_each_party_and_the_dashboard_warns_ahead(owner, viewer, simulator, time):
    account = by_login(simulator, make_app(simulator), "hansol", days=29).accounts[0]
    page = text(viewer.get(reverse("admin:accounts_platformaccount_authorizations")))
    assert account.name in page
    assert all(shop.name in page for shop in Shop.objects.all())
    assert "4 authorizations end soon." in text(owner.get(reverse("admin:index")))


def test_the_calendar_is_closed_to_strangers(stranger):
    assert stranger.get(reverse("admin:accounts_platformaccount_authorizations")).status_code == 403


def connector(**perms):
    """Return a client of somebody who may connect known accounts again and add none."""
    user = User.objects.create_user("clerk", password="clerk", is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["change_platformaccount", "view_platformaccount"])
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("number", ["abc", "²", "9" * 30, "0", "4711"])
def test_an_account_that_is_none_is_not_taken_for_a_new_one(simulator, number):
    app = make_app(simulator)
    assert connector().post(START, {"app": app.pk, "account": number}).status_code == 404
    assert not Authorization.objects.exists()


def test_who_may_only_connect_again_adds_no_account(simulator):
    assert connector().post(START, {"app": make_app(simulator).pk}).status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/\\evil.example",
        "//evil.example",
        "https://evil.example/",
        "\\\\evil.example",
        "/\t/evil.example",
        "javascript:x",
    ],
)
def test_no_address_of_others_is_gone_back_to(owner, address):
    answer = owner.post(START, {"app": "99", "next": address})
    assert answer.status_code == 302
    assert answer["Location"] == reverse("admin:accounts_platformaccount_changelist")


def test_an_app_whose_key_can_not_be_opened_is_said_and_nobody_is_sent_away(owner, simulator, settings):
    app = make_app(simulator)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    page = owner.post(START, {"app": app.pk}, follow=True)
    assert page.status_code == 200
    assert "sealed with a key that CREDENTIAL_KEYS no longer holds" in text(page)
    assert not Authorization.objects.exists()


def test_a_key_that_is_lost_on_the_way_spends_no_code(owner, simulator, settings):
    state, keys = left_for(owner, make_app(simulator)), settings.CREDENTIAL_KEYS
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    query = urlencode(allow(simulator, login="hansol:main") | {"state": state})
    page = owner.get(f"{CALLBACK}?{query}", follow=True)
    assert "CREDENTIAL_KEYS" in text(page)
    settings.CREDENTIAL_KEYS = keys
    assert "is connected" in text(owner.get(f"{CALLBACK}?{query}", follow=True))


def test_a_stranger_at_the_way_back_leaves_nothing_in_the_database(client, simulator):
    answer = client.get(f"{CALLBACK}?code=abc&state=nobody-knows&shop_id=1")
    assert answer.status_code == 302
    assert urlsplit(answer["Location"]).path == reverse("admin:login")
    assert not Session.objects.exists()


def test_a_script_in_the_address_is_shown_as_text_only(owner):
    page = owner.get(f"{CALLBACK}?code=%3Cscript%3Ex%3C/script%3E&state=%3Cscript%3Ex%3C/script%3E", follow=True)
    assert "<script>x</script>" not in text(page)
    assert "not the way back from a link" in text(page)


def test_the_button_takes_no_post_of_another_site(simulator, owner):
    app = make_app(simulator)
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(User.objects.get(username="owner"))
    assert careful.post(START, {"app": app.pk}).status_code == 403
    assert not Authorization.objects.exists()


def test_a_shop_that_was_never_authorized_stands_in_the_calendar_with_its_next_step(owner, simulator):
    account = by_login(simulator, make_app(simulator), "hansol").accounts[0]
    Shop.objects.create(account=account, external_id="1", name="hansol.ph", status="reconnect", problem="Tick it.")
    page = text(owner.get(reverse("admin:accounts_platformaccount_authorizations")))
    assert "hansol.ph" in page
    assert "Tick it." in page
