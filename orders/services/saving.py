"""Write what a marketplace says of its orders: in bulk, in any order of arrival, and nothing where nothing changed.

The newest word counts: what a marketplace changed earlier than what is known here is dropped. What it said last is
told by its hash, so an order that is read again costs one row of one query.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import Shop
from catalog.services import bulk, columns
from catalog.services.bulk import Row
from catalog.services.cleaning import fit
from catalog.services.upserts import REFUSALS
from integrations import leases
from integrations.contracts import Unreadable
from integrations.sold import OrderData, OrderLineData
from orders.machines import OrderStatus
from orders.models import Order, OrderLine

from . import following, matching, parcels, planning, reserving

FIRST = {
    "open": OrderStatus.PROCESSING,
    "arranged": OrderStatus.PROCESSING,
    "retry": OrderStatus.PROCESSING,
    "cancelling": OrderStatus.ON_HOLD,
    "shipped": OrderStatus.SHIPPED,
    "returning": OrderStatus.SHIPPED,
    "delivered": OrderStatus.DELIVERED,
    "completed": OrderStatus.COMPLETED,
    "cancelled": OrderStatus.CANCELLED,
}  # how an order begins here by its stage there; by any other stage it is pending
GONE_OUT = frozenset({"shipped", "delivered", "completed", "returning"})
ARRIVED = frozenset({"delivered", "completed"})


@dataclass(slots=True)
class Saved:
    """What became of orders, by their numbers."""

    orders: dict[str, Order] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    set_aside: list[Unreadable] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)

    def add(self, other: "Saved") -> None:
        """Take in what became of other orders."""
        self.orders |= other.orders
        self.created |= other.created
        self.updated |= other.updated
        self.unchanged |= other.unchanged
        self.set_aside += other.set_aside
        self.oddities += other.oddities


def save(shop: Shop, orders: Iterable[OrderData], by: str) -> Saved:
    """Write orders of a shop; one that the database refuses is set aside, the others go on.

    The caller may hold a transaction; then all is part of it.
    """
    saved, newest = Saved(), dict[str, OrderData]()
    for data in orders:
        if not columns.is_id(data.external_id):
            reason = _("The order's number is empty, over 64 characters, or holds what no database stores.")
            saved.set_aside.append(Unreadable(external_id="", kind="shape", reason=reason))
        elif data.external_id not in newest or not _is_older(data, newest[data.external_id].changed_at):
            newest[data.external_id] = data
    # One order for all writers: two that meet on PostgreSQL then wait for each other instead of blocking each other.
    saved.add(_save_or_split(shop, [newest[number] for number in sorted(newest)], by))
    return saved


def _save_or_split(shop: Shop, chunk: Sequence[OrderData], by: str) -> Saved:
    if not chunk:
        return Saved()
    try:
        with transaction.atomic():
            return _Chunk(shop, chunk, by).write()
    except REFUSALS as refusal:
        if len(chunk) == 1:
            problem = Unreadable(external_id=chunk[0].external_id, kind="database", reason=str(refusal)[:500])
            return Saved(set_aside=[problem])
    middle = len(chunk) // 2  # halves of halves: one bad record costs a few repeats, not the chunk
    saved = _save_or_split(shop, chunk[:middle], by)
    saved.add(_save_or_split(shop, chunk[middle:], by))
    return saved


class _Chunk:
    """Some orders of one shop, each once, written in a number of queries that does not grow with them."""

    def __init__(self, shop: Shop, chunk: Sequence[OrderData], by: str) -> None:
        self.shop, self.by, self.now = shop, by, leases.now()
        self.told = {data.external_id: data for data in chunk}
        self.saved = Saved()

    def write(self) -> Saved:
        found = self.saved.orders = self._locked()
        changed = [number for number in self.told if self._is_news(found[number], self.told[number])]
        quiet = [found[number].pk for number in self.saved.unchanged]
        Order.objects.filter(pk__in=quiet).update(seen_at=self.now)
        if changed:
            self._write(changed)
        return self.saved

    def _locked(self) -> dict[str, Order]:
        """Return the orders' rows, made where there is none, locked until the transaction ends."""
        known = Order.objects.filter(shop=self.shop, external_id__in=self.told)
        there = set(known.values_list("external_id", flat=True))
        bare = [
            Order(shop=self.shop, external_id=number, currency=self.told[number].currency)
            for number in self.told
            if number not in there
        ]
        Order.objects.bulk_create(bare, ignore_conflicts=True)
        rows = known.select_for_update(of=("self",)).order_by("external_id")
        return {row.external_id: row for row in rows}

    def _is_news(self, order: Order, data: OrderData) -> bool:
        """Tell whether the marketplace says something new, and count the order."""
        if order.seen_at is None:
            self.saved.created.add(order.external_id)
            return True
        if _is_older(data, order.changed_at) or order.content_hash == _digest(data):
            self.saved.unchanged.add(order.external_id)
            return False
        self.saved.updated.add(order.external_id)
        return True

    def _write(self, numbers: Sequence[str]) -> None:
        orders = [self.saved.orders[number] for number in numbers]
        before = {order.pk: following.Before.of(order) for order in orders}
        sent_to = {order.pk: order.address for order in orders}
        self._write_orders(orders)
        lines, altered = self._write_lines(orders)
        altered |= {order.pk for order in orders if sent_to[order.pk] and sent_to[order.pk] != order.address}
        matching.match_lines(self.shop.account, lines)
        pairs = [(order, self.told[order.external_id]) for order in orders]
        parcels.sync_all(pairs)
        to_plan = following.follow_stages(pairs, before, altered, by=self.by)
        reserving.recount({line.variant_id for line in lines if line.variant_id})
        if to_plan:
            planning.request_plans(self.shop.account)

    # orders

    def _write_orders(self, orders: Sequence[Order]) -> None:
        rows = [self._order_row(order, self.told[order.external_id]) for order in orders]
        update = [name for name in rows[0] if name not in ("shop_id", "external_id", "created_at")]
        bulk.upsert(Order, rows, unique=("shop_id", "external_id"), update=update)
        for order, row in zip(orders, rows, strict=True):
            for name in update:
                setattr(order, name, row[name])

    def _order_row(self, order: Order, data: OrderData) -> Row:
        is_new = order.seen_at is None
        address = asdict(data.address) | {"lines": list(data.address.lines)}
        if order.address and (data.address.masked or not _says_where(data)) and not order.address.get("masked"):
            address = order.address  # a marketplace hides it again once the parcel is on its way
        values = {
            "stage": data.stage,
            "platform_status": data.platform_status,
            "buyer_id": data.buyer_id,
            "buyer_name": data.buyer_name,
            "message": data.message,
            "note": data.note,
            "address": address,
            "country_code": str(address.get("country_code") or order.country_code or self.shop.region)[:2],
            "tax_id": data.tax_id,
            "currency": data.currency or order.currency or self.shop.currency,
            "total": data.total,
            "shipping_fee": data.shipping_fee,
            "ships": data.ships,
            "cancelled_by": data.cancelled_by,
            "cancel_reason": data.cancel_reason,
            "ordered_at": data.ordered_at,
            "paid_at": data.paid_at,
            "ship_by": data.ship_by,
            "changed_at": data.changed_at,
            "facts": data.facts,
        }
        oddities = list(data.oddities)
        row = fit(Order, values, oddities)
        self.saved.oddities += oddities
        gone_out = data.stage in GONE_OUT
        return row | {
            "shop_id": self.shop.pk,
            "external_id": order.external_id,
            "created_at": order.created_at,
            "status": FIRST.get(data.stage, OrderStatus.PENDING).value if is_new else order.status,
            "hold_reason": following.wish_of(data) if is_new and data.stage == "cancelling" else order.hold_reason,
            "cash_on_delivery": data.cash_on_delivery,
            "is_split": data.is_split,
            "cancel_requested_at": self._asked_at(order, data),
            "changed_at": row["changed_at"] or order.changed_at,
            "shipped_at": order.shipped_at or (row["changed_at"] if gone_out else None),
            "delivered_at": order.delivered_at or (row["changed_at"] if data.stage in ARRIVED else None),
            "seen_at": self.now,
            "content_hash": _digest(data),
        }

    def _asked_at(self, order: Order, data: OrderData) -> datetime | None:
        if data.stage == "cancelling":
            return order.cancel_requested_at or data.changed_at or self.now
        return order.cancel_requested_at if data.stage == "cancelled" else None

    # lines

    def _write_lines(self, orders: Sequence[Order]) -> tuple[list[OrderLine], set[int]]:
        """Write the lines; return all lines of these orders, and the orders of which other pieces are wanted now.

        A line that the marketplace names no more stays, with nothing wanted of it.
        """
        known: dict[tuple[int, str], OrderLine] = {}
        for kept in OrderLine.objects.filter(order__in=orders):
            known[kept.order_id, kept.external_id] = kept
        rows: list[Row] = []
        altered, vanished = set[int](), set(known)
        for order in orders:
            told = {data.external_id: data for data in self.told[order.external_id].lines}
            if not told:
                vanished -= {key for key in known if key[0] == order.pk}
            for number, data in told.items():
                line = known.get((order.pk, number))
                row = self._line_row(order, data)
                vanished.discard((order.pk, number))
                if line is None or bulk.differ(line.__dict__, row, [*row]):
                    rows.append(row)
                if line is not None and line.wanted != max(0, row["quantity"] - row["cancelled"]):
                    altered.add(order.pk)
        bulk.upsert(OrderLine, rows, unique=("order_id", "external_id"), update=list(rows[0])[2:] if rows else ())
        without = [known[key] for key in vanished if known[key].wanted]
        OrderLine.objects.filter(pk__in=[line.pk for line in without]).update(cancelled=F("quantity"))
        altered |= {line.order_id for line in without}
        lines = OrderLine.objects.filter(order__in=orders).select_related("order").order_by("pk")
        return list(lines), altered

    def _line_row(self, order: Order, data: OrderLineData) -> Row:
        values = {
            "item_id": data.item_id,
            "model_id": data.model_id,
            "sku": data.sku,
            "name": data.name,
            "variant_name": data.variant_name,
            "image_url": data.image_url,
            "price": data.price,
            "list_price": data.list_price,
            "weight_g": data.weight_g,
            "bundle_id": data.bundle_id,
            "place_id": data.place_id,
            "facts": data.facts,
        }
        row = fit(OrderLine, values, self.saved.oddities)
        counts = {name: _pieces(getattr(data, name)) for name in ("quantity", "cancelled", "returned")}
        return {"order_id": order.pk, "external_id": data.external_id[:200]} | row | counts


def _is_older(data: OrderData, than: datetime | None) -> bool:
    return data.changed_at is not None and than is not None and data.changed_at < than


def _says_where(data: OrderData) -> bool:
    return bool(data.address.name or data.address.lines)


def _pieces(count: int) -> int:
    return min(max(0, count), 2**31 - 1)


def _digest(data: OrderData) -> str:
    """Return what tells whether a marketplace says the same of an order as before."""
    plain: Callable[[Any], str] = str
    said = json.dumps(asdict(data), sort_keys=True, default=plain)
    return hashlib.blake2b(said.encode("utf-8", "replace"), digest_size=16).hexdigest()
