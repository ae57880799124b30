"""How CJ prints products in its lists: the documented shapes with the documented oddities.

``product.odd`` (0 to 39, by the product's number) says which oddity a product shows; the table in ODD names them.
"""

import json
import random
from typing import Any

from integrations.simulator.cj_generate import ZONES, Flag, Product, stock_of
from integrations.simulator.cj_seeds import areas, words
from integrations.simulator.clock import china_time

ODD = {
    **dict.fromkeys(range(6), "description with something to clean away"),
    6: "code is the text '200' in the detail's envelope",
    7: "productType null in the list, an unknown word in the detail",
    8: "stock null",
    9: "a country's total below the sum of its warehouses",
    10: "product and variants name different countries in getInventoryByPid",
    11: "suggestSellPrice empty",
    12: "weight is a range",
    13: "variantKey is a JSON array in text",
    14: "the variants' createTime is null",
    15: "createTime is ISO text in the list",
    16: "createTime is null in the list",
    17: "productImage is a comma list in list and detail",
    18: "sellPrice of the detail is a number although prices differ",
    19: "variantVolume and variantStandard contradict the sides",
    20: "supplierName and supplierId null",
    21: "materialName and productPro hold empty lists",
    22: "categoryName joined by a bare slash",
    23: "categoryName joined by >",
    24: "many fields that no document knows",
    25: "inventories null",
    26: "verifiedWarehouse as text",
    27: "name with blanks around it and an HTML entity",
    28: "an unknown sale status",
    29: "nowPrice and discountPrice empty text",
    30: "variantSellPrice as text",
    31: "a name of some 200 characters",
    32: "productName is bare Chinese",
    33: "productName is a torn JSON array",
    34: "values with a hyphen in variantKey",
    35: "variantName and variantUnit filled",
    36: "combined variants",
    37: "productKeyEn null, variants unordered",
    38: "weight zero and no sides",
}


def dollars(cents: int) -> str:
    """Return a price as text: ``11.85``."""
    return f"{cents // 100}.{cents % 100:02d}"


def price_range(low: int, high: int, between: str) -> str:
    """Return one price, or two joined by ``between``."""
    return dollars(low) if low == high else f"{dollars(low)}{between}{dollars(high)}"


def discounted(product: Product, cents: int) -> int:
    """Return a price after the product's discount."""
    return cents * (100 - product.discount) // 100


def name_en(product: Product) -> str:
    """Return the English name as CJ has it."""
    if product.odd == 27:
        return f"  {product.name} &amp; More "
    if product.odd == 31:
        return " ".join([product.name] * (200 // len(product.name) + 1))[:200].strip()
    return product.name


def name_zh(product: Product) -> str:
    """Return the Chinese names: a JSON array in text, most of the time."""
    if product.odd == 32:
        return product.name_zh[0]
    text = json.dumps([f"{name} " for name in product.name_zh], ensure_ascii=False, separators=(",", ":"))
    return text[:-2] if product.odd == 33 else text


def category_name(product: Product) -> str:
    """Return the three levels of the category in one text."""
    joint = {22: "/", 23: " > "}.get(product.odd, " / ")
    category = product.category
    return joint.join((category.first_name, category.second_name, category.name))


def pictures(product: Product, base_url: str) -> list[str]:
    """Return the addresses of the product's pictures."""
    return [f"{base_url}/img/{product.sku}-{number}.jpg" for number in range(2 + product.salt % 4)]


def product_type(product: Product) -> str:
    """Return the type, which now and then is a word that no table has."""
    return "BRAND_PRODUCT" if product.odd == 7 else product.kind


def weight_text(product: Product, extra: int = 0) -> str:
    """Return a weight in grams as text: ``1500.0`` or ``280.00-1900.00``."""
    if product.odd == 38:
        return "0"
    if product.odd == 12:
        return f"{product.weight_g + extra}.00-{product.weight_g + extra + 10 * product.count}.00"
    return f"{product.weight_g + extra}.0"


def listed_status(product: Product) -> int:
    """Return the sale status as a number: 3 is on sale."""
    return 7 if product.odd == 28 else 3


def description(product: Product, base_url: str) -> str:
    """Return the description in HTML; some of it is nothing that a shop should show."""
    rng = random.Random(product.salt ^ 1)
    texts = words()["descriptions"]
    items = "".join(f"<li>{item}</li>" for item in rng.sample(texts["features"], 4))
    unclean = texts["unclean"][product.odd] if product.odd < 6 else ""
    image = f'<img src="{base_url}/img/{product.sku}-0.jpg" style="width:100%">'
    size = " x ".join(str(side // 10) for side in product.category.size_mm)
    facts = f"<p>Material: {product.category.materials[0].replace('_', ' ').lower()}<br>Packing size: {size} cm</p>"
    return f"<p><b>{product.name}</b></p><p>{rng.choice(texts['lead'])}</p><ul>{items}</ul>{facts}{unclean}{image}"


def supplier_of(product: Product) -> tuple[str | None, str | None]:
    """Return the supplier's name and id; empty text where CJ itself sells."""
    if product.odd == 20:
        return None, None
    if product.supplier is None:
        return "", ""
    return words()["suppliers"][product.supplier], supplier_id(product.supplier)


def supplier_id(number: int) -> str:
    """Return the id of a supplier."""
    return str(1_620_000_000_000_000_000 + (number + 1) * 7_919_000_001)


def zones_of(product: Product) -> list[str]:
    """Return for which platforms CJ recommends the product."""
    return [zone for bit, zone in enumerate(ZONES) if product.zones >> bit & 1]


def videos(product: Product) -> list[str]:
    """Return the ids of the product's videos."""
    return [f"{product.salt:016x}"] if product.flags & Flag.VIDEO else []


def row_v2(product: Product, base_url: str, *, features: set[str], mine: bool) -> dict[str, Any]:
    """Return a product as listV2 shows it (CJ 3.1, Product List V2)."""
    low, high, category = product.low, product.high, product.category
    now = "" if product.odd == 29 else price_range(discounted(product, low), discounted(product, high), " -- ")
    flags, rate = product.flags, product.discount
    names = "enable_category" in features
    supplier, _ = supplier_of(product)
    return {
        "id": product.pid,
        "nameEn": name_en(product),
        "sku": product.sku,
        "spu": product.sku,
        "bigImage": f"{base_url}/img/{product.sku}-0.jpg",
        "sellPrice": price_range(low, high, " -- "),
        "nowPrice": now,
        "listedNum": product.listed,
        "categoryId": category.id,
        "threeCategoryName": category.name if names else None,
        "twoCategoryId": category.second_id,
        "twoCategoryName": category.second_name if names else None,
        "oneCategoryId": category.first_id,
        "oneCategoryName": category.first_name if names else None,
        "addMarkStatus": int(bool(flags & Flag.FREE_SHIPPING)),
        "isVideo": int(bool(flags & Flag.VIDEO)),
        "videoList": videos(product) if "enable_video" in features else [],
        "productType": product_type(product),
        "supplierName": supplier,
        "createAt": product.created * 1000,
        "setRecommendedTime": product.created * 1000 + 86_400_000 if flags & Flag.TRENDING else None,
        "warehouseInventoryNum": product.total,
        "totalVerifiedInventory": product.verified,
        "totalUnVerifiedInventory": product.total - product.verified,
        "verifiedWarehouse": 1 if product.verified else 2,
        "customization": int(bool(flags & Flag.CUSTOM)),
        "hasCECertification": int(bool(flags & Flag.CERTIFIED)),
        "isCollect": 0,
        "myProduct": mine,
        "discountPrice": now if rate else ("" if product.odd == 29 else None),
        "discountPriceRate": str(rate) if rate else None,
        "description": description(product, base_url) if "enable_description" in features else None,
        "deliveryCycle": {24: "1-3", 48: "2-5", 72: "3-7"}.get(product.delivery or 0, "3-5"),
        "saleStatus": str(listed_status(product)),
        "authorityStatus": "1",
        "isPersonalized": int(bool(flags & Flag.CUSTOM)),
        "autStatus": "1",
        "isAut": "0",
        "isList": 0,
        "syncListedProductStatus": None,
        "isAd": 0,
        "activityId": None,
        "directMinOrderNum": "1",
        "zoneRecommendJson": zones_of(product) or None,
        "inventoryInfo": _inventory_info(product) if product.index % 3 == 0 else None,
        "variantKeyEn": words()["options"][category.options]["key"],
        "variantInventories": None,
        "propertyKey": logistics(product)[1],
    }


def row_v1(product: Product, base_url: str) -> dict[str, Any]:
    """Return a product as list shows it (CJ 3.1, Product List)."""
    images = pictures(product, base_url)
    supplier, supplier_number = supplier_of(product)
    free = bool(product.flags & Flag.FREE_SHIPPING)
    created: Any = product.created * 1000
    if product.odd in (15, 16):
        created = china_time(product.created) if product.odd == 15 else None
    return {
        "pid": product.pid,
        "productName": name_zh(product),
        "productNameEn": name_en(product),
        "productSku": product.sku,
        "productImage": ",".join(images) if product.odd == 17 else images[0],
        "productWeight": weight_text(product) if product.odd == 12 else product.weight_g,
        "productType": None if product.odd == 7 else product.kind,
        "productUnit": "unit(s)",
        "sellPrice": product.low / 100
        if product.low == product.high
        else price_range(product.low, product.high, " -- "),
        "categoryId": product.category.id,
        "categoryName": category_name(product),
        "remark": "",
        "addMarkStatus": str(int(free)),
        "isFreeShipping": free,
        "listedNum": product.listed,
        "supplierName": supplier,
        "supplierId": supplier_number,
        "createTime": created,
        "isVideo": int(bool(product.flags & Flag.VIDEO)) if product.index % 5 else None,
        "saleStatus": listed_status(product),
        "deliveryTime": product.delivery,
        "customizationVersion": 1 if product.flags & Flag.CUSTOM else 0,
    }


def _inventory_info(product: Product) -> str:
    rows = [{"countryCode": areas()[row.area]["countryCode"], "totalInventory": row.total} for row in stock_of(product)]
    return json.dumps(rows, separators=(",", ":"))


def logistics(product: Product) -> tuple[str, str]:
    """Return what carriers have to know of the product, in Chinese and in English."""
    pairs = words()["logistics"]
    zh, en = pairs[3 if product.category.first_name == "Consumer Electronics" else product.salt % 3]
    return zh, en


def as_text(values: list[str]) -> str:
    """Return a list as the JSON text that CJ puts into strings."""
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))
