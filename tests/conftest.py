"""What every test stands on: no outside socket, the simulator, and a quick way to let the jobs run."""

from collections.abc import Iterator

import pytest
from django.utils import translation
from pytest_socket import socket_allow_hosts

from accounts import masking
from tests.support import Simulator


@pytest.fixture(autouse=True)
def no_outside_socket() -> None:
    """Shut every socket but those to this machine (database, Redis, simulator)."""
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    """Begin each test as a process that has held no secret yet: one test's key is another's plain text."""
    masking.forget_all()


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Speak English at the start of each test: a page that was read in another language leaves it behind."""
    with translation.override("en"):
        yield


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """One simulator for the session, in a thread, on its manual clock."""
    simulator = Simulator.start()
    yield simulator
    simulator.stop()


@pytest.fixture
def simulator(simulator_process: Simulator, settings: object) -> Simulator:
    """A fresh small world, and the product pointed at it, without limits unless the test sets some."""
    simulator_process.reset()
    for name in ("CJ_BASE_URL", "SHOPEE_BASE_URL", "SHOPEE_AUTH_URL"):
        setattr(settings, name, simulator_process.url)
    return simulator_process
