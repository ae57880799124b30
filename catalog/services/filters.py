"""A selection as the neutral search that suppliers understand."""

from catalog.models import Selection
from integrations.contracts import ProductFilter


def wanted_by(selection: Selection) -> ProductFilter:
    """Return what a saved search asks for."""
    category = selection.category
    return ProductFilter(
        keyword=selection.keyword,
        category_id=category.external_id if category else "",
        category_level=category.level if category else 3,
        country_code=selection.country_code,
        price_min=selection.price_min,
        price_max=selection.price_max,
        stock_min=selection.stock_min,
        stock_max=selection.stock_max,
        verified=selection.verified,
        listed_after=selection.listed_after,
        listed_before=selection.listed_before,
        sort=selection.sort,
        descending=selection.descending,
        extra=dict(selection.extra),
    )
