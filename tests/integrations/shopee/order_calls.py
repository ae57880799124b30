"""One call of each method about orders, parcels and first mile, and what it sends."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from integrations.shopee.client import Client

from . import payloads

Row = tuple[str, Callable[[Client], Any], Any]
SN, NUMBER, FIRST_MILE = "2501105ABCDEF1", "OFG190000000000001", "CNF731738838434210105"
FROM, TO = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 16, tzinfo=UTC)
EVERYTHING = (
    "buyer_user_id,buyer_username,estimated_shipping_fee,recipient_address,actual_shipping_fee,"
    "actual_shipping_fee_confirmed,goods_to_declare,note,note_update_time,item_list,pay_time,split_up,"
    "buyer_cancel_reason,cancel_by,cancel_reason,buyer_cpf_id,fulfillment_flag,pickup_done_time,package_list,"
    "shipping_carrier,payment_method,total_amount,order_chargeable_weight_gram,return_request_due_date,edt,"
    "international_label"
)
NUMBERS = "plp_number,first_mile_tracking_number,last_mile_tracking_number"
ITEM = {"item_id": 1099283001, "model_id": 10004405040}
OTHER_ITEM = {"item_id": 843019657, "model_id": 0}


def asked(name: str) -> Any:
    """Return the documented request of an endpoint."""
    return payloads.read(name)["request"]


DOCUMENTED: list[Row] = [
    (
        "order.get_order_list",
        lambda it: it.order.get_order_list(time_from=FROM, time_to=TO, cursor="c-2"),
        {
            "time_range_field": "update_time",
            "time_from": "1767225600",
            "time_to": "1768521600",
            "page_size": "100",
            "cursor": "c-2",
            "response_optional_fields": "order_status",
            "request_order_status_pending": "true",
        },
    ),
    (
        "order.get_order_detail",
        lambda it: it.order.get_order_detail([SN, "2501105ABCDEF2"]),
        {
            "order_sn_list": f"{SN},2501105ABCDEF2",
            "request_order_status_pending": "true",
            "response_optional_fields": EVERYTHING,
        },
    ),
    (
        "order.split_order",
        lambda it: it.order.split_order(SN, [{"item_list": [ITEM]}, {"item_list": [OTHER_ITEM]}]),
        {"order_sn": SN, "package_list": [{"item_list": [ITEM]}, {"item_list": [OTHER_ITEM]}]},
    ),
    (
        "order.cancel_order",
        lambda it: it.order.cancel_order(SN, "OUT_OF_STOCK", items=[ITEM]),
        {"order_sn": SN, "cancel_reason": "OUT_OF_STOCK", "item_list": [ITEM]},
    ),
    (
        "logistics.get_shipping_parameter",
        lambda it: it.logistics.get_shipping_parameter(SN),
        {"order_sn": SN},
    ),
    (
        "logistics.ship_order",
        lambda it: it.logistics.ship_order(SN, "pickup", {"address_id": 2826, "pickup_time_id": "1767312000"}),
        asked("logistics.ship_order"),
    ),
    (
        "logistics.get_tracking_number",
        lambda it: it.logistics.get_tracking_number(SN, NUMBER),
        {"order_sn": SN, "package_number": NUMBER, "response_optional_fields": NUMBERS},
    ),
    (
        "logistics.create_shipping_document",
        lambda it: it.logistics.create_shipping_document(asked("logistics.create_shipping_document")["order_list"]),
        asked("logistics.create_shipping_document"),
    ),
    (
        "logistics.get_shipping_document_result",
        lambda it: it.logistics.get_shipping_document_result([{"order_sn": SN}]),
        {"order_list": [{"order_sn": SN}]},
    ),
    (
        "first_mile.get_detail",
        lambda it: it.first_mile.get_detail(FIRST_MILE),
        {"first_mile_tracking_number": FIRST_MILE},
    ),
    (
        "first_mile.generate_first_mile_tracking_number",
        lambda it: it.first_mile.generate_first_mile_tracking_number("2026-01-05", quantity=2),
        {"declare_date": "2026-01-05", "quantity": 2},
    ),
    (
        "first_mile.bind_first_mile_tracking_number",
        lambda it: it.first_mile.bind_first_mile_tracking_number(
            FIRST_MILE, [{"order_sn": SN}], shipment_method="pickup", region="CN", logistics_channel_id=813
        ),
        asked("first_mile.bind_first_mile_tracking_number"),
    ),
]

# Endpoints whose answers are not printed: name, method, call, and what it sends.
UNPRINTED: list[tuple[str, str, Callable[[Client], Any], Any]] = [
    (
        "order.get_package_detail",
        "GET",
        lambda it: it.order.get_package_detail([NUMBER]),
        {"package_number_list": NUMBER},
    ),
    ("order.unsplit_order", "POST", lambda it: it.order.unsplit_order(SN), {"order_sn": SN}),
    (
        "order.handle_buyer_cancellation",
        "POST",
        lambda it: it.order.handle_buyer_cancellation(SN, "REJECT"),
        {"order_sn": SN, "operation": "REJECT"},
    ),
    ("order.set_note", "POST", lambda it: it.order.set_note(SN, ""), {"order_sn": SN, "note": ""}),
    (
        "logistics.get_mass_shipping_parameter",
        "POST",
        lambda it: it.logistics.get_mass_shipping_parameter([NUMBER], logistics_channel_id=28016),
        {"logistics_channel_id": 28016, "package_list": [{"package_number": NUMBER}]},
    ),
    (
        "logistics.ship_order",
        "POST",
        lambda it: it.logistics.ship_order(SN, "dropoff", {}, package_number=NUMBER),
        {"order_sn": SN, "package_number": NUMBER, "dropoff": {}},
    ),
    (
        "logistics.update_shipping_order",
        "POST",
        lambda it: it.logistics.update_shipping_order(SN, {"address_id": 2826, "pickup_time_id": "1767398400"}),
        {"order_sn": SN, "pickup": {"address_id": 2826, "pickup_time_id": "1767398400"}},
    ),
    (
        "logistics.get_mass_tracking_number",
        "POST",
        lambda it: it.logistics.get_mass_tracking_number([NUMBER]),
        {"package_list": [{"package_number": NUMBER}], "response_optional_fields": NUMBERS},
    ),
    ("logistics.get_tracking_info", "GET", lambda it: it.logistics.get_tracking_info(SN), {"order_sn": SN}),
    (
        "logistics.get_shipping_document_parameter",
        "POST",
        lambda it: it.logistics.get_shipping_document_parameter([{"order_sn": SN}]),
        {"order_list": [{"order_sn": SN}]},
    ),
    ("first_mile.get_channel_list", "GET", lambda it: it.first_mile.get_channel_list("KR"), {"region": "KR"}),
    (
        "first_mile.get_transit_warehouse_list",
        "GET",
        lambda it: it.first_mile.get_transit_warehouse_list("CN", shipment_method="dropoff"),
        {"region": "CN", "shipment_method": "dropoff"},
    ),
    (
        "first_mile.bind_first_mile_tracking_number",
        "POST",
        lambda it: it.first_mile.bind_first_mile_tracking_number(
            FIRST_MILE, [{"order_sn": SN}], shipment_method="self_deliver", region="KR", logistics_channel_id=None
        ),
        {
            "first_mile_tracking_number": FIRST_MILE,
            "shipment_method": "self_deliver",
            "region": "kr",
            "logistics_channel_id": None,
            "order_list": [{"order_sn": SN}],
        },
    ),
]
