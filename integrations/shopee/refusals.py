"""Which field of a draft a refusal of Shopee's is about: by its code, else by the words of its reason.

A publish task that fails gives only words ("item name length exceed upper limit"); most codes name their field.
"""

import re
from collections.abc import Callable

from integrations.channels import DraftRefused
from integrations.errors import Invalid, NotFound, Rejected

from .codes import bare_code
from .mappers import SIZE_CHART

_NAME, _DESCRIPTION, _IMAGES, _CATEGORY = "name", "description", "image_urls", "category_id"
_ATTRIBUTES, _BRAND, _PRICE, _STOCK, _DAYS = "attributes", "brand", "price", "stock", "days_to_ship"
_WEIGHT, _SIZE, _AXES, _VARIANTS, _CARRIERS, _SHOP = "weight_g", "length_mm", "axes", "variants", "carriers", "shop"

FIELDS: dict[str, str] = {
    "error_title_len_no_pass": _NAME,
    "error_check_luc_fail": _NAME,
    "error_repeated_mtsku": _NAME,
    "error_desc_len_no_pass": _DESCRIPTION,
    "error_desc_image_no_pass": _DESCRIPTION,
    "error_image_num_min": _IMAGES,
    "error_image_quantity_no_pass": _IMAGES,
    "error_image_width_no_pass": _IMAGES,
    "error_image_hight_no_pass": _IMAGES,
    "error_invalid_category": _CATEGORY,
    "error_incalid_category": _CATEGORY,
    "error_category_is_block": _CATEGORY,
    "error_category_not_allowed": _CATEGORY,
    "error_busi_mpsku_category_prohibited": _CATEGORY,
    "error_less_required_attribute": _ATTRIBUTES,
    "error_invalid_attribute": _ATTRIBUTES,
    "error_invalid_category_attribute": _ATTRIBUTES,
    "error_busi_attribute_error": _ATTRIBUTES,
    "error_attribute_fda_error": _ATTRIBUTES,
    "error_less_required_brand": _BRAND,
    "error_invalid_brand": _BRAND,
    "error_incalid_brand": _BRAND,
    "error_duplicated_brand": _BRAND,
    "error_price_limit_no_pass": _PRICE,
    "error_price_agp_too_large": _PRICE,
    "error_update_item_price": _PRICE,
    "error_busi_update_price_failed": _PRICE,
    "error_busi_global_item_price_should_bigger_than_zero": _PRICE,
    "error_cannot_update_price_in_promotion": _PRICE,
    "error_stock_limit_no_pass": _STOCK,
    "error_stock_bigger_then_limit": _STOCK,
    "error_stock_less_then_min_limit": _STOCK,
    "error_update_item_stock": _STOCK,
    "error_dts_range_not_allowed": _DAYS,
    "error_no_dts_range_not_allowed": _DAYS,
    "error_invalid_days_to_ship": _DAYS,
    "error_busi_item_days_to_ship_invalid": _DAYS,
    "error_busi_global_item_sku_over_limit": "reference",
    "error_busi_global_item_weight_over_limit": _WEIGHT,
    "error_busi_global_item_dimension_over_limit": _SIZE,
    "error_duplicated_variation_option": _AXES,
    "error_busi_global_tier_option_image_not_equal_to_tier_one_option": _VARIANTS,
    "error_tier_index": _VARIANTS,
    "error_busi_region_not_supported": _SHOP,
    "error_busi_shop_region_not_match": _SHOP,
    "error_busi_shop_not_upgraded_to_cnsc": _SHOP,
    "error_merchant_unset_currency_info": "currency",
}

# In the order in which they are asked: "the price of the variation" is about a price.
_REASONS: tuple[tuple[str, str], ...] = (
    (r"days?.to.ship|\bdts\b|pre.?order", _DAYS),
    (r"logistic|channel|carrier|shipping", _CARRIERS),
    (
        r"holiday|penalt|authori[sz]|affiliat|banned|frozen|upgrad|permission|service fee|published in this market",
        _SHOP,
    ),
    (r"size.?chart", f"{_ATTRIBUTES}.{SIZE_CHART}"),
    (r"\bpric", _PRICE),
    (r"stock|location", _STOCK),
    (r"attribute", _ATTRIBUTES),
    (r"brand", _BRAND),
    (r"image|picture|photo", _IMAGES),
    (r"video", "video"),
    (r"categor", _CATEGORY),
    (r"descri", _DESCRIPTION),
    (r"weight", _WEIGHT),
    (r"dimension|package_(?:length|width|height)", _SIZE),
    (r"tier|variation|option|model", _VARIANTS),
    (r"\bname\b|title|item_name", _NAME),
    (r"language", _NAME),
)
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), field) for pattern, field in _REASONS)
_TEXTS = {"error_check_language_fail"}
_OF_PARAMETERS = {
    "global_item_name": _NAME,
    "item_name": _NAME,
    "original_price": _PRICE,
    "image.image_id_list": _IMAGES,
    "pre_order.days_to_ship": _DAYS,
    "weight": _WEIGHT,
    "category_id": _CATEGORY,
    "attribute_id": _ATTRIBUTES,
    "value_id": _ATTRIBUTES,
    "brand_id": _BRAND,
    "global_model": _VARIANTS,
    "model": _VARIANTS,
    "logistic_id": _CARRIERS,
    "shop_region": _SHOP,
}


def field_of(code: str, reason: str) -> str:
    """Return the draft's field that a refusal is about; empty where nothing tells."""
    code = bare_code(code).lower()
    if code in FIELDS:
        return FIELDS[code]
    if code in _TEXTS:
        return _DESCRIPTION if "descri" in reason.lower() else _NAME
    return next((field for pattern, field in _COMPILED if pattern.search(reason)), "")


def field_of_error(error: Rejected) -> str:
    """Return the draft's field that an error is about; empty where nothing tells."""
    if isinstance(error, DraftRefused):
        return error.field
    if isinstance(error, Invalid):
        return _OF_PARAMETERS.get(error.field, error.field)
    return field_of(error.code, said_by_shopee(str(error)))


def said_by_shopee(text: str) -> str:
    """Return what Shopee itself says in the text of an error: our words around it would name fields of their own."""
    return text.rpartition("(")[2] if text.endswith(")") else text


def in_words_of_the_draft(work: Callable[[], None]) -> None:
    """Do something, and let a refusal name the field of the draft that is to be mended.

    NotFound stays what it is: the product is gone, which no change of the draft mends.
    """
    try:
        work()
    except (DraftRefused, NotFound):
        raise
    except Rejected as refusal:
        raise DraftRefused(
            refusal, field=field_of_error(refusal), code=refusal.code, request_id=refusal.request_id
        ) from refusal
