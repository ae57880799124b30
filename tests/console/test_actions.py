"""Buttons: one service call each, told row by row; nobody without the right presses one, and no GET changes a thing."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.adminsite import ACT_ON_AT_MOST
from accounts.models import PlatformAccount
from accounts.shown import admin_url, list_url
from catalog.models import Product, Selection, SourcingRequest
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_product, make_selection

pytestmark = pytest.mark.django_db

PRODUCT_ACTIONS = {
    "sync_now": "product:{pk}",
    "refresh_stock": "stock:product:{pk}",
    "add_to_mine": "mine:{pk}",
    "read_reviews": "reviews:{pk}",
}


def press(client, row, name, **data):
    """Press a button on a record's page."""
    meta = row._meta
    return client.post(reverse(f"admin:{meta.app_label}_{meta.model_name}_press", args=(row.pk, name)), data)


def act(client, model, name, rows):
    """Run an action of a list."""
    return client.post(list_url(model), {"action": name, "_selected_action": [row.pk for row in rows], "index": 0})


def told(answer) -> list[str]:
    """Return what the person is told."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


@pytest.mark.parametrize(("name", "key"), PRODUCT_ACTIONS.items())
def test_a_products_button_queues_one_job_in_the_persons_name(owner, rows, name, key):
    SyncJob.objects.all().delete()
    answer = press(owner, rows.product, name)
    assert answer.status_code == 302
    assert answer["Location"] == admin_url(rows.product)
    job = SyncJob.objects.get()
    assert (job.key, job.state, job.requested_by) == (key.format(pk=rows.product.pk), "queued", "owner")
    assert admin_url(job) in told(answer)[0]


def test_pressed_twice_is_queued_once(owner, rows):
    SyncJob.objects.all().delete()
    press(owner, rows.product, "sync_now")
    press(owner, rows.product, "sync_now")
    assert SyncJob.objects.count() == 1


def test_find_a_source_writes_the_wish_down(owner, rows):
    rows.wish.delete()
    answer = press(owner, rows.product, "find_source")
    wish = SourcingRequest.objects.get()
    assert (wish.product, wish.name, wish.status) == (rows.product, rows.product.name, "planned")
    assert admin_url(wish) in told(answer)[0]


def test_a_list_tells_of_each_row_what_happened(owner, rows):
    SyncJob.objects.all().delete()
    paused = make_account(status="reconnect", name="Paused")
    others = [make_product(paused, name="Held one"), make_product(paused, name="Held two")]
    answer = act(owner, Product, "sync_now", [rows.product, *others])
    done, refused = told(answer)
    assert rows.product.name in done
    assert "Held one" not in done
    assert "Held one" in refused
    assert "Held two" in refused
    assert "is not connected" in refused
    assert SyncJob.objects.count() == 1


def test_too_many_rows_at_once_are_refused(owner, rows, monkeypatch):
    SyncJob.objects.all().delete()
    monkeypatch.setattr("accounts.adminsite.ACT_ON_AT_MOST", 2)
    products = [rows.product, make_product(rows.account), make_product(rows.account)]
    answer = act(owner, Product, "sync_now", products)
    assert "more than 2" in told(answer)[0]
    assert not SyncJob.objects.exists()
    assert ACT_ON_AT_MOST == 1_000


BUTTONS = [(model, name) for model, page in admin.site._registry.items() for name in getattr(page, "buttons", ())]


@pytest.mark.parametrize(("model", "name"), BUTTONS, ids=lambda value: getattr(value, "__name__", value))
def test_a_viewer_can_press_nothing(viewer, rows, model, name):
    row = model.objects.first()
    before = list(SyncJob.objects.values()), list(PlatformAccount.objects.values()), list(Selection.objects.values())
    assert press(viewer, row, name).status_code == 403
    act(viewer, model, name, [row])
    after = list(SyncJob.objects.values()), list(PlatformAccount.objects.values()), list(Selection.objects.values())
    assert after == before
    shown = viewer.get(admin_url(row)).content.decode()
    assert f"/press/{name}/" not in shown


@pytest.mark.parametrize(("model", "name"), BUTTONS, ids=lambda value: getattr(value, "__name__", value))
def test_following_a_link_presses_nothing(owner, rows, model, name):
    row = model.objects.first()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_press", args=(row.pk, name))
    assert owner.get(url).status_code == 405


def test_an_unknown_button_and_an_unknown_record_are_not_found(owner, rows):
    assert press(owner, rows.product, "delete_selected").status_code == 404
    missing = reverse("admin:catalog_product_press", args=(999_999, "sync_now"))
    assert owner.post(missing).status_code == 404


def test_a_read_only_record_can_not_be_edited_by_hand(owner, rows):
    answer = owner.post(admin_url(rows.product), {"name": "Mine now"})
    assert answer.status_code == 403
    rows.product.refresh_from_db()
    assert rows.product.name != "Mine now"


def test_failed_jobs_run_again_one_and_many(owner, rows):
    failed = [
        SyncJob.objects.create(task="t", key=f"k:{number}", account=rows.account, state="failed", problem="No")
        for number in range(3)
    ]
    press(owner, failed[0], "again")
    answer = act(owner, SyncJob, "again", [failed[1], failed[2], rows.job])
    assert [SyncJob.objects.get(pk=job.pk).state for job in failed] == ["queued"] * 3
    assert "Only a failed job can be run again." in told(answer)[-1]


def test_an_open_run_is_cancelled_and_an_ended_one_runs_again(owner, rows):
    press(owner, rows.run, "cancel")
    rows.run.refresh_from_db()
    assert rows.run.state == "cancelled"
    press(owner, rows.run, "again")
    newest = SyncRun.objects.order_by("-pk").first()
    assert newest.pk != rows.run.pk
    assert (newest.state, newest.kind, newest.key, newest.requested_by) == (
        "queued",
        rows.run.kind,
        rows.run.key,
        "owner",
    )


def test_a_run_tells_its_figures_to_the_page(owner, viewer, stranger, rows):
    url = reverse("admin:integrations_syncrun_live", args=(rows.run.pk,))
    SyncRun.objects.filter(pk=rows.run.pk).update(seen=50, created=40, unchanged=10, total=200)
    answer = owner.get(url).json()
    assert answer["final"] is False
    assert {name: answer["fields"][name] for name in ("seen", "created", "total", "percent", "state")} == {
        "seen": "50",
        "created": "40",
        "total": "200",
        "percent": 25,
        "state": "Running",
    }
    assert viewer.get(url).status_code == 200
    assert stranger.get(url).status_code == 403
    SyncRun.objects.filter(pk=rows.run.pk).update(state="done")
    assert owner.get(url).json()["final"] is True


def test_selections_are_paused_and_taken_up_again(owner, rows):
    press(owner, rows.selection, "pause")
    rows.selection.refresh_from_db()
    assert rows.selection.is_active is False
    act(owner, Selection, "resume", [rows.selection])
    rows.selection.refresh_from_db()
    assert rows.selection.is_active is True


def test_an_empty_list_is_not_synced(owner, rows):
    empty = make_selection(rows.account, kind="list", name="Empty")
    answer = act(owner, Selection, "sync_now", [empty])
    assert "The list is empty" in told(answer)[0]
    assert not SyncRun.objects.filter(params__selection=empty.pk).exists()


def test_syncs_of_an_account_are_queued(owner, rows):
    SyncJob.objects.all().delete()
    for name in ("sync_categories", "sync_warehouses", "read_settings"):
        press(owner, rows.account, name)
    pk = rows.account.pk
    keys = set(SyncJob.objects.values_list("key", flat=True))
    assert keys == {f"categories:{pk}", f"warehouses:{pk}", f"settings:{pk}"}


def test_disconnecting_asks_first(owner, rows):
    page = press(owner, rows.account, "disconnect")
    assert page.status_code == 200
    assert "confirmed" in page.content.decode()
    rows.account.refresh_from_db()
    assert rows.account.is_connected
