"""A worker of B6 in a process of its own: it works until it is quiet, or ends itself by SIGKILL at a boundary."""

import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def main() -> None:
    start, death = float(sys.argv[1]), sys.argv[2]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    from integrations import clock, http, jobs
    from integrations.clock import VirtualClock

    if death:
        path, _, when = death.rpartition(":")
        http._send = _deadly(http._send, path, when)  # type: ignore[assignment]
    with clock.use(VirtualClock(start, header="X-Simulator-Time")):
        jobs.work(until_quiet=True, patience=3_600)


def _deadly(send: Callable[[Any], Any], path: str, when: str) -> Callable[[Any], Any]:
    def sent(order: Any) -> Any:
        if not order.call.path.endswith(path):
            return send(order)
        if when == "after":
            send(order)
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    return sent


if __name__ == "__main__":
    main()
