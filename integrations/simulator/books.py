"""The simulator's books: a ledger of what happened, counters, and the calls with their verdicts."""

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

CALLS_KEPT = 20_000
ENTRIES_KEPT = 100_000


@dataclass(slots=True)
class CallRecord:
    """One call as it was judged: ``accepted`` or, where a limit or quota turned it away, ``refused``."""

    number: int
    platform: str
    method: str
    path: str
    account: str
    at: float
    code: int | str | None
    status: int
    verdict: str
    ms: float
    fault: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the record as ``GET /_control/calls`` shows it."""
        return {
            "number": self.number,
            "platform": self.platform,
            "method": self.method,
            "path": self.path,
            "account": self.account,
            "at": self.at,
            "code": self.code,
            "status": self.status,
            "verdict": self.verdict,
            "fault": self.fault,
            "ms": round(self.ms, 3),
        }


@dataclass(slots=True)
class Books:
    """Counters are exact; the lists keep the latest entries only. The caller holds the world's lock."""

    counters: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    calls_by_path: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    refusals_by_path: dict[str, dict[str, Counter[str]]] = field(default_factory=dict)
    entries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=ENTRIES_KEPT))
    calls: deque[CallRecord] = field(default_factory=lambda: deque(maxlen=CALLS_KEPT))
    calls_total: int = 0

    def enter(self, platform: str, account: str, kind: str, at: float, **facts: Any) -> None:
        """Write one event into the ledger and count it."""
        self.count(platform, account, kind)
        self.entries.append({"platform": platform, "account": account, "kind": kind, "at": at, **facts})

    def count(self, platform: str, account: str, kind: str) -> None:
        """Count an event which is not worth a line of its own."""
        self.counters.setdefault(platform, {}).setdefault(account, Counter())[kind] += 1

    def counted(self, platform: str, kind: str, account: str | None = None) -> int:
        """Return how often something happened, to one account or to all of a platform."""
        accounts = self.counters.get(platform, {})
        return sum(counts[kind] for name, counts in accounts.items() if account in (None, name))

    def record(self, call: CallRecord) -> None:
        """Keep a finished call."""
        self.calls.append(call)
        by_path = self.calls_by_path if call.verdict == "accepted" else self.refusals_by_path
        by_path.setdefault(call.platform, {}).setdefault(call.account, Counter())[call.path] += 1
        self.count(call.platform, call.account, "calls" if call.verdict == "accepted" else "refusals")

    def as_json(self, *, platform: str = "", kind: str = "") -> dict[str, Any]:
        """Return the books as ``GET /_control/books`` shows them: all entries, or those of a platform and kind."""
        totals = {
            platform: dict(sorted(sum(accounts.values(), Counter()).items()))
            for platform, accounts in self.counters.items()
        }
        return {
            "totals": totals,
            "counters": _plain(self.counters),
            "calls_by_path": _plain(self.calls_by_path),
            "refusals_by_path": _plain(self.refusals_by_path),
            "entries": [one for one in self.entries if platform in ("", one["platform"]) and kind in ("", one["kind"])],
        }


def _plain(books: dict[str, dict[str, Counter[str]]]) -> dict[str, dict[str, dict[str, int]]]:
    return {
        platform: {account: dict(sorted(counts.items())) for account, counts in accounts.items()}
        for platform, accounts in books.items()
    }
