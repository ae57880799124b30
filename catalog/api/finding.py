"""Sourcing requests: what the supplier is asked to find."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from catalog.filters.sourcing import SourcingRequestFilters
from catalog.models import SourcingRequest
from catalog.serializers.sourcing import SourcingRequestSerializer
from catalog.services import finding
from integrations.api import ReadOnly

from .wishes import AccountWish, SourcingWish


@extend_schema_view(
    list=extend_schema(summary="List sourcing requests"), retrieve=extend_schema(summary="Read a sourcing request")
)
class SourcingRequestViewSet(ReadOnly):
    """What the supplier was asked to find, and what it answered."""

    what = _("sourcing request")
    queryset = SourcingRequest.objects.all()
    serializer_class = SourcingRequestSerializer
    filterset_class = SourcingRequestFilters
    needs = {"check": "change", "send_again": "change"}

    @extend_schema(
        summary="Ask the supplier to find a source",
        request=SourcingWish,
        responses={201: SourcingRequestSerializer},
        examples=[
            OpenApiExample(
                "a lamp",
                value={
                    "account": 1,
                    "name": "Desk lamp, folding",
                    "image_url": "https://example.com/lamp.jpg",
                    "price": "6.50",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Write it down; a worker sends it, once. A product fills in what is not said."""
        wish = self.told(SourcingWish)
        made = finding.request_source(wish.pop("account"), requested_by=self.caller, **wish)
        return self.one(SourcingRequestSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Ask how far the supplier is",
        request=AccountWish,
        responses={202: Queued},
        examples=[OpenApiExample("of an account", value={"account": 1}, request_only=True)],
    )
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        """Queue asking for the states of all requests of an account that are open."""
        account = self.told(AccountWish)["account"]
        return self.queued(finding.request_check(account, requested_by=self.caller))

    @extend_schema(summary="Send a request once more", request=Nothing, responses=SourcingRequestSerializer)
    @action(detail=True, methods=["post"], url_path="send-again")
    def send_again(self, request: Request, pk: str) -> Response:
        """Only where the answer was lost or refused, and a person has seen that the supplier does not have it."""
        wish = self.get_object()
        self.told(Nothing)
        return self.one(SourcingRequestSerializer, finding.send_again(wish, requested_by=self.caller))
