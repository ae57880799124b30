"""The catalogue as the API shows it, money and measures as text. What the API takes: catalog/api/wishes.py."""

from rest_framework import serializers

from catalog.models import (
    Category,
    Image,
    OfferPrice,
    Product,
    Review,
    Selection,
    SelectionItem,
    SourcingRequest,
    StockLevel,
    SupplierOffer,
    Variant,
    Warehouse,
)


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = [
            "id", "platform", "external_id", "market", "name", "name_local", "level", "is_leaf", "parent", "path",
            "read_at",
        ]  # fmt: skip


class WarehouseSerializer(serializers.ModelSerializer):
    class Meta:
        model = Warehouse
        fields = [
            "id", "platform", "external_id", "kind", "name", "country_code", "address", "phone", "facts", "read_at",
        ]  # fmt: skip


class StockLevelSerializer(serializers.ModelSerializer):
    class Meta:
        model = StockLevel
        fields = [
            "id", "variant", "country_code", "warehouse", "place", "total", "cj", "factory", "is_verified",
            "observed_at",
        ]  # fmt: skip


class OfferPriceSerializer(serializers.ModelSerializer):
    class Meta:
        model = OfferPrice
        fields = ["id", "price", "currency", "seen_at"]


class OfferSerializer(serializers.ModelSerializer):
    class Meta:
        model = SupplierOffer
        fields = [
            "id", "variant", "account", "price", "price_high", "suggested_price", "currency", "is_available",
            "changed_at",
        ]  # fmt: skip


class FullOfferSerializer(OfferSerializer):
    prices = OfferPriceSerializer(many=True, read_only=True, help_text="What it asked before, newest first")

    class Meta(OfferSerializer.Meta):
        fields = [*OfferSerializer.Meta.fields, "prices"]


class VariantSerializer(serializers.ModelSerializer):
    class Meta:
        model = Variant
        fields = [
            "id", "product", "external_id", "sku", "name", "key", "options", "image_url", "weight_g", "length_mm",
            "width_mm", "height_mm", "volume_mm3", "stock_total", "is_gone", "external_created_at", "created_at",
            "updated_at",
        ]  # fmt: skip


class FullVariantSerializer(VariantSerializer):
    offers = OfferSerializer(many=True, read_only=True)
    stock_levels = StockLevelSerializer(many=True, read_only=True)

    class Meta(VariantSerializer.Meta):
        fields = [*VariantSerializer.Meta.fields, "offers", "stock_levels"]


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = [
            "id", "account", "external_id", "sku", "name", "name_local", "image_url", "category", "category_path",
            "status", "platform_status", "product_type", "supplier_name", "price_low", "price_high",
            "suggested_price_low", "suggested_price_high", "currency", "stock_total", "listed_count", "is_mine",
            "detail_read_at", "external_created_at", "created_at", "updated_at",
        ]  # fmt: skip


class ImageSerializer(serializers.ModelSerializer):
    class Meta:
        model = Image
        fields = ["url", "position"]


class FullProductSerializer(ProductSerializer):
    images = ImageSerializer(many=True, read_only=True)
    variants = FullVariantSerializer(many=True, read_only=True)

    class Meta(ProductSerializer.Meta):
        fields = [
            *ProductSerializer.Meta.fields, "description", "supplier_id", "weight_low_g", "weight_high_g",
            "packed_weight_low_g", "packed_weight_high_g", "unit", "hs_code", "hs_name", "materials", "properties",
            "option_names", "facts", "oddities", "images", "variants",
        ]  # fmt: skip


class ChangeSerializer(serializers.Serializer):
    """One state that a product had, from `at` on."""

    id = serializers.IntegerField(source="history_id")
    at = serializers.DateTimeField(source="history_date")
    kind = serializers.ChoiceField(
        source="history_type", choices=[("+", "created"), ("~", "changed"), ("-", "deleted")]
    )
    by = serializers.CharField(source="history_user.username", default=None, allow_null=True)
    why = serializers.CharField(source="history_change_reason", allow_null=True)
    name = serializers.CharField()
    status = serializers.CharField()
    price_low = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    price_high = serializers.DecimalField(max_digits=18, decimal_places=4, allow_null=True)
    stock_total = serializers.IntegerField(allow_null=True)
    is_mine = serializers.BooleanField()


class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = [
            "id", "product", "external_id", "score", "text", "author", "country_code", "image_urls", "commented_at",
        ]  # fmt: skip


class SelectionSerializer(serializers.ModelSerializer):
    class Meta:
        model = Selection
        fields = [
            "id", "account", "name", "kind", "keyword", "category", "country_code", "price_min", "price_max",
            "stock_min", "stock_max", "verified", "listed_after", "listed_before", "sort", "descending", "extra",
            "max_products", "is_active", "swept_at", "created_at",
        ]  # fmt: skip


class SelectionItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = SelectionItem
        fields = ["id", "external_id", "product", "problem", "has_left"]


class SourcingRequestSerializer(serializers.ModelSerializer):
    class Meta:
        model = SourcingRequest
        fields = [
            "id", "account", "product", "name", "image_url", "url", "price", "remark", "status", "platform_status",
            "external_id", "found_product_id", "found_sku", "problem", "created_at", "checked_at",
        ]  # fmt: skip
