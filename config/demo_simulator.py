"""The demo's own simulator: look at it, and let buyers and carriers act."""

import json
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

PATIENCE_S = 30.0


def look(simulator: str, what: str, **query: Any) -> Any:
    """Return what the simulator shows: its world, its books, its orders."""
    asked = f"?{urlencode(query)}" if query else ""
    with urlopen(f"{simulator}/_control/{what}{asked}", timeout=PATIENCE_S) as reply:  # noqa: S310 - the demo's own simulator
        return json.load(reply)


def control(simulator: str, what: str, **said: Any) -> Any:
    """Let something happen there; HTTPError where it can't."""
    body, headers = json.dumps(said).encode(), {"Content-Type": "application/json"}
    request = Request(f"{simulator}/_control/{what}", body, headers)  # noqa: S310 - the demo's own simulator
    with urlopen(request, timeout=PATIENCE_S) as reply:  # noqa: S310 - the demo's own simulator
        return json.load(reply)
