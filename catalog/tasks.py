"""What a worker may call: load what is meant, then one service call."""

from accounts.models import PlatformAccount
from integrations import gateways, jobs

from .models import Category
from .services import categories, finding, mine, reviews, sourcing, stock
from .services.selling import adopting, comparing, preflight, publishing, pushing, specs, switches, withdrawing

SWEEP_AGAIN_S = 600.0  # after this time a sweep is asked for again that found its selection being read


def sync_products(run_id: int) -> None:
    """Read a selection."""
    sourcing.sync_products(run_id)


def refresh_product(product_id: int) -> None:
    """Read one product in full."""
    sourcing.refresh(product_id)


def refresh_stock(product_id: int) -> None:
    """Read the stock of one product."""
    stock.refresh_stock(product_id)


def sync_stock(run_id: int) -> None:
    """Read the stock of what an account carries."""
    stock.sync_stock(run_id)


def read_categories(account_id: int) -> None:
    """Read an account's categories."""
    categories.read_categories(account_id)


def read_warehouses(account_id: int) -> None:
    """Read a supplier's warehouses."""
    categories.read_warehouses(account_id)


def read_reviews(product_id: int) -> None:
    """Read the reviews of one product."""
    reviews.read_reviews(product_id)


def add_to_mine(product_id: int) -> None:
    """Put one product on the account's own list."""
    mine.add_to_mine(product_id)


def send_source(request_id: int) -> None:
    """Send one sourcing request."""
    finding.send(request_id)


def check_sources(account_id: int) -> None:
    """Ask how far the supplier is with what was sent."""
    finding.check_sources(account_id)


# What is sold.


def read_spec(account_id: int, category_id: int) -> None:
    """Read what a category of a selling account asks."""
    specs.read_spec(PlatformAccount.objects.get(pk=account_id), Category.objects.get(pk=category_id))


def read_brands(account_id: int, category_id: int, cursor: str = "") -> None:
    """Read the brands that a category of a selling account knows."""
    account, category = PlatformAccount.objects.get(pk=account_id), Category.objects.get(pk=category_id)
    specs.read_brands(account, category, cursor=cursor)


def check_listings(listing_ids: list[int]) -> None:
    """Check listings against what their categories ask."""
    preflight.check_listings(listing_ids)


def publish(global_listing_id: int) -> None:
    """Take a publication as far as it goes now."""
    publishing.publish(global_listing_id)


def push(global_listing_id: int, what: str) -> None:
    """Send the prices or the stock of one global listing that differ."""
    pushing.push(global_listing_id, what)


def show(listing_id: int, listed: bool) -> None:
    """Show or hide one shop's listing."""
    withdrawing.show(listing_id, listed=listed)


def delete_listing(listing_id: int) -> None:
    """Delete one shop's listing."""
    withdrawing.delete_listing(listing_id)


def delete(global_listing_id: int) -> None:
    """Delete a global listing and all that its shops have of it."""
    withdrawing.delete(global_listing_id)


def send_switches(shop_id: int) -> None:
    """Tell the platform which global edits flow down to a shop."""
    switches.send(shop_id)


def read_found(run_id: int) -> None:
    """Read what stands at a platform and adopt what is ours."""
    adopting.read_found(run_id)


def adopt(adoption_id: int, product_id: int) -> None:
    """Adopt one found listing as a product that a person has named."""
    adopting.adopt_as(adoption_id, product_id)


def compare(run_id: int) -> None:
    """Hold what we sent to what stands at the platform."""
    comparing.compare(run_id)


# What schedules queue, once per connected account (config/schedules.py).


def request_screens(account_id: int) -> None:
    """Ask for screens of an account's selections."""
    sourcing.request_screens(PlatformAccount.objects.get(pk=account_id))


def request_sweeps(account_id: int) -> None:
    """Ask for sweeps of the selections that are due; again later for those that are being read."""
    if sourcing.request_sweeps(PlatformAccount.objects.get(pk=account_id)):
        raise jobs.Again(SWEEP_AGAIN_S)


def request_stock_syncs(account_id: int) -> None:
    """Ask for the stock of what an account carries."""
    stock.request_stock_sync(PlatformAccount.objects.get(pk=account_id))


def request_categories(account_id: int) -> None:
    """Ask for an account's categories, and for a supplier's warehouses."""
    account = PlatformAccount.objects.get(pk=account_id)
    categories.request_categories(account)
    if account.platform not in gateways.sells_on():
        categories.request_warehouses(account)


def request_source_checks(account_id: int) -> None:
    """Ask how far the supplier is with an account's sourcing requests."""
    finding.request_check(PlatformAccount.objects.get(pk=account_id))


def request_pushes(account_id: int) -> None:
    """Ask for the prices and the stock that differ."""
    pushing.request_pushes(PlatformAccount.objects.get(pk=account_id))


def request_comparisons(account_id: int) -> None:
    """Ask for a comparison of what we sent with what is there."""
    comparing.request_comparison(PlatformAccount.objects.get(pk=account_id))
