"""From a supplier's category to the one that we sell in, with the answers that usually fit."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Category, CategoryMapping, GlobalListing, Product
from catalog.services.checking import check_connected
from integrations import lanes
from integrations.channels import CategoryRules
from integrations.gateways import channel_for
from integrations.models import Lane

from . import filling, specs
from .answers import check_values
from .editing import answers

__all__ = ["Coverage", "Suggestion", "apply", "check_values", "coverage", "save", "suggest"]

MOST_SUGGESTED = 8
_OWN_ANSWERS = ("brand_id", "brand_name", "attributes", "days_to_ship")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A category that may fit. `reason`: mapped | history (so many `times` before) | recommended by the platform."""

    category: Category
    reason: str
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """A supplier's category of ours, how many products stand in it, and where they go."""

    source: Category
    products: int
    mapping: CategoryMapping | None


def suggest(account: PlatformAccount, product: Product, *, ask: bool = False) -> list[Suggestion]:
    """Return the categories in which a product may be sold, best first: as mapped, as before, as the platform says.

    `ask` calls the platform while a person waits; without it none is called.
    """
    found: dict[int, Suggestion] = {}
    mapping = _mapping_of(account, product)
    if mapping:
        found[mapping.target_id] = Suggestion(category=mapping.target, reason="mapped")
    for category, times in _history(account, product):
        found.setdefault(category.pk, Suggestion(category=category, reason="history", times=times))
    for category in _recommended(account, product) if ask else []:
        found.setdefault(category.pk, Suggestion(category=category, reason="recommended"))
    return list(found.values())[:MOST_SUGGESTED]


def _mapping_of(account: PlatformAccount, product: Product) -> CategoryMapping | None:
    if product.category_id is None:
        return None
    found = CategoryMapping.objects.filter(account=account, source=product.category_id)
    return found.select_related("target").first()


def _history(account: PlatformAccount, product: Product) -> list[tuple[Category, int]]:
    """Return where products of the same supplier's category are sold: by this account, else on this platform."""
    if product.category_id is None:
        return []
    others = GlobalListing.objects.filter(
        product__category=product.category_id, category__in=specs.categories_of(account).filter(is_leaf=True)
    ).exclude(product=product)
    counted: Counter[int] = Counter()
    for account_id, category_id, times in others.values_list("account", "category").annotate(Count("pk")):
        counted[category_id] += times * (1000 if account_id == account.pk else 1)  # its own habits come first
    known = Category.objects.in_bulk(counted)
    total: Counter[int] = Counter(others.values_list("category", flat=True))
    return [(known[pk], total[pk]) for pk, _weight in counted.most_common(MOST_SUGGESTED)]


def _recommended(account: PlatformAccount, product: Product) -> list[Category]:
    check_connected(account)
    with lanes.use(Lane.STOCK, patience=lanes.PATIENCE_OF_A_PERSON):
        ids = channel_for(account).recommend_categories(product.name, product.image_url)
    known = specs.categories_of(account).filter(external_id__in=ids, is_leaf=True)
    by_id = {category.external_id: category for category in known}
    return [by_id[external_id] for external_id in ids if external_id in by_id]


@transaction.atomic
def save(
    account: PlatformAccount,
    source: Category,
    target: Category,
    *,
    brand_id: str = "",
    brand_name: str = "",
    attributes: Mapping[str, Any] | None = None,
    days_to_ship: int | None = None,
    by: str,
) -> CategoryMapping:
    """Say into which category the products of a supplier's category go, with the answers that usually fit.

    `attributes`: field id → values. Raise Refused, naming the field: a category of another platform or with others
    below it, an answer that the category does not take, days out of its ranges.
    """
    specs.check_category(account, target, field="target")
    if source.platform == target.platform:
        raise Refused(_("Choose a supplier's category: this one is the marketplace's own."), field="source")
    kept = answers("attributes", attributes or {})
    spec = specs.spec_of(account, target)
    if spec:
        _check_answers(specs.rules_of(spec), kept, days_to_ship)
    mapping = CategoryMapping.objects.select_for_update().filter(account=account, source=source).first()
    mapping = mapping or CategoryMapping(account=account, source=source)
    mapping.target, mapping.attributes, mapping.days_to_ship = target, kept, days_to_ship
    mapping.brand_id, mapping.brand_name = brand_id.strip(), brand_name.strip()
    mapping._change_reason = _("Set by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
    mapping.save()
    specs.request_spec_where_old(account, target, requested_by=by)
    return mapping


def _check_answers(rules: CategoryRules, kept: Mapping[str, Any], days_to_ship: int | None) -> None:
    wrong = [finding for finding in check_values(rules.fields, kept) if finding.rule != "required"]
    if wrong:
        raise Refused(f"{wrong[0].text} {wrong[0].fix}".strip(), field=wrong[0].field)
    ranges = rules.days_to_ship
    if days_to_ship is not None and ranges and not any(low <= days_to_ship <= high for low, high in ranges):
        allowed = ", ".join(f"{low}–{high}" if low != high else str(low) for low, high in ranges)
        words = _("Days to ship must be in %(ranges)s.")
        raise Refused(words % {"ranges": allowed}, field="days_to_ship")


def apply(global_listing: GlobalListing) -> bool:
    """Fill in what a listing says nothing of: category, brand, answers, days to ship; return whether something was.

    From its category's mapping, which also brings up to date what was filled in before and nobody has edited; where
    there is none, from what was sold last in the same category by this account. The platform is not asked.
    """
    before, mapping = _answers_of(global_listing), _mapping_of(global_listing.account, global_listing.product)
    _fill_category(global_listing, mapping)
    if mapping and mapping.target_id == global_listing.category_id:
        _fill_answers(global_listing, mapping, is_mapped=True)
    elif last := _last_like(global_listing):
        _fill_answers(global_listing, last, is_mapped=False)
    if _answers_of(global_listing) == before:
        return False
    global_listing.save(update_fields=["category", *_OWN_ANSWERS, "filled", "updated_at"])
    return True


def _fill_category(listing: GlobalListing, mapping: CategoryMapping | None) -> None:
    """Fill in the category; what was filled in for another one goes with that."""
    old, category = listing.category_id, None
    if mapping and filling.is_free(listing, "category", old):
        category = mapping.target
    elif old is None and (history := _history(listing.account, listing.product)):
        category = history[0][0]
    if category is None or category.pk == old:
        return
    _drop_filled(listing)
    listing.category = category
    filling.note(listing, "category", category.pk)


def _drop_filled(listing: GlobalListing) -> None:
    """Take away the answers that were filled in for another category: this one may not ask for them."""
    for name, said in listing.attributes.items():
        if filling.is_free(listing, f"attributes.{name}", said):
            listing.attributes = {other: values for other, values in listing.attributes.items() if other != name}
    if filling.is_free(listing, "brand", _brand_of(listing)):
        listing.brand_id = listing.brand_name = ""


def _fill_answers(listing: GlobalListing, source: CategoryMapping | GlobalListing, *, is_mapped: bool) -> None:
    """Fill in the answers that are empty and, where a mapping says them, those that nobody has edited."""

    def takes(field: str, now: object, said: object) -> bool:
        is_wanted = bool(said) and said != now and (not now or (is_mapped and filling.is_free(listing, field, now)))
        if is_wanted:
            filling.note(listing, field, said)
        return is_wanted

    for name, said in source.attributes.items():
        if takes(f"attributes.{name}", listing.attributes.get(name), said):
            listing.attributes = {**listing.attributes, name: said}
    if takes("days_to_ship", listing.days_to_ship, source.days_to_ship):
        listing.days_to_ship = source.days_to_ship
    brand, theirs = _brand_of(listing), _brand_of(source)
    if takes("brand", brand, theirs):
        listing.brand_id, listing.brand_name = source.brand_id, source.brand_name


def _brand_of(row: CategoryMapping | GlobalListing) -> list[str]:
    return [row.brand_id, row.brand_name] if row.brand_id or row.brand_name else []


def _answers_of(listing: GlobalListing) -> list[Any]:
    return [listing.category_id, *(getattr(listing, name) for name in _OWN_ANSWERS)]


def _last_like(listing: GlobalListing) -> GlobalListing | None:
    """Return the last listing that this account got into the same category."""
    if listing.category_id is None:
        return None
    others = GlobalListing.objects.filter(account=listing.account, category=listing.category_id)
    return others.exclude(pk=listing.pk).exclude(external_id="").order_by("-published_at", "-pk").first()


def coverage(account: PlatformAccount) -> list[Coverage]:
    """Return the suppliers' categories in which products of ours stand, the fullest first, and where they go."""
    counts = Product.objects.exclude(category=None).values_list("category").annotate(Count("pk")).order_by()
    numbers = {pk: number for pk, number in counts if pk is not None}
    mapped = {row.source_id: row for row in account.category_mappings.select_related("source", "target")}
    known = Category.objects.in_bulk(set(numbers) | set(mapped))
    rows = [
        Coverage(source=category, products=numbers.get(pk, 0), mapping=mapped.get(pk)) for pk, category in known.items()
    ]
    return sorted(rows, key=lambda row: (-row.products, row.source.path))
