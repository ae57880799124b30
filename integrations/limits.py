"""The arithmetic of limits, without a database: when may the next call of a lane go, and when the n-th.

A rate is kept by GCRA without bursts: after each call the next may go one interval later. The interval is a little
longer than the limit asks, so that a server which counts strictly (never more than N in any second) refuses nothing
when calls arrive up to `(MARGIN - 1)` seconds late. All times are epoch seconds.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor, inf

from .models import Lane

MARGIN = 1.04  # 96 % of the limit is used; calls may arrive 40 ms late
EARLY = 0.02  # a slot this near is taken now and waited for: waking up late then costs no time
FAIR = 20  # each FAIRth slot goes to the least urgent who waits, so that nobody starves
LOWERED_FOR = 60.0  # seconds, doubled with each further refusal up to the next
LOWERED_AT_MOST_FOR = 3600.0
SLACK = 30.0  # seconds by which late calls may have put the next turn off
SAME_REFUSAL = 2.0  # seconds in which refusals of calls that were on their way together count as one
UNKNOWN_RATE = 1.0  # what a limit that nobody told us is lowered to

# What part of a quota each lane may use up; the rest waits for the more urgent.
SHARES = {Lane.CATALOGUE: 0.8, Lane.PUBLISH: 0.9, Lane.STOCK: 0.95}


@dataclass(slots=True)
class Bucket:
    """One limit as its row says it."""

    key: str
    account_id: int | None = None
    rate: float | None = None  # calls a second
    free_at: float = 0
    lowered_rate: float | None = None
    lowered_until: float = 0
    lowered_times: int = 0
    quota: int | None = None  # calls a window
    quota_seconds: int = 86_400  # 0: a total that never starts again
    window_start: float = 0
    used: int = 0
    blocked_until: float = 0
    waiting_0: float = 0
    waiting_1: float = 0
    waiting_2: float = 0
    waiting_3: float = 0
    waiting_4: float = 0
    granted: int = 0
    refused: int = 0

    @property
    def current_rate(self) -> float | None:
        """Return the calls a second that are allowed just now; None: any number."""
        return self.rate if self.lowered_rate is None else self.lowered_rate

    @property
    def interval(self) -> float:
        """Return the seconds from one call to the next."""
        return MARGIN / self.current_rate if self.current_rate else 0.0

    @property
    def window_end(self) -> float:
        """Return when the quota starts again."""
        return self.window_start + self.quota_seconds if self.quota_seconds else inf

    def heal(self, now: float) -> None:
        """Undo what only a clock that was set back can have left: a next turn or a window further off than possible."""
        if self.free_at > now + self.interval + SLACK:
            self.free_at = now
        if self.window_start > now:
            self.window_start = now - now % self.quota_seconds if self.quota_seconds else 0.0

    def settle(self, now: float) -> None:
        """Let pass what time lets pass: the quota's window, and step by step a lowering."""
        start = now - now % self.quota_seconds if self.quota_seconds else 0.0
        if start > self.window_start:
            self.window_start, self.used = start, 0
        while self.lowered_rate is not None and self.lowered_until <= now:
            self.lowered_rate *= 2
            if self.lowered_rate >= (self.rate or UNKNOWN_RATE):
                self.lowered_rate, self.lowered_times = None, 0
            else:
                self.lowered_until += _lowered_for(self.lowered_times)

    def left(self, lane: int) -> float:
        """Return how many calls of a lane the quota still holds in this window."""
        if self.quota is None:
            return inf
        return max(ceil(self.quota * SHARES.get(Lane(lane), 1.0)) - self.used, 0)

    def ready_at(self, now: float, lane: int, cost: int = 1) -> float:
        """Return when a call of this lane may go at the earliest; `inf` for never."""
        at = max(now, self.blocked_until, self.free_at if self.current_rate is not None else 0)
        self.settle(at)
        if self.left(lane) < cost:
            fresh = replace(self, used=0)
            at = max(at, self.window_end) if fresh.left(lane) >= cost else inf
        return at

    def take(self, at: float, lane: int, cost: int = 1, calls: int = 1) -> None:
        """Note calls of which the first goes at `at` and each further one an interval later."""
        self.settle(at)
        self.free_at = at + self.interval * calls if self.current_rate is not None else self.free_at
        self.used += cost * calls
        self.granted += calls
        setattr(self, f"waiting_{int(lane)}", 0.0)

    def has_to_give_way(self, now: float, lane: int) -> bool:
        """Tell whether somebody waits who goes before this lane."""
        if self.current_rate is None:
            return False
        before = set(range(lane))
        if self.granted % FAIR == FAIR - 1 and lane >= Lane.STOCK:
            before = {Lane.URGENT, Lane.ORDERS} | set(range(lane + 1, len(Lane)))
        return any(getattr(self, f"waiting_{other}") > now for other in before)

    def wait(self, now: float, at: float, lane: int) -> float | None:
        """Return until when others should know that somebody of the lane waits for `at`; None: it delays nobody."""
        # Who takes this limit's slot now delays us only if its next slot comes after `at`.
        if self.current_rate is None or at - max(self.free_at, now) > self.interval + EARLY:
            return None
        return at + min(max(self.interval, 0.1), 1.0)

    def lower(self, now: float, retry_after: float = 0) -> None:
        """Halve the rate for a while: the platform found it too fast."""
        self.settle(now)
        self.refused += 1
        lowered_at = self.lowered_until - _lowered_for(self.lowered_times)
        if self.lowered_rate is None or now >= lowered_at + SAME_REFUSAL:
            full = self.rate or UNKNOWN_RATE
            self.lowered_rate = max((self.current_rate or 2 * full) / 2, full / 16)
            self.lowered_times = min(self.lowered_times + 1, 20)
            self.lowered_until = now + max(_lowered_for(self.lowered_times), retry_after)
        self.free_at = max(self.free_at, now + self.interval)
        self.blocked_until = max(self.blocked_until, now + retry_after) if retry_after else self.blocked_until

    def block(self, now: float, until: float | None = None) -> None:
        """Let nothing go before a time; None: before the quota's window ends (a day where none is known)."""
        self.settle(now)
        self.refused += 1
        seconds = self.quota_seconds or 86_400
        self.blocked_until = max(self.blocked_until, now - now % seconds + seconds if until is None else until)


def _lowered_for(times: int) -> float:
    return min(LOWERED_FOR * 2.0 ** max(times - 1, 0), LOWERED_AT_MOST_FOR)


@dataclass(frozen=True, slots=True)
class Turn:
    """When a call may go, and which limit it waits for; `gives_way`: somebody more urgent goes first."""

    at: float
    key: str = ""
    gives_way: bool = False


def turn(buckets: Sequence[Bucket], costs: Sequence[int], *, lane: int, now: float) -> Turn:
    """Return when a call that needs room in all these limits may go at the earliest."""
    at, key, gives_way = now, "", False
    for bucket, cost in zip(buckets, costs, strict=True):
        ready = bucket.ready_at(now, lane, cost)
        if bucket.has_to_give_way(now, lane):
            ready, gives_way = max(ready, max(bucket.free_at, now) + bucket.interval), True
        if ready > at:
            at, key = ready, bucket.key
    return Turn(at, key, gives_way)


@dataclass(frozen=True, slots=True)
class Plan:
    """When the last of many calls may go, and the limit that decided."""

    at: float
    key: str
    waits: dict[str, float] = field(default_factory=dict)


def plan(buckets: Iterable[Bucket], calls: int, *, lane: int, now: float, costs: Mapping[str, int]) -> Plan:
    """Return when the last of so many calls may go if nobody else calls meanwhile; `inf` for never.

    `costs` says by key what one call takes from a quota; 1 where it says nothing.
    """
    buckets = [replace(bucket) for bucket in buckets]
    cost = {bucket.key: costs.get(bucket.key, 1) for bucket in buckets}
    waits: dict[str, float] = dict.fromkeys((bucket.key for bucket in buckets), 0.0)
    last = now
    while calls > 0:
        at = now
        for bucket in buckets:
            ready = bucket.ready_at(now, lane, cost[bucket.key])
            if ready > at:
                at, slowest = ready, bucket.key
        if at > now:
            waits[slowest] += at - now
        if at == inf:
            return Plan(inf, slowest, waits)
        for bucket in buckets:
            bucket.settle(at)
        interval = max((bucket.interval for bucket in buckets), default=0.0)
        together = min([calls, *(bucket.left(lane) // cost[bucket.key] for bucket in buckets)])
        if interval > 0:  # until something changes, one call follows the other at the same distance
            change = min((_next_change(bucket) for bucket in buckets), default=inf)
            if change < inf:
                together = min(together, max(1, ceil((change - at) / interval - 1e-9)))
        together = int(together)
        last = at + interval * (together - 1) if together > 1 else at
        pace = max(buckets, key=lambda bucket: bucket.interval).key if buckets else ""
        if pace:
            waits[pace] += last - at
        for bucket in buckets:
            free_at = last + bucket.interval
            bucket.take(at, lane, cost[bucket.key], calls=together)
            bucket.free_at = free_at
        calls -= together
        now = last
    slowest = max(waits, key=lambda key: waits[key]) if any(waits.values()) else ""
    return Plan(last, slowest, waits)


def _next_change(bucket: Bucket) -> float:
    changes = [bucket.lowered_until] if bucket.lowered_rate is not None else []
    if bucket.quota is not None:
        changes.append(bucket.window_end)
    return min(changes, default=inf)


def whole(seconds: float) -> int:
    """Return seconds for a person: rounded up, at least one."""
    return max(1, floor(seconds) + (seconds > floor(seconds)))
