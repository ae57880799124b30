"""System checks: a configuration that would lose or double work, or could not keep a secret, does not start."""

from collections.abc import Iterator
from typing import Any

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register

NO_TIMEOUT, SHORT_RETRY, NO_ACK, MANY_ATTEMPTS, CATCH_UP, PREFETCH = (f"integrations.E00{n}" for n in range(1, 7))
SHORT_LEASE, SQLITE, NO_KEYS, BAD_KEY, NO_RATE = (f"integrations.E0{n}" for n in range(11, 16))


@register()
def check_queue(**_: Any) -> list[CheckMessage]:
    """Refuse a queue that would start a task again by itself: our leases decide that, and nothing else may."""
    return list(_queue(settings.Q_CLUSTER))


def _queue(queue: dict[str, Any]) -> Iterator[CheckMessage]:
    timeout, retry = queue.get("timeout"), queue.get("retry", 60)
    if not timeout:
        yield Error(
            "Q_CLUSTER['timeout'] is not set.",
            hint="A worker that hangs would keep its job for ever. Set it to seconds, for example 600.",
            id=NO_TIMEOUT,
        )
    elif retry <= timeout:
        yield Error(
            f"Q_CLUSTER['retry'] ({retry}) must be greater than Q_CLUSTER['timeout'] ({timeout}).",
            hint="Otherwise a task that takes long is started a second time while it runs.",
            id=SHORT_RETRY,
        )
    if not queue.get("ack_failures", False):
        yield Error(
            "Q_CLUSTER['ack_failures'] must be True.",
            hint="Otherwise the queue repeats what failed, and integrations/jobs.py does so too.",
            id=NO_ACK,
        )
    if queue.get("max_attempts", 0) != 1:
        yield Error(
            f"Q_CLUSTER['max_attempts'] must be 1, not {queue.get('max_attempts', 0)}.",
            hint="Whether a job is tried again is decided in integrations/outcomes.py alone.",
            id=MANY_ATTEMPTS,
        )
    if queue.get("catch_up", True):
        yield Error(
            "Q_CLUSTER['catch_up'] must be False.",
            hint="Otherwise each schedule is started once for every period of an outage.",
            id=CATCH_UP,
        )
    if queue.get("queue_limit") != 1 or queue.get("bulk", 1) != 1:
        yield Error(
            "Q_CLUSTER['queue_limit'] and Q_CLUSTER['bulk'] must be 1.",
            hint="What is fetched ahead spends its `retry` while it waits, and a bell must not wait behind another.",
            id=PREFETCH,
        )


@register()
def check_lease(**_: Any) -> list[CheckMessage]:
    """Refuse a lease that can run out while its worker is alive and merely waits for the database."""
    shortest = _shortest_lease()
    if shortest <= settings.JOB_LEASE_S:
        return []
    return [
        Error(
            f"JOB_LEASE_S ({settings.JOB_LEASE_S}) must be at least {shortest:g} seconds.",
            hint="A lease is renewed every third of it, and the renewal may have to wait for the database: "
            "OPTIONS['timeout'] on SQLite. Lengthen the lease or shorten that time.",
            id=SHORT_LEASE,
        )
    ]


def _shortest_lease() -> float:
    database = settings.DATABASES["default"]
    busy = float(database.get("OPTIONS", {}).get("timeout", 5)) if database["ENGINE"].endswith("sqlite3") else 5.0
    return max(10.0, busy * 3 / 2)  # a third has passed when the renewal begins, and it may take `busy`


@register()
def check_database(**_: Any) -> list[CheckMessage]:
    """Refuse an SQLite that answers "database is locked" as soon as two processes write (dependencies.md)."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    options = database.get("OPTIONS", {})
    missing = [
        text
        for text, is_set in (
            ("transaction_mode 'IMMEDIATE'", str(options.get("transaction_mode", "")).upper() == "IMMEDIATE"),
            ("a timeout of 5 seconds or more", float(options.get("timeout", 0)) >= 5),
            ("an init_command with PRAGMA journal_mode=WAL", "wal" in str(options.get("init_command", "")).lower()),
        )
        if not is_set
    ]
    if not missing:
        return []
    return [
        Error(
            f"DATABASES['default']['OPTIONS'] lacks {', '.join(missing)}.",
            hint="Without all three, workers that write at the same time meet 'database is locked' and lose work.",
            id=SQLITE,
        )
    ]


@register()
def check_rates(**_: Any) -> list[CheckMessage]:
    """Refuse a rate at which no call would ever go."""
    return [
        Error(f"{name} must be greater than 0, not {rate:g}.", hint="Give calls a second, for example 10.", id=NO_RATE)
        for name in ("CJ_IP_RPS", "SHOPEE_RPS")
        if not (rate := getattr(settings, name)) > 0
    ]


@register()
def check_credential_keys(**_: Any) -> list[CheckMessage]:
    """Refuse to start where tokens could not be sealed."""
    keys = list(settings.CREDENTIAL_KEYS)
    hint = (
        "Make one with: python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())' "
        "and put it first; keep the older keys behind it."
    )
    if not keys:
        return [Error("CREDENTIAL_KEYS is empty: tokens can't be sealed.", hint=hint, id=NO_KEYS)]
    return [
        Error(f"Key {number} of CREDENTIAL_KEYS is not a Fernet key (32 bytes, base64).", hint=hint, id=BAD_KEY)
        for number, key in enumerate(keys, 1)
        if not _is_key(key)
    ]


def _is_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:  # its text would hold nothing of the key, and is not shown all the same
        return False
    return True
