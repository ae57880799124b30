"""A live search at the supplier: a person looks, nothing is saved."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.errors import Refused
from accounts.models import PlatformAccount
from catalog.models import Product
from integrations import lanes
from integrations.contracts import ProductFilter, SummaryPage
from integrations.gateways import supplier_for
from integrations.models import Lane

from .checking import check_connected

SIZE = 20
_CURSOR_MOST = 20  # entries, of which a list counts each


def search(
    account: PlatformAccount, wanted: ProductFilter, cursor: dict[str, Any] | None = None, *, size: int = SIZE
) -> SummaryPage:
    """Return one page of hits; the page's `cursor` brings the next.

    Raise Refused for an account that is not connected, a size that the supplier does not give, or a cursor that is no
    cursor of ours, and the platform's errors as they come; RateLimited where the account has no call to spare.
    """
    check_connected(account)
    supplier = supplier_for(account)
    if not 1 <= size <= supplier.max_page_size:
        words = _("size must be between 1 and %(most)d, but is %(size)d.")
        raise Refused(words % {"most": supplier.max_page_size, "size": size}, field="size")
    supplier.check_filter(wanted)
    _check_cursor(cursor)
    try:
        with lanes.use(Lane.STOCK, patience=lanes.PATIENCE_OF_A_PERSON):
            return supplier.search(wanted, cursor=cursor, size=size)
    except (KeyError, TypeError, ValueError) as error:
        if cursor is None:
            raise
        raise _no_cursor() from error


def ours(account: PlatformAccount, external_ids: Iterable[str]) -> dict[str, Product]:
    """Return those of the hits that the catalogue has, by the supplier's ids."""
    products = Product.objects.filter(account=account, external_id__in=list(external_ids))
    return {product.external_id: product for product in products}


def _check_cursor(cursor: Any) -> None:
    """Refuse what is not small and plain: a cursor comes back from a browser."""
    if cursor is None:
        return
    if not isinstance(cursor, dict) or _weight(cursor) > _CURSOR_MOST:
        raise _no_cursor()
    page = cursor.get("page", 1)
    if isinstance(page, bool) or not isinstance(page, int) or page < 1:
        raise _no_cursor()


def _weight(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_weight, value.values()), 1)
    if isinstance(value, list):
        return sum(map(_weight, value), 1)
    return 1 if len(str(value)) <= 64 else _CURSOR_MOST + 1


def _no_cursor() -> Refused:
    return Refused(_("This is no cursor of a search. Begin the search again."), field="cursor")
