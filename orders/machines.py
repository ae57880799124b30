"""The state machines of what is sold, bought and sent: one table each, the only truth (design.md §5, seed 004).

The console's buttons, the services, the tests and the pictures in docs/states.md are all made from these tables.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class OrderStatus(TextChoices):
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    ON_HOLD = "on_hold", _("On hold")
    APPROVED = "approved", _("Approved")
    PICKING = "picking", _("Picking")
    PACKING = "packing", _("Packing")
    READY_TO_SHIP = "ready_to_ship", _("Ready to ship")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    COMPLETED = "completed", _("Completed")
    CANCELLED = "cancelled", _("Cancelled")
    REJECTED = "rejected", _("Rejected")


class PackageStatus(TextChoices):
    CREATED = "created", _("Created")
    PROCESSING = "processing", _("Processing")
    ON_HOLD = "on_hold", _("On hold")
    READY_FOR_PICKUP = "ready_for_pickup", _("Ready for pickup")
    PICKED_UP = "picked_up", _("Picked up")
    IN_TRANSIT = "in_transit", _("In transit")
    OUT_FOR_DELIVERY = "out_for_delivery", _("Out for delivery")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Delivery failed")
    CANCELLED = "cancelled", _("Cancelled")


class PurchaseStatus(TextChoices):
    PLANNED = "planned", _("Planned")
    APPROVED = "approved", _("Approved")
    SENT = "sent", _("Sent")
    CARTED = "carted", _("In the cart")
    CONFIRMED = "confirmed", _("Confirmed")
    AWAITING_PAYMENT = "awaiting_payment", _("Awaiting payment")
    PAID = "paid", _("Paid")
    SHIPPED = "shipped", _("Shipped")
    DELIVERED = "delivered", _("Delivered")
    CANCELLED = "cancelled", _("Cancelled")
    UNKNOWN = "unknown", _("Must be looked up")


class CustomsStatus(TextChoices):
    PREPARED = "prepared", _("Papers prepared")
    DECLARED = "declared", _("Declared")
    UNDER_REVIEW = "under_review", _("Under review")
    CLEARED = "cleared", _("Cleared")
    IN_DESTINATION = "in_destination", _("In destination")
    IMPORTED = "imported", _("Imported")


@dataclass(frozen=True, slots=True)
class Machine:
    """States, what may follow each, and what asks for a reason."""

    name: str
    states: type[TextChoices]
    first: str
    steps: Mapping[str, frozenset[str]]
    reasoned: frozenset[str] = field(default_factory=frozenset)  # states that are entered with a reason only
    by_platform: frozenset[str] = field(default_factory=frozenset)  # a platform says so: no button leads there

    def may(self, old: str, new: str) -> bool:
        """Tell whether `new` may follow `old`."""
        return new in self.steps.get(old, frozenset())

    def after(self, old: str) -> list[str]:
        """Return what may follow, in the order of the states."""
        return [state for state in self.states.values if state in self.steps.get(old, frozenset())]

    def is_final(self, state: str) -> bool:
        """Tell whether nothing follows a state."""
        return not self.steps.get(state)

    def path(self, old: str, new: str) -> list[str]:
        """Return the shortest way from one state to another, without the first; empty where there is none."""
        ways, seen = [[old]], {old}
        while ways:
            way = ways.pop(0)
            for state in self.after(way[-1]):
                if state == new:
                    return [*way[1:], new]
                if state not in seen and state not in self.reasoned:
                    seen.add(state)
                    ways.append([*way, state])
        return []


def _steps(table: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    return {old: frozenset(new) for old, new in table.items()}


_O, _P, _B, _C = OrderStatus, PackageStatus, PurchaseStatus, CustomsStatus
_OFF = (_O.CANCELLED, _O.REJECTED)

ORDER = Machine(
    "order",
    OrderStatus,
    _O.PENDING,
    _steps(
        {
            _O.PENDING: (_O.PROCESSING, _O.ON_HOLD, *_OFF),
            _O.PROCESSING: (_O.APPROVED, _O.ON_HOLD, *_OFF),
            _O.ON_HOLD: (_O.PROCESSING, *_OFF),
            _O.APPROVED: (_O.PICKING, *_OFF),
            _O.PICKING: (_O.PACKING, *_OFF),
            _O.PACKING: (_O.READY_TO_SHIP, *_OFF),
            _O.READY_TO_SHIP: (_O.SHIPPED, *_OFF),
            _O.SHIPPED: (_O.DELIVERED,),
            _O.DELIVERED: (_O.COMPLETED,),
        }
    ),
    reasoned=frozenset({_O.ON_HOLD, *_OFF}),
    by_platform=frozenset({_O.SHIPPED, _O.DELIVERED, _O.COMPLETED}),
)

PACKAGE = Machine(
    "package",
    PackageStatus,
    _P.CREATED,
    _steps(
        {
            _P.CREATED: (_P.PROCESSING, _P.CANCELLED),
            _P.PROCESSING: (_P.ON_HOLD, _P.READY_FOR_PICKUP, _P.CANCELLED),
            _P.ON_HOLD: (_P.PROCESSING, _P.CANCELLED),
            _P.READY_FOR_PICKUP: (_P.PICKED_UP, _P.FAILED, _P.CANCELLED),
            _P.PICKED_UP: (_P.IN_TRANSIT, _P.DELIVERED, _P.FAILED),
            _P.IN_TRANSIT: (_P.OUT_FOR_DELIVERY, _P.FAILED),
            _P.OUT_FOR_DELIVERY: (_P.DELIVERED, _P.FAILED),
        }
    ),
    reasoned=frozenset({_P.ON_HOLD, _P.FAILED, _P.CANCELLED}),
    by_platform=frozenset({_P.PICKED_UP, _P.IN_TRANSIT, _P.OUT_FOR_DELIVERY, _P.DELIVERED, _P.FAILED}),
)

_BUYING = (_B.SENT, _B.CARTED, _B.CONFIRMED, _B.AWAITING_PAYMENT)
PURCHASE = Machine(
    "purchase",
    PurchaseStatus,
    _B.PLANNED,
    _steps(
        {
            _B.PLANNED: (_B.APPROVED, _B.CANCELLED),
            _B.APPROVED: (_B.SENT, _B.UNKNOWN, _B.PLANNED, _B.CANCELLED),
            _B.SENT: (_B.CARTED, _B.UNKNOWN, _B.CANCELLED),
            _B.CARTED: (_B.CONFIRMED, _B.UNKNOWN, _B.CANCELLED),
            _B.CONFIRMED: (_B.AWAITING_PAYMENT, _B.UNKNOWN, _B.CANCELLED),
            _B.AWAITING_PAYMENT: (_B.PAID, _B.UNKNOWN, _B.CANCELLED),
            # What is there is found out by looking: it leads to whatever is true.
            _B.UNKNOWN: (_B.APPROVED, *_BUYING, _B.PAID, _B.SHIPPED, _B.DELIVERED, _B.CANCELLED),
            _B.PAID: (_B.SHIPPED, _B.CANCELLED),
            _B.SHIPPED: (_B.DELIVERED,),
        }
    ),
    reasoned=frozenset({_B.CANCELLED, _B.UNKNOWN}),
    by_platform=frozenset({*_BUYING, _B.PAID, _B.SHIPPED, _B.DELIVERED}),
)

CUSTOMS = Machine(
    "customs",
    CustomsStatus,
    _C.PREPARED,
    _steps(
        {
            _C.PREPARED: (_C.DECLARED,),
            _C.DECLARED: (_C.UNDER_REVIEW, _C.CLEARED),
            _C.UNDER_REVIEW: (_C.DECLARED,),
            _C.CLEARED: (_C.IN_DESTINATION,),
            _C.IN_DESTINATION: (_C.IMPORTED,),
        }
    ),
)

MACHINES = {machine.name: machine for machine in (ORDER, PACKAGE, PURCHASE, CUSTOMS)}
