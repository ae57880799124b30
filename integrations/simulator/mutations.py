"""Damage to an answer's body, as a stranger's bad day would do it."""

import json
from typing import Any

HUGE = 3_000_000  # characters added by "huge"


def mutate(content: bytes, kind: str) -> bytes:
    """Return the body after one of `faults.MUTATIONS`."""
    match kind:
        case "not_json":
            return b"upstream connect error or disconnect/reset before headers"
        case "html":
            return b"<!DOCTYPE html><html><body><h1>Just a moment...</h1></body></html>"
        case "empty":
            return b""
        case "truncated":
            return content[: len(content) // 2]
    try:
        envelope: Any = json.loads(content)
    except ValueError:
        return content
    match kind:
        case "null_data":
            envelope["data"] = None
        case "list_data":
            envelope["data"] = [envelope["data"]]
        case "text_data":
            envelope["data"] = "true"
        case "no_envelope":
            envelope = envelope["data"]
        case "huge":
            envelope["padding"] = "x" * HUGE
    return json.dumps(envelope, ensure_ascii=False).encode()
