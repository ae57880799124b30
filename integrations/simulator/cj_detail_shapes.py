"""How CJ prints a product's detail, its variants and its stock; the oddities are those of `cj_shapes.ODD`."""

import json
from datetime import UTC, datetime
from typing import Any

from integrations.simulator.cj_catalogue import Variant
from integrations.simulator.cj_generate import AreaStock, Flag, Product, stock_of
from integrations.simulator.cj_seeds import areas, storages_of, words
from integrations.simulator.cj_shapes import (
    as_text,
    category_name,
    description,
    discounted,
    dollars,
    logistics,
    name_en,
    name_zh,
    pictures,
    price_range,
    product_type,
    supplier_of,
    videos,
    weight_text,
    zones_of,
)
from integrations.simulator.clock import china_time


def variant_row(variant: Variant, base_url: str) -> dict[str, Any]:
    """Return a variant as the variant endpoints show it (CJ 3.2)."""
    product, odd = variant.product, variant.product.odd
    long, wide, high = (0, 0, 0) if odd == 38 else variant.size_mm
    created = datetime.fromtimestamp(product.created + 60 * variant.position, UTC)
    return {
        "vid": variant.vid,
        "pid": product.pid,
        "variantName": f"{product.name_zh[0]} {variant.key}" if odd == 35 else None,
        "variantNameEn": None if odd == 35 else f"{product.name} {variant.key.replace('-', ' ')}",
        "variantImage": f"{base_url}/img/{product.sku}-{f'c{variant.color}' if variant.color >= 0 else 0}.jpg",
        "variantSku": variant.sku,
        "variantUnit": "unit(s)" if odd == 35 else None,
        "variantProperty": None if variant.position % 2 else "[]",
        "variantKey": json.dumps(variant.key.split("-")) if odd == 13 else variant.key,
        "variantLength": long,
        "variantWidth": wide,
        "variantHeight": high,
        "variantVolume": 27 if odd == 19 else long * wide * high,
        "variantWeight": float(0 if odd == 38 else variant.weight_g),
        "variantSellPrice": dollars(variant.price) if odd == 30 else variant.price / 100,
        "createTime": None if odd == 14 else f"{created:%Y-%m-%dT%H:%M:%S}.000+00:00",
        "variantStandard": "long=5,width=5,height=5" if odd == 19 else f"long={long},width={wide},height={high}",
        "variantSugSellPrice": round(variant.price * 2.6) / 100,
    }


def detail_variant(variant: Variant, base_url: str, features: set[str]) -> dict[str, Any]:
    """Return a variant as the product's detail shows it, with what ``features`` ask for."""
    row = variant_row(variant, base_url)
    combined = variant.product.odd == 36
    if "enable_combine" in features:
        part = {"vid": variant.vid, "variantSku": variant.sku, "variantKey": variant.key, "quantity": 2}
        row["combineVariants"] = [part] if combined else None
        row["combineNum"] = 1 if combined else None
    if "enable_inventory" in features:
        row["inventories"] = inventories(variant)
    return row


def inventories(variant: Variant) -> list[dict[str, Any]] | None:
    """Return a variant's stock by country, as detail, queryByVid and getInventoryByPid show it."""
    product = variant.product
    if product.odd == 25:
        return None
    rows: list[dict[str, Any]] = []
    for row in variant.stock():
        verified = 1 if row.verified else 2
        rows.append(
            {
                "countryCode": areas()[row.area]["countryCode"],
                "totalInventory": row.total,
                "cjInventory": row.cj,
                "factoryInventory": row.factory,
                "verifiedWarehouse": str(verified) if product.odd == 26 else verified,
                "stock": single_warehouses(product, row),
            }
        )
    return rows


def single_warehouses(product: Product, row: AreaStock) -> list[dict[str, Any]] | None:
    """Return a country's stock by warehouse, or null; the sum need not be the total."""
    if product.odd == 8:
        return None
    storages = storages_of(areas()[row.area]["areaId"])
    extra = 215 if product.odd == 9 else 0
    if len(storages) == 1 or not product.salt % 3:
        storage = storages[0]
        return [{"stockId": storage["stockId"], "inventory": row.cj, "factoryInventory": row.factory + extra}]
    first, second = storages[:2]
    return [
        {"stockId": first["stockId"], "inventory": row.cj - row.cj // 3, "factoryInventory": row.factory + extra},
        {"stockId": second["stockId"], "inventory": row.cj // 3, "factoryInventory": 0},
    ]


def detail(product: Product, variants: list[Variant], base_url: str, features: set[str]) -> dict[str, Any]:
    """Return a product with its variants (CJ 3.1, Product Details)."""
    images, odd = pictures(product, base_url), product.odd
    lists, category = words(), product.category
    packing_zh, packing_en, packing_key = lists["packing"][product.salt % 3]
    pro_zh, pro_en = logistics(product)
    materials_zh = ["", *(lists["materials"][material] for material in category.materials)]
    supplier, supplier_number = supplier_of(product)
    options = lists["options"][category.options]
    number = product.low == product.high or odd == 18
    data: dict[str, Any] = {
        "pid": product.pid,
        "productName": name_zh(product),
        "productNameEn": name_en(product),
        "productSku": product.sku,
        "productImage": ",".join(images) if odd == 17 else as_text(images),
        "productWeight": weight_text(product),
        "productUnit": "unit(s)",
        "productType": product_type(product),
        "categoryId": category.id,
        "categoryName": category_name(product),
        "entryCode": category.hs,
        "entryName": category.entry_zh,
        "entryNameEn": category.entry_en,
        "materialName": "[]" if odd == 21 else as_text(materials_zh),
        "materialNameEn": as_text(["", *(material.lower() for material in category.materials)]),
        "materialKey": as_text(list(category.materials)),
        "packingWeight": weight_text(product, extra=80),
        "packingName": as_text(["", packing_zh]),
        "packingNameEn": as_text(["", packing_en]),
        "packingKey": as_text([packing_key]),
        "productKey": as_text(options["zh"].split("-")),
        "productKeyEn": None if odd == 37 else options["key"],
        "productPro": "[]" if odd == 21 else as_text([pro_zh]),
        "productProSet": [pro_zh],
        "productProEn": as_text([pro_en]),
        "productProEnSet": [pro_en],
        "addMarkStatus": int(bool(product.flags & Flag.FREE_SHIPPING)),
        "sellPrice": product.low / 100 if number else price_range(product.low, product.high, "-"),
        "description": description(product, base_url),
        "suggestSellPrice": "" if odd == 11 else _suggestion(product),
        "listedNum": product.listed,
        "status": "7" if odd == 28 else "3",
        "supplierName": supplier,
        "supplierId": supplier_number,
        "customizationVersion": 1 if product.flags & Flag.CUSTOM else 0,
        "customizationJson1": "",
        "customizationJson2": "",
        "customizationJson3": "",
        "customizationJson4": "",
        "variants": [detail_variant(variant, base_url, features) for variant in variants],
        "createrTime": china_time(product.created),
    }
    if "enable_video" in features:
        data["productVideo"] = videos(product) or None
    if odd == 37:
        data["variants"].reverse()
    if odd == 24:
        data |= {f"reserved{n}": None for n in range(10)}
        data |= {"productImageSet": images, "isCrossBorder": 1, "zoneList": zones_of(product), "hazmat": {"un": None}}
    return data


def my_product_row(product: Product, variants: list[Variant], base_url: str, added: float) -> dict[str, Any]:
    """Return a product as myProduct/query shows it (CJ 3.1, My Product List)."""
    first, sides = variants[0], [variant.size_mm for variant in variants]
    rows = stock_of(product)
    area = areas()[rows[0].area if rows else 0]
    discount = dollars(discounted(product, product.low)) if product.discount else None
    return {
        "productId": product.pid,
        "packWeight": weight_text(product, extra=80),
        "weight": weight_text(product),
        "productType": "0",
        "propertyKeyList": [logistics(product)[1]],
        "bigImage": f"{base_url}/img/{product.sku}-0.jpg",
        "nameEn": name_en(product),
        "sku": product.sku,
        "hasPacked": 0,
        "sellPrice": price_range(product.low, product.high, "-").removesuffix("0"),
        "discountPrice": discount,
        "discountPriceRate": str(product.discount) if product.discount else None,
        "defaultArea": area["areaEn"],
        "shopMethod": "CJPacket Ordinary",
        "trialFreight": "0",
        "totalPrice": dollars(product.low),
        "listedShopNum": "0",
        "vid": first.vid,
        "areaId": str(area["areaId"]),
        "areaCountryCode": area["countryCode"],
        "freightDiscount": "0",
        "createAt": int(added * 1000),
        "lengthList": [side[0] for side in sides],
        "heightList": [side[2] for side in sides],
        "widthList": [side[1] for side in sides],
        "volumeList": [side[0] * side[1] * side[2] for side in sides],
        "hasVirPacked": 1,
    }


def _suggestion(product: Product) -> str:
    low, high = product.low * 13 // 10, product.high * 5
    joint = " - " if product.index % 2 else "-"
    return f"{dollars(low)}{joint}{dollars(high)}"
