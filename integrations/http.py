"""The one way out: the only file that imports requests.

`Transport` takes a turn from the governor, sends, lets the platform's package judge the answer, keeps the exchange, and
raises what the caller has to do next (errors.py). Reads are repeated on faults that pass, writes never: a write whose
answer is lost is `OutcomeUnknown` (design.md §3, promise 1).

Not followed, repeated or trusted while sending: redirects (a token would follow them to another host), cookies
(accounts share a thread's connections), proxies and passwords of the environment, answers without an end.
"""

import os
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
import urllib3
from django.db import transaction
from requests.adapters import HTTPAdapter

from accounts.models import PlatformAccount
from accounts.secrets import Secret

from . import clock, governor
from .errors import AuthRequired, OutcomeUnknown, PlatformError, RateLimited, TokenExpired, Unavailable
from .exchanges import Recorder
from .governor import Limit
from .verdicts import Judge, Keeper, verdict
from .wire import Call, Exchange, Fault, File, Reply, mask_known

__all__ = ["Call", "File", "Judge", "Limit", "Reply", "Transport"]

TIMEOUT = (5.0, 30.0)  # seconds to connect, seconds between two pieces of the answer
WHOLE_ANSWER = 120.0  # seconds for all of it
MAX_BYTES = 10 * 1024 * 1024  # of an answer, unpacked
PAUSES = (0.5, 2.0)  # seconds before a read is repeated, and repeated again
SHORT = 5.0  # seconds; to wait longer than this is the job's affair
MAX_CONCURRENCY = 16
_PIECE = 64 * 1024
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "Crossdock"}
_STOPPING = (RateLimited, TokenExpired, AuthRequired)


class InTransaction(RuntimeError):
    """A call was about to be sent while a transaction was open: its locks would last as long as the answer takes."""


class Transport:
    """Calls to one platform on behalf of one account (or of nobody, before there is one).

    `buckets` are the limits that every call holds; the first is the account's own, which a refusal lowers. An
    endpoint's quota (`governor.learn`) is held where one is known. `headers` go with every call; secrets in them are
    `Secret`. `patience` is how many seconds a call may wait for its turn (default: the lane's).
    """

    def __init__(
        self,
        platform: str,
        base_url: str,
        account: PlatformAccount | None = None,
        buckets: Sequence[str | Limit] = (),
        *,
        headers: Mapping[str, str | Secret] | None = None,
        timeout: tuple[float, float] = TIMEOUT,
        max_bytes: int = MAX_BYTES,
        patience: float | None = None,
    ) -> None:
        self.platform, self.base_url, self.account = platform, base_url.rstrip("/"), account
        self.buckets, self.headers = tuple(buckets), dict(headers or {})
        self.timeout, self.max_bytes, self.patience = timeout, max_bytes, patience
        self._main = next((each if isinstance(each, str) else each.key for each in self.buckets), "")
        self._keeper = Keeper(platform, self.base_url, account, self.headers)

    def call(self, call: Call, judge: Judge) -> Any:
        """Send one call and return what `judge` makes of the reply; raises `PlatformError` kinds.

        The judge returns the data or raises the kind of error, with the platform's code and request id. Whatever it
        finds, HTTP 429 is `RateLimited`, and HTTP 5xx is `Unavailable` for a read and `OutcomeUnknown` for a write,
        unless the call says that its status counts for nothing.
        """
        recorder = Recorder()
        result = self._finish(_UnderWay(call, self._start(call, in_pool=False)), judge, recorder, in_bulk=False)
        recorder.flush()
        if isinstance(result, PlatformError):
            raise result
        return result

    def call_many(self, calls: Iterable[Call], judge: Judge, *, concurrency: int = 4) -> Iterator[Any | PlatformError]:
        """Send many calls, several at a time, and yield for each, in the order asked, its data or its `PlatformError`.

        Turns are taken and exchanges kept in the calling thread. After `RateLimited`, `TokenExpired` or `AuthRequired`
        no more is sent, and all that was not sent yields that error too. Exhaust it or close it, outside transactions.
        """
        waiting, under_way = iter(calls), deque[_UnderWay]()
        recorder = Recorder()
        stopped: PlatformError | None = None
        width = max(1, min(concurrency, MAX_CONCURRENCY))
        try:
            while True:
                has_room = not stopped and len(under_way) < width and not (under_way and under_way[0].is_over)
                if has_room and (call := next(waiting, None)) is not None:
                    under_way.append(_UnderWay(call, self._start(call, in_pool=True)))
                    stopped = under_way[-1].refusal
                    continue
                if not under_way:
                    break
                result = self._finish(under_way.popleft(), judge, recorder, in_bulk=True)
                if isinstance(result, _STOPPING):
                    stopped = stopped or result
                yield result
            for _call in waiting:
                yield stopped
        finally:
            while under_way:  # nobody wants these any more, but they were sent
                self._settle(under_way.popleft(), judge, recorder, in_bulk=True)
            recorder.flush()

    # --- one call, step by step ---

    def _start(self, call: Call, *, in_pool: bool) -> "Future[Exchange] | PlatformError":
        """Take a turn and send; `RateLimited` where there is no room within the lane's patience.

        What the call's own preparation raises is returned too: nothing was sent.
        """
        _refuse_in_transaction()
        limits = [*self.buckets, *call.limits]
        if self._main:
            limits.append(Limit(governor.quota_key(self._main, call.endpoint)))
        try:
            governor.acquire(limits, patience=self.patience)
        except RateLimited as refusal:
            return refusal
        ticking, future = clock.current(), Future[Exchange]()
        turn = ticking.monotonic()
        try:
            call = call.prepare(call) if call.prepare else call
        except PlatformError as refusal:
            return refusal
        headers = {**_HEADERS, **self.headers, **ticking.headers(), **call.headers}
        order = _Order(call, self.base_url, headers, self, turn)
        if not in_pool:
            future.set_result(_send(order))
            return future
        ticking.begin()
        future = _pool().submit(_send, order)
        future.add_done_callback(lambda _: ticking.end())
        return future

    def _finish(
        self, under_way: "_UnderWay", judge: Judge, recorder: Recorder, *, in_bulk: bool
    ) -> Any | PlatformError:
        """Wait for a call, keep it, and repeat it where that is safe and may help."""
        for pause in (*PAUSES, None):
            result = self._settle(under_way, judge, recorder, in_bulk=in_bulk)
            if pause is None or under_way.refusal or not _may_be_repeated(under_way.call, result):
                break
            clock.sleep(max(pause, result.retry_after or 0.0))
            under_way = _UnderWay(under_way.call, self._start(under_way.call, in_pool=in_bulk))
        return result

    def _settle(
        self, under_way: "_UnderWay", judge: Judge, recorder: Recorder, *, in_bulk: bool
    ) -> Any | PlatformError:
        """Return the data or the error of one sending, having kept it and told the governor what it means."""
        if under_way.refusal:
            return under_way.refusal
        exchange = under_way.sending.result()
        problem, understood = None, False
        try:
            result = verdict(self.platform, exchange, judge)
            understood = True
        except PlatformError as error:
            result = problem = error
            problem.__traceback__ = None  # it holds frames with the revealed call
        finally:  # an error in the judge itself is no reason to forget what came
            recorder.add(self._keeper.record(exchange, problem, understood=understood, in_bulk=in_bulk))
        if exchange.late:
            governor.postpone([each if isinstance(each, str) else each.key for each in self.buckets], exchange.late)
        if isinstance(problem, RateLimited):
            self._heed(under_way.call, problem)
        return result

    def _heed(self, call: Call, refusal: RateLimited) -> None:
        """Slow down, or stop until the quota's window ends, for every process."""
        if not self._main and not refusal.scope:
            return
        if refusal.quota:
            until = clock.now() + refusal.retry_after if refusal.retry_after else None
            key = refusal.scope or governor.quota_key(self._main, call.endpoint)
            refusal.retry_after = governor.block(key, until=until, account=self.account) - clock.now()
        else:
            room_in = governor.lower(refusal.scope or self._main, retry_after=refusal.retry_after)
            refusal.retry_after = max(refusal.retry_after or 0.0, room_in)


@dataclass(slots=True)
class _UnderWay:
    call: Call
    sent: "Future[Exchange] | PlatformError"

    @property
    def refusal(self) -> PlatformError | None:
        return self.sent if isinstance(self.sent, PlatformError) else None

    @property
    def sending(self) -> "Future[Exchange]":
        assert not isinstance(self.sent, PlatformError)
        return self.sent

    @property
    def is_over(self) -> bool:
        return isinstance(self.sent, PlatformError) or self.sent.done()


def _may_be_repeated(call: Call, result: Any | PlatformError) -> bool:
    if call.is_write or not isinstance(result, Unavailable) or isinstance(result, OutcomeUnknown | TokenExpired):
        return False
    if isinstance(result, RateLimited) and result.quota:
        return False
    return (result.retry_after or 0.0) <= SHORT


def _refuse_in_transaction() -> None:
    # Django's own test of a durable block; a test's wrapping transaction is marked as such by Django.
    blocks = transaction.get_connection().atomic_blocks
    if any(not block._from_testcase for block in blocks):
        raise InTransaction("A call must not be sent inside transaction.atomic(): its locks would wait for the answer.")


# --- sending: no database from here on, this runs in threads of the pool ----------------------------------------------


@dataclass(frozen=True, slots=True, repr=False)
class _Order:
    call: Call
    base_url: str
    headers: dict[str, str | Secret]
    transport: Transport
    turn: float  # when it was given its turn, by the monotonic clock


class _Adapter(HTTPAdapter):
    """Connections of one thread; tells whether the last call needed a new one."""

    def __init__(self) -> None:
        super().__init__(pool_connections=MAX_CONCURRENCY, pool_maxsize=1, max_retries=0)
        self._known: dict[int, int] = {}
        self._pool_in_use: Any = None
        self._was_new = False

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        self._pool_in_use = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool_in_use

    def is_first_new(self) -> bool:
        """Tell whether the last call had to connect while the one before had not."""
        pool = self._pool_in_use
        made = pool.num_connections if pool is not None else 0
        is_new, self._known[id(pool)] = made > self._known.get(id(pool), 0), made
        is_first, self._was_new = is_new and not self._was_new, is_new
        return is_first


class _Local(threading.local):
    session: requests.Session | None = None


_local = _Local()
_executor: ThreadPoolExecutor | None = None


def _forget_after_fork() -> None:
    """Let a forked process make connections and threads of its own."""
    global _local, _executor
    _local, _executor = _Local(), None


os.register_at_fork(after_in_child=_forget_after_fork)


def _pool() -> ThreadPoolExecutor:
    global _executor
    if _executor is None:
        _executor = ThreadPoolExecutor(MAX_CONCURRENCY, thread_name_prefix="send")
    return _executor


def _session() -> requests.Session:
    if _local.session is None:
        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter())
        _local.session = session
    return _local.session


def _send(order: _Order) -> Exchange:
    """Send once, and return the reply or why there is none. Never raises for what the network or the platform does."""
    call, exchange, began = order.call, Exchange(order.call), clock.monotonic()
    try:
        exchange.reply = _receive(order, exchange, began)
    except _NotSendable as error:
        exchange.fault, exchange.detail = Fault.UNSENDABLE, str(error)
    except (requests.RequestException, urllib3.exceptions.HTTPError, _Broken) as error:
        exchange.fault, detail = _fault(error)
        exchange.detail = mask_known(detail, call.secrets())[:300]
    exchange.duration_ms = round((clock.monotonic() - began) * 1000)
    if exchange.reply is not None:
        exchange.reply.duration_ms = exchange.duration_ms
    return exchange


class _NotSendable(Exception):
    """The call could not even be put together."""


class _Broken(Exception):
    """An answer that we stop reading."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


def _receive(order: _Order, exchange: Exchange, began: float) -> Reply:
    call, session, transport = order.call, _session(), order.transport
    query = call.query()
    url = f"{order.base_url}{call.path}" + (f"?{query}" if query else "")
    body: Any = dict(call.form) if call.files else call.body()
    files = [(each.part, (each.name, each.content, each.content_type)) for each in call.files] or None
    headers = {name: value.reveal() if isinstance(value, Secret) else value for name, value in order.headers.items()}
    if body is not None and not files:
        headers.setdefault("Content-Type", "application/json")
    try:
        prepared = requests.Request(call.method.upper(), url, headers=headers, data=body, files=files).prepare()
        adapter = session.get_adapter(url)
    except (requests.RequestException, UnicodeError) as error:  # its text may hold the header's value
        raise _NotSendable(type(error).__name__) from None
    late = clock.monotonic() - order.turn
    response = session.send(prepared, stream=True, timeout=transport.timeout, allow_redirects=False)
    try:
        exchange.status = response.status_code
        if isinstance(adapter, _Adapter) and adapter.is_first_new():
            late = clock.monotonic() - order.turn  # at most: how much of it was spent connecting is not known
        exchange.late = min(late, 1.0) if late > governor.LATE else 0.0
        content = _read(response, transport.max_bytes, time.monotonic() + WHOLE_ANSWER)
    finally:
        response.close()
    return Reply(response.status_code, response.headers, content)


def _read(response: requests.Response, max_bytes: int, deadline: float) -> bytes:
    """Return the unpacked body, unless it is larger than allowed or drips for too long."""
    pieces, size = [], 0
    while piece := response.raw.read1(_PIECE, decode_content=True):
        size += len(piece)
        if size > max_bytes:
            raise _Broken(Fault.TOO_LARGE, f"more than {max_bytes} bytes")
        if time.monotonic() > deadline:
            raise _Broken(Fault.NO_ANSWER, f"not complete within {WHOLE_ANSWER:g} s")
        pieces.append(piece)
    return b"".join(pieces)


def _fault(error: Exception) -> tuple[Fault, str]:
    """Tell from an exception of requests or urllib3 whether the call can have reached the platform."""
    if isinstance(error, _Broken):
        return error.fault, str(error)
    inner = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    inner = getattr(inner, "reason", None) or inner  # the outer texts hold the whole address
    detail = f"{type(inner).__name__}: {inner}" if isinstance(inner, Exception) else str(inner)
    not_sent = (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError)
    if isinstance(error, requests.ConnectTimeout) or isinstance(inner, not_sent):
        return Fault.UNREACHABLE, detail
    if isinstance(inner, urllib3.exceptions.SSLError) and isinstance(inner.args[0], ssl.SSLCertVerificationError):
        return Fault.UNREACHABLE, detail
    if isinstance(error, requests.ReadTimeout | urllib3.exceptions.ReadTimeoutError):
        return Fault.NO_ANSWER, detail
    return Fault.CUT, detail
