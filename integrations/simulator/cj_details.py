"""CJ 3.1 Product Details, 3.2 Variants, 3.3 Inventory."""

from typing import Any

from integrations.simulator import cj_detail_shapes as shapes
from integrations.simulator.cj_catalogue import Variant
from integrations.simulator.cj_generate import AreaStock, Product, stock_of
from integrations.simulator.cj_protocol import (
    PARAM_ERROR,
    PRODUCT_NOT_FOUND,
    PRODUCT_OFF,
    VARIANT_NOT_FOUND,
    VARIANT_OFF,
    Call,
    Problem,
    Style,
    endpoint,
    param_error,
)
from integrations.simulator.cj_seeds import areas

FEATURES = {"enable_combine", "enable_video", "enable_inventory"}


@endpoint("GET", "/product/query", points=10)
def product_query(call: Call) -> dict[str, Any]:
    """CJ 3.1, Product Details: by exactly one of pid, productSku, variantSku."""
    product, variants = _by_one_of_three(call)
    features = _features(call)
    variants = _in_country(variants, call.text("countryCode", longest=2))
    call.text_code = product.odd == 6
    return shapes.detail(product, variants, call.base_url, features)


@endpoint("GET", "/product/variant/query", points=10)
def variant_query(call: Call) -> list[dict[str, Any]]:
    """CJ 3.2, Inquiry Of All Variants."""
    _, variants = _by_one_of_three(call)
    chosen = _in_country(variants, call.text("countryCode", longest=2))
    return [shapes.variant_row(variant, call.base_url) for variant in chosen]


@endpoint("GET", "/product/variant/queryByVid", points=10)
def variant_query_by_vid(call: Call) -> dict[str, Any]:
    """CJ 3.2, Variant Id Inquiry."""
    variant = call.cj.catalogue.find_variant(vid=call.text("vid", required=True))
    features = _features(call)
    if variant is None:
        raise Problem(VARIANT_NOT_FOUND, "Variant not found")
    if not variant.product.on_sale:
        raise Problem(VARIANT_OFF, "Variant has been removed from shelves")
    row = shapes.variant_row(variant, call.base_url)
    return {**row, "inventories": shapes.inventories(variant)} if "enable_inventory" in features else row


@endpoint("GET", "/product/stock/queryByVid", points=10)
def stock_by_vid(call: Call) -> list[dict[str, Any]]:
    """CJ 3.3, Inventory Inquiry: areaId as text, the deprecated storageNum; nothing known is an empty list."""
    variant = call.cj.catalogue.find_variant(vid=call.text("vid", required=True))
    if variant is None:
        return []
    rows: list[dict[str, Any]] = []
    for row in variant.stock():
        area = areas()[row.area]
        rows.append(
            {
                "vid": variant.vid,
                "areaId": str(area["areaId"]),
                "areaEn": area["areaEn"],
                "countryCode": area["countryCode"],
                "storageNum": row.total,
                "totalInventoryNum": row.total,
                "cjInventoryNum": row.cj,
                "factoryInventoryNum": row.factory,
                "stock": shapes.single_warehouses(variant.product, row),
            }
        )
    return rows


@endpoint("GET", "/product/stock/queryBySku", Style.BOTH, points=10)
def stock_by_sku(call: Call) -> list[dict[str, Any]]:
    """CJ 3.3, Query Inventory by SKU: of a variant, or summed over a product."""
    sku = call.text("sku", required=True)
    variant = call.cj.catalogue.find_variant(sku=sku)
    if variant:
        return [
            {**_by_country(variant.product, row, variant.vid), "stock": shapes.single_warehouses(variant.product, row)}
            for row in variant.stock()
        ]
    product = call.cj.catalogue.find(sku=sku)
    if product is None:
        return []
    return [
        {**_by_country(product, row, None), "stock": shapes.single_warehouses(product, row)}
        for row in stock_of(product)
    ]


@endpoint("GET", "/product/stock/getInventoryByPid", Style.SUCCESS, points=10)
def stock_by_pid(call: Call) -> dict[str, Any]:
    """CJ 3.3, Query inventory by product ID: variantInventories hold `inventory`, not `inventories`."""
    product = call.cj.catalogue.find(pid=call.text("pid", required=True, longest=40))
    if product is None:
        raise Problem(PRODUCT_NOT_FOUND, "Product not found")
    call.message = ""
    rows = stock_of(product)
    shown = rows[1:] if product.odd == 10 else rows
    return {
        "inventories": [_by_country(product, row, None) for row in shown],
        "variantInventories": [
            {"vid": variant.vid, "inventory": shapes.inventories(variant)}
            for variant in call.cj.catalogue.variants(product)
        ],
    }


def _by_country(product: Product, row: AreaStock, vid: str | None) -> dict[str, Any]:
    area = areas()[row.area]
    data = {
        "areaEn": area["areaEn"],
        "areaId": area["areaId"],
        "countryCode": area["countryCode"],
        "totalInventoryNum": row.total,
        "cjInventoryNum": row.cj,
        "factoryInventoryNum": row.factory,
        "countryNameEn": None if product.odd == 8 else area["full"],
    }
    return {"vid": vid, **data} if vid else data


def _by_one_of_three(call: Call) -> tuple[Product, list[Variant]]:
    """Return the product meant by pid, productSku or variantSku, on sale, with its variants."""
    pid, sku, variant_sku = call.text("pid"), call.text("productSku"), call.text("variantSku")
    given = [value for value in (pid, sku, variant_sku) if value]
    if not given:
        raise Problem(PARAM_ERROR, "pid, productSku, variantSku must choose one")
    if len(given) > 1:
        raise param_error()
    catalogue = call.cj.catalogue
    variant = catalogue.find_variant(sku=variant_sku) if variant_sku else None
    if variant_sku and variant is None:
        raise Problem(VARIANT_NOT_FOUND, "Variant not found")
    product = variant.product if variant else catalogue.find(pid=pid, sku=sku)
    if product is None:
        raise Problem(PRODUCT_NOT_FOUND, "Product not found")
    if not product.on_sale:
        raise Problem(PRODUCT_OFF, "Product has been removed from shelves")
    return product, catalogue.variants(product)


def _in_country(variants: list[Variant], country: str) -> list[Variant]:
    """Keep the variants with stock in a country."""
    if not country:
        return variants
    codes = [area["countryCode"] for area in areas()]
    return [one for one in variants if any(row.total and codes[row.area] == country for row in one.stock())]


def _features(call: Call) -> set[str]:
    features = set(call.several("features"))
    if features - FEATURES:
        raise param_error()
    return features
