"""Shops and programs' tokens as the API shows and takes them."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from rest_framework import serializers

from .apisite import Strict
from .models import Shop

MAX_DAYS = 365
DEFAULT_DAYS = 30


class ShopSerializer(serializers.ModelSerializer):
    class Meta:
        model = Shop
        fields = [
            "id",
            "account",
            "external_id",
            "name",
            "region",
            "currency",
            "status",
            "problem",
            "platform_status",
            "upgraded",
            "connected_at",
            "authorized_at",
            "authorization_expires_at",
            "settings_read_at",
            "created_at",
        ]


class TokenSerializer(serializers.ModelSerializer):
    """A program's token. The token itself is nowhere kept: only its digest and its first letters."""

    id = serializers.CharField(source="token_key", read_only=True, help_text="Its first letters")
    created_at = serializers.DateTimeField(source="created", read_only=True)
    expires_at = serializers.DateTimeField(source="expiry", read_only=True, allow_null=True)

    class Meta:
        model = AuthToken
        fields = ["id", "created_at", "expires_at"]


class NewTokenSerializer(TokenSerializer):
    token = serializers.SerializerMethodField(help_text="Shown this once: send it as `Authorization: Token …`")

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]

    def get_token(self, _token: Any) -> str:
        plain: str = self.context["token"]
        return plain


class TokenWish(Strict):
    expires_in_days = serializers.IntegerField(
        min_value=1,
        max_value=MAX_DAYS,
        default=DEFAULT_DAYS,
        error_messages={
            "min_value": _("Give a whole number of days from {min_value} on."),
            "max_value": _("Give at most {max_value} days."),
        },
    )
