"""django-q2's workers wait for work without holding the lock of the queue that they wait at.

They share one pipe. As `multiprocessing` has it, the worker that waits first keeps the pipe's lock while it sleeps; one
that is killed then (-9, out of memory) takes the lock with it, and the whole cluster sleeps for ever (measured: four
idle workers killed one after another, no task was started any more). Here they wait for the pipe to have something in
it, and hold the lock only while they take it out.
"""

import time
from queue import Empty
from typing import Any

from django_q.queues import Queue

_get = Queue.get


def get(self: Queue, block: bool = True, timeout: float | None = None) -> Any:
    """Take the next item, waiting for it without the lock."""
    if not block or timeout is not None:
        return _get(self, block, timeout)
    while True:
        self._reader.poll(None)
        try:
            return _get(self, False)
        except Empty:  # another worker was quicker
            time.sleep(0.002)


def install() -> None:
    """Let every queue of django-q2 in this process, and in those forked from it, wait like this."""
    Queue.get = get
