"""The marketplace's labels: number waited for, document asked for, waited for, loaded and kept.

Nothing here costs money or can't be repeated: a document that is asked for twice is the same document.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Shop
from integrations import jobs, leases
from integrations.errors import NotFound, OutcomeUnknown, RateLimited, Rejected, TokenExpired, Unavailable
from integrations.gateways import order_channel_for
from integrations.models import Lane, SyncJob
from integrations.sold import OrderChannel, ParcelOutcome, ParcelRef
from orders.machines import PackageStatus
from orders.models import Label, Package

from . import label_files, parcels, waybills
from .tables import Table

FIRST_LOOK_S = 60.0  # after arranging; the number takes minutes
NUMBER_S, DOCUMENT_S = 300.0, 20.0  # between two looks at first; later looks come less and less often
LONGEST_S = 3600.0
MOST_ATTEMPTS = 3
GIVE_UP = timedelta(days=2)
BY = "labels"
_OPEN = (Label.Status.WANTED, Label.Status.REQUESTED)
_PRINTABLE = (PackageStatus.CREATED, PackageStatus.PROCESSING, PackageStatus.READY_FOR_PICKUP)


# --- the wish


@transaction.atomic
def request_labels(packages: Iterable[Package], by: str = "") -> Table[Package]:
    """Ask for labels, or for those that failed once more; raise Refused where none of the packages can have one."""
    table: Table[Package] = Table()
    rows = Package.objects.filter(pk__in=[package.pk for package in packages]).select_related("order__shop__account")
    for package in rows.order_by("pk"):
        reason = _why_not(package)
        if reason:
            table.refused.append((package, reason))
        else:
            table.taken.append(package)
    table.check()
    want(table.taken)
    for shop in {package.order.shop for package in table.taken}:
        table.jobs.append(request_fetch(shop, by=by))
    return table


def want(packages: Sequence[Package]) -> None:
    """Write that labels are wanted; those that are there or under way stay, those that failed begin anew."""
    now = leases.now()
    new = [Label(package=package, requested_at=now) for package in packages]
    Label.objects.bulk_create(new, ignore_conflicts=True)
    failed = Label.objects.filter(package__in=packages, status=Label.Status.FAILED)
    failed.update(status=Label.Status.WANTED, attempts=0, problem="", requested_at=now)


def request_fetch(shop: Shop, *, by: str = "", delay: float = 0) -> SyncJob:
    """Ask for the labels that are wanted in a shop to be fetched."""
    return jobs.enqueue(
        "orders.tasks.fetch_labels",
        key=f"labels:{shop.pk}",
        lane=Lane.ORDERS,
        account=shop.account,
        shop=shop,
        delay=delay,
        requested_by=by,
        shop_id=shop.pk,
    )


def _why_not(package: Package) -> str:
    if package.is_gone or package.status == PackageStatus.CANCELLED:
        return _("%(package)s is not there any more.") % {"package": package}
    if package.arranged_at is None:
        return _("Arrange the shipping of %(package)s first: its label comes after that.") % {"package": package}
    if package.status not in _PRINTABLE:
        return _("%(package)s has left already: the marketplace gives no label for it any more.") % {"package": package}
    return ""


# --- the work


def fetch(shop_id: int) -> int:
    """Bring a shop's labels as far as they go now, and return how many were loaded; come back for those that wait."""
    shop = Shop.objects.select_related("account").get(pk=shop_id)
    desk = _Desk(shop, order_channel_for(shop.account))
    desk.give_up()
    for step in (desk.read_numbers, desk.read_types, desk.request, desk.load):
        step()
        if jobs.should_yield():
            raise jobs.Again(0, progressed=bool(desk.moved))
    if desk.pauses:
        raise jobs.Again(min(desk.pauses), progressed=bool(desk.moved))
    return desk.loaded


class _Desk:
    """A shop's open labels in one turn: many parcels in each call."""

    def __init__(self, shop: Shop, channel: OrderChannel) -> None:
        self.shop, self.channel = shop, channel
        self.pauses: list[float] = []
        self.moved = self.loaded = 0

    def _open(self) -> QuerySet[Label]:
        rows = Label.objects.filter(package__order__shop=self.shop, package__is_gone=False, status__in=_OPEN)
        return rows.defer("content").select_related("package__order", "package__purchase").order_by("pk")

    def _numbered(self) -> QuerySet[Label]:
        return self._open().filter(status=Label.Status.WANTED).exclude(package__tracking_number="")

    def give_up(self) -> None:
        """Set aside what has waited for days: a person has to look."""
        words = _("The marketplace has not made it within two days. Look there, then ask for it again.")
        for label in self._open().filter(requested_at__lt=leases.now() - GIVE_UP):
            _fail(label, words)

    def read_numbers(self) -> None:
        """Read the tracking numbers that are not known yet; with its number a package is ready to be fetched."""
        rows = [label for label in self._open().filter(package__tracking_number="") if label.package.arranged_at]
        numbered = []
        for label, told in self._ask(rows, self.channel.tracking_numbers):
            if told.done and told.text:
                _change_package(label, tracking_number=told.text[:100])
                numbered.append(label.package)
                self.moved += 1
            elif told.done:
                self._wait(label.requested_at, NUMBER_S)
            else:
                self._again(label, told.reason)
        if numbered:
            parcels.read(numbered, self.channel, self.shop, by=BY)

    def read_types(self) -> None:
        """Read which type of document each parcel has."""
        for label, told in self._ask(list(self._numbered().filter(document_type="")), self.channel.document_types):
            if told.done and told.text:
                _change(label, document_type=told.text[:40])
            else:
                self._again(label, told.reason or _("The marketplace names no kind of label for this parcel."))

    def request(self) -> None:
        """Have documents made for the numbers that are known."""
        rows = list(self._numbered().exclude(document_type=""))
        for label, told in self._ask(rows, self.channel.request_documents):
            if told.done:
                number = label.package.tracking_number
                _change(
                    label, status=Label.Status.REQUESTED, tracking_number=number, requested_at=leases.now(), problem=""
                )
                self.moved += 1
            else:
                self._again(label, told.reason)

    def load(self) -> None:
        """Load the documents that are ready; have those made anew that failed, a few times."""
        rows = list(self._open().filter(status=Label.Status.REQUESTED))
        for label, told in self._ask(rows, self.channel.documents_ready):
            if told.done and told.text == "ready":
                self._load(label)
            elif told.done:
                self._wait(label.requested_at, DOCUMENT_S)
            else:
                self._again(label, told.reason)

    def _load(self, label: Label) -> None:
        try:
            sheet = label_files.read(self.channel.download_document(self.shop.external_id, _ref(label)))
        except (RateLimited, TokenExpired):
            raise
        except Unavailable:
            self._wait(label.requested_at, DOCUMENT_S)
        except (NotFound, Rejected, label_files.UnreadableLabel) as refusal:
            self._again(label, str(refusal))
        else:
            _keep(label, sheet)
            self.loaded += 1
            self.moved += 1

    def _ask(
        self, labels: Sequence[Label], call: Callable[[str, Sequence[ParcelRef]], list[ParcelOutcome]]
    ) -> Iterable[tuple[Label, ParcelOutcome]]:
        """Ask about parcels, many at once; a call that does not get through leaves its parcels for the next turn."""
        for start in range(0, len(labels), self.channel.most_parcels):
            chunk = labels[start : start + self.channel.most_parcels]
            try:
                told = call(self.shop.external_id, [_ref(label) for label in chunk])
            except OutcomeUnknown:  # asked for once more by the next turn
                self.pauses.append(DOCUMENT_S)
                continue
            yield from zip(chunk, told, strict=True)

    def _again(self, label: Label, reason: str) -> None:
        """Begin anew with a label that failed, a few times; then a person has to look."""
        attempts = label.attempts + 1
        if attempts >= MOST_ATTEMPTS:
            _change(label, status=Label.Status.FAILED, attempts=attempts, problem=reason)
            return
        _change(label, status=Label.Status.WANTED, attempts=attempts, problem=reason)
        self.pauses.append(DOCUMENT_S)

    def _wait(self, since: datetime | None, first: float) -> None:
        """Come back later; the longer it lasts already, the later."""
        age = (leases.now() - since).total_seconds() if since else 0
        self.pauses.append(min(max(first, age / 2), LONGEST_S))


def _ref(label: Label) -> ParcelRef:
    return replace(parcels.ref_of(label.package), document_type=label.document_type)


def _change(label: Label, **changes: object) -> None:
    with transaction.atomic():
        jobs.hold()
        Label.objects.filter(pk=label.pk).update(**changes)
    for name, value in changes.items():
        setattr(label, name, value)


def _change_package(label: Label, **changes: object) -> None:
    with transaction.atomic():
        jobs.hold()
        Package.objects.filter(pk=label.package_id).update(**changes)
    for name, value in changes.items():
        setattr(label.package, name, value)


def _fail(label: Label, problem: str) -> None:
    _change(label, status=Label.Status.FAILED, problem=problem)


def _keep(label: Label, sheet: label_files.Sheet) -> None:
    """Keep a label, and have it handed to the supplier where that is whose parcel it is."""
    with transaction.atomic():
        _change(
            label,
            status=Label.Status.READY,
            content=sheet.content,
            content_type=sheet.content_type,
            pages=sheet.pages,
            sha256=hashlib.sha256(sheet.content).hexdigest(),
            fetched_at=leases.now(),
            printed_at=None,
            problem="",
        )
        waybills.request_for([label.package], by=BY)
