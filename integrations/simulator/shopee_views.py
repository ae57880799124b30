"""Shopee's endpoints for goods; importing the modules registers them."""

from integrations.simulator import (
    shopee_attributes,
    shopee_categories,
    shopee_globals,
    shopee_item_edits,
    shopee_item_models,
    shopee_items,
    shopee_limits,
    shopee_media,
    shopee_models,
    shopee_prices,
    shopee_publish,
)

VIEWS = (
    shopee_categories,
    shopee_attributes,
    shopee_limits,
    shopee_globals,
    shopee_models,
    shopee_prices,
    shopee_publish,
    shopee_items,
    shopee_item_edits,
    shopee_item_models,
    shopee_media,
)
