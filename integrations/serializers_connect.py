"""Apps, authorizations, leads and onboarding as the API shows and takes them."""

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from accounts.apisite import Choice, Known, Strict, Text
from accounts.models import Platform, PlatformAccount, PlatformApp

from .serializers import AccountSerializer


class AppSerializer(serializers.ModelSerializer):
    """An app of ours; its secret goes in and never out."""

    has_secret = serializers.SerializerMethodField(help_text="Whether its secret is kept")

    class Meta:
        model = PlatformApp
        fields = ["id", "platform", "name", "app_key", "portal", "has_secret", "created_at"]

    def get_has_secret(self, app: PlatformApp) -> bool:
        return bool(app.app_secret)


class AppWish(Strict):
    platform = Choice(Platform.choices)
    app_key = Text(max_length=100, help_text="The platform's id of the app; at Shopee the partner id")
    app_secret = Text(
        max_length=500, write_only=True, style={"input_type": "password"}, help_text="Kept sealed, never shown again"
    )
    name = Text(max_length=100, required=False, default="", allow_blank=True, help_text="What you call it")
    portal = Text(
        max_length=20,
        required=False,
        allow_blank=True,
        help_text="Through which of the platform's sites sellers authorize it; empty: the usual; left out: as it was",
    )


class AuthorizeWish(Strict):
    platform = Choice(Platform.choices)
    app = Known(queryset=PlatformApp.objects.all(), no_such=_("There is no app with the id “{pk_value}”."))
    account = Known(
        queryset=PlatformAccount.objects.all(),
        required=False,
        default=None,
        no_such=_("There is no account with the id “{pk_value}”."),
        help_text="Authorize this one again; it has to be the same seller",
    )


class AuthorizationSerializer(serializers.Serializer):
    """Where the seller allows the app; `state` comes back with him."""

    url = serializers.CharField()
    state = serializers.CharField()
    expires_at = serializers.DateTimeField(help_text="Until when the way back is taken")


class AuthorizedWish(Strict):
    platform = Choice(Platform.choices)
    callback = Text(
        max_length=4000, write_only=True, help_text="The address to which the seller was sent back, or its query"
    )


class AuthorizedSerializer(serializers.Serializer):
    accounts = AccountSerializer(many=True)
    shops = serializers.ListField(child=serializers.IntegerField(), help_text="Ids below /api/v1/shops/")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What is missing, with the next step")


class LeadWish(Strict):
    platform = Choice(Platform.choices)
    name = Text(max_length=100)
    seller_center = Choice(
        [each for each in PlatformAccount.SellerCenter.choices if each[0]], required=False, default="", allow_blank=True
    )


class LeadStep(Strict):
    to = Choice([each for each in PlatformAccount.LeadStatus.choices if each[0]])


class StepSerializer(serializers.Serializer):
    key = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField(help_text="Where it is done; empty: here")
    state = serializers.CharField(help_text="`done` or `open`")
    checked_by_itself = serializers.BooleanField(help_text="It takes no tick")
    done_by = serializers.CharField()
    done_at = serializers.DateTimeField(allow_null=True)


class TickWish(Strict):
    step = Text(max_length=40)
    done = serializers.BooleanField(default=True, help_text="false takes a tick back")


class ExpirySerializer(serializers.Serializer):
    """The tokens and the authorization of one account or shop."""

    account = serializers.IntegerField(source="account.pk")
    shop = serializers.IntegerField(source="shop.pk", default=None, allow_null=True)
    platform = serializers.CharField(source="account.platform")
    name = serializers.CharField()
    access_expires_at = serializers.DateTimeField(allow_null=True)
    refresh_expires_at = serializers.DateTimeField(allow_null=True)
    authorization_expires_at = serializers.DateTimeField(allow_null=True)
    obtained_at = serializers.DateTimeField(allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True, help_text="A person has to act before; null: never")
    level = serializers.CharField(help_text="`ok`, `warning` (it ends soon) or `error` (it does not work)")
    next_step = serializers.CharField()
