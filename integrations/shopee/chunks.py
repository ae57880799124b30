"""Long lists in the pieces that one call takes."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def chunked(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield tuples of at most `size` items, reading no more of an iterable than is asked for."""
    waiting = iter(items)
    while chunk := tuple(islice(waiting, size)):
        yield chunk
