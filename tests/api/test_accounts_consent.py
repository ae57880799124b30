"""Authorizing, apps, leads, onboarding and the calendar through the API; secrets go in and never out."""

from urllib.parse import urlencode

import pytest

from accounts.models import PlatformAccount, PlatformApp, Shop
from integrations.models import SyncJob
from tests.support_shopee import REDIRECT, allow, make_app, shared_time, theirs

from .support import error

ACCOUNTS = "/api/v1/accounts/"


@pytest.fixture(autouse=True)
def time(simulator, settings, db):
    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = simulator.url
    with shared_time(simulator) as ours:
        yield ours


def authorized(api, simulator, login="hansol:main", **more):
    app = PlatformApp.objects.first() or make_app(simulator)
    begun = api.post(f"{ACCOUNTS}authorize/", {"platform": "shopee", "app": app.pk, **more})
    assert begun.status_code == 201, begun.content
    query = allow(simulator, login=login) | {"state": begun.json()["state"]}
    wish = {"platform": "shopee", "callback": f"{REDIRECT}?{urlencode(query)}"}
    return api.post(f"{ACCOUNTS}authorized/", wish)


def test_a_seller_is_authorized_by_link_and_callback(api, simulator):
    answer = authorized(api, simulator)
    assert answer.status_code == 200, answer.content
    account = PlatformAccount.objects.get()
    told = answer.json()
    assert [one["id"] for one in told["accounts"]] == [account.pk]
    assert (told["accounts"][0]["seller_center"], told["accounts"][0]["currency"]) == ("krsc", "KRW")
    assert sorted(told["shops"]) == sorted(Shop.objects.values_list("pk", flat=True))
    assert told["notes"] == []


def test_an_app_is_kept_by_id_and_secret_and_its_secret_is_not_shown(api, simulator):
    shopee = theirs(simulator)
    wish = {"platform": "shopee", "app_key": str(shopee["partner_id"]), "app_secret": shopee["partner_key"]}
    answer = api.post("/api/v1/apps/", wish)
    assert answer.status_code == 201, answer.content
    listed = api.get("/api/v1/apps/").content.decode()
    assert answer.json()["has_secret"] is True
    assert shopee["partner_key"] not in answer.content.decode() + listed
    assert PlatformApp.objects.get().app_secret.reveal() == shopee["partner_key"]


@pytest.mark.parametrize(
    ("more", "field"),
    [({"app_key": "abc"}, "app_key"), ({"portal": "mars"}, "portal"), ({"platform": "cj"}, "platform")],
)
def test_an_app_that_can_not_be_right_is_refused(api, more, field):
    wish = {"platform": "shopee", "app_key": "2001001", "app_secret": "shpk0123456789"} | more
    assert error(api.post("/api/v1/apps/", wish), 409)["field"] == field
    assert not PlatformApp.objects.exists()


def test_a_foreign_callback_is_refused_and_nothing_is_made(api, simulator):
    query = urlencode(allow(simulator, login="hansol:main") | {"state": "foreign"})
    answer = api.post(f"{ACCOUNTS}authorized/", {"platform": "shopee", "callback": query})
    assert error(answer, 409)["field"] == "callback"
    assert not PlatformAccount.objects.exists()


def test_an_unknown_app_is_named(api):
    answer = api.post(f"{ACCOUNTS}authorize/", {"platform": "shopee", "app": 99})
    assert error(answer, 400)["field"] == "app"


def test_a_reader_may_look_and_not_authorize(reader, simulator):
    app = make_app(simulator)
    error(reader.post(f"{ACCOUNTS}authorize/", {"platform": "shopee", "app": app.pk}), 403)
    assert reader.get("/api/v1/authorizations/").status_code == 200
    assert reader.get("/api/v1/apps/").status_code == 200


def test_a_lead_is_made_moved_ticked_and_won(api, simulator):
    made = api.post(f"{ACCOUNTS}leads/", {"platform": "shopee", "name": "Hansol", "seller_center": "krsc"})
    assert made.status_code == 201, made.content
    lead = made.json()["id"]
    assert made.json()["lead_status"] == "new"
    assert api.post(f"{ACCOUNTS}{lead}/lead/", {"to": "working"}).json()["lead_status"] == "working"
    assert error(api.post(f"{ACCOUNTS}{lead}/lead/", {"to": "new"}), 409)["field"] == "lead_status"
    ticked = api.post(f"{ACCOUNTS}{lead}/tick/", {"step": "register"}).json()
    assert (ticked[0]["state"], ticked[0]["done_by"]) == ("done", "owner")
    assert authorized(api, simulator, account=lead).json()["accounts"][0]["id"] == lead
    steps = {step["key"]: step for step in api.get(f"{ACCOUNTS}{lead}/onboarding/").json()}
    assert (steps["authorize"]["state"], steps["authorize"]["checked_by_itself"]) == ("done", True)
    assert error(api.post(f"{ACCOUNTS}{lead}/tick/", {"step": "authorize"}), 409)["field"] == "step"


def test_the_calendar_names_each_party_and_its_next_step(api, simulator):
    authorized(api, simulator)
    rows = api.get("/api/v1/authorizations/").json()
    assert [row["shop"] is None for row in rows].count(True) == 1
    assert len(rows) == 4
    assert {row["level"] for row in rows} == {"ok"}
    assert all(
        row["authorization_expires_at"] and row["refresh_expires_at"] and row["access_expires_at"] for row in rows
    )
    assert "token" not in " ".join(rows[0])


def test_reading_the_settings_is_queued(api, simulator):
    authorized(api, simulator)
    account = PlatformAccount.objects.get()
    answer = api.post(f"{ACCOUNTS}{account.pk}/read-settings/")
    assert answer.status_code == 202
    job = SyncJob.objects.get(pk=answer.json()["job"])
    assert (job.key, job.requested_by) == (f"settings:{account.pk}", "owner")


def test_a_new_secret_of_a_known_app_leaves_its_portal(api):
    wish = {"platform": "shopee", "app_key": "2001001", "app_secret": "shpk0123456789", "portal": "brazil"}
    assert api.post("/api/v1/apps/", wish).status_code == 201
    del wish["portal"]
    answer = api.post("/api/v1/apps/", wish | {"app_secret": "shpk9876543210"})
    assert (answer.status_code, answer.json()["portal"]) == (201, "brazil")
    assert PlatformApp.objects.get().app_secret.reveal() == "shpk9876543210"
    assert api.post("/api/v1/apps/", wish | {"portal": ""}).json()["portal"] == ""
