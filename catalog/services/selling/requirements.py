"""The rules of a category held against a draft: pure, every broken rule is found with its field and its fix."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from integrations.channels import Carrier, CategoryRules, ListingDraft, ShopDraft, Span

from . import texts
from .answers import check_values
from .findings import WARNING, Finding
from .variant_requirements import check_axes, check_variants

# What can be made into a picture that platforms take; an address without such an ending may be one, too.
NO_PICTURES = frozenset(["svg", "pdf", "mp4", "mov", "avi", "webm", "ico", "html", "htm", "zip", "txt", "heic"])
SIDES = ("length_mm", "width_mm", "height_mm")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopFacts:
    """What is known of a shop beside the draft. `problem`: why nothing can be published there; `fix`: what to do."""

    problem: str = ""
    fix: str = ""
    carriers: tuple[Carrier, ...] | None = None  # None: not read
    is_there: bool = False  # the product is in the shop already


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known beside the draft and the rules."""

    category: str = ""  # its path
    is_leaf: bool = True
    problems: tuple[Finding, ...] = ()  # of the account and the product, found already
    brand_twin: str = ""  # id of a listed brand that is called like the free one
    brand_is_known: bool = True
    missing_rates: tuple[tuple[str, str], ...] = ()  # currencies between which a price should have been reckoned
    shops: dict[str, ShopFacts] = field(default_factory=dict)


def check(draft: ListingDraft, rules: CategoryRules | None, facts: Facts) -> list[Finding]:
    """Return what is wrong with a draft, what holds for all shops first. Asks nobody.

    Without `rules`, which is a finding itself, what can be checked without them is.
    """
    known = rules or CategoryRules(category_id=draft.category_id)
    found = [*facts.problems]
    found += _currencies(draft, facts)
    found += _category(draft, rules, facts)
    found += check_text("name", draft.name, known.name_length, known)
    found += check_text("description", draft.description, known.description_length, known)
    found += _pictures(draft, known)
    found += _brand(draft, known, facts)
    found += check_values(known.fields, draft.attributes) if rules else []
    found += _days(draft, known)
    found += _measures(draft, known)
    found += check_axes(draft, known)
    found += check_variants(draft, known, reckoned=not facts.missing_rates)
    found += _shops(draft, rules, known, facts)
    return found


def _currencies(draft: ListingDraft, facts: Facts) -> Iterator[Finding]:
    if not draft.currency:
        yield Finding(
            field="account.currency",
            rule="required",
            text=_("The currency of the account is not set."),
            fix=_("Set it in the seller center, then read the account's settings again."),
        )
    for base, quote in facts.missing_rates:
        yield Finding(
            field=f"rate.{base}-{quote}",
            rule="required",
            text=_("No exchange rate from %(base)s to %(quote)s is known.") % {"base": base, "quote": quote},
            fix=_("Set the rate, or set the prices by hand."),
        )


def _category(draft: ListingDraft, rules: CategoryRules | None, facts: Facts) -> Iterator[Finding]:
    if not draft.category_id:
        yield Finding(
            field="category_id", rule="required", text=_("No category is chosen."), fix=_("Choose a category.")
        )
    elif not facts.is_leaf:
        text = _("“%(category)s” has categories below it.") % {"category": facts.category}
        yield Finding(field="category_id", rule="leaf", text=text, fix=_("Choose one of those."))
    elif rules is None:
        text = _("What this category asks is not known yet.")
        yield Finding(
            field="category_id", rule="unread", text=text, fix=_("A worker reads it soon; check again in a minute.")
        )
    elif rules.size_chart_required:
        yield Finding(
            field="category_id",
            rule="size_chart",
            text=_("This category asks for a size chart, and there is none to choose."),
            fix=_("Make a size chart in the seller center and read the category's rules again, or choose another."),
        )


def check_text(path: str, text: str, span: Span, rules: CategoryRules, *, local: bool = False) -> Iterator[Finding]:
    """Find a text that is missing, too short or long, or in a language that is not taken (a `local` one may be)."""
    taken = texts.length(text.strip(), rules.wide_character)
    if not text.strip():
        yield Finding(field=path, rule="required", text=_("It is empty."), fix=_("Enter a text."))
    elif span.low is not None and len(text.strip()) < span.low:
        words = _("It has %(number)d characters, and must have at least %(least)d.")
        text_ = words % {"number": len(text.strip()), "least": span.low}
        yield Finding(field=path, rule="length", text=text_, fix=_("Write more."))
    elif span.high is not None and taken > span.high:
        words = _("It takes %(number)d characters, and may take at most %(most)d.")
        yield Finding(
            field=path, rule="length", text=words % {"number": taken, "most": span.high}, fix=_("Shorten it.")
        )
    problem = texts.language_problem(text) if rules.pure_language and not local else ""
    if problem:
        yield language_finding(path, problem)


def language_finding(path: str, problem: str) -> Finding:
    """Return the finding for a text that is in more than one language, or in one that is not taken."""
    text = _("It mixes Chinese and Latin letters.") if problem == "mixed" else _("It has letters of another script.")
    return Finding(
        field=path, rule="language", text=text, fix=_("Write it in Chinese only, or in English and digits only.")
    )


def _pictures(draft: ListingDraft, rules: CategoryRules) -> Iterator[Finding]:
    number, span = len(draft.image_urls), rules.image_count
    least = max(span.low or Decimal(1), Decimal(1))
    if number < least:
        words = _("There are %(number)d pictures, and there must be at least %(least)d.")
        text = words % {"number": number, "least": least}
        yield Finding(field="image_urls", rule="count", text=text, fix=_("Add pictures."))
    if span.high is not None and number > span.high:
        words = _("There are %(number)d pictures, and there may be at most %(most)d.")
        text = words % {"number": number, "most": span.high}
        yield Finding(field="image_urls", rule="count", text=text, fix=_("Remove some."))
    for place, url in enumerate(draft.image_urls, start=1):
        ending = re.search(r"\.([a-z0-9]{2,4})$", re.split(r"[?#]", url.lower())[0])
        if not url.lower().startswith(("https://", "http://")) or (ending and ending[1] in NO_PICTURES):
            formats = ", ".join(rules.image_formats)
            yield Finding(
                field="image_urls",
                rule="format",
                text=_("Picture %(place)d is none that can be sent: %(url)s.") % {"place": place, "url": url[:200]},
                fix=_("Remove it, or replace it by one of the formats %(formats)s.") % {"formats": formats},
            )


def _brand(draft: ListingDraft, rules: CategoryRules, facts: Facts) -> Iterator[Finding]:
    brand = draft.brand
    if brand is None:
        if rules.brand_required:
            text = _("This category asks for a brand.")
            yield Finding(field="brand", rule="required", text=text, fix=_("Choose a brand."))
    elif brand.external_id:
        if not facts.brand_is_known:
            text = _("This category does not know the brand “%(brand)s”.") % {"brand": brand.name or brand.external_id}
            yield Finding(field="brand", rule="unknown", text=text, fix=_("Choose one of its brands."))
    elif not rules.own_brand:
        text = _("This category takes only brands of its list, not “%(brand)s”.") % {"brand": brand.name}
        yield Finding(field="brand", rule="own", text=text, fix=_("Choose one of its brands."))
    elif facts.brand_twin:
        text = _("The brand “%(brand)s” is in the category's list.") % {"brand": brand.name}
        yield Finding(field="brand", rule="twin", text=text, fix=_("Choose it from the list."))


def _days(draft: ListingDraft, rules: CategoryRules) -> Iterator[Finding]:
    ranges, days = rules.days_to_ship, draft.days_to_ship
    if days is None:
        is_wrong = bool(ranges) or draft.is_global  # a global product can't be made without
    else:
        is_wrong = bool(ranges) and not any(low <= days <= high for low, high in ranges)
    if not is_wrong:
        return
    allowed = ", ".join(f"{low}–{high}" if low != high else str(low) for low, high in ranges)
    text = (
        _("The days to ship are not set.")
        if days is None
        else _("%(days)d days to ship are not allowed here.") % {"days": days}
    )
    fix = _("Choose from %(ranges)s.") % {"ranges": allowed} if ranges else _("Enter it.")
    yield Finding(field="days_to_ship", rule="required" if days is None else "range", text=text, fix=fix)


def _measures(draft: ListingDraft, rules: CategoryRules) -> Iterator[Finding]:
    # The variants' own weights and sizes stand in for those of the product only where each variant has them.
    for name in ("weight_g", *SIDES):
        value = getattr(draft, name)
        own = [getattr(variant, name) for variant in draft.variants]
        if value is not None and value <= 0:
            yield Finding(field=name, rule="range", text=_("It must be more than 0."), fix=_("Enter it."))
            continue
        needed = rules.weight_required if name == "weight_g" else rules.dimensions_required or _has_side(draft)
        if needed and value is None and not (own and all(own)):
            text = _("The weight is not known.") if name == "weight_g" else _("This side of the package is not known.")
            yield Finding(field=name, rule="required", text=text, fix=_("Enter it."))


def _has_side(draft: ListingDraft) -> bool:
    """Tell whether a side of the package is said: then the others must be said, too."""
    return any(getattr(draft, side) is not None for side in SIDES)


def _shops(draft: ListingDraft, rules: CategoryRules | None, known: CategoryRules, facts: Facts) -> Iterator[Finding]:
    if not draft.shops:
        yield Finding(field="shops", rule="required", text=_("No shop is chosen."), fix=_("Choose at least one."))
    taken = {shop.region for shop in draft.shops if (of := facts.shops.get(shop.shop_id)) is not None and of.is_there}
    for shop in draft.shops:
        of = facts.shops.get(shop.shop_id, ShopFacts())
        for finding in _shop(draft, shop, known, of):
            yield replace(finding, shop_id=shop.shop_id)
        if draft.is_global and not of.is_there:
            if shop.region in taken:
                text = _("Another shop in %(market)s has it: there is one for each market.") % {"market": shop.region}
                path = f"shops.{shop.shop_id}.status"
                yield Finding(
                    field=path, rule="market", text=text, fix=_("Choose one of the two."), shop_id=shop.shop_id
                )
            taken.add(shop.region)
        if rules:
            general = check_values(rules.fields, draft.attributes)
            for finding in check_values(rules.fields, draft.attributes, markets=[shop.region]):
                if finding not in general:
                    yield replace(finding, shop_id=shop.shop_id)


def _shop(draft: ListingDraft, shop: ShopDraft, rules: CategoryRules, facts: ShopFacts) -> Iterator[Finding]:
    path = f"shops.{shop.shop_id}"
    if facts.problem:
        yield Finding(field=f"{path}.status", rule="status", text=facts.problem, fix=facts.fix)
    if shop.region in rules.closed_in:
        text = _("This category is closed in %(market)s.") % {"market": shop.region}
        yield Finding(field="category_id", rule="closed", text=text, fix=_("Choose another, or leave this shop out."))
    least = rules.minimum_images.get(shop.region, 0)
    if len(draft.image_urls) < least:
        words = _("%(market)s wants at least %(least)d pictures.")
        text = words % {"market": shop.region, "least": least}
        yield Finding(field="image_urls", rule="count", text=text, fix=_("Add pictures."), level=WARNING)
    if facts.carriers is not None:
        enabled = {carrier.external_id for carrier in facts.carriers if carrier.enabled}
        if not enabled:
            text = _("No carrier is switched on in this shop.")
            fix = _("Switch one on in the seller center, then read the shop's settings again.")
            yield Finding(field=f"{path}.carriers", rule="required", text=text, fix=fix)
        elif not enabled.issuperset(shop.carriers):
            text = _("A carrier that is chosen is not switched on in this shop.")
            yield Finding(field=f"{path}.carriers", rule="choice", text=text, fix=_("Choose among those that are."))
    yield from _name_in(draft, shop, rules)
    if shop.description:
        yield from check_text(f"{path}.description", shop.description, rules.description_length, rules, local=True)
    for name in ("name", "description"):
        if shop.region in rules.not_chinese_in and texts.has_chinese(getattr(shop, name)):
            text = _("It is Chinese, which is not a language of %(market)s.") % {"market": shop.region}
            fix = _("Write it in the language of the market, or leave it empty: then it is translated.")
            yield Finding(field=f"{path}.{name}", rule="language", text=text, fix=fix)


def _name_in(draft: ListingDraft, shop: ShopDraft, rules: CategoryRules) -> Iterator[Finding]:
    """Hold the name against what the shop's market takes: its own, or the general one, whose translation differs."""
    span = rules.name_length_in.get(shop.region)
    if shop.name:
        plain = replace(rules, wide_character=Decimal(1)) if span else rules
        yield from check_text(f"shops.{shop.shop_id}.name", shop.name, span or rules.name_length, plain, local=True)
    elif span and span.high is not None and len(draft.name) > span.high:
        words = _("It has %(number)d characters, and %(market)s takes at most %(most)d; it is translated first.")
        text = words % {"number": len(draft.name), "market": shop.region, "most": span.high}
        fix = _("Shorten it, or give this shop a name of its own.")
        yield Finding(field="name", rule="length", text=text, fix=fix, level=WARNING)
