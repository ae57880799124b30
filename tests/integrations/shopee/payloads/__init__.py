"""Shopee's endpoints as they are documented: one JSON file each, with a request and the answers that are printed."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from integrations.wire import Reply

HERE = Path(__file__).parent
SUCCESS = "documented success"


def names() -> list[str]:
    """Return the endpoints' own names, such as global_product.get_category."""
    return sorted(json.loads(file.read_text())["endpoint"] for file in HERE.glob("*.json"))


def read(name: str) -> dict[str, Any]:
    """Return all that is kept of an endpoint; fractions are Decimal, as they come from the transport."""
    file = HERE / f"{name.replace('.', '_')}.json"
    found: dict[str, Any] = json.loads(file.read_text(), parse_float=Decimal)
    return found


def body(name: str, case: str = SUCCESS) -> Any:
    """Return the body of one case; an envelope without a payload where none is printed."""
    cases = read(name)["cases"]
    return next(
        (one["body"] for one in cases if one["name"] == case), {"error": "", "message": "", "request_id": "r-1"}
    )


def reply(body: Any, *, status: int = 200, **headers: str) -> Reply:
    """Return a body as the transport gives it; a text is sent as it is."""
    raw = body if isinstance(body, str) else json.dumps(body, default=float)
    return Reply(
        status=status, headers={name.replace("_", "-"): value for name, value in headers.items()}, body=raw.encode()
    )
