"""Categories and warehouses that products name: found by their ids, and noted where we don't know them yet."""

from collections.abc import Iterable

from catalog.models import Category, Warehouse
from integrations.contracts import ProductData, StockData

from .cleaning import clean_text
from .columns import is_id

JOINT = " > "  # between the names of a category's path


def categories_of(platform: str, products: Iterable[ProductData]) -> dict[str, int]:
    """Return our categories by the supplier's id, and by path for those products that name no id.

    An id that we have not read yet becomes a category called as the path ends; reading the categories completes it.
    """
    named = {data.category_id: data.category_path for data in products if is_id(data.category_id)}
    paths = {clean_text(data.category_path) for data in products if data.category_path and not data.category_id}
    ours = Category.objects.filter(platform=platform)
    found = dict(ours.filter(external_id__in=named).values_list("external_id", "pk")) if named else {}
    unknown = sorted(named.keys() - found.keys())
    if unknown:
        Category.objects.bulk_create(
            [_category(platform, external_id, named[external_id]) for external_id in unknown], ignore_conflicts=True
        )
        found |= dict(ours.filter(external_id__in=unknown).values_list("external_id", "pk"))
    if paths:
        found |= dict(ours.filter(path__in=paths).values_list("path", "pk"))
    return found


def _category(platform: str, external_id: str, path: str) -> Category:
    names = [name.strip() for name in clean_text(path).split(JOINT.strip()) if name.strip()]
    return Category(
        platform=platform,
        external_id=external_id,
        name=(names[-1] if names else external_id)[:200],
        level=max(len(names), 1),
        path=JOINT.join(names)[:500],
    )


def warehouses_of(platform: str, stock: Iterable[StockData]) -> dict[str, int]:
    """Return our storages by the supplier's id, having noted the ones that were not known."""
    named = {row.warehouse_id: row for row in stock if is_id(row.warehouse_id)}
    if not named:
        return {}
    ours = Warehouse.objects.filter(platform=platform, kind=Warehouse.Kind.STORAGE)
    found = dict(ours.filter(external_id__in=named).values_list("external_id", "pk"))
    unknown = sorted(named.keys() - found.keys())
    if unknown:
        Warehouse.objects.bulk_create(
            [
                Warehouse(
                    platform=platform,
                    external_id=external_id,
                    name=clean_text(named[external_id].warehouse_name)[:200],
                    country_code=clean_text(named[external_id].country_code)[:8],
                    read_at=None,
                )
                for external_id in unknown
            ],
            ignore_conflicts=True,
        )
        found |= dict(ours.filter(external_id__in=unknown).values_list("external_id", "pk"))
    return found
