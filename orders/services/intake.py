"""Marketplace → orders: what changed is read by windows of time, shop by shop, and single orders by their numbers.

A shop's cursor says up to when all that changed there is known here; it moves in the transaction that stores the last
page of a window. Each reading goes back a little behind it: what is there twice is harmless, what is missing is not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from accounts.services import ask_shop_to_reconnect
from catalog.services.checking import check_connected
from integrations import jobs, leases, runs
from integrations.contracts import Unreadable
from integrations.errors import AuthRequired, NotFound, PlatformError, RateLimited, TokenExpired, UnexpectedReply
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob, SyncRun
from integrations.sold import OrderChannel, OrderData
from orders.models import IntakeCursor, Order

from . import saving
from .saving import Saved

OVERLAP = timedelta(minutes=10)
FIRST_LOOK = timedelta(days=30)  # how far back a shop is read that was never read
SHORTEST = timedelta(minutes=1)  # of a window
ASK_AGAIN_S = 300.0  # after this time an order is asked for by its number that a list named and no detail showed
PATIENCE = timedelta(minutes=2)  # for what passes by itself; after that the next run goes on
KEPT = timedelta(days=7)  # runs that found nothing new
BY = "marketplace"


# --- wishes


def request_sync(account: PlatformAccount, *, since: datetime | None = None, requested_by: str = "") -> SyncRun:
    """Queue a reading of what changed in all connected shops of an account since they were read last, or `since`.

    Raise Refused for an account that is not connected or sells nothing, for a time to come, or while another reading
    is under way that does not go back that far.
    """
    check_connected(account)
    order_channel_for(account)
    if since is not None and since >= leases.now():
        raise Refused(_("since lies in the future. Give a time that has passed."), field="since")
    wanted = since.isoformat() if since else ""
    run = runs.open_run(
        account,
        kind="orders",
        label=_("changed orders"),
        params={"since": wanted},
        task="orders.tasks.sync_orders",
        key=f"orders:{account.pk}",
        lane=Lane.ORDERS,
        requested_by=requested_by,
    )
    if wanted and run.params.get("since") != wanted:
        words = _("Its orders are being read already (run %(run)d). Wait until that ends, or cancel it.")
        raise Refused(words % {"run": run.pk}, field="since")
    return run


def request_order(shop: Shop, external_id: str, *, requested_by: str = "", delay: float = 0) -> SyncJob:
    """Queue a look at one order by its number."""
    number = external_id.strip()
    if not number or len(number) > 64:
        raise Refused(_("Give the order's number, at most 64 characters."), field="external_id")
    return jobs.enqueue(
        "orders.tasks.pull_order",
        key=f"order:{shop.pk}:{number}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        delay=delay,
        requested_by=requested_by,
        shop_id=shop.pk,
        external_id=number,
    )


# --- one order, some orders


def pull_order(shop_id: int, external_id: str, by: str = BY) -> Order:
    """Read one order now; raise NotFound where the marketplace does not know it, which leaves ours as it is."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    fetched = order_channel_for(shop.account).orders(shop.external_id, [external_id])
    found = [data for data in fetched.orders if data.external_id == external_id]
    if not found and external_id in fetched.missing:
        raise NotFound(_("The marketplace does not know order %(number)s.") % {"number": external_id})
    if not found:
        raise UnexpectedReply(fetched.unreadable[0].reason if fetched.unreadable else _("The order did not come."))
    with transaction.atomic():
        jobs.hold()
        saved = saving.save(shop, found, by)
    if saved.set_aside:
        raise UnexpectedReply(saved.set_aside[0].reason)
    return saved.orders[external_id]


def save_orders(shop: Shop, orders: Sequence[OrderData], by: str) -> dict[str, Order]:
    """Write what was read of a shop's orders, all in one go; return them by their numbers.

    However often and in whatever order it is called with the same, the newest word stands and nothing is there twice.
    """
    with transaction.atomic():
        jobs.hold()
        return saving.save(shop, orders, by).orders


# --- what changed


def sync_orders(run_id: int) -> None:
    """Take a reading as far as it goes in this turn; raise jobs.Again where there is more.

    A shop that can't be read holds up no other; the run then fails at the end, naming it, and the next one goes on.
    """
    run = runs.begin(run_id)
    reading = _Reading(run, order_channel_for(run.account))
    while reading.step():
        if jobs.should_yield():
            raise jobs.Again(0, progressed=True)
    if reading.waits_for is not None and _is_patient():
        raise reading.waits_for
    _forget_quiet_runs(run.account)
    problem = reading.shortcoming()
    if problem:
        runs.fail(run, problem)
    else:
        runs.finish(run)


def _forget_quiet_runs(account: PlatformAccount) -> None:
    """Delete the account's old runs that found nothing new: there is one every few minutes."""
    old = SyncRun.objects.filter(
        account=account, kind="orders", state=SyncRun.State.DONE, finished_at__lt=leases.now() - KEPT
    )
    old.filter(created=0, updated=0, failed=0).delete()


def _is_patient() -> bool:
    """Say whether the run may wait for what passes by itself."""
    job = jobs.current()
    since = job.waiting_since if job else None
    return job is not None and (since is None or leases.now() - since < PATIENCE)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the reading of a shop is: in this window, at this page."""

    since: datetime
    until: datetime
    page: dict[str, Any] | None = None

    def plain(self) -> dict[str, Any]:
        return {"since": self.since.isoformat(), "until": self.until.isoformat(), "page": self.page}

    @classmethod
    def of(cls, row: dict[str, Any]) -> "_Place":
        return cls(datetime.fromisoformat(row["since"]), datetime.fromisoformat(row["until"]), row["page"])


class _Reading:
    """One run through the shops of an account. Its cursor: where each shop is, which are done, which failed."""

    def __init__(self, run: SyncRun, channel: OrderChannel) -> None:
        self.run, self.channel = run, channel
        shops = run.account.shops.filter(status=Shop.Status.CONNECTED).select_related("account")
        self.shops = list(shops.order_by("pk"))
        self._put_off: dict[int, PlatformError] = {}

    @property
    def waits_for(self) -> PlatformError | None:
        """Return what passes by itself and kept a shop from being read."""
        return next(iter(self._put_off.values()), None)

    def step(self) -> bool:
        """Read one page of one shop; return False when nothing is left to do."""
        cursor = self.run.cursor
        left = [
            shop
            for shop in self.shops
            if str(shop.pk) not in {*cursor.get("done", ()), *cursor.get("failed", {})} and shop.pk not in self._put_off
        ]
        if not left:
            return False
        shop = left[0]
        try:
            self._read_page(shop)
        except (RateLimited, TokenExpired) as passing:
            self._put_off[shop.pk] = passing
        except AuthRequired as refusal:
            if not refusal.shop_id:
                raise
            ask_shop_to_reconnect(shop, str(refusal))
            self._fail(shop, refusal)
        except PlatformError as error:
            self._fail(shop, error)
        return True

    def shortcoming(self) -> str:
        """Return which shops could not be read to the end, and why; empty: all were."""
        names = {str(shop.pk): str(shop) for shop in self.shops}
        failed = {names.get(pk, pk): reason for pk, reason in self.run.cursor.get("failed", {}).items()}
        failed |= {names[str(pk)]: str(error) for pk, error in self._put_off.items()}
        return "\n".join(f"{name}: {reason}" for name, reason in failed.items())

    def _fail(self, shop: Shop, error: PlatformError) -> None:
        with runs.page(self.run) as page:
            page.cursor["failed"] = page.cursor.get("failed", {}) | {str(shop.pk): str(error)[:1000]}

    def _read_page(self, shop: Shop) -> None:
        place = self._place(shop)
        listed = self.channel.changed_orders(shop.external_id, since=place.since, until=place.until, cursor=place.page)
        ids = list(dict.fromkeys(listed.ids))
        chunks = [ids[at : at + self.channel.most_orders] for at in range(0, len(ids), self.channel.most_orders)]
        fetched = [self.channel.orders(shop.external_id, chunk) for chunk in chunks]
        with runs.page(self.run) as page:
            saved = saving.save(shop, [data for some in fetched for data in some.orders], _("intake"))
            _count(page, ids, saved)
            page.calls += 1 + len(chunks)
            unreadable = {record.external_id: record for some in fetched for record in some.unreadable}
            self._set_aside(page, shop, ids, saved, unreadable)
            self._go_on(page, shop, place, listed.cursor)

    def _place(self, shop: Shop) -> _Place:
        kept = self.run.cursor.get("shops", {}).get(str(shop.pk))
        if kept:
            return _Place.of(kept)
        return self._window(self._begin(shop))

    def _begin(self, shop: Shop) -> datetime:
        if self.run.params.get("since"):
            return datetime.fromisoformat(self.run.params["since"])
        known = IntakeCursor.objects.filter(shop=shop).values_list("read_until", flat=True).first()
        return known - OVERLAP if known else leases.now() - FIRST_LOOK

    def _window(self, since: datetime) -> _Place:
        now, longest = leases.now(), timedelta(seconds=self.channel.longest_window_s)
        since = min(since, now - SHORTEST)
        return _Place(since, min(since + longest, now))

    def _is_full(self, place: _Place) -> bool:
        return place.until - place.since >= timedelta(seconds=self.channel.longest_window_s)

    def _go_on(self, page: runs.Page, shop: Shop, place: _Place, following: dict[str, Any] | None) -> None:
        """Move on to the next page, the next window, or the end of the shop; a stored window moves its cursor."""
        shops = dict(page.cursor.get("shops", {}))
        shops.pop(str(shop.pk), None)
        if following is not None:
            shops[str(shop.pk)] = _Place(place.since, place.until, following).plain()
        else:
            _know_until(shop, place, is_first=not self.run.params.get("since"))
            if place.until <= leases.now() - SHORTEST and self._is_full(place):
                shops[str(shop.pk)] = self._window(place.until).plain()
            else:
                page.cursor["done"] = [*page.cursor.get("done", ()), str(shop.pk)]
        page.cursor["shops"] = shops

    def _set_aside(
        self,
        page: runs.Page,
        shop: Shop,
        ids: Sequence[str],
        saved: Saved,
        unreadable: dict[str, Unreadable],
    ) -> None:
        """Keep what was listed and could not be stored, and ask for it once more by its number."""
        refused = {record.external_id: record for record in saved.set_aside}
        for number in ids:
            if number in saved.orders:
                continue
            reason = _("It is in the list of changed orders, but its page was not shown.")
            record = refused.get(number) or unreadable.get(number)
            page.set_aside(record or Unreadable(external_id=number, kind="not_found", reason=reason))
            if number not in refused:
                request_order(shop, number, requested_by=_("intake"), delay=ASK_AGAIN_S)


def _count(page: runs.Page, ids: Sequence[str], saved: Saved) -> None:
    page.seen += len(ids)
    page.created += len(saved.created & set(ids))
    page.updated += len(saved.updated & set(ids))
    page.unchanged += len(saved.unchanged & set(ids))
    page.oddities(saved.oddities)


def _know_until(shop: Shop, place: _Place, *, is_first: bool) -> None:
    """Note that all that changed in a shop before the end of a window is known; not where a gap lies before it."""
    row, _is_new = IntakeCursor.objects.select_for_update().get_or_create(shop=shop)
    is_joined = is_first if row.read_until is None else place.since <= row.read_until
    if is_joined and (row.read_until is None or row.read_until < place.until):
        row.read_until = place.until
        row.save(update_fields=["read_until"])
