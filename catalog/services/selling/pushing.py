"""Prices and stock to the platforms: only what differs, in as few calls as they allow.

Both are absolute, so what may not have arrived is sent again. Before a call what is known of the rows in hand is
forgotten, and written anew by its answer: whatever kills the worker in between, they differ until they are sent.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from accounts.services import ask_shop_to_reconnect
from catalog.models import Drift, GlobalListing, GlobalVariant, ListingVariant, StockEntry
from integrations import jobs, leases
from integrations.channels import Outcome, SalesChannel
from integrations.errors import AuthRequired, Rejected
from integrations.gateways import channel_for
from integrations.models import Lane, SyncJob

from . import common, differing, pricing, publishing
from .differing import PRICES, STOCK, Difference
from .withdrawing import refusal_in_words

__all__ = [
    "PRICES",
    "STOCK",
    "Difference",
    "differences",
    "push",
    "request_push",
    "request_push_prices",
    "request_push_stock",
    "request_pushes",
]

MOST_VARIANTS = 50  # in one call
AFTER_PUBLISHING_S = 60.0
REFUSED_AGAIN = timedelta(hours=1)  # after this time a schedule asks again for what was refused


# --- wishes


def differences(account: PlatformAccount, what: str = "") -> list[Difference]:
    """Return what would be sent of the account's prices, stock, or (empty) both; asks no platform, changes nothing."""
    kinds = [_checked(what)] if what else [PRICES, STOCK]
    return [difference for kind in kinds for difference in differing.differences(account, kind)]


def request_push_prices(global_listing: GlobalListing, *, requested_by: str = "") -> SyncJob:
    """Queue sending those prices of a global listing that differ; raise Refused where it is not published."""
    return _request(global_listing, PRICES, requested_by)


def request_push_stock(global_listing: GlobalListing, *, requested_by: str = "") -> SyncJob:
    """Queue sending that stock of a global listing that differs; raise Refused where it is not published."""
    return _request(global_listing, STOCK, requested_by)


def request_push(account: PlatformAccount, what: str, *, requested_by: str = "") -> list[SyncJob]:
    """Queue sending what differs of an account's prices or stock: a job per global listing, none where nothing does."""
    common.check_selling(account)
    found = {difference.global_listing.pk: difference.global_listing for difference in differences(account, what)}
    with transaction.atomic():
        return [_enqueue(listing, what, requested_by) for listing in found.values()]


def request_pushes(account: PlatformAccount) -> int:
    """Queue what differs of prices and stock, but what was refused a short while ago; return how many jobs wait.

    A publication that nobody works on any more is put aside first: until then nothing of it would be pushed.
    """
    publishing.put_aside_abandoned(account)
    since = leases.now() - REFUSED_AGAIN
    refused = SyncJob.objects.filter(
        account=account, key__startswith="push:", state=SyncJob.State.FAILED, finished_at__gt=since
    )
    not_now = set(refused.values_list("key", flat=True))
    found = {(one.what, one.global_listing.pk): one.global_listing for one in differences(account)}
    chosen = {key: listing for key, listing in found.items() if _key(listing, key[0]) not in not_now}
    with transaction.atomic():
        return len([_enqueue(listing, what, _("schedule")) for (what, _pk), listing in chosen.items()])


def _request(global_listing: GlobalListing, what: str, requested_by: str) -> SyncJob:
    common.check_selling(global_listing.account)
    if global_listing.status not in differing.PUSHED or not _is_there(global_listing):
        words = _("%(listing)s is not published (%(state)s). Publish it first.")
        raise Refused(words % {"listing": global_listing, "state": global_listing.get_status_display()}, field="status")
    return _enqueue(global_listing, what, requested_by)


def _is_there(listing: GlobalListing) -> bool:
    return bool(listing.external_id) or listing.listings.exclude(external_id="").exists()


def _enqueue(listing: GlobalListing, what: str, requested_by: str) -> SyncJob:
    return jobs.enqueue(
        "catalog.tasks.push",
        key=_key(listing, what),
        lane=Lane.STOCK,
        account=listing.account,
        requested_by=requested_by,
        global_listing_id=listing.pk,
        what=what,
    )


def _key(listing: GlobalListing, what: str) -> str:
    return f"push:{what}:{listing.pk}"


def _checked(what: str) -> str:
    if what not in (PRICES, STOCK):
        words = _("“%(what)s” can't be pushed. Use one of: %(known)s.")
        raise Refused(words % {"what": what, "known": f"{PRICES}, {STOCK}"}, field="what")
    return what


# --- the work


def push(global_listing_id: int, what: str) -> None:
    """Send what differs of one global listing: of the global product first, then of each shop that has its own.

    A shop that refuses or can't be reached holds up no other. Raise Rejected at the end, naming what was refused.
    """
    listing = GlobalListing.objects.select_related("account").get(pk=global_listing_id)
    if listing.status == GlobalListing.Status.PUBLISHING:
        raise jobs.Again(AFTER_PUBLISHING_S)
    if listing.status not in differing.PUSHED:
        return
    if what == PRICES:
        with transaction.atomic():
            jobs.hold()
            pricing.apply(listing)
    channel, refusals = channel_for(listing.account), list[str]()
    for chunk in _chunks(_found(listing, what), of_shops=False):
        refusals += _send(channel, what, chunk)
    # What the global product was sent has flowed down: the shops are looked at only now.
    for chunk in _chunks(_found(listing, what), of_shops=True):
        refusals += _send(channel, what, chunk)
    _tell(listing, what, refusals)


def _found(listing: GlobalListing, what: str) -> list[Difference]:
    return differing.differences(listing.account, what, GlobalListing.objects.filter(pk=listing.pk))


def _chunks(found: Sequence[Difference], *, of_shops: bool) -> Iterator[list[Difference]]:
    """Yield what goes into one call: of one shop, or of the global product."""
    groups: dict[int | None, list[Difference]] = {}
    for difference in found:
        if bool(difference.listing) == of_shops:
            groups.setdefault(difference.listing.pk if difference.listing else None, []).append(difference)
    for group in groups.values():
        for start in range(0, len(group), MOST_VARIANTS):
            yield group[start : start + MOST_VARIANTS]


def _send(channel: SalesChannel, what: str, chunk: list[Difference]) -> list[str]:
    """Send one call's worth, keep what became of it, and return what was refused."""
    with transaction.atomic():
        jobs.hold()
        for difference in chunk:
            _save(difference, None)
    try:
        with common.repeatable():
            outcomes = _call(channel, what, chunk)
            lost = common.lost_of(outcomes)
            if again := [one for one in chunk if one.external_id in lost]:
                outcomes += _call(channel, what, again)  # the last word on each counts
    except Rejected as error:
        outcomes = [Outcome(key=one.external_id, done=False, reason=str(error), code=error.code) for one in chunk]
    except AuthRequired as error:
        listing = chunk[0].listing
        if listing is None or error.shop_id != listing.shop.external_id:
            raise
        ask_shop_to_reconnect(listing.shop, str(error))  # its differences wait until it is connected again
        return [f"{listing.shop}: {error}"]
    said = {outcome.key: outcome for outcome in outcomes}
    refusals = list[str]()
    with transaction.atomic():
        jobs.hold()
        for difference in chunk:
            outcome = said.get(difference.external_id) or said.get(difference.variant.sku)
            if outcome is not None:
                refusals += _keep(difference, outcome)
        jobs.progressed()
    return refusals


def _call(channel: SalesChannel, what: str, chunk: list[Difference]) -> list[Outcome]:
    listing, global_id = chunk[0].listing, chunk[0].global_listing.external_id
    if what == PRICES:
        prices = {one.external_id: one.ours for one in chunk}
        if listing is None:
            return channel.push_prices(global_id, prices)
        return channel.push_shop_prices(listing.shop.external_id, listing.external_id, prices)
    stock = {one.external_id: {one.place: int(one.ours)} for one in chunk}
    if listing is None:
        return channel.push_stock(global_id, stock)
    return channel.push_shop_stock(listing.shop.external_id, listing.external_id, stock)


def _keep(difference: Difference, outcome: Outcome) -> list[str]:
    if outcome.done:
        _save(difference, difference.ours)
        if difference.what == PRICES and difference.listing is None:
            _forget_fixed(difference.variant)
        field = f"{'price' if difference.what == PRICES else 'stock'}:{difference.variant.sku}"
        Drift.objects.filter(global_listing=difference.global_listing, listing=difference.listing, field=field).delete()
        return []
    reason = refusal_in_words(outcome)
    if difference.row is not None:
        _write(difference, problem=reason)
    where = f"{difference.listing.shop}, " if difference.listing else ""
    return [f"{where}{difference.variant.sku}: {reason}"]


def _save(difference: Difference, sent: Decimal | None) -> None:
    """Write down what was sent; None: it is not known what stands there."""
    variant, row = difference.variant, difference.row
    if difference.what == STOCK:
        if row is not None:
            _write(difference, problem="", seen_stock=None)
        StockEntry.objects.update_or_create(
            global_variant=variant,
            place=difference.place,
            defaults={"sent": None if sent is None else int(sent), "sent_at": timezone.now(), "seen": None},
        )
    elif row is not None:
        _write(difference, problem="", sent_price=sent, seen_price=None)
    else:
        GlobalVariant.objects.filter(pk=variant.pk).update(sent_price=sent, seen_price=None)


def _write(difference: Difference, **columns: Any) -> None:
    """Write columns of a shop's variant, and no others: a person may set its price meanwhile."""
    ListingVariant.objects.update_or_create(
        listing=difference.listing, global_variant=difference.variant, defaults=columns
    )


def _forget_fixed(variant: GlobalVariant) -> None:
    """A global price has flowed down over the prices that a person set in shops which follow: they are sent again."""
    rows = ListingVariant.objects.filter(global_variant=variant, is_price_fixed=True, price__isnull=False)
    following = [
        row.pk
        for row in rows.select_related("listing__shop__account", "listing__shop__field_sync")
        if pricing.follows(row.listing.shop)
    ]
    ListingVariant.objects.filter(pk__in=following).update(sent_price=None, seen_price=None)


def _tell(listing: GlobalListing, what: str, refusals: list[str]) -> None:
    """Put on the global listing what was refused, or take away what an earlier push had put there.

    What a publication or a deletion has put there stays: a push says nothing of it.
    """
    row = GlobalListing.objects.filter(pk=listing.pk)
    problem, free = "\n".join(refusals), Q(problem="") | Q(step__in=[PRICES, STOCK])
    with transaction.atomic():
        jobs.hold()
        if refusals:
            row.filter(free, status__in=differing.PUSHED).update(
                status=GlobalListing.Status.ATTENTION, problem=problem, step=what
            )
        else:
            troubled = listing.listings.filter(status__in=publishing.TROUBLED).exists()
            status = GlobalListing.Status.ATTENTION if troubled else GlobalListing.Status.LIVE
            row.filter(status=GlobalListing.Status.ATTENTION, step=what).update(status=status, problem="", step="")
    if refusals:
        raise Rejected(problem)
