"""Descriptions as plain text, and texts cut to what a platform takes."""

import re
from decimal import Decimal
from html.parser import HTMLParser

_TEXT_BLOCKS = ("p", "div", "br", "hr", "li", "ul", "ol", "dt", "dd", "blockquote", "pre", "figure", "figcaption")
_BLOCKS = frozenset((*_TEXT_BLOCKS, "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article"))
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0002fa1f]")


_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_LATIN_ENDS = "\u0250"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")
        if tag == "li":
            self.parts.append("- ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(re.sub(r"\s+", " ", data))


def plain_text(html: str) -> str:
    """Return a sanitised description as lines of text, without pictures and without more than one empty line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[ \u00a0]+", " ", line).strip() for line in "".join(reader.parts).split("\n")]
    lines = [line for line in lines if line != "-"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def length(text: str, wide_character: Decimal = Decimal(1)) -> Decimal:
    """Return how many characters of a limit a text takes, where a Chinese, Japanese or Korean one takes more."""
    wide = len(_WIDE.findall(text))
    return len(text) + wide * (wide_character - 1)


def shorten(text: str, most: Decimal | None, wide_character: Decimal = Decimal(1)) -> str:
    """Return as much of the text as the limit takes, cut between words or lines where that loses little."""
    if most is None or length(text, wide_character) <= most:
        return text
    kept, taken = 0, Decimal(0)
    for character in text:
        taken += length(character, wide_character)
        if taken > most:
            break
        kept += 1
    cut = text[:kept]
    if not text[kept].isspace():
        at = max(cut.rfind(" "), cut.rfind("\n"))
        cut = cut[:at] if at > kept // 2 else cut
    return cut.rstrip()


def has_chinese(text: str) -> bool:
    """Tell whether a text has Chinese letters."""
    return bool(_CHINESE.search(text))


def language_problem(text: str) -> str:
    """Return "foreign" for a text with letters that are neither Latin nor Chinese, "mixed" for one with both, or ""."""
    letters = [letter for letter in text if letter.isalpha()]
    chinese = sum(1 for letter in letters if _CHINESE.match(letter))
    latin = sum(1 for letter in letters if letter < _LATIN_ENDS)
    if chinese + latin < len(letters):
        return "foreign"
    return "mixed" if chinese and latin else ""


def amount(value: Decimal) -> str:
    """Return a number for people: without the zeros that only a column adds."""
    return f"{value.normalize():f}"
