"""How a parcel is handed over: the marketplace names its ways, and one of them is chosen."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from accounts.errors import Refused
from integrations.sold import Arrangement, HandoverPlace, Slot, Way

PICKUP, DROPOFF, OWN = "pickup", "dropoff", "own"


class NoFittingWay(Refused):
    """A person has to say how the parcel is handed over."""


def choose(
    ways: Sequence[Way], *, number: str = "", said: Arrangement | None = None, failed: Arrangement | None = None
) -> Arrangement:
    """Return how to hand a parcel over: as a person said, or fetched from the default address, or else brought.

    `number`: the tracking number of whoever brings it, where a way asks for one. `failed`: how it was to be fetched
    before, in vain: at another time then. Raise NoFittingWay where something has to be said that nobody has said.
    """
    by_kind = {way.kind: way for way in ways}
    said = said if said and said.kind else None
    if said is None:
        kind = next((kind for kind in (PICKUP, DROPOFF) if kind in by_kind), "")
    else:
        kind = said.kind
    if kind not in by_kind:
        words = _("This parcel can't be handed over by %(kind)s. Possible: %(kinds)s.")
        told = {"kind": kind or f"{PICKUP} / {DROPOFF}", "kinds": ", ".join(by_kind) or _("none")}
        raise NoFittingWay(words % told, field="kind")
    return _filled(by_kind[kind], said or Arrangement(kind=kind), number, failed)


def own(ways: Sequence[Way], *, number: str, carrier: str = "") -> Arrangement | None:
    """Return how to tell another carrier's tracking number; None where the marketplace takes none for this parcel."""
    way = next((way for way in ways if way.kind == OWN), None)
    if way is None:
        return None
    code = _carrier(way, Arrangement(kind=OWN), carrier) if "carrier_code" in way.needs else ""
    return Arrangement(kind=OWN, tracking_number=number, carrier_code=code)


def _filled(way: Way, said: Arrangement, number: str, failed: Arrangement | None) -> Arrangement:
    place = _place(way, said)
    number = said.tracking_number or number
    if "tracking_number" in way.needs and not number:
        words = _("This parcel needs a tracking number of the carrier who brings it.")
        raise NoFittingWay(words, field="tracking_number")
    if "sender_name" in way.needs and not said.sender_name:
        raise NoFittingWay(_("The branch asks who brings the parcel: give the sender's name."), field="sender_name")
    in_branch = way.kind == DROPOFF
    return Arrangement(
        kind=way.kind,
        place_id=place.external_id if place and not in_branch else "",
        slot_id=_slot(way, place, said, failed.slot_id if failed else ""),
        branch_id=place.external_id if place and in_branch else "",
        sender_name=said.sender_name,
        tracking_number=number if way.kind == OWN or "tracking_number" in way.needs else "",
        carrier_code=_carrier(way, said) if "carrier_code" in way.needs else "",
    )


def _place(way: Way, said: Arrangement) -> HandoverPlace | None:
    name = "branch_id" if way.kind == DROPOFF else "place_id"
    wanted = said.branch_id if way.kind == DROPOFF else said.place_id
    if not wanted and name not in way.needs:
        return None
    if wanted:
        place = next((place for place in way.places if place.external_id == wanted), None)
    elif way.kind == PICKUP:
        place = next((place for place in way.places if place.is_default), None) or next(iter(way.places), None)
    else:
        place = way.places[0] if len(way.places) == 1 else None
    if place is None:
        known = "; ".join(f"{place.external_id}: {place.text}" for place in way.places[:20]) or _("none")
        words = _("Say where the parcel is handed over. Possible: %(places)s.")
        raise NoFittingWay(words % {"places": known}, field=name)
    return place


def _slot(way: Way, place: HandoverPlace | None, said: Arrangement, failed: str) -> str:
    """Return when it is fetched: as said, at the recommended time, or at the first one; not when that failed before."""
    slots: tuple[Slot, ...] = place.slots if place else ()
    if said.slot_id:
        if said.slot_id in {slot.external_id for slot in slots}:
            return said.slot_id
        known = "; ".join(f"{slot.external_id}: {slot.text}" for slot in slots[:20]) or _("none")
        words = _("The parcel can't be fetched at that time. Possible: %(slots)s.")
        raise NoFittingWay(words % {"slots": known}, field="slot_id")
    if "slot_id" not in way.needs or not slots:
        return ""
    others = [slot for slot in slots if slot.external_id != failed] or list(slots)
    return next((slot for slot in others if slot.recommended), others[0]).external_id


def _carrier(way: Way, said: Arrangement, name: str = "") -> str:
    known = dict(way.carriers)
    if said.carrier_code in known:
        return said.carrier_code
    wanted = (said.carrier_code or name).casefold()
    named = [code for code, shown in way.carriers if wanted and wanted in (code.casefold(), shown.casefold())]
    if len(named) == 1:
        return named[0]
    if not said.carrier_code and len(known) == 1:
        return next(iter(known))
    told = "; ".join(f"{code}: {shown}" for code, shown in way.carriers) or _("none")
    words = _("Say which carrier brings the parcel. Possible: %(carriers)s.")
    raise NoFittingWay(words % {"carriers": told}, field="carrier_code")
