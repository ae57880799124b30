"""In which lane this code calls out: who goes first where calls are scarce (design.md §3, promise 4)."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .models import Lane

# A person who waits before a page shall not wait long; a worker can.
PATIENCE_OF_A_PERSON = 10.0
PATIENCE_OF_A_WORKER = 60.0

_lane: ContextVar[tuple[Lane, float]] = ContextVar("lane", default=(Lane.STOCK, PATIENCE_OF_A_PERSON))


def current() -> Lane:
    """Return the lane of this code; outside of any job a person waits, which is the stock lane."""
    return _lane.get()[0]


def patience() -> float:
    """Return how many seconds a call of this code may wait for its turn."""
    return _lane.get()[1]


@contextmanager
def use(lane: int, *, patience: float = PATIENCE_OF_A_WORKER) -> Iterator[None]:
    """Call out in this lane for a while, waiting at most `patience` seconds for each turn."""
    token = _lane.set((Lane(lane), patience))
    try:
        yield
    finally:
        _lane.reset(token)
