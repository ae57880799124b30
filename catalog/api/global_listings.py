"""Global listings: a product as an account sells it, from the draft to the shops."""

from typing import Any

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from catalog.filters.selling import GlobalListingFilters
from catalog.models import GlobalListing, Listing
from catalog.serializers.selling import (
    CheckedSerializer,
    FullGlobalListingSerializer,
    GlobalListingSerializer,
    ListingChangeSerializer,
    PublicationAnswer,
    PublicationPlanSerializer,
)
from catalog.services.selling import drafts, plans, preflight, publishing, pushing, withdrawing
from integrations.api import ReadOnly

from .refusals import TellsFindings
from .selling_wishes import (
    GlobalListingChange,
    ListingsWish,
    PlanManyWish,
    PrepareWish,
    PublicationWish,
    ShopsWish,
)

_QUEUED = {202: Queued}
_SHOWN = ("listings", "variants__stock")
_TWO_SHOPS = OpenApiExample("two shops", value={"shops": [3, 4]}, request_only=True)
_MANY = OpenApiExample("two products", value={"listings": [12, 15], "shops": [3, 4]}, request_only=True)


@extend_schema_view(
    list=extend_schema(summary="List global listings, each with how it stands shop by shop"),
    retrieve=extend_schema(summary="Read a global listing with its variants, shops and findings"),
)
class GlobalListingViewSet(TellsFindings, ReadOnly):
    """Products as accounts sell them, newest first."""

    what = _("global listing")
    queryset = GlobalListing.objects.select_related("account", "product")
    filterset_class = GlobalListingFilters
    needs = {
        **dict.fromkeys(("check", "check_many", "publish", "publish_many", "push_prices", "push_stock"), "change"),
        **dict.fromkeys(("plan", "plan_many"), "view"),
    }
    paged = ["history"]

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one global listing all that it shows."""
        rows = super().get_queryset()
        if self.action == "list":
            cells = Prefetch("listings", Listing.objects.defer("description"))
            return rows.select_related(None).defer("description", "progress", "attributes").prefetch_related(cells)
        return rows.prefetch_related(*_SHOWN) if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        """Show all of one global listing, the headlines of many."""
        return GlobalListingSerializer if self.action == "list" else FullGlobalListingSerializer

    @extend_schema(
        summary="Prepare a product for sale",
        request=PrepareWish,
        responses={201: FullGlobalListingSerializer},
        examples=[
            OpenApiExample("in all shops", value={"product": 7, "account": 2}, request_only=True),
            OpenApiExample("in two shops", value={"product": 7, "account": 2, "shops": [3, 4]}, request_only=True),
        ],
    )
    def create(self, request: Request) -> Response:
        """Fill in what is empty from the product, its category's mapping and the price rules; nothing is sent.

        Where the account has it already, that one is completed and answered.
        """
        wish = self.told(PrepareWish)
        made = drafts.prepare(wish["product"], wish["account"], shops=wish["shops"], by=self.caller)
        return self._shown(made, code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a global listing", request=GlobalListingChange, responses=FullGlobalListingSerializer
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest; the platform hears of it when it is published or pushed again."""
        listing = self.get_object()
        changes = self.told(GlobalListingChange, partial=True)
        return self._shown(drafts.edit(listing, changes, self.caller))

    @extend_schema(summary="Delete a global listing everywhere", responses=_QUEUED)
    def destroy(self, request: Request, pk: str) -> Response:
        """Queue deleting it at the platform, with all that its shops have of it."""
        return self.queued(withdrawing.request_delete(self.get_object(), requested_by=self.caller))

    @extend_schema(
        summary="Check what a global listing lacks",
        request=Nothing,
        responses=CheckedSerializer,
        examples=[
            OpenApiExample(
                "a name too short",
                value={
                    "id": 12,
                    "checked_at": "2026-11-21T08:00:00Z",
                    "findings": [
                        {
                            "field": "name",
                            "rule": "length",
                            "text": "The name has 12 characters, but must have 20 to 255.",
                            "fix": "Write a longer name.",
                            "shop_id": "",
                            "level": "error",
                        }
                    ],
                },
                response_only=True,
            )
        ],
    )
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str) -> Response:
        """Hold it to the rules as they were read last; the platform is not asked. The findings are kept on it."""
        listing = self._wanted()
        preflight.check_listing(listing)
        return self.one(CheckedSerializer, listing)

    @extend_schema(
        operation_id="global_listings_check_many",
        summary="Check what global listings of an account lack",
        request=ListingsWish,
        responses=_QUEUED,
        examples=[OpenApiExample("two", value={"listings": [12, 15]}, request_only=True)],
    )
    @action(detail=False, methods=["post"], url_path="check")
    def check_many(self, request: Request) -> Response:
        """Queue it; rules that are old are read first."""
        listings = self.told(ListingsWish)["listings"]
        return self.queued(preflight.request_check(listings, requested_by=self.caller))

    @extend_schema(
        summary="Publish a global listing to shops", request=ShopsWish, responses=_QUEUED, examples=[_TWO_SHOPS]
    )
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str) -> Response:
        """Queue it. What is missing is answered with 409, every finding in `problems`, and nothing is sent.

        A shop that alone has errors is left out, with the reason on its listing; the others go.
        """
        listing = self.get_object()
        shops = self.told(ShopsWish)["shops"]
        return self.queued(publishing.request_publication(listing, shops=shops, requested_by=self.caller))

    @extend_schema(
        operation_id="global_listings_publish_many",
        summary="Publish global listings to shops",
        request=PublicationWish,
        responses={202: PublicationAnswer},
        examples=[
            _MANY,
            OpenApiExample(
                "one of them",
                value={
                    "jobs": [31],
                    "refused": [
                        {"id": 15, "message": "name: It is empty. Write one.", "field": "name", "findings": []}
                    ],
                },
                response_only=True,
                status_codes=["202"],
            ),
        ],
    )
    @action(detail=False, methods=["post"], url_path="publish")
    def publish_many(self, request: Request) -> Response:
        """Each that can be published is queued, and the answer says why others can't. An unknown id refuses all."""
        wish = self.told(PublicationWish)
        asked = publishing.request_many(wish["listings"], wish["shops"], requested_by=self.caller)
        answer = {"jobs": [job.pk for job in asked.jobs], "refused": asked.refused}
        return self.one(PublicationAnswer, answer, code=status.HTTP_202_ACCEPTED)

    @extend_schema(
        summary="What a publication would take",
        request=ShopsWish,
        responses=PublicationPlanSerializer,
        examples=[_TWO_SHOPS],
    )
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Say what is missing, how many calls it takes and until when; nothing is sent."""
        listing = self.get_object()
        return self.one(PublicationPlanSerializer, plans.plan([listing], self.told(ShopsWish)["shops"]))

    @extend_schema(
        operation_id="global_listings_plan_many",
        summary="What a publication of several would take",
        request=PlanManyWish,
        responses=PublicationPlanSerializer,
        examples=[_MANY],
    )
    @action(detail=False, methods=["post"], url_path="plan")
    def plan_many(self, request: Request) -> Response:
        """Say what is ready and what is not, how many calls it takes and until when; nothing is sent."""
        wish = self.told(PlanManyWish)
        return self.one(PublicationPlanSerializer, plans.plan(wish["listings"], wish["shops"]))

    @extend_schema(summary="Push a global listing's prices", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"], url_path="push-prices")
    def push_prices(self, request: Request, pk: str) -> Response:
        """Queue sending those that differ from what stands there."""
        return self.queued(pushing.request_push_prices(self._wanted(), requested_by=self.caller))

    @extend_schema(summary="Push a global listing's stock", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"], url_path="push-stock")
    def push_stock(self, request: Request, pk: str) -> Response:
        """Queue sending what differs from what stands there."""
        return self.queued(pushing.request_push_stock(self._wanted(), requested_by=self.caller))

    @extend_schema(
        summary="What changed in a global listing", responses=ListingChangeSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"])
    def history(self, request: Request, pk: str) -> Response:
        """Its states, newest first, with who changed it."""
        return self.pages(ListingChangeSerializer, self.get_object().history.select_related("history_user"))

    def _wanted(self) -> GlobalListing:
        listing: GlobalListing = self.get_object()
        self.told(Nothing)
        return listing

    def _shown(self, listing: GlobalListing, *, code: int = status.HTTP_200_OK) -> Response:
        prefetch_related_objects([listing], *_SHOWN)
        return self.one(FullGlobalListingSerializer, listing, code=code)
