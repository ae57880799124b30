"""Who may import whom, and what no file may hold (docs/architecture.md)."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CODE = [
    path for app in ("config", "orders", "catalog", "integrations", "accounts") for path in (ROOT / app).rglob("*.py")
]


def test_imports_go_down_only_and_the_simulator_is_a_stranger():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("app", ["catalog", "orders"])
def test_apps_name_no_platform(app):
    named = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in (ROOT / app).rglob("*.py")
        if "migrations" not in path.parts
        for line in path.read_text().splitlines()
        if re.search(r"\b(shopee|tiktok)\b|integrations\.cj|Platform\.(CJ|SHOPEE|TIKTOK)", line, re.IGNORECASE)
    }
    assert named == set()


def test_only_the_transport_imports_requests():
    importers = {
        str(path.relative_to(ROOT))
        for path in CODE
        if re.search(r"^\s*(import|from) requests\b", path.read_text(), re.MULTILINE)
    }
    assert importers == {"integrations/http.py"}


def test_the_environment_is_read_in_the_settings_alone():
    readers = {
        str(path.relative_to(ROOT))
        for path in CODE
        if re.search(r"os\.environ\[|os\.environ\.get|os\.getenv|environ\.Env\(", path.read_text())
        and "settings" not in path.parts
    }
    # The simulator starts itself anew under its own settings; it reads nothing of the product's.
    assert readers == {"integrations/simulator/__main__.py", "integrations/management/commands/simulator.py"}
