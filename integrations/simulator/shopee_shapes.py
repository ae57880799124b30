"""How Shopee shows what global items and shop items have in common."""

from typing import Any

from integrations.simulator.shopee_catalog import Item, Model
from integrations.simulator.shopee_protocol import Call


def image_urls(call: Call, image_ids: list[str]) -> list[str]:
    """Return where pictures can be seen."""
    return [image_url(call, image_id) for image_id in image_ids]


def image_url(call: Call, image_id: str) -> str:
    """Return where a picture can be seen: the simulator draws one."""
    return f"{call.base_url}/img/{image_id}-0.jpg"


def largest(item: Item) -> dict[str, Any]:
    """Return weight, size and days to ship of an item: the largest of its models."""
    weights = [model.weight for model in item.models if model.weight is not None]
    sizes = [model.dimension for model in item.models if model.dimension is not None]
    days = [model.days_to_ship for model in item.models if model.days_to_ship is not None]
    own = [item.dimension] if item.dimension else []
    biggest = max([*own, *sizes], key=lambda size: sum(size.values()), default=None)
    return {
        "weight": f"{max([item.weight, *weights]):f}",
        "dimension": biggest,
        "pre_order": {"days_to_ship": max([item.days_to_ship, *days])},
    }


def stock_info(model: Model) -> list[dict[str, Any]]:
    """Return the stock of a global model; type 2 is the seller's own."""
    return [
        {
            "stock_type": 2,
            "stock_location_id": place,
            "current_stock": pieces,
            "normal_stock": pieces,
            "reserved_stock": 0,
        }
        for place, pieces in model.stock.items()
    ]
