"""What a worker may call: load what is meant, then one service call."""

from accounts.models import PlatformAccount
from integrations import jobs

from .services import categories, finding, mine, reviews, sourcing, stock

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
    """Read a supplier's categories."""
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
    """Ask for an account's categories and warehouses."""
    account = PlatformAccount.objects.get(pk=account_id)
    categories.request_categories(account)
    categories.request_warehouses(account)


def request_source_checks(account_id: int) -> None:
    """Ask how far the supplier is with an account's sourcing requests."""
    finding.request_check(PlatformAccount.objects.get(pk=account_id))
