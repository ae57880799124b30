"""What buyers elsewhere said of a product, as the supplier passes it on."""

from collections.abc import Sequence

from django.db import transaction

from catalog.models import Product, Review
from integrations import jobs
from integrations.contracts import ReviewData
from integrations.gateways import supplier_for
from integrations.models import SyncJob

from . import bulk
from .bulk import Row
from .checking import check_connected
from .cleaning import fit, web_address
from .columns import is_id

SIZE = 50
MOST_PAGES = 200
_COLUMNS = ["score", "text", "author", "country_code", "image_urls", "commented_at"]


def request_reviews(product: Product, *, requested_by: str = "") -> SyncJob:
    """Queue a reading of a product's reviews."""
    check_connected(product.account)
    return jobs.enqueue(
        "catalog.tasks.read_reviews",
        key=f"reviews:{product.pk}",
        account=product.account,
        requested_by=requested_by,
        product_id=product.pk,
    )


def read_reviews(product_id: int) -> int:
    """Read all reviews of a product, page by page; return how many rows were written."""
    product = Product.objects.select_related("account").get(pk=product_id)
    supplier = supplier_for(product.account)
    written = read = 0
    for page in range(1, MOST_PAGES + 1):
        found, total = supplier.reviews(product.external_id, page=page, size=SIZE)
        read += len(found)
        written += _save(product, found)
        if not found or (total is not None and read >= total):
            break
    return written


def _save(product: Product, said: Sequence[ReviewData]) -> int:
    with transaction.atomic():
        jobs.hold()
        ids = [data.external_id for data in said]
        known = Review.objects.filter(product=product, external_id__in=ids)
        old = {row["external_id"]: row for row in bulk.rows_of(known)}
        rows: dict[str, Row] = {}
        for data in said:
            if not is_id(data.external_id):
                continue
            row = fit(Review, {name: getattr(data, name) for name in _COLUMNS if name != "image_urls"}, [])
            row["score"] = row["score"] if row["score"] is not None and 0 <= row["score"] <= 100 else None
            row["image_urls"] = [url for url in map(web_address, data.image_urls) if url]
            if data.external_id not in old or bulk.differ(old[data.external_id], row, _COLUMNS):
                rows[data.external_id] = row | {"product_id": product.pk, "external_id": data.external_id}
        written = [rows[external_id] for external_id in sorted(rows)]
        bulk.upsert(Review, written, unique=["product_id", "external_id"], update=_COLUMNS)
        return len(written)
