"""Categories, brands, limits and size charts, for merchants and for shops (Shopee: global_product, product)."""

import re
from typing import Any

from integrations.simulator.shopee_protocol import Call, Level, Problem, endpoint
from integrations.simulator.shopee_seeds import (
    Brand,
    Category,
    Rules,
    brands,
    categories,
    leaf,
    markets,
)

GLOBAL_LANGUAGES = ("en", "zh-hans")
CHINESE = ("zh-hans", "zh-hant")
RECOMMENDED = 3


@endpoint("GET", "/api/v2/global_product/get_category", Level.MERCHANT)
def global_categories(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_category; return the whole tree."""
    return _tree(list(categories().values()), _language(call, GLOBAL_LANGUAGES))


@endpoint("GET", "/api/v2/product/get_category", Level.SHOP)
def shop_categories(call: Call) -> dict[str, Any]:
    """Shopee: product.get_category; return the tree of the shop's market, without what is closed there."""
    shop = call.the_shop
    closed = call.shopee.catalog.closed(shop.region)
    open_ones = [one for one in categories().values() if one.id not in closed]
    return _tree(open_ones, _language(call, markets()[shop.region].languages))


@endpoint("GET", "/api/v2/global_product/category_recommend", Level.MERCHANT)
def recommend_global(call: Call) -> dict[str, Any]:
    """Shopee: global_product.category_recommend; return the categories that a name calls to mind, best first."""
    return {"category_id": recommended(call.text("global_item_name", required=True), set())}


@endpoint("GET", "/api/v2/product/category_recommend", Level.SHOP)
def recommend_for_shop(call: Call) -> dict[str, Any]:
    """Shopee: product.category_recommend; return the same for one market."""
    closed = call.shopee.catalog.closed(call.the_shop.region)
    return {"category_id": recommended(call.text("item_name", required=True), closed)}


@endpoint("GET", "/api/v2/global_product/get_brand_list", Level.MERCHANT)
def global_brands(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_brand_list; return one page of a category's brands."""
    return _brand_page(call)


@endpoint("GET", "/api/v2/product/get_brand_list", Level.SHOP)
def shop_brands(call: Call) -> dict[str, Any]:
    """Shopee: product.get_brand_list; return one page of a category's brands."""
    _language(call, markets()[call.the_shop.region].languages)
    return _brand_page(call)


def leaf_asked(call: Call) -> tuple[Category, Rules]:
    """Return the leaf that a call names, refused where it is none."""
    found = leaf(call.integer("category_id", required=True, low=0) or 0)
    if found is None:
        raise Problem("error_invalid_category", "Invalid category ID.")
    return found


def price_limits(rules: Rules, rate: Any) -> tuple[Any, Any]:
    """Return the lowest and the highest price at a rate to the US dollar."""
    low, high = rules.price
    step = 2 if rate < 100 else 0
    return round(low * rate, step) or low, round(high * rate, step)


def recommended(name: str, closed: set[int]) -> list[int]:
    """Return leaves whose words occur in a name, the best match first."""
    words = set(re.findall(r"[a-z0-9-]+", name.lower()))
    words |= {word[:-1] for word in words if word.endswith("s")}
    scores: dict[int, int] = {}
    for category in categories().values():
        if category.rules is None or category.rules.blocked or category.id in closed:
            continue
        title = set(re.findall(r"[a-z]+", category.name.lower()))
        score = 2 * len(words.intersection(category.words)) + len(words & title) + 3 * (category.zh in name)
        if score:
            scores[category.id] = score
    return sorted(scores, key=lambda ident: (-scores[ident], ident))[:RECOMMENDED]


def _tree(nodes: list[Category], language: str) -> dict[str, Any]:
    parents = {node.parent_id for node in nodes}
    return {
        "category_list": [
            {
                "category_id": node.id,
                "parent_category_id": node.parent_id,
                "original_category_name": node.name,
                "display_category_name": node.zh if language in CHINESE else node.name,
                "has_children": node.id in parents,
            }
            for node in nodes
            if node.rules is not None or node.id in parents
        ]
    }


def _language(call: Call, allowed: tuple[str, ...]) -> str:
    language = call.text("language", default="en").lower()
    if language not in allowed:
        raise Problem("product.error_invalid_language", "Invalid language.")
    return language


def _brand_page(call: Call) -> dict[str, Any]:
    offset = call.integer("offset", required=True, low=0) or 0
    size = call.integer("page_size", required=True, low=1, high=100) or 1
    status = call.integer("status", required=True, low=1, high=2)
    category, rules = leaf_asked(call)
    chosen = [brand for brand in brands(category.id) if brand.pending is (status == 2)]
    page, more = chosen[offset : offset + size], offset + size < len(chosen)
    return {
        "brand_list": [_brand(brand) for brand in page] or None,
        "has_next_page": more,
        "next_offset": offset + size if more else 0,
        "is_mandatory": rules.brand_mandatory,
        "input_type": rules.brand_input,
    }


def _brand(brand: Brand) -> dict[str, Any]:
    return {"brand_id": brand.id, "original_brand_name": brand.name, "display_brand_name": brand.name}
