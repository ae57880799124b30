"""CJ's answers as it sends them: one JSON file an endpoint, with its documented parameters and cases of answers.

The cases "documented …" are the samples of CJ's document, those that begin with "seen" are what public clients met.
"""

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from integrations.wire import Reply

HERE = Path(__file__).parent
PATHS = {json.loads(file.read_text())["path"]: file for file in HERE.glob("*.json") if file.stem != "error_codes"}


@cache
def _text(path: str) -> str:
    return PATHS[path].read_text()


def endpoint(path: str) -> dict[str, Any]:
    """Return all that is kept of an endpoint, afresh; fractions are Decimal, as they come from the transport."""
    found: dict[str, Any] = json.loads(_text(path), parse_float=Decimal)
    return found


def body(path: str, case: str = "documented success") -> Any:
    """Return the body of one case."""
    return next(one["body"] for one in endpoint(path)["cases"] if one["name"] == case)


def data(path: str, case: str = "documented success") -> Any:
    """Return the `data` in the body of one case."""
    return body(path, case)["data"]


def cases(*, successes: bool) -> Iterator[tuple[str, str]]:
    """Name all cases, as (path, case), that succeed or that do not."""
    for path in sorted(PATHS):
        for one in endpoint(path)["cases"]:
            says = one["body"].get("code") in (None, 0, 200, "200")
            if says is successes:
                yield path, one["name"]


def reply(body: Any, *, status: int = 200, **headers: str) -> Reply:
    """Return a body as the transport gives it; a text is sent as it is."""
    raw = body if isinstance(body, str) else json.dumps(body, default=float)
    return Reply(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=raw.encode()
    )


def error_codes() -> list[dict[str, Any]]:
    """Return the codes of the document, and those observed besides, with their categories."""
    found: list[dict[str, Any]] = json.loads((HERE / "error_codes.json").read_text())
    return found
