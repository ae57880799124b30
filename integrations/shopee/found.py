"""Shopee's items → what the catalogue compares and adopts. Pure; an item without a number is left out."""

import hashlib
from collections.abc import Mapping
from typing import Any

from integrations.channels import FoundListing, FoundVariant

from . import variants
from .parsing import amount, flag, integer, known_id, mapping, moment, records, storable, text, texts
from .words import GLOBAL, SHOP, Words

# Statuses of items, and those that get_published_list gives as numbers.
STATUSES = {
    "NORMAL": "live",
    "UNLIST": "unlisted",
    "BANNED": "banned",
    "REVIEWING": "reviewing",
    "SELLER_DELETE": "deleted",
    "SHOPEE_DELETE": "deleted",
}
PUBLISHED_STATUSES = {
    0: "deleted",
    1: "live",
    2: "banned",
    3: "reviewing",
    4: "deleted",
    5: "deleted",
    6: "banned",
    8: "unlisted",
}
# Where buyers see an item, by market.
_SITES = {
    "SG": "shopee.sg",
    "MY": "shopee.com.my",
    "TH": "shopee.co.th",
    "TW": "shopee.tw",
    "ID": "shopee.co.id",
    "VN": "shopee.vn",
    "PH": "shopee.ph",
    "BR": "shopee.com.br",
    "MX": "shopee.com.mx",
    "CO": "shopee.com.co",
    "CL": "shopee.cl",
    "AR": "shopee.com.ar",
    "PL": "shopee.pl",
    "ES": "shopee.es",
    "FR": "shopee.fr",
}
_SELLERS_STOCK = 2  # stock_type: 1 lies with Shopee
_FACTS = ("has_model", "has_promotion", "pre_order", "brand", "weight", "dimension", "condition", "days_to_ship")


def listing_url(region: str, shop_id: str, item_id: str) -> str:
    """Return where buyers see an item; empty for a market that is not known."""
    site = _SITES.get(region.upper())
    return f"https://{site}/product/{shop_id}/{item_id}" if site and item_id else ""


def to_global(row: Mapping[str, Any], models: object = None, *, currency: str = "") -> FoundListing | None:
    """Read a global item (get_global_item_info) with its variants (get_global_model_list) where they were read."""
    return _to_listing(row, models, GLOBAL, currency=currency)


def to_shop(
    row: Mapping[str, Any],
    models: object = None,
    *,
    shop_id: str,
    region: str = "",
    currency: str = "",
    global_id: str = "",
) -> FoundListing | None:
    """Read a shop's item (get_item_base_info) with its variants (get_model_list) where they were read."""
    return _to_listing(row, models, SHOP, currency=currency, shop_id=shop_id, region=region, global_id=global_id)


def _to_listing(
    row: Mapping[str, Any],
    models: object,
    words: Words,
    *,
    currency: str,
    shop_id: str = "",
    region: str = "",
    global_id: str = "",
) -> FoundListing | None:
    item_id = known_id(row.get(words.item_id))
    if not item_id:
        return None
    name, description = text(row.get(words.name), 500), text(row.get("description"), 50_000)
    status = text(row.get(f"{words.record}_status"), 40)
    urls = texts(mapping(row.get("image")).get("image_url_list"), 1000)
    return FoundListing(
        external_id=item_id,
        shop_id=shop_id,
        global_id=global_id or (item_id if words is GLOBAL else ""),
        sku=text(row.get(words.sku), 200),
        name=name,
        status=STATUSES.get(status, "live"),
        platform_status=status,
        category_id=known_id(row.get("category_id")),
        image_url=urls[0] if urls else "",
        axes=tuple(tier.name for tier in variants.to_tiers(mapping(models))) if models is not None else (),
        variants=_to_variants(row, models, words, currency),
        url=listing_url(region, shop_id, item_id) if shop_id else "",
        updated_at=moment(row.get("update_time")),
        text_hash=hashlib.sha256(f"{name}\n{description}".encode()).hexdigest()[:32],
        facts=storable({fact: row[fact] for fact in _FACTS if row.get(fact) is not None}),
    )


def _to_variants(row: Mapping[str, Any], models: object, words: Words, currency: str) -> tuple[FoundVariant, ...]:
    """Return the variants; of an item without axes one with the number "". Nothing where they were not read."""
    if not flag(row.get("has_model")):
        return (_to_variant(row, "", text(row.get(words.sku), 200), (), currency),)
    if models is None:
        return ()
    payload = mapping(models)
    seen = variants.to_seen(payload, words)
    options = {model.model_id: seen.options(model) for model in seen.models}
    found = []
    for model in records(payload.get(words.models)):
        model_id = known_id(model.get(words.model_id))
        if model_id in options:
            sku = text(model.get(words.model_sku), 200)
            found.append(_to_variant(model, model_id, sku, options[model_id], currency))
    return tuple(found)


def _to_variant(
    row: Mapping[str, Any], external_id: str, sku: str, options: tuple[str, ...], currency: str
) -> FoundVariant:
    said = row.get("price_info")
    prices = records(said) or [mapping(said)]
    return FoundVariant(
        external_id=external_id,
        sku=sku,
        options=options,
        price=amount(prices[0].get("original_price")),
        currency=text(prices[0].get("currency"), 3).upper() or currency,
        stock=_stock(row),
        is_listed=text(row.get("model_status"), 40) != "MODEL_UNAVAILABLE",
    )


def _stock(row: Mapping[str, Any]) -> dict[str, int] | None:
    """Return the seller's own pieces by place; None where nothing is said."""
    found: dict[str, int] = {}
    if "stock_info_v2" in row:
        for each in records(mapping(row["stock_info_v2"]).get("seller_stock")):
            _add(found, each.get("location_id"), integer(each.get("stock")))
        return found
    if row.get("stock_info") is None:
        return None
    for each in records(row["stock_info"]):
        if integer(each.get("stock_type")) in (None, _SELLERS_STOCK):
            pieces = integer(each.get("current_stock"))
            _add(found, each.get("stock_location_id"), integer(each.get("normal_stock")) if pieces is None else pieces)
    return found


def _add(stock: dict[str, int], place: object, pieces: int | None) -> None:
    if pieces is not None:
        name = text(place, 64)
        stock[name] = stock.get(name, 0) + pieces
