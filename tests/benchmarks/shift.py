"""Several workers on one virtual clock: threads of which one runs at a time, and time passes when all of them wait."""

import threading
from collections.abc import Callable
from typing import Any

from integrations.clock import VirtualClock


class Shift(VirtualClock):
    """A virtual clock for several threads, on which the answer to a call takes a while.

    A thread that sleeps hands over to the one that wakes up next, so that several workers wait for answers and for
    their turns at the same time, as processes do. A thread has waited for its answer when it next asks for the time;
    calls that it sends several at a time, from the pool, share one wait.
    """

    AT_A_TIME = 4  # of `Transport.call_many`

    def __init__(self, start: float, *, answer_s: float) -> None:
        super().__init__(start, header="X-Simulator-Time")
        self.answer_s = answer_s
        self._owed: dict[int, float] = {}  # thread → how long its answer takes
        self._together: dict[int, tuple[float, int]] = {}  # thread → when the first of its pooled calls went, how many
        self._wakes: dict[int, tuple[float, int]] = {}  # thread → when it goes on, and the order in which they asked
        self._asked = 0
        self._running: int | None = None
        self._members: set[int] = set()
        self._handing_over = threading.Condition()

    def headers(self) -> dict[str, str]:
        self._owed[threading.get_ident()] = self.answer_s
        return super().headers()

    def begin(self) -> None:
        super().begin()
        me = threading.get_ident()
        began, number = self._together.get(me, (0.0, self.AT_A_TIME))
        if number < self.AT_A_TIME and self._now <= began + self.answer_s:
            self._owed.pop(me, None)
            self._together[me] = began, number + 1
        else:
            self._together[me] = self._now, 1

    def now(self) -> float:
        from django.db import connection

        if self._owed.get(threading.get_ident()) and not connection.in_atomic_block:
            self.sleep(self._owed.pop(threading.get_ident()))
        return super().now()

    def sleep(self, seconds: float) -> None:
        me = threading.get_ident()
        if me not in self._members:
            super().sleep(seconds)
        elif seconds > 0:
            with self._handing_over:
                self._wait(me, self._now + seconds)
                self._hand_over()
                self._handing_over.wait_for(lambda: self._running == me)

    def work(self, workers: int, task: Callable[[], Any]) -> None:
        """Run the task in so many threads until all of them have ended; raise what the first of them raised."""
        problems: list[BaseException] = []
        threads = [threading.Thread(target=self._one, args=(task, workers, problems)) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if problems:
            raise problems[0]

    def _one(self, task: Callable[[], Any], workers: int, problems: list[BaseException]) -> None:
        from django.db import connections

        me = threading.get_ident()
        with self._handing_over:
            self._members.add(me)
            self._wait(me, self._now)
            if len(self._members) == workers:
                self._hand_over()
            self._handing_over.wait_for(lambda: self._running == me)
        try:
            task()
        except BaseException as error:  # noqa: BLE001 - raised in the thread that waits for all of them
            problems.append(error)
        finally:
            connections.close_all()
            with self._handing_over:
                self._members.discard(me)
                self._hand_over()

    def _wait(self, thread: int, until: float) -> None:
        self._asked += 1
        self._wakes[thread] = (until, self._asked)

    def _hand_over(self) -> None:
        """Let the thread that wakes up first go on; none where none waits."""
        self._running = min(self._wakes, key=lambda thread: self._wakes[thread], default=None)
        if self._running is not None:
            self._now = max(self._now, self._wakes.pop(self._running)[0])
        self._handing_over.notify_all()
