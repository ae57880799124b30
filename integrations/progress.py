"""How far a run is, how fast it goes and when it will be done, from what stands on its row."""

from dataclasses import dataclass
from datetime import datetime

from .models import SyncRun


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What a bar shows. None means "not known yet"."""

    percent: int | None
    per_second: float | None  # records a second since it started
    seconds_left: float | None
    is_open: bool


def progress_of(run: SyncRun, now: datetime) -> Progress:
    """Measure a run at `now`."""
    is_open = run.state in SyncRun.OPEN
    if run.state == SyncRun.State.DONE:
        percent: int | None = 100
    else:
        percent = min(99, run.seen * 100 // run.total) if run.total else None
    elapsed = ((run.finished_at or now) - run.started_at).total_seconds() if run.started_at else 0
    per_second = run.seen / elapsed if elapsed > 0 and run.seen else None
    left = max(run.total - run.seen, 0) / per_second if is_open and per_second and run.total else None
    return Progress(percent=percent, per_second=per_second, seconds_left=left, is_open=is_open)
