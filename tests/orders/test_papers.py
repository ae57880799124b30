"""Paper for the warehouse: every label once and in order, slips, the pick list, letters of many scripts."""

import re
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pypdf import PdfReader, PdfWriter
from reportlab.pdfgen.canvas import Canvas

from accounts.errors import Refused
from integrations import leases
from orders.models import Label
from orders.services import papers
from orders.services.binding import Binder, Unbindable
from orders.services.letters import CHINESE, JAPANESE, KOREAN, LATIN, barcode, paragraph, runs, sheets
from orders.services.picking import in_pick_order
from tests.factories_orders import make_line, make_order, make_package, make_purchase, make_sold_variant

DUE = datetime(2026, 11, 25, tzinfo=UTC)


def pdf(*texts: str, size=(288, 432)) -> bytes:
    out = BytesIO()
    canvas = Canvas(out, pagesize=size)
    for text in texts:
        canvas.drawString(20, 400, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def zipped(**files: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return out.getvalue()


def texts(content: bytes) -> list[str]:
    return [page.extract_text().strip() for page in PdfReader(BytesIO(content), strict=True).pages]


def packed(number: str, content: bytes | None = None, *, sku="A", warehouse="W1", due=DUE, pieces=1, **line):
    """Make a package with a label, ready to be printed."""
    order = make_order(external_id=f"O-{number}")
    make_line(order, make_sold_variant(sku=sku), quantity=pieces, **line)
    purchase = make_purchase(order, warehouse_id=warehouse)
    package = make_package(order, external_id=number, purchase=purchase, ship_by=due)
    if content is not None:
        Label.objects.create(package=package, status="ready", content=content, content_type="application/pdf")
    return package


# --- labels


@pytest.mark.django_db
def test_labels_come_once_in_the_order_of_picking_and_are_noted():
    fourth = packed("P4", pdf("four"), warehouse="W2", sku="A")
    third = packed("P3", pdf("three, first", "three, second"), sku="B")
    second = packed("P2", pdf("two"), sku="A", due=DUE + timedelta(days=1))
    first = packed("P1", pdf("one"), sku="A")
    before = leases.now()
    content = papers.merged_labels([fourth, third, second, first, third])
    assert texts(content) == ["one", "two", "three, first", "three, second", "four"]
    assert Label.objects.filter(printed_at__gte=before).count() == 4


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"<html>to print in a browser</html>", "It can't be read as PDF"),
        (pdf("cut off")[:400], "It can't be read as PDF"),
        (zipped(readme_txt=b"nothing"), "the archive holds no label"),
        (b"PK\x03\x04 broken", "It can't be read as PDF"),
        (b"", "It is not there yet. Ask for it first."),
        (None, "It is not there yet. Ask for it first."),
    ],
    ids=["html", "cut", "zip without", "broken zip", "empty", "none"],
)
def test_a_label_that_can_not_be_read_is_replaced_by_a_page_that_says_so(content, why):
    packages = [packed("P1", pdf("one")), packed("P2", content), packed("P3", pdf("three"))]
    first, second, third = texts(papers.merged_labels(packages))
    assert (first, third) == ("one", "three")
    for told in ("A label is missing here", "P2", "O-P2", why):
        assert told in second.replace("\n", " ")
    printed = Label.objects.exclude(printed_at=None).values_list("package__external_id", flat=True)
    assert set(printed) == {"P1", "P3"}


@pytest.mark.django_db
def test_a_label_that_is_made_anew_is_not_printed_as_it_was():
    package = packed("P1", pdf("old number"))
    package.label.status = "wanted"
    package.label.save()
    (page,) = texts(papers.merged_labels([package]))
    assert "A label is missing here" in page


@pytest.mark.django_db
def test_an_archive_gives_all_its_labels():
    package = packed("P1", zipped(b_pdf=pdf("second"), a_PDF=pdf("first"), c_txt=b"no"))
    assert texts(papers.merged_labels([package])) == ["first", "second"]


@pytest.mark.django_db
def test_nothing_is_nothing_to_print():
    with pytest.raises(Refused, match="Choose at least one package") as caught:
        papers.merged_labels([])
    assert caught.value.field == "packages"


@pytest.mark.django_db
def test_queries_do_not_grow_with_packages_beyond_the_batches():
    packages = [packed(f"P{number}", pdf(str(number))) for number in range(20)]
    counts = []
    for many in (2, 20):
        with CaptureQueriesContext(connection) as seen:
            papers.merged_labels(packages[:many])
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_binding_keeps_sizes_pictures_and_turned_pages():
    writer = PdfWriter()
    page = writer.add_page(PdfReader(BytesIO(pdf("turned", size=(420, 595)))).pages[0])
    page.rotate(90)
    turned, out = BytesIO(), BytesIO()
    writer.write(turned)
    with Binder(out) as binder:
        assert binder.add(pdf("one", "two")) == 2
        assert binder.add(turned.getvalue()) == 1
        with pytest.raises(Unbindable):
            binder.add(pdf("never")[:300])
        assert binder.add(pdf("last")) == 1
    pages = PdfReader(out, strict=True).pages
    assert [page.extract_text().strip() for page in pages] == ["one", "two", "turned", "last"]
    assert [tuple(page.mediabox[2:]) for page in pages] == [(288, 432), (288, 432), (420, 595), (288, 432)]
    assert [page.rotation for page in pages] == [0, 0, 90, 0]
    assert binder.pages == 4


def test_a_locked_file_opens_where_it_asks_for_no_password():
    out, locked, closed = BytesIO(), BytesIO(), BytesIO()
    for password, file in (("", locked), ("secret", closed)):
        writer = PdfWriter(clone_from=BytesIO(pdf("locked")))
        writer.encrypt(user_password=password, owner_password="owner", algorithm="AES-256")
        writer.write(file)
    with Binder(out) as binder:
        binder.add(locked.getvalue())
        with pytest.raises(Unbindable):
            binder.add(closed.getvalue())
    assert texts(out.getvalue()) == ["locked"]


# --- slips and lists


@pytest.mark.django_db
def test_a_slip_tells_what_is_in_the_package():
    second = packed("P2", sku="B-2", pieces=3, name="Mug", variant_name="Blue")
    first = packed("P1", sku="A-1")
    pages = texts(papers.packing_slips([second, first]))
    assert len(pages) == 2
    for told in ("Packing slip", "P1", "O-P1", "A-1", "Tote bag", "Aisyah binti Ahmad", "94600 Asajaya", "1 pieces"):
        assert told in pages[0]
    for told in ("P2", "B-2", "Mug · Blue", "3 pieces"):
        assert told in pages[1]


@pytest.mark.django_db
def test_the_pick_list_adds_up_what_lies_on_one_shelf():
    packages = [
        packed("P1", sku="A-1", pieces=2), packed("P2", sku="A-1"), packed("P3", sku="B-1"),
        packed("P4", sku="A-1", warehouse="W2", pieces=4),
    ]  # fmt: skip
    first, second = texts(papers.pick_list(packages))
    assert "Pick list: W1" in first
    assert "4 pieces" in first
    assert "P1 × 2\nP2 × 1" in first
    assert "P3 × 1" in first
    assert "P4" not in first
    assert "Pick list: W2" in second
    assert "P4 × 4" in second


@pytest.mark.django_db
def test_packages_without_a_purchase_or_lines_have_a_place_too():
    bare = make_package(make_order(), external_id="BARE")
    late, soon = packed("P2"), packed("P1")
    assert [package.external_id for package in in_pick_order([late, soon, bare])] == ["BARE", "P2", "P1"]
    assert "BARE" in texts(papers.packing_slips([bare]))[0]
    assert texts(papers.pick_list([bare])) == ["The packages hold nothing."]


# --- letters


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Plain – “text” €5 & <b>", [(LATIN, "Plain – “text” €5 & <b>")]),
        ("李雷 Tote 包", [(CHINESE, "李雷"), (LATIN, " Tote "), (CHINESE, "包")]),
        ("서울시 強南", [(KOREAN, "서울시"), (LATIN, " "), (KOREAN, "強南")]),
        ("東京かばん", [(JAPANESE, "東京かばん")]),
        ("Nguyễn Đường", [(LATIN, "Nguyen Duong")]),
        ("e\u0301te\u0301", [(LATIN, "été")]),
        ("กรุงเทพ", [(LATIN, "?" * 6)]),
        ("", []),
    ],
    ids=["latin", "chinese", "korean", "japanese", "vietnamese", "combined", "thai", "empty"],
)
def test_each_letter_has_a_font_that_holds_it(text, expected):
    assert runs(text) == expected


def test_a_page_holds_letters_of_four_scripts_without_a_font_file():
    content = sheets(
        "Test", [paragraph("Tote & <bag>"), paragraph("帆布包" * 60), paragraph("가방"), paragraph("かばん")]
    )
    (page,) = PdfReader(BytesIO(content)).pages
    fonts = {name.decode() for name in re.findall(rb"/BaseFont /([A-Za-z0-9-]+)", content)}
    assert {CHINESE, KOREAN, JAPANESE, LATIN} <= fonts
    assert "Tote & <bag>" in page.extract_text()
    assert b"/FontFile" not in content


def test_a_barcode_fits_the_page_whatever_it_holds():
    assert barcode("OFG190000000000001").width < 220
    assert barcode("X" * 60).width < 220
    assert barcode("包-1").__class__.__name__ == "Paragraph"
    assert barcode("").__class__.__name__ == "Paragraph"
