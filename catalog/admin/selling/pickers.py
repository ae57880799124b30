"""Choosing a category and a brand: what is suggested, what a search finds, what is chosen now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import PlatformAccount
from catalog.models import Category
from catalog.services.selling import specs
from catalog.services.selling.mappings import Suggestion
from integrations.channels import CategoryRules

FOUND_AT_MOST = 20
FIRST_AT_MOST = 8  # brands that are offered unasked where one must be chosen


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One line to choose."""

    value: str
    text: str
    why: str = ""
    chosen: bool = False


@dataclass(slots=True, kw_only=True)
class Picker:
    """Lines to choose from, and the words that were looked for."""

    picks: list[Pick]
    text: str = ""
    nothing_found: bool = False
    notes: list[Any] = field(default_factory=list)


def categories_of(account: PlatformAccount) -> QuerySet[Category]:
    """Return the categories in which an account can sell: the ends of its platform's tree."""
    return specs.categories_of(account).filter(is_leaf=True)


def category_picker(
    account: PlatformAccount, current: Category | None, text: str, suggestions: Iterable[Suggestion] = ()
) -> Picker:
    """Offer the category that is chosen, those suggested, and those in whose path each of the words stands."""
    offered: dict[int, Pick] = {}
    if current:
        offered[current.pk] = Pick(value=str(current.pk), text=_named(current), why=_("chosen now"), chosen=True)
    for suggestion in suggestions:
        pick = Pick(value=str(suggestion.category.pk), text=_named(suggestion.category), why=_why(suggestion))
        offered.setdefault(suggestion.category.pk, pick)
    found = list(search_categories(account, text)) if text else []
    for category in found:
        offered.setdefault(category.pk, Pick(value=str(category.pk), text=_named(category)))
    return Picker(picks=list(offered.values()), text=text, nothing_found=bool(text) and not found)


def _why(suggestion: Suggestion) -> str:
    if suggestion.reason == "history":
        count = suggestion.times
        words = ngettext("%(n)d product like it is there", "%(n)d products like it are there", count)
        return words % {"n": count}
    return _("as mapped") if suggestion.reason == "mapped" else _("the platform recommends it")


def search_categories(account: PlatformAccount, text: str) -> Sequence[Category]:
    """Return categories to sell in by the words of their path, in either language, or by their id."""
    rows = categories_of(account)
    for word in text.split():
        rows = rows.filter(Q(path__icontains=word) | Q(name_local__icontains=word) | Q(external_id=word))
    return list(rows.order_by("path", "pk")[:FOUND_AT_MOST])


def _named(category: Category) -> str:
    return f"{category} · {category.name_local}" if category.name_local else str(category)


def chosen_category(account: PlatformAccount, posted: QueryDict, current: Category | None) -> Category | None:
    """Return the category that a form chose; what the account can't use counts as no choice."""
    asked = posted.get("category", "")
    if not asked.isdigit():
        return current
    return categories_of(account).filter(pk=asked).first() or current


def brand_picker(
    account: PlatformAccount, category: Category | None, rules: CategoryRules | None, brand: tuple[str, str], text: str
) -> Picker:
    """Offer the brand that is chosen, none at all, and those in whose name the words stand."""
    current_id, current_name = brand
    must = rules is not None and rules.brand_required
    none = _("Not answered") if must else _("No brand")
    picks = [Pick(value="", text=none, chosen=not current_id and not current_name)]
    if current_id or current_name:
        name = current_name or current_id
        picks.append(Pick(value=f"{current_id}={current_name}", text=name, why=_("chosen now"), chosen=True))
    known = {pick.value.partition("=")[0] for pick in picks if pick.value}
    found = specs.find_brands(account, category, text) if category and (text or must) else []
    for row in found if text else found[:FIRST_AT_MOST]:
        if row.external_id not in known:
            picks.append(Pick(value=f"{row.external_id}={row.name}", text=row.name))
    return Picker(picks=picks, text=text, nothing_found=bool(text) and not found)


def chosen_brand(posted: QueryDict, current: tuple[str, str]) -> tuple[str, str]:
    """Return id and name of the brand that a form chose: a written name counts more than a chosen line."""
    own = posted.get("brand_own", "").strip()
    if own:
        return "", own
    if "brand" not in posted:
        return current
    external_id, _equals, name = str(posted["brand"]).partition("=")
    return external_id, name
