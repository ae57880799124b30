"""From CJ into the catalogue, over HTTP, against the simulator: full passes, screens, sweeps."""

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from catalog.models import Product, Selection, SelectionItem, StockLevel, SupplierOffer, Variant
from catalog.services import reading, selections, sourcing
from catalog.services.filters import wanted_by
from catalog.services.readings import reading_of
from catalog.services.sourcing import Mode
from integrations import jobs, runs
from integrations.gateways import supplier_for
from integrations.models import ApiCall, RunProblem, SyncJob, SyncRun
from tests.catalog.connected import worked_off

pytestmark = pytest.mark.django_db

PER_RUN = ("seen", "created", "updated", "unchanged", "failed", "gone")


def counts(run: SyncRun) -> dict[str, int]:
    """Return the counts that are not zero."""
    return {name: getattr(run, name) for name in PER_RUN if getattr(run, name)}


def synced(selection: Selection, mode: str = "") -> SyncRun:
    return worked_off(sourcing.request_sync(selection, mode))


def change(simulator: Any, **what: Any) -> dict[str, Any]:
    return simulator.control("change", platform="cj", **what)


def calls(simulator: Any, path: str) -> int:
    return simulator.look("calls", path=path)["found"]


@pytest.fixture
def everything(account):
    return selections.create_selection(account, name="Everything")


def test_first_pass_reads_every_product_in_full_with_its_stock_in_one_call(everything, simulator):
    run = synced(everything)

    assert (run.state, run.mode, run.total, run.problem) == (SyncRun.State.DONE, "full", 40, "")
    assert counts(run) == {"seen": 40, "created": 40}
    assert run.calls == calls(simulator, "/product/listV2") + calls(simulator, "/product/query") == 41
    assert calls(simulator, "/product/stock/getInventoryByPid") == 0
    assert Product.objects.count() == simulator.look("books", platform="cj").get("products", 40)
    assert not Product.objects.filter(detail_read_at=None).exists()
    assert not Product.objects.filter(list_fingerprint="").exists()
    assert not Product.objects.filter(variants=None).exists()
    assert StockLevel.objects.exists()
    assert SupplierOffer.objects.count() == Variant.objects.count()
    assert everything.items.filter(product=None).count() == 0
    assert everything.items.filter(seen_in=run.pk).count() == 40
    everything.refresh_from_db()
    assert everything.swept_at is not None
    assert run.oddities.keys().isdisjoint({runs.MISCOUNTED, "list_differs_from_its_total"})


def test_what_is_kept_is_what_the_supplier_says(everything):
    synced(everything)

    supplier = supplier_for(everything.account)
    ids = list(Product.objects.order_by("?").values_list("external_id", flat=True)[:10])
    for answer in supplier.products(ids):
        assert answer.product is not None
        product = Product.objects.get(external_id=answer.external_id)
        assert (product.name, product.sku) == (answer.product.name, answer.product.sku)
        assert answer.product.price is not None
        assert (product.price_low, product.price_high) == (answer.product.price.low, answer.product.price.high)
        assert product.variants.count() == len(answer.product.variants)
        for said in answer.product.variants:
            variant = product.variants.get(external_id=said.external_id)
            assert said.price is not None
            assert variant.offers.get().price == said.price.low
            assert variant.stock_levels.count() == len(said.stock or ())
            for row in said.stock or ():
                kept = variant.stock_levels.get(place="/".join(filter(None, [row.country_code, row.warehouse_id])))
                assert (kept.total, kept.cj, kept.factory, kept.is_verified) == (
                    row.total,
                    row.cj,
                    row.factory,
                    row.verified,
                )


def test_each_call_can_be_found_from_the_product_or_the_reading_that_it_was_for(everything):
    run = synced(everything)
    calls = ApiCall.objects.filter(account=everything.account)
    assert {call.subject for call in calls.filter(endpoint="/product/listV2")} == {f"job:{run.job_id}"}
    ids = Product.objects.values_list("external_id", flat=True)
    assert {call.subject for call in calls.filter(endpoint="/product/query")} == {f"product:{each}" for each in ids}


def test_equal_second_pass_writes_no_record_of_the_catalogue(everything):
    synced(everything)
    before = dict(Product.objects.values_list("external_id", "updated_at"))
    written = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split()[0] in ("INSERT", "UPDATE", "DELETE") and '"catalog_' in sql:
            written.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        run = synced(everything, "full")

    assert counts(run) == {"seen": 40, "unchanged": 40}
    assert {sql.split('"')[1] for sql in written} == {"catalog_selectionitem", "catalog_selection"}
    assert dict(Product.objects.values_list("external_id", "updated_at")) == before


def test_screen_of_an_unchanged_catalogue_costs_only_list_pages(everything, simulator):
    synced(everything)
    details = calls(simulator, "/product/query")

    run = synced(everything)

    assert (run.mode, run.calls) == ("screen", 1)
    assert counts(run) == {"seen": 40, "unchanged": 40}
    assert calls(simulator, "/product/query") == details


def test_screen_finds_exactly_what_changed(everything, simulator):
    synced(everything)
    changed = set(change(simulator, share=0.2, seed=3, kinds=["price", "stock", "name"])["pids"])
    assert len(changed) == 8
    before = dict(Product.objects.values_list("external_id", "updated_at"))

    run = synced(everything)

    after = dict(Product.objects.values_list("external_id", "updated_at"))
    assert {external_id for external_id in after if after[external_id] != before[external_id]} == changed
    assert counts(run) == {"seen": 40, "updated": 8, "unchanged": 32}
    assert run.calls == 1 + 8


def test_screen_reads_what_is_new(everything, simulator):
    synced(everything)
    (new,) = change(simulator, add=1)["pids"]

    run = synced(everything)

    assert counts(run) == {"seen": 41, "created": 1, "unchanged": 40}
    assert Product.objects.get(external_id=new).variants.exists()


def test_changed_price_is_history_with_the_run_as_its_reason(everything, simulator):
    synced(everything)
    product = Product.objects.order_by("pk").first()
    change(simulator, pids=[product.external_id], fields={"price": "123.45"})

    run = synced(everything)

    product.refresh_from_db()
    assert product.price_low != Decimal(0)
    assert product.history.count() == 2
    assert product.history.latest().history_change_reason == str(run)
    prices = SupplierOffer.objects.filter(variant__product=product).first().prices
    assert prices.count() == 2


@pytest.mark.parametrize("mode", ["screen", "full"])
def test_neither_screen_nor_full_pass_concludes_that_a_product_is_gone(everything, simulator, mode):
    synced(everything)
    pid = Product.objects.order_by("pk").first().external_id
    change(simulator, remove=[pid])

    run = synced(everything, mode)

    assert counts(run) == {"seen": 39, "unchanged": 39}
    assert Product.objects.get(external_id=pid).status == Product.Status.ACTIVE
    assert not everything.items.get(external_id=pid).has_left


def test_sweep_concludes_that_a_product_is_gone_from_its_own_detail(everything, simulator):
    synced(everything)
    pid = Product.objects.order_by("pk").first().external_id
    change(simulator, remove=[pid])

    run = synced(everything, "sweep")

    product = Product.objects.get(external_id=pid)
    assert run.state == SyncRun.State.DONE
    assert counts(run) == {"seen": 39, "unchanged": 39, "gone": 1}
    assert product.status == Product.Status.GONE
    assert not SupplierOffer.objects.filter(variant__product=product, is_available=True).exists()
    assert product.history.latest().history_change_reason == str(run)
    assert everything.items.get(external_id=pid).has_left
    assert Product.objects.filter(status=Product.Status.GONE).count() == 1

    again = synced(everything, "sweep")

    assert counts(again) == {"seen": 39, "unchanged": 39}


def test_product_that_only_left_the_search_stays_on_sale(account, simulator):
    everything = selections.create_selection(account, name="Everything")
    synced(everything)
    cheap = Product.objects.order_by("price_low").first()
    selection = selections.create_selection(
        account, name="Cheap", price_max=Product.objects.order_by("price_low")[9].price_low
    )
    synced(selection)
    item = selection.items.get(external_id=cheap.external_id)
    change(simulator, pids=[cheap.external_id], fields={"price": "9999"})

    screen = synced(selection, "screen")
    item.refresh_from_db()
    assert not item.has_left
    sweep = synced(selection, "sweep")

    item.refresh_from_db()
    cheap.refresh_from_db()
    assert screen.gone == sweep.gone == 0
    assert item.has_left
    assert cheap.status == Product.Status.ACTIVE
    assert cheap.price_high > 1000  # it was read, although it had left
    assert sweep.updated == 1
    assert not everything.items.filter(has_left=True).exists()


def test_product_that_is_listed_again_is_back(account, simulator):
    everything = selections.create_selection(account, name="Everything")
    synced(everything)
    first = Product.objects.order_by("price_low").first()
    selection = selections.create_selection(account, name="Cheap", price_max=first.price_low)
    synced(selection)
    change(simulator, pids=[first.external_id], fields={"price": "9999"})
    synced(selection, "sweep")
    change(simulator, pids=[first.external_id], fields={"price": "0.01"})

    synced(selection)

    assert not selection.items.get(external_id=first.external_id).has_left


def test_variant_that_disappears_is_gone_while_its_product_stays(everything, simulator):
    synced(everything)
    product = next(one for one in Product.objects.all() if one.variants.count() > 1)
    vid = product.variants.order_by("pk").first().external_id
    change(simulator, vids=[vid], fields={"gone": True})

    synced(everything, "full")

    assert product.variants.get(external_id=vid).is_gone
    assert product.variants.filter(is_gone=False).exists()
    assert Product.objects.get(pk=product.pk).status == Product.Status.ACTIVE


@pytest.mark.parametrize(
    "damage", ["null_data", "list_data", "text_data", "not_json", "huge", "truncated", "no_envelope"]
)
def test_malformed_product_is_set_aside_and_the_run_goes_on(everything, simulator, damage):
    pid = simulator_pids(everything)[7]
    simulator.control("faults", platform="cj", path="/product/query", pid=pid, mutate=damage, times=None)

    run = synced(everything)

    assert run.state == SyncRun.State.DONE
    assert run.seen == 40
    assert run.created + run.failed == 40
    assert run.failed <= 1
    assert list(run.problems.values_list("external_id", flat=True)) == [pid] * run.failed
    if run.failed:
        assert everything.items.get(external_id=pid).problem == run.problems.get().reason[:500]
        assert Product.objects.filter(external_id=pid).count() == 0
        simulator.control("faults", platform="cj", clear=True, path="/")

        again = synced(everything)

        assert counts(again) == {"seen": 40, "created": 1, "unchanged": 39}
        assert everything.items.get(external_id=pid).problem == ""


def test_product_that_always_fails_at_the_supplier_does_not_stop_the_run(everything, simulator):
    pid = simulator_pids(everything)[7]
    simulator.control("faults", platform="cj", path="/product/query", pid=pid, status=503, times=None)

    run = synced(everything)

    assert counts(run) == {"seen": 40, "created": 39, "failed": 1}
    assert RunProblem.objects.get().external_id == pid


def test_supplier_that_is_down_for_a_while_costs_nothing(everything, simulator):
    simulator.control("faults", platform="cj", path="/product/query", status=503, times=None)
    run = sourcing.request_sync(everything)
    jobs.work(until_quiet=True)
    run.refresh_from_db()
    assert (run.state, counts(run)) == (SyncRun.State.RUNNING, {})
    assert run.job.state == SyncJob.State.QUEUED
    simulator.control("faults", platform="cj", clear=True, path="/")

    worked_off(run)

    assert run.state == SyncRun.State.DONE
    assert counts(run) == {"seen": 40, "created": 40}
    assert calls(simulator, "/product/listV2") == 1


def test_cap_holds(account, simulator):
    selection = selections.create_selection(account, name="Best", sort="price", descending=False, max_products=7)

    run = synced(selection)

    assert counts(run) == {"seen": 7, "created": 7}
    assert run.total == 7
    assert run.calls == 8
    assert selection.items.count() == 7
    assert run.oddities.get("list_differs_from_its_total") is None


def test_empty_search_is_done_with_nothing(account):
    selection = selections.create_selection(account, name="None", keyword="zzzzzzzz no such thing")

    run = synced(selection)

    assert (run.state, run.total, counts(run)) == (SyncRun.State.DONE, 0, {})


@pytest.mark.parametrize("world_size", [150])
def test_product_on_two_pages_counts_once(account, simulator):
    """Between two pages thirty new products push thirty others onto the next page; the next screen reads the new."""
    selection = selections.create_selection(account, name="Newest", sort="newest", descending=True)
    run = sourcing.request_sync(selection)
    started = runs.begin(run.pk)
    read = reading_of(started, selection, supplier_for(account))
    assert read.step()
    assert len(started.cursor["todo"]) == 100
    change(simulator, add=30)

    run = worked_off(run)

    assert run.state == SyncRun.State.DONE
    assert counts(run) == {"seen": 150, "created": 150}
    assert Product.objects.count() == selection.items.count() == 150
    assert counts(synced(selection)) == {"seen": 180, "created": 30, "unchanged": 150}


@pytest.mark.parametrize("world_size", [150])
def test_row_that_moved_to_a_page_already_read_is_met_all_the_same(account, simulator):
    """Fifty products of the first page vanish before the second is read: what moved up is not lost."""
    selection = selections.create_selection(account, name="Newest", sort="newest", descending=True)
    run = sourcing.request_sync(selection, Mode.SWEEP)
    started = runs.begin(run.pk)
    read = reading_of(started, selection, supplier_for(account))
    read.step()
    vanished = [row[0] for row in started.cursor["todo"][:30]]
    while started.cursor["todo"]:
        read.step()
    change(simulator, remove=vanished)

    run = worked_off(run)

    assert run.state == SyncRun.State.DONE
    assert not selection.items.filter(has_left=True).exists()
    assert Product.objects.filter(status=Product.Status.GONE).count() == 0  # this run met them; the next one concludes
    assert run.created == Product.objects.count() == 150


class Killed(BaseException):
    """The worker is gone, at this very statement."""


def killing(after: int) -> Callable[..., Any]:
    left = after

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return execute(sql, params, many, context)

    return wrapper


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("mode", ["full", "sweep", "screen"])
def test_run_that_is_killed_again_and_again_ends_complete_with_true_counts(everything, simulator, mode, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK", 4)  # more moments to be killed at
    dice = random.Random(mode)
    if mode != "full":
        synced(everything)
        gone = Product.objects.order_by("pk").first().external_id
        change(simulator, share=0.5, seed=5, kinds=["price", "name"])
        change(simulator, remove=[gone])
        change(simulator, add=5)
    run = sourcing.request_sync(everything, mode)
    deaths = 0
    while run.state in SyncRun.OPEN and deaths < 500:
        try:
            with connection.execute_wrapper(killing(dice.randint(1, 150))):
                sourcing.sync_products(run.pk)
        except Killed:
            deaths += 1
            connection.close()
        run.refresh_from_db()
        assert run.seen == run.created + run.updated + run.unchanged + run.failed

    assert 2 <= deaths < 500
    if mode == "full":
        assert counts(run) == {"seen": 40, "created": 40}
    else:
        assert (run.seen, run.created, run.failed) == (44, 5, 0)
        assert run.gone == (1 if mode == "sweep" else 0)
        assert run.updated + run.unchanged == 39
    on_sale = Product.objects.exclude(status=Product.Status.GONE)
    assert on_sale.count() == (40 if mode == "full" else 44 if mode == "sweep" else 45)
    assert SupplierOffer.objects.count() == Variant.objects.count()
    assert runs.MISCOUNTED not in run.oddities


def test_failed_run_says_why_and_is_taken_up_where_it_ended(everything, simulator):
    simulator.control("faults", platform="cj", path="/product/listV2", code=1600300, message="Param error", times=1)

    run = synced(everything)

    assert run.state == SyncRun.State.FAILED
    assert "Param error" in run.problem
    assert Product.objects.count() == 0
    assert counts(synced(everything)) == {"seen": 40, "created": 40}


def test_list_that_ended_early_is_not_done_and_concludes_nothing(everything, simulator):
    synced(everything)
    swept_at = Selection.objects.get(pk=everything.pk).swept_at
    simulator.control("faults", platform="cj", path="/product/listV2", mutate="null_data", times=None)

    run = synced(everything, "sweep")

    assert run.state == SyncRun.State.FAILED
    assert Product.objects.filter(status=Product.Status.GONE).count() == 0
    assert not everything.items.filter(has_left=True).exists()
    everything.refresh_from_db()
    assert everything.swept_at == swept_at


def test_deleted_selection_ends_its_run_with_a_reason(everything):
    run = sourcing.request_sync(everything)
    SelectionItem.objects.all().delete()
    everything.delete()

    run = worked_off(run)

    assert run.state == SyncRun.State.FAILED
    assert "does not exist any more" in run.problem


def simulator_pids(selection: Selection) -> list[str]:
    page = supplier_for(selection.account).search(wanted_by(selection), cursor=None, size=100)
    return sorted(row.external_id for row in page.items)


def test_plan_says_how_many_calls_and_how_long(everything, simulator):
    asked = calls(simulator, "/product/listV2")

    full = sourcing.plan(everything)
    assert calls(simulator, "/product/listV2") == asked + 1
    synced(everything)
    screen, sweep = sourcing.plan(everything), sourcing.plan(everything, "sweep")

    assert (full.calls, sweep.calls) == (41, 41)
    assert screen.calls == 1 + 2  # a twentieth of the products changes, until a screen has told
    assert full.per_second
    assert full.seconds == pytest.approx(41 / full.per_second, abs=1)
    assert full.ready_at is not None
    assert calls(simulator, "/product/listV2") == asked + 2  # the first reading's own


def test_plan_of_a_list_counts_its_items(account, everything):
    synced(everything)
    some = [product.external_id for product in Product.objects.all()[:7]]
    listed = selections.create_selection(account, name="Few", kind="list")
    selections.carry(account, some, listed)

    assert sourcing.plan(listed, "screen").calls == 7
    assert sourcing.plan(listed, "full").calls == 0


def test_cancelled_run_stops_at_the_next_page_and_keeps_what_it_has(everything, simulator):
    run = sourcing.request_sync(everything)
    read = reading_of(runs.begin(run.pk), everything, supplier_for(everything.account))
    read.step()
    read.step()
    runs.cancel(run)

    with pytest.raises(jobs.Withdrawn):
        read.step()

    worked_off(run)
    assert (run.state, counts(run)) == (SyncRun.State.CANCELLED, {"seen": 20, "created": 20})
    assert Product.objects.count() == 20
