"""Global listings and listings in the API: from a product to the shops, and back; what is refused names its field."""

from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from accounts.models import Platform
from catalog.models import GlobalListing, Listing
from integrations import gateways
from integrations.models import SyncJob
from tests import channel_fake
from tests.factories import make_account, make_product
from tests.factories_selling import make_live, make_ready, make_seller, make_shop, make_sourced, make_target

from .support import error

V1 = "/api/v1/"
GLOBAL = f"{V1}global-listings/"
LISTINGS = f"{V1}listings/"


@pytest.fixture(autouse=True)
def market(monkeypatch: pytest.MonkeyPatch, db: None) -> channel_fake.FakeMarket:
    """Put an empty marketplace in the place of one that sells."""
    monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")
    return channel_fake.fresh_market()


def own(listing: GlobalListing) -> str:
    return f"{GLOBAL}{listing.pk}/"


def job_of(answer: Any) -> SyncJob:
    """Return the job that an answer says is queued."""
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get(pk=answer.json()["job"])
    assert answer["Location"] == f"http://testserver{V1}jobs/{job.pk}/"
    assert (job.state, job.requested_by) == ("queued", "owner")
    return job


# --- look


def test_a_list_shows_each_listing_shop_by_shop(api, django_assert_max_num_queries):
    account = make_seller()
    for region in ("MY", "SG"):
        make_shop(account, region)
    rows = [make_live(account) for _number in range(3)]
    with django_assert_max_num_queries(8):
        listed = api.get(GLOBAL).json()["results"]
    assert [row["id"] for row in listed] == [row.pk for row in reversed(rows)]
    cells = rows[0].listings.order_by("shop")
    assert [(cell["shop"], cell["status"]) for cell in listed[-1]["listings"]] == [
        (cell.shop_id, "live") for cell in cells
    ]
    assert "description" not in listed[0]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "live"}, ["live"]),
        ({"status": "draft"}, ["ready"]),
        ({"has_findings": "true"}, ["ready"]),
        ({"has_findings": "false"}, ["live"]),
        ({"search": "SKU-LIVE"}, ["live"]),
        ({"search": "trailer for hounds"}, ["ready"]),
        ({"search": "nothing like it"}, []),
    ],
)
def test_a_list_is_filtered(api, query, found):
    live = make_live(product=make_sourced(sku="SKU-LIVE"))
    ready = make_ready(name="A Trailer for Hounds")
    GlobalListing.objects.filter(pk=ready.pk).update(
        findings=[{"field": "name", "rule": "length", "text": "It is short.", "fix": "Write more."}]
    )
    names = {live.pk: "live", ready.pk: "ready"}
    assert [names[row["id"]] for row in api.get(GLOBAL, query).json()["results"]] == found


def test_a_list_is_filtered_by_account_and_product(api):
    first, second = make_ready(), make_ready()
    for query in ({"account": first.account_id}, {"product": first.product_id}):
        assert [row["id"] for row in api.get(GLOBAL, query).json()["results"]] == [first.pk]
    assert error(api.get(GLOBAL, {"account": 777}), 400)["message"] == "There is no account with the id “777”."
    assert second.pk != first.pk


def test_one_listing_shows_its_variants_shops_and_findings(api):
    row = make_live()
    row.findings = [{"field": "name", "rule": "length", "text": "It is short.", "fix": "Write more."}]
    row.save()
    shown = api.get(own(row)).json()
    assert (shown["sku"], shown["name"], shown["error_count"]) == (row.sku, row.name, 1)
    assert shown["findings"] == [
        {
            "field": "name",
            "rule": "length",
            "text": "It is short.",
            "fix": "Write more.",
            "shop_id": "",
            "level": "error",
        }
    ]
    assert [(each["sku"], each["price"], each["stock"][0]["sent"]) for each in shown["variants"]] == [
        (each.sku, str(each.price), 100) for each in row.variants.all()
    ]
    assert "progress" not in shown


# --- prepare and change


def test_a_product_is_prepared_for_some_shops(api):
    account, product = make_seller(), make_sourced()
    wanted, _other = make_shop(account, "MY"), make_shop(account, "SG")
    body = {"product": product.pk, "account": account.pk, "shops": [wanted.pk]}
    made = api.post(GLOBAL, body)
    assert made.status_code == 201, made.content
    row = GlobalListing.objects.get()
    assert (made.json()["id"], made.json()["name"], made.json()["status"]) == (row.pk, product.name, "draft")
    assert [cell["shop"] for cell in made.json()["listings"]] == [wanted.pk]
    assert api.post(GLOBAL, body).json()["id"] == row.pk
    assert not SyncJob.objects.filter(key__startswith="publish").exists()


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({"product": None}, "product", "This field may not be null."),
        ({"account": 999_999}, "account", "There is no account with the id “999999”."),
        ({"shops": []}, "shops", "This list may not be empty."),
        ({"shops": [999_999]}, "shops", "There is no shop with the id “999999”."),
        ({"shops": ["x"]}, "shops.0", "A valid integer is required."),
        ({"shop": 3}, "shop", "There is no field of this name here. Known: account, product, shops."),
    ],
)
def test_a_wrong_wish_prepares_nothing(api, body, field, message):
    product, account = make_product(), make_seller()
    found = error(api.post(GLOBAL, {"product": product.pk, "account": account.pk} | body), 400)
    assert (found["field"], found["message"]) == (field, message)
    assert not GlobalListing.objects.exists()


def test_a_shop_of_another_account_prepares_nothing(api):
    product, account, foreign = make_product(), make_seller(), make_shop()
    found = error(api.post(GLOBAL, {"product": product.pk, "account": account.pk, "shops": [foreign.pk]}), 409)
    assert found["field"] == "shops"
    assert not GlobalListing.objects.exists()


def test_a_supplier_sells_nothing(api):
    supplier = make_account()
    found = error(api.post(GLOBAL, {"product": make_product(supplier).pk, "account": supplier.pk}), 409)
    assert found["field"] == "account"
    assert not GlobalListing.objects.exists()


def test_a_listing_is_changed_field_by_field(api):
    row = make_ready()
    category, sku = make_target(row.account), row.variants.all()[0].sku
    shop = row.listings.all()[0].shop
    body = {
        "name": "A better name",
        "description": "Plain text.",
        "category": category.pk,
        "brand_id": "0",
        "brand_name": "NoBrand",
        "attributes": {"100": [{"external_id": "2"}]},
        "image_urls": ["https://pictures.test/9/a.jpg"],
        "days_to_ship": 7,
        "weight_g": "420.5",
        "variants": {sku: {"price": "88.80", "is_wanted": True}},
        "shops": {shop.external_id: {"name": "Nama", "prices": {sku: "55.50"}}},
    }
    changed = api.patch(own(row), body)
    assert changed.status_code == 200, changed.content
    shown = changed.json()
    assert {name: shown[name] for name in ("name", "description", "category", "brand_id", "days_to_ship")} == {
        "name": "A better name",
        "description": "Plain text.",
        "category": category.pk,
        "brand_id": "0",
        "days_to_ship": 7,
    }
    assert shown["attributes"]["100"][0]["external_id"] == "2"
    assert shown["weight_g"] == "420.50"
    variant = row.variants.get(sku=sku)
    assert (variant.price, variant.is_price_fixed) == (Decimal("88.80"), True)
    cell = row.listings.get(shop=shop)
    assert (cell.name, cell.variants.get(global_variant=variant).price) == ("Nama", Decimal("55.50"))
    assert row.history.first().history_change_reason == "Edited by owner"


def test_what_is_not_said_stays(api):
    row = make_ready(name="As it was", days_to_ship=5)
    assert api.patch(own(row), {"days_to_ship": None}).json()["days_to_ship"] is None
    row.refresh_from_db()
    assert (row.name, row.days_to_ship, row.attributes["100"][0]["external_id"]) == ("As it was", None, "1")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"name": 5}, 400, "name"),
        ({"title": "x"}, 400, "title"),
        ({"days_to_ship": "soon"}, 400, "days_to_ship"),
        ({"category": 999_999}, 400, "category"),
        ({"attributes": {"100": [{"value": "x"}]}}, 400, "attributes.100.0.value"),
        ({"attributes": {"1\0": [{"text": "x"}]}}, 400, "attributes"),
        ({"attributes": []}, 400, "attributes"),
        ({"variants": {"S": {"price": "dear"}}}, 400, "variants.S.price"),
        ({"variants": {"no-such": {"price": "1"}}}, 409, "variants.no-such"),
        ({"shops": {"77": {"name": "x"}}}, 409, "shops.77"),
        ({"image_urls": ["ftp://x"]}, 409, "image_urls"),
        ({"weight_g": "0"}, 409, "weight_g"),
    ],
)
def test_a_wrong_change_is_named_and_nothing_changes(api, body, status, field):
    row = make_ready(name="As it was")
    assert error(api.patch(own(row), {"description": "new"} | body), status)["field"] == field
    before = row.description
    row.refresh_from_db()
    assert (row.name, row.description) == ("As it was", before)


def test_an_unknown_listing_is_named(api):
    assert error(api.get(f"{GLOBAL}999/"), 404)["message"] == "There is no global listing with the id “999”."


def test_its_past_is_told_with_who_changed_it(api):
    row = make_ready(name="As it was")
    api.patch(own(row), {"name": "Better"})
    past = api.get(f"{own(row)}history/").json()["results"]
    assert [(each["name"], each["why"]) for each in past][:2] == [
        ("Better", "Edited by owner"),
        ("As it was", "Edited by ann"),
    ]
    assert past[-1]["kind"] == "+"
    assert len(api.get(f"{own(row)}history/", {"page_size": 1}).json()["results"]) == 1


# --- check, plan, publish


def test_a_check_answers_what_it_found_and_keeps_it(api):
    good, bad = make_ready(), make_ready(name="")
    answer = api.post(f"{own(good)}check/")
    assert answer.status_code == 200, answer.content
    assert (answer.json()["id"], answer.json()["findings"]) == (good.pk, [])
    found = api.post(f"{own(bad)}check/").json()["findings"]
    assert [(each["field"], each["level"]) for each in found] == [("name", "error")]
    assert api.get(own(bad)).json()["findings"] == found
    assert not SyncJob.objects.filter(key__startswith="check").exists()


def test_many_are_checked_by_a_job(api):
    account = make_seller()
    make_shop(account)
    rows = [make_ready(account), make_ready(account)]
    job = job_of(api.post(f"{GLOBAL}check/", {"listings": [row.pk for row in rows]}))
    assert job.kwargs["listing_ids"] == [row.pk for row in rows]


def test_listings_of_two_accounts_are_not_checked_together(api):
    found = error(api.post(f"{GLOBAL}check/", {"listings": [make_ready().pk, make_ready().pk]}), 409)
    assert found["field"] == "account"


def test_a_publication_is_queued_and_calls_nobody(api, market):
    row = make_ready()
    job = job_of(api.post(f"{own(row)}publish/", {"shops": [row.listings.all()[0].shop_id]}))
    assert (job.key, job.account_id) == (f"publish:{row.pk}", row.account_id)
    row.refresh_from_db()
    assert (row.status, [cell.status for cell in row.listings.order_by("pk")]) == (
        "publishing",
        ["publishing", "draft"],
    )
    assert not market.calls


def test_what_is_missing_is_answered_with_every_finding(api, market):
    row = make_ready(name="", days_to_ship=None)
    found = error(api.post(f"{own(row)}publish/"), 409)
    assert found["code"] == "refused"
    assert {"name", "days_to_ship"} <= {problem["field"] for problem in found["problems"]}
    assert all(problem["code"] and problem["message"] for problem in found["problems"])
    row.refresh_from_db()
    assert row.status == "draft"
    assert not SyncJob.objects.filter(key__startswith="publish").exists()
    assert not market.calls


def test_of_many_each_is_queued_or_refused_with_the_reason(api):
    account = make_seller()
    make_shop(account)
    good, bad = make_ready(account), make_ready(account, name="")
    answer = api.post(f"{GLOBAL}publish/", {"listings": [good.pk, bad.pk]})
    assert answer.status_code == 202, answer.content
    job = SyncJob.objects.get(key=f"publish:{good.pk}")
    (refused,) = answer.json()["refused"]
    assert (answer.json()["jobs"], refused["id"], refused["field"]) == ([job.pk], bad.pk, "name")
    assert refused["message"]
    assert [finding["field"] for finding in refused["findings"]] == ["name"]


def test_too_many_at_once_are_refused(api):
    found = error(api.post(f"{GLOBAL}publish/", {"listings": list(range(1, 202))}), 400)
    assert (found["field"], found["message"]) == ("listings", "Ensure this field has no more than 200 elements.")


def test_an_unknown_id_publishes_nothing(api):
    row = make_ready()
    found = error(api.post(f"{GLOBAL}publish/", {"listings": [row.pk, 999_999]}), 400)
    assert (found["field"], found["message"]) == ("listings", "There is no global listing with the id “999999”.")
    assert not SyncJob.objects.filter(key__startswith="publish").exists()


def test_a_plan_says_what_is_ready_and_what_is_not(api, market):
    account = make_seller()
    for region in ("MY", "SG"):
        make_shop(account, region)
    good, bad = make_ready(account), make_ready(account, name="")
    answer = api.post(f"{GLOBAL}plan/", {"listings": [good.pk, bad.pk]})
    assert answer.status_code == 200, answer.content
    told = answer.json()
    assert (told["products"], told["cells"], told["ready"], told["left_out"]) == (1, 2, [good.pk], [])
    assert [(each["id"], each["findings"][0]["field"]) for each in told["blocked"]] == [(bad.pk, "name")]
    assert told["calls"] == sum(told["by_limit"].values()) > 0
    assert told["done_at"]
    alone = api.post(f"{own(good)}plan/", {"shops": [good.listings.all()[0].shop_id]}).json()
    assert (alone["cells"], alone["ready"]) == (1, [good.pk])
    assert not SyncJob.objects.filter(key__startswith="publish").exists()


# --- push, unlist, delete


@pytest.mark.parametrize(("action", "key"), [("push-prices", "push:prices:{pk}"), ("push-stock", "push:stock:{pk}")])
def test_a_push_is_queued_once(api, action, key):
    row = make_live()
    job = job_of(api.post(f"{own(row)}{action}/"))
    assert job.key == key.format(pk=row.pk)
    assert api.post(f"{own(row)}{action}/").json() == {"job": job.pk}


@pytest.mark.parametrize("action", ["push-prices", "push-stock"])
def test_what_is_not_published_is_not_pushed(api, action):
    assert error(api.post(f"{own(make_ready())}{action}/"), 409)["field"] == "status"


def test_deleting_a_global_listing_is_queued(api):
    row = make_live()
    assert job_of(api.delete(own(row))).key == f"delete:{row.pk}"
    row.refresh_from_db()
    assert row.status == "live"


def test_listings_are_listed_and_shown_with_their_variants(api):
    row = make_live()
    first, second = row.listings.order_by("pk")
    assert [cell["id"] for cell in api.get(LISTINGS).json()["results"]] == [second.pk, first.pk]
    for query in ({"shop": first.shop_id}, {"external_id": first.external_id}):
        assert [cell["id"] for cell in api.get(LISTINGS, query).json()["results"]] == [first.pk]
    for query in ({"account": row.account_id}, {"global_listing": row.pk}, {"status": "live"}):
        assert len(api.get(LISTINGS, query).json()["results"]) == 2
    assert api.get(LISTINGS, {"status": "banned"}).json()["results"] == []
    shown = api.get(f"{LISTINGS}{first.pk}/").json()
    assert [variant["sku"] for variant in shown["variants"]] == [variant.sku for variant in row.variants.all()]


def test_a_cell_is_published_again(api, market):
    row = make_ready()
    cell = row.listings.all()[0]
    Listing.objects.filter(pk=cell.pk).update(status="refused", problem="No.")
    assert job_of(api.post(f"{LISTINGS}{cell.pk}/publish/")).key == f"publish:{row.pk}"
    cell.refresh_from_db()
    assert (cell.status, cell.problem) == ("publishing", "")
    assert not market.calls


def test_a_cell_that_lacks_something_says_all_of_it(api):
    row = make_ready(name="")
    found = error(api.post(f"{LISTINGS}{row.listings.all()[0].pk}/publish/"), 409)
    assert [problem["field"] for problem in found["problems"]] == ["name"]


@pytest.mark.parametrize(("action", "listed"), [("unlist", False), ("relist", True)])
def test_hiding_and_showing_are_queued(api, action, listed):
    cell = make_live().listings.all()[0]
    job = job_of(api.post(f"{LISTINGS}{cell.pk}/{action}/"))
    assert (job.key, job.kwargs["listed"]) == (f"show:{cell.pk}", listed)


def test_deleting_a_listing_is_queued(api):
    cell = make_live().listings.all()[0]
    assert job_of(api.delete(f"{LISTINGS}{cell.pk}/")).key == f"delete_listing:{cell.pk}"
    assert error(api.delete(f"{LISTINGS}{make_ready().listings.all()[0].pk}/"), 409)["field"] == "status"


# --- who may


@pytest.mark.parametrize(
    ("method", "path", "codename"),
    [
        ("post", "global-listings/", "add_globallisting"),
        ("patch", "global-listings/1/", "change_globallisting"),
        ("delete", "global-listings/1/", "delete_globallisting"),
        ("post", "global-listings/1/check/", "change_globallisting"),
        ("post", "global-listings/check/", "change_globallisting"),
        ("post", "global-listings/1/publish/", "change_globallisting"),
        ("post", "global-listings/publish/", "change_globallisting"),
        ("post", "global-listings/1/push-prices/", "change_globallisting"),
        ("post", "global-listings/1/push-stock/", "change_globallisting"),
        ("post", "listings/1/publish/", "change_listing"),
        ("post", "listings/1/unlist/", "change_listing"),
        ("post", "listings/1/relist/", "change_listing"),
        ("delete", "listings/1/", "delete_listing"),
    ],
)
def test_who_may_view_may_not_act(reader, method, path, codename):
    assert f"“catalog.{codename}”" in error(getattr(reader, method)(f"{V1}{path}"), 403)["message"]


def test_who_may_view_may_plan(reader):
    row = make_ready()
    assert reader.post(f"{own(row)}plan/").status_code == 200
    assert reader.post(f"{GLOBAL}plan/", {"listings": [row.pk]}).status_code == 200


def test_the_permission_to_change_is_enough_to_publish():
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_globallisting"))
    client = APIClient()
    client.force_login(user)
    assert client.post(f"{own(make_ready())}publish/").status_code == 202
