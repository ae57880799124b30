"""What Shopee writes for ids, times, weights and lists, and reading lists to their end."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.errors import UnexpectedReply
from integrations.shopee import paging, parsing
from integrations.shopee.parsing import Notes

NOW = datetime(2026, 1, 1, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (202011300000012008, "202011300000012008"),
        ("601306001", "601306001"),
        (Decimal("601306001.0"), "601306001"),
        (0, "0"),
        (None, ""),
        (True, ""),
        ([], ""),
    ],
)
def test_ids_are_texts(value, expected):
    assert parsing.ident(value) == expected


def test_an_id_of_zero_is_none_where_zero_means_none():
    assert [parsing.known_id(value) for value in (0, "0", None, 7, "7")] == ["", "", "", "7", "7"]


def test_times_are_unix_seconds_and_zero_is_none():
    assert parsing.moment(1767225600) == NOW
    assert parsing.moment("1767225600") == NOW
    notes = Notes()
    assert [parsing.moment(value, notes, "t") for value in (0, "0", None, "")] == [None] * 4
    assert notes.all() == ()
    assert parsing.moment("soon", notes, "t") is None
    assert notes.all() == ("t:unreadable",)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (14344, NOW + timedelta(seconds=14344)),
        ("14400", NOW + timedelta(hours=4)),
        (1767240000, datetime(2026, 1, 1, 4, tzinfo=UTC)),
        (0, None),
        (None, None),
        ("x", None),
        (-5, None),
    ],
)
def test_a_token_expires_after_seconds_or_at_a_point_in_time(value, expected):
    assert parsing.expiry(value, now=NOW) == expected


def test_weights_and_lengths_come_out_in_our_units():
    assert (parsing.grams("0.35"), parsing.grams(Decimal("1.2")), parsing.grams(None)) == (350, 1200, None)
    assert (parsing.millimeters(30), parsing.millimeters("2.5"), parsing.millimeters("")) == (300, 25, None)


def test_amounts_are_decimals_to_four_places():
    assert str(parsing.amount(Decimal("39.9"))) == "39.9000"
    notes = Notes()
    assert [parsing.amount(value, notes, "price") for value in (-1, "x", 10**20)] == [None] * 3
    assert notes.all() == ("price:out-of-range", "price:unreadable")


def test_null_lists_are_empty_and_what_is_no_object_is_left_out():
    assert parsing.listed(None) == parsing.listed({}) == parsing.listed("x") == []
    assert parsing.records([{"a": 1}, None, 5]) == [{"a": 1}]


@given(JSON)
def test_nothing_that_comes_raises(value):
    for read in (parsing.known_id, parsing.moment, parsing.amount, parsing.grams, parsing.millimeters, parsing.records):
        read(value)
    parsing.expiry(value, now=NOW)


# Paging


def pages(*found):
    """Return a fetch that gives these pages in turn, and the positions that it was asked for."""
    asked, waiting = [], iter(found)

    def fetch(position):
        asked.append(position)
        return next(waiting)

    return fetch, asked


STYLES = [
    (paging.numbered, [{"r": [1], "more": True}, {"r": [2], "more": False}], [1, 2]),
    (
        paging.by_offset,
        [{"r": [1], "has_next_page": True, "next_offset": 10}, {"r": [2], "has_next_page": False, "next_offset": 20}],
        [0, 10],
    ),
    (
        paging.by_mark,
        [{"r": [1], "has_next_page": True, "offset": "AAAAFA=="}, {"r": [2], "has_next_page": True, "offset": ""}],
        ["", "AAAAFA=="],
    ),
    (paging.by_cursor, [{"r": [1], "next_cursor": "x"}, {"r": [2], "next_cursor": ""}], ["", "x"]),
    (
        paging.by_page_info,
        [{"r": [1], "page_info": {"cursor": 100, "has_next": True}}, {"r": [2], "page_info": {"has_next": False}}],
        [0, 100],
    ),
    (
        paging.two_sided,
        [{"r": [1], "cursor": {"next_id": 31}}, {"r": [2], "cursor": {"next_id": None}}],
        [None, {"next_id": 31}],
    ),
]


@pytest.mark.parametrize(("style", "found", "positions"), STYLES)
def test_a_list_is_read_to_its_end(style, found, positions):
    fetch, asked = pages(*found)
    assert list(style(fetch, "r")) == [1, 2]
    assert asked == positions


@pytest.mark.parametrize(("style", "found", "positions"), STYLES)
def test_an_empty_page_without_a_next_one_ends_a_list(style, found, positions):
    fetch, asked = pages({"r": None})
    assert list(style(fetch, "r")) == []
    assert asked == positions[:1]


def test_a_mark_may_have_another_name():
    fetch, asked = pages({"r": [1], "has_next_page": True, "next_offset": "b"}, {"r": [2], "has_next_page": False})
    assert list(paging.by_mark(fetch, "r", name="next_offset")) == [1, 2]
    assert asked == ["", "b"]


def test_a_list_that_leads_back_is_not_taken_for_complete():
    fetch, asked = pages(*[{"r": [1], "next_cursor": "x"}] * 5)
    met = []
    with pytest.raises(UnexpectedReply, match="does not end"):
        met.extend(paging.by_cursor(fetch, "r"))
    assert asked == ["", "x"]


def test_a_list_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(paging, "MOST_PAGES", 5)
    asked = []

    def fetch(page):
        asked.append(page)
        return {"r": [page], "more": True}

    with pytest.raises(UnexpectedReply):
        list(paging.numbered(fetch, "r"))
    assert asked == [1, 2, 3, 4, 5]


def test_who_found_what_he_looked_for_asks_no_further_page():
    fetch, asked = pages({"r": [1, 2], "more": True})
    assert next(row for row in paging.numbered(fetch, "r") if row == 2) == 2
    assert asked == [1]
