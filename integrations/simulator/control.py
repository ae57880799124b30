"""The simulator's control: JSON over HTTP under ``/_control/``, for tests, trainers and demonstrations."""

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from integrations.simulator import (
    cj_control,
    cj_orders_control,
    cj_time,
    shopee_advance,
    shopee_control,
    shopee_orders_control,
    shopee_orders_shown,
    shopee_start,
)
from integrations.simulator.clock import MODES, Clock, utc_time
from integrations.simulator.faults import MUTATIONS, Fault
from integrations.simulator.fields import BadField, Fields
from integrations.simulator.world import MAX_SIZE, PLATFORMS, WORLDS, World
from integrations.simulator.wsgi import SimulatorRequest

SERVED = """CJ Dropshipping: /api2.0/v1
Shopee: /api/v2, and for sellers /auth and /cancel_auth
"""
CALLS_SHOWN = 200
Action = Callable[[World, Fields], dict[str, Any]]
LIMITS: dict[str, Action] = {"cj": cj_control.set_limits, "shopee": shopee_control.set_limits}
CHANGES: dict[str, Action] = {"cj": cj_control.change, "shopee": shopee_control.change}
ORDERS_SHOWN: dict[str, Action] = {"cj": cj_orders_control.show, "shopee": shopee_orders_shown.show}
ADVANCES: dict[str, Action] = {"cj": cj_control.advance, "shopee": shopee_advance.advance}
ORDERS: dict[str, Action] = {"shopee": shopee_orders_control.orders}


class NotSupported(Exception):
    """A control call for a capability that this simulator does not have yet."""


def answer(request: HttpRequest, call: str) -> HttpResponse:
    """Answer one control call; what is wrong with it is told with the field and the fix."""
    if not isinstance(request, SimulatorRequest):
        raise TypeError("The simulator's views answer through its own WSGI application.")
    method = request.method or "GET"
    action = ACTIONS.get((method, call))
    if action is None:
        allowed = [known for known, name in ACTIONS if name == call]
        if allowed:
            return _error(405, f"/_control/{call} takes {', '.join(allowed)}.")
        names = ", ".join(f"{known} {name}" for known, name in ACTIONS)
        return _error(404, f"There is no /_control/{call}.", fix=f"Use one of: {names}.")
    try:
        given = _given(request, method)
        with request.world.lock:
            result = action(request.world, Fields({**given, "_base_url": request.base_url}))
    except BadField as problem:
        return _error(400, str(problem), field=problem.field, fix=problem.fix)
    except NotSupported as problem:
        return _error(501, str(problem), fix=f"Supported platforms: {', '.join(PLATFORMS)}.")
    return JsonResponse(result, json_dumps_params={"ensure_ascii": False})


def front_page(request: HttpRequest) -> HttpResponse:
    """Tell a visitor where he is."""
    calls = "\n".join(f"  {method:6} /_control/{name}" for method, name in ACTIONS)
    text = f"Crossdock's simulator\n\n{SERVED}\nControl:\n{calls}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


def _given(request: SimulatorRequest, method: str) -> dict[str, Any]:
    if method in ("GET", "DELETE"):
        return dict(request.GET.items())
    if not request.body:
        return {}
    try:
        given = json.loads(request.body)
    except ValueError as error:
        raise BadField("body", f"not JSON: {error}", "Send one JSON object.") from None
    if not isinstance(given, dict):
        raise BadField("body", f"a {type(given).__name__}, not an object", 'Send one JSON object, such as {"seed": 7}.')
    return given


def _error(status: int, message: str, *, field: str = "", fix: str = "") -> JsonResponse:
    facts = {"error": message, "field": field, "fix": fix}
    return JsonResponse({name: text for name, text in facts.items() if text}, status=status)


def show_world(world: World, fields: Fields) -> dict[str, Any]:
    """GET world: seed, clock and what a seller would know."""
    return world.describe(fields.text("_base_url"))


def reset(world: World, fields: Fields) -> dict[str, Any]:
    """POST reset: a fresh world at the clock's beginning; what is not given stays as it was."""
    fields.only("seed", "world", "size", "clock", "now")
    seed = fields.integer("seed", default=world.seed)
    name = fields.choice("world", tuple(WORLDS), default=world.name)
    size = fields.integer("size", default=None, low=0, high=MAX_SIZE)
    if size is None and name == world.name:
        size = world.size
    mode, now = fields.choice("clock", MODES, default=""), fields.number("now", default=None)
    clock = Clock(mode or world.clock.mode, now) if mode or now is not None else None  # type: ignore[arg-type]
    world.reset(seed=seed if seed is not None else world.seed, name=name, size=size, clock=clock)
    return world.describe(fields.text("_base_url"))


def authorize(world: World, fields: Fields) -> dict[str, Any]:
    """POST authorize: the seller allows an app and is sent back with a code; CJ knows no such step."""
    platform = fields.choice("platform", (*PLATFORMS, "tiktok"), required=True)
    if platform == "shopee":
        return shopee_control.authorize(world, fields)
    if platform == "cj":
        fix = "Log in with an api_key of GET /_control/world at /authentication/getAccessToken."
        raise BadField("platform", "CJ needs no authorization", fix)
    raise NotSupported(f"Authorizing arrives with {platform}.")


def move_clock(world: World, fields: Fields) -> dict[str, Any]:
    """POST clock: let time pass (advance_s), or put a manual clock at a time (set)."""
    fields.only("advance_s", "set")
    advance, to = fields.number("advance_s", default=None), fields.number("set", default=None)
    if (advance is None) == (to is None):
        raise BadField(
            "advance_s", "missing, or given together with set", 'Send {"advance_s": 60} or {"set": 1772323200}.'
        )
    if advance is not None:
        if advance < 0:
            raise BadField("advance_s", "negative", "Time goes forward; use set on a manual clock to go back.")
        world.clock.advance(advance)
    elif to is not None:
        if world.clock.mode != "manual":
            raise BadField("set", "this clock is real", "Start the simulator with --clock manual, or use advance_s.")
        world.clock.set(to)
    shopee_start.ready(world)  # what was due by now happens
    cj_time.settle(world)
    return show_clock(world, fields)


def show_clock(world: World, _fields: Fields) -> dict[str, Any]:
    """GET clock: mode and time."""
    now = world.clock.now()
    return {"mode": world.clock.mode, "now": now, "utc": utc_time(now)}


def add_fault(world: World, fields: Fields) -> dict[str, Any]:
    """POST faults: the next calls of a kind fail before or after acting."""
    names = ("platform", "path", "times", "when", "status", "code", "message", "delay_s", "cut", "mutate", "account")
    fields.only(*names, "pid", "match", "clear")
    if fields.flag("clear"):
        return {"cleared": world.faults.clear(fields.choice("platform", PLATFORMS, default="") or None)}
    match = dict(fields.mapping("match"))
    if fields.text("pid"):
        match["pid"] = fields.text("pid")
    platform = fields.choice("platform", PLATFORMS, required=True)
    fault = Fault(
        platform=platform,
        path=_path(platform, fields.text("path", required=True)),
        times=None if fields.is_null("times") else fields.integer("times", default=1, low=1),
        when="after" if fields.choice("when", ("before", "after"), default="before") == "after" else "before",
        status=fields.integer("status", default=None, low=100, high=599),
        code=fields.integer("code", default=None) if platform == "cj" else None,
        word="" if platform == "cj" else fields.text("code"),
        message=fields.text("message"),
        delay_s=fields.number("delay_s", default=0.0, low=0, high=600) or 0.0,
        cut=fields.flag("cut"),
        mutate=fields.choice("mutate", MUTATIONS, default=""),
        account=_account(world, platform, fields.text("account")),
        match={name: str(value) for name, value in match.items()},
    )
    if fault.only_delays and not fault.delay_s:
        fix = "Give at least one of status, code, delay_s, cut, mutate."
        raise BadField("status", "the fault says nothing of what goes wrong", fix)
    world.faults.add(fault)
    return show_faults(world, fields)


def _path(platform: str, text: str) -> str:
    """Return the path under which the calls of a platform are kept."""
    if platform == "shopee":
        return shopee_control.endpoint_path(text)
    path = text.removeprefix("/api2.0/v1")
    if not path.startswith("/"):
        raise BadField(
            "path", "does not start with a slash", "Give it as in the documents: /product/query, or /product/*."
        )
    return path


def _account(world: World, platform: str, text: str) -> str:
    """Return the name in the books of an account, empty where none is given."""
    if not text:
        return ""
    if platform == "shopee":
        return shopee_control.account_name(world, text)
    return cj_control.account(world, text).name_in_books


def _platform_of(path: str, account: str) -> str:
    """Return whose calls are meant where it is not said: CJ's paths have no dot, its accounts no colon."""
    if path.startswith("/api/v2/") or "." in path.removeprefix("/api2.0") or ":" in account or account == "app":
        return "shopee"
    return "cj" if path or account else ""


def show_faults(world: World, _fields: Fields) -> dict[str, Any]:
    """GET faults: what is waiting to go wrong."""
    names = ("platform", "path", "times", "when", "status", "code", "delay_s", "cut", "mutate", "account", "match")
    shown = [{name: getattr(fault, name) for name in names} for fault in world.faults.waiting]
    for row, fault in zip(shown, world.faults.waiting, strict=True):
        row["code"] = fault.word or fault.code
    return {"faults": shown}


def clear_faults(world: World, _fields: Fields) -> dict[str, Any]:
    """DELETE faults: nothing goes wrong any more."""
    return {"cleared": world.faults.clear()}


def set_limits(world: World, fields: Fields) -> dict[str, Any]:
    """POST limits: another limit, or with null none."""
    platform = fields.choice("platform", PLATFORMS, required=True)
    return LIMITS[platform](world, fields)


def change(world: World, fields: Fields) -> dict[str, Any]:
    """POST change: what others do: prices, stock, names move; sellers, shops and apps change."""
    platform = fields.choice("platform", PLATFORMS, required=True)
    return CHANGES[platform](world, fields)


def advance(world: World, fields: Fields) -> dict[str, Any]:
    """POST advance: decide what is under way; for CJ, an order or a sourcing request."""
    fields.only("platform", "id", "to")
    platform = fields.choice("platform", PLATFORMS, required=True)
    return ADVANCES[platform](world, fields)


def orders(world: World, fields: Fields) -> dict[str, Any]:
    """POST orders: buyers order at a marketplace, cancel, and send back."""
    return ORDERS[fields.choice("platform", tuple(ORDERS), required=True)](world, fields)


def show_orders(world: World, fields: Fields) -> dict[str, Any]:
    """GET orders: orders in full, as the platform has them."""
    platform = fields.choice("platform", tuple(ORDERS_SHOWN), required=True)
    return ORDERS_SHOWN[platform](world, fields)


def webhooks(_world: World, _fields: Fields) -> dict[str, Any]:
    """POST webhooks: how messages travel; none is sent yet."""
    raise NotSupported("Messages arrive with orders; this simulator sends none yet.")


def show_books(world: World, fields: Fields) -> dict[str, Any]:
    """GET books: counters and the ledger; platform and kind narrow its entries down."""
    fields.only("platform", "kind")
    shopee_start.ready(world)
    cj_time.settle(world)
    platform = fields.choice("platform", PLATFORMS)
    return world.books.as_json(platform=platform, kind=fields.text("kind"))


def show_calls(world: World, fields: Fields) -> dict[str, Any]:
    """GET calls: the latest calls, newest last; limit, path and account narrow them down."""
    fields.only("limit", "path", "account", "verdict", "platform")
    limit = fields.integer("limit", default=CALLS_SHOWN, low=1, high=100_000) or CALLS_SHOWN
    path, account = fields.text("path"), fields.text("account")
    platform = fields.choice("platform", PLATFORMS) or _platform_of(path, account)
    path = _path(platform, path) if path else ""
    name = _account(world, platform, account)
    verdict = fields.choice("verdict", ("accepted", "refused"), default="")
    found = [
        call
        for call in world.books.calls
        if platform in ("", call.platform)
        and (not path or call.path == path)
        and (not name or call.account == name)
        and (not verdict or call.verdict == verdict)
    ]
    return {"total": world.books.calls_total, "found": len(found), "calls": [call.as_json() for call in found[-limit:]]}


ACTIONS: dict[tuple[str, str], Action] = {
    ("GET", "world"): show_world,
    ("POST", "reset"): reset,
    ("POST", "authorize"): authorize,
    ("GET", "clock"): show_clock,
    ("POST", "clock"): move_clock,
    ("GET", "faults"): show_faults,
    ("POST", "faults"): add_fault,
    ("DELETE", "faults"): clear_faults,
    ("POST", "limits"): set_limits,
    ("POST", "change"): change,
    ("POST", "advance"): advance,
    ("POST", "orders"): orders,
    ("GET", "orders"): show_orders,
    ("POST", "webhooks"): webhooks,
    ("GET", "books"): show_books,
    ("GET", "calls"): show_calls,
}
