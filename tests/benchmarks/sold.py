"""A CNSC merchant of the simulator, connected, and the simulated CJ catalogue made ready to be sold by it."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from tests.benchmarks import supplied

SPARE = 1.25  # so many times more products are read than are published: of some the supplier's stock is not known
LOGIN = "lanyue:main"
WRITES = (
    "media_space/upload_image",
    "global_product/add_global_item",
    "global_product/init_tier_variation",
    "global_product/create_publish_task",
)


@dataclass(frozen=True, slots=True)
class Books:
    """The simulator's books of Shopee at one time."""

    calls: dict[str, Counter[str]]  # subject → path → calls that were let through
    refused: int  # turned away by a limit
    entries: list[dict[str, Any]]

    def spent(self, subject: str | None = None) -> int:
        """Return the calls of one subject, or of all."""
        return sum(paths.total() for name, paths in self.calls.items() if subject in (None, name))

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return what was entered of a kind."""
        return [entry for entry in self.entries if entry["kind"] == kind]


def books(running: supplied.Simulator) -> Books:
    """Read the books."""
    told = running.look("books")
    paths = {subject: Counter(counts) for subject, counts in told["calls_by_path"].get("shopee", {}).items()}
    entries = [entry for entry in told["entries"] if entry["platform"] == "shopee"]
    return Books(calls=paths, refused=told["totals"].get("shopee", {}).get("refusals", 0), entries=entries)


def since(before: Books, after: Books) -> Books:
    """Return what happened between two readings."""
    calls = {subject: paths - before.calls.get(subject, Counter()) for subject, paths in after.calls.items()}
    return Books(calls=calls, refused=after.refused - before.refused, entries=after.entries[len(before.entries) :])


def writes(spent: Books) -> int:
    """Return how many of the calls were writes of a publication."""
    paths = {f"/api/v2/{name}" for name in WRITES}
    return sum(number for counts in spent.calls.values() for path, number in counts.items() if path in paths)


def read_catalogue(running: supplied.Simulator) -> None:
    """Read the simulated CJ catalogue with prices and stock, as the worker does."""
    from catalog.services import selections, sourcing
    from integrations import jobs

    running.limit(None)
    account = supplied.connected(running, rate=supplied.UNLIMITED)
    run = sourcing.request_sync(selections.create_selection(account, name="Everything"), "full")
    while run.state in run.OPEN:
        jobs.work(until_quiet=True, patience=3_600)
        run.refresh_from_db()


def connected(running: supplied.Simulator, *, rate: float) -> Any:
    """Connect the CNSC merchant with its eight shops; each party may make `rate` calls a second."""
    from django.conf import settings

    from config import demo_selling
    from integrations import jobs

    settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = running.url
    at_rate(running, rate)
    world = running.look("world")["shopee"]
    main = next(one for one in world["main_accounts"] if one["login"] == LOGIN)
    account = demo_selling.allow(running.url, demo_selling.register_app(world), main, main["merchants"][0])
    jobs.work(until_quiet=True, patience=60)
    return account


def prepared(account: Any, wanted: int) -> list[Any]:
    """Map the categories and make so many products ready; return listings in which a check finds no error."""
    from catalog.models import GlobalListing, Product
    from catalog.services import categories
    from catalog.services.selling import drafts, preflight, rates
    from config import demo_selling
    from integrations import jobs

    categories.request_categories(account)
    jobs.work(until_quiet=True)
    rates.set_rate("USD", account.currency, demo_selling.RATES[account.currency], "bench")
    products = Product.objects.filter(status=Product.Status.ACTIVE).select_related("category").order_by("pk")
    mapped = (product for product in products if demo_selling.map_category(account, product))
    listings = [drafts.prepare(product, account, by="bench") for product in mapped]
    jobs.work(until_quiet=True, patience=60)
    found = preflight.check_many(listings)
    clean = [row for row in listings if not any(each.is_error for each in found[row.pk])]
    if len(clean) < wanted:
        reasons = Counter(f"{each.field.split('.')[0]} {each.rule}" for rows in found.values() for each in rows)
        raise SystemExit(f"Only {len(clean)} of {wanted} products can be made ready: {reasons.most_common(10)}")
    GlobalListing.objects.exclude(pk__in=[row.pk for row in clean[:wanted]]).delete()
    return clean[:wanted]


def at_rate(running: supplied.Simulator, rate: float) -> None:
    """Let each party make so many calls a second from now on, there and here."""
    from django.conf import settings

    settings.SHOPEE_RPS = rate
    running.control("limits", platform="shopee", rps=rate)


def twice(entries: list[dict[str, Any]]) -> int:
    """Return how many items, sets of variants and listings the simulator has beyond the one that there should be."""
    keys = {
        "global_items": ("sku",),
        "tiers": ("global_item_id",),
        "shop_items": ("global_item_id", "shop_id"),
    }
    counts = Counter(
        (entry["kind"], *(entry[name] for name in keys[entry["kind"]])) for entry in entries if entry["kind"] in keys
    )
    return sum(number - 1 for number in counts.values())
