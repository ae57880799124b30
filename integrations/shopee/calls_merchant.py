"""Shopee's calls about merchants and shops: who they are, what belongs to them, from where they send."""

from typing import Any

from integrations.errors import Rejected

from . import params
from .calling import Level, Module, given
from .codes import NO_WAREHOUSES
from .judging import Payload
from .params import Id

PICKUP, RETURN = 1, 2  # types of a warehouse


class Shops(Module):
    """v2.shop.*"""

    name, level = "shop", Level.SHOP

    def get_shop_info(self) -> Any:
        """Read the shop: region, status, merchant, whether it is upgraded (Shopee: shop.get_shop_info)."""
        return self._get("get_shop_info", payload=Payload.TOP)

    def get_profile(self) -> Any:
        """Read name, logo and description (Shopee: shop.get_profile)."""
        return self._get("get_profile")

    def get_shop_holiday_mode(self) -> Any:
        """Read whether the shop is on holiday: nothing can be published then (Shopee: shop.get_shop_holiday_mode)."""
        return self._get("get_shop_holiday_mode")

    def get_warehouse_detail(self, *, warehouse_type: int = PICKUP) -> list[Any]:
        """List the shop's warehouses (Shopee: shop.get_warehouse_detail); none for a shop with a single one."""
        query = {"warehouse_type": params.choice("warehouse_type", warehouse_type, (PICKUP, RETURN))}
        try:
            found: list[Any] = self._get("get_warehouse_detail", query, payload=Payload.ROWS)
        except Rejected as refusal:
            if refusal.code == NO_WAREHOUSES:
                return []
            raise
        return found


class Merchants(Module):
    """v2.merchant.*"""

    name, level = "merchant", Level.MERCHANT

    def get_merchant_info(self) -> Any:
        """Read region, currency and upgrade of the merchant (Shopee: merchant.get_merchant_info).

        `merchant_currency` is empty until the seller has set it.
        """
        return self._get("get_merchant_info", payload=Payload.TOP)

    def get_shop_list_by_merchant(self, *, page_no: int = 1, page_size: int = 500) -> Any:
        """List the merchant's shops that are authorized to the app (Shopee: merchant.get_shop_list_by_merchant)."""
        query = {
            "page_no": params.whole("page_no", page_no, low=1),
            "page_size": params.whole("page_size", page_size, low=1, high=500),
        }
        return self._get("get_shop_list_by_merchant", query, payload=Payload.TOP)

    def get_merchant_warehouse_location_list(self) -> list[Any]:
        """List the locations that stock may be given for (Shopee: merchant.get_merchant_warehouse_location_list)."""
        found: list[Any] = self._get("get_merchant_warehouse_location_list", payload=Payload.ROWS)
        return found

    def get_merchant_warehouse_list(
        self, *, warehouse_type: int = PICKUP, cursor: params.Body | None = None, page_size: int = 30
    ) -> Any:
        """List the merchant's warehouses (Shopee: merchant.get_merchant_warehouse_list).

        `cursor` is the one of the page before; None is the first page.
        """
        body = _warehouse_page(warehouse_type, cursor, page_size)
        return self._post("get_merchant_warehouse_list", body, is_write=False)

    def get_warehouse_eligible_shop_list(
        self, warehouse_id: Id, *, warehouse_type: int = PICKUP, cursor: params.Body | None = None, page_size: int = 30
    ) -> Any:
        """List the shops that a warehouse may serve (Shopee: merchant.get_warehouse_eligible_shop_list)."""
        body = {"warehouse_id": params.whole("warehouse_id", warehouse_id)}
        body |= _warehouse_page(warehouse_type, cursor, page_size)
        return self._post("get_warehouse_eligible_shop_list", body, is_write=False)

    def get_merchant_prepaid_account_list(self, *, page_no: int = 1, page_size: int = 10) -> Any:
        """List prepaid courier accounts (Shopee: merchant.get_merchant_prepaid_account_list).

        The answer holds the couriers' secrets: it is not kept.
        """
        query = {
            "page_no": params.whole("page_no", page_no, low=1),
            "page_size": params.whole("page_size", page_size, low=1, high=10),
        }
        return self._get("get_merchant_prepaid_account_list", query, keeps_answer=False)


def _warehouse_page(warehouse_type: int, cursor: params.Body | None, page_size: int) -> dict[str, Any]:
    size = params.whole("page_size", page_size, low=1, high=30)
    # Two-sided: forward goes with the cursor that came and no `prev_id`.
    position = given(next_id=cursor.get("next_id")) if cursor else {"next_id": 0}
    return {
        "cursor": {**position, "page_size": size},
        "warehouse_type": params.choice("warehouse_type", warehouse_type, (PICKUP, RETURN)),
    }
