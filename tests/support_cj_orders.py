"""A CJ account that buys on the simulator: what to buy, what CJ's books say, and how calls are made to fail."""

from dataclasses import replace
from typing import Any

from accounts.models import PlatformAccount
from integrations.bought import PurchaseData, PurchaseDraft, WantedItem, WaybillFile
from integrations.cj.buying import CJBuyer, buyer_for
from integrations.cj.gateway import CJGateway, gateway_for
from integrations.contracts import ProductFilter
from integrations.sold import AddressData
from tests.support import Simulator

ADDRESS = AddressData(
    name="Ann Lee",
    phone="+65 6587 9973",
    lines=("79 Anson Road", "#01-01 Phoenix Tower"),
    city="Singapore",
    state="Singapore",
    zip_code="079906",
    country_code="SG",
)
CARRIER = "CJPacket Ordinary"
LABEL = WaybillFile(content=b"%PDF-1.4 a label of the marketplace", name="label.pdf")

CREATE = "/shopping/order/createOrderV3"
DETAIL = "/shopping/order/getOrderDetail"
LIST = "/shopping/order/list"


class Shopping:
    """One CJ account on the simulator, its buyer, and goods that can be sent to Singapore."""

    def __init__(self, simulator: Simulator, account: PlatformAccount) -> None:
        self.simulator, self.account = simulator, account
        self.buyer: CJBuyer = buyer_for(account)
        self._variants = _sendable(gateway_for(account))
        self._numbers = 0

    # What to buy

    def item(self, place: int = 0, *, quantity: int = 1) -> WantedItem:
        """Return one of the variants that can be bought."""
        return WantedItem(variant_id=self._variants[place], quantity=quantity, line_reference=f"L-{place}")

    def draft(self, **changes: Any) -> PurchaseDraft:
        """Return a purchase under a reference of its own, sent by CJ."""
        self._numbers += 1
        plain = PurchaseDraft(
            reference=f"PO-{self._numbers}",
            address=ADDRESS,
            items=(self.item(quantity=2),),
            route=CARRIER,
            from_country="CN",
            country_name="Singapore",
            platform="shopee",
        )
        return replace(plain, **changes)

    def placed(self, **changes: Any) -> PurchaseData:
        """Return an order that CJ has."""
        return self.buyer.place(self.draft(**changes))

    def confirmed(self, *orders: PurchaseData) -> str:
        """Put orders into the cart and confirm them; return the shipment's id."""
        ids = [order.external_id for order in orders]
        assert self.buyer.add_to_cart(ids).done == tuple(ids)
        outcome = self.buyer.confirm(ids)
        assert outcome.done == tuple(ids)
        return outcome.batch_id

    def paid(self, *orders: PurchaseData) -> None:
        """Go all the way to the payment."""
        shipment = self.confirmed(*orders)
        self.buyer.pay(shipment, self.buyer.bill(shipment).payment_id)

    # What CJ says

    def booked(self, kind: str) -> list[dict[str, Any]]:
        """Return what CJ's books hold of a kind."""
        entries = self.simulator.look("books")["entries"]
        return [entry for entry in entries if entry["platform"] == "cj" and entry["kind"] == kind]

    def calls(self, path: str) -> int:
        """Return how many calls of a path CJ has got, whatever came of them."""
        return sum(call["path"] == path for call in self.simulator.look("calls")["calls"])

    def orders(self, **which: Any) -> list[dict[str, Any]]:
        """Return the orders as CJ has them."""
        found: list[dict[str, Any]] = self.simulator.look("orders", platform="cj", **which)["orders"]
        return found

    def order(self, reference: str) -> dict[str, Any]:
        """Return one order as CJ has it."""
        (found,) = self.orders(id=reference)
        return found

    # What befalls

    def change(self, **what: Any) -> None:
        """Change something at CJ."""
        self.simulator.control("change", platform="cj", **what)

    def advance(self, order: PurchaseData, to: str) -> None:
        """Let an order go on."""
        self.simulator.control("advance", platform="cj", id=order.external_id, to=to)

    def fail(self, path: str, **how: Any) -> None:
        """Let the next call of a path go wrong."""
        self.simulator.control("faults", platform="cj", path=path, **how)


def _sendable(cj: CJGateway, count: int = 4) -> list[str]:
    """Return variants in stock in China that CJ would send to Singapore."""
    found: list[str] = []
    for summary in cj.search(ProductFilter(), cursor=None, size=40).items:
        stock = cj.stock(summary.external_id)
        for variant, rows in stock.items():
            in_china = sum(row.total or 0 for row in rows if row.country_code == "CN" and not row.warehouse_id)
            if in_china >= 20 and summary.external_id not in found:
                found.append(variant)
                break
        if len(found) == count:
            return found
    raise AssertionError("the simulator's catalogue has too few goods in China")
