"""How CJ takes and answers calls: endpoints, parameters, envelopes, documented refusals (CJ, Introduction)."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any, Literal

from integrations.simulator.cj_accounts import Account
from integrations.simulator.cj_world import CJWorld
from integrations.simulator.limits import Rule
from integrations.simulator.world import World

PLATFORM = "cj"
OFFLINE_OR_PARAM = 1600100  # "Interface is offline" in the table, "Param error" in nearly every sample
PARAM_ERROR = 1600300
SYSTEM_BUSY = 1600000
UNKNOWN_PATH = 1600101
TOO_MANY = 1600200
QUOTA_USED = 1600201
POINTS_USED = 16900500
REFUSALS = (TOO_MANY, QUOTA_USED, POINTS_USED)
PRODUCT_NOT_FOUND, PRODUCT_OFF = 1602001, 1602002
VARIANT_NOT_FOUND, VARIANT_OFF = 1602000, 1602003
WAREHOUSE_NOT_FOUND = 1608001
ORDER_FAIL, CONFIRM_FAIL, DELETE_FAIL, ORDER_EXISTS = 1603000, 1603001, 1603002, 1603003
ORDER_NOT_FOUND, PAY_FAIL, STOCK_FAIL = 1603100, 1603101, 1603102
BALANCE_SHORT, BALANCE_BLOCKED = 1604000, 1604001
LOGISTIC_NOT_FOUND, LOGISTIC_INVALID, COUNTRY_NOT_FOUND = 1605000, 1605001, 1605002
FREIGHT_FAILED = 1607004
LABEL_REFUSED, CARRIER_REFUSED = 804, 806
WELL_DONE = "Congratulation! Well done!"


class Style(Enum):
    """Which of its envelopes an endpoint uses."""

    RESULT = "code 200, result"
    SUCCESS = "code 200, success, no result"
    BOTH = "code 200, result and success"
    ZERO = "code 0, success"
    CART = "code 200, success, no result, no requestId"
    PARENT = "no code, success, no result, no requestId"
    PLAIN = "code 200, result, no requestId"
    WAYBILL = "no code, result and success"


class Problem(Exception):
    """A documented refusal: its code, its message, its data, and where a limit was hit, how long to wait."""

    def __init__(self, code: int, message: str, *, wait: float = 0.0, data: bool | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.wait, self.data = code, message, wait, data


@dataclass(slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes


@dataclass(slots=True)
class Call:
    """One call on its way through."""

    world: World
    method: str
    path: str
    query: dict[str, list[str]]
    base_url: str
    ip: str
    token: str
    now: float
    body: dict[str, Any] = field(default_factory=dict)
    body_problem: Problem | None = None
    files: dict[str, Upload] = field(default_factory=dict)
    platform_token: str = ""
    account: Account | None = None
    text_code: bool = False  # answer the code as text, as is seen now and then
    message: str | None = "Success"

    @property
    def cj(self) -> CJWorld:
        """Return CJ's part of the world."""
        return self.world.cj

    @property
    def user(self) -> Account:
        """Return the account that calls; only for endpoints behind the login."""
        if self.account is None:
            raise Problem(1600002, "access token cannot be empty")
        return self.account

    # Parameters of the query

    def text(self, name: str, *, longest: int = 200, required: bool = False) -> str:
        """Return a parameter, refused where it is too long, or required and empty."""
        values = self.query.get(name)
        value = values[-1].strip() if values else ""
        if required and not value:
            raise Problem(PARAM_ERROR, f"{name} must be not empty")
        if len(value) > longest:
            raise param_error()
        return value

    def integer(self, name: str, *, default: int | None = None, low: int = 0, high: int | None = None) -> int | None:
        """Return a whole number within its range, or the default where it is absent."""
        value = self.text(name, longest=20)
        if not value:
            return default
        try:
            number = int(value)
        except ValueError:
            raise param_error() from None
        if number < low or (high is not None and number > high):
            raise param_error()
        return number

    def decimal(self, name: str) -> Decimal | None:
        """Return a decimal, or None where it is absent."""
        value = self.text(name)
        if not value:
            return None
        try:
            number = Decimal(value)
        except InvalidOperation:
            raise param_error() from None
        if not number.is_finite() or number < 0:
            raise param_error()
        return number

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return a parameter which is absent or one of a list."""
        value = self.text(name)
        if value and value not in allowed:
            raise param_error()
        return value

    def several(self, name: str) -> list[str]:
        """Return a list, given as repeated keys or joined by commas."""
        given = [*self.query.get(name, []), *self.query.get(f"{name}[]", [])]
        return [part.strip() for value in given for part in value.split(",") if part.strip()]

    # Parameters of the body

    def body_text(self, name: str, *, longest: int = 200, required: bool = False) -> str:
        """Return a field of the body, refused where it is no text, too long, or required and empty."""
        value = self.body.get(name)
        if value in (None, ""):
            if required:
                raise Problem(16900403, f"{name} can not be empty")
            return ""
        if not isinstance(value, str) or len(value) > longest:
            raise param_error()
        return value


View = Callable[[Call], Any]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of CJ's endpoints."""

    method: Method
    path: str
    view: View
    style: Style
    login: bool
    points: int
    form: bool = False  # multipart/form-data instead of JSON


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(
    method: Method,
    path: str,
    style: Style = Style.RESULT,
    *,
    login: bool = True,
    points: int = 0,
    form: bool = False,
) -> Callable[[View], View]:
    """Register a view as the endpoint of a path; ``points`` is what a call costs where points are counted."""

    def register(view: View) -> View:
        ENDPOINTS[path] = Endpoint(method, path, view, style, login, points, form)
        return view

    return register


def param_error() -> Problem:
    """Return the refusal that nearly every endpoint documents."""
    return Problem(OFFLINE_OR_PARAM, "Param error")


def too_many(rule: Rule, wait: float) -> Problem:
    """Return the refusal of a rate limit, in the words CJ uses."""
    seconds = f"{rule.seconds:g}"
    return Problem(TOO_MANY, f"Too Many Requests, QPS limit is {rule.count} time/{seconds}second", wait=wait)


def request_id(world: World, style: Style) -> str:
    """Return the next request id: with hyphens at the older endpoints, without at the newer."""
    number = next(world.request_numbers)
    digest = hashlib.md5(f"{world.seed}:{number}".encode(), usedforsecurity=False).hexdigest()
    if style in (Style.BOTH, Style.WAYBILL):
        return digest
    return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"


def success(call: Call, style: Style, data: Any) -> dict[str, Any]:
    """Return the envelope of success in the style of the endpoint (CJ: the samples of success)."""
    code: int | str = "200" if call.text_code else 200
    number = request_id(call.world, style)
    match style:
        case Style.SUCCESS:
            return {"success": True, "code": code, "message": call.message, "data": data, "requestId": number}
        case Style.ZERO:
            return {"success": True, "code": 0, "message": None, "data": data, "requestId": number}
        case Style.BOTH:
            flags = {"requestId": number, "success": True}
            return {"code": code, "result": True, "message": call.message, "data": data, **flags}
        case Style.CART:
            return {"success": True, "code": code, "message": WELL_DONE, "data": data}
        case Style.PARENT:
            return {"success": True, "message": "", "data": data}
        case Style.PLAIN:
            return {"code": code, "result": True, "message": call.message, "data": data}
        case Style.WAYBILL:
            return {"success": True, "message": "", "result": True, "data": data, "requestId": number}
    return {"code": code, "result": True, "message": call.message, "data": data, "requestId": number}


def failure(world: World, style: Style, code: int, message: str, data: bool | None = None) -> dict[str, Any]:
    """Return the envelope of a refusal; all but the newest look alike there."""
    number = request_id(world, style)
    if style is Style.SUCCESS:
        return {"success": False, "code": code, "message": message, "data": None, "requestId": number}
    envelope = {"code": code, "result": False, "message": message, "data": data, "requestId": number}
    return {**envelope, "success": False} if style in (Style.BOTH, Style.WAYBILL) else envelope


def encode(payload: Any) -> bytes:
    """Return JSON as CJ sends it: compact, in UTF-8."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
