"""What a category allows and asks: Shopee's limits, attributes and brands → `CategoryRules`. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from integrations.channels import BrandData, CategoryRules, Choice, FieldSpec, Span, Value
from integrations.contracts import CategoryData

from .mappers import SIZE_CHART
from .parsing import flag, ident, integer, known_id, mapping, number, records, text, texts

# Dearest ÷ cheapest variant that a market takes (developer guide, "Creating global product").
MARKET_RATIOS = {
    "BR": 4,
    "ID": 7,
    "MY": 7,
    "CL": 9,
    "CO": 9,
    **dict.fromkeys(("SG", "VN", "TW", "TH", "PH", "MX"), 5),
}
GLOBAL_RATIO = 7  # of CNSC merchants; none is known for KRSC
BRAZILS_IMAGES = 2  # seen in live publishing, stated nowhere: a hint
# Markets none of whose languages is Chinese (`language` of the shop's calls); a text of their own is in theirs.
NOT_CHINESE = ("BR", "CL", "CO", "ID", "MX", "PH", "TH", "VN")

_SINGLE, _COMBO, _TEXT, _MULTI, _MULTI_COMBO = 1, 2, 3, 4, 5  # input_type
_OWN = (_COMBO, _TEXT, _MULTI_COMBO)
_KINDS = {1: "integer", 3: "decimal", 4: "date"}  # input_validation_type, of values that are written
_WITH_UNIT = 2  # format_type
_DATES = {0: "day", 1: "month"}
_DEEPEST = 5  # attributes that open attributes
_WRITTEN = ("TEXT_FILED", "TEXT_FIELD", "COMBO_BOX")  # input_type of brands where a name may be written


def to_categories(data: object, local: object = None, *, market: str = "") -> list[CategoryData]:
    """Read the tree of categories, parents before children; names of the second reading are the local ones."""
    rows = {known_id(row.get("category_id")): row for row in records(mapping(data).get("category_list"))}
    others = {known_id(row.get("category_id")): row for row in records(mapping(local).get("category_list"))}
    rows.pop("", None)
    levels: dict[str, int] = {}

    def level(category_id: str, below: frozenset[str] = frozenset()) -> int:
        if category_id not in levels:
            parent = known_id(rows[category_id].get("parent_category_id"))
            is_top = parent not in rows or parent in below
            levels[category_id] = 1 if is_top else level(parent, below | {category_id}) + 1
        return levels[category_id]

    found = [
        CategoryData(
            external_id=category_id,
            name=text(row.get("display_category_name"), 200) or text(row.get("original_category_name"), 200),
            name_local=text(others.get(category_id, {}).get("display_category_name"), 200),
            level=level(category_id),
            parent_id=parent if (parent := known_id(row.get("parent_category_id"))) in rows else "",
            is_leaf=not flag(row.get("has_children")),
            market=market,
        )
        for category_id, row in rows.items()
    ]
    return sorted(found, key=lambda category: category.level)


def to_rules(
    category_id: str,
    limits: object,
    attributes: object,
    brands: object,
    *,
    currency: str,
    is_global: bool,
    ratios: Mapping[str, Decimal],
    takes_size_chart: bool = True,
    charts: Sequence[Choice] = (),
    closed_in: Iterable[str] = (),
    name_length_in: Mapping[str, Span] | None = None,
) -> CategoryRules:
    """Put together what get_global_item_limit (or get_item_limit), get_attribute_tree and get_brand_list say.

    A size chart that is demanded is asked for like an attribute where there are `charts` to choose from.
    """
    said, of_brands = mapping(limits), mapping(brands)
    prefix = "global_item" if is_global else "item"
    chart = mapping(said.get("size_chart_limit"))
    brand_input = text(of_brands.get("input_type"), 40).upper()
    needs_chart = takes_size_chart and flag(chart.get("size_chart_mandatory")) is True
    of_chart = (_chart_field(charts),) if needs_chart and charts else ()
    return CategoryRules(
        category_id=category_id,
        fields=(*to_fields(attributes, category_id), *of_chart),
        price=_span(said.get("price_limit")),
        currency=currency,
        stock=_span(said.get("stock_limit")),
        name_length=_span(said.get(f"{prefix}_name_length_limit")),
        description_length=_span(said.get(f"{prefix}_description_length_limit")),
        image_count=_span(said.get(f"{prefix}_image_count_limit")),
        axis_name_length=_span(said.get("tier_variation_name_length_limit")),
        option_length=_span(said.get("tier_variation_option_length_limit")),
        wide_character=number(said.get("text_length_multiplier")) or Decimal(1),
        days_to_ship=_days(mapping(said.get("dts_limit"))),
        weight_required=flag(mapping(said.get("weight_limit")).get("weight_mandatory")) is not False,
        dimensions_required=flag(mapping(said.get("dimension_limit")).get("dimension_mandatory")) is True,
        size_chart_required=needs_chart and not charts,
        brand_required=flag(of_brands.get("is_mandatory")) is True,
        own_brand=not brand_input or brand_input in _WRITTEN,
        price_ratio=dict(ratios),
        pure_language=is_global,
        minimum_images={"BR": BRAZILS_IMAGES},
        closed_in=tuple(closed_in),
        name_length_in=dict(name_length_in or {}),
        not_chinese_in=NOT_CHINESE if is_global else (),
    )


def to_chart(data: object) -> Choice | None:
    """Read a size chart (Shopee: get_size_chart_detail); None where it says no number."""
    row = mapping(data)
    chart_id = known_id(row.get("size_chart_id"))
    return Choice(external_id=chart_id, label=text(row.get("size_chart_name"), 200) or chart_id) if chart_id else None


def _chart_field(charts: Sequence[Choice]) -> FieldSpec:
    note = "Templates of your seller center. Read the category's rules again to see a new one."
    return FieldSpec(external_id=SIZE_CHART, label="Size chart", required=True, choices=tuple(charts), help_text=note)


def name_length(limits: object) -> Span:
    """Read how long a name may be in a shop's market (Shopee: product.get_item_limit)."""
    return _span(mapping(limits).get("item_name_length_limit"))


def ratios(regions: Iterable[str], *, of_cnsc: bool) -> dict[str, Decimal]:
    """Return the ratios of prices that hold: of the global product under "", else by market."""
    found = {region: Decimal(MARKET_RATIOS[region]) for region in regions if region in MARKET_RATIOS}
    return ({"": Decimal(GLOBAL_RATIO)} if of_cnsc else {}) | found


def to_fields(data: object, category_id: str) -> tuple[FieldSpec, ...]:
    """Read the tree of attributes of one category (Shopee: get_attribute_tree)."""
    rows = records(mapping(data).get("list"))
    row = next((row for row in rows if known_id(row.get("category_id")) == category_id), rows[0] if rows else {})
    return _fields(row.get("attribute_tree"), depth=0)


def _fields(rows: object, *, depth: int) -> tuple[FieldSpec, ...]:
    if depth > _DEEPEST:
        return ()
    return tuple(_field(row, depth=depth) for row in records(rows) if known_id(row.get("attribute_id")))


def _field(row: Mapping[str, Any], *, depth: int) -> FieldSpec:
    info = mapping(row.get("attribute_info"))
    input_type = integer(info.get("input_type")) or _SINGLE
    validation = integer(info.get("input_validation_type")) or 0
    is_multiple = input_type in (_MULTI, _MULTI_COMBO)
    kind = "choice" if input_type != _TEXT else _KINDS.get(validation, "text")
    written = _KINDS.get(validation, "text")
    most = integer(info.get("max_value_count")) or 0
    return FieldSpec(
        external_id=known_id(row.get("attribute_id")),
        label=text(row.get("name"), 200),
        kind="date" if written == "date" else kind,
        required=flag(row.get("mandatory")) is True,
        required_in=texts(info.get("mandatory_region"), 8),
        choices=tuple(
            Choice(
                external_id=known_id(value.get("value_id")),
                label=text(value.get("name"), 200),
                unit=text(value.get("value_unit"), 40),
                opens=_fields(value.get("child_attribute_list"), depth=depth + 1),
            )
            for value in records(row.get("attribute_value_list"))
            if known_id(value.get("value_id"))
        ),
        own_values=input_type in _OWN,
        searchable=flag(info.get("support_search_value")) is True,
        most=max(most, 1) if is_multiple else 1,
        units=texts(info.get("attribute_unit_list"), 40) if integer(info.get("format_type")) == _WITH_UNIT else (),
        date_format=_DATES.get(integer(info.get("date_format_type")) or 0, "day") if written == "date" else "",
        help_text=text(info.get("introduction"), 500),
    )


def to_brands(data: object) -> tuple[BrandData, ...]:
    """Read brands by the name under which the product is sold."""
    rows = records(mapping(data).get("brand_list"))
    found = (
        BrandData(external_id=brand_id, name=text(row.get("original_brand_name"), 200))
        for row in rows
        if (brand_id := ident(row.get("brand_id")))
    )
    return tuple(brand for brand in found if brand.name)


def to_choices(data: object) -> tuple[Choice, ...]:
    """Read values that were searched for (Shopee: search_global_attribute_value_list)."""
    return tuple(
        Choice(external_id=known_id(row.get("value_id")), label=text(row.get("value_name"), 200))
        for row in records(mapping(data).get("value_list"))
        if known_id(row.get("value_id"))
    )


def to_values(data: object) -> dict[str, tuple[Value, ...]]:
    """Read recommended answers by attribute (Shopee: get_recommend_attribute)."""
    found: dict[str, tuple[Value, ...]] = {}
    for row in records(mapping(data).get("attribute_list")):
        values = (known_id(value.get("value_id")) for value in records(row.get("attribute_value_list")))
        chosen = tuple(Value(external_id=value) for value in values if value)
        if chosen and (field_id := known_id(row.get("attribute_id"))):
            found[field_id] = chosen
    return found


def _span(value: object) -> Span:
    """Return a limit; an upper end of 0 stands for none."""
    said = mapping(value)
    return Span(low=number(said.get("min_limit")), high=number(said.get("max_limit")) or None)


def _days(said: Mapping[str, Any]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of days to ship: a list of them, or one and the days of what is in stock."""
    rows = [*records(said.get("days_to_ship_range_list")), *records([said.get("days_to_ship_limit")])]
    ready = said.get("non_pre_order_days_to_ship")
    found: set[tuple[int, int]] = set()
    for row in [*rows, {"min_limit": ready, "max_limit": ready}]:
        low, high = integer(row.get("min_limit")), integer(row.get("max_limit"))
        if low is not None and high is not None and low <= high:
            found.add((low, high))
    return tuple(sorted(found))
