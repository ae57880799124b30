"""Where parcels are: CJ's texts (/logistic/trackInfo) and numbers (message LOGISTIC) → `TrackData`. Pure.

The numbers are documented, 0 to 14; the texts are not, but for "In transit" (cj.md §12.35). A text that stands for
several numbers, or for none we know, leaves the number open and stays in `platform_status`.
"""

from typing import Any

from integrations.sold import CheckpointData, TrackData

from .parsing import UnreadableRecord, first, ident, integer, mapping, rows, text, when

# enum tracking_status → orders.machines.PackageStatus; empty: it tells nothing new.
PACKAGE_STATUSES = {
    0: "",  # no tracking information yet
    1: "picked_up",  # left the warehouse
    2: "picked_up",  # received by the forwarder
    3: "failed",  # returned by the forwarder
    4: "in_transit",  # left the forwarder
    5: "in_transit",  # first leg
    6: "in_transit",  # arrived in the destination country
    7: "in_transit",  # customs clearance started
    8: "in_transit",  # customs clearance completed
    9: "in_transit",  # taken over at the terminal
    10: "out_for_delivery",
    11: "out_for_delivery",  # waiting to be collected by the recipient
    12: "delivered",  # signed for
    13: "failed",  # failure or anomaly
    14: "failed",  # returned
}
DELIVERED = 12
IN_TRANSIT = "in transit"  # any of 1 to 9

# In words, written in any case and with any signs between them.
NUMBERS = {
    "pending": 0,
    "not found": 0,
    "no tracking information yet": 0,
    "info received": 0,
    "left the warehouse": 1,
    "received by the forwarder": 2,
    "returned by the forwarder": 3,
    "left the forwarder": 4,
    "first leg": 5,
    "arrived in the destination country": 6,
    "customs clearance started": 7,
    "customs clearance completed": 8,
    "taken over at the terminal": 9,
    "out for delivery": 10,
    "waiting for pickup": 11,
    "waiting to be collected": 11,
    "available for pickup": 11,
    "delivered": 12,
    "signed for": 12,
    "exception": 13,
    "alert": 13,
    "undelivered": 13,
    "delivery failure": 13,
    "failure or anomaly": 13,
    "returned": 14,
}


def to_track(data: object) -> TrackData:
    """Read one row of /logistic/trackInfo."""
    row = mapping(data)
    number = text(row.get("trackingNumber"), 100)
    if not number:
        raise UnreadableRecord("parcel", data)
    said = text(row.get("trackingStatus"), 64)
    status = number_of(said)
    return TrackData(
        tracking_number=number,
        status=status,
        platform_status=said,
        package_status=_package_status(status, said),
        carrier_name=text(row.get("logisticName"), 200),
        last_mile_carrier=text(row.get("lastMileCarrier"), 200),
        last_mile_number=text(row.get("lastTrackNumber"), 100),
        days=text(row.get("deliveryDay"), 40),
        # The sample names a time of delivery for a parcel in transit: it counts where it is delivered.
        delivered_at=when(row.get("deliveryTime")) if status == DELIVERED else None,
    )


def to_track_told(params: object) -> TrackData:
    """Read the `params` of a LOGISTIC message; its events are JSON inside a text."""
    row = mapping(params)
    number = text(row.get("trackingNumber"), 100)
    if not number:
        raise UnreadableRecord("parcel", params)
    said = text(row.get("trackingStatus"), 64)
    status = number_of(said)
    events = [_checkpoint(mapping(each)) for each in (rows(row.get("logisticsTrackEvents")) or ())[:500]]
    signed = [event.at for event in events if event.status == DELIVERED and event.at]
    return TrackData(
        tracking_number=number,
        status=status,
        platform_status=said,
        package_status=_package_status(status, said),
        checkpoints=tuple(events),
        carrier_name=text(row.get("logisticName"), 200),
        delivered_at=max(signed) if status == DELIVERED and signed else None,
    )


def order_of_message(params: object) -> str:
    """Return CJ's order id that a LOGISTIC message names; it is a number beyond 2⁵³."""
    return ident(mapping(params).get("orderId"))


def number_of(said: object) -> int | None:
    """Return the documented number of a status, given as number or in words; None where it stands for none of them."""
    number = integer(said)
    if number is not None:
        return number if number in PACKAGE_STATUSES else None
    return NUMBERS.get(_plain(said))


def _package_status(status: int | None, said: str) -> str:
    if status is not None:
        return PACKAGE_STATUSES[status]
    return "in_transit" if _plain(said) == IN_TRANSIT else ""


def _plain(said: object) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text(said, 64).lower()).split())


def _checkpoint(row: dict[str, Any]) -> CheckpointData:
    return CheckpointData(
        at=when(first(row, "eventTime", "thirdEventTime")),
        text=text(first(row, "activity", "thirdActivity", "statusDesc"), 500),
        status=number_of(row.get("status")),
        platform_status=text(first(row, "statusDesc", "status"), 64),
        place=text(first(row, "location", "thirdLocation"), 200),
    )
