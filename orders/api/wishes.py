"""What callers may say of orders, checked for shape; whether it makes sense is for the services."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.apisite import Choice, Known, Strict, Text
from accounts.models import PlatformAccount
from catalog.api.selling_wishes import Records
from catalog.api.wishes import NO_SUCH_ACCOUNT, AccountWish
from catalog.models import Variant
from integrations.sold import Arrangement
from orders.models import CarrierRule, Order, OrderLine, Package, PurchaseOrder

MOST_AT_ONCE = 200  # rows a call: each is seen to while the caller waits
MOST_PAPERS = 1000
NO_SUCH_ORDER = _("There is no order with the id “{pk_value}”.")
NO_SUCH_LINE = _("There is no order line with the id “{pk_value}”.")
NO_SUCH_VARIANT = _("There is no variant with the id “{pk_value}”.")
NO_SUCH_PURCHASE = _("There is no purchase with the id “{pk_value}”.")
NO_SUCH_PACKAGE = _("There is no package with the id “{pk_value}”.")


class Amount(serializers.DecimalField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2, "min_value": 0} | options)


class Small(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 32_767} | options)


def _account(**options: Any) -> Known:
    return Known(queryset=PlatformAccount.objects.all(), no_such=NO_SUCH_ACCOUNT, **options)


def _reason(**options: Any) -> Text:
    return Text(max_length=500, **options)


# --- orders


class OrdersSyncWish(AccountWish):
    since = serializers.DateTimeField(
        required=False, default=None, allow_null=True, help_text="Left out: since they were read last"
    )


class OrdersWish(Strict):
    orders = Records(
        queryset=Order.objects.select_related("shop__account"), no_such=NO_SUCH_ORDER, max_length=MOST_AT_ONCE
    )


class ReasonWish(Strict):
    reason = _reason()


class ReleaseWish(Strict):
    reason = _reason(required=False, default="", allow_blank=True)


class CancelWish(Strict):
    reason = Text(max_length=100, help_text="A code of /api/v1/orders/<id>/cancel-reasons/")


class AnswerWish(Strict):
    accept = serializers.BooleanField(help_text="true: the order is cancelled as the buyer asks")


class MatchWish(Strict):
    line = Known(queryset=OrderLine.objects.select_related("order"), no_such=NO_SUCH_LINE)
    variant = Known(queryset=Variant.objects.select_related("product__account"), no_such=NO_SUCH_VARIANT)


# --- purchases and payments


class ApprovePurchaseWish(Strict):
    at_once = serializers.BooleanField(
        required=False, default=False, help_text="true: without waiting until the buyer can't cancel freely any more"
    )


class ApprovePurchasesWish(ApprovePurchaseWish):
    purchases = Records(
        queryset=PurchaseOrder.objects.select_related("account", "order"),
        no_such=NO_SUCH_PURCHASE,
        max_length=MOST_AT_ONCE,
    )


class PurchaseChange(Strict):
    route = Text(max_length=200, required=False, help_text="The carrier's name, as the supplier quotes it")
    warehouse_id = Text(max_length=64, required=False, allow_blank=True, help_text="Empty: the supplier chooses")
    label = Choice(PurchaseOrder.Label.choices, required=False)  # type: ignore[assignment]


class WarehouseWish(Strict):
    warehouse_id = Text(max_length=64)


class ApprovePaymentWish(Strict):
    amount = Amount(help_text="The amount that you have seen: refused if the bill asks for another one")


# --- packages


class PackagesWish(Strict):
    packages = Records(
        queryset=Package.objects.select_related("order__shop__account", "purchase"),
        no_such=NO_SUCH_PACKAGE,
        max_length=MOST_AT_ONCE,
    )


class PapersWish(Strict):
    packages = Records(queryset=Package.objects.all(), no_such=NO_SUCH_PACKAGE, max_length=MOST_PAPERS)


class HandoverWish(Strict):
    """How a parcel is handed over; left out: as the marketplace's defaults say."""

    kind = Choice([("pickup", "pickup"), ("dropoff", "dropoff"), ("own", "own")])
    place_id = Text(max_length=64, required=False, default="", allow_blank=True)
    slot_id = Text(max_length=64, required=False, default="", allow_blank=True)
    branch_id = Text(max_length=64, required=False, default="", allow_blank=True)
    sender_name = Text(max_length=200, required=False, default="", allow_blank=True)
    tracking_number = Text(max_length=100, required=False, default="", allow_blank=True)
    carrier_code = Text(max_length=64, required=False, default="", allow_blank=True)


class ArrangeWish(Strict):
    how = HandoverWish(required=False, default=None, allow_null=True)

    def validate_how(self, how: dict[str, Any] | None) -> Arrangement | None:
        """Return it in the words of the service."""
        return Arrangement(**how) if how else None


class ArrangeManyWish(PackagesWish, ArrangeWish):
    """Packages, and how all of them are handed over."""


class SplitWish(Strict):
    parts = serializers.ListField(
        child=serializers.DictField(child=serializers.IntegerField(min_value=1, max_value=1_000_000)),
        required=False,
        default=None,
        allow_null=True,
        max_length=50,
        help_text="For each package, the external ids of the order's lines and how many pieces travel in it. "
        "Left out: one package for each purchase",
    )


class UploadWish(Strict):
    carrier = Text(
        max_length=100,
        required=False,
        default="",
        allow_blank=True,
        help_text="Whose label it is, in the words of the warehouse's list; left out: found by its name",
    )


class MeasureWish(Strict):
    weight_g = Amount(required=False, max_digits=12)
    length_mm = Amount(required=False, max_digits=12)
    width_mm = Amount(required=False, max_digits=12)
    height_mm = Amount(required=False, max_digits=12)


# --- rules


def _countries() -> serializers.ListField:
    return serializers.ListField(
        child=Text(max_length=2), required=False, max_length=250, help_text="Two letters each; empty: all"
    )


def _carriers(text: str) -> serializers.ListField:
    return serializers.ListField(child=Text(max_length=200), required=False, max_length=200, help_text=text)


class CarrierRuleChange(Strict):
    name = Text(max_length=100)
    position = Small(required=False, help_text="The first rule that fits decides")
    is_active = serializers.BooleanField(required=False)
    account = _account(required=False, allow_null=True, help_text="Sold by; null: all")
    countries = _countries()
    heaviest_g = Amount(required=False, allow_null=True, max_digits=12)
    dearest = Amount(required=False, allow_null=True, help_text="Orders up to, in USD")
    label = Choice(CarrierRule.Label.choices, required=False)  # type: ignore[assignment]
    prefer = Choice(CarrierRule.Prefer.choices, required=False)
    names = _carriers("Only these carriers; empty: all")
    never = _carriers("Never these carriers")
    most_days = Small(required=False, allow_null=True)
    from_countries = _countries()
    ioss_kind = Small(required=False, allow_null=True, help_text="1: none; 2: your own number; 3: the supplier's")
    ioss_number = Text(max_length=20, required=False, allow_blank=True)


class BuyRuleChange(Strict):
    is_active = serializers.BooleanField(required=False, help_text="false: a person approves everything")
    most_per_order = Amount(required=False, allow_null=True, help_text="USD; null: no such limit")
    most_per_payment = Amount(required=False, allow_null=True)
    most_per_day = Amount(required=False, allow_null=True)
    least_margin_percent = Amount(required=False, allow_null=True, max_digits=5, min_value=None)
    dearer_percent = Amount(required=False, max_digits=5, help_text="How much more than planned it may cost")
    two_people_over = Amount(required=False, allow_null=True, help_text="Payments over this need two people")
    keep_balance = Amount(required=False, allow_null=True, help_text="What stays in the balance")
    wait_minutes = serializers.IntegerField(required=False, min_value=0, max_value=100_000)
    together = Small(required=False, help_text="Purchases in one payment")


class BuyRuleWish(BuyRuleChange):
    account = _account()
