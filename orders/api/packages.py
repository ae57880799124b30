"""Packages: arranged, labelled, handed in, told, tracked, split; and their papers."""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing
from orders.filters import PackageFilters
from orders.models import Label, Package
from orders.serializers.sent import CustomsSerializer, FullPackageSerializer, PackageSerializer
from orders.services import (
    arranging,
    customs,
    export_papers,
    labels,
    papers,
    parcels,
    picking,
    telling,
    tracking,
    waybills,
)

from .common import PDF, QUEUED, TABLE, Acting, pdf
from .wishes import ArrangeManyWish, ArrangeWish, MeasureWish, PackagesWish, PapersWish, SplitWish, UploadWish

_ACTIONS = (
    *("arrange", "arrange_many", "label", "label_many", "labels", "upload", "tell", "tell_many", "split", "merge"),
    *("track", "measure", "prepare_customs"),
)
_MANY = OpenApiExample("two", value={"packages": [51, 52]}, request_only=True)


@extend_schema_view(
    list=extend_schema(summary="List packages"),
    retrieve=extend_schema(summary="Read a package with its lines, label and checkpoints"),
)
class PackageViewSet(Acting):
    """What travels in one parcel, newest first."""

    what = _("package")
    queryset = Package.objects.select_related("order__shop__account", "purchase__account")
    filterset_class = PackageFilters
    needs = dict.fromkeys(_ACTIONS, "change") | dict.fromkeys(("packing_slips", "pick_list"), "view")
    repeatable = ("labels", "packing_slips", "pick_list")
    papers = (*repeatable, "commercial_invoice", "customs_declaration")

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one package all that it shows."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows.select_related(None).defer("facts")
        if self.action == "retrieve":
            shown = Prefetch("label", Label.objects.defer("content"))
            return rows.select_related("customs").prefetch_related(shown, "lines", "events")
        return rows

    def get_serializer_class(self) -> Any:
        """Show all of one package, the headlines of many."""
        return PackageSerializer if self.action == "list" else FullPackageSerializer

    @extend_schema(
        summary="Arrange the shipping of a package",
        request=ArrangeWish,
        responses=TABLE,
        examples=[
            OpenApiExample("by the defaults", value={}, request_only=True),
            OpenApiExample("brought to a branch", value={"how": {"kind": "dropoff"}}, request_only=True),
        ],
    )
    @action(detail=True, methods=["post"])
    def arrange(self, request: Request, pk: str) -> Response:
        """Queue it at the marketplace; its label is fetched afterwards. 409 says why it can't be arranged."""
        package = self.get_object()
        return self.table(arranging.request_arrangement([package], by=self.caller, **self.told(ArrangeWish)))

    @extend_schema(
        operation_id="packages_arrange_many",
        summary="Arrange the shipping of packages",
        request=ArrangeManyWish,
        responses=TABLE,
        examples=[_MANY],
    )
    @action(detail=False, methods=["post"], url_path="arrange")
    def arrange_many(self, request: Request) -> Response:
        """Each that can be arranged is queued, and the answer says why others can't; 409 where none can."""
        wish = self.told(ArrangeManyWish)
        return self.table(arranging.request_arrangement(wish["packages"], how=wish["how"], by=self.caller))

    @extend_schema(summary="Get a package's label", request=Nothing, responses=TABLE)
    @action(detail=True, methods=["post"])
    def label(self, request: Request, pk: str) -> Response:
        """Queue fetching it, or once more where that failed."""
        return self.table(labels.request_labels([self.wanted()], self.caller))

    @extend_schema(
        operation_id="packages_label_many",
        summary="Get the labels of packages",
        request=PackagesWish,
        responses=TABLE,
        examples=[_MANY],
    )
    @action(detail=False, methods=["post"], url_path="label")
    def label_many(self, request: Request) -> Response:
        """Each that can have one is queued, and the answer says why others can't; 409 where none can."""
        return self.table(labels.request_labels(self.told(PackagesWish)["packages"], self.caller))

    @extend_schema(summary="Print labels", request=PapersWish, responses=PDF, examples=[_MANY])
    @action(detail=False, methods=["post"])
    def labels(self, request: Request) -> HttpResponse:
        """All labels as one PDF in the order of picking, noted as printed; a missing one has a page that says so."""
        return pdf(papers.merged_labels(self.told(PapersWish)["packages"]), "labels.pdf")

    @extend_schema(summary="Print packing slips", request=PapersWish, responses=PDF, examples=[_MANY])
    @action(detail=False, methods=["post"], url_path="packing-slips")
    def packing_slips(self, request: Request) -> HttpResponse:
        """One slip for each package, in the order of picking."""
        return pdf(picking.packing_slips(self.told(PapersWish)["packages"]), "packing-slips.pdf")

    @extend_schema(summary="Print the pick list", request=PapersWish, responses=PDF, examples=[_MANY])
    @action(detail=False, methods=["post"], url_path="pick-list")
    def pick_list(self, request: Request) -> HttpResponse:
        """What is to be taken from the shelves, by warehouse and SKU."""
        return pdf(picking.pick_list(self.told(PapersWish)["packages"]), "pick-list.pdf")

    @extend_schema(
        summary="Hand a package's label in",
        request=UploadWish,
        responses=QUEUED,
        examples=[OpenApiExample("whose label it is", value={"carrier": "SPX"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def upload(self, request: Request, pk: str) -> Response:
        """Queue giving the marketplace's label to the supplier who packs it, once it is paid."""
        package, carrier = self.get_object(), self.told(UploadWish)["carrier"]
        return self.queued(waybills.request_upload_of(package, carrier=carrier, by=self.caller))

    @extend_schema(summary="Tell the marketplace of a package", request=Nothing, responses=TABLE)
    @action(detail=True, methods=["post"])
    def tell(self, request: Request, pk: str) -> Response:
        """Queue telling it the supplier's tracking number, once."""
        return self.table(telling.request_telling([self.wanted()], self.caller))

    @extend_schema(
        operation_id="packages_tell_many",
        summary="Tell the marketplace of packages",
        request=PackagesWish,
        responses=TABLE,
        examples=[_MANY],
    )
    @action(detail=False, methods=["post"], url_path="tell")
    def tell_many(self, request: Request) -> Response:
        """Each that can be told is queued, and the answer says why others can't; 409 where none can."""
        return self.table(telling.request_telling(self.told(PackagesWish)["packages"], self.caller))

    @extend_schema(
        summary="Split the order of a package",
        request=SplitWish,
        responses=QUEUED,
        examples=[
            OpenApiExample("one for each purchase", value={}, request_only=True),
            OpenApiExample("as said", value={"parts": [{"11:0:0:0": 1}, {"11:0:0:0": 1, "12:0:0:0": 2}]}),
        ],
    )
    @action(detail=True, methods=["post"])
    def split(self, request: Request, pk: str) -> Response:
        """Queue sending its order in these packages, which hold each wanted piece of the order once."""
        package = self.get_object()
        parts = self.told(SplitWish)["parts"]
        return self.queued(parcels.request_split(package.order, parts, by=self.caller))

    @extend_schema(summary="Put the order of a package together", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Queue sending its split order in one package again."""
        return self.queued(parcels.request_merge(self.wanted().order, by=self.caller))

    @extend_schema(summary="Ask where a package is", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def track(self, request: Request, pk: str) -> Response:
        """Queue asking whoever carries it."""
        return self.queued(tracking.request_look(self.wanted(), by=self.caller))

    @extend_schema(
        summary="Say what a package measures",
        request=MeasureWish,
        responses=FullPackageSerializer,
        examples=[OpenApiExample("weighed", value={"weight_g": "420"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def measure(self, request: Request, pk: str) -> Response:
        """As a person weighed and measured it."""
        package = self.get_object()
        parcels.measure(package, **self.told(MeasureWish))
        package.refresh_from_db()
        return self.one(FullPackageSerializer, package)

    @extend_schema(summary="Prepare customs papers", request=Nothing, responses=CustomsSerializer)
    @action(detail=True, methods=["post"], url_path="customs")
    def prepare_customs(self, request: Request, pk: str) -> Response:
        """Write what it holds, at which value, under which HS codes; 409 names what is missing."""
        return self.one(CustomsSerializer, customs.prepare(self.wanted(), self.caller))

    @extend_schema(summary="Print the commercial invoice", responses=PDF, filters=False)
    @action(detail=True, methods=["get"], url_path="commercial-invoice")
    def commercial_invoice(self, request: Request, pk: str) -> HttpResponse:
        """Of the customs papers as they were prepared."""
        return pdf(export_papers.commercial_invoice(self.get_object()), "commercial-invoice.pdf")

    @extend_schema(summary="Print the customs declaration", responses=PDF, filters=False)
    @action(detail=True, methods=["get"], url_path="customs-declaration")
    def customs_declaration(self, request: Request, pk: str) -> HttpResponse:
        """Of the customs papers as they were prepared."""
        return pdf(export_papers.customs_declaration(self.get_object()), "customs-declaration.pdf")
