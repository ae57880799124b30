"""The form of a listing: what a person wrote, as changes for the service; nothing that was left as it is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.shown import money
from catalog.models import FieldSync, GlobalListing, GlobalVariant, Listing, ListingVariant
from catalog.services.selling import pricing
from integrations.channels import CategoryRules, FieldSpec

from .pickers import chosen_brand, chosen_category
from .questions import answers_in
from .words import anchor, text_in

PLAIN = ("name", "description", "days_to_ship", "weight_g", "length_mm", "width_mm", "height_mm")
SWITCH_OF = {"name": "texts", "description": "texts", "image_urls": "media", "axes": "options", "price": "price"}
SWITCH_OF |= {"days_to_ship": "days_to_ship"}


class ListingForm(forms.Form):
    """What a listing says itself; its pictures, answers, variants and shops are read by `changes_in`."""

    name = forms.CharField(label=_("Name"), max_length=500, required=False)
    description = forms.CharField(
        label=_("Description"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 9})
    )
    days_to_ship = forms.IntegerField(label=_("Days to ship"), required=False, min_value=1)
    weight_g = forms.DecimalField(label=_("Weight (g)"), required=False, max_digits=20, decimal_places=2)
    length_mm = forms.DecimalField(label=_("Length (mm)"), required=False, max_digits=20, decimal_places=2)
    width_mm = forms.DecimalField(label=_("Width (mm)"), required=False, max_digits=20, decimal_places=2)
    height_mm = forms.DecimalField(label=_("Height (mm)"), required=False, max_digits=20, decimal_places=2)

    def changes(self) -> dict[str, Any]:
        """Return what was changed; browsers send the ends of lines in their own way."""
        said = {name: self.cleaned_data[name] for name in self.changed_data if name in PLAIN}
        said |= {"description": said["description"].replace("\r\n", "\n")} if "description" in said else {}
        return {name: value for name, value in said.items() if value != self.initial[name]}


def initial_of(listing: GlobalListing) -> dict[str, Any]:
    """Return a listing's own words as the form's first values; measures without idle zeros."""
    values = {name: getattr(listing, name) for name in PLAIN}
    return {
        name: Decimal(plain_number(value)) if isinstance(value, Decimal) else value for name, value in values.items()
    }


def plain_number(value: Decimal | None) -> str:
    """Write a number without idle zeros, as an input takes it; empty for none."""
    if value is None:
        return ""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@dataclass(slots=True)
class Read:
    """What was read of a form: changes for the service, and numbers that are none, by their field."""

    changes: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def changes_in(listing: GlobalListing, posted: QueryDict, fields: Sequence[FieldSpec]) -> Read:
    """Read the parts of the form that are no plain fields."""
    read = Read()
    category = chosen_category(listing.account, posted, listing.category)
    if category != listing.category:
        read.changes["category"] = category
    brand = chosen_brand(posted, (listing.brand_id, listing.brand_name))
    if brand != (listing.brand_id, listing.brand_name):
        read.changes |= {"brand_id": brand[0], "brand_name": brand[1]}
    if "has_questions" in posted:
        answers = answers_in(fields, posted)
        if _bare(answers) != _bare(listing.attributes):
            read.changes["attributes"] = answers
    pictures = pictures_in(posted)
    if "has_pictures" in posted and pictures != list(listing.image_urls):
        read.changes["image_urls"] = pictures
    axes = [posted.get(f"axis_{number}", name).strip() for number, name in enumerate(listing.axes)]
    if axes != list(listing.axes):
        read.changes["axes"] = axes
    variants = _variants_in(listing, posted, read)
    if variants:
        read.changes["variants"] = variants
    shops = _shops_in(listing, posted, read)
    if shops:
        read.changes["shops"] = shops
    return read


def _bare(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return answers without the words of chosen values: these may be kept or not."""
    return {
        name: [
            (value.get("external_id") or "", "" if value.get("external_id") else value.get("text"), value.get("unit"))
            for value in values
        ]
        for name, values in attributes.items()
        if values
    }


def pictures_in(posted: QueryDict) -> list[str]:
    """Return the pictures that a form keeps, by the positions written beside them; added ones come last."""
    kept = []
    for number, url in enumerate(posted.getlist("picture")):
        if posted.get(f"picture_{number}_keep"):
            place = posted.get(f"picture_{number}_place", "")
            kept.append((int(place) if place.isdigit() and len(place) < 6 else 10_000, number, url))
    added = [url.strip() for url in posted.get("picture_new", "").splitlines() if url.strip()]
    added = [*posted.getlist("picture_add"), *added]
    return list(dict.fromkeys([url for _place, _number, url in sorted(kept)] + added))


def _variants_in(listing: GlobalListing, posted: QueryDict, read: Read) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for row in listing.variants.all():
        name, said = f"v_{row.pk}", dict[str, Any]()
        if f"{name}_there" not in posted:
            continue
        sold = bool(posted.get(f"{name}_sold"))
        if sold != row.is_wanted:
            said["is_wanted"] = sold
        _read_price(posted, f"{name}_price", row, f"variants.{row.sku}.price", said, read)
        options = [posted.get(f"{name}_option_{n}", "").strip() for n in range(len(listing.axes))]
        if listing.axes and options != list(row.options):
            said["options"] = options
        if said:
            changed[row.sku] = said
    return changed


def _shops_in(listing: GlobalListing, posted: QueryDict, read: Read) -> dict[str, dict[str, Any]]:
    changed: dict[str, dict[str, Any]] = {}
    for cell in listing.listings.select_related("shop").prefetch_related("variants__global_variant"):
        name, said = f"s_{cell.pk}", dict[str, Any]()
        if f"{name}_there" not in posted:
            continue
        for part in ("name", "description"):
            text = posted.get(f"{name}_{part}", "").replace("\r\n", "\n").strip()
            if text != getattr(cell, part):
                said[part] = text
        if f"{name}_has_carriers" in posted and sorted(posted.getlist(f"{name}_carrier")) != sorted(cell.carriers):
            said["carriers"] = posted.getlist(f"{name}_carrier")
        prices: dict[str, Any] = {}
        own = {row.global_variant_id: row for row in cell.variants.all()}
        for variant in listing.variants.all():
            row, price = own.get(variant.pk), dict[str, Any]()
            path = f"shops.{cell.shop.external_id}.prices.{variant.sku}"
            _read_price(posted, f"{name}_price_{variant.pk}", row, path, price, read)
            if "price" in price:
                prices[variant.sku] = price["price"]
        if prices:
            said["prices"] = prices
        if said:
            changed[cell.shop.external_id] = said
    return changed


def _read_price(
    posted: QueryDict,
    name: str,
    row: GlobalVariant | ListingVariant | None,
    path: str,
    said: dict[str, Any],
    read: Read,
) -> None:
    """Take a price that was changed: empty gives it back to the rules."""
    if name not in posted:
        return
    text, fixed = str(posted[name]).strip().replace(",", "."), row.price if row and row.is_price_fixed else None
    if not text:
        if fixed is not None:
            said["price"] = None
        return
    try:
        amount = Decimal(text)
    except ArithmeticError:
        read.wrong[path] = str(_("“%(text)s” is no amount. Write it like 12.90.")) % {"text": text[:40]}
        return
    if amount != fixed:
        said["price"] = amount


# --- what is drawn


def variant_rows(listing: GlobalListing, notes: dict[str, list[Any]], posted: QueryDict | None) -> list[dict[str, Any]]:
    """Draw the table of variants: options, the price by rule with its reckoning, stock."""
    rules, rows = pricing.Rules(), []
    variants = listing.variants.select_related("variant__product").prefetch_related("variant__offers", "stock")
    for variant in variants.order_by("pk"):
        variant.global_listing = listing
        reckoned = rules.price_for(variant)
        name = f"v_{variant.pk}"
        fixed = plain_number(variant.price) if variant.is_price_fixed else ""
        by_rule = reckoned.price if reckoned else None if variant.is_price_fixed else variant.price
        sent = [entry.sent for entry in variant.stock.all() if entry.sent is not None]
        rows.append(
            {
                "variant": variant,
                "name": name,
                "sold": bool(posted.get(f"{name}_sold")) if posted else variant.is_wanted,
                "options": [
                    {
                        "name": f"{name}_option_{number}",
                        "axis": axis,
                        "value": text_in(posted, f"{name}_option_{number}", _at(variant.options, number)),
                    }
                    for number, axis in enumerate(listing.axes)
                ],
                "price": text_in(posted, f"{name}_price", fixed),
                "by_rule": plain_number(by_rule),
                "reckoned": reckoned,
                "margin": money(reckoned.margin, None, reckoned.currency) if reckoned else "–",
                "sent_price": money(variant.sent_price, None, listing.account.currency),
                "stock": variant.variant.stock_total,
                "sent_stock": sum(sent) if sent else None,
                "anchor": anchor(f"variants.{variant.sku}"),
                "notes": [
                    note for key, found in notes.items() if _below(key, f"variants.{variant.sku}") for note in found
                ],
            }
        )
    return rows


def _at(options: Sequence[Any], number: int) -> str:
    return str(options[number]) if number < len(options) else ""


def _below(key: str, path: str) -> bool:
    start = anchor(path)
    return key == start or key.startswith(f"{start}-")


def shop_parts(
    listing: GlobalListing, markets: dict[int, str], notes: dict[str, list[Any]], posted: QueryDict | None
) -> list[dict[str, Any]]:
    """Draw what each shop has of its own: name, description, carriers, and prices where it does not follow ours."""
    parts, variants = [], list(listing.variants.filter(is_wanted=True).order_by("pk"))
    cells = listing.listings.select_related("shop__account", "shop__field_sync").prefetch_related("variants")
    for cell in cells.order_by("shop__region", "pk"):
        name = f"s_{cell.pk}"
        own = {row.global_variant_id: row for row in cell.variants.all()}
        follows = pricing.follows(cell.shop)
        path = anchor(f"shops.{cell.shop.external_id}")
        parts.append(
            {
                "cell": cell,
                "market": markets.get(cell.shop_id) or cell.shop.region or cell.shop.name,
                "name": name,
                "anchor": path,
                "own_name": text_in(posted, f"{name}_name", cell.name),
                "own_description": text_in(posted, f"{name}_description", cell.description),
                "carriers": _carriers(cell),
                "follows": follows,
                "prices": [
                    {
                        "variant": variant,
                        "name": f"{name}_price_{variant.pk}",
                        "value": text_in(posted, f"{name}_price_{variant.pk}", _fixed(own.get(variant.pk))),
                        "by_rule": plain_number(own[variant.pk].price) if variant.pk in own else "",
                    }
                    for variant in variants
                ],
                "notes": [
                    note
                    for key, found in notes.items()
                    if _below(key, f"shops.{cell.shop.external_id}")
                    for note in found
                ],
                "is_changed": bool(cell.name or cell.description or cell.carriers)
                or any(row.is_price_fixed for row in own.values()),
            }
        )
    return parts


def _fixed(row: ListingVariant | None) -> str:
    return plain_number(row.price) if row and row.is_price_fixed else ""


def _carriers(cell: Listing) -> list[dict[str, Any]]:
    known = cell.shop.facts.get("carriers") or []
    said = [carrier for carrier in known if isinstance(carrier, dict) and carrier.get("enabled", True)]
    rows = [
        {"id": str(carrier.get("external_id", carrier.get("id", ""))), "name": str(carrier.get("name", ""))}
        for carrier in said
    ]
    return [row | {"chosen": row["id"] in cell.carriers} for row in rows if row["id"]]


def held_back(listing: GlobalListing, markets: dict[int, str]) -> dict[str, str]:
    """Say by switch in which shops edits do not arrive, because they have it switched off."""
    shops = [cell.shop_id for cell in listing.listings.exclude(status=Listing.Status.DELETED)]
    said: dict[str, list[str]] = {}
    for row in FieldSync.objects.filter(shop__in=shops).select_related("shop"):
        for switch in dict.fromkeys(SWITCH_OF.values()):
            if not getattr(row, switch):
                said.setdefault(switch, []).append(markets.get(row.shop_id) or row.shop.region or row.shop.name)
    return {switch: ", ".join(sorted(names)) for switch, names in said.items()}


def limits_in_words(rules: CategoryRules | None, name: str) -> str:
    """Say in a few characters what a text may be."""
    span = {"name": rules.name_length, "description": rules.description_length}.get(name) if rules else None
    if span is None or span.high is None:
        return ""
    return f"{span.low or 0:f}–{span.high:f}"
