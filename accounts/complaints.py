"""How the API says what is wrong with a call. Imports no view: the framework's settings load it (config/api.py)."""

from collections.abc import Iterable
from typing import Any, NoReturn

from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError

MAX_ID = 2**63 - 1  # what a BigAutoField holds


def complain(field: str, message: object, *, code: str = "invalid") -> NoReturn:
    """Refuse one field of a call: 400 with the field and the fix."""
    raise ValidationError({field: [str(message)]}, code=code)


def is_id(text: str) -> bool:
    """Tell whether a text can be the id of a record of ours."""
    return text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= MAX_ID


def named(names: Iterable[str]) -> str:
    """Write names as a person reads them in a message."""
    return ", ".join(sorted(names)) or _("none")


def one_of(words: Iterable[object]) -> Any:
    """Return the message that lists the words of a choice."""
    listed = ", ".join(str(word) for word in words if str(word))
    return format_lazy("{} {}.", gettext_lazy("Not one of the choices. Use one of:"), listed)
