"""Orders read from a marketplace: by window with an overlap, and by number; nothing twice, nothing left out."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from integrations import clock, jobs, leases
from integrations.errors import NotFound, RateLimited
from integrations.models import Lane, RunProblem, SyncJob, SyncRun
from integrations.shopee.order_gateway import ShopeeOrders
from orders import tasks
from orders.models import IntakeCursor, Order
from orders.services import intake, saving
from tests.factories_selling import make_seller
from tests.factories_shopee import connect_merchant
from tests.support import Simulator
from tests.support_shopee import HOUR, called, shared_time
from tests.support_shopee_orders import buy, buy_many, unknown

pytestmark = pytest.mark.django_db
LIST, LIST_PATH = "order.get_order_list", "/api/v2/order/get_order_list"


@pytest.fixture
def account(simulator: Simulator) -> Iterator[PlatformAccount]:
    """The first merchant, of whose shops two are connected here."""
    with shared_time(simulator):
        found = connect_merchant(simulator)
        kept = found.shops.order_by("pk")[:2]
        found.shops.exclude(pk__in=[shop.pk for shop in kept]).update(status=Shop.Status.DISCONNECTED)
        yield found


@pytest.fixture
def shops(account: PlatformAccount) -> list[Shop]:
    return list(account.shops.filter(status="connected").order_by("pk"))


def sync(account: PlatformAccount, **options: object) -> SyncRun:
    run = intake.request_sync(account, **options)
    intake.sync_orders(run.pk)
    run.refresh_from_db()
    SyncJob.objects.filter(runs=run).update(state="done")
    return run


def counts(run: SyncRun) -> tuple[int, ...]:
    return run.seen, run.created, run.updated, run.unchanged, run.failed


def test_what_was_ordered_in_all_shops_is_read_once(simulator, account, shops):
    first = buy(simulator, shops[0].external_id, lines=[unknown("X-1")], message="Please hurry")
    second = buy(simulator, shops[1].external_id, lines=[unknown("X-2")], paid=False)
    clock.sleep(60)
    run = sync(account, requested_by="ann")
    assert (run.state, run.kind, run.job.lane, counts(run)) == ("done", "orders", Lane.ORDERS, (2, 2, 0, 0, 0))
    statuses = dict(Order.objects.values_list("external_id", "status"))
    assert statuses == {first["order_sn"]: "processing", second["order_sn"]: "pending"}
    order = Order.objects.get(external_id=first["order_sn"])
    assert (order.shop, order.message, order.platform_status) == (shops[0], "Please hurry", "READY_TO_SHIP")
    assert [(line.sku, line.variant) for line in order.lines.all()] == [("X-1", None)]
    assert {row.external_id for row in order.packages.all()} == set(first["package_numbers"])
    cursors = dict(IntakeCursor.objects.values_list("shop", "read_until"))
    assert set(cursors) == {shop.pk for shop in shops}
    again = sync(account)
    assert counts(again) == (2, 0, 0, 2, 0)  # the overlap shows them once more
    assert Order.objects.count() == 2


def test_a_reading_begins_a_little_before_the_last_one_ended(simulator, account, shops, monkeypatch):
    sync(account)
    known = IntakeCursor.objects.get(shop=shops[0]).read_until
    asked = []
    plain = ShopeeOrders.changed_orders

    def noted(self, shop_id, **window):
        asked.append((shop_id, window["since"], window["until"]))
        return plain(self, shop_id, **window)

    monkeypatch.setattr(ShopeeOrders, "changed_orders", noted)
    clock.sleep(3600)
    sync(account)
    assert asked[0][:2] == (shops[0].external_id, known - timedelta(minutes=10))
    assert asked[0][2] >= known + timedelta(hours=1)
    assert IntakeCursor.objects.get(shop=shops[0]).read_until == asked[0][2]


def test_a_long_time_is_read_in_windows_that_the_platform_allows(simulator, account, shops, monkeypatch):
    monkeypatch.setattr(intake, "FIRST_LOOK", timedelta(hours=3))
    monkeypatch.setattr(ShopeeOrders, "longest_window_s", 3600)
    old = buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    clock.sleep(1.5 * HOUR)
    new = buy(simulator, shops[0].external_id, lines=[unknown("X-2")])
    shops[1].mark_disconnected()
    before = called(simulator, LIST_PATH)
    run = sync(account)
    assert called(simulator, LIST_PATH) - before == 3
    assert {old["order_sn"], new["order_sn"]} <= set(Order.objects.values_list("external_id", flat=True))
    assert leases.now() - timedelta(minutes=1) < IntakeCursor.objects.get().read_until <= leases.now()
    assert (run.state, counts(run)) == ("done", (2, 2, 0, 0, 0))


def test_a_worker_that_dies_leaves_no_gap(simulator, account, shops, monkeypatch):
    buy_many(simulator, shops[0].external_id, 3, lines=[unknown("X-1")])
    clock.sleep(60)
    run = intake.request_sync(account)

    class Killed(BaseException):
        pass

    def killed(*_given):
        raise Killed

    save = saving.save
    monkeypatch.setattr(saving, "save", killed)
    with pytest.raises(Killed):
        intake.sync_orders(run.pk)
    assert (Order.objects.count(), IntakeCursor.objects.count()) == (0, 0)
    monkeypatch.setattr(saving, "save", save)
    intake.sync_orders(run.pk)
    run.refresh_from_db()
    assert (run.state, counts(run), Order.objects.count()) == ("done", (3, 3, 0, 0, 0), 3)


def test_a_shop_that_can_not_be_read_holds_up_no_other(simulator, account, shops):
    buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    there = buy(simulator, shops[1].external_id, lines=[unknown("X-2")])
    clock.sleep(60)
    who = f"shop:{shops[0].external_id}"
    simulator.control("faults", platform="shopee", path=LIST, account=who, code="error_param", times=None)
    run = sync(account)
    assert run.state == "failed"
    assert run.problem.startswith(f"{shops[0]}: ")
    assert list(Order.objects.values_list("external_id", flat=True)) == [there["order_sn"]]
    assert list(IntakeCursor.objects.values_list("shop", flat=True)) == [shops[1].pk]
    simulator.control("faults", clear=True)
    assert counts(sync(account)) == (2, 1, 0, 1, 0)
    assert Order.objects.count() == 2


def test_a_limit_is_waited_for_while_the_other_shops_are_read(simulator, account, shops, monkeypatch):
    there = buy(simulator, shops[1].external_id, lines=[unknown("X-2")])
    clock.sleep(60)
    plain = ShopeeOrders.changed_orders

    def limited(self, shop_id, **window):
        if shop_id == shops[0].external_id:
            raise RateLimited("Too many requests.", retry_after=40)
        return plain(self, shop_id, **window)

    monkeypatch.setattr(ShopeeOrders, "changed_orders", limited)
    run = intake.request_sync(account)
    assert jobs.run(run.job_id).state == "queued"
    assert list(Order.objects.values_list("external_id", flat=True)) == [there["order_sn"]]
    for pause, state in ((50, "queued"), (100, "done")):  # after two minutes it is left to the next run
        clock.sleep(pause)
        assert jobs.run(run.job_id).state == state
    run.refresh_from_db()
    assert (run.state, run.problem) == ("failed", f"{shops[0]}: Too many requests.")
    assert (run.seen, Order.objects.count()) == (1, 1)


def test_the_schedule_reads_and_has_planned_what_is_new(simulator, account, shops):
    order = buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    clock.sleep(60)
    tasks.request_syncs(account.pk)
    jobs.work()
    states = dict(SyncJob.objects.values_list("task", "state"))
    assert states == {"orders.tasks.sync_orders": "done", "orders.tasks.plan_due": "done"}
    found = Order.objects.get(external_id=order["order_sn"])
    assert (found.plan_tried_at is not None, found.purchases.count()) == (True, 0)  # its line waits for a person


def test_what_is_listed_and_not_shown_is_set_aside_and_asked_for_again(simulator, account, shops, monkeypatch):
    order = buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    clock.sleep(60)
    from integrations.sold import FetchedOrders

    plain = ShopeeOrders.orders
    monkeypatch.setattr(ShopeeOrders, "orders", lambda self, shop_id, ids: FetchedOrders(missing=tuple(ids)))
    run = sync(account)
    assert (run.state, counts(run)) == ("done", (1, 0, 0, 0, 1))
    assert RunProblem.objects.get(run=run).external_id == order["order_sn"]
    job = SyncJob.objects.get(key=f"order:{shops[0].pk}:{order['order_sn']}")
    assert job.due_at > leases.now()
    monkeypatch.setattr(ShopeeOrders, "orders", plain)
    clock.sleep(301)
    assert jobs.run(job.pk).state == "done"
    assert Order.objects.get().external_id == order["order_sn"]


def test_old_runs_that_found_nothing_are_forgotten(simulator, account, shops):
    _quiet, busy, new = sync(account), sync(account), sync(account)
    SyncRun.objects.filter(pk=busy.pk).update(created=1)
    SyncRun.objects.exclude(pk=new.pk).update(finished_at=leases.now() - timedelta(days=8))
    last = sync(account)
    assert set(SyncRun.objects.values_list("pk", flat=True)) == {busy.pk, new.pk, last.pk}


def test_one_order_is_read_by_its_number(simulator, account, shops):
    order = buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    job = intake.request_order(shops[0], f" {order['order_sn']} ", requested_by="ann")
    assert jobs.run(job.pk).state == "done"
    assert Order.objects.get().external_id == order["order_sn"]
    with pytest.raises(NotFound):
        intake.pull_order(shops[0].pk, "2603010000000X")
    assert Order.objects.count() == 1
    with pytest.raises(Refused) as refusal:
        intake.request_order(shops[0], " ")
    assert refusal.value.field == "external_id"


def test_an_account_that_is_not_connected_is_not_read():
    account = make_seller(status="disconnected")
    with pytest.raises(Refused) as refusal:
        intake.request_sync(account)
    assert refusal.value.field == "account"
    assert not SyncRun.objects.exists()


def test_a_reading_of_long_ago_does_not_hide_behind_one_that_is_under_way():
    account = make_seller()
    assert intake.request_sync(account) == intake.request_sync(account)
    with pytest.raises(Refused) as refusal:
        intake.request_sync(account, since=leases.now() - timedelta(days=3))
    assert refusal.value.field == "since"
    with pytest.raises(Refused) as refusal:
        intake.request_sync(account, since=leases.now() + timedelta(days=3))
    assert refusal.value.field == "since"


def test_a_reading_from_later_on_does_not_close_the_gap_before_it(simulator, account, shops):
    buy(simulator, shops[0].external_id, lines=[unknown("X-1")])
    clock.sleep(2 * HOUR)
    run = sync(account, since=leases.now() - timedelta(hours=1))
    assert (run.state, run.seen) == ("done", 0)
    assert set(IntakeCursor.objects.values_list("read_until", flat=True)) == {None}
    assert sync(account).created == 1
