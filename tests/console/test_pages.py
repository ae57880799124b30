"""Every page of the console opens, for those who may see it, and holds no secret."""

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import reverse

from accounts.shown import admin_url, list_url
from integrations.models import RateBucket

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
TABS = ["overview", "prices", "exchanges", "history", "reviews", "runs"]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_lists_and_records_open(owner, rows, model):
    assert owner.get(list_url(model)).status_code == 200
    assert owner.get(list_url(model), {"q": "lamp"}).status_code == 200
    row = model.objects.first()
    if row is not None:
        assert owner.get(admin_url(row)).status_code == 200


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label_lower)
def test_staff_without_permission_sees_nothing(stranger, rows, model):
    assert stranger.get(list_url(model)).status_code == 403


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_of_a_product_opens(owner, rows, tab):
    page = owner.get(admin_url(rows.product), {"tab": tab})
    assert page.status_code == 200
    assert page.context["tab"] == tab


@pytest.mark.parametrize("name", ["django_q_schedule", "django_q_ormq", "django_q_success", "django_q_failure"])
def test_the_queues_own_pages_are_not_offered(owner, name):
    app, model = name.split("_q_")
    assert owner.get(f"/admin/{app}_q/{model}/").status_code == 404


def test_an_empty_installation_says_where_to_start(owner):
    page = owner.get(reverse("admin:index"))
    assert page.status_code == 200
    assert reverse("admin:accounts_platformaccount_add") in page.content.decode()


def test_the_limit_of_a_shop_bears_its_name(owner, rows):
    key = f"shopee:account:{rows.seller.pk}"
    for name in ("", f":shop:{rows.seller_shop.pk}", ":shop:999", f":shop:{rows.seller_shop.pk}:quota:price"):
        RateBucket.objects.create(key=key + name, account=rows.seller, rate=10)
    named = {"All calls", rows.seller_shop.name, "A shop", f"{rows.seller_shop.name} · price"}
    pages = [owner.get(list_url(RateBucket)), owner.get(reverse("admin:index"))]
    for page in pages:
        places = page.context.get("accounts") or page.context["rooms"]
        assert {one["name"] for place in places if place["account"] == rows.seller for one in place["limits"]} == named
    assert {one["name"] for one in owner.get(admin_url(rows.seller)).context["limits"]} == named


def test_no_page_holds_a_secret(owner, rows):
    for row in (rows.account, rows.app):
        shown = owner.get(admin_url(row)).content.decode()
        for secret in ("CJ1@api@secret", "plain-access", "plain-app-secret"):
            assert secret not in shown


def test_an_empty_secret_keeps_the_stored_one(owner, rows):
    owner.post(admin_url(rows.app), {"platform": "shopee", "name": "New name", "app_key": "1", "app_secret": ""})
    rows.app.refresh_from_db()
    assert rows.app.name == "New name"
    assert rows.app.app_secret.reveal() == "plain-app-secret"


def test_a_paused_account_is_said_on_every_page(owner, viewer, rows):
    rows.account.mark_reconnect("The key is dead. Make a new one.")
    for url in (reverse("admin:index"), list_url(User), admin_url(rows.product)):
        shown = owner.get(url).content.decode()
        assert "The key is dead. Make a new one." in shown
        assert reverse("admin:accounts_platformaccount_connect", args=(rows.account.pk,)) in shown
    shown = viewer.get(reverse("admin:index")).content.decode()
    assert "The key is dead. Make a new one." in shown
    assert reverse("admin:accounts_platformaccount_connect", args=(rows.account.pk,)) not in shown


@pytest.mark.parametrize("language", ["en", "zh-hans", "ko"])
def test_the_console_speaks_the_language_that_was_chosen(owner, rows, language):
    owner.post(reverse("set_language"), {"language": language, "next": "/admin/"})
    page = owner.get(reverse("admin:index"))
    assert f'<html lang="{language}"' in page.content.decode()
