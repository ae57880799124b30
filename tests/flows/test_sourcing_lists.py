"""Pasted lists, hits of a live search, and "my products", against the simulator."""

import pytest

from accounts.errors import Refused
from catalog.models import Product, Selection
from catalog.services import mine, search, selections, sourcing
from integrations import jobs
from integrations.contracts import ProductFilter
from integrations.errors import Invalid
from integrations.gateways import supplier_for
from integrations.models import SyncRun
from tests.catalog.connected import worked_off
from tests.factories import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def hits(account):
    return supplier_for(account).search(ProductFilter(), cursor=None, size=20).items


@pytest.fixture
def pasted(account):
    return selections.create_selection(account, name="Pasted", kind=Selection.Kind.LIST)


def test_pasted_ids_skus_and_addresses_become_products(account, pasted, hits):
    variant_sku = next(supplier_for(account).products([hits[3].external_id])).product.variants[0].sku
    text = f"""
        {hits[0].external_id}
        {hits[1].sku}, https://cjdropshipping.com/product/some-words-p-{hits[2].external_id}.html
        {variant_sku}
    """

    added = selections.add_to_list(pasted, text, requested_by="mei")
    run = worked_off(added.run)

    assert (added.added, added.doubles, added.wrong) == (4, 0, [])
    assert (run.state, run.seen, run.created, run.failed) == (SyncRun.State.DONE, 4, 4, 0)
    assert run.requested_by == "mei"
    wanted = {hit.external_id for hit in hits[:4]}
    assert set(Product.objects.values_list("external_id", flat=True)) == wanted
    assert set(pasted.items.values_list("external_id", "product__external_id")) == {(pid, pid) for pid in wanted}


def test_wrong_lines_are_told_with_the_reason_and_the_others_are_added(pasted, hits):
    added = selections.add_to_list(
        pasted, f"{hits[0].external_id}\nwhat is this\n{hits[0].external_id}\n'; DROP TABLE x"
    )

    assert (added.added, added.doubles) == (1, 1)
    assert [line for line, _reason in added.wrong] == ["what is this", "'", "DROP TABLE x"]
    assert all(line in reason for line, reason in added.wrong)
    assert pasted.items.count() == 1


def test_product_that_the_supplier_does_not_know_stays_on_the_list_with_the_reason(pasted, hits):
    unknown = "00000000-0000-4000-8000-000000000000"
    added = selections.add_to_list(pasted, f"{unknown}\nCJNOSUCHTHING99\n{hits[0].external_id}")

    run = worked_off(added.run)

    assert (run.state, run.seen, run.created, run.failed, run.gone) == (SyncRun.State.DONE, 3, 1, 2, 0)
    assert set(run.problems.values_list("external_id", flat=True)) == {unknown, "CJNOSUCHTHING99"}
    assert pasted.items.exclude(problem="").filter(product=None).count() == 2


def test_sku_and_id_of_one_product_become_one_item(pasted, hits):
    added = selections.add_to_list(pasted, f"{hits[0].sku}\n{hits[0].external_id}\n{hits[1].external_id}")

    run = worked_off(added.run)

    assert (run.seen, run.created, run.total) == (2, 2, 2)
    assert sorted(pasted.items.values_list("external_id", flat=True)) == sorted(hit.external_id for hit in hits[:2])


def test_known_sku_needs_no_call_and_no_second_reading(account, pasted, hits):
    worked_off(sourcing.request_sync(selections.create_selection(account, name="Everything")))

    added = selections.add_to_list(pasted, hits[0].sku)
    run = worked_off(added.run)

    assert pasted.items.get().product.external_id == hits[0].external_id
    assert run.created == 0


def test_full_pass_reads_new_items_only_and_a_screen_reads_all(pasted, hits):
    worked_off(selections.add_to_list(pasted, hits[0].external_id).run)
    full = worked_off(selections.add_to_list(pasted, hits[1].external_id).run)
    screen = worked_off(sourcing.request_sync(pasted))

    assert (full.mode, full.seen, full.created) == ("full", 1, 1)
    assert (screen.mode, screen.seen, screen.unchanged) == ("screen", 2, 2)


def test_only_a_sweep_of_a_list_concludes_that_a_product_is_gone(pasted, hits, simulator):
    worked_off(selections.add_to_list(pasted, f"{hits[0].external_id},{hits[1].external_id}").run)
    simulator.control("change", platform="cj", remove=[hits[0].external_id])

    screen = worked_off(sourcing.request_sync(pasted, "screen"))
    assert (screen.seen, screen.failed, screen.gone) == (2, 1, 0)
    assert Product.objects.filter(status=Product.Status.GONE).count() == 0
    sweep = worked_off(sourcing.request_sync(pasted, "sweep"))

    assert (sweep.seen, sweep.failed, sweep.gone, sweep.unchanged) == (2, 0, 1, 1)
    assert Product.objects.get(status=Product.Status.GONE).external_id == hits[0].external_id


def test_hits_of_a_live_search_are_carried_and_read(account, pasted):
    page = search.search(account, ProductFilter(sort="price", descending=False), size=5)
    chosen = [hit.external_id for hit in page.items[:3]]

    added = selections.carry(account, [*chosen, chosen[0]], pasted)
    run = worked_off(added.run)

    assert (added.added, added.doubles, run.created) == (3, 1, 3)
    assert search.ours(account, [hit.external_id for hit in page.items]).keys() == set(chosen)


def test_live_search_goes_on_where_its_cursor_says(account):
    first = search.search(account, ProductFilter(sort="price"), size=15)
    second = search.search(account, ProductFilter(sort="price"), first.cursor, size=15)
    third = search.search(account, ProductFilter(sort="price"), second.cursor, size=15)

    met = [hit.external_id for page in (first, second, third) for hit in page.items]
    assert len(met) == len(set(met)) == first.total == 40
    assert third.cursor is None
    assert Product.objects.count() == 0


@pytest.mark.parametrize(
    "cursor",
    [
        "page 2",
        {"page": 0},
        {"page": -1},
        {"page": "2"},
        {"page": True},
        {"pages": 2},
        {"page": 2, "seen": "x", "last": "", "windows": []},
        {"page": 2, "seen": 1, "last": "", "windows": [[0, 1]] * 50},
        {"page": 2, "seen": 1, "last": "y" * 5_000},
        {"page": 2, "seen": 1, "last": "", "windows": [["a", "b"]]},
    ],
    ids=str,
)
def test_wrong_cursor_is_refused_by_name(account, cursor):
    with pytest.raises(Refused) as refusal:
        search.search(account, ProductFilter(), cursor)

    assert refusal.value.field == "cursor"


@pytest.mark.parametrize("size", [0, 101, -1])
def test_wrong_size_is_refused_by_name_and_limit(account, size, simulator):
    before = simulator.look("calls", path="/product/listV2")["found"]
    with pytest.raises(Refused, match="between 1 and 100") as refusal:
        search.search(account, ProductFilter(), size=size)

    assert refusal.value.field == "size"
    assert simulator.look("calls", path="/product/listV2")["found"] == before


def test_live_search_with_a_filter_beyond_its_limits_is_not_sent(account, simulator):
    before = simulator.look("calls", path="/product/listV2")["found"]
    with pytest.raises(Invalid, match="keyWord may have at most 200"):
        search.search(account, ProductFilter(keyword="x" * 201))

    assert simulator.look("calls", path="/product/listV2")["found"] == before


def test_live_search_of_an_account_that_is_not_connected_is_refused(db):
    with pytest.raises(Refused, match="not connected") as refusal:
        search.search(make_account(status="reconnect"), ProductFilter())

    assert refusal.value.field == "account"


def test_my_products_are_read_marked_and_screened(account, hits, simulator):
    everything = selections.create_selection(account, name="Everything")
    worked_off(sourcing.request_sync(everything))
    product = Product.objects.get(external_id=hits[0].external_id)
    selection = selections.create_selection(account, name="Mine", kind=Selection.Kind.MINE)
    before = worked_off(sourcing.request_sync(selection)).seen

    mine.request_add_to_mine(product)
    jobs.work(until_quiet=True, patience=60)
    again = mine.request_add_to_mine(product)
    jobs.work(until_quiet=True, patience=60)
    run = worked_off(sourcing.request_sync(selection))

    product.refresh_from_db()
    again.refresh_from_db()
    assert again.state == "done"
    assert product.is_mine
    assert product.history.latest().history_change_reason == "Added to my products"
    assert (run.mode, run.seen) == ("screen", before + 1)
    assert selection.items.get(external_id=product.external_id).product == product
    quiet = worked_off(sourcing.request_sync(everything))
    assert (quiet.seen, quiet.unchanged) == (40, 40)  # one list's look does not disturb the other's
    assert worked_off(sourcing.request_sync(selection)).unchanged == before + 1


def test_lost_answer_to_adding_is_done_once(account, hits, simulator):
    worked_off(sourcing.request_sync(selections.create_selection(account, name="Everything")))
    product = Product.objects.get(external_id=hits[0].external_id)
    simulator.control("faults", platform="cj", path="/product/addToMyProduct", when="after", cut=True)

    job = mine.request_add_to_mine(product)
    jobs.work(until_quiet=True, patience=600)

    job.refresh_from_db()
    product.refresh_from_db()
    assert (job.state, product.is_mine) == ("done", True)
