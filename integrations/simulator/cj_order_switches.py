"""What control can set about CJ's orders: how strict CJ is, how fast it works, what befalls the next orders."""

from dataclasses import dataclass, field
from typing import Any

DAY = 86_400


@dataclass(slots=True)
class Switches:
    """Set by ``POST /_control/change`` as ``switches``; a fresh world has these."""

    confirm_again: str = "same"  # addCartConfirm of confirmed orders: the same shipment again, or refused
    list_default: str = "bare"  # order/list means CANCELLED without any filter, or whenever status is absent
    pay_twice: bool = False  # a payment asked for again is charged again
    freight: str = "ok"  # ok, down (1607004), empty (no carrier at all)
    freight_percent: int = 100
    pay_window_s: int = DAY
    unpaid_s: int = 15 * DAY
    dispatch_s: int | None = None  # None: by the product
    label_dispatch_s: int = DAY
    exceptions_every: int = 0  # each n-th parcel fails once before it is delivered; 0: none


@dataclass(slots=True)
class NextOrders:
    """What befalls orders that are not created yet."""

    times: int
    order_number: str = ""
    intercept: list[dict[str, Any]] = field(default_factory=list)
    unmatched: bool = False
    logistics_miss: bool = False


def take_next(waiting: list[NextOrders], order_number: str) -> NextOrders | None:
    """Return what befalls the order that is created now, and count it down."""
    for one in waiting:
        if one.order_number in ("", order_number):
            one.times -= 1
            if one.times <= 0:
                waiting.remove(one)
            return one
    return None
