"""What stands at a platform already: adopted by its SKU without changing it, or kept for a person with the reason."""

from decimal import Decimal

import pytest

from accounts.errors import Refused
from catalog.models import Adoption, GlobalListing, GlobalVariant, Listing, ListingVariant, Product, StockEntry
from catalog.services.selling import adopting, codec, pushing
from integrations import jobs
from integrations.channels import FoundListing, FoundVariant, PublishProgress
from integrations.errors import AuthRequired
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account, make_category, make_product, make_variant
from tests.factories_upkeep import fresh_channel, make_seller, make_sold

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel(monkeypatch):
    return fresh_channel(monkeypatch)


@pytest.fixture
def seller():
    return make_seller()


@pytest.fixture
def product() -> Product:
    product = make_product(sku="TOTE", name="Tote bag")
    make_variant(product, sku="TOTE-RED", options=["Red"], stock_total=60)
    make_variant(product, sku="TOTE-BLUE", options=["Blue"], stock_total=60)
    return product


def variant(sku, external_id, **said):
    defaults = {"options": (external_id,), "price": Decimal("39.90"), "currency": "USD", "stock": {"CNZ": 55}}
    return FoundVariant(external_id=external_id, sku=sku, **defaults | said)


def found(external_id="G1", **said):
    variants = (variant("TOTE-RED", "M1"), variant("TOTE-BLUE", "M2"))
    defaults = {"sku": "TOTE", "name": "Cotton tote", "axes": ("Colour",), "variants": variants}
    return FoundListing(external_id=external_id, **defaults | said)


def in_shop(shop, external_id="I1", **said):
    variants = (variant("TOTE-RED", "S1", price=Decimal("29.9")), variant("TOTE-BLUE", "S2", price=Decimal("29.9")))
    defaults = {"shop_id": shop.external_id, "global_id": "G1", "variants": variants, "url": "https://shop.test/I1"}
    return found(external_id, **defaults | said)


def put(channel, *listings):
    for each in listings:
        if each.shop_id:
            channel.listings[each.shop_id, each.external_id] = each
        else:
            channel.products[each.external_id] = each


def read(seller) -> SyncRun:
    run = adopting.request_adoption(seller, requested_by="mia")
    jobs.work(patience=0)
    run.refresh_from_db()
    return run


def counts(run):
    return run.state, run.seen, run.created, run.updated, run.unchanged, run.failed, run.oddities


# --- by its SKU


def test_a_global_product_and_its_listings_become_ours_as_they_are(channel, seller, product):
    category = make_category(platform=seller.platform, external_id="100182")
    my = seller.shops.get(region="MY")
    put(channel, found(category_id="100182"), in_shop(my, status="unlisted"))
    assert counts(read(seller)) == ("done", 2, 2, 0, 0, 0, {})
    row = GlobalListing.objects.get()
    assert (row.account, row.product, row.sku, row.external_id, row.status) == (seller, product, "TOTE", "G1", "live")
    assert (row.name, row.axes, row.category, row.is_adopted) == ("Cotton tote", ["Colour"], category, True)
    assert list(row.variants.values_list("sku", "external_id", "price", "is_price_fixed", "sent_price")) == [
        ("TOTE-RED", "M1", Decimal("39.9"), True, None),
        ("TOTE-BLUE", "M2", Decimal("39.9"), True, None),
    ]
    assert set(StockEntry.objects.values_list("place", "seen", "sent")) == {("CNZ", 55, None)}
    listing = Listing.objects.get()
    assert (listing.shop, listing.external_id, listing.status, listing.url) == (
        my,
        "I1",
        "unlisted",
        "https://shop.test/I1",
    )
    assert list(ListingVariant.objects.values_list("external_id", "price", "seen_price", "seen_stock")) == [
        ("S1", None, Decimal("29.9"), 55),
        ("S2", None, Decimal("29.9"), 55),
    ]
    assert channel.calls == []
    assert Adoption.objects.count() == 0


def test_the_next_publication_knows_what_is_there(channel, seller, product):
    my = seller.shops.get(region="MY")
    put(channel, found(), in_shop(my))
    read(seller)
    progress = codec.record(PublishProgress, GlobalListing.objects.get().progress)
    assert (progress.global_id, progress.variant_ids, progress.done) == (
        "G1",
        {"TOTE-RED": "M1", "TOTE-BLUE": "M2"},
        True,
    )
    cell = progress.cells[my.external_id]
    assert (cell.status, cell.listing_id, cell.variant_ids) == ("live", "I1", {"TOTE-RED": "S1", "TOTE-BLUE": "S2"})


def test_their_prices_stay_and_only_stock_differs_afterwards(channel, seller, product):
    put(channel, found(), in_shop(seller.shops.get(region="MY")))
    read(seller)
    assert pushing.differences(seller, "prices") == []
    assert [(one.place, one.ours, one.theirs) for one in pushing.differences(seller, "stock")] == [("CNZ", 60, 55)] * 2


def test_a_prepared_draft_takes_the_ids_and_keeps_its_words(channel, seller, product):
    draft = GlobalListing.objects.create(account=seller, product=product, sku="TOTE", name="My own words")
    put(channel, found())
    read(seller)
    draft.refresh_from_db()
    assert (draft.name, draft.external_id, draft.status, draft.is_adopted) == ("My own words", "G1", "live", False)


def test_a_listing_without_variants_is_known_by_its_own_sku(channel):
    seller = make_seller(shops=["MY"], is_shop=True, upgraded=False)
    bought = make_variant(make_product(sku="CUP"), sku="CUP-1")
    shop = seller.shops.get()
    put(channel, found("I7", shop_id=shop.external_id, sku="CUP-1", axes=(), variants=(variant("", ""),)))
    assert counts(read(seller)) == ("done", 1, 1, 0, 0, 0, {})
    row = GlobalListing.objects.get()
    assert (row.product, row.external_id, row.listings.get().external_id) == (bought.product, "", "I7")
    assert GlobalVariant.objects.get().variant == bought


def test_reading_twice_adopts_once(channel, seller, product):
    put(channel, found(), in_shop(seller.shops.get(region="MY")))
    read(seller)
    assert counts(read(seller)) == ("done", 2, 0, 0, 2, 0, {})
    assert (GlobalListing.objects.count(), Listing.objects.count()) == (1, 1)


def test_pages_and_shops_are_read_to_the_end(channel, seller):
    channel.page_size = 2
    for _number in range(5):
        channel.holds(make_sold(seller))
    run = read(seller)
    assert counts(run) == ("done", 15, 0, 0, 15, 0, {})
    assert run.calls == 3 + 3 + 3


# --- for a person


@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        ({"sku": "", "variants": (variant("", "M1"), variant("", "M2"))}, "unknown", "It has no SKU"),
        ({"sku": "X", "variants": (variant("X-1", "M1"),)}, "unknown", "No product of ours has the SKU X-1."),
        (
            {"variants": (variant("TOTE-RED", "M1"), variant("TOTE-RED", "M2"))},
            "conflict",
            "Several of its variants have the same SKU: TOTE-RED.",
        ),
        (
            {"variants": (variant("TOTE-RED", "M1"), variant("WOOL", "M2"))},
            "conflict",
            "1 of its 2 variants are none of ours: WOOL.",
        ),
        (
            {"variants": (variant("TOTE-RED", "M1"), variant("CAP-1", "M2"))},
            "conflict",
            "Its SKUs are those of several products: Tote bag, Cap.",
        ),
    ],
)
def test_what_no_sku_tells_clearly_is_kept_with_the_reason(channel, seller, product, said, status, reason):
    cap = make_product(sku="CAP", name="Cap")
    make_variant(cap, sku="CAP-1")
    put(channel, found(**said))
    assert counts(read(seller)) == ("done", 1, 0, 1, 0, 0, {})
    kept = Adoption.objects.get()
    assert (kept.account, kept.shop, kept.external_id, kept.status) == (seller, None, "G1", status)
    assert kept.reason.startswith(reason)
    expected = [] if status == "unknown" else [product.pk, cap.pk] if "CAP-1" in kept.variant_skus else [product.pk]
    assert kept.candidates == expected
    assert GlobalListing.objects.count() == 0


def test_the_same_sku_of_two_suppliers_accounts_is_a_conflict(channel, seller, product):
    twin = make_product(make_account(), sku="TOTE")
    make_variant(twin, sku="TOTE-RED")
    put(channel, found())
    read(seller)
    assert Adoption.objects.get().candidates == [product.pk, twin.pk]


def test_of_two_with_the_same_sku_the_first_is_adopted_and_the_second_kept(channel, seller, product):
    put(channel, found("G1"), found("G2"))
    assert counts(read(seller)) == ("done", 2, 1, 1, 0, 0, {})
    assert GlobalListing.objects.get().external_id == "G1"
    kept = Adoption.objects.get()
    assert (kept.external_id, kept.reason) == ("G2", "Tote bag is sold already as G1: two listings there bear its SKU.")


def test_what_waits_is_read_again_forgotten_when_gone_and_adopted_when_it_fits(channel, seller, product):
    put(channel, found("G1", sku="OTHER", variants=(variant("NEW-1", "M1"),)), found("G2", sku="", variants=()))
    read(seller)
    del channel.products["G2"]
    assert counts(read(seller)) == ("done", 1, 0, 0, 1, 0, {})
    assert list(Adoption.objects.values_list("external_id", flat=True)) == ["G1"]
    make_variant(product, sku="NEW-1")
    assert counts(read(seller)) == ("done", 1, 1, 0, 0, 0, {})
    kept = Adoption.objects.get()
    assert (kept.status, kept.global_listing) == ("adopted", GlobalListing.objects.get())


def test_a_paused_shop_is_said_and_the_others_are_read(channel, seller, product):
    cut_off = AuthRequired("connect again")
    cut_off.shop_id = seller.shops.get(region="MY").external_id
    channel.errors["shop_listings"] = [cut_off]
    put(channel, found(), in_shop(seller.shops.get(region="SG")))
    kept = Adoption.objects.create(account=seller, shop=seller.shops.get(region="MY"), external_id="I9")
    assert counts(read(seller)) == ("done", 2, 2, 0, 0, 0, {"shop_paused": 1})
    assert dict(seller.shops.values_list("region", "status")) == {"MY": "reconnect", "SG": "connected"}
    assert Adoption.objects.get() == kept


# --- what a person decides


def test_a_person_names_the_product_and_what_fits_of_it_is_adopted(channel, seller, product):
    put(channel, found(sku="", variants=(variant("", "M1", options=("red",)), variant("", "M2", options=("Green",)))))
    read(seller)
    job = adopting.adopt(Adoption.objects.get(), product, "mia")
    assert (job.requested_by, GlobalListing.objects.count()) == ("mia", 0)
    jobs.work()
    row, kept = GlobalListing.objects.get(), Adoption.objects.get()
    assert (row.product, row.external_id, kept.status, kept.decided_by) == (product, "G1", "adopted", "mia")
    assert list(row.variants.values_list("variant__sku", "external_id")) == [("TOTE-RED", "M1")]


def test_a_product_that_fits_in_nothing_is_refused_with_the_reason(channel, seller, product):
    put(channel, found(sku="", variants=(variant("", "M1", options=("Green",)), variant("", "M2"))))
    read(seller)
    adopting.adopt(Adoption.objects.get(), product, "mia")
    jobs.work()
    assert (SyncJob.objects.get(key__startswith="adopt:").state, GlobalListing.objects.count()) == ("failed", 0)
    assert Adoption.objects.get().reason == "None of its variants has a SKU or options of Tote bag."


def test_a_product_that_is_sold_already_is_refused_at_once(channel, seller, product):
    put(channel, found("G1"), found("G2"))
    read(seller)
    with pytest.raises(Refused, match="sold already as G1") as refusal:
        adopting.adopt(Adoption.objects.get(), product, "mia")
    assert refusal.value.field == "product"
    assert not SyncJob.objects.filter(key__startswith="adopt:").exists()


def test_what_is_left_alone_stays_so(channel, seller, product):
    put(channel, found("G1"), found("G2"))
    read(seller)
    kept = adopting.ignore(Adoption.objects.get(), "mia")
    GlobalListing.objects.all().delete()
    del channel.products["G1"]
    assert counts(read(seller)) == ("done", 1, 0, 0, 1, 0, {})
    kept.refresh_from_db()
    assert (kept.status, kept.decided_by, GlobalListing.objects.count()) == ("ignored", "mia", 0)


def test_a_suppliers_account_has_nothing_to_adopt():
    with pytest.raises(Refused, match="supplier's account"):
        adopting.request_adoption(make_account())
