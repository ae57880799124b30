"""Values that no log, page or answer may show: how they are held and sealed (design.md §3, promise 9)."""

import hmac
import re
from functools import lru_cache
from typing import Any, NoReturn

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .masking import MASK, MaskSecrets, mask_data, mask_text, remember

__all__ = [
    "MASK",
    "MaskSecrets",
    "Secret",
    "is_sealed",
    "mask_data",
    "mask_text",
    "reseal",
    "seal",
    "sealed_with_first",
    "unseal",
]

_NEW_KEY = "`manage.py doctor --new-key` makes one."
_SEALED = re.compile(r"gAAAAA[\w\-]{90,}={0,2}")  # a Fernet token: version 0x80 and a time before 2106


class Secret:
    """A text that has to be asked for by name: printing, logging or formatting it shows a mask.

    Read from a column it stays sealed until `reveal`, so that a row whose key is lost can still be loaded,
    shown, disconnected and connected again.
    """

    __slots__ = ("_sealed", "_value")

    _value: str | None
    _sealed: str

    def __init__(self, value: str) -> None:
        self._value, self._sealed = value, ""
        remember(value)

    @classmethod
    def from_sealed(cls, sealed: str) -> "Secret":
        """Return the secret inside a text that `seal` made."""
        secret = cls("")
        secret._value, secret._sealed = None, sealed
        return secret

    def reveal(self) -> str:
        """Return the plain text, to be sent to the party that issued it and to nobody else."""
        if self._value is None:
            self._value = unseal(self._sealed)
            remember(self._value)
        return self._value

    def sealed(self) -> str:
        """Return what a column keeps: sealed anew, or as it was read where its key is lost; empty stays empty."""
        if self._sealed and self._value is None:
            try:
                self.reveal()
            except ImproperlyConfigured:
                return self._sealed
        return seal(self._value) if self._value else ""

    def __bool__(self) -> bool:
        return bool(self._sealed or self._value)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self.reveal().encode(), other.reveal().encode())

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __str__(self) -> str:
        return MASK if self else ""

    def __repr__(self) -> str:
        return f"Secret({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("A secret is not to be pickled: pass the credential's id and load it where it is used.")


@lru_cache(maxsize=4)
def _fernets(keys: tuple[str, ...]) -> tuple[Fernet, ...]:
    if not keys:
        raise ImproperlyConfigured(f"CREDENTIAL_KEYS is empty: nothing can be sealed. {_NEW_KEY}")
    try:
        return tuple(Fernet(key) for key in keys)
    except ValueError as error:
        raise ImproperlyConfigured(
            f"CREDENTIAL_KEYS holds something that is not a Fernet key (32 bytes, base64). {_NEW_KEY}"
        ) from error


def _keys() -> tuple[Fernet, ...]:
    return _fernets(tuple(settings.CREDENTIAL_KEYS))


def seal(plain: str) -> str:
    """Encrypt with the first of CREDENTIAL_KEYS."""
    return _keys()[0].encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Decrypt with whichever of CREDENTIAL_KEYS fits."""
    try:
        return MultiFernet(_keys()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise _no_key_fits() from None


def reseal(sealed: str) -> str:
    """Decrypt with any key and encrypt again with the first."""
    try:
        return MultiFernet(_keys()).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise _no_key_fits() from None


def sealed_with_first(sealed: str) -> bool:
    """Tell whether the first of CREDENTIAL_KEYS alone opens it: nothing is left to rotate."""
    try:
        _keys()[0].decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def is_sealed(text: Any) -> bool:
    """Tell whether a text has the form that `seal` gives, as in a dump of the database."""
    return isinstance(text, str) and _SEALED.fullmatch(text) is not None


def _no_key_fits() -> ImproperlyConfigured:
    return ImproperlyConfigured(
        "A stored secret was sealed with a key that CREDENTIAL_KEYS no longer holds. "
        "Add the old key behind the new one, or connect the account again."
    )
