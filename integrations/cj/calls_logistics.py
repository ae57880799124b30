"""CJ 6, Logistic (cj.json, /logistic/…): what sending costs, and where parcels are. All of them only read."""

from collections.abc import Mapping, Sequence
from typing import Any

from .calling import Chapter, subject_of


class Logistics(Chapter):
    """Calls about carriers and parcels."""

    def freight_calculate(self, asked: Mapping[str, Any]) -> Any:
        """Calculate the freight of goods to a country (6, 1.1 Freight Calculation); an empty list: there is no way."""
        return self._caller.ask("/logistic/freightCalculate", asked)

    def freight_calculate_tip(self, asked: Sequence[Mapping[str, Any]]) -> Any:
        """Calculate freight and read what each carrier asks of an address (6, 1.2 Freight Calculation Tip)."""
        return self._caller.ask("/logistic/freightCalculateTip", {"reqDTOS": asked})

    def get_supplier_logistics_template(self, skus: Sequence[str]) -> Any:
        """Read what suppliers who ship themselves ask for their goods, named by SPU (6, 1.3 Supplier self-shipment)."""
        path = "/logistic/getSupplierLogisticsTemplate"
        return self._caller.ask(path, {"skuList": skus}, subject=subject_of(sku=next(iter(skus), "")))

    def track_info(self, track_numbers: Sequence[str]) -> Any:
        """Read where parcels are (6, 2.2 Get Tracking Information); null: it knows none of the numbers."""
        return self._tracked("/logistic/trackInfo", track_numbers)

    def get_track_info(self, track_numbers: Sequence[str]) -> Any:
        """Read where parcels are the deprecated way (6, 2.1); `track_info` is its successor."""
        return self._tracked("/logistic/getTrackInfo", track_numbers)

    def _tracked(self, path: str, track_numbers: Sequence[str]) -> Any:
        subject = subject_of(parcel=next(iter(track_numbers), ""))
        return self._caller.get(path, {"trackNumber": track_numbers}, subject=subject)
