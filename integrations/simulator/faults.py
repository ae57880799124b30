"""Which calls go wrong next, and how; asked for by ``POST /_control/faults``."""

from dataclasses import dataclass, field
from typing import Any, Literal

When = Literal["before", "after"]
MUTATIONS = ("not_json", "html", "empty", "truncated", "huge", "null_data", "list_data", "text_data", "no_envelope")


@dataclass(slots=True)
class Fault:
    """One kind of trouble for the next ``times`` calls (None: until it is cleared)."""

    platform: str
    path: str
    times: int | None = 1
    when: When = "before"
    status: int | None = None
    code: int | None = None
    word: str = ""  # the code, at a platform whose codes are words
    message: str = ""
    delay_s: float = 0.0
    cut: bool = False
    mutate: str = ""
    account: str = ""
    match: dict[str, str] = field(default_factory=dict)  # parameters that the call must carry, such as pid
    happened: int = 0

    @property
    def only_delays(self) -> bool:
        """Tell whether the call goes on as usual after the delay."""
        return not (self.cut or self.status or self.code is not None or self.word or self.mutate)

    @property
    def name(self) -> str:
        """Return how the calls' list names it: ``cut after``."""
        what = "cut" if self.cut else self.mutate or self.word or self.code or self.status or "delay"
        return f"{what} {self.when}"

    def concerns(self, platform: str, path: str, account: str, params: dict[str, Any]) -> bool:
        """Tell whether a call is of this fault's kind; a path may end with ``*``."""
        if platform != self.platform or (self.account and self.account != account):
            return False
        if self.path.endswith("*"):
            if not path.startswith(self.path[:-1]):
                return False
        elif path != self.path:
            return False
        return all(str(params.get(name)) == value for name, value in self.match.items())


@dataclass(slots=True)
class Faults:
    """The faults in waiting, oldest first; the caller holds the world's lock."""

    waiting: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """Put a fault in the queue."""
        self.waiting.append(fault)

    def take(self, platform: str, path: str, account: str, params: dict[str, Any]) -> Fault | None:
        """Return the fault which hits this call, and count it down."""
        for fault in self.waiting:
            if fault.concerns(platform, path, account, params):
                fault.happened += 1
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                return fault
        return None

    def clear(self, platform: str | None = None) -> int:
        """Drop the waiting faults of a platform, or all; return how many."""
        kept = [fault for fault in self.waiting if platform and fault.platform != platform]
        dropped = len(self.waiting) - len(kept)
        self.waiting = kept
        return dropped
