"""CJ 6, Tracking: where parcels are, many in one call; the state is a text here and a number in messages."""

from typing import Any

from integrations.simulator.cj_orders import Order, bare_time
from integrations.simulator.cj_protocol import PARAM_ERROR, Call, Problem, endpoint, param_error
from integrations.simulator.cj_time import SIGNED

MOST_NUMBERS = 100
LAST_MILE_FROM = 9
WORDS = {
    0: "Pending",
    10: "Out for delivery",
    11: "Waiting for pickup",
    12: "Delivered",
    13: "Exception",
    14: "Returned",
}


@endpoint("GET", "/logistic/trackInfo")
def track_info(call: Call) -> list[dict[str, Any]] | None:
    """CJ 6, Get Tracking Information: the numbers it knows; none known is null."""
    numbers = list(dict.fromkeys(call.several("trackNumber")))
    if not numbers:
        raise Problem(PARAM_ERROR, "trackNumber must be not empty")
    if len(numbers) > MOST_NUMBERS:
        raise param_error()
    known = call.cj.orders.by_track_number
    return [_row(number, known[number]) for number in numbers if number in known] or None


@endpoint("GET", "/logistic/getTrackInfo")
def get_track_info(call: Call) -> list[dict[str, Any]] | None:
    """CJ 6, Get Tracking Information (deprecated): the same as its successor."""
    rows: list[dict[str, Any]] | None = track_info(call)
    return rows


def last_status(order: Order) -> int:
    """Return the number of a parcel's latest checkpoint, 0 before the first."""
    return order.events[-1].status if order.events else 0


def _row(number: str, order: Order) -> dict[str, Any]:
    status = last_status(order)
    carrier = order.waybill.carrier if order.waybill else order.logistic
    signed = next((event.at for event in reversed(order.events) if event.status == SIGNED), None)
    days = None if signed is None or order.out_at is None else max(int((signed - order.out_at) // 86_400), 1)
    arrived = any(event.status >= LAST_MILE_FROM for event in order.events)
    return {
        "trackingNumber": number,
        "logisticName": carrier,
        "trackingFrom": order.from_country,
        "trackingTo": order.country,
        "deliveryDay": None if days is None else str(days),
        "deliveryTime": bare_time(signed),
        "trackingStatus": WORDS.get(status, "In transit"),
        "lastMileCarrier": carrier.split()[0] if arrived else None,
        "lastTrackNumber": f"9261{16_290_555 + order.index:011d}" if arrived else None,
    }
