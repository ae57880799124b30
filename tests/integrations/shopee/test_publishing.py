"""Publications from the first step to the last, against the simulator."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.errors import Refused
from accounts.models import Credential
from integrations.channels import Cell, DraftRefused, PublishProgress, Value
from integrations.errors import NotFound
from integrations.shopee import access
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import connect_merchant, connect_shop, make_draft

from .selling import books, calls, publish, publish_until_refused

DRESSES = "100165"  # a category that demands a size chart
MOST_CALLS = 33  # for eight shops, pictures included
LOOKS = ("global_product.get_published_list", "global_product.get_publish_task_result")


def spent(simulator, before: Counter[str]) -> Counter[str]:
    return calls(simulator) - before


def change(simulator, **what):
    return simulator.control("change", platform="shopee", **what)


def in_shops(draft, count):
    return replace(draft, shops=draft.shops[:count])


def without_variants(draft):
    only = replace(draft.variants[0], sku=draft.reference, options=())
    return replace(draft, axes=(), variants=(only,))


def single_axis(draft):
    kept = [variant for variant in draft.variants if variant.options[1] == "S"]
    return replace(
        draft, axes=("Color",), variants=tuple(replace(variant, options=variant.options[:1]) for variant in kept)
    )


def cells(progress: PublishProgress) -> list[tuple[str, str]]:
    return [(cell.status, cell.field) for cell in progress.cells.values()]


# The usual way


def test_a_product_goes_live_in_eight_shops_with_few_calls(simulator, merchant):
    draft, before, steps = make_draft(merchant), calls(simulator), []
    done = publish(merchant, draft, steps=steps)
    made = spent(simulator, before)
    assert [cell.status for cell in done.cells.values()] == ["live"] * 8
    assert sum(made.values()) <= MOST_CALLS
    assert {endpoint: count for endpoint, count in made.items() if endpoint not in LOOKS} == {
        "media_space.upload_image": 1,
        "global_product.add_global_item": 1,
        "global_product.init_tier_variation": 1,
        "global_product.get_global_model_list": 1,
        "global_product.get_shop_publishable_status": 1,
        "global_product.create_publish_task": 8,
        "product.get_model_list": 8,
    }
    assert list(dict.fromkeys(steps)) == ["product", "variants", "shops", "results", ""]


def test_the_ids_of_variants_are_those_of_the_shops_and_of_the_global_product(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    done = publish(merchant, draft)
    channel = gateway_for(merchant)
    ((shop_id, cell),) = done.cells.items()
    there = channel.shop_listing(shop_id, cell.listing_id)
    assert {variant.sku: variant.external_id for variant in there.variants} == cell.variant_ids
    assert {variant.sku: variant.external_id for variant in channel.global_listing(done.global_id).variants} == (
        done.variant_ids
    )
    assert cell.url == f"https://shopee.com.my/product/{shop_id}/{cell.listing_id}"


def test_pictures_are_sent_once_for_all_products(simulator, merchant):
    publish(merchant, in_shops(make_draft(merchant), 1))
    before = calls(simulator)
    publish(merchant, in_shops(make_draft(merchant, reference="CJOTHER", name="Another bag of canvas"), 1))
    assert "media_space.upload_image" not in spent(simulator, before)
    assert len(books(simulator, "images")) == 4


def test_many_pictures_go_in_calls_of_eight(simulator, merchant):
    urls = tuple(make_draft(merchant).image_urls[0].replace("-0.jpg", f"-{number}.jpg") for number in range(9))
    before = calls(simulator)
    publish(merchant, in_shops(make_draft(merchant, image_urls=urls), 1))
    assert spent(simulator, before)["media_space.upload_image"] == 2  # nine of the product, two of its variants
    (item,) = gateway_for(merchant).global_listings(cursor=None).items[-1:]
    assert item.sku == "CJTOTE"


def test_a_product_without_variants_needs_no_look_at_them(simulator, merchant):
    draft, before = in_shops(without_variants(make_draft(merchant)), 2), calls(simulator)
    done = publish(merchant, draft)
    made = spent(simulator, before)
    assert cells(done) == [("live", ""), ("live", "")]
    assert [cell.variant_ids for cell in done.cells.values()] == [{"CJTOTE": ""}] * 2
    assert done.variant_ids == {"CJTOTE": ""}
    assert not {"global_product.init_tier_variation", "global_product.get_global_model_list"} & set(made)
    assert "product.get_model_list" not in made


def test_a_korean_merchant_publishes_in_its_own_currency(simulator, virtual_time, db):
    korean = connect_merchant(simulator, which=2)
    assert (korean.region, korean.seller_center) == ("KR", "krsc")
    done = publish(korean, in_shops(make_draft(korean), 2))
    assert cells(done) == [("live", ""), ("live", "")]


def test_what_a_shop_is_given_of_its_own_goes_with_its_task(simulator, merchant):
    draft = make_draft(merchant)
    shop = replace(
        draft.shops[0],
        name="Beg tote kanvas",
        description="Beg tote yang ringan dan kuat untuk setiap hari, boleh dilipat dengan mudah.",
        prices={"CJTOTE-RS": Decimal("39.904"), "CJTOTE-RM": Decimal(40)},
        listed=False,
    )
    done = publish(merchant, replace(draft, shops=(shop,)))
    (cell,) = done.cells.values()
    assert cell.status == "unlisted"
    there = gateway_for(merchant).shop_listing(shop.shop_id, cell.listing_id)
    assert there.name == "Beg tote kanvas"
    prices = {variant.sku: variant.price for variant in there.variants}
    assert (prices["CJTOTE-RS"], prices["CJTOTE-RM"]) == (Decimal("39.90"), Decimal(40))


def test_a_notebook_is_plain_json_and_holds_no_mark_in_the_end(simulator, merchant):
    done = publish(merchant, in_shops(make_draft(merchant), 1))  # each progress went through JSON
    assert "mark" not in done.state
    assert done.state["shops"] == {}


# What is refused, and whom it concerns


def test_a_shop_that_refuses_stops_no_other_and_names_the_field(simulator, merchant):
    draft = in_shops(make_draft(merchant), 3)
    second = draft.shops[1].shop_id
    change(simulator, publishing={"shop_id": int(second), "reason": "item name length exceed upper limit"})
    done = publish(merchant, draft)
    assert cells(done) == [("live", ""), ("refused", "name"), ("live", "")]
    assert done.cells[second].reason == "item name length exceed upper limit"
    again = publish(merchant, draft, done)
    assert cells(again) == [("live", "")] * 3
    assert Counter(one["shop_id"] for one in books(simulator, "shop_items")) == {
        int(shop.shop_id): 1 for shop in draft.shops
    }


def test_a_single_refused_cell_is_tried_again_alone(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    first, second = (shop.shop_id for shop in draft.shops)
    change(simulator, publishing={"shop_id": int(second), "reason": "item image quantity less than lower limit"})
    done = publish(merchant, draft)
    assert done.cells[second].field == "image_urls"
    before = calls(simulator)
    again = publish(merchant, replace(draft, shops=draft.shops[1:]), done)
    assert again.cells[second].status == "live"
    assert again.cells[first] == done.cells[first]
    assert spent(simulator, before)["global_product.create_publish_task"] == 1


def test_a_shop_on_holiday_is_blocked_with_its_reason_before_any_task(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    second = draft.shops[1].shop_id
    change(simulator, shop={"shop_id": int(second), "holiday": True})
    done = publish(merchant, draft)
    assert cells(done) == [("live", ""), ("blocked", "shop")]
    assert "holiday" in done.cells[second].reason
    assert len(books(simulator, "publish_tasks")) == 1


def test_a_market_where_the_category_is_closed_is_blocked(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    change(simulator, category={"category_id": int(draft.category_id), "region": draft.shops[1].region})
    assert cells(publish(merchant, draft)) == [("live", ""), ("blocked", "category_id")]


def test_a_dead_token_of_a_shop_stops_no_other_shop(simulator, merchant):
    draft = in_shops(make_draft(merchant), 3)
    second = draft.shops[1].shop_id
    Credential.objects.get(shop__external_id=second).delete()
    done = publish(merchant, draft)
    assert cells(done) == [("live", ""), ("live", "shop"), ("live", "")]
    assert done.cells[second].variant_ids == {}
    assert "Connect it again" in done.cells[second].reason
    assert all(done.cells[shop.shop_id].variant_ids for shop in (draft.shops[0], draft.shops[2]))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "x" * 300}, "name"),
        ({"name": "Canvas 帆布 bag"}, "name"),
        ({"description": "y" * 6000}, "description"),
        ({"category_id": "100001"}, "category_id"),
        ({"category_id": "100176"}, "attributes"),
        ({"category_id": "100182"}, "attributes"),
        ({"days_to_ship": 4}, "days_to_ship"),
        ({"days_to_ship": None}, "days_to_ship"),
        ({"category_id": "letters"}, "category_id"),
        ({"weight_g": Decimal(200_000)}, "weight_g"),
    ],
)
def test_a_refused_product_names_the_field_and_nothing_is_made(simulator, merchant, said, field):
    with pytest.raises(DraftRefused) as caught:
        publish(merchant, in_shops(make_draft(merchant, **said), 1))
    assert caught.value.field == field
    assert [one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"] == []


def test_a_refused_variant_is_mended_and_the_product_is_not_made_again(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    wrong = replace(draft, axes=("A very long name of an axis indeed", "Size"))
    progress, refusal = publish_until_refused(merchant, wrong)
    assert refusal.field == "variants"
    done = publish(merchant, draft, progress)
    assert cells(done) == [("live", "")]
    assert len([one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"]) == 1


def test_a_picture_from_an_unknown_host_is_refused_by_name(simulator, merchant):
    draft = make_draft(merchant, image_urls=("https://pictures.example.com/a.jpg",))
    with pytest.raises(DraftRefused, match="PICTURE_HOSTS") as caught:
        publish(merchant, in_shops(draft, 1))
    assert caught.value.field == "image_urls"


def test_an_account_is_not_asked_for_the_other_kind_of_product(simulator, merchant):
    with pytest.raises(Refused, match="global products"):
        gateway_for(merchant).publish(make_draft(merchant, is_global=False), PublishProgress())


def test_after_a_refusal_nothing_is_looked_for_because_nothing_was_lost(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    progress, refusal = publish_until_refused(merchant, replace(draft, days_to_ship=4))
    assert (refusal.field, refusal.code) == ("days_to_ship", "error_dts_range_not_allowed")
    assert refusal.request_id
    assert "mark" not in progress.state
    before = calls(simulator)
    progress, again = publish_until_refused(merchant, replace(draft, days_to_ship=4), progress)
    assert str(again).startswith("Shopee does not allow these days to ship.")
    assert spent(simulator, before) == {"global_product.add_global_item": 1}  # tried again, for it may have been mended
    assert cells(publish(merchant, draft, progress)) == [("live", "")]
    assert "global_product.get_global_item_list" not in calls(simulator)


# What is there already


def test_a_product_with_our_sku_that_was_made_elsewhere_is_taken_over(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    first = publish(merchant, draft)
    again = publish(merchant, draft)  # as if our own record had been lost
    assert again.global_id == first.global_id
    assert [(cell.status, cell.listing_id) for cell in again.cells.values()] == [
        (cell.status, cell.listing_id) for cell in first.cells.values()
    ]
    assert len([one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"]) == 1


def test_a_similar_product_of_somebody_else_is_named(simulator, merchant):
    publish(merchant, in_shops(make_draft(merchant), 1))
    other = in_shops(make_draft(merchant, reference="CJOTHER"), 1)  # the same name and pictures
    with pytest.raises(DraftRefused, match=r"SKU CJTOTE") as caught:
        publish(merchant, other)
    assert (caught.value.field, caught.value.code) == ("name", "error_repeated_mtsku")


def test_shops_that_have_the_product_already_are_not_published_to_again(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    first = publish(merchant, draft)
    done = publish(merchant, draft, PublishProgress(global_id=first.global_id))
    assert cells(done) == [("live", "")] * 2
    assert done.variant_ids == first.variant_ids
    assert len(books(simulator, "publish_tasks")) == 2


def test_a_product_that_is_gone_is_not_found(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    done = publish(merchant, draft)
    gateway_for(merchant).delete("", done.global_id)
    with pytest.raises(NotFound):
        publish(merchant, replace(draft, name="Canvas tote bag 40cm"), done)


def test_a_listing_that_was_deleted_at_the_platform_is_published_again(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    done = publish(merchant, draft)
    shop_id, cell = next(iter(done.cells.items()))
    gateway_for(merchant).delete(shop_id, cell.listing_id)
    noticed = publish(merchant, draft, done)
    assert cells(noticed) == [("deleted", ""), ("live", "")]
    again = publish(merchant, draft, noticed)
    assert cells(again) == [("live", "")] * 2
    assert again.cells[shop_id].listing_id != cell.listing_id


# Bringing up to a changed draft


def test_nothing_changed_asks_only_what_is_there(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    done = publish(merchant, draft)
    before = calls(simulator)
    assert publish(merchant, draft, done).cells == done.cells
    assert spent(simulator, before) == {"global_product.get_published_list": 1}


@pytest.mark.parametrize(
    ("said", "sent"),
    [
        ({"name": "Canvas tote bag 40cm"}, {"global_item_name"}),
        ({"description": "A bag of canvas, made to last, in many colors and two sizes for all."}, {"description"}),
        ({"days_to_ship": 5}, {"pre_order"}),
    ],
)
def test_only_what_differs_is_sent(simulator, merchant, said, sent):
    draft = in_shops(make_draft(merchant), 1)
    done = publish(merchant, draft)
    before = calls(simulator)
    publish(merchant, replace(draft, **said), done)
    assert spent(simulator, before)["global_product.update_global_item"] == 1
    (call,) = merchant.calls.filter(endpoint="global_product.update_global_item")
    assert set(json.loads(call.request)) == sent | {"global_item_id"}


def test_options_are_added_renamed_and_removed(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    done = publish(merchant, draft)
    red_s, red_m, blue_s, _blue_m = draft.variants
    crimson = [replace(each, options=("Crimson", each.options[1])) for each in (red_s, red_m)]
    green = replace(blue_s, sku="CJTOTE-GS", options=("Green", "S"))
    changed = replace(draft, variants=(*crimson, green))
    again = publish(merchant, changed, done)
    there = gateway_for(merchant).global_listing(again.global_id)
    assert {variant.sku: variant.options for variant in there.variants} == {
        variant.sku: variant.options for variant in changed.variants
    }
    assert again.variant_ids["CJTOTE-RS"] == done.variant_ids["CJTOTE-RS"]
    ((_shop, cell),) = again.cells.items()
    assert set(cell.variant_ids) == {"CJTOTE-RS", "CJTOTE-RM", "CJTOTE-GS"}
    assert len(books(simulator, "tiers")) == 1


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (single_axis, make_draft),
        (make_draft, single_axis),
        (without_variants, make_draft),
        (make_draft, without_variants),
    ],
)
def test_another_number_of_axes_sets_the_variants_up_anew(simulator, merchant, first, then):
    whole = in_shops(make_draft(merchant), 1)
    before, after = (whole if make is make_draft else make(whole) for make in (first, then))
    done = publish(merchant, before)
    again = publish(merchant, after, done)
    there = gateway_for(merchant).global_listing(again.global_id)
    assert there.axes == after.axes
    assert {variant.sku: variant.external_id for variant in there.variants} == again.variant_ids
    assert again.global_id == done.global_id


def test_new_shops_get_tasks_and_the_others_none(simulator, merchant):
    draft = make_draft(merchant)
    done = publish(merchant, in_shops(draft, 2))
    again = publish(merchant, in_shops(draft, 4), done)
    assert cells(again) == [("live", "")] * 4
    assert Counter(one["shop_id"] for one in books(simulator, "publish_tasks")) == {
        int(shop.shop_id): 1 for shop in draft.shops[:4]
    }


# Oddities of the platform


@pytest.mark.parametrize("spelling", ["old", "standardised"])
def test_either_spelling_of_axes_is_found_and_remembered(simulator, merchant, spelling):
    change(simulator, catalog={"tiers": spelling})
    draft, before = in_shops(make_draft(merchant), 1), calls(simulator)
    done = publish(merchant, draft)
    assert cells(done) == [("live", "")]
    assert spent(simulator, before)["global_product.init_tier_variation"] == (2 if spelling == "old" else 1)
    assert done.state.get("form", "standard") == ("old" if spelling == "old" else "standard")


def test_results_that_cannot_be_had_now_are_asked_again(simulator, merchant):
    change(simulator, catalog={"lost_results_every": 2}, publishing={"seconds": 40})
    done = publish(merchant, in_shops(make_draft(merchant), 3))
    assert cells(done) == [("live", "")] * 3


def test_slow_tasks_are_looked_at_with_growing_pauses(simulator, merchant):
    change(simulator, publishing={"seconds": 600})
    draft, before = in_shops(make_draft(merchant), 2), calls(simulator)
    done = publish(merchant, draft)
    made = spent(simulator, before)
    assert cells(done) == [("live", "")] * 2
    assert made["global_product.get_published_list"] <= 12
    assert made["global_product.get_publish_task_result"] <= 2 * 12


def test_a_limit_that_is_hit_waits_and_does_not_start_a_task_twice(simulator, merchant):
    simulator.control(
        "faults",
        platform="shopee",
        path="global_product.create_publish_task",
        when="before",
        code="error_rate_limit",
        message="Too many requests",
        times=2,
    )
    draft = in_shops(make_draft(merchant), 2)
    done = publish(merchant, draft)
    assert cells(done) == [("live", "")] * 2
    assert len(books(simulator, "publish_tasks")) == 2


def test_variants_that_come_too_early_are_sent_again_in_a_moment(simulator, merchant):
    simulator.control(
        "faults",
        platform="shopee",
        path="global_product.init_tier_variation",
        when="before",
        code="error_update_item_price",
        message="mtsku not init",
        times=2,
    )
    assert cells(publish(merchant, in_shops(make_draft(merchant), 1))) == [("live", "")]
    assert len(books(simulator, "tiers")) == 1


def test_a_product_goes_with_the_size_chart_that_was_chosen_and_not_without(simulator, merchant):
    asked = gateway_for(merchant).rules(DRESSES)
    answers = {
        field.external_id: (Value(external_id=field.choices[0].external_id),) if field.choices else (Value(text="x"),)
        for field in asked.fields
        if field.required
    }
    brand = gateway_for(merchant).brands(DRESSES).brands[0]
    draft = in_shops(make_draft(merchant, category_id=DRESSES, attributes=answers, brand=brand), 1)
    without = replace(draft, attributes={name: said for name, said in answers.items() if name != "size_chart"})
    progress, refusal = publish_until_refused(merchant, without)
    assert (refusal.field, books(simulator, "global_items")) == ("attributes.size_chart", [])
    done = publish(merchant, draft, progress)
    assert cells(done) == [("live", "")]
    info = access.client_for(merchant).global_product.get_global_item_info([done.global_id])
    assert info["global_item_list"][0]["size_chart_id"] == int(answers["size_chart"][0].external_id)


# A shop alone


def test_a_shop_alone_gets_a_product_of_its_own(simulator, plain_shop):
    draft, before = make_draft(plain_shop), calls(simulator)
    done = publish(plain_shop, draft)
    ((shop_id, cell),) = done.cells.items()
    assert (cell.status, done.global_id) == ("live", "")
    there = gateway_for(plain_shop).shop_listing(shop_id, cell.listing_id)
    assert {variant.sku: variant.external_id for variant in there.variants} == cell.variant_ids
    assert not any(endpoint.startswith("global_product.") for endpoint in spent(simulator, before))


def test_a_product_of_a_shop_alone_is_brought_up_to_a_changed_draft(simulator, plain_shop):
    draft = make_draft(plain_shop)
    done = publish(plain_shop, draft)
    green = replace(draft.variants[0], sku="CJTOTE-GS", options=("Green", "S"))
    changed = replace(draft, name="Canvas tote bag 40cm", variants=(*draft.variants[:3], green))
    again = publish(plain_shop, changed, done)
    ((shop_id, cell),) = again.cells.items()
    there = gateway_for(plain_shop).shop_listing(shop_id, cell.listing_id)
    assert there.name == "Canvas tote bag 40cm"
    assert {variant.sku for variant in there.variants} == {variant.sku for variant in changed.variants}
    assert cell.listing_id == next(iter(done.cells.values())).listing_id


def test_shops_of_a_merchant_that_is_not_upgraded_get_products_of_their_own(simulator, virtual_time, db):
    change(simulator, catalog={"edits_before_upgrade": True})
    account = connect_merchant(simulator, which=3)
    assert not account.upgraded
    draft = make_draft(account)
    assert len(draft.shops) == 2
    named = replace(draft.shops[1], name="x" * 300)
    refused = publish(account, replace(draft, shops=(draft.shops[0], named)))
    assert cells(refused) == [("live", ""), ("refused", "name")]
    done = publish(account, draft, refused)
    assert cells(done) == [("live", "")] * 2
    made = [one["shop_id"] for one in books(simulator, "shop_items") if one.get("sku") == "CJTOTE"]
    assert sorted(made) == sorted(int(shop.shop_id) for shop in draft.shops)


def test_a_merchant_that_is_not_upgraded_is_told_to_finish(simulator, virtual_time, db):
    account = connect_merchant(simulator, which=3)
    done = publish(account, make_draft(account))
    assert cells(done) == [("refused", "shop")] * 2
    assert "not upgraded" in next(iter(done.cells.values())).reason


def test_a_shops_product_that_was_there_before_is_brought_up_to_the_draft(simulator, plain_shop):
    shop = plain_shop.shops.get()
    draft, channel = make_draft(plain_shop), gateway_for(plain_shop)
    there = channel.shop_listings(shop.external_id, cursor=None).items[-1]
    adopted = PublishProgress(cells={shop.external_id: Cell(status="live", listing_id=there.external_id)})
    done = publish(plain_shop, draft, adopted)
    assert [cell.listing_id for cell in done.cells.values()] == [there.external_id]
    assert channel.shop_listing(shop.external_id, there.external_id).name == draft.name
    assert [one for one in books(simulator, "shop_items") if one.get("sku") == "CJTOTE"] == []


def test_an_announced_product_that_turns_out_to_be_there_already_is_not_made(simulator, plain_shop):
    shop = plain_shop.shops.get()
    draft, channel = make_draft(plain_shop), gateway_for(plain_shop)
    there = channel.shop_listings(shop.external_id, cursor=None).items[-1]
    announced = channel.publish(draft, PublishProgress())
    adopted = replace(announced, cells={shop.external_id: Cell(status="live", listing_id=there.external_id)})
    assert announced.state["parts"][shop.external_id]["state"]["mark"]
    done = publish(plain_shop, draft, adopted)
    assert [cell.listing_id for cell in done.cells.values()] == [there.external_id]
    assert [one for one in books(simulator, "shop_items") if one.get("sku") == "CJTOTE"] == []


def test_a_product_that_was_deleted_in_a_shop_alone_is_made_anew(simulator, plain_shop):
    draft = make_draft(plain_shop)
    done = publish(plain_shop, draft)
    ((shop_id, cell),) = done.cells.items()
    gateway_for(plain_shop).delete(shop_id, cell.listing_id)
    noticed = publish(plain_shop, draft, done)
    assert [each.status for each in noticed.cells.values()] == ["deleted"]
    again = publish(plain_shop, draft, noticed)
    assert [each.status for each in again.cells.values()] == ["live"]
    assert again.cells[shop_id].listing_id != cell.listing_id


def test_pictures_that_the_platform_has_lost_are_sent_again(simulator, merchant):
    draft = in_shops(make_draft(merchant), 1)
    publish(merchant, draft)
    merchant.app.images.update(external_id="cn-gone")
    other = replace(draft, reference="CJOTHER", name="Another bag of canvas")
    progress, refusal = publish_until_refused(merchant, other)
    assert refusal.field == "image_urls"
    assert cells(publish(merchant, other, progress)) == [("live", "")]


def test_a_second_shop_alone_can_be_connected(simulator, virtual_time, db):
    other = connect_shop(simulator, which=1)
    done = publish(other, make_draft(other))
    assert [cell.status for cell in done.cells.values()] == ["live"]
    assert next(iter(done.cells.values())) != Cell()


# A shop's own words


def test_a_listings_own_words_are_sent_when_they_change_and_only_then(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    done = publish(merchant, draft)
    before = calls(simulator)
    named = replace(draft, shops=(replace(draft.shops[0], name="Beg tote kanvas"), draft.shops[1]))
    again = publish(merchant, named, done)
    assert spent(simulator, before)["product.update_item"] == 1
    channel, (first, second) = gateway_for(merchant), again.cells
    assert channel.shop_listing(first, again.cells[first].listing_id).name == "Beg tote kanvas"
    assert channel.shop_listing(second, again.cells[second].listing_id).name == draft.name
    before = calls(simulator)
    publish(merchant, named, again)
    assert "product.update_item" not in spent(simulator, before)


def test_own_words_that_are_refused_are_said_in_their_cell(simulator, merchant):
    draft = in_shops(make_draft(merchant), 2)
    done = publish(merchant, draft)
    named = replace(draft, shops=(replace(draft.shops[0], name="x" * 300), draft.shops[1]))
    again = publish(merchant, named, done)
    assert cells(again) == [("live", "name"), ("live", "")]
    assert [cell.listing_id for cell in again.cells.values()] == [cell.listing_id for cell in done.cells.values()]


def test_an_access_token_that_ran_out_is_waited_for(simulator, merchant):
    draft, channel = in_shops(make_draft(merchant), 1), gateway_for(merchant)
    progress = PublishProgress()
    while (progress.state.get("mark") or {}).get("what") != "product":
        progress = channel.publish(draft, progress)
    Credential.objects.filter(account=merchant, shop=None).update(access_expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    waiting = channel.publish(draft, progress)
    assert (waiting.done, waiting.wait > 0) == (False, True)
    assert "mark" not in waiting.state  # nothing was sent: nothing has to be looked for
    assert [one for one in books(simulator, "global_items") if one["sku"] == "CJTOTE"] == []
