"""Freight asked of CJ on the simulator: known, no way, not known; asked once, asked again, by a job."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Platform, PlatformAccount
from integrations import clock, connections, governor, jobs, leases
from integrations.cj.gateway import gateway_for
from integrations.clock import VirtualClock
from integrations.contracts import ProductFilter
from integrations.models import SyncJob
from orders.models import FreightQuote, Order, PurchaseOrder
from orders.services import planning, quoting
from orders.services.quoting import Question, Quotes
from tests.factories import make_offer, make_product, make_variant
from tests.factories_orders import ADDRESS, make_line, make_order, make_stock
from tests.factories_selling import make_rate
from tests.support import Simulator
from tests.support_cj_orders import Shopping

FREIGHT, TIP = "/logistic/freightCalculate", "/logistic/freightCalculateTip"


@pytest.fixture
def virtual_time(simulator: Simulator) -> Iterator[VirtualClock]:
    ours = VirtualClock(start=simulator.look("clock")["now"], header="X-Simulator-Time")
    with clock.use(ours):
        yield ours


@pytest.fixture
def cj(simulator: Simulator, virtual_time: VirtualClock, db: None) -> Shopping:
    known = simulator.look("world")["cj"]["accounts"]
    key = next(one for one in known if one["demo"])["api_key"]
    account = connections.connect(Platform.CJ, api_key=key, name="Demo seller")
    governor.configure(governor.account_key(account), account=account, rate=None)
    make_rate("USD", "MYR", "4.00")
    return Shopping(simulator, account)


def ordered(cj: Shopping, place: int = 0, *, pieces: int = 1, **address: str) -> Order:
    """Make an order of goods that CJ has."""
    vid = cj.item(place).variant_id
    variant = make_variant(make_product(cj.account), external_id=vid)
    make_offer(variant, price=Decimal("0.50"))
    make_stock(variant)
    order = make_order(address=ADDRESS | address)
    make_line(order, variant, quantity=pieces)
    return order


def work(patience: float = 0) -> None:
    jobs.work(until_quiet=True, patience=patience)
    assert not SyncJob.objects.filter(state=SyncJob.State.FAILED).exists()


def question(account: PlatformAccount, cj: Shopping, **changes: object) -> Question:
    plain = {"from_country": "CN", "to_country": "MY", "items": ((cj.item().variant_id, "", 1),)}
    return Question(account_id=account.pk, **plain | changes)  # type: ignore[arg-type]


def test_the_job_asks_and_plans_what_waited(cj):
    order = ordered(cj)
    assert planning.plan(order).outcome == "waiting"
    assert cj.calls(FREIGHT) == 0  # planning itself asks nobody
    work()
    purchase = PurchaseOrder.objects.get()
    row = FreightQuote.objects.exclude(key="tips").get()
    assert (row.state, row.is_wanted) == ("known", False)
    cheapest = min(row.routes, key=lambda route: Decimal(route["price"]))
    assert (purchase.route, purchase.planned_freight) == (cheapest["name"], Decimal(cheapest["price"]))
    assert (cj.calls(FREIGHT), cj.calls(TIP)) == (1, 1)
    assert cj.booked("orders") == []  # and nothing is bought


def test_what_was_asked_is_not_asked_again(cj):
    first, second = ordered(cj), ordered(cj, 1)
    same = make_order(address=ADDRESS)
    make_line(same, first.lines.get().variant, quantity=1)
    planning.plan_orders([first, second, same])
    work()
    planning.plan_orders([first, second, same])
    work()
    assert [row.plan_state for row in Order.objects.all()] == ["planned"] * 3
    assert (cj.calls(FREIGHT), cj.calls(TIP)) == (2, 1)  # two kinds of goods; what carriers want is one question


def test_a_quote_grows_old(cj, virtual_time):
    asked = question(cj.account, cj)
    quoting.want([asked])
    assert quoting.ask_wanted(cj.account) == 1
    assert Quotes([asked]).of(asked).state == "known"
    virtual_time.sleep(timedelta(hours=25).total_seconds())
    assert Quotes([asked]).of(asked).state == "unknown"
    assert Quotes([asked]).of(asked, however_old=True).state == "known"
    assert quoting.ask_wanted(cj.account) == 0  # nobody waits for it
    quoting.want([asked])
    assert quoting.ask_wanted(cj.account) == 1


def test_one_empty_answer_proves_nothing_and_two_mean_no_way(cj, virtual_time):
    cj.change(switches={"freight": "empty"})
    order = ordered(cj)
    planning.plan(order)
    work()
    order.refresh_from_db()
    assert (order.plan_state, order.problem) == ("waiting", "")
    assert "once more" in order.plan_problem
    work(patience=3_600)
    order.refresh_from_db()
    assert order.plan_state == "stuck"
    assert "knows no way from CN to MY" in order.problem
    assert cj.calls(FREIGHT) == 2
    assert not PurchaseOrder.objects.exists()


def test_an_answer_that_failed_is_asked_for_again_until_it_comes(cj):
    cj.change(switches={"freight": "down"})
    order = ordered(cj)
    planning.plan(order)
    work()
    order.refresh_from_db()
    assert (order.plan_state, order.planned_at, order.problem) == ("waiting", None, "")
    assert "could not calculate the freight" in order.plan_problem
    job = SyncJob.objects.get(key=f"plan:quotes:{cj.account.pk}", state=SyncJob.State.QUEUED)
    assert timedelta(minutes=9) < job.due_at - leases.now() <= timedelta(minutes=10)
    cj.change(switches={"freight": "ok"})
    work(patience=3_600)
    order.refresh_from_db()
    assert order.plan_state == "planned"


def test_answers_that_count_no_more_are_thrown_away_after_a_week(cj, virtual_time):
    kept, old = question(cj.account, cj, zip_code="1"), question(cj.account, cj, zip_code="2")
    quoting.want([old])
    quoting.ask_wanted(cj.account)
    virtual_time.sleep(timedelta(days=8, hours=1).total_seconds())
    quoting.want([kept])
    quoting.ask_wanted(cj.account)
    assert [row.key for row in FreightQuote.objects.all()] == [kept.key]


def test_a_supplier_that_is_down_is_not_asked_for_all(cj):
    cj.change(switches={"freight": "down"})
    asked = [question(cj.account, cj, zip_code=f"0{number}") for number in range(8)]
    quoting.want(asked)
    assert quoting.ask_wanted(cj.account) == quoting.MOST_FAILURES
    answers = Quotes(asked)
    assert {answers.of(one).state for one in asked} == {"unknown"}
    assert all(answers.of(one).problem for one in asked)


def test_a_question_that_is_refused_says_why_and_stops_no_other(cj):
    wrong = question(cj.account, cj, items=(("no-such-variant", "", 1),))
    right = question(cj.account, cj)
    quoting.want([wrong, right])
    assert quoting.ask_wanted(cj.account) == 2
    answers = Quotes([wrong, right])
    assert (answers.of(wrong).state, answers.of(right).state) == ("unknown", "known")
    assert answers.of(wrong).problem


def test_a_worker_that_died_while_asking_loses_nothing(cj, monkeypatch):
    orders = [ordered(cj), ordered(cj, 1)]
    planning.plan_orders(orders)
    kept, done = quoting._keep, []

    def dying(*given, **named):
        if len(done) == 1:
            raise KeyboardInterrupt
        done.append(kept(*given, **named))

    monkeypatch.setattr(quoting, "_keep", dying)
    with pytest.raises(KeyboardInterrupt):
        planning.ask_quotes(cj.account.pk)
    monkeypatch.undo()
    planning.ask_quotes(cj.account.pk)
    assert [row.plan_state for row in Order.objects.all()] == ["planned"] * 2
    assert PurchaseOrder.objects.count() == 2


def test_what_a_maker_asks_who_ships_himself_is_reckoned_in(cj):
    gateway = gateway_for(cj.account)
    listed = gateway.search(ProductFilter(), cursor=None, size=40).items
    found = [each.product for each in gateway.products([row.external_id for row in listed])]
    own = next(each for each in found if each and each.product_type == "SUPPLIER_SHIPPED_PRODUCT")
    (template,) = cj.buyer.supplier_templates([own.sku])[own.sku]
    start, items = template.facts["startCountryCode"], ((own.variants[0].external_id, own.variants[0].sku, 1),)
    mixed, plain = (
        question(cj.account, cj, from_country=start, to_country="US", zip_code=code, items=items, own_skus=skus)
        for code, skus in (("10001", (own.sku,)), ("10002", ()))
    )
    elsewhere = question(cj.account, cj, from_country=start, items=items, own_skus=(own.sku,))
    quoting.want([mixed, plain, elsewhere])
    quoting.ask_wanted(cj.account)
    answers = Quotes([mixed, plain, elsewhere])
    by_cj = {route.name: route.price for route in answers.of(plain).routes}
    if by_cj:
        assert {route.name: route.price for route in answers.of(mixed).routes} == {
            name: max(price, template.price) for name, price in by_cj.items()
        }
        assert {route.facts["supplier_asks"] for route in answers.of(mixed).routes} == {str(template.price)}
    else:
        assert [(route.name, route.price) for route in answers.of(mixed).routes] == [(template.name, template.price)]
    assert all("supplier_asks" not in route.facts for route in answers.of(elsewhere).routes)  # he sends to the US only
