"""From products to shops in one wish: prepared where they are not yet, checked, and queued for publication."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import GlobalListing, Product
from integrations.models import SyncJob

from . import common, drafts, preflight, publishing
from .findings import Finding

WAITING = (GlobalListing.Status.DRAFT, GlobalListing.Status.ATTENTION)


@dataclass(slots=True)
class Launched:
    """What became of a wish to sell products. `findings` and `jobs` by the keys of the listings."""

    listings: list[GlobalListing] = field(default_factory=list)
    findings: dict[int, list[Finding]] = field(default_factory=dict)
    jobs: dict[int, SyncJob] = field(default_factory=dict)
    refused: list[tuple[Product | GlobalListing, Refused]] = field(default_factory=list)


def launch(
    account: PlatformAccount,
    products: Iterable[Product] | None = None,
    *,
    shops: Sequence[Shop] | None = None,
    by: str,
    check_only: bool = False,
) -> Launched:
    """Prepare products for an account's shops (default: all that are connected) and queue their publication.

    Without products it is what was prepared and waits, or needs attention. With `check_only` nothing is queued: the
    findings say what is missing. One that is refused stops no other. Raise Refused where the account can't sell.
    """
    common.check_selling(account)
    launched = Launched()
    if products is None:
        launched.listings = list(GlobalListing.objects.filter(account=account, status__in=WAITING).order_by("pk"))
    for product in products or ():
        try:
            launched.listings.append(drafts.prepare(product, account, shops=shops, by=by))
        except Refused as refusal:
            launched.refused.append((product, refusal))
    if check_only:
        launched.findings = preflight.check_many(launched.listings)
        return launched
    requested = publishing.request_many(launched.listings, shops, requested_by=by)
    launched.jobs = {job.kwargs["global_listing_id"]: job for job in requested.jobs}
    launched.refused += requested.refused
    return launched
