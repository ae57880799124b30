"""The merchandiser's whole job by clicking: connect, choose, mend what is missing, publish, read the grid."""

from collections.abc import Iterator

import pytest
from django.urls import reverse

from accounts.models import PlatformAccount
from accounts.shown import admin_url, list_url
from catalog.models import (
    Adoption,
    CategoryMapping,
    Drift,
    FieldSync,
    GlobalListing,
    Image,
    Listing,
    PriceRule,
    Product,
)
from tests.browser.conftest import Console
from tests.factories_selling import make_ready, make_seller, make_shop, make_sourced
from tests.factories_shopee import picture
from tests.support import Simulator

pytestmark = pytest.mark.django_db(transaction=True)
SHOPS = 8


@pytest.fixture(scope="module")
def simulator_process() -> Iterator[Simulator]:
    """A simulator that lives by the machine's clock: console, worker and browser all do."""
    running = Simulator.start(clock="real")
    yield running
    running.stop()


@pytest.fixture
def way_back(simulator, live_server, settings) -> None:
    """Let the platform's page lead back to this console."""
    settings.PUBLIC_URL = live_server.url


def connect_merchant(console: Console, simulator: Simulator) -> None:
    """Add the app, leave for the platform's page, allow everything, and come back."""
    page, shopee = console.page, simulator.look("world")["shopee"]
    page.goto(f"{console.url}{reverse('admin:accounts_platformaccount_add')}?platform=shopee")
    page.fill("[name=app_key]", str(shopee["partner_id"]))
    page.fill("[name=app_secret]", shopee["partner_key"])
    page.fill("[name=name]", "Ours")
    page.click("button:has-text('Add the app')")
    page.click("button:has-text('Go to Shopee')")
    page.click("button:has-text('Confirm Authorization')")
    page.wait_for_url(f"{console.url}/admin/accounts/platformaccount/**")
    console.complaints.clear()  # of the platform's page, which is not ours


def answer_required(page) -> None:
    """Choose the first value of each question that must be answered and is not."""
    for question in page.locator("fieldset.cd-attribute:has(legend .cd-bad)").all():
        choice = question.locator("select:not(.cd-unit)").first
        if choice.count() and not choice.input_value():
            choice.select_option(index=1)
        box = question.locator(".cd-options-list input").first
        if box.count() and not question.locator(".cd-options-list input:checked").count():
            box.check()


def test_from_a_consent_to_the_grid(console, simulator, way_back, working):
    product = make_sourced(name="Canvas tote bag 38cm", image_url=picture("0"))
    product.images.all().delete()
    Image.objects.create(product=product, url=picture("1"), position=1)
    connect_merchant(console, simulator)
    page, account = console.page, PlatformAccount.objects.get(platform="shopee", seller_center="cnsc", region="CN")
    assert account.shops.count() == SHOPS

    console.open(admin_url(account))
    page.click("button:has-text('Sync categories')")
    console.open(f"{reverse('admin:catalog_exchangerate_add')}?base=USD&quote={account.currency}")
    page.fill("[name=rate]", "7.2")
    page.click("button:has-text('Set the rate')")
    page.wait_for_selector("text=Set: 1 USD = 7.2")

    console.open(list_url(Product))
    page.check(f"input[name=_selected_action][value='{product.pk}']")
    page.select_option("select[name=action]", label="Publish to shops…")
    page.click("button[name=index]")
    page.locator(f"form:has(h2:has-text('{account.name}')) button:has-text('Next')").click()
    page.wait_for_selector("h2:has-text('What is missing')")
    page.click("a:has-text('Category:')")

    page.wait_for_selector("[name=category_text]")
    page.fill("[name=category_text]", "hoodies")
    page.click("fieldset:has([name=category_text]) button:has-text('Look')")
    page.locator("input[name=category]").first.check()
    page.click("button:has-text('Save')")
    page.wait_for_selector("text=is saved.")
    listing = GlobalListing.objects.get()
    for _ in range(20):  # its rules are being read
        console.open(admin_url(listing))
        if page.locator("[name=has_questions]").count():
            break
        page.wait_for_timeout(500)
    page.click("a:has-text('Read them')")
    page.click("button:has-text('Read the brands')")
    for _ in range(20):
        console.open(admin_url(listing))
        if page.locator("[name=brand]").count() > 1:
            break
        page.wait_for_timeout(500)
    page.locator("[name=brand]").nth(1).check()
    answer_required(page)
    page.fill("[name=days_to_ship]", "2")
    page.click("button:has-text('Save')")
    page.wait_for_selector("text=is saved.")
    page.click(".cd-buttons button:has-text('Check')")
    page.wait_for_selector("h2:has-text('Nothing is missing')")

    page.click(".cd-buttons button:has-text('Publish to shops')")
    page.wait_for_selector("text=calls needed")
    page.click("button:has-text('Publish 1 product')")
    page.wait_for_selector("text=1 product is queued for")
    for _ in range(120):
        console.open(list_url(GlobalListing, account=account.pk))
        if page.locator(".cd-cell .cd-label:has-text('Live')").count() == SHOPS:
            break
        page.wait_for_timeout(1000)
    assert page.locator(".cd-cell .cd-label:has-text('Live')").count() == SHOPS
    page.locator(".cd-cell summary").first.click()
    link = page.locator(".cd-pop[open] a:has-text('See it in the shop')")
    assert link.get_attribute("href") == Listing.objects.order_by("shop__region").first().url
    assert simulator.look("books")["totals"]["shopee"]["global_items"] == 1
    assert console.complaints == []


@pytest.fixture
def sold(transactional_db) -> GlobalListing:
    """A merchant with eight shops, and one product in all states."""
    seller = make_seller(name="Bright")
    for region in ("BR", "ID", "MX", "MY", "PH", "SG", "TH", "TW"):
        make_shop(seller, region)
    listing = make_ready(seller, product=make_sourced(image_url=""))
    Image.objects.all().delete()  # nobody answers at their addresses
    GlobalListing.objects.update(image_urls=[])
    for cell, status in zip(listing.listings.order_by("pk"), Listing.Status.values, strict=False):
        problem = "The name is longer than this market allows." if status in ("refused", "blocked") else ""
        Listing.objects.filter(pk=cell.pk).update(status=status, problem=problem)
    Drift.objects.create(global_listing=listing, field="name", ours="Ours", theirs="Theirs")
    return listing


def test_every_selling_page_fits_in_both_themes_and_both_widths(chromium, console, sold, width):
    found = Adoption.objects.create(account=sold.account, external_id="9", status="conflict", reason="Two of ours.")
    rule = PriceRule.objects.create(name="All")
    publish = reverse("admin:catalog_publish")
    lists = [
        list_url(model) for model in (GlobalListing, Listing, CategoryMapping, Drift, Adoption, FieldSync, PriceRule)
    ]
    records = [admin_url(row) for row in (sold, sold.product, found, rule, sold.listings.first())]
    tabs = [f"{admin_url(sold)}?tab={tab}" for tab in ("prices", "exchanges", "history")]
    own = [f"{publish}?product={sold.product_id}", reverse("admin:catalog_exchangerate_add"), reverse("admin:index")]
    for theme in ("light", "dark"):
        person = Console(chromium, console.url, width, theme).sign_in()
        for path in (*lists, *records, *tabs, *own):
            person.open(path)
            assert person.overflow() <= 0, (theme, path)
        assert person.complaints == []
        assert person.foreign == []
        person.context.close()


def test_a_refused_cell_says_why_when_it_is_touched(chromium, console, sold, width):
    person = Console(chromium, console.url, width).sign_in()
    page = person.open(list_url(GlobalListing))
    reason = page.locator("text=The name is longer than this market allows.").first
    assert not reason.is_visible()
    page.locator(".cd-cell summary:has-text('Refused')").click()
    assert page.locator(".cd-pop[open] >> text=The name is longer than this market allows.").is_visible()
    assert page.locator(".cd-pop[open] button:has-text('Try again')").is_visible()
    assert person.overflow() <= 0
    person.context.close()


def test_every_input_of_the_listings_form_has_a_label(console, sold):
    page = console.open(admin_url(sold))
    nameless = page.evaluate(
        """() => [...document.querySelectorAll('#content input, #content select, #content textarea')]
          .filter(e => e.type !== 'hidden' && !e.labels?.length && !e.getAttribute('aria-label'))
          .map(e => e.outerHTML)"""
    )
    assert nameless == []
    assert page.evaluate("[...document.images].filter(e => !e.hasAttribute('alt')).length") == 0
