"""A neutral search → the parameters of /product/listV2, and what only CJ asks in one (cj.json, /product/listV2)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from integrations.contracts import CategoryData, FilterField, ProductFilter
from integrations.errors import Invalid

from . import limits
from .other_mappers import is_made_id

PATH = "/product/listV2"
SORTS = {"": 0, "listed": 1, "price": 2, "newest": 3, "stock": 4}
ALWAYS = "enable_category"  # the names of the categories cost nothing
EXTRAS = (
    "productType",
    "productFlag",
    "addMarkStatus",
    "zonePlatform",
    "isWarehouse",
    "supplierId",
    "hasCertification",
    "isSelfPickup",
    "customization",
    "features",
)


def fields() -> list[FilterField]:
    """Describe what only CJ asks in a search; the names are CJ's own parameters."""
    yes_no = (("1", _("Yes")), ("0", _("No")))
    return [
        FilterField(
            name="productType",
            label=_("Type of product"),
            kind="choice",
            choices=(("4", _("Of a supplier")), ("10", _("With a video")), ("11", _("Without a video"))),
        ),
        FilterField(
            name="productFlag",
            label=_("Mark"),
            kind="choice",
            choices=(("0", _("Trending")), ("1", _("New")), ("2", _("Video")), ("3", _("Slow-moving"))),
        ),
        FilterField(name="addMarkStatus", label=_("Free shipping"), kind="choice", choices=yes_no),
        FilterField(name="zonePlatform", label=_("Recommended for the platform"), max_length=200),
        FilterField(name="isWarehouse", label=_("From a warehouse abroad"), kind="boolean"),
        FilterField(name="supplierId", label=_("Supplier's id"), max_length=200),
        FilterField(name="hasCertification", label=_("With certificate"), kind="choice", choices=yes_no),
        FilterField(name="isSelfPickup", label=_("Self pick-up"), kind="choice", choices=yes_no),
        FilterField(name="customization", label=_("Customizable"), kind="choice", choices=yes_no),
        FilterField(
            name="features", label=_("Also ask for (enable_description, enable_combine, enable_video)"), max_length=200
        ),
    ]


# How a search's own words travel, for telling which of them is wrong; what is missing here is an extra of that name.
_ASKED_AS = {
    "keyWord": "keyword",
    "countryCode": "country_code",
    "startSellPrice": "price_min",
    "endSellPrice": "price_max",
    "startWarehouseInventory": "stock_min",
    "endWarehouseInventory": "stock_max",
    "verifiedWarehouse": "verified",
    "timeStart": "listed_after",
    "timeEnd": "listed_before",
    "orderBy": "sort",
    "categoryId": "category_id",
    "lv2categoryList": "category_id",
}


def params(wanted: ProductFilter, tree: Callable[[], Sequence[CategoryData]]) -> dict[str, Any]:
    """Return the parameters of a search, without its page; `tree` is asked only for categories without CJ's id.

    Raise Invalid for a filter that CJ does not have. Values are checked as every call is (`check`, `limits.check`).
    """
    if wanted.sort not in SORTS:
        known = ", ".join(name or '""' for name in SORTS)
        raise Invalid(
            _("sort must be one of %(known)s, but is %(value)s.") % {"known": known, "value": wanted.sort}, field="sort"
        )
    unknown = sorted(str(name)[:60] for name in wanted.extra if name not in EXTRAS)
    if unknown:
        raise Invalid(
            _("CJ knows no filter %(unknown)s. Known: %(known)s.")
            % {"unknown": ", ".join(unknown), "known": ", ".join(EXTRAS)},
            field="extra",
        )
    extra = {name: value for name, value in wanted.extra.items() if name != "features"}
    asked = {
        "keyWord": wanted.keyword.strip(),
        "countryCode": wanted.country_code.strip().upper(),
        "startSellPrice": wanted.price_min,
        "endSellPrice": wanted.price_max,
        "startWarehouseInventory": wanted.stock_min,
        "endWarehouseInventory": wanted.stock_max,
        "verifiedWarehouse": None if wanted.verified is None else 1 if wanted.verified else 2,
        "timeStart": milliseconds(wanted.listed_after),
        "timeEnd": milliseconds(wanted.listed_before),
        "orderBy": SORTS[wanted.sort],
        "sort": "desc" if wanted.descending else "asc",
        "features": _features(wanted.extra.get("features")),
        **extra,
        **_category(wanted, tree),
    }
    return {name: value for name, value in asked.items() if value not in (None, "")}


def check(wanted: ProductFilter) -> None:
    """Raise Invalid, naming the parameter, its limit and the value, where CJ would refuse a search."""
    try:
        limits.check(PATH, params(replace(wanted, category_level=3), tuple))
    except Invalid as problem:
        problem.field = _ASKED_AS.get(problem.field, problem.field)
        raise


def milliseconds(moment: datetime | None) -> int | None:
    """Return a time as CJ takes it."""
    return None if moment is None else int(moment.timestamp() * 1000)


def _features(value: Any) -> list[str]:
    """Return the features to ask for: CJ's checks come later, here only the ways to write a list are undone."""
    given = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value or ""]
    return list(dict.fromkeys([ALWAYS, *(str(each).strip() for each in given if str(each).strip())]))


def _category(wanted: ProductFilter, tree: Callable[[], Sequence[CategoryData]]) -> dict[str, Any]:
    """Return the parameter that names the category: CJ searches by ids of the second and third level only."""
    category_id = wanted.category_id
    if not category_id:
        return {}
    if wanted.category_level == 3:
        return {"categoryId": category_id}
    if wanted.category_level == 2 and not is_made_id(category_id):
        return {"lv2categoryList": [category_id]}
    below = _third_level_below(category_id, tree())
    if not below:
        raise Invalid(
            _("CJ's list of categories no longer holds %(category)s. Read the categories again and choose another.")
            % {"category": category_id[:64]},
            field="category_id",
        )
    return {"lv3categoryList": below}


def _third_level_below(category_id: str, tree: Sequence[CategoryData]) -> list[str]:
    parents = {category_id}
    found: list[str] = []
    for category in tree:  # parents come before their children
        if category.parent_id in parents:
            parents.add(category.external_id)
            if category.level == 3:
                found.append(category.external_id)
    return found
