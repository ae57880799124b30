"""Labels as they are downloaded: PDF, packed, for a browser, or none at all."""

import io
import zipfile

import pytest
from pypdf import PdfReader, PdfWriter

from integrations.sold import LabelFile
from orders.services import label_files
from orders.services.label_files import UnreadableLabel


def pdf(pages: int = 1) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    for number in range(pages):
        writer.add_blank_page(width=100 + number, height=150)
    writer.write(out)
    return out.getvalue()


def packed(**files: bytes) -> LabelFile:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return LabelFile(content=out.getvalue(), content_type="application/zip")


def test_pages_are_counted():
    content = pdf(3)
    sheet = label_files.read(LabelFile(content=content, content_type="application/pdf"))
    assert (sheet.content, sheet.content_type, sheet.pages) == (content, "application/pdf", 3)


def test_what_it_is_is_seen_by_its_content():
    assert label_files.read(LabelFile(content=pdf(), content_type="text/html")).content_type == "application/pdf"


def test_a_packed_label_is_unpacked_and_several_become_one():
    one = pdf(2)
    assert label_files.read(packed(a=one)).content == one
    joined = label_files.read(packed(a=pdf(1), b=pdf(2), note=b"hello"))
    assert (joined.content_type, joined.pages) == ("application/pdf", 3)
    assert [int(page.mediabox.width) for page in PdfReader(io.BytesIO(joined.content)).pages] == [100, 100, 101]


def test_a_label_for_a_browser_is_kept_as_it_is():
    page = b"<!DOCTYPE html><html><body>Label</body></html>"
    sheet = label_files.read(LabelFile(content=page, content_type="text/html"))
    assert (sheet.content, sheet.content_type, sheet.pages) == (page, "text/html", None)
    assert label_files.read(packed(a=page)).content_type == "text/html"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (LabelFile(content=b"", content_type="application/pdf"), r"empty or too large \(0 bytes\)"),
        (LabelFile(content=b"%PDF-1.4 and nothing", content_type="application/pdf"), "can't be read"),
        (LabelFile(content=pdf(0), content_type="application/pdf"), "has no page"),
        (LabelFile(content=b"{}", content_type="application/json"), "but “application/json”"),
        (LabelFile(content=b"PK\x03\x04 broken", content_type="application/zip"), "packed label can't be read"),
        (packed(note=b"hello"), "holds no PDF"),
        (packed(a=pdf(), b=b"%PDF-1.4 broken"), "can't be read"),
    ],
)
def test_what_is_no_label_is_refused_with_its_reason(file, words):
    with pytest.raises(UnreadableLabel, match=words):
        label_files.read(file)
