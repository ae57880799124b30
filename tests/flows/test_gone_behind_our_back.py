"""What a seller deletes at the platform: a publication says so, and there is a way on from there."""

from catalog.models import Drift
from catalog.services.selling import comparing, drafts, publishing
from tests.flows.test_publishing import merchant, ready, statuses, virtual_time, work
from tests.integrations.shopee.selling import books

__all__ = ["merchant", "virtual_time"]


def test_a_global_product_that_was_deleted_there_is_told_and_made_again_by_a_repair(db, simulator, merchant):
    listing = ready(merchant)
    publishing.request_publication(listing)
    work()
    listing.refresh_from_db()
    first = listing.external_id
    simulator.control("change", platform="shopee", global_item={"global_item_id": int(first), "deleted": True})
    drafts.edit(listing, {"name": "Canvas tote bag 40cm"}, by="ann")

    publishing.request_publication(listing)
    work()

    listing.refresh_from_db()
    assert (listing.status, bool(listing.problem)) == ("attention", True)
    assert len([one for one in books(simulator, "global_items") if one["sku"] == listing.sku]) == 1
    comparing.request_comparison(merchant)
    work()
    comparing.repair(Drift.objects.get(global_listing=listing, listing=None, field="status"), by="ann")
    work()
    listing.refresh_from_db()
    assert (listing.status, set(statuses(listing).values())) == ("live", {"live"})
    assert listing.external_id not in ("", first)
    assert len([one for one in books(simulator, "global_items") if one["sku"] == listing.sku]) == 2


def test_a_shops_listing_that_was_deleted_there_is_published_again(db, simulator, merchant):
    listing = ready(merchant)
    publishing.request_publication(listing)
    work()
    listing.refresh_from_db()
    cell = listing.listings.order_by("pk").first()
    simulator.control("change", platform="shopee", item={"item_id": int(cell.external_id), "deleted": "seller"})
    publishing.request_publication(listing)
    work()
    cell.refresh_from_db()
    assert (cell.status, cell.external_id, cell.problem) == ("deleted", "", "It was deleted at Shopee.")

    publishing.request_publication(listing, shops=[cell.shop])
    work()

    listing.refresh_from_db()
    assert (listing.status, set(statuses(listing).values())) == ("live", {"live"})
    again = [one for one in books(simulator, "shop_items") if one["shop_id"] == int(cell.shop.external_id)]
    assert len(again) == 2
    assert len([one for one in books(simulator, "global_items") if one["sku"] == listing.sku]) == 1
