"""What is wrong with the numbers of an item: price, stock, weight, size, days to ship."""

from decimal import Decimal

from integrations.simulator.shopee_catalog import Dimension
from integrations.simulator.shopee_categories import price_limits
from integrations.simulator.shopee_ground import Ground, Raw, integer, number
from integrations.simulator.shopee_protocol import Problem, missing, wrong
from integrations.simulator.shopee_seeds import Rules

MOST_DAYS = 60


def price(ground: Ground, rules: Rules, raw: Raw) -> Decimal:
    """Return the price of an item or a model."""
    amount = number(raw, "original_price", required=True)
    low, high = price_limits(rules, ground.currency_per_usd)
    if not low <= amount <= high:
        raise Problem("error_price_limit_no_pass", f"The price should be between {low} and {high}.")
    return amount


def spread(ground: Ground, prices: list[Decimal]) -> None:
    """Refuse variants whose prices lie too far apart."""
    if ground.spread and max(prices) > ground.spread * min(prices):
        raise Problem("error_price_agp_too_large", f"The dearest variation is over {ground.spread} times the cheapest.")


def stock(ground: Ground, rules: Rules, raw: Raw) -> dict[str, int]:
    """Return the stock by location; none given is none in stock."""
    given = raw.get("seller_stock")
    if given is None or given == []:
        return {ground.locations[0]: 0}
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise wrong("seller_stock", "list of objects")
    found: dict[str, int] = {}
    for one in given:
        place = one.get("location_id") or ""
        if not place and ground.location_problem:
            raise ground.location_problem
        place = place or ground.locations[0]
        if place not in ground.locations or place in found:
            raise Problem("error_inner", "Invalid stock location ID")
        pieces = integer(one, "stock", required=True)
        if pieces > rules.stock[1]:
            raise Problem("error_stock_bigger_then_limit", f"The stock is over {rules.stock[1]}.")
        if pieces < rules.stock[0]:
            raise Problem("error_stock_less_then_min_limit", f"The stock is below {rules.stock[0]}.")
        found[place] = pieces
    if sum(found.values()) > rules.stock[1]:
        raise Problem("error_stock_limit_no_pass", f"The stock of all locations is over {rules.stock[1]}.")
    return found


def weight(rules: Rules, raw: Raw, *, required: bool) -> Decimal | None:
    """Return the weight in kilograms."""
    given = number(raw, "weight", required=False)
    if given <= 0:
        if required and rules.weight_mandatory:
            raise missing("weight")
        return None
    if given > rules.most_kg:
        raise Problem("error_busi_global_item_weight_over_limit", f"The weight is over {rules.most_kg} kg.")
    return given


def dimension(rules: Rules, raw: Raw, *, required: bool) -> Dimension | None:
    """Return the size of the package in whole centimeters."""
    given = raw.get("dimension")
    if given is None:
        if required and rules.dimension_mandatory:
            raise missing("dimension")
        return None
    if not isinstance(given, dict):
        raise wrong("dimension", "object")
    sides = {side: integer(given, f"package_{side}", required=True) for side in ("length", "width", "height")}
    if any(not 0 < value <= rules.longest_cm for value in sides.values()):
        raise Problem("error_busi_global_item_dimension_over_limit", f"Each side: 1 to {rules.longest_cm} cm.")
    return {f"package_{side}": value for side, value in sides.items()}


def days_to_ship(rules: Rules, raw: Raw) -> int | None:
    """Return the days to ship, None where they are not given."""
    given = raw.get("pre_order")
    if given is None:
        return None
    if not isinstance(given, dict):
        raise wrong("pre_order", "object")
    days = integer(given, "days_to_ship", required=True)
    if days <= 0:
        raise Problem("error_invalid_days_to_ship", "Invalid days to ship.")
    if days > MOST_DAYS:
        raise Problem("error_busi_item_days_to_ship_invalid", f"Days to ship are over {MOST_DAYS}.")
    if not rules.dts and days != 2:
        raise Problem("error_no_dts_range_not_allowed", "The category does not allow other days to ship than 2.")
    if rules.dts and not any(low <= days <= high for low, high in rules.dts):
        ranges = ", ".join(f"{low}-{high}" for low, high in rules.dts)
        raise Problem("error_dts_range_not_allowed", f"Days to ship should be in {ranges}.")
    return days
