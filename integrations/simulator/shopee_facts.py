"""What an item consists of, read from a call that adds or changes it, at global and at shop level."""

from decimal import Decimal
from typing import Any

from integrations.simulator import shopee_amounts, shopee_attributes, shopee_checks
from integrations.simulator.shopee_catalog import Item
from integrations.simulator.shopee_ground import Ground
from integrations.simulator.shopee_protocol import Call, Problem, missing
from integrations.simulator.shopee_seeds import Category, Rules

CONDITIONS = ("NEW", "USED")


def new_facts(
    call: Call, ground: Ground, found: tuple[Category, Rules], *, name_field: str
) -> tuple[dict[str, Any], str]:
    """Return what a new item has, checked, and a remark for the warning."""
    category, rules = found
    kind = call.text("description_type")
    name, description = call.text(name_field, required=True), call.text("description", required=kind != "extended")
    shopee_checks.name(ground, rules, name)
    shopee_checks.description(ground, rules, description, kind, call.given("description_info"))
    attributes = shopee_attributes.check(category, call.given("attribute_list"))
    brand_id, brand_name = shopee_checks.brand(found, call.given("brand"))
    weight = shopee_amounts.weight(rules, call.body, required=True)
    days = shopee_amounts.days_to_ship(rules, call.body)
    if days is None and ground.market is None:
        raise missing("pre_order")
    chart, chart_id, remark = shopee_checks.size_chart(ground, rules, call.given("size_chart_info"), required=True)
    facts = {
        "category_id": category.id,
        "name": name,
        "description": description,
        "image_ids": shopee_checks.images(ground, rules, call.given("image")),
        "weight": weight or Decimal(0),
        "dimension": shopee_amounts.dimension(rules, call.body, required=True),
        "days_to_ship": days or 2,
        "condition": _condition(call),
        "brand_id": brand_id,
        "brand_name": brand_name,
        "attributes": attributes,
        "video_ids": _videos(call),
        "description_type": kind or "normal",
        "description_info": call.given("description_info"),
        "size_chart": chart,
        "size_chart_id": chart_id,
    }
    return facts, remark


def changed_facts(
    call: Call, ground: Ground, found: tuple[Category, Rules], item: Item, *, name_field: str
) -> dict[str, Any]:
    """Return what a change sets, checked; what is not sent is left out."""
    (category, rules), sent = found, call.body
    changes: dict[str, Any] = {}
    if name_field in sent:
        changes["name"] = call.text(name_field, required=True)
        shopee_checks.name(ground, rules, changes["name"])
    if "description" in sent or "description_info" in sent:
        kind = call.text("description_type", default=item.description_type)
        changes["description"] = call.text("description", default=item.description)
        shopee_checks.description(ground, rules, changes["description"], kind, call.given("description_info"))
        changes |= {"description_type": kind, "description_info": call.given("description_info")}
    if "attribute_list" in sent or category.id != item.category_id:
        changes["attributes"] = shopee_attributes.check(category, sent.get("attribute_list", item.attributes))
    if "brand" in sent:
        changes["brand_id"], changes["brand_name"] = shopee_checks.brand(found, sent["brand"])
    if "image" in sent:
        changes["image_ids"] = shopee_checks.images(ground, rules, sent["image"])
    if "weight" in sent:
        changes["weight"] = shopee_amounts.weight(rules, sent, required=True)
    if "dimension" in sent:
        changes["dimension"] = shopee_amounts.dimension(rules, sent, required=True)
    if "pre_order" in sent:
        changes["days_to_ship"] = shopee_amounts.days_to_ship(rules, sent)
    if "condition" in sent:
        changes["condition"] = _condition(call)
    if "video_upload_id" in sent:
        changes["video_ids"] = _videos(call)
    if "size_chart_info" in sent:
        chart, chart_id, _ = shopee_checks.size_chart(ground, rules, sent["size_chart_info"], required=True)
        changes |= {"size_chart": chart, "size_chart_id": chart_id}
    return changes


def apply(item: Item, changes: dict[str, Any]) -> None:
    """Set what changes; weight, size and days to ship of the item overwrite those of its models."""
    for name, value in changes.items():
        setattr(item, name, value)
        if name in ("weight", "dimension", "days_to_ship"):
            for model in item.models:
                setattr(model, name, None)


def _condition(call: Call) -> str:
    condition = call.text("condition", default="NEW")
    if condition not in CONDITIONS:
        raise Problem("error_param", "Wrong parameters, detail: condition should be NEW or USED.")
    return condition


def _videos(call: Call) -> list[str]:
    video_ids = call.texts("video_upload_id", required=False, most=1)
    for video_id in video_ids:
        video = call.shopee.catalog.videos.get(video_id)
        if video is None or video.status(call.now) != "SUCCEEDED":
            raise Problem("error_param", "Video not exist or not ready.")
    return video_ids
