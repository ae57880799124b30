"""What control can do to Shopee's goods: edits in the seller centre, publish trouble, categories, switches."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from integrations.simulator.fields import BadField, Fields
from integrations.simulator.shopee_catalog import (
    SELLER_DELETED,
    SHOPEE_DELETED,
    TIERS,
    GlobalItem,
    Item,
    Model,
    ShopItem,
)
from integrations.simulator.shopee_parties import Shop
from integrations.simulator.shopee_publishing import delete_item, flow_down, rounded
from integrations.simulator.shopee_seeds import leaf, markets
from integrations.simulator.shopee_start import ready
from integrations.simulator.world import World


def change_item(world: World, wanted: Fields) -> dict[str, Any]:
    """Edit a shop's item in the seller centre, put it into a promotion, or delete it behind everyone's back."""
    wanted.only("item_id", "model_id", "name", "price", "stock", "status", "promotion", "deleted")
    catalog = ready(world)
    item = catalog.items.get(wanted.integer("item_id", default=0) or 0)
    if item is None:
        raise BadField("item_id", "unknown", "Give an item_id of product.get_item_list.")
    if "name" in wanted:
        item.name = wanted.text("name", required=True)
    if "price" in wanted:
        for model in _models(item, wanted):
            model.price = rounded(markets()[item.region], _price(wanted))
    if "stock" in wanted:
        _set_stock(item, wanted)
    if "promotion" in wanted:
        item.promotion = wanted.flag("promotion")
    if "status" in wanted:
        item.status = wanted.choice("status", ("NORMAL", "UNLIST", "BANNED", "REVIEWING"), required=True)
    if "deleted" in wanted:
        by = wanted.choice("deleted", ("seller", "shopee"), required=True)
        delete_item(world, item, SELLER_DELETED if by == "seller" else SHOPEE_DELETED)
    item.updated_at = world.clock.now()
    return {"item_id": item.item_id, "shop_id": item.shop_id, "name": item.name, "status": item.status}


def change_global_item(world: World, wanted: Fields) -> dict[str, Any]:
    """Edit a global item in the seller centre, or delete it with its shop items."""
    wanted.only("global_item_id", "global_model_id", "name", "price", "stock", "deleted")
    catalog = ready(world)
    item = catalog.global_items.get(wanted.integer("global_item_id", default=0) or 0)
    if item is None or item.gone:
        raise BadField("global_item_id", "unknown", "Give an id of global_product.get_global_item_list.")
    changed = []
    if "name" in wanted:
        catalog.rename_global(item, wanted.text("name", required=True))
        changed.append("name_and_description")
    if "price" in wanted:
        for model in _models(item, wanted):
            model.price = _price(wanted)
        changed.append("price")
    if "stock" in wanted:
        _set_stock(item, wanted)
    item.updated_at = world.clock.now()
    flow_down(world, item, changed)
    if wanted.flag("deleted"):
        for made in item.living():
            delete_item(world, made, SELLER_DELETED)
        item.status = SELLER_DELETED
    return {"global_item_id": item.item_id, "name": item.name, "status": item.status}


def change_publishing(world: World, wanted: Fields) -> dict[str, Any]:
    """Make the next tasks of a shop fail with a reason; set how long tasks take (null: 2 to 20 seconds)."""
    wanted.only("shop_id", "reason", "times", "seconds")
    catalog = ready(world)
    if "seconds" in wanted:
        catalog.switches.publish_seconds = wanted.number("seconds", default=None, low=0)
    if "reason" in wanted:
        shop = _shop(world, wanted)
        times = wanted.integer("times", default=1, low=1, high=10_000) or 1
        catalog.failures.setdefault(shop.shop_id, []).extend([wanted.text("reason", required=True)] * times)
    waiting = {str(shop_id): reasons for shop_id, reasons in catalog.failures.items() if reasons}
    return {"seconds": catalog.switches.publish_seconds, "failures": waiting}


def change_category(world: World, wanted: Fields) -> dict[str, Any]:
    """Close a category in a market, or open it again."""
    wanted.only("category_id", "region", "closed")
    category_id = wanted.integer("category_id", default=0) or 0
    if leaf(category_id) is None:
        raise BadField("category_id", "not a leaf", "Give a leaf of global_product.get_category.")
    region = wanted.choice("region", tuple(markets()), required=True)
    closed = ready(world).closed(region)
    if wanted.flag("closed") or "closed" not in wanted:
        closed.add(category_id)
    else:
        closed.discard(category_id)
    return {"region": region, "closed": sorted(closed)}


def change_catalog(world: World, wanted: Fields) -> dict[str, Any]:
    """Set how the catalogue behaves: the spelling of tiers, lost results of tasks, edits before an upgrade."""
    wanted.only("tiers", "lost_results_every", "edits_before_upgrade")
    switches = ready(world).switches
    if "tiers" in wanted:
        switches.tiers = wanted.choice("tiers", TIERS, required=True)
    if "lost_results_every" in wanted:
        switches.lost_results_every = wanted.integer("lost_results_every", default=0, low=0) or 0
    if "edits_before_upgrade" in wanted:
        switches.edits_before_upgrade = wanted.flag("edits_before_upgrade")
    return {
        "tiers": switches.tiers,
        "lost_results_every": switches.lost_results_every,
        "edits_before_upgrade": switches.edits_before_upgrade,
    }


CHANGES: dict[str, Callable[[World, Fields], dict[str, Any]]] = {
    "item": change_item,
    "global_item": change_global_item,
    "publishing": change_publishing,
    "category": change_category,
    "catalog": change_catalog,
}


def _shop(world: World, wanted: Fields) -> Shop:
    shop = world.shopee.shops.get(wanted.integer("shop_id", default=0) or 0)
    if shop is None:
        raise BadField("shop_id", "unknown", "Give a shop_id of GET /_control/world.")
    return shop


def _models(item: Item, wanted: Fields) -> list[Model]:
    """Return the variant that is meant, all of them where none is named."""
    name = "global_model_id" if isinstance(item, GlobalItem) else "model_id"
    if name not in wanted:
        return item.models
    model = item.model(wanted.integer(name, default=0) or 0)
    if model is None:
        raise BadField(name, "not of this item", "Give a model of the item's model list.")
    return [model]


def _set_stock(item: GlobalItem | ShopItem, wanted: Fields) -> None:
    pieces = wanted.integer("stock", default=0, low=0) or 0
    for model in _models(item, wanted):
        for number, place in enumerate(list(model.stock)):
            model.stock[place] = 0 if number else pieces


def _price(wanted: Fields) -> Decimal:
    return Decimal(str(wanted.number("price", default=None, low=0.01) or 1))
