"""Accounts in the API: connect, disconnect, and what their limits allow. They lie here because they call out."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.apisite import Nothing, Queued
from accounts.errors import Refused
from accounts.filters import AccountFilters
from accounts.models import PlatformAccount

from . import connections, custodian, governor
from .api import ReadOnly
from .api_connect import ConsentActions
from .serializers import (
    AccountSerializer,
    ConnectWish,
    DisconnectedSerializer,
    ForecastSerializer,
    ForecastWish,
    LimitSerializer,
    ReconnectWish,
)

_KEY = "CJ1234567@api@0123456789abcdef0123456789abcdef"


class NotConnected(Refused):
    """The account holds no token."""


@extend_schema_view(list=extend_schema(summary="List accounts"), retrieve=extend_schema(summary="Read an account"))
class AccountViewSet(ConsentActions, ReadOnly):
    """Accounts on whose behalf we call. Keys and tokens go in and never come out."""

    what = _("account")
    queryset = PlatformAccount.objects.prefetch_related("credentials")
    serializer_class = AccountSerializer
    filterset_class = AccountFilters
    ordering = "pk"
    needs = {
        **dict.fromkeys(("disconnect", "reconnect", "refresh_token", "read_settings", "lead", "tick"), "change"),
        "onboarding": "view",
    }
    takes = {"forecast": ["calls"]}
    calls_out = ["connect", "disconnect", "reconnect", "authorize", "authorized"]

    @extend_schema(
        summary="Connect an account",
        request=ConnectWish,
        responses={201: AccountSerializer},
        examples=[
            OpenApiExample("by its key", value={"platform": "cj", "name": "Main", "api_key": _KEY}, request_only=True)
        ],
    )
    @action(detail=False, methods=["post"])
    def connect(self, request: Request) -> Response:
        """Log in at the platform and read its settings. The same key twice, or a new one of a known account, updates.

        409 says why the platform refused the key and what to do; nothing has changed then.
        """
        wish = self.told(ConnectWish)
        account = connections.connect(wish["platform"], name=wish["name"], api_key=wish["api_key"])
        return self.one(AccountSerializer, self.fresh(account), code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Connect an account again",
        request=ReconnectWish,
        responses={200: AccountSerializer},
        examples=[OpenApiExample("by its key", value={"api_key": _KEY}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def reconnect(self, request: Request, pk: str) -> Response:
        """Give a key of the same account; what waited for it goes on."""
        account = self.get_object()
        wish = self.told(ReconnectWish)
        connections.connect(account.platform, api_key=wish["api_key"], account=account)
        return self.one(AccountSerializer, self.fresh(account))

    @extend_schema(summary="Read an account's settings", request=Nothing, responses={202: Queued})
    @action(detail=True, methods=["post"], url_path="read-settings")
    def read_settings(self, request: Request, pk: str) -> Response:
        """Queue a fresh look at what the platform says of the account and its shops."""
        account = self.get_object()
        self.told(Nothing)
        return self.queued(connections.request_settings(account, requested_by=self.caller))

    @extend_schema(summary="Disconnect an account", request=Nothing, responses={200: DisconnectedSerializer})
    @action(detail=True, methods=["post"])
    def disconnect(self, request: Request, pk: str) -> Response:
        """Log out there, erase its secrets here, pause its work. `left_to_do`: what a person has to do there."""
        account = self.get_object()
        self.told(Nothing)
        left = connections.disconnect(account)
        return self.one(DisconnectedSerializer, {"account": self.fresh(account), "left_to_do": left})

    @extend_schema(summary="Refresh an account's token", request=Nothing, responses={202: Queued})
    @action(detail=True, methods=["post"], url_path="refresh-token")
    def refresh_token(self, request: Request, pk: str) -> Response:
        """Queue it ahead of its time; otherwise it happens by itself. 409 where the account is not connected."""
        account = self.get_object()
        self.told(Nothing)
        kept = [one for one in account.credentials.select_related("shop") if one.refresh_token]
        if not kept:
            raise NotConnected(_("This account holds no token. Connect it first."), field="status")
        queued = [custodian.request_refresh(credential) for credential in kept]
        return self.queued(queued[0])

    @extend_schema(summary="Limits of an account", responses=LimitSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def limits(self, request: Request, pk: str) -> Response:
        """Each limit that calls for this account meet, as it stands now."""
        states = governor.state(self.get_object())
        return Response(LimitSerializer(states, many=True).data)

    @extend_schema(
        summary="How long calls will take", parameters=[ForecastWish], responses=ForecastSerializer, filters=False
    )
    @action(detail=True, methods=["get"])
    def forecast(self, request: Request, pk: str) -> Response:
        """Say when so many calls are done by the limits in force now, if nobody else calls meanwhile."""
        account = self.get_object()
        calls = self.asked(ForecastWish)["calls"]
        return self.one(ForecastSerializer, governor.forecast(account, calls))
