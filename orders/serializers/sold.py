"""Orders and their lines as the API shows them, and what became of wishes about them."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import Order, OrderLine, StatusChange
from orders.services import addresses, moves
from orders.services.planning import Planned
from orders.services.queues import Step

from .bought import FullPurchaseSerializer, MoneyField
from .sent import FullPackageSerializer


class OrderLineSerializer(serializers.ModelSerializer):
    wanted = serializers.IntegerField(read_only=True, help_text="How many are still to be sent")

    class Meta:
        model = OrderLine
        fields = [
            "id", "order", "external_id", "item_id", "model_id", "sku", "name", "variant_name", "image_url",
            "quantity", "cancelled", "returned", "wanted", "price", "list_price", "weight_g", "bundle_id", "variant",
        ]  # fmt: skip


class StatusChangeSerializer(serializers.ModelSerializer):
    class Meta:
        model = StatusChange
        fields = ["id", "machine", "record_id", "old", "new", "why", "by", "at"]


class OrderMoneySerializer(serializers.Serializer):
    """What the buyer pays, and what the plan reckons in USD. Null: not known."""

    currency = serializers.CharField()
    total = MoneyField()
    shipping_fee = MoneyField()
    revenue_usd = MoneyField(help_text="The goods' price, without the freight that the buyer pays")
    fee_usd = serializers.SerializerMethodField(help_text="What the marketplace keeps")
    cost_usd = MoneyField(help_text="Goods and freight")
    margin_usd = MoneyField()

    @extend_schema_field(serializers.DecimalField(max_digits=14, decimal_places=2, allow_null=True))
    def get_fee_usd(self, order: Order) -> str | None:
        if order.revenue_usd is None or order.cost_usd is None or order.margin_usd is None:
            return None
        return str(Decimal(order.revenue_usd - order.cost_usd - order.margin_usd))


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = [
            "id", "shop", "external_id", "status", "stage", "platform_status", "hold_reason", "problem", "buyer_name",
            "country_code", "currency", "total", "margin_usd", "ships", "is_split", "cancel_requested_at",
            "plan_state", "plan_problem", "ordered_at", "paid_at", "ship_by", "changed_at", "seen_at", "shipped_at",
            "delivered_at", "created_at",
        ]  # fmt: skip


class FullOrderSerializer(OrderSerializer):
    """An order with all that belongs to it: its lines, what is bought for it, what it travels in, its past."""

    money = OrderMoneySerializer(source="*")
    address_findings = serializers.SerializerMethodField(help_text="What is wrong with the address, in words")
    lines = OrderLineSerializer(many=True, read_only=True)
    purchases = FullPurchaseSerializer(many=True, read_only=True)
    packages = FullPackageSerializer(many=True, read_only=True, help_text="With labels and checkpoints")
    history = serializers.SerializerMethodField(
        help_text="Every step of the order, its purchases, packages and customs papers, the newest first"
    )
    possible = serializers.SerializerMethodField(help_text="States to which a person can bring it from here")

    class Meta(OrderSerializer.Meta):
        fields = [
            *OrderSerializer.Meta.fields, "buyer_id", "message", "note", "address", "address_findings", "tax_id",
            "cash_on_delivery", "cancelled_by", "cancel_reason", "planned_at", "money", "lines", "purchases",
            "packages", "history", "possible",
        ]  # fmt: skip

    def get_address_findings(self, order: Order) -> list[str]:
        return addresses.check(order.address, tax_id=order.tax_id)

    @extend_schema_field(StatusChangeSerializer(many=True))
    def get_history(self, order: Order) -> Any:
        return StatusChangeSerializer(moves.history_of(order), many=True).data

    def get_possible(self, order: Order) -> list[str]:
        return moves.possible(order)


class QueueSerializer(serializers.Serializer):
    """One kind of work, and how many orders wait for it."""

    name = serializers.CharField(help_text="For the parameter `queue`")
    label = serializers.CharField()  # type: ignore[assignment]
    orders = serializers.IntegerField()


class NextStepSerializer(serializers.Serializer):
    """What a person has to do next."""

    name = serializers.CharField(help_text="A word for programs; `none`: nothing")
    text = serializers.CharField()
    record = serializers.SerializerMethodField(help_text="On what: order, purchase, payment or package; empty: none")
    record_id = serializers.SerializerMethodField()

    def get_record(self, step: Step) -> str:
        kinds = {"purchaseorder": "purchase", None: ""}
        name = step.on._meta.model_name if step.on else None
        return kinds.get(name, name or "")

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_record_id(self, step: Step) -> int | None:
        return step.on.pk if step.on else None


class PlannedSerializer(serializers.Serializer):
    """What became of one order."""

    order = serializers.SerializerMethodField()
    outcome = serializers.CharField(
        help_text="planned; waiting: a quote is asked for; stuck: a person has to help; skipped: none to be planned"
    )
    purchases = serializers.SerializerMethodField(help_text="Their ids")
    reasons = serializers.ListField(child=serializers.CharField())

    def get_order(self, planned: Planned) -> int:
        return planned.order.pk

    def get_purchases(self, planned: Planned) -> list[int]:
        return [purchase.pk for purchase in planned.purchases]


class CancelReasonSerializer(serializers.Serializer):
    code = serializers.CharField()
    text = serializers.CharField()


class MatchedSerializer(serializers.Serializer):
    """The lines that have the variant now, of this order and of others of the account."""

    lines = OrderLineSerializer(many=True)


class RefusedRow(serializers.Serializer):
    id = serializers.IntegerField()
    message = serializers.CharField()


class TableSerializer(serializers.Serializer):
    """What became of each row, and the jobs that do the slow part: /api/v1/jobs/<id>/."""

    taken = serializers.SerializerMethodField(help_text="Ids of the rows that were taken")
    refused = serializers.SerializerMethodField(help_text="Ids of the others, and why")
    jobs = serializers.SerializerMethodField()

    def get_taken(self, table: Any) -> list[int]:
        return [row.pk for row in table.taken]

    @extend_schema_field(RefusedRow(many=True))
    def get_refused(self, table: Any) -> list[dict[str, Any]]:
        return [{"id": row.pk, "message": str(reason)} for row, reason in table.refused]

    def get_jobs(self, table: Any) -> list[int]:
        return [job.pk for job in table.jobs]


class MessageSerializer(serializers.Serializer):
    """A prepared text; a person sends it."""

    language = serializers.CharField()
    text = serializers.CharField()
