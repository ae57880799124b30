"""Prices, stock, sync switches and publishing of global products (v2.global_product.*, the second half)."""

from collections.abc import Sequence
from typing import Any

from . import params
from .calling import Module, given, record
from .params import Body, Id

SYNC_FIELDS = ("name_and_description", "media_information", "tier_variation_name_and_option", "price", "days_to_ship")
_DECIDED = ("shop_id", "shop_region", *SYNC_FIELDS)


class Publishing(Module):
    """What makes a global item live in shops."""

    # Price, stock, sync

    def update_price(self, global_item_id: Id, prices: Sequence[Body]) -> Any:
        """Set 1 to 50 prices in the merchant's currency, all or none (Shopee: global_product.update_price)."""
        rows = params.rows("price_list", prices, "original_price")
        return self._change("update_price", self._item(global_item_id) | {"price_list": rows})

    def update_stock(self, global_item_id: Id, stocks: Sequence[Body]) -> Any:
        """Set stock of 1 to 50 variants in all shops, as totals (Shopee: global_product.update_stock)."""
        rows = params.rows("stock_list", stocks, "seller_stock")
        return self._change("update_stock", self._item(global_item_id) | {"stock_list": rows})

    def set_sync_field(self, shops: Sequence[Body]) -> Any:
        """Say for 1 to 50 shops which fields follow the global item (Shopee: global_product.set_sync_field).

        Each row names `shop_id`, `shop_region` and all five switches; nothing reads them back.
        """
        rows = params.rows("shop_sync_list", shops, *_DECIDED)
        for row in rows:
            params.party("shop_id", row["shop_id"])
        return self._post("set_sync_field", {"shop_sync_list": rows})

    # Publishing

    def get_publishable_shop(self, global_item_id: Id, *, shop_ids: Sequence[Id] = ()) -> Any:
        """List shops that the item can be published to (Shopee: global_product.get_publishable_shop).

        Without `shop_ids` Shopee looks at the first 300 only; `get_shop_publishable_status` also says why not.
        """
        return self._get("get_publishable_shop", self._in_shops(global_item_id, shop_ids))

    def get_shop_publishable_status(self, global_item_id: Id, *, offset: int = 0, page_size: int = 100) -> Any:
        """Ask shop by shop whether the item can be published (Shopee: global_product.get_shop_publishable_status)."""
        query = self._item(global_item_id)
        query |= {
            "offset": params.whole("offset", offset),
            "page_size": params.whole("page_size", page_size, low=1, high=100),
        }
        return self._get("get_shop_publishable_status", query, subject=record("global_item", global_item_id))

    def create_publish_task(self, body: Body) -> Any:
        """Publish a global item to one shop (Shopee: global_product.create_publish_task): `publish_task_id` comes back.

        Prices are in the shop's currency; what `item` leaves out Shopee fills in. Nothing makes a repeat harmless:
        after OutcomeUnknown look with `get_published_list` first.
        """
        params.filled(body, "global_item_id", "shop_id", "shop_region", "item")
        shop_id = params.party("shop_id", body["shop_id"])
        params.several("item.model", body["item"].get("model") or (), most=50, least=0)
        return self._change("create_publish_task", {**body, "shop_id": shop_id})

    def get_publish_task_result(self, publish_task_id: Id) -> Any:
        """Ask how a publish task went (Shopee: global_product.get_publish_task_result).

        `publish_status` is "success" or "failed"; anything else means that it still runs.
        """
        task = params.whole("publish_task_id", publish_task_id)
        return self._get("get_publish_task_result", {"publish_task_id": task}, subject=record("publish_task", task))

    def get_published_list(self, global_item_id: Id, *, shop_ids: Sequence[Id] = ()) -> Any:
        """List the shop items of a global item (Shopee: global_product.get_published_list); statuses are numbers."""
        query = self._in_shops(global_item_id, shop_ids)
        return self._get("get_published_list", query, subject=record("global_item", global_item_id))

    # How a call is made

    def _item(self, global_item_id: Id) -> dict[str, Any]:
        return {"global_item_id": params.whole("global_item_id", global_item_id)}

    def _in_shops(self, global_item_id: Id, shop_ids: Sequence[Id]) -> dict[str, Any]:
        joined = params.ids("shop_id_list", shop_ids, most=300) if shop_ids else ""
        return self._item(global_item_id) | given(shop_id_list=joined)

    def _change(self, action: str, body: Body) -> Any:
        """Send a write about one global item, its id as a number whatever it was given as."""
        item = self._item(body["global_item_id"])
        return self._post(action, {**body, **item}, subject=record("global_item", item["global_item_id"]))
