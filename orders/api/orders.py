"""Orders: what buyers ordered, what waits for a person, and what can be done to an order."""

from typing import Any

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing
from accounts.complaints import complain
from catalog.api.wishes import QueuedRun
from integrations import exchanges
from integrations.serializers import ExchangeSerializer
from orders.filters import OrderFilters
from orders.models import Label, Order, Package, PurchaseOrder
from orders.serializers.sold import (
    CancelReasonSerializer,
    FullOrderSerializer,
    MatchedSerializer,
    MessageSerializer,
    NextStepSerializer,
    OrderSerializer,
    PlannedSerializer,
    QueueSerializer,
    StatusChangeSerializer,
)
from orders.services import attention, cancelling, holding, intake, matching, messages, moves, planning, queues

from .common import OF_ACCOUNT, QUEUED, WHY, Acting
from .wishes import AnswerWish, CancelWish, MatchWish, OrdersSyncWish, OrdersWish, ReasonWish, ReleaseWish

_ACTIONS = ("sync", "refresh", "plan", "plan_many", "hold", "release", "cancel", "answer_cancellation", "match")


@extend_schema_view(
    list=extend_schema(summary="List orders"),
    retrieve=extend_schema(summary="Read an order with its lines, money, purchases, packages and history"),
)
class OrderViewSet(Acting):
    """What buyers ordered, newest first."""

    what = _("order")
    queryset = Order.objects.select_related("shop__account")
    filterset_class = OrderFilters
    needs = dict.fromkeys(_ACTIONS, "change")
    paged = ["history", "exchanges"]

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one order all that belongs to it."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows.select_related(None).defer("address", "facts", "message", "note")
        if self.action == "next":
            return queues.with_all(rows)
        return rows.prefetch_related(*_shown()) if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        """Show all of one order, the headlines of many."""
        return OrderSerializer if self.action == "list" else FullOrderSerializer

    @extend_schema(summary="Count what waits", responses=QueueSerializer(many=True), filters=False)
    @action(detail=False, methods=["get"], pagination_class=None)
    def queues(self, request: Request) -> Response:
        """How many orders wait for each kind of work; `/api/v1/orders/?queue=<name>` lists them."""
        counted = queues.counts()
        told = [
            {"name": name, "label": str(queue.label), "orders": counted[name]}
            for name, queue in attention.QUEUES.items()
        ]
        return Response(QueueSerializer(told, many=True).data)

    @extend_schema(
        summary="Read the orders of an account",
        request=OrdersSyncWish,
        responses={202: QueuedRun},
        examples=[
            OF_ACCOUNT,
            OpenApiExample("since", value={"account": 2, "since": "2026-11-20T00:00:00Z"}, request_only=True),
        ],
    )
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue a run that reads what changed in all connected shops of a selling account."""
        wish = self.told(OrdersSyncWish)
        return self.queued_run(intake.request_sync(wish["account"], since=wish["since"], requested_by=self.caller))

    @extend_schema(summary="Read an order anew", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def refresh(self, request: Request, pk: str) -> Response:
        """Queue reading it at the marketplace."""
        order = self.wanted()
        return self.queued(intake.request_order(order.shop, order.external_id, requested_by=self.caller))

    @extend_schema(summary="Plan what is bought for an order", request=Nothing, responses=PlannedSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str) -> Response:
        """Replace what nobody has approved; what is not known of freight is asked for by a job."""
        return self.one(PlannedSerializer, planning.plan(self.wanted(), self.caller))

    @extend_schema(
        operation_id="orders_plan_many",
        summary="Plan what is bought for orders",
        request=OrdersWish,
        responses=PlannedSerializer(many=True),
        examples=[OpenApiExample("two", value={"orders": [31, 32]}, request_only=True)],
    )
    @action(detail=False, methods=["post"], url_path="plan", pagination_class=None)
    def plan_many(self, request: Request) -> Response:
        """Say of each what became of it. An unknown id refuses all."""
        planned = planning.plan_orders(self.told(OrdersWish)["orders"], self.caller)
        return Response(PlannedSerializer(planned, many=True).data)

    @extend_schema(summary="Hold an order back", request=ReasonWish, responses=FullOrderSerializer, examples=[WHY])
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, pk: str) -> Response:
        """Nothing is bought for it until somebody releases it; 409 where it is bought already."""
        order = self.get_object()
        holding.hold(order, self.told(ReasonWish)["reason"], self.caller)
        return self._shown(order)

    @extend_schema(
        summary="Let a held order go on",
        request=ReleaseWish,
        responses=FullOrderSerializer,
        examples=[OpenApiExample("why", value={"reason": "The address is right now."}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """It is planned again."""
        order = self.get_object()
        holding.release(order, self.caller, self.told(ReleaseWish)["reason"])
        return self._shown(order)

    @extend_schema(
        summary="Reasons that the marketplace takes", responses=CancelReasonSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"], url_path="cancel-reasons", pagination_class=None)
    def cancel_reasons(self, request: Request, pk: str) -> Response:
        """One of these codes has to be given to cancel this order."""
        found = [{"code": code, "text": text} for code, text in cancelling.reasons(self.get_object())]
        return Response(CancelReasonSerializer(found, many=True).data)

    @extend_schema(
        summary="Cancel an order at the marketplace",
        request=CancelWish,
        responses=QUEUED,
        examples=[OpenApiExample("a code", value={"reason": "OUT_OF_STOCK"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Queue it; from now on nothing is bought for the order."""
        order = self.get_object()
        return self.queued(cancelling.request_cancel(order, self.told(CancelWish)["reason"], self.caller))

    @extend_schema(
        summary="Answer a buyer who asks to cancel",
        request=AnswerWish,
        responses=QUEUED,
        examples=[OpenApiExample("yes", value={"accept": True}, request_only=True)],
    )
    @action(detail=True, methods=["post"], url_path="answer-cancellation")
    def answer_cancellation(self, request: Request, pk: str) -> Response:
        """Queue the answer; what became of the order is read afterwards."""
        order = self.get_object()
        return self.queued(cancelling.answer(order, self.told(AnswerWish)["accept"], self.caller))

    @extend_schema(
        summary="Say which variant a line is",
        request=MatchWish,
        responses=MatchedSerializer,
        examples=[OpenApiExample("once and for all", value={"line": 81, "variant": 512}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def match(self, request: Request, pk: str) -> Response:
        """It holds for all lines of the same item in the account, now and later."""
        order, wish = self.get_object(), self.told(MatchWish)
        lines = matching.match_line(_line_of(order, wish["line"]), wish["variant"], self.caller)
        return self.one(MatchedSerializer, {"lines": lines})

    @extend_schema(summary="What has to be done next", responses=NextStepSerializer, filters=False)
    @action(detail=True, methods=["get"])
    def next(self, request: Request, pk: str) -> Response:
        """One step for a person, and on which record; `none` where somebody else is at work."""
        return self.one(NextStepSerializer, queues.next_step(self.get_object()))

    @extend_schema(summary="An order's history", responses=StatusChangeSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def history(self, request: Request, pk: str) -> Response:
        """Every step of it and of what belongs to it, newest first: who or what, when, from, to, why."""
        return self.pages(StatusChangeSerializer, moves.history_of(self.get_object()))

    @extend_schema(summary="Exchanges that concerned an order", responses=ExchangeSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def exchanges(self, request: Request, pk: str) -> Response:
        """What was said about it to the marketplace and what that answered, newest first."""
        order = self.get_object()
        return self.pages(
            ExchangeSerializer, exchanges.for_subject(order.shop.account_id, f"order:{order.external_id}")
        )

    @extend_schema(summary="Tell the buyer that it is on its way", responses=MessageSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path="shipped-message")
    def shipped_message(self, request: Request, pk: str) -> Response:
        """A text in the language of the buyer's country; nothing is sent from here."""
        return self.one(MessageSerializer, messages.shipped(self.get_object()))

    @extend_schema(summary="Tell the buyer that it is late", responses=MessageSerializer, filters=False)
    @action(detail=True, methods=["get"], url_path="delayed-message")
    def delayed_message(self, request: Request, pk: str) -> Response:
        """A text in the language of the buyer's country; nothing is sent from here."""
        return self.one(MessageSerializer, messages.delayed(self.get_object()))

    def _shown(self, order: Order) -> Response:
        row = Order.objects.prefetch_related(*_shown()).get(pk=order.pk)
        return self.one(FullOrderSerializer, row, code=status.HTTP_200_OK)


def _line_of(order: Order, line: Any) -> Any:
    if line.order_id != order.pk:
        words = _("Line %(line)d is of another order. Lines of this one: %(known)s.")
        known = ", ".join(str(pk) for pk in order.lines.values_list("pk", flat=True)) or "–"
        complain("line", words % {"line": line.pk, "known": known})
    return line


def _shown() -> tuple[Any, ...]:
    """Return what has to be loaded with orders that are shown in full."""
    labels = Prefetch("label", Label.objects.defer("content"))
    packages = Package.objects.select_related("customs").prefetch_related(labels, "lines", "events")
    purchases = PurchaseOrder.objects.prefetch_related("lines__variant", "aliases")
    return "lines", Prefetch("purchases", purchases), Prefetch("packages", packages)
