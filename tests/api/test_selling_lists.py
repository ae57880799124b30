"""Lists of the selling half cost as many queries for twenty rows as for two."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import PlatformAccount
from catalog.models import Adoption, Brand, Category, CategoryMapping, Drift, FieldSync
from tests.factories import make_category
from tests.factories_selling import (
    make_live,
    make_price_rule,
    make_rate,
    make_seller,
    make_shop,
    make_spec,
    make_target,
)

V1 = "/api/v1/"
FEW, MANY = 2, 20
MARKETS = ("MY", "SG")


def sold(account: PlatformAccount, _number: int) -> None:
    make_live(account)


def switched(account: PlatformAccount, _number: int) -> None:
    FieldSync.objects.create(shop=make_shop(account, "TH"), texts=False)


def mapped(account: PlatformAccount, _number: int) -> None:
    CategoryMapping.objects.create(account=account, source=make_category(), target=make_target(account))


def ruled(account: PlatformAccount, _number: int) -> None:
    make_spec(account, make_target(account))


def branded(account: PlatformAccount, number: int) -> None:
    category = Category.objects.filter(platform=account.platform).first() or make_target(account)
    Brand.objects.create(account=account, category=category, external_id=str(number), name=f"Brand {number}")


def rated(_account: PlatformAccount, number: int) -> None:
    make_rate("USD", f"X{chr(65 + number // 26)}{chr(65 + number % 26)}")


def priced(account: PlatformAccount, _number: int) -> None:
    make_price_rule(shop=make_shop(account, "TH"))


def found(account: PlatformAccount, number: int) -> None:
    Adoption.objects.create(account=account, shop=account.shops.first(), external_id=str(number), status="conflict")


def differing(account: PlatformAccount, number: int) -> None:
    listing = make_live(account)
    Drift.objects.create(global_listing=listing, listing=listing.listings.first(), field="name", theirs=str(number))


LISTS: dict[str, Callable[[PlatformAccount, int], None]] = {
    "global-listings/": sold,
    "listings/": sold,
    "field-switches/": switched,
    "category-mappings/": mapped,
    "category-rules/": ruled,
    "categories/": mapped,
    "brands/": branded,
    "exchange-rates/": rated,
    "price-rules/": priced,
    "found-listings/": found,
    "differences/": differing,
}


def asked(api: Any, path: str) -> tuple[int, int]:
    """Return how many rows a list shows, and how many queries that took."""
    with CaptureQueriesContext(connection) as queries:
        answer = api.get(f"{V1}{path}", {"page_size": 100})
    assert answer.status_code == 200, answer.content
    return len(answer.json()["results"]), len(queries)


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_however_long(api, db, path):
    account, make = make_seller(), LISTS[path]
    for region in MARKETS:
        make_shop(account, region)
    for number in range(FEW):
        make(account, number)
    few, queries = asked(api, path)
    for number in range(FEW, MANY):
        make(account, number)

    many, of_many = asked(api, path)

    assert (of_many, few >= FEW, many >= MANY) == (queries, True, True)
