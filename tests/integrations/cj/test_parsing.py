"""Numbers, dates, lists and ids in every form that CJ has for them (cj.md §5-§8)."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from integrations.cj import parsing
from integrations.cj.parsing import Notes
from integrations.contracts import PriceRange

HUGE = 10**4000  # Python refuses to write one of 4301 digits; from JSON it can't come
MOMENT = datetime(2025, 3, 29, 3, 16, 54, tzinfo=UTC)


def money(low: str, high: str = "") -> PriceRange:
    return PriceRange(low=Decimal(low), high=Decimal(high or low))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (58.09, money("58.09")),
        (Decimal("58.09"), money("58.09")),
        (3, money("3")),
        ("2.40", money("2.40")),
        ("$2.40", money("2.40")),
        ("1,234.50", money("1234.50")),
        ("0.97-4.08", money("0.97", "4.08")),
        ("11.16 -- 12.28", money("11.16", "12.28")),
        ("13.91 - 55.85", money("13.91", "55.85")),
        ("14.58-3.63", money("3.63", "14.58")),
        (0.1 + 0.2, money("0.3000")),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_prices(value, expected):
    notes = Notes()
    assert parsing.money(value, notes, "sellPrice") == expected
    assert notes.all() == ()


@pytest.mark.parametrize(
    ("value", "oddity"),
    [
        ("NaN", "unreadable"),
        ("Infinity", "unreadable"),
        (float("nan"), "unreadable"),
        (float("inf"), "unreadable"),
        ("free", "unreadable"),
        ("1_000", "unreadable"),
        ("1e999999999", "unreadable"),
        ("9" * 5000, "unreadable"),
        (True, "unreadable"),
        ([1], "unreadable"),
        ({}, "unreadable"),
        (-5, "out-of-range"),
        ("-0.01", "out-of-range"),
        (10**14, "out-of-range"),
        (HUGE, "unreadable"),
    ],
)
def test_what_is_no_price_is_none_and_noted(value, oddity):
    notes = Notes()
    assert parsing.money(value, notes, "sellPrice") is None
    assert notes.all() == (f"sellPrice:{oddity}",)


def test_weights_may_be_ranges_and_come_with_two_places():
    assert parsing.measures("280.00-1900.00") == (Decimal("280.00"), Decimal("1900.00"))
    assert [str(each) for each in parsing.measures("1500.0")] == ["1500.00", "1500.00"]
    assert parsing.measure("280-1900") == Decimal("1900.00")
    assert parsing.measures(None) == (None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("285", 285),
        (7, 7),
        ("12.0", 12),
        (12.0, 12),
        (Decimal("3"), 3),
        (2**31 - 1, 2**31 - 1),
        ("", None),
        (None, None),
    ],
)
def test_counts(value, expected):
    assert parsing.integer(value) == expected


@pytest.mark.parametrize("value", [2**31, -1, "1.5", "many", True, [], HUGE, float("nan")])
def test_what_is_no_count_is_none(value):
    notes = Notes()
    assert parsing.integer(value, notes, "listedNum") is None
    assert len(notes.all()) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2021-08-18T09:16:33+08:00", datetime(2021, 8, 18, 1, 16, 33, tzinfo=UTC)),
        ("2019-12-31T11:14:12.000+00:00", datetime(2019, 12, 31, 11, 14, 12, tzinfo=UTC)),
        ("2025-03-29T03:16:54Z", MOMENT),
        ("2021-08-23 11:31:45", datetime(2021, 8, 23, 11, 31, 45, tzinfo=UTC)),
        (1743218214000, MOMENT),
        (1743218214, MOMENT),
        (1743218214.0, MOMENT),
        (Decimal("1743218214000"), MOMENT),
        ("1743218214000", MOMENT),
        ("1743218214", MOMENT),
        ("", None),
        (None, None),
    ],
)
def test_dates(value, expected):
    notes = Notes()
    assert parsing.when(value, notes, "createTime") == expected
    assert notes.all() == ()


@pytest.mark.parametrize(
    "value",
    [
        "0001-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-08:00",
        "搜品失败",
        "2021-13-01",
        10**20,
        -(10**14),
        HUGE,
        "9" * 19,
        "٣",
        True,
        [],
        {},
        float("nan"),
        float("inf"),
        Decimal("NaN"),
        Decimal("1e400"),
        "1980-01-01 00:00:00",
    ],
)
def test_what_is_no_date_is_none_and_noted(value):
    notes = Notes()
    assert parsing.when(value, notes, "createTime") is None
    assert len(notes.all()) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{6709CCD7-0DC7-43B1-B310-17AB499E9B0A}", "6709CCD7-0DC7-43B1-B310-17AB499E9B0A"),
        (1536993287524069376, "1536993287524069376"),
        (Decimal("1536993287524069376"), "1536993287524069376"),
        (14461, "14461"),
        (1.0, "1"),
        (" a ", "a"),
        (True, ""),
        (1.5, ""),
        (1.5e18, ""),
        (None, ""),
        ([], ""),
        ("x" * 65, ""),
        ("{}", ""),
        ("\x00", ""),
        (HUGE, ""),
    ],
)
def test_ids_are_text_without_braces(value, expected):
    assert parsing.ident(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (0, False),
        ("1", True),
        ("0", False),
        ("TRUE", True),
        (Decimal(1), True),
        (None, None),
        ("", None),
        (2, None),
        ([], None),
    ],
)
def test_flags(value, expected):
    assert parsing.flag(value) is expected


def test_texts_lose_what_a_database_refuses_and_are_cut_with_a_note():
    notes = Notes()
    assert parsing.text(" a\x00b\ud800c ", 10) == "abc"
    assert parsing.text("猫耳朵卫衣", 3, notes, "name") == "猫耳朵"
    assert parsing.text({"a": 1}, 10, notes, "sku") == ""
    assert parsing.text(12, 10) == "12"
    assert notes.all() == ("name:cut", "sku:unreadable")


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("Gift Idea &amp;amp; More", "Gift Idea & More"),
        ("Mom&#39;s &quot;Best&quot;", 'Mom\'s "Best"'),
        ("5 > 3 & 2", "5 > 3 & 2"),
        (None, ""),
        (7, "7"),
    ],
)
def test_names_that_were_written_for_a_page_are_read_as_text(sent, read):
    assert parsing.title(sent, 100) == read


def test_json_inside_texts_is_read_and_broken_json_stays_text():
    assert parsing.embedded('["XS"]') == ["XS"]
    assert parsing.embedded("[XS") == "[XS"
    assert parsing.embedded("[" * 100_000) == "[" * 100_000
    assert parsing.texts('["","metal","metal"]', 100) == ("metal",)
    assert parsing.texts("metal", 100) == ("metal",)
    assert parsing.texts(None, 100) == ()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("https://a.b/1.jpg", ("https://a.b/1.jpg",)),
        ('["https://a.b/1.jpg","https://a.b/2.jpg","https://a.b/1.jpg"]', ("https://a.b/1.jpg", "https://a.b/2.jpg")),
        ("https://a.b/1.jpg,https://a.b/2,3.jpg", ("https://a.b/1.jpg", "https://a.b/2,3.jpg")),
        ("//a.b/1.jpg", ("https://a.b/1.jpg",)),
        (["https://a.b/1.jpg", None], ("https://a.b/1.jpg",)),
        ("", ()),
        (None, ()),
    ],
)
def test_pictures(value, expected):
    notes = Notes()
    assert parsing.urls(value, notes=notes, field="productImage") == expected
    assert notes.all() == ()


@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:image/png;base64,AAAA", "https://" + "a" * 1000, 5, "https://a b/c"]
)
def test_what_is_no_web_address_is_left_out_and_noted(value):
    notes = Notes()
    assert parsing.urls(value, notes=notes, field="productImage") == ()
    assert notes.all() == ("productImage:unreadable",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Women's Clothing / Tops & Sets / Hoodies", ("Women's Clothing", "Tops & Sets", "Hoodies")),
        ("A > B > C/D", ("A", "B", "C/D")),
        ("A/B", ("A", "B")),
        ("A", ("A",)),
        (None, ()),
    ],
)
def test_category_paths(value, expected):
    assert parsing.path_parts(value) == expected


@pytest.mark.parametrize(
    ("value", "count", "expected"),
    [
        ("Black", 1, ("Black",)),
        ("Black-XL", 2, ("Black", "XL")),
        ("T-Blue-S", 2, ("T-Blue-S",)),  # a value holds a hyphen: nobody can say which
        ("T-shirt", 1, ("T-shirt",)),
        ('["XS"]', 1, ("XS",)),
        ('["Black","XL"]', 0, ("Black", "XL")),
        (None, 2, ()),
    ],
)
def test_options_of_a_variant(value, count, expected):
    assert parsing.split_options(value, count) == expected


def test_notes_are_bounded_and_each_is_there_once():
    notes = Notes()
    for number in range(100):
        notes.add(f"field{number}", "cut")
        notes.add(f"field{number}", "cut")
    assert len(notes.all()) == parsing.MOST_NOTES


def test_facts_are_bounded_and_fit_for_a_json_column():
    wild = {
        "a\x00": "b\x00\ud800",
        "n": float("nan"),
        "i": HUGE,
        "d": Decimal("1.10"),
        "deep": [[[[1]]]],
        "long": list(range(999)),
    }
    kept = parsing.storable(wild)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    assert kept == {"a": "b", "n": None, "i": None, "d": "1.10", "deep": [[None]], "long": list(range(50))}
