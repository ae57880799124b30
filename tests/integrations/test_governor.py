"""The governor on a virtual clock: every number is exact."""

import itertools
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from accounts.models import PlatformAccount
from integrations import clock, governor, lanes, limits
from integrations.clock import VirtualClock
from integrations.contracts import AccountData, QuotaData
from integrations.errors import RateLimited
from integrations.governor import Limit
from integrations.models import Lane, RateBucket

pytestmark = pytest.mark.django_db

MIDNIGHT = 1_800_057_600.0  # 2027-01-16T00:00:00Z
NOON = MIDNIGHT + 43_200


@pytest.fixture(autouse=True)
def virtual():
    with clock.use(VirtualClock(NOON)) as virtual:
        yield virtual


@pytest.fixture
def account():
    return PlatformAccount.objects.create(platform="cj", external_id="1", name="Ann")


def row(key):
    return RateBucket.objects.get(key=key)


def grants(count, *buckets):
    return [governor.acquire(buckets) for _ in range(count)]


def test_calls_go_one_interval_apart_without_a_burst():
    governor.configure("a", rate=4)
    found = grants(9, "a")
    assert found[0] == NOON
    gaps = [round(later - earlier, 6) for earlier, later in itertools.pairwise(found)]
    assert gaps == [0.26] * 8
    assert clock.now() == pytest.approx(found[-1])
    assert row("a").granted == 9


@pytest.mark.parametrize("rate", [1, 2, 4, 6, 10, 30])
def test_a_strict_sliding_window_refuses_nothing_and_95_percent_are_used(rate):
    governor.configure("a", rate=rate)
    found = grants(rate * 20, "a")
    for index, at in enumerate(found):
        within_a_second = [each for each in found[index:] if each < at + 1.0]
        assert len(within_a_second) <= rate
    assert len(found) / (found[-1] - found[0]) >= rate * 0.95


def test_arriving_40_ms_late_is_still_within_the_limit():
    governor.configure("a", rate=6)
    found = grants(30, "a")
    for index in range(len(found) - 6):
        assert found[index + 6] - (found[index] + 0.0399) >= 1.0


def test_idle_time_is_not_saved_up():
    governor.configure("a", rate=1)
    grants(1, "a")
    clock.sleep(3600)
    found = grants(3, "a")
    assert [round(at - found[0], 6) for at in found] == [0, 1.04, 2.08]


def test_a_limit_without_a_rate_holds_nobody_back(virtual):
    governor.configure("a", rate=None)
    grants(50, "a")
    assert virtual.slept == 0
    assert row("a").granted == 50


def test_no_buckets_is_no_wait(virtual):
    assert governor.acquire([]) == NOON
    assert not RateBucket.objects.exists()


def test_unknown_limit_names_itself():
    with pytest.raises(governor.UnknownLimit, match="cj:account:9"):
        governor.acquire(["cj:account:9"])


def test_a_limit_starts_from_what_is_given_and_keeps_what_was_learned():
    start = Limit("a", rate=1, quota=10)
    governor.acquire([start])
    governor.configure("a", rate=6)
    governor.acquire([start])
    assert (row("a").rate, row("a").quota, row("a").granted) == (6, 10, 2)


def test_a_fixed_limit_follows_its_setting():
    governor.acquire([Limit("ip", rate=10, fixed=True)])
    governor.acquire([Limit("ip", rate=5, fixed=True)])
    assert row("ip").rate == 5


def test_an_endpoint_quota_that_nobody_knows_is_no_limit():
    governor.acquire([Limit("a", rate=1), Limit("a:quota:/product/list")])
    assert list(RateBucket.objects.values_list("key", flat=True)) == ["a"]


def test_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="more than 0"):
        governor.configure("a", rate=0)


# Several limits at once


def test_a_turn_is_taken_in_all_limits_or_in_none():
    governor.configure("account", rate=6)
    governor.configure("day", quota=2)
    grants(1, "account", "day")
    with lanes.use(Lane.URGENT, patience=5):
        grants(1, "account", "day")
        before = row("account")
        with pytest.raises(RateLimited) as refused:
            governor.acquire(["account", "day"])
    assert refused.value.scope == "day"
    after = row("account")
    assert (after.granted, after.free_at) == (before.granted, before.free_at)
    assert (row("day").granted, row("day").used) == (2, 2)


def test_the_narrowest_limit_decides():
    governor.configure("account", rate=6)
    governor.configure("ip", rate=2)
    found = grants(3, "account", "ip")
    assert [round(at - NOON, 6) for at in found] == [0, 0.52, 1.04]


def test_accounts_share_the_limit_of_their_address():
    governor.configure("ip", rate=10)
    for key in ("one", "two", "three"):
        governor.configure(key, rate=6)
    found = [governor.acquire([key, "ip"]) for _ in range(10) for key in ("one", "two", "three")]
    assert found[-1] - found[0] == pytest.approx(29 * 0.104, abs=1e-4)


# Patience


def test_a_wait_beyond_patience_is_refused_with_the_time_and_takes_nothing(virtual):
    governor.configure("a", rate=0.01)
    grants(1, "a")
    with pytest.raises(RateLimited, match="another 104 s") as refused:
        governor.acquire(["a"], patience=60)
    assert refused.value.retry_after == pytest.approx(104)
    assert virtual.slept == 0
    assert row("a").granted == 1


def test_outside_a_job_a_person_waits_and_that_not_long():
    assert (lanes.current(), lanes.patience()) == (Lane.STOCK, 10.0)
    with lanes.use(Lane.CATALOGUE):
        assert (lanes.current(), lanes.patience()) == (Lane.CATALOGUE, 60.0)
    assert lanes.current() == Lane.STOCK


def test_no_turn_is_taken_inside_a_transaction(django_db_blocker):
    governor.configure("a", rate=1)
    blocks = connection.atomic_blocks
    assert all(block._from_testcase for block in blocks)  # the test's own
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        governor.acquire(["a"])
    assert row("a").granted == 0


# Lanes


def test_the_catalogue_gives_way_to_an_urgent_caller_who_waits():
    governor.configure("a", rate=1)
    grants(1, "a")
    RateBucket.objects.update(waiting_0=NOON + 1.5)
    with lanes.use(Lane.CATALOGUE):
        assert NOON + 1.5 < governor.acquire(["a"]) <= NOON + 2.08


def test_an_urgent_caller_does_not_give_way_to_the_catalogue():
    governor.configure("a", rate=1)
    grants(1, "a")
    RateBucket.objects.update(waiting_4=NOON + 1000)
    with lanes.use(Lane.URGENT):
        assert round(governor.acquire(["a"]) - NOON, 6) == 1.04


def test_who_waits_is_known_to_the_others_and_no_longer_once_served():
    governor.configure("a", rate=1)
    grants(1, "a")
    seen = []
    with clock.use(VirtualClock(NOON, on_advance=lambda _now: seen.append(row("a").waiting_1))), lanes.use(Lane.ORDERS):
        governor.acquire(["a"])
    assert seen[0] == pytest.approx(NOON + 1.04 + 1.0)
    assert row("a").waiting_1 == 0


def test_the_catalogue_goes_as_soon_as_nobody_urgent_is_left():
    governor.configure("a", rate=1)
    RateBucket.objects.update(waiting_0=NOON - 0.001, waiting_2=NOON - 5)
    with lanes.use(Lane.CATALOGUE):
        assert governor.acquire(["a"]) == NOON


def test_each_twentieth_turn_goes_to_the_catalogue_even_if_stock_always_waits():
    bucket = limits.Bucket("a", rate=1, waiting_2=NOON + 1, waiting_4=NOON + 1)
    for granted in range(40):
        first = granted % 20 == 19
        state = replace(bucket, granted=granted)
        assert state.has_to_give_way(NOON, Lane.CATALOGUE) is not first
        assert state.has_to_give_way(NOON, Lane.STOCK) is first


def test_payments_never_give_way_to_the_catalogue():
    bucket = limits.Bucket("a", rate=1, granted=19, waiting_2=NOON + 1, waiting_4=NOON + 1)
    assert not bucket.has_to_give_way(NOON, Lane.URGENT)
    assert not bucket.has_to_give_way(NOON, Lane.ORDERS)
    assert replace(bucket, waiting_0=NOON + 1).has_to_give_way(NOON, Lane.CATALOGUE)


# Quotas


def test_a_daily_quota_ends_with_its_day():
    governor.configure("day", quota=10)
    with lanes.use(Lane.URGENT):
        grants(10, "day")
        with pytest.raises(RateLimited) as refused:
            governor.acquire(["day"])
        assert refused.value.retry_after == 43_200
        clock.sleep(43_200)
        grants(1, "day")
    assert (row("day").used, row("day").granted, row("day").window_start) == (1, 11, MIDNIGHT + 86_400)


@pytest.mark.parametrize(
    ("lane", "share"),
    [(Lane.CATALOGUE, 80), (Lane.PUBLISH, 90), (Lane.STOCK, 95), (Lane.ORDERS, 100), (Lane.URGENT, 100)],
)
def test_the_rest_of_a_quota_waits_for_the_more_urgent(lane, share):
    governor.configure("day", quota=100)
    RateBucket.objects.update(used=share - 1, window_start=MIDNIGHT)
    with lanes.use(lane):
        governor.acquire(["day"])
        with pytest.raises(RateLimited):
            governor.acquire(["day"])
    assert row("day").used == share


def test_a_call_may_cost_more_than_one():
    points = Limit("points", quota=100, cost=30)
    with lanes.use(Lane.URGENT):
        grants(3, points)
        with pytest.raises(RateLimited):
            governor.acquire([points])
    assert row("points").used == 90


def test_a_call_dearer_than_the_whole_quota_is_refused_for_long():
    with pytest.raises(RateLimited) as refused:
        governor.acquire([Limit("points", quota=10, cost=30)], patience=1e9)
    assert refused.value.retry_after == governor.NEVER


def test_a_total_quota_never_starts_again():
    governor.configure("all", quota=2, quota_seconds=0)
    with lanes.use(Lane.URGENT):
        grants(2, "all")
        clock.sleep(10 * 365 * 86_400)
        with pytest.raises(RateLimited):
            governor.acquire(["all"])


def test_the_platforms_own_count_is_believed():
    governor.configure("day", quota=100)
    governor.note_usage("day", 99)
    with lanes.use(Lane.URGENT):
        governor.acquire(["day"])
        with pytest.raises(RateLimited):
            governor.acquire(["day"])


# The platform says no


def test_a_refusal_halves_the_rate_and_it_comes_back_step_by_step():
    governor.configure("a", rate=4)
    grants(1, "a")
    governor.lower("a")
    governor.lower("a")  # of a call that was on its way together with the first
    assert (row("a").lowered_rate, row("a").refused) == (2, 2)
    assert row("a").lowered_until == NOON + 60
    first = grants(3, "a")
    assert [round(later - first[0], 6) for later in first] == [0, 0.52, 1.04]
    clock.sleep(60)
    governor.lower("a")  # too fast again before it had fully recovered? it had
    assert row("a").lowered_rate == 2


def test_a_rate_that_is_refused_again_and_again_is_lowered_for_longer():
    governor.configure("a", rate=16)
    for expected, seconds in [(8, 60), (4, 120), (2, 240), (1, 480), (1, 960)]:
        governor.lower("a")
        assert row("a").lowered_rate == expected
        assert row("a").lowered_until == clock.now() + seconds
        clock.sleep(10)
    with lanes.use(Lane.CATALOGUE):
        clock.sleep(row("a").lowered_until - clock.now() + 1)
        grants(1, "a")
        assert row("a").lowered_rate == 2
        clock.sleep(4 * 960)
        grants(1, "a")
    assert (row("a").lowered_rate, row("a").lowered_times) == (None, 0)


def test_a_refusal_waits_at_least_as_long_as_the_platform_says():
    governor.configure("a", rate=4)
    assert governor.lower("a", retry_after=7) == 7
    assert governor.acquire(["a"]) == pytest.approx(NOON + 7)


def test_a_limit_that_nobody_told_of_is_lowered_to_one_a_second():
    governor.configure("a", rate=None)
    governor.lower("a")
    grants(1, "a")
    found = grants(2, "a")
    assert round(found[1] - found[0], 6) == 1.04


def test_a_used_up_quota_stops_all_calls_until_its_window_ends():
    governor.configure("day", quota=1000, quota_seconds=3600)
    assert governor.block("day") == NOON + 3600
    with lanes.use(Lane.URGENT), pytest.raises(RateLimited) as refused:
        governor.acquire(["day"])
    assert refused.value.retry_after == 3600
    assert row("day").refused == 1


def test_a_quota_that_nobody_told_of_is_kept_until_the_end_of_the_day(account):
    assert governor.block("cj:account:1:quota:/product/list", account=account) == MIDNIGHT + 86_400
    governor.configure("a", rate=1)
    with pytest.raises(RateLimited):
        governor.acquire(["a", Limit("cj:account:1:quota:/product/list")])
    governor.acquire(["a", Limit("cj:account:1:quota:/product/query")])


def test_a_late_call_puts_the_next_one_off():
    governor.configure("a", rate=1)
    grants(1, "a")
    governor.postpone(["a"], 0.3)
    assert round(governor.acquire(["a"]) - NOON, 6) == 1.34


def test_a_clock_that_was_set_back_holds_nobody_up():
    governor.configure("a", rate=1, quota=100)
    grants(2, "a")
    with clock.use(VirtualClock(NOON - 30 * 86_400)):
        assert governor.acquire(["a"]) == NOON - 30 * 86_400
        assert row("a").used == 3
        assert row("a").window_start == MIDNIGHT - 30 * 86_400


# What the platform tells of itself


def test_limits_are_learned_from_the_account(account):
    key = governor.account_key(account)
    data = AccountData(
        external_id="1",
        requests_per_second=4,
        quotas=(
            QuotaData(name="list", limit=1000, window_s=86_400, endpoint="/product/list"),
            QuotaData(name="hourly", limit=500, window_s=3600),
            QuotaData(name="daily", limit=2000, window_s=86_400),
        ),
    )
    governor.learn(account, data)
    found = {each.key: (each.rate, each.quota, each.quota_seconds) for each in governor.state(account)}
    assert found == {key: (4, 2000, 86_400), f"{key}:quota:/product/list": (None, 1000, 86_400)}

    governor.learn(account, replace(data, requests_per_second=6, quotas=()))
    found = {each.key: (each.rate, each.quota) for each in governor.state(account)}
    assert found == {key: (6, None), f"{key}:quota:/product/list": (None, None)}


def test_what_is_not_said_of_the_rate_is_not_changed(account):
    governor.configure(governor.account_key(account), account=account, rate=2)
    governor.learn(account, AccountData(external_id="1"))
    assert row(governor.account_key(account)).rate == 2


def test_a_faster_rate_counts_at_once():
    governor.configure("a", rate=0.001)
    grants(1, "a")
    governor.configure("a", rate=1)
    assert round(governor.acquire(["a"]) - NOON, 6) == 1.04


# Forecast and state


def rate_of(account, rate, **more):
    governor.configure(governor.account_key(account), account=account, rate=rate, **more)


def take_all(account, calls, *more):
    buckets = [governor.account_key(account), *more]
    with lanes.use(Lane.CATALOGUE, patience=1e9):
        for _ in range(calls):
            last = governor.acquire(buckets)
    return last


def test_forecast_of_50000_calls(account):
    rate_of(account, 4)
    forecast = governor.forecast(account, 50_000)
    assert forecast.seconds == pytest.approx(49_999 * 0.26)
    assert forecast.per_second == pytest.approx(4 / 1.04)
    assert forecast.ready_at == datetime.fromtimestamp(NOON + 49_999 * 0.26, UTC)
    assert forecast.limited_by == governor.account_key(account)


@pytest.mark.parametrize("calls", [1, 2, 3, 150])
def test_forecast_is_what_happens(account, calls):
    rate_of(account, 2)
    take_all(account, 1)
    forecast = governor.forecast(account, calls)
    assert take_all(account, calls) == pytest.approx(NOON + forecast.seconds)


def test_forecast_knows_that_the_rate_is_lowered_for_now(account):
    rate_of(account, 4)
    for _ in range(2):
        governor.lower(governor.account_key(account))
        clock.sleep(3)
    forecast, asked_at = governor.forecast(account, 600), clock.now()
    assert forecast.per_second == pytest.approx(1 / 1.04)
    assert take_all(account, 600) - asked_at == pytest.approx(forecast.seconds)
    assert row(governor.account_key(account)).lowered_rate is None


def test_forecast_waits_for_the_next_day_where_the_quota_ends(account):
    rate_of(account, 10)
    governor.learn(
        account,
        AccountData(external_id="1", quotas=(QuotaData(name="", limit=100, window_s=86_400, endpoint="/list"),)),
    )
    quota = governor.quota_key(governor.account_key(account), "/list")
    assert governor.forecast(account, 200).seconds == pytest.approx(199 * 0.104)  # of other endpoints
    forecast = governor.forecast(account, 200, endpoint="/list")
    # 80 of a day's 100 are the catalogue's: 80 today, 80 tomorrow, 40 the day after.
    assert forecast.seconds == pytest.approx(43_200 + 86_400 + 39 * 0.104)
    assert forecast.limited_by == quota
    assert take_all(account, 200, Limit(quota)) == pytest.approx(NOON + forecast.seconds)


def test_forecast_knows_a_block_and_the_address(account):
    rate_of(account, 6)
    governor.configure("cj:ip", rate=2)
    governor.block(governor.account_key(account), until=NOON + 600)
    forecast = governor.forecast(account, 11)
    assert forecast.seconds == pytest.approx(600 + 10 * 0.52)
    assert forecast.limited_by == governor.account_key(account)


def test_forecast_leaves_out_limits_of_other_calls_unless_told(account):
    rate_of(account, 4)
    governor.configure("cj:account:refresh", account=account, rate=0.01)
    governor.configure("cj:points", account=account, quota=100)
    assert governor.forecast(account, 11).seconds == pytest.approx(10 * 0.26)
    forecast = governor.forecast(account, 11, also=["cj:points"], costs={"cj:points": 10})
    assert forecast.seconds == pytest.approx(43_200 + 2 * 0.26)  # 8 today: 80 of the points are the catalogue's
    assert forecast.limited_by == "cj:points"


def test_forecast_says_never_where_a_total_is_used_up(account):
    rate_of(account, 1, quota=5, quota_seconds=0)
    forecast = governor.forecast(account, 6)
    assert (forecast.seconds, forecast.ready_at) == (None, None)
    assert forecast.limited_by == governor.account_key(account)


def test_forecast_without_any_known_limit(account):
    forecast = governor.forecast(account, 5)
    assert (forecast.per_second, forecast.seconds, forecast.limited_by) == (None, 0, "")


def test_an_account_that_has_not_called_yet_has_no_limits_to_show(account):
    assert governor.state(account) == []


def test_forecast_of_no_calls_is_now(account):
    rate_of(account, 1)
    assert governor.forecast(account, 0).seconds == 0


def test_state_shows_what_stands_in_the_way(account):
    rate_of(account, 4, quota=1000)
    key = governor.account_key(account)
    take_all(account, 3)
    governor.lower(key)
    governor.block(key, until=NOON + 900)
    (state,) = governor.state(account)
    assert (state.key, state.rate, state.lowered_rate, state.quota, state.used) == (key, 4, 2, 1000, 3)
    assert (state.granted, state.refused) == (3, 2)
    assert state.blocked_until == datetime.fromtimestamp(NOON + 900, UTC)
    assert state.window_ends_at == datetime.fromtimestamp(MIDNIGHT + 86_400, UTC)
    clock.sleep(86_400)
    (state,) = governor.state(account)
    assert (state.blocked_until, state.lowered_rate, state.lowered_until, state.used) == (None, None, None, 0)
