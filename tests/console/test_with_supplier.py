"""The console with a supplier behind it: connecting, searching, carrying, pasting and reading, over HTTP."""

import json
from html import unescape
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import Credential, PlatformAccount
from accounts.shown import admin_url
from catalog.models import Product, Selection
from integrations import connections, jobs
from integrations.models import ApiCall, SyncJob, SyncRun
from tests.factories import make_category

pytestmark = pytest.mark.django_db(transaction=True)
SEARCH = "admin:catalog_search"


def key_of(simulator, index: int = -1) -> str:
    """Return the API key of one of the simulator's accounts."""
    return simulator.look("world")["cj"]["accounts"][index]["api_key"]


@pytest.fixture
def account(db, simulator) -> PlatformAccount:
    """A connected account."""
    return connections.connect("cj", api_key=key_of(simulator), name="Main")


def text_of(page: Any) -> str:
    return unescape(page.content.decode())


def told(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


# --- connecting


def test_connecting_by_key(owner, simulator):
    key = key_of(simulator)
    answer = owner.post(
        reverse("admin:accounts_platformaccount_add"), {"platform": "cj", "api_key": key, "name": "Main"}
    )
    account = PlatformAccount.objects.get()
    assert answer["Location"] == admin_url(account)
    assert (account.name, account.status) == ("Main", "connected")
    page = text_of(owner.get(admin_url(account)))
    credential = Credential.objects.get()
    for secret in (credential.api_key, credential.access_token, credential.refresh_token):
        assert secret
        assert secret.reveal() not in page


def test_a_wrong_key_is_refused_in_words_at_its_field_and_never_shown(owner, simulator):
    url = reverse("admin:accounts_platformaccount_add")
    page = owner.post(url, {"platform": "cj", "api_key": "CJ1@api@0123456789abcdef0123456789abcdef"})
    assert page.status_code == 200
    assert list(page.context["form"].errors) == ["api_key"]
    assert "API key" in page.context["form"].errors["api_key"][0]
    assert "0123456789abcdef0123456789abcdef" not in text_of(page)
    assert not PlatformAccount.objects.exists()


def test_another_accounts_key_does_not_connect_this_one_again(owner, simulator, account):
    account.mark_reconnect("Dead")
    url = reverse("admin:accounts_platformaccount_connect", args=(account.pk,))
    page = owner.post(url, {"platform": "cj", "api_key": key_of(simulator, 0)})
    assert "belongs to another account" in page.context["form"].errors["api_key"][0]
    account.refresh_from_db()
    assert account.status == "reconnect"


def test_a_viewer_can_not_connect(viewer, simulator, account):
    again = reverse("admin:accounts_platformaccount_connect", args=(account.pk,))
    for url in (reverse("admin:accounts_platformaccount_add"), again):
        assert viewer.get(url).status_code == 403
        assert viewer.post(url, {"platform": "cj", "api_key": key_of(simulator)}).status_code == 403


def test_disconnecting_when_confirmed_erases_the_tokens(owner, account):
    url = reverse("admin:accounts_platformaccount_press", args=(account.pk, "disconnect"))
    owner.post(url, {"confirmed": "1"})
    account.refresh_from_db()
    assert account.status == "disconnected"
    assert not Credential.objects.get().access_token


def test_an_unreachable_platform_is_said_in_words(owner, simulator, settings):
    settings.CJ_BASE_URL = "http://127.0.0.1:9"
    page = owner.post(
        reverse("admin:accounts_platformaccount_add"), {"platform": "cj", "api_key": key_of(simulator), "name": ""}
    )
    assert page.status_code == 200
    assert page.context["form"].errors
    assert not PlatformAccount.objects.exists()


# --- searching live


def test_a_search_shows_hits_with_picture_price_stock_and_pages(owner, account):
    page = owner.get(reverse(SEARCH), {"go": "1"})
    hits = page.context["hits"]
    assert len(hits) == 20
    assert page.context["total"] == 40
    assert hits[0]["item"].image_url in text_of(page)
    assert hits[0]["price"] in text_of(page)
    second = owner.get(reverse(SEARCH) + page.context["next_url"])
    shown = {hit["item"].external_id for hit in second.context["hits"]}
    assert len(shown) == 20
    assert not shown & {hit["item"].external_id for hit in hits}
    first = owner.get(reverse(SEARCH) + second.context["previous_url"])
    assert [hit["item"].external_id for hit in first.context["hits"]] == [hit["item"].external_id for hit in hits]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"price_min": "cheap"}, "price_min"),
        ({"stock_min": "-1"}, "stock_min"),
        ({"category": "999999"}, "category"),
        ({"sort": "beauty"}, "sort"),
        ({"extra_productFlag": "9"}, "extra_productFlag"),
        ({"c": "no cursor"}, "__all__"),
        ({"c": json.dumps({"page": -3})}, "__all__"),
    ],
)
def test_a_wrong_search_is_refused_at_its_field_without_a_call(owner, account, simulator, query, field):
    before = simulator.look("calls")["total"]
    page = owner.get(reverse(SEARCH), {"go": "1"} | query)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert "hits" not in page.context
    assert simulator.look("calls")["total"] == before


def test_a_refusal_of_the_platform_is_said_in_words(owner, account, simulator):
    simulator.control("faults", platform="cj", path="/product/listV2", times=5, when="before", status=500)
    page = owner.get(reverse(SEARCH), {"go": "1"})
    assert page.status_code == 200
    assert page.context["form"].non_field_errors()


def test_chosen_hits_are_carried_into_a_new_list_and_read(owner, account):
    found = owner.get(reverse(SEARCH), {"go": "1"}).context["hits"]
    chosen = [hit["item"].external_id for hit in found[:3]]
    url = reverse(SEARCH) + "?go=1"
    answer = owner.post(url, {"account": account.pk, "product": chosen, "new_list": "Fair"})
    selection = Selection.objects.get()
    assert answer["Location"] == admin_url(selection)
    assert (selection.name, selection.kind, selection.items.count()) == ("Fair", "list", 3)
    assert SyncRun.objects.get().requested_by == "owner"
    assert "3 products were added" in told(answer)[-1]
    answer = owner.post(url, {"account": account.pk, "product": chosen[:1], "list": selection.pk})
    assert "1 were on it already" in told(answer)[-1]
    assert selection.items.count() == 3


@pytest.mark.parametrize("choice", [{}, {"product": "1"}, {"product": "1", "list": "77"}, {"new_list": "Empty"}])
def test_carrying_needs_a_product_and_a_list(owner, account, choice):
    answer = owner.post(reverse(SEARCH), {"account": account.pk} | choice)
    assert answer.status_code == 302
    assert len(told(answer)) == 1
    assert not Selection.objects.exists()


def test_what_is_carried_already_is_marked(owner, account):
    hit = owner.get(reverse(SEARCH), {"go": "1"}).context["hits"][0]["item"]
    ours = Product.objects.create(account=account, external_id=hit.external_id, name=hit.name)
    page = owner.get(reverse(SEARCH), {"go": "1"})
    assert page.context["hits"][0]["ours"] == ours
    assert [entry for entry in page.context["hits"] if entry["ours"]] == page.context["hits"][:1]


def test_a_viewer_searches_and_carries_nothing(viewer, account):
    page = viewer.get(reverse(SEARCH), {"go": "1"})
    assert page.context["hits"]
    assert 'name="product"' not in text_of(page)
    answer = viewer.post(reverse(SEARCH), {"account": account.pk, "product": "1", "new_list": "X"})
    assert answer.status_code == 403
    assert not Selection.objects.exists()


def test_without_an_account_the_search_says_what_is_missing(owner):
    page = owner.get(reverse(SEARCH), {"go": "1"})
    assert page.status_code == 200
    assert reverse("admin:accounts_platformaccount_add") in text_of(page)


# --- selections


def test_a_search_is_kept_as_a_selection(owner, account):
    category = make_category(platform="cj")
    query = {"go": "1", "keyword": "lamp", "country_code": "US", "price_max": "12.5", "extra_productFlag": "1"}
    keep = owner.get(reverse(SEARCH), query).context["keep_url"]
    form = owner.get(keep).context["form"]
    assert (form["keyword"].value(), form["extra_productFlag"].value()) == ("lamp", "1")
    answers = query | {"name": "Lamps", "kind": "search", "is_active": "on", "category": category.pk}
    answer = owner.post(reverse("admin:catalog_selection_add"), answers)
    selection = Selection.objects.get()
    assert answer["Location"] == admin_url(selection)
    assert (selection.keyword, selection.country_code, selection.category) == ("lamp", "US", category)
    assert selection.extra == {"productFlag": "1"}
    page = owner.get(admin_url(selection))
    assert "keyword=lamp" in text_of(page)
    assert page.context["form"]["extra_productFlag"].value() == "1"


@pytest.mark.parametrize(
    ("answers", "field"),
    [
        ({"name": ""}, "name"),
        ({"country_code": "12"}, "country_code"),
        ({"price_min": "9", "price_max": "3"}, "price_min"),
        ({"price_min": "-1"}, "price_min"),
        ({"max_products": "0"}, "max_products"),
        ({"kind": "wish"}, "kind"),
        ({"keyword": "x" * 300}, "keyword"),
    ],
)
def test_a_wrong_selection_is_refused_at_its_field(owner, account, answers, field):
    page = owner.post(reverse("admin:catalog_selection_add"), {"name": "Lamps", "kind": "search"} | answers)
    assert page.status_code == 200
    assert list(page.context["form"].errors) == [field]
    assert not Selection.objects.exists()


def test_two_selections_of_one_name_are_refused_at_the_name(owner, account):
    Selection.objects.create(account=account, name="Lamps")
    page = owner.post(reverse("admin:catalog_selection_add"), {"name": "Lamps", "kind": "mine"})
    assert page.status_code == 200
    assert page.context["form"].errors
    assert Selection.objects.count() == 1


def test_a_selection_is_changed_and_a_wrong_change_keeps_it(owner, viewer, account):
    selection = Selection.objects.create(account=account, name="Lamps", keyword="lamp")
    owner.post(admin_url(selection), {"name": "Desk lamps", "keyword": "desk lamp", "is_active": "on"})
    selection.refresh_from_db()
    assert (selection.name, selection.keyword, selection.is_active) == ("Desk lamps", "desk lamp", True)
    page = owner.post(admin_url(selection), {"name": "Desk lamps", "country_code": "??"})
    assert list(page.context["form"].errors) == ["country_code"]
    assert viewer.post(admin_url(selection), {"name": "Mine"}).status_code == 403
    selection.refresh_from_db()
    assert (selection.name, selection.country_code) == ("Desk lamps", "")


def test_a_pasted_list_is_told_line_by_line(owner, account, simulator):
    selection = Selection.objects.create(account=account, name="Pasted", kind="list")
    hit = owner.get(reverse(SEARCH), {"go": "1"}).context["hits"][0]["item"]
    url = reverse("admin:catalog_selection_paste", args=(selection.pk,))
    page = owner.post(url, {"text": f"{hit.external_id}\n{hit.external_id}\n!! nonsense !!\n"})
    added = page.context["added"]
    assert (added.added, added.doubles, [line for line, _reason in added.wrong]) == (1, 1, ["!! nonsense !!"])
    assert "!! nonsense !!" in text_of(page)
    assert admin_url(added.run) in text_of(page)
    page = owner.post(url, {"text": "  "})
    assert list(page.context["form"].errors) == ["text"]
    search = Selection.objects.create(account=account, name="Search")
    page = owner.post(reverse("admin:catalog_selection_paste", args=(search.pk,)), {"text": "1"})
    assert "is no list" in page.context["form"].non_field_errors()[0]


def test_syncing_says_what_it_costs_before_it_starts(owner, viewer, account):
    selection = Selection.objects.create(account=account, name="All")
    url = reverse("admin:catalog_selection_sync", args=(selection.pk,))
    assert viewer.get(url).status_code == 403
    plans = {plan["mode"].value: plan["forecast"] for plan in owner.get(url).context["plans"]}
    assert set(plans) == {"full", "screen", "sweep"}
    assert plans["full"].calls >= 40
    assert plans["screen"].calls < plans["full"].calls
    assert not SyncRun.objects.exists()
    answer = owner.post(url, {"mode": "sweep"})
    run = SyncRun.objects.get()
    assert answer["Location"] == admin_url(run)
    assert (run.mode, run.requested_by) == ("sweep", "owner")
    assert "is being read already" in told(owner.post(url, {"mode": "screen"}))[-1]
    assert "unknown" in told(owner.post(url, {"mode": "slow"}))[-1]
    assert SyncRun.objects.count() == 1


def test_a_whole_reading_ends_on_the_page_of_a_product(owner, account):
    selection = Selection.objects.create(account=account, name="All")
    owner.post(reverse("admin:catalog_selection_sync", args=(selection.pk,)), {"mode": "full"})
    jobs.work(until_quiet=True)
    run = SyncRun.objects.get()
    assert (run.state, run.seen, run.created, run.failed) == ("done", 40, 40, 0)
    product = Product.objects.order_by("pk").first()
    assert product.name in text_of(owner.get(admin_url(product)))
    exchanges = owner.get(admin_url(product), {"tab": "exchanges"}).context["calls"]
    assert any("query" in call.endpoint for call in exchanges)
    assert run in owner.get(admin_url(product), {"tab": "runs"}).context["runs"]
    assert ApiCall.objects.exists()
    assert not SyncJob.objects.filter(state="failed").exists()
