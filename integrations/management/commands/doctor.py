"""Look for what is wrong with an installation."""

from dataclasses import asdict
from typing import Any

from cryptography.fernet import Fernet
from django.core.management.base import CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from integrations import diagnosis
from integrations.management.base import Outcome, ServiceCommand

SIGNS = {diagnosis.OK: "ok  ", diagnosis.WARNING: "!   ", diagnosis.ERROR: "FAIL"}


class Command(ServiceCommand):
    summary = (
        "Look at settings, keys, database, cache, workers, accounts, tokens, hosts and clocks, and say what to do "
        "about what is wrong. Spends no quota."
    )
    examples = ("doctor", "doctor --json", "doctor --new-key")
    requires_system_checks: list[str] = []  # it runs them itself and tells what they find

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new-key", action="store_true", help=_("only print a fresh key for CREDENTIAL_KEYS, and look at nothing")
        )

    def act(self, **options: Any) -> Outcome:
        if options["new_key"]:
            key = Fernet.generate_key().decode()
            return Outcome(key, {"key": key})
        found = diagnosis.findings()
        errors = [finding for finding in found if finding.level == diagnosis.ERROR]
        lines = []
        for finding in found:
            lines.append(f"{SIGNS[finding.level]}  {finding.check}: {finding.message}")
            lines += [f"      → {finding.fix}"] * bool(finding.fix)
        count = len(errors)
        needed = ngettext("%(n)d thing needs you.", "%(n)d things need you.", count) % {"n": count}
        lines.append(needed if errors else _("All is well."))
        data = {"ok": not errors, "findings": [asdict(finding) for finding in found]}
        return Outcome("\n".join(lines), data, failed=bool(errors))
