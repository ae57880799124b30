"""Selections: what to carry. The live search from which it is chosen: catalog/api/searching.py."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import mixins, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.filters.sourcing import SelectionFilters
from catalog.models import Selection
from catalog.serializers.sourcing import SelectionItemSerializer, SelectionSerializer
from catalog.services import selections, sourcing
from integrations.api import ReadOnly
from integrations.serializers import ForecastSerializer

from .wishes import (
    AddedSerializer,
    IdsWish,
    PastedText,
    PlanWish,
    QueuedRun,
    Removed,
    SelectionChange,
    SelectionWish,
    SyncWish,
)

_IDS = OpenApiExample("two", value={"external_ids": ["1378185163425034240", "1392009095543918592"]}, request_only=True)


@extend_schema_view(
    list=extend_schema(summary="List selections"),
    retrieve=extend_schema(summary="Read a selection"),
    destroy=extend_schema(summary="Delete a selection", description="Its products stay."),
)
class SelectionViewSet(mixins.DestroyModelMixin, ReadOnly):
    """What merchandisers chose to carry: saved searches, the supplier's "my products", and lists."""

    what = _("selection")
    queryset = Selection.objects.all()
    serializer_class = SelectionSerializer
    filterset_class = SelectionFilters
    needs = {"sync": "change", "add": "change", "carry": "change", "remove": "change"}
    takes = {"plan": ["mode"]}
    paged = ["items"]
    calls_out = ["plan"]

    @extend_schema(
        summary="Make a selection",
        request=SelectionWish,
        responses={201: SelectionSerializer},
        examples=[
            OpenApiExample(
                "a saved search",
                value={
                    "account": 1,
                    "name": "Hoodies in the US",
                    "keyword": "hoodie",
                    "country_code": "US",
                    "price_max": "12",
                },
                request_only=True,
            ),
            OpenApiExample("a list", value={"account": 1, "name": "From the fair", "kind": "list"}, request_only=True),
        ],
    )
    def create(self, request: Request) -> Response:
        """Only filters that the supplier knows are taken, within its limits."""
        wish = self.told(SelectionWish)
        made = selections.create_selection(wish.pop("account"), **wish)
        return self.one(SelectionSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a selection", request=SelectionChange, responses=SelectionSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest."""
        selection = self.get_object()
        changes = self.told(SelectionChange, partial=True)
        return self.one(SelectionSerializer, selections.edit_selection(selection, **changes))

    @extend_schema(
        summary="Read a selection's products",
        request=SyncWish,
        responses={202: QueuedRun},
        examples=[
            OpenApiExample("all of it", value={"mode": "sweep"}, request_only=True),
            OpenApiExample("queued", value={"job": 12, "run": 5}, response_only=True, status_codes=["202"]),
        ],
    )
    @action(detail=True, methods=["post"])
    def sync(self, request: Request, pk: str) -> Response:
        """Queue a run; where one of this selection is open, that one is answered."""
        selection = self.get_object()
        mode = self.told(SyncWish)["mode"]
        return self.queued_run(sourcing.request_sync(selection, mode=mode, requested_by=self.caller))

    @extend_schema(
        summary="Products that a selection carries", responses=SelectionItemSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"])
    def items(self, request: Request, pk: str) -> Response:
        """With the reason where a pasted line became none."""
        return self.pages(SelectionItemSerializer, self.get_object().items.all())

    @extend_schema(
        summary="Add pasted ids, SKUs or addresses to a list",
        request=PastedText,
        responses=AddedSerializer,
        examples=[
            OpenApiExample(
                "two",
                value={"text": "CJNSSYCS01847\nhttps://cjdropshipping.com/product/x-p-1378.html"},
                request_only=True,
            )
        ],
    )
    @action(detail=True, methods=["post"])
    def add(self, request: Request, pk: str) -> Response:
        """Each line becomes an item; what is there already stays once."""
        selection = self.get_object()
        text = self.told(PastedText)["text"]
        return self._added(selections.add_to_list(selection, text, requested_by=self.caller))

    @extend_schema(
        summary="Add hits of a search to a list", request=IdsWish, responses=AddedSerializer, examples=[_IDS]
    )
    @action(detail=True, methods=["post"])
    def carry(self, request: Request, pk: str) -> Response:
        """Carry products that a search has shown."""
        selection = self.get_object()
        ids = self.told(IdsWish)["external_ids"]
        return self._added(selections.carry(selection.account, ids, selection, requested_by=self.caller))

    @extend_schema(summary="Take products off a list", request=IdsWish, responses=Removed, examples=[_IDS])
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str) -> Response:
        """They stay in the catalogue."""
        selection = self.get_object()
        count = selections.remove(selection, self.told(IdsWish)["external_ids"])
        return self.one(Removed, {"removed": count})

    @extend_schema(
        summary="When a reading would be ready", parameters=[PlanWish], responses=ForecastSerializer, filters=False
    )
    @action(detail=True, methods=["get"])
    def plan(self, request: Request, pk: str) -> Response:
        """Say how many calls it takes; costs one call where no run has told how many products there are."""
        selection = self.get_object()
        return self.one(ForecastSerializer, sourcing.plan(selection, self.asked(PlanWish)["mode"]))

    def _added(self, outcome: selections.Added) -> Response:
        return self.one(AddedSerializer, outcome)
