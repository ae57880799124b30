"""The simulator's time: the machine's own, or a hand-moved one for tests and benchmarks."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Literal

Mode = Literal["real", "manual"]
MODES: tuple[Mode, ...] = ("real", "manual")
CHINA = timezone(timedelta(hours=8))


class Clock:
    """Tell the time; in both modes it can be pushed forward, in manual mode it stands still until then."""

    def __init__(self, mode: Mode = "real", start: float | None = None) -> None:
        self.mode = mode
        self.start = start
        self.restart()

    def restart(self) -> None:
        """Go back to the beginning: the time given at the start, or else the machine's own."""
        self._stands_at = time.time() if self.start is None else self.start
        self._ahead = 0.0 if self.start is None else self.start - time.time()

    def now(self) -> float:
        """Return the time in seconds since 1970."""
        return self._stands_at if self.mode == "manual" else time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let time pass at once."""
        if self.mode == "manual":
            self._stands_at += seconds
        else:
            self._ahead += seconds

    def set(self, epoch: float) -> None:
        """Put the clock at a time (manual mode only; the caller checks)."""
        self._stands_at = epoch

    def forward_to(self, epoch: float) -> None:
        """Move a manual clock forward to a time; never backward, and a real clock not at all."""
        if self.mode == "manual" and epoch > self._stands_at:
            self._stands_at = epoch


def china_time(epoch: float) -> str:
    """Return a time as CJ prints it: ``2021-08-18T09:16:33+08:00``."""
    return datetime.fromtimestamp(int(epoch), CHINA).isoformat()


def utc_time(epoch: float) -> str:
    """Return a time in ISO form, in UTC."""
    return datetime.fromtimestamp(epoch, UTC).isoformat()


def utc_day(epoch: float) -> int:
    """Return the number of the day in UTC, the unit of daily quotas."""
    return int(epoch // 86_400)
