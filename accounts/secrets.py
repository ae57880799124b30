"""Values that no log, page or answer may show: how they are held, sealed and masked (design.md §3, promise 9)."""

import logging
import re
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

MASK = "••••"

# Names under which the platforms send and take secrets; compared in lower case without "-" and "_".
SECRET_NAMES = frozenset(
    "apikey accesstoken refreshtoken cjaccesstoken platformtoken openid sign appsecret partnerkey "
    "authorization password secret code authcode cookie setcookie".split()
)
_NAME_TO_FOLD = re.compile(r"[-_\s]")
_PATTERNS = (
    re.compile(r"API@CJ\d+@CJ:[\w.\-=+/]+"),  # a CJ token
    re.compile(r"CJ\w*@api@\w+", re.IGNORECASE),  # a CJ key
    re.compile(
        r"(?i)((?:api_?key|access_?token|refresh_?token|open_?id|app_?secret|partner_?key|auth_?code|sign)"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"
    ),
)


class Secret:
    """A text that has to be asked for by name: printing, logging or formatting it shows a mask."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the plain text, to be sent to the party that issued it and to nobody else."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return MASK if self._value else ""

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __reduce__(self) -> Any:
        raise TypeError("A secret is not to be pickled: pass the credential's id and load it where it is used.")


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    if not keys:
        raise ImproperlyConfigured("CREDENTIAL_KEYS is empty: nothing can be sealed. `manage.py doctor` says how to fill it.")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise ImproperlyConfigured("CREDENTIAL_KEYS holds something that is not a Fernet key (32 bytes, base64).") from error


def seal(plain: str) -> str:
    """Encrypt with the first of CREDENTIAL_KEYS."""
    return _fernet(tuple(settings.CREDENTIAL_KEYS)).encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt with whichever of CREDENTIAL_KEYS fits."""
    try:
        return _fernet(tuple(settings.CREDENTIAL_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured(
            "A stored secret was sealed with a key that CREDENTIAL_KEYS no longer holds. Add the old key behind the new one."
        ) from error


def reseal(sealed: str) -> str:
    """Decrypt with any key and encrypt again with the first."""
    return _fernet(tuple(settings.CREDENTIAL_KEYS)).rotate(sealed.encode()).decode()


def mask_text(text: str) -> str:
    """Mask whatever in a free text looks like a secret of a platform."""
    for pattern in _PATTERNS:
        text = pattern.sub(lambda match: f"{match.group(1) if match.groups() else ''}{MASK}", text)
    return text


def mask_data(data: Any) -> Any:
    """Return JSON-like data with the values of secret names, and texts that look like secrets, masked."""
    if isinstance(data, dict):
        return {
            name: MASK
            if _NAME_TO_FOLD.sub("", str(name)).lower() in SECRET_NAMES and isinstance(value, str) and value
            or _NAME_TO_FOLD.sub("", str(name)).lower() == "openid" and value
            else mask_data(value)
            for name, value in data.items()
        }
    if isinstance(data, list | tuple):
        return [mask_data(value) for value in data]
    if isinstance(data, str):
        return mask_text(data)
    return data


class MaskSecrets(logging.Filter):
    """A last net for logs: masks what looks like a secret, whoever logs it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = mask_text(record.getMessage())
        record.args = ()
        if record.exc_info and not record.exc_text:
            record.exc_text = mask_text(logging.Formatter().formatException(record.exc_info))
        return True
