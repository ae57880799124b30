"""Take listings down: hide and show them, delete them in one shop or everywhere.

All of it is absolute, so a lost answer is answered by asking again; what a lost call has deleted is looked for.
"""

from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import GlobalListing, Listing
from integrations import jobs
from integrations.channels import Outcome, SalesChannel
from integrations.errors import NotFound, Rejected
from integrations.gateways import channel_for
from integrations.models import Lane, SyncJob

from . import common

AFTER_PUBLISHING_S = 60.0

# --- hide and show


def request_unlist(listing: Listing, *, listed: bool = False, requested_by: str = "") -> SyncJob:
    """Queue hiding a shop's listing, or (`listed`) showing it again; the last wish counts.

    Raise Refused where the platform has no such listing, or does not let us (it is banned or in review).
    """
    common.check_selling(listing.shop.account)
    if listing.status not in (Listing.Status.LIVE, Listing.Status.UNLISTED) or not listing.external_id:
        words = _("%(listing)s is not on sale (%(state)s), so it can be neither hidden nor shown.")
        raise Refused(words % {"listing": listing, "state": listing.get_status_display()}, field="status")
    with transaction.atomic():
        job = _enqueue(listing, "show", requested_by, listing_id=listing.pk, listed=listed)
        if job.kwargs["listed"] != listed:  # the opposite waited already: this is newer
            job.kwargs, job.requested_by = job.kwargs | {"listed": listed}, requested_by
            job.save(update_fields=["kwargs", "requested_by"])
    return job


def show(listing_id: int, *, listed: bool) -> None:
    """Show or hide a shop's listing; raise Rejected where the platform says no, which stands on the listing too."""
    listing = _listing(listing_id)
    if not listing.external_id:
        return
    unlist = partial(
        channel_for(listing.shop.account).unlist, listing.shop.external_id, [listing.external_id], listed=listed
    )
    with common.repeatable():
        outcomes = unlist()
        if common.lost_of(outcomes):
            outcomes = unlist()
    refused = next((outcome for outcome in outcomes if not outcome.done), None)
    with transaction.atomic():
        jobs.hold()
        row = Listing.objects.select_for_update().get(pk=listing.pk)
        if refused is None:
            row.status = Listing.Status.LIVE if listed else Listing.Status.UNLISTED
            row.problem = row.problem_field = ""
        else:
            row.problem, row.problem_field = refusal_in_words(refused), "status"
        row.save(update_fields=["status", "problem", "problem_field", "updated_at"])
        row.drifts.filter(field="status").delete()
    if refused is not None:
        raise Rejected(refusal_in_words(refused), code=refused.code)


def refusal_in_words(refused: Outcome) -> str:
    """Say why a thing was not changed, and what a person can do where that is known."""
    if "promotion" in f"{refused.code} {refused.reason}".casefold():
        words = _("A promotion locks it: end the promotion at the platform, or wait until it ends. (%(reason)s)")
        return words % {"reason": refused.reason or refused.code}
    return refused.reason or refused.code or _("The platform gave no reason.")


# --- delete


def request_delete_listing(listing: Listing, *, requested_by: str = "") -> SyncJob:
    """Queue deleting one shop's listing; the global product stays. Raise Refused where the shop does not have it."""
    common.check_selling(listing.shop.account)
    if not listing.external_id:
        words = _("%(listing)s is not at the platform: there is nothing to delete.")
        raise Refused(words % {"listing": listing}, field="status")
    _refuse_while_published(listing.global_listing)
    return _enqueue(listing, "delete_listing", requested_by, listing_id=listing.pk)


def delete_listing(listing_id: int) -> None:
    """Delete one shop's listing; raise Rejected where the platform says no and it is there still."""
    listing = _listing(listing_id)
    channel, shop_id = channel_for(listing.shop.account), listing.shop.external_id
    if not listing.external_id:
        return
    _wait_while_published(listing.global_listing)
    try:
        with common.repeatable():
            channel.delete(shop_id, listing.external_id)
    except Rejected as error:
        if not _is_gone(channel, shop_id, listing.external_id):
            _note_refusal(listing, error)
            raise
    with transaction.atomic():
        jobs.hold()
        common.forget_listing(_locked(listing))
        _end_if_alone(listing.global_listing_id)


def request_delete(global_listing: GlobalListing, *, requested_by: str = "") -> SyncJob:
    """Queue deleting a global listing with all that its shops have of it; raise Refused while it is being published."""
    common.check_selling(global_listing.account)
    if global_listing.status == GlobalListing.Status.DELETED:
        raise Refused(_("%(listing)s is deleted already.") % {"listing": global_listing}, field="status")
    _refuse_while_published(global_listing)
    return jobs.enqueue(
        "catalog.tasks.delete",
        key=f"delete:{global_listing.pk}",
        lane=Lane.PUBLISH,
        account=global_listing.account,
        requested_by=requested_by,
        global_listing_id=global_listing.pk,
    )


def delete(global_listing_id: int) -> None:
    """Delete a global listing everywhere; raise Rejected naming the shops that kept theirs.

    What was never sent is only marked. Without a global product each shop's own listing is deleted.
    """
    row = GlobalListing.objects.select_related("account").get(pk=global_listing_id)
    _wait_while_published(row)
    channel = channel_for(row.account)
    refusal: Rejected | None = None
    if row.external_id:
        refusal = _delete_global(channel, row)
    for listing in row.listings.exclude(external_id="").select_related("shop"):
        if row.external_id and listing.shop.upgraded:
            continue  # it goes with the global product
        try:
            with common.repeatable():
                channel.delete(listing.shop.external_id, listing.external_id)
        except Rejected as error:
            if not _is_gone(channel, listing.shop.external_id, listing.external_id):
                _note_refusal(listing, error)
                refusal = error
                continue
        with transaction.atomic():
            jobs.hold()
            common.forget_listing(_locked(listing))
    if refusal is not None:
        with transaction.atomic():
            jobs.hold()
            GlobalListing.objects.filter(pk=row.pk).update(
                status=GlobalListing.Status.ATTENTION, problem=str(refusal), step="delete"
            )
        raise refusal
    with transaction.atomic():
        jobs.hold()
        common.forget(GlobalListing.objects.select_for_update(of=("self",)).get(pk=row.pk))


def _delete_global(channel: SalesChannel, row: GlobalListing) -> Rejected | None:
    """Delete the global product; where not all of it went, mark the shops that did and return why."""
    try:
        with common.repeatable():
            channel.delete("", row.external_id)
    except Rejected as error:
        if isinstance(error, NotFound) or _is_gone(channel, "", row.external_id):
            return None
        left = {found.shop_id for found in channel.published(row.external_id) if found.status != "deleted"}
        with transaction.atomic():
            jobs.hold()
            for listing in row.listings.exclude(external_id="").select_related("shop", "global_listing"):
                if listing.shop.upgraded and listing.shop.external_id not in left:
                    common.forget_listing(_locked(listing))
        return error
    return None


# --- what both need


def _enqueue(listing: Listing, task: str, requested_by: str, **kwargs: Any) -> SyncJob:
    return jobs.enqueue(
        f"catalog.tasks.{task}",
        key=f"{task}:{listing.pk}",
        lane=Lane.PUBLISH,
        account=listing.shop.account,
        shop=listing.shop,
        requested_by=requested_by,
        **kwargs,
    )


def _refuse_while_published(global_listing: GlobalListing) -> None:
    if global_listing.status == GlobalListing.Status.PUBLISHING:
        words = _("%(listing)s is being published. Wait until that has ended.")
        raise Refused(words % {"listing": global_listing}, field="status")


def _wait_while_published(global_listing: GlobalListing) -> None:
    """Let a publication end that was asked for after the deletion: the two would undo each other."""
    if global_listing.status == GlobalListing.Status.PUBLISHING:
        raise jobs.Again(AFTER_PUBLISHING_S)


def _is_gone(channel: SalesChannel, shop_id: str, external_id: str) -> bool:
    """Look whether the platform has it no more: a delete whose answer was lost has worked all the same."""
    try:
        found = channel.shop_listing(shop_id, external_id) if shop_id else channel.global_listing(external_id)
    except NotFound:
        return True
    return found.status == "deleted"


def _note_refusal(listing: Listing, error: Rejected) -> None:
    with transaction.atomic():
        jobs.hold()
        Listing.objects.filter(pk=listing.pk).update(problem=str(error), problem_field="status")


def _listing(listing_id: int) -> Listing:
    return Listing.objects.select_related("shop__account", "global_listing").get(pk=listing_id)


def _locked(listing: Listing) -> Listing:
    rows = Listing.objects.select_for_update(of=("self",)).select_related("shop", "global_listing")
    return rows.get(pk=listing.pk)


def _end_if_alone(global_listing_id: int) -> None:
    """Where there is no global product, the last listing was all there was."""
    row = GlobalListing.objects.select_for_update().get(pk=global_listing_id)
    if not row.external_id and not row.listings.exclude(external_id="").exists():
        common.forget(row)
