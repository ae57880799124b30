"""Which purchase brings what a package holds: pieces of lines, matched. Pure; the rows are with `parcels`."""

from collections.abc import Mapping
from typing import TypeVar

Pieces = Mapping[int, int]  # primary key of an order's line → how many of it
Key = TypeVar("Key")
Other = TypeVar("Other")


def match(
    packages: Mapping[Key, Pieces], purchases: Mapping[Other, Pieces], fixed: Mapping[Key, Other] | None = None
) -> dict[Key, Other]:
    """Return for each package the purchase that brings all of it; a package is absent where none does.

    No purchase is asked for more than it buys. `fixed` links stay as they are where they hold. Where not all packages
    can have one, as many as can be found going through the largest first.
    """
    left = {key: dict(pieces) for key, pieces in purchases.items()}
    found: dict[Key, Other] = {}
    for package, purchase in (fixed or {}).items():
        if package in packages and purchase in left and is_within(packages[package], left[purchase]):
            take(packages[package], left[purchase])
            found[package] = purchase
    waiting = [key for key, pieces in packages.items() if key not in found and any(pieces.values())]
    waiting.sort(key=lambda key: -sum(packages[key].values()))
    return found | (_all_of(waiting, packages, left) or _greedy(waiting, packages, left))


def is_within(pieces: Pieces, others: Pieces) -> bool:
    """Tell whether all of these pieces are among the others."""
    return all(others.get(line, 0) >= count for line, count in pieces.items())


def take(pieces: Pieces, others: dict[int, int]) -> None:
    """Take pieces away from others that hold them."""
    for line, count in pieces.items():
        others[line] = others.get(line, 0) - count


def bare(pieces: Pieces) -> dict[int, int]:
    """Return pieces without the lines of which there are none."""
    return {line: count for line, count in pieces.items() if count}


def _all_of(
    waiting: list[Key], packages: Mapping[Key, Pieces], left: Mapping[Other, dict[int, int]]
) -> dict[Key, Other] | None:
    """Return a purchase for every package that waits; None where there is no way to give each one."""
    dead: set[tuple[int, object]] = set()  # how many are placed, and what is left then: tried, and led nowhere

    def place(done: int, left: Mapping[Other, dict[int, int]]) -> dict[Key, Other] | None:
        if done == len(waiting):
            return {}
        state = (done, tuple((key, tuple(sorted(pieces.items()))) for key, pieces in left.items()))
        if state in dead:
            return None
        pieces = packages[waiting[done]]
        for purchase in _fitting(pieces, left):
            rest = dict(left[purchase])
            take(pieces, rest)
            further = place(done + 1, {**left, purchase: rest})
            if further is not None:
                return {waiting[done]: purchase, **further}
        dead.add(state)
        return None

    return place(0, left)


def _greedy(
    waiting: list[Key], packages: Mapping[Key, Pieces], left: Mapping[Other, dict[int, int]]
) -> dict[Key, Other]:
    rest = {key: dict(pieces) for key, pieces in left.items()}
    found: dict[Key, Other] = {}
    for package in waiting:
        purchase = next(iter(_fitting(packages[package], rest)), None)
        if purchase is not None:
            take(packages[package], rest[purchase])
            found[package] = purchase
    return found


def _fitting(pieces: Pieces, left: Mapping[Other, dict[int, int]]) -> list[Other]:
    """Return the purchases that hold the pieces, first the one that would have the least left over."""
    fitting = [key for key, rest in left.items() if is_within(pieces, rest)]
    return sorted(fitting, key=lambda key: sum(left[key].values()))
