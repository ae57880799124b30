"""What Shopee knows of goods: global items with models, the shops' items, pictures, publish tasks."""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.simulator.shopee_seeds import closed_at_first

NORMAL, UNLISTED, BANNED, REVIEWING = "NORMAL", "UNLIST", "BANNED", "REVIEWING"
SELLER_DELETED, SHOPEE_DELETED = "SELLER_DELETE", "SHOPEE_DELETE"
GONE = (SELLER_DELETED, SHOPEE_DELETED)
MODEL_NORMAL, MODEL_UNAVAILABLE = "MODEL_NORMAL", "MODEL_UNAVAILABLE"
PROCESSING, SUCCESS, FAILED = "processing", "success", "failed"
SYNC_FIELDS = (
    "name_and_description",
    "media_information",
    "tier_variation_name_and_option",
    "price",
    "days_to_ship",
)
TIERS = ("both", "standardised", "old")

Dimension = dict[str, int]


@dataclass(slots=True)
class Image:
    """An uploaded picture; its size in pixels."""

    image_id: str
    width: int
    height: int
    scene: str = "normal"


@dataclass(slots=True)
class Video:
    """A video on its way through upload and transcoding; ``ready_at`` is when the latter ends."""

    video_id: str
    md5: str
    size: int
    parts: dict[int, int] = field(default_factory=dict)  # part_seq → bytes
    ready_at: float | None = None
    cancelled: bool = False

    def status(self, now: float) -> str:
        """Return its status in Shopee's words."""
        if self.cancelled:
            return "CANCELLED"
        if self.ready_at is None:
            return "INITIATED"
        if sum(self.parts.values()) != self.size:
            return "FAILED"
        return "SUCCEEDED" if now >= self.ready_at else "TRANSCODING"


@dataclass(slots=True)
class Option:
    """A choice on an axis; the id is 0 for a name of the seller's own."""

    name: str
    image_id: str = ""
    option_id: int = 0


@dataclass(slots=True)
class Tier:
    """An axis of variation."""

    name: str
    options: list[Option]
    variation_id: int = 0
    group_id: int = 0

    def copy(self) -> "Tier":
        """Return a tier of its own with the same words."""
        options = [Option(one.name, one.image_id, one.option_id) for one in self.options]
        return Tier(self.name, options, self.variation_id, self.group_id)


@dataclass(slots=True)
class Model:
    """A variant; an item without tiers has one with an empty index. A shop's model shares its global model's stock."""

    model_id: int
    sku: str
    tier_index: tuple[int, ...]
    price: Decimal
    stock: dict[str, int]  # location → pieces
    weight: Decimal | None = None  # kilograms; None: as the item
    dimension: Dimension | None = None
    days_to_ship: int | None = None
    status: str = MODEL_NORMAL
    origin: "Model | None" = None

    @property
    def total(self) -> int:
        """Return what is in stock at all locations."""
        return sum(self.stock.values())


@dataclass(slots=True, kw_only=True)
class Item:
    """What a global item and a shop's item have in common."""

    item_id: int
    owner_id: int  # the merchant or the shop
    category_id: int
    name: str
    description: str
    sku: str
    image_ids: list[str]
    weight: Decimal
    dimension: Dimension | None
    days_to_ship: int
    condition: str
    brand_id: int
    brand_name: str
    attributes: list[dict[str, Any]]
    models: list[Model]
    created_at: float
    updated_at: float
    video_ids: list[str] = field(default_factory=list)
    description_type: str = "normal"
    description_info: dict[str, Any] | None = None
    size_chart: str = ""
    size_chart_id: int = 0
    tiers: list[Tier] = field(default_factory=list)
    status: str = NORMAL

    @property
    def has_model(self) -> bool:
        """Tell whether it comes in variants."""
        return bool(self.tiers)

    @property
    def gone(self) -> bool:
        """Tell whether it was deleted."""
        return self.status in GONE

    def model(self, model_id: int) -> Model | None:
        """Return a model by id; without variants, 0 means the only one."""
        if not self.has_model and not model_id:
            return self.models[0]
        return next((one for one in self.models if one.model_id == model_id and self.has_model), None)


@dataclass(slots=True, kw_only=True)
class ShopItem(Item):
    """An item as buyers see it in one shop."""

    region: str
    global_item: "GlobalItem | None" = None
    channels: list[int] = field(default_factory=list)
    is_pre_order: bool = False
    promotion: bool = False  # a promotion locks price and status

    @property
    def shop_id(self) -> int:
        """Return the shop."""
        return self.owner_id


@dataclass(slots=True, kw_only=True)
class GlobalItem(Item):
    """A merchant's product, with the shop items made from it, deleted ones included."""

    shop_items: list[ShopItem] = field(default_factory=list)

    def living(self) -> list[ShopItem]:
        """Return the shop items that are not deleted."""
        return [one for one in self.shop_items if not one.gone]

    def in_market(self, region: str) -> bool:
        """Tell whether a market has it."""
        return any(one.region == region for one in self.living())


@dataclass(slots=True)
class PublishTask:
    """A wish to bring a global item into a shop; decided at ``due``."""

    task_id: int
    global_item_id: int
    merchant_id: int
    shop_id: int
    region: str
    wishes: dict[str, Any]
    due: float
    status: str = PROCESSING
    reason: str = ""
    item_id: int = 0


@dataclass(slots=True)
class Switches:
    """How the catalogue behaves; changed by control."""

    tiers: str = "both"  # which spelling of the tiers is taken: standardised, old, both
    publish_seconds: float | None = None  # None: 2 to 20, by seed
    lost_results_every: int = 0  # each n-th look at a task says error_cannot_get_publish_result; 0: none
    results_asked: int = 0
    edits_before_upgrade: bool = False  # whether shops of a merchant that has not upgraded may edit their items


class Catalog:
    """Everything about goods, by id; the caller holds the world's lock."""

    def __init__(self, *, seed: int) -> None:
        self.seed = seed
        self.switches = Switches()
        self.populated = False
        self.global_items: dict[int, GlobalItem] = {}
        self.items: dict[int, ShopItem] = {}
        self.tasks: dict[int, PublishTask] = {}
        self.videos: dict[str, Video] = {}
        self.failures: dict[int, list[str]] = {}  # shop → reasons for which its next tasks will fail
        self._closed = closed_at_first()
        self._by_merchant: dict[int, dict[int, GlobalItem]] = {}
        self._by_shop: dict[int, dict[int, ShopItem]] = {}
        self._by_name: dict[tuple[int, str], list[GlobalItem]] = {}
        self._running: dict[tuple[int, int], PublishTask] = {}
        self._due: list[tuple[float, int]] = []
        self.item_ids = itertools.count(2_700_143_060 + seed % 1000, 7)
        self.model_ids = itertools.count(2_000_457_157 + seed % 1000)
        self.shop_item_ids = itertools.count(1_099_283_001 + seed % 1000, 13)
        self.shop_model_ids = itertools.count(10_004_405_040 + seed % 1000)
        self.task_ids = itertools.count(202_603_010_000_012_008 + seed % 1000)
        self.image_numbers = itertools.count(1)

    # Categories

    def closed(self, region: str) -> set[int]:
        """Return the categories that are closed in a market."""
        return self._closed.setdefault(region, set())

    # Global items

    def add_global(self, item: GlobalItem) -> None:
        """Keep a new global item."""
        self.global_items[item.item_id] = item
        self._by_merchant.setdefault(item.owner_id, {})[item.item_id] = item
        self._by_name.setdefault((item.owner_id, item.name), []).append(item)

    def rename_global(self, item: GlobalItem, name: str) -> None:
        """Give a global item another name."""
        self._by_name[item.owner_id, item.name].remove(item)
        item.name = name
        self._by_name.setdefault((item.owner_id, name), []).append(item)

    def globals_of(self, merchant_id: int) -> Iterator[GlobalItem]:
        """Return a merchant's living global items."""
        return (one for one in self._by_merchant.get(merchant_id, {}).values() if not one.gone)

    def global_item(self, merchant_id: int, item_id: int) -> GlobalItem | None:
        """Return a living global item of a merchant."""
        item = self._by_merchant.get(merchant_id, {}).get(item_id)
        return None if item is None or item.gone else item

    def similar(self, merchant_id: int, name: str, sku: str, image_ids: list[str]) -> GlobalItem | None:
        """Return a living item of the same name that has the same SKU or the same pictures."""
        for one in self._by_name.get((merchant_id, name), ()):
            if not one.gone and ((sku and one.sku == sku) or one.image_ids == image_ids):
                return one
        return None

    # The shops' items

    def add_item(self, item: ShopItem) -> None:
        """Keep a new shop item, and let its global item know it."""
        self.items[item.item_id] = item
        self._by_shop.setdefault(item.shop_id, {})[item.item_id] = item
        if item.global_item is not None:
            item.global_item.shop_items.append(item)

    def items_of(self, shop_id: int) -> Iterator[ShopItem]:
        """Return all items of a shop, deleted ones included."""
        return iter(self._by_shop.get(shop_id, {}).values())

    def item(self, shop_id: int, item_id: int) -> ShopItem | None:
        """Return an item of a shop, deleted ones included."""
        return self._by_shop.get(shop_id, {}).get(item_id)

    # Publish tasks

    def add_task(self, task: PublishTask) -> None:
        """Queue a task until it is due."""
        self.tasks[task.task_id] = task
        self._running[task.global_item_id, task.shop_id] = task
        heapq.heappush(self._due, (task.due, task.task_id))

    def running(self, global_item_id: int, shop_id: int) -> PublishTask | None:
        """Return the task that is under way for an item and a shop."""
        return self._running.get((global_item_id, shop_id))

    def take_due(self, now: float) -> Iterator[PublishTask]:
        """Return the tasks whose time has come, in order; each is no longer under way."""
        while self._due and self._due[0][0] <= now:
            task = self.tasks[heapq.heappop(self._due)[1]]
            del self._running[task.global_item_id, task.shop_id]
            yield task
