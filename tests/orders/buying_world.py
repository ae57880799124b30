"""A seller who buys on the simulator's CJ what was ordered in his shop on the simulator's Shopee."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from accounts.models import Platform, PlatformAccount, Shop
from catalog.models import Variant
from integrations import connections, governor, jobs
from integrations.cj.gateway import gateway_for
from integrations.contracts import ProductFilter
from integrations.gateways import order_channel_for
from integrations.models import SyncJob
from orders.machines import PurchaseStatus
from orders.models import BuyRule, Order, Payment, PurchaseOrder
from orders.services import approving, intake
from tests.factories import make_product, make_variant
from tests.factories_orders import make_purchase
from tests.factories_shopee import connect_merchant
from tests.support_shopee_orders import buy_many, unknown

CARRIER = "CJPacket Ordinary"
SHOPPING = "/shopping/order"
CREATE, DETAIL, LIST = f"{SHOPPING}/createOrderV3", f"{SHOPPING}/getOrderDetail", f"{SHOPPING}/list"
CART, CONFIRM, BILL = f"{SHOPPING}/addCart", f"{SHOPPING}/addCartConfirm", f"{SHOPPING}/saveGenerateParentOrder"
PAY, BALANCE, DELETE = "/shopping/pay/payBalanceV2", "/shopping/pay/getBalance", f"{SHOPPING}/deleteOrder"
ZERO, PRICE = Decimal(0), Decimal("900")  # planned for goods: far above anything in the small world


class World:
    """One CJ account, one shop of a Shopee merchant, and goods of CJ's that can be sent to its buyers."""

    def __init__(self, simulator: Any) -> None:
        self.simulator = simulator
        self.account = _connect_cj(simulator)
        self.shop: Shop = connect_merchant(simulator).shops.get(region="SG")
        self.variants = [_variant(self.account, vid) for vid in _sendable(self.account)]
        self.balance("100000")

    # --- what we have

    def orders(self, count: int = 1, *, quantity: int = 1) -> list[Order]:
        """Let buyers order, and read what they ordered; nobody has matched it, so nothing is planned."""
        told = buy_many(self.simulator, self.shop.external_id, count, lines=[unknown("BAG", quantity=quantity)])
        channel, ids = order_channel_for(self.shop.account), [each["order_sn"] for each in told]
        found: dict[str, Order] = {}
        for start in range(0, len(ids), channel.most_orders):
            fetched = channel.orders(self.shop.external_id, ids[start : start + channel.most_orders])
            found |= intake.save_orders(self.shop, list(fetched.orders), "test")
        self.work(0)
        Order.objects.filter(external_id__in=ids).update(revenue_usd=Decimal("1000"), margin_usd=Decimal("500"))
        return [Order.objects.get(pk=found[number].pk) for number in ids]

    def purchases(self, count: int = 1, *, approved: bool = True, **columns: Any) -> list[PurchaseOrder]:
        """Plan purchases for new orders, and approve them."""
        made = [self.purchase(order, **columns) for order in self.orders(count)]
        for purchase in made if approved else ():
            approving.approve(purchase, "ann", at_once=True)
        return made

    def purchase(self, order: Order, **columns: Any) -> PurchaseOrder:
        """Plan a purchase for an order."""
        given = {"route": CARRIER, "label": "marketplace", "planned_goods": PRICE, "planned_freight": ZERO} | columns
        order.lines.update(variant=self.variants[order.pk % len(self.variants)])
        return make_purchase(order, self.account, **given)

    def rule(self, **columns: Any) -> BuyRule:
        """Let a rule approve what the columns do not forbid."""
        given = {"is_active": True, "wait_minutes": 0} | columns
        return BuyRule.objects.update_or_create(account=self.account, defaults=given)[0]

    def work(self, patience: float = 3_600) -> None:
        """Let the workers do all there is, waiting as long as it takes."""
        jobs.work(until_quiet=True, patience=patience)

    def bought(self, count: int = 1, **columns: Any) -> list[PurchaseOrder]:
        """Go as far as the bill."""
        made = self.purchases(count, **columns)
        self.work()
        return again(made)

    def approve_bills(self, by: str = "ann") -> None:
        """Let a person approve all bills, and the workers pay them."""
        for payment in Payment.objects.filter(status=Payment.Status.BILLED):
            approving.approve_payment(payment, by)
        self.work()

    def failed_jobs(self) -> list[str]:
        """Return what failed for good."""
        return [f"{job.key}: {job.problem}" for job in SyncJob.objects.filter(state=SyncJob.State.FAILED)]

    # --- what CJ has

    def booked(self, kind: str) -> list[dict[str, Any]]:
        """Return what CJ's books hold of a kind."""
        entries = self.simulator.look("books", platform="cj", kind=kind)["entries"]
        return [entry for entry in entries if entry["platform"] == "cj" and entry["kind"] == kind]

    def at_cj(self, purchase: PurchaseOrder) -> dict[str, Any]:
        """Return a purchase as CJ has it."""
        (found,) = self.simulator.look("orders", platform="cj", id=purchase.reference)["orders"]
        return dict(found)

    def calls(self, *paths: str) -> int:
        """Return how many calls of these paths CJ has got, of all without any; without those for other things."""
        made = [call["path"] for call in self.simulator.look("calls", limit=100_000)["calls"]]
        return sum(path in paths if paths else path.startswith("/shopping/") for path in made)

    def change(self, **what: Any) -> None:
        """Change something at CJ."""
        self.simulator.control("change", platform="cj", **what)

    def balance(self, amount: str) -> None:
        """Set what the account can spend."""
        self.change(balance={"account": self.account_at_cj(), "amount": amount})

    def account_at_cj(self) -> str:
        """Return the id by which control knows the account."""
        known = self.simulator.look("world")["cj"]["accounts"]
        return str(next(one for one in known if one["demo"])["id"])

    def advance(self, purchase: PurchaseOrder, to: str) -> None:
        """Let an order at CJ go on."""
        self.simulator.control("advance", platform="cj", id=purchase.reference, to=to)

    def lose(self, path: str, when: str, **more: Any) -> None:
        """Cut off the next answer of a path, before or after CJ acts."""
        self.simulator.control("faults", platform="cj", path=path, when=when, cut=True, **more)

    def storages(self) -> list[str]:
        """Return CJ's warehouses that hold some of the goods."""
        cj = gateway_for(self.account)
        (found,) = cj.search(ProductFilter(), cursor=None, size=1).items
        rows = [row for rows in cj.stock(found.external_id).values() for row in rows]
        return sorted({row.warehouse_id for row in rows if row.warehouse_id})

    def assert_each_once(self, purchases: Sequence[PurchaseOrder]) -> None:
        """Hold CJ's books against the purchases: each ordered once and paid once, and nothing besides."""
        references = sorted(purchase.reference for purchase in purchases)
        assert sorted(entry["order_number"] for entry in self.booked("orders")) == references
        paid = [number for entry in self.booked("payments") for number in entry["order_numbers"]]
        assert sorted(paid) == references
        assert {row.status for row in again(purchases)} == {PurchaseStatus.PAID}


def again(purchases: Sequence[PurchaseOrder]) -> list[PurchaseOrder]:
    """Load purchases anew."""
    rows = {row.pk: row for row in PurchaseOrder.objects.filter(pk__in=[purchase.pk for purchase in purchases])}
    return [rows[purchase.pk] for purchase in purchases]


def buyer_cancels(world: World, purchase: PurchaseOrder) -> None:
    """Let the buyer cancel what a purchase is for."""
    world.simulator.control("orders", platform="shopee", cancel=[purchase.order.external_id], outright=True)


def _connect_cj(simulator: Any) -> PlatformAccount:
    known = simulator.look("world")["cj"]["accounts"]
    account = connections.connect(
        Platform.CJ, api_key=next(one for one in known if one["demo"])["api_key"], name="Demo seller"
    )
    governor.configure(governor.account_key(account), account=account, rate=None)
    return account


def _variant(account: PlatformAccount, vid: str) -> Variant:
    return make_variant(make_product(account), external_id=vid)


def _sendable(account: PlatformAccount, count: int = 3) -> list[str]:
    """Return variants in stock in China."""
    cj, found = gateway_for(account), []
    for summary in cj.search(ProductFilter(), cursor=None, size=40).items:
        for vid, rows in cj.stock(summary.external_id).items():
            if sum(row.total or 0 for row in rows if row.country_code == "CN" and not row.warehouse_id) >= 100:
                found.append(vid)
                break
        if len(found) == count:
            return found
    raise AssertionError("the simulator's catalogue has too few goods in China")
