"""CJ 3.1: categories, warehouses by country, the two product lists, and My Products."""

import math
from datetime import UTC, datetime
from typing import Any

from integrations.simulator import cj_detail_shapes as detail_shapes
from integrations.simulator import cj_shapes as shapes
from integrations.simulator.cj_protocol import (
    PLATFORM,
    PRODUCT_NOT_FOUND,
    SYSTEM_BUSY,
    Call,
    Problem,
    Style,
    endpoint,
    param_error,
)
from integrations.simulator.cj_search import Wish, search
from integrations.simulator.cj_seeds import areas, categories

FEATURES_V2 = {"enable_description", "enable_category", "enable_combine", "enable_video"}
ORDERS_V2 = ("best", "listed", "price", "created", "stock")
PRODUCT_TYPES = (
    "ORDINARY_PRODUCT",
    "SERVICE_PRODUCT",
    "PACKAGING_PRODUCT",
    "SUPPLIER_PRODUCT",
    "SUPPLIER_SHIPPED_PRODUCT",
)


@endpoint("GET", "/product/getCategory", points=10)
def get_category(call: Call) -> list[dict[str, Any]]:
    """CJ 3.1, Category List: three levels, only the third with ids."""
    tree: dict[str, dict[str, list[dict[str, str]]]] = {}
    for one in categories():
        third = {"categoryId": one.id, "categoryName": one.name}
        tree.setdefault(one.first_name, {}).setdefault(one.second_name, []).append(third)
    return [
        {
            "categoryFirstName": first,
            "categoryFirstList": [
                {"categorySecondName": second, "categorySecondList": thirds} for second, thirds in seconds.items()
            ],
        }
        for first, seconds in tree.items()
    ]


@endpoint("GET", "/product/globalWarehouseList", Style.SUCCESS, points=10)
def global_warehouse_list(call: Call) -> list[dict[str, Any]]:
    """CJ 3.1, Global Warehouse List."""
    return [
        {
            "areaCn": area["areaCn"],
            "areaEn": area["areaEn"],
            "areaId": area["areaId"],
            "countryCode": area["countryCode"],
            "nameEn": area["nameEn"],
            "valueEn": area["countryCode"],
            "disabled": area.get("disabled", False),
            "zh": area["areaCn"],
            "en": area["areaEn"],
            "de": area["de"],
            "fr": area["fr"],
            "th": area["th"],
            "id": str(area["areaId"]),
        }
        for area in areas()
    ]


@endpoint("GET", "/product/listV2", points=50)
def list_v2(call: Call) -> dict[str, Any]:
    """CJ 3.1, Product List V2: page 1 to 1000, size 1 to 100, products one level down."""
    page = call.integer("page", default=1, low=1, high=1000) or 1
    size = call.integer("size", default=10, low=1, high=100) or 10
    keyword = call.text("keyWord")
    features = set(call.several("features"))
    if features - FEATURES_V2:
        raise param_error()
    order = call.integer("orderBy", default=0, high=4) or 0
    wish = Wish(
        words=keyword.lower(),
        category_ids=frozenset(filter(None, [call.text("categoryId"), *call.several("lv3categoryList")])),
        second_ids=frozenset(call.several("lv2categoryList")),
        countries=frozenset(call.several("countryCode")),
        low=_cents(call, "startSellPrice"),
        high=_cents(call, "endSellPrice"),
        free_shipping=_yes_no(call, "addMarkStatus"),
        kind=call.choice("productType", ("4", "10", "11")),
        flag=call.choice("productFlag", ("0", "1", "2", "3")),
        stock_low=call.integer("startWarehouseInventory"),
        stock_high=call.integer("endWarehouseInventory"),
        verified=call.integer("verifiedWarehouse", default=0, high=2) or 0,
        since=_seconds(call, "timeStart"),
        until=_seconds(call, "timeEnd"),
        zone=call.text("zonePlatform").lower(),
        abroad=call.choice("isWarehouse", ("true", "false")) == "true",
        supplier=call.text("supplierId"),
        certified=_yes_no(call, "hasCertification"),
        pickup=_yes_no(call, "isSelfPickup"),
        custom=_yes_no(call, "customization"),
        order=ORDERS_V2[order],
        descending=call.choice("sort", ("desc", "asc")) != "asc",
    )
    found = search(call.cj.catalogue, wish)
    chosen = found[(page - 1) * size : page * size]
    mine = call.user.my_products
    rows = [shapes.row_v2(one, call.base_url, features=features, mine=one.pid in mine) for one in chosen]
    content = {
        "productList": rows,
        "relatedCategoryList": _related(found[:50]) if keyword else [],
        "keyWord": keyword or None,
        "keyWordOld": keyword or None,
    }
    return {
        "pageSize": size,
        "pageNumber": page,
        "totalRecords": len(found),
        "totalPages": math.ceil(len(found) / size),
        "content": [content] if rows or page == 1 else [],
    }


@endpoint("GET", "/product/list", points=50)
def list_v1(call: Call) -> dict[str, Any]:
    """CJ 3.1, Product List: pageSize up to 200, null for an empty list."""
    page = call.integer("pageNum", default=1, low=1) or 1
    size = call.integer("pageSize", default=20, low=1, high=200) or 20
    trending = call.choice("searchType", ("0", "2", "21"))
    version = call.integer("customizationVersion", high=5)
    call.integer("brandOpenId")  # no product of this world has a brand
    wish = Wish(
        pid=call.text("pid"),
        sku=call.text("productSku"),
        words=call.text("productNameEn").lower(),
        chinese=call.text("productName"),
        category_ids=frozenset(filter(None, [call.text("categoryId")])),
        countries=frozenset(call.several("countryCode")),
        low=_cents(call, "minPrice"),
        high=_cents(call, "maxPrice"),
        free_shipping=_yes_no(call, "isFreeShipping"),
        type_name=call.choice("productType", PRODUCT_TYPES),
        flag="0" if trending in ("2", "21") else "",
        stock_low=call.integer("startInventory"),
        stock_high=call.integer("endInventory"),
        verified=call.integer("verifiedWarehouse", default=0, low=1, high=2) or 0,
        since=_date(call, "createTimeFrom"),
        until=_date(call, "createTimeTo"),
        supplier=call.text("supplierId", longest=40),
        pickup=_yes_no(call, "isSelfPickup"),
        custom=None if version is None else version == 1,
        nothing=bool(call.text("brandOpenId")) or (version or 0) > 1,
        delivery=call.choice("deliveryTime", ("24", "48", "72")),
        listed_low=call.integer("minListedNum"),
        listed_high=call.integer("maxListedNum"),
        order="listed" if call.choice("orderBy", ("createAt", "listedNum")) == "listedNum" else "created",
        descending=call.choice("sort", ("desc", "asc")) != "asc",
    )
    found = search(call.cj.catalogue, wish)
    rows = [shapes.row_v1(one, call.base_url) for one in found[(page - 1) * size : page * size]]
    return {"pageNum": page, "pageSize": size, "total": len(found), "list": rows or None}


@endpoint("POST", "/product/addToMyProduct", Style.BOTH)
def add_to_my_product(call: Call) -> bool:
    """CJ 3.1, Add to My Product: a second time answers 1600000."""
    pid = call.body_text("productId", required=True, longest=100)
    product = call.cj.catalogue.find(pid=pid)
    if product is None:
        raise Problem(PRODUCT_NOT_FOUND, "Product not found")
    if pid in call.user.my_products:
        raise Problem(SYSTEM_BUSY, "The product has been added to My Products.")
    call.user.my_products[pid] = call.now
    call.world.books.enter(PLATFORM, call.user.name_in_books, "add_to_my_products", call.now, pid=pid)
    return True


@endpoint("GET", "/product/myProduct/query", Style.BOTH, points=10)
def my_product_query(call: Call) -> dict[str, Any]:
    """CJ 3.1, My Product List: a paged answer; the page parameters are in no table but are understood."""
    page = call.integer("pageNum", default=call.integer("page", default=1, low=1), low=1) or 1
    size = call.integer("pageSize", default=call.integer("size", default=10, low=1, high=100), low=1, high=100) or 10
    keyword, category = call.text("keyword").lower(), call.text("categoryId")
    since, until = _seconds(call, "startAt"), _seconds(call, "endAt")
    for name in ("isListed", "visiable", "hasPacked", "hasVirPacked"):
        call.integer(name)
    catalogue = call.cj.catalogue
    found: list[dict[str, Any]] = []
    for pid, added in sorted(call.user.my_products.items(), key=lambda item: item[1], reverse=True):
        product = catalogue.find(pid=pid)
        if product is None or (category and product.category.id != category):
            continue
        variants = catalogue.variants(product)
        skus = [product.sku, *(variant.sku for variant in variants)]
        if keyword and keyword not in product.name.lower() and keyword not in map(str.lower, skus):
            continue
        if variants and (since is None or added >= since) and (until is None or added <= until):
            found.append(detail_shapes.my_product_row(product, variants, call.base_url, added))
    return {
        "pageSize": size,
        "pageNumber": page,
        "totalRecords": len(found),
        "totalPages": math.ceil(len(found) / size),
        "content": found[(page - 1) * size : page * size] or None,
    }


def _related(found: list[Any]) -> list[dict[str, str]]:
    seen = {product.category.id: product.category.name for product in found}
    return [{"categoryId": number, "categoryName": name} for number, name in list(seen.items())[:5]]


def _cents(call: Call, name: str) -> int | None:
    amount = call.decimal(name)
    return None if amount is None else int(amount * 100)


def _yes_no(call: Call, name: str) -> bool | None:
    number = call.integer(name, high=1)
    return None if number is None else bool(number)


def _seconds(call: Call, name: str) -> float | None:
    milliseconds = call.integer(name)
    return None if milliseconds is None else milliseconds / 1000


def _date(call: Call, name: str) -> float | None:
    """Return a bare date as UTC; the document does not name its zone."""
    text = call.text(name)
    if not text:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise param_error() from None
