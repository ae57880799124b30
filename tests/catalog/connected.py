"""Fixtures for tests against the simulator: a virtual time, and a CJ account connected as a seller connects it."""

from collections.abc import Iterator

import pytest

from accounts.models import Platform, PlatformAccount
from integrations import clock, connections, jobs
from integrations.clock import VirtualClock
from integrations.models import SyncRun
from tests.support import Simulator


@pytest.fixture
def world_size() -> int:
    """Return how many products CJ has; a test may ask for another number by its parameters."""
    return 40


@pytest.fixture
def virtual_time(simulator: Simulator, world_size: int) -> Iterator[VirtualClock]:
    """Let all waiting pass in a moment, from the simulator's own time on."""
    simulator.reset(size=world_size)
    with clock.use(VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")) as virtual:
        assert isinstance(virtual, VirtualClock)
        yield virtual


@pytest.fixture
def account(simulator: Simulator, virtual_time: VirtualClock, db: None) -> PlatformAccount:
    """Connect the simulator's demo account."""
    known = simulator.look("world")["cj"]["accounts"]
    chosen = next(one for one in known if one.get("demo"))
    return connections.connect(Platform.CJ, api_key=chosen["api_key"], name="Demo seller")


def worked_off(run: SyncRun | None) -> SyncRun:
    """Let the workers do what is queued, and return the run as it is then."""
    assert run is not None
    jobs.work(until_quiet=True, patience=7200)  # seconds of virtual time
    run.refresh_from_db()
    return run
