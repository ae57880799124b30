"""How the demo's products get into all shops of a CNSC and a KRSC merchant, followed until each is there."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from accounts.models import Platform, PlatformAccount
from catalog.models import GlobalListing, Listing, Product
from catalog.services import categories
from catalog.services.selling import publishing
from integrations.models import SyncJob

from . import demo_selling

MERCHANTS = {"lanyue:main": "CNSC", "hansol:main": "KRSC"}  # the simulator's sellers
PRODUCTS = 8
PATIENCE_S = 180.0
OPEN = (SyncJob.State.QUEUED, SyncJob.State.RUNNING)
_SHORT = {Listing.Status.LIVE: "live", Listing.Status.UNLISTED: "unlisted", Listing.Status.REVIEWING: "in review"}


def sell(
    screen: Console, simulator: str, world: Mapping[str, Any], wait_for: Callable[[SyncJob], None]
) -> list[PlatformAccount]:
    """Connect both merchants, make products ready, publish them to all shops, and print who has what."""
    accounts = []
    for login, kind in MERCHANTS.items():
        account = demo_selling.connect(simulator, world, login)
        shops = account.shops.count()
        screen.print(f"Connected {kind} merchant [bold]{account.name}[/] with {shops} shops ({account.currency}).")
        wait_for(categories.request_categories(account))
        accounts.append(account)
    jobs: list[SyncJob] = []
    products = Product.objects.filter(status=Product.Status.ACTIVE).select_related("category").order_by("pk")
    for account in accounts:
        ready = demo_selling.choose(account, products, PRODUCTS)
        asked = publishing.request_many(ready, requested_by="demo")
        screen.print(f"{account.name}: {len(ready)} products are checked and on their way to its shops …")
        jobs += asked.jobs
    follow(screen, jobs)
    for account in accounts:
        screen.print(grid(account))
    return accounts


def follow(screen: Console, jobs: Sequence[SyncJob]) -> None:
    """Wait until these publications are over, saying now and then how far they are."""
    until = said = time.monotonic()
    until += PATIENCE_S
    while SyncJob.objects.filter(pk__in=[job.pk for job in jobs], state__in=OPEN).exists():
        now = time.monotonic()
        if now > until:
            raise SystemExit(f"The products are not published within {PATIENCE_S:.0f} s: see var/demo/worker.log")
        if now - said > 10:
            said = now
            live = Listing.objects.filter(status=Listing.Status.LIVE).count()
            screen.print(f"Publishing: {live} of {Listing.objects.count()} listings are live")
        time.sleep(0.25)


def grid(account: PlatformAccount) -> Table:
    """Return products × shops: what is where, and why not."""
    shops = list(account.shops.order_by("region", "pk"))
    table = Table(title=f"{account.name}: products in its shops", title_justify="left")
    table.add_column("Product", no_wrap=True, max_width=40)
    for shop in shops:
        table.add_column(shop.region, justify="center")
    reasons: dict[str, None] = {}
    published = account.global_listings.exclude(status=GlobalListing.Status.DRAFT).order_by("pk")
    for listing in published.prefetch_related("listings__shop"):
        cells = {cell.shop_id: cell for cell in listing.listings.all()}
        row = [_cell(cells.get(shop.pk)) for shop in shops]
        table.add_row(listing.name, *row)
        reasons |= {f"{cell.shop.region}: {cell.problem}": None for cell in cells.values() if cell.problem}
    if reasons:
        table.caption, table.caption_justify = "\n".join(reasons), "left"
    return table


def _cell(cell: Listing | None) -> str:
    if cell is None:
        return "–"
    return _SHORT.get(Listing.Status(cell.status), str(cell.get_status_display()).lower())


def compare(accounts: Sequence[PlatformAccount], entries: Sequence[Mapping[str, Any]]) -> tuple[int, int]:
    """Return how many listings are live, and in how many our books differ from the simulator's.

    `entries`: its ledger. A global item that was there before is found by its SKU and not in the ledger.
    """
    mine = [entry for entry in entries if entry["platform"] == Platform.SHOPEE]
    made = {str(entry["global_item_id"]) for entry in mine if entry["kind"] == "global_items"}
    shops = {shop.external_id for account in accounts for shop in account.shops.all()}
    theirs = {
        (str(entry["global_item_id"]), str(entry["shop_id"]), str(entry["item_id"]))
        for entry in mine
        if entry["kind"] == "shop_items" and str(entry["shop_id"]) in shops
    }
    live = Listing.objects.filter(shop__account__in=accounts, status=Listing.Status.LIVE)
    ours = set(live.values_list("global_listing__external_id", "shop__external_id", "external_id"))
    return len(ours), len({row for row in ours if row[0] in made} ^ {row for row in theirs if row[0] in made})
