"""A label as it was downloaded, made fit to be kept: packed ones unpacked, pages counted. Pure."""

import io
import zipfile
from dataclasses import dataclass

from django.utils.translation import gettext as _
from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError

from accounts.errors import Refused
from integrations.sold import LabelFile

PDF, HTML, ZIP = "application/pdf", "text/html", "application/zip"
LARGEST = 20 * 1024 * 1024
MOST_FILES = 50


class UnreadableLabel(Refused):
    """What the marketplace sent as a label is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A label that can be kept. `pages` of a document for a browser are not known."""

    content: bytes
    content_type: str
    pages: int | None = None


def read(file: LabelFile) -> Sheet:
    """Return a downloaded label as one document; raise UnreadableLabel where it is empty, broken or something else."""
    content = file.content
    if not content or len(content) > LARGEST:
        raise UnreadableLabel(
            _("The marketplace's label is empty or too large (%(size)d bytes).") % {"size": len(content)}
        )
    if content.startswith(b"PK"):
        return _unpacked(content)
    if content.lstrip()[:5] == b"%PDF-":
        return Sheet(content=content, content_type=PDF, pages=_pages(content))
    if file.content_type.startswith(HTML):
        return Sheet(content=content, content_type=HTML)
    words = _("The marketplace's label is neither PDF nor HTML, but “%(kind)s”.")
    raise UnreadableLabel(words % {"kind": file.content_type[:60]})


def _pages(content: bytes) -> int:
    try:
        pages = len(PdfReader(io.BytesIO(content)).pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableLabel(
            _("The marketplace's label can't be read: %(why)s") % {"why": str(error)[:200]}
        ) from error
    if not pages:
        raise UnreadableLabel(_("The marketplace's label has no page."))
    return pages


def _unpacked(content: bytes) -> Sheet:
    """Return what a packed label holds: its PDF documents as one, or its only HTML."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            infos = [info for info in archive.infolist() if not info.is_dir()]
            if len(infos) > MOST_FILES or sum(info.file_size for info in infos) > LARGEST:
                raise UnreadableLabel(_("The marketplace's packed label is too large."))
            found = [archive.read(info) for info in infos]
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableLabel(_("The marketplace's packed label can't be read.")) from error
    sheets = [each for each in found if each.lstrip()[:5] == b"%PDF-"]
    if len(sheets) == 1:
        return Sheet(content=sheets[0], content_type=PDF, pages=_pages(sheets[0]))
    if sheets:
        return _joined(sheets)
    if len(found) == 1 and b"<html" in found[0][:2000].lower():
        return Sheet(content=found[0], content_type=HTML)
    raise UnreadableLabel(_("The marketplace's packed label holds no PDF."))


def _joined(sheets: list[bytes]) -> Sheet:
    writer = PdfWriter()
    for sheet in sheets:
        _pages(sheet)
        writer.append(io.BytesIO(sheet))
    out = io.BytesIO()
    writer.write(out)
    return Sheet(content=out.getvalue(), content_type=PDF, pages=len(writer.pages))
