"""Purchases, payments, balances and their rules as the API shows them; money as text, in USD."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import (
    BuyRule,
    Payment,
    PaymentApproval,
    PurchaseAlias,
    PurchaseLine,
    PurchaseOrder,
    SupplierBalance,
)
from orders.services import approving, moves
from orders.services.balances import Forecast


class MoneyField(serializers.DecimalField):
    def __init__(self, **options: object) -> None:
        super().__init__(max_digits=14, decimal_places=2, allow_null=True, read_only=True, **options)  # type: ignore[arg-type]


class PurchaseLineSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="variant.sku")

    class Meta:
        model = PurchaseLine
        fields = ["id", "line", "variant", "sku", "quantity", "unit_cost"]


class PurchaseAliasSerializer(serializers.ModelSerializer):
    class Meta:
        model = PurchaseAlias
        fields = ["kind", "value", "seen_at"]


class PurchaseSerializer(serializers.ModelSerializer):
    class Meta:
        model = PurchaseOrder
        fields = [
            "id", "order", "account", "reference", "status", "platform_status", "external_id", "is_temporary",
            "payment", "label", "from_country", "warehouse_id", "route", "days_low", "days_high", "planned_goods",
            "planned_freight", "amount", "problem", "needs_person", "approved_by", "buy_after", "tracking_number",
            "tracking_url", "told_at", "paid_at", "shipped_at", "delivered_at", "gone_at", "seen_at", "created_at",
        ]  # fmt: skip


class FullPurchaseSerializer(PurchaseSerializer):
    lines = PurchaseLineSerializer(many=True, read_only=True)
    aliases = PurchaseAliasSerializer(many=True, read_only=True, help_text="The names by which the supplier knows it")
    possible = serializers.SerializerMethodField(help_text="States to which a person can bring it from here")

    class Meta(PurchaseSerializer.Meta):
        fields = [
            *PurchaseSerializer.Meta.fields, "declared_value", "ioss_kind", "ioss_number", "tax_id", "label_carrier",
            "reasons", "lines", "aliases", "possible",
        ]  # fmt: skip

    def get_possible(self, purchase: PurchaseOrder) -> list[str]:
        return moves.possible(purchase)


class ApprovalSerializer(serializers.ModelSerializer):
    class Meta:
        model = PaymentApproval
        fields = ["id", "amount", "by", "rule", "at"]


class PaymentSerializer(serializers.ModelSerializer):
    class Meta:
        model = Payment
        fields = [
            "id", "account", "status", "batch_id", "payment_id", "amount", "expected", "currency", "expires_at",
            "balance_before", "balance_after", "problem", "needs_person", "paid_at", "created_at",
        ]  # fmt: skip


class FullPaymentSerializer(PaymentSerializer):
    purchases = PurchaseSerializer(many=True, read_only=True)
    approvals = ApprovalSerializer(many=True, read_only=True)
    people_needed = serializers.SerializerMethodField(help_text="How many have to approve it where no rule does")

    class Meta(PaymentSerializer.Meta):
        fields = [*PaymentSerializer.Meta.fields, "amounts", "people_needed", "approvals", "purchases"]

    def get_people_needed(self, payment: Payment) -> int:
        return approving.people_needed(payment)


class BuyRuleSerializer(serializers.ModelSerializer):
    class Meta:
        model = BuyRule
        fields = [
            "id", "account", "is_active", "most_per_order", "most_per_payment", "most_per_day",
            "least_margin_percent", "dearer_percent", "two_people_over", "keep_balance", "wait_minutes", "together",
        ]  # fmt: skip


class BalanceForecastSerializer(serializers.Serializer):
    """An account's balance, as it was read last, held against what is open."""

    balance = MoneyField(help_text="Null: never read")
    read_at = serializers.DateTimeField(allow_null=True)
    planned = MoneyField(help_text="Waits for an approval")
    approved = MoneyField(help_text="Will be placed")
    placed = MoneyField(help_text="Is at the supplier and not paid, with `billed` among it")
    billed = MoneyField()
    left = MoneyField(help_text="When all that is approved or placed is paid")
    short = MoneyField(help_text="What has to be topped up for that")


class BalanceSerializer(serializers.ModelSerializer):
    class Meta:
        model = SupplierBalance
        fields = ["id", "account", "amount", "frozen", "bonus", "read_at"]


class FullBalanceSerializer(BalanceSerializer):
    forecast = serializers.SerializerMethodField()

    class Meta(BalanceSerializer.Meta):
        fields = [*BalanceSerializer.Meta.fields, "forecast"]

    @extend_schema_field(BalanceForecastSerializer)
    def get_forecast(self, balance: SupplierBalance) -> object:
        from orders.services import balances

        told: Forecast = balances.forecast(balance.account)
        return BalanceForecastSerializer(told).data
