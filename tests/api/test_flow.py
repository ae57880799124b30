"""The main job through the API alone, against the simulator: connect, choose, read, look, act."""

from typing import Any

import pytest

from accounts.models import PlatformAccount
from catalog.models import Product, Review, Selection, SourcingRequest
from integrations import connections, jobs
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_category, make_item, make_product, make_selection

from .support import error

V1 = "/api/v1/"


@pytest.fixture
def account(simulator, db, settings) -> PlatformAccount:
    settings.CJ_IP_RPS = 1000.0
    key = simulator.look("world")["cj"]["accounts"][0]["api_key"]
    return connections.connect("cj", api_key=key, name="Main")


def paths(simulator: Any) -> list[str]:
    return [call["path"] for call in simulator.look("calls")["calls"]]


def made(api: Any, **body: Any) -> Any:
    answer = api.post(f"{V1}selections/", body)
    assert answer.status_code == 201, answer.content
    return answer.json()


def synced(api: Any, account: Any, **body: Any) -> Any:
    """Read everything the world has, through the API."""
    selection = made(api, **{"account": account.pk, "name": "All"} | body)
    queued = api.post(f"{V1}selections/{selection['id']}/sync/")
    assert queued.status_code == 202, queued.content
    jobs.work()
    return selection, queued.json()


def test_a_selection_is_made_read_and_looked_at(api, simulator, account):
    selection, queued = synced(api, account)
    run = api.get(f"{V1}runs/{queued['run']}/").json()
    assert (run["state"], run["job"], run["requested_by"]) == ("done", queued["job"], "owner")
    assert run["seen"] == run["created"] + run["failed"] + run["unchanged"] + run["updated"]
    assert (run["created"], run["progress"]["percent"]) == (Product.objects.count(), 100)
    assert run["created"] > 20
    listed = api.get(f"{V1}products/", {"selection": selection["id"], "page_size": 100}).json()["results"]
    assert {row["id"] for row in listed} == set(Product.objects.values_list("pk", flat=True))
    problems = api.get(f"{V1}runs/{queued['run']}/problems/").json()["results"]
    assert len(problems) == run["failed"]
    assert (
        len(api.get(f"{V1}selections/{selection['id']}/items/", {"page_size": 100}).json()["results"]) >= run["created"]
    )


def test_a_product_shows_its_variants_offers_stock_and_exchanges(api, simulator, account):
    synced(api, account)
    product = Product.objects.filter(variants__stock_levels__total__gt=0)[0]
    shown = api.get(f"{V1}products/{product.pk}/").json()
    assert (shown["external_id"], shown["name"]) == (product.external_id, product.name)
    assert [variant["sku"] for variant in shown["variants"]] == [
        variant.sku for variant in product.variants.order_by("pk")
    ]
    offer, level = shown["variants"][0]["offers"][0], shown["variants"][0]["stock_levels"][0]
    assert (offer["account"], level["variant"]) == (account.pk, shown["variants"][0]["id"])
    assert [image["url"] for image in shown["images"]] == [image.url for image in product.images.all()]
    prices = api.get(f"{V1}offers/{offer['id']}/prices/").json()["results"]
    assert [row["price"] for row in prices] == [offer["price"]]
    assert api.get(f"{V1}offers/{offer['id']}/").json()["prices"] == prices
    exchanges = api.get(f"{V1}products/{product.pk}/exchanges/").json()["results"]
    assert {row["subject"] for row in exchanges} == {f"product:{product.external_id}"}


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("refresh", "product:{pk}"),
        ("refresh-stock", "stock:product:{pk}"),
        ("add-to-mine", "mine:{pk}"),
        ("reviews", "reviews:{pk}"),
    ],
)
def test_an_action_queues_one_job_and_calls_nobody(api, simulator, account, action, key):
    product = make_product(account)
    before = paths(simulator)
    first = api.post(f"{V1}products/{product.pk}/{action}/")
    assert first.status_code == 202, first.content
    assert api.post(f"{V1}products/{product.pk}/{action}/").json() == first.json()
    job = SyncJob.objects.get(key=key.format(pk=product.pk))
    assert (first.json(), job.state, job.requested_by) == ({"job": job.pk}, "queued", "owner")
    assert first["Location"] == f"http://testserver{V1}jobs/{job.pk}/"
    assert paths(simulator) == before


def test_the_actions_do_what_they_say(api, simulator, account):
    synced(api, account)
    product = Product.objects.filter(is_mine=False, status="active")[0]
    for action in ("add-to-mine", "refresh-stock", "reviews"):
        assert api.post(f"{V1}products/{product.pk}/{action}/").status_code == 202
    jobs.work()
    shown = api.get(f"{V1}products/{product.pk}/").json()
    assert shown["is_mine"]
    assert {job["state"] for job in api.get(f"{V1}jobs/").json()["results"]} == {"done"}
    reviews = api.get(f"{V1}products/{product.pk}/reviews/", {"page_size": 100}).json()["results"]
    assert len(reviews) == min(Review.objects.filter(product=product).count(), 100)
    (change,) = [row for row in api.get(f"{V1}products/{product.pk}/history/").json()["results"] if row["is_mine"]]
    assert (change["kind"], change["why"]) == ("~", "Added to my products")


def test_a_search_turns_pages_and_its_hits_are_carried(api, simulator, account):
    first = api.get(f"{V1}search/", {"account": account.pk, "page_size": 5}).json()
    second = api.get(f"{V1}search/", {"account": account.pk, "page_size": 5, "cursor": first["cursor"]}).json()
    ids = [hit["external_id"] for hit in first["results"] + second["results"]]
    assert (len(ids), len(set(ids))) == (10, 10)
    assert first["results"][0]["name"]
    assert first["results"][0]["price_low"]
    assert not Product.objects.exists()
    chosen = made(api, account=account.pk, name="Chosen", kind="list")
    answer = api.post(f"{V1}selections/{chosen['id']}/carry/", {"external_ids": [*ids, ids[0]]}).json()
    assert (answer["added"], answer["doubles"], answer["wrong"]) == (10, 1, [])
    jobs.work()
    assert api.get(f"{V1}runs/{answer['run']}/").json()["seen"] == 10
    taken = api.post(f"{V1}selections/{chosen['id']}/remove/", {"external_ids": ids[:2]})
    assert taken.json() == {"removed": 2}


def test_pasted_lines_become_items_and_wrong_ones_are_told(api, simulator, account):
    chosen = made(api, account=account.pk, name="Pasted", kind="list")
    hit = api.get(f"{V1}search/", {"account": account.pk, "page_size": 1}).json()["results"][0]
    answer = api.post(
        f"{V1}selections/{chosen['id']}/add/", {"text": f"{hit['external_id']}\nno such thing at all"}
    ).json()
    assert (answer["added"], answer["doubles"]) == (1, 0)
    assert [wrong["line"] for wrong in answer["wrong"]] == ["no such thing at all"]
    assert answer["wrong"][0]["message"]


def test_categories_warehouses_and_stock_are_read_on_demand(api, simulator, account):
    synced(api, account)
    for resource in ("categories", "warehouses"):
        assert api.post(f"{V1}{resource}/sync/", {"account": account.pk}).status_code == 202
    queued = api.post(f"{V1}stock-levels/sync/", {"account": account.pk, "budget": 3})
    assert set(queued.json()) == {"job", "run"}
    jobs.work()
    top = api.get(f"{V1}categories/", {"level": 1}).json()["results"]
    below = api.get(f"{V1}categories/", {"parent": top[0]["id"]}).json()["results"]
    assert {row["level"] for row in below} == {2}
    assert api.get(f"{V1}warehouses/", {"kind": "area"}).json()["results"]
    run = SyncRun.objects.get(pk=queued.json()["run"])
    assert (run.state, run.seen) == ("done", 3)


def test_a_marketplaces_categories_are_filtered_by_market_and_by_what_takes_products(api):
    branch = make_category(platform="shopee", external_id="1", market="MX", is_leaf=False, name_local="Hogar")
    leaf = make_category(platform="shopee", external_id="2", market="MX", parent=branch, level=2)
    make_category(platform="shopee", external_id="2", market="BR")

    def found(**query):
        return [row["id"] for row in api.get(f"{V1}categories/", query).json()["results"]]

    assert found(market="mx") == [branch.pk, leaf.pk]
    assert found(market="MX", is_leaf="true") == [leaf.pk]
    assert found(market="MX", is_leaf="false") == [branch.pk]
    assert error(api.get(f"{V1}categories/", {"is_leaf": "yes"}), 400)["field"] == "is_leaf"
    shown = api.get(f"{V1}categories/{branch.pk}/").json()
    assert (shown["market"], shown["name_local"], shown["is_leaf"]) == ("MX", "Hogar", False)


def test_a_selection_is_changed_planned_and_deleted(api, simulator, account):
    selection = made(api, account=account.pk, name="Hoodies", keyword="hoodie", country_code="us", price_max="12.5")
    assert (selection["country_code"], selection["price_max"], selection["kind"]) == ("US", "12.5000", "search")
    changed = api.patch(f"{V1}selections/{selection['id']}/", {"keyword": "", "country_code": "", "price_max": None})
    assert (changed.status_code, changed.json()["keyword"], changed.json()["price_max"]) == (200, "", None)
    plan = api.get(f"{V1}selections/{selection['id']}/plan/", {"mode": "full"}).json()
    assert plan["calls"] >= 40
    assert api.delete(f"{V1}selections/{selection['id']}/").status_code == 204
    assert not Selection.objects.exists()


def test_a_source_is_asked_for_once_and_checked(api, simulator, account):
    product = make_product(account, image_url="https://pictures.test/1.jpg")
    made_of = api.post(f"{V1}products/{product.pk}/find-source/", {"price": "4.50", "remark": "in black"})
    described = api.post(
        f"{V1}sourcing-requests/", {"account": account.pk, "name": "Lamp", "image_url": "https://pictures.test/2.jpg"}
    )
    assert (made_of.status_code, described.status_code) == (201, 201)
    assert (made_of.json()["name"], made_of.json()["status"]) == (product.name, "planned")
    jobs.work()
    assert api.get(f"{V1}sourcing-requests/{described.json()['id']}/").json()["status"] == "sent"
    assert paths(simulator).count("/product/sourcing/create") == 2
    assert api.post(f"{V1}sourcing-requests/check/", {"account": account.pk}).status_code == 202
    again = error(api.post(f"{V1}sourcing-requests/{described.json()['id']}/send-again/"), 409)
    assert again["field"] == "status"
    assert SourcingRequest.objects.count() == 2


def test_a_run_is_cancelled_once(api, simulator, account):
    selection = made(api, account=account.pk, name="All")
    run = api.post(f"{V1}selections/{selection['id']}/sync/").json()["run"]
    assert api.post(f"{V1}runs/{run}/cancel/").json()["state"] == "cancelled"
    before = paths(simulator)
    jobs.work()
    assert paths(simulator) == before
    assert api.post(f"{V1}runs/{run}/cancel/").status_code == 200


def test_a_run_that_has_ended_is_not_cancelled(api, simulator, account):
    _selection, queued = synced(api, account)
    found = error(api.post(f"{V1}runs/{queued['run']}/cancel/"), 409)
    assert found["message"] == "The run has ended already: there is nothing to cancel."
    assert SyncRun.objects.get(pk=queued["run"]).state == "done"


# --- bad input, at each door -------------------------------------------------------------------------


def counts() -> list[int]:
    rows = (PlatformAccount, Product, Selection, SyncJob, SyncRun, SourcingRequest)
    return [model.objects.count() for model in rows]


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "field", "message"),
    [
        ("post", "selections/99/sync/", {}, 404, "", "There is no selection with the id “99”."),
        ("post", "products/NOPE/refresh/", {}, 404, "", "There is no product with the id “NOPE”."),
        ("post", "products/99/add-to-mine/", {}, 404, "", "There is no product with the id “99”."),
        (
            "post",
            "selections/{s}/sync/",
            {"mode": "deep"},
            400,
            "mode",
            "Not one of the choices. Use one of: full, screen, sweep.",
        ),
        (
            "post",
            "selections/{s}/sync/",
            {"mod": "full"},
            400,
            "mod",
            "There is no field of this name here. Known: mode.",
        ),
        (
            "post",
            "products/{p}/refresh/",
            {"now": True},
            400,
            "now",
            "There is no field of this name here. Known: none.",
        ),
        ("get", "selections/?page=0", None, 400, "page", None),
        ("get", "products/?page_size=101", None, 400, "page_size", "Give a whole number from 1 to 100."),
        ("get", "products/?page_size=0", None, 400, "page_size", "Give a whole number from 1 to 100."),
        ("get", "products/?selection=99", None, 400, "selection", "There is no selection with the id “99”."),
        ("get", "products/?category=99", None, 400, "category", "There is no category with the id “99”."),
        (
            "get",
            "products/?status=lost",
            None,
            400,
            "status",
            "Not one of the choices. Use one of: active, off_sale, gone.",
        ),
        ("get", "products/?price_min=cheap", None, 400, "price_min", "Enter a number."),
        (
            "get",
            "products/?price_min=1e30",
            None,
            400,
            "price_min",
            "Ensure that there are no more than 18 digits in total.",
        ),
        ("get", "products/?price_min=NaN", None, 400, "price_min", "Enter a number."),
        (
            "get",
            "products/?stock_min=1.5",
            None,
            400,
            "stock_min",
            "Ensure that there are no more than 0 decimal places.",
        ),
        (
            "get",
            "products/?country=USA",
            None,
            400,
            "country",
            "Ensure this value has at most 2 characters (it has 3).",
        ),
        ("get", "products/?search=%00", None, 400, "search", "Null characters are not allowed."),
        ("get", "products/?is_mine=1", None, 400, "is_mine", "Not one of the choices. Use one of: true, false."),
        ("get", "search/", None, 400, "account", "This field is required."),
        ("get", "search/?account=99", None, 400, "account", "There is no account with the id “99”."),
        ("get", "search/?account={a}&page_size=101", None, 400, "page_size", "Give a whole number from 1 to 100."),
        ("get", "search/?account={a}&page_size=0", None, 400, "page_size", "Give a whole number from 1 to 100."),
        ("get", "search/?account={a}&page=0", None, 400, "page", None),
        ("get", "search/?account={a}&cursor=e30", None, 400, "cursor", None),
        ("get", "search/?account={a}&keyword=%00", None, 400, "keyword", "Null characters are not allowed."),
        ("get", "search/?account={a}&extra=[1]", None, 400, "extra", "Give a JSON object, such as {}."),
        (
            "get",
            "search/?account={a}&sort=colour",
            None,
            400,
            "sort",
            "Not one of the choices. Use one of: listed, price, newest, stock.",
        ),
        ("get", "search/?account={a}&verified=perhaps", None, 400, "verified", "Must be a valid boolean."),
        ("post", "selections/", {"name": "x"}, 400, "account", "This field is required."),
        ("post", "selections/", {"account": 99, "name": "x"}, 400, "account", "There is no account with the id “99”."),
        ("post", "selections/", {"account": "x", "name": "x"}, 400, "account", "Give the id as a number."),
        ("post", "selections/", {"account": True, "name": "x"}, 400, "account", "Give the id as a number."),
        ("post", "selections/", {"account": 1.5, "name": "x"}, 400, "account", "Give the id as a number."),
        ("post", "selections/", {"account": "{a}"}, 400, "name", "This field is required."),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "n" * 101},
            400,
            "name",
            "Ensure this field has no more than 100 characters.",
        ),
        ("post", "selections/", {"account": "{a}", "name": "a\0"}, 400, "name", "Null characters are not allowed."),
        ("post", "selections/", {"account": "{a}", "name": 7}, 400, "name", "Not a valid string."),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "x", "kind": "magic"},
            400,
            "kind",
            "Not one of the choices. Use one of: search, mine, list.",
        ),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "x", "category": 99},
            400,
            "category",
            "There is no category with the id “99”.",
        ),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "x", "extra": {"a": "\0"}},
            400,
            "extra",
            "Null characters are not allowed.",
        ),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "x", "price_min": "-1"},
            400,
            "price_min",
            "Ensure this value is greater than or equal to 0.",
        ),
        (
            "post",
            "selections/",
            {"account": "{a}", "name": "x", "price_min": "9", "price_max": "1"},
            409,
            "price_min",
            "price_min must not be above price_max.",
        ),
        ("post", "selections/", {"account": "{a}", "name": "Old"}, 409, "name", None),
        ("post", "selections/{s}/add/", {"text": "PID"}, 409, "selection", None),
        ("post", "selections/{l}/add/", {"text": ""}, 400, "text", "This field may not be blank."),
        (
            "post",
            "selections/{l}/add/",
            {"text": "x" * 500_001},
            400,
            "text",
            "Ensure this field has no more than 500000 characters.",
        ),
        ("post", "selections/{l}/carry/", {"external_ids": []}, 400, "external_ids", "This list may not be empty."),
        ("post", "selections/{l}/carry/", {"external_ids": ["a", 5]}, 400, "external_ids.1", "Not a valid string."),
        ("post", "selections/{e}/sync/", {}, 409, "selection", "The list is empty. Add products to it first."),
        ("patch", "selections/{s}/", {"account": "{a}"}, 400, "account", None),
        ("put", "selections/{s}/", {"name": "x"}, 405, "", 'Method "PUT" not allowed.'),
        (
            "get",
            "selections/{s}/plan/?mode=deep",
            None,
            400,
            "mode",
            "Not one of the choices. Use one of: full, screen, sweep.",
        ),
        ("post", "categories/sync/", {}, 400, "account", "This field is required."),
        (
            "post",
            "stock-levels/sync/",
            {"account": "{a}", "budget": 0},
            400,
            "budget",
            "Ensure this value is greater than or equal to 1.",
        ),
        ("post", "sourcing-requests/", {"account": "{a}", "name": "x"}, 409, "image_url", None),
        (
            "post",
            "sourcing-requests/",
            {"account": "{a}", "name": "x", "image_url": "javascript:1"},
            400,
            "image_url",
            "Enter a valid URL.",
        ),
        ("get", "runs/99/problems/", None, 404, "", "There is no run with the id “99”."),
        ("get", "variants/?product=99", None, 400, "product", "There is no product with the id “99”."),
        ("get", "stock-levels/?warehouse=99", None, 400, "warehouse", "There is no warehouse with the id “99”."),
        ("get", "reviews/?score=good", None, 400, "score", "Enter a number."),
    ],
)
def test_bad_input_is_named_and_nothing_changes(api, simulator, method, address, body, status, field, message):
    account = make_account()
    ids = {
        "a": account.pk,
        "p": make_product(account).pk,
        "s": make_selection(account, name="Old").pk,
        "l": make_item(make_selection(account, kind="list")).selection_id,
        "e": make_selection(account, kind="list").pk,
    }
    body = {name: account.pk if value == "{a}" else value for name, value in body.items()} if body is not None else None
    before = counts()
    found = error(getattr(api, method)(V1 + address.format(**ids), *([] if body is None else [body])), status)
    assert found["field"] == field
    if message is not None:
        assert found["message"] == message
    assert (counts(), paths(simulator)) == (before, [])


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("post", "products/{p}/refresh/"),
        ("post", "products/{p}/refresh-stock/"),
        ("post", "products/{p}/add-to-mine/"),
        ("post", "products/{p}/reviews/"),
        ("post", "products/{p}/find-source/"),
        ("post", "selections/{s}/sync/"),
        ("get", "search/?account={a}"),
        ("post", "categories/sync/"),
        ("post", "warehouses/sync/"),
        ("post", "stock-levels/sync/"),
        ("post", "sourcing-requests/check/"),
    ],
)
def test_a_disconnected_account_does_nothing(api, simulator, method, address):
    account = make_account(status="disconnected")
    product, selection = make_product(account, image_url="https://pictures.test/1.jpg"), make_selection(account)
    before = counts()
    address = address.format(p=product.pk, s=selection.pk, a=account.pk)
    body = {"account": account.pk} if address.endswith(("/sync/", "/check/")) and "selections" not in address else {}
    found = error(getattr(api, method)(V1 + address, *([body] if method == "post" else [])), 409)
    assert found["field"] == "account"
    assert found["message"] == f"CJ Dropshipping · {account.name} is not connected (Disconnected). Connect it first."
    assert (counts(), paths(simulator)) == (before, [])


@pytest.mark.parametrize(
    "address",
    [
        "products/{p}/refresh/",
        "selections/",
        "selections/{s}/sync/",
        "sourcing-requests/",
        "categories/sync/",
        "runs/1/cancel/",
    ],
)
def test_who_may_only_view_does_nothing(reader, simulator, address):
    product, selection = make_product(), make_selection()
    before = counts()
    error(reader.post(V1 + address.format(p=product.pk, s=selection.pk), {}), 403)
    assert (counts(), paths(simulator)) == (before, [])


def test_a_cursor_of_another_search_is_refused(api, simulator, account):
    cursor = api.get(f"{V1}search/", {"account": account.pk, "page_size": 5}).json()["cursor"]
    before = paths(simulator)
    found = error(api.get(f"{V1}search/", {"account": account.pk, "keyword": "x", "cursor": cursor}), 400)
    assert (found["field"], found["message"]) == (
        "cursor",
        "This cursor belongs to another search. Give the same filters, or start without it.",
    )
    assert paths(simulator) == before


def test_a_filter_beyond_the_suppliers_limit_is_named_without_a_call(api, simulator, account):
    before = paths(simulator)
    found = error(api.get(f"{V1}search/", {"account": account.pk, "extra": '{"colour": "red"}'}), 400)
    assert found["code"] == "invalid"
    assert "colour" in found["message"]
    assert paths(simulator) == before


def test_a_platform_that_fails_is_told_with_its_own_words(api, simulator, account):
    simulator.control(
        "faults", platform="cj", path="/product/listV2", times=20, when="before", status=200, code=1600100
    )
    found = error(api.get(f"{V1}search/", {"account": account.pk}), 502)
    assert found["platform"]["code"] == "1600100"
    assert found["platform"]["request_id"]


# --- filters and the cost of a list ------------------------------------------------------------------


def test_the_filters_of_products_find_what_they_say(api):
    account = make_account()
    category = make_category()
    below = make_category(parent=category)
    selection = make_selection(account, kind="list")
    wanted = make_product(account, category=below, price_low="5", stock_total=7, is_mine=True, name="Blue lamp")
    make_item(selection, product=wanted)
    other = make_product(account, price_low="50", stock_total=0, name="Red chair", status="gone")
    make_item(selection, product=other, has_left=True)
    for query in (
        {"category": category.pk},
        {"selection": selection.pk},
        {"price_max": "10"},
        {"stock_min": "1"},
        {"is_mine": "true"},
        {"search": "lamp"},
        {"search": wanted.external_id},
        {"search": wanted.sku},
        {"status": "active"},
        {"account": account.pk, "price_min": "5", "price_max": "5.0000"},
    ):
        found = api.get(f"{V1}products/", query).json()["results"]
        assert [row["id"] for row in found] == [wanted.pk], query
    assert api.get(f"{V1}products/", {"updated_since": "2999-01-01"}).json()["results"] == []
    assert len(api.get(f"{V1}products/", {"updated_since": "2020-01-01T00:00:00Z"}).json()["results"]) == 2


LISTS = [
    "products",
    "variants",
    "stock-levels",
    "offers",
    "categories",
    "warehouses",
    "selections",
    "runs",
    "jobs",
    "exchanges",
    "reviews",
    "sourcing-requests",
    "shops",
]


@pytest.mark.parametrize("resource", LISTS)
def test_a_list_costs_three_queries_however_long(api, simulator, account, resource, django_assert_num_queries):
    synced(api, account)
    with django_assert_num_queries(3):  # session, user, rows
        answer = api.get(f"{V1}{resource}/", {"page_size": 100})
    assert answer.status_code == 200


def test_a_product_costs_the_same_however_many_variants(api, simulator, account, django_assert_num_queries):
    synced(api, account)
    for product in Product.objects.all()[:3]:
        with django_assert_num_queries(7):  # session, user, product, images, variants, offers, stock levels
            api.get(f"{V1}products/{product.pk}/")
