"""What django-q2 calls (`drain`, `sweep`, `run_schedule`), and the jobs of this layer. It is given nothing else."""

from . import custodian, exchanges, idempotency, jobs, schedules


def drain() -> int:
    """Answer the bell."""
    return jobs.drain()


def sweep() -> int:
    """Find what was lost."""
    return jobs.sweep()


def run_schedule(name: str) -> int:
    """Queue the jobs of a schedule."""
    return schedules.fire(name)


def refresh_tokens() -> None:
    """Refresh every token that expires soon."""
    custodian.refresh_due()


def thin_exchanges() -> None:
    """Delete old exchanges."""
    exchanges.thin()


def thin_jobs() -> None:
    """Delete the rows of jobs done long ago, and the keys of calls that can't be repeated any more."""
    jobs.thin()
    idempotency.thin()
