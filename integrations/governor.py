"""One governor of outgoing calls for all processes: no limit is hit by surprise (design.md §3, promise 4).

Each limit is a `RateBucket` row, so that every process on every machine sees the same one, on SQLite as on PostgreSQL.
A call takes its turn from all of its limits (account, IP, an endpoint's quota) in one short transaction, or from none.
The arithmetic is in `limits.py`.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import inf
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount

from . import clock, lanes, limits
from .buckets import (
    Limit,
    UnknownLimit,
    account_key,
    changing,
    completed,
    each_row,
    ip_key,
    quota_key,
    read,
    write,
)
from .contracts import AccountData, QuotaData
from .errors import RateLimited
from .limits import Bucket
from .models import Lane, RateBucket
from .outlook import Forecast, LimitState, forecast, state

__all__ = [
    "Forecast",
    "Limit",
    "LimitState",
    "UnknownLimit",
    "account_key",
    "acquire",
    "block",
    "configure",
    "forecast",
    "ip_key",
    "learn",
    "lower",
    "note_usage",
    "postpone",
    "quota_key",
    "state",
]

LATE = 0.02  # seconds after its turn from which a call puts its successors off as well
NEVER = 86_400.0  # seconds after which to ask again where a quota has no known end


# --- taking turns ---


def acquire(buckets: Sequence[str | Limit], *, patience: float | None = None) -> float:
    """Wait until a call of the current lane may go, take its turn in all these limits, and return when that was.

    Waits at most `patience` seconds (default: the lane's, see `lanes.use`); raises `RateLimited` with `retry_after`
    where it would take longer. Must not be called inside a transaction, which would hold the rows while others wait.
    """
    wanted = {limit.key: limit for limit in (Limit(each) if isinstance(each, str) else each for each in buckets)}
    if not wanted:
        return clock.now()
    patience = lanes.patience() if patience is None else patience
    lane, began = lanes.current(), clock.monotonic()
    required = {each for each in buckets if isinstance(each, str)}
    while True:
        now, found = read(wanted)
        if completed(wanted, required, found):
            continue
        if not found:
            return now
        turn = _turn(found, wanted, lane, now)
        if not turn.gives_way and turn.at - now <= limits.EARLY:
            granted = _take(wanted, lane)
            if granted is not None:
                return granted
            continue
        if turn.at == inf or clock.monotonic() - began + turn.at - now > patience:
            raise _no_room(turn, now)
        if lane != Lane.CATALOGUE or turn.gives_way:
            _say_waiting(found, turn, lane, now)
        clock.sleep(max(turn.at - now - limits.EARLY / 2, 0.001))


def _take(wanted: Mapping[str, Limit], lane: int) -> float | None:
    with transaction.atomic(durable=True):
        now, found = read(wanted, lock=True, lasting=False)
        began = clock.monotonic()
        turn = _turn(found, wanted, lane, now)
        if turn.gives_way or turn.at - now > limits.EARLY:
            return None  # somebody was quicker
        for bucket in found:
            bucket.take(turn.at, lane, wanted[bucket.key].cost)
        write(found)
    clock.sleep(turn.at - now - (clock.monotonic() - began))
    late = clock.monotonic() - began - (turn.at - now)
    if late > LATE:
        postpone([bucket.key for bucket in found], late)
    return turn.at


def _turn(found: list[Bucket], wanted: Mapping[str, Limit], lane: int, now: float) -> limits.Turn:
    return limits.turn(found, [wanted[bucket.key].cost for bucket in found], lane=lane, now=now)


def _no_room(turn: limits.Turn, now: float) -> RateLimited:
    seconds = turn.at - now if turn.at < inf else NEVER
    return RateLimited(
        _("The limit %(limit)s has no room for another %(seconds)d s; the call was not sent.")
        % {"limit": turn.key, "seconds": limits.whole(seconds)},
        retry_after=seconds,
        scope=turn.key,
    )


def postpone(keys: Iterable[str], seconds: float) -> None:
    """Put the next calls off, because the last one left late and would meet them too close at the platform."""
    each_row("free_at = free_at + %s", [(key, seconds) for key in keys])


def _say_waiting(found: list[Bucket], turn: limits.Turn, lane: int, now: float) -> None:
    stamps = [(bucket.key, bucket.wait(now, turn.at, lane)) for bucket in found]
    each_row(f"waiting_{int(lane)} = %s", [(key, until) for key, until in stamps if until is not None])


# --- what is known of limits ---

_KEEP: Any = object()


def configure(
    key: str,
    *,
    account: PlatformAccount | None = _KEEP,
    rate: float | None = _KEEP,
    quota: int | None = _KEEP,
    quota_seconds: int = _KEEP,
) -> None:
    """Set what is known of a limit, making its row where there is none; what is not given stays as it is.

    `rate` is calls a second, `quota` calls in `quota_seconds` (windows start at multiples of it, so a day is a day of
    UTC; 0: a total that never starts again); None is no limit.
    """
    if rate is not _KEEP and rate is not None and rate <= 0:
        raise ValueError(f"The rate of {key} must be more than 0 calls a second, or None.")
    given: dict[str, Any] = {"account": account, "rate": rate, "quota": quota, "quota_seconds": quota_seconds}
    given = {name: value for name, value in given.items() if value is not _KEEP}
    with transaction.atomic():
        row, _made = RateBucket.objects.update_or_create(key=key, defaults=given)
        if given.get("rate"):  # a turn that was reckoned at a slower rate comes sooner now
            now, _found = read([key])
            latest = now + limits.MARGIN / given["rate"]
            if row.free_at > latest and row.lowered_rate is None:
                each_row("free_at = %s", [(key, latest)])


def learn(account: PlatformAccount, data: AccountData) -> None:
    """Take an account's limits from what the platform says of it (`requests_per_second`, `quotas`).

    A quota without an endpoint holds for all calls; of several the tightest is kept. `QuotaData.endpoint` is the
    `Call.endpoint` that it counts. Endpoint quotas that the platform no longer names are lifted.
    """
    key = account_key(account)
    by_endpoint: dict[str, list[QuotaData]] = {"": []}
    for quota in data.quotas:
        by_endpoint.setdefault(quota.endpoint, []).append(quota)
    if data.requests_per_second is not None and data.requests_per_second > 0:
        configure(key, account=account, rate=data.requests_per_second)
    _set_quota(key, account, by_endpoint.pop(""))
    named = {quota_key(key, endpoint): quotas for endpoint, quotas in by_endpoint.items()}
    for own in sorted(named):
        _set_quota(own, account, named[own])
    RateBucket.objects.filter(key__startswith=quota_key(key, "")).exclude(key__in=named).update(quota=None)


def _set_quota(key: str, account: PlatformAccount, quotas: list[QuotaData]) -> None:
    if not quotas:
        return configure(key, account=account, quota=None)
    tightest = min(quotas, key=lambda quota: quota.limit / (quota.window_s or inf))
    return configure(key, account=account, quota=max(tightest.limit, 0), quota_seconds=max(tightest.window_s, 0))


def note_usage(key: str, used: int, *, quota: int | None = None, seconds: int = 86_400) -> None:
    """Take over how much of a quota the platform says is used (its own count is the truth)."""
    if quota is not None:
        configure(key, quota=quota, quota_seconds=seconds)
    with changing(key) as (now, bucket):
        if bucket is not None:
            bucket.settle(now)
            bucket.used = max(used, 0)


def lower(key: str, *, retry_after: float | None = None) -> float:
    """Halve a rate for a while (at least `retry_after` seconds): the platform said that calls come too fast.

    A further refusal halves it again and for longer; afterwards it comes back step by step. Returns the seconds after
    which a next call may go.
    """
    with changing(key) as (now, bucket):
        if bucket is None:
            return retry_after or 0.0
        bucket.lower(now, retry_after or 0.0)
        return max(bucket.free_at, bucket.blocked_until) - now


def block(key: str, *, until: float | None = None, account: PlatformAccount | None = None) -> float:
    """Let no call go before `until` (epoch seconds; default: the end of the quota's window) and return that time.

    Makes the row where there is none: a platform may refuse by a quota that it never told of.
    """
    RateBucket.objects.bulk_create([RateBucket(key=key, account=account)], ignore_conflicts=True)
    with changing(key) as (now, bucket):
        assert bucket is not None
        bucket.block(now, until)
        return bucket.blocked_until
