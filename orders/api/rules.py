"""By what rules is bought and sent, and what can be spent."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.api.wishes import AccountWish
from orders.filters import CarrierRuleFilters, OfAccountFilters
from orders.models import BuyRule, CarrierRule, SupplierBalance
from orders.serializers.bought import (
    BalanceForecastSerializer,
    BalanceSerializer,
    BuyRuleSerializer,
    FullBalanceSerializer,
)
from orders.serializers.rules import CarrierRuleSerializer
from orders.services import balances, buyrules, choosing

from .common import OF_ACCOUNT, QUEUED, Acting
from .wishes import BuyRuleChange, BuyRuleWish, CarrierRuleChange


@extend_schema_view(
    list=extend_schema(summary="List carrier rules"), retrieve=extend_schema(summary="Read a carrier rule")
)
class CarrierRuleViewSet(Acting):
    """Which carrier brings an order: the first rule that fits decides, by `position`."""

    what = _("carrier rule")
    queryset = CarrierRule.objects.all()
    serializer_class = CarrierRuleSerializer
    filterset_class = CarrierRuleFilters

    @extend_schema(
        summary="Make a carrier rule",
        request=CarrierRuleChange,
        responses={201: CarrierRuleSerializer},
        examples=[
            OpenApiExample(
                "light goods to Malaysia",
                value={
                    "name": "Light to MY",
                    "countries": ["MY"],
                    "heaviest_g": "2000",
                    "prefer": "fastest",
                    "most_days": 12,
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """What is planned already stays as it is."""
        made = choosing.create_rule(**self.told(CarrierRuleChange))
        return self.one(CarrierRuleSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a carrier rule", request=CarrierRuleChange, responses=CarrierRuleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest."""
        rule = self.get_object()
        return self.one(CarrierRuleSerializer, choosing.update_rule(rule, **self.told(CarrierRuleChange, partial=True)))

    @extend_schema(summary="Delete a carrier rule", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """What is planned already stays as it is."""
        choosing.delete_rule(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    list=extend_schema(summary="List buying rules"), retrieve=extend_schema(summary="Read a buying rule")
)
class BuyRuleViewSet(Acting):
    """What is approved without a person, with caps: one rule for each supplier's account."""

    what = _("buying rule")
    queryset = BuyRule.objects.select_related("account")
    serializer_class = BuyRuleSerializer
    filterset_class = OfAccountFilters

    @extend_schema(
        summary="Make a buying rule",
        request=BuyRuleWish,
        responses={201: BuyRuleSerializer},
        examples=[
            OpenApiExample(
                "small orders",
                value={
                    "account": 1,
                    "is_active": True,
                    "most_per_order": "40",
                    "most_per_day": "800",
                    "least_margin_percent": "12",
                    "two_people_over": "500",
                },
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """One for each supplier's account."""
        wish = self.told(BuyRuleWish)
        made = buyrules.create_rule(wish.pop("account"), **wish)
        return self.one(BuyRuleSerializer, made, code=status.HTTP_201_CREATED)

    @extend_schema(summary="Change a buying rule", request=BuyRuleChange, responses=BuyRuleSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is said and leave the rest; what is approved stays so."""
        rule = self.get_object()
        return self.one(BuyRuleSerializer, buyrules.update_rule(rule, **self.told(BuyRuleChange, partial=True)))

    @extend_schema(summary="Delete a buying rule", responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """From now on people approve everything of this account."""
        buyrules.delete_rule(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    list=extend_schema(summary="List balances"),
    retrieve=extend_schema(summary="Read a balance, held against what is open"),
)
class BalanceViewSet(Acting):
    """What accounts at suppliers can spend, as it was read last."""

    what = _("balance")
    queryset = SupplierBalance.objects.select_related("account")
    filterset_class = OfAccountFilters
    needs = {"sync": "change"}
    takes = {"forecast": ["account"]}

    def get_serializer_class(self) -> Any:
        """Show one with its forecast."""
        return FullBalanceSerializer if self.action == "retrieve" else BalanceSerializer

    @extend_schema(
        summary="What is about to be spent",
        parameters=[AccountWish],
        responses=BalanceForecastSerializer,
        filters=False,
    )
    @action(detail=False, methods=["get"], pagination_class=None)
    def forecast(self, request: Request) -> Response:
        """Of an account whose balance may never have been read, too."""
        return self.one(BalanceForecastSerializer, balances.forecast(self.asked(AccountWish)["account"]))

    @extend_schema(summary="Read a balance anew", request=AccountWish, responses=QUEUED, examples=[OF_ACCOUNT])
    @action(detail=False, methods=["post"])
    def sync(self, request: Request) -> Response:
        """Queue reading what the account can spend."""
        return self.queued(balances.request_reading(self.told(AccountWish)["account"], requested_by=self.caller))
