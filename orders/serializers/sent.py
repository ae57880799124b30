"""Packages, labels, checkpoints and customs papers as the API shows them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from orders.models import CustomsDeclaration, Label, Package, PackageLine, TrackingEvent
from orders.services import moves


class PackageLineSerializer(serializers.ModelSerializer):
    class Meta:
        model = PackageLine
        fields = ["id", "line", "quantity"]


class TrackingEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = TrackingEvent
        fields = ["id", "package", "source", "at", "status", "platform_status", "text", "place"]


class LabelSerializer(serializers.ModelSerializer):
    class Meta:
        model = Label
        fields = [
            "status", "document_type", "tracking_number", "content_type", "sha256", "pages", "problem", "requested_at",
            "fetched_at", "printed_at",
        ]  # fmt: skip


class CustomsSerializer(serializers.ModelSerializer):
    class Meta:
        model = CustomsDeclaration
        fields = ["id", "number", "status", "lines", "value", "currency", "sender", "prepared_at"]


class PackageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Package
        fields = [
            "id", "order", "external_id", "status", "platform_status", "hold_reason", "purchase", "carrier_id",
            "carrier_name", "tracking_number", "tracking_status", "last_mile_carrier", "last_mile_number", "weight_g",
            "length_mm", "width_mm", "height_mm", "arrange_asked_at", "arranged_at", "told_at", "first_mile",
            "attempts", "ship_by", "expected_at", "problem", "is_gone", "shipped_at", "delivered_at", "created_at",
        ]  # fmt: skip


class FullPackageSerializer(PackageSerializer):
    lines = PackageLineSerializer(many=True, read_only=True)
    events = TrackingEventSerializer(many=True, read_only=True, help_text="Checkpoints, the oldest first")
    label = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="Null: none was asked for"
    )
    customs = serializers.SerializerMethodField(help_text="Null: no papers are prepared")
    possible = serializers.SerializerMethodField(help_text="States to which a person can bring it from here")

    class Meta(PackageSerializer.Meta):
        fields = [*PackageSerializer.Meta.fields, "way", "lines", "label", "customs", "events", "possible"]

    @extend_schema_field(LabelSerializer(allow_null=True))
    def get_label(self, package: Package) -> Any:
        label = getattr(package, "label", None)
        return LabelSerializer(label).data if label else None

    @extend_schema_field(CustomsSerializer(allow_null=True))
    def get_customs(self, package: Package) -> Any:
        customs = getattr(package, "customs", None)
        return CustomsSerializer(customs).data if customs else None

    def get_possible(self, package: Package) -> list[str]:
        return moves.possible(package)
