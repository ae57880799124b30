"""From a listing of ours to the shops: step by step, what each has made is kept before the next, shop by shop."""

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import GlobalListing, Listing
from integrations import jobs, leases, outcomes
from integrations.channels import Cell, PublishProgress, SalesChannel
from integrations.errors import OutcomeUnknown, PlatformError
from integrations.gateways import channel_for
from integrations.models import Lane, SyncJob

from . import preflight, progresses, specs
from .common import check_selling
from .drafting import draft_of, with_all
from .drafts import shops_of
from .findings import Finding, NotPublishable, errors, refusal
from .progresses import UNDER_WAY, progress_of

__all__ = [
    "NotPublishable",
    "Requested",
    "progress_of",
    "publish",
    "put_aside_abandoned",
    "request_many",
    "request_publication",
    "retry",
]

AT_ONCE = 100  # listings checked together
TROUBLED = (Listing.Status.REFUSED, Listing.Status.BLOCKED, Listing.Status.BANNED)  # a person has to look
LOOK_AFTER_S = 30.0  # after a lost answer that the gateway did not make good by itself


class Requested(NamedTuple):
    """What became of a wish to publish several listings."""

    jobs: list[SyncJob]
    refused: list[tuple[GlobalListing, Refused]]


# --- wishes


def request_publication(
    global_listing: GlobalListing, *, shops: Sequence[Shop] | None = None, requested_by: str = ""
) -> SyncJob:
    """Queue a listing for publication to these shops (default: those that it was prepared for).

    It is checked first. Raise NotPublishable, with all that was found, where nothing of it can go; a single shop that
    can't take it is left out, its listing says why, and the others go.
    """
    requested = request_many([global_listing], shops, requested_by=requested_by)
    if requested.refused:
        raise requested.refused[0][1]
    return requested.jobs[0]


def request_many(
    global_listings: Iterable[GlobalListing], shops: Sequence[Shop] | None = None, *, requested_by: str = ""
) -> Requested:
    """Queue several listings; return the jobs, and those that were refused with the reason. The others go on.

    Each is published to those of the shops that belong to its account.
    """
    outcome, chosen = Requested([], []), None if shops is None else {shop.pk for shop in shops}
    asked = list(global_listings)
    for start in range(0, len(asked), AT_ONCE):
        ready = []
        for listing in asked[start : start + AT_ONCE]:
            try:
                _prepare(listing, shops, alone=len(asked) == 1)
                ready.append(listing.pk)
            except Refused as refused:
                outcome.refused.append((listing, refused))
        loaded = list(with_all(GlobalListing.objects.filter(pk__in=ready)))
        checked = preflight.check_loaded(loaded, shops=chosen)
        for listing in loaded:
            try:
                cells = preflight.cells_of(listing, chosen)
                outcome.jobs.append(_request(listing, cells, checked[listing.pk].findings, requested_by))
            except Refused as refused:
                outcome.refused.append((listing, refused))
    return outcome


def _prepare(listing: GlobalListing, shops: Sequence[Shop] | None, *, alone: bool) -> None:
    """Refuse an account that can't sell; give the listing a row for each shop. `alone`: all shops must be its own."""
    check_selling(listing.account)
    if shops is None:
        return
    own = [shop for shop in shops if alone or shop.account_id == listing.account_id]
    rows = [Listing(global_listing=listing, shop=shop) for shop in shops_of(listing.account, own)]
    Listing.objects.bulk_create(rows, ignore_conflicts=True)
    # One that was deleted there may be published again.
    listing.listings.filter(shop__in=own, status=Listing.Status.DELETED).update(status=Listing.Status.DRAFT)


def _request(listing: GlobalListing, cells: Sequence[Listing], found: Sequence[Finding], requested_by: str) -> SyncJob:
    """Mark what goes and what does not, and queue it; raise NotPublishable where nothing goes."""
    if not cells:
        raise Refused(_("No shop is chosen. Choose at least one."), field="shops")
    stopped = [(cell, of) for cell in cells if (of := errors(found, cell.shop.external_id))]
    with transaction.atomic():
        _mark_blocked(stopped)
        if len(stopped) < len(cells) and not errors(found):
            doomed = {cell.pk for cell, _of in stopped}
            return _queue(listing, [cell for cell in cells if cell.pk not in doomed], requested_by)
    raise refusal([finding for finding in found if finding.is_error])


def _mark_blocked(stopped: Sequence[tuple[Listing, list[Finding]]]) -> None:
    """Say on the listings why they were left out; one that is there stays what it is."""
    if not stopped:
        return
    rows, why = _locked(cell for cell, _found in stopped), {cell.pk: found for cell, found in stopped}
    for row in rows:
        found = why[row.pk]
        if row.status not in Listing.THERE:
            row.status = Listing.Status.BLOCKED
        row.problem = "\n".join(f"{finding.text} {finding.fix}".strip() for finding in found)
        row.problem_field = found[0].field[:60]
        row._change_reason = row.problem[:100]  # type: ignore[attr-defined]
    _save_cells(rows)


def _locked(cells: Iterable[Listing]) -> list[Listing]:
    rows = Listing.objects.select_for_update(of=("self",)).filter(pk__in=[cell.pk for cell in cells])
    return list(rows.order_by("pk"))


def _save_cells(rows: Sequence[Listing]) -> None:
    """Save what is said of a listing's shops, with its history, in as many queries for many shops as for one."""
    for row in rows:
        row.updated_at = timezone.now()
    bulk_update_with_history(rows, Listing, ["status", "problem", "problem_field", "updated_at"])


def _queue(listing: GlobalListing, going: Sequence[Listing], requested_by: str) -> SyncJob:
    why = _("Asked by %(name)s") % {"name": requested_by} if requested_by else None
    row = GlobalListing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
    row.status, row.problem = GlobalListing.Status.PUBLISHING, ""
    row._change_reason = why  # type: ignore[attr-defined]
    row.save(update_fields=["status", "problem", "updated_at"])
    cells = _locked(going)
    for cell in cells:
        cell.problem, cell.problem_field = "", ""
        if cell.status not in Listing.THERE:
            cell.status = Listing.Status.PUBLISHING
        cell._change_reason = why  # type: ignore[attr-defined]
    _save_cells(cells)
    return jobs.enqueue(
        "catalog.tasks.publish",
        key=f"publish:{listing.pk}",
        lane=Lane.PUBLISH,
        account=listing.account,
        requested_by=requested_by,
        global_listing_id=listing.pk,
    )


def retry(listing: Listing, *, requested_by: str = "") -> SyncJob:
    """Queue the publication to one shop again. Raise Refused where it is on its way already."""
    if listing.status == Listing.Status.PUBLISHING and _is_queued(listing.global_listing):
        raise Refused(_("It is being published. Wait until that ends."), field="status")
    return request_publication(listing.global_listing, shops=[listing.shop], requested_by=requested_by)


def _is_queued(global_listing: GlobalListing) -> bool:
    open_states = (SyncJob.State.QUEUED, SyncJob.State.RUNNING)
    return SyncJob.objects.filter(key=f"publish:{global_listing.pk}", state__in=open_states).exists()


# --- the work


def publish(global_listing_id: int) -> None:
    """Take a publication as far as it goes now; raise jobs.Again where it has to wait.

    A step whose answer is lost is not repeated: the platform's package looks first when it is asked again. One shop
    that refuses stops no other. Whatever ends the job for good is said on the listing, too.
    """
    listing = with_all(GlobalListing.objects.filter(pk=global_listing_id)).get()
    if listing.status == GlobalListing.Status.DELETED:
        return  # since it was asked for
    try:
        _take(listing, channel_for(listing.account))
    except (jobs.LostLease, jobs.Withdrawn):
        raise
    except OutcomeUnknown as lost:
        again = jobs.Again(LOOK_AFTER_S)
        if not _is_over(again):
            raise again from lost
        _give_up(listing, lost)
        raise
    except Exception as error:
        if _is_over(error):
            _give_up(listing, error)
        raise


def _take(listing: GlobalListing, channel: SalesChannel) -> None:
    spec = specs.spec_of(listing.account, listing.category) if listing.category else None
    rules = specs.rules_of(spec) if spec else None
    began = progress = progress_of(listing)
    draft = draft_of(listing, _wanted(listing, progress), rules=rules)
    while True:
        before, progress = progress, channel.publish(draft, progress)
        progresses.keep(listing, draft, before, progress)
        if progress.done:
            break
        if progress.wait:
            raise jobs.Again(progress.wait, progressed=progresses.has_moved(began, progress))
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    # A round that was under way when it began knows nothing of a shop that was asked for again since.
    old = {shop_id for shop_id, cell in began.cells.items() if not began.done and cell.status not in UNDER_WAY}
    _finish(listing, progress, {shop.shop_id for shop in draft.shops} - old)


def _wanted(listing: GlobalListing, progress: PublishProgress) -> list[Listing]:
    """Return the shops that are asked for, and those that have it already and can be spoken with.

    Until a round ends those that refused in it stay: to leave them out would be another draft, and a new round.
    """
    under_way = set() if progress.done else set(progress.cells)
    return [
        cell
        for cell in listing.listings.all()
        if cell.status == Listing.Status.PUBLISHING
        or (cell.status in Listing.THERE and cell.shop.is_connected)
        or (cell.shop.external_id in under_way and cell.status != Listing.Status.DELETED)
    ]


def _finish(listing: GlobalListing, progress: PublishProgress, answered: Container[str]) -> None:
    """Say how it ended. A shop that was asked for meanwhile, so not among those `answered`, begins another round."""
    with transaction.atomic():
        jobs.hold()
        row = GlobalListing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
        cells = list(row.listings.select_related("shop"))
        open_ = [cell for cell in cells if cell.status == Listing.Status.PUBLISHING]
        late = [cell for cell in open_ if cell.shop.external_id not in answered]
        for cell in open_:
            said = progress.cells.get(cell.shop.external_id)
            if cell not in late:
                progresses.set_cell(cell, said if said and said.status not in UNDER_WAY else _unanswered())
        if not late:
            troubled = any(_is_troubled(cell, progress.cells.get(cell.shop.external_id)) for cell in cells)
            there = any(cell.status in Listing.THERE for cell in cells)
            row.status = GlobalListing.Status.ATTENTION if troubled else GlobalListing.Status.LIVE
            row.published_at = row.published_at or (timezone.now() if there else None)
            row.step, row._change_reason = "", _("Published")  # type: ignore[attr-defined]
            row.save(update_fields=["status", "published_at", "step", "updated_at"])
    if late:
        raise jobs.Again(0)


def _unanswered() -> Cell:
    return Cell(status="refused", reason=_("The platform did not say what became of it. Try again."))


def _is_troubled(cell: Listing, said: Cell | None) -> bool:
    return cell.status in TROUBLED or (said is not None and bool(said.reason) and cell.status in Listing.THERE)


def _is_over(error: Exception) -> bool:
    """Tell whether the job that runs this will not be run again by itself after such an error."""
    job = jobs.current()
    if job is None:
        return not isinstance(error, jobs.Again)
    return outcomes.judge(job, error, leases.now()).delay is None


def _give_up(listing: GlobalListing, error: Exception) -> None:
    """Put the listing aside for a person, with the platform's own words; what is there already stays as it is."""
    with transaction.atomic():
        jobs.hold()
        _put_aside(listing.pk, _in_words(error), str(getattr(error, "field", "")))


def _in_words(error: Exception) -> str:
    if isinstance(error, PlatformError | Refused):
        return str(error)
    if isinstance(error, jobs.Again):
        return _("It has waited for more than a day without any progress.")
    job = jobs.current()
    return _("A fault of Crossdock's own stopped it: job %(id)d has the details.") % {"id": job.pk if job else 0}


def _put_aside(global_listing_id: int, problem: str, field: str = "") -> None:
    row = GlobalListing.objects.select_for_update(of=("self",)).get(pk=global_listing_id)
    row.status, row.problem = GlobalListing.Status.ATTENTION, problem
    row._change_reason = problem[:100]  # type: ignore[attr-defined]
    row.save(update_fields=["status", "problem", "updated_at"])
    cells = _locked(row.listings.filter(status=Listing.Status.PUBLISHING))
    for cell in cells:
        cell.status, cell.problem, cell.problem_field = Listing.Status.REFUSED, problem, field[:60]
        cell._change_reason = problem[:100]  # type: ignore[attr-defined]
    _save_cells(cells)


def put_aside_abandoned(account: PlatformAccount) -> int:
    """Put aside what is being published but by nobody: its workers died too often. Return how many."""
    under_way = GlobalListing.objects.filter(account=account, status=GlobalListing.Status.PUBLISHING)
    found = 0
    for listing in under_way.order_by("pk"):
        if _is_queued(listing):
            continue
        with transaction.atomic():
            row = GlobalListing.objects.select_for_update(of=("self",)).get(pk=listing.pk)
            if row.status != GlobalListing.Status.PUBLISHING or _is_queued(row):
                continue
            last = SyncJob.objects.filter(key=f"publish:{row.pk}", state=SyncJob.State.FAILED).order_by("-pk").first()
            _put_aside(row.pk, last.problem if last else _unanswered().reason)
            found += 1
    return found
