"""When is an answer of Shopee's a success, and if not, which kind of failure?

The body is read whatever the HTTP status says. The code decides, with its message where the code is too coarse.
"""

import json
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from accounts.secrets import mask_text
from integrations import clock
from integrations.errors import (
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    RefreshRefused,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from integrations.parsing import text
from integrations.verdicts import retry_after
from integrations.wire import Reply

from . import files
from .codes import ALL_FAILED, REFRESH, bare_code, explain, full_code

ENVELOPE = ("error", "message", "msg", "request_id", "warning", "response")
DAY_S, UTC_8_S = 86_400, 8 * 3600


class Payload(StrEnum):
    """Where the payload of an answer stands."""

    OBJECT = "object"  # an object in `response`
    ROWS = "rows"  # an array in `response`
    TOP = "top"  # beside the envelope's own fields
    SPREAD = "spread"  # in `response`, parts of it beside it
    FILE = "file"  # the body is a file, and JSON only where the call is refused


def judge(
    reply: Reply,
    *,
    is_write: bool = False,
    payload: Payload = Payload.OBJECT,
    refreshing: bool = False,
    app_quota: str = "",
) -> Any:
    """Return the payload of a successful answer, or raise the kind of PlatformError that names the next step.

    `is_write`: what leaves the outcome open raises OutcomeUnknown instead of Unavailable or UnexpectedReply.
    `refreshing`: a refused refresh token is RefreshRefused. `app_quota`: the governor's key of the app's daily quota.
    """
    if payload == Payload.FILE and files.is_file(reply):
        return files.read(reply)
    envelope = reply.data if reply.is_json and isinstance(reply.data, dict) else {}
    said = envelope.get("error")
    message = text(envelope.get("message"), 500) or text(envelope.get("msg"), 500)
    code = full_code(text(said, 200)) if said is not None else ""
    reply.code, reply.request_id = text(code, 100), text(envelope.get("request_id"), 100)
    if isinstance(said, dict | list) or (reply.status >= 400 and not code and "error" not in envelope):
        envelope = {}
    if not envelope:
        raise _unreadable(reply, is_write=is_write)
    if code in ("", "-") or _all_failed(code, envelope):
        try:
            return _payload(envelope, payload)
        except UnexpectedReply as error:
            raise _lost(error, reply) if is_write else error from None
    raise _refusal(code, message, reply, is_write=is_write, refreshing=refreshing, app_quota=app_quota)


def _all_failed(code: str, envelope: dict[str, Any]) -> bool:
    """Tell whether everything in a list failed, which its own rows explain better than the code."""
    return bare_code(code) == ALL_FAILED and isinstance(envelope.get("response"), dict) and bool(envelope["response"])


def _payload(envelope: dict[str, Any], wanted: Payload) -> Any:
    """Return the payload; an object with the warnings in it. Raise UnexpectedReply where it has another shape."""
    inner = envelope.get("response")
    if wanted == Payload.FILE:
        raise UnexpectedReply(_("Shopee's answer should be a file and is none."))
    if wanted == Payload.ROWS:
        if inner is not None and not isinstance(inner, list):
            raise UnexpectedReply(_("Shopee's answer should hold a list and does not."))
        return inner or []
    if wanted != Payload.TOP and inner is not None and not isinstance(inner, dict):
        raise UnexpectedReply(_("Shopee's answer should hold an object and does not."))
    if wanted != Payload.TOP and "error" not in envelope and "response" not in envelope:
        raise UnexpectedReply(_("Shopee's answer does not say whether it succeeded."))
    found: dict[str, Any] = {}
    if wanted in (Payload.TOP, Payload.SPREAD):
        found |= {name: value for name, value in envelope.items() if name not in ENVELOPE}
    if wanted != Payload.TOP:
        found |= inner or {}
    if warnings := _warnings(envelope.get("warning")):
        found["_warning"] = warnings
    return found


def _warnings(said: Any) -> list[str]:
    """Return the warnings as texts: they come as a text, a list of texts or a list of objects."""
    items = said if isinstance(said, list) else [said]
    texts = (item if isinstance(item, str) else json.dumps(item, default=str) for item in items if item)
    return [shown for item in texts if (shown := text(item, 500)) and shown != "-"]


def _refusal(
    code: str, message: str, reply: Reply, *, is_write: bool, refreshing: bool, app_quota: str
) -> PlatformError:
    meaning = explain(code, message, refreshing=refreshing)
    kind = meaning.kind
    if refreshing and issubclass(kind, TokenExpired):  # no access token was sent
        kind, meaning = RefreshRefused, REFRESH["error_auth"]
    error = kind(
        in_words(str(meaning), code, message),
        code=bare_code(code),
        request_id=reply.request_id,
        retry_after=retry_after(reply) or meaning.wait,
    )
    if isinstance(error, RateLimited) and meaning.quota:
        error.quota, error.scope, error.retry_after = True, app_quota, _until_midnight()
    passes = isinstance(error, Unavailable) and not isinstance(error, RateLimited | TokenExpired)
    return _lost(error, reply) if is_write and passes and not meaning.not_done else error


def _unreadable(reply: Reply, *, is_write: bool) -> PlatformError:
    """Return what an answer without an envelope means: here the HTTP status is all there is."""
    status = _("Shopee answered with HTTP %(status)s.") % {"status": reply.status}
    facts: dict[str, Any] = {"code": f"HTTP {reply.status}", "request_id": reply.request_id}
    if reply.status == 429:
        return RateLimited(status, retry_after=retry_after(reply) or 1.0, **facts)
    if reply.status >= 500 or reply.status == 408:
        error: PlatformError = Unavailable(status, retry_after=retry_after(reply), **facts)
    elif reply.is_json:
        error = UnexpectedReply(f"{status} {_('Its body is not what Shopee documents.')}", **facts)
    else:
        error = UnexpectedReply(f"{status} {_('Its body is not JSON.')}", **facts)
    return _lost(error, reply) if is_write else error


def _lost(error: PlatformError, reply: Reply) -> OutcomeUnknown:
    return OutcomeUnknown(
        _("%(reason)s What was asked for may have been done all the same.") % {"reason": error},
        code=error.code,
        request_id=reply.request_id,
    )


def _until_midnight() -> float:
    """Return the seconds to 00:00 UTC+8, when the daily quota starts again."""
    return DAY_S - (clock.now() + UTC_8_S) % DAY_S


def in_words(reason: str, code: str, message: str) -> str:
    """Return our words for a refusal with Shopee's own behind them."""
    words = mask_text(": ".join(part for part in (code, message) if part))
    return f"{reason} ({_('Shopee says')}: {words})"
