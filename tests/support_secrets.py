"""Look for secrets where none may be: dumps of the database, logs, pages, answers."""

import base64
import io
import json
from collections.abc import Iterable
from urllib.parse import quote

from django.apps import apps
from django.core.management import call_command
from django.db import connection

SHORTEST = 8  # shorter values turn up by chance


def forms(value: str) -> set[str]:
    """Return the value as it may travel: plain, in a URL, in JSON, in base64, and its telling parts."""
    parts = {value, quote(value, safe=""), json.dumps(value)[1:-1], base64.b64encode(value.encode()).decode()}
    if value.startswith("API@CJ"):
        token = value.partition("@CJ:")[2]
        parts |= {token, token.rpartition(".")[2]}  # the token, and its signature alone
    elif "@api@" in value:
        parts.add(value.rpartition("@")[2])
    return {part for part in parts if len(part) >= SHORTEST}


def assert_no_secret(values: Iterable[str], *texts: str) -> None:
    """Assert that no text holds any of the values, in whatever form."""
    looked_for = [(value, part) for value in values if value for part in forms(value)]
    assert looked_for, "Nothing to look for: the test would prove nothing."
    assert any(texts), "Nothing to look in: the test would prove nothing."
    for text in texts:
        for value, part in looked_for:
            at = text.find(part)
            assert at < 0, f"{value[:6]}… ({len(value)} characters) is shown: …{text[max(at - 80, 0) : at]}<here>"


def dump_of_database() -> str:
    """Return everything that the database holds: each row of each table as it is stored, and what `dumpdata` writes."""
    shown = [_dumped()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            shown.append(f"{table}: " + "\n".join(repr(row) for row in cursor.fetchall()))
    return "\n".join(shown)


def _dumped() -> str:
    out = io.StringIO()
    labels = [config.label for config in apps.get_app_configs() if any(True for _ in config.get_models())]
    call_command("dumpdata", *labels, stdout=out)
    return out.getvalue()
