"""Changing the key that seals (accounts/rotation.py and its command)."""

import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command
from django.db import connection

from accounts import rotation
from accounts.models import Credential, Platform, PlatformApp
from accounts.secrets import Secret, sealed_with_first
from tests.factories import make_credential

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


def ciphertexts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT api_key, access_token, refresh_token, signing_key FROM accounts_credential")
        found = [value for row in cursor.fetchall() for value in row if value]
        cursor.execute("SELECT app_secret FROM accounts_platformapp")
        return found + [row[0] for row in cursor.fetchall() if row[0]]


@pytest.fixture
def sealed_with_old(settings):
    """Seven credentials with four secrets each and an app, sealed with the old key; then the new one is put first."""
    settings.CREDENTIAL_KEYS = [OLD]
    for number in range(7):
        names = ("api_key", "access_token", "refresh_token", "signing_key")
        columns: dict[str, Any] = {name: f"{name}-{number}" for name in names}
        make_credential(**columns)
    PlatformApp.objects.create(platform=Platform.SHOPEE, name="A", app_key="1", app_secret="app-secret")
    settings.CREDENTIAL_KEYS = [NEW, OLD]


def assert_all_readable():
    for number, credential in enumerate(Credential.objects.order_by("pk")):
        for name in ("api_key", "access_token", "refresh_token", "signing_key"):
            assert getattr(credential, name) == Secret(f"{name}-{number}")
    assert PlatformApp.objects.get().app_secret == Secret("app-secret")


@pytest.mark.django_db
def test_every_encrypted_column_of_every_model_is_found():
    found = {(model.__name__, column) for model, column in rotation.sealed_columns()}
    assert found >= {
        ("Credential", "api_key"),
        ("Credential", "access_token"),
        ("Credential", "refresh_token"),
        ("Credential", "signing_key"),
        ("PlatformApp", "app_secret"),
    }


@pytest.mark.django_db
def test_after_a_rotation_the_old_key_can_be_dropped(sealed_with_old, settings):
    told = rotation.rotate(batch=3)
    assert (told.resealed, told.current, told.lost) == (29, 0, [])
    settings.CREDENTIAL_KEYS = [NEW]
    assert_all_readable()


@pytest.mark.django_db
def test_a_second_rotation_has_nothing_to_do(sealed_with_old):
    rotation.rotate()
    before = ciphertexts()
    told = rotation.rotate()
    assert (told.resealed, told.current, told.lost) == (0, 29, [])
    assert ciphertexts() == before


@pytest.mark.django_db
def test_a_dry_run_counts_and_changes_nothing(sealed_with_old):
    before = ciphertexts()
    told = rotation.rotate(dry_run=True)
    assert told.resealed == 29
    assert ciphertexts() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("updates", [1, 5, 12, 20, 28])
def test_an_interrupted_rotation_leaves_every_value_readable_and_can_be_finished(sealed_with_old, settings, updates):
    seen = 0

    def interrupt(execute, sql, params, many, context):
        nonlocal seen
        seen += sql.startswith("UPDATE")
        if seen > updates:
            raise KeyboardInterrupt
        return execute(sql, params, many, context)

    with connection.execute_wrapper(interrupt), pytest.raises(KeyboardInterrupt):
        rotation.rotate(batch=3)
    assert_all_readable()
    done = sum(sealed_with_first(value) for value in ciphertexts())
    assert done <= updates
    told = rotation.rotate(batch=3)
    assert (told.resealed, told.current) == (29 - done, done)
    settings.CREDENTIAL_KEYS = [NEW]
    assert_all_readable()


@pytest.mark.django_db
def test_a_value_stored_while_rotating_is_not_overwritten(sealed_with_old):
    credential = Credential.objects.order_by("pk").first()
    [(pk, sealed)] = rotation._read(Credential, "api_key", [credential.pk], lock=False)
    Credential.objects.filter(pk=pk).update(api_key=Secret("newer"))
    rotation._write(Credential, "api_key", pk, sealed, "stale")
    credential.refresh_from_db()
    assert credential.api_key == Secret("newer")


@pytest.mark.django_db
def test_a_lost_key_is_told_and_its_values_stay_as_they_are(sealed_with_old, settings):
    lost = Credential.objects.order_by("pk").first()
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    lost.api_key = Secret("sealed with a key that is lost")
    lost.save(update_fields=["api_key"])
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    before = set(ciphertexts())
    told = rotation.rotate()
    assert told.lost == [f"accounts.Credential.api_key {lost.pk}"]
    assert told.resealed == 28
    assert len(before & set(ciphertexts())) == 1


# --- the command


@pytest.mark.django_db
def test_the_command_prints_counts(sealed_with_old, capsys):
    call_command("rotate_credentials")
    assert capsys.readouterr().out == "Sealed anew: 29. Sealed with the first key before: 0.\n"
    call_command("rotate_credentials", "--json")
    assert json.loads(capsys.readouterr().out) == {"resealed": 0, "current": 29, "lost": [], "dry_run": False}


@pytest.mark.django_db
def test_the_command_names_what_it_can_not_open_and_fails(sealed_with_old, settings, capsys):
    settings.CREDENTIAL_KEYS = [NEW]
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_credentials")
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "Not to be opened with any of CREDENTIAL_KEYS, and left as they are: 29" in told
    assert "Add the key that sealed them behind the first one" in told
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert_all_readable()


@pytest.mark.django_db
@pytest.mark.parametrize("keys", [[], ["not a key"]])
def test_the_command_refuses_to_work_without_a_proper_key(sealed_with_old, settings, keys, capsys):
    before = ciphertexts()
    settings.CREDENTIAL_KEYS = keys
    with pytest.raises(SystemExit) as ended:
        call_command("rotate_credentials")
    assert ended.value.code == 2
    assert "CREDENTIAL_KEYS" in capsys.readouterr().err
    assert ciphertexts() == before
