"""A developer who calls Shopee by hand: his own signs, his own tokens, nothing of the product's."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.integrations.simulator.conftest import NOON, Simulator


def sign(key: str, *parts: Any) -> str:
    return hmac.new(key.encode(), "".join(map(str, parts)).encode(), hashlib.sha256).hexdigest()


@dataclass
class Developer:
    """Someone with an app, and with tokens once a seller has allowed it."""

    simulator: Simulator
    world: dict[str, Any]
    tokens: dict[str, Any] = field(default_factory=dict)  # "merchant:1" → the latest pair

    @classmethod
    def of(cls, simulator: Simulator) -> "Developer":
        return cls(simulator, simulator.show("world")["shopee"])

    @property
    def app(self) -> dict[str, Any]:
        return {"partner_id": self.world["partner_id"]}

    def account(self, name: str = "lanyue") -> dict[str, Any]:
        return next(one for one in self.world["main_accounts"] if one["login"] == f"{name}:main")

    def merchant_id(self, name: str = "lanyue", index: int = 0) -> int:
        return self.account(name)["merchants"][index]["merchant_id"]

    def shop_ids(self, name: str = "lanyue", index: int = 0) -> list[int]:
        return [shop["shop_id"] for shop in self.account(name)["merchants"][index]["shops"]]

    def common(self, path: str, *, at: float | None = None, token: str = "", **subject: int) -> dict[str, Any]:
        """Return the signed common parameters."""
        now = int(self.simulator.show("clock")["now"] if at is None else at)
        signed = (token, *subject.values()) if subject else ()
        sent = {**self.app, "timestamp": now, **({"access_token": token} if token else {}), **subject}
        return {**sent, "sign": sign(self.world["partner_key"], self.world["partner_id"], path, now, *signed)}

    def send(self, method: str, name: str, params: dict[str, Any], **options: Any) -> requests.Response:
        path = name if name.startswith("/") else f"/api/v2/{name.replace('.', '/')}"
        url = self.simulator.base_url + path
        return requests.request(method, url, params=params, timeout=10, **options)

    def public(self, method: str, name: str, *, at: float | None = None, **given: Any) -> Any:
        """Call a public endpoint; what is given goes to the query of a GET and to the body of a POST."""
        path = name if name.startswith("/") else f"/api/v2/{name.replace('.', '/')}"
        common = self.common(path, at=at)
        if method == "GET":
            return self.send("GET", path, {**common, **given}).json()
        return self.send("POST", path, common, json=given).json()

    def as_subject(self, method: str, name: str, subject: str, token: str = "", **given: Any) -> Any:
        """Call as ``merchant:1`` or ``shop:1`` with its latest access token, or another."""
        kind, ident = subject.split(":")
        path = f"/api/v2/{name.replace('.', '/')}"
        token = token or self.tokens[subject]["access_token"]
        common = self.common(path, token=token, **{f"{kind}_id": int(ident)})
        if method == "GET":
            return self.send("GET", path, {**common, **given}).json()
        return self.send("POST", path, common, json=given).json()

    def exchange(self, **redirected: Any) -> Any:
        return self.public("POST", "/api/v2/auth/token/get", **redirected, **self.app)

    def refresh(self, token: str, **subject: Any) -> Any:
        return self.public("POST", "/api/v2/auth/access_token/get", refresh_token=token, **subject, **self.app)

    def connect(self, name: str = "lanyue", **ticked: Any) -> Any:
        """Let a main account allow everything, and keep the first pair for each of its subjects."""
        ident = self.account(name)["main_account_id"]
        redirected = self.simulator.control("authorize", platform="shopee", main_account_id=ident, **ticked)
        reply = self.exchange(**redirected)
        self.tokens |= {f"merchant:{one}": reply for one in reply["merchant_id_list"] or []}
        self.tokens |= {f"shop:{one}": reply for one in reply["shop_id_list"] or []}
        return reply

    def connect_shop(self, index: int = 0) -> str:
        """Let a shop's own login allow the app; return its subject."""
        ident = self.world["shops"][index]["shop_id"]
        reply = self.exchange(**self.simulator.control("authorize", platform="shopee", shop_id=ident))
        self.tokens[f"shop:{ident}"] = reply
        return f"shop:{ident}"

    def change(self, **changes: Any) -> Any:
        return self.simulator.control("change", platform="shopee", **changes)

    def no_limits(self) -> None:
        self.simulator.control("limits", platform="shopee", rps=None)


def verdict(reply: dict[str, Any]) -> tuple[str, str]:
    """Return what a refusal says."""
    return reply["error"], reply["message"]


__all__ = ["NOON", "Developer", "sign", "verdict"]
