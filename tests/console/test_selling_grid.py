"""The grid of products × shops: what each cell says, and what can be done from it."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.shown import admin_url, list_url
from catalog.models import Adoption, Brand, CategorySpec, Drift, GlobalListing, Listing, Product
from integrations.models import SyncJob
from tests.console.selling import press, text_of, told
from tests.factories import make_product
from tests.factories_selling import make_ready, make_seller, make_shop, make_spec, make_target

pytestmark = pytest.mark.django_db
MARKETS = ["BR", "ID", "MX", "MY", "PH", "SG", "TH", "TW"]


@pytest.fixture
def listing(market):
    """A product that is ready for eight shops of a merchant, live in one, refused in another."""
    seller = make_seller(name="Bright")
    for region in MARKETS:
        make_shop(seller, region, name=f"Bright {region}")
    listing = make_ready(seller)
    set_cell(listing, "MY", status="live", external_id="771", url="https://shop.test/771")
    set_cell(listing, "SG", status="refused", problem="The name is too long.", problem_field="name")
    return listing


def set_cell(listing: GlobalListing, region: str, **columns) -> None:
    listing.listings.filter(shop__region=region).update(**columns)


def cells(page) -> dict[str, str]:
    """Return market → state of the first row."""
    return {cell.market: cell.text for cell in page.context["grid"][0].cells}


def test_a_column_a_shop_and_a_state_a_cell(owner, listing):
    page = owner.get(list_url(GlobalListing))
    assert [column["market"] for column in page.context["columns"]] == MARKETS
    assert cells(page) == dict.fromkeys(MARKETS, "Not published") | {"MY": "Live", "SG": "Refused"}


def test_a_cell_says_its_reason_and_leads_to_the_field_and_to_the_shop(owner, listing):
    page = owner.get(list_url(GlobalListing))
    shown = page.content.decode()
    assert "The name is too long." in text_of(page)
    assert f'href="{admin_url(listing)}#at-name"' in shown
    assert 'href="https://shop.test/771"' in shown
    refused, live = (listing.listings.get(shop__region=region) for region in ("SG", "MY"))
    retry = "admin:catalog_listing_press"
    assert reverse(retry, args=(refused.pk, "retry")) in shown
    assert reverse(retry, args=(live.pk, "retry")) not in shown


def test_several_accounts_have_chips_instead_of_columns(owner, listing):
    other = make_ready(make_seller(name="Other"))
    page = owner.get(list_url(GlobalListing))
    assert page.context["columns"] == []
    assert [len(row.cells) for row in page.context["grid"]] == [2, 8]
    page = owner.get(list_url(GlobalListing), {"account": other.account_id})
    assert [column["market"] for column in page.context["columns"]] == ["MY", "SG"]
    assert [row.listing for row in page.context["grid"]] == [other]


@pytest.mark.parametrize(
    ("state", "found"),
    [
        ("attention", True),
        ("refused", True),
        ("live", True),
        ("publishing", False),
        ("unpublished", False),
        ("differs", False),
        ("nonsense", True),
    ],
)
def test_the_state_filter_finds_by_what_the_cells_say(owner, listing, state, found):
    page = owner.get(list_url(GlobalListing), {"state": state})
    assert [row.listing for row in page.context["grid"]] == ([listing] if found else [])


def test_listings_are_found_by_words_and_by_skus(owner, listing):
    sku = listing.variants.first().sku
    for term in (listing.name, listing.sku, sku):
        assert [row.listing for row in owner.get(list_url(GlobalListing), {"q": term}).context["grid"]] == [listing], (
            term
        )
    assert owner.get(list_url(GlobalListing), {"q": "no such thing"}).context["grid"] == []


def test_the_price_range_is_that_of_the_sold_variants(owner, listing):
    black, white = listing.variants.order_by("pk")
    listing.variants.filter(pk=black.pk).update(price=Decimal("51.5"))
    listing.variants.filter(pk=white.pk).update(price=Decimal(90))
    assert owner.get(list_url(GlobalListing)).context["grid"][0].price == "51.50 – 90.00 CNY"
    listing.variants.filter(pk=white.pk).update(is_wanted=False)
    assert owner.get(list_url(GlobalListing)).context["grid"][0].price == "51.50 CNY"


def test_one_cell_is_tried_again(owner, listing):
    cell = listing.listings.get(shop__region="SG")
    answer = press(owner, cell, "retry", next=list_url(GlobalListing))
    assert answer["Location"] == list_url(GlobalListing)
    job = SyncJob.objects.get(key=f"publish:{listing.pk}")
    assert (job.state, job.requested_by) == ("queued", "owner")
    states = dict(listing.listings.values_list("shop__region", "status"))
    assert states["SG"] == "publishing"
    assert states["TW"] == "draft"


def test_push_unlist_and_delete_queue_one_job_each(owner, listing):
    GlobalListing.objects.filter(pk=listing.pk).update(status="live", external_id="27001")
    SyncJob.objects.all().delete()
    press(owner, listing, "push_price")
    press(owner, listing, "push_stock")
    assert set(SyncJob.objects.values_list("key", flat=True)) == {
        f"push:prices:{listing.pk}",
        f"push:stock:{listing.pk}",
    }
    asked = press(owner, listing, "unlist")
    assert "1 live listings are hidden" in text_of(asked)
    assert SyncJob.objects.count() == 2
    press(owner, listing, "unlist", confirmed="1")
    assert SyncJob.objects.count() == 3
    asked = press(owner, listing, "delete_everywhere")
    assert "1 shop listing goes too" in text_of(asked)
    assert SyncJob.objects.count() == 3
    press(owner, listing, "delete_everywhere", confirmed="1")
    assert SyncJob.objects.filter(key=f"delete:{listing.pk}").count() == 1


def test_what_is_not_published_is_not_pushed_and_the_person_is_told(owner, listing):
    Listing.objects.filter(global_listing=listing).update(status="draft", external_id="")
    SyncJob.objects.all().delete()
    answer = press(owner, listing, "push_price")
    assert "Publish it first." in told(answer)[0]
    assert not SyncJob.objects.exists()


def test_check_says_what_is_missing(owner, listing):
    assert "Nothing is missing" in told(press(owner, listing, "check_now"))[0]
    GlobalListing.objects.filter(pk=listing.pk).update(name="")
    assert "name" in told(press(owner, listing, "check_now"))[-1].lower()
    listing.refresh_from_db()
    assert [finding["field"] for finding in listing.findings] == ["name"]
    page = owner.get(list_url(GlobalListing), {"state": "incomplete"})
    assert page.context["grid"][0].errors == 1


def test_a_product_shows_where_it_is_sold(owner, listing):
    page = text_of(owner.get(admin_url(listing.product)))
    assert "Sold at Publish to shops… Bright" in page
    assert "MY Live" in page
    assert "SG Refused" in page


def test_a_product_that_is_sold_nowhere_says_so_and_is_not_pushed(owner, market):
    product = make_product()
    assert "It is not sold anywhere yet." in text_of(owner.get(admin_url(product)))
    answer = owner.post(list_url(Product), {"action": "push_price", "_selected_action": [product.pk], "index": 0})
    assert "Publish to shops…" in told(answer)[0]
    assert not SyncJob.objects.exists()


def test_a_viewer_sees_the_grid_and_no_button(viewer, listing):
    page = viewer.get(list_url(GlobalListing))
    assert cells(page)["SG"] == "Refused"
    assert "/press/" not in page.content.decode()
    cell = listing.listings.get(shop__region="SG")
    assert press(viewer, cell, "retry").status_code == 403
    assert not SyncJob.objects.exists()


def more(seller, count: int) -> None:
    """Add rows to the selling lists."""
    for _ in range(count):
        listing = make_ready(seller)
        category = make_target(seller)
        make_spec(seller, category)
        Brand.objects.create(account=seller, category=category, external_id="1", name="A")
        cell = listing.listings.first()
        Drift.objects.create(global_listing=listing, listing=cell, field="name")
        Adoption.objects.create(account=seller, shop=cell.shop, external_id=str(listing.pk))


@pytest.mark.parametrize(
    "model", [GlobalListing, Listing, CategorySpec, Brand, Drift, Adoption], ids=lambda model: model.__name__
)
@pytest.mark.parametrize("accounts", [1, 2])
def test_a_longer_list_asks_no_more_questions(owner, market, model, accounts):
    sellers = [make_seller() for _ in range(accounts)]
    for seller in sellers:
        more(seller, 2)
    owner.get(list_url(model))  # fills caches
    with CaptureQueriesContext(connection) as few:
        owner.get(list_url(model))
    for seller in sellers:
        more(seller, 5)
    with CaptureQueriesContext(connection) as many:
        assert owner.get(list_url(model)).status_code == 200
    assert len(many) == len(few)
