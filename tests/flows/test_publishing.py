"""From the catalogue into the shops of a merchant, over HTTP, against the simulator."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from accounts.models import PlatformAccount
from catalog.models import Category, GlobalListing, Image, Listing, Product, Variant
from catalog.services import categories
from catalog.services.selling import common, drafts, plans, preflight, publishing, specs
from integrations import clock, jobs
from integrations.clock import VirtualClock
from integrations.models import SyncJob
from tests.factories_selling import make_rate, make_sourced
from tests.factories_shopee import LEAF, connect_merchant, connect_shop, picture
from tests.integrations.shopee.selling import calls
from tests.support import Simulator

pytestmark = pytest.mark.django_db

MOST_CALLS = 33  # for one product in eight shops, pictures included


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    """Let all waiting pass in a moment, the simulator's clock following ours."""
    with clock.use(VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")) as ours:
        assert isinstance(ours, VirtualClock)
        yield ours


@pytest.fixture
def merchant(simulator: Simulator, virtual_time: VirtualClock) -> PlatformAccount:
    """Connect the simulator's first merchant: CNSC, eight shops; its categories are read."""
    account = connect_merchant(simulator)
    make_rate("USD", account.currency, "7.2")
    categories.read_categories(account.pk)
    return account


def work() -> None:
    jobs.work(until_quiet=True, patience=7200)


def sourced() -> Product:
    """Make a product whose pictures the simulator's CJ shows."""
    product = make_sourced(name="Canvas tote bag 38cm", image_url=picture("0"))
    product.images.all().delete()
    Image.objects.create(product=product, url=picture("1"), position=1)
    Variant.objects.filter(product=product).update(image_url=picture("Red"))
    return product


def ready(account: PlatformAccount) -> GlobalListing:
    """Prepare a product as a person would: choose the category, have its rules read, answer what it asks."""
    listing = drafts.prepare(sourced(), account, by="ann")
    category = specs.categories_of(account).get(external_id=LEAF)
    drafts.edit(listing, {"category": category, "days_to_ship": 2}, by="ann")
    work()
    spec = specs.spec_of(account, category)
    assert spec is not None
    drafts.edit(listing, {"days_to_ship": specs.rules_of(spec).days_to_ship[0][0]}, by="ann")
    assert [str(one) for one in preflight.check_listing(listing) if one.is_error] == []
    return GlobalListing.objects.get(pk=listing.pk)


def statuses(listing: GlobalListing) -> dict[str, str]:
    return {cell.shop.region: f"{cell.status} {cell.problem}".strip() for cell in listing.listings.all()}


def test_a_product_goes_from_the_catalogue_to_eight_shops(simulator, merchant):
    assert Category.objects.filter(platform=merchant.platform, is_leaf=True).exists()
    listing = ready(merchant)
    plan = plans.plan([listing])
    assert (plan.products, plan.cells, plan.blocked) == (1, 8, [])
    assert plan.calls <= MOST_CALLS
    assert plan.done_at is not None
    before = calls(simulator)

    publishing.request_publication(listing, requested_by="ann")
    work()

    spent = calls(simulator) - before
    assert spent.total() <= MOST_CALLS, spent

    listing.refresh_from_db()
    assert (listing.status, listing.problem) == ("live", "")
    assert set(statuses(listing).values()) == {"live"}
    assert listing.external_id
    assert all(listing.variants.values_list("external_id", flat=True))
    for cell in listing.listings.all():
        assert cell.external_id
        assert cell.url.startswith("https://shopee.")
        assert cell.variants.exclude(external_id="").count() == 2
    assert SyncJob.objects.get(key=f"publish:{listing.pk}").state == SyncJob.State.DONE


def test_publishing_twice_makes_nothing_twice_and_sends_what_changed(simulator, merchant):
    listing = ready(merchant)
    publishing.request_publication(listing)
    work()
    listing.refresh_from_db()
    before = (listing.external_id, dict(listing.listings.values_list("shop", "external_id")))
    drafts.edit(listing, {"name": "Canvas tote bag 40cm"}, by="ann")

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    assert (listing.status, listing.external_id) == ("live", before[0])
    assert dict(listing.listings.values_list("shop", "external_id")) == before[1]
    channel = specs.channel_for(merchant)
    assert channel.global_listing(listing.external_id).name == "Canvas tote bag 40cm"
    assert len(channel.published(listing.external_id)) == 8


def test_one_bad_shop_stops_no_other_and_is_published_when_it_is_connected_again(simulator, merchant):
    bad = merchant.shops.order_by("pk").first()
    listing = ready(merchant)
    bad.mark_reconnect("Connect it again.")

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    cell = listing.listings.get(shop=bad)
    assert (listing.status, cell.status, cell.problem_field) == (
        "attention",
        "blocked",
        f"shops.{bad.external_id}.status",
    )
    assert listing.listings.filter(status=Listing.Status.LIVE).count() == 7
    bad.mark_connected()
    publishing.retry(Listing.objects.get(pk=cell.pk))
    work()
    listing.refresh_from_db()
    assert (listing.status, set(statuses(listing).values())) == ("live", {"live"})


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "path", ["/api/v2/global_product/add_global_item", "/api/v2/global_product/create_publish_task"]
)
def test_a_lost_reply_makes_nothing_twice(simulator, merchant, path, when):
    listing = ready(merchant)
    simulator.control("faults", platform="shopee", path=path, times=1, when=when, cut=True)

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    assert (listing.status, set(statuses(listing).values())) == ("live", {"live"})
    channel = specs.channel_for(merchant)
    ours = [item for item in channel.global_listings(cursor=None).items if item.sku == listing.sku]
    assert [item.external_id for item in ours] == [listing.external_id]
    assert len(channel.published(listing.external_id)) == 8


def test_a_shop_alone_sells_products_of_its_own(simulator, virtual_time):
    account = connect_shop(simulator)
    make_rate("USD", account.currency, "5")
    categories.read_categories(account.pk)
    listing = ready(account)

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    (cell,) = listing.listings.all()
    assert (listing.status, listing.external_id, cell.status, cell.problem) == ("live", "", "live", "")
    found = specs.channel_for(account).shop_listing(cell.shop.external_id, cell.external_id)
    assert {variant.sku: variant.price for variant in found.variants} == {
        variant.sku: variant.price for variant in listing.variants.all()
    }
    assert Decimal(0) not in {variant.price for variant in found.variants}


def test_what_a_shop_alone_has_is_not_made_again_where_the_notes_are_lost(simulator, virtual_time):
    account = connect_shop(simulator)
    make_rate("USD", account.currency, "5")
    categories.read_categories(account.pk)
    listing = ready(account)
    publishing.request_publication(listing)
    work()
    listing.refresh_from_db()
    common.forget_what_was_sent(listing)
    drafts.edit(listing, {"name": "Canvas tote bag 40cm"}, by="ann")

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    (cell,) = listing.listings.all()
    found = specs.channel_for(account).shop_listings(cell.shop.external_id, cursor=None).items
    ours = [(item.external_id, item.name) for item in found if item.sku == listing.sku]
    assert ours == [(cell.external_id, "Canvas tote bag 40cm")]
    assert (listing.status, cell.status) == ("live", "live")
