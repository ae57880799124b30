"""`manage.py sync shops` and `sync categories` of a selling account; what is a supplier's stays a supplier's."""

import pytest

from accounts.models import Platform
from catalog.models import Category
from integrations import gateways
from integrations.channels import SellerData, ShopData
from integrations.contracts import CategoryData
from integrations.models import SyncJob, SyncRun
from tests import channel_fake
from tests.factories import make_account
from tests.factories_selling import make_seller, make_shop

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def sync(capsys):
    return lambda *words: support.run("catalog", "sync", *words, capsys=capsys)


@pytest.fixture
def market(monkeypatch):
    monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")
    return channel_fake.fresh_market()


def test_shops_are_queued_for_a_worker(sync, market):
    make_account(name="Supplier")
    account = make_seller()
    ran = sync("shops", "--json")
    job = SyncJob.objects.get()
    assert (ran.code, ran.data) == (0, {"job": job.pk, "state": "queued"})
    assert (job.account, job.requested_by) == (account, "command")


def test_waiting_reads_the_seller_and_its_shops(sync, market):
    account = make_seller(name="Merchant")
    shop = make_shop(account, "MY", name="Old name")
    market.sellers[account.external_id] = SellerData(
        external_id=account.external_id, region="CN", currency="USD", upgraded=True, shop_ids=(shop.external_id,)
    )
    market.shops[shop.external_id] = ShopData(
        external_id=shop.external_id,
        name="New name",
        region="MY",
        currency="MYR",
        account_id=account.external_id,
        upgraded=True,
    )
    ran = sync("shops", "--account", "Merchant", "--wait", "--json")
    account.refresh_from_db()
    shop.refresh_from_db()
    assert (ran.code, ran.data["state"], account.currency, shop.name) == (0, "done", "USD", "New name")


def test_waiting_says_of_each_shop_how_it_stands_and_how_products_get_into_it(sync, market):
    account = make_seller(name="Merchant")
    shop = make_shop(account, "MY", name="Kedai", external_id="71")
    make_shop(account, "SG", name="Away", external_id="72", status="reconnect", problem="Connect it again.")
    market.sellers[account.external_id] = SellerData(
        external_id=account.external_id, region="CN", currency="CNY", seller_center="cnsc", upgraded=True,
        shop_ids=("71", "72"),
    )  # fmt: skip
    market.shops["71"] = ShopData(
        external_id="71", name="Kedai", region="MY", account_id=account.external_id, upgraded=True
    )
    first, *shops = sync("shops", "--wait").out.strip().splitlines()
    assert first == f"Job {SyncJob.objects.get().pk}: Done."
    assert shops[0].startswith("MY Kedai (71): Connected. Through global products, because its merchant (CN)")
    assert shops[1:] == ["SG Away (72): Connect again. Connect it again."]
    assert shop.status == "connected"


def test_categories_of_a_selling_account_are_read(sync, market):
    make_seller(name="Merchant")
    market.categories = [CategoryData(external_id="1", name="Bags", level=1)]
    ran = sync("categories", "--account", "Merchant", "--wait", "--json")
    assert (ran.code, ran.data["state"], Category.objects.get().name) == (0, "done", "Bags")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["shops", "--account", "Supplier"], "Supplier is a supplier's account: name one that sells."),
        (["stock", "--account", "Merchant"], "Merchant is a selling account: name a supplier's."),
        (["products", "--account", "Merchant"], "Merchant is a selling account: name a supplier's."),
        (["warehouses", "--account", "Merchant"], "Merchant is a selling account: name a supplier's."),
        (["shops", "--keyword", "x"], "--keyword is for products only."),
        (["categories"], "There are several accounts: say which one by --account"),
    ],
)
def test_what_does_not_fit_is_exit_code_2_and_queues_nothing(sync, market, words, told):
    make_account(name="Supplier")
    make_seller(name="Merchant")
    ran = sync(*words)
    assert (ran.code, SyncJob.objects.count(), SyncRun.objects.count()) == (2, 0, 0)
    assert told in ran.err


def test_an_account_that_is_not_connected_is_told(sync, market):
    make_seller(name="Merchant", status="reconnect")
    assert sync("shops").err.strip() == "account: Shopee · Merchant is not connected (Connect again). Connect it first."
