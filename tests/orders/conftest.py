"""What is bought and what travels, on a virtual time that both platforms share."""

from collections.abc import Iterator

import pytest

from integrations import clock, jobs
from integrations.clock import VirtualClock
from tests.orders.buying_world import World
from tests.orders.shipping_world import Shipping
from tests.support import Simulator


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a worker sleep until its next job: on a virtual time there is no other process that might ask for one."""
    monkeypatch.setattr(jobs, "POLL_S", 600.0)


@pytest.fixture
def shipping_world(simulator: Simulator, db: None) -> Iterator[Shipping]:
    """Connect a CJ account and a Shopee merchant with a shop in Singapore."""
    with clock.use(VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")):
        yield Shipping(simulator)


@pytest.fixture
def world(simulator: Simulator, db: None) -> Iterator[World]:
    """A seller with an empty book at CJ."""
    with clock.use(VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")):
        yield World(simulator)
