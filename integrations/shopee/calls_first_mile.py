"""Shopee's first mile (v2.first_mile.*): numbers under which parcels go from sellers in CN and KR to its warehouse."""

from collections.abc import Sequence
from typing import Any

from . import params
from .calling import Level, given, record
from .calls_order import TradeModule
from .params import Body, Id

MOST_NUMBERS, MOST_BOUND, MOST_LISTED = 20, 50, 50
PICKUP, DROPOFF, SELF_DELIVER = "pickup", "dropoff", "self_deliver"
METHODS = (PICKUP, DROPOFF, SELF_DELIVER)
SHOPEE_CHANNEL = 813  # Shopee's own van
REGIONS = ("CN", "KR")


class FirstMiles(TradeModule):
    """v2.first_mile.*"""

    name, level = "first_mile", Level.SHOP

    def get_channel_list(self, region: str) -> Any:
        """List the ways to the warehouse (Shopee: first_mile.get_channel_list); refused without first-mile right."""
        return self._get("get_channel_list", {"region": params.choice("region", region, REGIONS)})

    def get_transit_warehouse_list(self, region: str, *, shipment_method: str = "") -> Any:
        """List the warehouses that parcels can go to, of China alone (…: first_mile.get_transit_warehouse_list)."""
        query = {"region": params.choice("region", region, REGIONS)}
        return self._get("get_transit_warehouse_list", query | given(shipment_method=shipment_method))

    def get_detail(self, number: str, *, cursor: str = "") -> Any:
        """Read a number with a page of the orders under it (Shopee: first_mile.get_detail)."""
        query = {"first_mile_tracking_number": params.text("first_mile_tracking_number", number)}
        return self._get("get_detail", query | given(cursor=cursor), subject=record("first_mile", number))

    def generate_first_mile_tracking_number(self, declare_date: str, *, quantity: int = 1) -> Any:
        """Make 1 to 20 numbers for a day, today or later (Shopee: first_mile.generate_first_mile_tracking_number)."""
        body = {
            "declare_date": params.text("declare_date", declare_date),
            "quantity": params.whole("quantity", quantity, low=1, high=MOST_NUMBERS),
        }
        return self._post("generate_first_mile_tracking_number", body)

    def bind_first_mile_tracking_number(
        self,
        number: str,
        parcels: Sequence[Body],
        *,
        shipment_method: str,
        region: str,
        logistics_channel_id: Id | None,
        warehouse_id: str = "",
        warehouse_type: int | None = None,
    ) -> Any:
        """Put 1 to 50 parcels of one shop under a number (Shopee: first_mile.bind_first_mile_tracking_number).

        `region` goes in lower case here; `logistics_channel_id` is None for self_deliver alone, and sent as null.
        """
        channel = logistics_channel_id
        body = {
            "first_mile_tracking_number": params.text("first_mile_tracking_number", number),
            "shipment_method": params.choice("shipment_method", shipment_method, METHODS),
            "region": params.choice("region", region.upper(), REGIONS).lower(),
            "logistics_channel_id": None if channel is None else params.whole("logistics_channel_id", channel),
            "order_list": params.rows("order_list", parcels, "order_sn", most=MOST_BOUND),
        }
        body |= given(warehouse_id=warehouse_id, warehouse_type=warehouse_type)
        return self._post("bind_first_mile_tracking_number", body, subject=record("first_mile", number))

    def unbind_first_mile_tracking_number(self, number: str, parcels: Sequence[Body]) -> Any:
        """Take 1 to 50 parcels from a number (Shopee: first_mile.unbind_first_mile_tracking_number)."""
        body = {
            "first_mile_tracking_number": params.text("first_mile_tracking_number", number),
            "order_list": params.rows("order_list", parcels, "order_sn", most=MOST_BOUND),
        }
        return self._post("unbind_first_mile_tracking_number", body, subject=record("first_mile", number))
