"""On what ground an item is to stand: what a merchant's catalogue or a shop's market allows; and plain fields."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from integrations.simulator.shopee_catalog import Catalog, Image
from integrations.simulator.shopee_protocol import Call, Problem, missing, wrong
from integrations.simulator.shopee_seeds import Market, markets, not_for, per_usd

GLOBAL_SPREAD = Decimal(7)

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ground:
    """On what ground an item is to stand: a merchant's catalogue, or one shop in its market."""

    currency_per_usd: Decimal
    images: dict[str, Image]
    locations: list[str]
    location_problem: Problem | None = None  # raised where stock comes without a location
    spread: Decimal | None = None
    market: Market | None = None
    closed: set[int] = field(default_factory=set)
    forbidden: frozenset[int] = frozenset()
    extended: bool = False  # whether the seller may use extended descriptions


def merchant_ground(call: Call) -> Ground:
    """Return what holds for a merchant's global items."""
    merchant = call.the_merchant
    problem = None
    if any(call.shopee.shops[ident].is_3pf for ident in merchant.shop_ids):
        problem = Problem("error_param", "You have 3PF shops, please upload stock with location id")
    elif len(merchant.location_ids) > 1:
        problem = Problem("error_busi", "Your merchant is multi warehouse, please input location id")
    return Ground(
        currency_per_usd=per_usd(merchant.currency or "USD"),
        images=call.shopee.images,
        locations=merchant.location_ids,
        location_problem=problem,
        spread=None if merchant.region == "KR" else GLOBAL_SPREAD,
        forbidden=not_for(merchant.region),
        extended=merchant.region == "HK",
    )


def shop_ground(call: Call) -> Ground:
    """Return what holds for the items of a shop."""
    shop = call.the_shop
    market = markets()[shop.region]
    catalog: Catalog = call.shopee.catalog
    return Ground(
        currency_per_usd=market.per_usd,
        images=call.shopee.images,
        locations=[warehouse.location_id for warehouse in shop.warehouses] or [f"{shop.region}Z"],
        spread=market.spread,
        market=market,
        closed=catalog.closed(shop.region),
    )


def integer(raw: Raw, label: str, *, required: bool) -> int:
    """Return a whole number of an object, 0 where it is absent."""
    value = raw.get(label)
    if value is None:
        if required:
            raise missing(label)
        return 0
    if type(value) is not int:
        raise wrong(label, "integer")
    return value


def number(raw: Raw, label: str, *, required: bool) -> Decimal:
    """Return a number of an object, 0 where it is absent."""
    value = raw.get(label)
    if value is None:
        if required:
            raise missing(label)
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise wrong(label, "float")
    return Decimal(str(value))
