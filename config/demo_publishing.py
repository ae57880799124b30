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
_CELL = 4  # characters that a column of a shop has at least
_SHORT = {Listing.Status.LIVE: "live", Listing.Status.UNLISTED: "unlisted", Listing.Status.REVIEWING: "in review"}


def connect(
    screen: Console, simulator: str, world: Mapping[str, Any], wait_for: Callable[[SyncJob], None]
) -> list[PlatformAccount]:
    """Connect both merchants with all their shops, and read what they can sell in."""
    accounts = []
    for login, kind in MERCHANTS.items():
        account = demo_selling.connect(simulator, world, login)
        shops = account.shops.count()
        screen.print(f"Connected {kind} merchant [bold]{account.name}[/] with {shops} shops ({account.currency}).")
        wait_for(categories.request_categories(account))
        accounts.append(account)
    return accounts


def sell(screen: Console, accounts: Sequence[PlatformAccount], most: int) -> None:
    """Make so many products ready for each merchant, publish them to all its shops, and print who has what."""
    jobs: list[SyncJob] = []
    products = Product.objects.filter(status=Product.Status.ACTIVE).select_related("category").order_by("pk")
    for account in accounts:
        ready = demo_selling.choose(account, products, most)
        asked = publishing.request_many(ready, requested_by="demo")
        screen.print(
            f"{account.name}: {len(asked.jobs)} products are checked and on their way to its shops …", soft_wrap=True
        )
        for listing, refused in asked.refused:
            screen.print(f"{listing} stays here: {refused}", soft_wrap=True)
        jobs += asked.jobs
    follow(screen, jobs)
    for account in accounts:
        screen.print(grid(account, width=screen.width))


def follow(screen: Console, jobs: Sequence[SyncJob]) -> None:
    """Wait until these publications are over, saying now and then how far they are."""
    until = said = time.monotonic()
    until += PATIENCE_S
    cells = Listing.objects.filter(global_listing__in=[job.kwargs["global_listing_id"] for job in jobs])
    while SyncJob.objects.filter(pk__in=[job.pk for job in jobs], state__in=OPEN).exists():
        now = time.monotonic()
        if now > until:
            raise SystemExit(f"The products are not published within {PATIENCE_S:.0f} s: see the log of the worker.")
        if now - said > 10:
            said = now
            live = cells.filter(status=Listing.Status.LIVE).count()
            screen.print(f"Publishing: {live} of {cells.count()} listings are live")
        time.sleep(0.25)


def grid(account: PlatformAccount, *, width: int) -> Table:
    """Return products × shops: what is where, and why not. Names are cut so that the shops have room."""
    shops = list(account.shops.order_by("region", "pk"))
    room = width - len(shops) * (_CELL + 3) - 4
    table = Table(title=f"{account.name}: products in its shops", title_justify="left")
    table.add_column("Product", no_wrap=True, max_width=min(max(room, 12), 40))
    for shop in shops:
        table.add_column(shop.region, justify="center", min_width=_CELL)
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
    """Return how many listings are live, and how many are lost: those in which our books differ from the simulator's,
    and those that were asked for, are not there, and do not say why.

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
    differing = {row for row in ours if row[0] in made} ^ {row for row in theirs if row[0] in made}
    asked = Listing.objects.filter(shop__account__in=accounts).exclude(status=Listing.Status.DRAFT)
    silent = asked.exclude(status__in=Listing.THERE).filter(problem="").count()
    return len(ours), len(differing) + silent
