"""Ways in which a product can't be sold, put into listings one each, with what should be said of it.

`known`: a check can find it before anything is sent. The others only the platform can tell.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.benchmarks import supplied

Expected = tuple[str, str]  # field, and the platform's id of the shop ("": all shops)
Spoil = Callable[["Spoiler", Any], Expected | None]  # None: this listing can't have that fault


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault that was put into a listing."""

    kind: str
    listing_id: int
    field: str
    shop_id: str
    known: bool


class Spoiler:
    """Puts faults into listings by the services that a person uses, or into what the supplier says."""

    def __init__(self, account: Any, running: supplied.Simulator) -> None:
        self.running = running
        self.shops = {shop.region: shop for shop in account.shops.all()}
        self._rules: dict[int, Any] = {}

    def rules(self, listing: Any) -> Any:
        """Return what the listing's category asks."""
        from catalog.models import CategorySpec
        from catalog.services.selling import specs

        if listing.category_id not in self._rules:
            spec = CategorySpec.objects.get(account=listing.account, category=listing.category)
            self._rules[listing.category_id] = specs.rules_of(spec)
        return self._rules[listing.category_id]

    def edit(self, listing: Any, **changes: Any) -> None:
        """Change a listing as its form does."""
        from catalog.services.selling import drafts

        drafts.edit(listing, changes, by="bench")


def spoil(spoiler: Spoiler, listings: Iterable[Any], faults: int) -> list[Fault]:
    """Put so many faults into as many listings, one kind after the other, each into the first one that can have it."""
    from catalog.models import GlobalListing

    rest, done = list(listings), []
    for number in range(faults):
        kind, (is_known, act) = list(KINDS.items())[number % len(KINDS)]
        for listing in rest:
            expected = act(spoiler, GlobalListing.objects.get(pk=listing.pk))
            if expected is not None:
                rest.remove(listing)
                done.append(Fault(kind, listing.pk, *expected, known=is_known))
                break
    return done


# --- what a check can find


def _no_answer(at: Spoiler, listing: Any) -> Expected | None:
    required = [field.external_id for field in at.rules(listing).fields if field.required]
    if not required:
        return None
    at.edit(listing, attributes={name: said for name, said in listing.attributes.items() if name != required[0]})
    return f"attributes.{required[0]}", ""


def _no_answer_for_a_market(at: Spoiler, listing: Any) -> Expected | None:
    for field in at.rules(listing).fields:
        markets = [region for region in field.required_in if region in at.shops]
        if markets and not field.required:
            at.edit(
                listing, attributes={key: said for key, said in listing.attributes.items() if key != field.external_id}
            )
            return f"attributes.{field.external_id}", at.shops[markets[0]].external_id
    return None


def _wrong_unit(at: Spoiler, listing: Any) -> Expected | None:
    field = next((field for field in at.rules(listing).fields if field.units and field.kind != "choice"), None)
    if field is None:
        return None
    answer = {field.external_id: [{"external_id": "", "text": "10", "unit": "furlong"}]}
    at.edit(listing, attributes=listing.attributes | answer)
    return f"attributes.{field.external_id}", ""


def _not_a_leaf(at: Spoiler, listing: Any) -> Expected | None:
    from catalog.models import GlobalListing

    # The form refuses it; a tree that has grown since does the same.
    GlobalListing.objects.filter(pk=listing.pk).update(category=listing.category.parent)
    return "category_id", ""


def _long_title(at: Spoiler, listing: Any) -> Expected | None:
    most = at.rules(listing).name_length.high
    at.edit(listing, name="旅行收纳袋" * (int(most / Decimal("2.44")) // 5 + 1))  # fewer characters than the limit
    return "name", ""


def _mixed_language(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, name=f"Travel 收纳袋 {listing.pk}")
    return "name", ""


def _short_description(at: Spoiler, listing: Any) -> Expected | None:
    if (at.rules(listing).description_length.low or 0) < 5:
        return None
    at.edit(listing, description="Nice")
    return "description", ""


def _long_description(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, description="Light and strong. " * (int(at.rules(listing).description_length.high) // 18 + 1))
    return "description", ""


def _no_pictures(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, image_urls=[])
    return "image_urls", ""


def _many_pictures(at: Spoiler, listing: Any) -> Expected | None:
    most = int(at.rules(listing).image_count.high)
    at.edit(listing, image_urls=[f"{listing.image_urls[0]}?{number}" for number in range(most + 1)])
    return "image_urls", ""


def _no_picture(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, image_urls=["https://pictures.example.com/drawing.svg"])
    return "image_urls", ""


def _days_outside(at: Spoiler, listing: Any) -> Expected | None:
    ranges = at.rules(listing).days_to_ship
    if not ranges:
        return None
    at.edit(listing, days_to_ship=max(high for _low, high in ranges) + 1)
    return "days_to_ship", ""


def _first(listing: Any) -> Any:
    return listing.variants.order_by("pk").first()


def _cheap(at: Spoiler, listing: Any) -> Expected | None:
    sku = _first(listing).sku
    at.edit(listing, variants={sku: {"price": Decimal("0.01")}})
    return f"variants.{sku}.price", ""


def _dear(at: Spoiler, listing: Any) -> Expected | None:
    sku = _first(listing).sku
    at.edit(listing, variants={sku: {"price": at.rules(listing).price.high + 1}})
    return f"variants.{sku}.price", ""


def _far_apart(at: Spoiler, listing: Any) -> Expected | None:
    rows = list(listing.variants.order_by("pk"))
    if len(rows) < 2:
        return None
    at.edit(listing, variants={rows[0].sku: {"price": max(row.price for row in rows) * 9}})
    return f"variants.{rows[0].sku}.price", ""


def _unknown_stock(_at: Spoiler, listing: Any) -> Expected | None:
    from catalog.models import Variant

    row = _first(listing)
    Variant.objects.filter(pk=row.variant_id).update(stock_total=None)
    return f"variants.{row.sku}.stock", ""


def _no_measure(at: Spoiler, listing: Any, name: str) -> Expected | None:
    from catalog.models import Variant

    Variant.objects.filter(product=listing.product_id).update(**{name: None})
    at.edit(listing, **{name: None})
    return name, ""


def _no_weight(at: Spoiler, listing: Any) -> Expected | None:
    return _no_measure(at, listing, "weight_g") if at.rules(listing).weight_required else None


def _no_width(at: Spoiler, listing: Any) -> Expected | None:
    return _no_measure(at, listing, "width_mm") if listing.length_mm and listing.height_mm else None


def _three_axes(at: Spoiler, listing: Any) -> Expected | None:
    rows = list(listing.variants.all())
    options = {row.sku: {"options": [*row.options, "One", "Two", "Three"][:3]} for row in rows}
    at.edit(listing, axes=["Color", "Size", "Kind"], variants=options)
    return "axes", ""


def _many_variants(at: Spoiler, listing: Any) -> Expected | None:
    from catalog.models import SupplierOffer, Variant
    from catalog.services.selling import drafts

    if len(listing.axes) != 1:
        return None
    model = Variant.objects.get(pk=_first(listing).variant_id)
    for number in range(at.rules(listing).most_variants):
        fields = {name: getattr(model, name) for name in ("product", "weight_g", "length_mm", "width_mm", "height_mm")}
        more = {"external_id": f"{model.external_id}-{number}", "sku": f"{model.sku}-{number}", "key": f"Kind {number}"}
        made = Variant.objects.create(**fields, **more, options=[f"Kind {number}"], stock_total=10)
        offer = model.offers.get(account=model.product.account)
        said = {"account": offer.account, "price": offer.price, "currency": offer.currency}
        SupplierOffer.objects.create(variant=made, **said)
    drafts.prepare(listing.product, listing.account, by="bench")
    return "variants", ""


def _same_options(at: Spoiler, listing: Any) -> Expected | None:
    rows = list(listing.variants.order_by("pk"))
    if len(rows) < 2:
        return None
    at.edit(listing, variants={rows[1].sku: {"options": rows[0].options}})
    return f"variants.{rows[1].sku}.options", ""


def _long_option(at: Spoiler, listing: Any) -> Expected | None:
    row = _first(listing)
    if not row.options:
        return None
    at.edit(
        listing, variants={row.sku: {"options": ["A very long name of a color that nobody can read", *row.options[1:]]}}
    )
    return f"variants.{row.sku}.options", ""


def _no_brand(at: Spoiler, listing: Any) -> Expected | None:
    if not at.rules(listing).brand_required:
        return None
    at.edit(listing, brand_id="", brand_name="")
    return "brand", ""


def _foreign_carrier(at: Spoiler, listing: Any) -> Expected | None:
    shop_id = at.shops["TH"].external_id
    at.edit(listing, shops={shop_id: {"carriers": ["1"]}})
    return f"shops.{shop_id}.carriers", shop_id


def _no_rate(_at: Spoiler, listing: Any) -> Expected | None:
    from catalog.models import SupplierOffer

    SupplierOffer.objects.filter(variant__product=listing.product_id).update(currency="GBP")
    listing.variants.update(price=None)
    return f"rate.GBP-{listing.account.currency}", ""


def _single_picture_in_brazil(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, image_urls=listing.image_urls[:1])
    return "image_urls", at.shops["BR"].external_id


def _long_for_a_market(at: Spoiler, listing: Any) -> Expected | None:
    if (at.rules(listing).name_length.high or 0) < 120:
        return None
    at.edit(listing, name=f"{listing.name} for every day".ljust(112, "s"))  # Taiwan takes 100, Thailand 120
    return "name", at.shops["TW"].external_id


def _foreign_words(at: Spoiler, listing: Any) -> Expected | None:
    shop_id = at.shops["MX"].external_id
    at.edit(listing, shops={shop_id: {"name": f"旅行收纳袋{listing.pk}"}})
    return f"shops.{shop_id}.name", shop_id


# --- what only the platform can say


def _forbidden_word(at: Spoiler, listing: Any) -> Expected | None:
    at.edit(listing, name=f"Replica of {listing.name}"[:90])
    return "name", ""


KINDS: dict[str, tuple[bool, Spoil]] = {
    "mandatory attribute missing": (True, _no_answer),
    "attribute of one market missing": (True, _no_answer_for_a_market),
    "wrong unit": (True, _wrong_unit),
    "category with others below": (True, _not_a_leaf),
    "title too long by weight": (True, _long_title),
    "languages mixed": (True, _mixed_language),
    "description too short": (True, _short_description),
    "description too long": (True, _long_description),
    "no pictures": (True, _no_pictures),
    "too many pictures": (True, _many_pictures),
    "not a picture": (True, _no_picture),
    "days to ship outside": (True, _days_outside),
    "price below the band": (True, _cheap),
    "price above the band": (True, _dear),
    "prices too far apart": (True, _far_apart),
    "stock not known": (True, _unknown_stock),
    "weight missing": (True, _no_weight),
    "a side missing": (True, _no_width),
    "three axes": (True, _three_axes),
    "more than 50 variants": (True, _many_variants),
    "options twice": (True, _same_options),
    "option too long": (True, _long_option),
    "brand missing": (True, _no_brand),
    "carrier that a shop lacks": (True, _foreign_carrier),
    "no exchange rate": (True, _no_rate),
    "one picture for Brazil": (True, _single_picture_in_brazil),
    "title too long in a market": (True, _long_for_a_market),
    "words a market does not take": (True, _foreign_words),
    "forbidden word": (False, _forbidden_word),
}
