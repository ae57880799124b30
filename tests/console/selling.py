"""One row of everything that is sold where, and what tests of the selling pages share."""

from decimal import Decimal
from html import unescape
from re import sub
from typing import Any

from django.contrib.messages import get_messages
from django.urls import reverse

from catalog.models import (
    Adoption,
    Brand,
    CategoryMapping,
    Drift,
    FieldSync,
    GlobalListing,
    GlobalVariant,
    Listing,
    ListingVariant,
    Product,
    Variant,
)
from tests.factories import make_category
from tests.factories_selling import make_price_rule, make_rate, make_seller, make_shop, make_spec, make_target


def sell(product: Product, variant: Variant) -> dict[str, Any]:
    """Make one row of each selling model around a product that is there."""
    seller = make_seller(name="Merchant")
    shop = make_shop(seller, "MY")
    target = make_target(seller)
    spec = make_spec(seller, target)
    listing = GlobalListing.objects.create(
        account=seller, product=product, sku=product.sku, name=product.name, category=target, status="live"
    )
    sold = GlobalVariant.objects.create(
        global_listing=listing, variant=variant, sku=variant.sku, price=Decimal("66.67"), external_id="g1"
    )
    cell = Listing.objects.create(global_listing=listing, shop=shop, external_id="771", status="live")
    return {
        "seller": seller,
        "seller_shop": shop,
        "target": target,
        "spec": spec,
        "listing": listing,
        "sold": sold,
        "cell": cell,
        "in_shop": ListingVariant.objects.create(listing=cell, global_variant=sold),
        "brand": Brand.objects.create(account=seller, category=target, external_id="5", name="Lumen"),
        "mapping": CategoryMapping.objects.create(account=seller, source=make_category(), target=target),
        "rate": make_rate(),
        "rule": make_price_rule(),
        "switches": FieldSync.objects.create(shop=shop, texts=False),
        "found": Adoption.objects.create(
            account=seller, external_id="901", name="Found lamp", status="conflict", candidates=[product.pk]
        ),
        "drift": Drift.objects.create(global_listing=listing, field="name", ours="Lamp", theirs="Lamp!"),
    }


def press(client: Any, row: Any, name: str, **data: Any) -> Any:
    """Press a button on a record's page."""
    meta = row._meta
    return client.post(reverse(f"admin:{meta.app_label}_{meta.model_name}_press", args=(row.pk, name)), data)


def told(answer: Any) -> list[str]:
    """Return what the person is told."""
    return [str(message) for message in get_messages(answer.wsgi_request)]


def text_of(answer: Any) -> str:
    """Return a page as a person reads it: without tags, blanks drawn together."""
    assert answer.status_code == 200
    page = sub(r"(?s)<(script|style)\b.*?</\1>", " ", answer.content.decode())
    return unescape(sub(r"\s+", " ", sub(r"<[^>]+>", " ", page)))
