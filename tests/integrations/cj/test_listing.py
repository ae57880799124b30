"""Lists of orders that contradict themselves: nothing is lost, nothing read for ever, nothing believed twice."""

from typing import Any

import pytest

from integrations.bought import PurchaseData
from integrations.cj import listing


class Orders:
    """CJ's list, answering what it is told to; `asked` keeps what it was asked."""

    def __init__(self, *pages: dict[str, Any]) -> None:
        self.pages, self.asked = list(pages), []

    def list(self, **params: Any) -> Any:
        self.asked.append(params)
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]


def page(*orders: tuple[str, str], total: int | None = None) -> dict[str, Any]:
    rows = [{"orderId": order_id, "orderStatus": status} for order_id, status in orders]
    return {"pageNum": 1, "total": len(orders) if total is None else total, "list": rows or None}


def nothing(_external_id: str) -> PurchaseData | None:
    return None


def read(orders: Orders, *ids: str, find: Any = nothing) -> dict[str, str]:
    return {each.external_id: each.stage for each in listing.purchases(orders, ids, find)}


def test_rows_that_nobody_asked_for_are_passed_over():
    assert read(Orders(page(("1", "CREATED"), ("9", "CREATED"))), "1") == {"1": "created"}


def test_an_order_that_comes_twice_with_two_states_is_read_as_it_came_last_and_noted():
    orders = Orders(page(("1", "UNPAID"), total=2), page(("1", "UNSHIPPED"), total=2))
    (found,) = listing.purchases(orders, ["1"], nothing)
    assert (found.stage, found.oddities) == ("paid", (listing.TWICE,))
    (found,) = listing.purchases(Orders(page(("1", "UNPAID"), ("1", "UNPAID"))), ["1"], nothing)
    assert found.oddities == ()


def test_a_list_that_promises_more_than_it_shows_is_left_and_the_missing_read_alone():
    asked: list[str] = []

    def find(external_id: str) -> PurchaseData | None:
        asked.append(external_id)
        return PurchaseData(external_id=external_id, reference="PO-2", stage="paid")

    orders = Orders(page(("1", "CREATED"), total=50), page(total=50))
    assert read(orders, "1", "2", find=find) == {"1": "created", "2": "paid"}
    assert asked == ["2"]
    assert len(orders.asked) == 2


def test_a_list_that_shows_the_same_page_for_ever_ends():
    orders = Orders(page(("1", "CREATED"), total=1000))
    assert read(orders, "1", "2") == {"1": "created"}
    assert [each["page"] for each in orders.asked] == [1, 2]


def test_a_list_that_never_ends_is_left(monkeypatch):
    monkeypatch.setattr(listing, "MOST_PAGES", 5)
    orders = Orders(*(page((str(number), "CREATED"), total=10**6) for number in range(100, 120)))
    assert read(orders, "1") == {}
    assert len(orders.asked) == 5


def test_a_row_without_an_id_hides_no_other():
    broken = page(("1", "CREATED"))
    broken["list"].insert(0, {"orderStatus": "CREATED"})
    assert read(Orders(broken), "1") == {"1": "created"}


@pytest.mark.parametrize(("count", "calls"), [(50, 1), (51, 2), (101, 3)])
def test_so_many_ids_are_asked_in_one_call(count, calls):
    ids = [str(number) for number in range(count)]
    orders = Orders(*(page(*((each, "CREATED") for each in ids[start : start + 50])) for start in range(0, count, 50)))
    assert list(read(orders, *ids)) == ids
    assert [len(each["order_ids"]) for each in orders.asked] == [50] * (calls - 1) + [count - 50 * (calls - 1)]
