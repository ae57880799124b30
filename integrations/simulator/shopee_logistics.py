"""Shopee: logistics; the channels by which a shop ships."""

from typing import Any

from integrations.simulator.shopee_parties import Channel
from integrations.simulator.shopee_protocol import Call, Level, endpoint


@endpoint("GET", "/api/v2/logistics/get_channel_list", Level.SHOP)
def get_channel_list(call: Call) -> dict[str, Any]:
    """Shopee: logistics.get_channel_list; a product enables those with ``mask_channel_id`` 0."""
    return {"logistics_channel_list": [_channel(channel) for channel in call.the_shop.channels]}


def _channel(channel: Channel) -> dict[str, Any]:
    sizes = [{"size_id": ident, "name": name, "default_price": price} for ident, name, price in channel.sizes]
    return {
        "logistics_channel_id": channel.channel_id,
        "logistics_channel_name": channel.name,
        "cod_enabled": channel.cod_enabled,
        "enabled": channel.enabled,
        "fee_type": channel.fee_type,
        "size_list": sizes,
        "weight_limit": {"item_max_weight": channel.most_kg, "item_min_weight": 0},
        "item_max_dimension": {"height": 0, "width": 0, "length": 0, "unit": "cm", "dimension_sum": 0},
        "volume_limit": {"item_max_volume": 0, "item_min_volume": 0},
        "logistics_description": "",
        "force_enable": channel.force_enable,
        "mask_channel_id": channel.mask_channel_id,
        "block_seller_cover_shipping_fee": False,
        "support_cross_border": channel.cross_border,
        "seller_logistic_has_configuration": None,
        "logistics_capability": {"seller_logistics": False},
        "preprint": channel.preprint,
        "service_type_identifier": "",
        "support_pause": False,
        "compulsory_channel": channel.force_enable,
        "channel_relation_rules": None,
    }
