"""Listings: a global listing in one shop, and what can be done to that one alone."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from catalog.filters.selling import ListingFilters
from catalog.models import Listing, ListingVariant
from catalog.serializers.selling import FullListingSerializer, ListingSerializer
from catalog.services.selling import publishing, withdrawing
from integrations.api import ReadOnly

from .refusals import TellsFindings

_QUEUED = {202: Queued}


@extend_schema_view(
    list=extend_schema(summary="List listings"),
    retrieve=extend_schema(summary="Read a listing with its variants"),
)
class ListingViewSet(TellsFindings, ReadOnly):
    """Global listings in single shops, newest first: where each stands, and why it does not."""

    what = _("listing")
    queryset = Listing.objects.select_related("shop__account", "global_listing__account")
    filterset_class = ListingFilters
    needs = {"publish": "change", "unlist": "change", "relist": "change"}

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one listing its variants."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows.select_related(None).defer("description", "carriers")
        if self.action == "retrieve":
            return rows.prefetch_related(Prefetch("variants", ListingVariant.objects.select_related("global_variant")))
        return rows

    def get_serializer_class(self) -> Any:
        """Show all of one listing, the headlines of many."""
        return FullListingSerializer if self.action == "retrieve" else ListingSerializer

    @extend_schema(
        summary="Publish in this shop again",
        request=Nothing,
        responses=_QUEUED,
        examples=[OpenApiExample("queued", value={"job": 12}, response_only=True, status_codes=["202"])],
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Queue another attempt in this one shop; 409 lists the findings that stand in the way."""
        return self.queued(publishing.retry(self._wanted(), requested_by=self.caller))

    @extend_schema(summary="Hide a listing from buyers", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"])
    def unlist(self, request: Request, pk: str) -> Response:
        """Queue it; the listing stays at the platform and can be shown again."""
        return self.queued(withdrawing.request_unlist(self._wanted(), requested_by=self.caller))

    @extend_schema(summary="Show a hidden listing again", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"])
    def relist(self, request: Request, pk: str) -> Response:
        """Queue it."""
        return self.queued(withdrawing.request_unlist(self._wanted(), listed=True, requested_by=self.caller))

    @extend_schema(summary="Delete a listing at the platform", responses=_QUEUED)
    def destroy(self, request: Request, pk: str) -> Response:
        """Queue deleting it in this shop; the global listing and those of other shops stay."""
        return self.queued(withdrawing.request_delete_listing(self.get_object(), requested_by=self.caller))

    def _wanted(self) -> Listing:
        listing: Listing = self.get_object()
        self.told(Nothing)
        return listing
