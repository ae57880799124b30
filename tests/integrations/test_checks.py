"""A configuration that would lose or double work, or could not keep a secret, does not start."""

from collections.abc import Callable
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as settings_in_use
from django.core.checks import CheckMessage, run_checks

from integrations import checks

SQLITE: dict[str, Any] = {
    "ENGINE": "django.db.backends.sqlite3",
    "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30, "init_command": "PRAGMA journal_mode=WAL;"},
}


def use(monkeypatch: pytest.MonkeyPatch, database: dict[str, Any]) -> None:
    monkeypatch.setitem(settings_in_use.DATABASES, "default", database)


def found(check: Callable[[], list[CheckMessage]]) -> list[str]:
    messages = check()
    assert all(message.hint for message in messages)
    assert all(message.is_serious() for message in messages)
    return [str(message.id) for message in messages]


def test_the_settings_we_ship_are_refused_nowhere():
    assert [message.id for message in run_checks() if message.id.startswith("integrations.")] == []


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ({"timeout": None}, checks.NO_TIMEOUT),
        ({"timeout": 600, "retry": 600}, checks.SHORT_RETRY),
        ({"timeout": 600, "retry": 60}, checks.SHORT_RETRY),
        ({"ack_failures": False}, checks.NO_ACK),
        ({"max_attempts": 0}, checks.MANY_ATTEMPTS),
        ({"max_attempts": 3}, checks.MANY_ATTEMPTS),
        ({"catch_up": True}, checks.CATCH_UP),
        ({"queue_limit": 16}, checks.PREFETCH),
        ({"bulk": 10}, checks.PREFETCH),
    ],
)
def test_a_queue_that_would_repeat_or_hoard_work_is_refused(settings, wrong, expected):
    settings.Q_CLUSTER = settings.Q_CLUSTER | wrong
    assert found(checks.check_queue) == [expected]


@pytest.mark.parametrize(("missing", "expected"), [("ack_failures", checks.NO_ACK), ("catch_up", checks.CATCH_UP)])
def test_django_q2_s_own_defaults_are_refused(settings, missing, expected):
    settings.Q_CLUSTER = {name: value for name, value in settings.Q_CLUSTER.items() if name != missing}
    assert found(checks.check_queue) == [expected]


@pytest.mark.parametrize(
    ("seconds", "busy", "refused"), [(45, 30, False), (44, 30, True), (9, 1, True), (10, 1, False)]
)
def test_a_lease_that_a_busy_database_can_outlast_is_refused(settings, monkeypatch, seconds, busy, refused):
    use(monkeypatch, SQLITE | {"OPTIONS": SQLITE["OPTIONS"] | {"timeout": busy}})
    settings.JOB_LEASE_S = seconds
    assert found(checks.check_lease) == ([checks.SHORT_LEASE] if refused else [])


@pytest.mark.parametrize("missing", ["transaction_mode", "timeout", "init_command"])
def test_sqlite_without_one_of_the_three_options_is_refused(monkeypatch, missing):
    use(monkeypatch, SQLITE)
    assert found(checks.check_database) == []
    options = {name: value for name, value in SQLITE["OPTIONS"].items() if name != missing}
    use(monkeypatch, SQLITE | {"OPTIONS": options})
    assert found(checks.check_database) == [checks.SQLITE]
    use(monkeypatch, {"ENGINE": "django.db.backends.postgresql"})
    assert found(checks.check_database) == []


def test_missing_and_wrong_credential_keys_are_refused_and_not_shown(settings):
    settings.CREDENTIAL_KEYS = []
    assert found(checks.check_credential_keys) == [checks.NO_KEYS]
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), "not-a-key-but-secret"]
    [message] = checks.check_credential_keys()
    assert message.id == checks.BAD_KEY
    assert message.msg.startswith("Key 2 of CREDENTIAL_KEYS is not a Fernet key")
    assert "not-a-key-but-secret" not in f"{message.msg} {message.hint}"
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    assert found(checks.check_credential_keys) == []


@pytest.mark.parametrize("rate", [0, -1])
def test_a_rate_at_which_nothing_would_ever_go_is_refused(settings, rate):
    assert found(checks.check_rates) == []
    settings.SHOPEE_RPS = rate
    assert found(checks.check_rates) == [checks.NO_RATE]
