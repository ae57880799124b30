"""What the services that keep listings in line share: who sells, what may be sent again, what is gone there."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Drift, GlobalListing, Listing, ListingVariant, StockEntry
from catalog.services.checking import check_connected
from integrations.channels import Outcome
from integrations.errors import OutcomeUnknown, Unavailable
from integrations.gateways import sells_on

LOST = "not_done"  # a gateway's code of an outcome: the answer was lost, or does not name it
# What a gateway says of a listing that is there, in our words.
THERE = {status.value: status for status in Listing.THERE}


def check_selling(account: PlatformAccount) -> None:
    """Raise Refused for a supplier's account, and for one on whose behalf no call can be made."""
    if account.platform not in sells_on():
        words = _("%(account)s sells nothing: it is a supplier's account. Choose a selling account.")
        raise Refused(words % {"account": account}, field="account")
    check_connected(account)


@contextmanager
def repeatable() -> Iterator[None]:
    """Let a write whose answer was lost be sent again, later: only for those that set what is absolute."""
    try:
        yield
    except OutcomeUnknown as error:
        raise Unavailable(error, code=error.code, request_id=error.request_id) from error


def lost_of(outcomes: Iterable[Outcome]) -> set[str]:
    """Return the keys of what a gateway looked for after a lost answer and did not find done: it may be sent again."""
    return {outcome.key for outcome in outcomes if not outcome.done and outcome.code == LOST}


def forget_listing(listing: Listing) -> None:
    """Note that a shop's listing is there no more; inside a transaction."""
    listing.external_id, listing.url, listing.platform_status = "", "", ""
    listing.problem, listing.problem_field, listing.status = "", "", Listing.Status.DELETED
    listing.save(
        update_fields=["external_id", "url", "platform_status", "problem", "problem_field", "status", "updated_at"]
    )
    ListingVariant.objects.filter(listing=listing).update(
        external_id="", sent_price=None, seen_price=None, seen_stock=None, problem=""
    )
    Drift.objects.filter(listing=listing).delete()
    drop_cell(listing)


def forget(global_listing: GlobalListing) -> None:
    """Note that a global listing and all that its shops had of it is there no more; inside a transaction."""
    for listing in global_listing.listings.exclude(status=Listing.Status.DELETED):
        forget_listing(listing)
    global_listing.external_id, global_listing.status, global_listing.problem = "", GlobalListing.Status.DELETED, ""
    global_listing.progress, global_listing.step = {}, ""  # a new publication begins from nothing
    global_listing.save()
    global_listing.variants.update(external_id="", sent_price=None, seen_price=None)
    StockEntry.objects.filter(global_variant__global_listing=global_listing).update(sent=None, seen=None)
    Drift.objects.filter(global_listing=global_listing).delete()


def drop_cell(listing: Listing) -> None:
    """Forget in the publication's notes what became of one shop, so that a publication looks at it anew."""
    row = GlobalListing.objects.select_for_update().only("progress").get(pk=listing.global_listing_id)
    cells = row.progress.get("cells", {})
    if cells.pop(listing.shop.external_id, None) is not None:
        GlobalListing.objects.filter(pk=row.pk).update(progress=row.progress)


def forget_what_was_sent(global_listing: GlobalListing) -> None:
    """Let the next publication send all that makes up the product, whatever it sent before; inside a transaction.

    What is there stays known, so nothing is made a second time.
    """
    progress = {name: kept for name, kept in global_listing.progress.items() if name != "state"}
    GlobalListing.objects.filter(pk=global_listing.pk).update(progress=progress, step="")
    global_listing.progress, global_listing.step = progress, ""
