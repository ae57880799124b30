"""Paper of many packages at once: labels in one file, slips, the pick list; and what crosses a border with them."""

import zipfile
from collections.abc import Iterable
from io import BytesIO
from tempfile import TemporaryFile
from typing import BinaryIO

from django.utils.translation import gettext as _

from integrations import leases
from orders.models import Label, Package

from .binding import Binder, Unbindable
from .export_papers import commercial_invoice, customs_declaration
from .letters import HEAD, barcode, facts, paragraph, sheets, space
from .picking import in_pick_order, packing_slips, pick_list

__all__ = [
    "commercial_invoice",
    "customs_declaration",
    "merged_labels",
    "packing_slips",
    "pick_list",
    "write_labels",
]

LABELS_TOGETHER = 20  # that are held in memory at once
LARGEST_UNPACKED = 50 * 2**20  # bytes in one archive


def merged_labels(packages: Iterable[Package]) -> bytes:
    """Return the labels of packages as one PDF in pick order, and note that they were printed.

    A label that is not there or can't be read is replaced by a page that says so, and is not noted as printed.
    """
    with TemporaryFile() as file:
        write_labels(packages, file)
        file.seek(0)
        return file.read()


def write_labels(packages: Iterable[Package], file: BinaryIO) -> int:
    """Do it into a file, holding few of them in memory; return how many labels are missing."""
    ordered, printed = in_pick_order(packages), list[int]()
    with Binder(file) as binder:
        for start in range(0, len(ordered), LABELS_TOGETHER):
            some = ordered[start : start + LABELS_TOGETHER]
            labels = {label.package_id: label for label in Label.objects.filter(package__in=some)}
            for package in some:
                label = labels.get(package.pk)
                if _bind(binder, package, label) and label is not None:
                    printed.append(label.pk)
    for start in range(0, len(printed), 500):
        Label.objects.filter(pk__in=printed[start : start + 500]).update(printed_at=leases.now())
    return len(ordered) - len(printed)


def _bind(binder: Binder, package: Package, label: Label | None) -> bool:
    """Bind a package's label, or a page that says why it is missing; return whether it is there."""
    if label is None or label.status != Label.Status.READY or not label.content:
        binder.add(_missing(package, _("It is not there yet. Ask for it first.")))
        return False
    try:
        for document in _documents(label):
            binder.add(document)
    except Unbindable as problem:
        words = _("It can't be read as PDF (%(reason)s). Open it on the package's page, or ask for it again.")
        binder.add(_missing(package, words % {"reason": str(problem)[:200]}))
        return False
    return True


def _documents(label: Label) -> list[bytes]:
    """Return the PDF files of a label; raise Unbindable where it is something else."""
    content = bytes(label.content or b"")
    if content[:4] != b"PK\x03\x04":
        return [content]
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = sorted(entry.filename for entry in archive.infolist() if entry.filename.lower().endswith(".pdf"))
            size = sum(archive.getinfo(name).file_size for name in names)
            if not names or size > LARGEST_UNPACKED:
                raise Unbindable(_("the archive holds no label") if not names else _("the archive is too large"))
            return [archive.read(name) for name in names]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as problem:
        raise Unbindable(str(problem)) from problem


def _missing(package: Package, why: str) -> bytes:
    """Return the page that stands for a label."""
    number = package.external_id or f"P{package.pk}"
    story = [
        paragraph(_("A label is missing here"), HEAD),
        barcode(number),
        space(),
        facts([(_("Package"), number), (_("Order"), package.order.external_id), (_("Why"), why)]),
    ]
    return sheets(_("Label missing"), story)
