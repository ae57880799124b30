"""Products made ready to be sold: what is filled in, what a person's word changes, what a platform is handed."""

from decimal import Decimal

import pytest

from accounts.errors import Refused
from catalog.models import GlobalListing, Listing, Product, Variant
from catalog.services.selling import drafts, texts
from catalog.services.selling.axes import axes_of
from integrations.channels import BrandData, Value
from integrations.models import SyncJob
from tests.channel_fake import make_rules
from tests.factories import make_account, make_product, make_variant
from tests.factories_selling import (
    make_rate,
    make_ready,
    make_seller,
    make_shop,
    make_sourced,
    make_sourced_variant,
    make_spec,
    make_target,
)

pytestmark = pytest.mark.django_db
D = Decimal


def test_a_prepared_product_is_filled_in_from_the_catalogue():
    account, product = make_seller(), make_sourced()
    malaysia, _paused = make_shop(account), make_shop(account, "SG", status="reconnect")
    make_rate()

    listing = drafts.prepare(product, account, by="ann")

    assert (listing.sku, listing.name, listing.status) == (product.sku, product.name, "draft")
    assert listing.description == product.description.removeprefix("<p>").removesuffix("</p>")
    assert listing.image_urls == list(product.images.values_list("url", flat=True))
    assert (listing.weight_g, listing.length_mm, listing.width_mm, listing.height_mm) == (500, 300, 200, 100)
    assert listing.axes == ["Color"]
    variants = listing.variants.order_by("pk").values_list("sku", "options", "price", "is_wanted")
    assert list(variants) == [
        (f"{product.sku}-Black", ["Black"], D("51.43"), True),
        (f"{product.sku}-White", ["White"], D("51.43"), True),
    ]
    assert [cell.shop for cell in listing.listings.all()] == [malaysia]
    assert listing.history.first().history_change_reason == "Prepared by ann"


def test_preparing_again_follows_the_product_where_nobody_has_edited():
    listing = make_ready()
    product = listing.product
    drafts.edit(listing, {"name": "My words", "length_mm": D(310)}, by="ann")
    changes = {"name": "Their words", "description": "<p>Theirs.</p>", "image_url": "https://pictures.test/new.jpg"}
    Product.objects.filter(pk=product.pk).update(**changes)
    Variant.objects.filter(product=product).update(weight_g=D(650), length_mm=D(400), width_mm=D(220))

    again = drafts.prepare(product, listing.account, by="bob")

    assert (again.name, again.length_mm) == ("My words", 310)
    assert (again.description, again.image_urls[0]) == ("Theirs.", "https://pictures.test/new.jpg")
    assert (again.weight_g, again.width_mm, again.height_mm) == (650, 220, 100)
    drafts.edit(again, {"weight_g": D(700)}, by="ann")
    Variant.objects.filter(product=product).update(weight_g=D(800), width_mm=D(230))
    again = drafts.prepare(product, listing.account, by="bob")
    assert (again.weight_g, again.width_mm) == (700, 230)  # what was followed once is followed on
    states = again.history.count()
    drafts.prepare(product, listing.account, by="bob")
    assert again.history.count() == states


def test_an_edit_that_says_the_same_again_and_a_listing_of_before_stay_as_they_should():
    followed, kept = make_ready(), make_ready()
    for listing in (followed, kept):
        drafts.edit(listing, {"name": listing.name, "description": listing.description}, by="ann")
        Product.objects.filter(pk=listing.product_id).update(name="Their words", description="")
    GlobalListing.objects.filter(pk=kept.pk).update(filled={})  # nobody knows who wrote this

    for listing in (followed, kept):
        drafts.prepare(listing.product, listing.account, by="bob")

    assert GlobalListing.objects.get(pk=followed.pk).name == "Their words"
    assert GlobalListing.objects.get(pk=followed.pk).description == followed.description  # theirs says nothing
    assert GlobalListing.objects.get(pk=kept.pk).name == kept.name


def test_preparing_again_keeps_a_persons_words_and_follows_the_variants():
    listing = make_ready()
    product = listing.product
    drafts.edit(listing, {"name": "My words", "image_urls": ["https://pictures.test/mine.jpg"]}, by="ann")
    Product.objects.filter(pk=product.pk).update(name="Their words", description="<p>Theirs.</p>")
    Variant.objects.filter(product=product, key="White").update(is_gone=True)
    make_sourced_variant(product, "Red")
    thailand = make_shop(listing.account, "TH")

    again = drafts.prepare(Product.objects.get(pk=product.pk), listing.account, by="bob")

    assert again.pk == listing.pk
    assert (again.name, again.image_urls) == ("My words", ["https://pictures.test/mine.jpg"])
    assert again.description == "Theirs."
    wanted = dict(again.variants.values_list("sku", "is_wanted"))
    assert wanted == {f"{product.sku}-Black": True, f"{product.sku}-White": False, f"{product.sku}-Red": True}
    assert again.listings.filter(shop=thailand).exists()
    assert again.listings.count() == 3


def test_what_was_deleted_can_be_prepared_anew():
    listing = make_ready()
    GlobalListing.objects.update(status="deleted")
    Listing.objects.update(status="deleted")

    again = drafts.prepare(listing.product, listing.account, by="ann")

    assert (again.pk, again.status) == (listing.pk, "draft")
    assert set(again.listings.values_list("status", flat=True)) == {"draft"}


def test_only_connected_selling_accounts_and_their_shops():
    product, account = make_sourced(), make_seller()
    with pytest.raises(Refused, match="no connected shop") as refused:
        drafts.prepare(product, account, by="ann")
    assert refused.value.field == "shops"
    with pytest.raises(Refused, match="supplier"):
        drafts.prepare(product, make_account(), by="ann")
    with pytest.raises(Refused, match="does not belong"):
        drafts.prepare(product, account, shops=[make_shop()], by="ann")
    with pytest.raises(Refused, match="not connected"):
        drafts.prepare(product, make_seller(status="reconnect"), by="ann")
    assert not GlobalListing.objects.exists()


def test_two_products_of_one_sku_are_told_apart():
    account = make_seller()
    make_shop(account)
    first = drafts.prepare(make_sourced(sku="SAME", colors=()), account, by="ann")
    product = make_sourced(sku="SAME", colors=())
    second = drafts.prepare(product, account, by="ann")

    assert (first.sku, second.sku) == ("SAME", f"SAME-{product.external_id}")


def test_texts_that_are_filled_in_are_cut_to_what_the_category_takes():
    account, product = make_seller(), make_sourced(name="A trailer that has a rather long name")
    make_shop(account)
    listing = make_ready(account, product=make_sourced(category=product.category))
    rules = make_rules(listing.category.external_id, name_length=make_rules("1").axis_name_length)
    listing.category.specs.all().delete()
    make_spec(account, listing.category, rules)
    GlobalListing.objects.filter(pk=listing.pk).update(product=product, name="")

    again = drafts.prepare(product, account, by="ann")

    assert again.name == "A trailer that has a"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One <b>bold</b>&nbsp;word.</p><p>Two</p>", "One bold word.\n\nTwo"),
        ("<ul><li>A</li><li>B &amp; C</li></ul>", "- A\n\n- B & C"),
        ("Line<br>break<img src='x'>", "Line\nbreak"),
        ("<table><tr><td>Size</td><td>L</td></tr></table>", "Size L"),
        ("", ""),
    ],
)
def test_descriptions_become_plain_text(html, text):
    assert texts.plain_text(html) == text


# --- axes


def options(product: Product) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    variants = list(product.variants.order_by("pk"))
    axes = axes_of(product, variants)
    return axes.names, [axes.options[variant.pk] for variant in variants]


def product_of(names: list[str], rows: list[list[str]]) -> Product:
    product = make_product(option_names=names)
    for row in rows:
        make_variant(product, options=row, key="-".join(row))
    return product


def test_two_axes_stay_as_they_are():
    product = product_of(["Color", "Size"], [["Red", "S"], ["Red", "M"]])
    assert options(product) == (("Color", "Size"), [("Red", "S"), ("Red", "M")])


def test_of_three_axes_the_one_on_which_all_are_alike_goes():
    product = product_of(["Color", "Plug", "Size"], [["Red", "EU", "S"], ["Blue", "EU", "M"]])
    assert options(product) == (("Color", "Size"), [("Red", "S"), ("Blue", "M")])


def test_of_three_axes_the_last_are_joined():
    product = product_of(["Color", "Plug", "Size"], [["Red", "EU", "S"], ["Blue", "US", "M"]])
    assert options(product) == (("Color", "Plug / Size"), [("Red", "EU / S"), ("Blue", "US / M")])


def test_options_that_do_not_fit_the_axes_are_named_by_the_variants():
    product = product_of(["Color", "Size"], [["Red", "S"], ["Blue"]])
    assert options(product) == (("Option",), [("Red-S",), ("Blue",)])


def test_one_variant_without_options_has_no_axis():
    assert options(product_of([], [[]])) == ((), [()])


# --- edits


def test_an_edit_is_kept_with_who_made_it():
    listing = make_ready()
    category = make_target(listing.account)
    changes = {
        "name": " Better ",
        "category": category,
        "brand_id": "7",
        "brand_name": "Nike",
        "attributes": {"100": (Value(external_id="2"),), "101": [{"text": "3", "unit": "cm"}], "102": []},
        "days_to_ship": 7,
        "weight_g": D("250.5"),
    }

    drafts.edit(listing, changes, by="ann")

    listing.refresh_from_db()
    assert (listing.name, listing.category, listing.days_to_ship, listing.weight_g) == (
        "Better",
        category,
        7,
        D("250.5"),
    )
    assert listing.attributes == {
        "100": [{"external_id": "2", "text": "", "unit": ""}],
        "101": [{"external_id": "", "text": "3", "unit": "cm"}],
    }
    assert listing.history.first().history_change_reason == "Edited by ann"
    assert SyncJob.objects.filter(key=f"spec:{listing.account_id}:{category.pk}").exists()  # its rules are read


def test_another_category_keeps_the_answers_that_it_asks_for():
    listing = make_ready(attributes={"100": [{"external_id": "1"}], "999": [{"text": "old"}]})
    category = make_target(listing.account)
    make_spec(listing.account, category)

    drafts.edit(listing, {"category": category}, by="ann")

    listing.refresh_from_db()
    assert list(listing.attributes) == ["100"]


def test_prices_by_hand_and_back_to_the_rules():
    listing = make_ready()
    sku, shop = listing.variants.first().sku, listing.listings.get(shop__region="MY").shop.external_id
    said = {"variants": {sku: {"price": D(99)}}, "shops": {shop: {"prices": {sku: D(55)}, "name": "Treler"}}}

    drafts.edit(listing, said, by="ann")
    draft = drafts.draft_of(GlobalListing.objects.get(pk=listing.pk))
    assert draft.variants[0].price == 99
    assert {one.region: (one.name, one.prices) for one in draft.shops} == {"MY": ("Treler", {sku: 55}), "SG": ("", {})}

    drafts.edit(listing, {"variants": {sku: {"price": None}}, "shops": {shop: {"prices": {sku: None}}}}, by="ann")
    draft = drafts.draft_of(GlobalListing.objects.get(pk=listing.pk))
    assert draft.variants[0].price == D("51.43")
    assert [one.prices for one in draft.shops] == [{}, {}]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"nonsense": 1}, "nonsense"),
        ({"name": 7}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"weight_g": D(0)}, "weight_g"),
        ({"weight_g": "heavy"}, "weight_g"),
        ({"days_to_ship": -1}, "days_to_ship"),
        ({"image_urls": ["javascript:alert(1)"]}, "image_urls"),
        ({"axes": ["A", "A"]}, "axes"),
        ({"attributes": {"100": "China"}}, "attributes.100"),
        ({"variants": {"NONE": {"price": D(1)}}}, "variants.NONE"),
        ({"shops": {"0": {"name": "x"}}}, "shops.0"),
        ({"category": "7"}, "category_id"),
    ],
)
def test_a_wrong_edit_names_its_field_and_changes_nothing(changes, field):
    listing = make_ready()

    with pytest.raises(Refused) as refused:
        drafts.edit(listing, {"description": "Changed."} | changes, by="ann")

    assert refused.value.field == field
    assert GlobalListing.objects.get(pk=listing.pk).description != "Changed."


def test_variants_and_categories_that_cannot_be_are_refused():
    listing = make_ready()
    sku = listing.variants.first().sku
    branch = make_target(listing.account, is_leaf=False)
    foreign = make_target(make_seller(region="BR", upgraded=False))
    for changes, field in (
        ({"variants": {sku: {"price": D(-1)}}}, f"variants.{sku}.price"),
        ({"variants": {sku: {"options": ["A", "B"]}}}, f"variants.{sku}.options"),
        ({"variants": {one.sku: {"is_wanted": False} for one in listing.variants.all()}}, "variants"),
        ({"category": branch}, "category_id"),
        ({"category": foreign}, "category_id"),
    ):
        with pytest.raises(Refused) as refused:
            drafts.edit(listing, changes, by="ann")
        assert refused.value.field == field


# --- what is handed over


def test_the_draft_says_all_that_is_wanted():
    listing = make_ready(brand_name="Mine")
    gone = listing.variants.last()
    gone.is_wanted = False
    gone.save()
    Variant.objects.filter(pk=listing.variants.first().variant_id).update(stock_total=2_000_000)

    draft = drafts.draft_of(GlobalListing.objects.get(pk=listing.pk))

    assert (draft.reference, draft.is_global, draft.currency) == (listing.sku, True, "CNY")
    assert draft.brand == BrandData(external_id="", name="Mine")
    assert draft.attributes == {"100": (Value(external_id="1", text="China"),)}
    (variant,) = draft.variants
    assert (variant.options, variant.price, variant.stock) == (("Black",), D("51.43"), {"CNZ": 999_999})
    assert [one.region for one in draft.shops] == ["MY", "SG"]


def test_unknown_stock_is_left_out_and_what_is_gone_is_none():
    listing = make_ready()
    first, second = listing.product.variants.order_by("pk")
    Variant.objects.filter(pk=first.pk).update(stock_total=None)
    Variant.objects.filter(pk=second.pk).update(is_gone=True)

    draft = drafts.draft_of(GlobalListing.objects.get(pk=listing.pk))

    assert [variant.stock for variant in draft.variants] == [{}, {"CNZ": 0}]
