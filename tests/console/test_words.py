"""The console's words in Chinese and Korean: complete, compiled, and with the same blanks to fill in."""

import re
from pathlib import Path

import polib
import pytest

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["zh_Hans", "ko"]
CONSOLE = ("templates/", "catalog/admin/", "config/frame.py", "config/dashboard.py", "config/unfold_words.py")
BLANK = re.compile(r"%\(\w+\)(?:\.\d+)?[sdf]|\{\w*\}")


def catalog_of(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.po"))


def said_in(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_console_is_translated(language):
    of_console = [
        entry for entry in catalog_of(language) if any(place.startswith(CONSOLE) for place, _line in entry.occurrences)
    ]
    assert len(of_console) > 250
    assert [entry.msgid for entry in of_console if not entry.translated()] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_templates_is_in_the_catalog(language):
    known = {entry.msgid for entry in catalog_of(language)}
    texts = {
        text
        for page in (ROOT / "templates").rglob("*.html")
        for quote in "\"'"
        for text in re.findall(rf"{{% translate {quote}([^{quote}]+){quote}", page.read_text())
    }
    assert texts - known == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_fill_in_the_same_blanks(language):
    wrong = [
        entry.msgid
        for entry in catalog_of(language)
        for said in said_in(entry)
        if said and sorted(BLANK.findall(said)) != sorted(BLANK.findall(entry.msgid))
    ]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_compiled_catalog_is_the_written_one(language):
    written = catalog_of(language)
    compiled = polib.mofile(str(ROOT / "locale" / language / "LC_MESSAGES" / "django.mo"))

    def told(entries):
        return {(entry.msgctxt, entry.msgid): said_in(entry) for entry in entries if all(said_in(entry))}

    assert told(compiled) == told(written)
    assert not [entry.msgid for entry in written if "fuzzy" in entry.flags]
