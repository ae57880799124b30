"""How Shopee's answers look on the wire: envelopes of success and refusal (Shopee: common response)."""

import json
from decimal import Decimal
from typing import Any
from zlib import crc32

from integrations.simulator.shopee_protocol import Answer, Call, Endpoint

# What the wire prefixes with a module in some endpoints and leaves bare in others.
PREFIXES = {"product": "product", "global_product": "product", "logistics": "logistics", "order": "order"}
PREFIXED = ("error_param", "error_auth", "error_permission", "error_server", "error_system_busy", "error_data")


def success(call: Call, endpoint: Endpoint, result: Any) -> dict[str, Any]:
    """Return the envelope of success around what a view returned."""
    answer = result if isinstance(result, Answer) else Answer(result)
    envelope: dict[str, Any] = {"error": "", "message": ""} if answer.head is None else dict(answer.head)
    envelope["request_id"] = call.request_id
    if answer.warning is not None or endpoint.wrap:
        envelope["warning"] = "" if answer.warning is None else answer.warning
    if answer.payload is not None:
        envelope |= {answer.key: answer.payload} if endpoint.wrap else answer.payload
    return envelope | (answer.beside or {})


def failure(request_id: str, code: str, message: str, response: Any = None) -> dict[str, Any]:
    """Return the envelope of a refusal."""
    envelope = {"error": code, "message": message, "request_id": request_id}
    return envelope if response is None else {**envelope, "response": response}


def on_the_wire(endpoint: Endpoint, code: str) -> str:
    """Return a code as this endpoint spells it: some put the module before the general ones."""
    prefix = PREFIXES.get(endpoint.module)
    if prefix and code in PREFIXED and crc32(f"{endpoint.path} {code}".encode()) % 2:
        return f"{prefix}.{code}"
    return code


def encode(payload: Any) -> bytes:
    """Return JSON as Shopee sends it: compact, in UTF-8, amounts as numbers."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"{value!r} is no JSON.")
