"""What categories allow and ask, as Shopee says it: pure, and against the simulator."""

from decimal import Decimal

import pytest

from integrations.channels import Span
from integrations.shopee import rules
from integrations.shopee.gateway import gateway_for
from tests.factories_shopee import connect_merchant
from tests.support_shopee import fail

from .selling import calls

COUNTRY = {
    "attribute_id": 100004,
    "mandatory": True,
    "name": "Country of Origin",
    "attribute_value_list": [{"value_id": 617, "name": "China", "value_unit": "", "child_attribute_list": []}],
    "attribute_info": {"input_type": 1, "input_validation_type": 0, "mandatory_region": ["ID"], "max_value_count": 1},
}


def fields(*rows):
    return rules.to_fields({"list": [{"category_id": 100182, "attribute_tree": list(rows)}]}, "100182")


def test_a_drop_down_is_a_choice_that_may_be_required_in_some_markets():
    (field,) = fields(COUNTRY)
    assert (field.external_id, field.kind, field.required, field.required_in) == ("100004", "choice", True, ("ID",))
    assert [(choice.external_id, choice.label) for choice in field.choices] == [("617", "China")]
    assert (field.own_values, field.searchable, field.most) == (False, False, 1)


@pytest.mark.parametrize(
    ("info", "expected"),
    [
        ({"input_type": 3, "input_validation_type": 1}, ("integer", True, 1)),
        ({"input_type": 3, "input_validation_type": 3}, ("decimal", True, 1)),
        ({"input_type": 3, "input_validation_type": 2}, ("text", True, 1)),
        ({"input_type": 3, "input_validation_type": 4}, ("date", True, 1)),
        ({"input_type": 2}, ("choice", True, 1)),
        ({"input_type": 4, "max_value_count": 3}, ("choice", False, 3)),
        ({"input_type": 5, "max_value_count": 5}, ("choice", True, 5)),
        ({}, ("choice", False, 1)),
    ],
)
def test_kinds_of_input(info, expected):
    (field,) = fields({**COUNTRY, "attribute_info": info})
    assert (field.kind, field.own_values, field.most) == expected


def test_values_open_attributes_of_their_own():
    inner = {**COUNTRY, "attribute_id": 7, "attribute_value_list": None}
    value = {"value_id": 5, "name": "Print", "child_attribute_list": [inner]}
    (field,) = fields({**COUNTRY, "attribute_value_list": [value]})
    assert [each.external_id for each in field.choices[0].opens] == ["7"]


def test_quantities_have_units_and_dates_a_format():
    quantity = {"input_type": 2, "format_type": 2, "attribute_unit_list": ["cm", "m"]}
    date = {"input_type": 3, "input_validation_type": 4, "date_format_type": 1}
    first, second = fields({**COUNTRY, "attribute_info": quantity}, {**COUNTRY, "attribute_info": date})
    assert first.units == ("cm", "m")
    assert second.date_format == "month"


def test_limits_are_read_from_wherever_they_stand():
    limits = {
        "price_limit": {"min_limit": Decimal("0.1"), "max_limit": 99999},
        "global_item_name_length_limit": {"min_limit": 1, "max_limit": 500},
        "text_length_multiplier": Decimal("2.44"),
        "dts_limit": {"days_to_ship_range_list": [{"min_limit": 5, "max_limit": 10}, {"min_limit": 2, "max_limit": 2}]},
        "weight_limit": {"weight_mandatory": True},
        "size_chart_limit": {"size_chart_mandatory": True},
    }
    found = rules.to_rules(
        "100182", limits, {"list": None}, {"is_mandatory": True}, currency="CNY", is_global=True, ratios={}
    )
    assert found.price == Span(low=Decimal("0.1"), high=Decimal(99999))
    assert found.name_length == Span(low=Decimal(1), high=Decimal(500))
    assert found.stock == Span()
    assert found.wide_character == Decimal("2.44")
    assert found.days_to_ship == ((2, 2), (5, 10))
    assert (found.weight_required, found.dimensions_required, found.size_chart_required) == (True, False, True)
    assert (found.brand_required, found.pure_language, found.minimum_images) == (True, True, {"BR": 2})


def test_a_shops_days_to_ship_are_those_in_stock_and_those_of_a_pre_order():
    limits = {"dts_limit": {"days_to_ship_limit": {"min_limit": 7, "max_limit": 15}, "non_pre_order_days_to_ship": 2}}
    found = rules.to_rules("1", limits, None, None, currency="MYR", is_global=False, ratios={})
    assert found.days_to_ship == ((2, 2), (7, 15))
    assert found.pure_language is False


def test_ratios_of_prices_are_those_of_the_guide():
    assert rules.ratios(["BR", "SG", "MY", "CL", "XX"], of_cnsc=True) == {
        "": Decimal(7),
        "BR": Decimal(4),
        "SG": Decimal(5),
        "MY": Decimal(7),
        "CL": Decimal(9),
    }
    assert rules.ratios(["TW"], of_cnsc=False) == {"TW": Decimal(5)}


def test_a_tree_of_categories_that_goes_in_circles_is_read_all_the_same():
    rows = [
        {"category_id": 1, "parent_category_id": 2, "display_category_name": "A", "has_children": True},
        {"category_id": 2, "parent_category_id": 1, "display_category_name": "B", "has_children": False},
    ]
    assert {each.external_id for each in rules.to_categories({"category_list": rows})} == {"1", "2"}


# Against the simulator


def test_the_tree_has_both_names_and_its_parents_first(simulator, merchant):
    found = gateway_for(merchant).categories()
    known = set()
    for category in found:
        assert (category.parent_id in known) if category.level > 1 else not category.parent_id
        known.add(category.external_id)
    assert {category.level for category in found} == {1, 2, 3}
    assert all(category.is_leaf == (category.level == 3) for category in found)
    assert all(category.name and category.name_local and not category.market for category in found)


def test_rules_cost_few_calls_and_know_closed_markets(simulator, merchant):
    channel, before = gateway_for(merchant), calls(simulator)
    found = channel.rules("100186")
    assert found.closed_in == ("TW",)
    assert found.currency == "CNY"
    assert found.brand_required
    assert {field.label for field in found.fields if field.required} >= {"Country of Origin", "Ingredients"}
    assert sum((calls(simulator) - before).values()) == 3 + 2 * len({shop.region for shop in merchant.shops.all()})
    before = calls(simulator)
    channel.rules("100207")
    assert sum((calls(simulator) - before).values()) == 3  # what the markets say is known by now


def test_rules_know_how_long_a_name_may_be_in_each_market_and_which_take_no_chinese(simulator, merchant):
    found = gateway_for(merchant).rules("100207")
    assert set(found.name_length_in) == {shop.region for shop in merchant.shops.all()}
    assert (found.name_length_in["TW"].high, found.name_length_in["TH"].high) == (Decimal(100), Decimal(120))
    assert found.name_length.high == Decimal(255)
    assert {"MX", "BR", "TH"} <= set(found.not_chinese_in)
    assert not {"TW", "SG", "MY"} & set(found.not_chinese_in)


def test_a_size_chart_is_chosen_among_the_sellers_templates(simulator, merchant):
    channel = gateway_for(merchant)
    found = channel.rules("100165")
    chart = found.fields[-1]
    assert (chart.external_id, chart.kind, chart.required, chart.own_values) == ("size_chart", "choice", True, False)
    assert [choice.label for choice in chart.choices] == ["Dresses, standard"]
    assert found.size_chart_required is False
    assert "size_chart" not in {field.external_id for field in channel.rules("100207").fields}


@pytest.mark.parametrize("refused", ["global_product.get_size_chart_list", "global_product.get_size_chart_detail"])
def test_a_size_chart_is_demanded_and_none_can_be_chosen_where_templates_are_not_to_be_read(
    simulator, merchant, refused
):
    fail(simulator, refused, code="error_param", message="Not for this seller.")
    found = gateway_for(merchant).rules("100165")
    assert found.size_chart_required is True
    assert "size_chart" not in {field.external_id for field in found.fields}


def test_a_korean_merchant_has_no_ratio_for_its_global_products(simulator, virtual_time, db):
    found = gateway_for(connect_merchant(simulator, which=2)).rules("100207")
    assert "" not in found.price_ratio
    assert found.currency == "KRW" or found.currency == "USD"


def test_brands_come_page_by_page_to_the_end(simulator, merchant):
    channel, cursor, names = gateway_for(merchant), "", []
    for _page in range(10):
        page = channel.brands("100160", cursor=cursor)
        names += [brand.name for brand in page.brands]
        cursor = page.cursor
        if not cursor:
            break
    assert len(names) == len(set(names)) >= 250


def test_values_that_are_searched_for(simulator, merchant):
    channel = gateway_for(merchant)
    field = next(each for each in channel.rules("100214").fields if each.searchable)
    page = channel.find_values(field.external_id, "")
    assert len(page.choices) == 100
    following = channel.find_values(field.external_id, "", cursor=page.cursor)
    assert not {each.external_id for each in page.choices} & {each.external_id for each in following.choices}
    narrowed = channel.find_values(field.external_id, page.choices[0].label)
    assert page.choices[0] in narrowed.choices


def test_recommendations_fit_the_name(simulator, merchant):
    channel = gateway_for(merchant)
    best = channel.recommend_categories("Canvas tote bag with a zip")
    assert "100176" in best
    assert isinstance(channel.recommend_values("Canvas tote bag", "100176"), dict)


def test_a_shop_alone_reads_its_own_market(simulator, plain_shop):
    channel = gateway_for(plain_shop)
    market = plain_shop.shops.get().region
    assert {category.market for category in channel.categories()} == {market}
    found = channel.rules("100207")
    assert found.currency == plain_shop.shops.get().currency
    assert not found.pure_language
    assert channel.brands("100207").brands
    assert channel.recommend_categories("Canvas tote bag")
    assert channel.find_values("100004", "x").choices == ()
