"""What a product's page shows, tab by tab: only the tab that is open is asked for."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.past import entries_of
from accounts.shown import money
from catalog.models import OfferPrice, Product, Selection, StockLevel, Variant
from catalog.services import sourcing
from integrations.models import ApiCall, RunProblem, SyncJob, SyncRun

from .selling.product_actions import sold_at

VARIANTS_AT_MOST, ROWS_AT_MOST, PRICES_AT_MOST = 200, 50, 30
TABS = {
    "overview": _("Overview"),
    "prices": _("Offers and prices"),
    "exchanges": _("Exchanges"),
    "history": _("History"),
    "reviews": _("Reviews"),
    "runs": _("Runs and jobs"),
}


def context_of(product: Product, request: HttpRequest) -> dict[str, Any]:
    """Gather what the open tab shows."""
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    page = {"product": product, "tabs": TABS, "tab": tab, "tab_template": f"admin/catalog/product/{tab}.html"}
    return page | _CONTENTS[tab](product)


def _weights(low: Decimal | None, high: Decimal | None) -> str:
    return "–" if low is None else f"{low:,.0f}" if high is None or high == low else f"{low:,.0f} – {high:,.0f}"


def _overview(product: Product) -> dict[str, Any]:
    variants = list(
        product.variants.prefetch_related("stock_levels__warehouse", "offers").order_by("is_gone", "pk")[
            : VARIANTS_AT_MOST + 1
        ]
    )
    shown = variants[:VARIANTS_AT_MOST]
    places: dict[str, str] = {}
    for variant in shown:
        for level in variant.stock_levels.all():
            places.setdefault(level.place, _named(level))
    ordered = sorted(places)
    rows = []
    for variant in shown:
        levels = {level.place: level for level in variant.stock_levels.all()}
        offer = next(iter(variant.offers.all()), None)
        asked = money(offer.price, offer.price_high, offer.currency) if offer else "–"
        rows.append({"variant": variant, "price": asked, "levels": [levels.get(place) for place in ordered]})
    return {
        "sold_at": sold_at(product),
        "pictures": list(product.images.all()[:24]),
        "places": [places[place] for place in ordered],
        "rows": rows,
        "has_more_variants": len(variants) > VARIANTS_AT_MOST,
        "price": money(product.price_low, product.price_high, product.currency),
        "weight": _weights(product.weight_low_g, product.weight_high_g),
        "packed_weight": _weights(product.packed_weight_low_g, product.packed_weight_high_g),
        "suggested": money(product.suggested_price_low, product.suggested_price_high, product.currency),
        "carried_in": [
            item.selection for item in product.selection_items.filter(has_left=False).select_related("selection")[:20]
        ],
    }


def _named(level: StockLevel) -> str:
    """Name a place in a few letters: a storage that has not been read yet shows the head of its id."""
    if level.warehouse is None:
        return gettext("%(country)s, all") % {"country": level.country_code}
    return f"{level.country_code} · {level.warehouse.name or level.warehouse.external_id[:8]}"


def _prices(product: Product) -> dict[str, Any]:
    past = Prefetch("offers__prices", OfferPrice.objects.order_by("-seen_at"))
    offers = []
    for variant in (
        Variant.objects.filter(product=product)
        .prefetch_related(past, "offers__account")
        .order_by("is_gone", "pk")[:VARIANTS_AT_MOST]
    ):
        for offer in variant.offers.all():
            prices = list(offer.prices.all()[:PRICES_AT_MOST])
            line = {"variant": variant, "offer": offer, "now": money(offer.price, offer.price_high, offer.currency)}
            line |= {
                "suggested": money(offer.suggested_price, None, offer.currency),
                "spark": spark([p.price for p in reversed(prices)]),
            }
            offers.append(line | {"past": [(row.seen_at, money(row.price, None, row.currency)) for row in prices]})
    return {"offers": offers}


def spark(values: list[Any], width: int = 120, height: int = 28) -> str:
    """Return the points of a small line: oldest at the left, dearest at the top; empty with fewer than two prices."""
    known = [float(value) for value in values if value is not None]
    if len(known) < 2:
        return ""
    low, span = min(known), (max(known) - min(known)) or 1
    step = width / (len(known) - 1)
    return " ".join(
        f"{index * step:.1f},{height - 2 - (value - low) / span * (height - 4):.1f}"
        for index, value in enumerate(known)
    )


def _exchanges(product: Product) -> dict[str, Any]:
    subjects = [f"product:{product.external_id}", f"sku:{product.sku}"]
    for external_id, sku in product.variants.values_list("external_id", "sku")[:VARIANTS_AT_MOST]:
        subjects += [f"variant:{external_id}", f"sku:{sku}"]
    calls = ApiCall.objects.filter(account=product.account_id, subject__in=subjects)
    return {"calls": calls.defer("request", "response").order_by("-pk")[:ROWS_AT_MOST]}


def _history(product: Product) -> dict[str, Any]:
    return {"entries": entries_of(product, ROWS_AT_MOST)}


def _reviews(product: Product) -> dict[str, Any]:
    return {
        "reviews": product.reviews.order_by("-commented_at")[:ROWS_AT_MOST],
        "review_count": product.reviews.count(),
    }


def _runs(product: Product) -> dict[str, Any]:
    carried = Selection.objects.filter(items__product=product)
    keys = [f"{kind}:{product.pk}" for kind in ("product", "stock:product", "mine", "reviews")]
    return {
        "jobs": SyncJob.objects.filter(key__in=keys).order_by("-pk")[:ROWS_AT_MOST],
        "runs": SyncRun.objects.filter(key__in=[sourcing.key_of(selection) for selection in carried]).order_by("-pk")[
            :10
        ],
        "problems": RunProblem.objects.filter(
            external_id=product.external_id, run__account=product.account_id
        ).order_by("-pk")[:10],
    }


_CONTENTS = {
    "overview": _overview,
    "prices": _prices,
    "exchanges": _exchanges,
    "history": _history,
    "reviews": _reviews,
    "runs": _runs,
}
