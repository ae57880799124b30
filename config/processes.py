"""Several processes of ours as one: started in order, watched, and all gone when the first of them is told to go."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

MANAGE = Path(__file__).resolve().parents[1] / "manage.py"
TERM_PATIENCE_S = 10.0


class ProcessProblem(Exception):
    """A process could not be started or has died; the text says what to do."""


def check_port(port: int, *, what: str, option: str) -> None:
    """Raise ProcessProblem in plain words where `port` of this machine is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise ProcessProblem(
                f"Port {port} is in use, perhaps by another demo: {what} can't start. "
                f"Stop the other program, or choose another port: {option}={port + 10}"
            ) from error


class Processes:
    """A context in which processes run; leaving it, by whatever way, ends every one of them and their children."""

    def __init__(self, logs: Path, env: Mapping[str, str]) -> None:
        self.logs, self.env = logs, dict(env)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._handlers: dict[signal.Signals, object] = {}
        logs.mkdir(parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, self._interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # From here on nothing may cut the cleaning short: a second Ctrl-C included.
        for cut in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(cut, signal.SIG_IGN)
        self.stop_all()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @staticmethod
    def _interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    def start(self, name: str, *command: str) -> None:
        """Start `manage.py …` or, where the first word is "-m", a module; its output goes to `<logs>/<name>.log`."""
        words = list(command) if command[0] == "-m" else [str(MANAGE), *command]
        with (self.logs / f"{name}.log").open("wb") as log:
            self._running[name] = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, *words],
                env=os.environ | self.env,
                cwd=MANAGE.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # a group of its own, so that its children can be ended with it
            )

    def run(self, name: str, *command: str) -> None:
        """Run to the end; raise ProcessProblem with the last lines of its log where it fails."""
        self.start(name, *command)
        code = self._running.pop(name).wait()
        if code:
            raise ProcessProblem(f"{name} failed (exit code {code}):\n{self.tail(name)}")

    def run_here(self, *command: str) -> int:
        """Run `manage.py …` to the end on this terminal and return its exit code."""
        story = subprocess.Popen([sys.executable, str(MANAGE), *command], env=os.environ | self.env)  # noqa: S603
        try:
            while story.poll() is None:
                self.check()
                time.sleep(0.1)
        finally:
            if story.poll() is None:
                story.terminate()
            story.wait()
        return story.returncode

    def wait_until(self, ready: Callable[[], bool], *, name: str, patience_s: float = 30) -> None:
        """Wait until `ready()`; raise ProcessProblem where the process dies or takes too long."""
        until = time.monotonic() + patience_s
        while not ready():
            self.check()
            if time.monotonic() > until:
                raise ProcessProblem(f"{name} was not ready within {patience_s:.0f} s:\n{self.tail(name)}")
            time.sleep(0.05)

    def check(self) -> None:
        """Raise ProcessProblem where one of them has died."""
        for name, process in self._running.items():
            if process.poll() is not None:
                raise ProcessProblem(f"{name} has stopped (exit code {process.returncode}):\n{self.tail(name)}")

    def tail(self, name: str, lines: int = 12) -> str:
        """Return the last lines of a process's log."""
        text = (self.logs / f"{name}.log").read_text(errors="replace")
        return "\n".join(f"  {line}" for line in text.splitlines()[-lines:])

    def stop_all(self) -> None:
        """End them, last started first: a polite SIGTERM to each main process, SIGKILL to what is left of its group."""
        for process in reversed(self._running.values()):
            # django-q2's cluster ends when its main process alone is told; the whole group told at once hangs.
            if process.poll() is None:
                process.terminate()
        until = time.monotonic() + TERM_PATIENCE_S
        for process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, until - time.monotonic()))
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        self._running.clear()
