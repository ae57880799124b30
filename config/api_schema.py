"""What the OpenAPI document says of every operation: its errors, in their one shape."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse

from .api_errors import Error

FAILURES = {
    "400": ("A parameter or field is wrong; the answer names it and the fix", "invalid", "page_size"),
    "401": ("Not logged in: send a token, a password or the console's session", "not_authenticated", ""),
    "403": ("Logged in, without the permission that this asks for", "permission_denied", ""),
    "404": ("No such record", "not_found", ""),
    "409": ("Understood and refused as things stand", "refused", ""),
    "422": ("The Idempotency-Key was used for another call", "another_call", ""),
    "415": ("The body is not application/json", "unsupported_media_type", ""),
    "502": ("The platform refused, failed or can't be reached; Retry-After where it said when", "unavailable", ""),
}


ONCE = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    description="A text of yours, such as a random UUID. The same call with the same key is done once: for 24 hours "
    "a repetition gets the same answer again, with `Idempotent-Replayed: true`. A call that failed did nothing and "
    "frees its key.",
)


class Schema(AutoSchema):
    """Adds to each operation the errors that it may answer, and the key by which a call is done once."""

    def get_override_parameters(self) -> list[Any]:
        """Name the header where a call takes it."""
        return [*super().get_override_parameters(), *([ONCE] if self._takes_key() else [])]

    def _takes_key(self) -> bool:
        takes = self.method == "POST" and getattr(self.view, "takes_idempotency_key", False)
        return takes and getattr(self.view, "action", None) not in getattr(self.view, "repeatable", ())

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        bodies = super()._get_response_bodies(direction)
        for code in self._failures():
            text, word, field = FAILURES[code]
            value = {"error": {"code": word, "message": text, "field": field}}
            example = OpenApiExample(word, value=value, response_only=True, status_codes=[code])
            answer = OpenApiResponse(Error, description=text, examples=[example])
            bodies.setdefault(code, self._get_response_for_code(answer, code, direction=direction))  # type: ignore[no-untyped-call]
        return bodies

    def _failures(self) -> list[str]:
        found = ["400", "401", "403"]
        if "{" in self.path:
            found.append("404")
        if self.method != "GET":
            found += ["409", "415"]
        if self._takes_key():
            found.append("422")
        if getattr(self.view, "action", None) in getattr(self.view, "calls_out", ()):
            found.append("502")
        return found
