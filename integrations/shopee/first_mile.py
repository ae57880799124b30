"""First mile: numbers under which a shop's parcels go to Shopee's warehouse in CN or KR (Shopee: first_mile)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from integrations.errors import Invalid, Rejected, UnexpectedReply
from integrations.sold import FirstMile, ParcelOutcome, ParcelRef

from .calls_first_mile import DROPOFF, PICKUP, REGIONS, SHOPEE_CHANNEL
from .client import Client
from .codes_orders import NO_FIRST_MILE, PACKAGE_BOUND, PACKAGE_UNBOUND
from .outcomes import as_named, of_each, outcome
from .paging import MOST_PAGES
from .parsing import flag, ident, integer, records, text, texts
from .settings import read_region
from .shops import Shops


class FirstMileDesk:
    """What the shops of an account do about first mile."""

    def __init__(self, shops: Shops) -> None:
        self._shops = shops

    def is_needed(self, shop_id: str) -> bool:
        """Tell whether a shop sends through Shopee's warehouse: its merchant is in CN or KR, and it has the right."""
        region = "" if self._shops.account.is_shop else self._region()
        if region not in REGIONS:
            return False
        try:
            self._shops.client(shop_id).first_mile.get_channel_list(region)
        except Rejected as refusal:
            if refusal.code in NO_FIRST_MILE:
                return False
            raise
        return True

    def numbers(self, shop_id: str, declared_on: str, count: int) -> list[str]:
        """Make numbers for a day. After a lost answer make others: numbers without parcels mean nothing."""
        calls = self._shops.client(shop_id).first_mile
        reply = calls.generate_first_mile_tracking_number(declared_on, quantity=count)
        found = list(texts(reply.get("first_mile_tracking_number_list"), 64))
        if not found:
            raise UnexpectedReply(_("Shopee's answer holds no first-mile number."))
        return found

    def bind(
        self,
        shop_id: str,
        number: str,
        parcels: Sequence[ParcelRef],
        *,
        method: str,
        region: str,
        carrier_id: str,
        place_id: str,
    ) -> list[ParcelOutcome]:
        """Put parcels under a number; those that are under this very one already are no failures."""
        client = self._shops.client(shop_id)
        region = region.upper() or self._region()
        reply = client.first_mile.bind_first_mile_tracking_number(
            number,
            [as_named(parcel) for parcel in parcels],
            shipment_method=method,
            region=region,
            **_destination(client, region, method, carrier_id, place_id),
        )
        told = of_each(parcels, records(reply.get("order_list")), lambda parcel, _row: outcome(parcel))
        if not any(one.code == PACKAGE_BOUND for one in told):
            return told
        bound = _bound(client, number)
        return [
            replace(one, done=True, code="", reason="")
            if one.code == PACKAGE_BOUND and _is_among(parcel, bound)
            else one
            for parcel, one in zip(parcels, told, strict=True)
        ]

    def unbind(self, shop_id: str, number: str, parcels: Sequence[ParcelRef]) -> list[ParcelOutcome]:
        """Take parcels from a number; those that are under none are no failures."""
        calls = self._shops.client(shop_id).first_mile
        reply = calls.unbind_first_mile_tracking_number(number, [as_named(parcel) for parcel in parcels])
        told = of_each(parcels, records(reply.get("order_list")), lambda parcel, _row: outcome(parcel))
        return [replace(one, done=True, code="", reason="") if one.code == PACKAGE_UNBOUND else one for one in told]

    def _region(self) -> str:
        return self._shops.account.region.upper() or read_region(self._shops.merchant)

    def look(self, shop_id: str, number: str) -> FirstMile:
        """Read a number; Shopee calls one that it does not know NOT_AVAILABLE."""
        reply = self._shops.client(shop_id).first_mile.get_detail(number)
        return FirstMile(
            number=text(reply.get("first_mile_tracking_number"), 64) or number,
            platform_status=text(reply.get("status"), 32),
            method=text(reply.get("shipment_method"), 20),
            declared_on=text(reply.get("declare_date"), 10),
        )


def _destination(client: Client, region: str, method: str, carrier_id: str, place_id: str) -> dict[str, Any]:
    """Return who brings the parcels and to which warehouse, as the method asks for it."""
    if method == PICKUP:
        return {"logistics_channel_id": SHOPEE_CHANNEL}
    if method != DROPOFF:
        return {"logistics_channel_id": None}
    channels = [
        (ident(row.get("logistics_channel_id")), text(row.get("logistics_channel_name"), 100))
        for row in records(client.first_mile.get_channel_list(region).get("logistics_channel_list"))
        if text(row.get("shipment_method"), 20) == DROPOFF
    ]
    found: dict[str, Any] = {"logistics_channel_id": _chosen("carrier_id", carrier_id, channels)}
    if region != "CN":
        return found
    reply = client.first_mile.get_transit_warehouse_list(region, shipment_method=DROPOFF)
    rows = {text(row.get("warehouse_id"), 64): row for row in records(reply.get("transit_warehouse_list"))}
    names = [(place, text(row.get("warehouse_name_en"), 100)) for place, row in rows.items()]
    place = _chosen("place_id", place_id, names)
    return found | {"warehouse_id": place, "warehouse_type": integer(rows[place].get("warehouse_type")) or 0}


def _chosen(name: str, wanted: str, choices: Sequence[tuple[str, str]]) -> str:
    """Return what was chosen, or the only thing that there is; Invalid tells the choices."""
    known = [choice for choice, _name in choices]
    if wanted in known:
        return wanted
    if not wanted and len(known) == 1:
        return known[0]
    raise Invalid(
        _("%(name)s must be one of %(choices)s, but is “%(value)s”.")
        % {
            "name": name,
            "choices": ", ".join(f"{choice} ({shown})" for choice, shown in choices) or _("none"),
            "value": wanted[:60],
        },
        field=name,
    )


def _bound(client: Client, number: str) -> set[tuple[str, str]]:
    """Read which parcels are under a number, as order and package."""
    found: set[tuple[str, str]] = set()
    cursor = ""
    for _page in range(MOST_PAGES):
        reply = client.first_mile.get_detail(number, cursor=cursor)
        for row in records(reply.get("order_list")):
            found.add((ident(row.get("order_sn")), ident(row.get("package_number"))))
        following = text(reply.get("next_cursor"), 2000)
        if not flag(reply.get("more")) or not following or following == cursor:
            break
        cursor = following
    return found


def _is_among(parcel: ParcelRef, bound: set[tuple[str, str]]) -> bool:
    if parcel.is_split:
        return (parcel.order_id, parcel.package_id) in bound
    return any(order_id == parcel.order_id for order_id, _package in bound)
