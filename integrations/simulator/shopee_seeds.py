"""The words from which Shopee's rules are made: categories, attributes, brands, limits, markets."""

import json
import random
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

SEEDS = Path(__file__).parent / "seeds"
NO_BRAND = "NoBrand"
FIRST_BRAND, FIRST_VALUE, CHINA = 2_500_139_861, 1_000, 617
DROP_DOWN, COMBO, FREE_TEXT, MULTI_DROP_DOWN, MULTI_COMBO = range(1, 6)
NOTHING, INTEGER, STRING, FLOAT, DATE = range(5)

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Value:
    """A value to choose; it may open further attributes, each with whether it is mandatory."""

    id: int
    name: str
    zh: str
    children: tuple[tuple[str, bool], ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """What is asked of a product; the numbers are Shopee's own (Shopee: global_product.get_attribute_tree)."""

    key: str
    id: int
    name: str
    zh: str
    input_type: int
    validation: int
    values: tuple[Value, ...]
    units: tuple[str, ...]
    most: int
    regions: tuple[str, ...]  # markets which insist on it
    searched: bool
    date_format: int
    introduction: str
    form: str  # a regular expression that its text has to match, empty for none

    @property
    def closed(self) -> bool:
        """Tell whether only the values of the list are taken."""
        return self.input_type in (DROP_DOWN, MULTI_DROP_DOWN)

    def value(self, value_id: int) -> Value | None:
        """Return one of its values by id."""
        return _values_by_id(self.key).get(value_id)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds in a category; lengths in characters, prices in US dollars, weights in kilograms, sides in cm."""

    key: str
    name: Range
    description: Range
    price: tuple[Decimal, Decimal]
    stock: Range
    images: Range
    tier_name: Range
    option: Range
    dts: tuple[Range, ...]
    most_kg: Decimal
    longest_cm: int
    weight_mandatory: bool
    dimension_mandatory: bool
    size_chart_mandatory: bool
    image_chart: bool
    template_chart: bool
    brands: int
    brand_mandatory: bool
    brand_input: str
    blocked: bool

    @property
    def has_size_chart(self) -> bool:
        """Tell whether a size chart of any kind is taken."""
        return self.image_chart or self.template_chart


@dataclass(frozen=True, slots=True)
class Category:
    """A node of the tree; only leaves have rules and attributes."""

    id: int
    parent_id: int
    name: str
    zh: str
    words: tuple[str, ...] = ()
    attributes: tuple[tuple[Attribute, bool], ...] = ()
    rules: Rules | None = None


@dataclass(frozen=True, slots=True)
class Market:
    """A market: how its prices are made and what its listings must keep to."""

    region: str
    currency: str
    decimals: int
    per_usd: Decimal
    fee: Decimal  # share of the price
    spread: Decimal  # dearest divided by cheapest variant
    name_most: int
    languages: tuple[str, ...]
    images_least: int


@dataclass(frozen=True, slots=True)
class Brand:
    """A brand of a category."""

    id: int
    name: str
    pending: bool = False


@cache
def book() -> dict[str, Any]:
    """Return the rules as they are written."""
    loaded: dict[str, Any] = json.loads((SEEDS / "shopee_rules.json").read_text("utf-8"))
    return loaded


@cache
def attributes() -> dict[str, Attribute]:
    """Return all attributes by key."""
    loaded = json.loads((SEEDS / "shopee_attributes.json").read_text("utf-8"))
    found: dict[str, Attribute] = {}
    next_value = FIRST_VALUE
    for key, raw in loaded["attributes"].items():
        values = []
        for name, zh in [*raw["values"], *((name, name) for name in loaded["searched"].get(key, []))]:
            children = tuple(_marked(word) for word in raw["children"].get(name, []))
            values.append(Value(CHINA if name == "China" else next_value, name, zh, children))
            next_value += 1
        found[key] = Attribute(
            key=key,
            id=raw["id"],
            name=raw["name"],
            zh=raw["zh"],
            input_type=raw["input_type"],
            validation=raw["validation"],
            values=tuple(values),
            units=tuple(raw["units"]),
            most=raw["most"],
            regions=tuple(raw["regions"]),
            searched=raw["search"],
            date_format=raw["date_format"],
            introduction=raw["introduction"],
            form=raw["form"],
        )
    return found


@cache
def attribute_by_id(attribute_id: int) -> Attribute | None:
    """Return an attribute by Shopee's id."""
    return next((one for one in attributes().values() if one.id == attribute_id), None)


@cache
def categories() -> dict[int, Category]:
    """Return the tree by id, parents before children."""
    found: dict[int, Category] = {}
    for first in json.loads((SEEDS / "shopee_categories.json").read_text("utf-8")):
        found[first["id"]] = Category(first["id"], 0, first["name"], first["zh"])
        for second in first["second"]:
            found[second["id"]] = Category(second["id"], first["id"], second["name"], second["zh"])
            for third in second["third"]:
                marked = [_marked(word) for word in third["attributes"]]
                found[third["id"]] = Category(
                    id=third["id"],
                    parent_id=second["id"],
                    name=third["name"],
                    zh=third["zh"],
                    words=tuple(third["words"]),
                    attributes=tuple((attributes()[key], mandatory) for key, mandatory in marked),
                    rules=_rules(third["rules"]),
                )
    return found


def leaf(category_id: int) -> tuple[Category, Rules] | None:
    """Return a leaf with its rules, or None for a parent or an unknown id."""
    found = categories().get(category_id)
    return (found, found.rules) if found and found.rules else None


@cache
def default_rules() -> Rules:
    """Return what holds where no category is named."""
    return _rules("default")


@cache
def markets() -> dict[str, Market]:
    """Return the markets by region."""
    return {
        region: Market(
            region=region,
            currency=raw["currency"],
            decimals=raw["decimals"],
            per_usd=Decimal(raw["per_usd"]),
            fee=Decimal(raw["fee"]),
            spread=Decimal(raw["spread"]),
            name_most=raw["name_most"],
            languages=tuple(raw["languages"]),
            images_least=raw["images_least"],
        )
        for region, raw in book()["markets"].items()
    }


@cache
def per_usd(currency: str) -> Decimal:
    """Return how much of a currency one US dollar is."""
    listed = book()["per_usd"].get(currency)
    return Decimal(listed) if listed else next(one.per_usd for one in markets().values() if one.currency == currency)


def closed_at_first() -> dict[str, set[int]]:
    """Return region → categories that are closed there when a world begins."""
    ids = {category.name: category.id for category in categories().values()}
    return {region: {ids[name] for name in names} for region, names in book()["closed"].items()}


@cache
def not_for(merchant_region: str) -> frozenset[int]:
    """Return the categories that merchants of a region may not use at all."""
    names = book()["closed_to"].get(merchant_region, [])
    return frozenset(category.id for category in categories().values() if category.name in names)


@cache
def brands(category_id: int) -> tuple[Brand, ...]:
    """Return the brands of a leaf, "NoBrand" first."""
    found = leaf(category_id)
    if found is None:
        return ()
    rng = random.Random(f"shopee-brands:{category_id}")
    pool = _brand_names()
    numbers = sorted(rng.sample(range(len(pool)), found[1].brands))
    named = (Brand(FIRST_BRAND + number, pool[number], pending=rng.random() < 0.02) for number in numbers)
    return (Brand(0, NO_BRAND), *named)


@cache
def known_brand(brand_id: int) -> str:
    """Return the name of a brand of any category, empty for none."""
    number = brand_id - FIRST_BRAND
    return _brand_names()[number] if 0 <= number < len(_brand_names()) else ""


@cache
def _brand_names() -> tuple[str, ...]:
    starts, middles, ends = book()["brand_syllables"]
    names = [f"{start}{middle}{end}".capitalize() for start in starts for middle in middles for end in ends]
    random.Random("shopee-brand-names").shuffle(names)
    return tuple(dict.fromkeys(names))


@cache
def _values_by_id(key: str) -> dict[int, Value]:
    return {value.id: value for value in attributes()[key].values}


def _marked(word: str) -> tuple[str, bool]:
    return word.removesuffix("!"), word.endswith("!")


@cache
def _rules(key: str) -> Rules:
    raw = {**book()["rules"]["default"], **book()["rules"][key]}

    def pair(name: str) -> Range:
        return raw[name][0], raw[name][1]

    return Rules(
        key=key,
        name=pair("name"),
        description=pair("description"),
        price=(Decimal(raw["price"][0]), Decimal(raw["price"][1])),
        stock=pair("stock"),
        images=pair("images"),
        tier_name=pair("tier_name"),
        option=pair("option"),
        dts=tuple((low, high) for low, high in raw["dts"]),
        most_kg=Decimal(raw["weight_kg"]),
        longest_cm=raw["side_cm"],
        weight_mandatory=raw["weight_mandatory"],
        dimension_mandatory=raw["dimension_mandatory"],
        size_chart_mandatory=raw["size_chart_mandatory"],
        image_chart=raw["image_chart"],
        template_chart=raw["template_chart"],
        brands=raw["brands"],
        brand_mandatory=raw["brand_mandatory"],
        brand_input=raw["brand_input"],
        blocked=raw.get("blocked", False),
    )
