"""A buyer at CJ: what can be bought, an order's fields, and the steps from order to payment, over HTTP."""

import json
from dataclasses import dataclass
from typing import Any

from integrations.simulator.cj_catalogue import Catalogue, Variant
from tests.integrations.simulator.conftest import Caller, Simulator

ADDRESS = {
    "shippingZip": "10001",
    "shippingCountry": "United States",
    "shippingCountryCode": "US",
    "shippingProvince": "New York",
    "shippingCity": "New York",
    "shippingPhone": "+1 212 555 0100",
    "shippingCustomerName": "Ann Lee",
    "shippingAddress": "1 Main Street",
}
CRANBURY = "201e67f6ba4644c0a36d63bf4989dd70"
CHINO = "f87a1c014e6c4bebbe13359467886e99"
JINHUA = "6709CCD7-0DC7-43B1-B310-17AB499E9B0A"
DONGGUAN = "14461"
PDF = b"%PDF-1.4 label\n%%EOF"
DAY = 86_400
NO_DISCOUNT, NO_WEIGHT, NO_WAREHOUSES, PHANTOMS = 0, 38, 8, 9


@dataclass
class Buyer:
    """Somebody who buys at CJ with one account."""

    simulator: Simulator
    cj: Caller
    plan: str = "Advanced"
    logged_in_s: float = 0  # how long ago

    def variant(
        self, *, area: int = 0, discount: bool = False, hours: int | None = 0, skip: int = 0, spread: bool = False
    ) -> Variant:
        """Return a variant with a plain product page, enough of it in one warehouse of a country, or in two."""
        found = self._variants(area, discount=discount, spread=spread)
        return [one for one in found if hours == 0 or one.product.delivery == hours][skip]

    def _variants(self, area: int, *, discount: bool, spread: bool) -> list[Variant]:
        products = self.simulator.running.world.cj.catalogue.products
        return [
            variant
            for product in products
            if product.on_sale
            and product.odd not in (NO_WEIGHT, NO_WAREHOUSES, PHANTOMS)
            and bool(product.discount) == discount
            and bool(product.salt % 3) == spread
            for variant in Catalogue.variants(product)[:1]
            if any(row.area == area and row.total >= 20 for row in variant.stock())
        ]

    def order(self, number: str, *, version: str = "V2", **fields: Any) -> Any:
        """Create an order of two of the first variant, or of what ``fields`` say; answer the envelope."""
        body: dict[str, Any] = {
            **ADDRESS,
            "orderNumber": number,
            "logisticName": "CJPacket Ordinary",
            "fromCountryCode": "CN",
            **fields,
        }
        if "products" not in body:
            body["products"] = [{"vid": self.variant().vid, "quantity": 2, "storeLineItemId": "L1"}]
        left = {name: value for name, value in body.items() if value is not None}
        return self.cj.post(f"/shopping/order/createOrder{version}", **left)

    def create(self, number: str, **fields: Any) -> str:
        """Create an order; answer its id."""
        reply = self.order(number, **fields)
        assert reply["code"] == 200, reply
        return str(reply["data"]["orderId"])

    def cart(self, *ids: str) -> Any:
        return self.cj.post("/shopping/order/addCart", cjOrderIdList=list(ids))

    def confirm(self, *ids: str) -> Any:
        return self.cj.post("/shopping/order/addCartConfirm", cjOrderIdList=list(ids))

    def parent(self, shipment_id: str) -> Any:
        return self.cj.post("/shopping/order/saveGenerateParentOrder", shipmentOrderId=shipment_id)

    def pay(self, shipment_id: str, pay_id: str) -> Any:
        return self.cj.post("/shopping/pay/payBalanceV2", shipmentOrderId=shipment_id, payId=pay_id)

    def confirmed(self, *ids: str) -> str:
        """Take orders through cart and confirmation; answer the shipment's id."""
        assert self.cart(*ids)["data"]["addSuccessOrders"] == list(ids)
        return str(self.confirm(*ids)["data"]["shipmentsId"])

    def bought(self, number: str, **fields: Any) -> str:
        """Create an order and pay it the safe way; answer its id."""
        order_id = self.create(number, **fields)
        shipment_id = self.confirmed(order_id)
        reply = self.pay(shipment_id, self.parent(shipment_id)["data"]["payId"])
        assert reply["code"] == 200, reply
        return order_id

    def with_label(
        self, number: str, storage_id: str = CRANBURY, country: str = "US", area: int = 1, *, spread: bool = False
    ) -> str:
        """Buy an order which waits for the platform's label."""
        products = [{"vid": self.variant(area=area, spread=spread).vid, "quantity": 2}]
        return self.bought(
            number, shopLogisticsType=1, storageId=storage_id, fromCountryCode=country, products=products
        )

    def upload(self, order_id: str, *, update: bool = False, file: bytes | None = PDF, **fields: Any) -> Any:
        """Upload a label, as multipart/form-data."""
        data = {
            "orderId": order_id,
            "cjOrderId": self.detail(order_id)["cjOrderId"] or "DP0",
            "cjShippingCompanyName": "USPS",
            "trackNumber": "9400100000000000000000",
            **fields,
        }
        files = None if file is None else {"waybillFile": ("label.pdf", file, "application/pdf")}
        path = f"/shopping/order/{'update' if update else 'upload'}WaybillInfo"
        if files is None:
            files = {"nothing": ("nothing", b"", "text/plain")}
        return self.cj.send("POST", path, data=data, files=files).json()

    def detail(self, name: str) -> Any:
        return self.cj.get("/shopping/order/getOrderDetail", orderId=name)["data"]

    def status(self, name: str) -> str:
        return str(self.detail(name)["orderStatus"])

    def balance(self) -> float:
        return float(self.cj.get("/shopping/pay/getBalance")["data"]["amount"])

    def track(self, *numbers: str) -> Any:
        return self.cj.get("/logistic/trackInfo", trackNumber=list(numbers))["data"]

    def stock(self, variant: Variant, country: str = "CN") -> int:
        rows = self.cj.get("/product/stock/queryByVid", vid=variant.vid)["data"]
        return sum(row["totalInventoryNum"] for row in rows if row["countryCode"] == country)

    def pass_time(self, seconds: float) -> None:
        """Let time pass; a login does not live for ever."""
        self.simulator.control("clock", advance_s=seconds)
        self.logged_in_s += seconds
        if self.logged_in_s > 14 * DAY:
            self.cj, self.logged_in_s = self.simulator.login(self.plan), 0

    # What the simulator knows

    def change(self, **what: Any) -> Any:
        return self.simulator.control("change", platform="cj", **what)

    def advance(self, name: str, to: str) -> Any:
        return self.simulator.control("advance", platform="cj", id=name, to=to)

    def known(self, name: str) -> Any:
        return self.simulator.show("orders", platform="cj", id=name)["orders"][0]

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the entries of a kind, without platform and account."""
        return [
            {name: value for name, value in entry.items() if name not in ("platform", "account", "kind")}
            for entry in self.simulator.show("books", platform="cj", kind=kind)["entries"]
        ]

    def messages(self, kind: str) -> list[dict[str, Any]]:
        return [one["message"] for one in self.entries("messages") if one["message"]["type"] == kind]

    def count(self, kind: str) -> int:
        return int(self.simulator.show("books")["totals"].get("cj", {}).get(kind, 0))


def events(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the checkpoints in a LOGISTIC message: JSON in text."""
    found: list[dict[str, Any]] = json.loads(message["params"]["logisticsTrackEvents"])
    return found
