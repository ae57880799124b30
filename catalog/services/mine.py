"""The account's own list at the supplier, "my products"."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Product
from integrations import jobs
from integrations.gateways import supplier_for
from integrations.models import Lane, SyncJob

from .checking import check_connected


def request_add_to_mine(product: Product, *, requested_by: str = "") -> SyncJob:
    """Queue putting a product on the account's own list at the supplier."""
    check_connected(product.account)
    return jobs.enqueue(
        "catalog.tasks.add_to_mine",
        key=f"mine:{product.pk}",
        lane=Lane.STOCK,
        account=product.account,
        requested_by=requested_by,
        product_id=product.pk,
    )


def add_to_mine(product_id: int) -> None:
    """Put a product on the account's own list; that it is there already is fine."""
    product = Product.objects.select_related("account").get(pk=product_id)
    supplier_for(product.account).add_to_mine(product.external_id)  # done twice is done
    with transaction.atomic():
        jobs.hold()
        product = Product.objects.select_for_update().get(pk=product_id)
        if not product.is_mine:
            product.is_mine, product.updated_at = True, timezone.now()
            product._change_reason = _("Added to my products")  # type: ignore[attr-defined]  # of its history
            product.save(update_fields=["is_mine", "updated_at"])
