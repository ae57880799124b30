"""A product made ready to be sold: filled in from the catalogue where no person has said otherwise."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount, Shop
from catalog.models import GlobalListing, GlobalVariant, Listing, Product, Variant

from . import filling, mappings, pricing, specs, texts
from .axes import axes_of
from .common import check_selling
from .drafting import draft_of
from .editing import edit

__all__ = ["draft_of", "edit", "prepare", "shops_of"]

MOST_IMAGES = 9  # taken over from the product; what a category takes is checked later


def shops_of(account: PlatformAccount, shops: Sequence[Shop] | None = None) -> list[Shop]:
    """Return the shops to sell in: those given, or all that are connected. Raise Refused for another account's."""
    if shops is None:
        found = [shop for shop in account.shops.order_by("pk") if shop.status == Shop.Status.CONNECTED]
        if not found:
            raise Refused(
                _("%(account)s has no connected shop. Connect one first.") % {"account": account}, field="shops"
            )
        return found
    if not shops:
        raise Refused(_("No shop is chosen. Choose at least one."), field="shops")
    foreign = next((shop for shop in shops if shop.account_id != account.pk), None)
    if foreign:
        words = _("%(shop)s does not belong to %(account)s. Choose shops of this account.")
        raise Refused(words % {"shop": foreign, "account": account}, field="shops")
    return list(shops)


@transaction.atomic
def prepare(
    product: Product, account: PlatformAccount, *, shops: Sequence[Shop] | None = None, by: str
) -> GlobalListing:
    """Make a product ready to be sold by an account in these shops (default: all that are connected).

    What is empty is filled in from the product, its category's mapping and the price rules. What an earlier preparation
    filled in is brought up to date where nobody has edited it since; what a person said stays. New variants are added,
    and those that are gone are no longer sold.
    Raise Refused for a supplier's account, one that is not connected, or another account's shop.
    """
    check_selling(account)
    chosen = shops_of(account, shops)
    listing = _own(product, account, by)
    _set_variants(listing)
    mappings.apply(listing)
    _fill(listing, _fitted(listing, _of_product(listing.product)))
    shop_ids = [shop.pk for shop in chosen]
    listing.listings.filter(shop__in=shop_ids, status=Listing.Status.DELETED).update(status=Listing.Status.DRAFT)
    known = set(listing.listings.values_list("shop_id", flat=True))
    Listing.objects.bulk_create([Listing(global_listing=listing, shop=shop) for shop in chosen if shop.pk not in known])
    pricing.apply(listing)
    if listing.category:
        specs.request_spec_where_old(account, listing.category, requested_by=by)
    return listing


def _own(product: Product, account: PlatformAccount, by: str) -> GlobalListing:
    found = GlobalListing.objects.select_for_update().filter(account=account, product=product).first()
    if found and found.status != GlobalListing.Status.DELETED:
        return found
    if found:  # it is to be sold again: a publication begins from nothing
        found.status, found.problem = GlobalListing.Status.DRAFT, ""
        found._change_reason = _("Prepared by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
        found.save(update_fields=["status", "problem", "updated_at"])
        return found
    sku = product.sku or product.external_id
    if GlobalListing.objects.filter(account=account, sku=sku).exists():
        sku = f"{sku}-{product.external_id}"[:100]
    listing = GlobalListing(account=account, product=product, sku=sku)
    listing._change_reason = _("Prepared by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
    listing.save()
    return listing


def _of_product(product: Product) -> dict[str, Any]:
    """Return what the product itself says of a listing's fields; empty where it says nothing."""
    variants = list(product.variants.filter(is_gone=False))
    return {
        "name": product.name.strip(),
        "description": texts.plain_text(product.description),
        "image_urls": _pictures(product),
        "weight_g": _largest(variants, "weight_g") or product.packed_weight_high_g or product.weight_high_g,
    } | {name: _largest(variants, name) for name in ("length_mm", "width_mm", "height_mm")}


def _fill(listing: GlobalListing, said: Mapping[str, Any]) -> None:
    """Fill in what is empty, and what nobody has edited since it was filled in."""
    free = [name for name, value in said.items() if value and filling.is_free(listing, name, getattr(listing, name))]
    changed = [name for name in free if getattr(listing, name) != said[name]]
    for name in changed:
        setattr(listing, name, said[name])
        filling.note(listing, name, said[name])
    if changed:
        listing.save(update_fields=[*changed, "filled", "updated_at"])


def _pictures(product: Product) -> list[str]:
    urls = [product.image_url, *product.images.values_list("url", flat=True)]
    return [url for url in dict.fromkeys(urls) if url][:MOST_IMAGES]


def _largest(variants: Sequence[Variant], name: str) -> Decimal | None:
    """Return the largest of the variants' measures: one package must hold each of them."""
    return max((value for variant in variants if (value := getattr(variant, name))), default=None)


def _fitted(listing: GlobalListing, said: Mapping[str, Any]) -> dict[str, Any]:
    """Cut texts and pictures to what the category takes, where that is known."""
    spec = specs.spec_of(listing.account, listing.category) if listing.category else None
    if spec is None:
        return dict(said)
    rules = specs.rules_of(spec)
    limits = {"name": rules.name_length.high, "description": rules.description_length.high}
    cut = {name: texts.shorten(said[name], most, rules.wide_character) for name, most in limits.items()}
    most_images = rules.image_count.high
    return {**said, **cut, "image_urls": said["image_urls"][: None if most_images is None else int(most_images)]}


def _set_variants(listing: GlobalListing) -> None:
    """Bring the variants in line with the product's; options that a person changed stay."""
    variants = list(listing.product.variants.filter(is_gone=False).order_by("pk"))
    known = {row.variant_id: row for row in listing.variants.all()}
    taken = {row.sku for row in known.values()}
    offered = {variant.pk for variant in variants}
    gone = [row for row in known.values() if row.variant_id not in offered and row.is_wanted]
    GlobalVariant.objects.filter(pk__in=[row.pk for row in gone]).update(is_wanted=False)
    new = [variant for variant in variants if variant.pk not in known]
    if not new:
        return
    axes = axes_of(listing.product, variants)
    if known and len(listing.axes) != len(axes.names):  # the structure is another: all options are told anew
        for row in known.values():
            row.options = list(axes.options.get(row.variant_id, row.options))
        GlobalVariant.objects.bulk_update(known.values(), ["options"])
    if not known or len(listing.axes) != len(axes.names):
        listing.axes = list(axes.names)
        listing.save(update_fields=["axes", "updated_at"])
    rows = []
    for variant in new:
        sku = (variant.sku or f"{listing.sku}-{variant.external_id}")[:100]
        sku = sku if sku not in taken else f"{sku[:60]}-{variant.external_id}"[:100]
        taken.add(sku)
        rows.append(
            GlobalVariant(global_listing=listing, variant=variant, sku=sku, options=list(axes.options[variant.pk]))
        )
    GlobalVariant.objects.bulk_create(rows)
