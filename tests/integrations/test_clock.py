"""Waiting goes through one clock, and a virtual one lets no time pass while a call is on its way."""

import threading
import time

from integrations import clock


def test_virtual_time_passes_only_by_sleeping():
    with clock.use(clock.VirtualClock(1000.0)) as virtual:
        clock.sleep(86_400)
        clock.sleep(-1)
        assert clock.now() == 87_400.0
        assert clock.monotonic() == 86_400.0
        assert virtual.slept == 86_400.0
    assert abs(clock.now() - time.time()) < 1


def test_virtual_clock_tells_each_new_time():
    told = []
    with clock.use(clock.VirtualClock(10.0, on_advance=told.append)):
        clock.sleep(1.5)
        clock.sleep(2)
    assert told == [11.5, 13.5]


def test_calls_carry_virtual_time_only_where_asked_for():
    assert clock.SystemClock().headers() == {}
    assert clock.VirtualClock(5.0).headers() == {}
    assert clock.VirtualClock(5.25, header="X-Time").headers() == {"X-Time": "5.25"}


def test_virtual_time_waits_for_calls_on_their_way():
    virtual, order = clock.VirtualClock(0.0), []
    virtual.begin()

    def sleep() -> None:
        virtual.sleep(5)
        order.append(f"slept until {virtual.now()}")

    sleeper = threading.Thread(target=sleep)
    sleeper.start()
    sleeper.join(0.05)
    order.append(f"still {virtual.now()}")
    virtual.end()
    sleeper.join(5)
    assert order == ["still 0.0", "slept until 5.0"]


def test_the_clock_in_use_is_put_back_after_an_error():
    before = clock.current()
    try:
        with clock.use(clock.VirtualClock()):
            raise KeyError
    except KeyError:
        pass
    assert clock.current() is before
