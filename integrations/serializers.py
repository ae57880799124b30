"""Accounts, jobs, runs and exchanges as the API shows and takes them. A secret goes in by `api_key` and never out."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.apisite import Choice, Strict, Text
from accounts.models import Platform, PlatformAccount

from .models import ApiCall, RunProblem, SyncJob, SyncRun
from .progress import progress_of

MAX_REVIVED = 1000


class AccountSerializer(serializers.ModelSerializer):
    token_expires_at = serializers.SerializerMethodField(
        help_text="When the access token ends; it is refreshed ahead of that"
    )

    class Meta:
        model = PlatformAccount
        fields = [
            "id", "platform", "app", "name", "external_id", "is_shop", "authorized_by", "region", "currency",
            "seller_center", "upgraded", "sandbox", "level", "lead_status", "status", "problem", "token_expires_at",
            "authorized_at", "authorization_expires_at", "settings_read_at", "connected_at", "created_at",
        ]  # fmt: skip

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_token_expires_at(self, account: PlatformAccount) -> Any:
        ends = [each.access_expires_at for each in account.credentials.all() if each.shop_id is None]
        return serializers.DateTimeField().to_representation(ends[0]) if ends and ends[0] else None


class ConnectWish(Strict):
    platform = Choice(Platform.choices)
    name = Text(
        max_length=100,
        required=False,
        default="",
        allow_blank=True,
        help_text="What you call it; empty: as the platform does",
    )
    api_key = Text(
        max_length=500, write_only=True, style={"input_type": "password"}, help_text="Kept sealed, never shown again"
    )


class ReconnectWish(Strict):
    api_key = Text(
        max_length=500, write_only=True, style={"input_type": "password"}, help_text="A key of the same account"
    )


class DisconnectedSerializer(serializers.Serializer):
    account = AccountSerializer()
    left_to_do = serializers.CharField(help_text="What a person has to do at the platform; empty: nothing")


class LimitSerializer(serializers.Serializer):
    key = serializers.CharField()
    rate = serializers.FloatField(allow_null=True, help_text="Calls a second; null: no such limit")
    lowered_rate = serializers.FloatField(allow_null=True, help_text="In force after the platform said: too fast")
    lowered_until = serializers.DateTimeField(allow_null=True)
    blocked_until = serializers.DateTimeField(allow_null=True)
    quota = serializers.IntegerField(allow_null=True)
    quota_seconds = serializers.IntegerField()
    used = serializers.IntegerField()
    window_ends_at = serializers.DateTimeField(allow_null=True)
    granted = serializers.IntegerField()
    refused = serializers.IntegerField(help_text="How often the platform said no")


class ForecastWish(Strict):
    calls = serializers.IntegerField(min_value=1, max_value=10_000_000)


class ForecastSerializer(serializers.Serializer):
    """When so many calls will be done, by the limits in force now."""

    calls = serializers.IntegerField()
    per_second = serializers.FloatField(allow_null=True, help_text="Null: no rate is known")
    seconds = serializers.FloatField(allow_null=True, help_text="Null: never, a quota without end is used up")
    ready_at = serializers.DateTimeField(allow_null=True)
    limited_by = serializers.CharField(help_text="The limit that decides; empty: none")


class JobSerializer(serializers.ModelSerializer):
    class Meta:
        model = SyncJob
        fields = [
            "id", "key", "task", "kwargs", "account", "lane", "state", "due_at", "attempts", "failures",
            "error_kind", "problem", "requested_by", "created_at", "started_at", "finished_at",
        ]  # fmt: skip


class ReviveWish(Strict):
    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**63 - 1),
        allow_empty=False,
        max_length=MAX_REVIVED,
        help_text="Jobs that have failed",
    )


class RefusedJob(serializers.Serializer):
    id = serializers.IntegerField()
    message = serializers.CharField()


class ReviveAnswer(serializers.Serializer):
    """What became of each."""

    revived = serializers.ListField(child=serializers.IntegerField())
    refused = RefusedJob(many=True)


class ProgressSerializer(serializers.Serializer):
    percent = serializers.IntegerField(allow_null=True, help_text="Null: not known yet")
    per_second = serializers.FloatField(allow_null=True)
    seconds_left = serializers.FloatField(allow_null=True)
    is_open = serializers.BooleanField(help_text="It may still change")


class RunSerializer(serializers.ModelSerializer):
    progress = serializers.SerializerMethodField()

    class Meta:
        model = SyncRun
        fields = [
            "id", "account", "kind", "mode", "label", "state", "job", "total", "seen", "created", "updated",
            "unchanged", "failed", "gone", "calls", "oddities", "problem", "progress", "requested_by", "created_at",
            "started_at", "progressed_at", "finished_at",
        ]  # fmt: skip

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, run: SyncRun) -> Any:
        return ProgressSerializer(progress_of(run, timezone.now())).data


class RunProblemSerializer(serializers.ModelSerializer):
    class Meta:
        model = RunProblem
        fields = ["id", "external_id", "kind", "reason", "sample", "created_at"]


class ExchangeSerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiCall
        fields = [
            "id", "account", "platform", "endpoint", "method", "url", "subject", "is_write", "lane", "outcome",
            "http_status", "code", "message", "request_id", "duration_ms", "created_at",
        ]  # fmt: skip


class FullExchangeSerializer(ExchangeSerializer):
    """With what was sent and answered: masked when it was written, emptied as it ages."""

    class Meta(ExchangeSerializer.Meta):
        fields = [*ExchangeSerializer.Meta.fields, "request", "response"]
