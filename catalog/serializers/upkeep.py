"""What is kept in line, as the API shows it: found listings, differences, field switches, what a push would send."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Adoption, Drift, FieldSync
from catalog.services.selling.differing import Difference

MOST_SHOWN = 1000  # differences in one answer


class FoundListingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Adoption
        fields = [
            "id", "account", "shop", "external_id", "name", "sku", "variant_skus", "status", "reason", "candidates",
            "global_listing", "decided_by", "found_at",
        ]  # fmt: skip


class DriftSerializer(serializers.ModelSerializer):
    class Meta:
        model = Drift
        fields = ["id", "global_listing", "listing", "field", "ours", "theirs", "found_at"]


class FieldSwitchesSerializer(serializers.ModelSerializer):
    class Meta:
        model = FieldSync
        fields = ["id", "shop", "texts", "media", "options", "price", "days_to_ship", "sent_at", "problem"]


class UnsentSerializer(serializers.Serializer):
    """One price or stock that is not at the platform as it should be."""

    what = serializers.CharField(help_text="`prices` or `stock`")
    global_listing = serializers.IntegerField(source="global_listing.pk")
    listing = serializers.IntegerField(
        source="listing.pk", default=None, allow_null=True, help_text="Null: it is the global product's"
    )
    sku = serializers.CharField(source="variant.sku")
    place = serializers.CharField(help_text="The platform's id of the place; of stock")
    ours = serializers.DecimalField(max_digits=None, decimal_places=None)
    theirs = serializers.DecimalField(
        max_digits=None, decimal_places=None, allow_null=True, help_text="Null: not known"
    )
    currency = serializers.CharField(help_text="Of prices")


class UnsentAnswer(serializers.Serializer):
    """What a push would send now; `total` counts all of it, `differences` shows the first thousand."""

    total = serializers.SerializerMethodField()
    differences = serializers.SerializerMethodField()

    def get_total(self, found: list[Difference]) -> int:
        return len(found)

    @extend_schema_field(UnsentSerializer(many=True))
    def get_differences(self, found: list[Difference]) -> Any:
        return UnsentSerializer(found[:MOST_SHOWN], many=True).data
