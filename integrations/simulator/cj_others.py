"""CJ 3.4 Reviews, 3.5 Sourcing, 4 Storage, and the balance."""

import random
from typing import Any

from integrations.simulator.cj_generate import EPOCH
from integrations.simulator.cj_protocol import (
    PLATFORM,
    PRODUCT_NOT_FOUND,
    WAREHOUSE_NOT_FOUND,
    Call,
    Problem,
    Style,
    endpoint,
    param_error,
)
from integrations.simulator.cj_seeds import find_storage, words
from integrations.simulator.cj_world import Sourcing
from integrations.simulator.clock import china_time

SOURCING_SECONDS = 86_400  # how long CJ looks for a product
STATES = {"": ("1", "搜品中"), "completed": ("3", "搜品成功"), "failed": ("5", "搜品失败")}


@endpoint("GET", "/product/comments", Style.ZERO, points=10)
def comments(call: Call) -> dict[str, Any]:
    """CJ 3.4, Inquiry Reviews (deprecated): the same as its successor."""
    reviews: dict[str, Any] = product_comments(call)
    return reviews


@endpoint("GET", "/product/productComments", Style.ZERO, points=10)
def product_comments(call: Call) -> dict[str, Any]:
    """CJ 3.4, Inquiry Reviews: every number of the page is text."""
    pid = call.text("pid", required=True)
    score = call.integer("score", low=1, high=5)
    page = call.integer("pageNum", default=1, low=1) or 1
    size = call.integer("pageSize", default=20, low=1, high=200) or 20
    product = call.cj.catalogue.find(pid=pid)
    if product is None:
        raise Problem(PRODUCT_NOT_FOUND, "Product not found")
    rng = random.Random(product.salt ^ 2)
    found: list[dict[str, Any]] = []
    for number in range(max(rng.randint(-10, 60), 0)):
        text, country, user, stars = rng.choice(words()["reviews"])
        images = [f"{call.base_url}/img/{product.sku}-{n}.jpg" for n in range(rng.choice((0, 0, 1, 2)))]
        at = min(product.created + 86_400 * rng.randint(5, 400), EPOCH)
        found.append(
            {
                "commentId": 1_536_993_287_524_069_376 + product.index * 100 + number,
                "pid": pid,
                "comment": text,
                "commentDate": china_time(at - at % 86_400 - 8 * 3600),
                "commentUser": user,
                "score": stars,
                "commentUrls": images,
                "countryCode": country,
                "flagIconUrl": f"{call.base_url}/img/flag-{country}.jpg",
            }
        )
    if score:
        found = [one for one in found if one["score"] == str(score)]
    rows = found[(page - 1) * size : page * size]
    return {"pageNum": str(page), "pageSize": str(size), "total": str(len(found)), "list": rows or None}


@endpoint("POST", "/product/sourcing/create", Style.ZERO)
def sourcing_create(call: Call) -> dict[str, str]:
    """CJ 3.5, Create Sourcing: productName and productImage are required."""
    asked: dict[str, Any] = {
        "productName": call.body_text("productName", required=True),
        "productImage": call.body_text("productImage", required=True),
    }
    for name in ("thirdProductId", "thirdVariantId", "thirdProductSku", "productUrl", "remark"):
        asked[name] = call.body_text(name)
    price = call.body.get("price")
    if price not in (None, "") and not _is_number(price):
        raise param_error()
    sourcing = Sourcing(len(call.cj.sourcing), call.user, {**asked, "price": price}, call.now)
    call.cj.sourcing[sourcing.id] = sourcing
    name = call.user.name_in_books
    call.world.books.enter(
        PLATFORM, name, "sourcing_requests", call.now, id=sourcing.id, product_name=asked["productName"]
    )
    return {"cjSourcingId": sourcing.id, "result": "success"}


@endpoint("POST", "/product/sourcing/query", Style.ZERO)
def sourcing_query(call: Call) -> dict[str, Any] | None:
    """CJ 3.5, Query Sourcing: a list of ids goes in, one object comes out."""
    ids = call.body.get("sourceIds")
    if ids is None or ids == []:
        raise Problem(16900403, "sourceIds can not be empty")
    if not isinstance(ids, list) or len(ids) > 200 or not all(isinstance(one, str) for one in ids):
        raise param_error()
    mine = [call.cj.sourcing[one] for one in ids if one in call.cj.sourcing]
    sourcing = next((one for one in mine if one.account is call.user), None)
    if sourcing is None:
        return None
    if not sourcing.outcome and call.now >= sourcing.asked_at + SOURCING_SECONDS:
        sourcing.outcome = "failed" if sourcing.number % 4 == 3 else "completed"
    status, status_text = STATES[sourcing.outcome]
    found = call.cj.catalogue.products[sourcing.number % len(call.cj.catalogue.products)]
    done = sourcing.outcome == "completed"
    return {
        "sourceId": sourcing.id,
        "sourceNumber": str(223_333 + sourcing.number),
        "productId": sourcing.asked["thirdProductId"],
        "variantId": sourcing.asked["thirdVariantId"],
        "shopId": "",
        "shopName": "",
        "sourceStatus": status,
        "sourceStatusStr": status_text,
        "cjProductId": found.pid if done else None,
        "cjVariantSku": call.cj.catalogue.variants(found)[0].sku if done else None,
    }


@endpoint("GET", "/warehouse/detail", Style.BOTH)
def warehouse_detail(call: Call) -> dict[str, Any]:
    """CJ 4, Get Storage Info: by the id of a stock answer, with braces or without."""
    storage = find_storage(call.text("id", required=True))
    if storage is None:
        raise Problem(WAREHOUSE_NOT_FOUND, "Warehouse info not found")
    return {
        "id": storage["id"],
        "name": storage["name"],
        "areaId": storage["areaId"],
        "areaCountryCode": storage["areaCountryCode"],
        "address1": storage["address1"],
        "address2": None,
        "contacts": None,
        "phone": storage["phone"],
        "city": storage["city"],
        "province": storage["province"],
        "logisticsBrandList": [{"id": brand, "name": brand} for brand in storage["brands"]],
        "isSelfPickup": None,
        "zipCode": storage["zipCode"],
    }


@endpoint("GET", "/shopping/pay/getBalance")
def get_balance(call: Call) -> dict[str, Any]:
    """CJ, Get Balance: one number and two nulls."""
    return {"amount": float(call.user.balance), "noWithdrawalAmount": None, "freezeAmount": None}


def _is_number(value: Any) -> bool:
    try:
        return float(value) >= 0
    except (TypeError, ValueError):
        return False
