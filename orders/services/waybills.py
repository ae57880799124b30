"""The marketplace's label handed to the supplier who packs the parcel, once for each label, after payment.

An upload is announced at the package. Whether one got through is seen by the tracking number that the supplier has.
"""

import re
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from integrations import jobs, leases
from integrations.bought import Buyer, PurchaseData, WaybillFile
from integrations.errors import Rejected
from integrations.gateways import buyer_for
from integrations.models import Lane, SyncJob
from orders.machines import PackageStatus, PurchaseStatus
from orders.models import Label, Package, PurchaseOrder

from . import standing
from .announcing import announce, change, settled
from .label_files import PDF
from .rounds import Round

UPLOAD = "upload"
BY = "waybill"
_ENDINGS = {PDF: "pdf", "image/png": "png", "image/jpeg": "jpg"}
_WORD = re.compile(r"[\W_]+")


class NotUploadable(Refused):
    """The supplier can't be given this label."""


# --- the wish


def request_upload(purchase: PurchaseOrder, *, by: str = "") -> SyncJob:
    """Ask for a purchase's label to be handed to its supplier; raise NotUploadable where there is none to hand in."""
    package = _package_of(purchase)
    reason = why_not(package)
    if reason:
        raise NotUploadable(reason)
    Package.objects.filter(pk=package.pk).update(problem="")
    return _queue(purchase.account, by)


def request_upload_of(package: Package, *, carrier: str = "", by: str = "") -> SyncJob:
    """Do it for a package; `carrier`: whose label it is, where a person has to say that."""
    if package.purchase is None:
        raise NotUploadable(why_not(package))
    return choose_carrier(package.purchase, carrier, by) if carrier else request_upload(package.purchase, by=by)


def request_for(packages: Sequence[Package], *, by: str = "") -> list[SyncJob]:
    """Ask for the labels of these packages to be handed in as far as their purchases are paid."""
    return _queue_all(_due().filter(pk__in=[package.pk for package in packages]), by)


def request_due(shop: Shop, *, by: str = "") -> list[SyncJob]:
    """Ask for all labels of a shop to be handed in that suppliers wait for."""
    return _queue_all(_due().filter(order__shop=shop, problem=""), by)


def _queue_all(rows: QuerySet[Package], by: str) -> list[SyncJob]:
    accounts = PlatformAccount.objects.filter(pk__in=rows.order_by().values("purchase__account"))
    return [_queue(account, by) for account in accounts.order_by("pk")]


def request_uploads(account: PlatformAccount, *, by: str = "") -> SyncJob | None:
    """Ask for all labels to be handed in that are ready and whose purchases at this supplier are paid; None: none."""
    return _queue(account, by) if _due().filter(purchase__account=account).exists() else None


def _queue(account: PlatformAccount, by: str) -> SyncJob:
    return jobs.enqueue(
        "orders.tasks.upload_waybills",
        key=f"waybills:{account.pk}",
        lane=Lane.ORDERS,
        account=account,
        requested_by=by,
        account_id=account.pk,
    )


def choose_carrier(purchase: PurchaseOrder, carrier: str, by: str) -> SyncJob:
    """Say whose label it is, in the words of the warehouse's list, and have it handed in."""
    if not carrier.strip():
        raise Refused(_("Name a carrier of the warehouse's list."), field="carrier")
    change(purchase, label_carrier=carrier.strip()[:100])
    return request_upload(purchase, by=by)


def why_not(package: Package) -> str:
    """Say why a package's label can't be handed in now; empty where it can."""
    purchase, label = package.purchase, Label.objects.defer("content").filter(package=package).first()
    if purchase is None or purchase.label != PurchaseOrder.Label.MARKETPLACE:
        return _("%(package)s is not sent under the marketplace's label.") % {"package": package}
    if purchase.status != PurchaseStatus.PAID:
        words = _("%(purchase)s is “%(status)s”: the supplier takes a label when it is paid and has not left.")
        return words % {"purchase": purchase, "status": purchase.get_status_display()}
    if label is None or label.status != Label.Status.READY:
        return _("The label of %(package)s is not there yet.") % {"package": package}
    return ""


def _due() -> QuerySet[Package]:
    """Return the packages whose label is ready, and is not what their paid purchase's supplier has."""
    rows = Package.objects.filter(
        is_gone=False,
        purchase__label=PurchaseOrder.Label.MARKETPLACE,
        purchase__status=PurchaseStatus.PAID,
        label__status=Label.Status.READY,
        announced__in=("", UPLOAD),
    ).exclude(status=PackageStatus.CANCELLED)
    handed_in = Q(purchase__label_sha256=F("label__sha256"), purchase__label_number=F("label__tracking_number"))
    rows = rows.exclude(handed_in & Q(announced=""))
    return rows.select_related("order__shop", "purchase__account", "label").defer("label__content").order_by("pk")


# --- the work


def upload_due(account_id: int) -> int:
    """Hand in the labels that are ready, one by one, and return how many; what waits comes back."""
    account = PlatformAccount.objects.get(pk=account_id)
    buyer, turn = buyer_for(account), Round()
    for package in _due().filter(purchase__account=account, problem=""):
        with turn.one(package):
            _upload(package, buyer)
        turn.rest()
    turn.end()
    return turn.done


def upload(purchase_id: int) -> None:
    """Hand in the label of one purchase, or the one that took its place; nothing where the supplier has it."""
    purchase = PurchaseOrder.objects.select_related("account").get(pk=purchase_id)
    package = _due().filter(pk=_package_of(purchase).pk).first()
    if package is not None:
        _upload(package, buyer_for(purchase.account))


def _package_of(purchase: PurchaseOrder) -> Package:
    """Return the one package in which a purchase travels; raise NotUploadable for none or several."""
    rows = purchase.packages.filter(is_gone=False).exclude(status=PackageStatus.CANCELLED)
    packages = list(rows.select_related("order__shop", "purchase__account"))
    if len(packages) != 1:
        words = _("%(purchase)s travels in %(count)d packages, but the supplier takes one label for it.")
        raise NotUploadable(words % {"purchase": purchase, "count": len(packages)})
    return packages[0]


def _upload(package: Package, buyer: Buyer) -> None:
    purchase, label = package.purchase, package.label
    assert purchase is not None
    _package_of(purchase)
    if package.announced == UPLOAD and _has_arrived(purchase, label, buyer):
        _is_uploaded(package, purchase, label)
        return
    file = _file(label)
    carrier = _carrier(purchase, package, buyer)
    again = bool(purchase.label_number)
    if package.announced == UPLOAD:
        settled(package)
    announce(package, UPLOAD)
    change(purchase, label_carrier=carrier)
    try:
        buyer.upload_waybill(
            _as_known(purchase), carrier=carrier, tracking_number=label.tracking_number, file=file, again=again
        )
    except Rejected:
        if again or not _has_arrived(purchase, label, buyer):
            raise
    _is_uploaded(package, purchase, label)


def _has_arrived(purchase: PurchaseOrder, label: Label, buyer: Buyer) -> bool:
    """Tell whether the supplier has this label's number already, by an upload whose answer was lost."""
    if purchase.label_number == label.tracking_number:
        return False  # only the picture is another one: no look tells which of them is there
    found = buyer.find(purchase.external_id)
    return found is not None and found.tracking_number == label.tracking_number


def _is_uploaded(package: Package, purchase: PurchaseOrder, label: Label) -> None:
    with transaction.atomic():
        jobs.hold()
        told = {"label_sha256": label.sha256, "label_number": label.tracking_number}
        change(purchase, **told, tracking_number=label.tracking_number, seen_at=leases.now())
        settled(package, problem="")
        standing.settle(package.order, by=BY, why=_("The supplier has the label."))


def _as_known(purchase: PurchaseOrder) -> PurchaseData:
    aliases = dict(purchase.aliases.order_by("pk").values_list("kind", "value"))
    return PurchaseData(external_id=purchase.external_id, reference=purchase.reference, stage="paid", aliases=aliases)


def _file(label: Label) -> WaybillFile:
    ending = _ENDINGS.get(label.content_type)
    content = bytes(label.content or b"")
    if ending is None or not content:
        words = _("The marketplace's label is “%(kind)s”, but the supplier takes PDF, PNG or JPEG. Hand it in there.")
        raise NotUploadable(words % {"kind": label.content_type or _("empty")})
    name = f"{label.tracking_number or label.package_id}.{ending}"
    return WaybillFile(content=content, name=name, content_type=label.content_type)


def _carrier(purchase: PurchaseOrder, package: Package, buyer: Buyer) -> str:
    """Return whose label it is in the words of the warehouse's list; raise NotUploadable with that list."""
    if not purchase.warehouse_id:
        raise NotUploadable(_("%(purchase)s names no warehouse: choose one first.") % {"purchase": purchase})
    known = buyer.carriers_of(purchase.warehouse_id)
    for wanted in filter(None, (purchase.label_carrier, package.carrier_name, purchase.route)):
        found = fitting_carrier(wanted, known)
        if found:
            return found
    names = ", ".join(name for _id, name in known) or _("none")
    raise NotUploadable(
        _("The warehouse does not know the carrier “%(carrier)s”. Choose one of its own: %(names)s.")
        % {"carrier": purchase.label_carrier or package.carrier_name, "names": names}
    )


def fitting_carrier(wanted: str, known: Iterable[tuple[str, str]]) -> str:
    """Return the name of the carrier that is meant: the same, or the only one that is named within; else empty."""
    plain = _plain(wanted)
    rows = list(known)
    for ident, name in rows:
        if plain and plain in (_plain(name), _plain(ident)):
            return name
    within = {name for _id, name in rows if f" {_plain(name)} " in f" {plain} "}
    return within.pop() if len(within) == 1 else ""


def _plain(name: str) -> str:
    return _WORD.sub(" ", name.casefold()).strip()
