"""Workers die and answers are lost at every boundary, once each and in process: the harness of benchmark B6, small."""

import pytest

from integrations import clock
from integrations.clock import VirtualClock
from orders.models import Payment
from tests.benchmarks import b6_crashes
from tests.benchmarks.b6_crashes import CASES, Books, Crashes

from .buying_world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_whatever_dies_each_order_is_bought_and_paid_once(simulator):
    ours = VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours), b6_crashes.troubled() as trouble:
        world = World(simulator)
        world.rule()
        crashes = Crashes(world, ours, trouble)
        crashes.run(CASES)
        assert set(trouble.happened) == {f"{mode} {boundary.name}" for boundary, mode in CASES}
        count = len(crashes.purchases)
        assert b6_crashes.ours(world, crashes.purchases) == Books(count, 0, 0, 0, 0)
        assert not Payment.objects.exclude(status__in=[Payment.Status.PAID, Payment.Status.CANCELLED]).exists()
        assert world.failed_jobs() == []


def test_the_harness_finds_the_faults_of_simpler_clients(simulator):
    ours = VirtualClock(simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours), b6_crashes.troubled() as trouble:
        world = World(simulator)
        cases = [case for case in CASES if case[1] in ("kill after", "cut after")]
        chain = b6_crashes.naive(world, trouble, cases, repeats=False)
        assert chain.double_orders > 0
        assert chain.forgotten > 0
        assert b6_crashes.naive(world, trouble, cases, repeats=True).double_orders > 0
