"""The time by which integrations wait: the machine's, or one that a benchmark moves by hand.

Whatever waits in `integrations` (the governor, repeated calls) asks here, so that days of waiting pass in a moment when
a `VirtualClock` is in use. Times are epoch seconds.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class SystemClock:
    """The machine's own time."""

    is_machine = True  # a database that keeps time for several machines may be asked instead

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        if seconds > 0:
            time.sleep(seconds)

    def headers(self) -> dict[str, str]:
        """Return what each call tells of the time: nothing, everybody has a clock."""
        return {}

    def begin(self) -> None:
        """Note that a call is on its way."""

    def end(self) -> None:
        """Note that it is over."""


class VirtualClock(SystemClock):
    """A time that passes only when somebody sleeps, and never while a call is on its way.

    `on_advance` is told each new time. With `header` each call carries the time under that name, for a server that
    lives by the same clock.
    """

    is_machine = False

    def __init__(
        self, start: float = 1_800_000_000.0, *, header: str = "", on_advance: Callable[[float], None] | None = None
    ) -> None:
        self.start = self._now = start
        self.slept = 0.0
        self._header, self._on_advance = header, on_advance
        self._on_their_way = 0
        self._quiet = threading.Condition()

    def now(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now - self.start

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        with self._quiet:
            if not self._quiet.wait_for(lambda: not self._on_their_way, timeout=120):
                raise RuntimeError("A call has been on its way for two minutes: virtual time cannot pass.")
            self._now += seconds
            self.slept += seconds
            if self._on_advance:
                self._on_advance(self._now)

    def headers(self) -> dict[str, str]:
        return {self._header: repr(self._now)} if self._header else {}

    def begin(self) -> None:
        with self._quiet:
            self._on_their_way += 1

    def end(self) -> None:
        with self._quiet:
            self._on_their_way -= 1
            self._quiet.notify_all()


_clock = SystemClock()


def current() -> SystemClock:
    """Return the clock in use in this process."""
    return _clock


@contextmanager
def use(clock: SystemClock) -> Iterator[SystemClock]:
    """Let the whole process, its threads too, live by another clock for a while."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield clock
    finally:
        _clock = before


def now() -> float:
    """Return the time in seconds since 1970."""
    return _clock.now()


def monotonic() -> float:
    """Return a time that never goes back, for measuring durations in seconds."""
    return _clock.monotonic()


def sleep(seconds: float) -> None:
    """Wait; zero and less is no wait."""
    _clock.sleep(seconds)
