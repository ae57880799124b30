"""The two spellings of Shopee's products: global items of a merchant, and the items of one shop."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What the same thing is called in the module global_product and in the module product."""

    item_id: str
    name: str
    sku: str
    models: str  # in init_tier_variation
    model_id: str
    model_sku: str
    record: str  # as exchanges are found by it


GLOBAL = Words(
    item_id="global_item_id",
    name="global_item_name",
    sku="global_item_sku",
    models="global_model",
    model_id="global_model_id",
    model_sku="global_model_sku",
    record="global_item",
)
SHOP = Words(
    item_id="item_id",
    name="item_name",
    sku="item_sku",
    models="model",
    model_id="model_id",
    model_sku="model_sku",
    record="item",
)
