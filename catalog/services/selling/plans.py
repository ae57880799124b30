"""What a publication would take: what is ready, what is not and why, how many calls, and until when."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import PlatformAccount, Shop
from catalog.models import GlobalListing, Listing
from integrations import governor
from integrations.channels import CategoryRules
from integrations.gateways import channel_for
from integrations.models import Lane

from . import preflight
from .drafting import draft_of, with_all
from .findings import Finding, errors
from .progresses import progress_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What would happen if these listings were published to these shops now."""

    products: int  # that would be published
    cells: int  # shop by shop
    ready: list[GlobalListing] = field(default_factory=list)
    blocked: list[tuple[GlobalListing, list[Finding]]] = field(default_factory=list)  # nothing of it can go
    left_out: list[tuple[GlobalListing, Shop, list[Finding]]] = field(default_factory=list)  # single shops
    calls: int = 0
    by_limit: dict[str, int] = field(default_factory=dict)  # the limit's key → calls that meet it
    done_at: datetime | None = None  # None: nothing to do, or never: `limited_by` is used up for good
    limited_by: str = ""  # key of the limit that decides


def plan(global_listings: Sequence[GlobalListing], shops: Sequence[Shop] | None = None) -> Plan:
    """Check listings for these shops (default: those that each was prepared for), and reckon what publishing takes.

    Findings are kept on the listings. No platform is asked: the calls are counted by the platform's package.
    """
    chosen = None if shops is None else {shop.pk for shop in shops}
    loaded = list(with_all(GlobalListing.objects.filter(pk__in=[listing.pk for listing in global_listings])))
    found = preflight.check_loaded(loaded, shops=chosen)
    needed: dict[PlatformAccount, Counter[str]] = {}
    ready, blocked, left_out, cells = list[GlobalListing](), [], [], 0
    for listing in loaded:
        checked = found[listing.pk]
        wanted = preflight.cells_of(listing, chosen)
        going = [cell for cell in wanted if not errors(checked.findings, cell.shop.external_id)]
        if errors(checked.findings) or not going:
            blocked.append((listing, [finding for finding in checked.findings if finding.is_error]))
            continue
        ready.append(listing)
        cells += len(going)
        left_out += [
            (listing, cell.shop, stops) for cell in wanted if (stops := errors(checked.findings, cell.shop.external_id))
        ]
        count = needed.setdefault(listing.account, Counter())
        count.update(_calls(listing, going, checked.rules))
    totals = sum(needed.values(), Counter[str]())
    done_at, limited_by = _forecast(needed)
    return Plan(
        products=len(ready),
        cells=cells,
        ready=ready,
        blocked=blocked,
        left_out=left_out,
        calls=totals.total(),
        by_limit=dict(totals),
        done_at=done_at,
        limited_by=limited_by,
    )


def _calls(listing: GlobalListing, cells: Sequence[Listing], rules: CategoryRules | None) -> dict[str, int]:
    channel = channel_for(listing.account)
    return channel.calls_needed(draft_of(listing, cells, rules=rules), progress_of(listing)).by_limit


def _forecast(needed: Mapping[PlatformAccount, Mapping[str, int]]) -> tuple[datetime | None, str]:
    """Return when the last call may go and the limit that decides; each account calls by itself."""
    latest: tuple[datetime | None, str] = (None, "")
    for account, by_limit in needed.items():
        for key, calls in by_limit.items():
            said = governor.forecast(account, calls, lane=Lane.PUBLISH, also=[key])
            if said.ready_at is None:
                return None, said.limited_by or key
            if latest[0] is None or said.ready_at > latest[0]:
                latest = said.ready_at, said.limited_by or key
    return latest
