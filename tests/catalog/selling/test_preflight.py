"""The check before a publication: what fits has no findings, and each broken rule is found alone, at its field."""

from collections.abc import Callable
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import Brand, CategorySpec, GlobalListing, Product, Variant
from catalog.services.selling import drafts, preflight, texts
from catalog.services.selling.findings import Finding
from catalog.services.selling.requirements import Facts, ShopFacts
from integrations import jobs
from integrations.channels import (
    BrandData,
    Carrier,
    CategoryRules,
    Choice,
    DraftVariant,
    FieldSpec,
    ListingDraft,
    ShopDraft,
    Span,
    Value,
)
from integrations.models import SyncJob
from tests.channel_fake import make_rules
from tests.factories_selling import make_rate, make_ready, make_seller, make_shop, make_sourced, make_spec, make_target

D = Decimal
BATTERY = FieldSpec(external_id="201", label="Battery", kind="text", required=True)
FIELDS = (
    FieldSpec(
        external_id="100",
        label="Origin",
        required=True,
        choices=(
            Choice(external_id="1", label="China"),
            Choice(external_id="2", label="With battery", opens=(BATTERY,)),
        ),
    ),
    FieldSpec(external_id="101", label="Length", kind="decimal", own_values=True, units=("cm", "m")),
    FieldSpec(external_id="102", label="Made", kind="date", own_values=True, date_format="day"),
    FieldSpec(external_id="103", label="Pieces", kind="integer", own_values=True),
    FieldSpec(external_id="104", label="BSMI", kind="text", required_in=("TW",)),
)
RULES = make_rules("7", fields=FIELDS, minimum_images={"BR": 2}, own_brand=True)


def variant(sku: str = "A", option: str = "Black", **said: Any) -> DraftVariant:
    defaults = {"price": D(50), "stock": {"": 10}, "weight_g": D(500)}
    return DraftVariant(**{"sku": sku, "options": (option,)} | defaults | said)


def draft(**said: Any) -> ListingDraft:
    defaults: dict[str, Any] = {
        "reference": "P",
        "is_global": True,
        "name": "Small trailer",
        "description": "A trailer of model 7.",
        "category_id": "7",
        "attributes": {"100": (Value(external_id="1"),)},
        "image_urls": ("https://pictures.test/a.jpg",),
        "days_to_ship": 2,
        "weight_g": D(500),
        "length_mm": D(300),
        "width_mm": D(200),
        "height_mm": D(100),
        "currency": "CNY",
        "axes": ("Color",),
        "variants": (variant(), variant("B", "White")),
        "shops": (ShopDraft(shop_id="1", region="MY", currency="MYR"),),
    }
    return ListingDraft(**defaults | said)


def found(
    of: ListingDraft, rules: CategoryRules | None = RULES, facts: Facts | None = None
) -> list[tuple[str, str, str]]:
    return [(one.field, one.rule, one.level) for one in preflight.check(of, rules, facts or Facts())]


def test_what_fits_has_no_findings():
    assert preflight.check(draft(), RULES, Facts()) == []


def attributes(**given: Value) -> dict[str, Any]:
    return {"attributes": {"100": (Value(external_id="1"),)} | {name[1:]: (value,) for name, value in given.items()}}


BROKEN: list[tuple[dict[str, Any], str, str]] = [
    ({"name": " "}, "name", "required"),
    ({"name": "x" * 121}, "name", "length"),
    ({"name": "小" * 50}, "name", "length"),  # each takes 2.44 of the limit
    ({"name": "Маленький"}, "name", "language"),
    ({"name": "小拖车 trailer"}, "name", "language"),
    ({"description": ""}, "description", "required"),
    ({"description": "x" * 501}, "description", "length"),
    ({"category_id": ""}, "category_id", "required"),
    ({"attributes": {}}, "attributes.100", "required"),
    ({"attributes": {"100": (Value(external_id="9"),)}}, "attributes.100", "choice"),
    ({"attributes": {"100": (Value(text="Mars"),)}}, "attributes.100", "choice"),
    ({"attributes": {"100": (Value(external_id="1"), Value(external_id="3"))}}, "attributes.100", "too_many"),
    ({"attributes": {"100": (Value(external_id="2"),)}}, "attributes.201", "required"),
    (attributes(_101=Value(text="2.5")), "attributes.101", "unit"),
    (attributes(_101=Value(text="2.5", unit="kg")), "attributes.101", "unit"),
    (attributes(_101=Value(text="long", unit="cm")), "attributes.101", "number"),
    (attributes(_102=Value(text="2026-11-21")), "attributes.102", "date"),
    (attributes(_103=Value(text="2.5")), "attributes.103", "number"),
    (attributes(_999=Value(text="x")), "attributes.999", "unknown"),
    ({"image_urls": ()}, "image_urls", "count"),
    ({"image_urls": tuple(f"https://pictures.test/{at}.jpg" for at in range(10))}, "image_urls", "count"),
    ({"image_urls": ("https://pictures.test/film.mp4",)}, "image_urls", "format"),
    ({"image_urls": ("ftp://pictures.test/a.jpg",)}, "image_urls", "format"),
    ({"days_to_ship": None}, "days_to_ship", "required"),
    ({"days_to_ship": 3}, "days_to_ship", "range"),
    ({"weight_g": D(0)}, "weight_g", "range"),
    ({"height_mm": D(-1)}, "height_mm", "range"),
    ({"width_mm": None}, "width_mm", "required"),
    ({"currency": ""}, "account.currency", "required"),
    ({"axes": ()}, "axes", "required"),
    ({"axes": ("Color", "Color"), "variants": (variant(options=("Red", "Blue")),)}, "axes", "twice"),
    ({"axes": ("A", "B", "C"), "variants": (variant(options=("1", "2", "3")),)}, "axes", "count"),
    ({"axes": ("C" * 21,)}, "axes", "length"),
    ({"axes": ("Цвет",)}, "axes", "language"),
    ({"variants": ()}, "variants", "required"),
    ({"variants": tuple(variant(f"S{at}", f"O{at}") for at in range(51))}, "variants", "count"),
    ({"variants": (variant(), variant("A", "White"))}, "variants.A.sku", "twice"),
    ({"variants": (variant("A" * 101),)}, f"variants.{'A' * 101}.sku", "length"),
    ({"variants": (variant(), variant("B", "black "))}, "variants.B.options", "twice"),
    ({"variants": (variant(options=()),)}, "variants.A.options", "count"),
    ({"variants": (variant(option="B" * 31),)}, "variants.A.options", "length"),
    ({"variants": (variant(option=" "),)}, "variants.A.options", "required"),
    ({"variants": (variant(price=D(0)),)}, "variants.A.price", "required"),
    ({"variants": (variant(price=D("0.05")),)}, "variants.A.price", "range"),
    ({"variants": (variant(price=D(100_000)),)}, "variants.A.price", "range"),
    ({"variants": (variant(), variant("B", "White", price=D(351)))}, "variants.B.price", "ratio"),
    ({"variants": (variant(stock={}),)}, "variants.A.stock", "required"),
    ({"variants": (variant(stock={"": 5001}),)}, "variants.A.stock", "range"),
    ({"variants": (variant(weight_g=D(0)),)}, "variants.A.weight", "range"),
    ({"variants": (variant(height_mm=D(0)),)}, "variants.A.size", "range"),
    ({"shops": ()}, "shops", "required"),
    ({"shops": (ShopDraft(shop_id="1", region="MY", name="x" * 121),)}, "shops.1.name", "length"),
    (
        {"shops": (ShopDraft(shop_id="1", region="MY"), ShopDraft(shop_id="2", region="MY"))},
        "shops.2.status",
        "market",
    ),
    ({"shops": (ShopDraft(shop_id="1", region="TW"),)}, "attributes.104", "required"),
    (
        {"shops": (ShopDraft(shop_id="1", region="MY", prices={"A": D(10), "B": D(51)}),)},
        "shops.1.prices",
        "ratio",
    ),
]


@pytest.mark.parametrize(("broken", "field", "rule"), BROKEN, ids=[f"{one[1][:30]}-{one[2]}" for one in BROKEN])
def test_each_broken_rule_is_found_at_its_field(broken, field, rule):
    said = found(draft(**broken))

    assert (field, rule, "error") in said
    assert {one for one, _rule, _level in said} <= {field, "variants.A.options", "variants.B.options", "variants.A.sku"}
    findings = preflight.check(draft(**broken), RULES, Facts())
    assert all(finding.text and finding.fix for finding in findings)


RULED: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any], str, str]] = [
    ({}, {"brand_required": True}, {}, "brand", "required"),
    ({"brand": BrandData(external_id="", name="Mine")}, {"own_brand": False}, {}, "brand", "own"),
    ({"brand": BrandData(external_id="", name="Nike")}, {}, {"brand_twin": "5"}, "brand", "twin"),
    ({"brand": BrandData(external_id="5", name="Nike")}, {}, {"brand_is_known": False}, "brand", "unknown"),
    ({}, {}, {"is_leaf": False}, "category_id", "leaf"),
    ({}, {"size_chart_required": True}, {}, "category_id", "size_chart"),
    ({}, {"closed_in": ("MY",)}, {}, "category_id", "closed"),
    ({"weight_g": None, "variants": (variant(weight_g=None),)}, {}, {}, "weight_g", "required"),
    ({}, {}, {"shops": {"1": ShopFacts(problem="Not connected.", fix="Connect.")}}, "shops.1.status", "status"),
    ({}, {}, {"shops": {"1": ShopFacts(carriers=())}}, "shops.1.carriers", "required"),
    (
        {"shops": (ShopDraft(shop_id="1", region="MY", carriers=("9",)),)},
        {},
        {"shops": {"1": ShopFacts(carriers=(Carrier(external_id="1", name="A"),))}},
        "shops.1.carriers",
        "choice",
    ),
    (
        {"variants": (variant(price=D(0)),)},
        {},
        {"missing_rates": (("USD", "CNY"),)},
        "rate.USD-CNY",
        "required",
    ),
]


@pytest.mark.parametrize("case", RULED, ids=[f"{one[3]}-{one[4]}" for one in RULED])
def test_each_broken_rule_of_category_and_shops_is_found_alone(case):
    said, rules, facts, field, rule = case
    assert found(draft(**said), replace(RULES, **rules), Facts(**facts)) == [(field, rule, "error")]


def own(name: str, region: str = "MX") -> dict[str, Any]:
    return {"shops": (ShopDraft(shop_id="1", region=region, name=name),)}


MARKETS = replace(
    RULES, name_length_in={"TW": Span(high=D(100)), "MX": Span(low=D(5), high=D(60))}, not_chinese_in=("MX",)
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (own("旅行收纳袋"), ("shops.1.name", "language", "error")),
        (own("旅行收纳袋", "SG"), None),
        (own("Bolsa de viaje"), None),
        (own("x" * 61), ("shops.1.name", "length", "error")),
        (own("Bol"), ("shops.1.name", "length", "error")),
        (own("旅" * 60, "TW"), None),  # a market counts plain characters
        ({"name": "x" * 61, **own("Bolsa de viaje")}, None),
        ({"name": "x" * 61, **own("")}, ("name", "length", "warning")),
        ({"name": "x" * 60, **own("")}, None),
    ],
)
def test_texts_are_held_against_what_the_shops_market_takes(said, expected):
    (shop,) = said["shops"]
    sure = {**said, "attributes": {"100": (Value(external_id="1"),), "104": (Value(text="x"),)}}
    findings = preflight.check(draft(**sure), MARKETS, Facts())
    of_texts = [one for one in findings if one.rule in ("language", "length")]
    assert [(one.field, one.rule, one.level) for one in of_texts] == ([expected] if expected else [])
    assert {one.shop_id for one in of_texts} <= {shop.shop_id}
    assert all(one.text and one.fix for one in of_texts)


def test_a_chinese_description_of_its_own_is_refused_where_it_is_not_read():
    shops = (ShopDraft(shop_id="1", region="MX", description="轻便耐用，适合旅行和日常使用的收纳袋。"),)
    assert ("shops.1.description", "language", "error") in found(draft(shops=shops), MARKETS)


@pytest.mark.parametrize(("is_global", "days", "rule"), [(True, None, "required"), (True, 30, ""), (False, None, "")])
def test_a_global_product_needs_its_days_to_ship_even_where_any_number_is_taken(is_global, days, rule):
    findings = preflight.check(draft(days_to_ship=days, is_global=is_global), replace(RULES, days_to_ship=()), Facts())
    of_days = [one for one in findings if one.field == "days_to_ship"]
    assert [(one.rule, one.fix) for one in of_days] == ([(rule, "Enter it.")] if rule else [])


def test_what_stops_one_shop_only_names_it():
    two = (ShopDraft(shop_id="1", region="MY"), ShopDraft(shop_id="2", region="TW"))

    (finding,) = preflight.check(draft(shops=two), RULES, Facts())

    assert (finding.field, finding.shop_id) == ("attributes.104", "2")
    assert "TW" in finding.text


def test_what_a_market_only_wishes_is_a_warning():
    assert found(draft(shops=(ShopDraft(shop_id="1", region="BR"),))) == [("image_urls", "count", "warning")]
    assert found(draft(variants=(variant(stock={"": 0}),))) == [("variants.A.stock", "sold_out", "warning")]


def test_without_rules_what_can_be_checked_is():
    assert found(draft(name=""), None) == [("category_id", "unread", "error"), ("name", "required", "error")]


def test_a_shop_that_has_it_already_does_not_take_its_own_market():
    shops = (ShopDraft(shop_id="1", region="MY"), ShopDraft(shop_id="2", region="MY"))
    there = Facts(shops={"2": ShopFacts(is_there=True)})

    assert found(draft(shops=shops), facts=there) == [("shops.1.status", "market", "error")]
    assert found(draft(shops=shops, is_global=False)) == []


spans = st.tuples(st.integers(1, 40), st.integers(0, 200)).map(lambda pair: Span(low=D(pair[0]), high=D(sum(pair))))


@given(
    name=spans,
    description=spans,
    images=st.integers(1, 9),
    price=st.tuples(st.integers(1, 100), st.integers(1, 900)),
    variants=st.integers(1, 50),
    ranges=st.lists(st.tuples(st.integers(1, 10), st.integers(0, 5)), min_size=1, max_size=3),
    chinese=st.booleans(),
)
def test_a_draft_made_to_the_rules_has_no_errors(name, description, images, price, variants, ranges, chinese):
    low, high = D(price[0]), D(sum(price))
    rules = replace(
        RULES,
        name_length=name,
        description_length=description,
        image_count=Span(low=D(images), high=D(images)),
        price=Span(low=low, high=high),
        price_ratio={"": (high / low).to_integral_value(ROUND_CEILING)},
        days_to_ship=tuple((first, first + more) for first, more in ranges),
        wide_character=D(1),
    )
    letter = "车" if chinese else "x"
    fitting = draft(
        name=letter * int(name.high),
        description=letter * int(description.low),
        image_urls=tuple(f"https://pictures.test/{at}.jpg" for at in range(images)),
        days_to_ship=rules.days_to_ship[-1][1],
        variants=tuple(variant(f"S{at}", f"O{at}", price=high if at % 2 else low) for at in range(variants)),
    )

    assert preflight.check(fitting, rules, Facts()) == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Trailer 7, µm", ""),
        ("小拖车 7", ""),
        ("小 T", "mixed"),
        ("Прицеп", "foreign"),
        ("트레일러", "foreign"),
        ("かな", "foreign"),
    ],
)
def test_languages(text, problem):
    assert texts.language_problem(text) == problem


# --- of listings


@pytest.mark.django_db
def test_a_ready_listing_has_no_findings_and_says_when_it_was_checked():
    listing = make_ready()

    assert preflight.check_listing(listing) == []

    listing.refresh_from_db()
    assert (listing.findings, listing.checked_at is not None) == ([], True)


def in_database(change: Callable[[GlobalListing], object]) -> set[str]:
    listing = make_ready()
    change(listing)
    found = preflight.check_listing(GlobalListing.objects.get(pk=listing.pk))
    assert [Finding(**row) for row in GlobalListing.objects.get(pk=listing.pk).findings] == found
    return {finding.field.replace(listing.listings.first().shop.external_id, "ID") for finding in found}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "fields"),
    [
        (lambda listing: CategorySpec.objects.all().delete(), {"category_id"}),
        (lambda listing: listing.account.mark_disconnected(), {"account.status"}),
        (lambda listing: Product.objects.update(status="gone"), {"product", "stock"}),
        (lambda listing: Variant.objects.update(stock_total=None), {"stock"}),
        (lambda listing: Shop.objects.filter(region="MY").update(upgraded=False), {"shops.ID.status"}),
        (lambda listing: Shop.objects.filter(region="MY").update(facts={}), {"shops.ID.status"}),  # not read yet
        (
            lambda listing: Shop.objects.filter(region="MY").update(
                facts={"merchant_id": "1", "carriers": [{"id": 1, "enabled": False}]}
            ),
            {"shops.ID.carriers"},
        ),
        (lambda listing: listing.listings.filter(shop__region="MY").update(status="banned"), {"shops.ID.status"}),
    ],
)
def test_what_we_know_of_account_product_and_shops_is_checked(change, fields):
    found = in_database(change)

    assert {"stock" if field.endswith(".stock") else field for field in found} == fields


@pytest.mark.django_db
def test_a_missing_rate_is_named_instead_of_each_price():
    account = make_seller(currency="KRW")
    make_shop(account)

    found = preflight.check_listing(make_ready(account))

    assert [finding.field for finding in found] == ["rate.USD-KRW"]


@pytest.mark.django_db
def test_brands_are_checked_where_they_were_read():
    listing = make_ready(brand_id="7", brand_name="Nike")
    assert preflight.check_listing(listing) == []
    spec = CategorySpec.objects.get()
    spec.brands_read_at = spec.read_at
    spec.save()
    assert [(one.field, one.rule) for one in preflight.check_listing(listing)] == [("brand", "unknown")]
    Brand.objects.create(account=listing.account, category=listing.category, external_id="7", name="Nike")
    assert preflight.check_listing(listing) == []
    drafts.edit(listing, {"brand_id": "", "brand_name": "nike"}, by="ann")
    assert [(one.field, one.rule) for one in preflight.check_listing(listing)] == [("brand", "twin")]


@pytest.mark.django_db
def test_many_listings_are_checked_in_a_fixed_number_of_queries():
    account = make_seller()
    make_shop(account)
    make_rate()
    category = make_target(account)
    make_spec(account, category)
    listings = [make_ready(account, category=category, product=make_sourced()) for _number in range(6)]

    def queries(some: list[GlobalListing]) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert all(found == [] for found in preflight.check_many(some).values())
        return len(captured)

    assert queries(listings[:2]) == queries(listings)


@pytest.mark.django_db
def test_a_requested_check_reads_the_rules_first_where_they_are_old(market):
    listing = make_ready()
    CategorySpec.objects.all().delete()
    market.rules[listing.category.external_id] = make_rules(listing.category.external_id)

    job = preflight.request_check([listing], requested_by="ann")
    assert market.calls.total() == 0
    jobs.work(until_quiet=True)

    job.refresh_from_db()
    listing.refresh_from_db()
    assert (job.state, listing.findings) == (SyncJob.State.DONE, [])
    assert (market.calls["rules"], listing.checked_at is not None) == (1, True)


@pytest.mark.django_db
def test_a_check_is_asked_for_one_account_at_a_time():
    with pytest.raises(Refused, match="No listing") as refused:
        preflight.request_check([])
    assert refused.value.field == "listings"
    with pytest.raises(Refused, match="several accounts"):
        preflight.request_check([make_ready(), make_ready()])
