"""What is kept of an exchange, and for how long."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import PlatformAccount
from accounts.secrets import MASK
from integrations import exchanges
from integrations.models import ApiCall

NOW = datetime(2027, 1, 16, 12, tzinfo=UTC)


def exchange(**given):
    defaults = {"platform": "cj", "endpoint": "/x", "method": "GET", "url": "http://x/x", "outcome": "ok"}
    return ApiCall(**(defaults | {"request": "asked", "response": "answered"} | given))


# Samples


def test_a_sample_masks_by_name_and_by_look():
    data = {
        "accessToken": "abc123",
        "openId": 123456,
        "list": [{"apiKey": "CJ1@api@0123"}],
        "note": "API@CJ1@CJ:eyJ0.e-_x",
        "name": "lamp",
    }
    shown = exchanges.sample(data)
    assert [plain for plain in ("abc123", "123456", "0123", "eyJ0") if plain in shown] == []
    assert '"name": "lamp"' in shown


def test_a_sample_says_where_goods_go_and_not_to_whom():
    address = {"name": "Aisyah", "phone": "0123456", "full_address": "12 Jalan Merdeka", "region": "MY", "town": ""}
    shown = exchanges.sample(
        {
            "order_list": [{"recipient_address": address, "buyer_username": "aisyah88", "name": "lamp"}],
            "shippingCustomerName": "Aisyah",
            "shippingPhone": "0123456",
            "shippingCity": "Asajaya",
            "taxId": "",
        }
    )
    assert [plain for plain in ("Aisyah", "aisyah88", "0123456", "Merdeka") if plain in shown] == []
    assert [kept for kept in ('"region": "MY"', '"name": "lamp"', "Asajaya", '"taxId": ""') if kept not in shown] == []


def test_a_sample_masks_the_secrets_it_is_told_of_even_where_a_long_text_is_cut():
    secret = "s3cr3t" * 10
    shown = exchanges.sample({"odd": "x" * 1970 + secret, secret: 1}, 4000, secrets=[secret])
    assert "s3cr3t" not in shown
    assert MASK in shown


def test_long_lists_and_texts_are_shortened_and_the_whole_is_cut():
    data = {"list": list(range(1000)), "text": "x" * 100_000}
    assert "… 980 more" in exchanges.sample({"list": list(range(1000))})
    assert "… 997 more" in exchanges.sample({"list": list(range(1000))}, exchanges.KEPT_CHARS_OF_A_LIST)
    assert len(exchanges.sample(data, 1000)) == 1000


def test_a_sample_survives_whatever_json_can_hold():
    deep = value = {}
    for _ in range(900):
        value["a"] = value = {}
    shown = exchanges.sample({"deep": deep, "nul": "\x00", "half": "\ud800", "price": Decimal("0.10"), "big": 10**400})
    assert "\x00" not in shown
    assert shown.encode()
    assert "0.10" in shown


def test_a_body_that_is_no_json_is_shown_masked():
    shown = exchanges.sample_of_bytes(b"\xff\x00<html> access_token=abc123&x=1 my-secret", 100, secrets=["my-secret"])
    assert "abc123" not in shown
    assert "my-secret" not in shown
    assert "\x00" not in shown
    assert "<html>" in shown


# Writing


@pytest.mark.django_db
def test_good_reads_wait_to_be_written_together(django_assert_num_queries):
    recorder = exchanges.Recorder()
    with django_assert_num_queries(0):
        for _ in range(exchanges.BUFFERED - 1):
            recorder.add(exchange())
    with django_assert_num_queries(1):
        recorder.add(exchange())
    assert ApiCall.objects.count() == exchanges.BUFFERED


@pytest.mark.django_db
@pytest.mark.parametrize("what", [{"is_write": True}, {"outcome": "refused"}, {"outcome": "unreachable"}])
def test_writes_and_errors_are_written_at_once_with_what_came_before(what):
    recorder = exchanges.Recorder()
    recorder.add(exchange(endpoint="before"))
    assert ApiCall.objects.count() == 0
    recorder.add(exchange(endpoint="this", **what))
    assert list(ApiCall.objects.order_by("pk").values_list("endpoint", flat=True)) == ["before", "this"]


@pytest.mark.django_db
def test_exchanges_of_a_record_are_those_of_its_account_newest_first():
    ann, ben = (PlatformAccount.objects.create(platform="cj", external_id=name, name=name) for name in "ab")
    for account, subject in [(ann, "product:1"), (ann, "product:2"), (ben, "product:1"), (ann, "product:1")]:
        exchange(account=account, subject=subject).save()
    first, second = ApiCall.objects.filter(account=ann, subject="product:1").order_by("pk")
    assert list(exchanges.for_subject(ann, "product:1")) == [second, first]


# Forgetting


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "what", "left"),
    [
        (timedelta(hours=23), {}, "all"),
        (timedelta(hours=25), {}, "row"),
        (timedelta(days=6, hours=23), {}, "row"),
        (timedelta(days=7, hours=1), {}, "nothing"),
        (timedelta(days=29), {"is_write": True}, "all"),
        (timedelta(days=31), {"is_write": True}, "row"),
        (timedelta(days=29), {"outcome": "refused"}, "all"),
        (timedelta(days=31), {"outcome": "refused"}, "row"),
        (timedelta(days=179), {"is_write": True}, "row"),
        (timedelta(days=181), {"is_write": True}, "nothing"),
        (timedelta(days=181), {"outcome": "unreadable"}, "nothing"),
    ],
)
def test_what_is_old_is_forgotten(age, what, left):
    with time_machine.travel(NOW, tick=False):
        call = exchange(created_at=NOW - age, **what)
        call.save()
        exchanges.thin()
        found = ApiCall.objects.filter(pk=call.pk).first()
    assert (found is None) == (left == "nothing")
    if found:
        assert (found.request, found.response) == (("asked", "answered") if left == "all" else ("", ""))
        assert found.endpoint == "/x"


@pytest.mark.django_db
def test_forgetting_goes_by_small_batches_and_counts(monkeypatch):
    monkeypatch.setattr(exchanges, "BATCH", 3)
    ApiCall.objects.bulk_create(
        [exchange(created_at=NOW - timedelta(days=2)) for _ in range(7)]
        + [exchange(created_at=NOW - timedelta(days=8)) for _ in range(5)]
        + [exchange(created_at=NOW) for _ in range(2)]
    )
    with time_machine.travel(NOW, tick=False):
        assert exchanges.thin() == exchanges.Thinned(bodies=7, rows=5)
        assert exchanges.thin() == exchanges.Thinned()
    assert ApiCall.objects.count() == 9
