"""Shopee's orders → our dataclasses. Pure. What can't be read becomes None or empty and leaves an oddity.

A line's id is "item:model:order_item:promotion_group": by these four Shopee itself tells lines apart when an order is
split. It is the same at each reading; where two lines agree in all four, the second one ends in ":2".
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from integrations.sold import AddressData, OrderData, OrderLineData, PackageData, PackageLineData

from .params import whole
from .parcel_mappers import line_key, to_package
from .parsing import (
    Notes,
    UnreadableRecord,
    amount,
    flag,
    grams,
    ident,
    integer,
    known_id,
    listed,
    mapping,
    moment,
    records,
    storable,
    text,
)

# What Shopee's status means for us (Shopee: order status); one that is not here means nothing to us.
STAGES = {
    "UNPAID": "unpaid",
    "PENDING": "held",
    "INVOICE_PENDING": "held",
    "READY_TO_SHIP": "open",
    "PROCESSED": "arranged",
    "RETRY_SHIP": "retry",
    "SHIPPED": "shipped",
    "TO_CONFIRM_RECEIVE": "delivered",
    "COMPLETED": "completed",
    "IN_CANCEL": "cancelling",
    "CANCELLED": "cancelled",
    "TO_RETURN": "returning",
}
SELLER, PLATFORM = "seller", "platform"
SENT_BY_SELLER = frozenset({"fulfilled_by_cb_seller", "fulfilled_by_local_seller"})
BUNDLE = "bundle_deal"
_HIDDEN = re.compile(r"\*{2}")
_ORDER_FACTS = (
    *("region", "days_to_ship", "pending_terms", "pending_description", "fulfillment_flag", "advance_package"),
    *("booking_sn", "payment_method", "shipping_carrier", "checkout_shipping_carrier", "estimated_shipping_fee"),
    *("actual_shipping_fee", "actual_shipping_fee_confirmed", "buyer_cancel_reason", "note_update_time"),
    *("pickup_done_time", "return_request_due_date", "edt_from", "edt_to", "is_international"),
    *("can_full_cancel_order", "can_partial_cancel_order", "buyer_preference_for_partial_cancellation"),
    "order_chargeable_weight_gram",
)
_LINE_FACTS = (
    *("promotion_type", "promotion_id", "promotion_list", "add_on_deal", "add_on_deal_id", "main_item", "wholesale"),
    *("line_item_id", "active_qty", "cancel_requested_qty", "return_requested_qty", "is_b2c_owned_item"),
)


def to_order(row: dict[str, Any], shop_id: str) -> OrderData:
    """Return an order; UnreadableRecord where it has no number."""
    external_id = ident(row.get("order_sn"))
    if not external_id:
        raise UnreadableRecord("order", row)
    notes = Notes()
    platform_status = text(row.get("order_status"), 64, notes, "order_status")
    stage = STAGES.get(platform_status.upper(), "")
    if not stage:
        notes.add("order_status", "unknown")
    ships = _ships(row, notes)
    items = records(row.get("item_list"))
    lines = to_lines(items, notes)
    packages = _packages(row, items, lines, stage, ships, notes)
    if not lines:
        notes.add("item_list", "empty")
    return OrderData(
        external_id=external_id,
        shop_id=shop_id,
        stage=stage,
        platform_status=platform_status,
        currency=text(row.get("currency"), 3, notes, "currency").upper(),
        lines=lines,
        packages=packages,
        address=to_address(row.get("recipient_address")),
        buyer_id=known_id(row.get("buyer_user_id")),
        buyer_name=text(row.get("buyer_username"), 200),
        message=text(row.get("message_to_seller"), 5000),
        note=text(row.get("note"), 5000),
        total=amount(row.get("total_amount"), notes, "total_amount"),
        shipping_fee=_shipping_fee(row, notes),
        cash_on_delivery=bool(flag(row.get("cod"))),
        ships=ships,
        is_split=bool(flag(row.get("split_up"))) or len(packages) > 1,
        tax_id=text(row.get("buyer_cpf_id"), 64),
        cancelled_by=text(row.get("cancel_by"), 64),
        cancel_reason=text(row.get("cancel_reason"), 500) or text(row.get("buyer_cancel_reason"), 500),
        ordered_at=moment(row.get("create_time"), notes, "create_time"),
        paid_at=moment(row.get("pay_time"), notes, "pay_time"),
        changed_at=moment(row.get("update_time"), notes, "update_time"),
        ship_by=moment(row.get("ship_by_date"), notes, "ship_by_date"),
        facts=_facts(row, _ORDER_FACTS) | _declared(row, packages),
        oddities=notes.all(),
    )


def to_lines(items: Sequence[dict[str, Any]], notes: Notes) -> tuple[OrderLineData, ...]:
    """Return an order's lines in their order, each with an id of its own."""
    bundles, seen = _bundles(items), Counter[str]()
    found = []
    for item, bundle_id in zip(items, bundles, strict=True):
        key = line_key(item)
        seen[key] += 1
        external_id = key if seen[key] == 1 else f"{key}:{seen[key]}"
        found.append(_line(item, external_id, bundle_id, notes))
    return tuple(found)


def from_line_id(line_id: str) -> dict[str, int]:
    """Return a line as Shopee's calls name it."""
    item_id, model_id, order_item_id, group_id, *_second = [*line_id.split(":"), "0", "0", "0"]
    return {
        "item_id": whole("line_id", item_id),
        "model_id": whole("line_id", model_id),
        "order_item_id": whole("line_id", order_item_id),
        "promotion_group_id": whole("line_id", group_id),
    }


def to_split(parts: Sequence[Sequence[PackageLineData]]) -> list[dict[str, Any]]:
    """Return packages as split_order takes them; quantities only of a line that is divided among several."""
    times = Counter(line.line_id for part in parts for line in part)
    return [
        {
            "item_list": [
                from_line_id(line.line_id) | ({"model_quantity": line.quantity} if times[line.line_id] > 1 else {})
                for line in part
            ]
        }
        for part in parts
    ]


def to_address(value: object) -> AddressData:
    """Return where a parcel goes, and whether Shopee hides parts of it behind asterisks."""
    row = mapping(value)
    parts = {name: text(row.get(name), 500) for name in ("name", "phone", "full_address", "zipcode")}
    places = {name: text(row.get(name), 200) for name in ("town", "district", "city", "state")}
    return AddressData(
        name=parts["name"],
        phone=parts["phone"],
        lines=(parts["full_address"],) if parts["full_address"] else (),
        zip_code=parts["zipcode"],
        country_code=text(row.get("region"), 2).upper(),
        masked=any(_HIDDEN.search(part) for part in (*parts.values(), *places.values())),
        **places,
    )


def _line(item: dict[str, Any], external_id: str, bundle_id: str, notes: Notes) -> OrderLineData:
    ordered = integer(item.get("model_quantity_purchased"), notes, "model_quantity_purchased")
    if ordered is None:
        notes.add("model_quantity_purchased", "missing")
    places = [
        text(place, 64) for place in (listed(item.get("product_location_id")) or [item.get("product_location_id")])
    ]
    price = amount(item.get("model_discounted_price"), notes, "model_discounted_price")
    in_bundle = BUNDLE in _promotions(item)
    return OrderLineData(
        external_id=external_id,
        item_id=ident(item.get("item_id")),
        model_id=known_id(item.get("model_id")),
        sku=text(item.get("model_sku"), 100) or text(item.get("item_sku"), 100),
        name=text(item.get("item_name"), 500),
        variant_name=text(item.get("model_name"), 500),
        image_url=text(mapping(item.get("image_info")).get("image_url"), 1000),
        quantity=1 if ordered is None else ordered,
        cancelled=integer(item.get("cancelled_qty"), notes, "cancelled_qty") or 0,
        returned=integer(item.get("returned_qty"), notes, "returned_qty") or 0,
        price=None if in_bundle and not price else price,  # 0 in a bundle: its price is the bundle's
        list_price=amount(item.get("model_original_price"), notes, "model_original_price"),
        weight_g=grams(item.get("weight"), notes, "weight") or None,
        bundle_id=bundle_id,
        place_id=places[0],
        facts=_facts(item, _LINE_FACTS) | ({"places": places} if len(places) > 1 else {}),
    )


def _promotions(item: dict[str, Any]) -> set[str]:
    rows = [item, *records(item.get("promotion_list"))]
    return {text(row.get("promotion_type"), 64).lower() for row in rows} - {""}


def _bundles(items: Sequence[dict[str, Any]]) -> list[str]:
    """Return for each line in which bundle or add-on deal it was bought; empty for a line that may travel alone.

    Variants of one item that were simply ordered together share their `order_item_id` too: it is the item's own then.
    """
    found = []
    for item in items:
        group, deal = known_id(item.get("order_item_id")), known_id(item.get("add_on_deal_id"))
        if deal and flag(item.get("add_on_deal")) is not False:
            found.append(f"deal:{deal}:{ident(item.get('promotion_group_id'))}"[:64])
        elif group and (BUNDLE in _promotions(item) or group != ident(item.get("item_id"))):
            found.append(f"bundle:{group}:{ident(item.get('promotion_group_id'))}"[:64])
        else:
            found.append("")
    shared = Counter(found)
    return [bundle if shared[bundle] > 1 else "" for bundle in found]


def _ships(row: dict[str, Any], notes: Notes) -> str:
    """Tell who sends an order: what Shopee fulfills, or serves from advance stock, is not ours to send."""
    if flag(row.get("advance_package")) or text(row.get("booking_sn"), 64):
        return PLATFORM
    said = text(row.get("fulfillment_flag"), 64)
    if not said or said in SENT_BY_SELLER:
        return SELLER
    if said != "fulfilled_by_shopee":
        notes.add("fulfillment_flag", "unknown")
    return PLATFORM


def _shipping_fee(row: dict[str, Any], notes: Notes) -> Any:
    confirmed = flag(row.get("actual_shipping_fee_confirmed"))
    name = "actual_shipping_fee" if confirmed else "estimated_shipping_fee"
    return amount(row.get(name), notes, name)


def _packages(
    row: dict[str, Any],
    items: Sequence[dict[str, Any]],
    lines: Sequence[OrderLineData],
    stage: str,
    ships: str,
    notes: Notes,
) -> tuple[PackageData, ...]:
    """Return the packages; each piece in them belongs to one of the order's lines."""
    may_ship, ship_by = ships == SELLER and stage in ("open", "retry"), moment(row.get("ship_by_date"))
    packed = _Packed(items, lines)
    found = []
    for package in records(row.get("package_list")):
        within = packed.lines_of(package, notes)
        found.append(to_package(package, lines=within, may_ship=may_ship, ship_by=ship_by, notes=notes))
    return tuple(data for data in found if data is not None)


class _Packed:
    """Finds the lines of what lies in packages, whose rows say less than the order's own."""

    def __init__(self, items: Sequence[dict[str, Any]], lines: Sequence[OrderLineData]) -> None:
        self._rows = list(zip(items, lines, strict=True))
        self._left = {line.external_id: line.quantity for line in lines}

    def lines_of(self, package: dict[str, Any], notes: Notes) -> tuple[PackageLineData, ...]:
        found: Counter[str] = Counter()
        for piece in records(package.get("item_list")):
            quantity = integer(piece.get("model_quantity"), notes, "model_quantity")
            candidates = self._candidates(piece)
            if not candidates:
                notes.add("package_list", "strange-item")
                found[line_key(piece)] += quantity or 0
                continue
            pieces = self._left[candidates[0]] if quantity is None else quantity
            found.update(self._shared_out(candidates, pieces))
        return tuple(PackageLineData(line_id=line_id, quantity=pieces) for line_id, pieces in found.items() if pieces)

    def _candidates(self, piece: dict[str, Any]) -> list[str]:
        """Return the lines that are what the piece says; if it says less than they do, those that it may be."""
        exact = [line.external_id for item, line in self._rows if line_key(item) == line_key(piece)]
        told = ["item_id", *(name for name in ("model_id", "order_item_id") if known_id(piece.get(name)))]
        return exact or [
            line.external_id
            for item, line in self._rows
            if all(known_id(piece.get(name)) == known_id(item.get(name)) for name in told)
        ]

    def _shared_out(self, candidates: list[str], pieces: int) -> dict[str, int]:
        """Return how many pieces are of each of several lines that Shopee does not tell apart."""
        shares = dict.fromkeys(candidates, 0)
        for line_id in candidates:
            shares[line_id] = min(pieces, max(self._left[line_id], 0))
            pieces -= shares[line_id]
        shares[candidates[-1]] += pieces
        for line_id, share in shares.items():
            self._left[line_id] -= share
        return shares


def _declared(row: dict[str, Any], packages: Sequence[PackageData]) -> dict[str, Any]:
    """Return whether customs want a declaration, which Shopee knows once a package has its tracking number."""
    known = flag(row.get("goods_to_declare"))
    numbered = any(package.arranged for package in packages)
    return {"goods_to_declare": known} if numbered and known is not None else {}


def _facts(row: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {name: storable(row[name]) for name in names if row.get(name) not in (None, "", [])}
