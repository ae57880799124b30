"""Rules of sending as the API shows them."""

from rest_framework import serializers

from orders.models import CarrierRule


class CarrierRuleSerializer(serializers.ModelSerializer):
    class Meta:
        model = CarrierRule
        fields = [
            "id", "name", "position", "is_active", "account", "countries", "heaviest_g", "dearest", "label", "prefer",
            "names", "never", "most_days", "from_countries", "ioss_kind", "ioss_number",
        ]  # fmt: skip
