"""shopee.md §3.5.2, §3.5.5: variants on at most two axes, in two spellings, whose ids are only listed."""

import pytest

from tests.integrations.simulator.shopee_callers import COLORS, model, seller


@pytest.fixture
def lanyue(simulator):
    """Return the upgraded Chinese merchant with eight shops."""
    return seller(simulator)


@pytest.fixture
def item_id(simulator, lanyue):
    """An item that is old enough for variants."""
    made = lanyue.add()
    simulator.control("clock", advance_s=6)
    return made


def names(lanyue, item_id):
    reply = lanyue.get("get_global_model_list", global_item_id=item_id)["response"]
    return [option["option"] for option in (reply["tier_variation"] or [{"option_list": []}])[0]["option_list"]]


def test_variants_come_too_early_in_the_first_five_seconds(simulator, lanyue):
    made = lanyue.add()
    assert lanyue.code("init_tier_variation", **lanyue.tiers(made)) == ("error_update_item_price", "mtsku not init")
    simulator.control("clock", advance_s=5)
    assert lanyue.code("init_tier_variation", **lanyue.tiers(made)) == ("", "")


@pytest.mark.parametrize("old", [False, True])
def test_both_spellings_make_the_same_variants(lanyue, item_id, old):
    reply = lanyue.post("init_tier_variation", **lanyue.tiers(item_id, old=old))
    assert (reply["error"], "response" in reply) == ("", False)
    shown = lanyue.get("get_global_model_list", global_item_id=item_id)["response"]
    assert shown["tier_variation"] == [{"name": "Colour", "option_list": [{"option": color} for color in COLORS]}]
    assert shown["standardise_tier_variation"][0]["variation_name"] == "Colour"
    models = shown["global_model"]
    assert [(one["global_model_sku"], one["tier_index"]) for one in models] == [
        ("TOTE-38-0", [0]),
        ("TOTE-38-1", [1]),
        ("TOTE-38-2", [2]),
    ]
    assert len({one["global_model_id"] for one in models}) == 3
    assert models[0]["weight"] == "0.35"
    assert (lanyue.counted("tiers"), lanyue.counted("models")) == (1, 3)


@pytest.mark.parametrize(("switch", "old"), [("standardised", True), ("old", False)])
def test_control_takes_one_spelling_away(simulator, lanyue, item_id, switch, old):
    simulator.control("change", platform="shopee", catalog={"tiers": switch})
    assert lanyue.code("init_tier_variation", **lanyue.tiers(item_id, old=old))[0].endswith("error_param")
    assert lanyue.code("init_tier_variation", **lanyue.tiers(item_id, old=not old))[0] == ""


def test_item_without_variants_has_null_lists(lanyue, item_id):
    assert lanyue.get("get_global_model_list", global_item_id=item_id)["response"] == {
        "tier_variation": None,
        "standardise_tier_variation": None,
        "global_model": None,
    }


def test_item_with_variants_shows_no_price_of_its_own(lanyue, item_id):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    shown = lanyue.get("get_global_item_info", global_item_id_list=item_id)["response"]["global_item_list"][0]
    assert shown["has_model"] is True
    assert "price_info" not in shown
    assert "stock_info" not in shown


def options(*names_given, image_ids=()):
    rows = [{"variation_option_id": 0, "variation_option_name": name} for name in names_given]
    for row, image_id in zip(rows, image_ids, strict=False):
        row["image_id"] = image_id
    return {"variation_id": 0, "variation_name": "Colour", "variation_option_list": rows}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"standardise_tier_variation": [options("Red", "Red", "Blue")]}, "error_duplicated_variation_option"),
        ({"standardise_tier_variation": [options("Red", "Blue", "x" * 31)]}, "error_param"),
        ({"standardise_tier_variation": [options("Red", "Blue", "红 Green")]}, "error_check_language_fail"),
        ({"standardise_tier_variation": [options("Red", "Blue", "Green", image_ids=["nobody"] * 3)]}, "error_param"),
        (
            {"standardise_tier_variation": [options("Red", "Blue", "Green", image_ids=["nobody"])]},
            "error_busi_global_tier_option_image_not_equal_to_tier_one_option",
        ),
        ({"global_model": [model(0), model(0)]}, "error_param"),
        ({"global_model": [model(3)]}, "error_param"),
        ({"global_model": [model(0, original_price=0)]}, "error_busi_global_item_price_should_bigger_than_zero"),
        ({"global_model": [model(0, original_price=1), model(1, original_price=8)]}, "error_price_agp_too_large"),
        (
            {
                "global_model": [
                    model(0, dimension={"package_length": 1, "package_width": 1, "package_height": 1}),
                ]
            },
            "error_param",
        ),
        ({"global_model": [model(n) for n in range(51)]}, "error_param"),
    ],
)
def test_bad_variants_are_refused_and_nothing_changes(lanyue, item_id, change, code):
    body = {**lanyue.tiers(item_id), **change}
    assert lanyue.code("init_tier_variation", **body)[0].removeprefix("product.") == code
    assert lanyue.counted("models") == 0
    assert lanyue.models(item_id) is None


def test_two_axes_and_no_more(lanyue, item_id):
    size = {**options("S", "M"), "variation_name": "Size"}
    fit = {**options("Slim"), "variation_name": "Fit"}
    body = lanyue.tiers(item_id)
    body["standardise_tier_variation"] += [size]
    body["global_model"] = [model(0, tier_index=[0, 0]), model(1, tier_index=[2, 1])]
    three = {**body, "standardise_tier_variation": [*body["standardise_tier_variation"], fit]}
    assert lanyue.code("init_tier_variation", **three)[0].endswith("error_param")
    assert lanyue.code("init_tier_variation", **body)[0] == ""
    assert [one["tier_index"] for one in lanyue.models(item_id)] == [[0, 0], [2, 1]]


def test_structure_changes_level_and_old_ids_die(lanyue, item_id):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    before = {one["global_model_id"] for one in lanyue.models(item_id)}
    same = lanyue.code("init_tier_variation", **lanyue.tiers(item_id))
    assert same[1] == "The level of tier-variation not change."
    none = {"standardise_tier_variation": [], "global_model": [model(0, tier_index=[])]}
    assert lanyue.code("init_tier_variation", global_item_id=item_id, **none)[0] == ""
    assert lanyue.models(item_id) is None
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    assert before.isdisjoint(one["global_model_id"] for one in lanyue.models(item_id))


def test_options_are_renamed_and_added_with_arrays_as_index(lanyue, item_id):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    rows = [{"model_id": one["global_model_id"], "tier_index": one["tier_index"]} for one in lanyue.models(item_id)]
    tiers = [options("Crimson", "Blue", "Green", "Black")]
    body = {"global_item_id": item_id, "standardise_tier_variation": tiers, "model_list": rows}
    assert lanyue.code("update_tier_variation", **body)[0] == ""
    assert names(lanyue, item_id) == ["Crimson", "Blue", "Green", "Black"]
    assert [one["global_model_id"] for one in lanyue.models(item_id)] == [row["model_id"] for row in rows]
    assert lanyue.code("add_global_model", global_item_id=item_id, global_model=[model(3)])[0] == ""
    assert [one["tier_index"] for one in lanyue.models(item_id)] == [[0], [1], [2], [3]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda rows: [{**rows[0], "model_id": 5}], "error_wrong_modelid"),
        (lambda rows: [rows[0], rows[0]], "error_duplicate_modelid"),
        (lambda rows: [{**rows[0], "tier_index": [7]}], "error_tier_index"),
    ],
)
def test_wrong_rows_of_an_update_are_refused(lanyue, item_id, change, code):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    rows = [{"model_id": one["global_model_id"], "tier_index": one["tier_index"]} for one in lanyue.models(item_id)]
    tiers = [options(*COLORS)]
    body = {"global_item_id": item_id, "standardise_tier_variation": tiers, "model_list": change(rows)}
    assert lanyue.code("update_tier_variation", **body)[0] == code
    assert len(lanyue.models(item_id)) == 3


def test_update_keeps_the_level(lanyue, item_id):
    body = {"global_item_id": item_id, "standardise_tier_variation": [options(*COLORS)]}
    assert lanyue.code("update_tier_variation", **body)[1] == "Canot change the level of tier-variation."


def test_models_are_added_only_to_tiers_and_not_twice(lanyue, item_id):
    add = {"global_item_id": item_id, "global_model": [model(2)]}
    assert lanyue.code("add_global_model", **add)[0] == "error_busi_cannot_update_model_for_no_tier_item"
    lanyue.post("init_tier_variation", **{**lanyue.tiers(item_id), "global_model": [model(0), model(1)]})
    assert lanyue.code("add_global_model", **add)[0] == ""
    assert lanyue.code("add_global_model", **add)[1] == "Model tier_index error."
    assert len(lanyue.models(item_id)) == 3


def test_model_gets_sku_and_weight_and_the_item_shows_the_heaviest(lanyue, item_id):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id))
    first = lanyue.models(item_id)[0]["global_model_id"]
    row = {"global_model_id": first, "global_model_sku": "NEW-SKU", "weight": 0.9}
    assert lanyue.code("update_global_model", global_item_id=item_id, global_model=[row])[0] == ""
    assert [(one["global_model_sku"], one["weight"]) for one in lanyue.models(item_id)][:2] == [
        ("NEW-SKU", "0.9"),
        ("TOTE-38-1", "0.35"),
    ]
    shown = lanyue.get("get_global_item_info", global_item_id_list=item_id)["response"]["global_item_list"][0]
    assert shown["weight"] == "0.9"


def test_model_is_deleted_with_its_shop_models_but_not_the_last(lanyue, item_id):
    lanyue.post("init_tier_variation", **lanyue.tiers(item_id, COLORS[:2]))
    lanyue.publish(item_id)
    first, last = (one["global_model_id"] for one in lanyue.models(item_id))
    done = lanyue.post("delete_global_model", global_item_id=item_id, global_model_id=first)["response"]
    assert done == {"global_model_id": first, "failures": []}
    refused = lanyue.code("delete_global_model", global_item_id=item_id, global_model_id=last)
    assert refused[0] == "error_busi_delete_global_default_model_failed"
    made = lanyue.published(item_id)["MY"]["item_id"]
    assert [one["model_sku"] for one in lanyue.shop_models(lanyue.shops["MY"], made)] == ["TOTE-38-1"]


def test_new_model_appears_in_the_shops(lanyue, item_id):
    lanyue.post("init_tier_variation", **{**lanyue.tiers(item_id), "global_model": [model(0)]})
    lanyue.publish(item_id)
    made = lanyue.published(item_id)["MY"]["item_id"]
    before = lanyue.shop_models(lanyue.shops["MY"], made)
    lanyue.post("add_global_model", global_item_id=item_id, global_model=[model(1)])
    after = lanyue.shop_models(lanyue.shops["MY"], made)
    assert [one["model_id"] for one in after][:1] == [one["model_id"] for one in before]
    assert [one["model_sku"] for one in after] == ["TOTE-38-0", "TOTE-38-1"]
