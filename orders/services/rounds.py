"""One turn of a job over a shop's packages: each by itself, whatever becomes of the others."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from accounts.errors import Refused
from integrations import jobs
from integrations.errors import OutcomeUnknown, RateLimited, Rejected, TokenExpired, Unavailable, UnexpectedReply
from orders.models import Package

from .announcing import settled
from .moves import NotPossible

PAUSE_S = 60.0
MOST_IN_A_ROW = 3  # that did not get through: then it is the platform, not the package


class Later(Exception):
    """What has to be there first is asked for: come back."""


class Round:
    """What came of the packages of one turn: done, to wait, or refused, which is written at the package."""

    def __init__(self) -> None:
        self.done = self.waiting = 0
        self._in_a_row = 0

    @contextmanager
    def one(self, package: Package, **if_refused: Any) -> Iterator[None]:
        """Do something for one package. A refusal is written at it, with the columns `if_refused`.

        What did not get through, or may have, waits for the next turn: it stays announced, and is looked at first. An
        account that has no room, or must be connected again, ends the turn.
        """
        try:
            yield
        except (RateLimited, TokenExpired):
            raise
        except Unavailable as error:
            self.waiting += 1
            self._in_a_row += 1
            if self._in_a_row >= MOST_IN_A_ROW:
                raise _that_passes(error) from error
        except (Later, NotPossible):  # NotPossible: somebody else has changed it meanwhile
            self.waiting += 1
        except (Rejected, UnexpectedReply, Refused) as refusal:
            settled(package, **({"problem": str(refusal)} | if_refused))
        else:
            self.done += 1
            self._in_a_row = 0

    def rest(self) -> None:
        """Let others have their turn where this one was long."""
        if jobs.should_yield():
            raise jobs.Again(0, progressed=bool(self.done))

    def end(self, pause: float = PAUSE_S) -> None:
        """Come back for what waits."""
        if self.waiting:
            raise jobs.Again(pause, progressed=bool(self.done))


def _that_passes(error: Unavailable) -> Unavailable:
    """Return an error that lets the job come back: a lost answer is looked for by the next turn."""
    return Unavailable(str(error), code=error.code) if isinstance(error, OutcomeUnknown) else error
