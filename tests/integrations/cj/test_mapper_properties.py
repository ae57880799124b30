"""Strangers' JSON: payloads with fields renamed, missing, null, of another type, huge, unicode or nested.

No mutation raises anything but `UnreadableRecord`, and whatever comes out fits the catalogue's columns.
"""

import copy
import json
import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.db import models
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from catalog import models as catalog
from integrations.bought import Bill, PurchaseData
from integrations.cj import (
    buying_mappers,
    freight_mappers,
    mappers,
    other_mappers,
    paging,
    stock_mappers,
    summaries,
    tracking_mappers,
)
from integrations.cj.judging import judge
from integrations.cj.parsing import MOST_NOTES, UnreadableRecord, rows
from integrations.contracts import (
    CategoryData,
    PriceRange,
    ProductData,
    ProductSummary,
    ReviewData,
    SourcingState,
    StockData,
    VariantData,
    WarehouseData,
)
from integrations.errors import PlatformError
from integrations.sold import CheckpointData, TrackData
from orders import models as orders

from . import payloads

# Where the catalogue keeps each field, and the few whose column has another name.
MODELS: dict[type, type[models.Model]] = {
    ProductData: catalog.Product,
    ProductSummary: catalog.Product,
    VariantData: catalog.Variant,
    StockData: catalog.StockLevel,
    WarehouseData: catalog.Warehouse,
    CategoryData: catalog.Category,
    ReviewData: catalog.Review,
    SourcingState: catalog.SourcingRequest,
    PurchaseData: orders.PurchaseOrder,
    Bill: orders.Payment,
    TrackData: orders.Package,
    CheckpointData: orders.TrackingEvent,
}
COLUMNS = {
    (PurchaseData, "reference"): (orders.PurchaseAlias, "value"),  # ours: compared, not kept
    (TrackData, "status"): (orders.Package, "tracking_status"),
    (ProductSummary, "category_name"): (catalog.Category, "name"),
    (ProductSummary, "category_id"): (catalog.Category, "external_id"),
    (ProductData, "category_id"): (catalog.Category, "external_id"),
    (ProductSummary, "fingerprint"): (catalog.Product, "list_fingerprint"),
    (StockData, "warehouse_id"): (catalog.Warehouse, "external_id"),
    (StockData, "warehouse_name"): (catalog.Warehouse, "name"),
    (SourcingState, "status"): (catalog.SourcingRequest, "platform_status"),
    (SourcingState, "product_id"): (catalog.SourcingRequest, "found_product_id"),
    (SourcingState, "variant_sku"): (catalog.SourcingRequest, "found_sku"),
}


def column_of(kind: type, name: str) -> models.Field | None:
    model, column = COLUMNS.get((kind, name), (MODELS.get(kind), name))
    known = (
        {field.name: field for field in model._meta.get_fields() if isinstance(field, models.Field)} if model else {}
    )
    return known.get(column)


def assert_storable(value: Any, column: models.Field | None = None) -> None:
    """Fail for what PostgreSQL or the column would refuse."""
    if is_dataclass(value):
        for each in fields(value):
            assert_storable(getattr(value, each.name), column_of(type(value), each.name))
        if isinstance(value, PriceRange):
            assert Decimal(0) <= value.low <= value.high < Decimal(10) ** 14
            assert value.low.as_tuple().exponent == value.high.as_tuple().exponent == -4
    elif isinstance(value, str):
        value.encode()  # no lone surrogate
        assert "\x00" not in value
        if column is not None and column.max_length:
            assert len(value) <= column.max_length, column
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        assert 0 <= value < 2**31
        if isinstance(column, models.PositiveSmallIntegerField):
            assert value < 2**15
    elif isinstance(value, Decimal):
        assert value.is_finite()
        assert 0 <= value < Decimal(10) ** 18
        assert int(value.as_tuple().exponent) >= -4
    elif isinstance(value, datetime):
        assert value.utcoffset() is not None
        assert 1990 <= value.year <= 2100
    elif isinstance(value, dict):
        written = json.dumps(value, allow_nan=False, ensure_ascii=False)
        assert "\\u0000" not in written
        written.encode()
        assert len(written) < 3_000_000
    elif isinstance(value, tuple):
        for each in value:
            assert_storable(each)
    else:
        assert isinstance(value, float)
        assert math.isfinite(value)


WILD_TEXT = st.text(st.characters(codec=None), max_size=30)  # lone surrogates and NUL too
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**63, 10**40, 10**4000, 1743218214000, -(2**63)]),
    st.floats(),
    st.decimals(allow_nan=False, allow_infinity=False),
    WILD_TEXT,
    st.sampled_from(
        [
            "",
            " ",
            "0",
            "1e400",
            "NaN",
            "-0",
            "3.63-14.58",
            "--",
            "[",
            '["a","b"]',
            '[{"a":{}}]',
            "{}",
            "null",
            '"true"',
            "[" * 3000,
            "x" * 3000,
            "\x00",
            "\ud800",
            "😀" * 700,
            "https://" + "a" * 2000,
            "javascript:alert(1)",
            "a-" * 400,
            "a/" * 400,
            "99999-12-31T00:00:00",
            "0001-01-01T00:00:00+23:59",
            "9" * 4000,
            "{" + "9" * 80 + "}",
        ]
    ),
)
VALUES = st.one_of(
    SCALARS,
    st.lists(SCALARS, max_size=4),
    st.dictionaries(WILD_TEXT, SCALARS, max_size=3),
    st.recursive(
        SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WILD_TEXT, inner, max_size=3), max_leaves=8
    ),
)


def places(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the ways to everything inside JSON data."""
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    found = [path] if path else []
    for name, value in inside:
        found += places(value, (*path, name))
    return found


@st.composite
def mutated(draw: st.DrawFn, source: Any) -> Any:
    """Return a payload with a few things in it changed."""
    data = copy.deepcopy(source)
    for _ in range(draw(st.integers(1, 5))):
        ways = places(data)
        if not ways:
            return draw(VALUES)
        *way, last = draw(st.sampled_from(ways))
        holder = data
        for name in way:
            holder = holder[name]
        match draw(st.sampled_from(["replace", "replace", "remove", "rename", "null", "wrap", "repeat", "as text"])):
            case "replace":
                holder[last] = draw(VALUES)
            case "remove":
                del holder[last]
            case "rename":
                value = holder.pop(last)
                if isinstance(holder, dict):
                    holder[draw(WILD_TEXT)] = value
                else:
                    holder.append(value)
            case "null":
                holder[last] = None
            case "wrap":
                holder[last] = draw(st.sampled_from([[holder[last]], {"value": holder[last]}, [[holder[last]]]]))
            case "repeat":
                holder[last] = [holder[last]] * draw(st.integers(0, 120))
            case _:
                holder[last] = json.dumps(holder[last], default=str)
    return data


def nested(read: Callable[[Any], Any], page: Callable[[Any], paging.Page]) -> Callable[[Any], Any]:
    """Return a reader of a page which reads each row, as the gateway does."""

    def read_all(data: Any) -> list[Any]:
        found = page(data)
        assert found.total is None or 0 <= found.total < 2**31
        assert isinstance(found.digest, str)
        return [each for row in found.rows if (each := attempt(read, row)) is not None]

    return read_all


def attempt(read: Callable[[Any], Any], data: Any) -> Any:
    try:
        return read(data)
    except UnreadableRecord:
        return None


def every(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Return a reader of a list, as the buyer reads it."""
    return lambda data: [found for row in rows(data) or () if (found := attempt(read, row)) is not None]


def read_bill(data: Any) -> Any:
    bill = buying_mappers.to_bill(data, "1958")
    assert all(each == "" or each in ("A", "B") for each in buying_mappers.to_carted(data, ["A", "B"]).done)
    return [] if bill is None else [replace(bill, amounts={}), tuple(bill.amounts.values())]


def read_batch(data: Any) -> Any:
    """Every order that was asked for stands in exactly one of the three places."""
    found = [buying_mappers.to_carted(data, ["A", "B"]), buying_mappers.to_confirmed(data, ["A", "B"])]
    for each in found:
        assert sorted([*each.done, *each.intercepted, *each.left_out]) == ["A", "B"]
    return found


READERS: dict[str, Callable[[Any], Any]] = {
    "/product/query": mappers.to_product,
    "/product/listV2": nested(summaries.to_summary, paging.nested_page),
    "/product/list": nested(summaries.to_listed_summary, paging.list_page),
    "/product/myProduct/query": nested(summaries.to_mine, paging.content_page),
    "/product/variant/query": mappers.to_variants,
    "/product/variant/queryByVid": mappers.to_variant,
    "/product/stock/queryByVid": lambda data: stock_mappers.to_stock(data) or (),
    "/product/stock/queryBySku": lambda data: stock_mappers.to_stock(data) or (),
    "/product/stock/getInventoryByPid": lambda data: tuple(stock_mappers.to_stock_by_variant(data).values()),
    "/product/productComments": nested(other_mappers.to_review, paging.list_page),
    "/product/getCategory": other_mappers.to_categories,
    "/product/globalWarehouseList": lambda data: (
        [each for row in data if (each := attempt(stock_mappers.to_area, row)) is not None]
        if isinstance(data, list)
        else []
    ),
    "/warehouse/detail": stock_mappers.to_storage,
    "/product/sourcing/create": other_mappers.to_sourcing,
    "/product/sourcing/query": other_mappers.to_sourcings,
    "/shopping/order/createOrderV3": buying_mappers.to_created,
    "/shopping/order/getOrderDetail": buying_mappers.to_purchase,
    "/shopping/order/list": nested(buying_mappers.to_purchase, paging.list_page),
    "/shopping/order/addCart": read_batch,
    "/shopping/order/addCartConfirm": read_batch,
    "/shopping/order/saveGenerateParentOrder": read_bill,
    "/shopping/pay/getBalance": buying_mappers.to_balance,
    "/logistic/freightCalculate": lambda data: freight_mappers.to_routes(rows(data) or []),
    "/logistic/freightCalculateTip": lambda data: freight_mappers.to_routes_with_tips(rows(data) or []),
    "/logistic/getSupplierLogisticsTemplate": lambda data: [
        route for routes in freight_mappers.to_templates(rows(data) or []).values() for route in routes
    ],
    "/logistic/trackInfo": every(tracking_mappers.to_track),
    "/setting/get": lambda data: other_mappers.to_account(data, external_id="CJ1"),
}
SOURCES = [(path, case) for path, case in payloads.cases(successes=True) if path in READERS]
QUICK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def check(found: Any) -> None:
    for each in found if isinstance(found, list | tuple) else [found]:
        assert_storable(each)
        if isinstance(each, ProductData | ProductSummary):
            assert each.external_id
            assert each.name
            assert len(each.oddities) <= MOST_NOTES
            assert all(len(slug) < 60 for slug in each.oddities)


@pytest.mark.parametrize(("path", "case"), SOURCES)
def test_every_sample_is_read_and_can_be_stored(path, case):
    found = READERS[path](judge(payloads.reply(payloads.body(path, case))))
    check(found)
    assert not isinstance(found, ProductData) or not found.oddities


@pytest.mark.parametrize(("path", "case"), SOURCES)
def test_no_mutation_raises_or_yields_what_can_not_be_stored(path, case):
    source, read = payloads.data(path, case), READERS[path]

    @QUICK
    @given(mutated(source))
    def hold(data: Any) -> None:
        check(attempt(read, data) or ())

    hold()


@QUICK
@given(VALUES)
def test_anything_at_all_in_place_of_the_data_is_survived(value: Any) -> None:
    for read in READERS.values():
        check(attempt(read, value) or ())


LOGISTIC = {
    "orderId": 210823100016290555,
    "logisticName": "CJPacket Ordinary",
    "trackingNumber": "number12345678",
    "trackingStatus": 12,
    "logisticsTrackEvents": json.dumps(
        [{"status": 12, "activity": "Delivered", "location": "NENANA", "eventTime": "2024-01-18 07:59:22"}]
    ),
}


@QUICK
@given(mutated(LOGISTIC) | mutated({**LOGISTIC, "logisticsTrackEvents": json.loads(LOGISTIC["logisticsTrackEvents"])}))
def test_no_mutation_of_a_message_about_a_parcel_is_more_than_unreadable(params: Any) -> None:
    check(attempt(tracking_mappers.to_track_told, params) or ())
    assert isinstance(tracking_mappers.order_of_message(params), str)


@pytest.mark.parametrize("path", ["/product/query", "/product/listV2", "/product/comments"])
def test_no_mutation_of_an_envelope_raises_anything_but_a_platform_error(path):
    source = payloads.body(path)

    @QUICK
    @given(mutated(source))
    def hold(body: Any) -> None:
        try:
            judge(payloads.reply(json.dumps(body, default=str)))
        except PlatformError:
            return

    hold()
