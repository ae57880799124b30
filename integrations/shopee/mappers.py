"""Our drafts → Shopee's JSON. Pure. Weights go as kilograms, lengths as whole centimeters, prices as exact numbers."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Any

from integrations.channels import BrandData, DraftVariant, FieldSwitches, ListingDraft, ShopDraft, Value

from .params import Id, whole
from .words import GLOBAL, Words

NO_BRAND = {"brand_id": 0, "original_brand_name": "NoBrand"}
STANDARD, OLD = "standard", "old"  # spellings of tiers
Images = Mapping[str, str]  # address → id at Shopee

# Currencies of which Shopee takes two decimals; of all others whole numbers (Shopee: create_publish_task).
TWO_DECIMALS = frozenset({"SGD", "MYR", "BRL", "MXN", "PLN", "EUR", "ARS", "CNY", "USD", "HKD"})
SIZE_CHART = "size_chart"  # the field by which a template is chosen: no attribute of Shopee's, but asked like one
READY_DAYS = 3  # goods in stock are sent within; non_pre_order_days_to_ship of every market is below
_GRAMS, _MILLIMETERS = Decimal(1000), Decimal(10)
_KG_PLACES = Decimal("0.001")
_DATES = (
    (re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})"), "day"),
    (re.compile(r"(?P<day>\d{1,2})/(?P<month>\d{1,2})/(?P<year>\d{4})"), "day"),
    (re.compile(r"(?P<month>\d{1,2})/(?P<year>\d{4})"), "month"),
)


@dataclass(frozen=True, slots=True)
class Option:
    name: str
    image_id: str = ""


@dataclass(frozen=True, slots=True)
class Tier:
    """An axis with its options in their order."""

    name: str
    options: tuple[Option, ...]

    def names(self) -> list[str]:
        return [option.name for option in self.options]


# Items


def item_parts(draft: ListingDraft, images: Images, words: Words) -> dict[str, dict[str, Any]]:
    """Return what is said of the item itself, by parts that change on their own; a part is named as our field is."""
    parts: dict[str, dict[str, Any]] = {
        "name": {words.name: draft.name},
        "description": {"description": draft.description},
        "reference": {words.sku: draft.reference},
        "category_id": {"category_id": whole("category_id", draft.category_id)},
        "image_urls": {"image": {"image_id_list": image_ids(draft.image_urls, images)}},
        "brand": {"brand": to_brand(draft.brand)},
        "attributes": {"attribute_list": to_attributes(draft.attributes)},
        "condition": {"condition": "USED" if draft.condition == "used" else "NEW"},
        "weight_g": given_weight(_heaviest(draft)),
        "length_mm": given_size(*_largest(draft)),
    }
    if chart := next((value.external_id for value in draft.attributes.get(SIZE_CHART, ())), ""):
        parts[SIZE_CHART] = {"size_chart_info": {"size_chart_id": whole("size_chart_id", chart)}}
    if draft.days_to_ship is not None:
        parts["days_to_ship"] = {"pre_order": _days_to_ship(draft.days_to_ship, words)}
    return {name: part for name, part in parts.items() if part}


def _days_to_ship(days: int, words: Words) -> dict[str, Any]:
    """Return days to ship; in a shop what takes longer than goods in stock is a pre-order."""
    return {"days_to_ship": days} if words is GLOBAL else {"is_pre_order": days > READY_DAYS, "days_to_ship": days}


def new_item(draft: ListingDraft, parts: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the body that makes an item: its parts, the lowest price, and the first variant's stock.

    Price and stock are asked even where variants follow, which bring their own.
    """
    body: dict[str, Any] = {}
    for part in parts.values():
        body |= part
    if draft.variants:
        body["original_price"] = min(variant.price for variant in draft.variants)
        body["seller_stock"] = to_stock(draft.variants[0].stock)
    return body


def digests(parts: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return a short digest of each part, by which it is told later whether it changed."""
    return {name: digest(part) for name, part in parts.items()}


def digest(data: Any) -> str:
    """Return a digest of data that goes over the wire."""
    written = json.dumps(data, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def image_ids(urls: Sequence[str], images: Images) -> list[str]:
    """Return the ids of pictures, each once, in their order."""
    return list(dict.fromkeys(images[url] for url in urls if url in images))


def to_brand(brand: BrandData | None) -> dict[str, Any]:
    """Return a brand: a known one, a name of the seller's own (id 0), or "NoBrand"."""
    if brand is None or not (brand.external_id or brand.name):
        return dict(NO_BRAND)
    return {"brand_id": whole("brand_id", brand.external_id or 0), "original_brand_name": brand.name or "NoBrand"}


def to_attributes(answers: Mapping[str, Sequence[Value]]) -> list[dict[str, Any]]:
    """Return the answers to attributes; those without a value are left out."""
    return [
        {"attribute_id": whole("attribute_id", field_id), "attribute_value_list": [_to_value(each) for each in values]}
        for field_id, values in answers.items()
        if values and field_id != SIZE_CHART
    ]


def _to_value(value: Value) -> dict[str, Any]:
    found: dict[str, Any] = {"value_id": whole("value_id", value.external_id or 0)}
    if not value.external_id:
        found["original_value_name"] = _as_date(value.text)
    if value.unit:
        found["value_unit"] = value.unit
    return found


def _as_date(text: str) -> str:
    """Return a date as Shopee takes it, Unix seconds as text; any other text as it is."""
    for pattern, kind in _DATES:
        if found := pattern.fullmatch(text.strip()):
            parts = {name: int(part) for name, part in found.groupdict().items()}
            try:
                day = datetime(parts["year"], parts["month"], parts["day"] if kind == "day" else 1, tzinfo=UTC)
            except ValueError:
                return text
            return str(int(day.timestamp()))
    return text


# Measures, prices, stock


def given_weight(grams: Decimal | None) -> dict[str, Any]:
    """Return a weight in kilograms, at least a gram; nothing where it is not known."""
    return {} if grams is None else {"weight": max((grams / _GRAMS).quantize(_KG_PLACES, ROUND_HALF_UP), _KG_PLACES)}


def given_size(length: Decimal | None, width: Decimal | None, height: Decimal | None) -> dict[str, Any]:
    """Return a size in whole centimeters, rounded up; nothing unless all three are known."""
    if length is None or width is None or height is None:
        return {}
    names = ("package_length", "package_width", "package_height")
    sides = ((side / _MILLIMETERS).to_integral_value(ROUND_CEILING) for side in (length, width, height))
    return {"dimension": {name: max(int(side), 1) for name, side in zip(names, sides, strict=True)}}


def to_stock(stock: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return pieces by place; the place "" stands for a seller who has only one."""
    rows = [{"location_id": place, "stock": pieces} if place else {"stock": pieces} for place, pieces in stock.items()]
    return rows or [{"stock": 0}]


def local_price(price: Decimal, currency: str) -> Decimal:
    """Return a price with as many decimals as Shopee takes of its currency."""
    return price.quantize(Decimal("0.01") if currency in TWO_DECIMALS else Decimal(1), ROUND_HALF_UP)


def _heaviest(draft: ListingDraft) -> Decimal | None:
    """Return the item's weight; where only the variants have one, that of the heaviest."""
    known = [variant.weight_g for variant in draft.variants if variant.weight_g is not None]
    return draft.weight_g if draft.weight_g is not None else max(known, default=None)


def _largest(draft: ListingDraft) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Return the item's size; a side that only the variants have is that of the largest, where each has it."""
    variants = [(each.length_mm, each.width_mm, each.height_mm) for each in draft.variants]
    length, width, height = (_longest([sides[at] for sides in variants]) for at in range(3))
    return draft.length_mm or length, draft.width_mm or width, draft.height_mm or height


def _longest(sides: Sequence[Decimal | None]) -> Decimal | None:
    known = [side for side in sides if side is not None]
    return max(known, default=None) if len(known) == len(sides) else None


# Variants


def to_tiers(draft: ListingDraft, images: Images) -> list[Tier]:
    """Return the axes with their options in the order of the variants.

    Pictures stand on the first axis alone, and only where each of its options has one.
    """
    tiers: list[Tier] = []
    for number, axis in enumerate(draft.axes):
        pictures: dict[str, str] = {}
        for variant in draft.variants:
            picture = images.get(variant.image_url, "") if number == 0 else ""
            pictures[variant.options[number]] = pictures.get(variant.options[number]) or picture
        complete = all(pictures.values())
        options = tuple(Option(name, picture if complete else "") for name, picture in pictures.items())
        tiers.append(Tier(axis, options))
    return tiers


def spell(tiers: Sequence[Tier], form: str) -> dict[str, Any]:
    """Return axes in one of the two spellings (Shopee: init_tier_variation); names of one's own have the id 0."""
    if form == OLD:
        return {"tier_variation": [{"name": tier.name, "option_list": _old_options(tier)} for tier in tiers]}
    return {
        "standardise_tier_variation": [
            {
                "variation_id": 0,
                "variation_group_id": 0,
                "variation_name": tier.name,
                "variation_option_list": [
                    {"variation_option_id": 0, "variation_option_name": option.name}
                    | ({"image_id": option.image_id} if option.image_id else {})
                    for option in tier.options
                ],
            }
            for tier in tiers
        ]
    }


def _old_options(tier: Tier) -> list[dict[str, Any]]:
    return [
        {"option": option.name} | ({"image": {"image_id": option.image_id}} if option.image_id else {})
        for option in tier.options
    ]


def tier_index(variant: DraftVariant, tiers: Sequence[Tier]) -> list[int]:
    """Return where a variant stands on the axes."""
    return places(variant.options, tiers)


def places(options: Sequence[str], tiers: Sequence[Tier]) -> list[int]:
    """Return where options stand on their axes."""
    return [tier.names().index(option) for tier, option in zip(tiers, options, strict=True)]


def new_model(variant: DraftVariant, index: Sequence[int], words: Words) -> dict[str, Any]:
    """Return the body that makes a variant."""
    return {
        words.model_sku: variant.sku,
        "tier_index": list(index),
        "original_price": variant.price,
        "seller_stock": to_stock(variant.stock),
        **model_measures(variant),
    }


def model_measures(variant: DraftVariant) -> dict[str, Any]:
    """Return weight and size of a variant's own. A size goes with a weight only: alone Shopee refuses it."""
    weight = given_weight(variant.weight_g)
    return weight and weight | given_size(variant.length_mm, variant.width_mm, variant.height_mm)


# Shops


def publish_task(
    item_id: Id, shop: ShopDraft, draft: ListingDraft, indexes: Mapping[str, Sequence[int]]
) -> dict[str, Any]:
    """Return the body that publishes a global item to one shop; what the draft leaves out Shopee fills in.

    `indexes`: where each SKU stands on the axes of the global item.
    """
    item: dict[str, Any] = {"item_status": "NORMAL" if shop.listed else "UNLIST"}
    if shop.name:
        item["item_name"] = shop.name
    if shop.description:
        item["description"] = shop.description
    prices = {sku: local_price(price, shop.currency) for sku, price in shop.prices.items()}
    if draft.axes:
        models = [{"tier_index": list(indexes[sku]), "original_price": prices[sku]} for sku in prices if sku in indexes]
        if models:
            item["model"] = models
    elif prices:
        item["original_price"] = next(iter(prices.values()))
    if shop.carriers:
        item["logistic"] = to_carriers(shop.carriers)
    return {
        "global_item_id": whole("global_item_id", item_id),
        "shop_id": whole("shop_id", shop.shop_id),
        "shop_region": shop.region,
        "item": item,
    }


def to_carriers(carriers: Sequence[str]) -> list[dict[str, Any]]:
    """Return shipping channels, switched on."""
    return [{"logistic_id": whole("logistic_id", each), "enabled": True} for each in carriers]


def to_switches(shop_id: str, region: str, switches: FieldSwitches) -> dict[str, Any]:
    """Return which global edits a shop follows: Shopee wants all five each time."""
    return {
        "shop_id": whole("shop_id", shop_id),
        "shop_region": region,
        "name_and_description": switches.texts,
        "media_information": switches.media,
        "tier_variation_name_and_option": switches.options,
        "price": switches.price,
        "days_to_ship": switches.days_to_ship,
    }
