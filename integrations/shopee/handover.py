"""Parcels handed over: how they can be, arranged once, their tracking numbers and their way (Shopee: logistics)."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from integrations.errors import Duplicate, Invalid, Rejected, UnexpectedReply
from integrations.sold import Arrangement, ParcelOutcome, ParcelRef, TrackData, Way

from .calls_logistics import MOST_PARCELS, PICKUP
from .chunks import chunked
from .client import Client
from .codes_orders import ALREADY_SHIPPED
from .outcomes import Row, failed, outcome
from .parcel_mappers import to_parcel, to_shipment, to_track, to_ways
from .parsing import ident, mapping, records, text


def ways(client: Client, parcel: ParcelRef) -> list[Way]:
    """Read the ways in which a parcel can be handed over."""
    reply = client.logistics.get_shipping_parameter(parcel.order_id, _number(parcel))
    if not isinstance(reply.get("info_needed"), dict):
        raise UnexpectedReply(_("Shopee's answer does not say how the parcel can be shipped."))
    return to_ways(reply)


def arrange(client: Client, parcel: ParcelRef, how: Arrangement) -> None:
    """Arrange shipping, once: where Shopee says that it is arranged, it is looked at, and then that is no error."""
    way, details = to_shipment(how)
    try:
        client.logistics.ship_order(parcel.order_id, way, details, package_number=_number(parcel))
    except Duplicate as refusal:
        if refusal.code != ALREADY_SHIPPED or not _is_arranged(client, parcel):
            raise


def rearrange(client: Client, parcel: ParcelRef, how: Arrangement) -> None:
    """Let a parcel be fetched at another time or place."""
    way, details = to_shipment(how)
    if way != PICKUP:
        raise Invalid(_("Only a pick-up can be arranged again, not “%(kind)s”.") % {"kind": how.kind}, field="kind")
    client.logistics.update_shipping_order(parcel.order_id, details, package_number=_number(parcel))


def tracking_numbers(client: Client, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
    """Read tracking numbers, many in a call where the packages' own numbers are known.

    A call takes packages of one channel and place, those of its first. The others it refuses: they go into a next call
    as long as calls get on, and one by one in the end, which tells why one has none.
    """
    found: dict[str, Row] = {}
    for chunk in chunked((parcel.package_id for parcel in parcels if parcel.package_id), MOST_PARCELS):
        waiting = list(dict.fromkeys(chunk))
        while len(waiting) > 1 and (told := _numbers_of(client, waiting)):
            found |= told
            waiting = [number for number in waiting if number not in told]
    return [
        _number_told(parcel, found[parcel.package_id]) if parcel.package_id in found else _number_of_one(client, parcel)
        for parcel in parcels
    ]


def track(client: Client, parcel: ParcelRef) -> TrackData:
    """Read the events on a parcel's way."""
    return to_track(mapping(client.logistics.get_tracking_info(parcel.order_id, _number(parcel))), parcel)


def _number(parcel: ParcelRef) -> str:
    """Return a package's number where it must be said: for split orders alone."""
    if not parcel.is_split:
        return ""
    if not parcel.package_id:
        raise Invalid(
            _("Order %(order)s is split: say which of its packages is meant.") % {"order": parcel.order_id},
            field="package_id",
        )
    return parcel.package_id


def _numbers_of(client: Client, packages: Sequence[str]) -> dict[str, Row]:
    rows = records(client.logistics.get_mass_tracking_number(packages).get("success_list"))
    return {number: row for row in rows if (number := ident(row.get("package_number"))) in packages}


def _number_of_one(client: Client, parcel: ParcelRef) -> ParcelOutcome:
    try:
        told = client.logistics.get_tracking_number(parcel.order_id, _number(parcel))
    except Rejected as refusal:
        return failed(parcel, refusal)
    return _number_told(parcel, told)


def _number_told(parcel: ParcelRef, told: Row) -> ParcelOutcome:
    return outcome(parcel, text=text(told.get("tracking_number"), 100), reason=text(told.get("hint"), 500))


def _is_arranged(client: Client, parcel: ParcelRef) -> bool:
    package_id = parcel.package_id
    if not package_id:
        orders = records(client.order.get_order_detail([parcel.order_id]).get("order_list"))
        packages = [ident(row.get("package_number")) for order in orders for row in records(order.get("package_list"))]
        package_id = packages[0] if len(packages) == 1 else ""
    if not package_id:
        return False
    rows = records(client.order.get_package_detail([package_id]).get("package_list"))
    found = (to_parcel(row) for row in rows)
    return any(one is not None and one.external_id == package_id and one.arranged for one in found)
