"""How the tables of codes are written: a meaning, and the rule that finds it by code and message."""

import re
from dataclasses import InitVar, dataclass, field, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import NotFound, PlatformError, Rejected

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Meaning:
    """The next step, the reason in words, and what a person can do.

    `wait`: seconds that the code implies. `quota`: not too fast but too many. `not_done`: refused before anything was
    done, so that even a write may be sent again.
    """

    kind: type[PlatformError]
    reason: Words
    step: Words = ""
    wait: float | None = None
    quota: bool = False
    not_done: bool = False

    def __str__(self) -> str:
        return f"{self.reason} {self.step}".strip()


@dataclass(frozen=True, slots=True)
class Rule:
    """The meaning of a code; with `pattern` only where the message holds it. `step` replaces the meaning's own."""

    code: str
    meaning: Meaning
    pattern: str = ""
    step: InitVar[Words] = ""
    _compiled: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self, step: Words) -> None:
        object.__setattr__(self, "_compiled", re.compile(self.pattern, re.IGNORECASE))
        if step:
            object.__setattr__(self, "meaning", replace(self.meaning, step=step))

    def fits(self, code: str, message: str) -> bool:
        """Tell whether this is the rule for a bare code in lower case and its message."""
        return code == self.code and self._compiled.search(message) is not None


def rejected(reason: Words, step: Words = "") -> Meaning:
    """Return the meaning of a refusal that a person has to see."""
    return Meaning(Rejected, reason, step)


def not_found(reason: Words) -> Meaning:
    """Return the meaning of a thing that Shopee does not know."""
    return Meaning(NotFound, reason)


def fault_of_ours(reason: Words) -> Meaning:
    """Return the meaning of a call that should not have been made like this."""
    return Meaning(Rejected, reason, _("This is a fault of Crossdock: report it with the request id."))
