"""Shopee Open Platform v2: each call through clock, faults, sign, token, limits and quota to its endpoint."""

import hashlib
import json
import time
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError

from integrations.simulator import (
    shopee_auth,
    shopee_logistics,
    shopee_merchants,
    shopee_order_views,
    shopee_shops,
    shopee_views,
)
from integrations.simulator.books import CallRecord
from integrations.simulator.faults import Fault
from integrations.simulator.mutations import mutate
from integrations.simulator.shopee_envelopes import encode, failure, on_the_wire, success
from integrations.simulator.shopee_gate import pass_gate
from integrations.simulator.shopee_parties import NOBODY
from integrations.simulator.shopee_protocol import (
    ENDPOINTS,
    NOT_ALIVE,
    PLATFORM,
    REFUSALS,
    WRONG_PATH,
    Binary,
    Call,
    Endpoint,
    Level,
    Problem,
)
from integrations.simulator.world import World
from integrations.simulator.wsgi import CutConnection, SimulatorRequest

# Importing them registers their endpoints.
VIEWS = (
    shopee_auth,
    shopee_shops,
    shopee_merchants,
    shopee_logistics,
    *shopee_views.VIEWS,
    *shopee_order_views.VIEWS,
)
JSON_TYPE = "application/json"


@dataclass(slots=True)
class Reply:
    """An answer before it becomes HTTP."""

    content: bytes
    code: str
    status: int = 200
    refused: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    content_type: str = JSON_TYPE


def answer(request: HttpRequest, endpoint: str) -> HttpResponse:
    """Answer any path below ``/api/v2/``."""
    if not isinstance(request, SimulatorRequest):
        raise TypeError("The simulator's views answer through its own WSGI application.")
    started = time.perf_counter()
    world = request.world
    with world.lock:
        _move_clock(request)
        call = _read(request, f"/api/v2/{endpoint}")
        fault = world.faults.take(PLATFORM, call.path, call.subject, _facts(call)) if world.faults.waiting else None
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
    with call.world.lock:
        call.now = call.world.clock.now()
        try:
            if endpoint is None or endpoint.method != call.method:
                raise Problem("error_param", WRONG_PATH)
            pass_gate(call, endpoint)
        except Problem as problem:
            return _refuse(call, problem, problem.code)
        try:
            if call.body_problem:
                raise call.body_problem
            result = endpoint.view(call)
        except Problem as problem:
            return _refuse(call, problem, on_the_wire(endpoint, problem.code))
        if isinstance(result, Binary):
            return Reply(result.content, "", content_type=result.content_type)
        return Reply(encode(success(call, endpoint, result)), "")


def _refuse(call: Call, problem: Problem, code: str) -> Reply:
    content = encode(failure(call.request_id, code, problem.message, problem.response))
    reply = Reply(content, code, refused=code in REFUSALS)
    if reply.refused:
        call.shopee.refusals += 1
        every = call.shopee.http_429_every
        if every and call.shopee.refusals % every == 0:
            reply.status = 429
    elif problem.code == "error_auth" and problem.message == NOT_ALIVE:
        reply.status = call.shopee.dead_token_status
    return reply


def _broken(call: Call, fault: Fault, reply: Reply | None = None) -> Reply:
    """Return the answer a fault asks for; ``reply`` is the true one where the call has acted."""
    if fault.mutate and reply:
        content_type = "text/html" if fault.mutate == "html" else reply.content_type
        content = _damaged(reply.content, fault.mutate)
        return Reply(content, reply.code, fault.status or reply.status, content_type=content_type)
    if fault.word:
        message = fault.message or "System error, please try again later."
        content = encode(failure(call.request_id, fault.word, message))
        return Reply(content, fault.word, fault.status or 200, refused=fault.word in REFUSALS)
    page = f"<html><head><title>{fault.status}</title></head><body><center>nginx</center></body></html>"
    return Reply(page.encode(), "", fault.status or 502, content_type="text/html")


def _damaged(content: bytes, kind: str) -> bytes:
    """Return the body after one of `faults.MUTATIONS`; what other platforms call data is ``response`` here."""
    if kind not in ("null_data", "list_data", "text_data", "no_envelope"):
        return mutate(content, kind)
    try:
        envelope: dict[str, Any] = json.loads(content)
    except ValueError:
        return content
    payload = envelope.get("response", envelope)
    if kind == "no_envelope":
        return encode(payload)
    envelope["response"] = {"null_data": None, "list_data": [payload], "text_data": "true"}[kind]
    return encode(envelope)


def _move_clock(request: SimulatorRequest) -> None:
    """Let a client on virtual time say what time it is: ``X-Simulator-Time``, in manual mode only."""
    given = request.META.get("HTTP_X_SIMULATOR_TIME")
    if given:
        try:
            request.world.clock.forward_to(float(given))
        except ValueError:
            return


def _read(request: SimulatorRequest, path: str) -> Call:
    world = request.world
    query = dict(request.GET.lists()) if request.META.get("QUERY_STRING") else {}
    partner_id = _integer(query, "partner_id")
    call = Call(
        world=world,
        method=request.method or "GET",
        path=path,
        query=query,
        app=world.shopee.apps.get(-1 if partner_id is None else partner_id, NOBODY),
        now=world.clock.now(),
        request_id=_request_id(world),
        base_url=request.base_url,
        ip=request.META.get("REMOTE_ADDR", ""),
    )
    endpoint = ENDPOINTS.get(path)
    if endpoint:
        _read_subject(call, endpoint)
        if call.method == "POST":
            _read_body(request, call)
    return call


def _read_subject(call: Call, endpoint: Endpoint) -> None:
    """Find whom the call is for, by the id which its level signs."""
    if endpoint.level is Level.MERCHANT:
        call.merchant = call.shopee.merchants.get(_integer(call.query, "merchant_id") or 0)
    elif endpoint.level is Level.SHOP:
        call.shop = call.shopee.shops.get(_integer(call.query, "shop_id") or 0)


def _read_body(request: SimulatorRequest, call: Call) -> None:
    """Read JSON or a form with files, or note why it is none."""
    broken = Problem("error_data", "parse data failed")
    kind = request.META.get("CONTENT_TYPE", "").split(";")[0].strip()
    try:
        if kind in ("multipart/form-data", "application/x-www-form-urlencoded"):
            call.form = {name: str(value) for name, value in request.POST.items()}
            call.files = {name: list(files) for name, files in request.FILES.lists()}
            return
        body = json.loads(request.body) if request.body else {}
    except (ValueError, MultiPartParserError, SuspiciousOperation, RequestDataTooBig):
        call.body_problem = broken
        return
    if isinstance(body, dict):
        call.body = body
    else:
        call.body_problem = broken


def _integer(query: dict[str, list[str]], name: str) -> int | None:
    text = (query.get(name) or [""])[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _request_id(world: World) -> str:
    number = next(world.request_numbers)
    return hashlib.md5(f"shopee:{world.seed}:{number}".encode(), usedforsecurity=False).hexdigest()


def _facts(call: Call) -> dict[str, Any]:
    """Return the parameters that a fault may ask for."""
    return {**{key: values[-1] for key, values in call.query.items()}, **call.form, **call.body}


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
                account=call.subject,
                at=call.now,
                code=reply.code,
                status=reply.status,
                verdict="refused" if reply.refused else "accepted",
                ms=(time.perf_counter() - started) * 1000,
                fault="" if fault is None else fault.name,
            )
        )
