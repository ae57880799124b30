"""Which of our products a listing found at a platform is: by its SKUs, and by nothing else unless a person says so."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import PlatformAccount
from catalog.models import GlobalListing, GlobalVariant, Product, Variant
from integrations.channels import FoundListing, FoundVariant

MOST_NAMED = 3  # SKUs or products that a reason names


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a found listing is. Without a product the reason says why; `candidates` are the keys of those it may be."""

    product: Product | None = None
    variants: dict[str, Variant] = field(default_factory=dict)  # their variant's id → ours
    reason: str = ""
    candidates: tuple[int, ...] = ()


def skus_of(found: FoundListing) -> list[str]:
    """Return the SKUs of its variants; of one without variants its own."""
    return [sku for variant in found.variants if (sku := sku_of(found, variant))]


def sku_of(found: FoundListing, variant: FoundVariant) -> str:
    """Return a variant's SKU; of a listing without variants the listing's own where the variant says none."""
    return variant.sku or (found.sku if len(found.variants) == 1 and not found.axes else "")


def match(account: PlatformAccount, found: FoundListing) -> Match:
    """Find the one product whose SKUs it bears, all of them known and none twice."""
    skus = skus_of(found)
    doubled = [sku for sku, times in Counter(skus).items() if times > 1]
    known = _variants_by_sku(account, skus)
    products = {variant.product_id for variants in known.values() for variant in variants}
    products |= set(_products_by_sku(account, found.sku))
    candidates = tuple(sorted(products))
    if not skus and not found.sku:
        return Match(reason=_("It has no SKU, so nothing tells which product it is."))
    if not products:
        return Match(reason=_("No product of ours has the SKU %(skus)s.") % {"skus": _named(skus or [found.sku])})
    if len(products) > 1:
        named = _named(str(product) for product in Product.objects.filter(pk__in=products).order_by("pk"))
        return Match(
            reason=_("Its SKUs are those of several products: %(named)s.") % {"named": named}, candidates=candidates
        )
    if doubled:
        reason = _("Several of its variants have the same SKU: %(skus)s.") % {"skus": _named(doubled)}
        return Match(reason=reason, candidates=candidates)
    strange = [variant for variant in found.variants if not known.get(sku_of(found, variant))]
    if strange:
        skus = [sku_of(found, variant) or "–" for variant in strange]
        words = _("%(count)d of its %(all)d variants are none of ours: %(skus)s.")
        reason = words % {"count": len(strange), "all": len(found.variants), "skus": _named(skus)}
        return Match(reason=reason, candidates=candidates)
    paired = {variant.external_id: known[sku_of(found, variant)][0] for variant in found.variants}
    return Match(product=Product.objects.get(pk=candidates[0]), variants=paired, candidates=candidates)


def match_with(product: Product, found: FoundListing) -> Match:
    """Pair its variants with those of a product that a person has named: by SKU, by options, or as the only ones."""
    ours = list(product.variants.filter(is_gone=False).order_by("pk"))
    by_sku = {variant.sku: variant for variant in ours if variant.sku}
    by_options = {_folded(variant.options): variant for variant in ours if variant.options}
    paired: dict[str, Variant] = {}
    for theirs in found.variants:
        mine = by_sku.get(sku_of(found, theirs)) or by_options.get(_folded(theirs.options))
        if mine is None and len(found.variants) == len(ours) == 1:
            mine = ours[0]
        if mine is not None and mine not in paired.values():
            paired[theirs.external_id] = mine
    if not paired:
        reason = _("None of its variants has a SKU or options of %(product)s.") % {"product": product}
        return Match(reason=reason, candidates=(product.pk,))
    return Match(product=product, variants=paired, candidates=(product.pk,))


def _folded(options: Iterable[str]) -> tuple[str, ...]:
    return tuple(str(option).strip().casefold() for option in options)


def _variants_by_sku(account: PlatformAccount, skus: list[str]) -> dict[str, list[Variant]]:
    """Return our variants by SKU: by the supplier's, and by those under which the account sells them."""
    known: dict[str, list[Variant]] = {}
    for variant in Variant.objects.filter(sku__in=skus).order_by("is_gone", "pk"):
        known.setdefault(variant.sku, []).append(variant)
    sold = GlobalVariant.objects.filter(global_listing__account=account, sku__in=skus).select_related("variant")
    for row in sold.order_by("pk"):
        if row.variant not in known.setdefault(row.sku, []):
            known[row.sku].append(row.variant)
    return known


def _products_by_sku(account: PlatformAccount, sku: str) -> list[int]:
    if not sku:
        return []
    sold = GlobalListing.objects.filter(account=account, sku=sku).values("product")
    return list(Product.objects.filter(Q(sku=sku) | Q(pk__in=sold)).values_list("pk", flat=True))


def _named(texts: Iterable[str]) -> str:
    listed = list(texts)
    more = "" if len(listed) <= MOST_NAMED else " …"
    return ", ".join(listed[:MOST_NAMED]) + more
