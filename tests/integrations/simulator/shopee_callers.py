"""Sellers at the simulated Shopee, who speak HTTP and sign by hand."""

import hashlib
import hmac
import io
from dataclasses import dataclass, field
from typing import Any

import requests
from PIL import Image

from integrations.simulator.shopee_seeds import categories
from tests.integrations.simulator.conftest import Simulator

TOTE_BAGS, EARPHONES, HOODIES = "Tote Bags", "Earphones & Headphones", "Hoodies & Sweatshirts"
HAND_TOOLS, MUGS, CLEANSERS = "Hand Tools", "Drinkware", "Facial Cleansers"
LEAVES = {one.name: one.id for one in categories().values() if one.rules}
CHINA = {"attribute_id": 100004, "attribute_value_list": [{"value_id": 617}]}
CANVAS = {"attribute_id": 100134, "attribute_value_list": [{"value_id": 0, "original_value_name": "Waxed canvas"}]}
COLORS = ("Red", "Blue", "Green")


@dataclass
class Seller:
    """The app's calls on behalf of a main account's merchant and shops, or of a plain shop."""

    simulator: Simulator
    owner: dict[str, int]
    merchant: dict[str, Any] = field(default_factory=dict)
    token: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.app = self.simulator.show("world")["shopee"]
        code = self.simulator.control("authorize", platform="shopee", **self.owner)["code"]
        reply = self.public("/api/v2/auth/token/get", partner_id=self.app["partner_id"], code=code, **self.owner)
        self.token = reply["access_token"]

    def send(self, method: str, path: str, subject: dict[str, int], **options: Any) -> requests.Response:
        timestamp = int(self.simulator.show("clock")["now"])
        common: dict[str, Any] = {"partner_id": self.app["partner_id"], "timestamp": timestamp}
        parts = [self.app["partner_id"], path, timestamp]
        if subject:
            common |= {"access_token": self.token, **subject}
            parts += [self.token, *subject.values()]
        base = "".join(str(part) for part in parts)
        common["sign"] = hmac.new(self.app["partner_key"].encode(), base.encode(), hashlib.sha256).hexdigest()
        params = {**common, **options.pop("params", {})}
        return self.session.request(method, f"{self.simulator.base_url}{path}", params=params, timeout=10, **options)

    @property
    def shops(self) -> dict[str, int]:
        """Return the merchant's shops by region."""
        return {shop["region"]: shop["shop_id"] for shop in self.merchant["shops"]}

    def public(self, path: str, **body: Any) -> Any:
        return self.send("POST", path, {}, json=body).json()

    def get(self, name: str, **params: Any) -> Any:
        """Read as the merchant: ``get_category`` of global_product."""
        return self.send("GET", f"/api/v2/global_product/{name}", self._merchant, params=params).json()

    def post(self, name: str, **body: Any) -> Any:
        return self.send("POST", f"/api/v2/global_product/{name}", self._merchant, json=body).json()

    def code(self, name: str, **body: Any) -> tuple[str, str]:
        """Return what a write is refused with."""
        reply = self.post(name, **body)
        return reply["error"], reply["message"]

    def shop_get(self, shop_id: int, name: str, **params: Any) -> Any:
        return self.send("GET", f"/api/v2/product/{name}", {"shop_id": shop_id}, params=params).json()

    def shop_post(self, shop_id: int, name: str, **body: Any) -> Any:
        return self.send("POST", f"/api/v2/product/{name}", {"shop_id": shop_id}, json=body).json()

    def upload(self, count: int = 1, *, size: tuple[int, int] = (400, 300), kind: str = "PNG") -> list[str]:
        return [self.upload_reply(picture(size, kind, shade))["image_info"]["image_id"] for shade in range(count)]

    def upload_reply(self, *pictures: bytes, **form: str) -> Any:
        files = [("image", (f"{number}.png", content, "image/png")) for number, content in enumerate(pictures)]
        reply = self.send("POST", "/api/v2/media_space/upload_image", {}, files=files, data=form).json()
        return reply.get("response", reply)

    def add(self, **changes: Any) -> int:
        """Add a global item and return its id."""
        reply = self.post("add_global_item", **self.item(**changes))
        assert reply["error"] == "", reply
        return reply["response"]["global_item_id"]

    def add_with_models(self, colors: tuple[str, ...] = COLORS, **changes: Any) -> int:
        """Add a global item in several colors and return its id."""
        item_id = self.add(**changes)
        self.simulator.control("clock", advance_s=6)
        reply = self.post("init_tier_variation", **self.tiers(item_id, colors))
        assert reply["error"] == "", reply
        return item_id

    def item(self, **changes: Any) -> dict[str, Any]:
        """Return the body of a good item; None takes a field out."""
        image_ids = changes.pop("image_ids", None) or self.upload(2)
        body = {
            "category_id": self.leaf(TOTE_BAGS),
            "global_item_name": "Cotton tote bag 38cm",
            "description": "Canvas tote bag, 38 x 42 cm, reinforced handles.",
            "global_item_sku": "TOTE-38",
            "image": {"image_id_list": image_ids},
            "original_price": 39.9,
            "weight": 0.35,
            "dimension": {"package_length": 30, "package_width": 25, "package_height": 4},
            "pre_order": {"days_to_ship": 2},
            "condition": "NEW",
            "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
            "attribute_list": [CHINA, CANVAS],
            "seller_stock": [{"location_id": self.merchant["locations"][0], "stock": 100}] if self.merchant else [],
        }
        return {name: value for name, value in (body | changes).items() if value is not None}

    def tiers(self, item_id: int, colors: tuple[str, ...] = COLORS, *, old: bool = False) -> dict[str, Any]:
        """Return the body of init_tier_variation for some colors, in one of the two spellings."""
        options: dict[str, Any] = {
            "standardise_tier_variation": [
                {
                    "variation_id": 0,
                    "variation_group_id": 0,
                    "variation_name": "Colour",
                    "variation_option_list": [
                        {"variation_option_id": 0, "variation_option_name": color} for color in colors
                    ],
                }
            ]
        }
        if old:
            options = {"tier_variation": [{"name": "Colour", "option_list": [{"option": color} for color in colors]}]}
        return {"global_item_id": item_id, **options, "global_model": [model(n) for n in range(len(colors))]}

    def leaf(self, name: str) -> int:
        """Return a leaf by name; of two of the same name, the later one."""
        return LEAVES[name]

    def publish(self, item_id: int, region: str = "MY", **item: Any) -> Any:
        """Publish to the shop of a market, let the time pass, and return the result."""
        task = self.post(
            "create_publish_task",
            global_item_id=item_id,
            shop_id=self.shops[region],
            shop_region=region,
            item=item,
        )
        assert task["error"] == "", task
        self.simulator.control("clock", advance_s=30)
        return self.get("get_publish_task_result", publish_task_id=task["response"]["publish_task_id"])["response"]

    def published(self, item_id: int) -> dict[str, dict[str, Any]]:
        """Return the shop items of a global item by region."""
        rows = self.get("get_published_list", global_item_id=item_id)["response"]["published_item"] or []
        return {row["shop_region"]: row for row in rows}

    def shop_models(self, shop_id: int, item_id: int) -> list[dict[str, Any]]:
        return self.shop_get(shop_id, "get_model_list", item_id=item_id)["response"]["model"]

    def models(self, item_id: int) -> list[dict[str, Any]]:
        return self.get("get_global_model_list", global_item_id=item_id)["response"]["global_model"]

    def counted(self, kind: str) -> int:
        """Return how often the books saw something of Shopee."""
        return self.simulator.show("books")["totals"].get("shopee", {}).get(kind, 0)

    @property
    def _merchant(self) -> dict[str, int]:
        return {"merchant_id": self.merchant["merchant_id"]}


def model(number: int, **changes: Any) -> dict[str, Any]:
    """Return a good variant."""
    body = {"tier_index": [number], "global_model_sku": f"TOTE-38-{number}", "original_price": 39.9 + number}
    return {**body, "seller_stock": [{"stock": 10 + number}], **changes}


def picture(size: tuple[int, int] = (400, 300), kind: str = "PNG", shade: int = 0) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", size, (shade * 40 % 256, 90, 120)).save(stream, kind)
    return stream.getvalue()


def seller(simulator: Simulator, number: int = 0, merchant: int = 0) -> Seller:
    """Return the n-th main account, acting for one of its merchants."""
    simulator.control("limits", platform="shopee", rps=None)
    account = simulator.show("world")["shopee"]["main_accounts"][number]
    return Seller(simulator, {"main_account_id": account["main_account_id"]}, account["merchants"][merchant])


def plain_shop(simulator: Simulator) -> tuple[Seller, int]:
    """Return a shop without a merchant."""
    simulator.control("limits", platform="shopee", rps=None)
    shop_id = simulator.show("world")["shopee"]["shops"][0]["shop_id"]
    return Seller(simulator, {"shop_id": shop_id}), shop_id
