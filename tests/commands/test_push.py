"""`manage.py push`: what differs is shown, queued or sent; exit codes, JSON, errors that name the argument."""

from decimal import Decimal

import pytest

from catalog.models import Variant
from integrations.channels import Outcome
from integrations.models import SyncJob
from tests.factories import make_account
from tests.factories_upkeep import fresh_channel, make_seller, make_sold

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def push(capsys):
    return lambda *words: support.run("catalog", "push", *words, capsys=capsys)


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def row():
    sold = make_sold(make_seller(name="Merchant"), variants=1)
    sold.variants.update(price=Decimal("12.50"))
    Variant.objects.update(stock_total=7)
    return sold


def test_a_dry_run_shows_what_differs_and_sends_nothing(push, channel, row):
    ran = push("prices", "--account", "Merchant", "--dry-run", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert ran.data == {
        "differences": [
            {
                "what": "prices",
                "global_listing": row.pk,
                "sku": row.variants.get().sku,
                "shop": None,
                "place": "",
                "ours": "12.50",
                "theirs": "10.0000",
                "currency": "USD",
            }
        ]
    }
    told = push("prices", "--dry-run").out
    assert row.variants.get().sku in told
    assert "12.50" in told
    assert (SyncJob.objects.count(), channel.calls) == (0, [])


def test_it_queues_for_a_worker(push, channel, row):
    ran = push("stock", "--json")
    job = SyncJob.objects.get()
    assert (ran.code, job.requested_by, job.key) == (0, "command", f"push:stock:{row.pk}")
    assert ran.data == {"jobs": [{"job": job.pk, "key": job.key, "state": "queued", "problem": ""}]}
    assert channel.calls == []


def test_waiting_sends_it_here(push, channel, row):
    ran = push("stock", "--wait", "--json")
    assert (ran.code, ran.data["jobs"][0]["state"]) == (0, "done")
    assert channel.calls == [("push_stock", row.external_id, {"": {"": 7}})]
    assert push("stock", "--wait").out.strip() == "Nothing differs."
    assert push("stock", "--dry-run").out.strip() == "Nothing differs."


def test_what_is_refused_is_exit_code_1_with_the_reason(push, channel, row):
    channel.refused[""] = Outcome(key="", done=False, reason="too dear")
    ran = push("prices", "--wait")
    assert ran.code == 1
    assert f"{row.sku} ({row.name}): Failed. {row.variants.get().sku}: too dear" in ran.out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["prices", "--account", "Supplier"], "is a supplier's account: name one that sells."),
        (["prices", "--account", "Nobody"], "account: There is no account Nobody."),
        (["everything"], "invalid choice: 'everything'"),
        ([], "the following arguments are required: what"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_queues_nothing(push, channel, row, words, told):
    make_account(name="Supplier")
    ran = push(*words)
    assert (ran.code, SyncJob.objects.count()) == (2, 0)
    assert told in ran.err


def test_an_account_that_is_not_connected_is_told(push, channel):
    make_seller(name="Merchant", status="disconnected")
    ran = push("stock")
    assert (ran.code, ran.err.strip()) == (
        2,
        "account: Shopee · Merchant is not connected (Disconnected). Connect it first.",
    )


def test_help_shows_an_example(push, db):
    ran = push("--help")
    assert ran.code == 0
    assert "manage.py push prices --account Merchant --dry-run" in ran.out
