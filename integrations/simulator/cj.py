"""CJ Dropshipping API 2.0: each call through clock, faults, token, limits and quotas to its endpoint."""

import json
import math
import time
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from integrations.simulator import (
    cj_auth,
    cj_details,
    cj_freight_calls,
    cj_lists,
    cj_order_cart,
    cj_order_create,
    cj_order_edits,
    cj_order_reads,
    cj_others,
    cj_pay,
    cj_time,
    cj_tracking,
    cj_waybills,
)
from integrations.simulator.books import CallRecord
from integrations.simulator.cj_accounts import Account
from integrations.simulator.cj_protocol import (
    ENDPOINTS,
    PLATFORM,
    POINTS_USED,
    QUOTA_USED,
    REFUSALS,
    UNKNOWN_PATH,
    Call,
    Endpoint,
    Problem,
    Style,
    Upload,
    encode,
    failure,
    success,
    too_many,
)
from integrations.simulator.faults import Fault
from integrations.simulator.limits import Rule, seconds_until_tomorrow
from integrations.simulator.mutations import mutate
from integrations.simulator.wsgi import CutConnection, SimulatorRequest

VIEWS = (  # importing them registers their endpoints
    *(cj_auth, cj_lists, cj_details, cj_others),
    *(cj_order_create, cj_order_cart, cj_order_edits, cj_order_reads, cj_pay),
    *(cj_freight_calls, cj_waybills, cj_tracking),
)
POINTS_A_DAY = 50_000
JSON_TYPE = "application/json;charset=UTF-8"


@dataclass(slots=True)
class Reply:
    """An answer before it becomes HTTP."""

    content: bytes
    code: int | str | None
    status: int = 200
    refused: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


def answer(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Answer any path below ``/api2.0/v1/``."""
    if not isinstance(request, SimulatorRequest):
        raise TypeError("The simulator's views answer through its own WSGI application.")
    started = time.perf_counter()
    world = request.world
    with world.lock:
        _move_clock(request)
        call = _read(request, f"/{endpoint}")
        call.account = world.cj.tokens.owner(call.token) if call.token else None
        name = _name_in_books(call)
        facts = {**{key: values[-1] for key, values in call.query.items()}, **call.body}
        fault = world.faults.take(PLATFORM, call.path, name, facts) if world.faults.waiting else None
    reply: Reply | None = None
    if fault and fault.when == "before":
        time.sleep(fault.delay_s)
        # What is damaged in the answer needs an answer first; everything else comes instead of acting.
        if not fault.only_delays and not fault.mutate:
            reply = _broken(call, fault)
    if reply is None:
        reply = _act(call)
        if fault and fault.when == "after":
            time.sleep(fault.delay_s)
        if fault and (fault.mutate or (fault.when == "after" and not fault.only_delays)):
            reply = _broken(call, fault, reply)
    _record(call, reply, fault, started)
    if fault and fault.cut:
        raise CutConnection
    response = HttpResponse(reply.content, status=reply.status, content_type=reply.content_type)
    for header, value in reply.headers.items():
        response[header] = value
    return response


def _act(call: Call) -> Reply:
    """Judge and serve the call; the world changes only here."""
    endpoint = ENDPOINTS.get(call.path)
    style = endpoint.style if endpoint else Style.RESULT
    with call.world.lock:
        call.now = call.world.clock.now()
        try:
            if endpoint is None:
                raise Problem(UNKNOWN_PATH, "Interface not found")
            cj_time.settle(call.world)
            payload = success(call, style, _serve(call, endpoint))
            return Reply(encode(payload), payload.get("code"))
        except Problem as problem:
            return _refuse(call, style, problem)


def _serve(call: Call, endpoint: Endpoint) -> Any:
    if call.method != endpoint.method:
        raise Problem(16900202, f"Request method '{call.method}' not supported")
    if endpoint.login:
        try:
            _authenticate(call)
        except Problem:
            _spend(call, endpoint, None)  # a stranger's call has a limit, too
            raise
    _spend(call, endpoint, call.account if endpoint.login else None)
    if call.body_problem:
        raise call.body_problem
    return endpoint.view(call)


def _authenticate(call: Call) -> None:
    """Let living access tokens pass (CJ 1, Authentication: 1600001, 1600002)."""
    if not call.token:
        raise Problem(1600002, "access token cannot be empty")
    pair = call.cj.tokens.by_access(call.token, call.now)
    if pair is None:
        if call.path == "/authentication/logout":
            raise Problem(1600001, "Authentication failed")
        advice = "https://developers.cjdropshipping.cn/en/api/api2/api/auth.html#_1-1-get-access-token-post"
        raise Problem(1600001, f"Invalid API key or access token. How to get access token: {advice}")
    call.account = pair.account


def _spend(call: Call, endpoint: Endpoint, account: Account | None) -> None:
    """Count the call against every limit and quota, or refuse it and count nothing (CJ, Rate limits)."""
    limits = call.world.limits
    rules = _rules(call, account)
    refusal = limits.check(rules, call.now)
    if refusal:
        raise too_many(refusal.rule, refusal.wait)
    if account:
        number = account.number
        daily = account.daily.get(call.path)
        if daily is not None and limits.used_today((PLATFORM, number, call.path), call.now) >= daily:
            raise Problem(QUOTA_USED, "Quota has been used up", wait=seconds_until_tomorrow(call.now))
        used = limits.used_today((PLATFORM, number, "points"), call.now)
        if account.points is not None and used + endpoint.points > account.points:
            rest = f"Used today: {used}, Remaining: {account.points - used}, Required: {endpoint.points}"
            wait = seconds_until_tomorrow(call.now)
            raise Problem(POINTS_USED, f"Insufficient API points. {rest}", wait=wait)
        limits.use_today((PLATFORM, number, call.path), call.now)
        limits.use_today((PLATFORM, number, "points"), call.now, endpoint.points)
    limits.count(rules, call.now)


def _rules(call: Call, account: Account | None) -> list[Rule]:
    """Return the windows a call has to pass: with a login by IP and account, without one by IP alone."""
    if account is None:
        rps = call.cj.ip_rps_without_login
        return [] if rps is None else [_rule(("cj", "ip without login", call.ip), rps)]
    rules = [] if account.rps is None else [_rule(("cj", "account", account.number), account.rps)]
    if call.cj.ip_rps is not None:
        rules.append(_rule(("cj", "ip", call.ip), call.cj.ip_rps))
    return rules


def _rule(key: tuple[str, str, int | str], rps: float) -> Rule:
    """Return a window of a second; a limit below one a second is one call in a longer window."""
    return Rule(key, int(rps), 1) if rps >= 1 or rps <= 0 else Rule(key, 1, 1 / rps)


def _refuse(call: Call, style: Style, problem: Problem) -> Reply:
    reply = Reply(encode(failure(call.world, style, problem.code, problem.message, problem.data)), problem.code)
    if problem.code in REFUSALS:
        reply.refused = True
        call.cj.refusals += 1
        every = call.cj.http_429_every
        if every and call.cj.refusals % every == 0:
            reply.status = 429
            reply.headers["Retry-After"] = str(max(math.ceil(problem.wait), 1))
    return reply


def _broken(call: Call, fault: Fault, reply: Reply | None = None) -> Reply:
    """Return the answer a fault asks for; ``reply`` is the true one where the call has acted."""
    if fault.mutate and reply:
        content_type = "text/html" if fault.mutate == "html" else JSON_TYPE
        status = fault.status or reply.status
        return Reply(mutate(reply.content, fault.mutate), reply.code, status, content_type=content_type)
    if fault.code is not None:
        endpoint = ENDPOINTS.get(call.path)
        style = endpoint.style if endpoint else Style.RESULT
        with call.world.lock:
            envelope = failure(call.world, style, fault.code, fault.message or "System busy, please contact CJ IT")
        return Reply(encode(envelope), fault.code, fault.status or 200, refused=fault.code in REFUSALS)
    page = f"<html><head><title>{fault.status}</title></head><body><center>openresty</center></body></html>"
    return Reply(page.encode(), None, fault.status or 502, content_type="text/html")


def _move_clock(request: SimulatorRequest) -> None:
    """Let a client on virtual time say what time it is: ``X-Simulator-Time``, in manual mode only."""
    given = request.META.get("HTTP_X_SIMULATOR_TIME")
    if given:
        try:
            request.world.clock.forward_to(float(given))
        except ValueError:
            return


def _read(request: SimulatorRequest, path: str) -> Call:
    call = Call(
        world=request.world,
        method=request.method or "GET",
        path=path,
        query=dict(request.GET.lists()) if request.META.get("QUERY_STRING") else {},
        base_url=request.base_url,
        ip=request.META.get("REMOTE_ADDR", ""),
        token=request.META.get("HTTP_CJ_ACCESS_TOKEN", "").strip(),
        platform_token=request.META.get("HTTP_PLATFORMTOKEN", "").strip(),
        now=request.world.clock.now(),
    )
    endpoint = ENDPOINTS.get(path)
    if endpoint and endpoint.form:
        call.body, call.files, call.body_problem = _form(request)
    elif call.method in ("POST", "PATCH") and endpoint and endpoint.view not in cj_auth.WITHOUT_BODY:
        call.body, call.body_problem = _body(request)
    return call


def _form(request: SimulatorRequest) -> tuple[dict[str, Any], dict[str, Upload], Problem | None]:
    """Return the fields and files of a form, or the documented reason why there are none."""
    content_type = request.META.get("CONTENT_TYPE", "").split(";")[0].strip()
    if content_type != "multipart/form-data":
        return {}, {}, Problem(16900203, f"Content type not supported[{content_type}]")
    try:
        fields = {name: str(value) for name, value in request.POST.items()}
        last = {name: found[-1] for name, found in request.FILES.lists() if found}
        files = {name: Upload(file.name or "", file.read()) for name, file in last.items()}
    except MultiPartParserError:
        return {}, {}, Problem(16900204, "Required request body is missing")
    return fields, files, None


def _body(request: SimulatorRequest) -> tuple[dict[str, Any], Problem | None]:
    """Return the body, or the documented reason why it is none (16900203 to 16900205)."""
    if not request.body:
        return {}, Problem(16900204, "Required request body is missing")
    content_type = request.META.get("CONTENT_TYPE", "").split(";")[0].strip()
    if content_type != "application/json":
        return {}, Problem(16900203, f"Content type not supported[{content_type}]")
    broken = Problem(16900205, "The request parameter is not in a correct JSON format")
    try:
        body = json.loads(request.body)
    except ValueError:
        return {}, broken
    return (body, None) if isinstance(body, dict) else ({}, broken)


def _name_in_books(call: Call) -> str:
    """Return under which name the call is kept: the account's, as far as token or key betray it."""
    account = call.account
    if account is None and call.body:
        key, refresh = call.body.get("apiKey"), call.body.get("refreshToken")
        if isinstance(key, str):
            account = call.cj.account_by_key(key)
        elif isinstance(refresh, str):
            account = call.cj.tokens.owner(refresh)
    return account.name_in_books if account else ""


def _record(call: Call, reply: Reply, fault: Fault | None, started: float) -> None:
    books = call.world.books
    with call.world.lock:
        books.calls_total += 1
        books.record(
            CallRecord(
                number=books.calls_total,
                platform=PLATFORM,
                method=call.method,
                path=call.path,
                account=_name_in_books(call),
                at=call.now,
                code=reply.code,
                status=reply.status,
                verdict="refused" if reply.refused else "accepted",
                ms=(time.perf_counter() - started) * 1000,
                fault=_fault_name(fault),
            )
        )


def _fault_name(fault: Fault | None) -> str:
    if fault is None:
        return ""
    what = "cut" if fault.cut else fault.mutate or fault.code or fault.status or "delay"
    return f"{what} {fault.when}"
