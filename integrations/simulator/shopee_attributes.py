"""Attributes of categories: the tree, long lists of values, recommendations, and what is wrong with an answer."""

import re
from typing import Any

from integrations.simulator.shopee_categories import leaf_asked
from integrations.simulator.shopee_protocol import Answer, Call, Level, Problem, endpoint
from integrations.simulator.shopee_seeds import (
    CHINA,
    DATE,
    FLOAT,
    FREE_TEXT,
    INTEGER,
    MULTI_COMBO,
    MULTI_DROP_DOWN,
    Attribute,
    Category,
    Value,
    attribute_by_id,
    attributes,
    leaf,
    markets,
)

LONGEST_VALUE = 100
LANGUAGES = ("en", "zh-hans")

Answers = list[dict[str, Any]]


@endpoint("GET", "/api/v2/global_product/get_attribute_tree", Level.MERCHANT)
def global_tree(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_attribute_tree, up to twenty; with the markets that insist on an attribute."""
    return _trees(call, LANGUAGES, regions=True)


@endpoint("GET", "/api/v2/product/get_attribute_tree", Level.SHOP)
def shop_tree(call: Call) -> dict[str, Any]:
    """Shopee: product.get_attribute_tree; what the market insists on is mandatory."""
    shop = call.the_shop
    return _trees(call, markets()[shop.region].languages, market=shop.region)


@endpoint("POST", "/api/v2/global_product/search_global_attribute_value_list", Level.MERCHANT)
def search_values(call: Call) -> Answer:
    """Shopee: global_product.search_global_attribute_value_list; says ``msg`` instead of ``message``."""
    attribute = attribute_by_id(call.integer("attribute_id", required=True) or 0)
    cursor = call.integer("cursor", required=True, low=0) or 0
    limit = call.integer("limit", required=True, low=1, high=100) or 1
    wanted = call.text("value_name").lower()
    if attribute is None or not attribute.searched:
        raise Problem("error_invalid_attribute", "The attribute does not support searching for values.")
    found = [value for value in attribute.values if wanted in value.name.lower()]
    page, more = found[cursor : cursor + limit], cursor + limit < len(found)
    payload = {
        "value_list": [{"value_id": value.id, "value_name": value.name} for value in page] or None,
        "page_info": {"cursor": cursor + len(page), "has_next": more},
    }
    return Answer(payload, head={"error": "", "msg": ""})


@endpoint("GET", "/api/v2/global_product/get_recommend_attribute", Level.MERCHANT)
def recommend(call: Call) -> dict[str, Any]:
    """Shopee: global_product.get_recommend_attribute, by the words of the name; goods come from China."""
    category, _ = leaf_asked(call)
    name = call.text("global_item_name", required=True).lower()
    found = []
    for attribute, _mandatory in category.attributes:
        values = [value for value in attribute.values if value.id == CHINA or value.name.lower() in name]
        if values:
            chosen = [{"value_id": value.id} for value in values[: attribute.most]]
            found.append({"attribute_id": attribute.id, "attribute_value_list": chosen})
    return {"attribute_list": found or None}


def check(category: Category, given: Any) -> Answers:
    """Return the attributes of a new item, refused with the documented codes where they do not answer the tree."""
    answers = _answers(given)
    by_id = {answer["attribute_id"]: answer for answer in answers}
    asked = dict(category.attributes)
    opened: list[tuple[Attribute, bool]] = [*asked.items()]
    allowed: set[int] = set()
    while opened:
        attribute, mandatory = opened.pop()
        allowed.add(attribute.id)
        values = (by_id.get(attribute.id) or {}).get("attribute_value_list") or []
        if not values:
            if mandatory:
                raise Problem("error_less_required_attribute", f"Attribute is mandatory: {attribute.name}.")
            continue
        opened += [(attributes()[key], wanted) for key, wanted in _check_values(attribute, values)]
    for attribute_id in by_id:
        if attribute_by_id(attribute_id) is None:
            raise Problem("error_invalid_attribute", f"Invalid attribute ID: {attribute_id}.")
        if attribute_id not in allowed:
            raise Problem("error_invalid_category_attribute", f"Attribute {attribute_id} is not of this category.")
    return answers


def lacking(category: Category, answers: Answers, region: str) -> list[str]:
    """Return the names of what one market insists on and the item does not have."""
    given = {answer["attribute_id"] for answer in answers if answer.get("attribute_value_list")}
    return [one.name for one, _ in category.attributes if region in one.regions and one.id not in given]


def shown(answers: Answers) -> Answers | None:
    """Return an item's attributes as Shopee shows them; null where there are none."""
    found = []
    for answer in answers:
        attribute = attribute_by_id(answer["attribute_id"])
        if attribute is None:
            continue
        values = []
        for given in answer.get("attribute_value_list") or []:
            known = attribute.value(given.get("value_id") or 0)
            name = known.name if known else given.get("original_value_name", "")
            unit = given.get("value_unit", "")
            values.append({"value_id": known.id if known else 0, "original_value_name": name, "value_unit": unit})
        found.append(
            {
                "attribute_id": attribute.id,
                "original_attribute_name": attribute.name,
                "attribute_value_list": values or None,
            }
        )
    return found or None


def _answers(given: Any) -> Answers:
    if given is None:
        return []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise Problem("error_param", "Wrong parameters, detail: attribute_list should be list of objects.")
    for one in given:
        if type(one.get("attribute_id")) is not int:
            raise Problem("error_param", "Wrong parameters, detail: attribute_id is required.")
    if len({one["attribute_id"] for one in given}) < len(given):
        raise Problem("error_invalid_attribute", "The attribute list names an attribute twice.")
    return given


def _check_values(attribute: Attribute, values: Any) -> list[tuple[str, bool]]:
    """Check the values of one attribute and return the attributes that they open."""
    if not isinstance(values, list) or not all(isinstance(one, dict) for one in values):
        raise Problem("error_param", "Wrong parameters, detail: attribute_value_list should be list of objects.")
    several = attribute.input_type in (MULTI_DROP_DOWN, MULTI_COMBO)
    if len(values) > (attribute.most if several else 1):
        raise _bad(attribute, "has too many values")
    opened: list[tuple[str, bool]] = []
    for given in values:
        value_id, text = given.get("value_id") or 0, given.get("original_value_name") or ""
        if type(value_id) is not int:
            raise Problem("error_param", "Wrong parameters, detail: value_id should be integer.")
        known = attribute.value(value_id) if value_id else None
        if value_id and known is None:
            raise _bad(attribute, f"does not have the value {value_id}")
        if known is None:
            if attribute.closed:
                raise _bad(attribute, "takes a value of its list only")
            _check_text(attribute, text)
        else:
            opened += known.children
        unit = given.get("value_unit") or ""
        if (attribute.units and unit not in attribute.units) or (unit and not attribute.units):
            raise _bad(attribute, f"takes one of the units {', '.join(attribute.units) or '(none)'}")
    return opened


def _check_text(attribute: Attribute, text: Any) -> None:
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST_VALUE:
        raise _bad(attribute, f"needs a text of 1 to {LONGEST_VALUE} characters")
    fits = {
        INTEGER: r"\d{1,12}",
        FLOAT: r"\d{1,12}(\.\d{1,6})?",
        DATE: r"\d{9,11}",
    }.get(attribute.validation, r"(?s).+")
    if not re.fullmatch(fits, text):
        raise _bad(attribute, "has a value of the wrong type")
    if attribute.form and not re.fullmatch(attribute.form, text):
        if attribute.key == "fda":
            raise Problem("error_attribute_fda_error", "The FDA registration number is invalid.")
        raise Problem("error_busi_attribute_error", f"{attribute.name}: the number is invalid.")


def _bad(attribute: Attribute, what: str) -> Problem:
    return Problem("error_invalid_attribute", f"Attribute {attribute.name} ({attribute.id}) {what}.")


def _trees(call: Call, languages: tuple[str, ...], *, regions: bool = False, market: str = "") -> dict[str, Any]:
    language = call.text("language", default="en").lower()
    if language not in languages:
        raise Problem("error_invalid_language", "Invalid language.")
    old_name = "category_ids" in call.query and "category_id_list" not in call.query
    asked = call.ids("category_ids" if old_name else "category_id_list", most=20)
    found = []
    for category_id in asked:
        known = leaf(category_id)
        if known is None:
            raise Problem("error_invalid_category", f"Invalid category ID: {category_id}.")
        printer = _Printer(chinese=language.startswith("zh"), regions=regions, market=market)
        tree = [printer.attribute(one, mandatory) for one, mandatory in known[0].attributes]
        found.append({"category_id": category_id, "attribute_tree": tree, "warning": ""})
    return {"list": found}


class _Printer:
    """Print attributes in one language, with their markets or for one market."""

    def __init__(self, *, chinese: bool, regions: bool, market: str) -> None:
        self.chinese, self.regions, self.market = chinese, regions, market

    def attribute(self, one: Attribute, mandatory: bool) -> dict[str, Any]:
        """Return an attribute with its values and what they open."""
        listed = [] if one.searched else one.values
        info = {
            "input_type": one.input_type,
            "input_validation_type": one.validation,
            "format_type": 2 if one.units else 1,
            "date_format_type": one.date_format,
            "attribute_unit_list": list(one.units) or None,
            "max_value_count": one.most,
            "introduction": one.introduction,
            "is_oem": False,
            "support_search_value": one.searched,
        }
        if self.regions:
            info["mandatory_region"] = list(one.regions) or None
        return {
            "attribute_id": one.id,
            "mandatory": mandatory or self.market in one.regions,
            "name": one.zh if self.chinese else one.name,
            "attribute_value_list": [self._value(one, value) for value in listed] or None,
            "attribute_info": info,
            "multi_lang": [{"language": "en", "value": one.name}, {"language": "zh-Hans", "value": one.zh}],
        }

    def _value(self, one: Attribute, value: Value) -> dict[str, Any]:
        children = [self.attribute(attributes()[key], mandatory) for key, mandatory in value.children]
        return {
            "value_id": value.id,
            "name": value.zh if self.chinese else value.name,
            "value_unit": one.units[0] if one.units and one.input_type != FREE_TEXT else "",
            "child_attribute_list": children,
            "multi_lang": None,
        }
