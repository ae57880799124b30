"""Keeping what is sold in line: found listings, differences, field switches, and pushes of prices and stock."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued, Resource
from catalog.filters.selling import DifferenceFilters, FieldSwitchesFilters, FoundListingFilters
from catalog.models import Adoption, Drift, FieldSync, GlobalListing
from catalog.serializers.selling import QueuedJobs
from catalog.serializers.upkeep import DriftSerializer, FieldSwitchesSerializer, FoundListingSerializer, UnsentAnswer
from catalog.services.selling import adopting, comparing, pushing, switches
from integrations.api import ReadOnly
from integrations.channels import FieldSwitches

from .refusals import TellsFindings
from .selling_wishes import AdoptWish, ComparisonWish, PushWish, SwitchesWish, UnsentWish
from .wishes import AccountWish, QueuedRun

_QUEUED = {202: Queued}
_OF_ACCOUNT = OpenApiExample("of an account", value={"account": 2}, request_only=True)


@extend_schema_view(
    list=extend_schema(summary="List found listings"), retrieve=extend_schema(summary="Read a found listing")
)
class FoundListingViewSet(ReadOnly):
    """What stands at platforms and was not made by us: adopted by its SKU, or kept for a person with the reason."""

    what = _("found listing")
    queryset = Adoption.objects.select_related("account", "shop__account")
    serializer_class = FoundListingSerializer
    filterset_class = FoundListingFilters
    needs = {"adopt": "change", "ignore": "change", "sync": "change"}

    @extend_schema(
        summary="Adopt a found listing as a product of ours",
        request=AdoptWish,
        responses=_QUEUED,
        examples=[OpenApiExample("a product", value={"product": 7}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str) -> Response:
        """Queue it: the listing is read once more, and taken where its variants are the product's."""
        found = self.get_object()
        return self.queued(adopting.adopt(found, self.told(AdoptWish)["product"], self.caller))

    @extend_schema(summary="Leave a found listing alone", request=Nothing, responses=FoundListingSerializer)
    @action(detail=True, methods=["post"])
    def ignore(self, request: Request, pk: str) -> Response:
        """It is not asked about again."""
        found = self.get_object()
        self.told(Nothing)
        return self.one(FoundListingSerializer, adopting.ignore(found, self.caller))

    @extend_schema(
        summary="Read what stands at a platform",
        request=AccountWish,
        responses={202: QueuedRun},
        examples=[_OF_ACCOUNT],
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a run over all that the account and its shops sell; what bears a SKU of ours becomes ours."""
        account = self.told(AccountWish)["account"]
        return self.queued_run(adopting.request_adoption(account, requested_by=self.caller))


@extend_schema_view(list=extend_schema(summary="List differences"), retrieve=extend_schema(summary="Read a difference"))
class DifferenceViewSet(TellsFindings, ReadOnly):
    """Where what stands at a platform differs from what we sent, newest first."""

    what = _("difference")
    queryset = Drift.objects.select_related("global_listing__account", "listing__shop__account")
    serializer_class = DriftSerializer
    filterset_class = DifferenceFilters
    needs = {"repair": "change", "accept": "change", "sync": "change"}

    @extend_schema(summary="Send ours again", request=Nothing, responses=_QUEUED)
    @action(detail=True, methods=["post"])
    def repair(self, request: Request, pk: str) -> Response:
        """Queue it; the difference goes when the platform has taken it."""
        return self.queued(comparing.repair(self._wanted(), self.caller))

    @extend_schema(summary="Take theirs over", request=Nothing, responses={204: None})
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """What stands there becomes ours, and the difference is gone."""
        comparing.accept(self._wanted(), self.caller)
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="Hold ours to theirs", request=ComparisonWish, responses={202: QueuedRun}, examples=[_OF_ACCOUNT]
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a slow run over an account's global listings; they come in turns."""
        wish = self.told(ComparisonWish)
        return self.queued_run(comparing.request_comparison(wish.pop("account"), requested_by=self.caller, **wish))

    def _wanted(self) -> Drift:
        difference: Drift = self.get_object()
        self.told(Nothing)
        return difference


@extend_schema_view(
    list=extend_schema(summary="List field switches"), retrieve=extend_schema(summary="Read a shop's field switches")
)
class FieldSwitchesViewSet(ReadOnly):
    """Which global edits flow down to a shop's listings. A shop that is not listed takes all of them."""

    what = _("field switches")
    queryset = FieldSync.objects.all()
    serializer_class = FieldSwitchesSerializer
    filterset_class = FieldSwitchesFilters
    needs = {"create": "change"}

    @extend_schema(
        summary="Set a shop's field switches",
        request=SwitchesWish,
        responses={202: FieldSwitchesSerializer},
        examples=[
            OpenApiExample(
                "prices of its own",
                value={
                    "shop": 3,
                    "texts": True,
                    "media": True,
                    "options": True,
                    "price": False,
                    "days_to_ship": True,
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Keep all five and queue telling the platform; `sent_at` is empty until it was told."""
        wish = self.told(SwitchesWish)
        row = switches.save(wish.pop("shop"), FieldSwitches(**wish), self.caller)
        return self.one(FieldSwitchesSerializer, row, code=status.HTTP_202_ACCEPTED)


class PushViewSet(Resource):
    """Prices and stock that are not at the platforms as they should be, and sending them."""

    what = _("push")
    queryset = GlobalListing.objects.none()
    serializer_class = PushWish
    pagination_class = None
    filter_backends = []
    needs = {"create": "change"}
    takes = {"list": list(UnsentWish().fields)}

    @extend_schema(
        summary="What a push would send", operation_id="pushes_list", parameters=[UnsentWish], responses=UnsentAnswer
    )
    def list(self, request: Request) -> Response:
        """Of prices, of stock, or of both. No platform is asked and nothing is changed."""
        asked = self.asked(UnsentWish)
        return self.one(UnsentAnswer, pushing.differences(asked["account"], asked["what"]))

    @extend_schema(
        summary="Push what differs of an account's prices or stock",
        request=PushWish,
        responses={200: UnsentAnswer, 202: QueuedJobs},
        examples=[
            OpenApiExample("stock", value={"account": 2, "what": "stock"}, request_only=True),
            OpenApiExample("only look", value={"account": 2, "what": "prices", "dry_run": True}, request_only=True),
        ],
    )
    def create(self, request: Request) -> Response:
        """Queue a job for each global listing that differs; none where nothing does. A dry run (200) only tells."""
        wish = self.told(PushWish)
        if wish["dry_run"]:
            return self.one(UnsentAnswer, pushing.differences(wish["account"], wish["what"]))
        queued = pushing.request_push(wish["account"], wish["what"], requested_by=self.caller)
        return self.one(QueuedJobs, {"jobs": [job.pk for job in queued]}, code=status.HTTP_202_ACCEPTED)
