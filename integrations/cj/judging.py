"""When is an answer of CJ's a success, and if not, which kind of failure? (cj.md §2, §13; never by its message)"""

from typing import Any

from django.utils.translation import gettext as _

from accounts.secrets import mask_text
from integrations.errors import (
    NotFound,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    Rejected,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from integrations.wire import Reply

from .codes import (
    AMBIGUOUS,
    MEANINGS,
    ORDER_NOT_FOUND,
    PARAM_ERROR,
    POINTS_USED,
    SUCCESS,
    TOKEN_DEAD,
    TOO_MANY,
    Meaning,
)
from .parsing import flag, text

_MISSING: Any = object()


def judge(
    reply: Reply,
    *,
    is_write: bool = False,
    token_may_be_dead: bool = False,
    account_limit: str = "",
    may_be_absent: bool = False,
) -> Any:
    """Return the `data` of a successful answer, or raise the kind of PlatformError that names the next step.

    `is_write`: what leaves the outcome open raises OutcomeUnknown instead of Unavailable or UnexpectedReply.
    `token_may_be_dead`: a read takes the ambiguous code 1600100 for a dead token; once refreshed, it is a refusal.
    `account_limit`: the governor's key of the limit that used-up points belong to. `may_be_absent`: code 1600300 with
    the words "not found" says that the thing asked for is not there, as getOrderDetail answers.
    """
    try:
        return _judge(reply, token_may_be_dead=token_may_be_dead and not is_write)
    except Rejected as refusal:
        if may_be_absent and refusal.code == str(PARAM_ERROR) and _says_not_found(reply):
            raise NotFound(
                str(MEANINGS[ORDER_NOT_FOUND]), code=refusal.code, request_id=refusal.request_id
            ) from refusal
        raise
    except RateLimited as limited:  # refused before anything was done
        if limited.code == str(POINTS_USED):
            limited.scope = account_limit
        raise
    except (Unavailable, UnexpectedReply) as error:
        if not is_write or isinstance(error, TokenExpired):
            raise
        raise OutcomeUnknown(
            _("%(reason)s What was asked for may have been done all the same.") % {"reason": error},
            code=error.code,
            request_id=error.request_id,
        ) from error


def _judge(reply: Reply, *, token_may_be_dead: bool) -> Any:
    if reply.status != 200:
        raise _by_status(reply, _envelope(reply))
    envelope = reply.data  # raises UnexpectedReply where it is no JSON
    if not isinstance(envelope, dict):
        raise UnexpectedReply(_("CJ did not answer with a JSON object."))
    _envelope(reply)
    code, request_id = _code(envelope), reply.request_id
    flags = [_flag(envelope, name) for name in ("result", "success")]
    if code is _MISSING or _MISSING in flags or (code is None and flags == [None, None]):
        raise UnexpectedReply(_("CJ's answer does not say whether it succeeded."), request_id=request_id)
    if (code is None or code in SUCCESS) and False not in flags:
        return envelope.get("data")
    if code == AMBIGUOUS and token_may_be_dead:
        raise TokenExpired(_said(str(MEANINGS[TOKEN_DEAD]), envelope), code=str(code), request_id=request_id)
    raise _by_code(code, envelope, reply)


def _envelope(reply: Reply) -> dict[str, Any]:
    """Return the envelope, empty where there is none, and note its code and request id in the reply."""
    envelope = reply.data if reply.is_json and isinstance(reply.data, dict) else {}
    code = envelope.get("code")
    reply.code = text(code, 40) if isinstance(code, int | str) else ""
    reply.request_id = text(envelope.get("requestId"), 100)
    return envelope


def _by_code(code: int | None, envelope: dict[str, Any], reply: Reply) -> PlatformError:
    unknown = Meaning(Rejected, _("CJ refused the call with a reason of its own."))
    meaning = MEANINGS.get(code, unknown) if code is not None else unknown
    error = meaning.kind(
        _said(str(meaning), envelope),
        code="" if code is None else str(code),
        request_id=reply.request_id,
        retry_after=_retry_after(reply) or meaning.wait,
    )
    if isinstance(error, RateLimited):
        error.quota = bool(meaning.quota)
    return error


def _by_status(reply: Reply, envelope: dict[str, Any]) -> PlatformError:
    """Return what an HTTP status other than 200 means; a known code in the body says more than the status."""
    code = _code(envelope)
    if code in MEANINGS and code != AMBIGUOUS:
        return _by_code(code, envelope, reply)
    status = _("CJ answered with HTTP %(status)s.") % {"status": reply.status}
    facts: dict[str, Any] = {"code": reply.code or f"HTTP {reply.status}", "request_id": reply.request_id}
    if reply.status == 401:
        return TokenExpired(str(MEANINGS[TOKEN_DEAD]), **facts)
    if reply.status == 429:
        slow = MEANINGS[TOO_MANY]
        return RateLimited(str(slow), retry_after=_retry_after(reply) or slow.wait, **facts)
    if reply.status >= 500 or reply.status == 408:
        return Unavailable(status, retry_after=_retry_after(reply), **facts)
    if reply.status >= 400 and envelope:
        return Rejected(_said(status, envelope), **facts)
    return UnexpectedReply(status, **facts)


def _code(envelope: dict[str, Any]) -> Any:
    """Return the code as a number, None where there is none, `_MISSING` where it is neither number nor digits."""
    code = envelope.get("code")
    if code is None or (isinstance(code, int) and not isinstance(code, bool)):
        return code
    if isinstance(code, str) and code.strip().isascii() and code.strip().isdigit() and len(code) < 20:
        return int(code)
    return _MISSING


def _flag(envelope: dict[str, Any], name: str) -> Any:
    """Return True, False, None where it is absent or null, `_MISSING` where it can't be understood."""
    value = envelope.get(name)
    if value is None:
        return None
    found = flag(value)
    return _MISSING if found is None else found


def _says_not_found(reply: Reply) -> bool:
    """Read CJ's words, the one place where its code does not tell: any other wrong parameter must not pass for this."""
    return "not found" in text(_envelope(reply).get("message"), 300).lower()


def _said(reason: str, envelope: dict[str, Any]) -> str:
    message = mask_text(text(envelope.get("message"), 300))
    return f"{reason} ({_('CJ says')}: {message})" if message else reason


def _retry_after(reply: Reply) -> float | None:
    """Return the seconds of a Retry-After header; its date form is not used by CJ."""
    for name, value in reply.headers.items():
        if name.lower() == "retry-after" and str(value).strip().isascii() and str(value).strip().isdigit():
            return float(min(int(str(value).strip()[:9]), 86_400)) or None
    return None
