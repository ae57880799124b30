"""A CJ account connected to the simulator, on a virtual time that both share."""

from collections.abc import Iterator

import pytest

from accounts.models import Platform, PlatformAccount
from integrations import clock, connections, governor
from integrations.clock import VirtualClock
from tests.support import Simulator


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    """Let all waiting pass in a moment, the simulator's clock following ours."""
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture
def account(simulator: Simulator, virtual_time: VirtualClock, db: None) -> PlatformAccount:
    """Connect the simulator's demo account, which has no limits."""
    known = simulator.look("world")["cj"]["accounts"]
    connected = connections.connect(
        Platform.CJ, api_key=next(one for one in known if one["demo"])["api_key"], name="Demo seller"
    )
    governor.configure(governor.account_key(connected), account=connected, rate=None)
    return connected
