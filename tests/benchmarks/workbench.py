"""What benchmarks share: a database of their own, tables, an exit code that says whether a promise broke."""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("BENCH_POSTGRES", "postgres://postgres@127.0.0.1:5432/postgres")


def arguments(description: str, **numbers: int) -> argparse.Namespace:
    """Read --db and one integer option for each of `numbers` (name=default)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--db", choices=["sqlite", "postgres"], default="sqlite")
    for name, default in numbers.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=default, help=f"default {default}")
    return parser.parse_args()


@contextmanager
def own_database(kind: str) -> Iterator[str]:
    """Make an empty database, point Django at it by environment, create the tables, and drop it all at the end."""
    sys.path.insert(0, str(ROOT))
    folder = tempfile.TemporaryDirectory(prefix="crossdock-bench-")
    name = f"crossdock_bench_{uuid.uuid4().hex[:12]}"
    if kind == "postgres":
        _psql(f"CREATE DATABASE {name}")
        url = f"{POSTGRES.rsplit('/', 1)[0]}/{name}"
    else:
        url = f"sqlite:///{folder.name}/bench.sqlite3"
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test", "LOG_LEVEL": "WARNING"}
    try:
        import django

        django.setup()
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}  # tables straight from models
        call_command("migrate", run_syncdb=True, verbosity=0)
        yield url
        connection.close()
    finally:
        if kind == "postgres":
            _psql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        folder.cleanup()


def _psql(statement: str) -> None:
    import psycopg

    with psycopg.connect(POSTGRES.replace("postgres://", "postgresql://"), autocommit=True) as connection:
        connection.execute(statement)


def seconds(work: Callable[[], object]) -> float:
    """Return how long the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median(times: list[float]) -> float:
    """Return the middle one."""
    return statistics.median(times)


def table(head: list[str], rows: list[list[Any]]) -> None:
    """Print rows under a head, columns aligned."""
    texts = [head, *[[f"{cell:,.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in rows]]
    widths = [max(len(text[column]) for text in texts) for column in range(len(head))]
    for number, text in enumerate(texts):
        print(
            "  ".join(
                cell.ljust(width) if index == 0 else cell.rjust(width)
                for index, (cell, width) in enumerate(zip(text, widths, strict=True))
            )
        )
        if number == 0:
            print("  ".join("-" * width for width in widths))


def conclude(promises: dict[str, bool]) -> None:
    """Print each promise with kept or BROKEN; exit with 1 if one is broken."""
    for promise, kept in promises.items():
        print(f"{'kept  ' if kept else 'BROKEN'}  {promise}")
    sys.exit(0 if all(promises.values()) else 1)


def machine() -> str:
    """Return what the numbers were measured on."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, commit {commit.stdout.strip() or '?'}"
