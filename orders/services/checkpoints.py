"""What carriers say of parcels, kept once; packages, orders and customs papers follow what it means."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Count, Max, Q
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from integrations import jobs, leases
from integrations.sold import CheckpointData, TrackData
from orders.machines import PACKAGE, PackageStatus
from orders.models import Package, TrackingEvent

from . import customs, moves, standing

BY = "tracking"
SUPPLIER, MARKETPLACE = "supplier", "marketplace"  # who says it

NOTHING_KNOWN, OUT_FOR_DELIVERY, DELIVERED, ANOMALY = 0, 10, 12, 13
ON_THE_WAY = range(1, 10)
WORDS: dict[int, str | Promise] = {
    NOTHING_KNOWN: gettext_lazy("Nothing known yet"),
    1: gettext_lazy("Left the warehouse"),
    2: gettext_lazy("Received by the forwarder"),
    3: gettext_lazy("Returned by the forwarder"),
    4: gettext_lazy("Left the forwarder"),
    5: gettext_lazy("On the first leg"),
    6: gettext_lazy("Arrived in the destination country"),
    7: gettext_lazy("Customs clearance started"),
    8: gettext_lazy("Customs clearance completed"),
    9: gettext_lazy("Taken over at the terminal"),
    OUT_FOR_DELIVERY: gettext_lazy("Out for delivery"),
    11: gettext_lazy("Waiting to be collected"),
    DELIVERED: gettext_lazy("Signed for"),
    ANOMALY: gettext_lazy("Failure or anomaly"),
    14: gettext_lazy("Returned"),
}

ENDED = (PackageStatus.DELIVERED, PackageStatus.FAILED, PackageStatus.CANCELLED)
MANY_ATTEMPTS = 2  # of delivery, after which a person should speak with the buyer
LATE_AFTER = timedelta(days=3)  # beyond what the route takes
SHORTEST_PAUSE, LONGEST_PAUSE = timedelta(hours=2), timedelta(days=1)
PAUSE_AT_THE_DOOR = timedelta(hours=4)
_COLUMNS = (
    *("tracking_status", "last_mile_carrier", "last_mile_number", "carrier_name", "attempts", "problem", "facts"),
    *("shipped_at", "delivered_at", "expected_at", "track_after"),
)


def words(status: int | None) -> str:
    """Return in the reader's language where a parcel is; empty for a number that is not documented."""
    return "" if status is None else str(WORDS.get(status, ""))


def keep(told: Mapping[int, TrackData | str | None], *, source: str) -> int:
    """Keep what was told of packages, by primary key, and return how many have another status now.

    None: nothing was told. A text: why it could not be told. All or nothing of it is saved; what is known already
    changes nothing but the time of the next look.
    """
    with transaction.atomic():
        jobs.hold()
        packages = list(
            Package.objects.select_for_update(of=("self",))
            .filter(pk__in=told)
            .select_related("order", "purchase", "customs")
            .order_by("pk")
        )
        new = _new_events(packages, told, source)
        TrackingEvent.objects.bulk_create([event for events in new.values() for event in events])
        last = _last_news(packages)
        moved = []
        for package in packages:
            data, (heard, attempts) = told[package.pk], last.get(package.pk, (None, 0))
            _write(package, data, new.get(package.pk, []), attempts, source)
            if isinstance(data, TrackData) and _follow(package, data, source):
                moved.append(package)
            package.track_after = None if package.status in ENDED else _look_again(package, heard)
        Package.objects.bulk_update(packages, _COLUMNS)
        for order in {package.order_id: package.order for package in moved}.values():
            standing.settle(order, by=BY, why=_("Its parcels have moved."))
    return len(moved)


# --- checkpoints


def _new_events(
    packages: Iterable[Package], told: Mapping[int, TrackData | str | None], source: str
) -> dict[int, list[TrackingEvent]]:
    """Return the checkpoints that are not kept yet, by package."""
    kept = set(TrackingEvent.objects.filter(package__in=packages).values_list("package_id", "key"))
    found: dict[int, list[TrackingEvent]] = {}
    for package in packages:
        data = told[package.pk]
        if not isinstance(data, TrackData):
            continue
        for point in data.checkpoints or _said(package, data, source):
            key = _key(source, point)
            if (package.pk, key) not in kept:
                kept.add((package.pk, key))
                found.setdefault(package.pk, []).append(_event(package, point, source, key))
    return found


def _said(package: Package, data: TrackData, source: str) -> tuple[CheckpointData, ...]:
    """Make a checkpoint of a bare status that differs from what is known; of nothing known none is made."""
    if not data.platform_status or data.status == NOTHING_KNOWN:
        return ()
    if _shown(package, source) == data.platform_status or (data.status and data.status == package.tracking_status):
        return ()
    at = data.delivered_at or leases.now()
    text = data.platform_status
    return (CheckpointData(at=at, text=text, status=data.status, platform_status=text[:64]),)


def _shown(package: Package, source: str) -> str:
    told = package.facts.get("tracked")
    return str(told.get(source, "")) if isinstance(told, dict) else ""


def _key(source: str, point: CheckpointData) -> str:
    at = point.at.isoformat() if point.at else ""
    return sha256("\n".join((source, at, point.platform_status, point.text, point.place)).encode()).hexdigest()


def _event(package: Package, point: CheckpointData, source: str, key: str) -> TrackingEvent:
    return TrackingEvent(
        package=package,
        source=source,
        at=point.at,
        status=point.status,
        platform_status=point.platform_status[:64],
        text=point.text[:500],
        place=point.place[:200],
        key=key,
    )


def _last_news(packages: Iterable[Package]) -> dict[int, tuple[datetime | None, int]]:
    """Return when each package was last heard of, and how often it went out for delivery."""
    out = Count("pk", filter=Q(status=OUT_FOR_DELIVERY))
    rows = TrackingEvent.objects.filter(package__in=packages).order_by().values("package_id")
    return {row["package_id"]: (row["last"], row["out"]) for row in rows.annotate(last=Max("at"), out=out)}


# --- what it means


def _write(
    package: Package, data: TrackData | str | None, new: list[TrackingEvent], attempts: int, source: str
) -> None:
    """Set the package's columns; its status is another matter."""
    facts = {name: value for name, value in package.facts.items() if name != "not_tracked"}
    if isinstance(data, TrackData):
        facts["tracked"] = {**facts.get("tracked", {}), source: data.platform_status}
        _write_told(package, data, new, attempts, source)
    elif data:
        facts["not_tracked"] = data[:500]
    package.facts = facts
    if package.shipped_at and package.expected_at is None and package.purchase and package.purchase.days_high:
        package.expected_at = package.shipped_at + timedelta(days=package.purchase.days_high) + LATE_AFTER


def _write_told(package: Package, data: TrackData, new: list[TrackingEvent], attempts: int, source: str) -> None:
    status = meaning(data, source)
    if data.status is not None:
        package.tracking_status = data.status
    elif status and package.tracking_status not in ON_THE_WAY:
        package.tracking_status = None  # it moves, nobody says where
    package.last_mile_carrier = data.last_mile_carrier or package.last_mile_carrier
    package.last_mile_number = data.last_mile_number or package.last_mile_number
    package.carrier_name = package.carrier_name or data.carrier_name
    if status and status != PackageStatus.FAILED:
        package.shipped_at = package.shipped_at or _first_moved(data) or leases.now()
    tried_again = attempts > package.attempts and attempts >= MANY_ATTEMPTS
    package.attempts = max(package.attempts, attempts)
    if status == PackageStatus.DELIVERED:
        package.delivered_at = package.delivered_at or data.delivered_at or leases.now()
        package.problem = ""
    elif problem := _problem(data, new, status, tried_again):
        package.problem = problem


def _first_moved(data: TrackData) -> datetime | None:
    return min((point.at for point in data.checkpoints if point.at and point.status in ON_THE_WAY), default=None)


def _problem(data: TrackData, new: list[TrackingEvent], status: str, tried_again: bool) -> str:
    """Return what a person has to see to; empty where nothing new went wrong."""
    wrong = [event for event in new if event.status == ANOMALY]
    said = _last_words(data)
    if status == PackageStatus.FAILED:
        return _("The parcel will not arrive (%(said)s). Ask the carrier, and tell the buyer.") % {"said": said}
    if wrong:
        return _(
            "Something went wrong on the way (%(said)s). Ask the carrier, and tell the buyer if it takes long."
        ) % {"said": wrong[-1].text or wrong[-1].platform_status}
    if tried_again:
        return _("Delivery was tried more than once. Ask the buyer whether the address and the phone are right.")
    return ""


def _last_words(data: TrackData) -> str:
    texts = [point.text for point in data.checkpoints if point.text]
    return texts[-1] if texts else data.platform_status or words(data.status)


def meaning(data: TrackData, source: str) -> str:
    """Return the status of the package that this tells; empty where it tells none.

    A supplier's anomaly is something on the way, from which parcels come back; what was returned, and what the
    marketplace has given up, has failed.
    """
    status = data.package_status if data.package_status in PACKAGE.by_platform else ""
    if status == PackageStatus.FAILED and source == SUPPLIER and data.status == ANOMALY:
        return ""
    return status


def _follow(package: Package, data: TrackData, source: str) -> bool:
    """Bring a package, and its clearance, to where they are; return whether the package is elsewhere now."""
    if declaration := getattr(package, "customs", None):
        customs.follow(declaration, data.status)
    status = meaning(data, source)
    if not status or status == package.status:
        return False
    return moves.follow(package, status, why=_last_words(data), by=BY)


def _look_again(package: Package, heard: datetime | None) -> datetime:
    """Return when to look again: after an eighth of the time since the last news, sooner near the door."""
    now = leases.now()
    quiet = now - (heard or package.shipped_at or package.created_at)
    longest = PAUSE_AT_THE_DOOR if package.tracking_status == OUT_FOR_DELIVERY else LONGEST_PAUSE
    return now + min(max(quiet / 8, SHORTEST_PAUSE), longest)
