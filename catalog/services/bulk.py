"""Many rows in one statement: INSERT … ON CONFLICT … RETURNING, without a model instance a row.

`bulk_create(update_conflicts=True)` says the same and takes three times as long, nearly all of it in building instances
and compiling expressions that plain values don't need (tests/benchmarks/b13_upserts.py).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

Row = dict[str, Any]  # by column ("product_id", not "product"); a foreign key may hold its parent's row

_PARAMETERS = 8_000  # in one statement; SQLite takes 32,766


def rows_of(queryset: "models.QuerySet[Any]", *names: str) -> list[Row]:
    """Return the rows of a query by column; without names, all columns."""
    return list(queryset.values(*names))


def rows_where(
    model: type[models.Model], column: str, keys: Collection[Any], *, order_by: str = "", lock: bool = False
) -> list[Row]:
    """Return the rows of a table that hold one of the keys in a column; `lock` them until the transaction ends."""
    if not keys:
        return []
    database = connections[DEFAULT_DB_ALIAS]
    quote = database.ops.quote_name
    names, converters = _reading(model, database.vendor)
    order = f" ORDER BY {quote(order_by)}" if order_by else ""
    lock_them = " FOR UPDATE" if lock and database.features.has_select_for_update else ""
    found: list[Row] = []
    values = list(keys)
    with database.cursor() as cursor:
        for start in range(0, len(values), _PARAMETERS):
            some = values[start : start + _PARAMETERS]
            cursor.execute(
                f"SELECT {', '.join(map(quote, names))} FROM {quote(model._meta.db_table)} "  # noqa: S608 - names of ours
                f"WHERE {quote(column)} IN ({', '.join(['%s'] * len(some))}){order}{lock_them}",
                some,
            )
            found += [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for name, convert, expression in converters:
        for row in found:
            row[name] = convert(row[name], expression, database)
    return found


@lru_cache(maxsize=32)
def _reading(model: type[models.Model], vendor: str) -> tuple[list[str], list[tuple[str, Callable[..., Any], Any]]]:
    """Return the columns of a table, and what makes Python values of what the driver gives, as the ORM does."""
    converters = []
    for field in model._meta.concrete_fields:
        expression = field.get_col(model._meta.db_table)
        own = [*connection.ops.get_db_converters(expression), *field.get_db_converters(connection)]
        converters += [(field.attname, convert, expression) for convert in own]
    return [field.attname for field in model._meta.concrete_fields], converters


def upsert(model: type[models.Model], rows: Sequence[Row], *, unique: Sequence[str], update: Sequence[str]) -> None:
    """Insert the rows, or update those columns of the ones that are there; each row is given its primary key.

    All rows name the same columns; the others get the model's defaults. No two rows may share the unique columns.
    """
    quote = connection.ops.quote_name
    changes = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in update)
    _write(model, rows, f"ON CONFLICT ({', '.join(map(quote, unique))}) DO UPDATE SET {changes}")


def insert(model: type[models.Model], rows: Sequence[Row]) -> None:
    """Insert the rows; each is given its primary key."""
    _write(model, rows, "")


def _write(model: type[models.Model], rows: Sequence[Row], on_conflict: str) -> None:
    if not rows:
        return
    database = connections[DEFAULT_DB_ALIAS]
    quote, key = database.ops.quote_name, model._meta.pk
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    adapters = [_adapter(field, field.attname in rows[0], database) for field in fields]
    head = f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(quote(field.column or '') for field in fields)}) "
    tail = f" {on_conflict} RETURNING {quote(key.column or '')}"
    step = _PARAMETERS // len(fields)
    with database.cursor() as cursor:
        for start in range(0, len(rows), step):
            some = rows[start : start + step]
            if database.vendor == "postgresql":  # a column is one parameter: its driver is slow at many
                marks = ", ".join(f"%s::{field.db_type(database)}[]" for field in fields)
                values = [[adapt(row) for row in some] for adapt in adapters]
                cursor.execute(f"{head} SELECT * FROM UNNEST({marks}) {tail}", values)  # noqa: S608 - names of our own
            else:
                marks = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(some))
                cursor.execute(f"{head} VALUES {marks} {tail}", [adapt(row) for row in some for adapt in adapters])
            for row, (number,) in zip(some, cursor.fetchall(), strict=True):
                row[key.attname] = number


def _adapter(field: "models.Field[Any, Any]", is_given: bool, database: BaseDatabaseWrapper) -> Callable[[Row], Any]:
    """Return what takes a row's value of this field and says it as the database's driver wants it."""
    name = field.attname
    if not is_given:
        return lambda row: field.get_db_prep_save(field.get_default(), database)
    if isinstance(field, models.ForeignKey):
        return lambda row: row[name]["id"] if isinstance(row[name], dict) else row[name]
    if isinstance(field, models.JSONField):
        return lambda row: field.get_db_prep_save(row[name], database)
    if not isinstance(field, models.DateTimeField | models.DecimalField):
        return itemgetter(name)
    said: dict[Any, Any] = {None: None}  # few times and prices, in many rows

    def adapt(row: Row) -> Any:
        value = row[name]
        if value not in said:
            said[value] = field.get_db_prep_save(value, database)
        return said[value]

    return adapt


def delete(model: type[models.Model], keys: Sequence[int]) -> None:
    """Delete rows by primary key."""
    if keys:
        model._default_manager.filter(pk__in=keys).delete()


def differ(old: Mapping[str, Any], new: Mapping[str, Any], names: Sequence[str]) -> bool:
    """Say whether two rows differ in one of the columns."""
    return any(old[name] != new[name] for name in names)
