"""What tests of the API share."""

from typing import Any


def error(answer: Any, status: int) -> dict[str, Any]:
    """Return the error of an answer that has to have this status and the one shape of errors."""
    assert answer.status_code == status, answer.content
    assert set(answer.json()) == {"error"}
    body: dict[str, Any] = answer.json()["error"]
    assert {"code", "message", "field"} <= set(body)
    assert body["message"]
    return body
