"""How Shopee takes and answers calls: levels, parameters, envelopes, documented refusals (Shopee: developer guide)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any, Literal

from django.core.files.uploadedfile import UploadedFile

from integrations.simulator.shopee_world import App, Merchant, Shop, ShopeeWorld
from integrations.simulator.world import World

PLATFORM = "shopee"
LARGEST_ID = 4_294_967_295
TOO_MANY, QUOTA_USED = "error_rate_limit", "error_limit"
REFUSALS = (TOO_MANY, QUOTA_USED)
NOT_ALIVE = "Invalid access_token."
WRONG_PATH = "Permission denied. This API is currently offline or the request path is incorrect."
APP_PROBLEMS = {
    "offline": ("error_api_call_restricted", "The App is not online, the API call is restricted."),
    "deleted": ("error_auth", "The App is deleted, please check."),
    "restricted": ("error_auth", "App developer's permissions for authorizations have been restricted."),
    "suspended": ("api_suspended", "The API permission of the App is suspended."),
    "frozen": ("partner_frozen", "The partner is frozen."),
    "key_expired": ("error_partner_key_expired", "The partner key is expired, please reset it in the console."),
}


class Level(Enum):
    """On whose behalf an endpoint is called, and thus what is signed."""

    PUBLIC = "public"
    SHOP = "shop"
    MERCHANT = "merchant"


class Problem(Exception):
    """A documented refusal: its code, its message, and where there is one, the answer that comes with it."""

    def __init__(self, code: str, message: str, *, response: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.response = code, message, response


@dataclass(frozen=True, slots=True)
class Binary:
    """An answer which is a file."""

    content: bytes
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with something unusual about its envelope.

    ``head`` stands in for the usual ``error`` and ``message``, ``key`` for ``response``; ``beside`` goes to the top.
    """

    payload: Any
    warning: Any = None
    head: dict[str, Any] | None = None
    key: str = "response"
    beside: dict[str, Any] | None = None


@dataclass(slots=True)
class Call:
    """One call on its way through; parameters are read from the query of a GET and from the body of a POST."""

    world: World
    method: str
    path: str
    query: dict[str, list[str]]
    app: App
    now: float
    request_id: str
    base_url: str = ""
    ip: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[UploadedFile]] = field(default_factory=dict)
    form: dict[str, str] = field(default_factory=dict)
    body_problem: Problem | None = None
    merchant: Merchant | None = None
    shop: Shop | None = None

    @property
    def shopee(self) -> ShopeeWorld:
        """Return Shopee's part of the world."""
        return self.world.shopee

    @property
    def the_merchant(self) -> Merchant:
        """Return the merchant that calls; only for endpoints of its level."""
        if self.merchant is None:
            raise Problem("error_param", "There is no merchant_id in query.")
        return self.merchant

    @property
    def the_shop(self) -> Shop:
        """Return the shop that calls; only for endpoints of its level."""
        if self.shop is None:
            raise Problem("error_param", "There is no shop_id in query.")
        return self.shop

    @property
    def subject(self) -> str:
        """Return under which name calls and events are kept: ``merchant:1``, ``shop:1`` or ``app``."""
        if self.merchant is not None:
            return f"merchant:{self.merchant.merchant_id}"
        return "app" if self.shop is None else f"shop:{self.shop.shop_id}"

    def enter(self, kind: str, **facts: Any) -> None:
        """Write an event of the caller into the books."""
        self.world.books.enter(PLATFORM, self.subject, kind, self.now, **facts)

    def given(self, name: str) -> Any:
        """Return a parameter as it came, None where it is absent."""
        if self.method == "GET":
            values = self.query.get(name)
            return values[-1].strip() if values else None
        return self.body[name] if name in self.body else self.form.get(name)

    def text(self, name: str, *, required: bool = False, longest: int | None = None, default: str = "") -> str:
        """Return a text, refused where it is none, too long, or required and empty."""
        value = self.given(name)
        if value is None or value == "":
            if required:
                raise missing(name)
            return default
        if not isinstance(value, str):
            raise wrong(name, "string")
        if longest is not None and len(value) > longest:
            raise Problem("error_param", f"Wrong parameters, detail: {name} is longer than {longest}.")
        return value

    def integer(
        self,
        name: str,
        *,
        required: bool = False,
        low: int | None = None,
        high: int | None = None,
        default: int | None = None,
    ) -> int | None:
        """Return a whole number within its range, or the default where it is absent."""
        value = self.given(name)
        if value is None or value == "":
            if required:
                raise missing(name)
            return default
        if isinstance(value, str) and (self.method == "GET" or name in self.form):
            value = int(value) if value.removeprefix("-").isascii() and value.removeprefix("-").isdigit() else value
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong(name, "integer")
        if (low is not None and value < low) or (high is not None and value > high):
            asked = f"from {low}" if high is None else f"between {low} and {high}"
            raise Problem("error_param", f"Wrong parameters, detail: {name} should be {asked}.")
        return value

    def number(self, name: str, *, required: bool = False) -> Decimal | None:
        """Return a number of any kind, or None where it is absent."""
        value = self.given(name)
        if value is None:
            if required:
                raise missing(name)
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong(name, "float")
        return Decimal(str(value))

    def boolean(self, name: str, *, required: bool = False, default: bool = False) -> bool:
        """Return a yes or no, or the default where it is absent."""
        value = self.given(name)
        if value is None or value == "":
            if required:
                raise missing(name)
            return default
        if self.method == "GET" and str(value).lower() in ("true", "false"):
            return str(value).lower() == "true"
        if not isinstance(value, bool):
            raise wrong(name, "boolean")
        return value

    def ids(self, name: str, *, most: int, required: bool = True) -> list[int]:
        """Return a comma-joined list of ids from the query."""
        parts = [part.strip() for part in (self.query.get(name) or [""])[-1].split(",") if part.strip()]
        if not parts and required:
            raise missing(name)
        if not all(part.isascii() and part.isdigit() for part in parts):
            raise wrong(name, "list of integers")
        _count(name, parts, most)
        return [int(part) for part in parts]

    def repeated(self, name: str) -> list[str]:
        """Return the values of a key that is repeated in the query."""
        return [value.strip() for value in self.query.get(name, []) if value.strip()]

    def items(self, name: str, *, required: bool = True, most: int | None = None) -> list[dict[str, Any]]:
        """Return a list of objects from the body."""
        return self._list(name, dict, "list of objects", required=required, most=most)

    def texts(self, name: str, *, required: bool = True, most: int | None = None) -> list[str]:
        """Return a list of texts from the body."""
        return self._list(name, str, "list of strings", required=required, most=most)

    def integers(self, name: str, *, required: bool = True, most: int | None = None) -> list[int]:
        """Return a list of whole numbers from the body."""
        return self._list(name, int, "list of integers", required=required, most=most)

    def mapping(self, name: str, *, required: bool = False) -> dict[str, Any]:
        """Return an object from the body, empty where it is absent."""
        value = self.body.get(name)
        if value is None:
            if required:
                raise missing(name)
            return {}
        if not isinstance(value, dict):
            raise wrong(name, "object")
        return value

    def _list(self, name: str, kind: type, what: str, *, required: bool, most: int | None) -> list[Any]:
        value = self.body.get(name)
        if value is None or value == []:
            if required:
                raise missing(name)
            return []
        if not isinstance(value, list) or not all(isinstance(one, kind) and one is not True for one in value):
            raise wrong(name, what)
        _count(name, value, most)
        return value


View = Callable[[Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of Shopee's endpoints; ``wrap`` tells whether its answer lies in ``response`` or at the top."""

    method: Literal["GET", "POST"]
    path: str
    level: Level
    view: View
    wrap: bool

    @property
    def module(self) -> str:
        """Return the module in the path: ``global_product``."""
        return self.path.split("/")[3]


ENDPOINTS: dict[str, Endpoint] = {}


def endpoint(method: Literal["GET", "POST"], path: str, level: Level, *, wrap: bool = True) -> Callable[[View], View]:
    """Register a view as the endpoint of a path; it returns a payload, None, an Answer or a Binary."""

    def register(view: View) -> View:
        ENDPOINTS[path] = Endpoint(method, path, level, view, wrap)
        return view

    return register


def missing(name: str) -> Problem:
    """Return the refusal of a call that lacks a parameter."""
    return Problem("error_param", f"Wrong parameters, detail: {name} is required.")


def wrong(name: str, kind: str) -> Problem:
    """Return the refusal of a parameter of the wrong type."""
    return Problem("error_param", f"Wrong parameters, detail: {name} should be {kind}.")


def _count(name: str, values: list[Any], most: int | None) -> None:
    if most is not None and len(values) > most:
        raise Problem("error_param", f"Wrong parameters, detail: {name} takes at most {most}.")
