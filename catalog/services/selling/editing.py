"""What a person changes in a listing before or after it is published; each refusal names the field."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.errors import Refused
from catalog.models import Category, GlobalListing, GlobalVariant, Listing, ListingVariant
from catalog.services.cleaning import clean_text, web_address
from integrations.channels import FieldSpec, Value

from . import codec, pricing, specs
from .drafting import values_of

MOST_PICTURES = 50
MOST_AMOUNT = Decimal(10) ** 11
MEASURES = ("weight_g", "length_mm", "width_mm", "height_mm")
FIELDS = ("name", "description", "category", "brand_id", "brand_name", "attributes", "image_urls", "days_to_ship")
ANSWERS = (*FIELDS, *MEASURES, "axes", "variants", "shops")
OF_VARIANT = ("price", "is_wanted", "options")
OF_SHOP = ("name", "description", "carriers", "prices")


@transaction.atomic
def edit(global_listing: GlobalListing, changes: Mapping[str, Any], by: str) -> GlobalListing:
    """Change a listing of ours; the platform hears of it when it is published or pushed again.

    `changes`: name, description, category (ours, or None), brand_id, brand_name, attributes (id → values, all of
    them), image_urls, days_to_ship, weight_g, length_mm, width_mm, height_mm, axes;
    variants: {sku: {price, is_wanted, options}}, where a price is in the account's currency and None gives it back to
    the price rules; shops: {the shop's id: {name, description, carriers, prices: {sku: price}}}, each in the shop's
    currency. What is not given stays. Raise Refused, naming the field; nothing is saved then.
    """
    listing = GlobalListing.objects.select_for_update(of=("self",)).get(pk=global_listing.pk)
    _refuse_unknown(changes, ANSWERS, "")
    if listing.status == GlobalListing.Status.DELETED:
        raise Refused(_("This listing is deleted. Prepare the product again."), field="status")
    for name in (*FIELDS, *MEASURES, "axes"):
        if name in changes:
            read: Callable[[str, Any], Any] = _READ.get(name, _measure)
            setattr(listing, name, read(name, changes[name]))
    if changes.get("category"):
        _take_category(listing, by)
    listing._change_reason = _("Edited by %(name)s") % {"name": by} if by else None  # type: ignore[attr-defined]
    listing.save(update_fields=[*FIELDS, *MEASURES, "axes", "updated_at"])  # never the notebook of a publication
    _edit_variants(listing, _mapping("variants", changes.get("variants") or {}))
    _edit_shops(listing, _mapping("shops", changes.get("shops") or {}))
    pricing.apply(listing)
    return listing


def _take_category(listing: GlobalListing, by: str) -> None:
    """Refuse a category in which nothing can stand; leave out answers that another category asked for."""
    category = listing.category
    assert category is not None
    specs.check_category(listing.account, category)
    spec = specs.spec_of(listing.account, category)
    if spec:
        asked = known_fields(specs.rules_of(spec).fields)
        listing.attributes = {name: said for name, said in listing.attributes.items() if name in asked}
    specs.request_spec_where_old(listing.account, category, requested_by=by)


def known_fields(fields: Sequence[FieldSpec]) -> dict[str, FieldSpec]:
    """Return these fields and all that may be opened below them, by their ids."""
    found: dict[str, FieldSpec] = {}
    for field in fields:
        found[field.external_id] = field
        for choice in field.choices:
            found |= known_fields(choice.opens)
    return found


# --- variants and shops


def _edit_variants(listing: GlobalListing, changes: Mapping[str, Any]) -> None:
    rows = {row.sku: row for row in listing.variants.all()} if changes else {}
    for sku, said in changes.items():
        path = f"variants.{sku}"
        row = rows.get(sku)
        if row is None:
            raise Refused(_("There is no variant %(sku)s.") % {"sku": sku}, field=path)
        said = _mapping(path, said)
        _refuse_unknown(said, OF_VARIANT, path)
        if "price" in said:
            row.price, row.is_price_fixed = _price(f"{path}.price", said["price"], row.price)
        if "is_wanted" in said:
            row.is_wanted = bool(said["is_wanted"])
        if "options" in said:
            row.options = _texts(f"{path}.options", said["options"])
            if len(row.options) != len(listing.axes):
                words = _("Give one option for each of the %(number)d axes.")
                raise Refused(words % {"number": len(listing.axes)}, field=f"{path}.options")
    if rows and not any(row.is_wanted for row in rows.values()):
        raise Refused(_("At least one variant must be sold."), field="variants")
    GlobalVariant.objects.bulk_update(
        [rows[sku] for sku in changes], ["price", "is_price_fixed", "is_wanted", "options"]
    )


def _edit_shops(listing: GlobalListing, changes: Mapping[str, Any]) -> None:
    cells = {cell.shop.external_id: cell for cell in listing.listings.select_related("shop")} if changes else {}
    for shop_id, said in changes.items():
        path = f"shops.{shop_id}"
        cell = cells.get(shop_id)
        if cell is None:
            raise Refused(_("It is not sold in the shop %(shop)s.") % {"shop": shop_id}, field=path)
        said = _mapping(path, said)
        _refuse_unknown(said, OF_SHOP, path)
        for name in ("name", "description"):
            if name in said:
                setattr(cell, name, _text(f"{path}.{name}", said[name], longest=500 if name == "name" else None))
        if "carriers" in said:
            cell.carriers = _texts(f"{path}.carriers", said["carriers"])
        cell.save(update_fields=["name", "description", "carriers", "updated_at"])  # a worker writes the others
        _edit_prices(listing, cell, _mapping(f"{path}.prices", said.get("prices") or {}), f"{path}.prices")


def _edit_prices(listing: GlobalListing, cell: Listing, prices: Mapping[str, Any], path: str) -> None:
    variants = {row.sku: row for row in listing.variants.all()} if prices else {}
    for sku, said in prices.items():
        if sku not in variants:
            raise Refused(_("There is no variant %(sku)s.") % {"sku": sku}, field=f"{path}.{sku}")
        price, is_fixed = _price(f"{path}.{sku}", said, None)
        ListingVariant.objects.update_or_create(
            listing=cell, global_variant=variants[sku], defaults={"price": price, "is_price_fixed": is_fixed}
        )


# --- values


def _refuse_unknown(said: Mapping[str, Any], known: Sequence[str], path: str) -> None:
    unknown = next((name for name in said if name not in known), None)
    if unknown is not None:
        field = f"{path}.{unknown}" if path else unknown
        words = _("“%(field)s” can't be set. What can be: %(known)s.")
        raise Refused(words % {"field": field, "known": ", ".join(known)}, field=field)


def _mapping(path: str, said: Any) -> Mapping[str, Any]:
    if not isinstance(said, Mapping):
        raise Refused(_("%(field)s must be an object of names and values.") % {"field": path}, field=path)
    return said


def _price(path: str, said: Any, rule: Decimal | None) -> tuple[Decimal | None, bool]:
    """Return a price and whether it is set by hand; given back to the rules it stays until they say another."""
    if said is None or said == "":
        return rule, False
    amount = _amount(path, said)
    if amount <= Decimal(0):
        raise Refused(_("%(field)s must be more than 0.") % {"field": path}, field=path)
    return amount, True


def _amount(path: str, said: Any) -> Decimal:
    if not isinstance(said, Decimal | int) or isinstance(said, bool) or not Decimal(said).is_finite():
        raise Refused(_("%(field)s must be a number.") % {"field": path}, field=path)
    amount = Decimal(said)
    if abs(amount) >= MOST_AMOUNT:
        raise Refused(_("%(field)s is too large.") % {"field": path}, field=path)
    return amount


def _measure(path: str, said: Any) -> Decimal | None:
    if said is None or said == "":
        return None
    amount = _amount(path, said)
    if amount <= 0:
        raise Refused(_("%(field)s must be more than 0, or empty.") % {"field": path}, field=path)
    return amount


def _text(path: str, said: Any, *, longest: int | None = None) -> str:
    if not isinstance(said, str):
        raise Refused(_("%(field)s must be a text.") % {"field": path}, field=path)
    text = clean_text(said).replace("\r\n", "\n").strip()
    if longest and len(text) > longest:
        words = _("%(field)s must have at most %(most)d characters.")
        raise Refused(words % {"field": path, "most": longest}, field=path)
    return text


def _texts(path: str, said: Any) -> list[str]:
    if not isinstance(said, list | tuple):
        raise Refused(_("%(field)s must be a list of texts.") % {"field": path}, field=path)
    return [_text(path, one) for one in said]


def _axes(path: str, said: Any) -> list[str]:
    names = _texts(path, said)
    if not all(names) or len(set(names)) < len(names):
        raise Refused(_("Each axis needs a name of its own."), field=path)
    return names


def _category(path: str, said: Any) -> Category | None:
    if said is not None and not isinstance(said, Category):
        raise Refused(_("%(field)s must be a category.") % {"field": path}, field="category_id")
    return said


def _pictures(path: str, said: Any) -> list[str]:
    urls = [url for url in _texts(path, said) if url]
    wrong = next((url for url in urls if not web_address(url)), None)
    if wrong is not None:
        raise Refused(_("“%(url)s” is no web address of a picture.") % {"url": wrong[:200]}, field=path)
    if len(urls) > MOST_PICTURES:
        raise Refused(_("At most %(most)d pictures can be kept.") % {"most": MOST_PICTURES}, field=path)
    return list(dict.fromkeys(web_address(url) for url in urls))


def _days(path: str, said: Any) -> int | None:
    if said is None or said == "":
        return None
    if isinstance(said, bool) or not isinstance(said, int) or not 0 < said < 1000:
        raise Refused(_("%(field)s must be a number of days, or empty.") % {"field": path}, field=path)
    return said


def answers(path: str, said: Any) -> dict[str, list[dict[str, str]]]:
    """Return answers to a category's fields as they are kept: field id → values; empty ones are left out."""
    kept = {}
    for name, values in _mapping(path, said or {}).items():
        if not isinstance(values, list | tuple):
            raise Refused(_("The answer must be a list of values."), field=f"{path}.{name}")
        plain = [codec.plain(value) if isinstance(value, Value) else value for value in values]
        tidy = [
            {"external_id": value.external_id, "text": clean_text(value.text).strip(), "unit": value.unit}
            for value in values_of(plain)
        ]
        if tidy:
            kept[str(name)] = tidy
    return kept


_READ: dict[str, Callable[[str, Any], Any]] = {
    "name": lambda path, said: _text(path, said, longest=500),
    "description": _text,
    "category": _category,
    "brand_id": lambda path, said: _text(path, said, longest=64),
    "brand_name": lambda path, said: _text(path, said, longest=200),
    "attributes": answers,
    "image_urls": _pictures,
    "days_to_ship": _days,
    "axes": _axes,
}
