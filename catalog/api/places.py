"""Categories, warehouses, stock levels and offers: what was read, and the wish to read it again."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Queued
from catalog.filters.sourcing import CategoryFilters, OfferFilters, StockLevelFilters, WarehouseFilters
from catalog.models import Category, StockLevel, SupplierOffer, Warehouse
from catalog.serializers.sourcing import (
    CategorySerializer,
    FullOfferSerializer,
    OfferPriceSerializer,
    OfferSerializer,
    StockLevelSerializer,
    WarehouseSerializer,
)
from catalog.services import categories, stock
from integrations.api import ReadOnly

from .wishes import AccountWish, QueuedRun, StockWish

_OF_ACCOUNT = OpenApiExample("of an account", value={"account": 1}, request_only=True)


@extend_schema_view(list=extend_schema(summary="List categories"), retrieve=extend_schema(summary="Read a category"))
class CategoryViewSet(ReadOnly):
    """Platforms' own categories, as they were read last."""

    what = _("category")
    queryset = Category.objects.all()
    serializer_class = CategorySerializer
    filterset_class = CategoryFilters
    ordering = "pk"
    needs = {"sync": "change"}

    @extend_schema(
        summary="Read the categories anew", request=AccountWish, responses={202: Queued}, examples=[_OF_ACCOUNT]
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a reading of all categories on behalf of an account."""
        return self.queued(categories.request_categories(self.told(AccountWish)["account"], requested_by=self.caller))


@extend_schema_view(list=extend_schema(summary="List warehouses"), retrieve=extend_schema(summary="Read a warehouse"))
class WarehouseViewSet(ReadOnly):
    """Places that hold stock."""

    what = _("warehouse")
    queryset = Warehouse.objects.all()
    serializer_class = WarehouseSerializer
    filterset_class = WarehouseFilters
    ordering = "pk"
    needs = {"sync": "change"}

    @extend_schema(
        summary="Read the warehouses anew", request=AccountWish, responses={202: Queued}, examples=[_OF_ACCOUNT]
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a reading of all warehouses on behalf of an account."""
        return self.queued(categories.request_warehouses(self.told(AccountWish)["account"], requested_by=self.caller))


@extend_schema_view(
    list=extend_schema(summary="List stock levels"), retrieve=extend_schema(summary="Read a stock level")
)
class StockLevelViewSet(ReadOnly):
    """What each place holds of each variant."""

    what = _("stock level")
    queryset = StockLevel.objects.all()
    serializer_class = StockLevelSerializer
    filterset_class = StockLevelFilters
    needs = {"sync": "change"}

    @extend_schema(
        summary="Read the stock of carried products anew",
        request=StockWish,
        responses={202: QueuedRun},
        examples=[_OF_ACCOUNT],
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a run that reads the stock of what the account's active selections carry."""
        wish = self.told(StockWish)
        return self.queued_run(stock.request_stock_sync(wish.pop("account"), requested_by=self.caller, **wish))


@extend_schema_view(
    list=extend_schema(summary="List offers"), retrieve=extend_schema(summary="Read an offer with its past prices")
)
class OfferViewSet(ReadOnly):
    """What suppliers ask for variants now."""

    what = _("offer")
    queryset = SupplierOffer.objects.all()
    filterset_class = OfferFilters
    paged = ["prices"]

    def get_queryset(self) -> Any:
        """Fetch the past prices of the one that shows them."""
        rows = super().get_queryset()
        return rows.prefetch_related("prices") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        """Show past prices of one, not of many."""
        return FullOfferSerializer if self.action == "retrieve" else OfferSerializer

    @extend_schema(summary="Past prices of an offer", responses=OfferPriceSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def prices(self, request: Request, pk: str) -> Response:
        """Each price that it had and since when, newest first."""
        return self.pages(OfferPriceSerializer, self.get_object().prices.all())
