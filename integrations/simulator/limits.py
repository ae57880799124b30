"""Rate limits and daily quotas: strict sliding windows on the simulator's clock."""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field

from integrations.simulator.clock import utc_day

EPSILON = 1e-6  # what a float may lose on its way through a header
# On the machine's clock a call's time is when this process gets to it, later than it came by what else runs here. Calls
# that came a second apart must not be refused for that, so a window is shorter by this. By hand, time is exact.
OWN_DELAY = 0.05


@dataclass(slots=True, frozen=True)
class Rule:
    """At most ``count`` accepted calls in any ``seconds`` seconds, told apart by ``key``."""

    key: Hashable
    count: int
    seconds: float
    what: str = ""


@dataclass(slots=True, frozen=True)
class Refusal:
    """Why a call was turned away and how long it would have to wait."""

    rule: Rule
    wait: float


@dataclass(slots=True)
class Limits:
    """All windows and quotas of all platforms; the caller holds the world's lock."""

    grace: float = EPSILON
    windows: dict[Hashable, deque[float]] = field(default_factory=dict)
    days: dict[Hashable, tuple[int, int]] = field(default_factory=dict)

    def check(self, rules: list[Rule], now: float) -> Refusal | None:
        """Return the first rule which forbids a call now, or None; nothing is counted yet."""
        for rule in rules:
            window = self.windows.get(rule.key)
            if window is None:
                if rule.count <= 0:
                    return Refusal(rule, rule.seconds)
                continue
            horizon = now - rule.seconds + self.grace
            while window and window[0] <= horizon:
                window.popleft()
            if len(window) >= rule.count:
                oldest = window[len(window) - rule.count] if rule.count > 0 else now
                return Refusal(rule, max(oldest + rule.seconds - now, 0.0))
        return None

    def count(self, rules: list[Rule], now: float) -> None:
        """Count an accepted call in each of its windows."""
        for rule in rules:
            window = self.windows.get(rule.key)
            if window is None:
                window = self.windows[rule.key] = deque()
            window.append(now)

    def used_today(self, key: Hashable, now: float) -> int:
        """Return how much of a daily quota is used."""
        day, used = self.days.get(key, (0, 0))
        return used if day == utc_day(now) else 0

    def use_today(self, key: Hashable, now: float, amount: int = 1) -> None:
        """Use some of a daily quota."""
        self.days[key] = (utc_day(now), self.used_today(key, now) + amount)


def seconds_until_tomorrow(now: float) -> float:
    """Return when a daily quota is fresh again."""
    return (utc_day(now) + 1) * 86_400 - now
