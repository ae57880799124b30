"""Filters of what was sold, bought and sent, as in the console."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from accounts.filters import NO_SUCH_ACCOUNT, Country, Exactly, KnownId, Moment, OneOf, YesNo
from accounts.models import PlatformAccount, Shop
from catalog.filters.selling import NO_SUCH_SHOP
from orders.models import (
    CarrierRule,
    Order,
    OrderLine,
    Package,
    Payment,
    PurchaseOrder,
)
from orders.services import attention, queues

NO_SUCH_ORDER = _("There is no order with the id “%(value)s”.")
NO_SUCH_PAYMENT = _("There is no payment with the id “%(value)s”.")
NO_SUCH_PURCHASE = _("There is no purchase with the id “%(value)s”.")


def _account(**options: str) -> KnownId:
    return KnownId(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT, **options)


def _shop(**options: str) -> KnownId:
    return KnownId(queryset=Shop.objects.all(), no_such=NO_SUCH_SHOP, **options)


def _order() -> KnownId:
    return KnownId(queryset=Order.objects.all(), no_such=NO_SUCH_ORDER)


def _queues(model: type) -> list[tuple[str, Any]]:
    """Return the queues of which this kind of record is what waits."""
    return [(name, queue.label) for name, queue in attention.QUEUES.items() if queue.rows().model is model]


class _Queued(filters.FilterSet):
    """Filters with the queue in which a record waits."""

    def waiting(self, rows: QuerySet[Any], _name: str, queue: str) -> QuerySet[Any]:
        """Keep what waits in a queue."""
        return rows.filter(pk__in=attention.QUEUES[queue].rows().order_by().values("pk"))


class OrderFilters(filters.FilterSet):
    account = _account(field_name="shop__account")
    shop = _shop()
    status = OneOf(choices=Order.Status.choices)
    queue = OneOf(
        choices=[(name, queue.label) for name, queue in attention.QUEUES.items()],
        method="waiting",
        help_text="Orders that wait for this, or of which a purchase, payment or package does",
    )
    number = Exactly(max_length=64, field_name="external_id", help_text="The marketplace's order number")
    search = Exactly(
        max_length=100, method="matching", help_text="An order number, SKU, tracking number or number of a purchase"
    )
    country = Country(field_name="country_code", lookup_expr="iexact")
    ordered_after = Moment(field_name="ordered_at", lookup_expr="gte")
    ordered_before = Moment(field_name="ordered_at", lookup_expr="lt")
    late = YesNo(method="being_late", help_text="Whether its time to be sent is over and it is not sent")

    def waiting(self, rows: QuerySet[Order], _name: str, queue: str) -> QuerySet[Order]:
        """Keep orders that hold something of a queue."""
        return rows.filter(pk__in=queues.orders_in(queue).order_by().values("pk"))

    def being_late(self, rows: QuerySet[Order], _name: str, wanted: bool) -> QuerySet[Order]:
        """Keep the orders that are late, or those that are not."""
        late = Q(pk__in=attention.QUEUES["late"].rows().order_by().values("pk"))
        return rows.filter(late if wanted else ~late)

    def matching(self, rows: QuerySet[Order], _name: str, text: str) -> QuerySet[Order]:
        """Look for a number or a SKU, exactly."""
        lines = OrderLine.objects.filter(order=OuterRef("pk"), sku=text)
        parcels = Package.objects.filter(order=OuterRef("pk")).filter(Q(tracking_number=text) | Q(external_id=text))
        bought = PurchaseOrder.objects.filter(order=OuterRef("pk"))
        bought = bought.filter(Q(reference=text) | Q(external_id=text) | Q(tracking_number=text))
        return rows.filter(Q(external_id=text) | Exists(lines) | Exists(parcels) | Exists(bought))


class PurchaseFilters(_Queued):
    account = _account()
    order = _order()
    payment = KnownId(queryset=Payment.objects.all(), no_such=NO_SUCH_PAYMENT)
    status = OneOf(choices=PurchaseOrder.Status.choices)
    queue = OneOf(choices=_queues(PurchaseOrder), method="waiting")
    reference = Exactly(max_length=50, help_text="Our number")
    external_id = Exactly(max_length=64, help_text="The supplier's number")
    needs_person = YesNo()


class PaymentFilters(_Queued):
    account = _account()
    status = OneOf(choices=Payment.Status.choices)
    queue = OneOf(choices=_queues(Payment), method="waiting")
    needs_person = YesNo()


class PackageFilters(_Queued):
    shop = _shop(field_name="order__shop")
    order = _order()
    purchase = KnownId(queryset=PurchaseOrder.objects.all(), no_such=NO_SUCH_PURCHASE)
    status = OneOf(choices=Package.Status.choices)
    queue = OneOf(choices=_queues(Package), method="waiting")
    number = Exactly(max_length=64, field_name="external_id", help_text="The marketplace's package number")
    tracking_number = Exactly(max_length=100)
    is_gone = YesNo(help_text="Whether another split took its place")


class CarrierRuleFilters(filters.FilterSet):
    account = _account()
    is_active = YesNo()
    label = OneOf(choices=CarrierRule.Label.choices)


class OfAccountFilters(filters.FilterSet):
    account = _account()
