"""The API's manners: strict parameters, pages, one shape of errors, who may."""

import base64

import pytest
from django.contrib.auth.models import Permission, User
from rest_framework.test import APIClient

from integrations.models import ApiCall, SyncJob
from tests.factories import make_account

from .support import error

JOBS = "/api/v1/jobs/"


def make_jobs(count: int, **columns) -> list[SyncJob]:
    return [SyncJob.objects.create(**{"task": "t", "key": f"k:{number}"} | columns) for number in range(count)]


def cursor(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


# --- pages ----------------------------------------------------------------------------------------


def test_pages_give_each_record_once_newest_first(api):
    rows = make_jobs(7)
    seen, url = [], f"{JOBS}?page_size=3"
    while url:
        page = api.get(url).json()
        seen += [job["id"] for job in page["results"]]
        url = page["next"]
    assert seen == [row.pk for row in reversed(rows)]


def test_rows_added_meanwhile_move_no_page(api):
    rows = make_jobs(4)
    first = api.get(f"{JOBS}?page_size=2").json()
    make_jobs(3, state="done", key="later")
    second = api.get(first["next"]).json()
    assert [job["id"] for job in second["results"]] == [rows[1].pk, rows[0].pk]
    assert [job["id"] for job in api.get(second["previous"]).json()["results"]] == [rows[3].pk, rows[2].pk]


@pytest.mark.parametrize("size", ["0", "101", "-1", "abc", "1.5", "٣", "9" * 5000])
def test_a_page_size_that_is_not_to_be_had_is_refused(api, size):
    body = error(api.get(JOBS, {"page_size": size}), 400)
    assert (body["field"], body["message"]) == ("page_size", "Give a whole number from 1 to 100.")


def test_a_page_size_of_100_is_had(api):
    make_jobs(100)
    assert len(api.get(JOBS, {"page_size": 100}).json()["results"]) == 100


@pytest.mark.parametrize(
    "made", ["x", "ä", cursor("p=abc"), cursor("o=999999&p=3"), cursor("r=1"), cursor("p=" + "9" * 40), cursor("p=%00")]
)
def test_a_cursor_that_is_not_ours_is_refused(api, made):
    body = error(api.get(JOBS, {"cursor": made}), 400)
    assert (body["field"], body["message"]) == (
        "cursor",
        "This is no cursor of ours. Start without one and follow “next”.",
    )


# --- parameters -----------------------------------------------------------------------------------


def test_an_unknown_parameter_is_named_with_the_known_ones(api):
    body = error(api.get(JOBS, {"page": 0, "state": "done"}), 400)
    assert body["field"] == "page"
    assert body["message"] == (
        "There is no parameter of this name here. Known: account, created_since, cursor, key, lane, page_size, state."
    )


def test_all_wrong_parameters_are_told_at_once(api):
    body = error(api.get(f"{JOBS}?colour=red&state=&lane=1&lane=2"), 400)
    assert {problem["field"]: problem["code"] for problem in body["problems"]} == {
        "colour": "bad_parameter",
        "state": "bad_parameter",
        "lane": "bad_parameter",
    }


def test_a_record_takes_no_parameter(api):
    (job,) = make_jobs(1)
    body = error(api.get(f"{JOBS}{job.pk}/?state=done"), 400)
    assert body["message"] == "There is no parameter of this name here. Known: none."


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("state", "finished", "Not one of the choices. Use one of: queued, running, done, failed, replaced."),
        ("lane", "9", "Not one of the choices. Use one of: 0, 1, 2, 3, 4."),
        ("account", "77", "There is no account with the id “77”."),
        ("account", "x", "There is no account with the id “x”."),
        ("account", "9" * 30, f"There is no account with the id “{'9' * 30}”."),
        ("created_since", "yesterday", "Write a time such as 2026-11-21T08:00:00Z."),
        ("key", "a\0b", "Null characters are not allowed."),
        ("key", "k" * 201, "Ensure this value has at most 200 characters (it has 201)."),
    ],
)
def test_a_wrong_value_is_refused_and_named(api, name, value, message):
    body = error(api.get(JOBS, {name: value}), 400)
    assert (body["field"], body["message"]) == (name, message)


def test_yes_and_no_are_words(api):
    body = error(api.get("/api/v1/exchanges/", {"is_write": "banana"}), 400)
    assert (body["field"], body["message"]) == ("is_write", "Not one of the choices. Use one of: true, false.")


def test_a_filter_filters(api):
    account = make_account()
    make_jobs(2)
    SyncJob.objects.create(task="t", key="wanted", account=account, state="failed")
    found = api.get(JOBS, {"account": account.pk, "state": "failed"}).json()["results"]
    assert [job["key"] for job in found] == ["wanted"]


# --- bodies ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "begins"),
    [
        ("{ids: [1]}", "The body is not JSON: Expecting property name enclosed in double quotes: line 1 column 2"),
        ('{"ids": [1]', "The body is not JSON: Expecting ',' delimiter: line 1 column 12"),
        ('{"ids": [NaN]}', "The body is not JSON: Out of range float values are not JSON compliant"),
        ("[" * 100_000, "The body is not JSON that can be read: it is nested too deep."),
        (b"\xff\xfe", "The body is not JSON: 'utf-8' codec can't decode byte"),
        ('{"ids": [' + "9" * 5000 + "]}", "The body is not JSON: Exceeds the limit"),
    ],
)
def test_a_body_that_is_not_json_is_told_where(api, body, begins):
    found = error(api.post(f"{JOBS}revive/", data=body, content_type="application/json"), 400)
    assert found["code"] == "parse_error"
    assert found["message"].startswith(begins)


def test_a_body_of_another_type_is_refused(api):
    found = error(api.post(f"{JOBS}revive/", data="ids=1", content_type="application/x-www-form-urlencoded"), 415)
    assert "application/x-www-form-urlencoded" in found["message"]


def test_a_huge_body_is_refused(api):
    found = error(api.post(f"{JOBS}revive/", data=" " * 1_000_001, content_type="application/json"), 413)
    assert found["message"] == "The body has 1000001 bytes; at most 1000000 are read."


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        ({}, "ids", "This field is required."),
        ({"ids": []}, "ids", "This list may not be empty."),
        ({"ids": 3}, "ids", 'Expected a list of items but got type "int".'),
        ({"ids": ["a"]}, "ids.0", "A valid integer is required."),
        ({"ids": [1], "id": 2}, "id", "There is no field of this name here. Known: ids."),
        ([1], "", "Invalid data. Expected a dictionary, but got list."),
        ({"ids": [999]}, "ids", "There is no job with the id “999”."),
        ({"ids": [2**70]}, "ids.0", "Ensure this value is less than or equal to 9223372036854775807."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_changes(api, body, field, message):
    (job,) = make_jobs(1, state="failed")
    found = error(api.post(f"{JOBS}revive/", body), 400)
    assert (found["field"], found["message"]) == (field, message)
    job.refresh_from_db()
    assert job.state == "failed"


# --- addresses and methods ------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["999", "abc", "9" * 5000, "1e3", "-1", "١"])
def test_an_unknown_id_names_the_resource(api, number):
    body = error(api.get(f"{JOBS}{number}/"), 404)
    assert body["message"] == f"There is no job with the id “{number[:64]}”."


@pytest.mark.parametrize("address", ["/api/v1/jbos/", "/api/nothing", "/api/v1/jobs/1/explode/"])
def test_an_unknown_address_is_answered_in_the_same_shape(api, address):
    assert error(api.get(address), 404)["code"] == "not_found"


def test_a_method_that_is_not_there_is_named(api):
    (job,) = make_jobs(1)
    answer = api.delete(f"{JOBS}{job.pk}/")
    assert error(answer, 405)["message"] == 'Method "DELETE" not allowed.'
    assert "GET" in answer["Allow"]
    assert SyncJob.objects.count() == 1


def test_a_bug_tells_nothing_of_itself(api, monkeypatch):
    def explode(*_):
        raise RuntimeError("apiKey=CJ1@api@secret in the traceback")

    monkeypatch.setattr("integrations.api.JobViewSet.filter_queryset", explode)
    api.raise_request_exception = False
    body = error(api.get(JOBS), 500)
    assert body["code"] == "error"
    assert "secret" not in body["message"]


# --- who may --------------------------------------------------------------------------------------


def test_who_is_unknown_is_asked_to_log_in(nobody):
    answer = nobody.get(JOBS)
    assert error(answer, 401)["code"] == "not_authenticated"
    assert answer["WWW-Authenticate"] == "Token"


def test_a_wrong_password_is_refused(nobody, owner):
    nobody.credentials(HTTP_AUTHORIZATION="Basic " + base64.b64encode(b"owner:wrong").decode())
    assert error(nobody.get(JOBS), 401)["code"] == "authentication_failed"


def test_who_may_view_may_not_act(reader):
    (job,) = make_jobs(1, state="failed")
    assert reader.get(f"{JOBS}{job.pk}/").status_code == 200
    body = error(reader.post(f"{JOBS}{job.pk}/revive/"), 403)
    assert body["message"] == (
        "Your account lacks the permission “integrations.change_syncjob”. Whoever manages the users can grant it."
    )
    job.refresh_from_db()
    assert job.state == "failed"


def test_without_any_permission_nothing_is_shown(db):
    client = APIClient()
    client.force_login(User.objects.create_user("new", is_staff=True))
    assert error(client.get(JOBS), 403)["code"] == "permission_denied"


def test_the_permission_to_change_is_enough_to_act(db):
    user = User.objects.create_user("clerk", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="change_syncjob"))
    client = APIClient()
    client.force_login(user)
    (job,) = make_jobs(1, state="failed")
    assert client.post(f"{JOBS}{job.pk}/revive/").json() == {"job": job.pk}


def test_the_session_needs_its_csrf_token(owner):
    (job,) = make_jobs(1, state="failed")
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(owner)
    assert error(client.post(f"{JOBS}{job.pk}/revive/"), 403)["message"].startswith("CSRF Failed")


# --- exchanges ------------------------------------------------------------------------------------


def test_bodies_are_shown_of_one_exchange_and_not_of_many(api):
    call = ApiCall.objects.create(
        platform="cj", endpoint="e", method="GET", url="u", outcome="ok", request="asked", response="told"
    )
    assert "response" not in api.get("/api/v1/exchanges/").json()["results"][0]
    assert api.get(f"/api/v1/exchanges/{call.pk}/").json()["response"] == "told"
