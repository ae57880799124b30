"""Many small PDF files bound into one: each is in memory no longer than until it is written."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from types import TracebackType
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject

CATALOG, PAGES = 1, 2  # numbers of the objects that are written last
# What pypdf raises where a file is not what it says that it is.
_BROKEN = (
    *(PyPdfError, ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError),
    *(RecursionError, NotImplementedError, EOFError, OSError, zlib.error),
)


class Unbindable(Exception):
    """This is no PDF file that can be read; nothing of it was bound."""


class Binder:
    """Write a PDF into a file, page by page of others. To be used with `with`: at its end the file is complete."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.pages = file, 0
        self._places: dict[int, int] = {}  # number of an object → where it stands in the file
        self._kids: list[int] = []
        self._last = PAGES

    def __enter__(self) -> "Binder":
        self.file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._finish()

    def add(self, content: bytes) -> int:
        """Bind all pages of a PDF file and return how many; raise Unbindable, having written none of them."""
        try:
            document = _copy_of(content)
            written = self._written(document)
        except _BROKEN as problem:
            raise Unbindable(str(problem) or type(problem).__name__) from problem
        for number, body in written:
            self._write(number, body)
        self.pages += len(document.pages)
        return len(document.pages)

    def _written(self, document: PdfWriter) -> list[tuple[int, bytes]]:
        """Return a document's objects as they go into the file, under their new numbers."""
        copying = _Copying(document, self._last)
        pages = [copying.number_of(page.indirect_reference) for page in document.pages if page.indirect_reference]
        written = [(number, copying.body_of(found)) for number, found in copying.rest()]
        self._kids += pages
        self._last = copying.last
        return written

    def _write(self, number: int, body: bytes) -> None:
        self._places[number] = self.file.tell()
        self.file.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")

    def _finish(self) -> None:
        kids = b" ".join(b"%d 0 R" % number for number in self._kids)
        self._write(PAGES, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(self._kids), kids))
        self._write(CATALOG, b"<< /Type /Catalog /Pages %d 0 R >>" % PAGES)
        start, size = self.file.tell(), self._last + 1
        self.file.write(b"xref\n0 %d\n0000000000 65535 f \n" % size)
        for number in range(1, size):
            self.file.write(b"%010d 00000 n \n" % self._places[number])
        self.file.write(b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, CATALOG, start))


def _copy_of(content: bytes) -> PdfWriter:
    """Return a document that holds the pages of a file and what they need, and nothing else."""
    reader, document = PdfReader(BytesIO(content)), PdfWriter()
    if reader.is_encrypted:
        reader.decrypt("")
    document.append(reader, import_outline=False)
    if not document.pages:
        raise ValueError("there is no page in it")
    return document


class _Copying:
    """Give the objects of one document new numbers, each as it is met."""

    def __init__(self, document: PdfWriter, last: int) -> None:
        self.document, self.last = document, last
        tree = document.root_object.raw_get("/Pages")
        self._numbers: dict[int, int] = {tree.idnum: PAGES}  # the parent of all pages is written at the end
        self._waiting: list[tuple[int, int]] = []

    def number_of(self, reference: IndirectObject) -> int:
        """Return the new number of an object, which is copied once."""
        if reference.idnum not in self._numbers:
            self.last += 1
            self._numbers[reference.idnum] = self.last
            self._waiting.append((self.last, reference.idnum))
        return self._numbers[reference.idnum]

    def rest(self) -> Iterator[tuple[int, PdfObject | None]]:
        """Give what is still to be copied, while there is more."""
        while self._waiting:
            number, old = self._waiting.pop()
            yield number, self.document.get_object(old)

    def body_of(self, found: PdfObject | None) -> bytes:
        """Return an object as it is written, everything that it names under new numbers."""
        if found is None:
            return b"null"
        out = BytesIO()
        self._renumbered(found).write_to_stream(out)
        return out.getvalue()

    def _renumbered(self, found: PdfObject) -> PdfObject:
        if isinstance(found, IndirectObject):
            return IndirectObject(self.number_of(found), 0, self.document)
        if isinstance(found, DictionaryObject):
            for name in list(found):
                found[name] = self._renumbered(found.raw_get(name))
        elif isinstance(found, ArrayObject):
            found[:] = [self._renumbered(each) for each in found]
        return found
