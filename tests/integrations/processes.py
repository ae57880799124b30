"""What the processes of test_jobs_processes.py do on their own database: one word a call, JSON as the answer."""

import json
import sys
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import PlatformAccount
from integrations import jobs, runs
from integrations.models import SyncJob, SyncRun
from tests.factories import make_account


@jobs.atomic
def touch(n: int) -> None:
    """Leave a row."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO touched (n) VALUES (%s)", [n])


def prepare() -> None:
    """Make the tables."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE touched (n integer NOT NULL)")


def ask_many(count: str, delay: str = "0") -> None:
    """Queue jobs that touch, due after so many seconds."""
    with transaction.atomic():
        for n in range(int(count)):
            jobs.enqueue("tests.integrations.processes.touch", key=f"touch:{n}", delay=float(delay), n=n)


def touched() -> Any:
    """Tell what was touched, and by how many workers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT n FROM touched ORDER BY n")
        numbers = [n for (n,) in cursor.fetchall()]
    states = sorted(set(SyncJob.objects.values_list("state", flat=True)))
    return {"numbers": numbers, "states": states, "workers": SyncJob.objects.values("worker").distinct().count()}


def ask_run(params: str) -> int:
    """Open a run."""
    run = runs.open_run(
        make_account(),
        kind="products",
        task="tests.integrations.job_tasks.read_pages",
        key="read",
        params=json.loads(params),
    )
    return run.pk


def look() -> Any:
    """Tell how the run stands."""
    run = SyncRun.objects.select_related("job").get()
    assert run.job is not None
    rows = PlatformAccount.objects.filter(external_id__startswith="row-").values_list("external_id", flat=True)
    counts = {
        "seen": run.seen,
        "created": run.created,
        "calls": run.calls,
        "rows": len(rows),
        "distinct": len(set(rows)),
    }
    return counts | {"state": run.state, "job": run.job.state, "attempts": run.job.attempts, "oddities": run.oddities}


def expire() -> None:
    """Let the lease of every running job run out."""
    SyncJob.objects.filter(state="running").update(lease_until=timezone.now() - timedelta(seconds=1))


def main() -> None:
    """Do what the command line says."""
    word, *given = sys.argv[1:]
    json.dump(globals()[word](*given), sys.stdout)
