"""From the variants that are wanted and those that are there to the next write. Pure.

One write at a time: afterwards is looked again. Another number of axes sets all variants up anew; else what is too much
is deleted, the axes are changed, what is missing is added, and what differs is changed, in this order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from integrations.channels import DraftVariant, ListingDraft
from integrations.parsing import ident, integer, mapping, number, rows, text

from . import mappers
from .mappers import Option, Tier
from .words import Words

INIT, TIERS, ADD, UPDATE, DELETE = "init", "tiers", "add", "update", "delete"
MOST = 50  # variants a call
_CLOSE = Decimal("0.01")  # kilograms: weights that differ by less are the same


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A variant that is there."""

    model_id: str
    sku: str
    index: tuple[int, ...]
    weight: Decimal | None = None  # kilograms
    size: tuple[int, ...] = ()  # length, width, height in centimeters


@dataclass(frozen=True, slots=True)
class Seen:
    """The axes and variants that are there."""

    tiers: tuple[Tier, ...] = ()
    models: tuple[Model, ...] = ()

    def options(self, model: Model) -> tuple[str, ...]:
        """Return the options of a variant; empty where its index points nowhere."""
        try:
            return tuple(tier.options[at].name for tier, at in zip(self.tiers, model.index, strict=True))
        except (ValueError, IndexError):
            return ()

    def to_json(self) -> dict[str, Any]:
        """Return it as the notebook keeps it."""
        return {
            "tiers": [[tier.name, [[each.name, each.image_id] for each in tier.options]] for tier in self.tiers],
            "models": [
                [each.model_id, each.sku, list(each.index), str(each.weight or ""), list(each.size)]
                for each in self.models
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Seen":
        """Return what `to_json` made."""
        tiers = tuple(Tier(name, tuple(Option(*each) for each in options)) for name, options in data["tiers"])
        models = tuple(
            Model(model_id=ident_, sku=sku, index=tuple(index), weight=number(weight), size=tuple(size))
            for ident_, sku, index, weight, size in data["models"]
        )
        return cls(tiers, models)


@dataclass(frozen=True, slots=True)
class Write:
    """The next write: what kind, about which rows, with which axes (None: they stay)."""

    kind: str
    rows: tuple[Mapping[str, Any], ...] = ()
    tiers: tuple[Tier, ...] | None = None
    model_id: str = ""

    @property
    def key(self) -> str:
        """Return a digest by which the same write is known again."""
        return f"{self.kind}:{mappers.digest([self.rows, repr(self.tiers), self.model_id])}"


def to_seen(data: object, words: Words) -> Seen:
    """Read the axes and variants of an item (Shopee: get_global_model_list, product.get_model_list).

    An item without axes has none, or one of which nothing is kept.
    """
    payload = mapping(data)
    tiers = to_tiers(payload)
    found: list[Model] = []
    for row in map(mapping, rows(payload.get(words.models)) or ()):
        index = tuple(at for each in rows(row.get("tier_index")) or () if (at := integer(each)) is not None)
        model_id = ident(row.get(words.model_id))
        if not model_id or len(index) != len(tiers) or not tiers:
            continue
        size = mapping(row.get("dimension"))
        sides = [integer(size.get(f"package_{side}")) for side in ("length", "width", "height")]
        found.append(
            Model(
                model_id=model_id,
                sku=text(row.get(words.model_sku), 200),
                index=index,
                weight=number(row.get("weight")),
                size=tuple(side for side in sides if side) if all(sides) else (),
            )
        )
    return Seen(tuple(tiers), tuple(found))


def to_tiers(payload: Mapping[str, Any]) -> list[Tier]:
    """Read axes in whichever spelling they come; answers carry both, of which one may be empty."""
    standard = [
        Tier(
            text(row.get("variation_name"), 200),
            tuple(
                Option(text(each.get("variation_option_name"), 200), text(each.get("image_id"), 200))
                for each in map(mapping, rows(row.get("variation_option_list")) or ())
            ),
        )
        for row in map(mapping, rows(payload.get("standardise_tier_variation")) or ())
    ]
    return standard or [
        Tier(
            text(row.get("name"), 200),
            tuple(
                Option(text(each.get("option"), 200), text(mapping(each.get("image")).get("image_id"), 200))
                for each in map(mapping, rows(row.get("option_list")) or ())
            ),
        )
        for row in map(mapping, rows(payload.get("tier_variation")) or ())
    ]


def matched(draft: ListingDraft, seen: Seen) -> dict[str, Model]:
    """Return by SKU of ours the variant that is there: the one with this SKU, else the one with these options."""
    by_sku = {model.sku: model for model in seen.models if model.sku}
    found = {variant.sku: by_sku[variant.sku] for variant in draft.variants if variant.sku in by_sku}
    taken = {model.model_id for model in found.values()}
    free = {seen.options(model): model for model in seen.models if model.model_id not in taken}
    for variant in draft.variants:
        if variant.sku not in found and variant.options and variant.options in free:
            found[variant.sku] = free.pop(variant.options)
    return found


def next_write(draft: ListingDraft, tiers: Sequence[Tier], seen: Seen, words: Words) -> Write | None:
    """Return the write that brings what is there nearer to what is wanted; None: they agree."""
    if len(tiers) != len(seen.tiers):
        return _anew(draft, tiers, words)
    if not tiers:
        return None
    known = matched(draft, seen)
    kept = {model.model_id for model in known.values()}
    surplus = [model for model in seen.models if model.model_id not in kept]
    if surplus and known:  # never all of them: the last one can't be deleted
        return Write(DELETE, model_id=surplus[0].model_id)
    if changed := _changed_tiers(draft, tiers, seen, known, surplus):
        return changed
    if missing := [variant for variant in draft.variants if variant.sku not in known]:
        added = [mappers.new_model(each, mappers.tier_index(each, seen.tiers), words) for each in missing[:MOST]]
        return Write(ADD, tuple(added))
    differing = [
        {words.model_id: int(known[variant.sku].model_id), words.model_sku: variant.sku}
        | mappers.model_measures(variant)
        for variant in draft.variants
        if _differs(variant, known[variant.sku])
    ]
    return Write(UPDATE, tuple(differing[:MOST])) if differing else None


def _anew(draft: ListingDraft, tiers: Sequence[Tier], words: Words) -> Write:
    made = [mappers.new_model(each, mappers.tier_index(each, tiers), words) for each in draft.variants[:MOST]]
    return Write(INIT, tuple(made), tuple(tiers))


def _changed_tiers(
    draft: ListingDraft, tiers: Sequence[Tier], seen: Seen, known: Mapping[str, Model], surplus: Sequence[Model]
) -> Write | None:
    """Return the write that changes axes or options; variants that go later keep theirs until then."""
    wanted = [_with_options_of(tier, number, seen, surplus) for number, tier in enumerate(tiers)]
    places = {known[each.sku].model_id: each.options for each in draft.variants if each.sku in known}
    stays = all(seen.options(model) == places[model.model_id] for model in known.values())
    if stays and all(map(_same, wanted, seen.tiers)):
        return None
    places |= {model.model_id: seen.options(model) for model in surplus if seen.options(model)}
    listed = [
        {"model_id": int(model_id), "tier_index": mappers.places(options, wanted)}
        for model_id, options in places.items()
    ]
    return Write(TIERS, tuple(listed), tuple(wanted))


def _with_options_of(tier: Tier, number: int, seen: Seen, surplus: Sequence[Model]) -> Tier:
    used = dict.fromkeys(options[number] for model in surplus if (options := seen.options(model)))
    extra = [option for option in seen.tiers[number].options if option.name in used and option.name not in tier.names()]
    # Pictures stand on all options of the first axis or on none.
    if extra and any(option.image_id for option in tier.options) and not all(each.image_id for each in extra):
        extra = [Option(each.name, each.image_id or tier.options[0].image_id) for each in extra]
    return Tier(tier.name, (*tier.options, *extra))


def _same(wanted: Tier, there: Tier) -> bool:
    """Tell whether an axis needs no change; the order of its options is left as it is."""
    if wanted.name != there.name or set(wanted.names()) != set(there.names()):
        return False
    pictures = {option.name: option.image_id for option in there.options}
    return all(not option.image_id or option.image_id == pictures[option.name] for option in wanted.options)


def _differs(variant: DraftVariant, model: Model) -> bool:
    if variant.sku != model.sku:
        return True
    measures = mappers.model_measures(variant)
    weight = measures.get("weight")
    if weight is not None and (model.weight is None or abs(weight - model.weight) >= _CLOSE):
        return True
    size = tuple(measures.get("dimension", {}).values())
    return bool(size) and bool(model.size) and size != model.size
