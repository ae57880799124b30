"""By what rules is sold: category mappings, what categories ask, brands, exchange rates, price rules."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Queued
from catalog.filters.selling import (
    BrandFilters,
    CategoryMappingFilters,
    CategoryRulesFilters,
    ExchangeRateFilters,
    PriceRuleFilters,
)
from catalog.models import Brand, CategoryMapping, CategorySpec, ExchangeRate, PriceRule
from catalog.serializers.rules import (
    BrandSerializer,
    CategoryChoiceSerializer,
    CategoryMappingSerializer,
    CategoryRulesSerializer,
    CoverageSerializer,
    ExchangeRateSerializer,
    FullCategoryRulesSerializer,
    PriceRuleSerializer,
    SuggestionSerializer,
)
from catalog.services.selling import mappings, pricerules, rates, specs
from integrations.api import ReadOnly

from .selling_wishes import (
    CategoryOfAccountWish,
    MappingChange,
    MappingWish,
    PriceRuleChange,
    PriceRuleWish,
    RateWish,
    SuggestionsWish,
    ValuesWish,
)
from .wishes import AccountWish

_QUEUED = {202: Queued}
_ANSWERS = ("target", "brand_id", "brand_name", "attributes", "days_to_ship")
_OF_CATEGORY = OpenApiExample("a category", value={"account": 2, "category": 530}, request_only=True)


@extend_schema_view(
    list=extend_schema(summary="List category mappings"),
    retrieve=extend_schema(summary="Read a category mapping"),
    destroy=extend_schema(summary="Delete a category mapping", description="What was filled in from it stays."),
)
class CategoryMappingViewSet(mixins.DestroyModelMixin, ReadOnly):
    """Into which categories the products of suppliers' categories go, with the answers that usually fit."""

    what = _("category mapping")
    queryset = CategoryMapping.objects.select_related("account", "source", "target")
    serializer_class = CategoryMappingSerializer
    filterset_class = CategoryMappingFilters
    needs = {"create": "change"}
    takes = {"suggestions": ["account", "product", "ask"], "coverage": ["account"]}
    calls_out = ["suggestions"]

    @extend_schema(
        summary="Map a supplier's category",
        request=MappingWish,
        responses={201: CategoryMappingSerializer},
        examples=[
            OpenApiExample(
                "with answers",
                value={
                    "account": 2,
                    "source": 41,
                    "target": 530,
                    "brand_id": "0",
                    "brand_name": "NoBrand",
                    "attributes": {"100004": [{"external_id": "1"}], "100999": [{"text": "2.5", "unit": "kg"}]},
                    "days_to_ship": 3,
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Say where its products go. Where it is mapped already, this replaces all that was said."""
        wish = self.told(MappingWish)
        made = mappings.save(wish.pop("account"), wish.pop("source"), wish.pop("target"), by=self.caller, **wish)
        return self.one(CategoryMappingSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a category mapping", request=MappingChange, responses=CategoryMappingSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest."""
        mapping = self.get_object()
        said = {name: getattr(mapping, name) for name in _ANSWERS} | self.told(MappingChange, partial=True)
        saved = mappings.save(mapping.account, mapping.source, said.pop("target"), by=self.caller, **said)
        return self.one(CategoryMappingSerializer, saved)

    @extend_schema(
        summary="Categories in which a product may be sold",
        parameters=[SuggestionsWish],
        responses=SuggestionSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def suggestions(self, request: Request) -> Response:
        """Best first: as mapped, as before, and with `ask` as the platform recommends, which costs a call."""
        asked = self.asked(SuggestionsWish)
        found = mappings.suggest(asked["account"], asked["product"], ask=asked["ask"])
        return Response(SuggestionSerializer(found, many=True).data)

    @extend_schema(
        summary="Suppliers' categories in use, and where they go",
        parameters=[AccountWish],
        responses=CoverageSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def coverage(self, request: Request) -> Response:
        """Those in which products of ours stand, the fullest first."""
        found = mappings.coverage(self.asked(AccountWish)["account"])
        return Response(CoverageSerializer(found, many=True).data)


@extend_schema_view(
    list=extend_schema(summary="List categories whose rules were read"),
    retrieve=extend_schema(summary="Read what a category asks and allows"),
)
class CategoryRulesViewSet(ReadOnly):
    """What categories ask and allow, as platforms say it of each account; read again when it is old."""

    what = _("category's rules")
    queryset = CategorySpec.objects.all()
    filterset_class = CategoryRulesFilters
    needs = {"read": "change"}
    takes = {"values": ["account", "field", "search"]}
    calls_out = ["values"]

    def get_queryset(self) -> Any:
        """Fetch the rules of the one that shows them."""
        rows = super().get_queryset()
        return rows if self.action == "retrieve" else rows.defer("rules")

    def get_serializer_class(self) -> Any:
        """Show the rules of one, not of many."""
        return FullCategoryRulesSerializer if self.action == "retrieve" else CategoryRulesSerializer

    @extend_schema(
        summary="Read a category's rules anew",
        request=CategoryOfAccountWish,
        responses=_QUEUED,
        examples=[_OF_CATEGORY],
    )
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Queue a reading of what the category asks and allows."""
        wish = self.told(CategoryOfAccountWish)
        return self.queued(specs.request_spec(wish["account"], wish["category"], requested_by=self.caller))

    @extend_schema(
        summary="Find values of an attribute",
        parameters=[ValuesWish],
        responses=CategoryChoiceSerializer(many=True),
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def values(self, request: Request) -> Response:
        """One call to the platform, for attributes that have more values than their rules name."""
        asked = self.asked(ValuesWish)
        found = specs.find_values(asked["account"], asked["field"], asked["search"])
        return Response(CategoryChoiceSerializer(found, many=True).data)


@extend_schema_view(list=extend_schema(summary="List brands"), retrieve=extend_schema(summary="Read a brand"))
class BrandViewSet(ReadOnly):
    """Brands that categories know, as they were read last."""

    what = _("brand")
    queryset = Brand.objects.all()
    serializer_class = BrandSerializer
    filterset_class = BrandFilters
    needs = {"read": "change"}

    @extend_schema(
        summary="Read a category's brands anew",
        request=CategoryOfAccountWish,
        responses=_QUEUED,
        examples=[_OF_CATEGORY],
    )
    @action(detail=False, methods=["post"])
    def read(self, request: Request) -> Response:
        """Queue a reading of all brands that the category knows."""
        wish = self.told(CategoryOfAccountWish)
        return self.queued(specs.request_brands(wish["account"], wish["category"], requested_by=self.caller))


@extend_schema_view(
    list=extend_schema(summary="List exchange rates"), retrieve=extend_schema(summary="Read an exchange rate")
)
class ExchangeRateViewSet(ReadOnly):
    """How much of one currency another one buys; between others it goes by way of dollars."""

    what = _("exchange rate")
    queryset = ExchangeRate.objects.all()
    serializer_class = ExchangeRateSerializer
    filterset_class = ExchangeRateFilters
    needs = {"create": "change"}

    @extend_schema(
        summary="Set an exchange rate",
        request=RateWish,
        responses=ExchangeRateSerializer,
        examples=[OpenApiExample("dollars", value={"base": "USD", "quote": "CNY", "rate": "7.12"}, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Say how much of `quote` one of `base` buys; it takes the place of what was said before."""
        wish = self.told(RateWish)
        return self.one(ExchangeRateSerializer, rates.set_rate(wish["base"], wish["quote"], wish["rate"], self.caller))


@extend_schema_view(
    list=extend_schema(summary="List price rules"),
    retrieve=extend_schema(summary="Read a price rule"),
    destroy=extend_schema(summary="Delete a price rule", description="The next more general rule takes its place."),
)
class PriceRuleViewSet(mixins.DestroyModelMixin, ReadOnly):
    """How selling prices come from what suppliers ask. The most particular rule wins: shop, account, all."""

    what = _("price rule")
    queryset = PriceRule.objects.select_related("account", "shop__account")
    serializer_class = PriceRuleSerializer
    filterset_class = PriceRuleFilters

    @extend_schema(
        summary="Make a price rule",
        request=PriceRuleWish,
        responses={201: PriceRuleSerializer},
        examples=[
            OpenApiExample(
                "of an account",
                value={
                    "name": "Asia",
                    "account": 2,
                    "margin_percent": "35",
                    "fee_percent": "6",
                    "freight": "2.40",
                    "ending": "0.90",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """For a shop, for an account, or, without both, for all; one rule each."""
        made = pricerules.create_rule(by=self.caller, **self.told(PriceRuleWish))
        return self.one(PriceRuleSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a price rule", request=PriceRuleChange, responses=PriceRuleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest; prices follow with the next push."""
        rule = self.get_object()
        changes = self.told(PriceRuleChange, partial=True)
        return self.one(PriceRuleSerializer, pricerules.edit_rule(rule, by=self.caller, **changes))
