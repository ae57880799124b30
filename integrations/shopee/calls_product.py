"""Shopee's shop items (v2.product.*): all of them can be read; what an upgraded shop owns of them can be changed.

Shops that are not upgraded make their items here as well. Prices are in the shop's own currency.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from . import params
from .calling import Level, Module, given, record
from .calls_global_product import brand_query, inside_data
from .judging import Payload
from .params import Body, Id

STATUSES = ("NORMAL", "BANNED", "UNLIST", "REVIEWING", "SELLER_DELETE", "SHOPEE_DELETE")


class Products(Module):
    """v2.product.*"""

    name, level = "product", Level.SHOP

    # Reading

    def get_item_list(
        self,
        *,
        item_status: Sequence[str] = ("NORMAL",),
        offset: int = 0,
        page_size: int = 100,
        update_time_from: datetime | None = None,
        update_time_to: datetime | None = None,
    ) -> Any:
        """List the shop's items by status (Shopee: product.get_item_list); very large offsets fail: use windows."""
        statuses = params.several("item_status", item_status, most=len(STATUSES))
        query = {
            "offset": params.whole("offset", offset),
            "page_size": params.whole("page_size", page_size, low=1, high=100),
            "item_status": [params.choice("item_status", status, STATUSES) for status in statuses],
        }
        return self._get("get_item_list", query | params.updated_between(update_time_from, update_time_to))

    def search_item(
        self,
        *,
        item_name: str = "",
        item_sku: str = "",
        attribute_status: int | None = None,
        offset: str = "",
        page_size: int = 100,
    ) -> Any:
        """Find ids of items by name or SKU (Shopee: product.search_item); the `next_offset` leads to the next page."""
        named = given(item_name=item_name, item_sku=item_sku, attribute_status=attribute_status)
        if not named:
            raise params.missing("item_name")
        return self._get("search_item", named | given(offset=offset, page_size=_page_size(page_size)))

    def get_item_base_info(self, item_ids: Sequence[Id]) -> Any:
        """Read 1 to 50 items (Shopee: product.get_item_base_info)."""
        ids = params.ids("item_id_list", item_ids, most=50)
        return self._get("get_item_base_info", {"item_id_list": ids})

    def get_model_list(self, item_id: Id) -> Any:
        """Read tiers and variants of an item (Shopee: product.get_model_list)."""
        return self._get("get_model_list", _item(item_id), subject=record("item", item_id))

    # Categories, attributes, brands, limits of the shop's market

    def get_category(self, *, language: str = "") -> Any:
        """Read the category tree of the shop's market (Shopee: product.get_category)."""
        return self._get("get_category", given(language=language))

    def get_attribute_tree(self, category_ids: Sequence[Id], *, language: str = "") -> Any:
        """Read the attributes of 1 to 20 categories (Shopee: product.get_attribute_tree)."""
        ids = params.ids("category_id_list", category_ids, most=20)
        return self._get("get_attribute_tree", given(category_id_list=ids, language=language))

    def get_brand_list(
        self, category_id: Id, *, offset: int = 0, page_size: int = 100, status: int = 1, language: str = ""
    ) -> Any:
        """List a category's brands (Shopee: product.get_brand_list); status 1 normal, 2 pending."""
        return self._get(
            "get_brand_list", brand_query(category_id, offset, page_size, status) | given(language=language)
        )

    def get_item_limit(self, category_id: Id | None = None) -> Any:
        """Read limits of price, stock, texts, images, days to ship (Shopee: product.get_item_limit)."""
        query = {} if category_id is None else {"category_id": params.whole("category_id", category_id)}
        return self._get("get_item_limit", query, payload=Payload.SPREAD)

    def category_recommend(self, item_name: str, *, product_cover_image: str = "") -> Any:
        """Ask for fitting categories, best first (Shopee: product.category_recommend)."""
        name = params.text("item_name", item_name)
        return self._get("category_recommend", given(item_name=name, product_cover_image=product_cover_image))

    def get_variations(self, category_id: Id) -> Any:
        """Read the standard variations of a category (Shopee: product.get_variations)."""
        query = {"category_id": params.whole("category_id", category_id)}
        return inside_data(self._get("get_variations", query, payload=Payload.TOP, path="product/get_variation_tree"))

    # Writing: any shop

    def update_price(self, item_id: Id, prices: Sequence[Body]) -> Any:
        """Set 1 to 50 prices (Shopee: product.update_price): read `success_list` and `failure_list`, both."""
        return self._change("update_price", item_id, price_list=params.rows("price_list", prices, "original_price"))

    def unlist_item(self, items: Sequence[Body]) -> Any:
        """Take 1 to 50 items off the shelves, or put them back (Shopee: product.unlist_item); read both lists."""
        rows = params.rows("item_list", items, "item_id", "unlist")
        subject = record("item", rows[0]["item_id"]) if len(rows) == 1 else ""
        return self._post("unlist_item", {"item_list": rows}, subject=subject)

    def delete_item(self, item_id: Id) -> Any:
        """Delete an item for good (Shopee: product.delete_item); a global item stays."""
        return self._change("delete_item", item_id)

    def update_item(self, item: Body) -> Any:
        """Change fields of an item, the given ones alone (Shopee: product.update_item).

        In an upgraded shop only what the shop item owns: name, description, images, days to ship, status.
        """
        params.filled(item, "item_id")
        return self._change("update_item", **item)

    # Writing: shops that are not upgraded

    def update_stock(self, item_id: Id, stocks: Sequence[Body]) -> Any:
        """Set stock of 1 to 50 variants, as totals (Shopee: product.update_stock): read both lists."""
        return self._change("update_stock", item_id, stock_list=params.rows("stock_list", stocks, "seller_stock"))

    def add_item(self, item: Body) -> Any:
        """Make an item (Shopee: product.add_item). After OutcomeUnknown look for its SKU first."""
        required = ("category_id", "item_name", "description", "original_price", "weight", "image.image_id_list")
        sku = params.filled(item, *required).get("item_sku") or ""
        return self._post("add_item", item, subject=record("sku", sku) if sku else "")

    def init_tier_variation(self, body: Body) -> Any:
        """Give an item its variants, or another number of tiers (Shopee: product.init_tier_variation)."""
        params.filled(body, "item_id")
        params.rows("model", body.get("model") or (), "tier_index", "original_price")
        return self._change("init_tier_variation", **body)

    def update_tier_variation(self, body: Body) -> Any:
        """Rename, add or remove options of the same tiers (Shopee: product.update_tier_variation)."""
        return self._change("update_tier_variation", **params.filled(body, "item_id"))

    def add_model(self, item_id: Id, models: Sequence[Body]) -> Any:
        """Add 1 to 50 variants (Shopee: product.add_model)."""
        return self._change("add_model", item_id, model_list=params.rows("model_list", models, "tier_index"))

    def update_model(self, item_id: Id, models: Sequence[Body]) -> Any:
        """Change SKU, weight, size or days to ship of variants (Shopee: product.update_model)."""
        return self._change("update_model", item_id, model=params.rows("model", models, "model_id"))

    def delete_model(self, item_id: Id, model_id: Id) -> Any:
        """Delete one variant (Shopee: product.delete_model)."""
        return self._change("delete_model", item_id, model_id=params.whole("model_id", model_id))

    # How a call is made

    def _change(self, action: str, item_id: Id, **body: Any) -> Any:
        """Send a write about one item, its id as a number whatever it was given as."""
        return self._post(action, _item(item_id) | body, subject=record("item", item_id))


def _item(item_id: Id) -> dict[str, Any]:
    return {"item_id": params.whole("item_id", item_id)}


def _page_size(page_size: int) -> int:
    return params.whole("page_size", page_size, low=1, high=100)
