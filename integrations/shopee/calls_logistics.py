"""Shopee's shipments (v2.logistics.*): ways to ship, shipping arranged, tracking numbers, shipping documents.

A parcel is named by its order; `package_number` is for split orders alone and never sent empty.
"""

from collections.abc import Sequence
from typing import Any

from integrations.sold import LabelFile

from . import params
from .calling import Level, given, record
from .calls_order import TradeModule, named
from .judging import Payload
from .params import Body

MOST_PARCELS = 50
PICKUP, DROPOFF, NON_INTEGRATED = "pickup", "dropoff", "non_integrated"
WAYS = (PICKUP, DROPOFF, NON_INTEGRATED)
MORE_NUMBERS = "plp_number,first_mile_tracking_number,last_mile_tracking_number"


class Logistics(TradeModule):
    """v2.logistics.*"""

    name, level = "logistics", Level.SHOP
    of_selling = frozenset({"get_channel_list"})

    def get_channel_list(self) -> Any:
        """List the shop's shipping channels (Shopee: logistics.get_channel_list).

        Those with `mask_channel_id` 0 can be enabled on products.
        """
        return self._get("get_channel_list")

    # Arranging

    def get_shipping_parameter(self, order_sn: str, package_number: str = "") -> Any:
        """Read how a parcel can be shipped (Shopee: logistics.get_shipping_parameter): `info_needed` has the ways."""
        query = named(order_sn, package_number)
        return self._get("get_shipping_parameter", query, subject=record("order", order_sn))

    def get_mass_shipping_parameter(
        self, package_numbers: Sequence[str], *, logistics_channel_id: int | None = None, product_location_id: str = ""
    ) -> Any:
        """Read how 1 to 50 packages of one channel and place can be shipped (…: get_mass_shipping_parameter)."""
        body = given(logistics_channel_id=logistics_channel_id, product_location_id=product_location_id)
        body |= _packages(package_numbers)
        return self._post("get_mass_shipping_parameter", body, payload=Payload.SPREAD, is_write=False)

    def ship_order(self, order_sn: str, way: str, details: Body, *, package_number: str = "") -> Any:
        """Arrange the shipping of a parcel in one of its ways (Shopee: logistics.ship_order); not twice.

        After OutcomeUnknown read `is_shipment_arranged` first.
        """
        body = {**named(order_sn, package_number), params.choice("way", way, WAYS): dict(details)}
        return self._post("ship_order", body, subject=record("order", order_sn))

    def update_shipping_order(self, order_sn: str, pickup: Body, *, package_number: str = "") -> Any:
        """Let a parcel be fetched at another time, after a failed pick-up (Shopee: logistics.update_shipping_order)."""
        params.filled(pickup, "address_id", "pickup_time_id", within="pickup.")
        body = {**named(order_sn, package_number), PICKUP: dict(pickup)}
        return self._post("update_shipping_order", body, subject=record("order", order_sn))

    # Following

    def get_tracking_number(self, order_sn: str, package_number: str = "") -> Any:
        """Read a parcel's numbers (Shopee: logistics.get_tracking_number); for minutes empty, with a `hint`."""
        query = named(order_sn, package_number) | {"response_optional_fields": MORE_NUMBERS}
        return self._get("get_tracking_number", query, subject=record("order", order_sn))

    def get_mass_tracking_number(self, package_numbers: Sequence[str]) -> Any:
        """Read the numbers of 1 to 50 packages (Shopee: logistics.get_mass_tracking_number): read both lists.

        Those that are not of the first one's channel and place are among the failures.
        """
        body = {**_packages(package_numbers), "response_optional_fields": MORE_NUMBERS}
        return self._post("get_mass_tracking_number", body, payload=Payload.SPREAD, is_write=False)

    def get_tracking_info(self, order_sn: str, package_number: str = "") -> Any:
        """Read the events on a parcel's way (Shopee: logistics.get_tracking_info)."""
        return self._get("get_tracking_info", named(order_sn, package_number), subject=record("order", order_sn))

    # Shipping documents

    def get_shipping_document_parameter(self, parcels: Sequence[Body]) -> Any:
        """Read which documents 1 to 50 parcels can have (Shopee: logistics.get_shipping_document_parameter)."""
        return self._post("get_shipping_document_parameter", _orders(parcels), is_write=False)

    def create_shipping_document(self, parcels: Sequence[Body]) -> Any:
        """Have the documents of 1 to 50 parcels made (Shopee: logistics.create_shipping_document).

        Each names its `tracking_number`; made again is no harm.
        """
        return self._post("create_shipping_document", _orders(parcels))

    def get_shipping_document_result(self, parcels: Sequence[Body]) -> Any:
        """Read whether documents are made (Shopee: logistics.get_shipping_document_result)."""
        return self._post("get_shipping_document_result", _orders(parcels), is_write=False)

    def download_shipping_document(self, parcels: Sequence[Body], *, shipping_document_type: str = "") -> LabelFile:
        """Load the document of 1 to 50 parcels of one channel (Shopee: logistics.download_shipping_document).

        Without a type it is the one that Shopee suggests.
        """
        body = given(shipping_document_type=shipping_document_type) | _orders(parcels)
        rows = body["order_list"]
        subject = record("order", rows[0]["order_sn"]) if len(rows) == 1 else ""
        return self._download("download_shipping_document", body, subject=subject)


def _orders(parcels: Sequence[Body]) -> dict[str, Any]:
    return {"order_list": params.rows("order_list", parcels, "order_sn", most=MOST_PARCELS)}


def _packages(numbers: Sequence[str]) -> dict[str, Any]:
    found = params.several("package_list", numbers, most=MOST_PARCELS)
    return {"package_list": [{"package_number": params.text("package_number", number)} for number in found]}
