"""The three statements on which the jobs stand, for SQLite and PostgreSQL alike, and how their rows are read.

They are written out because each must be one statement, and because each must stay as quick with 100,000 jobs waiting
as with ten: the hot path of B5.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import connection

from .models import SyncJob

# The literals are there for the planner: a partial index is used where its condition stands in the query itself.
_CLAIM = """
UPDATE integrations_syncjob
SET state = 'running', attempts = attempts + 1, fence = %s, lease_until = %s, worker = %s, started_at = %s
WHERE state = 'queued' AND id = (
    SELECT job.id FROM integrations_syncjob job {index}
    LEFT JOIN accounts_platformaccount account ON account.id = job.account_id
    LEFT JOIN accounts_shop shop ON shop.id = job.shop_id
    WHERE job.state = 'queued' AND job.due_at <= %s {only}
        AND (job.runs_while_paused OR (
            (job.account_id IS NULL OR account.status = 'connected')
            AND (job.shop_id IS NULL OR shop.status = 'connected')
        ))
        AND NOT EXISTS (
            SELECT 1 FROM integrations_syncjob twin WHERE twin.key = job.key AND twin.state = 'running' LIMIT 1 OFFSET 0
        )
    ORDER BY job.lane, job.due_at LIMIT 1 {lock}
)
RETURNING {columns}
"""
_FINISH = """
UPDATE integrations_syncjob
SET state = 'done', finished_at = %s, lease_until = NULL, waiting_since = NULL, failures = 0, deaths = 0,
    error_kind = '', problem = %s
WHERE id = %s AND fence = %s AND state = 'running'
RETURNING id{lightly}
"""
_ENQUEUE = """
INSERT INTO integrations_syncjob AS job ({given}) VALUES ({places})
ON CONFLICT (key) WHERE state = 'queued'
    DO UPDATE SET due_at = {least}(job.due_at, excluded.due_at), lane = {least}(job.lane, excluded.lane)
RETURNING {columns}
"""

# PostgreSQL commits a claim, and the finish of a job, without waiting for the disk (only of the transaction it is in).
# The write-ahead log keeps its order, so a power cut can lose only the latest of them, and then it is as if the worker
# had died a moment earlier: the job is taken back and run again. With a task that is `jobs.atomic`, its effect is lost
# and redone with it. Nothing that was promised to anybody hangs on them; failures and waits are committed as usual.
_LIGHTLY = ", set_config('synchronous_commit', 'off', true)"

# How many jobs wait changes by thousands within seconds, and the planner's statistics say what was true minutes ago. It
# would then sort all of them for each claim (measured: a tenth of the throughput), or, without OFFSET 0 above, read all
# that ran since the last vacuum to find no twin. So a claim is told to walk along `job_due`: on PostgreSQL by settings
# that hold for this transaction alone (sent along, so that it is one message), on SQLite by name.
_ALONG_THE_INDEX = (
    "SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_seqscan = off; "
    "SET LOCAL jit = off; SET LOCAL synchronous_commit = off;"
)


def columns() -> list[Any]:
    """Return the job's columns."""
    return list(SyncJob._meta.concrete_fields)


@lru_cache(maxsize=8)
def _sql(text: str, vendor: str, only: str = "") -> str:
    postgres = vendor == "postgresql"
    given = [f'"{field.column}"' for field in columns() if not field.primary_key]
    index = "" if postgres or only else "INDEXED BY job_due"
    return text.format(
        only=only,
        index=index,
        lock="FOR UPDATE OF job SKIP LOCKED" if postgres else "",
        lightly=_LIGHTLY if postgres else "",
        least="LEAST" if postgres else "MIN",
        given=", ".join(given),
        places=", ".join(["%s"] * len(given)),
        columns=", ".join(f'"{field.column}"' for field in columns()),
    )


@lru_cache(maxsize=2)
def _readers(vendor: str) -> list[list[Any]]:
    """Return, for each column, what makes Python's value of the database's."""
    found = []
    for field in columns():
        column = field.get_col(SyncJob._meta.db_table)
        makers = connection.ops.get_db_converters(column) + column.get_db_converters(connection)
        found.append([(make, column) for make in makers])
    return found


def _jobs(rows: Sequence[Sequence[Any]]) -> list[SyncJob]:
    names = [field.attname for field in columns()]
    jobs = []
    for row in rows:
        values = list(row)
        for place, makers in enumerate(_readers(connection.vendor)):
            for make, column in makers:
                values[place] = make(values[place], column, connection)
        jobs.append(SyncJob.from_db(connection.alias, names, values))
    return jobs


def _time(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def claim(*, fence: str, lease_until: datetime, worker: str, now: datetime, job_id: int | None) -> SyncJob | None:
    """Take the most urgent due job, or this one; raise IntegrityError where its key has been taken at this moment."""
    moment = _time(now)
    given: list[Any] = [fence, _time(lease_until), worker, moment, moment]
    sql = _sql(_CLAIM, connection.vendor, "" if job_id is None else "AND job.id = %s")
    given += [] if job_id is None else [job_id]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_ALONG_THE_INDEX + sql, given)
            while cursor.nextset():
                pass
        else:
            cursor.execute(sql, given)
        claimed = _jobs(cursor.fetchall())
    return claimed[0] if claimed else None


def finish(job: SyncJob, *, finished_at: datetime, problem: str) -> bool:
    """Write that a job is done; False where it is not this fence's any more."""
    with connection.cursor() as cursor:
        cursor.execute(_sql(_FINISH, connection.vendor), [_time(finished_at), problem, job.pk, job.fence])
        return bool(cursor.fetchall())


def enqueue(wish: SyncJob) -> SyncJob:
    """Write a wish, or bring the equal one that is queued forward; return the row."""
    given = [
        field.get_db_prep_save(getattr(wish, field.attname), connection) for field in columns() if not field.primary_key
    ]
    with connection.cursor() as cursor:
        cursor.execute(_sql(_ENQUEUE, connection.vendor), given)
        [job] = _jobs(cursor.fetchall())
    return job
