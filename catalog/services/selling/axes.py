"""Variation axes of what we sell: marketplaces take fewer of them than suppliers have."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from catalog.models import Product, Variant

MOST = 2
JOINT = " / "


@dataclass(frozen=True, slots=True)
class Axes:
    """Names of the axes, and for each variant (by our key) its option on each."""

    names: tuple[str, ...]
    options: dict[int, tuple[str, ...]]


def axes_of(product: Product, variants: Sequence[Variant], most: int = MOST) -> Axes:
    """Return the axes of a product as they can be sold: at most `most` of them, one option of each per variant.

    A product with one variant that names no option has none. Of too many axes those go on which all variants are
    alike, then all behind the first are joined into one. Where the supplier's options don't fit its axes, or would
    make two variants the same, the variants' own names are one axis.
    """
    if len(variants) == 1 and not variants[0].options:
        return Axes((), {variants[0].pk: ()})
    names = [str(name).strip() for name in product.option_names]
    rows = {variant.pk: [str(option).strip() for option in variant.options] for variant in variants}
    fits = names and all(len(row) == len(names) and all(row) for row in rows.values())
    if not fits or len(set(map(tuple, rows.values()))) < len(rows):
        return _by_name(variants)
    if len(names) > most:
        kept = [at for at in range(len(names)) if len({row[at] for row in rows.values()}) > 1] or [0]
        names, rows = [names[at] for at in kept], {pk: [row[at] for at in kept] for pk, row in rows.items()}
    if len(names) > most:
        own = most - 1
        names = [*names[:own], JOINT.join(names[own:])]
        rows = {pk: [*row[:own], JOINT.join(row[own:])] for pk, row in rows.items()}
    return Axes(tuple(names), {pk: tuple(row) for pk, row in rows.items()})


def _by_name(variants: Sequence[Variant]) -> Axes:
    taken, options = set[str](), dict[int, tuple[str, ...]]()
    for variant in variants:
        name = (variant.key or JOINT.join(map(str, variant.options)) or variant.name or variant.sku).strip()
        name = name or variant.external_id
        name = name if name not in taken else f"{name} {variant.sku or variant.external_id}"
        taken.add(name)
        options[variant.pk] = (name,)
    return Axes((_("Option"),), options)
