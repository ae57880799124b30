"""Axes of variation in their two spellings, and the variants on them: read with care, shown in both forms."""

from collections.abc import Callable
from typing import Any

from integrations.simulator import shopee_amounts, shopee_checks
from integrations.simulator.shopee_catalog import Item, Model, Option, Tier
from integrations.simulator.shopee_ground import Ground, Raw, integer, number
from integrations.simulator.shopee_protocol import Problem, missing, wrong
from integrations.simulator.shopee_seeds import Rules, book

MOST_TIERS, MOST_MODELS = 2, 50
OLD, NEW = "tier_variation", "standardise_tier_variation"


def given_tiers(body: Raw, switch: str) -> list[Any] | None:
    """Return the axes as they were sent in a spelling that is taken now, None where none was sent."""
    if switch == "standardised" and OLD in body and NEW not in body:
        raise Problem("error_param", f"{OLD} is deprecated, please use {NEW}.")
    if switch == "old" and NEW in body and OLD not in body:
        raise Problem("error_param", f"Wrong parameters, detail: {OLD} is required.")
    order = (OLD, NEW) if switch == "old" else (NEW, OLD)
    return next((body[name] if body[name] is not None else [] for name in order if name in body), None)


def read_tiers(ground: Ground, rules: Rules, raw: Any, *, local: bool = False) -> list[Tier]:
    """Return the axes, refused where there are too many, where words repeat, or where pictures do not fit.

    ``local`` is for the words of one market: they may be in its language, and may be left out.
    """
    if not isinstance(raw, list) or not all(isinstance(one, dict) for one in raw):
        raise wrong(NEW, "list of objects")
    if len(raw) > MOST_TIERS:
        raise Problem("error_param", f"At most {MOST_TIERS} tiers, please.")
    tiers = [_read_tier(one) for one in raw]
    for position, tier in enumerate(tiers):
        names = [option.name for option in tier.options]
        if not names:
            raise missing("variation_option_list")
        if not local:
            _check_words(rules, tier.name, names)
        if len(set(names)) < len(names):
            raise Problem("error_duplicated_variation_option", "The variation options are duplicated.")
        pictures = [option.image_id for option in tier.options if option.image_id]
        if pictures and (position or len(pictures) != len(names)):
            code = "error_busi_global_tier_option_image_not_equal_to_tier_one_option"
            raise Problem(code, "Images go with all options of the first tier, or with none.")
        for image_id in pictures:
            shopee_checks.image(ground, image_id)
    if len({tier.name for tier in tiers}) < len(tiers):
        raise Problem("error_param", "The tier names are duplicated.")
    return tiers


def read_models(
    ground: Ground, rules: Rules, rows: list[Raw], tiers: list[Tier], new_id: Callable[[], int], sku_name: str
) -> list[Model]:
    """Return new variants, each at a place of its own on the axes."""
    models = []
    for row in rows:
        tier_index = read_index(row.get("tier_index"), tiers)
        price = number(row, "original_price", required=True)
        if price <= 0:
            code = "error_busi_global_item_price_should_bigger_than_zero"
            raise Problem(code, "The price should be bigger than zero.")
        models.append(
            Model(
                model_id=new_id(),
                sku=shopee_checks.sku(row.get(sku_name), sku_name),
                tier_index=tier_index,
                price=shopee_amounts.price(ground, rules, row),
                stock=shopee_amounts.stock(ground, rules, row),
                **read_parcel(rules, row),
            )
        )
    if len({model.tier_index for model in models}) < len(models):
        raise Problem("error_param", "Model tier_index error.")
    return models


def read_parcel(rules: Rules, row: Raw) -> dict[str, Any]:
    """Return weight, size and days to ship of a variant; a size needs a weight."""
    weight = shopee_amounts.weight(rules, row, required=False)
    dimension = shopee_amounts.dimension(rules, row, required=False)
    if dimension is not None and weight is None:
        raise Problem("error_param", "The weight of a model is required if its dimension is given.")
    return {"weight": weight, "dimension": dimension, "days_to_ship": shopee_amounts.days_to_ship(rules, row)}


def read_index(given: Any, tiers: list[Tier]) -> tuple[int, ...]:
    """Return the place of a variant on the axes."""
    if type(given) is int:
        given = [given]
    fits = isinstance(given, list) and len(given) == len(tiers) and all(type(one) is int for one in given)
    if not fits or not all(0 <= one < len(tier.options) for one, tier in zip(given, tiers, strict=True)):
        raise Problem("error_param", "Model tier_index error.")
    return tuple(given)


def shown_old(item: Item, url: Callable[[str], str]) -> list[dict[str, Any]] | None:
    """Return the axes in the old spelling; null where there are none."""
    return [
        {"name": tier.name, "option_list": [_old_option(option, url) for option in tier.options]} for tier in item.tiers
    ] or None


def shown_new(item: Item, url: Callable[[str], str]) -> list[dict[str, Any]] | None:
    """Return the axes in the standardised spelling; null where there are none."""
    return [
        {
            "variation_id": tier.variation_id,
            "variation_name": tier.name,
            "variation_group_id": tier.group_id,
            "variation_option_list": [
                {
                    "variation_option_id": option.option_id,
                    "variation_option_name": option.name,
                    "image_id": option.image_id,
                    "image_url": url(option.image_id) if option.image_id else "",
                }
                for option in tier.options
            ],
        }
        for tier in item.tiers
    ] or None


def _read_tier(raw: Raw) -> Tier:
    if "option_list" in raw or "name" in raw:
        options = [Option(_word(one, "option"), _picture(one)) for one in _rows(raw, "option_list")]
        return Tier(_word(raw, "name"), options)
    variation_id = integer(raw, "variation_id", required=False)
    group_id = integer(raw, "variation_group_id", required=False)
    options = []
    for one in _rows(raw, "variation_option_list"):
        option_id = integer(one, "variation_option_id", required=False)
        name = _word(one, "variation_option_name") or _standard_option(option_id)
        options.append(Option(name, str(one.get("image_id") or ""), option_id))
    return Tier(_word(raw, "variation_name") or _standard_name(variation_id), options, variation_id, group_id)


def _picture(raw: Raw) -> str:
    image = raw.get("image") or {}
    if not isinstance(image, dict):
        raise wrong("image", "object")
    return _word(image, "image_id")


def _rows(raw: Raw, name: str) -> list[Raw]:
    rows = raw.get(name) or []
    if not isinstance(rows, list) or not all(isinstance(one, dict) for one in rows):
        raise wrong(name, "list of objects")
    return rows


def _word(raw: Raw, name: str) -> str:
    word = raw.get(name) or ""
    if not isinstance(word, str):
        raise wrong(name, "string")
    return word


def _check_words(rules: Rules, name: str, options: list[str]) -> None:
    for word, (low, high), what in [
        (name, rules.tier_name, "tier name"),
        *((option, rules.option, "option") for option in options),
    ]:
        if not low <= len(word.strip()) or shopee_checks.text_length(word) > high:
            raise Problem("error_param", f"The {what} should have {low} to {high} characters.")
        shopee_checks.language(word)


def _standard_name(variation_id: int) -> str:
    return next((name for ident, name, _groups, _options in book()["variations"] if ident == variation_id), "")


def _standard_option(option_id: int) -> str:
    """Return the name of a standard option as get_variations lists it."""
    group_id, number = divmod(option_id, 1000)
    for _ident, _name, groups, options in book()["variations"]:
        for known, title in groups:
            words = book()["shoe_sizes"] if title == "EU Shoe Size" else options
            if known == group_id and 0 < number <= len(words):
                return str(words[number - 1])
    return ""


def _old_option(option: Option, url: Callable[[str], str]) -> dict[str, Any]:
    image = {"image": {"image_id": option.image_id, "image_url": url(option.image_id)}} if option.image_id else {}
    return {"option": option.name, **image}
