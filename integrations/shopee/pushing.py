"""Prices, stock, what is shown, what is deleted: writes that set a state, so that saying them twice does no harm.

Where an answer is lost, what is there is read before anybody is told: then it is known which of it was done.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from integrations.channels import FieldSwitches, FoundListing, Outcome
from integrations.errors import NotFound, OutcomeUnknown, Rejected

from . import listings, mappers
from .chunks import chunked
from .codes import bare_code
from .parsing import known_id, mapping, records, text
from .shops import Shops
from .ware import ShopWare

MOST = 50  # rows a call
NOT_DONE = "not_done"
_PROMOTION = {"price": "error_cannot_update_price_in_promotion", "unlist": "error_unlist_in_promotion"}


def push_prices(shops: Shops, global_id: str, prices: Mapping[str, Decimal]) -> list[Outcome]:
    """Set prices of global variants, in the merchant's currency. Of each fifty Shopee takes all or none."""

    def there() -> dict[str, object]:
        item = listings.global_item(shops.merchant, global_id, currency="")
        return {each.external_id: each.price for each in item.variants}

    outcomes: list[Outcome] = []
    for chunk in chunked(prices.items(), MOST):
        rows = [_row("global_model_id", key, original_price=price) for key, price in chunk]
        send = partial(shops.merchant.global_product.update_price, global_id, rows)
        outcomes += _all_or_none(dict(chunk), send, there)
    return outcomes


def push_stock(shops: Shops, global_id: str, stock: Mapping[str, Mapping[str, int]]) -> list[Outcome]:
    """Set pieces of global variants by place, as totals: all shops follow. Of each fifty Shopee takes all or none."""

    def there() -> dict[str, object]:
        item = listings.global_item(shops.merchant, global_id, currency="")
        return {each.external_id: each.stock for each in item.variants}

    outcomes: list[Outcome] = []
    for chunk in chunked(stock.items(), MOST):
        rows = [_row("global_model_id", key, seller_stock=mappers.to_stock(pieces)) for key, pieces in chunk]
        send = partial(shops.merchant.global_product.update_stock, global_id, rows)
        outcomes += _all_or_none(dict(chunk), send, there)
    return outcomes


def push_shop_prices(shops: Shops, shop_id: str, listing_id: str, prices: Mapping[str, Decimal]) -> list[Outcome]:
    """Set prices of a shop's variants, in its currency; a promotion locks them, one by one."""
    shop = shops.row(shop_id)
    local = {key: mappers.local_price(price, shop.currency) for key, price in prices.items()}

    def there() -> dict[str, object]:
        return {each.external_id: each.price for each in listings.shop_item(shops, shop_id, listing_id).variants}

    outcomes: list[Outcome] = []
    for chunk in chunked(local.items(), MOST):
        rows = [_row("model_id", key, default=0, original_price=price) for key, price in chunk]
        send = partial(shops.client(shop_id).product.update_price, listing_id, rows)
        outcomes += _one_by_one(dict(chunk), send, there, "model_id", _PROMOTION["price"])
    return outcomes


def push_shop_stock(
    shops: Shops, shop_id: str, listing_id: str, stock: Mapping[str, Mapping[str, int]]
) -> list[Outcome]:
    """Set pieces of a shop's variants by place, as totals; Refused by Shopee for shops with global products."""
    if shops.row(shop_id).upgraded:
        raise Rejected(_("Stock of this shop is that of its global products: push it there."))

    def there() -> dict[str, object]:
        return {each.external_id: each.stock for each in listings.shop_item(shops, shop_id, listing_id).variants}

    outcomes: list[Outcome] = []
    for chunk in chunked(stock.items(), MOST):
        rows = [_row("model_id", key, default=0, seller_stock=mappers.to_stock(pieces)) for key, pieces in chunk]
        send = partial(shops.client(shop_id).product.update_stock, listing_id, rows)
        outcomes += _one_by_one(dict(chunk), send, there, "model_id", "")
    return outcomes


def unlist(shops: Shops, shop_id: str, listing_ids: Sequence[str], *, listed: bool) -> list[Outcome]:
    """Take a shop's items off the shelves, or put them back; a promotion holds them, one by one."""

    def there() -> dict[str, object]:
        rows = ShopWare(shops.client(shop_id)).describe(chunk)
        return {known_id(row.get("item_id")): text(row.get("item_status"), 40) == "NORMAL" for row in rows}

    outcomes: list[Outcome] = []
    for chunk in chunked(listing_ids, MOST):
        rows = [{"item_id": int(each), "unlist": not listed} for each in chunk]
        send = partial(shops.client(shop_id).product.unlist_item, rows)
        outcomes += _one_by_one(dict.fromkeys(chunk, listed), send, there, "item_id", _PROMOTION["unlist"])
    return outcomes


def delete(shops: Shops, shop_id: str, listing_id: str) -> None:
    """Delete a shop's item; with an empty shop a global item and all its shops' items.

    What is gone already is done. Raise Rejected naming the shops where something is left.
    """
    try:
        if shop_id:
            shops.client(shop_id).product.delete_item(listing_id)
            return
        answer = mapping(shops.merchant.global_product.delete_global_item(listing_id))
    except NotFound:
        return
    except OutcomeUnknown:
        if _is_gone(shops, shop_id, listing_id):
            return
        raise
    left = [known_id(row.get("shop_id")) for row in records(answer.get("failure_delete_item"))]
    if left:
        names = ", ".join(f"{shops.row(each).name} ({each})" if each in _ids(shops) else each for each in left)
        raise Rejected(
            _("Shopee could not delete the product in these shops: %(shops)s. End their promotions, then try again.")
            % {"shops": names},
            code="failure_delete_item",
        )


def set_switches(shops: Shops, switches: Mapping[str, FieldSwitches]) -> None:
    """Say for each shop which global edits it follows. Nothing reads it back: a lost answer is said once more."""
    rows = [mappers.to_switches(shop_id, shops.row(shop_id).region, each) for shop_id, each in switches.items()]
    for chunk in chunked(rows, MOST):
        try:
            shops.merchant.global_product.set_sync_field(chunk)
        except OutcomeUnknown:
            shops.merchant.global_product.set_sync_field(chunk)


def _row(name: str, key: str, *, default: int | None = None, **values: Any) -> dict[str, Any]:
    """Return a row about a variant; an item without variants has the number "", which is left out, or 0."""
    if key:
        return {name: int(key), **values}
    return values if default is None else {name: default, **values}


def _all_or_none(
    wanted: Mapping[str, Any], send: Callable[[], object], there: Callable[[], Mapping[str, object]]
) -> list[Outcome]:
    try:
        send()
    except OutcomeUnknown as error:
        return _compared(wanted, there(), error)
    except NotFound:
        raise
    except Rejected as refusal:
        return [Outcome(key=key, done=False, reason=str(refusal), code=refusal.code) for key in wanted]
    return [Outcome(key=key, done=True) for key in wanted]


def _one_by_one(
    wanted: Mapping[str, Any],
    send: Callable[[], object],
    there: Callable[[], Mapping[str, object]],
    name: str,
    locked: str,
) -> list[Outcome]:
    """Return what became of each, NOT_DONE where no list names it; `locked` is the code of what a promotion holds."""
    try:
        answer = mapping(send())
    except OutcomeUnknown as error:
        return _compared(wanted, there(), error)
    except NotFound:
        raise
    except Rejected as refusal:
        return [Outcome(key=key, done=False, reason=str(refusal), code=bare_code(refusal.code)) for key in wanted]
    failed = {
        known_id(row.get(name)): text(row.get("failed_reason"), 500) for row in records(answer.get("failure_list"))
    }
    done = {known_id(row.get(name)) for row in records(answer.get("success_list"))}
    outcomes = []
    for key in wanted:
        if key in failed:
            code = locked if "promotion" in failed[key].lower() else ""
            reason = failed[key] or _("The platform gave no reason.")
            outcomes.append(Outcome(key=key, done=False, reason=reason, code=code))
        elif key in done:
            outcomes.append(Outcome(key=key, done=True))
        else:
            reason = _("Shopee does not say what became of it.")
            outcomes.append(Outcome(key=key, done=False, reason=reason, code=NOT_DONE))
    return outcomes


def _compared(wanted: Mapping[str, Any], there: Mapping[str, object], lost: OutcomeUnknown) -> list[Outcome]:
    """Return what was done of a write whose answer was lost, as what is there now shows."""
    return [
        Outcome(key=key, done=True)
        if _agrees(value, there.get(key))
        else Outcome(key=key, done=False, reason=str(lost), code=NOT_DONE)
        for key, value in wanted.items()
    ]


def _agrees(wanted: object, there: object) -> bool:
    """Tell whether a value is as wanted; of stock, the places that were named (a single place may have got a name)."""
    if isinstance(wanted, Mapping):
        if not isinstance(there, Mapping):
            return False
        single = next(iter(there.values())) if len(there) == 1 else None
        return all((there.get(place, single if not place else None)) == pieces for place, pieces in wanted.items())
    return there is not None and wanted == there


def _is_gone(shops: Shops, shop_id: str, listing_id: str) -> bool:
    try:
        found: FoundListing = (
            listings.shop_item(shops, shop_id, listing_id)
            if shop_id
            else listings.global_item(shops.merchant, listing_id, currency="")
        )
    except NotFound:
        return True
    return found.status == "deleted"


def _ids(shops: Shops) -> set[str]:
    return set(shops.account.shops.values_list("external_id", flat=True))
