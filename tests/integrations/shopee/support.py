"""What tests of Shopee's client share: an app, two subjects, and answers of a server that is none."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import responses

from accounts.secrets import Secret
from integrations.http import Transport
from integrations.shopee.client import Client, Subject

from . import payloads

HOST = "https://shopee.test"
PARTNER, KEY = 2001001, "71bf73b406c51dcd9c2245a7f6bb1e4f53fcfc632d6c36967cc8849a966a6b41"
TOKEN = "09777174636962737266615546704c6d"
SHOP, MERCHANT = 601306001, 1007001
COMMON = {"partner_id", "timestamp", "access_token", "sign"}


def make_client(kind: str = "", *, token: Callable[[], Secret] | None = None, **more: Any) -> Client:
    """Return a client on behalf of a "shop", a "merchant", or nobody."""
    subject = Subject(kind, SHOP if kind == "shop" else MERCHANT) if kind else None
    token = token or (lambda: Secret(TOKEN)) if kind else None
    transport = Transport("shopee", HOST)
    return Client(transport, partner_id=PARTNER, partner_key=Secret(KEY), subject=subject, token=token, **more)


def answer(mock: responses.RequestsMock, name: str, body: Any = None, *, status: int = 200, **more: Any) -> None:
    """Answer calls of an endpoint with its documented success, or with this body."""
    kept = payloads.read(name)
    said = payloads.body(name) if body is None else body
    raw = said if isinstance(said, str) else json.dumps(said, default=float)
    mock.add(kept["method"], HOST + kept["path"], body=raw, status=status, **more)


def query(request: Any) -> list[tuple[str, str]]:
    """Return what a request asks in its address."""
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def own_query(request: Any) -> list[tuple[str, str]]:
    """Return the parameters of a call without those that every call has."""
    subject = {"merchant_id"} if "/global_product/" in request.url or "/merchant/" in request.url else {"shop_id"}
    return [(name, value) for name, value in query(request) if name not in COMMON | subject]


def failure(code: str, message: str = "No", **more: Any) -> dict[str, Any]:
    """Return an envelope that refuses."""
    return {"error": code, "message": message, "request_id": "r-9", **more}
