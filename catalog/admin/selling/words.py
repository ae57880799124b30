"""What the selling pages share: how states are colored, where a finding is mended, who sells."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from accounts.models import PlatformAccount, Shop
from accounts.shown import admin_url, list_url
from catalog.models import GlobalListing, Listing
from integrations.gateways import sells_on

CELL_CLASSES = {
    Listing.Status.DRAFT: "",
    Listing.Status.PUBLISHING: "cd-is-info",
    Listing.Status.LIVE: "cd-is-good",
    Listing.Status.UNLISTED: "cd-is-warn",
    Listing.Status.REVIEWING: "cd-is-info",
    Listing.Status.BANNED: "cd-is-bad",
    Listing.Status.REFUSED: "cd-is-bad",
    Listing.Status.BLOCKED: "cd-is-bad",
    Listing.Status.DELETED: "cd-is-dim",
}
LISTING_CLASSES = {
    GlobalListing.Status.DRAFT: "",
    GlobalListing.Status.PUBLISHING: "cd-is-info",
    GlobalListing.Status.LIVE: "cd-is-good",
    GlobalListing.Status.ATTENTION: "cd-is-bad",
    GlobalListing.Status.DELETED: "cd-is-dim",
}
SHORT = {Listing.Status.BLOCKED: _("Blocked")}  # a column is narrow
MAY_RETRY = (Listing.Status.REFUSED, Listing.Status.BLOCKED, Listing.Status.DELETED)
LABELS = {"cd-is-info": "info", "cd-is-good": "success", "cd-is-warn": "warning", "cd-is-bad": "danger"}


def selling_accounts() -> QuerySet[PlatformAccount]:
    """Return the accounts through which products can be sold, whether they are connected now or not."""
    accounts = PlatformAccount.objects.filter(platform__in=sells_on(), lead_status="")
    return accounts.exclude(status=PlatformAccount.Status.DISCONNECTED).order_by("name", "pk")


def selling_shops(account: PlatformAccount) -> list[Shop]:
    """Return an account's shops in the order of the grid's columns."""
    shops = Shop.objects.filter(account=account).exclude(status=Shop.Status.DISCONNECTED)
    return list(shops.order_by("region", "name", "pk"))


def market_names(shops: Iterable[Shop]) -> dict[int, str]:
    """Name each shop by its market, and by its name too where the market has several."""
    shops = list(shops)
    regions = [shop.region for shop in shops]
    return {
        shop.pk: shop.region
        if shop.region and regions.count(shop.region) == 1
        else f"{shop.region} {shop.name}".strip()
        for shop in shops
    }


def text_in(posted: QueryDict | None, name: str, default: str = "") -> str:
    """Return what was written in an input; the default where nothing was sent, or no form at all."""
    return str(posted.get(name, default)) if posted is not None else default


def anchor(field: str) -> str:
    """Return the id of a field's place on a listing's page."""
    return "at-" + re.sub(r"[^A-Za-z0-9]+", "-", field).strip("-").lower()


FIELDS = {
    "name": _("Name"),
    "description": _("Description"),
    "category_id": _("Category"),
    "brand": _("Brand"),
    "image_urls": _("Pictures"),
    "days_to_ship": _("Days to ship"),
    "weight_g": _("Weight"),
    "weight": _("Weight"),
    "size": _("Size"),
    "axes": _("Variation axes"),
    "variants": _("Variants"),
    "price": _("Price"),
    "prices": _("Prices"),
    "stock": _("Stock"),
    "options": _("Options"),
    "sku": _("SKU"),
    "carriers": _("Carriers"),
    "status": _("Status"),
    "currency": _("Currency"),
}


def field_name(field: str) -> str:
    """Say which field a finding is about; nothing of an attribute, whose own name its text holds."""
    if field.startswith(("attributes.", "rate.")):
        return ""
    head, _dot, rest = field.partition(".")
    sku, _dot, last = rest.rpartition(".")
    name = str(FIELDS.get(last or rest or head, ""))
    return f"{sku} · {name}" if head == "variants" and sku and name else name


def finding_url(listing: GlobalListing, field: str) -> str:
    """Return where a finding is mended: the field on the listing's page, or the record that it comes from."""
    if field.startswith("account."):
        return admin_url(listing.account)
    if field.startswith("rate."):
        base, _dash, quote = field.removeprefix("rate.").partition("-")
        return f"{reverse('admin:catalog_exchangerate_add')}?{urlencode({'base': base, 'quote': quote})}"
    if field.startswith("shops.") and field.endswith((".status", ".currency")):
        return list_url(Shop, q=field.split(".")[1])
    return f"{admin_url(listing)}#{anchor(field)}"


def shown_findings(listing: GlobalListing, *, linked: bool = True) -> list[dict[str, Any]]:
    """Return what the last check found, errors first, each with where it is mended."""
    found = [dict(finding) for finding in listing.findings if isinstance(finding, Mapping)]
    for finding in found:
        finding["is_error"] = finding.get("level", "error") == "error"
        finding["url"] = finding_url(listing, str(finding.get("field", ""))) if linked else ""
    return sorted(found, key=lambda finding: not finding["is_error"])


def error_count(listing: GlobalListing) -> int:
    """Count the findings that keep a listing from being published."""
    return sum(finding["is_error"] for finding in shown_findings(listing, linked=False))
