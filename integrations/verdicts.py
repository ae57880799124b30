"""From an exchange to the next step: which error a lost, refused or unreadable answer is, and what is kept of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Platform, PlatformAccount
from accounts.secrets import Secret

from . import clock, exchanges, lanes, turns
from .errors import (
    AuthRequired,
    Invalid,
    OutcomeUnknown,
    PlatformError,
    RateLimited,
    TokenExpired,
    Unavailable,
    UnexpectedReply,
)
from .models import ApiCall
from .wire import Call, Exchange, Fault, Reply

Judge = Callable[[Reply], Any]

_CODES = ("code", "error")
_REQUEST_IDS = ("requestId", "request_id")
_REQUEST_ID_HEADERS = ("X-Request-Id", "X-Tt-Logid")


def verdict(platform: str, exchange: Exchange, judge: Judge) -> Any:
    """Return what the judge makes of the reply, or raise the `PlatformError` that says what to do next."""
    call, reply = exchange.call, exchange.reply
    if reply is None:
        raise _lost(_name(platform), exchange)
    try:
        data = judge(reply)
    except PlatformError as problem:
        if not call.status_counts:
            raise
        raise _next_step(_name(platform), call, reply, problem) from None
    if reply.status >= 500 and call.status_counts:
        raise _next_step(_name(platform), call, reply, None)
    return data


def _name(platform: str) -> str:
    return Platform(platform).label if platform in Platform.values else platform


def _lost(platform: str, exchange: Exchange) -> PlatformError:
    words = {"platform": platform, "endpoint": exchange.call.endpoint, "detail": exchange.detail}
    match exchange.fault:
        case Fault.UNSENDABLE:
            return Invalid(_("%(endpoint)s cannot be sent to %(platform)s: %(detail)s. Check the address.") % words)
        case Fault.UNREACHABLE:
            return Unavailable(
                _("%(platform)s cannot be reached (%(detail)s). %(endpoint)s was not sent; it may be tried again.")
                % words
            )
        case _ if exchange.call.is_write:
            return OutcomeUnknown(_unknown(words))
        case Fault.TOO_LARGE:
            return UnexpectedReply(_("The answer of %(platform)s to %(endpoint)s is too large: %(detail)s.") % words)
        case Fault.NO_ANSWER:
            return Unavailable(_("%(platform)s did not answer %(endpoint)s in time (%(detail)s).") % words)
        case _:
            return Unavailable(_("%(platform)s broke off its answer to %(endpoint)s (%(detail)s).") % words)


def _unknown(words: dict[str, str]) -> str:
    return (
        _(
            "%(endpoint)s was sent to %(platform)s and its answer is lost (%(detail)s). It may have been done: "
            "look before sending it again."
        )
        % words
    )


def _next_step(platform: str, call: Call, reply: Reply, problem: PlatformError | None) -> PlatformError:
    """Return the judge's finding, corrected by what the HTTP status says for certain."""
    code = problem.code if problem else reply.code
    request_id = (problem.request_id if problem else "") or reply.request_id
    wait = retry_after(reply)
    if isinstance(problem, RateLimited | TokenExpired | AuthRequired | OutcomeUnknown):
        if problem.retry_after is None:
            problem.retry_after = wait
        return problem
    words = {"platform": platform, "endpoint": call.endpoint, "detail": str(problem or f"HTTP {reply.status}")}
    if reply.status == 429:
        return RateLimited(
            _("%(platform)s says that %(endpoint)s comes too fast: %(detail)s") % words,
            retry_after=wait,
            code=code,
            request_id=request_id,
        )
    if reply.status >= 500:
        if call.is_write:
            return OutcomeUnknown(_unknown(words), code=code, request_id=request_id)
        return Unavailable(
            _("%(platform)s failed at %(endpoint)s (HTTP %(status)s): %(detail)s") % {**words, "status": reply.status},
            retry_after=wait,
            code=code,
            request_id=request_id,
        )
    if call.is_write and reply.status < 300 and isinstance(problem, UnexpectedReply):
        return OutcomeUnknown(_unknown(words), code=code, request_id=request_id)
    assert problem is not None
    return problem


def retry_after(reply: Reply) -> float | None:
    """Return the seconds of a Retry-After header, given as seconds or as a date."""
    value = reply.headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value) if value.replace(".", "", 1).isdigit() else _seconds_until(value)
    except ValueError:
        return None
    return min(max(seconds, 0.0), 86_400.0)


def _seconds_until(date: str) -> float:
    moment = parsedate_to_datetime(date)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() - clock.now()


# --- what is kept -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Keeper:
    """Makes the record of an exchange: masked and cut, never a secret."""

    platform: str
    base_url: str
    account: PlatformAccount | None
    headers: dict[str, str | Secret]

    def record(self, exchange: Exchange, problem: PlatformError | None, *, understood: bool, in_bulk: bool) -> ApiCall:
        """Return the row for one exchange, not saved. `understood`: somebody made sense of the answer."""
        call, reply, text = exchange.call, exchange.reply, exchanges.text
        secrets = [*call.secrets(), *(each.reveal() for each in self.headers.values() if isinstance(each, Secret))]
        short = in_bulk and problem is None and understood and not call.is_write
        query = call.query_shown()
        said = problem or reply
        return ApiCall(
            account=self.account,
            platform=self.platform,
            endpoint=text(call.endpoint, 100),
            method=text(call.method.upper(), 8),
            url=text(f"{self.base_url}{call.path}" + (f"?{query}" if query else ""), 500),
            subject=text(call.subject or _asker(), 200),
            is_write=call.is_write,
            lane=lanes.current(),
            outcome=_outcome(problem) if problem or understood else ApiCall.Outcome.UNREADABLE,
            http_status=reply.status if reply else exchange.status,
            code=text(said.code if said and said.code else _said(reply, _CODES), 100),
            message=exchanges.masked(str(problem or ""), 500, secrets),
            request_id=text(said.request_id if said and said.request_id else _request_id(reply), 100),
            request=exchanges.sample(call.body_shown(), secrets=secrets) if call.body_shown() is not None else "",
            response=_kept(
                reply if call.keeps_answer else None,
                exchanges.KEPT_CHARS_OF_A_LIST if short else exchanges.KEPT_CHARS,
                secrets,
            ),
            duration_ms=exchange.duration_ms,
        )


def _asker() -> str:
    """Return the job that calls: what a call concerns that concerns no single record, such as a list's page."""
    job = turns.current()
    return f"job:{job.pk}" if job else ""


def _outcome(problem: PlatformError | None) -> ApiCall.Outcome:
    match problem:
        case None:
            return ApiCall.Outcome.OK
        case RateLimited():
            return ApiCall.Outcome.LIMITED
        case TokenExpired():
            return ApiCall.Outcome.REFUSED
        case Unavailable():
            return ApiCall.Outcome.UNREACHABLE
        case UnexpectedReply():
            return ApiCall.Outcome.UNREADABLE
        case _:
            return ApiCall.Outcome.REFUSED


def _kept(reply: Reply | None, length: int, secrets: list[str]) -> str:
    if reply is None:
        return ""
    if reply.is_json:
        return exchanges.sample(reply.data, length, secrets=secrets)
    return exchanges.sample_of_bytes(reply.body, length, secrets=secrets)


def _said(reply: Reply | None, names: tuple[str, ...]) -> str:
    """Return what stands under one of these names at the top of an answer."""
    data = reply.data if reply and reply.is_json else None
    found = [data[name] for name in names if isinstance(data.get(name), str | int)] if isinstance(data, dict) else []
    return str(found[0]) if found else ""


def _request_id(reply: Reply | None) -> str:
    in_headers = [reply.headers[name] for name in _REQUEST_ID_HEADERS if name in reply.headers] if reply else []
    return _said(reply, _REQUEST_IDS) or (in_headers[0] if in_headers else "")
