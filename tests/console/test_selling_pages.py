"""Mappings, rules, rates, found listings, differences, switches and what the first page says of selling."""

from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.shown import admin_url, list_url
from catalog.models import (
    Adoption,
    CategoryMapping,
    CategorySpec,
    Drift,
    ExchangeRate,
    FieldSync,
    GlobalListing,
    Listing,
    PriceRule,
)
from integrations.models import SyncJob, SyncRun
from tests.console.selling import press, text_of, told
from tests.factories import make_category, make_product
from tests.factories_selling import make_ready, make_seller, make_shop, make_single_shop, make_spec, make_target

pytestmark = pytest.mark.django_db


@pytest.fixture
def seller(market):
    seller = make_seller(name="Bright")
    make_shop(seller, "MY")
    return seller


# --- category mappings


def test_categories_that_go_nowhere_come_first(owner, seller):
    mapped, unmapped = make_category(name="Lamps"), make_category(name="Chairs")
    for _ in range(2):
        make_product(category=mapped)
    make_product(category=unmapped)
    CategoryMapping.objects.create(account=seller, source=mapped, target=make_target(seller))
    page = owner.get(list_url(CategoryMapping))
    rows = [(row["entry"].source, row["entry"].products) for row in page.context["rows"]]
    assert rows == [(unmapped, 1), (mapped, 2)]
    assert "1 category goes nowhere yet" in text_of(page)


def test_a_mapping_is_made_with_its_answers(owner, seller):
    source, target = make_category(), make_target(seller)
    make_product(category=source)
    make_spec(seller, target)
    url = reverse("admin:catalog_mapping_edit", args=(seller.pk, source.pk))
    page = owner.post(url, {"category_text": target.name, "do": "category"})
    assert [pick.value for pick in page.context["categories"].picks] == [str(target.pk)]
    page = owner.post(url, {"category": target.pk, "do": "show"})
    assert [question.spec.label for question in page.context["questions"]] == ["Origin"]
    assert not CategoryMapping.objects.exists()
    sent = {"category": target.pk, "brand": "5=Lumen", "has_questions": "1", "a_100": "1", "days_to_ship": "5"}
    assert owner.post(url, sent | {"do": "save"}).status_code == 302
    mapping = CategoryMapping.objects.get()
    assert (mapping.target, mapping.brand_id, mapping.brand_name, mapping.days_to_ship) == (target, "5", "Lumen", 5)
    assert [value["external_id"] for value in mapping.attributes["100"]] == ["1"]
    assert owner.get(admin_url(mapping)).context["questions"][0].options[0].chosen


@pytest.mark.parametrize(
    ("sent", "said"),
    [({}, "Choose the category to sell in."), ({"category": "target", "days_to_ship": "3"}, "Days to ship must be in")],
)
def test_a_mapping_that_is_refused_says_why_at_the_field(owner, seller, sent, said):
    source, target = make_category(), make_target(seller)
    make_spec(seller, target)
    sent = {name: target.pk if value == "target" else value for name, value in sent.items()}
    url = reverse("admin:catalog_mapping_edit", args=(seller.pk, source.pk))
    page = owner.post(url, sent | {"do": "save"})
    assert said in text_of(page)
    assert not CategoryMapping.objects.exists()


def test_a_viewer_maps_nothing(viewer, seller):
    source = make_category()
    url = reverse("admin:catalog_mapping_edit", args=(seller.pk, source.pk))
    assert viewer.get(url).status_code == 200
    assert viewer.post(url, {"do": "save"}).status_code == 403


# --- what categories ask


def test_rules_are_read_again_and_brands_are_read(owner, seller):
    spec = make_spec(seller, make_target(seller))
    assert "Origin" in text_of(owner.get(admin_url(spec)))
    press(owner, spec, "read_again")
    press(owner, spec, "read_brands")
    keys = {f"{kind}:{seller.pk}:{spec.category_id}" for kind in ("spec", "brands")}
    assert set(SyncJob.objects.values_list("key", flat=True)) == keys
    assert CategorySpec.objects.count() == 1


# --- prices


def test_a_rate_is_set_and_set_anew(owner, seller):
    url = reverse("admin:catalog_exchangerate_add")
    page = owner.get(url, {"base": "USD", "quote": "CNY"})
    assert "No rate leads from USD to CNY." in text_of(page)
    for rate in ("7.2", "7.15"):
        owner.post(url, {"base": "usd", "quote": "cny", "rate": rate})
    row = ExchangeRate.objects.get()
    assert (row.base, row.quote, row.rate) == ("USD", "CNY", Decimal("7.15"))
    assert [change.history_change_reason for change in row.history.all()] == ["Set by owner"] * 2


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"base": "USD", "quote": "USD", "rate": "1"}, "quote"),
        ({"base": "US1", "quote": "CNY", "rate": "1"}, "base"),
        ({"base": "USD", "quote": "CNY", "rate": "0"}, "rate"),
    ],
)
def test_a_rate_that_is_none_is_refused_at_its_field(owner, db, sent, field):
    page = owner.post(reverse("admin:catalog_exchangerate_add"), sent)
    assert list(page.context["form"].errors) == [field]
    assert not ExchangeRate.objects.exists()


def test_a_price_rule_shows_what_it_makes_of_an_example(owner, seller):
    rule = PriceRule.objects.create(name="Bright", account=seller, margin_percent=Decimal(40), fee_percent=Decimal(10))
    assert "No rate from USD to CNY is known." in text_of(owner.get(admin_url(rule)))
    ExchangeRate.objects.create(base="USD", quote="CNY", rate=Decimal("7.2"))
    assert "72.00 CNY: rate 7.2, fee 7.20 CNY, left over 28.80 CNY" in text_of(owner.get(admin_url(rule)))
    PriceRule.objects.filter(pk=rule.pk).update(margin_percent=Decimal(95))
    assert owner.get(admin_url(rule)).status_code == 200


def test_a_price_rule_is_made_for_one_shop(owner, seller):
    shop = seller.shops.get()
    make_product()
    sent = {"name": "MY", "shop": shop.pk, "margin_percent": "30", "fee_percent": "5", "ending": "0.90"}
    answer = owner.post(reverse("admin:catalog_pricerule_add"), sent)
    assert answer.status_code == 302, text_of(answer)
    assert PriceRule.objects.get().shop == shop


# --- found listings


@pytest.fixture
def found(seller):
    product = make_product(name="Desk lamp", sku="LAMP-1")
    return Adoption.objects.create(
        account=seller,
        external_id="901",
        name="Lamp",
        status="conflict",
        reason="Two of ours.",
        candidates=[product.pk],
    )


def test_a_found_listing_offers_its_candidates_and_what_is_looked_for(owner, found):
    other = make_product(name="Floor lamp", sku="LAMP-2")
    page = owner.get(admin_url(found))
    assert "Two of ours." in text_of(page)
    assert [(row["product"].sku, row["is_candidate"]) for row in page.context["choices"]] == [("LAMP-1", True)]
    page = owner.get(admin_url(found), {"text": "floor"})
    assert [row["product"] for row in page.context["choices"]][1:] == [other]


def test_a_found_listing_is_adopted_as_the_chosen_product(owner, viewer, found):
    url = reverse("admin:catalog_adoption_adopt", args=(found.pk,))
    assert viewer.post(url, {"product": found.candidates[0]}).status_code == 403
    assert "Choose the product that it is." in told(owner.post(url))[0]
    assert not SyncJob.objects.exists()
    owner.post(url, {"product": found.candidates[0]})
    assert SyncJob.objects.get().requested_by == "owner"
    assert owner.get(url).status_code == 405


def test_a_found_listing_is_left_alone(owner, found):
    press(owner, found, "leave_alone")
    found.refresh_from_db()
    assert (found.status, found.decided_by) == ("ignored", "owner")
    assert "leave_alone" not in owner.get(admin_url(found)).content.decode()


@pytest.mark.parametrize(("name", "kind"), [("catalog_adopt", "adoption"), ("catalog_compare", "comparison")])
def test_a_reading_is_begun_for_each_account(owner, viewer, seller, name, kind):
    url = reverse(f"admin:{name}")
    assert viewer.post(url).status_code == 403
    assert owner.get(url).status_code == 405
    owner.post(url, {"account": seller.pk})
    run = SyncRun.objects.get()
    assert (run.kind, run.account, run.requested_by) == (kind, seller, "owner")


# --- differences


def test_a_difference_is_decided_for_ours_or_for_theirs(owner, seller):
    listing = make_ready(seller)
    GlobalListing.objects.filter(pk=listing.pk).update(external_id="27", status="live")
    variant = listing.variants.first()
    name = Drift.objects.create(global_listing=listing, field="name", ours=listing.name, theirs="Theirs")
    price = Drift.objects.create(global_listing=listing, field=f"price:{variant.sku}", ours="1", theirs="2")
    text = text_of(owner.get(list_url(Drift)))
    assert "price · " + variant.sku in text
    assert press(owner, name, "take_theirs")["Location"] == list_url(Drift)
    listing.refresh_from_db()
    assert listing.name == "Theirs"
    press(owner, price, "send_ours")
    assert SyncJob.objects.filter(key=f"push:prices:{listing.pk}").exists()


# --- switches


def test_switches_are_shown_for_each_shop_and_saved_all_five(owner, viewer, seller):
    shop = seller.shops.get()
    make_single_shop()
    page = owner.get(list_url(FieldSync))
    (row,) = page.context["rows"]
    assert (row["shop"], [box["on"] for box in row["boxes"]]) == (shop, [True] * 5)
    assert "never set: all on" in text_of(page)
    url = reverse("admin:catalog_fieldsync_save", args=(shop.pk,))
    assert viewer.post(url, {}).status_code == 403
    owner.post(url, {"texts": "1", "media": "1"})
    known = FieldSync.objects.get()
    assert (known.texts, known.media, known.options, known.price, known.days_to_ship) == (
        True,
        True,
        False,
        False,
        False,
    )
    assert SyncJob.objects.get().key == f"switches:{shop.pk}"
    assert "waits to be sent" in text_of(owner.get(list_url(FieldSync)))


# --- the first page


def test_the_first_page_says_what_of_selling_waits(owner, stranger, seller, found):
    listing = make_ready(seller)
    Listing.objects.filter(global_listing=listing).update(status="refused", problem="The name is too long.")
    Drift.objects.create(global_listing=listing, field="name")
    text = text_of(owner.get(reverse("admin:index")))
    for said in (
        "1 Shops that refuse a product The name is too long.",
        "1 Differences from what stands at a platform",
        "1 Found listings that may be ours Two of ours.",
    ):
        assert said in text
    assert "refuse a product" not in text_of(stranger.get(reverse("admin:index")))


def test_nothing_is_said_where_nothing_waits(owner, seller):
    make_ready(seller)
    assert owner.get(reverse("admin:index")).context["needs"] == []
