"""How secrets are held, sealed and stored (accounts/secrets.py, accounts/fields.py)."""

import copy
import io
import json
import pickle
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django import forms
from django.core import serializers
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from accounts.models import Credential, Platform, PlatformApp
from accounts.secrets import MASK, Secret, is_sealed, reseal, seal, sealed_with_first, unseal
from tests.factories import make_account, make_credential

PLAIN = "a-plain-secret-0123456789"


def stored(credential: Credential, column: str = "api_key") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM accounts_credential WHERE id = %s", [credential.pk])
        return cursor.fetchone()[0]


# --- held


@pytest.mark.parametrize("show", [str, repr, "{}".format, "{!r}".format, "%s".__mod__, "{:>10}".format])
def test_a_secret_shows_a_mask(show):
    assert PLAIN not in show(Secret(PLAIN))
    assert MASK in show(Secret(PLAIN))


def test_an_empty_secret_is_false_and_shows_nothing():
    assert not Secret("")
    assert str(Secret("")) == ""
    assert Secret("").sealed() == ""


def test_a_secret_is_told_by_name_only():
    assert Secret(PLAIN).reveal() == PLAIN
    assert PLAIN not in str(vars(type(Secret(PLAIN))))


def test_secrets_are_equal_by_value_and_to_nothing_else():
    assert Secret(PLAIN) == Secret(PLAIN)
    assert Secret.from_sealed(seal(PLAIN)) == Secret(PLAIN)
    assert Secret(PLAIN) != Secret(PLAIN + "x")
    assert Secret(PLAIN) != PLAIN
    assert len({Secret(PLAIN), Secret(PLAIN)}) == 1


@pytest.mark.parametrize("give", [pickle.dumps, json.dumps, lambda secret: "x" + secret, len, iter])
def test_a_secret_can_not_be_given_away_by_accident(give):
    with pytest.raises(TypeError) as refusal:
        give(Secret(PLAIN))
    assert PLAIN not in str(refusal.value)


def test_a_copy_of_a_secret_is_the_secret():
    secret = Secret(PLAIN)
    assert copy.deepcopy({"a": secret})["a"] is secret


# --- sealed


def test_the_same_text_is_sealed_differently_each_time():
    assert seal(PLAIN) != seal(PLAIN)
    assert is_sealed(seal(PLAIN))
    assert not is_sealed(PLAIN)
    assert unseal(seal(PLAIN)) == PLAIN


def test_the_first_key_seals_and_all_open(settings):
    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    settings.CREDENTIAL_KEYS = [old]
    sealed = seal(PLAIN)
    settings.CREDENTIAL_KEYS = [new, old]
    assert unseal(sealed) == PLAIN
    assert not sealed_with_first(sealed)
    fresh = reseal(sealed)
    settings.CREDENTIAL_KEYS = [new]
    assert unseal(fresh) == PLAIN
    assert sealed_with_first(fresh)


def test_without_a_key_the_message_says_how_to_get_one(settings):
    settings.CREDENTIAL_KEYS = []
    with pytest.raises(ImproperlyConfigured, match=r"CREDENTIAL_KEYS is empty.*doctor --new-key"):
        seal(PLAIN)


def test_a_key_that_is_none_is_named_but_not_shown(settings):
    settings.CREDENTIAL_KEYS = ["hunter2-hunter2"]
    with pytest.raises(ImproperlyConfigured, match="not a Fernet key") as refusal:
        seal(PLAIN)
    assert "hunter2" not in str(refusal.value)


# --- stored


@pytest.mark.django_db
def test_the_column_holds_ciphertext_and_reads_as_a_secret():
    credential = make_credential(api_key=PLAIN)
    assert PLAIN not in stored(credential)
    assert unseal(stored(credential)) == PLAIN
    assert stored(credential, "access_token") == ""
    read = Credential.objects.get(pk=credential.pk)
    assert read.api_key == Secret(PLAIN)
    assert read.access_token == Secret("")
    assert PLAIN not in repr(read.__dict__) + repr(Credential.objects.values().get(pk=credential.pk))


@pytest.mark.django_db
def test_a_plain_text_put_on_a_record_is_a_secret_at_once():
    credential = make_credential()
    credential.access_token = PLAIN
    assert PLAIN not in repr(credential.__dict__)
    assert credential.access_token.reveal() == PLAIN


@pytest.mark.django_db
def test_update_seals_too():
    credential = make_credential()
    Credential.objects.filter(pk=credential.pk).update(api_key=Secret(PLAIN), refresh_token=PLAIN + "r")
    assert PLAIN not in stored(credential) + stored(credential, "refresh_token")
    Credential.objects.filter(pk=credential.pk).update(access_token=F("api_key"))
    credential.refresh_from_db()
    assert (credential.access_token, credential.refresh_token) == (Secret(PLAIN), Secret(PLAIN + "r"))


@pytest.mark.django_db
def test_only_emptiness_can_be_searched():
    full, empty = make_credential(api_key=PLAIN), make_credential()
    assert list(Credential.objects.filter(api_key="")) == [empty]
    assert list(Credential.objects.exclude(api_key="")) == [full]
    secret = Secret(PLAIN)
    for lookup in ({"api_key": PLAIN}, {"api_key": secret}, {"api_key__contains": "x"}, {"api_key__in": [PLAIN]}):
        with pytest.raises(FieldError) as refusal:
            list(Credential.objects.filter(**lookup))
        assert PLAIN not in str(refusal.value)


@pytest.mark.django_db
def test_a_dump_holds_ciphertext_and_can_be_loaded_again():
    credential = make_credential(api_key=PLAIN)
    out = io.StringIO()
    call_command("dumpdata", "accounts", stdout=out)
    assert PLAIN not in out.getvalue()
    account = credential.account
    Credential.objects.all().delete()
    for item in serializers.deserialize("json", out.getvalue()):
        item.save()
    assert Credential.objects.get(account=account).api_key == Secret(PLAIN)


@pytest.mark.django_db
def test_a_row_whose_key_is_lost_can_be_loaded_saved_and_erased(settings):
    credential = make_credential(api_key=PLAIN)
    before = stored(credential)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode()]
    read = Credential.objects.get(pk=credential.pk)
    assert read.api_key
    assert str(read.api_key) == MASK
    with pytest.raises(ImproperlyConfigured, match="Add the old key behind the new one"):
        read.api_key.reveal()
    read.generation = 5
    read.save()
    assert stored(credential) == before  # nothing is lost for whoever finds the key
    read.erase()
    assert stored(credential) == ""


@pytest.mark.django_db
def test_saving_a_row_seals_it_with_the_first_key(settings):
    credential = make_credential(api_key=PLAIN)
    settings.CREDENTIAL_KEYS = [Fernet.generate_key().decode(), *settings.CREDENTIAL_KEYS]
    Credential.objects.get(pk=credential.pk).save()
    assert sealed_with_first(stored(credential))


@pytest.mark.django_db
def test_erasing_leaves_no_secret_and_a_new_generation():
    names = ("api_key", "access_token", "refresh_token", "signing_key")
    columns: dict[str, Any] = dict.fromkeys(names, PLAIN)
    credential = make_credential(**columns, generation=3)
    credential.erase()
    credential.refresh_from_db()
    assert not any((credential.api_key, credential.access_token, credential.refresh_token, credential.signing_key))
    assert credential.generation == 4


class AppForm(forms.ModelForm):
    class Meta:
        model = PlatformApp
        fields = ["platform", "name", "app_key", "app_secret"]


@pytest.mark.django_db
def test_a_form_shows_nothing_of_a_secret_and_keeps_it_where_it_is_left_empty():
    app = PlatformApp.objects.create(platform=Platform.SHOPEE, name="A", app_key="1", app_secret=PLAIN)
    shown = str(AppForm(instance=app))
    assert PLAIN not in shown
    assert MASK not in shown
    form = AppForm({"platform": "shopee", "name": "B", "app_key": "1", "app_secret": ""}, instance=app)
    form.save()
    app.refresh_from_db()
    assert (app.name, app.app_secret) == ("B", Secret(PLAIN))
    AppForm({"platform": "shopee", "name": "B", "app_key": "1", "app_secret": "a new one"}, instance=app).save()
    app.refresh_from_db()
    assert app.app_secret == Secret("a new one")


@pytest.mark.django_db
def test_no_text_of_a_credential_shows_a_secret():
    credential = make_credential(make_account(name="Main"), api_key=PLAIN, access_token=PLAIN + "2")
    for text in (str(credential), repr(credential), repr(vars(credential)), repr(list(Credential.objects.all()))):
        assert PLAIN not in text
