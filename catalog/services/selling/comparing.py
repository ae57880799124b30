"""What we sent, held to what stands there: slowly, in turns; where they differ a person decides."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.services import ask_shop_to_reconnect
from catalog.models import GlobalListing
from integrations import jobs, runs
from integrations.channels import FoundListing, SalesChannel
from integrations.contracts import Unreadable
from integrations.errors import AuthRequired, NotFound, Rejected, UnexpectedReply
from integrations.gateways import channel_for
from integrations.models import SyncRun

from . import common, drifts, repairs
from .drifts import Seen

BUDGET = 500  # global listings that one run compares at most; the next run goes on where it ended

__all__ = ["BUDGET", "accept", "compare", "repair", "request_comparison"]

repair, accept = repairs.repair, repairs.accept


def request_comparison(account: PlatformAccount, *, budget: int = BUDGET, requested_by: str = "") -> SyncRun:
    """Queue holding ours to theirs, of at most `budget` global listings; they come in turns, run after run."""
    common.check_selling(account)
    if budget < 1:
        raise Refused(_("budget must be at least 1 listing."), field="budget")
    last = SyncRun.objects.filter(account=account, kind="comparison", state=SyncRun.State.DONE).order_by("-pk").first()
    return runs.open_run(
        account,
        kind="comparison",
        label=_("ours and theirs"),
        params={"budget": budget, "start": last.cursor.get("after", 0) if last else 0},
        task="catalog.tasks.compare",
        key=f"comparison:{account.pk}",
        requested_by=requested_by,
    )


def compare(run_id: int) -> None:
    """Take a comparison as far as it goes in this turn; raise jobs.Again where there is more.

    Counts: updated are those where something else differs now than before the run.
    """
    run = runs.begin(run_id)
    channel = channel_for(run.account)
    while _step(run, channel):
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    runs.finish(run)


def _step(run: SyncRun, channel: SalesChannel) -> bool:
    """Compare the next global listing: those behind the start first, then, once around, those before it."""
    cursor, start = run.cursor, run.params.get("start", 0)
    after, turned = cursor.get("after", start), cursor.get("turned", False)
    left = run.params.get("budget", BUDGET) - run.seen
    due = _comparable(run.account).filter(pk__gt=after)
    if turned:
        due = due.filter(pk__lte=start)
    row = due.first() if left > 0 else None
    seen: Seen | None = None
    problem: Unreadable | None = None
    if row is not None:
        try:
            seen = _look(channel, row)
        except (Rejected, UnexpectedReply) as error:
            problem = Unreadable(external_id=row.external_id or row.sku, kind="refused", reason=str(error))
    goes_on = row is not None or (left > 0 and not turned and start > 0)
    with runs.page(run) as page:
        if page.total is None:
            page.total = min(run.params.get("budget", BUDGET), _comparable(run.account).count())
        if row is not None:
            page.cursor |= {"after": row.pk, "turned": turned}
            page.seen += 1
        elif goes_on:
            page.cursor |= {"after": 0, "turned": True}
        if problem:
            page.set_aside(problem)
        if row is not None and seen is not None:
            page.calls += seen.calls
            page.oddities(["shop_paused"] * len(seen.paused))
            if drifts.save(row, seen):
                page.updated += 1
            else:
                page.unchanged += 1
    return goes_on


def _comparable(account: PlatformAccount) -> QuerySet[GlobalListing]:
    statuses = (GlobalListing.Status.LIVE, GlobalListing.Status.ATTENTION)
    return GlobalListing.objects.filter(account=account, status__in=statuses).select_related("account").order_by("pk")


def _look(channel: SalesChannel, row: GlobalListing) -> Seen:
    """Read what the platform has of a global listing now: the global product and each shop's listing."""
    seen = Seen()
    if row.external_id:
        seen.calls += 1
        try:
            seen.product = channel.global_listing(row.external_id)
        except NotFound:
            seen.is_gone = True
            return seen
        seen.is_gone = seen.product.status == "deleted"
    for listing in row.listings.exclude(external_id="").select_related("shop__account", "shop__field_sync"):
        if not listing.shop.is_connected:
            continue
        seen.calls += 1
        try:
            seen.in_shops[listing.pk] = channel.shop_listing(listing.shop.external_id, listing.external_id)
        except NotFound:
            seen.in_shops[listing.pk] = FoundListing(external_id=listing.external_id, status="deleted")
        except AuthRequired as error:
            if error.shop_id != listing.shop.external_id:
                raise
            ask_shop_to_reconnect(listing.shop, str(error))
            seen.paused.append(listing.shop.external_id)
    return seen
