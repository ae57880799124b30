"""Lists that misbehave in ways the simulator does not: every row is counted, once, and told."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from catalog.models import Product, Selection
from catalog.services import sourcing
from catalog.services.reading import CHUNK, Reading
from catalog.services.readings import reading_of
from integrations import runs
from integrations.contracts import Fetched, ProductData, SummaryPage, Unreadable
from integrations.errors import RateLimited
from integrations.models import SyncRun
from tests.factories import make_product_data, make_selection, make_summary

pytestmark = pytest.mark.django_db

NAMELESS = Unreadable(external_id="", kind="shape", reason="No id.")


class BookSupplier:
    """A supplier out of a book: its pages are given, and what it knows of each product."""

    max_page_size = 100

    def __init__(self, *pages: SummaryPage, products: Sequence[ProductData] = ()) -> None:
        self.pages, self.known = pages, {product.external_id: product for product in products}
        self.asked: list[str] = []
        self.limit: int | None = None

    def search(self, wanted: Any, *, cursor: dict[str, Any] | None, size: int) -> SummaryPage:
        return self.pages[cursor["page"] if cursor else 0]

    my_products = None

    def products(self, external_ids: Sequence[str]) -> Iterator[Fetched]:
        for external_id in external_ids:
            if self.limit is not None and len(self.asked) >= self.limit:
                raise RateLimited("Slow down.", retry_after=30)
            self.asked.append(external_id)
            product = self.known.get(external_id)
            yield Fetched(external_id=external_id, product=product, gone=product is None)

    def calls_needed(self, *, listed: int, details: int) -> int:
        return (1 if listed else 0) + details


def page_of(numbers: Sequence[int], *, following: int | None = None, **said: Any) -> SummaryPage:
    cursor = None if following is None else {"page": following}
    return SummaryPage(items=tuple(make_summary(number) for number in numbers), cursor=cursor, **said)


def read(selection: Selection, supplier: Any, mode: str = "full") -> SyncRun:
    SyncRun.objects.update(state=SyncRun.State.DONE)
    run = runs.begin(sourcing.request_sync(selection, mode).pk)
    reading = reading_of(run, selection, supplier)
    walk(reading)
    if not reading.shortcoming():
        runs.finish(run)
    return run


def walk(reading: Reading) -> None:
    while reading.step():
        pass


def data(numbers: Sequence[int]) -> list[ProductData]:
    return [make_product_data(number) for number in numbers]


def test_rows_without_an_id_are_counted_and_told():
    supplier = BookSupplier(
        page_of([1, 2], following=1, total=5, unreadable=(NAMELESS,)),
        page_of([3], total=5, unreadable=(NAMELESS,)),
        products=data([1, 2, 3]),
    )

    run = read(make_selection(), supplier, "screen")

    assert (run.seen, run.created, run.failed, run.total) == (5, 3, 2, 5)
    assert run.problems.count() == 2
    assert run.oddities == {}


def test_rows_without_an_id_count_once_though_the_list_is_read_twice():
    supplier = BookSupplier(page_of([1, 2], total=4, unreadable=(NAMELESS,)), products=data([1, 2]))

    run = read(make_selection(), supplier)

    assert (run.seen, run.created, run.failed) == (3, 2, 1)
    assert run.problems.count() == 1
    assert run.oddities == {"list_differs_from_its_total": 1}


def test_row_whose_id_does_not_fit_is_set_aside():
    long = make_summary(2, external_id="p" * 65)
    page = SummaryPage(items=(make_summary(1), long), total=2)

    run = read(make_selection(), BookSupplier(page, products=data([1])))

    assert (run.seen, run.created, run.failed) == (2, 1, 1)
    assert run.problems.get().external_id == "p" * 65


def test_product_listed_twice_on_one_page_counts_once():
    supplier = BookSupplier(page_of([1, 1, 2], total=3), products=data([1, 2]))

    run = read(make_selection(), supplier, "screen")

    assert (run.seen, run.created) == (2, 2)
    assert supplier.asked == ["P1", "P2"]


def test_list_that_ended_early_is_told_and_nothing_is_concluded():
    selection = make_selection()
    read(selection, BookSupplier(page_of([1, 2, 3], total=3), products=data([1, 2, 3])))
    early = Unreadable(external_id="", kind="incomplete", reason="The list ended at page 1.")

    run = read(
        selection, BookSupplier(page_of([1], total=3, unreadable=(early,), complete=False), products=data([1])), "sweep"
    )

    assert (run.seen, run.unchanged, run.failed, run.gone) == (1, 1, 0, 0)
    supplier: Any = BookSupplier()
    assert reading_of(run, selection, supplier).shortcoming().endswith("1 of 3 products were read.")
    assert {problem.reason for problem in run.problems.all()} == {"The list ended at page 1."}
    assert not selection.items.filter(has_left=True).exists()


def test_list_that_ended_early_once_is_read_again():
    class Recovering(BookSupplier):
        def search(self, wanted: Any, *, cursor: dict[str, Any] | None, size: int) -> SummaryPage:
            self.reads = getattr(self, "reads", 0) + 1
            return self.pages[min(self.reads, len(self.pages)) - 1]

    supplier = Recovering(page_of([1], total=3, complete=False), page_of([1, 2, 3], total=3), products=data([1, 2, 3]))

    run = read(make_selection(), supplier)

    assert (run.state, run.seen, run.created) == ("done", 3, 3)


def test_oddities_are_counted_per_run():
    page = SummaryPage(
        items=(make_summary(1, oddities=("price:text",)), make_summary(2, oddities=("price:text",))), total=2
    )
    products = [make_product_data(1, oddities=("weight:range",)), make_product_data(2, name="x" * 600)]

    run = read(make_selection(), BookSupplier(page, products=products))

    assert run.oddities == {"price:text": 2, "weight:range": 1, "cut:name": 1}


def test_what_was_read_before_a_limit_was_met_is_kept():
    supplier: Any = BookSupplier(page_of(range(1, 31), total=30), products=data(range(1, 31)))
    supplier.limit = CHUNK + 5
    selection = make_selection()
    run = runs.begin(sourcing.request_sync(selection).pk)
    reading = reading_of(run, selection, supplier)

    with pytest.raises(RateLimited):
        walk(reading)

    assert (run.seen, run.created, Product.objects.count()) == (25, 25, 25)
    supplier.limit = None
    walk(reading)
    assert (run.seen, run.created) == (30, 30)
    assert len(supplier.asked) == len(set(supplier.asked)) == 30


def test_listed_product_that_its_own_detail_does_not_know_is_only_set_aside():
    selection = make_selection()
    read(selection, BookSupplier(page_of([1, 2], total=2), products=data([1, 2])))

    run = read(selection, BookSupplier(page_of([1, 2], total=2), products=data([1])))

    assert (run.seen, run.unchanged, run.failed, run.gone) == (2, 1, 1, 0)
    assert Product.objects.filter(status=Product.Status.GONE).count() == 0
    assert selection.items.get(external_id="P2").problem != ""
    sweep = read(selection, BookSupplier(page_of([1, 2], total=2), products=data([1])), "sweep")
    assert (sweep.seen, sweep.unchanged, sweep.failed, sweep.gone) == (2, 1, 0, 1)


def test_row_of_a_product_never_read_is_forgotten_by_the_sweep_that_finds_it_gone():
    selection = make_selection()
    read(selection, BookSupplier(page_of([1, 2], total=2), products=data([1])))  # P2 could not be read
    gone = BookSupplier(page_of([1], total=1), products=data([1]))

    first, second = read(selection, gone, "sweep"), read(selection, gone, "sweep")

    assert (first.seen, first.failed) == (2, 1)
    assert (second.seen, second.failed) == (1, 0)
    assert selection.items.get(external_id="P2").has_left
