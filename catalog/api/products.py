"""Products, their variants and reviews: read them, and ask for what a worker has to do outside."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from catalog.filters.sourcing import ProductFilters, ReviewFilters, VariantFilters
from catalog.models import Product, Review, Variant
from catalog.serializers.sourcing import (
    ChangeSerializer,
    FullProductSerializer,
    FullVariantSerializer,
    ProductSerializer,
    ReviewSerializer,
    SourcingRequestSerializer,
    VariantSerializer,
)
from catalog.services import finding, mine, reviews, sourcing, stock
from integrations import exchanges
from integrations.api import ReadOnly
from integrations.serializers import ExchangeSerializer

from .wishes import FindSourceWish

_QUEUED = {202: Queued}


@extend_schema_view(
    list=extend_schema(summary="List products"),
    retrieve=extend_schema(summary="Read a product with its pictures, variants, offers and stock"),
)
class ProductViewSet(ReadOnly):
    """What the catalogue carries, newest first."""

    what = _("product")
    queryset = Product.objects.all()
    filterset_class = ProductFilters
    needs = {
        "refresh": "change",
        "refresh_stock": "change",
        "add_to_mine": "change",
        "find_source": "catalog.add_sourcingrequest",
        "request_reviews": "change",
        "exchanges": "integrations.view_apicall",
    }
    paged = ["reviews", "exchanges", "history"]

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one product all that it shows."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows.defer("description", "facts")
        if self.action == "retrieve":
            variants = Variant.objects.prefetch_related("offers", "stock_levels").order_by("pk")
            return rows.prefetch_related("images", Prefetch("variants", variants))
        return rows

    def get_serializer_class(self) -> Any:
        """Show all of one product, the headlines of many."""
        return FullProductSerializer if self.action == "retrieve" else ProductSerializer

    @extend_schema(
        summary="Read a product anew",
        request=Nothing,
        responses=_QUEUED,
        examples=[OpenApiExample("queued", value={"job": 12}, response_only=True, status_codes=["202"])],
    )
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Queue a full reading: description, pictures, variants, prices and stock."""
        product = self._wanted()
        return self.queued(sourcing.request_refresh(product, requested_by=self.caller))

    @extend_schema(summary="Read a product's stock anew", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"], url_path="refresh-stock")
    def refresh_stock(self, request: Request, pk: str) -> Response:
        """Queue a reading of the stock of all its variants."""
        return self.queued(stock.request_stock(self._wanted(), requested_by=self.caller))

    @extend_schema(summary="Add a product to the account's own at the supplier", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"], url_path="add-to-mine")
    def add_to_mine(self, request: Request, pk: str) -> Response:
        """Queue it; what is there already stays there once."""
        return self.queued(mine.request_add_to_mine(self._wanted(), requested_by=self.caller))

    @extend_schema(
        summary="Ask the supplier to find a source",
        request=FindSourceWish,
        responses={201: SourcingRequestSerializer},
        examples=[OpenApiExample("cheaper", value={"price": "4.50", "remark": "the same in black"}, request_only=True)],
    )
    @action(detail=True, methods=["post"], url_path="find-source")
    def find_source(self, request: Request, pk: str) -> Response:
        """Write down a sourcing request with the product's name and picture; a worker sends it, once."""
        product = self.get_object()
        wish = self.told(FindSourceWish)
        made = finding.request_source(product.account, product=product, requested_by=self.caller, **wish)
        return self.one(SourcingRequestSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="What buyers said of a product", responses=ReviewSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def reviews(self, request: Request, pk: str) -> Response:
        """As they were read last."""
        return self.pages(ReviewSerializer, self.get_object().reviews.all())

    @extend_schema(
        summary="Read a product's reviews anew",
        request=Nothing,
        responses=_QUEUED,
        operation_id="products_request_reviews",
    )
    @reviews.mapping.post
    def request_reviews(self, request: Request, pk: str) -> Response:
        """Queue a reading of what buyers said of it."""
        return self.queued(reviews.request_reviews(self._wanted(), requested_by=self.caller))

    @extend_schema(summary="Exchanges that concerned a product", responses=ExchangeSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def exchanges(self, request: Request, pk: str) -> Response:
        """What was said about it to the supplier and what it answered, newest first."""
        product = self.get_object()
        return self.pages(
            ExchangeSerializer, exchanges.for_subject(product.account_id, f"product:{product.external_id}")
        )

    @extend_schema(summary="What changed in a product", responses=ChangeSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def history(self, request: Request, pk: str) -> Response:
        """Its states, newest first, with who changed it."""
        return self.pages(ChangeSerializer, self.get_object().history.select_related("history_user"))

    def _wanted(self) -> Product:
        product: Product = self.get_object()
        self.told(Nothing)
        return product


@extend_schema_view(
    list=extend_schema(summary="List variants"),
    retrieve=extend_schema(summary="Read a variant with its offers and stock"),
)
class VariantViewSet(ReadOnly):
    """Single SKUs."""

    what = _("variant")
    queryset = Variant.objects.all()
    filterset_class = VariantFilters

    def get_queryset(self) -> Any:
        """Fetch what one variant shows besides."""
        rows = super().get_queryset()
        return rows.prefetch_related("offers", "stock_levels") if self.action == "retrieve" else rows.defer("facts")

    def get_serializer_class(self) -> Any:
        """Show all of one variant, the headlines of many."""
        return FullVariantSerializer if self.action == "retrieve" else VariantSerializer


@extend_schema_view(list=extend_schema(summary="List reviews"), retrieve=extend_schema(summary="Read a review"))
class ReviewViewSet(ReadOnly):
    """What buyers elsewhere said of products."""

    what = _("review")
    queryset = Review.objects.all()
    serializer_class = ReviewSerializer
    filterset_class = ReviewFilters
