"""B6: orders bought and paid while workers die and answers are lost, at every boundary: none twice, none forgotten.

In each run one or two orders are approved, and at one boundary of one call (created, put into the cart, confirmed,
billed, paid) something happens: the worker dies before or after the call, the connection is cut before or after the
platform acts, the platform acts late, a worker stalls until another has done its work, the balance is too small. Then
workers go on until it is quiet, and CJ's books are held against ours. A part of the runs ends real processes by
SIGKILL; in the others the death is an exception that nothing catches, raised where the call is sent.

The controls are what people write first: a chain without memory that begins anew, and a client that repeats everything.

    python -m tests.benchmarks.b6_crashes --db postgres --runs 1000
"""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import supplied, workbench

LEASE_S = 61.0  # after so long the job of a dead worker is taken back
PATIENCE_S = 3_600.0  # of the workers, virtual
CHUNK = 20  # runs whose orders are read together
REAL_SHARE = 100  # one run in so many ends a real process


class Killed(BaseException):
    """The worker is dead: nothing catches this."""


@dataclass(frozen=True, slots=True)
class Boundary:
    """A call that writes, at which something may happen."""

    name: str
    path: str


# Whoever adds a step that writes at a platform adds it here.
BOUNDARIES = [
    Boundary("create", "/shopping/order/createOrderV3"),
    Boundary("cart", "/shopping/order/addCart"),
    Boundary("confirm", "/shopping/order/addCartConfirm"),
    Boundary("bill", "/shopping/order/saveGenerateParentOrder"),
    Boundary("pay", "/shopping/pay/payBalanceV2"),
]
MODES = ("kill before", "kill after", "cut before", "cut after", "late", "stall before", "stall after", "poor")
CASES = [case for case in itertools.product(BOUNDARIES, MODES) if case[1] != "poor" or case[0].name == "pay"]


@dataclass(slots=True)
class Trouble:
    """Stands where calls are sent, and lets one thing happen at one boundary."""

    send: Callable[[Any], Any]
    meanwhile: Callable[[], object] = lambda: None  # what another worker does while this one stalls
    case: tuple[Boundary, str] | None = None
    happened: Counter[str] = field(default_factory=Counter)
    _late: list[tuple[int, Any]] = field(default_factory=list)

    def __call__(self, order: Any) -> Any:
        if self.case is None or not order.call.path.endswith(self.case[0].path):
            answer = self.send(order)
            self._act_late()
            return answer
        (boundary, mode), self.case = self.case, None
        self.happened[f"{mode} {boundary.name}"] += 1
        what, _, when = mode.partition(" ")
        if what == "late":
            self._late.append((2, order))
            return _lost(order)
        if when == "before":
            return self._befall(what, order)
        answer = self.send(order)
        return self._befall(what, order, answer)

    def _befall(self, what: str, order: Any, answer: Any = None) -> Any:
        if what == "kill":
            raise Killed
        if what == "cut":
            return _lost(order)
        self.meanwhile()
        return answer or self.send(order)

    def _act_late(self) -> None:
        """Let the platform act on a call that was given up, after the look at it that saw nothing."""
        due, self._late = self._late, []
        for left, order in due:
            if left > 1:
                self._late.append((left - 1, order))
            else:
                self.send(order)


def _lost(order: Any) -> Any:
    from integrations.wire import Exchange, Fault

    return Exchange(order.call, fault=Fault.NO_ANSWER, detail="lost")


@contextmanager
def troubled() -> Iterator[Trouble]:
    """Stand where calls are sent."""
    from integrations import http

    trouble = Trouble(http._send)
    http._send = trouble  # type: ignore[assignment]
    try:
        yield trouble
    finally:
        http._send = trouble.send  # type: ignore[assignment]


# --- one run after the other


class Crashes:
    """Runs on one world; what came of them is asked of CJ's books and of our rows at the end."""

    def __init__(self, world: Any, clock: Any, trouble: Trouble) -> None:
        self.world, self.clock, self.trouble = world, clock, trouble
        self.purchases: list[Any] = []
        self.calls = 0

    def run(self, cases: list[tuple[Boundary, str]]) -> None:
        """Let each of these happen to orders of its own."""
        for start in range(0, len(cases), CHUNK):
            chunk = cases[start : start + CHUNK]
            self._keep_connected()
            orders = self.world.orders(sum(self._size(start + at) for at in range(len(chunk))))
            for at, case in enumerate(chunk):
                mine, orders = orders[: self._size(start + at)], orders[self._size(start + at) :]
                self._one(case, [self.world.purchase(order) for order in mine])

    @staticmethod
    def _size(number: int) -> int:
        return 1 + number % 2

    def _one(self, case: tuple[Boundary, str], purchases: list[Any]) -> None:
        from orders.services import approving

        self.purchases += purchases
        for purchase in purchases:
            approving.approve(purchase, "ann", at_once=True)
        if case[1] == "poor":
            self._be_poor()
        else:
            self.trouble.case, self.trouble.meanwhile = case, self._another_worker
        self._work_until_quiet()
        self.trouble.case = None

    def _work_until_quiet(self) -> None:
        for _again in range(5):
            try:
                self.world.work(PATIENCE_S)
                return
            except Killed:
                self.clock.sleep(LEASE_S)

    def _another_worker(self) -> None:
        """This worker hangs until it is thought dead, and another does its work."""
        self.clock.sleep(LEASE_S)
        self.world.work(PATIENCE_S)

    def _be_poor(self) -> None:
        """Have too little, be told, top up, and let a person say that it may go on."""
        from orders.models import Payment
        from orders.services import paying

        self.world.balance("0.01")
        self.world.work(PATIENCE_S)
        self.trouble.happened["poor pay"] += 1
        self.world.balance("1000000")
        for payment in Payment.objects.filter(status__in=Payment.OPEN, needs_person=True):
            paying.retry(payment, "ann")

    def _keep_connected(self) -> None:
        from integrations import tasks

        self.clock.sleep(1)
        tasks.refresh_tokens()
        self.world.work(0)


@dataclass(frozen=True, slots=True)
class Books:
    """What CJ has booked, held against what was wanted."""

    wanted: int
    double_orders: int
    double_payments: int
    forgotten: int  # wanted, and not paid in the end
    untold: int  # paid at CJ, and we don't know

    @property
    def faults(self) -> int:
        return self.double_orders + self.double_payments + self.forgotten + self.untold


def audit(world: Any, wanted: dict[str, bool]) -> Books:
    """Hold CJ's books against what was wanted: name of an order → whether we believe that it is paid.

    What a name begins with, up to a tilde, is the order for which it was bought.
    """
    ordered = Counter(_order(entry["order_number"]) for entry in world.booked("orders"))
    for entry in world.booked("deletions"):
        ordered[_order(entry["order_number"])] -= 1
    paid = Counter(_order(number) for entry in world.booked("payments") for number in entry["order_numbers"])
    return Books(
        wanted=len(wanted),
        double_orders=sum(max(0, ordered[name] - 1) for name in wanted),
        double_payments=sum(max(0, paid[name] - 1) for name in wanted),
        forgotten=sum(paid[name] == 0 for name in wanted),
        untold=sum(bool(paid[name]) and not known for name, known in wanted.items()),
    )


def _order(number: str) -> str:
    return number.partition("~")[0]


def ours(world: Any, purchases: list[Any]) -> Books:
    """Hold CJ's books against our purchases."""
    from orders.machines import PurchaseStatus
    from orders.models import PurchaseOrder

    rows = PurchaseOrder.objects.filter(pk__in=[purchase.pk for purchase in purchases])
    return audit(world, {row.reference: row.status == PurchaseStatus.PAID for row in rows})


# --- the controls


def naive(world: Any, trouble: Trouble, cases: list[tuple[Boundary, str]], *, repeats: bool) -> Books:
    """Buy and pay in one chain. After a death it begins anew; `repeats`: what fails is sent again, up to thrice."""
    from integrations.errors import PlatformError
    from integrations.gateways import buyer_for
    from orders.services import buying

    buyer, told = buyer_for(world.account), {}
    for number, case in enumerate(cases):
        (order,) = world.orders(1)
        draft = buying.draft_of(world.purchase(order))
        name = f"{'R' if repeats else 'N'}{number}"
        told[name], trouble.case = False, None if case[1] == "poor" else case
        trouble.meanwhile = lambda: None
        for attempt in range(3):
            try:
                _chain(buyer, draft, f"{name}~{attempt}", repeats)
                told[name] = True
                break
            except Killed:
                continue
            except PlatformError:
                if not repeats:
                    break
        trouble.case = None
    return audit(world, told)


def _chain(buyer: Any, draft: Any, name: str, repeats: bool) -> None:
    from dataclasses import replace

    numbers = itertools.count()
    made = _repeat(lambda: buyer.place(replace(draft, reference=f"{name}-{next(numbers)}")), repeats)
    _repeat(lambda: buyer.add_to_cart([made.external_id]), repeats)
    batch = _repeat(lambda: buyer.confirm([made.external_id]), repeats).batch_id
    _repeat(lambda: buyer.pay(batch, buyer.bill(batch).payment_id), repeats)


def _repeat(call: Callable[[], Any], repeats: bool) -> Any:
    from integrations.errors import PlatformError

    for left in (2, 1, 0):
        try:
            return call()
        except PlatformError:
            if not repeats or not left:
                raise
    return None


# --- real processes


def kill_for_real(world: Any, clock: Any, url: str, cases: list[tuple[Boundary, str]]) -> list[Any]:
    """End a real worker by SIGKILL in each of these cases, let others go on; return the purchases."""
    from django.db import connection

    from orders.services import approving

    made = []
    for boundary, mode in cases:
        purchases = [world.purchase(order) for order in world.orders(2)]
        for purchase in purchases:
            approving.approve(purchase, "ann", at_once=True)
        made += purchases
        connection.close()
        for death in (f"{boundary.path}:{mode.split()[1]}", "", ""):
            ended = _process(world, url, death)
            if death and ended != -signal.SIGKILL:
                raise RuntimeError(f"the worker was to be killed {mode} {boundary.name}, and ended with {ended}")
        clock.sleep(max(0.0, world.simulator.look("clock")["now"] - clock.now()))
    return made


def _process(world: Any, url: str, death: str) -> int:
    """Let a worker process work until it is quiet, or until it ends itself as `path:before` or `path:after` asks."""
    start = world.simulator.look("clock")["now"] + LEASE_S
    command = [sys.executable, "-m", "tests.benchmarks.b6_worker", repr(start), death]
    env = os.environ | {"DATABASE_URL": url, "CJ_BASE_URL": world.simulator.url}
    env |= {"SHOPEE_BASE_URL": world.simulator.url, "SHOPEE_AUTH_URL": world.simulator.url}
    ended = subprocess.run(command, cwd=workbench.ROOT, env=env, capture_output=True, text=True, check=False)
    if ended.returncode not in (0, -signal.SIGKILL):
        raise RuntimeError(ended.stderr[-2000:])
    return ended.returncode


# --- all of it


def main() -> None:
    given = workbench.arguments(__doc__ or "", runs=1_000, real=0, control=60, seed=6)
    real = given.real or max(1, given.runs // REAL_SHARE)
    with supplied.simulator(60, clock="manual") as running, workbench.own_database(given.db) as url:
        from django.conf import settings

        from integrations import clock
        from integrations.clock import VirtualClock
        from tests.orders.buying_world import World
        from tests.support import Simulator

        settings.CJ_BASE_URL = settings.SHOPEE_BASE_URL = settings.SHOPEE_AUTH_URL = running.url
        settings.CJ_IP_RPS = supplied.UNLIMITED
        running.limit(None)
        running.control("limits", platform="shopee", rps=None)
        virtual = VirtualClock(running.look("clock")["now"], header="X-Simulator-Time")
        with clock.use(virtual), troubled() as trouble:
            world = World(Simulator(running.url, None))
            world.rule()
            dice, began = random.Random(given.seed), time.perf_counter()
            crashes = Crashes(world, virtual, trouble)
            crashes.run([dice.choice(CASES) for _ in range(max(0, given.runs - real - len(CASES)))] + CASES)
            took = time.perf_counter() - began
            killable = [case for case in CASES if case[1].startswith("kill")]
            crashes.purchases += kill_for_real(
                world, virtual, url, [killable[at % len(killable)] for at in range(real)]
            )
            mine = ours(world, crashes.purchases)
            befallen = trouble.happened.copy()
            cases = [dice.choice(CASES) for _ in range(given.control)]
            chain = naive(world, trouble, cases, repeats=False)
            repeater = naive(world, trouble, cases, repeats=True)
        show(given, befallen, real, took, {"ours": mine, "a chain": chain, "repeats all": repeater})
        workbench.conclude(promises(mine, chain, repeater, befallen))


def show(given: Any, befallen: Counter[str], real: int, took: float, books: dict[str, Books]) -> None:
    """Print what happened and what came of it."""
    print(f"B6, {given.db}, {workbench.machine()}: {befallen.total()} boundaries hit in process, {real} by SIGKILL\n")
    workbench.table(["what happened", "times"], [[name, count] for name, count in sorted(befallen.items())])
    print()
    head = ["books", "orders", "ordered twice", "paid twice", "forgotten", "paid, not known"]
    rows = [
        [name, of.wanted, of.double_orders, of.double_payments, of.forgotten, of.untold] for name, of in books.items()
    ]
    workbench.table(head, rows)
    print(f"\n{took:.0f} s, {befallen.total() / took:.1f} runs a second\n")


def promises(mine: Books, chain: Books, repeater: Books, befallen: Counter[str]) -> dict[str, bool]:
    """Return the promises, and which are kept."""
    return {
        f"{mine.double_orders} of {mine.wanted} orders were made twice": mine.double_orders == 0,
        f"{mine.double_payments} were paid twice": mine.double_payments == 0,
        f"{mine.forgotten} were forgotten": mine.forgotten == 0,
        f"of {mine.untold} payments we do not know": mine.untold == 0,
        f"{len(befallen)} of {len(CASES)} kinds of trouble happened": len(befallen) == len(CASES),
        f"the chain without memory fails ({chain.faults} faults)": chain.faults > 0,
        f"the client that repeats everything fails ({repeater.faults} faults)": repeater.faults > 0,
    }


if __name__ == "__main__":
    main()
