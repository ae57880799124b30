"""What stands at a platform and was not made by us: adopted by its SKU, or kept for a person with the reason."""

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from accounts.services import ask_shop_to_reconnect
from catalog.models import Adoption, GlobalListing, Listing, Product
from catalog.services.cleaning import clean_text
from integrations import jobs, leases, runs
from integrations.channels import FoundListing, FoundPage, SalesChannel
from integrations.errors import AuthRequired
from integrations.gateways import channel_for
from integrations.models import Lane, SyncJob, SyncRun

from . import common, matching, pricing, taking
from .matching import Match
from .taking import NotAdoptable

OPEN = (Adoption.Status.CONFLICT, Adoption.Status.UNKNOWN)
GLOBAL = ""  # the stage that reads the account's global products; the others are shops, by their ids


# --- all that stands there


def request_adoption(account: PlatformAccount, *, requested_by: str = "") -> SyncRun:
    """Queue a reading of all that the account and its shops sell; what bears a SKU of ours becomes ours."""
    common.check_selling(account)
    return runs.open_run(
        account,
        kind="adoption",
        label=_("what stands there"),
        task="catalog.tasks.read_found",
        key=f"adoption:{account.pk}",
        requested_by=requested_by,
    )


def read_found(run_id: int) -> None:
    """Take the reading as far as it goes in this turn; raise jobs.Again where there is more.

    Counts: created are those adopted, updated those kept for a person that are new or have another reason now.
    """
    run = runs.begin(run_id)
    channel = channel_for(run.account)
    while _step(run, channel):
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    with transaction.atomic():
        _drop_stale(run)
        runs.finish(run)


def _step(run: SyncRun, channel: SalesChannel) -> bool:
    """Read one page and save it; False where all was read."""
    stages: list[str] = run.cursor.get("stages") or _stages(run.account)
    if not stages or stages[0] == "end":
        return False
    shop = run.account.shops.filter(external_id=stages[0]).first() if stages[0] != GLOBAL else None
    try:
        found = _read(channel, stages[0], run)
    except AuthRequired as error:
        if shop is None or error.shop_id != shop.external_id:
            raise
        ask_shop_to_reconnect(shop, str(error))
        found = None
    with runs.page(run) as page:
        if found is None:  # the others are read all the same
            page.oddities(["shop_paused"])
            page.cursor |= {"skipped": [*page.cursor.get("skipped", []), stages[0]]}
        for item in found.items if found else ():
            setattr(page, outcome := _take(run.account, shop, item), getattr(page, outcome) + 1)
        page.seen += len(found.items) if found else 0
        page.calls += 1
        more = found is not None and found.cursor is not None
        page.cursor |= {
            "stages": stages if more else [*stages[1:], *([] if stages[1:] else ["end"])],
            "page": found.cursor if found and more else None,
        }
    return True


def _stages(account: PlatformAccount) -> list[str]:
    shops = [shop.external_id for shop in account.shops.order_by("pk") if shop.status == Shop.Status.CONNECTED]
    return [GLOBAL, *shops] if pricing.sells_globally(account) else shops


def _read(channel: SalesChannel, stage: str, run: SyncRun) -> FoundPage:
    cursor = run.cursor.get("page")
    return channel.global_listings(cursor=cursor) if stage == GLOBAL else channel.shop_listings(stage, cursor=cursor)


def _take(account: PlatformAccount, shop: Shop | None, found: FoundListing) -> str:
    """Adopt it or keep it for a person; return which count it adds to. Inside a page's transaction."""
    if found.status == "deleted" or _is_ours(account, shop, found):
        return "unchanged"
    kept = _rows(account, shop).filter(external_id=found.external_id).first()
    if kept is not None and kept.status == Adoption.Status.IGNORED:
        return "unchanged"
    if shop is not None and found.global_id:
        row = GlobalListing.objects.filter(account=account, external_id=found.global_id).first()
        if row is None:
            return "unchanged"  # the global product itself is kept for a person
        return _try(account, shop, found, kept, Match(product=row.product), row)
    matched = matching.match(account, found)
    if matched.product is None:
        return _keep(account, shop, found, kept, matched)
    return _try(account, shop, found, kept, matched, None)


def _try(
    account: PlatformAccount,
    shop: Shop | None,
    found: FoundListing,
    kept: Adoption | None,
    matched: Match,
    row: GlobalListing | None,
) -> str:
    try:
        with transaction.atomic():
            _adopt(account, shop, found, matched, row, kept)
    except NotAdoptable as refusal:
        assert matched.product is not None
        reason = Match(reason=str(refusal), candidates=(matched.product.pk,))
        return _keep(account, shop, found, kept, reason)
    return "created"


def _adopt(
    account: PlatformAccount,
    shop: Shop | None,
    found: FoundListing,
    matched: Match,
    row: GlobalListing | None,
    kept: Adoption | None,
) -> GlobalListing:
    if shop is None:
        row = taking.take(account, found, matched)
    elif row is None:
        row = taking.take_alone(shop, found, matched)
    else:
        taking.take_in_shop(row, shop, found)
    if kept is not None:
        kept.status, kept.global_listing, kept.reason = Adoption.Status.ADOPTED, row, ""
        kept.save()
    return row


def _is_ours(account: PlatformAccount, shop: Shop | None, found: FoundListing) -> bool:
    if shop is None:
        return GlobalListing.objects.filter(account=account, external_id=found.external_id).exists()
    return Listing.objects.filter(shop=shop, external_id=found.external_id).exists()


def _keep(
    account: PlatformAccount, shop: Shop | None, found: FoundListing, kept: Adoption | None, matched: Match
) -> str:
    row = kept or Adoption(account=account, shop=shop, external_id=found.external_id)
    before = (row.pk and row.status, row.reason, row.candidates)
    row.status = Adoption.Status.CONFLICT if matched.candidates else Adoption.Status.UNKNOWN
    row.reason, row.candidates = matched.reason, list(matched.candidates)
    row.name, row.sku = clean_text(found.name)[:500], found.sku[:200]
    row.variant_skus, row.found_at = matching.skus_of(found), leases.now()
    row.save()
    return "unchanged" if before == (row.status, row.reason, row.candidates) else "updated"


def _rows(account: PlatformAccount, shop: Shop | None) -> models.QuerySet[Adoption]:
    return Adoption.objects.select_for_update(of=("self",)).filter(account=account, shop=shop)


def _drop_stale(run: SyncRun) -> None:
    """Forget what waited for a person and stands there no more."""
    old = Adoption.objects.filter(account=run.account, status__in=OPEN, found_at__lt=run.created_at)
    connected = Shop.objects.filter(account=run.account, status=Shop.Status.CONNECTED)
    read = connected.exclude(external_id__in=run.cursor.get("skipped", []))
    old.filter(models.Q(shop=None) | models.Q(shop__in=read)).delete()


# --- what a person decides


def adopt(adoption: Adoption, product: Product, by: str) -> SyncJob:
    """Queue adopting a found listing as this product; raise Refused where that is decided, or the product is taken."""
    common.check_selling(adoption.account)
    with transaction.atomic():
        row = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
        if row.status == Adoption.Status.ADOPTED:
            raise Refused(_("%(listing)s is adopted already.") % {"listing": row}, field="status")
        sold = GlobalListing.objects.filter(account=row.account, product=product).exclude(external_id="").first()
        if sold is not None and row.shop is None and sold.external_id != row.external_id:
            words = _("%(product)s is sold already as %(id)s. Choose another product, or delete that listing first.")
            raise Refused(words % {"product": product, "id": sold.external_id}, field="product")
        row.decided_by = by[:150]
        row.save(update_fields=["decided_by"])
        return jobs.enqueue(
            "catalog.tasks.adopt",
            key=f"adopt:{row.pk}",
            lane=Lane.PUBLISH,
            account=row.account,
            requested_by=by,
            adoption_id=row.pk,
            product_id=product.pk,
        )


def adopt_as(adoption_id: int, product_id: int) -> None:
    """Read a found listing once more and adopt it as the product that a person has named; Refused with the reason."""
    kept = Adoption.objects.select_related("account", "shop__account").get(pk=adoption_id)
    product = Product.objects.get(pk=product_id)
    channel = channel_for(kept.account)
    if kept.shop is None:
        found = channel.global_listing(kept.external_id)
    else:
        found = channel.shop_listing(kept.shop.external_id, kept.external_id)
    matched = matching.match_with(product, found)
    refusal = matched.reason
    if not refusal:
        try:
            with transaction.atomic():
                jobs.hold()
                _adopt(kept.account, kept.shop, found, matched, None, kept)
        except NotAdoptable as error:
            refusal = str(error)
    if refusal:
        Adoption.objects.filter(pk=kept.pk).update(reason=refusal, status=Adoption.Status.CONFLICT)
        raise Refused(refusal, field="product")


def ignore(adoption: Adoption, by: str) -> Adoption:
    """Leave a found listing alone from now on; raise Refused where it is adopted."""
    with transaction.atomic():
        row = Adoption.objects.select_for_update(of=("self",)).get(pk=adoption.pk)
        if row.status == Adoption.Status.ADOPTED:
            raise Refused(_("%(listing)s is adopted already.") % {"listing": row}, field="status")
        row.status, row.decided_by = Adoption.Status.IGNORED, by[:150]
        row.save(update_fields=["status", "decided_by"])
    return row
