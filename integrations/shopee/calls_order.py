"""Shopee's orders and packages (v2.order.*): listed, read, split, cancelled, noted.

Calls about what was sold go before those about stock and products, whoever makes them; those that cancel go first.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from integrations import lanes
from integrations.errors import Invalid
from integrations.models import Lane
from integrations.wire import Call

from . import params
from .calling import Level, Module, given, record
from .params import Body

MOST_ON_PAGE, MOST_READ = 100, 50
LONGEST_WINDOW_S = 15 * 86_400
OUT_OF_STOCK, UNDELIVERABLE = "OUT_OF_STOCK", "UNDELIVERABLE_AREA"
BUYER_WISH, NO_CASH = "CUSTOMER_REQUEST", "COD_NOT_SUPPORTED"
CANCEL_REASONS = (OUT_OF_STOCK, BUYER_WISH, UNDELIVERABLE, NO_CASH)
ACCEPT, REJECT = "ACCEPT", "REJECT"
MOST_PACKAGES = 30  # of one order in Taiwan; 5 elsewhere

# What of an order comes only if it is asked for by name (Shopee: response_optional_fields).
OPTIONAL_FIELDS = (
    *("buyer_user_id", "buyer_username", "estimated_shipping_fee", "recipient_address", "actual_shipping_fee"),
    *("actual_shipping_fee_confirmed", "goods_to_declare", "note", "note_update_time", "item_list", "pay_time"),
    *("split_up", "buyer_cancel_reason", "cancel_by", "cancel_reason", "buyer_cpf_id", "fulfillment_flag"),
    *("pickup_done_time", "package_list", "shipping_carrier", "payment_method", "total_amount"),
    *("order_chargeable_weight_gram", "return_request_due_date", "edt", "international_label"),
)


class TradeModule(Module):
    """Endpoints about what was sold: they call in the lane of orders at least."""

    lane: ClassVar[Lane] = Lane.ORDERS
    urgent: ClassVar[frozenset[str]] = frozenset()  # actions that stop something from happening
    of_selling: ClassVar[frozenset[str]] = frozenset()  # actions that sell, too: in the lane of whoever asks

    def _send(self, call: Call, **how: Any) -> Any:
        action = call.endpoint.rpartition(".")[2]
        if action in self.of_selling:
            return super()._send(call, **how)
        lane = Lane.URGENT if action in self.urgent else self.lane
        with lanes.use(min(lane, lanes.current()), patience=lanes.patience()):
            return super()._send(call, **how)


class Orders(TradeModule):
    """v2.order.*"""

    name, level = "order", Level.SHOP
    urgent = frozenset({"cancel_order", "handle_buyer_cancellation"})

    # Reading

    def get_order_list(
        self, *, time_from: datetime, time_to: datetime, cursor: str = "", page_size: int = MOST_ON_PAGE
    ) -> Any:
        """List orders that changed in a window of at most 15 days (Shopee: order.get_order_list).

        Held orders are listed as PENDING. `next_cursor` leads on while `more`.
        """
        query = {"time_range_field": "update_time", **window(time_from, time_to)}
        query |= {"page_size": params.whole("page_size", page_size, low=1, high=MOST_ON_PAGE), "cursor": cursor}
        query |= {"response_optional_fields": "order_status", "request_order_status_pending": True}
        return self._get("get_order_list", query)

    def get_order_detail(self, order_sns: Sequence[str]) -> Any:
        """Read 1 to 50 orders with all that can be asked for (Shopee: order.get_order_detail).

        The warning names those that were not found.
        """
        query = {
            "order_sn_list": joined("order_sn_list", order_sns, most=MOST_READ),
            "request_order_status_pending": True,
            "response_optional_fields": ",".join(OPTIONAL_FIELDS),
        }
        return self._get("get_order_detail", query, subject=_only("order", order_sns))

    def get_package_detail(self, package_numbers: Sequence[str]) -> Any:
        """Read 1 to 50 packages (Shopee: order.get_package_detail); `is_shipment_arranged` comes nowhere else."""
        numbers = joined("package_number_list", package_numbers, most=MOST_READ)
        subject = _only("package", package_numbers)
        return self._get("get_package_detail", {"package_number_list": numbers}, subject=subject)

    # Changing

    def split_order(self, order_sn: str, packages: Sequence[Body]) -> Any:
        """Send an order that is ready to ship in 2 to 5 packages, 30 in Taiwan (Shopee: order.split_order).

        The packages name all items; one bundle or add-on deal stays together.
        """
        rows = params.several("package_list", packages, least=2, most=MOST_PACKAGES)
        for position, row in enumerate(rows):
            params.rows(
                f"package_list[{position}].item_list", row.get("item_list") or (), "item_id", "model_id", most=200
            )
        return self._change("split_order", order_sn, package_list=rows)

    def unsplit_order(self, order_sn: str) -> Any:
        """Put a split order together again while nothing of it was shipped (Shopee: order.unsplit_order)."""
        return self._change("unsplit_order", order_sn)

    def cancel_order(self, order_sn: str, cancel_reason: str, *, items: Sequence[Body] = ()) -> Any:
        """Cancel an order before it is shipped (Shopee: order.cancel_order); OUT_OF_STOCK names the items."""
        reason = params.choice("cancel_reason", cancel_reason, CANCEL_REASONS)
        if reason != OUT_OF_STOCK and not items:
            return self._change("cancel_order", order_sn, cancel_reason=reason)
        rows = params.rows("item_list", items, "item_id", "model_id", most=200)
        return self._change("cancel_order", order_sn, cancel_reason=reason, item_list=rows)

    def handle_buyer_cancellation(self, order_sn: str, operation: str) -> Any:
        """Answer a buyer who wants to cancel: ACCEPT or REJECT (Shopee: order.handle_buyer_cancellation)."""
        params.choice("operation", operation, (ACCEPT, REJECT))
        return self._change("handle_buyer_cancellation", order_sn, operation=operation)

    def set_note(self, order_sn: str, note: str) -> Any:
        """Write the seller's note of an order, in place of the one before (Shopee: order.set_note)."""
        return self._change("set_note", order_sn, note=note)

    def _change(self, action: str, order_sn: str, **body: Any) -> Any:
        name = params.text("order_sn", order_sn)
        return self._post(action, {"order_sn": name, **body}, subject=record("order", name))


def joined(name: str, values: Sequence[str], *, most: int) -> str:
    """Return 1 to `most` numbers that hold letters, joined by commas, as Shopee takes them in a query."""
    found = [params.text(name, value) for value in params.several(name, values, most=most)]
    if strange := next((value for value in found if "," in value), ""):
        raise Invalid(
            _("%(name)s must hold single numbers, not “%(value)s”.") % {"name": name, "value": strange[:60]}, field=name
        )
    return ",".join(found)


def named(order_sn: str, package_number: str = "") -> dict[str, Any]:
    """Return how a parcel is named: by its order, and by its own number only where the order is split."""
    return given(order_sn=params.text("order_sn", order_sn), package_number=package_number)


def _only(kind: str, numbers: Sequence[str]) -> str:
    return record(kind, numbers[0]) if len(numbers) == 1 else ""


def window(start: datetime, end: datetime) -> dict[str, int]:
    """Return a window of a second to 15 days, in whole seconds."""
    for name, value in (("since", start), ("until", end)):
        if value.tzinfo is None:
            raise Invalid(_("%(name)s must have a time zone.") % {"name": name}, field=name)
    first = int(start.timestamp())
    last = max(int(end.timestamp()), first + 1)
    if end < start or last - first > LONGEST_WINDOW_S:
        raise Invalid(
            _("%(low)s to %(high)s must be at most %(days)s days, from the earlier to the later.")
            % {"low": start.isoformat(), "high": end.isoformat(), "days": LONGEST_WINDOW_S // 86_400},
            field="since",
        )
    return {"time_from": first, "time_to": last}
