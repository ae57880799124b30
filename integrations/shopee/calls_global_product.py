"""Shopee's global products (v2.global_product.*): what a CNSC or KRSC merchant owns and publishes to shops."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from . import params
from .calling import Level, given, record
from .calls_publishing import Publishing
from .judging import Payload
from .params import Body, Id


class GlobalProducts(Publishing):
    """Categories with their rules, global items and their variants; prices and publishing are in `Publishing`."""

    name, level = "global_product", Level.MERCHANT

    # Categories, attributes, brands, limits

    def get_category(self, *, language: str = "en") -> Any:
        """Read the category tree (Shopee: global_product.get_category); language "en" or "zh-hans"."""
        return self._get("get_category", {"language": params.choice("language", language, ("en", "zh-hans"))})

    def get_attribute_tree(self, category_ids: Sequence[Id], *, language: str = "") -> Any:
        """Read the attributes of 1 to 20 categories (Shopee: global_product.get_attribute_tree)."""
        ids = params.ids("category_id_list", category_ids, most=20)
        return self._get("get_attribute_tree", given(category_id_list=ids, language=language))

    def search_global_attribute_value_list(
        self, attribute_id: Id, *, value_name: str = "", cursor: int = 0, limit: int = 100
    ) -> Any:
        """Search the values of an attribute (Shopee: global_product.search_global_attribute_value_list)."""
        body = given(
            attribute_id=params.whole("attribute_id", attribute_id),
            value_name=value_name,
            cursor=params.whole("cursor", cursor),
            limit=params.whole("limit", limit, low=1, high=100),
        )
        return self._post("search_global_attribute_value_list", body, is_write=False)

    def get_brand_list(self, category_id: Id, *, offset: int = 0, page_size: int = 100, status: int = 1) -> Any:
        """List a category's brands (Shopee: global_product.get_brand_list); status 1 normal, 2 pending."""
        return self._get("get_brand_list", brand_query(category_id, offset, page_size, status))

    def get_global_item_limit(self, category_id: Id | None = None) -> Any:
        """Read limits of price, stock, texts, images, days to ship (Shopee: global_product.get_global_item_limit).

        What depends on the category comes only where it is given.
        """
        query = {} if category_id is None else {"category_id": params.whole("category_id", category_id)}
        return self._get("get_global_item_limit", query, payload=Payload.SPREAD)

    def category_recommend(self, global_item_name: str, *, global_product_cover_image: str = "") -> Any:
        """Ask for fitting categories, best first (Shopee: global_product.category_recommend)."""
        name = params.text("global_item_name", global_item_name)
        image = global_product_cover_image
        return self._get("category_recommend", given(global_item_name=name, global_product_cover_image=image))

    def get_recommend_attribute(self, global_item_name: str, category_id: Id, *, cover_image_id: str = "") -> Any:
        """Ask for fitting attribute values (Shopee: global_product.get_recommend_attribute)."""
        query = given(
            global_item_name=params.text("global_item_name", global_item_name),
            category_id=params.whole("category_id", category_id),
            cover_image_id=cover_image_id,
        )
        return self._get("get_recommend_attribute", query)

    def support_size_chart(self, category_id: Id) -> Any:
        """Ask whether a category takes size charts (Shopee: global_product.support_size_chart)."""
        return self._get("support_size_chart", {"category_id": params.whole("category_id", category_id)})

    def get_size_chart_list(self, category_id: Id, *, cursor: str = "", page_size: int = 50) -> Any:
        """List size charts of a category (Shopee: global_product.get_size_chart_list)."""
        query = {
            "category_id": params.whole("category_id", category_id),
            "page_size": params.whole("page_size", page_size, low=1),
            "cursor": cursor,
        }
        return self._get("get_size_chart_list", query)

    def get_size_chart_detail(self, size_chart_id: Id, *, language: str = "") -> Any:
        """Read a size chart (Shopee: global_product.get_size_chart_detail)."""
        query = given(size_chart_id=params.whole("size_chart_id", size_chart_id), language=language)
        return self._get("get_size_chart_detail", query)

    def update_size_chart(self, global_item_id: Id, size_chart: str) -> Any:
        """Set a global item's size chart by image id (Shopee: global_product.update_size_chart)."""
        body = self._item(global_item_id) | {"size_chart": params.text("size_chart", size_chart)}
        return self._change("update_size_chart", body)

    def get_variations(self, category_id: Id) -> Any:
        """Read the standard variations of a category (Shopee: global_product.get_variations)."""
        query = {"category_id": params.whole("category_id", category_id)}
        found = self._get("get_variations", query, payload=Payload.TOP)
        return inside_data(found)

    # Global items

    def add_global_item(self, item: Body) -> Any:
        """Make a global item (Shopee: global_product.add_global_item); price in the merchant's currency, weight in kg.

        Nothing makes a repeat harmless: after OutcomeUnknown look for the item's SKU first.
        """
        required = ("category_id", "global_item_name", "description", "original_price", "weight")
        params.filled(item, *required, "image.image_id_list", "pre_order.days_to_ship")
        sku = item.get("global_item_sku") or ""
        return self._post("add_global_item", item, subject=record("sku", sku) if sku else "")

    def update_global_item(self, item: Body) -> Any:
        """Change fields of a global item, the given ones alone (Shopee: global_product.update_global_item).

        Lists (images, attributes) replace those that are there. Price and stock have calls of their own.
        """
        return self._change("update_global_item", params.filled(item, "global_item_id"))

    def delete_global_item(self, global_item_id: Id) -> Any:
        """Delete a global item with its shop items (Shopee: global_product.delete_global_item).

        `failure_delete_item` names the shop items that are left.
        """
        return self._change("delete_global_item", self._item(global_item_id))

    def get_global_item_list(
        self,
        *,
        offset: str = "",
        page_size: int = 50,
        update_time_from: datetime | None = None,
        update_time_to: datetime | None = None,
    ) -> Any:
        """List global items (Shopee: global_product.get_global_item_list): the `offset` of a page leads to the next."""
        query = given(offset=offset, page_size=params.whole("page_size", page_size, low=1, high=50))
        return self._get("get_global_item_list", query | params.updated_between(update_time_from, update_time_to))

    def get_global_item_info(self, global_item_ids: Sequence[Id]) -> Any:
        """Read 1 to 20 global items (Shopee: global_product.get_global_item_info); a deleted one fails the call."""
        ids = params.ids("global_item_id_list", global_item_ids, most=20)
        return self._get("get_global_item_info", {"global_item_id_list": ids}, subject=_alone(global_item_ids))

    def get_global_item_id(self, shop_id: Id, item_ids: Sequence[Id]) -> Any:
        """Find the global items of 1 to 20 items of a shop (Shopee: global_product.get_global_item_id)."""
        query = {
            "shop_id": params.party("shop_id", shop_id),
            "item_id_list": params.ids("item_id_list", item_ids, most=20),
        }
        return self._get("get_global_item_id", query)

    # Variants

    def init_tier_variation(self, body: Body) -> Any:
        """Give a global item its variants, or another number of tiers (Shopee: global_product.init_tier_variation).

        Returns no ids: read them with `get_global_model_list`. At least 5 s after the item was made.
        """
        params.filled(body, "global_item_id")
        params.rows("global_model", body.get("global_model") or (), "tier_index", "original_price")
        return self._change("init_tier_variation", body)

    def update_tier_variation(self, body: Body) -> Any:
        """Rename, add or remove options of the same tiers (Shopee: global_product.update_tier_variation)."""
        return self._change("update_tier_variation", params.filled(body, "global_item_id"))

    def add_global_model(self, global_item_id: Id, models: Sequence[Body]) -> Any:
        """Add 1 to 50 variants (Shopee: global_product.add_global_model). Returns no ids."""
        rows = params.rows("global_model", models, "tier_index", "original_price")
        return self._change("add_global_model", self._item(global_item_id) | {"global_model": rows})

    def update_global_model(self, global_item_id: Id, models: Sequence[Body]) -> Any:
        """Change SKU, weight, size or days to ship of variants (Shopee: global_product.update_global_model)."""
        rows = params.rows("global_model", models, "global_model_id", "global_model_sku")
        return self._change("update_global_model", self._item(global_item_id) | {"global_model": rows})

    def delete_global_model(self, global_item_id: Id, global_model_id: Id) -> Any:
        """Delete one variant (Shopee: global_product.delete_global_model); `failures` names what is left in shops."""
        model = {"global_model_id": params.whole("global_model_id", global_model_id)}
        return self._change("delete_global_model", self._item(global_item_id) | model)

    def get_global_model_list(self, global_item_id: Id) -> Any:
        """Read tiers and variants of a global item (Shopee: global_product.get_global_model_list)."""
        return self._get(
            "get_global_model_list", self._item(global_item_id), subject=record("global_item", global_item_id)
        )

    def get_local_adjustment_rate(self, shop_id: Id) -> Any:
        """Read a shop's factor for local stock (Shopee: global_product.get_local_adjustment_rate)."""
        return self._get("get_local_adjustment_rate", {"shop_id": params.party("shop_id", shop_id)})

    def update_local_adjustment_rate(self, shop_id: Id, adjustment_rate: Decimal) -> Any:
        """Set a shop's factor for local stock (Shopee: global_product.update_local_adjustment_rate)."""
        body = {"shop_id": params.party("shop_id", shop_id), "adjustment_rate": adjustment_rate}
        return self._post("update_local_adjustment_rate", body, subject=record("shop", shop_id))


def brand_query(category_id: Id, offset: int, page_size: int, status: int) -> dict[str, Any]:
    """Return the query of a list of brands, of either module."""
    return {
        "offset": params.whole("offset", offset),
        "page_size": params.whole("page_size", page_size, low=1, high=100),
        "category_id": params.whole("category_id", category_id),
        "status": params.choice("status", status, (1, 2)),
    }


def inside_data(found: dict[str, Any]) -> dict[str, Any]:
    """Return standard variations, which come under `data` in the sample and beside it in the table."""
    inner = found.get("data")
    return inner if isinstance(inner, dict) and inner else found


def _alone(global_item_ids: Sequence[Id]) -> str:
    return record("global_item", global_item_ids[0]) if len(global_item_ids) == 1 else ""
