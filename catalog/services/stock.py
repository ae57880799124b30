"""Stock by itself, between two readings of the products: of one product now, of all that is carried in turns."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Product, StockLevel, Variant
from integrations import jobs, runs
from integrations.contracts import StockData, Supplier, Unreadable
from integrations.errors import Rejected, UnexpectedReply
from integrations.gateways import supplier_for
from integrations.models import Lane, SyncJob, SyncRun

from . import bulk, columns, places, stocklevels
from .bulk import Row
from .checking import check_connected

BUDGET = 2_000  # products that one run reads at most; the next run goes on where it ended
CHUNK = 10  # products read between two saves

Said = dict[str, tuple[StockData, ...]]  # variant id → rows


# --- one product


def request_stock(product: Product, *, requested_by: str = "") -> SyncJob:
    """Queue a fresh look at the stock of one product."""
    check_connected(product.account)
    return jobs.enqueue(
        "catalog.tasks.refresh_stock",
        key=f"stock:product:{product.pk}",
        lane=Lane.STOCK,
        account=product.account,
        requested_by=requested_by,
        product_id=product.pk,
    )


def refresh_stock(product_id: int) -> Product:
    """Read the stock of one product now."""
    product = Product.objects.select_related("account").get(pk=product_id)
    said = _ask(supplier_for(product.account), product)
    with transaction.atomic():
        jobs.hold()
        save_stock(product.account, {product.pk: said}, timezone.now())
    product.refresh_from_db()
    return product


def _ask(supplier: Supplier, product: Product) -> Said:
    """Return what each variant has in stock: by one call for all, else variant by variant. Absent: not known."""
    try:
        said = supplier.stock(product.external_id)
    except (Rejected, UnexpectedReply):
        said = {}
    if said:
        return said
    variants = product.variants.filter(is_gone=False).order_by("pk").values_list("external_id", "sku")
    for external_id, sku in variants:
        try:
            rows = supplier.variant_stock(external_id)
        except (Rejected, UnexpectedReply):
            if not sku:
                raise
            rows = supplier.stock_by_sku(sku)
        if rows:
            said[external_id] = rows
    return said


# --- all that is carried


def request_stock_sync(account: PlatformAccount, *, budget: int = BUDGET, requested_by: str = "") -> SyncRun:
    """Queue a reading of the stock of what the account's active selections carry, at most `budget` products.

    The products come in turns: a run goes on where the one before it ended.
    """
    check_connected(account)
    if budget < 1:
        raise Refused(_("budget must be at least 1 product."), field="budget")
    last = SyncRun.objects.filter(account=account, kind="stock", state=SyncRun.State.DONE).order_by("-pk").first()
    return runs.open_run(
        account,
        kind="stock",
        label=_("carried products"),
        params={"budget": budget, "start": last.cursor.get("after", 0) if last else 0},
        task="catalog.tasks.sync_stock",
        key=f"stock:{account.pk}",
        requested_by=requested_by,
    )


def sync_stock(run_id: int) -> None:
    """Take a reading of stock as far as it goes in this turn; raise jobs.Again where there is more."""
    run = runs.begin(run_id)
    supplier = supplier_for(run.account)
    while _step(run, supplier):
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    runs.finish(run)


def _step(run: SyncRun, supplier: Supplier) -> bool:
    """Read the stock of a few products: those behind the start first, then, once around, those before it."""
    cursor, start = run.cursor, run.params.get("start", 0)
    left = run.params.get("budget", BUDGET) - run.seen
    after, turned = cursor.get("after", start), cursor.get("turned", False)
    carried = _carried(run.account).filter(pk__gt=after)
    if turned:
        carried = carried.filter(pk__lte=start)
    chunk = list(carried.order_by("pk")[: min(CHUNK, left)]) if left > 0 else []
    answers: dict[int, Said] = {}
    problems: list[Unreadable] = []
    for product in chunk:
        try:
            answers[product.pk] = _ask(supplier, product)
        except (Rejected, UnexpectedReply) as error:
            problems.append(Unreadable(external_id=product.external_id, kind="refused", reason=str(error)))
    goes_on = bool(chunk) or (left > 0 and not turned and start > 0)
    with runs.page(run) as page:
        if page.total is None:
            page.total = min(run.params.get("budget", BUDGET), _carried(run.account).count())
        changed = save_stock(run.account, answers, timezone.now())
        page.seen += len(chunk)
        page.calls += len(chunk)
        page.updated += len(changed)
        page.unchanged += len(answers) - len(changed)
        for problem in problems:
            page.set_aside(problem)
        if chunk:
            page.cursor |= {"after": chunk[-1].pk, "turned": turned}
        elif goes_on:
            page.cursor |= {"after": 0, "turned": True}
    return goes_on


def _carried(account: PlatformAccount) -> QuerySet[Product]:
    carried = Product.objects.filter(
        account=account,
        status=Product.Status.ACTIVE,
        selection_items__has_left=False,
        selection_items__selection__is_active=True,
    )
    return carried.distinct()


# --- rows


def save_stock(account: PlatformAccount, said: Mapping[int, Said], when: datetime) -> set[int]:
    """Write what the variants of these products (by our keys) have in stock; return the products that changed.

    What was not said of a variant stays as we know it.
    """
    if not said:
        return set()
    with transaction.atomic():
        rows = [row for answer in said.values() for of_variant in answer.values() for row in of_variant]
        warehouses = places.warehouses_of(account.platform, rows)
        products = Product.objects.select_for_update().filter(pk__in=said).order_by("external_id")
        list(products.values_list("pk"))  # locked, in the order in which upserts lock
        variants = bulk.rows_of(Variant.objects.filter(product__in=said, is_gone=False).order_by("pk"))
        levels: dict[int, dict[str, Row]] = {}
        for level in bulk.rows_of(StockLevel.objects.filter(variant__product__in=said).order_by()):
            levels.setdefault(level["variant_id"], {})[level["place"]] = level
        written, doomed, moved, changed = list[Row](), list[int](), list[Row](), set[int]()
        for variant in variants:
            told = said[variant["product_id"]].get(variant["external_id"])
            if told is None:
                continue
            new, gone = stocklevels.compare(variant, told, levels.get(variant["id"], {}), warehouses, when, [])
            written += new
            doomed += gone
            total = columns.stock_total(told)
            if total != variant["stock_total"]:
                variant |= {"stock_total": total, "updated_at": when}
                moved.append(variant)
            if new or gone or variant in moved:
                changed.add(variant["product_id"])
        bulk.delete(StockLevel, doomed)
        stocklevels.save(written)
        bulk.upsert(Variant, moved, unique=["product_id", "external_id"], update=["stock_total", "updated_at"])
        _add_up(variants, changed, when)
    return changed


def _add_up(variants: Sequence[Row], changed: set[int], when: datetime) -> None:
    """Put the new totals on the products. Without the hash their next full answer is compared row by row."""
    products = []
    for key in sorted(changed):
        totals = [row["stock_total"] for row in variants if row["product_id"] == key and row["stock_total"] is not None]
        total = columns.capped(sum(totals)) if totals else None
        products.append(Product(pk=key, stock_total=total, content_hash="", updated_at=when))
    Product.objects.bulk_update(products, ["stock_total", "content_hash", "updated_at"])
