"""Sellers' consent in the API: authorizing, what is missing on the way, our apps, and what ends when."""

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import leads
from accounts.apisite import Resource
from accounts.complaints import complain
from accounts.filters import AppFilters
from accounts.models import PlatformAccount, PlatformApp

from . import consents, expiries, onboarding, platform_apps
from .api import ReadOnly
from .serializers import AccountSerializer
from .serializers_connect import (
    AppSerializer,
    AppWish,
    AuthorizationSerializer,
    AuthorizedSerializer,
    AuthorizedWish,
    AuthorizeWish,
    ExpirySerializer,
    LeadStep,
    LeadWish,
    StepSerializer,
    TickWish,
)


class ConsentActions(Resource):
    """What can be done with accounts on whose platform the seller allows an app of ours to act."""

    def fresh(self, account: PlatformAccount) -> PlatformAccount:
        """Return the account as it stands now, with what its answer needs."""
        found: PlatformAccount = self.get_queryset().get(pk=account.pk)
        return found

    @extend_schema(
        summary="Begin a seller's authorization",
        request=AuthorizeWish,
        responses={201: AuthorizationSerializer},
        examples=[OpenApiExample("an app", value={"platform": "shopee", "app": 1}, request_only=True)],
    )
    @action(detail=False, methods=["post"])
    def authorize(self, request: Request) -> Response:
        """Answer with the link on which the seller allows the app; the way back is good for an hour, once."""
        wish = self.told(AuthorizeWish)
        if wish["app"].platform != wish["platform"]:
            complain("app", _("This app is not of the platform that was given."))
        authorization, url = consents.start(
            wish["app"],
            account=wish["account"],
            requested_by=self.caller,
            redirect=consents.way_back(wish["platform"]),
        )
        expires = authorization.created_at + consents.STATE_LIFE
        answer = {"url": url, "state": authorization.state, "expires_at": expires}
        return self.one(AuthorizationSerializer, answer, code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Finish a seller's authorization",
        request=AuthorizedWish,
        responses={200: AuthorizedSerializer},
        examples=[
            OpenApiExample(
                "an address",
                value={
                    "platform": "shopee",
                    "callback": "https://erp.example.com/connect/shopee/callback/?code=…&main_account_id=10208&state=…",
                },
                request_only=True,
            )
        ],
    )
    @action(detail=False, methods=["post"])
    def authorized(self, request: Request) -> Response:
        """Take the address that the seller was sent back to; tokens of all merchants and shops are kept at once.

        409 says why it is not taken and what to do. `notes` say what is missing: a merchant or a shop not ticked.
        """
        wish = self.told(AuthorizedWish)
        query = consents.query_of(wish["callback"])
        finished = consents.finish(wish["platform"], query, requested_by=self.caller)
        answer = {
            "accounts": [self.fresh(account) for account in finished.accounts],
            "shops": [shop.pk for shop in finished.shops],
            "notes": finished.notes,
        }
        return self.one(AuthorizedSerializer, answer)

    @extend_schema(
        summary="Add a seller to be won",
        request=LeadWish,
        responses={201: AccountSerializer},
        examples=[
            OpenApiExample(
                "from China",
                value={"platform": "shopee", "name": "Shenzhen Lanyue", "seller_center": "cnsc"},
                request_only=True,
            )
        ],
    )
    @action(detail=False, methods=["post"])
    def leads(self, request: Request) -> Response:
        """Write down a seller who is not connected yet; authorizing with this account's id turns it into his."""
        wish = self.told(LeadWish)
        lead = leads.create(wish["platform"], name=wish["name"], seller_center=wish["seller_center"], by=self.caller)
        return self.one(AccountSerializer, self.fresh(lead), code=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Move a lead on",
        request=LeadStep,
        responses={200: AccountSerializer},
        examples=[OpenApiExample("a first talk", value={"to": "working"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def lead(self, request: Request, pk: str) -> Response:
        """Change how far a seller is won; 409 names the steps that are possible from where it is."""
        account = self.get_object()
        leads.move(account, self.told(LeadStep)["to"], self.caller)
        return self.one(AccountSerializer, self.fresh(account))

    @extend_schema(summary="Onboarding steps of an account", responses=StepSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], pagination_class=None)
    def onboarding(self, request: Request, pk: str) -> Response:
        """The steps of the platform's guide, and which of them are done."""
        return Response(StepSerializer(onboarding.steps_of(self.get_object()), many=True).data)

    @extend_schema(
        summary="Tick an onboarding step",
        request=TickWish,
        responses={200: StepSerializer(many=True)},
        examples=[OpenApiExample("the sandbox", value={"step": "sandbox", "done": True}, request_only=True)],
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def tick(self, request: Request, pk: str) -> Response:
        """Say that a step is done, or not after all; 409 for one that Crossdock looks at by itself."""
        account = self.get_object()
        wish = self.told(TickWish)
        onboarding.tick(account, wish["step"], self.caller, done=wish["done"])
        return Response(StepSerializer(onboarding.steps_of(self.get_object()), many=True).data)


@extend_schema_view(list=extend_schema(summary="List apps"), retrieve=extend_schema(summary="Read an app"))
class AppViewSet(ReadOnly):
    """Our apps at the platforms, by which sellers let us act."""

    what = _("app")
    queryset = PlatformApp.objects.all()
    serializer_class = AppSerializer
    filterset_class = AppFilters
    ordering = "pk"

    @extend_schema(
        summary="Add an app",
        request=AppWish,
        responses={201: AppSerializer},
        examples=[
            OpenApiExample(
                "Shopee",
                value={"platform": "shopee", "app_key": "2001001", "app_secret": "shpk0123456789abcdef", "portal": ""},
                request_only=True,
            )
        ],
    )
    def create(self, request: Request) -> Response:
        """Keep an app by its id and secret; one that is known gets the new secret, portal and name."""
        wish = self.told(AppWish)
        return self.one(AppSerializer, platform_apps.save(**wish), code=status.HTTP_201_CREATED)


class ExpiryViewSet(Resource):
    """Until when each account and shop lets us act."""

    what = _("authorization")
    queryset = PlatformAccount.objects.all()
    serializer_class = ExpirySerializer
    pagination_class = None

    @extend_schema(summary="List tokens and authorizations by their end", responses=ExpirySerializer(many=True))
    def list(self, request: Request) -> Response:
        """What does not work stands first, then what ends first."""
        return Response(ExpirySerializer(expiries.expiries(), many=True).data)
