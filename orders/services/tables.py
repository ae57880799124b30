"""What became of each row of a wish that was about many: a table that a page, a command or an API shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from accounts.errors import Refused
from integrations.models import SyncJob

Record = TypeVar("Record")


@dataclass(slots=True)
class Table(Generic[Record]):
    """The rows that were taken, those that were not with the reason, and the jobs that do the slow part."""

    taken: list[Record] = field(default_factory=list)
    refused: list[tuple[Record, str]] = field(default_factory=list)
    jobs: list[SyncJob] = field(default_factory=list)

    def refuse(self, rows: Iterable[tuple[Record, str]]) -> None:
        """Add rows that can't be taken."""
        self.refused += rows

    def check(self) -> "Table[Record]":
        """Return the table; raise Refused where it has rows and none of them could be taken."""
        if self.refused and not self.taken:
            raise Refused(" ".join(dict.fromkeys(reason for _record, reason in self.refused)))
        return self
