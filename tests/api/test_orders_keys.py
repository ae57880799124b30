"""The header Idempotency-Key: the same call is done once for a day, another is refused, a failed one leaves none."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from drf_spectacular.generators import SchemaGenerator

from integrations import idempotency, leases
from integrations.models import IdempotencyKey, SyncJob
from orders.models import Order, StatusChange
from orders.services import holding
from tests.factories_orders import make_order, make_package

from .conftest import client_of
from .support import error

KEY = {"Idempotency-Key": "0b8f1c1e-5a0d-4b7e-9a55-1d8a3a2f6b11"}


@pytest.fixture
def order(db) -> Order:
    return make_order()


def hold(api: Any, order: Order, reason: str = "wait", headers: Any = KEY) -> Any:
    return api.post(f"/api/v1/orders/{order.pk}/hold/", {"reason": reason}, headers=headers)


def age(by: timedelta, **columns: Any) -> None:
    """Let the only key be so old."""
    row = IdempotencyKey.objects.get()
    IdempotencyKey.objects.update(created_at=row.created_at - by, claimed_at=row.claimed_at - by, **columns)


def test_the_same_call_is_answered_the_same_and_done_once(api, order):
    first, second = hold(api, order), hold(api, order)
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.content == second.content
    assert ("Idempotent-Replayed" in first, second["Idempotent-Replayed"]) == (False, "true")
    assert StatusChange.objects.filter(order=order, new="on_hold").count() == 1


def test_without_a_key_it_is_done_again(api, order):
    assert hold(api, order, headers={}).status_code == 200
    assert error(hold(api, order, headers={}), 409)["field"] == "status"
    assert not IdempotencyKey.objects.exists()


def test_a_queued_job_is_told_again_with_its_address(api, order):
    first = api.post(f"/api/v1/orders/{order.pk}/refresh/", headers=KEY)
    SyncJob.objects.update(state="done")
    second = api.post(f"/api/v1/orders/{order.pk}/refresh/", headers=KEY)
    assert (second.status_code, second.json(), second["Location"]) == (202, first.json(), first["Location"])
    assert SyncJob.objects.count() == 1


@pytest.mark.parametrize("other", ["body", "address"])
def test_the_key_of_another_call_is_refused(api, order, other):
    hold(api, order)
    second = make_order(order.shop)
    answer = hold(api, order, "something else") if other == "body" else hold(api, second)
    assert error(answer, 422)["code"] == "another_call"
    order.refresh_from_db()
    second.refresh_from_db()
    assert (order.hold_reason, second.status) == ("wait", "processing")


def test_keys_of_two_users_have_nothing_to_do_with_each_other(api, order):
    hold(api, order)
    second = make_order(order.shop)
    answer = hold(client_of(User.objects.create_superuser("second")), second)
    assert (answer.status_code, answer.json()["status"]) == (200, "on_hold")


def test_a_call_that_failed_leaves_its_key_free(api, order):
    assert error(hold(api, order, ""), 400)["field"] == "reason"
    assert not IdempotencyKey.objects.exists()
    Order.objects.update(status="shipped")
    assert error(hold(api, order), 409)["field"] == "status"
    assert not IdempotencyKey.objects.exists()
    Order.objects.update(status="processing")
    assert hold(api, order).status_code == 200


def test_a_bug_undoes_what_was_done_and_frees_the_key(api, order, monkeypatch):
    plain = holding.hold

    def breaks(*args: Any) -> None:
        plain(*args)
        raise RuntimeError("a bug")

    monkeypatch.setattr(holding, "hold", breaks)
    api.raise_request_exception = False
    assert hold(api, order).status_code == 500
    order.refresh_from_db()
    assert (order.status, IdempotencyKey.objects.count()) == ("processing", 0)
    monkeypatch.setattr(holding, "hold", plain)
    assert hold(api, order).status_code == 200


def test_while_the_first_is_under_way_the_second_is_told_so(api, order, monkeypatch):
    plain, told = holding.hold, []

    def slow(*args: Any) -> None:
        told.append(hold(api, order))
        plain(*args)

    monkeypatch.setattr(holding, "hold", slow)
    assert hold(api, order).status_code == 200
    (second,) = told
    assert (error(second, 409)["code"], second["Retry-After"]) == ("under_way", "1")
    assert StatusChange.objects.filter(order=order, new="on_hold").count() == 1


def test_a_call_whose_process_died_is_done_by_the_next(api, order):
    owner = User.objects.get(username="owner")
    hold(api, order)
    digest = IdempotencyKey.objects.get().digest
    IdempotencyKey.objects.all().delete()
    Order.objects.update(status="processing", hold_reason="")
    idempotency.claim(owner, KEY["Idempotency-Key"], digest)  # and it died: nothing is done
    assert error(hold(api, order), 409)["code"] == "under_way"
    age(idempotency.DEAD_AFTER + timedelta(seconds=1))
    answer = hold(api, order)
    assert (answer.status_code, "Idempotent-Replayed" in answer) == (200, False)


def test_who_was_taken_over_does_nothing(api, order, monkeypatch):
    plain = holding.hold

    def taken_over(*args: Any) -> None:
        plain(*args)
        IdempotencyKey.objects.update(claimed_at=leases.now() + timedelta(minutes=3))

    monkeypatch.setattr(holding, "hold", taken_over)
    assert error(hold(api, order), 409)["code"] == "under_way"
    order.refresh_from_db()
    assert order.status == "processing"


def test_a_key_is_kept_for_a_day(api, order):
    hold(api, order)
    age(timedelta(hours=23, minutes=59))
    assert hold(api, order)["Idempotent-Replayed"] == "true"
    assert idempotency.thin() == 0
    age(timedelta(minutes=2))
    assert error(hold(api, order), 409)["field"] == "status"  # done anew: it is held already
    assert not IdempotencyKey.objects.exists()


def test_old_keys_are_thinned(api, order):
    hold(api, order)
    age(timedelta(hours=25))
    assert (idempotency.thin(), IdempotencyKey.objects.count()) == (1, 0)


@pytest.mark.parametrize("key", ["", "k" * 201, "ä", "a\tb"])
def test_a_key_that_is_none_is_named(api, order, key):
    body = error(hold(api, order, headers={"Idempotency-Key": key}), 400)
    assert body["field"] == "Idempotency-Key"
    order.refresh_from_db()
    assert order.status == "processing"


def test_who_may_not_do_it_uses_no_key(reader, order):
    assert error(hold(reader, order), 403)["code"] == "permission_denied"
    assert not IdempotencyKey.objects.exists()


def test_reading_and_printing_take_no_key(api, order):
    package = make_package(order)
    api.get(f"/api/v1/orders/{order.pk}/", headers=KEY)
    assert api.post("/api/v1/packages/pick-list/", {"packages": [package.pk]}, headers=KEY).status_code == 200
    assert not IdempotencyKey.objects.exists()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="the test's SQLite database has one connection")
@pytest.mark.django_db(transaction=True)
def test_of_calls_at_the_same_time_one_does_it():
    order, owner = make_order(), User.objects.create_superuser("owner")
    gate, answers = threading.Barrier(4), list[int]()

    def call() -> None:
        try:
            client = client_of(owner)
            gate.wait(timeout=30)
            answers.append(hold(client, order).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _each in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 409}
    assert 200 in answers
    assert len(answers) == 4
    assert StatusChange.objects.filter(order=order, new="on_hold").count() == 1


def test_the_document_names_the_header_where_it_is_taken():
    paths = SchemaGenerator().get_schema(request=None, public=True)["paths"]
    ours = ("orders", "purchases", "payments", "packages", "carrier-rules", "buy-rules", "balances")
    posts = {path: told["post"] for path, told in paths.items() if path.split("/")[3] in ours and "post" in told}
    takes = {
        path
        for path, told in posts.items()
        if any(each["name"] == "Idempotency-Key" and each["in"] == "header" for each in told.get("parameters", ()))
    }
    papers = {f"/api/v1/packages/{name}/" for name in ("labels", "packing-slips", "pick-list")}
    assert set(posts) - takes == papers
    assert {"422" in posts[path]["responses"] for path in takes} == {True}
    assert "/api/v1/payments/{id}/pay/" in takes
