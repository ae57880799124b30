"""Shopee's codes about upgrades, items, variants, prices and publishing, with the fix for each."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.errors import Unavailable

from .meanings import Meaning, Rule, Words, not_found, rejected

_UPGRADE = _("The seller has to finish the upgrade in the seller center.")
_RATES = _("The seller has to set market rate and service fee of the shop in the seller center.")
_CATEGORY = _("Choose another category.")
_ATTRIBUTES = _("Fill in the attributes that the category asks for.")
_BRAND = _("Choose one of the category's brands.")
_TITLE = _("Correct the name.")
_DESCRIPTION = _("Correct the description.")
_IMAGES = _("Change the images.")
_PRICE = _("Correct the price.")
_STOCK = _("Correct the stock.")
_DAYS = _("Choose days to ship that the category allows.")
_OPTIONS = _("Correct the variants.")
_LOCATION = _("Choose a stock location.")
_WRONG_CATEGORY = _("The category does not exist, or takes no products.")
_WRONG_BRAND = _("The brand does not fit the category.")
_WRONG_DAYS = _("Shopee does not allow these days to ship.")
_PRICES_APART = _("The dearest variant costs too many times what the cheapest does.")
_TRY_SOON = 5.0  # seconds from making a global item to its variants


def _rule(code: str, reason: Words, step: str | Promise = "", pattern: str = "") -> Rule:
    return Rule(code, rejected(reason, step), pattern)


UPGRADES: tuple[Rule, ...] = (
    _rule("error_auth", _("The shop's products are not upgraded yet."), _UPGRADE, r"cnsc shop not upgraded"),
    _rule(
        "error_auth", _("Not all shops of the merchant are upgraded."), _UPGRADE, r"not all shops? (?:is|are) upgraded"
    ),
    _rule("error_auth", _("The shop is being upgraded."), _("Wait until the upgrade is over."), r"shop is upgrading"),
    _rule("error_auth", _("The shop is not upgraded, or lacks its rates."), _RATES, r"lack service fee rate"),
    _rule(
        "error_auth",
        _("Shopee publishes to affiliate shops of SIP by itself."),
        _("Publish to the primary shop."),
        r"sip affiliated shop",
    ),
    _rule(
        "error_auth",
        _("The shop is not authorized to the app."),
        _("Authorize again with the main account and tick this shop."),
        r"partner does not have permission to operate shop",
    ),
    _rule(
        "error_cnsc_shop_block_update_tier_variation", _("Variants of this shop change with their global product only.")
    ),
    _rule(
        "error_permission",
        _("A shop of this global product is not upgraded."),
        _UPGRADE,
        r"related shop is not upgraded",
    ),
    _rule(
        "error_permission",
        _("This belongs to the global product, not to the shop."),
        _("Change it on the global product."),
        r"use global product",
    ),
    _rule(
        "error_busi_shop_not_upgraded_to_cnsc",
        _("The shop is not upgraded, lacks its rates, or is an affiliate."),
        _RATES,
    ),
    _rule(
        "error_merchant_unset_currency_info",
        _("The merchant has no currency yet."),
        _("The seller has to set it in the seller center, under merchant settings."),
    ),
    _rule(
        "error_merchant_not_found",
        _("The merchant is not authorized to the app."),
        _("Authorize again with the main account and tick “Auth Merchant”."),
    ),
    _rule(
        "error_param_validate",
        _("All shops of this merchant have to be in one region."),
        _("Ask Shopee's seller support."),
        r"special merchant",
    ),
)

ITEMS: tuple[Rule, ...] = (
    _rule(
        "error_repeated_mtsku",
        _("The merchant has a product like this already."),
        _("Adopt the one that is there, or change name and images."),
    ),
    *(
        _rule(code, _WRONG_CATEGORY, _CATEGORY)
        for code in ("error_invalid_category", "error_incalid_category", "error_category_not_allowed")
    ),
    _rule("error_category_is_block", _("The category is closed in this market."), _CATEGORY),
    _rule("error_busi_mpsku_category_prohibited", _("The category is closed for a shop that sells this."), _CATEGORY),
    _rule("error_less_required_attribute", _("A required attribute is missing."), _ATTRIBUTES),
    *(
        _rule(code, _("An attribute does not fit the category."), _ATTRIBUTES)
        for code in ("error_invalid_attribute", "error_invalid_category_attribute")
    ),
    _rule("error_busi_attribute_error", _("The certificate number (BSMI, NCC) is missing or wrong."), _ATTRIBUTES),
    _rule("error_attribute_fda_error", _("The FDA registration is missing or wrong."), _ATTRIBUTES),
    _rule("error_less_required_brand", _("The category asks for a brand."), _BRAND),
    *(_rule(code, _WRONG_BRAND, _BRAND) for code in ("error_invalid_brand", "error_incalid_brand")),
    _rule("error_duplicated_brand", _("The brand exists already."), _BRAND),
    _rule("error_title_len_no_pass", _("The name is too short or too long."), _TITLE),
    _rule("error_desc_len_no_pass", _("The description is too short or too long."), _DESCRIPTION),
    _rule("error_desc_image_no_pass", _("An image in the description does not fit."), _DESCRIPTION),
    _rule(
        "error_check_language_fail",
        _("The text is in a language that Shopee does not take here."),
        _("Write it in English or in simplified Chinese, not in both; for a shop in its own language."),
    ),
    _rule(
        "error_check_luc_fail",
        _("Shopee's listing control refuses the product."),
        _("See the rules in the seller center."),
    ),
    _rule("error_image_num_min", _("There are too few images."), _IMAGES),
    _rule("error_image_quantity_no_pass", _("There are too few or too many images."), _IMAGES),
    _rule("error_image_width_no_pass", _("An image is too narrow or too wide."), _IMAGES),
    _rule("error_image_hight_no_pass", _("An image is too low or too high."), _IMAGES),
    _rule("error_price_limit_no_pass", _("A price is outside the category's limits."), _PRICE),
    _rule("error_price_agp_too_large", _PRICES_APART, _PRICE),
    _rule("error_busi_global_item_price_should_bigger_than_zero", _("A price must be more than 0."), _PRICE),
    _rule("error_busi_update_price_failed", _("Shopee did not take the price."), _PRICE),
    *(
        _rule(code, _("The stock is outside the category's limits."), _STOCK)
        for code in (
            *("error_stock_limit_no_pass", "error_stock_bigger_then_limit", "error_stock_less_then_min_limit"),
            "error_update_item_stock",
        )
    ),
    *(
        _rule(code, _WRONG_DAYS, _DAYS)
        for code in (
            *("error_dts_range_not_allowed", "error_no_dts_range_not_allowed", "error_invalid_days_to_ship"),
            "error_busi_item_days_to_ship_invalid",
        )
    ),
    _rule("error_busi_global_item_sku_over_limit", _("The SKU is too long."), _("Use at most 100 characters.")),
    _rule("error_busi_global_item_weight_over_limit", _("The weight is outside the limits."), _("Correct the weight.")),
    _rule("error_busi_global_item_dimension_over_limit", _("The size is outside the limits."), _("Correct the size.")),
    _rule("error_busi_region_not_supported", _("The market takes no such product."), _("Leave this market out.")),
    _rule("error_invalid_language", _("Shopee does not offer this language here."), _("Use English.")),
    _rule(
        "error_param",
        _("A merchant with own stock in a market has to say where stock lies."),
        _LOCATION,
        r"upload stock with location id",
    ),
    _rule(
        "error_busi", _("A merchant with several warehouses has to say where stock lies."), _LOCATION, r"location id"
    ),
    _rule(
        "error_busi_cannot_publish", _("Shopee does not publish the product to this shop."), _("Its message says why.")
    ),
    _rule(
        "error_auth_shop_not_found", _("The shop of this task is not authorized to the app."), _("Authorize the shop.")
    ),
    Rule("error_invalid_global_item_id", not_found(_("The global product does not exist, or was deleted."))),
    _rule(
        "error_updat_mtsku_fail", _("Shopee did not change the global product."), _("Look at it in the seller center.")
    ),
    _rule(
        "add_on_deal_expired", _("An add-on deal of the product has expired."), _("End the deal in the seller center.")
    ),
)

VARIANTS: tuple[Rule, ...] = (
    Rule(
        "error_update_item_price",
        Meaning(Unavailable, _("Shopee is still making the global product."), wait=_TRY_SOON, not_done=True),
        r"mtsku not init",
    ),
    _rule(
        "error_update_item_price",
        _("The price was changed as often as Shopee allows in a day."),
        _("Try again tomorrow."),
        r"edit limit for each day",
    ),
    _rule("error_update_item_price", _("Shopee does not allow a change of the price now."), _PRICE),
    _rule(
        "error_param",
        _("The number of tiers stays the same: this is a change of options."),
        _OPTIONS,
        r"level of tier-?variation not change",
    ),
    _rule(
        "error_param",
        _("The number of tiers changes: the variants have to be set up anew."),
        _OPTIONS,
        r"cann?ot change the level of tier-?variation",
    ),
    _rule("error_param", _("A variant names an option that is not there."), _OPTIONS, r"tier_index error"),
    _rule("error_param", _("An image does not exist at Shopee."), _("Upload the images again."), r"image not exist"),
    _rule("error_duplicated_variation_option", _("Two options have the same name."), _OPTIONS),
    _rule(
        "error_busi_global_tier_option_image_not_equal_to_tier_one_option",
        _("Either all options of the first tier have an image, or none."),
        _IMAGES,
    ),
    _rule("error_tier_index", _("A variant names an option that is not there."), _OPTIONS),
    _rule("error_wrong_modelid", _("A variant does not belong to the product."), _OPTIONS),
    _rule("error_item_model_not_match", _("A variant does not belong to the product."), _OPTIONS),
    _rule("error_duplicate_modelid", _("A variant is named twice."), _OPTIONS),
    _rule("error_busi_global_item_model_not_allow_empty", _("A product with tiers needs variants."), _OPTIONS),
    _rule(
        "error_busi_cannot_update_model_for_no_tier_item",
        _("The product has no tiers: variants cannot be added one by one."),
        _("Set up its variants first."),
    ),
    _rule(
        "error_busi_delete_global_default_model_failed",
        _("The last variant of a product cannot be deleted."),
        _("Delete the product."),
    ),
    _rule(
        "error_cannot_update_price_in_promotion",
        _("A promotion locks the price."),
        _("Wait until it is over, or end it."),
    ),
    _rule("error_unlist_in_promotion", _("A promotion keeps the item listed."), _("Wait until it is over, or end it.")),
    _rule("error_busi_shop_region_not_match", _("The shop is in another market."), _("Read the shops again.")),
)

PRODUCTS = UPGRADES + ITEMS + VARIANTS
