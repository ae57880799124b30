"""B1, the governor's half: how much of a limit is used, how often a strict server refuses, what a turn costs.

    python tests/benchmarks/b1_governor.py [--db sqlite|postgres] [--calls 2000] [--turns 2000]

On the virtual clock, at 1, 2, 4 and 6 calls a second, against a server that counts strictly: never more than N accepted
in any second. The control is what a client without a governor does: four workers, each keeping to the limit by itself
with a counter that starts again each second, trying again a second after a refusal. Cost: the real time of one turn.
Exit code 1: a promise is broken.
"""

import sys
import time
from collections import deque
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks import workbench as bench

RATES = (1, 2, 4, 6)
WORKERS = 4
DEAREST_TURN_MS = {"sqlite": 0.5, "postgres": 2.0}


class Strict:
    """A server that accepts at most `rate` calls in any second."""

    def __init__(self, rate: int) -> None:
        self.rate, self.accepted, self.refused = rate, 0, 0
        self._window: deque[float] = deque()

    def accepts(self, at: float) -> bool:
        while self._window and self._window[0] <= at - 1.0:
            self._window.popleft()
        if len(self._window) >= self.rate:
            self.refused += 1
            return False
        self._window.append(at)
        self.accepted += 1
        return True


def governed(rate: int, calls: int) -> tuple[Strict, float]:
    """Let the governor pace the calls; return the server and the seconds from the first to the last."""
    from integrations import clock, governor, lanes
    from integrations.models import Lane

    server, key = Strict(rate), f"bench:{rate}"
    governor.configure(key, rate=rate)
    with clock.use(clock.VirtualClock()), lanes.use(Lane.CATALOGUE):
        first = clock.now()
        for _ in range(calls):
            last = governor.acquire([key, governor.Limit(f"{key}:ip", rate=10)])
            server.accepts(last)
    return server, last - first


def naive(rate: int, calls: int) -> tuple[Strict, float]:
    """Let each of four workers count its own calls of each second; return the same."""
    server, now, done = Strict(rate), 0.0, 0
    free_at, counted = [0.0] * WORKERS, [(0, 0)] * WORKERS
    while done < calls:
        worker = min(range(WORKERS), key=lambda each: free_at[each])
        now = max(now, free_at[worker])
        second, used = counted[worker]
        used = used if second == int(now) else 0
        if used >= rate:
            free_at[worker] = int(now) + 1.0
            continue
        counted[worker] = (int(now), used + 1)
        if server.accepts(now):
            done += 1
            free_at[worker] = now + 0.05
        else:
            free_at[worker] = now + 1.0
    return server, now


def turn_ms(turns: int) -> float:
    """Return the median milliseconds of a turn in two limits that have room."""
    from integrations import governor

    for key in ("bench:fast", "bench:fast-ip"):
        governor.configure(key, rate=1e6)
    times = []
    for _ in range(turns):
        began = time.perf_counter()
        governor.acquire(["bench:fast", "bench:fast-ip"])
        times.append((time.perf_counter() - began) * 1000)
    return bench.median(times)


def main() -> None:
    asked = bench.arguments("B1, the governor's half", calls=2000, turns=2000)
    print(f"B1 governor on {asked.db}: {asked.calls:,} calls a rate; {bench.machine()}")
    kept: dict[str, bool] = {}
    with bench.own_database(asked.db):
        rows = []
        for rate in RATES:
            for name, way in (("governor", governed), ("naive", naive)):
                server, spent = way(rate, asked.calls)
                share = (server.accepted - 1) / spent / rate
                rows.append([f"{rate}/s {name}", server.accepted, server.refused, share])
                if name == "governor":
                    kept[f"{rate}/s: no refusal"] = server.refused == 0 and server.accepted == asked.calls
                    kept[f"{rate}/s: 95 % of the limit used"] = share >= 0.95
        bench.table(["way", "accepted", "refused", "share of limit"], rows)
        cost = turn_ms(asked.turns)
    print(f"one turn in two limits: {cost:.3f} ms (median of {asked.turns:,})")
    kept[f"a turn costs at most {DEAREST_TURN_MS[asked.db]} ms"] = cost <= DEAREST_TURN_MS[asked.db]
    bench.conclude(kept)


if __name__ == "__main__":
    main()
