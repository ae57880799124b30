"""Sheets of paper as PDF, in Latin, Chinese, Japanese and Korean letters, without a font file.

Latin letters come from a font that every reader of PDF has, the others from those that it has for their script. Letters
of other scripts lose their marks (Vietnamese) or become question marks (Thai): none of these fonts holds them.
"""

import unicodedata
from collections.abc import Sequence
from html import escape
from io import BytesIO
from itertools import groupby
from typing import Any

from reportlab.graphics.barcode.code128 import Code128
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

LATIN, CHINESE, JAPANESE, KOREAN = "Helvetica", "STSong-Light", "HeiseiMin-W3", "HYSMyeongJo-Medium"
MARGIN = 15 * mm
WIDTH = A4[0] - 2 * MARGIN
_WIDEST_BARCODE = 75 * mm
_UNMARKED = str.maketrans({"đ": "d", "Đ": "D", "ł": "l", "Ł": "L", "ı": "i"})

for _name in (CHINESE, JAPANESE, KOREAN):
    pdfmetrics.registerFont(UnicodeCIDFont(_name))

BODY = ParagraphStyle("body", fontName=LATIN, fontSize=9, leading=12)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=10)
HEAD = ParagraphStyle("head", parent=BODY, fontSize=15, leading=20, spaceAfter=4 * mm)
_WRAPPED_ANYWHERE = {
    style.name: ParagraphStyle(style.name, parent=style, wordWrap="CJK") for style in (BODY, SMALL, HEAD)
}
_LINES = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)
_PLAIN = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])


def runs(text: str) -> list[tuple[str, str]]:
    """Return a text in pieces, each with the font that holds its letters."""
    letters = "".join(_shown(letter) for letter in unicodedata.normalize("NFC", text))
    scripts = {_script(letter) for letter in letters}
    east = next((font for font in (KOREAN, JAPANESE) if font in scripts), CHINESE)
    pieces = groupby(letters, key=lambda letter: east if _script(letter) else LATIN)
    return [(font, "".join(piece)) for font, piece in pieces]


def _script(letter: str) -> str:
    """Return the font of an East Asian letter; empty: it is none."""
    code = ord(letter)
    if 0xAC00 <= code <= 0xD7A3 or 0x1100 <= code <= 0x11FF or 0x3130 <= code <= 0x318F:
        return KOREAN
    if 0x3040 <= code <= 0x30FF:
        return JAPANESE
    if 0x2E80 <= code <= 0x303F or 0x3400 <= code <= 0x9FFF or 0xF900 <= code <= 0xFAFF or 0xFF00 <= code <= 0xFFEF:
        return CHINESE
    return ""


def _shown(letter: str) -> str:
    """Return a letter as one of our fonts can show it."""
    if _script(letter) or _is_latin(letter):
        return letter
    bare = unicodedata.normalize("NFKD", letter.translate(_UNMARKED))
    kept = "".join(part for part in bare if not unicodedata.combining(part))
    if not kept and unicodedata.combining(letter):
        return ""
    return "".join(part if _is_latin(part) else "?" for part in kept)


def _is_latin(letter: str) -> bool:
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return letter.isprintable() or letter == "\n"


def paragraph(text: object, style: ParagraphStyle = BODY) -> Paragraph:
    """Return a text that wraps; line breaks stay."""
    found = runs(str(text))
    marked = "".join(
        escape(piece, quote=False) if font == LATIN else f'<font name="{font}">{escape(piece, quote=False)}</font>'
        for font, piece in found
    ).replace("\n", "<br/>")
    is_latin = all(font == LATIN for font, _piece in found)
    return Paragraph(marked, style if is_latin else _WRAPPED_ANYWHERE[style.name])


def barcode(text: str, *, height: float = 10 * mm) -> Flowable:
    """Return a text as Code 128, legible below; a text that Code 128 does not hold is written only."""
    if not text or not text.isascii() or not text.isprintable():
        return paragraph(text)
    code = Code128(text, barHeight=height, barWidth=0.33 * mm, humanReadable=True, quiet=False)
    if code.width > _WIDEST_BARCODE:
        narrow = 0.33 * mm * _WIDEST_BARCODE / code.width
        code = Code128(text, barHeight=height, barWidth=narrow, humanReadable=True, quiet=False)
    return code


def rows(head: Sequence[object], lines: Sequence[Sequence[Any]], shares: Sequence[float]) -> Table:
    """Return a table with a head on each page; `shares`: the parts of the width that its columns take."""
    cells = [[cell if isinstance(cell, Flowable) else paragraph(cell) for cell in line] for line in (head, *lines)]
    widths = [WIDTH * share / sum(shares) for share in shares]
    return Table(cells, colWidths=widths, repeatRows=1, style=_LINES, hAlign="LEFT")


def facts(pairs: Sequence[tuple[object, object]]) -> Table:
    """Return names and values side by side; empty values are left out."""
    told = [(name, value) for name, value in pairs if value not in (None, "")]
    cells = [
        [paragraph(name, SMALL), value if isinstance(value, Flowable) else paragraph(value)] for name, value in told
    ]
    return Table(cells or [["", ""]], colWidths=[WIDTH * 0.22, WIDTH * 0.78], style=_PLAIN, hAlign="LEFT")


def space(height: float = 4) -> Flowable:
    """Return so many millimetres of nothing."""
    return Spacer(1, height * mm)


def sheets(title: str, story: list[Flowable]) -> bytes:
    """Return what is told as pages of A4."""
    out = BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN)
    SimpleDocTemplate(out, pagesize=A4, title=title, author="Crossdock", **margins).build(story)
    return out.getvalue()


def address_of(address: dict[str, Any]) -> str:
    """Return an address as it is written on a letter."""
    place = " ".join(str(address.get(name) or "") for name in ("zip_code", "city")).strip()
    parts = [
        address.get("name"),
        *(address.get("lines") or ()),
        *(address.get(name) for name in ("town", "district")),
        place,
        address.get("state"),
        address.get("country_code"),
        address.get("phone"),
    ]
    return "\n".join(str(part) for part in parts if part)
