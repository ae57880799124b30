"""What is going to happen to CJ's orders, and when."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from integrations.simulator.cj_orders import Order

Kind = Literal["unpaid", "dispatch", "checkpoint"]


@dataclass(slots=True, order=True)
class Entry:
    """One thing to come; it is void as soon as the order's plan is another one."""

    at: float
    number: int
    kind: Kind = field(compare=False)
    order: Order = field(compare=False)
    plan: int = field(compare=False)
    status: int = field(compare=False)


class Agenda:
    """All that is to come, the earliest first; the caller holds the world's lock."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._numbers = itertools.count()

    def add(self, at: float, kind: Kind, order: Order, status: int = 0) -> None:
        """Plan something for an order."""
        heapq.heappush(self._entries, Entry(at, next(self._numbers), kind, order, order.plan, status))

    def due(self, now: float) -> Iterator[Entry]:
        """Take out what is due, in its order; what that plans for before now comes in its turn."""
        while self._entries and self._entries[0].at <= now:
            entry = heapq.heappop(self._entries)
            if entry.plan == entry.order.plan or entry.kind == "unpaid":
                yield entry

    def next_of(self, order: Order) -> Entry | None:
        """Return what is planned next for an order."""
        mine = [one for one in self._entries if one.order is order and one.plan == order.plan and one.kind != "unpaid"]
        return min(mine, default=None)
