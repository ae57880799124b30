"""`manage.py publish`: checked, queued or done here; what is missing is named by field, what shops say by shop."""

import pytest

from accounts.models import Platform
from catalog.models import GlobalListing, Listing, SelectionItem
from integrations import gateways
from integrations.models import SyncJob
from tests import channel_fake
from tests.factories import make_account, make_selection
from tests.factories_selling import make_ready, make_seller, make_shop, make_sourced

from . import support

pytestmark = pytest.mark.django_db


@pytest.fixture
def publish(capsys):
    return lambda *words: support.run("catalog", "publish", *words, capsys=capsys)


@pytest.fixture
def market(monkeypatch):
    monkeypatch.setitem(gateways._CHANNELS, Platform.SHOPEE, "tests.channel_fake.gateway_for")
    return channel_fake.fresh_market()


@pytest.fixture
def ready(market) -> GlobalListing:
    return make_ready(make_seller(name="Merchant"))


def test_what_is_prepared_is_queued_for_a_worker(publish, ready, market):
    ran = publish("--account", "Merchant", "--json")
    job = SyncJob.objects.get(task="catalog.tasks.publish")
    assert (ran.code, ran.err, job.requested_by) == (0, "", "command")
    assert ran.data == {
        "jobs": [{"job": job.pk, "listing": ready.pk, "state": "queued", "problem": ""}],
        "refused": [],
    }
    assert market.items == {}


def test_waiting_publishes_here_and_shows_shop_by_shop(publish, ready, market):
    my = ready.listings.get(shop__region="MY")
    ran = publish("--product", ready.product.sku, "--wait", "--json")
    assert ran.code == 0
    (told,) = ran.data["listings"]
    assert (told["sku"], told["status"], [shop["status"] for shop in told["shops"]]) == (
        ready.sku,
        "live",
        ["live", "live"],
    )
    assert set(Listing.objects.values_list("status", flat=True)) == {"live"}
    assert len(market.items) == 1
    assert my.shop.name in publish("--product", ready.product.sku, "--wait").out
    assert len(market.items) == 1


def test_only_the_shops_that_are_named_get_it(publish, market, ready):
    my = ready.listings.get(shop__region="MY")
    assert publish("--product", str(ready.product_id), "--shops", f"my,{my.shop.external_id}", "--wait").code == 0
    assert [listing.shop.region for listing in Listing.objects.filter(status="live")] == ["MY"]
    assert {shop for shop, _id in market.listings} == {my.shop.external_id}


def test_a_shop_that_refuses_is_exit_code_1_and_named(publish, market, ready):
    sg = ready.listings.get(shop__region="SG").shop
    market.refusals[sg.external_id] = ("The name is too long", "name")
    ran = publish("--wait", "--json")
    shops = {shop["region"]: shop for shop in ran.data["listings"][0]["shops"]}
    assert (ran.code, shops["MY"]["status"]) == (1, "live")
    assert (shops["SG"]["status"], shops["SG"]["problem"], shops["SG"]["problem_field"]) == (
        "refused",
        "The name is too long",
        "name",
    )


def test_a_check_names_each_field_and_publishes_nothing(publish, market, ready):
    assert publish("--check-only").out.strip() == f"{ready.sku}: ready"
    ready.name, ready.days_to_ship = "", 30
    ready.save()
    ran = publish("--check-only", "--json")
    assert ran.code == 1
    assert {finding["field"] for finding in ran.data["listings"][0]["findings"]} == {"name", "days_to_ship"}
    assert f"{ready.sku}: name: " in publish("--check-only").out
    assert (SyncJob.objects.count(), market.items) == (0, {})


def test_what_lacks_something_is_refused_by_field_and_the_others_go(publish, market, ready):
    poor = make_ready(ready.account)
    poor.name = ""
    poor.save()
    ran = publish("--json")
    assert (ran.code, [job["listing"] for job in ran.data["jobs"]]) == (1, [ready.pk])
    (refused,) = ran.data["refused"]
    assert (refused["sku"], refused["field"], refused["findings"][0]["field"]) == (poor.sku, "name", "name")


def test_a_selection_is_prepared_and_checked(publish, market):
    account = make_seller(name="Merchant")
    make_shop(account)
    selection, product = make_selection(make_account(), name="Bags"), make_sourced()
    SelectionItem.objects.create(selection=selection, external_id=product.external_id, product=product)
    SelectionItem.objects.create(selection=selection, external_id="x", product=make_sourced(), has_left=True)
    ran = publish("--account", "Merchant", "--selection", "Bags", "--check-only", "--json")
    assert ran.code == 1
    assert GlobalListing.objects.get().product == product
    assert "category_id" in {finding["field"] for finding in ran.data["listings"][0]["findings"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--shops", "XX"], "shops: Shopee · Merchant has no shop “XX”. Known: MY ("),
        (["--product", "Nope"], "product: There is no product “Nope”. Give its SKU, its id or its number."),
        (["--product", "1", "--selection", "x"], "selection: Give either --product or --selection."),
        (["--selection", "Empty"], "selection: “Empty” holds no product yet"),
        (["--account", "Supplier"], "is a supplier's account: name one that sells."),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
    ],
)
def test_a_wrong_value_is_exit_code_2_and_changes_nothing(publish, market, ready, words, told):
    make_selection(make_account(name="Supplier"), name="Empty")
    ran = publish(*words)
    assert (ran.code, SyncJob.objects.count(), GlobalListing.objects.count()) == (2, 0, 1)
    assert told in ran.err


def test_nothing_to_publish_is_no_failure(publish, market):
    make_shop(make_seller())
    ran = publish()
    assert (ran.code, ran.out.strip()) == (0, "There is nothing to publish. Name products by --product or --selection.")


def test_help_shows_an_example(publish):
    ran = publish("--help")
    assert ran.code == 0
    assert "manage.py publish --account Merchant --product CJTEST00001" in ran.out
