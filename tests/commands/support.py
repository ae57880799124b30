"""Run a command as the shell does, in this process."""

import io
import json
from typing import Any, NamedTuple

from django.core.management import load_command_class


class Ran(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """Return the JSON object on the last line."""
        return json.loads(self.out.strip().splitlines()[-1])


def run(app: str, name: str, *words: str, capsys: Any = None) -> Ran:
    """Run `manage.py <name> <words>`; what the parser of the line says goes to the process's own streams."""
    out, err = io.StringIO(), io.StringIO()
    command: Any = load_command_class(app, name)
    command._called_from_command_line = True  # as `run_from_argv` sets it, which would close the test's connection
    code = 0
    try:
        options = vars(command.create_parser("manage.py", name).parse_args(list(words)))
        command.execute(*options.pop("args", ()), **options | {"stdout": out, "stderr": err, "skip_checks": True})
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr() if capsys else None
    return Ran(code, out.getvalue() + (said.out if said else ""), err.getvalue() + (said.err if said else ""))
