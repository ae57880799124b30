"""What a supplier says, as the columns of our rows. Pure: no database."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import fields
from decimal import Decimal
from operator import attrgetter, itemgetter
from typing import Any

from catalog.models import Image, Product, StockLevel, SupplierOffer, Variant
from integrations.contracts import PriceRange, ProductData, StockData, VariantData

from .cleaning import clean_html, clean_text, fit, web_address

HASH_VERSION = "1"  # raise it when the columns below change: everything is then written once more
LONGEST_ID = 64


def is_id(text: str) -> bool:
    """Say whether a supplier's id fits our columns: an id is never cut, because the rest could be another's."""
    return 0 < len(text) <= LONGEST_ID and clean_text(text) == text


def content_hash(data: ProductData) -> str:
    """Return 32 characters that are equal only where everything the supplier said is equal.

    The order of keys, of variants and of stock rows does not matter; the order of pictures does.
    """
    return _hash(
        _PRODUCT(data),
        _price(data.price),
        _price(data.suggested_price),
        _facts(data.facts),
        [
            (
                _VARIANT(variant),
                _price(variant.price),
                _price(variant.suggested_price),
                _facts(variant.facts),
                None if variant.stock is None else sorted(map(_STOCK, variant.stock), key=_PLACE),
            )
            for variant in sorted(data.variants, key=_ID)
        ],
    )


def variant_hash(own: dict[str, Any]) -> str:
    """Return 32 characters that are equal only where the variant's own columns are equal."""
    return _hash(*(_facts(value) if name == "facts" else value for name, value in own.items()))


def _hash(*said: Any) -> str:
    # repr() of plain tuples is by far the fastest text of them; equal amounts written otherwise (1.5, 1.50) only cost
    # a comparison of rows.
    return hashlib.blake2b(repr((HASH_VERSION, said)).encode(), digest_size=16).hexdigest()


def _all_but(kind: type, *names: str) -> "attrgetter[tuple[Any, ...]]":
    return attrgetter(*(field.name for field in fields(kind) if field.name not in names))


_PRODUCT = _all_but(ProductData, "price", "suggested_price", "facts", "variants", "oddities")
_VARIANT = _all_but(VariantData, "price", "suggested_price", "facts", "stock")
_STOCK = _all_but(StockData)
_PRICE = _all_but(PriceRange)
_ID, _PLACE = attrgetter("external_id"), itemgetter(0, 1)


def _price(price: PriceRange | None) -> Any:
    return price and _PRICE(price)


def _facts(facts: dict[str, Any]) -> str:
    return json.dumps(facts, sort_keys=True, default=str) if facts else ""


def place_of(stock: StockData) -> str:
    """Return the place of a stock row: "US" for a country's total, "US/<warehouse id>" for one warehouse."""
    country = clean_text(stock.country_code)[:8]
    return f"{country}/{clean_text(stock.warehouse_id)[:LONGEST_ID]}" if stock.warehouse_id else country


def stock_total(stock: Iterable[StockData]) -> int | None:
    """Add up what the places hold: a country's own total where it is said, else its warehouses. None: nothing said."""
    totals: dict[str, int] = {}
    parts: dict[str, int] = {}
    for row in stock:
        if row.total is not None:
            into = parts if row.warehouse_id else totals
            into[row.country_code] = into.get(row.country_code, 0) + row.total
    if not totals and not parts:
        return None
    return capped(sum((parts | totals).values()))


def capped(total: int) -> int:
    """Return the number, or the largest (smallest) that a column holds."""
    return max(min(total, 2**31 - 1), -(2**31))


def product_columns(data: ProductData, oddities: list[str]) -> dict[str, Any]:
    """Return the columns of a product that its supplier decides, but for category, stock and hash."""
    low, high = _low_high(data.price)
    suggested_low, suggested_high = _low_high(data.suggested_price)
    return fit(
        Product,
        {
            "sku": data.sku,
            "name": data.name or data.sku or data.external_id,
            "name_local": data.name_local,
            "description": clean_html(data.description_html) if data.description_html else "",
            "image_url": next(filter(None, map(web_address, data.image_urls)), ""),
            "category_path": data.category_path,
            "status": data.status if data.status in Product.Status.values else Product.Status.ACTIVE,
            "platform_status": data.platform_status,
            "product_type": data.product_type,
            "supplier_name": data.supplier_name,
            "supplier_id": data.supplier_id,
            "weight_low_g": data.weight_low_g,
            "weight_high_g": data.weight_high_g,
            "packed_weight_low_g": data.packed_weight_low_g,
            "packed_weight_high_g": data.packed_weight_high_g,
            "unit": data.unit,
            "hs_code": data.hs_code,
            "hs_name": data.hs_name,
            "materials": list(data.materials),
            "properties": list(data.properties),
            "option_names": list(data.option_names),
            "price_low": low,
            "price_high": high,
            "suggested_price_low": suggested_low,
            "suggested_price_high": suggested_high,
            "currency": data.price.currency if data.price else "USD",
            "listed_count": data.listed_count,
            "facts": data.facts,
            "external_created_at": data.created_at,
        },
        oddities,
    )


def variant_columns(data: VariantData, oddities: list[str]) -> dict[str, Any]:
    """Return the columns of a variant that its supplier decides, but for stock and hash."""
    return fit(
        Variant,
        {
            "sku": data.sku,
            "name": data.name,
            "key": data.key,
            "options": list(data.options),
            "image_url": data.image_url,
            "weight_g": data.weight_g,
            "length_mm": data.length_mm,
            "width_mm": data.width_mm,
            "height_mm": data.height_mm,
            "volume_mm3": data.volume_mm3,
            "facts": data.facts,
            "external_created_at": data.created_at,
        },
        oddities,
    )


def offer_columns(data: VariantData, oddities: list[str]) -> dict[str, Any]:
    """Return what the supplier asks for a variant."""
    low, high = _low_high(data.price)
    columns = {
        "price": low,
        "price_high": high,
        "suggested_price": _low_high(data.suggested_price)[0],
        "currency": data.price.currency if data.price else "USD",
        "is_available": True,
    }
    columns = fit(SupplierOffer, columns, oddities)
    return columns | {"price_high": None} if columns["price_high"] == columns["price"] else columns


def stock_columns(data: StockData, oddities: list[str]) -> dict[str, Any]:
    """Return what one place holds, but for the warehouse's row."""
    columns = {
        "country_code": data.country_code,
        "total": data.total,
        "cj": data.cj,
        "factory": data.factory,
        "is_verified": data.verified,
    }
    return fit(StockLevel, columns, oddities)


def picture_addresses(data: ProductData, oddities: list[str]) -> list[str]:
    """Return the addresses of the pictures in the supplier's order, each once."""
    longest = Image._meta.get_field("url").max_length or 0
    addresses = [web_address(url, longest) for url in data.image_urls]
    if not all(addresses):
        oddities.append("not_an_address:image")
    return list(dict.fromkeys(filter(None, addresses)))[: 2**15]


def _low_high(price: PriceRange | None) -> tuple[Decimal | None, Decimal | None]:
    return (price.low, price.high) if price else (None, None)
