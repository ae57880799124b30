"""The rules of a category held against a draft's axes and variants: options, SKUs, prices, stock (pure)."""

from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _

from integrations.channels import CategoryRules, DraftVariant, ListingDraft, Span

from . import texts
from .findings import WARNING, Finding


def check_axes(draft: ListingDraft, rules: CategoryRules) -> Iterator[Finding]:
    """Find axes that are too many, missing, unnamed, named twice or too long."""
    if len(draft.axes) > rules.most_axes:
        words = _("There are %(number)d variation axes, and there may be at most %(most)d.")
        text = words % {"number": len(draft.axes), "most": rules.most_axes}
        yield Finding(field="axes", rule="count", text=text, fix=_("Join two of them into one."))
    if not draft.axes and len(draft.variants) > 1:
        text = _("There are several variants, but no axis that tells them apart.")
        yield Finding(field="axes", rule="required", text=text, fix=_("Name one, such as Color."))
    if len(set(draft.axes)) < len(draft.axes):
        yield Finding(field="axes", rule="twice", text=_("Two axes have the same name."), fix=_("Rename one."))
    for name in draft.axes:
        yield from _label("axes", name, rules.axis_name_length, rules)


def _label(path: str, label: str, span: Span, rules: CategoryRules) -> Iterator[Finding]:
    taken = texts.length(label.strip(), rules.wide_character)
    if not label.strip():
        yield Finding(field=path, rule="required", text=_("A name is missing."), fix=_("Enter it."))
    elif span.low is not None and len(label.strip()) < span.low:
        text = _("“%(name)s” must have at least %(least)d characters.") % {"name": label, "least": span.low}
        yield Finding(field=path, rule="length", text=text, fix=_("Write more."))
    elif span.high is not None and taken > span.high:
        text = _("“%(name)s” may take at most %(most)d characters.") % {"name": label, "most": span.high}
        yield Finding(field=path, rule="length", text=text, fix=_("Shorten it."))
    if rules.pure_language and texts.language_problem(label):
        text = _("“%(name)s” is neither Chinese only nor English and digits only.") % {"name": label}
        yield Finding(field=path, rule="language", text=text, fix=_("Write it in one of them."))


def check_variants(draft: ListingDraft, rules: CategoryRules, *, reckoned: bool = True) -> Iterator[Finding]:
    """Find what is wrong with the variants; `reckoned`: a price that is missing is not explained by a missing rate."""
    if not draft.variants:
        text = _("There is nothing to sell: no variant is chosen.")
        yield Finding(field="variants", rule="required", text=text, fix=_("Choose at least one variant."))
    if len(draft.variants) > rules.most_variants:
        words = _("There are %(number)d variants, and there may be at most %(most)d.")
        text = words % {"number": len(draft.variants), "most": rules.most_variants}
        yield Finding(field="variants", rule="count", text=text, fix=_("Choose fewer variants."))
    skus = Counter(variant.sku for variant in draft.variants)
    places = Counter(tuple(option.strip().casefold() for option in variant.options) for variant in draft.variants)
    seen = set[tuple[str, str]]()
    for variant in draft.variants:
        yield from _sku(variant, skus, rules)
        yield from _options(draft, variant, places, rules, seen)
        yield from _price(draft, variant, rules, reckoned)
        yield from _stock(variant, rules)
        yield from _measures(variant)
    yield from _ratios(draft, rules)


def _sku(variant: DraftVariant, skus: Mapping[str, int], rules: CategoryRules) -> Iterator[Finding]:
    path = f"variants.{variant.sku}.sku"
    if not variant.sku.strip():
        yield Finding(field=path, rule="required", text=_("A variant has no SKU."), fix=_("Give it one."))
    elif len(variant.sku) > rules.longest_sku:
        text = _("The SKU has more than %(most)d characters.") % {"most": rules.longest_sku}
        yield Finding(field=path, rule="length", text=text, fix=_("Shorten it."))
    if skus[variant.sku] > 1:
        text = _("The SKU %(sku)s stands twice.") % {"sku": variant.sku}
        yield Finding(field=path, rule="twice", text=text, fix=_("Give each variant a SKU of its own."))


def _options(
    draft: ListingDraft,
    variant: DraftVariant,
    places: Mapping[tuple[str, ...], int],
    rules: CategoryRules,
    seen: set[tuple[str, str]],
) -> Iterator[Finding]:
    path = f"variants.{variant.sku}.options"
    if len(variant.options) != len(draft.axes):
        text = _("It needs one option for each of the %(number)d axes.") % {"number": len(draft.axes)}
        yield Finding(field=path, rule="count", text=text, fix=_("Enter the options."))
    elif draft.axes and places[tuple(option.strip().casefold() for option in variant.options)] > 1:
        text = _("Another variant has the same options: %(options)s.") % {"options": " / ".join(variant.options)}
        yield Finding(field=path, rule="twice", text=text, fix=_("Change one of the two."))
    for axis, option in zip(draft.axes, variant.options, strict=False):
        if (axis, option) not in seen:  # an option is shared by many variants, and told once
            seen.add((axis, option))
            yield from _label(path, option, rules.option_length, rules)


def _price(draft: ListingDraft, variant: DraftVariant, rules: CategoryRules, reckoned: bool) -> Iterator[Finding]:
    path, span = f"variants.{variant.sku}.price", rules.price
    if variant.price <= 0:
        if reckoned:
            text = _("The price is not known.")
            yield Finding(field=path, rule="required", text=text, fix=_("Set it by hand, or read the product again."))
    elif not rules.currency or rules.currency == draft.currency:
        amounts = {"price": texts.amount(variant.price), "currency": draft.currency}
        if span.low is not None and variant.price < span.low:
            words = _("%(price)s %(currency)s is below the lowest price, %(low)s.")
            text = words % {**amounts, "low": texts.amount(span.low)}
            yield Finding(field=path, rule="range", text=text, fix=_("Raise it."))
        elif span.high is not None and variant.price > span.high:
            words = _("%(price)s %(currency)s is above the highest price, %(high)s.")
            text = words % {**amounts, "high": texts.amount(span.high)}
            yield Finding(field=path, rule="range", text=text, fix=_("Lower it."))


def _stock(variant: DraftVariant, rules: CategoryRules) -> Iterator[Finding]:
    path, span = f"variants.{variant.sku}.stock", rules.stock
    if not variant.stock:
        text = _("The supplier's stock is not known.")
        yield Finding(field=path, rule="required", text=text, fix=_("Read the product's stock."))
        return
    pieces = sum(variant.stock.values())
    if pieces < max(span.low or Decimal(0), Decimal(0)):
        words = _("%(pieces)d pieces are below the lowest stock, %(low)s.")
        yield Finding(
            field=path, rule="range", text=words % {"pieces": pieces, "low": span.low}, fix=_("Leave the variant out.")
        )
    elif span.high is not None and pieces > span.high:
        words = _("%(pieces)d pieces are above the highest stock, %(high)s.")
        yield Finding(
            field=path, rule="range", text=words % {"pieces": pieces, "high": span.high}, fix=_("Offer fewer pieces.")
        )
    elif pieces == 0:
        text = _("It is sold out at the supplier.")
        yield Finding(field=path, rule="sold_out", text=text, fix=_("Leave the variant out."), level=WARNING)


def _measures(variant: DraftVariant) -> Iterator[Finding]:
    sides = [variant.length_mm, variant.width_mm, variant.height_mm]
    path = f"variants.{variant.sku}"
    if variant.weight_g is not None and variant.weight_g <= 0:
        text = _("The weight must be more than 0.")
        yield Finding(field=f"{path}.weight", rule="range", text=text, fix=_("Read the product again."))
    if any(side is not None and side <= 0 for side in sides):
        text = _("Each side of the package must be more than 0.")
        yield Finding(field=f"{path}.size", rule="range", text=text, fix=_("Read the product again."))


def _ratios(draft: ListingDraft, rules: CategoryRules) -> Iterator[Finding]:
    """Find variants whose prices lie too far apart: in the account's currency, and in each shop's own."""
    prices = {variant.sku: variant.price for variant in draft.variants}
    most = rules.price_ratio.get("") if draft.is_global else None
    if finding := _ratio(prices, most):
        yield finding
    for shop in draft.shops:
        own = prices | shop.prices if not draft.is_global or shop.prices.keys() == prices.keys() else shop.prices
        if shop.prices and (finding := _ratio(own, rules.price_ratio.get(shop.region), shop.shop_id)):
            yield finding


def _ratio(prices: Mapping[str, Decimal], most: Decimal | None, shop_id: str = "") -> Finding | None:
    known = {sku: price for sku, price in prices.items() if price > 0}
    if most is None or not known:
        return None
    low, high = min(known.values()), max(known.values())
    if high <= low * most:
        return None
    dearest = next(sku for sku, price in known.items() if price == high)
    words = _("The dearest variant costs %(high)s, more than %(most)s times the cheapest, %(low)s.")
    return Finding(
        field=f"shops.{shop_id}.prices" if shop_id else f"variants.{dearest}.price",
        rule="ratio",
        text=words % {"high": texts.amount(high), "low": texts.amount(low), "most": texts.amount(most)},
        fix=_("Bring the prices closer together, or leave a variant out."),
        shop_id=shop_id,
    )
