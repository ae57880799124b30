"""Mask secrets in whatever is about to be written down: texts, JSON-like data, log records (design.md §3, promise 9).

Two nets. What looks like a secret, or stands under the name of one, is masked by its form. What this process has itself
held as a `Secret` is masked by its value, wherever it turns up (a refresh token is mere hex digits where it is bare).
"""

import logging
import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

MASK = "••••"
REMEMBERED = 256  # values held last; an installation has a few per account
USUAL = 4096  # characters up to which a text is looked at for hints before it is searched
SHORTEST_REMEMBERED = 12  # shorter ones would be found inside innocent texts

# Names under which platforms send and take secrets, and which hold ours; compared in lower case without "-", "_", " ".
SECRET_NAMES = frozenset(
    {
        *("apikey", "accesstoken", "refreshtoken", "cjaccesstoken", "platformtoken", "token", "openid"),
        *("sign", "signature", "appsecret", "clientsecret", "partnerkey", "pushkey", "shopcipher", "authcode"),
        *("secret", "secretkey", "credentialkey", "credentialkeys", "password", "passwd"),
        *(
            "authorization",
            "proxyauthorization",
            "cookie",
            "setcookie",
            "sessionid",
            "csrftoken",
            "csrfmiddlewaretoken",
        ),
    }
)
_FOLD = str.maketrans("", "", "-_ ")
# An OAuth code, unlike the `code` of an envelope or a country.
_AUTH_CODE = re.compile(r"(?=[\w\-.~]*[a-z])(?=[\w\-.~]*\d)[\w\-.~]{16,}", re.IGNORECASE)
_UPPER = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}

_known: dict[str, None] = {}


def remember(value: str) -> None:
    """Have `mask_text` mask this very value from now on, in this process."""
    # No platform's secret holds a blank; what does is a sentence in the wrong field, and may be ours elsewhere.
    if len(value) >= SHORTEST_REMEMBERED and value not in _known and not any(map(str.isspace, value)):
        _known[value] = None
        while len(_known) > REMEMBERED:
            _known.pop(next(iter(_known)), None)


def forget_all() -> None:
    """Have `mask_text` mask by form alone again."""
    _known.clear()


# What follows a name, in JSON (as text in a text too), a query, a header, a tuple; quoted or bare. All in lower case.
_IS = r"""(?:\\*["']?\s*(?:=>?|:|%3d)\s*(?:b(?=["']))?|["']\s*,\s*(?:b(?=["']))?(?=["'][^\s"']{12}))"""
_QUOTED = r"""(?P<escape>\\*)(?P<quote>["'])(?P<inside>(?:(?!(?P=escape)(?P=quote)).)+)"""
_BARE = r"""(?!(?:null|none|true|false|https?://)|•)(?P<bare>[^\s"'\\&,;%}\])<>(\[{]+)"""
_VALUE = rf"{_IS}(?:{_QUOTED}|{_BARE})"
_HEADER = rf"""(?:\\*["']?\s*[:=]\s*\[?|["']\s*,\s*)(?:b(?=["']))?(?:{_QUOTED}|(?P<bare>[^\s"'\\,\[{{][^\r\n"']*))"""


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.DOTALL)


# Each begins with a literal, by which the search is quick: masking 50 kB of products takes about a millisecond.
# What is masked is the group `inside` or `bare`, or all of it where there is none.
_HINTS = (
    *(
        "@",
        "%40",
        "eyj",
        "/webhooks/",
        "token",
        "key",
        "secret",
        "passw",
        "auth",
        "cookie",
        "open",
        "session",
        "cipher",
    ),
    *("sign", "code"),
)
_RULES = (
    *(_rule(f"api{at}cj\\d+{at}cj{colon}[\\w.\\-=+/%~]*") for at, colon in (("@", ":"), ("%40", "%3a"))),  # a CJ token
    *(_rule(f"cj\\w*{at}api{at}\\w+") for at in ("@", "%40")),  # a CJ key
    _rule(r"eyj[\w\-]{8,}\.[\w\-]{8,}(?:\.[\w\-]*)?"),  # any JSON web token
    _rule(r"://[^\s:/@\"']*:(?P<bare>[^\s/@\"']+)@"),  # the password in a database's address
    _rule(r"/webhooks/cj/(?P<bare>[^/\s\"'?&]+)"),
    *(_rule(name + _HEADER) for name in ("authorization", "cookie")),
    _rule(r"token(?<!page.token)(?<!pagetoken)(?<!next.token)(?<!nexttoken)" + _VALUE),
    *(_rule(name + r"[_\- ]?keys?" + _VALUE) for name in ("api", "partner", "push", "secret", "private")),
    _rule(r"credential_keys?\\*[\"']?\s*[:=]\s*(?P<bare>\[[^\]]*\]?|\S+)"),
    *(_rule(name + _VALUE) for name in ("secret", "password", "passwd")),
    *(_rule(name + _VALUE) for name in (r"open[_\-]?id", r"auth[_\-]?code", r"session[_\-]?id", r"shop[_\-]?cipher")),
    _rule(r"sign(?:ature)?(?<![a-z0-9]sign)(?<![a-z0-9]signature)" + _VALUE),
    # A bare `code` is an OAuth code in a query and where it is long; in an envelope it says how a call went.
    _rule(r"code(?<=[?&]code)=(?P<bare>[^&\s\"'<>%]+)"),
    _rule(r"code(?<=(?:%3f|%26)code)%3d(?P<bare>[^&\s\"'<>%]+)"),
    _rule(rf"code(?<=[\"']code)\\*[\"']\s*:\s*\\*[\"'](?P<bare>{_AUTH_CODE.pattern})"),
)


def mask_text(text: str) -> str:
    """Return the text with everything masked that is, looks like, or stands under the name of a secret."""
    spans = [span for value in tuple(_known) if value in text for span in _occurrences(value, text)]
    lower = text.lower()
    if len(lower) != len(text):  # some letters of other alphabets grow: positions have to stay
        lower = text.translate(_UPPER)
    if len(lower) >= USUAL or any(hint in lower for hint in _HINTS):
        spans += [span for rule in _RULES for found in rule.finditer(lower) if (span := _span(found)) is not None]
    parts, end = [], 0
    for start, stop in sorted(spans):
        if start >= end:
            parts += [text[end:start], MASK]
        end = max(end, stop)
    return "".join([*parts, text[end:]]) if spans else text


def _occurrences(value: str, text: str) -> Iterator[tuple[int, int]]:
    at = text.find(value)
    while at >= 0:
        yield at, at + len(value)
        at = text.find(value, at + len(value))


def _span(found: re.Match[str]) -> tuple[int, int] | None:
    groups = found.groupdict()
    name = next((name for name in ("inside", "bare") if groups.get(name) is not None), "")
    if name and not groups[name].strip():
        return None
    return found.span(name) if name else found.span()


def mask_data(data: Any) -> Any:
    """Return JSON-like data with secrets masked, in keys and in texts too; what is not JSON becomes masked text."""
    match data:
        case None | bool() | int() | float() | Decimal() | date():
            return data
        case str():
            return mask_text(data)
        case bytes():
            return mask_text(data.decode(errors="replace"))
        case Mapping():
            return {mask_text(str(name)): _mask_named(str(name), value) for name, value in data.items()}
        case list() | tuple() | set() | frozenset():
            return [mask_data(value) for value in data]
        case _:
            return mask_text(str(data))


def _mask_named(name: str, value: Any) -> Any:
    folded = name.translate(_FOLD).lower()
    if folded in SECRET_NAMES or folded.endswith(("accesstoken", "refreshtoken", "apikey", "secret", "password")):
        return _mask_whole(value)
    if folded == "code" and isinstance(value, str) and _AUTH_CODE.fullmatch(value):
        return MASK
    return mask_data(value)


def _mask_whole(value: Any) -> Any:
    match value:
        case None | bool() | "":
            return value
        case list() | tuple():
            return [_mask_whole(item) for item in value]
        case Mapping():
            return mask_data(value)
        case _:
            return MASK


class MaskedRecord(logging.LogRecord):
    """A log record whose text holds no secret, whichever handler or formatter writes it (see accounts/apps.py)."""

    _exc_text: str | None = None

    def getMessage(self) -> str:  # noqa: N802 - logging's own name
        """Return the text, masked; a message that does not fit its arguments is told, not thrown."""
        try:
            return mask_text(super().getMessage())
        except (TypeError, ValueError, KeyError):  # logging would print the arguments as they are
            return mask_text(f"{self.msg} {self.args!r}")

    @property  # the formatter keeps the traceback's text here before it writes it
    def exc_text(self) -> str | None:  # type: ignore[override]
        return self._exc_text

    @exc_text.setter
    def exc_text(self, text: str | None) -> None:
        self._exc_text = mask_text(text) if text else text


class MaskSecrets(logging.Filter):
    """The same for a handler's filter, where another library has set the record class."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record, MaskedRecord):
            return True
        try:
            record.msg = mask_text(record.getMessage())
        except (TypeError, ValueError, KeyError):
            record.msg = mask_text(f"{record.msg} {record.args!r}")
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask_text(logging.Formatter().formatException(record.exc_info))
        elif record.exc_text:
            record.exc_text = mask_text(record.exc_text)
        return True
