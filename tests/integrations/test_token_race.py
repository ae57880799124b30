"""Real processes at one token: the small version of tests/benchmarks/b11_tokens.py."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.django_db
def test_eight_processes_connect_once_and_refresh_once():
    env, kind = dict(os.environ), "sqlite"
    if connection.vendor == "postgresql":
        kind, at = "postgres", connection.settings_dict
        secret = f":{at['PASSWORD']}" if at["PASSWORD"] else ""
        env["BENCH_POSTGRES"] = f"postgres://{at['USER']}{secret}@{at['HOST']}:{at['PORT'] or 5432}/postgres"
    command = [sys.executable, "tests/benchmarks/b11_tokens.py", "--processes", "8", "--db", kind]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kept    a dead token in use: exactly one refresh" in done.stdout
