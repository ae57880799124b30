"""What is wrong with an item that someone wants to list: category, texts, pictures, brand, size chart."""

from typing import Any

from integrations.simulator.shopee_catalog import Image
from integrations.simulator.shopee_ground import Ground, integer
from integrations.simulator.shopee_protocol import Problem, missing, wrong
from integrations.simulator.shopee_seeds import NO_BRAND, Category, Rules, book, brands, known_brand, leaf

MOST_SKU = 100
SMALLEST_SIDE = 100  # pixels


def category(ground: Ground, category_id: int) -> tuple[Category, Rules]:
    """Return the leaf in which an item may be listed."""
    found = leaf(category_id)
    if found is None:
        code = "error_incalid_category" if ground.market else "error_invalid_category"
        raise Problem(code, "Invalid category ID.")
    if found[1].blocked or category_id in ground.closed:
        raise Problem("error_category_is_block", "The category is blocked.")
    if category_id in ground.forbidden:
        raise Problem("error_category_not_allowed", "The category is not allowed for your region.")
    return found


def text_length(text: str) -> float:
    """Return the length as Shopee counts it: Chinese characters weigh more."""
    chinese = sum(map(_is_chinese, text))
    return len(text) + chinese * (float(book()["text_length_multiplier"]) - 1)


def language(*texts: str) -> None:
    """Refuse a text that is neither simplified Chinese only nor English and digits only."""
    for text in texts:
        letters = [letter for letter in text if letter.isalpha()]
        chinese = sum(map(_is_chinese, letters))
        latin = sum(letter < "ɐ" for letter in letters)
        if (chinese and latin) or chinese + latin < len(letters):
            raise Problem("error_check_language_fail", "Only simplified Chinese, or only English and digits, please.")


def name(ground: Ground, rules: Rules, text: str) -> None:
    """Refuse a name of the wrong length, language or content."""
    most = min(rules.name[1], ground.market.name_most) if ground.market else rules.name[1]
    if not rules.name[0] <= len(text.strip()) or text_length(text) > most:
        raise Problem("error_title_len_no_pass", f"The name should have {rules.name[0]} to {most} characters.")
    if ground.market is None:
        language(text)
    if any(word in text.lower() for word in book()["forbidden_words"]):
        raise Problem("error_check_luc_fail", "The listing is not allowed by the listing upload control.")


def description(ground: Ground, rules: Rules, text: str, kind: str, info: Any) -> None:
    """Refuse a description of the wrong length, language or kind."""
    low, high = rules.description
    if kind not in ("", "normal", "extended"):
        raise wrong("description_type", "normal or extended")
    if kind == "extended":
        if not ground.extended:
            raise Problem("error_param", "You are not in the whitelist of extended description.")
        fields = ((info or {}).get("extended_description") or {}).get("field_list") or []
        if not fields:
            raise missing("description_info")
        text = "".join(str(one.get("text") or "") for one in fields)
        pictures = [(one.get("image_info") or {}).get("image_id") for one in fields if one.get("field_type") == "image"]
        if len(pictures) > 12 or any(image_id not in ground.images for image_id in pictures):
            raise Problem("error_desc_image_no_pass", "The images of the description do not pass.")
    if len(text.strip()) < low or text_length(text) > high:
        raise Problem("error_desc_len_no_pass", f"The description should have {low} to {high} characters.")
    if ground.market is None:
        language(text)


def images(ground: Ground, rules: Rules, raw: Any) -> list[str]:
    """Return the picture ids of an item."""
    given = raw.get("image_id_list") if isinstance(raw, dict) else None
    if given is not None and (not isinstance(given, list) or not all(isinstance(one, str) for one in given)):
        raise wrong("image_id_list", "list of strings")
    low, high = rules.images
    if ground.market:
        low = max(low, ground.market.images_least)
    if len(given or []) < low:
        raise Problem("error_image_num_min", f"At least {low} images, please.")
    if len(given or []) > high:
        raise Problem("error_image_quantity_no_pass", f"At most {high} images, please.")
    for image_id in given or []:
        known = image(ground, image_id)
        if known.width < SMALLEST_SIDE:
            raise Problem("error_image_width_no_pass", "The image is not wide enough.")
        if known.height < SMALLEST_SIDE:
            raise Problem("error_image_hight_no_pass", "The image is not high enough.")
    return list(given or [])


def image(ground: Ground, image_id: str) -> Image:
    """Return one uploaded picture."""
    known = ground.images.get(image_id)
    if known is None:
        raise Problem("error_param", "Image not exist.")
    return known


def sku(text: Any, label: str) -> str:
    """Return a SKU."""
    if text is None:
        return ""
    if not isinstance(text, str):
        raise wrong(label, "string")
    if len(text) > MOST_SKU:
        raise Problem("error_busi_global_item_sku_over_limit", f"The SKU is over {MOST_SKU} characters.")
    return text


def brand(found: tuple[Category, Rules], raw: Any) -> tuple[int, str]:
    """Return id and name of a brand; 0 with a name is a custom one."""
    of_category, rules = found
    if not raw:
        if rules.brand_mandatory:
            raise Problem("error_less_required_brand", "The brand is mandatory in this category.")
        return 0, NO_BRAND
    if not isinstance(raw, dict):
        raise wrong("brand", "object")
    brand_id, title = integer(raw, "brand_id", required=False), str(raw.get("original_brand_name") or "")
    if brand_id:
        known = next((one for one in brands(of_category.id) if one.id == brand_id), None)
        if known is None and known_brand(brand_id):
            raise Problem("error_incalid_brand", "The brand is not of this category.")
        if known is None or known.pending:
            raise Problem("error_invalid_brand", "Invalid brand ID.")
        return known.id, known.name
    if not title.strip():
        if rules.brand_mandatory:
            raise Problem("error_less_required_brand", "The brand is mandatory in this category.")
        return 0, NO_BRAND
    if title.lower() != NO_BRAND.lower():
        if rules.brand_input == "DROP_DOWN":
            raise Problem("error_invalid_brand", "The category takes brands of its list only.")
        if any(one.name.lower() == title.lower() for one in brands(of_category.id)):
            raise Problem("error_duplicated_brand", "The brand exists already, please use its ID.")
        return 0, title
    return 0, NO_BRAND


def size_chart(ground: Ground, rules: Rules, raw: Any, *, required: bool) -> tuple[str, int, str]:
    """Return picture, template and a remark on a size chart; if both are given, the template is kept."""
    given = raw if isinstance(raw, dict) else {}
    picture, template = str(given.get("size_chart") or ""), integer(given, "size_chart_id", required=False)
    if not picture and not template:
        if required and rules.size_chart_mandatory:
            raise Problem("error_param", "Size chart is mandatory in this category.")
        return "", 0, ""
    if (template and not rules.template_chart) or (picture and not template and not rules.image_chart):
        raise Problem("error_param", "The category does not support this kind of size chart.")
    if template:
        return "", template, "Only the size chart template is kept." if picture else ""
    image(ground, picture)
    return picture, 0, ""


def _is_chinese(letter: str) -> bool:
    return "㐀" <= letter <= "鿿" or "豈" <= letter <= "﫿"
