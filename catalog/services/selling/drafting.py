"""What we want to sell, in neutral words: the draft of a listing as a marketplace's package takes it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, QuerySet

from accounts.models import PlatformAccount
from catalog.models import GlobalListing, GlobalVariant, Listing, ListingVariant
from integrations.channels import BrandData, CategoryRules, DraftVariant, FieldSpec, ListingDraft, ShopDraft, Value

from .differing import offered
from .pricing import currency_of, round_up, sells_globally


def with_all(listings: "QuerySet[GlobalListing]") -> "QuerySet[GlobalListing]":
    """Load with each listing all that its draft and its check look at, in a fixed number of queries."""
    variants = GlobalVariant.objects.select_related("variant__product", "variant__reservation")
    variants = variants.prefetch_related("variant__offers", "stock")
    cells = Listing.objects.select_related("shop__account", "shop__field_sync").prefetch_related(
        Prefetch("variants", ListingVariant.objects.select_related("global_variant"))
    )
    return listings.select_related("account", "product__account", "category").prefetch_related(
        Prefetch("variants", variants), Prefetch("listings", cells), "account__shops"
    )


def draft_of(
    global_listing: GlobalListing, listings: Iterable[Listing] | None = None, *, rules: CategoryRules | None = None
) -> ListingDraft:
    """Return what is to be sold, in these shops (default: all in which it is not deleted).

    Its prices are in the account's currency; a shop has some of its own where it does not follow them. Each is rounded
    up to what can be set in its currency, as it is when it is pushed. No more stock is offered than `rules` allow; what
    is not known is left out.
    """
    account = global_listing.account
    cells = [cell for cell in global_listing.listings.all() if cell.status != Listing.Status.DELETED]
    chosen = sorted(cells if listings is None else listings, key=lambda cell: cell.shop.external_id)
    place, currency = place_of(account), currency_of(account)
    most = int(rules.stock.high) if rules and rules.stock.high is not None else None
    wanted = [row for row in global_listing.variants.all() if row.is_wanted]
    return ListingDraft(
        reference=global_listing.sku,
        is_global=sells_globally(account),
        name=global_listing.name,
        description=global_listing.description,
        category_id=global_listing.category.external_id if global_listing.category else "",
        brand=brand_of(global_listing),
        attributes=_answers(global_listing, rules),
        image_urls=tuple(global_listing.image_urls),
        days_to_ship=global_listing.days_to_ship,
        weight_g=global_listing.weight_g,
        length_mm=global_listing.length_mm,
        width_mm=global_listing.width_mm,
        height_mm=global_listing.height_mm,
        currency=currency,
        axes=tuple(global_listing.axes),
        variants=tuple(_variant(row, place, most, currency) for row in wanted),
        shops=tuple(_shop(cell, {row.pk for row in wanted}) for cell in chosen),
    )


def _answers(listing: GlobalListing, rules: CategoryRules | None) -> dict[str, tuple[Value, ...]]:
    """Return the answers to the category's fields; a value that was chosen brings its unit, where none was said."""
    units = dict(_units(rules.fields)) if rules else {}
    said = {name: values_of(stored) for name, stored in listing.attributes.items()}
    return {
        name: tuple(replace(value, unit=value.unit or units.get((name, value.external_id), "")) for value in values)
        for name, values in said.items()
        if values
    }


def _units(fields: Iterable[FieldSpec]) -> Iterator[tuple[tuple[str, str], str]]:
    """Yield the unit of each choice by its field and its id, of those too that choices open."""
    for field in fields:
        for choice in field.choices:
            if choice.unit and field.units:
                yield (field.external_id, choice.external_id), choice.unit
            yield from _units(choice.opens)


def brand_of(listing: GlobalListing) -> BrandData | None:
    """Return the brand that was chosen, or written freely (its id is empty then); None: none."""
    if not listing.brand_id and not listing.brand_name:
        return None
    return BrandData(external_id=listing.brand_id, name=listing.brand_name)


def values_of(stored: Any) -> tuple[Value, ...]:
    """Return the answers to one field as they are kept; what is no answer is left out."""
    rows = stored if isinstance(stored, list) else []
    return tuple(
        Value(
            external_id=str(row.get("external_id") or ""),
            text=str(row.get("text") or ""),
            unit=str(row.get("unit") or ""),
        )
        for row in rows
        if isinstance(row, dict) and (row.get("external_id") or row.get("text"))
    )


def place_of(account: PlatformAccount) -> str:
    """Return the place from which the account sells: the first that the platform named; empty: it has none."""
    places = account.facts.get("places") if isinstance(account.facts, dict) else None
    first = places[0] if isinstance(places, list) and places else None
    return str(first.get("id") or "") if isinstance(first, dict) else ""


def _variant(row: GlobalVariant, place: str, most: int | None, currency: str) -> DraftVariant:
    pieces = offered(row.variant, row.variant.product, most)
    return DraftVariant(
        sku=row.sku,
        options=tuple(map(str, row.options)),
        price=round_up(row.price or Decimal(0), currency),
        stock={} if pieces is None else {place: pieces},
        image_url=row.variant.image_url,
        weight_g=row.variant.weight_g,
        length_mm=row.variant.length_mm,
        width_mm=row.variant.width_mm,
        height_mm=row.variant.height_mm,
    )


def _shop(cell: Listing, wanted: set[int]) -> ShopDraft:
    own: Sequence[ListingVariant] = list(cell.variants.all())
    return ShopDraft(
        shop_id=cell.shop.external_id,
        region=cell.shop.region,
        currency=cell.shop.currency,
        name=cell.name,
        description=cell.description,
        prices={
            row.global_variant.sku: round_up(row.price, cell.shop.currency)
            for row in own
            if row.price is not None and row.global_variant_id in wanted
        },
        carriers=tuple(map(str, cell.carriers)),
        listed=cell.status != Listing.Status.UNLISTED,
    )
