"""Found listings, differences, field switches and pushes in the API, and that the document tells all of it."""

from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator

from catalog.models import Adoption, Drift, FieldSync
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_product
from tests.factories_upkeep import FakeChannel, fresh_channel, make_seller, make_sold

from .support import error

V1 = "/api/v1/"
FOUND, DIFFERENCES = f"{V1}found-listings/", f"{V1}differences/"
SWITCHES, PUSHES = f"{V1}field-switches/", f"{V1}pushes/"
ALL_ON = {"texts": True, "media": True, "options": True, "price": True, "days_to_ship": True}


@pytest.fixture(autouse=True)
def channel(monkeypatch: pytest.MonkeyPatch, db: None) -> FakeChannel:
    """Put an empty marketplace in the place of one that sells."""
    return fresh_channel(monkeypatch)


def make_found(**columns: Any) -> Adoption:
    defaults = {"external_id": "8801", "name": "A lamp from before", "sku": "LAMP-1", "status": "conflict"}
    return Adoption.objects.create(**{"account": columns.pop("account", None) or make_seller()} | defaults | columns)


def make_difference(**columns: Any) -> Drift:
    row = columns.pop("global_listing", None) or make_sold(make_seller())
    return Drift.objects.create(
        **{"global_listing": row, "field": "name", "ours": "Ours", "theirs": "Theirs"} | columns
    )


def ids(answer: Any) -> list[int]:
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


# --- found listings


def test_found_listings_are_listed_with_the_reason(api):
    first = make_found(reason="Its SKUs are those of several products.", candidates=[3, 4])
    second = make_found(account=first.account, external_id="8802", sku="LAMP-2", status="unknown")
    assert ids(api.get(FOUND)) == [second.pk, first.pk]
    for query in ({"status": "conflict"}, {"search": "LAMP-1"}, {"search": "8801"}):
        assert ids(api.get(FOUND, query)) == [first.pk]
    assert ids(api.get(FOUND, {"account": first.account_id, "search": "lamp from"})) == [second.pk, first.pk]
    shown = api.get(f"{FOUND}{first.pk}/").json()
    assert (shown["reason"], shown["candidates"]) == ("Its SKUs are those of several products.", [3, 4])


def test_a_found_listing_is_adopted_by_a_job(api, channel):
    found, product = make_found(), make_product()
    answer = api.post(f"{FOUND}{found.pk}/adopt/", {"product": product.pk})
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get(pk=answer.json()["job"])
    assert (job.key, job.kwargs["product_id"], job.requested_by) == (f"adopt:{found.pk}", product.pk, "owner")
    assert not channel.calls


def test_what_is_adopted_is_not_adopted_or_left_alone(api):
    found = make_found(status="adopted")
    assert error(api.post(f"{FOUND}{found.pk}/adopt/", {"product": make_product().pk}), 409)["field"] == "status"
    assert error(api.post(f"{FOUND}{found.pk}/ignore/"), 409)["field"] == "status"
    assert error(api.post(f"{FOUND}{found.pk}/adopt/", {"product": 999_999}), 400)["field"] == "product"
    assert not SyncJob.objects.exists()


def test_a_found_listing_is_left_alone(api):
    found = make_found()
    answer = api.post(f"{FOUND}{found.pk}/ignore/")
    assert (answer.status_code, answer.json()["status"], answer.json()["decided_by"]) == (200, "ignored", "owner")


# --- runs


@pytest.mark.parametrize(("address", "kind"), [(FOUND, "adoption"), (DIFFERENCES, "comparison")])
def test_a_reading_is_one_run(api, address, kind):
    account = make_seller()
    answer = api.post(f"{address}sync/", {"account": account.pk})
    assert answer.status_code == 202, answer.content
    run = SyncRun.objects.get()
    assert (answer.json(), run.kind, run.requested_by) == ({"job": run.job_id, "run": run.pk}, kind, "owner")
    assert api.post(f"{address}sync/", {"account": account.pk}).json() == answer.json()


@pytest.mark.parametrize("address", [FOUND, DIFFERENCES])
def test_of_a_supplier_nothing_is_read(api, address):
    assert error(api.post(f"{address}sync/", {"account": make_account().pk}), 409)["field"] == "account"
    assert not SyncRun.objects.exists()


def test_a_comparison_has_a_budget(api):
    body = {"account": make_seller().pk}
    assert error(api.post(f"{DIFFERENCES}sync/", body | {"budget": 0}), 409)["field"] == "budget"
    assert api.post(f"{DIFFERENCES}sync/", body | {"budget": 20}).status_code == 202
    assert SyncRun.objects.get().params["budget"] == 20


# --- differences


def test_differences_are_listed_and_filtered(api):
    one = make_difference()
    cell = make_sold(make_seller()).listings.all()[0]
    two = make_difference(global_listing=cell.global_listing, listing=cell, field="status")
    assert ids(api.get(DIFFERENCES)) == [two.pk, one.pk]
    for query in ({"shop": cell.shop_id}, {"listing": cell.pk}, {"field": "status"}):
        assert ids(api.get(DIFFERENCES, query)) == [two.pk]
    for query in ({"account": one.global_listing.account_id}, {"global_listing": one.global_listing_id}):
        assert ids(api.get(DIFFERENCES, query)) == [one.pk]
    shown = api.get(f"{DIFFERENCES}{one.pk}/").json()
    assert (shown["ours"], shown["theirs"]) == ("Ours", "Theirs")


def test_ours_is_sent_again_by_a_job(api, channel):
    row = make_sold(make_seller())
    difference = make_difference(global_listing=row, field=f"price:{row.variants.all()[0].sku}", ours="10", theirs="9")
    answer = api.post(f"{DIFFERENCES}{difference.pk}/repair/")
    assert answer.status_code == 202, answer.content
    assert SyncJob.objects.get(pk=answer.json()["job"]).key == f"push:prices:{row.pk}"
    assert not channel.calls


def test_theirs_is_taken_over(api):
    difference = make_difference()
    row = difference.global_listing
    answer = api.post(f"{DIFFERENCES}{difference.pk}/accept/")
    assert (answer.status_code, answer.content) == (204, b"")
    row.refresh_from_db()
    assert (row.name, Drift.objects.count()) == ("Theirs", 0)


def test_stock_of_theirs_is_not_taken_over(api):
    row = make_sold(make_seller())
    difference = make_difference(global_listing=row, field=f"stock:{row.variants.all()[0].sku}")
    assert error(api.post(f"{DIFFERENCES}{difference.pk}/accept/"), 409)["field"] == "field"
    assert Drift.objects.count() == 1


# --- field switches


def test_switches_are_kept_and_told_by_a_job(api, channel):
    shop = make_seller().shops.all()[0]
    answer = api.post(SWITCHES, {"shop": shop.pk} | ALL_ON | {"price": False})
    assert answer.status_code == 202, answer.content
    assert (answer.json()["price"], answer.json()["texts"], answer.json()["sent_at"]) == (False, True, None)
    assert SyncJob.objects.get().key == f"switches:{shop.pk}"
    assert [row["shop"] for row in api.get(SWITCHES, {"account": shop.account_id}).json()["results"]] == [shop.pk]
    assert not channel.calls


def test_all_five_switches_are_said(api):
    shop = make_seller().shops.all()[0]
    four = {name: on for name, on in ALL_ON.items() if name != "media"}
    assert error(api.post(SWITCHES, {"shop": shop.pk} | four), 400)["field"] == "media"
    assert not FieldSync.objects.exists()


def test_a_shop_alone_has_nothing_to_switch(api):
    shop = make_seller(shops=["SG"], upgraded=False, is_shop=True).shops.all()[0]
    assert error(api.post(SWITCHES, {"shop": shop.pk} | ALL_ON), 409)["field"] == "shop"
    assert not FieldSync.objects.exists()


# --- pushes


def changed(account: Any) -> Any:
    """Make a product that is sold of which one price is not there as it should be."""
    row = make_sold(account)
    variant = row.variants.all()[0]
    variant.sent_price = 9
    variant.save()
    return row


def test_a_dry_run_tells_what_differs_and_queues_nothing(api):
    account = make_seller()
    row = changed(account)
    answer = api.post(PUSHES, {"account": account.pk, "what": "prices", "dry_run": True})
    assert answer.status_code == 200, answer.content
    assert answer.json() == {
        "total": 1,
        "differences": [
            {
                "what": "prices",
                "global_listing": row.pk,
                "listing": None,
                "sku": row.variants.all()[0].sku,
                "place": "",
                "ours": "10.00",
                "theirs": "9.0000",
                "currency": "USD",
            }
        ],
    }
    assert api.get(PUSHES, {"account": account.pk}).json() == answer.json()
    assert api.get(PUSHES, {"account": account.pk, "what": "stock"}).json() == {"total": 0, "differences": []}
    assert not SyncJob.objects.exists()


def test_a_push_queues_a_job_for_each_listing_that_differs(api, channel):
    account = make_seller()
    row, _same = changed(account), make_sold(account)
    answer = api.post(PUSHES, {"account": account.pk, "what": "prices"})
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get()
    assert (answer.json(), job.key, job.requested_by) == ({"jobs": [job.pk]}, f"push:prices:{row.pk}", "owner")
    assert not channel.calls


def test_where_nothing_differs_nothing_is_queued(api):
    account = make_seller()
    make_sold(account)
    assert api.post(PUSHES, {"account": account.pk, "what": "stock"}).json() == {"jobs": []}


@pytest.mark.parametrize(
    ("body", "field"), [({"what": "names"}, "what"), ({}, "what"), ({"what": "stock", "dry": True}, "dry")]
)
def test_a_wrong_push_is_named(api, body, field):
    assert error(api.post(PUSHES, {"account": make_seller().pk} | body), 400)["field"] == field


def test_what_differs_is_told_of_an_account(api):
    assert error(api.get(PUSHES), 400)["field"] == "account"


# --- who may


@pytest.mark.parametrize(
    ("path", "codename"),
    [
        ("found-listings/1/adopt/", "change_adoption"),
        ("found-listings/1/ignore/", "change_adoption"),
        ("found-listings/sync/", "change_adoption"),
        ("differences/1/repair/", "change_drift"),
        ("differences/1/accept/", "change_drift"),
        ("differences/sync/", "change_drift"),
        ("field-switches/", "change_fieldsync"),
        ("pushes/", "change_globallisting"),
    ],
)
def test_who_may_view_may_not_act(reader, path, codename):
    assert f"“catalog.{codename}”" in error(reader.post(f"{V1}{path}"), 403)["message"]


# --- the document

ACTIONS = {
    "global-listings/": {"get", "post"},
    "global-listings/{id}/": {"get", "patch", "delete"},
    "global-listings/{id}/check/": {"post"},
    "global-listings/{id}/history/": {"get"},
    "global-listings/{id}/publish/": {"post"},
    "global-listings/{id}/plan/": {"post"},
    "global-listings/{id}/push-prices/": {"post"},
    "global-listings/{id}/push-stock/": {"post"},
    "global-listings/check/": {"post"},
    "global-listings/plan/": {"post"},
    "global-listings/publish/": {"post"},
    "listings/{id}/": {"get", "delete"},
    "listings/{id}/publish/": {"post"},
    "listings/{id}/unlist/": {"post"},
    "listings/{id}/relist/": {"post"},
    "category-mappings/": {"get", "post"},
    "category-mappings/{id}/": {"get", "patch", "delete"},
    "category-mappings/suggestions/": {"get"},
    "category-mappings/coverage/": {"get"},
    "category-rules/{id}/": {"get"},
    "category-rules/read/": {"post"},
    "category-rules/values/": {"get"},
    "brands/": {"get"},
    "brands/read/": {"post"},
    "exchange-rates/": {"get", "post"},
    "price-rules/": {"get", "post"},
    "price-rules/{id}/": {"get", "patch", "delete"},
    "found-listings/{id}/adopt/": {"post"},
    "found-listings/{id}/ignore/": {"post"},
    "found-listings/sync/": {"post"},
    "differences/{id}/repair/": {"post"},
    "differences/{id}/accept/": {"post"},
    "differences/sync/": {"post"},
    "field-switches/": {"get", "post"},
    "pushes/": {"get", "post"},
}


def test_every_selling_resource_and_action_is_in_the_document():
    document = SchemaGenerator().get_schema(request=None, public=True)
    told = {path.removeprefix(V1): set(methods) for path, methods in document["paths"].items()}
    assert {path: methods for path, methods in ACTIONS.items() if told.get(path) != methods} == {}
    assert "CategoryField" in document["components"]["schemas"]
