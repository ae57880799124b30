"""`manage.py sync orders|tracking`: the catalogue's command with what this app reads besides."""

import pytest
from django.core.management import get_commands, load_command_class

from integrations.models import SyncJob, SyncRun
from orders.models import Order, Package
from tests.factories import make_account
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_selling import make_seller, make_shop
from tests.factories_shopee import connect_merchant
from tests.support_shopee_orders import buy_many, unknown

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def sync(capsys):
    return lambda *words: support.run("orders", "sync", *words, capsys=capsys)


def test_it_is_the_command_that_manage_py_runs():
    command = load_command_class(get_commands()["sync"], "sync")
    assert get_commands()["sync"] == "orders"
    assert set(command.sells) == {"products", "stock", "categories", "warehouses", "shops", "orders", "tracking"}


def test_orders_are_queued_as_one_run(sync):
    account = make_seller(name="Merchant")
    ran = sync("orders", "--account", "Merchant", "--since", "2026-11-01T08:00:00Z", "--json")
    run = SyncRun.objects.get()
    assert (ran.code, ran.err) == (0, "")
    assert [(told["run"], told["state"]) for told in ran.data["runs"]] == [(run.pk, "queued")]
    assert (run.account, run.kind, run.requested_by) == (account, "orders", "command")
    assert run.params["since"] == "2026-11-01T08:00:00+00:00"


def test_waiting_reads_them_here(sync, simulator):
    shop = connect_merchant(simulator).shops.get(region="SG")
    bought = buy_many(simulator, shop.external_id, 2, lines=[unknown("BAG")])
    ran = sync("orders", "--wait", "--json")
    assert (ran.code, ran.data["runs"][0]["created"], ran.data["runs"][0]["state"]) == (0, 2, "done"), ran
    assert {order.external_id for order in Order.objects.all()} == {each["order_sn"] for each in bought}


def test_one_order_is_read_by_its_number(sync, simulator):
    shop = connect_merchant(simulator).shops.get(region="SG")
    (bought, _other) = buy_many(simulator, shop.external_id, 2, lines=[unknown("BAG")])
    refused = sync("orders", "--order", bought["order_sn"])
    assert (refused.code, SyncJob.objects.filter(key__startswith="order:").count()) == (2, 0)
    assert f"shop: Order {bought['order_sn']} is not known here yet: name its shop by --shop." in refused.err
    ran = sync("orders", "--order", bought["order_sn"], "--shop", "SG", "--wait")
    assert ran.code == 0, ran
    assert Order.objects.get().external_id == bought["order_sn"]


def test_an_order_that_is_known_needs_no_shop(sync):
    order = make_order()
    make_shop(order.shop.account, "SG")
    assert sync("orders", "--order", order.external_id).code == 0
    assert SyncJob.objects.get().key == f"order:{order.shop_id}:{order.external_id}"


def test_parcels_that_are_due_are_asked_for(sync):
    order = make_order()
    make_line(order, make_sold_variant())
    purchase = make_purchase(order, status="shipped", tracking_number="CJP1")
    make_package(order, status="in_transit", purchase=purchase, tracking_number="CJP1")
    ran = sync("tracking", "--json")
    job = SyncJob.objects.get()
    assert (ran.code, ran.data) == (0, {"jobs": [{"job": job.pk, "key": job.key, "state": "queued", "problem": ""}]})
    assert job.key == f"track:{purchase.account_id}"
    Package.objects.update(status="delivered")
    SyncJob.objects.all().delete()
    assert sync("tracking").out.strip() == "No parcel is due for a look."
    assert not SyncJob.objects.exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["orders", "--account", "Supplier"], "is a supplier's account: name one that sells."),
        (["orders", "--since", "yesterday"], "since: “yesterday” is no time. Write it as 2026-11-20"),
        (["orders", "--since", "2026-02-30"], "since: “2026-02-30” is no time."),
        (["orders", "--since", "2126-01-01"], "since lies in the future."),
        (["orders", "--shop", "MY"], "--shop is for --order"),
        (["orders", "--order", "1", "--since", "2026-11-01"], "since: Give either --order or --since."),
        (["orders", "--keyword", "bag"], "keyword: --keyword is for products only."),
        (["shops", "--since", "2026-11-01"], "--since is for orders only."),
        (["tracking", "--order", "1"], "--order is for orders only."),
        (["everything"], "invalid choice: 'everything'"),
    ],
)
def test_a_wrong_call_is_exit_code_2_and_queues_nothing(sync, words, told):
    make_shop(make_seller(name="Merchant"))
    make_account(name="Supplier")
    ran = sync(*words)
    assert (ran.code, SyncJob.objects.count()) == (2, 0)
    assert told in ran.err


def test_what_the_catalogue_reads_is_read_as_ever(sync):
    account = make_account()
    ran = sync("categories", "--json")
    assert (ran.code, SyncJob.objects.get().account) == (0, account)


def test_help_shows_examples_of_both(sync):
    told = sync("--help").out
    assert "manage.py sync orders --account Merchant --wait" in told
    assert "manage.py sync stock --account Main --wait" in told
