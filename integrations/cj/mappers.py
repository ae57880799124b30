"""Products and variants: CJ's JSON → our dataclasses (cj.json, /product/…). Pure; raise only `UnreadableRecord`.

A field may be renamed, missing, null, of another type or odd in any way: what can't be read is empty and noted in
`oddities`; only a record without a usable id is refused. Lengths are those of the catalogue's columns.
"""

from typing import Any

from integrations.contracts import PriceRange, ProductData, VariantData

from .parsing import (
    Notes,
    UnreadableRecord,
    embedded,
    first,
    ident,
    integer,
    mapping,
    measure,
    measures,
    money,
    path_parts,
    rows,
    split_options,
    storable,
    text,
    texts,
    title,
    urls,
    when,
)
from .stock_mappers import to_stock

ON_SALE, OFF_SALE = "active", "off_sale"
CODES_OFF_SALE = frozenset({"2"})  # enum product_status: 2 off sale, 3 on sale; unknown ones are no proof of either

# What a product's detail says besides, kept as it came.
_PRODUCT_FACTS = (
    "customizationVersion",
    "customizationJson1",
    "customizationJson2",
    "customizationJson3",
    "customizationJson4",
    "addMarkStatus",
    "isFreeShipping",
    "isVideo",
    "productVideo",
    "packingNameEn",
    "packingKey",
    "materialKey",
    "productProSet",
    "deliveryCycle",
    "deliveryTime",
    "remark",
)
_VARIANT_FACTS = ("variantUnit", "variantProperty", "variantStandard", "combineNum", "combineVariants", "variantName")


def to_product(data: object) -> ProductData:
    """Read a product's detail (/product/query)."""
    row, notes = mapping(data), Notes()
    pid = ident(first(row, "pid", "productId", "id"))
    if not pid:
        raise UnreadableRecord("product", data)
    sku = text(first(row, "productSku", "sku"), 100, notes, "productSku")
    local_names = texts(row.get("productName"), 500, 20, notes, "productName")
    name = title(first(row, "productNameEn", "nameEn"), 500, notes, "productNameEn")
    if not name:
        notes.add("productNameEn", "missing")
        name = next(iter(local_names), sku) or pid
    weights = measures(row.get("productWeight"), notes, "productWeight")
    packed = measures(first(row, "packingWeight", "packWeight"), notes, "packingWeight")
    option_names = _option_names(row)
    price = money(row.get("sellPrice"), notes, "sellPrice")
    status = text(first(row, "status", "saleStatus"), 60, notes, "status")
    variants = _variants(row.get("variants"), len(option_names), notes)
    return ProductData(
        external_id=pid,
        sku=sku,
        name=name,
        name_local=next(iter(local_names), ""),
        description_html=text(row.get("description"), 200_000, notes, "description"),
        image_urls=urls(first(row, "productImageSet", "productImage", "bigImage"), notes=notes, field="productImage"),
        category_id=ident(row.get("categoryId")),
        category_path=text(" > ".join(path_parts(row.get("categoryName"))), 500, notes, "categoryName"),
        status=OFF_SALE if status in CODES_OFF_SALE else ON_SALE,
        platform_status=status,
        product_type=text(row.get("productType"), 60, notes, "productType"),
        supplier_name=title(row.get("supplierName"), 200, notes, "supplierName"),
        supplier_id=ident(row.get("supplierId")),
        weight_low_g=weights[0],
        weight_high_g=weights[1],
        packed_weight_low_g=packed[0],
        packed_weight_high_g=packed[1],
        unit=text(row.get("productUnit"), 40, notes, "productUnit"),
        hs_code=text(row.get("entryCode"), 20, notes, "entryCode"),
        hs_name=text(first(row, "entryNameEn", "entryName"), 200, notes, "entryNameEn"),
        materials=texts(first(row, "materialNameEn", "materialKey"), 100, notes=notes, field="materialNameEn"),
        properties=texts(first(row, "productProEnSet", "productProEn"), 60, notes=notes, field="productProEn"),
        option_names=option_names,
        price=price if price else _span(variants),
        suggested_price=money(row.get("suggestSellPrice"), notes, "suggestSellPrice"),
        listed_count=integer(row.get("listedNum"), notes, "listedNum"),
        created_at=when(first(row, "createrTime", "createTime", "createAt"), notes, "createrTime"),
        variants=variants,
        facts=_facts(row, _PRODUCT_FACTS),
        oddities=notes.all(),
    )


def to_variant(data: object, *, option_count: int = 0, notes: Notes | None = None) -> VariantData:
    """Read one variant (/product/variant/query, /product/variant/queryByVid, or inside a detail)."""
    row, notes = mapping(data), notes or Notes()
    vid = ident(first(row, "vid", "variantId"))
    if not vid:
        raise UnreadableRecord("variant", data)
    key = embedded(row.get("variantKey"))
    options = split_options(key, option_count)
    return VariantData(
        external_id=vid,
        sku=text(row.get("variantSku"), 100, notes, "variantSku"),
        name=title(first(row, "variantNameEn", "variantName"), 500, notes, "variantNameEn"),
        key=text("-".join(options) if isinstance(key, list) else key, 300, notes, "variantKey"),
        options=options,
        image_url=next(iter(urls(row.get("variantImage"), 1, notes, "variantImage")), ""),
        weight_g=measure(row.get("variantWeight"), notes, "variantWeight"),
        length_mm=measure(row.get("variantLength"), notes, "variantLength"),
        width_mm=measure(row.get("variantWidth"), notes, "variantWidth"),
        height_mm=measure(row.get("variantHeight"), notes, "variantHeight"),
        volume_mm3=measure(row.get("variantVolume"), notes, "variantVolume"),
        price=money(row.get("variantSellPrice"), notes, "variantSellPrice"),
        suggested_price=money(row.get("variantSugSellPrice"), notes, "variantSugSellPrice"),
        created_at=when(row.get("createTime"), notes, "createTime"),
        stock=to_stock(first(row, "inventories", "inventory"), notes),
        facts=_facts(row, _VARIANT_FACTS),
    )


def to_variants(data: object) -> tuple[VariantData, ...]:
    """Read all variants of a product (/product/variant/query); those without an id are left out."""
    return _variants(data, 0, Notes())


def _variants(data: object, option_count: int, notes: Notes) -> tuple[VariantData, ...]:
    found: dict[str, VariantData] = {}
    listed = rows(data)
    if listed is None and data is not None:
        notes.add("variants", "unreadable")
    for item in listed or ():
        try:
            variant = to_variant(item, option_count=option_count, notes=notes)
        except UnreadableRecord:
            notes.add("variants", "without-id")
            continue
        if variant.external_id in found:
            notes.add("variants", "twice")
            continue
        found[variant.external_id] = variant
    return tuple(found.values())


def _option_names(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of the options: productKeyEn joins them by hyphens, productKey lists them in Chinese."""
    listed = embedded(row.get("productKey"))
    whole = text(row.get("productKeyEn"), 300)
    count = len(listed) if isinstance(listed, list) else whole.count("-") + 1
    return split_options(row.get("productKeyEn"), count) or texts(row.get("productKey"), 100, 10)


def _span(variants: tuple[VariantData, ...]) -> PriceRange | None:
    """Return the range of the variants' prices, for a product whose own price is missing."""
    prices = [variant.price for variant in variants if variant.price]
    if not prices:
        return None
    return PriceRange(low=min(price.low for price in prices), high=max(price.high for price in prices))


def _facts(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    kept = {name: storable(row[name]) for name in names if row.get(name) not in (None, "", [], {})}
    return {name: value for name, value in kept.items() if value not in (None, "", [], {}, [{}])}
