"""Rows of CJ's lists: JSON → `ProductSummary` (cj.json, /product/listV2, list, myProduct/query). Pure.

A row without a usable id raises `UnreadableRecord`; whatever else is odd is noted. `fingerprint` is a short hash of
what matters in a row: equal ones mean that the product need not be read again. It is comparable within one list only,
since the three lists say different things.
"""

import hashlib
import json
from typing import Any

from integrations.contracts import ProductSummary

from .parsing import (
    Notes,
    UnreadableRecord,
    embedded,
    first,
    flag,
    ident,
    integer,
    mapping,
    money,
    path_parts,
    storable,
    text,
    texts,
    title,
    urls,
    when,
)

# What a row of listV2 says that makes a second look worthwhile. Left out on purpose: how often others list it (moves by
# the hour, and the row itself brings it), what is ours (isCollect, myProduct), and what only some `features` add.
_ROW_MATTERS = (
    "nameEn",
    "sku",
    "spu",
    "bigImage",
    "sellPrice",
    "nowPrice",
    "discountPrice",
    "discountPriceRate",
    "categoryId",
    "addMarkStatus",
    "isVideo",
    "productType",
    "supplierName",
    "warehouseInventoryNum",
    "totalVerifiedInventory",
    "totalUnVerifiedInventory",
    "verifiedWarehouse",
    "customization",
    "isPersonalized",
    "hasCECertification",
    "deliveryCycle",
    "saleStatus",
    "authorityStatus",
    "propertyKey",
    "inventoryInfo",
    "variantKeyEn",
    "variantInventories",
)
_LIST_MATTERS = (
    "productNameEn",
    "productName",
    "productSku",
    "productImage",
    "productWeight",
    "productType",
    "productUnit",
    "sellPrice",
    "categoryId",
    "saleStatus",
    "supplierId",
    "isFreeShipping",
    "isVideo",
    "customizationVersion",
    "remark",
)
_MINE_MATTERS = (
    "nameEn",
    "sku",
    "bigImage",
    "sellPrice",
    "discountPrice",
    "discountPriceRate",
    "weight",
    "packWeight",
    "productType",
    "propertyKeyList",
    "areaId",
    "areaCountryCode",
    "defaultArea",
    "vid",
    "lengthList",
    "widthList",
    "heightList",
)


def to_summary(data: object) -> ProductSummary:
    """Read a row of /product/listV2."""
    row, notes = mapping(data), Notes()
    pid = ident(first(row, "id", "pid", "productId"))
    if not pid:
        raise UnreadableRecord("product", data)
    sku = text(first(row, "sku", "spu"), 100, notes, "sku")
    category = first(row, "threeCategoryName", "twoCategoryName", "oneCategoryName")
    return ProductSummary(
        external_id=pid,
        sku=sku,
        name=_name(row, "nameEn", sku or pid, notes),
        image_url=next(iter(urls(row.get("bigImage"), notes=notes, field="bigImage")), ""),
        price=money(row.get("sellPrice"), notes, "sellPrice"),
        category_id=ident(row.get("categoryId")),
        category_name=title(category, 200, notes, "categoryName"),
        stock_total=integer(row.get("warehouseInventoryNum"), notes, "warehouseInventoryNum"),
        listed_count=integer(row.get("listedNum"), notes, "listedNum"),
        supplier_name=title(row.get("supplierName"), 200, notes, "supplierName"),
        is_mine=flag(row.get("myProduct")) is True,
        created_at=when(row.get("createAt"), notes, "createAt"),
        fingerprint=_fingerprint(row, _ROW_MATTERS),
        oddities=notes.all(),
    )


def to_listed_summary(data: object) -> ProductSummary:
    """Read a row of the older /product/list, which has names of its own."""
    row, notes = mapping(data), Notes()
    pid = ident(first(row, "pid", "id"))
    if not pid:
        raise UnreadableRecord("product", data)
    sku = text(first(row, "productSku", "sku"), 100, notes, "productSku")
    local_names = texts(row.get("productName"), 500, 20, notes, "productName")
    return ProductSummary(
        external_id=pid,
        sku=sku,
        name=_name(row, "productNameEn", next(iter(local_names), sku) or pid, notes),
        image_url=next(iter(urls(row.get("productImage"), notes=notes, field="productImage")), ""),
        price=money(row.get("sellPrice"), notes, "sellPrice"),
        category_id=ident(row.get("categoryId")),
        category_name=title(next(reversed(path_parts(row.get("categoryName"))), ""), 200, notes, "categoryName"),
        listed_count=integer(row.get("listedNum"), notes, "listedNum"),
        supplier_name=title(row.get("supplierName"), 200, notes, "supplierName"),
        created_at=when(row.get("createTime"), notes, "createTime"),
        fingerprint=_fingerprint(row, _LIST_MATTERS),
        oddities=notes.all(),
    )


def to_mine(data: object) -> ProductSummary:
    """Read a row of /product/myProduct/query."""
    row, notes = mapping(data), Notes()
    pid = ident(first(row, "productId", "pid", "id"))
    if not pid:
        raise UnreadableRecord("product", data)
    sku = text(row.get("sku"), 100, notes, "sku")
    return ProductSummary(
        external_id=pid,
        sku=sku,
        name=_name(row, "nameEn", next(iter(texts(row.get("productName"), 500, 20)), sku) or pid, notes),
        image_url=next(iter(urls(row.get("bigImage"), notes=notes, field="bigImage")), ""),
        price=money(row.get("sellPrice"), notes, "sellPrice"),
        listed_count=integer(row.get("listedShopNum"), notes, "listedShopNum"),
        is_mine=True,
        created_at=when(row.get("createAt"), notes, "createAt"),
        fingerprint=_fingerprint(row, _MINE_MATTERS),
        oddities=notes.all(),
    )


def _name(row: dict[str, Any], field: str, instead: str, notes: Notes) -> str:
    name = title(row.get(field), 500, notes, field)
    if not name:
        notes.add(field, "missing")
    return name or instead[:500]


def _fingerprint(row: dict[str, Any], names: tuple[str, ...]) -> str:
    """Return a short hash of the named fields that stays equal however the same value is written."""
    said = [_canonical(row.get(name)) for name in names]
    written = json.dumps(said, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.blake2b(written.encode(), digest_size=12).hexdigest()


def _canonical(value: object) -> Any:
    value = storable(embedded(value), longest=5000, most=500, depth=5)
    if isinstance(value, list):  # CJ promises no order of what it lists
        return sorted((_canonical(item) for item in value), key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(value, dict):
        return {key: _canonical(item) for key, item in value.items()}
    return None if value in (None, "") else str(value)
