"""A merchant connected to the simulator's Shopee, on a virtual time that both share."""

from collections.abc import Iterator

import pytest

from accounts.models import PlatformAccount
from integrations import clock
from integrations.clock import VirtualClock
from tests.factories_shopee import connect_merchant, connect_shop
from tests.support import Simulator


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    """Let all waiting pass in a moment, the simulator's clock following ours."""
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture
def merchant(simulator: Simulator, virtual_time: VirtualClock, db: None) -> PlatformAccount:
    """Connect the simulator's first merchant: CNSC, eight shops."""
    return connect_merchant(simulator)


@pytest.fixture
def plain_shop(simulator: Simulator, virtual_time: VirtualClock, db: None) -> PlatformAccount:
    """Connect a shop that stands alone."""
    return connect_shop(simulator)
