"""What is sold where as the API shows it, money and measures as text. What the API takes: api/selling_wishes.py."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.errors import Refused
from accounts.models import Shop
from catalog.models import GlobalListing, GlobalVariant, Listing, ListingVariant, StockEntry
from catalog.services.selling.findings import Finding, NotPublishable, from_json
from catalog.services.selling.plans import Plan

Blocked = tuple[GlobalListing, list[Finding]]
LeftOut = tuple[GlobalListing, Shop, list[Finding]]
NotQueued = tuple[GlobalListing, Refused]


class FindingSerializer(serializers.Serializer):
    """One thing that stands in the way, or should be looked at: what it is, and what mends it."""

    field = serializers.CharField(
        help_text="name, category_id, attributes.<id>, variants.<sku>.price, shops.<id>.name …"
    )
    rule = serializers.CharField(help_text="A word for programs, such as required or length")
    text = serializers.CharField()
    fix = serializers.CharField()
    shop_id = serializers.CharField(help_text="The platform's id of the one shop that it holds for; empty: all")
    level = serializers.CharField(help_text="`error` stops a publication, `warning` does not")


# --- listings


class ListingCellSerializer(serializers.ModelSerializer):
    """How a global listing stands in one shop."""

    class Meta:
        model = Listing
        fields = ["id", "shop", "external_id", "status", "problem", "problem_field", "url"]


class ListingSerializer(serializers.ModelSerializer):
    class Meta:
        model = Listing
        fields = [
            "id", "global_listing", "shop", "external_id", "status", "platform_status", "problem", "problem_field",
            "url", "name", "published_at", "seen_at", "updated_at",
        ]  # fmt: skip


class ListingVariantSerializer(serializers.ModelSerializer):
    sku = serializers.CharField(source="global_variant.sku")

    class Meta:
        model = ListingVariant
        fields = [
            "id", "global_variant", "sku", "external_id", "price", "is_price_fixed", "sent_price", "seen_price",
            "seen_stock", "problem", "seen_at",
        ]  # fmt: skip


class FullListingSerializer(ListingSerializer):
    variants = ListingVariantSerializer(many=True, read_only=True)

    class Meta(ListingSerializer.Meta):
        fields = [*ListingSerializer.Meta.fields, "description", "carriers", "variants"]


class StockEntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = StockEntry
        fields = ["place", "sent", "sent_at", "seen", "seen_at"]


class GlobalVariantSerializer(serializers.ModelSerializer):
    stock = StockEntrySerializer(many=True, read_only=True, help_text="What is offered, from each place; shared by all")

    class Meta:
        model = GlobalVariant
        fields = [
            "id", "variant", "sku", "external_id", "options", "is_wanted", "price", "is_price_fixed", "sent_price",
            "seen_price", "seen_at", "stock",
        ]  # fmt: skip


class GlobalListingSerializer(serializers.ModelSerializer):
    listings = ListingCellSerializer(many=True, read_only=True, help_text="Shop by shop")
    error_count = serializers.SerializerMethodField(help_text="How many findings of the last check stop a publication")

    class Meta:
        model = GlobalListing
        fields = [
            "id", "account", "product", "sku", "external_id", "name", "category", "status", "problem", "step",
            "is_adopted", "error_count", "checked_at", "published_at", "seen_at", "created_at", "updated_at",
            "listings",
        ]  # fmt: skip

    def get_error_count(self, listing: GlobalListing) -> int:
        return sum(finding.is_error for finding in from_json(listing.findings))


class FullGlobalListingSerializer(GlobalListingSerializer):
    findings = serializers.SerializerMethodField(help_text="What the last check found")
    variants = GlobalVariantSerializer(many=True, read_only=True)

    class Meta(GlobalListingSerializer.Meta):
        fields = [
            *GlobalListingSerializer.Meta.fields, "description", "brand_id", "brand_name", "attributes", "image_urls",
            "axes", "days_to_ship", "weight_g", "length_mm", "width_mm", "height_mm", "findings", "variants",
        ]  # fmt: skip

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, listing: GlobalListing) -> Any:
        return FindingSerializer(from_json(listing.findings), many=True).data


class ListingChangeSerializer(serializers.Serializer):
    """One state that a global listing had, from `at` on."""

    id = serializers.IntegerField(source="history_id")
    at = serializers.DateTimeField(source="history_date")
    kind = serializers.ChoiceField(
        source="history_type", choices=[("+", "created"), ("~", "changed"), ("-", "deleted")]
    )
    by = serializers.CharField(source="history_user.username", default=None, allow_null=True)
    why = serializers.CharField(source="history_change_reason", allow_null=True)
    name = serializers.CharField()
    status = serializers.CharField()
    problem = serializers.CharField()
    external_id = serializers.CharField()
    category = serializers.IntegerField(source="category_id", allow_null=True)
    days_to_ship = serializers.IntegerField(allow_null=True)


class CheckedSerializer(serializers.ModelSerializer):
    """What a check found; nothing at all is an empty list."""

    findings = serializers.SerializerMethodField()

    class Meta:
        model = GlobalListing
        fields = ["id", "checked_at", "findings"]

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, listing: GlobalListing) -> Any:
        return FindingSerializer(from_json(listing.findings), many=True).data


class BlockedSerializer(serializers.Serializer):
    """A global listing that can't be published as it is."""

    id = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()

    def get_id(self, blocked: Blocked) -> int:
        return blocked[0].pk

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, blocked: Blocked) -> Any:
        return FindingSerializer(blocked[1], many=True).data


class LeftOutSerializer(serializers.Serializer):
    """A single shop to which a global listing would not go, while it goes to others."""

    id = serializers.SerializerMethodField(help_text="Of the global listing")
    shop = serializers.SerializerMethodField()
    findings = serializers.SerializerMethodField()

    def get_id(self, left: LeftOut) -> int:
        return left[0].pk

    def get_shop(self, left: LeftOut) -> int:
        return left[1].pk

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, left: LeftOut) -> Any:
        return FindingSerializer(left[2], many=True).data


class PublicationPlanSerializer(serializers.Serializer):
    """What a publication would take, by the limits in force now."""

    products = serializers.IntegerField()
    cells = serializers.IntegerField(help_text="Products × shops that would be published")
    ready = serializers.SerializerMethodField(help_text="Ids of the global listings that can be published")
    blocked = BlockedSerializer(many=True)
    left_out = LeftOutSerializer(many=True)
    calls = serializers.IntegerField()
    by_limit = serializers.DictField(child=serializers.IntegerField(), help_text="The limit's key → calls that meet it")
    done_at = serializers.DateTimeField(allow_null=True, help_text="Null: nothing to do, or never by these limits")
    limited_by = serializers.CharField(help_text="The limit that decides; empty: none")

    def get_ready(self, plan: Plan) -> list[int]:
        return [listing.pk for listing in plan.ready]


class QueuedJobs(serializers.Serializer):
    """Wishes that are written down."""

    jobs = serializers.ListField(child=serializers.IntegerField(), help_text="Their outcomes: /api/v1/jobs/<id>/")


class RefusedListingSerializer(serializers.Serializer):
    """A global listing that was not queued, and why."""

    id = serializers.SerializerMethodField()
    message = serializers.SerializerMethodField()
    field = serializers.SerializerMethodField(help_text="What is to be mended first; empty: nothing in particular")
    findings = serializers.SerializerMethodField(help_text="All that stands in the way, where a check said so")

    def get_id(self, refused: NotQueued) -> int:
        return refused[0].pk

    def get_message(self, refused: NotQueued) -> str:
        return str(refused[1])

    def get_field(self, refused: NotQueued) -> str:
        return refused[1].field

    @extend_schema_field(FindingSerializer(many=True))
    def get_findings(self, refused: NotQueued) -> Any:
        found = refused[1].findings if isinstance(refused[1], NotPublishable) else []
        return FindingSerializer(found, many=True).data


class PublicationAnswer(QueuedJobs):
    """What became of each: queued, or refused with the reason."""

    refused = RefusedListingSerializer(many=True)
