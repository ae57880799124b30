"""What the client sends about orders and parcels where no answer is printed, what it refuses, and in which lane."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import responses

from integrations import lanes
from integrations.errors import Duplicate, Invalid, NotFound, Rejected, Unavailable, UnexpectedReply
from integrations.models import ApiCall, Lane
from integrations.shopee.codes import explain

from .order_calls import FIRST_MILE, ITEM, NUMBER, SN, UNPRINTED
from .support import HOST, failure, make_client, own_query

pytestmark = pytest.mark.django_db
OK = {"error": "", "message": "", "request_id": "r-1", "response": {"said": 1}}
PDF = b"%PDF-1.4\n1 0 obj\n%%EOF\n"
DOWNLOAD = f"{HOST}/api/v2/logistics/download_shipping_document"
NOW = datetime(2026, 1, 20, tzinfo=UTC)


@pytest.fixture
def shopee():
    with responses.RequestsMock() as mock:
        yield mock


@pytest.mark.parametrize(("name", "method", "call", "sent"), UNPRINTED, ids=[row[0] for row in UNPRINTED])
def test_a_method_sends_what_is_documented(shopee, name, method, call, sent):
    shopee.add(method, f"{HOST}/api/v2/{name.replace('.', '/')}", json=OK)
    assert call(make_client("shop")) == {"said": 1}
    (made,) = shopee.calls
    if method == "GET":
        assert own_query(made.request) == list(sent.items())
    else:
        assert json.loads(made.request.body) == sent


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda it: it.order.get_order_detail([]), "order_sn_list"),
        (lambda it: it.order.get_order_detail([SN] * 51), "order_sn_list"),
        (lambda it: it.order.get_order_detail([f"{SN},2"]), "order_sn_list"),
        (lambda it: it.order.get_package_detail([""]), "package_number_list"),
        (lambda it: it.order.get_order_list(time_from=NOW - timedelta(days=15, seconds=1), time_to=NOW), "since"),
        (lambda it: it.order.get_order_list(time_from=NOW, time_to=NOW - timedelta(seconds=1)), "since"),
        (lambda it: it.order.get_order_list(time_from=datetime(2026, 1, 1), time_to=NOW), "since"),  # noqa: DTZ001
        (lambda it: it.order.split_order(SN, [{"item_list": [ITEM]}]), "package_list"),
        (lambda it: it.order.split_order(SN, [{"item_list": [ITEM]}, {"item_list": []}]), "package_list[1].item_list"),
        (lambda it: it.order.cancel_order(SN, "BORED"), "cancel_reason"),
        (lambda it: it.order.cancel_order(SN, "OUT_OF_STOCK"), "item_list"),
        (lambda it: it.order.handle_buyer_cancellation(SN, "MAYBE"), "operation"),
        (lambda it: it.order.set_note("", "x"), "order_sn"),
        (lambda it: it.logistics.ship_order(SN, "balloon", {}), "way"),
        (lambda it: it.logistics.update_shipping_order(SN, {"address_id": 1}), "pickup.pickup_time_id"),
        (lambda it: it.logistics.get_mass_tracking_number([NUMBER] * 51), "package_list"),
        (lambda it: it.logistics.download_shipping_document([{}]), "order_list[0].order_sn"),
        (lambda it: it.first_mile.get_channel_list("TH"), "region"),
        (lambda it: it.first_mile.generate_first_mile_tracking_number("2026-01-05", quantity=21), "quantity"),
        (
            lambda it: it.first_mile.bind_first_mile_tracking_number(
                FIRST_MILE, [{"order_sn": SN}], shipment_method="swim", region="cn", logistics_channel_id=1
            ),
            "shipment_method",
        ),
    ],
)
def test_what_breaks_a_documented_limit_is_not_sent_and_named(shopee, call, field):
    with pytest.raises(Invalid) as caught:
        call(make_client("shop"))
    assert caught.value.field == field
    assert not shopee.calls


def test_a_window_shorter_than_a_second_is_sent_as_one(shopee):
    shopee.add("GET", f"{HOST}/api/v2/order/get_order_list", json=OK)
    make_client("shop").order.get_order_list(time_from=NOW, time_to=NOW + timedelta(milliseconds=3))
    query = dict(own_query(shopee.calls[0].request))
    assert int(query["time_to"]) - int(query["time_from"]) == 1


# Lanes


@pytest.mark.parametrize(
    ("asking", "call", "path", "method", "lane"),
    [
        (Lane.CATALOGUE, lambda it: it.order.get_order_detail([SN]), "order/get_order_detail", "GET", Lane.ORDERS),
        (
            Lane.STOCK,
            lambda it: it.order.cancel_order(SN, "CUSTOMER_REQUEST"),
            "order/cancel_order",
            "POST",
            Lane.URGENT,
        ),
        (Lane.URGENT, lambda it: it.order.set_note(SN, "x"), "order/set_note", "POST", Lane.URGENT),
        (Lane.STOCK, lambda it: it.first_mile.get_detail(FIRST_MILE), "first_mile/get_detail", "GET", Lane.ORDERS),
        (Lane.PUBLISH, lambda it: it.logistics.get_channel_list(), "logistics/get_channel_list", "GET", Lane.PUBLISH),
    ],
)
def test_calls_about_orders_go_in_the_lane_of_orders_at_least(shopee, asking, call, path, method, lane):
    shopee.add(method, f"{HOST}/api/v2/{path}", json=OK)
    with lanes.use(asking, patience=1):
        call(make_client("shop"))
        assert lanes.current() == asking
    assert ApiCall.objects.get().lane == lane


# Files


def loaded(shopee, body, content_type, status=200):
    shopee.add("POST", DOWNLOAD, body=body, content_type=content_type, status=status)
    return make_client("shop").logistics.download_shipping_document([{"order_sn": SN}])


@pytest.mark.parametrize(
    ("body", "said", "kind"),
    [
        (PDF, "application/pdf", "application/pdf"),
        (PDF, "application/octet-stream", "application/pdf"),
        (b"<!DOCTYPE html><html><body>Label</body></html>\n", "text/html; charset=utf-8", "text/html"),
        (b"PK\x05\x06" + bytes(18), "application/pdf", "application/zip"),
    ],
)
def test_a_file_is_what_its_bytes_are(shopee, body, said, kind):
    found = loaded(shopee, body, said)
    assert (found.content, found.content_type) == (body, kind)
    (call,) = ApiCall.objects.all()
    assert (call.response, call.is_write, call.outcome) == ("", False, "ok")
    assert shopee.calls[0].request.headers["Accept"] == "*/*"


@pytest.mark.parametrize("said", ["application/pdf", "application/json", "text/html"])
def test_json_is_a_refusal_whatever_it_is_called(shopee, said):
    body = json.dumps(failure("logistics.shipping_document_should_print_first"))
    with pytest.raises(NotFound, match="Request it first") as caught:
        loaded(shopee, body, said)
    assert caught.value.code == "shipping_document_should_print_first"


@pytest.mark.parametrize(
    "body", [b"", b"%PDF-1.4\n1 0 obj", b"PK\x03\x04 cut", b"<html><body>", b"upstream connect error", json.dumps(OK)]
)
def test_what_is_no_whole_file_is_no_label(shopee, body):
    with pytest.raises(UnexpectedReply):
        loaded(shopee, body, "application/pdf")


def test_an_error_page_is_no_label(shopee):
    for _time in range(3):
        shopee.add("POST", DOWNLOAD, body=b"<html><body>Bad gateway</body></html>", status=502)
    with pytest.raises(Unavailable):
        make_client("shop").logistics.download_shipping_document([{"order_sn": SN}])


# Codes


@pytest.mark.parametrize(
    ("code", "message", "kind", "words"),
    [
        ("order.error_limit", "Can not cancel this order", Rejected, "does not let this order be cancelled"),
        ("order. error_param", "You can not cancel warehouse order.", Rejected, "in its own warehouse"),
        ("logistics.error_param", "The order is being allocated, please wait until …", Unavailable, "allocating"),
        ("logistics.package_already_shipped", "", Duplicate, "arranged already"),
        ("logistics.ship_order_pickup_time_invalid", "", Rejected, "is gone. Read the ways to ship again"),
        ("logistics.ship_order_not_ready_to_ship", "", Rejected, "can't be shipped as it is now"),
        ("logistics.download_later", "", Unavailable, "being made"),
        ("logistics.order_not_exist", "", NotFound, "no such order"),
        ("firstmile.package_has_bind", "", Duplicate, "first-mile number already"),
        ("firstmile.auth", "", Rejected, "may not use first mile"),
        ("firstmile.error", "The SLS TN is tied to another FM code", Rejected, "under another first-mile number"),
        ("firstmile.system_error", "", Unavailable, "busy"),
        ("logistics.error_timeout", "", Unavailable, "busy"),
        ("order.order_has_been_split", "", Duplicate, "split already"),
        ("firstmile.order_has_been_split", "please give the package_number", Rejected, "split in the meantime"),
    ],
)
def test_a_documented_refusal_has_its_kind_and_its_words(code, message, kind, words):
    meaning = explain(code, message)
    assert meaning.kind is kind
    assert words in str(meaning)


def test_an_order_that_is_being_allocated_was_not_shipped_and_is_tried_later(shopee):
    said = failure(
        "logistics.error_param", "The order is being allocated, please wait until the allocate is completed."
    )
    shopee.add("POST", f"{HOST}/api/v2/logistics/ship_order", json=said)
    with pytest.raises(Unavailable) as caught:
        make_client("shop").logistics.ship_order(SN, "dropoff", {})
    assert type(caught.value) is Unavailable
    assert caught.value.retry_after == 120
    assert len(shopee.calls) == 1
