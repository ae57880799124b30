"""A seller who ships: orders, packages, labels, first mile of one shop, spoken by hand over HTTP."""

from dataclasses import dataclass
from typing import Any

import requests

from tests.integrations.simulator.conftest import NOON, Simulator
from tests.integrations.simulator.shopee_callers import Seller, plain_shop, seller

HOUR, DAY = 3600, 86_400
ALL_FIELDS = (
    "item_list,package_list,recipient_address,total_amount,pay_time,cancel_by,cancel_reason,buyer_cancel_reason"
)


@dataclass
class Trader:
    """One shop's calls, and what control does around it."""

    seller: Seller
    shop_id: int

    @property
    def simulator(self) -> Simulator:
        return self.seller.simulator

    def sibling(self, region: str) -> "Trader":
        """Return another shop of the same merchant."""
        return Trader(self.seller, self.seller.shops[region])

    def raw(self, method: str, name: str, **given: Any) -> requests.Response:
        path = f"/api/v2/{name.replace('.', '/')}"
        options = {"params": given} if method == "GET" else {"json": given}
        return self.seller.send(method, path, {"shop_id": self.shop_id}, **options)

    def get(self, name: str, **params: Any) -> Any:
        return self.raw("GET", name, **params).json()

    def post(self, name: str, **body: Any) -> Any:
        return self.raw("POST", name, **body).json()

    def done(self, name: str, **body: Any) -> Any:
        """Post and return the response of a call that has to succeed."""
        reply = self.post(name, **body)
        assert reply["error"] == "", reply
        return reply.get("response")

    def orders(self, **options: Any) -> list[dict[str, Any]]:
        return self.simulator.control("orders", platform="shopee", shop_id=self.shop_id, **options)["orders"]

    def order(self, **options: Any) -> str:
        return self.orders(**options)[0]["order_sn"]

    def buyers(self, **options: Any) -> Any:
        return self.simulator.control("orders", platform="shopee", **options)["orders"]

    def advance(self, ident: str, to: str) -> Any:
        return self.simulator.control("advance", platform="shopee", id=ident, to=to)

    def change(self, **changes: Any) -> Any:
        return self.simulator.control("change", platform="shopee", **changes)

    def wait(self, seconds: float) -> None:
        """Let time pass; where tokens die on the way, the seller allows the app anew."""
        self.simulator.control("clock", advance_s=seconds)
        if seconds > HOUR:
            self.seller.__post_init__()

    def detail(self, sn: str, fields: str = ALL_FIELDS, **params: Any) -> dict[str, Any]:
        reply = self.get("order.get_order_detail", order_sn_list=sn, response_optional_fields=fields, **params)
        return reply["response"]["order_list"][0]

    def status(self, sn: str) -> tuple[str, list[str]]:
        """Return the status of an order and of its packages."""
        shown = self.detail(sn, "package_list")
        return shown["order_status"], [one["logistics_status"] for one in shown["package_list"]]

    def packages(self, sn: str) -> list[str]:
        return [one["package_number"] for one in self.detail(sn, "package_list")["package_list"]]

    def number(self, sn: str, **params: Any) -> str:
        reply = self.get("logistics.get_tracking_number", order_sn=sn, **params)
        return reply["response"]["tracking_number"]

    def ship(self, sn: str, **body: Any) -> str:
        """Arrange by drop-off unless a way is given; return the error."""
        ways = {"pickup", "dropoff", "non_integrated"}
        return self.post(
            "logistics.ship_order", order_sn=sn, **(body if ways & set(body) else {**body, "dropoff": {}})
        )["error"]

    def processed(self, **options: Any) -> tuple[str, str]:
        """Return an order that is arranged, with its tracking number."""
        sn = self.order(**options)
        assert self.ship(sn) == ""
        self.wait(60)
        return sn, self.number(sn)

    def entries(self, kind: str) -> list[dict[str, Any]]:
        """Return the facts of the books of one kind, oldest first."""
        rows = self.simulator.show("books", platform="shopee", kind=kind)["entries"]
        bare = ("platform", "account", "kind", "at")
        return [{name: value for name, value in row.items() if name not in bare} for row in rows]

    def stock(self, sku: str) -> int:
        """Return what is on sale of a model or an item."""
        reply = self.seller.shop_get(self.shop_id, "search_item", item_sku=sku, page_size=10)
        item_id = reply["response"]["item_id_list"][0]
        for model in self.seller.shop_models(self.shop_id, item_id) or ():
            if model["model_sku"] == sku:
                return model["stock_info_v2"]["summary_info"]["total_available_stock"]
        info = self.seller.shop_get(self.shop_id, "get_item_base_info", item_id_list=item_id)["response"]["item_list"][
            0
        ]
        return info["stock_info_v2"]["summary_info"]["total_available_stock"]


def trader(simulator: Simulator, region: str = "MY", number: int = 0) -> Trader:
    """Return a shop of the Chinese merchant (0) or the Korean (1)."""
    owner = seller(simulator, number)
    return Trader(owner, owner.shops[region])


def plain_trader(simulator: Simulator) -> Trader:
    """Return a shop without a merchant."""
    return Trader(*plain_shop(simulator))


__all__ = ["DAY", "HOUR", "NOON", "Trader", "plain_trader", "trader"]
