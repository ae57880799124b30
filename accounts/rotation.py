"""Seal every stored secret anew with the first of CREDENTIAL_KEYS, so that older keys can be dropped."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import connection, models, transaction

from .fields import EncryptedTextField
from .secrets import reseal, sealed_with_first

BATCH = 200  # rows a transaction


@dataclass(slots=True)
class Rotated:
    """What became of the sealed values. `lost`: the columns and rows whose key CREDENTIAL_KEYS does not hold."""

    resealed: int = 0
    current: int = 0
    lost: list[str] = field(default_factory=list)


def sealed_columns() -> list[tuple[type[models.Model], str]]:
    """Return each encrypted column of each model."""
    return [
        (model, column.attname)
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed and not model._meta.proxy
        for column in model._meta.local_concrete_fields
        if isinstance(column, EncryptedTextField)
    ]


def rotate(*, dry_run: bool = False, batch: int = BATCH) -> Rotated:
    """Seal what older keys sealed anew, batch by batch, each in a transaction of its own.

    Stopped anywhere, each value is sealed with one key or the other, both of which are held; run it again to finish.
    With `dry_run` it only counts. A value that no key opens is left as it is and named.
    """
    told = Rotated()
    for model, column in sealed_columns():
        for keys in _batches(model, batch):
            with transaction.atomic():
                for pk, sealed in _read(model, column, keys, lock=not dry_run):
                    _one(told, model, column, pk, sealed, dry_run=dry_run)
    return told


def _one(told: Rotated, model: type[models.Model], column: str, pk: Any, sealed: str, *, dry_run: bool) -> None:
    if sealed_with_first(sealed):
        told.current += 1
        return
    try:
        fresh = reseal(sealed)
    except ImproperlyConfigured:
        told.lost.append(f"{model._meta.label}.{column} {pk}")
        return
    told.resealed += 1
    if not dry_run:
        _write(model, column, pk, sealed, fresh)


def _batches(model: type[models.Model], size: int) -> Iterator[list[object]]:
    last: object = None
    while True:
        rows = model._base_manager.order_by("pk")
        keys = list((rows.filter(pk__gt=last) if last is not None else rows).values_list("pk", flat=True)[:size])
        if not keys:
            return
        yield keys
        last = keys[-1]


# Raw SQL, because what is wanted is the ciphertext, which the field never shows.


def _read(model: type[models.Model], column: str, keys: list[object], *, lock: bool) -> list[tuple[Any, str]]:
    table, name, pk = _names(model, column)
    places = ", ".join(["%s"] * len(keys))
    locking = " FOR UPDATE" if lock and connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {pk}, {name} FROM {table} WHERE {pk} IN ({places}) AND {name} <> '' ORDER BY {pk}{locking}",  # noqa: S608
            [model._meta.pk.get_db_prep_value(key, connection) for key in keys],
        )
        return list(cursor.fetchall())


def _write(model: type[models.Model], column: str, pk: Any, sealed: str, fresh: str) -> None:
    table, name, key = _names(model, column)
    with connection.cursor() as cursor:
        # Only over what was read: a token that was stored meanwhile is newer, and sealed with the first key.
        cursor.execute(
            f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s",  # noqa: S608
            [fresh, pk, sealed],
        )


def _names(model: type[models.Model], column: str) -> tuple[str, str, str]:
    quote = connection.ops.quote_name
    [field] = [field for field in model._meta.local_concrete_fields if field.attname == column]
    return quote(model._meta.db_table), quote(str(field.column)), quote(str(model._meta.pk.column))
