"""Drafts → Shopee's JSON, variants → the next write, reasons → fields: pure."""

from dataclasses import replace
from decimal import Decimal

import pytest

from integrations.channels import BrandData, DraftVariant, FieldSwitches, ListingDraft, ShopDraft, Value
from integrations.shopee import mappers, refusals, variants
from integrations.shopee.mappers import OLD, STANDARD, Option, Tier
from integrations.shopee.variants import ADD, DELETE, INIT, TIERS, UPDATE, Model, Seen
from integrations.shopee.words import GLOBAL, SHOP

RED, BLUE = "https://pictures.test/red.jpg", "https://pictures.test/blue.jpg"
IMAGES = {RED: "img-red", BLUE: "img-blue", "https://pictures.test/a.jpg": "img-a"}


def variant(sku: str, *options: str, **said) -> DraftVariant:
    return DraftVariant(**{"sku": sku, "options": options, "price": Decimal("39.90"), "stock": {"CNZ": 60}} | said)


def make(**said) -> ListingDraft:
    defaults = {
        "reference": "TOTE-38",
        "is_global": True,
        "name": "Cotton tote bag 38cm",
        "description": "Canvas tote bag.",
        "category_id": "100182",
        "image_urls": ("https://pictures.test/a.jpg",),
        "days_to_ship": 2,
        "weight_g": Decimal(350),
        "axes": ("Color",),
        "variants": (variant("TOTE-38-RED", "Red", image_url=RED), variant("TOTE-38-BLUE", "Blue", image_url=BLUE)),
    }
    return ListingDraft(**defaults | said)


TIERS_OF_THE_DRAFT = (Tier("Color", (Option("Red", "img-red"), Option("Blue", "img-blue"))),)


def seen(*models: Model, tiers=TIERS_OF_THE_DRAFT) -> Seen:
    return Seen(tuple(tiers), models)


RED_MODEL = Model(model_id="2000457157", sku="TOTE-38-RED", index=(0,), weight=Decimal("0.35"))
BLUE_MODEL = Model(model_id="2000457158", sku="TOTE-38-BLUE", index=(1,), weight=Decimal("0.35"))


# Items


def test_an_item_is_written_in_the_words_of_its_module():
    draft = make(length_mm=Decimal(301), width_mm=Decimal(250), height_mm=Decimal("40.5"))
    body = mappers.new_item(draft, mappers.item_parts(draft, IMAGES, GLOBAL))
    assert body == {
        "category_id": 100182,
        "global_item_name": "Cotton tote bag 38cm",
        "description": "Canvas tote bag.",
        "global_item_sku": "TOTE-38",
        "image": {"image_id_list": ["img-a"]},
        "original_price": Decimal("39.90"),
        "weight": Decimal("0.350"),
        "dimension": {"package_length": 31, "package_width": 25, "package_height": 5},
        "pre_order": {"days_to_ship": 2},
        "condition": "NEW",
        "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "attribute_list": [],
        "seller_stock": [{"location_id": "CNZ", "stock": 60}],
    }
    of_a_shop = mappers.new_item(draft, mappers.item_parts(draft, IMAGES, SHOP))
    assert of_a_shop["item_name"] == "Cotton tote bag 38cm"
    assert of_a_shop["item_sku"] == "TOTE-38"
    assert of_a_shop["pre_order"] == {"is_pre_order": False, "days_to_ship": 2}


def test_what_is_not_known_is_not_said():
    parts = mappers.item_parts(make(weight_g=None, days_to_ship=None, length_mm=Decimal(300)), {}, GLOBAL)
    assert not {"weight_g", "length_mm", "days_to_ship"} & set(parts)


def test_a_chosen_size_chart_is_no_attribute_and_changes_on_its_own():
    answers = {"100004": (Value(external_id="617"),), "size_chart": (Value(external_id="88"),)}
    parts = mappers.item_parts(make(attributes=answers), IMAGES, GLOBAL)
    assert parts["size_chart"] == {"size_chart_info": {"size_chart_id": 88}}
    assert [row["attribute_id"] for row in parts["attributes"]["attribute_list"]] == [100004]
    assert "size_chart" not in mappers.item_parts(make(attributes={"size_chart": ()}), IMAGES, GLOBAL)


def test_an_item_without_a_weight_has_that_of_its_heaviest_variant():
    draft = make(
        weight_g=None, variants=(variant("A", "Red", weight_g=Decimal(90)), variant("B", "Blue", weight_g=Decimal(120)))
    )
    assert mappers.item_parts(draft, IMAGES, GLOBAL)["weight_g"] == {"weight": Decimal("0.120")}


@pytest.mark.parametrize(
    ("grams", "kilograms"), [("0.2", "0.001"), ("350", "0.350"), ("350.4", "0.350"), ("12345", "12.345")]
)
def test_weights_are_kilograms_of_at_least_a_gram(grams, kilograms):
    assert mappers.given_weight(Decimal(grams)) == {"weight": Decimal(kilograms)}


@pytest.mark.parametrize(
    ("brand", "sent"),
    [
        (None, {"brand_id": 0, "original_brand_name": "NoBrand"}),
        (BrandData(external_id="0", name="NoBrand"), {"brand_id": 0, "original_brand_name": "NoBrand"}),
        (BrandData(external_id="2500139861", name="nike"), {"brand_id": 2500139861, "original_brand_name": "nike"}),
        (BrandData(external_id="", name="Lanyue"), {"brand_id": 0, "original_brand_name": "Lanyue"}),
    ],
)
def test_brands_are_known_ones_names_of_ones_own_or_none(brand, sent):
    assert mappers.to_brand(brand) == sent


def test_answers_are_values_by_id_own_texts_quantities_and_dates():
    answers = {
        "100004": (Value(external_id="617"),),
        "100134": (Value(text="Canvas"), Value(external_id="5", unit="cm")),
        "100462": (Value(text="31/12/2026"),),
        "100463": (Value(text="12/2026"),),
        "100464": (Value(text="2026-12-31"),),
        "100465": (),
    }
    assert mappers.to_attributes(answers) == [
        {"attribute_id": 100004, "attribute_value_list": [{"value_id": 617}]},
        {
            "attribute_id": 100134,
            "attribute_value_list": [
                {"value_id": 0, "original_value_name": "Canvas"},
                {"value_id": 5, "value_unit": "cm"},
            ],
        },
        {"attribute_id": 100462, "attribute_value_list": [{"value_id": 0, "original_value_name": "1798675200"}]},
        {"attribute_id": 100463, "attribute_value_list": [{"value_id": 0, "original_value_name": "1796083200"}]},
        {"attribute_id": 100464, "attribute_value_list": [{"value_id": 0, "original_value_name": "1798675200"}]},
    ]


def test_stock_names_no_place_where_there_is_one_only():
    assert mappers.to_stock({"": 5}) == [{"stock": 5}]
    assert mappers.to_stock({"CNZ": 5, "PHZ": 0}) == [
        {"location_id": "CNZ", "stock": 5},
        {"location_id": "PHZ", "stock": 0},
    ]
    assert mappers.to_stock({}) == [{"stock": 0}]


@pytest.mark.parametrize(
    ("currency", "price"),
    [("MYR", "29.95"), ("SGD", "29.95"), ("BRL", "29.95"), ("PHP", "30"), ("THB", "30"), ("VND", "30"), ("TWD", "30")],
)
def test_prices_have_the_decimals_of_their_currency(currency, price):
    assert mappers.local_price(Decimal("29.949"), currency) == Decimal(price)


# Axes


def test_axes_are_written_in_both_spellings_as_documented():
    tiers = mappers.to_tiers(make(), IMAGES)
    assert mappers.spell(tiers, OLD) == {
        "tier_variation": [
            {
                "name": "Color",
                "option_list": [
                    {"option": "Red", "image": {"image_id": "img-red"}},
                    {"option": "Blue", "image": {"image_id": "img-blue"}},
                ],
            }
        ]
    }
    (tier,) = mappers.spell(tiers, STANDARD)["standardise_tier_variation"]
    assert (tier["variation_id"], tier["variation_group_id"], tier["variation_name"]) == (0, 0, "Color")
    assert tier["variation_option_list"] == [
        {"variation_option_id": 0, "variation_option_name": "Red", "image_id": "img-red"},
        {"variation_option_id": 0, "variation_option_name": "Blue", "image_id": "img-blue"},
    ]
    assert mappers.spell([], STANDARD) == {"standardise_tier_variation": []}


def test_pictures_stand_on_all_options_of_the_first_axis_or_on_none():
    partly = make(variants=(variant("A", "Red", image_url=RED), variant("B", "Blue")))
    assert mappers.to_tiers(partly, IMAGES) == [Tier("Color", (Option("Red"), Option("Blue")))]
    both = make(
        axes=("Size", "Color"),
        variants=(variant("A", "S", "Red", image_url=RED), variant("B", "S", "Blue", image_url=BLUE)),
    )
    size, color = mappers.to_tiers(both, IMAGES)
    assert size.options == (Option("S", "img-red"),)
    assert color.options == (Option("Red"), Option("Blue"))


# The next write


def next_write(draft, there):
    return variants.next_write(draft, mappers.to_tiers(draft, IMAGES), there, GLOBAL)


def test_an_item_without_axes_gets_all_of_its_variants_at_once():
    write = next_write(make(), Seen())
    assert write is not None
    assert (write.kind, write.tiers) == (INIT, TIERS_OF_THE_DRAFT)
    assert [(row["global_model_sku"], row["tier_index"]) for row in write.rows] == [
        ("TOTE-38-RED", [0]),
        ("TOTE-38-BLUE", [1]),
    ]


def test_what_agrees_needs_no_write():
    assert next_write(make(), seen(RED_MODEL, BLUE_MODEL)) is None
    assert next_write(make(axes=(), variants=(variant("TOTE-38"),)), Seen()) is None


def test_the_order_of_options_is_left_as_it_is():
    turned = (Tier("Color", (Option("Blue", "img-blue"), Option("Red", "img-red"))),)
    there = seen(replace(RED_MODEL, index=(1,)), replace(BLUE_MODEL, index=(0,)), tiers=turned)
    assert next_write(make(), there) is None


def test_a_variant_too_much_is_deleted_first_but_never_the_last_one():
    alone = make(variants=make().variants[:1])
    write = next_write(alone, seen(RED_MODEL, BLUE_MODEL))
    assert write is not None
    assert (write.kind, write.model_id) == (DELETE, "2000457158")
    stranger = replace(BLUE_MODEL, sku="ELSE", index=(0,))
    write = next_write(make(variants=(variant("NEW", "Green"),)), seen(stranger))
    assert write is not None
    assert write.kind == TIERS  # the new option comes beside the old one, whose variant goes afterwards
    assert write.tiers is not None
    assert set(write.tiers[0].names()) == {"Green", "Red"}


def test_a_new_option_comes_before_its_variant():
    draft = make(variants=(*make().variants, variant("TOTE-38-GREEN", "Green", image_url=RED)))
    write = next_write(draft, seen(RED_MODEL, BLUE_MODEL))
    assert write is not None
    assert (write.kind, [row["model_id"] for row in write.rows]) == (TIERS, [2000457157, 2000457158])
    added = next_write(draft, seen(RED_MODEL, BLUE_MODEL, tiers=write.tiers))
    assert added is not None
    assert (added.kind, [row["tier_index"] for row in added.rows]) == (ADD, [[2]])


def test_a_renamed_option_keeps_its_variant():
    red, blue = make().variants
    write = next_write(make(variants=(replace(red, options=("Crimson",)), blue)), seen(RED_MODEL, BLUE_MODEL))
    assert write is not None
    assert write.kind == TIERS
    assert list(write.rows) == [
        {"model_id": 2000457157, "tier_index": [0]},
        {"model_id": 2000457158, "tier_index": [1]},
    ]


def test_another_sku_or_weight_is_an_update_of_those_variants_alone():
    red, blue = make().variants
    renamed = make(variants=(replace(red, sku="TOTE-RED"), replace(blue, weight_g=Decimal(350))))
    write = next_write(renamed, seen(RED_MODEL, BLUE_MODEL))
    assert write is not None
    assert (write.kind, write.rows) == (UPDATE, ({"global_model_id": 2000457157, "global_model_sku": "TOTE-RED"},))
    heavier = make(variants=(red, replace(blue, weight_g=Decimal(400))))
    write = next_write(heavier, seen(RED_MODEL, BLUE_MODEL))
    assert write is not None
    assert write.rows == (
        {"global_model_id": 2000457158, "global_model_sku": "TOTE-38-BLUE", "weight": Decimal("0.400")},
    )


def test_variants_come_back_from_the_notebook_as_they_went_in():
    there = seen(RED_MODEL, replace(BLUE_MODEL, size=(30, 25, 4)))
    assert Seen.from_json(there.to_json()) == there


# Shops


def test_a_task_says_only_what_is_wanted_of_the_shop():
    shop = ShopDraft(shop_id="601306001", region="MY", currency="MYR")
    assert mappers.publish_task("2700143060", shop, make(), {}) == {
        "global_item_id": 2700143060,
        "shop_id": 601306001,
        "shop_region": "MY",
        "item": {"item_status": "NORMAL"},
    }
    more = replace(
        shop, name="Beg", prices={"TOTE-38-BLUE": Decimal("31.904"), "GONE": Decimal(1)}, carriers=("28016",)
    )
    assert mappers.publish_task("2700143060", more, make(), {"TOTE-38-BLUE": [1]})["item"] == {
        "item_status": "NORMAL",
        "item_name": "Beg",
        "model": [{"tier_index": [1], "original_price": Decimal("31.90")}],
        "logistic": [{"logistic_id": 28016, "enabled": True}],
    }


def test_all_five_switches_are_said():
    assert mappers.to_switches("601306001", "MY", FieldSwitches(price=False)) == {
        "shop_id": 601306001,
        "shop_region": "MY",
        "name_and_description": True,
        "media_information": True,
        "tier_variation_name_and_option": True,
        "price": False,
        "days_to_ship": True,
    }


# Refusals


@pytest.mark.parametrize(
    ("code", "reason", "field"),
    [
        ("error_title_len_no_pass", "", "name"),
        ("product.error_image_num_min", "", "image_urls"),
        ("error_price_agp_too_large", "", "price"),
        ("error_check_language_fail", "The description holds other letters", "description"),
        ("", "item name length exceed upper limit", "name"),
        ("", "item image quantity less than lower limit", "image_urls"),
        ("", "The category is not supported in BR", "category_id"),
        ("", "attribute is mandatory in TW: BSMI", "attributes"),
        ("", "no logistics channel is available for the item", "carriers"),
        ("", "the price difference between variations exceed limit", "price"),
        ("", "The shop is on holiday", "shop"),
        ("", "days to ship is out of range", "days_to_ship"),
        ("", "something else entirely", ""),
    ],
)
def test_a_refusal_names_the_field_that_is_to_be_mended(code, reason, field):
    assert refusals.field_of(code, reason) == field
