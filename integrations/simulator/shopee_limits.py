"""Shopee: limits, size charts and standard axes of categories, for merchants and for shops."""

from typing import Any

from integrations.simulator.shopee_categories import leaf_asked, price_limits
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint
from integrations.simulator.shopee_seeds import (
    Category,
    Market,
    Rules,
    book,
    categories,
    default_rules,
    markets,
    per_usd,
)

CHART_COLUMNS = ("Size", "Bust", "Length")


@endpoint("GET", "/api/v2/global_product/get_global_item_limit", Level.MERCHANT)
def global_limit(call: Call) -> Answer:
    """Shopee: global_product.get_global_item_limit; the limits of size charts stand beside the response."""
    rules = _rules_asked(call)
    rate = per_usd(call.the_merchant.currency or "USD")
    limit = {
        "price_limit": _price_limit(rules, rate),
        "stock_limit": _limit(rules.stock),
        "global_item_name_length_limit": _limit(rules.name),
        "global_item_image_count_limit": _limit(rules.images),
        "global_item_description_length_limit": _limit(rules.description),
        **_common_limits(rules),
        "dts_limit": {"days_to_ship_range_list": [_limit(one) for one in rules.dts] or None},
        "weight_limit": {"weight_mandatory": rules.weight_mandatory},
        "dimension_limit": {"dimension_mandatory": rules.dimension_mandatory},
    }
    return Answer(limit, beside={"size_chart_limit": _chart_limit(rules)})


@endpoint("GET", "/api/v2/product/get_item_limit", Level.SHOP)
def shop_limit(call: Call) -> Answer:
    """Shopee: product.get_item_limit; return what a shop's item must keep to, in the currency of its market."""
    rules, market = _rules_asked(call), markets()[call.the_shop.region]
    longest = max((high for _, high in rules.dts), default=2)
    limit = {
        "price_limit": _price_limit(rules, market.per_usd),
        "wholesale_price_threshold_percentage": {"min_limit": 50, "max_limit": 100},
        "stock_limit": _limit(rules.stock),
        "item_name_length_limit": _limit(shop_name_limit(rules, market)),
        "item_image_count_limit": _limit((max(rules.images[0], market.images_least), rules.images[1])),
        "item_description_length_limit": _limit(rules.description),
        **_common_limits(rules),
        "item_count_limit": {"max_limit": 10_000},
        "dts_limit": {"days_to_ship_limit": {"min_limit": 3, "max_limit": longest}, "non_pre_order_days_to_ship": 2},
        "weight_limit": {"weight_mandatory": rules.weight_mandatory},
        "dimension_limit": {"dimension_mandatory": rules.dimension_mandatory},
        "size_chart_limit": _chart_limit(rules),
    }
    del limit["text_length_multiplier"]
    return Answer(limit, beside={"gtin_limit": {"gtin_validation_rule": "Flexible"}})


@endpoint("GET", "/api/v2/global_product/support_size_chart", Level.MERCHANT)
@endpoint("GET", "/api/v2/product/support_size_chart", Level.SHOP)
def supports_size_chart(call: Call) -> dict[str, Any]:
    """Shopee: global_product.support_size_chart; tell whether a category takes size charts."""
    return {"support_size_chart": leaf_asked(call)[1].has_size_chart}


@endpoint("GET", "/api/v2/global_product/get_size_chart_list", Level.MERCHANT)
@endpoint("GET", "/api/v2/product/get_size_chart_list", Level.SHOP)
def size_charts(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_size_chart_list; one template where the category takes templates."""
    category, rules = leaf_asked(call)
    call.integer("page_size", required=True, low=1, high=50)
    charts = [{"size_chart_id": chart_id(category)}] if rules.template_chart else None
    return {"size_chart_list": charts, "total_count": len(charts or []), "next_cursor": ""}


@endpoint("GET", "/api/v2/global_product/get_size_chart_detail", Level.MERCHANT)
@endpoint("GET", "/api/v2/product/get_size_chart_detail", Level.SHOP)
def size_chart(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_size_chart_detail; return a template with its columns."""
    asked = call.integer("size_chart_id", required=True)
    category = next((one for one in categories().values() if one.rules and chart_id(one) == asked), None)
    if category is None or category.rules is None or not category.rules.template_chart:
        raise Problem("error_param", "The size chart is not found.")
    columns = [
        {
            "measurement": {
                "input_type": "OPTION" if name == "Size" else "NUMBER",
                "unit": "" if name == "Size" else "cm",
                "display_name": name,
            },
            "measurement_value_list": [
                {"option": size} if name == "Size" else {"value": 70 + 20 * column + 4 * row}
                for row, size in enumerate(("S", "M", "L"))
            ],
        }
        for column, name in enumerate(CHART_COLUMNS)
    ]
    table = {"column_list": columns}
    return {"size_chart_id": asked, "size_chart_name": f"{category.name}, standard", "size_chart_table": table}


@endpoint("GET", "/api/v2/global_product/get_variations", Level.MERCHANT)
@endpoint("GET", "/api/v2/product/get_variation_tree", Level.SHOP)
def variations(call: Call) -> Answer:
    """Shopee: global_product.get_variations; they lie in ``data`` instead of ``response``."""
    category, rules = leaf_asked(call)
    found = []
    for ident, name, groups, options in book()["variations"]:
        chosen = groups[:1] if name != "Size" or not category.name.endswith(("Shoes", "Sneakers")) else groups[1:]
        words = book()["shoe_sizes"] if chosen[0][1] == "EU Shoe Size" else options
        if name == "Size" and not rules.has_size_chart:
            continue
        found.append(
            {
                "variation_id": ident,
                "variation_name": name,
                "variation_group_list": [
                    {
                        "variation_group_id": group_id,
                        "variation_group_name": group_name,
                        "variation_option_list": [
                            {"variation_option_id": group_id * 1000 + number, "variation_option_name": word}
                            for number, word in enumerate(words, start=1)
                        ],
                    }
                    for group_id, group_name in chosen
                ],
            }
        )
    return Answer({"standardise_variation_list": found}, key="data")


def chart_id(category: Category) -> int:
    """Return the id of the size chart template of a category."""
    return 7_000_000 + category.id


def shop_name_limit(rules: Rules, market: Market) -> tuple[int, int]:
    """Return how short and how long a name may be in a market."""
    return rules.name[0], min(rules.name[1], market.name_most)


def _rules_asked(call: Call) -> Rules:
    return leaf_asked(call)[1] if call.given("category_id") else default_rules()


def _limit(pair: tuple[Any, Any]) -> dict[str, Any]:
    return {"min_limit": pair[0], "max_limit": pair[1]}


def _price_limit(rules: Rules, rate: Any) -> dict[str, Any]:
    return _limit(price_limits(rules, rate))


def _common_limits(rules: Rules) -> dict[str, Any]:
    return {
        "tier_variation_name_length_limit": _limit(rules.tier_name),
        "tier_variation_option_length_limit": _limit(rules.option),
        "text_length_multiplier": book()["text_length_multiplier"],
        "extended_description_limit": {
            "description_text_length_min": rules.description[0],
            "description_text_length_max": rules.description[1],
            "description_image_num_min": 0,
            "description_image_num_max": 12,
            "description_image_width_min": 700,
            "description_image_height_min": 500,
            "description_image_aspect_ratio_min": 0.5,
            "description_image_aspect_ratio_max": 32,
        },
    }


def _chart_limit(rules: Rules) -> dict[str, Any]:
    return {
        "size_chart_mandatory": rules.size_chart_mandatory,
        "support_image_size_chart": rules.image_chart,
        "support_template_size_chart": rules.template_chart,
    }
