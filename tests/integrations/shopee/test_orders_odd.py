"""Answers about orders that are not what is documented: nothing is lost without a word."""

from datetime import UTC, datetime, timedelta

import pytest
import responses

from integrations.errors import Invalid, NotFound, UnexpectedReply
from integrations.shopee.order_gateway import ShopeeOrders, gateway_for
from integrations.sold import ParcelRef
from tests.factories import make_account

from . import payloads
from .support import HOST, failure, make_client

pytestmark = pytest.mark.django_db
SHOP, NOW = "601306001", datetime(2026, 1, 20, tzinfo=UTC)
REFS = [ParcelRef(order_id="A", package_id="P1"), ParcelRef(order_id="B", package_id="P2")]


@pytest.fixture
def shopee():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def channel(monkeypatch) -> ShopeeOrders:
    monkeypatch.setattr(ShopeeOrders, "_client", lambda _self, _shop_id: make_client("shop"))
    return gateway_for(make_account(platform="shopee"))


def answer(mock, path, method="GET", **response):
    mock.add(method, f"{HOST}/api/v2/{path}", json={"error": "", "message": "", "response": response})


def listed(channel, cursor=None):
    return channel.changed_orders(SHOP, since=NOW - timedelta(days=1), until=NOW, cursor=cursor)


def test_an_order_without_its_number_makes_none_missing(shopee, channel):
    good = payloads.body("order.get_order_detail")["response"]["order_list"][0]
    good = {name: good[name] for name in ("order_sn", "order_status", "currency")}
    answer(shopee, "order/get_order_detail", order_list=[good, {"order_status": "READY_TO_SHIP"}])
    found = channel.orders(SHOP, [good["order_sn"], "OTHER"])
    assert [order.external_id for order in found.orders] == [good["order_sn"]]
    assert found.missing == ()
    assert [(one.external_id, one.kind) for one in found.unreadable] == [("", "shape"), ("OTHER", "shape")]


@pytest.mark.parametrize(
    ("said", "cursor"),
    [
        ({"more": True, "next_cursor": ""}, None),
        ({"more": True, "next_cursor": "c-1"}, {"mark": "c-1", "page": 1}),
        ({"more": True, "next_cursor": "c-2"}, {"mark": "c-1", "page": 1000}),
    ],
)
def test_a_list_that_does_not_end_is_not_taken_for_complete(shopee, channel, said, cursor):
    answer(shopee, "order/get_order_list", order_list=[{"order_sn": "A"}], **said)
    position = cursor and {"time_from": 1767225600, "time_to": 1767312000, **cursor}
    with pytest.raises(UnexpectedReply, match="does not end"):
        listed(channel, position)


def test_a_list_goes_on_where_only_the_cursor_says_so(shopee, channel):
    answer(shopee, "order/get_order_list", order_list=[{"order_sn": "A"}], next_cursor="c-2")
    assert listed(channel).cursor["mark"] == "c-2"


def test_an_empty_list_may_be_null(shopee, channel):
    answer(shopee, "order/get_order_list", order_list=None, more=False, next_cursor="")
    assert (listed(channel).ids, listed(channel).cursor) == ((), None)


def test_a_window_without_a_time_zone_is_named(channel):
    with pytest.raises(Invalid) as caught:
        channel.changed_orders(SHOP, since=datetime(2026, 1, 1), until=NOW)  # noqa: DTZ001
    assert caught.value.field == "since"


def test_ways_that_are_not_told_are_not_none(shopee, channel):
    answer(shopee, "logistics/get_shipping_parameter", pickup={"address_list": None})
    with pytest.raises(UnexpectedReply):
        channel.ways(SHOP, REFS[0])


def test_a_parcel_that_shopee_leaves_out_has_failed(shopee, channel):
    answer(
        shopee,
        "logistics/get_shipping_document_result",
        "POST",
        result_list=[{"order_sn": "B", "package_number": "", "status": "READY"}],
    )
    told = channel.documents_ready(SHOP, REFS)
    assert [(one.order_id, one.done, one.text) for one in told] == [("A", False, "failed"), ("B", True, "ready")]


def test_the_printed_partial_answer(shopee, channel):
    said = payloads.body("logistics.get_shipping_document_result", "documented partial success")
    shopee.add("POST", f"{HOST}/api/v2/logistics/get_shipping_document_result", json=said)
    refs = [ParcelRef(order_id=f"2501105ABCDEF{number}") for number in (2, 1)]
    told = channel.documents_ready(SHOP, refs)
    assert [(one.order_id, one.done, one.text, one.code) for one in told] == [
        ("2501105ABCDEF2", False, "failed", "order_not_exist"),
        ("2501105ABCDEF1", True, "ready", ""),
    ]
    assert "The order_sn is not exist." in told[0].reason


def test_two_parcels_of_an_order_are_not_mixed_up(shopee, channel):
    rows = [
        {"order_sn": "A", "package_number": number, "status": state}
        for number, state in (("P2", "READY"), ("P1", "FAILED"))
    ]
    answer(shopee, "logistics/get_shipping_document_result", "POST", result_list=rows)
    refs = [ParcelRef(order_id="A", package_id=number, is_split=True) for number in ("P1", "P2", "P3")]
    told = channel.documents_ready(SHOP, refs)
    assert [(one.package_id, one.text, one.code) for one in told] == [
        ("P1", "failed", "FAILED"),
        ("P2", "ready", ""),
        ("P3", "failed", "unanswered"),
    ]


def test_numbers_may_stand_beside_the_answer(shopee, channel):
    rows = [{"package_number": ref.package_id, "tracking_number": f"T{ref.package_id}"} for ref in REFS]
    shopee.add(
        "POST",
        f"{HOST}/api/v2/logistics/get_mass_tracking_number",
        json={"error": "", "success_list": rows, "fail_list": []},
    )
    assert [one.text for one in channel.tracking_numbers(SHOP, REFS)] == ["TP1", "TP2"]


def test_a_number_for_a_strange_package_is_nobodys(shopee, channel):
    answer(
        shopee,
        "logistics/get_mass_tracking_number",
        "POST",
        success_list=[{"package_number": "P9", "tracking_number": "T9"}],
    )
    shopee.add("GET", f"{HOST}/api/v2/logistics/get_tracking_number", json=failure("logistics.package_not_exist"))
    told = channel.tracking_numbers(SHOP, REFS)
    assert [(one.package_id, one.done, one.text, one.code) for one in told] == [
        ("P1", False, "", "package_not_exist"),
        ("P2", False, "", "package_not_exist"),
    ]


def test_a_note_for_an_order_that_is_not_there(shopee, channel):
    shopee.add("POST", f"{HOST}/api/v2/order/set_note", json=failure("error_not_found", "the order is not found."))
    with pytest.raises(NotFound, match="The shop has no such order"):
        channel.write_note(SHOP, "A", "x")
