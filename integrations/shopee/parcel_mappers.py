"""Shopee's packages, ways to ship, events and outcomes ⇄ our dataclasses. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import Invalid
from integrations.sold import (
    Arrangement,
    CheckpointData,
    HandoverPlace,
    PackageData,
    PackageLineData,
    ParcelRef,
    Slot,
    TrackData,
    Way,
)

from .calls_logistics import DROPOFF, NON_INTEGRATED, PICKUP
from .params import missing, whole
from .parsing import Notes, flag, ident, integer, known_id, listed, mapping, moment, records, storable, text

# Shopee's package status → ours (orders.machines.PackageStatus, as text).
STATUSES = {
    "LOGISTICS_NOT_START": "created",
    "LOGISTICS_PENDING_ARRANGE": "created",
    "LOGISTICS_READY": "processing",
    "LOGISTICS_REQUEST_CREATED": "ready_for_pickup",
    "LOGISTICS_PICKUP_RETRY": "ready_for_pickup",
    "LOGISTICS_PICKUP_DONE": "picked_up",
    "LOGISTICS_DELIVERY_DONE": "delivered",
    "LOGISTICS_INVALID": "cancelled",
    "LOGISTICS_REQUEST_CANCELED": "cancelled",
    "LOGISTICS_COD_REJECTED": "cancelled",
    "LOGISTICS_PICKUP_FAILED": "failed",
    "LOGISTICS_DELIVERY_FAILED": "failed",
    "LOGISTICS_LOST": "failed",
}
_TO_ARRANGE = frozenset({"LOGISTICS_READY", "LOGISTICS_PICKUP_RETRY"})
_ARRANGED = frozenset({"LOGISTICS_REQUEST_CREATED", "LOGISTICS_PICKUP_DONE", "LOGISTICS_DELIVERY_DONE"})
_PACKAGE_FACTS = (
    *("allow_self_design_awb", "group_shipment_id", "sorting_group", "pending_terms", "pending_description"),
    *("status_info_tag", "pickup_done_time", "tracking_number_expiration_date", "is_pre_order", "days_to_ship"),
)

# What ship_order asks for, by Shopee's names and ours (`sold.Arrangement`).
KINDS = {PICKUP: "pickup", DROPOFF: "dropoff", NON_INTEGRATED: "own"}
NEEDS = {
    "address_id": "place_id",
    "pickup_time_id": "slot_id",
    "branch_id": "branch_id",
    "sender_real_name": "sender_name",
    "tracking_no": "tracking_number",
    "tracking_number": "tracking_number",
    "slug": "carrier_code",
}

# Shopee's events → the 15 numbers of a parcel's way; one that is not here tells nothing about where it is.
NOTHING_KNOWN, LEFT, OUT_FOR_DELIVERY, SIGNED, ANOMALY, RETURNED = 0, 1, 10, 12, 13, 14
_EARLY = ("INITIAL", "ORDER_INIT", "ORDER_SUBMITTED", "ORDER_FINALIZED", "ORDER_CREATED", "PICKUP_REQUESTED")
_FAILED = ("ORDER_INIT", "ORDER_SUBMITTED", "ORDER_CREATED", "PICKUP_REQUESTED", "PICKED_UP", "DELIVERED")
EVENTS: dict[str, int] = {
    **dict.fromkeys((*_EARLY, "PICKUP_PENDING"), NOTHING_KNOWN),
    "PICKED_UP": LEFT,
    "DELIVERY_PENDING": OUT_FOR_DELIVERY,
    "DELIVERED": SIGNED,
    **dict.fromkeys(("PICKUP_RETRY", "TIMEOUT", "LOST", "EXPIRED"), ANOMALY),
    **dict.fromkeys(("CANCEL", "CANCEL_CREATED", "CANCELED"), ANOMALY),
    **dict.fromkeys((f"FAILED_{word}" for word in (*_FAILED, "RETURN_STARTED", "RETURNED")), ANOMALY),
    **dict.fromkeys(("RETURN_STARTED", "RETURNED", "RETURN_PENDING", "RETURN_INITIATED"), RETURNED),
}
_ENDS = {
    "LOGISTICS_DELIVERY_DONE": SIGNED,
    **dict.fromkeys((word for word, ours in STATUSES.items() if ours in ("failed", "cancelled")), ANOMALY),
}


# Packages


def to_package(
    row: dict[str, Any],
    *,
    lines: Sequence[PackageLineData],
    may_ship: bool = True,
    ship_by: datetime | None = None,
    notes: Notes | None = None,
) -> PackageData | None:
    """Return a package of an order or of get_package_detail; None for one without a number.

    Only get_package_detail tells that shipping is arranged while the tracking number is being made.
    """
    notes = notes or Notes()
    external_id = ident(row.get("package_number"))
    if not external_id:
        notes.add("package_list", "without-number")
        return None
    platform_status = text(row.get("logistics_status") or row.get("fulfillment_status"), 64)
    word = platform_status.upper()
    if word not in STATUSES:
        notes.add("logistics_status", "unknown")
    arranged = word in _ARRANGED or (word not in _ENDS and bool(flag(row.get("is_shipment_arranged"))))
    held = bool(listed(row.get("pending_terms")))
    weight = integer(row.get("parcel_chargeable_weight_gram") or row.get("parcel_chargeable_weight"))
    return PackageData(
        external_id=external_id,
        status=STATUSES.get(word, ""),
        platform_status=platform_status,
        lines=tuple(lines),
        carrier_id=known_id(row.get("logistics_channel_id")),
        carrier_name=text(row.get("shipping_carrier"), 200),
        tracking_number=text(row.get("tracking_number"), 100),
        arranged=arranged,
        can_ship=may_ship and word in _TO_ARRANGE and not arranged and not held,
        can_split=bool(flag(row.get("can_split_order"))),
        can_unsplit=bool(flag(row.get("can_unsplit_order"))),
        ship_by=moment(row.get("ship_by_date")) or ship_by,
        weight_g=Decimal(weight) if weight else None,
        facts=_package_facts(row),
    )


def line_key(piece: dict[str, Any]) -> str:
    """Return by which four numbers Shopee knows a line of an order; 0 for those that it does not say."""
    names = ("item_id", "model_id", "order_item_id", "promotion_group_id")
    return ":".join(ident(piece.get(name)) or "0" for name in names)


def to_parcel(row: dict[str, Any]) -> PackageData | None:
    """Return a package of get_package_detail, its pieces by the ids of the order's lines."""
    pieces: Counter[str] = Counter()
    for piece in records(row.get("item_list")):
        pieces[line_key(piece)] += integer(piece.get("model_quantity")) or 0
    return to_package(row, lines=[PackageLineData(line_id=key, quantity=many) for key, many in pieces.items()])


def _package_facts(row: dict[str, Any]) -> dict[str, Any]:
    facts = {name: storable(row[name]) for name in _PACKAGE_FACTS if row.get(name) not in (None, "", [], 0)}
    places = dict.fromkeys(
        text(place, 64)
        for piece in records(row.get("item_list"))
        for place in (listed(piece.get("product_location_id")) or [piece.get("product_location_id")])
    )
    places.pop("", None)
    return facts | ({"places": list(places)} if places else {})


# Ways to ship


def to_ways(reply: dict[str, Any]) -> list[Way]:
    """Return the ways in which a parcel can be handed over, with what each asks for."""
    return [_way(name, needs, mapping(reply.get(name))) for name, needs in mapping(reply.get("info_needed")).items()]


def _way(name: str, needs: object, told: dict[str, Any]) -> Way:
    asked = [NEEDS.get(need, need) for need in (text(each, 64) for each in listed(needs)) if need]
    places = tuple(_place(row) for row in records(told.get("address_list")))
    branches = tuple(_place(row) for row in records(told.get("branch_list")))
    carriers = tuple(
        (code, text(row.get("slug_name"), 200) or code)
        for row in records(told.get("slug_list"))
        if (code := text(row.get("slug"), 100))
    )
    if name == PICKUP and not any(place.slots for place in places):
        asked = [need for need in asked if need != "slot_id"]  # without times none can be named
    if carriers:
        asked.append("carrier_code")  # must be said wherever there is a choice, asked for or not
    needed = tuple(dict.fromkeys(asked))
    return Way(kind=KINDS.get(name, name), needs=needed, places=places or branches, carriers=carriers)


def _place(row: dict[str, Any]) -> HandoverPlace:
    parts = (text(row.get(name), 200) for name in ("address", "town", "district", "city", "state", "zipcode", "region"))
    flags = {text(each, 64).lower() for each in listed(row.get("address_flag"))}
    return HandoverPlace(
        external_id=known_id(row.get("address_id")) or known_id(row.get("branch_id")),
        text=", ".join(filter(None, parts)),
        is_default="default_address" in flags,
        slots=tuple(_slot(slot) for slot in records(row.get("time_slot_list")) if ident(slot.get("pickup_time_id"))),
    )


def _slot(row: dict[str, Any]) -> Slot:
    date = moment(row.get("date"))
    shown = date.astimezone(UTC).date().isoformat() if date else ""
    return Slot(
        external_id=ident(row.get("pickup_time_id")),
        text=" ".join(filter(None, (shown, text(row.get("time_text"), 100)))),
        date=date,
        recommended="recommended" in {text(each, 64).lower() for each in listed(row.get("flags"))},
    )


def to_shipment(how: Arrangement) -> tuple[str, dict[str, Any]]:
    """Return the way and its details as ship_order takes them; nothing empty is sent."""
    match how.kind:
        case "pickup":
            details = {"address_id": _number("place_id", how.place_id), "pickup_time_id": how.slot_id}
            return PICKUP, _filled(details | {"tracking_number": how.tracking_number})
        case "dropoff":
            details = {"branch_id": _number("branch_id", how.branch_id), "sender_real_name": how.sender_name}
            return DROPOFF, _filled(details | {"tracking_number": how.tracking_number, "slug": how.carrier_code})
        case "own":
            if not how.tracking_number:
                raise missing("tracking_number")
            return NON_INTEGRATED, {"tracking_number": how.tracking_number}
    raise Invalid(
        _("A parcel is handed over by pickup, dropoff or own, not by “%(kind)s”.") % {"kind": how.kind[:60]},
        field="kind",
    )


def _number(name: str, value: str) -> int | None:
    return whole(name, value, low=1) if value else None


def _filled(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in details.items() if value}


# On the way


def to_track(reply: dict[str, Any], parcel: ParcelRef) -> TrackData:
    """Return the events of a parcel, oldest first, and where it is by the last of them that tells."""
    events = [_event(row) for row in records(reply.get("tracking_info"))]
    back = [replace(_event(row), status=RETURNED) for row in records(reply.get("reversed_tracking_info"))]
    way = sorted([*events, *back], key=lambda event: event.at.timestamp() if event.at else 0.0)
    platform_status = text(reply.get("logistics_status"), 64)
    word = platform_status.upper()
    last = next((event.status for event in reversed(way) if event.status is not None), NOTHING_KNOWN)
    status = RETURNED if back else _ENDS.get(word, last)
    return TrackData(
        tracking_number=parcel.tracking_number,
        status=status,
        platform_status=platform_status,
        package_status=_package_status(word, way),
        checkpoints=tuple(way),
        delivered_at=next((event.at for event in reversed(way) if event.status == SIGNED), None),
    )


def _event(row: dict[str, Any]) -> CheckpointData:
    word = text(row.get("logistics_status"), 64)
    return CheckpointData(
        at=moment(row.get("update_time")),
        text=text(row.get("description"), 500),
        status=EVENTS.get(word.upper()),
        platform_status=word,
    )


def _package_status(word: str, way: Sequence[CheckpointData]) -> str:
    """Return our status of the package; one that was fetched and seen again since is on its way."""
    status = STATUSES.get(word, "")
    if status != "picked_up":
        return status
    seen = [event.status for event in way if event.status in (LEFT, OUT_FOR_DELIVERY)]
    if OUT_FOR_DELIVERY in seen:
        return "out_for_delivery"
    return "in_transit" if len(seen) > 1 else status
