"""By what rules is sold, as the API shows it: categories, what they ask, brands, rates and price rules."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.models import Brand, Category, CategoryMapping, CategorySpec, ExchangeRate, PriceRule
from catalog.services.selling import specs
from integrations.channels import Choice

# --- categories


class ShortCategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "external_id", "name", "path", "is_leaf"]


class CategoryMappingSerializer(serializers.ModelSerializer):
    class Meta:
        model = CategoryMapping
        fields = [
            "id", "account", "source", "target", "brand_id", "brand_name", "attributes", "days_to_ship", "updated_at",
        ]  # fmt: skip


class SuggestionSerializer(serializers.Serializer):
    category = ShortCategorySerializer()
    reason = serializers.CharField(help_text="`mapped`, `history` (so many `times` before) or `recommended`")
    times = serializers.IntegerField()


class CoverageSerializer(serializers.Serializer):
    """A supplier's category in which products of ours stand, and where they go."""

    source = ShortCategorySerializer()  # type: ignore[assignment]
    products = serializers.IntegerField()
    mapping = serializers.IntegerField(source="mapping.pk", default=None, allow_null=True, help_text="Null: not mapped")


class SpanSerializer(serializers.Serializer):
    """A limit, ends included; null: open."""

    low = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)
    high = serializers.DecimalField(max_digits=None, decimal_places=None, allow_null=True)


class CategoryChoiceSerializer(serializers.Serializer):
    """A value to choose; one that is chosen may ask more."""

    external_id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    unit = serializers.CharField()
    opens = serializers.SerializerMethodField(help_text="Fields that are asked where this is chosen")

    @extend_schema_field({"type": "array", "items": {"$ref": "#/components/schemas/CategoryField"}})
    def get_opens(self, choice: Choice) -> Any:
        return CategoryFieldSerializer(choice.opens, many=True).data


class CategoryFieldSerializer(serializers.Serializer):
    """One attribute that a category asks."""

    external_id = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    kind = serializers.CharField(help_text="choice, text, integer, decimal or date")
    required = serializers.BooleanField()  # type: ignore[assignment]
    required_in = serializers.ListField(child=serializers.CharField(), help_text="Markets in which it is required")
    choices = CategoryChoiceSerializer(many=True)
    own_values = serializers.BooleanField(help_text="Values beside the choices are taken")
    searchable = serializers.BooleanField(help_text="More choices: /api/v1/category-rules/values/")
    most = serializers.IntegerField(help_text="Values")
    units = serializers.ListField(child=serializers.CharField())
    date_format = serializers.CharField(help_text="`day` DD/MM/YYYY or `month` MM/YYYY")
    help_text = serializers.CharField()  # type: ignore[assignment]


class LimitsSerializer(serializers.Serializer):
    """What a category allows; measures of texts are in characters."""

    price = SpanSerializer()
    currency = serializers.CharField(help_text="Of the price")
    stock = SpanSerializer()
    name_length = SpanSerializer()
    description_length = SpanSerializer()
    image_count = SpanSerializer()
    axis_name_length = SpanSerializer()
    option_length = SpanSerializer()
    wide_character = serializers.DecimalField(
        max_digits=None, decimal_places=None, help_text="Characters that a Chinese, Japanese or Korean one takes"
    )
    days_to_ship = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField()), help_text="Ranges of days, ends included"
    )
    weight_required = serializers.BooleanField()
    dimensions_required = serializers.BooleanField()
    size_chart_required = serializers.BooleanField(help_text="And none can be chosen: it can't be published from here")
    brand_required = serializers.BooleanField()
    own_brand = serializers.BooleanField(help_text="A brand's name may be written freely")
    most_variants = serializers.IntegerField()
    most_axes = serializers.IntegerField()
    longest_sku = serializers.IntegerField()
    price_ratio = serializers.DictField(
        child=serializers.DecimalField(max_digits=None, decimal_places=None),
        help_text="Dearest ÷ cheapest variant at most; by market, empty: global",
    )
    image_formats = serializers.ListField(child=serializers.CharField())
    image_bytes = serializers.IntegerField()
    pure_language = serializers.BooleanField(help_text="Texts in Chinese only, or in English and digits only")
    minimum_images = serializers.DictField(child=serializers.IntegerField(), help_text="By market")
    closed_in = serializers.ListField(child=serializers.CharField(), help_text="Markets where it is closed")
    name_length_in = serializers.DictField(child=SpanSerializer(), help_text="Of a name there; by market")
    not_chinese_in = serializers.ListField(
        child=serializers.CharField(), help_text="Markets whose own texts are in another language"
    )


class CategoryRulesSerializer(serializers.ModelSerializer):
    is_old = serializers.SerializerMethodField(help_text="They should be read again")

    class Meta:
        model = CategorySpec
        fields = ["id", "account", "category", "read_at", "brands_read_at", "is_old"]

    def get_is_old(self, spec: CategorySpec) -> bool:
        return specs.is_old(spec)


class FullCategoryRulesSerializer(CategoryRulesSerializer):
    fields_asked = serializers.SerializerMethodField(help_text="Attributes")
    limits = serializers.SerializerMethodField()

    class Meta(CategoryRulesSerializer.Meta):
        fields = [*CategoryRulesSerializer.Meta.fields, "fields_asked", "limits"]

    @extend_schema_field(CategoryFieldSerializer(many=True))
    def get_fields_asked(self, spec: CategorySpec) -> Any:
        return CategoryFieldSerializer(specs.rules_of(spec).fields, many=True).data

    @extend_schema_field(LimitsSerializer)
    def get_limits(self, spec: CategorySpec) -> Any:
        return LimitsSerializer(specs.rules_of(spec)).data


class BrandSerializer(serializers.ModelSerializer):
    class Meta:
        model = Brand
        fields = ["id", "account", "category", "external_id", "name"]


# --- prices


class ExchangeRateSerializer(serializers.ModelSerializer):
    class Meta:
        model = ExchangeRate
        fields = ["id", "base", "quote", "rate", "source", "set_at"]


class PriceRuleSerializer(serializers.ModelSerializer):
    class Meta:
        model = PriceRule
        fields = [
            "id", "name", "account", "shop", "margin_percent", "fee_percent", "freight", "minimum", "ending",
            "updated_at",
        ]  # fmt: skip
