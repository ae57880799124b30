"""Parcels followed to the door: events kept once, states that follow, what went wrong told to a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Refused
from accounts.models import Platform, PlatformAccount
from integrations import clock, connections, gateways, governor, jobs, leases
from integrations.bought import PurchaseData
from integrations.clock import VirtualClock
from integrations.errors import Rejected
from integrations.sold import CheckpointData, TrackData
from orders.models import Package, StatusChange, TrackingEvent
from orders.services import checkpoints, tracking
from orders.services.checkpoints import MARKETPLACE, SUPPLIER, WORDS, keep, words
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant
from tests.factories_shopee import connect_merchant
from tests.support import Simulator
from tests.support_cj_orders import Shopping
from tests.support_shopee_orders import advance, arranged, buy, pace, unknown

pytestmark = pytest.mark.django_db

TRACK = "/logistic/trackInfo"
DAY = 86_400
MORNING = datetime(2026, 11, 20, 8, tzinfo=UTC)


@pytest.fixture
def time(simulator: Simulator) -> Iterator[VirtualClock]:
    """Share the simulator's time."""
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture
def cj(simulator: Simulator, time: VirtualClock) -> Shopping:
    """Buy from the simulator's CJ."""
    known = simulator.look("world")["cj"]["accounts"]
    key = next(one for one in known if one["demo"])["api_key"]
    account = connections.connect(Platform.CJ, api_key=key, name="Demo seller")
    governor.configure(governor.account_key(account), account=account, rate=None)
    return Shopping(simulator, account)


def bought(account: PlatformAccount, number: str = "", **columns: object) -> Package:
    """Make an order whose parcel the supplier's carrier brings."""
    order = make_order()
    make_line(order, make_sold_variant(account))
    given = {"status": "paid", "tracking_number": number, "days_high": 12} | columns
    return make_package(order, purchase=make_purchase(order, account, **given), status="processing")


def sent(cj: Shopping) -> tuple[Package, PurchaseData]:
    """Let CJ send a parcel; return our package and what CJ has."""
    made = cj.placed()
    cj.paid(made)
    cj.advance(made, "dispatched")
    found = cj.buyer.find(made.reference)
    return bought(cj.account, found.tracking_number), made


def track(account: PlatformAccount) -> int:
    """Ask, and let the workers do it; return how many jobs that were."""
    asked = tracking.request_tracking(account)
    jobs.work(patience=60)  # a token may have to be renewed first
    return len(asked)


def texts(package: Package) -> list[str]:
    return list(package.events.values_list("text", flat=True))


# --- the supplier


def test_a_parcel_is_followed_to_the_door(cj):
    package, made = sent(cj)
    assert track(cj.account) == 1
    package.refresh_from_db()
    assert (package.status, texts(package)) == ("in_transit", ["In transit"])
    assert package.shipped_at == leases.now()
    assert package.expected_at == leases.now() + timedelta(days=12 + 3)
    assert package.track_after == leases.now() + timedelta(hours=2)
    assert cj.calls(TRACK) == 1

    assert tracking.request_tracking(cj.account) == []
    clock.sleep(DAY / 2)
    assert track(cj.account) == 1
    package.refresh_from_db()
    assert (package.status, texts(package)) == ("in_transit", ["In transit"])
    assert cj.calls(TRACK) == 2

    cj.advance(made, "10")
    cj.advance(made, "delivered")
    clock.sleep(DAY)
    assert track(cj.account) == 1
    package.refresh_from_db()
    assert (package.status, package.tracking_status, package.problem) == ("delivered", 12, "")
    assert texts(package) == ["In transit", "Delivered"]
    assert package.delivered_at is not None
    assert package.last_mile_number.startswith("9261")
    assert package.track_after is None
    package.order.refresh_from_db()
    assert package.order.status == "delivered"
    clock.sleep(30 * DAY)
    assert tracking.request_tracking(cj.account) == []


def test_an_anomaly_is_for_a_person_and_may_pass(cj):
    package, made = sent(cj)
    track(cj.account)
    cj.advance(made, "exception")
    clock.sleep(DAY / 4)
    track(cj.account)
    package.refresh_from_db()
    assert (package.status, package.tracking_status) == ("in_transit", 13)
    assert package.problem == (
        "Something went wrong on the way (Exception). Ask the carrier, and tell the buyer if it takes long."
    )
    keep({package.pk: TrackData(tracking_number="1", status=12, package_status="delivered")}, source=SUPPLIER)
    package.refresh_from_db()
    assert (package.status, package.problem) == ("delivered", "")


def test_what_comes_back_has_failed(cj):
    package, made = sent(cj)
    track(cj.account)
    cj.advance(made, "returned")
    clock.sleep(DAY / 4)
    track(cj.account)
    package.refresh_from_db()
    assert (package.status, package.track_after) == ("failed", None)
    assert package.problem == "The parcel will not arrive (Returned). Ask the carrier, and tell the buyer."
    change = StatusChange.objects.get(machine="package", new="failed")
    assert (change.why, change.by) == ("Returned", "tracking")
    package.order.refresh_from_db()
    assert package.order.status == "shipped"


def test_many_parcels_take_few_calls_and_a_number_nobody_knows_waits(cj):
    packages = [bought(cj.account, f"NOBODY-{number:03}") for number in range(101)]
    twin = make_package(packages[0].order, purchase=packages[0].purchase, status="processing")
    track(cj.account)
    assert cj.calls(TRACK) == 2
    assert set(Package.objects.values_list("status", flat=True)) == {"processing"}
    assert Package.objects.filter(track_after__gt=leases.now() + timedelta(hours=1)).count() == 102
    assert tracking.request_tracking(cj.account) == []
    assert not TrackingEvent.objects.exists()
    assert not StatusChange.objects.filter(machine="package").exists()
    assert twin in Package.objects.filter(purchase__tracking_number="NOBODY-000")


@pytest.mark.parametrize(
    "columns",
    [{"tracking_number": ""}, {"label": "marketplace"}, {"status": "cancelled"}],
    ids=["without a number", "under the marketplace's label", "cancelled"],
)
def test_the_supplier_is_asked_for_its_own_parcels_only(cj, columns):
    package = bought(cj.account, **({"tracking_number": "N-1"} | columns))
    assert tracking.request_tracking(cj.account) == []
    assert tracking.track_supplier(cj.account.pk) == 0
    assert cj.calls(TRACK) == 0
    package.refresh_from_db()
    assert package.track_after is None


def test_a_refused_number_does_not_stop_the_others(monkeypatch):
    account = make_sold_variant().product.account
    bad, good = bought(account, "BAD"), bought(account, "GOOD")

    def answer(numbers):
        if "BAD" in numbers:
            raise Rejected("No such number")
        return [TrackData(tracking_number=number, status=4, package_status="in_transit") for number in numbers]

    monkeypatch.setattr(gateways, "buyer_for", lambda _account: SimpleNamespace(most_tracked=100, track=answer))
    assert tracking.track_supplier(account.pk) == 1
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (good.status, good.facts) == ("in_transit", {"tracked": {"supplier": ""}})
    assert (bad.status, bad.facts) == ("processing", {"not_tracked": "No such number"})
    assert bad.track_after > leases.now()


def test_a_person_may_look_before_it_is_due(cj):
    package, _made = sent(cj)
    track(cj.account)
    assert tracking.request_look(package, by="ann").requested_by == "ann"
    jobs.work()
    assert cj.calls(TRACK) == 2
    nothing = bought(cj.account)
    with pytest.raises(Refused, match="has no tracking number yet") as caught:
        tracking.request_look(nothing)
    assert caught.value.field == "tracking_number"
    nothing.status = "delivered"
    with pytest.raises(Refused, match="is “Delivered”: nothing more is heard of it"):
        tracking.request_look(nothing)


# --- the marketplace


def test_the_marketplace_is_asked_for_parcels_under_its_label(simulator, time):
    pace(simulator, pickup_seconds=None, delivery_seconds=None)
    account = connect_merchant(simulator)
    shop = account.shops.get(region="MY")
    channel = gateways.order_channel_for(account)
    told = buy(simulator, shop.external_id, lines=[unknown("A-1")])
    ref = arranged(channel, shop.external_id, told)
    order = make_order(shop, external_id=told["order_sn"])
    make_line(order)
    columns = {"external_id": ref.package_id, "tracking_number": ref.tracking_number}
    package = make_package(order, status="ready_for_pickup", **columns)
    assert track(account) == 1
    package.refresh_from_db()
    assert (package.status, texts(package)) == ("ready_for_pickup", ["The shipment is arranged."])

    steps = ("LOGISTICS_PICKUP_DONE", "ATTEMPT_FAILED", "ATTEMPT_FAILED")
    for step, attempts in zip(steps, (0, 1, 2), strict=True):
        advance(simulator, ref.package_id, step)
        clock.sleep(DAY)
        assert track(account) == 1
        package.refresh_from_db()
        assert package.attempts == attempts
    assert (package.status, package.attempts, package.tracking_status) == ("out_for_delivery", 2, 10)
    assert package.problem.startswith("Delivery was tried more than once.")
    assert package.shipped_at == package.events.get(status=1).at
    assert timedelta(hours=2) < package.track_after - leases.now() <= timedelta(hours=4)

    advance(simulator, ref.package_id, "LOGISTICS_DELIVERY_DONE")
    clock.sleep(DAY)
    assert track(account) == 1
    package.refresh_from_db()
    order.refresh_from_db()
    assert (package.status, package.problem, order.status) == ("delivered", "", "delivered")
    assert package.delivered_at == package.events.get(status=12).at
    assert tracking.request_tracking(account) == []


def test_a_parcel_that_the_marketplace_gave_up_has_failed():
    package = bought(make_sold_variant().product.account)
    lost = TrackData(tracking_number="", status=13, platform_status="LOGISTICS_LOST", package_status="failed")
    assert keep({package.pk: lost}, source=MARKETPLACE) == 1
    package.refresh_from_db()
    assert package.status == "failed"


# --- what is kept


def way(*said: tuple[int, str]) -> TrackData:
    points = tuple(
        CheckpointData(at=MORNING + timedelta(hours=hour), text=text, status=5, place="Shenzhen") for hour, text in said
    )
    return TrackData(tracking_number="1", status=5, package_status="in_transit", checkpoints=points)


def test_an_event_is_kept_once_whenever_it_is_told():
    package = bought(make_sold_variant().product.account)
    first, second = (1, "Left Shenzhen"), (5, "Left Shenzhen")
    keep({package.pk: way(first)}, source=SUPPLIER)
    keep({package.pk: way(second, first)}, source=SUPPLIER)
    keep({package.pk: way(first, first)}, source=SUPPLIER)
    assert list(package.events.values_list("at", "status", "place")) == [
        (MORNING + timedelta(hours=1), 5, "Shenzhen"),
        (MORNING + timedelta(hours=5), 5, "Shenzhen"),
    ]
    assert StatusChange.objects.filter(machine="package", new="in_transit").count() == 1


def test_a_step_back_changes_nothing():
    package = bought(make_sold_variant().product.account)
    out = TrackData(tracking_number="1", status=10, package_status="out_for_delivery")
    keep({package.pk: out}, source=SUPPLIER)
    assert keep({package.pk: way((1, "Sorted"))}, source=SUPPLIER) == 0
    package.refresh_from_db()
    assert (package.status, package.tracking_status) == ("out_for_delivery", 5)


def test_queries_do_not_grow_with_parcels():
    account = make_sold_variant().product.account
    counts = []
    for many in (2, 20):
        packages = [bought(account, f"{many}-{number}") for number in range(many)]
        keep({package.pk: way((1, "Left")) for package in packages}, source=SUPPLIER)
        with CaptureQueriesContext(connection) as seen:
            keep({package.pk: way((1, "Left"), (2, "Went on")) for package in packages}, source=SUPPLIER)
        counts.append(len(seen))
        assert TrackingEvent.objects.filter(package__in=packages).count() == 2 * many
    assert counts[0] == counts[1]


def test_pauses_grow_while_nothing_is_heard_and_end_near_the_door():
    package = bought(make_sold_variant().product.account)
    now = leases.now()
    for days, status, hours in ((0, 5, 2), (1, 5, 3), (4, 5, 12), (30, 5, 24), (30, 10, 4)):
        package.tracking_status = status
        after = checkpoints._look_again(package, now - timedelta(days=days)) - now
        assert round(after / timedelta(hours=1)) == hours


def test_overdue_is_what_should_be_there_or_is_silent_for_ten_days():
    account = make_sold_variant().product.account
    now = leases.now()

    def underway(**columns):
        package = bought(account)
        Package.objects.filter(pk=package.pk).update(**{"status": "in_transit", "shipped_at": now} | columns)
        return package

    ago = now - timedelta(days=11)
    late = underway(expected_at=now - timedelta(hours=1))
    silent = underway(shipped_at=ago, expected_at=now + timedelta(days=9))
    heard = underway(shipped_at=ago)
    TrackingEvent.objects.create(package=heard, source=SUPPLIER, at=now - timedelta(days=2), key="1")
    TrackingEvent.objects.create(package=silent, source=SUPPLIER, at=ago, key="1")
    underway(expected_at=now + timedelta(days=1))
    underway(expected_at=ago, shipped_at=ago, status="delivered")
    underway(expected_at=ago, shipped_at=ago, is_gone=True)
    assert set(tracking.overdue()) == {late, silent}


def test_every_documented_number_has_a_word():
    assert sorted(WORDS) == list(range(15))
    assert (words(8), words(None), words(99)) == ("Customs clearance completed", "", "")
