"""How buyers order what the demo has published, and how it gets to their doors, under two carriers' labels.

Everything by the services that console and API call; buyers and carriers act by the simulator's control. Time is real:
parcels are moved on by hand, and what the schedule asks for every few minutes is asked for at once.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from urllib.error import HTTPError

from django.db.models import Exists, OuterRef, QuerySet
from rich.console import Console

from accounts.models import PlatformAccount, Shop
from catalog.models import Listing, ListingVariant, StockLevel
from catalog.services.selling import rates
from integrations.models import SyncRun
from orders.machines import OrderStatus, PurchaseStatus
from orders.models import CarrierRule, Order, Package, Payment, PurchaseOrder
from orders.services import (
    buying,
    buyrules,
    choosing,
    intake,
    looking,
    paying,
    purchasing,
    shipping,
    tracking,
)

from .demo_simulator import control, look

ORDERS = 60
PATIENCE_S = 60.0  # for one leg of the way
PACE_S = 1.0  # between two looks
SAY_S = 5.0
BY = "demo"
TOGETHER = 30  # purchases in one payment
TOP_UP = "20000.00"  # USD
CAPS = {"most_per_order": Decimal(500), "most_per_payment": Decimal(5000), "most_per_day": Decimal(20000)}
OWN_CARRIER = "CN"  # the country of the merchant whose parcels go by the supplier's carrier
LABEL_CARRIER = "YunExpress"  # whose labels the supplier's Chinese warehouses take
# Who brings the parcel tells its own number; or it is dropped off, and the marketplace tells one.
BY_SUPPLIER: dict[str, list[str]] = {"non_integrated": ["tracking_no"]}
BY_MARKETPLACE: dict[str, list[str]] = {"dropoff": []}
NOT_OWN = ["BR", "TW"]  # its carriers ask for a tax number that buyers don't give; Shopee hides all addresses
FROM, PLENTY = "CN", 100  # pieces in the supplier's country: several shops sell the same ones
TRIES = 20  # things that a buyer looks at until one is in stock

# How many of each currency a dollar buys, as the simulated markets reckon.
RATES = {
    "BRL": "5.55",
    "MXN": "18.4",
    "MYR": "4.45",
    "PHP": "57.5",
    "SGD": "1.35",
    "THB": "34.5",
    "TWD": "32.1",
    "VND": "25400",
}
FEWEST = 4  # orders from which on two buyers cancel late

AT_THE_DOOR = (OrderStatus.DELIVERED, OrderStatus.COMPLETED)
PAID = (PurchaseStatus.PAID, PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED)


@dataclass
class Trade:
    """One supplier's account, those who sell, and what was ordered from them in this demo."""

    screen: Console
    simulator: str
    supplier: PlatformAccount
    sellers: Sequence[PlatformAccount]
    numbers: list[str] = field(default_factory=list)
    early: str = ""  # the order that its buyer cancels before it is paid at the supplier
    late: str = ""  # … and the one after that

    @cached_property
    def supplier_name(self) -> str:
        """Return how the supplier names its account that the demo uses."""
        known = look(self.simulator, "world")["cj"]["accounts"]
        return str(next(one for one in known if one.get("demo"))["id"])

    @property
    def orders(self) -> QuerySet[Order]:
        return Order.objects.filter(shop__account__in=self.sellers, external_id__in=self.numbers)

    @property
    def purchases(self) -> QuerySet[PurchaseOrder]:
        return PurchaseOrder.objects.filter(order__in=self.orders)

    @property
    def payments(self) -> QuerySet[Payment]:
        return Payment.objects.filter(purchases__in=self.purchases).distinct()

    def say(self, text: str) -> None:
        self.screen.print(text, soft_wrap=True)


def run(
    screen: Console, simulator: str, supplier: PlatformAccount, sellers: Sequence[PlatformAccount], count: int
) -> Trade:
    """Let so many buyers order, and go all the way with what they ordered; tell what became of it."""
    trade = Trade(screen, simulator, supplier, sellers)
    if not count:
        return trade
    _set_rules(trade)
    _let_buyers_order(trade, count)
    _read_orders(trade)
    _buy(trade)
    _pay(trade)
    _cancel_late(trade)
    _send(trade)
    _deliver(trade)
    return trade


# --- how it is done


def _set_rules(trade: Trade) -> None:
    """Say by written rules whose label parcels travel under, and what is bought without asking a person."""
    for account in trade.sellers:
        by_marketplace = {"label": CarrierRule.Label.MARKETPLACE, "names": [LABEL_CARRIER], "from_countries": [FROM]}
        if account.region == OWN_CARRIER:
            choosing.create_rule(
                name="Demo: not by CJ", position=1, account=account, countries=NOT_OWN, **by_marketplace
            )
            by_marketplace = {"label": CarrierRule.Label.SUPPLIER}
        choosing.create_rule(name=f"Demo: {account.name}"[:100], account=account, **by_marketplace)
    buyrules.create_rule(
        trade.supplier, is_active=True, wait_minutes=0, together=TOGETHER, dearer_percent=Decimal(5), **CAPS
    )
    unmasked = {"unmasked": True, "tracking_seconds": 1, "document_seconds": 1}
    control(trade.simulator, "change", platform="shopee", orders=unmasked)
    for currency, rate in RATES.items():
        rates.set_rate("USD", currency, Decimal(rate), BY)
    _set_balance(trade, "0.00")


def _set_balance(trade: Trade, amount: str) -> None:
    control(trade.simulator, "change", platform="cj", balance={"account": trade.supplier_name, "amount": amount})


# --- what buyers order


def _let_buyers_order(trade: Trade, count: int) -> None:
    """Spread the orders over all shops in which something is on sale, one after the other."""
    shelves = [(shop, itertools.cycle(shelf)) for shop in _shops(trade) if (shelf := _shelf(shop))]
    for shop, things in itertools.islice(itertools.cycle(shelves), count):
        trade.numbers.append(_order(trade, shop, things))
    trade.say(f"{len(trade.numbers)} buyers have ordered in {min(count, len(shelves))} shops.")


def _shops(trade: Trade) -> list[Shop]:
    """Return the shops, merchants by turns."""
    rows = [list(account.shops.select_related("account").order_by("pk")) for account in trade.sellers]
    return [shop for turn in itertools.zip_longest(*rows) for shop in turn if shop is not None]


def _shelf(shop: Shop) -> list[ListingVariant]:
    """Return what is on sale in a shop; where the supplier has plenty of something, only that."""
    rows = ListingVariant.objects.filter(listing__shop=shop, listing__status=Listing.Status.LIVE)
    rows = rows.select_related("listing").order_by("global_variant__variant", "pk")
    levels = StockLevel.objects.filter(variant=OuterRef("global_variant__variant"), country_code=FROM, warehouse=None)
    return list(rows.filter(Exists(levels.filter(total__gte=PLENTY)))) or list(rows)


def _order(trade: Trade, shop: Shop, things: Iterator[ListingVariant]) -> str:
    """Let a buyer order one piece of the next thing that is in stock; return the order's number."""
    by_supplier = shop.account.region == OWN_CARRIER and shop.region not in NOT_OWN
    for variant in itertools.islice(things, TRIES):
        line = {"item_id": int(variant.listing.external_id), "quantity": 1}
        if variant.external_id:
            line["model_id"] = int(variant.external_id)
        ways = BY_SUPPLIER if by_supplier else BY_MARKETPLACE
        try:
            told = control(
                trade.simulator, "orders", platform="shopee", shop_id=int(shop.external_id), lines=[line], ways=ways
            )
        except HTTPError as refused:
            if refused.code != 400:
                raise
            continue  # sold out
        return str(told["orders"][0]["order_sn"])
    raise SystemExit(f"{shop} has nothing in stock that a buyer could order.")


def _read_orders(trade: Trade) -> None:
    runs = [intake.request_sync(account, requested_by=BY) for account in trade.sellers]
    ended = (SyncRun.State.DONE, SyncRun.State.FAILED, SyncRun.State.CANCELLED)
    open_runs = SyncRun.objects.filter(pk__in=[run.pk for run in runs]).exclude(state__in=ended)
    _until(trade, lambda: not open_runs.exists(), lambda: f"Reading orders: {trade.orders.count()} are here")


# --- what is bought


def _buy(trade: Trade) -> None:
    """Wait until everything is planned, and until the supplier has fixed the price of what may be bought."""
    open_ = trade.orders.filter(plan_state__in=(Order.Plan.NONE, Order.Plan.WAITING))
    _until(trade, lambda: not open_.exists(), lambda: f"Planning: {open_.count()} orders wait for quotes")
    buying.request_purchases(trade.supplier, requested_by=BY)
    _until(trade, lambda: not _unseen(trade).exists(), lambda: "The rule looks at the plans")
    left = list(trade.purchases.filter(status=PurchaseStatus.PLANNED).select_related("order", "account"))
    if left:
        trade.say(f"The rule leaves {len(left)} purchases to a person, who approves them. {_why(left)}")
        purchasing.approve_many(left, BY, at_once=True)
    trade.say(f"{trade.purchases.count()} purchases are approved.")
    moving = trade.purchases.filter(status__in=_BEFORE_BILL, needs_person=False)
    _until(
        trade, lambda: not moving.exists(), lambda: f"Buying: {moving.count()} have no bill yet", _asks_to_buy(trade)
    )


_BEFORE_BILL = (
    PurchaseStatus.APPROVED,
    PurchaseStatus.SENT,
    PurchaseStatus.CARTED,
    PurchaseStatus.CONFIRMED,
    PurchaseStatus.UNKNOWN,
)


def _unseen(trade: Trade) -> QuerySet[PurchaseOrder]:
    """Return the plans about which the rule has said nothing yet."""
    rows = trade.purchases.filter(status=PurchaseStatus.PLANNED, needs_person=False, problem="")
    return rows.exclude(facts__has_key="rule")


def _why(purchases: Iterable[PurchaseOrder]) -> str:
    reasons = dict.fromkeys(str(each.problem or each.facts.get("rule", "")) for each in purchases)
    return "; ".join(itertools.islice(filter(None, reasons), 3))


def _asks_to_buy(trade: Trade) -> Callable[[], object]:
    return lambda: buying.request_purchases(trade.supplier, requested_by=BY)


# --- what is paid


def _pay(trade: Trade) -> None:
    """Meet an empty balance; a buyer cancels meanwhile; the money comes, and only what is wanted is paid."""
    waiting = trade.payments.filter(needs_person=True)
    unpaid = trade.payments.filter(status__in=Payment.OPEN, needs_person=False)

    def approve() -> None:
        _approve_bills(trade)

    _until(trade, lambda: not unpaid.exists(), lambda: f"Paying: {unpaid.count()} bills are looked at", approve)
    for payment in waiting[:1]:
        trade.say(f"{waiting.count()} bills wait for money. {payment.problem}")
    trade.early = _cancel(trade, trade.purchases.filter(status=PurchaseStatus.AWAITING_PAYMENT), trade.numbers[::-1])
    trade.say(f"The balance is topped up with {TOP_UP} USD, and the bills are retried.")
    _set_balance(trade, TOP_UP)
    for payment in waiting:
        paying.retry(payment, BY)
    paid = trade.purchases.filter(status__in=PAID)
    _until(trade, lambda: not unpaid.exists(), lambda: f"Paying: {paid.count()} purchases are paid", approve)
    for purchase in trade.purchases.filter(order__external_id=trade.early):
        trade.say(f"{purchase} for {trade.early} is “{purchase.get_status_display()}”.")
    trade.say(f"{paid.count()} purchases are paid.")


def _approve_bills(trade: Trade) -> None:
    """Let a person approve what the rule leaves."""
    left = list(trade.payments.filter(status=Payment.Status.BILLED, needs_person=False).exclude(problem=""))
    if left:
        trade.say(f"The rule leaves {len(left)} bills to a person, who approves them. {left[0].problem}")
        purchasing.pay_bills(left, BY)


def _cancel(trade: Trade, purchases: QuerySet[PurchaseOrder], numbers: Iterable[str]) -> str:
    """Let the buyer of the first of these orders that has such a purchase cancel for good; return its number.

    Empty where too few were made.
    """
    if len(trade.numbers) < FEWEST:
        return ""
    chosen = {purchase.order.external_id: purchase for purchase in purchases.select_related("order")}
    number = next((each for each in numbers if each in chosen), "")
    if not number:
        raise SystemExit("Nothing was bought that a buyer could cancel: see the log of the worker.")
    control(trade.simulator, "orders", platform="shopee", cancel=[number], reason="Found it cheaper", outright=True)
    status = chosen[number].get_status_display()
    trade.say(f"The buyer of {number} cancels; {chosen[number]} is “{status}”.")
    return number


def _cancel_late(trade: Trade) -> None:
    """Let a buyer cancel what is paid already: nobody but a person can get the money back."""
    trade.late = _cancel(trade, trade.purchases.filter(status=PurchaseStatus.PAID), trade.numbers)
    _read_orders(trade)
    for purchase in trade.purchases.filter(order__external_id=trade.late):
        trade.say(f"{purchase} waits for a person: {purchase.problem}")


# --- what is sent


def _send(trade: Trade) -> None:
    """Get the marketplace's labels to the supplier, let him send everything, and tell the marketplace."""
    wanted = trade.purchases.filter(status=PurchaseStatus.PAID, needs_person=False)
    unlabelled = wanted.filter(label=PurchaseOrder.Label.MARKETPLACE, label_sha256="")
    stopped = Package.objects.filter(purchase=OuterRef("pk"), is_gone=False).exclude(problem="")
    _until(
        trade,
        lambda: not unlabelled.exclude(Exists(stopped)).exists(),
        lambda: f"Labels: {unlabelled.count()} parcels wait for theirs",
        lambda: _ask_to_ship(trade),
    )
    trade.say(f"{_labels(trade).count()} labels of the marketplace are with the supplier.")
    leaving = list(wanted.exclude(label=PurchaseOrder.Label.MARKETPLACE, label_sha256=""))
    for purchase in leaving:
        control(trade.simulator, "advance", platform="cj", id=purchase.reference, to="dispatched")
    looking.request_refresh(trade.supplier)
    unseen = wanted.filter(pk__in=[purchase.pk for purchase in leaving])
    _until(trade, lambda: not unseen.exists(), lambda: f"Sending: {unseen.count()} parcels are not seen to leave")
    untold = Package.objects.filter(purchase__in=_sent(trade), told_at=None, problem="", is_gone=False)
    untold = untold.filter(purchase__label=PurchaseOrder.Label.SUPPLIER)
    _until(
        trade,
        lambda: not untold.exists(),
        lambda: f"Telling the marketplace: {untold.count()} parcels are left",
        lambda: _ask_to_ship(trade),
    )


def _labels(trade: Trade) -> QuerySet[PurchaseOrder]:
    return trade.purchases.exclude(label_sha256="")


def _sent(trade: Trade) -> QuerySet[PurchaseOrder]:
    return trade.purchases.filter(status__in=(PurchaseStatus.SHIPPED, PurchaseStatus.DELIVERED))


def _ask_to_ship(trade: Trade) -> None:
    for account in trade.sellers:
        shipping.request_due(account)


# --- what arrives


def _deliver(trade: Trade) -> None:
    """Let the carriers bring everything, and see by both ends that it has arrived."""
    trade.say(f"{_sent(trade).count()} parcels are on their way.")
    for purchase in _sent(trade).select_related("order"):
        control(trade.simulator, "advance", platform="cj", id=purchase.reference, to="delivered")
        steps = ["TO_CONFIRM_RECEIVE"]
        if purchase.label == PurchaseOrder.Label.MARKETPLACE:
            steps.insert(0, "SHIPPED")  # the marketplace's carrier fetches it
        for step in steps:
            control(trade.simulator, "advance", platform="shopee", id=purchase.order.external_id, to=step)
    looking.request_refresh(trade.supplier)
    _read_orders(trade)
    for package in _travelling(trade):
        tracking.request_look(package, by=BY)
    _until(
        trade, lambda: not _travelling(trade).exists(), lambda: f"{_travelling(trade).count()} parcels are looked for"
    )
    trade.say(f"{trade.orders.filter(status__in=AT_THE_DOOR).count()} orders arrived.")


def _travelling(trade: Trade) -> QuerySet[Package]:
    status = Package.Status
    moving = (status.READY_FOR_PICKUP, status.PICKED_UP, status.IN_TRANSIT, status.OUT_FOR_DELIVERY)
    rows = Package.objects.filter(order__in=trade.orders, purchase__in=_sent(trade), status__in=moving, is_gone=False)
    return rows.select_related("order__shop", "purchase__account")


# --- waiting


def _until(
    trade: Trade, is_done: Callable[[], bool], words: Callable[[], str], ask: Callable[[], object] | None = None
) -> None:
    """Wait until something is done, asking for it now and then; what is not done in time is told by the summary."""
    until = said = time.monotonic()
    until += PATIENCE_S
    while not is_done():
        now = time.monotonic()
        if now > until:
            trade.say(f"{words()}, and that lasts too long: see the log of the worker.")
            return
        if now - said > SAY_S:
            said = now
            trade.say(f"{words()} …")
        if ask:
            ask()
        time.sleep(PACE_S)
