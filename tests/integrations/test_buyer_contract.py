"""What every supplier's buyer keeps, whichever it is: one suite, run against each on the simulator."""

import inspect
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from accounts.models import Platform
from integrations import clock, connections, gateways, governor
from integrations.bought import BatchOutcome, Buyer, PurchaseData, PurchaseDraft
from integrations.clock import VirtualClock
from integrations.errors import Duplicate, Invalid, OutcomeUnknown, PlatformError, Rejected, TooPoor, Unavailable
from integrations.sold import AddressData
from tests.support import Simulator
from tests.support_cj_orders import ADDRESS, CREATE, Shopping

STAGES = {"created", "carted", "unpaid", "paid", "shipped", "delivered", "cancelled", "other"}
# Each step that changes something, with the stage of an order before and after it.
STEPS = {
    "add_to_cart": ("created", "carted"),
    "confirm": ("carted", "unpaid"),
    "bill": ("unpaid", "unpaid"),
    "pay": ("unpaid", "paid"),
    "delete": ("unpaid", "cancelled"),
}
NAMES = {field.name for field in fields(PurchaseDraft)} | {f"address.{field.name}" for field in fields(AddressData)}


@dataclass(frozen=True)
class Supplier:
    """A supplier's side: what can be bought, what its books say, and how it is made to fail.

    `lose` makes the answer to the next call of a step get lost, after it was done or before.
    """

    buyer: Buyer
    draft: Callable[[], PurchaseDraft]
    lose: Callable[[str, bool], None]
    made: Callable[[], list[str]]  # references of the orders it took, one for each time
    payments: Callable[[], int]
    ruin: Callable[[], None]  # empty the balance
    break_freight: Callable[[], None]
    unreachable: AddressData


def cj(simulator: Simulator) -> Supplier:
    known = simulator.look("world")["cj"]["accounts"]
    key = next(one for one in known if one["demo"])["api_key"]
    account = connections.connect(Platform.CJ, api_key=key, name="Demo seller")
    governor.configure(governor.account_key(account), account=account, rate=None)
    shop = Shopping(simulator, account)
    paths = {
        "place": CREATE,
        "add_to_cart": "/shopping/order/addCart",
        "confirm": "/shopping/order/addCartConfirm",
        "bill": "/shopping/order/saveGenerateParentOrder",
        "pay": "/shopping/pay/payBalanceV2",
        "delete": "/shopping/order/deleteOrder",
    }
    return Supplier(
        buyer=gateways.buyer_for(account),
        draft=shop.draft,
        lose=lambda step, is_done: shop.fail(paths[step], cut=True, when="after" if is_done else "before"),
        made=lambda: [entry["order_number"] for entry in shop.booked("orders")],
        payments=lambda: len(shop.booked("payments")),
        ruin=lambda: shop.change(balance={"account": account.external_id, "amount": "0"}),
        break_freight=lambda: shop.change(switches={"freight": "down"}),
        unreachable=replace(ADDRESS, country_code="KP"),
    )


SUPPLIERS: dict[str, Callable[[Simulator], Supplier]] = {"cj": cj}


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture(params=SUPPLIERS)
def supplier(request, simulator, virtual_time, db) -> Supplier:
    return SUPPLIERS[request.param](simulator)


@pytest.fixture
def buyer(supplier: Supplier) -> Buyer:
    return supplier.buyer


def found(buyer: Buyer, reference: str) -> PurchaseData:
    known = buyer.find(reference)
    assert known is not None
    assert known.stage in STAGES
    json.dumps(known.facts, allow_nan=False)
    return known


def whole(outcome: BatchOutcome, asked: list[str]) -> bool:
    """Tell whether each order stands in exactly one of the three places."""
    return sorted([*outcome.done, *outcome.intercepted, *outcome.left_out]) == sorted(asked)


def confirmed(buyer: Buyer, *orders: PurchaseData) -> str:
    ids = [order.external_id for order in orders]
    assert buyer.add_to_cart(ids).done == tuple(ids)
    outcome = buyer.confirm(ids)
    assert outcome.done == tuple(ids)
    return outcome.batch_id


def test_every_supplier_that_is_registered_is_run_through_this_suite():
    assert set(SUPPLIERS) == set(gateways.buys_from())


def test_all_of_the_protocol_is_there_with_its_parameters(buyer):
    for name, asked in inspect.getmembers(Buyer, inspect.isfunction):
        if not name.startswith("_"):
            given = inspect.signature(getattr(type(buyer), name))
            assert list(given.parameters) == list(inspect.signature(asked).parameters), name
    assert all(getattr(buyer, name) > 0 for name in ("most_together", "most_listed", "most_tracked"))


def test_an_order_is_created_once_and_found_by_both_numbers(supplier, buyer):
    draft = supplier.draft()
    made = buyer.place(draft)
    assert (made.reference, made.stage) == (draft.reference, "created")
    assert made.external_id
    assert found(buyer, draft.reference).items == draft.items
    assert found(buyer, made.external_id).reference == draft.reference
    with pytest.raises(Duplicate):
        buyer.place(replace(draft, remark="once more"))
    assert supplier.made() == [draft.reference]
    assert supplier.payments() == 0


def test_what_was_never_created_is_not_there(supplier, buyer):
    assert buyer.find(supplier.draft().reference) is None
    assert buyer.purchases(["nobody"]) == []


@pytest.mark.parametrize("is_done", [True, False])
def test_a_creation_whose_answer_is_lost_is_looked_for_and_found_or_not(supplier, buyer, is_done):
    draft = supplier.draft()
    supplier.lose("place", is_done)
    with pytest.raises(OutcomeUnknown):
        buyer.place(draft)
    known = buyer.find(draft.reference)
    assert (known is not None) is is_done
    assert supplier.made() == [draft.reference] * is_done


@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_answer_is_lost_is_unknown_and_reading_tells_what_is_true(supplier, buyer, step, is_done):
    made = buyer.place(supplier.draft())
    ids = [made.external_id]
    before = {"add_to_cart": "created", "confirm": "carted", "bill": "unpaid", "pay": "unpaid", "delete": "unpaid"}[
        step
    ]
    after = {"add_to_cart": "carted", "confirm": "unpaid", "bill": "unpaid", "pay": "paid", "delete": "cancelled"}[step]
    acts: dict[str, Callable[[], Any]] = {
        "add_to_cart": lambda: buyer.add_to_cart(ids),
        "confirm": lambda: buyer.confirm(ids),
        "delete": lambda: buyer.delete(made.external_id),
    }
    if step == "confirm":
        buyer.add_to_cart(ids)
    elif step != "add_to_cart":
        batch = confirmed(buyer, made)
        payment_id = buyer.bill(batch).payment_id if step == "pay" else ""
        acts |= {"bill": lambda: buyer.bill(batch), "pay": lambda: buyer.pay(batch, payment_id)}
    balance = buyer.balance().amount
    supplier.lose(step, is_done)
    with pytest.raises(OutcomeUnknown):
        acts[step]()
    assert found(buyer, made.reference).stage == (after if is_done else before)
    assert (buyer.balance().amount < balance) is (step == "pay" and is_done)
    assert supplier.payments() == (1 if step == "pay" and is_done else 0)


def test_many_orders_are_read_each_once_in_the_order_asked_without_those_not_there(supplier, buyer):
    ids = [buyer.place(supplier.draft()).external_id for _ in range(4)]
    known = buyer.purchases([ids[2], "nobody", *ids])
    assert [each.external_id for each in known] == [ids[2], ids[0], ids[1], ids[3]]
    assert {each.stage for each in known} == {"created"}
    assert buyer.purchases([]) == []


def test_no_order_of_a_batch_is_lost_from_its_outcome(supplier, buyer):
    ids = [*(buyer.place(supplier.draft()).external_id for _ in range(2)), "nobody"]
    carted = buyer.add_to_cart(ids)
    assert whole(carted, ids)
    assert carted.done == tuple(ids[:2])
    settled = buyer.confirm(ids)
    assert whole(settled, ids)
    assert settled.done == tuple(ids[:2])
    assert settled.batch_id


def test_money_moves_by_pay_alone_and_once(supplier, buyer, virtual_time):
    made = [buyer.place(supplier.draft()) for _ in range(2)]
    before = buyer.balance().amount
    batch = confirmed(buyer, *made)
    bill = buyer.bill(batch)
    assert (bill.batch_id, bill.currency) == (batch, "USD")
    assert bill.amount in bill.amounts.values()
    assert bill.expires_at is not None
    assert bill.expires_at.timestamp() > virtual_time.now()
    assert bill.unmatched == ()
    assert buyer.balance().amount == before
    buyer.pay(batch, bill.payment_id)
    spent = before - buyer.balance().amount
    assert 0 < spent <= bill.amount
    assert {found(buyer, each.reference).stage for each in made} == {"paid"}
    with pytest.raises(Rejected):
        buyer.pay(batch, bill.payment_id)
    assert before - buyer.balance().amount == spent
    assert supplier.payments() == 1


def test_a_balance_that_is_too_small_pays_nothing(supplier, buyer):
    made = buyer.place(supplier.draft())
    batch = confirmed(buyer, made)
    bill = buyer.bill(batch)
    supplier.ruin()
    with pytest.raises(TooPoor):
        buyer.pay(batch, bill.payment_id)
    assert found(buyer, made.reference).stage == "unpaid"
    assert supplier.payments() == 0


def test_what_is_not_paid_can_be_taken_back(supplier, buyer):
    made, paid = (buyer.place(supplier.draft()) for _ in range(2))
    batch = confirmed(buyer, paid)
    buyer.pay(batch, buyer.bill(batch).payment_id)
    buyer.delete(made.external_id)
    assert found(buyer, made.reference).stage == "cancelled"
    with pytest.raises(PlatformError):
        buyer.delete(paid.external_id)
    assert found(buyer, paid.reference).stage == "paid"


def test_a_draft_that_can_not_be_sent_names_its_field_and_makes_nothing(supplier, buyer):
    draft = supplier.draft()
    for wrong in (
        replace(draft, route=""),
        replace(draft, reference="x" * 500),
        replace(draft, address=replace(draft.address, name="")),
        replace(draft, address=replace(draft.address, masked=True)),
        replace(draft, items=()),
        replace(draft, label="own"),
    ):
        with pytest.raises(Invalid) as caught:
            buyer.place(wrong)
        assert caught.value.field in NAMES
    assert supplier.made() == []


def test_routes_have_names_and_prices_and_a_failure_is_not_an_empty_list(supplier, buyer):
    draft = supplier.draft()
    asked = {"from_country": draft.from_country, "items": draft.items}
    routes = buyer.routes(address=draft.address, **asked)
    assert draft.route in {route.name for route in routes}
    assert all(route.price > 0 for route in routes)
    json.dumps([route.facts for route in routes], allow_nan=False)
    assert buyer.routes(address=supplier.unreachable, **asked) == []
    supplier.break_freight()
    with pytest.raises(Unavailable):
        buyer.routes(address=draft.address, **asked)


def test_parcels_that_nobody_knows_are_absent(buyer):
    assert buyer.track(["nobody"]) == []
    assert buyer.track([]) == []
