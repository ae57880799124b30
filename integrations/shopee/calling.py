"""How one call to Shopee is made: its level, its signature at the moment of sending, and what its answer is.

Three levels: public calls are signed for the app alone, the others also with the token and id of a shop or a merchant.
The common parameters stand in the query, for POST too; parameters of a call and its body are never signed.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Any, ClassVar

from accounts.secrets import Secret
from integrations import clock
from integrations.errors import AuthRequired, TokenExpired
from integrations.http import Call, File, Limit, Transport
from integrations.sold import LabelFile

from . import params
from .judging import Payload, judge
from .params import Id
from .signing import sign

PREFIX = "/api/v2/"


class Level(StrEnum):
    """On whose behalf an endpoint is called."""

    PUBLIC = "public"  # the app's own
    SHOP = "shop"
    MERCHANT = "merchant"


@dataclass(frozen=True, slots=True)
class Subject:
    """The shop or the merchant on whose behalf a client calls; `kind` is "shop" or "merchant"."""

    kind: str
    id: int

    def __post_init__(self) -> None:
        params.choice("kind", self.kind, (Level.SHOP, Level.MERCHANT))
        params.party(f"{self.kind}_id", self.id)


def app_quota_key(partner_id: int) -> str:
    """Return the governor's key of an app's daily quota, which every call of the app holds once it is known."""
    return f"shopee:app:{partner_id}:daily"


class Caller:
    """Signs and sends the calls of one app on behalf of one subject, or of nobody: then only public ones."""

    def __init__(
        self,
        transport: Transport,
        *,
        partner_id: int,
        partner_key: Secret,
        subject: Subject | None = None,
        token: Callable[[], Secret] | None = None,
        on_dead_token: Callable[[], None] = lambda: None,
    ) -> None:
        self._transport = transport
        self.partner_id = params.party("partner_id", partner_id)
        self._partner_key = partner_key
        self._subject = subject
        self._token = token
        self._on_dead_token = on_dead_token

    def send(self, call: Call, level: Level, *, payload: Payload, refreshing: bool = False) -> Any:
        """Send a call of a level and return its payload, or raise a PlatformError kind."""
        if level != Level.PUBLIC and (self._subject is None or self._subject.kind != level or self._token is None):
            raise ValueError(f"{call.endpoint} needs a client that calls on behalf of a {level}.")
        quota = app_quota_key(self.partner_id)
        call = replace(call, limits=(Limit(quota),), prepare=partial(self._signed, level=level), status_counts=False)
        decide = partial(judge, is_write=call.is_write, payload=payload, refreshing=refreshing, app_quota=quota)
        try:
            return self._transport.call(call, decide)
        except TokenExpired as error:
            if error.code:  # Shopee's word, not the keeper's
                self._on_dead_token()
            raise
        except AuthRequired as error:
            if level == Level.SHOP and self._subject and not error.shop_id:
                error.shop_id = str(self._subject.id)
            raise

    def _signed(self, call: Call, *, level: Level) -> Call:
        """Return the call as it is sent now: a signature is good for five minutes."""
        now = int(clock.now())
        common: dict[str, Any] = {"partner_id": self.partner_id, "timestamp": now}
        parts: list[str | int] = [self.partner_id, call.path, now]
        if level != Level.PUBLIC:
            assert self._subject is not None
            assert self._token is not None
            token = self._token()
            common |= {"access_token": token, f"{level}_id": self._subject.id}
            parts += [token.reveal(), self._subject.id]
        common["sign"] = sign(self._partner_key.reveal(), *parts)
        return replace(call, params=common | dict(call.params))


class Module:
    """The endpoints of one of Shopee's modules."""

    name: ClassVar[str]
    level: ClassVar[Level]

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def _send(self, call: Call, **how: Any) -> Any:
        return self._caller.send(call, self.level, **how)

    def _get(
        self,
        action: str,
        query: Mapping[str, Any] | None = None,
        *,
        payload: Payload = Payload.OBJECT,
        subject: str = "",
        path: str = "",
        keeps_answer: bool = True,
    ) -> Any:
        call = Call(
            endpoint=f"{self.name}.{action}",
            method="GET",
            path=PREFIX + (path or f"{self.name}/{action}"),
            params=query or {},
            subject=subject,
            keeps_answer=keeps_answer,
        )
        return self._send(call, payload=payload)

    def _post(
        self,
        action: str,
        body: Mapping[str, Any],
        *,
        payload: Payload = Payload.OBJECT,
        subject: str = "",
        is_write: bool = True,
        path: str = "",
        refreshing: bool = False,
    ) -> Any:
        call = Call(
            endpoint=f"{self.name}.{action}",
            method="POST",
            path=PREFIX + (path or f"{self.name}/{action}"),
            json=dict(body),
            subject=subject,
            is_write=is_write,
        )
        return self._send(call, payload=payload, refreshing=refreshing)

    def _download(self, action: str, body: Mapping[str, Any], *, subject: str = "") -> LabelFile:
        """Return a file; it is not kept with the call, for it says where somebody lives."""
        call = Call(
            endpoint=f"{self.name}.{action}",
            method="POST",
            path=f"{PREFIX}{self.name}/{action}",
            json=dict(body),
            headers={"Accept": "*/*"},
            subject=subject,
            is_write=False,
            keeps_answer=False,
        )
        found: LabelFile = self._send(call, payload=Payload.FILE)
        return found

    def _upload(self, action: str, form: Mapping[str, str], files: Sequence[File]) -> Any:
        call = Call(
            endpoint=f"{self.name}.{action}",
            method="POST",
            path=f"{PREFIX}{self.name}/{action}",
            form=form,
            files=tuple(files),
        )
        return self._send(call, payload=Payload.OBJECT)


def given(**values: Any) -> dict[str, Any]:
    """Return the parameters that are given: without None and empty texts."""
    return {name: value for name, value in values.items() if value is not None and value != ""}


def record(kind: str, external_id: Id) -> str:
    """Return the record that a call concerns, as exchanges are found by it: "global_item:2700143060"."""
    return f"{kind}:{external_id}"[:200]
