"""The rows in which limits are kept: read and written under locks in the order of their keys, or one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection, transaction

from accounts.models import PlatformAccount

from . import clock
from .limits import Bucket
from .models import RateBucket

_TABLE = RateBucket._meta.db_table
_COLUMNS = tuple(field.name for field in fields(Bucket))
_WRITTEN = tuple(name for name in _COLUMNS if name not in ("key", "account_id", "rate", "quota", "quota_seconds"))


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit that calls have to hold, with the values to start from where nothing is known of it yet.

    Without rate and quota it is held only where it is known (an endpoint's quota). `fixed`: the rate given here is
    right whatever the row says (a setting). `cost`: what one call takes from the quota.
    """

    key: str
    rate: float | None = None  # calls a second
    quota: int | None = None
    quota_seconds: int = 86_400
    account_id: int | None = None
    fixed: bool = False
    cost: int = 1


class UnknownLimit(LookupError):
    """A key was given of which there is no row: `configure` it, or give a `Limit` with a rate."""


def account_key(account: PlatformAccount) -> str:
    """Return the key of the rate at which calls for this account may go."""
    return f"{account.platform}:account:{account.pk}"


def ip_key(platform: str) -> str:
    """Return the key of the rate at which calls from here may go to a platform."""
    return f"{platform}:ip"


def quota_key(key: str, endpoint: str) -> str:
    """Return the key of an endpoint's own quota, beside the limit `key` that holds for all endpoints."""
    return f"{key}:quota:{endpoint}"[:200]


def read(keys: Iterable[str], *, lock: bool = False, lasting: bool = True) -> tuple[float, list[Bucket]]:
    """Return the time and the rows in the order of their keys; the time is read after the locks are held.

    Not `lasting`: what this transaction writes need not survive a crash of the database server (a turn taken does not).
    """
    wanted = list(keys)
    if not wanted:
        return clock.now(), []
    columns = ", ".join(_COLUMNS)
    rows = f"SELECT {columns} FROM {_TABLE} WHERE key IN ({', '.join(['%s'] * len(wanted))}) ORDER BY key"  # noqa: S608
    # Several machines' clocks differ by more than a limit forgives; the database's is one for all.
    asks_database = connection.vendor == "postgresql" and clock.current().is_machine
    if connection.vendor == "postgresql":
        time = "EXTRACT(EPOCH FROM clock_timestamp())::float8" if asks_database else "0"
        if lock and not lasting:
            time = f"set_config('synchronous_commit', 'off', true), {time}"
        rows = f"SELECT {columns}, {time} FROM ({rows}{' FOR UPDATE' if lock else ''}) AS held"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(rows, wanted)
        found = cursor.fetchall()
    now = found[-1][-1] if asks_database and found else clock.now()
    buckets = [Bucket(*row[: len(_COLUMNS)]) for row in found]
    for bucket in buckets:
        bucket.heal(now)
    return now, buckets


def write(held: list[Bucket]) -> None:
    """Save rows that this transaction has locked."""
    each_row(
        ", ".join(f"{name} = %s" for name in _WRITTEN),
        [(bucket.key, *(getattr(bucket, name) for name in _WRITTEN)) for bucket in held],
    )


def each_row(change: str, values: Sequence[tuple[Any, ...]]) -> None:
    # One row a statement: outside a transaction nobody holds two rows while waiting for a third.
    with connection.cursor() as cursor:
        for key, *parameters in values:
            cursor.execute(f"UPDATE {_TABLE} SET {change} WHERE key = %s", [*parameters, key])  # noqa: S608


def completed(wanted: Mapping[str, Limit], required: set[str], found: list[Bucket]) -> bool:
    """Make the rows that are missing and put right what a setting fixes; tell whether anything was to be done."""
    known = {bucket.key: bucket for bucket in found}
    missing = [limit for key, limit in wanted.items() if key not in known]
    if unknown := required.intersection(limit.key for limit in missing):
        raise UnknownLimit(
            f"There is no limit {', '.join(sorted(unknown))}: configure() it before calls take turns in it."
        )
    new = [limit for limit in missing if limit.rate is not None or limit.quota is not None]
    RateBucket.objects.bulk_create((_row(limit) for limit in new), ignore_conflicts=True) if new else None
    wrong = [limit for key, limit in wanted.items() if limit.fixed and key in known and known[key].rate != limit.rate]
    for limit in wrong:
        RateBucket.objects.filter(key=limit.key).update(rate=limit.rate)
    return bool(new or wrong)


def _row(limit: Limit) -> RateBucket:
    return RateBucket(
        key=limit.key,
        account_id=limit.account_id,
        rate=limit.rate,
        quota=limit.quota,
        quota_seconds=limit.quota_seconds,
    )


@contextmanager
def changing(key: str) -> Iterator[tuple[float, Bucket | None]]:
    """Hold a row while it is changed, and save it; yields the time too."""
    with transaction.atomic():
        now, found = read([key], lock=True)
        yield now, found[0] if found else None
        write(found)
