"""What goes over the wire: a call, and the reply to it, before anybody has judged it."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.secrets import MASK, Secret, mask_data, mask_text

from . import exchanges
from .errors import UnexpectedReply
from .governor import Limit

_NUMBER = re.compile(r'"\\u0000number:(-?\d+(?:\.\d+)?(?:E[+-]?\d+)?)"')
_UNREAD: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes along with a call as one part of a form."""

    name: str
    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    part: str = "file"  # the form's name for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call, in the platform's own words.

    Secrets are given as `Secret` in headers, params and json: they are revealed when the call is sent and nowhere else.
    `limits` are those of this call alone, beside the transport's. Whatever is not a GET is a write unless said
    otherwise; a write is never repeated by the transport. With `files` the body is a form (multipart/form-data) of
    these and of the texts in `form`; without, it is `json`.

    `prepare` is asked before each sending, once its turn has come, for the call as it is to be sent: who signs with the
    time signs there. It may raise a `PlatformError`; nothing is sent then. `status_counts`: HTTP 429 and 5xx decide
    whatever the body says; where a platform's status means nothing, its judge decides alone. `keeps_answer`: the answer
    is kept with the exchange; not where it is made of secrets.
    """

    endpoint: str  # its name in the contract
    method: str
    path: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False)
    json: Any = field(default=None, repr=False)
    headers: Mapping[str, str | Secret] = field(default_factory=dict, repr=False)
    subject: str = ""
    is_write: bool = None  # type: ignore[assignment]  # always a bool once made
    limits: tuple[Limit, ...] = ()
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: tuple[File, ...] = ()
    prepare: "Callable[[Call], Call] | None" = field(default=None, repr=False)
    status_counts: bool = True
    keeps_answer: bool = True

    def __post_init__(self) -> None:
        if self.is_write is None:
            object.__setattr__(self, "is_write", self.method.upper() != "GET")

    def query(self) -> str:
        """Return the query as it is sent; None is left out, lists become repeated names."""
        return urlencode([(name, _query_text(value)) for name, value in _pairs(self.params)])

    def query_shown(self) -> str:
        """Return the query as people may see it."""
        masked = mask_data(dict(self.params))
        return mask_text("&".join(f"{name}={value}" for name, value in _pairs(masked)))

    def body(self) -> bytes | None:
        """Return the body as it is sent: JSON with exact numbers, or None."""
        if self.json is None:
            return None
        return _NUMBER.sub(r"\1", json.dumps(self.json, default=_encoded, allow_nan=False)).encode()

    def body_shown(self) -> Any:
        """Return the body as it may be kept once it is masked; of files what they are. None where there is none."""
        if not self.files:
            return self.json
        parts = [f"{each.part}: {each.name}, {each.content_type}, {len(each.content)} bytes" for each in self.files]
        return {"form": dict(self.form), "files": parts}

    def secrets(self) -> list[str]:
        """Return the plain secrets in this call, so that an echo of them can be masked."""
        found = [secret.reveal() for secret in _secrets_in([self.headers, self.params, self.json])]
        # A signature is made for one call and dies with it: no `Secret`, but known by its name.
        masked = mask_data(dict(self.params))
        found += [value for name, value in self.params.items() if isinstance(value, str) and masked.get(name) == MASK]
        return [secret for secret in found if len(secret) >= 6]


def _pairs(params: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in params.items():
        for each in value if isinstance(value, list | tuple) else [value]:
            if each is not None:
                yield name, each


def _query_text(value: Any) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _encoded(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Decimal) and value.is_finite():
        return f"\x00number:{value}"  # becomes a bare number: float would round it
    raise TypeError(f"{value!r} cannot be sent as JSON.")


def _secrets_in(data: Any) -> Iterator[Secret]:
    if isinstance(data, Secret):
        yield data
    elif isinstance(data, Mapping):
        for value in data.values():
            yield from _secrets_in(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _secrets_in(value)


@dataclass(slots=True)
class Reply:
    """An answer as it came. Who judges it may note the platform's own `code` and `request_id` in it."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    duration_ms: int = 0
    code: str = ""
    request_id: str = ""
    _data: Any = field(default=_UNREAD, init=False, repr=False)

    @property
    def data(self) -> Any:
        """Return the body as JSON: fractions as Decimal, whole numbers of any size; raises `UnexpectedReply`."""
        if self._data is _UNREAD:
            self._data = self._parse()
        return self._data

    @property
    def is_json(self) -> bool:
        """Tell whether the body could be read."""
        try:
            return self.data is not _UNREAD
        except UnexpectedReply:
            return False

    def _parse(self) -> Any:
        try:
            return json.loads(self.body, parse_float=Decimal, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            why = _("nested too deeply") if isinstance(error, RecursionError) else _("not JSON")
            shown = exchanges.sample_of_bytes(self.body, 200)
        raise UnexpectedReply(
            _("The answer (HTTP %(status)s) cannot be read, it is %(why)s: %(sample)s")
            % {"status": self.status, "why": why, "sample": shown or _("empty")}
        )


class Fault(StrEnum):
    """Why there is no reply."""

    UNREACHABLE = "unreachable"  # certainly not sent
    NO_ANSWER = "no answer"  # sent, and nothing (or not all) came in time
    CUT = "cut"  # sent, at least in part, and the connection ended
    TOO_LARGE = "too large"  # an answer came, and it was more than we read
    UNSENDABLE = "unsendable"  # the address or a header is no such thing


@dataclass(slots=True)
class Exchange:
    """One sending of one call: the reply, or why there is none. `detail` is masked."""

    call: Call
    reply: Reply | None = None
    fault: Fault | None = None
    detail: str = ""
    status: int | None = None
    duration_ms: int = 0
    late: float = 0.0  # seconds from its turn until it left: a busy machine, a new connection


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is not a number in JSON")


def mask_known(text: str, secrets: list[str]) -> str:
    """Mask these very secrets and whatever looks like one."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return mask_text(text)
