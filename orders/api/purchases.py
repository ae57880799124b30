"""Purchases and payments: what is bought from suppliers, and what is paid."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing
from catalog.api.wishes import AccountWish
from integrations import exchanges
from integrations.serializers import ExchangeSerializer
from orders.filters import PaymentFilters, PurchaseFilters
from orders.models import Payment, PurchaseOrder
from orders.serializers.bought import (
    FullPaymentSerializer,
    FullPurchaseSerializer,
    PaymentSerializer,
    PurchaseSerializer,
)
from orders.services import approving, buying, looking, paying, planning, purchasing, removing

from .common import OF_ACCOUNT, QUEUED, TABLE, WHY, Acting
from .wishes import (
    ApprovePaymentWish,
    ApprovePurchasesWish,
    ApprovePurchaseWish,
    PurchaseChange,
    ReasonWish,
    WarehouseWish,
)

_PURCHASE_ACTIONS = (
    *("approve", "approve_many", "buy", "refresh", "look", "change", "change_warehouse", "cancel", "accept", "retry"),
)


@extend_schema_view(
    list=extend_schema(summary="List purchases"),
    retrieve=extend_schema(summary="Read a purchase with its lines and the supplier's names for it"),
)
class PurchaseViewSet(Acting):
    """What is bought from suppliers, each for one order, newest first."""

    what = _("purchase")
    queryset = PurchaseOrder.objects.select_related("order__shop__account", "account", "payment")
    filterset_class = PurchaseFilters
    needs = dict.fromkeys(_PURCHASE_ACTIONS, "change")
    paged = ["exchanges"]

    def get_queryset(self) -> Any:
        """Fetch with a list no more than it shows, with one purchase its lines."""
        rows = super().get_queryset()
        if self.action == "list":
            return rows.select_related(None).defer("facts", "reasons")
        return rows.prefetch_related("lines__variant", "aliases") if self.action == "retrieve" else rows

    def get_serializer_class(self) -> Any:
        """Show all of one purchase, the headlines of many."""
        return PurchaseSerializer if self.action == "list" else FullPurchaseSerializer

    @extend_schema(
        summary="Approve a purchase",
        request=ApprovePurchaseWish,
        responses=FullPurchaseSerializer,
        examples=[OpenApiExample("without waiting", value={"at_once": True}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Allow it to be made; a worker makes it when buyers can't cancel freely any more."""
        purchase = self.get_object()
        approving.approve(purchase, self.caller, at_once=self.told(ApprovePurchaseWish)["at_once"])
        return self.one(FullPurchaseSerializer, purchase)

    @extend_schema(
        operation_id="purchases_approve_many",
        summary="Approve purchases",
        request=ApprovePurchasesWish,
        responses=TABLE,
        examples=[OpenApiExample("two", value={"purchases": [12, 15]}, request_only=True)],
    )
    @action(detail=False, methods=["post"], url_path="approve")
    def approve_many(self, request: Request) -> Response:
        """Each that can be approved is, and the answer says why others can't. An unknown id refuses all."""
        wish = self.told(ApprovePurchasesWish)
        return self.table(purchasing.approve_many(wish["purchases"], self.caller, at_once=wish["at_once"]))

    @extend_schema(summary="Buy what is approved", request=AccountWish, responses=QUEUED, examples=[OF_ACCOUNT])
    @action(detail=False, methods=["post"])
    def buy(self, request: Request) -> Response:
        """Queue making what is approved, or may be by the written rule, up to the bill; nothing is paid by it."""
        return self.queued(buying.request_purchases(self.told(AccountWish)["account"], requested_by=self.caller))

    @extend_schema(
        summary="Read the open purchases of a supplier's account",
        request=AccountWish,
        responses=QUEUED,
        examples=[OF_ACCOUNT],
    )
    @action(detail=False, methods=["post"])
    def refresh(self, request: Request) -> Response:
        """Queue reading them."""
        return self.queued(looking.request_refresh(self.told(AccountWish)["account"], requested_by=self.caller))

    @extend_schema(summary="Look a purchase up at its supplier", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def look(self, request: Request, pk: str) -> Response:
        """Queue it; our record follows what is there."""
        return self.queued(looking.request_look(self.wanted(), by=self.caller))

    @extend_schema(
        summary="Send a planned purchase another way",
        request=PurchaseChange,
        responses=FullPurchaseSerializer,
        examples=[OpenApiExample("another carrier", value={"route": "CJPacket Ordinary"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        """Another carrier, warehouse or label, before it is approved. Planning the order anew forgets it."""
        purchase = self.get_object()
        changed = planning.change(purchase, by=self.caller, **self.told(PurchaseChange))
        return self.one(FullPurchaseSerializer, changed)

    @extend_schema(
        summary="Have another warehouse send a purchase",
        request=WarehouseWish,
        responses=QUEUED,
        examples=[OpenApiExample("by its id", value={"warehouse_id": "W00001"}, request_only=True)],
    )
    @action(detail=True, methods=["post"], url_path="change-warehouse")
    def change_warehouse(self, request: Request, pk: str) -> Response:
        """Queue asking the supplier, who has it already and has not sent it."""
        purchase = self.get_object()
        told = self.told(WarehouseWish)
        return self.queued(removing.request_warehouse(purchase, told["warehouse_id"], by=self.caller))

    @extend_schema(summary="Cancel a purchase", request=ReasonWish, responses=QUEUED, examples=[WHY])
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Only what is not paid; a worker deletes it at the supplier."""
        purchase = self.get_object()
        return self.queued(removing.request_removal(purchase, self.caller, self.told(ReasonWish)["reason"]))

    @extend_schema(summary="Take what the supplier has", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Where the supplier has something else under our number: take it as it is."""
        return self.queued(looking.accept(self.wanted(), self.caller))

    @extend_schema(summary="Go on with a purchase", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """After a person has seen to its problem, here or at the supplier."""
        return self.queued(buying.retry(self.wanted(), self.caller))

    @extend_schema(
        summary="Exchanges that concerned a purchase", responses=ExchangeSerializer(many=True), filters=False
    )
    @action(detail=True, methods=["get"])
    def exchanges(self, request: Request, pk: str) -> Response:
        """What was said about it to the supplier and what that answered, newest first."""
        purchase = self.get_object()
        names = {purchase.reference, purchase.external_id, *purchase.aliases.values_list("value", flat=True)} - {""}
        subjects = [f"{kind}:{name}" for name in names for kind in ("order", "shipment")]
        return self.pages(ExchangeSerializer, exchanges.for_subjects(purchase.account_id, subjects))


@extend_schema_view(
    list=extend_schema(summary="List payments"),
    retrieve=extend_schema(summary="Read a payment with its purchases and approvals"),
)
class PaymentViewSet(Acting):
    """Bills of suppliers, each for one or more purchases, newest first."""

    what = _("payment")
    queryset = Payment.objects.select_related("account")
    filterset_class = PaymentFilters
    needs = dict.fromkeys(("approve", "pay", "retry", "declare_unpaid"), "change")

    def get_queryset(self) -> Any:
        """Fetch with one payment its purchases and approvals."""
        rows = super().get_queryset()
        return rows if self.action == "list" else rows.prefetch_related("approvals", "purchases")

    def get_serializer_class(self) -> Any:
        """Show all of one payment, the headlines of many."""
        return PaymentSerializer if self.action == "list" else FullPaymentSerializer

    @extend_schema(
        summary="Approve a bill",
        request=ApprovePaymentWish,
        responses=FullPaymentSerializer,
        examples=[OpenApiExample("as it was seen", value={"amount": "57.90"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str) -> Response:
        """Allow exactly this amount to be paid; where that is enough it is queued, else a second person has to."""
        payment = self.get_object()
        purchasing.approve_seen(payment, self.told(ApprovePaymentWish)["amount"], self.caller)
        return self._shown(payment)

    @extend_schema(summary="Pay an approved bill", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str) -> Response:
        """Queue it; buyers' orders and the supplier's are looked at once more before money moves."""
        return self.queued(paying.request_payment(self.wanted(), self.caller))

    @extend_schema(summary="Go on with a payment", request=Nothing, responses=QUEUED)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """After a person has seen to its problem: what became of it is looked up, then it is paid if approved."""
        return self.queued(paying.retry(self.wanted(), self.caller))

    @extend_schema(
        summary="Say that a payment in doubt was not made",
        request=ReasonWish,
        responses=FullPaymentSerializer,
        examples=[
            OpenApiExample("how it is known", value={"reason": "Their wallet shows no such debit."}, request_only=True)
        ],
    )
    @action(detail=True, methods=["post"], url_path="declare-unpaid")
    def declare_unpaid(self, request: Request, pk: str) -> Response:
        """It is to be approved anew."""
        payment = self.get_object()
        paying.declare_unpaid(payment, self.caller, self.told(ReasonWish)["reason"])
        return self._shown(payment)

    def _shown(self, payment: Payment) -> Response:
        row = self.get_queryset().get(pk=payment.pk)
        return self.one(FullPaymentSerializer, row, code=status.HTTP_200_OK)
