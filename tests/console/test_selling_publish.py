"""“Publish to shops…”: choose where, see what is missing and what it takes, queue what is ready."""

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.shown import admin_url, list_url
from catalog.models import CategorySpec, GlobalListing, Listing, Product
from catalog.services.selling import codec
from integrations.channels import FieldSpec
from integrations.models import SyncJob
from tests.channel_fake import make_rules
from tests.console.conftest import signed_in
from tests.console.selling import press, text_of, told
from tests.factories_selling import make_ready, make_seller, make_shop, make_sourced

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(market):
    """A merchant with three shops, one of which must be connected again."""
    seller = make_seller(name="Bright")
    for region in ("MY", "SG"):
        make_shop(seller, region, name=f"Bright {region}")
    make_shop(seller, "TH", name="Bright TH", status="reconnect", problem="Taken back.")
    return seller


@pytest.fixture
def url() -> str:
    return reverse("admin:catalog_publish")


def act(client, model, name, rows):
    return client.post(list_url(model), {"action": name, "_selected_action": [row.pk for row in rows], "index": 0})


def asked(seller, do: str, regions=("MY", "SG"), **ids) -> dict:
    shops = seller.shops.filter(region__in=regions)
    return {"account": seller.pk, "shop": [shop.pk for shop in shops], "do": do} | ids


def test_products_are_asked_through_which_shops_they_shall_be_sold(owner, seller):
    products = [make_sourced(), make_sourced()]
    page = act(owner, Product, "publish", products)
    text = text_of(page)
    assert "2 products" in text
    assert "TH THB · Connect again" in text
    shown = page.content.decode()
    for shop in seller.shops.all():
        assert f'name="shop" value="{shop.pk}"' in shown
    assert (
        f'value="{products[0].pk},{products[1].pk}"' in shown or f'value="{products[1].pk},{products[0].pk}"' in shown
    )
    assert not GlobalListing.objects.exists()


def test_without_an_account_to_sell_through_one_is_offered(owner, market):
    page = press(owner, make_sourced(), "publish")
    assert reverse("admin:accounts_platformaccount_add") in page.content.decode()


def test_what_is_missing_is_said_per_product_and_nothing_is_sent(owner, seller, url, market):
    product = make_sourced(name="Fresh lamp")
    page = owner.post(url, asked(seller, "prepare", product=str(product.pk)))
    listing = GlobalListing.objects.get()
    assert (listing.product, listing.account) == (product, seller)
    assert set(listing.listings.values_list("shop__region", flat=True)) == {"MY", "SG"}
    (entry,) = page.context["blocked"]
    links = {line["finding"].field: line["url"] for line in entry["findings"]}
    assert links["category_id"] == f"{admin_url(listing)}#at-category-id"
    assert links["rate.USD-CNY"] == f"{reverse('admin:catalog_exchangerate_add')}?base=USD&quote=CNY"
    assert page.context["ready"] == []
    assert 'value="publish"' not in page.content.decode()
    assert not SyncJob.objects.filter(key__startswith="publish:").exists()
    assert market.calls.total() == 0


def test_what_is_ready_is_planned_and_queued(owner, seller, url):
    shops = list(seller.shops.filter(region__in=["MY", "SG"]))
    ready, lacking = make_ready(seller, shops=shops), make_ready(seller, shops=shops)
    GlobalListing.objects.filter(pk=lacking.pk).update(name="")
    page = act(owner, GlobalListing, "publish", [ready, lacking])
    plan = page.context["plan"]
    assert (plan.products, plan.cells) == (1, 2)
    assert plan.calls > 0
    assert [entry["listing"] for entry in page.context["blocked"]] == [lacking]
    assert "Publish 1 product" in text_of(page)
    answer = owner.post(url, asked(seller, "publish", listing=f"{ready.pk},{lacking.pk}"))
    assert answer["Location"] == list_url(GlobalListing, account=seller.pk)
    done, refused = told(answer)
    assert done == "1 product is queued for Bright."
    assert admin_url(lacking) in refused
    job = SyncJob.objects.get(key__startswith="publish:")
    assert (job.key, job.requested_by) == (f"publish:{ready.pk}", "owner")
    assert set(ready.listings.values_list("status", flat=True)) == {"publishing"}
    assert set(lacking.listings.values_list("status", flat=True)) == {"draft"}


def test_only_the_chosen_shops_are_published_to_and_new_ones_are_added(owner, seller, url):
    listing = make_ready(seller, shops=list(seller.shops.filter(region="MY")))
    page = owner.post(url, asked(seller, "plan", listing=str(listing.pk)))
    assert page.context["plan"].cells == 2
    owner.post(url, asked(seller, "publish", regions=["SG"], listing=str(listing.pk)))
    assert dict(listing.listings.values_list("shop__region", "status")) == {"MY": "draft", "SG": "publishing"}


def test_a_shop_that_can_not_take_it_is_named_and_the_others_go(owner, seller, url):
    listing = make_ready(seller, shops=list(seller.shops.filter(region__in=["MY", "SG"])))
    permit = FieldSpec(external_id="200", label="Permit", kind="text", required_in=("SG",))
    rules = make_rules(listing.category.external_id, fields=(permit,))
    CategorySpec.objects.update(rules=codec.plain(rules))
    GlobalListing.objects.update(attributes={})
    page = owner.post(url, asked(seller, "plan", listing=str(listing.pk)))
    assert page.context["plan"].cells == 1
    ((line,),) = [entry["findings"] for entry in page.context["left_out"]]
    assert (line["market"], line["finding"].field) == ("SG", "attributes.200")
    assert line["url"] == f"{admin_url(listing)}#at-attributes-200"
    owner.post(url, asked(seller, "publish", listing=str(listing.pk)))
    assert dict(listing.listings.values_list("shop__region", "status")) == {"MY": "publishing", "SG": "blocked"}


def test_without_a_shop_nothing_is_planned(owner, seller, url):
    listing = make_ready(seller, shops=list(seller.shops.filter(region="MY")))
    page = owner.post(url, asked(seller, "publish", regions=[], listing=str(listing.pk)))
    assert "Choose at least one shop." in text_of(page)
    assert page.context["plan"] is None
    assert not SyncJob.objects.filter(key__startswith="publish:").exists()


def test_another_accounts_shop_is_no_choice(owner, seller, url):
    listing = make_ready(seller, shops=list(seller.shops.filter(region="MY")))
    foreign = make_shop(make_seller(), "MY")
    asks = asked(seller, "publish", regions=[], listing=str(listing.pk)) | {"shop": [foreign.pk]}
    assert "Choose at least one shop." in text_of(owner.post(url, asks))
    assert not Listing.objects.filter(shop=foreign).exists()


def test_listings_of_two_accounts_are_not_published_together(owner, market):
    answer = act(owner, GlobalListing, "publish", [make_ready(), make_ready()])
    assert "of one account" in told(answer)[0]


def test_an_account_that_is_not_connected_is_said_per_product(owner, seller, url):
    product = make_sourced(name="Fresh lamp")
    seller.mark_reconnect("Dead.")
    answer = owner.post(url, asked(seller, "prepare", product=str(product.pk)))
    assert "Fresh lamp:" in told(answer)[0]
    assert "is not connected" in told(answer)[0]
    assert not GlobalListing.objects.exists()


@pytest.mark.parametrize("nonsense", [{"listing": "x"}, {"product": "999999"}, {}, {"listing": "99999999999999999999"}])
def test_an_address_that_names_nothing_leads_back(owner, seller, url, nonsense):
    assert owner.get(url, nonsense).status_code == 302


def test_who_may_change_products_only_does_not_publish(viewer, seller, url):
    assert viewer.get(url).status_code == 403
    assert viewer.post(url, asked(seller, "publish")).status_code == 403
    sourcer = User.objects.create_user("sourcer", password="sourcer", is_staff=True)
    sourcer.user_permissions.set(Permission.objects.filter(codename__in=["view_product", "change_product"]))
    product = make_sourced()
    assert press(signed_in(sourcer), product, "publish").status_code == 403
    assert "Publish to shops" not in text_of(signed_in(sourcer).get(admin_url(product)))


def test_a_longer_plan_asks_no_more_questions(owner, seller, url):
    shops = list(seller.shops.filter(region__in=["MY", "SG"]))
    rows = [make_ready(seller, shops=shops) for _ in range(8)]

    def questions(listings) -> int:
        with CaptureQueriesContext(connection) as asks:
            owner.post(url, asked(seller, "plan", listing=",".join(str(row.pk) for row in listings)))
        return len(asks)

    questions(rows)  # fills caches
    few, many = questions(rows[:2]), questions(rows)
    assert many == few
