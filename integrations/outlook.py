"""What people want to know of limits: when a plan will be ready, and what stands in the way now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from django.db.models import Q

from accounts.models import PlatformAccount

from . import limits
from .buckets import account_key, ip_key, quota_key, read
from .limits import Bucket
from .models import Lane, RateBucket


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """When a plan will be ready. `limited_by` is the limit that decides (its key), empty where none does."""

    calls: int
    per_second: float | None  # None: no rate is known
    seconds: float | None  # until the last call may go; None: never, a quota without end is used up
    ready_at: datetime | None
    limited_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitState:
    """One limit as it stands now, for people."""

    key: str
    rate: float | None
    lowered_rate: float | None
    lowered_until: datetime | None
    blocked_until: datetime | None
    quota: int | None
    quota_seconds: int
    used: int
    window_ends_at: datetime | None
    granted: int
    refused: int


def forecast(
    account: PlatformAccount,
    calls: int,
    *,
    endpoint: str = "",
    lane: Lane = Lane.CATALOGUE,
    also: Sequence[str] = (),
    costs: Mapping[str, int] | None = None,
) -> Forecast:
    """Say how long so many calls for an account will take if nobody else calls meanwhile.

    Takes into account the rate as it is now, lowered or not, what is left of the quotas for the lane, and when their
    windows start again. `endpoint` names the `Call.endpoint` whose own quota counts too; `also` are keys of
    further limits that the calls meet, `costs` says by key what one call takes from a quota.
    """
    key = account_key(account)
    now, found = read([key, ip_key(account.platform), *([quota_key(key, endpoint)] if endpoint else []), *also])
    for bucket in found:
        bucket.settle(now)
    rates = [1 / bucket.interval for bucket in found if bucket.interval]
    plan = limits.plan(found, calls, lane=lane, now=now, costs=costs or {})
    never = plan.at == inf
    return Forecast(
        calls=calls,
        per_second=min(rates) if rates else None,
        seconds=None if never else plan.at - now,
        ready_at=None if never else datetime.fromtimestamp(plan.at, UTC),
        limited_by=plan.key,
    )


def state(account: PlatformAccount) -> list[LimitState]:
    """Return all limits that calls for an account meet, as they stand now."""
    rows = RateBucket.objects.filter(Q(account=account) | Q(key__in=[account_key(account), ip_key(account.platform)]))
    now, found = read(rows.values_list("key", flat=True))
    return [_state(bucket, now) for bucket in found]


def _state(bucket: Bucket, now: float) -> LimitState:
    bucket.settle(now)
    return LimitState(
        key=bucket.key,
        rate=bucket.rate,
        lowered_rate=bucket.lowered_rate,
        lowered_until=_moment(bucket.lowered_until) if bucket.lowered_rate is not None else None,
        blocked_until=_moment(bucket.blocked_until) if bucket.blocked_until > now else None,
        quota=bucket.quota,
        quota_seconds=bucket.quota_seconds,
        used=bucket.used,
        window_ends_at=_moment(bucket.window_end) if bucket.quota is not None and bucket.quota_seconds else None,
        granted=bucket.granted,
        refused=bucket.refused,
    )


def _moment(epoch: float) -> datetime:
    return datetime.fromtimestamp(epoch, UTC)
