"""The simulator's HTTP server: Waitress, in a thread of a test or as a process of its own."""

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import FrameType
from typing import Any

from waitress.channel import ClientDisconnected
from waitress.server import BaseWSGIServer, create_server
from waitress.wasyncore import close_all, loop

from integrations.simulator.clock import Clock, Mode
from integrations.simulator.world import World
from integrations.simulator.wsgi import Application, CutConnection

THREADS = 24
ANY_ADDRESS = "0.0.0.0"  # noqa: S104 (it is compared with, not bound to)


class PortInUse(Exception):
    """Somebody else listens there already."""


class Server:
    """A listening server; ``run`` serves until ``stop`` is called from a thread or a signal handler."""

    def __init__(self, world: World, *, host: str, port: int) -> None:
        self._stopping = threading.Event()
        self._map: dict[int, Any] = {}
        listener = _listen(host, port)
        waitress = create_server(
            _closing_on_cut(Application(world)),
            map=self._map,
            sockets=[listener],
            threads=THREADS,
            connection_limit=1000,
            channel_timeout=300,
            asyncore_use_poll=True,
            ident="openresty",
            max_request_body_size=20 * 1024 * 1024,
        )
        assert isinstance(waitress, BaseWSGIServer)  # one socket makes one server
        self._waitress = waitress
        self.host, self.port = host, int(listener.getsockname()[1])

    @property
    def base_url(self) -> str:
        """Return the address to give to clients."""
        host = "127.0.0.1" if self.host in ("", ANY_ADDRESS) else self.host
        return f"http://{host}:{self.port}"

    def run(self) -> None:
        """Serve until stopped, then close everything."""
        try:
            while not self._stopping.is_set():
                loop(timeout=1, map=self._map, use_poll=True, count=1)
        finally:
            self._waitress.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
            close_all(self._map)

    def stop(self) -> None:
        """End ``run`` as soon as the calls under way are answered."""
        self._stopping.set()
        self._waitress.pull_trigger()


@dataclass(slots=True)
class Running:
    """A simulator in a thread of this process."""

    base_url: str
    world: World
    server: Server
    thread: threading.Thread

    @property
    def url(self) -> str:
        """Return the base URL under its short name."""
        return self.base_url

    def stop(self) -> None:
        """Stop serving and wait for the thread to end."""
        self.server.stop()
        self.thread.join(timeout=5)


def start(
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    seed: int = 7,
    world: str = "demo",
    size: int | None = None,
    clock: Mode = "real",
    now: float | None = None,
    public_url: str = "",
) -> Running:
    """Run a simulator in a daemon thread; port 0 takes a free one, ``now`` sets its clock."""
    the_world = World(seed=seed, name=world, size=size, clock=Clock(clock, now), public_url=public_url)
    server = Server(the_world, host=host, port=port)
    thread = threading.Thread(target=server.run, name=f"simulator-{server.port}", daemon=True)
    thread.start()
    return Running(base_url=server.base_url, world=the_world, server=server, thread=thread)


def serve(server: Server, *, outlive_parent: bool = False) -> None:
    """Serve in the main thread until SIGTERM, SIGINT or, unless asked otherwise, the death of the parent."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        server.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    signal.signal(signal.SIGHUP, signal.SIG_IGN if outlive_parent else end)
    if not outlive_parent:
        threading.Thread(target=_watch_parent, args=(server, os.getppid()), daemon=True).start()
    sys.stdout.write(f"Simulator ready at {server.base_url}\n")
    sys.stdout.flush()
    server.run()


def _watch_parent(server: Server, parent: int) -> None:
    while not server._stopping.wait(1):
        if os.getppid() != parent:
            server.stop()


def _closing_on_cut(application: Application) -> Callable[..., Iterable[bytes]]:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            return application(environ, start_response)
        except CutConnection:
            raise ClientDisconnected from None  # Waitress closes the connection at this, saying nothing

    return app


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(f"Port {port} of {host} is in use.") from error
        raise
    return listener
