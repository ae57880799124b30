"""Shops, and the tokens by which programs are let in. Accounts need the outside: integrations/api.py."""

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_view
from knox.models import AuthToken
from rest_framework import mixins, status
from rest_framework.authentication import BaseAuthentication, BasicAuthentication, SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from .apisite import Resource
from .errors import Refused
from .filters import ShopFilters
from .models import Shop
from .serializers import NewTokenSerializer, ShopSerializer, TokenSerializer, TokenWish

MAX_TOKENS = 20  # alive at one time, a user


class TooManyTokens(Refused):
    """A user has as many tokens as one may have."""


@extend_schema_view(list=extend_schema(summary="List shops"), retrieve=extend_schema(summary="Read a shop"))
class ShopViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """Storefronts of the connected accounts."""

    what = _("shop")
    queryset = Shop.objects.all()
    serializer_class = ShopSerializer
    filterset_class = ShopFilters


_ID = OpenApiParameter(
    "id", str, OpenApiParameter.PATH, description="The token's first letters, as the list shows them"
)


class TokenViewSet(mixins.ListModelMixin, mixins.DestroyModelMixin, Resource):
    """Tokens of the caller, for programs: made with the password or from the console, never by a token."""

    what = _("token")
    queryset = AuthToken.objects.none()
    serializer_class = TokenSerializer
    permission_classes = [IsAuthenticated]
    pagination_class = None
    lookup_field = "token_key"
    lookup_url_kwarg = "id"

    def get_authenticators(self) -> list[BaseAuthentication]:
        """A stolen token must not beget others."""
        if self.request is not None and self.request.method == "POST":
            return [BasicAuthentication(), SessionAuthentication()]
        return super().get_authenticators()

    def get_queryset(self) -> QuerySet[AuthToken]:
        """Show the caller's own tokens that are alive."""
        mine: QuerySet[AuthToken] = AuthToken.objects.filter(user_id=self.request.user.pk, expiry__gt=timezone.now())
        return mine.order_by("created")

    @extend_schema(summary="List one's own tokens", filters=False)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """At most twenty; without the tokens themselves, which are nowhere kept."""
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Make a token",
        request=TokenWish,
        responses={201: NewTokenSerializer},
        examples=[OpenApiExample("a quarter", value={"expires_in_days": 90}, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        """Answer with a new token, shown this once. Log in with the password (Basic) or from the console."""
        wish = self.told(TokenWish)
        if self.get_queryset().count() >= MAX_TOKENS:
            raise TooManyTokens(
                _("You have %(max)d tokens. Delete one first: DELETE /api/v1/tokens/<id>/.") % {"max": MAX_TOKENS}
            )
        row, plain = AuthToken.objects.create(request.user, expiry=timedelta(days=wish["expires_in_days"]))
        return Response(NewTokenSerializer(row, context={"token": plain}).data, status=status.HTTP_201_CREATED)

    @extend_schema(summary="End a token", parameters=[_ID])
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """End one of one's own tokens at once."""
        return super().destroy(request, *args, **kwargs)
