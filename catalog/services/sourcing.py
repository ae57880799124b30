"""Supplier → catalogue: ask for a reading of a selection or of one product, and do it (design.md §3, promise 8)."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Product, Selection
from integrations import governor, jobs, runs
from integrations.errors import NotFound, UnexpectedReply
from integrations.gateways import supplier_for
from integrations.governor import Forecast
from integrations.models import Lane, SyncJob, SyncRun

from . import endings
from .checking import check_connected
from .filters import wanted_by
from .reading import Mode
from .readings import reading_of
from .upserts import upsert_products

__all__ = [
    "Mode",
    "key_of",
    "plan",
    "refresh",
    "request_refresh",
    "request_screens",
    "request_sweeps",
    "request_sync",
    "sync_products",
]

SWEEP_EVERY = timedelta(days=7)
USUAL_CHANGE = 0.05  # of the products between two screens, where no screen has told yet


# --- selections


def request_sync(selection: Selection, mode: str = "", *, requested_by: str = "") -> SyncRun:
    """Queue a reading of a selection; the worker does the slow part.

    Without a mode it is read in full until that was completed once, and screened from then on. Raise Refused for an
    account that is not connected, an unknown mode, an empty list, or while it is being read in another mode.
    """
    check_connected(selection.account)
    if mode and mode not in Mode.values:
        known = ", ".join(Mode.values)
        raise Refused(
            _("The mode “%(mode)s” is unknown. Use one of: %(known)s.") % {"mode": mode, "known": known}, field="mode"
        )
    if selection.kind == Selection.Kind.LIST and not selection.items.exists():
        raise Refused(_("The list is empty. Add products to it first."), field="selection")
    run = runs.open_run(
        selection.account,
        kind="products",
        mode=mode or _usual_mode(selection),
        label=selection.name,
        params={"selection": selection.pk},
        task="catalog.tasks.sync_products",
        key=key_of(selection),
        requested_by=requested_by,
    )
    if mode and run.mode != mode:
        words = _("“%(name)s” is being read already (run %(run)d, %(mode)s). Wait until that ends, or cancel it.")
        raise Refused(words % {"name": selection.name, "run": run.pk, "mode": Mode(run.mode).label}, field="mode")
    return run


def key_of(selection: Selection) -> str:
    """Return the key that the readings of a selection share: one is open at a time."""
    return f"products:{selection.pk}"


def sync_products(run_id: int) -> None:
    """Take a reading as far as it goes in this turn; raise jobs.Again where there is more."""
    run = runs.begin(run_id)
    selection = Selection.objects.select_related("account", "category").filter(pk=run.params.get("selection")).first()
    if selection is None:
        raise Refused(_("The selection does not exist any more."), field="selection")
    reading = reading_of(run, selection, supplier_for(run.account))
    while reading.step():
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    problem = reading.shortcoming()
    if problem:
        runs.fail(run, problem)
        return
    with transaction.atomic():
        runs.finish(run)
        if run.mode != Mode.SCREEN:
            Selection.objects.filter(pk=selection.pk).update(swept_at=timezone.now())


def plan(selection: Selection, mode: str = "") -> Forecast:
    """Say how many calls a reading will take and when it will be ready; costs one call where no run has told yet."""
    mode = mode or _usual_mode(selection)
    supplier = supplier_for(selection.account)
    if selection.kind == Selection.Kind.LIST:
        items = selection.items.filter(product=None) if mode == Mode.FULL else selection.items
        return governor.forecast(selection.account, supplier.calls_needed(listed=0, details=items.count()))
    total = _known_total(selection)
    if total is None and selection.kind == Selection.Kind.MINE:
        total = supplier.my_products(cursor=None).total
    elif total is None:
        total = supplier.search(wanted_by(selection), cursor=None, size=1).total
    total = total or 0
    total = total if selection.max_products is None else min(total, selection.max_products)
    details = round(total * _changing_share(selection)) if mode == Mode.SCREEN else total
    return governor.forecast(selection.account, supplier.calls_needed(listed=total, details=details))


def request_screens(account: PlatformAccount) -> int:
    """Queue what keeps the account's active selections up to date; return how many readings are open now."""
    selections = [one for one in account.selections.filter(is_active=True).order_by("pk") if _has_anything(one)]
    return len([request_sync(selection, requested_by=_("schedule")) for selection in selections])


def request_sweeps(account: PlatformAccount) -> int:
    """Queue a sweep of the active selections whose last complete reading is a week old.

    Return how many have to be asked for again, because they are being read in another mode now.
    """
    due = timezone.now() - SWEEP_EVERY
    waiting = 0
    for selection in account.selections.filter(is_active=True, swept_at__lt=due).order_by("pk"):
        if not _has_anything(selection):
            continue
        try:
            request_sync(selection, Mode.SWEEP, requested_by=_("schedule"))
        except Refused:
            waiting += 1
    return waiting


def _usual_mode(selection: Selection) -> Mode:
    if selection.kind == Selection.Kind.LIST:
        return Mode.FULL if selection.items.filter(product=None).exists() else Mode.SCREEN
    was_read = Selection.objects.filter(pk=selection.pk, swept_at__isnull=False).exists()
    return Mode.SCREEN if was_read else Mode.FULL


def _has_anything(selection: Selection) -> bool:
    return selection.kind != Selection.Kind.LIST or selection.items.exists()


def _runs_of(selection: Selection) -> Any:
    return SyncRun.objects.filter(account=selection.account, kind="products", params__selection=selection.pk)


def _known_total(selection: Selection) -> int | None:
    last = _runs_of(selection).filter(total__isnull=False).order_by("-pk").values_list("total", flat=True).first()
    return None if last is None else int(last)


def _changing_share(selection: Selection) -> float:
    """Return what part of the products the last screen had to read in full."""
    screens = _runs_of(selection).filter(mode=Mode.SCREEN, state=SyncRun.State.DONE, seen__gt=0)
    last = screens.order_by("-pk").first()
    return USUAL_CHANGE if last is None else (last.seen - last.unchanged) / last.seen


# --- one product


def request_refresh(product: Product, *, requested_by: str = "") -> SyncJob:
    """Queue a fresh look at one product: detail, variants, prices, stock."""
    check_connected(product.account)
    return jobs.enqueue(
        "catalog.tasks.refresh_product",
        key=f"product:{product.pk}",
        lane=Lane.STOCK,
        account=product.account,
        requested_by=requested_by,
        product_id=product.pk,
    )


def refresh(product_id: int) -> Product:
    """Read one product in full now; raise NotFound where the supplier does not know it, which leaves ours as it is."""
    product = Product.objects.select_related("account").get(pk=product_id)
    (answer,) = supplier_for(product.account).products([product.external_id])
    reason = _("Sync now")
    if answer.product or answer.off_sale:
        with transaction.atomic():
            jobs.hold()
            if answer.product:
                outcome = upsert_products(product.account, [answer.product], reason=reason)
                if outcome.set_aside:
                    raise UnexpectedReply(outcome.set_aside[0].reason)
            else:
                endings.mark_off_sale(product.account, [product.external_id], reason, timezone.now())
    elif answer.gone:
        raise NotFound(
            _("The supplier does not know this product any more. A sweep of its selection will mark it as gone.")
        )
    else:
        raise UnexpectedReply(answer.problem.reason if answer.problem else _("The supplier gave no reason."))
    product.refresh_from_db()
    return product
