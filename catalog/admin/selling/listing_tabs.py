"""What the tabs of a listing's page show: the form, the prices by shop, what was said to the platform, the history."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.errors import Refused
from accounts.past import entries_of
from accounts.shown import money
from catalog.models import GlobalListing, ListingVariant
from catalog.services.selling import editing, findings, mappings, pricing, specs
from integrations.channels import CategoryRules, FieldSpec
from integrations.errors import PlatformError
from integrations.models import ApiCall, SyncJob

from .listing_form import (
    PLAIN,
    SWITCH_OF,
    ListingForm,
    held_back,
    initial_of,
    limits_in_words,
    shop_parts,
    variant_rows,
)
from .pickers import brand_picker, category_picker, chosen_brand, chosen_category
from .questions import answers_in, questions_of, searched
from .words import anchor, market_names, selling_shops, text_in

ROWS_AT_MOST = 50
TABS = {
    "edit": _("Listing"),
    "prices": _("Prices by shop"),
    "exchanges": _("Exchanges"),
    "history": _("History"),
}


def notes_of(listing: GlobalListing, refused: dict[str, str]) -> dict[str, list[Any]]:
    """Return what is to be said at each field, by its anchor: what the check found, what was refused just now."""
    said: dict[str, list[Any]] = {}
    for name, text in refused.items():
        said.setdefault(anchor(name), []).append({"is_error": True, "text": text, "fix": ""})
    for finding in findings.from_json(listing.findings):
        note = {"is_error": finding.is_error, "text": finding.text, "fix": finding.fix}
        said.setdefault(anchor(finding.field), []).append(note)
    return said


def _edit(listing: GlobalListing, posted: QueryDict | None, refused: dict[str, str]) -> dict[str, Any]:
    """Draw the form: as it is kept, or as it was just written."""
    account, notes = listing.account, notes_of(listing, refused)
    category, brand = listing.category, (listing.brand_id, listing.brand_name)
    if posted is not None:
        category, brand = chosen_category(account, posted, category), chosen_brand(posted, brand)
    spec = specs.spec_of(account, category) if category else None
    rules = specs.rules_of(spec) if spec else None
    asked = rules.fields if rules else ()
    kept = answers_in(asked, posted) if posted is not None and "has_questions" in posted else listing.attributes
    form = (
        ListingForm(posted, initial=initial_of(listing))
        if posted is not None
        else ListingForm(initial=initial_of(listing))
    )
    shops = selling_shops(account)
    markets = market_names(shops)
    back = held_back(listing, markets) if account.upgraded and not account.is_shop else {}
    problem, suggestions, found = "", list[mappings.Suggestion](), dict[str, Any]()
    do = posted.get("do", "") if posted is not None else ""
    try:
        suggestions = mappings.suggest(account, listing.product, ask=do == "ask")
        field_id, text = searched(asked, posted) if posted is not None else ("", "")
        if field_id:
            found = {field_id: specs.find_values(account, field_id, text)}
    except (Refused, PlatformError) as error:
        problem = gettext("The platform could not be asked: %(reason)s") % {"reason": error}
    looked_for = posted.get("category_text", "").strip() if posted is not None else ""
    categories = category_picker(account, category, looked_for, suggestions)
    categories.notes = notes.get(anchor("category_id"), [])
    brand_text = posted.get("brand_text", "").strip() if posted is not None else ""
    brands = brand_picker(account, category, rules, brand, brand_text)
    brands.notes = [note for key in ("brand", "brand_id", "brand_name") for note in notes.get(anchor(key), [])]
    pictures = list(listing.image_urls)
    unused = [image.url for image in listing.product.images.all()[:40] if image.url not in pictures]
    return {
        "form": form,
        "parts": {name: _part(form, name, notes, back, rules) for name in PLAIN},
        "rules": rules,
        "spec": spec,
        "spec_is_old": spec is not None and specs.is_old(spec),
        "category": category,
        "categories": categories,
        "category_anchor": anchor("category_id"),
        "brands": brands,
        "brand_anchor": anchor("brand"),
        "questions": questions_of(
            asked, kept, markets=[cell.shop.region for cell in listing.listings.select_related("shop")], found=found,
            notes=notes,
        ),
        "day_ranges": _ranges(rules),
        "pictures": [{"url": url, "number": n, "place": n + 1} for n, url in enumerate(pictures)],
        "unused": unused,
        "picture_notes": notes.get(anchor("image_urls"), []),
        "axes": [
            {"name": f"axis_{n}", "value": text_in(posted, f"axis_{n}", axis)} for n, axis in enumerate(listing.axes)
        ],
        "axes_notes": [note for key in ("axes", "variants", "size") for note in notes.get(anchor(key), [])],
        "variants": variant_rows(listing, notes, posted),
        "shop_parts": shop_parts(listing, markets, notes, posted),
        "held_back": back,
        "problem": problem,
        "refused": [{"text": text, "url": f"#{anchor(name)}" if name else ""} for name, text in refused.items()],
        "is_written": posted is not None,
    }  # fmt: skip


def _ranges(rules: CategoryRules | None) -> list[str]:
    return [f"{low}–{high}" if low != high else str(low) for low, high in (rules.days_to_ship if rules else ())]


def _part(
    form: ListingForm, name: str, notes: dict[str, list[Any]], back: dict[str, str], rules: CategoryRules | None
) -> dict[str, Any]:
    said = notes.get(anchor(name), [])
    if form.errors.get(name):  # said by the form itself already
        said = [note for note in said if note["text"] not in map(str, form.errors[name])]
    if name == "weight_g" and not said:
        said = notes.get(anchor("weight"), [])
    must = {"name", "description", "days_to_ship"} if rules else {"name", "description"}
    if rules and rules.weight_required:
        must.add("weight_g")
    if rules and rules.dimensions_required:
        must |= {"length_mm", "width_mm", "height_mm"}
    return {
        "field": form[name],
        "anchor": anchor(name),
        "notes": said,
        "has_error": any(note["is_error"] for note in said) or bool(form.errors.get(name)),
        "held_back": back.get(SWITCH_OF.get(name, ""), ""),
        "counted": limits_in_words(rules, name),
        "required": name in must,
    }


def _prices(listing: GlobalListing, _posted: QueryDict | None, _refused: dict[str, str]) -> dict[str, Any]:
    """Say what each variant costs where, and how its global price comes about."""
    rules = pricing.Rules()
    cells = list(listing.listings.select_related("shop__account", "shop__field_sync").order_by("shop__region", "pk"))
    own = {(row.listing_id, row.global_variant_id): row for row in ListingVariant.objects.filter(listing__in=cells)}
    lines = []
    variants = listing.variants.filter(is_wanted=True).select_related("variant__product")
    for variant in variants.prefetch_related("variant__offers").order_by("pk"):
        variant.global_listing = listing
        reckoned = rules.price_for(variant)
        lines.append(
            {
                "variant": variant,
                "reckoned": reckoned,
                "cost": money(reckoned.cost, None, reckoned.cost_currency) if reckoned else "–",
                "freight": money(reckoned.freight, None, reckoned.cost_currency) if reckoned else "–",
                "fee": money(reckoned.fee, None, reckoned.currency) if reckoned else "–",
                "margin": money(reckoned.margin, None, reckoned.currency) if reckoned else "–",
                "price": money(variant.price, None, pricing.currency_of(listing.account)),
                "sent": money(variant.sent_price, None, pricing.currency_of(listing.account)),
                "cells": [_price_in(cell, own.get((cell.pk, variant.pk))) for cell in cells],
            }
        )
    columns = [
        {"shop": cell.shop, "market": cell.shop.region or cell.shop.name, "follows": pricing.follows(cell.shop)}
        for cell in cells
    ]
    return {"lines": lines, "columns": columns}


def _price_in(cell: Any, row: ListingVariant | None) -> dict[str, str]:
    currency = cell.shop.currency
    wanted = money(row.price, None, currency) if row and row.price is not None else ""
    return {"wanted": wanted, "seen": money(row.seen_price, None, currency) if row and row.seen_price else ""}


def _exchanges(listing: GlobalListing, _posted: QueryDict | None, _refused: dict[str, str]) -> dict[str, Any]:
    subjects = [f"sku:{listing.sku}"]
    if listing.external_id:
        subjects.append(f"global_item:{listing.external_id}")
    for external_id in listing.listings.exclude(external_id="").values_list("external_id", flat=True):
        subjects.append(f"item:{external_id}")
    calls = ApiCall.objects.filter(account=listing.account, subject__in=subjects)
    keys = [f"{kind}:{listing.pk}" for kind in ("publish", "push:prices", "push:stock", "delete")]
    return {
        "calls": calls.defer("request", "response").order_by("-pk")[:ROWS_AT_MOST],
        "jobs": SyncJob.objects.filter(key__in=keys).order_by("-pk")[:ROWS_AT_MOST],
    }


def _history(listing: GlobalListing, _posted: QueryDict | None, _refused: dict[str, str]) -> dict[str, Any]:
    spec = specs.spec_of(listing.account, listing.category) if listing.category else None
    asked = editing.known_fields(specs.rules_of(spec).fields) if spec else {}
    return {"entries": entries_of(listing, ROWS_AT_MOST, {"attributes": partial(_answers, asked)})}


def _answers(asked: Mapping[str, FieldSpec], said: Mapping[str, list[dict[str, str]]]) -> str:
    """Say what was answered to a category's questions, by their names where they are known."""
    told = []
    for name, values in said.items():
        texts = [f"{value.get('text', '')} {value.get('unit', '')}".strip() for value in values]
        told.append(f"{asked[name].label if name in asked else name}: {', '.join(texts)}")
    return "; ".join(told)


CONTENTS = {"edit": _edit, "prices": _prices, "exchanges": _exchanges, "history": _history}
